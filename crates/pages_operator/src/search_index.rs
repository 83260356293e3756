//! The search index: its size, and building it anew in the background.

use crate::common::*;
use app::App;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::routing::{get, post};
use axum::{Extension, response::Html};
use domain::access::OperatorRight;
use domain::time::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use web_kit::prelude::*;

const HOME: &str = "/operator/search";

/// How the last rebuilding of this process goes or went.
#[derive(Debug, Clone, Serialize)]
struct Run {
    started: Timestamp,
    ended: Option<Timestamp>,
    products: u64,
    error: String,
}

#[derive(Debug, Clone, Default)]
struct Rebuild(Arc<Mutex<Option<Run>>>);

impl Rebuild {
    fn state(&self) -> Option<Run> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins a run; false when one is under way.
    fn begin(&self, now: Timestamp) -> bool {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.as_ref().is_some_and(|run| run.ended.is_none()) {
            return false;
        }
        *slot = Some(Run { started: now, ended: None, products: 0, error: String::new() });
        true
    }

    fn end(&self, now: Timestamp, outcome: Result<u64, String>) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = slot.as_mut() {
            run.ended = Some(now);
            match outcome {
                Ok(products) => run.products = products,
                Err(error) => run.error = error,
            }
        }
    }
}

/// The routes of the index; they share what is known about the last run.
pub fn routes() -> Router<Web> {
    Router::new()
        .route(HOME, get(show))
        .route("/operator/index", get(show))
        .route("/operator/search/rebuild", post(rebuild))
        .route("/operator/search/progress", get(progress))
        .layer(Extension(Rebuild::default()))
}

#[derive(Serialize)]
struct IndexPage {
    size: u64,
    generation: u64,
    run: Option<Run>,
    running: bool,
    may: May,
}

fn context(page: &Page, rebuild: &Rebuild) -> IndexPage {
    let run = rebuild.state();
    IndexPage {
        size: page.app().shelf_size(),
        generation: page.app().shelf_generation(),
        running: run.as_ref().is_some_and(|r| r.ended.is_none()),
        run,
        may: May::of(page),
    }
}

async fn show(page: Page, Extension(rebuild): Extension<Rebuild>) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let ctx = context(&page, &rebuild);
    let title = page.t("nav-operator-search");
    Ok(desk(page, title).nav_active("nav-operator-search").render("operator/search_index.html", &ctx))
}

async fn progress(page: Page, Extension(rebuild): Extension<Rebuild>) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let ctx = context(&page, &rebuild);
    let done = !ctx.running;
    let mut response = Html(page.fragment("operator/search_progress.html", &ctx)?).into_response();
    if done {
        response.headers_mut().insert("x-poll", HeaderValue::from_static("done"));
    }
    Ok(response)
}

async fn run(app: App, actor: Actor, rebuild: Rebuild) {
    let outcome = app.rebuild_index(&actor).await.map_err(|error| {
        tracing::error!(error = %error, "the search index cannot be rebuilt");
        error.to_string()
    });
    rebuild.end(app.now(), outcome);
}

async fn rebuild(
    page: Page,
    State(web): State<Web>,
    Extension(rebuild): Extension<Rebuild>,
    _form: Form,
) -> PageResult {
    page.require_operator(OperatorRight::RunJobs)?;
    if !rebuild.begin(page.now()) {
        return Ok(page.redirect_with(FlashKind::Info, page.t("operator-index-under-way"), HOME));
    }
    tokio::spawn(run(web.app.clone(), page.actor().clone(), rebuild));
    Ok(page.redirect_with(FlashKind::Info, page.t("operator-index-begun"), HOME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_rebuilding_runs_at_a_time() {
        let rebuild = Rebuild::default();
        assert!(rebuild.begin(Timestamp(1)));
        assert!(!rebuild.begin(Timestamp(2)));
        rebuild.end(Timestamp(3), Err("disk full".into()));
        assert_eq!(rebuild.state().map(|r| r.error), Some("disk full".into()));
        assert!(rebuild.begin(Timestamp(4)));
    }
}
