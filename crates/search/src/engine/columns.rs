//! Columns of one segment. A segment never changes, so what is derived from it
//! is kept across commits; deletions are looked up beside.

use std::sync::{Arc, OnceLock};

use tantivy::columnar::{ColumnValues, StrColumn, TermOrdHit};
use tantivy::{DocId, SegmentReader, TantivyError};

use super::signature::Registry;
use crate::request::Sort;
use crate::schema;

type Values = Arc<dyn ColumnValues<u64>>;

/// The sort orders that are read from columns.
const ORDERS: usize = 5;

/// Cached columns of a segment.
pub(crate) struct Columns {
    /// Signature number per document.
    pub(crate) signatures: Vec<u32>,
    ids: StrColumn,
    id_ords: Values,
    popularity: Values,
    rating: Values,
    published: Values,
    pub(crate) price: Values,
    /// Documents in sort order, made when first needed.
    orders: [OnceLock<Vec<DocId>>; ORDERS],
}

/// Position of a page cursor within a segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct After {
    pub(crate) score: u32,
    pub(crate) key: u64,
    /// First id ordinal that is behind the cursor.
    pub(crate) first_ord: u64,
}

fn missing(field: &str) -> TantivyError {
    TantivyError::SchemaError(format!("segment without column {field}"))
}

impl Columns {
    /// Reads the columns of a segment and numbers its signatures.
    pub(crate) fn load(reader: &SegmentReader, registry: &mut Registry) -> tantivy::Result<Self> {
        let fast = reader.fast_fields();
        let number = |field: &str| fast.column_first_or_default::<u64>(field);
        let ids = fast
            .str(schema::PRODUCT_ID)?
            .ok_or_else(|| missing(schema::PRODUCT_ID))?;
        let stored = fast
            .str(schema::SIGNATURE)?
            .ok_or_else(|| missing(schema::SIGNATURE))?;
        let mut numbers = Vec::with_capacity(stored.num_terms());
        let mut text = String::new();
        for ord in 0..stored.num_terms() as u64 {
            text.clear();
            stored.ord_to_str(ord, &mut text)?;
            let number = registry.number(&text);
            numbers.push(number.ok_or_else(|| missing(schema::SIGNATURE))?);
        }
        let ords = stored.ords().clone().first_or_default_col(0);
        let signatures = (0..reader.max_doc())
            .map(|doc| numbers.get(ords.get_val(doc) as usize).copied())
            .collect::<Option<Vec<u32>>>()
            .ok_or_else(|| missing(schema::SIGNATURE))?;
        Ok(Self {
            signatures,
            id_ords: ids.ords().clone().first_or_default_col(0),
            ids,
            popularity: number(schema::POPULARITY)?,
            rating: number(schema::RATING)?,
            published: number(schema::PUBLISHED)?,
            price: number(schema::PRICE)?,
            orders: Default::default(),
        })
    }

    /// Sort key of a document: greater comes first.
    pub(crate) fn key(&self, sort: Sort, doc: DocId) -> u64 {
        match sort {
            Sort::Relevance | Sort::Sales => self.popularity.get_val(doc),
            Sort::Rating => self.rating.get_val(doc),
            Sort::Newest => self.published.get_val(doc),
            Sort::PriceDesc => self.price.get_val(doc),
            Sort::PriceAsc => match self.price.get_val(doc) {
                0 => 0,
                price => u64::MAX - price,
            },
        }
    }

    /// Ordinal of the product id within the segment; ordinals sort as ids.
    pub(crate) fn id_ord(&self, doc: DocId) -> u64 {
        self.id_ords.get_val(doc)
    }

    /// The product id of an ordinal.
    pub(crate) fn id(&self, ord: u64) -> std::io::Result<String> {
        let mut id = String::new();
        self.ids.ord_to_str(ord, &mut id)?;
        Ok(id)
    }

    /// The first ordinal whose id is greater than `id`.
    pub(crate) fn first_ord_after(&self, id: &str) -> std::io::Result<u64> {
        Ok(match self.ids.dictionary().term_ord_or_next(id)? {
            TermOrdHit::Exact(ord) => ord + 1,
            TermOrdHit::Next(ord) => ord,
        })
    }

    /// All documents in sort order, deleted ones included.
    pub(crate) fn order(&self, sort: Sort) -> &[DocId] {
        let slot = match sort {
            Sort::Relevance | Sort::Sales => 0,
            Sort::Rating => 1,
            Sort::Newest => 2,
            Sort::PriceAsc => 3,
            Sort::PriceDesc => 4,
        };
        self.orders[slot].get_or_init(|| {
            let docs = 0..self.signatures.len() as DocId;
            let mut keyed: Vec<(u64, u32, DocId)> = docs
                .map(|doc| (u64::MAX - self.key(sort, doc), self.id_ord(doc) as u32, doc))
                .collect();
            keyed.sort_unstable();
            keyed.into_iter().map(|(_, _, doc)| doc).collect()
        })
    }

    /// Whether a document comes after the cursor.
    pub(crate) fn is_after(&self, after: &After, score: u32, key: u64, doc: DocId) -> bool {
        (after.score, after.key)
            .cmp(&(score, key))
            .then_with(|| self.id_ord(doc).cmp(&after.first_ord))
            .is_ge()
    }
}
