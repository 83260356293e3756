//! What the pages of this crate share: words of codes, badges, filters, exports, histories.

use app::domain::money::Money;
use app::domain::time::{DAY, Timestamp, parse_market};
use std::future::Future;
use store::audit::AuditEntry;
use web_kit::filters;
use web_kit::prelude::*;

/// Rows of an export at most.
const EXPORT_ROWS: usize = 10_000;
/// Rows that an export reads at a time.
const EXPORT_STEP: i64 = 200;

/// Words of a state with the colour that it is shown in.
#[derive(Debug, Clone, Serialize)]
pub struct Badge {
    /// Tone of `ui.badge`.
    pub tone: &'static str,
    /// Words.
    pub text: String,
}

/// A line of a history, as `d.timeline` takes it.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    title: String,
    at: Timestamp,
    actor: String,
    text: String,
    tone: &'static str,
}

/// A labelled value, as `d.facts` takes it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Fact {
    /// Label.
    pub label: String,
    /// Value; empty for none.
    pub text: String,
    /// Where it leads; empty for nowhere.
    pub href: String,
    /// Whether it can be copied.
    pub copy: bool,
    /// Whether it is shown in the fixed-width face.
    pub mono: bool,
}

impl Fact {
    /// A plain value under the label of `key`.
    pub fn new(page: &Page, key: &str, text: impl Into<String>) -> Fact {
        Fact { label: page.t(key), text: text.into(), ..Fact::default() }
    }

    /// With a link; an empty value or address makes none.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>) -> Fact {
        self.href = href.into();
        self
    }

    /// An identifier: fixed width, can be copied.
    #[must_use]
    pub fn id(mut self) -> Fact {
        self.copy = !self.text.is_empty();
        self.mono = true;
        self
    }
}

fn tone(code: &str) -> &'static str {
    match code {
        "ON_SALE" | "APPROVED" | "COMPLETED" | "IN_USE" | "SUCCEEDED" | "SUCCESS" | "ACTIVE" => "success",
        "REJECTED" | "STOPPED" | "FAILED" | "FAILURE" | "TERMINATED" => "danger",
        "PENDING_PAYMENT" | "RETRYING" | "SUSPENDED" | "EXPIRED" | "FROZEN" | "REFUNDING" | "RESTRICTED" => "warning",
        "PENDING_REVIEW" | "PROCESSING" | "PROVISIONING" | "POLLING" | "WAITING" | "SENT" | "ADMITTED" => "info",
        _ => "neutral",
    }
}

/// The badge of a code whose words stand under `<prefix><CODE>`.
pub fn badge(page: &Page, prefix: &str, code: &str) -> Badge {
    Badge { tone: tone(code), text: page.t(&format!("{prefix}{code}")) }
}

/// Options for codes whose words stand under `<prefix><CODE>`.
pub fn choices(page: &Page, prefix: &str, codes: &[&str]) -> Vec<Choice> {
    let choice = |code: &&str| Choice { value: (*code).to_owned(), text: page.t(&format!("{prefix}{code}")) };
    codes.iter().map(choice).collect()
}

/// A query parameter as a filter: nothing when it is empty.
pub fn filter(page: &Page, name: &str) -> Option<String> {
    Some(page.query(name).to_owned()).filter(|v| !v.is_empty())
}

/// The filters `from` and `to`: market days, both included.
pub fn days(page: &Page) -> (Option<Timestamp>, Option<Timestamp>) {
    (parse_market(page.query("from")), parse_market(page.query("to")).map(|t| t.plus(DAY)))
}

/// What the filters are now, to be shown in their fields.
pub fn query_values(page: &Page) -> Values {
    page.query_pairs().iter().cloned().collect()
}

/// The page that is asked for; `order=oldest` turns it round.
pub fn wanted(page: &Page) -> PageRequest {
    PageRequest { oldest_first: page.query("order") == "oldest", ..page_request(page) }
}

/// The address of the same list in the other order, with the arrow of the present one.
#[derive(Debug, Clone, Serialize)]
pub struct Sort {
    href: String,
    dir: &'static str,
}

/// Sorting by time.
pub fn sort(page: &Page) -> Sort {
    let oldest = page.query("order") == "oldest";
    let other = if oldest { "" } else { "oldest" };
    Sort { href: with_query(page, &[("order", other)]), dir: if oldest { "asc" } else { "desc" } }
}

/// The address of the export of a list with the same filters.
pub fn export_href(page: &Page) -> String {
    let address = with_query(page, &[("limit", "")]);
    match address.split_once('?') {
        Some((path, query)) => format!("{path}.csv?{query}"),
        None => format!("{address}.csv"),
    }
}

/// Reads a list page by page, up to the limit of exports.
pub async fn all_rows<T, F, R>(mut load: F) -> Result<Vec<T>, AppError>
where
    F: FnMut(PageRequest) -> R,
    R: Future<Output = Result<Paged<T>, AppError>>,
{
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let paged = load(PageRequest { cursor, limit: EXPORT_STEP, oldest_first: false }).await?;
        rows.extend(paged.items);
        cursor = paged.next;
        if cursor.is_none() || rows.len() >= EXPORT_ROWS {
            rows.truncate(EXPORT_ROWS);
            return Ok(rows);
        }
    }
}

/// An amount in words of the page's language.
pub fn money(page: &Page, amount: Money) -> String {
    filters::money_text(&amount.to_decimal(), amount.currency().code(), page.language())
}

/// A time in words of the page's language; empty for none.
pub fn time(page: &Page, at: Option<Timestamp>) -> String {
    at.map(|at| filters::datetime_text(at, page.language(), false)).unwrap_or_default()
}

/// A page of the seller centre; `above` are the steps between the overview and this page.
pub fn console(page: Page, title: &str, above: &[(&str, &str)]) -> Page {
    let mut page = page.console("seller").crumb_key("console-seller", "/seller");
    for (key, href) in above {
        page = page.crumb_key(key, *href);
    }
    page.crumb(title, "").title(title)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn paged(items: Vec<i32>, next: Option<&str>) -> Paged<i32> {
        Paged { items, next: next.map(str::to_owned), prev: None }
    }

    #[tokio::test]
    async fn an_export_reads_page_after_page_and_ends() {
        let rows = all_rows(|request| async move {
            Ok(match request.cursor.as_deref() {
                None => paged(vec![1, 2], Some("a")),
                Some("a") => paged(vec![3], None),
                Some(other) => return Err(AppError::Internal(other.to_owned())),
            })
        })
        .await
        .unwrap();
        assert_eq!(rows, [1, 2, 3]);
    }

    #[tokio::test]
    async fn an_export_has_a_limit() {
        let rows = all_rows(|_| async { Ok(paged(vec![0; 3000], Some("on"))) }).await.unwrap();
        assert_eq!(rows.len(), EXPORT_ROWS);
    }

    #[test]
    fn bad_states_are_never_shown_as_good_ones() {
        assert_eq!(["STOPPED", "REJECTED", "FAILED"].map(tone), ["danger"; 3]);
        assert_eq!(tone("DRAFT"), "neutral");
    }
}
