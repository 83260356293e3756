//! Calls to a seller's server: plain signed HTTP against the durable engine.

use super::Plan;
use super::data::{ACCESS_KEY, Base};
use super::load::{self, Outcome, Random, Samples};
use super::report::{Row, Section};
use super::server::Server;
use gateways::address::Reach;
use gateways::seller::SellerClient;
use protocol::saas_v2::{NewInstance, Request};
use protocol::{Exchange, signature};
use std::time::{Duration, Instant};
use store::{Db, StoreError};

/// Calls in flight at one address, as the engine allows.
const IN_FLIGHT: usize = 20;

/// Signs and sends, one call after the other in each of the workers; nothing is written down.
async fn plain(address: &str, time: Duration) -> Result<Outcome, String> {
    let client = SellerClient::new(Reach::Development)?;
    let address = address.to_owned();
    let outcome = load::run(IN_FLIGHT, time, |number, until| {
        let (client, address) = (client.clone(), address.clone());
        async move {
            let (mut samples, mut random) = (Samples::default(), Random::new(300 + number as u64));
            while Instant::now() < until {
                let order_id = domain::id::text("ord", seed(&mut random));
                let request = Request::NewInstance(NewInstance {
                    order_line_id: format!("{order_id}-000001"),
                    order_id,
                    business_id: format!("{:032x}", random.bits()),
                });
                let begun = Instant::now();
                let body = request.to_body(false);
                let nonce = signature::nonce_from_bytes(&app::secrets::random_bytes());
                let now = sample_sellers::system_clock();
                let url = signature::signed_url(&address, ACCESS_KEY, &nonce, now, body.as_bytes());
                match client.post(&url, body, Duration::from_secs(5)).await.exchange {
                    Exchange::Answer(answer) if answer.status == 200 => samples.done(begun.elapsed()),
                    other => samples.failed(format!("{other:?}")),
                }
            }
            samples
        }
    })
    .await;
    Ok(outcome)
}

fn seed(random: &mut Random) -> domain::id::Seed {
    domain::id::Seed { millis: 1_800_000_000_000, random: u128::from(random.bits()) }
}

async fn attempts(db: &Db) -> Result<i64, String> {
    db.read(|tx| tx.number("select count(*) from call_attempt where verdict = 'SUCCESS'", &[]))
        .await
        .map_err(|e: StoreError| e.to_string())
}

/// Row 8 on one database: delivers what the measured orders left behind.
pub(super) async fn measure(
    plan: &Plan,
    base: &Base,
    seller: &sample_sellers::Handle,
    database: &str,
    section: &mut Section,
) -> Result<(), String> {
    let raw = plain(&seller.production_address(), plan.time).await?;
    section.add(Row::rate(format!("{database}: plain signed calls, {IN_FLIGHT} in flight"), &raw));
    let waiting = base
        .db
        .read(|tx| tx.number("select count(*) from seller_call where state = 'WAITING'", &[]))
        .await
        .map_err(|e: StoreError| e.to_string())?;
    let server = Server::start(&base.place, true).await?;
    let (before, begin) = (attempts(&base.db).await?, Instant::now());
    let mut done = before;
    while begin.elapsed() < plan.time * 2 && done - before < waiting {
        tokio::time::sleep(Duration::from_millis(200)).await;
        done = attempts(&base.db).await?;
    }
    let rate = (done - before) as f64 / begin.elapsed().as_secs_f64();
    server.stop().await;
    let what = format!("{database}: through the durable engine, {} of {waiting} waiting", done - before);
    section.add(Row::figure(what, rate, "/s").bound(raw.rate(), "/s", "plain signed calls"));
    Ok(())
}

/// The table of the calls.
pub(super) fn section() -> Section {
    Section::new(
        "Calls to sellers' servers",
        "A sample seller in the process of the load generator. Through the engine, each opening of a service is \
         claimed as a job, written down, sent, judged, and recorded with everything that follows from it (state of \
         the service, division of the money, messages, reminders, audit, the call that fetches the access data): \
         successful attempts each second, of the orders paid above.",
    )
}
