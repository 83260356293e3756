//! The no-reason refund of unsupervised period resources (trade 1.13.2, D-12).

use crate::fulfilment::instance::InstanceState;
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

/// What is known of a renewal when its buyer gives it back before its time begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenewalFacts {
    /// When its time begins: the end of the time before it; `None` where it was not recorded.
    pub begins: Option<Timestamp>,
    /// Whether the service ends with it: no later renewal stands on it.
    pub is_last: bool,
    /// State of the service.
    pub state: InstanceState,
    /// The specification's flag, as it was bought.
    pub no_reason_refund: bool,
    /// Whether it cost nothing.
    pub was_free: bool,
    /// Whether another order of the service is unfinished.
    pub other_order_open: bool,
}

/// Why a renewal is not given back: the code of a message. The yearly quota does not count here:
/// nothing of it was used (trade 1.13.3).
pub fn renewal_bar(facts: &RenewalFacts, now: Timestamp) -> Option<&'static str> {
    if facts.was_free {
        return Some("refund-nothing-paid");
    }
    if !facts.no_reason_refund {
        return Some("refund-not-offered");
    }
    if !matches!(facts.state, InstanceState::InUse { .. }) {
        return Some("refund-not-in-use");
    }
    if facts.other_order_open {
        return Some("refund-other-order-open");
    }
    match facts.begins {
        Some(begins) if facts.is_last && now < begins => None,
        Some(_) if facts.is_last => Some("refund-renewal-begun"),
        _ => Some("refund-no-renewal"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_market;

    #[test]
    fn a_renewal_is_given_back_until_its_time_begins() {
        let begins = Timestamp(100);
        let facts = RenewalFacts {
            begins: Some(begins),
            is_last: true,
            state: InstanceState::InUse { until: Some(Timestamp(200)) },
            no_reason_refund: true,
            was_free: false,
            other_order_open: false,
        };
        assert_eq!(renewal_bar(&facts, Timestamp(99)), None);
        assert_eq!(renewal_bar(&facts, begins), Some("refund-renewal-begun"));
        let bars = [
            (RenewalFacts { is_last: false, ..facts }, "refund-no-renewal"),
            (RenewalFacts { begins: None, ..facts }, "refund-no-renewal"),
            (RenewalFacts { was_free: true, ..facts }, "refund-nothing-paid"),
            (RenewalFacts { no_reason_refund: false, ..facts }, "refund-not-offered"),
            (RenewalFacts { other_order_open: true, ..facts }, "refund-other-order-open"),
            (RenewalFacts { state: InstanceState::Released { at: begins }, ..facts }, "refund-not-in-use"),
        ];
        for (facts, code) in bars {
            assert_eq!(renewal_bar(&facts, Timestamp(0)), Some(code));
        }
    }

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
