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

/// Whether a text holds the beginning of an address in the web.
pub fn holds_link(text: &str) -> bool {
    let text = text.to_lowercase();
    ["://", "www.", "http:", "https:"].iter().any(|mark| text.contains(mark))
}

/// Whether a text holds anything of which a mail program makes a link; companies may be called so,
/// people are not.
pub fn holds_host(text: &str) -> bool {
    holds_link(text) || text.split(|c: char| c.is_whitespace() || "，。、（）()".contains(c)).any(is_host_like)
}

/// `evil.example/x` or `evil.example`: dots between letters, without the space that ends a sentence.
fn is_host_like(word: &str) -> bool {
    let host = word.split('/').next().unwrap_or_default();
    let labels: Vec<&str> = host.split('.').collect();
    let plain = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let ending = labels.last().map_or(0, |end| end.len());
    labels.len() >= 2
        && ending >= 2
        && labels.iter().all(plain)
        && (labels.len() > 2 || ending <= 7)
        && labels[0].len() > 2
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

    /// Whether neither language has a text.
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }
}

/// Reads a list of texts in which older documents have plain strings: such a string is said in both
/// languages.
pub fn list_with_plain_texts<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Localized>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Plain(String),
        Both(Localized),
    }
    let list = Vec::<Either>::deserialize(deserializer)?;
    let both = |either| match either {
        Either::Plain(text) => Localized::new(text.clone(), text),
        Either::Both(text) => text,
    };
    Ok(list.into_iter().map(both).collect())
}

/// Texts in one line, in one language.
pub fn joined(list: &[Localized], language: Language, between: &str) -> String {
    list.iter().map(|text| text.get(language)).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_of_an_older_document_is_said_in_both_languages() {
        #[derive(Deserialize)]
        struct Old(#[serde(deserialize_with = "list_with_plain_texts")] Vec<Localized>);
        let Old(list) = serde_json::from_str(r#"["CRM",{"zh":"仓储","en":"Warehouse"},{"zh":"只有中文"}]"#).unwrap();
        assert_eq!(list[0], Localized::new("CRM", "CRM"));
        assert_eq!(joined(&list, Language::En, ", "), "CRM, Warehouse, 只有中文");
        assert_eq!(joined(&list, Language::Zh, "、"), "CRM、仓储、只有中文");
        assert!(serde_json::from_str::<Old>("[1]").is_err());
    }

    #[test]
    fn links_in_names_are_seen_and_names_are_not_links() {
        for link in
            ["http://evil.example/x click", "见 www.evil.example", "hxxp://e", "evil.com/free", "free-money.shop"]
        {
            assert!(holds_host(link), "{link}");
        }
        for name in [
            "林伟",
            "J. R. Smith",
            "J.R. Smith",
            "St. John",
            "Acme Co. Ltd.",
            "O'Neill-Brown",
            "用友 U8.0",
            "A.I. Labs",
        ] {
            assert!(!holds_host(name), "{name}");
        }
        assert!(!holds_link("Trips.com B.V.") && holds_host("Trips.com B.V."));
    }

    #[test]
    fn negotiation_takes_the_highest_quality_that_exists() {
        assert_eq!(Language::negotiate("fr, en;q=0.8, zh;q=0.9"), Language::Zh);
        assert_eq!(Language::negotiate("en-GB,en;q=0.9"), Language::En);
        assert_eq!(Language::negotiate("de"), Language::Zh);
    }
}
