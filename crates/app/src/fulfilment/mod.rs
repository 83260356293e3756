//! Delivery: opening instances and the calls to sellers' servers (area `fulfilment`).
//!
//! Calls are claimed as jobs, written down as SENT, sent outside any transaction, judged, and their
//! outcomes are written together with everything that follows from them; many at once. A crash in
//! between repeats the attempts (seller interface D-39); the seller recognises them by the order line.

mod calls;
mod exchange;
mod kept;
mod outcome;
mod prepare;
mod record;
mod requests;

pub use calls::{RESTARTS, Restarted, Restarts};
pub(crate) use exchange::{Answered, Outgoing, keep_exchange};
pub(crate) use kept::kept_body;
pub(crate) use outcome::attempt_failed_within;
pub(crate) use prepare::{Ask, Errand, keys_of, prepare_all};

use crate::error::AppError;
use crate::jobs::Task;
use crate::work::{OrganisationClock, Work};
use domain::catalogue::content::Access;
use domain::fulfilment::call::{Activity, CallState, Scene};
use domain::fulfilment::instance::{ExpiryPolicy, InstanceAction, InstanceEffect, InstanceState};
use domain::id::CallId;
use domain::ledger::Book;
use domain::ordering::order::OrderKind;
use domain::ordering::pricing::period_end;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::fulfilment::{Instance, SellerCall, Viewer};
use store::ordering::Order;

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
    /// Where the time that a renewal buys begins, microseconds.
    #[serde(default)]
    pub begins: Option<i64>,
}

/// Writes a new instance for a paid order and the call that opens it.
pub(crate) fn open_instance(
    work: &mut Work<'_, '_>,
    order: &Order,
    instance_id: &str,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let now = work.now_by(clock);
    let product = store::catalogue::load_offered(work.tx, &order.product_id)?.ok_or(AppError::NotFound)?;
    let sold = work.sold(&product)?;
    let Access::Saas { production_address, generation, .. } = &sold.content.access;
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
        expiry_policy: if order.auto_renew { ExpiryPolicy::Automatic } else { ExpiryPolicy::Manual },
        production_address: production_address.clone(),
        generation: *generation,
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
    insert_call(work, &instance, Activity::NewInstance, "", &parameters, clock)
}

/// Writes the call that tells the seller a new end of the paid time.
pub(crate) fn call_refresh(work: &mut Work<'_, '_>, order: &Order, clock: &OrganisationClock) -> Result<(), AppError> {
    let id = order.instance_id.as_deref().ok_or_else(|| AppError::Internal("renewal without instance".into()))?;
    let instance = store::fulfilment::load_instance(work.tx, &Viewer::Market, id, true)?.ok_or(AppError::NotFound)?;
    // Ordered in time, paid too late: what is released or frozen cannot be given new time.
    if !instance.state.is_renewable() {
        return Err(AppError::Refused("instance-not-renewable"));
    }
    let scene = if order.kind == OrderKind::TrialToFormal { Scene::TrialToFormal } else { Scene::Renewal };
    let until = new_end(work, order, &instance, clock)?;
    let changed = instance.period != order.line.choice.period || instance.trial;
    let parameters = CallParameters {
        order_id: Some(order.id.clone()),
        line_id: Some(order.line.line_id.clone()),
        product_code: changed.then(|| order.line.product_code.clone()),
        expires: Some(until.micros()),
        begins: instance.state.until().filter(|_| order.kind == OrderKind::Renew).map(Timestamp::micros),
    };
    insert_call(work, &instance, Activity::RefreshInstance, scene.code(), &parameters, clock)
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
    let from = if order.kind == OrderKind::TrialToFormal { now } else { instance.state.until().unwrap_or(now) };
    let anchor = if order.kind == OrderKind::TrialToFormal {
        now.day().day
    } else {
        i8::try_from(instance.anchor_day).unwrap_or(1)
    };
    period_end(&order.line.choice, None, from, anchor)
        .ok_or_else(|| AppError::Internal("a renewal without a period".into()))
}

/// Writes a call and its job. Release gives up what still waits before it (D-38), and a new state gives
/// up an older one that has stopped: nobody may restart it any more.
pub(crate) fn insert_call(
    work: &mut Work<'_, '_>,
    instance: &Instance,
    activity: Activity,
    variant: &str,
    parameters: &CallParameters,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    if matches!(activity, Activity::ReleaseInstance | Activity::UpdateInstanceStatus) {
        for earlier in work.open_calls(&instance.id)? {
            let Some(mut call) = work.call(&earlier.id)? else { continue };
            let overtaken = match activity {
                Activity::ReleaseInstance => call.state.is_open(),
                _ => call.state == CallState::Stopped && call.activity == activity,
            };
            if overtaken {
                call.state = CallState::Cancelled;
                call.next_at = None;
                work.keep_call(&call);
            }
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
        sent_at: None,
        version: 1,
    };
    work.later_in(&call.address, &Task::CallSeller { call_id: call.id.clone(), manual: false }, now, clock)?;
    work.keep_new_call(call);
    Ok(())
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
    work.keep_instance(instance, now);
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
                work.later(&Task::InstanceTimer { instance_id: instance.id.clone() }, at, clock)?;
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
                insert_call(work, instance, Activity::ReleaseInstance, "", &parameters, clock)?;
            }
            InstanceEffect::TellBuyer(kind) => {
                let product = &instance.product_name;
                let arguments = [("product", product.zh.as_str()), ("product_en", &product.en)];
                work.tell(&buyer, kind, 101, &arguments, &format!("/buyer/services/{}", instance.id))?;
            }
        }
    }
    if matches!(instance.state, InstanceState::Released { .. }) {
        crate::ordering::payment::cancel_overtaken(work, instance, now)?;
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
    plan_reminder(work, &instance.id, until, i64::MAX, clock)?;
    if instance.expiry_policy == ExpiryPolicy::Automatic && !instance.trial {
        crate::resources::plan_auto_renewal(work, &instance.id, until, clock)?;
    }
    Ok(())
}

/// Plans the next reminder that is fewer than `before` days before the end. Each plans the one after
/// it: an instance has one waiting job for all of them.
pub(crate) fn plan_reminder(
    work: &mut Work<'_, '_>,
    instance_id: &str,
    until: Timestamp,
    before: i64,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let now = work.now_by(clock);
    let day = |days: i64| crate::resources::reminder_time(until, days);
    let next = REMINDERS.iter().copied().find(|days| *days < before && day(*days) > now);
    match next {
        Some(days) => {
            let instance_id = instance_id.to_owned();
            let task = Task::Remind { instance_id, until: until.micros(), days, chained: true };
            work.later(&task, day(days), clock)
        }
        None => Ok(()),
    }
}
