//! What each check wants, and what to do when it fails.

mod before;
mod life;

use protocol::verdict::Language;

/// The texts of one check. Checks of several generations share them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// Name of the check without the generation.
    pub check: &'static str,
    zh: (&'static str, &'static str),
    en: (&'static str, &'static str),
}

impl Words {
    /// What the check wants, as one sentence.
    pub const fn title(&self, language: Language) -> &'static str {
        match language {
            Language::Zh => self.zh.0,
            Language::En => self.en.0,
        }
    }

    /// What to do when it fails.
    pub const fn advice(&self, language: Language) -> &'static str {
        match language {
            Language::Zh => self.zh.1,
            Language::En => self.en.1,
        }
    }
}

/// The texts of a check.
pub fn words(check: &str) -> Option<&'static Words> {
    all().find(|words| words.check == check)
}

/// The texts of every check.
pub fn all() -> impl Iterator<Item = &'static Words> {
    before::CHECKS.iter().chain(life::CHECKS)
}

const fn text(check: &'static str, zh: (&'static str, &'static str), en: (&'static str, &'static str)) -> Words {
    Words { check, zh, en }
}
