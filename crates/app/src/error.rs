//! What an operation can answer besides success. Words for people are found under the code.

use domain::Refusal;
use domain::money::AmountError;
use store::{StoreError, db::Retryable};

/// A field of a form or body that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Name of the field.
    pub field: String,
    /// Stable code.
    pub code: String,
}

impl FieldError {
    /// One error.
    pub fn new(field: impl Into<String>, code: impl Into<String>) -> FieldError {
        FieldError { field: field.into(), code: code.into() }
    }
}

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no such thing for this caller; also what belongs to somebody else.
    #[error("not found")]
    NotFound,
    /// The caller must log in.
    #[error("not signed in")]
    NotSignedIn,
    /// The caller lacks a right.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// A rule refuses; the code has words in every language.
    #[error("refused: {0}")]
    Refused(&'static str),
    /// Fields that cannot be accepted, all at once.
    #[error("invalid fields")]
    Invalid(Vec<FieldError>),
    /// Somebody else changed the thing meanwhile.
    #[error("stale")]
    Stale,
    /// The database is busy or away; trying again may help.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The transaction met another one; run again by the store.
    #[error("conflict")]
    Retry,
    /// A call with this `Idempotency-Key` came before; its answer has yet to be looked up.
    #[error("idempotency key used before")]
    KeyUsed,
    /// The call was carried out before; this was its answer.
    #[error("replayed")]
    Replayed(store::idempotency::Remembered),
    /// A defect; logged, never shown.
    #[error("internal: {0}")]
    Internal(String),
}

impl AppError {
    /// Stable code of the refusal, also the key of its words (`error-…`).
    pub fn code(&self) -> &str {
        match self {
            AppError::NotFound => "not-found",
            AppError::NotSignedIn => "not-signed-in",
            AppError::Forbidden(_) => "forbidden",
            AppError::Refused(code) => code,
            AppError::Invalid(_) => "invalid-fields",
            AppError::Stale => "stale",
            AppError::Unavailable(_) | AppError::Retry | AppError::KeyUsed => "unavailable",
            AppError::Replayed(_) => "replayed",
            AppError::Internal(_) => "internal",
        }
    }

    /// One invalid field.
    pub fn field(field: impl Into<String>, code: impl Into<String>) -> AppError {
        AppError::Invalid(vec![FieldError::new(field, code)])
    }
}

impl Retryable for AppError {
    fn is_retryable(&self) -> bool {
        matches!(self, AppError::Retry)
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> AppError {
        match error {
            StoreError::Stale => AppError::Stale,
            StoreError::Retry => AppError::Retry,
            StoreError::KeyUsed => AppError::KeyUsed,
            StoreError::Unmet(code) => AppError::Refused(code),
            StoreError::Unavailable(text) => AppError::Unavailable(text),
            StoreError::Duplicate | StoreError::BadRow(_) | StoreError::Database(_) => {
                AppError::Internal(error.to_string())
            }
        }
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> AppError {
        AppError::Refused(refusal.code)
    }
}

impl From<AmountError> for AppError {
    fn from(error: AmountError) -> AppError {
        match error {
            AmountError::NotAnAmount(_) => AppError::Refused("not-an-amount"),
            AmountError::OutOfRange => AppError::Refused("amount-out-of-range"),
            other => AppError::Internal(other.to_string()),
        }
    }
}

impl From<domain::ledger::LedgerError> for AppError {
    fn from(error: domain::ledger::LedgerError) -> AppError {
        AppError::Internal(error.to_string())
    }
}

impl From<serde_json::Error> for AppError {
    fn from(error: serde_json::Error) -> AppError {
        AppError::Internal(error.to_string())
    }
}
