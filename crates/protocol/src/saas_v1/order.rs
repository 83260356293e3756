//! The parts of a 1.0 request that describe what was bought; License 1.0 sends some of them too.

use crate::form::{Members, Reader, RequestProblem, Source, push_optional};

/// `chargingMode` (5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChargingMode {
    /// 0: pay-per-use (按需).
    PayPerUse,
    /// 1: period (包周期).
    Period,
    /// 3: one-time (一次性).
    OneTime,
    /// 5: package (按需套餐包).
    Package,
}

impl ChargingMode {
    /// All modes.
    pub const ALL: [Self; 4] = [Self::PayPerUse, Self::Period, Self::OneTime, Self::Package];

    /// The text of `chargingMode`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PayPerUse => "0",
            Self::Period => "1",
            Self::OneTime => "3",
            Self::Package => "5",
        }
    }

    /// Reads the text of `chargingMode`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }

    /// Whether the service is paid by what is used, in a package or without.
    pub const fn is_by_use(self) -> bool {
        matches!(self, Self::PayPerUse | Self::Package)
    }

    /// Whether `expireTime` is sent: for period and package only (5.1).
    pub const fn sends_expiry(self) -> bool {
        matches!(self, Self::Period | Self::Package)
    }
}

/// `periodType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeriodType {
    /// `year`.
    Year,
    /// `month`.
    Month,
    /// `day`, for trials.
    Day,
}

impl PeriodType {
    /// All types.
    pub const ALL: [Self; 3] = [Self::Year, Self::Month, Self::Day];

    /// The text of `periodType`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
        }
    }

    /// Reads the text of `periodType`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == name)
    }
}

/// Linear attributes of a specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantities {
    /// `amount`, at most seven digits.
    pub amount: Option<u64>,
    /// `diskSize` in GB, at most seven digits.
    pub disk_size: Option<u64>,
    /// `bandWidth` in Mbps, at most seven digits.
    pub band_width: Option<u64>,
}

impl Quantities {
    pub(crate) fn push(self, members: &mut Members) {
        push_number(members, "amount", self.amount);
        push_number(members, "diskSize", self.disk_size);
        push_number(members, "bandWidth", self.band_width);
    }

    pub(crate) fn read<S: Source>(reader: &Reader<'_, S>) -> Result<Self, RequestProblem> {
        Ok(Self {
            amount: reader.number("amount")?,
            disk_size: reader.number("diskSize")?,
            band_width: reader.number("bandWidth")?,
        })
    }
}

/// Period and price.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderData {
    /// Unit of the period.
    pub period_type: Option<PeriodType>,
    /// Number of units, at most two digits.
    pub period_number: Option<u64>,
    /// Amount of the order as decimal text with at most three decimals; negative when a renewal is
    /// cancelled (5.2).
    pub order_amount: Option<String>,
}

impl OrderData {
    pub(crate) fn push(&self, members: &mut Members) {
        if let Some(period) = self.period_type {
            members.push(("periodType", period.as_str().into()));
        }
        push_number(members, "periodNumber", self.period_number);
        push_optional(members, "orderAmount", self.order_amount.as_ref());
    }

    pub(crate) fn read<S: Source>(reader: &Reader<'_, S>) -> Result<Self, RequestProblem> {
        Ok(Self {
            period_type: word(reader, "periodType", PeriodType::from_name)?,
            period_number: reader.number("periodNumber")?,
            order_amount: reader.optional("orderAmount")?,
        })
    }
}

pub(crate) fn push_number(members: &mut Members, name: &'static str, value: Option<u64>) {
    push_optional(members, name, value.map(|number| number.to_string()).as_ref());
}

/// A word that may be absent.
pub(crate) fn word<S: Source, T>(
    reader: &Reader<'_, S>,
    name: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, RequestProblem> {
    match reader.0.text(name)? {
        None => Ok(None),
        Some(text) => read(text).map(Some).ok_or(RequestProblem::Invalid(name)),
    }
}
