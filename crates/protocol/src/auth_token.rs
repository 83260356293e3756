//! The request token `authToken` of the GET families (3.2, D-11, D-12).

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use crate::hmac256::hmac_sha256;
use crate::query::{self, QueryProblem};
use crate::times;

/// Name of the token's parameter.
pub const TOKEN: &str = "authToken";
/// Name of the parameter whose value is appended to the key.
pub const TIME_STAMP: &str = "timeStamp";

/// Largest difference, in milliseconds, between `timeStamp` and the seller's clock (D-12).
pub const WINDOW_MS: i64 = 5 * 60_000;

/// Decoded parameters by name, in the byte order of their names.
pub type Parameters = BTreeMap<String, String>;

/// `name1=value1&name2=value2…` of decoded parameters in the order given.
pub fn join<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut joined = String::new();
    for (name, value) in pairs {
        if !joined.is_empty() {
            joined.push('&');
        }
        joined.push_str(name);
        joined.push('=');
        joined.push_str(value);
    }
    joined
}

/// The text that is signed: all parameters except `authToken`, sorted, with decoded values.
pub fn canonical(parameters: &Parameters) -> String {
    let signed = parameters.iter().filter(|(name, _)| name.as_str() != TOKEN);
    join(signed.map(|(name, value)| (name.as_str(), value.as_str())))
}

/// The token over a joined string: Base64 of HMAC-SHA256 with the key `key ‖ time_stamp`.
pub fn token_of(key: &str, time_stamp: &str, joined: &str) -> String {
    STANDARD.encode(mac(key, time_stamp, joined))
}

fn mac(key: &str, time_stamp: &str, joined: &str) -> [u8; 32] {
    hmac_sha256(&[key.as_bytes(), time_stamp.as_bytes()].concat(), &[joined.as_bytes()])
}

/// The token of parameters that hold `timeStamp`.
pub fn token(key: &str, parameters: &Parameters) -> String {
    let time_stamp = parameters.get(TIME_STAMP).map(String::as_str).unwrap_or_default();
    token_of(key, time_stamp, &canonical(parameters))
}

/// Why an address cannot carry a GET call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressProblem {
    /// The query of the address cannot be read.
    #[error("the query of the address: {0}")]
    Query(#[from] QueryProblem),
    /// A parameter of the call stands in the address already.
    #[error("the address holds the parameter {0:?} already")]
    Taken(String),
}

/// `address` with the parameters sorted, percent-encoded, and `authToken` last.
///
/// A parameter without a value is left out (D-11). Parameters that stand in the address already
/// are signed too, because the seller's program cannot tell them from ours; a fragment is dropped.
///
/// # Errors
/// [`AddressProblem`]
pub fn signed_url(address: &str, key: &str, parameters: &Parameters) -> Result<String, AddressProblem> {
    let address = address.split_once('#').map_or(address, |(before, _)| before);
    let sent: Vec<(&String, &String)> =
        parameters.iter().filter(|(name, value)| name.as_str() != TOKEN && !value.is_empty()).collect();
    let mut signed: Parameters = sent.iter().map(|(name, value)| ((*name).clone(), (*value).clone())).collect();
    let (joint, own) = match address.split_once('?') {
        None => ("?", ""),
        Some((_, own)) if own.is_empty() || own.ends_with('&') => ("", own),
        Some((_, own)) => ("&", own),
    };
    for (name, value) in query::decode(own)? {
        if name == TOKEN || signed.contains_key(&name) {
            return Err(AddressProblem::Taken(name));
        }
        signed.insert(name, value);
    }
    let mut url = format!("{address}{joint}");
    for (name, value) in sent {
        url.push_str(&format!("{}={}&", query::encode(name), query::encode(value)));
    }
    url.push_str(&format!("{TOKEN}={}", query::encode(&token(key, &signed))));
    Ok(url)
}

/// Why a GET call is refused. A seller answers every one with result code `000001`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The query string cannot be read or repeats a parameter.
    #[error(transparent)]
    Query(#[from] QueryProblem),
    /// `authToken` or `timeStamp` is absent.
    #[error("authToken or timeStamp is missing")]
    Missing,
    /// `timeStamp` is not 17 digits in UTC.
    #[error("timeStamp is malformed")]
    BadTimestamp,
    /// `authToken` is not Base64 of 32 bytes.
    #[error("authToken is malformed")]
    BadToken,
    /// The token belongs to another key or other parameters.
    #[error("authToken does not match")]
    Mismatch,
    /// A value could have been cut from several parameters, which have the same joined string.
    #[error("the value of {0} holds another parameter")]
    Ambiguous(String),
    /// The token matches, but the time is too far from the clock.
    #[error("timeStamp is outside of the window of 5 minutes")]
    OutsideWindow,
}

/// A verified GET call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The decoded parameters without `authToken`.
    pub parameters: Parameters,
    /// `timeStamp` in UNIX milliseconds.
    pub time_ms: i64,
}

/// Verifies a raw query string (without `?`) at the time `now_ms` (UNIX milliseconds).
///
/// `known` are the parameter names of the family. The joined string does not tell `a=1&b=2` from
/// `a` with the value `1&b=2`, so a value that holds one of them in this way is refused.
///
/// # Errors
/// The first [`Refusal`] that applies.
pub fn verify(key: &str, query: &str, known: &[&str], now_ms: i64) -> Result<Accepted, Refusal> {
    let mut parameters: Parameters = query::decode(query)?.into_iter().collect();
    let token = parameters.remove(TOKEN).ok_or(Refusal::Missing)?;
    let time_stamp = parameters.get(TIME_STAMP).ok_or(Refusal::Missing)?;
    let time_ms = times::parse_time_stamp(time_stamp).ok_or(Refusal::BadTimestamp)?;
    let given = STANDARD.decode(&token).map_err(|_| Refusal::BadToken)?;
    if given.len() != 32 {
        return Err(Refusal::BadToken);
    }
    let expected = mac(key, time_stamp, &canonical(&parameters));
    if !bool::from(expected.as_slice().ct_eq(&given)) {
        return Err(Refusal::Mismatch);
    }
    let holds_another = |value: &str| {
        let names = value.split('&').skip(1).filter_map(|part| part.split_once('='));
        names.into_iter().any(|(name, _)| known.contains(&name))
    };
    if let Some((name, _)) = parameters.iter().find(|(_, value)| holds_another(value)) {
        return Err(Refusal::Ambiguous(name.clone()));
    }
    if now_ms.abs_diff(time_ms) > WINDOW_MS.unsigned_abs() {
        return Err(Refusal::OutsideWindow);
    }
    Ok(Accepted { parameters, time_ms })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "3f2c0e6a-54f5-4c5e-9d0e-0d3a8a2d6c11";
    const NOW: i64 = 1_717_000_000_123;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        let time = times::time_stamp_from_unix_ms(NOW).unwrap();
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        pairs.chain([(TIME_STAMP.to_owned(), time)]).collect()
    }

    fn query(url: &str) -> &str {
        url.split_once('?').unwrap().1
    }

    #[test]
    fn sorts_by_bytes_and_leaves_the_token_and_empty_values_out() {
        let given = parameters(&[("b", "2"), ("a", "云 +/="), ("B", "1"), ("authToken", "x"), ("empty", "")]);
        assert_eq!(canonical(&given), "B=1&a=云 +/=&b=2&empty=&timeStamp=20240529162640123");
        let url = signed_url("https://s.example/p", KEY, &given).unwrap();
        let without = parameters(&[("b", "2"), ("a", "云 +/="), ("B", "1")]);
        let token = query::encode(&token(KEY, &without));
        assert_eq!(
            url,
            format!(
                "https://s.example/p?B=1&a=%E4%BA%91%20%2B%2F%3D&b=2&timeStamp=20240529162640123&authToken={token}"
            )
        );
    }

    #[test]
    fn parameters_of_the_address_are_signed_too() {
        let given = parameters(&[("activity", "newInstance")]);
        for address in ["https://s.example/p?z=a%20b", "https://s.example/p?z=a%20b&", "https://s.example/p?z=a%20b#f"]
        {
            let url = signed_url(address, KEY, &given).unwrap();
            let accepted = verify(KEY, query(&url), &[], NOW).unwrap();
            assert_eq!(accepted.parameters["z"], "a b");
        }
        for taken in ["activity=x", "authToken=x", "z=1&z=2", "z=%"] {
            assert!(signed_url(&format!("https://s.example/p?{taken}"), KEY, &given).is_err(), "{taken}");
        }
    }

    #[test]
    fn names_the_reason() {
        let url = signed_url("https://s.example/p", KEY, &parameters(&[("a", "1")])).unwrap();
        let good = query(&url);
        let check = |query: &str| verify(KEY, query, &[], NOW).unwrap_err();
        assert_eq!(check(good.rsplit_once('&').unwrap().0), Refusal::Missing);
        assert_eq!(check("authToken=x"), Refusal::Missing);
        assert_eq!(check("timeStamp=1&authToken=x"), Refusal::BadTimestamp);
        assert_eq!(check(&format!("{good}x")), Refusal::BadToken);
        assert_eq!(check(&good.replace("a=1", "a=2")), Refusal::Mismatch);
        assert_eq!(check(&format!("{good}&a=1")), Refusal::Query(QueryProblem::Repeated("a".to_owned())));
        assert_eq!(verify("other", good, &[], NOW), Err(Refusal::Mismatch));
        for far in [-WINDOW_MS - 1, WINDOW_MS + 1] {
            assert_eq!(verify(KEY, good, &[], NOW + far), Err(Refusal::OutsideWindow));
        }
        for near in [-WINDOW_MS, WINDOW_MS] {
            assert!(verify(KEY, good, &[], NOW + near).is_ok());
        }
    }

    #[test]
    fn a_parameter_cannot_hide_in_the_value_of_another() {
        let url =
            signed_url("https://s.example/p", KEY, &parameters(&[("orderId", "CS1"), ("productId", "p")])).unwrap();
        let hidden = query(&url).replace("&productId=p", "%26productId%3Dp");
        assert_eq!(verify(KEY, &hidden, &["orderId", "productId"], NOW), Err(Refusal::Ambiguous("orderId".to_owned())));
        let harmless = signed_url("https://s.example/p", KEY, &parameters(&[("customerName", "A&B=C")])).unwrap();
        assert!(verify(KEY, query(&harmless), &["orderId"], NOW).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn accepts_what_was_signed(key in ".{0,80}", pairs in prop::collection::btree_map("[a-zA-Z]{1,9}", ".{1,20}", 0..6)) {
            let mut given = parameters(&[]);
            given.extend(pairs.into_iter().filter(|(name, _)| name != TIME_STAMP && name != TOKEN));
            let url = signed_url("https://s.example/p", &key, &given).unwrap();
            prop_assert!(url.is_ascii() && !url.contains('+'));
            prop_assert_eq!(verify(&key, query(&url), &[], NOW).map(|a| a.parameters), Ok(given));
        }

        #[test]
        fn refuses_every_single_bit_change_that_means_something(value in ".{1,20}", name in "[a-z]{1,6}") {
            let given = parameters(&[(&name, &value)]);
            let url = signed_url("https://s.example/p", KEY, &given).unwrap();
            let good = query(&url);
            let read = |query: &str| query::decode(query).ok().map(|pairs| pairs.into_iter().collect::<Parameters>());
            for bit in 0..good.len() * 8 {
                let mut bytes = good.as_bytes().to_vec();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let Ok(changed) = String::from_utf8(bytes) else { continue };
                // The case of hex digits in escapes carries no meaning.
                let same = read(&changed) == read(good);
                prop_assert_eq!(verify(KEY, &changed, &[], NOW).is_ok(), same, "{}", changed);
            }
        }
    }
}
