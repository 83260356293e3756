//! Money: whatever happens in whatever order, nothing appears, nothing is lost.

use app::AppError;
use app::ordering::{Arrival, Side};
use domain::catalogue::kinds::{BillingMode, PeriodType};
use domain::ledger::{AccountKind, Book};
use domain::money::Money;
use domain::ordering::order::{OrderKind, OrderState, PaymentProvider, RefundState};
use domain::ordering::pricing::Choice;
use domain::time::{DAY, HOUR};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sample_sellers::Faults;
use store::audit::AuditFilter;
use store::listing::PageRequest;
use store::ordering::{Order, OrderFilter};
use testkit::{On, TestMarket, cny, on_both};

#[derive(Debug, Clone)]
enum Step {
    Order { yearly: bool, once: bool, trial: bool, poor: bool, auto: bool },
    Pay { which: usize, transfer: bool },
    Confirm { which: usize, arrived: bool },
    Cancel { which: usize },
    Renew { which: usize, yearly: bool },
    Unsubscribe { which: usize },
    Release { which: usize },
    Days { days: i64 },
    Hours { hours: i64 },
    Seller { fault: u8 },
    Fee { basis_points: i64 },
    RestartCalls,
    Violation { which: usize, freeze: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0usize..50;
    prop_oneof![
        4 => (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.2), prop::bool::weighted(0.3), any::<bool>())
            .prop_map(|(yearly, once, trial, poor, auto)| Step::Order { yearly, once, trial, poor, auto }),
        6 => (which.clone(), prop::bool::weighted(0.2)).prop_map(|(which, transfer)| Step::Pay { which, transfer }),
        2 => (which.clone(), any::<bool>()).prop_map(|(which, arrived)| Step::Confirm { which, arrived }),
        1 => which.clone().prop_map(|which| Step::Cancel { which }),
        3 => (which.clone(), any::<bool>()).prop_map(|(which, yearly)| Step::Renew { which, yearly }),
        2 => which.clone().prop_map(|which| Step::Unsubscribe { which }),
        1 => which.clone().prop_map(|which| Step::Release { which }),
        3 => (1i64..45).prop_map(|days| Step::Days { days }),
        2 => (1i64..6).prop_map(|hours| Step::Hours { hours }),
        3 => (0u8..5).prop_map(|fault| Step::Seller { fault }),
        1 => (0i64..3000).prop_map(|basis_points| Step::Fee { basis_points }),
        1 => Just(Step::RestartCalls),
        1 => (which, any::<bool>()).prop_map(|(which, freeze)| Step::Violation { which, freeze }),
    ]
}

/// A refusal is an answer; a defect is not.
fn tolerate<T>(result: Result<T, AppError>, step: &Step) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(AppError::Internal(text)) => panic!("{step:?}: {text}"),
        Err(AppError::Stale | AppError::Unavailable(_) | AppError::Retry) => panic!("{step:?}: nobody else is there"),
        Err(_) => None,
    }
}

fn everything() -> PageRequest {
    PageRequest { limit: 200, oldest_first: true, ..PageRequest::default() }
}

async fn all_orders(m: &TestMarket) -> Vec<Order> {
    m.app.orders(&m.operator, Side::Market, OrderFilter::default(), everything()).await.unwrap().items
}

fn pick<T>(list: &[T], which: usize) -> Option<&T> {
    list.get(which.checked_rem(list.len())?)
}

async fn take(m: &TestMarket, step: &Step) {
    match step {
        Step::Order { yearly, once, trial, poor, auto } => {
            let period = if *yearly { PeriodType::Year } else { PeriodType::Month };
            let choice = match once {
                true => Choice { mode: BillingMode::OneTime, period: None, periods: 1, quantity: 1, trial: false },
                false => {
                    Choice { mode: BillingMode::Period, period: Some(period), periods: 1, quantity: 1, trial: *trial }
                }
            };
            let actor = if *poor { &m.stranger } else { &m.buyer };
            let mut wish = m.wish(choice);
            wish.auto_renew = *auto;
            tolerate(m.app.place_order(actor, wish).await, step);
        }
        Step::Pay { which, transfer } => {
            let open: Vec<Order> = all_orders(m)
                .await
                .into_iter()
                .filter(|o| matches!(o.state, OrderState::PendingPayment { .. }))
                .collect();
            if let Some(order) = pick(&open, *which) {
                let actor =
                    if order.buyer_id == m.buyer.member().unwrap().organisation_id { &m.buyer } else { &m.stranger };
                let provider = if *transfer { PaymentProvider::BankTransfer } else { PaymentProvider::Balance };
                tolerate(m.app.pay_order(actor, &order.id, provider).await, step);
            }
        }
        Step::Confirm { which, arrived } => {
            let waiting =
                m.app.payments(&m.operator, Book::Real, Some("PENDING".into()), everything()).await.unwrap().items;
            if let Some(payment) = pick(&waiting, *which) {
                let arrival = if *arrived { Arrival::Arrived } else { Arrival::Refused("not there".into()) };
                tolerate(m.app.decide_payment(&m.operator, &payment.id, arrival).await, step);
            }
        }
        Step::Cancel { which } => {
            if let Some(order) = pick(&all_orders(m).await, *which) {
                tolerate(m.app.cancel_order(&m.buyer, &order.id).await, step);
            }
        }
        Step::Seller { fault } => {
            let faults = match fault {
                0 => Faults { http_status: Some(500), ..Faults::default() },
                1 => Faults { result_code: Some("000005".into()), ..Faults::default() },
                2 => Faults { processing_for_polls: Some(3), ..Faults::default() },
                _ => Faults::default(),
            };
            m.server.set_faults(faults);
        }
        Step::Days { days } => m.pass(days * DAY).await,
        Step::Hours { hours } => m.pass(hours * HOUR).await,
        Step::Fee { basis_points } => {
            m.app.change_setting(&m.operator, "settlement.platform_fee", *basis_points).await.unwrap();
        }
        Step::RestartCalls => {
            for call in m.app.calls(&m.operator, Side::Market, Default::default(), everything()).await.unwrap().items {
                tolerate(m.app.restart_call(&m.operator, Side::Market, &call.id).await, step);
            }
        }
        Step::Renew { .. } | Step::Unsubscribe { .. } | Step::Release { .. } | Step::Violation { .. } => {
            take_with_instance(m, step).await;
        }
    }
    m.work().await;
}

async fn take_with_instance(m: &TestMarket, step: &Step) {
    let instances = m.app.instances(&m.buyer, Side::Buyer, Default::default(), everything()).await.unwrap().items;
    let id = |which: &usize| pick(&instances, *which).map(|i| i.id.clone()).unwrap_or_default();
    match step {
        Step::Renew { which, yearly } => {
            let period = if *yearly { PeriodType::Year } else { PeriodType::Month };
            tolerate(m.app.renew(&m.buyer, &id(which), period, 1).await, step);
        }
        Step::Unsubscribe { which } => _ = tolerate(m.app.unsubscribe(&m.buyer, &id(which)).await, step),
        Step::Release { which } => _ = tolerate(m.app.release(&m.buyer, &id(which)).await, step),
        Step::Violation { which, freeze } => {
            _ = tolerate(m.app.freeze_for_violation(&m.operator, &id(which), *freeze, "违规").await, step);
        }
        _ => unreachable!("the caller chose"),
    }
}

fn sum(amounts: impl Iterator<Item = Money>) -> Money {
    amounts.fold(cny("0"), |total, amount| total.plus(amount).unwrap())
}

async fn invariants(m: &TestMarket) {
    m.check_books().await;
    for actor in [&m.buyer, &m.stranger] {
        let balance = m.app.balance(actor).await.unwrap();
        assert!(balance.e8() >= 0, "a balance of {balance:?}");
        let statement = m.app.balance_statement(actor, everything()).await.unwrap().items;
        assert_eq!(sum(statement.iter().map(|line| line.amount)), balance, "the statement says the balance");
    }
    let orders = all_orders(m).await;
    let processing = sum(orders.iter().filter(|o| matches!(o.state, OrderState::Processing { .. })).map(|o| o.payable));
    assert_eq!(m.owed(AccountKind::Escrow, "platform").await, processing, "what we hold is what is being delivered");
    let earned = sum(orders
        .iter()
        .filter(|o| {
            matches!(o.state, OrderState::Completed { .. })
                && o.refund_state == RefundState::None
                && o.kind != OrderKind::Unsubscribe
        })
        .map(|o| o.payable));
    let mut divided = cny("0");
    let seller = m.seller.member().unwrap().organisation_id.clone();
    for (kind, owner) in [
        (AccountKind::SellerPayable, seller.as_str()),
        (AccountKind::PlatformFee, "platform"),
        (AccountKind::TaxPayable, "platform"),
    ] {
        let part = m.owed(kind, owner).await;
        assert!(part.e8() >= 0, "{kind:?} {part:?}");
        divided = divided.plus(part).unwrap();
    }
    assert_eq!(divided, earned, "what is delivered and kept is what was divided");
    for order in &orders {
        assert!(order.refunded.e8() <= order.payable.e8() && order.refunded.e8() >= 0);
        let filter = AuditFilter { subject_id: Some(order.id.clone()), ..AuditFilter::default() };
        let acts: Vec<String> =
            m.app.audit(&m.operator, filter, everything()).await.unwrap().items.into_iter().map(|e| e.action).collect();
        let has = |action: &str| acts.iter().filter(|a| *a == action).count() == 1;
        let told = match order.state {
            _ if order.kind == OrderKind::Unsubscribe => true,
            OrderState::PendingPayment { .. } => has("order.placed"),
            OrderState::Processing { .. } => has("order.placed") && has("order.paid"),
            OrderState::Completed { .. } if order.refund_state == RefundState::Full => {
                has("order.paid") && has("order.refunded")
            }
            OrderState::Completed { .. } if order.payable.is_zero() => has("order.paid"),
            OrderState::Completed { .. } => has("order.paid") && has("order.completed"),
            OrderState::Cancelled { .. } => has("order.cancelled") && !has("order.paid"),
            _ => true,
        };
        assert!(told, "{} {:?} says {acts:?}", order.id, order.state);
        if matches!(order.state, OrderState::Completed { .. })
            && order.kind == OrderKind::New
            && order.refund_state == RefundState::None
        {
            assert_eq!(m.server.created_count(&order.id, &order.line.line_id), 1, "paid for and delivered once");
        }
        assert!(m.server.created_count(&order.id, &order.line.line_id) <= 1);
    }
    let failed = m.app.job_overview(&m.operator).await.unwrap().0[3];
    assert_eq!(failed, 0, "no job was given up");
}

/// Walks one way and checks after every fifth step and at the end, when everything has settled.
async fn walk(on: On, steps: Vec<Step>) {
    let m = TestMarket::open(on).await;
    m.top_up(&m.stranger, "250").await;
    for (n, step) in steps.iter().enumerate() {
        take(&m, step).await;
        if n % 5 == 4 {
            invariants(&m).await;
        }
    }
    m.server.set_faults(Faults::default());
    take(&m, &Step::RestartCalls).await;
    m.days_pass(8).await;
    invariants(&m).await;
    let stuck: Vec<Order> =
        all_orders(&m).await.into_iter().filter(|o| matches!(o.state, OrderState::Processing { .. })).collect();
    assert!(stuck.is_empty(), "a seller that works again has delivered everything: {stuck:?}");
}

fn walks(on: On, cases: u32) {
    let config = Config { cases, max_shrink_iters: 24, failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    TestRunner::new(config)
        .run(&prop::collection::vec(step(), 10..40), |steps| {
            runtime.block_on(walk(on, steps));
            Ok(())
        })
        .unwrap();
}

#[test]
fn whatever_happens_the_books_are_right_sqlite() {
    walks(On::Sqlite, 8);
}

#[test]
fn whatever_happens_the_books_are_right_postgres() {
    walks(On::Postgres, 5);
}

fn refusal() -> Arrival {
    Arrival::Refused("no such transfer".into())
}

on_both! {
    async fn a_top_up_counts_once(m) {
        let request = m.app.ask_top_up(&m.stranger, cny("300")).await.unwrap();
        assert_eq!(m.app.balance(&m.stranger).await.unwrap(), cny("0"), "asked for is not arrived");
        assert_eq!(m.app.decide_top_up(&m.stranger, &request.id, true).await.unwrap_err().code(), "not-found");
        let clicks: Vec<_> = (0..6)
            .map(|_| {
                let (app, operator, id) = (m.app.clone(), m.operator.clone(), request.id.clone());
                tokio::spawn(async move { app.decide_top_up(&operator, &id, true).await })
            })
            .collect();
        let mut confirmed = 0;
        for click in clicks {
            match click.await.unwrap() {
                Ok(_) => confirmed += 1,
                Err(e) => assert_eq!(e.code(), "payment-already-decided"),
            }
        }
        assert_eq!(confirmed, 1);
        assert_eq!(m.app.decide_top_up(&m.operator, &request.id, refusal()).await.unwrap_err().code(), "payment-already-decided");
        assert_eq!(m.app.balance(&m.stranger).await.unwrap(), cny("300"));
        let refused = m.app.ask_top_up(&m.stranger, cny("300")).await.unwrap();
        assert_eq!(m.app.decide_top_up(&m.operator, &refused.id, false).await.unwrap_err().code(), "invalid-fields", "a reason is needed");
        m.app.decide_top_up(&m.operator, &refused.id, refusal()).await.unwrap();
        assert_eq!(m.app.decide_top_up(&m.operator, &refused.id, true).await.unwrap_err().code(), "payment-already-decided");
        assert_eq!(m.app.balance(&m.stranger).await.unwrap(), cny("300"));
        for wrong in ["0", "-1", "0.001", "10000000.01"] {
            assert_eq!(m.app.ask_top_up(&m.stranger, cny(wrong)).await.unwrap_err().code(), "invalid-fields", "{wrong}");
        }
        m.check_books().await;
    }

    async fn the_terms_of_an_order_are_those_of_its_payment(m) {
        let order = m.pay_a_month().await;
        m.app.change_setting(&m.operator, "settlement.platform_fee", 2000).await.unwrap();
        m.work().await;
        assert_eq!(m.owed(AccountKind::SellerPayable, &order.seller_id).await, cny("95"), "five percent, as it was paid");
        let instance = m.order(&order.id).await.instance_id.unwrap();
        let later = m.buy_a_month().await;
        assert_eq!(m.owed(AccountKind::SellerPayable, &later.seller_id).await, cny("175"), "twenty from now on");
        m.app.unsubscribe(&m.buyer, &instance).await.unwrap();
        assert_eq!(m.owed(AccountKind::SellerPayable, &order.seller_id).await, cny("80"), "each gives back what he got");
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("99900"));
        m.check_books().await;
    }

    async fn two_purchases_at_once_do_not_overdraw_a_balance(m) {
        m.top_up(&m.stranger, "150").await;
        let mut orders = Vec::new();
        for _ in 0..4 {
            orders.push(m.app.place_order(&m.stranger, m.wish(m.monthly())).await.unwrap().id);
        }
        let payments: Vec<_> = orders
            .into_iter()
            .map(|id| {
                let (app, actor) = (m.app.clone(), m.stranger.clone());
                tokio::spawn(async move { app.pay_order(&actor, &id, PaymentProvider::Balance).await.map(|_| ()) })
            })
            .collect();
        let mut paid = 0;
        for payment in payments {
            match payment.await.unwrap() {
                Ok(()) => paid += 1,
                Err(e) => assert_eq!(e.code(), "insufficient-balance"),
            }
        }
        assert_eq!((paid, m.app.balance(&m.stranger).await.unwrap()), (1, cny("50")));
        m.check_books().await;
    }

    async fn statements_of_both_sides_add_up(m) {
        let order = m.buy_a_month().await;
        m.app.unsubscribe(&m.buyer, order.instance_id.as_deref().unwrap()).await.unwrap();
        m.buy_a_month().await;
        let lines = m.app.balance_statement(&m.buyer, PageRequest::default()).await.unwrap().items;
        assert_eq!(sum(lines.iter().map(|l| l.amount)), m.app.balance(&m.buyer).await.unwrap());
        assert_eq!(lines.len(), 4, "a top-up, two payments, a refund");
        let income = m.app.income_statement(&m.seller, PageRequest::default()).await.unwrap().items;
        assert_eq!(sum(income.iter().map(|l| l.amount)), m.app.income(&m.seller).await.unwrap());
        assert_eq!(m.app.income(&m.seller).await.unwrap(), cny("95"));
        assert!(m.app.balance_statement(&m.stranger, PageRequest::default()).await.unwrap().items.is_empty());
        assert_eq!(m.app.income(&m.buyer).await.unwrap_err().code(), "forbidden");
    }

    async fn the_recount_notices_what_was_changed_behind_its_back(m) {
        m.allow_tampering().await;
        m.buy_a_month().await;
        m.check_books().await;
        m.db.write(|tx| tx.execute("update posting set amount_e8 = amount_e8 + 1 where amount_e8 > 0", &[]))
            .await
            .map_err(|e: store::StoreError| e)
            .unwrap();
        let faults = m.app.recount(&m.operator).await.unwrap().faults;
        assert!(!faults.is_empty());
    }
}
