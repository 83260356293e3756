//! The checkout: what is ordered, what it costs, the agreement; then the order.

use crate::offer::{self, Asked, MOST, Term};
use crate::product;
use crate::quote::{amount, refund_note, term_text};
use crate::shelf::{self, Menu};
use app::ordering::PlaceOrder;
use app::shelf::ProductView;
use axum::extract::Path;
use domain::access::Right;
use domain::catalogue::content::Specification;
use domain::catalogue::kinds::BillingMode;
use domain::identity::Verification;
use domain::ordering::pricing::{self, Choice};
use web_kit::paths::with_pairs;
use web_kit::prelude::*;

/// A name with a value.
#[derive(Serialize)]
struct Line {
    label: String,
    text: String,
    /// Whether it is the sum itself.
    strong: bool,
}

#[derive(Serialize)]
struct Checkout {
    menu: Menu,
    id: String,
    name: String,
    logo: String,
    seller: String,
    facts: Vec<Line>,
    lines: Vec<Line>,
    change_href: String,
    specification: String,
    term: String,
    quantity: i64,
    counted: bool,
    most: i64,
    trial: bool,
    trial_text: String,
    payable: String,
    can_renew: bool,
    auto_renew: bool,
    agreement: String,
    agreement_title: String,
    refund: String,
    problems: Vec<Problem>,
    submit: String,
    next: String,
    errors: FormErrors,
}

#[derive(Serialize)]
struct Problem {
    text: String,
    href: String,
    action: String,
}

/// What the buyer ticked.
#[derive(Default)]
struct Ticks {
    auto_renew: bool,
}

/// Whether a link names a specification or a term that is not offered any more. Another one must not
/// be bought in its place without a word.
fn is_gone(view: &ProductView, asked: &Asked) -> bool {
    let all = offer::specifications(&view.product.content, asked);
    let known = |id: &str| all.iter().any(|s| s.id == id);
    let offered = |term: Term| offer::terms(&all).contains(&term);
    let other_specification = !asked.specification.is_empty() && !known(&asked.specification);
    // A term that only another specification has is the product page's business: it shows the price.
    let other_term = !asked.trial && !asked.term.is_empty() && !Term::parse(&asked.term).is_some_and(offered);
    other_specification || other_term
}

/// What stands in the way of this member, said before he fills in anything.
async fn problems(page: &Page, view: &ProductView, asked: &Asked) -> Result<Vec<Problem>, PageError> {
    let member = page.require_member()?;
    let mut list = Vec::new();
    let mut add = |text: String, href: &str, action: String| {
        list.push(Problem { text, href: href.to_owned(), action });
    };
    let refused = |code| page.error_text(&AppError::Refused(code));
    if !member.has(Right::OrderPlace) {
        add(page.t("checkout-no-right"), "", String::new());
    }
    if member.frozen {
        add(refused("organisation-frozen"), "/help", page.t("checkout-ask-help"));
    }
    if member.verification != Verification::Verified {
        add(refused("not-verified"), "/account/organisation", page.t("checkout-verify"));
    }
    if member.organisation_id == view.seller.id && !member.sandbox {
        add(refused("own-product"), "", String::new());
    }
    if asked.trial && page.app().trial_is_taken(page.actor(), &view.product.id).await? {
        let href = format!("/product/{}", view.product.id);
        add(refused("trial-taken"), &href, page.t("checkout-change"));
    }
    if is_gone(view, asked) {
        let href = format!("/product/{}", view.product.id);
        add(page.t("checkout-choice-gone"), &href, page.t("checkout-change"));
    }
    let why = product::closed(view);
    if !why.is_empty() {
        add(page.t(&format!("product-{why}-text")), "/search", page.t("checkout-browse"));
    }
    Ok(list)
}

fn totals(page: &Page, specification: &Specification, choice: &Choice) -> (Vec<Line>, String) {
    let Ok(quote) = pricing::quote(specification, choice) else { return (Vec::new(), String::new()) };
    let line = |label: String, text: String, strong| Line { label, text, strong };
    let mut lines = Vec::new();
    if !choice.trial && quote.unit_price.is_positive() {
        let unit = choice.period.map_or(String::new(), |p| page.t(&format!("public-unit-{}", p.code())));
        lines.push(line(page.t("product-unit-price"), format!("{}{unit}", amount(page, quote.unit_price)), false));
        if choice.period.is_some() {
            lines.push(line(page.t("product-term"), format!("× {}", choice.periods), false));
        }
        lines.push(line(page.t("product-quantity"), format!("× {}", choice.quantity), false));
    }
    lines.push(line(page.t("checkout-payable"), amount(page, quote.payable), true));
    (lines, quote.payable.to_decimal())
}

async fn context(
    page: &Page,
    view: &ProductView,
    asked: &Asked,
    ticks: Ticks,
    errors: FormErrors,
) -> Result<Checkout, PageError> {
    let content = &view.product.content;
    let (specification, choice) = offer::pick(content, asked).ok_or_else(PageError::not_found)?;
    let tree = page.app().category_tree().await?;
    let term = offer::term_of(&choice);
    let (lines, payable) = totals(page, specification, &choice);
    let trial_text = specification
        .trial_days
        .filter(|_| choice.trial)
        .map_or(String::new(), |d| page.tx("checkout-trial-text", &[("days", i64::from(d).into())]));
    let name = page.pick(&content.name).to_owned();
    let fact = |key: &str, text: String| Line { label: page.t(key), text, strong: false };
    let mut facts = vec![fact("product-specification", page.pick(&specification.name).to_owned())];
    if !choice.trial {
        facts.push(fact("product-mode", page.t(&format!("mode-{}", choice.mode.code()))));
        facts.push(fact("product-term", term_text(page, term)));
    }
    let quantity = choice.quantity.to_string();
    let change = [("spec", specification.id.as_str()), ("term", &term.code()), ("quantity", &quantity)];
    let refundable = specification.no_reason_refund && choice.mode == BillingMode::Period;
    let refund = match (choice.trial || payable == "0.00", refundable) {
        (true, _) => String::new(),
        (false, true) => refund_note(page),
        (false, false) => page.t("checkout-no-refund"),
    };
    let free = choice.trial || payable == "0.00";
    Ok(Checkout {
        menu: shelf::menu(page, &tree)?,
        id: view.product.id.clone(),
        logo: content.logo.as_ref().map_or(String::new(), |id| format!("/files/{id}")),
        seller: page.pick(&view.seller.name).to_owned(),
        facts,
        lines,
        change_href: with_pairs(&format!("/product/{}", view.product.id), change),
        specification: specification.id.clone(),
        term: term.code(),
        quantity: choice.quantity,
        counted: !choice.trial && choice.mode != BillingMode::Free,
        most: MOST,
        trial: choice.trial,
        trial_text,
        payable,
        can_renew: choice.period.is_some() && !choice.trial,
        auto_renew: ticks.auto_renew,
        agreement: page.pick(&content.agreement).to_owned(),
        agreement_title: page.tx("checkout-agreement-title", &[("name", name.as_str().into())]),
        refund,
        problems: problems(page, view, asked).await?,
        submit: page.t(match (choice.trial, free) {
            (true, _) => "checkout-submit-trial",
            (false, true) => "checkout-submit-free",
            (false, false) => "checkout-submit",
        }),
        next: page.t(if free { "checkout-next-free" } else { "checkout-next" }),
        name,
        errors,
    })
}

fn shown(page: &Page, view: &ProductView) -> Page {
    let name = page.pick(&view.product.content.name);
    let href = format!("/product/{}", view.product.id);
    page.clone()
        .title_key("checkout-title")
        .crumb_key("public-home", "/")
        .crumb(name, href)
        .crumb_key("checkout-title", "")
}

/// `GET /buy/{id}`.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.require_member()?;
    let view = page.app().product_view(&id).await?;
    let asked = Asked::read(|name| page.query(name));
    let context = context(&page, &view, &asked, Ticks::default(), FormErrors::default()).await?;
    Ok(shown(&page, &view).render("public/checkout.html", &context))
}

/// Exactly what the form says, never something like it.
fn choice_of(form: &Form) -> Result<Choice, AppError> {
    let term = Term::parse(form.text("term")).ok_or(AppError::Refused("price-not-offered"))?;
    let trial = form.flag("trial");
    let quantity = match form.text("quantity") {
        "" => 1,
        text => text.parse().map_err(|_| AppError::Refused("quantity-out-of-range"))?,
    };
    Ok(Choice { mode: term.mode, period: term.period, periods: term.periods, quantity, trial })
}

/// Whether the sum is still the one that the buyer saw for the same quantity.
fn price_stands(form: &Form, view: &ProductView, choice: &Choice) -> bool {
    let seen_quantity = form.int("seen_quantity").unwrap_or(choice.quantity);
    let seen = Choice { quantity: seen_quantity, ..choice.clone() };
    let specification = view.product.content.specification(form.text("spec"));
    let now = specification.and_then(|s| pricing::quote(s, &seen).ok());
    now.is_none_or(|quote| quote.payable.to_decimal() == form.text("seen_payable"))
}

/// Whether the buyer saw the sum for this quantity: on the page, or because the script asked for it.
fn sum_was_seen(form: &Form, choice: &Choice) -> bool {
    let seen = form.int("seen_quantity").unwrap_or(choice.quantity);
    choice.quantity == seen || form.int("recounted") == Some(choice.quantity)
}

/// `POST /buy/{id}`: places the order.
pub async fn place(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    page.require_member()?;
    let view = page.app().product_view(&id).await?;
    let placed = match choice_of(&form) {
        Ok(choice) if !price_stands(&form, &view, &choice) => Err(AppError::Refused("price-changed")),
        Ok(choice) if choice.quantity > 0 && !sum_was_seen(&form, &choice) => {
            Err(AppError::Refused("quantity-recounted"))
        }
        Ok(choice) => {
            let order = PlaceOrder {
                product_id: view.product.id.clone(),
                specification_id: form.text("spec").to_owned(),
                choice,
                agreed: form.flag("agreed"),
                auto_renew: form.flag("auto_renew"),
            };
            let placing = page.app().place_order(page.actor(), order);
            page.once(&form, "/buyer/orders", placing, |order| format!("/buyer/orders/{}", order.id)).await
        }
        Err(error) => Err(error),
    };
    match placed {
        Ok(Made::Before(response)) => Ok(response),
        Ok(Made::Now(order)) => Ok(page.redirect(format!("/buyer/orders/{}", order.id))),
        Err(error) => {
            let errors = page.form_errors(error)?;
            let ticks = Ticks { auto_renew: form.flag("auto_renew") };
            let context = context(&page, &view, &Asked::read(|n| form.text(n)), ticks, errors).await?;
            Ok(shown(&page, &view).render_invalid("public/checkout.html", &context))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Form {
        Form::from_pairs(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn a_sum_that_nobody_saw_is_shown_first() {
        let seen = |pairs: &[(&str, &str)]| {
            let form = form(pairs);
            sum_was_seen(&form, &choice_of(&form).unwrap())
        };
        let term = ("term", "PERIOD.month.1");
        assert!(seen(&[term, ("quantity", "2"), ("seen_quantity", "2")]));
        assert!(!seen(&[term, ("quantity", "5"), ("seen_quantity", "1")]));
        assert!(seen(&[term, ("quantity", "5"), ("seen_quantity", "1"), ("recounted", "5")]));
        assert!(!seen(&[term, ("quantity", "5"), ("seen_quantity", "1"), ("recounted", "4")]));
    }

    #[test]
    fn an_order_takes_exactly_what_was_sent() {
        let choice = choice_of(&form(&[("term", "PERIOD.month.3"), ("quantity", "2")])).unwrap();
        assert_eq!((choice.periods, choice.quantity, choice.trial), (3, 2, false));
        let refused = choice_of(&form(&[("term", "LEASE")])).unwrap_err();
        assert_eq!(refused.code(), "price-not-offered");
        let refused = choice_of(&form(&[("term", "ONE_TIME"), ("quantity", "many")])).unwrap_err();
        assert_eq!(refused.code(), "quantity-out-of-range");
    }
}
