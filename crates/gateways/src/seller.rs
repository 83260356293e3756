//! The HTTP client for sellers' servers: signed by the caller, sent exactly as given, answered
//! within limits (seller interface 2, D-02, D-03).

use crate::address::Reach;
use protocol::call::{Method, SignedCall};
use protocol::verdict::{Exchange, HttpAnswer, TransportFailure};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::fmt::{self, Write};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Largest answer that is read.
pub const BODY_LIMIT: u64 = 1024 * 1024;

/// Connections kept alive to one server: as many as calls may be in flight there (D-38). With fewer,
/// every burst of calls opens and closes the rest.
const KEPT_ALIVE: usize = 20;
/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(30);

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
    /// HTTP status, as soon as it came; also of an answer that broke off.
    pub status: Option<u16>,
    /// Answer headers, one in a line.
    pub headers: String,
    /// What came of the body of an answer that did not arrive whole; empty of one that did.
    pub broken_body: Vec<u8>,
    /// Microseconds from sending to the end.
    pub duration_micros: i64,
}

/// What came so far, kept when the rest does not come.
#[derive(Default)]
struct Seen {
    status: Option<u16>,
    headers: String,
    body: Vec<u8>,
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

/// Addresses of a name.
type Lookup = Arc<dyn Fn(String) -> Looking + Send + Sync>;
type Looking = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

/// Asked for every new connection; a connection that is kept alive goes to where it was allowed to.
struct GuardedResolver {
    reach: Reach,
    lookup: Lookup,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, looking) = (self.reach, (self.lookup)(name.as_str().to_owned()));
        Box::pin(async move {
            let found = looking.await?;
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
        let system = |name: String| -> Looking {
            Box::pin(async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect()) })
        };
        SellerClient::with_lookup(reach, Arc::new(system))
    }

    fn with_lookup(reach: Reach, lookup: Lookup) -> Result<SellerClient, String> {
        let http = reqwest::Client::builder()
            .dns_resolver(Arc::new(GuardedResolver { reach, lookup }))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .http1_only()
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(KEPT_ALIVE)
            .tcp_nodelay(true)
            .user_agent("Yunfang")
            .build()
            .map_err(|e| e.to_string())?;
        Ok(SellerClient { http, reach })
    }

    /// Sends a call, byte for byte as it was signed.
    pub async fn send(&self, call: &SignedCall, timeout: Duration) -> Outcome {
        let started = Instant::now();
        let mut seen = Seen::default();
        let exchange = match self.reach.check_url(&call.url) {
            Err(why) => Exchange::Failed(TransportFailure::AddressRefused(why.to_owned())),
            Ok(_) => {
                let limit_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
                match tokio::time::timeout(timeout, self.exchange(call, &mut seen)).await {
                    Ok(exchange) => exchange,
                    Err(_) => Exchange::Failed(TransportFailure::Timeout { limit_ms }),
                }
            }
        };
        let duration_micros = i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let Seen { status, headers, body: broken_body } = seen;
        Outcome { exchange, status, headers, broken_body, duration_micros }
    }

    async fn exchange(&self, call: &SignedCall, seen: &mut Seen) -> Exchange {
        let mut request = match call.method {
            Method::Get => self.http.get(&call.url),
            Method::Post => self.http.post(&call.url),
        };
        for (name, value) in call.headers() {
            request = request.header(name, value);
        }
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(e) => return Exchange::Failed(failure(&e)),
        };
        let text = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (content_type, body_sign) = (text("content-type"), text("body-sign"));
        for (name, value) in response.headers() {
            if seen.headers.len() < 8192 {
                // Writing to a string cannot fail.
                let _ = writeln!(seen.headers, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
            }
        }
        let status = response.status().as_u16();
        seen.status = Some(status);
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if seen.body.len() as u64 + chunk.len() as u64 > BODY_LIMIT => {
                    return Exchange::Failed(TransportFailure::TooLarge { limit: BODY_LIMIT });
                }
                Ok(Some(chunk)) => seen.body.extend_from_slice(&chunk),
                Ok(None) => {
                    let body = std::mem::take(&mut seen.body);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::{Semaphore, watch};

    /// A server that answers each request when `gate` lets it; counts its connections and requests.
    struct Server {
        port: u16,
        gate: Arc<Semaphore>,
        connections: Arc<AtomicUsize>,
        requests: watch::Receiver<usize>,
    }

    impl Server {
        async fn start(open: usize) -> Server {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let (gate, connections) = (Arc::new(Semaphore::new(open)), Arc::new(AtomicUsize::new(0)));
            let (seen, requests) = watch::channel(0);
            let server = Server { port, gate: gate.clone(), connections: connections.clone(), requests };
            let seen = Arc::new(seen);
            tokio::spawn(async move {
                loop {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    connections.fetch_add(1, Ordering::SeqCst);
                    let (gate, seen) = (gate.clone(), seen.clone());
                    tokio::spawn(async move {
                        let mut bytes = [0; 4096];
                        // Each request of these tests comes in one piece.
                        while stream.read(&mut bytes).await.unwrap_or(0) > 0 {
                            seen.send_modify(|n| *n += 1);
                            gate.acquire().await.unwrap().forget();
                            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n";
                            stream.write_all(format!("{head}{{}}").as_bytes()).await.unwrap();
                        }
                    });
                }
            });
            server
        }

        async fn received(&self, count: usize) {
            self.requests.clone().wait_for(|n| *n >= count).await.unwrap();
        }

        fn connections(&self) -> usize {
            self.connections.load(Ordering::SeqCst)
        }
    }

    fn client(reach: Reach, answers: &'static [&'static str], asked: Arc<AtomicUsize>) -> SellerClient {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let lookup = move |_: String| -> Looking {
            let at = asked.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            Box::pin(async move { Ok(vec![SocketAddr::new(answers[at].parse().unwrap(), 0)]) })
        };
        SellerClient::with_lookup(reach, Arc::new(lookup)).unwrap()
    }

    fn call(url: &str) -> SignedCall {
        SignedCall {
            method: Method::Post,
            url: url.to_owned(),
            body: Some("{}".into()),
            content_type: Some("application/json"),
            signed: protocol::difference::Side { canonical: None, signature: String::new() },
        }
    }

    fn is_answer(outcome: &Outcome) -> bool {
        matches!(&outcome.exchange, Exchange::Answer(answer) if answer.status == 200)
    }

    #[tokio::test]
    async fn connections_are_kept_and_every_new_one_is_checked_again() {
        let (server, asked) = (Server::start(5).await, Arc::new(AtomicUsize::new(0)));
        // The name points at this machine first, then at a metadata service.
        let client = client(Reach::Development, &["127.0.0.1", "169.254.169.254"], asked.clone());
        let url = format!("http://seller.test:{}/saas", server.port);
        let limit = Duration::from_secs(20);
        for _ in 0..5 {
            assert!(is_answer(&client.send(&call(&url), limit).await));
        }
        assert_eq!((server.connections(), asked.load(Ordering::SeqCst)), (1, 1), "one connection");
        // It is busy with a call that is not answered yet: the next call needs another one.
        let (first, address) = (client.clone(), url.clone());
        let busy = tokio::spawn(async move { first.send(&call(&address), limit).await });
        server.received(6).await;
        let outcome = client.send(&call(&url), limit).await;
        let Exchange::Failed(TransportFailure::AddressRefused(why)) = outcome.exchange else {
            panic!("{outcome:?}");
        };
        assert!(why.contains("169.254.169.254"), "{why}");
        server.gate.add_permits(1);
        assert!(is_answer(&busy.await.unwrap()), "what was allowed goes on");
        assert_eq!(server.connections(), 1, "no other connection was made");
    }

    #[tokio::test]
    async fn a_name_that_points_inside_is_refused_at_connection_time() {
        let asked = Arc::new(AtomicUsize::new(0));
        let client = client(Reach::Public, &["10.1.2.3"], asked.clone());
        let outcome = client.send(&call("https://seller.example/saas"), Duration::from_secs(20)).await;
        assert!(matches!(outcome.exchange, Exchange::Failed(TransportFailure::AddressRefused(_))), "{outcome:?}");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn as_many_connections_are_kept_as_calls_may_be_in_flight() {
        let server = Server::start(0).await;
        let client = client(Reach::Development, &["127.0.0.1"], Arc::default());
        for round in 1..=3 {
            let calls: Vec<_> = (0..KEPT_ALIVE)
                .map(|_| {
                    let (client, url) = (client.clone(), format!("http://seller.test:{}/saas", server.port));
                    tokio::spawn(async move { client.send(&call(&url), Duration::from_secs(20)).await })
                })
                .collect();
            // All of them are in flight at once.
            server.received(round * KEPT_ALIVE).await;
            server.gate.add_permits(KEPT_ALIVE);
            for call in calls {
                assert!(is_answer(&call.await.unwrap()));
            }
        }
        let opened = server.connections();
        assert!(opened < 2 * KEPT_ALIVE, "{opened} connections for three rounds of {KEPT_ALIVE} calls");
    }
}
