//! Debug cases: which a product needs before it is published (seller interface 11.3, D-17, D-45).

use crate::catalogue::content::{Access, ProductContent};
use crate::catalogue::kinds::{BillingMode, InterfaceGeneration};

/// Debug calls of an organisation in any minute.
pub const CALLS_PER_MINUTE: i64 = 30;

/// A case that a product needs for its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NeededCase {
    /// The tab: the text of `activity`.
    pub activity: &'static str,
    /// The variant of the tab; empty where it has one form.
    pub variant: &'static str,
    /// Whether the product may not be published without it; otherwise it is only recommended (D-17).
    pub must: bool,
}

/// A call that some billing modes need.
type Row = (&'static str, &'static str);

const PERIOD_V2: &[Row] = &[
    ("newInstance", "PERIOD"),
    ("queryInstance", ""),
    ("refreshInstance", "RENEWAL"),
    ("updateInstanceStatus", "FREEZE"),
    ("updateInstanceStatus", "UNFREEZE"),
    ("releaseInstance", ""),
];
const ONCE_V2: &[Row] = &[("newInstance", "ONE_TIME"), ("queryInstance", ""), ("releaseInstance", "")];
const DEMAND_V2: &[Row] = &[("newInstance", "ON_DEMAND"), ("queryInstance", ""), ("releaseInstance", "")];
const PACKAGE_V2: &[Row] = &[("newInstance", "ON_DEMAND_PACKAGE"), ("queryInstance", ""), ("releaseInstance", "")];
/// What arrears and violations call on usage-based products: a warning only (D-17).
const USAGE_ADVICE_V2: &[Row] =
    &[("refreshInstance", "RENEWAL"), ("updateInstanceStatus", "FREEZE"), ("updateInstanceStatus", "UNFREEZE")];

const PERIOD_V1: &[Row] =
    &[("newInstance", "PERIOD"), ("refreshInstance", "RENEWAL"), ("expireInstance", ""), ("releaseInstance", "")];
const ONCE_V1: &[Row] = &[("newInstance", "ONE_TIME"), ("releaseInstance", "")];
const USAGE_V1: &[Row] = &[
    ("newInstance", "ON_DEMAND"),
    ("newInstance", "ON_DEMAND_PACKAGE"),
    ("queryInstance", ""),
    ("instanceStatus", "FREEZE"),
    ("instanceStatus", "NORMAL"),
    ("releaseInstance", ""),
];
const CONVERSION: &[Row] = &[("refreshInstance", "TRIAL_TO_FORMAL")];

fn rows_of(generation: InterfaceGeneration, mode: BillingMode) -> &'static [Row] {
    use BillingMode::{Free, OnDemand, OnDemandPackage, OneTime, PerUsePackage, Period, StopWhenUsedUpPackage};
    match (generation, mode) {
        (InterfaceGeneration::SaasV2, Period) => PERIOD_V2,
        // What costs nothing is bought once and has no end.
        (InterfaceGeneration::SaasV2, OneTime | Free) => ONCE_V2,
        (InterfaceGeneration::SaasV2, OnDemand) => DEMAND_V2,
        (InterfaceGeneration::SaasV2, OnDemandPackage | StopWhenUsedUpPackage | PerUsePackage) => PACKAGE_V2,
        (InterfaceGeneration::SaasV1, Period) => PERIOD_V1,
        (InterfaceGeneration::SaasV1, OneTime | Free) => ONCE_V1,
        (InterfaceGeneration::SaasV1, OnDemand | OnDemandPackage | StopWhenUsedUpPackage | PerUsePackage) => USAGE_V1,
    }
}

fn is_by_usage(mode: BillingMode) -> bool {
    !matches!(mode, BillingMode::Period | BillingMode::OneTime | BillingMode::Free)
}

/// The cases that a product needs, each once, in the order of the tables: by the generation of its
/// address and the billing modes of the specifications that are on sale (11.3).
pub fn needed_cases(content: &ProductContent) -> Vec<NeededCase> {
    let Access::Saas { generation, .. } = &content.access;
    let mut needed: Vec<NeededCase> = Vec::new();
    let mut add = |rows: &[Row], must: bool| {
        for &(activity, variant) in rows {
            match needed.iter_mut().find(|n| n.activity == activity && n.variant == variant) {
                Some(known) => known.must |= must,
                None => needed.push(NeededCase { activity, variant, must }),
            }
        }
    };
    let sold = || content.specifications.iter().filter(|s| !s.discontinued);
    for mode in sold().flat_map(|s| &s.prices).map(|p| p.mode) {
        add(rows_of(*generation, mode), true);
        if *generation == InterfaceGeneration::SaasV2 && is_by_usage(mode) {
            add(USAGE_ADVICE_V2, false);
        }
    }
    if sold().any(|s| s.trial_days.is_some()) {
        add(CONVERSION, true);
    }
    needed
}

/// The cases without which the product may not be published; `passed` says whether the last run of
/// the saved case of an activity and variant succeeded.
pub fn missing_cases(needed: &[NeededCase], passed: impl Fn(&str, &str) -> bool) -> Vec<NeededCase> {
    needed.iter().copied().filter(|n| n.must && !passed(n.activity, n.variant)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::content::{PriceLine, Specification, Support};
    use crate::catalogue::kinds::BusinessType;
    use crate::money::{Currency, Money};
    use crate::text::Localized;

    fn specification(modes: &[BillingMode], trial_days: Option<i32>) -> Specification {
        let price = |mode: &BillingMode| PriceLine {
            mode: *mode,
            period: None,
            price: Money::from_cents(100, Currency::CNY),
            product_code: String::new(),
        };
        Specification {
            id: "s".into(),
            name: Localized::default(),
            description: Localized::default(),
            attributes: vec![],
            prices: modes.iter().map(price).collect(),
            trial_days,
            hidden: false,
            no_reason_refund: true,
            discontinued: false,
        }
    }

    fn content(generation: InterfaceGeneration, specifications: Vec<Specification>) -> ProductContent {
        ProductContent {
            business_type: BusinessType::General,
            name: Localized::default(),
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
            support: Support::default(),
            agreement: Localized::default(),
            public_sale: true,
            specifications,
            access: Access::Saas { production_address: "https://s.example/p".into(), generation, supervision: false },
        }
    }

    fn names(generation: InterfaceGeneration, modes: &[BillingMode], trial: Option<i32>) -> Vec<String> {
        let needed = needed_cases(&content(generation, vec![specification(modes, trial)]));
        let must = needed.iter().filter(|n| n.must);
        must.map(|n| [n.activity, n.variant].join(" ").trim().to_owned()).collect()
    }

    #[test]
    fn each_generation_and_mode_needs_the_rows_of_its_table() {
        use BillingMode::{OnDemand, OneTime, Period};
        use InterfaceGeneration::{SaasV1, SaasV2};
        assert_eq!(names(SaasV2, &[OneTime], None), ["newInstance ONE_TIME", "queryInstance", "releaseInstance"]);
        assert_eq!(names(SaasV2, &[Period], None).len(), 6);
        assert_eq!(names(SaasV1, &[OneTime], None), ["newInstance ONE_TIME", "releaseInstance"]);
        assert_eq!(
            names(SaasV1, &[Period], None),
            ["newInstance PERIOD", "refreshInstance RENEWAL", "expireInstance", "releaseInstance"]
        );
        assert_eq!(names(SaasV1, &[OnDemand], None).len(), 6);
        assert_eq!(names(SaasV2, &[], None), Vec::<String>::new());
    }

    #[test]
    fn a_product_with_several_modes_needs_each_case_once() {
        use BillingMode::{OneTime, Period};
        let both = names(InterfaceGeneration::SaasV1, &[Period, Period, OneTime], None);
        assert_eq!(both.iter().filter(|n| *n == "releaseInstance").count(), 1);
        assert_eq!(both.len(), 5, "{both:?}");
    }

    #[test]
    fn a_trial_needs_its_conversion_unless_nobody_can_take_it() {
        let last = |trial| names(InterfaceGeneration::SaasV2, &[BillingMode::Period], trial).pop().unwrap();
        assert_eq!(last(Some(14)), "refreshInstance TRIAL_TO_FORMAL");
        assert_eq!(last(None), "releaseInstance");
        let mut ended = specification(&[BillingMode::Period], Some(14));
        ended.discontinued = true;
        assert_eq!(needed_cases(&content(InterfaceGeneration::SaasV2, vec![ended])), []);
    }

    #[test]
    fn pay_per_use_is_advised_to_be_frozen_but_may_go_without() {
        let sold = |modes: &[BillingMode]| {
            needed_cases(&content(InterfaceGeneration::SaasV2, vec![specification(modes, None)]))
        };
        let freeze = |needed: &[NeededCase]| needed.iter().find(|n| n.variant == "FREEZE").map(|n| n.must);
        assert_eq!(freeze(&sold(&[BillingMode::OnDemand])), Some(false));
        assert_eq!(freeze(&sold(&[BillingMode::OnDemand, BillingMode::Period])), Some(true), "the stricter one");
        let missing = missing_cases(&sold(&[BillingMode::OnDemand]), |activity, _| activity == "newInstance");
        let missing: Vec<_> = missing.iter().map(|n| n.activity).collect();
        assert_eq!(missing, ["queryInstance", "releaseInstance"]);
    }
}
