//! Reports: for people on a terminal and in a browser, for continuous integration, for programs.

pub mod html;
pub mod json;
pub mod junit;
pub mod text;

/// `text` without control characters, which a seller's answer could smuggle into a terminal or a
/// document; line breaks become blanks.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c }).map(visible).collect()
}

/// The character, or U+FFFD in place of one that neither a terminal nor XML should get.
pub(crate) fn visible(c: char) -> char {
    match c {
        '\n' | '\t' => c,
        // Marks that turn the direction of text around could make a report lie.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

/// `text` for HTML and XML, in elements and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().map(visible) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The part of a canonical string around its first difference, for a line of a terminal.
pub(crate) fn around(text: &str, at: Option<usize>) -> String {
    const BEFORE: usize = 60;
    const WHOLE: usize = 200;
    let Some(at) = at else {
        return text.chars().take(WHOLE).collect();
    };
    let mut from = at.saturating_sub(BEFORE);
    while !text.is_char_boundary(from.min(text.len())) {
        from -= 1;
    }
    let cut = text.get(from..).unwrap_or_default();
    let shown: String = cut.chars().take(WHOLE).collect();
    if from > 0 { format!("…{shown}") } else { shown }
}
