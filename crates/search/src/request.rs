//! Requests and results of a search.

use serde::{Deserialize, Serialize};

use crate::model::Language;

/// Largest page size.
pub const MAX_LIMIT: usize = 100;
/// Last numbered page; deeper paging goes by cursor.
pub const MAX_PAGE: usize = 50;

/// Order of the hits (SF-2). Equal hits are ordered by product id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Best match first, then sales, then rating; without text by sales.
    #[default]
    Relevance,
    /// Last published first.
    Newest,
    /// Most sold first, then rating.
    Sales,
    /// Cheapest first; products without a price last.
    PriceAsc,
    /// Dearest first; products without a price last.
    PriceDesc,
    /// Best rated first, then sales.
    Rating,
}

/// What to search for (SF-2). Empty filters do not restrict.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SearchRequest {
    /// Words to find; empty to browse. Only the first 200 characters count.
    pub text: String,
    /// Language of the visitor: preferred in ranking, used for the hits.
    pub language: Language,
    /// Category id of any level.
    pub category: Option<String>,
    /// Any of these access types.
    pub access_types: Vec<String>,
    /// Any of these billing modes.
    pub billing_modes: Vec<String>,
    /// Only this seller.
    pub seller_id: Option<String>,
    /// Lowest price wanted, in 10^-8 units, inclusive.
    pub price_min_e8: Option<i64>,
    /// Highest price wanted, in 10^-8 units, inclusive.
    pub price_max_e8: Option<i64>,
    /// Only products priced in this currency.
    pub currency: Option<String>,
    /// Only products with (or without) a trial.
    pub has_trial: Option<bool>,
    /// Only products with (or without) something free.
    pub has_free: Option<bool>,
    /// Order of the hits.
    pub sort: Sort,
    /// Page size, 1 to 100.
    pub limit: usize,
    /// Page number from 1 to 50; ignored when `cursor` is given.
    pub page: usize,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl SearchRequest {
    /// A first page of 20 hits (D-47) for `text`, without filters.
    pub fn new(text: impl Into<String>, language: Language) -> Self {
        Self {
            text: text.into(),
            language,
            category: None,
            access_types: Vec::new(),
            billing_modes: Vec::new(),
            seller_id: None,
            price_min_e8: None,
            price_max_e8: None,
            currency: None,
            has_trial: None,
            has_free: None,
            sort: Sort::Relevance,
            limit: 20,
            page: 1,
            cursor: None,
        }
    }
}

/// A piece of a highlighted text. The pieces joined give the text itself; it
/// is plain text that must be escaped before it becomes HTML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The characters, never empty.
    pub text: String,
    /// Whether they matched a word of the query.
    pub matched: bool,
}

/// A found product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// Identity of the product.
    pub product_id: String,
    /// The value given with the product.
    pub card: serde_json::Value,
    /// Name in the requested language (or the other, if empty there).
    pub name: Vec<Segment>,
    /// Summary in the requested language (or the other, if empty there).
    pub summary: Vec<Segment>,
}

/// Number of products with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetCount {
    /// Category id, access type or billing mode.
    pub value: String,
    /// Number of products.
    pub count: u64,
}

/// Counts by group. Each group ignores its own filter, so that the visitor
/// sees what choosing another value would give. Highest count first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facets {
    /// Category ids of all levels.
    pub categories: Vec<FacetCount>,
    /// Access types.
    pub access_types: Vec<FacetCount>,
    /// Billing modes.
    pub billing_modes: Vec<FacetCount>,
    /// Products with a trial.
    pub has_trial: u64,
    /// Products with something free.
    pub has_free: u64,
}

/// A page of hits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchResults {
    /// Number of products found, on all pages.
    pub total: u64,
    /// The hits of this page.
    pub hits: Vec<Hit>,
    /// Counts over all products found.
    pub facets: Facets,
    /// Cursor of the next page; none on the last.
    pub next_cursor: Option<String>,
    /// Whether no product had all words, so that any word counted.
    pub relaxed: bool,
    /// Number of the index state that was searched; grows with every commit
    /// of this process.
    pub generation: u64,
}
