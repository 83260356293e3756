//! The report on the terminal.

use std::fmt::Write;

use super::{around, one_line};
use crate::finding::{Finding, Outcome, Received, Report};
use crate::plan::generation_name;
use crate::words::labels::{Labels, labels};

/// The report as plain text, one line for each check and more where something is wrong.
pub fn write(report: &Report) -> String {
    let l = labels(report.language);
    let mut out = String::new();
    let debugging = if report.debugging_only { format!(", {}", l.debugging_only) } else { String::new() };
    let _ = writeln!(
        out,
        "{}\n{}: {}\n{}: {} ({}{debugging})\n",
        l.title,
        l.address,
        one_line(&report.address),
        l.generation,
        generation_name(report.generation),
        report.mode.as_str(),
    );
    for finding in &report.findings {
        check(&mut out, finding, &l);
    }
    let count = |outcome, word| format!("{} {word}", report.count(outcome));
    let counts = [
        count(Outcome::Passed, l.passed),
        count(Outcome::Warning, l.warning),
        count(Outcome::Failed, l.failed),
        count(Outcome::NotPlayed, l.not_played),
    ];
    let verdict = if report.passes(false) { l.all_well } else { l.has_failures };
    let _ = writeln!(out, "\n{}. {verdict}", counts.join(", "));
    out
}

fn check(out: &mut String, finding: &Finding, l: &Labels) {
    let word = match finding.outcome {
        Outcome::Passed => l.passed,
        Outcome::Warning => l.warning,
        Outcome::Failed => l.failed,
        Outcome::NotPlayed => l.not_played,
    };
    let _ = writeln!(out, "[{word}] {}  {}", finding.id, one_line(&finding.title));
    if finding.outcome == Outcome::Passed {
        return;
    }
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(out, "    {name}: {}", one_line(text));
    };
    line(l.found, &format!("{} ({} {})", finding.found, l.section, finding.section));
    if finding.outcome == Outcome::NotPlayed {
        return;
    }
    line(l.advice, &finding.advice);
    if let Some(sent) = &finding.sent {
        let body = sent.body.as_deref().map(|body| format!("  {body}")).unwrap_or_default();
        line(l.sent, &format!("{} {}{body}", sent.method, sent.url));
    }
    match &finding.received {
        Some(Received::Answer { status, content_type, body, .. }) => {
            let shown: String = body.chars().take(400).collect();
            line(l.received, &format!("HTTP {status} {}  {shown}", content_type.as_deref().unwrap_or("-")));
        }
        Some(Received::Nothing(why)) => line(l.received, &format!("{}: {why}", l.no_answer)),
        None => {}
    }
    if let Some(difference) = &finding.difference {
        let text = |canonical: &Option<String>| {
            canonical.as_deref().map_or(l.not_known.to_owned(), |text| around(text, difference.canonical_at))
        };
        line(l.ours, &text(&difference.ours.canonical));
        line(l.theirs, &text(&difference.theirs.canonical));
        if let Some(at) = difference.canonical_at {
            line(l.first_byte, &at.to_string());
        }
    }
}
