//! Messages to the seller's production interface (生产接口消息; seller interface D-48).

use crate::display::{Badge, Fact, badge, choices, console, time};
use crate::lists::{Sort, all_rows, days, export_href, filter, query_values, sort, wanted};
use app::domain::access::Right;
use app::domain::fulfilment::call::{Activity, CallState};
use app::domain::time::Timestamp;
use app::fulfilment::Restarts;
use app::ordering::Side;
use axum::extract::Path;
use axum::http::HeaderValue;
use store::fulfilment::{Attempt, CallFilter, SellerCall};
use web_kit::prelude::*;

/// What goes with every request; the client sets exactly these.
const SENT_HEADERS: [(&str, &str); 4] = [
    ("Content-Type", "application/json;charset=utf8"),
    ("Accept", "application/json"),
    ("Accept-Encoding", "identity"),
    ("User-Agent", "Yunfang"),
];

/// A call in a list.
#[derive(Serialize)]
pub struct CallRow {
    href: String,
    id: String,
    activity: String,
    variant: String,
    product: String,
    order: String,
    line: String,
    instance: String,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    attempts: i64,
    state: Badge,
    exception: String,
    test: bool,
    restart: bool,
    /// Whether it can be chosen to be restarted with others.
    many: bool,
}

/// Words of an exception; the code itself when it has none, nothing for none.
fn exception_text(page: &Page, code: &str) -> String {
    let key = format!("exception-{code}");
    if code.is_empty() {
        String::new()
    } else if page.app().words().has(page.language(), &key) {
        page.t(&key)
    } else {
        code.to_owned()
    }
}

fn advice(page: &Page, code: &str) -> String {
    let key = format!("exception-advice-{code}");
    if page.app().words().has(page.language(), &key) { page.t(&key) } else { String::new() }
}

fn is_restartable(state: CallState) -> bool {
    matches!(state, CallState::Waiting | CallState::Retrying | CallState::Polling | CallState::Stopped)
}

fn variant(page: &Page, call: &SellerCall) -> String {
    if call.variant.is_empty() { String::new() } else { page.t(&format!("variant-{}", call.variant)) }
}

/// An exception that is over is history.
fn exception_now(call: &SellerCall) -> &str {
    if matches!(call.state, CallState::Succeeded) { "" } else { &call.exception_code }
}

impl CallRow {
    /// In the words of the page.
    pub fn new(page: &Page, c: &SellerCall) -> CallRow {
        CallRow {
            href: format!("/seller/calls/{}", c.id),
            id: c.id.clone(),
            activity: page.t(&format!("activity-{}", c.activity.code())),
            variant: variant(page, c),
            product: page.pick(&c.product_name).to_owned(),
            order: c.order_id.clone().unwrap_or_default(),
            line: c.line_id.clone().unwrap_or_default(),
            instance: c.instance_id.clone(),
            first: c.first_attempt_at,
            last: c.last_at,
            attempts: c.attempts,
            state: badge(page, "state-call-", c.state.code()),
            exception: exception_text(page, exception_now(c)),
            test: c.test_flag,
            restart: is_restartable(c.state) && page.actor().seller_may(Right::AccessDebug).is_ok(),
            many: matches!(c.state, CallState::Retrying | CallState::Stopped)
                && page.actor().seller_may(Right::AccessDebug).is_ok(),
        }
    }
}

fn filters(page: &Page) -> CallFilter {
    let (from, to) = days(page);
    CallFilter {
        state: filter(page, "state"),
        activity: filter(page, "activity"),
        order_id: filter(page, "order_id"),
        instance_id: filter(page, "instance"),
        from,
        to,
        ..CallFilter::default()
    }
}

#[derive(Serialize)]
struct Index {
    rows: Vec<CallRow>,
    q: Values,
    states: Vec<Choice>,
    activities: Vec<Choice>,
    pager: PagerLinks,
    sort: Sort,
    export: String,
    filtered: bool,
    /// Whether several can be restarted at once.
    many: bool,
    /// This list with its filters.
    here: String,
}

/// GET `/seller/calls`.
pub async fn index(page: Page) -> PageResult {
    let found = page.app().calls(page.actor(), Side::Seller, filters(&page), wanted(&page)).await?;
    let states: Vec<&str> = CallState::ALL.iter().map(|s| s.code()).collect();
    let activities: Vec<&str> = Activity::ALL.iter().map(|a| a.code()).collect();
    let rows: Vec<CallRow> = found.items.iter().map(|c| CallRow::new(&page, c)).collect();
    let context = Index {
        many: rows.iter().any(|row| row.many),
        rows,
        q: query_values(&page),
        states: choices(&page, "state-call-", &states),
        activities: choices(&page, "activity-", &activities),
        pager: links(&page, &found),
        sort: sort(&page),
        export: export_href(&page),
        here: with_query(&page, &[]),
        filtered: ["state", "activity", "order_id", "instance", "from", "to"].iter().any(|n| !page.query(n).is_empty()),
    };
    let title = page.t("seller-calls-title");
    Ok(console(page, &title, &[]).render("seller/calls.html", &context))
}

/// GET `/seller/calls.csv`.
pub async fn export(page: Page) -> PageResult {
    let load = |request| page.app().calls(page.actor(), Side::Seller, filters(&page), request);
    let rows = all_rows(load).await?;
    let heads = [
        "seller-call-id",
        "seller-interface",
        "seller-product",
        "seller-order-id",
        "seller-line",
        "seller-instance",
        "seller-first-call",
        "seller-last-call",
        "seller-attempts",
        "seller-state",
        "seller-exception",
        "seller-exception-detail",
    ];
    let mut csv = Csv::new(heads.map(|key| page.t(key)));
    let at = |t: Option<Timestamp>| t.map(Timestamp::to_market_text).unwrap_or_default();
    for c in &rows {
        csv.row([
            c.id.clone(),
            c.activity.code().to_owned(),
            page.pick(&c.product_name).to_owned(),
            c.order_id.clone().unwrap_or_default(),
            c.line_id.clone().unwrap_or_default(),
            c.instance_id.clone(),
            at(c.first_attempt_at),
            at(c.last_at),
            c.attempts.to_string(),
            page.t(&format!("state-call-{}", c.state.code())),
            c.exception_code.clone(),
            c.exception.clone(),
        ]);
    }
    page.save_export(csv, "calls.csv").await
}

/// A header of a request or answer.
#[derive(Serialize)]
pub struct Header {
    name: String,
    value: String,
}

impl Header {
    /// One header.
    pub fn new(name: &str, value: &str) -> Header {
        Header { name: name.to_owned(), value: value.to_owned() }
    }
}

/// An attempt with its request and answer.
#[derive(Serialize)]
pub struct AttemptView {
    title: String,
    at: Timestamp,
    trigger: String,
    verdict: Badge,
    request: String,
    /// What was sent besides the body.
    pub request_headers: Vec<Header>,
    request_body: String,
    request_raw: String,
    response: String,
    response_tone: &'static str,
    response_headers: Vec<Header>,
    response_body: String,
    response_raw: String,
    exception: String,
    detail: String,
    result_code: String,
    open: bool,
}

/// JSON with one field in a line; nothing when the text is no JSON or would look the same.
fn pretty(text: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(text);
    value.and_then(|v| serde_json::to_string_pretty(&v)).unwrap_or_default()
}

fn body(text: &str) -> (String, String) {
    let shown = pretty(text);
    if shown.is_empty() || shown == text { (text.to_owned(), String::new()) } else { (shown, text.to_owned()) }
}

fn headers(lines: &str) -> Vec<Header> {
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some(Header { name: name.trim().to_owned(), value: value.trim().to_owned() })
    };
    lines.lines().filter_map(header).collect()
}

/// An attempt in the words of the page.
pub fn attempt(page: &Page, a: &Attempt, open: bool) -> AttemptView {
    let millis = (a.duration_micros / 1000).to_string();
    let response = match a.http_status {
        Some(status) => {
            page.tx("seller-http-answer", &[("status", status.to_string().into()), ("millis", millis.into())])
        }
        None if a.verdict == "SENT" => page.t("seller-http-waiting"),
        None => page.tx("seller-http-none", &[("millis", millis.into())]),
    };
    let (request_body, request_raw) = body(&a.request_body);
    let (response_body, response_raw) = body(&a.response_body);
    let sent = SENT_HEADERS.map(|(name, value)| Header { name: name.to_owned(), value: value.to_owned() });
    AttemptView {
        title: page.tx("seller-attempt", &[("no", a.attempt_no.into())]),
        at: Timestamp(a.at),
        trigger: page.t(&format!("seller-trigger-{}", a.trigger_kind)),
        verdict: badge(page, "seller-verdict-", &a.verdict),
        // SaaS 1.0 says everything in the address.
        request: format!("{} {}", if a.request_body.is_empty() { "GET" } else { "POST" }, a.url),
        request_headers: sent.into(),
        request_body,
        request_raw,
        response,
        response_tone: match a.verdict.as_str() {
            "SUCCESS" => "success",
            "FAILURE" => "danger",
            _ => "neutral",
        },
        response_headers: headers(&a.response_headers),
        response_body,
        response_raw,
        exception: exception_text(page, &a.exception_code),
        detail: a.exception.clone(),
        result_code: a.result_code.clone(),
        open,
    }
}

/// Whether something is on its way, so that looking again soon makes sense.
fn is_busy(call: &SellerCall, attempts: &[Attempt], now: Timestamp) -> bool {
    let due = call.next_at.is_some_and(|t| t <= now);
    let unfinished = matches!(call.state, CallState::Waiting | CallState::Retrying | CallState::Polling);
    attempts.iter().any(|a| a.verdict == "SENT") || (unfinished && due)
}

#[derive(Serialize)]
struct Detail {
    id: String,
    state: Badge,
    facts: Vec<Fact>,
    attempts: Vec<AttemptView>,
    busy: bool,
    exception: String,
    exception_detail: String,
    advice: String,
    next: Option<Timestamp>,
    may_restart: bool,
    stopped: bool,
}

fn facts(page: &Page, c: &SellerCall) -> Vec<Fact> {
    let order = c.order_id.clone().unwrap_or_default();
    let order_href = if order.is_empty() { String::new() } else { format!("/seller/orders/{order}") };
    let code = c.activity.code();
    vec![
        Fact::new(page, "seller-call-id", c.id.clone()).id(),
        Fact::new(page, "seller-interface", format!("{} · {code}", page.t(&format!("activity-{code}")))),
        Fact::new(page, "seller-variant", variant(page, c)),
        Fact::new(page, "seller-product", page.pick(&c.product_name)),
        Fact::new(page, "seller-order-id", order).link(order_href),
        Fact::new(page, "seller-line", c.line_id.clone().unwrap_or_default()).id(),
        Fact::new(page, "seller-instance", c.instance_id.clone()).link(format!("/seller/services/{}", c.instance_id)),
        Fact::new(page, "seller-address", c.address.clone()),
        Fact::new(page, "seller-test-flag", page.t(if c.test_flag { "seller-yes" } else { "seller-no" })),
        Fact::new(page, "seller-attempts", c.attempts.to_string()),
        Fact::new(page, "seller-first-call", time(page, c.first_attempt_at)),
        Fact::new(page, "seller-last-call", time(page, c.last_at)),
    ]
}

async fn detail(page: &Page, id: &str) -> Result<Detail, AppError> {
    let (call, attempts) = page.app().call(page.actor(), Side::Seller, id).await?;
    let busy = is_busy(&call, &attempts, page.now());
    let now_code = exception_now(&call);
    let count = attempts.len();
    let views = attempts.iter().enumerate().rev().map(|(i, a)| attempt(page, a, i + 1 == count)).collect();
    Ok(Detail {
        id: call.id.clone(),
        state: badge(page, "state-call-", call.state.code()),
        facts: facts(page, &call),
        attempts: views,
        busy,
        exception: exception_text(page, now_code),
        exception_detail: if now_code.is_empty() { String::new() } else { call.exception.clone() },
        advice: advice(page, now_code),
        next: call.next_at.filter(|_| is_restartable(call.state) && call.state != CallState::Stopped),
        may_restart: is_restartable(call.state) && page.actor().seller_may(Right::AccessDebug).is_ok(),
        stopped: call.state == CallState::Stopped,
    })
}

/// GET `/seller/calls/{id}`.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let context = detail(&page, &id).await?;
    let title = page.tx("seller-call-title", &[("id", id.as_str().into())]);
    let page = console(page, &title, &[("seller-calls-title", "/seller/calls")]);
    Ok(page.render("seller/call.html", &context))
}

/// GET `/seller/calls/{id}/attempts`: what is new, until nothing is on its way.
pub async fn fragment(page: Page, Path(id): Path<String>) -> PageResult {
    let context = detail(&page, &id).await?;
    let mut response = Html(page.fragment("seller/call_attempts.html", &context)?).into_response();
    if !context.busy {
        response.headers_mut().insert("x-poll", HeaderValue::from_static("done"));
    }
    Ok(response)
}

/// POST `/seller/calls/{id}/restart`.
pub async fn restart(page: Page, Path(id): Path<String>, _form: Form) -> PageResult {
    let back = format!("/seller/calls/{id}");
    match page.app().restart_call(page.actor(), Side::Seller, &id).await {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("seller-restarted"), back)),
        Err(error @ AppError::Refused(_)) => {
            let text = page.error_text(&error);
            Ok(page.redirect_with(FlashKind::Danger, text, back))
        }
        Err(error) => Err(error.into()),
    }
}

/// POST `/seller/calls`: restarts the chosen calls, or with `act` `all` those that the filter of the
/// address finds.
pub async fn restart_many(page: Page, form: Form) -> PageResult {
    let back = with_query(&page, &[]);
    let which = match form.text("act") {
        "all" => Restarts::Filter(filters(&page)),
        _ => Restarts::Ids(form.all("call").into_iter().map(str::to_owned).collect()),
    };
    let done = match page.app().restart_calls(page.actor(), Side::Seller, which).await {
        Ok(done) => done,
        Err(error @ (AppError::Refused(_) | AppError::Invalid(_))) => {
            return Ok(page.redirect_with(FlashKind::Danger, page.error_text(&error), back));
        }
        Err(error) => return Err(error.into()),
    };
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX).into();
    let counts = [("restarted", count(done.restarted.len())), ("refused", count(done.refused.len()))];
    let kind = if done.refused.is_empty() { FlashKind::Success } else { FlashKind::Warning };
    Ok(page.redirect_with(kind, page.tx("seller-restarted-many", &counts), back))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_shown_in_lines_and_other_text_as_it_came() {
        assert_eq!(body("{\"a\":1}"), ("{\n  \"a\": 1\n}".to_owned(), "{\"a\":1}".to_owned()));
        assert_eq!(body("<html>"), ("<html>".to_owned(), String::new()));
        assert_eq!(body(""), (String::new(), String::new()));
    }

    #[test]
    fn headers_keep_colons_of_their_values() {
        let found = headers("date: Mon, 01 Jan 10:00:00\nbroken\n");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].value, "Mon, 01 Jan 10:00:00");
    }

    #[test]
    fn what_has_ended_cannot_be_restarted() {
        let open: Vec<_> = CallState::ALL.iter().filter(|s| is_restartable(**s)).map(|s| s.code()).collect();
        assert_eq!(open, ["WAITING", "RETRYING", "POLLING", "STOPPED"]);
    }
}
