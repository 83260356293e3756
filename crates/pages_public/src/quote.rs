//! What a choice of a product costs, in words, and the form for choosing.

use crate::offer::{self, Asked, Term};
use domain::catalogue::content::{ProductContent, Specification};
use domain::catalogue::kinds::BillingMode;
use domain::money::Money;
use domain::ordering::pricing::{self, Choice};
use web_kit::filters::money_text;
use web_kit::pieces::{ChoiceGroup, ChoiceOption, Chooser, PriceBox, PriceLine, Quantity};
use web_kit::prelude::*;

/// An amount in the language of the page.
pub fn amount(page: &Page, money: Money) -> String {
    money_text(&money.to_decimal(), money.currency().code(), page.language())
}

/// Words of a term: `3 months`, `One-time`.
pub fn term_text(page: &Page, term: Term) -> String {
    match term.period {
        Some(period) => page.tx(&format!("periods-{}", period.code()), &[("count", term.periods.into())]),
        None => page.t(&format!("mode-{}", term.mode.code())),
    }
}

/// `/month` behind the price of a period.
fn unit(page: &Page, choice: &Choice) -> String {
    choice.period.map_or(String::new(), |p| page.t(&format!("public-unit-{}", p.code())))
}

/// That the money comes back without a reason, and for how long.
pub fn refund_note(page: &Page) -> String {
    let days = page.app().settings().refund_no_reason_days;
    page.tx("product-note-refund", &[("days", days.into())])
}

/// What a choice costs; without a total where it has no price.
pub fn quote_box(page: &Page, specification: &Specification, choice: &Choice) -> PriceBox {
    let line = |key: &str, text: String| PriceLine { label: page.t(key), text, minus: false };
    let mut lines = vec![
        line("product-specification", page.pick(&specification.name).to_owned()),
        line("product-term", term_text(page, offer::term_of(choice))),
    ];
    let quote = match pricing::quote(specification, choice) {
        Ok(quote) => quote,
        Err(error) => {
            let note = page.error_text(&AppError::Refused(error.code()));
            return PriceBox { lines, note, ..PriceBox::default() };
        }
    };
    if let Some(days) = quote.trial_days {
        lines.truncate(1);
        let text = page.tx("product-trial-days", &[("days", i64::from(days).into())]);
        lines.push(line("product-term", text));
    } else if quote.unit_price.is_positive() {
        lines.push(line("product-unit-price", format!("{}{}", amount(page, quote.unit_price), unit(page, choice))));
        lines.push(line("product-quantity", format!("× {}", choice.quantity)));
    }
    let mut notes = Vec::new();
    if let (Some(days), false, BillingMode::Period) = (specification.trial_days, choice.trial, choice.mode) {
        notes.push(page.tx("product-note-trial", &[("days", i64::from(days).into())]));
    }
    if specification.no_reason_refund && quote.payable.is_positive() && choice.mode == BillingMode::Period {
        notes.push(refund_note(page));
    }
    let gap = if page.language() == domain::text::Language::En { " " } else { "" };
    PriceBox { total: Some(amount(page, quote.payable)), lines, note: notes.join(gap), ..PriceBox::default() }
}

/// Whether a choice costs nothing.
pub fn is_free(specification: &Specification, choice: &Choice) -> bool {
    pricing::quote(specification, choice).is_ok_and(|quote| quote.payable.is_zero())
}

/// The form for choosing, with `choice` chosen.
pub fn chooser(
    page: &Page,
    id: &str,
    content: &ProductContent,
    asked: &Asked,
    (specification, choice): (&Specification, &Choice),
) -> Chooser {
    let all = offer::specifications(content, asked);
    let option = |value: String, text: String| ChoiceOption { value, text, ..ChoiceOption::default() };
    let groups = vec![
        ChoiceGroup {
            name: "spec".to_owned(),
            legend: page.t("product-specification"),
            value: specification.id.clone(),
            options: all.iter().map(|s| option(s.id.clone(), page.pick(&s.name).to_owned())).collect(),
        },
        ChoiceGroup {
            name: "term".to_owned(),
            legend: page.t("product-term"),
            value: offer::term_of(choice).code(),
            options: offer::terms(&all).into_iter().map(|t| option(t.code(), term_text(page, t))).collect(),
        },
    ];
    let counted = all.iter().flat_map(|s| &s.prices).any(|p| p.mode != BillingMode::Free);
    let quantity = counted.then(|| Quantity {
        name: "quantity".to_owned(),
        label: page.t("product-quantity"),
        value: choice.quantity,
        min: 1,
        max: offer::MOST,
        unit: String::new(),
    });
    Chooser { action: format!("/buy/{id}"), quote: format!("/product/{id}/quote"), groups, quantity }
}
