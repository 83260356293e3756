//! The production entry: listens, works, and stops cleanly.

use crate::config::Config;
use crate::telemetry::Telemetry;
use crate::wiring::{Background, Market};
use crate::{health, wiring};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// How long requests in flight may take after the signal to stop.
const PATIENCE: Duration = Duration::from_secs(20);

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
    let machines = health::routes(market.app.clone(), telemetry.metrics.clone(), config.server.metrics_token.0.clone());
    let router = machines.merge(wiring::router(web));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind(&config.server.listen).map_err(|e| format!("{}: {e}", config.server.listen))?;
    listener.set_nonblocking(true).map_err(|e| e.to_string())?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let handle = Handle::new();
    let background = Background::start(&market.app, config.worker.enabled);
    let server = if config.server.tls_key.is_empty() {
        let server = axum_server::from_tcp(listener).map_err(|e| e.to_string())?.handle(handle.clone());
        tokio::spawn(server.serve(service))
    } else {
        let tls = RustlsConfig::from_pem_file(&config.server.tls_certificate, &config.server.tls_key)
            .await
            .map_err(|e| format!("server.tls_certificate, server.tls_key: {e}"))?;
        let server = axum_server::from_tcp_rustls(listener, tls).map_err(|e| e.to_string())?.handle(handle.clone());
        tokio::spawn(server.serve(service))
    };
    Ok(Running { address, handle, server, background })
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
