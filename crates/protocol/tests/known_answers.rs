//! Answers that an independent Python program (`known_answers/make.py`) computed.

use protocol::{BodySignMode, body_sign, canonical, saas_v2, signature};
use serde_json::Value;

fn answers() -> Value {
    serde_json::from_str(include_str!("known_answers/known_answers.json")).expect("valid JSON")
}

fn cases(name: &str) -> Vec<Value> {
    let cases = answers()[name].as_array().cloned().unwrap_or_default();
    assert!(cases.len() > 5, "{name} has too few cases");
    cases
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().expect("a text")
}

#[test]
fn canonical_bodies() {
    for case in cases("bodies") {
        assert_eq!(canonical::to_canonical(&case["value"]), text(&case, "canonical"));
    }
}

#[test]
fn request_signatures() {
    for case in cases("signatures") {
        let (key, nonce) = (text(&case, "key"), text(&case, "nonce"));
        let payload = text(&case, "payload").as_bytes();
        let at = case["timestamp"].as_i64().expect("a number");
        let expected = text(&case, "signature");
        assert_eq!(signature::sign(key, nonce, at, payload), expected);
        let query = format!("signature={expected}&timestamp={at}&nonce={nonce}");
        let presented = signature::Presented::from_query(&query).expect("well-formed");
        assert!(signature::verify(key, &presented, payload, at).is_ok());
    }
}

#[test]
fn body_signs() {
    for case in cases("body_signs") {
        let (key, body) = (text(&case, "key"), text(&case, "body").as_bytes());
        let header = text(&case, "header");
        assert_eq!(body_sign::build(key, body), header);
        assert_eq!(body_sign::check(Some(header), body, &[key], BodySignMode::Required), Ok(()));
    }
}

#[test]
fn expire_times() {
    for case in cases("expire_times") {
        let unix = case["unix"].as_i64().expect("a number");
        let expected = text(&case, "text");
        assert_eq!(saas_v2::expire_time_from_unix(unix).as_deref(), Some(expected));
        assert_eq!(saas_v2::parse_expire_time(expected), Some(unix));
    }
}
