//! Calls to the servers of all sellers, as they went over the wire.

use crate::common::*;
use app::ordering::Side;
use axum::extract::Path;
use domain::access::OperatorRight;
use domain::fulfilment::call::{Activity, CallState};
use domain::time::Timestamp;
use store::fulfilment::{Attempt, CallFilter};
use store::jobs::JobFilter;
use web_kit::prelude::*;

const HOME: &str = "/operator/calls";

#[derive(Serialize)]
struct Row {
    id: String,
    activity: String,
    variant: String,
    product: String,
    seller: String,
    seller_href: String,
    state: Badge,
    test: bool,
    attempts: i64,
    exception: String,
    next: Option<Timestamp>,
    at: Timestamp,
    restartable: bool,
}

#[derive(Serialize)]
struct ListPage {
    rows: Vec<Row>,
    pager: PagerLinks,
    states: Vec<Choice>,
    activities: Vec<Choice>,
    state: String,
    activity: String,
    order: String,
    service: String,
    seller: String,
    from: String,
    to: String,
    sort: Sort,
    next: String,
    may: May,
}

fn restartable(state: CallState) -> bool {
    matches!(state, CallState::Waiting | CallState::Retrying | CallState::Polling | CallState::Stopped)
}

/// Calls of all sellers.
pub async fn list(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let request = request(&page, false);
    let (from, to) = between(&page);
    let wanted = CallFilter {
        state: filter(&page, "state"),
        activity: filter(&page, "activity"),
        order_id: filter(&page, "order"),
        instance_id: filter(&page, "service"),
        seller_id: filter(&page, "seller"),
        from,
        to,
        ..CallFilter::default()
    };
    let found = page.app().calls(page.actor(), Side::Market, wanted, request.clone()).await?;
    let names = Names::of(&page, found.items.iter().map(|c| &c.seller_id)).await?;
    let rows = found.items.iter().map(|c| Row {
        id: c.id.clone(),
        activity: word(&page, "activity-", c.activity.code()),
        variant: word(&page, "variant-", &c.variant),
        product: page.pick(&c.product_name).to_owned(),
        seller: names.name(&c.seller_id),
        seller_href: href_of("organisation", &c.seller_id),
        state: badge(&page, "state-call-", c.state.code()),
        test: c.test_flag,
        attempts: c.attempts,
        exception: c.exception.clone(),
        next: c.next_at,
        at: c.created_at,
        restartable: restartable(c.state),
    });
    let states: Vec<&str> = CallState::ALL.iter().map(|s| s.code()).collect();
    let activities: Vec<&str> = Activity::ALL.iter().map(|a| a.code()).collect();
    let ctx = ListPage {
        rows: rows.collect(),
        pager: links(&page, &found),
        states: choices(&page, "state-call-", &states),
        activities: choices(&page, "activity-", &activities),
        state: page.query("state").to_owned(),
        activity: page.query("activity").to_owned(),
        order: page.query("order").to_owned(),
        service: page.query("service").to_owned(),
        seller: page.query("seller").to_owned(),
        from: page.query("from").to_owned(),
        to: page.query("to").to_owned(),
        sort: sort(&page, &request),
        next: with_query(&page, &[]),
        may: May::of(&page),
    };
    let title = page.t("nav-operator-calls");
    Ok(desk(page, title).render("operator/calls.html", &ctx))
}

#[derive(Serialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct AttemptView {
    number: i64,
    at: Timestamp,
    trigger: String,
    url: String,
    request: String,
    answer: String,
    headers: Vec<Header>,
    response: String,
    tone: &'static str,
    exception: String,
    result_code: String,
}

#[derive(Serialize)]
struct Detail {
    id: String,
    state: Badge,
    test: bool,
    facts: Vec<Fact>,
    parameters: String,
    attempts: Vec<AttemptView>,
    jobs: Vec<JobRow>,
    restartable: bool,
    may: May,
}

#[derive(Serialize)]
struct JobRow {
    id: String,
    state: Badge,
    due: Timestamp,
    error: String,
}

/// One header in a line.
fn headers(text: &str) -> Vec<Header> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| Header { name: name.trim().to_owned(), value: value.trim().to_owned() })
        .collect()
}

/// JSON is shown with line breaks; anything else as it came.
pub fn pretty(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .and_then(|v| serde_json::to_string_pretty(&v).ok())
        .unwrap_or_else(|| text.to_owned())
}

fn attempt_view(page: &Page, a: &Attempt) -> AttemptView {
    let millis = a.duration_micros / 1000;
    let answer = match a.http_status {
        Some(status) => format!("HTTP {status} · {millis} ms"),
        None if a.verdict == "SENT" => page.t("operator-attempt-under-way"),
        None => page.tx("operator-attempt-no-answer", &[("millis", millis.into())]),
    };
    AttemptView {
        number: a.attempt_no,
        at: Timestamp(a.at),
        trigger: word(page, "operator-trigger-", &a.trigger_kind),
        url: a.url.clone(),
        request: pretty(&a.request_body),
        answer,
        headers: headers(&a.response_headers),
        response: pretty(&a.response_body),
        tone: match a.verdict.as_str() {
            "SUCCESS" => "success",
            "PROCESSING" | "SENT" => "neutral",
            _ => "danger",
        },
        exception: a.exception.clone(),
        result_code: a.result_code.clone(),
    }
}

async fn jobs_of(page: &Page, id: &str) -> Result<Vec<JobRow>, PageError> {
    let about = JobFilter { subject_id: Some(id.to_owned()), ..JobFilter::default() };
    let found = page.app().jobs(page.actor(), about, PageRequest { limit: 20, ..PageRequest::default() }).await?;
    Ok(found
        .items
        .iter()
        .map(|j| JobRow {
            id: j.id.clone(),
            state: badge(page, "state-job-", &j.state),
            due: j.run_at,
            error: j.last_error.clone(),
        })
        .collect())
}

/// One call with every attempt.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let (c, attempts) = page.app().call(page.actor(), Side::Market, &id).await?;
    let order = c.order_id.clone().unwrap_or_default();
    let names = Names::of(&page, [&c.seller_id, &c.buyer_id].into_iter()).await?;
    let facts = Facts::new(&page)
        .id("operator-call-id", &c.id)
        .text("operator-activity", word(&page, "activity-", c.activity.code()))
        .text("operator-variant", word(&page, "variant-", &c.variant))
        .text("operator-product", page.pick(&c.product_name))
        .link("operator-seller", names.name(&c.seller_id), href_of("organisation", &c.seller_id))
        .link("operator-buyer", names.name(&c.buyer_id), href_of("organisation", &c.buyer_id))
        .link("operator-service", &c.instance_id, href_of("instance", &c.instance_id))
        .link("operator-order", &order, href_of("order", &order))
        .id("operator-diff-address", &c.address)
        .text("operator-attempts", c.attempts.to_string())
        .text("operator-exception", &c.exception)
        .text("operator-result-code", &c.result_code)
        .time("operator-created", Some(c.created_at))
        .time("operator-first-attempt", c.first_attempt_at)
        .time("operator-accepted", c.accepted_at)
        .time("operator-last-attempt", c.last_at)
        .time("operator-next-attempt", c.next_at)
        .done();
    let ctx = Detail {
        state: badge(&page, "state-call-", c.state.code()),
        test: c.test_flag,
        facts,
        parameters: pretty(&c.parameters),
        attempts: attempts.iter().rev().map(|a| attempt_view(&page, a)).collect(),
        jobs: jobs_of(&page, &id).await?,
        restartable: restartable(c.state),
        may: May::of(&page),
        id,
    };
    let activity = word(&page, "activity-", c.activity.code());
    let title = page
        .tx("operator-call-title", &[("activity", activity.into()), ("product", page.pick(&c.product_name).into())]);
    Ok(desk_below(page, "nav-operator-calls", HOME, title).render("operator/call.html", &ctx))
}

/// Tries again at once; the seller recognises a repetition by the order line.
pub async fn restart(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let outcome = page.app().restart_call(page.actor(), Side::Market, &id).await;
    let to = page.next_or(&format!("{HOME}/{id}"), form.text("next"));
    answer(&page, outcome, "operator-call-restarted", &to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_broken_into_lines_and_other_text_is_kept() {
        assert_eq!(pretty(r#"{"a":1}"#), "{\n  \"a\": 1\n}");
        assert_eq!(pretty("<html>"), "<html>");
    }

    #[test]
    fn headers_are_split_at_the_first_colon() {
        let found = headers("content-type: text/html\nlocation: https://a.example\nnonsense");
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].value, "https://a.example");
    }

    #[test]
    fn finished_calls_are_not_restarted() {
        assert!(restartable(CallState::Stopped));
        assert!(!restartable(CallState::Succeeded) && !restartable(CallState::Cancelled));
    }
}
