//! Orders of customers, as the seller sees them.

use crate::calls::CallRow;
use crate::display::{Badge, Fact, badge, choices, console, money, time};
use crate::history::{Event, events};
use crate::lists::{Sort, all_rows, days, export_href, filter, query_values, sort, wanted};
use app::domain::access::Right;
use app::domain::ledger::{Division, FrozenTerms};
use app::domain::money::Money;
use app::domain::ordering::order::{OrderKind, OrderState};
use app::domain::time::Timestamp;
use app::ordering::{OrderDetail, Side};
use axum::extract::Path;
use store::fulfilment::CallFilter;
use store::ordering::{Order, OrderFilter};
use web_kit::prelude::*;

/// An order in a list.
#[derive(Serialize)]
pub struct OrderRow {
    href: String,
    id: String,
    product: String,
    specification: String,
    buyer: String,
    kind: String,
    amount: Money,
    state: Badge,
    at: Timestamp,
}

impl OrderRow {
    /// In the words of the page.
    pub fn new(page: &Page, o: &Order) -> OrderRow {
        OrderRow {
            href: format!("/seller/orders/{}", o.id),
            id: o.id.clone(),
            product: page.pick(&o.product_name).to_owned(),
            specification: page.pick(&o.line.specification_name).to_owned(),
            buyer: o.buyer_name.clone(),
            kind: page.t(&format!("kind-order-{}", o.kind.code())),
            amount: o.payable,
            state: badge(page, "state-order-", o.state.code()),
            at: o.created_at,
        }
    }
}

fn filters(page: &Page) -> OrderFilter {
    let (from, to) = days(page);
    OrderFilter {
        state: filter(page, "state"),
        kind: filter(page, "kind"),
        text: filter(page, "text"),
        from,
        to,
        instance_id: filter(page, "instance"),
        ..OrderFilter::default()
    }
}

#[derive(Serialize)]
struct Index {
    rows: Vec<OrderRow>,
    q: Values,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    pager: PagerLinks,
    sort: Sort,
    export: String,
    filtered: bool,
}

/// GET `/seller/orders`.
pub async fn index(page: Page) -> PageResult {
    let wanted_filters = filters(&page);
    let names = ["state", "kind", "text", "from", "to", "instance"];
    let filtered = names.iter().any(|n| !page.query(n).is_empty());
    let found = page.app().orders(page.actor(), Side::Seller, wanted_filters, wanted(&page)).await?;
    let kinds: Vec<&str> = OrderKind::ALL.iter().map(|k| k.code()).collect();
    let may_export = page.actor().seller_may(Right::OrderExport).is_ok();
    let context = Index {
        rows: found.items.iter().map(|o| OrderRow::new(&page, o)).collect(),
        q: query_values(&page),
        states: choices(&page, "state-order-", OrderState::CODES),
        kinds: choices(&page, "kind-order-", &kinds),
        pager: links(&page, &found),
        sort: sort(&page),
        export: if may_export { export_href(&page) } else { String::new() },
        filtered,
    };
    let title = page.t("seller-orders-title");
    Ok(console(page, &title, &[]).render("seller/orders.html", &context))
}

/// GET `/seller/orders.csv`.
pub async fn export(page: Page) -> PageResult {
    page.actor().seller_may(Right::OrderExport)?;
    let wanted = filters(&page);
    let load = |request| page.app().orders(page.actor(), Side::Seller, wanted.clone(), request);
    let rows = all_rows(load).await?;
    let heads = [
        "seller-order-id",
        "seller-line",
        "seller-kind",
        "seller-state",
        "seller-product",
        "seller-specification",
        "seller-buyer",
        "seller-quantity",
        "seller-periods",
        "seller-payable",
        "seller-refunded",
        "seller-currency",
        "seller-created",
        "seller-paid-at",
        "seller-completed-at",
        "seller-instance",
    ];
    let mut csv = Csv::new(heads.map(|key| page.t(key)));
    let at = |t: Option<Timestamp>| t.map(Timestamp::to_market_text).unwrap_or_default();
    for o in &rows {
        csv.row([
            o.id.clone(),
            o.line.line_id.clone(),
            page.t(&format!("kind-order-{}", o.kind.code())),
            page.t(&format!("state-order-{}", o.state.code())),
            page.pick(&o.product_name).to_owned(),
            page.pick(&o.line.specification_name).to_owned(),
            o.buyer_name.clone(),
            o.line.choice.quantity.to_string(),
            o.line.choice.periods.to_string(),
            o.payable.to_decimal(),
            o.refunded.to_decimal(),
            o.payable.currency().code().to_owned(),
            at(Some(o.created_at)),
            at(o.paid_at),
            at(o.completed_at),
            o.instance_id.clone().unwrap_or_default(),
        ]);
    }
    page.save_export(csv, "orders.csv").await
}

#[derive(Serialize)]
struct Total {
    label: String,
    text: String,
    strong: bool,
    minus: bool,
}

#[derive(Serialize)]
struct Detail {
    id: String,
    state: Badge,
    facts: Vec<Fact>,
    line: Vec<Fact>,
    totals: Vec<Total>,
    split: Vec<Total>,
    estimated: bool,
    terms: [f64; 2],
    instance: String,
    calls: Vec<CallRow>,
    refunds: Vec<OrderRow>,
    events: Vec<Event>,
}

fn facts(page: &Page, o: &Order) -> Vec<Fact> {
    let parent = o.parent_order_id.clone().unwrap_or_default();
    let provider = o.provider.map(|p| page.t(&format!("provider-{}", p.code()))).unwrap_or_default();
    let why = match o.state {
        OrderState::Cancelled { why, .. } => page.t(&format!("cancel-reason-{}", why.code())),
        _ => String::new(),
    };
    let mut facts = vec![
        Fact::new(page, "seller-order-id", o.id.clone()).id(),
        Fact::new(page, "seller-kind", page.t(&format!("kind-order-{}", o.kind.code()))),
        Fact::new(page, "seller-buyer", o.buyer_name.clone()),
        Fact::new(page, "seller-payment", provider),
        Fact::new(page, "seller-created", time(page, Some(o.created_at))),
        Fact::new(page, "seller-paid-at", time(page, o.paid_at)),
        Fact::new(page, "seller-completed-at", time(page, o.completed_at)),
    ];
    if !parent.is_empty() {
        facts.push(Fact::new(page, "seller-parent-order", parent.clone()).link(format!("/seller/orders/{parent}")));
    }
    if !why.is_empty() {
        facts.push(Fact::new(page, "seller-cancel-reason", why));
    }
    facts
}

fn line(page: &Page, o: &Order) -> Vec<Fact> {
    let l = &o.line;
    let period = match l.choice.period {
        Some(period) if l.trial_days.is_none() => {
            page.tx(&format!("periods-{}", period.code()), &[("count", l.choice.periods.into())])
        }
        _ => l.trial_days.map(|d| page.tx("periods-day", &[("count", i64::from(d).into())])).unwrap_or_default(),
    };
    vec![
        Fact::new(page, "seller-line", l.line_id.clone()).id(),
        Fact::new(page, "seller-product", page.pick(&o.product_name))
            .link(format!("/seller/products/{}", o.product_id)),
        Fact::new(page, "seller-specification", page.pick(&l.specification_name)),
        Fact::new(page, "seller-product-code", l.product_code.clone()).id(),
        Fact::new(page, "seller-mode", page.t(&format!("mode-{}", l.choice.mode.code()))),
        Fact::new(page, "seller-periods", period),
        Fact::new(page, "seller-quantity", l.choice.quantity.to_string()),
        Fact::new(page, "seller-refund-days", page.t(if l.no_reason_refund { "seller-yes" } else { "seller-no" })),
    ]
}

fn total(page: &Page, key: &str, amount: Money, strong: bool, minus: bool) -> Total {
    Total { label: page.t(key), text: money(page, amount), strong, minus }
}

fn split(page: &Page, amount: Money, parts: Division) -> Vec<Total> {
    vec![
        total(page, "seller-split-amount", amount, false, false),
        total(page, "seller-split-fee", parts.fee.negated(), false, true),
        total(page, "seller-split-tax", parts.tax.negated(), false, true),
        total(page, "seller-split-own", parts.seller, true, false),
    ]
}

fn context(page: &Page, d: &OrderDetail, calls: Vec<CallRow>) -> Result<Detail, AppError> {
    let o = &d.order;
    let estimated = o.line.terms.is_none();
    let terms = o.line.terms.unwrap_or_else(|| FrozenTerms::of(&page.app().settings()));
    let kept = o.payable.minus(o.refunded).map_err(|e| AppError::Internal(e.to_string()))?;
    let parts = terms.divide(kept).map_err(|e| AppError::Internal(e.to_string()))?;
    let share = |points: i64| f64::from(i32::try_from(points).unwrap_or(0)) / 10_000.0;
    let mut totals = vec![
        total(page, "seller-unit-price", o.line.unit_price, false, false),
        total(page, "seller-payable", o.payable, true, false),
    ];
    if !o.refunded.is_zero() {
        totals.push(total(page, "seller-refunded", o.refunded.negated(), false, true));
    }
    Ok(Detail {
        id: o.id.clone(),
        state: badge(page, "state-order-", o.state.code()),
        facts: facts(page, o),
        line: line(page, o),
        totals,
        split: if kept.is_positive() { split(page, kept, parts) } else { Vec::new() },
        estimated,
        terms: [share(terms.fee_basis_points), share(terms.tax_basis_points)],
        instance: o.instance_id.clone().unwrap_or_default(),
        calls,
        refunds: d.children.iter().map(|c| OrderRow::new(page, c)).collect(),
        events: events(page, &d.history),
    })
}

/// GET `/seller/orders/{id}`.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let detail = page.app().order(page.actor(), Side::Seller, &id).await?;
    let wanted = CallFilter { order_id: Some(id.clone()), ..CallFilter::default() };
    let request = PageRequest { limit: 50, ..PageRequest::default() };
    let calls = page.app().calls(page.actor(), Side::Seller, wanted, request).await?;
    let calls = calls.items.iter().map(|c| CallRow::new(&page, c)).collect();
    let context = context(&page, &detail, calls)?;
    let title = page.tx("seller-order-title", &[("id", id.as_str().into())]);
    let page = console(page, &title, &[("seller-orders-title", "/seller/orders")]);
    Ok(page.render("seller/order.html", &context))
}
