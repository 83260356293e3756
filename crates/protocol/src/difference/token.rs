//! Request tokens of SaaS 1.0 (3.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Attempt, Habit, Mistake, SignatureDifference, habits};
use crate::auth_token::{self, TIME_STAMP, TOKEN};
use crate::hmac256::hmac_sha256;
use crate::query;

/// How the `authToken` in a raw query string (without `?`) differs from ours.
///
/// `keys` are the enabled keys, the one we sign with first. `None` when the query cannot be read,
/// holds no token, or there is no key.
pub fn of_token(keys: &[&str], query: &str) -> Option<SignatureDifference> {
    let pairs = query::decode(query).ok()?;
    let presented = pairs.iter().find(|(name, _)| name == TOKEN)?.1.clone();
    let signed = without_token(pairs);
    let time = time_of(&signed);
    let key = keys.first()?;
    let ours = Attempt {
        canonical: joined(&sorted(&signed)),
        signature: auth_token::token_of(key, time, &joined(&sorted(&signed))),
        mistakes: Vec::new(),
    };
    Some(SignatureDifference::find(ours, &presented, str::eq, attempts(keys, query, &signed)))
}

/// What servers with one usual mistake accept as `authToken` of a raw query string (without `?`);
/// none when the query cannot be read.
pub fn habits_of_token(key: &str, query: &str) -> Vec<Habit> {
    match query::decode(query) {
        Ok(pairs) => habits(attempts(&[key], query, &without_token(pairs))),
        Err(_) => Vec::new(),
    }
}

fn without_token(pairs: Pairs) -> Pairs {
    pairs.into_iter().filter(|(name, _)| name != TOKEN).collect()
}

fn time_of(signed: &Pairs) -> &str {
    signed.iter().find(|(name, _)| name == TIME_STAMP).map(|(_, value)| value.as_str()).unwrap_or_default()
}

fn attempts(keys: &[&str], query: &str, signed: &Pairs) -> Vec<Attempt> {
    let time = time_of(signed);
    let mut attempts = Vec::new();
    for (at, key) in keys.iter().enumerate() {
        let other = (at > 0).then_some(Mistake::OtherKey);
        for (reading, pairs) in readings(query, signed) {
            for (order, pairs) in orders(&pairs) {
                let canonical = joined(&pairs);
                for (ending, signature) in tokens(key, time, &canonical) {
                    let mut mistakes: Vec<Mistake> = [other, reading, order].into_iter().flatten().collect();
                    mistakes.extend(ending);
                    attempts.push(Attempt { canonical: canonical.clone(), signature, mistakes });
                }
            }
        }
    }
    attempts
}

type Pairs = Vec<(String, String)>;

fn readings(query: &str, decoded: &Pairs) -> Vec<(Option<Mistake>, Pairs)> {
    let raw = query.split('&').filter_map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name != TOKEN && !name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
    });
    let blanks = decoded.iter().map(|(name, value)| (name.clone(), value.replace('+', " ")));
    let without_flag = decoded.iter().filter(|(name, _)| name != "testFlag");
    vec![
        (None, decoded.clone()),
        (Some(Mistake::NotDecoded), raw.collect()),
        (Some(Mistake::PlusAsBlank), blanks.collect()),
        (Some(Mistake::TestFlagLeftOut), without_flag.cloned().collect()),
    ]
}

fn orders(pairs: &Pairs) -> Vec<(Option<Mistake>, Pairs)> {
    let mut without_case = pairs.clone();
    without_case.sort_by_key(|(name, _)| name.to_lowercase());
    vec![
        (None, sorted(pairs)),
        (Some(Mistake::SortedWithoutCase), without_case),
        (Some(Mistake::Unsorted), pairs.clone()),
    ]
}

fn sorted(pairs: &Pairs) -> Pairs {
    let mut sorted = pairs.clone();
    sorted.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    sorted
}

fn joined(pairs: &Pairs) -> String {
    auth_token::join(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn tokens(key: &str, time: &str, canonical: &str) -> Vec<(Vec<Mistake>, String)> {
    let mut tokens = Vec::new();
    for (mistake, key) in [
        (None, format!("{key}{time}")),
        (Some(Mistake::KeyWithoutTimeStamp), key.to_owned()),
        (Some(Mistake::TimeStampInFront), format!("{time}{key}")),
    ] {
        let mac = hmac_sha256(key.as_bytes(), &[canonical.as_bytes()]);
        for (ending, text) in [
            (None, STANDARD.encode(mac)),
            (Some(Mistake::SignatureHex), hex::encode(mac)),
            (Some(Mistake::SignatureHex), hex::encode_upper(mac)),
        ] {
            tokens.push((mistake.into_iter().chain(ending).collect(), text));
        }
    }
    tokens
}
