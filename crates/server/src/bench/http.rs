//! A small HTTP/1.1 client that keeps its connection: no redirects, no compression, no TLS. It costs
//! little, because it shares the processors with the server that it measures.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// Status.
    pub(super) status: u16,
    /// Whole body, chunks joined.
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is not.
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A line for the report of a request that was refused.
    pub(super) fn complaint(&self, request: &[u8]) -> String {
        let line = request.split(|b| *b == b'\r').next().unwrap_or_default();
        let body: String = String::from_utf8_lossy(&self.body).chars().take(200).collect();
        format!("{}: {} {body}", String::from_utf8_lossy(line), self.status)
    }
}

/// A connection that is opened when it is needed.
pub(super) struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// A GET request; `headers` are whole lines, each with its line end.
pub(super) fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench.local\r\n{headers}\r\n").into_bytes()
}

/// A POST request with a JSON body.
pub(super) fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench.local\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Text as a part of a query.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// What the head of an answer says about its body.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    length: usize,
    chunked: bool,
    close: bool,
}

fn read_head(head: &[u8]) -> Option<Head> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut found = Head { status, length: 0, chunked: false, close: false };
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            found.length = value.parse().ok()?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            found.chunked = value.eq_ignore_ascii_case("chunked");
        } else if name.eq_ignore_ascii_case("connection") {
            found.close = value.eq_ignore_ascii_case("close");
        }
    }
    Some(found)
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|w| w == wanted)
}

impl Connection {
    /// A connection to `address`, opened at the first request.
    pub(super) fn new(address: SocketAddr) -> Connection {
        Connection { address, stream: None, buffer: Vec::with_capacity(64 * 1024) }
    }

    /// Sends a request and reads the whole answer.
    pub(super) async fn send(&mut self, request: &[u8]) -> Result<Answer, String> {
        let answer = self.exchange(request).await;
        if answer.is_err() {
            self.stream = None;
            self.buffer.clear();
        }
        answer
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<Answer, String> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address).await.map_err(|e| e.to_string())?;
            stream.set_nodelay(true).map_err(|e| e.to_string())?;
            self.stream = Some(stream);
        }
        let stream = self.stream.as_mut().ok_or("no connection")?;
        stream.write_all(request).await.map_err(|e| e.to_string())?;
        let end = loop {
            if let Some(at) = position(&self.buffer, b"\r\n\r\n") {
                break at;
            }
            self.more().await?;
        };
        let head = read_head(&self.buffer[..end]).ok_or("an answer that is not HTTP")?;
        self.buffer.drain(..end + 4);
        let body = if head.chunked { self.chunks().await? } else { self.exactly(head.length).await? };
        if head.close {
            self.stream = None;
            self.buffer.clear();
        }
        Ok(Answer { status: head.status, body })
    }

    async fn more(&mut self) -> Result<(), String> {
        let stream = self.stream.as_mut().ok_or("no connection")?;
        match stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err("the server closed the connection".into()),
            Ok(_) => Ok(()),
            Err(e) => Err(e.to_string()),
        }
    }

    async fn exactly(&mut self, length: usize) -> Result<Vec<u8>, String> {
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                if let Some(at) = position(&self.buffer, b"\r\n") {
                    break at;
                }
                self.more().await?;
            };
            let line = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
            let size = usize::from_str_radix(line.split(';').next().unwrap_or("").trim(), 16)
                .map_err(|_| format!("chunk of size {line:?}"))?;
            self.buffer.drain(..end + 2);
            let mut chunk = self.exactly(size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            chunk.truncate(size);
            body.append(&mut chunk);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_whatever_their_case() {
        let head = read_head(b"HTTP/1.1 201 Created\r\nContent-Length: 12\r\nConnection: close").unwrap();
        assert_eq!(head, Head { status: 201, length: 12, chunked: false, close: true });
        assert!(read_head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked").unwrap().chunked);
        assert_eq!(read_head(b"nonsense"), None);
        assert_eq!(encoded("进 a-b"), "%E8%BF%9B%20a-b");
    }

    #[tokio::test]
    async fn a_connection_reads_plain_and_chunked_answers_one_after_the_other() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = vec![0; 1024];
            let _ = stream.read(&mut seen).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await.unwrap();
            let _ = stream.read(&mut seen).await.unwrap();
            let text = b"HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
            stream.write_all(text).await.unwrap();
        });
        let mut connection = Connection::new(address);
        let first = connection.send(&get("/", "")).await.unwrap();
        assert_eq!((first.status, first.body.as_slice()), (200, &b"hello"[..]));
        let second = connection.send(&post("/", "", "{}")).await.unwrap();
        assert_eq!((second.status, second.body.as_slice()), (404, &b"abcde"[..]));
        server.await.unwrap();
    }
}
