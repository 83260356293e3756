//! How states, values and times are shown on the pages of sellers, and the frame around them.

use app::domain::money::Money;
use app::domain::time::Timestamp;
use web_kit::filters;
use web_kit::prelude::*;

/// Words of a state with the colour that it is shown in.
#[derive(Debug, Clone, Serialize)]
pub struct Badge {
    /// Tone of `ui.badge`.
    pub tone: &'static str,
    /// Words.
    pub text: String,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_states_are_never_shown_as_good_ones() {
        assert_eq!(["STOPPED", "REJECTED", "FAILED"].map(tone), ["danger"; 3]);
        assert_eq!(tone("DRAFT"), "neutral");
    }
}
