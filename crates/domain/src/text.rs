//! Languages and texts that exist in both of them.

use serde::{Deserialize, Serialize};

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Chinese, simplified.
    Zh,
    /// English.
    En,
}

impl Language {
    /// Every language, in the order in which a switch shows them.
    pub const ALL: [Language; 2] = [Language::Zh, Language::En];

    /// The code used in URLs, rows and file names.
    pub fn code(self) -> &'static str {
        match self {
            Language::Zh => "zh",
            Language::En => "en",
        }
    }

    /// Reads a code such as `zh`, `zh-CN` or `en-US`; `None` for any other language.
    pub fn from_code(code: &str) -> Option<Language> {
        match code.split(['-', '_']).next()? {
            "zh" => Some(Language::Zh),
            "en" => Some(Language::En),
            _ => None,
        }
    }

    /// The best language for an `Accept-Language` header; Chinese when nothing fits.
    pub fn negotiate(header: &str) -> Language {
        let mut best = (Language::Zh, -1i32);
        for part in header.split(',') {
            let mut bits = part.trim().split(';');
            let Some(language) = bits.next().and_then(|tag| Language::from_code(&tag.to_lowercase())) else {
                continue;
            };
            let quality =
                bits.find_map(|bit| bit.trim().strip_prefix("q=")).map_or(1000, |q| thousandths(q).unwrap_or(0));
            if quality > best.1 {
                best = (language, quality);
            }
        }
        best.0
    }
}

fn thousandths(text: &str) -> Option<i32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    Some(whole.parse::<i32>().ok()? * 1000 + digits.parse::<i32>().ok()?)
}

/// A text in both languages. Either may be empty while a draft is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Localized {
    /// Chinese.
    #[serde(default)]
    pub zh: String,
    /// English.
    #[serde(default)]
    pub en: String,
}

impl Localized {
    /// Both texts at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Localized { zh: zh.into(), en: en.into() }
    }

    /// The text in `language`, or the other one where it is empty.
    pub fn get(&self, language: Language) -> &str {
        let (first, second) = match language {
            Language::Zh => (&self.zh, &self.en),
            Language::En => (&self.en, &self.zh),
        };
        if first.is_empty() { second } else { first }
    }

    /// Both texts in one, for a place that is read later in a language not known yet; see
    /// [`in_language`].
    pub fn both(&self) -> String {
        if self.en.is_empty() || self.zh == self.en {
            return self.get(Language::Zh).to_owned();
        }
        format!("{}{BETWEEN}{}", self.get(Language::Zh), self.en)
    }

    /// Whether neither language has a text.
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }
}

/// Stands between the Chinese and the English text in [`Localized::both`]; no text holds it.
const BETWEEN: char = '\u{1f}';

/// The part of a text that [`Localized::both`] made; any other text is itself.
pub fn in_language(text: &str, language: Language) -> &str {
    match (text.split_once(BETWEEN), language) {
        (Some((zh, _)), Language::Zh) => zh,
        (Some((_, en)), Language::En) => en,
        (None, _) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_texts_in_one_are_read_in_either_language() {
        let both = Localized::new("云表", "Cloud sheet").both();
        assert_eq!((in_language(&both, Language::Zh), in_language(&both, Language::En)), ("云表", "Cloud sheet"));
        for (zh, en, shown) in [("云表", "", "云表"), ("", "Sheet", "Sheet"), ("A", "A", "A")] {
            let both = Localized::new(zh, en).both();
            assert!(Language::ALL.iter().all(|l| in_language(&both, *l) == shown), "{both:?}");
        }
    }

    #[test]
    fn negotiation_takes_the_highest_quality_that_exists() {
        assert_eq!(Language::negotiate("fr, en;q=0.8, zh;q=0.9"), Language::Zh);
        assert_eq!(Language::negotiate("en-GB,en;q=0.9"), Language::En);
        assert_eq!(Language::negotiate("de"), Language::Zh);
    }
}
