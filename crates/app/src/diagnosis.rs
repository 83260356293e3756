//! "Why is this order stuck?" — the chain of causes, and the safe next action (operator console).

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use domain::access::OperatorRight;
use domain::fulfilment::call::CallState;
use domain::fulfilment::instance::InstanceState;
use domain::ordering::order::OrderState;
use domain::time::{MINUTE, Timestamp};
use store::fulfilment::{SellerCall, Viewer};
use store::jobs::Job;
use store::ordering::OrderOwner;

/// One link of the chain, from the order down to the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Key of the sentence (`diagnosis-…`).
    pub code: &'static str,
    /// Object that the sentence is about: a call, a job, a payment.
    pub subject: String,
    /// A fact for the sentence: an exception, a state.
    pub detail: String,
    /// A time for the sentence.
    pub at: Option<Timestamp>,
}

/// What may be done safely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SafeAction {
    /// Nothing is wrong.
    Nothing,
    /// It goes on by itself at this time.
    Wait(Option<Timestamp>),
    /// The buyer has to pay.
    WaitForBuyer,
    /// Confirm or refuse the payment with this id.
    ConfirmPayment(String),
    /// Restart the call with this id: the seller recognises a repetition by the order line.
    RestartCall(String),
    /// Run the job with this id now.
    RestartJob(String),
    /// No job and no schedule will move it on: a defect; call the developers.
    Report,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// From the order down to the cause.
    pub chain: Vec<Cause>,
    /// What to do.
    pub action: SafeAction,
}

fn cause(code: &'static str, subject: &str, detail: &str, at: Option<Timestamp>) -> Cause {
    Cause { code, subject: subject.to_owned(), detail: detail.to_owned(), at }
}

/// Decides from facts; `calls` are all of the order and of its instance, oldest first, `jobs` those about
/// the order, its instance and its calls.
pub fn diagnose(
    order: &store::ordering::Order,
    payments: &[store::ordering::Payment],
    instance: Option<&InstanceState>,
    calls: &[SellerCall],
    jobs: &[Job],
    now: Timestamp,
) -> Diagnosis {
    let mut chain = vec![cause("order-state", &order.id, order.state.code(), order.paid_at)];
    let action = match order.state {
        OrderState::PendingPayment { until } => match payments.iter().find(|p| p.state == "PENDING") {
            Some(payment) => {
                chain.push(cause("transfer-unconfirmed", &payment.id, &payment.reference, Some(payment.created_at)));
                SafeAction::ConfirmPayment(payment.id.clone())
            }
            None => {
                chain.push(cause("unpaid", &order.id, "", Some(until)));
                SafeAction::WaitForBuyer
            }
        },
        OrderState::Processing { .. } => stuck_in_delivery(&mut chain, &order.id, instance, calls, jobs, now),
        _ => SafeAction::Nothing,
    };
    Diagnosis { chain, action }
}

fn stuck_in_delivery(
    chain: &mut Vec<Cause>,
    order_id: &str,
    instance: Option<&InstanceState>,
    calls: &[SellerCall],
    jobs: &[Job],
    now: Timestamp,
) -> SafeAction {
    if let Some(state) = instance {
        chain.push(cause("instance-state", "", state.code(), None));
    }
    let Some(wanted) = calls.iter().find(|c| c.order_id.as_deref() == Some(order_id) && c.state.is_open()) else {
        chain.push(cause("no-open-call", "", "", None));
        return SafeAction::Report;
    };
    // Calls of an instance go in the order of their events (D-38): an earlier one is the cause.
    let earlier = |c: &&SellerCall| c.seq < wanted.seq && c.state.is_open() && c.state != CallState::Stopped;
    let call = match calls.iter().find(earlier) {
        Some(first) => {
            chain.push(cause("waits-behind", &wanted.id, first.activity.code(), Some(wanted.created_at)));
            first
        }
        None => wanted,
    };
    let job =
        jobs.iter().find(|j| j.subject_id == call.id && matches!(j.state.as_str(), "WAITING" | "RUNNING" | "FAILED"));
    match call.state {
        CallState::Stopped => {
            chain.push(cause("call-stopped", &call.id, &call.exception, call.last_at));
            return SafeAction::RestartCall(call.id.clone());
        }
        CallState::Polling => chain.push(cause("call-polling", &call.id, "000004", call.accepted_at)),
        _ if call.attempts == 0 => {
            chain.push(cause("call-not-sent", &call.id, call.activity.code(), Some(call.created_at)))
        }
        _ => chain.push(cause("call-failing", &call.id, &call.exception, call.last_at)),
    }
    match job {
        Some(job) if job.state == "FAILED" => {
            chain.push(cause("job-failed", &job.id, &job.last_error, job.finished_at));
            SafeAction::RestartJob(job.id.clone())
        }
        Some(job) if job.state == "RUNNING" => {
            chain.push(cause("job-running", &job.id, job.claimed_by.as_deref().unwrap_or(""), job.lease_until));
            SafeAction::Wait(job.lease_until)
        }
        Some(job) if job.run_at.plus(5 * MINUTE) < now => {
            chain.push(cause("job-overdue", &job.id, &job.last_error, Some(job.run_at)));
            SafeAction::RestartJob(job.id.clone())
        }
        Some(job) => {
            chain.push(cause("job-waiting", &job.id, &job.last_error, Some(job.run_at)));
            // A restart is safe and quicker when the seller has repaired his server.
            if call.attempts > 0 && call.state == CallState::Retrying {
                SafeAction::RestartCall(call.id.clone())
            } else {
                SafeAction::Wait(Some(job.run_at))
            }
        }
        None => {
            chain.push(cause("no-job", &call.id, "", None));
            SafeAction::RestartCall(call.id.clone())
        }
    }
}

impl App {
    /// Why an order does not go on, for operators.
    pub async fn why_stuck(&self, actor: &Actor, order_id: &str) -> Result<Diagnosis, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        let (id, now) = (order_id.to_owned(), self.now());
        self.look(move |tx| {
            let order = store::ordering::load_order(tx, &OrderOwner::Market, &id, false)?.ok_or(AppError::NotFound)?;
            let payments = store::ordering::payments_of(tx, &id)?;
            let instance = match &order.instance_id {
                Some(instance) => store::fulfilment::load_instance(tx, &Viewer::Market, instance, false)?,
                None => None,
            };
            let calls = store::fulfilment::calls_about(tx, order.instance_id.as_deref(), Some(&id))?;
            let mut jobs = store::jobs::about(tx, &id)?;
            for call in calls.iter().filter(|c| c.state.is_open()) {
                jobs.extend(store::jobs::about(tx, &call.id)?);
            }
            Ok(diagnose(&order, &payments, instance.as_ref().map(|i| &i.state), &calls, &jobs, now))
        })
        .await
    }
}
