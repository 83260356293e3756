//! What follows from the outcome of an attempt: success, the next attempt, or giving up.

use super::{CallParameters, move_instance};
use crate::error::AppError;
use crate::jobs::Task;
use crate::ordering::{self};
use crate::work::{OrganisationClock, Work};
use domain::catalogue::kinds::BillingMode;
use domain::fulfilment::call::{Activity, CallState, next_attempt, next_poll};
use domain::fulfilment::instance::InstanceAction;
use domain::ordering::order::{OrderAction, OrderKind, OrderState};
use domain::ordering::pricing::period_end;
use domain::time::{DAY, Timestamp, start_of_day};
use protocol::Verdict;
use protocol::saas_v2::{self, Answer};
use serde_json::json;
use store::fulfilment::{Attempt, Instance, SellerCall, Viewer};
use store::ordering::OrderOwner;

pub(super) fn apply_outcome(
    work: &mut Work<'_, '_>,
    call_id: &str,
    attempt: &Attempt,
    verdict: &Verdict,
    secrets: &crate::secrets::SecretBox,
) -> Result<(), AppError> {
    let Some(mut call) = store::fulfilment::load_call(work.tx, &Viewer::Market, call_id, true)? else {
        return Ok(());
    };
    if matches!(call.state, CallState::Succeeded | CallState::Cancelled) {
        // A late answer to a call that is decided is harmless (seller interface 13).
        return Ok(());
    }
    let clock = work.clock_of(&call.buyer_id)?;
    let mut instance = store::fulfilment::load_instance(work.tx, &Viewer::Market, &call.instance_id, true)?
        .ok_or_else(|| AppError::Internal("call without instance".into()))?;
    call.result_code = attempt.result_code.clone();
    if call.activity == Activity::NewInstance {
        return creation_outcome(work, &mut call, &mut instance, attempt, verdict, &clock, secrets);
    }
    match verdict {
        Verdict::Success(_) => succeed(work, &mut call, &mut instance, &clock),
        // D-30: accepted; the same call is repeated on its schedule, without a mail.
        Verdict::Processing(_) => retry_or_stop(work, &mut call, &mut instance, "processing", "000004", false, &clock),
        Verdict::Failure(f) => retry_or_stop(work, &mut call, &mut instance, f.code, &attempt.exception, true, &clock),
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
        Verdict::Success(Answer::Created(created)) | Verdict::Processing(Answer::Created(created)) => {
            if instance.seller_instance_id.is_none() {
                let taken = store::fulfilment::seller_instance_taken(
                    work.tx,
                    &instance.seller_id,
                    &created.instance_id,
                    &instance.id,
                )?;
                if taken {
                    let text = format!("instanceId {} belongs to another order", created.instance_id);
                    return retry_or_stop(work, call, instance, "instance_id_taken", &text, true, clock);
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
        Verdict::Failure(f) => retry_or_stop(work, call, instance, f.code, &attempt.exception, true, clock),
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
            work.later(&Task::CallSeller { call_id: call.id.clone(), manual: false }, at, clock)
        }
        None => stop(work, call, instance, "poll_limit", "the creation was not finished in time", clock),
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
    // Restarts by hand come on top of the schedule.
    let scheduled = call.attempts - store::fulfilment::manual_attempts(work.tx, &call.id)?;
    match next_attempt(call.activity, scheduled, first, now, work.settings) {
        Some(at) => {
            call.state = CallState::Retrying;
            call.next_at = Some(at);
            store::fulfilment::save_call(work.tx, call)?;
            work.later(&Task::CallSeller { call_id: call.id.clone(), manual: false }, at, clock)?;
            // D-40: the first failure, the last one and the recovery are mailed.
            if is_failure && call.attempts == 1 {
                tell_seller(work, call, "call-failed")?;
            }
            Ok(())
        }
        None => stop(work, call, instance, code, text, clock),
    }
}

pub(super) fn note_failure(
    work: &mut Work<'_, '_>,
    call: &mut SellerCall,
    code: &str,
    text: &str,
    result_code: &str,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let mut instance = store::fulfilment::load_instance(work.tx, &Viewer::Market, &call.instance_id, true)?
        .ok_or_else(|| AppError::Internal("call without instance".into()))?;
    call.attempts += 1;
    call.first_attempt_at = call.first_attempt_at.or(Some(work.now_by(clock)));
    call.result_code = result_code.to_owned();
    retry_or_stop(work, call, &mut instance, code, text, true, clock)
}

/// What messages about a call name.
fn in_words(call: &SellerCall) -> [(&'static str, &str); 4] {
    [
        ("activity", call.activity.code()),
        ("product", &call.product_name.zh),
        ("product_en", &call.product_name.en),
        ("exception", &call.exception),
    ]
}

fn tell_seller(work: &mut Work<'_, '_>, call: &SellerCall, kind: &str) -> Result<(), AppError> {
    let href = format!("/seller/calls/{}", call.id);
    work.tell(&call.seller_id, kind, 501, &in_words(call), &href)
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
    call.state = if creation { CallState::Cancelled } else { CallState::Stopped };
    store::fulfilment::save_call(work.tx, call)?;
    tell_seller(work, call, "call-stopped")?;
    work.tell_operators("call-stopped", &in_words(call), &format!("/operator/calls/{}", call.id))?;
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
    let Some(mut order) = store::ordering::load_order(work.tx, &OrderOwner::Market, &order_id, true)? else {
        return Err(AppError::Internal("creation without order".into()));
    };
    let decided = order.state.apply(OrderAction::CloseUndelivered, now, work.settings)?;
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
        let name = &instance.product_name;
        let arguments = [("product", name.zh.as_str()), ("product_en", &name.en), ("count", &count)];
        work.tell_operators("product-fails-often", &arguments, &href)?;
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
            let mut order = store::ordering::load_order(work.tx, &OrderOwner::Market, &order_id, true)?
                .ok_or_else(|| AppError::Internal("creation without order".into()))?;
            instance.opened_at = Some(now);
            instance.anchor_day = i64::from(now.day().day);
            let anchor = i8::try_from(instance.anchor_day).unwrap_or(1);
            let until = match order.line.choice.mode {
                BillingMode::Period => period_end(&order.line.choice, order.line.trial_days, now, anchor),
                _ => None,
            };
            move_instance(work, instance, InstanceAction::Opened { until }, clock, None)?;
            ordering::complete(work, &mut order, now)?;
            // What a sandbox buys, and what is tried, is not sold.
            if order.book == domain::ledger::Book::Real && order.kind == OrderKind::New {
                store::catalogue::count_sale(work.tx, &order.product_id)?;
            }
            if instance.access_cipher.is_none() {
                work.soon(&Task::FetchInformation { instance_id: instance.id.clone() }, clock)?;
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
        // The day of payment, on which the end was counted; the seller may answer in the next month.
        instance.anchor_day = i64::from(order.paid_at.unwrap_or(now).day().day);
    }
    instance.mode = order.line.choice.mode;
    instance.period = order.line.choice.period;
    instance.periods = order.line.choice.periods;
    move_instance(work, instance, InstanceAction::Renewed { until }, clock, None)?;
    ordering::payment::cancel_overtaken(work, instance, now)?;
    ordering::complete(work, &mut order, now)
}

/// The next call of the instance may go now.
pub(super) fn wake_next(work: &mut Work<'_, '_>, call: &SellerCall, clock: &OrganisationClock) -> Result<(), AppError> {
    let next = store::fulfilment::open_calls(work.tx, &call.instance_id)?
        .into_iter()
        .find(|c| c.seq > call.seq && matches!(c.state, CallState::Waiting | CallState::Retrying));
    match next {
        Some(next) => work.soon(&Task::CallSeller { call_id: next.id, manual: false }, clock),
        None => Ok(()),
    }
}

/// Keeps what the seller told about an instance; access data are encrypted.
pub(super) fn keep_information(
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
        instance.access_cipher = Some(secrets.seal(&plain.to_string()).map_err(AppError::Internal)?);
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
