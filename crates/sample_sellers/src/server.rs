//! HTTP: the production address, the buyer's page, the fault switches.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use protocol::canonical;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::faults::{Faults, halfway};
use crate::kit::BODY_LIMIT;
use crate::page::{self, Language};
use crate::react::Decided;
use crate::seller::Seller;

/// A running sample seller; everything that [`Seller`] offers can be called on it.
#[derive(Clone)]
pub struct Handle {
    seller: Seller,
    address: SocketAddr,
}

impl Handle {
    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The production address on loopback, `http://<address>/saas`.
    pub fn production_address(&self) -> String {
        format!("http://{}/saas", self.address)
    }

    /// Stops accepting, ends running delays and lets calls in flight finish.
    pub fn shutdown(&self) {
        self.seller.stop();
    }
}

impl Deref for Handle {
    type Target = Seller;

    fn deref(&self) -> &Seller {
        &self.seller
    }
}

/// Serves `seller` on `listener` until [`Handle::shutdown`]; must be called inside of a runtime.
///
/// # Errors
/// When the listener has no local address.
pub fn serve(listener: TcpListener, seller: Seller) -> io::Result<(Handle, JoinHandle<io::Result<()>>)> {
    let address = listener.local_addr()?;
    seller.set_default_public_address(format!("http://{address}"));
    let router = seller.router();
    let stop = seller.clone();
    let task = tokio::spawn(async move {
        axum::serve(listener, router).with_graceful_shutdown(async move { stop.stopped().await }).await
    });
    Ok((Handle { seller, address }, task))
}

impl Seller {
    /// The routes: `GET` and `POST /saas`, `GET /app/{instance}`, and `/faults` when it was opened.
    pub fn router(&self) -> Router {
        let mut router =
            Router::new().route("/saas", get(receive_get).post(receive_post)).route("/app/{instance}", get(show));
        if self.has_fault_page() {
            router = router.route("/faults", get(read_faults).post(write_faults));
        }
        router.with_state(self.clone())
    }
}

async fn receive_post(State(seller): State<Seller>, RawQuery(query): RawQuery, body: Body) -> Response {
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let decided = seller.react(query.as_deref().unwrap_or_default(), Some(&bytes));
    respond_in_time(&seller, decided).await
}

async fn receive_get(State(seller): State<Seller>, RawQuery(query): RawQuery) -> Response {
    let decided = seller.react(query.as_deref().unwrap_or_default(), None);
    respond_in_time(&seller, decided).await
}

async fn respond_in_time(seller: &Seller, decided: Decided) -> Response {
    if decided.faults.delay_ms > 0 {
        let delay = Duration::from_millis(decided.faults.delay_ms);
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = seller.stopped() => {}
        }
    }
    respond(&decided)
}

/// HTTP 200, `application/json` and `Body-Sign` over exactly the bytes sent, unless switched.
fn respond(decided: &Decided) -> Response {
    let faults = &decided.faults;
    let body = faults.spoil_body(canonical::to_canonical(&decided.answer));
    let mut headers = HeaderMap::new();
    // A switch may hold a text that HTTP cannot carry; the header is then missing.
    let mut set = |name: HeaderName, value: Option<&str>| {
        if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, Some(faults.media_type()));
    set(header::LOCATION, faults.redirect_to.as_deref());
    set(HeaderName::from_static("body-sign"), faults.body_sign(&decided.key, &body).as_deref());
    let status = faults.status(&decided.result_code);
    let body = if faults.close_halfway {
        headers.insert(header::CONTENT_LENGTH, body.len().into());
        halfway(&body)
    } else {
        Body::from(body)
    };
    (status, headers, body).into_response()
}

async fn show(
    State(seller): State<Seller>,
    Path(instance_id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let browser = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = Language::choose(query.get("lang").map(String::as_str), browser);
    let instance = seller.instance(&instance_id);
    let status = match instance {
        Some(_) => StatusCode::OK,
        None => StatusCode::NOT_FOUND,
    };
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
        // Whoever knows the address sees the page, so it must not leak to other sites.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let page = page::render(instance.as_ref(), language);
    (status, fixed, Html(page)).into_response()
}

async fn read_faults(State(seller): State<Seller>) -> Json<Faults> {
    Json(seller.faults())
}

async fn write_faults(State(seller): State<Seller>, Json(faults): Json<Faults>) -> Json<Faults> {
    seller.set_faults(faults);
    Json(seller.faults())
}
