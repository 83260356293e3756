//! Answers to calls that must be refused.

use protocol::body_sign::BodySignProblem;
use protocol::result_code::PROCESSING;
use protocol::verdict::{Fact, Verdict};

use super::{Case, Judged, Learned};
use crate::plan::Severity;

/// A call that must be refused with `code`. What matters is that it is refused; another code, or
/// the manner of an HTTP error, is worth a warning.
pub(super) fn refused(case: &Case<'_>, verdict: Verdict, code: &'static str) -> Judged {
    let failure = match verdict {
        Verdict::Success(_) => return case.broken(Severity::Failure, case.phrases().accepted(code)),
        Verdict::Processing(_) => return case.broken(Severity::Failure, case.phrases().accepted_as(PROCESSING, code)),
        Verdict::Failure(failure) => failure,
    };
    match failure.fact.as_ref() {
        Fact::ResultCode { code: answered, .. } if answered == code => Judged::Passed(Learned::default(), Vec::new()),
        Fact::ResultCode { code: answered, .. } if case.code_is_number() => {
            case.broken(Severity::Warning, case.phrases().other_code(answered, code) + &case.phrases().code_is_number())
        }
        Fact::ResultCode { code: answered, .. } => {
            case.broken(Severity::Warning, case.phrases().other_code(answered, code))
        }
        Fact::HttpStatus(status @ 400..=499) => {
            case.broken(Severity::Warning, case.phrases().refused_by_http(*status, code))
        }
        Fact::BodySign(BodySignProblem::Missing) if failure.result_code.as_deref() == Some(code) => {
            case.broken(Severity::Warning, case.phrases().refusal_unsigned())
        }
        // The call succeeded, and something else is wrong with the answer.
        _ if super::result_code(case.exchange).as_deref() == Some(protocol::result_code::SUCCESS) => {
            case.broken(Severity::Failure, case.phrases().accepted(code))
        }
        _ => case.failed(&failure),
    }
}
