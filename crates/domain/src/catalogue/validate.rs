//! Checks of a product's content on submit (supply side 3.3, 3.4, D-18, D-25). All faults at once.

use super::content::{Access, ProductContent, Specification, TAG_LENGTH, TAGS_MAX};
use super::kinds::{BillingMode, PeriodType};
use crate::money::Money;
use crate::text::Localized;

/// A fault: where it is and which rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Field path such as `specifications.0.name.zh`.
    pub field: String,
    /// Stable code, the key of the message.
    pub code: &'static str,
}

/// Words that advertising law forbids (supply side 3.3, description).
const FORBIDDEN_ZH: &[&str] = &["国家级", "最佳", "极致", "世界第一", "全球第一", "商务申请或详细价格请咨询"];

struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, field: impl Into<String>, code: &'static str) {
        self.0.push(Fault { field: field.into(), code });
    }

    fn length(&mut self, field: &str, text: &str, min: usize, max: usize) {
        let length = text.trim().chars().count();
        if length == 0 && min > 0 {
            self.add(field, "required");
        } else if length < min {
            self.add(field, "too-short");
        } else if length > max {
            self.add(field, "too-long");
        }
    }

    fn both(&mut self, field: &str, text: &Localized, min: usize, max: usize) {
        self.length(&format!("{field}.zh"), &text.zh, min, max);
        self.length(&format!("{field}.en"), &text.en, min, max);
    }
}

/// Every fault of `content`; an empty list means that it may be submitted. `plain_http_allowed`
/// is the development profile of the seller interface (D-03).
pub fn check(content: &ProductContent, plain_http_allowed: bool) -> Vec<Fault> {
    let mut faults = Faults(Vec::new());
    faults.both("name", &content.name, 2, 60);
    faults.length("version", &content.version, 0, 16);
    if !is_version(&content.version) {
        faults.add("version", "version-form");
    }
    if content.logo.is_none() {
        faults.add("logo", "required");
    }
    match content.pictures.len() {
        0 => faults.add("pictures", "required"),
        1..=5 => {}
        _ => faults.add("pictures", "too-many"),
    }
    match content.categories.len() {
        0 => faults.add("categories", "required"),
        1..=3 => {}
        _ => faults.add("categories", "too-many"),
    }
    if content.tags.len() > TAGS_MAX {
        faults.add("tags.zh", "too-many");
    }
    for (field, pick, longest) in
        [("tags.zh", (|t| &t.zh) as fn(&Localized) -> &String, TAG_LENGTH.0), ("tags.en", |t| &t.en, TAG_LENGTH.1)]
    {
        if content.tags.iter().any(|tag| pick(tag).chars().count() > longest) {
            faults.add(field, "too-long");
        }
        // A tag in one language only would be a foreign word on the other pages.
        if content.tags.iter().any(|tag| pick(tag).trim().is_empty()) {
            faults.add(field, "both-languages");
        }
    }
    faults.both("summary", &content.summary, 10, 200);
    faults.both("description", &content.description, 400, 20_000);
    faults.both("usage_guide", &content.usage_guide, 20, 20_000);
    faults.both("agreement", &content.agreement, 20, 50_000);
    for word in FORBIDDEN_ZH {
        if content.description.zh.contains(word) || content.name.zh.contains(word) {
            faults.add("description.zh", "forbidden-word");
        }
    }
    match content.highlights.len() {
        3..=6 => {}
        0..3 => faults.add("highlights", "highlights-count"),
        _ => faults.add("highlights", "too-many"),
    }
    for (i, highlight) in content.highlights.iter().enumerate() {
        faults.both(&format!("highlights.{i}.title"), &highlight.title, 1, 40);
        faults.both(&format!("highlights.{i}.text"), &highlight.text, 1, 200);
    }
    check_lists(content, &mut faults);
    check_support(content, &mut faults);
    check_access(&content.access, plain_http_allowed, &mut faults);
    check_specifications(content, &mut faults);
    faults.0
}

/// What of `content` is larger than may ever be handed in, or names a specification twice; drafts
/// are refused for nothing else.
pub fn check_size(content: &ProductContent) -> Vec<Fault> {
    let of_size = |fault: &Fault| matches!(fault.code, "too-long" | "too-many" | "specification-twice");
    check(content, true).into_iter().filter(of_size).collect()
}

/// Categories and cases: what has no other rule than its size.
fn check_lists(content: &ProductContent, faults: &mut Faults) {
    for category in &content.categories {
        faults.length("categories", category, 1, 64);
    }
    if content.cases.len() > 10 {
        faults.add("cases", "too-many");
    }
    for (i, case) in content.cases.iter().enumerate() {
        faults.both(&format!("cases.{i}.title"), &case.title, 0, 80);
        faults.both(&format!("cases.{i}.text"), &case.text, 0, 2000);
    }
}

/// What may be told of a specification beside its name and prices.
fn check_description(specification: &Specification, path: &str, faults: &mut Faults) {
    faults.both(&format!("{path}.description"), &specification.description, 0, 500);
    if specification.attributes.len() > 30 {
        faults.add(format!("{path}.attributes"), "too-many");
    }
    for (n, attribute) in specification.attributes.iter().enumerate() {
        faults.both(&format!("{path}.attributes.{n}.name"), &attribute.name, 0, 60);
        faults.both(&format!("{path}.attributes.{n}.value"), &attribute.value, 0, 200);
    }
    if specification.prices.len() > 12 {
        faults.add(format!("{path}.prices"), "too-many");
    }
    let mut offered: Vec<_> =
        specification.prices.iter().map(|p| (p.mode.code(), p.period.map(|t| t.code()))).collect();
    offered.sort_unstable();
    if offered.windows(2).any(|pair| pair[0] == pair[1]) {
        faults.add(format!("{path}.prices"), "price-line-twice");
    }
}

fn is_version(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('V') else {
        return false;
    };
    let parts: Vec<&str> = rest.split('.').collect();
    text.len() <= 16
        && (1..=4).contains(&parts.len())
        && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

fn check_support(content: &ProductContent, faults: &mut Faults) {
    let support = &content.support;
    for (field, text, max) in [
        ("support.zone", &support.zone, 16),
        ("support.hotline", &support.hotline, 32),
        ("support.email", &support.email, 128),
    ] {
        faults.length(field, text, 0, max);
    }
    faults.both("support.hours", &support.hours, 2, 100);
    faults.both("support.content", &support.content, 2, 500);
    if !support.zone.starts_with("GMT") || support.zone.len() > 9 {
        faults.add("support.zone", "zone-form");
    }
    if !support.hotline.starts_with('+') || support.hotline.len() > 32 {
        faults.add("support.hotline", "hotline-form");
    }
    if crate::identity::normal_email(&support.email).is_none() {
        faults.add("support.email", "email-form");
    }
}

fn check_access(access: &Access, plain_http_allowed: bool, faults: &mut Faults) {
    let Access::Saas { production_address, .. } = access;
    let secure = production_address.starts_with("https://");
    let plain = plain_http_allowed && production_address.starts_with("http://");
    let printable = production_address.bytes().all(|b| b.is_ascii_graphic());
    if production_address.len() > 512 {
        faults.add("access.production_address", "too-long");
    } else if !(secure || plain) || !printable {
        faults.add("access.production_address", "address-form");
    }
}

fn check_specifications(content: &ProductContent, faults: &mut Faults) {
    let live = content.specifications.iter().filter(|s| !s.discontinued).count();
    if live == 0 {
        faults.add("specifications", "required");
    }
    if content.specifications.len() > 30 {
        faults.add("specifications", "too-many");
    }
    for (i, specification) in content.specifications.iter().enumerate() {
        let path = format!("specifications.{i}");
        // New ones have no id yet.
        let twin = |other: &Specification| !other.id.is_empty() && other.id == specification.id;
        if content.specifications[..i].iter().any(twin) {
            faults.add(&path, "specification-twice");
        }
        faults.length(&format!("{path}.id"), &specification.id, 0, 64);
        check_description(specification, &path, faults);
        faults.both(&format!("{path}.name"), &specification.name, 1, 40);
        if specification.prices.is_empty() {
            faults.add(format!("{path}.prices"), "required");
        }
        for (n, line) in specification.prices.iter().enumerate() {
            let field = format!("{path}.prices.{n}");
            if !content.access_type().billing_modes().contains(&line.mode) {
                faults.add(&field, "mode-not-allowed");
            }
            let period_fits = match line.mode {
                BillingMode::Period => {
                    matches!(line.period, Some(PeriodType::Month | PeriodType::Year))
                }
                _ => line.period.is_none(),
            };
            if !period_fits {
                faults.add(&field, "period-form");
            }
            let top = Money::from_cents(9_999_999_999, line.price.currency()).e8();
            let price_fits = match line.mode {
                BillingMode::Free => line.price.is_zero(),
                _ => line.price.e8() >= 1_000_000 && line.price.e8() <= top && line.price.e8() % 1_000_000 == 0,
            };
            if !price_fits {
                faults.add(&field, "price-range");
            }
        }
        check_trial(specification, &path, faults);
    }
}

fn check_trial(specification: &Specification, path: &str, faults: &mut Faults) {
    let Some(days) = specification.trial_days else {
        return;
    };
    if !(3..=180).contains(&days) {
        faults.add(format!("{path}.trial_days"), "trial-days");
    }
    if !specification.prices.iter().any(|p| p.mode == BillingMode::Period) {
        faults.add(format!("{path}.trial_days"), "trial-needs-period");
    }
}

/// What of a live product a modification may not change (supply side 3.4, SP-23, SP-24).
pub fn check_change(old: &ProductContent, new: &ProductContent) -> Vec<Fault> {
    let mut faults = Faults(Vec::new());
    if old.access_type() != new.access_type() || old.business_type != new.business_type {
        faults.add("access", "fixed-after-release");
    }
    let (Access::Saas { supervision: before, .. }, Access::Saas { supervision: after, .. }) =
        (&old.access, &new.access);
    if before != after {
        faults.add("access.supervision", "fixed-after-release");
    }
    for specification in &old.specifications {
        match new.specification(&specification.id) {
            None => faults.add("specifications", "specification-deleted"),
            Some(kept) if specification.discontinued && !kept.discontinued => {
                faults.add("specifications", "specification-restored");
            }
            Some(kept) => {
                let lost = specification.prices.iter().any(|p| kept.price(p.mode, p.period).is_none());
                if lost {
                    faults.add("specifications", "price-line-deleted");
                }
            }
        }
    }
    faults.0
}
