//! Sellers whose servers misbehave: the order waits, is tried again, and ends in one of two ways.

use app::identity::OrganisationChange;
use app::ordering::Side;
use app::secrets::SecretBox;
use app::words::Words;
use app::{App, Options, Parts};
use axum::Json;
use axum::extract::State;
use domain::catalogue::kinds::PeriodType;
use domain::ordering::order::{OrderKind, PaymentProvider, RefundState};
use domain::text::Localized;
use domain::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};
use gateways::address::Reach;
use gateways::mail::Mailer;
use sample_sellers::Faults;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use store::fulfilment::{Attempt, CallFilter, SellerCall};
use store::ordering::Order;
use testkit::{TestMarket, cny, on_both, sample_content};
use tokio::sync::{Semaphore, watch};

const SERVICE: &str = "service@shop.example";

/// A seller whose answers a test writes, and whose first answers it can hold back.
pub(crate) struct Scripted {
    answer: Box<dyn Fn(&Value) -> Value + Send + Sync>,
    /// How many of the first calls wait for `gate`.
    hold: usize,
    gate: Semaphore,
    seen: watch::Sender<usize>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    bodies: Mutex<Vec<Value>>,
}

impl Scripted {
    /// Serves the answers on loopback; the address is a production address.
    pub(crate) async fn serve(
        hold: usize,
        answer: impl Fn(&Value) -> Value + Send + Sync + 'static,
    ) -> (Arc<Scripted>, String) {
        let scripted = Arc::new(Scripted {
            answer: Box::new(answer),
            hold,
            gate: Semaphore::new(0),
            seen: watch::Sender::new(0),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
            bodies: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/saas", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/saas", axum::routing::post(answer_call)).with_state(scripted.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (scripted, address)
    }

    /// Waits until `count` calls have arrived.
    pub(crate) async fn arrived(&self, count: usize) {
        self.seen.subscribe().wait_for(|seen| *seen >= count).await.unwrap();
    }

    /// Lets the calls go that are held back.
    pub(crate) fn open(&self) {
        self.gate.add_permits(1000);
    }

    /// Most calls that were open at the same time.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::SeqCst)
    }

    /// Activities received, in order.
    pub(crate) fn activities(&self) -> Vec<String> {
        let bodies = self.bodies.lock().unwrap();
        bodies.iter().map(|b| b["activity"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

async fn answer_call(State(scripted): State<Arc<Scripted>>, body: String) -> Json<Value> {
    let body: Value = serde_json::from_str(&body).unwrap();
    let open = scripted.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
    scripted.most_in_flight.fetch_max(open, Ordering::SeqCst);
    let number = {
        let mut bodies = scripted.bodies.lock().unwrap();
        bodies.push(body.clone());
        bodies.len()
    };
    scripted.seen.send_modify(|seen| *seen += 1);
    if number <= scripted.hold {
        scripted.gate.acquire().await.unwrap().forget();
    }
    let answer = (scripted.answer)(&body);
    scripted.in_flight.fetch_sub(1, Ordering::SeqCst);
    Json(answer)
}

/// An honest seller's answer: the instance is named after the order line.
pub(crate) fn honest(body: &Value) -> Value {
    match body["activity"].as_str().unwrap_or_default() {
        "newInstance" => created(&format!("i-{}", body["orderLineId"].as_str().unwrap())),
        "queryInstance" => information(body["instanceId"].as_str().unwrap()),
        _ => json!({"resultCode": "000000", "resultMsg": "success"}),
    }
}

fn created(id: &str) -> Value {
    json!({"resultCode": "000000", "resultMsg": "success", "instanceId": id})
}

fn information(id: &str) -> Value {
    json!({"resultCode": "000000", "resultMsg": "success",
           "info": [{"instanceId": id, "appInfo": {"frontEndUrl": "https://app.example"}}]})
}

/// Another product of the seller, delivered from another address.
pub(crate) async fn product_at(m: &TestMarket, address: &str) -> String {
    let picture = m.app.product_view(&m.product_id).await.unwrap().product.content.logo.clone().unwrap();
    let owner = &m.seller.member().unwrap().organisation_id;
    m.app.release_directly(owner, sample_content(address, &picture), 0, 0).await.unwrap()
}

/// A paid month of that product.
pub(crate) async fn pay_a_month_of(m: &TestMarket, product_id: &str) -> Order {
    let view = m.app.product_view(product_id).await.unwrap();
    let mut wish = m.wish(m.monthly());
    wish.product_id = product_id.to_owned();
    wish.specification_id = view.product.content.specifications[0].id.clone();
    let order = m.app.place_order(&m.buyer, wish).await.unwrap();
    m.app.pay_order(&m.buyer, &order.id, PaymentProvider::Balance).await.unwrap().0
}

/// The calls about an order as its seller sees them, oldest first.
pub(crate) async fn calls_of(m: &TestMarket, order: &Order) -> Vec<SellerCall> {
    let filter = CallFilter { order_id: Some(order.id.clone()), ..CallFilter::default() };
    let page = app::PageRequest { oldest_first: true, ..Default::default() };
    m.app.calls(&m.seller, Side::Seller, filter, page).await.unwrap().items
}

pub(crate) async fn creation(m: &TestMarket, order: &Order) -> (SellerCall, Vec<Attempt>) {
    let call = calls_of(m, order).await.remove(0);
    m.app.call(&m.seller, Side::Seller, &call.id).await.unwrap()
}

async fn set_service_mailbox(m: &TestMarket) {
    let change = OrganisationChange {
        name: Localized::new("示例商家", "Sample shop"),
        service_email: SERVICE.into(),
        ..OrganisationChange::default()
    };
    m.app.save_own_organisation(&m.seller, change).await.unwrap();
}

async fn mails_about(m: &TestMarket, recipient: &str, part: &str) -> usize {
    let page = app::PageRequest { limit: 200, ..Default::default() };
    let list = m.app.mails(&m.operator, None, Some(recipient.to_owned()), page).await.unwrap();
    list.items.iter().filter(|mail| mail.subject.contains(part) || mail.body.contains(part)).count()
}

pub(crate) async fn told(m: &TestMarket, actor: &app::Actor, kind: &str) -> usize {
    let page = app::PageRequest { limit: 200, ..Default::default() };
    let list = m.app.messages(actor, false, page).await.unwrap();
    list.items.iter().filter(|message| message.kind == kind).count()
}

/// Everything that is true of an order whose creation failed at 0, +1 h, +2 h and +3 h.
async fn is_given_up(m: &TestMarket, order: Order, start: Timestamp, code: &str, answered: bool) {
    let (call, attempts) = creation(m, &order).await;
    assert_eq!((call.state.code(), call.attempts), ("CANCELLED", 4), "{}", call.exception);
    assert_eq!(call.exception_code, code, "{}", call.exception);
    let times: Vec<i64> = attempts.iter().map(|a| a.at - start.micros()).collect();
    assert_eq!(times, [0, HOUR, 2 * HOUR, 3 * HOUR]);
    for attempt in &attempts {
        assert_eq!((attempt.verdict.as_str(), attempt.exception_code.as_str()), ("FAILURE", code));
        assert_eq!(attempt.trigger_kind, "AUTOMATIC");
        assert!(!attempt.exception.is_empty());
        let request: Value = serde_json::from_str(&attempt.request_body).unwrap();
        assert_eq!(request["activity"], "newInstance");
        assert_eq!(
            request["orderLineId"].as_str(),
            Some(order.line.line_id.as_str()),
            "the line is what a seller recognises"
        );
        assert!(attempt.url.contains("signature=") && !attempt.url.contains(testkit::ACCESS_KEY));
        assert!(attempt.duration_micros > 0 || code == "address_refused");
        assert_eq!(attempt.http_status.is_some(), answered, "{attempt:?}");
        assert_eq!(!attempt.response_body.is_empty(), answered, "{attempt:?}");
    }
    let order = m.order(&order.id).await;
    assert_eq!(order.state.code(), "COMPLETED", "over; the refund is what says how (D-04)");
    assert_eq!((order.refund_state, order.refunded), (RefundState::Full, order.payable));
    let detail = m.app.order(&m.buyer, Side::Buyer, &order.id).await.unwrap();
    assert_eq!(detail.children.iter().map(|o| o.kind).collect::<Vec<_>>(), [OrderKind::Unsubscribe]);
    assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100000"), "everything is back");
    assert_eq!(m.owed(domain::ledger::AccountKind::Escrow, "platform").await, cny("0"));
    assert_eq!(m.instance(order.instance_id.as_deref().unwrap()).await.instance.state.code(), "FAILED");
    assert_eq!(told(m, &m.buyer, "service-failed").await, 1);
    assert_eq!(told(m, &m.seller, "call-failed").await, 1, "the first failure (D-40)");
    assert_eq!(told(m, &m.seller, "call-stopped").await, 1, "and the last one");
    assert_eq!(mails_about(m, SERVICE, &call.id).await, 2);
    assert_eq!(mails_about(m, "seller@shop.example", &format!("/seller/calls/{}", call.id)).await, 2);
    let late = m.app.restart_call(&m.seller, Side::Seller, &call.id).await.unwrap_err();
    assert_eq!(late.code(), "call-not-restartable", "what is refunded cannot be delivered any more (D-48)");
    m.days_pass(2).await;
    assert_eq!(creation(m, &order).await.0.attempts, 4, "nothing is sent after the end");
    m.check_books().await;
}

/// Lives through a fault of the sample seller from the payment to the refund.
async fn fails_with(m: TestMarket, faults: Faults, code: &str, answered: bool, created: usize) {
    set_service_mailbox(&m).await;
    m.server.set_faults(faults);
    let start = m.clock.now();
    let order = m.pay_a_month().await;
    m.pass(3 * HOUR - MINUTE).await;
    let waiting = m.order(&order.id).await;
    assert_eq!(waiting.state.code(), "PROCESSING", "there is one attempt left");
    assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("99900"));
    let (call, attempts) = creation(&m, &order).await;
    assert_eq!((call.state.code(), call.exception_code.as_str(), attempts.len()), ("RETRYING", code, 3));
    m.pass(2 * MINUTE).await;
    assert_eq!(m.server.created_count(&order.id, &order.line.line_id), created);
    is_given_up(&m, order, start, code, answered).await;
}

on_both! {
    async fn a_seller_that_is_too_slow(m) {
        m.app.change_setting(&m.operator, "delivery.call_timeout", 1).await.unwrap();
        fails_with(m, Faults { delay_ms: 60_000, ..Faults::default() }, "timeout", false, 1).await;
    }

    async fn a_seller_that_answers_500(m) {
        fails_with(m, Faults { http_status: Some(500), ..Faults::default() }, "http_status", true, 1).await;
    }

    async fn a_seller_that_answers_a_web_page(m) {
        fails_with(m, Faults { html: true, ..Faults::default() }, "content_type", true, 1).await;
    }

    async fn a_seller_that_answers_two_mebibytes(m) {
        fails_with(m, Faults { big_body: 2 * 1024 * 1024, ..Faults::default() }, "too_large", true, 1).await;
    }

    async fn a_seller_that_signs_with_another_key(m) {
        fails_with(m, Faults { wrong_body_sign: true, ..Faults::default() }, "body_sign", true, 1).await;
    }

    async fn a_seller_that_answers_half_a_json(m) {
        fails_with(m, Faults { bad_json: true, ..Faults::default() }, "bad_json", true, 1).await;
    }

    async fn a_seller_that_answers_an_error_code(m) {
        let faults = Faults { result_code: Some("000005".into()), ..Faults::default() };
        fails_with(m, faults, "result_code", true, 0).await;
    }

    async fn a_seller_that_hangs_up_half_way(m) {
        fails_with(m, Faults { close_halfway: true, ..Faults::default() }, "closed", false, 1).await;
    }

    async fn a_seller_that_answers_too_long_a_field(m) {
        fails_with(m, Faults { over_long_fields: true, ..Faults::default() }, "field_length", true, 1).await;
    }

    async fn a_seller_that_names_no_instance(m) {
        set_service_mailbox(&m).await;
        let (_, address) = Scripted::serve(0, |_| json!({"resultCode": "000000", "resultMsg": "success"})).await;
        let product = product_at(&m, &address).await;
        let start = m.clock.now();
        let order = pay_a_month_of(&m, &product).await;
        m.pass(3 * HOUR).await;
        is_given_up(&m, order, start, "missing_field", true).await;
    }

    async fn a_seller_that_cannot_be_reached(m) {
        set_service_mailbox(&m).await;
        let address = {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            format!("http://{}/saas", listener.local_addr().unwrap())
        };
        let product = product_at(&m, &address).await;
        let start = m.clock.now();
        let order = pay_a_month_of(&m, &product).await;
        m.pass(3 * HOUR).await;
        is_given_up(&m, order, start, "unreachable", false).await;
    }

    async fn an_address_inside_of_the_network_is_not_called(m) {
        set_service_mailbox(&m).await;
        let strict = with_reach(&m, Reach::Public);
        let start = m.clock.now();
        let order = m.pay_a_month().await;
        for _ in 0..4 {
            strict.run_due_jobs().await;
            m.clock.advance(HOUR);
        }
        assert_eq!(m.calls(), Vec::<String>::new(), "not even a connection was made");
        m.clock.advance(-HOUR);
        strict.run_due_jobs().await;
        is_given_up(&m, order, start, "address_refused", false).await;
    }

    async fn a_seller_that_never_finishes_is_given_up_after_three_days(m) {
        m.server.set_faults(Faults { processing_for_polls: Some(u32::MAX), ..Faults::default() });
        let start = m.clock.now();
        let order = m.pay_a_month().await;
        m.pass(72 * HOUR - MINUTE).await;
        assert_eq!(m.order(&order.id).await.state.code(), "PROCESSING");
        let (call, _) = creation(&m, &order).await;
        assert_eq!((call.state.code(), call.result_code.as_str()), ("POLLING", "000004"));
        m.pass(HOUR).await;
        let (call, attempts) = creation(&m, &order).await;
        assert_eq!((call.state.code(), call.exception_code.as_str()), ("CANCELLED", "poll_limit"));
        let calls = m.calls();
        assert_eq!(calls.iter().filter(|c| *c == "newInstance").count(), 1);
        assert_eq!(attempts[1].at - start.micros(), MINUTE, "the first question comes after a minute");
        assert!(attempts.last().unwrap().at - start.micros() >= 71 * HOUR);
        let order = m.order(&order.id).await;
        assert_eq!((order.state.code(), order.refund_state), ("COMPLETED", RefundState::Full));
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100000"));
        assert_eq!(told(&m, &m.buyer, "service-failed").await, 1);
        m.check_books().await;
    }

    async fn a_seller_repaired_in_time_delivers_by_itself(m) {
        set_service_mailbox(&m).await;
        m.server.set_faults(Faults { http_status: Some(500), ..Faults::default() });
        let order = m.pay_a_month().await;
        m.pass(90 * MINUTE).await;
        m.server.set_faults(Faults::default());
        m.pass(30 * MINUTE).await;
        let (call, attempts) = creation(&m, &order).await;
        assert_eq!((call.state.code(), attempts.len()), ("SUCCEEDED", 3));
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        assert_eq!(m.server.created_count(&order.id, &order.line.line_id), 1);
        assert_eq!(told(&m, &m.seller, "call-recovered").await, 1);
        assert_eq!(mails_about(&m, SERVICE, "接口调用已恢复").await, 1);
        m.pass(5 * HOUR).await;
        assert_eq!(creation(&m, &order).await.1.len(), 3);
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("99900"));
        m.check_books().await;
    }

    async fn a_restart_by_hand_delivers_at_once(m) {
        m.server.set_faults(Faults { http_status: Some(500), ..Faults::default() });
        let order = m.pay_a_month().await;
        m.pass(30 * MINUTE).await;
        m.server.set_faults(Faults::default());
        let call = calls_of(&m, &order).await.remove(0);
        let foreign = m.app.restart_call(&m.buyer, Side::Seller, &call.id).await.unwrap_err();
        assert_eq!(foreign.code(), "forbidden");
        m.app.restart_call(&m.seller, Side::Seller, &call.id).await.unwrap();
        m.work().await;
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        let attempts = creation(&m, &order).await.1;
        let triggers: Vec<_> = attempts.iter().map(|a| a.trigger_kind.as_str()).collect();
        assert_eq!(triggers, ["AUTOMATIC", "MANUAL"]);
        m.pass(5 * HOUR).await;
        assert_eq!(creation(&m, &order).await.1.len(), 2, "the schedule is over");
        assert_eq!(m.server.created_count(&order.id, &order.line.line_id), 1);
        m.check_books().await;
    }

    async fn restarts_by_hand_do_not_use_up_the_three_hours(m) {
        m.server.set_faults(Faults { http_status: Some(500), ..Faults::default() });
        let start = m.clock.now();
        let order = m.pay_a_month().await;
        m.pass(10 * MINUTE).await;
        let call = calls_of(&m, &order).await.remove(0);
        for _ in 0..5 {
            m.app.restart_call(&m.seller, Side::Seller, &call.id).await.unwrap();
            m.pass(MINUTE).await;
        }
        assert_eq!(m.order(&order.id).await.state.code(), "PROCESSING", "an impatient seller has three hours too");
        m.pass(4 * HOUR).await;
        let (call, attempts) = creation(&m, &order).await;
        assert_eq!((call.state.code(), call.attempts), ("CANCELLED", 9));
        let automatic: Vec<i64> =
            attempts.iter().filter(|a| a.trigger_kind == "AUTOMATIC").map(|a| a.at - start.micros()).collect();
        assert_eq!(automatic, [0, HOUR, 2 * HOUR, 3 * HOUR]);
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100000"));
        m.check_books().await;
    }

    async fn what_the_seller_did_before_his_answer_was_lost_is_not_done_twice(m) {
        m.app.change_setting(&m.operator, "delivery.call_timeout", 1).await.unwrap();
        m.server.set_faults(Faults { delay_ms: 60_000, ..Faults::default() });
        let order = m.pay_a_month().await;
        m.work().await;
        assert_eq!(m.server.created_count(&order.id, &order.line.line_id), 1, "he has opened it, we do not know");
        assert_eq!(m.order(&order.id).await.state.code(), "PROCESSING");
        m.server.set_faults(Faults::default());
        m.pass(HOUR).await;
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        assert_eq!(m.server.created_count(&order.id, &order.line.line_id), 1);
        assert_eq!(m.server.instances().len(), 1);
        m.check_books().await;
    }

    async fn an_answer_that_comes_after_its_worker_was_given_up_changes_nothing(m) {
        let (seller, address) = Scripted::serve(1, honest).await;
        let product = product_at(&m, &address).await;
        let order = pay_a_month_of(&m, &product).await;
        let slow = m.app.clone();
        let stuck = tokio::spawn(async move { slow.run_due_jobs().await });
        seller.arrived(1).await;
        // Two minutes later nobody has heard of that worker: another one repeats the attempt.
        m.clock.advance(2 * MINUTE + SECOND);
        m.work().await;
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        seller.open();
        stuck.await.unwrap();
        let (call, attempts) = creation(&m, &order).await;
        assert_eq!(call.state.code(), "SUCCEEDED");
        let verdicts: Vec<_> = attempts.iter().map(|a| a.verdict.as_str()).collect();
        assert_eq!(verdicts, ["SUCCESS", "SUCCESS"], "the late answer is kept as evidence");
        assert_eq!(m.owed(domain::ledger::AccountKind::SellerPayable, &order.seller_id).await, cny("95"), "divided once");
        assert_eq!(told(&m, &m.buyer, "service-ready").await, 1);
        m.check_books().await;
    }

    async fn an_instance_of_another_order_is_not_accepted(m) {
        set_service_mailbox(&m).await;
        let (_, address) = Scripted::serve(0, |body| match body["activity"].as_str().unwrap() {
            "newInstance" => created("the-same-for-all"),
            _ => information("the-same-for-all"),
        })
        .await;
        let product = product_at(&m, &address).await;
        let first = pay_a_month_of(&m, &product).await;
        m.work().await;
        assert_eq!(m.order(&first.id).await.state.code(), "COMPLETED");
        let second = pay_a_month_of(&m, &product).await;
        m.pass(3 * HOUR).await;
        let (call, _) = creation(&m, &second).await;
        assert_eq!((call.state.code(), call.exception_code.as_str()), ("CANCELLED", "instance_id_taken"));
        let second = m.order(&second.id).await;
        assert_eq!((second.state.code(), second.refund_state), ("COMPLETED", RefundState::Full));
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("99900"), "one of two is paid");
        m.check_books().await;
    }

    async fn the_first_instance_id_counts_whatever_comes_later(m) {
        let polls = Arc::new(AtomicUsize::new(0));
        let counter = polls.clone();
        let (seller, address) = Scripted::serve(0, move |body| match body["activity"].as_str().unwrap() {
            "newInstance" => json!({"resultCode": "000004", "resultMsg": "later", "instanceId": "first"}),
            _ if counter.fetch_add(1, Ordering::SeqCst) == 0 => information("second"),
            _ => information("first"),
        })
        .await;
        let product = product_at(&m, &address).await;
        let order = pay_a_month_of(&m, &product).await;
        m.pass(MINUTE).await;
        assert_eq!(polls.load(Ordering::SeqCst), 1);
        assert_eq!(m.order(&order.id).await.state.code(), "PROCESSING", "another instance proves nothing");
        m.pass(5 * MINUTE).await;
        let order = m.order(&order.id).await;
        assert_eq!(order.state.code(), "COMPLETED");
        let instance = m.instance(order.instance_id.as_deref().unwrap()).await.instance;
        assert_eq!(instance.seller_instance_id.as_deref(), Some("first"), "D-18");
        assert_eq!(seller.activities(), ["newInstance", "queryInstance", "queryInstance"]);
        m.check_books().await;
    }

    async fn a_seller_that_invents_a_new_id_each_time_stays_usable(m) {
        m.server.set_faults(Faults { changed_instance_id: true, http_status: Some(500), ..Faults::default() });
        let order = m.pay_a_month().await;
        m.work().await;
        m.server.set_faults(Faults { changed_instance_id: true, ..Faults::default() });
        m.pass(HOUR).await;
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        assert_eq!(m.server.created_count(&order.id, &order.line.line_id), 1);
        let (_, attempts) = creation(&m, &order).await;
        let recorded: Value = serde_json::from_str(&attempts[1].response_body).unwrap();
        let id = m.order(&order.id).await.instance_id.unwrap();
        assert_eq!(m.instance(&id).await.instance.seller_instance_id.as_deref(), recorded["instanceId"].as_str());
        m.check_books().await;
    }

    async fn nothing_is_released_while_it_is_being_opened(m) {
        m.server.set_faults(Faults { http_status: Some(500), ..Faults::default() });
        let order = m.pay_a_month().await;
        m.work().await;
        let id = m.order(&order.id).await.instance_id.unwrap();
        assert_eq!(m.app.unsubscribe(&m.buyer, &id).await.unwrap_err().code(), "refund-not-in-use");
        assert!(m.app.release(&m.buyer, &id).await.is_err());
        let frozen = m.app.freeze_for_violation(&m.operator, &id, true, "违规").await;
        assert_eq!(frozen.unwrap_err().code(), "instance-wrong-state");
        assert_eq!(m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap_err().code(), "instance-not-renewable");
        assert_eq!(m.app.cancel_order(&m.buyer, &order.id).await.unwrap_err().code(), "order-wrong-state");
        m.pass(3 * HOUR).await;
        assert!(m.app.release(&m.buyer, &id).await.is_err(), "nor when it has been given up");
        assert_eq!(m.calls(), ["newInstance"; 4]);
        m.check_books().await;
    }

    async fn two_attempts_are_never_under_way_at_once(m) {
        let (seller, address) = Scripted::serve(1, honest).await;
        let product = product_at(&m, &address).await;
        let order = pay_a_month_of(&m, &product).await;
        let first = m.app.clone();
        let running = tokio::spawn(async move { first.run_due_jobs().await });
        seller.arrived(1).await;
        let call = calls_of(&m, &order).await.remove(0);
        m.app.restart_call(&m.seller, Side::Seller, &call.id).await.unwrap();
        m.work().await;
        assert_eq!(seller.activities(), ["newInstance"], "the restart waits for the answer that is under way");
        seller.open();
        running.await.unwrap();
        m.pass(MINUTE).await;
        assert_eq!(seller.most_in_flight(), 1);
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        assert_eq!(seller.activities(), ["newInstance", "queryInstance"], "the restart has nothing left to do");
        m.check_books().await;
    }

    async fn calls_of_an_instance_follow_the_order_of_their_events(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.server.set_faults(Faults { http_status: Some(500), ..Faults::default() });
        let renewal = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        m.app.pay_order(&m.buyer, &renewal.id, PaymentProvider::Balance).await.unwrap();
        m.work().await;
        m.app.freeze_for_violation(&m.operator, &id, true, "违规").await.unwrap();
        m.pass(20 * MINUTE).await;
        let heard = m.calls();
        assert!(heard[2..].iter().all(|c| c == "refreshInstance RENEWAL"), "{heard:?}");
        m.server.set_faults(Faults::default());
        m.pass(2 * MINUTE).await;
        let heard = m.calls();
        assert_eq!(heard[heard.len() - 2..], ["refreshInstance RENEWAL", "updateInstanceStatus FREEZE"]);
        let instance = m.instance(&id).await.instance;
        assert_eq!(instance.state.code(), "FROZEN", "the violation stands");
        assert_eq!(instance.state.until().unwrap().to_market_text(), "2026-05-02 23:59:59", "and the time is bought");
        assert_eq!(m.order(&renewal.id).await.state.code(), "COMPLETED");
        m.check_books().await;
    }

    async fn a_later_call_goes_on_when_a_stopped_earlier_one_is_restarted(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.server.set_faults(Faults { http_status: Some(500), ..Faults::default() });
        let renewal = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        m.app.pay_order(&m.buyer, &renewal.id, PaymentProvider::Balance).await.unwrap();
        m.pass(119 * MINUTE).await;
        m.app.freeze_for_violation(&m.operator, &id, true, "违规").await.unwrap();
        m.pass(2 * MINUTE).await;
        let calls = m.app.instance(&m.operator, Side::Market, &id).await.unwrap().calls;
        let find = |activity: &str| calls.iter().find(|c| c.activity.code() == activity).unwrap().clone();
        assert_eq!(find("refreshInstance").state.code(), "STOPPED");
        assert_eq!(find("updateInstanceStatus").state.code(), "RETRYING", "a stopped call holds nobody up");
        // The freeze comes due while the restarted call is open again: it steps back and must be woken.
        m.server.set_faults(Faults::default());
        m.clock.advance(2 * MINUTE);
        m.app.restart_call(&m.seller, Side::Seller, &find("refreshInstance").id).await.unwrap();
        m.work().await;
        let heard = m.calls();
        assert_eq!(heard[heard.len() - 2..], ["refreshInstance RENEWAL", "updateInstanceStatus FREEZE"]);
        for call in m.app.instance(&m.operator, Side::Market, &id).await.unwrap().calls {
            assert_eq!(call.state.code(), "SUCCEEDED", "{} is forgotten", call.activity.code());
        }
        m.check_books().await;
    }

    async fn a_renewal_that_is_paid_too_late_is_refused(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.days_pass(43).await;
        let renewal = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        assert_eq!(m.app.release(&m.buyer, &id).await.unwrap_err().code(), "instance-has-open-order");
        m.days_pass(4).await;
        assert_eq!(m.instance(&id).await.instance.state.code(), "RELEASED");
        let late = m.app.pay_order(&m.buyer, &renewal.id, PaymentProvider::Balance).await.unwrap_err();
        assert_eq!(late.code(), "order-wrong-state", "the order was cancelled with its service");
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("99900"));
        m.check_books().await;
    }

    async fn a_release_gives_up_what_waits_before_it(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.server.set_faults(Faults { http_status: Some(500), ..Faults::default() });
        m.app.freeze_for_violation(&m.operator, &id, true, "违规").await.unwrap();
        m.work().await;
        m.app.freeze_for_violation(&m.operator, &id, false, "已整改").await.unwrap();
        m.app.unsubscribe(&m.buyer, &id).await.unwrap();
        m.server.set_faults(Faults::default());
        m.pass(HOUR).await;
        let heard = m.calls();
        assert_eq!(heard[2..], ["updateInstanceStatus FREEZE", "releaseInstance"], "D-38");
        m.check_books().await;
    }

    async fn a_product_that_fails_often_becomes_an_operator_s_task(m) {
        m.app.change_setting(&m.operator, "delivery.create_retries", 0).await.unwrap();
        m.server.set_faults(Faults { http_status: Some(500), ..Faults::default() });
        for n in 1..=6 {
            m.pay_a_month().await;
            m.work().await;
            assert_eq!(told(&m, &m.operator, "product-fails-often").await, usize::from(n > 5), "after {n}");
        }
        m.days_pass(31).await;
        m.pay_a_month().await;
        m.work().await;
        assert_eq!(told(&m, &m.operator, "product-fails-often").await, 1, "a new month begins at nothing");
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100000"));
        m.check_books().await;
    }

    async fn a_seller_without_a_key_is_not_called(m) {
        let keys = m.app.access_keys(&m.seller).await.unwrap();
        m.app.enable_access_key(&m.seller, &keys[0].id, false).await.unwrap();
        let order = m.pay_a_month().await;
        m.pass(HOUR + MINUTE).await;
        let (call, _) = creation(&m, &order).await;
        assert_eq!((call.state.code(), call.exception_code.as_str()), ("RETRYING", "no_key"));
        m.app.enable_access_key(&m.seller, &keys[0].id, true).await.unwrap();
        m.pass(HOUR).await;
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        m.check_books().await;
    }

    async fn a_late_renewal_after_a_day_is_not_lost(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.server.set_faults(Faults { close_halfway: true, ..Faults::default() });
        let renewal = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        m.app.pay_order(&m.buyer, &renewal.id, PaymentProvider::Balance).await.unwrap();
        m.pass(DAY).await;
        let call = calls_of(&m, &renewal).await.remove(0);
        assert_eq!((call.state.code(), call.exception_code.as_str(), call.attempts), ("STOPPED", "closed", 61));
        assert_eq!(told(&m, &m.operator, "call-stopped").await, 1);
        m.server.set_faults(Faults::default());
        m.app.restart_call(&m.operator, Side::Market, &call.id).await.unwrap();
        m.work().await;
        assert_eq!(m.order(&renewal.id).await.state.code(), "COMPLETED");
        m.check_books().await;
    }
}

/// The same market with another reach.
fn with_reach(m: &TestMarket, reach: Reach) -> App {
    App::new(Parts {
        db: m.db.clone(),
        clock: m.clock.clone(),
        options: Options { reach, ..m.app.options().clone() },
        secrets: SecretBox::new(&[7; 32]),
        mailer: Mailer::Outbox,
        index: Arc::new(search::ProductIndex::open_in_ram(&search::OpenOptions::default()).unwrap()),
        words: Words::built_in(),
    })
    .unwrap()
}
