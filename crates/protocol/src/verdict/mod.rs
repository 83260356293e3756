//! What counts as success (10.1): the rules in their order, the first broken one is the verdict.

mod explain;
mod fact;
mod fields;
mod reasons;
mod remarks;
#[cfg(test)]
mod tests;

use crate::answer::{self, Answer};
use crate::body_sign::{self, BodySignMode, BodySignProblem};
use crate::difference::SignatureDifference;
use crate::json::{self, Object};
use crate::result_code::{self, ResultCode};

pub use explain::{Explanation, Language};
pub use fact::{Fact, FormProblem};
pub(crate) use fields::Fields;
pub use reasons::{REASONS, Reason, reason, reason_text};
pub use remarks::{Remark, RemarkKind, remarks};

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

impl HttpAnswer {
    /// An answer with all its headers, names in any case.
    ///
    /// A header that occurs more than once is joined by `, ` as HTTP says, so that a second
    /// `Body-Sign` or `Content-Type` is judged and not ignored. Bytes that are not text become
    /// U+FFFD, which no rule accepts.
    pub fn from_headers<'a>(
        status: u16,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        body: Vec<u8>,
    ) -> Self {
        let mut answer = Self { status, body, ..Self::default() };
        for (name, value) in headers {
            let slot = if name.eq_ignore_ascii_case("content-type") {
                &mut answer.content_type
            } else if name.eq_ignore_ascii_case(body_sign::HEADER) {
                &mut answer.body_sign
            } else {
                continue;
            };
            let value = String::from_utf8_lossy(value);
            match slot {
                None => *slot = Some(value.into_owned()),
                Some(first) => *first = format!("{first}, {value}"),
            }
        }
        answer
    }
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
    /// What `detail` says, with its parts.
    pub fact: Box<Fact>,
    /// Both sides of a `Body-Sign` that does not match.
    pub difference: Option<Box<SignatureDifference>>,
}

impl Failure {
    pub(crate) fn form(field: impl Into<String>, problem: FormProblem) -> Self {
        Fact::FieldForm { field: field.into(), problem }.into()
    }

    fn with_result(mut self, body: &Object) -> Self {
        self.result_code = shown(body, "resultCode", 64);
        self.result_msg = shown(body, "resultMsg", 1_000);
        self
    }

    fn with_difference(mut self, difference: Option<SignatureDifference>) -> Self {
        self.difference = difference.map(Box::new);
        self
    }
}

impl From<Fact> for Failure {
    fn from(fact: Fact) -> Self {
        let (code, detail) = (fact.code(), fact.to_string());
        Self { code, detail, result_code: None, result_msg: None, fact: Box::new(fact), difference: None }
    }
}

/// The verdict on one attempt. `P` is what the family of the call parses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<P = Answer> {
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

    /// Whether the operator is shown this code of a failed call at once (D-28).
    fn tells_operator(self, _code: &str) -> bool {
        false
    }

    /// The published meaning of a result code in this family.
    fn meaning(self, code: &str) -> Option<&'static ResultCode> {
        result_code::lookup(code)
    }

    /// Reads and checks the fields of an answer; `processing` says that the code was `000004`, and
    /// `keys` are the enabled keys for encrypted fields.
    ///
    /// # Errors
    /// The first field that is missing, too long or malformed.
    fn parse(self, body: &Object, processing: bool, keys: &[&str]) -> Result<Self::Parsed, Failure>;
}

/// Judges one attempt by the rules of 10.1 in their order.
///
/// `keys` are all enabled keys of the seller, any of which may have made `Body-Sign` (D-01).
pub fn judge<R: Rules>(activity: R, exchange: &Exchange, keys: &[&str], mode: BodySignMode) -> Verdict<R::Parsed> {
    let answer = match exchange {
        Exchange::Answer(answer) => answer,
        Exchange::Failed(failure) => return Verdict::Failure(Fact::Transport(failure.clone()).into()),
    };
    match read_object(answer, keys, mode)
        .and_then(|body| judge_object(activity, &body, keys).map_err(|failure| failure.with_result(&body)))
    {
        Ok(verdict) => verdict,
        Err(failure) => Verdict::Failure(failure),
    }
}

/// What the marketplace does about a result code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handling {
    /// The call is done.
    Done,
    /// Accepted: ask again on the schedule of the call, nothing is counted or mailed (D-22, D-30).
    AskAgain,
    /// Failed: repeat on the schedule of the call, mail the seller.
    Repeat,
    /// As [`Handling::Repeat`], and the operator is shown it at once (D-28).
    RepeatAndTellOperator,
}

/// What follows from a result code for this call; every unknown code is repeated (D-28).
pub fn handling<R: Rules>(activity: R, code: &str) -> Handling {
    let code = result_code::normalise(code);
    if code == result_code::SUCCESS || activity.counts_as_success(code) {
        Handling::Done
    } else if code == result_code::PROCESSING && activity.processing_allowed() {
        Handling::AskAgain
    } else if activity.tells_operator(code) {
        Handling::RepeatAndTellOperator
    } else {
        Handling::Repeat
    }
}

fn read_object(answer: &HttpAnswer, keys: &[&str], mode: BodySignMode) -> Result<Object, Failure> {
    if answer.status != 200 {
        let failure = Failure::from(Fact::HttpStatus(answer.status));
        return Err(match json::parse_object(&answer.body) {
            Ok(body) => failure.with_result(&body),
            Err(_) => failure,
        });
    }
    let content_type = answer.content_type.as_deref().unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Fact::ContentType(content_type.chars().take(128).collect()).into());
    }
    let body = json::parse_object(&answer.body).map_err(|problem| Failure::from(Fact::Json(problem)))?;
    let header = answer.body_sign.as_deref();
    body_sign::check(header, &answer.body, keys, mode).map_err(|problem| {
        let difference = match problem {
            BodySignProblem::Mismatch => header.and_then(|h| body_sign::difference(h, &answer.body, keys)),
            _ => None,
        };
        Failure::from(Fact::BodySign(problem)).with_result(&body).with_difference(difference)
    })?;
    Ok(body)
}

fn judge_object<R: Rules>(activity: R, body: &Object, keys: &[&str]) -> Result<Verdict<R::Parsed>, Failure> {
    let fields = Fields(body);
    // Without a limit here: an unknown code of any length is an error code and shown verbatim.
    let written = fields.required("resultCode", usize::MAX)?;
    let code = result_code::normalise(&written);
    let processing = code == result_code::PROCESSING && activity.processing_allowed();
    let success = code == result_code::SUCCESS || activity.counts_as_success(code);
    if !processing && !success {
        let shown = written.chars().take(64).collect();
        return Err(Fact::ResultCode { code: shown, meaning: activity.meaning(code) }.into());
    }
    fields.optional("resultMsg", answer::limits::RESULT_MSG)?;
    let parsed = activity.parse(body, processing, keys)?;
    Ok(if processing { Verdict::Processing(parsed) } else { Verdict::Success(parsed) })
}

fn shown(body: &Object, field: &'static str, limit: usize) -> Option<String> {
    let text = Fields(body).as_given(field).ok()??;
    // A database may refuse NUL, and a log line must stay one line.
    let printable = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    Some(text.chars().take(limit).map(printable).collect())
}
