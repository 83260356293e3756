//! What a modification changes, field by field, for the reviewer. Pure.

use domain::catalogue::content::{Access, Highlight, PriceLine, ProductContent, Specification};
use domain::money::Money;
use domain::text::{Language, Localized, joined};

/// A field that differs. `key` is the translation key of its label, `part` narrows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Translation key of the label.
    pub key: &'static str,
    /// A specification, a price line, a language; may be empty.
    pub part: String,
    /// Before.
    pub old: Side,
    /// After.
    pub new: Side,
    /// Tenths of a percent by which a price moved.
    pub moved: Option<i64>,
}

/// One side of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// Nothing.
    None,
    /// Words.
    Text(String),
    /// A price.
    Price(Money),
    /// A switch.
    Flag(bool),
}

/// Texts longer than this are shown by their differing lines only.
const LONG: usize = 160;

#[derive(Default)]
struct Changes(Vec<Change>);

fn side(text: &str) -> Side {
    if text.is_empty() { Side::None } else { Side::Text(text.to_owned()) }
}

/// Only the lines of `of` that `other` does not hold.
fn own_lines(of: &str, other: &str) -> String {
    let known: std::collections::HashSet<&str> = other.lines().map(str::trim).collect();
    let own: Vec<&str> = of.lines().filter(|l| !l.trim().is_empty() && !known.contains(l.trim())).collect();
    own.join("\n")
}

/// Tenths of a percent from `old` to `new`; `None` when there is nothing to compare.
pub fn moved(old: Money, new: Money) -> Option<i64> {
    if !old.is_positive() || old.currency() != new.currency() {
        return None;
    }
    let distance = i128::from(new.e8()) - i128::from(old.e8());
    let tenths = distance * 1000 / i128::from(old.e8());
    (distance != 0).then(|| i64::try_from(tenths).unwrap_or(i64::MAX))
}

/// `+12.5%`, from tenths of a percent.
pub fn percent_text(tenths: i64) -> String {
    let sign = if tenths < 0 { "−" } else { "+" };
    let size = tenths.unsigned_abs();
    format!("{sign}{}.{}%", size / 10, size % 10)
}

impl Changes {
    fn add(&mut self, key: &'static str, part: &str, old: Side, new: Side) {
        if old != new {
            self.0.push(Change { key, part: part.to_owned(), old, new, moved: None });
        }
    }

    fn text(&mut self, key: &'static str, part: &str, old: &str, new: &str) {
        if old == new {
            return;
        }
        if old.chars().count().max(new.chars().count()) > LONG {
            let (lost, won) = (own_lines(old, new), own_lines(new, old));
            if !(lost.is_empty() && won.is_empty()) {
                return self.add(key, part, side(&lost), side(&won));
            }
        }
        self.add(key, part, side(old), side(new));
    }

    fn both(&mut self, key: &'static str, part: &str, old: &Localized, new: &Localized) {
        let named =
            |language: &str| if part.is_empty() { language.to_owned() } else { format!("{part} · {language}") };
        self.text(key, &named("中文"), &old.zh, &new.zh);
        self.text(key, &named("English"), &old.en, &new.en);
    }

    fn points(&mut self, key: &'static str, old: &[Highlight], new: &[Highlight]) {
        let words = |list: &[Highlight], pick: fn(&Localized) -> &str| -> String {
            list.iter().map(|h| format!("{}: {}", pick(&h.title), pick(&h.text))).collect::<Vec<_>>().join("\n")
        };
        self.text(key, "中文", &words(old, |l| &l.zh), &words(new, |l| &l.zh));
        self.text(key, "English", &words(old, |l| &l.en), &words(new, |l| &l.en));
    }

    fn price(&mut self, name: &str, old: Option<&PriceLine>, new: Option<&PriceLine>) {
        let Some(line) = new.or(old) else { return };
        let part = match line.period {
            Some(period) => format!("{name} · {} · {}", line.mode.code(), period.code()),
            None => format!("{name} · {}", line.mode.code()),
        };
        let price = |l: Option<&PriceLine>| l.map_or(Side::None, |l| Side::Price(l.price));
        let (before, after) = (price(old), price(new));
        if before != after {
            let moved = old.zip(new).and_then(|(o, n)| moved(o.price, n.price));
            self.0.push(Change { key: "operator-diff-price", part, old: before, new: after, moved });
        }
    }

    fn specification(&mut self, old: Option<&Specification>, new: Option<&Specification>) {
        let Some(any) = new.or(old) else { return };
        let name = if any.name.zh.is_empty() { any.name.en.clone() } else { any.name.zh.clone() };
        let (Some(old), Some(new)) = (old, new) else {
            let there = |s: Option<&Specification>| s.map_or(Side::None, |_| side(&name));
            self.add("operator-diff-specification", "", there(old), there(new));
            for line in &any.prices {
                let (before, after) = if new.is_some() { (None, Some(line)) } else { (Some(line), None) };
                self.price(&name, before, after);
            }
            return;
        };
        self.both("operator-diff-specification", "", &old.name, &new.name);
        self.both("operator-diff-specification-text", &name, &old.description, &new.description);
        self.flag("operator-diff-hidden", &name, old.hidden, new.hidden);
        self.flag("operator-diff-discontinued", &name, old.discontinued, new.discontinued);
        self.flag("operator-diff-no-reason-refund", &name, old.no_reason_refund, new.no_reason_refund);
        let days = |s: &Specification| s.trial_days.map_or(Side::None, |d| Side::Text(d.to_string()));
        self.add("operator-diff-trial", &name, days(old), days(new));
        let attributes = |s: &Specification| {
            let lines: Vec<String> = s.attributes.iter().map(|a| format!("{}: {}", a.name.zh, a.value.zh)).collect();
            side(&lines.join("\n"))
        };
        self.add("operator-diff-attributes", &name, attributes(old), attributes(new));
        for line in &old.prices {
            self.price(&name, Some(line), new.price(line.mode, line.period));
        }
        for line in new.prices.iter().filter(|l| old.price(l.mode, l.period).is_none()) {
            self.price(&name, None, Some(line));
        }
    }

    fn flag(&mut self, key: &'static str, part: &str, old: bool, new: bool) {
        self.add(key, part, Side::Flag(old), Side::Flag(new));
    }
}

/// Every field in which `new` differs from `old`, prices first.
pub fn between(old: &ProductContent, new: &ProductContent) -> Vec<Change> {
    let mut c = Changes::default();
    for specification in &old.specifications {
        c.specification(Some(specification), new.specification(&specification.id));
    }
    for added in new.specifications.iter().filter(|s| old.specification(&s.id).is_none()) {
        c.specification(None, Some(added));
    }
    c.0.sort_by_key(|change| change.key != "operator-diff-price");
    c.text("operator-diff-business", "", old.business_type.code(), new.business_type.code());
    c.both("operator-diff-name", "", &old.name, &new.name);
    c.text("operator-diff-version", "", &old.version, &new.version);
    c.text("operator-diff-logo", "", old.logo.as_deref().unwrap_or(""), new.logo.as_deref().unwrap_or(""));
    c.text("operator-diff-pictures", "", &old.pictures.join("\n"), &new.pictures.join("\n"));
    c.text("operator-diff-categories", "", &old.categories.join(", "), &new.categories.join(", "));
    c.both("operator-diff-tags", "", &in_line(&old.tags), &in_line(&new.tags));
    c.flag("operator-diff-public", "", old.public_sale, new.public_sale);
    c.both("operator-diff-summary", "", &old.summary, &new.summary);
    c.both("operator-diff-description", "", &old.description, &new.description);
    c.points("operator-diff-highlights", &old.highlights, &new.highlights);
    c.points("operator-diff-cases", &old.cases, &new.cases);
    c.both("operator-diff-guide", "", &old.usage_guide, &new.usage_guide);
    c.both("operator-diff-agreement", "", &old.agreement, &new.agreement);
    c.both("operator-diff-support-hours", "", &old.support.hours, &new.support.hours);
    c.both("operator-diff-support-content", "", &old.support.content, &new.support.content);
    c.text("operator-diff-support-zone", "", &old.support.zone, &new.support.zone);
    c.text("operator-diff-support-hotline", "", &old.support.hotline, &new.support.hotline);
    c.text("operator-diff-support-email", "", &old.support.email, &new.support.email);
    let Access::Saas { production_address: before, generation: spoke, supervision: was } = &old.access;
    let Access::Saas { production_address: after, generation: speaks, supervision: is } = &new.access;
    c.text("operator-diff-address", "", before, after);
    c.text("operator-diff-generation", "", spoke.code(), speaks.code());
    c.flag("operator-diff-supervision", "", *was, *is);
    c.0
}

/// Tags in one line a language.
fn in_line(tags: &[Localized]) -> Localized {
    Localized::new(joined(tags, Language::Zh, "、"), joined(tags, Language::En, ", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Currency;

    fn content(price: &str) -> ProductContent {
        serde_json::from_value(serde_json::json!({
            "business_type": "GENERAL",
            "name": {"zh": "云台账", "en": "Ledger"},
            "description": {"zh": "第一行\n第二行", "en": ""},
            "specifications": [{
                "id": "spc_1", "name": {"zh": "标准版", "en": "Standard"},
                "prices": [{"mode": "PERIOD", "period": "month", "price": {"amount": price, "currency": "CNY"}, "product_code": "pid_1"}]
            }],
            "access": {"type": "SAAS", "production_address": "https://a.example/p"}
        }))
        .unwrap()
    }

    #[test]
    fn equal_contents_have_no_changes() {
        assert!(between(&content("299"), &content("299")).is_empty());
    }

    #[test]
    fn a_price_shows_by_how_much_it_moved() {
        let changes = between(&content("200"), &content("225"));
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].key, changes[0].moved), ("operator-diff-price", Some(125)));
        assert_eq!(percent_text(125), "+12.5%");
        assert_eq!(percent_text(-1000), "−100.0%");
        assert_eq!(moved(Money::zero(Currency::CNY), Money::from_cents(1, Currency::CNY)), None);
    }

    #[test]
    fn a_new_specification_comes_with_its_prices() {
        let mut new = content("299");
        let mut other = new.specifications[0].clone();
        other.id = "spc_2".into();
        other.name.zh = "企业版".into();
        new.specifications.push(other);
        let keys: Vec<_> = between(&content("299"), &new).into_iter().map(|c| (c.key, c.old)).collect();
        assert_eq!(keys, [("operator-diff-price", Side::None), ("operator-diff-specification", Side::None)]);
    }

    #[test]
    fn long_texts_are_reduced_to_the_lines_that_differ() {
        let mut old = content("1");
        old.description.zh = format!("{}\n旧的一行", "长".repeat(200));
        let mut new = old.clone();
        new.description.zh = format!("{}\n新的一行", "长".repeat(200));
        let changes = between(&old, &new);
        assert_eq!(changes[0].old, Side::Text("旧的一行".into()));
        assert_eq!(changes[0].new, Side::Text("新的一行".into()));
    }
}
