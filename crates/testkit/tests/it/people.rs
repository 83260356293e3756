//! What people do who are tired, in a hurry, or new: jobs run too early, keys changed, mails that
//! go nowhere, an empty market.

use app::{Actor, AppError, PageRequest};
use domain::access::OperatorRole;
use domain::fulfilment::instance::ExpiryPolicy;
use domain::ordering::order::PaymentProvider;
use sample_sellers::Faults;
use store::jobs::{Job, JobFilter};
use testkit::{TestMarket, on_both};

async fn waiting(m: &TestMarket, kind: &str, subject: &str) -> Vec<Job> {
    let filter = JobFilter { state: Some("WAITING".into()), kind: Some(kind.into()), subject_id: Some(subject.into()) };
    m.app.jobs(&m.operator, filter, PageRequest::default()).await.unwrap().items
}

async fn state_of(m: &TestMarket, id: &str) -> &'static str {
    m.instance(id).await.instance.state.code()
}

fn code<T>(outcome: Result<T, AppError>) -> &'static str {
    match outcome {
        Ok(_) => "ok",
        Err(AppError::Refused(code)) => code,
        Err(AppError::NotFound) => "not-found",
        Err(AppError::Forbidden(_)) => "forbidden",
        Err(_) => "other",
    }
}

on_both! {
    async fn a_timer_that_is_run_too_early_still_acts_at_its_time(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        for _ in 0..2 {
            let timer = waiting(&m, "instance_timer", &id).await.remove(0);
            m.app.restart_job(&m.operator, &timer.id).await.unwrap();
            m.work().await;
            let again = waiting(&m, "instance_timer", &id).await;
            assert_eq!((again.len(), again[0].due_at), (1, timer.due_at));
        }
        let reminders = waiting(&m, "remind", &id).await;
        m.app.restart_job(&m.operator, &reminders[0].id).await.unwrap();
        m.work().await;
        assert_eq!(waiting(&m, "remind", &id).await.len(), reminders.len(), "nobody is reminded weeks ahead");
        assert_eq!(state_of(&m, &id).await, "IN_USE");
        m.days_pass(33).await;
        assert_eq!(state_of(&m, &id).await, "EXPIRED");
    }

    async fn a_renewal_leaves_one_timer(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        for _ in 0..3 {
            let order = m.app.renew(&m.buyer, &id, domain::catalogue::kinds::PeriodType::Month, 1).await.unwrap();
            m.app.pay_order(&m.buyer, &order.id, PaymentProvider::Balance).await.unwrap();
            m.work().await;
        }
        m.days_pass(95).await;
        assert_eq!(waiting(&m, "instance_timer", &id).await.len(), 1, "old ends plan nothing");
    }

    async fn an_automatic_renewal_that_is_run_too_early_still_renews(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.app.set_expiry_policy(&m.buyer, &id, ExpiryPolicy::Automatic).await.unwrap();
        let end = m.instance(&id).await.instance.state.until();
        let job = waiting(&m, "auto_renew", &id).await.remove(0);
        m.app.restart_job(&m.operator, &job.id).await.unwrap();
        m.work().await;
        assert_eq!(waiting(&m, "auto_renew", &id).await[0].due_at, job.due_at);
        m.days_pass(32).await;
        assert_eq!(state_of(&m, &id).await, "IN_USE");
        assert!(m.instance(&id).await.instance.state.until() > end);
    }

    async fn timers_that_somebody_gave_up_are_planned_again(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        let order = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        for (kind, subject) in [("instance_timer", &id), ("cancel_unpaid", &order.id)] {
            let job = waiting(&m, kind, subject).await.remove(0);
            m.app.cancel_job(&m.operator, &job.id, "by mistake").await.unwrap();
            assert!(waiting(&m, kind, subject).await.is_empty());
        }
        assert_eq!(m.app.plan_missing_timers().await.unwrap(), 2);
        assert_eq!(m.app.plan_missing_timers().await.unwrap(), 0, "once is enough");
        m.days_pass(33).await;
        assert_eq!(state_of(&m, &id).await, "EXPIRED");
        assert_eq!(m.order(&order.id).await.state.code(), "CANCELLED");
    }

    async fn a_key_that_no_server_knows_yet_breaks_no_order(m) {
        m.app.add_access_key(&m.seller).await.unwrap();
        assert_eq!(m.buy_a_month().await.state.code(), "COMPLETED");
        let keys = m.app.access_keys(&m.seller).await.unwrap();
        assert_eq!((keys.len(), keys[0].signing_since.is_some(), keys[1].signing_since), (2, true, None));
        assert!(keys[0].last_used_at.is_some() && keys[1].last_used_at.is_none());
        // The seller installs it, and only then says so.
        let new = m.app.reveal_access_key(&m.seller, &keys[1].id).await.unwrap();
        m.clock.advance(60_000_000);
        m.app.sign_with_access_key(&m.seller, &keys[1].id).await.unwrap();
        m.server.set_access_key(new);
        assert_eq!(m.buy_a_month().await.state.code(), "COMPLETED");
        let after = m.app.access_keys(&m.seller).await.unwrap();
        assert_eq!(after[0].id, keys[1].id);
        assert_eq!(code(m.app.sign_with_access_key(&m.buyer, &keys[0].id).await), "forbidden");
        m.server.set_faults(Faults::default());
    }

    async fn answers_may_carry_any_key_that_is_on(m) {
        // The server signs its answers with the old key and is asked with the new one: the answer
        // counts although the market has moved on.
        m.app.add_access_key(&m.seller).await.unwrap();
        let fresh = m.app.access_keys(&m.seller).await.unwrap().remove(1);
        let value = m.app.reveal_access_key(&m.seller, &fresh.id).await.unwrap();
        m.server.set_access_key(value);
        // Asked with the old key, this server refuses: nothing is opened with a key nobody chose.
        let order = m.pay_a_month().await;
        m.work().await;
        assert_eq!(m.order(&order.id).await.state.code(), "PROCESSING");
        m.clock.advance(60_000_000);
        m.app.sign_with_access_key(&m.seller, &fresh.id).await.unwrap();
        m.days_pass(1).await;
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
    }

    async fn a_trial_that_was_had_is_known_before_it_is_ordered(m) {
        let trial = domain::ordering::pricing::Choice { trial: true, ..m.monthly() };
        assert!(!m.app.trial_is_taken(&m.buyer, &m.product_id).await.unwrap());
        m.app.place_order(&m.buyer, m.wish(trial)).await.unwrap();
        assert!(m.app.trial_is_taken(&m.buyer, &m.product_id).await.unwrap());
        assert!(!m.app.trial_is_taken(&m.stranger, &m.product_id).await.unwrap());
    }

    async fn mails_that_go_nowhere_are_not_called_sent(m) {
        m.app.ask_reset("buyer@corp.example").await.unwrap();
        m.work().await;
        let kept = m.app.mails(&m.operator, None, Some("buyer@corp.example".into()), PageRequest::default()).await.unwrap();
        assert!(!kept.items.is_empty() && kept.items.iter().all(|mail| mail.state == "KEPT"));
        assert!(!m.app.first_steps(&m.operator).await.unwrap().mail);
    }

    async fn a_market_whose_money_takes_two_people_asks_for_the_second(m) {
        let careful = testkit::assemble_with(m.db.clone(), m.clock.clone(), |options| options.four_eyes = true);
        assert!(m.app.first_steps(&m.operator).await.unwrap().second_person, "nobody asks for two");
        assert!(!careful.first_steps(&m.operator).await.unwrap().second_person);
        let system = Actor::System("test");
        careful.create_operator(&system, "客服", "help@market.example", testkit::PASSWORD, OperatorRole::Auditor).await.unwrap();
        assert!(!careful.first_steps(&m.operator).await.unwrap().second_person, "an auditor has nothing to do with money");
        careful.create_operator(&system, "财务", "money@market.example", testkit::PASSWORD, OperatorRole::Finance).await.unwrap();
        assert!(careful.first_steps(&m.operator).await.unwrap().second_person);
    }

    async fn whoever_runs_the_installation_can_make_a_reset_link(m) {
        let system = Actor::System("command line");
        let (link, minutes) = m.app.make_reset_link(&system, "Buyer@corp.example").await.unwrap();
        assert_eq!(minutes, 30);
        let token = link.split("/reset?token=").nth(1).unwrap();
        m.app.reset_password(token, "A-fresh-passphrase-9").await.unwrap();
        assert!(m.app.log_in("buyer@corp.example", "A-fresh-passphrase-9", "test").await.is_ok());
        assert_eq!(code(m.app.make_reset_link(&system, "nobody@corp.example").await), "not-found");
        assert_eq!(code(m.app.make_reset_link(&m.operator, "buyer@corp.example").await), "forbidden");
        assert_eq!(code(m.app.make_reset_link(&m.buyer, "buyer@corp.example").await), "forbidden");
    }

    async fn the_starter_categories_are_for_an_empty_market(m) {
        let before = m.app.categories().await.unwrap().len();
        assert!(before > 0);
        assert_eq!(code(m.app.load_starter_categories(&m.operator).await), "categories-exist");
        assert_eq!(m.app.categories().await.unwrap().len(), before);
        m.db.write(|tx| tx.execute("delete from category", &[])).await.unwrap();
        assert_eq!(m.app.load_starter_categories(&m.operator).await.unwrap(), 76);
        assert_eq!(m.app.category_tree().await.unwrap().all.iter().filter(|c| c.parent_id.is_none()).count(), 12);
        assert_eq!(code(m.app.load_starter_categories(&m.buyer).await), "not-found");
    }
}
