//! Suggestions while typing (SF-3), read from a range of the term dictionary.
//!
//! A key is `kind, language, folded text from the start of a word, NUL,
//! payload`, so the keys of a prefix stand together and the number of
//! documents of a key is the count.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tantivy::postings::SegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED};

use crate::engine::Snapshot;
use crate::model::{Language, ProductDoc};
use crate::request::Sort;
use crate::text::{self, Segmenter};

/// Most suggestions of one request.
pub const MAX_SUGGESTIONS: usize = 20;

/// Words of a name from which it can be found.
const MAX_STARTS: usize = 6;
/// Longest suggestion, in characters.
const MAX_CHARS: usize = 80;
/// Keys read per kind and segment.
const MAX_KEYS: usize = 200;
/// Documents looked at to count the live ones of a key.
const MAX_COUNTED: u32 = 2_000;

const PAYLOAD: char = '\0';
const DIVIDER: char = '\u{1}';

/// What a suggestion leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// A category.
    Category,
    /// A tag.
    Tag,
    /// A seller.
    Seller,
    /// A product name.
    Product,
}

/// A suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What it leads to.
    pub kind: SuggestionKind,
    /// Text to show.
    pub text: String,
    /// Category id, seller id or product id (of the most sold product with
    /// this name); none for tags.
    pub id: Option<String>,
    /// Number of products, approximate above 2,000.
    pub count: u64,
}

const KINDS: [(SuggestionKind, char); 4] = [
    (SuggestionKind::Category, 'c'),
    (SuggestionKind::Tag, 't'),
    (SuggestionKind::Seller, 's'),
    (SuggestionKind::Product, 'p'),
];

fn language_code(language: Language) -> char {
    match language {
        Language::Zh => 'z',
        Language::En => 'e',
    }
}

fn head(kind: SuggestionKind, language: Language) -> String {
    let code = KINDS.iter().find(|(known, _)| *known == kind);
    let mut head = String::from(code.map_or('p', |(_, code)| *code));
    head.push(language_code(language));
    head
}

/// The keys of a product.
pub(crate) fn keys(doc: &ProductDoc, segmenter: &Segmenter) -> Vec<String> {
    let mut keys = Vec::new();
    let mut add = |kind, language, text: &str, id: &str| {
        if text.trim().is_empty() || text.contains([PAYLOAD, DIVIDER]) {
            return;
        }
        let display: String = text.trim().chars().take(MAX_CHARS).collect();
        let payload = if id.is_empty() { display.clone() } else { format!("{id}{DIVIDER}{display}") };
        let folded = text::collapse(&display);
        for start in starts(segmenter, &folded) {
            let head = head(kind, language);
            keys.push(format!("{head}{}{PAYLOAD}{payload}", &folded[start..]));
        }
    };
    for language in [Language::Zh, Language::En] {
        for (id, name) in doc.category_path.iter().zip(&doc.category_names) {
            add(SuggestionKind::Category, language, name.get(language), id);
        }
        let seller = doc.seller_name.get(language);
        add(SuggestionKind::Seller, language, seller, &doc.seller_id);
        add(SuggestionKind::Product, language, doc.name.get(language), "");
        for tag in &doc.tags {
            add(SuggestionKind::Tag, language, tag.get(language), "");
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

/// Byte offsets of the first words of a folded text.
fn starts(segmenter: &Segmenter, folded: &str) -> Vec<usize> {
    let chars: Vec<char> = folded.chars().collect();
    let offsets: Vec<usize> = folded.char_indices().map(|(at, _)| at).collect();
    let mut found = vec![0];
    for run in text::runs(&chars) {
        let start = offsets[run.start];
        if run.han {
            let piece: String = chars[run.start..run.end].iter().collect();
            found.extend(segmenter.starts(&piece).into_iter().map(|at| start + at));
        } else {
            found.push(start);
        }
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(MAX_STARTS);
    found
}

#[derive(Default)]
struct Tally {
    count: u64,
    popularity: u64,
    /// Segment and document of the most popular product.
    best: Option<(usize, DocId)>,
}

/// Suggestions that begin with `prefix`: up to half of them categories, tags
/// and sellers by count, the rest product names by sales.
pub(crate) fn suggest(
    snapshot: &Snapshot,
    prefix: &str,
    language: Language,
    limit: usize,
) -> tantivy::Result<Vec<Suggestion>> {
    let limit = limit.min(MAX_SUGGESTIONS);
    let clipped: String = prefix.chars().take(MAX_CHARS).collect();
    let folded = text::collapse(&clipped);
    if folded.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let mut groups = Vec::new();
    let mut products = Vec::new();
    for (kind, _) in KINDS {
        let key = format!("{}{folded}", head(kind, language));
        let mut found: Vec<(String, Tally)> = tally(snapshot, key.as_bytes())?.into_iter().collect();
        let product = kind == SuggestionKind::Product;
        found.sort_by(|(a, x), (b, y)| {
            let rank = |tally: &Tally| {
                if product { tally.popularity } else { tally.count }
            };
            rank(y).cmp(&rank(x)).then_with(|| a.cmp(b))
        });
        found.truncate(limit);
        let target = if product { &mut products } else { &mut groups };
        for (payload, tally) in found {
            target.push(finish(snapshot, kind, &payload, &tally)?);
        }
    }
    groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
    let half = (limit / 2).max(limit.saturating_sub(products.len()));
    groups.truncate(half);
    groups.extend(products);
    groups.truncate(limit);
    Ok(groups)
}

fn finish(snapshot: &Snapshot, kind: SuggestionKind, payload: &str, tally: &Tally) -> tantivy::Result<Suggestion> {
    let (id, text) = match payload.split_once(DIVIDER) {
        Some((id, text)) => (Some(id.to_owned()), text),
        None => (None, payload),
    };
    let id = match (kind, tally.best) {
        (SuggestionKind::Product, Some((segment, doc))) => {
            let columns = &snapshot.columns[segment];
            Some(columns.id(columns.id_ord(doc))?)
        }
        _ => id,
    };
    Ok(Suggestion { kind, text: text.to_owned(), id, count: tally.count })
}

/// Live documents per payload of the keys that begin with `prefix`.
fn tally(snapshot: &Snapshot, prefix: &[u8]) -> tantivy::Result<HashMap<String, Tally>> {
    let mut tallies: HashMap<String, Tally> = HashMap::new();
    // No byte of UTF-8 text is 0xFF: this bound is behind every such key.
    let end = [prefix, &[0xFF]].concat();
    for (segment, reader) in snapshot.searcher.segment_readers().iter().enumerate() {
        let index = reader.inverted_index(snapshot.fields.suggest)?;
        let mut stream = index.terms().range().ge(prefix).lt(&end).into_stream()?;
        let mut here: HashMap<String, Tally> = HashMap::new();
        let mut read = 0;
        while read < MAX_KEYS && stream.advance() {
            read += 1;
            let Some(payload) = payload(stream.key()) else {
                continue;
            };
            if here.contains_key(payload) {
                continue;
            }
            let postings = index.read_postings_from_terminfo(stream.value(), IndexRecordOption::Basic)?;
            let tally = count(snapshot, segment, postings);
            if tally.count > 0 {
                here.insert(payload.to_owned(), tally);
            }
        }
        for (payload, tally) in here {
            let sum = tallies.entry(payload).or_default();
            sum.count += tally.count;
            if sum.best.is_none() || tally.popularity > sum.popularity {
                sum.popularity = tally.popularity;
                sum.best = tally.best;
            }
        }
    }
    Ok(tallies)
}

fn payload(key: &[u8]) -> Option<&str> {
    std::str::from_utf8(key).ok()?.split_once(PAYLOAD).map(|(_, payload)| payload)
}

fn count(snapshot: &Snapshot, segment: usize, mut postings: SegmentPostings) -> Tally {
    let reader = &snapshot.searcher.segment_readers()[segment];
    let columns = &snapshot.columns[segment];
    let mut tally = Tally::default();
    let all = postings.doc_freq();
    let mut seen = 0;
    let mut doc = postings.doc();
    while doc != TERMINATED && seen < MAX_COUNTED {
        seen += 1;
        if reader.alive_bitset().is_none_or(|alive| alive.is_alive(doc)) {
            tally.count += 1;
            // Only few products share a name; of a large group none is shown.
            if all <= 64 {
                let popularity = columns.key(Sort::Sales, doc);
                if tally.best.is_none() || popularity > tally.popularity {
                    tally.popularity = popularity;
                    tally.best = Some((segment, doc));
                }
            } else if tally.best.is_none() {
                tally.best = Some((segment, doc));
            }
            if all > MAX_COUNTED {
                tally.count = u64::from(all);
                break;
            }
        }
        doc = postings.advance();
    }
    tally
}
