//! The message centre.

use super::titled;
use app::words::Argument;
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

/// The arguments of a message's text; numbers count for plurals.
fn arguments(json: &str) -> Vec<(String, Argument)> {
    let Ok(serde_json::Value::Object(map)) = serde_json::from_str(json) else { return Vec::new() };
    map.into_iter()
        .map(|(name, value)| {
            let argument = match value {
                serde_json::Value::String(text) => text.parse::<i64>().map_or(Argument::Text(text), Argument::Number),
                serde_json::Value::Number(n) => n.as_i64().map_or(Argument::Text(n.to_string()), Argument::Number),
                other => Argument::Text(other.to_string()),
            };
            (name, argument)
        })
        .collect()
}

fn text(page: &Page, message: &Message) -> String {
    let owned = arguments(&message.arguments);
    let given: Vec<(&str, Argument)> = owned.iter().map(|(n, a)| (n.as_str(), a.clone())).collect();
    page.tx(&format!("message-{}", message.kind), &given)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_count_for_plurals() {
        let given = arguments(r#"{"days":"7","product":"漪图 8"}"#);
        assert!(given.contains(&("days".to_owned(), Argument::Number(7))));
        assert!(given.contains(&("product".to_owned(), Argument::Text("漪图 8".to_owned()))));
        assert!(arguments("nonsense").is_empty());
    }
}
