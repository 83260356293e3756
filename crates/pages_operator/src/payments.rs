//! Money that people say they have sent: bank transfers of orders, and top-ups.

use crate::common::*;
use app::AppError;
use app::four_eyes::MoneyDecision;
use app::ordering::Arrival;
use axum::extract::Path;
use domain::access::OperatorRight;
use domain::ledger::Book;
use domain::money::Money;
use domain::ordering::order::PaymentProvider;
use domain::time::Timestamp;
use std::collections::HashMap;
use store::ledger::Prepared;
use web_kit::prelude::*;

const TRANSFERS: &str = "/operator/payments";
const TOP_UPS: &str = "/operator/top-ups";

#[derive(Serialize)]
struct Row {
    id: String,
    reference: String,
    /// Order of a transfer; organisation of a top-up.
    about: String,
    about_href: String,
    payer: String,
    payer_href: String,
    provider: String,
    state: Badge,
    pending: bool,
    /// Given up, but its money may still come.
    late: bool,
    reason: String,
    /// Who has said that it arrived; empty when nobody has.
    prepared: String,
    /// What the button says and asks.
    button: &'static str,
    ask: &'static str,
    amount: Money,
    at: Timestamp,
    decided: Option<Timestamp>,
    decide: String,
}

#[derive(Serialize)]
struct ListPage {
    rows: Vec<Row>,
    pager: PagerLinks,
    kinds: Vec<Tab>,
    tabs: Vec<Tab>,
    sort: Sort,
    is_top_ups: bool,
    pending_only: bool,
    next: String,
    may: May,
}

fn state_of(page: &Page) -> String {
    filter(page, "state").unwrap_or_else(|| "PENDING".to_owned())
}

async fn kinds(page: &Page, top_ups: bool) -> Result<Vec<Tab>, PageError> {
    let (transfers_waiting, top_ups_waiting) = page.app().operator_overview(page.actor()).await?.waiting_money;
    let tab = |key: &str, href: &str, active: bool, count: i64| Tab {
        text: page.t(key),
        href: href.to_owned(),
        active,
        count: u64::try_from(count).ok().filter(|n| *n > 0),
    };
    Ok(vec![
        tab("operator-transfers", TRANSFERS, !top_ups, transfers_waiting),
        tab("operator-top-ups", TOP_UPS, top_ups, top_ups_waiting),
    ])
}

/// The answer of a refused or confirmed payment goes back to the same list.
fn back(page: &Page, home: &str, next: &str) -> String {
    page.next_or(home, next)
}

/// Bank transfers of orders.
pub async fn transfers(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let state = state_of(&page);
    let request = request(&page, state == "PENDING");
    let wanted = Some(state.clone()).filter(|s| s != "all");
    let book = if page.query("book") == Book::Sandbox.code() { Book::Sandbox } else { Book::Real };
    let found = page.app().payments(page.actor(), book, wanted, request.clone()).await?;
    let names = Names::of(&page, found.items.iter().map(|p| &p.buyer_id)).await?;
    let ids = found
        .items
        .iter()
        .filter(|p| matches!(p.state.as_str(), "PENDING" | "CANCELLED"))
        .map(|p| p.id.clone())
        .collect();
    let prepared = page.app().money_prepared(page.actor(), ids).await?;
    let rows = found.items.iter().map(|p| Row {
        id: p.id.clone(),
        reference: p.reference.clone(),
        about: p.order_id.clone(),
        about_href: href_of("order", &p.order_id),
        payer: names.name(&p.buyer_id),
        payer_href: href_of("organisation", &p.buyer_id),
        provider: word(&page, "provider-", p.provider.code()),
        state: badge(&page, "state-payment-", &p.state),
        pending: p.state == "PENDING",
        late: p.state == "CANCELLED" && p.provider == PaymentProvider::BankTransfer,
        reason: refusal_text(&page, &p.reason),
        prepared: name_of(&prepared, &p.id),
        button: step(&page, &prepared, &p.id).0,
        ask: step(&page, &prepared, &p.id).1,
        amount: p.amount,
        at: p.created_at,
        decided: p.decided_at,
        decide: format!("{TRANSFERS}/{}/decide", p.id),
    });
    let ctx = ListPage {
        rows: rows.collect(),
        pager: links(&page, &found),
        kinds: kinds(&page, false).await?,
        tabs: tabs(
            &page,
            "state",
            "state-payment-",
            &["PENDING", "SUCCEEDED", "CREDITED", "CANCELLED"],
            &state,
            "operator-all",
        ),
        sort: sort(&page, &request),
        is_top_ups: false,
        pending_only: state == "PENDING",
        next: with_query(&page, &[]),
        may: May::of(&page),
    };
    let title = page.t("nav-operator-payments");
    Ok(desk(page, title).render("operator/payments.html", &ctx))
}

/// Requests to add money to a balance.
pub async fn top_ups(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let state = state_of(&page);
    let request = request(&page, state == "PENDING");
    let wanted = Some(state.clone()).filter(|s| s != "all");
    let found = page.app().all_top_ups(page.actor(), wanted, request.clone()).await?;
    let names = Names::of(&page, found.items.iter().map(|t| &t.organisation_id)).await?;
    let ids = found.items.iter().filter(|t| t.state == "PENDING").map(|t| t.id.clone()).collect();
    let prepared = page.app().money_prepared(page.actor(), ids).await?;
    let rows = found.items.iter().map(|t| Row {
        id: t.id.clone(),
        reference: t.reference.clone(),
        about: String::new(),
        about_href: String::new(),
        payer: names.name(&t.organisation_id),
        payer_href: href_of("organisation", &t.organisation_id),
        provider: String::new(),
        state: badge(&page, "state-payment-", &t.state),
        pending: t.state == "PENDING",
        late: false,
        reason: t.reason.clone(),
        prepared: name_of(&prepared, &t.id),
        button: step(&page, &prepared, &t.id).0,
        ask: step(&page, &prepared, &t.id).1,
        amount: t.amount,
        at: t.created_at,
        decided: t.decided_at,
        decide: format!("{TOP_UPS}/{}/decide", t.id),
    });
    let ctx = ListPage {
        rows: rows.collect(),
        pager: links(&page, &found),
        kinds: kinds(&page, true).await?,
        tabs: tabs(&page, "state", "state-payment-", &["PENDING", "CONFIRMED", "CANCELLED"], &state, "operator-all"),
        sort: sort(&page, &request),
        is_top_ups: true,
        pending_only: state == "PENDING",
        next: with_query(&page, &[]),
        may: May::of(&page),
    };
    let title = page.t("nav-operator-payments");
    Ok(desk(page, title).nav_active("nav-operator-payments").render("operator/payments.html", &ctx))
}

fn name_of(prepared: &HashMap<String, Prepared>, id: &str) -> String {
    prepared.get(id).map(|p| p.name.clone()).unwrap_or_default()
}

/// Words of the button that says the money has arrived, and of its question.
fn step(page: &Page, prepared: &HashMap<String, Prepared>, id: &str) -> (&'static str, &'static str) {
    match (page.app().options().four_eyes, prepared.contains_key(id)) {
        (true, false) => ("operator-payment-prepare", "operator-payment-prepare-message"),
        (true, true) => ("operator-payment-approve", "operator-payment-confirm-message"),
        (false, _) => ("operator-payment-confirm", "operator-payment-confirm-message"),
    }
}

fn done_key(decision: &Result<MoneyDecision, AppError>) -> &'static str {
    match decision {
        Ok(MoneyDecision::Prepared) => "operator-payment-prepared",
        Ok(MoneyDecision::Refused) => "operator-payment-refused",
        Ok(MoneyDecision::Entered) | Err(_) => "operator-payment-confirmed",
    }
}

fn arrival(form: &Form) -> Arrival {
    if form.flag("arrived") { Arrival::Arrived } else { Arrival::Refused(form.text("reason").to_owned()) }
}

/// Words of a reason: a refusal's code where it is one, else what an operator wrote.
fn refusal_text(page: &Page, reason: &str) -> String {
    let is_code = !reason.is_empty() && reason.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let text = if is_code { page.t(&format!("error-{reason}")) } else { String::new() };
    if text.is_empty() || text.starts_with("error-") { reason.to_owned() } else { text }
}

/// Confirms or refuses a transfer.
pub async fn decide_transfer(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let outcome = page.app().decide_payment(page.actor(), &id, arrival(&form)).await;
    let key = done_key(&outcome);
    answer(&page, outcome.map(|_| ()), key, &back(&page, TRANSFERS, form.text("next")))
}

/// Confirms or refuses a top-up.
pub async fn decide_top_up(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let outcome = page.app().decide_top_up(page.actor(), &id, arrival(&form)).await;
    let key = done_key(&outcome);
    answer(&page, outcome.map(|_| ()), key, &back(&page, TOP_UPS, form.text("next")))
}
