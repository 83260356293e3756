//! "Why is this order stuck?" in sentences, with the one safe thing to do.

use crate::common::{Event, href_of, when, word};
use app::diagnosis::{Cause, Diagnosis, SafeAction};
use domain::access::OperatorRight;
use web_kit::prelude::*;

/// The block of the order page.
#[derive(Debug, Serialize)]
pub struct Stuck {
    /// Whether the order does not go on.
    is: bool,
    chain: Vec<Event>,
    advice: String,
    /// Address that the button posts to; empty when there is nothing to press.
    post: String,
    button: String,
    field: &'static str,
}

/// Every code of the diagnosis, with the kind of its subject and the prefix of its detail's words.
const CODES: &[(&str, &str, &str)] = &[
    ("order-state", "", "state-order-"),
    ("transfer-unconfirmed", "", ""),
    ("unpaid", "", ""),
    ("instance-state", "", "state-instance-"),
    ("no-open-call", "", ""),
    ("call-stopped", "call", ""),
    ("call-polling", "call", ""),
    ("call-not-sent", "call", "activity-"),
    ("call-failing", "call", ""),
    ("job-failed", "job", ""),
    ("job-running", "job", ""),
    ("job-overdue", "job", ""),
    ("job-waiting", "job", ""),
    ("no-job", "call", ""),
];

fn event(page: &Page, cause: &Cause, last: bool) -> Event {
    let known = CODES.iter().find(|(code, ..)| *code == cause.code);
    let (kind, prefix) = known.map_or(("", ""), |(_, kind, prefix)| (*kind, *prefix));
    let detail = if prefix.is_empty() { cause.detail.clone() } else { word(page, prefix, &cause.detail) };
    let at = cause.at.map_or_else(|| "—".to_owned(), |at| when(page, at));
    let arguments = [("detail", detail.as_str().into()), ("subject", cause.subject.as_str().into()), ("at", at.into())];
    let in_sentence = !prefix.is_empty() || detail.is_empty();
    Event {
        title: page.tx(&format!("diagnosis-{}", cause.code), &arguments),
        at: cause.at,
        actor: String::new(),
        text: if in_sentence { String::new() } else { detail.clone() },
        tone: if last { "warning" } else { "info" },
        href: href_of(kind, &cause.subject),
    }
}

struct Advice {
    text: String,
    post: String,
    key: &'static str,
    field: &'static str,
}

fn advice(page: &Page, action: &SafeAction) -> Advice {
    let say = |key: &str| Advice { text: page.t(key), post: String::new(), key: "", field: "" };
    let press = |key: &str, right: OperatorRight, post: String, button: &'static str, field: &'static str| {
        let may = page.actor().operator_may(right).is_ok();
        let text = page.t(key);
        let ask = if may { String::new() } else { format!(" {}", page.t("operator-ask-colleague")) };
        Advice { text: format!("{text}{ask}"), post: if may { post } else { String::new() }, key: button, field }
    };
    match action {
        SafeAction::Nothing => say("operator-stuck-nothing"),
        SafeAction::WaitForBuyer => say("operator-stuck-buyer"),
        SafeAction::Report => say("operator-stuck-report"),
        SafeAction::Wait(None) => say("operator-stuck-wait"),
        SafeAction::Wait(Some(until)) => Advice {
            text: page.tx("operator-stuck-wait-until", &[("at", when(page, *until).into())]),
            ..say("operator-stuck-wait")
        },
        SafeAction::ConfirmPayment(id) => {
            let post = format!("/operator/payments/{id}/decide");
            let approves = page.actor().operator_may(OperatorRight::ApproveMoney).is_ok();
            let right = if approves { OperatorRight::ApproveMoney } else { OperatorRight::ConfirmMoney };
            press("operator-stuck-payment", right, post, "operator-payment-confirm", "arrived")
        }
        SafeAction::RestartCall(id) => {
            let post = format!("/operator/calls/{id}/restart");
            press("operator-stuck-call", OperatorRight::RunJobs, post, "operator-call-restart", "")
        }
        SafeAction::RestartJob(id) => {
            let post = format!("/operator/jobs/{id}/restart");
            press("operator-stuck-job", OperatorRight::RunJobs, post, "operator-job-restart", "")
        }
    }
}

/// The diagnosis for the page.
pub fn stuck(page: &Page, diagnosis: &Diagnosis) -> Stuck {
    let is = diagnosis.action != SafeAction::Nothing;
    let last = diagnosis.chain.len().saturating_sub(1);
    let chain = diagnosis.chain.iter().enumerate().map(|(i, c)| event(page, c, is && i == last));
    let advice = advice(page, &diagnosis.action);
    Stuck {
        is,
        chain: chain.collect(),
        button: if advice.post.is_empty() { String::new() } else { page.t(advice.key) },
        advice: advice.text,
        post: advice.post,
        field: advice.field,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::words::Words;
    use domain::text::Language;

    #[test]
    fn every_cause_has_a_sentence_in_both_languages() {
        let words = Words::built_in();
        for (code, ..) in CODES {
            for language in Language::ALL {
                assert!(words.has(language, &format!("diagnosis-{code}")), "{code} {}", language.code());
            }
        }
    }
}
