//! Applications: list, and one that is not edited now. One that is open goes to the editor.

use crate::diff::{self, DiffRow};
use crate::display::{Badge, Fact, badge, choices, console, time};
use crate::editor;
use crate::history::{Event, events};
use crate::lists::{Sort, filter, query_values, sort, wanted};
use app::catalogue::ApplicationDetail;
use app::domain::access::Right;
use app::domain::catalogue::application::{ApplicationAction, ApplicationActor, ApplicationKind};
use app::domain::time::Timestamp;
use axum::extract::Path;
use store::catalogue::{Application, ApplicationFilter};
use web_kit::prelude::*;

const STATES: &[&str] = &["DRAFT", "PENDING_REVIEW", "APPROVED", "REJECTED"];
const KINDS: &[&str] = &["RELEASE", "MODIFICATION", "DELIST"];

#[derive(Serialize)]
struct Row {
    href: String,
    id: String,
    name: String,
    kind: String,
    state: Badge,
    submitted: Option<Timestamp>,
    due: Option<Timestamp>,
    updated: Timestamp,
    reason: String,
}

#[derive(Serialize)]
struct Index {
    rows: Vec<Row>,
    q: Values,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    pager: PagerLinks,
    sort: Sort,
    filtered: bool,
    may_write: bool,
}

fn row(page: &Page, a: &Application) -> Row {
    let name = page.pick(&a.content.name).to_owned();
    Row {
        href: format!("/seller/applications/{}", a.id),
        id: a.id.clone(),
        name: if name.is_empty() { page.t("seller-untitled") } else { name },
        kind: page.t(&format!("kind-application-{}", a.kind.code())),
        state: badge(page, "state-application-", a.state.code()),
        submitted: a.submitted_at,
        due: a.due_at,
        updated: a.updated_at,
        reason: if a.state.code() == "REJECTED" { a.reason.clone() } else { String::new() },
    }
}

/// GET `/seller/applications`.
pub async fn index(page: Page) -> PageResult {
    let filters = ApplicationFilter {
        organisation_id: None,
        state: filter(&page, "state"),
        kind: filter(&page, "kind"),
        text: filter(&page, "text"),
        ..ApplicationFilter::default()
    };
    let filtered = filters.state.is_some() || filters.kind.is_some() || filters.text.is_some();
    let found = page.app().own_applications(page.actor(), filters, wanted(&page)).await?;
    let context = Index {
        rows: found.items.iter().map(|a| row(&page, a)).collect(),
        q: query_values(&page),
        states: choices(&page, "state-application-", STATES),
        kinds: choices(&page, "kind-application-", KINDS),
        pager: links(&page, &found),
        sort: sort(&page),
        filtered,
        may_write: page.actor().seller_may(Right::ProductEdit).is_ok(),
    };
    let title = page.t("seller-applications-title");
    Ok(console(page, &title, &[]).render("seller/applications.html", &context))
}

#[derive(Serialize)]
struct Detail {
    id: String,
    state: Badge,
    code: &'static str,
    kind: String,
    reason: String,
    comment: String,
    facts: Vec<Fact>,
    diff: Vec<DiffRow>,
    is_diff: bool,
    is_delist: bool,
    may_withdraw: bool,
    may_submit: bool,
    may_delete: bool,
    preview: bool,
    events: Vec<Event>,
}

fn facts(page: &Page, detail: &ApplicationDetail) -> Vec<Fact> {
    let a = &detail.application;
    vec![
        Fact::new(page, "seller-application-id", a.id.clone()).id(),
        Fact::new(page, "seller-application-kind", page.t(&format!("kind-application-{}", a.kind.code()))),
        Fact::new(page, "seller-product", page.pick(&detail.product.name))
            .link(format!("/seller/products/{}", a.product_id)),
        Fact::new(page, "seller-created", time(page, Some(a.created_at))),
        Fact::new(page, "seller-submitted-at", time(page, a.submitted_at)),
        Fact::new(page, "seller-due", time(page, a.due_at)),
        Fact::new(page, "seller-decided", time(page, a.decided_at)),
    ]
}

async fn context(page: &Page, detail: &ApplicationDetail) -> Result<Detail, AppError> {
    let a = &detail.application;
    let names = diff::category_names(page).await?;
    let new = diff::lines(page, &a.content, &names);
    let is_diff = a.kind == ApplicationKind::Modification && a.state.code() != "APPROVED";
    let rows = if is_diff {
        diff::compare(diff::lines(page, &detail.product.content, &names), new, &page.t("seller-changes-cut"))
    } else {
        diff::plain(new)
    };
    let may = page.actor().seller_may(Right::ProductSubmit).is_ok();
    let open = a.state.open_to(ApplicationActor::Seller);
    let is_delist = a.kind == ApplicationKind::Delist;
    Ok(Detail {
        id: a.id.clone(),
        state: badge(page, "state-application-", a.state.code()),
        code: a.state.code(),
        kind: page.t(&format!("kind-application-{}", a.kind.code())),
        reason: a.reason.clone(),
        comment: a.comment.clone(),
        facts: facts(page, detail),
        diff: rows,
        is_diff,
        is_delist,
        may_withdraw: may && open.contains(&ApplicationAction::Withdraw),
        may_submit: may && is_delist && open.contains(&ApplicationAction::Submit),
        may_delete: may && open.contains(&ApplicationAction::Delete),
        preview: !is_delist,
        events: events(page, &detail.history),
    })
}

/// GET `/seller/applications/{id}`.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.require_seller()?;
    let detail = page.app().application(page.actor(), &id).await?;
    if editor::is_open(&page, &detail) {
        return editor::open(page, &detail).await;
    }
    let context = context(&page, &detail).await?;
    let name = page.pick(&detail.application.content.name).to_owned();
    let title = if name.is_empty() { page.t("seller-untitled") } else { name };
    let page = console(page, &title, &[("seller-applications-title", "/seller/applications")]);
    Ok(page.render("seller/application.html", &context))
}

fn answer(page: &Page, result: Result<(), AppError>, done: &str, to: &str, back: &str) -> PageResult {
    match result {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t(done), to)),
        Err(error @ (AppError::Refused(_) | AppError::Invalid(_) | AppError::Stale)) => {
            Ok(page.redirect_with(FlashKind::Danger, page.error_text(&error), back))
        }
        Err(error) => Err(error.into()),
    }
}

/// POST `/seller/applications/{id}/withdraw`.
pub async fn withdraw(page: Page, Path(id): Path<String>, _form: Form) -> PageResult {
    let result = page.app().withdraw_application(page.actor(), &id, false).await;
    let here = format!("/seller/applications/{id}");
    answer(&page, result, "seller-withdrawn", &here, &here)
}

/// POST `/seller/applications/{id}/delete`.
pub async fn delete(page: Page, Path(id): Path<String>, _form: Form) -> PageResult {
    let result = page.app().withdraw_application(page.actor(), &id, true).await;
    answer(&page, result, "seller-deleted", "/seller/applications", &format!("/seller/applications/{id}"))
}

/// POST `/seller/applications/{id}/submit`: a request to take off sale that was withdrawn or rejected.
pub async fn submit(page: Page, Path(id): Path<String>, _form: Form) -> PageResult {
    let result = page.app().submit_application(page.actor(), &id).await;
    let here = format!("/seller/applications/{id}");
    answer(&page, result, "seller-submitted", &here, &here)
}
