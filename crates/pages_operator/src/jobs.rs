//! Background work: what waits, what failed, and the periodic tasks.

use crate::calls::pretty;
use crate::common::*;
use app::jobs::Task;
use axum::extract::Path;
use domain::access::OperatorRight;
use domain::time::Timestamp;
use store::jobs::{Job, JobFilter};
use web_kit::filters::datetime_text;
use web_kit::prelude::*;

const HOME: &str = "/operator/jobs";
const STATES: &[&str] = &["WAITING", "RUNNING", "FAILED", "DONE", "CANCELLED"];
/// A count that stopped counting.
const MANY: i64 = 10_000;

#[derive(Serialize)]
struct Row {
    id: String,
    kind: String,
    subject: String,
    subject_href: String,
    state: Badge,
    attempts: i64,
    created: Timestamp,
    due: Timestamp,
    error: String,
    restartable: bool,
}

#[derive(Serialize)]
struct SweepRow {
    name: String,
    last: Option<Timestamp>,
    next: Timestamp,
    result: String,
}

#[derive(Serialize)]
struct Counts {
    due: String,
    later: String,
    running: String,
    failed: String,
    some_failed: bool,
}

#[derive(Serialize)]
struct ListPage {
    rows: Vec<Row>,
    pager: PagerLinks,
    counts: Counts,
    sweeps: Vec<SweepRow>,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    state: String,
    kind: String,
    subject: String,
    sort: Sort,
    next: String,
    may: May,
}

/// A count for people; counting stops at 10,000.
pub fn count_text(count: i64) -> String {
    if count > MANY { format!("{MANY}+") } else { count.to_string() }
}

fn restartable(j: &Job) -> bool {
    matches!(j.state.as_str(), "WAITING" | "FAILED" | "CANCELLED")
}

fn row(page: &Page, j: &Job) -> Row {
    Row {
        id: j.id.clone(),
        kind: word(page, "job-kind-", &j.kind),
        subject: j.subject_id.clone(),
        subject_href: href_of(&j.subject_kind, &j.subject_id),
        state: badge(page, "state-job-", &j.state),
        attempts: j.attempts,
        created: j.created_at,
        due: j.run_at,
        error: j.last_error.clone(),
        restartable: restartable(j) && j.state == "FAILED",
    }
}

/// Jobs, counts and periodic tasks.
pub async fn list(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let request = request(&page, false);
    let wanted =
        JobFilter { state: filter(&page, "state"), kind: filter(&page, "kind"), subject_id: filter(&page, "subject") };
    let found = page.app().jobs(page.actor(), wanted, request.clone()).await?;
    let ([due, later, running, failed], sweeps) = page.app().job_overview(page.actor()).await?;
    let sweeps = sweeps.into_iter().map(|s| SweepRow {
        name: word(&page, "operator-sweep-", &s.name),
        last: Some(s.last_finished_at.unwrap_or(s.last_started_at)).filter(|at| at.micros() > 0),
        next: s.next_at,
        result: s.last_result,
    });
    let ctx = ListPage {
        rows: found.items.iter().map(|j| row(&page, j)).collect(),
        pager: links(&page, &found),
        counts: Counts {
            due: count_text(due),
            later: count_text(later),
            running: count_text(running),
            failed: count_text(failed),
            some_failed: failed > 0,
        },
        sweeps: sweeps.collect(),
        states: choices(&page, "state-job-", STATES),
        kinds: choices(&page, "job-kind-", Task::KINDS),
        state: page.query("state").to_owned(),
        kind: page.query("kind").to_owned(),
        subject: page.query("subject").to_owned(),
        sort: sort(&page, &request),
        next: with_query(&page, &[]),
        may: May::of(&page),
    };
    let title = page.t("nav-operator-jobs");
    Ok(desk(page, title).render("operator/jobs.html", &ctx))
}

#[derive(Serialize)]
struct Detail {
    id: String,
    state: Badge,
    facts: Vec<Fact>,
    payload: String,
    error: String,
    restartable: bool,
    cancellable: bool,
    /// What a timer is for and when it is due; empty for other jobs.
    timer: String,
    cancel_text: String,
    may: May,
}

/// Jobs that wait for a moment. Run early they change nothing and plan themselves again.
const TIMERS: &[&str] = &["cancel_unpaid", "instance_timer", "auto_renew", "remind"];

/// One job.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let j = page.app().job(page.actor(), &id).await?;
    let facts = Facts::new(&page)
        .id("operator-job-id", &j.id)
        .text("operator-kind", word(&page, "job-kind-", &j.kind))
        .link("operator-subject", &j.subject_id, href_of(&j.subject_kind, &j.subject_id))
        .time("operator-created", Some(j.created_at))
        .time("operator-due", Some(j.due_at))
        .time("operator-run-at", Some(j.run_at))
        .time("operator-finished", j.finished_at)
        .text("operator-attempts", j.attempts.to_string())
        .id("operator-worker", j.claimed_by.as_deref().unwrap_or(""))
        .time("operator-lease", j.lease_until)
        .text("operator-clock-owner", j.clock_owner.as_deref().unwrap_or(""))
        .done();
    let is_timer = TIMERS.contains(&j.kind.as_str());
    let waits = is_timer && j.state == "WAITING";
    let due = datetime_text(j.due_at, page.language(), false);
    let ctx = Detail {
        timer: if waits { page.tx("operator-job-timer", &[("time", due.into())]) } else { String::new() },
        cancel_text: page.t(if is_timer { "operator-job-cancel-timer" } else { "operator-job-cancel-message" }),
        state: badge(&page, "state-job-", &j.state),
        facts,
        payload: pretty(&j.payload),
        restartable: restartable(&j),
        cancellable: matches!(j.state.as_str(), "WAITING" | "FAILED"),
        error: j.last_error,
        may: May::of(&page),
        id,
    };
    let kind = word(&page, "job-kind-", &j.kind);
    Ok(desk_below(page, "nav-operator-jobs", HOME, kind).render("operator/job.html", &ctx))
}

/// Runs a job now.
pub async fn restart(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let before = page.app().job(page.actor(), &id).await?;
    let early = TIMERS.contains(&before.kind.as_str()) && before.state == "WAITING" && before.run_at > page.app().now();
    let outcome = page.app().restart_job(page.actor(), &id).await;
    let said = if early { "operator-job-restarted-early" } else { "operator-job-restarted" };
    let to = page.next_or(&format!("{HOME}/{id}"), form.text("next"));
    answer(&page, outcome, said, &to)
}

/// Gives a job up.
pub async fn cancel(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let outcome = page.app().cancel_job(page.actor(), &id, form.text("reason")).await;
    answer(&page, outcome, "operator-job-cancelled", &format!("{HOME}/{id}"))
}
