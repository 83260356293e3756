//! The product page and the price of a choice.

use crate::frame::{self, Filling};
use crate::offer::{self, Asked};
use crate::quote::{amount, chooser, is_free, quote_box};
use crate::ready;
use crate::shelf::{self, Badge};
use app::shelf::{CategoryTree, ProductView};
use askama::Template;
use axum::extract::Path;
use axum::http::HeaderMap;
use domain::catalogue::content::{Highlight, ProductContent, Specification};
use domain::catalogue::product::ProductState;
use domain::identity::SellerState;
use domain::ordering::pricing::Choice;
use search::{SearchRequest, Sort};
use std::borrow::Cow;
use std::sync::Arc;
use web_kit::bridge;
use web_kit::pieces::{Chooser, Fact, Kit, Link, Markup, PriceBox, Stars};
use web_kit::prelude::*;

#[derive(Template)]
#[template(path = "product.html", blocks = ["head", "content"])]
struct ProductPage<'p> {
    k: &'p Kit,
    name: &'p str,
    logo: String,
    summary: &'p str,
    description: String,
    canonical: String,
    hidden: bool,
    rating: Option<Stars>,
    sales: String,
    badges: Vec<Badge<'p>>,
    seller: SellerCard<'p>,
    visit_shop: Markup<'static>,
    /// Address of the page.
    here: String,
    chooser: Option<Chooser>,
    quote: PriceBox,
    trial: bool,
    free: bool,
    closed_tone: &'static str,
    closed_title: Cow<'p, str>,
    closed_text: Cow<'p, str>,
    pictures: Vec<Picture>,
    tabs: Vec<Link>,
    highlights: Vec<Point<'p>>,
    description_html: Arc<str>,
    tags: Vec<&'p str>,
    heads: Vec<&'p str>,
    rows: Vec<Row<'p>>,
    cases: Vec<Point<'p>>,
    guide_html: Arc<str>,
    support: Vec<Fact<'p>>,
    agreement_html: Arc<str>,
    facts: Vec<Fact<'p>>,
    related: &'p str,
}

struct Picture {
    src: String,
    id: String,
    alt: String,
}

struct Point<'p> {
    title: &'p str,
    text: &'p str,
}

struct Row<'p> {
    name: Cow<'p, str>,
    cells: Vec<Cow<'p, str>>,
}

struct SellerCard<'p> {
    href: String,
    name: &'p str,
    legal_name: &'p str,
    logo: String,
    profile: &'p str,
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

fn comparison<'p>(page: &'p Page, all: &[&'p Specification]) -> Vec<Row<'p>> {
    let kit = page.kit();
    let price_of = |s: &&Specification| {
        let texts = s.prices.iter().map(|p| {
            if p.price.is_zero() {
                return page.t("public-free");
            }
            let unit = p.period.map_or(String::new(), |u| page.t(&format!("public-unit-{}", u.code())));
            let mode = if p.period.is_some() { String::new() } else { page.t(&format!("mode-{}", p.mode.code())) };
            format!("{}{unit} {mode}", amount(page, p.price)).trim().to_owned()
        });
        Cow::Owned(texts.collect::<Vec<_>>().join("\n"))
    };
    let row = |key, cells| Row { name: kit.t(key), cells };
    let mut rows = vec![row("product-price", all.iter().map(price_of).collect())];
    if all.iter().any(|s| !s.description.is_empty()) {
        let cells = all.iter().map(|s| Cow::Borrowed(page.pick(&s.description))).collect();
        rows.push(row("product-contains", cells));
    }
    let mut names: Vec<&'p str> = Vec::new();
    for name in all.iter().flat_map(|s| &s.attributes).map(|a| page.pick(&a.name)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        let value = |s: &&'p Specification| {
            let found = s.attributes.iter().find(|a| page.pick(&a.name) == name);
            Cow::Borrowed(found.map_or("—", |a| page.pick(&a.value)))
        };
        rows.push(Row { name: Cow::Borrowed(name), cells: all.iter().map(value).collect() });
    }
    let trial = |s: &&Specification| match s.trial_days {
        Some(days) => Cow::Owned(page.tx("product-trial-days", &[("days", i64::from(days).into())])),
        None => Cow::Borrowed("—"),
    };
    rows.push(row("product-trial", all.iter().map(trial).collect()));
    let refund =
        |s: &&Specification| kit.t(if s.no_reason_refund { "product-refund-yes" } else { "product-refund-no" });
    rows.push(row("product-refund", all.iter().map(refund).collect()));
    rows
}

fn points<'p>(page: &Page, list: &'p [Highlight]) -> Vec<Point<'p>> {
    list.iter().map(|h| Point { title: page.pick(&h.title), text: page.pick(&h.text) }).collect()
}

/// A row of other products of the seller, made once for all products that it stands below.
fn related(page: &Page, view: &ProductView) -> Result<minijinja::Value, PageError> {
    let request = SearchRequest { seller_id: Some(view.seller.id.clone()), ..shelf::row(page, Sort::Sales, 5) };
    let Ok(found) = page.app().search(&request) else { return shelf::grid(page, &[]) };
    let own = found.hits.iter().find(|h| h.product_id == view.product.id).map_or("", |h| h.product_id.as_str());
    let key = format!("related|{}|{}|{}|{own}", page.language().code(), found.generation, view.seller.id);
    page.web().cached_fragment(&key, || {
        let others = found.hits.iter().filter(|h| h.product_id != own);
        let cards: Vec<_> = others.take(4).map(|h| shelf::card(page, h)).collect();
        Ok(shelf::grid(page, &cards)?.to_string())
    })
}

fn support<'p>(page: &'p Page, content: &ProductContent) -> Vec<Fact<'p>> {
    let s = &content.support;
    let hours = match (page.pick(&s.hours), s.zone.as_str()) {
        (hours, zone) if zone.is_empty() || hours.contains(zone) => Markup::text(hours),
        (hours, zone) => Markup::text(&format!("{hours} ({zone})")),
    };
    let facts = [
        ("product-support-hours", hours),
        ("product-support-content", Markup::text(page.pick(&s.content))),
        ("product-support-hotline", Markup::text(&s.hotline)),
        ("product-support-email", Markup::text(&s.email)),
    ];
    facts.into_iter().map(|(key, text)| fact(page, key, text)).collect()
}

fn fact<'p>(page: &'p Page, key: &str, text: Markup<'p>) -> Fact<'p> {
    Fact { label: Markup::text(&page.kit().t(key)), text, ..Fact::default() }
}

fn facts<'p>(page: &'p Page, view: &ProductView) -> Vec<Fact<'p>> {
    let released =
        view.product.released_at.map_or(String::new(), |at| web_kit::filters::date_text(at, page.language()));
    let kind = page.kit().t(&format!("access-type-{}", view.product.access_type.code()));
    let facts = [
        ("product-version", view.product.content.version.as_str()),
        ("product-access-type", &kind),
        ("product-released", &released),
        ("product-id", &view.product.id),
    ];
    let shown = facts.into_iter().filter(|(_, text)| !text.is_empty());
    shown.map(|(key, text)| fact(page, key, Markup::text(text))).collect()
}

/// The tabs of the parts that there are.
fn tabs(page: &Page, content: &ProductContent, specifications: bool) -> Vec<Link> {
    let entries = [
        ("description", "#description", !page.pick(&content.description).is_empty()),
        ("specifications", "#specifications", specifications),
        ("cases", "#cases", !content.cases.is_empty()),
        ("guide", "#guide", !page.pick(&content.usage_guide).is_empty()),
        ("support", "#support", true),
    ];
    let shown = entries.into_iter().filter(|(_, _, shown)| *shown);
    let link = |key: &str, href: &str| Link {
        text: page.t(&format!("product-tab-{key}")),
        href: href.to_owned(),
        ..Link::default()
    };
    shown.map(|(key, href, _)| link(key, href)).collect()
}

fn pictures(page: &Page, content: &ProductContent) -> Vec<Picture> {
    let name = page.pick(&content.name);
    let picture = |(i, id): (usize, &String)| Picture {
        src: format!("/files/{id}"),
        id: format!("picture-{}", i + 1),
        alt: page.tx("product-picture", &[("name", name.into()), ("number", (i as i64 + 1).into())]),
    };
    content.pictures.iter().enumerate().map(picture).collect()
}

/// Address of a picture; empty for none.
fn file(id: Option<&String>) -> String {
    id.map_or(String::new(), |id| format!("/files/{id}"))
}

/// The address of the shop, as a button of a card.
fn visit_shop(page: &Page, href: &str) -> Result<Markup<'static>, PageError> {
    let made = bridge::small_link_button(page.kit(), &page.kit().t("product-visit-shop"), href, "store");
    made.map(Markup::ready).map_err(PageError::internal)
}

/// What the buying panel shows.
struct Panel<'p> {
    offered: Option<(&'p Specification, Choice)>,
    /// Why nothing can be bought; empty where something can.
    why: &'static str,
}

fn panel<'p>(view: &'p ProductView, asked: &Asked) -> Panel<'p> {
    match closed(view) {
        "" => match offer::pick(&view.product.content, asked) {
            Some(offered) => Panel { offered: Some(offered), why: "" },
            None => Panel { offered: None, why: "suspended" },
        },
        why => Panel { offered: None, why },
    }
}

fn context<'p>(
    page: &'p Page,
    view: &'p ProductView,
    asked: &Asked,
    related: &'p str,
) -> Result<ProductPage<'p>, PageError> {
    let (product, seller, kit) = (&view.product, &view.seller, page.kit());
    let content = &product.content;
    let all = offer::specifications(content, asked);
    let Panel { offered, why } = panel(view, asked);
    let offered = offered.as_ref().map(|(specification, choice)| (*specification, choice));
    let words = |part: &str| if why.is_empty() { Cow::default() } else { kit.t(&format!("product-{why}-{part}")) };
    let mut badges =
        vec![Badge { tone: "neutral", text: kit.t(&format!("access-type-{}", product.access_type.code())) }];
    badges.extend(shelf::badges(page, content.has_trial(), content.has_free()));
    let seller_href = format!("/shop/{}", seller.id);
    Ok(ProductPage {
        k: kit,
        name: page.pick(&content.name),
        logo: file(content.logo.as_ref()),
        summary: page.pick(&content.summary),
        description: page.pick(&content.summary).chars().take(160).collect(),
        canonical: format!("{}/product/{}", page.app().options().base_url, product.id),
        hidden: !product.public_sale || !why.is_empty(),
        rating: shelf::stars(product.rating_x100),
        sales: shelf::sales_text(page, product.sales),
        badges,
        visit_shop: visit_shop(page, &seller_href)?,
        seller: SellerCard {
            href: seller_href,
            name: page.pick(&seller.name),
            legal_name: &seller.legal_name,
            logo: file(seller.logo.as_ref()),
            profile: page.pick(&seller.profile),
        },
        here: format!("/product/{}", product.id),
        chooser: offered.map(|offered| chooser(page, &product.id, content, asked, offered)),
        quote: offered.map_or(PriceBox::default(), |(specification, choice)| quote_box(page, specification, choice)),
        trial: all.iter().any(|s| s.trial_days.is_some()),
        free: offered.is_some_and(|(specification, choice)| is_free(specification, choice)),
        closed_tone: if why == "discontinued" { "warning" } else { "info" },
        closed_title: words("title"),
        closed_text: words("text"),
        pictures: pictures(page, content),
        tabs: tabs(page, content, !all.is_empty()),
        highlights: points(page, &content.highlights),
        description_html: page.markdown(page.pick(&content.description)),
        tags: content.tags.iter().map(|tag| page.pick(tag)).collect(),
        heads: all.iter().map(|s| page.pick(&s.name)).collect(),
        rows: comparison(page, &all),
        cases: points(page, &content.cases),
        guide_html: page.markdown(page.pick(&content.usage_guide)),
        support: support(page, content),
        agreement_html: page.markdown(page.pick(&content.agreement)),
        facts: facts(page, view),
        related,
    })
}

/// The whole page of a product.
pub(crate) fn render(page: &Page, view: &ProductView, tree: &CategoryTree) -> Result<String, PageError> {
    let related = related(page, view)?;
    let asked = Asked::read(|name| page.query(name));
    let context = context(page, view, &asked, related.as_str().unwrap_or(""))?;
    let mut shown = page.clone().title(context.name).crumb_key("public-home", "/");
    let main = view.product.content.categories.first();
    for id in main.map(|id| tree.path(id)).unwrap_or_default() {
        if let Some(category) = tree.get(&id) {
            shown = shown.crumb(page.pick(&category.name), shelf::category_href(&id));
        }
    }
    let filling = Filling {
        query: "",
        head: context.as_head().render().map_err(PageError::internal)?,
        content: context.as_content().render().map_err(PageError::internal)?,
    };
    frame::around(&shown.crumb(context.name, ""), tree, &filling)
}

/// `GET /product/{id}`.
pub async fn show(page: Page, Path(id): Path<String>, headers: HeaderMap) -> PageResult {
    let view = page.app().product_view(&id).await?;
    let tree = page.app().category_tree().await?;
    ready::answer(&page, &headers, || render(&page, &view, &tree))
}

/// `GET /product/{id}/quote`: the price box for a choice, fetched while the visitor chooses.
pub async fn quote(page: Page, Path(id): Path<String>) -> PageResult {
    let view = page.app().product_view(&id).await?;
    let asked = Asked::read(|name| page.query(name));
    let picked = offer::pick(&view.product.content, &asked).filter(|_| closed(&view).is_empty());
    let (specification, choice) = picked.ok_or_else(PageError::not_found)?;
    let shown = quote_box(&page, specification, &choice);
    Ok(Html(bridge::price_box(page.kit(), &shown).map_err(PageError::internal)?).into_response())
}
