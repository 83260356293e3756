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
use domain::id::CallId;
use domain::ledger::Book;
use domain::time::{SECOND, Timestamp};
use protocol::saas_v2::{self, Answer};
use protocol::{BodySignMode, Verdict, judge, signature};
use serde_json::json;
use std::time::Duration;
use store::audit::PLATFORM_CHAIN;
use store::fulfilment::{Attempt, CallFilter, Instance, SellerCall, Viewer};
use store::listing::{PageRequest, Paged};

/// Largest part of an answer that is kept.
const KEPT_BODY: usize = 64 * 1024;
/// Time after the limit of a call in which its outcome is surely written, microseconds.
const LATE: i64 = 10 * SECOND;

/// What a job that steps a call reports.
pub(crate) enum CallStep {
    /// The job is finished.
    Finished,
    /// The address has enough calls in flight, or the instance has one.
    Busy,
}

/// What is to be done about a call now.
enum Step {
    /// Send this attempt.
    Send(Box<Prepared>),
    /// Another attempt of the instance is under way (D-38): come back.
    ComeBack,
    /// Nothing.
    Nothing,
}

/// What is sent in one attempt.
struct Prepared {
    call: SellerCall,
    attempt: Attempt,
    url: String,
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
        let Some(_permit) = self.inner.busy.permit(&address).await else {
            return Ok(CallStep::Busy);
        };
        let prepared = match self.prepare(call_id, manual, job_id, worker).await? {
            Step::Send(prepared) => prepared,
            Step::ComeBack => return Ok(CallStep::Busy),
            Step::Nothing => return Ok(CallStep::Finished),
        };
        let body = prepared.attempt.request_body.clone();
        let outcome = self.inner.client.post(&prepared.url, body, prepared.timeout).await;
        let keys: Vec<&str> = prepared.keys.iter().map(String::as_str).collect();
        let verdict = judge(prepared.activity, &outcome.exchange, &keys, BodySignMode::Optional);
        let mut attempt = prepared.attempt.clone();
        keep_outcome(&mut attempt, outcome);
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
    /// When there is nothing to send the job is finished.
    async fn prepare(&self, call_id: &str, manual: bool, job_id: &str, worker: &str) -> Result<Step, AppError> {
        let (call_id, job_id, worker) = (call_id.to_owned(), job_id.to_owned(), worker.to_owned());
        let secrets = self.inner.secrets.clone();
        self.act(&Actor::System("caller"), move |work| {
            let step = prepare_attempt(work, &call_id, manual, &secrets)?;
            if matches!(step, Step::Nothing) {
                store::jobs::finish(work.tx, &job_id, &worker, work.real_now)?;
            }
            Ok(step)
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
                let (url, masked) = sign(work, &instance.production_address, &key, &body);
                let timeout = Duration::from_secs(u64::try_from(work.settings.call_timeout_seconds).unwrap_or(20));
                let (call, attempt) = record_query(work, &instance, masked, body)?;
                Ok(Some((call, attempt, url, keys, timeout)))
            })
            .await?;
        let Some((mut call, mut attempt, url, keys, timeout)) = prepared else {
            return Ok(false);
        };
        let outcome = self.inner.client.post(&url, attempt.request_body.clone(), timeout).await;
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let verdict = judge(saas_v2::Activity::QueryInstance, &outcome.exchange, &keys, BodySignMode::Optional);
        keep_outcome(&mut attempt, outcome);
        describe(&verdict, &mut attempt);
        call.exception_code.clone_from(&attempt.exception_code);
        call.exception.clone_from(&attempt.exception);
        call.result_code.clone_from(&attempt.result_code);
        let secrets = self.inner.secrets.clone();
        self.act(&Actor::System("caller"), move |work| {
            store::fulfilment::save_attempt(work.tx, &attempt)?;
            let Verdict::Success(Answer::Instances(found)) = &verdict else {
                store::fulfilment::save_call(work.tx, &call)?;
                return Ok(false);
            };
            store::fulfilment::save_call(work.tx, &SellerCall { state: CallState::Succeeded, ..call.clone() })?;
            let loaded = store::fulfilment::load_instance(work.tx, &Viewer::Market, &call.instance_id, true)?;
            let Some(mut instance) = loaded else {
                return Ok(false);
            };
            let kept = keep_information(work, &mut instance, found, &secrets)?;
            if kept {
                store::fulfilment::save_instance(work.tx, &instance, work.real_now)?;
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
        mut filter: CallFilter,
        page: PageRequest,
    ) -> Result<Paged<SellerCall>, AppError> {
        let viewer = call_viewer(actor, side)?;
        filter.products = side.narrowed_to(actor);
        self.look(move |tx| Ok(store::fulfilment::list_calls(tx, &viewer, &filter, &page)?)).await
    }

    /// One call with its attempts.
    pub async fn call(&self, actor: &Actor, side: Side, id: &str) -> Result<(SellerCall, Vec<Attempt>), AppError> {
        let viewer = call_viewer(actor, side)?;
        let (id, only) = (id.to_owned(), side.narrowed_to(actor));
        self.look(move |tx| {
            let call = store::fulfilment::load_call(tx, &viewer, &id, false)?.ok_or(AppError::NotFound)?;
            within(tx, &call, &only)?;
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
            within(work.tx, &call, &side.narrowed_to(work.actor))?;
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

/// A sub-user who is narrowed to some products does not see the calls of others.
fn within(tx: &mut store::Tx<'_>, call: &SellerCall, only: &[String]) -> Result<(), AppError> {
    if only.is_empty() {
        return Ok(());
    }
    let instance = store::fulfilment::load_instance(tx, &Viewer::Market, &call.instance_id, false)?;
    if instance.is_some_and(|i| only.contains(&i.product_id)) { Ok(()) } else { Err(AppError::NotFound) }
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
    (url.clone(), masked(&url))
}

/// The address with most of the signature left out: it is the key's proof. Ours is the last one, whatever
/// the seller's own address holds.
fn masked(url: &str) -> String {
    let Some((head, tail)) = url.rsplit_once("signature=") else { return url.to_owned() };
    let shown: String = tail.chars().take(8).collect();
    let rest: String = tail.chars().skip(64).collect();
    format!("{head}signature={shown}…{rest}")
}

fn prepare_attempt(
    work: &mut Work<'_, '_>,
    call_id: &str,
    manual: bool,
    secrets: &crate::secrets::SecretBox,
) -> Result<Step, AppError> {
    let Some(mut call) = store::fulfilment::load_call(work.tx, &Viewer::Market, call_id, true)? else {
        return Ok(Step::Nothing);
    };
    if matches!(call.state, CallState::Succeeded | CallState::Stopped | CallState::Cancelled) {
        return Ok(Step::Nothing);
    }
    // Locked, so that two calls of one instance are prepared one after the other.
    let instance = store::fulfilment::load_instance(work.tx, &Viewer::Market, &call.instance_id, true)?
        .ok_or_else(|| AppError::Internal("call without instance".into()))?;
    let clock = work.clock_of(&call.buyer_id)?;
    let now = work.now_by(&clock);
    let timeout = Duration::from_secs(u64::try_from(work.settings.call_timeout_seconds).unwrap_or(20));
    // An attempt without an outcome that is older than this died with its process.
    let alive = work.real_now.plus(-(work.settings.call_timeout_seconds * SECOND + LATE));
    if store::fulfilment::attempt_under_way(work.tx, &call.instance_id, alive)? {
        return Ok(Step::ComeBack);
    }
    if !manual && call.next_at.is_some_and(|at| at > now) {
        // A restart by hand came in between and moved the schedule; its own job will come.
        return Ok(Step::Nothing);
    }
    if store::fulfilment::earlier_open_call(work.tx, &call.instance_id, call.seq)?.is_some() {
        // The earlier call wakes this one when it ends (D-38).
        return Ok(Step::Nothing);
    }
    let keys = keys_of(work, &call.seller_id, secrets)?;
    let Some(key) = keys.first().cloned() else {
        note_failure(work, &mut call, "no_key", "the seller has no enabled access key", "", &clock)?;
        return Ok(Step::Nothing);
    };
    let Some((activity, request)) = request_of(work, &call, &instance)? else {
        // Nothing was ever opened on the seller's side, so there is nothing to say.
        call.state = CallState::Cancelled;
        store::fulfilment::save_call(work.tx, &call)?;
        wake_next(work, &call, &clock)?;
        return Ok(Step::Nothing);
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
    Ok(Step::Send(Box::new(Prepared { call, attempt, url, keys, activity, timeout })))
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

/// Writes down a query for information: a reading call, which is never repeated, so it stands as
/// cancelled until its answer has arrived.
fn record_query(
    work: &mut Work<'_, '_>,
    instance: &Instance,
    masked_url: String,
    body: String,
) -> Result<(SellerCall, Attempt), AppError> {
    let clock = work.clock_of(&instance.buyer_id)?;
    let now = work.now_by(&clock);
    let call = SellerCall {
        id: CallId::new(work.seed()).to_string(),
        seller_id: instance.seller_id.clone(),
        buyer_id: instance.buyer_id.clone(),
        instance_id: instance.id.clone(),
        order_id: Some(instance.order_id.clone()),
        line_id: Some(instance.line_id.clone()),
        product_name: instance.product_name.clone(),
        activity: Activity::QueryInstance,
        variant: String::new(),
        parameters: "{}".into(),
        address: instance.production_address.clone(),
        test_flag: instance.book == Book::Sandbox,
        state: CallState::Cancelled,
        seq: 0,
        attempts: 1,
        first_attempt_at: Some(now),
        accepted_at: None,
        next_at: None,
        last_at: Some(now),
        exception_code: String::new(),
        exception: String::new(),
        result_code: String::new(),
        created_at: now,
        version: 1,
    };
    store::fulfilment::insert_call(work.tx, &call)?;
    let attempt = Attempt {
        call_id: call.id.clone(),
        attempt_no: 1,
        at: work.real_now.micros(),
        trigger_kind: Trigger::Automatic.code().to_owned(),
        activity: saas_v2::Activity::QueryInstance.as_str().to_owned(),
        url: masked_url,
        request_body: body,
        verdict: "SENT".into(),
        ..Attempt::default()
    };
    store::fulfilment::save_attempt(work.tx, &attempt)?;
    Ok((call, attempt))
}

fn keep_outcome(attempt: &mut Attempt, outcome: gateways::seller::Outcome) {
    attempt.duration_micros = outcome.duration_micros;
    attempt.response_headers = outcome.headers.replace('\0', "\u{fffd}");
    if let protocol::Exchange::Answer(answer) = &outcome.exchange {
        attempt.http_status = Some(i64::from(answer.status));
        attempt.response_body = kept_body(&answer.body);
    }
}

/// The part of an answer that is kept: passwords of buyers are masked, because records are not
/// encrypted; at most 64 KiB; no NUL, which a text column of PostgreSQL cannot hold.
fn kept_body(body: &[u8]) -> String {
    let mut parsed = serde_json::from_slice::<serde_json::Value>(body).unwrap_or_default();
    let text = if mask_passwords(&mut parsed) {
        parsed.to_string()
    } else {
        String::from_utf8_lossy(&body[..body.len().min(KEPT_BODY)]).into_owned()
    };
    text.chars().take(KEPT_BODY).collect::<String>().replace('\0', "\u{fffd}")
}

fn mask_passwords(value: &mut serde_json::Value) -> bool {
    match value {
        serde_json::Value::Object(members) => members.iter_mut().fold(false, |found, (name, member)| {
            if name.eq_ignore_ascii_case("password") && !member.is_null() {
                *member = "***".into();
                return true;
            }
            mask_passwords(member) || found
        }),
        serde_json::Value::Array(items) => items.iter_mut().map(mask_passwords).filter(|masked| *masked).count() > 0,
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_of_our_signature_is_kept() {
        let ours = "0123456789ABCDEF".repeat(4);
        let url = |address: &str| format!("{address}?signature={ours}&timestamp=1&nonce=2");
        assert_eq!(masked(&url("https://a.example/x")), "https://a.example/x?signature=01234567…&timestamp=1&nonce=2");
        // An address that looks like a signature itself, in letters of several bytes.
        let odd = format!("https://a.example/?signature=a{}", "é".repeat(60));
        let kept = masked(&format!("{odd}&signature={ours}&timestamp=1"));
        assert!(kept.starts_with(&odd) && !kept.contains(&ours) && kept.ends_with("…&timestamp=1"), "{kept}");
        assert_eq!(masked("https://a.example/?signature=é"), "https://a.example/?signature=é…");
    }

    #[test]
    fn passwords_are_not_kept_and_everything_else_is() {
        let kept = kept_body(br#"{"resultCode":"000000","info":[{"appInfo":{"password":"geheim","userName":"a"}}]}"#);
        assert!(!kept.contains("geheim") && kept.contains(r#""userName":"a""#), "{kept}");
        assert_eq!(kept_body(b"<html>\0</html>"), "<html>\u{fffd}</html>");
        assert_eq!(kept_body(br#"{ "resultCode" : "000005" }"#), r#"{ "resultCode" : "000005" }"#, "unchanged");
        assert_eq!(kept_body(&vec![b'x'; 100_000]).len(), KEPT_BODY);
    }
}
