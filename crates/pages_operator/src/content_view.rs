//! A product's content as buyers would see it, in both languages side by side.

use crate::common::{Fact, Facts, word};
use crate::difference::{Change, Side, between, percent_text};
use domain::catalogue::content::{Access, Highlight, ProductContent};
use domain::money::Money;
use domain::text::{Language, Localized};
use web_kit::prelude::*;

/// The content for templates.
#[derive(Debug, Serialize)]
pub struct ContentView {
    sides: Vec<LanguageSide>,
    facts: Vec<Fact>,
    pictures: Vec<String>,
    prices: Vec<PriceRow>,
}

#[derive(Debug, Serialize)]
struct LanguageSide {
    lang: &'static str,
    heading: String,
    name: String,
    summary: String,
    description: String,
    usage_guide: String,
    agreement: String,
    highlights: Vec<Point>,
    cases: Vec<Point>,
    hours: String,
    support: String,
}

#[derive(Debug, Serialize)]
struct Point {
    title: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct PriceRow {
    specification: String,
    other_name: String,
    text: String,
    mode: String,
    period: String,
    price: Money,
    trial: String,
    notes: Vec<String>,
}

/// A line of the table of differences.
#[derive(Debug, Serialize)]
pub struct DiffRow {
    label: String,
    old: String,
    new: String,
}

fn one(text: &Localized, language: Language) -> String {
    match language {
        Language::Zh => text.zh.clone(),
        Language::En => text.en.clone(),
    }
}

fn points(list: &[Highlight], language: Language) -> Vec<Point> {
    list.iter().map(|h| Point { title: one(&h.title, language), text: one(&h.text, language) }).collect()
}

fn language_side(page: &Page, c: &ProductContent, language: Language) -> LanguageSide {
    LanguageSide {
        lang: language.code(),
        heading: page.t(match language {
            Language::Zh => "operator-content-zh",
            Language::En => "operator-content-en",
        }),
        name: one(&c.name, language),
        summary: one(&c.summary, language),
        description: one(&c.description, language),
        usage_guide: one(&c.usage_guide, language),
        agreement: one(&c.agreement, language),
        highlights: points(&c.highlights, language),
        cases: points(&c.cases, language),
        hours: one(&c.support.hours, language),
        support: one(&c.support.content, language),
    }
}

fn price_rows(page: &Page, c: &ProductContent) -> Vec<PriceRow> {
    let other = match page.language() {
        Language::Zh => Language::En,
        Language::En => Language::Zh,
    };
    let mut rows = Vec::new();
    for s in &c.specifications {
        let mut notes = Vec::new();
        for (is, key) in [
            (s.hidden, "operator-diff-hidden"),
            (s.discontinued, "operator-diff-discontinued"),
            (s.no_reason_refund, "operator-diff-no-reason-refund"),
        ] {
            if is {
                notes.push(page.t(key));
            }
        }
        for line in &s.prices {
            rows.push(PriceRow {
                specification: page.pick(&s.name).to_owned(),
                other_name: one(&s.name, other),
                text: page.pick(&s.description).to_owned(),
                mode: word(page, "mode-", line.mode.code()),
                period: line.period.map_or_else(String::new, |p| word(page, "period-", p.code())),
                price: line.price,
                trial: s
                    .trial_days
                    .map_or_else(String::new, |d| page.tx("operator-days", &[("count", i64::from(d).into())])),
                notes: notes.clone(),
            });
        }
    }
    rows
}

/// Names of categories, by id.
pub async fn category_names(page: &Page, ids: &[String]) -> Result<Vec<String>, PageError> {
    let tree = page.app().category_tree().await?;
    let name = |id: &String| tree.get(id).map_or_else(|| id.clone(), |c| page.pick(&c.name).to_owned());
    Ok(ids.iter().map(name).collect())
}

/// The content for the page.
pub async fn content_view(page: &Page, c: &ProductContent) -> Result<ContentView, PageError> {
    let Access::Saas { production_address, generation, supervision } = &c.access;
    let categories = category_names(page, &c.categories).await?.join(" · ");
    let facts = Facts::new(page)
        .text("operator-diff-business", word(page, "business-type-", c.business_type.code()))
        .text("operator-access-type", word(page, "access-type-", c.access_type().code()))
        .text("operator-diff-version", &c.version)
        .text("operator-diff-categories", categories)
        .text("operator-diff-tags", domain::text::joined(&c.tags, page.language(), " · "))
        .flag("operator-diff-public", c.public_sale)
        .id("operator-diff-address", production_address)
        .text("operator-diff-generation", word(page, "generation-", generation.code()))
        .flag("operator-diff-supervision", *supervision)
        .text("operator-diff-support-zone", &c.support.zone)
        .text("operator-diff-support-hotline", &c.support.hotline)
        .text("operator-diff-support-email", &c.support.email)
        .done();
    Ok(ContentView {
        sides: vec![language_side(page, c, Language::Zh), language_side(page, c, Language::En)],
        facts,
        pictures: c.logo.iter().chain(&c.pictures).map(|id| format!("/files/{id}")).collect(),
        prices: price_rows(page, c),
    })
}

fn words(page: &Page, side: &Side) -> String {
    match side {
        Side::None => String::new(),
        Side::Text(text) => text.clone(),
        Side::Price(price) => crate::common::amount(page, *price),
        Side::Flag(is) => page.t(if *is { "operator-yes" } else { "operator-no" }),
    }
}

fn diff_row(page: &Page, change: &Change) -> DiffRow {
    let label = page.t(change.key);
    let mut new = words(page, &change.new);
    if let Some(tenths) = change.moved {
        new = format!("{new} ({})", percent_text(tenths));
    }
    DiffRow {
        label: if change.part.is_empty() { label } else { format!("{label} · {}", change.part) },
        old: words(page, &change.old),
        new,
    }
}

/// What `new` changes of `old`.
pub fn diff_rows(page: &Page, old: &ProductContent, new: &ProductContent) -> Vec<DiffRow> {
    between(old, new).iter().map(|c| diff_row(page, c)).collect()
}
