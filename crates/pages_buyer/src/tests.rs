//! The pages, driven as a browser drives them.

use crate::routes;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use domain::ordering::order::{OrderState, PaymentProvider};
use domain::time::DAY;
use testkit::{On, PASSWORD, TestMarket};
use tower::ServiceExt;
use web_kit::state::{Web, WebOptions};

struct Answer {
    status: StatusCode,
    location: String,
    flash: bool,
    kind: String,
    body: String,
}

struct Browser {
    router: Router,
    session: String,
    language: &'static str,
}

impl Browser {
    async fn of(market: &TestMarket, email: &str) -> Browser {
        let options = WebOptions { secure_cookies: false, trust_proxy: false, signing_key: [3; 32] };
        let web = Web::new(market.app.clone(), options).unwrap();
        let session = market.app.log_in(email, PASSWORD, "test").await.unwrap();
        let router = web_kit::layers::wrap(routes().merge(pages_public::routes()), web);
        Browser { router, session, language: "zh" }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let text = |name: header::HeaderName| {
            response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
        };
        let cookies: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().collect();
        let flash =
            cookies.iter().any(|c| c.to_str().is_ok_and(|c| c.contains("yf_flash=") && !c.contains("yf_flash=;")));
        let (status, location, kind) = (response.status(), text(header::LOCATION), text(header::CONTENT_TYPE));
        let bytes = to_bytes(response.into_body(), 4 << 20).await.unwrap();
        Answer { status, location, flash, kind, body: String::from_utf8_lossy(&bytes).replace("&#x2f;", "/") }
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let cookie = format!("yf_session={}; yf_lang={}", self.session, self.language);
        Request::builder().method(method).uri(path).header(header::COOKIE, cookie).header(header::HOST, "market.test")
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    /// A page that must be there, without a gap in its texts.
    async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        for prefix in [">buyer-", ">state-", ">kind-", ">policy-", ">field-", ">error-", ">nav-", "\"buyer-", " buyer-"]
        {
            assert!(!answer.body.contains(prefix), "{path}: a text is missing: {prefix}");
        }
        answer.body
    }

    async fn post(&self, path: &str, fields: &str) -> Answer {
        let form = self.get("/buyer").await.body;
        let token = form.split("name=\"csrf\" value=\"").nth(1).and_then(|t| t.split('"').next()).unwrap().to_owned();
        let body = format!("csrf={token}&{fields}");
        let request = self.request("POST", path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    page.split(&start).nth(1).and_then(|t| t.split('"').next()).unwrap_or_else(|| panic!("{name}")).to_owned()
}

const LISTS: &[&str] = &[
    "/buyer",
    "/buyer/orders",
    "/buyer/orders?state=PENDING_PAYMENT&kind=NEW&text=crm&from=2026-01-01&to=2026-12-31&sort=oldest",
    "/buyer/services",
    "/buyer/services?state=IN_USE&text=crm",
    "/buyer/renewals",
    "/buyer/balance",
    "/buyer/agreements",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_whole_in_both_languages_with_and_without_data() {
    let market = TestMarket::open(On::Sqlite).await;
    let mut empty = Browser::of(&market, "other@else.example").await;
    let mut browser = Browser::of(&market, "buyer@corp.example").await;
    let order = market.buy_a_month().await;
    let instance = order.instance_id.clone().unwrap();
    let unpaid = market.app.place_order(&market.buyer, market.wish(market.monthly())).await.unwrap();
    let details = [
        format!("/buyer/orders/{}", order.id),
        format!("/buyer/orders/{}", unpaid.id),
        format!("/buyer/services/{instance}"),
        format!("/buyer/agreements/{}", order.id),
    ];
    for language in ["zh", "en"] {
        (empty.language, browser.language) = (language, language);
        for path in LISTS {
            empty.page(path).await;
            browser.page(path).await;
        }
        for path in &details {
            browser.page(path).await;
            assert_eq!(empty.get(path).await.status, StatusCode::NOT_FOUND, "{path} belongs to somebody else");
        }
        for path in ["/buyer/orders.csv", "/buyer/services.csv", "/buyer/balance.csv"] {
            let answer = browser.get(path).await;
            assert!(answer.kind.starts_with("text/csv"), "{path}");
            assert!(answer.body.lines().count() >= 2, "{path}: {}", answer.body);
            let trace = store::audit::AuditFilter { action: Some("export.made".into()), ..Default::default() };
            let saved = market.app.audit(&market.operator, trace, Default::default()).await.unwrap().items;
            assert!(saved.iter().any(|e| path.ends_with(&e.subject_id)), "{path} leaves a trace");
        }
    }
    assert_eq!(browser.get("/buyer/clock").await.status, StatusCode::NOT_FOUND, "only a sandbox has a clock");
    assert_eq!(browser.get("/partner").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_click_on_pay_lands_on_the_same_page_and_costs_nothing() {
    let market = TestMarket::open(On::Sqlite).await;
    let browser = Browser::of(&market, "buyer@corp.example").await;
    let order = market.app.place_order(&market.buyer, market.wish(market.monthly())).await.unwrap();
    let page = format!("/buyer/orders/{}", order.id);
    let (pay, progress) = (format!("{page}/pay"), format!("{page}/progress"));
    let nothing = browser.post(&pay, "").await;
    assert_eq!((nothing.status, nothing.location.as_str()), (StatusCode::SEE_OTHER, page.as_str()));
    let (one, two) = tokio::join!(browser.post(&pay, "provider=BALANCE"), browser.post(&pay, "provider=BALANCE"));
    for answer in [one, two] {
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, page.as_str()));
        assert!(answer.flash);
    }
    assert_eq!(market.app.balance(&market.buyer).await.unwrap(), testkit::cny("99900"));
    assert!(browser.page(&page).await.contains(&format!("data-poll=\"{progress}\"")));
    assert!(!browser.page(&progress).await.contains("data-poll-done"));
    market.work().await;
    assert!(browser.page(&progress).await.contains(&format!("data-poll-done=\"{page}\"")));
    market.check_books().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_shows_its_reference_and_leaves_the_balance_as_a_way_to_pay() {
    let market = TestMarket::open(On::Sqlite).await;
    let browser = Browser::of(&market, "buyer@corp.example").await;
    let order = market.app.place_order(&market.buyer, market.wish(market.monthly())).await.unwrap();
    let page = format!("/buyer/orders/{}", order.id);
    browser.post(&format!("{page}/pay"), "provider=BANK_TRANSFER").await;
    let shown = browser.page(&page).await;
    assert!(shown.contains(&order.id[order.id.len() - 10..]), "the reference");
    assert!(shown.contains("value=\"BALANCE\" checked"));
    browser.post(&format!("{page}/cancel"), "").await;
    assert!(matches!(market.order(&order.id).await.state, OrderState::Cancelled { .. }));
    assert!(!browser.page(&page).await.contains("/pay\""), "nothing is left to pay");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_renewed_given_a_policy_and_unsubscribed() {
    let market = TestMarket::open(On::Sqlite).await;
    let browser = Browser::of(&market, "buyer@corp.example").await;
    let id = market.buy_a_month().await.instance_id.unwrap();
    let page = format!("/buyer/services/{id}");
    let saved = browser.post(&format!("{page}/policy"), "policy=DO_NOT_RENEW&next=/buyer/renewals").await;
    assert_eq!(saved.location, "/buyer/renewals");
    assert_eq!(market.instance(&id).await.instance.expiry_policy.code(), "DO_NOT_RENEW");
    let abroad = browser.post(&format!("{page}/policy"), "policy=MANUAL&next=//evil.example").await;
    assert_eq!(abroad.location, page, "only addresses of this site are followed");
    let renewed = browser.post(&format!("{page}/renew"), "term=month:3").await;
    assert!(renewed.location.starts_with("/buyer/orders/ord_"), "{}", renewed.location);
    assert!(browser.page(&renewed.location).await.contains("300.00"));
    let barred = browser.page(&page).await;
    assert!(!barred.contains("/unsubscribe"), "an open order bars the refund");
    browser.post(&format!("{}/cancel", renewed.location), "").await;
    assert!(!browser.page(&page).await.contains("/release\""), "a paid service is not released");
    browser.post(&format!("{page}/unsubscribe"), "").await;
    market.work().await;
    assert_eq!(market.instance(&id).await.instance.state.code(), "RELEASED");
    assert_eq!(market.app.balance(&market.buyer).await.unwrap(), testkit::cny("100000"));
    browser.page(&page).await;
    market.check_books().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_amount_is_shown_again_with_its_error() {
    let market = TestMarket::open(On::Sqlite).await;
    let browser = Browser::of(&market, "buyer@corp.example").await;
    for amount in ["", "abc", "-5", "1.005"] {
        let answer = browser.post("/buyer/balance/top-up", &format!("amount={amount}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{amount}");
        assert!(answer.body.contains("f-amount-error"), "{amount}");
    }
    let noted = browser.post("/buyer/balance/top-up", "amount=250.5").await;
    assert_eq!(noted.status, StatusCode::SEE_OTHER);
    assert!(browser.page("/buyer/balance").await.contains("250.50"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_happens_without_the_token_of_the_form() {
    let market = TestMarket::open(On::Sqlite).await;
    let browser = Browser::of(&market, "buyer@corp.example").await;
    let order = market.app.place_order(&market.buyer, market.wish(market.monthly())).await.unwrap();
    let request = browser
        .request("POST", &format!("/buyer/orders/{}/pay", order.id))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("provider=BALANCE"))
        .unwrap();
    assert_eq!(browser.send(request).await.status, StatusCode::FORBIDDEN);
    assert!(matches!(market.order(&order.id).await.state, OrderState::PendingPayment { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_moves_its_clock_and_sees_its_service_expire() {
    let market = TestMarket::open(On::Sqlite).await;
    let tester = market.make_sandbox(&market.stranger).await;
    market.top_up(&tester, "1000").await;
    let order = market.app.place_order(&tester, market.wish(market.monthly())).await.unwrap();
    market.app.pay_order(&tester, &order.id, PaymentProvider::Balance).await.unwrap();
    market.work().await;
    let browser = Browser::of(&market, "other@else.example").await;
    for path in LISTS {
        browser.page(path).await;
    }
    assert!(browser.page("/buyer/balance").await.contains("测试资金"));
    assert!(browser.page(&format!("/buyer/orders/{}", order.id)).await.contains("测试资金"));
    let worker = {
        let app = market.app.clone();
        tokio::spawn(async move {
            loop {
                app.run_due_jobs().await;
                tokio::task::yield_now().await;
            }
        })
    };
    let wrong = browser.post("/buyer/clock/advance", "days=0").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let before = market.app.organisation_now(&tester);
    let next = browser.post("/buyer/clock/advance", "to=next").await;
    assert!(next.location.starts_with("/buyer/clock?since="), "{}", next.location);
    let moved = browser.post("/buyer/clock/advance", "days=40").await;
    worker.abort();
    let shown = browser.page(&moved.location).await;
    assert!(shown.contains("服务到期") && shown.contains("服务冻结"), "what happened is told");
    let id = market.app.order(&tester, app::ordering::Side::Buyer, &order.id).await.unwrap().order.instance_id.unwrap();
    assert!(browser.page(&format!("/buyer/services/{id}")).await.contains("测试资金"));
    let again = testkit::sign_in(&market.app, "other@else.example").await;
    assert!(market.app.organisation_now(&again).since(before) >= 40 * DAY);
}

async fn replayed_forms(on: On) {
    let market = TestMarket::open(on).await;
    let browser = Browser::of(&market, "buyer@corp.example").await;
    let path = format!("/buy/{}?spec={}&term=PERIOD.month.1", market.product_id, market.specification_id);
    let page = browser.page(&path).await;
    let key = hidden(&page, "form_key");
    let wish = format!(
        "form_key={key}&spec={}&term=PERIOD.month.1&quantity=1&seen_quantity=1&seen_payable={}&agreed=on",
        market.specification_id,
        hidden(&page, "seen_payable")
    );
    let target = format!("/buy/{}", market.product_id);
    // A double click, then the back button and the same once more.
    let (one, two) = tokio::join!(browser.post(&target, &wish), browser.post(&target, &wish));
    let three = browser.post(&target, &wish).await;
    assert_eq!(one.status, StatusCode::SEE_OTHER, "{}", one.body);
    assert!(one.location.starts_with("/buyer/orders/ord_"), "{}", one.location);
    assert_eq!((&one.location, &one.location), (&two.location, &three.location), "repetitions lead to the first order");
    let orders = async || {
        let all = market.app.orders(&market.buyer, app::ordering::Side::Buyer, Default::default(), Default::default());
        all.await.unwrap().items.len()
    };
    assert_eq!(orders().await, 1);
    // What was changed before it was sent again is another wish, and a new page has a new key.
    let changed = wish.replace("&quantity=1&", "&quantity=2&recounted=2&");
    let other = browser.post(&target, &changed).await.location;
    assert!(other.starts_with("/buyer/orders/") && other != one.location, "{other}");
    assert_ne!(hidden(&browser.page(&path).await, "form_key"), key);
    assert_eq!(orders().await, 2);
    // A refusal is not remembered: the form may be mended.
    let unread = wish.replace("&agreed=on", "");
    for _ in 0..2 {
        assert_eq!(browser.post(&target, &unread).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    let key = hidden(&browser.page("/buyer/balance").await, "form_key");
    for _ in 0..2 {
        let asked = browser.post("/buyer/balance/top-up", &format!("form_key={key}&amount=70")).await;
        assert_eq!(asked.location, "/buyer/balance#pending");
    }
    let top_ups = market.app.top_ups(&market.buyer, Default::default()).await.unwrap().items;
    assert_eq!(top_ups.iter().filter(|t| t.amount == testkit::cny("70")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_form_acts_once_on_sqlite() {
    replayed_forms(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_form_acts_once_on_postgres() {
    replayed_forms(On::Postgres).await;
}
