use super::*;
use crate::auth_token::{self, Parameters};
use crate::hmac256::hmac_sha256;
use crate::signature::{self, Presented};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const KEY: &str = "3f2c0e6a-54f5-4c5e-9d0e-0d3a8a2d6c11";
const BODY: &str = r#"{"activity":"newInstance","name":"云/坊"}"#;

fn diagnose(presented: &str) -> SignatureDifference {
    let presented = Presented {
        signature: Some(presented.to_owned()),
        timestamp: Some("1717000000000".to_owned()),
        nonce: Some("N1".to_owned()),
    };
    of_request(&[KEY, "old key"], &presented, BODY.as_bytes()).unwrap()
}

fn sign_as(key: &str, canonical: &str) -> String {
    hex::encode_upper(hmac_sha256(key.as_bytes(), &[canonical.as_bytes()]))
}

#[test]
fn usual_mistakes_of_request_signatures_are_found() {
    let keyed = |body: &str| hex::encode(hmac_sha256(KEY.as_bytes(), &[body.as_bytes()]));
    let with = |hash: &str| sign_as(KEY, &format!("{KEY}N11717000000000{hash}"));
    let hash = keyed(BODY);
    let escaped = r#"{"activity":"newInstance","name":"\u4e91/\u574a"}"#;
    let blanks = r#"{"activity": "newInstance", "name": "云/坊"}"#;
    let cases = [
        (with(&hash.to_uppercase()), vec![Mistake::HashUpperCase]),
        (with(&hex::encode(Sha256::digest(BODY))), vec![Mistake::HashWithoutKey]),
        (with(&keyed(escaped)), vec![Mistake::BodyEscaped]),
        (with(&keyed(blanks)), vec![Mistake::BodyWithBlanks]),
        (with(&keyed(&BODY.replace('/', "\\/"))), vec![Mistake::BodySlashEscaped]),
        (with(&keyed(&format!("{BODY}\n"))), vec![Mistake::BodyLineBreak]),
        (with(BODY), vec![Mistake::PayloadNotHashed]),
        (sign_as(KEY, &format!("{KEY}N11717000000{hash}")), vec![Mistake::Seconds]),
        (sign_as(KEY, &format!("{KEY}1717000000000N1{hash}")), vec![Mistake::NonceAfterTimestamp]),
        (sign_as(KEY, &format!("N11717000000000{hash}")), vec![Mistake::KeyNotInFront]),
        (signature::sign("old key", "N1", 1_717_000_000_000, BODY.as_bytes()), vec![Mistake::OtherKey]),
        (
            sign_as(KEY, &format!("{KEY}1717000000N1{}", hex::encode(Sha256::digest(BODY)))),
            vec![Mistake::HashWithoutKey, Mistake::Seconds, Mistake::NonceAfterTimestamp],
        ),
    ];
    for (presented, mistakes) in cases {
        let found = diagnose(&presented);
        assert_eq!(found.mistakes, mistakes);
        assert!(found.theirs.canonical.is_some() && found.signature_at.is_some());
        assert!(!found.explain(Language::Zh).is_empty() && found.explain(Language::En).starts_with("Cause"));
    }
}

#[test]
fn the_first_byte_that_differs_is_told_and_keys_are_not() {
    let seconds = format!("{KEY}N11717000000{}", hex::encode(hmac_sha256(KEY.as_bytes(), &[BODY.as_bytes()])));
    let found = diagnose(&sign_as(KEY, &seconds));
    let ours = found.ours.canonical.clone().unwrap();
    assert!(ours.starts_with("<access key>N11717000000000"));
    assert!(!format!("{found:?}").contains(KEY));
    // 12 characters of the mask, 2 of the nonce, 10 digits, and then a digit against the hash.
    let at = found.canonical_at.unwrap();
    assert_eq!(at, first_difference(ours.as_bytes(), found.theirs.canonical.unwrap().as_bytes()).unwrap());
    assert!(at >= KEY_MASK.len() + 2 + 10);

    let unknown = diagnose(&"0".repeat(64));
    assert_eq!((unknown.canonical_at, unknown.theirs.canonical.as_deref()), (None, None));
    assert!(unknown.mistakes.is_empty());
    let told = unknown.with_their_canonical("<access key>N2");
    assert_eq!(told.canonical_at, Some(13));
}

#[test]
fn first_difference_counts_bytes() {
    assert_eq!(first_difference(b"", b""), None);
    assert_eq!(first_difference(b"abc", b"abc"), None);
    assert_eq!(first_difference(b"abc", b"abd"), Some(2));
    assert_eq!(first_difference(b"abc", b"ab"), Some(2));
    assert_eq!(first_difference("云a".as_bytes(), "云b".as_bytes()), Some(3));
}

#[test]
fn body_signs_are_explained() {
    let body = b"{\"resultCode\": \"000000\"}\n";
    let header = |message: &[u8]| {
        format!("sign_type=\"HMAC-SHA256\",signature=\"{}\"", STANDARD.encode(hmac_sha256(KEY.as_bytes(), &[message])))
    };
    let found = |header: &str| crate::body_sign::difference(header, body, &[KEY, "old"]).unwrap();
    let trimmed = found(&header(body.trim_ascii()));
    assert_eq!(trimmed.mistakes, [Mistake::BodyTrimmed]);
    assert_eq!(trimmed.canonical_at, Some(body.len() - 1));
    assert_eq!(found(&header(b"{\"resultCode\":\"000000\"}")).mistakes, [Mistake::BodyRewritten]);
    let hex = hex::encode(hmac_sha256(KEY.as_bytes(), &[body]));
    assert_eq!(found(&format!("sign_type=\"HMAC-SHA256\",signature=\"{hex}\"")).mistakes, [Mistake::SignatureHex]);
    assert_eq!(crate::body_sign::difference("nonsense", body, &[KEY]), None);
    assert_eq!(crate::body_sign::difference(&header(b"x"), body, &[]), None);
}

#[test]
fn tokens_are_explained() {
    let pairs = [("activity", "newInstance"), ("Zone", "a b+c"), ("testFlag", "1"), ("timeStamp", "20240529162640123")];
    let parameters: Parameters = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let url = auth_token::signed_url("https://s.example/p", KEY, &parameters).unwrap();
    let (wire, _) = url.split_once('?').unwrap().1.rsplit_once('&').unwrap();
    let found = |key: &str, time: &str, joined: &str| {
        let token = crate::query::encode(&auth_token::token_of(key, time, joined));
        of_token(&[KEY], &format!("{wire}&authToken={token}")).unwrap()
    };
    let right = auth_token::canonical(&parameters);
    let time = "20240529162640123";
    assert_eq!(found(KEY, "", &right).mistakes, [Mistake::KeyWithoutTimeStamp]);
    assert_eq!(found(&format!("{time}{KEY}"), "", &right).mistakes, [Mistake::TimeStampInFront]);
    assert_eq!(found(KEY, time, &right.replace(' ', "%20").replace('+', "%2B")).mistakes, [Mistake::NotDecoded]);
    assert_eq!(found(KEY, time, &right.replace('+', " ")).mistakes, [Mistake::PlusAsBlank]);
    assert_eq!(found(KEY, time, &right.replace("&testFlag=1", "")).mistakes, [Mistake::TestFlagLeftOut]);
    let without_case = "activity=newInstance&testFlag=1&timeStamp=20240529162640123&Zone=a b+c";
    let sorted = found(KEY, time, without_case);
    assert_eq!(sorted.mistakes, [Mistake::SortedWithoutCase]);
    assert_eq!(sorted.canonical_at, Some(0));
    assert!(found("another key", time, &right).mistakes.is_empty());
    assert_eq!(of_token(&[KEY], wire), None);
}

#[test]
fn a_habit_is_what_a_server_with_that_mistake_accepts() {
    let habits = habits_of_request(KEY, "N1", "1717000000000", BODY.as_bytes());
    assert!(habits.len() > 8);
    for habit in habits {
        assert_eq!(diagnose(&habit.signature).mistakes, [habit.mistake]);
    }
    let parameters: Parameters = [("Zone", "a b"), ("name", "1"), ("timeStamp", "20240529162640123")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let url = auth_token::signed_url("https://s.example/p", KEY, &parameters).unwrap();
    let (wire, _) = url.split_once('?').unwrap().1.rsplit_once('&').unwrap();
    let habits = habits_of_token(KEY, wire);
    assert!(habits.len() > 4);
    for habit in habits {
        let query = format!("{wire}&authToken={}", crate::query::encode(&habit.signature));
        assert_eq!(of_token(&[KEY], &query).unwrap().mistakes, [habit.mistake]);
    }
    assert_eq!(habits_of_token(KEY, "a=%"), []);
}
