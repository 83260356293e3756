//! Services that can be renewed, those that end first on top.

use crate::views::{ServiceRow, coded, service_row};
use domain::access::Right;
use domain::fulfilment::instance::ExpiryPolicy;
use domain::time::{DAY, Timestamp};
use web_kit::prelude::*;

#[derive(Serialize)]
struct Line {
    service: ServiceRow,
    left: String,
    tone: &'static str,
    policies: Vec<Choice>,
}

#[derive(Serialize)]
struct RenewalsPage {
    lines: Vec<Line>,
    can_policy: bool,
    pager: PagerLinks,
}

/// Whole days from `now` to the end, negative when it is over.
fn days_left(until: Timestamp, now: Timestamp) -> i64 {
    until.since(now).div_euclid(DAY)
}

fn left(page: &Page, until: Option<Timestamp>) -> (String, &'static str) {
    let Some(until) = until else { return (String::new(), "neutral") };
    match days_left(until, page.now()) {
        n if n < 0 => (page.tx("buyer-days-over", &[("count", (-n).into())]), "danger"),
        0 => (page.t("buyer-days-today"), "danger"),
        n if n <= 7 => (page.tx("buyer-days-left", &[("count", n.into())]), "warning"),
        n => (page.tx("buyer-days-left", &[("count", n.into())]), "neutral"),
    }
}

/// GET /buyer/renewals
pub async fn list(page: Page) -> PageResult {
    let member = page.require_right(Right::OrderView)?;
    let can_policy = member.has(Right::ResourceManage);
    let found = page.app().renewable(page.actor(), page_request(&page)).await?;
    let pager = links(&page, &found);
    let line = |instance: &store::fulfilment::Instance| {
        let allowed = |p: &&ExpiryPolicy| !instance.trial || **p != ExpiryPolicy::Automatic;
        let codes: Vec<&str> = ExpiryPolicy::ALL.iter().filter(allowed).map(|p| p.code()).collect();
        let (left, tone) = left(&page, instance.state.until());
        Line { service: service_row(&page, instance), left, tone, policies: coded(&page, "policy-", &codes) }
    };
    let lines = found.items.iter().map(line).collect();
    let ctx = RenewalsPage { lines, can_policy, pager };
    Ok(page
        .console("buyer")
        .title_key("nav-buyer-renewals")
        .crumb_key("console-buyer", "/buyer")
        .crumb_key("nav-buyer-renewals", "")
        .render("buyer/renewals.html", &ctx))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_today_and_what_is_over_is_negative() {
        assert_eq!(days_left(Timestamp(DAY - 1), Timestamp(0)), 0);
        assert_eq!(days_left(Timestamp(DAY), Timestamp(0)), 1);
        assert_eq!(days_left(Timestamp(0), Timestamp(1)), -1);
    }
}
