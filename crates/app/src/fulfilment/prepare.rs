//! Before calls are sent: which may go now, signed and written down as SENT, many at once.

use super::CallParameters;
use super::exchange::Outgoing;
use super::outcome::{note_failure, wake_next};
use super::requests::{Facts, Said, request_of};
use crate::error::AppError;
use crate::secrets::SecretBox;
use crate::work::Work;
use domain::catalogue::kinds::InterfaceGeneration;
use domain::fulfilment::call::{Activity, CallState, Trigger};
use domain::fulfilment::instance::InstanceState;
use domain::id::CallId;
use domain::ledger::Book;
use domain::time::{MINUTE, SECOND, Timestamp};
use protocol::call::{Call, CallProblem, SignedCall, Signing};
use protocol::signature;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use store::deliveries::AttemptCount;
use store::fulfilment::{Attempt, Instance, SellerCall};

/// Time after the limit of a call in which its outcome is surely written, microseconds.
const LATE: i64 = 10 * SECOND;
/// After which time a call that found another one of its instance under way comes back.
const COME_BACK: i64 = 2 * SECOND;

/// What a job wants of a seller's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The next attempt of a call.
    Call {
        /// Call record.
        call_id: String,
        /// Whether somebody pressed restart.
        manual: bool,
    },
    /// What the seller tells about an instance.
    Information {
        /// Instance.
        instance_id: String,
    },
}

/// A job that calls a seller's server; without a job when somebody waits for the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Errand {
    /// Job.
    pub(crate) job_id: Option<String>,
    /// What it wants.
    pub(crate) ask: Ask,
}

/// What is to be done about an errand now.
enum Step {
    Send(Box<Outgoing>),
    /// Another attempt of the instance is under way (D-38).
    ComeBack,
    Nothing,
}

/// What is known about the sellers and calls of a batch.
struct Known {
    /// Of each seller, the enabled keys, the one to sign with first.
    keys: HashMap<String, Arc<[String]>>,
    counts: HashMap<String, AttemptCount>,
    /// Instances of which this batch sends an attempt.
    busy: HashSet<String>,
    /// Records of questions for information, to be written.
    questions: Vec<SellerCall>,
}

/// Decides about errands, ends the jobs of those that have nothing to send, and writes down the
/// attempts of the others.
pub(crate) fn prepare_all(
    work: &mut Work<'_, '_>,
    worker: &str,
    errands: &[Errand],
    secrets: &SecretBox,
) -> Result<Vec<Outgoing>, AppError> {
    let mut known = load(work, errands, secrets)?;
    let (mut ready, mut over, mut later) = (Vec::new(), Vec::new(), Vec::new());
    for errand in errands {
        let step = match &errand.ask {
            Ask::Call { call_id, manual } => prepare_call(work, errand, call_id, *manual, &mut known)?,
            Ask::Information { instance_id } => prepare_question(work, errand, instance_id, &mut known)?,
        };
        match step {
            Step::Send(outgoing) => ready.push(*outgoing),
            Step::ComeBack => later.extend(errand.job_id.clone()),
            Step::Nothing => over.extend(errand.job_id.clone()),
        }
    }
    store::deliveries::insert_calls(work.tx, &known.questions)?;
    let attempts: Vec<&Attempt> = ready.iter().map(|o| &o.attempt).collect();
    store::deliveries::insert_attempts(work.tx, &attempts)?;
    store::jobs::finish_all(work.tx, &over, worker, work.real_now)?;
    let at = work.real_now.plus(COME_BACK);
    store::jobs::put_back(work.tx, &later, worker, at, "another call of the instance is under way")?;
    Ok(ready)
}

fn load(work: &mut Work<'_, '_>, errands: &[Errand], secrets: &SecretBox) -> Result<Known, AppError> {
    let (mut call_ids, mut instance_ids) = (Vec::new(), Vec::new());
    for errand in errands {
        match &errand.ask {
            Ask::Call { call_id, .. } => call_ids.push(call_id.clone()),
            Ask::Information { instance_id } => instance_ids.push(instance_id.clone()),
        }
    }
    work.hold_calls(call_ids.clone())?;
    work.hold_instances(instance_ids.clone())?;
    work.hold_open_calls(instance_ids.clone())?;
    forget_lost(work, &call_ids, &instance_ids)?;
    let (mut buyers, mut sellers, mut tried) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut told_whole = BTreeSet::new();
    for id in &call_ids {
        if let Some(call) = work.call(id)? {
            if call.attempts > 0 {
                tried.insert(call.id);
            }
            if work.instance(&call.instance_id)?.is_some_and(|i| i.generation == InterfaceGeneration::SaasV1) {
                told_whole.extend(call.order_id);
            }
            buyers.push(call.buyer_id);
            sellers.insert(call.seller_id);
        }
    }
    for id in &instance_ids {
        if let Some(instance) = work.instance(id)? {
            if instance.generation == InterfaceGeneration::SaasV1 {
                told_whole.insert(instance.order_id);
            }
            buyers.push(instance.buyer_id);
            sellers.insert(instance.seller_id);
        }
    }
    work.hold_clocks(buyers)?;
    work.hold_orders(told_whole)?;
    let tried: Vec<String> = tried.into_iter().collect();
    let counts = store::deliveries::attempt_counts(work.tx, &tried)?;
    Ok(Known {
        keys: keys_of(work, &sellers.into_iter().collect::<Vec<_>>(), secrets)?,
        counts: counts.into_iter().map(|c| (c.call_id.clone(), c)).collect(),
        busy: HashSet::new(),
        questions: Vec::new(),
    })
}

/// The enabled keys of sellers; each is decrypted once for the whole batch.
pub(crate) fn keys_of(
    work: &mut Work<'_, '_>,
    seller_ids: &[String],
    secrets: &SecretBox,
) -> Result<HashMap<String, Arc<[String]>>, AppError> {
    let now = work.real_now;
    let mut opened: HashMap<String, Vec<String>> = HashMap::new();
    for key in store::deliveries::enabled_keys(work.tx, seller_ids)? {
        let of_seller = opened.entry(key.organisation_id).or_default();
        // The first signs; its last use is shown, to the minute.
        if of_seller.is_empty() && key.last_used_at.is_none_or(|at| now.since(at) > MINUTE) {
            store::identity::touch_access_key(work.tx, &key.id, now)?;
        }
        of_seller.push(secrets.open(&key.cipher).map_err(AppError::Internal)?);
    }
    Ok(opened.into_iter().map(|(seller, keys)| (seller, keys.into())).collect())
}

/// Whether another attempt of the instance has been sent and may still be answered.
fn under_way(work: &mut Work<'_, '_>, instance_id: &str, known: &Known) -> Result<bool, AppError> {
    let alive = alive_since(work);
    let sent = work.open_calls(instance_id)?.iter().any(|c| c.sent_at.is_some_and(|at| at > alive));
    Ok(sent || known.busy.contains(instance_id))
}

/// An attempt without an outcome that was sent before this time died with its process.
fn alive_since(work: &Work<'_, '_>) -> Timestamp {
    work.real_now.plus(-(work.settings.call_timeout_seconds * SECOND + LATE))
}

/// Writes down that attempts of these instances were lost with the process that had sent them.
fn forget_lost(work: &mut Work<'_, '_>, call_ids: &[String], instance_ids: &[String]) -> Result<(), AppError> {
    let alive = alive_since(work);
    let mut instances: BTreeSet<String> = instance_ids.iter().cloned().collect();
    for id in call_ids {
        instances.extend(work.call(id)?.map(|call| call.instance_id));
    }
    let mut lost = Vec::new();
    for id in instances {
        let open = work.open_calls(&id)?;
        lost.extend(open.into_iter().filter(|c| c.sent_at.is_some_and(|at| at <= alive)).map(|c| c.id));
    }
    for id in &lost {
        if let Some(mut call) = work.call(id)? {
            call.sent_at = None;
            if call.activity == Activity::QueryInstance {
                call.state = CallState::Failed;
            }
            work.keep_call(&call);
        }
    }
    Ok(store::deliveries::lose_attempts(work.tx, &lost)?)
}

fn prepare_call(
    work: &mut Work<'_, '_>,
    errand: &Errand,
    call_id: &str,
    manual: bool,
    known: &mut Known,
) -> Result<Step, AppError> {
    let Some(mut call) = work.call(call_id)? else {
        return Ok(Step::Nothing);
    };
    if matches!(call.state, CallState::Succeeded | CallState::Stopped | CallState::Cancelled | CallState::Failed) {
        return Ok(Step::Nothing);
    }
    let instance =
        work.instance(&call.instance_id)?.ok_or_else(|| AppError::Internal("call without instance".into()))?;
    let clock = work.clock_of(&call.buyer_id)?;
    let now = work.now_by(&clock);
    if under_way(work, &call.instance_id, known)? {
        return Ok(Step::ComeBack);
    }
    if !manual && call.next_at.is_some_and(|at| at > now) {
        // A restart by hand came in between and moved the schedule; its own job will come.
        return Ok(Step::Nothing);
    }
    let earlier = |state| matches!(state, CallState::Waiting | CallState::Retrying | CallState::Polling);
    let open = work.open_calls(&call.instance_id)?;
    if open.iter().any(|c| c.seq < call.seq && earlier(c.state)) {
        // The earlier call wakes this one when it ends (D-38).
        return Ok(Step::Nothing);
    }
    let Some(keys) = known.keys.get(&call.seller_id).cloned() else {
        let by_hand = known.counts.get(&call.id).map_or(0, |c| c.manual);
        note_failure(work, call, by_hand, "no_key", "the seller has no enabled access key")?;
        return Ok(Step::Nothing);
    };
    let request = match say(work, &call, &instance, now)? {
        Said::Call(request) => request,
        nothing => {
            if nothing == Said::NoSuchCall {
                call.exception_code = "no_such_call".into();
                call.exception = "SaaS 1.0 has no call for this".into();
            }
            call.state = CallState::Cancelled;
            work.keep_call(&call);
            wake_next(work, &call, &clock)?;
            return Ok(Step::Nothing);
        }
    };
    let signed = match sign(work, &call, &request, &keys) {
        Ok(signed) => signed,
        Err(problem) => {
            let by_hand = known.counts.get(&call.id).map_or(0, |c| c.manual);
            note_failure(work, call, by_hand, "invalid_request", &problem.to_string())?;
            return Ok(Step::Nothing);
        }
    };
    let (last_no, by_hand) = known.counts.get(&call.id).map_or((0, 0), |c| (c.last_no, c.manual));
    call.attempts += 1;
    call.first_attempt_at = call.first_attempt_at.or(Some(now));
    call.last_at = Some(now);
    call.sent_at = Some(work.real_now);
    if call.state == CallState::Waiting {
        call.state = CallState::Retrying;
    }
    work.keep_call(&call);
    known.busy.insert(call.instance_id.clone());
    let trigger = if manual { Trigger::Manual } else { Trigger::Automatic };
    let mut outgoing = outgoing(work, errand, &call, *request, signed, keys);
    outgoing.attempt.attempt_no = last_no + 1;
    outgoing.attempt.trigger_kind = trigger.code().to_owned();
    outgoing.by_hand = by_hand + i64::from(manual);
    Ok(Step::Send(Box::new(outgoing)))
}

/// A question for information: a reading call, which is never repeated, so its record stands as
/// cancelled until its answer has arrived.
fn prepare_question(
    work: &mut Work<'_, '_>,
    errand: &Errand,
    instance_id: &str,
    known: &mut Known,
) -> Result<Step, AppError> {
    let Some(instance) = work.instance(instance_id)? else {
        return Ok(Step::Nothing);
    };
    let gone = matches!(instance.state, InstanceState::Released { .. } | InstanceState::Failed { .. });
    let opened = instance.seller_instance_id.is_some() && !gone;
    let Some(keys) = known.keys.get(&instance.seller_id).cloned().filter(|_| opened) else {
        return Ok(Step::Nothing);
    };
    if under_way(work, instance_id, known)? {
        return Ok(Step::ComeBack);
    }
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
        sent_at: Some(work.real_now),
        version: 1,
    };
    let Said::Call(request) = say(work, &call, &instance, now)? else {
        return Ok(Step::Nothing);
    };
    let signed = sign(work, &call, &request, &keys).map_err(|e| AppError::Internal(e.to_string()))?;
    known.busy.insert(instance.id);
    let outgoing = outgoing(work, errand, &call, *request, signed, keys);
    known.questions.push(call);
    Ok(Step::Send(Box::new(outgoing)))
}

/// What a call says now.
fn say(work: &mut Work<'_, '_>, call: &SellerCall, instance: &Instance, now: Timestamp) -> Result<Said, AppError> {
    let parameters: CallParameters = serde_json::from_str(&call.parameters)?;
    let order = match (instance.generation, &call.order_id) {
        (InterfaceGeneration::SaasV1, Some(id)) => work.order(id)?,
        _ => None,
    };
    let business_id = domain::id::text("biz", work.seed());
    Ok(request_of(Facts { call, instance, parameters: &parameters, order: order.as_ref(), business_id, now }))
}

fn sign(
    work: &Work<'_, '_>,
    call: &SellerCall,
    request: &Call,
    keys: &Arc<[String]>,
) -> Result<SignedCall, CallProblem> {
    let nonce = signature::nonce_from_bytes(&crate::secrets::random_bytes::<32>());
    request.sign(&Signing {
        address: &call.address,
        key: keys.first().map_or("", String::as_str),
        nonce: &nonce,
        now_ms: work.real_now.millis(),
        test_flag: call.test_flag.into(),
    })
}

/// A signed call with what is written down about it.
fn outgoing(
    work: &Work<'_, '_>,
    errand: &Errand,
    call: &SellerCall,
    request: Call,
    signed: SignedCall,
    keys: Arc<[String]>,
) -> Outgoing {
    Outgoing {
        job_id: errand.job_id.clone(),
        address: call.address.clone(),
        attempt: Attempt {
            call_id: call.id.clone(),
            attempt_no: 1,
            at: work.real_now.micros(),
            trigger_kind: Trigger::Automatic.code().to_owned(),
            activity: request.activity().to_owned(),
            url: signed.masked_url(),
            request_body: signed.body.clone().unwrap_or_default(),
            verdict: "SENT".into(),
            ..Attempt::default()
        },
        signed,
        keys,
        request,
        by_hand: 0,
        timeout: Duration::from_secs(u64::try_from(work.settings.call_timeout_seconds).unwrap_or(20)),
    }
}
