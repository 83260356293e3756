//! Products of everybody: what is on the shelf, and the operator's hand on it.

use crate::common::*;
use crate::content_view::{ContentView, content_view};
use axum::extract::Path;
use domain::access::OperatorRight;
use domain::catalogue::product::{ProductAction, ProductState};
use domain::money::Money;
use domain::time::Timestamp;
use store::catalogue::ProductFilter;
use web_kit::prelude::*;

const HOME: &str = "/operator/products";

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    seller: String,
    seller_href: String,
    state: Badge,
    shown: bool,
    price: Option<Money>,
    sales: i64,
    at: Timestamp,
}

#[derive(Serialize)]
struct ListPage {
    rows: Vec<Row>,
    pager: PagerLinks,
    tabs: Vec<Tab>,
    state: String,
    text: String,
    sort: Sort,
}

/// Products of everybody.
pub async fn list(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let state = filter(&page, "state").unwrap_or_else(|| "all".to_owned());
    let request = request(&page, false);
    let wanted = ProductFilter {
        organisation_id: filter(&page, "seller"),
        state: Some(state.clone()).filter(|s| s != "all"),
        text: filter(&page, "q"),
        ..ProductFilter::default()
    };
    let found = page.app().all_products(page.actor(), wanted, request.clone()).await?;
    let pager = links(&page, &found);
    let names = Names::of(&page, found.items.iter().map(|p| &p.organisation_id)).await?;
    let rows = found.items.iter().map(|p| Row {
        id: p.id.clone(),
        name: page.pick(&p.name).to_owned(),
        seller: names.name(&p.organisation_id),
        seller_href: format!("/operator/organisations/{}", p.organisation_id),
        state: badge(&page, "state-product-", p.state.code()),
        shown: p.public_sale,
        price: p.content.lowest_price(),
        sales: p.sales,
        at: p.created_at,
    });
    let states: Vec<&str> = ProductState::ALL.iter().map(|s| s.code()).collect();
    let ctx = ListPage {
        rows: rows.collect(),
        pager,
        tabs: tabs(&page, "state", "state-product-", &states, &state, "operator-all"),
        text: page.query("q").to_owned(),
        sort: sort(&page, &request),
        state,
    };
    let title = page.t("nav-operator-products");
    Ok(desk(page, title).render("operator/products.html", &ctx))
}

#[derive(Serialize)]
struct Version {
    number: i64,
    href: String,
    at: Timestamp,
}

#[derive(Serialize)]
struct Detail {
    id: String,
    state: Badge,
    on_page: bool,
    facts: Vec<Fact>,
    content: ContentView,
    versions: Vec<Version>,
    history: Vec<Event>,
    actions: Vec<Choice>,
    may: May,
}

/// What an operator may do with a product in this state.
fn open_actions(page: &Page, state: ProductState) -> Vec<Choice> {
    let open: Vec<&str> = ProductAction::ALL
        .iter()
        .filter(|a| **a != ProductAction::Release && state.apply(**a).is_ok())
        .map(|a| a.code())
        .collect();
    choices(page, "operator-product-", &open)
}

/// One product with its versions and what happened to it.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let (p, history) = page.app().any_product(page.actor(), &id).await?;
    let versions = page.app().any_product_versions(page.actor(), &id).await?;
    let seller = format!("/operator/organisations/{}", p.organisation_id);
    let names = Names::of(&page, std::iter::once(&p.organisation_id)).await?;
    let facts = Facts::new(&page)
        .id("operator-product-id", &p.id)
        .link("operator-seller", names.name(&p.organisation_id), seller)
        .text("operator-version-number", p.version_no.to_string())
        .text("operator-sales", p.sales.to_string())
        .time("operator-created", Some(p.created_at))
        .time("operator-released", p.released_at)
        .time("operator-discontinued", p.discontinued_at)
        .done();
    let ctx = Detail {
        state: badge(&page, "state-product-", p.state.code()),
        on_page: p.state != ProductState::Unreleased,
        facts,
        content: content_view(&page, &p.content).await?,
        versions: versions
            .into_iter()
            .map(|(number, application, at)| Version { number, href: href_of("application", &application), at })
            .collect(),
        history: events(&page, &history),
        actions: open_actions(&page, p.state),
        may: May::of(&page),
        id,
    };
    let title = page.pick(&p.name).to_owned();
    Ok(desk_below(page, "nav-operator-products", HOME, title).render("operator/product.html", &ctx))
}

/// Stops the sale, lets it go on, or ends it for good.
pub async fn change_state(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let to = format!("{HOME}/{id}");
    let Some(action) = ProductAction::from_code(form.text("action")) else {
        return refused(&page, AppError::field("action", "required"), &to);
    };
    let outcome = page.app().change_product_state(page.actor(), &id, action, form.text("reason")).await;
    answer(&page, outcome, "operator-product-changed", &to)
}
