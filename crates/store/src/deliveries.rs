//! What the deliverer of calls reads and writes, many rows in a statement (area `fulfilment`).

use crate::db::{StoreError, Tx, Value};
use crate::fulfilment::{Attempt, CALL, INSTANCE, Instance, SellerCall, call, columns, instance};
use crate::identity::{ACCESS_KEY, AccessKey, SIGNS_FIRST, access_key};
use crate::many::Column::{Int, Text};
use crate::ordering::{ORDER, Order, order};
use domain::fulfilment::call::CallState;
use domain::time::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// The instances of these calls, locked until the commit, always in the same order so that two
/// processes never wait for each other.
pub fn instances_of_calls(tx: &mut Tx, call_ids: &[String]) -> Result<Vec<Instance>, StoreError> {
    let sql = format!(
        "{INSTANCE} where id in (select instance_id from seller_call where id in ({{keys}})) order by id {{for update}}"
    );
    tx.all_of(&sql, &[], call_ids, instance)
}

/// Instances by id, locked until the commit.
pub fn instances(tx: &mut Tx, ids: &[String]) -> Result<Vec<Instance>, StoreError> {
    tx.all_of(&format!("{INSTANCE} where id in ({{keys}}) order by id {{for update}}"), &[], ids, instance)
}

/// Calls by id, locked until the commit.
pub fn calls(tx: &mut Tx, ids: &[String]) -> Result<Vec<SellerCall>, StoreError> {
    tx.all_of(&format!("{CALL} where id in ({{keys}}) order by id {{for update}}"), &[], ids, call)
}

/// Orders by id, locked until the commit.
pub fn orders(tx: &mut Tx, ids: &[String]) -> Result<Vec<Order>, StoreError> {
    tx.all_of(&format!("{ORDER} where o.id in ({{keys}}) order by o.id {{for update of o}}"), &[], ids, order)
}

/// A call that is not over, or of which an attempt is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCall {
    /// Call.
    pub id: String,
    /// Its instance.
    pub instance_id: String,
    /// Its place among the calls of the instance.
    pub seq: i64,
    /// Its state; may be final while an attempt is under way.
    pub state: CallState,
    /// Real time at which the attempt that is under way was sent.
    pub sent_at: Option<Timestamp>,
    /// Address to which it goes.
    pub address: String,
}

/// The open calls of instances, oldest first (D-38).
pub fn open_calls(tx: &mut Tx, instance_ids: &[String]) -> Result<Vec<OpenCall>, StoreError> {
    // The condition is that of the index, word for word: without it the index is not used.
    tx.all_of(
        "select id, instance_id, seq, state, sent_at, address from seller_call where instance_id in ({keys}) and (state in ('WAITING', 'RETRYING', 'POLLING', 'STOPPED') or sent_at is not null) order by instance_id, seq",
        &[],
        instance_ids,
        |row| {
            Ok(OpenCall {
                id: row.text()?,
                instance_id: row.text()?,
                seq: row.int()?,
                state: row.coded(CallState::from_code)?,
                sent_at: row.optional_time()?,
                address: row.text()?,
            })
        },
    )
}

/// Attempts that were written for a call so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptCount {
    /// Call.
    pub call_id: String,
    /// Number of the newest one.
    pub last_no: i64,
    /// How many were started by hand.
    pub manual: i64,
}

/// The attempts of calls, counted.
pub fn attempt_counts(tx: &mut Tx, call_ids: &[String]) -> Result<Vec<AttemptCount>, StoreError> {
    tx.all_of(
        "select call_id, max(attempt_no), cast(sum(case when trigger_kind = 'MANUAL' then 1 else 0 end) as bigint) from call_attempt where call_id in ({keys}) group by call_id",
        &[],
        call_ids,
        |row| Ok(AttemptCount { call_id: row.text()?, last_no: row.int()?, manual: row.int()? }),
    )
}

/// Id, whether it is a sandbox, and the offset of its clock in microseconds, of organisations.
pub fn clocks(tx: &mut Tx, ids: &[String]) -> Result<Vec<(String, bool, i64)>, StoreError> {
    tx.all_of("select id, sandbox, clock_offset from organisation where id in ({keys})", &[], ids, |row| {
        Ok((row.text()?, row.flag()?, row.int()?))
    })
}

/// The enabled keys of sellers for calls to their servers, of each the one to sign with first.
pub fn enabled_keys(tx: &mut Tx, seller_ids: &[String]) -> Result<Vec<AccessKey>, StoreError> {
    tx.all_of(
        &format!("{ACCESS_KEY} where organisation_id in ({{keys}}) and enabled = 1 and interface_type = 'basic' {SIGNS_FIRST}"),
        &[],
        seller_ids,
        access_key,
    )
}

/// Writes new calls, each as the newest of its instance.
pub fn insert_calls(tx: &mut Tx, calls: &[SellerCall]) -> Result<(), StoreError> {
    let instances: BTreeSet<String> = calls.iter().map(|c| c.instance_id.clone()).collect();
    let instances: Vec<String> = instances.into_iter().collect();
    let newest = tx.all_of(
        "select instance_id, max(seq) from seller_call where instance_id in ({keys}) group by instance_id",
        &[],
        &instances,
        |row| Ok((row.text()?, row.int()?)),
    )?;
    let mut seq: HashMap<String, i64> = newest.into_iter().collect();
    let rows: Vec<Vec<Value>> = calls
        .iter()
        .map(|c| {
            let seq = seq.entry(c.instance_id.clone()).or_default();
            *seq += 1;
            vec![
                (&c.id).into(),
                (&c.seller_id).into(),
                (&c.buyer_id).into(),
                (&c.instance_id).into(),
                c.order_id.clone().into(),
                c.line_id.clone().into(),
                (&c.product_name.zh).into(),
                (&c.product_name.en).into(),
                c.activity.code().into(),
                (&c.variant).into(),
                (&c.parameters).into(),
                (&c.address).into(),
                c.test_flag.into(),
                c.state.code().into(),
                (*seq).into(),
                c.attempts.into(),
                c.next_at.into(),
                c.created_at.into(),
                c.first_attempt_at.into(),
                c.last_at.into(),
                c.sent_at.into(),
            ]
        })
        .collect();
    tx.insert_rows(
        "insert into seller_call (id, seller_id, buyer_id, instance_id, order_id, line_id, product_name_zh, product_name_en, activity, variant, parameters, address, test_flag, state, seq, attempts, next_at, created_at, first_attempt_at, last_at, sent_at)",
        &rows,
    )
}

/// Saves calls, each with the version with which it was loaded.
pub fn save_calls(tx: &mut Tx, calls: &[(&SellerCall, i64)]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = calls
        .iter()
        .map(|(c, version)| {
            vec![
                (&c.id).into(),
                (*version).into(),
                c.state.code().into(),
                c.attempts.into(),
                c.first_attempt_at.into(),
                c.accepted_at.into(),
                c.next_at.into(),
                c.last_at.into(),
                (&c.exception_code).into(),
                (&c.exception).into(),
                (&c.result_code).into(),
                (&c.address).into(),
                c.sent_at.into(),
            ]
        })
        .collect();
    tx.update_rows(
        "update seller_call set state = v.state, attempts = v.attempts, first_attempt_at = v.first_attempt_at, accepted_at = v.accepted_at, next_at = v.next_at, last_at = v.last_at, exception_code = v.exception_code, exception = v.exception, result_code = v.result_code, address = v.address, sent_at = v.sent_at, version = seller_call.version + 1 from v where seller_call.id = v.id and seller_call.version = v.version",
        &[
            Text("id"),
            Int("version"),
            Text("state"),
            Int("attempts"),
            Int("first_attempt_at"),
            Int("accepted_at"),
            Int("next_at"),
            Int("last_at"),
            Text("exception_code"),
            Text("exception"),
            Text("result_code"),
            Text("address"),
            Int("sent_at"),
        ],
        &rows,
    )
}

/// Saves instances, each with the version with which it was loaded and the time that becomes that of
/// its state where the state itself does not say it.
pub fn save_instances(tx: &mut Tx, instances: &[(&Instance, i64, Timestamp)]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = instances
        .iter()
        .map(|(i, version, now)| {
            let c = columns(&i.state);
            vec![
                (&i.id).into(),
                (*version).into(),
                i.state.code().into(),
                c.since.unwrap_or(*now).into(),
                c.until.into(),
                c.next.into(),
                c.why.into(),
                i.anchor_day.into(),
                i.opened_at.into(),
                i.expiry_policy.code().into(),
                i.seller_instance_id.clone().into(),
                i.access_cipher.clone().into(),
                i.usage_json.clone().into(),
                i.information_at.into(),
                i.trial.into(),
                i.mode.code().into(),
                i.period.map(|p| p.code()).into(),
                i.periods.into(),
                (&i.production_address).into(),
                i.generation.code().into(),
            ]
        })
        .collect();
    tx.update_rows(
        "update instance set since = case when instance.state = v.state then instance.since else v.since end, state = v.state, until = v.until, next_at = v.next_at, frozen_why = v.frozen_why, anchor_day = v.anchor_day, opened_at = v.opened_at, expiry_policy = v.expiry_policy, seller_instance_id = v.seller_instance_id, access_cipher = v.access_cipher, usage_json = v.usage_json, information_at = v.information_at, trial = v.trial, mode = v.mode, period = v.period, periods = v.periods, production_address = v.production_address, generation = v.generation, version = instance.version + 1 from v where instance.id = v.id and instance.version = v.version",
        &[
            Text("id"),
            Int("version"),
            Text("state"),
            Int("since"),
            Int("until"),
            Int("next_at"),
            Text("frozen_why"),
            Int("anchor_day"),
            Int("opened_at"),
            Text("expiry_policy"),
            Text("seller_instance_id"),
            Text("access_cipher"),
            Text("usage_json"),
            Int("information_at"),
            Int("trial"),
            Text("mode"),
            Text("period"),
            Int("periods"),
            Text("production_address"),
            Text("generation"),
        ],
        &rows,
    )
}

/// Writes new attempts.
pub fn insert_attempts(tx: &mut Tx, attempts: &[&Attempt]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = attempts
        .iter()
        .map(|a| {
            vec![
                (&a.call_id).into(),
                a.attempt_no.into(),
                a.at.into(),
                (&a.trigger_kind).into(),
                (&a.activity).into(),
                (&a.url).into(),
                (&a.request_body).into(),
                (&a.verdict).into(),
            ]
        })
        .collect();
    tx.insert_rows(
        "insert into call_attempt (call_id, attempt_no, at, trigger_kind, activity, url, request_body, verdict)",
        &rows,
    )
}

/// Writes down how attempts ended.
pub fn complete_attempts(tx: &mut Tx, attempts: &[&Attempt]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = attempts
        .iter()
        .map(|a| {
            vec![
                (&a.call_id).into(),
                a.attempt_no.into(),
                a.http_status.into(),
                (&a.response_headers).into(),
                (&a.response_body).into(),
                a.duration_micros.into(),
                (&a.verdict).into(),
                (&a.exception_code).into(),
                (&a.exception).into(),
                (&a.result_code).into(),
            ]
        })
        .collect();
    tx.update_rows(
        "update call_attempt set http_status = v.http_status, response_headers = v.response_headers, response_body = v.response_body, duration_micros = v.duration_micros, verdict = v.verdict, exception_code = v.exception_code, exception = v.exception, result_code = v.result_code from v where call_attempt.call_id = v.call_id and call_attempt.attempt_no = v.attempt_no",
        &[
            Text("call_id"),
            Int("attempt_no"),
            Int("http_status"),
            Text("response_headers"),
            Text("response_body"),
            Int("duration_micros"),
            Text("verdict"),
            Text("exception_code"),
            Text("exception"),
            Text("result_code"),
        ],
        &rows,
    )
}

/// Attempts of calls that were sent by a process which ended before their outcome was written.
pub fn lose_attempts(tx: &mut Tx, call_ids: &[String]) -> Result<(), StoreError> {
    let sql = "update call_attempt set verdict = 'LOST' where verdict = 'SENT' and call_id in ({keys})";
    tx.execute_for(sql, &[], call_ids).map(|_| ())
}

/// Counts sales: product and how many.
pub fn count_sales(tx: &mut Tx, sales: &[(String, i64)]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = sales.iter().map(|(id, count)| vec![id.into(), (*count).into()]).collect();
    tx.update_rows(
        "update product set sales = product.sales + v.count from v where product.id = v.id",
        &[Text("id"), Int("count")],
        &rows,
    )
}
