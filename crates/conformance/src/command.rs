//! The subcommand `check-seller`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use protocol::field_cipher::Algorithm;
use protocol::verdict::Language;
use protocol::{BodySignMode, Generation};

use crate::finding::Report;
use crate::plan::{Mode, Wish, generation_from_name, generation_name};
use crate::play::{Patience, Settings, Sources, play};
use crate::report;

/// Plays every required call and abuse against a seller's server; no marketplace is needed.
///
/// Real calls open instances on the server under test and release them at the end: use a test
/// environment, or `--debugging-only`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// Production address of the server, e.g. `https://seller.example/produce`.
    #[arg(long)]
    pub url: String,
    /// 2.0, 1.0, license-code, license-1.0, license-general, license-online or order-notify.
    #[arg(long, default_value = "2.0", value_parser = generation)]
    pub generation: Generation,
    /// File whose only line is the access key (1.0: the key value). It is never printed.
    #[arg(long)]
    pub key_file: PathBuf,
    /// How the product is charged: period, one-time or pay-per-use.
    #[arg(long, default_value = "period", value_parser = mode)]
    pub mode: Mode,
    /// Report to write; the ending chooses its form: .html, .xml (JUnit) or .json. May be repeated.
    /// The bare word `json` prints JSON in place of the text.
    #[arg(long, value_parser = report_file)]
    pub report: Vec<PathBuf>,
    /// Language of messages and reports, zh or en; otherwise from LC_ALL or LANG.
    #[arg(long, value_parser = ["zh", "en"])]
    pub lang: Option<String>,
    /// Longest wait for an instance that is answered 000004, in seconds.
    #[arg(long, default_value_t = 60)]
    pub wait: u32,
    /// Longest wait for one answer, in seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub timeout: u64,
    /// Only calls with testFlag 1, for a server in production.
    #[arg(long)]
    pub debugging_only: bool,
    /// Calls that no product needs, to be checked as well: upgrade, renewal-change, query (1.0).
    #[arg(long, value_delimiter = ',', value_parser = ["upgrade", "renewal-change", "query"])]
    pub with: Vec<String>,
    /// Require Body-Sign where the generation does not.
    #[arg(long)]
    pub require_body_sign: bool,
    /// Algorithm of encrypted fields of 1.0: aes256 or aes128.
    #[arg(long, default_value = "aes256", value_parser = ["aes256", "aes128"])]
    pub algorithm: String,
    /// ID of an activated authorisation code (license-code); it is released at the end.
    #[arg(long)]
    pub license_code: Option<String>,
    /// Warnings fail as well.
    #[arg(long)]
    pub strict: bool,
}

fn generation(name: &str) -> Result<Generation, String> {
    let known: Vec<&str> = Generation::ALL.into_iter().map(generation_name).collect();
    generation_from_name(name).ok_or_else(|| format!("one of {}", known.join(", ")))
}

fn mode(name: &str) -> Result<Mode, String> {
    let known: Vec<&str> = Mode::ALL.into_iter().map(Mode::as_str).collect();
    Mode::from_name(name).ok_or_else(|| format!("one of {}", known.join(", ")))
}

/// The forms of a report file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Html,
    Junit,
    Json,
}

fn form(path: &Path) -> Option<Form> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "html" | "htm" => Some(Form::Html),
        "xml" => Some(Form::Junit),
        "json" => Some(Form::Json),
        _ => None,
    }
}

/// The bare word that stands for JSON on the standard output.
const JSON_HERE: &str = "json";

fn report_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if text == JSON_HERE || form(&path).is_some() {
        return Ok(path);
    }
    Err("the ending must be .html, .xml or .json".to_owned())
}

/// The language of `--lang`, else of the environment's `LC_ALL` or `LANG`, else English.
fn language(asked: Option<&str>, environment: Option<&str>) -> Language {
    let wanted = asked.or(environment).unwrap_or_default();
    if wanted.to_ascii_lowercase().starts_with("zh") { Language::Zh } else { Language::En }
}

/// The key in the text of a key file.
///
/// # Errors
/// When the file is empty or holds more than one line.
fn key_of(text: &str) -> Result<String, String> {
    let key = text.trim_start_matches('\u{feff}').trim();
    if key.is_empty() {
        return Err("the key file is empty".to_owned());
    }
    if key.contains(['\n', '\r']) {
        return Err("the key file must hold one line, the key".to_owned());
    }
    Ok(key.to_owned())
}

impl Arguments {
    /// The settings of a run, with the key read from its file.
    ///
    /// # Errors
    /// When the key file cannot be read or holds no key.
    pub fn settings(&self) -> Result<Settings, String> {
        let file = self.key_file.display();
        let text = fs::read_to_string(&self.key_file).map_err(|error| format!("{file}: {error}"))?;
        let key = key_of(&text).map_err(|problem| format!("{file}: {problem}"))?;
        let with = |name: &str| self.with.iter().any(|asked| asked == name);
        let wish = Wish {
            generation: self.generation,
            mode: self.mode,
            debugging_only: self.debugging_only,
            upgrade: with("upgrade"),
            renewal_change: with("renewal-change"),
            query: with("query"),
        };
        let environment = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| std::env::var(name).ok());
        let mut settings = Settings::new(&self.url, key, wish);
        settings.language = language(self.lang.as_deref(), environment.as_deref());
        settings.timeout = Duration::from_secs(self.timeout);
        settings.patience = Patience::seconds(self.wait);
        settings.license_code.clone_from(&self.license_code);
        if self.require_body_sign {
            settings.body_sign = BodySignMode::Required;
        }
        if self.algorithm == "aes128" {
            settings.algorithm = Algorithm::Aes128;
        }
        Ok(settings)
    }

    /// Plays, prints, writes the reports; `true` when the seller passes.
    ///
    /// # Errors
    /// A sentence when nothing could be played or a report cannot be written.
    pub async fn run(&self) -> Result<bool, String> {
        let settings = self.settings()?;
        let random = || rand::random::<[u8; 32]>();
        let outcome = play(&settings, Sources { now_ms: &system_clock, random: &random }).await?;
        let (here, files): (Vec<_>, Vec<_>) = self.report.iter().partition(|path| path.as_os_str() == JSON_HERE);
        let shown = if here.is_empty() { report::text::write(&outcome) } else { report::json::write(&outcome) };
        print!("{shown}");
        for path in files {
            let text = self.document(path, &outcome);
            fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(outcome.passes(self.strict))
    }

    fn document(&self, path: &Path, outcome: &Report) -> String {
        match form(path) {
            Some(Form::Junit) => report::junit::write(outcome, self.strict),
            Some(Form::Json) => report::json::write(outcome),
            _ => report::html::write(outcome),
        }
    }
}

fn system_clock() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_asked_for_or_found() {
        assert_eq!(language(Some("en"), Some("zh_CN.UTF-8")), Language::En);
        assert_eq!(language(None, Some("zh_CN.UTF-8")), Language::Zh);
        assert_eq!(language(None, Some("C.UTF-8")), Language::En);
        assert_eq!(language(None, None), Language::En);
    }

    #[test]
    fn a_key_file_holds_one_line() {
        assert_eq!(key_of("\u{feff}key \r\n").as_deref(), Ok("key"));
        assert!(key_of(" \n").is_err());
        assert!(key_of("one\ntwo\n").is_err());
    }

    #[test]
    fn the_ending_chooses_the_form() {
        for (name, expected) in
            [("a.html", Some(Form::Html)), ("a.XML", Some(Form::Junit)), ("a.json", Some(Form::Json)), ("a.txt", None)]
        {
            assert_eq!(form(Path::new(name)), expected, "{name}");
        }
    }
}
