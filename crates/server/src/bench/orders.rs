//! Whole orders up to the paid state, each step durable before it is answered.

use super::Plan;
use super::data::{Base, Offer};
use super::http::{Connection, post};
use super::load::{self, Outcome, Random, Samples};
use super::machine;
use super::people;
use super::report::{Row, Section};
use super::rows::Rows;
use super::server::Server;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::Db;

/// Buyers at once.
const BUYERS: usize = 48;

/// One buyer's order and its payment from the balance; the order's id.
async fn order(connection: &mut Connection, token: &str, offer: &Offer, key: &str) -> Result<String, String> {
    let headers = |step: &str| format!("authorization: Bearer {token}\r\nidempotency-key: {key}-{step}\r\n");
    let body = format!(
        r#"{{"product_id":"{}","specification_id":"{}","agreed":true,"choice":{{"mode":"PERIOD","period":"month"}}}}"#,
        offer.product_id, offer.specification_id
    );
    let request = post("/api/v1/orders", &headers("order"), &body);
    let answer = connection.send(&request).await?;
    if answer.status != 201 {
        return Err(answer.complaint(&request));
    }
    let id = answer.json()["id"].as_str().unwrap_or_default().to_owned();
    let request = post(&format!("/api/v1/orders/{id}/payments"), &headers("pay"), r#"{"provider":"BALANCE"}"#);
    let answer = connection.send(&request).await?;
    match answer.json()["order"]["state"].as_str() {
        Some("PROCESSING" | "COMPLETED") => Ok(id),
        _ => Err(answer.complaint(&request)),
    }
}

async fn buy(
    address: SocketAddr,
    tokens: &Arc<Vec<String>>,
    offers: &Arc<Vec<Offer>>,
    salt: u64,
    time: Duration,
) -> Outcome {
    load::run(tokens.len(), time, |number, until| {
        let (tokens, offers) = (tokens.clone(), offers.clone());
        async move {
            let (mut samples, mut random) = (Samples::default(), Random::new(salt + number as u64));
            let mut connection = Connection::new(address);
            while Instant::now() < until {
                let key = format!("{:016x}{:016x}", random.bits(), random.bits());
                let begun = Instant::now();
                match order(&mut connection, &tokens[number], random.pick(&offers), &key).await {
                    Ok(_) => samples.done(begun.elapsed()),
                    Err(e) => samples.failed(e),
                }
            }
            samples
        }
    })
    .await
}

/// The same rows written by the thin executor alone: two transactions for each order, no rules, no
/// reads, as many at once.
async fn rows_alone(db: &Db, rows: &Arc<Rows>, time: Duration) -> Outcome {
    let counter = Arc::new(AtomicU64::new(1));
    load::run(BUYERS, time, |_, until| {
        let (db, rows, counter) = (db.clone(), rows.clone(), counter.clone());
        async move {
            let mut samples = Samples::default();
            while Instant::now() < until {
                let number = counter.fetch_add(1, Ordering::Relaxed);
                let begun = Instant::now();
                let mut outcome = Ok(());
                for step in 0..2 {
                    let rows = rows.clone();
                    let written = db.write(move |tx| rows.insert_copy(tx, step, number)).await;
                    outcome = outcome.and(written);
                }
                match outcome {
                    Ok(()) => samples.done(begun.elapsed()),
                    Err(e) => samples.failed(e.to_string()),
                }
            }
            samples
        }
    })
    .await
}

/// What was measured, and the rows of one order for its bound.
pub(super) struct Measured {
    outcome: Outcome,
    rows: Arc<Rows>,
}

/// Row 4 on one database; the paid orders wait for their delivery afterwards.
pub(super) async fn measure(plan: &Plan, base: &Base) -> Result<Measured, String> {
    let mut tokens = Vec::new();
    for number in 0..BUYERS {
        tokens.push(people::buyer_with_token(&base.app, number).await?);
    }
    let tokens = Arc::new(tokens);
    let server = Server::start(&base.place, false).await?;
    let first = order(&mut Connection::new(server.address), &tokens[0], &base.offers[0], "first").await?;
    let rows = Arc::new(Rows::of_order(&base.db, &first).await?);
    buy(server.address, &tokens, &base.offers, 10, Duration::from_secs(1)).await;
    let before = machine::cpu_time(server.process());
    let outcome = buy(server.address, &tokens, &base.offers, 5000, plan.time).await;
    let outcome = outcome.with_cpu(machine::cpu_time(server.process()).saturating_sub(before));
    server.stop().await;
    Ok(Measured { outcome, rows })
}

/// The bound of row 4. It comes last: copies of rows are no orders that anybody could deliver.
pub(super) async fn bound(plan: &Plan, base: &Base, measured: &Measured, database: &str, section: &mut Section) {
    let Measured { outcome, rows } = measured;
    let alone = rows_alone(&base.db, rows, plan.time).await;
    let what = format!("{database}: order and payment, {BUYERS} buyers");
    let row = Row::rate(what, outcome).bound(alone.rate(), "/s", "the same rows, inserts only");
    section.add(if database == "PostgreSQL" { row.at_least(300.0).within(99, 100.0) } else { row });
    section.add(Row::rate(format!("{database}: {} rows in two transactions, inserts only", rows.count()), &alone));
}

/// The table for the rows above.
pub(super) fn section() -> Section {
    Section::new(
        "Orders",
        format!(
            "{BUYERS} buyers, each with a balance and a token, over HTTP: POST /api/v1/orders with an Idempotency-Key, \
             then POST …/payments from the balance. Each answer comes after its commit is on the disk (SQLite: \
             synchronous = full, commits of simultaneous buyers grouped; PostgreSQL: synchronous_commit = on). \
             One thing done is the order and its payment. Delivery does not run meanwhile; it is measured below."
        ),
    )
}
