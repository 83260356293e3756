//! Character folding: one character in, one character out, so that positions
//! in the folded text are positions in the original.

/// Full-width forms to half-width, upper case to lower case, ideographic space
/// to space.
pub(crate) fn fold_char(c: char) -> char {
    let half = match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    };
    let mut lower = half.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) => only,
        _ => half,
    }
}

/// Whether `c` belongs to a script that is written without spaces.
pub(crate) fn is_han(c: char) -> bool {
    matches!(u32::from(c),
        0x3005 | 0x3007 | 0x3041..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0x2_0000..=0x3_134F)
}

/// Folds a whole text, trims it and makes every run of white space one space.
pub(crate) fn collapse(text: &str) -> String {
    let folded: String = text.chars().map(fold_char).collect();
    let mut out = String::with_capacity(folded.len());
    for word in folded.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_stays_one_character() {
        let text = "ＥＲＰ系统　İß Ａ１！";
        assert_eq!(text.chars().map(fold_char).count(), text.chars().count());
        assert_eq!(collapse("  ＥＲＰ系统　 Cloud\n X "), "erp系统 cloud x");
    }
}
