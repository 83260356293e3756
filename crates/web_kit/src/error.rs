//! Errors of page handlers.

use crate::fault::{Fault, Shape};
use app::AppError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Why a page could not be made; becomes an error page, or the log-in page for visitors.
#[derive(Debug, Clone)]
pub struct PageError {
    /// What is wrong.
    pub fault: Fault,
}

/// What page handlers answer.
pub type PageResult = Result<Response, PageError>;

impl PageError {
    /// There is no such page.
    pub fn not_found() -> PageError {
        AppError::NotFound.into()
    }

    /// Another fault.
    pub fn new(status: StatusCode, code: &'static str) -> PageError {
        PageError { fault: Fault::new(status, code) }
    }

    /// A defect: logged here, never shown.
    pub fn internal(cause: impl std::fmt::Display) -> PageError {
        AppError::Internal(cause.to_string()).into()
    }
}

impl From<AppError> for PageError {
    fn from(error: AppError) -> PageError {
        PageError { fault: error.into() }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        self.fault.carried(Shape::Page)
    }
}
