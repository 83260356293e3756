//! Every family against the sample seller over real HTTP, and the switches that break it.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod faults;
mod world;

use std::sync::atomic::Ordering;

use protocol::answer::{Answer, UsageInfo};
use protocol::call::Call;
use protocol::field_cipher::{Algorithm, Iv, encrypt};
use protocol::form::TestFlag;
use protocol::saas_v1::{self, ChargingMode};
use protocol::{Generation, Verdict, license_code, license_v1, online_license, saas_v2};
use sample_sellers::{Effect, State};
use world::*;

fn purchase(business_id: &str) -> Call {
    buy(business_id, |_| {})
}

fn buy(business_id: &str, change: impl FnOnce(&mut saas_v1::NewInstance)) -> Call {
    let mut request = saas_v1::NewInstance {
        customer_id: "c".into(),
        customer_name: Some("客户 A&B=C+D".into()),
        business_id: business_id.into(),
        order_id: "CS1".into(),
        product_id: "p-1".into(),
        charging_mode: Some(ChargingMode::Period),
        ..saas_v1::NewInstance::default()
    };
    change(&mut request);
    Call::SaasV1(saas_v1::Request::NewInstance(Box::new(request)))
}

fn created(verdict: Verdict) -> protocol::answer::NewInstanceAnswer {
    match verdict {
        Verdict::Success(Answer::Created(answer)) => answer,
        other => panic!("not created: {other:?}"),
    }
}

fn v1(request: saas_v1::Request) -> Call {
    Call::SaasV1(request)
}

fn expire() -> Call {
    v1(saas_v1::Request::ExpireInstance(saas_v1::ExpireInstance { instance_id: "b-1".into(), order_id: "CS1".into() }))
}

fn renew(order_id: &str) -> Call {
    v1(saas_v1::Request::RefreshInstance(saas_v1::RefreshInstance {
        order_id: order_id.into(),
        instance_id: "b-1".into(),
        product_id: None,
        expire_time: "20280101000000".into(),
        trial_to_formal: false,
        order: saas_v1::OrderData::default(),
    }))
}

fn query_v1() -> Call {
    v1(saas_v1::Request::QueryInstance(saas_v1::QueryInstance { instance_ids: vec!["b-1".into()] }))
}

#[tokio::test]
async fn the_whole_life_of_a_1_0_instance_and_every_call_twice() {
    for algorithm in Algorithm::ALL {
        let world = World::with(|seller| seller.with_algorithm(algorithm)).await;
        for business_id in ["b-1", "b-2"] {
            let answer = created(world.call(&purchase(business_id)).await);
            assert_eq!(answer.instance_id, "b-1");
            let app = answer.app_info.unwrap();
            assert_eq!(app.user_name.as_deref(), Some("admin"));
            assert_eq!(app.encrypt_type.as_deref(), Some(algorithm.encrypt_type()));
        }
        let status =
            |status| v1(saas_v1::Request::InstanceStatus(saas_v1::StatusChange { instance_id: "b-1".into(), status }));
        let upgrade = v1(saas_v1::Request::Upgrade(saas_v1::Upgrade {
            instance_id: "b-1".into(),
            order_id: "CS3".into(),
            sku_code: "s".into(),
            product_id: "p-2".into(),
            quantities: saas_v1::Quantities::default(),
            extend_params: None,
        }));
        let release = v1(saas_v1::Request::ReleaseInstance(saas_v1::ReleaseInstance {
            instance_id: "b-1".into(),
            order_id: "CS9".into(),
            order_amount: None,
        }));
        let calls = [
            expire(),
            renew("CS2"),
            status(saas_v1::InstanceStatus::Freeze),
            status(saas_v1::InstanceStatus::Normal),
            upgrade,
            release,
        ];
        for call in &calls {
            for _ in 0..2 {
                assert_eq!(world.call(call).await, Verdict::Success(Answer::Done), "{call:?}");
            }
        }
        let names: Vec<&str> = world.handle.effects().iter().map(name_of).collect();
        assert_eq!(names, ["created", "frozen", "refreshed", "frozen", "unfrozen", "upgraded", "released"]);
    }
}

fn name_of(effect: &Effect) -> &'static str {
    match effect {
        Effect::Created { .. } => "created",
        Effect::Refreshed { .. } => "refreshed",
        Effect::Upgraded { .. } => "upgraded",
        Effect::Frozen { .. } => "frozen",
        Effect::Unfrozen { .. } => "unfrozen",
        Effect::Released { .. } => "released",
        Effect::Applied { .. } => "applied",
        Effect::Noticed { .. } => "noticed",
    }
}

#[tokio::test]
async fn a_renewal_ends_the_frozen_state_in_1_0() {
    let world = World::new().await;
    world.call(&purchase("b-1")).await;
    world.call(&expire()).await;
    assert_eq!(world.handle.instance("b-1").unwrap().state, State::Frozen);
    world.call(&renew("CS2")).await;
    let instance = world.handle.instance("b-1").unwrap();
    assert_eq!((instance.state, instance.expire_time.as_deref()), (State::Running, Some("20280101000000")));
}

#[tokio::test]
async fn pay_per_use_opens_one_instance_per_product() {
    let world = World::new().await;
    for (business_id, product, mode, expected) in [
        ("b-1", "p-1", ChargingMode::PayPerUse, "b-1"),
        ("b-2", "p-2", ChargingMode::PayPerUse, "b-2"),
        ("b-3", "p-1", ChargingMode::PayPerUse, "b-1"),
        ("b-4", "p-1", ChargingMode::Period, "b-4"),
        ("b-5", "p-2", ChargingMode::Period, "b-4"),
    ] {
        let call = buy(business_id, |request| {
            request.product_id = product.into();
            request.charging_mode = Some(mode);
        });
        assert_eq!(created(world.call(&call).await).instance_id, expected);
    }
}

#[tokio::test]
async fn what_a_purchase_tells_about_the_buyer_is_decrypted() {
    for algorithm in Algorithm::ALL {
        let world = World::with(|seller| seller.with_algorithm(Algorithm::Aes128)).await;
        let iv = Iv::from_text("0123456789abcdef").unwrap();
        let secret = |plain| Some(encrypt(key(Generation::SaasV1), algorithm, iv, plain));
        let call = buy("b-1", |request| {
            request.mobile_phone = secret("13800000000");
            request.email = secret("buyer@example.com");
        });
        created(world.call(&call).await);
        let contact = world.handle.calls()[0].contact.clone();
        assert_eq!(contact.mobile_phone.as_deref(), Some("13800000000"));
        assert_eq!(contact.email.as_deref(), Some("buyer@example.com"));
        let plain = buy("b-2", |request| request.email = Some("buyer@example.com".into()));
        let exchange = world.exchange(&world.signed(&plain, TestFlag::Real)).await;
        assert_eq!(result_code(&exchange), "000002");
    }
}

#[tokio::test]
async fn debugging_calls_of_every_family_succeed_and_change_nothing() {
    let world = World::new().await;
    for call in [purchase("b-1"), query_v1(), expire(), get_license("b-2"), apply("e-1"), freeze_code(), notify()] {
        let verdict = world.call_as(&call, TestFlag::Test).await;
        assert!(matches!(verdict, Verdict::Success(_)), "{call:?}: {verdict:?}");
    }
    assert!(world.handle.effects().is_empty() && world.handle.instances().is_empty());
    assert!(world.handle.calls().iter().all(|call| call.test));
    let written = world.call_as(&purchase("b-1"), TestFlag::RealWritten).await;
    assert_eq!(created(written).instance_id, "b-1");
    assert_eq!(world.handle.effects().len(), 1);
}

#[tokio::test]
async fn stale_and_foreign_tokens_are_refused() {
    let world = World::new().await;
    let mut signed = world.signed(&purchase("b-1"), TestFlag::Real);
    world.clock.fetch_add(300_001, Ordering::SeqCst);
    assert_eq!(result_code(&world.exchange(&signed).await), "000001");
    world.clock.store(START, Ordering::SeqCst);
    signed.url = signed.url.replace("b-1", "b-2");
    assert_eq!(result_code(&world.exchange(&signed).await), "000001");
    assert!(world.handle.instances().is_empty());
}

fn get_license(business_id: &str) -> Call {
    Call::LicenseV1(license_v1::Request::GetLicense(Box::new(license_v1::GetLicense {
        customer_id: "c".into(),
        business_id: business_id.into(),
        order_id: "CS7".into(),
        product_id: "p".into(),
        ..license_v1::GetLicense::default()
    })))
}

#[tokio::test]
async fn one_licence_per_order() {
    let world = World::with(|seller| seller.with_polls(1)).await;
    assert!(matches!(world.call(&get_license("b-1")).await, Verdict::Processing(_)));
    assert!(matches!(world.call(&get_license("b-2")).await, Verdict::Processing(_)));
    let licence = |verdict| match verdict {
        Verdict::Success(Answer::Licence(answer)) => answer,
        other => panic!("{other:?}"),
    };
    let first = licence(world.call(&get_license("b-3")).await);
    assert_eq!(first.instance_id.as_deref(), Some("b-1"));
    assert_eq!(licence(world.call(&get_license("b-4")).await), first);
    let order = || license_v1::LicenceOrder { order_id: "CS7".into(), instance_id: "b-1".into() };
    for call in [
        license_v1::Request::ExpireLicense(order()),
        license_v1::Request::ReleaseLicense(order()),
        license_v1::Request::ReleaseLicense(order()),
    ] {
        assert_eq!(world.call(&Call::LicenseV1(call)).await, Verdict::Success(Answer::Done));
    }
    assert_eq!(world.handle.instance("b-1").unwrap().state, State::Released);
}

fn freeze_code() -> Call {
    Call::LicenseCode(license_code::Request::UpdateStatus {
        license: "code-1".into(),
        status: saas_v2::InstanceStatus::Freeze,
    })
}

#[tokio::test]
async fn authorisation_codes_are_known_after_activation() {
    let world = World::new().await;
    let unknown = world.exchange(&world.signed(&freeze_code(), TestFlag::Real)).await;
    assert_eq!(result_code(&unknown), "000003");
    world.handle.know_license_code("code-1");
    let refresh = Call::LicenseCode(license_code::Request::Refresh(license_code::Refresh {
        scene: license_code::Scene::Renewal,
        order: order(),
        license: "code-1".into(),
        product_id: None,
        expire_time: "20280101000000".into(),
    }));
    let release = Call::LicenseCode(license_code::Request::Release { license: "code-1".into(), order: None });
    for call in [freeze_code(), refresh, release] {
        for _ in 0..2 {
            assert_eq!(world.call(&call).await, Verdict::Success(Answer::Done));
        }
    }
    let names: Vec<&str> = world.handle.effects().iter().map(name_of).collect();
    assert_eq!(names, ["frozen", "refreshed", "released"]);
}

fn apply(event_id: &str) -> Call {
    Call::OnlineLicense(online_license::Request::GetLicenseAsync(online_license::GetLicenseAsync {
        instance_id: "b-1".into(),
        effective_time: "2024-05-29 16:26:40 UTC".into(),
        expire_time: None,
        event_id: event_id.into(),
        device_fingerprint: Some("设备-1".into()),
    }))
}

#[tokio::test]
async fn online_licences_are_applied_for_once_per_event() {
    let world = World::with(|seller| seller.with_polls(1)).await;
    let create =
        Call::OnlineLicense(online_license::Request::Instance(saas_v2::Request::NewInstance(saas_v2::NewInstance {
            order_id: "CS1".into(),
            order_line_id: "CS1-000001".into(),
            business_id: "b-1".into(),
        })));
    // The family shares names with SaaS 2.0; either reading opens the same instance.
    assert!(matches!(world.call(&create).await, Verdict::Processing(_)));
    for (event, expected) in [("e-1", 2), ("e-1", 2), ("e-2", 3)] {
        assert_eq!(world.call(&apply(event)).await, Verdict::Success(Answer::Done));
        assert_eq!(world.handle.effects().len(), expected);
    }
    let unknown = Call::OnlineLicense(online_license::Request::GetLicenseAsync(online_license::GetLicenseAsync {
        instance_id: "nobody".into(),
        effective_time: "2024-05-29 16:26:40 UTC".into(),
        expire_time: None,
        event_id: "e".into(),
        device_fingerprint: None,
    }));
    let exchange = world.exchange(&world.signed(&unknown, TestFlag::Real)).await;
    assert_eq!(result_code(&exchange), "000003");
}

fn notify() -> Call {
    Call::OrderNotify(order())
}

#[tokio::test]
async fn notifications_count_once_per_line() {
    let world = World::new().await;
    for _ in 0..2 {
        assert_eq!(world.call(&notify()).await, Verdict::Success(Answer::Done));
    }
    assert_eq!(
        world.handle.effects(),
        [Effect::Noticed { order_id: "CS1".into(), order_line_id: "CS1-000001".into() }]
    );
}

#[tokio::test]
async fn usage_is_told_in_both_generations() {
    let world = World::new().await;
    world.call(&purchase("b-1")).await;
    let usage = UsageInfo {
        related_instance_id: None,
        usage_value: "12.5".into(),
        statistical_time: "20240530000000000".into(),
        dashboard_url: Some("https://d.example".into()),
    };
    world.handle.set_usage("b-1", vec![usage.clone()]);
    let query_v2 =
        Call::SaasV2(saas_v2::Request::QueryInstance(saas_v2::QueryInstance { instance_ids: vec!["b-1".into()] }));
    for call in [query_v1(), query_v2] {
        let verdict = world.call(&call).await;
        let Verdict::Success(answer @ Answer::Instances(info)) = &verdict else { panic!("{verdict:?}") };
        assert_eq!(saas_v2::usage_of(info, "b-1")[0].usage, &usage);
        assert_eq!(call.remarks(answer), []);
        assert_eq!(info[0].app_info.as_ref().unwrap().user_name.as_deref(), Some("admin"));
    }
}
