//! Request signatures of the POST families (3.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Attempt, Habit, KEY_MASK, LIMIT, Mistake, SignatureDifference, habits, rewritten};
use crate::hmac256::hmac_sha256;
use crate::signature::Presented;

/// How a signature that was presented for `payload` differs from ours.
///
/// `keys` are the enabled keys, the one we sign with first. `None` when a parameter is missing or
/// there is no key, because then there is nothing to compare.
pub fn of_request(keys: &[&str], presented: &Presented, payload: &[u8]) -> Option<SignatureDifference> {
    let (signature, timestamp, nonce) =
        (presented.signature.as_ref()?, presented.timestamp.as_ref()?, presented.nonce.as_ref()?);
    let key = keys.first()?;
    let hash = hex::encode(hmac_sha256(key.as_bytes(), &[payload]));
    let ours = attempt(key, format!("{nonce}{timestamp}{hash}"), true, false, Vec::new());
    let attempts = attempts(keys, nonce, timestamp, payload);
    Some(SignatureDifference::find(ours, signature, str::eq_ignore_ascii_case, attempts))
}

/// What servers with one usual mistake accept for `payload`; `timestamp` as it stands in the query.
pub fn habits_of_request(key: &str, nonce: &str, timestamp: &str, payload: &[u8]) -> Vec<Habit> {
    habits(attempts(&[key], nonce, timestamp, payload))
}

fn attempts(keys: &[&str], nonce: &str, timestamp: &str, payload: &[u8]) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    if payload.len() > LIMIT {
        return attempts;
    }
    for (at, key) in keys.iter().enumerate() {
        let other = (at > 0).then_some(Mistake::OtherKey);
        for (rewrite, body) in rewritten(payload) {
            for (hashing, hash) in hashes(key, &body) {
                let mistakes: Vec<Mistake> = [other, rewrite, hashing].into_iter().flatten().collect();
                attempts.extend(endings(key, nonce, timestamp, &hash, &mistakes));
            }
        }
    }
    attempts
}

fn hashes(key: &str, body: &[u8]) -> Vec<(Option<Mistake>, String)> {
    let keyed = hmac_sha256(key.as_bytes(), &[body]);
    let plain = Sha256::digest(body);
    vec![
        (None, hex::encode(keyed)),
        (Some(Mistake::HashUpperCase), hex::encode_upper(keyed)),
        (Some(Mistake::HashBase64), STANDARD.encode(keyed)),
        (Some(Mistake::HashWithoutKey), hex::encode(plain)),
        (Some(Mistake::HashWithoutKey), hex::encode_upper(plain)),
        (Some(Mistake::PayloadNotHashed), String::from_utf8_lossy(body).into_owned()),
    ]
}

fn endings(key: &str, nonce: &str, timestamp: &str, hash: &str, mistakes: &[Mistake]) -> Vec<Attempt> {
    let mut times = vec![(None, timestamp)];
    if let Some(seconds) = timestamp.len().checked_sub(3).and_then(|end| timestamp.get(..end)) {
        times.push((Some(Mistake::Seconds), seconds));
    }
    let mut attempts = Vec::new();
    for (unit, time) in times {
        let orders = [
            (None, true, format!("{nonce}{time}{hash}")),
            (Some(Mistake::NonceAfterTimestamp), true, format!("{time}{nonce}{hash}")),
            (Some(Mistake::KeyNotInFront), false, format!("{nonce}{time}{hash}")),
        ];
        for (order, key_in_front, rest) in orders {
            for base64 in [false, true] {
                let ending = base64.then_some(Mistake::SignatureBase64);
                let all = mistakes.iter().copied().chain([unit, order, ending].into_iter().flatten());
                attempts.push(attempt(key, rest.clone(), key_in_front, base64, all.collect()));
            }
        }
    }
    attempts
}

fn attempt(key: &str, rest: String, key_in_front: bool, base64: bool, mistakes: Vec<Mistake>) -> Attempt {
    let front = if key_in_front { key } else { "" };
    let mac = hmac_sha256(key.as_bytes(), &[front.as_bytes(), rest.as_bytes()]);
    let mask = if mistakes.contains(&Mistake::OtherKey) { "<other access key>" } else { KEY_MASK };
    let canonical = if key_in_front { format!("{mask}{rest}") } else { rest };
    let signature = if base64 { STANDARD.encode(mac) } else { hex::encode_upper(mac) };
    Attempt { canonical, signature, mistakes }
}
