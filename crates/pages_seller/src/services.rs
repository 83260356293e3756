//! Services that customers have: state and dates, never their access data.

use crate::calls::CallRow;
use crate::display::{Badge, Fact, badge, choices, console, time};
use crate::history::{Event, events};
use crate::lists::{Sort, all_rows, export_href, filter, query_values, sort, wanted};
use crate::orders::OrderRow;
use app::domain::access::Right;
use app::domain::fulfilment::instance::InstanceState;
use app::domain::time::Timestamp;
use app::ordering::Side;
use axum::extract::Path;
use store::catalogue::ProductFilter;
use store::fulfilment::{Instance, InstanceFilter};
use web_kit::prelude::*;

#[derive(Serialize)]
struct Row {
    href: String,
    id: String,
    product: String,
    specification: String,
    buyer: String,
    trial: bool,
    state: Badge,
    opened: Option<Timestamp>,
    until: Option<Timestamp>,
    created: Timestamp,
}

fn row(page: &Page, i: &Instance) -> Row {
    Row {
        href: format!("/seller/services/{}", i.id),
        id: i.id.clone(),
        product: page.pick(&i.product_name).to_owned(),
        specification: page.pick(&i.specification_name).to_owned(),
        buyer: i.buyer_name.clone(),
        trial: i.trial,
        state: badge(page, "state-instance-", i.state.code()),
        opened: i.opened_at,
        until: i.state.until(),
        created: i.created_at,
    }
}

fn filters(page: &Page) -> InstanceFilter {
    InstanceFilter {
        state: filter(page, "state"),
        text: filter(page, "text"),
        product_id: filter(page, "product"),
        ..InstanceFilter::default()
    }
}

async fn products(page: &Page) -> Result<Vec<Choice>, AppError> {
    if page.actor().seller_may(Right::ProductView).is_err() {
        return Ok(Vec::new());
    }
    let request = PageRequest { limit: 100, ..PageRequest::default() };
    let found = page.app().own_products(page.actor(), ProductFilter::default(), request).await?;
    let released = found.items.into_iter().filter(|p| p.released_at.is_some());
    Ok(released.map(|p| Choice { text: page.pick(&p.name).to_owned(), value: p.id }).collect())
}

#[derive(Serialize)]
struct Index {
    rows: Vec<Row>,
    q: Values,
    states: Vec<Choice>,
    products: Vec<Choice>,
    pager: PagerLinks,
    sort: Sort,
    export: String,
    filtered: bool,
}

/// GET `/seller/services`.
pub async fn index(page: Page) -> PageResult {
    let wanted_filters = filters(&page);
    let filtered = ["state", "text", "product"].iter().any(|n| !page.query(n).is_empty());
    let found = page.app().instances(page.actor(), Side::Seller, wanted_filters, wanted(&page)).await?;
    let may_export = page.actor().seller_may(Right::OrderExport).is_ok();
    let context = Index {
        rows: found.items.iter().map(|i| row(&page, i)).collect(),
        q: query_values(&page),
        states: choices(&page, "state-instance-", InstanceState::CODES),
        products: products(&page).await?,
        pager: links(&page, &found),
        sort: sort(&page),
        export: if may_export { export_href(&page) } else { String::new() },
        filtered,
    };
    let title = page.t("seller-services-title");
    Ok(console(page, &title, &[]).render("seller/services.html", &context))
}

/// GET `/seller/services.csv`.
pub async fn export(page: Page) -> PageResult {
    page.actor().seller_may(Right::OrderExport)?;
    let load = |request| page.app().instances(page.actor(), Side::Seller, filters(&page), request);
    let rows = all_rows(load).await?;
    let heads = [
        "seller-instance",
        "seller-own-instance",
        "seller-product",
        "seller-specification",
        "seller-buyer",
        "seller-state",
        "seller-order-id",
        "seller-quantity",
        "seller-opened",
        "seller-until",
        "seller-created",
    ];
    let mut csv = Csv::new(heads.map(|key| page.t(key)));
    let at = |t: Option<Timestamp>| t.map(Timestamp::to_market_text).unwrap_or_default();
    for i in &rows {
        csv.row([
            i.id.clone(),
            i.seller_instance_id.clone().unwrap_or_default(),
            page.pick(&i.product_name).to_owned(),
            page.pick(&i.specification_name).to_owned(),
            i.buyer_name.clone(),
            page.t(&format!("state-instance-{}", i.state.code())),
            i.order_id.clone(),
            i.quantity.to_string(),
            at(i.opened_at),
            at(i.state.until()),
            at(Some(i.created_at)),
        ]);
    }
    page.save_export(csv, "services.csv").await
}

#[derive(Serialize)]
struct Detail {
    id: String,
    state: Badge,
    frozen: String,
    facts: Vec<Fact>,
    dates: Vec<Fact>,
    orders: Vec<OrderRow>,
    calls: Vec<CallRow>,
    events: Vec<Event>,
}

fn facts(page: &Page, i: &Instance) -> Vec<Fact> {
    let period = i.period.map(|p| page.t(&format!("period-{}", p.code())));
    let mode = page.t(&format!("mode-{}", i.mode.code()));
    vec![
        Fact::new(page, "seller-instance", i.id.clone()).id(),
        Fact::new(page, "seller-own-instance", i.seller_instance_id.clone().unwrap_or_default()).id(),
        Fact::new(page, "seller-buyer", i.buyer_name.clone()),
        Fact::new(page, "seller-product", page.pick(&i.product_name))
            .link(format!("/seller/products/{}", i.product_id)),
        Fact::new(page, "seller-specification", page.pick(&i.specification_name)),
        Fact::new(page, "seller-mode", period.map_or(mode.clone(), |p| format!("{mode} · {p}"))),
        Fact::new(page, "seller-quantity", i.quantity.to_string()),
        Fact::new(page, "seller-trial", page.t(if i.trial { "seller-yes" } else { "seller-no" })),
        Fact::new(page, "seller-first-order", i.order_id.clone()).link(format!("/seller/orders/{}", i.order_id)),
        Fact::new(page, "seller-address", i.production_address.clone()),
    ]
}

fn dates(page: &Page, i: &Instance) -> Vec<Fact> {
    let (grace, release, ended) = match i.state {
        InstanceState::Expired { grace_until, .. } => (Some(grace_until), None, None),
        InstanceState::Frozen { release_at, .. } => (None, release_at, None),
        InstanceState::Released { at } | InstanceState::Failed { at } => (None, None, Some(at)),
        _ => (None, None, None),
    };
    let lines = [
        ("seller-created", Some(i.created_at)),
        ("seller-opened", i.opened_at),
        ("seller-until", i.state.until()),
        ("seller-grace-until", grace),
        ("seller-release-at", release),
        ("seller-ended", ended),
    ];
    let mut facts: Vec<Fact> = lines
        .into_iter()
        .enumerate()
        .filter(|(n, (_, at))| *n < 3 || at.is_some())
        .map(|(_, (key, at))| Fact::new(page, key, time(page, at)))
        .collect();
    facts.push(Fact::new(page, "seller-policy", page.t(&format!("policy-{}", i.expiry_policy.code()))));
    facts
}

/// GET `/seller/services/{id}`.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let detail = page.app().instance(page.actor(), Side::Seller, &id).await?;
    let i = &detail.instance;
    let context = Detail {
        id: i.id.clone(),
        state: badge(&page, "state-instance-", i.state.code()),
        frozen: match i.state {
            InstanceState::Frozen { why, .. } => page.t(&format!("frozen-why-{}", why.code())),
            _ => String::new(),
        },
        facts: facts(&page, i),
        dates: dates(&page, i),
        orders: detail.orders.iter().map(|o| OrderRow::new(&page, o)).collect(),
        calls: detail.calls.iter().rev().map(|c| CallRow::new(&page, c)).collect(),
        events: events(&page, &detail.history),
    };
    let title = page.tx("seller-service-title", &[("id", id.as_str().into())]);
    let page = console(page, &title, &[("seller-services-title", "/seller/services")]);
    Ok(page.render("seller/service.html", &context))
}
