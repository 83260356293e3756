//! The shop of a seller.

use crate::ready;
use crate::shelf::{self, Menu};
use app::shelf::CategoryTree;
use axum::extract::Path;
use axum::http::HeaderMap;
use search::{SearchRequest, Sort};
use store::identity::Organisation;
use web_kit::paths::with_pairs;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Shop {
    menu: Menu,
    name: String,
    legal_name: String,
    logo: String,
    profile: String,
    website: String,
    email: String,
    phone: String,
    total: String,
    cards: minijinja::Value,
    q: String,
    prev: String,
    next: String,
    id: String,
}

fn render(page: &Page, seller: &Organisation, tree: &CategoryTree) -> Result<String, PageError> {
    let cursor = Some(page.query("cursor").to_owned()).filter(|c| !c.is_empty());
    let request = SearchRequest {
        seller_id: Some(seller.id.clone()),
        sort: if page.query("q").is_empty() { Sort::Sales } else { Sort::Relevance },
        cursor: cursor.clone(),
        ..shelf::request(page, page.query("q"))
    };
    let found = match page.app().search(&request) {
        Err(AppError::Refused(_)) => page.app().search(&SearchRequest { cursor: None, ..request })?,
        other => other?,
    };
    let total = i64::try_from(found.total).unwrap_or(i64::MAX);
    let next = found.next_cursor.as_deref().map(|c| with_query(page, &[("cursor", c)]));
    let name = page.pick(&seller.name).to_owned();
    let cards: Vec<_> = found.hits.iter().map(|hit| shelf::card(page, hit)).collect();
    let context = Shop {
        menu: shelf::menu(page, tree)?,
        name: name.clone(),
        legal_name: seller.legal_name.clone(),
        logo: seller.logo.as_ref().map_or(String::new(), |id| format!("/files/{id}")),
        profile: page.pick(&seller.profile).to_owned(),
        website: seller.website.clone(),
        email: seller.service_email.clone(),
        phone: seller.service_phone.clone(),
        total: page.tx("public-product-count", &[("count", total.into())]),
        cards: shelf::grid(page, &cards)?,
        q: page.query("q").chars().take(100).collect(),
        prev: cursor.map_or(String::new(), |_| with_pairs(page.path(), [("q", page.query("q"))])),
        next: next.unwrap_or_default(),
        id: seller.id.clone(),
    };
    let shown = page.clone().title(name.clone()).crumb_key("public-home", "/").crumb(name, "");
    shown.fragment("public/shop.html", &context)
}

/// `GET /shop/{id}`.
pub async fn show(page: Page, Path(id): Path<String>, headers: HeaderMap) -> PageResult {
    let seller = page.app().shop(&id).await?;
    let tree = page.app().category_tree().await?;
    ready::answer(&page, &headers, || render(&page, &seller, &tree))
}
