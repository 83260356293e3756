//! Request signature of the POST families (3.1, D-05 … D-10).

use subtle::ConstantTimeEq;

use crate::hmac256::hmac_sha256;

/// Largest difference, in milliseconds, between `timestamp` and the verifier's clock.
pub const WINDOW_MS: i64 = 60_000;

/// Longest nonce in characters that a seller must accept (D-10).
pub const NONCE_MAX: usize = 64;

/// The upper-case hex signature over exactly the bytes that are sent.
///
/// `access_key` is used as UTF-8 text (D-01), `timestamp_ms` is UNIX time in milliseconds (D-05).
pub fn sign(access_key: &str, nonce: &str, timestamp_ms: i64, payload: &[u8]) -> String {
    hex::encode_upper(signature_bytes(access_key, nonce, timestamp_ms, payload))
}

fn signature_bytes(access_key: &str, nonce: &str, timestamp_ms: i64, payload: &[u8]) -> [u8; 32] {
    let key = access_key.as_bytes();
    let payload_hash = hex::encode(hmac_sha256(key, &[payload]));
    hmac_sha256(key, &[key, nonce.as_bytes(), timestamp_ms.to_string().as_bytes(), payload_hash.as_bytes()])
}

/// Whether `nonce` has the accepted form: 1 to 64 characters of `[A-Za-z0-9]` (D-10).
pub fn is_nonce(nonce: &str) -> bool {
    (1..=NONCE_MAX).contains(&nonce.len()) && nonce.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The form in which the marketplace sends a nonce: 64 upper-case hex characters of 32 random
/// bytes drawn by the caller (D-10).
pub fn nonce_from_bytes(random: &[u8; 32]) -> String {
    hex::encode_upper(random)
}

/// `address` with `signature`, `timestamp` and `nonce` appended in the order of the wire.
///
/// `&` joins them when the address already has a query (D-02); a fragment is dropped because it
/// is never sent.
pub fn signed_url(address: &str, access_key: &str, nonce: &str, timestamp_ms: i64, payload: &[u8]) -> String {
    let address = address.split_once('#').map_or(address, |(before, _)| before);
    let joint = match address.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let signature = sign(access_key, nonce, timestamp_ms, payload);
    format!("{address}{joint}signature={signature}&timestamp={timestamp_ms}&nonce={nonce}")
}

/// The three parameters as a seller finds them in the query string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    /// `signature`, hex in either case; `None` when absent.
    pub signature: Option<String>,
    /// `timestamp`, decimal milliseconds; `None` when absent.
    pub timestamp: Option<String>,
    /// `nonce`; `None` when absent.
    pub nonce: Option<String>,
}

impl Presented {
    /// Picks the parameters out of a raw query string (without `?`); other parameters are ignored.
    ///
    /// # Errors
    /// [`Refusal::Repeated`] when one of the three occurs twice, because the readers on the way
    /// might disagree about which one counts.
    pub fn from_query(query: &str) -> Result<Self, Refusal> {
        let mut presented = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.as_ref() {
                "signature" => &mut presented.signature,
                "timestamp" => &mut presented.timestamp,
                "nonce" => &mut presented.nonce,
                _ => continue,
            };
            if slot.replace(value.into_owned()).is_some() {
                return Err(Refusal::Repeated);
            }
        }
        Ok(presented)
    }
}

/// Why a signed request is refused. A seller answers every one with result code `000001`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One of the three parameters is absent.
    #[error("signature, timestamp or nonce is missing")]
    Missing,
    /// One of the three parameters occurs more than once.
    #[error("signature, timestamp or nonce occurs twice")]
    Repeated,
    /// The nonce does not have the accepted form.
    #[error("the nonce is malformed")]
    BadNonce,
    /// The timestamp is not plain decimal digits.
    #[error("the timestamp is malformed")]
    BadTimestamp,
    /// The signature is not 64 hex characters.
    #[error("the signature is malformed")]
    BadSignature,
    /// The signature belongs to another key, body, nonce or timestamp.
    #[error("the signature does not match")]
    Mismatch,
    /// The signature matches, but the timestamp is too far from the clock.
    #[error("the timestamp is outside of the window of 60 seconds")]
    OutsideWindow,
}

/// A verified request's nonce and time, for the seller's nonce cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The nonce; the seller refuses it when it comes again.
    pub nonce: String,
    /// The time of signing in UNIX milliseconds.
    pub timestamp_ms: i64,
}

/// Verifies a request over its raw body bytes at the time `now_ms` (UNIX milliseconds).
///
/// The comparison takes constant time and ignores the case of the hex digits. The signature is
/// checked before the window, so that a stranger learns nothing about the clock.
///
/// # Errors
/// The first [`Refusal`] that applies.
pub fn verify(access_key: &str, presented: &Presented, payload: &[u8], now_ms: i64) -> Result<Accepted, Refusal> {
    let (Some(signature), Some(timestamp), Some(nonce)) =
        (&presented.signature, &presented.timestamp, &presented.nonce)
    else {
        return Err(Refusal::Missing);
    };
    if !is_nonce(nonce) {
        return Err(Refusal::BadNonce);
    }
    let timestamp_ms = parse_timestamp(timestamp).ok_or(Refusal::BadTimestamp)?;
    let mut given = [0_u8; 32];
    hex::decode_to_slice(signature, &mut given).map_err(|_| Refusal::BadSignature)?;
    let expected = signature_bytes(access_key, nonce, timestamp_ms, payload);
    if !bool::from(expected.ct_eq(&given)) {
        return Err(Refusal::Mismatch);
    }
    if now_ms.abs_diff(timestamp_ms) > WINDOW_MS.unsigned_abs() {
        return Err(Refusal::OutsideWindow);
    }
    Ok(Accepted { nonce: nonce.clone(), timestamp_ms })
}

/// Digits only and no leading zero: one text per number, or digits could wander between the nonce
/// and the timestamp, which are signed without a separator.
fn parse_timestamp(text: &str) -> Option<i64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "3f2c0e6a-54f5-4c5e-9d0e-0d3a8a2d6c11";
    const NOW: i64 = 1_717_000_000_000;

    fn presented(nonce: &str, at: i64, body: &[u8]) -> Presented {
        let url = signed_url("https://seller.example/saas", KEY, nonce, at, body);
        Presented::from_query(url.split_once('?').unwrap().1).unwrap()
    }

    #[test]
    fn appends_to_every_kind_of_address() {
        let tail = format!("signature={}&timestamp=5&nonce=N", sign(KEY, "N", 5, b"{}"));
        for (address, expected) in [
            ("https://a.example/x", "https://a.example/x?"),
            ("https://a.example/x?", "https://a.example/x?"),
            ("https://a.example/x?y=1", "https://a.example/x?y=1&"),
            ("https://a.example/x?y=1&", "https://a.example/x?y=1&"),
            ("https://a.example/x?y=1#z?", "https://a.example/x?y=1&"),
            ("https://a.example/x#z?y", "https://a.example/x?"),
        ] {
            assert_eq!(signed_url(address, KEY, "N", 5, b"{}"), format!("{expected}{tail}"));
        }
    }

    #[test]
    fn window_is_sixty_seconds_on_both_sides() {
        let p = presented("N1", NOW, b"{}");
        for offset in [-WINDOW_MS, 0, WINDOW_MS] {
            assert!(verify(KEY, &p, b"{}", NOW + offset).is_ok());
        }
        for offset in [-WINDOW_MS - 1, WINDOW_MS + 1] {
            assert_eq!(verify(KEY, &p, b"{}", NOW + offset), Err(Refusal::OutsideWindow));
        }
    }

    #[test]
    fn names_the_reason() {
        let good = presented("N1", NOW, b"{}");
        let check = |change: &dyn Fn(&mut Presented)| {
            let mut p = good.clone();
            change(&mut p);
            verify(KEY, &p, b"{}", NOW)
        };
        assert_eq!(check(&|p| p.nonce = None), Err(Refusal::Missing));
        assert_eq!(check(&|p| p.signature = None), Err(Refusal::Missing));
        assert_eq!(check(&|p| p.timestamp = None), Err(Refusal::Missing));
        for nonce in ["", "a-b", "云", &"a".repeat(65)] {
            assert_eq!(check(&|p| p.nonce = Some(nonce.into())), Err(Refusal::BadNonce));
        }
        for ts in ["", "+1", "-1", "01", "1e3", "99999999999999999999", "１"] {
            let result = check(&|p| p.timestamp = Some(ts.into()));
            assert_eq!(result, Err(Refusal::BadTimestamp), "{ts}");
        }
        for signature in ["", "zz", &"A".repeat(63), &"A".repeat(66)] {
            let result = check(&|p| p.signature = Some(signature.into()));
            assert_eq!(result, Err(Refusal::BadSignature));
        }
        assert_eq!(verify("other", &good, b"{}", NOW), Err(Refusal::Mismatch));
        assert_eq!(Presented::from_query("nonce=a&nonce=a"), Err(Refusal::Repeated));
    }

    #[test]
    fn case_of_the_signature_does_not_matter() {
        let mut p = presented("N1", NOW, b"{}");
        p.signature = p.signature.map(|s| s.to_ascii_lowercase());
        assert!(verify(KEY, &p, b"{}", NOW).is_ok());
    }

    fn flip(bytes: &[u8], bit: usize) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    }

    /// Every single-bit change of `text` that is still UTF-8 and not only a change of letter case.
    fn flipped_texts(text: &str) -> Vec<String> {
        (0..text.len() * 8).filter_map(|bit| String::from_utf8(flip(text.as_bytes(), bit)).ok()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn accepts_what_was_signed(key in ".{1,80}", nonce in "[A-Za-z0-9]{1,64}",
                                   body in prop::collection::vec(any::<u8>(), 0..200),
                                   at in 1_i64..4_000_000_000_000) {
            let url = signed_url("https://s.example/p?x=1", &key, &nonce, at, &body);
            let p = Presented::from_query(url.split_once('?').unwrap().1).unwrap();
            prop_assert_eq!(verify(&key, &p, &body, at), Ok(Accepted { nonce, timestamp_ms: at }));
        }

        #[test]
        fn refuses_every_single_bit_change(nonce in "[A-Za-z0-9]{1,64}",
                                           body in prop::collection::vec(any::<u8>(), 1..40)) {
            let good = presented(&nonce, NOW, &body);
            for bit in 0..body.len() * 8 {
                prop_assert_eq!(verify(KEY, &good, &flip(&body, bit), NOW), Err(Refusal::Mismatch));
            }
            for changed in flipped_texts(&nonce) {
                let p = Presented { nonce: Some(changed), ..good.clone() };
                prop_assert!(verify(KEY, &p, &body, NOW).is_err());
            }
            for changed in flipped_texts(&NOW.to_string()) {
                let p = Presented { timestamp: Some(changed), ..good.clone() };
                prop_assert!(verify(KEY, &p, &body, NOW).is_err());
            }
            let signature = good.signature.clone().unwrap();
            for changed in flipped_texts(&signature) {
                let same_digits = changed.eq_ignore_ascii_case(&signature);
                let p = Presented { signature: Some(changed), ..good.clone() };
                prop_assert_eq!(verify(KEY, &p, &body, NOW).is_ok(), same_digits);
            }
        }
    }
}
