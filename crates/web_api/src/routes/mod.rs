//! The endpoints, by group.

pub(crate) mod access;
pub(crate) mod account;
pub(crate) mod buying;
pub(crate) mod catalogue;
pub(crate) mod debugging;
pub(crate) mod members;
pub(crate) mod operation;
pub(crate) mod operation_trade;
pub(crate) mod selling;

use crate::dto::common::List;
use axum::Json;
use web_kit::prelude::ApiResult;

/// What handlers of documents answer.
pub(crate) type Answer<T> = ApiResult<Json<T>>;
/// What handlers of lists answer.
pub(crate) type Rows<T> = ApiResult<Json<List<T>>>;
/// The id in a path.
pub(crate) type Id = web_kit::prelude::ApiPath<String>;
/// A body without fields.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}
