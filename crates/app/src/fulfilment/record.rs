//! After calls were answered: their outcomes with everything that follows, many at once.

use super::exchange::Answered;
use super::outcome::{apply_outcome, ask_again, keep_access, keep_information};
use super::prepare::{Ask, Errand, prepare_all};
use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::secrets::SecretBox;
use crate::work::Work;
use domain::fulfilment::call::{Activity, CallState};
use domain::time::MINUTE;
use protocol::Verdict;
use protocol::saas_v2::Answer;
use std::collections::HashSet;
use store::fulfilment::{SellerCall, Viewer};

/// How long the answer to a question by hand stands, microseconds of real time.
const ASK_AGAIN: i64 = MINUTE;

/// Writes the outcomes down and ends their jobs.
fn record_all(
    work: &mut Work<'_, '_>,
    worker: &str,
    answers: &[Answered],
    secrets: &SecretBox,
) -> Result<(), AppError> {
    let jobs: Vec<String> = answers.iter().filter_map(|a| a.job_id.clone()).collect();
    let held = store::jobs::held(work.tx, &jobs, worker)?;
    let attempts: Vec<_> = answers.iter().map(|a| &a.attempt).collect();
    store::deliveries::complete_attempts(work.tx, &attempts)?;
    // Without its job, another process repeats the attempt; what this one saw is evidence only.
    let ours: HashSet<&String> = held.iter().collect();
    let counted: Vec<&Answered> =
        answers.iter().filter(|a| a.job_id.as_ref().is_none_or(|id| ours.contains(id))).collect();
    load(work, &counted)?;
    for answer in &counted {
        let Some(call) = work.call(&answer.attempt.call_id)? else { continue };
        if call.activity == Activity::QueryInstance {
            record_information(work, call, answer, secrets)?;
        } else {
            // Alone, an outcome looks whether a name is taken. In a batch the database finds it, and
            // the batch is done one by one.
            apply_outcome(work, call, answer, counted.len() == 1, secrets)?;
        }
    }
    Ok(store::jobs::finish_all(work.tx, &held, worker, work.real_now)?)
}

/// Loads what the outcomes are about.
fn load(work: &mut Work<'_, '_>, counted: &[&Answered]) -> Result<(), AppError> {
    work.hold_calls(counted.iter().map(|a| a.attempt.call_id.clone()))?;
    let (mut buyers, mut orders) = (Vec::new(), Vec::new());
    for answer in counted {
        let Some(call) = work.call(&answer.attempt.call_id)? else { continue };
        buyers.push(call.buyer_id);
        if matches!(answer.verdict, Verdict::Success(_))
            && matches!(call.activity, Activity::NewInstance | Activity::RefreshInstance)
        {
            orders.extend(call.order_id);
        }
    }
    work.hold_clocks(buyers)?;
    work.hold_orders(orders)
}

/// Keeps what a seller told about an instance. While the buyer has no access data yet, a failure is
/// repeated on the schedule of polling (D-22); afterwards it is shown, and asked anew when needed.
fn record_information(
    work: &mut Work<'_, '_>,
    mut call: SellerCall,
    answer: &Answered,
    secrets: &SecretBox,
) -> Result<(), AppError> {
    call.sent_at = None;
    call.exception_code.clone_from(&answer.attempt.exception_code);
    call.exception.clone_from(&answer.attempt.exception);
    call.result_code.clone_from(&answer.attempt.result_code);
    let Some(mut instance) = work.instance(&call.instance_id)? else {
        work.keep_call(&call);
        return Ok(());
    };
    let told = match &answer.verdict {
        Verdict::Success(Answer::Instances(found)) => {
            call.state = CallState::Succeeded;
            keep_information(work, &mut instance, found, secrets)?
        }
        // 1.0 answers the repeated purchase with the access data (5.1).
        Verdict::Success(Answer::Created(created))
            if Some(&created.instance_id) == instance.seller_instance_id.as_ref() =>
        {
            call.state = CallState::Succeeded;
            let app = created.app_info.as_ref();
            app.map(|app| keep_access(&mut instance, app, secrets)).transpose()?;
            instance.information_at = Some(work.real_now);
            // They are optional (5.1): a seller without them has told what there is.
            true
        }
        _ => {
            call.state = CallState::Failed;
            false
        }
    };
    if told {
        let now = work.real_now;
        work.keep_instance(&instance, now);
    }
    // Whoever waits for the answer on a page leaves the schedule to the job.
    if !told && answer.job_id.is_some() && instance.access_cipher.is_none() {
        ask_again(work, &call, &instance)?;
    }
    work.keep_call(&call);
    Ok(())
}

impl App {
    /// Writes outcomes down in one transaction; when that fails, each in its own, so that one that
    /// cannot be written keeps no other back. Returns the jobs of those that could not be written.
    pub(crate) async fn record(&self, worker: &str, answers: Vec<Answered>) -> Vec<(String, AppError)> {
        let together = answers.len() > 1;
        if together && self.record_together(worker, answers.clone()).await.is_ok() {
            return Vec::new();
        }
        let mut failed = Vec::new();
        for answer in answers {
            let job_id = answer.job_id.clone().unwrap_or_default();
            if let Err(e) = self.record_together(worker, vec![answer]).await {
                failed.push((job_id, e));
            }
        }
        failed
    }

    async fn record_together(&self, worker: &str, answers: Vec<Answered>) -> Result<(), AppError> {
        let (worker, secrets) = (worker.to_owned(), self.inner.secrets.clone());
        self.act(&Actor::System("caller"), move |work| record_all(work, &worker, &answers, &secrets)).await
    }

    /// Asks the seller for an instance's information while somebody waits for it, and keeps what he
    /// tells. False when he told nothing, or when his server has enough to do. At most once in
    /// [`ASK_AGAIN`]: whoever presses a button must not be able to send a seller, or whoever he named,
    /// as many calls as he likes.
    pub(crate) async fn fetch_information(&self, instance_id: &str) -> Result<bool, AppError> {
        let id = instance_id.to_owned();
        let found = self.look(move |tx| Ok(store::fulfilment::load_instance(tx, &Viewer::Market, &id, false)?)).await?;
        let Some(instance) = found else { return Ok(false) };
        let Some(_place) = self.inner.lanes.enter(&instance.production_address) else {
            return Ok(false);
        };
        let errand = Errand { job_id: None, ask: Ask::Information { instance_id: instance.id } };
        let secrets = self.inner.secrets.clone();
        let wanted = instance_id.to_owned();
        let prepared = self
            .act(&Actor::System("caller"), move |work| {
                // Locked, so that of two who ask at once one finds the other's question.
                work.hold_instances([wanted.clone()])?;
                if store::fulfilment::queried_since(work.tx, &wanted, work.real_now.plus(-ASK_AGAIN))? {
                    return Err(AppError::Refused("information-fresh"));
                }
                prepare_all(work, "", std::slice::from_ref(&errand), &secrets)
            })
            .await?;
        let Some(outgoing) = prepared.into_iter().next() else {
            return Ok(false);
        };
        let answered = self.send(outgoing).await;
        let told = match &answered.verdict {
            Verdict::Success(Answer::Instances(found)) => {
                found.iter().any(|i| Some(&i.instance_id) == instance.seller_instance_id.as_ref())
            }
            Verdict::Success(Answer::Created(created)) => created.app_info.is_some(),
            _ => false,
        };
        self.record_together("", vec![answered]).await?;
        Ok(told)
    }
}
