//! What sellers and operators see of calls, and restarting one by hand.

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::jobs::Task;
use crate::ordering::Side;
use domain::access::{OperatorRight, Right};
use domain::fulfilment::call::CallState;
use serde_json::json;
use store::audit::PLATFORM_CHAIN;
use store::deliveries::OpenCall;
use store::fulfilment::{Attempt, CallFilter, SellerCall, Viewer};
use store::listing::{PageRequest, Paged};

impl App {
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
            if !call.state.is_open() {
                return Err(AppError::Refused("call-not-restartable"));
            }
            let before = |c: &OpenCall| c.seq < call.seq && c.state.is_open() && c.state != CallState::Stopped;
            if work.open_calls(&call.instance_id)?.iter().any(before) {
                return Err(AppError::Refused("call-waits-behind"));
            }
            if store::jobs::manual_waits(work.tx, &call.id)? {
                return Err(AppError::Refused("call-restart-waits"));
            }
            if call.state == CallState::Stopped {
                call.state = CallState::Retrying;
            }
            let clock = work.clock_of(&call.buyer_id)?;
            call.next_at = Some(work.now_by(&clock));
            store::fulfilment::save_call(work.tx, &call)?;
            let task = Task::CallSeller { call_id: call.id.clone(), manual: true };
            work.later_in(&call.address, &task, work.now_by(&clock), &clock)?;
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
