//! Errors of the API: RFC 9457 problem documents.

use crate::fault::{Fault, Shape, field_text};
use app::AppError;
use app::words::Words;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::text::Language;
use serde::Serialize;

/// Why the API could not answer.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// What is wrong.
    pub fault: Fault,
    /// The answer to an earlier call with the same idempotency key: status and JSON. It is given
    /// again instead of the fault.
    pub replayed: Option<(StatusCode, String)>,
}

/// What API handlers answer.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// A fault that is not one of the application's.
    pub fn new(status: StatusCode, code: &'static str) -> ApiError {
        Fault::new(status, code).into()
    }

    /// A body, query or path value that cannot be accepted.
    pub fn field(field: impl Into<String>, code: impl Into<String>) -> ApiError {
        AppError::field(field, code).into()
    }
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> ApiError {
        let replayed = match &error {
            AppError::Replayed(earlier) => answer_of(earlier.status, &earlier.response),
            _ => None,
        };
        ApiError { fault: error.into(), replayed }
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> ApiError {
        ApiError { fault, replayed: None }
    }
}

/// The kept answer, where the earlier call has come to an end.
fn answer_of(status: i64, body: &str) -> Option<(StatusCode, String)> {
    let status = u16::try_from(status).ok().and_then(|s| StatusCode::from_u16(s).ok())?;
    (!body.is_empty()).then(|| (status, body.to_owned()))
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Some((status, body)) = self.replayed else {
            return self.fault.carried(Shape::Problem);
        };
        let replayed = (HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        (status, [replayed, kind], body).into_response()
    }
}

/// The document of a fault.
#[derive(Debug, Serialize)]
pub struct Problem {
    /// Address of the explanation, relative to the site.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short words.
    pub title: String,
    /// Status of the answer.
    pub status: u16,
    /// Longer words.
    pub detail: String,
    /// Path of the request.
    pub instance: String,
    /// Stable code.
    pub code: String,
    /// Id under which the request stands in the log.
    pub request_id: String,
    /// Values that cannot be accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
}

/// A value that cannot be accepted.
#[derive(Debug, Serialize)]
pub struct ProblemField {
    /// Path of the value.
    pub field: String,
    /// Stable code.
    pub code: String,
    /// Words.
    pub detail: String,
}

impl Problem {
    /// The document in `language`.
    pub fn new(fault: &Fault, words: &Words, language: Language, path: &str, request_id: &str) -> Problem {
        let field = |e: &app::FieldError| ProblemField {
            field: e.field.clone(),
            code: e.code.clone(),
            detail: field_text(words, language, e),
        };
        Problem {
            kind: format!("/docs/errors#{}", fault.code),
            title: fault.title(words, language),
            status: fault.status.as_u16(),
            detail: fault.text(words, language),
            instance: path.to_owned(),
            code: fault.code.to_string(),
            request_id: request_id.to_owned(),
            errors: fault.fields.iter().map(field).collect(),
        }
    }

    /// The answer.
    pub fn into_response(self, fault: &Fault, language: Language) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (fault.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
        fault.add_headers(&mut response);
        response
    }
}
