//! Sending a call, and what is kept of its answer.

use super::kept::kept_body;
use crate::App;
use gateways::seller::Outcome;
use protocol::call::{Call, JudgeSettings, SignedCall};
use protocol::{Exchange, Verdict};
use std::sync::Arc;
use std::time::Duration;
use store::fulfilment::Attempt;

/// An attempt that is written down and ready to be sent.
#[derive(Debug)]
pub(crate) struct Outgoing {
    /// Job that is ended with its outcome; none when somebody waits for the answer.
    pub(crate) job_id: Option<String>,
    /// Address of the seller's server.
    pub(crate) address: String,
    /// As it is written down.
    pub(super) attempt: Attempt,
    /// As it is sent.
    pub(super) signed: SignedCall,
    /// Enabled keys of the seller; the first one has signed.
    pub(super) keys: Arc<[String]>,
    /// What is asked; a create is followed by queries in the same record.
    pub(super) request: Call,
    /// Attempts of this call that were started by hand, this one included.
    pub(super) by_hand: i64,
    /// Limit of the call.
    pub(super) timeout: Duration,
}

/// An attempt with its outcome.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    /// Job that is ended with it.
    pub(crate) job_id: Option<String>,
    /// Completed.
    pub(super) attempt: Attempt,
    /// What the rules of the interface say.
    pub(super) verdict: Verdict,
    /// Attempts of this call that were started by hand, this one included.
    pub(super) by_hand: i64,
}

impl App {
    /// Sends an attempt and judges the answer (seller interface 10.1).
    pub(crate) async fn send(&self, outgoing: Outgoing) -> Answered {
        let Outgoing { job_id, address, mut attempt, signed, keys, request, by_hand, timeout } = outgoing;
        let outcome = self.inner.client.send(&signed, timeout).await;
        let took = Duration::from_micros(u64::try_from(outcome.duration_micros).unwrap_or(0));
        self.inner.lanes.answered(&address, matches!(outcome.exchange, Exchange::Answer(_)), took);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let verdict = request.judge(&outcome.exchange, &keys, JudgeSettings::of(request.generation()));
        keep_exchange(&verdict, outcome, &mut attempt);
        metrics::counter!("seller_calls_total", "activity" => request.activity(), "verdict" => attempt.verdict.clone())
            .increment(1);
        Answered { job_id, attempt, verdict, by_hand }
    }
}

/// Writes what came back, and the verdict on it, into the record of an attempt.
pub(crate) fn keep_exchange(verdict: &Verdict, outcome: Outcome, attempt: &mut Attempt) {
    keep_outcome(attempt, outcome);
    describe(verdict, attempt);
}

fn keep_outcome(attempt: &mut Attempt, outcome: Outcome) {
    attempt.duration_micros = outcome.duration_micros;
    attempt.response_headers = outcome.headers.replace('\0', "\u{fffd}");
    attempt.http_status = outcome.status.map(i64::from);
    attempt.response_body = match &outcome.exchange {
        Exchange::Answer(answer) => kept_body(&answer.body),
        Exchange::Failed(_) => kept_body(&outcome.broken_body),
    };
}

fn describe(verdict: &Verdict, attempt: &mut Attempt) {
    match verdict {
        Verdict::Success(_) => {
            attempt.verdict = "SUCCESS".into();
            attempt.result_code = "000000".into();
        }
        Verdict::Processing(_) => {
            attempt.verdict = "PROCESSING".into();
            attempt.result_code = "000004".into();
        }
        Verdict::Failure(failure) => {
            attempt.verdict = "FAILURE".into();
            attempt.exception_code = failure.code.to_owned();
            let said = failure.result_msg.as_deref().map(|m| format!(" — {m}")).unwrap_or_default();
            attempt.exception = format!("{}{said}", failure.detail).replace('\0', "\u{fffd}");
            attempt.result_code = failure.result_code.clone().unwrap_or_default();
        }
    }
}
