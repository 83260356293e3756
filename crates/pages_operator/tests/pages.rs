//! The console over real pages: what each page shows, who sees which buttons, what buttons do.

#![allow(clippy::unwrap_used, clippy::expect_used)] // In tests a panic is the report.

use app::ordering::Side;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use domain::access::OperatorRole;
use domain::ordering::order::PaymentProvider;
use sample_sellers::Faults;
use store::fulfilment::CallFilter;
use testkit::{On, PASSWORD, TestMarket, cny};
use tower::ServiceExt;
use web_kit::prelude::*;

struct Console {
    market: TestMarket,
    router: Router,
}

struct Answer {
    status: u16,
    location: String,
    body: String,
}

/// One operator with his cookie and the token of his forms.
struct Person {
    token: String,
    csrf: String,
}

impl Console {
    async fn open() -> Console {
        let market = TestMarket::open(On::Sqlite).await;
        let options = WebOptions { secure_cookies: false, trust_proxy: false, signing_key: [7; 32] };
        let web = Web::new(market.app.clone(), options).unwrap();
        let router = web_kit::layers::wrap(pages_operator::routes(), web);
        Console { market, router }
    }

    async fn person(&self, email: &str) -> Person {
        let token = self.market.app.log_in(email, PASSWORD, "test").await.unwrap();
        let csrf = self.market.app.session(&token).await.unwrap().unwrap().csrf;
        Person { token, csrf }
    }

    async fn operator(&self, role: OperatorRole) -> Person {
        let email = format!("{}@market.example", role.code().to_lowercase());
        let system = Actor::System("test");
        self.market.app.create_operator(&system, role.code(), &email, PASSWORD, role).await.unwrap();
        self.person(&email).await
    }

    async fn admin(&self) -> Person {
        self.person("ops@market.example").await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let location = response.headers().get(header::LOCATION).map_or("", |v| v.to_str().unwrap()).to_owned();
        let bytes = to_bytes(response.into_body(), 16 * 1024 * 1024).await.unwrap();
        // Templates escape slashes in attributes.
        let body = String::from_utf8(bytes.to_vec()).unwrap().replace("&#x2f;", "/");
        Answer { status, location, body }
    }

    async fn get(&self, who: &Person, path: &str, language: &str) -> Answer {
        let cookie = format!("yf_session={}; yf_lang={language}", who.token);
        let request = Request::get(path).header(header::HOST, "market.example").header(header::COOKIE, cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, who: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = format!("csrf={}", who.csrf);
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", value.replace(' ', "+")));
        }
        let request = Request::post(path)
            .header(header::HOST, "market.example")
            .header(header::COOKIE, format!("yf_session={}; yf_lang=en", who.token))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A modification that waits for review; its price went from 100 to 125 a month.
    async fn modification(&self) -> String {
        let (app, seller) = (&self.market.app, &self.market.seller);
        let id = app.begin_modification(seller, &self.market.product_id).await.unwrap();
        let mut content = app.application(seller, &id).await.unwrap().application.content;
        for line in &mut content.specifications[0].prices {
            if line.price == cny("100") {
                line.price = cny("125");
            }
        }
        app.save_draft(seller, &id, content, None).await.unwrap();
        app.submit_application(seller, &id).await.unwrap();
        id
    }

    /// An order that waits for the confirmation of its bank transfer: order and payment.
    async fn transfer(&self) -> (String, String) {
        let m = &self.market;
        let order = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        let (_, payment) = m.app.pay_order(&m.buyer, &order.id, PaymentProvider::BankTransfer).await.unwrap();
        (order.id, payment.id)
    }

    /// An order whose delivery fails.
    async fn failing(&self) -> String {
        self.market.server.set_faults(Faults { http_status: Some(500), ..Faults::default() });
        let order = self.market.pay_a_month().await;
        self.market.work().await;
        order.id
    }
}

/// Keys that have no words appear as themselves.
fn raw_keys(body: &str) -> Vec<&str> {
    let known = ["operator-", "state-", "setting-", "diagnosis-", "message-", "kind-", "job-kind-"];
    let texts = body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
    texts.filter(|text| known.iter().any(|k| text.starts_with(k) && !text.contains(' '))).collect()
}

const LISTS: &[&str] = &[
    "",
    "/applications",
    "/applications?state=all&sort=newest",
    "/products",
    "/categories",
    "/categories?edit=crm",
    "/organisations",
    "/organisations?verification=PENDING",
    "/orders",
    "/orders?state=PROCESSING&from=2026-01-01",
    "/services",
    "/payments",
    "/payments?state=all",
    "/top-ups?state=all",
    "/ledger",
    "/ledger?recount=1",
    "/calls",
    "/jobs",
    "/mails",
    "/search",
    "/index",
    "/search/progress",
    "/settings",
];

#[tokio::test]
async fn every_page_opens_in_both_languages_for_every_role() {
    let console = Console::open().await;
    let m = &console.market;
    let done = m.buy_a_month().await;
    m.app.ask_top_up(&m.stranger, cny("50")).await.unwrap();
    let application = console.modification().await;
    let (waiting, _) = console.transfer().await;
    let failing = console.failing().await;
    m.app.ask_reset("buyer@corp.example").await.unwrap();
    let first = || PageRequest { limit: 5, ..PageRequest::default() };
    let call =
        m.app.calls(&m.operator, Side::Market, CallFilter::default(), first()).await.unwrap().items[0].id.clone();
    let job = m.app.jobs(&m.operator, Default::default(), first()).await.unwrap().items[0].id.clone();
    let mail = m.app.mails(&m.operator, None, None, first()).await.unwrap().items[0].id.clone();
    let seller = &m.seller.member().unwrap().organisation_id;
    let mut paths: Vec<String> = LISTS.iter().map(|path| format!("/operator{path}")).collect();
    for (folder, id) in [
        ("applications", &application),
        ("products", &m.product_id),
        ("organisations", seller),
        ("orders", &done.id),
        ("orders", &waiting),
        ("orders", &failing),
        ("services", done.instance_id.as_ref().unwrap()),
        ("calls", &call),
        ("jobs", &job),
        ("mails", &mail),
    ] {
        paths.push(format!("/operator/{folder}/{id}"));
    }
    for role in [OperatorRole::Admin, OperatorRole::OpsAgent, OperatorRole::Auditor] {
        let person = console.operator(role).await;
        for path in &paths {
            for language in ["zh", "en"] {
                let answer = console.get(&person, path, language).await;
                assert_eq!(answer.status, 200, "{path} {language} {}", role.code());
                assert_eq!(raw_keys(&answer.body), Vec::<&str>::new(), "{path} {language}");
            }
        }
    }
    let admin = console.admin().await;
    for path in ["/operator/audit", "/operator/audit?verify=1", "/operator/operators"] {
        for language in ["zh", "en"] {
            let answer = console.get(&admin, path, language).await;
            assert_eq!((answer.status, raw_keys(&answer.body)), (200, vec![]), "{path}");
        }
    }
}

#[tokio::test]
async fn nobody_but_operators_learns_that_the_console_exists() {
    let console = Console::open().await;
    let member = console.person("buyer@corp.example").await;
    for path in LISTS {
        assert_eq!(console.get(&member, &format!("/operator{path}"), "en").await.status, 404, "{path}");
    }
    let visitor = Person { token: String::new(), csrf: String::new() };
    let answer = console.get(&visitor, "/operator", "en").await;
    assert_eq!(answer.status, 303);
    assert!(answer.location.starts_with("/login?next="));
}

#[tokio::test]
async fn a_reviewer_sees_by_how_much_a_price_moves_and_decides() {
    let console = Console::open().await;
    let admin = console.admin().await;
    let id = console.modification().await;
    let page = format!("/operator/applications/{id}");
    let shown = console.get(&admin, &page, "en").await.body;
    assert!(shown.contains("(+25.0%)"));
    let auditor = console.operator(OperatorRole::Auditor).await;
    assert!(!console.get(&auditor, &page, "en").await.body.contains("/approve"));
    assert_eq!(console.post(&auditor, &format!("{page}/approve"), &[]).await.status, 403);
    assert_eq!(console.post(&admin, &format!("{page}/reject"), &[("reason", "")]).await.status, 422);
    let fields = [("preset", "price"), ("reason", "Please explain")];
    assert_eq!(console.post(&admin, &format!("{page}/reject"), &fields).await.status, 303);
    let told = console.market.app.application(&console.market.seller, &id).await.unwrap().application;
    assert_eq!(told.state.code(), "REJECTED");
    assert!(told.reason.contains("Please explain") && told.reason.contains("not plausible"));
}

#[tokio::test]
async fn a_transfer_is_confirmed_from_the_order_that_waits_for_it() {
    let console = Console::open().await;
    let admin = console.admin().await;
    let (order, payment) = console.transfer().await;
    let shown = console.get(&admin, &format!("/operator/orders/{order}"), "en").await.body;
    assert!(shown.contains("Why is this order stuck?"));
    let decide = format!("/operator/payments/{payment}/decide");
    assert!(shown.contains(&decide));
    let next = format!("/operator/orders/{order}");
    let answer = console.post(&admin, &decide, &[("arrived", "1"), ("next", &next)]).await;
    assert_eq!((answer.status, answer.location.as_str()), (303, next.as_str()));
    console.market.work().await;
    assert_eq!(console.market.order(&order).await.state.code(), "COMPLETED");
    let again = console.post(&admin, &decide, &[("arrived", "1"), ("next", "https://evil.example")]).await;
    assert_eq!((again.status, again.location.as_str()), (303, "/operator/payments"));
    console.market.check_books().await;
}

#[tokio::test]
async fn a_call_that_fails_is_made_again_from_the_order() {
    let console = Console::open().await;
    let admin = console.admin().await;
    let order = console.failing().await;
    let shown = console.get(&admin, &format!("/operator/orders/{order}"), "en").await.body;
    let start = shown.find("/operator/calls/cal_").unwrap();
    let call = &shown[start..start + "/operator/calls/cal_".len() + 26];
    assert!(shown.contains(&format!("{call}/restart")));
    console.market.server.set_faults(Faults::default());
    let finance = console.operator(OperatorRole::Finance).await;
    assert_eq!(console.post(&finance, &format!("{call}/restart"), &[]).await.status, 403);
    assert_eq!(console.post(&admin, &format!("{call}/restart"), &[]).await.status, 303);
    console.market.work().await;
    assert_eq!(console.market.order(&order).await.state.code(), "COMPLETED");
}

#[tokio::test]
async fn products_organisations_services_and_settings_are_changed_by_buttons() {
    let console = Console::open().await;
    let (m, admin) = (&console.market, console.admin().await);
    let product = format!("/operator/products/{}", m.product_id);
    let fields = [("action", "suspend"), ("reason", "complaints")];
    assert_eq!(console.post(&admin, &format!("{product}/state"), &fields).await.status, 303);
    let shown = console.get(&admin, &product, "en").await.body;
    assert!(shown.contains("Suspended") && shown.contains("complaints"));
    assert!(shown.contains("value=\"resume\"") && !shown.contains("value=\"suspend\""));
    assert_eq!(
        console.post(&admin, &format!("{product}/state"), &[("action", "resume"), ("reason", "mended")]).await.status,
        303
    );

    let order = m.buy_a_month().await;
    let service = format!("/operator/services/{}", order.instance_id.unwrap());
    assert!(console.get(&admin, &service, "en").await.body.contains("/freeze"));
    console.post(&admin, &format!("{service}/freeze"), &[("reason", "spam")]).await;
    let shown = console.get(&admin, &service, "en").await.body;
    assert!(shown.contains("/unfreeze") && shown.contains("spam"));

    let organisation = format!("/operator/organisations/{}", m.stranger.member().unwrap().organisation_id);
    console
        .post(&admin, &format!("{organisation}/decide"), &[("decision", "freeze"), ("reason", "unpaid bills")])
        .await;
    let shown = console.get(&admin, &organisation, "en").await.body;
    assert!(shown.contains("value=\"unfreeze\"") && !shown.contains("value=\"freeze\""));

    let setting = "/operator/settings/lifecycle.grace_days";
    console.post(&admin, setting, &[("value", "999")]).await;
    assert_eq!(m.app.settings().grace_days, 7);
    console.post(&admin, setting, &[("value", "9")]).await;
    assert_eq!(m.app.settings().grace_days, 9);
    assert_eq!(console.post(&admin, "/operator/settings/no.such", &[("value", "9")]).await.status, 404);
}

#[tokio::test]
async fn categories_and_operators_are_kept_with_clear_errors() {
    let console = Console::open().await;
    let (m, admin) = (&console.market, console.admin().await);
    let fields = [("id", "crm"), ("name_zh", "x"), ("name_en", "x")];
    assert_eq!(console.post(&admin, "/operator/categories", &fields).await.status, 422);
    let fields = [("id", "erp"), ("name_zh", "ERP"), ("name_en", "ERP")];
    assert_eq!(console.post(&admin, "/operator/categories", &fields).await.status, 303);
    console.post(&admin, "/operator/categories/erp/move", &[("direction", "up")]).await;
    console.post(&admin, "/operator/categories/crm/hide", &[("hidden", "1")]).await;
    let all = m.app.categories().await.unwrap();
    let seen: Vec<_> = all.iter().map(|c| (c.id.as_str(), c.hidden)).collect();
    assert_eq!(seen, [("erp", false), ("crm", true)]);

    let fields = [("name", "Zoe"), ("email", "zoe@market.example"), ("password", "short"), ("role", "FINANCE")];
    let answer = console.post(&admin, "/operator/operators", &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("zoe@market.example") && !answer.body.contains("value=\"short\""));
    let fields = [("name", "Zoe"), ("email", "zoe@market.example"), ("password", PASSWORD), ("role", "FINANCE")];
    assert_eq!(console.post(&admin, "/operator/operators", &fields).await.status, 303);
    let zoe = console.person("zoe@market.example").await;
    assert_eq!(console.get(&zoe, "/operator/operators", "en").await.status, 403);
    let users = m.app.operators(&m.operator).await.unwrap();
    let id = &users.iter().find(|u| u.email == "zoe@market.example").unwrap().id;
    let fields = [("role", "FINANCE"), ("disabled", "on")];
    console.post(&admin, &format!("/operator/operators/{id}"), &fields).await;
    assert_eq!(console.get(&zoe, "/operator", "en").await.status, 303);
}

#[tokio::test]
async fn the_export_holds_what_the_list_shows() {
    let console = Console::open().await;
    let admin = console.admin().await;
    let order = console.market.buy_a_month().await;
    let file = console.get(&admin, "/operator/orders.csv?state=COMPLETED", "en").await.body;
    assert_eq!(file.lines().count(), 2);
    assert!(file.contains(&order.id));
    let none = console.get(&admin, "/operator/orders.csv?state=CANCELLED", "en").await.body;
    assert_eq!(none.lines().count(), 1);
}
