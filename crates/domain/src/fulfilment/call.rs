//! Calls to a seller's server: kinds, states and when the next attempt is due.

use crate::access::coded;
use crate::settings::Settings;
use crate::time::{HOUR, MINUTE, Timestamp};

coded! {
    /// What the marketplace asks of a seller's server, SaaS 2.0 (seller interface 1.2).
    Activity {
        /// Create.
        NewInstance = "newInstance",
        /// Ask for information.
        QueryInstance = "queryInstance",
        /// The expiry date changes.
        RefreshInstance = "refreshInstance",
        /// Freeze or unfreeze.
        UpdateInstanceStatus = "updateInstanceStatus",
        /// Release.
        ReleaseInstance = "releaseInstance",
    }
}

coded! {
    /// Why an instance's date is refreshed (seller interface 4.4).
    Scene {
        /// Trial to formal.
        TrialToFormal = "TRIAL_TO_FORMAL",
        /// Renewal.
        Renewal = "RENEWAL",
        /// A renewed period is unsubscribed.
        UnsubscribeRenewalPeriod = "UNSUBSCRIBE_RENEWAL_PERIOD",
        /// Renewal with another specification.
        RenewalChange = "RENEWAL_CHANGE",
    }
}

coded! {
    /// State of a call record on the message page (seller interface D-48).
    CallState {
        /// Behind an earlier call of the same instance, or not tried yet.
        Waiting = "WAITING",
        /// Tried without success; the next attempt is scheduled.
        Retrying = "RETRYING",
        /// Accepted by the seller (000004); being polled.
        Polling = "POLLING",
        /// Done.
        Succeeded = "SUCCEEDED",
        /// The schedule is exhausted; can be restarted by hand.
        Stopped = "STOPPED",
        /// No longer wanted.
        Cancelled = "CANCELLED",
        /// A question for information that brought nothing; it is asked anew, not repeated.
        Failed = "FAILED",
    }
}

impl CallState {
    /// Whether the call may still be sent: by its schedule, or restarted by hand.
    pub fn is_open(self) -> bool {
        matches!(self, CallState::Waiting | CallState::Retrying | CallState::Polling | CallState::Stopped)
    }
}

coded! {
    /// Who started an attempt.
    Trigger {
        /// The schedule.
        Automatic = "AUTOMATIC",
        /// Somebody pressed restart.
        Manual = "MANUAL",
    }
}

/// When the attempt after `attempts` failed ones is due, counted from the first attempt;
/// `None` when the schedule is exhausted (D-29).
pub fn next_attempt(
    activity: Activity,
    attempts: i64,
    first_attempt: Timestamp,
    now: Timestamp,
    settings: &Settings,
) -> Option<Timestamp> {
    let (repetitions, interval) = match activity {
        Activity::NewInstance => (settings.create_retries, settings.create_interval_minutes),
        Activity::RefreshInstance => (settings.update_retries, settings.followup_interval_minutes),
        Activity::UpdateInstanceStatus | Activity::ReleaseInstance => {
            (settings.status_retries, settings.followup_interval_minutes)
        }
        Activity::QueryInstance => return None,
    };
    let due = first_attempt.plus(attempts * interval * MINUTE);
    (attempts <= repetitions).then(|| due.max(now))
}

/// When an accepted creation is asked about again (D-22): after 60 s, then every 2 min for 30 min,
/// every 10 min until 24 h, every hour until the limit; `None` at the limit.
pub fn next_poll(accepted_at: Timestamp, now: Timestamp, settings: &Settings) -> Option<Timestamp> {
    let age = now.since(accepted_at);
    if age >= settings.poll_limit_hours * HOUR {
        return None;
    }
    let step = match age {
        age if age < MINUTE => MINUTE,
        age if age < 30 * MINUTE => 2 * MINUTE,
        age if age < 24 * HOUR => 10 * MINUTE,
        _ => HOUR,
    };
    Some(now.plus(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creation_is_tried_at_0_1_2_3_hours() {
        let settings = Settings::default();
        let first = Timestamp(0);
        let mut due = vec![first];
        let mut attempts = 1;
        while let Some(next) = next_attempt(Activity::NewInstance, attempts, first, first, &settings) {
            due.push(next);
            attempts += 1;
        }
        assert_eq!(due, [0, HOUR, 2 * HOUR, 3 * HOUR].map(Timestamp));
    }

    #[test]
    fn polling_slows_down_and_ends() {
        let settings = Settings::default();
        let (mut now, mut polls) = (Timestamp(0), 0);
        while let Some(next) = next_poll(Timestamp(0), now, &settings) {
            assert!(next > now);
            (now, polls) = (next, polls + 1);
        }
        assert_eq!((now.0 / HOUR, polls), (72, 1 + 15 + 141 + 48));
    }
}
