//! Who may pay what and when, and what becomes of money that comes too late.

use app::AppError;
use app::identity::OrganisationDecision;
use app::ordering::{Arrival, Side};
use domain::catalogue::kinds::PeriodType;
use domain::catalogue::product::ProductAction;
use domain::fulfilment::instance::ExpiryPolicy;
use domain::identity::SellerState;
use domain::ledger::{AccountKind, Book};
use domain::ordering::order::{OrderKind, PaymentProvider};
use domain::time::{HOUR, MINUTE, parse_market};
use sample_sellers::Faults;
use store::listing::PageRequest;
use store::ordering::Order;
use testkit::{TestMarket, cny, on_both};

fn refused<T: std::fmt::Debug>(result: Result<T, AppError>) -> String {
    result.expect_err("a refusal").code().to_owned()
}

async fn told(m: &TestMarket, actor: &app::Actor, kind: &str) -> usize {
    let page = PageRequest { limit: 200, ..PageRequest::default() };
    m.app.messages(actor, false, page).await.unwrap().items.iter().filter(|t| t.kind == kind).count()
}

async fn order(m: &TestMarket) -> Order {
    m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap()
}

async fn decide(m: &TestMarket, actor: &app::Actor, decision: OrganisationDecision) {
    let id = actor.member().unwrap().organisation_id.clone();
    m.app.decide_organisation(&m.operator, &id, decision, "审计测试").await.unwrap();
}

async fn state_of_payment(m: &TestMarket, order_id: &str, payment_id: &str) -> (String, String) {
    let detail = m.app.order(&m.operator, Side::Market, order_id).await.unwrap();
    let payment = detail.payments.into_iter().find(|p| p.id == payment_id).unwrap();
    (payment.state, payment.reason)
}

fn broken() -> Faults {
    Faults { http_status: Some(500), ..Faults::default() }
}

on_both! {
    async fn nobody_pays_for_the_frozen_and_no_frozen_seller_is_paid(m) {
        let mine = order(&m).await;
        let pay = async |order: &Order, how| m.app.pay_order(&m.buyer, &order.id, how).await;
        decide(&m, &m.buyer, OrganisationDecision::Freeze(true)).await;
        assert_eq!(refused(pay(&mine, PaymentProvider::Balance).await), "organisation-frozen");
        decide(&m, &m.buyer, OrganisationDecision::Freeze(false)).await;
        decide(&m, &m.buyer, OrganisationDecision::RejectVerification).await;
        assert_eq!(refused(pay(&mine, PaymentProvider::BankTransfer).await), "not-verified");
        decide(&m, &m.buyer, OrganisationDecision::Verify).await;
        decide(&m, &m.seller, OrganisationDecision::Freeze(true)).await;
        assert_eq!(refused(pay(&mine, PaymentProvider::Balance).await), "product-suspended");
        decide(&m, &m.seller, OrganisationDecision::Freeze(false)).await;
        decide(&m, &m.seller, OrganisationDecision::Seller(SellerState::Restricted)).await;
        assert_eq!(refused(pay(&mine, PaymentProvider::Balance).await), "product-suspended");
        decide(&m, &m.seller, OrganisationDecision::Seller(SellerState::Active)).await;
        let act = async |action| m.app.change_product_state(&m.operator, &m.product_id, action, "found out").await.unwrap();
        act(ProductAction::Suspend).await;
        assert_eq!(refused(pay(&mine, PaymentProvider::Balance).await), "product-suspended");
        assert_eq!(m.owed(AccountKind::Escrow, "platform").await, cny("0"));
        act(ProductAction::Resume).await;
        pay(&mine, PaymentProvider::Balance).await.unwrap();
        let late = order(&m).await;
        act(ProductAction::Discontinue).await;
        assert_eq!(refused(pay(&late, PaymentProvider::Balance).await), "product-discontinued");
        m.check_books().await;
    }

    async fn a_frozen_buyer_is_not_renewed_by_the_clock_nor_by_hand(m) {
        let bought = m.buy_a_month().await;
        let id = bought.instance_id.unwrap();
        m.app.set_expiry_policy(&m.buyer, &id, ExpiryPolicy::Automatic).await.unwrap();
        decide(&m, &m.buyer, OrganisationDecision::Freeze(true)).await;
        m.days_pass(28).await;
        assert!(told(&m, &m.buyer, "autorenew-failed").await > 0);
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("99900"), "nothing was taken");
        assert_eq!(refused(m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await), "organisation-frozen");
        decide(&m, &m.buyer, OrganisationDecision::Freeze(false)).await;
        m.days_pass(1).await;
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("99800"), "the next day it goes on");
        let orders = m.instance(&id).await.orders;
        let renewal = orders.iter().find(|o| o.kind == OrderKind::Renew).unwrap();
        let paid = m.app.order(&m.operator, Side::Market, &renewal.id).await.unwrap().payments;
        assert_eq!((paid.len(), paid[0].state.as_str()), (1, "SUCCEEDED"), "the clock's payments are payments");
        m.check_books().await;
    }

    async fn the_price_is_the_one_the_order_was_placed_with(m) {
        let placed = order(&m).await;
        let application = m.app.begin_modification(&m.seller, &m.product_id).await.unwrap();
        let mut content = m.app.application(&m.seller, &application).await.unwrap().application.content;
        content.specifications[0].prices.iter_mut().for_each(|p| p.price = cny("777"));
        m.app.save_draft(&m.seller, &application, content, None).await.unwrap();
        m.app.submit_application(&m.seller, &application).await.unwrap();
        m.clock.advance(MINUTE);
        m.app.decide_application(&m.operator, &application, true, "").await.unwrap();
        assert_eq!(order(&m).await.payable, cny("777"), "who orders now pays the new price");
        let (paid, payment) = m.app.pay_order(&m.buyer, &placed.id, PaymentProvider::Balance).await.unwrap();
        assert_eq!((paid.payable, payment.amount), (cny("100"), cny("100")));
        m.check_books().await;
    }

    async fn money_that_comes_too_late_is_the_buyers(m) {
        // Cancelled by the buyer, then the money comes.
        let first = order(&m).await;
        let (_, transfer) = m.app.pay_order(&m.buyer, &first.id, PaymentProvider::BankTransfer).await.unwrap();
        m.app.cancel_order(&m.buyer, &first.id).await.unwrap();
        m.app.decide_payment(&m.operator, &transfer.id, true).await.unwrap();
        assert_eq!(state_of_payment(&m, &first.id, &transfer.id).await.0, "CREDITED");
        assert_eq!(m.order(&first.id).await.state.code(), "CANCELLED");
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100100"));
        assert_eq!(refused(m.app.decide_payment(&m.operator, &transfer.id, true).await), "payment-already-decided");
        // Paid from the balance meanwhile.
        let second = order(&m).await;
        let (_, transfer) = m.app.pay_order(&m.buyer, &second.id, PaymentProvider::BankTransfer).await.unwrap();
        m.app.pay_order(&m.buyer, &second.id, PaymentProvider::Balance).await.unwrap();
        m.app.decide_payment(&m.operator, &transfer.id, true).await.unwrap();
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100100"));
        // The product was suspended while the money was on its way.
        let third = order(&m).await;
        let (_, transfer) = m.app.pay_order(&m.buyer, &third.id, PaymentProvider::BankTransfer).await.unwrap();
        m.app.change_product_state(&m.operator, &m.product_id, ProductAction::Suspend, "found out").await.unwrap();
        m.app.decide_payment(&m.operator, &transfer.id, true).await.unwrap();
        let (state, reason) = state_of_payment(&m, &third.id, &transfer.id).await;
        assert_eq!((state.as_str(), reason.as_str()), ("CREDITED", "product-suspended"));
        assert_eq!(m.order(&third.id).await.state.code(), "PENDING_PAYMENT");
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100200"));
        assert_eq!(told(&m, &m.buyer, "transfer-credited").await, 3);
        m.work().await;
        m.check_books().await;
    }

    async fn a_refused_transfer_has_a_reason_that_the_payer_reads(m) {
        let order = order(&m).await;
        let (_, transfer) = m.app.pay_order(&m.buyer, &order.id, PaymentProvider::BankTransfer).await.unwrap();
        for none in ["", "  "] {
            let silent = m.app.decide_payment(&m.operator, &transfer.id, Arrival::Refused(none.into())).await;
            assert_eq!(refused(silent), "invalid-fields");
        }
        let why = Arrival::Refused("amount differs".into());
        m.app.decide_payment(&m.operator, &transfer.id, why.clone()).await.unwrap();
        assert_eq!(refused(m.app.decide_payment(&m.operator, &transfer.id, why.clone()).await), "payment-already-decided");
        let top_up = m.app.ask_top_up(&m.buyer, cny("70")).await.unwrap();
        m.app.decide_top_up(&m.operator, &top_up.id, why).await.unwrap();
        let page = PageRequest { limit: 200, ..PageRequest::default() };
        let messages = m.app.messages(&m.buyer, false, page).await.unwrap().items;
        for kind in ["transfer-refused", "top-up-refused"] {
            let message = messages.iter().find(|t| t.kind == kind).unwrap();
            assert!(message.arguments.contains("amount differs"), "{}", message.arguments);
        }
        let asked = m.app.top_ups(&m.buyer, PageRequest::default()).await.unwrap().items;
        assert_eq!(asked.iter().find(|t| t.amount == cny("70")).unwrap().reason, "amount differs");
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100000"));
    }

    async fn an_unpaid_renewal_ends_with_its_service(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        // The paid time ends on 2 April; 7 days of grace and 7 of retention follow.
        let until = parse_market("2026-04-13T12:00").unwrap();
        m.pass(until.since(m.clock.now())).await;
        assert_eq!(m.instance(&id).await.instance.state.code(), "FROZEN");
        let renewal = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        let (_, transfer) = m.app.pay_order(&m.buyer, &renewal.id, PaymentProvider::BankTransfer).await.unwrap();
        m.days_pass(5).await;
        assert_eq!(m.instance(&id).await.instance.state.code(), "RELEASED");
        let order = m.order(&renewal.id).await;
        let domain::ordering::order::OrderState::Cancelled { why, .. } = order.state else { panic!("{:?}", order.state) };
        assert_eq!(why.code(), "RESOURCE_CHANGED");
        assert_eq!(told(&m, &m.buyer, "order-overtaken").await, 1);
        m.app.decide_payment(&m.operator, &transfer.id, true).await.unwrap();
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100000"), "the transfer is not lost");
        m.check_books().await;
    }

    async fn no_transfer_begins_for_what_cannot_be_renewed(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        let renewal = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        m.app.freeze_for_violation(&m.operator, &id, true, "found out").await.unwrap();
        for how in [PaymentProvider::BankTransfer, PaymentProvider::Balance] {
            assert_eq!(refused(m.app.pay_order(&m.buyer, &renewal.id, how).await), "instance-not-renewable");
        }
        m.check_books().await;
    }

    async fn failed_deliveries_do_not_use_up_the_years_refunds(m) {
        m.server.set_faults(broken());
        for _ in 0..11 {
            m.pay_a_month().await;
        }
        m.pass(5 * HOUR).await;
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100000"), "all eleven were given back");
        m.server.set_faults(Faults::default());
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.app.unsubscribe(&m.buyer, &id).await.unwrap();
        m.check_books().await;
    }

    async fn the_years_refunds_are_counted_one_at_a_time(m) {
        let mut services = Vec::new();
        for _ in 0..14 {
            services.push(m.pay_a_month().await.instance_id.unwrap());
        }
        m.work().await;
        let asked: Vec<_> = services
            .into_iter()
            .map(|id| {
                let (app, buyer) = (m.app.clone(), m.buyer.clone());
                tokio::spawn(async move { app.unsubscribe(&buyer, &id).await })
            })
            .collect();
        let mut given = 0;
        for answer in asked {
            match answer.await.unwrap() {
                Ok(()) => given += 1,
                Err(e) => assert_eq!(e.code(), "refund-quota-used"),
            }
        }
        assert_eq!(given, 10);
        m.check_books().await;
    }

    async fn a_conversion_that_is_answered_in_the_next_month_loses_no_time(m) {
        let trial = parse_market("2026-03-20T10:00").unwrap();
        m.pass(trial.since(m.clock.now())).await;
        let mut choice = m.monthly();
        choice.trial = true;
        let id = m.app.place_order(&m.buyer, m.wish(choice)).await.unwrap().instance_id.unwrap();
        let late = parse_market("2026-03-31T23:57").unwrap();
        m.pass(late.since(m.clock.now())).await;
        m.server.set_faults(broken());
        let conversion = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        m.app.pay_order(&m.buyer, &conversion.id, PaymentProvider::Balance).await.unwrap();
        m.pass(5 * MINUTE).await;
        assert_eq!(m.order(&conversion.id).await.state.code(), "PROCESSING");
        m.server.set_faults(Faults::default());
        m.pass(5 * MINUTE).await;
        assert_eq!(m.order(&conversion.id).await.state.code(), "COMPLETED");
        let end = async || m.instance(&id).await.instance.state.until().unwrap().to_market_text();
        assert_eq!(end().await, "2026-04-30 23:59:59");
        let renewal = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        m.app.pay_order(&m.buyer, &renewal.id, PaymentProvider::Balance).await.unwrap();
        m.work().await;
        assert_eq!(end().await, "2026-05-31 23:59:59", "a month was paid");
        m.check_books().await;
    }

    async fn there_is_no_trial_of_what_was_bought(m) {
        let mut choice = m.monthly();
        choice.trial = true;
        m.server.set_faults(broken());
        m.pay_a_month().await;
        assert_eq!(refused(m.app.place_order(&m.buyer, m.wish(choice.clone())).await), "trial-after-purchase", "it is being delivered");
        m.pass(5 * HOUR).await;
        m.server.set_faults(Faults::default());
        m.app.place_order(&m.stranger, m.wish(choice.clone())).await.unwrap();
        m.buy_a_month().await;
        m.days_pass(40).await;
        assert_eq!(refused(m.app.place_order(&m.buyer, m.wish(choice)).await), "trial-after-purchase");
        m.check_books().await;
    }

    async fn a_renewal_is_given_back_until_its_time_begins(m) {
        let bought = m.buy_a_month().await;
        let id = bought.instance_id.clone().unwrap();
        let end = async || m.instance(&id).await.instance.state.until().unwrap().to_market_text();
        let first_end = end().await;
        assert_eq!(m.instance(&id).await.return_bar, Some("refund-no-renewal"));
        for _ in 0..2 {
            let renewal = m.app.renew(&m.buyer, &id, PeriodType::Month, 2).await.unwrap();
            m.app.pay_order(&m.buyer, &renewal.id, PaymentProvider::Balance).await.unwrap();
            m.work().await;
        }
        assert_eq!((end().await.as_str(), m.app.balance(&m.buyer).await.unwrap()), ("2026-08-02 23:59:59", cny("99500")));
        assert_eq!(refused(m.app.unsubscribe(&m.buyer, &id).await), "refund-renewed");
        assert_eq!(refused(m.app.return_renewal(&m.stranger, &id).await), "not-found");

        // Two people at once give one back; the last bought goes first.
        let (one, two) = tokio::join!(m.app.return_renewal(&m.buyer, &id), m.app.return_renewal(&m.buyer, &id));
        let child = one.unwrap();
        assert_eq!((child.kind, child.state.code(), child.payable), (OrderKind::UnsubscribeRenewal, "CLOSED_REFUNDED", cny("200")));
        assert!(two.is_ok(), "the one before it had not begun either");
        m.work().await;
        assert_eq!((end().await, m.app.balance(&m.buyer).await.unwrap()), (first_end, cny("99900")));
        let told: Vec<_> = m.calls().into_iter().filter(|c| c.ends_with("UNSUBSCRIBE_RENEWAL_PERIOD")).collect();
        assert_eq!(told.len(), 2);
        let bodies: Vec<serde_json::Value> = m.server.calls().iter().filter_map(|c| serde_json::from_str(&c.body).ok()).collect();
        let last = bodies.iter().rev().find(|b| b["scene"] == "UNSUBSCRIBE_RENEWAL_PERIOD").unwrap();
        assert_eq!(last["expireTime"], "20260402155959", "the end before the renewals, in UTC");
        assert!(bodies.iter().any(|b| b["orderId"] == child.id.as_str()), "the order of the unsubscription is named (D-23)");
        assert_eq!(refused(m.app.return_renewal(&m.buyer, &id).await), "refund-no-renewal");
        assert_eq!(m.owed(AccountKind::SellerPayable, &bought.seller_id).await, cny("95"));
        m.check_books().await;
        // What is left may be unsubscribed as if it had never been renewed.
        m.app.unsubscribe(&m.buyer, &id).await.unwrap();
        m.work().await;
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100000"));
        m.check_books().await;
    }

    async fn a_renewal_that_has_begun_stays_and_the_given_back_one_lets_the_service_end(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        let renewal = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        m.app.pay_order(&m.buyer, &renewal.id, PaymentProvider::Balance).await.unwrap();
        m.days_pass(32).await;
        assert_eq!(refused(m.app.return_renewal(&m.buyer, &id).await), "refund-renewal-begun");
        let next = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        assert_eq!(refused(m.app.return_renewal(&m.buyer, &id).await), "refund-other-order-open");
        m.app.pay_order(&m.buyer, &next.id, PaymentProvider::Balance).await.unwrap();
        m.work().await;
        m.app.return_renewal(&m.buyer, &id).await.unwrap();
        m.days_pass(30).await;
        assert_eq!(m.instance(&id).await.instance.state.code(), "EXPIRED");
        m.check_books().await;
    }

    async fn test_money_never_waits_for_an_operator(m) {
        let sandbox = m.make_sandbox(&m.stranger).await;
        let order = m.app.place_order(&sandbox, m.wish(m.monthly())).await.unwrap();
        let (order, payment) = m.app.pay_order(&sandbox, &order.id, PaymentProvider::BankTransfer).await.unwrap();
        assert_eq!((order.state.code(), payment.state.as_str(), payment.book), ("PROCESSING", "SUCCEEDED", Book::Sandbox));
        let all = async |book| m.app.payments(&m.operator, book, None, PageRequest::default()).await.unwrap().items.len();
        assert_eq!((all(Book::Real).await, all(Book::Sandbox).await), (0, 1));
        m.work().await;
        m.check_books().await;
    }

    async fn what_costs_nothing_has_a_payment_of_nothing(m) {
        let mut choice = m.monthly();
        choice.trial = true;
        let order = m.app.place_order(&m.buyer, m.wish(choice)).await.unwrap();
        let payments = m.app.order(&m.buyer, Side::Buyer, &order.id).await.unwrap().payments;
        let [payment] = payments.as_slice() else { panic!("{payments:?}") };
        assert_eq!((payment.provider, payment.state.as_str(), payment.amount), (PaymentProvider::Free, "SUCCEEDED", cny("0")));
        let paid = self::order(&m).await;
        assert_eq!(refused(m.app.pay_order(&m.buyer, &paid.id, PaymentProvider::Free).await), "order-not-free");
        m.check_books().await;
    }
}
