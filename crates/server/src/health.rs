//! `/healthz`, `/readyz` and `/metrics`.

use app::App;
use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::SocketAddr;
use tower_http::set_header::SetResponseHeaderLayer;

#[derive(Clone)]
struct Health {
    app: App,
    metrics: PrometheusHandle,
    token: String,
    behind_proxy: bool,
}

/// What proxies say of a request that they pass on.
const FORWARDED: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

/// The routes for machines that watch the program.
pub fn routes(app: App, metrics: PrometheusHandle, server: &crate::config::Server) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(figures))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .with_state(Health { app, metrics, token: server.metrics_token.0.clone(), behind_proxy: server.behind_proxy })
}

async fn ready(State(health): State<Health>) -> impl IntoResponse {
    if health.app.is_ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer or has another schema\n")
    }
}

async fn figures(
    State(health): State<Health>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> impl IntoResponse {
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let allowed = if health.token.is_empty() {
        // A proxy on this machine makes every request look local: it must not pass /metrics on.
        let passed_on = FORWARDED.iter().any(|name| headers.contains_key(*name));
        !health.behind_proxy && peer.ip().is_loopback() && !passed_on
    } else {
        app::secrets::token_hash(given) == app::secrets::token_hash(&format!("Bearer {}", health.token))
    };
    if !allowed {
        return (StatusCode::FORBIDDEN, String::from("metrics are not for everybody\n"));
    }
    metrics::gauge!("search_index_products").set(health.app.shelf_size() as f64);
    (StatusCode::OK, health.metrics.render())
}
