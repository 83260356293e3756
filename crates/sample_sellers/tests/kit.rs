//! The kit as a seller uses it, without a server.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use protocol::Generation;
use protocol::answer::{Answer, AppInfo};
use protocol::call::{Call, JudgeSettings, Signing};
use protocol::field_cipher::Algorithm;
use protocol::form::TestFlag;
use protocol::saas_v1;
use protocol::saas_v2;
use protocol::seller::{Endpoint, Received, Reply, SignedReply};
use protocol::{Exchange, HttpAnswer, Verdict};
use sample_sellers::kit::{Production, Service};

const NOW: i64 = 1_717_000_000_123;

struct Echo;

impl Service for Echo {
    async fn answer(&self, received: Received) -> Reply {
        let app = AppInfo {
            front_end_url: "https://app.example".into(),
            admin_url: None,
            user_name: Some("admin".into()),
            password: Some("geheim".into()),
            memo: None,
            encrypt_type: None,
        };
        match received.call {
            Call::SaasV2(saas_v2::Request::NewInstance(r)) => Reply::success().with_instance(r.business_id),
            Call::SaasV1(saas_v1::Request::NewInstance(r)) => {
                Reply { app_info: Some(app), ..Reply::success().with_instance(r.business_id) }
            }
            _ => Reply::unknown_instance(),
        }
    }
}

fn production() -> Production<Echo> {
    let endpoint = Endpoint::new().with(Generation::SaasV2, "k2").with(Generation::SaasV1, "k1");
    Production::with(endpoint, Echo, Algorithm::Aes128, || NOW)
}

async fn call(production: &Production<Echo>, call: &Call, key: &str, nonce: &str) -> SignedReply {
    let with = Signing { address: "/p", key, nonce, now_ms: NOW, test_flag: TestFlag::Real };
    let signed = call.sign(&with).unwrap();
    let query = signed.url.split_once('?').unwrap().1;
    match &signed.body {
        Some(body) => production.post(query, body.as_bytes()).await,
        None => production.get(query).await,
    }
}

fn judged(call: &Call, reply: SignedReply, key: &str) -> Verdict {
    let answer = HttpAnswer {
        status: 200,
        content_type: Some("application/json".into()),
        body_sign: Some(reply.body_sign),
        body: reply.body.into_bytes(),
    };
    call.judge(&Exchange::Answer(answer), &[key], JudgeSettings::of(Generation::SaasV1))
}

fn create() -> Call {
    Call::SaasV2(saas_v2::Request::NewInstance(saas_v2::NewInstance {
        order_id: "o".into(),
        order_line_id: "l".into(),
        business_id: "b".into(),
    }))
}

fn purchase() -> Call {
    Call::SaasV1(saas_v1::Request::NewInstance(Box::new(saas_v1::NewInstance {
        customer_id: "c".into(),
        business_id: "b".into(),
        order_id: "o".into(),
        product_id: "p".into(),
        ..saas_v1::NewInstance::default()
    })))
}

#[tokio::test]
async fn answers_are_signed_with_the_key_of_their_family_and_encrypted_where_it_belongs() {
    let production = production();
    let reply = call(&production, &create(), "k2", "N1").await;
    assert!(matches!(judged(&create(), reply, "k2"), Verdict::Success(Answer::Created(_))));
    let reply = call(&production, &purchase(), "k1", "").await;
    assert!(!reply.body.contains("geheim") && reply.body.contains("\"encryptType\":\"2\""));
    let Verdict::Success(Answer::Created(created)) = judged(&purchase(), reply, "k1") else { panic!("not created") };
    assert_eq!(created.app_info.unwrap().password.as_deref(), Some("geheim"));
}

#[tokio::test]
async fn what_is_refused_never_reaches_the_service() {
    let production = production();
    assert!(call(&production, &create(), "wrong", "N1").await.body.contains("000001"));
    assert!(call(&production, &create(), "k2", "N1").await.body.contains("000000"));
    assert!(call(&production, &create(), "k2", "N1").await.body.contains("000001"), "replayed");
    let refused = call(&production, &purchase(), "wrong", "").await;
    assert!(refused.body.contains("000001") && !refused.body.contains("canonical"));
    let signed = protocol::body_sign::build("k1", refused.body.as_bytes());
    assert_eq!(refused.body_sign, signed);
}
