//! Debug cases of sellers, and the count of their debug calls (seller interface 11).

use crate::db::{Row, StoreError, Tx};
use crate::listing::{self, Filter, PageRequest, Paged};
use crate::params;
use domain::catalogue::content::ProductContent;
use domain::time::Timestamp;

/// A saved case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct DebugCase {
    pub id: String,
    pub organisation_id: String,
    pub address: String,
    /// Stored name of the generation, e.g. `saas_v2`.
    pub generation: String,
    pub activity: String,
    /// Empty where the tab has one form.
    pub variant: String,
    /// Sealed JSON object of names and values.
    pub parameters_cipher: String,
    /// Of the last run: SUCCESS, PROCESSING or FAILURE.
    pub verdict: String,
    pub exception_code: String,
    pub result_code: String,
    pub duration_micros: i64,
    pub saved_at: Timestamp,
    pub ran_at: Timestamp,
}

impl DebugCase {
    /// Whether the last run went well.
    pub fn passed(&self) -> bool {
        self.verdict != "FAILURE"
    }
}

/// How a run went, as it is kept with its case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CaseRun {
    pub verdict: String,
    pub exception_code: String,
    pub result_code: String,
    pub duration_micros: i64,
}

const CASE: &str = "select id, organisation_id, address, generation, activity, variant, parameters_cipher, verdict, exception_code, result_code, duration_micros, saved_at, ran_at from debug_case";

fn case(row: &mut Row<'_>) -> Result<DebugCase, StoreError> {
    Ok(DebugCase {
        id: row.text()?,
        organisation_id: row.text()?,
        address: row.text()?,
        generation: row.text()?,
        activity: row.text()?,
        variant: row.text()?,
        parameters_cipher: row.text()?,
        verdict: row.text()?,
        exception_code: row.text()?,
        result_code: row.text()?,
        duration_micros: row.int()?,
        saved_at: row.time()?,
        ran_at: row.time()?,
    })
}

/// Writes a case; the earlier one of the same address, generation, tab and variant gives way and
/// keeps its id (D-47). Returns the id.
pub fn save_case(tx: &mut Tx, c: &DebugCase) -> Result<String, StoreError> {
    tx.execute(
        "insert into debug_case (id, organisation_id, address, generation, activity, variant, parameters_cipher, verdict, exception_code, result_code, duration_micros, saved_at, ran_at)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)
         on conflict (organisation_id, address, generation, activity, variant) do update set parameters_cipher = excluded.parameters_cipher, verdict = excluded.verdict, exception_code = excluded.exception_code, result_code = excluded.result_code, duration_micros = excluded.duration_micros, saved_at = excluded.saved_at, ran_at = excluded.ran_at",
        params![
            &c.id,
            &c.organisation_id,
            &c.address,
            &c.generation,
            &c.activity,
            &c.variant,
            &c.parameters_cipher,
            &c.verdict,
            &c.exception_code,
            &c.result_code,
            c.duration_micros,
            c.saved_at,
            c.ran_at
        ],
    )?;
    tx.first(
        "select id from debug_case where organisation_id = $1 and address = $2 and generation = $3 and activity = $4 and variant = $5",
        params![&c.organisation_id, &c.address, &c.generation, &c.activity, &c.variant],
        |row| row.text(),
    )?
    .ok_or(StoreError::Stale)
}

/// Writes how the newest run of a case went that was saved at `saved_at`; nothing when other parameters
/// were saved meanwhile, about which that run says nothing.
pub fn note_run(
    tx: &mut Tx,
    owner: &str,
    (id, saved_at): (&str, Timestamp),
    run: &CaseRun,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "update debug_case set verdict = $1, exception_code = $2, result_code = $3, duration_micros = $4, ran_at = $5 where id = $6 and organisation_id = $7 and saved_at = $8",
        params![&run.verdict, &run.exception_code, &run.result_code, run.duration_micros, now, id, owner, saved_at],
    )?;
    Ok(())
}

/// A case of an organisation.
pub fn load_case(tx: &mut Tx, owner: &str, id: &str) -> Result<Option<DebugCase>, StoreError> {
    tx.first(&format!("{CASE} where id = $1 and organisation_id = $2"), params![id, owner], case)
}

/// The cases of an organisation for an address, in the order in which they were saved first.
pub fn cases_of(tx: &mut Tx, owner: &str, address: &str, generation: &str) -> Result<Vec<DebugCase>, StoreError> {
    tx.all(
        &format!("{CASE} where organisation_id = $1 and address = $2 and generation = $3 order by id"),
        params![owner, address, generation],
        case,
    )
}

/// Removes a case.
pub fn delete_case(tx: &mut Tx, owner: &str, id: &str) -> Result<(), StoreError> {
    tx.execute_one("delete from debug_case where id = $1 and organisation_id = $2", params![id, owner])
}

/// Filters of the list of cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CaseFilter {
    pub address: Option<String>,
    pub generation: Option<String>,
    pub activity: Option<String>,
    /// SUCCESS, PROCESSING or FAILURE.
    pub verdict: Option<String>,
    /// Only of these addresses, when there are any.
    pub addresses: Vec<String>,
}

/// A page of the cases of an organisation.
pub fn list_cases(
    tx: &mut Tx,
    owner: &str,
    filter: &CaseFilter,
    page: &PageRequest,
) -> Result<Paged<DebugCase>, StoreError> {
    let clauses = Filter::new()
        .and("organisation_id = ?", owner)
        .and_in("address", &filter.addresses)
        .and_if("address = ?", filter.address.clone())
        .and_if("generation = ?", filter.generation.clone())
        .and_if("activity = ?", filter.activity.clone())
        .and_if("verdict = ?", filter.verdict.clone());
    listing::page(tx, CASE, clauses, ("saved_at", "id"), page, case, |c| (c.saved_at.micros(), c.id.clone()))
}

/// Counts a debug call of an organisation at `now` among those since `since`; false, and nothing is
/// counted, when there were `limit` already.
pub fn count_call(
    tx: &mut Tx,
    owner: &str,
    id: &str,
    (since, now): (Timestamp, Timestamp),
    limit: i64,
) -> Result<bool, StoreError> {
    tx.execute("delete from debug_call where organisation_id = $1 and at <= $2", params![owner, since])?;
    if tx.number("select count(*) from debug_call where organisation_id = $1", params![owner])? >= limit {
        return Ok(false);
    }
    tx.execute("insert into debug_call (id, organisation_id, at) values ($1,$2,$3)", params![id, owner, now])?;
    Ok(true)
}

/// Products of an organisation that customers have or can buy, and what is sold: id and content.
pub fn live_products(tx: &mut Tx, owner: &str) -> Result<Vec<(String, ProductContent)>, StoreError> {
    tx.all(
        "select id, content from product where organisation_id = $1 and state in ('ON_SALE', 'SUSPENDED') order by id",
        params![owner],
        |row| Ok((row.text()?, row.json()?)),
    )
}

/// Products of an organisation with their content, and drafts that are being written, so that a
/// seller can choose among their addresses: product id and content.
pub fn known_products(tx: &mut Tx, owner: &str) -> Result<Vec<(String, ProductContent)>, StoreError> {
    tx.all(
        "select id, content from product where organisation_id = $1
         union all select a.product_id, a.content from application a join product p on p.id = a.product_id where p.organisation_id = $1 and a.state in ('DRAFT', 'REJECTED', 'PENDING_REVIEW')
         order by 1 desc limit 200",
        params![owner],
        |row| Ok((row.text()?, row.json()?)),
    )
}
