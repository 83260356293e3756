//! A company buys SaaS, from the order to the running service.

use app::AppError;
use app::ordering::Side;
use app::work::{Once, Show};
use domain::ledger::AccountKind;
use domain::ordering::order::{OrderKind, PaymentProvider, RefundState};
use domain::time::{DAY, HOUR, MINUTE};
use sample_sellers::Seller;
use std::sync::Arc;
use store::listing::PageRequest;
use store::ordering::{Order, OrderFilter};
use testkit::{On, TestMarket, cny, on_both};

fn refused<T: std::fmt::Debug>(result: Result<T, AppError>) -> String {
    result.expect_err("a refusal").code().to_owned()
}

on_both! {
    async fn a_month_is_bought_paid_opened_and_divided(m) {
        let order = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        assert_eq!((order.state.code(), order.payable), ("PENDING_PAYMENT", cny("100")));
        assert_eq!(m.calls(), Vec::<String>::new(), "nobody is called before the money is there");

        let (order, _) = m.app.pay_order(&m.buyer, &order.id, PaymentProvider::Balance).await.unwrap();
        assert_eq!(order.state.code(), "PROCESSING");
        assert_eq!(m.owed(AccountKind::Escrow, "platform").await, cny("100"));

        m.work().await;
        let order = m.order(&order.id).await;
        assert_eq!(order.state.code(), "COMPLETED");
        assert_eq!(m.calls(), ["newInstance", "queryInstance"]);
        assert_eq!(m.server.created_count(&order.id, &order.line.line_id), 1);
        assert_eq!(m.owed(AccountKind::Escrow, "platform").await, cny("0"));
        assert_eq!(m.owed(AccountKind::SellerPayable, &order.seller_id).await, cny("95"));
        assert_eq!(m.owed(AccountKind::PlatformFee, "platform").await, cny("4.72"));
        assert_eq!(m.owed(AccountKind::TaxPayable, "platform").await, cny("0.28"));

        let detail = m.instance(order.instance_id.as_deref().unwrap()).await;
        assert_eq!(detail.instance.state.code(), "IN_USE");
        assert_eq!(detail.instance.state.until().unwrap().to_market_text(), "2026-04-02 23:59:59");
        let access = detail.access.unwrap();
        assert!(access.front_end_url.starts_with("http://127.0.0.1"), "{}", access.front_end_url);
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("99900"));
        m.check_books().await;
    }

    async fn many_clicks_on_pay_take_the_money_once(m) {
        let order = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        let clicks: Vec<_> = (0..12)
            .map(|_| {
                let (app, buyer, id) = (m.app.clone(), m.buyer.clone(), order.id.clone());
                tokio::spawn(async move { app.pay_order(&buyer, &id, PaymentProvider::Balance).await.map(|_| ()) })
            })
            .collect();
        let mut paid = 0;
        for click in clicks {
            match click.await.unwrap() {
                Ok(()) => paid += 1,
                Err(e) => assert_eq!(e.code(), "order-already-paid"),
            }
        }
        assert_eq!(paid, 1);
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("99900"));
        m.work().await;
        assert_eq!(m.server.created_count(&order.id, &order.line.line_id), 1);
        m.check_books().await;
    }

    async fn the_same_idempotency_key_makes_one_order(m) {
        let once = |hash: &str| Once { actor: m.buyer.user_id().unwrap().into(), key: "k-1".into(), request_hash: hash.into() };
        let calls: Vec<_> = (0..6)
            .map(|_| {
                let (app, buyer, wish, once) = (m.app.clone(), m.buyer.clone(), m.wish(m.monthly()), once("a"));
                tokio::spawn(async move { app.once(once, app.place_order(&buyer, wish)).await })
            })
            .collect();
        let mut made = 0;
        for call in calls {
            match call.await.unwrap() {
                Ok(_) => made += 1,
                Err(e) => assert!(matches!(e, AppError::Replayed(_)), "{e}"),
            }
        }
        assert_eq!(made, 1);
        let other = m.app.once(once("b"), m.app.place_order(&m.buyer, m.wish(m.monthly()))).await;
        assert_eq!(refused(other), "idempotency-key-reused");
        let list = m.app.orders(&m.buyer, Side::Buyer, OrderFilter::default(), PageRequest::default()).await.unwrap();
        assert_eq!(list.items.len(), 1);
    }

    async fn an_order_and_its_answer_are_kept_by_the_same_commit(m) {
        let once = Once { actor: m.buyer.user_id().unwrap().into(), key: "k-2".into(), request_hash: "a".into() };
        let show: Show = Arc::new(|value| value.downcast_ref::<Order>().map(|o| (201, o.id.clone())));
        let placed = m.app.once_shown(once.clone(), Some(show.clone()), m.app.place_order(&m.buyer, m.wish(m.monthly())));
        let (order, kept) = placed.await.unwrap();
        assert_eq!(kept, Some((201, order.id.clone())));
        let again = m.app.once_shown(once.clone(), Some(show.clone()), m.app.place_order(&m.buyer, m.wish(m.monthly())));
        match again.await {
            Err(AppError::Replayed(found)) => assert_eq!((found.status, found.response), (201, order.id.clone())),
            other => panic!("{other:?}"),
        }
        // What fails keeps neither the key nor an answer.
        let other = Once { key: "k-3".into(), ..once };
        let mut wish = m.wish(m.monthly());
        wish.choice.periods = 11;
        let failed = m.app.once_shown(other.clone(), Some(show.clone()), m.app.place_order(&m.buyer, wish)).await;
        assert_eq!(refused(failed), "periods-not-offered");
        let placed = m.app.once_shown(other, Some(show), m.app.place_order(&m.buyer, m.wish(m.monthly())));
        assert!(placed.await.is_ok());
        let list = m.app.orders(&m.buyer, Side::Buyer, OrderFilter::default(), PageRequest::default()).await.unwrap();
        assert_eq!(list.items.len(), 2);
    }

    async fn an_agreement_that_many_sign_is_kept_once(m) {
        m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        let agreement = m.app.product_view(&m.product_id).await.unwrap().product.content.agreement.clone();
        let signed = m.app.agreements(&m.buyer).await.unwrap();
        assert_eq!(signed.len(), 2);
        assert!(signed.iter().all(|s| s.text.contains(&agreement.zh) && s.text.contains(&agreement.en)));
        let texts = m.db.glance(|tx| tx.number("select count(*) from agreement_text", &[])).await;
        assert_eq!(texts.map_err(|e: store::StoreError| e).unwrap(), 1);
    }

    async fn services_are_offered_for_renewal_in_the_order_in_which_they_end(m) {
        let mut wish = m.wish(m.monthly());
        wish.choice.periods = 3;
        let long = m.app.place_order(&m.buyer, wish).await.unwrap();
        m.app.pay_order(&m.buyer, &long.id, PaymentProvider::Balance).await.unwrap();
        let ids: Vec<String> = vec![m.buy_a_month().await.id, m.buy_a_month().await.id, long.id];
        let waiting = m.pay_a_month().await;
        let first = PageRequest { limit: 2, ..PageRequest::default() };
        let page = m.app.renewable(&m.buyer, first.clone()).await.unwrap();
        let rest = m.app.renewable(&m.buyer, PageRequest { cursor: page.next, ..first }).await.unwrap();
        let found: Vec<_> = page.items.iter().chain(&rest.items).map(|i| i.order_id.clone()).collect();
        assert_eq!(found.last(), ids.last(), "what ends last comes last");
        let (mut sorted, mut expected) = (found.clone(), ids.clone());
        sorted.sort();
        expected.sort();
        assert_eq!(sorted, expected, "everything in use, nothing that is not yet: {}", waiting.id);
        let soon = rest.items[0].state.until().unwrap();
        assert_eq!(m.app.ending(&m.buyer, soon).await.unwrap(), 2);
        assert_eq!(m.app.renewable(&m.stranger, PageRequest::default()).await.unwrap().items.len(), 0);
        m.days_pass(33).await;
        let over = m.app.renewable(&m.buyer, PageRequest::default()).await.unwrap().items;
        assert_eq!(over.len(), 4, "what is over can still be renewed, and what was delivered meanwhile too");
        assert!(["EXPIRED", "FROZEN"].contains(&over[0].state.code()), "{}", over[0].state.code());
    }

    async fn somebody_else_s_order_does_not_exist(m) {
        let order = m.buy_a_month().await;
        let instance = order.instance_id.clone().unwrap();
        let not_found = |code: String| assert_eq!(code, "not-found");
        not_found(refused(m.app.order(&m.stranger, Side::Buyer, &order.id).await));
        not_found(refused(m.app.pay_order(&m.stranger, &order.id, PaymentProvider::Balance).await));
        not_found(refused(m.app.cancel_order(&m.stranger, &order.id).await));
        not_found(refused(m.app.instance(&m.stranger, Side::Buyer, &instance).await));
        not_found(refused(m.app.unsubscribe(&m.stranger, &instance).await));
        not_found(refused(m.app.order(&m.buyer, Side::Market, &order.id).await));
        assert_eq!(refused(m.app.order(&m.buyer, Side::Seller, &order.id).await), "forbidden");
        let seen = m.app.order(&m.seller, Side::Seller, &order.id).await.unwrap();
        assert_eq!(seen.order.id, order.id);
        let by_seller = m.app.instance(&m.seller, Side::Seller, &instance).await.unwrap();
        assert_eq!(by_seller.access, None, "access data are the buyer's");
    }

    async fn what_cannot_be_bought_is_refused_by_name(m) {
        let place = |wish| m.app.place_order(&m.buyer, wish);
        let mut wish = m.wish(m.monthly());
        wish.agreed = false;
        assert_eq!(refused(place(wish).await), "invalid-fields");
        let mut wish = m.wish(m.monthly());
        wish.choice.periods = 11;
        assert_eq!(refused(place(wish).await), "periods-not-offered");
        let mut wish = m.wish(m.monthly());
        wish.specification_id = "spc_unknown".into();
        assert_eq!(refused(place(wish).await), "not-found");
        assert_eq!(refused(m.app.place_order(&m.seller, m.wish(m.monthly())).await), "own-product");
        assert_eq!(refused(m.app.place_order(&m.operator, m.wish(m.monthly())).await), "forbidden");
        assert_eq!(refused(m.app.place_order(&app::Actor::Visitor, m.wish(m.monthly())).await), "not-signed-in");
        let poor = m.app.place_order(&m.stranger, m.wish(m.monthly())).await.unwrap();
        assert_eq!(refused(m.app.pay_order(&m.stranger, &poor.id, PaymentProvider::Balance).await), "insufficient-balance");
        assert_eq!(m.order(&poor.id).await.state.code(), "PENDING_PAYMENT");
    }

    async fn an_unpaid_order_is_cancelled_after_seven_days(m) {
        let order = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        m.pass(7 * DAY - MINUTE).await;
        assert_eq!(m.order(&order.id).await.state.code(), "PENDING_PAYMENT");
        m.pass(2 * MINUTE).await;
        assert_eq!(m.order(&order.id).await.state.code(), "CANCELLED");
        assert_eq!(refused(m.app.pay_order(&m.buyer, &order.id, PaymentProvider::Balance).await), "order-wrong-state");
        m.check_books().await;
    }

    async fn a_bank_transfer_counts_when_an_operator_has_seen_it(m) {
        let order = m.app.place_order(&m.stranger, m.wish(m.monthly())).await.unwrap();
        let (_, payment) = m.app.pay_order(&m.stranger, &order.id, PaymentProvider::BankTransfer).await.unwrap();
        assert_eq!(payment.state, "PENDING");
        let again = m.app.pay_order(&m.stranger, &order.id, PaymentProvider::BankTransfer).await;
        assert_eq!(refused(again), "payment-already-started");
        assert_eq!(refused(m.app.decide_payment(&m.stranger, &payment.id, true).await), "not-found");
        m.app.decide_payment(&m.operator, &payment.id, true).await.unwrap();
        assert_eq!(refused(m.app.decide_payment(&m.operator, &payment.id, true).await), "payment-already-decided");
        m.work().await;
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        assert_eq!(m.owed(AccountKind::PlatformCash, "platform").await, cny("-100100"));
        m.check_books().await;
    }

    async fn five_days_bring_everything_back(m) {
        let order = m.buy_a_month().await;
        let instance = order.instance_id.clone().unwrap();
        m.pass(5 * DAY - HOUR).await;
        m.app.unsubscribe(&m.buyer, &instance).await.unwrap();
        assert_eq!(refused(m.app.unsubscribe(&m.buyer, &instance).await), "refund-not-in-use");
        m.work().await;
        assert_eq!(m.calls().last().unwrap(), "releaseInstance");
        let order = m.order(&order.id).await;
        assert_eq!((order.state.code(), order.refund_state), ("COMPLETED", RefundState::Full));
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100000"));
        assert_eq!(m.owed(AccountKind::SellerPayable, &order.seller_id).await, cny("0"));
        assert_eq!(m.instance(&instance).await.instance.state.code(), "RELEASED");
        m.check_books().await;
    }

    async fn after_five_days_nothing_comes_back(m) {
        let order = m.buy_a_month().await;
        let instance = order.instance_id.clone().unwrap();
        m.pass(5 * DAY + MINUTE).await;
        assert_eq!(m.instance(&instance).await.refund_bar, Some("refund-window-over"));
        assert_eq!(refused(m.app.unsubscribe(&m.buyer, &instance).await), "refund-window-over");
    }

    async fn a_trial_is_free_taken_once_and_becomes_formal(m) {
        let mut choice = m.monthly();
        choice.trial = true;
        let order = m.app.place_order(&m.buyer, m.wish(choice.clone())).await.unwrap();
        assert_eq!((order.kind, order.state.code()), (OrderKind::Trial, "PROCESSING"));
        m.work().await;
        let id = m.order(&order.id).await.instance_id.unwrap();
        let trial = m.instance(&id).await.instance;
        assert!(trial.trial);
        assert_eq!(trial.state.until().unwrap().to_market_text(), "2026-03-16 23:59:59");
        assert_eq!(refused(m.app.place_order(&m.buyer, m.wish(choice)).await), "trial-taken");

        m.days_pass(3).await;
        let period = domain::catalogue::kinds::PeriodType::Year;
        let formal = m.app.renew(&m.buyer, &id, period, 1).await.unwrap();
        assert_eq!((formal.kind, formal.payable), (OrderKind::TrialToFormal, cny("1000")));
        m.app.pay_order(&m.buyer, &formal.id, PaymentProvider::Balance).await.unwrap();
        m.work().await;
        let now = m.instance(&id).await.instance;
        assert!(!now.trial);
        assert_eq!(now.state.until().unwrap().to_market_text(), "2027-03-05 23:59:59", "remaining trial days are not added (D-07)");
        assert_eq!(m.calls().last().unwrap(), "refreshInstance TRIAL_TO_FORMAL");
        m.check_books().await;
    }
}

async fn asynchronous(on: On) {
    let m = TestMarket::with_seller(on, |key, clock| Seller::asynchronous(key, clock)).await;
    let order = m.pay_a_month().await;
    m.work().await;
    let order = m.order(&order.id).await;
    assert_eq!(order.state.code(), "PROCESSING", "accepted is not opened");
    assert_eq!(m.calls(), ["newInstance"]);
    m.pass(61 * 1_000_000).await;
    assert_eq!(m.calls(), ["newInstance", "queryInstance"], "the first poll comes after a minute (D-22)");
    m.pass(2 * MINUTE).await;
    assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
    assert_eq!(m.server.created_count(&order.id, &order.line.line_id), 1);
    let detail = m.instance(order.instance_id.as_deref().unwrap()).await;
    assert!(detail.access.is_some(), "the poll brought the access data");
    m.check_books().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seller_that_takes_its_time_sqlite() {
    asynchronous(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seller_that_takes_its_time_postgres() {
    asynchronous(On::Postgres).await;
}
