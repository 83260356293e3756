//! A running seller and a caller that signs and judges as the marketplace does.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use protocol::saas_v2::{
    Answer, ChangeInstanceCheck, InstanceStatus, NewInstance, OrderRef, ProductInfo, QueryInstance, RefreshInstance,
    ReleaseInstance, Request, Scene, UpdateInstanceStatus, UpgradeInstance,
};
use protocol::{BodySignMode, Exchange, Failure, HttpAnswer, TransportFailure, Verdict, judge, signature};
use sample_sellers::{Faults, Handle, Seller, serve};
use tokio::net::{TcpListener, TcpStream};

pub const KEY: &str = "3f2c0e6a-54f5-4c5e-9d0e-0d3a8a2d6c11";
pub const START: i64 = 1_717_000_000_000;

pub struct World {
    pub handle: Handle,
    pub clock: Arc<AtomicI64>,
    pub nonces: AtomicU64,
    pub task: tokio::task::JoinHandle<std::io::Result<()>>,
}

pub type Make = fn(&'static str, Arc<AtomicI64>) -> Seller;

pub fn instant(key: &'static str, clock: Arc<AtomicI64>) -> Seller {
    Seller::instant(key, move || clock.load(Ordering::SeqCst))
}

pub fn asynchronous(key: &'static str, clock: Arc<AtomicI64>) -> Seller {
    Seller::asynchronous(key, move || clock.load(Ordering::SeqCst))
}

pub fn faulty(key: &'static str, clock: Arc<AtomicI64>) -> Seller {
    Seller::faulty(key, move || clock.load(Ordering::SeqCst))
}

impl World {
    pub async fn new(make: Make) -> Self {
        Self::with(make, |seller| seller).await
    }

    pub async fn with(make: Make, change: impl FnOnce(Seller) -> Seller) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let seller = change(make(KEY, clock.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (handle, task) = serve(listener, seller).unwrap();
        Self { handle, clock, nonces: AtomicU64::new(0), task }
    }

    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    pub fn target(&self, body: &str) -> String {
        let nonce = format!("N{}", self.nonces.fetch_add(1, Ordering::SeqCst));
        signature::signed_url("/saas", KEY, &nonce, self.now(), body.as_bytes())
    }

    pub async fn post(&self, body: String) -> Exchange {
        let target = self.target(&body);
        send(&self.handle, "POST", &target, &body).await
    }

    pub async fn call_as(&self, request: &Request, test: bool) -> Verdict {
        let exchange = self.post(request.to_body(test)).await;
        judge(request.activity(), &exchange, &[KEY], BodySignMode::Required)
    }

    pub async fn call(&self, request: &Request) -> Verdict {
        self.call_as(request, false).await
    }

    pub async fn create(&self, business_id: &str) -> Verdict {
        self.call(&create(business_id)).await
    }

    pub async fn fails_with(&self, faults: Faults, request: &Request) -> Failure {
        self.handle.set_faults(faults);
        let verdict = self.call(request).await;
        self.handle.set_faults(Faults::default());
        match verdict {
            Verdict::Failure(failure) => failure,
            other => panic!("expected a failure, got {other:?}"),
        }
    }
}

pub async fn send(handle: &Handle, method: &str, target: &str, body: &str) -> Exchange {
    let stream = TcpStream::connect(handle.address()).await.unwrap();
    let (mut client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::builder()
        .method(method)
        .uri(target)
        .header("host", handle.address().to_string())
        .header("content-type", "application/json;charset=utf8")
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap();
    let closed = |error: hyper::Error| Exchange::Failed(TransportFailure::Closed(error.to_string()));
    let response = match client.send_request(request).await {
        Ok(response) => response,
        Err(error) => return closed(error),
    };
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let (status, content_type, body_sign) = (response.status().as_u16(), header("content-type"), header("body-sign"));
    match response.into_body().collect().await {
        Ok(body) => Exchange::Answer(HttpAnswer { status, content_type, body_sign, body: body.to_bytes().to_vec() }),
        Err(error) => closed(error),
    }
}

pub fn answer(exchange: Exchange) -> HttpAnswer {
    match exchange {
        Exchange::Answer(answer) => answer,
        Exchange::Failed(failure) => panic!("{failure:?}"),
    }
}

pub fn result_code(exchange: Exchange) -> String {
    let body: serde_json::Value = serde_json::from_slice(&answer(exchange).body).unwrap();
    body["resultCode"].as_str().unwrap().to_owned()
}

pub fn create(business_id: &str) -> Request {
    Request::NewInstance(NewInstance {
        order_id: "CS1".into(),
        order_line_id: "CS1-000001".into(),
        business_id: business_id.into(),
    })
}

pub fn query(id: &str) -> Request {
    Request::QueryInstance(QueryInstance { instance_ids: vec![id.into()] })
}

pub fn refresh(line: &str, expire_time: &str) -> Request {
    Request::RefreshInstance(RefreshInstance {
        scene: Scene::Renewal,
        order_id: "CS2".into(),
        order_line_id: line.into(),
        instance_id: "b-1".into(),
        product_id: None,
        expire_time: expire_time.into(),
    })
}

pub fn status(status: InstanceStatus) -> Request {
    Request::UpdateInstanceStatus(UpdateInstanceStatus { instance_id: "b-1".into(), status })
}

pub fn release() -> Request {
    Request::ReleaseInstance(ReleaseInstance {
        instance_id: "b-1".into(),
        order: Some(OrderRef { order_id: "CS3".into(), order_line_id: "CS3-000001".into() }),
    })
}

pub fn upgrade() -> Request {
    Request::UpgradeInstance(UpgradeInstance {
        instance_id: "b-1".into(),
        order_id: "CS4".into(),
        order_line_id: "CS4-000001".into(),
    })
}

pub fn check() -> Request {
    Request::ChangeInstanceCheck(ChangeInstanceCheck {
        instance_id: "b-1".into(),
        product: ProductInfo {
            linear_value: Some(5),
            product_id: "p".into(),
            product_name: Some("旗舰版".into()),
            sku_code: "s".into(),
        },
    })
}

pub fn instance_id(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Success(Answer::Created(a)) | Verdict::Processing(Answer::Created(a)) => &a.instance_id,
        other => panic!("not created: {other:?}"),
    }
}
