//! Sellers who answer well and do the wrong thing.

use conformance::Mode;
use conformance::finding::Outcome;
use sample_sellers::{Faults, State};

use crate::world::*;

const STALE: [&str; 2] = ["auth/stale-timestamp", "auth/future-timestamp"];

#[tokio::test]
async fn a_seller_who_checks_no_signature_fails_every_abuse_and_nothing_else() {
    let careless = Faults { accept_any_signature: true, ..Faults::default() };
    let report = with_faults(saas_v2(), period(), careless.clone()).await;
    let unsigned = ["auth/wrong-key", "auth/changed-after-signing", "auth/no-signature"];
    let mut expected = unsigned.to_vec();
    expected.extend(STALE);
    expected.push("auth/replayed-nonce");
    assert_failed(&report, &expected);
    let report = with_faults(saas_v1(), v1(Mode::Period), careless).await;
    assert_failed(&report, &unsigned);
    assert_eq!(ended(&report, Outcome::Warning), STALE);
}

#[tokio::test]
async fn a_seller_who_ignores_the_time_fails_the_window() {
    let timeless = Faults { accept_any_time: true, ..Faults::default() };
    assert_failed(&with_faults(saas_v2(), period(), timeless.clone()).await, &STALE);
    let report = with_faults(saas_v1(), v1(Mode::Period), timeless).await;
    assert!(report.passes(false));
    assert_eq!(ended(&report, Outcome::Warning), STALE);
}

#[tokio::test]
async fn a_seller_who_forgets_nonces_fails_the_replay() {
    let report = with_faults(saas_v2(), period(), Faults { accept_replays: true, ..Faults::default() }).await;
    assert_failed(&report, &["auth/replayed-nonce"]);
}

#[tokio::test]
async fn another_instance_for_a_repeated_purchase_is_seen() {
    for faults in
        [Faults { forget_orders: true, ..Faults::default() }, Faults { changed_instance_id: true, ..Faults::default() }]
    {
        let report = with_faults(saas_v2(), period(), faults.clone()).await;
        assert_failed(&report, &["create/repeat-same-line", "create/repeat-when-open"]);
        let report = with_faults(saas_v1(), v1(Mode::OneTime), faults).await;
        assert_failed(&report, &["create/repeat-same-order", "release/keeps-others"]);
    }
}

#[tokio::test]
async fn what_was_opened_by_mistake_is_released_at_the_end() {
    let seller = saas_v2();
    seller.set_faults(Faults { forget_orders: true, accept_any_signature: true, ..Faults::default() });
    let handle = listening(seller).await;
    played(&settings(&handle.production_address(), period())).await;
    assert!(handle.instances().len() > 4);
    assert!(handle.instances().iter().all(|instance| instance.state == State::Released));
}

#[tokio::test]
async fn debugging_calls_that_open_instances_are_found_in_every_generation_and_mode() {
    let acting = Faults { act_on_tests: true, ..Faults::default() };
    for mode in Mode::ALL {
        let wish = conformance::Wish::of(protocol::Generation::SaasV2, mode);
        let report = with_faults(saas_v2(), wish, acting.clone()).await;
        assert!(ended(&report, Outcome::Failed).contains(&"test/creates-nothing"), "{mode:?}");
        let report = with_faults(saas_v1(), v1(mode), acting.clone()).await;
        assert!(ended(&report, Outcome::Failed).contains(&"test/creates-nothing"), "{mode:?}");
        assert!(ended(&report, Outcome::Failed).len() < 4, "{mode:?}");
    }
}

#[tokio::test]
async fn success_for_instances_that_do_not_exist_is_seen() {
    let blind = Faults { unknown_succeeds: true, ..Faults::default() };
    let report = with_faults(saas_v2(), period(), blind.clone()).await;
    assert_failed(&report, &["refresh/unknown-instance", "status/unknown-instance"]);
    assert_eq!(ended(&report, Outcome::Warning), ["status/unfreeze-after-release", "refresh/after-release"]);
    let report = with_faults(saas_v1(), v1(Mode::Period), blind).await;
    assert_failed(&report, &["expire/unknown-instance", "refresh/unknown-instance"]);
}

#[tokio::test]
async fn a_seller_who_is_not_idempotent_fails_exactly_the_repetitions() {
    let report = with_faults(
        saas_v2(),
        period(),
        only(
            &["refreshInstance", "updateInstanceStatus", "releaseInstance"],
            Faults { repetition_fails: true, ..Faults::default() },
        ),
    )
    .await;
    assert_failed(
        &report,
        &[
            "refresh/repeat-same-order",
            "refresh/late-repetition",
            "status/unfreeze-in-use",
            "status/freeze-again",
            "release/again",
        ],
    );
    assert!(finding(&report, "release/again").found.contains("done before"));
}

#[tokio::test]
async fn a_seller_who_refuses_everything_is_told_with_his_own_message() {
    let refusing = Faults { result_code: Some("000104".to_owned()), ..Faults::default() };
    let report = with_faults(saas_v2(), period(), only(&["newInstance"], refusing)).await;
    assert_failed(&report, &["test/create", "create/new-line"]);
    let found = finding(&report, "create/new-line");
    assert!(found.found.contains("000104") && found.found.contains("switched to this result code"));
    assert_eq!(found.section, "4.2");
}

#[tokio::test]
async fn access_data_of_1_0_must_be_encrypted_with_the_key() {
    let failing = ["test/create", "create/new-order", "create/second-order"];
    for faults in [
        Faults { plain_credentials: true, ..Faults::default() },
        Faults { wrong_encryption_key: true, ..Faults::default() },
    ] {
        let report = with_faults(saas_v1(), v1(Mode::OneTime), faults).await;
        assert!(ended(&report, Outcome::Failed).iter().all(|check| failing.contains(check)));
        assert!(ended(&report, Outcome::Failed).contains(&"create/new-order"));
        assert_eq!(finding(&report, "create/new-order").section, "3.4");
        assert!(ended(&report, Outcome::Passed).contains(&"auth/wrong-key"));
    }
    let report =
        with_faults(saas_v1(), v1(Mode::OneTime), Faults { wrong_encrypt_type: true, ..Faults::default() }).await;
    assert!(report.passes(false));
    assert!(finding(&report, "create/new-order").found.contains("encryptType"));
}

#[tokio::test]
async fn a_purchase_of_1_0_needs_a_front_end_address() {
    let report = with_faults(saas_v1(), v1(Mode::Period), Faults { missing_content: true, ..Faults::default() }).await;
    assert_failed(&report, &["test/create", "create/new-order"]);
    assert!(finding(&report, "create/new-order").found.contains("frontEndUrl"));
}
