use domain::ordering::order::PaymentProvider;
use domain::ordering::pricing::Choice;
use testkit::*;
use web_kit::state::*;
#[tokio::main]
async fn main() {
    let m = TestMarket::open(On::Sqlite).await;
    let order = m.buy_a_month().await;
    m.app.refresh_information(&m.buyer, order.instance_id.as_deref().unwrap()).await.ok();
    let frozen = m.buy_a_month().await;
    m.days_pass(20).await;
    m.app.renew(&m.buyer, order.instance_id.as_deref().unwrap(), domain::catalogue::kinds::PeriodType::Month, 1).await.map(|o| o.id).ok();
    m.days_pass(14).await;
    m.buy_a_month().await;
    m.days_pass(3).await;
    let fresh = m.buy_a_month().await;
    let trial = m.app.place_order(&m.buyer, m.wish(Choice { trial: true, ..m.monthly() })).await.unwrap();
    m.work().await;
    let yearly = m.app.place_order(&m.buyer, m.wish(Choice { period: Some(domain::catalogue::kinds::PeriodType::Year), periods: 3, quantity: 30, ..m.monthly() })).await.unwrap();
    let unpaid = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
    let tr = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
    m.app.pay_order(&m.buyer, &tr.id, PaymentProvider::BankTransfer).await.unwrap();
    let cancelled = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
    m.app.cancel_order(&m.buyer, &cancelled.id).await.unwrap();
    m.app.ask_top_up(&m.buyer, cny("5000")).await.unwrap();
    let ref_ = m.buy_a_month().await;
    m.app.unsubscribe(&m.buyer, ref_.instance_id.as_deref().unwrap()).await.unwrap();
    m.work().await;
    let processing = m.pay_a_month().await;
    let tester = m.make_sandbox(&m.stranger).await;
    m.top_up(&tester, "1000").await;
    let s = m.app.place_order(&tester, m.wish(m.monthly())).await.unwrap();
    m.app.pay_order(&tester, &s.id, PaymentProvider::Balance).await.unwrap();
    let member = m.buyer.member().unwrap();
    let _ = member;
    let web = Web::new(m.app.clone(), WebOptions { secure_cookies: false, trust_proxy: false, signing_key: [3; 32] }).unwrap();
    let buyer = m.app.log_in("buyer@corp.example", PASSWORD, "x").await.unwrap();
    let sand = m.app.log_in("other@else.example", PASSWORD, "x").await.unwrap();
    let l = tokio::net::TcpListener::bind("127.0.0.1:4711").await.unwrap();
    let ids = serde_json::json!({"buyer": buyer, "sandbox": sand, "unpaid": unpaid.id, "yearly": yearly.id, "transfer": tr.id, "processing": processing.id, "done": fresh.id, "cancelled": cancelled.id, "refunded": ref_.id,
      "fresh": fresh.instance_id, "frozen": frozen.instance_id, "renewing": order.instance_id, "trial": m.order(&trial.id).await.instance_id, "sandorder": s.id, "gone": ref_.instance_id});
    std::fs::write("/tmp/buyer-prev.json", ids.to_string()).unwrap();
    // orders of "processing" stay so; only the sandbox's clock has a worker
    let app = m.app.clone();
    if std::env::args().nth(1).is_some() { tokio::spawn(async move { loop { app.run_due_jobs().await; tokio::time::sleep(std::time::Duration::from_millis(50)).await; } }); }
    drop(l);
    let router = web_kit::layers::wrap(pages_buyer::routes(), web);
    let mut all = Vec::new();
    for (port, cookie) in [(4711, format!("yf_session={buyer}; yf_lang=zh")), (4712, format!("yf_session={buyer}; yf_lang=en; yf_theme=dark")), (4713, format!("yf_session={sand}; yf_lang=zh")), (4714, format!("yf_session={sand}; yf_lang=en"))] {
        let cookie = axum::http::HeaderValue::from_str(&cookie).unwrap();
        let r = axum::Router::new().fallback_service(router.clone()).layer(axum::middleware::map_request(move |mut q: axum::extract::Request| { let c = cookie.clone(); async move { q.headers_mut().insert("cookie", c); q } }));
        let l = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        all.push(tokio::spawn(async move { axum::serve(l, r).await.unwrap() }));
    }
    for t in all { t.await.unwrap(); }
}
