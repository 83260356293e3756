//! One attempt of a call: prepare, sign, send, judge; and what sellers and operators see of calls.

use super::CallParameters;
use super::outcome::{apply_outcome, keep_information, note_failure, wake_next};
use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::jobs::Task;
use crate::ordering::Side;
use crate::work::Work;
use domain::access::{OperatorRight, Right};
use domain::fulfilment::call::{Activity, CallState, Trigger};
use domain::fulfilment::instance::InstanceState;
use domain::ledger::Book;
use domain::time::Timestamp;
use protocol::saas_v2::{self, Answer};
use protocol::{BodySignMode, Verdict, judge, signature};
use serde_json::json;
use std::time::Duration;
use store::audit::PLATFORM_CHAIN;
use store::fulfilment::{Attempt, CallFilter, Instance, SellerCall, Viewer};
use store::listing::{PageRequest, Paged};

/// Largest part of an answer that is kept.
const KEPT_BODY: usize = 64 * 1024;

/// What a job that steps a call reports.
pub(crate) enum CallStep {
    /// The job is finished.
    Finished,
    /// The address has enough calls in flight.
    Busy,
}

/// What is sent in one attempt.
struct Prepared {
    call: SellerCall,
    attempt: Attempt,
    url: String,
    key: String,
    keys: Vec<String>,
    activity: saas_v2::Activity,
    timeout: Duration,
}

impl App {
    /// One attempt of a call: prepare, send, judge, record with all that follows.
    pub(crate) async fn step_call(
        &self,
        call_id: &str,
        manual: bool,
        job_id: &str,
        worker: &str,
    ) -> Result<CallStep, AppError> {
        let id = call_id.to_owned();
        let address = self
            .look(move |tx| Ok(store::fulfilment::load_call(tx, &Viewer::Market, &id, false)?.map(|c| c.address)))
            .await?;
        let Some(address) = address else {
            return self.end_step(job_id, worker).await;
        };
        let Some(_permit) = self.inner.busy.permit(&address) else {
            return Ok(CallStep::Busy);
        };
        let Some(prepared) = self.prepare(call_id, manual, job_id, worker).await? else {
            return Ok(CallStep::Finished);
        };
        let body = prepared.attempt.request_body.clone();
        let outcome = self.inner.client.post(&prepared.url, body, prepared.timeout).await;
        let keys: Vec<&str> = prepared.keys.iter().map(String::as_str).collect();
        let verdict = judge(prepared.activity, &outcome.exchange, &keys, BodySignMode::Optional);
        let mut attempt = prepared.attempt.clone();
        attempt.duration_micros = outcome.duration_micros;
        attempt.response_headers = outcome.headers;
        if let protocol::Exchange::Answer(answer) = &outcome.exchange {
            attempt.http_status = Some(i64::from(answer.status));
            let kept = &answer.body[..answer.body.len().min(KEPT_BODY)];
            // A NUL cannot be stored in a text column of PostgreSQL.
            attempt.response_body = String::from_utf8_lossy(kept).replace('\0', "\u{fffd}");
        }
        describe(&verdict, &mut attempt);
        metrics::counter!("seller_calls_total", "activity" => prepared.call.activity.code(), "verdict" => attempt.verdict.clone())
            .increment(1);
        self.record(prepared.call, attempt, verdict, job_id, worker).await?;
        Ok(CallStep::Finished)
    }

    async fn end_step(&self, job_id: &str, worker: &str) -> Result<CallStep, AppError> {
        let (job_id, worker) = (job_id.to_owned(), worker.to_owned());
        self.act(&Actor::System("worker"), move |work| {
            Ok(store::jobs::finish(work.tx, &job_id, &worker, work.real_now)?)
        })
        .await?;
        Ok(CallStep::Finished)
    }

    /// Decides whether the call is to be sent now, signs it and writes the attempt down as SENT.
    /// `None` means that there is nothing to send; the job is finished then.
    async fn prepare(
        &self,
        call_id: &str,
        manual: bool,
        job_id: &str,
        worker: &str,
    ) -> Result<Option<Prepared>, AppError> {
        let (call_id, job_id, worker) = (call_id.to_owned(), job_id.to_owned(), worker.to_owned());
        let secrets = self.inner.secrets.clone();
        self.act(&Actor::System("caller"), move |work| {
            let prepared = prepare_attempt(work, &call_id, manual, &secrets)?;
            if prepared.is_none() {
                store::jobs::finish(work.tx, &job_id, &worker, work.real_now)?;
            }
            Ok(prepared)
        })
        .await
    }

    async fn record(
        &self,
        call: SellerCall,
        attempt: Attempt,
        verdict: Verdict,
        job_id: &str,
        worker: &str,
    ) -> Result<(), AppError> {
        let (job_id, worker) = (job_id.to_owned(), worker.to_owned());
        let secrets = self.inner.secrets.clone();
        self.act(&Actor::System("caller"), move |work| {
            store::fulfilment::save_attempt(work.tx, &attempt)?;
            if !store::jobs::still_mine(work.tx, &job_id, &worker)? {
                // Another process repeats the attempt; what this one saw is kept as evidence only.
                return Ok(());
            }
            apply_outcome(work, &call.id, &attempt, &verdict, &secrets)?;
            Ok(store::jobs::finish(work.tx, &job_id, &worker, work.real_now)?)
        })
        .await
    }

    /// Asks the seller for an instance's information and keeps what he tells; not an order's step,
    /// so a failure is shown, not repeated.
    pub(crate) async fn fetch_information(&self, instance_id: &str) -> Result<bool, AppError> {
        let id = instance_id.to_owned();
        let secrets = self.inner.secrets.clone();
        let prepared = self
            .act(&Actor::System("caller"), move |work| {
                let Some(instance) = store::fulfilment::load_instance(work.tx, &Viewer::Market, &id, false)? else {
                    return Ok(None);
                };
                let gone = matches!(instance.state, InstanceState::Released { .. } | InstanceState::Failed { .. });
                let Some(named) = instance.seller_instance_id.clone().filter(|_| !gone) else {
                    return Ok(None);
                };
                let keys = keys_of(work, &instance.seller_id, &secrets)?;
                let Some(key) = keys.first().cloned() else {
                    return Ok(None);
                };
                let request = saas_v2::Request::QueryInstance(saas_v2::QueryInstance { instance_ids: vec![named] });
                let body = request.to_body(instance.book == Book::Sandbox);
                let (url, _) = sign(work, &instance.production_address, &key, &body);
                let timeout = Duration::from_secs(u64::try_from(work.settings.call_timeout_seconds).unwrap_or(20));
                Ok(Some((instance, url, body, keys, timeout)))
            })
            .await?;
        let Some((instance, url, body, keys, timeout)) = prepared else {
            return Ok(false);
        };
        let outcome = self.inner.client.post(&url, body, timeout).await;
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let verdict = judge(saas_v2::Activity::QueryInstance, &outcome.exchange, &keys, BodySignMode::Optional);
        let secrets = self.inner.secrets.clone();
        self.act(&Actor::System("caller"), move |work| {
            let Verdict::Success(Answer::Instances(found)) = &verdict else {
                return Ok(false);
            };
            let Some(mut now_instance) =
                store::fulfilment::load_instance(work.tx, &Viewer::Market, &instance.id, true)?
            else {
                return Ok(false);
            };
            let kept = keep_information(work, &mut now_instance, found, &secrets)?;
            if kept {
                store::fulfilment::save_instance(work.tx, &now_instance, work.real_now)?;
            }
            Ok(kept)
        })
        .await
    }

    /// Calls, on the seller's message page or the operator's.
    pub async fn calls(
        &self,
        actor: &Actor,
        side: Side,
        filter: CallFilter,
        page: PageRequest,
    ) -> Result<Paged<SellerCall>, AppError> {
        let viewer = call_viewer(actor, side)?;
        self.look(move |tx| Ok(store::fulfilment::list_calls(tx, &viewer, &filter, &page)?)).await
    }

    /// One call with its attempts.
    pub async fn call(&self, actor: &Actor, side: Side, id: &str) -> Result<(SellerCall, Vec<Attempt>), AppError> {
        let viewer = call_viewer(actor, side)?;
        let id = id.to_owned();
        self.look(move |tx| {
            let call = store::fulfilment::load_call(tx, &viewer, &id, false)?.ok_or(AppError::NotFound)?;
            let attempts = store::fulfilment::attempts(tx, &call.id)?;
            Ok((call, attempts))
        })
        .await
    }

    /// Restarts a call by hand (重新启动): at once, during the automatic phase and after it.
    pub async fn restart_call(&self, actor: &Actor, side: Side, id: &str) -> Result<(), AppError> {
        let viewer = match side {
            Side::Seller => Viewer::Seller(actor.seller_may(Right::AccessDebug)?.organisation_id.clone()),
            Side::Market => {
                actor.operator_may(OperatorRight::RunJobs)?;
                Viewer::Market
            }
            Side::Buyer => return Err(AppError::Forbidden("sellers only")),
        };
        let id = id.to_owned();
        self.act(actor, move |work| {
            let mut call = store::fulfilment::load_call(work.tx, &viewer, &id, true)?.ok_or(AppError::NotFound)?;
            if !matches!(call.state, CallState::Waiting | CallState::Retrying | CallState::Polling | CallState::Stopped)
            {
                return Err(AppError::Refused("call-not-restartable"));
            }
            if call.state == CallState::Stopped {
                call.state = CallState::Retrying;
            }
            let clock = work.clock_of(&call.buyer_id)?;
            call.next_at = Some(work.now_by(&clock));
            store::fulfilment::save_call(work.tx, &call)?;
            work.soon(&Task::CallSeller { call_id: call.id.clone(), manual: true }, &clock)?;
            let chain = if side == Side::Market { PLATFORM_CHAIN.to_owned() } else { call.seller_id.clone() };
            work.audit(&chain, "call.restarted", "call", &call.id, &json!({"attempts": call.attempts}));
            Ok(())
        })
        .await
    }
}

fn call_viewer(actor: &Actor, side: Side) -> Result<Viewer, AppError> {
    match side {
        Side::Seller => {
            let member = actor.seller_may(Right::OrderView)?;
            Ok(Viewer::Seller(member.organisation_id.clone()))
        }
        Side::Market => {
            actor.operator_may(OperatorRight::Read)?;
            Ok(Viewer::Market)
        }
        // What a seller's server says is between it and us.
        Side::Buyer => Err(AppError::NotFound),
    }
}

fn keys_of(
    work: &mut Work<'_, '_>,
    seller_id: &str,
    secrets: &crate::secrets::SecretBox,
) -> Result<Vec<String>, AppError> {
    let keys = store::identity::access_keys(work.tx, seller_id)?;
    let enabled: Vec<_> = keys.into_iter().filter(|k| k.enabled && k.interface_type == "basic").collect();
    if let Some(newest) = enabled.first() {
        let now = work.real_now;
        store::identity::touch_access_key(work.tx, &newest.id, now)?;
    }
    enabled.iter().map(|k| secrets.open(&k.cipher).map_err(AppError::Internal)).collect()
}

/// Signs a body: the address to call, and the same with the signature masked.
fn sign(work: &Work<'_, '_>, address: &str, key: &str, body: &str) -> (String, String) {
    let nonce = signature::nonce_from_bytes(&crate::secrets::random_bytes::<32>());
    let timestamp = work.real_now.millis();
    let url = signature::signed_url(address, key, &nonce, timestamp, body.as_bytes());
    // The signature is the key's proof: only its beginning is kept.
    let masked = match url.split_once("signature=") {
        Some((head, tail)) if tail.len() > 64 => format!("{head}signature={}…{}", &tail[..8], &tail[64..]),
        _ => url.clone(),
    };
    (url, masked)
}

fn prepare_attempt(
    work: &mut Work<'_, '_>,
    call_id: &str,
    manual: bool,
    secrets: &crate::secrets::SecretBox,
) -> Result<Option<Prepared>, AppError> {
    let Some(mut call) = store::fulfilment::load_call(work.tx, &Viewer::Market, call_id, true)? else {
        return Ok(None);
    };
    if matches!(call.state, CallState::Succeeded | CallState::Stopped | CallState::Cancelled) {
        return Ok(None);
    }
    let clock = work.clock_of(&call.buyer_id)?;
    let now = work.now_by(&clock);
    if !manual && call.next_at.is_some_and(|at| at > now) {
        // A restart by hand came in between and moved the schedule; its own job will come.
        return Ok(None);
    }
    if let Some(earlier) = store::fulfilment::earlier_open_call(work.tx, &call.instance_id, call.seq)?
        && earlier.state != CallState::Stopped
    {
        // The earlier call wakes this one when it ends (D-38).
        return Ok(None);
    }
    let instance = store::fulfilment::load_instance(work.tx, &Viewer::Market, &call.instance_id, false)?
        .ok_or_else(|| AppError::Internal("call without instance".into()))?;
    let keys = keys_of(work, &call.seller_id, secrets)?;
    let Some(key) = keys.first().cloned() else {
        note_failure(work, &mut call, "no_key", "the seller has no enabled access key", "", &clock)?;
        return Ok(None);
    };
    let Some((activity, request)) = request_of(work, &call, &instance)? else {
        // Nothing was ever opened on the seller's side, so there is nothing to say.
        call.state = CallState::Cancelled;
        store::fulfilment::save_call(work.tx, &call)?;
        wake_next(work, &call, &clock)?;
        return Ok(None);
    };
    let body = request.to_body(call.test_flag);
    let (url, masked) = sign(work, &call.address, &key, &body);
    call.attempts += 1;
    call.first_attempt_at = call.first_attempt_at.or(Some(now));
    call.last_at = Some(now);
    if call.state == CallState::Waiting {
        call.state = CallState::Retrying;
    }
    store::fulfilment::save_call(work.tx, &call)?;
    call.version += 1;
    let attempt = Attempt {
        call_id: call.id.clone(),
        attempt_no: store::fulfilment::last_attempt_no(work.tx, &call.id)? + 1,
        at: work.real_now.micros(),
        trigger_kind: if manual { Trigger::Manual } else { Trigger::Automatic }.code().to_owned(),
        activity: activity.as_str().to_owned(),
        url: masked,
        request_body: body,
        verdict: "SENT".into(),
        ..Attempt::default()
    };
    store::fulfilment::save_attempt(work.tx, &attempt)?;
    let timeout = Duration::from_secs(u64::try_from(work.settings.call_timeout_seconds).unwrap_or(20));
    Ok(Some(Prepared { call, attempt, url, key, keys, activity, timeout })
        .inspect(|p| debug_assert!(!p.key.is_empty())))
}

/// The request of a call as it stands now; `None` when the seller never named an instance.
fn request_of(
    work: &Work<'_, '_>,
    call: &SellerCall,
    instance: &Instance,
) -> Result<Option<(saas_v2::Activity, saas_v2::Request)>, AppError> {
    let p: CallParameters = serde_json::from_str(&call.parameters)?;
    let order = || (p.order_id.clone().unwrap_or_default(), p.line_id.clone().unwrap_or_default());
    if call.activity == Activity::NewInstance {
        if let (CallState::Polling, Some(named)) = (call.state, &instance.seller_instance_id) {
            let query = saas_v2::QueryInstance { instance_ids: vec![named.clone()] };
            return Ok(Some((saas_v2::Activity::QueryInstance, saas_v2::Request::QueryInstance(query))));
        }
        let (order_id, order_line_id) = order();
        let business_id = domain::id::text("biz", work.seed());
        let request = saas_v2::NewInstance { order_id, order_line_id, business_id };
        return Ok(Some((saas_v2::Activity::NewInstance, saas_v2::Request::NewInstance(request))));
    }
    let Some(instance_id) = instance.seller_instance_id.clone() else {
        return Ok(None);
    };
    Ok(Some(match call.activity {
        Activity::RefreshInstance => {
            let (order_id, order_line_id) = order();
            let scene = saas_v2::Scene::from_name(&call.variant).unwrap_or(saas_v2::Scene::Renewal);
            let expire_time = Timestamp(p.expires.unwrap_or(0)).to_wire_utc();
            let product_id = p.product_code.clone();
            let request =
                saas_v2::RefreshInstance { scene, order_id, order_line_id, instance_id, product_id, expire_time };
            (saas_v2::Activity::RefreshInstance, saas_v2::Request::RefreshInstance(request))
        }
        Activity::UpdateInstanceStatus => {
            let status = saas_v2::InstanceStatus::from_name(&call.variant).unwrap_or(saas_v2::InstanceStatus::Freeze);
            let request = saas_v2::UpdateInstanceStatus { instance_id, status };
            (saas_v2::Activity::UpdateInstanceStatus, saas_v2::Request::UpdateInstanceStatus(request))
        }
        Activity::ReleaseInstance => {
            let order = match (p.order_id, p.line_id) {
                (Some(order_id), Some(order_line_id)) => Some(saas_v2::OrderRef { order_id, order_line_id }),
                _ => None,
            };
            let request = saas_v2::ReleaseInstance { instance_id, order };
            (saas_v2::Activity::ReleaseInstance, saas_v2::Request::ReleaseInstance(request))
        }
        Activity::NewInstance | Activity::QueryInstance => {
            let request = saas_v2::QueryInstance { instance_ids: vec![instance_id] };
            (saas_v2::Activity::QueryInstance, saas_v2::Request::QueryInstance(request))
        }
    }))
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
