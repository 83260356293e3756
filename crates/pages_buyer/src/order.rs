//! One order: its way, what to pay, its history.

use crate::steps::{Step, of_order};
use crate::views::{Badge, ServiceRow};
use crate::views::{Event, Fact, OrderRow, events, money, order_badge, order_row, refused, service_row, when};
use app::ordering::{OrderDetail, Side};
use app::words::Argument;
use axum::extract::Path;
use axum::http::HeaderValue;
use domain::access::Right;
use domain::money::Money;
use domain::ordering::order::{OrderKind, OrderState, PaymentProvider, RefundState};
use domain::time::Timestamp;
use store::ordering::{Order, Payment};
use web_kit::prelude::*;

#[derive(Serialize)]
struct PaymentRow {
    provider: String,
    state: Badge,
    amount: Money,
    reference: String,
    created_at: Timestamp,
    decided_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Card {
    value: &'static str,
    text: String,
    hint: String,
    aside: String,
    disabled: bool,
}

/// How an order can be paid now.
#[derive(Serialize)]
struct Pay {
    until: Timestamp,
    cards: Vec<Card>,
    value: &'static str,
    /// What the balance lacks; none when it is enough.
    missing: Option<Money>,
    top_up_href: String,
}

/// A transfer that is on its way.
#[derive(Serialize)]
struct Transfer {
    reference: String,
    amount: Money,
    facts: Vec<Fact>,
}

#[derive(Serialize)]
struct TotalLine {
    label: String,
    text: String,
    strong: bool,
    minus: bool,
}

#[derive(Serialize)]
struct OrderPage {
    order: OrderRow,
    state: Badge,
    steps: Vec<Step>,
    note: String,
    processing: bool,
    progress_href: String,
    facts: Vec<Fact>,
    totals: Vec<TotalLine>,
    payments: Vec<PaymentRow>,
    pay: Option<Pay>,
    transfer: Option<Transfer>,
    can_cancel: bool,
    service: Option<ServiceRow>,
    refunds: Vec<OrderRow>,
    agreement_href: String,
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Progress {
    steps: Vec<Step>,
    note: String,
    done: String,
}

fn payment_row(page: &Page, payment: &Payment) -> PaymentRow {
    let tone = match payment.state.as_str() {
        "SUCCEEDED" => "success",
        "PENDING" => "warning",
        _ => "neutral",
    };
    PaymentRow {
        provider: page.t(&format!("provider-{}", payment.provider.code())),
        state: Badge { tone, text: page.t(&format!("state-payment-{}", payment.state)) },
        amount: payment.amount,
        reference: payment.reference.clone(),
        created_at: payment.created_at,
        decided_at: payment.decided_at,
    }
}

/// What stands below the steps.
fn note(page: &Page, detail: &OrderDetail) -> String {
    let order = &detail.order;
    match order.state {
        OrderState::PendingPayment { until } => {
            page.tx("buyer-order-note-unpaid", &[("until", when(page, until).into())])
        }
        OrderState::Processing { .. } => page.t("buyer-order-note-processing"),
        OrderState::Cancelled { why, .. } => page.t(&format!("cancel-reason-{}", why.code())),
        OrderState::Completed { .. } if order.refund_state == RefundState::Full => page.t("buyer-order-note-refunded"),
        _ => String::new(),
    }
}

/// The ways to pay, with what the balance lacks.
fn ways(page: &Page, order: &Order, until: Timestamp, balance: Money, transfer_started: bool) -> Pay {
    let missing = order.payable.minus(balance).ok().filter(|m| m.is_positive());
    let balance_hint = match missing {
        Some(m) => page.tx("buyer-pay-balance-missing", &[("amount", money(page, m).into())]),
        None => page.t("buyer-pay-balance-enough"),
    };
    let cards = vec![
        Card {
            value: "BALANCE",
            text: page.t("provider-BALANCE"),
            hint: balance_hint,
            aside: money(page, balance),
            disabled: missing.is_some(),
        },
        Card {
            value: "BANK_TRANSFER",
            text: page.t("provider-BANK_TRANSFER"),
            hint: page.t(if transfer_started { "buyer-pay-transfer-started" } else { "buyer-pay-transfer-hint" }),
            aside: String::new(),
            disabled: transfer_started,
        },
    ];
    let value = cards.iter().find(|c| !c.disabled).map_or("", |c| c.value);
    let top_up_href = missing.map(|m| format!("/buyer/balance?amount={}#top-up", m.to_decimal())).unwrap_or_default();
    Pay { until, cards, value, missing, top_up_href }
}

/// Where to send money: payee, purpose, amount.
pub fn bank_facts(page: &Page, amount: Money, reference: &str) -> Vec<Fact> {
    let published = page.app().options().bank_account.clone();
    let account = if published.is_empty() { page.t("buyer-bank-account-text") } else { published };
    vec![
        Fact::new(page, "buyer-bank-payee", page.app().options().site_name.clone()),
        Fact::new(page, "buyer-bank-account", account),
        Fact::new(page, "buyer-bank-amount", money(page, amount)),
        Fact::new(page, "buyer-bank-reference", reference).code(),
    ]
}

async fn pay_block(page: &Page, detail: &OrderDetail, transfer: bool) -> Result<Option<Pay>, PageError> {
    let order = &detail.order;
    let OrderState::PendingPayment { until } = order.state else { return Ok(None) };
    if page.now() > until || page.require_right(Right::OrderPlace).is_err() {
        return Ok(None);
    }
    let balance = page.app().balance(page.actor()).await?;
    Ok(Some(ways(page, order, until, balance, transfer)))
}

fn totals(page: &Page, order: &Order) -> Vec<TotalLine> {
    let line = |key: &str, text: String| TotalLine { label: page.t(key), text, strong: false, minus: false };
    let choice = &order.line.choice;
    let mut lines = vec![
        line("buyer-total-unit", money(page, order.line.unit_price)),
        line("buyer-total-quantity", choice.quantity.to_string()),
    ];
    if let Some(period) = choice.period.filter(|_| order.line.trial_days.is_none()) {
        let count: [(&str, Argument); 1] = [("count", choice.periods.into())];
        lines.push(line("buyer-total-periods", page.tx(&format!("periods-{}", period.code()), &count)));
    }
    let refund = matches!(order.kind, OrderKind::Unsubscribe | OrderKind::UnsubscribeRenewal);
    let key = if refund { "buyer-total-refund" } else { "buyer-total-payable" };
    lines.push(TotalLine { strong: true, ..line(key, money(page, order.payable)) });
    if !refund && order.refunded.is_positive() {
        lines.push(TotalLine { minus: true, ..line("buyer-total-refunded", money(page, order.refunded)) });
    }
    lines
}

fn facts(page: &Page, order: &Order) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new(page, "buyer-col-order", order.id.clone()).code(),
        Fact::new(page, "buyer-col-kind", page.t(&format!("kind-order-{}", order.kind.code()))),
        Fact::new(page, "buyer-col-product", page.pick(&order.product_name))
            .link(format!("/product/{}", order.product_id)),
        Fact::new(page, "buyer-col-specification", page.pick(&order.line.specification_name)),
        Fact::new(
            page,
            "buyer-total-periods",
            crate::views::choice_text(page, &order.line.choice, order.line.trial_days),
        ),
        Fact::new(page, "buyer-col-seller", order.seller_name.clone()).link(format!("/shop/{}", order.seller_id)),
        Fact::new(page, "buyer-col-created", when(page, order.created_at)),
    ];
    if order.auto_renew {
        facts.push(Fact::new(page, "buyer-fact-autorenew", page.t("buyer-yes")));
    }
    if let Some(parent) = &order.parent_order_id {
        let href = format!("/buyer/orders/{parent}");
        facts.push(Fact::new(page, "buyer-fact-parent", parent.clone()).link(href));
    }
    facts
}

async fn order_page(page: &Page, detail: OrderDetail) -> Result<OrderPage, PageError> {
    let order = &detail.order;
    let unpaid = matches!(order.state, OrderState::PendingPayment { .. });
    let pending = detail.payments.iter().find(|p| unpaid && p.state == "PENDING");
    let transfer = pending.map(|p| Transfer {
        reference: p.reference.clone(),
        amount: p.amount,
        facts: bank_facts(page, p.amount, &p.reference),
    });
    let signed = page.app().agreements(page.actor()).await?.iter().any(|s| s.order_id == order.id);
    Ok(OrderPage {
        state: order_badge(page, &order.state),
        steps: of_order(page, order, detail.instance.as_ref()),
        note: note(page, &detail),
        processing: matches!(order.state, OrderState::Processing { .. }),
        progress_href: format!("/buyer/orders/{}/progress", order.id),
        facts: facts(page, order),
        totals: totals(page, order),
        payments: detail.payments.iter().map(|p| payment_row(page, p)).collect(),
        pay: pay_block(page, &detail, transfer.is_some()).await?,
        transfer,
        can_cancel: unpaid && page.require_right(Right::OrderPlace).is_ok(),
        service: detail.instance.as_ref().map(|i| service_row(page, i)),
        refunds: detail
            .children
            .iter()
            .filter(|o| matches!(o.kind, OrderKind::Unsubscribe | OrderKind::UnsubscribeRenewal))
            .map(|o| order_row(page, o))
            .collect(),
        agreement_href: if signed { format!("/buyer/agreements/{}", order.id) } else { String::new() },
        events: events(page, &detail.history),
        order: order_row(page, order),
    })
}

/// GET /buyer/orders/{id}
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let detail = page.app().order(page.actor(), Side::Buyer, &id).await?;
    let ctx = order_page(&page, detail).await?;
    let title = page.tx("buyer-order-title", &[("product", ctx.order.product.clone().into())]);
    Ok(page
        .console("buyer")
        .title(title)
        .crumb_key("console-buyer", "/buyer")
        .crumb_key("nav-buyer-orders", "/buyer/orders")
        .crumb(id, "")
        .render("buyer/order.html", &ctx))
}

/// GET /buyer/orders/{id}/progress: the steps while the seller opens the service.
pub async fn progress(page: Page, Path(id): Path<String>) -> PageResult {
    let detail = page.app().order(page.actor(), Side::Buyer, &id).await?;
    let done = !matches!(detail.order.state, OrderState::Processing { .. });
    let ctx = Progress {
        steps: of_order(&page, &detail.order, detail.instance.as_ref()),
        note: note(&page, &detail),
        done: if done { format!("/buyer/orders/{id}") } else { String::new() },
    };
    let mut response = Html(page.fragment("buyer/order_progress.html", &ctx)?).into_response();
    response.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
    Ok(response)
}

/// POST /buyer/orders/{id}/pay
pub async fn pay(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let back = format!("/buyer/orders/{id}");
    let wanted = PaymentProvider::from_code(form.text("provider")).filter(|p| *p != PaymentProvider::Free);
    let Some(provider) = wanted else {
        return Ok(page.redirect_with(FlashKind::Warning, page.t("buyer-pay-choose"), back));
    };
    let paying = page.app().pay_order(page.actor(), &id, provider);
    let target = back.clone();
    match page.once(&form, &back, paying, move |_| target.clone()).await {
        Ok(Made::Before(response)) => Ok(response),
        Ok(Made::Now(_)) => {
            let key = match provider {
                PaymentProvider::BankTransfer => "buyer-pay-transfer-noted",
                _ => "buyer-pay-done",
            };
            Ok(page.redirect_with(FlashKind::Success, page.t(key), back))
        }
        Err(error) => refused(&page, error, &back),
    }
}

/// POST /buyer/orders/{id}/cancel
pub async fn cancel(page: Page, Path(id): Path<String>, _form: Form) -> PageResult {
    let back = format!("/buyer/orders/{id}");
    match page.app().cancel_order(page.actor(), &id).await {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("buyer-order-cancelled"), back)),
        Err(error) => refused(&page, error, &back),
    }
}
