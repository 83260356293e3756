//! Answers to queries.

use protocol::answer::Answer;
use protocol::result_code::UNKNOWN_INSTANCE;
use protocol::verdict::{Fact, Verdict};

use super::created::unreadable;
use super::{Case, Judged, Learned, elements};
use crate::plan::{Severity, Slot};

/// A query that must tell of every slot.
pub(super) fn found(case: &Case<'_>, verdict: Verdict, slots: &[Slot]) -> Judged {
    let answer = match verdict {
        Verdict::Success(answer) => answer,
        Verdict::Processing(_) => return Judged::AskAgain,
        Verdict::Failure(failure) => {
            let unknown = failure.result_code.as_deref() == Some(UNKNOWN_INSTANCE)
                && matches!(*failure.fact, Fact::ResultCode { .. });
            // While it is being opened "unknown" means "not yet" (D-22).
            if unknown && case.world.asynchronous {
                return Judged::AskAgain;
            }
            return case.failed(&failure);
        }
    };
    let info = elements(&answer);
    let ids = slots.iter().filter_map(|slot| case.world.instances.get(slot));
    let missing: Vec<&str> =
        ids.filter(|id| info.iter().all(|element| element.instance_id != **id)).map(String::as_str).collect();
    if !missing.is_empty() {
        if case.world.asynchronous {
            return Judged::AskAgain;
        }
        // A created instance without information is complete all the same (D-50).
        let severity = if info.is_empty() && slots.len() == 1 { Severity::Warning } else { Severity::Failure };
        return case.broken(severity, case.phrases().lost(&missing.join(", ")));
    }
    let mut remarks: Vec<String> = case.call.remarks(&answer).iter().map(|r| r.text(case.language)).collect();
    let apps = || info.iter().filter_map(|element| Some((element, element.app_info.as_ref()?)));
    remarks.extend(apps().find_map(|(_, app)| unreadable(case, app)));
    let front_ends = apps().map(|(element, app)| (element.instance_id.clone(), app.front_end_url.clone())).collect();
    Judged::Passed(Learned { front_ends, ..Learned::default() }, remarks)
}

/// A query that must tell usage, which is mandatory for pay-per-use and packages.
pub(super) fn usage(case: &Case<'_>, verdict: Verdict, slot: Slot) -> Judged {
    match verdict {
        Verdict::Success(answer) => {
            let id = case.world.instances.get(&slot);
            let element = elements(&answer).iter().find(|element| Some(&element.instance_id) == id);
            match element {
                Some(element) if !element.usage_info.is_empty() => Judged::Passed(Learned::default(), Vec::new()),
                _ => case.broken(Severity::Warning, case.phrases().no_usage()),
            }
        }
        Verdict::Processing(_) => Judged::AskAgain,
        Verdict::Failure(failure) => case.failed(&failure),
    }
}

/// A query for something that does not exist.
pub(super) fn not_found(case: &Case<'_>, verdict: Verdict) -> Judged {
    let passed = Judged::Passed(Learned::default(), Vec::new());
    match verdict {
        Verdict::Success(answer) => {
            let asked = super::named_instance(case.call).unwrap_or_default();
            let told = matches!(&answer, Answer::Instances(info) if info.iter().any(|e| e.instance_id == asked));
            if told { case.broken(Severity::Failure, case.phrases().invented(&asked)) } else { passed }
        }
        Verdict::Processing(_) => case.broken(Severity::Failure, case.phrases().working_on_nothing()),
        Verdict::Failure(failure) => match failure.fact.as_ref() {
            Fact::ResultCode { code, .. } if code == UNKNOWN_INSTANCE => passed,
            Fact::ResultCode { code, .. } => {
                case.broken(Severity::Warning, case.phrases().other_code(code, UNKNOWN_INSTANCE))
            }
            Fact::HttpStatus(status @ 400..=499) => {
                case.broken(Severity::Warning, case.phrases().refused_by_http(*status, UNKNOWN_INSTANCE))
            }
            _ => case.failed(&failure),
        },
    }
}
