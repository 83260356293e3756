//! The seller's workbench (seller interface 11): debug calls against sample sellers of both
//! generations, cases, what a product needs before it is handed in.

use crate::members::narrowed;
use app::AppError;
use app::debugging::{Computed, DebugRun, DebugWish, GateState};
use app::fulfilment::Restarts;
use app::ordering::Side;
use domain::access::MemberRole;
use domain::catalogue::content::Access;
use domain::catalogue::kinds::InterfaceGeneration;
use domain::text::Language;
use domain::time::MINUTE;
use sample_sellers::protocol::signature::{self, Presented};
use sample_sellers::protocol::{Generation, query};
use sample_sellers::{Faults, Seller};
use std::collections::BTreeMap;
use store::debugging::CaseFilter;
use store::fulfilment::CallFilter;
use store::listing::PageRequest;
use testkit::{On, TestMarket, company, on_both, sample_content, sign_in};

/// The presets of a tab on the market's sample seller.
pub(crate) fn wish(m: &TestMarket, generation: &str, activity: &str, variant: &str) -> DebugWish {
    let mut wish = DebugWish {
        address: m.server.production_address(),
        generation: generation.into(),
        activity: activity.into(),
        variant: variant.into(),
        values: BTreeMap::new(),
    };
    let form = m.app.debug_form(&m.seller, &wish).unwrap();
    wish.values = form.parameters.into_iter().map(|p| (p.name, p.value)).collect();
    wish
}

async fn save(m: &TestMarket, activity: &str, variant: &str) -> DebugRun {
    m.app.debug(&m.seller, wish(m, "saas_v2", activity, variant), true, Language::En).await.unwrap()
}

async fn cases(m: &TestMarket) -> Vec<store::debugging::DebugCase> {
    let all = CaseFilter::default();
    m.app.debug_cases(&m.seller, all, PageRequest::default()).await.unwrap().items
}

on_both! {
    async fn every_tab_of_saas_2_passes_and_opens_nothing(m) {
        for tab in m.app.debug_tabs(Some("saas_v2")) {
            let run = m.app.debug(&m.seller, wish(&m, "saas_v2", tab.activity, tab.variant), false, Language::En);
            let run = run.await.unwrap();
            assert!(run.passed(), "{tab:?}: {} {}", run.found, run.advice);
            assert!(run.attempt.request_body.contains("\"testFlag\":\"1\""), "{tab:?}");
            assert!(run.attempt.url.contains("signature=***"), "what is kept is masked");
            assert!(run.attempt.response_headers.contains("body-sign") && run.attempt.http_status == Some(200));
        }
        assert_eq!(m.server.calls().len(), m.app.debug_tabs(Some("saas_v2")).len());
        assert_eq!(m.server.instances().len(), 0, "a debug call opens nothing");
        assert_eq!(cases(&m).await, [], "and is not kept unless it is asked for");
        m.check_books().await;
    }

    async fn a_wrong_key_shows_both_sides_and_where_they_part(m) {
        m.server.set_access_key("another-key");
        let run = save(&m, "newInstance", "PERIOD").await;
        assert_eq!((run.attempt.verdict.as_str(), run.attempt.exception_code.as_str()), ("FAILURE", "body_sign"));
        assert_eq!((run.attempt.result_code.as_str(), run.section), ("000001", "3.3"));
        let difference = run.difference.unwrap();
        assert_ne!(difference.ours.signature, difference.theirs.signature);
        assert!(difference.signature_at.is_some() && !difference.cause.is_empty());
        assert_eq!(difference.ours.canonical, run.attempt.response_body, "what was signed is the answer");
        assert!(run.signed.canonical.starts_with("<access key>") && !run.signed.signature.is_empty());
        assert_eq!((run.case_id, cases(&m).await), (None, vec![]), "what fails is not saved");
        m.server.set_access_key(testkit::ACCESS_KEY);
        m.server.set_faults(Faults { hex_body_sign: true, ..Faults::default() });
        let told = save(&m, "queryInstance", "").await.difference.unwrap();
        assert!(told.cause.contains("hex"), "{}", told.cause);
    }

    async fn what_a_server_computed_is_compared_and_its_mistake_named(m) {
        let run = m.app.debug(&m.seller, wish(&m, "saas_v2", "queryInstance", ""), false, Language::En).await.unwrap();
        let told = |signature: &str, body: &str| Computed {
            url: run.attempt.url.clone(),
            body: body.into(),
            signature: signature.into(),
            canonical: format!("{}x", testkit::ACCESS_KEY),
        };
        let body = run.attempt.request_body.as_str();
        let same = m.app.compare_signature(&m.seller, told(&run.signed.signature, body), Language::En).await.unwrap();
        assert_eq!((same.signature_at, same.ours.canonical.as_str()), (None, run.signed.canonical.as_str()));
        assert_eq!(same.theirs.canonical, "<access key>x", "a key that was pasted is not shown");
        // Python writes blanks after colons and commas.
        let presented = Presented::from_query(run.attempt.url.split_once('?').unwrap().1).unwrap();
        let (nonce, time) = (presented.nonce.unwrap(), presented.timestamp.unwrap().parse().unwrap());
        let spaced = body.replace("\":\"", "\": \"").replace("\",\"", "\", \"");
        let wrong = signature::sign(testkit::ACCESS_KEY, &nonce, time, spaced.as_bytes());
        let found = m.app.compare_signature(&m.seller, told(&wrong, body), Language::En).await.unwrap();
        assert!(found.signature_at.is_some() && found.cause.contains("blank"), "{}", found.cause);
        let real = body.replace(",\"testFlag\":\"1\"", "");
        let refused = m.app.compare_signature(&m.seller, told(&wrong, &real), Language::En).await.unwrap_err();
        assert_eq!(refused.code(), "invalid-fields", "nobody has a real call signed here");
    }

    async fn comparisons_are_short_and_counted(m) {
        let run = m.app.debug(&m.seller, wish(&m, "saas_v2", "queryInstance", ""), false, Language::En).await.unwrap();
        let computed = |url: String| Computed {
            url,
            body: run.attempt.request_body.clone(),
            signature: "A".repeat(64),
            canonical: String::new(),
        };
        let long = format!("{}&{}", run.attempt.url, "a%26b=".repeat(4_000));
        let refused = m.app.compare_signature(&m.seller, computed(long), Language::En).await.unwrap_err();
        assert_eq!(refused.code(), "invalid-fields", "before anything is computed");
        for _ in 1..domain::debugging::CALLS_PER_MINUTE {
            m.app.compare_signature(&m.seller, computed(run.attempt.url.clone()), Language::En).await.unwrap();
        }
        let many = m.app.compare_signature(&m.seller, computed(run.attempt.url.clone()), Language::En).await.unwrap_err();
        assert_eq!(many.code(), "debug-too-many", "the call itself was the first of the minute");
    }

    async fn a_command_sends_exactly_the_call_and_nothing_is_sent_for_it(m) {
        let command = m.app.debug_command(&m.seller, wish(&m, "saas_v2", "releaseInstance", "")).await.unwrap();
        assert!(command.starts_with("curl ") && command.contains("signature=") && command.contains("testFlag"));
        let link = m.app.debug_command(&m.seller, wish(&m, "saas_v1", "releaseInstance", "")).await.unwrap();
        assert!(link.starts_with(&m.server.production_address()) && link.contains("authToken="), "{link}");
        assert!(m.server.calls().is_empty());
    }

    async fn faults_name_the_parameter_and_nothing_is_sent(m) {
        let mut wrong = wish(&m, "saas_v2", "refreshInstance", "RENEWAL");
        wrong.values.insert("expireTime".into(), "tomorrow".into());
        wrong.values.insert("orderId".into(), String::new());
        let AppError::Invalid(faults) = m.app.debug(&m.seller, wrong, false, Language::En).await.unwrap_err() else {
            panic!("not the fields")
        };
        let faults: Vec<_> = faults.iter().map(|f| (f.field.as_str(), f.code.as_str())).collect();
        assert_eq!(faults, [("orderId", "required"), ("expireTime", "parameter-form")]);
        let unknown = DebugWish { activity: "noSuchCall".into(), ..wish(&m, "saas_v2", "queryInstance", "") };
        assert_eq!(m.app.debug(&m.seller, unknown, false, Language::En).await.unwrap_err().code(), "invalid-fields");
        assert!(m.server.calls().is_empty());
    }

    async fn addresses_that_may_not_be_called_are_refused_as_for_real_calls(m) {
        // Link-local addresses are refused in every profile, also on machines of developers.
        let there = DebugWish { address: "http://169.254.169.254/latest".into(), ..wish(&m, "saas_v2", "queryInstance", "") };
        let AppError::Invalid(faults) = m.app.debug(&m.seller, there.clone(), true, Language::En).await.unwrap_err()
        else {
            panic!("not the field")
        };
        assert_eq!((faults[0].field.as_str(), faults[0].code.as_str()), ("address", "address-form"));
        let command = m.app.debug_command(&m.seller, there).await.unwrap_err();
        assert_eq!(command.code(), "invalid-fields");
    }

    async fn calls_are_limited_for_each_organisation_and_minute(m) {
        let ask = wish(&m, "saas_v2", "queryInstance", "");
        for _ in 0..30 {
            m.app.debug(&m.seller, ask.clone(), false, Language::En).await.unwrap();
        }
        let refused = m.app.debug(&m.seller, ask.clone(), false, Language::En).await.unwrap_err();
        assert_eq!((refused.code(), m.server.calls().len()), ("debug-too-many", 30));
        assert!(m.app.debug_command(&m.seller, ask.clone()).await.is_ok(), "a command sends nothing");
        m.clock.advance(MINUTE);
        assert!(m.app.debug(&m.seller, ask, false, Language::En).await.unwrap().passed());
    }

    async fn a_case_is_saved_once_for_its_tab_and_the_newest_wins(m) {
        let first = save(&m, "queryInstance", "").await;
        assert!(first.passed() && first.case_id.is_some());
        m.clock.advance(MINUTE);
        let mut again = wish(&m, "saas_v2", "queryInstance", "");
        again.values.insert("instanceId".into(), "mine-7".into());
        let again = m.app.debug(&m.seller, again, true, Language::En).await.unwrap();
        assert_eq!(again.case_id, first.case_id, "D-47: the newest wins");
        save(&m, "updateInstanceStatus", "FREEZE").await;
        save(&m, "updateInstanceStatus", "UNFREEZE").await;
        let kept = cases(&m).await;
        assert_eq!(kept.len(), 3, "variants are cases of their own");
        let (case, wish) = m.app.debug_case(&m.seller, first.case_id.as_deref().unwrap()).await.unwrap();
        assert_eq!(wish.values["instanceId"], "mine-7");
        assert_eq!((case.verdict.as_str(), case.ran_at), ("SUCCESS", m.clock.now()));
        let sealed = case.parameters_cipher;
        assert!(sealed.starts_with("v1:") && !sealed.contains("mine-7"), "sealed at rest");
    }

    async fn a_business_id_is_drawn_anew_when_a_case_runs_again(m) {
        let run = save(&m, "newInstance", "PERIOD").await;
        let id = run.case_id.unwrap();
        assert!(!m.app.debug_case(&m.seller, &id).await.unwrap().1.values.contains_key("businessId"));
        let again = m.app.run_case(&m.seller, &id, Language::En).await.unwrap();
        assert!(again.passed() && again.wish.values["businessId"] != run.wish.values["businessId"]);
    }

    async fn all_cases_of_an_address_run_again_and_remember_how_it_went(m) {
        save(&m, "queryInstance", "").await;
        save(&m, "releaseInstance", "").await;
        let only = vec!["releaseInstance".to_owned()];
        m.server.set_faults(Faults { result_code: Some("000005".into()), only_activities: only, ..Faults::default() });
        let address = m.server.production_address();
        let results = m.app.run_cases(&m.seller, &address, "saas_v2", Language::En).await.unwrap();
        let passed = results.iter().map(|(case, run)| (case.activity.as_str(), run.as_ref().unwrap().passed()));
        let passed: BTreeMap<&str, bool> = passed.collect();
        assert_eq!(passed, BTreeMap::from([("queryInstance", true), ("releaseInstance", false)]));
        let failed = CaseFilter { verdict: Some("FAILURE".into()), ..CaseFilter::default() };
        let failed = m.app.debug_cases(&m.seller, failed, PageRequest::default()).await.unwrap().items;
        assert_eq!((failed.len(), failed[0].activity.as_str(), failed[0].result_code.as_str()), (1, "releaseInstance", "000005"));
    }

    async fn what_belongs_to_another_seller_does_not_exist(m) {
        let id = save(&m, "queryInstance", "").await.case_id.unwrap();
        let other = company(&m.app, "另一商家有限公司", "seller2@shop.example").await;
        let active = app::identity::OrganisationDecision::Seller(domain::identity::SellerState::Active);
        m.app.decide_organisation(&app::Actor::System("test"), &other, active, "").await.unwrap();
        let other = sign_in(&m.app, "seller2@shop.example").await;
        assert_eq!(m.app.debug_case(&other, &id).await.unwrap_err().code(), "not-found");
        assert_eq!(m.app.run_case(&other, &id, Language::En).await.unwrap_err().code(), "not-found");
        assert_eq!(m.app.delete_case(&other, &id).await.unwrap_err().code(), "not-found");
        let seen = m.app.debug_cases(&other, CaseFilter::default(), PageRequest::default()).await.unwrap();
        assert_eq!(seen.items, []);
        assert_eq!(m.app.debug_addresses(&other).await.unwrap(), []);
        let ask = wish(&m, "saas_v2", "queryInstance", "");
        assert_eq!(m.app.debug(&other, ask.clone(), false, Language::En).await.unwrap_err().code(), "no-access-key");
        assert_eq!(m.app.debug(&m.buyer, ask, false, Language::En).await.unwrap_err().code(), "forbidden");
    }

    async fn a_narrowed_member_debugs_the_addresses_of_his_products_only(m) {
        let id = save(&m, "queryInstance", "").await.case_id.unwrap();
        let picture = m.app.product_view(&m.product_id).await.unwrap().product.content.logo.clone().unwrap();
        let owner = m.seller.member().unwrap().organisation_id.clone();
        let content = sample_content("http://localhost:9/other", &picture);
        let other = m.app.release_directly(&owner, content, 0, 0).await.unwrap();
        let member = narrowed(&m, MemberRole::Administrator, &[&other]).await;
        let ask = wish(&m, "saas_v2", "queryInstance", "");
        assert_eq!(m.app.debug(&member, ask.clone(), false, Language::En).await.unwrap_err().code(), "not-found");
        assert_eq!(m.app.debug_case(&member, &id).await.unwrap_err().code(), "not-found");
        let seen = m.app.debug_cases(&member, CaseFilter::default(), PageRequest::default()).await.unwrap();
        assert_eq!(seen.items, []);
        let known: Vec<String> = m.app.debug_addresses(&member).await.unwrap().into_iter().map(|k| k.address).collect();
        assert_eq!(known, ["http://localhost:9/other"]);
        let there = DebugWish { address: "http://localhost:9/other".into(), ..ask };
        let run = m.app.debug(&member, there, false, Language::En).await.unwrap();
        assert_eq!(run.attempt.exception_code, "unreachable", "his own address is called");
    }

    async fn many_calls_are_restarted_each_for_itself(m) {
        m.server.set_faults(Faults { result_code: Some("000005".into()), ..Faults::default() });
        for _ in 0..3 {
            m.pay_a_month().await;
        }
        m.work().await;
        m.server.set_faults(Faults::default());
        let missed = m.app.missed_calls(&m.seller, None, PageRequest::default()).await.unwrap().items;
        assert_eq!(missed.len(), 3);
        let one = vec![missed[0].id.clone(), "cal_unknown".to_owned()];
        let done = m.app.restart_calls(&m.seller, Side::Seller, Restarts::Ids(one)).await.unwrap();
        assert_eq!(done.restarted, [missed[0].id.clone()]);
        assert_eq!(done.refused, [("cal_unknown".to_owned(), "not-found".to_owned())]);
        let stopped = CallFilter { state: Some("STOPPED".into()), ..CallFilter::default() };
        let none = m.app.restart_calls(&m.seller, Side::Seller, Restarts::Filter(stopped)).await.unwrap();
        assert_eq!(none, app::fulfilment::Restarted::default());
        let all = Restarts::Filter(CallFilter::default());
        assert_eq!(m.app.restart_calls(&m.buyer, Side::Seller, all.clone()).await.unwrap_err().code(), "forbidden");
        let done = m.app.restart_calls(&m.seller, Side::Seller, all).await.unwrap();
        assert_eq!((done.restarted.len(), done.refused[0].1.as_str()), (2, "call-restart-waits"));
        m.work().await;
        assert_eq!(m.app.missed_calls(&m.seller, None, PageRequest::default()).await.unwrap().items, []);
        m.check_books().await;
    }

    async fn a_product_says_which_cases_it_lacks_and_is_stopped_when_the_market_asks(m) {
        let content = m.app.product_view(&m.product_id).await.unwrap().product.content.clone();
        let missing = || async {
            let gates = m.app.case_gates(&m.seller, &content).await.unwrap();
            gates.iter().filter(|g| g.must && g.state != GateState::Passed).count()
        };
        // Period, one-time and a trial: eight cases.
        assert_eq!(missing().await, 8);
        m.app.change_setting(&m.operator, "catalogue.require_cases", 1).await.unwrap();
        let application = m.app.begin_modification(&m.seller, &m.product_id).await.unwrap();
        let refused = m.app.submit_application(&m.seller, &application).await.unwrap_err();
        assert_eq!(refused.code(), "cases-missing");
        for gate in m.app.case_gates(&m.seller, &content).await.unwrap() {
            save(&m, gate.activity, gate.variant).await;
        }
        assert_eq!(missing().await, 0);
        m.app.submit_application(&m.seller, &application).await.unwrap();
    }

    async fn a_case_that_a_live_product_needs_stays(m) {
        let needed = save(&m, "queryInstance", "").await.case_id.unwrap();
        let free = save(&m, "upgradeInstance", "").await.case_id.unwrap();
        assert_eq!(m.app.delete_case(&m.seller, &needed).await.unwrap_err().code(), "case-needed");
        m.app.delete_case(&m.seller, &free).await.unwrap();
        assert_eq!(cases(&m).await.len(), 1);
        assert_eq!(m.app.delete_case(&m.seller, &free).await.unwrap_err().code(), "not-found");
        m.check_books().await;
    }
}

async fn first_generation(on: On) {
    let m = TestMarket::with_seller(on, |key, clock: Box<dyn Fn() -> i64 + Send + Sync>| {
        Seller::speaking(Generation::SaasV1, key, clock)
    })
    .await;
    for tab in m.app.debug_tabs(Some("saas_v1")) {
        let run = m.app.debug(&m.seller, wish(&m, "saas_v1", tab.activity, tab.variant), true, Language::En);
        let run = run.await.unwrap();
        assert!(run.passed(), "{tab:?}: {} {}", run.found, run.advice);
        assert!(run.attempt.url.contains("authToken=***") && run.signed.canonical.contains("testFlag=1"));
    }
    let mut personal = wish(&m, "saas_v1", "newInstance", "PERIOD");
    personal.values.insert("mobilePhone".into(), "13800000000".into());
    let run = m.app.debug(&m.seller, personal, true, Language::En).await.unwrap();
    assert!(run.passed() && !run.attempt.url.contains("13800000000"), "{}", run.attempt.url);
    let heard = m.server.calls().last().unwrap().body.clone();
    let phone = query::decode(&heard).unwrap().into_iter().find(|(name, _)| name == "mobilePhone").unwrap().1;
    assert!(phone.len() > 16 && !phone.contains("138"), "3.4: it travels encrypted");
    let picture = m.app.product_view(&m.product_id).await.unwrap().product.content.logo.clone().unwrap();
    let mut content = sample_content(&m.server.production_address(), &picture);
    let Access::Saas { generation, .. } = &mut content.access;
    *generation = InterfaceGeneration::SaasV1;
    let gates = m.app.case_gates(&m.seller, &content).await.unwrap();
    assert!(gates.len() == 6 && gates.iter().all(|g| g.state == GateState::Passed), "{gates:?}");
    m.server.set_faults(Faults { missing_content: true, ..Faults::default() });
    let strict = m.app.debug(&m.seller, wish(&m, "saas_v1", "newInstance", "PERIOD"), false, Language::En).await;
    assert!(strict.unwrap().found.contains("frontEndUrl"), "5.1: the debugging page insists on it");
    m.server.set_faults(Faults::default());
    m.server.set_key(Generation::SaasV1, "another-key");
    let run = m.app.debug(&m.seller, wish(&m, "saas_v1", "queryInstance", ""), false, Language::Zh).await.unwrap();
    assert!(run.found.contains("Body-Sign") && run.difference.is_some_and(|d| d.signature_at.is_some()));
}

mod the_first_generation {
    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite() {
        super::first_generation(testkit::On::Sqlite).await;
    }
    #[tokio::test(flavor = "multi_thread")]
    async fn postgres() {
        super::first_generation(testkit::On::Postgres).await;
    }
}
