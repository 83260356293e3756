//! Figures for the overview pages. Each query reads a bounded range of an index.

use crate::db::{StoreError, Tx};
use crate::listing::Filter;
use crate::params;
use domain::time::{DAY, Timestamp};

/// Orders and amount of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFigure {
    /// Beginning of the market day.
    pub day: Timestamp,
    /// Paid orders.
    pub orders: i64,
    /// Paid amount in units of 10⁻⁸.
    pub amount_e8: i64,
}

/// Paid orders per market day from `from` (the beginning of a day), real money only; days without
/// orders are absent. `products`: of these only; empty: of all.
pub fn paid_per_day(
    tx: &mut Tx,
    seller_id: Option<&str>,
    buyer_id: Option<&str>,
    products: &[String],
    from: Timestamp,
) -> Result<Vec<DayFigure>, StoreError> {
    let clauses = Filter::new()
        .and("cast(? as bigint) > 0", from)
        .and_if("seller_id = ?", seller_id)
        .and_if("buyer_id = ?", buyer_id)
        .and_in("product_id", products);
    // A buyer has one book, a sandbox's own. Sellers sell to sandboxes too, which is no turnover.
    let book = if buyer_id.is_none() { " and book = 'real'" } else { "" };
    let (sql, n) = (clauses.sql(), clauses.values().len() + 1);
    let mut values = clauses.values().to_vec();
    values.push(DAY.into());
    tx.all(
        &format!(
            "select (paid_at - $1) / ${n}, count(*), cast(sum(payable_e8) as bigint) from purchase_order{sql} and paid_at >= $1{book} group by 1 order by 1"
        ),
        &values,
        |row| Ok(DayFigure { day: from.plus(row.int()? * DAY), orders: row.int()?, amount_e8: row.int()? }),
    )
}

/// How many rows of `table` are in each of `states`, each counted up to 10,000.
fn per_state(tx: &mut Tx, table: &str, scope: &Filter, states: &[&str]) -> Result<Vec<(String, i64)>, StoreError> {
    let mut counts = Vec::new();
    for state in states {
        let clauses = scope.clone().and("state = ?", *state);
        let sql = format!("select count(*) from (select 1 from {table}{} limit 10000) as bounded", clauses.sql());
        counts.push(((*state).to_owned(), tx.number(&sql, clauses.values())?));
    }
    Ok(counts)
}

/// Orders by state in the view of a buyer, a seller or the market; the latter two without sandboxes'.
pub fn orders_by_state(
    tx: &mut Tx,
    buyer_id: Option<&str>,
    seller_id: Option<&str>,
    products: &[String],
    states: &[&str],
) -> Result<Vec<(String, i64)>, StoreError> {
    let book = buyer_id.is_none().then_some("real");
    let scope = Filter::new()
        .and_if("buyer_id = ?", buyer_id)
        .and_if("seller_id = ?", seller_id)
        .and_if("book = ?", book)
        .and_in("product_id", products);
    per_state(tx, "purchase_order", &scope, states)
}

/// Resources by state of a buyer.
pub fn instances_by_state(tx: &mut Tx, buyer_id: &str, states: &[&str]) -> Result<Vec<(String, i64)>, StoreError> {
    per_state(tx, "instance", &Filter::new().and("buyer_id = ?", buyer_id), states)
}

/// Calls by state of a seller, or of all; without those for sandboxes.
pub fn calls_by_state(
    tx: &mut Tx,
    seller_id: Option<&str>,
    products: &[String],
    states: &[&str],
) -> Result<Vec<(String, i64)>, StoreError> {
    let of_product = "(select i.product_id from instance i where i.id = seller_call.instance_id)";
    let scope = Filter::new().and_if("seller_id = ?", seller_id).and("test_flag = ?", 0_i64);
    let scope = scope.and_in(of_product, products);
    per_state(tx, "seller_call", &scope, states)
}

/// Applications by state of a seller, or of all.
pub fn applications_by_state(
    tx: &mut Tx,
    owner: Option<&str>,
    products: &[String],
    states: &[&str],
) -> Result<Vec<(String, i64)>, StoreError> {
    let scope = Filter::new().and_if("organisation_id = ?", owner).and_in("product_id", products);
    per_state(tx, "application", &scope, states)
}

/// Products by state of a seller, or of all.
pub fn products_by_state(
    tx: &mut Tx,
    owner: Option<&str>,
    products: &[String],
    states: &[&str],
) -> Result<Vec<(String, i64)>, StoreError> {
    let scope = Filter::new().and_if("organisation_id = ?", owner).and_in("id", products);
    per_state(tx, "product", &scope, states)
}

/// Payments and top-ups that wait for an operator, each counted up to 10,000.
pub fn waiting_money(tx: &mut Tx) -> Result<(i64, i64), StoreError> {
    let count = |table, book| {
        format!("select count(*) from (select 1 from {table} where {book}state = 'PENDING' limit 10000) as bounded")
    };
    Ok((tx.number(&count("payment", "book = 'real' and "), &[])?, tx.number(&count("top_up", ""), &[])?))
}

/// What waits for an operator's decision, each counted up to 10,000.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Applications whose review is late at the time asked for.
    pub late_reviews: i64,
    /// Organisations that asked for verification.
    pub verifications: i64,
    /// Organisations that asked to sell.
    pub seller_requests: i64,
    /// Sellers that asked to be certified.
    pub certifications: i64,
}

/// Counts what waits for an operator's decision; a review is late when it was due before `now`.
pub fn waiting(tx: &mut Tx, now: Timestamp) -> Result<Waiting, StoreError> {
    let bounded = |table: &str, condition: &str| {
        format!("select count(*) from (select 1 from {table} where {condition} limit 10000) as bounded")
    };
    Ok(Waiting {
        late_reviews: tx.number(&bounded("application", "state = 'PENDING_REVIEW' and due_at < $1"), params![now])?,
        verifications: tx.number(&bounded("organisation", "verification = 'PENDING'"), &[])?,
        seller_requests: tx.number(&bounded("organisation", "seller_state = 'APPLIED'"), &[])?,
        certifications: tx.number(&bounded("organisation", "seller_state = 'ADMITTED'"), &[])?,
    })
}

/// Resources of a buyer whose paid time ends before `before`, soonest first.
pub fn expiring(tx: &mut Tx, buyer_id: &str, before: Timestamp) -> Result<Vec<(String, Timestamp)>, StoreError> {
    tx.all(
        "select id, until from instance where buyer_id = $1 and state in ('IN_USE', 'EXPIRED') and until is not null and until < $2 order by until limit 10",
        params![buyer_id, before],
        |row| Ok((row.text()?, row.time()?)),
    )
}
