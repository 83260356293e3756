use protocol::call::JudgeSettings;
use protocol::result_code::UNKNOWN_INSTANCE;
use protocol::saas_v2::{NewInstance, Request, UpdateInstanceStatus};
use protocol::verdict::{HttpAnswer, TransportFailure};
use protocol::{body_sign, saas_v2};

use super::*;
use crate::plan::{Mode, Wish, plan};

const KEY: &str = "k";

fn answer(body: &str) -> Exchange {
    Exchange::Answer(HttpAnswer {
        status: 200,
        content_type: Some("application/json".into()),
        body_sign: Some(body_sign::build(KEY, body.as_bytes())),
        body: body.as_bytes().to_vec(),
    })
}

fn step(check: &str) -> Step {
    let wish = Wish { renewal_change: true, ..Wish::of(Generation::SaasV2, Mode::Period) };
    plan(&wish).into_iter().find(|step| step.check == check).unwrap()
}

fn create() -> Call {
    Call::SaasV2(Request::NewInstance(NewInstance {
        order_id: "o".into(),
        order_line_id: "o-1".into(),
        business_id: "b".into(),
    }))
}

fn freeze() -> Call {
    let status = saas_v2::InstanceStatus::Freeze;
    Call::SaasV2(Request::UpdateInstanceStatus(UpdateInstanceStatus { instance_id: "i-1".into(), status }))
}

fn query() -> Call {
    Call::SaasV2(Request::QueryInstance(saas_v2::QueryInstance { instance_ids: vec!["i-1".into()] }))
}

fn judged(check: &str, call: &Call, exchange: &Exchange, world: &World) -> Judged {
    judge(&Case {
        step: &step(check),
        generation: Generation::SaasV2,
        call,
        exchange,
        duration_ms: 10,
        world,
        key: KEY,
        settings: JudgeSettings::of(Generation::SaasV2),
        language: Language::En,
    })
}

fn world() -> World {
    let mut world = World::default();
    world.instances.insert(Slot::First, "i-1".to_owned());
    world
}

fn severity(judged: &Judged) -> Option<Severity> {
    match judged {
        Judged::Broken(problem) => Some(problem.severity),
        _ => None,
    }
}

#[test]
fn a_creation_teaches_its_instance_and_that_it_is_only_accepted() {
    for (code, accepted_only) in [("000000", false), ("000004", true)] {
        let exchange = answer(&format!(r#"{{"resultCode":"{code}","instanceId":"i-1"}}"#));
        let Judged::Passed(learned, remarks) = judged("create/new-line", &create(), &exchange, &World::default())
        else {
            panic!("not passed");
        };
        assert_eq!(learned.instance, Some((Slot::First, "i-1".to_owned())));
        assert_eq!((learned.accepted_only, remarks.is_empty()), (accepted_only, true));
    }
}

#[test]
fn a_repetition_is_compared_with_the_first_answer() {
    let same = answer(r#"{"resultCode":"000000","instanceId":"i-1"}"#);
    let other = answer(r#"{"resultCode":"000000","instanceId":"i-2"}"#);
    assert!(matches!(judged("create/repeat-same-line", &create(), &same, &world()), Judged::Passed(..)));
    assert_eq!(severity(&judged("create/repeat-same-line", &create(), &other, &world())), Some(Severity::Failure));
    assert_eq!(severity(&judged("create/second-line", &create(), &same, &world())), Some(Severity::Failure));
    assert!(matches!(judged("create/second-line", &create(), &other, &world()), Judged::Passed(..)));
}

#[test]
fn refusals_are_judged_by_what_they_prevent() {
    let verdict = |body: &str| severity(&judged("status/unknown-instance", &freeze(), &answer(body), &world()));
    assert_eq!(verdict(&format!(r#"{{"resultCode":"{UNKNOWN_INSTANCE}"}}"#)), None);
    assert_eq!(verdict(r#"{"resultCode":"000005"}"#), Some(Severity::Warning));
    assert_eq!(verdict(r#"{"resultCode":"000000"}"#), Some(Severity::Failure));
    assert_eq!(verdict(r#"{"resultCode":"000004"}"#), Some(Severity::Failure));
    let http = |status| {
        let body = br#"{"resultCode":"000003"}"#.to_vec();
        let exchange = Exchange::Answer(HttpAnswer { status, body, ..HttpAnswer::default() });
        severity(&judged("status/unknown-instance", &freeze(), &exchange, &world()))
    };
    assert_eq!((http(404), http(500)), (Some(Severity::Warning), Some(Severity::Failure)));
    let late = Exchange::Failed(TransportFailure::Timeout { limit_ms: 20_000 });
    assert_eq!(severity(&judged("status/unknown-instance", &freeze(), &late, &world())), Some(Severity::Failure));
}

#[test]
fn work_in_progress_is_asked_again_where_the_contract_lets_it() {
    let working = answer(r#"{"resultCode":"000004"}"#);
    assert!(matches!(judged("status/freeze", &freeze(), &working, &world()), Judged::AskAgain));
    assert!(matches!(judged("query/finds-instance", &query(), &working, &world()), Judged::AskAgain));
    let unknown = answer(r#"{"resultCode":"000003"}"#);
    assert_eq!(severity(&judged("query/finds-instance", &query(), &unknown, &world())), Some(Severity::Failure));
    let asynchronous = World { asynchronous: true, ..world() };
    assert!(matches!(judged("query/finds-instance", &query(), &unknown, &asynchronous), Judged::AskAgain));
    assert!(exhausted(&step("status/freeze"), 3, Language::Zh).found.contains('3'));
}

#[test]
fn what_is_answered_like_the_first_contact_is_verified() {
    let busy = answer(r#"{"resultCode":"000104"}"#);
    let mut world = World::default();
    assert!(severity(&judged("auth/short-nonce", &create(), &busy, &world)).is_some());
    world.codes.insert(CONTACT, "000104".to_owned());
    assert!(severity(&judged("auth/short-nonce", &create(), &busy, &world)).is_none());
    assert!(severity(&judged(CONTACT, &create(), &busy, &world)).is_none());
    let refused = answer(r#"{"resultCode":"000001"}"#);
    let Judged::Broken(problem) = judged(CONTACT, &create(), &refused, &world) else { panic!("passed") };
    assert_eq!(problem.section, "3.1");
}

#[test]
fn slow_answers_are_remarked_on_and_pages_are_compared() {
    let exchange = answer(r#"{"resultCode":"000000"}"#);
    let call = freeze();
    let world = world();
    let step = step("status/freeze");
    let remarks = |duration_ms| {
        let case = Case {
            step: &step,
            generation: Generation::SaasV2,
            call: &call,
            exchange: &exchange,
            duration_ms,
            world: &world,
            key: KEY,
            settings: JudgeSettings::of(Generation::SaasV2),
            language: Language::En,
        };
        match judge(&case) {
            Judged::Passed(_, remarks) => remarks.len(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((remarks(SLOW_MS), remarks(SLOW_MS + 1)), (0, 1));
    let page = |body: &str| Page { status: 200, body: body.into() };
    assert_eq!(severity(&judge_page(&step, &page("a"), &page("a"), Language::En)), Some(Severity::Failure));
    assert_eq!(severity(&judge_page(&step, &page("a"), &page("b"), Language::En)), None);
}

#[test]
fn a_refusal_of_1_0_without_body_sign_is_a_warning() {
    let wish = Wish::of(Generation::SaasV1, Mode::OneTime);
    let step = plan(&wish).into_iter().find(|step| step.check == "auth/wrong-key").unwrap();
    let call = Call::SaasV1(protocol::saas_v1::Request::NewInstance(Box::default()));
    let world = World::default();
    let judged = |code: &str, body_sign: Option<String>| {
        let body = format!(r#"{{"resultCode":"{code}"}}"#);
        let content_type = Some("application/json".to_owned());
        let exchange = Exchange::Answer(HttpAnswer { status: 200, content_type, body_sign, body: body.into_bytes() });
        judge(&Case {
            step: &step,
            generation: Generation::SaasV1,
            call: &call,
            exchange: &exchange,
            duration_ms: 10,
            world: &world,
            key: KEY,
            settings: JudgeSettings::of(Generation::SaasV1),
            language: Language::Zh,
        })
    };
    assert_eq!(severity(&judged("000001", None)), Some(Severity::Warning));
    assert_eq!(severity(&judged("000000", None)), Some(Severity::Failure));
    let signed = Some(body_sign::build(KEY, br#"{"resultCode":"000001"}"#));
    assert_eq!(severity(&judged("000001", signed)), None);
}
