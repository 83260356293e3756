//! The JSON API under `/api/v1`: everything that a page can do, for programs. Handlers read a
//! request, call [`app::App`] and answer documents of [`dto`]; the OpenAPI document is made from the
//! same list from which the router is made.

mod change;
mod docs;
mod dto;
mod errors;
mod paging;
mod routes;
mod sample;
mod spec;
#[cfg(test)]
mod tests;

use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Router};
use spec::Api;
use utoipa::openapi::OpenApi;
use web_kit::prelude::Web;

fn built() -> (Router<Web>, OpenApi) {
    let api = routes::access::add(Api::new());
    let api = routes::catalogue::add(api);
    let api = routes::buying::add(api);
    let api = routes::selling::add(api);
    let api = routes::debugging::add(api);
    let api = routes::account::add(api);
    let api = routes::operation::add(api);
    routes::operation_trade::add(api).finish()
}

/// The OpenAPI 3.1 document of the API.
pub fn openapi() -> OpenApi {
    built().1
}

/// The API under `/api/v1`, its document at `/api/v1/openapi.json` and its pages at `/docs`.
pub fn routes() -> Router<Web> {
    let (router, document) = built();
    let text = serde_json::to_string(&document).unwrap_or_default();
    let text = axum::body::Bytes::from(text);
    let serve = move || {
        let text = text.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], text).into_response() }
    };
    router
        .route("/api/v1/openapi.json", get(serve))
        .merge(docs::routes(&document))
        .layer(Extension(routes::catalogue::Ready::new()))
}
