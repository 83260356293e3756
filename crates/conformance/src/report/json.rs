//! The report for programs.
//!
//! One object: `format` (1; raised when a member changes its meaning), `address`, `generation`,
//! `mode`, `debuggingOnly`, `language` (`zh` or `en`), `startedAt` (UTC text), `passes` (no check
//! failed), `counts` (`passed`, `warning`, `failed`, `notPlayed`), and `checks`, a list in the
//! order of the run. Each check has `id` (stable), `severity` (`failure` or `warning`: how bad a
//! miss is), `outcome` (`passed`, `warning`, `failed`, `not-played`), `section` of the seller
//! interface specification, `title`, `found` and `advice` in the language of the report (empty when
//! passed), `calls`, `durationMs`, and where there is something to show `sent` (`method`, `url`,
//! `body`), `received` (`status`, `contentType`, `bodySign`, `body`; or `failure`) and
//! `signature` (`ours`, `theirs`: canonical strings or null, `firstByte`: offset or null,
//! `mistakes`: texts).

use protocol::SignatureDifference;
use protocol::verdict::Language;
use serde_json::{Value, json};

use crate::finding::{Finding, Outcome, Received, Report};
use crate::plan::generation_name;

/// The version of the document that [`write`] gives.
pub const FORMAT: u32 = 1;

/// The report as indented JSON.
pub fn write(report: &Report) -> String {
    let language = match report.language {
        Language::Zh => "zh",
        Language::En => "en",
    };
    let value = json!({
        "format": FORMAT,
        "address": report.address,
        "generation": generation_name(report.generation),
        "mode": report.mode.as_str(),
        "debuggingOnly": report.debugging_only,
        "language": language,
        "startedAt": report.started(),
        "passes": report.passes(false),
        "counts": {
            "passed": report.count(Outcome::Passed),
            "warning": report.count(Outcome::Warning),
            "failed": report.count(Outcome::Failed),
            "notPlayed": report.count(Outcome::NotPlayed),
        },
        "checks": report.findings.iter().map(|finding| check(finding, report.language)).collect::<Vec<_>>(),
    });
    // Alternate form: indented.
    format!("{value:#}\n")
}

fn check(finding: &Finding, language: Language) -> Value {
    let mut value = json!({
        "id": finding.id,
        "severity": finding.severity.as_str(),
        "outcome": finding.outcome.as_str(),
        "section": finding.section,
        "title": finding.title,
        "found": finding.found,
        "advice": finding.advice,
        "calls": finding.calls,
        "durationMs": finding.duration_ms,
    });
    if let Some(sent) = &finding.sent {
        value["sent"] = json!({"method": sent.method, "url": sent.url, "body": sent.body});
    }
    match &finding.received {
        Some(Received::Answer { status, content_type, body_sign, body }) => {
            value["received"] =
                json!({"status": status, "contentType": content_type, "bodySign": body_sign, "body": body});
        }
        Some(Received::Nothing(why)) => value["received"] = json!({"failure": why}),
        None => {}
    }
    if let Some(difference) = &finding.difference {
        value["signature"] = signature(difference, language);
    }
    value
}

fn signature(difference: &SignatureDifference, language: Language) -> Value {
    json!({
        "ours": difference.ours.canonical,
        "theirs": difference.theirs.canonical,
        "firstByte": difference.canonical_at,
        "mistakes": difference.mistakes.iter().map(|mistake| mistake.text(language)).collect::<Vec<_>>(),
    })
}
