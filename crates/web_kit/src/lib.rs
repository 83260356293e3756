//! What every page and every API answer shares: the state, who asks, forms, errors, templates,
//! assets and the layers around the router. Nothing here knows a single page.

pub mod api;
pub mod assets;
pub mod bridge;
pub mod error;
pub mod fault;
pub mod filters;
pub mod form;
pub mod form_errors;
pub mod layers;
pub mod limiter;
pub mod listing;
pub mod markdown;
pub mod nav;
pub mod once;
pub mod page;
pub mod paths;
pub mod pieces;
pub mod problem;
pub mod ready;
pub mod signing;
pub mod state;
pub mod templates;
pub mod visit;

pub use state::{Web, WebOptions};

#[cfg(test)]
mod tests;

/// What handlers need, in one line.
pub mod prelude {
    pub use crate::api::{ApiCaller, ApiJson, ApiPath, ApiQuery, IdempotencyKey};
    pub use crate::error::{PageError, PageResult};
    pub use crate::form::{Form, UploadedFile};
    pub use crate::form_errors::{FormErrors, Values};
    pub use crate::listing::{Csv, PagerLinks, links, page_request, with_query};
    pub use crate::once::Made;
    pub use crate::page::{Choice, Page};
    pub use crate::problem::{ApiError, ApiResult};
    pub use crate::state::{Web, WebOptions};
    pub use crate::visit::FlashKind;
    pub use app::{Actor, App, AppError, FieldError, PageRequest, Paged};
    pub use axum::response::{Html, IntoResponse, Response};
    pub use serde::Serialize;
}
