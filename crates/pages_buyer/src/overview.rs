//! The first page of the buyer centre: what is to be done, what was spent, what is in use.

use crate::views::{OrderRow, day, money, order_row};
use app::ordering::Side;
use app::statistics::Overview;
use domain::access::Right;
use domain::fulfilment::instance::InstanceState;
use domain::identity::Verification;
use domain::money::{Currency, Money};
use domain::time::{DAY, Timestamp};
use store::fulfilment::{Instance, InstanceFilter};
use store::ordering::OrderFilter;
use web_kit::prelude::*;

/// Days ahead for which an ending service is a task.
const SOON: i64 = 30 * DAY;
/// Days for which a service that could not be opened is news.
const RECENT: i64 = 7 * DAY;
/// Tasks of one kind that are shown one by one.
const EACH: usize = 3;

#[derive(Serialize)]
struct Task {
    tone: &'static str,
    title: String,
    text: String,
    href: String,
    action: String,
}

#[derive(Serialize)]
struct Point {
    label: String,
    value: i64,
    text: String,
}

#[derive(Serialize)]
struct OverviewPage {
    greeting: String,
    organisation: String,
    tasks: Vec<Task>,
    balance: Option<Money>,
    sees_bills: bool,
    spent: Money,
    unpaid: i64,
    in_use: i64,
    ending: i64,
    spending: Vec<Point>,
    states: Vec<Point>,
    services: i64,
    orders: Vec<OrderRow>,
}

fn count(counts: &[(String, i64)], code: &str) -> i64 {
    counts.iter().find(|(c, _)| c == code).map_or(0, |(_, n)| *n)
}

fn ending_task(page: &Page, instance: &Instance) -> Option<Task> {
    let (key, tone, at): (&str, &'static str, Timestamp) = match instance.state {
        InstanceState::InUse { until: Some(until) } => ("buyer-task-ending", "warning", until),
        InstanceState::Expired { grace_until, .. } => ("buyer-task-expired", "danger", grace_until),
        InstanceState::Frozen { release_at: Some(at), .. } => ("buyer-task-frozen", "danger", at),
        _ => return None,
    };
    Some(Task {
        tone,
        title: page.tx(key, &[("product", page.pick(&instance.product_name).into())]),
        text: page.tx(&format!("{key}-text"), &[("day", day(page, at).into())]),
        href: format!("/buyer/services/{}", instance.id),
        action: page.t(if instance.trial { "buyer-do-convert" } else { "buyer-do-renew" }),
    })
}

fn standing_tasks(page: &Page, overview: &Overview) -> Vec<Task> {
    let mut tasks = Vec::new();
    if let Ok(member) = page.require_member()
        && member.verification != Verification::Verified
        && !member.sandbox
    {
        tasks.push(Task {
            tone: "warning",
            title: page.t("buyer-task-verify"),
            text: page.t("buyer-task-verify-text"),
            href: "/account/organisation".to_owned(),
            action: page.t("buyer-do-verify"),
        });
    }
    let unpaid = count(&overview.orders, "PENDING_PAYMENT");
    if unpaid > 0 {
        tasks.push(Task {
            tone: "warning",
            title: page.tx("buyer-task-unpaid", &[("count", unpaid.into())]),
            text: page.t("buyer-task-unpaid-text"),
            href: "/buyer/orders?state=PENDING_PAYMENT".to_owned(),
            action: page.t("buyer-do-pay"),
        });
    }
    tasks
}

async fn failed_tasks(page: &Page) -> Result<Vec<Task>, PageError> {
    let filter = InstanceFilter { state: Some("FAILED".to_owned()), ..InstanceFilter::default() };
    let request = PageRequest { limit: 10, ..PageRequest::default() };
    let found = page.app().instances(page.actor(), Side::Buyer, filter, request).await?.items;
    let recent = |i: &&Instance| matches!(i.state, InstanceState::Failed { at } if page.now().since(at) < RECENT);
    let task = |i: &Instance| Task {
        tone: "danger",
        title: page.tx("buyer-task-failed", &[("product", page.pick(&i.product_name).into())]),
        text: page.t("buyer-task-failed-text"),
        href: format!("/buyer/orders/{}", i.order_id),
        action: page.t("buyer-do-look"),
    };
    Ok(found.iter().filter(recent).take(EACH).map(task).collect())
}

fn spending(page: &Page, overview: &Overview) -> Vec<Point> {
    let point = |(at, _, e8): &(Timestamp, i64, i64)| {
        let date = at.day();
        Point {
            label: format!("{:02}-{:02}", date.month, date.day),
            // Hundredths are enough for a drawing.
            value: e8 / 1_000_000,
            text: money(page, Money::from_e8(*e8, Currency::CNY)),
        }
    };
    overview.days.iter().map(point).collect()
}

fn states(page: &Page, overview: &Overview) -> Vec<Point> {
    let point = |(code, n): &(String, i64)| Point {
        label: page.t(&format!("state-instance-{code}")),
        value: *n,
        text: n.to_string(),
    };
    overview.instances.iter().filter(|(_, n)| *n > 0).map(point).collect()
}

/// GET /buyer
pub async fn show(page: Page) -> PageResult {
    let member = page.require_right(Right::OrderView)?;
    let (app, actor) = (page.app(), page.actor());
    let overview = app.buyer_overview(actor).await?;
    let soon = page.now().plus(SOON);
    let ending = app.ending(actor, soon).await?;
    let first = PageRequest { limit: EACH as i64, ..PageRequest::default() };
    let mut next_ends = app.renewable(actor, first).await?.items;
    next_ends.retain(|i| i.state.until().is_some_and(|until| until < soon));
    let mut tasks = standing_tasks(&page, &overview);
    tasks.extend(failed_tasks(&page).await?);
    tasks.extend(next_ends.iter().filter_map(|i| ending_task(&page, i)));
    let balance = if member.has(Right::BillView) || member.has(Right::OrderPlace) {
        Some(app.balance(actor).await?)
    } else {
        None
    };
    let latest = PageRequest { limit: 6, ..PageRequest::default() };
    let orders = app.orders(actor, Side::Buyer, OrderFilter::default(), latest).await?.items;
    let spent = overview.days.iter().map(|d| d.2).sum();
    let ctx = OverviewPage {
        greeting: page.tx("buyer-greeting", &[("name", member.name.clone().into())]),
        organisation: page.pick(&member.organisation_name).to_owned(),
        tasks,
        balance,
        sees_bills: member.has(Right::BillView),
        spent: Money::from_e8(spent, Currency::CNY),
        unpaid: count(&overview.orders, "PENDING_PAYMENT"),
        in_use: count(&overview.instances, "IN_USE"),
        ending,
        spending: spending(&page, &overview),
        states: states(&page, &overview),
        services: overview.instances.iter().map(|(_, n)| n).sum(),
        orders: orders.iter().map(|o| order_row(&page, o)).collect(),
    };
    Ok(page.console("buyer").title_key("console-buyer").render("buyer/overview.html", &ctx))
}
