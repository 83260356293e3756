//! An immutable state of the index that searches run on.

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::{DocId, Searcher, SegmentReader};

use super::columns::Columns;
use super::signature::Registry;
use crate::schema::Fields;

/// What one commit made visible.
pub(crate) struct Snapshot {
    pub(crate) searcher: Searcher,
    pub(crate) fields: Fields,
    /// Columns of the searcher's segments, in their order.
    pub(crate) columns: Vec<Arc<Columns>>,
    pub(crate) registry: Arc<Registry>,
    /// Number of live documents per signature.
    pub(crate) counts: Vec<u32>,
    pub(crate) generation: u64,
    pub(crate) cursor: i64,
    ids: HashMap<SegmentId, usize>,
}

impl Snapshot {
    /// Derives the columns of new segments and takes the others from `previous`.
    pub(crate) fn build(
        searcher: Searcher,
        fields: Fields,
        previous: Option<&Snapshot>,
        generation: u64,
        cursor: i64,
    ) -> tantivy::Result<Self> {
        let mut registry = previous.map_or_else(Registry::default, |p| (*p.registry).clone());
        let mut columns = Vec::new();
        let mut ids = HashMap::new();
        for (at, reader) in searcher.segment_readers().iter().enumerate() {
            let id = reader.segment_id();
            let known = previous.and_then(|p| p.ids.get(&id).map(|at| p.columns[*at].clone()));
            columns.push(match known {
                Some(columns) => columns,
                None => Arc::new(Columns::load(reader, &mut registry)?),
            });
            ids.insert(id, at);
        }
        let mut counts = vec![0; registry.signatures.len()];
        for (reader, columns) in searcher.segment_readers().iter().zip(&columns) {
            for (doc, signature) in columns.signatures.iter().enumerate() {
                if is_alive(reader, doc as DocId) {
                    counts[*signature as usize] += 1;
                }
            }
        }
        Ok(Self { searcher, fields, columns, registry: Arc::new(registry), counts, generation, cursor, ids })
    }
}

/// Whether a document was not deleted.
pub(crate) fn is_alive(reader: &SegmentReader, doc: DocId) -> bool {
    reader.alive_bitset().is_none_or(|alive| alive.is_alive(doc))
}
