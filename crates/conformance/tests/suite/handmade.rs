//! Sellers that are broken by hand: a layer around the sample seller that answers some calls
//! itself, or changes what the sample seller answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Response, header};
use conformance::finding::{Outcome, Report};
use conformance::{Mode, Wish};
use protocol::field_cipher::{Algorithm, Iv, encrypt};
use protocol::{Generation, body_sign, query};
use sample_sellers::Seller;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::*;

/// What was asked, of either kind of generation.
pub struct Asked {
    /// Raw query string.
    pub query: String,
    /// Raw body; empty for GET.
    pub body: Vec<u8>,
    /// The members or parameters.
    pub members: Value,
}

impl Asked {
    /// The text of a member.
    pub fn text(&self, name: &str) -> &str {
        self.members[name].as_str().unwrap_or_default()
    }

    fn is(&self, activity: &str) -> bool {
        self.text("activity") == activity
    }

    fn is_test(&self) -> bool {
        self.text("testFlag") == "1"
    }
}

/// Answers a call in place of the sample seller; `None` leaves it to him.
pub type Before = fn(&Asked) -> Option<Value>;
/// Changes what the sample seller answers.
pub type After = fn(&Asked, &mut Value);

async fn asked(request: Request) -> (Asked, Request) {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap().to_vec();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let members = serde_json::from_slice(&body).unwrap_or_else(|_| {
        let pairs = query::decode(&query).unwrap_or_default();
        Value::Object(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
    });
    let request = Request::from_parts(parts, Body::from(body.clone()));
    (Asked { query, body, members }, request)
}

fn signed(value: &Value) -> Response<Body> {
    let body = value.to_string();
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .header("Body-Sign", body_sign::build(KEY, body.as_bytes()))
        .body(Body::from(body))
        .unwrap()
}

/// The router of a seller that is broken by hand.
pub fn broken(seller: Seller, before: Before, after: After) -> Router {
    let inner = Arc::new(seller.router());
    Router::new().fallback(move |request: Request| {
        let inner = Arc::clone(&inner);
        async move {
            if request.uri().path() != "/saas" {
                return Router::clone(&inner).oneshot(request).await.unwrap();
            }
            let (asked, request) = asked(request).await;
            if let Some(answer) = before(&asked) {
                return signed(&answer);
            }
            let response = Router::clone(&inner).oneshot(request).await.unwrap();
            let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
            let mut value: Value = serde_json::from_slice(&body).unwrap();
            after(&asked, &mut value);
            signed(&value)
        }
    })
}

pub async fn report_on(seller: Seller, wish: Wish, before: Before, after: After) -> Report {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    let router = broken(seller.with_public_address(&host), before, after);
    tokio::spawn(async move { axum::serve(listener, router).await });
    played(&settings(&format!("{host}/saas"), wish)).await
}

const NOTHING_BEFORE: Before = |_| None;
const NOTHING_AFTER: After = |_, _| {};

fn success() -> Value {
    json!({"resultCode": "000000"})
}

#[tokio::test]
async fn the_layer_itself_changes_nothing() {
    for (seller, wish) in [(saas_v2(), period()), (saas_v1(), v1(Mode::Period))] {
        let report = report_on(seller, wish, NOTHING_BEFORE, NOTHING_AFTER).await;
        assert!(report.passes(true), "{}", conformance::report::text::write(&report));
    }
}

#[tokio::test]
async fn one_instance_for_all_lines_of_an_order_is_seen() {
    let by_order: After = |asked, answer| {
        if asked.is("newInstance") && !asked.is_test() && answer["resultCode"] == "000000" {
            answer["instanceId"] = json!(format!("i-{}", asked.text("orderId")));
        }
    };
    let report = report_on(saas_v2(), period(), NOTHING_BEFORE, by_order).await;
    let failed = ended(&report, Outcome::Failed);
    assert!(failed.contains(&"create/second-line"));
    assert!(finding(&report, "create/second-line").found.contains("two buyers would share it"));
    assert!(!failed.contains(&"create/repeat-same-line"));
}

#[tokio::test]
async fn a_query_that_loses_an_instance_is_seen() {
    let loses: After = |asked, answer| {
        if let (true, Some(info)) = (asked.is("queryInstance"), answer["info"].as_array_mut()) {
            info.truncate(1);
        }
    };
    let report = report_on(saas_v2(), period(), NOTHING_BEFORE, loses).await;
    assert_failed(&report, &["query/two-instances"]);
}

#[tokio::test]
async fn instances_without_access_data_are_remarked_on() {
    let bare: After = |_, answer| {
        for element in answer.get_mut("info").and_then(Value::as_array_mut).into_iter().flatten() {
            element.as_object_mut().unwrap().remove("appInfo");
        }
    };
    let report = report_on(saas_v2(), period(), NOTHING_BEFORE, bare).await;
    assert!(report.passes(false) && !report.passes(true));
    assert!(finding(&report, "query/finds-instance").found.contains("appInfo"));
    let empty: After = |asked, answer| {
        if asked.is("queryInstance") {
            answer.as_object_mut().unwrap().remove("info");
        }
    };
    let report = report_on(saas_v2(), period(), NOTHING_BEFORE, empty).await;
    assert_failed(&report, &["query/two-instances"]);
    assert!(ended(&report, Outcome::Warning).contains(&"query/finds-instance"));
}

#[tokio::test]
async fn a_freeze_without_effect_is_a_warning() {
    let pretends: Before = |asked| {
        (asked.is("updateInstanceStatus")
            && asked.text("status") == "FREEZE"
            && !asked.text("instanceId").starts_with("no-such"))
        .then(success)
    };
    let report = report_on(saas_v2(), period(), pretends, NOTHING_AFTER).await;
    assert_eq!(ended(&report, Outcome::Failed), [""; 0], "{}", conformance::report::text::write(&report));
    assert_eq!(ended(&report, Outcome::Warning), ["status/freeze-has-effect"]);
    let expires: Before = |asked| {
        let known = !asked.text("instanceId").starts_with("no-such") && !asked.text("orderId").ends_with("80");
        (asked.is("expireInstance") && known).then(success)
    };
    let report = report_on(saas_v1(), v1(Mode::Period), expires, NOTHING_AFTER).await;
    assert_eq!(ended(&report, Outcome::Failed), [""; 0], "{}", conformance::report::text::write(&report));
    assert_eq!(ended(&report, Outcome::Warning), ["status/freeze-has-effect"]);
}

#[tokio::test]
async fn an_instance_that_is_gone_while_frozen_is_seen() {
    let gone: After = |asked, answer| {
        let info = answer.get("info").is_some();
        if asked.is("queryInstance") && info && asked.text("testFlag") != "1" && FROZEN.load(Ordering::SeqCst) {
            *answer = json!({"resultCode": "000003"});
        }
    };
    static FROZEN: AtomicBool = AtomicBool::new(false);
    let watches: Before = |asked| {
        if asked.is("updateInstanceStatus") && !asked.is_test() && !asked.text("instanceId").starts_with("no-such") {
            FROZEN.store(asked.text("status") == "FREEZE", Ordering::SeqCst);
        }
        None
    };
    let report = report_on(saas_v2(), period(), watches, gone).await;
    assert_failed(&report, &["status/frozen-is-kept"]);
    assert_eq!(finding(&report, "status/frozen-is-kept").section, "4.5");
}

#[tokio::test]
async fn another_form_of_the_expiry_fails_the_renewals_only() {
    let wants_dashes: Before = |asked| {
        let refused = json!({"resultCode": "000002", "resultMsg": "expireTime must be yyyy-MM-dd"});
        (asked.is("refreshInstance") && !asked.text("expireTime").contains('-')).then_some(refused)
    };
    for (seller, wish) in [(saas_v2(), period()), (saas_v1(), v1(Mode::Period))] {
        let report = report_on(seller, wish, wants_dashes, NOTHING_AFTER).await;
        let failed = ended(&report, Outcome::Failed);
        assert!(failed.contains(&"refresh/renewal") && failed.contains(&"refresh/trial-to-formal"));
        assert!(failed.iter().all(|check| check.contains("refresh")), "{failed:?}");
        assert!(finding(&report, "refresh/renewal").found.contains("yyyy-MM-dd"));
    }
}

#[tokio::test]
async fn a_renewal_that_opens_another_instance_is_seen() {
    let reopens: After = |asked, answer| {
        if asked.is("refreshInstance") && answer["resultCode"] == "000000" {
            answer["instanceId"] = json!("another-one");
        }
    };
    let report = report_on(saas_v1(), v1(Mode::Period), NOTHING_BEFORE, reopens).await;
    let failed = ended(&report, Outcome::Failed);
    assert!(failed.contains(&"refresh/renewal") && failed.iter().all(|check| check.starts_with("refresh/")));
    assert!(finding(&report, "refresh/renewal").found.contains("another-one"));
}

#[tokio::test]
async fn a_change_check_must_decide_and_an_unknown_activity_must_not_succeed() {
    let undecided: Before = |asked| asked.is("changeInstanceCheck").then(|| json!({"resultCode": "000004"}));
    let wish = Wish { renewal_change: true, ..period() };
    let report = report_on(saas_v2(), wish, undecided, NOTHING_AFTER).await;
    assert_eq!(ended(&report, Outcome::Failed), ["test/change-check", "change-check/decides"]);
    let agreeable: Before = |asked| asked.is("noSuchActivity").then(success);
    let report = report_on(saas_v2(), period(), agreeable, NOTHING_AFTER).await;
    assert_failed(&report, &["request/unknown-activity"]);
    let report = report_on(saas_v1(), v1(Mode::OneTime), agreeable, NOTHING_AFTER).await;
    assert_failed(&report, &["request/unknown-activity"]);
}

#[tokio::test]
async fn members_that_nobody_knows_must_not_be_refused() {
    let strict: Before = |asked| {
        let known = asked.members.get("remark").is_none();
        (!known).then(|| json!({"resultCode": "000002", "resultMsg": "unknown member remark"}))
    };
    for (seller, wish) in [(saas_v2(), period()), (saas_v1(), v1(Mode::Period))] {
        assert_failed(&report_on(seller, wish, strict, NOTHING_AFTER).await, &["request/more-members"]);
    }
}

#[tokio::test]
async fn other_error_codes_for_refusals_are_warnings() {
    let own_codes: After = |_, answer| {
        if answer["resultCode"] == "000001" {
            answer["resultCode"] = json!("000003");
        }
    };
    let report = report_on(saas_v2(), period(), NOTHING_BEFORE, own_codes).await;
    assert!(report.passes(false));
    assert_eq!(ended(&report, Outcome::Warning).len(), 6);
    assert!(finding(&report, "auth/wrong-key").found.contains("000003 in place of 000001"));
}

#[tokio::test]
async fn a_wrong_initialisation_vector_is_seen() {
    let wrong_iv: After = |asked, answer| {
        if asked.is("newInstance") && answer["appInfo"].is_object() {
            let iv = Iv::from_text("abcdEFGH01234567").unwrap();
            let text = encrypt(KEY, Algorithm::Aes256, iv, "a password of more than one block");
            answer["appInfo"]["password"] = json!(format!("0000000000000000{}", &text[16..]));
        }
    };
    let report = report_on(saas_v1(), v1(Mode::OneTime), NOTHING_BEFORE, wrong_iv).await;
    let found = finding(&report, "create/new-order");
    assert_ne!(found.outcome, Outcome::Passed);
    assert!(found.found.contains("IV") || found.found.contains("decrypt"), "{}", found.found);
    let odd: After = |asked, answer| {
        if asked.is("newInstance") && answer["appInfo"].is_object() {
            let text = answer["appInfo"]["password"].as_str().unwrap().to_owned();
            answer["appInfo"]["password"] = json!(format!("----------------{}", &text[16..]));
        }
    };
    let report = report_on(saas_v1(), v1(Mode::OneTime), NOTHING_BEFORE, odd).await;
    assert_ne!(finding(&report, "create/new-order").outcome, Outcome::Passed);
}

#[tokio::test]
async fn an_online_licence_given_for_nothing_and_a_changing_licence_are_seen() {
    let generous: Before = |asked| asked.is("getLicenseAsync").then(success);
    let seller = Seller::speaking(Generation::OnlineLicense, KEY, || NOW);
    let wish = Wish::of(Generation::OnlineLicense, Mode::Period);
    assert_failed(&report_on(seller, wish, generous, NOTHING_AFTER).await, &["licence/unknown-instance"]);
    let fresh: After = |asked, answer| {
        if asked.is("getLicense") && answer["license"].is_string() {
            answer["license"] = json!(format!("L-{}", asked.text("businessId")));
        }
    };
    let seller = Seller::speaking(Generation::GeneralLicense, KEY, || NOW);
    let wish = Wish::of(Generation::GeneralLicense, Mode::OneTime);
    assert_failed(&report_on(seller, wish, NOTHING_BEFORE, fresh).await, &["create/repeat-same-order"]);
}
