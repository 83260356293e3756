use crate::layers::wrap;
use crate::prelude::*;
use app::clock::Clock;
use app::secrets::SecretBox;
use app::words::Words;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Path;
use axum::http::{Request, header};
use axum::routing::{get, post};
use domain::access::OperatorRole;
use domain::time::Timestamp;
use std::sync::Arc;
use tower::ServiceExt;

const PASSWORD: &str = "correct horse 7";

struct Site {
    router: Router,
    app: App,
    _dir: tempfile::TempDir,
}

struct Answer {
    status: u16,
    headers: axum::http::HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    fn cookie(&self, name: &str) -> Option<String> {
        let all = self.headers.get_all(header::SET_COOKIE).iter().map(|v| v.to_str().unwrap());
        let start = format!("{name}=");
        all.filter_map(|c| c.strip_prefix(&start)).map(|c| c.split(';').next().unwrap().to_owned()).next()
    }
}

async fn home(page: Page) -> Response {
    page.title("Home").render("parts-test.html", &serde_json::json!({}))
}

async fn console(page: Page) -> PageResult {
    page.require_member()?;
    Ok(page.redirect("/"))
}

async fn save(page: Page, form: Form) -> PageResult {
    match form.text("name") {
        "" => Err(AppError::field("name", "required").into()),
        name => Ok(page.redirect_with(FlashKind::Success, format!("saved {name}"), "/saved?ok=1")),
    }
}

async fn error_page(page: Page) -> Response {
    let error =
        serde_json::json!({"status": 200, "title": page.csrf(), "text": page.language().code(), "request_id": ""});
    page.title("x").render("layout/error.html", &serde_json::json!({"error": error}))
}

async fn numbered(Path(number): Path<u32>) -> String {
    number.to_string()
}

async fn broken() -> &'static str {
    panic!("a secret detail")
}

async fn change(caller: ApiCaller, IdempotencyKey(key): IdempotencyKey, body: ApiJson<Vec<u8>>) -> ApiResult<String> {
    let id = caller.actor.user_id().ok_or(AppError::NotSignedIn)?;
    Ok(format!("{} {} {}", !id.is_empty(), key.unwrap_or_default(), body.0.len()))
}

async fn site(rate: u32) -> Site {
    // Fails when another test was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let dir = tempfile::tempdir().unwrap();
    let db = store::Db::open(&format!("sqlite:{}", dir.path().join("t.db").display())).await.unwrap();
    let now = Timestamp(1_780_000_000_000_000);
    store::migrations::migrate(&db, now).await.unwrap();
    let app = App::new(app::Parts {
        db,
        clock: Clock::manual(now),
        options: app::Options {
            site_name: "Test market".into(),
            base_url: "http://market.example".into(),
            reach: gateways::address::Reach::Development,
            node: "n".into(),
            open_registration: true,
            four_eyes: false,
            bank_account: String::new(),
            contact: String::new(),
        },
        secrets: SecretBox::new(&[1; 32]),
        mailer: gateways::mail::Mailer::Outbox,
        index: Arc::new(search::ProductIndex::open_in_ram(&search::OpenOptions::default()).unwrap()),
        words: Words::built_in(),
    })
    .unwrap();
    let options = WebOptions { secure_cookies: false, trust_proxy: false, signing_key: [7; 32] };
    let web = Web::with_form_rate(app.clone(), options, rate).unwrap();
    let routes = Router::new()
        .route("/", get(home))
        .route("/token", get(error_page))
        .route("/buyer", get(console).post(save))
        .route("/login", post(save))
        .route("/number/{n}", get(numbered))
        .route("/broken", get(broken))
        .route("/api/broken", get(broken))
        .route("/saving/here", post(save))
        .route("/api/v1/change", post(change));
    Site { router: wrap(routes, web), app, _dir: dir }
}

impl Site {
    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "market.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 10_000_000).await.unwrap();
        Answer { status, headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
    }

    /// Token and cookie of a visitor.
    async fn visitor(&self) -> (String, String) {
        let token = self.get("/token").await.cookie("yf_csrf").unwrap();
        (token.clone(), format!("yf_csrf={token}"))
    }

    async fn post(&self, path: &str, cookie: &str, more: &[(&str, &str)], body: &str) -> Answer {
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded"), ("cookie", cookie)];
        headers.extend_from_slice(more);
        self.ask("POST", path, &headers, body).await
    }
}

#[tokio::test]
async fn a_form_is_accepted_with_its_token_only() {
    let site = site(100).await;
    let (token, cookie) = site.visitor().await;
    let good = format!("csrf={token}&name=x");
    let accepted = site.post("/buyer", &cookie, &[], &good).await;
    assert_eq!((accepted.status, accepted.header("location")), (303, "/saved?ok=1"));
    assert!(accepted.cookie("yf_flash").is_some());
    assert_eq!(site.post("/buyer", &cookie, &[], "name=x").await.status, 403);
    assert_eq!(site.post("/buyer", &cookie, &[], "csrf=other&name=x").await.status, 403);
    assert_eq!(site.post("/buyer", "", &[], &good).await.status, 403);
    // A cookie that somebody planted is not signed by us.
    assert_eq!(site.post("/buyer", "yf_csrf=a.b", &[], "csrf=a.b&name=x").await.status, 403);
    let foreign = site.post("/buyer", &cookie, &[("origin", "http://evil.example")], &good).await;
    assert_eq!(foreign.status, 403);
    assert!(foreign.body.contains("表单已经过期"), "{}", foreign.body);
}

#[tokio::test]
async fn a_form_of_a_million_fields_is_sent_away_unread() {
    let site = site(100).await;
    let (token, cookie) = site.visitor().await;
    let many = format!("csrf={token}&name=x{}", "&a".repeat(2_000));
    assert_eq!(site.post("/buyer", &cookie, &[], &many).await.status, 413);
    let long = format!("csrf={token}&name={}", "x".repeat(1024 * 1024));
    assert_eq!(site.post("/buyer", &cookie, &[], &long).await.status, 413);
    let parts = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(2_001);
    let headers = [("content-type", "multipart/form-data; boundary=X"), ("cookie", cookie.as_str())];
    assert_eq!(site.ask("POST", "/buyer", &headers, &format!("{parts}--X--\r\n")).await.status, 413);
}

#[tokio::test]
async fn a_multipart_form_carries_the_token_too() {
    let site = site(100).await;
    let (token, cookie) = site.visitor().await;
    let body = |token: &str| {
        format!(
            "--X\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--X\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n--X--\r\n"
        )
    };
    let headers = [("content-type", "multipart/form-data; boundary=X"), ("cookie", cookie.as_str())];
    assert_eq!(site.ask("POST", "/buyer", &headers, &body(&token)).await.status, 303);
    assert_eq!(site.ask("POST", "/buyer", &headers, &body("no")).await.status, 403);
}

#[tokio::test]
async fn a_flash_message_is_shown_once_and_cannot_be_forged() {
    let site = site(100).await;
    let (token, cookie) = site.visitor().await;
    let answer = site.post("/buyer", &cookie, &[], &format!("csrf={token}&name=x")).await;
    let flash = answer.cookie("yf_flash").unwrap();
    let site = &site;
    let shown = |value: String| async move { site.ask("GET", "/token", &[("cookie", &value)], "").await };
    let page = shown(format!("yf_flash={flash}")).await;
    assert_eq!(page.cookie("yf_flash").as_deref(), Some(""));
    assert_eq!(shown(format!("yf_flash=x{flash}")).await.cookie("yf_flash"), None);
}

#[tokio::test]
async fn visitors_log_in_and_come_back() {
    let site = site(100).await;
    let answer = site.get("/buyer?state=PAID").await;
    assert_eq!((answer.status, answer.header("location")), (303, "/login?next=%2Fbuyer%3Fstate%3DPAID"));
}

#[tokio::test]
async fn the_language_switch_sets_a_cookie_and_stays_on_this_site() {
    let site = site(100).await;
    let answer = site.get("/token?lang=en&q=1").await;
    assert_eq!((answer.status, answer.header("location")), (303, "/token?q=1"));
    assert_eq!(answer.cookie("yf_lang").as_deref(), Some("en"));
    assert_eq!(site.get("//evil.example/?lang=en").await.header("location"), "/evil.example/");
    let english = site.ask("GET", "/token", &[("cookie", "yf_lang=en")], "").await;
    assert_eq!(english.header("content-language"), "en");
    let asked = site.ask("GET", "/token", &[("accept-language", "en-GB,en")], "").await;
    assert_eq!(asked.header("content-language"), "en");
}

#[tokio::test]
async fn the_switches_keep_what_was_chosen_on_the_page() {
    let site = site(100).await;
    let from = |referer: &'static str| {
        let site = &site;
        async move {
            let answer = site.ask("GET", "/token?lang=en", &[("referer", referer)], "").await;
            answer.header("location").to_owned()
        }
    };
    assert_eq!(from("https://market.example/token?trial=1&q=a%26b&lang=zh").await, "/token?trial=1&q=a%26b");
    assert_eq!(from("https://market.example/token").await, "/token");
    assert_eq!(from("https://market.example/other?trial=1").await, "/token");
    assert_eq!(from("https://elsewhere.example/token?trial=1").await, "/token");
    let theme = site.ask("GET", "/token?theme=dark", &[("referer", "http://market.example/token?a=1")], "").await;
    assert_eq!(theme.header("location"), "/token?a=1");
}

#[tokio::test]
async fn a_form_whose_session_ended_is_shown_again_and_can_be_sent() {
    let site = site(100).await;
    let (token, cookie) = site.visitor().await;
    let ours = [("sec-fetch-site", "same-origin")];
    let old = "csrf=of-an-old-session&name=%22typed%22+for+an+hour";
    let kept = site.post("/buyer?a=1", &cookie, &ours, old).await;
    assert_eq!(kept.status, 403);
    assert!(kept.body.contains("value=\"&quot;typed&quot; for an hour\""), "{}", kept.body);
    assert!(kept.body.contains("action=\"&#x2f;buyer?a=1\"") && kept.body.contains("href=\"/login\""));
    assert!(kept.body.contains(&token) && !kept.body.contains("of-an-old-session"));
    let sent = site.post("/buyer?a=1", &cookie, &ours, &format!("csrf={token}&name=x")).await;
    assert_eq!(sent.status, 303);
    // Without the browser's word that the form is ours, nothing of it comes back.
    for headers in [vec![], vec![("sec-fetch-site", "none")], vec![("origin", "http://evil.example")]] {
        let refused = site.post("/buyer", &cookie, &headers, old).await;
        assert!(refused.status == 403 && !refused.body.contains("typed"), "{headers:?}");
    }
    let secret = site.post("/buyer", &cookie, &ours, "csrf=old&name=x&old_password=geheim").await;
    assert!(secret.status == 403 && !secret.body.contains("geheim"));
}

#[tokio::test]
async fn an_address_that_takes_forms_only_leads_to_the_page_above() {
    let site = site(100).await;
    let answer = site.get("/saving/here").await;
    assert_eq!((answer.status, answer.header("location")), (303, "/saving"));
    assert_eq!(site.ask("PUT", "/saving/here", &[], "").await.status, 405);
    assert_eq!(site.ask("GET", "/api/v1/change", &[], "").await.status, 405);
}

#[tokio::test]
async fn errors_are_pages_for_people_and_problems_for_programs() {
    let site = site(100).await;
    let page = site.get("/nothing").await;
    assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(page.body.contains(page.header("x-request-id")));
    let problem = site.ask("GET", "/api/nothing", &[("accept-language", "en")], "").await;
    assert_eq!((problem.status, problem.header("content-type")), (404, "application/problem+json"));
    let json: serde_json::Value = serde_json::from_str(&problem.body).unwrap();
    assert_eq!((json["code"].as_str(), json["title"].as_str()), (Some("not-found"), Some("There is no such page")));
    let wrong = site.ask("PUT", "/api/v1/change", &[], "").await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "POST"));
    assert!(site.get("/number/x").await.body.contains("<html"));
    for path in ["/broken", "/api/broken"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 500);
        assert!(!answer.body.contains("secret"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_template_that_is_missing_is_an_error_page() {
    let answer = site(100).await.get("/").await;
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("<html") && !answer.body.contains("parts-test"), "{}", answer.body);
}

#[tokio::test]
async fn every_answer_is_protected() {
    let answer = site(100).await.get("/token").await;
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("strict-transport-security"), "");
    assert_eq!(answer.header("cache-control"), "private, no-cache");
}

#[tokio::test]
async fn assets_last_when_their_version_is_asked_for() {
    let site = site(100).await;
    let page = site.get("/token").await.body;
    let link = page.split("href=\"").find(|l| l.starts_with("/assets/css/base.css")).unwrap();
    let link = link.split('"').next().unwrap();
    let asset = site.ask("GET", link, &[("accept-encoding", "gzip")], "").await;
    assert_eq!((asset.status, asset.header("content-encoding")), (200, "gzip"));
    assert!(asset.header("cache-control").contains("immutable"));
    assert_eq!(asset.header("content-type"), "text/css; charset=utf-8");
    let etag = asset.header("etag").to_owned();
    assert_eq!(site.ask("GET", link, &[("if-none-match", &etag)], "").await.status, 304);
    assert_eq!(site.get("/assets/css/base.css?v=old").await.header("cache-control"), "public, no-cache");
    assert_eq!(site.get("/assets/../Cargo.toml").await.status, 404);
}

#[tokio::test]
async fn too_many_posts_on_the_log_in_form_wait() {
    let site = site(2).await;
    let (token, cookie) = site.visitor().await;
    let mut last = 0;
    for _ in 0..3 {
        last = site.post("/login", &cookie, &[], &format!("csrf={token}&name=x")).await.status;
    }
    assert_eq!(last, 429);
    assert_eq!(site.post("/buyer", &cookie, &[], &format!("csrf={token}&name=x")).await.status, 303);
}

#[tokio::test]
async fn a_session_needs_its_token_to_change_something() {
    let site = site(100).await;
    let system = Actor::System("test");
    site.app.create_operator(&system, "Ops", "ops@example.com", PASSWORD, OperatorRole::Admin).await.unwrap();
    let session = site.app.log_in("ops@example.com", PASSWORD, "test").await.unwrap();
    let csrf = site.app.session(&session).await.unwrap().unwrap().csrf;
    let cookie = format!("yf_session={session}");
    let change = |headers: Vec<(&'static str, String)>, body: &'static str| {
        let site = &site;
        async move {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(k, v)| (*k, v.as_str())).collect();
            site.ask("POST", "/api/v1/change", &headers, body).await
        }
    };
    let json = || ("content-type", "application/json".to_owned());
    let ok = vec![json(), ("cookie", cookie.clone()), ("x-csrf-token", csrf), ("idempotency-key", "k1".into())];
    assert_eq!(change(ok, "[1,2]").await.body, "true k1 2");
    assert_eq!(change(vec![json(), ("cookie", cookie.clone())], "[]").await.status, 403);
    assert_eq!(change(vec![json()], "[]").await.status, 401);
    let member = Actor::Operator(match site.app.session(&session).await.unwrap().unwrap().actor {
        Actor::Operator(o) => o,
        other => panic!("{other:?}"),
    });
    let token = site.app.create_token(&member, "t").await.unwrap();
    let bearer = |token: &str| ("authorization", format!("Bearer {token}"));
    assert_eq!(change(vec![json(), bearer(&token)], "[1]").await.body, "true  1");
    let refused = change(vec![json(), bearer("yf_wrong")], "[1]").await;
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"));
    assert_eq!(change(vec![bearer(&token)], "[1]").await.status, 415);
    let long = vec![json(), bearer(&token), ("idempotency-key", "k".repeat(129))];
    assert_eq!(change(long, "[1]").await.status, 422);
    // The signed-in page is never kept by caches.
    let page = site.ask("GET", "/token", &[("cookie", &cookie)], "").await;
    assert_eq!((page.header("cache-control"), page.cookie("yf_csrf")), ("no-store", None));
}
