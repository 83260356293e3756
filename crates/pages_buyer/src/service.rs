//! One purchased service: how to reach it, how long it lasts, what can be done with it.

use crate::steps::{Step, of_service};
use crate::views::{Badge, Event, Fact, OrderRow, ServiceRow};
use crate::views::{coded, day, events, is_web_link, money, order_row, refused, service_badge, service_row, when};
use app::ordering::Side;
use app::resources::{AccessData, InstanceDetail};
use axum::extract::Path;
use domain::access::Right;
use domain::catalogue::kinds::{BillingMode, PeriodType};
use domain::fulfilment::instance::{ExpiryPolicy, InstanceState};
use domain::money::Money;
use domain::ordering::order::{OrderKind, OrderState, RefundState};
use domain::ordering::pricing::{MONTHS, YEARS};
use domain::time::DAY;
use serde::Deserialize;
use store::fulfilment::Instance;
use web_kit::prelude::*;

/// What the buyer needs to log in; addresses only when they may be links.
#[derive(Serialize)]
struct Access {
    front_end_url: String,
    admin_url: String,
    user_name: String,
    password: String,
    memo: String,
}

/// Usage as the seller told it.
#[derive(Serialize, Deserialize)]
struct Usage {
    #[serde(default)]
    value: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    dashboard_url: Option<String>,
}

/// Why something cannot be done, or nothing.
#[derive(Serialize)]
struct Offer {
    open: bool,
    why_not: String,
}

#[derive(Serialize)]
struct ServicePage {
    service: ServiceRow,
    state: Badge,
    steps: Vec<Step>,
    facts: Vec<Fact>,
    access: Option<Access>,
    can_open: bool,
    access_hidden: bool,
    opening: bool,
    warning: String,
    usage: Vec<Usage>,
    information_at: String,
    can_refresh: bool,
    policies: Vec<Choice>,
    can_policy: bool,
    terms: Vec<Choice>,
    unsubscribe: Offer,
    refund_until: String,
    can_return: bool,
    can_release: bool,
    orders: Vec<OrderRow>,
    events: Vec<Event>,
}

fn access(data: AccessData) -> Access {
    let web = |text: String| if is_web_link(&text) { text } else { String::new() };
    Access {
        front_end_url: web(data.front_end_url),
        admin_url: web(data.admin_url.unwrap_or_default()),
        user_name: data.user_name.unwrap_or_default(),
        password: data.password.unwrap_or_default(),
        memo: data.memo.unwrap_or_default(),
    }
}

fn usage(instance: &Instance) -> Vec<Usage> {
    let text = instance.usage_json.as_deref().unwrap_or("[]");
    let mut found: Vec<Usage> = serde_json::from_str(text).unwrap_or_default();
    for line in &mut found {
        line.dashboard_url = line.dashboard_url.take().filter(|u| is_web_link(u));
    }
    found
}

/// Lengths that can be ordered, each with its whole price; the value is `month:3`.
fn terms(page: &Page, prices: &[(PeriodType, Money)], quantity: i64) -> Vec<Choice> {
    let mut options = Vec::new();
    for (period, price) in prices {
        let counts = if *period == PeriodType::Year { YEARS } else { MONTHS };
        for count in counts {
            let Ok(total) = price.times(*count).and_then(|p| p.times(quantity)) else { continue };
            let length = page.tx(&format!("periods-{}", period.code()), &[("count", (*count).into())]);
            let text = format!("{length} · {}", money(page, total));
            options.push(Choice { value: format!("{}:{count}", period.code()), text });
        }
    }
    options
}

/// Reads `month:3`.
fn term(text: &str) -> Option<(PeriodType, i64)> {
    let (period, count) = text.split_once(':')?;
    Some((PeriodType::from_code(period)?, count.parse().ok()?))
}

fn warning(page: &Page, state: &InstanceState) -> String {
    let said = |key: &str, at| page.tx(key, &[("day", day(page, at).into())]);
    match *state {
        InstanceState::Expired { grace_until, .. } => said("buyer-service-warn-expired", grace_until),
        InstanceState::Frozen { release_at: Some(at), .. } => said("buyer-service-warn-frozen", at),
        InstanceState::Frozen { .. } => page.t("buyer-service-warn-violation"),
        InstanceState::Failed { .. } => page.t("buyer-service-warn-failed"),
        _ => String::new(),
    }
}

fn unsubscribe_offer(page: &Page, detail: &InstanceDetail) -> Offer {
    // Renewals are paid on top of the purchase: those that have not begun are given back first.
    let renewed = detail.orders.iter().any(|o| {
        o.kind == OrderKind::Renew
            && !matches!(o.state, OrderState::Cancelled { .. })
            && o.refund_state != RefundState::Full
    });
    let bar = detail.refund_bar.or(renewed.then_some("refund-renewed"));
    Offer {
        open: bar.is_none() && page.require_right(Right::OrderPlace).is_ok(),
        why_not: bar.map(|code| page.error_text(&AppError::Refused(code))).unwrap_or_default(),
    }
}

fn can_release(instance: &Instance) -> bool {
    match instance.state {
        InstanceState::Expired { .. } | InstanceState::Frozen { .. } => true,
        InstanceState::InUse { .. } => instance.trial || instance.mode != BillingMode::Period,
        _ => false,
    }
}

fn facts(page: &Page, instance: &Instance) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new(page, "buyer-col-service", instance.id.clone()).code(),
        Fact::new(page, "buyer-col-product", page.pick(&instance.product_name))
            .link(format!("/product/{}", instance.product_id)),
        Fact::new(page, "buyer-col-specification", page.pick(&instance.specification_name)),
        Fact::new(page, "buyer-fact-mode", page.t(&format!("mode-{}", instance.mode.code()))),
        Fact::new(page, "buyer-total-quantity", instance.quantity.to_string()),
    ];
    if let Some(named) = &instance.seller_instance_id {
        facts.push(Fact::new(page, "buyer-fact-seller-instance", named.clone()).code());
    }
    if let Some(at) = instance.opened_at {
        facts.push(Fact::new(page, "buyer-fact-opened", when(page, at)));
    }
    if let Some(until) = instance.state.until() {
        facts.push(Fact::new(page, "buyer-col-until", when(page, until)));
    }
    match instance.state {
        InstanceState::Expired { grace_until, .. } => {
            facts.push(Fact::new(page, "buyer-fact-grace", when(page, grace_until)));
        }
        InstanceState::Frozen { release_at, why, .. } => {
            facts.push(Fact::new(page, "buyer-fact-frozen", page.t(&format!("frozen-why-{}", why.code()))));
            if let Some(at) = release_at {
                facts.push(Fact::new(page, "buyer-fact-retention", when(page, at)));
            }
        }
        InstanceState::Released { at } => facts.push(Fact::new(page, "buyer-fact-released", when(page, at))),
        _ => {}
    }
    facts
}

fn service_page(page: &Page, mut detail: InstanceDetail) -> ServicePage {
    let manages = page.require_right(Right::ResourceManage).is_ok();
    let buys = page.require_right(Right::OrderPlace).is_ok();
    let access = detail.access.take().map(access);
    let instance = &detail.instance;
    let in_use = matches!(instance.state, InstanceState::InUse { .. });
    let frozen = matches!(instance.state, InstanceState::Frozen { .. });
    let ended = matches!(instance.state, InstanceState::Released { .. } | InstanceState::Failed { .. });
    let codes: Vec<&str> = ExpiryPolicy::ALL
        .iter()
        .filter(|p| !instance.trial || **p != ExpiryPolicy::Automatic)
        .map(|p| p.code())
        .collect();
    let unsubscribe = unsubscribe_offer(page, &detail);
    let window = page.app().settings().refund_no_reason_days * DAY;
    let deadline = instance.opened_at.filter(|_| unsubscribe.open).map(|at| when(page, at.plus(window)));
    ServicePage {
        state: service_badge(page, &instance.state),
        steps: if instance.state.until().is_some() || !in_use { of_service(page, instance) } else { Vec::new() },
        facts: facts(page, instance),
        access_hidden: !manages && !ended && instance.access_cipher.is_some(),
        // A frozen service cannot be used but comes back; of an ended one nothing is left to log in to.
        can_open: !frozen && !ended,
        access: access.filter(|_| !ended),
        opening: matches!(instance.state, InstanceState::Provisioning { .. }),
        warning: warning(page, &instance.state),
        usage: usage(instance),
        information_at: instance.information_at.map(|at| when(page, at)).unwrap_or_default(),
        can_refresh: manages && !ended && instance.seller_instance_id.is_some(),
        policies: coded(page, "policy-", &codes),
        can_policy: manages && !ended && instance.mode == BillingMode::Period,
        terms: if buys { terms(page, &detail.renewals, instance.quantity) } else { Vec::new() },
        unsubscribe,
        refund_until: deadline.unwrap_or_default(),
        can_return: detail.return_bar.is_none() && page.require_right(Right::OrderPlace).is_ok(),
        can_release: manages && can_release(instance),
        orders: detail.orders.iter().map(|o| order_row(page, o)).collect(),
        events: events(page, &detail.history),
        service: service_row(page, instance),
    }
}

/// GET /buyer/services/{id}
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let detail = page.app().instance(page.actor(), Side::Buyer, &id).await?;
    let ctx = service_page(&page, detail);
    Ok(page
        .console("buyer")
        .title(ctx.service.product.clone())
        .crumb_key("console-buyer", "/buyer")
        .crumb_key("nav-buyer-services", "/buyer/services")
        .crumb(ctx.service.product.clone(), "")
        .render("buyer/service.html", &ctx))
}

/// POST /buyer/services/{id}/policy
pub async fn policy(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let back = page.next_or(&format!("/buyer/services/{id}"), form.text("next"));
    let Some(policy) = ExpiryPolicy::from_code(form.text("policy")) else {
        return Ok(page.redirect_with(FlashKind::Warning, page.t("buyer-policy-choose"), back));
    };
    match page.app().set_expiry_policy(page.actor(), &id, policy).await {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("buyer-policy-saved"), back)),
        Err(error) => refused(&page, error, &back),
    }
}

/// POST /buyer/services/{id}/renew: places the order; it is paid on its own page.
pub async fn renew(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let back = format!("/buyer/services/{id}");
    let Some((period, count)) = term(form.text("term")) else {
        return Ok(page.redirect_with(FlashKind::Warning, page.t("buyer-renew-choose"), back));
    };
    let renewing = page.app().renew(page.actor(), &id, period, count);
    match page.once(&form, &back, renewing, |order| format!("/buyer/orders/{}", order.id)).await {
        Ok(Made::Before(response)) => Ok(response),
        Ok(Made::Now(order)) => {
            let to = format!("/buyer/orders/{}", order.id);
            Ok(page.redirect_with(FlashKind::Success, page.t("buyer-renew-ordered"), to))
        }
        Err(error) => refused(&page, error, &back),
    }
}

/// POST /buyer/services/{id}/unsubscribe
pub async fn unsubscribe(page: Page, Path(id): Path<String>, _form: Form) -> PageResult {
    let back = format!("/buyer/services/{id}");
    match page.app().unsubscribe(page.actor(), &id).await {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("buyer-unsubscribed"), back)),
        Err(error) => refused(&page, error, &back),
    }
}

/// POST /buyer/services/{id}/return-renewal
pub async fn return_renewal(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let back = format!("/buyer/services/{id}");
    let returning = page.app().return_renewal(page.actor(), &id);
    match page.once(&form, &back, returning, |order| format!("/buyer/orders/{}", order.id)).await {
        Ok(Made::Before(response)) => Ok(response),
        Ok(Made::Now(_)) => Ok(page.redirect_with(FlashKind::Success, page.t("buyer-renewal-returned"), back)),
        Err(error) => refused(&page, error, &back),
    }
}

/// POST /buyer/services/{id}/release
pub async fn release(page: Page, Path(id): Path<String>, _form: Form) -> PageResult {
    let back = format!("/buyer/services/{id}");
    match page.app().release(page.actor(), &id).await {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("buyer-released"), back)),
        Err(error) => refused(&page, error, &back),
    }
}

/// POST /buyer/services/{id}/refresh: asks the seller for fresh information.
pub async fn refresh(page: Page, Path(id): Path<String>, _form: Form) -> PageResult {
    let back = format!("/buyer/services/{id}");
    match page.app().refresh_information(page.actor(), &id).await {
        Ok(true) => Ok(page.redirect_with(FlashKind::Success, page.t("buyer-refreshed"), back)),
        Ok(false) => Ok(page.redirect_with(FlashKind::Info, page.t("buyer-refresh-nothing"), back)),
        Err(error) => refused(&page, error, &back),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_back_and_nonsense_is_not() {
        assert_eq!(term("month:3"), Some((PeriodType::Month, 3)));
        assert_eq!(term("year:1"), Some((PeriodType::Year, 1)));
        for bad in ["", "month", "week:1", "month:x"] {
            assert_eq!(term(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_script_as_an_address_of_the_service_is_not_offered() {
        let data = AccessData { front_end_url: "javascript:alert(1)".into(), ..AccessData::default() };
        assert_eq!(access(data).front_end_url, "");
    }
}
