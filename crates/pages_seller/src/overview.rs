//! The first page: what has to be done, how it sells, what fails.

use crate::calls::CallRow;
use crate::display::{Badge, badge, money};
use crate::orders::OrderRow;
use app::domain::access::Right;
use app::domain::identity::SellerState;
use app::domain::money::{Currency, Money};
use app::ordering::Side;
use app::statistics::{Counts, Overview};
use store::fulfilment::CallFilter;
use store::ordering::OrderFilter;
use web_kit::prelude::*;

const ROWS: i64 = 6;

#[derive(Serialize)]
struct Todo {
    text: String,
    count: i64,
    href: String,
    tone: &'static str,
}

#[derive(Serialize)]
struct Point {
    label: String,
    value: i64,
    text: String,
}

#[derive(Serialize)]
struct Context {
    state: Badge,
    state_hint: String,
    frozen: bool,
    sales: Money,
    sales_count: i64,
    trend: Vec<i64>,
    income: Option<Money>,
    on_sale: i64,
    todos: Vec<Todo>,
    points: Vec<Point>,
    top_text: String,
    products: Vec<Point>,
    products_total: i64,
    orders: Vec<OrderRow>,
    calls: Vec<CallRow>,
    may_write: bool,
}

fn count(counts: &Counts, code: &str) -> i64 {
    counts.iter().find(|(c, _)| c == code).map_or(0, |(_, n)| *n)
}

fn todos(page: &Page, o: &Overview) -> Vec<Todo> {
    let lines = [
        ("seller-todo-rejected", count(&o.applications, "REJECTED"), "/seller/applications?state=REJECTED", "danger"),
        ("seller-todo-stopped", count(&o.calls, "STOPPED"), "/seller/calls?state=STOPPED", "danger"),
        ("seller-todo-retrying", count(&o.calls, "RETRYING"), "/seller/calls?state=RETRYING", "warning"),
        ("seller-todo-processing", count(&o.orders, "PROCESSING"), "/seller/orders?state=PROCESSING", "info"),
        ("seller-todo-drafts", count(&o.applications, "DRAFT"), "/seller/applications?state=DRAFT", "neutral"),
        (
            "seller-todo-review",
            count(&o.applications, "PENDING_REVIEW"),
            "/seller/applications?state=PENDING_REVIEW",
            "neutral",
        ),
    ];
    let todo = |(key, count, href, tone): (&str, i64, &str, &'static str)| Todo {
        text: page.t(key),
        count,
        href: href.to_owned(),
        tone,
    };
    lines.into_iter().filter(|l| l.1 > 0).map(todo).collect()
}

fn sales(page: &Page, o: &Overview) -> (Vec<Point>, Money, i64, String) {
    let amount = |e8: i64| Money::from_e8(e8, Currency::CNY);
    let points = o.days.iter().map(|(day, orders, e8)| {
        let date = day.day();
        let text =
            page.tx("seller-sales-day", &[("amount", money(page, amount(*e8)).into()), ("count", (*orders).into())]);
        Point { label: format!("{:02}-{:02}", date.month, date.day), value: e8 / 1_000_000, text }
    });
    let total = o.days.iter().fold(0i64, |sum, d| sum.saturating_add(d.2));
    let peak = o.days.iter().map(|d| d.2).max().unwrap_or(0);
    (points.collect(), amount(total), o.days.iter().map(|d| d.1).sum(), money(page, amount(peak)))
}

async fn failing(page: &Page) -> Result<Vec<CallRow>, AppError> {
    let mut rows = Vec::new();
    for state in ["STOPPED", "RETRYING"] {
        let filter = CallFilter { state: Some(state.to_owned()), ..CallFilter::default() };
        let request = PageRequest { limit: ROWS, ..PageRequest::default() };
        let found = page.app().calls(page.actor(), Side::Seller, filter, request).await?;
        rows.extend(found.items.iter().map(|c| CallRow::new(page, c)));
    }
    rows.truncate(usize::try_from(ROWS).unwrap_or(6));
    Ok(rows)
}

/// GET `/seller`.
pub async fn show(page: Page) -> PageResult {
    let member = page.require_seller()?.clone();
    let overview = page.app().seller_overview(page.actor()).await?;
    let (points, sales, sales_count, top_text) = sales(&page, &overview);
    let request = PageRequest { limit: ROWS, ..PageRequest::default() };
    let orders = page.app().orders(page.actor(), Side::Seller, OrderFilter::default(), request).await?;
    let products: Vec<Point> = overview
        .products
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(code, n)| Point { label: page.t(&format!("state-product-{code}")), value: *n, text: n.to_string() })
        .collect();
    let hint = match member.seller_state {
        SellerState::Admitted => page.t("seller-state-hint-admitted"),
        SellerState::Restricted => page.t("seller-state-hint-restricted"),
        _ => String::new(),
    };
    let context = Context {
        state: badge(&page, "seller-state-", member.seller_state.code()),
        state_hint: hint,
        frozen: member.frozen,
        trend: points.iter().map(|p| p.value).collect(),
        sales,
        sales_count,
        income: if member.has(Right::BillView) { Some(page.app().income(page.actor()).await?) } else { None },
        on_sale: count(&overview.products, "ON_SALE"),
        todos: todos(&page, &overview),
        points,
        top_text,
        products_total: products.iter().map(|p| p.value).sum(),
        products,
        orders: orders.items.iter().map(|o| OrderRow::new(&page, o)).collect(),
        calls: failing(&page).await?,
        may_write: member.has(Right::ProductEdit),
    };
    let title = page.t("seller-overview-title");
    Ok(page.console("seller").title(title).render("seller/overview.html", &context))
}
