//! The test clock of a sandbox: its time, what comes next, what happened on the way.

use crate::views::{Event, ServiceRow, events, refused, service_row, when};
use app::ordering::Side;
use domain::access::Right;
use domain::time::{DAY, HOUR, Timestamp};
use store::fulfilment::InstanceFilter;
use store::messages::Message;
use web_kit::prelude::*;

/// Most services that the page shows.
const SHOWN: i64 = 20;

#[derive(Serialize)]
struct ClockPage {
    now: Timestamp,
    ahead: String,
    next: Option<Timestamp>,
    can_advance: bool,
    services: Vec<ServiceRow>,
    more_services: bool,
    since: bool,
    events: Vec<Event>,
    v: Values,
    errors: FormErrors,
}

fn message_event(page: &Page, message: &Message) -> Event {
    Event {
        title: app::messages::worded(page.app().words(), page.language(), &message.kind, &message.arguments),
        at: message.created_at,
        actor: page.t("buyer-clock-message"),
        text: String::new(),
        tone: "info",
        href: message.href.clone(),
    }
}

/// What was recorded since the real time `since`: changes of the services and messages about them.
async fn effects(page: &Page, services: &[ServiceRow], since: Timestamp) -> Result<Vec<Event>, PageError> {
    let mut found = Vec::new();
    for service in services {
        let mut detail = page.app().instance(page.actor(), Side::Buyer, &service.id).await?;
        detail.history.retain(|e| e.at >= since);
        found.extend(events(page, &detail.history).into_iter().map(|e| Event {
            text: if e.text.is_empty() {
                service.product.clone()
            } else {
                format!("{} · {}", service.product, e.text)
            },
            href: service.href.clone(),
            ..e
        }));
    }
    let recent = PageRequest { limit: 50, ..PageRequest::default() };
    let messages = page.app().messages(page.actor(), false, recent).await?.items;
    found.extend(messages.iter().filter(|m| m.created_at >= since).map(|m| message_event(page, m)));
    found.sort_by_key(|e| std::cmp::Reverse(e.at));
    Ok(found)
}

async fn clock_page(page: &Page, v: Values, errors: FormErrors) -> Result<ClockPage, PageError> {
    let member = page.require_right(Right::OrderView)?;
    if !member.sandbox {
        return Err(PageError::not_found());
    }
    let (can_advance, ahead) = (member.has(Right::OrderPlace), member.clock_offset);
    let request = PageRequest { limit: SHOWN, ..PageRequest::default() };
    let found = page.app().instances(page.actor(), Side::Buyer, InstanceFilter::default(), request).await?;
    let services: Vec<ServiceRow> = found.items.iter().map(|i| service_row(page, i)).collect();
    let since = page.query("since").parse().ok().map(Timestamp);
    let events = match since {
        Some(since) => effects(page, &services, since).await?,
        None => Vec::new(),
    };
    // To the nearest hour: the moments that a step itself takes are no news.
    let hours = (ahead + HOUR / 2) / HOUR;
    let (days, hours) = (hours / 24, hours % 24);
    Ok(ClockPage {
        now: page.now(),
        ahead: page.tx("buyer-clock-ahead", &[("days", days.into()), ("hours", hours.into())]),
        next: page.app().next_clock_event(page.actor()).await?,
        can_advance,
        services,
        more_services: found.next.is_some(),
        since: since.is_some(),
        events,
        v,
        errors,
    })
}

fn framed(page: Page) -> Page {
    page.console("buyer")
        .title_key("nav-buyer-clock")
        .crumb_key("console-buyer", "/buyer")
        .crumb_key("nav-buyer-clock", "")
        .nav_active("nav-buyer-clock")
}

/// GET /buyer/clock
pub async fn show(page: Page) -> PageResult {
    let ctx = clock_page(&page, Values::default(), FormErrors::default()).await?;
    Ok(framed(page).render("buyer/clock.html", &ctx))
}

/// How far to go, in microseconds: to the next event, or so many days.
async fn distance(page: &Page, form: &Form) -> Result<i64, AppError> {
    if form.text("to") == "next" {
        let next = page.app().next_clock_event(page.actor()).await?;
        let next = next.ok_or_else(|| AppError::field("days", "buyer-no-next-event"))?;
        // What is due already needs only a push.
        return Ok(next.since(page.now()).max(1));
    }
    let days = form.int("days").filter(|d| (1..=1000).contains(d));
    days.map(|d| d * DAY).ok_or_else(|| AppError::field("days", "out-of-range"))
}

/// POST /buyer/clock/advance
pub async fn advance(page: Page, form: Form) -> PageResult {
    let since = page.app().now();
    let moved = match distance(&page, &form).await {
        Ok(micros) => page.app().advance_clock(page.actor(), micros).await,
        Err(error) => Err(error),
    };
    match moved {
        Ok(now) => {
            let text = page.tx("buyer-clock-advanced", &[("time", when(&page, now).into())]);
            let to = format!("/buyer/clock?since={}", since.micros());
            Ok(page.redirect_with(FlashKind::Success, text, to))
        }
        Err(error @ AppError::Refused(_)) => refused(&page, error, "/buyer"),
        Err(error) => {
            let errors = page.form_errors(error)?;
            let ctx = clock_page(&page, form.values(), errors).await?;
            Ok(framed(page).render_invalid("buyer/clock.html", &ctx))
        }
    }
}
