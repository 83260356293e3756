//! Calls to sellers' servers: plain signed HTTP against the durable engine.

use super::Plan;
use super::data::{ACCESS_KEY, Base};
use super::http::{Connection, get};
use super::load::{self, Outcome, Random, Samples};
use super::machine;
use super::report::{Row, Section};
use super::server::Server;
use super::storm::{self, Batch, One, People};
use domain::time::{SECOND, Timestamp};
use gateways::address::Reach;
use gateways::seller::SellerClient;
use protocol::call::{Call, JudgeSettings, Signing};
use protocol::form::TestFlag;
use protocol::saas_v2::{NewInstance, Request};
use protocol::{Verdict, signature};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::{Db, StoreError};

/// Calls in flight at one address, as the engine allows.
const IN_FLIGHT: usize = 20;
/// Addresses of sellers at full load.
const ADDRESSES: usize = 50;
/// Sellers, of which one hangs.
const CROWD: usize = 1_000;
/// Calls that wait for the one that hangs.
const STUCK: usize = 5_000;
/// Longest wait for the engine.
const PATIENCE: Duration = Duration::from_secs(600);
/// Visitors who look at pages while much expires, and how often each does.
const VISITORS: usize = 4;
const LOOKS_EACH: Duration = Duration::from_millis(20);

/// Signs, sends and verifies, one call after the other in each of the workers; nothing is written
/// down. Opens instances, and goes on until there are `least` of them; returns their names.
async fn plain(address: &str, time: Duration, least: usize) -> Result<(Outcome, Vec<String>), String> {
    let client = SellerClient::new(Reach::Development)?;
    let address = address.to_owned();
    let (opened, names) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let run = |time: Duration, least: usize| {
        let (client, address, opened, names) = (client.clone(), address.clone(), opened.clone(), names.clone());
        load::run(IN_FLIGHT, time, move |_, until| {
            let (client, address, opened, names) = (client.clone(), address.clone(), opened.clone(), names.clone());
            async move {
                let (mut samples, mut own) = (Samples::default(), Vec::new());
                while Instant::now() < until || opened.load(Ordering::Relaxed) < least {
                    let name = format!("bench{:027}", opened.fetch_add(1, Ordering::Relaxed));
                    let begun = Instant::now();
                    match open(&client, &address, &name).await {
                        Ok(()) => samples.done(begun.elapsed()),
                        Err(e) => samples.failed(e),
                    }
                    own.push(name);
                }
                if let Ok(mut names) = names.lock() {
                    names.append(&mut own);
                }
                samples
            }
        })
    };
    let outcome = run(time, 0).await;
    run(Duration::ZERO, least).await;
    let names = names.lock().map_err(|e| e.to_string())?.clone();
    Ok((outcome, names))
}

/// One call, as the engine makes it.
async fn open(client: &SellerClient, address: &str, name: &str) -> Result<(), String> {
    let order_id = format!("ord_{name}");
    let order_line_id = format!("{order_id}-000001");
    let request = NewInstance { order_line_id, order_id, business_id: name.to_owned() };
    let call = Call::SaasV2(Request::NewInstance(request));
    let nonce = signature::nonce_from_bytes(&app::secrets::random_bytes());
    let now_ms = sample_sellers::system_clock();
    let signing = Signing { address, key: ACCESS_KEY, nonce: &nonce, now_ms, test_flag: TestFlag::Real };
    let signed = call.sign(&signing).map_err(|e| e.to_string())?;
    let outcome = client.send(&signed, Duration::from_secs(5)).await;
    match call.judge(&outcome.exchange, &[ACCESS_KEY], JudgeSettings::of(call.generation())) {
        Verdict::Success(_) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

/// Everything that the steps need.
struct Bench<'b> {
    plan: &'b Plan,
    db: &'b Db,
    server: &'b Server,
    people: People,
    names: Vec<String>,
    address: String,
    database: &'b str,
}

fn now() -> Timestamp {
    app::clock::Clock::System.now()
}

impl Bench<'_> {
    fn seller(&self, number: usize) -> String {
        format!("{}?seller={number}", self.address)
    }

    async fn calls(&self, made_at: Timestamp, wanted: Vec<One>) -> Result<Batch, String> {
        storm::calls(self.db, &self.people, &self.names, made_at, wanted).await
    }

    /// Everything is due at once.
    async fn full_load(&self) -> Result<Outcome, String> {
        // Due when all of it is written.
        let made_at = now();
        let due = made_at.plus(i64::try_from(self.names.len()).unwrap_or(0) * 400 + 2 * SECOND);
        let ones = (0..self.names.len()).map(|n| One { address: self.seller(n % ADDRESSES), due }).collect();
        let batch = self.calls(made_at, ones).await?;
        let late = now().since(due);
        if late > 0 {
            eprintln!("  the rows were written {} ms after they were due", late / 1000);
        }
        let before = machine::cpu_time(self.server.process());
        batch.done(self.db, "", PATIENCE).await?;
        let cpu = machine::cpu_time(self.server.process()).saturating_sub(before);
        let outcome = batch.waited(self.db, "").await?;
        batch.forget(self.db).await?;
        Ok(outcome.with_cpu(cpu))
    }

    /// Calls that become due one after the other, `rate` of them each second, at `sellers` addresses;
    /// with others that wait for `hanging` before all of them.
    async fn steady(&self, rate: f64, sellers: usize, hanging: Option<&str>) -> Result<Outcome, String> {
        let stuck = if hanging.is_some() { STUCK.min(self.names.len() / 4) } else { 0 };
        let seconds = (2 * self.plan.time).max(Duration::from_secs(4)).as_secs_f64();
        let count = ((rate * seconds) as usize).clamp(1, self.names.len() - stuck);
        let made_at = now();
        let begin = made_at.plus(i64::try_from(count + stuck).unwrap_or(0) * 400 + 3 * SECOND);
        let gap = SECOND as f64 / rate.max(1.0);
        let mut ones: Vec<One> = (0..count)
            .map(|n| One { address: self.seller(n * 7919 % sellers), due: begin.plus((n as f64 * gap) as i64) })
            .collect();
        if let Some(address) = hanging {
            let due = begin.plus(-2 * SECOND);
            ones.extend((0..stuck).map(|_| One { address: address.to_owned(), due }));
        }
        let batch = self.calls(made_at, ones).await?;
        let except = hanging.unwrap_or_default();
        batch.done(self.db, except, PATIENCE).await?;
        let outcome = batch.waited(self.db, except).await?;
        batch.forget(self.db).await?;
        Ok(outcome)
    }

    /// Visitors of the storefront while `work` lasts.
    async fn visitors(&self, work: impl Future<Output = Result<(), String>>) -> Result<Outcome, String> {
        let over = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let address = self.server.address;
        let signal = over.clone();
        let visits = load::run(VISITORS, Duration::ZERO, move |number, _| {
            let over = signal.clone();
            async move {
                let (mut samples, mut random) = (Samples::default(), Random::new(900 + number as u64));
                let mut connection = Connection::new(address);
                while !over.load(Ordering::Relaxed) {
                    let request = get(&format!("/search?page={}", 1 + random.below(20)), "");
                    let begun = Instant::now();
                    match connection.send(&request).await {
                        Ok(answer) if answer.status < 400 => samples.done(begun.elapsed()),
                        Ok(answer) => samples.failed(answer.complaint(&request)),
                        Err(e) => samples.failed(e),
                    }
                    tokio::time::sleep(LOOKS_EACH.saturating_sub(begun.elapsed())).await;
                }
                samples
            }
        });
        let (outcome, worked) = tokio::join!(visits, async {
            let worked = work.await;
            over.store(true, Ordering::Relaxed);
            worked
        });
        worked.map(|()| outcome)
    }

    async fn rows(&self, raw: &Outcome, section: &mut Section) -> Result<(), String> {
        let name = self.database;
        let full = self.full_load().await?;
        let what = format!("{name}: through the durable engine, {} due at once, {ADDRESSES} sellers", self.names.len());
        section.add(Row::rate(what, &full).bound(raw.rate(), "/s", "plain signed calls").at_least(3000.0));
        let half = self.steady(full.rate() / 2.0, ADDRESSES, None).await?;
        section.add(Row::rate(format!("{name}: half that rate, from due to recorded"), &half).within(99, 100.0));
        let calm = self.steady(full.rate() / 3.0, CROWD, None).await?;
        section.add(Row::rate(format!("{name}: {CROWD} sellers, a third of the rate"), &calm));
        let (address, hanging) = storm::hanging().await?;
        let crowd = self.steady(full.rate() / 3.0, CROWD, Some(&address)).await;
        hanging.abort();
        let crowd = crowd?;
        let ratio = crowd.millis(99) / calm.millis(99).max(0.001);
        let what = format!("{name}: the same while one more hangs with {STUCK} calls waiting");
        section.add(Row::rate(what, &crowd).aim("p99 of the others × < 1.05", ratio < 1.05));
        self.expiry(section).await
    }

    async fn expiry(&self, section: &mut Section) -> Result<(), String> {
        let (name, count) = (self.database, self.plan.expiring);
        let calm = self
            .visitors(async {
                tokio::time::sleep(self.plan.time).await;
                Ok(())
            })
            .await?;
        let made_at = now();
        let due = made_at.plus(i64::try_from(count).unwrap_or(0) * 400 + 3 * SECOND);
        let batch = storm::expiring(self.db, &self.people, made_at, count, due).await?;
        let wait = u64::try_from(due.since(now())).unwrap_or(0);
        tokio::time::sleep(Duration::from_micros(wait)).await;
        let begun = Instant::now();
        let busy = self.visitors(async { self.notified(batch).await }).await?;
        let rate = count as f64 / begun.elapsed().as_secs_f64();
        let told = self.told(made_at).await?;
        let what = format!("{name}: {count} services expire in the same minute: told and mailed ({told} mails)");
        section.add(Row::figure(what, rate, "/s").aim("all", told >= i64::try_from(count).unwrap_or(0)));
        section.add(Row::rate(format!("{name}: {VISITORS} visitors of the storefront before"), &calm));
        let slow = busy.millis(99) < 4.0 * calm.millis(99) + 20.0;
        section.add(Row::rate(format!("{name}: the same visitors meanwhile"), &busy).aim("no slow pages", slow));
        Ok(())
    }

    /// Waits until nothing of a storm is left: timers, messages, mails.
    async fn notified(&self, batch: Batch) -> Result<(), String> {
        batch.done(self.db, "", PATIENCE).await?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let (running, next) = self
                .db
                .read(|tx| {
                    let running = tx.number("select count(*) from job where state = 'RUNNING'", &[])?;
                    Ok((running, store::jobs::next_due(tx)?))
                })
                .await
                .map_err(|e: StoreError| e.to_string())?;
            if running == 0 && next.is_none_or(|at| at > now()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("the mails were not sent".into())
    }

    async fn told(&self, since: Timestamp) -> Result<i64, String> {
        self.db
            .read(move |tx| {
                tx.number(
                    "select count(*) from mail where created_at >= $1 and state in ('SENT', 'KEPT')",
                    store::params![since],
                )
            })
            .await
            .map_err(|e: StoreError| e.to_string())
    }
}

async fn open_calls(db: &Db) -> Result<i64, String> {
    db.read(|tx| {
        tx.number(
            "select count(*) from seller_call where state in ('WAITING', 'RETRYING', 'POLLING', 'STOPPED') or sent_at is not null",
            &[],
        )
    })
    .await
    .map_err(|e: StoreError| e.to_string())
}

async fn attempts(db: &Db) -> Result<i64, String> {
    db.read(|tx| tx.number("select count(*) from call_attempt where verdict = 'SUCCESS'", &[]))
        .await
        .map_err(|e: StoreError| e.to_string())
}

/// Delivers what the measured orders left behind: the heaviest calls there are.
async fn openings(base: &Base, server: &Server) -> Result<(i64, f64, f64), String> {
    let (before, begun) = (attempts(&base.db).await?, Instant::now());
    let cpu = machine::cpu_time(server.process());
    // The question for access data is written when a service has been opened, so both are awaited.
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let waiting = base.db.read(|tx| store::jobs::lanes(tx, "", 1)).await.map_err(|e: StoreError| e.to_string())?;
        if (waiting.is_empty() && open_calls(&base.db).await? == 0) || begun.elapsed() > PATIENCE {
            break;
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let cpu = machine::cpu_time(server.process()).saturating_sub(cpu).as_secs_f64();
    let done = attempts(&base.db).await? - before;
    Ok((done, done as f64 / seconds, cpu * 1_000_000.0 / done.max(1) as f64))
}

/// Row 8 on one database: delivers what the measured orders left behind, then rows made for it.
pub(super) async fn measure(
    plan: &Plan,
    base: &Base,
    seller: &sample_sellers::Handle,
    database: &str,
    section: &mut Section,
) -> Result<(), String> {
    let address = seller.production_address();
    let (raw, names) = plain(&address, plan.time, plan.calls).await?;
    section.add(Row::rate(format!("{database}: plain signed calls, {IN_FLIGHT} in flight"), &raw));
    let server = Server::start(&base.place, true).await?;
    let (done, rate, cpu) = openings(base, &server).await?;
    let what =
        format!("{database}: services opened, {done} calls with all that follows; {cpu:.0} µs of the server each");
    section.add(Row::figure(what, rate, "/s").bound(raw.rate(), "/s", "plain signed calls"));
    let people = People::load(&base.db).await?;
    let names = names.into_iter().take(plan.calls).collect();
    let bench = Bench { plan, db: &base.db, server: &server, people, names, address, database };
    let measured = bench.rows(&raw, section).await;
    server.stop().await;
    measured
}

/// The table of the calls.
pub(super) fn section() -> Section {
    Section::new(
        "Calls to sellers' servers",
        "A sample seller in the process of the load generator, which verifies each signature and signs its answer. \
         Plain: the same client signs, sends and verifies, and writes nothing down. Services opened: the orders paid \
         above; each is claimed as a job, written down, sent, judged, and recorded with everything that follows from \
         it (state of the service, division of the money, messages, reminders, audit, the call that fetches the \
         access data). The other rows are calls that freeze a service, each a job, a record and an attempt; their \
         latency is from the moment at which each was due to the commit of its outcome (at full load that is the \
         queue).",
    )
}
