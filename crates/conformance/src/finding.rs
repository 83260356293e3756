//! The outcome of each check, ready to be shown: no key, no password, no signature is in it.

use protocol::call::{Method, SignedCall};
use protocol::difference::{KEY_MASK, first_difference};
use protocol::verdict::{Exchange, Language};
use protocol::{Generation, SignatureDifference};

use crate::plan::{Mode, Severity};

/// Longest body in characters that a report shows.
const SHOWN: usize = 4_096;

/// A key of fewer bytes is no secret, and taking it out would make the report unreadable.
const SHORTEST_KEY: usize = 4;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// As the contract wants it.
    Passed,
    /// Worth knowing.
    Warning,
    /// A rule is broken.
    Failed,
    /// It could not be played.
    NotPlayed,
}

impl Outcome {
    /// The word in machine-readable reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::NotPlayed => "not-played",
        }
    }
}

/// What was sent, the signature masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// HTTP method.
    pub method: &'static str,
    /// Address with its query, signature or token masked.
    pub url: String,
    /// Body of a POST.
    pub body: Option<String>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// An HTTP answer.
    Answer {
        /// HTTP status.
        status: u16,
        /// `Content-Type`.
        content_type: Option<String>,
        /// Whether there was a `Body-Sign`.
        body_sign: bool,
        /// The body as text, cut, passwords and licences masked.
        body: String,
    },
    /// No complete answer, and why.
    Nothing(String),
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable ID, e.g. `2.0/create/repeat-same-line`.
    pub id: String,
    /// How bad a miss of this check is.
    pub severity: Severity,
    /// How it ended.
    pub outcome: Outcome,
    /// Section of the seller interface specification.
    pub section: String,
    /// What the check wants.
    pub title: String,
    /// What was found; empty when it passed.
    pub found: String,
    /// What to do; empty when it passed.
    pub advice: String,
    /// Both sides of a signature that does not match.
    pub difference: Option<SignatureDifference>,
    /// The last call of the check.
    pub sent: Option<Sent>,
    /// Its answer.
    pub received: Option<Received>,
    /// How many calls it took.
    pub calls: u32,
    /// Milliseconds of the last call.
    pub duration_ms: u64,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Production address.
    pub address: String,
    /// Generation.
    pub generation: Generation,
    /// How the product is charged.
    pub mode: Mode,
    /// Whether only debugging calls were played.
    pub debugging_only: bool,
    /// Language of the texts.
    pub language: Language,
    /// When the run began, UNIX milliseconds.
    pub started_ms: i64,
    /// The checks in the order in which they were played.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many checks ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.findings.iter().filter(|finding| finding.outcome == outcome).count()
    }

    /// Whether the seller passes; `strict` counts warnings as failures.
    pub fn passes(&self, strict: bool) -> bool {
        self.count(Outcome::Failed) == 0 && !(strict && self.count(Outcome::Warning) > 0)
    }

    /// When the run began, e.g. `2026-11-20 08:00:00 UTC`.
    pub fn started(&self) -> String {
        protocol::times::licence_time_from_unix(self.started_ms.div_euclid(1_000)).unwrap_or_default()
    }
}

/// Takes keys, passwords and licences out of what is shown.
#[derive(Clone, Copy)]
pub struct Censor<'a> {
    key: &'a str,
}

impl<'a> Censor<'a> {
    /// A censor that knows the seller's key.
    pub const fn new(key: &'a str) -> Self {
        Self { key }
    }

    /// The text without secrets.
    pub fn text(self, text: &str) -> String {
        let masked = mask_member(&mask_member(text, "password"), "license");
        if self.key.len() < SHORTEST_KEY { masked } else { masked.replace(self.key, KEY_MASK) }
    }

    /// What was sent.
    pub fn sent(self, call: &SignedCall) -> Sent {
        let method = match call.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        Sent { method, url: self.text(&call.masked_url()), body: call.body.as_deref().map(|body| body.to_owned()) }
    }

    /// What came back.
    pub fn received(self, exchange: &Exchange) -> Received {
        match exchange {
            Exchange::Failed(failure) => {
                Received::Nothing(protocol::verdict::Fact::Transport(failure.clone()).to_string())
            }
            Exchange::Answer(answer) => {
                let body = String::from_utf8_lossy(&answer.body);
                let whole = self.text(&body);
                let mut shown: String = whole.chars().take(SHOWN).collect();
                if shown.len() < whole.len() {
                    shown.push('…');
                }
                Received::Answer {
                    status: answer.status,
                    content_type: answer.content_type.clone(),
                    body_sign: answer.body_sign.is_some(),
                    body: shown,
                }
            }
        }
    }

    /// Both sides of a signature, without secrets; the signatures themselves are masked.
    pub fn difference(self, mut difference: SignatureDifference) -> SignatureDifference {
        for side in [&mut difference.ours, &mut difference.theirs] {
            side.signature = "***".to_owned();
            side.canonical = side.canonical.as_deref().map(|text| self.text(text));
        }
        let (ours, theirs) = (&difference.ours.canonical, &difference.theirs.canonical);
        difference.canonical_at = match (ours, theirs) {
            (Some(ours), Some(theirs)) => first_difference(ours.as_bytes(), theirs.as_bytes()),
            _ => None,
        };
        difference
    }
}

/// `text` with the string values of the JSON member `name` as stars, wherever it occurs.
fn mask_member(text: &str, name: &str) -> String {
    let quoted = format!("\"{name}\"");
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&quoted) {
        let (before, after) = rest.split_at(at + quoted.len());
        shown.push_str(before);
        rest = after;
        let value = after.trim_start();
        let Some(value) = value.strip_prefix(':').map(str::trim_start).and_then(|value| value.strip_prefix('"')) else {
            continue;
        };
        shown.push_str(":\"***");
        rest = &value[end_of_text(value)..];
    }
    shown.push_str(rest);
    shown
}

/// Offset of the quote that ends a JSON text, or the end of `text`.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => return at,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::difference::Side;

    #[test]
    fn passwords_licences_and_keys_are_taken_out() {
        let censor = Censor::new("K-10");
        let body = r#"{"a":{"password" : "p\"w","userName":"admin"},"license":"L","license":7,"x":"K-10"}"#;
        let shown = censor.text(body);
        assert_eq!(
            shown,
            r#"{"a":{"password":"***","userName":"admin"},"license":"***","license":7,"x":"<access key>"}"#
        );
        assert_eq!(censor.text(r#"{"password":"never ends"#), r#"{"password":"***"#);
    }

    #[test]
    fn signatures_are_masked_and_the_offset_fits_what_is_shown() {
        let side = |text: &str| Side { canonical: Some(text.to_owned()), signature: "s".to_owned() };
        let shown = Censor::new("k-long").difference(SignatureDifference {
            ours: side("k-longN1"),
            theirs: side("k-longN2"),
            canonical_at: Some(7),
            signature_at: Some(0),
            mistakes: Vec::new(),
        });
        assert_eq!(shown.canonical_at, Some("<access key>N".len()));
        assert_eq!((shown.ours.signature.as_str(), shown.theirs.signature.as_str()), ("***", "***"));
    }
}
