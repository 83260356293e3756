//! The facts behind a failure, each with its code and its English text.

use super::{TransportFailure, reason};
use crate::body_sign::BodySignProblem;
use crate::json::JsonProblem;
use crate::result_code::ResultCode;

/// What is wrong with the form of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormProblem {
    /// Neither a text nor a number.
    #[error("is not a string")]
    NotText,
    /// Not a JSON object.
    #[error("is not an object")]
    NotObject,
    /// Not a JSON array.
    #[error("is not a list")]
    NotList,
    /// An element of the array is not an object.
    #[error("has an element that is not an object")]
    ElementNotObject,
    /// Not an absolute http or https address.
    #[error("is not an http(s) address")]
    NotWebAddress,
    /// Digits with an optional fraction were expected.
    #[error("is not a plain decimal number")]
    NotDecimal,
    /// An ID that cannot be sent back.
    #[error("contains a comma or a control character")]
    CommaOrControl,
    /// The character U+0000.
    #[error("contains the character NUL")]
    Nul,
}

/// What was found, with its parts; the text is the English detail of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// No complete answer arrived.
    Transport(TransportFailure),
    /// The HTTP status.
    HttpStatus(u16),
    /// The value of `Content-Type`, cut to 128 characters; empty when absent.
    ContentType(String),
    /// The body is not an acceptable JSON object.
    Json(JsonProblem),
    /// `Body-Sign`.
    BodySign(BodySignProblem),
    /// An error result code.
    ResultCode {
        /// The code as written, cut to 64 characters.
        code: String,
        /// Its published meaning.
        meaning: Option<&'static ResultCode>,
    },
    /// A mandatory field is absent or empty.
    MissingField(&'static str),
    /// A field is too long.
    FieldLength {
        /// Name of the field.
        field: &'static str,
        /// Characters found.
        length: usize,
        /// Most characters.
        limit: usize,
    },
    /// A field has a wrong type or form.
    FieldForm {
        /// Name of the field.
        field: String,
        /// What is wrong.
        problem: FormProblem,
    },
    /// A field cannot be decrypted with any key and algorithm (D-15).
    Decrypt(&'static str),
}

impl Fact {
    /// The stable code, one of [`reason`].
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Transport(TransportFailure::Timeout { .. }) => reason::TIMEOUT,
            Self::Transport(TransportFailure::Unreachable(_)) => reason::UNREACHABLE,
            Self::Transport(TransportFailure::AddressRefused(_)) => reason::ADDRESS_REFUSED,
            Self::Transport(TransportFailure::TooLarge { .. }) => reason::TOO_LARGE,
            Self::Transport(TransportFailure::Closed(_)) => reason::CLOSED,
            Self::HttpStatus(_) => reason::HTTP_STATUS,
            Self::ContentType(_) => reason::CONTENT_TYPE,
            Self::Json(_) => reason::BAD_JSON,
            Self::BodySign(_) => reason::BODY_SIGN,
            Self::ResultCode { .. } => reason::RESULT_CODE,
            Self::MissingField(_) => reason::MISSING_FIELD,
            Self::FieldLength { .. } => reason::FIELD_LENGTH,
            Self::FieldForm { .. } => reason::FIELD_FORM,
            Self::Decrypt(_) => reason::DECRYPT,
        }
    }
}

impl std::fmt::Display for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Transport(TransportFailure::Timeout { limit_ms }) => {
                write!(f, "no complete answer within {limit_ms} ms")
            }
            Self::Transport(TransportFailure::TooLarge { limit }) => {
                write!(f, "the body is longer than {limit} bytes")
            }
            Self::Transport(
                TransportFailure::Unreachable(why)
                | TransportFailure::AddressRefused(why)
                | TransportFailure::Closed(why),
            ) => f.write_str(why),
            Self::HttpStatus(status) => write!(f, "HTTP {status}"),
            Self::ContentType(text) => write!(f, "Content-Type is {text:?}"),
            Self::Json(problem) => problem.fmt(f),
            Self::BodySign(problem) => problem.fmt(f),
            Self::ResultCode { code, .. } => write!(f, "error result code {code}"),
            Self::MissingField(field) => write!(f, "response lacks field {field}"),
            Self::FieldLength { field, length, limit } => {
                write!(f, "{field} has {length} characters, at most {limit} are allowed")
            }
            Self::FieldForm { field, problem } => write!(f, "{field} {problem}"),
            Self::Decrypt(field) => write!(f, "cannot decrypt {field}"),
        }
    }
}
