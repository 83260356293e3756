//! A seller of every family behind real HTTP, called with signed calls as the marketplace does.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use protocol::call::{Call, JudgeSettings, Method, SignedCall, Signing};
use protocol::form::TestFlag;
use protocol::saas_v2::OrderRef;
use protocol::{Exchange, Failure, Generation, HttpAnswer, TransportFailure, Verdict};
use sample_sellers::{Faults, Handle, Seller, serve};
use tokio::net::{TcpListener, TcpStream};

pub const START: i64 = 1_717_000_000_123;

/// The key of a family; the interface types have keys of their own.
pub const fn key(generation: Generation) -> &'static str {
    match generation {
        Generation::SaasV2 | Generation::OnlineLicense => "basic key",
        Generation::LicenseCode => "code key",
        Generation::OrderNotify => "common key",
        _ => "value key",
    }
}

pub struct World {
    pub handle: Handle,
    pub clock: Arc<AtomicI64>,
    nonces: AtomicU64,
}

impl World {
    pub async fn new() -> Self {
        Self::with(|seller| seller).await
    }

    pub async fn with(change: impl FnOnce(Seller) -> Seller) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let time = clock.clone();
        let first = Generation::SaasV2;
        let mut seller = Seller::speaking(first, key(first), move || time.load(Ordering::SeqCst));
        for generation in [
            Generation::OnlineLicense,
            Generation::LicenseCode,
            Generation::OrderNotify,
            Generation::SaasV1,
            Generation::LicenseV1,
        ] {
            seller = seller.with_family(generation, key(generation));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (handle, _) = serve(listener, change(seller)).unwrap();
        Self { handle, clock, nonces: AtomicU64::new(0) }
    }

    pub fn signed(&self, call: &Call, test_flag: TestFlag) -> SignedCall {
        let nonce = format!("N{}", self.nonces.fetch_add(1, Ordering::SeqCst));
        let now_ms = self.clock.load(Ordering::SeqCst);
        let with = Signing { address: "/saas", key: key(call.generation()), nonce: &nonce, now_ms, test_flag };
        call.sign(&with).unwrap()
    }

    pub async fn exchange(&self, signed: &SignedCall) -> Exchange {
        send(&self.handle, signed).await
    }

    pub async fn call_as(&self, call: &Call, test_flag: TestFlag) -> Verdict {
        let exchange = self.exchange(&self.signed(call, test_flag)).await;
        let generation = call.generation();
        let mut settings = JudgeSettings::of(generation);
        settings.body_sign = protocol::BodySignMode::Required;
        settings.debugging = test_flag.is_test();
        call.judge(&exchange, &[key(generation)], settings)
    }

    pub async fn call(&self, call: &Call) -> Verdict {
        self.call_as(call, TestFlag::Real).await
    }

    pub async fn fails_with(&self, faults: Faults, call: &Call) -> Failure {
        self.handle.set_faults(faults);
        let verdict = self.call(call).await;
        self.handle.set_faults(Faults::default());
        match verdict {
            Verdict::Failure(failure) => failure,
            other => panic!("expected a failure, got {other:?}"),
        }
    }
}

async fn send(handle: &Handle, signed: &SignedCall) -> Exchange {
    let stream = TcpStream::connect(handle.address()).await.unwrap();
    let (mut client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let method = match signed.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let mut request =
        hyper::Request::builder().method(method).uri(&signed.url).header("host", handle.address().to_string());
    for (name, value) in signed.headers() {
        request = request.header(name, value);
    }
    let body = signed.body.clone().unwrap_or_default();
    let request = request.body(Full::new(Bytes::from(body))).unwrap();
    let closed = |error: hyper::Error| Exchange::Failed(TransportFailure::Closed(error.to_string()));
    let response = match client.send_request(request).await {
        Ok(response) => response,
        Err(error) => return closed(error),
    };
    let (parts, body) = response.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(error) => return closed(error),
    };
    let headers = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    Exchange::Answer(HttpAnswer::from_headers(parts.status.as_u16(), headers, body))
}

pub fn order() -> OrderRef {
    OrderRef { order_id: "CS1".into(), order_line_id: "CS1-000001".into() }
}

pub fn result_code(exchange: &Exchange) -> String {
    match exchange {
        Exchange::Answer(answer) => {
            let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            body["resultCode"].as_str().unwrap().to_owned()
        }
        Exchange::Failed(failure) => panic!("{failure:?}"),
    }
}
