//! Orders of everybody, and why one of them does not go on.

use crate::common::*;
use crate::stuck::{Stuck, stuck};
use app::ordering::{OrderDetail, Side};
use axum::extract::Path;
use domain::access::OperatorRight;
use domain::ledger::Book;
use domain::money::Money;
use domain::ordering::order::{OrderKind, OrderState};
use domain::time::Timestamp;
use store::fulfilment::CallFilter;
use store::ledger::JournalEntry;
use store::ordering::{Order, OrderFilter, Payment};
use web_kit::prelude::*;

const HOME: &str = "/operator/orders";
/// Rows of an export.
const EXPORT: usize = web_kit::listing::EXPORT_ROWS;

#[derive(Serialize)]
struct Row {
    id: String,
    product: String,
    specification: String,
    buyer: String,
    seller: String,
    kind: String,
    state: Badge,
    sandbox: bool,
    amount: Money,
    at: Timestamp,
}

#[derive(Serialize)]
struct ListPage {
    rows: Vec<Row>,
    pager: PagerLinks,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    books: Vec<Choice>,
    book: String,
    state: String,
    kind: String,
    text: String,
    from: String,
    to: String,
    sort: Sort,
    export: String,
}

/// The book of the list: real orders unless the filter says otherwise, or one thing is looked for.
fn book_of(page: &Page) -> Option<Book> {
    let one = filter(page, "q").or(filter(page, "service")).is_some();
    Book::from_code(page.query("book")).or((page.query("book").is_empty() && !one).then_some(Book::Real))
}

/// The other books that the filter offers.
fn books(page: &Page) -> Vec<Choice> {
    let choice = |value: &str, key: &str| Choice { value: value.to_owned(), text: page.t(key) };
    vec![choice(Book::Sandbox.code(), "book-sandbox"), choice("all", "operator-all")]
}

fn wanted(page: &Page) -> OrderFilter {
    let (from, to) = between(page);
    OrderFilter {
        state: filter(page, "state"),
        kind: filter(page, "kind"),
        text: filter(page, "q"),
        from,
        to,
        instance_id: filter(page, "service"),
        book: book_of(page),
        ..OrderFilter::default()
    }
}

fn row(page: &Page, o: &Order, names: &Names) -> Row {
    Row {
        id: o.id.clone(),
        product: page.pick(&o.product_name).to_owned(),
        specification: page.pick(&o.line.specification_name).to_owned(),
        buyer: names.name(&o.buyer_id),
        seller: names.name(&o.seller_id),
        kind: word(page, "kind-order-", o.kind.code()),
        state: badge(page, "state-order-", o.state.code()),
        sandbox: o.book == Book::Sandbox,
        amount: o.payable,
        at: o.created_at,
    }
}

/// Orders of everybody.
pub async fn list(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let request = request(&page, false);
    let found = page.app().orders(page.actor(), Side::Market, wanted(&page), request.clone()).await?;
    let names = Names::of(&page, found.items.iter().flat_map(|o| [&o.buyer_id, &o.seller_id])).await?;
    let kinds: Vec<&str> = OrderKind::ALL.iter().map(|k| k.code()).collect();
    let ctx = ListPage {
        pager: links(&page, &found),
        rows: found.items.iter().map(|o| row(&page, o, &names)).collect(),
        states: choices(&page, "state-order-", OrderState::CODES),
        kinds: choices(&page, "kind-order-", &kinds),
        books: books(&page),
        book: page.query("book").to_owned(),
        state: page.query("state").to_owned(),
        kind: page.query("kind").to_owned(),
        text: page.query("q").to_owned(),
        from: page.query("from").to_owned(),
        to: page.query("to").to_owned(),
        sort: sort(&page, &request),
        export: with_query(&page, &[]).replacen(HOME, "/operator/orders.csv", 1),
    };
    let title = page.t("nav-operator-orders");
    Ok(desk(page, title).render("operator/orders.html", &ctx))
}

const COLUMNS: &[&str] = &[
    "operator-order-id",
    "operator-created",
    "operator-kind",
    "operator-state",
    "operator-product",
    "operator-specification",
    "operator-buyer",
    "operator-seller",
    "operator-amount",
    "operator-currency",
    "operator-refunded",
    "operator-paid",
    "operator-completed",
    "operator-book",
];

fn csv_row(page: &Page, o: &Order) -> Vec<String> {
    let time = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.to_market_text());
    vec![
        o.id.clone(),
        time(Some(o.created_at)),
        word(page, "kind-order-", o.kind.code()),
        word(page, "state-order-", o.state.code()),
        page.pick(&o.product_name).to_owned(),
        page.pick(&o.line.specification_name).to_owned(),
        o.buyer_name.clone(),
        o.seller_name.clone(),
        o.payable.to_decimal(),
        o.payable.currency().code().to_owned(),
        o.refunded.to_decimal(),
        time(o.paid_at),
        time(o.completed_at),
        word(page, "book-", o.book.code()),
    ]
}

/// The list as a file, with the same filters.
pub async fn export(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let mut csv = Csv::new(COLUMNS.iter().map(|key| page.t(key)));
    let mut request = PageRequest { limit: 200, cursor: None, ..request(&page, false) };
    let mut count = 0;
    while count < EXPORT {
        let found = page.app().orders(page.actor(), Side::Market, wanted(&page), request.clone()).await?;
        for order in &found.items {
            csv.row(csv_row(&page, order));
        }
        count += found.items.len();
        match found.next {
            Some(next) if !found.items.is_empty() => request.cursor = Some(next),
            _ => break,
        }
    }
    page.save_export(csv, "orders.csv").await
}

#[derive(Serialize)]
struct PaymentRow {
    id: String,
    provider: String,
    reference: String,
    state: Badge,
    amount: Money,
    at: Timestamp,
    decided: Option<Timestamp>,
}

#[derive(Serialize)]
struct CallRow {
    id: String,
    activity: String,
    state: Badge,
    attempts: i64,
    exception: String,
    next: Option<Timestamp>,
}

#[derive(Serialize)]
struct Detail {
    id: String,
    state: Badge,
    sandbox: bool,
    stuck: Stuck,
    facts: Vec<Fact>,
    line: Vec<Fact>,
    payable: Money,
    refunded: Money,
    payments: Vec<PaymentRow>,
    calls: Vec<CallRow>,
    entries: Vec<crate::ledger::EntryView>,
    children: Vec<Row>,
    history: Vec<Event>,
    may: May,
}

fn payment_row(page: &Page, p: &Payment) -> PaymentRow {
    PaymentRow {
        id: p.id.clone(),
        provider: word(page, "provider-", p.provider.code()),
        reference: p.reference.clone(),
        state: badge(page, "state-payment-", &p.state),
        amount: p.amount,
        at: p.created_at,
        decided: p.decided_at,
    }
}

fn facts(page: &Page, found: &OrderDetail, names: &Names) -> Vec<Fact> {
    let o = &found.order;
    let mut facts = Facts::new(page);
    facts
        .id("operator-order-id", &o.id)
        .text("operator-kind", word(page, "kind-order-", o.kind.code()))
        .link("operator-buyer", names.name(&o.buyer_id), href_of("organisation", &o.buyer_id))
        .link("operator-seller", names.name(&o.seller_id), href_of("organisation", &o.seller_id))
        .text("operator-book", word(page, "book-", o.book.code()))
        .time("operator-created", Some(o.created_at))
        .time("operator-paid", o.paid_at)
        .time("operator-completed", o.completed_at)
        .text("operator-refund-state", word(page, "refund-state-", o.refund_state.code()));
    match o.state {
        OrderState::PendingPayment { until } => facts.time("operator-pending-until", Some(until)),
        OrderState::Cancelled { at, why } => facts
            .time("operator-cancelled", Some(at))
            .text("operator-cancel-reason", word(page, "cancel-reason-", why.code())),
        _ => &mut facts,
    };
    if let Some(id) = &o.instance_id {
        facts.link("operator-service", id, href_of("instance", id));
    }
    if let Some(id) = &o.parent_order_id {
        facts.link("operator-parent-order", id, href_of("order", id));
    }
    facts.done()
}

fn line_facts(page: &Page, o: &Order) -> Vec<Fact> {
    let line = &o.line;
    let mut facts = Facts::new(page);
    facts
        .link("operator-product", page.pick(&o.product_name), href_of("product", &o.product_id))
        .text("operator-specification", page.pick(&line.specification_name))
        .id("operator-line-id", &line.line_id)
        .id("operator-product-code", &line.product_code)
        .text("operator-mode", word(page, "mode-", line.choice.mode.code()))
        .text("operator-quantity", line.choice.quantity.to_string())
        .text("operator-unit-price", amount(page, line.unit_price))
        .flag("operator-diff-no-reason-refund", line.no_reason_refund)
        .flag("operator-auto-renew", o.auto_renew);
    if let Some(period) = line.choice.period {
        let count = line.choice.periods;
        facts.text("operator-periods", page.tx(&format!("periods-{}", period.code()), &[("count", count.into())]));
    }
    if let Some(days) = line.trial_days {
        facts.text("operator-trial", page.tx("operator-days", &[("count", i64::from(days).into())]));
    }
    if let Some(terms) = &line.terms {
        let percent = |points: i64| format!("{}.{:02}%", points / 100, points % 100);
        facts
            .text("operator-fee", percent(terms.fee_basis_points))
            .text("operator-fee-tax", percent(terms.tax_basis_points));
    }
    facts.done()
}

async fn calls_of(page: &Page, order_id: &str) -> Result<Vec<CallRow>, PageError> {
    let about = CallFilter { order_id: Some(order_id.to_owned()), ..CallFilter::default() };
    let first = PageRequest { limit: 50, oldest_first: true, cursor: None };
    let found = page.app().calls(page.actor(), Side::Market, about, first).await?;
    Ok(found
        .items
        .iter()
        .map(|c| CallRow {
            id: c.id.clone(),
            activity: word(page, "activity-", c.activity.code()),
            state: badge(page, "state-call-", c.state.code()),
            attempts: c.attempts,
            exception: c.exception.clone(),
            next: c.next_at,
        })
        .collect())
}

async fn entries_of(page: &Page, order_id: &str) -> Result<Vec<JournalEntry>, PageError> {
    let first = PageRequest { limit: 50, oldest_first: true, cursor: None };
    Ok(page.app().journal(page.actor(), Some(order_id.to_owned()), first).await?.items)
}

/// One order with everything about it.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let found = page.app().order(page.actor(), Side::Market, &id).await?;
    let diagnosis = page.app().why_stuck(page.actor(), &id).await?;
    let o = &found.order;
    let entries = entries_of(&page, &id).await?;
    let names = Names::of(&page, [&o.buyer_id, &o.seller_id].into_iter()).await?;
    let ctx = Detail {
        id: o.id.clone(),
        state: badge(&page, "state-order-", o.state.code()),
        sandbox: o.book == Book::Sandbox,
        stuck: stuck(&page, &diagnosis),
        facts: facts(&page, &found, &names),
        line: line_facts(&page, o),
        payable: o.payable,
        refunded: o.refunded,
        payments: found.payments.iter().map(|p| payment_row(&page, p)).collect(),
        calls: calls_of(&page, &id).await?,
        entries: entries.iter().map(|e| crate::ledger::entry_view(&page, e)).collect(),
        children: found.children.iter().map(|o| row(&page, o, &names)).collect(),
        history: events(&page, &found.history),
        may: May::of(&page),
    };
    let title = page.tx("operator-order-title", &[("product", page.pick(&o.product_name).into())]);
    Ok(desk_below(page, "nav-operator-orders", HOME, title).render("operator/order.html", &ctx))
}
