//! The list of purchased services and its export.

use crate::views::{EXPORT_ROWS, EXPORT_STEP, ServiceRow, coded, filter_of, service_row};
use app::ordering::Side;
use domain::access::Right;
use domain::fulfilment::instance::InstanceState;
use store::fulfilment::InstanceFilter;
use web_kit::prelude::*;

#[derive(Serialize)]
struct ServicesPage {
    services: Vec<ServiceRow>,
    states: Vec<Choice>,
    v: Values,
    filtered: bool,
    oldest: bool,
    sort_href: String,
    export_href: String,
    pager: PagerLinks,
}

fn filter(page: &Page) -> InstanceFilter {
    InstanceFilter {
        state: filter_of(page, "state", InstanceState::CODES),
        text: Some(page.query("text").to_owned()).filter(|t| !t.is_empty()),
        product_id: None,
        ..InstanceFilter::default()
    }
}

/// GET /buyer/services
pub async fn list(page: Page) -> PageResult {
    let member = page.require_right(Right::OrderView)?;
    let oldest = page.query("sort") == "oldest";
    let request = PageRequest { oldest_first: oldest, ..page_request(&page) };
    let found = page.app().instances(page.actor(), Side::Buyer, filter(&page), request).await?;
    let export = with_query(&page, &[]).replacen("/buyer/services", "/buyer/services.csv", 1);
    let ctx = ServicesPage {
        pager: links(&page, &found),
        services: found.items.iter().map(|i| service_row(&page, i)).collect(),
        states: coded(&page, "state-instance-", InstanceState::CODES),
        v: Values::from([("state", page.query("state").to_owned()), ("text", page.query("text").to_owned())]),
        filtered: !page.query("state").is_empty() || !page.query("text").is_empty(),
        oldest,
        sort_href: with_query(&page, &[("sort", if oldest { "" } else { "oldest" })]),
        export_href: if member.has(Right::OrderExport) { export } else { String::new() },
    };
    Ok(page
        .console("buyer")
        .title_key("nav-buyer-services")
        .crumb_key("console-buyer", "/buyer")
        .crumb_key("nav-buyer-services", "")
        .render("buyer/services.html", &ctx))
}

/// Heads of the export.
const HEADS: &[&str] = &[
    "buyer-col-service",
    "buyer-col-product",
    "buyer-col-specification",
    "buyer-col-choice",
    "buyer-col-state",
    "buyer-col-until",
    "buyer-col-policy",
    "buyer-col-created",
    "buyer-col-order",
    "buyer-col-book",
];

/// GET /buyer/services.csv
pub async fn export(page: Page) -> PageResult {
    page.require_right(Right::OrderExport)?;
    let mut csv = Csv::new(HEADS.iter().map(|h| page.t(h)));
    let (mut cursor, mut rows) = (None, 0);
    let oldest_first = page.query("sort") == "oldest";
    while rows < EXPORT_ROWS {
        let request = PageRequest { cursor: cursor.take(), limit: EXPORT_STEP, oldest_first };
        let found = page.app().instances(page.actor(), Side::Buyer, filter(&page), request).await?;
        rows += found.items.len();
        for instance in &found.items {
            let row = service_row(&page, instance);
            csv.row([
                row.id,
                row.product,
                row.specification,
                row.choice,
                row.state.text,
                row.until.map(|at| at.to_market_text()).unwrap_or_default(),
                row.policy_text,
                row.created_at.to_market_text(),
                instance.order_id.clone(),
                page.t(&format!("book-{}", instance.book.code())),
            ]);
        }
        cursor = found.next;
        if cursor.is_none() {
            break;
        }
    }
    page.save_export(csv, "services.csv").await
}
