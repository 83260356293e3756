//! The workbench and the message page over real pages: what they show, what their buttons do.

#![allow(clippy::unwrap_used, clippy::expect_used)] // In tests a panic is the report.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use sample_sellers::Faults;
use store::debugging::CaseFilter;
use testkit::{On, PASSWORD, TestMarket};
use tower::ServiceExt;
use web_kit::prelude::*;

struct Centre {
    market: TestMarket,
    router: Router,
    token: String,
    csrf: String,
}

struct Answer {
    status: u16,
    location: String,
    body: String,
}

impl Centre {
    async fn open(email: &str) -> Centre {
        let market = TestMarket::open(On::Sqlite).await;
        let options = WebOptions { secure_cookies: false, trust_proxy: false, signing_key: [7; 32] };
        let web = Web::new(market.app.clone(), options).unwrap();
        let router = web_kit::layers::wrap(pages_seller::routes(), web);
        let token = market.app.log_in(email, PASSWORD, "test").await.unwrap();
        let csrf = market.app.session(&token).await.unwrap().unwrap().csrf;
        Centre { market, router, token, csrf }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let location = response.headers().get(header::LOCATION).map_or("", |v| v.to_str().unwrap()).to_owned();
        let bytes = to_bytes(response.into_body(), 16 * 1024 * 1024).await.unwrap();
        let body = String::from_utf8(bytes.to_vec()).unwrap().replace("&#x2f;", "/");
        Answer { status, location, body }
    }

    async fn get(&self, path: &str, language: &str) -> Answer {
        let cookie = format!("yf_session={}; yf_lang={language}", self.token);
        let request = Request::get(path).header(header::HOST, "market.example").header(header::COOKIE, cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(&self.csrf, path, fields).await
    }

    async fn post_with(&self, csrf: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = format!("csrf={csrf}");
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", value.replace(' ', "+")));
        }
        let request = Request::post(path)
            .header(header::HOST, "market.example")
            .header(header::COOKIE, format!("yf_session={}; yf_lang=en", self.token))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// The form of "query instance" as it is sent from the page.
    async fn query_instance(&self, act: &str) -> Answer {
        let address = self.market.server.production_address();
        let fields = [
            ("address", address.as_str()),
            ("generation", "saas_v2"),
            ("activity", "queryInstance"),
            ("variant", ""),
            ("instanceId", "mine-1"),
            ("act", act),
        ];
        self.post("/seller/debug", &fields).await
    }

    async fn cases(&self) -> usize {
        let m = &self.market;
        m.app.debug_cases(&m.seller, CaseFilter::default(), PageRequest::default()).await.unwrap().items.len()
    }
}

const SELLER: &str = "seller@shop.example";

#[tokio::test(flavor = "multi_thread")]
async fn the_workbench_offers_every_tab_with_presets_in_both_languages() {
    let c = Centre::open(SELLER).await;
    let zh = c.get("/seller/debug", "zh").await;
    assert_eq!(zh.status, 200);
    assert!(zh.body.contains("MOCKPERIODYEARNEW-000001") && zh.body.contains("续费变更校验"), "{}", zh.body);
    assert!(zh.body.contains(&c.market.server.production_address()), "the address of the own product is offered");
    for generation in c.market.app.debug_generations() {
        for tab in c.market.app.debug_tabs(Some(generation)) {
            let path = format!(
                "/seller/debug?generation={generation}&activity={}&variant={}&address=https://s.example/p",
                tab.activity, tab.variant
            );
            for language in ["zh", "en"] {
                let page = c.get(&path, language).await;
                assert_eq!(page.status, 200, "{path}");
                assert!(page.body.contains(&format!("value=\"{}\"", tab.activity)), "{path}");
                assert!(!page.body.contains("activity-") && !page.body.contains("variant-"), "words of {path}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_debugged_shown_and_saved() {
    let c = Centre::open(SELLER).await;
    let command = c.query_instance("command").await;
    assert!(command.status == 200 && command.body.contains("curl -sS -i"), "{}", command.body);
    assert!(c.market.server.calls().is_empty() && command.body.contains("expires soon"));
    let run = c.query_instance("run").await;
    assert!(run.body.contains("Debugging successful") && run.body.contains("&quot;testFlag&quot;: &quot;1&quot;"));
    assert!(run.body.contains("signature=***") && run.body.contains("mine-1"), "{}", run.body);
    assert_eq!(c.cases().await, 0);
    let saved = c.query_instance("save").await;
    assert!(saved.body.contains("Debugging successful and case saved"));
    assert_eq!(c.cases().await, 1);
    let list = c.get("/seller/debug/cases", "zh").await;
    assert!(list.body.contains("查询实例信息") && list.body.contains("全部重新调测"));
    let id = list.body.split("case=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(c.get(&format!("/seller/debug?case={id}"), "en").await.body.contains("mine-1"), "filled from the case");
    let again = c.post(&format!("/seller/debug/cases/{id}/run"), &[]).await;
    assert_eq!((again.status, again.location.as_str()), (303, "/seller/debug/cases"));
    c.post(&format!("/seller/debug/cases/{id}/delete"), &[]).await;
    assert_eq!(c.cases().await, 1, "the product on sale needs it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_explained_with_both_sides() {
    let c = Centre::open(SELLER).await;
    c.market.server.set_access_key("another-key");
    let run = c.query_instance("save").await;
    assert!(run.body.contains("The market computes") && run.body.contains("Your server presented"));
    assert!(run.body.contains("differs from byte") && run.body.contains("&lt;access key&gt;"), "{}", run.body);
    assert!(!run.body.contains(testkit::ACCESS_KEY), "keys are never shown");
    assert_eq!(c.cases().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_stand_at_their_fields_and_forms_prove_where_they_come_from() {
    let c = Centre::open(SELLER).await;
    let address = c.market.server.production_address();
    let mut fields = vec![("address", address.as_str()), ("generation", "saas_v2"), ("activity", "queryInstance")];
    fields.extend([("variant", ""), ("instanceId", ""), ("act", "run")]);
    let empty = c.post("/seller/debug", &fields).await;
    assert!(empty.status == 422 && empty.body.contains("id=\"f-instanceId-error\""), "{}", empty.body);
    fields[0].1 = "http://169.254.1.1/x";
    let refused = c.post("/seller/debug", &fields).await;
    assert!(refused.status == 422 && refused.body.contains("id=\"f-address-error\""));
    assert_eq!(c.post_with("wrong", "/seller/debug", &fields).await.status, 403);
    assert!(c.market.server.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_sell_has_no_workbench() {
    let c = Centre::open("buyer@corp.example").await;
    for path in ["/seller/debug", "/seller/debug/cases"] {
        assert_eq!(c.get(path, "en").await.status, 403, "{path}");
    }
    assert_eq!(c.query_instance("run").await.status, 403);
    assert!(c.market.server.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_shows_which_cases_are_missing() {
    let c = Centre::open(SELLER).await;
    c.query_instance("save").await;
    let m = &c.market;
    let id = m.app.begin_modification(&m.seller, &m.product_id).await.unwrap();
    let page = c.get(&format!("/seller/applications/{id}"), "en").await;
    assert!(page.body.contains("7 required cases are missing."), "{}", page.body);
    assert!(page.body.contains("activity=releaseInstance") && page.body.contains("Passed"));
    m.app.change_setting(&m.operator, "catalogue.require_cases", 1).await.unwrap();
    let page = c.get(&format!("/seller/applications/{id}"), "en").await;
    assert!(page.body.contains("can be submitted once they are there"));
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_and_retrying_calls_are_restarted_together() {
    let c = Centre::open(SELLER).await;
    let m = &c.market;
    m.server.set_faults(Faults { result_code: Some("000005".into()), ..Faults::default() });
    m.pay_a_month().await;
    m.pay_a_month().await;
    m.work().await;
    let list = c.get("/seller/calls?state=RETRYING", "en").await;
    assert_eq!(list.body.matches("form=\"restart-many\"").count(), 2, "{}", list.body);
    m.server.set_faults(Faults::default());
    let first = list.body.split("name=\"call\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let one = c.post("/seller/calls?state=RETRYING", &[("act", "chosen"), ("call", &first)]).await;
    assert_eq!((one.status, one.location.as_str()), (303, "/seller/calls?state=RETRYING"));
    m.work().await;
    let list = c.get("/seller/calls?state=RETRYING", "en").await;
    assert_eq!(list.body.matches("form=\"restart-many\"").count(), 1);
    c.post("/seller/calls?state=RETRYING", &[("act", "all")]).await;
    m.work().await;
    let list = c.get("/seller/calls", "en").await;
    assert!(!list.body.contains("restart-many"), "everything has succeeded");
}
