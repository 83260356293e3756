//! Paths and queries: which targets are safe, how links are put together.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What may stand in a query value unchanged.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A target on this site: a path that no browser can read as another host.
pub fn safe_next(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let plain = text.len() <= 2000
        && bytes.first() == Some(&b'/')
        && !matches!(bytes.get(1), Some(b'/' | b'\\'))
        && !bytes.iter().any(|b| *b == b'\\' || *b < 0x20 || *b == 0x7f);
    plain.then_some(text)
}

/// A query value, percent-encoded.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

/// `path?a=1&b=2`; entries without a value are left out.
pub fn with_pairs<'p>(path: &str, pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let mut out = path.to_owned();
    let mut sign = '?';
    for (name, value) in pairs {
        if value.is_empty() {
            continue;
        }
        out.push(sign);
        sign = '&';
        out.push_str(&encoded(name));
        out.push('=');
        out.push_str(&encoded(value));
    }
    out
}

/// The log-in page that leads back to `next`, where that is a target on this site.
pub fn log_in_page(next: Option<&str>) -> String {
    with_pairs("/login", [("next", next.and_then(safe_next).unwrap_or(""))])
}

/// The path with one slash at its beginning: `//host/…` would lead to another host.
pub fn rooted(path: &str) -> String {
    format!("/{}", path.trim_start_matches(['/', '\\']))
}
