//! What the rule of trade asks about buyer, seller and product, in one row.

use crate::db::{StoreError, Tx};
use crate::params;
use domain::catalogue::product::ProductState;
use domain::identity::{SellerState, Verification};
use domain::ordering::trade::Standing;
use domain::time::Timestamp;

/// How the three stand now, and when the product was changed last; `None` when one is missing. The
/// specification is left as offered: it stands in the product's content.
pub fn standing(
    tx: &mut Tx,
    buyer_id: &str,
    seller_id: &str,
    product_id: &str,
) -> Result<Option<(Standing, Timestamp)>, StoreError> {
    tx.first(
        "select b.frozen, b.verification, s.frozen, s.seller_state, p.state, p.discontinued_at, p.updated_at
         from organisation b, organisation s, product p where b.id = $1 and s.id = $2 and p.id = $3",
        params![buyer_id, seller_id, product_id],
        |row| {
            let standing = Standing {
                buyer_frozen: row.flag()?,
                buyer: row.coded(Verification::from_code)?,
                seller_frozen: row.flag()?,
                seller: row.coded(SellerState::from_code)?,
                product: row.coded(ProductState::from_code)?,
                discontinued_at: row.optional_time()?,
                specification_offered: true,
            };
            Ok((standing, row.time()?))
        },
    )
}

/// Whether a buyer has, or is being given, a service of the product that he paid for (D-33).
pub fn has_bought(tx: &mut Tx, buyer_id: &str, product_id: &str) -> Result<bool, StoreError> {
    let found = tx.number(
        "select count(*) from (select 1 from instance i join purchase_order o on o.id = i.order_id
         where i.buyer_id = $1 and i.product_id = $2 and o.payable_e8 > 0
           and (i.opened_at is not null or i.state = 'PROVISIONING') limit 1) as bought",
        params![buyer_id, product_id],
    )?;
    Ok(found > 0)
}

/// Holds a buyer's row until the commit: what counts over all of his orders is decided one at a time.
pub fn lock_buyer(tx: &mut Tx, buyer_id: &str) -> Result<(), StoreError> {
    tx.first("select id from organisation where id = $1 {for update}", params![buyer_id], |row| row.text())?;
    Ok(())
}

/// Orders of a resource that wait for payment.
pub fn unpaid_of_instance(tx: &mut Tx, instance_id: &str) -> Result<Vec<String>, StoreError> {
    tx.all(
        "select id from purchase_order where instance_id = $1 and state = 'PENDING_PAYMENT' order by id",
        params![instance_id],
        |row| row.text(),
    )
}
