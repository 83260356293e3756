//! The history of an object, from the audit log.

use app::domain::time::Timestamp;
use store::audit::AuditEntry;
use web_kit::prelude::*;

/// A line of a history, as `d.timeline` takes it.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    title: String,
    at: Timestamp,
    actor: String,
    text: String,
    tone: &'static str,
}

fn event_text(page: &Page, entry: &AuditEntry) -> String {
    let detail: serde_json::Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let said = |name: &str| detail[name].as_str().unwrap_or("").to_owned();
    let (from, to, reason) = (said("from"), said("to"), said("reason"));
    let prefix = format!("state-{}-", entry.subject_kind);
    match (from.is_empty(), to.is_empty(), reason.is_empty()) {
        (false, false, _) if from != to => {
            format!("{} → {}", page.t(&format!("{prefix}{from}")), page.t(&format!("{prefix}{to}")))
        }
        (_, _, false) => reason,
        _ => String::new(),
    }
}

/// The history of an object, newest first.
pub fn events(page: &Page, history: &[AuditEntry]) -> Vec<Event> {
    let rejected = |e: &AuditEntry| e.action == "application.decided" && e.detail.contains("\"approved\":false");
    history
        .iter()
        .rev()
        .map(|e| {
            let key = format!("seller-event-{}", e.action.replace('.', "-"));
            let title = match rejected(e) {
                true => page.t("seller-event-application-rejected"),
                false if page.app().words().has(page.language(), &key) => page.t(&key),
                false => e.action.clone(),
            };
            let actor = match e.actor_kind.as_str() {
                "system" => page.t("seller-actor-system"),
                "operator" => page.t("seller-actor-operator"),
                _ => e.actor_name.clone(),
            };
            let tone = if rejected(e) { "danger" } else { "neutral" };
            Event { title, at: e.at, actor, text: event_text(page, e), tone }
        })
        .collect()
}
