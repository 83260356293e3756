//! The documentation pages, made from the OpenAPI document.

mod model;

use crate::errors::{CODES, FIELD_CODES};
use crate::spec::{BASE, GROUPS};
use axum::extract::Path;
use axum::routing::get;
use axum::{Extension, Router};
use model::{Endpoint, Model, SchemaView};
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use web_kit::fault::{Fault, code_text, field_text};
use web_kit::prelude::*;

pub(crate) fn routes(document: &OpenApi) -> Router<Web> {
    Router::new()
        .route("/docs", get(index))
        .route("/docs/schemas", get(schemas))
        .route("/docs/errors", get(errors))
        .route("/docs/{group}", get(group))
        .layer(Extension(Arc::new(Model::of(document))))
}

#[derive(Serialize)]
struct Tab {
    text: String,
    href: String,
    active: bool,
}

/// The pages of the documentation, with the one that is open.
fn tabs(page: &Page) -> Vec<Tab> {
    let mut pages = vec![("index", "/docs".to_owned())];
    pages.extend(GROUPS.map(|(name, _)| (name, format!("/docs/{name}"))));
    pages.push(("schemas", "/docs/schemas".to_owned()));
    pages.push(("errors", "/docs/errors".to_owned()));
    let tab = |(name, href): (&str, String)| Tab {
        text: page.t(&format!("docs-group-{name}")),
        active: page.path() == href,
        href,
    };
    pages.into_iter().map(tab).collect()
}

#[derive(Serialize)]
struct Line {
    method: &'static str,
    tone: &'static str,
    path: String,
    href: String,
    summary: String,
}

#[derive(Serialize)]
struct GroupLines {
    title: String,
    href: String,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct IndexContext {
    tabs: Vec<Tab>,
    base: &'static str,
    log_in: &'static str,
    call: &'static str,
    groups: Vec<GroupLines>,
}

const LOG_IN: &str = r#"curl -X POST https://market.example/api/v1/auth/token \
  -H 'Content-Type: application/json' \
  -d '{"email":"lin.wei@example.com","password":"…","name":"nightly export"}'"#;
const CALL: &str = r#"curl https://market.example/api/v1/orders?limit=50 \
  -H 'Authorization: Bearer yf_…' -H 'Accept-Language: en'"#;

/// Words of an operation in the language of the page.
fn summary(page: &Page, id: &str) -> String {
    page.t(&format!("docs-op-{}", id.replace('_', "-")))
}

async fn index(page: Page, Extension(model): Extension<Arc<Model>>) -> PageResult {
    let lines = |name: &str| {
        let of_group = model.endpoints.iter().filter(|e| e.group == name);
        of_group
            .map(|e| Line {
                method: e.method,
                tone: e.tone,
                path: e.path.clone(),
                href: format!("/docs/{name}#{}", e.id),
                summary: summary(&page, &e.id),
            })
            .collect()
    };
    let groups = GROUPS.map(|(name, _)| GroupLines {
        title: page.t(&format!("docs-group-{name}")),
        href: format!("/docs/{name}"),
        lines: lines(name),
    });
    let context = IndexContext { tabs: tabs(&page), base: BASE, log_in: LOG_IN, call: CALL, groups: groups.into() };
    Ok(page.title_key("docs-title").render("docs/index.html", &context))
}

#[derive(Serialize)]
struct Shown<'m> {
    summary: String,
    #[serde(flatten)]
    endpoint: &'m Endpoint,
}

#[derive(Serialize)]
struct GroupContext<'m> {
    tabs: Vec<Tab>,
    heading: String,
    endpoints: Vec<Shown<'m>>,
}

async fn group(page: Page, Path(name): Path<String>, Extension(model): Extension<Arc<Model>>) -> PageResult {
    if !GROUPS.iter().any(|(known, _)| *known == name) {
        return Err(PageError::not_found());
    }
    let of_group = model.endpoints.iter().filter(|e| e.group == name);
    let shown = of_group.map(|endpoint| Shown { summary: summary(&page, &endpoint.id), endpoint });
    let heading = page.t(&format!("docs-group-{name}"));
    let context = GroupContext { tabs: tabs(&page), heading: heading.clone(), endpoints: shown.collect() };
    Ok(page.crumb_key("docs-title", "/docs").title(heading).render("docs/group.html", &context))
}

#[derive(Serialize)]
struct SchemasContext<'m> {
    tabs: Vec<Tab>,
    schemas: &'m [SchemaView],
}

async fn schemas(page: Page, Extension(model): Extension<Arc<Model>>) -> PageResult {
    let context = SchemasContext { tabs: tabs(&page), schemas: &model.schemas };
    let page = page.crumb_key("docs-title", "/docs").title_key("docs-group-schemas");
    Ok(page.render("docs/schemas.html", &context))
}

#[derive(Serialize)]
struct CodeRow {
    code: &'static str,
    status: u16,
    title: String,
    text: String,
}

#[derive(Serialize)]
struct ErrorsContext {
    tabs: Vec<Tab>,
    codes: Vec<CodeRow>,
    fields: Vec<CodeRow>,
    example: String,
}

async fn errors(page: Page, Extension(model): Extension<Arc<Model>>) -> PageResult {
    let (words, language) = (page.app().words(), page.language());
    let row = |(status, code): &(u16, &'static str)| {
        let status_code = axum::http::StatusCode::from_u16(*status).unwrap_or_default();
        let title = Fault::new(status_code, code).title(words, language);
        CodeRow { code, status: *status, title, text: code_text(words, language, code) }
    };
    let field = |code: &&'static str| {
        let text = field_text(words, language, &app::FieldError::new("", *code));
        CodeRow { code, status: 422, title: String::new(), text }
    };
    let context = ErrorsContext {
        tabs: tabs(&page),
        codes: CODES.iter().map(row).collect(),
        fields: FIELD_CODES.iter().map(field).collect(),
        example: model.problem.clone(),
    };
    let page = page.crumb_key("docs-title", "/docs").title_key("docs-group-errors");
    Ok(page.render("docs/errors.html", &context))
}
