//! From an answer to a judgement. Pure: everything that was seen is an argument.

mod address;
mod created;
mod found;
mod refused;
#[cfg(test)]
mod tests;

use protocol::Generation;
use protocol::answer::Answer;
use protocol::call::{Call, JudgeSettings};
use protocol::result_code::{AUTHENTICATION_FAILED, PROCESSING, SUCCESS};
use protocol::verdict::{Exchange, Fact, Failure, Language, Verdict};
use protocol::{SignatureDifference, json};
use serde_json::Value;

use crate::plan::{CONTACT, Expect, Severity, Slot, Step};
use crate::words::phrases::Phrases;
use crate::world::{Page, World};

pub use address::{judge_address, may_open};

/// An answer that takes longer than this many milliseconds is remarked on: other sites of the
/// platform wait 5 seconds only (2).
pub const SLOW_MS: u64 = 5_000;

/// Everything that a judgement depends on.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The step.
    pub step: &'a Step,
    /// Generation of the run.
    pub generation: Generation,
    /// The call as it was meant.
    pub call: &'a Call,
    /// What came back.
    pub exchange: &'a Exchange,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What was learned before.
    pub world: &'a World,
    /// The seller's key.
    pub key: &'a str,
    /// How answers are judged.
    pub settings: JudgeSettings,
    /// Language of the texts.
    pub language: Language,
}

/// What an answer taught.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// The instance of a slot.
    pub instance: Option<(Slot, String)>,
    /// The licence text of a slot.
    pub licence: Option<(Slot, String)>,
    /// Front-end addresses by instance.
    pub front_ends: Vec<(String, String)>,
    /// The creation was only accepted (`000004`).
    pub accepted_only: bool,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Section of the contract.
    pub section: String,
    /// What was found, in plain words.
    pub found: String,
    /// What to do about this answer; `None` leaves it to the advice of the check.
    pub advice: Option<String>,
    /// Both sides of a signature.
    pub difference: Option<SignatureDifference>,
}

/// The judgement on one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// As the contract wants it; the remarks are worth a warning each.
    Passed(Learned, Vec<String>),
    /// Still working (`000004`): ask again.
    AskAgain,
    /// Something is wrong.
    Broken(Box<Problem>),
}

/// Judges the answer to a step.
pub fn judge(case: &Case<'_>) -> Judged {
    let verdict = case.call.judge(case.exchange, &[case.key], case.settings);
    let judged = match case.step.expect {
        Expect::Verified => verified(case, &verdict),
        Expect::Done => done(case, verdict),
        Expect::New(slot, others) => created::new(case, verdict, slot, others),
        Expect::Same(slot) => created::same(case, verdict, slot),
        Expect::Found(slots) => found::found(case, verdict, slots),
        Expect::Usage(slot) => found::usage(case, verdict, slot),
        Expect::NotFound => found::not_found(case, verdict),
        Expect::Refused(code) => refused::refused(case, verdict, code),
        Expect::AnsweredAs(check) => answered_as(case, &verdict, check),
        Expect::Decision => decision(case, verdict),
        Expect::PageRemembered | Expect::PageDiffers => Judged::Passed(Learned::default(), Vec::new()),
    };
    match judged {
        Judged::Passed(learned, mut remarks) if case.duration_ms > SLOW_MS => {
            remarks.push(case.phrases().slow(case.duration_ms));
            Judged::Passed(learned, remarks)
        }
        other => other,
    }
}

/// The judgement on a step that was still answered with "being processed" after `polls` repetitions.
pub fn exhausted(step: &Step, polls: u32, language: Language) -> Problem {
    let phrases = Phrases(language);
    Problem {
        severity: step.severity,
        section: step.section.to_owned(),
        found: phrases.still_working(polls),
        advice: Some(phrases.still_working_advice()),
        difference: None,
    }
}

/// The judgement on the buyer's page of a frozen instance, beside the page while it was in use.
pub fn judge_page(step: &Step, in_use: &Page, frozen: &Page, language: Language) -> Judged {
    if in_use != frozen {
        return Judged::Passed(Learned::default(), Vec::new());
    }
    Judged::Broken(Box::new(Problem {
        severity: step.severity,
        section: step.section.to_owned(),
        found: Phrases(language).same_page(frozen.status),
        advice: None,
        difference: None,
    }))
}

/// The result code of an answer whatever else is wrong with it; `None` when there is none.
pub fn result_code(exchange: &Exchange) -> Option<String> {
    let Exchange::Answer(answer) = exchange else {
        return None;
    };
    match json::parse_object(&answer.body).ok()?.get("resultCode")? {
        Value::String(code) => Some(code.clone()),
        other => Some(other.to_string()),
    }
}

impl Case<'_> {
    fn phrases(&self) -> Phrases {
        Phrases(self.language)
    }

    /// A failure in the words of the protocol.
    fn failed(&self, failure: &Failure) -> Judged {
        let explanation = failure.explain(self.language);
        let own = matches!(*failure.fact, Fact::ResultCode { .. });
        let mut advice = explanation.advice;
        let mut found = explanation.found;
        if own {
            // The protocol advises a restart on the message page, and there is none here.
            advice = self.phrases().advice_on_code(failure.result_code.as_deref().unwrap_or_default());
            if let Some(message) = failure.result_msg.as_deref() {
                found.push_str(&self.phrases().message(message));
            }
            if self.code_is_number() {
                found.push_str(&self.phrases().code_is_number());
            }
        }
        Judged::Broken(Box::new(Problem {
            severity: self.step.severity,
            section: self.section_of(failure, explanation.section).to_owned(),
            found,
            advice: Some(advice),
            difference: failure.difference.as_deref().cloned(),
        }))
    }

    /// A refused signature breaks the rule of signatures, another code that of the step.
    fn section_of(&self, failure: &Failure, general: &'static str) -> &'static str {
        match failure.fact.as_ref() {
            Fact::ResultCode { code, .. } if code == AUTHENTICATION_FAILED && self.generation.is_get() => "3.2",
            Fact::ResultCode { code, .. } if code == AUTHENTICATION_FAILED => "3.1",
            Fact::ResultCode { .. } | Fact::MissingField(_) | Fact::FieldLength { .. } | Fact::FieldForm { .. } => {
                if self.step.check == CONTACT {
                    "10.1"
                } else {
                    self.step.section
                }
            }
            _ => general,
        }
    }

    /// A rule of the step itself.
    fn broken(&self, severity: Severity, found: String) -> Judged {
        Judged::Broken(Box::new(Problem {
            severity: severity.min(self.step.severity),
            section: self.step.section.to_owned(),
            found,
            advice: None,
            difference: None,
        }))
    }

    fn code_is_number(&self) -> bool {
        let Exchange::Answer(answer) = self.exchange else {
            return false;
        };
        json::parse_object(&answer.body).is_ok_and(|body| body.get("resultCode").is_some_and(Value::is_number))
    }

    /// The `instanceId` in the body, whatever the family makes of it.
    fn body_instance(&self) -> Option<String> {
        let Exchange::Answer(answer) = self.exchange else {
            return None;
        };
        json::parse_object(&answer.body).ok()?.get("instanceId")?.as_str().map(str::to_owned)
    }
}

fn verified(case: &Case<'_>, verdict: &Verdict) -> Judged {
    let passed = Judged::Passed(Learned::default(), Vec::new());
    match verdict {
        Verdict::Success(_) | Verdict::Processing(_) => passed,
        Verdict::Failure(failure) => match failure.fact.as_ref() {
            Fact::ResultCode { code, .. } if code != AUTHENTICATION_FAILED && !case.code_is_number() => {
                // The first contact is content with a refusal for another reason, which is the matter
                // of the checks that follow; so is whatever is answered like it.
                let like_contact = case.world.codes.get(CONTACT) == Some(code);
                if case.step.check == CONTACT || like_contact { passed } else { case.failed(failure) }
            }
            Fact::MissingField(name) if *name != "resultCode" => passed,
            Fact::FieldLength { .. } | Fact::Decrypt(_) => passed,
            Fact::FieldForm { field, .. } if field != "resultCode" => passed,
            _ => case.failed(failure),
        },
    }
}

fn done(case: &Case<'_>, verdict: Verdict) -> Judged {
    match verdict {
        Verdict::Success(_) => {
            // Only a creation names an instance; another name here means another instance.
            let asked = named_instance(case.call);
            match (case.body_instance(), asked) {
                (Some(answered), Some(asked)) if answered != asked && !answered.is_empty() && !case.step.test => {
                    case.broken(Severity::Failure, case.phrases().other_instance(&asked, &answered))
                }
                _ => Judged::Passed(Learned::default(), Vec::new()),
            }
        }
        Verdict::Processing(_) => Judged::AskAgain,
        Verdict::Failure(failure) => case.failed(&failure),
    }
}

/// The one instance that a call changes.
fn named_instance(call: &Call) -> Option<String> {
    let ids = match call {
        Call::SaasV2(request) => request.instance_ids(),
        Call::SaasV1(request) => request.instance_ids(),
        _ => return None,
    };
    match ids {
        [one] => Some(one.clone()),
        _ => None,
    }
}

fn answered_as(case: &Case<'_>, verdict: &Verdict, check: &'static str) -> Judged {
    if let Verdict::Failure(failure) = verdict
        && !matches!(*failure.fact, Fact::ResultCode { .. })
    {
        return case.failed(failure);
    }
    let passed = |remarks| Judged::Passed(Learned::default(), remarks);
    let unknown = case.world.codes.get(check).map(String::as_str);
    let now = result_code(case.exchange);
    match (unknown, now.as_deref()) {
        (Some(SUCCESS) | None, _) => passed(Vec::new()),
        (Some(_), Some(SUCCESS)) => case.broken(Severity::Failure, case.phrases().rehearsal_opened()),
        _ => passed(Vec::new()),
    }
}

fn decision(case: &Case<'_>, verdict: Verdict) -> Judged {
    match verdict {
        Verdict::Failure(failure) => match failure.fact.as_ref() {
            // Any other code is a refusal, and a refusal is an answer (4.8); "later" is none (D-27).
            Fact::ResultCode { code, .. } if code != AUTHENTICATION_FAILED && code != PROCESSING => {
                Judged::Passed(Learned::default(), Vec::new())
            }
            _ => case.failed(&failure),
        },
        _ => Judged::Passed(Learned::default(), Vec::new()),
    }
}

/// The elements of an answer to a query.
fn elements(answer: &Answer) -> &[protocol::answer::InstanceInfo] {
    match answer {
        Answer::Instances(info) => info,
        _ => &[],
    }
}
