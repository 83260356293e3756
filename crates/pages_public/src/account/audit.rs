//! The audit log of one's own organisation.

use super::titled;
use domain::access::Right;
use domain::text::Language;
use domain::time::{DAY, Timestamp, parse_market};
use store::audit::{AuditEntry, AuditFilter};
use web_kit::prelude::*;

/// Rows of an export at most.
const EXPORTED: usize = web_kit::listing::EXPORT_ROWS;
/// Acts that can be filtered by, as the log spells them.
const ACTIONS: [&str; 35] = [
    "login.succeeded",
    "login.failed",
    "password.changed",
    "password.reset-asked",
    "password.reset",
    "member.invited",
    "member.changed",
    "member.authorised",
    "member.grouped",
    "group.created",
    "group.changed",
    "group.deleted",
    "token.created",
    "token.revoked",
    "organisation.registered",
    "organisation.changed",
    "organisation.applied",
    "export.made",
    "access.opened",
    "draft.saved",
    "renewal.returned",
    "session.ended",
    "order.placed",
    "order.paid",
    "order.completed",
    "order.cancelled",
    "order.refunded",
    "payment.started",
    "instance.policy",
    "top-up.asked",
    "key.added",
    "key.switched",
    "key.revealed",
    "product.created",
    "application.submitted",
];

#[derive(Serialize)]
struct Log {
    rows: Vec<Row>,
    pager: PagerLinks,
    actions: Vec<Choice>,
    v: Values,
    export: String,
    filtered: bool,
}

#[derive(Serialize)]
struct Row {
    at: Timestamp,
    actor: String,
    action: String,
    subject_id: String,
    detail: String,
}

fn key(action: &str) -> String {
    format!("audit-{}", action.replace('.', "-"))
}

/// Words of an act; its own name where there are none.
fn action_text(page: &Page, action: &str) -> String {
    let key = key(action);
    if page.app().words().has(page.language(), &key) { page.t(&key) } else { action.to_owned() }
}

fn day(text: &str) -> Option<Timestamp> {
    parse_market(&format!("{text}T00:00"))
}

fn filter(page: &Page) -> AuditFilter {
    let text = |name: &str| Some(page.query(name).to_owned()).filter(|t| !t.is_empty());
    AuditFilter {
        chain: None,
        subject_id: text("subject"),
        actor_id: None,
        action: text("action"),
        from: day(page.query("from")),
        to: day(page.query("to")).map(|t| t.plus(DAY)),
    }
}

/// The details of an entry as `name: value` lines.
fn detail_text(detail: &str) -> String {
    let value = |v: &serde_json::Value| match v {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match serde_json::from_str::<serde_json::Value>(detail) {
        Ok(serde_json::Value::Object(map)) => {
            map.iter().map(|(k, v)| format!("{k}: {}", value(v))).collect::<Vec<_>>().join(" · ")
        }
        _ => detail.to_owned(),
    }
}

fn row(page: &Page, entry: AuditEntry) -> Row {
    let actor = match (entry.actor_kind.as_str(), entry.actor_name.is_empty()) {
        ("system", _) => page.t("audit-system"),
        ("operator", _) => page.t("audit-operator"),
        (_, true) => page.t("audit-visitor"),
        _ => entry.actor_name,
    };
    Row {
        at: entry.at,
        actor,
        action: action_text(page, &entry.action),
        subject_id: entry.subject_id,
        detail: detail_text(&entry.detail),
    }
}

/// `GET /account/audit`.
pub async fn list(page: Page) -> PageResult {
    page.require_right(Right::UserManage)?;
    let paged = page.app().audit(page.actor(), filter(&page), page_request(&page)).await?;
    let pager = links(&page, &paged);
    let names = ["action", "subject", "from", "to"];
    let pairs = names.map(|n| (n, page.query(n)));
    let choice = |a: &&str| Choice { value: (*a).to_owned(), text: action_text(&page, a) };
    let context = Log {
        rows: paged.items.into_iter().map(|e| row(&page, e)).collect(),
        pager,
        actions: ACTIONS.iter().map(choice).collect(),
        v: pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        export: web_kit::paths::with_pairs("/account/audit.csv", pairs),
        filtered: pairs.iter().any(|(_, v)| !v.is_empty()),
    };
    let shown = titled(&page, "audit-title")?;
    // Sellers find the log in the navigation of their console; everybody else through the members.
    let seller = page.require_member()?.is_seller();
    let shown = if seller { shown.console("seller") } else { shown.nav_active("nav-account-members") };
    Ok(shown.render("account/audit.html", &context))
}

/// `GET /account/audit.csv`: the same rows, all pages.
pub async fn export(page: Page) -> PageResult {
    page.require_right(Right::UserManage)?;
    let heads = ["audit-at", "audit-actor", "audit-action", "audit-subject", "audit-detail"];
    let mut csv = Csv::new(heads.map(|k| page.t(k)));
    let mut request = PageRequest { limit: 200, ..PageRequest::default() };
    let mut count = 0;
    loop {
        let paged = page.app().audit(page.actor(), filter(&page), request.clone()).await?;
        for entry in paged.items {
            let row = row(&page, entry);
            let at = web_kit::filters::datetime_text(row.at, Language::Zh, true);
            csv.row([at, row.actor, row.action, row.subject_id, row.detail]);
            count += 1;
        }
        match paged.next {
            Some(next) if count < EXPORTED => request.cursor = Some(next),
            _ => break,
        }
    }
    page.save_export(csv, "audit.csv").await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_read_as_a_line() {
        assert_eq!(detail_text(r#"{"role":"finance","disabled":false}"#), "disabled: false · role: finance");
        assert_eq!(detail_text("{}"), "");
        assert_eq!(detail_text("plain"), "plain");
    }

    #[test]
    fn a_day_begins_in_market_time() {
        assert_eq!(day("2026-03-01").map(|t| t.to_market_text()).as_deref(), Some("2026-03-01 00:00:00"));
        assert_eq!(day("yesterday"), None);
    }
}
