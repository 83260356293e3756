//! What a visitor chose of a product: specification, mode, period, number of periods, quantity.
//! The page always shows something that can be bought: what is not offered becomes the nearest
//! thing that is. Orders are never changed this way; they take exactly what the checkout showed.

use domain::catalogue::content::{PriceLine, ProductContent, Specification};
use domain::catalogue::kinds::{BillingMode, PeriodType};
use domain::ordering::pricing::{Choice, MONTHS, YEARS};

/// Largest quantity of one order.
pub const MOST: i64 = 1_000_000;

/// What the query or the form says, as text.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Specification id; empty for the first one.
    pub specification: String,
    /// `PERIOD.month.3`, or a mode without a period.
    pub term: String,
    /// Quantity.
    pub quantity: String,
    /// Whether the trial is wanted.
    pub trial: bool,
}

impl Asked {
    /// Reads the fields; `term` may also be given as `mode`, `period` and `periods`.
    pub fn read<'f>(get: impl Fn(&str) -> &'f str) -> Asked {
        let term = match (get("term"), get("mode"), get("period")) {
            ("", "", _) => String::new(),
            ("", mode, "") => mode.to_owned(),
            ("", mode, period) => format!("{mode}.{period}.{}", get("periods")),
            (term, _, _) => term.to_owned(),
        };
        let specification = match get("spec") {
            "" => get("specification"),
            id => id,
        };
        Asked {
            specification: specification.to_owned(),
            term,
            quantity: get("quantity").to_owned(),
            trial: !matches!(get("trial"), "" | "0" | "false"),
        }
    }
}

/// A way to pay for a specification: mode, period and number of periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Mode.
    pub mode: BillingMode,
    /// Period type of period prices.
    pub period: Option<PeriodType>,
    /// Number of periods.
    pub periods: i64,
}

impl Term {
    /// The text in forms and addresses.
    pub fn code(self) -> String {
        match self.period {
            Some(period) => format!("{}.{}.{}", self.mode.code(), period.code(), self.periods),
            None => self.mode.code().to_owned(),
        }
    }

    /// Reads [`Term::code`]; a missing number of periods is one.
    pub fn parse(text: &str) -> Option<Term> {
        let mut parts = text.split('.');
        let mode = BillingMode::from_code(parts.next()?)?;
        let period = match parts.next() {
            Some(code) if !code.is_empty() => Some(PeriodType::from_code(code)?),
            _ => None,
        };
        let periods = parts.next().and_then(|n| n.parse().ok()).unwrap_or(1);
        Some(Term { mode, period, periods })
    }

    fn of(line: &PriceLine) -> Term {
        Term { mode: line.mode, period: line.period, periods: 1 }
    }
}

/// Numbers of periods that can be bought of a price line.
fn counts(mode: BillingMode, period: Option<PeriodType>) -> &'static [i64] {
    match (mode, period) {
        (BillingMode::Period, Some(PeriodType::Month)) => MONTHS,
        (BillingMode::Period, Some(PeriodType::Year)) => YEARS,
        _ => &[1],
    }
}

/// Specifications on the page: those that everybody sees, and a hidden one whose id was given.
pub fn specifications<'c>(content: &'c ProductContent, asked: &Asked) -> Vec<&'c Specification> {
    content.specifications.iter().filter(|s| !s.discontinued && (!s.hidden || s.id == asked.specification)).collect()
}

/// Every term that one of the specifications offers: months, years, then what has no period.
pub fn terms(specifications: &[&Specification]) -> Vec<Term> {
    let mut lines: Vec<Term> = Vec::new();
    for line in specifications.iter().flat_map(|s| &s.prices) {
        let term = Term::of(line);
        if !lines.contains(&term) {
            lines.push(term);
        }
    }
    let rank = |t: &Term| match (t.mode, t.period) {
        (BillingMode::Period, Some(PeriodType::Day)) => 0,
        (BillingMode::Period, Some(PeriodType::Month)) => 1,
        (BillingMode::Period, _) => 2,
        _ => 3,
    };
    lines.sort_by_key(rank);
    lines.into_iter().flat_map(|t| counts(t.mode, t.period).iter().map(move |n| Term { periods: *n, ..t })).collect()
}

fn nearest(specification: &Specification, wanted: Option<Term>, trial: bool) -> Option<&PriceLine> {
    let lines = &specification.prices;
    let same_mode = |mode| lines.iter().find(move |p| p.mode == mode);
    if trial && wanted.is_none_or(|w| w.mode != BillingMode::Period) {
        return same_mode(BillingMode::Period).or_else(|| lines.first());
    }
    wanted.and_then(|w| specification.price(w.mode, w.period).or_else(|| same_mode(w.mode))).or_else(|| lines.first())
}

/// The chosen specification and choice; `None` when nothing is for sale.
pub fn pick<'c>(content: &'c ProductContent, asked: &Asked) -> Option<(&'c Specification, Choice)> {
    let all = specifications(content, asked);
    let tried = || all.iter().find(|s| asked.trial && s.trial_days.is_some());
    let specification = all.iter().find(|s| s.id == asked.specification).or_else(tried).or_else(|| all.first())?;
    let wanted = Term::parse(&asked.term);
    let line = nearest(specification, wanted, asked.trial)?;
    let periods =
        wanted.filter(|w| !asked.trial && counts(line.mode, line.period).contains(&w.periods)).map_or(1, |w| w.periods);
    let single = asked.trial || line.mode == BillingMode::Free;
    let quantity = asked.quantity.parse::<i64>().unwrap_or(1).clamp(1, MOST);
    let choice = Choice {
        mode: line.mode,
        period: line.period,
        periods,
        quantity: if single { 1 } else { quantity },
        trial: asked.trial,
    };
    Some((specification, choice))
}

/// The term of a choice.
pub fn term_of(choice: &Choice) -> Term {
    Term { mode: choice.mode, period: choice.period, periods: choice.periods }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::catalogue::content::Access;
    use domain::catalogue::kinds::BusinessType;
    use domain::money::{Currency, Money};
    use domain::text::Localized;

    fn line(mode: BillingMode, period: Option<PeriodType>) -> PriceLine {
        PriceLine { mode, period, price: Money::from_cents(100, Currency::CNY), product_code: "c".into() }
    }

    fn specification(id: &str, prices: Vec<PriceLine>, trial_days: Option<i32>, hidden: bool) -> Specification {
        Specification {
            id: id.into(),
            name: Localized::new(id, id),
            description: Localized::default(),
            attributes: vec![],
            prices,
            trial_days,
            hidden,
            no_reason_refund: true,
            discontinued: false,
        }
    }

    fn content() -> ProductContent {
        let (month, year) = (Some(PeriodType::Month), Some(PeriodType::Year));
        ProductContent {
            business_type: BusinessType::General,
            name: Localized::new("商品", "Product"),
            version: String::new(),
            logo: None,
            pictures: vec![],
            categories: vec![],
            tags: vec![],
            summary: Localized::default(),
            description: Localized::default(),
            highlights: vec![],
            cases: vec![],
            usage_guide: Localized::default(),
            support: Default::default(),
            agreement: Localized::default(),
            public_sale: true,
            specifications: vec![
                specification("free", vec![line(BillingMode::Free, None)], None, false),
                specification(
                    "paid",
                    vec![line(BillingMode::Period, month), line(BillingMode::Period, year)],
                    Some(14),
                    false,
                ),
                specification("secret", vec![line(BillingMode::OneTime, None)], None, true),
            ],
            access: Access::Saas {
                production_address: String::new(),
                generation: app::domain::catalogue::kinds::InterfaceGeneration::SaasV2,
                supervision: false,
            },
        }
    }

    fn asked(specification: &str, term: &str, quantity: &str, trial: bool) -> Asked {
        Asked { specification: specification.into(), term: term.into(), quantity: quantity.into(), trial }
    }

    #[test]
    fn what_is_offered_is_taken_as_asked() {
        let content = content();
        let (spec, choice) = pick(&content, &asked("paid", "PERIOD.year.3", "5", false)).unwrap();
        assert_eq!((spec.id.as_str(), term_of(&choice).code().as_str(), choice.quantity), ("paid", "PERIOD.year.3", 5));
    }

    #[test]
    fn what_is_not_offered_becomes_the_nearest_thing() {
        let content = content();
        let (spec, choice) = pick(&content, &asked("", "PERIOD.month.77", "0", false)).unwrap();
        assert_eq!((spec.id.as_str(), choice.mode, choice.quantity), ("free", BillingMode::Free, 1));
        let (_, choice) = pick(&content, &asked("paid", "PERIOD.year.4", "9999999999", false)).unwrap();
        assert_eq!((choice.periods, choice.quantity), (1, MOST));
        let (_, choice) = pick(&content, &asked("paid", "ONE_TIME", "", false)).unwrap();
        assert_eq!(term_of(&choice).code(), "PERIOD.month.1");
    }

    #[test]
    fn a_trial_goes_to_the_specification_that_has_one() {
        let content = content();
        let (spec, choice) = pick(&content, &asked("", "", "7", true)).unwrap();
        assert_eq!((spec.id.as_str(), choice.trial, choice.quantity, choice.periods), ("paid", true, 1, 1));
    }

    #[test]
    fn hidden_specifications_are_found_by_their_id_only() {
        let content = content();
        assert_eq!(specifications(&content, &asked("", "", "", false)).len(), 2);
        assert_eq!(pick(&content, &asked("secret", "", "", false)).unwrap().0.id, "secret");
        assert_eq!(pick(&content, &asked("unknown", "", "", false)).unwrap().0.id, "free");
    }

    #[test]
    fn terms_are_the_union_in_a_fixed_order() {
        let content = content();
        let all = specifications(&content, &Asked::default());
        let codes: Vec<String> = terms(&all).into_iter().map(Term::code).collect();
        assert_eq!(codes.len(), 9 + 4 + 1);
        assert_eq!(codes.first().map(String::as_str), Some("PERIOD.month.1"));
        assert_eq!(codes.last().map(String::as_str), Some("FREE"));
        assert!(codes.iter().all(|c| Term::parse(c).is_some_and(|t| t.code() == *c)));
    }

    #[test]
    fn separate_fields_say_the_same_as_a_term() {
        let get = |name: &str| match name {
            "spec" => "paid",
            "mode" => "PERIOD",
            "period" => "month",
            "periods" => "2",
            _ => "",
        };
        let asked = Asked::read(get);
        assert_eq!((asked.term.as_str(), asked.specification.as_str()), ("PERIOD.month.2", "paid"));
    }
}
