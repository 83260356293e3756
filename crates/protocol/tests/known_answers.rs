//! Answers that an independent Python program (`known_answers/make.py`) computed.

use protocol::field_cipher::{self, Algorithm, Iv};
use protocol::{
    BodySignMode, agents_gateway, auth_token, body_sign, canonical, extend_params, query, saas_v2, signature, times,
};
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
        let difference = protocol::difference::of_request(&[key], &presented, payload).expect("complete");
        let shown = difference.ours.canonical.unwrap_or_default();
        assert_eq!(shown.strip_prefix(protocol::difference::KEY_MASK), Some(text(&case, "canonical")));
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
        assert_eq!(times::licence_time_from_unix(unix).as_deref(), Some(text(&case, "licence")));
        let stamp = format!("{expected}042");
        assert_eq!(times::time_stamp_from_unix_ms(unix * 1_000 + 42), Some(stamp));
    }
}

#[test]
fn auth_tokens() {
    for case in cases("tokens") {
        let key = text(&case, "key");
        let parameters: auth_token::Parameters =
            serde_json::from_value(case["parameters"].clone()).expect("names and texts");
        assert_eq!(auth_token::canonical(&parameters), text(&case, "canonical"));
        assert_eq!(auth_token::token(key, &parameters), text(&case, "token"));
        let url = auth_token::signed_url("https://seller.example/p", key, &parameters).expect("a plain address");
        let sent = url.strip_prefix("https://seller.example/p?").expect("the query follows");
        assert_eq!(sent, text(&case, "query"));
        let now = times::parse_time_stamp(&parameters["timeStamp"]).expect("17 digits");
        let accepted = auth_token::verify(key, text(&case, "query"), &[], now).expect("signed");
        assert_eq!(accepted.parameters, parameters);
        let read: auth_token::Parameters = query::decode(sent).expect("readable").into_iter().collect();
        assert_eq!(read["authToken"], text(&case, "token"));
    }
}

#[test]
fn encrypted_fields() {
    for case in cases("fields") {
        let (key, plain, expected) = (text(&case, "key"), text(&case, "plain"), text(&case, "text"));
        let algorithm = Algorithm::from_name(text(&case, "algorithm")).expect("a known name");
        let iv = Iv::from_text(text(&case, "iv")).expect("16 characters");
        assert_eq!(field_cipher::encrypt(key, algorithm, iv, plain), expected);
        assert_eq!(field_cipher::decrypt(key, algorithm, expected).as_deref(), Ok(plain));
    }
}

#[test]
fn extension_parameters() {
    for case in cases("extend_params") {
        let params: Vec<extend_params::ExtendParam> = case["params"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|p| extend_params::ExtendParam { name: text(p, "name").into(), value: text(p, "value").into() })
            .collect();
        assert_eq!(extend_params::write(&params).as_deref(), Ok(text(&case, "text")));
        assert_eq!(extend_params::read(text(&case, "text")), Ok(params));
    }
}

#[test]
fn gateway_tokens() {
    for case in cases("jwts") {
        let (app_key, secret) = (text(&case, "app_key"), text(&case, "secret"));
        let now = case["now_ms"].as_i64().expect("a number");
        assert_eq!(agents_gateway::token(app_key, secret, now), text(&case, "token"));
        let read = agents_gateway::verify_token(text(&case, "token"), |_| Some(secret.to_owned()), now);
        assert_eq!(read.as_deref(), Ok(app_key));
    }
}
