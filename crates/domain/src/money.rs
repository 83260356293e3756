//! Amounts: whole units of 10⁻⁸ with their currency (trade 0.4, D-02). Never a float, never two
//! currencies in one sum, and rounding only in the functions that carry the rule in their name.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;

/// 10⁻⁸ units in one whole unit of a currency.
pub const E8: i128 = 100_000_000;
/// 10⁻⁸ units in a hundredth (分, cent).
const CENT: i128 = 1_000_000;

/// A currency of the market (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Currency {
    /// Renminbi, the mainland station's currency.
    CNY,
    /// US dollar.
    USD,
    /// Euro.
    EUR,
}

impl Currency {
    /// ISO code.
    pub fn code(self) -> &'static str {
        match self {
            Currency::CNY => "CNY",
            Currency::USD => "USD",
            Currency::EUR => "EUR",
        }
    }

    /// Reads an ISO code; an unknown one is `None`, never a default.
    pub fn from_code(code: &str) -> Option<Currency> {
        [Currency::CNY, Currency::USD, Currency::EUR].into_iter().find(|c| c.code() == code)
    }
}

/// Why an amount could not be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Two currencies met in one computation.
    #[error("amounts in {0:?} and {1:?} cannot be combined")]
    CurrencyMismatch(Currency, Currency),
    /// The result does not fit into a stored amount (±92 billion).
    #[error("amount out of range")]
    OutOfRange,
    /// The text is not a decimal amount with at most eight decimals.
    #[error("not an amount: {0}")]
    NotAnAmount(String),
    /// A ratio with a zero or negative denominator.
    #[error("not a ratio")]
    NotARatio,
}

/// An exact ratio such as 5 % = 5/100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    numerator: i64,
    denominator: i64,
}

impl Ratio {
    /// `numerator / denominator`; the denominator must be positive.
    pub fn new(numerator: i64, denominator: i64) -> Result<Ratio, AmountError> {
        if denominator > 0 { Ok(Ratio { numerator, denominator }) } else { Err(AmountError::NotARatio) }
    }

    /// Ten-thousandths: `basis_points(500)` is 5 %.
    pub const fn basis_points(points: i64) -> Ratio {
        Ratio { numerator: points, denominator: 10_000 }
    }
}

/// An amount in one currency. There is no default and no conversion from a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    e8: i128,
    currency: Currency,
}

impl Money {
    /// Nothing, in `currency`.
    pub fn zero(currency: Currency) -> Money {
        Money { e8: 0, currency }
    }

    /// From stored units of 10⁻⁸.
    pub fn from_e8(e8: i64, currency: Currency) -> Money {
        Money { e8: i128::from(e8), currency }
    }

    /// From hundredths.
    pub fn from_cents(cents: i64, currency: Currency) -> Money {
        Money { e8: i128::from(cents) * CENT, currency }
    }

    /// Reads `1234.5`; at most eight decimals, an optional leading minus sign, no separators.
    pub fn parse(text: &str, currency: Currency) -> Result<Money, AmountError> {
        let bad = || AmountError::NotAnAmount(text.chars().take(40).collect());
        let (negative, digits) = match text.trim().strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.trim()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 15 || fraction.len() > 8 || !plain(whole) || !plain(fraction) {
            return Err(bad());
        }
        let padded = format!("{fraction:0<8}");
        let units: i128 = whole.parse::<i128>().map_err(|_| bad())? * E8 + padded.parse::<i128>().map_err(|_| bad())?;
        Money { e8: if negative { -units } else { units }, currency }.in_range()
    }

    /// The stored form: units of 10⁻⁸. Every constructor guarantees that it fits.
    pub fn e8(self) -> i64 {
        i64::try_from(self.e8).unwrap_or(if self.e8 < 0 { i64::MIN } else { i64::MAX })
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is exactly nothing.
    pub fn is_zero(self) -> bool {
        self.e8 == 0
    }

    /// Whether it is below nothing.
    pub fn is_negative(self) -> bool {
        self.e8 < 0
    }

    /// Whether it is above nothing.
    pub fn is_positive(self) -> bool {
        self.e8 > 0
    }

    /// Sum; refuses two currencies and overflow.
    pub fn plus(self, other: Money) -> Result<Money, AmountError> {
        self.same(other)?;
        Money { e8: self.e8 + other.e8, currency: self.currency }.in_range()
    }

    /// Difference; refuses two currencies and overflow.
    pub fn minus(self, other: Money) -> Result<Money, AmountError> {
        self.plus(other.negated())
    }

    /// The same amount with the other sign.
    pub fn negated(self) -> Money {
        Money { e8: -self.e8, currency: self.currency }
    }

    /// A whole multiple.
    pub fn times(self, count: i64) -> Result<Money, AmountError> {
        let e8 = self.e8.checked_mul(i128::from(count)).ok_or(AmountError::OutOfRange)?;
        Money { e8, currency: self.currency }.in_range()
    }

    /// `self × ratio` as an exact fraction, to be rounded by one of the named rules.
    pub fn share(self, ratio: Ratio) -> Fraction {
        Fraction {
            numerator: self.e8 * i128::from(ratio.numerator),
            denominator: i128::from(ratio.denominator),
            currency: self.currency,
        }
    }

    /// Order of two amounts of one currency.
    pub fn compare(self, other: Money) -> Result<Ordering, AmountError> {
        self.same(other)?;
        Ok(self.e8.cmp(&other.e8))
    }

    /// The amount as decimal text with at least two decimals and no superfluous zeros after them.
    pub fn to_decimal(self) -> String {
        let units = self.e8.unsigned_abs();
        let (whole, fraction) = (units / E8.unsigned_abs(), units % E8.unsigned_abs());
        let digits = format!("{fraction:08}");
        let kept = digits.trim_end_matches('0').len().max(2);
        format!("{}{whole}.{}", if self.e8 < 0 { "-" } else { "" }, &digits[..kept])
    }

    fn same(self, other: Money) -> Result<(), AmountError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(AmountError::CurrencyMismatch(self.currency, other.currency))
        }
    }

    fn in_range(self) -> Result<Money, AmountError> {
        if i64::try_from(self.e8).is_ok() { Ok(self) } else { Err(AmountError::OutOfRange) }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency.code())
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    amount: String,
    currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire { amount: self.to_decimal(), currency: self.currency }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Money::parse(&wire.amount, wire.currency).map_err(serde::de::Error::custom)
    }
}

/// An exact amount on its way to one of the three named rounding places (trade D-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
    currency: Currency,
}

impl Fraction {
    /// A further exact factor.
    pub fn share(self, ratio: Ratio) -> Result<Fraction, AmountError> {
        let numerator = self.numerator.checked_mul(i128::from(ratio.numerator)).ok_or(AmountError::OutOfRange)?;
        let denominator = self.denominator.checked_mul(i128::from(ratio.denominator)).ok_or(AmountError::OutOfRange)?;
        Ok(Fraction { numerator, denominator, currency: self.currency })
    }

    /// Half away from zero, to two decimals: what enters an invoice, a payout or a balance.
    pub fn half_up_to_cents(self) -> Result<Money, AmountError> {
        let unit = self.denominator.checked_mul(CENT).ok_or(AmountError::OutOfRange)?;
        let twice = self.numerator.unsigned_abs() * 2 + unit.unsigned_abs();
        let cents = i128::try_from(twice / (unit.unsigned_abs() * 2)).map_err(|_| AmountError::OutOfRange)?;
        let e8 = cents.checked_mul(CENT).ok_or(AmountError::OutOfRange)?;
        Money { e8: if self.numerator < 0 { -e8 } else { e8 }, currency: self.currency }.in_range()
    }

    /// Everything after the second decimal dropped: pay-per-use charges (trade 0.4).
    pub fn cut_to_cents(self) -> Result<Money, AmountError> {
        let cents = self.numerator / self.denominator / CENT;
        Money { e8: cents * CENT, currency: self.currency }.in_range()
    }
}

/// Divides `total` by `weights` so that the parts always sum to it; the cents that are left over
/// go to the first parts, one each.
pub fn split(total: Money, weights: &[u32]) -> Result<Vec<Money>, AmountError> {
    let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if sum == 0 {
        return Err(AmountError::NotARatio);
    }
    let mut parts: Vec<i128> = weights.iter().map(|w| total.e8 * i128::from(*w) / sum / CENT * CENT).collect();
    let mut rest = total.e8 - parts.iter().sum::<i128>();
    let step = if rest < 0 { -CENT } else { CENT };
    for (part, weight) in parts.iter_mut().zip(weights) {
        if rest.abs() < CENT {
            break;
        }
        if *weight > 0 {
            *part += step;
            rest -= step;
        }
    }
    if let Some(first) = parts.iter_mut().zip(weights).find(|(_, w)| **w > 0).map(|(p, _)| p) {
        *first += rest;
    }
    Ok(parts.into_iter().map(|e8| Money { e8, currency: total.currency }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cny(text: &str) -> Money {
        Money::parse(text, Currency::CNY).unwrap()
    }

    #[test]
    fn text_round_trips_and_nonsense_is_refused() {
        for (text, shown) in [("0", "0.00"), ("199", "199.00"), ("-3.1", "-3.10"), ("0.00000001", "0.00000001")] {
            assert_eq!(cny(text).to_decimal(), shown);
        }
        for text in ["", ".", "1.123456789", "1e3", "1,000", "--1", "९", "9999999999999999"] {
            assert!(Money::parse(text, Currency::CNY).is_err(), "{text}");
        }
    }

    #[test]
    fn currencies_never_mix() {
        let usd = Money::from_cents(100, Currency::USD);
        assert_eq!(cny("1").plus(usd), Err(AmountError::CurrencyMismatch(Currency::CNY, Currency::USD)));
    }

    #[test]
    fn the_specification_s_rounding_examples() {
        let cut = Money::from_e8(51_212_456_789, Currency::CNY).share(Ratio::new(1, 1).unwrap());
        assert_eq!(cut.cut_to_cents().unwrap(), cny("512.12"));
        let used = cny("310").share(Ratio::new(344, 758).unwrap());
        assert_eq!(used.half_up_to_cents().unwrap(), cny("140.69"));
    }

    proptest! {
        #[test]
        fn a_split_loses_nothing(cents in -1_000_000_000i64..1_000_000_000, weights in proptest::collection::vec(0u32..1000, 1..6)) {
            prop_assume!(weights.iter().any(|w| *w > 0));
            let total = Money::from_cents(cents, Currency::CNY);
            let parts = split(total, &weights).unwrap();
            let sum = parts.iter().try_fold(Money::zero(Currency::CNY), |a, b| a.plus(*b)).unwrap();
            prop_assert_eq!(sum, total);
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!(*weight > 0 || part.is_zero());
            }
        }

        #[test]
        fn decimal_text_is_lossless(e8 in proptest::num::i64::ANY) {
            let money = Money::from_e8(e8, Currency::CNY);
            prop_assert_eq!(Money::parse(&money.to_decimal(), Currency::CNY).unwrap(), money);
        }

        #[test]
        fn half_up_is_the_nearest_cent(e8 in -1_000_000_000_000_000i64..1_000_000_000_000_000, points in 0i64..20_000) {
            let money = Money::from_e8(e8, Currency::CNY);
            let rounded = money.share(Ratio::basis_points(points)).half_up_to_cents().unwrap();
            let exact = i128::from(e8) * i128::from(points);
            let error = (i128::from(rounded.e8()) * 10_000 - exact).abs();
            prop_assert!(error * 2 <= CENT * 10_000);
        }
    }
}
