//! From a request to posting lists.

use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{SegmentReader, Term};

use super::node::{Node, Sum, Worth};
use super::weight::{NAME_BY_GRAMS, scores};
use crate::model::Language;
use crate::request::SearchRequest;
use crate::schema::Fields;
use crate::text::{self, QueryWord, Segmenter};

/// Words of a query that count.
const MAX_WORDS: usize = 16;
/// Characters of a query that count.
const MAX_CHARS: usize = 200;

/// The words of a query.
pub(crate) struct Plan {
    pub(crate) words: Vec<QueryWord>,
    /// The query as a whole, as names are kept for comparison.
    whole: String,
    language: Language,
    /// Whether the text has characters but no word.
    pub(crate) hopeless: bool,
}

impl Plan {
    /// Cuts the text of a request into words.
    pub(crate) fn new(request: &SearchRequest, segmenter: &Segmenter) -> Self {
        let text: String = request.text.chars().take(MAX_CHARS).collect();
        let words = text::query_words(segmenter, &text, MAX_WORDS);
        let whole = text::collapse(&text);
        Self { hopeless: words.is_empty() && !whole.is_empty(), words, whole, language: request.language }
    }

    /// The same plan with other words.
    pub(crate) fn with_words(&self, words: Vec<QueryWord>) -> Self {
        Self { words, whole: self.whole.clone(), language: self.language, hopeless: false }
    }

    /// The walk over a segment; none if nothing in it can match.
    pub(crate) fn node(&self, reader: &SegmentReader, fields: &Fields, relaxed: bool) -> tantivy::Result<Option<Node>> {
        let mut nodes = Vec::with_capacity(self.words.len());
        for word in &self.words {
            match self.word(reader, fields, word)? {
                Some(node) => nodes.push(node),
                None if relaxed => {}
                None => return Ok(None),
            }
        }
        Ok(match nodes.len() {
            0 => None,
            1 if !relaxed => nodes.pop(),
            _ if relaxed => Some(Node::any(nodes)),
            _ => Some(Node::and(nodes, Sum::All)),
        })
    }

    /// The documents whose name is the query.
    pub(crate) fn exact(&self, reader: &SegmentReader, fields: &Fields) -> tantivy::Result<Option<Node>> {
        leaf(reader, fields.exact, &self.whole, Worth::Fixed(0))
    }

    fn word(&self, reader: &SegmentReader, fields: &Fields, word: &QueryWord) -> tantivy::Result<Option<Node>> {
        let worth = Worth::ByPlace(scores(self.language));
        let mut ways = Vec::new();
        ways.extend(leaf(reader, fields.terms, &word.word, worth)?);
        ways.extend(all(reader, fields.terms, &word.parts, worth)?);
        ways.extend(all(reader, fields.grams, &word.grams, Worth::Fixed(NAME_BY_GRAMS))?);
        Ok(match ways.len() {
            0 | 1 => ways.pop(),
            _ => Some(Node::or(ways)),
        })
    }
}

fn all(reader: &SegmentReader, field: Field, words: &[String], worth: Worth) -> tantivy::Result<Option<Node>> {
    let mut nodes = Vec::with_capacity(words.len());
    for word in words {
        match leaf(reader, field, word, worth)? {
            Some(node) => nodes.push(node),
            None => return Ok(None),
        }
    }
    Ok(match nodes.len() {
        0 | 1 => nodes.pop(),
        _ => Some(Node::and(nodes, Sum::Weakest)),
    })
}

/// The documents of one term.
pub(crate) fn leaf(reader: &SegmentReader, field: Field, text: &str, worth: Worth) -> tantivy::Result<Option<Node>> {
    let option = match worth {
        Worth::ByPlace(_) => IndexRecordOption::WithFreqs,
        Worth::Fixed(_) => IndexRecordOption::Basic,
    };
    let postings = reader.inverted_index(field)?.read_postings(&Term::from_field_text(field, text), option)?;
    Ok(postings.map(|postings| Node::leaf(postings, worth)))
}
