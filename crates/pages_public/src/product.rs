//! The product page and the price of a choice.

use crate::offer::{self, Asked, Term};
use crate::ready;
use crate::shelf::{self, Badge, Card, Menu};
use app::shelf::{CategoryTree, ProductView};
use axum::extract::Path;
use axum::http::HeaderMap;
use domain::catalogue::content::{Highlight, ProductContent, Specification};
use domain::catalogue::kinds::BillingMode;
use domain::catalogue::product::ProductState;
use domain::identity::SellerState;
use domain::money::Money;
use domain::ordering::pricing::{self, Choice};
use minijinja::Value;
use search::{SearchRequest, Sort};
use web_kit::filters::money_text;
use web_kit::prelude::*;

#[derive(Serialize)]
struct ProductPage {
    menu: Menu,
    name: String,
    logo: String,
    summary: String,
    description: String,
    canonical: String,
    hidden: bool,
    rating: Option<f64>,
    sales: String,
    badges: Vec<Badge>,
    seller: String,
    seller_href: String,
    body: Value,
    open: bool,
    closed_tone: &'static str,
    closed_title: String,
    closed_text: String,
    chooser: Option<Chooser>,
    quote: QuoteBox,
    trial: bool,
    free: bool,
    id: String,
}

#[derive(Serialize)]
struct Chooser {
    action: String,
    quote: String,
    groups: Vec<ChoiceGroup>,
    quantity: Option<Quantity>,
}

#[derive(Serialize)]
struct ChoiceGroup {
    name: &'static str,
    legend: String,
    value: String,
    options: Vec<web_kit::page::Choice>,
}

#[derive(Serialize)]
struct Quantity {
    name: &'static str,
    label: String,
    value: i64,
    min: i64,
    max: i64,
}

/// A line above a sum.
#[derive(Serialize)]
pub struct Line {
    /// Name.
    pub label: String,
    /// Value.
    pub text: String,
    /// Whether it is the sum itself.
    pub strong: bool,
}

/// What a choice costs, as the price box shows it.
#[derive(Serialize, Default)]
pub struct QuoteBox {
    /// What is to be paid.
    pub total: Option<Money>,
    /// How it comes about.
    pub lines: Vec<Line>,
    /// Trial and refund, or why there is no price.
    pub note: String,
}

#[derive(Serialize)]
struct Body {
    tabs: Vec<Tab>,
    pictures: Vec<Picture>,
    highlights: Vec<Point>,
    description: String,
    cases: Vec<Point>,
    heads: Vec<String>,
    rows: Vec<Row>,
    guide: String,
    support: Vec<Fact>,
    agreement: String,
    facts: Vec<Fact>,
    tags: Vec<String>,
    seller: SellerCard,
    related: Vec<Card>,
}

#[derive(Serialize)]
struct Tab {
    text: String,
    href: &'static str,
}

#[derive(Serialize)]
struct Picture {
    src: String,
    id: String,
    alt: String,
}

#[derive(Serialize)]
struct Point {
    title: String,
    text: String,
}

#[derive(Serialize)]
struct Row {
    name: String,
    cells: Vec<String>,
}

#[derive(Serialize)]
struct Fact {
    label: String,
    text: String,
}

#[derive(Serialize)]
struct SellerCard {
    href: String,
    name: String,
    legal_name: String,
    logo: String,
    profile: String,
}

/// An amount in the language of the page.
pub fn amount(page: &Page, money: Money) -> String {
    money_text(&money.to_decimal(), money.currency().code(), page.language())
}

/// Words of a term: `3 months`, `One-time`.
pub fn term_text(page: &Page, term: Term) -> String {
    match term.period {
        Some(period) => page.tx(&format!("periods-{}", period.code()), &[("count", term.periods.into())]),
        None => page.t(&format!("mode-{}", term.mode.code())),
    }
}

/// `/month` behind the price of a period.
fn unit(page: &Page, choice: &Choice) -> String {
    choice.period.map_or(String::new(), |p| page.t(&format!("public-unit-{}", p.code())))
}

/// That the money comes back without a reason, and for how long.
pub fn refund_note(page: &Page) -> String {
    let days = page.app().settings().refund_no_reason_days;
    page.tx("product-note-refund", &[("days", days.into())])
}

/// What a choice costs.
pub fn quote_box(page: &Page, specification: &Specification, choice: &Choice) -> QuoteBox {
    let line = |key: &str, text: String| Line { label: page.t(key), text, strong: false };
    let mut lines = vec![
        line("product-specification", page.pick(&specification.name).to_owned()),
        line("product-term", term_text(page, offer::term_of(choice))),
    ];
    let quote = match pricing::quote(specification, choice) {
        Ok(quote) => quote,
        Err(error) => {
            let note = page.error_text(&AppError::Refused(error.code()));
            return QuoteBox { total: None, lines, note };
        }
    };
    if let Some(days) = quote.trial_days {
        lines.truncate(1);
        let text = page.tx("product-trial-days", &[("days", i64::from(days).into())]);
        lines.push(line("product-term", text));
    } else if quote.unit_price.is_positive() {
        lines.push(line("product-unit-price", format!("{}{}", amount(page, quote.unit_price), unit(page, choice))));
        lines.push(line("product-quantity", format!("× {}", choice.quantity)));
    }
    let mut notes = Vec::new();
    if let (Some(days), false, BillingMode::Period) = (specification.trial_days, choice.trial, choice.mode) {
        notes.push(page.tx("product-note-trial", &[("days", i64::from(days).into())]));
    }
    if specification.no_reason_refund && quote.payable.is_positive() && choice.mode == BillingMode::Period {
        notes.push(refund_note(page));
    }
    let gap = if page.language() == domain::text::Language::En { " " } else { "" };
    QuoteBox { total: Some(quote.payable), lines, note: notes.join(gap) }
}

fn chooser(page: &Page, id: &str, content: &ProductContent, asked: &Asked) -> Option<(Chooser, QuoteBox)> {
    let (specification, choice) = offer::pick(content, asked)?;
    let all = offer::specifications(content, asked);
    let option = |value: String, text: String| web_kit::page::Choice { value, text };
    let groups = vec![
        ChoiceGroup {
            name: "spec",
            legend: page.t("product-specification"),
            value: specification.id.clone(),
            options: all.iter().map(|s| option(s.id.clone(), page.pick(&s.name).to_owned())).collect(),
        },
        ChoiceGroup {
            name: "term",
            legend: page.t("product-term"),
            value: offer::term_of(&choice).code(),
            options: offer::terms(&all).into_iter().map(|t| option(t.code(), term_text(page, t))).collect(),
        },
    ];
    let counted = all.iter().flat_map(|s| &s.prices).any(|p| p.mode != BillingMode::Free);
    let quantity = counted.then(|| Quantity {
        name: "quantity",
        label: page.t("product-quantity"),
        value: choice.quantity,
        min: 1,
        max: offer::MOST,
    });
    let quote = format!("/product/{id}/quote");
    let chooser = Chooser { action: format!("/buy/{id}"), quote, groups, quantity };
    Some((chooser, quote_box(page, specification, &choice)))
}

/// Why a product cannot be bought now; empty when it can.
pub fn closed(view: &ProductView) -> &'static str {
    match view.product.state {
        ProductState::Discontinued => "discontinued",
        ProductState::Suspended => "suspended",
        _ if view.seller.frozen || view.seller.seller_state != SellerState::Active => "suspended",
        _ => "",
    }
}

fn comparison(page: &Page, all: &[&Specification]) -> Vec<Row> {
    let price_of = |s: &&Specification| {
        let texts = s.prices.iter().map(|p| {
            if p.price.is_zero() {
                return page.t("public-free");
            }
            let unit = p.period.map_or(String::new(), |u| page.t(&format!("public-unit-{}", u.code())));
            let mode = if p.period.is_some() { String::new() } else { page.t(&format!("mode-{}", p.mode.code())) };
            format!("{}{unit} {mode}", amount(page, p.price)).trim().to_owned()
        });
        texts.collect::<Vec<_>>().join("\n")
    };
    let row = |key: &str, cells: Vec<String>| Row { name: page.t(key), cells };
    let mut rows = vec![row("product-price", all.iter().map(price_of).collect())];
    if all.iter().any(|s| !s.description.is_empty()) {
        let cells = all.iter().map(|s| page.pick(&s.description).to_owned()).collect();
        rows.push(row("product-contains", cells));
    }
    let mut names: Vec<&str> = Vec::new();
    for name in all.iter().flat_map(|s| &s.attributes).map(|a| page.pick(&a.name)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        let value = |s: &&Specification| {
            let found = s.attributes.iter().find(|a| page.pick(&a.name) == name);
            found.map_or("—", |a| page.pick(&a.value)).to_owned()
        };
        rows.push(Row { name: name.to_owned(), cells: all.iter().map(value).collect() });
    }
    let trial = |s: &&Specification| match s.trial_days {
        Some(days) => page.tx("product-trial-days", &[("days", i64::from(days).into())]),
        None => "—".to_owned(),
    };
    rows.push(row("product-trial", all.iter().map(trial).collect()));
    let refund =
        |s: &&Specification| page.t(if s.no_reason_refund { "product-refund-yes" } else { "product-refund-no" });
    rows.push(row("product-refund", all.iter().map(refund).collect()));
    rows
}

fn points(page: &Page, list: &[Highlight]) -> Vec<Point> {
    let own = |h: &Highlight| Point { title: page.pick(&h.title).to_owned(), text: page.pick(&h.text).to_owned() };
    list.iter().map(own).collect()
}

fn related(page: &Page, view: &ProductView) -> Vec<Card> {
    let request = SearchRequest { seller_id: Some(view.seller.id.clone()), ..shelf::row(page, Sort::Sales, 5) };
    let Ok(found) = page.app().search(&request) else { return Vec::new() };
    let others = found.hits.iter().filter(|h| h.product_id != view.product.id);
    others.take(4).map(|h| shelf::card(page, h)).collect()
}

fn support(page: &Page, content: &ProductContent) -> Vec<Fact> {
    let s = &content.support;
    let hours = match (page.pick(&s.hours), s.zone.as_str()) {
        (hours, zone) if zone.is_empty() || hours.contains(zone) => hours.to_owned(),
        (hours, zone) => format!("{hours} ({zone})"),
    };
    let facts = [
        ("product-support-hours", hours),
        ("product-support-content", page.pick(&s.content).to_owned()),
        ("product-support-hotline", s.hotline.clone()),
        ("product-support-email", s.email.clone()),
    ];
    facts.into_iter().map(|(key, text)| Fact { label: page.t(key), text }).collect()
}

fn facts(page: &Page, view: &ProductView) -> Vec<Fact> {
    let released =
        view.product.released_at.map_or(String::new(), |at| web_kit::filters::date_text(at, page.language()));
    let kind = page.t(&format!("access-type-{}", view.product.access_type.code()));
    let facts = [
        ("product-version", view.product.content.version.clone()),
        ("product-access-type", kind),
        ("product-released", released),
        ("product-id", view.product.id.clone()),
    ];
    facts.into_iter().filter(|(_, t)| !t.is_empty()).map(|(key, text)| Fact { label: page.t(key), text }).collect()
}

fn tabs(page: &Page, body: &Body) -> Vec<Tab> {
    let entries = [
        ("description", "#description", !body.description.is_empty()),
        ("specifications", "#specifications", !body.heads.is_empty()),
        ("cases", "#cases", !body.cases.is_empty()),
        ("guide", "#guide", !body.guide.is_empty()),
        ("support", "#support", true),
    ];
    let shown = entries.into_iter().filter(|(_, _, shown)| *shown);
    shown.map(|(key, href, _)| Tab { text: page.t(&format!("product-tab-{key}")), href }).collect()
}

/// The part of the page that is the same for everybody: texts, tables, pictures.
fn body(page: &Page, view: &ProductView, asked: &Asked) -> Result<String, PageError> {
    let content = &view.product.content;
    let all = offer::specifications(content, asked);
    let name = page.pick(&content.name);
    let seller = &view.seller;
    let picture = |(i, id): (usize, &String)| Picture {
        src: format!("/files/{id}"),
        id: format!("picture-{}", i + 1),
        alt: page.tx("product-picture", &[("name", name.into()), ("number", (i as i64 + 1).into())]),
    };
    let mut body = Body {
        tabs: Vec::new(),
        pictures: content.pictures.iter().enumerate().map(picture).collect(),
        highlights: points(page, &content.highlights),
        description: page.pick(&content.description).to_owned(),
        cases: points(page, &content.cases),
        heads: all.iter().map(|s| page.pick(&s.name).to_owned()).collect(),
        rows: comparison(page, &all),
        guide: page.pick(&content.usage_guide).to_owned(),
        support: support(page, content),
        agreement: page.pick(&content.agreement).to_owned(),
        facts: facts(page, view),
        tags: content.tags.iter().map(|tag| page.pick(tag).to_owned()).collect(),
        seller: SellerCard {
            href: format!("/shop/{}", seller.id),
            name: page.pick(&seller.name).to_owned(),
            legal_name: seller.legal_name.clone(),
            logo: seller.logo.as_ref().map_or(String::new(), |id| format!("/files/{id}")),
            profile: page.pick(&seller.profile).to_owned(),
        },
        related: related(page, view),
    };
    body.tabs = tabs(page, &body);
    page.fragment("public/product_body.html", &body)
}

/// Key of the static part. A hidden specification makes its own.
fn body_key(page: &Page, view: &ProductView, asked: &Asked) -> String {
    let hidden = view.product.content.specification(&asked.specification).filter(|s| s.hidden);
    format!(
        "product|{}|{}|{}|{}|{}",
        page.language().code(),
        view.product.id,
        view.product.version,
        page.app().shelf_generation(),
        hidden.map_or("", |s| s.id.as_str())
    )
}

fn context(page: &Page, view: &ProductView, tree: &CategoryTree, asked: &Asked) -> Result<ProductPage, PageError> {
    let product = &view.product;
    let content = &product.content;
    let body = page.web().cached_fragment(&body_key(page, view, asked), || body(page, view, asked))?;
    let why = closed(view);
    let offered = if why.is_empty() { chooser(page, &product.id, content, asked) } else { None };
    let (chooser, quote) = offered.map_or((None, QuoteBox::default()), |(c, q)| (Some(c), q));
    let why = if why.is_empty() && chooser.is_none() { "suspended" } else { why };
    let words = |part: &str| if why.is_empty() { String::new() } else { page.t(&format!("product-{why}-{part}")) };
    let mut badges = vec![Badge::new("neutral", page.t(&format!("access-type-{}", product.access_type.code())))];
    if content.has_trial() {
        badges.push(Badge::new("info", page.t("public-badge-trial")));
    }
    if content.has_free() {
        badges.push(Badge::new("success", page.t("public-badge-free")));
    }
    Ok(ProductPage {
        menu: shelf::menu(page, tree)?,
        name: page.pick(&content.name).to_owned(),
        logo: content.logo.as_ref().map_or(String::new(), |id| format!("/files/{id}")),
        summary: page.pick(&content.summary).to_owned(),
        description: page.pick(&content.summary).chars().take(160).collect(),
        canonical: format!("{}/product/{}", page.app().options().base_url, product.id),
        hidden: !product.public_sale || !why.is_empty(),
        rating: shelf::stars(product.rating_x100),
        sales: shelf::sales_text(page, product.sales),
        badges,
        seller: page.pick(&view.seller.name).to_owned(),
        seller_href: format!("/shop/{}", view.seller.id),
        body,
        open: chooser.is_some(),
        closed_tone: if why == "discontinued" { "warning" } else { "info" },
        closed_title: words("title"),
        closed_text: words("text"),
        trial: offer::specifications(content, asked).iter().any(|s| s.trial_days.is_some()),
        free: quote.total.is_some_and(Money::is_zero),
        chooser,
        quote,
        id: product.id.clone(),
    })
}

/// The whole page of a product.
pub(crate) fn render(page: &Page, view: &ProductView, tree: &CategoryTree) -> Result<String, PageError> {
    let context = context(page, view, tree, &Asked::read(|name| page.query(name)))?;
    let mut shown = page.clone().title(context.name.clone()).crumb_key("public-home", "/");
    let main = view.product.content.categories.first();
    for id in main.map(|id| tree.path(id)).unwrap_or_default() {
        if let Some(category) = tree.get(&id) {
            shown = shown.crumb(page.pick(&category.name), shelf::category_href(&id));
        }
    }
    shown.crumb(context.name.clone(), "").fragment("public/product.html", &context)
}

/// `GET /product/{id}`.
pub async fn show(page: Page, Path(id): Path<String>, headers: HeaderMap) -> PageResult {
    let view = page.app().product_view(&id).await?;
    let tree = page.app().category_tree().await?;
    ready::answer(&page, &headers, || render(&page, &view, &tree))
}

#[derive(Serialize)]
struct QuoteContext {
    quote: QuoteBox,
}

/// `GET /product/{id}/quote`: the price box for a choice, fetched while the visitor chooses.
pub async fn quote(page: Page, Path(id): Path<String>) -> PageResult {
    let view = page.app().product_view(&id).await?;
    let asked = Asked::read(|name| page.query(name));
    let picked = offer::pick(&view.product.content, &asked).filter(|_| closed(&view).is_empty());
    let (specification, choice) = picked.ok_or_else(PageError::not_found)?;
    let context = QuoteContext { quote: quote_box(&page, specification, &choice) };
    Ok(Html(page.fragment("public/quote.html", &context)?).into_response())
}
