//! The report for a browser: one file, no script, nothing loaded from elsewhere.

use std::fmt::Write;

use super::escape;
use crate::finding::{Finding, Outcome, Received, Report};
use crate::plan::generation_name;
use crate::words::labels::{Labels, labels};

const STYLE: &str = "\
:root{color-scheme:light dark;--text:#1d2129;--soft:#5b6472;--line:#dfe3e8;--page:#fff;--panel:#f6f7f9;\
--good:#1a7f4b;--warn:#9a6700;--bad:#b42318}\
@media(prefers-color-scheme:dark){:root{--text:#e6e8eb;--soft:#9aa4b2;--line:#323842;--page:#15181d;--panel:#1d2127;\
--good:#4cc38a;--warn:#e2b340;--bad:#ff8a80}}\
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--text);\
font:16px/1.6 system-ui,\"PingFang SC\",\"Microsoft YaHei\",sans-serif}\
main{max-width:64rem;margin:0 auto;padding:2rem 1rem}h1{font-size:1.5rem;margin:0 0 1rem}\
h2{font-size:1.1rem;margin:2rem 0 .5rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:0}\
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}\
.counts{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;padding:0;margin:1rem 0;list-style:none}\
.counts strong{font-size:1.5rem;margin-right:.35rem}\
details{border:1px solid var(--line);border-radius:6px;margin:.4rem 0;background:var(--panel)}\
summary{padding:.5rem .75rem;cursor:pointer}.body{padding:.25rem .75rem .75rem}\
.word{display:inline-block;min-width:4.5em;font-weight:600}.passed{color:var(--good)}.warning{color:var(--warn)}\
.failed{color:var(--bad)}.not-played{color:var(--soft)}code{font:.85em/1.5 ui-monospace,monospace;color:var(--soft)}\
pre{margin:.25rem 0;padding:.5rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--page);\
border:1px solid var(--line);border-radius:4px;font:.85em/1.5 ui-monospace,monospace}mark{background:#ffd8a8;color:#1d2129}";

/// The report as one HTML document.
pub fn write(report: &Report) -> String {
    let l = labels(report.language);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{}</title><style>{STYLE}</style></head><body><main>\n",
        l.html_lang,
        escape(l.title)
    );
    head(&mut out, report, &l);
    let _ = writeln!(out, "<h2>{}</h2>", escape(l.checks));
    for finding in &report.findings {
        check(&mut out, finding, &l);
    }
    out.push_str("</main></body></html>\n");
    out
}

fn head(out: &mut String, report: &Report, l: &Labels) {
    let debugging = if report.debugging_only { format!(" ({})", l.debugging_only) } else { String::new() };
    let _ = writeln!(out, "<h1>{}</h1><dl>", escape(l.title));
    for (name, value) in [
        (l.address, report.address.clone()),
        (l.generation, format!("{}{debugging}", generation_name(report.generation))),
        (l.mode, report.mode.as_str().to_owned()),
        (l.time, report.started()),
    ] {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(&value));
    }
    out.push_str("</dl><ul class=\"counts\">");
    for (outcome, word) in [
        (Outcome::Passed, l.passed),
        (Outcome::Warning, l.warning),
        (Outcome::Failed, l.failed),
        (Outcome::NotPlayed, l.not_played),
    ] {
        let _ = write!(
            out,
            "<li class=\"{}\"><strong>{}</strong>{}</li>",
            outcome.as_str(),
            report.count(outcome),
            escape(word)
        );
    }
    let verdict = if report.passes(false) { l.all_well } else { l.has_failures };
    let _ = writeln!(out, "</ul><p>{}</p>", escape(verdict));
}

fn check(out: &mut String, finding: &Finding, l: &Labels) {
    let word = match finding.outcome {
        Outcome::Passed => l.passed,
        Outcome::Warning => l.warning,
        Outcome::Failed => l.failed,
        Outcome::NotPlayed => l.not_played,
    };
    let open = if finding.outcome == Outcome::Failed { " open" } else { "" };
    let _ = writeln!(
        out,
        "<details{open}><summary><span class=\"word {}\">{}</span> {} <code>{}</code></summary><div class=\"body\"><dl>",
        finding.outcome.as_str(),
        escape(word),
        escape(&finding.title),
        escape(&finding.id)
    );
    let mut row = |name: &str, html: String| {
        let _ = writeln!(out, "<dt>{}</dt><dd>{html}</dd>", escape(name));
    };
    row(l.section, escape(&finding.section));
    if !finding.found.is_empty() {
        row(l.found, escape(&finding.found));
    }
    if !finding.advice.is_empty() {
        row(l.advice, escape(&finding.advice));
    }
    if let Some(difference) = &finding.difference {
        let side = |canonical: &Option<String>| match canonical {
            Some(text) => marked(text, difference.canonical_at),
            None => escape(l.not_known),
        };
        row(l.ours, side(&difference.ours.canonical));
        row(l.theirs, side(&difference.theirs.canonical));
        if let Some(at) = difference.canonical_at {
            row(l.first_byte, at.to_string());
        }
    }
    if let Some(sent) = &finding.sent {
        let body = sent.body.as_deref().map(|body| format!("\n\n{body}")).unwrap_or_default();
        row(l.sent, format!("<pre>{}</pre>", escape(&format!("{} {}{body}", sent.method, sent.url))));
    }
    match &finding.received {
        Some(Received::Answer { status, content_type, body_sign, body }) => {
            let sign = if *body_sign { "\nBody-Sign: ***" } else { "" };
            let kind = content_type.as_deref().unwrap_or("-");
            row(
                l.received,
                format!("<pre>{}</pre>", escape(&format!("HTTP {status}\nContent-Type: {kind}{sign}\n\n{body}"))),
            );
        }
        Some(Received::Nothing(why)) => row(l.received, escape(&format!("{}: {why}", l.no_answer))),
        None => {}
    }
    out.push_str("</dl></div></details>\n");
}

/// A canonical string with its first difference marked.
fn marked(text: &str, at: Option<usize>) -> String {
    let Some(at) = at else {
        return format!("<pre>{}</pre>", escape(text));
    };
    let mut from = at.min(text.len());
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    let (before, after) = text.split_at(from);
    let mut rest = after.chars();
    let first: String = rest.next().into_iter().collect();
    format!("<pre>{}<mark>{}</mark>{}</pre>", escape(before), escape(&first), escape(rest.as_str()))
}
