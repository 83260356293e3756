//! The program under test: this very binary, started as `serve`, and a bare server as its bound.

use super::http::{Connection, get};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// A process that answers requests; it ends with this value.
pub(super) struct Server {
    child: Child,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// From its start to the first ready answer.
    pub(super) started_in: Duration,
}

/// Database and data folder of a server.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// As in `database.url`.
    pub(super) url: String,
    /// As in `data.folder`.
    pub(super) folder: PathBuf,
}

fn free_address() -> Result<SocketAddr, String> {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(|e| e.to_string())
}

fn itself() -> Result<Command, String> {
    let mut command = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
    command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    Ok(command)
}

impl Server {
    /// Starts `serve` on `place` and waits until it is ready. Without `worker` it does no background
    /// work, so that only requests are measured.
    pub(super) async fn start(place: &Place, worker: bool) -> Result<Server, String> {
        let address = free_address()?;
        let log = place.folder.join("serve.log");
        let file = std::fs::File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let mut command = itself()?;
        command
            .arg("serve")
            .env("YUNFANG_SERVER__LISTEN", address.to_string())
            .env("DATABASE_URL", &place.url)
            .env("YUNFANG_DATA__FOLDER", &place.folder)
            .env("YUNFANG_SELLERS__REACH", "development")
            .env("YUNFANG_WORKER__ENABLED", worker.to_string())
            .env_remove("YUNFANG_CONFIG")
            .stderr(file);
        let begun = Instant::now();
        let child = command.spawn().map_err(|e| format!("serve: {e}"))?;
        let server = Server { child, address, started_in: Duration::ZERO };
        server.until_ready(begun, "/readyz", Some(&log)).await
    }

    /// Starts a bare server that answers every request with the bytes of `file`.
    pub(super) async fn bare(file: &Path) -> Result<Server, String> {
        let address = free_address()?;
        let mut command = itself()?;
        command.args(["bench", "--bare-listen", &address.to_string(), "--bare-file"]).arg(file).stderr(Stdio::null());
        let begun = Instant::now();
        let child = command.spawn().map_err(|e| format!("bare server: {e}"))?;
        Server { child, address, started_in: Duration::ZERO }.until_ready(begun, "/", None).await
    }

    async fn until_ready(mut self, begun: Instant, path: &str, log: Option<&Path>) -> Result<Server, String> {
        let request = get(path, "");
        while begun.elapsed() < Duration::from_secs(120) {
            if let Ok(answer) = Connection::new(self.address).send(&request).await
                && answer.status == 200
            {
                self.started_in = begun.elapsed();
                return Ok(self);
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                let text = log.and_then(|l| std::fs::read_to_string(l).ok()).unwrap_or_default();
                return Err(format!("the server ended with {status}: {text}"));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Err("the server was not ready within two minutes".into())
    }

    /// Its process.
    pub(super) fn process(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// One answer, for its bytes.
    pub(super) async fn sample(&self, request: &[u8]) -> Result<Vec<u8>, String> {
        let answer = Connection::new(self.address).send(request).await?;
        if answer.status < 400 { Ok(answer.body) } else { Err(answer.complaint(request)) }
    }

    /// Ends it and waits until it is gone.
    pub(super) async fn stop(mut self) {
        let _ = self.child.start_kill();
        let _ = self.child.wait().await;
    }
}

/// Serves the bytes of a file for every request, until the process is ended.
pub async fn serve_bare(listen: SocketAddr, file: &Path) -> Result<(), String> {
    let bytes = axum::body::Bytes::from(std::fs::read(file).map_err(|e| e.to_string())?);
    let listener = tokio::net::TcpListener::bind(listen).await.map_err(|e| e.to_string())?;
    let answer = move || {
        let bytes = bytes.clone();
        async move { ([(axum::http::header::CONTENT_TYPE, "text/html; charset=utf-8")], bytes) }
    };
    axum::serve(listener, axum::Router::new().fallback(answer)).await.map_err(|e| e.to_string())
}
