//! The home page.

use crate::ready;
use crate::shelf::{self, Menu, MenuItem};
use app::shelf::CategoryTree;
use axum::http::HeaderMap;
use search::{SearchRequest, Sort};
use web_kit::prelude::*;

#[derive(Serialize)]
struct Home {
    menu: Menu,
    categories: Vec<MenuItem>,
    sections: Vec<Section>,
    sellers: Vec<SellerTile>,
    count: i64,
}

#[derive(Serialize)]
struct Section {
    title: String,
    hint: String,
    href: &'static str,
    cards: minijinja::Value,
}

#[derive(Serialize)]
struct SellerTile {
    href: String,
    name: String,
    products: String,
    rating: String,
}

fn section(page: &Page, key: &str, href: &'static str, request: &SearchRequest) -> Result<Section, PageError> {
    let hint = page.t(&format!("home-{key}-hint"));
    Ok(Section { title: page.t(&format!("home-{key}")), hint, href, cards: shelf::cards(page, request)? })
}

/// Sellers of the best rated products, each once.
fn sellers(page: &Page) -> Vec<SellerTile> {
    let Ok(found) = page.app().search(&shelf::row(page, Sort::Rating, 60)) else {
        return Vec::new();
    };
    let mut seen: Vec<&str> = Vec::new();
    let mut tiles = Vec::new();
    for hit in &found.hits {
        let Some(id) = hit.card.get("seller_id").and_then(serde_json::Value::as_str) else { continue };
        if seen.contains(&id) || tiles.len() == 6 {
            continue;
        }
        seen.push(id);
        let own = SearchRequest { seller_id: Some(id.to_owned()), ..shelf::row(page, Sort::Sales, 1) };
        let total = page.app().search(&own).map_or(0, |r| i64::try_from(r.total).unwrap_or(i64::MAX));
        let rating = hit.card.get("rating_x100").and_then(serde_json::Value::as_i64).unwrap_or(0);
        tiles.push(SellerTile {
            href: format!("/shop/{id}"),
            name: shelf::seller_name(&hit.card, page.language()).to_owned(),
            products: page.tx("public-product-count", &[("count", total.into())]),
            rating: shelf::stars(rating).map_or(String::new(), |stars| stars.to_string()),
        });
    }
    tiles
}

fn context(page: &Page, tree: &CategoryTree) -> Result<Home, PageError> {
    let trial = SearchRequest { has_trial: Some(true), ..shelf::row(page, Sort::Sales, 4) };
    Ok(Home {
        menu: shelf::menu(page, tree)?,
        categories: shelf::categories(tree, page.language()),
        sections: vec![
            section(page, "hot", "/search?sort=sales", &shelf::row(page, Sort::Sales, 8))?,
            section(page, "new", "/search?sort=newest", &shelf::row(page, Sort::Newest, 4))?,
            section(page, "trial", "/search?trial=1", &trial)?,
        ],
        sellers: sellers(page),
        count: i64::try_from(page.app().shelf_size()).unwrap_or(i64::MAX),
    })
}

/// `GET /`.
pub async fn show(page: Page, headers: HeaderMap) -> PageResult {
    let tree = page.app().category_tree().await?;
    ready::answer(&page, &headers, || {
        page.clone().title_key("home-title").fragment("public/home.html", &context(&page, &tree)?)
    })
}
