//! Resources and the calls to sellers' servers (area `fulfilment`).

use crate::db::{Row, StoreError, Tx};
use crate::listing::{self, Filter, PageRequest, Paged};
use crate::params;
use domain::catalogue::kinds::{BillingMode, InterfaceGeneration, PeriodType};
use domain::fulfilment::call::{Activity, CallState};
use domain::fulfilment::instance::{ExpiryPolicy, FreezeReason, InstanceState};
use domain::ledger::Book;
use domain::text::Localized;
use domain::time::Timestamp;

/// A purchased resource.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Instance {
    pub id: String,
    pub buyer_id: String,
    pub buyer_name: String,
    pub seller_id: String,
    pub product_id: String,
    pub product_name: Localized,
    pub specification_id: String,
    pub specification_name: Localized,
    pub order_id: String,
    pub line_id: String,
    pub book: Book,
    pub mode: BillingMode,
    pub period: Option<PeriodType>,
    pub periods: i64,
    pub quantity: i64,
    pub trial: bool,
    pub state: InstanceState,
    pub anchor_day: i64,
    pub opened_at: Option<Timestamp>,
    pub expiry_policy: ExpiryPolicy,
    pub production_address: String,
    /// The generation that the address speaks.
    pub generation: InterfaceGeneration,
    pub seller_instance_id: Option<String>,
    /// JSON of appInfo, encrypted.
    pub access_cipher: Option<String>,
    /// JSON of usageInfo.
    pub usage_json: Option<String>,
    pub information_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub version: i64,
}

pub(crate) const INSTANCE: &str = "select id, buyer_id, buyer_name, seller_id, product_id, product_name_zh, product_name_en, specification_id, specification_name_zh, specification_name_en, order_id, line_id, book, mode, period, periods, quantity, trial, state, since, until, next_at, frozen_why, anchor_day, opened_at, expiry_policy, production_address, generation, seller_instance_id, access_cipher, usage_json, information_at, created_at, version from instance";

fn state(
    code: &str,
    since: Timestamp,
    until: Option<Timestamp>,
    next: Option<Timestamp>,
    why: Option<String>,
) -> Result<InstanceState, StoreError> {
    let bad = || StoreError::BadRow(format!("instance state {code:?} without its times"));
    Ok(match code {
        "PROVISIONING" => InstanceState::Provisioning { since },
        "FAILED" => InstanceState::Failed { at: since },
        "IN_USE" => InstanceState::InUse { until },
        "EXPIRED" => InstanceState::Expired { until: until.ok_or_else(bad)?, grace_until: next.ok_or_else(bad)? },
        "FROZEN" => InstanceState::Frozen {
            until,
            release_at: next,
            why: why.as_deref().and_then(FreezeReason::from_code).ok_or_else(bad)?,
        },
        "RELEASED" => InstanceState::Released { at: since },
        _ => return Err(bad()),
    })
}

pub(crate) fn instance(row: &mut Row<'_>) -> Result<Instance, StoreError> {
    Ok(Instance {
        id: row.text()?,
        buyer_id: row.text()?,
        buyer_name: row.text()?,
        seller_id: row.text()?,
        product_id: row.text()?,
        product_name: row.localized()?,
        specification_id: row.text()?,
        specification_name: row.localized()?,
        order_id: row.text()?,
        line_id: row.text()?,
        book: row.coded(Book::from_code)?,
        mode: row.coded(BillingMode::from_code)?,
        period: row.optional_text()?.as_deref().and_then(PeriodType::from_code),
        periods: row.int()?,
        quantity: row.int()?,
        trial: row.flag()?,
        state: {
            let code = row.text()?;
            state(&code, row.time()?, row.optional_time()?, row.optional_time()?, row.optional_text()?)?
        },
        anchor_day: row.int()?,
        opened_at: row.optional_time()?,
        expiry_policy: row.coded(ExpiryPolicy::from_code)?,
        production_address: row.text()?,
        generation: row.coded(InterfaceGeneration::from_code)?,
        seller_instance_id: row.optional_text()?,
        access_cipher: row.optional_text()?,
        usage_json: row.optional_text()?,
        information_at: row.optional_time()?,
        created_at: row.time()?,
        version: row.int()?,
    })
}

pub(crate) struct StateColumns {
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) next: Option<Timestamp>,
    pub(crate) why: Option<&'static str>,
}

pub(crate) fn columns(state: &InstanceState) -> StateColumns {
    let none = StateColumns { since: None, until: None, next: None, why: None };
    match *state {
        InstanceState::Provisioning { since } => StateColumns { since: Some(since), ..none },
        InstanceState::Failed { at } | InstanceState::Released { at } => StateColumns { since: Some(at), ..none },
        InstanceState::InUse { until } => StateColumns { until, ..none },
        InstanceState::Expired { until, grace_until } => {
            StateColumns { until: Some(until), next: Some(grace_until), ..none }
        }
        InstanceState::Frozen { until, release_at, why } => {
            StateColumns { until, next: release_at, why: Some(why.code()), ..none }
        }
    }
}

/// Writes a new resource.
pub fn insert_instance(tx: &mut Tx, i: &Instance) -> Result<(), StoreError> {
    let c = columns(&i.state);
    tx.send(
        "insert into instance (id, buyer_id, buyer_name, seller_id, product_id, product_name_zh, product_name_en, specification_id, specification_name_zh, specification_name_en, order_id, line_id, book, mode, period, periods, quantity, trial, state, since, until, next_at, frozen_why, anchor_day, opened_at, expiry_policy, production_address, generation, seller_instance_id, access_cipher, usage_json, information_at, created_at, version)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28,$29,$30,$31,$32,$33,$34)",
        params![
            &i.id, &i.buyer_id, &i.buyer_name, &i.seller_id, &i.product_id, &i.product_name.zh, &i.product_name.en,
            &i.specification_id, &i.specification_name.zh, &i.specification_name.en, &i.order_id, &i.line_id,
            i.book.code(), i.mode.code(), i.period.map(|p| p.code()), i.periods, i.quantity, i.trial, i.state.code(),
            c.since.unwrap_or(i.created_at), c.until, c.next, c.why, i.anchor_day, i.opened_at, i.expiry_policy.code(),
            &i.production_address, i.generation.code(), i.seller_instance_id.clone(), i.access_cipher.clone(), i.usage_json.clone(),
            i.information_at, i.created_at, i.version
        ],
    )
}

/// Saves what may change of a resource that was loaded with `i.version`. `now` becomes the time of
/// the state where the state itself does not say it.
pub fn save_instance(tx: &mut Tx, i: &Instance, now: Timestamp) -> Result<(), StoreError> {
    crate::deliveries::save_instances(tx, &[(i, i.version, now)])
}

/// Whose view of a resource or call is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// The buying organisation.
    Buyer(String),
    /// The selling organisation.
    Seller(String),
    /// Operators and the program itself.
    Market,
}

/// A resource in the view of `viewer`; locked until the commit when `lock`.
pub fn load_instance(tx: &mut Tx, viewer: &Viewer, id: &str, lock: bool) -> Result<Option<Instance>, StoreError> {
    let locked = if lock { " {for update}" } else { "" };
    match viewer {
        Viewer::Buyer(b) => {
            tx.first(&format!("{INSTANCE} where id = $1 and buyer_id = $2{locked}"), params![id, b], instance)
        }
        Viewer::Seller(s) => {
            tx.first(&format!("{INSTANCE} where id = $1 and seller_id = $2{locked}"), params![id, s], instance)
        }
        Viewer::Market => tx.first(&format!("{INSTANCE} where id = $1{locked}"), params![id], instance),
    }
}

/// Whether another resource of this seller already carries the id that he named.
pub fn seller_instance_taken(tx: &mut Tx, seller_id: &str, named: &str, except: &str) -> Result<bool, StoreError> {
    let found = tx.number(
        "select count(*) from instance where seller_id = $1 and seller_instance_id = $2 and id <> $3",
        params![seller_id, named, except],
    )?;
    Ok(found > 0)
}

/// Filters of resource lists.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct InstanceFilter {
    /// Only of these products, when there are any.
    pub products: Vec<String>,
    pub state: Option<String>,
    pub text: Option<String>,
    pub product_id: Option<String>,
}

/// A page of resources.
pub fn list_instances(
    tx: &mut Tx,
    viewer: &Viewer,
    filter: &InstanceFilter,
    page: &PageRequest,
) -> Result<Paged<Instance>, StoreError> {
    let mut clauses = Filter::new();
    clauses = match viewer {
        Viewer::Buyer(id) => clauses.and("buyer_id = ?", id.clone()),
        Viewer::Seller(id) => clauses.and("seller_id = ?", id.clone()),
        Viewer::Market => clauses,
    };
    clauses = clauses
        .and_in("product_id", &filter.products)
        .and_if("state = ?", filter.state.clone())
        .and_if("product_id = ?", filter.product_id.clone())
        .and_if(
            "(lower(product_name_zh) || ' ' || lower(product_name_en) || ' ' || lower(buyer_name) || ' ' || id || ' ' || coalesce(seller_instance_id, '')) like ? escape '!'",
            filter.text.as_ref().map(|t| listing::contains(&t.to_lowercase())),
        );
    listing::page(tx, INSTANCE, clauses, ("created_at", "id"), page, instance, |i| {
        (i.created_at.micros(), i.id.clone())
    })
}

/// A call to a seller's server, with the outcome of its attempts (seller interface 10.2).
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct SellerCall {
    pub id: String,
    pub seller_id: String,
    pub buyer_id: String,
    pub instance_id: String,
    pub order_id: Option<String>,
    pub line_id: Option<String>,
    pub product_name: Localized,
    pub activity: Activity,
    /// Scene or status.
    pub variant: String,
    /// JSON of what the request says.
    pub parameters: String,
    pub address: String,
    pub test_flag: bool,
    pub state: CallState,
    pub seq: i64,
    pub attempts: i64,
    pub first_attempt_at: Option<Timestamp>,
    pub accepted_at: Option<Timestamp>,
    pub next_at: Option<Timestamp>,
    pub last_at: Option<Timestamp>,
    pub exception_code: String,
    pub exception: String,
    pub result_code: String,
    pub created_at: Timestamp,
    /// Real time at which the attempt that is under way was sent.
    pub sent_at: Option<Timestamp>,
    pub version: i64,
}

pub(crate) const CALL: &str = "select id, seller_id, buyer_id, instance_id, order_id, line_id, product_name_zh, product_name_en, activity, variant, parameters, address, test_flag, state, seq, attempts, first_attempt_at, accepted_at, next_at, last_at, exception_code, exception, result_code, created_at, sent_at, version from seller_call";

pub(crate) fn call(row: &mut Row<'_>) -> Result<SellerCall, StoreError> {
    Ok(SellerCall {
        id: row.text()?,
        seller_id: row.text()?,
        buyer_id: row.text()?,
        instance_id: row.text()?,
        order_id: row.optional_text()?,
        line_id: row.optional_text()?,
        product_name: row.localized()?,
        activity: row.coded(Activity::from_code)?,
        variant: row.text()?,
        parameters: row.text()?,
        address: row.text()?,
        test_flag: row.flag()?,
        state: row.coded(CallState::from_code)?,
        seq: row.int()?,
        attempts: row.int()?,
        first_attempt_at: row.optional_time()?,
        accepted_at: row.optional_time()?,
        next_at: row.optional_time()?,
        last_at: row.optional_time()?,
        exception_code: row.text()?,
        exception: row.text()?,
        result_code: row.text()?,
        created_at: row.time()?,
        sent_at: row.optional_time()?,
        version: row.int()?,
    })
}

/// Saves the progress of a call that was loaded with `c.version`.
pub fn save_call(tx: &mut Tx, c: &SellerCall) -> Result<(), StoreError> {
    crate::deliveries::save_calls(tx, &[(c, c.version)])
}

/// A call in the view of `viewer`; locked until the commit when `lock`.
pub fn load_call(tx: &mut Tx, viewer: &Viewer, id: &str, lock: bool) -> Result<Option<SellerCall>, StoreError> {
    let locked = if lock { " {for update}" } else { "" };
    match viewer {
        Viewer::Seller(s) => {
            tx.first(&format!("{CALL} where id = $1 and seller_id = $2{locked}"), params![id, s], call)
        }
        Viewer::Buyer(b) => tx.first(&format!("{CALL} where id = $1 and buyer_id = $2{locked}"), params![id, b], call),
        Viewer::Market => tx.first(&format!("{CALL} where id = $1{locked}"), params![id], call),
    }
}

/// Calls of an instance or an order, oldest first.
pub fn calls_about(
    tx: &mut Tx,
    instance_id: Option<&str>,
    order_id: Option<&str>,
) -> Result<Vec<SellerCall>, StoreError> {
    match (instance_id, order_id) {
        (Some(id), _) => tx.all(&format!("{CALL} where instance_id = $1 order by seq limit 500"), params![id], call),
        (None, Some(id)) => tx.all(&format!("{CALL} where order_id = $1 order by seq limit 500"), params![id], call),
        (None, None) => Ok(Vec::new()),
    }
}

/// How many questions for the information of an instance brought nothing so far.
pub fn failed_questions(tx: &mut Tx, instance_id: &str) -> Result<i64, StoreError> {
    tx.number("select count(*) from seller_call where instance_id = $1 and state = 'FAILED'", params![instance_id])
}

/// Filters of the message page (D-48).
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct CallFilter {
    /// Only of these products, when there are any.
    pub products: Vec<String>,
    /// Only of this seller: for operators.
    pub seller_id: Option<String>,
    pub state: Option<String>,
    pub activity: Option<String>,
    pub order_id: Option<String>,
    pub instance_id: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// Only those that have stopped or wait for another attempt.
    pub restartable: bool,
    /// Only those that have not succeeded, questions for information aside.
    pub missed: bool,
}

/// A page of calls.
pub fn list_calls(
    tx: &mut Tx,
    viewer: &Viewer,
    filter: &CallFilter,
    page: &PageRequest,
) -> Result<Paged<SellerCall>, StoreError> {
    let mut clauses = Filter::new();
    clauses = match viewer {
        Viewer::Seller(id) => clauses.and("seller_id = ?", id.clone()),
        Viewer::Buyer(id) => clauses.and("buyer_id = ?", id.clone()),
        Viewer::Market => clauses,
    };
    clauses = clauses
        .and_in("(select i.product_id from instance i where i.id = instance_id)", &filter.products)
        .and_if("seller_id = ?", filter.seller_id.clone())
        .and_if("state = ?", filter.state.clone())
        .and_if("activity = ?", filter.activity.clone())
        .and_if("order_id = ?", filter.order_id.clone())
        .and_if("instance_id = ?", filter.instance_id.clone())
        .and_if("created_at >= ?", filter.from)
        .and_if("created_at < ?", filter.to);
    if filter.restartable {
        clauses = clauses.and_fixed("state in ('RETRYING', 'STOPPED')");
    }
    if filter.missed {
        clauses = clauses.and_fixed("state in ('WAITING', 'RETRYING', 'POLLING', 'STOPPED')");
    }
    listing::page(tx, CALL, clauses, ("created_at", "id"), page, call, |c| (c.created_at.micros(), c.id.clone()))
}

/// One attempt, as it went over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct Attempt {
    pub call_id: String,
    pub attempt_no: i64,
    pub at: i64,
    pub trigger_kind: String,
    pub activity: String,
    /// Signature masked.
    pub url: String,
    pub request_body: String,
    pub http_status: Option<i64>,
    pub response_headers: String,
    /// First 64 KiB.
    pub response_body: String,
    pub duration_micros: i64,
    /// SENT until the outcome is known.
    pub verdict: String,
    pub exception_code: String,
    pub exception: String,
    pub result_code: String,
}

/// The attempts of a call, oldest first.
pub fn attempts(tx: &mut Tx, call_id: &str) -> Result<Vec<Attempt>, StoreError> {
    tx.all(
        "select call_id, attempt_no, at, trigger_kind, activity, url, request_body, http_status, response_headers, response_body, duration_micros, verdict, exception_code, exception, result_code from call_attempt where call_id = $1 order by attempt_no limit 1000",
        params![call_id],
        |row| {
            Ok(Attempt {
                call_id: row.text()?,
                attempt_no: row.int()?,
                at: row.int()?,
                trigger_kind: row.text()?,
                activity: row.text()?,
                url: row.text()?,
                request_body: row.text()?,
                http_status: row.optional_int()?,
                response_headers: row.text()?,
                response_body: row.text()?,
                duration_micros: row.int()?,
                verdict: row.text()?,
                exception_code: row.text()?,
                exception: row.text()?,
                result_code: row.text()?,
            })
        },
    )
}

/// Ids of instances behind `after` whose time will end and for which no timer waits, by id.
pub fn without_timer(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<String>, StoreError> {
    tx.all(
        "select i.id from instance i where i.id > $1 and i.state in ('IN_USE', 'EXPIRED', 'FROZEN')
         and (i.until is not null or i.next_at is not null)
         and not exists (select 1 from job j where j.subject_id = i.id and j.kind = 'instance_timer' and j.state in ('WAITING', 'RUNNING', 'FAILED'))
         order by i.id limit $2",
        params![after, limit],
        |row| row.text(),
    )
}

/// Whether the seller has been asked for an instance's information, outside of an order's steps, since
/// `since`, which is real time.
pub fn queried_since(tx: &mut Tx, instance_id: &str, since: Timestamp) -> Result<bool, StoreError> {
    let sql = "select count(*) from seller_call c join call_attempt a on a.call_id = c.id where c.instance_id = $1 and c.activity = 'queryInstance' and a.at > $2";
    Ok(tx.number(sql, params![instance_id, since])? > 0)
}
