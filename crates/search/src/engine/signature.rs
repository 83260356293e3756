//! Facet signatures: all facet values of a product as one value.
//!
//! A market has few distinct combinations of category, access type and billing
//! modes. Counting per combination needs one increment per matching product,
//! and filters are decided once per combination instead of once per product.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::model::ProductDoc;

/// Facet values of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signature {
    #[serde(rename = "c")]
    pub(crate) categories: Vec<String>,
    #[serde(rename = "a")]
    pub(crate) access_type: String,
    #[serde(rename = "b")]
    pub(crate) billing_modes: Vec<String>,
    #[serde(rename = "y")]
    pub(crate) currency: String,
    #[serde(rename = "t")]
    pub(crate) has_trial: bool,
    #[serde(rename = "f")]
    pub(crate) has_free: bool,
}

impl Signature {
    /// The signature of a product; order and repetition of values do not matter.
    pub(crate) fn of(doc: &ProductDoc) -> Self {
        let mut categories = doc.category_path.clone();
        categories.sort();
        categories.dedup();
        let mut billing_modes = doc.billing_modes.clone();
        billing_modes.sort();
        billing_modes.dedup();
        Self {
            categories,
            access_type: doc.access_type.clone(),
            billing_modes,
            currency: doc.currency.clone(),
            has_trial: doc.has_trial,
            has_free: doc.has_free,
        }
    }

    /// The form that is stored with the document.
    pub(crate) fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// Numbers for strings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interner {
    numbers: HashMap<String, u32>,
    values: Vec<String>,
}

impl Interner {
    fn intern(&mut self, value: &str) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = to_u32(self.values.len());
        self.numbers.insert(value.to_owned(), number);
        self.values.push(value.to_owned());
        number
    }

    /// The number of a known value.
    pub(crate) fn get(&self, value: &str) -> Option<u32> {
        self.numbers.get(value).copied()
    }

    /// All values, by number.
    pub(crate) fn values(&self) -> &[String] {
        &self.values
    }
}

/// A signature with numbers in place of strings.
#[derive(Debug, Clone)]
pub(crate) struct Compact {
    pub(crate) categories: Box<[u32]>,
    pub(crate) billing_modes: Box<[u32]>,
    pub(crate) access_type: u32,
    pub(crate) currency: u32,
    pub(crate) has_trial: bool,
    pub(crate) has_free: bool,
}

/// All signatures seen since the index was opened; numbers never change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    numbers: HashMap<String, u32>,
    pub(crate) signatures: Vec<Compact>,
    pub(crate) categories: Interner,
    pub(crate) access_types: Interner,
    pub(crate) billing_modes: Interner,
    pub(crate) currencies: Interner,
}

impl Registry {
    /// The number of a stored signature, none if it cannot be read.
    pub(crate) fn number(&mut self, stored: &str) -> Option<u32> {
        if let Some(number) = self.numbers.get(stored) {
            return Some(*number);
        }
        let signature: Signature = serde_json::from_str(stored).ok()?;
        let compact = Compact {
            categories: signature.categories.iter().map(|id| self.categories.intern(id)).collect(),
            billing_modes: signature.billing_modes.iter().map(|mode| self.billing_modes.intern(mode)).collect(),
            access_type: self.access_types.intern(&signature.access_type),
            currency: self.currencies.intern(&signature.currency),
            has_trial: signature.has_trial,
            has_free: signature.has_free,
        };
        let number = to_u32(self.signatures.len());
        self.signatures.push(compact);
        self.numbers.insert(stored.to_owned(), number);
        Some(number)
    }
}

fn to_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
