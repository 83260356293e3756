use super::*;
use crate::auth_token;
use crate::body_sign::{self, BodySignMode};
use crate::field_cipher::{Iv, encrypt};
use crate::form::{RequestProblem, TestFlag};
use crate::verdict::{Exchange, Handling, HttpAnswer, Verdict, handling, judge, reason};
use proptest::prelude::*;
use serde_json::{Value, json};

const KEY: &str = "3f2c0e6a-54f5-4c5e-9d0e-0d3a8a2d6c11";
const NOW: i64 = 1_717_000_000_123;

fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9云/+&=%\" -]{0,63}[a-z]"
}

fn order() -> impl Strategy<Value = OrderData> {
    (prop::option::of(0..3_usize), prop::option::of(0..100_u64), prop::option::of("-?[0-9]{1,8}(\\.[0-9]{1,3})?"))
        .prop_map(|(period, period_number, order_amount)| OrderData {
            period_type: period.map(|at| PeriodType::ALL[at]),
            period_number,
            order_amount,
        })
}

fn quantities() -> impl Strategy<Value = Quantities> {
    let number = || prop::option::of(0..10_000_000_u64);
    (number(), number(), number()).prop_map(|(amount, disk_size, band_width)| Quantities {
        amount,
        disk_size,
        band_width,
    })
}

fn purchase() -> impl Strategy<Value = Request> {
    let optional = || prop::option::of(id());
    (
        [id(), id(), id(), id()],
        (optional(), optional(), optional(), optional(), optional(), optional()),
        (any::<bool>(), prop::option::of(0..4_usize), order(), quantities()),
    )
        .prop_map(
            |([customer_id, business_id, order_id, product_id], optional, (trial, mode, order, quantities))| {
                Request::NewInstance(Box::new(NewInstance {
                    customer_id,
                    customer_name: optional.0,
                    user_id: optional.1,
                    user_name: optional.2,
                    mobile_phone: optional.3,
                    email: optional.4,
                    sku_code: optional.5,
                    business_id,
                    order_id,
                    product_id,
                    trial,
                    start_time: Some("20240530000000".into()),
                    expire_time: mode.map(|_| "20250530000000".into()),
                    charging_mode: mode.map(|at| ChargingMode::ALL[at]),
                    extend_params: crate::extend_params::write(&[]).ok(),
                    quantities,
                    order,
                    provision_type: Some("1".into()),
                }))
            },
        )
}

fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        purchase(),
        (id(), id(), prop::option::of(id()), any::<bool>(), order()).prop_map(
            |(order_id, instance_id, product_id, trial_to_formal, order)| {
                Request::RefreshInstance(RefreshInstance {
                    order_id,
                    instance_id,
                    product_id,
                    expire_time: "20270101000000".into(),
                    trial_to_formal,
                    order,
                })
            }
        ),
        (id(), id())
            .prop_map(|(instance_id, order_id)| Request::ExpireInstance(ExpireInstance { instance_id, order_id })),
        (id(), id()).prop_map(|(instance_id, order_id)| {
            Request::ReleaseInstance(ReleaseInstance { instance_id, order_id, order_amount: Some("-0.125".into()) })
        }),
        ([id(), id(), id(), id()], quantities()).prop_map(
            |([instance_id, order_id, sku_code, product_id], quantities)| {
                Request::Upgrade(Upgrade {
                    instance_id,
                    order_id,
                    sku_code,
                    product_id,
                    quantities,
                    extend_params: None,
                })
            }
        ),
        (id(), any::<bool>()).prop_map(|(instance_id, freeze)| {
            let status = if freeze { InstanceStatus::Freeze } else { InstanceStatus::Normal };
            Request::InstanceStatus(StatusChange { instance_id, status })
        }),
        prop::collection::vec(id().prop_map(|id| id.trim().to_owned()), 1..=100)
            .prop_map(|instance_ids| Request::QueryInstance(QueryInstance { instance_ids }))
            .prop_filter("within D-21", |request| request.check().is_ok()),
    ]
}

fn known_names() -> Vec<&'static str> {
    Activity::ALL.iter().flat_map(|activity| activity.fields()).map(|field| field.name).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn requests_travel_in_the_address_and_come_back(request in request(), flag in 0..3_usize) {
        let flag = [TestFlag::Real, TestFlag::RealWritten, TestFlag::Test][flag];
        prop_assert_eq!(request.check(), Ok(()));
        let parameters = request.to_parameters(NOW, flag).unwrap();
        let url = auth_token::signed_url("https://s.example/produce", KEY, &parameters).unwrap();
        let accepted = auth_token::verify(KEY, url.split_once('?').unwrap().1, &known_names(), NOW).unwrap();
        prop_assert_eq!(accepted.time_ms, NOW);
        let parsed = Request::parse(&accepted.parameters);
        prop_assert_eq!(parsed, Ok(ParsedRequest { request, test: flag.is_test() }));
    }
}

#[test]
fn the_flag_is_sent_as_the_address_asks() {
    let request = Request::ExpireInstance(ExpireInstance { instance_id: "i".into(), order_id: "o".into() });
    let flag = |flag| request.to_parameters(NOW, flag).unwrap().get("testFlag").cloned();
    assert_eq!(flag(TestFlag::Real), None);
    assert_eq!(flag(TestFlag::RealWritten).as_deref(), Some("0"));
    assert_eq!(flag(TestFlag::Test).as_deref(), Some("1"));
}

#[test]
fn parameters_are_checked_as_documented() {
    let base = [
        ("activity", "newInstance"),
        ("timeStamp", "20240529162640123"),
        ("customerId", "c"),
        ("businessId", "b"),
        ("orderId", "o"),
        ("productId", "p"),
    ];
    let parse = |name: &str, value: &str| {
        let mut parameters: Parameters = base.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        parameters.insert(name.to_owned(), value.to_owned());
        Request::parse(&parameters).map(|_| ())
    };
    for (name, value) in [
        ("customerId", "x".repeat(100)),
        ("email", "x".repeat(256)),
        ("amount", "9999999".into()),
        ("periodType", "day".into()),
        ("chargingMode", "5".into()),
        ("orderAmount", "100.125".into()),
        ("unknown", "x".repeat(9_999)),
    ] {
        assert_eq!(parse(name, &value), Ok(()), "{name}");
    }
    for (name, value) in [
        ("chargingMode", "2"),
        ("periodType", "YEAR"),
        ("orderAmount", "1.0005"),
        ("amount", "-1"),
        ("amount", "1.5"),
        ("timeStamp", "20240529162640"),
        ("expireTime", "20240230000000"),
        ("trialFlag", "x"),
    ] {
        assert_eq!(parse(name, value), Err(RequestProblem::Invalid(name)), "{name}={value}");
    }
    for (name, limit) in
        [("customerId", 100), ("orderId", 64), ("amount", 7), ("periodNumber", 2), ("saasExtendParams", 2_048)]
    {
        let found = parse(name, &"1".repeat(limit + 1));
        assert_eq!(found, Err(RequestProblem::TooLong { field: name, length: limit + 1, limit }));
    }
    for name in ["customerId", "businessId", "orderId", "productId", "timeStamp", "activity"] {
        assert_eq!(parse(name, ""), Err(RequestProblem::Missing(name)));
    }
    assert_eq!(parse("activity", "upgradeInstance"), Err(RequestProblem::UnknownActivity("upgradeInstance".into())));
}

fn judged(activity: Activity, debugging: bool, body: &Value) -> Verdict {
    let body = body.to_string().into_bytes();
    let answer = HttpAnswer {
        status: 200,
        content_type: Some("application/json".into()),
        body_sign: Some(body_sign::build(KEY, &body)),
        body,
    };
    let rules = Judge { activity, algorithm: Algorithm::Aes128, debugging };
    judge(rules, &Exchange::Answer(answer), &["new key", KEY], BodySignMode::Required)
}

fn code_of(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Failure(failure) => failure.code,
        other => panic!("expected a failure, got {other:?}"),
    }
}

fn purchase_answer(encrypt_type: Option<&str>, algorithm: Algorithm) -> Value {
    let cipher = |plain: &str| encrypt(KEY, algorithm, Iv::from_text("0123456789abcdef").unwrap(), plain);
    let mut answer = json!({"resultCode": "000000", "instanceId": "i-1",
        "appInfo": {"frontEndUrl": "https://s.example", "userName": cipher("管理员"), "password": cipher("geheim")}});
    if let Some(text) = encrypt_type {
        answer["encryptType"] = text.into();
    }
    answer
}

#[test]
fn account_and_password_are_decrypted_whatever_was_announced() {
    for algorithm in Algorithm::ALL {
        for encrypt_type in [None, Some("1"), Some("2")] {
            let verdict = judged(Activity::NewInstance, true, &purchase_answer(encrypt_type, algorithm));
            let Verdict::Success(Answer::Created(created)) = verdict else { panic!("{verdict:?}") };
            let app = created.app_info.unwrap();
            assert_eq!((app.user_name.as_deref(), app.password.as_deref()), (Some("管理员"), Some("geheim")));
        }
    }
    let mut plain = purchase_answer(None, Algorithm::Aes256);
    plain["appInfo"]["password"] = json!("not encrypted at all");
    let verdict = judged(Activity::NewInstance, false, &plain);
    assert_eq!(code_of(&verdict), reason::DECRYPT);
    let info = json!({"resultCode": "000000", "encryptType": "2", "info": [
        {"instanceId": "i-1", "appInfo": purchase_answer(None, Algorithm::Aes128)["appInfo"]}]});
    let verdict = judged(Activity::QueryInstance, false, &info);
    let Verdict::Success(Answer::Instances(info)) = verdict else { panic!("{verdict:?}") };
    assert_eq!(info[0].app_info.as_ref().unwrap().password.as_deref(), Some("geheim"));
}

#[test]
fn the_debugging_page_insists_on_the_front_end() {
    let bare = json!({"resultCode": "000000", "instanceId": "i-1"});
    assert!(matches!(judged(Activity::NewInstance, false, &bare), Verdict::Success(Answer::Created(_))));
    assert_eq!(code_of(&judged(Activity::NewInstance, true, &bare)), reason::MISSING_FIELD);
    let script =
        json!({"resultCode": "000000", "instanceId": "i-1", "appInfo": {"frontEndUrl": "javascript:alert(1)"}});
    assert_eq!(code_of(&judged(Activity::NewInstance, false, &script)), reason::FIELD_FORM);
    let processing = judged(Activity::NewInstance, true, &json!({"resultCode": "000004"}));
    assert_eq!(processing, Verdict::Processing(Answer::Done));
}

#[test]
fn an_answer_without_body_sign_fails() {
    let answer = HttpAnswer {
        status: 200,
        content_type: Some("application/json".into()),
        body_sign: None,
        body: br#"{"resultCode":"000000"}"#.to_vec(),
    };
    let rules = Judge { activity: Activity::ExpireInstance, algorithm: Algorithm::Aes256, debugging: false };
    let verdict = judge(rules, &Exchange::Answer(answer), &[KEY], crate::Generation::SaasV1.default_body_sign_mode());
    assert_eq!(code_of(&verdict), reason::BODY_SIGN);
}

#[test]
fn codes_are_handled_per_call() {
    for activity in Activity::ALL {
        let rules = Judge { activity, algorithm: Algorithm::Aes256, debugging: false };
        assert_eq!(handling(rules, "000000"), Handling::Done);
        assert_eq!(handling(rules, "0000004"), Handling::AskAgain);
        assert_eq!(handling(rules, "000003") == Handling::Done, activity == Activity::ReleaseInstance);
        assert_eq!(handling(rules, "000106") == Handling::RepeatAndTellOperator, activity == Activity::NewInstance);
        assert_eq!(handling(rules, "whatever"), Handling::Repeat);
        assert_eq!(Activity::from_name(activity.as_str()), Some(activity));
    }
}
