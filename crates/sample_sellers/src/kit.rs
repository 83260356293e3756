//! The part that every seller needs and nobody should write again: one production address that
//! verifies, reads, answers and signs. A seller writes a [`Service`] and mounts [`Production`].

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use protocol::field_cipher::{Algorithm, Iv};
use protocol::seller::{Encryption, Endpoint, NonceMemory, Received, Refused, Reply, SignedReply};

use crate::system_clock;

/// Largest request body in bytes; the longest documented request is far below.
pub const BODY_LIMIT: usize = 64 * 1024;

/// The seller's business behind the production address.
///
/// Every call may come again, also after it succeeded: answer a repetition like the first time and
/// change nothing. When [`Received::test`] is set, answer plausibly and change nothing either.
/// Answer within 20 seconds; what takes longer is answered with [`Reply::processing`] and done
/// afterwards.
pub trait Service: Send + Sync + 'static {
    /// Acts on a verified call.
    fn answer(&self, received: Received) -> impl Future<Output = Reply> + Send;
}

/// A production address: the families it speaks, its memory of nonces, and the service behind it.
pub struct Production<S> {
    inner: Arc<Inner<S>>,
}

impl<S> Clone for Production<S> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

struct Inner<S> {
    endpoint: Endpoint,
    service: S,
    algorithm: Algorithm,
    clock: Box<dyn Fn() -> i64 + Send + Sync>,
    nonces: Mutex<NonceMemory>,
}

impl<S: Service> Production<S> {
    /// An address that speaks the families of `endpoint`, with the system clock and AES-256.
    pub fn new(endpoint: Endpoint, service: S) -> Self {
        Self::with(endpoint, service, Algorithm::default(), system_clock)
    }

    /// As [`Production::new`] with the algorithm for encrypted answers (SaaS 1.0) and a clock in
    /// UNIX milliseconds.
    pub fn with(
        endpoint: Endpoint,
        service: S,
        algorithm: Algorithm,
        clock: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> Self {
        let (clock, nonces) = (Box::new(clock), Mutex::new(NonceMemory::new()));
        Self { inner: Arc::new(Inner { endpoint, service, algorithm, clock, nonces }) }
    }

    /// The route at `path`, e.g. `/produce`: GET for SaaS 1.0 and License 1.0, POST for the others.
    pub fn router(self, path: &str) -> Router {
        Router::new().route(path, get(receive_get::<S>).post(receive_post::<S>)).with_state(self)
    }

    /// Answers a POST call: raw query string without `?` and raw body.
    pub async fn post(&self, query: &str, body: &[u8]) -> SignedReply {
        let now_ms = (self.inner.clock)();
        let received = {
            // A poisoned memory is still a memory of nonces.
            let mut nonces = self.inner.nonces.lock().unwrap_or_else(PoisonError::into_inner);
            self.inner.endpoint.receive_post(query, body, now_ms, &mut nonces)
        };
        self.answer(received, false).await
    }

    /// Answers a GET call: raw query string without `?`.
    pub async fn get(&self, query: &str) -> SignedReply {
        let received = self.inner.endpoint.receive_get(query, (self.inner.clock)());
        self.answer(received, true).await
    }

    async fn answer(&self, received: Result<Received, Refused>, get: bool) -> SignedReply {
        let endpoint = &self.inner.endpoint;
        match received {
            Ok(received) => {
                let generation = received.generation;
                let reply = self.inner.service.answer(received).await;
                let key = endpoint.key_of(generation).unwrap_or_default();
                let encryption = Encryption { key, algorithm: self.inner.algorithm, draw_iv: &random_iv };
                reply.sign(key, generation.is_get().then_some(encryption))
            }
            Err(refused) => {
                if let Some(difference) = &refused.difference {
                    tracing::warn!(reason = %refused.message, ?difference, "a call was refused");
                } else {
                    tracing::warn!(reason = %refused.message, "a call was refused");
                }
                let key = refused.key.as_deref().or_else(|| endpoint.fallback_key(get)).unwrap_or_default();
                Reply::new(refused.code, refused.message.clone()).sign(key, None)
            }
        }
    }
}

/// An initialisation vector from the operating system's random numbers.
pub fn random_iv() -> Iv {
    Iv::from_random(&rand::random())
}

async fn receive_post<S: Service>(
    State(production): State<Production<S>>,
    RawQuery(query): RawQuery,
    body: Body,
) -> Response {
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    respond(production.post(query.as_deref().unwrap_or_default(), &bytes).await)
}

async fn receive_get<S: Service>(State(production): State<Production<S>>, RawQuery(query): RawQuery) -> Response {
    respond(production.get(query.as_deref().unwrap_or_default()).await)
}

/// Always HTTP 200, `application/json` and `Body-Sign` over exactly the bytes sent (13, item 6).
fn respond(reply: SignedReply) -> Response {
    let mut response = reply.body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(value) = HeaderValue::from_str(&reply.body_sign) {
        headers.insert("body-sign", value);
    }
    response
}
