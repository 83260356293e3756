//! What operators see and do of orders, money, services and calls.

use super::buying::{OrderQuery, ServiceQuery};
use super::selling::CallQuery;
use super::{Answer, Id, Nothing, Rows};
use crate::change::Change;
use crate::dto::common::{List, PaymentStateCode, TopUpStateCode, filter};
use crate::dto::fulfilment::{CallDetailOut, CallOut, ServiceDetailOut, ServiceOut, ViolationIn};
use crate::dto::money::{ArrivedIn, JournalOut, MoneyDecisionOut, RecountOut, TopUpOut};
use crate::dto::operation::DiagnosisOut;
use crate::dto::ordering::{OrderDetailOut, OrderOut, PaymentOut};
use crate::paging::list_query;
use crate::spec::{Api, Doc};
use app::ordering::Side;
use axum::Json;
use axum::http::StatusCode;
use domain::ledger::Book;
use web_kit::prelude::*;

const GROUP: &str = "operation";

list_query! {
    /// Filters of payments.
    PaymentQuery {
        /// State
        state: PaymentStateCode,
        /// `true`: test payments of sandboxes instead of real ones
        sandbox: bool,
    }
}

list_query! {
    /// Filters of top-ups.
    TopUpQuery {
        /// State
        state: TopUpStateCode,
    }
}

list_query! {
    /// Filters of the journal.
    JournalQuery {
        /// About this order
        order_id: String,
    }
}

/// The book that an operator looks at: real money unless he asks for the test money.
fn book_of(sandbox: Option<bool>) -> Book {
    if sandbox == Some(true) { Book::Sandbox } else { Book::Real }
}

fn doc(id: &str, summary: &str) -> Doc {
    Doc::new(GROUP, id, summary)
}

pub(crate) fn add(api: Api) -> Api {
    money(delivery(orders(api)))
}

fn orders(api: Api) -> Api {
    let order = "Id of the order";
    api.get(
        "/operator/orders",
        list_orders,
        doc("list_any_orders", "Orders of everybody").query::<OrderQuery>().lists::<OrderOut>(),
    )
    .get(
        "/operator/orders/{id}",
        get_order,
        doc("get_any_order", "An order with payments and history").at("id", order).answers::<OrderDetailOut>(),
    )
    .get(
        "/operator/orders/{id}/diagnosis",
        diagnose,
        doc("diagnose_order", "Why an order does not go on, and the safe next action")
            .at("id", order)
            .answers::<DiagnosisOut>(),
    )
}

fn delivery(api: Api) -> Api {
    let (service, call) = ("Id of the service", "Id of the call");
    api.get(
        "/operator/services",
        list_services,
        doc("list_any_services", "Services of everybody").query::<ServiceQuery>().lists::<ServiceOut>(),
    )
    .get(
        "/operator/services/{id}",
        get_service,
        doc("get_any_service", "A service with its calls").at("id", service).answers::<ServiceDetailOut>(),
    )
    .post(
        "/operator/services/{id}/violation",
        violation,
        doc("freeze_service", "Freeze a service for a violation, or lift it")
            .at("id", service)
            .body::<ViolationIn>()
            .done(),
    )
    .get(
        "/operator/calls",
        list_calls,
        doc("list_any_calls", "Calls to sellers' servers").query::<CallQuery>().lists::<CallOut>(),
    )
    .get(
        "/operator/calls/{id}",
        get_call,
        doc("get_any_call", "A call with its attempts").at("id", call).answers::<CallDetailOut>(),
    )
    .post(
        "/operator/calls/{id}/restart",
        restart_call,
        doc("restart_any_call", "Try a call again at once").at("id", call).done(),
    )
}

fn money(api: Api) -> Api {
    api.get(
        "/operator/payments",
        payments,
        doc("list_payments", "Payments").query::<PaymentQuery>().lists::<PaymentOut>(),
    )
    .post(
        "/operator/payments/{id}/decision",
        decide_payment,
        doc("decide_payment", "Confirm or refuse that a bank transfer has arrived; a second person enters it")
            .note("Money for an order that cannot be paid any more is added to the buyer's balance (`CREDITED`).")
            .at("id", "Id of the payment")
            .body::<ArrivedIn>()
            .changes::<MoneyDecisionOut>(),
    )
    .get(
        "/operator/top-ups",
        top_ups,
        doc("list_any_top_ups", "Top-ups of everybody").query::<TopUpQuery>().lists::<TopUpOut>(),
    )
    .post(
        "/operator/top-ups/{id}/decision",
        decide_top_up,
        doc("decide_top_up", "Confirm or refuse that the money of a top-up has arrived; a second person enters it")
            .at("id", "Id of the top-up")
            .body::<ArrivedIn>()
            .changes::<MoneyDecisionOut>(),
    )
    .get(
        "/operator/journal",
        journal,
        doc("list_journal", "The journal of the ledger").query::<JournalQuery>().lists::<JournalOut>(),
    )
    .get(
        "/operator/journal/recount",
        recount,
        doc("recount", "Count the whole ledger again").answers::<RecountOut>(),
    )
}

async fn list_orders(call: ApiCaller, ApiQuery(q): ApiQuery<OrderQuery>) -> Rows<OrderOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().orders(&call.actor, Side::Market, filter, page).await?)))
}

async fn get_order(call: ApiCaller, ApiPath(id): Id) -> Answer<OrderDetailOut> {
    Ok(Json(call.app().order(&call.actor, Side::Market, &id).await?.into()))
}

async fn diagnose(call: ApiCaller, ApiPath(id): Id) -> Answer<DiagnosisOut> {
    Ok(Json(call.app().why_stuck(&call.actor, &id).await?.into()))
}

async fn list_services(call: ApiCaller, ApiQuery(q): ApiQuery<ServiceQuery>) -> Rows<ServiceOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().instances(&call.actor, Side::Market, filter, page).await?)))
}

async fn get_service(call: ApiCaller, ApiPath(id): Id) -> Answer<ServiceDetailOut> {
    Ok(Json(call.app().instance(&call.actor, Side::Market, &id).await?.into()))
}

async fn violation(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let act = |call: ApiCaller, body: ViolationIn| async move {
        call.app().freeze_for_violation(&call.actor, &id, body.freeze, &body.reason).await
    };
    change.done(act).await
}

async fn list_calls(call: ApiCaller, ApiQuery(q): ApiQuery<CallQuery>) -> Rows<CallOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().calls(&call.actor, Side::Market, filter, page).await?)))
}

async fn get_call(call: ApiCaller, ApiPath(id): Id) -> Answer<CallDetailOut> {
    Ok(Json(call.app().call(&call.actor, Side::Market, &id).await?.into()))
}

async fn restart_call(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let restart =
        |call: ApiCaller, _: Nothing| async move { call.app().restart_call(&call.actor, Side::Market, &id).await };
    change.done(restart).await
}

async fn payments(call: ApiCaller, ApiQuery(q): ApiQuery<PaymentQuery>) -> Rows<PaymentOut> {
    let page = q.page()?;
    Ok(Json(List::of(call.app().payments(&call.actor, book_of(q.sandbox), filter(&q.state), page).await?)))
}

async fn decide_payment(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let decide = |call: ApiCaller, body: ArrivedIn| async move {
        Ok(MoneyDecisionOut::from(call.app().decide_payment(&call.actor, &id, body).await?))
    };
    change.run(StatusCode::OK, decide).await
}

async fn top_ups(call: ApiCaller, ApiQuery(q): ApiQuery<TopUpQuery>) -> Rows<TopUpOut> {
    let page = q.page()?;
    Ok(Json(List::of(call.app().all_top_ups(&call.actor, filter(&q.state), page).await?)))
}

async fn decide_top_up(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let decide = |call: ApiCaller, body: ArrivedIn| async move {
        Ok(MoneyDecisionOut::from(call.app().decide_top_up(&call.actor, &id, body).await?))
    };
    change.run(StatusCode::OK, decide).await
}

async fn journal(call: ApiCaller, ApiQuery(q): ApiQuery<JournalQuery>) -> Rows<JournalOut> {
    let page = q.page()?;
    Ok(Json(List::of(call.app().journal(&call.actor, q.order_id, page).await?)))
}

async fn recount(call: ApiCaller) -> Answer<RecountOut> {
    Ok(Json(call.app().recount(&call.actor).await?.into()))
}
