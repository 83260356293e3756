//! Delivery: opening instances and the calls to sellers' servers (area `fulfilment`).
//!
//! A call is claimed as a job, written down as SENT, sent outside any transaction, judged, and its
//! outcome is written together with everything that follows from it. A crash in between repeats
//! the attempt (seller interface D-39); the seller recognises it by the order line.

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::jobs::Task;
use crate::ordering::{self, Side};
use crate::work::{OrganisationClock, Work};
use domain::access::{OperatorRight, Right};
use domain::catalogue::content::Access;
use domain::catalogue::kinds::BillingMode;
use domain::fulfilment::call::{Activity, CallState, Scene, Trigger, next_attempt, next_poll};
use domain::fulfilment::instance::{ExpiryPolicy, InstanceAction, InstanceEffect, InstanceState};
use domain::id::CallId;
use domain::ledger::Book;
use domain::ordering::order::{OrderAction, OrderKind, OrderState};
use domain::ordering::pricing::period_end;
use domain::time::{DAY, MINUTE, Timestamp, start_of_day};
use protocol::saas_v2::{self, Answer};
use protocol::{BodySignMode, Verdict, judge, signature};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use store::audit::PLATFORM_CHAIN;
use store::fulfilment::{Attempt, CallFilter, Instance, SellerCall, Viewer};
use store::listing::{PageRequest, Paged};
use store::ordering::{Order, OrderOwner};

/// Largest part of an answer that is kept.
const KEPT_BODY: usize = 64 * 1024;

/// What a call says besides its instance; stored with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallParameters {
    /// Order that the call is about.
    #[serde(default)]
    pub order_id: Option<String>,
    /// Its line.
    #[serde(default)]
    pub line_id: Option<String>,
    /// productId, when the period type changes.
    #[serde(default)]
    pub product_code: Option<String>,
    /// New end of the paid time, microseconds.
    #[serde(default)]
    pub expires: Option<i64>,
}

/// What a job that steps a call reports.
pub(crate) enum CallStep {
    /// The job is finished.
    Finished,
    /// The address has enough calls in flight.
    Busy,
}

/// Writes a new instance for a paid order and the call that opens it.
pub(crate) fn open_instance(
    work: &mut Work<'_, '_>,
    order: &Order,
    instance_id: &str,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let now = work.now_by(clock);
    let product =
        store::catalogue::load_product(work.tx, &order.product_id)?.ok_or(AppError::NotFound)?;
    let Access::Saas {
        production_address, ..
    } = &product.content.access;
    let choice = &order.line.choice;
    let instance = Instance {
        id: instance_id.to_owned(),
        buyer_id: order.buyer_id.clone(),
        buyer_name: order.buyer_name.clone(),
        seller_id: order.seller_id.clone(),
        product_id: order.product_id.clone(),
        product_name: order.product_name.clone(),
        specification_id: order.line.specification_id.clone(),
        specification_name: order.line.specification_name.clone(),
        order_id: order.id.clone(),
        line_id: order.line.line_id.clone(),
        book: order.book,
        mode: choice.mode,
        period: choice.period,
        periods: choice.periods,
        quantity: choice.quantity,
        trial: choice.trial,
        state: InstanceState::Provisioning { since: now },
        anchor_day: i64::from(now.day().day),
        opened_at: None,
        expiry_policy: if order.auto_renew {
            ExpiryPolicy::Automatic
        } else {
            ExpiryPolicy::Manual
        },
        production_address: production_address.clone(),
        seller_instance_id: None,
        access_cipher: None,
        usage_json: None,
        information_at: None,
        created_at: now,
        version: 1,
    };
    store::fulfilment::insert_instance(work.tx, &instance)?;
    let parameters = CallParameters {
        order_id: Some(order.id.clone()),
        line_id: Some(order.line.line_id.clone()),
        ..CallParameters::default()
    };
    insert_call(
        work,
        &instance,
        Activity::NewInstance,
        "",
        &parameters,
        clock,
    )
}

/// Writes the call that tells the seller a new end of the paid time.
pub(crate) fn call_refresh(
    work: &mut Work<'_, '_>,
    order: &Order,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let id = order
        .instance_id
        .as_deref()
        .ok_or_else(|| AppError::Internal("renewal without instance".into()))?;
    let instance = store::fulfilment::load_instance(work.tx, &Viewer::Market, id, true)?
        .ok_or(AppError::NotFound)?;
    let scene = if order.kind == OrderKind::TrialToFormal {
        Scene::TrialToFormal
    } else {
        Scene::Renewal
    };
    let until = new_end(work, order, &instance, clock)?;
    let changed = instance.period != order.line.choice.period || instance.trial;
    let parameters = CallParameters {
        order_id: Some(order.id.clone()),
        line_id: Some(order.line.line_id.clone()),
        product_code: changed.then(|| order.line.product_code.clone()),
        expires: Some(until.micros()),
    };
    insert_call(
        work,
        &instance,
        Activity::RefreshInstance,
        scene.code(),
        &parameters,
        clock,
    )
}

/// The end of the time that a renewal or conversion buys: a renewal goes on from the old end
/// (trade 1.8), a conversion begins now (D-07).
fn new_end(
    work: &Work<'_, '_>,
    order: &Order,
    instance: &Instance,
    clock: &OrganisationClock,
) -> Result<Timestamp, AppError> {
    let now = work.now_by(clock);
    let from = if order.kind == OrderKind::TrialToFormal {
        now
    } else {
        instance.state.until().unwrap_or(now)
    };
    let anchor = if order.kind == OrderKind::TrialToFormal {
        now.day().day
    } else {
        i8::try_from(instance.anchor_day).unwrap_or(1)
    };
    period_end(&order.line.choice, None, from, anchor)
        .ok_or_else(|| AppError::Internal("a renewal without a period".into()))
}

/// Writes a call and its job. Release gives up what still waits before it (D-38).
pub(crate) fn insert_call(
    work: &mut Work<'_, '_>,
    instance: &Instance,
    activity: Activity,
    variant: &str,
    parameters: &CallParameters,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    if activity == Activity::ReleaseInstance {
        for mut earlier in store::fulfilment::open_calls(work.tx, &instance.id)? {
            earlier.state = CallState::Cancelled;
            earlier.next_at = None;
            store::fulfilment::save_call(work.tx, &earlier)?;
        }
    }
    let now = work.now_by(clock);
    let call = SellerCall {
        id: CallId::new(work.seed()).to_string(),
        seller_id: instance.seller_id.clone(),
        buyer_id: instance.buyer_id.clone(),
        instance_id: instance.id.clone(),
        order_id: parameters.order_id.clone(),
        line_id: parameters.line_id.clone(),
        product_name: instance.product_name.clone(),
        activity,
        variant: variant.to_owned(),
        parameters: serde_json::to_string(parameters)?,
        address: instance.production_address.clone(),
        test_flag: instance.book == Book::Sandbox,
        state: CallState::Waiting,
        seq: 0,
        attempts: 0,
        first_attempt_at: None,
        accepted_at: None,
        next_at: Some(now),
        last_at: None,
        exception_code: String::new(),
        exception: String::new(),
        result_code: String::new(),
        created_at: now,
        version: 1,
    };
    store::fulfilment::insert_call(work.tx, &call)?;
    work.soon(
        &Task::CallSeller {
            call_id: call.id,
            manual: false,
        },
        clock,
    )
}

/// Applies an action to an instance and turns its effects into rows.
pub(crate) fn move_instance(
    work: &mut Work<'_, '_>,
    instance: &mut Instance,
    action: InstanceAction,
    clock: &OrganisationClock,
    because: Option<&Order>,
) -> Result<(), AppError> {
    let now = work.now_by(clock);
    let decided = instance.state.apply(action, now, work.settings)?;
    let before = instance.state.code();
    instance.state = decided.next;
    store::fulfilment::save_instance(work.tx, instance, now)?;
    instance.version += 1;
    let buyer = instance.buyer_id.clone();
    let detail = json!({"action": action.code(), "from": before, "to": instance.state.code()});
    work.audit(&buyer, "instance.moved", "instance", &instance.id, &detail);
    let parameters = CallParameters {
        order_id: because.map(|o| o.id.clone()),
        line_id: because.map(|o| o.line.line_id.clone()),
        ..CallParameters::default()
    };
    for effect in decided.effects {
        match effect {
            InstanceEffect::LookAgainAt(at) => {
                work.later(
                    &Task::InstanceTimer {
                        instance_id: instance.id.clone(),
                    },
                    at,
                    clock,
                )?;
            }
            InstanceEffect::CallFreeze => {
                insert_call(
                    work,
                    instance,
                    Activity::UpdateInstanceStatus,
                    "FREEZE",
                    &CallParameters::default(),
                    clock,
                )?;
            }
            InstanceEffect::CallUnfreeze => {
                insert_call(
                    work,
                    instance,
                    Activity::UpdateInstanceStatus,
                    "UNFREEZE",
                    &CallParameters::default(),
                    clock,
                )?;
            }
            InstanceEffect::CallRelease => {
                insert_call(
                    work,
                    instance,
                    Activity::ReleaseInstance,
                    "",
                    &parameters,
                    clock,
                )?;
            }
            InstanceEffect::TellBuyer(kind) => {
                let product = instance.product_name.zh.clone();
                work.tell(
                    &buyer,
                    kind,
                    101,
                    &[("product", &product)],
                    &format!("/buyer/services/{}", instance.id),
                )?;
            }
        }
    }
    if let InstanceState::InUse { until: Some(until) } = instance.state {
        plan_reminders(work, instance, until, clock)?;
    }
    Ok(())
}

/// Days before expiry on which a buyer is reminded (trade 1.12).
const REMINDERS: &[i64] = &[15, 7, 3, 1];

fn plan_reminders(
    work: &mut Work<'_, '_>,
    instance: &Instance,
    until: Timestamp,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let now = work.now_by(clock);
    for days in REMINDERS {
        let at = start_of_day(until.plus(-days * DAY)).plus(10 * 60 * MINUTE);
        if at > now {
            let task = Task::Remind {
                instance_id: instance.id.clone(),
                until: until.micros(),
                days: *days,
            };
            work.later(&task, at, clock)?;
        }
    }
    if instance.expiry_policy == ExpiryPolicy::Automatic && !instance.trial {
        crate::resources::plan_auto_renewal(work, &instance.id, until, clock)?;
    }
    Ok(())
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
            .look(move |tx| {
                Ok(
                    store::fulfilment::load_call(tx, &Viewer::Market, &id, false)?
                        .map(|c| c.address),
                )
            })
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
        let outcome = self
            .inner
            .client
            .post(&prepared.url, body, prepared.timeout)
            .await;
        let keys: Vec<&str> = prepared.keys.iter().map(String::as_str).collect();
        let verdict = judge(
            prepared.activity,
            &outcome.exchange,
            &keys,
            BodySignMode::Optional,
        );
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
        self.record(prepared.call, attempt, verdict, job_id, worker)
            .await?;
        Ok(CallStep::Finished)
    }

    async fn end_step(&self, job_id: &str, worker: &str) -> Result<CallStep, AppError> {
        let (job_id, worker) = (job_id.to_owned(), worker.to_owned());
        self.act(&Actor::System("worker"), move |work| {
            Ok(store::jobs::finish(
                work.tx,
                &job_id,
                &worker,
                work.real_now,
            )?)
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
            Ok(store::jobs::finish(
                work.tx,
                &job_id,
                &worker,
                work.real_now,
            )?)
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
                let Some(instance) =
                    store::fulfilment::load_instance(work.tx, &Viewer::Market, &id, false)?
                else {
                    return Ok(None);
                };
                let gone = matches!(
                    instance.state,
                    InstanceState::Released { .. } | InstanceState::Failed { .. }
                );
                let Some(named) = instance.seller_instance_id.clone().filter(|_| !gone) else {
                    return Ok(None);
                };
                let keys = keys_of(work, &instance.seller_id, &secrets)?;
                let Some(key) = keys.first().cloned() else {
                    return Ok(None);
                };
                let request = saas_v2::Request::QueryInstance(saas_v2::QueryInstance {
                    instance_ids: vec![named],
                });
                let body = request.to_body(instance.book == Book::Sandbox);
                let (url, _) = sign(work, &instance.production_address, &key, &body);
                let timeout = Duration::from_secs(
                    u64::try_from(work.settings.call_timeout_seconds).unwrap_or(20),
                );
                Ok(Some((instance, url, body, keys, timeout)))
            })
            .await?;
        let Some((instance, url, body, keys, timeout)) = prepared else {
            return Ok(false);
        };
        let outcome = self.inner.client.post(&url, body, timeout).await;
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let verdict = judge(
            saas_v2::Activity::QueryInstance,
            &outcome.exchange,
            &keys,
            BodySignMode::Optional,
        );
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
        self.look(move |tx| Ok(store::fulfilment::list_calls(tx, &viewer, &filter, &page)?))
            .await
    }

    /// One call with its attempts.
    pub async fn call(
        &self,
        actor: &Actor,
        side: Side,
        id: &str,
    ) -> Result<(SellerCall, Vec<Attempt>), AppError> {
        let viewer = call_viewer(actor, side)?;
        let id = id.to_owned();
        self.look(move |tx| {
            let call =
                store::fulfilment::load_call(tx, &viewer, &id, false)?.ok_or(AppError::NotFound)?;
            let attempts = store::fulfilment::attempts(tx, &call.id)?;
            Ok((call, attempts))
        })
        .await
    }

    /// Restarts a call by hand (重新启动): at once, during the automatic phase and after it.
    pub async fn restart_call(&self, actor: &Actor, side: Side, id: &str) -> Result<(), AppError> {
        let viewer = match side {
            Side::Seller => Viewer::Seller(
                actor
                    .seller_may(Right::AccessDebug)?
                    .organisation_id
                    .clone(),
            ),
            Side::Market => {
                actor.operator_may(OperatorRight::RunJobs)?;
                Viewer::Market
            }
            Side::Buyer => return Err(AppError::Forbidden("sellers only")),
        };
        let id = id.to_owned();
        self.act(actor, move |work| {
            let mut call = store::fulfilment::load_call(work.tx, &viewer, &id, true)?
                .ok_or(AppError::NotFound)?;
            if !matches!(
                call.state,
                CallState::Waiting | CallState::Retrying | CallState::Polling | CallState::Stopped
            ) {
                return Err(AppError::Refused("call-not-restartable"));
            }
            if call.state == CallState::Stopped {
                call.state = CallState::Retrying;
            }
            let clock = work.clock_of(&call.buyer_id)?;
            call.next_at = Some(work.now_by(&clock));
            store::fulfilment::save_call(work.tx, &call)?;
            work.soon(
                &Task::CallSeller {
                    call_id: call.id.clone(),
                    manual: true,
                },
                &clock,
            )?;
            let chain = if side == Side::Market {
                PLATFORM_CHAIN.to_owned()
            } else {
                call.seller_id.clone()
            };
            work.audit(
                &chain,
                "call.restarted",
                "call",
                &call.id,
                &json!({"attempts": call.attempts}),
            );
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
    let enabled: Vec<_> = keys
        .into_iter()
        .filter(|k| k.enabled && k.interface_type == "basic")
        .collect();
    if let Some(newest) = enabled.first() {
        let now = work.real_now;
        store::identity::touch_access_key(work.tx, &newest.id, now)?;
    }
    enabled
        .iter()
        .map(|k| secrets.open(&k.cipher).map_err(AppError::Internal))
        .collect()
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
    let Some(mut call) = store::fulfilment::load_call(work.tx, &Viewer::Market, call_id, true)?
    else {
        return Ok(None);
    };
    if matches!(
        call.state,
        CallState::Succeeded | CallState::Stopped | CallState::Cancelled
    ) {
        return Ok(None);
    }
    let clock = work.clock_of(&call.buyer_id)?;
    let now = work.now_by(&clock);
    if !manual && call.next_at.is_some_and(|at| at > now) {
        // A restart by hand came in between and moved the schedule; its own job will come.
        return Ok(None);
    }
    if let Some(earlier) =
        store::fulfilment::earlier_open_call(work.tx, &call.instance_id, call.seq)?
        && earlier.state != CallState::Stopped
    {
        // The earlier call wakes this one when it ends (D-38).
        return Ok(None);
    }
    let instance =
        store::fulfilment::load_instance(work.tx, &Viewer::Market, &call.instance_id, false)?
            .ok_or_else(|| AppError::Internal("call without instance".into()))?;
    let keys = keys_of(work, &call.seller_id, secrets)?;
    let Some(key) = keys.first().cloned() else {
        note_failure(
            work,
            &mut call,
            "no_key",
            "the seller has no enabled access key",
            "",
            &clock,
        )?;
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
        trigger_kind: if manual {
            Trigger::Manual
        } else {
            Trigger::Automatic
        }
        .code()
        .to_owned(),
        activity: activity.as_str().to_owned(),
        url: masked,
        request_body: body,
        verdict: "SENT".into(),
        ..Attempt::default()
    };
    store::fulfilment::save_attempt(work.tx, &attempt)?;
    let timeout =
        Duration::from_secs(u64::try_from(work.settings.call_timeout_seconds).unwrap_or(20));
    Ok(Some(Prepared {
        call,
        attempt,
        url,
        key,
        keys,
        activity,
        timeout,
    })
    .inspect(|p| debug_assert!(!p.key.is_empty())))
}

/// The request of a call as it stands now; `None` when the seller never named an instance.
fn request_of(
    work: &Work<'_, '_>,
    call: &SellerCall,
    instance: &Instance,
) -> Result<Option<(saas_v2::Activity, saas_v2::Request)>, AppError> {
    let p: CallParameters = serde_json::from_str(&call.parameters)?;
    let order = || {
        (
            p.order_id.clone().unwrap_or_default(),
            p.line_id.clone().unwrap_or_default(),
        )
    };
    if call.activity == Activity::NewInstance {
        if let (CallState::Polling, Some(named)) = (call.state, &instance.seller_instance_id) {
            let query = saas_v2::QueryInstance {
                instance_ids: vec![named.clone()],
            };
            return Ok(Some((
                saas_v2::Activity::QueryInstance,
                saas_v2::Request::QueryInstance(query),
            )));
        }
        let (order_id, order_line_id) = order();
        let business_id = domain::id::text("biz", work.seed());
        let request = saas_v2::NewInstance {
            order_id,
            order_line_id,
            business_id,
        };
        return Ok(Some((
            saas_v2::Activity::NewInstance,
            saas_v2::Request::NewInstance(request),
        )));
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
            let request = saas_v2::RefreshInstance {
                scene,
                order_id,
                order_line_id,
                instance_id,
                product_id,
                expire_time,
            };
            (
                saas_v2::Activity::RefreshInstance,
                saas_v2::Request::RefreshInstance(request),
            )
        }
        Activity::UpdateInstanceStatus => {
            let status = saas_v2::InstanceStatus::from_name(&call.variant)
                .unwrap_or(saas_v2::InstanceStatus::Freeze);
            let request = saas_v2::UpdateInstanceStatus {
                instance_id,
                status,
            };
            (
                saas_v2::Activity::UpdateInstanceStatus,
                saas_v2::Request::UpdateInstanceStatus(request),
            )
        }
        Activity::ReleaseInstance => {
            let order = match (p.order_id, p.line_id) {
                (Some(order_id), Some(order_line_id)) => Some(saas_v2::OrderRef {
                    order_id,
                    order_line_id,
                }),
                _ => None,
            };
            let request = saas_v2::ReleaseInstance { instance_id, order };
            (
                saas_v2::Activity::ReleaseInstance,
                saas_v2::Request::ReleaseInstance(request),
            )
        }
        Activity::NewInstance | Activity::QueryInstance => {
            let request = saas_v2::QueryInstance {
                instance_ids: vec![instance_id],
            };
            (
                saas_v2::Activity::QueryInstance,
                saas_v2::Request::QueryInstance(request),
            )
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
            let said = failure
                .result_msg
                .as_deref()
                .map(|m| format!(" — {m}"))
                .unwrap_or_default();
            attempt.exception = format!("{}{said}", failure.detail).replace('\0', "\u{fffd}");
            attempt.result_code = failure.result_code.clone().unwrap_or_default();
        }
    }
}

fn apply_outcome(
    work: &mut Work<'_, '_>,
    call_id: &str,
    attempt: &Attempt,
    verdict: &Verdict,
    secrets: &crate::secrets::SecretBox,
) -> Result<(), AppError> {
    let Some(mut call) = store::fulfilment::load_call(work.tx, &Viewer::Market, call_id, true)?
    else {
        return Ok(());
    };
    if matches!(call.state, CallState::Succeeded | CallState::Cancelled) {
        // A late answer to a call that is decided is harmless (seller interface 13).
        return Ok(());
    }
    let clock = work.clock_of(&call.buyer_id)?;
    let mut instance =
        store::fulfilment::load_instance(work.tx, &Viewer::Market, &call.instance_id, true)?
            .ok_or_else(|| AppError::Internal("call without instance".into()))?;
    call.result_code = attempt.result_code.clone();
    if call.activity == Activity::NewInstance {
        return creation_outcome(
            work,
            &mut call,
            &mut instance,
            attempt,
            verdict,
            &clock,
            secrets,
        );
    }
    match verdict {
        Verdict::Success(_) => succeed(work, &mut call, &mut instance, &clock),
        // D-30: accepted; the same call is repeated on its schedule, without a mail.
        Verdict::Processing(_) => retry_or_stop(
            work,
            &mut call,
            &mut instance,
            "processing",
            "000004",
            false,
            &clock,
        ),
        Verdict::Failure(f) => retry_or_stop(
            work,
            &mut call,
            &mut instance,
            f.code,
            &attempt.exception,
            true,
            &clock,
        ),
    }
}

fn creation_outcome(
    work: &mut Work<'_, '_>,
    call: &mut SellerCall,
    instance: &mut Instance,
    attempt: &Attempt,
    verdict: &Verdict,
    clock: &OrganisationClock,
    secrets: &crate::secrets::SecretBox,
) -> Result<(), AppError> {
    let now = work.now_by(clock);
    match verdict {
        Verdict::Success(Answer::Created(created))
        | Verdict::Processing(Answer::Created(created)) => {
            if instance.seller_instance_id.is_none() {
                let taken = store::fulfilment::seller_instance_taken(
                    work.tx,
                    &instance.seller_id,
                    &created.instance_id,
                    &instance.id,
                )?;
                if taken {
                    let text = format!(
                        "instanceId {} belongs to another order",
                        created.instance_id
                    );
                    return retry_or_stop(
                        work,
                        call,
                        instance,
                        "instance_id_taken",
                        &text,
                        true,
                        clock,
                    );
                }
                // D-18: the first one is kept, whatever later answers say.
                instance.seller_instance_id = Some(created.instance_id.clone());
            }
            if created.accepted_only {
                call.state = CallState::Polling;
                call.accepted_at = call.accepted_at.or(Some(now));
                store::fulfilment::save_instance(work.tx, instance, now)?;
                return poll_later(work, call, instance, clock);
            }
            succeed(work, call, instance, clock)
        }
        Verdict::Success(Answer::Instances(found)) => {
            let named = instance.seller_instance_id.clone().unwrap_or_default();
            if found.iter().any(|i| i.instance_id == named) {
                keep_information(work, instance, found, secrets)?;
                return succeed(work, call, instance, clock);
            }
            poll_later(work, call, instance, clock)
        }
        Verdict::Processing(_) | Verdict::Success(_) => poll_later(work, call, instance, clock),
        Verdict::Failure(f) if call.state == CallState::Polling => {
            // D-22: 000003 means that the seller does not know it yet; other faults are shown and
            // polling goes on until its limit.
            call.exception_code = f.code.to_owned();
            call.exception = attempt.exception.clone();
            poll_later(work, call, instance, clock)
        }
        Verdict::Failure(f) => retry_or_stop(
            work,
            call,
            instance,
            f.code,
            &attempt.exception,
            true,
            clock,
        ),
    }
}

fn poll_later(
    work: &mut Work<'_, '_>,
    call: &mut SellerCall,
    instance: &mut Instance,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let now = work.now_by(clock);
    let accepted = call.accepted_at.unwrap_or(now);
    match next_poll(accepted, now, work.settings) {
        Some(at) => {
            call.next_at = Some(at);
            store::fulfilment::save_call(work.tx, call)?;
            work.later(
                &Task::CallSeller {
                    call_id: call.id.clone(),
                    manual: false,
                },
                at,
                clock,
            )
        }
        None => stop(
            work,
            call,
            instance,
            "poll_limit",
            "the creation was not finished in time",
            clock,
        ),
    }
}

/// Schedules the next attempt, or ends the call when its schedule is over.
fn retry_or_stop(
    work: &mut Work<'_, '_>,
    call: &mut SellerCall,
    instance: &mut Instance,
    code: &str,
    text: &str,
    is_failure: bool,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let now = work.now_by(clock);
    let first = call.first_attempt_at.unwrap_or(now);
    call.exception_code = code.to_owned();
    call.exception = text.to_owned();
    match next_attempt(call.activity, call.attempts, first, now, work.settings) {
        Some(at) => {
            call.state = CallState::Retrying;
            call.next_at = Some(at);
            store::fulfilment::save_call(work.tx, call)?;
            work.later(
                &Task::CallSeller {
                    call_id: call.id.clone(),
                    manual: false,
                },
                at,
                clock,
            )?;
            // D-40: the first failure, the last one and the recovery are mailed.
            if is_failure && call.attempts == 1 {
                tell_seller(work, call, "call-failed")?;
            }
            Ok(())
        }
        None => stop(work, call, instance, code, text, clock),
    }
}

fn note_failure(
    work: &mut Work<'_, '_>,
    call: &mut SellerCall,
    code: &str,
    text: &str,
    result_code: &str,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let mut instance =
        store::fulfilment::load_instance(work.tx, &Viewer::Market, &call.instance_id, true)?
            .ok_or_else(|| AppError::Internal("call without instance".into()))?;
    call.attempts += 1;
    call.first_attempt_at = call.first_attempt_at.or(Some(work.now_by(clock)));
    call.result_code = result_code.to_owned();
    retry_or_stop(work, call, &mut instance, code, text, true, clock)
}

fn tell_seller(work: &mut Work<'_, '_>, call: &SellerCall, kind: &str) -> Result<(), AppError> {
    let href = format!("/seller/calls/{}", call.id);
    let (seller, product) = (call.seller_id.clone(), call.product_name.zh.clone());
    let arguments = [
        ("activity", call.activity.code()),
        ("product", product.as_str()),
        ("exception", call.exception.as_str()),
    ];
    work.tell(&seller, kind, 501, &arguments, &href)?;
    // The customer-service mailbox of the seller's information gets it too (seller interface 10.3).
    let service = store::identity::load_organisation(work.tx, &seller)?
        .map(|o| o.service_email)
        .unwrap_or_default();
    if service.is_empty() {
        return Ok(());
    }
    work.mail(&crate::messages::Mail {
        recipient: service,
        subject: format!(
            "{} {}: {}",
            call.activity.code(),
            kind,
            call.product_name.zh
        ),
        body: format!("{}\n{}\n{}", call.id, call.exception_code, call.exception),
    })
}

/// The call is over without success.
fn stop(
    work: &mut Work<'_, '_>,
    call: &mut SellerCall,
    instance: &mut Instance,
    code: &str,
    text: &str,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    call.exception_code = code.to_owned();
    call.exception = text.to_owned();
    call.next_at = None;
    // A creation that is given up is refunded and cannot be restarted (D-48).
    let creation = call.activity == Activity::NewInstance;
    call.state = if creation {
        CallState::Cancelled
    } else {
        CallState::Stopped
    };
    store::fulfilment::save_call(work.tx, call)?;
    tell_seller(work, call, "call-stopped")?;
    work.tell_operators(
        "call-stopped",
        &[
            ("activity", call.activity.code()),
            ("product", &call.product_name.zh),
            ("exception", text),
        ],
        &format!("/operator/calls/{}", call.id),
    )?;
    if creation {
        give_up_creation(work, call, instance, clock)?;
    }
    wake_next(work, call, clock)
}

/// The order is judged failed: everything goes back to the buyer (trade 1.5).
fn give_up_creation(
    work: &mut Work<'_, '_>,
    call: &SellerCall,
    instance: &mut Instance,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let now = work.now_by(clock);
    move_instance(work, instance, InstanceAction::GiveUp, clock, None)?;
    let order_id = call.order_id.clone().unwrap_or_default();
    let Some(mut order) =
        store::ordering::load_order(work.tx, &OrderOwner::Market, &order_id, true)?
    else {
        return Err(AppError::Internal("creation without order".into()));
    };
    let decided = order
        .state
        .apply(OrderAction::CloseUndelivered, now, work.settings)?;
    order.state = decided.next;
    order.completed_at = Some(now);
    store::ordering::give_trial_back(work.tx, &order.id)?;
    if order.payable.is_positive() {
        ordering::refund_whole(work, &mut order, "system", now, false)?;
    }
    store::ordering::save_order(work.tx, &order)?;
    // More than five failed orders of a product in a month: an operator's task (D-41).
    let month = start_of_day(now).plus(-(i64::from(now.day().day) - 1) * DAY);
    let failed = store::ordering::failed_orders_since(work.tx, &instance.product_id, month)?;
    if failed > work.settings.failed_orders_per_month {
        let count = failed.to_string();
        let href = format!("/operator/products/{}", instance.product_id);
        work.tell_operators(
            "product-fails-often",
            &[("product", &instance.product_name.zh), ("count", &count)],
            &href,
        )?;
    }
    Ok(())
}

/// A call succeeded: its order or instance goes on.
fn succeed(
    work: &mut Work<'_, '_>,
    call: &mut SellerCall,
    instance: &mut Instance,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let recovered = !call.exception_code.is_empty() && call.attempts > 1;
    call.state = CallState::Succeeded;
    call.next_at = None;
    store::fulfilment::save_call(work.tx, call)?;
    let now = work.now_by(clock);
    match call.activity {
        Activity::NewInstance => {
            let order_id = call.order_id.clone().unwrap_or_default();
            let mut order =
                store::ordering::load_order(work.tx, &OrderOwner::Market, &order_id, true)?
                    .ok_or_else(|| AppError::Internal("creation without order".into()))?;
            instance.opened_at = Some(now);
            instance.anchor_day = i64::from(now.day().day);
            let anchor = i8::try_from(instance.anchor_day).unwrap_or(1);
            let until = match order.line.choice.mode {
                BillingMode::Period => {
                    period_end(&order.line.choice, order.line.trial_days, now, anchor)
                }
                _ => None,
            };
            move_instance(
                work,
                instance,
                InstanceAction::Opened { until },
                clock,
                None,
            )?;
            ordering::complete(work, &mut order, now)?;
            store::catalogue::count_sale(work.tx, &order.product_id)?;
            if instance.access_cipher.is_none() {
                work.soon(
                    &Task::FetchInformation {
                        instance_id: instance.id.clone(),
                    },
                    clock,
                )?;
            }
        }
        Activity::RefreshInstance => renewed(work, call, instance, clock)?,
        Activity::UpdateInstanceStatus | Activity::ReleaseInstance | Activity::QueryInstance => {}
    }
    if recovered {
        tell_seller(work, call, "call-recovered")?;
    }
    wake_next(work, call, clock)
}

fn renewed(
    work: &mut Work<'_, '_>,
    call: &SellerCall,
    instance: &mut Instance,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let now = work.now_by(clock);
    let parameters: CallParameters = serde_json::from_str(&call.parameters)?;
    let until = Timestamp(parameters.expires.unwrap_or(0));
    let order_id = call.order_id.clone().unwrap_or_default();
    let mut order = store::ordering::load_order(work.tx, &OrderOwner::Market, &order_id, true)?
        .ok_or_else(|| AppError::Internal("renewal without order".into()))?;
    if !matches!(order.state, OrderState::Processing { .. }) {
        return Ok(());
    }
    if order.kind == OrderKind::TrialToFormal {
        instance.trial = false;
        instance.anchor_day = i64::from(now.day().day);
    }
    instance.mode = order.line.choice.mode;
    instance.period = order.line.choice.period;
    instance.periods = order.line.choice.periods;
    move_instance(
        work,
        instance,
        InstanceAction::Renewed { until },
        clock,
        None,
    )?;
    ordering::complete(work, &mut order, now)
}

/// The next call of the instance may go now.
fn wake_next(
    work: &mut Work<'_, '_>,
    call: &SellerCall,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let next = store::fulfilment::open_calls(work.tx, &call.instance_id)?
        .into_iter()
        .find(|c| c.seq > call.seq && c.state == CallState::Waiting);
    match next {
        Some(next) => work.soon(
            &Task::CallSeller {
                call_id: next.id,
                manual: false,
            },
            clock,
        ),
        None => Ok(()),
    }
}

/// Keeps what the seller told about an instance; access data are encrypted.
fn keep_information(
    work: &Work<'_, '_>,
    instance: &mut Instance,
    found: &[saas_v2::InstanceInfo],
    secrets: &crate::secrets::SecretBox,
) -> Result<bool, AppError> {
    let named = instance.seller_instance_id.clone().unwrap_or_default();
    let Some(info) = found.iter().find(|i| i.instance_id == named) else {
        return Ok(false);
    };
    if let Some(app) = &info.app_info {
        let web = |text: &Option<String>| text.clone().filter(|t| saas_v2::is_web_link(t));
        let plain = json!({
            "front_end_url": app.front_end_url,
            "admin_url": web(&app.admin_url),
            "user_name": app.user_name,
            "password": app.password,
            "memo": app.memo,
        });
        instance.access_cipher = Some(
            secrets
                .seal(&plain.to_string())
                .map_err(AppError::Internal)?,
        );
    }
    if !info.usage_info.is_empty() {
        let usage: Vec<_> = info
            .usage_info
            .iter()
            .map(|u| json!({"value": u.usage_value, "at": u.statistical_time, "dashboard_url": u.dashboard_url.clone().filter(|t| saas_v2::is_web_link(t))}))
            .collect();
        instance.usage_json = Some(serde_json::Value::Array(usage).to_string());
    }
    instance.information_at = Some(work.real_now);
    Ok(true)
}
