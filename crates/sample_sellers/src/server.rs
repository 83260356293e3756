//! HTTP: the production address, the buyer's page, the fault switches.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use protocol::{body_sign, canonical};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::faults::{Faults, halfway};
use crate::page::{self, Language};
use crate::seller::{Reply, Seller};

/// Largest request body in bytes; the longest documented request is far below.
const BODY_LIMIT: usize = 64 * 1024;

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
    /// The routes: `POST /saas`, `GET /app/{instance}`, and `/faults` when it was opened.
    pub fn router(&self) -> Router {
        let mut router = Router::new().route("/saas", post(receive)).route("/app/{instance}", get(show));
        if self.has_fault_page() {
            router = router.route("/faults", get(read_faults).post(write_faults));
        }
        router.with_state(self.clone())
    }
}

async fn receive(State(seller): State<Seller>, RawQuery(query): RawQuery, body: Body) -> Response {
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let reply = seller.react(query.as_deref().unwrap_or_default(), &bytes);
    if reply.faults.delay_ms > 0 {
        let delay = Duration::from_millis(reply.faults.delay_ms);
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = seller.stopped() => {}
        }
    }
    respond(reply)
}

/// HTTP 200, `application/json` and `Body-Sign` over exactly the bytes sent, unless switched.
fn respond(reply: Reply) -> Response {
    let faults = &reply.faults;
    let body = faults.spoil_body(canonical::to_canonical(&reply.answer));
    let mut headers = HeaderMap::new();
    // A switch may hold a text that HTTP cannot carry; the header is then missing.
    if let Ok(value) = HeaderValue::from_str(faults.media_type()) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    let key = if faults.wrong_body_sign { format!("{}-wrong", reply.access_key) } else { reply.access_key };
    let signed = HeaderValue::from_str(&body_sign::build(&key, body.as_bytes()));
    if let (false, Ok(value)) = (faults.missing_body_sign, signed) {
        headers.insert("body-sign", value);
    }
    let status = faults.http_status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let body = if faults.close_halfway {
        headers.insert(header::CONTENT_LENGTH, body.len().into());
        halfway(body.as_bytes())
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
