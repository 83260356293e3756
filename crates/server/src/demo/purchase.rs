//! One whole purchase over HTTP, page by page, as a person would: log in, find, order, pay, open.

use super::{PASSWORD, say};
use app::App;
use std::time::Duration;

struct Browser {
    http: reqwest::Client,
    base: String,
}

impl Browser {
    async fn page(&self, path: &str) -> Result<String, String> {
        let answer = self.http.get(format!("{}{path}", self.base)).send().await.map_err(|e| e.to_string())?;
        let status = answer.status();
        let text = answer.text().await.map_err(|e| e.to_string())?;
        // What a browser would read in the attributes: templates escape the slash too.
        let text = text.replace("&#x2f;", "/").replace("&amp;", "&");
        if status.is_success() { Ok(text) } else { Err(format!("GET {path}: {status}")) }
    }

    /// Posts the form of `page` whose action is `path`, with its hidden fields, as a browser does;
    /// returns the path to which it leads.
    async fn post(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Result<String, String> {
        let form = page
            .split("<form")
            .find(|part| part.contains(&format!("action=\"{path}\"")))
            .ok_or(format!("no form for {path} on the page"))?;
        let form = form.split("</form>").next().unwrap_or_default();
        let mut filled: Vec<(&str, &str)> = form.split("<input").skip(1).filter_map(hidden_field).collect();
        filled.extend_from_slice(fields);
        let answer = self
            .http
            .post(format!("{}{path}", self.base))
            .header("origin", &self.base)
            .form(&filled)
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

fn hidden_field(input: &str) -> Option<(&str, &str)> {
    let tag = input.split('>').next()?;
    tag.contains("type=\"hidden\"").then_some(())?;
    Some((between(tag, "name=\"", "\"")?, between(tag, "value=\"", "\"")?))
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// Walks through the purchase and prints each step and what went over the wire.
pub(crate) async fn walk(base: &str, app: &App) -> Result<(), String> {
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

    let product = find_product(app).await?;
    browser.page(&format!("/search?q={}", product.name)).await?;
    say(&format!("    GET  /search?q={}", product.name));
    browser.page(&format!("/product/{}", product.id)).await?;
    say(&format!("    GET  /product/{}", product.id));
    let query = format!("spec={}&term=PERIOD.month.1&quantity=1", product.specification);
    let page = browser.page(&format!("/buy/{}?{query}", product.id)).await?;
    let order = browser.post(&page, &format!("/buy/{}", product.id), &[("quantity", "1"), ("agreed", "on")]).await?;
    say(&format!("    POST /buy/…                         order {}", order.rsplit('/').next().unwrap_or_default()));

    let page = browser.page(&order).await?;
    browser.post(&page, &format!("{order}/pay"), &[("provider", "BALANCE")]).await?;
    say("    POST …/pay                          paid from the balance; the money is held");

    let order_id = order.rsplit('/').next().unwrap_or_default().to_owned();
    let instance = wait_until_open(app, buyer, &order_id).await?;
    show_wire(app, &order_id).await?;
    let page = browser.page(&format!("/buyer/services/{instance}")).await?;
    let address = page
        .split("href=\"")
        .filter_map(|part| part.split('"').next())
        .find(|href| href.starts_with("http://127.0.0.1:") && href.contains("/app/"))
        .unwrap_or_default()
        .to_owned();
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

async fn find_product(app: &App) -> Result<Found, String> {
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
    let view = app.product_view(&id).await.map_err(|e| e.to_string())?;
    let specification = view
        .product
        .content
        .shown()
        .find(|s| s.prices.iter().any(|p| p.period == Some(domain::catalogue::kinds::PeriodType::Month)))
        .ok_or("the product has no monthly price")?;
    Ok(Found { id, name: view.product.name.zh.clone(), specification: specification.id.clone() })
}

/// Prints what went over the wire, from the records that operators see too.
async fn show_wire(app: &App, order_id: &str) -> Result<(), String> {
    let mail = demo_market::market().operators.first().map(|o| o.mail.clone()).unwrap_or_default();
    let token = app.log_in(&mail, PASSWORD, "demo").await.map_err(|e| e.to_string())?;
    let session = app.session(&token).await.map_err(|e| e.to_string())?.ok_or("no session")?;
    let filter = store::fulfilment::CallFilter { order_id: Some(order_id.to_owned()), ..Default::default() };
    let side = app::ordering::Side::Market;
    let calls = app
        .calls(&session.actor, side, filter, app::PageRequest { oldest_first: true, ..app::PageRequest::default() })
        .await
        .map_err(|e| e.to_string())?;
    for call in calls.items {
        let (_, attempts) = app.call(&session.actor, side, &call.id).await.map_err(|e| e.to_string())?;
        for attempt in attempts {
            say(&format!("\n    → seller  POST {}", attempt.url));
            say(&format!("              {}", attempt.request_body));
            let status = attempt.http_status.unwrap_or(0);
            say(&format!("    ← seller  {status} {} ({} µs)", attempt.response_body, attempt.duration_micros));
        }
    }
    Ok(())
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
