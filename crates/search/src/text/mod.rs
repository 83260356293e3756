//! From text to words: folding, splitting by script, Chinese segmentation and
//! English stemming. Index and query use the same steps.

mod fold;
mod segment;

pub(crate) use fold::{collapse, fold_char, is_han};
pub(crate) use segment::Segmenter;

use frostem::{Algorithm, Stemmer};

/// Longest word that is indexed, in characters.
const MAX_WORD_CHARS: usize = 64;

const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "by", "for", "from", "in", "is", "it", "of", "on", "or", "that", "the", "to",
    "with", "的", "了", "和", "与", "及", "是", "在", "或",
];

/// A run of characters of one script within a folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// Index of the first character.
    pub(crate) start: usize,
    /// Index after the last character.
    pub(crate) end: usize,
    /// Chinese (or another script without spaces) or letters and digits.
    pub(crate) han: bool,
}

/// Folds every character; the result has as many characters as the input.
pub(crate) fn fold(text: &str) -> Vec<char> {
    text.chars().map(fold_char).collect()
}

/// Splits a folded text into runs; everything else separates.
pub(crate) fn runs(chars: &[char]) -> Vec<Run> {
    let mut found: Vec<Run> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let han = is_han(chars[at]);
        if !han && !chars[at].is_alphanumeric() {
            at += 1;
            continue;
        }
        let start = at;
        while at < chars.len() && is_han(chars[at]) == han && (han || chars[at].is_alphanumeric()) {
            at += 1;
        }
        at += programming_suffix(&chars[at..], han);
        found.push(Run { start, end: at, han });
    }
    found
}

/// Keeps `C++` and `C#` apart from `C`: the number of such signs that follow.
fn programming_suffix(rest: &[char], han: bool) -> usize {
    let signs = rest.iter().take_while(|c| matches!(c, '+' | '#')).count();
    let ends = rest.get(signs).is_none_or(|c| !c.is_alphanumeric());
    if han || !ends || signs > 2 { 0 } else { signs }
}

/// The stem of a folded word of letters and digits.
pub(crate) fn stem(word: &str) -> String {
    thread_local! {
        static STEMMER: Stemmer = Stemmer::new(Algorithm::English);
    }
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.to_owned();
    }
    if let Some(single) = acronym(word) {
        return single.to_owned();
    }
    STEMMER.with(|stemmer| stemmer.stem(word).into_owned())
}

/// The singular of an acronym without vowels such as `crms` or `smes`, which
/// the stemmer takes for a word that ends in s.
fn acronym(word: &str) -> Option<&str> {
    let single = word.strip_suffix('s').filter(|single| single.len() >= 3)?;
    let head = &single[..single.len() - 1];
    let vowels = head.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    (!vowels && !single.ends_with('s')).then_some(single)
}

/// All words under which `text` is to be found; may repeat.
pub(crate) fn index_words(segmenter: &Segmenter, text: &str, mut push: impl FnMut(&str)) {
    let chars = fold(text);
    for run in runs(&chars) {
        let word: String = chars[run.start..run.end].iter().collect();
        if run.han {
            segmenter.for_index(&word, &mut push);
        } else if run.end - run.start <= MAX_WORD_CHARS {
            push(&stem(&word));
        }
    }
}

/// Single characters and pairs of neighbours of the Chinese parts of a name:
/// they find a name by words that the word list does not know.
pub(crate) fn name_grams(text: &str, mut push: impl FnMut(&str)) {
    let chars = fold(text);
    let mut gram = String::new();
    for run in runs(&chars).into_iter().filter(|run| run.han) {
        let run = &chars[run.start..run.end];
        for size in 1..=2 {
            for window in run.windows(size) {
                gram.clear();
                gram.extend(window);
                push(&gram);
            }
        }
    }
}

/// A word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueryWord {
    /// The folded word; stemmed if not Chinese.
    pub(crate) word: String,
    /// Known words inside of a longer Chinese word (or its characters), which
    /// together stand for the word where the text divides it otherwise.
    pub(crate) parts: Vec<String>,
    /// Neighbouring pairs (or the one character) to look for in names.
    pub(crate) grams: Vec<String>,
}

/// The words of a query, without repetition and without stop words unless
/// there is nothing else. At most `limit`.
pub(crate) fn query_words(segmenter: &Segmenter, text: &str, limit: usize) -> Vec<QueryWord> {
    let chars = fold(text);
    let mut words: Vec<QueryWord> = Vec::new();
    for run in runs(&chars) {
        let piece: String = chars[run.start..run.end].iter().collect();
        if run.han {
            words.extend(segmenter.for_query(&piece));
        } else if run.end - run.start <= MAX_WORD_CHARS {
            words.push(QueryWord {
                word: if STOP_WORDS.contains(&piece.as_str()) { piece } else { stem(&piece) },
                parts: Vec::new(),
                grams: Vec::new(),
            });
        }
    }
    let mut seen = std::collections::HashSet::new();
    words.retain(|word| seen.insert(word.word.clone()));
    let is_stop = |word: &QueryWord| STOP_WORDS.contains(&word.word.as_str());
    if !words.iter().all(is_stop) {
        words.retain(|word| !is_stop(word));
    } else {
        for word in &mut words {
            if word.grams.is_empty() {
                word.word = stem(&word.word);
            }
        }
    }
    words.truncate(limit);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexed(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        index_words(&Segmenter::new(&[]), text, |word| words.push(word.to_owned()));
        words
    }

    fn queried(text: &str) -> Vec<String> {
        query_words(&Segmenter::new(&[]), text, 16).into_iter().map(|word| word.word).collect()
    }

    #[test]
    fn chinese_is_cut_into_known_words_and_their_parts() {
        let words = indexed("财务管理软件");
        for word in ["财务", "管理", "软件"] {
            assert!(words.iter().any(|w| w == word), "{word} in {words:?}");
        }
    }

    #[test]
    fn mixed_text_gives_words_of_both_scripts() {
        assert_eq!(queried("ERP系统 for SMEs"), ["erp", "系统", "sme"]);
    }

    #[test]
    fn full_width_and_case_are_folded() {
        assert_eq!(indexed("ＥＲＰ　Ｃ＋＋"), ["erp", "c++"]);
    }

    #[test]
    fn english_is_stemmed_alike_in_index_and_query() {
        assert_eq!(indexed("managed services"), queried("managing service"));
    }

    #[test]
    fn stop_words_alone_still_count() {
        assert_eq!(queried("the"), ["the"]);
        assert_eq!(queried("the cloud"), ["cloud"]);
    }

    #[test]
    fn a_trade_word_is_kept_whole() {
        let words = query_words(&Segmenter::new(&["睿企飞".to_owned()]), "睿企飞平台", 16);
        assert_eq!(words[0].word, "睿企飞");
        assert_eq!(words[1].word, "平台");
    }

    #[test]
    fn an_unknown_word_becomes_characters_and_pairs() {
        let words = query_words(&Segmenter::new(&[]), "坊鑫", 16);
        assert_eq!(words.len(), 1);
        assert_eq!(words[0].parts, ["坊", "鑫"]);
        assert_eq!(words[0].grams, ["坊鑫"]);
    }
}
