//! What counts as success (10.1): the rules in their order, the first broken one is the verdict.

use serde_json::Value;

use crate::body_sign::{self, BodySignMode};
use crate::json::{self, Object};
use crate::{result_code, saas_v2};

/// Stable codes of failures, stored with every attempt. See [`REASONS`] for their texts.
pub mod reason {
    /// No answer within the time limit.
    pub const TIMEOUT: &str = "timeout";
    /// No connection, no such domain, or TLS failed.
    pub const UNREACHABLE: &str = "unreachable";
    /// The address is one that the marketplace does not call (D-03).
    pub const ADDRESS_REFUSED: &str = "address_refused";
    /// The body is longer than the limit.
    pub const TOO_LARGE: &str = "too_large";
    /// The connection was closed before the answer was complete.
    pub const CLOSED: &str = "closed";
    /// The HTTP status is not 200.
    pub const HTTP_STATUS: &str = "http_status";
    /// The content type is not `application/json`.
    pub const CONTENT_TYPE: &str = "content_type";
    /// The body is not a JSON object.
    pub const BAD_JSON: &str = "bad_json";
    /// `Body-Sign` is missing, malformed or wrong.
    pub const BODY_SIGN: &str = "body_sign";
    /// The seller answered an error code.
    pub const RESULT_CODE: &str = "result_code";
    /// A mandatory response field is missing.
    pub const MISSING_FIELD: &str = "missing_field";
    /// A response field is too long.
    pub const FIELD_LENGTH: &str = "field_length";
    /// A response field has a wrong type or form.
    pub const FIELD_FORM: &str = "field_form";
}

/// A failure code with its general text in both languages; the detail stands in [`Failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// One of [`reason`].
    pub code: &'static str,
    /// Text in Chinese.
    pub zh: &'static str,
    /// Text in English.
    pub en: &'static str,
}

const fn text(code: &'static str, zh: &'static str, en: &'static str) -> Reason {
    Reason { code, zh, en }
}

/// Every failure code with its texts, in the order in which the rules are applied.
pub const REASONS: &[Reason] = &[
    text(reason::ADDRESS_REFUSED, "生产系统接口地址不允许访问", "The production address may not be called"),
    text(
        reason::UNREACHABLE,
        "生产系统接口地址无法访问，请确认地址可用且可从公网访问",
        "The production address is unreachable; it must be available and public",
    ),
    text(reason::TIMEOUT, "接口响应超时", "The interface did not answer in time"),
    text(reason::CLOSED, "连接在响应完成之前被关闭", "The connection was closed before the answer was complete"),
    text(reason::TOO_LARGE, "响应消息体过大", "The response body is too large"),
    text(reason::HTTP_STATUS, "HTTP 响应码不是 200", "The HTTP code is not 200"),
    text(
        reason::CONTENT_TYPE,
        "响应的 Content-Type 不是 application/json",
        "The content type of the response is not application/json",
    ),
    text(reason::BAD_JSON, "响应消息体无法解析", "The response body cannot be parsed"),
    text(reason::BODY_SIGN, "响应头 Body-Sign 缺失或不正确", "Body-Sign is missing or wrong"),
    text(reason::RESULT_CODE, "返回了错误的结果码", "An error result code was returned"),
    text(reason::MISSING_FIELD, "响应缺少必填字段", "The response lacks a field"),
    text(reason::FIELD_LENGTH, "响应字段长度不合法", "Illegal length of a response field"),
    text(reason::FIELD_FORM, "响应字段格式不合法", "Illegal form of a response field"),
];

/// The texts of a failure code; `None` for a code that this build does not know.
pub fn reason_text(code: &str) -> Option<&'static Reason> {
    REASONS.iter().find(|reason| reason.code == code)
}

/// An HTTP answer that arrived completely.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HttpAnswer {
    /// HTTP status.
    pub status: u16,
    /// Value of `Content-Type`.
    pub content_type: Option<String>,
    /// Value of `Body-Sign`.
    pub body_sign: Option<String>,
    /// The complete body as received.
    pub body: Vec<u8>,
}

/// Why no complete answer arrived. The texts are facts for the message page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportFailure {
    /// No complete answer within this many milliseconds.
    Timeout {
        /// The limit in milliseconds.
        limit_ms: u64,
    },
    /// No connection: domain, network or TLS.
    Unreachable(String),
    /// The address points to where the marketplace does not call (D-03).
    AddressRefused(String),
    /// The body exceeded this many bytes.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The connection broke after the request was sent.
    Closed(String),
}

impl TransportFailure {
    fn to_failure(&self) -> Failure {
        match self {
            Self::Timeout { limit_ms } => {
                Failure::new(reason::TIMEOUT, format!("no complete answer within {limit_ms} ms"))
            }
            Self::Unreachable(why) => Failure::new(reason::UNREACHABLE, why.clone()),
            Self::AddressRefused(why) => Failure::new(reason::ADDRESS_REFUSED, why.clone()),
            Self::TooLarge { limit } => {
                Failure::new(reason::TOO_LARGE, format!("the body is longer than {limit} bytes"))
            }
            Self::Closed(why) => Failure::new(reason::CLOSED, why.clone()),
        }
    }
}

/// What one attempt brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// A complete HTTP answer.
    Answer(HttpAnswer),
    /// No complete answer.
    Failed(TransportFailure),
}

/// A failed call: the first rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Stable code, one of [`reason`].
    pub code: &'static str,
    /// The fact behind the code in English, e.g. the name of the field.
    pub detail: String,
    /// The seller's `resultCode` as written, when the body could be read (D-04).
    pub result_code: Option<String>,
    /// The seller's `resultMsg`, cut to 1 000 characters.
    pub result_msg: Option<String>,
}

impl Failure {
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), result_code: None, result_msg: None }
    }

    pub(crate) fn form(field: &str, problem: &str) -> Self {
        Self::new(reason::FIELD_FORM, format!("{field} {problem}"))
    }

    fn with_result(mut self, body: &Object) -> Self {
        self.result_code = shown(body, "resultCode", 64);
        self.result_msg = shown(body, "resultMsg", 1_000);
        self
    }
}

/// The verdict on one attempt. `P` is what the family of the call parses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<P = saas_v2::Answer> {
    /// The call succeeded.
    Success(P),
    /// The seller accepted the call and is still working (`000004`).
    Processing(P),
    /// The call failed.
    Failure(Failure),
}

/// What the family of a call adds to the common rules.
pub trait Rules: Copy {
    /// A parsed answer of the family.
    type Parsed;

    /// Whether `000004` is an acceptable answer (D-30).
    fn processing_allowed(self) -> bool;

    /// Whether an error code counts as success for this call (D-26).
    fn counts_as_success(self, code: &str) -> bool;

    /// Reads and checks the fields of an answer; `processing` says that the code was `000004`.
    ///
    /// # Errors
    /// The first field that is missing, too long or malformed.
    fn parse(self, body: &Object, processing: bool) -> Result<Self::Parsed, Failure>;
}

/// Judges one attempt by the rules of 10.1 in their order.
///
/// `keys` are all enabled keys of the seller, any of which may have made `Body-Sign` (D-01).
pub fn judge<R: Rules>(activity: R, exchange: &Exchange, keys: &[&str], mode: BodySignMode) -> Verdict<R::Parsed> {
    let answer = match exchange {
        Exchange::Answer(answer) => answer,
        Exchange::Failed(failure) => return Verdict::Failure(failure.to_failure()),
    };
    match read_object(answer, keys, mode)
        .and_then(|body| judge_object(activity, &body).map_err(|failure| failure.with_result(&body)))
    {
        Ok(verdict) => verdict,
        Err(failure) => Verdict::Failure(failure),
    }
}

fn read_object(answer: &HttpAnswer, keys: &[&str], mode: BodySignMode) -> Result<Object, Failure> {
    if answer.status != 200 {
        let failure = Failure::new(reason::HTTP_STATUS, format!("HTTP {}", answer.status));
        return Err(match json::parse_object(&answer.body) {
            Ok(body) => failure.with_result(&body),
            Err(_) => failure,
        });
    }
    let content_type = answer.content_type.as_deref().unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let shown: String = content_type.chars().take(128).collect();
        return Err(Failure::new(reason::CONTENT_TYPE, format!("Content-Type is {shown:?}")));
    }
    let body =
        json::parse_object(&answer.body).map_err(|problem| Failure::new(reason::BAD_JSON, problem.to_string()))?;
    body_sign::check(answer.body_sign.as_deref(), &answer.body, keys, mode)
        .map_err(|problem| Failure::new(reason::BODY_SIGN, problem.to_string()).with_result(&body))?;
    Ok(body)
}

fn judge_object<R: Rules>(activity: R, body: &Object) -> Result<Verdict<R::Parsed>, Failure> {
    let fields = Fields(body);
    // Without a limit here: an unknown code of any length is an error code and shown verbatim.
    let written = fields.required("resultCode", usize::MAX)?;
    let code = result_code::normalise(&written);
    let processing = code == result_code::PROCESSING && activity.processing_allowed();
    let success = code == result_code::SUCCESS || activity.counts_as_success(code);
    if !processing && !success {
        let shown: String = written.chars().take(64).collect();
        return Err(Failure::new(reason::RESULT_CODE, format!("error result code {shown}")));
    }
    fields.optional("resultMsg", saas_v2::limits::RESULT_MSG)?;
    let parsed = activity.parse(body, processing)?;
    Ok(if processing { Verdict::Processing(parsed) } else { Verdict::Success(parsed) })
}

fn shown(body: &Object, field: &'static str, limit: usize) -> Option<String> {
    let text = Fields(body).optional(field, usize::MAX).ok()??;
    Some(text.chars().take(limit).collect())
}

/// Reads response members with their length limits in characters.
pub(crate) struct Fields<'a>(pub(crate) &'a Object);

impl<'a> Fields<'a> {
    /// A text member; `null` and the empty text count as absent. A number is read as its decimal
    /// text, because readers of the original platform convert it as well.
    pub(crate) fn optional(&self, field: &'static str, limit: usize) -> Result<Option<String>, Failure> {
        let text = match self.0.get(field) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err(Failure::form(field, "is not a string")),
        };
        if text.is_empty() {
            return Ok(None);
        }
        let length = text.chars().count();
        if length > limit {
            return Err(Failure::new(
                reason::FIELD_LENGTH,
                format!("{field} has {length} characters, at most {limit} are allowed"),
            ));
        }
        Ok(Some(text))
    }

    pub(crate) fn required(&self, field: &'static str, limit: usize) -> Result<String, Failure> {
        self.optional(field, limit)?
            .ok_or_else(|| Failure::new(reason::MISSING_FIELD, format!("response lacks field {field}")))
    }

    /// A list of objects; `null` and absent give an empty list.
    pub(crate) fn objects(&self, field: &'static str) -> Result<Vec<&'a Object>, Failure> {
        let items = match self.0.get(field) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(Failure::form(field, "is not a list")),
        };
        items
            .iter()
            .map(|item| item.as_object().ok_or_else(|| Failure::form(field, "has an element that is not an object")))
            .collect()
    }
}

#[cfg(test)]
mod tests;
