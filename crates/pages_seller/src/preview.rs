//! The product page as it would be, from the draft.

use crate::products::{logo, price_text};
use app::domain::catalogue::content::{Highlight, ProductContent, Specification};
use app::domain::money::Money;
use axum::extract::Path;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Point {
    title: String,
    text: String,
}

#[derive(Serialize)]
struct SpecificationView {
    id: String,
    name: String,
    description: String,
    prices: Vec<String>,
    trial: Option<i32>,
    refund: bool,
    attributes: Vec<(String, String)>,
}

#[derive(Serialize)]
struct OptionView {
    value: String,
    text: String,
    hint: String,
}

#[derive(Serialize)]
struct Context {
    back: String,
    name: String,
    seller: String,
    logo: String,
    summary: String,
    version: String,
    tags: Vec<String>,
    pictures: Vec<String>,
    description: String,
    usage_guide: String,
    agreement: String,
    highlights: Vec<Point>,
    cases: Vec<Point>,
    specifications: Vec<SpecificationView>,
    options: Vec<OptionView>,
    price: Option<Money>,
    hours: String,
    zone: String,
    content: String,
    hotline: String,
    email: String,
}

fn points(page: &Page, points: &[Highlight]) -> Vec<Point> {
    let point = |h: &Highlight| Point { title: page.pick(&h.title).to_owned(), text: page.pick(&h.text).to_owned() };
    points.iter().map(point).collect()
}

fn specification(page: &Page, s: &Specification) -> SpecificationView {
    SpecificationView {
        id: s.id.clone(),
        name: page.pick(&s.name).to_owned(),
        description: page.pick(&s.description).to_owned(),
        prices: s.prices.iter().map(|p| price_text(page, p.mode, p.period.map(|p| p.code()), p.price)).collect(),
        trial: s.trial_days,
        refund: s.no_reason_refund,
        attributes: s
            .attributes
            .iter()
            .map(|a| (page.pick(&a.name).to_owned(), page.pick(&a.value).to_owned()))
            .collect(),
    }
}

fn context(page: &Page, id: &str, content: &ProductContent, seller: String) -> Context {
    let text = |t| page.pick(t).to_owned();
    let specifications: Vec<_> = content.shown().map(|s| specification(page, s)).collect();
    let option = |s: &SpecificationView| OptionView {
        value: s.id.clone(),
        text: s.name.clone(),
        hint: s.prices.first().cloned().unwrap_or_default(),
    };
    Context {
        back: format!("/seller/applications/{id}"),
        name: text(&content.name),
        seller,
        logo: logo(content),
        summary: text(&content.summary),
        version: content.version.clone(),
        tags: content.tags.iter().map(text).collect(),
        pictures: content.pictures.iter().map(|id| format!("/files/{id}")).collect(),
        description: text(&content.description),
        usage_guide: text(&content.usage_guide),
        agreement: text(&content.agreement),
        highlights: points(page, &content.highlights),
        cases: points(page, &content.cases),
        options: specifications.iter().map(option).collect(),
        price: content.lowest_price(),
        specifications,
        hours: text(&content.support.hours),
        zone: content.support.zone.clone(),
        content: text(&content.support.content),
        hotline: content.support.hotline.clone(),
        email: content.support.email.clone(),
    }
}

/// GET `/seller/applications/{id}/preview`.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let member = page.require_seller()?;
    let seller = page.pick(&member.organisation_name).to_owned();
    let detail = page.app().application(page.actor(), &id).await?;
    let context = context(&page, &id, &detail.application.content, seller);
    let title = page.tx("seller-preview-title", &[("name", context.name.as_str().into())]);
    Ok(page.title(title).render("seller/preview.html", &context))
}
