//! Agreements that the organisation has signed.

use crate::views::Fact;
use axum::extract::Path;
use domain::access::Right;
use domain::time::Timestamp;
use store::ordering::Signature;
use web_kit::filters::datetime_text;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Row {
    href: String,
    title: String,
    order_id: String,
    order_href: String,
    signed_at: Timestamp,
    hash: String,
}

#[derive(Serialize)]
struct ListPage {
    agreements: Vec<Row>,
}

#[derive(Serialize)]
struct AgreementPage {
    facts: Vec<Fact>,
    text: String,
}

fn row(page: &Page, signature: &Signature) -> Row {
    Row {
        href: format!("/buyer/agreements/{}", signature.order_id),
        title: page.pick(&signature.title).to_owned(),
        order_id: signature.order_id.clone(),
        order_href: format!("/buyer/orders/{}", signature.order_id),
        signed_at: signature.signed_at,
        hash: signature.text_hash.chars().take(12).collect(),
    }
}

/// GET /buyer/agreements
pub async fn list(page: Page) -> PageResult {
    page.require_right(Right::OrderView)?;
    let found = page.app().agreements(page.actor()).await?;
    let ctx = ListPage { agreements: found.iter().map(|s| row(&page, s)).collect() };
    Ok(page
        .console("buyer")
        .title_key("nav-buyer-agreements")
        .crumb_key("console-buyer", "/buyer")
        .crumb_key("nav-buyer-agreements", "")
        .render("buyer/agreements.html", &ctx))
}

/// GET /buyer/agreements/{order}
pub async fn show(page: Page, Path(order): Path<String>) -> PageResult {
    page.require_right(Right::OrderView)?;
    let found = page.app().agreements(page.actor()).await?;
    let signature = found.into_iter().find(|s| s.order_id == order).ok_or_else(PageError::not_found)?;
    let signed = datetime_text(signature.signed_at, page.language(), true);
    let ctx = AgreementPage {
        facts: vec![
            Fact::new(&page, "buyer-col-order", order.clone()).link(format!("/buyer/orders/{order}")),
            Fact::new(&page, "buyer-col-signed", signed),
            Fact::new(&page, "buyer-agreement-hash", signature.text_hash).code(),
        ],
        text: signature.text,
    };
    let title = page.pick(&signature.title).to_owned();
    Ok(page
        .console("buyer")
        .title(title.clone())
        .crumb_key("console-buyer", "/buyer")
        .crumb_key("nav-buyer-agreements", "/buyer/agreements")
        .crumb(title, "")
        .render("buyer/agreement.html", &ctx))
}
