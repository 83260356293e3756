//! The message centre.

use super::titled;
use axum::extract::Path;
use domain::time::Timestamp;
use store::messages::Message;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Messages {
    rows: Vec<Row>,
    pager: PagerLinks,
    unread_only: bool,
    unread: i64,
}

#[derive(Serialize)]
struct Row {
    id: String,
    text: String,
    class: String,
    href: String,
    at: Timestamp,
    unread: bool,
}

fn text(page: &Page, message: &Message) -> String {
    app::messages::worded(page.app().words(), page.language(), &message.kind, &message.arguments)
}

fn class_text(page: &Page, code: i64) -> String {
    page.t(match code {
        101 => "messages-class-trade",
        103 => "messages-class-service",
        501 => "messages-class-operation",
        _ => "messages-class-other",
    })
}

/// `GET /messages?unread=1`.
pub async fn list(page: Page) -> PageResult {
    let shown = titled(&page, "messages-title")?;
    let unread_only = page.query("unread") == "1";
    let paged = page.app().messages(page.actor(), unread_only, page_request(&page)).await?;
    let pager = links(&page, &paged);
    let row = |m: Message| Row {
        text: text(&page, &m),
        class: class_text(&page, m.class_code),
        unread: m.read_at.is_none(),
        href: m.href,
        at: m.created_at,
        id: m.id,
    };
    let unread = page.app().unread(page.actor()).await?;
    let context = Messages { rows: paged.items.into_iter().map(row).collect(), pager, unread_only, unread };
    Ok(shown.render("account/messages.html", &context))
}

/// `POST /messages/{id}/read`: marks it read and goes on to `next`, where it leads.
pub async fn read(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    page.app().mark_read(page.actor(), Some(id)).await?;
    Ok(page.redirect(page.next_or("/messages", form.text("next"))))
}

/// `POST /messages/read`: marks everything read.
pub async fn read_all(page: Page, _proof: Form) -> PageResult {
    page.app().mark_read(page.actor(), None).await?;
    Ok(page.redirect_with(FlashKind::Success, page.t("messages-all-read-done"), "/messages"))
}
