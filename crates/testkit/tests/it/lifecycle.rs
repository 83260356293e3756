//! What the clock does: expiry, grace, freeze, retention, release; renewals in between.

use app::identity::OrganisationDecision;
use domain::catalogue::kinds::PeriodType;
use domain::fulfilment::instance::ExpiryPolicy;
use domain::identity::SellerState;
use domain::ordering::order::PaymentProvider;
use domain::time::DAY;
use sample_sellers::Faults;
use testkit::{cny, on_both};

on_both! {
    async fn an_instance_that_nobody_renews_is_frozen_and_released(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.days_pass(32).await;
        assert_eq!(m.instance(&id).await.instance.state.code(), "EXPIRED");
        assert_eq!(m.calls().len(), 2, "grace: the service goes on");
        m.days_pass(7).await;
        assert_eq!(m.instance(&id).await.instance.state.code(), "FROZEN");
        assert_eq!(m.calls().last().unwrap(), "updateInstanceStatus FREEZE");
        m.days_pass(7).await;
        assert_eq!(m.instance(&id).await.instance.state.code(), "RELEASED");
        assert_eq!(m.calls().last().unwrap(), "releaseInstance");
        m.check_books().await;
    }

    async fn a_frozen_instance_is_renewed_from_its_old_end_and_unfrozen(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.days_pass(40).await;
        assert_eq!(m.instance(&id).await.instance.state.code(), "FROZEN");
        let order = m.app.renew(&m.buyer, &id, PeriodType::Month, 2).await.unwrap();
        m.app.pay_order(&m.buyer, &order.id, PaymentProvider::Balance).await.unwrap();
        m.work().await;
        let instance = m.instance(&id).await.instance;
        assert_eq!(instance.state.code(), "IN_USE");
        assert_eq!(instance.state.until().unwrap().to_market_text(), "2026-06-02 23:59:59");
        let calls = m.calls();
        assert_eq!(calls[calls.len() - 2..], ["refreshInstance RENEWAL", "updateInstanceStatus UNFREEZE"], "D-25");
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        m.check_books().await;
    }

    async fn automatic_renewal_goes_on_as_long_as_there_is_money(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.app.set_expiry_policy(&m.buyer, &id, ExpiryPolicy::Automatic).await.unwrap();
        m.days_pass(24).await;
        assert_eq!(m.instance(&id).await.instance.state.until().unwrap().to_market_text(), "2026-05-02 23:59:59", "03:00 on the seventh day before");
        m.days_pass(61).await;
        assert_eq!(m.instance(&id).await.instance.state.until().unwrap().to_market_text(), "2026-07-02 23:59:59");
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("99600"));
        m.check_books().await;
    }

    async fn automatic_renewal_without_money_is_told_and_tried_again(m) {
        m.top_up(&m.stranger, "150").await;
        let mut wish = m.wish(m.monthly());
        wish.auto_renew = true;
        let order = m.app.place_order(&m.stranger, wish).await.unwrap();
        m.app.pay_order(&m.stranger, &order.id, PaymentProvider::Balance).await.unwrap();
        m.work().await;
        let id = m.order(&order.id).await.instance_id.unwrap();
        m.days_pass(26).await;
        let told = m.app.messages(&m.stranger, false, Default::default()).await.unwrap();
        assert!(told.items.iter().filter(|x| x.kind == "autorenew-failed").count() >= 2);
        m.top_up(&m.stranger, "50").await;
        m.days_pass(1).await;
        let detail = m.app.instance(&m.stranger, app::ordering::Side::Buyer, &id).await.unwrap();
        assert_eq!(detail.instance.state.until().unwrap().to_market_text(), "2026-05-02 23:59:59");
        assert_eq!(m.app.balance(&m.stranger).await.unwrap(), cny("0"));
        m.check_books().await;
    }

    async fn a_paid_renewal_shields_the_service_of_a_seller_who_does_not_answer(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.days_pass(30).await;
        let order = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        m.server.set_faults(Faults { http_status: Some(500), ..Faults::default() });
        m.app.pay_order(&m.buyer, &order.id, PaymentProvider::Balance).await.unwrap();
        m.days_pass(30).await;
        assert_eq!(m.instance(&id).await.instance.state.code(), "IN_USE", "the buyer has paid");
        let stopped = m.app.instance(&m.operator, app::ordering::Side::Market, &id).await.unwrap().calls;
        let call = stopped.iter().find(|c| c.activity.code() == "refreshInstance").unwrap();
        assert_eq!(call.state.code(), "STOPPED");
        assert_eq!(call.attempts, 61, "once and sixty repetitions (D-29)");
        m.server.set_faults(Faults::default());
        m.app.restart_call(&m.seller, app::ordering::Side::Seller, &call.id).await.unwrap();
        m.work().await;
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        assert_eq!(m.instance(&id).await.instance.state.until().unwrap().to_market_text(), "2026-05-02 23:59:59");
        m.check_books().await;
    }

    async fn a_violation_is_frozen_and_lifted_by_an_operator(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.app.freeze_for_violation(&m.operator, &id, true, "违规内容").await.unwrap();
        m.work().await;
        assert_eq!(m.instance(&id).await.instance.state.code(), "FROZEN");
        m.app.freeze_for_violation(&m.operator, &id, false, "已整改").await.unwrap();
        m.work().await;
        let calls = m.calls();
        assert_eq!(calls[calls.len() - 2..], ["updateInstanceStatus FREEZE", "updateInstanceStatus UNFREEZE"]);
        m.days_pass(33).await;
        assert_eq!(m.instance(&id).await.instance.state.code(), "EXPIRED", "time went on");
    }

    async fn reminders_come_before_the_end_and_stop_after_a_renewal(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.days_pass(17).await;
        let count = |list: store::listing::Paged<store::messages::Message>| {
            list.items.iter().filter(|x| x.kind == "expiry-reminder").count()
        };
        assert_eq!(count(m.app.messages(&m.buyer, false, Default::default()).await.unwrap()), 1, "15 days before");
        let order = m.app.renew(&m.buyer, &id, PeriodType::Year, 1).await.unwrap();
        m.app.pay_order(&m.buyer, &order.id, PaymentProvider::Balance).await.unwrap();
        m.days_pass(20).await;
        assert_eq!(count(m.app.messages(&m.buyer, false, Default::default()).await.unwrap()), 1);
    }

    async fn what_a_sandbox_buys_is_in_nobodys_figures(m) {
        let sandbox = m.make_sandbox(&m.stranger).await;
        m.top_up(&sandbox, "1000").await;
        let sales = || async { m.app.any_product(&m.operator, &m.product_id).await.unwrap().0.sales };
        let before = sales().await;
        let order = m.app.place_order(&sandbox, m.wish(m.monthly())).await.unwrap();
        m.app.pay_order(&sandbox, &order.id, PaymentProvider::Balance).await.unwrap();
        m.work().await;
        let turnover = |overview: app::statistics::Overview| overview.days.iter().map(|d| d.1 + d.2).sum::<i64>();
        let counted = |counts: &[(String, i64)]| counts.iter().map(|c| c.1).sum::<i64>();
        let seller = m.app.seller_overview(&m.seller).await.unwrap();
        assert_eq!((counted(&seller.orders), counted(&seller.calls), turnover(seller)), (0, 0, 0));
        let market = m.app.operator_overview(&m.operator).await.unwrap();
        assert_eq!((counted(&market.orders), turnover(market)), (0, 0));
        let buyer = m.app.buyer_overview(&sandbox).await.unwrap();
        assert!(counted(&buyer.orders) == 1 && turnover(buyer) > 0, "he himself sees it");
        assert_eq!(sales().await, before);
        // A real one counts.
        let order = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        m.app.pay_order(&m.buyer, &order.id, PaymentProvider::Balance).await.unwrap();
        m.work().await;
        assert_eq!(sales().await, before + 1);
        assert!(turnover(m.app.seller_overview(&m.seller).await.unwrap()) > 0);
    }

    async fn an_organisation_with_a_past_or_a_shop_is_no_sandbox(m) {
        let owner = |actor: &app::Actor| actor.member().unwrap().organisation_id.clone();
        let decide = |id: String, decision| {
            let (app, operator) = (m.app.clone(), m.operator.clone());
            async move { app.decide_organisation(&operator, &id, decision, "a reason").await.map_err(|e| e.code().to_owned()) }
        };
        // The buyer has money, the seller a shop.
        for actor in [&m.buyer, &m.seller] {
            let refused = decide(owner(actor), OrganisationDecision::Sandbox).await;
            assert_eq!(refused.unwrap_err(), "sandbox-not-for-sellers");
        }
        let sandbox = m.make_sandbox(&m.stranger).await;
        let refused = decide(owner(&sandbox), OrganisationDecision::Seller(SellerState::Active)).await;
        assert_eq!(refused.unwrap_err(), "sandbox-not-for-sellers");
    }

    async fn a_sandbox_walks_through_a_subscription_in_its_own_time(m) {
        let sandbox = m.make_sandbox(&m.stranger).await;
        m.top_up(&sandbox, "1000").await;
        let order = m.app.place_order(&sandbox, m.wish(m.monthly())).await.unwrap();
        m.app.pay_order(&sandbox, &order.id, PaymentProvider::Balance).await.unwrap();
        let stop = std::sync::Arc::new(tokio::sync::Notify::new());
        let (runner, signal) = (m.app.clone(), stop.clone());
        let running = tokio::spawn(async move { runner.run_jobs(signal).await });
        let id = m.order(&order.id).await.instance_id.unwrap();
        m.app.advance_clock(&sandbox, DAY).await.unwrap();
        let sandbox = testkit::sign_in(&m.app, "other@else.example").await;
        let state = |actor: app::Actor| { let (app, id) = (m.app.clone(), id.clone()); async move {
            app.instance(&actor, app::ordering::Side::Buyer, &id).await.unwrap().instance.state.code() } };
        assert_eq!(state(sandbox.clone()).await, "IN_USE");
        m.app.advance_clock(&sandbox, 60 * DAY).await.unwrap();
        assert_eq!(state(sandbox.clone()).await, "RELEASED");
        let calls = m.calls();
        let freeze = calls.iter().position(|c| c == "updateInstanceStatus FREEZE").unwrap();
        let release = calls.iter().position(|c| c == "releaseInstance").unwrap();
        assert!(freeze < release);
        assert!(m.server.calls().iter().all(|c| c.body.contains(r#""testFlag":"1""#)), "test orders say so");
        assert_eq!(m.owed(domain::ledger::AccountKind::SellerPayable, &order.seller_id).await, cny("0"), "no real money moved");
        let refusal = m.app.advance_clock(&m.buyer, DAY).await.unwrap_err();
        assert_eq!(refusal.code(), "not-a-sandbox");
        stop.notify_waiters();
        running.await.unwrap();
        m.check_books().await;
    }
}
