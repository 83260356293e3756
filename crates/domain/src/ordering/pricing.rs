//! What an order costs and what may be bought (trade 1.4, 8.4 step 1; discounts come later in the
//! chain and are not part of this version).

use crate::catalogue::content::{PriceLine, Specification};
use crate::catalogue::kinds::{BillingMode, PeriodType};
use crate::money::{AmountError, Money};
use crate::text::Localized;
use crate::time::{Timestamp, end_after_days, end_after_months};

/// What a buyer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Billing mode.
    pub mode: BillingMode,
    /// Period type, for period prices.
    pub period: Option<PeriodType>,
    /// Number of periods; 1 for everything else.
    pub periods: i64,
    /// Quantity.
    pub quantity: i64,
    /// Whether the free trial is asked for.
    pub trial: bool,
}

/// Why a choice cannot be bought.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// The specification does not offer it.
    #[error("price not offered")]
    NotOffered,
    /// Number of periods out of 1–9 months or 1, 2, 3, 5 years (D-23).
    #[error("number of periods not offered")]
    Periods,
    /// Quantity out of 1–1,000,000.
    #[error("quantity out of range")]
    Quantity,
    /// No trial.
    #[error("no trial offered")]
    NoTrial,
    /// The amount is too large.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl ChoiceError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ChoiceError::NotOffered => "price-not-offered",
            ChoiceError::Periods => "periods-not-offered",
            ChoiceError::Quantity => "quantity-out-of-range",
            ChoiceError::NoTrial => "no-trial",
            ChoiceError::Amount(_) => "amount-out-of-range",
        }
    }
}

/// Numbers of months that can be bought (D-23).
pub const MONTHS: &[i64] = &[1, 2, 3, 4, 5, 6, 7, 8, 9];
/// Numbers of years that can be bought (D-23).
pub const YEARS: &[i64] = &[1, 2, 3, 5];

/// A priced choice, as it is frozen on the order line.
#[derive(Debug, Clone, PartialEq)]
pub struct Quote {
    /// Identifier on the wire of the price line.
    pub product_code: String,
    /// Name of the specification.
    pub specification_name: Localized,
    /// Price of one period and one piece.
    pub unit_price: Money,
    /// What is to be paid.
    pub payable: Money,
    /// Days of the trial.
    pub trial_days: Option<i32>,
}

/// Prices a choice.
pub fn quote(specification: &Specification, choice: &Choice) -> Result<Quote, ChoiceError> {
    if !(1..=1_000_000).contains(&choice.quantity) {
        return Err(ChoiceError::Quantity);
    }
    let line = price_line(specification, choice)?;
    if choice.trial {
        let days = specification.trial_days.ok_or(ChoiceError::NoTrial)?;
        if choice.mode != BillingMode::Period {
            return Err(ChoiceError::NoTrial);
        }
        let zero = Money::zero(line.price.currency());
        return Ok(Quote {
            product_code: line.product_code.clone(),
            specification_name: specification.name.clone(),
            unit_price: zero,
            payable: zero,
            trial_days: Some(days),
        });
    }
    let offered = match (choice.mode, choice.period) {
        (BillingMode::Period, Some(PeriodType::Month)) => MONTHS,
        (BillingMode::Period, Some(PeriodType::Year)) => YEARS,
        _ => &[1],
    };
    if !offered.contains(&choice.periods) {
        return Err(ChoiceError::Periods);
    }
    Ok(Quote {
        product_code: line.product_code.clone(),
        specification_name: specification.name.clone(),
        unit_price: line.price,
        payable: line.price.times(choice.periods)?.times(choice.quantity)?,
        trial_days: None,
    })
}

fn price_line<'a>(specification: &'a Specification, choice: &Choice) -> Result<&'a PriceLine, ChoiceError> {
    specification.price(choice.mode, choice.period).ok_or(ChoiceError::NotOffered)
}

/// The end of the bought time, counted from `from`; `None` for what never expires (D-11).
/// `anchor_day` is the day of the month on which the instance was first opened.
pub fn period_end(choice: &Choice, trial_days: Option<i32>, from: Timestamp, anchor_day: i8) -> Option<Timestamp> {
    if let Some(days) = trial_days {
        return Some(end_after_days(from, days));
    }
    let periods = i32::try_from(choice.periods).unwrap_or(i32::MAX / 12);
    match choice.period? {
        PeriodType::Day => Some(end_after_days(from, periods)),
        PeriodType::Month => Some(end_after_months(from, periods, anchor_day)),
        PeriodType::Year => Some(end_after_months(from, periods.saturating_mul(12), anchor_day)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn specification() -> Specification {
        let line = |mode, period, price: &str| PriceLine {
            mode,
            period,
            price: Money::parse(price, Currency::CNY).unwrap(),
            product_code: "c".into(),
        };
        Specification {
            id: "spc_1".into(),
            name: Localized::new("标准版", "Standard"),
            description: Localized::default(),
            attributes: vec![],
            prices: vec![
                line(BillingMode::Period, Some(PeriodType::Month), "199"),
                line(BillingMode::Period, Some(PeriodType::Year), "1990"),
                line(BillingMode::OneTime, None, "12800"),
            ],
            trial_days: Some(14),
            hidden: false,
            no_reason_refund: true,
            discontinued: false,
        }
    }

    fn month(periods: i64, quantity: i64) -> Choice {
        Choice { mode: BillingMode::Period, period: Some(PeriodType::Month), periods, quantity, trial: false }
    }

    #[test]
    fn price_is_unit_times_periods_times_quantity() {
        let quoted = quote(&specification(), &month(3, 2)).unwrap();
        assert_eq!(quoted.payable.to_decimal(), "1194.00");
    }

    #[test]
    fn what_is_not_offered_is_refused_by_name() {
        let refuse = |choice: &Choice| quote(&specification(), choice).unwrap_err().code();
        assert_eq!(refuse(&month(10, 1)), "periods-not-offered");
        assert_eq!(refuse(&month(1, 0)), "quantity-out-of-range");
        assert_eq!(refuse(&month(9, 1_000_001)), "quantity-out-of-range");
        let free = Choice { mode: BillingMode::Free, period: None, periods: 1, quantity: 1, trial: false };
        assert_eq!(refuse(&free), "price-not-offered");
    }

    #[test]
    fn a_trial_costs_nothing_and_ends() {
        let choice = Choice { trial: true, ..month(1, 1) };
        let quoted = quote(&specification(), &choice).unwrap();
        assert!(quoted.payable.is_zero());
        let from = crate::time::parse_market("2026-03-01T09:00").unwrap();
        assert_eq!(period_end(&choice, quoted.trial_days, from, 1).unwrap().to_market_text(), "2026-03-15 23:59:59");
    }
}
