//! The way of an order and of a service, drawn as steps.

use crate::views::{day, when};
use domain::fulfilment::instance::InstanceState;
use domain::ordering::order::{OrderKind, OrderState, PaymentProvider, RefundState};
use domain::time::Timestamp;
use store::fulfilment::Instance;
use store::ordering::Order;
use web_kit::prelude::*;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub text: String,
    pub state: &'static str,
    pub hint: String,
}

/// A step before its words are known: key, state, time.
type Sketch = (&'static str, &'static str, Option<Timestamp>);

/// What decides the steps of an order.
#[derive(Debug, Clone, Copy)]
struct Facts {
    kind: OrderKind,
    state: OrderState,
    free: bool,
    refunded: bool,
    /// Whether the service could not be opened.
    failed: bool,
    created_at: Timestamp,
    paid_at: Option<Timestamp>,
}

fn sketch(facts: &Facts) -> Vec<Sketch> {
    let placed = ("buyer-step-placed", "done", Some(facts.created_at));
    let paid_key = if facts.free { "buyer-step-free" } else { "buyer-step-paid" };
    let work = match facts.kind {
        OrderKind::Renew | OrderKind::TrialToFormal => "buyer-step-extending",
        _ => "buyer-step-opening",
    };
    let ready = match facts.kind {
        OrderKind::Renew | OrderKind::TrialToFormal => "buyer-step-extended",
        _ => "buyer-step-ready",
    };
    let paid = (paid_key, "done", facts.paid_at);
    match facts.state {
        OrderState::PendingConfirm | OrderState::PendingReview => {
            vec![placed, ("buyer-step-confirm", "current", None), (paid_key, "todo", None), (ready, "todo", None)]
        }
        OrderState::PendingPayment { until } => {
            vec![placed, ("buyer-step-pay-until", "current", Some(until)), (work, "todo", None), (ready, "todo", None)]
        }
        OrderState::Processing { .. } => vec![placed, paid, (work, "current", None), (ready, "todo", None)],
        OrderState::Completed { completed_at, .. } if facts.failed => {
            let mut steps = vec![placed, paid, (work, "failed", None)];
            if facts.refunded {
                steps.push(("buyer-step-refunded", "done", Some(completed_at)));
            }
            steps
        }
        OrderState::Completed { completed_at, .. } => {
            let mut steps = vec![placed, paid, (work, "done", None), (ready, "done", Some(completed_at))];
            if facts.refunded {
                steps.push(("buyer-step-refunded", "done", None));
            }
            steps
        }
        OrderState::Cancelled { at, .. } => vec![placed, ("buyer-step-cancelled", "failed", Some(at))],
        OrderState::Refunding { .. } => {
            vec![("buyer-step-asked", "done", Some(facts.created_at)), ("buyer-step-refunded", "current", None)]
        }
        OrderState::ClosedRefunded { at } => {
            vec![("buyer-step-asked", "done", Some(facts.created_at)), ("buyer-step-refunded", "done", Some(at))]
        }
    }
}

/// The steps of an order.
pub fn of_order(page: &Page, order: &Order, instance: Option<&Instance>) -> Vec<Step> {
    let facts = Facts {
        kind: order.kind,
        state: order.state,
        free: order.payable.is_zero() || order.provider == Some(PaymentProvider::Free),
        refunded: order.refund_state != RefundState::None,
        failed: instance.is_some_and(|i| matches!(i.state, InstanceState::Failed { .. })),
        created_at: order.created_at,
        paid_at: order.paid_at,
    };
    worded(page, sketch(&facts))
}

/// The life of a service bought by period: opened, in use, grace, retention, released.
fn life(state: &InstanceState) -> Vec<Sketch> {
    let keys =
        ["buyer-life-opening", "buyer-life-in-use", "buyer-life-grace", "buyer-life-retention", "buyer-life-released"];
    let (now, times) = match *state {
        InstanceState::Provisioning { .. } => (0, [None; 5]),
        InstanceState::Failed { at } => return vec![(keys[0], "failed", Some(at))],
        InstanceState::InUse { until } => (1, [None, until, None, None, None]),
        InstanceState::Expired { until, grace_until } => (2, [None, Some(until), Some(grace_until), None, None]),
        InstanceState::Frozen { until, release_at, .. } => (3, [None, until, None, release_at, None]),
        InstanceState::Released { at } => {
            return vec![(keys[0], "done", None), (keys[1], "done", None), (keys[4], "done", Some(at))];
        }
    };
    let state_of = |i: usize| match i.cmp(&now) {
        std::cmp::Ordering::Less => "done",
        std::cmp::Ordering::Equal => "current",
        std::cmp::Ordering::Greater => "todo",
    };
    keys.iter().zip(times).enumerate().map(|(i, (key, at))| (*key, state_of(i), at)).collect()
}

/// The steps of a service.
pub fn of_service(page: &Page, instance: &Instance) -> Vec<Step> {
    life(&instance.state)
        .into_iter()
        .map(|(key, state, at)| Step {
            text: page.t(key),
            state,
            hint: at.map(|at| page.tx("buyer-until", &[("day", day(page, at).into())])).unwrap_or_default(),
        })
        .collect()
}

fn worded(page: &Page, steps: Vec<Sketch>) -> Vec<Step> {
    let hint = |key: &str, at: Timestamp| match key {
        "buyer-step-pay-until" => page.tx("buyer-by", &[("time", when(page, at).into())]),
        _ => when(page, at),
    };
    let step = |(key, state, at): Sketch| Step {
        text: page.t(key),
        state,
        hint: at.map(|at| hint(key, at)).unwrap_or_default(),
    };
    steps.into_iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ordering::order::CancelReason;

    const T: Timestamp = Timestamp(0);

    fn shown(state: OrderState, failed: bool, refunded: bool) -> String {
        let facts =
            Facts { kind: OrderKind::New, state, free: false, refunded, failed, created_at: T, paid_at: Some(T) };
        let word = |(key, state, _): Sketch| format!("{}:{state}", key.trim_start_matches("buyer-step-"));
        sketch(&facts).into_iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_state_has_its_steps() {
        let done = OrderState::Completed { paid_at: T, completed_at: T };
        assert_eq!(
            shown(OrderState::PendingPayment { until: T }, false, false),
            "placed:done pay-until:current opening:todo ready:todo"
        );
        assert_eq!(
            shown(OrderState::Processing { paid_at: T }, false, false),
            "placed:done paid:done opening:current ready:todo"
        );
        assert_eq!(shown(done, false, false), "placed:done paid:done opening:done ready:done");
        assert_eq!(shown(done, false, true), "placed:done paid:done opening:done ready:done refunded:done");
        assert_eq!(shown(done, true, true), "placed:done paid:done opening:failed refunded:done");
        let cancelled = OrderState::Cancelled { at: T, why: CancelReason::Buyer };
        assert_eq!(shown(cancelled, false, false), "placed:done cancelled:failed");
    }

    #[test]
    fn a_frozen_service_is_in_its_retention() {
        let frozen = InstanceState::Frozen {
            until: Some(T),
            release_at: Some(T),
            why: domain::fulfilment::instance::FreezeReason::Expiry,
        };
        let states: Vec<_> = life(&frozen).into_iter().map(|s| s.1).collect();
        assert_eq!(states, ["done", "done", "done", "current", "todo"]);
    }
}
