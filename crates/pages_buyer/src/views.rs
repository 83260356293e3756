//! What several pages show alike: badges, rows of lists, histories, refusals.

use app::words::Argument;
use domain::fulfilment::instance::InstanceState;
use domain::ledger::Book;
use domain::money::Money;
use domain::ordering::order::{OrderState, RefundState};
use domain::ordering::pricing;
use domain::time::Timestamp;
use store::audit::AuditEntry;
use store::fulfilment::Instance;
use store::ordering::Order;
use web_kit::filters::{date_text, datetime_text, money_text};
use web_kit::prelude::*;

/// Most rows of an export.
pub const EXPORT_ROWS: usize = web_kit::listing::EXPORT_ROWS;
/// Rows read at once for an export.
pub const EXPORT_STEP: i64 = 200;

/// A state with its colour and words.
#[derive(Debug, Clone, Serialize)]
pub struct Badge {
    pub tone: &'static str,
    pub text: String,
}

/// A row of an order list.
#[derive(Serialize)]
pub struct OrderRow {
    pub id: String,
    pub href: String,
    pub kind: String,
    pub state: Badge,
    pub product: String,
    pub specification: String,
    pub choice: String,
    pub seller: String,
    pub created_at: Timestamp,
    pub payable: Money,
    pub refund: Option<String>,
    pub unpaid: bool,
    pub test: bool,
}

/// A row of a list of purchased services.
#[derive(Serialize)]
pub struct ServiceRow {
    pub id: String,
    pub href: String,
    pub product: String,
    pub specification: String,
    pub choice: String,
    pub state: Badge,
    pub until: Option<Timestamp>,
    pub policy: &'static str,
    pub policy_text: String,
    pub trial: bool,
    pub test: bool,
    pub created_at: Timestamp,
}

/// An entry of a history.
#[derive(Serialize)]
pub struct Event {
    pub title: String,
    pub at: Timestamp,
    pub actor: String,
    pub text: String,
    pub tone: &'static str,
    pub href: String,
}

/// A line of a list of facts.
#[derive(Serialize)]
pub struct Fact {
    pub label: String,
    pub text: String,
    pub href: String,
    pub copy: bool,
    pub mono: bool,
}

impl Fact {
    /// A plain line; `key` names the label.
    pub fn new(page: &Page, key: &str, text: impl Into<String>) -> Fact {
        Fact { label: page.t(key), text: text.into(), href: String::new(), copy: false, mono: false }
    }

    /// With a copy button, in the font of codes.
    pub fn code(self) -> Fact {
        Fact { copy: true, mono: true, ..self }
    }

    /// As a link.
    pub fn link(self, href: impl Into<String>) -> Fact {
        Fact { href: href.into(), ..self }
    }
}

/// Options whose words stand under `<prefix><CODE>`.
pub fn coded(page: &Page, prefix: &str, codes: &[&str]) -> Vec<Choice> {
    codes.iter().map(|c| Choice { value: (*c).to_owned(), text: page.t(&format!("{prefix}{c}")) }).collect()
}

/// The value of a filter, when it is one of `codes`.
pub fn filter_of(page: &Page, name: &str, codes: &[&str]) -> Option<String> {
    let wanted = page.query(name);
    codes.contains(&wanted).then(|| wanted.to_owned())
}

/// An amount in words.
pub fn money(page: &Page, amount: Money) -> String {
    money_text(&amount.to_decimal(), amount.currency().code(), page.language())
}

/// A time in words.
pub fn when(page: &Page, at: Timestamp) -> String {
    datetime_text(at, page.language(), false)
}

/// A day in words.
pub fn day(page: &Page, at: Timestamp) -> String {
    date_text(at, page.language())
}

/// State of an order.
pub fn order_badge(page: &Page, state: &OrderState) -> Badge {
    let tone = match state {
        OrderState::PendingConfirm | OrderState::PendingReview | OrderState::PendingPayment { .. } => "warning",
        OrderState::Processing { .. } | OrderState::Refunding { .. } => "info",
        OrderState::Completed { .. } => "success",
        OrderState::Cancelled { .. } | OrderState::ClosedRefunded { .. } => "neutral",
    };
    Badge { tone, text: page.t(&format!("state-order-{}", state.code())) }
}

/// State of a purchased service.
pub fn service_badge(page: &Page, state: &InstanceState) -> Badge {
    let tone = match state {
        InstanceState::Provisioning { .. } => "info",
        InstanceState::InUse { .. } => "success",
        InstanceState::Expired { .. } => "warning",
        InstanceState::Frozen { .. } | InstanceState::Failed { .. } => "danger",
        InstanceState::Released { .. } => "neutral",
    };
    Badge { tone, text: page.t(&format!("state-instance-{}", state.code())) }
}

/// What was bought: mode, length, quantity.
pub fn choice_text(page: &Page, choice: &pricing::Choice, trial_days: Option<i32>) -> String {
    let mut parts = Vec::new();
    if let Some(days) = trial_days {
        parts.push(page.tx("buyer-trial-days", &[("count", i64::from(days).into())]));
    } else {
        match choice.period {
            Some(period) => {
                parts.push(page.tx(&format!("periods-{}", period.code()), &[("count", choice.periods.into())]));
            }
            None => parts.push(page.t(&format!("mode-{}", choice.mode.code()))),
        }
    }
    if choice.quantity != 1 {
        parts.push(page.tx("buyer-quantity-of", &[("count", choice.quantity.into())]));
    }
    parts.join(" · ")
}

/// A row of an order list.
pub fn order_row(page: &Page, order: &Order) -> OrderRow {
    OrderRow {
        href: format!("/buyer/orders/{}", order.id),
        kind: page.t(&format!("kind-order-{}", order.kind.code())),
        state: order_badge(page, &order.state),
        product: page.pick(&order.product_name).to_owned(),
        specification: page.pick(&order.line.specification_name).to_owned(),
        choice: choice_text(page, &order.line.choice, order.line.trial_days),
        seller: order.seller_name.clone(),
        created_at: order.created_at,
        payable: order.payable,
        refund: (order.refund_state != RefundState::None)
            .then(|| page.t(&format!("refund-state-{}", order.refund_state.code()))),
        unpaid: matches!(order.state, OrderState::PendingPayment { .. }),
        test: order.book == Book::Sandbox,
        id: order.id.clone(),
    }
}

/// A row of a service list.
pub fn service_row(page: &Page, instance: &Instance) -> ServiceRow {
    let choice = pricing::Choice {
        mode: instance.mode,
        period: instance.period,
        periods: instance.periods,
        quantity: instance.quantity,
        trial: instance.trial,
    };
    ServiceRow {
        href: format!("/buyer/services/{}", instance.id),
        product: page.pick(&instance.product_name).to_owned(),
        specification: page.pick(&instance.specification_name).to_owned(),
        choice: if instance.trial { page.t("buyer-trial") } else { choice_text(page, &choice, None) },
        state: service_badge(page, &instance.state),
        until: instance.state.until(),
        policy: instance.expiry_policy.code(),
        policy_text: page.t(&format!("policy-{}", instance.expiry_policy.code())),
        trial: instance.trial,
        test: instance.book == Book::Sandbox,
        created_at: instance.created_at,
        id: instance.id.clone(),
    }
}

/// What `instance.moved` entries say, each with its colour.
const MOVES: &[(&str, &str)] = &[
    ("opened", "success"),
    ("renewed", "success"),
    ("shortened", "warning"),
    ("lift-violation", "success"),
    ("give-up", "danger"),
    ("freeze-for-violation", "danger"),
    ("freeze-expired", "danger"),
    ("expire", "warning"),
    ("release-retained", "neutral"),
    ("release", "neutral"),
];

/// Words of an audit entry: translation key and colour; `None` for what buyers need not know.
fn event_key(action: &str, detail: &serde_json::Value) -> Option<(String, &'static str)> {
    let plain = |name: &str, tone| Some((format!("buyer-event-{name}"), tone));
    match action {
        "order.placed" => plain("order-placed", "info"),
        "order.paid" => plain("order-paid", "success"),
        "order.completed" => plain("order-completed", "success"),
        "order.cancelled" => plain("order-cancelled", "neutral"),
        "order.refunded" => plain("order-refunded", "warning"),
        "payment.started" => plain("payment-started", "info"),
        "instance.policy" => plain("instance-policy", "info"),
        "instance.moved" => {
            let moved = detail["action"].as_str().unwrap_or_default();
            MOVES.iter().find(|(name, _)| *name == moved).map(|(name, tone)| (format!("buyer-event-{name}"), *tone))
        }
        _ => None,
    }
}

fn event_text(page: &Page, action: &str, detail: &serde_json::Value) -> String {
    let word = |name: &str| detail[name].as_str().unwrap_or_default();
    match action {
        "order.paid" => page.t(&format!("provider-{}", word("provider"))),
        "order.cancelled" => page.t(&format!("cancel-reason-{}", word("why"))),
        "instance.policy" => page.t(&format!("policy-{}", word("policy"))),
        "payment.started" => {
            page.tx("buyer-event-reference", &[("reference", Argument::Text(word("reference").to_owned()))])
        }
        _ => String::new(),
    }
}

/// A history for people, newest first.
pub fn events(page: &Page, entries: &[AuditEntry]) -> Vec<Event> {
    let event = |entry: &AuditEntry| {
        let detail = serde_json::from_str(&entry.detail).unwrap_or_default();
        let (key, tone) = event_key(&entry.action, &detail)?;
        let actor = match entry.actor_kind.as_str() {
            "user" => entry.actor_name.clone(),
            "operator" => page.t("buyer-actor-operator"),
            _ => page.t("buyer-actor-system"),
        };
        let text = event_text(page, &entry.action, &detail);
        Some(Event { title: page.t(&key), at: entry.at, actor, text, tone, href: String::new() })
    };
    entries.iter().rev().filter_map(event).collect()
}

/// Whether a refusal only says that the thing is done already, as after a second click.
fn is_repetition(code: &str) -> bool {
    matches!(code, "order-already-paid" | "payment-already-started" | "already-refunded" | "order-wrong-state")
        || matches!(code, "instance-wrong-state" | "stale")
}

/// Goes back to `to` and says there why nothing happened. Errors that are no refusals stay errors.
pub fn refused(page: &Page, error: AppError, to: &str) -> PageResult {
    let text = match &error {
        AppError::Invalid(_) => page.field_errors(&error).into_values().collect::<Vec<_>>().join(" "),
        AppError::Refused(_) | AppError::Stale => page.error_text(&error),
        _ => return Err(error.into()),
    };
    let kind = if is_repetition(error.code()) { FlashKind::Info } else { FlashKind::Warning };
    Ok(page.redirect_with(kind, text, to))
}

/// Whether an address may be offered as a link: http or https with a host, nothing hidden in it.
pub fn is_web_link(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    rest.is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[' || !c.is_ascii()))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_addresses_of_the_web_become_links() {
        for good in ["https://a.example/x?y=1", "HTTP://a.example", "https://云.example/"] {
            assert!(is_web_link(good), "{good}");
        }
        for bad in
            ["javascript:alert(1)", "https://", "https:///x", "data:text/html,x", "https://a b", " https://a", "/x"]
        {
            assert!(!is_web_link(bad), "{bad}");
        }
    }

    #[test]
    fn entries_that_buyers_do_not_know_stay_hidden() {
        assert_eq!(event_key("call.restarted", &json!({})), None);
        assert_eq!(event_key("instance.moved", &json!({"action": "nonsense"})), None);
        let (key, tone) = event_key("instance.moved", &json!({"action": "expire"})).unwrap();
        assert_eq!((key.as_str(), tone), ("buyer-event-expire", "warning"));
    }

    #[test]
    fn a_second_click_is_no_fault_of_the_buyer() {
        assert!(is_repetition("order-already-paid"));
        assert!(!is_repetition("insufficient-balance"));
    }
}
