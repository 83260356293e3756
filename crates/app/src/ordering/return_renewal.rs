//! A renewal whose time has not begun is given back: the money returns, the service ends when it
//! would have ended without it, and the seller is told (trade 1.13.3, seller interface 4.4).

use super::refund_as;
use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::fulfilment::{CallParameters, insert_call, move_instance};
use crate::work::Work;
use domain::access::Right;
use domain::fulfilment::call::{Activity, CallState, Scene};
use domain::fulfilment::instance::InstanceAction;
use domain::ordering::order::{OrderKind, RefundState};
use domain::ordering::refund::{RenewalFacts, renewal_bar};
use domain::time::Timestamp;
use serde_json::json;
use store::fulfilment::{Instance, Viewer};
use store::ordering::{Order, OrderOwner};

/// The newest renewal of a service that was not given back, and when its time begins.
fn last_renewal(tx: &mut store::Tx<'_>, instance: &Instance) -> Result<Option<(Order, CallParameters)>, AppError> {
    let calls = store::fulfilment::calls_about(tx, Some(&instance.id), None)?;
    let renewals = calls.into_iter().rev().filter(|c| {
        c.activity == Activity::RefreshInstance && c.variant == Scene::Renewal.code() && c.state == CallState::Succeeded
    });
    for call in renewals {
        let Some(id) = &call.order_id else { continue };
        let order = store::ordering::load_order(tx, &OrderOwner::Market, id, false)?;
        if let Some(order) = order.filter(|o| o.kind == OrderKind::Renew && o.refund_state == RefundState::None) {
            return Ok(Some((order, serde_json::from_str(&call.parameters)?)));
        }
    }
    Ok(None)
}

fn facts(
    tx: &mut store::Tx<'_>,
    instance: &Instance,
    renewal: &Order,
    parameters: &CallParameters,
    offered: bool,
) -> Result<RenewalFacts, AppError> {
    Ok(RenewalFacts {
        begins: parameters.begins.map(Timestamp),
        is_last: parameters.expires.map(Timestamp) == instance.state.until(),
        state: instance.state,
        no_reason_refund: offered,
        was_free: renewal.payable.is_zero(),
        other_order_open: store::ordering::open_order_of_instance(tx, &instance.id, &renewal.id)?.is_some(),
    })
}

/// The renewal that can be given back now; otherwise the code of the refusal.
pub(crate) fn returnable(
    tx: &mut store::Tx<'_>,
    instance: &Instance,
    purchase: &Order,
    now: Timestamp,
) -> Result<Result<(Order, Timestamp), &'static str>, AppError> {
    let Some((renewal, parameters)) = last_renewal(tx, instance)? else {
        return Ok(Err("refund-no-renewal"));
    };
    let facts = facts(tx, instance, &renewal, &parameters, purchase.line.no_reason_refund)?;
    Ok(match (renewal_bar(&facts, now), facts.begins) {
        (None, Some(begins)) => Ok((renewal, begins)),
        (bar, _) => Err(bar.unwrap_or("refund-no-renewal")),
    })
}

fn give_back(work: &mut Work<'_, '_>, viewer: &Viewer, id: &str) -> Result<Order, AppError> {
    let mut instance = store::fulfilment::load_instance(work.tx, viewer, id, true)?.ok_or(AppError::NotFound)?;
    let purchase = store::ordering::load_order(work.tx, &OrderOwner::Market, &instance.order_id, false)?
        .ok_or_else(|| AppError::Internal("instance without order".into()))?;
    let now = work.now();
    let (found, begins) = returnable(work.tx, &instance, &purchase, now)?.map_err(AppError::Refused)?;
    // Locked now, and looked at again: two people may give it back at once.
    let mut renewal =
        store::ordering::load_order(work.tx, &OrderOwner::Market, &found.id, true)?.ok_or(AppError::NotFound)?;
    let user = work.actor.user_id().unwrap_or_default().to_owned();
    let child_id = refund_as(work, &mut renewal, OrderKind::UnsubscribeRenewal, &user, now, true)?;
    store::ordering::save_order(work.tx, &renewal)?;
    let child = store::ordering::load_order(work.tx, &OrderOwner::Market, &child_id, false)?
        .ok_or_else(|| AppError::Internal("the unsubscription was not written".into()))?;
    let clock = work.clock_of(&instance.buyer_id)?;
    move_instance(work, &mut instance, InstanceAction::Shortened { until: begins }, &clock, None)?;
    // D-23: the seller is told the order of the unsubscription.
    let parameters = CallParameters {
        order_id: Some(child.id.clone()),
        line_id: Some(child.line.line_id.clone()),
        expires: Some(begins.micros()),
        ..CallParameters::default()
    };
    let scene = Scene::UnsubscribeRenewalPeriod.code();
    insert_call(work, &instance, Activity::RefreshInstance, scene, &parameters, &clock)?;
    let detail = json!({"renewal": renewal.id, "until": begins.micros()});
    work.audit(&instance.buyer_id.clone(), "renewal.returned", "instance", &instance.id, &detail);
    let href = format!("/seller/orders/{}", renewal.id);
    work.tell(&instance.seller_id, "order-refunded-seller", 101, &[("order", &renewal.id)], &href)?;
    Ok(child)
}

impl App {
    /// Gives back the last renewal of a service, whose time has not begun; answers the order of the
    /// unsubscription.
    pub async fn return_renewal(&self, actor: &Actor, instance_id: &str) -> Result<Order, AppError> {
        let viewer = Viewer::Buyer(actor.may(Right::OrderPlace)?.organisation_id.clone());
        let id = instance_id.to_owned();
        self.act(actor, move |work| give_back(work, &viewer, &id)).await
    }
}
