//! What sellers and operators see of calls, and restarting one by hand.

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::jobs::Task;
use crate::ordering::Side;
use crate::work::Work;
use domain::access::{OperatorRight, Right};
use domain::fulfilment::call::CallState;
use domain::time::Timestamp;
use serde_json::json;
use store::audit::PLATFORM_CHAIN;
use store::deliveries::OpenCall;
use store::fulfilment::{Attempt, CallFilter, SellerCall, Viewer};
use store::listing::{PageRequest, Paged};

/// Most calls that are restarted at once.
pub const RESTARTS: usize = 200;

/// Which calls are to be restarted.
#[derive(Debug, Clone)]
pub enum Restarts {
    /// These.
    Ids(Vec<String>),
    /// What the filter finds of those that have stopped or wait for another attempt, the oldest
    /// [`RESTARTS`].
    Filter(CallFilter),
}

/// What came of restarting many calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restarted {
    /// Ids of the calls that began again.
    pub restarted: Vec<String>,
    /// Ids of those that did not, each with its code.
    pub refused: Vec<(String, String)>,
}

enum Chosen {
    Ids(Vec<String>),
    Filter(CallFilter),
}

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
        let viewer = restarter(actor, side)?;
        let id = id.to_owned();
        self.act(actor, move |work| restart(work, &viewer, side, &id)).await
    }

    /// Restarts many calls by hand, the oldest first, each for itself: how many began again and how many
    /// did not, with the code that refused them. At most [`RESTARTS`] calls.
    pub async fn restart_calls(&self, actor: &Actor, side: Side, which: Restarts) -> Result<Restarted, AppError> {
        let viewer = restarter(actor, side)?;
        let only = side.narrowed_to(actor);
        let chosen = match which {
            Restarts::Ids(ids) if ids.len() > RESTARTS => return Err(AppError::field("ids", "too-many")),
            Restarts::Ids(ids) => Chosen::Ids(ids),
            Restarts::Filter(filter) => Chosen::Filter(CallFilter { restartable: true, products: only, ..filter }),
        };
        // One operation that notes what is asked for, so that a repetition with the same key is known.
        let ids = self
            .act(actor, move |work| {
                let ids = match &chosen {
                    Chosen::Ids(ids) => ids.clone(),
                    Chosen::Filter(filter) => {
                        let most = i64::try_from(RESTARTS).unwrap_or(i64::MAX);
                        let page = PageRequest { cursor: None, limit: most, oldest_first: true };
                        let found = store::fulfilment::list_calls(work.tx, &viewer, filter, &page)?;
                        found.items.into_iter().map(|call| call.id).collect()
                    }
                };
                let chain = match &viewer {
                    Viewer::Seller(id) | Viewer::Buyer(id) => id.clone(),
                    Viewer::Market => PLATFORM_CHAIN.to_owned(),
                };
                work.audit(&chain, "calls.restarted", "call", "", &json!({"count": ids.len()}));
                Ok(ids)
            })
            .await?;
        let mut done = Restarted::default();
        for id in ids {
            match self.restart_call(actor, side, &id).await {
                Ok(()) => done.restarted.push(id),
                Err(error @ (AppError::Refused(_) | AppError::NotFound | AppError::Stale)) => {
                    done.refused.push((id, error.code().to_owned()));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Calls of one's own server that have not succeeded, questions for information aside: what a
    /// seller has missed and can catch up with.
    pub async fn missed_calls(
        &self,
        actor: &Actor,
        from: Option<Timestamp>,
        page: PageRequest,
    ) -> Result<Paged<SellerCall>, AppError> {
        let filter = CallFilter { missed: true, from, ..CallFilter::default() };
        self.calls(actor, Side::Seller, filter, PageRequest { oldest_first: true, ..page }).await
    }
}

fn restart(work: &mut Work<'_, '_>, viewer: &Viewer, side: Side, id: &str) -> Result<(), AppError> {
    let mut call = store::fulfilment::load_call(work.tx, viewer, id, true)?.ok_or(AppError::NotFound)?;
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
}

fn restarter(actor: &Actor, side: Side) -> Result<Viewer, AppError> {
    match side {
        Side::Seller => Ok(Viewer::Seller(actor.seller_may(Right::AccessDebug)?.organisation_id.clone())),
        Side::Market => {
            actor.operator_may(OperatorRight::RunJobs)?;
            Ok(Viewer::Market)
        }
        Side::Buyer => Err(AppError::Forbidden("sellers only")),
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
