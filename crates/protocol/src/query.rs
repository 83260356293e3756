//! Query strings as the GET families write and read them (D-11).

use std::collections::HashSet;

/// Why a query string cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryProblem {
    /// A `%` without two hex digits behind it.
    #[error("the query string holds a broken percent escape")]
    BrokenEscape,
    /// The decoded bytes are not UTF-8.
    #[error("the query string is not UTF-8")]
    NotUtf8,
    /// A parameter occurs twice, so that readers on the way might disagree.
    #[error("the parameter {0:?} occurs twice")]
    Repeated(String),
}

/// Percent-encodes every byte of the UTF-8 text outside `A–Z a–z 0–9 - _ . ~`; a blank is `%20`.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out
}

const HEX: [u8; 16] = *b"0123456789ABCDEF";

/// Reads a raw query string (without `?`) in its order; `+` is a blank, as servers read it.
///
/// Empty parts between `&` are skipped. Unlike lenient readers this refuses what is not UTF-8:
/// two different addresses must never be read as the same parameters, or one signature would
/// cover both.
///
/// # Errors
/// [`QueryProblem`]
pub fn decode(query: &str) -> Result<Vec<(String, String)>, QueryProblem> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut known = HashSet::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let (name, value) = (decode_text(name)?, decode_text(value)?);
        if !known.insert(name.clone()) {
            return Err(QueryProblem::Repeated(name.chars().take(64).collect()));
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

fn decode_text(text: &str) -> Result<String, QueryProblem> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
                let (high, low) = (digit(rest.next()), digit(rest.next()));
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(QueryProblem::BrokenEscape);
                };
                u8::try_from(high * 16 + low).map_err(|_| QueryProblem::BrokenEscape)?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| QueryProblem::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn encodes_everything_but_the_unreserved() {
        assert_eq!(encode("aZ09-_.~ +/=&%云"), "aZ09-_.~%20%2B%2F%3D%26%25%E4%BA%91");
    }

    #[test]
    fn reads_in_order_and_refuses_what_is_unclear() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(decode("b=1&a=%2b+c&&d"), Ok(vec![pair("b", "1"), pair("a", "+ c"), pair("d", "")]));
        assert_eq!(decode(""), Ok(vec![]));
        for bad in ["a=%", "a=%4", "a=%zz", "a=%+1"] {
            assert_eq!(decode(bad), Err(QueryProblem::BrokenEscape), "{bad}");
        }
        assert_eq!(decode("a=%FF"), Err(QueryProblem::NotUtf8));
        assert_eq!(decode("a=1&%61=1"), Err(QueryProblem::Repeated("a".to_owned())));
    }

    proptest! {
        #[test]
        fn every_text_comes_back(name in ".{1,20}", value in ".{0,60}") {
            let query = format!("{}={}", encode(&name), encode(&value));
            prop_assert_eq!(decode(&query), Ok(vec![(name, value)]));
        }

        #[test]
        fn never_panics(query in ".{0,80}") {
            let _ = decode(&query);
        }
    }
}
