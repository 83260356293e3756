//! The workbench of sellers, and catching up with calls that were missed.

use super::{Id, Nothing, Rows};
use crate::change::Change;
use crate::dto::common::{List, Time};
use crate::dto::debugging::{
    CaseOut, CaseResultsOut, CasesIn, CommandOut, DebugIn, NeededCaseOut, RestartedOut, RestartsIn, RunOut, ScenarioOut,
};
use crate::dto::fulfilment::CallOut;
use crate::paging::list_query;
use crate::spec::{Api, Doc};
use app::debugging::DebugWish;
use app::fulfilment::Restarts;
use app::ordering::Side;
use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use store::debugging::CaseFilter;
use store::fulfilment::CallFilter;
use utoipa::IntoParams;
use web_kit::prelude::*;

const GROUP: &str = "selling";

/// Which scenarios.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ScenarioQuery {
    /// Of this generation, e.g. `saas_v2`
    pub generation: Option<String>,
}

list_query! {
    /// Filters of cases.
    CaseQuery {
        /// Of this address
        address: String,
        /// Of this generation, e.g. `saas_v2`
        generation: String,
        /// Of this activity
        activity: String,
        /// `SUCCESS`, `PROCESSING` or `FAILURE`
        verdict: String,
    }
}

/// Which missed calls.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct MissedQuery {
    /// Made at or after this time
    pub from: Option<Time>,
    /// Rows wanted, 1 to 200; 20 unless given
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` or `prev_cursor` of another page
    pub cursor: Option<String>,
}

fn doc(id: &str, summary: &str) -> Doc {
    Doc::new(GROUP, id, summary)
}

pub(crate) fn add(api: Api) -> Api {
    cases(calls(debug(api)))
}

fn debug(api: Api) -> Api {
    api.get(
        "/seller/debug/scenarios",
        scenarios,
        doc("list_debug_scenarios", "What can be debugged, with preset parameters")
            .query::<ScenarioQuery>()
            .lists::<ScenarioOut>(),
    )
    .post(
        "/seller/debug/command",
        command,
        doc("make_debug_command", "The command that sends a debug call; nothing is sent")
            .body::<DebugIn>()
            .changes::<CommandOut>(),
    )
    .post(
        "/seller/debug/runs",
        run,
        doc("run_debug_call", "Send one debug call and judge the answer; at most 30 a minute")
            .body::<DebugIn>()
            .changes::<RunOut>(),
    )
}

fn cases(api: Api) -> Api {
    let id = "Id of the case";
    api.get(
        "/seller/debug/cases",
        list_cases,
        doc("list_debug_cases", "Saved debug cases").query::<CaseQuery>().lists::<CaseOut>(),
    )
    .post(
        "/seller/debug/cases/runs",
        run_cases,
        doc("run_debug_cases", "Run every case of an address again").body::<CasesIn>().changes::<CaseResultsOut>(),
    )
    .delete(
        "/seller/debug/cases/{id}",
        delete_case,
        doc("delete_debug_case", "Remove a case that no product on sale needs").at("id", id).done(),
    )
    .post(
        "/seller/debug/cases/{id}/run",
        run_case,
        doc("run_debug_case", "Run a case again").at("id", id).changes::<RunOut>(),
    )
    .get(
        "/seller/applications/{id}/cases",
        needed_cases,
        doc("list_needed_cases", "The debug cases that the product needs")
            .at("id", "Id of the application")
            .lists::<NeededCaseOut>(),
    )
}

fn calls(api: Api) -> Api {
    api.post(
        "/seller/calls/restarts",
        restart_calls,
        doc("restart_seller_calls", "Try many calls again at once, at most 200")
            .body::<RestartsIn>()
            .changes::<RestartedOut>(),
    )
    .get(
        "/seller/calls/missed",
        missed_calls,
        doc("list_missed_calls", "Calls that have not succeeded, oldest first, to catch up with")
            .query::<MissedQuery>()
            .lists::<CallOut>(),
    )
}

async fn scenarios(call: ApiCaller, ApiQuery(q): ApiQuery<ScenarioQuery>) -> Rows<ScenarioOut> {
    let tabs = call.app().debug_tabs(q.generation.as_deref());
    let form = |tab: app::debugging::Tab| {
        let wish = DebugWish {
            generation: tab.generation.to_owned(),
            activity: tab.activity.to_owned(),
            variant: tab.variant.to_owned(),
            ..DebugWish::default()
        };
        call.app().debug_form(&call.actor, &wish)
    };
    // Whoever may not debug learns so even where there is no scenario.
    call.actor.seller_may(domain::access::Right::AccessDebug)?;
    let forms = tabs.into_iter().map(form).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(List::whole(forms)))
}

async fn command(change: Change) -> ApiResult<Response> {
    let make = |call: ApiCaller, body: DebugIn| async move {
        let command = call.app().debug_command(&call.actor, body.read().0).await?;
        Ok(CommandOut { command })
    };
    change.run_secret(StatusCode::OK, make).await
}

async fn run(change: Change) -> ApiResult<Response> {
    let run = |call: ApiCaller, body: DebugIn| async move {
        let (wish, save) = body.read();
        Ok(RunOut::from(call.app().debug(&call.actor, wish, save, call.language).await?))
    };
    change.run_secret(StatusCode::OK, run).await
}

async fn list_cases(call: ApiCaller, ApiQuery(q): ApiQuery<CaseQuery>) -> Rows<CaseOut> {
    let page = q.page()?;
    let filter = CaseFilter {
        address: q.address,
        generation: q.generation,
        activity: q.activity,
        verdict: q.verdict,
        ..CaseFilter::default()
    };
    Ok(Json(List::of(call.app().debug_cases(&call.actor, filter, page).await?)))
}

async fn run_cases(change: Change) -> ApiResult<Response> {
    let run = |call: ApiCaller, body: CasesIn| async move {
        let results = call.app().run_cases(&call.actor, &body.address, &body.generation, call.language).await?;
        Ok(CaseResultsOut::from(results))
    };
    change.run_secret(StatusCode::OK, run).await
}

async fn run_case(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let run = |call: ApiCaller, _: Nothing| async move {
        Ok(RunOut::from(call.app().run_case(&call.actor, &id, call.language).await?))
    };
    change.run_secret(StatusCode::OK, run).await
}

async fn delete_case(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    change.done(|call: ApiCaller, _: Nothing| async move { call.app().delete_case(&call.actor, &id).await }).await
}

async fn needed_cases(call: ApiCaller, ApiPath(id): Id) -> Rows<NeededCaseOut> {
    let content = call.app().application(&call.actor, &id).await?.application.content;
    Ok(Json(List::whole(call.app().case_gates(&call.actor, &content).await?)))
}

async fn restart_calls(change: Change) -> ApiResult<Response> {
    let restart = |call: ApiCaller, body: RestartsIn| async move {
        let which = match body.ids {
            Some(ids) => Restarts::Ids(ids),
            None => Restarts::Filter(CallFilter {
                state: body.state,
                from: body.from.map(|t| t.0),
                to: body.to.map(|t| t.0),
                ..CallFilter::default()
            }),
        };
        Ok(RestartedOut::from(call.app().restart_calls(&call.actor, Side::Seller, which).await?))
    };
    change.run(StatusCode::OK, restart).await
}

async fn missed_calls(call: ApiCaller, ApiQuery(q): ApiQuery<MissedQuery>) -> Rows<CallOut> {
    let page = crate::paging::page_request(q.limit, q.cursor.as_ref(), Some(true))?;
    Ok(Json(List::of(call.app().missed_calls(&call.actor, q.from.map(|t| t.0), page).await?)))
}
