//! Columns of one segment. A segment never changes, so what is derived from it
//! is kept across commits; deletions are looked up beside.

use std::sync::{Arc, OnceLock};

use tantivy::columnar::{ColumnValues, StrColumn, TermOrdHit};
use tantivy::{DocId, SegmentReader, TantivyError};

use super::signature::Registry;
use crate::request::Sort;
use crate::schema;

type Values = Arc<dyn ColumnValues<u64>>;

/// A column that is unpacked (8 bytes a document) when first needed: reading
/// packed values one by one would take most of the time of a search.
pub(crate) struct Numbers {
    packed: Values,
    plain: OnceLock<Vec<u64>>,
}

impl Numbers {
    fn new(packed: Values) -> Self {
        Self { packed, plain: OnceLock::new() }
    }

    /// The values of all documents.
    pub(crate) fn all(&self) -> &[u64] {
        self.plain.get_or_init(|| self.packed.iter().collect())
    }
}

/// The sort orders that are read from columns.
const ORDERS: usize = 5;

/// Cached columns of a segment.
pub(crate) struct Columns {
    /// Signature number per document.
    pub(crate) signatures: Vec<u32>,
    ids: StrColumn,
    id_ords: Values,
    popularity: Numbers,
    rating: Numbers,
    published: Numbers,
    pub(crate) price: Numbers,
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

/// Turns the price key round, but leaves missing prices last.
fn ascending(price: u64) -> u64 {
    if price == 0 { 0 } else { u64::MAX - price }
}

fn missing(field: &str) -> TantivyError {
    TantivyError::SchemaError(format!("segment without column {field}"))
}

impl Columns {
    /// Reads the columns of a segment and numbers its signatures.
    pub(crate) fn load(reader: &SegmentReader, registry: &mut Registry) -> tantivy::Result<Self> {
        let fast = reader.fast_fields();
        let number = |field: &str| fast.column_first_or_default::<u64>(field).map(Numbers::new);
        let ids = fast.str(schema::PRODUCT_ID)?.ok_or_else(|| missing(schema::PRODUCT_ID))?;
        let stored = fast.str(schema::SIGNATURE)?.ok_or_else(|| missing(schema::SIGNATURE))?;
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
        let numbers = match sort {
            Sort::Relevance | Sort::Sales => &self.popularity,
            Sort::Rating => &self.rating,
            Sort::Newest => &self.published,
            Sort::PriceDesc | Sort::PriceAsc => &self.price,
        };
        let value = numbers.all()[doc as usize];
        match sort {
            Sort::PriceAsc => ascending(value),
            _ => value,
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
            let mut keyed: Vec<(u64, u32, DocId)> =
                docs.map(|doc| (u64::MAX - self.key(sort, doc), self.id_ord(doc) as u32, doc)).collect();
            keyed.sort_unstable();
            keyed.into_iter().map(|(_, _, doc)| doc).collect()
        })
    }

    /// Whether a document comes after the cursor.
    pub(crate) fn is_after(&self, after: &After, score: u32, key: u64, doc: DocId) -> bool {
        (after.score, after.key).cmp(&(score, key)).then_with(|| self.id_ord(doc).cmp(&after.first_ord)).is_ge()
    }
}
