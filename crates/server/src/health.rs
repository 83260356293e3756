//! `/healthz`, `/readyz` and `/metrics`.

use app::App;
use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::SocketAddr;

#[derive(Clone)]
struct Health {
    app: App,
    metrics: PrometheusHandle,
    token: String,
}

/// The routes for machines that watch the program.
pub fn routes(app: App, metrics: PrometheusHandle, token: String) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(figures))
        .with_state(Health { app, metrics, token })
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
        peer.ip().is_loopback() && !headers.contains_key("x-forwarded-for")
    } else {
        app::secrets::token_hash(given) == app::secrets::token_hash(&format!("Bearer {}", health.token))
    };
    if !allowed {
        return (StatusCode::FORBIDDEN, String::from("metrics are not for everybody\n"));
    }
    metrics::gauge!("search_index_products").set(health.app.shelf_size() as f64);
    (StatusCode::OK, health.metrics.render())
}
