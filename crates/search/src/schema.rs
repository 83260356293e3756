//! The fields of the index and the way a product becomes a document.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tantivy::TantivyDocument;
use tantivy::schema::{BytesOptions, FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer, TokenizerManager};

use crate::engine::{Place, Signature, place_code};
use crate::model::{Language, LocalizedText, ProductDoc};
use crate::suggest;
use crate::text::{self, Segmenter};

/// Grows whenever the fields, their meaning or the word list change.
pub(crate) const SCHEMA_VERSION: u32 = 2;

/// Separates the words handed to the [`WeightedTokenizer`].
const SEPARATOR: char = '\u{1f}';
/// Longest body that is indexed, in bytes.
const MAX_BODY_BYTES: usize = 60_000;

const WEIGHTED: &str = "weighted";
const RAW: &str = "raw";

pub(crate) const PRODUCT_ID: &str = "id";
pub(crate) const SIGNATURE: &str = "signature";
pub(crate) const POPULARITY: &str = "popularity";
pub(crate) const RATING: &str = "rating";
pub(crate) const PUBLISHED: &str = "published";
pub(crate) const PRICE: &str = "price";

/// Handles of the fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    pub(crate) terms: Field,
    pub(crate) grams: Field,
    pub(crate) exact: Field,
    pub(crate) seller: Field,
    pub(crate) suggest: Field,
    pub(crate) stored: Field,
    signature: Field,
    popularity: Field,
    rating: Field,
    published: Field,
    price: Field,
}

/// The part of a product that is kept to show it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredProduct {
    pub(crate) product_id: String,
    pub(crate) name: LocalizedText,
    pub(crate) summary: LocalizedText,
    pub(crate) card: serde_json::Value,
}

fn indexed(tokenizer: &str, option: IndexRecordOption) -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default().set_tokenizer(tokenizer).set_fieldnorms(false).set_index_option(option),
    )
}

/// Builds the schema.
pub(crate) fn schema() -> (Schema, Fields) {
    let basic = IndexRecordOption::Basic;
    let mut builder = Schema::builder();
    let fields = Fields {
        id: builder.add_text_field(PRODUCT_ID, indexed(RAW, basic).set_fast(RAW)),
        terms: builder.add_text_field("terms", indexed(WEIGHTED, IndexRecordOption::WithFreqs)),
        grams: builder.add_text_field("grams", indexed(WEIGHTED, basic)),
        exact: builder.add_text_field("exact", indexed(RAW, basic)),
        seller: builder.add_text_field("seller", indexed(RAW, basic)),
        suggest: builder.add_text_field("suggest", indexed(RAW, basic)),
        stored: builder.add_bytes_field("stored", BytesOptions::default().set_stored()),
        signature: builder.add_text_field(SIGNATURE, TextOptions::default().set_fast(RAW)),
        popularity: builder.add_u64_field(POPULARITY, FAST),
        rating: builder.add_u64_field(RATING, FAST),
        published: builder.add_u64_field(PUBLISHED, FAST),
        price: builder.add_u64_field(PRICE, FAST),
    };
    (builder.build(), fields)
}

/// Registers the tokenizers the schema names.
pub(crate) fn register_tokenizers(manager: &TokenizerManager) {
    manager.register(WEIGHTED, WeightedTokenizer);
}

/// Price as a sort key: 0 for none, else price plus one.
pub(crate) fn price_key(price_e8: Option<i64>) -> u64 {
    price_e8.map_or(0, |price| u64::try_from(price).unwrap_or(0) + 1)
}

const SALES_BITS: u32 = 44;
const RATING_BITS: u32 = 20;

fn popularity_key(doc: &ProductDoc) -> u64 {
    let (sales, rating) = popularity_parts(doc);
    (sales << RATING_BITS) | rating
}

fn rating_key(doc: &ProductDoc) -> u64 {
    let (sales, rating) = popularity_parts(doc);
    (rating << SALES_BITS) | sales
}

fn popularity_parts(doc: &ProductDoc) -> (u64, u64) {
    let sales = doc.sales.min((1 << SALES_BITS) - 1);
    let rating = u64::from(doc.rating_x100).min((1 << RATING_BITS) - 1);
    (sales, rating)
}

fn published_key(micros: i64) -> u64 {
    micros.cast_unsigned() ^ (1 << 63)
}

/// Turns a product into a document.
///
/// # Errors
/// If the card cannot be written as JSON.
pub(crate) fn document(
    doc: &ProductDoc,
    fields: &Fields,
    segmenter: &Segmenter,
) -> Result<TantivyDocument, serde_json::Error> {
    let mut out = TantivyDocument::new();
    out.add_text(fields.id, &doc.product_id);
    out.add_text(fields.terms, weighted_terms(doc, segmenter));
    out.add_text(fields.grams, gram_terms(doc));
    let (zh, en) = (text::collapse(&doc.name.zh), text::collapse(&doc.name.en));
    out.add_text(fields.exact, &zh);
    if en != zh {
        out.add_text(fields.exact, &en);
    }
    out.add_text(fields.seller, &doc.seller_id);
    for key in suggest::keys(doc, segmenter) {
        out.add_text(fields.suggest, key);
    }
    out.add_text(fields.signature, Signature::of(doc).encode()?);
    out.add_u64(fields.popularity, popularity_key(doc));
    out.add_u64(fields.rating, rating_key(doc));
    out.add_u64(fields.published, published_key(doc.published_at_micros));
    out.add_u64(fields.price, price_key(doc.lowest_price_e8));
    let stored = serde_json::to_vec(&StoredProduct {
        product_id: doc.product_id.clone(),
        name: doc.name.clone(),
        summary: doc.summary.clone(),
        card: doc.card.clone(),
    })?;
    out.add_bytes(fields.stored, &stored);
    Ok(out)
}

fn clip(text: &str) -> &str {
    let mut end = text.len().min(MAX_BODY_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Every word with its best place in each language, as the tokenizer reads it.
fn weighted_terms(doc: &ProductDoc, segmenter: &Segmenter) -> String {
    let mut places: HashMap<String, [Place; 2]> = HashMap::new();
    let mut add = |text: &str, place: Place, languages: &[Language]| {
        text::index_words(segmenter, text, |word| {
            let entry = match places.get_mut(word) {
                Some(entry) => entry,
                None => places.entry(word.to_owned()).or_default(),
            };
            for language in languages {
                let slot = &mut entry[*language as usize];
                *slot = (*slot).max(place);
            }
        });
    };
    let texts = [
        (&doc.name, Place::Name),
        (&doc.seller_name, Place::Seller),
        (&doc.summary, Place::Summary),
        (&doc.body, Place::Body),
    ];
    let tags = doc.category_names.iter().map(|name| (name, Place::Tag));
    for (text, place) in texts.into_iter().chain(tags) {
        add(clip(&text.zh), place, &[Language::Zh]);
        add(clip(&text.en), place, &[Language::En]);
    }
    for tag in &doc.tags {
        add(clip(tag.get(Language::Zh)), Place::Tag, &[Language::Zh]);
        add(clip(tag.get(Language::En)), Place::Tag, &[Language::En]);
    }
    let mut out = String::with_capacity(places.len() * 12);
    for (word, [zh, en]) in places {
        // The code is at least 1 and at most 35: one letter.
        let code = char::from(b'0' + place_code(zh, en));
        out.push(code);
        out.push_str(&word);
        out.push(SEPARATOR);
    }
    out
}

fn gram_terms(doc: &ProductDoc) -> String {
    let mut grams = std::collections::BTreeSet::new();
    for name in [&doc.name.zh, &doc.name.en] {
        text::name_grams(name, |gram| {
            grams.insert(gram.to_owned());
        });
    }
    let mut out = String::new();
    for gram in grams {
        out.push('1');
        out.push_str(&gram);
        out.push(SEPARATOR);
    }
    out
}

/// Reads pieces of one code letter and a word, and emits the word as often as
/// the code says, so that the term frequency becomes the code.
#[derive(Clone)]
struct WeightedTokenizer;

struct WeightedStream<'a> {
    rest: &'a str,
    left: u8,
    token: Token,
}

impl Tokenizer for WeightedTokenizer {
    type TokenStream<'a> = WeightedStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WeightedStream<'a> {
        WeightedStream { rest: text, left: 0, token: Token::default() }
    }
}

impl TokenStream for WeightedStream<'_> {
    fn advance(&mut self) -> bool {
        if self.left == 0 {
            let Some((piece, rest)) = self.rest.split_once(SEPARATOR) else {
                return false;
            };
            self.rest = rest;
            self.left = piece.bytes().next().unwrap_or(b'1').saturating_sub(b'0').max(1);
            self.token.text.clear();
            self.token.text.push_str(piece.get(1..).unwrap_or_default());
        }
        self.left -= 1;
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tokenizer_repeats_by_code() {
        let text = "3a\u{1f}1云\u{1f}";
        let mut tokenizer = WeightedTokenizer;
        let mut stream = tokenizer.token_stream(text);
        let mut words = Vec::new();
        while stream.advance() {
            words.push(stream.token().text.clone());
        }
        assert_eq!(words, ["a", "a", "a", "云"]);
    }

    #[test]
    fn keys_keep_their_order() {
        assert!(published_key(-5) < published_key(0));
        assert!(published_key(0) < published_key(7));
        assert_eq!(price_key(None), 0);
        assert!(price_key(Some(0)) < price_key(Some(i64::MAX)));
    }

    #[test]
    fn a_long_body_is_clipped_between_characters() {
        let text = "云".repeat(MAX_BODY_BYTES);
        assert!(clip(&text).len() <= MAX_BODY_BYTES);
        assert!(clip(&text).chars().all(|c| c == '云'));
    }
}
