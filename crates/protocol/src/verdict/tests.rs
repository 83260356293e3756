use super::*;
use crate::saas_v2::{self, Activity, CreationPoll, creation_poll};
use proptest::prelude::*;
use serde_json::{Value, json};

fn http(status: u16, content_type: &str, body: &str) -> Exchange {
    Exchange::Answer(HttpAnswer {
        status,
        content_type: Some(content_type.to_owned()),
        body_sign: None,
        body: body.as_bytes().to_vec(),
    })
}

fn judge_text(activity: Activity, body: &str) -> Verdict {
    let exchange = http(200, "application/json;charset=utf8", body);
    judge(activity, &exchange, &["k"], BodySignMode::Optional)
}

fn judge_json(activity: Activity, body: &Value) -> Verdict {
    judge_text(activity, &body.to_string())
}

fn failure(verdict: Verdict) -> Failure {
    match verdict {
        Verdict::Failure(failure) => failure,
        other => panic!("expected a failure, got {other:?}"),
    }
}

fn code_of(verdict: Verdict) -> &'static str {
    failure(verdict).code
}

#[test]
fn every_reason_has_texts_once() {
    for reason in REASONS {
        let same = REASONS.iter().filter(|r| r.code == reason.code);
        assert_eq!(same.count(), 1);
        assert!(!reason.zh.is_empty() && !reason.en.is_empty());
        assert_eq!(reason_text(reason.code), Some(reason));
    }
    assert_eq!(REASONS.len(), 14);
}

#[test]
fn transport_failures_keep_their_code() {
    let cases = [
        (TransportFailure::Timeout { limit_ms: 20_000 }, "timeout"),
        (TransportFailure::Unreachable("dns".into()), "unreachable"),
        (TransportFailure::AddressRefused("private".into()), "address_refused"),
        (TransportFailure::TooLarge { limit: 1 << 20 }, "too_large"),
        (TransportFailure::Closed("eof".into()), "closed"),
    ];
    for (transport, code) in cases {
        let exchange = Exchange::Failed(transport);
        let verdict = judge(Activity::NewInstance, &exchange, &[], BodySignMode::Optional);
        assert_eq!(code_of(verdict), code);
    }
}

#[test]
fn status_comes_first_and_shows_the_body() {
    let body = r#"{"resultCode":"000999","resultMsg":"坏"}"#;
    for status in [201, 204, 302, 400, 401, 500] {
        let verdict = judge(Activity::NewInstance, &http(status, "text/html", body), &[], BodySignMode::Required);
        let failure = failure(verdict);
        assert_eq!(failure.code, reason::HTTP_STATUS);
        assert_eq!(failure.result_code.as_deref(), Some("000999"));
        assert_eq!(failure.result_msg.as_deref(), Some("坏"));
    }
    let html = judge(Activity::NewInstance, &http(502, "text/html", "<html>"), &[], BodySignMode::Optional);
    assert_eq!(failure(html).result_code, None);
}

#[test]
fn content_type_ignores_parameters_and_case() {
    let body = r#"{"resultCode":"000000"}"#;
    let run = |content_type: &str| {
        judge(Activity::ReleaseInstance, &http(200, content_type, body), &[], BodySignMode::Optional)
    };
    for good in ["application/json", "Application/JSON ; charset=x", "application/json;"] {
        assert_eq!(run(good), Verdict::Success(Answer::Done));
    }
    for bad in ["", "text/json", "application/jsonp", "text/html; application/json"] {
        assert_eq!(code_of(run(bad)), reason::CONTENT_TYPE);
    }
}

#[test]
fn bodies_must_be_plain_objects() {
    for bad in ["", "[]", "null", "{", "<html>", r#"{"resultCode":"000000","resultCode":"000000"}"#] {
        let verdict = judge_text(Activity::ReleaseInstance, bad);
        assert_eq!(code_of(verdict), reason::BAD_JSON, "{bad}");
    }
}

#[test]
fn body_sign_is_judged_before_the_result_code() {
    let body = r#"{"resultCode":"000005","resultMsg":"x"}"#;
    let with = |header: Option<String>, mode| {
        let exchange = Exchange::Answer(HttpAnswer {
            status: 200,
            content_type: Some("application/json".into()),
            body_sign: header,
            body: body.as_bytes().to_vec(),
        });
        failure(judge(Activity::ReleaseInstance, &exchange, &["old", "new"], mode))
    };
    let wrong = with(Some(body_sign::build("x", body.as_bytes())), BodySignMode::Optional);
    assert_eq!(wrong.code, reason::BODY_SIGN);
    assert_eq!(wrong.result_code.as_deref(), Some("000005"));
    assert_eq!(with(None, BodySignMode::Required).code, reason::BODY_SIGN);
    assert_eq!(with(None, BodySignMode::Optional).code, reason::RESULT_CODE);
    let old = with(Some(body_sign::build("old", body.as_bytes())), BodySignMode::Required);
    assert_eq!(old.code, reason::RESULT_CODE);
}

#[test]
fn creation_needs_an_instance_id() {
    let created = |body: Value| judge_json(Activity::NewInstance, &body);
    let success = created(json!({"resultCode": "000000", "instanceId": "i-1"}));
    assert!(matches!(success, Verdict::Success(Answer::Created(a))
        if a.instance_id == "i-1" && !a.accepted_only));
    let accepted = created(json!({"resultCode": "000004", "instanceId": "i-1"}));
    assert!(matches!(accepted, Verdict::Processing(Answer::Created(a)) if a.accepted_only));
    for code in ["000000", "000004"] {
        for id in [Value::Null, json!("")] {
            let verdict = created(json!({"resultCode": code, "instanceId": id}));
            let failure = failure(verdict);
            assert_eq!(failure.code, reason::MISSING_FIELD);
            assert!(failure.detail.contains("instanceId"));
        }
    }
    let long = created(json!({"resultCode": "000000", "instanceId": "云".repeat(65)}));
    assert_eq!(code_of(long), reason::FIELD_LENGTH);
    let fits = created(json!({"resultCode": "000000", "instanceId": "云".repeat(64)}));
    assert!(matches!(fits, Verdict::Success(_)));
    let listed = created(json!({"resultCode": "000000", "instanceId": ["i"]}));
    assert_eq!(code_of(listed), reason::FIELD_FORM);
}

#[test]
fn processing_is_allowed_for_all_but_the_check() {
    for activity in Activity::ALL {
        for code in ["000004", "0000004"] {
            let verdict = judge_json(activity, &json!({"resultCode": code, "instanceId": "i"}));
            if activity == Activity::ChangeInstanceCheck {
                assert_eq!(code_of(verdict), reason::RESULT_CODE);
            } else {
                assert!(matches!(verdict, Verdict::Processing(_)), "{activity:?}");
            }
        }
    }
}

#[test]
fn unknown_instance_is_success_on_release_only() {
    for activity in Activity::ALL {
        let verdict = judge_json(activity, &json!({"resultCode": "000003", "instanceId": "i"}));
        if activity == Activity::ReleaseInstance {
            assert_eq!(verdict, Verdict::Success(Answer::Done));
        } else {
            let failure = failure(verdict);
            assert_eq!(failure.code, reason::RESULT_CODE);
            assert_eq!(failure.result_code.as_deref(), Some("000003"));
        }
    }
}

#[test]
fn other_codes_fail_verbatim() {
    for code in ["000001", "000005", "000103", "0", "0000000", "SUCCESS", "云"] {
        let body = json!({"resultCode": code, "resultMsg": "why", "instanceId": "i"});
        let failure = failure(judge_json(Activity::NewInstance, &body));
        assert_eq!(failure.code, reason::RESULT_CODE);
        assert_eq!(failure.result_code.as_deref(), Some(code));
        assert_eq!(failure.result_msg.as_deref(), Some("why"));
    }
    let none = judge_json(Activity::NewInstance, &json!({"instanceId": "i"}));
    assert_eq!(code_of(none), reason::MISSING_FIELD);
    let huge = json!({"resultCode": "9".repeat(9_999), "resultMsg": "m".repeat(9_999)});
    let failure = failure(judge_json(Activity::NewInstance, &huge));
    assert_eq!(failure.result_code.map(|c| c.len()), Some(64));
    assert_eq!(failure.result_msg.map(|m| m.len()), Some(1_000));
}

#[test]
fn result_message_has_a_limit() {
    let run = |length: usize| {
        let body = json!({"resultCode": "000000", "resultMsg": "好".repeat(length)});
        judge_json(Activity::UpgradeInstance, &body)
    };
    assert_eq!(run(255), Verdict::Success(Answer::Done));
    assert_eq!(code_of(run(256)), reason::FIELD_LENGTH);
}

fn query(element: Value) -> Verdict {
    judge_json(Activity::QueryInstance, &json!({"resultCode": "000000", "info": [element]}))
}

#[test]
fn reads_everything_of_a_query() {
    let verdict = query(json!({
        "instanceId": "i-1",
        "appInfo": {"frontEndUrl": "https://s.example/?a=b#c", "adminUrl": "javascript:x",
                    "userName": "admin", "password": "p", "memo": "备注", "encryptType": "1"},
        "usageInfos": [{"relatedInstanceId": "i-0", "usageValue": 12.5,
                        "statisticalTime": "20240530000000000", "dashboardUrl": "https://d.example"}]
    }));
    let Verdict::Success(Answer::Instances(info)) = &verdict else {
        panic!("{verdict:?}");
    };
    let app = info[0].app_info.as_ref().unwrap();
    assert_eq!(app.front_end_url, "https://s.example/?a=b#c");
    assert_eq!(app.user_name.as_deref(), Some("admin"));
    assert_eq!(app.password.as_deref(), Some("p"));
    assert_eq!(app.memo.as_deref(), Some("备注"));
    assert_eq!(app.encrypt_type.as_deref(), Some("1"));
    assert!(!saas_v2::is_web_link(app.admin_url.as_deref().unwrap()));
    assert!(!format!("{app:?}").contains("\"p\""));
    assert_eq!(info[0].usage_info[0].usage_value, "12.5");
    assert_eq!(info[0].usage_info[0].related_instance_id.as_deref(), Some("i-0"));
    assert!(matches!(creation_poll(&verdict, "i-1"), CreationPoll::Ready(_)));
    assert_eq!(creation_poll(&verdict, "i-2"), CreationPoll::StillWorking);
}

#[test]
fn the_first_spelling_of_usage_wins() {
    let usage = |value: &str| json!([{"usageValue": value, "statisticalTime": "2024"}]);
    let both = query(json!({"instanceId": "i", "usageInfo": usage("1"), "usageInfos": usage("2")}));
    assert!(matches!(both, Verdict::Success(Answer::Instances(info))
        if info[0].usage_info.len() == 1 && info[0].usage_info[0].usage_value == "1"));
    let second = query(json!({"instanceId": "i", "usageInfo": null, "usageInfos": usage("2")}));
    assert!(matches!(second, Verdict::Success(Answer::Instances(info))
        if info[0].usage_info[0].usage_value == "2"));
}

#[test]
fn query_fields_are_checked() {
    let url = |text: &str| json!({"instanceId": "i", "appInfo": {"frontEndUrl": text}});
    for bad in ["ftp://s.example", "javascript:alert(1)", "s.example/x", "https://", "http://a b"] {
        assert_eq!(code_of(query(url(bad))), reason::FIELD_FORM, "{bad}");
    }
    let long = format!("https://s.example/{}", "x".repeat(512));
    assert_eq!(code_of(query(url(&long))), reason::FIELD_LENGTH);
    assert_eq!(code_of(query(url(""))), reason::MISSING_FIELD);
    let app = |field: &str, length: usize| {
        query(json!({"instanceId": "i",
            "appInfo": {"frontEndUrl": "http://s.example", field: "x".repeat(length)}}))
    };
    for (field, limit) in [("adminUrl", 512), ("userName", 128), ("password", 128), ("memo", 1_024)] {
        assert!(matches!(app(field, limit), Verdict::Success(_)), "{field}");
        assert_eq!(code_of(app(field, limit + 1)), reason::FIELD_LENGTH, "{field}");
    }
    assert_eq!(code_of(query(json!({}))), reason::MISSING_FIELD);
    assert_eq!(code_of(query(json!("i"))), reason::FIELD_FORM);
    assert_eq!(code_of(query(json!({"instanceId": "i", "appInfo": "x"}))), reason::FIELD_FORM);
    assert_eq!(code_of(query(json!({"instanceId": "i", "usageInfo": [{"usageValue": "1"}]}))), reason::MISSING_FIELD);
}

#[test]
fn polls_tell_working_from_failed() {
    let poll = |body: Value| judge_json(Activity::QueryInstance, &body);
    for body in [
        json!({"resultCode": "000000"}),
        json!({"resultCode": "000000", "info": null}),
        json!({"resultCode": "000000", "info": []}),
        json!({"resultCode": "000004"}),
        json!({"resultCode": "000003"}),
    ] {
        assert_eq!(creation_poll(&poll(body), "i"), CreationPoll::StillWorking);
    }
    let failed = poll(json!({"resultCode": "000005"}));
    assert!(matches!(creation_poll(&failed, "i"), CreationPoll::Failed(_)));
}

proptest! {
    #[test]
    fn never_panics(body in prop::collection::vec(any::<u8>(), 0..200), status in prop_oneof![Just(200_u16), any::<u16>()]) {
        let exchange = Exchange::Answer(HttpAnswer {
            status,
            content_type: Some("application/json".into()),
            body_sign: None,
            body,
        });
        for activity in Activity::ALL {
            let verdict = judge(activity, &exchange, &["k"], BodySignMode::Optional);
            prop_assert!(matches!(verdict, Verdict::Failure(_)));
        }
    }
}

#[test]
fn a_wrong_body_sign_shows_both_sides() {
    let body = r#"{"resultCode": "000000"}"#;
    let wrong = body_sign::build("new", br#"{"resultCode":"000000"}"#);
    let answer = HttpAnswer::from_headers(
        200,
        [("CONTENT-TYPE", b"application/json".as_slice()), ("body-sign", wrong.as_bytes())],
        body.as_bytes().to_vec(),
    );
    let verdict = judge(Activity::ReleaseInstance, &Exchange::Answer(answer), &["new"], BodySignMode::Optional);
    let failure = failure(verdict);
    let difference = failure.difference.clone().unwrap();
    assert_eq!(difference.ours.canonical.as_deref(), Some(body));
    assert_eq!(difference.theirs.canonical.as_deref(), Some(r#"{"resultCode":"000000"}"#));
    assert_eq!(difference.canonical_at, Some(14));
    assert!(failure.explain(Language::En).advice.contains("written anew"));
}

#[test]
fn repeated_headers_are_not_hidden() {
    let run = |headers: &[(&str, &[u8])]| {
        let answer = HttpAnswer::from_headers(200, headers.iter().copied(), br#"{"resultCode":"000000"}"#.to_vec());
        judge(Activity::ReleaseInstance, &Exchange::Answer(answer), &["k"], BodySignMode::Optional)
    };
    let sign = body_sign::build("k", br#"{"resultCode":"000000"}"#);
    let json: (&str, &[u8]) = ("Content-Type", b"application/json");
    assert_eq!(run(&[json, ("Body-Sign", sign.as_bytes())]), Verdict::Success(Answer::Done));
    assert_eq!(code_of(run(&[json, json])), reason::CONTENT_TYPE);
    assert_eq!(code_of(run(&[json, ("Body-Sign", sign.as_bytes()), ("body-sign", b"x")])), reason::BODY_SIGN);
    assert_eq!(code_of(run(&[json, ("body-sign", b"\xff")])), reason::BODY_SIGN);
    assert_eq!(code_of(run(&[])), reason::CONTENT_TYPE);
}

#[test]
fn every_fact_is_explained_in_both_languages() {
    let facts = [
        Fact::Transport(TransportFailure::Timeout { limit_ms: 20_000 }),
        Fact::Transport(TransportFailure::Unreachable("dns".into())),
        Fact::Transport(TransportFailure::AddressRefused("private".into())),
        Fact::Transport(TransportFailure::TooLarge { limit: 9 }),
        Fact::Transport(TransportFailure::Closed("eof".into())),
        Fact::HttpStatus(302),
        Fact::HttpStatus(500),
        Fact::ContentType(String::new()),
        Fact::ContentType("text/html".into()),
        Fact::Json(json::JsonProblem::ByteOrderMark),
        Fact::Json(json::JsonProblem::Repeated("a".into())),
        Fact::BodySign(BodySignProblem::Missing),
        Fact::BodySign(BodySignProblem::Mismatch),
        Fact::ResultCode { code: "000106".into(), meaning: result_code::lookup("000106") },
        Fact::ResultCode { code: "X".into(), meaning: None },
        Fact::MissingField("instanceId"),
        Fact::FieldLength { field: "memo", length: 2, limit: 1 },
        Fact::FieldForm { field: "frontEndUrl".into(), problem: FormProblem::NotWebAddress },
        Fact::Decrypt("password"),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for fact in facts {
        assert!(reason_text(fact.code()).is_some());
        let failure = Failure::from(fact);
        let (zh, en) = (failure.explain(Language::Zh), failure.explain(Language::En));
        assert!(!en.found.is_empty() && en.found.is_ascii() && en.advice.is_ascii(), "{en:?}");
        assert!(!zh.found.is_ascii() && !zh.advice.is_ascii() && zh.section == en.section, "{zh:?}");
        assert!(seen.insert(en.found), "each is told apart");
    }
}

#[test]
fn ids_that_cannot_be_sent_back_are_refused() {
    for bad in [" ", "\u{3000}"] {
        assert_eq!(
            code_of(judge_json(Activity::NewInstance, &json!({"resultCode": "000000", "instanceId": bad}))),
            reason::MISSING_FIELD
        );
    }
    for bad in ["a,b", "a\nb", "a\0", "\u{7f}"] {
        let verdict = judge_json(Activity::NewInstance, &json!({"resultCode": "000000", "instanceId": bad}));
        assert_eq!(code_of(verdict), reason::FIELD_FORM, "{bad:?}");
    }
    for good in ["a b", "a+/=", "实例"] {
        let verdict = judge_json(Activity::NewInstance, &json!({"resultCode": "000000", "instanceId": good}));
        assert!(matches!(verdict, Verdict::Success(_)), "{good}");
    }
}

#[test]
fn what_no_database_stores_is_refused_or_replaced() {
    let memo = json!({"instanceId": "i", "appInfo": {"frontEndUrl": "http://s.example", "memo": "a\0b"}});
    assert_eq!(code_of(query(memo)), reason::FIELD_FORM);
    let failed = failure(judge_json(Activity::NewInstance, &json!({"resultCode": "0\0", "resultMsg": "a\u{1}b\nc"})));
    assert_eq!(failed.result_code.as_deref(), Some("0\u{fffd}"));
    assert_eq!(failed.result_msg.as_deref(), Some("a\u{fffd}b\nc"));
}

#[test]
fn usage_must_be_a_number_that_can_be_shown() {
    let usage = |value: Value| {
        query(json!({"instanceId": "i", "usageInfo": [{"usageValue": value, "statisticalTime": "20240530000000000"}]}))
    };
    for good in [json!(0), json!(12.5), json!("12.5000"), json!(99999999.9999)] {
        assert!(matches!(usage(good.clone()), Verdict::Success(_)), "{good}");
    }
    for bad in [json!(-1), json!("abc"), json!(1e18), json!(true), json!([1])] {
        assert_eq!(code_of(usage(bad.clone())), reason::FIELD_FORM, "{bad}");
    }
    assert_eq!(code_of(usage(json!("1".repeat(21)))), reason::FIELD_LENGTH);
    let huge = r#"{"resultCode":"000000","info":[{"instanceId":"i","usageInfo":[{"usageValue":1e999}]}]}"#;
    assert_eq!(code_of(judge_text(Activity::QueryInstance, huge)), reason::BAD_JSON);
}
