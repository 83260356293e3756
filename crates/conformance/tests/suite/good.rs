//! Sellers that are right pass.

use conformance::finding::Outcome;
use conformance::{Mode, Wish};
use protocol::Generation;
use protocol::answer::UsageInfo;
use protocol::field_cipher::Algorithm;
use sample_sellers::{Faults, Seller, State};

use crate::world::*;

/// Everything of a generation.
fn whole(generation: Generation, mode: Mode) -> Wish {
    Wish { upgrade: true, renewal_change: true, query: true, ..Wish::of(generation, mode) }
}

#[track_caller]
fn assert_good(report: &conformance::Report, warnings: &[&str], not_played: &[&str]) {
    let text = conformance::report::text::write(report);
    assert_eq!(ended(report, Outcome::Failed), [""; 0], "{text}");
    assert_eq!(ended(report, Outcome::Warning), warnings, "{text}");
    assert_eq!(ended(report, Outcome::NotPlayed), not_played, "{text}");
}

#[tokio::test]
async fn the_sample_seller_of_2_0_passes_in_every_mode_and_nothing_stays_open() {
    for mode in Mode::ALL {
        let handle = listening(saas_v2()).await;
        let report = played(&settings(&handle.production_address(), whole(Generation::SaasV2, mode))).await;
        let warnings: &[&str] = if mode == Mode::PayPerUse { &["query/usage"] } else { &[] };
        assert_good(&report, warnings, &[]);
        assert_eq!(handle.instances().len(), 2);
        assert!(handle.instances().iter().all(|instance| instance.state == State::Released));
    }
}

#[tokio::test]
async fn the_asynchronous_sample_seller_passes_in_every_mode() {
    for mode in Mode::ALL {
        let seller = Seller::asynchronous(KEY, || NOW);
        let report = with_faults(seller, whole(Generation::SaasV2, mode), Faults::default()).await;
        let warnings: &[&str] = if mode == Mode::PayPerUse { &["query/usage"] } else { &[] };
        assert_good(&report, warnings, &[]);
    }
}

#[tokio::test]
async fn the_sample_seller_of_1_0_passes_in_every_mode_with_both_algorithms() {
    for mode in Mode::ALL {
        for algorithm in Algorithm::ALL {
            let handle = listening(saas_v1().with_algorithm(algorithm)).await;
            let address = handle.production_address();
            let mut settings = settings(&address, whole(Generation::SaasV1, mode));
            settings.algorithm = algorithm;
            let report = played(&settings).await;
            let warnings: &[&str] = if mode == Mode::PayPerUse { &["query/usage"] } else { &[] };
            assert_good(&report, warnings, &[]);
            assert!(handle.instances().iter().all(|instance| instance.state == State::Released));
            let contacts = handle.calls().into_iter().filter(|call| call.contact.mobile_phone.is_some());
            assert!(contacts.count() > 0);
        }
    }
}

#[tokio::test]
async fn an_asynchronous_seller_of_1_0_is_asked_again() {
    let report = with_faults(saas_v1().with_polls(2), v1(Mode::Period), Faults::default()).await;
    assert_good(&report, &[], &[]);
    assert_eq!(finding(&report, "create/new-order").calls, 4);
}

#[tokio::test]
async fn usage_that_is_told_is_seen() {
    let seller = saas_v2();
    let handle = listening(seller).await;
    // The instance ID of the first creation is its business ID, which the counted numbers decide.
    let address = handle.production_address();
    let wish = Wish::of(Generation::SaasV2, Mode::PayPerUse);
    played(&settings(&address, wish)).await;
    let usage = UsageInfo {
        related_instance_id: None,
        usage_value: "12.5".into(),
        statistical_time: "20240529160000000".into(),
        dashboard_url: None,
    };
    let again = listening(saas_v2()).await;
    for instance in handle.instances() {
        again.set_usage(instance.instance_id, vec![usage.clone()]);
    }
    let report = played(&settings(&again.production_address(), wish)).await;
    assert_good(&report, &[], &[]);
}

#[tokio::test]
async fn the_other_families_pass() {
    for (generation, mode) in [
        (Generation::LicenseV1, Mode::Period),
        (Generation::GeneralLicense, Mode::OneTime),
        (Generation::OnlineLicense, Mode::Period),
        (Generation::OnlineLicense, Mode::OneTime),
        (Generation::OrderNotify, Mode::OneTime),
    ] {
        let seller = Seller::speaking(generation, KEY, || NOW);
        let report = with_faults(seller, Wish::of(generation, mode), Faults::default()).await;
        assert_good(&report, &[], &[]);
        assert!(report.findings.len() > 10, "{generation:?}");
    }
}

#[tokio::test]
async fn an_authorisation_code_is_played_when_it_is_given() {
    let handle = listening(Seller::speaking(Generation::LicenseCode, KEY, || NOW)).await;
    handle.know_license_code("LIC-1");
    let mut settings = settings(&handle.production_address(), Wish::of(Generation::LicenseCode, Mode::Period));
    let without = played(&settings).await;
    assert!(ended(&without, Outcome::Failed).is_empty());
    assert!(finding(&without, "refresh/renewal").found.contains("--license-code"));
    settings.license_code = Some("LIC-1".to_owned());
    assert_good(&played_from(&settings, 100_000).await, &[], &[]);
}

#[tokio::test]
async fn debugging_only_opens_nothing() {
    for (seller, generation) in [(saas_v2(), Generation::SaasV2), (saas_v1(), Generation::SaasV1)] {
        let handle = listening(seller).await;
        let wish = Wish { debugging_only: true, ..whole(generation, Mode::Period) };
        let report = played(&settings(&handle.production_address(), wish)).await;
        assert_good(&report, &[], &[]);
        assert!(handle.instances().is_empty());
        assert!(handle.calls().iter().all(|call| call.test || call.call.is_none()));
    }
}

#[tokio::test]
async fn a_key_that_is_not_the_sellers_stops_the_run_with_one_failure() {
    let handle = listening(Seller::instant("another key", || NOW)).await;
    let report = played(&settings(&handle.production_address(), period())).await;
    assert_failed(&report, &["reach/answers"]);
    assert!(finding(&report, "reach/answers").found.contains("the keys most likely differ"));
    assert!(ended(&report, Outcome::NotPlayed).len() > 30);
    assert!(handle.instances().is_empty());
    assert_eq!(handle.calls().len(), 1, "no variants are tried");
}
