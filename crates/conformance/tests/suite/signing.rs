//! Sellers who verify signatures in their own wrong way. The suite finds out how.

use conformance::Mode;
use conformance::finding::{Outcome, Report};
use protocol::difference::{Mistake, habits_of_request, habits_of_token};
use protocol::signature::{self, Presented};
use protocol::{auth_token, query};
use serde_json::{Value, json};

use crate::handmade::{After, Asked, Before, report_on};
use crate::world::*;

fn refusal() -> Option<Value> {
    Some(json!({"resultCode": "000001", "resultMsg": format!("bad signature, I signed with {KEY}")}))
}

const NOTHING_AFTER: After = |_, _| {};

fn presented(asked: &Asked) -> Presented {
    Presented::from_query(&asked.query).unwrap_or_default()
}

/// Whether the signature is the one that a server with this mistake accepts.
fn fits(asked: &Asked, mistake: Mistake) -> bool {
    let presented = presented(asked);
    let (Some(given), Some(time), Some(nonce)) = (presented.signature, presented.timestamp, presented.nonce) else {
        return false;
    };
    let habits = habits_of_request(KEY, &nonce, &time, &asked.body);
    habits.iter().any(|habit| habit.mistake == mistake && habit.signature == given)
}

/// Refuses whatever does not fit; what fits is answered, because the sample seller would refuse it.
fn only_fits(asked: &Asked, mistake: Mistake) -> Option<Value> {
    if fits(asked, mistake) { Some(json!({"resultCode": "000000", "instanceId": "i"})) } else { refusal() }
}

async fn stopped(before: Before) -> Report {
    let report = report_on(saas_v2(), period(), before, NOTHING_AFTER).await;
    assert_failed(&report, &["reach/answers"]);
    report
}

#[tokio::test]
async fn usual_mistakes_are_found_with_both_canonical_strings() {
    let cases: [(Before, Mistake); 4] = [
        (|asked| only_fits(asked, Mistake::HashWithoutKey), Mistake::HashWithoutKey),
        (|asked| only_fits(asked, Mistake::Seconds), Mistake::Seconds),
        (|asked| only_fits(asked, Mistake::NonceAfterTimestamp), Mistake::NonceAfterTimestamp),
        (|asked| only_fits(asked, Mistake::HashUpperCase), Mistake::HashUpperCase),
    ];
    for (before, mistake) in cases {
        let report = stopped(before).await;
        let found = finding(&report, "reach/answers");
        assert!(found.found.contains(&mistake.text(protocol::Language::En)), "{}", found.found);
        let difference = found.difference.as_ref().unwrap();
        assert_eq!((difference.mistakes.as_slice(), found.section.as_str()), ([mistake].as_slice(), "3.1"));
        assert!(difference.canonical_at.is_some());
        assert!(difference.ours.canonical.as_ref().unwrap().starts_with("<access key>"));
        assert!(difference.theirs.canonical.is_some());
    }
}

#[tokio::test]
async fn a_refusal_that_no_usual_mistake_explains_is_said_to_be_so() {
    let report = stopped(|_| refusal()).await;
    let found = finding(&report, "reach/answers");
    assert!(found.found.contains("None of the usual mistakes") && found.difference.is_none());
    assert!(!found.found.contains(KEY) && found.found.contains("I signed with <access key>"));
}

#[tokio::test]
async fn a_seller_who_compares_with_lower_case_is_told_so() {
    let lower: Before = |asked| {
        let given = presented(asked).signature.unwrap_or_default();
        if given.to_lowercase() == given { Some(json!({"resultCode": "000000"})) } else { refusal() }
    };
    let report = stopped(lower).await;
    assert!(finding(&report, "reach/answers").found.contains("lower-case hex"));
}

#[tokio::test]
async fn a_seller_who_compares_with_upper_case_fails_one_check() {
    let upper: Before = |asked| {
        let given = presented(asked).signature.unwrap_or_default();
        if given.to_uppercase() == given { None } else { refusal() }
    };
    let report = report_on(saas_v2(), period(), upper, NOTHING_AFTER).await;
    assert_failed(&report, &["auth/lower-case-signature"]);
}

#[tokio::test]
async fn a_body_that_is_written_anew_is_found_by_the_awkward_member() {
    let escapes: Before = |asked| {
        let ascii = asked.body.is_ascii();
        if ascii {
            return None;
        }
        if fits(asked, Mistake::BodyEscaped) { Some(json!({"resultCode": "000000"})) } else { refusal() }
    };
    let report = report_on(saas_v2(), period(), escapes, NOTHING_AFTER).await;
    assert_failed(&report, &["request/more-members"]);
    let difference = finding(&report, "request/more-members").difference.as_ref().unwrap();
    assert_eq!(difference.mistakes, [Mistake::BodyEscaped]);
}

#[tokio::test]
async fn a_signature_that_does_not_cover_the_body_and_a_fixed_nonce_are_seen() {
    // Whatever was signed last with the nonce passes: the body is not looked at.
    let no_body: Before = |asked| {
        let changed = asked.text("orderLineId").ends_with("-0000019");
        changed.then(|| json!({"resultCode": "000000", "instanceId": "i"}))
    };
    let report = report_on(saas_v2(), period(), no_body, NOTHING_AFTER).await;
    assert_failed(&report, &["auth/changed-after-signing"]);
    let fixed: Before = |asked| {
        let nonce = presented(asked).nonce.unwrap_or_default();
        if nonce.len() == 64 || nonce.is_empty() { None } else { refusal() }
    };
    let report = report_on(saas_v2(), period(), fixed, NOTHING_AFTER).await;
    assert!(report.passes(false));
    assert_eq!(ended(&report, Outcome::Warning), ["auth/short-nonce"]);
}

#[tokio::test]
async fn a_window_that_is_too_narrow_is_seen() {
    let narrow: Before = |asked| {
        let time: i64 = presented(asked).timestamp.unwrap_or_default().parse().unwrap_or_default();
        if (NOW - time).abs() > 5_000 { refusal() } else { None }
    };
    let report = report_on(saas_v2(), period(), narrow, NOTHING_AFTER).await;
    assert_failed(&report, &["auth/timestamp-inside-window"]);
}

#[tokio::test]
async fn a_1_0_seller_who_does_not_decode_is_found() {
    /// The token over the values as they stand in the address.
    fn raw_token(asked: &Asked) -> bool {
        let Some((wire, given)) = asked.query.rsplit_once("&authToken=") else {
            return false;
        };
        let given = query::decode(&format!("t={given}")).unwrap().remove(0).1;
        let plain = wire.split('&').all(|part| !part.contains('%'));
        if plain {
            let parameters: auth_token::Parameters = query::decode(wire).unwrap().into_iter().collect();
            return auth_token::token(KEY, &parameters) == given;
        }
        let habits = habits_of_token(KEY, wire);
        habits.iter().any(|habit| habit.mistake == Mistake::NotDecoded && habit.signature == given)
    }
    let raw: Before = |asked| {
        if asked.query.contains('%') && !asked.query.split("&authToken=").next().unwrap().contains('%') {
            return None;
        }
        if !asked.query.contains('%') {
            return None;
        }
        if raw_token(asked) { Some(json!({"resultCode": "000000", "instanceId": "i"})) } else { refusal() }
    };
    let report = report_on(saas_v1(), v1(Mode::OneTime), raw, NOTHING_AFTER).await;
    let failed = ended(&report, Outcome::Failed);
    assert!(failed.contains(&"auth/values-that-need-encoding"), "{failed:?}");
    let difference = finding(&report, "auth/values-that-need-encoding").difference.as_ref().unwrap();
    assert_eq!(difference.mistakes, [Mistake::NotDecoded]);
    assert!(failed.len() <= 2, "{failed:?}");
}

#[tokio::test]
async fn no_report_ever_shows_the_key_or_a_signature() {
    let report = stopped(|asked| only_fits(asked, Mistake::Seconds)).await;
    let documents = [
        conformance::report::text::write(&report),
        conformance::report::html::write(&report),
        conformance::report::junit::write(&report, false),
        conformance::report::json::write(&report),
        format!("{report:?}"),
    ];
    let sent = &finding(&report, "reach/answers").sent.as_ref().unwrap().url;
    assert!(sent.contains("signature=***"));
    for document in documents {
        assert!(!document.contains(KEY), "{document}");
        assert!(document.contains("&lt;access key&gt;") || document.contains("<access key>"));
    }
    let body = finding(&report, "reach/answers").sent.as_ref().unwrap().body.clone().unwrap();
    let nonce = sent.rsplit_once("nonce=").unwrap().1;
    let right = signature::sign(KEY, nonce, NOW, body.as_bytes());
    assert!(!conformance::report::json::write(&report).contains(&right));
}
