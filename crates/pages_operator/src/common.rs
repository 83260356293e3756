//! What the pages of this console share: words of codes, badges, events, answers of buttons.

use domain::access::OperatorRight;
use domain::time::{DAY, Timestamp, parse_market};
use serde_json::Value as Json;
use store::audit::AuditEntry;
use web_kit::prelude::*;

/// What the operator may do; templates show buttons by it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct May {
    review: bool,
    organisations: bool,
    money: bool,
    pub jobs: bool,
    freeze: bool,
    settings: bool,
    operators: bool,
    pub audit: bool,
}

impl May {
    /// The rights of whoever looks at the page.
    pub fn of(page: &Page) -> May {
        let has = |right| page.actor().operator_may(right).is_ok();
        May {
            review: has(OperatorRight::ReviewProducts),
            organisations: has(OperatorRight::ManageOrganisations),
            money: has(OperatorRight::ConfirmMoney) || has(OperatorRight::ApproveMoney),
            jobs: has(OperatorRight::RunJobs),
            freeze: has(OperatorRight::FreezeResources),
            settings: has(OperatorRight::ChangeSettings),
            operators: has(OperatorRight::ManageOperators),
            audit: has(OperatorRight::ReadAudit),
        }
    }
}

/// A state with its words and colour.
#[derive(Debug, Clone, Serialize)]
pub struct Badge {
    tone: &'static str,
    text: String,
}

/// A tab above a list.
#[derive(Debug, Clone, Serialize)]
pub struct Tab {
    pub text: String,
    pub href: String,
    pub active: bool,
    pub count: Option<u64>,
}

/// A line of a definition list.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    label: String,
    text: String,
    href: String,
    mono: bool,
    copy: bool,
}

/// A step of a history.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    pub title: String,
    pub at: Option<Timestamp>,
    pub actor: String,
    pub text: String,
    pub tone: &'static str,
    pub href: String,
}

/// Lines of a definition list, labelled by translation keys.
pub struct Facts<'p> {
    page: &'p Page,
    lines: Vec<Fact>,
}

impl<'p> Facts<'p> {
    /// No line yet.
    pub fn new(page: &'p Page) -> Facts<'p> {
        Facts { page, lines: Vec::new() }
    }

    fn push(&mut self, key: &str, text: String, href: String, mono: bool, copy: bool) -> &mut Self {
        self.lines.push(Fact { label: self.page.t(key), text, href, mono, copy });
        self
    }

    /// A text.
    pub fn text(&mut self, key: &str, text: impl Into<String>) -> &mut Self {
        self.push(key, text.into(), String::new(), false, false)
    }

    /// An id that can be copied.
    pub fn id(&mut self, key: &str, text: impl Into<String>) -> &mut Self {
        let text = text.into();
        let copy = !text.is_empty();
        self.push(key, text, String::new(), true, copy)
    }

    /// A text that leads somewhere.
    pub fn link(&mut self, key: &str, text: impl Into<String>, href: impl Into<String>) -> &mut Self {
        self.push(key, text.into(), href.into(), false, false)
    }

    /// A moment.
    pub fn time(&mut self, key: &str, at: Option<Timestamp>) -> &mut Self {
        let text = at.map_or_else(String::new, |at| when(self.page, at));
        self.push(key, text, String::new(), false, false)
    }

    /// Yes or no.
    pub fn flag(&mut self, key: &str, is: bool) -> &mut Self {
        let text = self.page.t(if is { "operator-yes" } else { "operator-no" });
        self.push(key, text, String::new(), false, false)
    }

    /// The lines.
    pub fn done(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.lines)
    }
}

/// A moment in words.
pub fn when(page: &Page, at: Timestamp) -> String {
    web_kit::filters::datetime_text(at, page.language(), false)
}

/// An amount in words.
pub fn amount(page: &Page, money: domain::money::Money) -> String {
    web_kit::filters::money_text(&money.to_decimal(), money.currency().code(), page.language())
}

/// The page with its console, its path and its title.
pub fn desk(page: Page, title: impl Into<String>) -> Page {
    let title = title.into();
    page.console("operator").crumb_key("console-operator", "/operator").crumb(title.clone(), "").title(title)
}

/// The same below a list.
pub fn desk_below(page: Page, list_key: &str, list_href: &str, title: impl Into<String>) -> Page {
    let title = title.into();
    page.console("operator")
        .crumb_key("console-operator", "/operator")
        .crumb_key(list_key, list_href)
        .crumb(title.clone(), "")
        .title(title)
}

/// Words of a code, or the code where nobody has written words for it.
pub fn word(page: &Page, prefix: &str, code: &str) -> String {
    let key = format!("{prefix}{}", code.replace('.', "-"));
    if !code.is_empty() && page.app().words().has(page.language(), &key) { page.t(&key) } else { code.to_owned() }
}

/// Options of a filter.
pub fn choices(page: &Page, prefix: &str, codes: &[&str]) -> Vec<Choice> {
    codes.iter().map(|c| Choice { value: (*c).to_owned(), text: word(page, prefix, c) }).collect()
}

/// Colour of a state, whatever it is the state of.
pub fn tone(code: &str) -> &'static str {
    match code {
        "COMPLETED" | "SUCCEEDED" | "IN_USE" | "ON_SALE" | "APPROVED" | "VERIFIED" | "ACTIVE" | "DONE"
        | "CONFIRMED" | "SENT" | "SUCCESS" => "success",
        "PROCESSING" | "PENDING_REVIEW" | "PENDING_CONFIRM" | "PROVISIONING" | "POLLING" | "RUNNING" | "ADMITTED"
        | "APPLIED" | "REFUNDING" => "info",
        "PENDING_PAYMENT" | "PENDING" | "RETRYING" | "EXPIRED" | "SUSPENDED" | "RESTRICTED" | "KEPT" => "warning",
        "FAILED" | "STOPPED" | "REJECTED" | "FROZEN" | "TERMINATED" => "danger",
        _ => "neutral",
    }
}

/// A state as a badge.
pub fn badge(page: &Page, prefix: &str, code: &str) -> Badge {
    Badge { tone: tone(code), text: word(page, prefix, code) }
}

/// A badge with its own colour.
pub fn mark(page: &Page, tone: &'static str, key: &str) -> Badge {
    Badge { tone, text: page.t(key) }
}

/// A filter that applies only when it is not empty.
pub fn filter(page: &Page, name: &str) -> Option<String> {
    Some(page.query(name).to_owned()).filter(|t| !t.is_empty())
}

/// Moments between which a list is asked for: beginning of `from`, end of `to`.
pub fn between(page: &Page) -> (Option<Timestamp>, Option<Timestamp>) {
    (parse_market(page.query("from")), parse_market(page.query("to")).map(|day| day.plus(DAY)))
}

/// The page of the list, with its order: `oldest` is the default where the list says so.
pub fn request(page: &Page, oldest_by_default: bool) -> PageRequest {
    let oldest_first = match page.query("sort") {
        "oldest" => true,
        "newest" => false,
        _ => oldest_by_default,
    };
    PageRequest { oldest_first, ..page_request(page) }
}

/// The link in the head of the time column.
#[derive(Debug, Clone, Serialize)]
pub struct Sort {
    href: String,
    dir: &'static str,
}

/// Turns the order of the list round.
pub fn sort(page: &Page, request: &PageRequest) -> Sort {
    let (other, dir) = if request.oldest_first { ("newest", "asc") } else { ("oldest", "desc") };
    Sort { href: with_query(page, &[("sort", other)]), dir }
}

/// Tabs that set the filter `name`; the first one is "all" when `all` is a key.
pub fn tabs(page: &Page, name: &str, prefix: &str, codes: &[&str], now: &str, all: &str) -> Vec<Tab> {
    let tab = |value: &str, text: String| Tab {
        text,
        href: with_query(page, &[(name, value)]),
        active: now == value,
        count: None,
    };
    let mut list: Vec<Tab> = codes.iter().map(|c| tab(c, word(page, prefix, c))).collect();
    if !all.is_empty() {
        list.push(Tab { active: now == "all", ..tab("all", page.t(all)) });
    }
    list
}

/// What a button answers: the message and the page that shows the result. What the operator cannot
/// mend (a missing right, a missing object, a defect) stays an error.
pub fn answer(page: &Page, outcome: Result<(), AppError>, done_key: &str, to: &str) -> PageResult {
    match outcome {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t(done_key), to)),
        Err(error) => refused(page, error, to),
    }
}

/// Says on the page `to` why something was not done.
pub fn refused(page: &Page, error: AppError, to: &str) -> PageResult {
    let errors = page.form_errors(error)?;
    let texts: Vec<String> = errors.list.into_iter().map(|line| line.text).collect();
    Ok(page.redirect_with(FlashKind::Danger, texts.join(" "), to))
}

/// The page of an object, where it has one in this console.
pub fn href_of(kind: &str, id: &str) -> String {
    let folder = match kind {
        "order" => "orders",
        "instance" => "services",
        "call" => "calls",
        "job" => "jobs",
        "product" => "products",
        "application" => "applications",
        "organisation" => "organisations",
        "mail" => "mails",
        _ => return String::new(),
    };
    format!("/operator/{folder}/{id}")
}

/// Words of values that are codes, by the name of the fact.
fn coded<'a>(page: &Page, key: &str, text: &'a str) -> std::borrow::Cow<'a, str> {
    let prefixes: &[&str] = match key {
        "kind" => &["kind-order-", "kind-application-"],
        "provider" => &["provider-"],
        "role" => &["role-"],
        "verification" => &["verification-"],
        "seller" => &["seller-state-"],
        "policy" => &["policy-"],
        "why" => &["cancel-reason-", "frozen-why-"],
        "from" | "to" | "state" => &["state-instance-", "state-product-", "state-order-"],
        _ => &[],
    };
    let known = prefixes.iter().map(|prefix| word(page, prefix, text)).find(|words| words != text);
    known.map_or(text.into(), Into::into)
}

fn plain(page: &Page, key: &str, value: &Json) -> String {
    match value {
        Json::Null => "—".to_owned(),
        Json::Bool(true) => page.t("operator-yes"),
        Json::Bool(false) => page.t("operator-no"),
        Json::String(text) => coded(page, key, text).into_owned(),
        Json::Object(map) if map.contains_key("zh") => {
            let text = |key: &str| map.get(key).and_then(Json::as_str).unwrap_or("");
            let name = domain::text::Localized::new(text("zh"), text("en"));
            page.pick(&name).to_owned()
        }
        other => other.to_string(),
    }
}

fn changed(page: &Page, before: &Json, after: &Json) -> Vec<String> {
    let (Json::Object(old), Json::Object(new)) = (before, after) else {
        return vec![format!("{} → {}", plain(page, "", before), plain(page, "", after))];
    };
    new.iter()
        .filter(|(key, value)| old.get(*key) != Some(value))
        .map(|(key, value)| {
            let was = old.get(key).unwrap_or(&Json::Null);
            format!("{}: {} → {}", word(page, "operator-fact-", key), plain(page, key, was), plain(page, key, value))
        })
        .collect()
}

/// The detail of an audit entry in one line.
pub fn detail_text(page: &Page, detail: &str) -> String {
    let Ok(Json::Object(map)) = serde_json::from_str::<Json>(detail) else {
        return detail.to_owned();
    };
    let mut parts = Vec::new();
    if let (Some(before), Some(after)) = (map.get("before"), map.get("after")) {
        parts.extend(changed(page, before, after));
    }
    for (key, value) in map.iter().filter(|(k, v)| !matches!(k.as_str(), "before" | "after") && **v != "") {
        parts.push(format!("{}: {}", word(page, "operator-fact-", key), plain(page, key, value)));
    }
    parts.join(" · ")
}

fn tone_of_act(action: &str) -> &'static str {
    match action {
        "order.completed" | "order.paid" | "product.in-force" => "success",
        "order.cancelled" | "job.cancelled" | "instance.violation" => "danger",
        "order.refunded" | "product.state-changed" => "warning",
        _ => "info",
    }
}

/// Names of organisations, for lists that keep their ids.
pub struct Names(std::collections::BTreeMap<String, String>);

impl Names {
    /// Reads the names of `ids`.
    pub async fn of(page: &Page, ids: impl Iterator<Item = &String> + Send) -> Result<Names, PageError> {
        let found = page.app().organisation_names(page.actor(), ids.cloned().collect::<Vec<_>>().into_iter()).await?;
        Ok(Names(found.into_iter().map(|(id, name)| (id, page.pick(&name).to_owned())).collect()))
    }

    /// The name, or the id where there is none.
    pub fn name(&self, id: &str) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }
}

/// Entries of the log as a history.
pub fn events(page: &Page, entries: &[AuditEntry]) -> Vec<Event> {
    entries
        .iter()
        .map(|e| Event {
            title: word(page, "operator-act-", &e.action),
            at: Some(e.at),
            actor: if e.actor_kind == "system" { page.t("operator-system") } else { e.actor_name.clone() },
            text: detail_text(page, &e.detail),
            tone: tone_of_act(&e.action),
            href: String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_with_a_page_are_linked() {
        assert_eq!(href_of("instance", "ins_1"), "/operator/services/ins_1");
        assert_eq!(href_of("user", "usr_1"), "");
    }

    #[test]
    fn unknown_states_stay_quiet() {
        assert_eq!(tone("STOPPED"), "danger");
        assert_eq!(tone("SOMETHING_NEW"), "neutral");
    }
}
