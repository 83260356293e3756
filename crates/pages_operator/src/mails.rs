//! The outbox: what was mailed, to whom, and what went wrong.

use crate::common::*;
use axum::extract::Path;
use domain::access::OperatorRight;
use domain::time::Timestamp;
use web_kit::prelude::*;

const HOME: &str = "/operator/mails";

#[derive(Serialize)]
struct Row {
    id: String,
    recipient: String,
    subject: String,
    state: Badge,
    at: Timestamp,
    sent: Option<Timestamp>,
    error: String,
}

#[derive(Serialize)]
struct ListPage {
    rows: Vec<Row>,
    pager: PagerLinks,
    states: Vec<Choice>,
    state: String,
    recipient: String,
    /// Whether no mail server is set.
    nowhere: bool,
    sort: Sort,
}

/// Mails.
pub async fn list(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let request = request(&page, false);
    let recipient = filter(&page, "recipient").map(|r| r.to_lowercase());
    let found = page.app().mails(page.actor(), filter(&page, "state"), recipient, request.clone()).await?;
    let pager = links(&page, &found);
    let rows = found.items.into_iter().map(|m| Row {
        state: badge(&page, "state-mail-", &m.state),
        id: m.id,
        recipient: m.recipient,
        subject: m.subject,
        at: m.created_at,
        sent: m.sent_at.filter(|_| m.state == "SENT"),
        error: m.error,
    });
    let ctx = ListPage {
        rows: rows.collect(),
        pager,
        states: choices(&page, "state-mail-", &["WAITING", "SENT", "KEPT"]),
        state: page.query("state").to_owned(),
        recipient: page.query("recipient").to_owned(),
        nowhere: page.app().mails_go_nowhere(),
        sort: sort(&page, &request),
    };
    let title = page.t("nav-operator-mails");
    Ok(desk(page, title).render("operator/mails.html", &ctx))
}

#[derive(Serialize)]
struct Detail {
    state: Badge,
    facts: Vec<Fact>,
    body: String,
    html: String,
    error: String,
    jobs: String,
}

/// One mail with its text.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let m = page.app().mail(page.actor(), &id).await?;
    let facts = Facts::new(&page)
        .id("operator-mail-id", &m.id)
        .text("operator-recipient", &m.recipient)
        .time("operator-created", Some(m.created_at))
        .time("operator-sent", m.sent_at.filter(|_| m.state == "SENT"))
        .done();
    let ctx = Detail {
        state: badge(&page, "state-mail-", &m.state),
        facts,
        body: m.body,
        html: if m.letter.is_empty() { String::new() } else { format!("{HOME}/{}/html", m.id) },
        error: m.error,
        jobs: format!("/operator/jobs?subject={}", m.id),
    };
    Ok(desk_below(page, "nav-operator-mails", HOME, m.subject).render("operator/mail.html", &ctx))
}

/// Nothing but the letter's own inline styles; shown inside of our page only.
const LETTER_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";

/// The HTML form of a mail, as a document of its own.
pub async fn html(page: Page, Path(id): Path<String>) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let mail = page.app().mail(page.actor(), &id).await?;
    let html = app::mails::html_of(&mail)?.ok_or_else(PageError::not_found)?;
    let policy = (axum::http::header::CONTENT_SECURITY_POLICY, LETTER_POLICY);
    Ok(([policy], axum::response::Html(html)).into_response())
}
