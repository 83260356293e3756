//! Instants and the market's calendar. Cut-offs are taken in market time, UTC+08:00 (trade 0.4).

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day of 24 hours.
pub const DAY: i64 = 24 * HOUR;

/// An instant: microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A calendar day of the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Year.
    pub year: i16,
    /// Month, 1–12.
    pub month: i8,
    /// Day of the month, 1–31.
    pub day: i8,
}

impl Timestamp {
    /// Microseconds.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds, as the wire protocols want them.
    pub fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Later by `micros` (earlier when negative); saturates at the ends of time.
    pub fn plus(self, micros: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to `self`.
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Civil date and time in the market's zone.
    pub fn market(self) -> DateTime {
        self.at_offset(8)
    }

    /// Civil date and time at a whole-hour offset from UTC.
    pub fn at_offset(self, hours: i8) -> DateTime {
        let instant = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX);
        TimeZone::fixed(Offset::constant(hours)).to_datetime(instant)
    }

    /// The market's calendar day.
    pub fn day(self) -> Day {
        let date = self.market().date();
        Day { year: date.year(), month: date.month(), day: date.day() }
    }

    /// `yyyy-MM-dd HH:mm:ss` in market time.
    pub fn to_market_text(self) -> String {
        self.market().strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// RFC 3339 in UTC with milliseconds, for the API.
    pub fn to_rfc3339(self) -> String {
        self.at_offset(0).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    /// `yyyyMMddHHmmss` in UTC: `expireTime` of the seller interface (D-24).
    pub fn to_wire_utc(self) -> String {
        self.at_offset(0).strftime("%Y%m%d%H%M%S").to_string()
    }
}

fn end_of_day(date: jiff::civil::Date) -> Timestamp {
    from_market(date.at(23, 59, 59, 0))
}

/// The instant at which the market's clocks show `civil`.
pub fn from_market(civil: DateTime) -> Timestamp {
    let instant = TimeZone::fixed(Offset::constant(8)).to_timestamp(civil).unwrap_or(jiff::Timestamp::MAX);
    Timestamp(instant.as_microsecond())
}

/// The last second of the day that is `months` after `from`, on `anchor_day` where the month has
/// one: periods end at 23:59:59 market time (example in trade 1.13.3), and an instance bought on
/// the 31st returns to the 31st after February. An anchor before the day of `from` would make the
/// first month shorter than a month, so the later of the two counts.
pub fn end_after_months(from: Timestamp, months: i32, anchor_day: i8) -> Timestamp {
    let date = from.market().date();
    let first = date.first_of_month().saturating_add(months.months());
    let day = anchor_day.max(date.day()).clamp(1, first.days_in_month());
    let target = first.with().day(day).build().unwrap_or(first);
    end_of_day(target)
}

/// The last second of the day that is `days` after `from`.
pub fn end_after_days(from: Timestamp, days: i32) -> Timestamp {
    end_of_day(from.market().date().saturating_add(days.days()))
}

/// The first instant not before `after` at which market clocks show `hour`:00.
pub fn next_market_hour(after: Timestamp, hour: i8) -> Timestamp {
    let civil = after.market();
    let today = from_market(civil.date().at(hour, 0, 0, 0));
    if today >= after { today } else { from_market(civil.date().saturating_add(1.days()).at(hour, 0, 0, 0)) }
}

/// The beginning of the market day of `at`.
pub fn start_of_day(at: Timestamp) -> Timestamp {
    from_market(at.market().date().at(0, 0, 0, 0))
}

/// Reads `yyyy-MM-dd` or `yyyy-MM-ddTHH:mm` as market time.
pub fn parse_market(text: &str) -> Option<Timestamp> {
    if let Ok(civil) = text.parse::<DateTime>() {
        return Some(from_market(civil));
    }
    text.parse::<jiff::civil::Date>().ok().map(|date| from_market(date.at(0, 0, 0, 0)))
}

/// A duration in whole seconds for logs.
pub fn seconds(micros: i64) -> i64 {
    SignedDuration::from_micros(micros).as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        parse_market(text).unwrap()
    }

    #[test]
    fn a_month_ends_on_the_anchor_day_where_there_is_one() {
        let bought = at("2026-01-31T10:30");
        let first = end_after_months(bought, 1, 31);
        assert_eq!(first.to_market_text(), "2026-02-28 23:59:59");
        assert_eq!(end_after_months(first, 1, 31).to_market_text(), "2026-03-31 23:59:59");
        assert_eq!(end_after_months(at("2024-01-01T10:30"), 1, 1).to_market_text(), "2024-02-01 23:59:59");
        assert_eq!(end_after_months(at("2024-02-29"), 12, 29).to_market_text(), "2025-02-28 23:59:59");
    }

    proptest! {
        #[test]
        fn whoever_pays_months_gets_months(day in 0i64..20_000, second in 0i64..86_400, anchor in 1i8..=31, months in 1i32..60) {
            let from = Timestamp(day * DAY + second * SECOND);
            let end = end_after_months(from, months, anchor);
            prop_assert!(end.since(from) >= i64::from(months) * 28 * DAY, "{} {}", from.to_market_text(), end.to_market_text());
            let passed = |at: Timestamp| i32::from(at.day().year) * 12 + i32::from(at.day().month);
            prop_assert_eq!(passed(end) - passed(from), months);
        }

        /// The life of an instance: opened or converted on one day, renewed again and again, each time from the end.
        #[test]
        fn renewals_stay_on_the_anchor(day in 0i64..20_000, second in 0i64..86_400, steps in proptest::collection::vec(1i32..13, 1..30)) {
            let from = Timestamp(day * DAY + second * SECOND);
            let anchor = from.day().day;
            let (mut at, mut total) = (from, 0);
            for months in steps {
                at = end_after_months(at, months, anchor);
                total += months;
                prop_assert_eq!(at, end_after_months(from, total, anchor), "however it was paid, the end is the same");
            }
        }
    }

    #[test]
    fn the_deduction_hour_is_today_or_tomorrow() {
        assert_eq!(next_market_hour(at("2026-05-01T02:59"), 3).to_market_text(), "2026-05-01 03:00:00");
        assert_eq!(next_market_hour(at("2026-05-01T03:01"), 3).to_market_text(), "2026-05-02 03:00:00");
    }

    #[test]
    fn wire_times_are_utc() {
        assert_eq!(at("2026-05-01T08:00").to_wire_utc(), "20260501000000");
        assert_eq!(at("2026-05-01T08:00").to_rfc3339(), "2026-05-01T00:00:00.000Z");
    }
}
