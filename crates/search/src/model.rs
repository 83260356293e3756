//! What is indexed.

use serde::{Deserialize, Serialize};

/// A language of the storefront.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

/// One text in both languages; a missing translation is the empty string.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalizedText {
    /// Simplified Chinese.
    #[serde(default)]
    pub zh: String,
    /// English.
    #[serde(default)]
    pub en: String,
}

impl LocalizedText {
    /// Makes a text from its Chinese and its English form.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The text in `language`, or in the other language if it is empty there.
    pub fn get(&self, language: Language) -> &str {
        let (wanted, other) = match language {
            Language::Zh => (&self.zh, &self.en),
            Language::En => (&self.en, &self.zh),
        };
        if wanted.is_empty() { other } else { wanted }
    }
}

/// A product as the search engine sees it (SF-1, SF-2).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProductDoc {
    /// Identity; a second put with the same id replaces the first.
    pub product_id: String,
    /// Identity of the seller.
    pub seller_id: String,
    /// Display name of the seller.
    pub seller_name: LocalizedText,
    /// Display name of the product.
    pub name: LocalizedText,
    /// Short description.
    pub summary: LocalizedText,
    /// Tags and keywords.
    #[serde(default)]
    pub tags: Vec<LocalizedText>,
    /// Description, highlights and the like as plain text.
    #[serde(default)]
    pub body: LocalizedText,
    /// Category ids from the root to the leaf.
    #[serde(default)]
    pub category_path: Vec<String>,
    /// Names of the categories of `category_path`, in the same order; they are
    /// searched and suggested. May be shorter than the path.
    #[serde(default)]
    pub category_names: Vec<LocalizedText>,
    /// Access type, as the specification spells it.
    pub access_type: String,
    /// Billing modes on sale, as the specification spells them.
    #[serde(default)]
    pub billing_modes: Vec<String>,
    /// Lowest price in 10^-8 units of `currency`; none for price on request.
    #[serde(default)]
    pub lowest_price_e8: Option<i64>,
    /// Currency of the price (ISO 4217).
    #[serde(default)]
    pub currency: String,
    /// Whether a trial can be ordered.
    #[serde(default)]
    pub has_trial: bool,
    /// Whether a specification is free of charge.
    #[serde(default)]
    pub has_free: bool,
    /// Average rating times 100 (0 to 500).
    #[serde(default)]
    pub rating_x100: u32,
    /// Number of sales.
    #[serde(default)]
    pub sales: u64,
    /// Time of publication, microseconds since 1970 UTC.
    #[serde(default)]
    pub published_at_micros: i64,
    /// Opaque value handed back with every hit.
    #[serde(default)]
    pub card: serde_json::Value,
}

/// One change of the index.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Adds or replaces a product.
    Put(Box<ProductDoc>),
    /// Removes the product of this id; unknown ids are ignored.
    Remove(String),
}
