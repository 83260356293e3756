use crate::api::{read_json, read_query};
use crate::fault::Fault;
use crate::form::{Form, is_from_here};
use crate::limiter::{Limiter, client_key};
use crate::listing::{Csv, changed};
use crate::nav::navigation;
use crate::paths::{log_in_page, safe_next, with_pairs};
use crate::problem::Problem;
use crate::signing::Signer;
use app::words::Words;
use app::{Actor, AppError};
use axum::http::{HeaderMap, HeaderValue};
use domain::access::OperatorRole;
use domain::text::Language;
use serde::Deserialize;

#[test]
fn amounts_are_read_as_people_write_them() {
    let read = |text: &str| {
        let form = Form::from_pairs([("a".to_owned(), text.to_owned())]);
        form.money("a", domain::money::Currency::CNY).map(|m| m.to_decimal()).map_err(|_| text.to_owned())
    };
    for text in ["1280.5", "1,280.50", "￥1280.50", "１２８０．５０", " ¥ 1，280.5 "] {
        assert_eq!(read(text).unwrap(), "1280.50", "{text}");
    }
    for text in ["", "abc", "1,28", "12,80.5", "1,,280", "1.2.3", "1 280"] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn only_paths_of_this_site_are_a_way_back() {
    for good in ["/", "/buyer/orders?state=PAID&q=%2F", "/a//b", "/search?q=中文"] {
        assert_eq!(safe_next(good), Some(good));
    }
    for bad in
        ["", "buyer", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/a\\b", "javascript:x"]
    {
        assert_eq!(safe_next(bad), None, "{bad:?}");
    }
    assert_eq!(log_in_page(Some("/a?b=1&c=2")), "/login?next=%2Fa%3Fb%3D1%26c%3D2");
    assert_eq!(log_in_page(Some("//evil.example")), "/login");
}

#[test]
fn a_signature_holds_for_its_purpose_and_key_only() {
    let signer = Signer::new([1; 32]);
    let signed = signer.sign("csrf", "body");
    assert_eq!(signer.verify("csrf", &signed), Some("body"));
    assert_eq!(signer.verify("flash", &signed), None);
    assert_eq!(Signer::new([2; 32]).verify("csrf", &signed), None);
    assert_eq!(signer.verify("csrf", &signed.replace("body", "bodz")), None);
    assert_eq!(signer.verify("csrf", "body"), None);
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(k, v)| (k.parse().unwrap(), HeaderValue::from_static(v))).collect()
}

#[test]
fn browsers_tell_where_a_form_comes_from() {
    let here = |pairs: &[(&'static str, &'static str)]| is_from_here(&headers(pairs), "market.example:8080");
    assert!(here(&[]));
    assert!(here(&[("sec-fetch-site", "same-origin"), ("origin", "https://proxy.example")]));
    assert!(here(&[("origin", "http://market.example:8080")]));
    assert!(!here(&[("origin", "http://evil.example")]));
    assert!(!here(&[("origin", "null")]));
    assert!(!here(&[("sec-fetch-site", "cross-site")]));
    assert!(!here(&[("sec-fetch-site", "same-site"), ("origin", "http://market.example:8080")]));
}

#[test]
fn shown_again_are_values_but_no_secrets() {
    let pairs = [("csrf", "t"), ("name", " 林 "), ("new_password", "p"), ("name", "second"), ("price", "12.345")];
    let form = Form::from_pairs(pairs.map(|(k, v)| (k.to_owned(), v.to_owned())));
    assert_eq!((form.text("name"), form.all("name").len(), form.text("none")), ("林", 2, ""));
    let values = form.values();
    assert_eq!((values.get("name"), values.get("csrf"), values.get("new_password")), (" 林 ", "", ""));
    assert_eq!(form.money("price", domain::money::Currency::CNY).unwrap().to_decimal(), "12.345");
    let error = form.money("name", domain::money::Currency::CNY).unwrap_err();
    assert!(matches!(error, AppError::Invalid(f) if f[0].field == "name" && f[0].code == "not-an-amount"));
}

#[test]
fn every_error_of_the_application_has_its_status() {
    let status = |error: AppError| Fault::from(error).status.as_u16();
    assert_eq!(status(AppError::NotFound), 404);
    assert_eq!(status(AppError::NotSignedIn), 401);
    assert_eq!(status(AppError::Forbidden("x")), 403);
    assert_eq!(status(AppError::Refused("x")), 409);
    assert_eq!(status(AppError::field("a", "required")), 422);
    assert_eq!(status(AppError::Stale), 409);
    assert_eq!(status(AppError::Retry), 503);
    assert_eq!(status(AppError::Internal("secret".into())), 500);
    assert_eq!(Fault::from(AppError::Unavailable("x".into())).retry_after, Some(2));
}

#[test]
fn a_problem_has_words_and_fields_but_no_internals() {
    let words = Words::built_in();
    let fault = Fault::from(AppError::field("items.0.count", "wrong-type"));
    let problem = Problem::new(&fault, &words, Language::En, "/api/v1/orders", "abc");
    let json = serde_json::to_value(&problem).unwrap();
    assert_eq!(json["type"], "/docs/errors#invalid-fields");
    assert_eq!((json["status"].as_u64(), json["instance"].as_str()), (Some(422), Some("/api/v1/orders")));
    assert_eq!(json["errors"][0]["field"], "items.0.count");
    assert_eq!(json["errors"][0]["detail"], "The value has the wrong type or format");
    let fault = Fault::from(AppError::Internal("password=1".into()));
    let text = serde_json::to_string(&Problem::new(&fault, &words, Language::Zh, "/", "abc")).unwrap();
    assert!(!text.contains("password") && !text.contains("\"errors\""), "{text}");
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[allow(dead_code)]
    items: Vec<Item>,
    #[allow(dead_code)]
    limit: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Item {
    #[allow(dead_code)]
    count: u32,
}

#[test]
fn a_body_that_does_not_fit_names_its_field() {
    let fault = |text: &str| {
        let fault = read_json::<Body>(text.as_bytes()).unwrap_err().fault;
        let field = fault.fields.first().map(|f| format!("{} {}", f.field, f.code));
        (fault.status.as_u16(), field.unwrap_or_default())
    };
    assert!(read_json::<Body>(br#"{"items":[{"count":1}]}"#).is_ok());
    assert_eq!(fault(r#"{"items":[{"count":"x"}]}"#), (422, "items[0].count wrong-type".into()));
    assert_eq!(fault(r#"{"items":[{}]}"#), (422, "items[0].count required".into()));
    assert_eq!(fault(r#"{}"#), (422, "items required".into()));
    assert_eq!(fault(r#"{"items":[],"other":1}"#), (422, "other unknown-field".into()));
    assert_eq!(fault(r#"{"items":["#), (400, String::new()));
    assert_eq!(fault(r#"{"items":[]} x"#), (400, String::new()));
}

#[derive(Debug, Deserialize)]
struct Query {
    #[allow(dead_code)]
    limit: Option<u32>,
}

#[test]
fn a_query_that_does_not_fit_names_its_parameter() {
    assert!(read_query::<Query>("limit=5&other=1").is_ok());
    let fault = read_query::<Query>("limit=many").unwrap_err().fault;
    assert_eq!((fault.fields[0].field.as_str(), fault.fields[0].code.as_str()), ("limit", "wrong-type"));
}

#[test]
fn links_keep_the_filters() {
    let pairs = [("state", "PAID"), ("q", "a b&c"), ("cursor", "n1~x")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(changed("/x", &pairs, &[("cursor", "n2~y")]), "/x?state=PAID&q=a%20b%26c&cursor=n2~y");
    assert_eq!(changed("/x", &pairs, &[("state", "")]), "/x?q=a%20b%26c");
    assert_eq!(with_pairs("/x", []), "/x");
}

#[test]
fn spreadsheets_run_nothing() {
    let mut csv = Csv::new(["name", "amount"]);
    csv.row(["=cmd|' /C calc'!A0", "-12.50"]);
    csv.row(["a \"b\", c", "+x"]);
    assert_eq!(csv.as_str(), "\u{feff}name,amount\r\n\"'=cmd|' /C calc'!A0\",-12.50\r\n\"a \"\"b\"\", c\",\"'+x\"\r\n");
}

#[test]
fn a_client_may_post_again_after_a_while() {
    let limiter = Limiter::new(3, 10);
    let tries = |now| (0..5).filter(|_| limiter.allow("a", now)).count();
    assert_eq!(tries(0), 3);
    assert!(limiter.allow("b", 0));
    assert_eq!(tries(20_000), 1);
    assert_eq!(tries(600_000), 3);
}

#[test]
fn the_limiter_forgets_rather_than_grows() {
    let limiter = Limiter::new(3, 10);
    for i in 0..100 {
        limiter.allow(&i.to_string(), i);
    }
    assert!(limiter.remembered() <= 10);
    assert_eq!(client_key("2001:db8:1:2:3::4".parse().ok()), "2001:db8:1:2::/64");
    assert_eq!(client_key("::ffff:10.0.0.1".parse().ok()), "10.0.0.1");
}

fn operator(role: OperatorRole) -> Actor {
    let text = || "x".to_owned();
    Actor::Operator(app::actor::Operator { user_id: text(), name: text(), email: text(), role, token: None })
}

#[test]
fn the_navigation_shows_what_the_actor_may_use() {
    let keys = |actor: &Actor, path: &str| -> Vec<(&'static str, bool)> {
        let groups = navigation("operator", actor, path, None);
        groups.into_iter().flat_map(|g| g.entries).map(|e| (e.key, e.active)).collect()
    };
    assert!(keys(&Actor::Visitor, "/operator").is_empty());
    let agent = keys(&operator(OperatorRole::OpsAgent), "/operator/orders/ord_1");
    assert!(agent.contains(&("nav-operator-orders", true)) && agent.contains(&("nav-overview", false)));
    assert!(!agent.iter().any(|(k, _)| *k == "nav-operator-audit"));
    let auditor = keys(&operator(OperatorRole::Auditor), "/operator");
    assert!(auditor.contains(&("nav-operator-audit", false)) && auditor.contains(&("nav-overview", true)));
}
