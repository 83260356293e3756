//! Categories, products, versions, applications and the log of what changed on the shelf.

use crate::db::{Row, StoreError, Tx, to_json};
use crate::listing::{self, Filter, PageRequest, Paged};
use crate::params;
use domain::catalogue::application::{ApplicationKind, ApplicationState};
use domain::catalogue::content::ProductContent;
use domain::catalogue::kinds::{AccessType, BusinessType};
use domain::catalogue::product::ProductState;
use domain::identity::SellerState;
use domain::text::Localized;
use domain::time::Timestamp;

/// A category.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Category {
    pub id: String,
    pub parent_id: Option<String>,
    pub name: Localized,
    pub icon: String,
    pub position: i64,
    pub hidden: bool,
}

/// Writes or replaces a category.
pub fn save_category(tx: &mut Tx, c: &Category) -> Result<(), StoreError> {
    tx.execute(
        "insert into category (id, parent_id, name_zh, name_en, icon, position, hidden) values ($1,$2,$3,$4,$5,$6,$7)
         on conflict (id) do update set parent_id = excluded.parent_id, name_zh = excluded.name_zh, name_en = excluded.name_en, icon = excluded.icon, position = excluded.position, hidden = excluded.hidden",
        params![&c.id, c.parent_id.clone(), &c.name.zh, &c.name.en, &c.icon, c.position, c.hidden],
    )?;
    Ok(())
}

/// Every category, parents before children, in their order.
pub fn categories(tx: &mut Tx) -> Result<Vec<Category>, StoreError> {
    tx.all(
        "select id, parent_id, name_zh, name_en, icon, position, hidden from category order by case when parent_id is null then 0 else 1 end, position, id",
        &[],
        |row| {
            Ok(Category {
                id: row.text()?,
                parent_id: row.optional_text()?,
                name: row.localized()?,
                icon: row.text()?,
                position: row.int()?,
                hidden: row.flag()?,
            })
        },
    )
}

/// A product with what is sold now.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Product {
    pub id: String,
    pub organisation_id: String,
    pub access_type: AccessType,
    pub business_type: BusinessType,
    pub state: ProductState,
    pub public_sale: bool,
    pub content: ProductContent,
    pub version_no: i64,
    pub name: Localized,
    pub rating_x100: i64,
    pub sales: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub released_at: Option<Timestamp>,
    pub discontinued_at: Option<Timestamp>,
    pub version: i64,
}

const PRODUCT: &str = "select id, organisation_id, access_type, business_type, state, public_sale, content, version_no, name_zh, name_en, rating_x100, sales, created_at, updated_at, released_at, discontinued_at, version from product";

fn product(row: &mut Row<'_>) -> Result<Product, StoreError> {
    Ok(Product {
        id: row.text()?,
        organisation_id: row.text()?,
        access_type: row.coded(AccessType::from_code)?,
        business_type: row.coded(BusinessType::from_code)?,
        state: row.coded(ProductState::from_code)?,
        public_sale: row.flag()?,
        content: row.json()?,
        version_no: row.int()?,
        name: row.localized()?,
        rating_x100: row.int()?,
        sales: row.int()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        released_at: row.optional_time()?,
        discontinued_at: row.optional_time()?,
        version: row.int()?,
    })
}

/// Writes a new product.
pub fn insert_product(tx: &mut Tx, p: &Product) -> Result<(), StoreError> {
    tx.execute(
        "insert into product (id, organisation_id, access_type, business_type, state, public_sale, content, version_no, name_zh, name_en, rating_x100, sales, created_at, updated_at, released_at, discontinued_at, version)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)",
        params![
            &p.id, &p.organisation_id, p.access_type.code(), p.business_type.code(), p.state.code(), p.public_sale,
            to_json(&p.content)?, p.version_no, &p.name.zh, &p.name.en, p.rating_x100, p.sales, p.created_at,
            p.updated_at, p.released_at, p.discontinued_at, p.version
        ],
    )?;
    Ok(())
}

/// Saves a product that was loaded with `p.version`.
pub fn save_product(tx: &mut Tx, p: &Product) -> Result<(), StoreError> {
    tx.execute_one(
        "update product set state=$1, public_sale=$2, content=$3, version_no=$4, name_zh=$5, name_en=$6, updated_at=$7, released_at=$8, discontinued_at=$9, version=version+1 where id=$10 and version=$11",
        params![
            p.state.code(), p.public_sale, to_json(&p.content)?, p.version_no, &p.name.zh, &p.name.en, p.updated_at,
            p.released_at, p.discontinued_at, &p.id, p.version
        ],
    )
}

/// A product by id, whoever owns it: for the storefront and operators.
pub fn load_product(tx: &mut Tx, id: &str) -> Result<Option<Product>, StoreError> {
    tx.first(&format!("{PRODUCT} where id = $1"), params![id], product)
}

/// A product and its seller as an order needs them; its content is asked for by [`content_of`].
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Offered {
    pub id: String,
    pub organisation_id: String,
    pub state: ProductState,
    pub name: Localized,
    pub updated_at: Timestamp,
    pub version: i64,
    pub discontinued_at: Option<Timestamp>,
    pub seller_name: Localized,
    pub seller_frozen: bool,
    pub seller_state: SellerState,
}

/// A product as an order needs it, whoever owns it.
pub fn load_offered(tx: &mut Tx, id: &str) -> Result<Option<Offered>, StoreError> {
    tx.first(
        "select p.id, p.organisation_id, p.state, p.name_zh, p.name_en, p.updated_at, p.version, p.discontinued_at, o.name_zh, o.name_en, o.frozen, o.seller_state from product p join organisation o on o.id = p.organisation_id where p.id = $1",
        params![id],
        |row| {
            Ok(Offered {
                id: row.text()?,
                organisation_id: row.text()?,
                state: row.coded(ProductState::from_code)?,
                name: row.localized()?,
                updated_at: row.time()?,
                version: row.int()?,
                discontinued_at: row.optional_time()?,
                seller_name: row.localized()?,
                seller_frozen: row.flag()?,
                seller_state: row.coded(SellerState::from_code)?,
            })
        },
    )
}

/// The JSON text of what is sold of a product now.
pub fn content_of(tx: &mut Tx, id: &str) -> Result<Option<String>, StoreError> {
    tx.first("select content from product where id = $1", params![id], |row| row.text())
}

/// A product of this seller.
pub fn load_own_product(tx: &mut Tx, organisation_id: &str, id: &str) -> Result<Option<Product>, StoreError> {
    tx.first(&format!("{PRODUCT} where id = $1 and organisation_id = $2"), params![id, organisation_id], product)
}

/// One more sale.
pub fn count_sale(tx: &mut Tx, product_id: &str) -> Result<(), StoreError> {
    tx.execute("update product set sales = sales + 1 where id = $1", params![product_id])?;
    Ok(())
}

/// Filters of product lists.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct ProductFilter {
    /// Only these products, when there are any.
    pub only: Vec<String>,
    pub organisation_id: Option<String>,
    pub state: Option<String>,
    pub text: Option<String>,
}

/// A page of products.
pub fn list_products(tx: &mut Tx, filter: &ProductFilter, page: &PageRequest) -> Result<Paged<Product>, StoreError> {
    let clauses = Filter::new()
        .and_in("id", &filter.only)
        .and_if("organisation_id = ?", filter.organisation_id.clone())
        .and_if("state = ?", filter.state.clone())
        .and_if(
            "(lower(name_zh) || ' ' || lower(name_en) || ' ' || id) like ? escape '!'",
            filter.text.as_ref().map(|t| listing::contains(&t.to_lowercase())),
        );
    listing::page(tx, PRODUCT, clauses, ("created_at", "id"), page, product, |p| (p.created_at.micros(), p.id.clone()))
}

/// Products whose id is above `after`, in the order of ids: for building the search index.
pub fn scan_products(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Product>, StoreError> {
    tx.all(&format!("{PRODUCT} where id > $1 order by id limit $2"), params![after, limit], product)
}

/// Keeps an approved content.
pub fn insert_version(tx: &mut Tx, p: &Product, application_id: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "insert into product_version (product_id, version_no, content, application_id, approved_at) values ($1,$2,$3,$4,$5)",
        params![&p.id, p.version_no, to_json(&p.content)?, application_id, now],
    )?;
    Ok(())
}

/// The approved contents of a product: number, application, time; newest first.
pub fn versions(tx: &mut Tx, product_id: &str) -> Result<Vec<(i64, String, Timestamp)>, StoreError> {
    tx.all(
        "select version_no, application_id, approved_at from product_version where product_id = $1 order by version_no desc limit 200",
        params![product_id],
        |row| Ok((row.int()?, row.text()?, row.time()?)),
    )
}

/// A release, modification or delist application.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Application {
    pub id: String,
    pub product_id: String,
    pub organisation_id: String,
    pub kind: ApplicationKind,
    pub state: ApplicationState,
    pub content: ProductContent,
    pub comment: String,
    pub submitted_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<String>,
    pub reason: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

const APPLICATION: &str = "select id, product_id, organisation_id, kind, state, content, comment, submitted_at, due_at, decided_at, decided_by, reason, created_at, updated_at, version from application";

fn application(row: &mut Row<'_>) -> Result<Application, StoreError> {
    Ok(Application {
        id: row.text()?,
        product_id: row.text()?,
        organisation_id: row.text()?,
        kind: row.coded(ApplicationKind::from_code)?,
        state: row.coded(ApplicationState::from_code)?,
        content: row.json()?,
        comment: row.text()?,
        submitted_at: row.optional_time()?,
        due_at: row.optional_time()?,
        decided_at: row.optional_time()?,
        decided_by: row.optional_text()?,
        reason: row.text()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        version: row.int()?,
    })
}

/// Writes a new application. [`StoreError::Duplicate`] when the product has an open one (PB-21).
pub fn insert_application(tx: &mut Tx, a: &Application) -> Result<(), StoreError> {
    let inserted = tx.execute(
        "insert into application (id, product_id, organisation_id, kind, state, content, name_zh, name_en, comment, submitted_at, due_at, created_at, updated_at, version)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14) on conflict do nothing",
        params![
            &a.id, &a.product_id, &a.organisation_id, a.kind.code(), a.state.code(), to_json(&a.content)?,
            &a.content.name.zh, &a.content.name.en, &a.comment, a.submitted_at, a.due_at, a.created_at, a.updated_at,
            a.version
        ],
    )?;
    if inserted == 1 { Ok(()) } else { Err(StoreError::Duplicate) }
}

/// Saves an application that was loaded with `a.version`.
pub fn save_application(tx: &mut Tx, a: &Application) -> Result<(), StoreError> {
    tx.execute_one(
        "update application set state=$1, content=$2, name_zh=$3, name_en=$4, comment=$5, submitted_at=$6, due_at=$7, decided_at=$8, decided_by=$9, reason=$10, updated_at=$11, version=version+1 where id=$12 and version=$13",
        params![
            a.state.code(), to_json(&a.content)?, &a.content.name.zh, &a.content.name.en, &a.comment, a.submitted_at,
            a.due_at, a.decided_at, a.decided_by.clone(), &a.reason, a.updated_at, &a.id, a.version
        ],
    )
}

/// Throws an application away.
pub fn delete_application(tx: &mut Tx, a: &Application) -> Result<(), StoreError> {
    tx.execute_one("delete from application where id = $1 and version = $2", params![&a.id, a.version])
}

/// An application, of this seller when one is given.
pub fn load_application(tx: &mut Tx, id: &str, owner: Option<&str>) -> Result<Option<Application>, StoreError> {
    match owner {
        Some(owner) => {
            let sql = format!("{APPLICATION} where id = $1 and organisation_id = $2");
            tx.first(&sql, params![id, owner], application)
        }
        None => tx.first(&format!("{APPLICATION} where id = $1"), params![id], application),
    }
}

/// The open application of a product.
pub fn open_application(tx: &mut Tx, product_id: &str) -> Result<Option<Application>, StoreError> {
    let sql = format!("{APPLICATION} where product_id = $1 and state in ('DRAFT', 'PENDING_REVIEW', 'REJECTED')");
    tx.first(&sql, params![product_id], application)
}

/// Filters of application lists.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct ApplicationFilter {
    /// Only of these products, when there are any.
    pub only: Vec<String>,
    pub organisation_id: Option<String>,
    pub state: Option<String>,
    pub kind: Option<String>,
    pub text: Option<String>,
}

/// A page of applications.
pub fn list_applications(
    tx: &mut Tx,
    filter: &ApplicationFilter,
    page: &PageRequest,
) -> Result<Paged<Application>, StoreError> {
    let clauses = Filter::new()
        .and_in("product_id", &filter.only)
        .and_if("organisation_id = ?", filter.organisation_id.clone())
        .and_if("state = ?", filter.state.clone())
        .and_if("kind = ?", filter.kind.clone())
        .and_if(
            "(lower(name_zh) || ' ' || lower(name_en) || ' ' || product_id) like ? escape '!'",
            filter.text.as_ref().map(|t| listing::contains(&t.to_lowercase())),
        );
    listing::page(tx, APPLICATION, clauses, ("created_at", "id"), page, application, |a| {
        (a.created_at.micros(), a.id.clone())
    })
}

/// Applications that a seller submitted since `from` (for the service level, D-01).
pub fn submitted_since(tx: &mut Tx, organisation_id: &str, from: Timestamp) -> Result<i64, StoreError> {
    tx.number(
        "select count(*) from application where organisation_id = $1 and submitted_at >= $2",
        params![organisation_id, from],
    )
}

/// Writes that a product changed on the shelf. The head row is locked until the commit, so numbers
/// appear in the order of commits and a follower never misses one.
pub fn record_change(tx: &mut Tx, product_id: &str, now: Timestamp) -> Result<i64, StoreError> {
    let seq = tx
        .first("update catalogue_head set seq = seq + 1 where one = 1 returning seq", &[], |row| row.int())?
        .ok_or_else(|| StoreError::BadRow("catalogue_head is empty".into()))?;
    tx.execute("insert into catalogue_change (seq, product_id, at) values ($1,$2,$3)", params![seq, product_id, now])?;
    Ok(seq)
}

/// Records that every product of an organisation looks different: its name or standing changed.
pub fn record_changes_of(tx: &mut Tx, organisation_id: &str, now: Timestamp) -> Result<(), StoreError> {
    let products = tx.all(
        "select id from product where organisation_id = $1 and state <> 'UNRELEASED' order by id",
        params![organisation_id],
        |row| row.text(),
    )?;
    for product in products {
        record_change(tx, &product, now)?;
    }
    Ok(())
}

/// Number of the newest change.
pub fn newest_change(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.number("select seq from catalogue_head where one = 1", &[])
}

/// Changes after `seq`.
pub fn changes_after(tx: &mut Tx, seq: i64, limit: i64) -> Result<Vec<(i64, String)>, StoreError> {
    tx.all(
        "select seq, product_id from catalogue_change where seq > $1 order by seq limit $2",
        params![seq, limit],
        |row| Ok((row.int()?, row.text()?)),
    )
}

/// Sets the figures that an imported product brings along.
pub fn set_history(tx: &mut Tx, product_id: &str, sales: i64, rating_x100: i64) -> Result<(), StoreError> {
    tx.execute(
        "update product set sales = $1, rating_x100 = $2 where id = $3",
        params![sales, rating_x100, product_id],
    )?;
    Ok(())
}
