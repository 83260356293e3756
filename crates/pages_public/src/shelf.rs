//! What every storefront page shows: the category menu, product cards, icons of categories.

use app::shelf::{CategoryTree, search_language};
use askama::Template;
use domain::text::Language;
use search::{FacetCount, Hit, SearchRequest, Segment, Sort};
use serde_json::Value;
use std::borrow::Cow;
use web_kit::filters::money_text;
use web_kit::pieces::{Kit, Link, Stars};
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
pub struct Badge<'p> {
    /// Its colour.
    pub tone: &'static str,
    /// Words.
    pub text: Cow<'p, str>,
}

/// A product in a list.
pub struct Card<'p> {
    /// Address of its page.
    pub href: String,
    /// Name.
    pub name: &'p str,
    /// The name again, in pieces that match the visitor's words or do not.
    pub name_parts: Cow<'p, [Segment]>,
    /// A line about it, in such pieces.
    pub summary_parts: Cow<'p, [Segment]>,
    /// Name of the seller.
    pub seller: &'p str,
    /// Address of the picture; empty for none.
    pub logo: String,
    /// Lowest price as it is shown.
    pub price: Option<String>,
    /// `/month` behind it.
    pub unit: Cow<'p, str>,
    /// Words in the place of a price.
    pub price_note: Cow<'p, str>,
    /// Rating; none where nobody has rated.
    pub rating: Option<Stars>,
    /// Words for the number of sales.
    pub sales: String,
    /// Badges.
    pub badges: Vec<Badge<'p>>,
    /// The first tags.
    pub tags: Vec<&'p str>,
}

#[derive(Template)]
#[template(source = "{% import \"shop.html\" as shop %}{{ shop::product_grid(cards) }}", ext = "html")]
struct Grid<'p> {
    k: &'p Kit,
    cards: &'p [Card<'p>],
}

/// Filters beside a list, with their name.
pub struct FacetGroup {
    /// Words above.
    pub legend: String,
    /// What can be chosen.
    pub options: Vec<Link>,
}

#[derive(Template)]
#[template(source = "{% import \"shop.html\" as shop %}{{ shop::facets(groups, label) }}", ext = "html")]
struct Facets<'p> {
    groups: &'p [FacetGroup],
    label: &'p str,
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
    let part = |name: &str| {
        let template = format!("public/category_{name}.html");
        page.web().cached_fragment(&format!("categories|{name}|{}|{:x}", language.code(), tree.stamp), || {
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
pub fn stars(rating_x100: i64) -> Option<Stars> {
    (rating_x100 > 0).then_some(Stars(rating_x100))
}

/// Words for a number of sales; empty for none.
pub fn sales_text(page: &Page, sales: i64) -> String {
    if sales > 0 { page.tx("public-sales", &[("count", sales.into())]) } else { String::new() }
}

/// The badges of a trial and of something free.
pub fn badges(page: &Page, trial: bool, free: bool) -> Vec<Badge<'_>> {
    let badge = |tone, key| Badge { tone, text: page.kit().t(key) };
    let trial = trial.then(|| badge("info", "public-badge-trial"));
    trial.into_iter().chain(free.then(|| badge("success", "public-badge-free"))).collect()
}

/// A found product as a card.
pub fn card<'p>(page: &'p Page, hit: &'p Hit) -> Card<'p> {
    let (card, language, kit) = (&hit.card, page.language(), page.kit());
    let text = |value: &'p Value, name: &str| value.get(name).and_then(Value::as_str);
    let price = card
        .get("price")
        .filter(|p| !p.is_null())
        .map(|price| money_text(text(price, "amount").unwrap_or(""), text(price, "currency").unwrap_or(""), language));
    let free = flag(card, "free");
    let unit = match text(card, "unit") {
        Some(code) if price.is_some() => kit.t(&format!("public-unit-{code}")),
        _ => Cow::Borrowed(""),
    };
    let price_note = match (&price, free) {
        (None, true) => kit.t("public-free"),
        (None, false) => kit.t("public-ask-price"),
        (Some(_), _) => Cow::Borrowed(""),
    };
    let tags = card.get("tags").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let number = |name: &str| card.get(name).and_then(Value::as_i64).unwrap_or(0);
    Card {
        href: format!("/product/{}", hit.product_id),
        name: own(card, "name_zh", "name_en", language),
        name_parts: Cow::Borrowed(&hit.name),
        summary_parts: Cow::Borrowed(&hit.summary),
        seller: seller_name(card, language),
        logo: text(card, "logo").map_or(String::new(), |id| format!("/files/{id}")),
        price,
        unit,
        price_note,
        rating: stars(number("rating_x100")),
        sales: sales_text(page, number("sales")),
        badges: badges(page, flag(card, "trial"), free),
        tags: tags.iter().map(|tag| own(tag, "zh", "en", language)).take(2).collect(),
    }
}

/// Cards as HTML; empty where there are none.
pub fn grid(page: &Page, cards: &[Card]) -> Result<minijinja::Value, PageError> {
    if cards.is_empty() {
        return Ok(minijinja::Value::from_safe_string(String::new()));
    }
    let html = Grid { k: page.kit(), cards }.render().map_err(PageError::internal)?;
    Ok(minijinja::Value::from_safe_string(html))
}

/// Filters as HTML.
pub fn facets(groups: &[FacetGroup], label: &str) -> Result<minijinja::Value, PageError> {
    let html = Facets { groups, label }.render().map_err(PageError::internal)?;
    Ok(minijinja::Value::from_safe_string(html))
}

/// The cards of a request as HTML; nothing where the index cannot answer.
pub fn cards(page: &Page, request: &SearchRequest) -> Result<minijinja::Value, PageError> {
    match page.app().search(request) {
        Ok(found) => grid(page, &found.hits.iter().map(|hit| card(page, hit)).collect::<Vec<_>>()),
        Err(error) => {
            tracing::warn!(%error, "a row of cards stays empty");
            grid(page, &[])
        }
    }
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
        assert_eq!(stars(460), Some(Stars(460)));
    }
}
