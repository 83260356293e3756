//! One whole purchase over HTTP, page by page, as a person would: log in, find, order, pay, open.

use super::{PASSWORD, SampleSellers, say};
use app::App;
use std::time::Duration;

/// What the demo buys.
const WANTED: &str = "CRM";

struct Browser {
    http: reqwest::Client,
    base: String,
}

impl Browser {
    async fn page(&self, path: &str) -> Result<String, String> {
        let answer = self.http.get(format!("{}{path}", self.base)).send().await.map_err(|e| e.to_string())?;
        let status = answer.status();
        let text = answer.text().await.map_err(|e| e.to_string())?;
        if status.is_success() { Ok(text) } else { Err(format!("GET {path}: {status}")) }
    }

    /// Posts a form with the token of `page`; returns the path to which it leads.
    async fn post(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Result<String, String> {
        let csrf = between(page, "name=\"csrf\" value=\"", "\"").ok_or(format!("no form on the page before {path}"))?;
        let mut form = vec![("csrf", csrf)];
        form.extend_from_slice(fields);
        let answer = self
            .http
            .post(format!("{}{path}", self.base))
            .header("origin", &self.base)
            .form(&form)
            .send()
            .await
            .map_err(|e| e.to_string())?;
        let status = answer.status().as_u16();
        let location = answer.headers().get("location").and_then(|v| v.to_str().ok()).map(str::to_owned);
        match location {
            Some(to) if status == 303 => Ok(to),
            _ => Err(format!("POST {path}: {status}")),
        }
    }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// Walks through the purchase and prints each step and what went over the wire.
pub(crate) async fn walk(base: &str, app: &App, sellers: &SampleSellers) -> Result<(), String> {
    let http = reqwest::Client::builder()
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()
        .map_err(|e| e.to_string())?;
    let browser = Browser { http, base: base.to_owned() };
    let buyer = &demo_market::market().buyers[0].users[0].mail;

    let page = browser.page("/login").await?;
    browser.post(&page, "/login", &[("email", buyer), ("password", PASSWORD)]).await?;
    say(&format!("    POST /login                         {buyer}"));

    let product = find_product(app)?;
    browser.page(&format!("/search?q={WANTED}")).await?;
    say(&format!("    GET  /search?q={WANTED}                 found {}", product.name));
    browser.page(&format!("/product/{}", product.id)).await?;
    say(&format!("    GET  /product/{}", product.id));
    let query = format!("specification={}&mode=PERIOD&period=month&periods=1&quantity=1", product.specification);
    let page = browser.page(&format!("/buy/{}?{query}", product.id)).await?;
    let fields = [
        ("specification", product.specification.as_str()),
        ("mode", "PERIOD"),
        ("period", "month"),
        ("periods", "1"),
        ("quantity", "1"),
        ("agreed", "on"),
    ];
    let order = browser.post(&page, &format!("/buy/{}", product.id), &fields).await?;
    say(&format!("    POST /buy/…                         order {}", order.rsplit('/').next().unwrap_or_default()));

    let page = browser.page(&order).await?;
    browser.post(&page, &format!("{order}/pay"), &[("provider", "BALANCE")]).await?;
    say("    POST …/pay                          paid from the balance; the money is held");

    let order_id = order.rsplit('/').next().unwrap_or_default().to_owned();
    let instance = wait_until_open(app, buyer, &order_id).await?;
    for call in sellers.instant.calls().iter().filter(|c| c.body.contains(&order_id)) {
        say(&format!("\n    → seller: POST {}\n      {}", call.path_and_query, call.body));
        say(&format!("    ← {} {}", call.status, call.answer));
    }
    let page = browser.page(&format!("/buyer/services/{instance}")).await?;
    let address = between(&page, "data-open-service href=\"", "\"").unwrap_or_default().replace("&amp;", "&");
    say(&format!("\n    GET  /buyer/services/{instance}"));
    if !address.is_empty() {
        let answer = browser.http.get(&address).send().await.map_err(|e| e.to_string())?;
        say(&format!("    GET  {address}  → {}: the service runs", answer.status()));
    }
    Ok(())
}

struct Found {
    id: String,
    name: String,
    specification: String,
}

fn find_product(app: &App) -> Result<Found, String> {
    let wanted = demo_market::market()
        .products
        .iter()
        .find(|p| {
            p.service == demo_market::SellerService::Instant
                && p.specifications
                    .iter()
                    .any(|s| !s.hidden && s.prices.iter().any(|l| l.billing == demo_market::Billing::Month))
        })
        .ok_or("no product to buy")?;
    let request = search::SearchRequest::new(wanted.name.zh.clone(), search::Language::Zh);
    let found = app.search(&request).map_err(|e| e.to_string())?;
    let hit = found.hits.first().ok_or("the search finds nothing")?;
    let id = hit.product_id.clone();
    let view = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(app.product_view(&id)))
        .map_err(|e| e.to_string())?;
    let specification = view
        .product
        .content
        .shown()
        .find(|s| s.prices.iter().any(|p| p.period == Some(domain::catalogue::kinds::PeriodType::Month)))
        .ok_or("the product has no monthly price")?;
    Ok(Found { id, name: view.product.name.zh.clone(), specification: specification.id.clone() })
}

async fn wait_until_open(app: &App, buyer: &str, order_id: &str) -> Result<String, String> {
    let token = app.log_in(buyer, PASSWORD, "demo").await.map_err(|e| e.to_string())?;
    let session = app.session(&token).await.map_err(|e| e.to_string())?.ok_or("no session")?;
    for _ in 0..600 {
        let detail =
            app.order(&session.actor, app::ordering::Side::Buyer, order_id).await.map_err(|e| e.to_string())?;
        if let Some(instance) = detail.instance
            && instance.state.code() == "IN_USE"
            && instance.information_at.is_some()
        {
            say(&format!("    order {}, service {}", detail.order.state.code(), instance.state.code()));
            return Ok(instance.id);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err("the service was not opened within 30 seconds".into())
}
