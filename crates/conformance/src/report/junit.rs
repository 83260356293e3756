//! The report for continuous integration: one `testsuite`, one `testcase` for each check.
//!
//! A warning is a passed case with its text in `system-out`, unless warnings count as failures.

use std::fmt::Write;

use super::escape;
use crate::finding::{Finding, Outcome, Received, Report};
use crate::plan::generation_name;
use crate::words::labels::{Labels, labels};

/// The report as JUnit XML; `strict` makes warnings failures.
pub fn write(report: &Report, strict: bool) -> String {
    let l = labels(report.language);
    let fails = |finding: &&Finding| is_failure(finding, strict);
    let failures = report.findings.iter().filter(fails).count();
    let seconds = seconds(report.findings.iter().map(|finding| finding.duration_ms).sum());
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{}\" time=\"{seconds}\"",
        report.findings.len(),
        report.count(Outcome::NotPlayed),
    );
    let suite = format!("check-seller {} {}", generation_name(report.generation), report.mode.as_str());
    let _ = writeln!(out, "<testsuites {counts}>\n<testsuite name=\"{}\" {counts}>", escape(&suite));
    for finding in &report.findings {
        case(&mut out, finding, &l, strict);
    }
    out.push_str("</testsuite>\n</testsuites>\n");
    out
}

fn is_failure(finding: &Finding, strict: bool) -> bool {
    finding.outcome == Outcome::Failed || (strict && finding.outcome == Outcome::Warning)
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

fn case(out: &mut String, finding: &Finding, l: &Labels, strict: bool) {
    let (class, name) = finding.id.rsplit_once('/').unwrap_or(("", &finding.id));
    let _ = write!(
        out,
        "<testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
        escape(&class.replace('.', "_").replace('/', ".")),
        escape(name),
        seconds(finding.duration_ms)
    );
    let text = details(finding, l);
    let _ = match finding.outcome {
        Outcome::Passed => writeln!(out, "/>"),
        Outcome::NotPlayed => {
            writeln!(out, "><skipped message=\"{}\"/></testcase>", escape(&finding.found))
        }
        _ if is_failure(finding, strict) => writeln!(
            out,
            "><failure type=\"{}\" message=\"{}\">{}</failure></testcase>",
            escape(&finding.id),
            escape(&finding.found),
            escape(&text)
        ),
        _ => writeln!(out, "><system-out>{}</system-out></testcase>", escape(&format!("{}: {text}", l.warning))),
    };
}

fn details(finding: &Finding, l: &Labels) -> String {
    let mut text = format!(
        "{}\n{}: {}\n{}: {}\n{}: {}\n",
        finding.title, l.section, finding.section, l.found, finding.found, l.advice, finding.advice
    );
    if let Some(sent) = &finding.sent {
        let _ =
            writeln!(text, "{}: {} {}\n{}", l.sent, sent.method, sent.url, sent.body.as_deref().unwrap_or_default());
    }
    match &finding.received {
        Some(Received::Answer { status, body, .. }) => {
            let _ = writeln!(text, "{}: HTTP {status}\n{body}", l.received);
        }
        Some(Received::Nothing(why)) => {
            let _ = writeln!(text, "{}: {} ({why})", l.received, l.no_answer);
        }
        None => {}
    }
    if let Some(difference) = &finding.difference {
        let shown = |side: &Option<String>| side.as_deref().unwrap_or(l.not_known).to_owned();
        let _ = writeln!(text, "{}: {}", l.ours, shown(&difference.ours.canonical));
        let _ = writeln!(text, "{}: {}", l.theirs, shown(&difference.theirs.canonical));
        if let Some(at) = difference.canonical_at {
            let _ = writeln!(text, "{}: {at}", l.first_byte);
        }
    }
    text
}
