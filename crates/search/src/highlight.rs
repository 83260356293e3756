//! Marks the words of a query within a text.

use crate::request::Segment;
use crate::text::{self, QueryWord};

/// Cuts `text` into pieces that match a word or do not. Joined, the pieces are
/// the text.
pub(crate) fn highlight(text: &str, words: &[QueryWord]) -> Vec<Segment> {
    let chars: Vec<char> = text.chars().collect();
    let folded = text::fold(text);
    let mut marks = vec![false; chars.len()];
    for run in text::runs(&folded) {
        let piece = &folded[run.start..run.end];
        let marks = &mut marks[run.start..run.end];
        if run.han {
            for word in words.iter().filter(|word| !word.grams.is_empty()) {
                mark_chinese(piece, marks, word);
            }
        } else {
            let plain: String = piece.iter().collect();
            let stem = text::stem(&plain);
            if words.iter().any(|word| word.word == stem || word.word == plain) {
                marks.fill(true);
            }
        }
    }
    let mut segments: Vec<Segment> = Vec::new();
    for (c, matched) in chars.into_iter().zip(marks) {
        match segments.last_mut() {
            Some(last) if last.matched == matched => last.text.push(c),
            _ => segments.push(Segment { text: c.to_string(), matched }),
        }
    }
    segments
}

/// The whole word where it stands, else the parts that make it up.
fn mark_chinese(piece: &[char], marks: &mut [bool], word: &QueryWord) {
    if !mark(piece, marks, &word.word) {
        for part in &word.parts {
            mark(piece, marks, part);
        }
    }
}

fn mark(piece: &[char], marks: &mut [bool], word: &str) -> bool {
    let word: Vec<char> = word.chars().collect();
    let mut found = false;
    for (start, window) in piece.windows(word.len()).enumerate() {
        if window == word {
            marks[start..start + word.len()].fill(true);
            found = true;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Segmenter, query_words};

    fn marked(text: &str, query: &str) -> Vec<String> {
        let words = query_words(&Segmenter::new(&[]), query, 16);
        let segments = highlight(text, &words);
        let joined: String = segments.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(joined, text);
        segments.into_iter().filter(|s| s.matched).map(|s| s.text).collect()
    }

    #[test]
    fn words_are_marked_in_both_scripts() {
        assert_eq!(marked("云ERP管理系统", "erp系统"), ["ERP", "系统"]);
        assert_eq!(marked("Managed Services <b>", "managing service"), ["Managed", "Services"]);
        assert_eq!(marked("ＥＲＰ　专业版", "erp"), ["ＥＲＰ"]);
        assert!(marked("财务软件", "crm").is_empty());
        assert!(highlight("", &[]).is_empty());
    }

    #[test]
    fn parts_stand_in_for_a_divided_word() {
        assert_eq!(marked("管理信息系统", "管理系统"), ["管理", "系统"]);
    }
}
