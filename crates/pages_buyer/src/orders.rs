//! The list of orders and its export.

use crate::views::{EXPORT_ROWS, EXPORT_STEP, OrderRow, choice_text, coded, filter_of, order_row};
use app::ordering::Side;
use domain::access::Right;
use domain::ordering::order::{OrderKind, OrderState};
use domain::time::{DAY, parse_market};
use store::ordering::{Order, OrderFilter};
use web_kit::prelude::*;

#[derive(Serialize)]
struct OrdersPage {
    orders: Vec<OrderRow>,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    v: Values,
    filtered: bool,
    sort_href: String,
    oldest: bool,
    export_href: String,
    pager: PagerLinks,
}

fn kinds() -> Vec<&'static str> {
    OrderKind::ALL.iter().map(|k| k.code()).collect()
}

fn filter(page: &Page) -> OrderFilter {
    OrderFilter {
        state: filter_of(page, "state", OrderState::CODES),
        kind: filter_of(page, "kind", &kinds()),
        text: Some(page.query("text").to_owned()).filter(|t| !t.is_empty()),
        from: parse_market(page.query("from")),
        // The last day counts as a whole.
        to: parse_market(page.query("to")).map(|at| at.plus(DAY)),
        instance_id: None,
        ..OrderFilter::default()
    }
}

/// GET /buyer/orders
pub async fn list(page: Page) -> PageResult {
    let member = page.require_right(Right::OrderView)?;
    let oldest = page.query("sort") == "oldest";
    let request = PageRequest { oldest_first: oldest, ..page_request(&page) };
    let found = page.app().orders(page.actor(), Side::Buyer, filter(&page), request).await?;
    let names = ["state", "kind", "text", "from", "to"];
    let export = with_query(&page, &[]).replacen("/buyer/orders", "/buyer/orders.csv", 1);
    let ctx = OrdersPage {
        pager: links(&page, &found),
        orders: found.items.iter().map(|o| order_row(&page, o)).collect(),
        states: coded(&page, "state-order-", OrderState::CODES),
        kinds: coded(&page, "kind-order-", &kinds()),
        v: names.iter().map(|n| ((*n).to_owned(), page.query(n).to_owned())).collect(),
        filtered: names.iter().any(|n| !page.query(n).is_empty()),
        sort_href: with_query(&page, &[("sort", if oldest { "" } else { "oldest" })]),
        oldest,
        export_href: if member.has(Right::OrderExport) { export } else { String::new() },
    };
    Ok(page
        .console("buyer")
        .title_key("nav-buyer-orders")
        .crumb_key("console-buyer", "/buyer")
        .crumb_key("nav-buyer-orders", "")
        .render("buyer/orders.html", &ctx))
}

fn csv_row(page: &Page, order: &Order) -> [String; 14] {
    let time = |at: Option<domain::time::Timestamp>| at.map(|at| at.to_market_text()).unwrap_or_default();
    [
        order.id.clone(),
        page.t(&format!("kind-order-{}", order.kind.code())),
        page.t(&format!("state-order-{}", order.state.code())),
        page.pick(&order.product_name).to_owned(),
        page.pick(&order.line.specification_name).to_owned(),
        choice_text(page, &order.line.choice, order.line.trial_days),
        order.seller_name.clone(),
        time(Some(order.created_at)),
        time(order.paid_at),
        time(order.completed_at),
        order.payable.to_decimal(),
        order.refunded.to_decimal(),
        order.payable.currency().code().to_owned(),
        page.t(&format!("book-{}", order.book.code())),
    ]
}

/// Heads of the export.
const HEADS: &[&str] = &[
    "buyer-col-order",
    "buyer-col-kind",
    "buyer-col-state",
    "buyer-col-product",
    "buyer-col-specification",
    "buyer-col-choice",
    "buyer-col-seller",
    "buyer-col-created",
    "buyer-col-paid",
    "buyer-col-completed",
    "buyer-col-payable",
    "buyer-col-refunded",
    "buyer-col-currency",
    "buyer-col-book",
];

/// GET /buyer/orders.csv
pub async fn export(page: Page) -> PageResult {
    page.require_right(Right::OrderExport)?;
    let mut csv = Csv::new(HEADS.iter().map(|h| page.t(h)));
    let (mut cursor, mut rows) = (None, 0);
    let oldest_first = page.query("sort") == "oldest";
    while rows < EXPORT_ROWS {
        let request = PageRequest { cursor: cursor.take(), limit: EXPORT_STEP, oldest_first };
        let found = page.app().orders(page.actor(), Side::Buyer, filter(&page), request).await?;
        rows += found.items.len();
        for order in &found.items {
            csv.row(csv_row(&page, order));
        }
        cursor = found.next;
        if cursor.is_none() {
            break;
        }
    }
    page.save_export(csv, "orders.csv").await
}
