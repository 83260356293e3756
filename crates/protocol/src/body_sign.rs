//! The `Body-Sign` header of an answer (3.3, D-13, D-14).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use crate::difference::{self, SignatureDifference};
use crate::hmac256::hmac_sha256;

/// The header's name; HTTP compares it without regard to case (D-14).
pub const HEADER: &str = "Body-Sign";

const SIGN_TYPE: &str = "HMAC-SHA256";

/// Whether an answer without the header is acceptable (D-13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum BodySignMode {
    /// Absent is fine; present is verified, and a wrong value fails the call.
    #[default]
    Optional,
    /// Absent fails the call.
    Required,
}

/// Why an answer's `Body-Sign` fails the call. The texts follow the original debugging page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodySignProblem {
    /// The header is absent although it is required.
    #[error("http header->bodySign is empty")]
    Missing,
    /// The header does not have the form `sign_type="…", signature="…"`.
    #[error("http header->bodySign is malformed")]
    Malformed,
    /// `sign_type` is something else, or the signature is empty.
    #[error("sign_type is not equals HMAC-SHA256 or signature is empty")]
    SignType,
    /// No enabled key gives this signature over the body.
    #[error("signature of the body does not match")]
    Mismatch,
}

/// The header's value for `body`, the complete body as sent.
pub fn build(key: &str, body: &[u8]) -> String {
    let signature = STANDARD.encode(hmac_sha256(key.as_bytes(), &[body]));
    format!("sign_type=\"{SIGN_TYPE}\", signature= \"{signature}\"")
}

/// Checks the header against every enabled key (D-01).
///
/// # Errors
/// The first [`BodySignProblem`] that applies; an absent header only under
/// [`BodySignMode::Required`].
pub fn check(header: Option<&str>, body: &[u8], keys: &[&str], mode: BodySignMode) -> Result<(), BodySignProblem> {
    let Some(header) = header else {
        return match mode {
            BodySignMode::Optional => Ok(()),
            BodySignMode::Required => Err(BodySignProblem::Missing),
        };
    };
    let (sign_type, signature) = parse(header).ok_or(BodySignProblem::Malformed)?;
    if sign_type != SIGN_TYPE || signature.is_empty() {
        return Err(BodySignProblem::SignType);
    }
    let given = STANDARD.decode(signature).map_err(|_| BodySignProblem::Mismatch)?;
    let matched = keys.iter().fold(subtle::Choice::from(0), |found, key| {
        found | hmac_sha256(key.as_bytes(), &[body]).as_slice().ct_eq(&given)
    });
    if matched.into() { Ok(()) } else { Err(BodySignProblem::Mismatch) }
}

/// Both sides of a well-formed header that does not match; `None` when the header is malformed or
/// there is no key. See [`crate::difference`].
pub fn difference(header: &str, body: &[u8], keys: &[&str]) -> Option<SignatureDifference> {
    let (_, signature) = parse(header)?;
    difference::of_body_sign(signature, body, keys)
}

/// Reads both quoted values with white space allowed anywhere between the tokens, in either order.
fn parse(header: &str) -> Option<(&str, &str)> {
    let mut sign_type = None;
    let mut signature = None;
    let mut rest = header;
    loop {
        let (name, after) = rest.split_once('=')?;
        let quoted = after.trim_start().strip_prefix('"')?;
        let (value, after) = quoted.split_once('"')?;
        let slot = match name.trim() {
            "sign_type" => &mut sign_type,
            "signature" => &mut signature,
            _ => return None,
        };
        if slot.replace(value).is_some() {
            return None;
        }
        let after = after.trim();
        if after.is_empty() {
            return Some((sign_type?, signature?));
        }
        rest = after.strip_prefix(',')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &[u8] = b" {\"resultCode\":\"000000\"}\n";

    fn check_text(header: &str) -> Result<(), BodySignProblem> {
        check(Some(header), BODY, &["k"], BodySignMode::Required)
    }

    #[test]
    fn absence_depends_on_the_mode() {
        assert_eq!(check(None, BODY, &["k"], BodySignMode::Optional), Ok(()));
        assert_eq!(check(None, BODY, &["k"], BodySignMode::Required), Err(BodySignProblem::Missing));
    }

    #[test]
    fn a_wrong_value_fails_in_both_modes() {
        let header = build("other", BODY);
        for mode in [BodySignMode::Optional, BodySignMode::Required] {
            assert_eq!(check(Some(&header), BODY, &["k"], mode), Err(BodySignProblem::Mismatch));
            assert_eq!(check(Some(&header), BODY, &["k", "other"], mode), Ok(()));
        }
        assert_eq!(check(Some(&header), BODY, &[], BodySignMode::Optional), Err(BodySignProblem::Mismatch));
    }

    #[test]
    fn blanks_may_vary_and_quotes_may_not() {
        let header = build("k", BODY);
        let signature = header.rsplit('"').nth(1).unwrap();
        for good in [
            header.clone(),
            format!("sign_type=\"HMAC-SHA256\",signature=\"{signature}\""),
            format!("  sign_type = \"HMAC-SHA256\" ,\tsignature  =\"{signature}\"  "),
            format!("signature=\"{signature}\", sign_type=\"HMAC-SHA256\""),
        ] {
            assert_eq!(check_text(&good), Ok(()), "{good}");
        }
        for bad in [
            String::new(),
            signature.to_owned(),
            format!("sign_type=HMAC-SHA256,signature={signature}"),
            format!("sign_type=\"HMAC-SHA256\" signature=\"{signature}\""),
            format!("sign_type=\"HMAC-SHA256\",signature=\"{signature}"),
            format!("sign_type=\"HMAC-SHA256\",signature=\"{signature}\","),
            format!("signature=\"{signature}\""),
            format!("signature=\"{signature}\",signature=\"{signature}\""),
        ] {
            assert_eq!(check_text(&bad), Err(BodySignProblem::Malformed), "{bad}");
        }
        for bad in [
            format!("sign_type=\"HMAC-SHA1\",signature=\"{signature}\""),
            "sign_type=\"HMAC-SHA256\",signature=\"\"".to_owned(),
        ] {
            assert_eq!(check_text(&bad), Err(BodySignProblem::SignType), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn refuses_every_changed_bit_of_the_header(key in ".{0,40}") {
            let header = build(&key, BODY);
            for bit in 0..header.len() * 8 {
                let mut bytes = header.clone().into_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let Ok(changed) = String::from_utf8(bytes) else { continue };
                let accepted = check(Some(&changed), BODY, &[&key], BodySignMode::Required).is_ok();
                // A changed blank may become another white space, which means the same.
                let same_tokens = changed.split_whitespace().eq(header.split_whitespace());
                prop_assert_eq!(accepted, same_tokens, "{}", changed);
            }
        }
    }

    proptest! {
        #[test]
        fn accepts_what_was_built_and_refuses_changed_bodies(
            key in ".{0,90}", body in prop::collection::vec(any::<u8>(), 1..200), bit in any::<usize>(),
        ) {
            let header = build(&key, &body);
            let mode = BodySignMode::Required;
            prop_assert_eq!(check(Some(&header), &body, &[&key], mode), Ok(()));
            let mut changed = body.clone();
            let bit = bit % (body.len() * 8);
            changed[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(
                check(Some(&header), &changed, &[&key], mode),
                Err(BodySignProblem::Mismatch)
            );
        }

        #[test]
        fn never_panics(header in ".{0,80}") {
            let _ = check_text(&header);
        }
    }
}
