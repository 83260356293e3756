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
    error: String,
    jobs: String,
}

/// What a reader of the outbox must not be able to use: links that set a password.
fn masked(body: &str) -> String {
    body.split_inclusive(char::is_whitespace)
        .map(|word| match word.split_once("/reset?token=") {
            Some((head, rest)) => {
                let tail: String = rest.chars().skip_while(|c| !c.is_whitespace()).collect();
                format!("{head}/reset?token=••••{tail}")
            }
            None => word.to_owned(),
        })
        .collect()
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
        body: masked(&m.body),
        error: m.error,
        jobs: format!("/operator/jobs?subject={}", m.id),
    };
    Ok(desk_below(page, "nav-operator-mails", HOME, m.subject).render("operator/mail.html", &ctx))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_cannot_take_over_an_account_from_the_outbox() {
        let body = "Open\nhttps://m.example/reset?token=abc\nwithin 30 minutes";
        assert_eq!(masked(body), "Open\nhttps://m.example/reset?token=••••\nwithin 30 minutes");
        assert_eq!(masked("no link"), "no link");
    }
}
