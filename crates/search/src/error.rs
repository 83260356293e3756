//! Errors of the index.

/// Why an index could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The files are incomplete or corrupt; [`crate::ProductIndex::reset`] and rebuild.
    #[error("the search index is damaged: {0}")]
    Damaged(String),
    /// The index was written by another version or with other extra words;
    /// [`crate::ProductIndex::reset`] and rebuild.
    #[error("the search index must be rebuilt: {0}")]
    NeedsRebuild(String),
    /// The file system refused.
    #[error("the search index cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

/// Why the index could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Another process holds the writer lock.
    #[error("the search index is locked by another process")]
    Locked,
    /// The engine failed; nothing of the batch was committed.
    #[error("search index failure: {0}")]
    Engine(String),
    /// The file system refused.
    #[error("search index file failure: {0}")]
    Io(#[from] std::io::Error),
}

impl From<tantivy::TantivyError> for IndexError {
    fn from(error: tantivy::TantivyError) -> Self {
        match error {
            tantivy::TantivyError::LockFailure(..) => Self::Locked,
            other => Self::Engine(other.to_string()),
        }
    }
}

/// Why a rebuild was given up; the old index stays in use.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError<E> {
    /// The source of documents failed.
    #[error("the rebuild's source failed")]
    Source(E),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Why a search was refused.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The cursor was not made by this search (other sort order or malformed).
    #[error("the page cursor is not valid for this search")]
    BadCursor,
    /// The limit is not within 1 to 100.
    #[error("the page size must be 1 to 100")]
    BadLimit,
    /// The page is not within 1 to 50.
    #[error("the page number must be 1 to 50")]
    BadPage,
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl From<tantivy::TantivyError> for SearchError {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Index(error.into())
    }
}

impl From<std::io::Error> for SearchError {
    fn from(error: std::io::Error) -> Self {
        Self::Index(error.into())
    }
}
