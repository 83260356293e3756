//! How long a claim takes while many jobs wait.

use super::Plan;
use super::data::settle;
use super::load::{Outcome, Samples};
use super::report::{Row, Section};
use domain::id::{JobId, Seed};
use domain::time::{HOUR, MINUTE, SECOND, Timestamp};
use std::time::{Duration, Instant};
use store::jobs::Share;
use store::{Db, StoreError, Value};

/// Due jobs that are there to be claimed in every step.
const DUE: i64 = 4_000;
/// Most claims of a step.
const CLAIMS: usize = 2_000;

/// Rows of jobs: every other one is due, the others wait for up to a day.
fn rows(from: i64, count: i64, now: Timestamp, all_due: bool) -> Vec<Vec<Value>> {
    (from..from + count)
        .map(|n| {
            let id = JobId::new(Seed {
                millis: u64::try_from(now.millis()).unwrap_or(0),
                random: u128::from(n.unsigned_abs()).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835),
            });
            let at = if all_due || n % 2 == 0 {
                now.plus(-SECOND - n % (60 * MINUTE))
            } else {
                now.plus(HOUR + (n * 7919) % (24 * HOUR))
            };
            let subject = format!("ins_bench{n:09}");
            // What waits and is due is a seller's who does not answer: in front of all others.
            let lane = if all_due { "" } else { "https://dead.example/saas" };
            vec![
                id.to_string().into(),
                "instance_timer".into(),
                format!(r#"{{"task":"instance_timer","instance_id":"{subject}"}}"#).into(),
                "WAITING".into(),
                at.into(),
                at.into(),
                lane.into(),
                "instance".into(),
                subject.into(),
                now.into(),
            ]
        })
        .collect()
}

async fn fill(db: &Db, from: i64, count: i64, now: Timestamp, all_due: bool) -> Result<(), String> {
    let mut at = from;
    while at < from + count {
        let size = (from + count - at).min(10_000);
        let batch = rows(at, size, now, all_due);
        db.write(move |tx| {
            tx.insert_rows(
                "insert into job (id, kind, payload, state, due_at, run_at, lane, subject_kind, subject_id, created_at)",
                &batch,
            )
        })
        .await
        .map_err(|e: StoreError| e.to_string())?;
        at += size;
    }
    settle(db).await
}

/// Claims one job after the other, as the runner does, and finishes it.
async fn claims(db: &Db, time: Duration, now: Timestamp) -> Outcome {
    let begin = Instant::now();
    let mut spent = Duration::ZERO;
    let mut samples = Samples::default();
    for _ in 0..CLAIMS {
        if begin.elapsed() > time * 2 {
            break;
        }
        let begun = Instant::now();
        let claimed = db
            .write(move |tx| {
                store::jobs::recover(tx, now)?;
                store::jobs::lanes(tx, "", 256)?;
                let share = Share { lane: String::new(), most: 1 };
                store::jobs::claim_shares(tx, "bench", now, now.plus(2 * MINUTE), &[share])
            })
            .await;
        let took = begun.elapsed();
        match claimed.map_err(|e: StoreError| e.to_string()) {
            Ok(jobs) if jobs.len() == 1 => {
                spent += took;
                samples.done(took);
                let id = jobs[0].id.clone();
                let ended =
                    db.write(move |tx| store::jobs::finish_all(tx, std::slice::from_ref(&id), "bench", now)).await;
                if let Err(e) = ended.map_err(|e: StoreError| e.to_string()) {
                    samples.failed(e);
                }
            }
            Ok(_) => samples.failed("nothing was due".into()),
            Err(e) => samples.failed(e),
        }
    }
    Outcome::gather(vec![samples], spent)
}

/// A durable change of one row by its key: what any claim pays at least.
async fn one_row(db: &Db, time: Duration) -> Outcome {
    let (begin, mut samples) = (Instant::now(), Samples::default());
    let mut at = 0i64;
    while begin.elapsed() < time.min(Duration::from_secs(3)) {
        at += 1;
        let begun = Instant::now();
        let written = db
            .write(move |tx| {
                tx.execute("update sweep set last_started_at = $1 where name = 'bench'", store::params![at])
            })
            .await;
        match written {
            Ok(_) => samples.done(begun.elapsed()),
            Err(e) => samples.failed(StoreError::to_string(&e)),
        }
    }
    Outcome::gather(vec![samples], begin.elapsed())
}

/// Row 5 on one database; the jobs stay.
pub(super) async fn measure(plan: &Plan, db: &Db, database: &str, section: &mut Section) -> Result<(), String> {
    let now = app::clock::Clock::System.now();
    db.write(move |tx| store::jobs::take_sweep(tx, "bench", Timestamp(0), now))
        .await
        .map_err(|e: StoreError| e.to_string())?;
    let alone = one_row(db, plan.time).await;
    section.add(Row::rate(format!("{database}: one row changed by its key"), &alone));
    let (mut filled, mut first) = (0, None);
    for (step, waiting) in (0i64..).zip(&plan.job_counts) {
        eprintln!("  filling up to {waiting} jobs");
        let more = waiting - filled;
        fill(db, filled, more.max(0), now, false).await?;
        fill(db, 100_000_000 + step * DUE, DUE, now, true).await?;
        filled = *waiting;
        let outcome = claims(db, plan.time, now).await;
        let base = *first.get_or_insert(outcome.millis(50));
        // "Flat": the median may double, which is noise at these sizes, but not grow with the queue.
        let flat = outcome.millis(50) < 2.0 * base + 0.5;
        let what = format!("{database}: claim with {waiting} more waiting");
        section.add(Row::rate(what, &outcome).bound(alone.rate(), "/s", "one row by its key").aim("flat", flat));
    }
    Ok(())
}

/// The table for the rows above.
pub(super) fn section() -> Section {
    Section::new(
        "Claims of due jobs",
        format!(
            "One worker claims one job at a time and finishes it (only the claim is timed; it is a durable \
             transaction). The waiting jobs are calls to one seller who does not answer and is full; half of them are \
             due, half wait for later; {DUE} other jobs are due in every step, behind them."
        ),
    )
}
