//! The HTTP client for sellers' servers: signed by the caller, sent exactly as given, answered
//! within limits (seller interface 2, D-02, D-03).

use crate::address::Reach;
use protocol::verdict::{Exchange, HttpAnswer, TransportFailure};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Largest answer that is read.
pub const BODY_LIMIT: u64 = 1024 * 1024;

/// Client for sellers' servers. Cheap to clone.
#[derive(Clone)]
pub struct SellerClient {
    http: reqwest::Client,
    reach: Reach,
}

/// What an attempt brought back.
#[derive(Debug)]
pub struct Outcome {
    /// The answer, or why there is none.
    pub exchange: Exchange,
    /// Answer headers, one in a line.
    pub headers: String,
    /// Microseconds from sending to the end.
    pub duration_micros: i64,
}

/// Refused by the resolver; found again in the chain of causes of the client's error.
#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

struct GuardedResolver(Reach);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let (allowed, refused): (Vec<_>, Vec<_>) = found.into_iter().partition(|a| reach.allows(a.ip()));
            if allowed.is_empty() && !refused.is_empty() {
                let text = format!("{} resolves to {}, which may not be called", name.as_str(), refused[0].ip());
                return Err(Box::new(Refused(text)) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

impl SellerClient {
    /// A client that may reach as far as `reach`. Fails only when TLS cannot be set up.
    pub fn new(reach: Reach) -> Result<SellerClient, String> {
        let http = reqwest::Client::builder()
            .dns_resolver(Arc::new(GuardedResolver(reach)))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .http1_only()
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(4)
            .user_agent("Yunfang")
            .build()
            .map_err(|e| e.to_string())?;
        Ok(SellerClient { http, reach })
    }

    /// Posts `body` to `url`, both exactly as given.
    pub async fn post(&self, url: &str, body: String, timeout: Duration) -> Outcome {
        let started = Instant::now();
        let mut headers = String::new();
        let exchange = match self.reach.check_url(url) {
            Err(why) => Exchange::Failed(TransportFailure::AddressRefused(why.to_owned())),
            Ok(_) => {
                let limit_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
                match tokio::time::timeout(timeout, self.exchange(url, body, &mut headers)).await {
                    Ok(exchange) => exchange,
                    Err(_) => Exchange::Failed(TransportFailure::Timeout { limit_ms }),
                }
            }
        };
        let duration_micros = i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX);
        Outcome { exchange, headers, duration_micros }
    }

    async fn exchange(&self, url: &str, body: String, headers: &mut String) -> Exchange {
        let request = self
            .http
            .post(url)
            .header(ACCEPT, "application/json")
            .header(ACCEPT_ENCODING, "identity")
            .header(CONTENT_TYPE, "application/json;charset=utf8")
            .body(body);
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(e) => return Exchange::Failed(failure(&e)),
        };
        let text = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (content_type, body_sign) = (text("content-type"), text("body-sign"));
        for (name, value) in response.headers() {
            if headers.len() < 8192 {
                headers.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
            }
        }
        let status = response.status().as_u16();
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() as u64 + chunk.len() as u64 > BODY_LIMIT => {
                    return Exchange::Failed(TransportFailure::TooLarge { limit: BODY_LIMIT });
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => {
                    return Exchange::Answer(HttpAnswer { status, content_type, body_sign, body });
                }
                Err(e) => return Exchange::Failed(TransportFailure::Closed(root_cause(&e))),
            }
        }
    }
}

fn failure(error: &reqwest::Error) -> TransportFailure {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(e) = cause {
        if let Some(refused) = e.downcast_ref::<Refused>() {
            return TransportFailure::AddressRefused(refused.0.clone());
        }
        cause = e.source();
    }
    let text = root_cause(error);
    if error.is_connect() { TransportFailure::Unreachable(text) } else { TransportFailure::Closed(text) }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(e) = cause {
        text = e.to_string();
        cause = e.source();
    }
    text
}
