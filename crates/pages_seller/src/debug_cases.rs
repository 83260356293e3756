//! Saved debug cases (调试用例管理; seller interface 11.1, D-47).

use crate::debug::{generations, tab_text, variant_text};
use crate::display::{Badge, badge, choices, console};
use crate::lists::{filter, query_values, wanted};
use app::domain::access::Right;
use app::domain::time::Timestamp;
use axum::extract::Path;
use store::debugging::{CaseFilter, DebugCase};
use web_kit::prelude::*;

#[derive(Serialize)]
struct Row {
    id: String,
    address: String,
    generation: String,
    activity: String,
    wire: String,
    variant: String,
    verdict: Badge,
    exception: String,
    saved: Timestamp,
    ran: Timestamp,
    millis: i64,
}

#[derive(Serialize)]
struct Index {
    rows: Vec<Row>,
    q: Values,
    generations: Vec<Choice>,
    verdicts: Vec<Choice>,
    pager: PagerLinks,
    filtered: bool,
    /// Address and generation whose cases can be run all together; empty for none.
    address: String,
    generation: String,
}

fn row(page: &Page, c: &DebugCase) -> Row {
    let key = format!("exception-{}", c.exception_code);
    Row {
        id: c.id.clone(),
        address: c.address.clone(),
        generation: page.t(&format!("debug-generation-{}", c.generation)),
        activity: tab_text(page, &c.activity),
        wire: c.activity.clone(),
        variant: variant_text(page, &c.variant),
        verdict: badge(page, "seller-verdict-", &c.verdict),
        exception: if page.app().words().has(page.language(), &key) { page.t(&key) } else { c.exception_code.clone() },
        saved: c.saved_at,
        ran: c.ran_at,
        millis: c.duration_micros / 1000,
    }
}

/// GET `/seller/debug/cases`.
pub async fn index(page: Page) -> PageResult {
    page.actor().seller_may(Right::AccessDebug)?;
    let filters = CaseFilter {
        address: filter(&page, "address"),
        generation: filter(&page, "generation"),
        verdict: filter(&page, "verdict"),
        ..CaseFilter::default()
    };
    let filtered = filters != CaseFilter::default();
    let found = page.app().debug_cases(page.actor(), filters, wanted(&page)).await?;
    let one = found
        .items
        .first()
        .filter(|first| found.items.iter().all(|c| (&c.address, &c.generation) == (&first.address, &first.generation)));
    let context = Index {
        rows: found.items.iter().map(|c| row(&page, c)).collect(),
        q: query_values(&page),
        generations: generations(&page),
        verdicts: choices(&page, "seller-verdict-", &["SUCCESS", "PROCESSING", "FAILURE"]),
        pager: links(&page, &found),
        filtered,
        address: one.map(|c| c.address.clone()).unwrap_or_default(),
        generation: one.map(|c| c.generation.clone()).unwrap_or_default(),
    };
    let title = page.t("debug-cases-title");
    Ok(console(page, &title, &[("debug-title", "/seller/debug")]).render("seller/debug_cases.html", &context))
}

const HERE: &str = "/seller/debug/cases";

/// What a refusal says on the list again; other errors stay errors.
fn refused(page: &Page, error: AppError) -> PageResult {
    match error {
        AppError::Refused(_) | AppError::Invalid(_) => {
            Ok(page.redirect_with(FlashKind::Danger, page.error_text(&error), HERE))
        }
        other => Err(other.into()),
    }
}

/// POST `/seller/debug/cases/{id}/run`.
pub async fn run(page: Page, Path(id): Path<String>, _form: Form) -> PageResult {
    match page.app().run_case(page.actor(), &id, page.language()).await {
        Ok(run) if run.passed() => Ok(page.redirect_with(FlashKind::Success, page.t("debug-case-passed"), HERE)),
        Ok(run) => {
            let text = page.tx("debug-case-failed", &[("why", run.found.as_str().into())]);
            Ok(page.redirect_with(FlashKind::Danger, text, HERE))
        }
        Err(error) => refused(&page, error),
    }
}

/// POST `/seller/debug/cases`: runs every case of an address again.
pub async fn run_all(page: Page, form: Form) -> PageResult {
    let (address, generation) = (form.text("address"), form.text("generation"));
    let results = match page.app().run_cases(page.actor(), address, generation, page.language()).await {
        Ok(results) => results,
        Err(error) => return refused(&page, error),
    };
    let passed = results.iter().filter(|(_, run)| run.as_ref().is_ok_and(app::debugging::DebugRun::passed)).count();
    let failed = results.iter().filter(|(_, run)| run.as_ref().is_ok_and(|r| !r.passed())).count();
    let left = results.len() - passed - failed;
    let kind = if failed + left == 0 { FlashKind::Success } else { FlashKind::Warning };
    let counts = [("passed", passed), ("failed", failed), ("left", left)];
    let counts = counts.map(|(name, n)| (name, i64::try_from(n).unwrap_or(i64::MAX).into()));
    Ok(page.redirect_with(kind, page.tx("debug-cases-ran", &counts), HERE))
}

/// POST `/seller/debug/cases/{id}/delete`.
pub async fn delete(page: Page, Path(id): Path<String>, _form: Form) -> PageResult {
    match page.app().delete_case(page.actor(), &id).await {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("debug-case-deleted"), HERE)),
        Err(error) => refused(&page, error),
    }
}
