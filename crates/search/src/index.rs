//! The index as its users see it.

use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use moka::sync::Cache;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term};

use crate::cursor::{self, Position};
use crate::engine::{Candidate, Found, Plan, Snapshot, mended, run, without_little};
use crate::error::{IndexError, OpenError, RebuildError, SearchError};
use crate::highlight::highlight;
use crate::model::{Change, Language, ProductDoc};
use crate::request::{Hit, MAX_LIMIT, MAX_PAGE, SearchRequest, SearchResults};
use crate::schema::{self, Fields, StoredProduct};
use crate::storage::{self, Storage};
use crate::suggest::{self, Suggestion};
use crate::text::Segmenter;

/// Memory the writer may fill before it writes a segment; the engine's least.
const WRITER_BYTES: usize = 15_000_000;
/// The same during a rebuild: fewer segments to merge.
const REBUILD_BYTES: usize = 64_000_000;
/// Unpacked blocks of stored products kept per segment.
const STORE_CACHE_BLOCKS: usize = 64;

/// How an index is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Words of the trade that Chinese segmentation shall keep whole. Changing
    /// them needs a rebuild.
    pub extra_words: Vec<String>,
    /// Pages of results that are kept; 0 for none.
    pub cached_results: u64,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { extra_words: Vec::new(), cached_results: 512 }
    }
}

/// A searchable copy of the products on sale. Shared by reference between
/// threads; searches never wait for writes.
pub struct ProductIndex {
    segmenter: Segmenter,
    snapshot: RwLock<Arc<Snapshot>>,
    writing: Mutex<Writing>,
    cache: Option<Cache<(SearchRequest, u64), Arc<SearchResults>>>,
}

/// What only the writing thread touches.
pub(crate) struct Writing {
    /// None for an index in memory.
    storage: Option<Storage>,
    index: Index,
    fields: Fields,
    reader: IndexReader,
    /// Made at the first write; see [`ProductIndex::rest`].
    writer: Option<IndexWriter>,
}

impl ProductIndex {
    /// Opens the index in `dir`, or makes an empty one there.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] or [`OpenError::NeedsRebuild`] if only
    /// [`ProductIndex::reset`] helps; [`OpenError::Io`] if the file system refuses.
    pub fn open(dir: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, OpenError> {
        let segmenter = Segmenter::new(&options.extra_words);
        let (storage, index, fields) = Storage::open(dir.as_ref(), segmenter.fingerprint())?;
        Self::start(Some(storage), index, fields, segmenter, options)
    }

    /// Throws away whatever is in `dir` and makes an empty index with cursor 0
    /// there, to be filled by [`ProductIndex::rebuild`].
    ///
    /// # Errors
    /// [`OpenError::Io`] if the file system refuses.
    pub fn reset(dir: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, OpenError> {
        let segmenter = Segmenter::new(&options.extra_words);
        let (storage, index, fields) = Storage::reset(dir.as_ref(), segmenter.fingerprint())?;
        Self::start(Some(storage), index, fields, segmenter, options)
    }

    /// Makes an empty index in memory.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] if the engine fails.
    pub fn open_in_ram(options: &OpenOptions) -> Result<Self, OpenError> {
        let segmenter = Segmenter::new(&options.extra_words);
        let (index, fields) = storage::create_in_ram().map_err(damaged)?;
        Self::start(None, index, fields, segmenter, options)
    }

    fn start(
        storage: Option<Storage>,
        index: Index,
        fields: Fields,
        segmenter: Segmenter,
        options: &OpenOptions,
    ) -> Result<Self, OpenError> {
        let cursor = storage::committed_cursor(&index)
            .map_err(damaged)?
            .ok_or_else(|| OpenError::Damaged("documents without a cursor".to_owned()))?;
        let reader = reader(&index).map_err(damaged)?;
        let snapshot = Snapshot::build(reader.searcher(), fields, None, 1, cursor).map_err(damaged)?;
        Ok(Self {
            segmenter,
            snapshot: RwLock::new(Arc::new(snapshot)),
            writing: Mutex::new(Writing { storage, index, fields, reader, writer: None }),
            cache: (options.cached_results > 0).then(|| Cache::new(options.cached_results)),
        })
    }

    /// The cursor of the last commit; 0 before the first.
    pub fn cursor(&self) -> i64 {
        self.snapshot().cursor
    }

    /// Number of the visible state; grows with every commit of this process.
    pub fn generation(&self) -> u64 {
        self.snapshot().generation
    }

    /// Number of products.
    pub fn len(&self) -> u64 {
        self.snapshot().searcher.num_docs()
    }

    /// Whether there is no product.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Applies changes in order and commits them together with `cursor`; all or
    /// nothing. Searches that start after the return see them.
    ///
    /// # Errors
    /// [`IndexError`]; then nothing was applied, unless only the reopening
    /// failed, in which case `cursor` tells after the next success.
    pub fn apply(&self, changes: &[Change], cursor: i64) -> Result<(), IndexError> {
        let mut writing = self.lock();
        if let Err(error) = writing.write(changes, cursor, &self.segmenter) {
            // Dropping the writer drops the uncommitted part.
            writing.writer = None;
            return Err(error);
        }
        self.publish(&writing, cursor, true)
    }

    /// Finishes merges and gives back the writer's memory and threads; the next
    /// write takes them again. For idle times.
    ///
    /// # Errors
    /// [`IndexError`] if a merge failed; the index itself stays usable.
    pub fn rest(&self) -> Result<(), IndexError> {
        let mut writing = self.lock();
        match writing.writer.take() {
            Some(writer) => writer.wait_merging_threads()?,
            None => return Ok(()),
        }
        self.publish(&writing, self.cursor(), true)
    }

    /// Replaces all products; see [`ProductIndex::try_rebuild`].
    ///
    /// # Errors
    /// [`IndexError`]; the old index stays in use.
    pub fn rebuild(&self, docs: impl IntoIterator<Item = ProductDoc>, cursor: i64) -> Result<(), IndexError> {
        let docs = docs.into_iter().map(Ok::<_, Infallible>);
        self.try_rebuild(docs, cursor).map_err(|error| match error {
            RebuildError::Index(error) => error,
            RebuildError::Source(never) => match never {},
        })
    }

    /// Replaces all products by `docs`, whose ids must be distinct, in an index
    /// beside the current one, then swaps. Searches go on meanwhile; other
    /// writes wait. Whoever follows changes must go on from
    /// [`ProductIndex::cursor`] afterwards.
    ///
    /// # Errors
    /// [`RebuildError::Source`] with the first error of `docs`, or
    /// [`RebuildError::Index`]; the old index stays in use.
    pub fn try_rebuild<E>(
        &self,
        docs: impl IntoIterator<Item = Result<ProductDoc, E>>,
        cursor: i64,
    ) -> Result<(), RebuildError<E>> {
        let mut writing = self.lock();
        let (index, fields) = match &writing.storage {
            Some(storage) => storage.begin_rebuild()?,
            None => storage::create_in_ram().map_err(IndexError::from)?,
        };
        if let Err(error) = self.fill(&index, &fields, docs, cursor) {
            drop(index);
            if let Some(storage) = &writing.storage {
                storage.abandon_rebuild();
            }
            return Err(error);
        }
        self.swap(&mut writing, index, fields, cursor)?;
        Ok(())
    }

    fn fill<E>(
        &self,
        index: &Index,
        fields: &Fields,
        docs: impl IntoIterator<Item = Result<ProductDoc, E>>,
        cursor: i64,
    ) -> Result<(), RebuildError<E>> {
        let engine = |error: tantivy::TantivyError| RebuildError::Index(error.into());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, REBUILD_BYTES).map_err(engine)?;
        for doc in docs {
            let doc = doc.map_err(RebuildError::Source)?;
            let doc = document(&doc, fields, &self.segmenter)?;
            writer.add_document(doc).map_err(engine)?;
        }
        commit(&mut writer, cursor).map_err(engine)?;
        writer.wait_merging_threads().map_err(engine)?;
        // One segment is the fastest to search.
        let segments = index.searchable_segment_ids().map_err(engine)?;
        if segments.len() > 1 {
            let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITER_BYTES).map_err(engine)?;
            writer.merge(&segments).wait().map_err(engine)?;
            writer.wait_merging_threads().map_err(engine)?;
        }
        Ok(())
    }

    /// Puts a rebuilt index in the place of the current one.
    fn swap(&self, writing: &mut Writing, index: Index, fields: Fields, cursor: i64) -> Result<(), IndexError> {
        let (index, fields) = match &mut writing.storage {
            Some(storage) => {
                drop(index);
                let opened = storage.finish_rebuild();
                opened.map_err(|error| IndexError::Engine(error.to_string()))?
            }
            None => (index, fields),
        };
        writing.reader = reader(&index)?;
        writing.writer = None;
        writing.index = index;
        writing.fields = fields;
        self.publish(writing, cursor, false)?;
        if let Some(storage) = &writing.storage {
            storage.sweep();
        }
        Ok(())
    }

    /// Makes the last commit visible.
    fn publish(&self, writing: &Writing, cursor: i64, same: bool) -> Result<(), IndexError> {
        writing.reader.reload()?;
        let old = self.snapshot();
        let next = Snapshot::build(
            writing.reader.searcher(),
            writing.fields,
            same.then_some(&*old),
            old.generation + 1,
            cursor,
        )?;
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        if let Some(cache) = &self.cache {
            cache.invalidate_all();
        }
        Ok(())
    }

    /// Finds products (SF-1, SF-2). All words are required; if no product has
    /// them all, words that say little are left out and unknown ones mended;
    /// then any word counts.
    ///
    /// # Errors
    /// [`SearchError`] for a bad limit, page or cursor, or if the index fails.
    pub fn search(&self, request: &SearchRequest) -> Result<Arc<SearchResults>, SearchError> {
        let snapshot = self.snapshot();
        let Some(cache) = &self.cache else {
            return self.search_uncached(&snapshot, request).map(Arc::new);
        };
        let key = (request.clone(), snapshot.generation);
        if let Some(known) = cache.get(&key) {
            return Ok(known);
        }
        let results = Arc::new(self.search_uncached(&snapshot, request)?);
        cache.insert(key, results.clone());
        Ok(results)
    }

    fn search_uncached(&self, snapshot: &Snapshot, request: &SearchRequest) -> Result<SearchResults, SearchError> {
        if request.limit == 0 || request.limit > MAX_LIMIT {
            return Err(SearchError::BadLimit);
        }
        let position = match &request.cursor {
            Some(text) => {
                let position = cursor::decode(text).filter(|p| p.sort == request.sort);
                Some(position.ok_or(SearchError::BadCursor)?)
            }
            None => None,
        };
        let skip = match &position {
            Some(_) => 0,
            None if request.page == 0 || request.page > MAX_PAGE => {
                return Err(SearchError::BadPage);
            }
            None => (request.page - 1) * request.limit,
        };
        // One more than shown tells whether there is another page.
        let wanted = skip + request.limit + 1;
        let plan = Plan::new(request, &self.segmenter);
        let position = position.as_ref();
        // A further page stays in the mode of the first: what matches does not depend on the position.
        let relaxed = position.is_some_and(|p| p.relaxed);
        let found = run(snapshot, request, &plan, relaxed, position, wanted)?;
        if found.matched > 0 || plan.words.is_empty() {
            return page(snapshot, request, &plan, found, skip, relaxed);
        }
        let mended = mended(snapshot, &plan)?;
        for attempt in [without_little(&plan), mended.as_ref().and_then(without_little), mended].into_iter().flatten() {
            let found = run(snapshot, request, &attempt, false, position, wanted)?;
            if found.matched > 0 {
                return page(snapshot, request, &attempt, found, skip, false);
            }
        }
        let relaxed = plan.words.len() > 1;
        let found = run(snapshot, request, &plan, relaxed, position, wanted)?;
        page(snapshot, request, &plan, found, skip, relaxed)
    }

    /// Suggests categories, tags, sellers and products whose name has a word
    /// that begins with `prefix` (SF-3). At most 20.
    ///
    /// # Errors
    /// [`IndexError`] if the index fails.
    pub fn suggest(&self, prefix: &str, language: Language, limit: usize) -> Result<Vec<Suggestion>, IndexError> {
        Ok(suggest::suggest(&self.snapshot(), prefix, language, limit)?)
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lock(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writing {
    fn write(&mut self, changes: &[Change], cursor: i64, segmenter: &Segmenter) -> Result<(), IndexError> {
        if self.writer.is_none() {
            self.writer = Some(self.index.writer_with_num_threads(1, WRITER_BYTES)?);
        }
        let Some(writer) = &mut self.writer else {
            return Err(IndexError::Engine("no writer".to_owned()));
        };
        for change in changes {
            let id = match change {
                Change::Put(doc) => &doc.product_id,
                Change::Remove(id) => id,
            };
            writer.delete_term(Term::from_field_text(self.fields.id, id));
            if let Change::Put(doc) = change {
                writer.add_document(document(doc, &self.fields, segmenter)?)?;
            }
        }
        commit(writer, cursor)?;
        Ok(())
    }
}

fn commit(writer: &mut IndexWriter, cursor: i64) -> tantivy::Result<()> {
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&storage::payload(cursor));
    prepared.commit()?;
    Ok(())
}

fn document(doc: &ProductDoc, fields: &Fields, segmenter: &Segmenter) -> Result<TantivyDocument, IndexError> {
    schema::document(doc, fields, segmenter).map_err(|error| IndexError::Engine(error.to_string()))
}

fn reader(index: &Index) -> tantivy::Result<IndexReader> {
    index.reader_builder().reload_policy(ReloadPolicy::Manual).doc_store_cache_num_blocks(STORE_CACHE_BLOCKS).try_into()
}

fn damaged(error: tantivy::TantivyError) -> OpenError {
    OpenError::Damaged(error.to_string())
}

/// Reads the hits of one page.
fn page(
    snapshot: &Snapshot,
    request: &SearchRequest,
    plan: &Plan,
    found: Found,
    skip: usize,
    relaxed: bool,
) -> Result<SearchResults, SearchError> {
    let more = found.best.len() > skip + request.limit;
    let shown: Vec<&Candidate> = found.best.iter().skip(skip).take(request.limit).collect();
    let mut hits = Vec::with_capacity(shown.len());
    for candidate in &shown {
        let product = stored(snapshot, candidate)?;
        let name = product.name.get(request.language);
        let summary = product.summary.get(request.language);
        hits.push(Hit {
            name: highlight(name, &plan.words),
            summary: highlight(summary, &plan.words),
            product_id: product.product_id,
            card: product.card,
        });
    }
    let next_cursor = match (shown.last(), hits.last()) {
        (Some(last), Some(hit)) if more => Some(cursor::encode(&Position {
            sort: request.sort,
            relaxed,
            score: last.score,
            key: last.key,
            product_id: hit.product_id.clone(),
        })),
        _ => None,
    };
    Ok(SearchResults {
        total: found.total,
        hits,
        facets: found.facets,
        next_cursor,
        relaxed,
        generation: snapshot.generation,
    })
}

fn stored(snapshot: &Snapshot, candidate: &Candidate) -> Result<StoredProduct, SearchError> {
    use tantivy::schema::Value;
    let doc: TantivyDocument = snapshot.searcher.doc(candidate.address)?;
    let bytes = doc.get_first(snapshot.fields.stored).and_then(|value| value.as_bytes());
    let product = bytes.and_then(|bytes| serde_json::from_slice(bytes).ok());
    let unreadable = || IndexError::Engine("a stored product cannot be read".to_owned());
    product.ok_or_else(|| unreadable().into())
}

#[cfg(test)]
impl ProductIndex {
    /// The writing side, to imitate a crash.
    pub(crate) fn lock_for_tests(&self) -> MutexGuard<'_, Writing> {
        self.lock()
    }
}

#[cfg(test)]
impl Writing {
    /// Gives a document to the writer and flushes it without a commit.
    pub(crate) fn add_without_commit(&mut self, doc: &ProductDoc) {
        let segmenter = Segmenter::new(&[]);
        let writer = self.writer.as_mut().unwrap();
        writer.add_document(document(doc, &self.fields, &segmenter).unwrap()).unwrap();
        // Writes the segment's files; dropping the result commits nothing.
        drop(writer.prepare_commit().unwrap());
    }
}
