//! What follows from the outcome of an attempt: success, the next attempt, or giving up.

use super::exchange::Answered;
use super::{CallParameters, insert_call, move_instance};
use crate::error::AppError;
use crate::jobs::Task;
use crate::ordering;
use crate::secrets::SecretBox;
use crate::work::{OrganisationClock, Work};
use domain::catalogue::kinds::BillingMode;
use domain::fulfilment::call::{Activity, CallState, next_attempt, next_poll};
use domain::fulfilment::instance::InstanceAction;
use domain::ordering::order::{OrderAction, OrderKind, OrderState};
use domain::ordering::pricing::period_end;
use domain::time::{DAY, Timestamp, start_of_day};
use protocol::answer::AppInfo;
use protocol::saas_v2::{self, Answer};
use protocol::{Verdict, result_code};
use serde_json::json;
use store::fulfilment::{Instance, SellerCall};

/// Code of a call whose seller asks for patience (000004).
const PROCESSING: &str = "processing";

/// Applies an outcome to its call. `alone`: nothing else is written in this operation, so that a
/// question to the database sees everything.
pub(super) fn apply_outcome(
    work: &mut Work<'_, '_>,
    mut call: SellerCall,
    answer: &Answered,
    alone: bool,
    secrets: &SecretBox,
) -> Result<(), AppError> {
    let Answered { attempt, verdict, .. } = answer;
    call.sent_at = None;
    if matches!(call.state, CallState::Succeeded | CallState::Cancelled | CallState::Failed) {
        // A late answer to a call that is decided is harmless (seller interface 13).
        work.keep_call(&call);
        return Ok(());
    }
    let clock = work.clock_of(&call.buyer_id)?;
    let instance =
        work.instance(&call.instance_id)?.ok_or_else(|| AppError::Internal("call without instance".into()))?;
    call.result_code = attempt.result_code.clone();
    let mut at = Subject { call, instance, clock, by_hand: answer.by_hand };
    if at.call.activity == Activity::NewInstance {
        return creation_outcome(work, &mut at, answer, alone, secrets);
    }
    match verdict {
        Verdict::Success(_) => succeed(work, &mut at),
        // D-30: accepted; the same call is repeated on its schedule, without a mail.
        Verdict::Processing(_) => retry_or_stop(work, &mut at, PROCESSING, "000004", false),
        Verdict::Failure(f) => retry_or_stop(work, &mut at, f.code, &attempt.exception, true),
    }
}

/// A call whose outcome is applied.
struct Subject {
    call: SellerCall,
    instance: Instance,
    /// The buyer's.
    clock: OrganisationClock,
    /// Attempts that were started by hand.
    by_hand: i64,
}

fn creation_outcome(
    work: &mut Work<'_, '_>,
    at: &mut Subject,
    answer: &Answered,
    alone: bool,
    secrets: &SecretBox,
) -> Result<(), AppError> {
    let Answered { attempt, verdict, .. } = answer;
    let now = work.now_by(&at.clock);
    match verdict {
        Verdict::Success(Answer::Created(created)) | Verdict::Processing(Answer::Created(created)) => {
            if at.instance.seller_instance_id.is_none() {
                let Instance { id, seller_id, .. } = &at.instance;
                let named = &created.instance_id;
                if alone && store::fulfilment::seller_instance_taken(work.tx, seller_id, named, id)? {
                    let text = format!("instanceId {named} belongs to another order");
                    return retry_or_stop(work, at, "instance_id_taken", &text, true);
                }
                // D-18: the first one is kept, whatever later answers say.
                at.instance.seller_instance_id = Some(named.clone());
            }
            if let Some(app) = &created.app_info {
                keep_access(&mut at.instance, app, secrets)?;
            }
            if created.accepted_only {
                at.call.state = CallState::Polling;
                at.call.accepted_at = at.call.accepted_at.or(Some(now));
                work.keep_instance(&at.instance, now);
                return poll_later(work, at);
            }
            succeed(work, at)
        }
        Verdict::Success(Answer::Instances(found)) => {
            let named = at.instance.seller_instance_id.clone().unwrap_or_default();
            if found.iter().any(|i| i.instance_id == named) {
                keep_information(work, &mut at.instance, found, secrets)?;
                return succeed(work, at);
            }
            poll_later(work, at)
        }
        Verdict::Processing(_) | Verdict::Success(_) => {
            // 1.0 accepts without a name, and the purchase is repeated until it is done (D-32).
            at.call.state = CallState::Polling;
            at.call.accepted_at = at.call.accepted_at.or(Some(now));
            poll_later(work, at)
        }
        Verdict::Failure(f) if at.call.state == CallState::Polling => {
            // D-22: 000003 means that the seller does not know it yet; other faults are shown and
            // polling goes on until its limit.
            let first = failed_with(&at.call).is_none();
            at.call.exception_code = f.code.to_owned();
            at.call.exception = attempt.exception.clone();
            if first && f.result_code.as_deref() != Some(result_code::UNKNOWN_INSTANCE) {
                tell_seller(work, &at.call, "call-failed")?;
            }
            poll_later(work, at)
        }
        Verdict::Failure(f) => {
            // D-28: these say that the order itself is wrong for the seller.
            let said = f.result_code.as_deref().filter(|code| result_code::tell_operator_at_once(code));
            if said.is_some() && failed_with(&at.call).is_none() {
                let words = in_words(&at.call);
                let told = [words[0], words[1], words[2], ("exception", attempt.exception.as_str())];
                work.tell_operators("call-failed", &told, &format!("/operator/calls/{}", at.call.id))?;
            }
            retry_or_stop(work, at, f.code, &attempt.exception, true)
        }
    }
}

/// The exception with which an earlier attempt of a call failed; being asked for patience (000004) is none.
fn failed_with(call: &SellerCall) -> Option<&str> {
    Some(call.exception_code.as_str()).filter(|code| !code.is_empty() && *code != PROCESSING)
}

/// Writes the job of the next attempt.
fn again_at(work: &mut Work<'_, '_>, at: &Subject, due: Timestamp) -> Result<(), AppError> {
    let task = Task::CallSeller { call_id: at.call.id.clone(), manual: false };
    work.later_in(&at.call.address, &task, due, &at.clock)
}

fn poll_later(work: &mut Work<'_, '_>, at: &mut Subject) -> Result<(), AppError> {
    let now = work.now_by(&at.clock);
    let accepted = at.call.accepted_at.unwrap_or(now);
    match next_poll(accepted, now, work.settings) {
        Some(due) => {
            at.call.next_at = Some(due);
            work.keep_call(&at.call);
            again_at(work, at, due)
        }
        None => stop(work, at, "poll_limit", "the creation was not finished in time"),
    }
}

/// Schedules the next attempt, or ends the call when its schedule is over.
fn retry_or_stop(
    work: &mut Work<'_, '_>,
    at: &mut Subject,
    code: &str,
    text: &str,
    is_failure: bool,
) -> Result<(), AppError> {
    let now = work.now_by(&at.clock);
    let first = at.call.first_attempt_at.unwrap_or(now);
    let first_failure = is_failure && failed_with(&at.call).is_none();
    // Being asked for patience does not make an earlier failure unsaid.
    if is_failure || failed_with(&at.call).is_none() {
        at.call.exception_code = code.to_owned();
        at.call.exception = text.to_owned();
    }
    // Restarts by hand come on top of the schedule.
    let scheduled = at.call.attempts - at.by_hand;
    match next_attempt(at.call.activity, scheduled, first, now, work.settings) {
        Some(due) => {
            at.call.state = CallState::Retrying;
            at.call.next_at = Some(due);
            work.keep_call(&at.call);
            again_at(work, at, due)?;
            // D-40: the first failure, the last one and the recovery are mailed.
            if first_failure {
                tell_seller(work, &at.call, "call-failed")?;
            }
            Ok(())
        }
        None => stop(work, at, code, text),
    }
}

/// Writes a failure down that happened before anything could be sent. `by_hand` attempts of the call
/// were started by hand.
pub(super) fn note_failure(
    work: &mut Work<'_, '_>,
    call: SellerCall,
    by_hand: i64,
    code: &str,
    text: &str,
) -> Result<(), AppError> {
    let clock = work.clock_of(&call.buyer_id)?;
    let instance =
        work.instance(&call.instance_id)?.ok_or_else(|| AppError::Internal("call without instance".into()))?;
    let mut at = Subject { call, instance, clock, by_hand };
    at.call.attempts += 1;
    at.call.first_attempt_at = at.call.first_attempt_at.or(Some(work.now_by(&at.clock)));
    at.call.result_code = String::new();
    retry_or_stop(work, &mut at, code, text, true)
}

/// An attempt could not be made or judged, again and again, by a fault of this program: it counts as
/// a failed one, so that a buyer's money does not wait for ever.
pub(crate) fn attempt_failed_within(work: &mut Work<'_, '_>, call_id: &str) -> Result<(), AppError> {
    let ids = [call_id.to_owned()];
    work.hold_calls(ids.clone())?;
    let Some(call) = work.call(call_id)? else {
        return Ok(());
    };
    if !call.state.is_open() || call.state == CallState::Stopped {
        return Ok(());
    }
    let by_hand = store::deliveries::attempt_counts(work.tx, &ids)?.first().map_or(0, |count| count.manual);
    note_failure(work, call, by_hand, "internal", "the marketplace could not make the call")
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
fn stop(work: &mut Work<'_, '_>, at: &mut Subject, code: &str, text: &str) -> Result<(), AppError> {
    at.call.exception_code = code.to_owned();
    at.call.exception = text.to_owned();
    at.call.next_at = None;
    // A creation that is given up is refunded and cannot be restarted (D-48).
    let creation = at.call.activity == Activity::NewInstance;
    at.call.state = if creation { CallState::Cancelled } else { CallState::Stopped };
    work.keep_call(&at.call);
    tell_seller(work, &at.call, "call-stopped")?;
    work.tell_operators("call-stopped", &in_words(&at.call), &format!("/operator/calls/{}", at.call.id))?;
    if creation {
        give_up_creation(work, at)?;
        if at.instance.seller_instance_id.is_some() {
            // What the seller has begun to open is not wanted any more (seller interface 4.6). The
            // release ends every other call of the instance.
            let because = CallParameters {
                order_id: at.call.order_id.clone(),
                line_id: at.call.line_id.clone(),
                ..CallParameters::default()
            };
            return insert_call(work, &at.instance, Activity::ReleaseInstance, "", &because, &at.clock);
        }
    }
    wake_next(work, &at.call, &at.clock)
}

/// The order is judged failed: everything goes back to the buyer (trade 1.5).
fn give_up_creation(work: &mut Work<'_, '_>, at: &mut Subject) -> Result<(), AppError> {
    let Subject { call, instance, clock, .. } = at;
    let now = work.now_by(clock);
    move_instance(work, instance, InstanceAction::GiveUp, clock, None)?;
    let order_id = call.order_id.clone().unwrap_or_default();
    let Some(mut order) = work.order(&order_id)? else {
        return Err(AppError::Internal("creation without order".into()));
    };
    let decided = order.state.apply(OrderAction::CloseUndelivered, now, work.settings)?;
    order.state = decided.next;
    order.completed_at = Some(now);
    store::ordering::give_trial_back(work.tx, &order.id)?;
    if order.payable.is_positive() {
        ordering::refund_whole(work, &mut order, "system", now, false)?;
    }
    work.keep_order(&order);
    // More than five failed orders of a product in a month: an operator's task (D-41). The count has
    // to see this one.
    work.write_held()?;
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
fn succeed(work: &mut Work<'_, '_>, at: &mut Subject) -> Result<(), AppError> {
    let recovered = failed_with(&at.call).is_some();
    at.call.state = CallState::Succeeded;
    at.call.next_at = None;
    work.keep_call(&at.call);
    match at.call.activity {
        Activity::NewInstance => opened(work, at)?,
        Activity::RefreshInstance => renewed(work, at)?,
        Activity::UpdateInstanceStatus | Activity::ReleaseInstance | Activity::QueryInstance => {}
    }
    if recovered {
        tell_seller(work, &at.call, "call-recovered")?;
    }
    wake_next(work, &at.call, &at.clock)
}

fn opened(work: &mut Work<'_, '_>, at: &mut Subject) -> Result<(), AppError> {
    let Subject { call, instance, clock, .. } = at;
    let now = work.now_by(clock);
    let order_id = call.order_id.clone().unwrap_or_default();
    let mut order = work.order(&order_id)?.ok_or_else(|| AppError::Internal("creation without order".into()))?;
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
        work.count_sale(&order.product_id);
    }
    if instance.access_cipher.is_none() {
        let task = Task::FetchInformation { instance_id: instance.id.clone() };
        work.later_in(&instance.production_address, &task, now, clock)?;
    }
    Ok(())
}

fn renewed(work: &mut Work<'_, '_>, at: &mut Subject) -> Result<(), AppError> {
    let Subject { call, instance, clock, .. } = at;
    let now = work.now_by(clock);
    let parameters: CallParameters = serde_json::from_str(&call.parameters)?;
    let until = Timestamp(parameters.expires.unwrap_or(0));
    let order_id = call.order_id.clone().unwrap_or_default();
    let mut order = work.order(&order_id)?.ok_or_else(|| AppError::Internal("renewal without order".into()))?;
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
    let open = work.open_calls(&call.instance_id)?;
    let waits = |state| matches!(state, CallState::Waiting | CallState::Retrying);
    match open.iter().find(|c| c.seq > call.seq && waits(c.state)) {
        Some(next) => {
            let task = Task::CallSeller { call_id: next.id.clone(), manual: false };
            work.later_in(&next.address, &task, work.now_by(clock), clock)
        }
        None => Ok(()),
    }
}

/// Plans the next question for the access data of an instance (D-22), and tells the seller of the first
/// failure and of the last.
pub(super) fn ask_again(work: &mut Work<'_, '_>, call: &SellerCall, instance: &Instance) -> Result<(), AppError> {
    let clock = work.clock_of(&instance.buyer_id)?;
    let now = work.now_by(&clock);
    let opened = instance.opened_at.unwrap_or(now);
    if call.state == CallState::Failed && store::fulfilment::failed_questions(work.tx, &instance.id)? == 0 {
        tell_seller(work, call, "call-failed")?;
    }
    match next_poll(opened, now, work.settings) {
        Some(due) => {
            let task = Task::FetchInformation { instance_id: instance.id.clone() };
            work.later_in(&instance.production_address, &task, due, &clock)
        }
        None if call.state == CallState::Failed => {
            tell_seller(work, call, "call-stopped")?;
            work.tell_operators("call-stopped", &in_words(call), &format!("/operator/calls/{}", call.id))
        }
        // It answers, and has no access data to tell.
        None => Ok(()),
    }
}

/// Keeps what the seller told about an instance; access data are encrypted.
pub(super) fn keep_information(
    work: &Work<'_, '_>,
    instance: &mut Instance,
    found: &[saas_v2::InstanceInfo],
    secrets: &SecretBox,
) -> Result<bool, AppError> {
    let named = instance.seller_instance_id.clone().unwrap_or_default();
    let Some(info) = found.iter().find(|i| i.instance_id == named) else {
        return Ok(false);
    };
    if let Some(app) = &info.app_info {
        keep_access(instance, app, secrets)?;
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

/// Keeps access data, encrypted.
pub(super) fn keep_access(instance: &mut Instance, app: &AppInfo, secrets: &SecretBox) -> Result<(), AppError> {
    let web = |text: &Option<String>| text.clone().filter(|t| saas_v2::is_web_link(t));
    let plain = json!({
        "front_end_url": app.front_end_url,
        "admin_url": web(&app.admin_url),
        "user_name": app.user_name,
        "password": app.password,
        "memo": app.memo,
    });
    instance.access_cipher = Some(secrets.seal(&plain.to_string()).map_err(AppError::Internal)?);
    Ok(())
}
