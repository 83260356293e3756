//! Resources that a buyer can renew, in the order in which they end (area `fulfilment`).

use crate::db::{StoreError, Tx};
use crate::fulfilment::{INSTANCE, Instance, instance};
use crate::listing::{self, Filter, PageRequest, Paged};
use domain::time::Timestamp;

/// The states of `InstanceState::is_renewable`; every one of them has an end.
const RENEWABLE: &str =
    "until is not null and state in ('IN_USE', 'EXPIRED', 'FROZEN') and (state <> 'FROZEN' or frozen_why = 'EXPIRY')";

/// A page of the resources that a buyer can renew now: those that end first come first.
pub fn renewable(tx: &mut Tx, buyer_id: &str, page: &PageRequest) -> Result<Paged<Instance>, StoreError> {
    let clauses = Filter::new().and("buyer_id = ?", buyer_id).and_fixed(RENEWABLE);
    let page = PageRequest { oldest_first: true, ..page.clone() };
    listing::page(tx, INSTANCE, clauses, ("until", "id"), &page, instance, |i| {
        (i.state.until().map_or(0, Timestamp::micros), i.id.clone())
    })
}

/// How many of them end before `before`, counted up to 10,000.
pub fn ending(tx: &mut Tx, buyer_id: &str, before: Timestamp) -> Result<i64, StoreError> {
    let clauses = Filter::new().and("buyer_id = ?", buyer_id).and_fixed(RENEWABLE).and("until < ?", before);
    let sql = format!("select count(*) from (select 1 from instance{} limit 10000) as bounded", clauses.sql());
    tx.number(&sql, clauses.values())
}
