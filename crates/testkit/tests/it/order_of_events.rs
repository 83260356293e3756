//! Calls in the order of their events, what follows when one of them fails for good, and who is told.

use crate::faults::{Scripted, calls_of, creation, honest, pay_a_month_of, product_at, told};
use crate::jobs::{causes, why};
use app::diagnosis::SafeAction;
use app::ordering::Side;
use domain::catalogue::kinds::PeriodType;
use domain::fulfilment::instance::ExpiryPolicy;
use domain::ordering::order::PaymentProvider;
use domain::time::{DAY, HOUR, MINUTE};
use sample_sellers::Faults;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::StoreError;
use store::fulfilment::SellerCall;
use testkit::{TestMarket, on_both};

async fn calls_of_instance(m: &TestMarket, id: &str) -> Vec<SellerCall> {
    m.app.instance(&m.operator, Side::Market, id).await.unwrap().calls
}

fn failing(activity: &str) -> Faults {
    Faults { http_status: Some(500), only_activities: vec![activity.into()], ..Faults::default() }
}

on_both! {
    async fn a_freeze_that_was_given_up_is_not_sent_after_the_renewal(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.server.set_faults(failing("updateInstanceStatus"));
        m.app.freeze_for_violation(&m.operator, &id, true, "违规").await.unwrap();
        m.pass(DAY).await;
        let freeze = calls_of_instance(&m, &id).await.pop().unwrap();
        assert_eq!((freeze.variant.as_str(), freeze.state.code()), ("FREEZE", "STOPPED"));
        m.server.set_faults(Faults::default());
        m.app.freeze_for_violation(&m.operator, &id, false, "已整改").await.unwrap();
        m.work().await;
        let heard = m.calls();
        assert_eq!(heard.last().unwrap(), "updateInstanceStatus UNFREEZE");
        for (actor, side) in [(&m.seller, Side::Seller), (&m.operator, Side::Market)] {
            let old = m.app.restart_call(actor, side, &freeze.id).await.unwrap_err();
            assert_eq!(old.code(), "call-not-restartable", "it says what was true before");
        }
        m.pass(DAY).await;
        assert_eq!(m.calls(), heard, "the customer is not frozen by an old call");
        m.check_books().await;
    }

    async fn a_call_that_waits_behind_another_is_explained_by_that_one(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.server.set_faults(failing("updateInstanceStatus"));
        m.app.freeze_for_violation(&m.operator, &id, true, "违规").await.unwrap();
        m.app.freeze_for_violation(&m.operator, &id, false, "已整改").await.unwrap();
        m.work().await;
        let renewal = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        m.app.pay_order(&m.buyer, &renewal.id, PaymentProvider::Balance).await.unwrap();
        m.work().await;
        let diagnosis = why(&m, &renewal.id).await;
        assert_eq!(causes(&diagnosis), ["order-state", "instance-state", "waits-behind", "call-failing", "job-waiting"]);
        let calls = calls_of_instance(&m, &id).await;
        let freeze = calls.iter().find(|c| c.variant == "FREEZE").unwrap();
        assert_eq!(diagnosis.action, SafeAction::RestartCall(freeze.id.clone()));
        let blocked = calls_of(&m, &renewal).await.remove(0);
        let refused = m.app.restart_call(&m.operator, Side::Market, &blocked.id).await.unwrap_err();
        assert_eq!(refused.code(), "call-waits-behind");
        m.server.set_faults(Faults::default());
        m.app.restart_call(&m.operator, Side::Market, &freeze.id).await.unwrap();
        m.work().await;
        assert_eq!(m.order(&renewal.id).await.state.code(), "COMPLETED", "the named action helps");
        m.check_books().await;
    }

    async fn access_data_are_asked_for_until_they_come(m) {
        let answered = AtomicUsize::new(0);
        let (seller, address) = Scripted::serve(0, move |body| {
            let query = body["activity"] == "queryInstance";
            if query && answered.fetch_add(1, Ordering::SeqCst) < 2 {
                return json!({"resultCode": "000005", "resultMsg": "down"});
            }
            honest(body)
        })
        .await;
        let product = product_at(&m, &address).await;
        let order = pay_a_month_of(&m, &product).await;
        m.work().await;
        let id = m.order(&order.id).await.instance_id.unwrap();
        let services = async || m.app.instance(&m.buyer, Side::Buyer, &id).await.unwrap();
        assert!(services().await.access.is_none());
        let asked = calls_of_instance(&m, &id).await.pop().unwrap();
        assert_eq!((asked.activity.code(), asked.state.code()), ("queryInstance", "FAILED"));
        assert_eq!(told(&m, &m.seller, "call-failed").await, 1, "the seller hears of the first failure");
        m.pass(5 * MINUTE).await;
        assert!(services().await.access.is_some());
        assert_eq!(seller.activities(), ["newInstance", "queryInstance", "queryInstance", "queryInstance"]);
        assert_eq!(told(&m, &m.seller, "call-failed").await, 1, "and of no other");
        m.check_books().await;
    }

    async fn asking_for_patience_is_no_failure(m) {
        let asked = AtomicUsize::new(0);
        let (_, address) = Scripted::serve(0, move |body| {
            match body["activity"].as_str() {
                Some("refreshInstance") => match asked.fetch_add(1, Ordering::SeqCst) {
                    0 | 2 => json!({"resultCode": "000004", "resultMsg": "wait"}),
                    1 => json!({"resultCode": "000005", "resultMsg": "down"}),
                    _ => honest(body),
                },
                _ => honest(body),
            }
        })
        .await;
        let product = product_at(&m, &address).await;
        let order = pay_a_month_of(&m, &product).await;
        m.work().await;
        let id = m.order(&order.id).await.instance_id.unwrap();
        let renewal = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        m.app.pay_order(&m.buyer, &renewal.id, PaymentProvider::Balance).await.unwrap();
        m.work().await;
        assert_eq!(told(&m, &m.seller, "call-failed").await, 0, "000004 is an answer");
        m.pass(10 * MINUTE).await;
        assert_eq!(m.order(&renewal.id).await.state.code(), "COMPLETED");
        assert_eq!(told(&m, &m.seller, "call-failed").await, 1, "the failure between was the first one");
        assert_eq!(told(&m, &m.seller, "call-recovered").await, 1);
        m.check_books().await;
    }

    async fn what_a_seller_began_and_never_finished_is_released(m) {
        m.server.set_faults(Faults { processing_for_polls: Some(u32::MAX), ..Faults::default() });
        let order = m.pay_a_month().await;
        m.pass(73 * HOUR).await;
        assert_eq!(creation(&m, &order).await.0.state.code(), "CANCELLED");
        let heard = m.calls();
        assert_eq!(heard.iter().filter(|c| *c == "releaseInstance").count(), 1, "the seller works for nobody");
        assert_eq!(heard.last().unwrap(), "releaseInstance");
        m.check_books().await;
    }

    async fn an_order_that_is_wrong_for_its_seller_is_shown_to_operators_at_once(m) {
        m.server.set_faults(Faults { result_code: Some("000106".into()), ..Faults::default() });
        m.pay_a_month().await;
        m.work().await;
        assert_eq!(told(&m, &m.operator, "call-failed").await, 1);
        m.pass(2 * HOUR).await;
        assert_eq!(told(&m, &m.operator, "call-failed").await, 1, "once");
    }

    async fn what_came_of_a_broken_answer_is_kept(m) {
        m.server.set_faults(Faults { big_body: 2 << 20, ..Faults::default() });
        let order = m.pay_a_month().await;
        m.work().await;
        let (_, attempts) = creation(&m, &order).await;
        assert_eq!((attempts[0].exception_code.as_str(), attempts[0].http_status), ("too_large", Some(200)));
        assert_eq!(attempts[0].response_body.len(), 64 * 1024);
        assert!(attempts[0].response_headers.contains("content-type"));
    }

    async fn many_who_refresh_a_service_at_once_ask_its_seller_once(m) {
        let (seller, address) = Scripted::serve(0, honest).await;
        let product = product_at(&m, &address).await;
        let order = pay_a_month_of(&m, &product).await;
        m.work().await;
        let id = m.order(&order.id).await.instance_id.unwrap();
        m.clock.advance(2 * MINUTE);
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let (app, buyer, id) = (m.app.clone(), m.buyer.clone(), id.clone());
            asking.spawn(async move { app.refresh_information(&buyer, &id).await.map_err(|e| e.code().to_owned()) });
        }
        let told = asking.join_all().await;
        assert!(told.iter().all(|t| t.as_ref().map_or_else(|code| code == "information-fresh", |_| true)), "{told:?}");
        assert!(told.contains(&Ok(true)));
        assert_eq!(seller.most_in_flight(), 1);
    }

    async fn a_plan_for_automatic_renewal_is_made_once(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        for _ in 0..3 {
            m.app.set_expiry_policy(&m.buyer, &id, ExpiryPolicy::Automatic).await.unwrap();
            m.app.set_expiry_policy(&m.buyer, &id, ExpiryPolicy::Manual).await.unwrap();
        }
        m.app.set_expiry_policy(&m.buyer, &id, ExpiryPolicy::Automatic).await.unwrap();
        let wanted = id.clone();
        let jobs = m.db.read(move |tx| store::jobs::about(tx, &wanted)).await.map_err(|e: StoreError| e).unwrap();
        assert_eq!(jobs.iter().filter(|j| j.kind == "auto_renew" && j.state == "WAITING").count(), 1);
        m.days_pass(26).await;
        assert_eq!(told(&m, &m.buyer, "autorenew-succeeded").await, 1);
        assert_eq!(told(&m, &m.buyer, "autorenew-failed").await, 0);
        m.check_books().await;
    }

    async fn a_renewal_left_unpaid_does_not_stop_the_automatic_one(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.app.set_expiry_policy(&m.buyer, &id, ExpiryPolicy::Automatic).await.unwrap();
        m.days_pass(22).await;
        let by_hand = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        m.days_pass(4).await;
        assert_eq!(m.order(&by_hand.id).await.state.code(), "CANCELLED");
        assert_eq!(told(&m, &m.buyer, "autorenew-succeeded").await, 1);
        m.check_books().await;
    }
}
