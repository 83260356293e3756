//! Background work: rows written with the change that causes them, claimed by any process.

use crate::db::{Row, StoreError, Tx};
use crate::listing::{self, Filter, PageRequest, Paged};
use crate::params;
use domain::time::Timestamp;

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Job {
    pub id: String,
    pub kind: String,
    /// JSON, ids only.
    pub payload: String,
    pub state: String,
    /// In the time of `clock_owner`.
    pub due_at: Timestamp,
    /// In real time.
    pub run_at: Timestamp,
    pub clock_owner: Option<String>,
    /// Address that is called; empty for jobs that call nobody.
    pub lane: String,
    pub attempts: i64,
    pub claimed_by: Option<String>,
    pub lease_until: Option<Timestamp>,
    pub last_error: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, kind, payload, state, due_at, run_at, clock_owner, lane, attempts, claimed_by, lease_until, last_error, subject_kind, subject_id, created_at, finished_at";

fn job(row: &mut Row<'_>) -> Result<Job, StoreError> {
    Ok(Job {
        id: row.text()?,
        kind: row.text()?,
        payload: row.text()?,
        state: row.text()?,
        due_at: row.time()?,
        run_at: row.time()?,
        clock_owner: row.optional_text()?,
        lane: row.text()?,
        attempts: row.int()?,
        claimed_by: row.optional_text()?,
        lease_until: row.optional_time()?,
        last_error: row.text()?,
        subject_kind: row.text()?,
        subject_id: row.text()?,
        created_at: row.time()?,
        finished_at: row.optional_time()?,
    })
}

/// Writes jobs, with few statements.
pub fn enqueue(tx: &mut Tx, jobs: &[Job]) -> Result<(), StoreError> {
    let rows: Vec<Vec<crate::Value>> = jobs
        .iter()
        .map(|j| {
            vec![
                (&j.id).into(),
                (&j.kind).into(),
                (&j.payload).into(),
                "WAITING".into(),
                j.due_at.into(),
                j.run_at.into(),
                j.clock_owner.clone().into(),
                (&j.lane).into(),
                (&j.subject_kind).into(),
                (&j.subject_id).into(),
                j.created_at.into(),
            ]
        })
        .collect();
    tx.insert_rows(
        "insert into job (id, kind, payload, state, due_at, run_at, clock_owner, lane, subject_kind, subject_id, created_at)",
        &rows,
    )
}

/// A lane with waiting jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// When its first job is due, in real time.
    pub head: Timestamp,
}

/// Up to `limit` lanes with waiting jobs behind `after`, by name; the jobs without a lane are none.
/// Costs a look into the index for each lane, however many jobs wait in it.
pub fn lanes(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Lane>, StoreError> {
    tx.all(
        "with recursive lanes (lane, n) as (
           select (select min(lane) from job where state = 'WAITING' and lane > $1), cast(1 as bigint)
           union all
           select (select min(j.lane) from job j where j.state = 'WAITING' and j.lane > l.lane), l.n + 1
           from lanes l where l.lane is not null and l.n < $2)
         select l.lane, (select min(run_at) from job where state = 'WAITING' and lane = l.lane) from lanes l where l.lane is not null",
        params![after, limit],
        |row| Ok(Lane { name: row.text()?, head: row.time()? }),
    )
}

/// When the first job without a lane is due.
pub fn plain_head(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    tx.first("select run_at from job where state = 'WAITING' and lane = '' order by run_at, id limit 1", &[], |row| {
        row.time()
    })
}

/// How many jobs of a lane a claim may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Lane.
    pub lane: String,
    /// At most.
    pub most: usize,
}

/// Lanes that one statement looks into.
const LANES: usize = 64;

/// Takes due jobs, of each lane the oldest, for `worker` until `lease_until`. Its cost does not depend
/// on the number of waiting jobs. Two workers never get the same job.
pub fn claim_shares(
    tx: &mut Tx,
    worker: &str,
    now: Timestamp,
    lease_until: Timestamp,
    shares: &[Share],
) -> Result<Vec<Job>, StoreError> {
    let mut ids = Vec::new();
    for part in shares.chunks(LANES) {
        ids.extend(due(tx, now, part)?);
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // The rows were locked while they were found, so that nobody else has taken them.
    let sql = format!(
        "update job set state = 'RUNNING', attempts = attempts + 1, claimed_by = $1, lease_until = $2 where id in ({{keys}}) returning {COLUMNS}"
    );
    let mut claimed = tx.all_of(&sql, params![worker, lease_until], &ids, job)?;
    claimed.sort_by(|a, b| (a.run_at, &a.id).cmp(&(b.run_at, &b.id)));
    Ok(claimed)
}

/// Ids of due jobs of some lanes; locked.
fn due(tx: &mut Tx, now: Timestamp, shares: &[Share]) -> Result<Vec<String>, StoreError> {
    // The limit stands in the text, where a planner sees it; powers of two keep the texts few.
    let most = shares.iter().map(|s| s.most).max().unwrap_or(0).next_power_of_two();
    let mut sql = String::new();
    let mut values: Vec<crate::Value> = vec![now.into()];
    for n in 0..crate::many::roomy(shares.len()) {
        let joint = if n == 0 { "" } else { " union all " };
        let lane = n + 2;
        sql.push_str(&format!(
            "{joint}select id, lane from (select id, lane from job where state = 'WAITING' and lane = ${lane} and run_at <= $1 order by run_at, id limit {most} {{skip locked}}) as l{n}"
        ));
        // No lane has this name: it fills the statement up.
        values.push(shares.get(n).map_or("-", |s| s.lane.as_str()).into());
    }
    let found = tx.all(&sql, &values, |row| Ok((row.text()?, row.text()?)))?;
    let mut left: std::collections::HashMap<&str, usize> = shares.iter().map(|s| (s.lane.as_str(), s.most)).collect();
    Ok(found
        .into_iter()
        .filter_map(|(id, lane)| {
            let left = left.get_mut(lane.as_str()).filter(|n| **n > 0)?;
            *left -= 1;
            Some(id)
        })
        .collect())
}

/// Gives back jobs whose worker died: their lease is over.
pub fn recover(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(
        "update job set state = 'WAITING', claimed_by = null, lease_until = null, last_error = 'the worker stopped' where state = 'RUNNING' and lease_until < $1",
        params![now],
    )
}

/// Gives back what this worker had claimed, at its start or end.
pub fn recover_own(tx: &mut Tx, worker: &str) -> Result<u64, StoreError> {
    tx.execute(
        "update job set state = 'WAITING', claimed_by = null, lease_until = null where state = 'RUNNING' and claimed_by = $1",
        params![worker],
    )
}

/// Those of these jobs that this worker still holds; they are held until the commit.
pub fn held(tx: &mut Tx, ids: &[String], worker: &str) -> Result<Vec<String>, StoreError> {
    tx.all_of(
        "select id from job where claimed_by = $1 and state = 'RUNNING' and id in ({keys}) order by id {for update}",
        params![worker],
        ids,
        |row| row.text(),
    )
}

/// Ends jobs. [`StoreError::Stale`] when the worker no longer holds one of them: then nothing it did
/// counts.
pub fn finish_all(tx: &mut Tx, ids: &[String], worker: &str, now: Timestamp) -> Result<(), StoreError> {
    let ended = tx.execute_for(
        "update job set state = 'DONE', finished_at = $1, lease_until = null, last_error = '' where claimed_by = $2 and state = 'RUNNING' and id in ({keys})",
        params![now, worker],
        ids,
    )?;
    if ended == ids.len() as u64 { Ok(()) } else { Err(StoreError::Stale) }
}

/// Puts jobs back for later that this worker could not do now; that is no attempt.
pub fn put_back(tx: &mut Tx, ids: &[String], worker: &str, run_at: Timestamp, why: &str) -> Result<(), StoreError> {
    tx.execute_for(
        "update job set state = 'WAITING', run_at = $1, attempts = attempts - 1, claimed_by = null, lease_until = null, last_error = $2 where claimed_by = $3 and state = 'RUNNING' and id in ({keys})",
        params![run_at, why, worker],
        ids,
    )?;
    Ok(())
}

/// Puts a job back for later.
pub fn retry(tx: &mut Tx, id: &str, worker: &str, run_at: Timestamp, error: &str) -> Result<(), StoreError> {
    tx.execute_one(
        "update job set state = 'WAITING', run_at = $1, claimed_by = null, lease_until = null, last_error = $2 where id = $3 and claimed_by = $4 and state = 'RUNNING'",
        params![run_at, error, id, worker],
    )
}

/// Gives a job up; an operator may start it again.
pub fn fail(tx: &mut Tx, id: &str, worker: &str, now: Timestamp, error: &str) -> Result<(), StoreError> {
    tx.execute_one(
        "update job set state = 'FAILED', finished_at = $1, lease_until = null, last_error = $2 where id = $3 and claimed_by = $4 and state = 'RUNNING'",
        params![now, error, id, worker],
    )
}

/// An operator starts a waiting or failed job now.
pub fn restart(tx: &mut Tx, id: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute_one(
        "update job set state = 'WAITING', run_at = $1, finished_at = null, claimed_by = null where id = $2 and state in ('WAITING', 'FAILED', 'CANCELLED')",
        params![now, id],
    )
}

/// An operator gives a waiting or failed job up.
pub fn cancel(tx: &mut Tx, id: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute_one(
        "update job set state = 'CANCELLED', finished_at = $1 where id = $2 and state in ('WAITING', 'FAILED')",
        params![now, id],
    )
}

/// A job by id.
pub fn load(tx: &mut Tx, id: &str) -> Result<Option<Job>, StoreError> {
    tx.first(&format!("select {COLUMNS} from job where id = $1"), params![id], job)
}

/// Jobs about an object, newest first.
pub fn about(tx: &mut Tx, subject_id: &str) -> Result<Vec<Job>, StoreError> {
    tx.all(
        &format!("select {COLUMNS} from job where subject_id = $1 order by id desc limit 200"),
        params![subject_id],
        job,
    )
}

/// Filters of the operator's page.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct JobFilter {
    pub state: Option<String>,
    pub kind: Option<String>,
    pub subject_id: Option<String>,
}

/// A page of jobs.
pub fn list(tx: &mut Tx, filter: &JobFilter, page: &PageRequest) -> Result<Paged<Job>, StoreError> {
    let clauses = Filter::new()
        .and_if("state = ?", filter.state.clone())
        .and_if("kind = ?", filter.kind.clone())
        .and_if("subject_id = ?", filter.subject_id.clone());
    let select = format!("select {COLUMNS} from job");
    listing::page(tx, &select, clauses, ("created_at", "id"), page, job, |j| (j.created_at.micros(), j.id.clone()))
}

/// Whether a job of this kind waits for an object, or will once an operator has looked at it. The
/// job that asks is running and does not count.
pub fn is_planned(tx: &mut Tx, kind: &str, subject_id: &str) -> Result<bool, StoreError> {
    let found = tx.first(
        "select id from job where subject_id = $1 and kind = $2 and state in ('WAITING', 'FAILED') limit 1",
        params![subject_id, kind],
        |row| row.text(),
    )?;
    Ok(found.is_some())
}

/// When the next waiting job is due.
pub fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    tx.first("select run_at from job where state = 'WAITING' order by run_at, id limit 1", &[], |row| row.time())
}

/// The next waiting job of a test clock that is due in its time not after `until`.
pub fn next_of_clock(tx: &mut Tx, owner: &str, until: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    tx.first(
        "select due_at from job where clock_owner = $1 and state = 'WAITING' and due_at <= $2 order by due_at limit 1",
        params![owner, until],
        |row| row.time(),
    )
}

/// Jobs of a test clock that are due by real time `now` or running.
pub fn busy_of_clock(tx: &mut Tx, owner: &str, now: Timestamp) -> Result<i64, StoreError> {
    let waiting = tx.number(
        "select count(*) from job where clock_owner = $1 and state = 'WAITING' and run_at <= $2",
        params![owner, now],
    )?;
    let running = tx.number("select count(*) from job where clock_owner = $1 and state = 'RUNNING'", params![owner])?;
    Ok(waiting + running)
}

/// Moves the waiting jobs of a test clock: it is now `offset` ahead of real time.
pub fn move_clock(tx: &mut Tx, owner: &str, offset: i64) -> Result<u64, StoreError> {
    tx.execute(
        "update job set run_at = due_at - $1 where clock_owner = $2 and state = 'WAITING'",
        params![offset, owner],
    )
}

/// Numbers for the operator's overview: waiting and due, waiting for later, running, failed.
pub fn counts(tx: &mut Tx, now: Timestamp) -> Result<[i64; 4], StoreError> {
    let bounded = |state: &str, condition: &str| {
        format!("select count(*) from (select 1 from job where state = '{state}'{condition} limit 10001) as bounded")
    };
    Ok([
        tx.number(&bounded("WAITING", " and run_at <= $1"), params![now])?,
        tx.number(&bounded("WAITING", " and run_at > $1"), params![now])?,
        tx.number(&bounded("RUNNING", ""), &[])?,
        tx.number(&bounded("FAILED", ""), &[])?,
    ])
}

/// A periodic task and how it last went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Sweep {
    pub name: String,
    pub last_started_at: Timestamp,
    pub last_finished_at: Option<Timestamp>,
    pub last_result: String,
    pub next_at: Timestamp,
}

/// Takes a periodic task when it is due; one process gets it.
pub fn take_sweep(tx: &mut Tx, name: &str, now: Timestamp, next_at: Timestamp) -> Result<bool, StoreError> {
    tx.execute(
        "insert into sweep (name, last_started_at, next_at) values ($1, 0, 0) on conflict (name) do nothing",
        params![name],
    )?;
    let taken = tx.execute(
        "update sweep set last_started_at = $1, next_at = $2 where name = $3 and next_at <= $1",
        params![now, next_at, name],
    )?;
    Ok(taken == 1)
}

/// Writes how a periodic task went.
pub fn end_sweep(tx: &mut Tx, name: &str, now: Timestamp, result: &str) -> Result<(), StoreError> {
    tx.execute("update sweep set last_finished_at = $1, last_result = $2 where name = $3", params![now, result, name])?;
    Ok(())
}

/// The periodic tasks.
pub fn sweeps(tx: &mut Tx) -> Result<Vec<Sweep>, StoreError> {
    tx.all(
        "select name, last_started_at, last_finished_at, last_result, next_at from sweep order by name",
        &[],
        |row| {
            Ok(Sweep {
                name: row.text()?,
                last_started_at: row.time()?,
                last_finished_at: row.optional_time()?,
                last_result: row.text()?,
                next_at: row.time()?,
            })
        },
    )
}

/// Whether an attempt of a call that somebody asked for by hand waits or is under way.
pub fn manual_waits(tx: &mut Tx, call_id: &str) -> Result<bool, StoreError> {
    let sql = "select count(*) from job where subject_id = $1 and kind = 'call_seller' and state in ('WAITING', 'RUNNING') and payload like '%\"manual\":true%'";
    Ok(tx.number(sql, params![call_id])? > 0)
}
