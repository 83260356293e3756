//! Whole pages for visitors who are not signed in: made once, then handed out from memory until
//! the shelf changes or two minutes have passed.

use axum::http::HeaderMap;
use web_kit::prelude::*;

/// Longest query for which a page is kept; longer ones are made every time.
const LONGEST_QUERY: usize = 300;

/// The key of the page that this visitor sees, or `None` where it is for him alone.
fn key(page: &Page) -> Option<String> {
    let size: usize = page.query_pairs().iter().map(|(k, v)| k.len() + v.len() + 2).sum();
    if !page.is_plain() || size > LONGEST_QUERY {
        return None;
    }
    let generation = page.app().shelf_generation();
    let mut key = format!("{}|{}|{generation}|{}", page.language().code(), page.theme(), page.path());
    for (name, value) in page.query_pairs() {
        // Control characters cannot be confused with what a name or value holds after decoding.
        key.push('\u{1}');
        key.push_str(name);
        key.push('\u{2}');
        key.push_str(value);
    }
    Some(key)
}

/// Answers the page that `make` renders, from memory where it was made for somebody like this.
pub fn answer(page: &Page, headers: &HeaderMap, make: impl FnOnce() -> Result<String, PageError>) -> PageResult {
    Ok(match key(page) {
        Some(key) => page.answer(headers, &*page.web().ready_page(&key, make)?),
        None => page.answer_once(make()?),
    })
}
