//! Sellers on loopback, good and broken, and the suite played against them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use conformance::finding::{Finding, Outcome, Report};
use conformance::{Mode, Patience, Settings, Sources, Wish, play};
use protocol::Generation;
use sample_sellers::{Faults, Handle, Seller, serve};
use tokio::net::TcpListener;

pub const KEY: &str = "3f2c0e6a-54f5-4c5e-9d0e-0d3a8a2d6c11";
pub const NOW: i64 = 1_717_000_000_000;

/// Settings with a fixed patience and without any pause.
pub fn settings(address: &str, wish: Wish) -> Settings {
    Settings { patience: Patience { polls: 3, every: Duration::ZERO }, ..Settings::new(address, KEY, wish) }
}

/// Plays with a fixed clock and counted "random" numbers.
pub async fn played(settings: &Settings) -> Report {
    played_from(settings, 1).await
}

/// A run whose numbers begin elsewhere, because a server that saw them refuses their nonces.
pub async fn played_from(settings: &Settings, first: u64) -> Report {
    let counter = Arc::new(AtomicU64::new(first));
    let random = move || {
        let mut bytes = [7_u8; 32];
        bytes[..8].copy_from_slice(&counter.fetch_add(1, Ordering::SeqCst).to_le_bytes());
        bytes
    };
    play(settings, Sources { now_ms: &|| NOW, random: &random }).await.unwrap()
}

pub fn saas_v2() -> Seller {
    Seller::instant(KEY, || NOW)
}

pub fn saas_v1() -> Seller {
    Seller::speaking(Generation::SaasV1, KEY, || NOW)
}

/// A sample seller that listens; it ends with the test's runtime.
pub async fn listening(seller: Seller) -> Handle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve(listener, seller).unwrap().0
}

/// A router of a hand-made seller that listens; gives the production address.
pub async fn listening_router(router: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/produce")
}

/// The report on a sample seller with these faults.
pub async fn with_faults(seller: Seller, wish: Wish, faults: Faults) -> Report {
    seller.set_faults(faults);
    let handle = listening(seller).await;
    let report = played(&settings(&handle.production_address(), wish)).await;
    handle.shutdown();
    report
}

pub fn period() -> Wish {
    Wish::of(Generation::SaasV2, Mode::Period)
}

pub fn v1(mode: Mode) -> Wish {
    Wish::of(Generation::SaasV1, mode)
}

/// Names of the checks that ended so, without the generation.
pub fn ended(report: &Report, outcome: Outcome) -> Vec<&str> {
    let all = report.findings.iter().filter(|finding| finding.outcome == outcome);
    all.map(|finding| finding.id.split_once('/').unwrap().1).collect()
}

pub fn finding<'a>(report: &'a Report, check: &str) -> &'a Finding {
    report.findings.iter().find(|finding| finding.id.split_once('/').unwrap().1 == check).unwrap()
}

/// Exactly these checks failed, and most of the others passed.
#[track_caller]
pub fn assert_failed(report: &Report, checks: &[&str]) {
    assert_eq!(ended(report, Outcome::Failed), checks, "{}", conformance::report::text::write(report));
    for check in checks {
        let finding = finding(report, check);
        assert!(!finding.found.is_empty() && !finding.advice.is_empty() && !finding.section.is_empty());
    }
    assert!(!report.passes(false));
}

/// Faults of calls with these activities only.
pub fn only(activities: &[&str], faults: Faults) -> Faults {
    Faults { only_activities: activities.iter().map(|name| (*name).to_owned()).collect(), ..faults }
}
