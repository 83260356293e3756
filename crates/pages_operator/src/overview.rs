//! The first page of the console: how trade goes, and what waits for somebody.

use crate::common::*;
use crate::jobs::count_text;
use app::statistics::Counts;
use domain::access::OperatorRight;
use domain::money::{Currency, Money};
use domain::time::Timestamp;
use store::messages::Message;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Point {
    label: String,
    value: i64,
    text: String,
}

#[derive(Serialize)]
struct Todo {
    text: String,
    href: &'static str,
    count: String,
    tone: &'static str,
}

#[derive(Serialize)]
struct MessageRow {
    text: String,
    href: String,
    at: Timestamp,
    unread: bool,
}

#[derive(Serialize)]
struct Health {
    due: String,
    later: String,
    running: String,
    failed: String,
    size: u64,
    ready: bool,
}

#[derive(Serialize)]
struct Overview {
    sales: Vec<Point>,
    total: Money,
    orders_count: i64,
    today: Money,
    trend: Vec<i64>,
    orders: Vec<Point>,
    todos: Vec<Todo>,
    products_on_sale: String,
    health: Health,
    messages: Vec<MessageRow>,
    /// What a new market needs; empty once it has everything.
    steps: Vec<Step>,
    /// Whether mails reach nobody.
    nowhere: bool,
}

/// Something that a market needs before its first order.
#[derive(Serialize)]
struct Step {
    title: String,
    text: String,
    href: &'static str,
    done: bool,
}

async fn steps(page: &Page) -> Result<Vec<Step>, PageError> {
    let found = page.app().first_steps(page.actor()).await?;
    if found.done() {
        return Ok(Vec::new());
    }
    let list = [
        ("categories", found.categories, "/operator/categories"),
        ("bank", found.bank_account, "/operator/settings"),
        ("mail", found.mail, "/operator/mails"),
        ("contact", found.contact, "/help#contact"),
        ("second", found.second_person, "/operator/operators"),
        ("seller", found.seller, "/operator/organisations?seller_state=APPLIED"),
        ("product", found.product, "/operator/applications"),
    ];
    let step = |(name, done, href)| Step {
        title: page.t(&format!("operator-step-{name}")),
        text: page.t(&format!("operator-step-{name}-text")),
        href,
        done,
    };
    Ok(list.into_iter().map(step).collect())
}

fn count(counts: &Counts, code: &str) -> i64 {
    counts.iter().find(|(state, _)| state == code).map_or(0, |(_, n)| *n)
}

/// Whole yuan are exact enough for the height of a point.
fn point(page: &Page, (day, _, amount_e8): &(Timestamp, i64, i64)) -> Point {
    let date = day.day();
    Point {
        label: format!("{:02}-{:02}", date.month, date.day),
        value: amount_e8 / 100_000_000,
        text: amount(page, Money::from_e8(*amount_e8, Currency::CNY)),
    }
}

fn message_row(page: &Page, m: &Message) -> MessageRow {
    MessageRow {
        text: app::messages::worded(page.app().words(), page.language(), &m.kind, &m.arguments),
        href: m.href.clone(),
        at: m.created_at,
        unread: m.read_at.is_none(),
    }
}

fn todos(page: &Page, o: &app::statistics::Overview, failed_jobs: i64) -> Vec<Todo> {
    let waiting = &o.waiting;
    let list = [
        ("operator-todo-overdue", "/operator/applications", waiting.late_reviews, "danger"),
        ("operator-todo-reviews", "/operator/applications", count(&o.applications, "PENDING_REVIEW"), "info"),
        ("operator-todo-transfers", "/operator/payments", o.waiting_money.0, "warning"),
        ("operator-todo-top-ups", "/operator/top-ups", o.waiting_money.1, "warning"),
        ("operator-todo-verify", "/operator/organisations?verification=PENDING", waiting.verifications, "info"),
        ("operator-todo-sellers", "/operator/organisations?seller_state=APPLIED", waiting.seller_requests, "info"),
        ("operator-todo-certify", "/operator/organisations?seller_state=ADMITTED", waiting.certifications, "info"),
        ("operator-todo-calls", "/operator/calls?state=STOPPED", count(&o.calls, "STOPPED"), "danger"),
        ("operator-todo-jobs", "/operator/jobs?state=FAILED", failed_jobs, "danger"),
    ];
    list.into_iter()
        .map(|(key, href, n, tone)| Todo {
            text: page.t(key),
            href,
            count: count_text(n),
            tone: if n == 0 { "neutral" } else { tone },
        })
        .collect()
}

/// The overview.
pub async fn show(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let (app, actor) = (page.app(), page.actor());
    let o = app.operator_overview(actor).await?;
    let ([due, later, running, failed], _) = app.job_overview(actor).await?;
    let first = PageRequest { limit: 6, ..PageRequest::default() };
    let messages = app.messages(actor, false, first).await?.items;
    let total: i64 = o.days.iter().map(|(_, _, e8)| e8).fold(0, |a, b| a.saturating_add(*b));
    let ctx = Overview {
        sales: o.days.iter().map(|day| point(&page, day)).collect(),
        total: Money::from_e8(total, Currency::CNY),
        orders_count: o.days.iter().map(|(_, n, _)| n).sum(),
        today: Money::from_e8(o.days.last().map_or(0, |d| d.2), Currency::CNY),
        trend: o.days.iter().map(|(_, n, _)| *n).collect(),
        orders: o
            .orders
            .iter()
            .filter(|(_, n)| *n > 0)
            .map(|(code, n)| Point { label: word(&page, "state-order-", code), value: *n, text: count_text(*n) })
            .collect(),
        todos: todos(&page, &o, failed),
        products_on_sale: count_text(count(&o.products, "ON_SALE")),
        health: Health {
            due: count_text(due),
            later: count_text(later),
            running: count_text(running),
            failed: count_text(failed),
            size: app.shelf_size(),
            ready: app.is_ready().await,
        },
        steps: steps(&page).await?,
        nowhere: app.mails_go_nowhere(),
        messages: messages.iter().map(|m| message_row(&page, m)).collect(),
    };
    let title = page.t("operator-overview-title");
    let page = page.console("operator").title(title);
    Ok(page.render("operator/overview.html", &ctx))
}
