//! The life of a purchased resource (trade 1.12).

use crate::access::coded;
use crate::settings::Settings;
use crate::time::{DAY, Timestamp};
use crate::{Decided, Refusal};

coded! {
    /// Why a resource is frozen.
    FreezeReason {
        /// Its period ended.
        Expiry = "EXPIRY",
        /// An operator froze it for a violation (违规).
        Violation = "VIOLATION",
    }
}

coded! {
    /// What happens at the end of a period (trade 1.9).
    ExpiryPolicy {
        /// The buyer renews by hand.
        Manual = "MANUAL",
        /// Renewed automatically.
        Automatic = "AUTOMATIC",
        /// Not renewed; fewer reminders.
        DoNotRenew = "DO_NOT_RENEW",
    }
}

/// State of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceState {
    /// Being opened by the seller.
    Provisioning {
        /// Since when.
        since: Timestamp,
    },
    /// Could not be opened; the order was refunded.
    Failed {
        /// When it was given up.
        at: Timestamp,
    },
    /// Usable, until `until` (never ends when `None`).
    InUse {
        /// End of the paid time.
        until: Option<Timestamp>,
    },
    /// Paid time is over, still usable (宽限期).
    Expired {
        /// End of the paid time.
        until: Timestamp,
        /// End of the grace.
        grace_until: Timestamp,
    },
    /// Unusable, data kept (保留期).
    Frozen {
        /// End of the paid time.
        until: Option<Timestamp>,
        /// When data may be deleted; `None` while frozen for a violation.
        release_at: Option<Timestamp>,
        /// Why.
        why: FreezeReason,
    },
    /// Gone.
    Released {
        /// When.
        at: Timestamp,
    },
}

impl InstanceState {
    /// Code of the state alone.
    pub fn code(&self) -> &'static str {
        match self {
            InstanceState::Provisioning { .. } => "PROVISIONING",
            InstanceState::Failed { .. } => "FAILED",
            InstanceState::InUse { .. } => "IN_USE",
            InstanceState::Expired { .. } => "EXPIRED",
            InstanceState::Frozen { .. } => "FROZEN",
            InstanceState::Released { .. } => "RELEASED",
        }
    }

    /// Codes of all states, for filters.
    pub const CODES: &'static [&'static str] = &["PROVISIONING", "IN_USE", "EXPIRED", "FROZEN", "RELEASED", "FAILED"];

    /// Whether a renewal may be ordered now.
    pub fn is_renewable(&self) -> bool {
        matches!(
            self,
            InstanceState::InUse { until: Some(_) }
                | InstanceState::Expired { .. }
                | InstanceState::Frozen { why: FreezeReason::Expiry, .. }
        )
    }

    /// End of the paid time where there is one.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            InstanceState::InUse { until } | InstanceState::Frozen { until, .. } => *until,
            InstanceState::Expired { until, .. } => Some(*until),
            _ => None,
        }
    }
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceAction {
    /// The seller has opened it; paid until `until`.
    Opened {
        /// End of the paid time.
        until: Option<Timestamp>,
    },
    /// It cannot be opened.
    GiveUp,
    /// The clock reached the end of the paid time.
    Expire,
    /// The clock reached the end of the grace.
    FreezeExpired,
    /// The clock reached the end of the retention.
    ReleaseRetained,
    /// Renewed or converted; paid until `until`.
    Renewed {
        /// New end.
        until: Timestamp,
    },
    /// A renewal whose time has not begun was given back; paid until `until`.
    Shortened {
        /// New end, still to come.
        until: Timestamp,
    },
    /// An operator freezes for a violation.
    FreezeForViolation,
    /// The violation is solved.
    LiftViolation,
    /// The buyer gives it up, or it was refunded.
    Release,
}

impl InstanceAction {
    /// Code for messages.
    pub fn code(self) -> &'static str {
        match self {
            InstanceAction::Opened { .. } => "opened",
            InstanceAction::GiveUp => "give-up",
            InstanceAction::Expire => "expire",
            InstanceAction::FreezeExpired => "freeze-expired",
            InstanceAction::ReleaseRetained => "release-retained",
            InstanceAction::Renewed { .. } => "renewed",
            InstanceAction::Shortened { .. } => "shortened",
            InstanceAction::FreezeForViolation => "freeze-for-violation",
            InstanceAction::LiftViolation => "lift-violation",
            InstanceAction::Release => "release",
        }
    }
}

/// What must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceEffect {
    /// Look again at this time: the paid time, grace or retention ends.
    LookAgainAt(Timestamp),
    /// Tell the seller to freeze.
    CallFreeze,
    /// Tell the seller to unfreeze.
    CallUnfreeze,
    /// Tell the seller to release.
    CallRelease,
    /// Tell the buyer: the key of a message.
    TellBuyer(&'static str),
}

impl InstanceState {
    /// The next state; this match is the whole table of trade 1.12. Renewal calls the seller before
    /// it is applied (D-25), so it brings only the unfreeze call with it.
    pub fn apply(
        self,
        action: InstanceAction,
        now: Timestamp,
        settings: &Settings,
    ) -> Result<Decided<InstanceState, InstanceEffect>, Refusal> {
        use InstanceAction::*;
        use InstanceEffect::*;
        use InstanceState::*;
        let to = |next, effects| Ok(Decided { next, effects });
        match (self, action) {
            (Provisioning { .. }, Opened { until }) => {
                to(InUse { until }, until.map(LookAgainAt).into_iter().chain([TellBuyer("service-ready")]).collect())
            }
            (Provisioning { .. }, GiveUp) => to(Failed { at: now }, vec![TellBuyer("service-failed")]),
            (InUse { until: Some(until) }, Expire) if now >= until => {
                let grace_until = until.plus(settings.grace_days * DAY);
                to(Expired { until, grace_until }, vec![LookAgainAt(grace_until), TellBuyer("service-expired")])
            }
            (Expired { until, grace_until }, FreezeExpired) if now >= grace_until => {
                let release_at = grace_until.plus(settings.retention_days * DAY);
                let why = FreezeReason::Expiry;
                to(
                    Frozen { until: Some(until), release_at: Some(release_at), why },
                    vec![CallFreeze, LookAgainAt(release_at), TellBuyer("service-frozen")],
                )
            }
            (Frozen { release_at: Some(at), .. }, ReleaseRetained) if now >= at => {
                to(Released { at: now }, vec![CallRelease, TellBuyer("service-released")])
            }
            (InUse { until: Some(_) } | Expired { .. }, Renewed { until }) => {
                to(InUse { until: Some(until) }, vec![LookAgainAt(until), TellBuyer("service-renewed")])
            }
            (InUse { until: Some(end) }, Shortened { until }) if now < until && until < end => {
                to(InUse { until: Some(until) }, vec![LookAgainAt(until), TellBuyer("service-shortened")])
            }
            (Frozen { why: FreezeReason::Expiry, .. }, Renewed { until }) => {
                to(InUse { until: Some(until) }, vec![CallUnfreeze, LookAgainAt(until), TellBuyer("service-renewed")])
            }
            // Time was bought; the violation stays until an operator lifts it.
            (Frozen { release_at, why: FreezeReason::Violation, .. }, Renewed { until }) => to(
                Frozen { until: Some(until), release_at, why: FreezeReason::Violation },
                vec![TellBuyer("service-renewed")],
            ),
            (InUse { until }, FreezeForViolation) => to(
                Frozen { until, release_at: None, why: FreezeReason::Violation },
                vec![CallFreeze, TellBuyer("service-frozen-violation")],
            ),
            (Frozen { until, why: FreezeReason::Violation, .. }, LiftViolation) => to(
                InUse { until },
                [CallUnfreeze]
                    .into_iter()
                    .chain(until.map(LookAgainAt))
                    .chain([TellBuyer("service-unfrozen")])
                    .collect(),
            ),
            (InUse { .. } | Expired { .. } | Frozen { .. }, Release) => {
                to(Released { at: now }, vec![CallRelease, TellBuyer("service-released")])
            }
            (state, action) => {
                Err(Refusal { code: "instance-wrong-state", action: action.code(), state: state.code() })
            }
        }
    }

    /// What the clock does next, and when: the action that a timer asks for.
    pub fn next_timer(&self) -> Option<(Timestamp, InstanceAction)> {
        match self {
            InstanceState::InUse { until: Some(until) } => Some((*until, InstanceAction::Expire)),
            InstanceState::Expired { grace_until, .. } => Some((*grace_until, InstanceAction::FreezeExpired)),
            InstanceState::Frozen { release_at: Some(at), .. } => Some((*at, InstanceAction::ReleaseRetained)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn actions() -> impl Strategy<Value = InstanceAction> {
        use InstanceAction::*;
        prop_oneof![
            (0i64..100).prop_map(|d| Opened { until: Some(Timestamp(d * DAY)) }),
            Just(Opened { until: None }),
            Just(GiveUp),
            Just(Expire),
            Just(FreezeExpired),
            Just(ReleaseRetained),
            (0i64..100).prop_map(|d| Renewed { until: Timestamp(d * DAY) }),
            (0i64..100).prop_map(|d| Shortened { until: Timestamp(d * DAY) }),
            Just(FreezeForViolation),
            Just(LiftViolation),
            Just(Release),
        ]
    }

    #[test]
    fn the_clock_alone_leads_from_use_to_release() {
        let settings = Settings::default();
        let mut state = InstanceState::InUse { until: Some(Timestamp(30 * DAY)) };
        let mut seen = vec![];
        while let Some((at, action)) = state.next_timer() {
            assert!(state.apply(action, at.plus(-1), &settings).is_err(), "too early must be refused");
            let decided = state.apply(action, at, &settings).unwrap();
            seen.push(format!("day {}: {}", at.0 / DAY, decided.next.code()));
            state = decided.next;
        }
        assert_eq!(seen, ["day 30: EXPIRED", "day 37: FROZEN", "day 44: RELEASED"]);
    }

    proptest! {
        #[test]
        fn nothing_comes_back_from_the_dead(walk in proptest::collection::vec((actions(), 0i64..200), 1..40)) {
            let settings = Settings::default();
            let mut state = InstanceState::Provisioning { since: Timestamp(0) };
            let mut calls = 0i64;
            for (action, day) in walk {
                let dead = matches!(state, InstanceState::Released { .. } | InstanceState::Failed { .. });
                match state.apply(action, Timestamp(day * DAY), &settings) {
                    Ok(decided) => {
                        prop_assert!(!dead);
                        for effect in &decided.effects {
                            match effect {
                                InstanceEffect::CallFreeze => calls += 1,
                                InstanceEffect::CallUnfreeze => calls -= 1,
                                _ => {}
                            }
                        }
                        state = decided.next;
                        let frozen = matches!(state, InstanceState::Frozen { .. });
                        if !matches!(state, InstanceState::Released { .. } | InstanceState::Failed { .. }) {
                            prop_assert_eq!(calls, i64::from(frozen), "the seller knows what we know");
                        }
                    }
                    Err(refusal) => prop_assert_eq!(refusal.code, "instance-wrong-state"),
                }
            }
        }
    }
}
