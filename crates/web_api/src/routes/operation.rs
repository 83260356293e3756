//! What operators do with organisations, products, parameters, jobs and other operators.

use super::selling::{ApplicationQuery, OwnProductQuery};
use super::{Answer, Id, Nothing, Rows};
use crate::change::Change;
use crate::dto::account::{NewOperatorIn, OperatorIn, OrganisationOut};
use crate::dto::catalogue::{
    AnyProductOut, ApplicationDetailOut, ApplicationOut, CategoryIn, CategoryOut, DecideIn, OwnProductOut,
    ProductActionIn, ReasonIn,
};
use crate::dto::common::{JobStateCode, List, MailStateCode, SellerStateCode, VerificationCode, filter};
use crate::dto::members::UserOut;
use crate::dto::operation::{
    JobOut, JobOverviewOut, MailOut, OrganisationDecisionIn, OrganisationDetailOut, OverviewOut, RebuiltOut,
    SettingOut, ValueIn, VerifiedOut,
};
use crate::paging::list_query;
use crate::spec::{Api, Doc};
use axum::Json;
use axum::http::StatusCode;
use domain::access::OperatorRight;
use domain::settings::PARAMETERS;
use store::catalogue::Category;
use store::identity::OrganisationFilter;
use store::jobs::JobFilter;
use web_kit::prelude::*;

const GROUP: &str = "operation";

list_query! {
    /// Filters of organisations.
    OrganisationQuery {
        /// Part of a name
        q: String,
        /// Real-name verification
        verification: VerificationCode,
        /// State as a seller
        seller_state: SellerStateCode,
    }
}

list_query! {
    /// Filters of jobs.
    JobQuery {
        /// State
        state: JobStateCode,
        /// Kind
        kind: String,
        /// About this object
        subject_id: String,
    }
}

list_query! {
    /// Filters of mails.
    MailQuery {
        /// State
        state: MailStateCode,
        /// To this address
        recipient: String,
    }
}

fn doc(id: &str, summary: &str) -> Doc {
    Doc::new(GROUP, id, summary)
}

pub(crate) fn add(api: Api) -> Api {
    machinery(parameters(shelf(people(api))))
}

fn people(api: Api) -> Api {
    let (organisation, user) = ("Id of the organisation", "Id of the operator");
    api.get("/operator/overview", overview, doc("operator_overview", "Figures of the market").answers::<OverviewOut>())
        .get(
            "/operator/organisations",
            organisations,
            doc("list_organisations", "Organisations").query::<OrganisationQuery>().lists::<OrganisationOut>(),
        )
        .get(
            "/operator/organisations/{id}",
            get_organisation,
            doc("get_any_organisation", "An organisation with its users")
                .at("id", organisation)
                .answers::<OrganisationDetailOut>(),
        )
        .post(
            "/operator/organisations/{id}/decisions",
            decide_organisation,
            doc("decide_organisation", "Verify, admit, freeze or otherwise decide about an organisation")
                .at("id", organisation)
                .body::<OrganisationDecisionIn>()
                .done(),
        )
        .get("/operator/operators", operators, doc("list_operators", "Operators").lists::<UserOut>())
        .post(
            "/operator/operators",
            create_operator,
            doc("create_operator", "Create an operator").body::<NewOperatorIn>().done(),
        )
        .put(
            "/operator/operators/{id}",
            change_operator,
            doc("change_operator", "Replace an operator's role, or disable him")
                .at("id", user)
                .body::<OperatorIn>()
                .done(),
        )
}

fn shelf(api: Api) -> Api {
    let (product, application) = ("Id of the product", "Id of the application");
    api.get(
        "/operator/products",
        products,
        doc("list_any_products", "Products of everybody").query::<OwnProductQuery>().lists::<OwnProductOut>(),
    )
    .get(
        "/operator/products/{id}",
        get_product,
        doc("get_any_product", "A product with its history").at("id", product).answers::<AnyProductOut>(),
    )
    .post(
        "/operator/products/{id}/state",
        change_product,
        doc("change_product_state", "Suspend, resume or discontinue a product")
            .at("id", product)
            .body::<ProductActionIn>()
            .done(),
    )
    .get(
        "/operator/applications",
        applications,
        doc("list_any_applications", "Applications of everybody").query::<ApplicationQuery>().lists::<ApplicationOut>(),
    )
    .get(
        "/operator/applications/{id}",
        get_application,
        doc("get_any_application", "An application with its content")
            .at("id", application)
            .answers::<ApplicationDetailOut>(),
    )
    .post(
        "/operator/applications/{id}/decision",
        decide_application,
        doc("decide_application", "Approve or refuse an application; approval takes effect at once")
            .at("id", application)
            .body::<DecideIn>()
            .done(),
    )
    .get(
        "/operator/categories",
        categories,
        doc("list_any_categories", "Every category, hidden ones too").lists::<CategoryOut>(),
    )
    .put(
        "/operator/categories/{id}",
        save_category,
        doc("save_category", "Write a category").at("id", "Id of the category").body::<CategoryIn>().done(),
    )
}

fn parameters(api: Api) -> Api {
    api.get("/operator/settings", settings, doc("list_settings", "Parameters with their ranges").lists::<SettingOut>())
        .put(
            "/operator/settings/{key}",
            change_setting,
            doc("change_setting", "Change a parameter; audited")
                .at("key", "Key of the parameter")
                .body::<ValueIn>()
                .done(),
        )
        .get(
            "/operator/audit/verification",
            verify_audit,
            doc("verify_audit", "Compute every hash of the audit log again").answers::<VerifiedOut>(),
        )
}

fn machinery(api: Api) -> Api {
    let job = "Id of the job";
    api.get("/operator/jobs", jobs, doc("list_jobs", "Background jobs").query::<JobQuery>().lists::<JobOut>())
        .get(
            "/operator/jobs/overview",
            job_overview,
            doc("job_overview", "Counts of jobs, and the periodic tasks").answers::<JobOverviewOut>(),
        )
        .get("/operator/jobs/{id}", get_job, doc("get_job", "A job").at("id", job).answers::<JobOut>())
        .post(
            "/operator/jobs/{id}/restart",
            restart_job,
            doc("restart_job", "Run a waiting or failed job now").at("id", job).done(),
        )
        .post(
            "/operator/jobs/{id}/cancel",
            cancel_job,
            doc("cancel_job", "Give a job up").at("id", job).body::<ReasonIn>().done(),
        )
        .get("/operator/mails", mails, doc("list_mails", "The mail outbox").query::<MailQuery>().lists::<MailOut>())
        .post(
            "/operator/index/rebuild",
            rebuild_index,
            doc("rebuild_index", "Build the search index anew beside the old one").changes::<RebuiltOut>(),
        )
}

async fn overview(call: ApiCaller) -> Answer<OverviewOut> {
    Ok(Json(call.app().operator_overview(&call.actor).await?.into()))
}

async fn organisations(call: ApiCaller, ApiQuery(q): ApiQuery<OrganisationQuery>) -> Rows<OrganisationOut> {
    let page = q.page()?;
    let filter = OrganisationFilter {
        text: q.q.filter(|t| !t.is_empty()),
        verification: filter(&q.verification),
        seller_state: filter(&q.seller_state),
    };
    Ok(Json(List::of(call.app().organisations(&call.actor, filter, page).await?)))
}

async fn get_organisation(call: ApiCaller, ApiPath(id): Id) -> Answer<OrganisationDetailOut> {
    Ok(Json(call.app().organisation(&call.actor, &id).await?.into()))
}

async fn decide_organisation(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let decide = |call: ApiCaller, body: OrganisationDecisionIn| async move {
        let reason = body.reason.clone();
        call.app().decide_organisation(&call.actor, &id, body.try_into()?, &reason).await
    };
    change.done(decide).await
}

async fn operators(call: ApiCaller) -> Rows<UserOut> {
    Ok(Json(List::whole(call.app().operators(&call.actor).await?)))
}

async fn create_operator(change: Change) -> ApiResult<Response> {
    let create = |call: ApiCaller, b: NewOperatorIn| async move {
        call.app().create_operator(&call.actor, &b.name, &b.email, &b.password, b.role.0).await
    };
    change.done(create).await
}

async fn change_operator(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let save = |call: ApiCaller, body: OperatorIn| async move {
        call.app().change_operator(&call.actor, &id, body.role.0, body.disabled).await
    };
    change.done(save).await
}

async fn products(call: ApiCaller, ApiQuery(q): ApiQuery<OwnProductQuery>) -> Rows<OwnProductOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().all_products(&call.actor, filter, page).await?)))
}

async fn get_product(call: ApiCaller, ApiPath(id): Id) -> Answer<AnyProductOut> {
    let (product, history) = call.app().any_product(&call.actor, &id).await?;
    let versions = call.app().any_product_versions(&call.actor, &id).await?;
    Ok(Json(AnyProductOut {
        content: product.content.clone().into(),
        product: product.into(),
        versions: versions.into_iter().map(Into::into).collect(),
        history: history.into_iter().map(Into::into).collect(),
    }))
}

async fn change_product(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let act = |call: ApiCaller, body: ProductActionIn| async move {
        call.app().change_product_state(&call.actor, &id, body.action.0, &body.reason).await
    };
    change.done(act).await
}

async fn applications(call: ApiCaller, ApiQuery(q): ApiQuery<ApplicationQuery>) -> Rows<ApplicationOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().all_applications(&call.actor, filter, page).await?)))
}

async fn get_application(call: ApiCaller, ApiPath(id): Id) -> Answer<ApplicationDetailOut> {
    call.actor.operator_may(OperatorRight::Read)?;
    Ok(Json(call.app().application(&call.actor, &id).await?.into()))
}

async fn decide_application(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let decide = |call: ApiCaller, body: DecideIn| async move {
        call.app().decide_application(&call.actor, &id, body.approve, &body.reason).await
    };
    change.done(decide).await
}

async fn categories(call: ApiCaller) -> Rows<CategoryOut> {
    call.actor.operator_may(OperatorRight::Read)?;
    Ok(Json(List::whole(call.app().categories().await?)))
}

async fn save_category(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let save = |call: ApiCaller, body: CategoryIn| async move {
        let category = Category {
            id,
            parent_id: body.parent_id,
            name: body.name.into(),
            icon: body.icon,
            position: body.position,
            hidden: body.hidden,
        };
        call.app().save_category(&call.actor, category).await
    };
    change.done(save).await
}

async fn settings(call: ApiCaller) -> Rows<SettingOut> {
    call.actor.operator_may(OperatorRight::Read)?;
    let settings = call.app().settings();
    let items: Vec<SettingOut> = PARAMETERS.iter().map(|p| SettingOut::of(p, &settings)).collect();
    Ok(Json(List::whole(items)))
}

async fn change_setting(ApiPath(key): Id, change: Change) -> ApiResult<Response> {
    let save =
        |call: ApiCaller, body: ValueIn| async move { call.app().change_setting(&call.actor, &key, body.value).await };
    change.done(save).await
}

async fn verify_audit(call: ApiCaller) -> Answer<VerifiedOut> {
    Ok(Json(call.app().verify_audit(&call.actor).await?.into()))
}

async fn jobs(call: ApiCaller, ApiQuery(q): ApiQuery<JobQuery>) -> Rows<JobOut> {
    let page = q.page()?;
    let filter = JobFilter { state: filter(&q.state), kind: q.kind, subject_id: q.subject_id };
    Ok(Json(List::of(call.app().jobs(&call.actor, filter, page).await?)))
}

async fn job_overview(call: ApiCaller) -> Answer<JobOverviewOut> {
    Ok(Json(call.app().job_overview(&call.actor).await?.into()))
}

async fn get_job(call: ApiCaller, ApiPath(id): Id) -> Answer<JobOut> {
    Ok(Json(call.app().job(&call.actor, &id).await?.into()))
}

async fn restart_job(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    change.done(|call, _: Nothing| async move { call.app().restart_job(&call.actor, &id).await }).await
}

async fn cancel_job(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let cancel =
        |call: ApiCaller, body: ReasonIn| async move { call.app().cancel_job(&call.actor, &id, &body.reason).await };
    change.done(cancel).await
}

async fn mails(call: ApiCaller, ApiQuery(q): ApiQuery<MailQuery>) -> Rows<MailOut> {
    let page = q.page()?;
    let found = call.app().mails(&call.actor, filter(&q.state), q.recipient, page).await?;
    Ok(Json(List::of(found)))
}

async fn rebuild_index(change: Change) -> ApiResult<Response> {
    let rebuild = |call: ApiCaller, _: Nothing| async move {
        let products = call.app().rebuild_index(&call.actor).await?;
        Ok(RebuiltOut { products })
    };
    change.run(StatusCode::OK, rebuild).await
}
