//! The production entry: listens, works, and stops cleanly.

use crate::config::Config;
use crate::idle::IdleAcceptor;
use crate::telemetry::Telemetry;
use crate::wiring::{Background, Market};
use crate::{health, wiring};
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// How long requests in flight may take after the signal to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a client may take for the headers of a request.
const HEADERS: Duration = Duration::from_secs(30);
/// How long nothing may move on a connection: longer than any answer takes.
const SILENCE: Duration = Duration::from_secs(75);
/// How often a silent HTTP/2 connection is asked whether somebody is there.
const PING: Duration = Duration::from_secs(30);
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 100;

/// A market that answers requests.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    handle: Handle<SocketAddr>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    background: Background,
}

impl Running {
    /// Stops listening, lets requests and jobs in flight finish.
    pub async fn stop(self) -> Result<(), String> {
        self.handle.graceful_shutdown(Some(PATIENCE));
        let served = self.server.await.map_err(|e| e.to_string())?;
        self.background.stop().await;
        served.map_err(|e| e.to_string())
    }
}

/// Starts listening and working.
pub async fn start(config: &Config, market: &Market, telemetry: &Telemetry) -> Result<Running, String> {
    let web = wiring::web(config, market)?;
    let machines = health::routes(market.app.clone(), telemetry.metrics.clone(), &config.server);
    let router = machines.merge(wiring::router(web));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind(&config.server.listen).map_err(|e| format!("{}: {e}", config.server.listen))?;
    listener.set_nonblocking(true).map_err(|e| e.to_string())?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let handle = Handle::new();
    let background = Background::start(&market.app, config.worker.enabled);
    let server = if config.server.tls_key.is_empty() {
        let server = axum_server::from_tcp(listener).map_err(|e| e.to_string())?.handle(handle.clone());
        let mut server = server.acceptor(IdleAcceptor(SILENCE));
        limit(server.http_builder(), HEADERS);
        tokio::spawn(server.serve(service))
    } else {
        let tls = RustlsConfig::from_pem_file(&config.server.tls_certificate, &config.server.tls_key)
            .await
            .map_err(|e| format!("server.tls_certificate, server.tls_key: {e}"))?;
        let server = axum_server::from_tcp(listener).map_err(|e| e.to_string())?.handle(handle.clone());
        let mut server = server.acceptor(RustlsAcceptor::new(tls).acceptor(IdleAcceptor(SILENCE)));
        limit(server.http_builder(), HEADERS);
        tokio::spawn(server.serve(service))
    };
    Ok(Running { address, handle, server, background })
}

/// Gives a request's headers an end, however slowly they drip; silence is ended by [`IdleAcceptor`].
/// Over HTTP/2, where pings would break every silence, the peer has to answer them.
fn limit(builder: &mut hyper_util::server::conn::auto::Builder<TokioExecutor>, headers: Duration) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(headers);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(headers)
        .max_concurrent_streams(STREAMS);
}

/// Waits for Ctrl-C or SIGTERM.
pub async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => {
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// What a client with these first bytes is sent until the server closes the connection.
    async fn until_closed(first: &[u8], headers: Duration, silence: Duration) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = axum_server::from_tcp(listener).unwrap().acceptor(IdleAcceptor(silence));
        limit(server.http_builder(), headers);
        let router = axum::Router::new().route("/", axum::routing::get(|| async { "ok" }));
        let task = tokio::spawn(server.serve(router.into_make_service()));
        let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
        client.write_all(first).await.unwrap();
        let mut answer = Vec::new();
        // Ends only because the server hangs up: the client keeps its side open.
        let _ = client.read_to_end(&mut answer).await;
        task.abort();
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn connections_that_never_ask_anything_end() {
        let (short, long) = (Duration::from_millis(50), Duration::from_secs(3600));
        let half = b"GET / HTTP/1.1\r\nHost: x\r\nX-a: ";
        let whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        for (headers, silence) in [(short, long), (long, short)] {
            assert!(!until_closed(half, headers, silence).await.contains("200 OK"));
        }
        assert_eq!(until_closed(b"", long, short).await, "", "not one byte");
        assert!(until_closed(whole, long, short).await.contains("200 OK"), "answered, then idle");
    }
}
