//! The HTTP client: sends a signed call exactly as it is and reads the answer within limits, as
//! the marketplace does (2, D-02). It reaches loopback and private addresses, because the suite
//! runs where the seller works.

use std::time::{Duration, Instant};

use protocol::call::{Method, SignedCall};
use protocol::verdict::{Exchange, HttpAnswer, TransportFailure};

use crate::world::Page;

/// Largest answer in bytes that is read (D-02).
pub const BODY_LIMIT: u64 = 1024 * 1024;

/// What one attempt brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The answer, or why there is none.
    pub exchange: Exchange,
    /// Milliseconds from sending to the end.
    pub duration_ms: u64,
}

/// A client with its time limit.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    timeout: Duration,
}

impl Client {
    /// A client that waits at most `timeout` for a complete answer.
    ///
    /// # Errors
    /// When TLS cannot be set up, in English.
    pub fn new(timeout: Duration) -> Result<Self, String> {
        // A second installation only says that one is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .http1_only()
            .connect_timeout(Duration::from_secs(5))
            .user_agent("Yunfang")
            .build()
            .map_err(|error| root_cause(&error))?;
        Ok(Self { http, timeout })
    }

    /// Sends a call, byte for byte.
    pub async fn send(&self, call: &SignedCall) -> Arrived {
        let started = Instant::now();
        let limit_ms = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
        let exchange = match tokio::time::timeout(self.timeout, self.exchange(call)).await {
            Ok(exchange) => exchange,
            Err(_) => Exchange::Failed(TransportFailure::Timeout { limit_ms }),
        };
        Arrived { exchange, duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX) }
    }

    /// Opens a page; `None` when there is no complete answer.
    pub async fn page(&self, address: &str) -> Option<Page> {
        let response = tokio::time::timeout(self.timeout, self.http.get(address).send()).await.ok()?.ok()?;
        let status = response.status().as_u16();
        let body = tokio::time::timeout(self.timeout, limited(response)).await.ok()?.ok()?;
        Some(Page { status, body })
    }

    async fn exchange(&self, call: &SignedCall) -> Exchange {
        let mut request = match call.method {
            Method::Get => self.http.get(&call.url),
            Method::Post => self.http.post(&call.url).body(call.body.clone().unwrap_or_default()),
        };
        for (name, value) in call.headers() {
            request = request.header(name, value);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Exchange::Failed(failure(&error)),
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        match limited(response).await {
            Ok(body) => {
                let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
                Exchange::Answer(HttpAnswer::from_headers(status, headers, body))
            }
            Err(failure) => Exchange::Failed(failure),
        }
    }
}

async fn limited(mut response: reqwest::Response) -> Result<Vec<u8>, TransportFailure> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() as u64 + chunk.len() as u64 > BODY_LIMIT => {
                return Err(TransportFailure::TooLarge { limit: BODY_LIMIT });
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(TransportFailure::Closed(root_cause(&error))),
        }
    }
}

fn failure(error: &reqwest::Error) -> TransportFailure {
    let text = root_cause(error);
    if error.is_connect() { TransportFailure::Unreachable(text) } else { TransportFailure::Closed(text) }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    text
}
