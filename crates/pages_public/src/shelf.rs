//! What every storefront page shows: the category menu, product cards, icons of categories.

use app::shelf::{CategoryTree, search_language};
use domain::text::Language;
use search::{FacetCount, Hit, SearchRequest, Segment, Sort};
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};
use web_kit::prelude::*;

/// An entry of the category menu.
#[derive(Serialize)]
pub struct MenuItem {
    text: String,
    href: String,
    icon: &'static str,
    children: Vec<MenuItem>,
}

/// A badge on a card.
#[derive(Serialize)]
pub struct Badge {
    tone: &'static str,
    text: String,
}

impl Badge {
    /// A badge.
    pub fn new(tone: &'static str, text: String) -> Badge {
        Badge { tone, text }
    }
}

/// A product in a list.
#[derive(Serialize)]
pub struct Card {
    href: String,
    name: String,
    name_parts: Vec<Segment>,
    summary_parts: Vec<Segment>,
    seller: String,
    logo: String,
    price: Value,
    unit: String,
    price_note: String,
    from: bool,
    rating: Option<f64>,
    sales: String,
    badges: Vec<Badge>,
    tags: Vec<String>,
}

/// The icon of the sprite for the icon name of a category.
pub fn icon(name: &str) -> &'static str {
    match name {
        "layers" => "layers",
        "globe" => "globe",
        "calculator" => "receipt",
        "users" => "users",
        "handshake" => "handshake",
        "message-square" | "message" => "message",
        "bar-chart" | "chart" => "chart",
        "shield" => "shield",
        "tool" | "settings" => "settings",
        "factory" | "building" => "building",
        "briefcase" => "file",
        "phone" => "bell",
        "code" => "code",
        "truck" => "truck",
        _ => "grid",
    }
}

/// Address of a category.
pub fn category_href(id: &str) -> String {
    format!("/category/{id}")
}

/// The category menu of the frame around every page, as ready HTML.
#[derive(Serialize)]
pub struct Menu {
    panel: minijinja::Value,
    links: minijinja::Value,
}

#[derive(Serialize)]
struct MenuParts {
    categories: Vec<MenuItem>,
}

/// The menu for the frame: made once for a tree and a language. Rendering it anew would cost more
/// than many a page.
pub fn menu(page: &Page, tree: &CategoryTree) -> Result<Menu, PageError> {
    let language = page.language();
    let mut hasher = DefaultHasher::new();
    for c in &tree.all {
        (&c.id, &c.parent_id, &c.name.zh, &c.name.en).hash(&mut hasher);
    }
    let key = hasher.finish();
    let part = |name: &str| {
        let template = format!("public/category_{name}.html");
        page.web().cached_fragment(&format!("categories|{name}|{}|{key:x}", language.code()), || {
            page.fragment(&template, &MenuParts { categories: categories(tree, language) })
        })
    };
    Ok(Menu { panel: part("panel")?, links: part("links")? })
}

/// The category tree in two levels.
pub fn categories(tree: &CategoryTree, language: Language) -> Vec<MenuItem> {
    let item = |c: &store::catalogue::Category, children| MenuItem {
        text: c.name.get(language).to_owned(),
        href: category_href(&c.id),
        icon: icon(&c.icon),
        children,
    };
    tree.children(None)
        .map(|top| item(top, tree.children(Some(&top.id)).map(|c| item(c, Vec::new())).collect()))
        .collect()
}

/// A first page for `text` in the language of the page.
pub fn request(page: &Page, text: &str) -> SearchRequest {
    SearchRequest::new(text.chars().take(100).collect::<String>(), search_language(page.language()))
}

/// The best hits in an order, for a row of cards.
pub fn row(page: &Page, sort: Sort, limit: usize) -> SearchRequest {
    SearchRequest { sort, limit, ..request(page, "") }
}

fn own<'c>(card: &'c Value, zh: &str, en: &str, language: Language) -> &'c str {
    let (first, second) = if language == Language::Zh { (zh, en) } else { (en, zh) };
    let get = |name: &str| card.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
    get(first).or_else(|| get(second)).unwrap_or("")
}

fn flag(card: &Value, name: &str) -> bool {
    card.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// The seller's name on a card.
pub fn seller_name(card: &Value, language: Language) -> &str {
    own(card, "seller_zh", "seller_en", language)
}

/// Stars of a rating in hundredths; none where nobody has rated.
pub fn stars(rating_x100: i64) -> Option<f64> {
    (rating_x100 > 0).then(|| rating_x100 as f64 / 100.0)
}

/// Words for a number of sales; empty for none.
pub fn sales_text(page: &Page, sales: i64) -> String {
    if sales > 0 { page.tx("public-sales", &[("count", sales.into())]) } else { String::new() }
}

/// A found product as a card.
pub fn card(page: &Page, hit: &Hit) -> Card {
    let (card, language) = (&hit.card, page.language());
    let price = card.get("price").cloned().unwrap_or(Value::Null);
    let (free, trial) = (flag(card, "free"), flag(card, "trial"));
    let unit = match card.get("unit").and_then(Value::as_str) {
        Some(code) if !price.is_null() => page.t(&format!("public-unit-{code}")),
        _ => String::new(),
    };
    let price_note = match (price.is_null(), free) {
        (true, true) => page.t("public-free"),
        (true, false) => page.t("public-ask-price"),
        (false, _) => String::new(),
    };
    let mut badges = Vec::new();
    if trial {
        badges.push(Badge::new("info", page.t("public-badge-trial")));
    }
    if free {
        badges.push(Badge::new("success", page.t("public-badge-free")));
    }
    let tags = card.get("tags").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let number = |name: &str| card.get(name).and_then(Value::as_i64).unwrap_or(0);
    Card {
        href: format!("/product/{}", hit.product_id),
        name: own(card, "name_zh", "name_en", language).to_owned(),
        name_parts: hit.name.clone(),
        summary_parts: hit.summary.clone(),
        seller: seller_name(card, language).to_owned(),
        logo: card.get("logo").and_then(Value::as_str).map_or(String::new(), |id| format!("/files/{id}")),
        from: !price.is_null(),
        price,
        unit,
        price_note,
        rating: stars(number("rating_x100")),
        sales: sales_text(page, number("sales")),
        badges,
        tags: tags.iter().map(|tag| own(tag, "zh", "en", language).to_owned()).take(2).collect(),
    }
}

/// The cards of a request; nothing where the index cannot answer.
pub fn cards(page: &Page, request: &SearchRequest) -> Vec<Card> {
    page.app().search(request).map_or_else(
        |error| {
            tracing::warn!(%error, "a row of cards stays empty");
            Vec::new()
        },
        |found| found.hits.iter().map(|hit| card(page, hit)).collect(),
    )
}

/// The count of a value among the counts of a group.
pub fn count_of(counts: &[FacetCount], value: &str) -> u64 {
    counts.iter().find(|c| c.value == value).map_or(0, |c| c.count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_missing_translation_shows_the_other_language() {
        let card = json!({"seller_zh": "漪纹数据", "seller_en": ""});
        assert_eq!(seller_name(&card, Language::En), "漪纹数据");
        assert_eq!(seller_name(&json!({}), Language::Zh), "");
    }

    #[test]
    fn nobody_has_rated_is_not_zero_stars() {
        assert_eq!(stars(0), None);
        assert_eq!(stars(460), Some(4.6));
    }
}
