//! The sample sellers over real HTTP on loopback, called as the marketplace calls them.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod world;

use std::sync::atomic::Ordering;

use protocol::saas_v2::{Answer, CreationPoll, InstanceStatus, creation_poll};
use protocol::{Verdict, signature};
use sample_sellers::{Effect, Faults, Seller, State};
use world::*;

#[tokio::test]
async fn the_whole_life_of_an_instance_and_every_call_twice() {
    let world = World::new(instant).await;
    let done = Verdict::Success(Answer::Done);
    for business_id in ["b-1", "b-2"] {
        let verdict = world.create(business_id).await;
        assert!(matches!(verdict, Verdict::Success(_)));
        assert_eq!(instance_id(&verdict), "b-1");
    }
    for request in [
        refresh("CS2-000001", "20270101000000"),
        status(InstanceStatus::Freeze),
        status(InstanceStatus::Unfreeze),
        upgrade(),
        check(),
    ] {
        assert_eq!(world.call(&request).await, done);
        assert_eq!(world.call(&request).await, done);
    }
    let verdict = world.call(&query("b-1")).await;
    let CreationPoll::Ready(info) = creation_poll(&verdict, "b-1") else {
        panic!("{verdict:?}");
    };
    let url = &info.app_info.as_ref().unwrap().front_end_url;
    let expected = format!("http://{}/app/b%2D1", world.handle.address());
    assert_eq!(url, &expected);
    for _ in 0..2 {
        assert_eq!(world.call(&release()).await, done);
    }
    assert_eq!(instance_id(&world.create("b-3").await), "b-1");

    let id = || "b-1".to_owned();
    assert_eq!(
        world.handle.effects(),
        [
            Effect::Created { order_id: "CS1".into(), order_line_id: "CS1-000001".into(), instance_id: id() },
            Effect::Refreshed { instance_id: id(), order_line_id: "CS2-000001".into() },
            Effect::Frozen { instance_id: id() },
            Effect::Unfrozen { instance_id: id() },
            Effect::Upgraded { instance_id: id(), order_line_id: "CS4-000001".into() },
            Effect::Released { instance_id: id() },
        ]
    );
    assert_eq!(world.handle.calls().len(), 16);
    assert_eq!(world.handle.created_count("CS1", "CS1-000001"), 1);
    assert_eq!(world.handle.instances().len(), 1);
}

#[tokio::test]
async fn a_late_repetition_does_not_undo_a_newer_expiry() {
    let world = World::new(instant).await;
    world.create("b-1").await;
    world.call(&refresh("CS2-000001", "20270101000000")).await;
    world.call(&refresh("CS2-000002", "20280101000000")).await;
    world.call(&refresh("CS2-000001", "20270101000000")).await;
    let instance = world.handle.instance("b-1").unwrap();
    assert_eq!(instance.expire_time.as_deref(), Some("20280101000000"));
}

#[tokio::test]
async fn unknown_instances_are_000003() {
    let world = World::new(instant).await;
    for request in
        [query("b-1"), refresh("l", "20270101000000"), status(InstanceStatus::Freeze), release(), upgrade(), check()]
    {
        let exchange = world.post(request.to_body(false)).await;
        assert_eq!(result_code(exchange), "000003");
    }
    assert!(world.handle.effects().is_empty());
}

#[tokio::test]
async fn the_asynchronous_seller_is_ready_at_the_second_poll() {
    let world = World::new(asynchronous).await;
    let accepted = world.create("b-1").await;
    assert!(matches!(accepted, Verdict::Processing(_)));
    assert_eq!(world.handle.instance("b-1").unwrap().state, State::Opening);
    assert!(matches!(world.create("b-2").await, Verdict::Processing(_)));
    let first = world.call(&query("b-1")).await;
    assert_eq!(creation_poll(&first, "b-1"), CreationPoll::StillWorking);
    let second = world.call(&query("b-1")).await;
    assert!(matches!(creation_poll(&second, "b-1"), CreationPoll::Ready(_)));
    assert!(matches!(world.create("b-3").await, Verdict::Success(_)));
    assert_eq!(world.handle.created_count("CS1", "CS1-000001"), 1);
}

#[tokio::test]
async fn processing_can_last_for_ever_and_end_when_the_switch_is_lifted() {
    let world = World::new(instant).await;
    world.handle.set_faults(Faults { processing_for_polls: Some(u32::MAX), ..Faults::default() });
    assert!(matches!(world.create("b-1").await, Verdict::Processing(_)));
    for _ in 0..5 {
        let verdict = world.call(&query("b-1")).await;
        assert_eq!(creation_poll(&verdict, "b-1"), CreationPoll::StillWorking);
    }
    world.handle.set_faults(Faults::default());
    let verdict = world.call(&query("b-1")).await;
    assert!(matches!(creation_poll(&verdict, "b-1"), CreationPoll::Ready(_)));
}

#[tokio::test]
async fn nothing_is_read_or_done_without_a_right_signature() {
    let world = World::new(instant).await;
    let body = create("b-1").to_body(false);
    let at = world.now();
    let signed =
        |key: &str, nonce: &str, at: i64, body: &str| signature::signed_url("/saas", key, nonce, at, body.as_bytes());
    for (target, sent) in [
        ("/saas".to_owned(), body.as_str()),
        (signed("other", "A1", at, &body), &body),
        (signed(KEY, "A2", at, "{}"), &body),
        (signed(KEY, "A3", at - 60_001, &body), &body),
        (signed(KEY, "A4", at + 60_001, &body), &body),
        (signed(KEY, "A5", at, &body).replace("nonce=A5", "nonce=A6"), &body),
        ("/saas?signature=x&timestamp=1&nonce=1".to_owned(), "not JSON"),
    ] {
        let exchange = send(&world.handle, "POST", &target, sent).await;
        assert_eq!(result_code(exchange), "000001", "{target}");
    }
    assert!(world.handle.instances().is_empty());
    assert!(world.handle.calls().iter().all(|call| call.request.is_none()));
}

#[tokio::test]
async fn a_nonce_works_once() {
    let world = World::new(instant).await;
    let body = create("b-1").to_body(false);
    let target = world.target(&body);
    let send_again = || send(&world.handle, "POST", &target, &body);
    assert_eq!(result_code(send_again().await), "000000");
    assert_eq!(result_code(send_again().await), "000001");
    world.clock.fetch_add(60_000, Ordering::SeqCst);
    assert_eq!(result_code(send_again().await), "000001");
}

#[tokio::test]
async fn unreadable_requests_are_000002() {
    let world = World::new(instant).await;
    for body in [
        "{}",
        "[]",
        "",
        r#"{"activity":"getLicense"}"#,
        r#"{"activity":"newInstance","orderId":"o","orderLineId":"l"}"#,
        r#"{"activity":"queryInstance","activity":"queryInstance","instanceId":"i"}"#,
    ] {
        let exchange = world.post(body.to_owned()).await;
        assert_eq!(result_code(exchange), "000002", "{body}");
    }
    let huge = answer(world.post("x".repeat(100_000)).await);
    assert_eq!(huge.status, 413);
}

#[tokio::test]
async fn debugging_requests_succeed_and_change_nothing() {
    let world = World::new(asynchronous).await;
    for request in [
        create("b-1"),
        query("any"),
        refresh("l", "20270101000000"),
        status(InstanceStatus::Freeze),
        release(),
        upgrade(),
        check(),
    ] {
        let verdict = world.call_as(&request, true).await;
        assert!(matches!(verdict, Verdict::Success(_)), "{verdict:?}");
    }
    assert!(world.handle.instances().is_empty() && world.handle.effects().is_empty());
    assert!(world.handle.calls().iter().all(|call| call.test));
}

#[tokio::test]
async fn every_switch_fails_the_call_for_its_own_reason() {
    let world = World::new(instant).await;
    let off = Faults::default;
    let cases = [
        ("http_status", Faults { http_status: Some(503), ..off() }),
        ("content_type", Faults { content_type: Some("text/plain".into()), ..off() }),
        ("content_type", Faults { html: true, ..off() }),
        ("bad_json", Faults { bad_json: true, ..off() }),
        ("body_sign", Faults { missing_body_sign: true, ..off() }),
        ("body_sign", Faults { wrong_body_sign: true, ..off() }),
        ("result_code", Faults { result_code: Some("000106".into()), ..off() }),
        ("result_code", Faults { fail_first_n: 1, ..off() }),
        ("field_length", Faults { over_long_fields: true, ..off() }),
        ("closed", Faults { close_halfway: true, ..off() }),
    ];
    for (code, faults) in cases {
        let failure = world.fails_with(faults.clone(), &create("b-1")).await;
        assert_eq!(failure.code, code, "{faults:?}");
        assert!(world.handle.created_count("CS1", "CS1-000001") <= 1);
    }
    assert!(matches!(world.create("b-9").await, Verdict::Success(_)));
    let long = Faults { over_long_fields: true, ..off() };
    for request in [query("b-1"), upgrade()] {
        let failure = world.fails_with(long.clone(), &request).await;
        assert_eq!(failure.code, "field_length");
    }
    assert_eq!(world.handle.created_count("CS1", "CS1-000001"), 1);
}

#[tokio::test]
async fn refusals_come_before_the_business_acts_and_damage_after() {
    let world = World::new(instant).await;
    let refuse = Faults { result_code: Some("000106".into()), ..Faults::default() };
    world.fails_with(refuse, &create("b-1")).await;
    assert_eq!(world.handle.created_count("CS1", "CS1-000001"), 0);
    let lose = Faults { close_halfway: true, ..Faults::default() };
    world.fails_with(lose, &create("b-2")).await;
    assert_eq!(world.handle.created_count("CS1", "CS1-000001"), 1);
    assert_eq!(instance_id(&world.create("b-3").await), "b-2");
}

#[tokio::test]
async fn the_first_n_calls_fail_and_the_next_succeeds() {
    let world = World::new(instant).await;
    world.handle.set_faults(Faults { fail_first_n: 2, ..Faults::default() });
    for _ in 0..2 {
        assert!(matches!(world.create("b-1").await, Verdict::Failure(_)));
    }
    assert!(matches!(world.create("b-1").await, Verdict::Success(_)));
}

#[tokio::test]
async fn switches_can_be_limited_to_activities() {
    let world = World::new(instant).await;
    world.handle.set_faults(Faults {
        only_activities: vec!["releaseInstance".into()],
        http_status: Some(500),
        ..Faults::default()
    });
    assert!(matches!(world.create("b-1").await, Verdict::Success(_)));
    assert!(matches!(world.call(&release()).await, Verdict::Failure(_)));
}

#[tokio::test]
async fn the_instance_id_can_change_on_repetition() {
    let world = World::new(instant).await;
    world.handle.set_faults(Faults { changed_instance_id: true, ..Faults::default() });
    assert_eq!(instance_id(&world.create("b-1").await), "b-1");
    assert_eq!(instance_id(&world.create("b-2").await), "b-2");
    assert_eq!(world.handle.created_count("CS1", "CS1-000001"), 1);
}

#[tokio::test]
async fn big_bodies_are_big_and_still_json() {
    let world = World::new(instant).await;
    world.handle.set_faults(Faults { big_body: 2_000_000, ..Faults::default() });
    let big = answer(world.post(create("b-1").to_body(false)).await);
    assert!(big.body.len() > 2_000_000);
}

#[tokio::test]
async fn a_success_after_the_caller_gave_up_is_harmless() {
    let world = World::new(instant).await;
    world.handle.set_faults(Faults { delay_ms: 3_600_000, ..Faults::default() });
    let body = create("b-1").to_body(false);
    let (target, handle) = (world.target(&body), world.handle.clone());
    let waiting = tokio::spawn(async move { send(&handle, "POST", &target, &body).await });
    world.handle.wait_for_calls(1).await;
    waiting.abort();
    world.handle.set_faults(Faults::default());
    assert_eq!(instance_id(&world.create("b-2").await), "b-1");
    assert_eq!(world.handle.created_count("CS1", "CS1-000001"), 1);
}

#[tokio::test]
async fn shutdown_ends_a_delay_and_the_server() {
    let world = World::new(instant).await;
    world.handle.set_faults(Faults { delay_ms: 3_600_000, ..Faults::default() });
    let body = create("b-1").to_body(false);
    let (target, handle) = (world.target(&body), world.handle.clone());
    let waiting = tokio::spawn(async move { send(&handle, "POST", &target, &body).await });
    world.handle.wait_for_calls(1).await;
    world.handle.shutdown();
    assert_eq!(result_code(waiting.await.unwrap()), "000000");
    world.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_fault_page_sets_switches_where_it_was_opened() {
    let world = World::new(faulty).await;
    assert!(matches!(world.create("b-1").await, Verdict::Failure(_)));
    let set = |body: &'static str| send(&world.handle, "POST", "/faults", body);
    assert_eq!(answer(set(r#"{"delay":1}"#).await).status, 422);
    assert_eq!(answer(set(r#"{"fail_first_n":1}"#).await).status, 200);
    assert_eq!(world.handle.faults().fail_first_n, 1);
    assert!(matches!(world.create("b-1").await, Verdict::Failure(_)));
    assert!(matches!(world.create("b-1").await, Verdict::Success(_)));
    let read = answer(send(&world.handle, "GET", "/faults", "").await);
    let read: Faults = serde_json::from_slice(&read.body).unwrap();
    assert_eq!(read, world.handle.faults());

    let closed = World::new(instant).await;
    let refused = answer(send(&closed.handle, "POST", "/faults", "{}").await);
    assert_eq!(refused.status, 404);
}

#[tokio::test]
async fn the_buyer_sees_the_running_service_in_both_languages() {
    let world =
        World::with(instant, |seller| seller.with_plan_lookup(|order, line| Some(format!("Plan of {order} {line}"))))
            .await;
    world.create("b-1").await;
    let page = |target: &'static str| async {
        let answer = answer(send(&world.handle, "GET", target, "").await);
        (answer.status, String::from_utf8(answer.body).unwrap())
    };
    let (status, zh) = page("/app/b%2D1").await;
    assert_eq!(status, 200);
    assert!(zh.contains("运行中") && zh.contains("b-1"));
    assert!(zh.contains("Plan of CS1 CS1-000001"));
    let (_, en) = page("/app/b-1?lang=en").await;
    assert!(en.contains("Your service is running."));
    assert_eq!(page("/app/none").await.0, 404);
}

#[tokio::test]
async fn instances_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("instances.json");
    let start = || World::with(instant, |seller| seller.with_file(&file).unwrap());
    let before = start().await;
    before.create("b-1").await;
    before.call(&status(InstanceStatus::Freeze)).await;
    before.handle.shutdown();
    before.task.await.unwrap().unwrap();

    let after = start().await;
    assert_eq!(after.handle.instance("b-1").unwrap().state, State::Frozen);
    assert_eq!(instance_id(&after.create("b-2").await), "b-1");
    assert_eq!(after.handle.created_count("CS1", "CS1-000001"), 0);

    std::fs::write(&file, "{").unwrap();
    assert!(Seller::instant(KEY, || START).with_file(&file).is_err());
}

#[tokio::test]
async fn what_cannot_be_saved_is_not_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gone").join("instances.json");
    let world = World::with(instant, |seller| seller.with_file(&file).unwrap()).await;
    let exchange = world.post(create("b-1").to_body(false)).await;
    assert_eq!(result_code(exchange), "000005");
    assert!(world.handle.instances().is_empty() && world.handle.effects().is_empty());
}

#[tokio::test]
async fn a_new_key_replaces_the_old_one() {
    let world = World::new(instant).await;
    world.handle.set_access_key("another");
    let exchange = world.post(create("b-1").to_body(false)).await;
    assert_eq!(result_code(exchange), "000001");
}
