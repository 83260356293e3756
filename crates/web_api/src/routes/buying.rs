//! Orders, purchased services, balance and test clock of the caller's organisation.

use super::{Answer, Id, Nothing, Rows};
use crate::change::Change;
use crate::dto::common::{List, OrderKindCode, OrderStateCode, ServiceStateCode, Time, filter};
use crate::dto::fulfilment::{PolicyIn, RefreshedOut, RenewIn, ServiceDetailOut, ServiceOut};
use crate::dto::money::{AdvanceIn, BalanceOut, ClockOut, StatementOut, TopUpIn, TopUpOut};
use crate::dto::operation::OverviewOut;
use crate::dto::ordering::{AgreementOut, OrderDetailOut, OrderOut, PaidOut, PayIn, PlaceOrderIn};
use crate::paging::{PageQuery, PlainQuery, list_query};
use crate::spec::{Api, Doc};
use app::ordering::Side;
use axum::Json;
use axum::http::StatusCode;
use domain::access::Right;
use domain::time::{DAY, HOUR, MINUTE, Timestamp};
use store::fulfilment::InstanceFilter;
use store::ordering::{Order, OrderFilter, Payment};
use web_kit::prelude::*;

const GROUP: &str = "buying";

list_query! {
    /// Filters of orders.
    OrderQuery {
        /// State
        state: OrderStateCode,
        /// Kind
        kind: OrderKindCode,
        /// Order id or its beginning, or a part of a product or company name
        q: String,
        /// Placed at or after this time
        from: Time,
        /// Placed before this time
        to: Time,
        /// Orders of this service
        service_id: String,
    }
}

impl OrderQuery {
    /// The filter and the page.
    pub fn read(self) -> Result<(OrderFilter, PageRequest), AppError> {
        let page = self.page()?;
        let filter = OrderFilter {
            state: filter(&self.state),
            kind: filter(&self.kind),
            text: self.q.filter(|t| !t.is_empty()),
            from: self.from.map(|t| t.0),
            to: self.to.map(|t| t.0),
            instance_id: self.service_id,
            ..OrderFilter::default()
        };
        Ok((filter, page))
    }
}

list_query! {
    /// Filters of services.
    ServiceQuery {
        /// State
        state: ServiceStateCode,
        /// Id, or a part of a name
        q: String,
        /// Services of this product
        product_id: String,
    }
}

impl ServiceQuery {
    /// The filter and the page.
    pub fn read(self) -> Result<(InstanceFilter, PageRequest), AppError> {
        let page = self.page()?;
        let filter = InstanceFilter {
            state: filter(&self.state),
            text: self.q.filter(|t| !t.is_empty()),
            product_id: self.product_id,
            ..InstanceFilter::default()
        };
        Ok((filter, page))
    }
}

fn doc(id: &str, summary: &str) -> Doc {
    Doc::new(GROUP, id, summary)
}

pub(crate) fn add(api: Api) -> Api {
    money(services(orders(api)))
}

fn orders(api: Api) -> Api {
    let order = "Id of the order";
    api.get("/overview", overview, doc("buyer_overview", "Figures of the buyer centre").answers::<OverviewOut>())
        .get(
            "/orders",
            list_orders,
            doc("list_orders", "Orders of the organisation").query::<OrderQuery>().lists::<OrderOut>(),
        )
        .post(
            "/orders",
            place,
            doc("place_order", "Place an order")
                .note("A free or trial order is in delivery at once; anything else waits for payment.")
                .body::<PlaceOrderIn>()
                .creates::<OrderOut>(),
        )
        .get(
            "/orders/{id}",
            get_order,
            doc("get_order", "An order with payments and history").at("id", order).answers::<OrderDetailOut>(),
        )
        .post(
            "/orders/{id}/payments",
            pay,
            doc("pay_order", "Pay an order")
                .note("`BALANCE` pays at once; `BANK_TRANSFER` gives the reference to write on the transfer.")
                .at("id", order)
                .body::<PayIn>()
                .creates::<PaidOut>(),
        )
        .post(
            "/orders/{id}/cancel",
            cancel,
            doc("cancel_order", "Cancel an order that waits for payment").at("id", order).done(),
        )
        .get(
            "/agreements",
            agreements,
            doc("list_agreements", "Agreements that the organisation has signed").lists::<AgreementOut>(),
        )
}

fn services(api: Api) -> Api {
    let service = "Id of the service";
    api.get(
        "/services",
        list_services,
        doc("list_services", "Purchased services").query::<ServiceQuery>().lists::<ServiceOut>(),
    )
    .get(
        "/services/renewable",
        renewable,
        doc("list_renewable_services", "Services that can be renewed now, those that end first on top")
            .query::<PageQuery>()
            .lists::<ServiceOut>(),
    )
    .get(
        "/services/{id}",
        get_service,
        doc("get_service", "A service with access data, orders and renewal prices")
            .at("id", service)
            .answers::<ServiceDetailOut>(),
    )
    .post(
        "/services/{id}/renewals",
        renew,
        doc("renew_service", "Order a renewal, or the conversion of a trial")
            .at("id", service)
            .body::<RenewIn>()
            .creates::<OrderOut>(),
    )
    .put(
        "/services/{id}/expiry-policy",
        set_policy,
        doc("set_expiry_policy", "Choose what happens at the end of the paid time")
            .at("id", service)
            .body::<PolicyIn>()
            .done(),
    )
    .post(
        "/services/{id}/unsubscribe",
        unsubscribe,
        doc("unsubscribe_service", "Unsubscribe within the no-reason days; the money goes back")
            .at("id", service)
            .done(),
    )
    .post(
        "/services/{id}/return-renewal",
        return_renewal,
        doc("return_renewal", "Give back the last renewal, whose time has not begun; the money goes back")
            .at("id", service)
            .creates::<OrderOut>(),
    )
    .post(
        "/services/{id}/release",
        release,
        doc("release_service", "Give up a service that has expired").at("id", service).done(),
    )
    .post(
        "/services/{id}/refresh",
        refresh,
        doc("refresh_service", "Ask the seller for fresh information now").at("id", service).changes::<RefreshedOut>(),
    )
}

fn money(api: Api) -> Api {
    api.get("/balance", balance, doc("get_balance", "The prepaid balance").answers::<BalanceOut>())
        .get(
            "/balance/statement",
            statement,
            doc("list_statement", "Movements of the balance").query::<PlainQuery>().lists::<StatementOut>(),
        )
        .get(
            "/top-ups",
            top_ups,
            doc("list_top_ups", "Top-ups of the balance").query::<PlainQuery>().lists::<TopUpOut>(),
        )
        .post(
            "/top-ups",
            ask_top_up,
            doc("create_top_up", "Ask to add money by bank transfer")
                .note("A sandbox gets its test money at once.")
                .body::<TopUpIn>()
                .creates::<TopUpOut>(),
        )
        .get("/clock", clock, doc("get_clock", "The time of the organisation").answers::<ClockOut>())
        .post(
            "/clock/advance",
            advance,
            doc("advance_clock", "Move the test clock of a sandbox ahead")
                .note("Every timer on the way fires, in its order.")
                .body::<AdvanceIn>()
                .changes::<ClockOut>(),
        )
}

async fn overview(call: ApiCaller) -> Answer<OverviewOut> {
    Ok(Json(call.app().buyer_overview(&call.actor).await?.into()))
}

async fn list_orders(call: ApiCaller, ApiQuery(q): ApiQuery<OrderQuery>) -> Rows<OrderOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().orders(&call.actor, Side::Buyer, filter, page).await?)))
}

async fn place(change: Change) -> ApiResult<Response> {
    let place =
        |call: ApiCaller, body: PlaceOrderIn| async move { call.app().place_order(&call.actor, body.into()).await };
    change.run_shown(StatusCode::CREATED, place, |order| OrderOut::from(order.clone())).await
}

async fn get_order(call: ApiCaller, ApiPath(id): Id) -> Answer<OrderDetailOut> {
    Ok(Json(call.app().order(&call.actor, Side::Buyer, &id).await?.into()))
}

async fn pay(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let pay =
        |call: ApiCaller, body: PayIn| async move { call.app().pay_order(&call.actor, &id, body.provider.0).await };
    let show =
        |(order, payment): &(Order, Payment)| PaidOut { order: order.clone().into(), payment: payment.clone().into() };
    change.run_shown(StatusCode::CREATED, pay, show).await
}

async fn cancel(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    change.done(|call, _: Nothing| async move { call.app().cancel_order(&call.actor, &id).await }).await
}

async fn agreements(call: ApiCaller) -> Rows<AgreementOut> {
    Ok(Json(List::whole(call.app().agreements(&call.actor).await?)))
}

async fn list_services(call: ApiCaller, ApiQuery(q): ApiQuery<ServiceQuery>) -> Rows<ServiceOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().instances(&call.actor, Side::Buyer, filter, page).await?)))
}

async fn renewable(call: ApiCaller, ApiQuery(q): ApiQuery<PageQuery>) -> Rows<ServiceOut> {
    Ok(Json(List::of(call.app().renewable(&call.actor, q.page()?).await?)))
}

async fn get_service(call: ApiCaller, ApiPath(id): Id) -> Answer<ServiceDetailOut> {
    Ok(Json(call.app().instance(&call.actor, Side::Buyer, &id).await?.into()))
}

async fn renew(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let renew = |call: ApiCaller, body: RenewIn| async move {
        let order = call.app().renew(&call.actor, &id, body.period.0, body.periods).await?;
        Ok(OrderOut::from(order))
    };
    change.run(StatusCode::CREATED, renew).await
}

async fn set_policy(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let set = |call: ApiCaller, body: PolicyIn| async move {
        call.app().set_expiry_policy(&call.actor, &id, body.policy.0).await
    };
    change.done(set).await
}

async fn unsubscribe(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    change.done(|call, _: Nothing| async move { call.app().unsubscribe(&call.actor, &id).await }).await
}

async fn return_renewal(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let give_back = |call: ApiCaller, _: Nothing| async move {
        Ok(OrderOut::from(call.app().return_renewal(&call.actor, &id).await?))
    };
    change.run(StatusCode::CREATED, give_back).await
}

async fn release(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    change.done(|call, _: Nothing| async move { call.app().release(&call.actor, &id).await }).await
}

async fn refresh(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let refresh = |call: ApiCaller, _: Nothing| async move {
        let changed = call.app().refresh_information(&call.actor, &id).await?;
        Ok(RefreshedOut { changed })
    };
    change.run(StatusCode::OK, refresh).await
}

async fn balance(call: ApiCaller) -> Answer<BalanceOut> {
    let balance = call.app().balance(&call.actor).await?.into();
    Ok(Json(BalanceOut { balance }))
}

async fn statement(call: ApiCaller, ApiQuery(q): ApiQuery<PlainQuery>) -> Rows<StatementOut> {
    Ok(Json(List::of(call.app().balance_statement(&call.actor, q.page()?).await?)))
}

async fn top_ups(call: ApiCaller, ApiQuery(q): ApiQuery<PlainQuery>) -> Rows<TopUpOut> {
    Ok(Json(List::of(call.app().top_ups(&call.actor, q.page()?).await?)))
}

async fn ask_top_up(change: Change) -> ApiResult<Response> {
    let ask = |call: ApiCaller, body: TopUpIn| async move {
        let amount = body.amount.read("amount")?;
        call.app().ask_top_up(&call.actor, amount).await.map(TopUpOut::from)
    };
    change.run(StatusCode::CREATED, ask).await
}

async fn clock(call: ApiCaller) -> Answer<ClockOut> {
    let member = call.actor.member()?;
    let sandbox = member.sandbox;
    let next = match sandbox && member.has(Right::OrderView) {
        true => call.app().next_clock_event(&call.actor).await?,
        false => None,
    };
    Ok(Json(ClockOut { now: Time(call.app().organisation_now(&call.actor)), sandbox, next_event_at: next.map(Time) }))
}

/// Clock of a sandbox that has just been moved to `now`; those who may order see its timers.
async fn moved(call: &ApiCaller, now: Timestamp) -> Result<ClockOut, AppError> {
    // Who calls carries the offset from before the move, so the timers are looked for anew.
    let next = match &call.actor {
        Actor::Member(member) if member.has(Right::OrderView) => {
            let mut member = member.clone();
            member.clock_offset = now.since(call.app().now());
            call.app().next_clock_event(&Actor::Member(member)).await?
        }
        _ => None,
    };
    Ok(ClockOut { now: Time(now), sandbox: true, next_event_at: next.map(Time) })
}

/// How far; an overflow is out of every range.
pub(crate) fn micros(by: &AdvanceIn) -> Option<i64> {
    let days = by.days.checked_mul(DAY)?;
    let hours = by.hours.checked_mul(HOUR)?;
    days.checked_add(hours)?.checked_add(by.minutes.checked_mul(MINUTE)?)
}

async fn advance(change: Change) -> ApiResult<Response> {
    let advance = |call: ApiCaller, body: AdvanceIn| async move {
        let by = micros(&body).ok_or_else(|| AppError::field("days", "out-of-range"))?;
        let now = call.app().advance_clock(&call.actor, by).await?;
        moved(&call, now).await
    };
    change.run(StatusCode::OK, advance).await
}
