//! The prepaid balance: top-ups, statement, export.

use crate::order::bank_facts;
use crate::views::{Badge, EXPORT_ROWS, EXPORT_STEP, Fact};
use domain::access::Right;
use domain::money::{Currency, Money};
use domain::time::Timestamp;
use store::ledger::{StatementLine, TopUp};
use web_kit::prelude::*;

#[derive(Serialize)]
struct TopUpRow {
    state: Badge,
    pending: bool,
    amount: Money,
    reference: String,
    created_at: Timestamp,
    decided_at: Option<Timestamp>,
    facts: Vec<Fact>,
}

#[derive(Serialize)]
struct Line {
    at: Timestamp,
    kind: String,
    memo: String,
    amount: Money,
    negative: bool,
    order_id: String,
    order_href: String,
}

#[derive(Serialize)]
struct BalancePage {
    balance: Money,
    can_top_up: bool,
    top_ups: Vec<TopUpRow>,
    pending: Vec<TopUpRow>,
    lines: Vec<Line>,
    export_href: &'static str,
    pager: PagerLinks,
    v: Values,
    errors: FormErrors,
}

fn top_up_row(page: &Page, top_up: &TopUp) -> TopUpRow {
    let tone = match top_up.state.as_str() {
        "CONFIRMED" => "success",
        "PENDING" => "warning",
        _ => "neutral",
    };
    TopUpRow {
        state: Badge { tone, text: page.t(&format!("state-payment-{}", top_up.state)) },
        pending: top_up.state == "PENDING",
        amount: top_up.amount,
        reference: top_up.reference.clone(),
        created_at: top_up.created_at,
        decided_at: top_up.decided_at,
        facts: bank_facts(page, top_up.amount, &top_up.reference),
    }
}

fn line(page: &Page, line: &StatementLine) -> Line {
    let order_id = line.order_id.clone().unwrap_or_default();
    Line {
        at: line.at,
        kind: page.t(&format!("entry-kind-{}", line.kind)),
        memo: line.memo.clone(),
        amount: line.amount,
        negative: line.amount.is_negative(),
        order_href: if order_id.is_empty() { String::new() } else { format!("/buyer/orders/{order_id}") },
        order_id,
    }
}

async fn balance_page(page: &Page, v: Values, errors: FormErrors) -> Result<BalancePage, PageError> {
    let member = page.require_right(Right::BillView)?;
    let (app, actor) = (page.app(), page.actor());
    let statement = app.balance_statement(actor, page_request(page)).await?;
    let recent = PageRequest { limit: 50, ..PageRequest::default() };
    let asked = app.top_ups(actor, recent).await?.items;
    Ok(BalancePage {
        balance: app.balance(actor).await?,
        can_top_up: member.has(Right::OrderPlace),
        pending: asked.iter().filter(|t| t.state == "PENDING").map(|t| top_up_row(page, t)).collect(),
        top_ups: asked.iter().take(10).map(|t| top_up_row(page, t)).collect(),
        pager: links(page, &statement),
        lines: statement.items.iter().map(|l| line(page, l)).collect(),
        export_href: if member.has(Right::BillExport) { "/buyer/balance.csv" } else { "" },
        v,
        errors,
    })
}

fn framed(page: Page) -> Page {
    page.console("buyer")
        .title_key("nav-buyer-balance")
        .crumb_key("console-buyer", "/buyer")
        .crumb_key("nav-buyer-balance", "")
        .nav_active("nav-buyer-balance")
}

/// GET /buyer/balance
pub async fn show(page: Page) -> PageResult {
    let v = Values::from([("amount", page.query("amount").to_owned())]);
    let ctx = balance_page(&page, v, FormErrors::default()).await?;
    Ok(framed(page).render("buyer/balance.html", &ctx))
}

/// POST /buyer/balance/top-up
pub async fn top_up(page: Page, form: Form) -> PageResult {
    let asked = match form.money("amount", Currency::CNY) {
        Ok(amount) => {
            let asking = page.app().ask_top_up(page.actor(), amount);
            page.once(&form, "/buyer/balance", asking, |_| "/buyer/balance#pending".to_owned()).await
        }
        Err(error) => Err(error),
    };
    match asked {
        Ok(Made::Before(response)) => Ok(response),
        Ok(Made::Now(top_up)) => {
            let key = if top_up.state == "CONFIRMED" { "buyer-top-up-test-done" } else { "buyer-top-up-noted" };
            let text = page.tx(key, &[("reference", top_up.reference.into())]);
            Ok(page.redirect_with(FlashKind::Success, text, "/buyer/balance#pending"))
        }
        Err(error) => {
            let errors = page.form_errors(error)?;
            let ctx = balance_page(&page, form.values(), errors).await?;
            Ok(framed(page).render_invalid("buyer/balance.html", &ctx))
        }
    }
}

/// Heads of the export.
const HEADS: &[&str] = &[
    "buyer-col-time",
    "buyer-col-entry",
    "buyer-col-entry-kind",
    "buyer-col-memo",
    "buyer-col-amount",
    "buyer-col-currency",
    "buyer-col-order",
];

/// GET /buyer/balance.csv
pub async fn export(page: Page) -> PageResult {
    page.require_right(Right::BillExport)?;
    let mut csv = Csv::new(HEADS.iter().map(|h| page.t(h)));
    let (mut cursor, mut rows) = (None, 0);
    while rows < EXPORT_ROWS {
        let request = PageRequest { cursor: cursor.take(), limit: EXPORT_STEP, oldest_first: false };
        let found = page.app().balance_statement(page.actor(), request).await?;
        rows += found.items.len();
        for l in &found.items {
            csv.row([
                l.at.to_market_text(),
                l.entry_id.clone(),
                page.t(&format!("entry-kind-{}", l.kind)),
                l.memo.clone(),
                l.amount.to_decimal(),
                l.amount.currency().code().to_owned(),
                l.order_id.clone().unwrap_or_default(),
            ]);
        }
        cursor = found.next;
        if cursor.is_none() {
            break;
        }
    }
    page.save_export(csv, "balance.csv").await
}
