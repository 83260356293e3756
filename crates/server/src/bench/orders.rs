//! Whole orders up to the paid state, each step durable before it is answered.

use super::Plan;
use super::data::{Base, Offer};
use super::http::{Connection, post};
use super::load::{self, Outcome, Pace, Random, Samples};
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
const BUYERS: usize = 24;
/// Buyers who stand ready at a fixed rate: more, so that one who waits does not hold up the next.
const READY: usize = 64;

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

/// Orders of `buyers` buyers: each its next when the last is answered, or all of them together at a
/// fixed rate.
async fn buy(market: &Arc<Buying>, buyers: usize, salt: u64, time: Duration, rate: Option<f64>) -> Outcome {
    let pace = Arc::new(rate.map(Pace::new));
    load::run(buyers.min(market.tokens.len()), time, |number, until| {
        let (market, pace) = (market.clone(), pace.clone());
        async move {
            let (mut samples, mut random) = (Samples::default(), Random::new(salt + number as u64));
            let mut connection = Connection::new(market.address);
            loop {
                let begun = match pace.as_ref() {
                    Some(pace) => pace.turn().await,
                    None => Instant::now(),
                };
                if begun >= until {
                    return samples;
                }
                let key = format!("{:016x}{:016x}", random.bits(), random.bits());
                let offer = random.pick(&market.offers);
                match order(&mut connection, &market.tokens[number], offer, &key).await {
                    Ok(_) => samples.done(begun.elapsed()),
                    Err(e) => samples.failed(e),
                }
            }
        }
    })
    .await
}

/// Who buys what where.
struct Buying {
    address: SocketAddr,
    tokens: Vec<String>,
    offers: Arc<Vec<Offer>>,
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
    full: Outcome,
    half: Outcome,
    rows: Arc<Rows>,
}

/// Row 4 on one database; the paid orders wait for their delivery afterwards.
pub(super) async fn measure(plan: &Plan, base: &Base) -> Result<Measured, String> {
    let mut tokens = Vec::new();
    for number in 0..READY {
        tokens.push(people::buyer_with_token(&base.app, number).await?);
    }
    let server = Server::start(&base.place, false).await?;
    let market = Arc::new(Buying { address: server.address, tokens, offers: base.offers.clone() });
    let first = order(&mut Connection::new(server.address), &market.tokens[0], &base.offers[0], "first").await?;
    let rows = Arc::new(Rows::of_order(&base.db, &first).await?);
    buy(&market, READY, 10, Duration::from_secs(1), None).await;
    let before = machine::cpu_time(server.process());
    let full = buy(&market, BUYERS, 5000, plan.time, None).await;
    let between = machine::cpu_time(server.process());
    let half = buy(&market, READY, 9000, plan.time, Some(full.rate() / 2.0)).await;
    let after = machine::cpu_time(server.process());
    server.stop().await;
    let full = full.with_cpu(between.saturating_sub(before));
    Ok(Measured { full, half: half.with_cpu(after.saturating_sub(between)), rows })
}

/// The bound of row 4. It comes last: copies of rows are no orders that anybody could deliver.
pub(super) async fn bound(plan: &Plan, base: &Base, measured: &Measured, database: &str, section: &mut Section) {
    let Measured { full, half, rows } = measured;
    let alone = rows_alone(&base.db, rows, plan.time).await;
    let what = format!("{database}: order and payment, {BUYERS} buyers");
    let row = Row::rate(what, full).bound(alone.rate(), "/s", "the same rows, inserts only");
    section.add(row.at_least(300.0).within(99, 100.0));
    section.add(Row::rate(format!("{database}: at half that rate, begun on time"), half).within(99, 100.0));
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
             One thing done is the order and its payment. At half the rate orders begin at fixed moments, answered \
             or not, and are measured from the moment at which they should have begun. Delivery does not run meanwhile; it is measured below."
        ),
    )
}
