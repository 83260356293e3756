//! What operators tune: deadlines, ratios, limits (trade 0.5 and the decisions of the other
//! chapters). One table, typed, with the default of the specification; every change is audited.

/// One tunable number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Stable key, as the specification spells it where it does.
    pub key: &'static str,
    /// Unit, for the page: `days`, `hours`, `minutes`, `count`, `basis_points`, `switch`, `yuan`.
    pub unit: &'static str,
    /// Default value.
    pub default: i64,
    /// Smallest value that an operator may set.
    pub min: i64,
    /// Largest value that an operator may set.
    pub max: i64,
}

macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident: $key:literal, $unit:literal, $default:literal, $min:literal ..= $max:literal;)*) => {
        /// Every parameter, in the order of the operator's page.
        pub const PARAMETERS: &[Parameter] = &[
            $(Parameter { key: $key, unit: $unit, default: $default, min: $min, max: $max }),*
        ];

        /// The values in force.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Settings {
            $($(#[$doc])* pub $name: i64,)*
        }

        impl Default for Settings {
            fn default() -> Self {
                Settings { $($name: $default,)* }
            }
        }

        impl Settings {
            /// Sets the parameter `key`; false when there is none or the value is out of its range.
            pub fn set(&mut self, key: &str, value: i64) -> bool {
                match key {
                    $($key if ($min..=$max).contains(&value) => { self.$name = value; true })*
                    _ => false,
                }
            }

            /// The value of the parameter `key`.
            pub fn get(&self, key: &str) -> Option<i64> {
                match key {
                    $($key => Some(self.$name),)*
                    _ => None,
                }
            }
        }
    };
}

parameters! {
    /// Days that an unpaid order waits (trade 1.3).
    order_pending_ttl_days: "order.pending_ttl", "days", 7, 1..=90;
    /// Repetitions of a creation call after the first attempt (seller interface D-29).
    create_retries: "delivery.create_retries", "count", 3, 0..=24;
    /// Minutes between attempts of a creation call.
    create_interval_minutes: "delivery.create_interval", "minutes", 60, 1..=1440;
    /// Repetitions of an update call (D-29: every 2 minutes for 2 hours).
    update_retries: "delivery.update_retries", "count", 60, 0..=1000;
    /// Repetitions of a status or release call (D-29: every 2 minutes for 1 hour).
    status_retries: "delivery.status_retries", "count", 30, 0..=1000;
    /// Minutes between attempts of update, status and release calls.
    followup_interval_minutes: "delivery.followup_interval", "minutes", 2, 1..=1440;
    /// Hours after which polling an accepted creation gives up (D-22).
    poll_limit_hours: "delivery.poll_limit", "hours", 72, 1..=720;
    /// Seconds that a seller's server may take (seller interface 2).
    call_timeout_seconds: "delivery.call_timeout", "seconds", 20, 1..=60;
    /// Failed orders of one product in a month that make an operator's task (trade 0.5).
    failed_orders_per_month: "delivery.failed_orders_per_month_delist", "count", 5, 1..=1000;
    /// Days of the no-reason refund (trade 1.13.2).
    refund_no_reason_days: "refund.no_reason_days", "days", 5, 0..=60;
    /// No-reason refunds per account and calendar year.
    refund_no_reason_quota: "refund.no_reason_quota", "count", 10, 0..=1000;
    /// Days before expiry of the first automatic renewal attempt (trade 1.9).
    autorenew_lead_days: "autorenew.lead_days", "days", 7, 2..=30;
    /// Market hour of automatic renewals.
    autorenew_hour: "autorenew.hour", "hours", 3, 0..=23;
    /// Grace days of period resources for the default customer level V3 (trade 1.12, D-11).
    grace_days: "lifecycle.grace_days", "days", 7, 0..=60;
    /// Retention days of period resources for the default customer level.
    retention_days: "lifecycle.retention_days", "days", 7, 0..=60;
    /// Platform fee on general products, in ten-thousandths (trade 5.5.1).
    platform_fee_basis_points: "settlement.platform_fee", "basis_points", 500, 0..=5000;
    /// VAT contained in the platform fee, in ten-thousandths.
    fee_tax_basis_points: "settlement.fee_tax", "basis_points", 600, 0..=5000;
    /// Working days for a review (supply side GN-7).
    review_sla_days: "review.sla_days", "days", 3, 1..=30;
    /// Failed log-ins in a row that lock an account.
    lockout_failures: "identity.lockout_failures", "count", 5, 2..=100;
    /// Minutes that a lock-out lasts.
    lockout_minutes: "identity.lockout_minutes", "minutes", 15, 1..=1440;
    /// Hours after which an idle session ends.
    session_idle_hours: "identity.session_idle", "hours", 12, 1..=720;
    /// Minutes that a password-reset link works.
    reset_minutes: "identity.reset_minutes", "minutes", 30, 5..=1440;
    /// Sub-users of one organisation (trade 0.1).
    sub_users_max: "identity.sub_users_max", "count", 50, 1..=5000;
    /// Renewals of a discontinued specification stay possible for so many days (D-29).
    renewal_after_discontinuation_days: "catalogue.renewal_after_discontinuation", "days", 90, 0..=3650;
    /// Whether a product is handed in only when its debug cases have passed (seller interface 11.3).
    require_cases: "catalogue.require_cases", "switch", 0, 0..=1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_can_be_read_and_set_within_its_range_only() {
        let mut settings = Settings::default();
        for p in PARAMETERS {
            assert_eq!(settings.get(p.key), Some(p.default));
            assert!((p.min..=p.max).contains(&p.default), "{}", p.key);
            assert!(settings.set(p.key, p.max));
            assert!(!settings.set(p.key, p.max + 1));
            assert_eq!(settings.get(p.key), Some(p.max));
        }
        assert!(!settings.set("no.such", 1));
    }
}
