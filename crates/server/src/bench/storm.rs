//! Many calls and many timers that are due: rows in bulk, and how long each waited.

use super::data::settle;
use super::load::{Outcome, Samples};
use domain::fulfilment::call::{Activity, CallState};
use domain::id::{self, Seed};
use domain::time::{DAY, Timestamp};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Db, StoreError, Value};

const INSTANCE: &str = "insert into instance (id, buyer_id, buyer_name, seller_id, product_id, product_name_zh, product_name_en, specification_id, specification_name_zh, specification_name_en, order_id, line_id, book, mode, period, periods, quantity, state, since, until, next_at, frozen_why, production_address, seller_instance_id, created_at)";
const CALL: &str = "insert into seller_call (id, seller_id, buyer_id, instance_id, product_name_zh, product_name_en, activity, variant, parameters, address, state, seq, next_at, created_at)";
const JOB: &str =
    "insert into job (id, kind, payload, state, due_at, run_at, lane, subject_kind, subject_id, created_at)";
/// Rows of one transaction.
const PART: usize = 5_000;

/// Who buys and sells in the rows.
pub(super) struct People {
    /// Organisations with a key for calls.
    pub(super) sellers: Vec<String>,
    /// Organisations.
    pub(super) buyers: Vec<String>,
}

impl People {
    /// Those who are there.
    pub(super) async fn load(db: &Db) -> Result<People, String> {
        db.read(|tx| {
            let keys = "select distinct organisation_id from access_key where enabled = 1";
            let sellers = tx.all(keys, &[], |row| row.text())?;
            let buyers = tx.all(
                "select distinct organisation_id from user_account where organisation_id is not null",
                &[],
                |row| row.text(),
            )?;
            Ok(People { sellers, buyers })
        })
        .await
        .map_err(|e: StoreError| e.to_string())
    }
}

/// A batch of rows; found again by the time at which they were made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch {
    made_at: Timestamp,
}

/// Number of one row, and what it is about.
#[derive(Debug, Clone)]
pub(super) struct One {
    /// Address that is called.
    pub(super) address: String,
    /// When it is due.
    pub(super) due: Timestamp,
}

fn made(prefix: &str, at: Timestamp, number: usize) -> String {
    let random = (number as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    id::text(prefix, Seed { millis: u64::try_from(at.millis()).unwrap_or(0), random })
}

fn instance(people: &People, made_at: Timestamp, number: usize, one: &One, named: Option<&String>) -> Vec<Value> {
    let (seller, buyer) =
        (&people.sellers[number % people.sellers.len()], &people.buyers[number % people.buyers.len()]);
    // A call freezes what has expired; a timer expires what is in use.
    let frozen = named.is_some();
    vec![
        made("ins", made_at, number).into(),
        buyer.into(),
        "测量买家".into(),
        seller.into(),
        "prd_bench".into(),
        "云上进销存".into(),
        "Cloud Stock".into(),
        "spe_bench".into(),
        "标准版".into(),
        "Standard".into(),
        made("ord", made_at, number).into(),
        made("lin", made_at, number).into(),
        domain::ledger::Book::Real.code().into(),
        "PERIOD".into(),
        "month".into(),
        1i64.into(),
        1i64.into(),
        if frozen { "FROZEN" } else { "IN_USE" }.into(),
        made_at.into(),
        one.due.into(),
        frozen.then(|| one.due.plus(30 * DAY)).into(),
        frozen.then_some("EXPIRY").into(),
        (&one.address).into(),
        named.cloned().into(),
        made_at.into(),
    ]
}

fn job(
    made_at: Timestamp,
    number: usize,
    kind: &str,
    payload: String,
    lane: &str,
    subject: &str,
    due: Timestamp,
) -> Vec<Value> {
    vec![
        made("job", made_at, number).into(),
        kind.into(),
        payload.into(),
        "WAITING".into(),
        due.into(),
        due.into(),
        lane.into(),
        kind.into(),
        subject.into(),
        made_at.into(),
    ]
}

async fn insert(db: &Db, rows: Vec<(&'static str, Vec<Vec<Value>>)>) -> Result<(), String> {
    db.write(move |tx| rows.iter().try_for_each(|(head, rows)| tx.insert_rows(head, rows)))
        .await
        .map_err(|e: StoreError| e.to_string())
}

/// Calls that freeze instances which the seller knows by `names`, one for each of `wanted`.
pub(super) async fn calls(
    db: &Db,
    people: &People,
    names: &[String],
    made_at: Timestamp,
    wanted: Vec<One>,
) -> Result<Batch, String> {
    for (part, ones) in wanted.chunks(PART).enumerate() {
        let (mut instances, mut calls, mut jobs) = (Vec::new(), Vec::new(), Vec::new());
        for (n, one) in ones.iter().enumerate() {
            let number = part * PART + n;
            let row = instance(people, made_at, number, one, Some(&names[number]));
            let call = made("cal", made_at, number);
            calls.push(vec![
                (&call).into(),
                row[3].clone(),
                row[1].clone(),
                row[0].clone(),
                row[5].clone(),
                row[6].clone(),
                Activity::UpdateInstanceStatus.code().into(),
                "FREEZE".into(),
                "{}".into(),
                (&one.address).into(),
                CallState::Waiting.code().into(),
                1i64.into(),
                made_at.into(),
                made_at.into(),
            ]);
            let payload = format!(r#"{{"task":"call_seller","call_id":"{call}"}}"#);
            jobs.push(job(made_at, number, "call_seller", payload, &one.address, &call, one.due));
            instances.push(row);
        }
        insert(db, vec![(INSTANCE, instances), (CALL, calls), (JOB, jobs)]).await?;
    }
    settle(db).await?;
    Ok(Batch { made_at })
}

/// Instances whose paid time ends at `due`, each with its timer.
pub(super) async fn expiring(
    db: &Db,
    people: &People,
    made_at: Timestamp,
    count: usize,
    due: Timestamp,
) -> Result<Batch, String> {
    for from in (0..count).step_by(PART) {
        let (mut instances, mut jobs) = (Vec::new(), Vec::new());
        for number in from..(from + PART).min(count) {
            let one = One { address: "http://127.0.0.1:9/saas".into(), due };
            let row = instance(people, made_at, number, &one, None);
            let id = made("ins", made_at, number);
            let payload = format!(r#"{{"task":"instance_timer","instance_id":"{id}"}}"#);
            jobs.push(job(made_at, number, "instance_timer", payload, "", &id, due));
            instances.push(row);
        }
        insert(db, vec![(INSTANCE, instances), (JOB, jobs)]).await?;
    }
    settle(db).await?;
    Ok(Batch { made_at })
}

impl Batch {
    /// How many of its jobs are not done.
    pub(super) async fn left(self, db: &Db, except: &str) -> Result<i64, String> {
        let (at, except) = (self.made_at, except.to_owned());
        db.read(move |tx| {
            tx.number(
                "select count(*) from job where created_at = $1 and state <> 'DONE' and lane <> $2",
                store::params![at, except],
            )
        })
        .await
        .map_err(|e: StoreError| e.to_string())
    }

    /// Waits until its jobs are done, those of the address `except` apart.
    pub(super) async fn done(self, db: &Db, except: &str, most: Duration) -> Result<(), String> {
        let begun = Instant::now();
        while self.left(db, except).await? > 0 {
            if begun.elapsed() > most {
                return Err(format!("{} jobs were not done in {most:?}", self.left(db, except).await?));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// From the time at which each was due to the commit of its outcome; the rate is that of the time
    /// between the first and the last commit.
    pub(super) async fn waited(self, db: &Db, except: &str) -> Result<Outcome, String> {
        let (at, except) = (self.made_at, except.to_owned());
        let rows: Vec<(i64, i64)> = db
            .read(move |tx| {
                tx.all(
                    "select run_at, finished_at from job where created_at = $1 and state = 'DONE' and lane <> $2",
                    store::params![at, except],
                    |row| Ok((row.int()?, row.int()?)),
                )
            })
            .await
            .map_err(|e: StoreError| e.to_string())?;
        let first = rows.iter().map(|r| r.0).min().unwrap_or(0);
        let last = rows.iter().map(|r| r.1).max().unwrap_or(0);
        let mut samples = Samples::default();
        for (due, done) in &rows {
            samples.done(Duration::from_micros(u64::try_from(done - due).unwrap_or(0)));
        }
        let elapsed = Duration::from_micros(u64::try_from(last - first).unwrap_or(0));
        Ok(Outcome::gather(vec![samples], elapsed))
    }

    /// Lets the names be used again, and takes away what still waits.
    pub(super) async fn forget(self, db: &Db) -> Result<(), String> {
        let at = self.made_at;
        db.write(move |tx| {
            tx.execute("update instance set seller_instance_id = null where created_at = $1", store::params![at])?;
            tx.execute("delete from job where created_at = $1 and state <> 'DONE'", store::params![at])
        })
        .await
        .map(|_| ())
        .map_err(|e: StoreError| e.to_string())
    }
}

/// A server that accepts and never answers.
pub(super) async fn hanging() -> Result<(String, tokio::task::JoinHandle<()>), String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
    let address = format!("http://{}/saas", listener.local_addr().map_err(|e| e.to_string())?);
    let held = Arc::new(std::sync::Mutex::new(Vec::new()));
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut held) = held.lock() {
                held.push(stream);
            }
        }
    });
    Ok((address, task))
}
