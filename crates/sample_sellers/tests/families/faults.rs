//! Each switch breaks a rule, and the verdict names that rule.

use std::sync::atomic::Ordering;

use protocol::body_sign::BodySignProblem;
use protocol::call::Call;
use protocol::difference::Mistake;
use protocol::form::TestFlag;
use protocol::saas_v2;
use protocol::verdict::Fact;
use protocol::{Failure, Language, Verdict};
use sample_sellers::Faults;

use crate::world::{World, result_code};
use crate::{expire, purchase, query_v1};

fn off() -> Faults {
    Faults::default()
}

#[tokio::test]
async fn answers_of_1_0_are_refused_for_the_right_reason() {
    let world = World::new().await;
    world.call(&purchase("b-1")).await;
    let buy = purchase("b-1");
    let cases = [
        ("missing_field", &buy, Faults { missing_instance_id: true, ..off() }),
        ("missing_field", &buy, Faults { empty_instance_id: true, ..off() }),
        ("missing_field", &buy, Faults { missing_result_code: true, ..off() }),
        ("result_code", &buy, Faults { number_result_code: true, ..off() }),
        ("result_code", &buy, Faults { repetition_fails: true, ..off() }),
        ("field_form", &buy, Faults { script_address: true, ..off() }),
        ("bad_json", &query_v1(), Faults { huge_number: true, ..off() }),
        ("field_form", &query_v1(), Faults { script_address: true, ..off() }),
        ("bad_json", &buy, Faults { repeated_member: true, ..off() }),
        ("bad_json", &buy, Faults { byte_order_mark: true, ..off() }),
        ("bad_json", &buy, Faults { not_utf8: true, ..off() }),
        ("bad_json", &buy, Faults { trailing_garbage: true, ..off() }),
        ("bad_json", &buy, Faults { list_body: true, ..off() }),
        ("bad_json", &buy, Faults { bad_json: true, ..off() }),
        ("http_status", &buy, Faults { redirect_to: Some("https://other.example".into()), ..off() }),
        ("http_status", &buy, Faults { errors_as_http: true, result_code: Some("000106".into()), ..off() }),
        ("http_status", &buy, Faults { http_status: Some(503), ..off() }),
        ("content_type", &buy, Faults { html: true, ..off() }),
        ("body_sign", &buy, Faults { missing_body_sign: true, ..off() }),
        ("body_sign", &buy, Faults { wrong_body_sign: true, ..off() }),
        ("body_sign", &buy, Faults { sign_other_bytes: true, ..off() }),
        ("body_sign", &expire(), Faults { hex_body_sign: true, ..off() }),
        ("decrypt", &buy, Faults { plain_credentials: true, ..off() }),
        ("decrypt", &buy, Faults { wrong_encryption_key: true, ..off() }),
        ("field_length", &buy, Faults { over_long_fields: true, ..off() }),
        ("closed", &buy, Faults { close_halfway: true, ..off() }),
    ];
    for (code, call, faults) in cases {
        let failure = world.fails_with(faults.clone(), call).await;
        assert_eq!(failure.code, code, "{faults:?}: {}", failure.detail);
        let told = failure.explain(Language::En);
        assert!(!told.found.is_empty() && !told.advice.is_empty() && !told.section.is_empty());
    }
    assert_eq!(world.handle.instances().len(), 1);
}

#[tokio::test]
async fn a_wrong_encrypt_type_is_forgiven() {
    let world = World::new().await;
    world.handle.set_faults(Faults { wrong_encrypt_type: true, ..off() });
    assert!(matches!(world.call(&purchase("b-1")).await, Verdict::Success(_)));
}

#[tokio::test]
async fn wrong_body_signs_show_what_was_signed() {
    let world = World::new().await;
    let of = |faults| {
        let world = &world;
        async move { world.fails_with(faults, &purchase("b-1")).await }
    };
    let other: Failure = of(Faults { sign_other_bytes: true, ..off() }).await;
    let difference = other.difference.unwrap();
    assert_eq!(difference.mistakes, [Mistake::BodyLineBreak]);
    assert_eq!(difference.canonical_at, difference.ours.canonical.map(|body| body.len()));
    let hex = of(Faults { hex_body_sign: true, ..off() }).await;
    assert_eq!(hex.difference.unwrap().mistakes, [Mistake::SignatureHex]);
    let none = of(Faults { missing_body_sign: true, ..off() }).await;
    assert_eq!(*none.fact, Fact::BodySign(BodySignProblem::Missing));
}

#[tokio::test]
async fn careless_sellers_accept_what_they_must_not() {
    let world = World::new().await;
    let create = Call::SaasV2(saas_v2::Request::NewInstance(saas_v2::NewInstance {
        order_id: "CS5".into(),
        order_line_id: "CS5-000001".into(),
        business_id: "b-5".into(),
    }));
    for call in [create, purchase("b-1")] {
        let mut forged = world.signed(&call, TestFlag::Real);
        let stale = forged.clone();
        forged.url = forged.url.replace("&nonce=", "&nonce=X").replace("customerId=c", "customerId=d");
        assert_eq!(result_code(&world.exchange(&forged).await), "000001");
        world.handle.set_faults(Faults { accept_any_signature: true, ..off() });
        assert_eq!(result_code(&world.exchange(&forged).await), "000000");
        world.handle.set_faults(off());
        world.clock.fetch_add(3_600_000, Ordering::SeqCst);
        assert_eq!(result_code(&world.exchange(&stale).await), "000001");
        world.handle.set_faults(Faults { accept_any_time: true, ..off() });
        assert_eq!(result_code(&world.exchange(&stale).await), "000000");
        world.handle.set_faults(off());
        let once = world.signed(&call, TestFlag::Real);
        world.exchange(&once).await;
        world.handle.set_faults(Faults { accept_replays: true, ..off() });
        assert_eq!(result_code(&world.exchange(&once).await), "000000");
        world.handle.set_faults(off());
    }
}

#[tokio::test]
async fn forgetful_sellers_open_twice_and_eager_ones_act_on_tests() {
    let world = World::new().await;
    world.handle.set_faults(Faults { forget_orders: true, ..off() });
    world.call(&purchase("b-1")).await;
    world.call(&purchase("b-2")).await;
    assert_eq!(world.handle.instances().len(), 2);
    world.handle.set_faults(Faults { act_on_tests: true, ..off() });
    world.call_as(&expire(), TestFlag::Test).await;
    assert_eq!(world.handle.instance("b-1").unwrap().state, sample_sellers::State::Frozen);
    world.handle.set_faults(Faults { unknown_succeeds: true, ..off() });
    let other = Call::SaasV1(protocol::saas_v1::Request::ExpireInstance(protocol::saas_v1::ExpireInstance {
        instance_id: "nobody".into(),
        order_id: "o".into(),
    }));
    assert_eq!(result_code(&world.exchange(&world.signed(&other, TestFlag::Real)).await), "000000");
    world.handle.set_faults(Faults { other_instance: true, missing_content: false, ..off() });
    let verdict = world.call(&query_v1()).await;
    let Verdict::Success(answer) = &verdict else { panic!("{verdict:?}") };
    assert_eq!(query_v1().remarks(answer).len(), 2, "one not asked for, one without an element");
    world.handle.set_faults(Faults { missing_content: true, ..off() });
    let debugging = world.call_as(&purchase("b-9"), TestFlag::Test).await;
    assert!(matches!(debugging, Verdict::Failure(failure) if failure.code == "missing_field"));
}
