//! Product search of the marketplace (SF-1 to SF-3): a bilingual full-text
//! index with facets, sorting, stable paging and suggestions.
//!
//! The index is a copy of what the storefront may show; the caller feeds it
//! with [`Change`]s and a cursor that is committed together with them, so the
//! index can always tell from where to go on. Hidden and discontinued products
//! are simply never put.
//!
//! Matching happens over one inverted field whose term frequency carries the
//! best place (name, tag, seller, summary, body) where the word stands, per
//! language. The score is therefore a small whole number, the same in every
//! generation, and equal matches really tie so that sales and rating decide.

mod cursor;
mod engine;
mod error;
mod highlight;
mod index;
mod model;
mod request;
mod schema;
mod storage;
mod suggest;
#[cfg(test)]
mod tests;
mod text;

pub use error::{IndexError, OpenError, RebuildError, SearchError};
pub use index::{OpenOptions, ProductIndex};
pub use model::{Change, Language, LocalizedText, ProductDoc};
pub use request::{FacetCount, Facets, Hit, MAX_LIMIT, MAX_PAGE, SearchRequest, SearchResults, Segment, Sort};
pub use suggest::{MAX_SUGGESTIONS, Suggestion, SuggestionKind};
