//! What a seller does: products, applications, orders, calls, keys, income.

use super::buying::{OrderQuery, ServiceQuery};
use super::{Answer, Id, Nothing, Rows};
use crate::change::Change;
use crate::dto::account::{EnableIn, KeyOut, KeyValueOut};
use crate::dto::catalogue::{
    ApplicationBegun, ApplicationDetailOut, ApplicationOut, DraftIn, NewProductIn, OwnProductDetailOut, OwnProductOut,
    PictureOut, ReasonIn, VersionOut, picture,
};
use crate::dto::common::{
    ActivityCode, ApplicationKindCode, ApplicationStateCode, CallStateCode, List, ProductStateCode, Time, filter,
};
use crate::dto::fulfilment::{CallDetailOut, CallOut, ServiceDetailOut, ServiceOut};
use crate::dto::money::{BalanceOut, StatementOut};
use crate::dto::operation::OverviewOut;
use crate::dto::ordering::{OrderDetailOut, OrderOut};
use crate::paging::{PlainQuery, list_query};
use crate::spec::{Api, Doc};
use app::ordering::Side;
use axum::Json;
use axum::http::StatusCode;
use domain::catalogue::content::ProductContent;
use serde::Deserialize;
use store::catalogue::{ApplicationFilter, ProductFilter};
use store::fulfilment::CallFilter;
use utoipa::IntoParams;
use web_kit::prelude::*;

const GROUP: &str = "selling";

list_query! {
    /// Filters of products.
    OwnProductQuery {
        /// State
        state: ProductStateCode,
        /// Id, or a part of a name
        q: String,
        /// Seller; for operators
        organisation_id: String,
    }
}

impl OwnProductQuery {
    /// The filter and the page.
    pub fn read(self) -> Result<(ProductFilter, PageRequest), AppError> {
        let page = self.page()?;
        let filter = ProductFilter {
            organisation_id: self.organisation_id,
            state: filter(&self.state),
            text: self.q.filter(|t| !t.is_empty()),
            ..ProductFilter::default()
        };
        Ok((filter, page))
    }
}

list_query! {
    /// Filters of applications.
    ApplicationQuery {
        /// State
        state: ApplicationStateCode,
        /// Kind
        kind: ApplicationKindCode,
        /// Id, or a part of a name
        q: String,
        /// Seller; for operators
        organisation_id: String,
    }
}

impl ApplicationQuery {
    /// The filter and the page.
    pub fn read(self) -> Result<(ApplicationFilter, PageRequest), AppError> {
        let page = self.page()?;
        let filter = ApplicationFilter {
            organisation_id: self.organisation_id,
            state: filter(&self.state),
            kind: filter(&self.kind),
            text: self.q.filter(|t| !t.is_empty()),
            ..ApplicationFilter::default()
        };
        Ok((filter, page))
    }
}

list_query! {
    /// Filters of calls.
    CallQuery {
        /// State
        state: CallStateCode,
        /// What was asked
        activity: ActivityCode,
        /// About this order
        order_id: String,
        /// About this service
        service_id: String,
        /// Of this seller; for operators
        seller_id: String,
        /// Made at or after this time
        from: Time,
        /// Made before this time
        to: Time,
    }
}

impl CallQuery {
    /// The filter and the page.
    pub fn read(self) -> Result<(CallFilter, PageRequest), AppError> {
        let page = self.page()?;
        let filter = CallFilter {
            state: filter(&self.state),
            activity: filter(&self.activity),
            order_id: self.order_id,
            instance_id: self.service_id,
            seller_id: self.seller_id,
            from: self.from.map(|t| t.0),
            to: self.to.map(|t| t.0),
            ..CallFilter::default()
        };
        Ok((filter, page))
    }
}

/// Query of an upload.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// Name of the file, for people
    pub name: Option<String>,
}

fn doc(id: &str, summary: &str) -> Doc {
    Doc::new(GROUP, id, summary)
}

pub(crate) fn add(api: Api) -> Api {
    keys_and_income(trade(applications(products(api))))
}

fn products(api: Api) -> Api {
    let id = "Id of the product";
    api.get(
        "/seller/overview",
        overview,
        doc("seller_overview", "Figures of the seller centre").answers::<OverviewOut>(),
    )
    .get(
        "/seller/products",
        list_products,
        doc("list_own_products", "Products of the organisation").query::<OwnProductQuery>().lists::<OwnProductOut>(),
    )
    .post(
        "/seller/products",
        create_product,
        doc("create_product", "Begin a new product: a draft application for its release")
            .body::<NewProductIn>()
            .creates::<ApplicationBegun>(),
    )
    .get(
        "/seller/products/{id}",
        get_product,
        doc("get_own_product", "A product with its content and versions").at("id", id).answers::<OwnProductDetailOut>(),
    )
    .post(
        "/seller/products/{id}/modifications",
        begin_modification,
        doc("begin_modification", "Begin a modification, or find the open application")
            .at("id", id)
            .creates::<ApplicationBegun>(),
    )
    .post(
        "/seller/products/{id}/delist",
        ask_delist,
        doc("ask_delist", "Ask to take a product off sale").at("id", id).body::<ReasonIn>().done(),
    )
    .post(
        "/seller/pictures",
        upload,
        doc("upload_picture", "Store a picture; the body is its bytes")
            .note("PNG, JPEG, GIF or WebP, up to 5 MiB. What it is is read from its bytes.")
            .query::<UploadQuery>()
            .picture_body()
            .creates::<PictureOut>(),
    )
}

fn applications(api: Api) -> Api {
    let id = "Id of the application";
    api.get(
        "/seller/applications",
        list_applications,
        doc("list_own_applications", "Applications of the organisation")
            .query::<ApplicationQuery>()
            .lists::<ApplicationOut>(),
    )
    .get(
        "/seller/applications/{id}",
        get_application,
        doc("get_own_application", "An application with its content and its faults")
            .at("id", id)
            .answers::<ApplicationDetailOut>(),
    )
    .put(
        "/seller/applications/{id}",
        save_draft,
        doc("save_draft", "Save a draft, however incomplete").at("id", id).body::<DraftIn>().done(),
    )
    .delete(
        "/seller/applications/{id}",
        delete_application,
        doc("delete_application", "Throw a draft away").at("id", id).done(),
    )
    .post(
        "/seller/applications/{id}/submit",
        submit,
        doc("submit_application", "Hand an application in").at("id", id).done(),
    )
    .post(
        "/seller/applications/{id}/withdraw",
        withdraw,
        doc("withdraw_application", "Take an application back before it is decided").at("id", id).done(),
    )
}

fn trade(api: Api) -> Api {
    api.get(
        "/seller/orders",
        list_orders,
        doc("list_seller_orders", "Orders of one's products").query::<OrderQuery>().lists::<OrderOut>(),
    )
    .get(
        "/seller/orders/{id}",
        get_order,
        doc("get_seller_order", "An order of one's product").at("id", "Id of the order").answers::<OrderDetailOut>(),
    )
    .get(
        "/seller/services",
        list_services,
        doc("list_seller_services", "Services that customers have").query::<ServiceQuery>().lists::<ServiceOut>(),
    )
    .get(
        "/seller/services/{id}",
        get_service,
        doc("get_seller_service", "A customer's service with its calls")
            .at("id", "Id of the service")
            .answers::<ServiceDetailOut>(),
    )
    .get(
        "/seller/calls",
        list_calls,
        doc("list_seller_calls", "Calls to one's server").query::<CallQuery>().lists::<CallOut>(),
    )
    .get(
        "/seller/calls/{id}",
        get_call,
        doc("get_seller_call", "A call with its attempts").at("id", "Id of the call").answers::<CallDetailOut>(),
    )
    .post(
        "/seller/calls/{id}/restart",
        restart_call,
        doc("restart_seller_call", "Try a call again at once").at("id", "Id of the call").done(),
    )
}

fn keys_and_income(api: Api) -> Api {
    let id = "Id of the key";
    api.get("/seller/keys", keys, doc("list_keys", "Access keys, without their values").lists::<KeyOut>())
        .post(
            "/seller/keys",
            add_key,
            doc("create_key", "Add an access key, shown once; a further one signs nothing before you choose it")
                .creates::<KeyValueOut>(),
        )
        .put(
            "/seller/keys/{id}",
            enable_key,
            doc("enable_key", "Switch an access key on or off").at("id", id).body::<EnableIn>().done(),
        )
        .post(
            "/seller/keys/{id}/sign",
            sign_with_key,
            doc("sign_with_key", "Sign requests with this key from now on; answers may carry any key that is on")
                .at("id", id)
                .done(),
        )
        .post(
            "/seller/keys/{id}/reveal",
            reveal_key,
            doc("reveal_key", "Show the value of an access key; audited").at("id", id).changes::<KeyValueOut>(),
        )
        .get(
            "/seller/income",
            income,
            doc("get_income", "What was earned and not yet paid out").answers::<BalanceOut>(),
        )
        .get(
            "/seller/income/statement",
            income_statement,
            doc("list_income", "Movements of the seller's account").query::<PlainQuery>().lists::<StatementOut>(),
        )
}

async fn overview(call: ApiCaller) -> Answer<OverviewOut> {
    Ok(Json(call.app().seller_overview(&call.actor).await?.into()))
}

async fn list_products(call: ApiCaller, ApiQuery(q): ApiQuery<OwnProductQuery>) -> Rows<OwnProductOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().own_products(&call.actor, filter, page).await?)))
}

async fn create_product(change: Change) -> ApiResult<Response> {
    let create = |call: ApiCaller, body: NewProductIn| async move {
        let content = ProductContent::try_from(body.content)?;
        let application_id = call.app().create_product(&call.actor, content).await?;
        Ok(ApplicationBegun { application_id })
    };
    change.run(StatusCode::CREATED, create).await
}

async fn get_product(call: ApiCaller, ApiPath(id): Id) -> Answer<OwnProductDetailOut> {
    let (product, open, versions) = call.app().own_product(&call.actor, &id).await?;
    Ok(Json(OwnProductDetailOut {
        content: product.content.clone().into(),
        product: product.into(),
        open_application_id: open.map(|a| a.id),
        versions: versions.into_iter().map(VersionOut::from).collect(),
    }))
}

async fn begin_modification(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let begin = |call: ApiCaller, _: Nothing| async move {
        let application_id = call.app().begin_modification(&call.actor, &id).await?;
        Ok(ApplicationBegun { application_id })
    };
    change.run(StatusCode::CREATED, begin).await
}

async fn ask_delist(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let ask =
        |call: ApiCaller, body: ReasonIn| async move { call.app().ask_delist(&call.actor, &id, &body.reason).await };
    change.done(ask).await
}

async fn upload(ApiQuery(q): ApiQuery<UploadQuery>, change: Change) -> ApiResult<Response> {
    let store = |call: ApiCaller, bytes: axum::body::Bytes| async move {
        let name = q.name.unwrap_or_default();
        let id = call.app().store_picture(&call.actor, &name, bytes.to_vec()).await?;
        Ok(PictureOut { href: picture(&id), id })
    };
    change.run_bytes(StatusCode::CREATED, store).await
}

async fn list_applications(call: ApiCaller, ApiQuery(q): ApiQuery<ApplicationQuery>) -> Rows<ApplicationOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().own_applications(&call.actor, filter, page).await?)))
}

async fn get_application(call: ApiCaller, ApiPath(id): Id) -> Answer<ApplicationDetailOut> {
    Ok(Json(call.app().application(&call.actor, &id).await?.into()))
}

async fn save_draft(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let save = |call: ApiCaller, body: DraftIn| async move {
        let content = ProductContent::try_from(body.content)?;
        call.app().save_draft(&call.actor, &id, content, body.revision).await
    };
    change.done(save).await
}

async fn delete_application(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let delete =
        |call: ApiCaller, _: Nothing| async move { call.app().withdraw_application(&call.actor, &id, true).await };
    change.done(delete).await
}

async fn submit(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let submit = |call: ApiCaller, _: Nothing| async move { call.app().submit_application(&call.actor, &id).await };
    change.done(submit).await
}

async fn withdraw(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let withdraw =
        |call: ApiCaller, _: Nothing| async move { call.app().withdraw_application(&call.actor, &id, false).await };
    change.done(withdraw).await
}

async fn list_orders(call: ApiCaller, ApiQuery(q): ApiQuery<OrderQuery>) -> Rows<OrderOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().orders(&call.actor, Side::Seller, filter, page).await?)))
}

async fn get_order(call: ApiCaller, ApiPath(id): Id) -> Answer<OrderDetailOut> {
    Ok(Json(call.app().order(&call.actor, Side::Seller, &id).await?.into()))
}

async fn list_services(call: ApiCaller, ApiQuery(q): ApiQuery<ServiceQuery>) -> Rows<ServiceOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().instances(&call.actor, Side::Seller, filter, page).await?)))
}

async fn get_service(call: ApiCaller, ApiPath(id): Id) -> Answer<ServiceDetailOut> {
    Ok(Json(call.app().instance(&call.actor, Side::Seller, &id).await?.into()))
}

async fn list_calls(call: ApiCaller, ApiQuery(q): ApiQuery<CallQuery>) -> Rows<CallOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().calls(&call.actor, Side::Seller, filter, page).await?)))
}

async fn get_call(call: ApiCaller, ApiPath(id): Id) -> Answer<CallDetailOut> {
    Ok(Json(call.app().call(&call.actor, Side::Seller, &id).await?.into()))
}

async fn restart_call(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let restart =
        |call: ApiCaller, _: Nothing| async move { call.app().restart_call(&call.actor, Side::Seller, &id).await };
    change.done(restart).await
}

async fn keys(call: ApiCaller) -> Rows<KeyOut> {
    Ok(Json(List::whole(call.app().access_keys(&call.actor).await?)))
}

async fn add_key(change: Change) -> ApiResult<Response> {
    let add = |call: ApiCaller, _: Nothing| async move {
        let value = call.app().add_access_key(&call.actor).await?;
        Ok(KeyValueOut { value })
    };
    change.run_secret(StatusCode::CREATED, add).await
}

async fn enable_key(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let enable = |call: ApiCaller, body: EnableIn| async move {
        call.app().enable_access_key(&call.actor, &id, body.enabled).await
    };
    change.done(enable).await
}

async fn sign_with_key(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let sign = |call: ApiCaller, _: Nothing| async move { call.app().sign_with_access_key(&call.actor, &id).await };
    change.done(sign).await
}

async fn reveal_key(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let reveal = |call: ApiCaller, _: Nothing| async move {
        let value = call.app().reveal_access_key(&call.actor, &id).await?;
        Ok(KeyValueOut { value })
    };
    change.run_secret(StatusCode::OK, reveal).await
}

async fn income(call: ApiCaller) -> Answer<BalanceOut> {
    let balance = call.app().income(&call.actor).await?.into();
    Ok(Json(BalanceOut { balance }))
}

async fn income_statement(call: ApiCaller, ApiQuery(q): ApiQuery<PlainQuery>) -> Rows<StatementOut> {
    Ok(Json(List::of(call.app().income_statement(&call.actor, q.page()?).await?)))
}
