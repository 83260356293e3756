//! Agents gateway products (9.3): what the gateway adds to a buyer's call, how a backend verifies
//! it, and how usage is read from the answer. API gateway products (9.2) add nothing to the wire.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::canonical::to_canonical;
use crate::hmac256::hmac_sha256;
use crate::json;

/// Header with the ID of the call, a UUID.
pub const REQUEST_ID: &str = "X-Request-Id";
/// Header with the buyer's account ID.
pub const CUSTOMER_ID: &str = "X-Customer-Id";
/// Header with the buyer's account name, percent-encoded because header values are ASCII.
pub const CUSTOMER_NAME: &str = "X-Customer-Name";

/// Longest timeout of a backend in milliseconds.
pub const TIMEOUT_MAX_MS: u64 = 300_000;

/// How long a token is valid, in seconds.
pub const TOKEN_SECONDS: i64 = 300;

/// Where the token travels; configurable per backend (D-37).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHeader {
    /// Header name.
    pub name: String,
    /// Text before the token, e.g. `Bearer `.
    pub prefix: String,
}

impl Default for TokenHeader {
    fn default() -> Self {
        Self { name: "Authorization".to_owned(), prefix: "Bearer ".to_owned() }
    }
}

impl TokenHeader {
    /// The header's value for a token.
    pub fn value(&self, token: &str) -> String {
        format!("{}{token}", self.prefix)
    }

    /// The token in a header's value; `None` when the prefix is another one.
    pub fn token_in<'a>(&self, value: &'a str) -> Option<&'a str> {
        value.strip_prefix(&self.prefix)
    }
}

/// The headers that tell a backend who calls, in the order of the specification.
pub fn caller_headers(request_id: &str, customer_id: &str, customer_name: &str) -> [(&'static str, String); 3] {
    [
        (REQUEST_ID, request_id.to_owned()),
        (CUSTOMER_ID, customer_id.to_owned()),
        (CUSTOMER_NAME, crate::query::encode(customer_name)),
    ]
}

/// The JWT that the gateway sends: header `{"alg":"HS256","sign_type":"SIGN"}`, payload with
/// `api_key`, `timestamp` (ms) and `exp` (s), signed with the APP secret.
pub fn token(app_key: &str, app_secret: &str, now_ms: i64) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","sign_type":"SIGN"}"#);
    let exp = now_ms.div_euclid(1_000).saturating_add(TOKEN_SECONDS);
    let payload = to_canonical(&json!({"api_key": app_key, "exp": exp, "timestamp": now_ms}));
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let mac = hmac_sha256(app_secret.as_bytes(), &[signed.as_bytes()]);
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))
}

/// Why a backend refuses a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// Not three parts of Base64url with JSON objects.
    #[error("the token is malformed")]
    Malformed,
    /// Another algorithm than HS256.
    #[error("the algorithm is not HS256")]
    Algorithm,
    /// No secret for this `api_key`.
    #[error("the api_key is unknown")]
    UnknownKey,
    /// Signed with another secret, or changed.
    #[error("the signature does not match")]
    Mismatch,
    /// `exp` is over.
    #[error("the token has expired")]
    Expired,
}

/// Verifies a token at the time `now_ms` (UNIX milliseconds) and gives its `api_key`.
///
/// `secret_of` finds the APP secret of an APP key.
///
/// # Errors
/// The first [`TokenRefusal`] that applies.
pub fn verify_token(
    token: &str,
    secret_of: impl FnOnce(&str) -> Option<String>,
    now_ms: i64,
) -> Result<String, TokenRefusal> {
    let (signed, mac) = token.rsplit_once('.').ok_or(TokenRefusal::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(TokenRefusal::Malformed)?;
    let object = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenRefusal::Malformed)?;
        json::parse_object(&bytes).map_err(|_| TokenRefusal::Malformed)
    };
    if object(header)?.get("alg").and_then(Value::as_str) != Some("HS256") {
        return Err(TokenRefusal::Algorithm);
    }
    let payload = object(payload)?;
    let api_key = payload.get("api_key").and_then(Value::as_str).ok_or(TokenRefusal::Malformed)?;
    let expires = payload.get("exp").and_then(Value::as_i64).ok_or(TokenRefusal::Malformed)?;
    let given = URL_SAFE_NO_PAD.decode(mac).map_err(|_| TokenRefusal::Malformed)?;
    let secret = secret_of(api_key).ok_or(TokenRefusal::UnknownKey)?;
    let expected = hmac_sha256(secret.as_bytes(), &[signed.as_bytes()]);
    if !bool::from(expected.as_slice().ct_eq(&given)) {
        return Err(TokenRefusal::Mismatch);
    }
    if now_ms.div_euclid(1_000) >= expires {
        return Err(TokenRefusal::Expired);
    }
    Ok(api_key.to_owned())
}

/// What is billed, and where it stands in the answer unless the product names another path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meter {
    /// Input tokens.
    InputTokens,
    /// Output tokens.
    OutputTokens,
    /// Images.
    Images,
    /// Seconds of video.
    VideoSeconds,
    /// Milliseconds of speech, billed in seconds.
    SpeechMilliseconds,
}

impl Meter {
    /// The default paths, the first one that is present counts.
    pub const fn paths(self) -> &'static [&'static str] {
        match self {
            Self::InputTokens => &["usage.prompt_tokens", "usage.input_tokens"],
            Self::OutputTokens => &["usage.completion_tokens", "usage.output_tokens"],
            Self::Images => &["usage.image_count"],
            Self::VideoSeconds => &["usage.video_duration"],
            Self::SpeechMilliseconds => &["transcripts.content_duration_in_milliseconds"],
        }
    }

    /// The metered value of an answer in units of 10⁻⁴, exact to four decimals; `custom` replaces
    /// the default paths.
    ///
    /// `None` when no path holds a number that is not negative. A list on the way is added up.
    pub fn read(self, answer: &Value, custom: Option<&str>) -> Option<i128> {
        match custom {
            Some(path) => number_at(answer, path),
            None => self.paths().iter().find_map(|path| number_at(answer, path)),
        }
    }
}

/// The number at a path of member names joined by dots; lists on the way are added up.
fn number_at(value: &Value, path: &str) -> Option<i128> {
    if let Value::Array(items) = value {
        // An empty list says nothing, which is not the same as zero.
        items.first()?;
        return items.iter().map(|item| number_at(item, path)).try_fold(0_i128, |sum, part| sum.checked_add(part?));
    }
    match path.split_once('.') {
        Some((name, rest)) => number_at(value.get(name)?, rest),
        None => match value.get(path)? {
            Value::Number(number) => crate::answer::units_of_usage(&number.to_string()),
            Value::String(text) => crate::answer::units_of_usage(text),
            _ => None,
        },
    }
}

/// Whether an answer may be billed by tokens: the top level holds `usage` with all three counts.
pub fn has_token_usage(answer: &Value) -> bool {
    let count = |name: &str| answer.get("usage").and_then(|usage| usage.get(name)).is_some_and(Value::is_u64);
    ["completion_tokens", "prompt_tokens", "total_tokens"].into_iter().all(count)
}

/// Size of a request's text as the gateway counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextSize {
    /// Bytes in UTF-8.
    pub bytes: usize,
    /// Unicode characters.
    pub characters: usize,
}

/// The size of `input`, or of the text at another path, in a request body; a list of texts is
/// added up. `None` when there is no text.
pub fn text_size(body: &Value, custom: Option<&str>) -> Option<TextSize> {
    let mut value = body;
    for name in custom.unwrap_or("input").split('.') {
        value = value.get(name)?;
    }
    let size = |text: &str| TextSize { bytes: text.len(), characters: text.chars().count() };
    match value {
        Value::String(text) => Some(size(text)),
        Value::Array(items) => items.iter().try_fold(TextSize::default(), |sum, item| {
            let part = size(item.as_str()?);
            Some(TextSize { bytes: sum.bytes + part.bytes, characters: sum.characters + part.characters })
        }),
        _ => None,
    }
}

/// The last JSON object of a stream of server-sent events that holds what the meter reads; a
/// stream tells its usage in the last events.
pub fn usage_event(stream: &str, meter: Meter, custom: Option<&str>) -> Option<Value> {
    stream.lines().rev().find_map(|line| {
        let value: Value = serde_json::from_str(line.strip_prefix("data:")?.trim()).ok()?;
        meter.read(&value, custom).is_some().then_some(value)
    })
}

/// What is wrong with a backend's address part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendProblem {
    /// The path does not start with `/`.
    NoSlash,
    /// The path holds a dynamic parameter such as `{id}`.
    Dynamic,
    /// The timeout is 0 or above [`TIMEOUT_MAX_MS`].
    Timeout,
}

impl fmt::Display for BackendProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSlash => "the path must start with /",
            Self::Dynamic => "the path must not hold dynamic parameters",
            Self::Timeout => "the timeout must be 1 to 300 000 ms",
        })
    }
}

/// Checks the path and timeout of a backend when it is registered.
///
/// # Errors
/// [`BackendProblem`]
pub fn check_backend(path: &str, timeout_ms: u64) -> Result<(), BackendProblem> {
    if !path.starts_with('/') {
        return Err(BackendProblem::NoSlash);
    }
    if path.contains(['{', '}']) || path.split('/').any(|part| part.starts_with(':')) {
        return Err(BackendProblem::Dynamic);
    }
    if !(1..=TIMEOUT_MAX_MS).contains(&timeout_ms) {
        return Err(BackendProblem::Timeout);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_717_000_000_123;

    fn verify(token: &str, now_ms: i64) -> Result<String, TokenRefusal> {
        verify_token(token, |key| (key == "app").then(|| "secret".to_owned()), now_ms)
    }

    #[test]
    fn a_token_lives_five_minutes() {
        let good = token("app", "secret", NOW);
        assert_eq!(verify(&good, NOW), Ok("app".to_owned()));
        assert_eq!(verify(&good, NOW + 299_000), Ok("app".to_owned()));
        assert_eq!(verify(&good, NOW + 300_000), Err(TokenRefusal::Expired));
        assert_eq!(verify(&token("other", "secret", NOW), NOW), Err(TokenRefusal::UnknownKey));
        assert_eq!(verify(&token("app", "wrong", NOW), NOW), Err(TokenRefusal::Mismatch));
        let header = TokenHeader::default();
        assert_eq!(header.token_in(&header.value(&good)), Some(good.as_str()));
        assert_eq!(header.token_in("Basic x"), None);
    }

    #[test]
    fn every_changed_bit_is_refused() {
        let good = token("app", "secret", NOW);
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(verify(&changed, NOW).is_err(), "{changed}");
        }
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let (_, rest) = good.split_once('.').unwrap();
        assert_eq!(verify(&format!("{none}.{rest}"), NOW), Err(TokenRefusal::Algorithm));
        for bad in ["", ".", "..", "a.b.c"] {
            assert_eq!(verify(bad, NOW), Err(TokenRefusal::Malformed));
        }
    }

    #[test]
    fn usage_is_read_where_it_stands() {
        let chat = json!({"usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}});
        assert_eq!(Meter::InputTokens.read(&chat, None), Some(120_000));
        assert_eq!(Meter::OutputTokens.read(&json!({"usage": {"output_tokens": 7}}), None), Some(70_000));
        assert!(has_token_usage(&chat) && !has_token_usage(&json!({"usage": {"input_tokens": 1}})));
        let speech = json!({"transcripts": [{"content_duration_in_milliseconds": 1500}, {"content_duration_in_milliseconds": 500}]});
        assert_eq!(Meter::SpeechMilliseconds.read(&speech, None), Some(20_000_000));
        assert_eq!(Meter::VideoSeconds.read(&json!({"usage": {"video_duration": 5.25}}), None), Some(52_500));
        assert_eq!(Meter::Images.read(&json!({"out": {"n": "4"}}), Some("out.n")), Some(40_000));
        for bad in
            [json!({}), json!({"usage": {"image_count": -1}}), json!({"usage": {"image_count": true}}), json!([])]
        {
            assert_eq!(Meter::Images.read(&bad, None), None, "{bad}");
        }
    }

    #[test]
    fn streams_tell_usage_at_the_end() {
        let stream =
            "data: {\"choices\":[],\"usage\":null}\n\ndata: {\"usage\":{\"prompt_tokens\":5}}\n\ndata: [DONE]\n";
        let event = usage_event(stream, Meter::InputTokens, None).unwrap();
        assert_eq!(Meter::InputTokens.read(&event, None), Some(50_000));
        assert_eq!(usage_event("data: [DONE]", Meter::InputTokens, None), None);
    }

    #[test]
    fn request_text_is_counted_by_the_gateway() {
        let body = json!({"input": ["云a", "b"], "deep": {"text": "é"}});
        assert_eq!(text_size(&body, None), Some(TextSize { bytes: 5, characters: 3 }));
        assert_eq!(text_size(&body, Some("deep.text")), Some(TextSize { bytes: 2, characters: 1 }));
        assert_eq!(text_size(&json!({"input": 1}), None), None);
        assert_eq!(caller_headers("r", "c", "云")[2].1, "%E4%BA%91");
    }

    #[test]
    fn backends_have_fixed_paths() {
        assert_eq!(check_backend("/v1/chat", 300_000), Ok(()));
        assert_eq!(check_backend("v1", 1), Err(BackendProblem::NoSlash));
        assert_eq!(check_backend("/v1/{id}", 1), Err(BackendProblem::Dynamic));
        assert_eq!(check_backend("/v1/:id", 1), Err(BackendProblem::Dynamic));
        for timeout in [0, 300_001] {
            assert_eq!(check_backend("/v1", timeout), Err(BackendProblem::Timeout));
        }
    }
}
