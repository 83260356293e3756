//! Whole pages for visitors who are not signed in: made once, then handed out from memory until
//! the shelf changes or half a minute has passed.

use axum::http::HeaderMap;
use minijinja::Value;
use web_kit::prelude::*;
use web_kit::visit;

/// Longest query for which a page is kept; longer ones are made every time.
const LONGEST_QUERY: usize = 300;

#[derive(Serialize)]
struct Ready {
    html: Value,
}

/// The key of the page that this visitor sees, or `None` where it is for him alone.
fn key(page: &Page, headers: &HeaderMap) -> Option<String> {
    let plain = matches!(page.actor(), Actor::Visitor) && visit::cookie(headers, visit::FLASH).is_none();
    let size: usize = page.query_pairs().iter().map(|(k, v)| k.len() + v.len() + 2).sum();
    if !plain || size > LONGEST_QUERY {
        return None;
    }
    let theme = visit::cookie(headers, visit::THEME).filter(|t| matches!(*t, "light" | "dark")).unwrap_or("auto");
    let generation = page.app().shelf_generation();
    let mut key = format!("page|{}|{theme}|{generation}|{}", page.language().code(), page.path());
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
    let html = match key(page, headers) {
        Some(key) => page.web().cached_fragment(&key, make)?,
        None => Value::from_safe_string(make()?),
    };
    Ok(page.render("public/ready.html", &Ready { html }))
}
