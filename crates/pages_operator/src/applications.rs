//! The review queue and one application with everything that a reviewer needs.

use crate::common::*;
use crate::content_view::{ContentView, DiffRow, content_view, diff_rows};
use app::catalogue::ApplicationDetail;
use axum::extract::Path;
use domain::access::OperatorRight;
use domain::catalogue::application::{ApplicationActor, ApplicationKind, ApplicationState};
use domain::text::Language;
use domain::time::Timestamp;
use std::collections::BTreeMap;
use store::catalogue::{ApplicationFilter, ProductFilter};
use web_kit::prelude::*;

const HOME: &str = "/operator/applications";

/// Presets of the reasons for a refusal; words under `operator-reject-<code>`.
const REASONS: &[&str] =
    &["incomplete", "pictures", "claims", "price", "category", "address", "agreement", "qualification"];

#[derive(Serialize)]
struct Row {
    id: String,
    product: String,
    seller: String,
    seller_href: String,
    kind: String,
    state: Badge,
    at: Timestamp,
    due: Option<Timestamp>,
    overdue: bool,
}

#[derive(Serialize)]
struct ListPage {
    rows: Vec<Row>,
    pager: PagerLinks,
    tabs: Vec<Tab>,
    kinds: Vec<Choice>,
    state: String,
    kind: String,
    text: String,
    sort: Sort,
}

/// The queue: what waits, oldest first, unless asked otherwise.
pub async fn list(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let pending = ApplicationState::PendingReview.code();
    let state = filter(&page, "state").unwrap_or_else(|| pending.to_owned());
    let request = request(&page, state == pending);
    let wanted = ApplicationFilter {
        organisation_id: filter(&page, "seller"),
        state: Some(state.clone()).filter(|s| s != "all"),
        kind: filter(&page, "kind"),
        text: filter(&page, "q"),
        ..ApplicationFilter::default()
    };
    let found = page.app().all_applications(page.actor(), wanted, request.clone()).await?;
    let now = page.now();
    let pager = links(&page, &found);
    let names = Names::of(&page, found.items.iter().map(|a| &a.organisation_id)).await?;
    let rows = found.items.iter().map(|a| Row {
        id: a.id.clone(),
        product: page.pick(&a.content.name).to_owned(),
        seller: names.name(&a.organisation_id),
        seller_href: format!("/operator/organisations/{}", a.organisation_id),
        kind: word(&page, "kind-application-", a.kind.code()),
        state: badge(&page, "state-application-", a.state.code()),
        at: a.submitted_at.unwrap_or(a.created_at),
        due: a.due_at.filter(|_| a.state == ApplicationState::PendingReview),
        overdue: a.state == ApplicationState::PendingReview && a.due_at.is_some_and(|d| d < now),
    });
    let states = [pending, "REJECTED", "APPROVED", "DRAFT"];
    let kinds: Vec<&str> = ApplicationKind::ALL.iter().map(|k| k.code()).collect();
    let ctx = ListPage {
        rows: rows.collect(),
        pager,
        tabs: tabs(&page, "state", "state-application-", &states, &state, "operator-all"),
        kinds: choices(&page, "kind-application-", &kinds),
        kind: page.query("kind").to_owned(),
        text: page.query("q").to_owned(),
        sort: sort(&page, &request),
        state,
    };
    let title = page.t("nav-operator-applications");
    Ok(desk(page, title).render("operator/applications.html", &ctx))
}

#[derive(Serialize)]
struct FaultLine {
    field: String,
    text: String,
}

#[derive(Serialize)]
struct Detail {
    id: String,
    kind: String,
    state: Badge,
    overdue: bool,
    facts: Vec<Fact>,
    record: Vec<Fact>,
    comment: String,
    decision: String,
    is_delist: bool,
    is_modification: bool,
    content: ContentView,
    diff: Vec<DiffRow>,
    faults: Vec<FaultLine>,
    history: Vec<Event>,
    open: bool,
    presets: Vec<Choice>,
    v: Values,
    errors: FormErrors,
    may: May,
}

/// Everything about one application.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let ctx = detail(&page, &id, Values::default(), FormErrors::default()).await?;
    Ok(below(page, &ctx.1).render("operator/application.html", &ctx.0))
}

fn below(page: Page, title: &str) -> Page {
    desk_below(page, "nav-operator-applications", HOME, title)
}

fn fault_lines(page: &Page, found: &ApplicationDetail) -> Vec<FaultLine> {
    let fields = found.faults.iter().map(|f| FieldError::new(f.field.clone(), f.code)).collect();
    let texts: BTreeMap<String, String> = page.field_errors(&AppError::Invalid(fields));
    texts.into_iter().map(|(field, text)| FaultLine { field, text }).collect()
}

/// What the market knows about the seller, on one screen.
async fn record(page: &Page, seller: &str) -> Result<Vec<Fact>, PageError> {
    let (app, actor) = (page.app(), page.actor());
    let (o, users) = app.organisation(actor, seller).await?;
    let many = PageRequest { limit: 200, ..PageRequest::default() };
    let filter = ProductFilter { organisation_id: Some(seller.to_owned()), ..ProductFilter::default() };
    let products = app.all_products(actor, filter, many.clone()).await?.items;
    let filter = ApplicationFilter { organisation_id: Some(seller.to_owned()), ..ApplicationFilter::default() };
    let applications = app.all_applications(actor, filter, many).await?.items;
    let in_state = |code: &str| products.iter().filter(|p| p.state.code() == code).count();
    let decided = |state| applications.iter().filter(|a| a.state == state).count();
    Ok(Facts::new(page)
        .link("operator-seller", page.pick(&o.name), format!("/operator/organisations/{seller}"))
        .text("operator-legal-name", &o.legal_name)
        .text("operator-verification", word(page, "verification-", o.verification.code()))
        .text("operator-seller-state", word(page, "seller-state-", o.seller_state.code()))
        .flag("operator-frozen", o.frozen)
        .time("operator-since", Some(o.created_at))
        .text("operator-users", users.len().to_string())
        .text("operator-products-on-sale", in_state("ON_SALE").to_string())
        .text("operator-products-suspended", in_state("SUSPENDED").to_string())
        .text("operator-applications-approved", decided(ApplicationState::Approved).to_string())
        .text("operator-applications-rejected", decided(ApplicationState::Rejected).to_string())
        .done())
}

async fn detail(page: &Page, id: &str, v: Values, errors: FormErrors) -> Result<(Detail, String), PageError> {
    page.require_operator(OperatorRight::Read)?;
    let found = page.app().application(page.actor(), id).await?;
    let a = &found.application;
    let waiting = a.state == ApplicationState::PendingReview;
    let facts = Facts::new(page)
        .id("operator-application-id", &a.id)
        .link("operator-product", &a.product_id, format!("/operator/products/{}", a.product_id))
        .time("operator-submitted", a.submitted_at)
        .time("operator-due", a.due_at)
        .time("operator-decided", a.decided_at)
        .done();
    let name = page.pick(&a.content.name).to_owned();
    let detail = Detail {
        id: a.id.clone(),
        kind: word(page, "kind-application-", a.kind.code()),
        state: badge(page, "state-application-", a.state.code()),
        overdue: waiting && a.due_at.is_some_and(|d| d < page.now()),
        facts,
        record: record(page, &a.organisation_id).await?,
        comment: a.comment.clone(),
        decision: a.reason.clone(),
        is_delist: a.kind == ApplicationKind::Delist,
        is_modification: a.kind == ApplicationKind::Modification,
        content: content_view(page, &a.content).await?,
        diff: if a.kind == ApplicationKind::Modification && a.state != ApplicationState::Approved {
            diff_rows(page, &found.product.content, &a.content)
        } else {
            Vec::new()
        },
        faults: if a.kind == ApplicationKind::Delist { Vec::new() } else { fault_lines(page, &found) },
        history: events(page, &found.history),
        open: !a.state.open_to(ApplicationActor::Operator).is_empty(),
        presets: choices(page, "operator-reject-", REASONS),
        v,
        errors,
        may: May::of(page),
    };
    let title =
        page.tx("operator-application-title", &[("product", name.into()), ("kind", detail.kind.clone().into())]);
    Ok((detail, title))
}

/// Puts the application in force.
pub async fn approve(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let outcome = page.app().decide_application(page.actor(), &id, true, form.text("reason")).await;
    answer(&page, outcome, "operator-approved", &format!("{HOME}/{id}"))
}

/// The preset in both languages, because the seller's language is not known, then the free text.
fn reason_of(page: &Page, preset: &str, text: &str) -> String {
    let words = page.app().words();
    let preset = REASONS.iter().find(|code| **code == preset).map(|code| {
        let key = format!("operator-reject-{code}");
        format!("{} / {}", words.text(Language::Zh, &key, &[]), words.text(Language::En, &key, &[]))
    });
    [preset.as_deref(), Some(text)].into_iter().flatten().filter(|t| !t.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Sends the application back with a reason.
pub async fn reject(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let reason = reason_of(&page, form.text("preset"), form.text("reason"));
    match page.app().decide_application(page.actor(), &id, false, &reason).await {
        Ok(()) => {
            let text = page.t("operator-rejected");
            Ok(page.redirect_with(FlashKind::Success, text, format!("{HOME}/{id}")))
        }
        Err(error) => {
            let errors = page.form_errors(error)?;
            let (ctx, title) = detail(&page, &id, form.values(), errors).await?;
            Ok(below(page, &title).render_invalid("operator/application.html", &ctx))
        }
    }
}
