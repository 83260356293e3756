//! What is tried when no product has all words of a query: without words that say little, then with
//! words that are half written or mistyped replaced by words of the index. Nothing of it is touched
//! by a query that finds something.

use tantivy::Term;

use super::plan::Plan;
use super::snapshot::Snapshot;
use crate::text::QueryWord;

/// Words that name every product of a software market.
const SAYS_LITTLE: &[&str] =
    &["系统", "软件", "平台", "工具", "应用", "产品", "服务", "system", "softwar", "platform", "tool", "app", "servic"];
/// Letters that a half written word must have.
const MIN_PREFIX: usize = 3;
/// Letters from which on one slip of the finger is mended, and two.
const ONE_SLIP: usize = 4;
const TWO_SLIPS: usize = 8;
/// Words of the index that are compared at most, for each segment.
const MAX_TERMS: usize = 50_000;
/// Words of a query that are mended.
const MOST_MENDED: usize = 3;

/// The plan without the words that say little; none when that changes nothing or leaves nothing.
pub(crate) fn without_little(plan: &Plan) -> Option<Plan> {
    let rest: Vec<QueryWord> = plan.words.iter().filter(|w| !SAYS_LITTLE.contains(&w.word.as_str())).cloned().collect();
    (!rest.is_empty() && rest.len() < plan.words.len()).then(|| plan.with_words(rest))
}

/// The plan with every unknown word in Latin letters replaced by the word of the index that it was
/// probably meant to be; none when there is nothing to replace.
pub(crate) fn mended(snapshot: &Snapshot, plan: &Plan) -> tantivy::Result<Option<Plan>> {
    let mut words = plan.words.clone();
    let mut looked = 0;
    let mut changed = false;
    for word in &mut words {
        if !word.grams.is_empty() || !word.word.is_ascii() || is_known(snapshot, &word.word)? {
            continue;
        }
        looked += 1;
        if looked > MOST_MENDED {
            break;
        }
        if let Some(better) = probable(snapshot, &word.word)? {
            word.word = better;
            changed = true;
        }
    }
    Ok(changed.then(|| plan.with_words(words)))
}

fn is_known(snapshot: &Snapshot, word: &str) -> tantivy::Result<bool> {
    let term = Term::from_field_text(snapshot.fields.terms, word);
    for reader in snapshot.searcher.segment_readers() {
        if reader.inverted_index(snapshot.fields.terms)?.doc_freq(&term)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The nearest word that begins with the same letter: one that goes on where `word` ends, else one
/// with few slips; among equals the one that more products have.
fn probable(snapshot: &Snapshot, word: &str) -> tantivy::Result<Option<String>> {
    let Some(first) = word.bytes().next() else { return Ok(None) };
    let slips = match word.len() {
        n if n >= TWO_SLIPS => 2,
        n if n >= ONE_SLIP => 1,
        _ => 0,
    };
    let mut best: Option<(usize, std::cmp::Reverse<u32>, String)> = None;
    for reader in snapshot.searcher.segment_readers() {
        let index = reader.inverted_index(snapshot.fields.terms)?;
        let mut stream = index.terms().range().ge([first]).lt([first + 1]).into_stream()?;
        let mut read = 0;
        while read < MAX_TERMS && stream.advance() {
            read += 1;
            let Ok(term) = std::str::from_utf8(stream.key()) else { continue };
            let far = if word.len() >= MIN_PREFIX && term.starts_with(word) {
                Some(0)
            } else {
                distance(word.as_bytes(), term.as_bytes(), slips)
            };
            let Some(far) = far else { continue };
            let found = (far, std::cmp::Reverse(stream.value().doc_freq), term.to_owned());
            if best.as_ref().is_none_or(|b| found < *b) {
                best = Some(found);
            }
        }
    }
    Ok(best.map(|(_, _, term)| term))
}

/// Slips (a letter too many, too few, another, or two exchanged) between two words, up to `most`.
fn distance(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    if most == 0 || a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (last[j - 1] + change).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        if row.iter().all(|n| *n > most) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|n| *n <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted_up_to_a_bound() {
        let far = |a: &str, b: &str, most| distance(a.as_bytes(), b.as_bytes(), most);
        assert_eq!(far("acount", "account", 1), Some(1));
        assert_eq!(far("acuont", "account", 2), Some(2));
        assert_eq!(far("recieve", "receive", 1), Some(1));
        assert_eq!(far("invoic", "invoic", 1), Some(0));
        assert_eq!(far("cat", "dog", 2), None);
        assert_eq!(far("a", "b", 0), None);
    }
}
