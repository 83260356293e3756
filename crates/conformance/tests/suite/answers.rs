//! Sellers whose answers are wrong: the transport, the form, the fields.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::IntoResponse;
use axum::routing::post;
use conformance::finding::Outcome;
use conformance::{Mode, Wish};
use protocol::{BodySignMode, Generation};
use sample_sellers::Faults;

use crate::world::*;

const CONTACT: &str = "reach/answers";

/// What is wrong with every answer stops at the first one: one failure, the rest is not played.
async fn assert_stops(faults: Faults, section: &str, words: &str) {
    let report = with_faults(saas_v2(), period(), faults).await;
    assert_failed(&report, &[CONTACT]);
    let found = finding(&report, CONTACT);
    assert_eq!(found.section, section);
    assert!(found.found.contains(words), "{}", found.found);
    assert_eq!(ended(&report, Outcome::Passed), ["reach/address"]);
}

#[tokio::test]
async fn http_errors_redirects_and_other_content_are_told_apart() {
    assert_stops(Faults { http_status: Some(500), ..Faults::default() }, "2", "500").await;
    let to = "https://elsewhere.example/".to_owned();
    assert_stops(Faults { redirect_to: Some(to), ..Faults::default() }, "2", "302").await;
    assert_stops(Faults { html: true, ..Faults::default() }, "2", "text/html").await;
    let plain = Some("text/plain".to_owned());
    assert_stops(Faults { content_type: plain, ..Faults::default() }, "2", "text/plain").await;
    assert_stops(Faults { big_body: 2 * 1024 * 1024, ..Faults::default() }, "2", "1048576 bytes").await;
    assert_stops(Faults { close_halfway: true, ..Faults::default() }, "2", "broke").await;
}

#[tokio::test]
async fn every_kind_of_bad_json_is_named() {
    let cases = [
        (Faults { bad_json: true, ..Faults::default() }, "cannot be parsed"),
        (Faults { not_utf8: true, ..Faults::default() }, "not UTF-8"),
        (Faults { repeated_member: true, ..Faults::default() }, "resultCode"),
        (Faults { byte_order_mark: true, ..Faults::default() }, "byte order mark"),
        (Faults { trailing_garbage: true, ..Faults::default() }, "follows"),
        (Faults { list_body: true, ..Faults::default() }, "not a JSON object"),
    ];
    for (faults, words) in cases {
        assert_stops(faults, "10.1", words).await;
    }
}

#[tokio::test]
async fn result_codes_must_be_there_and_be_texts() {
    assert_stops(Faults { missing_result_code: true, ..Faults::default() }, "10.1", "resultCode").await;
    assert_stops(Faults { number_result_code: true, ..Faults::default() }, "10.1", "JSON number").await;
}

#[tokio::test]
async fn a_body_sign_that_is_wrong_fails_and_its_cause_is_shown() {
    assert_stops(Faults { wrong_body_sign: true, ..Faults::default() }, "3.3", "does not belong to the body").await;
    let report = with_faults(saas_v2(), period(), Faults { sign_other_bytes: true, ..Faults::default() }).await;
    assert_failed(&report, &[CONTACT]);
    let found = finding(&report, CONTACT);
    assert!(found.advice.contains("a line break was added to the body"), "{}", found.advice);
    let difference = found.difference.as_ref().unwrap();
    let ours = difference.ours.canonical.as_ref().unwrap();
    assert_eq!(difference.canonical_at, Some(ours.len()));
    assert_eq!(difference.theirs.canonical.as_deref(), Some(format!("{ours}\n").as_str()));
    let hex = with_faults(saas_v2(), period(), Faults { hex_body_sign: true, ..Faults::default() }).await;
    assert!(finding(&hex, CONTACT).advice.contains("must be Base64"));
}

#[tokio::test]
async fn a_body_sign_may_be_missing_in_2_0_unless_it_is_asked_for() {
    let missing = Faults { missing_body_sign: true, ..Faults::default() };
    let report = with_faults(saas_v2(), period(), missing.clone()).await;
    assert!(report.passes(true));
    let seller = saas_v2();
    seller.set_faults(missing);
    let handle = listening(seller).await;
    let mut settings = settings(&handle.production_address(), period());
    settings.body_sign = BodySignMode::Required;
    let report = played_from(&settings, 100_000).await;
    assert_failed(&report, &[CONTACT]);
    assert!(finding(&report, CONTACT).found.contains("no Body-Sign"));
}

#[tokio::test]
async fn an_answer_that_never_ends_runs_into_the_limit() {
    /// One byte and then nothing for ever.
    struct Stalled(bool);
    impl axum::body::HttpBody for Stalled {
        type Data = Bytes;
        type Error = std::io::Error;
        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
            if std::mem::replace(&mut self.0, false) {
                return std::task::Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(b"{")))));
            }
            std::task::Poll::Pending
        }
    }
    let answer = || async { ([("content-type", "application/json")], Body::new(Stalled(true))).into_response() };
    let address = listening_router(Router::new().route("/produce", post(answer))).await;
    let mut settings = settings(&address, period());
    settings.timeout = Duration::from_millis(150);
    let report = played(&settings).await;
    assert_failed(&report, &[CONTACT]);
    assert!(finding(&report, CONTACT).found.contains("150 ms"));
}

#[tokio::test]
async fn nobody_listening_is_one_failure() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/produce", listener.local_addr().unwrap());
    drop(listener);
    let report = played(&settings(&address, period())).await;
    assert_failed(&report, &[CONTACT]);
    assert!(finding(&report, CONTACT).found.contains("cannot be reached"));
}

/// Everything that asks for an instance of the query.
const QUERIES: [&str; 5] = [
    "query/finds-instance",
    "query/two-instances",
    "refresh/keeps-instance",
    "status/frozen-is-kept",
    "release/keeps-others",
];

#[tokio::test]
async fn what_is_wrong_with_one_call_fails_only_its_checks() {
    let html = only(&["queryInstance"], Faults { html: true, ..Faults::default() });
    let report = with_faults(saas_v2(), period(), html).await;
    let mut expected = vec!["test/creates-nothing", "test/query", "query/finds-instance", "query/two-instances"];
    expected.extend(["query/unknown-instance", "refresh/keeps-instance", "status/frozen-is-kept"]);
    expected.push("release/keeps-others");
    assert_failed(&report, &expected);
}

#[tokio::test]
async fn creations_without_a_usable_instance_id_fail_and_stop_what_needs_them() {
    for (faults, words) in [
        (Faults { missing_instance_id: true, ..Faults::default() }, "instanceId"),
        (Faults { empty_instance_id: true, ..Faults::default() }, "instanceId"),
        (Faults { over_long_fields: true, ..Faults::default() }, "256"),
    ] {
        let report = with_faults(saas_v2(), period(), only(&["newInstance"], faults)).await;
        assert_failed(&report, &["test/create", "create/new-line"]);
        assert!(finding(&report, "create/new-line").found.contains(words));
        assert!(ended(&report, Outcome::NotPlayed).contains(&"create/repeat-same-line"));
        assert!(ended(&report, Outcome::Passed).contains(&"status/unknown-instance"));
    }
}

#[tokio::test]
async fn script_addresses_and_numbers_beyond_measure_fail_the_queries() {
    let script = Faults { script_address: true, ..Faults::default() };
    let report = with_faults(saas_v2(), period(), script).await;
    let mut expected = vec!["test/query"];
    expected.extend(QUERIES);
    assert_failed(&report, &expected);
    assert!(finding(&report, "query/finds-instance").found.contains("frontEndUrl"));
    let report = with_faults(saas_v2(), period(), Faults { huge_number: true, ..Faults::default() }).await;
    assert_failed(&report, &expected);
}

#[tokio::test]
async fn information_of_another_instance_is_not_taken_for_it() {
    let report = with_faults(saas_v2(), period(), Faults { other_instance: true, ..Faults::default() }).await;
    assert_failed(&report, &QUERIES);
    assert!(finding(&report, "query/finds-instance").found.contains("lacks instances"));
}

#[tokio::test]
async fn an_instance_that_is_opened_for_ever_is_given_up() {
    let forever = Faults { processing_for_polls: Some(u32::MAX), ..Faults::default() };
    let report = with_faults(saas_v2(), period(), forever.clone()).await;
    let mut expected = QUERIES[..3].to_vec();
    // Freezing makes the sample seller tell of it.
    expected.push("release/keeps-others");
    assert_eq!(finding(&report, "query/finds-instance").calls, 4);
    assert!(finding(&report, "query/finds-instance").found.contains("Still not done after asking 3 times"));
    assert!(ended(&report, Outcome::Failed).iter().all(|check| expected.contains(check)));
    let report = with_faults(saas_v1(), v1(Mode::OneTime), forever).await;
    assert_failed(&report, &["create/new-order"]);
}

#[tokio::test]
async fn errors_as_http_are_refusals_with_a_warning() {
    let report = with_faults(saas_v2(), period(), Faults { errors_as_http: true, ..Faults::default() }).await;
    // The market would repeat this release although there is nothing left to release.
    assert_failed(&report, &["release/unknown-instance"]);
    assert!(ended(&report, Outcome::Warning).contains(&"auth/wrong-key"));
    assert!(finding(&report, "auth/wrong-key").found.contains("HTTP 400"));
}

#[tokio::test]
async fn a_body_sign_must_not_be_missing_in_1_0() {
    let report = with_faults(
        saas_v1(),
        Wish::of(Generation::SaasV1, Mode::OneTime),
        Faults { missing_body_sign: true, ..Faults::default() },
    )
    .await;
    assert_failed(&report, &[CONTACT]);
    assert_eq!(finding(&report, CONTACT).section, "3.3");
}
