//! The report: tables of figures, each beside its bound and its aim.

use super::load::Outcome;
use std::fmt::Write;

/// A measured figure.
#[derive(Debug, Default)]
pub(super) struct Row {
    what: String,
    result: String,
    value: f64,
    latency: Option<[f64; 3]>,
    cpu: Option<f64>,
    bound: String,
    ratio: String,
    aims: Vec<(String, bool)>,
    trouble: Option<String>,
}

/// Digits that fit the size of a number.
fn number(value: f64) -> String {
    if value >= 1000.0 {
        let text = format!("{value:.0}");
        let mut out = String::new();
        for (i, digit) in text.chars().enumerate() {
            if i > 0 && (text.len() - i) % 3 == 0 {
                out.push(',');
            }
            out.push(digit);
        }
        out
    } else if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 1.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

impl Row {
    /// A rate with its latencies.
    pub(super) fn rate(what: impl Into<String>, outcome: &Outcome) -> Row {
        Row {
            what: what.into(),
            result: format!("{}/s", number(outcome.rate())),
            value: outcome.rate(),
            latency: Some([outcome.millis(50), outcome.millis(95), outcome.millis(99)]),
            cpu: outcome.cpu_each(),
            trouble: (outcome.errors > 0).then(|| {
                format!("{} failed, first: {}", outcome.errors, outcome.first_error.as_deref().unwrap_or("unknown"))
            }),
            ..Row::default()
        }
    }

    /// A plain figure in `unit`.
    pub(super) fn figure(what: impl Into<String>, value: f64, unit: &str) -> Row {
        Row { what: what.into(), result: format!("{} {unit}", number(value)), value, ..Row::default() }
    }

    /// What could not be measured, and why.
    pub(super) fn missing(what: impl Into<String>, why: impl Into<String>) -> Row {
        Row { what: what.into(), result: "not measured".into(), trouble: Some(why.into()), ..Row::default() }
    }

    /// The bound that was measured in the same run, and what it is.
    #[must_use]
    pub(super) fn bound(mut self, value: f64, unit: &str, what: &str) -> Row {
        self.bound = format!("{}{unit} ({what})", number(value));
        if value > 0.0 {
            self.ratio = format!("{:.2}", self.value / value);
        }
        self
    }

    /// At least so many each second.
    #[must_use]
    pub(super) fn at_least(mut self, wanted: f64) -> Row {
        self.aims.push((format!("≥ {}/s", number(wanted)), self.value >= wanted));
        self
    }

    /// At most this figure.
    #[must_use]
    pub(super) fn at_most(mut self, wanted: f64, unit: &str) -> Row {
        self.aims.push((format!("< {} {unit}", number(wanted)), self.value < wanted));
        self
    }

    /// A latency below `wanted` milliseconds; `percent` is 95 or 99.
    #[must_use]
    pub(super) fn within(mut self, percent: usize, wanted: f64) -> Row {
        let at = usize::from(percent == 99) + 1;
        let held = self.latency.is_some_and(|l| l[at] < wanted);
        self.aims.push((format!("p{percent} < {} ms", number(wanted)), held));
        self
    }

    /// A comparison with another figure, judged by the caller.
    #[must_use]
    pub(super) fn aim(mut self, text: &str, held: bool) -> Row {
        self.aims.push((text.to_owned(), held));
        self
    }

    fn line(&self) -> String {
        let latency = match self.latency {
            Some(l) => l.map(number).join(" / "),
            None => String::new(),
        };
        let aims: Vec<&str> = self.aims.iter().map(|a| a.0.as_str()).collect();
        let held = match (self.aims.is_empty(), self.trouble.is_some(), self.aims.iter().all(|a| a.1)) {
            (true, _, _) => "",
            (_, true, _) | (_, _, false) => "**no**",
            _ => "yes",
        };
        let cpu = self.cpu.map(number).unwrap_or_default();
        let cells =
            [&self.what, &self.result, &latency, &cpu, &self.bound, &self.ratio, &aims.join(", "), &held.to_owned()];
        format!("| {} |", cells.map(|c| c.replace('|', "\\|")).join(" | "))
    }
}

/// A table of figures.
#[derive(Debug, Default)]
pub(super) struct Section {
    title: String,
    note: String,
    rows: Vec<Row>,
}

impl Section {
    /// A table with a sentence about how it was measured.
    pub(super) fn new(title: &str, note: impl Into<String>) -> Section {
        Section { title: title.to_owned(), note: note.into(), rows: Vec::new() }
    }

    /// One more figure; shown at once on standard error.
    pub(super) fn add(&mut self, row: Row) {
        let trouble = row.trouble.as_deref().map(|t| format!("  ({t})")).unwrap_or_default();
        let latency = row.latency.map(|l| format!("  p50/p95/p99 {} ms", l.map(number).join("/"))).unwrap_or_default();
        let cpu = row.cpu.map(|c| format!("  cpu {} µs", number(c))).unwrap_or_default();
        eprintln!("    {:<62} {:>14}{latency}{cpu}{trouble}", row.what, row.result);
        self.rows.push(row);
    }
}

/// The whole report.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The command that made it.
    pub(super) command: String,
    /// Facts about the machine, name and value.
    pub(super) machine: Vec<(String, String)>,
    /// What was measured.
    pub(super) sections: Vec<Section>,
    /// Remarks, such as what was left out.
    pub(super) remarks: Vec<String>,
}

impl Report {
    /// The report in Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut out = String::from("# Benchmarks\n\n");
        out.push_str("Written by the program itself; do not edit. Made by\n\n");
        let _ = writeln!(out, "```sh\n{}\n```\n", self.command);
        out.push_str(
            "Server, database and load generator share the machine. Every request goes over HTTP on loopback to the \
             production entry (`yunfang serve`, default settings, log lines written to a file), without compression \
             and without cookies unless a log-in is needed. Load is closed-loop: each connection sends its next \
             request when the last one is answered, so at full load latencies are mostly waiting for a processor. \
             A bound is what the same machine does in the same run when nothing of ours but the named part works; \
             the ratio is result / bound. CPU µs is the processor time of the server for each request, its share of \
             the database's not included where that is PostgreSQL.\n\n",
        );
        out.push_str("| Machine | |\n| --- | --- |\n");
        for (name, value) in &self.machine {
            let _ = writeln!(out, "| {name} | {value} |");
        }
        for section in &self.sections {
            let _ = writeln!(out, "\n## {}\n\n{}\n", section.title, section.note);
            out.push_str("| What | Result | p50 / p95 / p99 ms | CPU µs | Bound | Ratio | Aim | Met |\n");
            out.push_str("| --- | ---: | ---: | ---: | --- | ---: | --- | --- |\n");
            for row in &section.rows {
                out.push_str(&row.line());
                out.push('\n');
            }
            for row in section.rows.iter().filter(|r| r.trouble.is_some()) {
                let _ = writeln!(out, "\n{}: {}", row.what, row.trouble.as_deref().unwrap_or(""));
            }
        }
        if !self.remarks.is_empty() {
            out.push_str("\n## Remarks\n\n");
            for remark in &self.remarks {
                let _ = writeln!(out, "- {remark}");
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::load::Samples;
    use std::time::Duration;

    #[test]
    fn a_missed_aim_and_a_failure_are_said() {
        let mut samples = Samples::default();
        samples.done(Duration::from_millis(30));
        let slow = Outcome::gather(vec![samples], Duration::from_secs(1));
        let row = Row::rate("list", &slow).bound(4.0, "/s", "bare").at_least(0.5).within(99, 25.0);
        assert_eq!(
            row.line(),
            "| list | 1.0/s | 30.0 / 30.0 / 30.0 |  | 4.0/s (bare) | 0.25 | ≥ 0.50/s, p99 < 25.0 ms | **no** |"
        );
        let missing = Row::missing("orders", "no PostgreSQL here");
        let mut section = Section::new("Orders", "How.");
        section.add(missing);
        let report = Report { sections: vec![section], ..Report::default() };
        assert!(report.markdown().contains("orders: no PostgreSQL here"));
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(1_234_567.4), "1,234,567");
        assert_eq!(number(12.34), "12.3");
        assert_eq!(number(0.126), "0.13");
    }
}
