//! The document, the shapes, and the API driven as a program drives it.

mod debugging;

use crate::dto::common::{Amount, Text, Time};
use crate::dto::content::Content;
use crate::errors::{CODES, FIELD_CODES};
use crate::spec::operations;
use crate::{openapi, routes};
use app::words::Words;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use domain::catalogue::content::ProductContent;
use domain::text::Language;
use domain::time::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{On, PASSWORD, TestMarket};
use tower::ServiceExt;
use web_kit::state::{Web, WebOptions};

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    fn replayed(&self) -> bool {
        self.headers.contains_key("idempotency-replayed")
    }
}

/// A program with a token, or without one.
struct Program {
    router: Router,
    token: String,
}

impl Program {
    fn visitor(market: &TestMarket) -> Program {
        let options = WebOptions { secure_cookies: false, trust_proxy: false, signing_key: [3; 32] };
        let web = Web::new(market.app.clone(), options).unwrap();
        Program { router: web_kit::layers::wrap(routes(), web), token: String::new() }
    }

    async fn of(market: &TestMarket, email: &str) -> Program {
        let mut program = Program::visitor(market);
        let body = json!({"email": email, "password": PASSWORD, "name": "test"});
        let answer = program.send("POST", "/auth/token", Some(body), "").await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        program.token = answer.json()["token"].as_str().unwrap().to_owned();
        program
    }

    async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 8 << 20).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    fn request(&self, method: &str, path: &str, key: &str) -> axum::http::request::Builder {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "market.test");
        if !self.token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        }
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        request.header(header::ACCEPT_LANGUAGE, "en")
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>, key: &str) -> Answer {
        let request = self.request(method, &format!("/api/v1{path}"), key);
        let request = match body {
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.raw(request.unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, "").await
    }
}

fn wish(market: &TestMarket) -> Value {
    json!({
        "product_id": market.product_id,
        "specification_id": market.specification_id,
        "choice": {"mode": "PERIOD", "period": "month", "periods": 1},
        "agreed": true,
    })
}

#[test]
fn the_paths_are_those_that_were_promised() {
    let document = openapi();
    let mut lines = Vec::new();
    for (path, item) in &document.paths.paths {
        for (method, operation) in operations(item) {
            lines.push(format!("{method} {path} {}\n", operation.operation_id.as_deref().unwrap()));
        }
    }
    let found = lines.concat();
    if std::env::var_os("UPDATE_PATHS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/paths.txt"), &found).unwrap();
    }
    assert_eq!(found, include_str!("tests/paths.txt"), "run once with UPDATE_PATHS=1 when this is meant");
}

#[test]
fn every_operation_is_described_whole() {
    let document = openapi();
    let words = Words::built_in();
    let text = serde_json::to_value(&document).unwrap();
    assert_eq!(text["openapi"], "3.1.0");
    let schemas = text["components"]["schemas"].as_object().unwrap();
    let mut references = BTreeSet::new();
    collect_references(&text, &mut references);
    for reference in references {
        assert!(schemas.contains_key(&reference), "no schema {reference}");
    }
    let mut ids = BTreeSet::new();
    for (path, methods) in text["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            let key = format!("docs-op-{}", id.replace('_', "-"));
            assert!(words.has(Language::Zh, &key), "{key} in Chinese");
            assert_eq!(words.text(Language::En, &key, &[]), operation["summary"].as_str().unwrap());
            let body = &operation["requestBody"]["content"]["application/json"];
            assert!(body.is_null() || body["example"].is_object(), "{method} {path}: no example of the body");
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.contains_key("default"), "{method} {path}");
            let fine = answers.iter().find(|(status, _)| status.starts_with('2')).unwrap();
            let content = &fine.1["content"]["application/json"];
            assert!(fine.0 == "204" || content["example"].is_object(), "{method} {path}: no example of the answer");
            for part in path.split('/').filter_map(|p| p.strip_prefix('{')) {
                let name = part.trim_end_matches('}');
                let parameters = operation["parameters"].as_array().unwrap();
                assert!(parameters.iter().any(|p| p["name"] == name && p["in"] == "path"), "{method} {path}");
            }
        }
    }
}

fn collect_references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get("$ref") {
                into.insert(target.rsplit('/').next().unwrap().to_owned());
            }
            fields.values().for_each(|v| collect_references(v, into));
        }
        Value::Array(items) => items.iter().for_each(|v| collect_references(v, into)),
        _ => {}
    }
}

#[test]
fn examples_of_bodies_can_be_read_back() {
    let document = serde_json::to_value(openapi()).unwrap();
    let body = |path: &str, method: &str| {
        document["paths"][format!("/api/v1{path}")][method]["requestBody"]["content"]["application/json"]["example"]
            .clone()
    };
    serde_json::from_value::<crate::dto::ordering::PlaceOrderIn>(body("/orders", "post")).unwrap();
    serde_json::from_value::<crate::dto::catalogue::NewProductIn>(body("/seller/products", "post")).unwrap();
    serde_json::from_value::<crate::dto::members::InviteIn>(body("/members", "post")).unwrap();
    serde_json::from_value::<crate::dto::money::TopUpIn>(body("/top-ups", "post")).unwrap();
    serde_json::from_value::<crate::dto::account::ApplyIn>(body("/organisation/requests", "post")).unwrap();
}

fn sources(folder: &std::path::Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Codes that the program writes must stand on the page of errors, and have words.
#[test]
fn the_page_of_errors_knows_every_code() {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut text = String::new();
    sources(&crates.join("app/src"), &mut text);
    for piece in text.split("Refused(\"").skip(1) {
        let code = piece.split('"').next().unwrap();
        assert!(CODES.iter().any(|(_, c)| *c == code), "{code} is not explained");
    }
    let words = Words::built_in();
    for language in [Language::Zh, Language::En] {
        for (_, code) in CODES {
            assert!(words.has(language, &format!("error-{code}")), "error-{code}");
        }
        for code in FIELD_CODES {
            assert!(words.has(language, &format!("field-{code}")), "field-{code}");
        }
    }
}

#[test]
fn a_content_survives_the_way_out_and_in() {
    let content = testkit::sample_content("https://saas.example.com/market", "fil_1");
    let out = Content::from(content.clone());
    let wire = serde_json::to_string(&out).unwrap();
    let back: Content = serde_json::from_str(&wire).unwrap();
    assert_eq!(ProductContent::try_from(back).unwrap(), content);
    let mut faulty = out;
    faulty.specifications[0].prices[0].price.amount = "1,00".into();
    let error = ProductContent::try_from(faulty).unwrap_err();
    let app::AppError::Invalid(fields) = error else { panic!("{error}") };
    assert_eq!(fields[0].field, "specifications.0.prices.0.price.amount");
}

#[test]
fn amounts_times_and_texts_on_the_wire() {
    let amount = Amount::from(testkit::cny("199"));
    assert_eq!(serde_json::to_value(&amount).unwrap(), json!({"amount": "199.00", "currency": "CNY"}));
    assert!(serde_json::from_value::<Amount>(json!({"amount": "1", "currency": "XXX"})).is_err());
    assert!(serde_json::from_value::<Amount>(json!({"amount": 1, "currency": "CNY"})).is_err());
    let time = Time(Timestamp(1_700_000_000_123_000));
    let text = serde_json::to_value(time).unwrap();
    assert_eq!(text, json!("2023-11-14T22:13:20.123Z"));
    assert_eq!(serde_json::from_value::<Time>(text).unwrap(), time);
    let offset: Time = serde_json::from_value(json!("2023-11-15T06:13:20.123+08:00")).unwrap();
    assert_eq!(offset, time);
    assert!(serde_json::from_value::<Time>(json!("yesterday")).is_err());
    assert!(serde_json::from_value::<Text>(json!({"zh": "云", "fr": "nuage"})).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_route_is_served_and_guarded() {
    let market = TestMarket::open(On::Sqlite).await;
    let visitor = Program::visitor(&market);
    let document = openapi();
    for (path, item) in &document.paths.paths {
        let address = path.strip_prefix("/api/v1").unwrap().replace("{id}", "x").replace("{key}", "x");
        for (method, operation) in operations(item) {
            let answer = visitor.send(method, &address, None, "").await;
            if operation.security.is_none() {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}: {}", answer.body);
            } else {
                assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            }
        }
    }
    assert_eq!(visitor.send("PATCH", "/orders", None, "").await.code(), "method-not-allowed");
    assert_eq!(visitor.get("/nothing").await.code(), "not-found");
    let text = visitor.get("/openapi.json").await.json();
    assert_eq!(text["openapi"], "3.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creating_call_with_a_key_acts_once() {
    let market = TestMarket::open(On::Sqlite).await;
    let buyer = Program::of(&market, "buyer@corp.example").await;
    let first = buyer.send("POST", "/orders", Some(wish(&market)), "k-1").await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    assert!(!first.replayed());
    let again = buyer.send("POST", "/orders", Some(wish(&market)), "k-1").await;
    assert_eq!((again.status, again.replayed(), &again.body), (StatusCode::CREATED, true, &first.body));
    let orders = buyer.get("/orders").await.json();
    assert_eq!(orders["items"].as_array().unwrap().len(), 1);

    let mut other = wish(&market);
    other["choice"]["periods"] = json!(2);
    assert_eq!(buyer.send("POST", "/orders", Some(other.clone()), "k-1").await.code(), "idempotency-key-reused");
    let bad = buyer.send("POST", "/orders", Some(other), &"k".repeat(129)).await;
    assert_eq!(bad.json()["errors"][0]["code"], "idempotency-key-form");

    let id = first.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/orders/{id}/payments");
    let body = Some(json!({"provider": "BALANCE"}));
    let paid = buyer.send("POST", &path, body.clone(), "k-2").await;
    assert_eq!(paid.status, StatusCode::CREATED, "{}", paid.body);
    assert_eq!(paid.json()["order"]["state"], "PROCESSING");
    assert!(buyer.send("POST", &path, body.clone(), "k-2").await.replayed());
    assert_eq!(buyer.send("POST", &path, body, "k-3").await.code(), "order-already-paid");
    assert_eq!(buyer.get("/balance").await.json()["balance"]["amount"], "99900.00");

    let done = buyer.send("POST", "/messages/read", None, "k-4").await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    let done = buyer.send("POST", "/messages/read", None, "k-4").await;
    assert_eq!((done.status, done.replayed(), done.body.as_str()), (StatusCode::NO_CONTENT, true, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_answered_once_and_never_kept() {
    let market = TestMarket::open(On::Sqlite).await;
    let buyer = Program::of(&market, "buyer@corp.example").await;
    let body = Some(json!({"name": "second"}));
    let made = buyer.send("POST", "/tokens", body.clone(), "s-1").await;
    assert_eq!(made.status, StatusCode::CREATED);
    let again = buyer.send("POST", "/tokens", body, "s-1").await;
    assert_eq!((again.status, again.code().as_str()), (StatusCode::CONFLICT, "idempotency-answer-lost"));
    let tokens = buyer.get("/tokens").await.json();
    assert_eq!(tokens["items"].as_array().unwrap().len(), 2, "one of the log-in, one by name");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_accepted_is_named() {
    let market = TestMarket::open(On::Sqlite).await;
    let buyer = Program::of(&market, "buyer@corp.example").await;
    let mut unknown = wish(&market);
    unknown["coupon"] = json!("x");
    let answer = buyer.send("POST", "/orders", Some(unknown), "").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        answer.json()["errors"][0],
        json!({"field": "coupon", "code": "unknown-field", "detail": answer.json()["errors"][0]["detail"]})
    );
    assert_eq!(buyer.send("POST", "/orders", None, "").await.json()["errors"][0]["code"], "required");
    assert_eq!(buyer.get("/orders?limit=201").await.json()["errors"][0]["field"], "limit");
    assert_eq!(buyer.get("/orders?stat=PAID").await.json()["errors"][0]["code"], "unknown-field");
    assert_eq!(buyer.get("/orders?state=PAID").await.json()["errors"][0]["code"], "wrong-type");
    assert_eq!(buyer.get("/operator/orders").await.status, StatusCode::NOT_FOUND);
    assert_eq!(buyer.get("/seller/orders").await.status, StatusCode::FORBIDDEN);
    let too_far = buyer.send("POST", "/clock/advance", Some(json!({"days": i64::MAX})), "").await;
    assert_eq!(too_far.json()["errors"][0]["code"], "out-of-range");
    let problem = buyer.get("/orders/ord_x").await;
    assert_eq!((problem.status, problem.code().as_str()), (StatusCode::NOT_FOUND, "not-found"));
    assert_eq!(problem.headers[header::CONTENT_TYPE], "application/problem+json");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_others_is_not_found() {
    let market = TestMarket::open(On::Sqlite).await;
    let order = market.buy_a_month().await;
    let other = Program::of(&market, "other@else.example").await;
    let instance = order.instance_id.clone().unwrap();
    for path in [format!("/orders/{}", order.id), format!("/services/{instance}")] {
        assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let cancel = other.send("POST", &format!("/orders/{}/cancel", order.id), None, "").await;
    assert_eq!(cancel.status, StatusCode::NOT_FOUND);
    let buyer = Program::of(&market, "buyer@corp.example").await;
    let detail = buyer.get(&format!("/services/{instance}")).await.json();
    assert_eq!(detail["service"]["state"], "IN_USE");
    assert!(detail["access"]["front_end_url"].is_string(), "{detail}");
    let found = buyer.get(&format!("/orders/{}", order.id)).await.json();
    assert_eq!(found["order"]["payable"], json!({"amount": "100.00", "currency": "CNY"}));
    assert_eq!(buyer.get("/me").await.json()["kind"], "member");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_read_page_by_page() {
    let market = TestMarket::open(On::Sqlite).await;
    let buyer = Program::of(&market, "buyer@corp.example").await;
    for _ in 0..3 {
        market.app.place_order(&market.buyer, market.wish(market.monthly())).await.unwrap();
    }
    let first = buyer.get("/orders?limit=2").await.json();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    assert!(first["prev_cursor"].is_null());
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(buyer.get("/orders?cursor=zzz").await.status, 422);
    let second = buyer.get(&format!("/orders?limit=2&cursor={cursor}")).await.json();
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert!(second["next_cursor"].is_null() && second["prev_cursor"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_storefront_follows_the_shelf() {
    let market = TestMarket::open(On::Sqlite).await;
    market.app.follow_shelf().await.unwrap();
    let visitor = Program::visitor(&market);
    let found = visitor.get("/products?trial=true&sort=price_asc").await.json();
    assert_eq!(found["total"], 1);
    assert_eq!(found["items"][0]["id"], market.product_id);
    assert!(found["items"][0]["price"]["amount"].is_string());
    let path = format!("/products/{}", market.product_id);
    let product = visitor.get(&path).await.json();
    assert_eq!(product["state"], "ON_SALE");
    assert!(product.get("access").is_none(), "the seller's address is not for buyers");
    let quote = format!("{path}/quote?specification_id={}&mode=PERIOD&period=month&periods=2", market.specification_id);
    assert_eq!(visitor.get(&quote).await.json()["payable"]["amount"], "200.00");
    assert_eq!(visitor.get("/products?limit=101").await.json()["errors"][0]["field"], "limit");
    assert_eq!(visitor.get("/products?mode=BARTER").await.json()["errors"][0]["field"], "mode");

    use domain::catalogue::product::ProductAction;
    market
        .app
        .change_product_state(&market.operator, &market.product_id, ProductAction::Suspend, "test")
        .await
        .unwrap();
    market.app.follow_shelf().await.unwrap();
    assert_eq!(visitor.get("/products?trial=true&sort=price_asc").await.json()["total"], 0);
    assert_eq!(visitor.get(&path).await.json()["state"], "SUSPENDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_is_whole_in_both_languages() {
    let market = TestMarket::open(On::Sqlite).await;
    let visitor = Program::visitor(&market);
    let pages = ["", "/access", "/catalogue", "/buying", "/selling", "/account", "/operation", "/schemas", "/errors"];
    for language in ["zh", "en"] {
        for page in pages {
            let request = visitor
                .request("GET", &format!("/docs{page}"), "")
                .header(header::COOKIE, format!("yf_lang={language}"));
            let answer = visitor.raw(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::OK, "{page}: {}", answer.body);
            for prefix in [">docs-", "\"docs-", ">error-", ">field-"] {
                assert!(!answer.body.contains(prefix), "{page}: a text is missing: {prefix}");
            }
        }
    }
    let request = visitor.request("GET", "/docs/nothing", "").body(Body::empty()).unwrap();
    assert_eq!(visitor.raw(request).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nul_is_refused_before_any_database_sees_it() {
    for on in [On::Sqlite, On::Postgres] {
        let market = TestMarket::open(on).await;
        let program = Program::of(&market, "buyer@corp.example").await;
        let answer = program.send("POST", "/tokens", Some(json!({"name": "a\u{0}b"})), "").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        assert_eq!(answer.json()["errors"][0]["code"], "control-character");
        assert_eq!(answer.json()["errors"][0]["field"], "name");
        for path in ["/orders?q=%00", "/orders/ord%00"] {
            assert_eq!(program.get(path).await.status, StatusCode::BAD_REQUEST, "{path}");
        }
        let text = Some(json!({"name": "a\\u0000b"}));
        assert_eq!(program.send("POST", "/tokens", text, "").await.status, StatusCode::CREATED, "only its spelling");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_keeps_answers_that_belong_to_a_company() {
    let market = TestMarket::open(On::Sqlite).await;
    let program = Program::of(&market, "buyer@corp.example").await;
    for path in ["/orders", "/me", "/nothing"] {
        let answer = program.get(path).await;
        let kept = answer.headers.get(header::CACHE_CONTROL).and_then(|v| v.to_str().ok()).unwrap_or_default();
        assert!(kept.contains("no-store"), "{path}: {kept:?}");
    }
}
