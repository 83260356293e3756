//! x
use axum::Router;
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use web_kit::prelude::Web;
pub(crate) fn routes(_document: Arc<OpenApi>) -> Router<Web> { Router::new() }
