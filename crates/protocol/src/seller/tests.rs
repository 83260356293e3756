use super::*;
use crate::answer::{Answer, AppInfo, InstanceInfo, UsageInfo};
use crate::call::{Call, JudgeSettings, Signing};
use crate::field_cipher::{Algorithm, Iv};
use crate::form::TestFlag;
use crate::saas_v2::OrderRef;
use crate::verdict::{Exchange, HttpAnswer, Verdict};
use crate::{Generation, license_code, license_v1, online_license, saas_v1, saas_v2};

use proptest::prelude::*;

const NOW: i64 = 1_717_000_000_123;

fn endpoint() -> Endpoint {
    Endpoint::new()
        .with(Generation::SaasV2, "basic key")
        .with(Generation::OnlineLicense, "basic key")
        .with(Generation::LicenseCode, "code key")
        .with(Generation::OrderNotify, "common key")
        .with(Generation::SaasV1, "value key")
        .with(Generation::LicenseV1, "value key")
}

fn order() -> OrderRef {
    OrderRef { order_id: "CS1".into(), order_line_id: "CS1-000001".into() }
}

fn calls() -> Vec<(Call, &'static str)> {
    let freeze = saas_v2::UpdateInstanceStatus { instance_id: "i".into(), status: saas_v2::InstanceStatus::Freeze };
    let apply = online_license::GetLicenseAsync {
        instance_id: "i".into(),
        effective_time: "2024-05-29 16:26:40 UTC".into(),
        expire_time: None,
        event_id: "e".into(),
        device_fingerprint: None,
    };
    let expire = saas_v1::ExpireInstance { instance_id: "i".into(), order_id: "CS1".into() };
    let release = license_v1::LicenceOrder { order_id: "CS1".into(), instance_id: "i".into() };
    vec![
        (Call::SaasV2(saas_v2::Request::UpdateInstanceStatus(freeze)), "basic key"),
        (Call::OnlineLicense(online_license::Request::GetLicenseAsync(apply)), "basic key"),
        (Call::LicenseCode(license_code::Request::Release { license: "c".into(), order: None }), "code key"),
        (Call::OrderNotify(order()), "common key"),
        (Call::SaasV1(saas_v1::Request::ExpireInstance(expire)), "value key"),
        (Call::LicenseV1(license_v1::Request::ReleaseLicense(release)), "value key"),
    ]
}

fn receive(endpoint: &Endpoint, call: &Call, key: &str, nonces: &mut NonceMemory) -> Result<Received, Refused> {
    let with = Signing { address: "https://s.example/p?x=1", key, nonce: "N1", now_ms: NOW, test_flag: TestFlag::Test };
    let signed = call.sign(&with).unwrap();
    let query = signed.url.split_once('?').unwrap().1;
    match &signed.body {
        Some(body) => endpoint.receive_post(query, body.as_bytes(), NOW, nonces),
        None => endpoint.receive_get(query, NOW),
    }
}

#[test]
fn one_endpoint_speaks_every_family() {
    for (call, key) in calls() {
        let received = receive(&endpoint(), &call, key, &mut NonceMemory::new()).unwrap();
        assert_eq!((received.generation, received.test), (call.generation(), true));
        assert_eq!(received.call, call);
    }
}

#[test]
fn a_key_opens_only_its_own_activities() {
    let refused = receive(&endpoint(), &Call::OrderNotify(order()), "basic key", &mut NonceMemory::new()).unwrap_err();
    assert_eq!((refused.code, refused.key.as_deref()), ("000002", Some("basic key")));
    assert!(refused.message.contains("orderNotify"));
    for (call, _) in calls() {
        let refused = receive(&endpoint(), &call, "stolen", &mut NonceMemory::new()).unwrap_err();
        assert_eq!((refused.code, refused.key), ("000001", None));
        assert!(refused.difference.is_some());
        let deaf = receive(&Endpoint::new(), &call, "stolen", &mut NonceMemory::new()).unwrap_err();
        assert_eq!(deaf.code, "000001");
    }
}

#[test]
fn a_nonce_counts_once_and_only_with_a_right_signature() {
    let mut nonces = NonceMemory::new();
    let (call, key) = calls().remove(0);
    assert!(receive(&endpoint(), &call, "stolen", &mut nonces).is_err());
    assert!(receive(&endpoint(), &call, key, &mut nonces).is_ok());
    let again = receive(&endpoint(), &call, key, &mut nonces).unwrap_err();
    assert_eq!((again.code, again.message.as_str()), ("000001", "the nonce was used before"));
}

#[test]
fn general_license_knows_one_activity() {
    let general = Endpoint::new().with(Generation::GeneralLicense, "value key");
    let (release, key) = calls().pop().unwrap();
    let refused = receive(&general, &release, key, &mut NonceMemory::new()).unwrap_err();
    assert_eq!(refused.code, "000002");
}

#[test]
fn keys_do_not_show_in_logs() {
    assert!(!format!("{:?}", endpoint()).contains("basic key"));
}

fn app() -> AppInfo {
    AppInfo {
        front_end_url: "https://s.example".into(),
        admin_url: None,
        user_name: Some("管理员".into()),
        password: Some("geheim".into()),
        memo: Some("备注".into()),
        encrypt_type: None,
    }
}

fn judge(call: &Call, reply: &SignedReply, key: &str) -> Verdict {
    let answer = HttpAnswer {
        status: 200,
        content_type: Some("application/json".into()),
        body_sign: Some(reply.body_sign.clone()),
        body: reply.body.clone().into_bytes(),
    };
    call.judge(&Exchange::Answer(answer), &[key], JudgeSettings::of(call.generation()))
}

#[test]
fn what_a_seller_builds_the_marketplace_reads() {
    let query = |generation| match generation {
        Generation::SaasV2 => {
            Call::SaasV2(saas_v2::Request::QueryInstance(saas_v2::QueryInstance { instance_ids: vec!["i-1".into()] }))
        }
        _ => Call::SaasV1(saas_v1::Request::QueryInstance(saas_v1::QueryInstance { instance_ids: vec!["i-1".into()] })),
    };
    let usage = UsageInfo {
        related_instance_id: Some("i-0".into()),
        usage_value: "12.5".into(),
        statistical_time: "20240530000000000".into(),
        dashboard_url: None,
    };
    let info = vec![InstanceInfo { instance_id: "i-1".into(), app_info: Some(app()), usage_info: vec![usage] }];
    let reply = Reply { info: Some(info.clone()), ..Reply::success() };
    let plain = reply.sign("k", None);
    assert!(plain.body.contains("\"usageValue\":12.5") && !plain.body.contains("encryptType"));
    assert_eq!(judge(&query(Generation::SaasV2), &plain, "k"), Verdict::Success(Answer::Instances(info.clone())));
    for algorithm in Algorithm::ALL {
        let draw_iv = || Iv::from_text("0123456789abcdef").unwrap();
        let signed = reply.sign("k", Some(Encryption { key: "k", algorithm, draw_iv: &draw_iv }));
        assert!(!signed.body.contains("geheim"));
        let Verdict::Success(Answer::Instances(read)) = judge(&query(Generation::SaasV1), &signed, "k") else {
            panic!("{}", signed.body);
        };
        let app = read[0].app_info.as_ref().unwrap();
        assert_eq!((app.user_name.as_deref(), app.password.as_deref()), (Some("管理员"), Some("geheim")));
        assert_eq!(app.encrypt_type.as_deref(), Some(algorithm.encrypt_type()));
    }
}

#[test]
fn messages_are_cut_and_codes_are_kept() {
    let reply = Reply::new("000005", "云".repeat(300)).sign("k", None);
    let (call, _) = calls().remove(0);
    let Verdict::Failure(failure) = judge(&call, &reply, "k") else { panic!("{}", reply.body) };
    assert_eq!(failure.result_msg.map(|m| m.chars().count()), Some(255));
    assert_eq!(Reply::processing().code, "000004");
    assert_eq!(Reply::unknown_instance().code, "000003");
    let created = Reply::success().with_instance("i-1").to_json(None);
    assert_eq!(created["instanceId"], "i-1");
}

proptest! {
    #[test]
    fn whatever_comes_in_is_refused_and_never_panics(
        query in "([a-zA-Z=&%+0-9]|.){0,80}", body in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        let post = endpoint().receive_post(&query, &body, NOW, &mut NonceMemory::new()).unwrap_err();
        let get = endpoint().receive_get(&query, NOW).unwrap_err();
        prop_assert_eq!((post.code, get.code), ("000001", "000001"));
    }

    #[test]
    fn signed_nonsense_is_a_wrong_parameter(body in prop::collection::vec(any::<u8>(), 0..120)) {
        let url = crate::signature::signed_url("https://s.example/p", "common key", "N", NOW, &body);
        let query = url.split_once('?').unwrap().1;
        let refused = endpoint().receive_post(query, &body, NOW, &mut NonceMemory::new()).unwrap_err();
        prop_assert_eq!(refused.code, "000002");
    }
}
