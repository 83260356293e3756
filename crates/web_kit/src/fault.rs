//! What went wrong with a request, before it is put into words. Handlers answer a fault; the layer
//! around the router, which knows language and path, turns it into a page or a problem.

use app::words::{Argument, Words};
use app::{AppError, FieldError};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::text::Language;
use std::borrow::Cow;

/// A fault: status, stable code, fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Status of the answer.
    pub status: StatusCode,
    /// Stable code; its words are found under `error-<code>`.
    pub code: Cow<'static, str>,
    /// Fields that cannot be accepted.
    pub fields: Vec<FieldError>,
    /// Seconds after which trying again may help.
    pub retry_after: Option<u32>,
}

/// How a fault is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As a page.
    Page,
    /// As `application/problem+json`.
    Problem,
    /// By path: a problem below `/api/`, else a page.
    ByPath,
}

/// Carries a fault through the response to the layer that shows it.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The fault.
    pub fault: Fault,
    /// How it is shown.
    pub shape: Shape,
}

impl Fault {
    /// A fault without fields.
    pub fn new(status: StatusCode, code: &'static str) -> Fault {
        let retry_after = match status {
            StatusCode::SERVICE_UNAVAILABLE => Some(2),
            StatusCode::TOO_MANY_REQUESTS => Some(60),
            _ => None,
        };
        Fault { status, code: Cow::Borrowed(code), fields: Vec::new(), retry_after }
    }

    /// The fault for a status that some other part of the stack answered.
    pub fn of_status(status: StatusCode) -> Fault {
        let code = match status {
            StatusCode::NOT_FOUND => "not-found",
            StatusCode::METHOD_NOT_ALLOWED => "method-not-allowed",
            StatusCode::PAYLOAD_TOO_LARGE => "too-large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported-media-type",
            StatusCode::TOO_MANY_REQUESTS => "too-many-requests",
            StatusCode::SERVICE_UNAVAILABLE => "unavailable",
            s if s.is_server_error() => "internal",
            _ => "bad-request",
        };
        Fault::new(status, code)
    }

    /// The response that carries the fault to the layer.
    pub fn carried(self, shape: Shape) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Carried { fault: self, shape });
        response
    }

    /// Headline in `language`.
    pub fn title(&self, words: &Words, language: Language) -> String {
        let own = format!("error-{}-title", self.code);
        if words.has(language, &own) {
            return words.text(language, &own, &[]);
        }
        words.text(language, "error-refused-title", &[])
    }

    /// Explanation in `language`.
    pub fn text(&self, words: &Words, language: Language) -> String {
        code_text(words, language, &self.code)
    }

    /// Adds `Retry-After` where it helps.
    pub fn add_headers(&self, response: &mut Response) {
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
}

/// Words of an error code; a general sentence where a code has none.
pub fn code_text(words: &Words, language: Language, code: &str) -> String {
    let key = format!("error-{code}");
    if words.has(language, &key) {
        return words.text(language, &key, &[]);
    }
    tracing::warn!(code, "no words for an error code");
    words.text(language, "error-refused", &[("code", Argument::from(code))])
}

/// Words of a field code; a general sentence where a code has none.
pub fn field_text(words: &Words, language: Language, error: &FieldError) -> String {
    let key = format!("field-{}", error.code);
    if words.has(language, &key) {
        return words.text(language, &key, &[]);
    }
    tracing::warn!(code = error.code, "no words for a field code");
    words.text(language, "field-unclear", &[("code", Argument::from(error.code.as_str()))])
}

impl From<AppError> for Fault {
    fn from(error: AppError) -> Fault {
        match error {
            AppError::NotFound => Fault::new(StatusCode::NOT_FOUND, "not-found"),
            AppError::NotSignedIn => Fault::new(StatusCode::UNAUTHORIZED, "not-signed-in"),
            AppError::Forbidden(_) => Fault::new(StatusCode::FORBIDDEN, "forbidden"),
            AppError::Refused(code) => Fault::new(StatusCode::CONFLICT, code),
            AppError::Invalid(fields) => {
                Fault { fields, ..Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-fields") }
            }
            AppError::Stale => Fault::new(StatusCode::CONFLICT, "stale"),
            AppError::Unavailable(text) => {
                tracing::warn!(cause = text, "unavailable");
                Fault::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            AppError::Retry | AppError::KeyUsed => Fault::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            AppError::Replayed(_) => Fault::new(StatusCode::CONFLICT, "replayed"),
            AppError::Internal(text) => {
                tracing::error!(cause = text, "internal error");
                Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "internal")
            }
        }
    }
}
