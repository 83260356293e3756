//! Purchased resources of everybody; freezing for a violation.

use crate::common::*;
use app::ordering::Side;
use axum::extract::Path;
use domain::access::OperatorRight;
use domain::fulfilment::instance::{InstanceAction, InstanceState};
use domain::ledger::Book;
use domain::money::Money;
use domain::time::Timestamp;
use store::fulfilment::{Instance, InstanceFilter};
use store::jobs::JobFilter;
use web_kit::prelude::*;

const HOME: &str = "/operator/services";

#[derive(Serialize)]
struct Row {
    id: String,
    product: String,
    specification: String,
    buyer: String,
    state: Badge,
    sandbox: bool,
    until: Option<Timestamp>,
    at: Timestamp,
}

#[derive(Serialize)]
struct ListPage {
    rows: Vec<Row>,
    pager: PagerLinks,
    tabs: Vec<Tab>,
    state: String,
    text: String,
    sort: Sort,
}

/// Resources of everybody.
pub async fn list(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let state = filter(&page, "state").unwrap_or_else(|| "all".to_owned());
    let request = request(&page, false);
    let wanted = InstanceFilter {
        state: Some(state.clone()).filter(|s| s != "all"),
        text: filter(&page, "q"),
        product_id: filter(&page, "product"),
        ..InstanceFilter::default()
    };
    let found = page.app().instances(page.actor(), Side::Market, wanted, request.clone()).await?;
    let pager = links(&page, &found);
    let names = Names::of(&page, found.items.iter().map(|i| &i.buyer_id)).await?;
    let rows = found.items.iter().map(|i| Row {
        id: i.id.clone(),
        product: page.pick(&i.product_name).to_owned(),
        specification: page.pick(&i.specification_name).to_owned(),
        buyer: names.name(&i.buyer_id),
        state: badge(&page, "state-instance-", i.state.code()),
        sandbox: i.book == Book::Sandbox,
        until: i.state.until(),
        at: i.created_at,
    });
    let ctx = ListPage {
        rows: rows.collect(),
        pager,
        tabs: tabs(&page, "state", "state-instance-", InstanceState::CODES, &state, "operator-all"),
        text: page.query("q").to_owned(),
        sort: sort(&page, &request),
        state,
    };
    let title = page.t("nav-operator-services");
    Ok(desk(page, title).render("operator/services.html", &ctx))
}

#[derive(Serialize)]
struct OrderRow {
    id: String,
    kind: String,
    state: Badge,
    amount: Money,
    at: Timestamp,
}

#[derive(Serialize)]
struct CallRow {
    id: String,
    activity: String,
    variant: String,
    state: Badge,
    attempts: i64,
    at: Timestamp,
}

#[derive(Serialize)]
struct JobRow {
    id: String,
    kind: String,
    state: Badge,
    due: Timestamp,
}

#[derive(Serialize)]
struct Detail {
    id: String,
    state: Badge,
    sandbox: bool,
    may_freeze: bool,
    may_lift: bool,
    facts: Vec<Fact>,
    orders: Vec<OrderRow>,
    calls: Vec<CallRow>,
    jobs: Vec<JobRow>,
    history: Vec<Event>,
    may: May,
}

fn facts(page: &Page, i: &Instance, names: &Names) -> Vec<Fact> {
    let mut facts = Facts::new(page);
    facts
        .id("operator-service-id", &i.id)
        .link("operator-product", page.pick(&i.product_name), href_of("product", &i.product_id))
        .text("operator-specification", page.pick(&i.specification_name))
        .link("operator-buyer", names.name(&i.buyer_id), href_of("organisation", &i.buyer_id))
        .link("operator-seller", names.name(&i.seller_id), href_of("organisation", &i.seller_id))
        .id("operator-seller-instance", i.seller_instance_id.as_deref().unwrap_or(""))
        .text("operator-mode", word(page, "mode-", i.mode.code()))
        .text("operator-quantity", i.quantity.to_string())
        .flag("operator-trial", i.trial)
        .text("operator-policy", word(page, "policy-", i.expiry_policy.code()))
        .id("operator-diff-address", &i.production_address)
        .time("operator-created", Some(i.created_at))
        .time("operator-opened", i.opened_at)
        .time("operator-until", i.state.until());
    match i.state {
        InstanceState::Expired { grace_until, .. } => facts.time("operator-grace-until", Some(grace_until)),
        InstanceState::Frozen { release_at, why, .. } => facts
            .text("operator-frozen-why", word(page, "frozen-why-", why.code()))
            .time("operator-release-at", release_at),
        _ => &mut facts,
    };
    facts.time("operator-information-at", i.information_at).done()
}

async fn jobs_of(page: &Page, id: &str) -> Result<Vec<JobRow>, PageError> {
    let about = JobFilter { subject_id: Some(id.to_owned()), ..JobFilter::default() };
    let first = PageRequest { limit: 20, ..PageRequest::default() };
    let found = page.app().jobs(page.actor(), about, first).await?;
    Ok(found
        .items
        .iter()
        .map(|j| JobRow {
            id: j.id.clone(),
            kind: word(page, "job-kind-", &j.kind),
            state: badge(page, "state-job-", &j.state),
            due: j.run_at,
        })
        .collect())
}

/// One resource with its orders, calls and jobs.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let found = page.app().instance(page.actor(), Side::Market, &id).await?;
    let (i, settings) = (&found.instance, page.app().settings());
    let open = |action| i.state.apply(action, page.now(), &settings).is_ok();
    let orders = found.orders.iter().map(|o| OrderRow {
        id: o.id.clone(),
        kind: word(&page, "kind-order-", o.kind.code()),
        state: badge(&page, "state-order-", o.state.code()),
        amount: o.payable,
        at: o.created_at,
    });
    let calls = found.calls.iter().map(|c| CallRow {
        id: c.id.clone(),
        activity: word(&page, "activity-", c.activity.code()),
        variant: word(&page, "variant-", &c.variant),
        state: badge(&page, "state-call-", c.state.code()),
        attempts: c.attempts,
        at: c.created_at,
    });
    let names = Names::of(&page, [&i.buyer_id, &i.seller_id].into_iter()).await?;
    let ctx = Detail {
        state: badge(&page, "state-instance-", i.state.code()),
        sandbox: i.book == Book::Sandbox,
        may_freeze: open(InstanceAction::FreezeForViolation),
        may_lift: open(InstanceAction::LiftViolation),
        facts: facts(&page, i, &names),
        orders: orders.collect(),
        calls: calls.collect(),
        jobs: jobs_of(&page, &id).await?,
        history: events(&page, &found.history),
        may: May::of(&page),
        id,
    };
    let title = page.tx("operator-service-title", &[("product", page.pick(&i.product_name).into())]);
    Ok(desk_below(page, "nav-operator-services", HOME, title).render("operator/service.html", &ctx))
}

/// Freezes for a violation.
pub async fn freeze(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let outcome = page.app().freeze_for_violation(page.actor(), &id, true, form.text("reason")).await;
    answer(&page, outcome, "operator-service-frozen", &format!("{HOME}/{id}"))
}

/// Lifts the freeze.
pub async fn unfreeze(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let outcome = page.app().freeze_for_violation(page.actor(), &id, false, form.text("reason")).await;
    answer(&page, outcome, "operator-service-unfrozen", &format!("{HOME}/{id}"))
}
