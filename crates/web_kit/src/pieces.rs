//! What compiled templates (`templates/compiled/`) are made with: words and links of a language,
//! and the pieces that their macros show. Interpreted templates reach the same macros through
//! [`crate::bridge`], so that each piece of HTML is written once.

use app::words::{Argument, Words};
use askama::filters::HtmlSafe;
use askama::{FastWritable, Values};
use domain::text::Language;
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

/// What every compiled template needs, as its field `k`: one for each language.
pub struct Kit {
    language: Language,
    words: Words,
    sprite: String,
    ratings: Vec<String>,
}

impl Kit {
    /// The kit of `language`; `sprite` is the address of the icons.
    pub fn new(language: Language, words: Words, sprite: String) -> Kit {
        let label = |tenths: i64| {
            let value = Stars(tenths * 10).to_string();
            words.text(language, "ui-rating", &[("value", Argument::Text(value))])
        };
        let ratings = (0..=50).map(label).collect();
        Kit { language, words, sprite, ratings }
    }

    /// A text without arguments.
    pub fn t(&self, key: &str) -> Cow<'_, str> {
        match self.words.constant(self.language, key) {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.words.text(self.language, key, &[])),
        }
    }

    /// Address of the icons.
    pub fn sprite(&self) -> &str {
        &self.sprite
    }

    /// Whether the language is Chinese.
    pub fn zh(&self) -> bool {
        self.language == Language::Zh
    }

    /// A stable colour number for a name.
    pub fn hue(&self, name: &str) -> usize {
        hue(name)
    }

    /// The first character of a name, as a capital; a dot where there is none.
    pub fn initial(&self, name: &str) -> String {
        name.chars().next().map_or_else(|| "·".to_owned(), |c| c.to_uppercase().collect())
    }

    /// Words of a rating for screen readers.
    pub fn rating(&self, stars: &Stars) -> &str {
        self.ratings.get(stars.tenths()).map_or("", String::as_str)
    }
}

/// A stable colour number, 0 to 5, for a name: from the last digit of its last byte as an address
/// would write it.
pub fn hue(name: &str) -> usize {
    let Some(last) = name.bytes().last() else { return 0 };
    let plain = last.is_ascii_alphanumeric() || matches!(last, b'/' | b'.' | b'-' | b'_');
    let digit = if plain { char::from(last) } else { char::from(b"0123456789ABCDEF"[usize::from(last & 15)]) };
    match digit {
        '0'..='5' => digit as usize - '0' as usize,
        '6'..='9' => digit as usize - '6' as usize,
        'A' | 'B' => digit as usize - 'A' as usize + 4,
        'C'..='F' => digit as usize - 'C' as usize + 1,
        _ => name.chars().count() % 6,
    }
}

/// A rating in hundredths of a star, 0 to 500. Shown with one decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stars(pub i64);

impl Stars {
    fn tenths(self) -> usize {
        usize::try_from((self.0 + 5) / 10).unwrap_or(0).min(50)
    }

    /// Whether star number `at` (from 1) is whole.
    pub fn full(&self, at: i64) -> bool {
        self.0 >= at * 100 - 25
    }

    /// Whether it is half a star.
    pub fn half(&self, at: i64) -> bool {
        !self.full(at) && self.0 >= at * 100 - 75
    }
}

impl fmt::Display for Stars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.tenths() / 10, self.tenths() % 10)
    }
}

/// HTML that is ready: compiled templates write it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markup<'m>(Cow<'m, str>);

impl<'m> Markup<'m> {
    /// HTML that needs no escaping any more.
    pub fn ready(html: impl Into<Cow<'m, str>>) -> Markup<'m> {
        Markup(html.into())
    }

    /// Plain text, escaped.
    pub fn text(text: &str) -> Markup<'m> {
        Markup(Cow::Owned(minijinja::HtmlEscape(text).to_string()))
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Markup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup<'_> {}

impl FastWritable for Markup<'_> {
    fn write_into(&self, to: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(to.write_str(&self.0)?)
    }
}

/// A link of a list of links: tabs, pages, filters. An empty address is a gap between pages.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Link {
    /// Words.
    pub text: String,
    /// Address.
    pub href: String,
    /// Whether it is chosen.
    pub active: bool,
    /// Whether it is the page itself.
    pub current: bool,
    /// How many there are behind it.
    pub count: Option<u64>,
}

/// A step of the path above a title.
#[derive(Debug, Clone, Default, serde::Serialize, Deserialize)]
#[serde(default)]
pub struct Crumb {
    /// Words.
    pub text: String,
    /// Address; empty for the page itself.
    pub href: String,
}

/// A name with its text.
#[derive(Debug, Clone, Default)]
pub struct Fact<'f> {
    /// Name.
    pub label: Markup<'f>,
    /// Text; a dash is shown where there is none.
    pub text: Markup<'f>,
    /// Where it leads; empty for nowhere.
    pub href: Markup<'f>,
    /// Whether it can be copied.
    pub copy: bool,
    /// Whether it is set in a fixed width.
    pub mono: bool,
}

/// The form in which visitors choose what they buy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Chooser {
    /// Where it leads.
    pub action: String,
    /// Address of the price fragment; empty for none.
    pub quote: String,
    /// What can be chosen.
    pub groups: Vec<ChoiceGroup>,
    /// How many.
    pub quantity: Option<Quantity>,
}

/// One choice among options.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ChoiceGroup {
    /// Name of the field.
    pub name: String,
    /// Words above.
    pub legend: String,
    /// The chosen value.
    pub value: String,
    /// What there is.
    pub options: Vec<ChoiceOption>,
}

/// An option of a [`ChoiceGroup`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ChoiceOption {
    /// Value that is sent.
    pub value: String,
    /// Words.
    pub text: String,
    /// A few words more.
    pub hint: String,
    /// Whether it cannot be chosen.
    pub disabled: bool,
}

/// The field for a number of pieces.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Quantity {
    /// Name of the field.
    pub name: String,
    /// Words beside.
    pub label: String,
    /// Value.
    pub value: i64,
    /// Least.
    pub min: i64,
    /// Most.
    pub max: i64,
    /// What is counted.
    pub unit: String,
}

/// What a choice costs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PriceBox {
    /// The sum as it is shown; none where there is no price.
    pub total: Option<String>,
    /// Words beside the sum; the usual ones when empty.
    pub label: String,
    /// How it comes about.
    pub lines: Vec<PriceLine>,
    /// Trial and refund, or why there is no price.
    pub note: String,
}

/// A line above a sum.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PriceLine {
    /// Name.
    pub label: String,
    /// Value.
    pub text: String,
    /// Whether it lowers the sum.
    pub minus: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_colour() {
        let of = |names: [&str; 6]| names.map(hue);
        assert_eq!(of(["0", "a5", "6", "9", "A", "F"]), [0, 5, 0, 3, 4, 4]);
        // 云 ends in the byte 0x91, ¥ in 0xA5; a lower-case letter counts the characters.
        assert_eq!(of(["云", "¥", "crm", "Northwind HR ", "", "x."]), [1, 5, 3, 0, 0, 2]);
    }

    #[test]
    fn stars_are_rounded_to_quarters_and_their_number_to_tenths() {
        let shape = |h| (1..=5).map(|i| if Stars(h).full(i) { 2 } else { i64::from(Stars(h).half(i)) }).sum::<i64>();
        assert_eq!([0, 24, 25, 74, 75, 460, 475, 500].map(shape), [0, 0, 1, 1, 2, 9, 10, 10]);
        assert_eq!([0, 425, 460, 499].map(|h| Stars(h).to_string()), ["0.0", "4.3", "4.6", "5.0"]);
    }

    #[test]
    fn markup_is_written_as_it_is_and_text_is_escaped() {
        assert_eq!(Markup::ready("<b>").to_string(), "<b>");
        assert_eq!(Markup::text("<b>").as_str(), "&lt;b&gt;");
    }
}
