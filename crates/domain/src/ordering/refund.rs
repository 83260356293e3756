//! The no-reason refund of unsupervised period resources (trade 1.13.2, D-12).

use crate::settings::Settings;
use crate::time::{DAY, Timestamp};

/// What is known of a resource when its buyer asks for his money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundFacts {
    /// When it was opened.
    pub provisioned_at: Timestamp,
    /// The specification's flag.
    pub no_reason_refund: bool,
    /// Whether it was bought by period.
    pub is_period: bool,
    /// Whether it is a trial or cost nothing.
    pub was_free: bool,
    /// Whether the resource is in use.
    pub in_use: bool,
    /// Whether another order of the resource is unfinished.
    pub other_order_open: bool,
    /// No-reason refunds of this account in this calendar year.
    pub used_this_year: i64,
}

/// Why the refund is not offered: the code of a message.
pub fn bar(facts: &RefundFacts, now: Timestamp, settings: &Settings) -> Option<&'static str> {
    if facts.was_free {
        return Some("refund-nothing-paid");
    }
    if !facts.is_period || !facts.no_reason_refund {
        return Some("refund-not-offered");
    }
    if !facts.in_use {
        return Some("refund-not-in-use");
    }
    if facts.other_order_open {
        return Some("refund-other-order-open");
    }
    if now.since(facts.provisioned_at) > settings.refund_no_reason_days * DAY {
        return Some("refund-window-over");
    }
    if facts.used_this_year >= settings.refund_no_reason_quota {
        return Some("refund-quota-used");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_market;

    #[test]
    fn the_window_is_five_times_twenty_four_hours() {
        let facts = RefundFacts {
            provisioned_at: parse_market("2022-11-24T14:30:30").unwrap(),
            no_reason_refund: true,
            is_period: true,
            was_free: false,
            in_use: true,
            other_order_open: false,
            used_this_year: 0,
        };
        let settings = Settings::default();
        assert_eq!(bar(&facts, parse_market("2022-11-29T14:30:30").unwrap(), &settings), None);
        assert_eq!(bar(&facts, parse_market("2022-11-29T14:30:31").unwrap(), &settings), Some("refund-window-over"));
        let used = RefundFacts { used_this_year: 10, ..facts };
        assert_eq!(bar(&used, facts.provisioned_at, &settings), Some("refund-quota-used"));
    }
}
