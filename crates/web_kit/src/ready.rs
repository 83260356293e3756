//! Pages that are handed out as they are: made once, packed once.

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::sync::OnceLock;

/// HTML of a page and, once a browser has asked for it, its gzip form.
pub struct ReadyPage {
    html: Bytes,
    packed: OnceLock<Bytes>,
}

impl ReadyPage {
    /// A page.
    pub fn new(html: String) -> ReadyPage {
        ReadyPage { html: html.into(), packed: OnceLock::new() }
    }

    /// The HTML; a shared copy.
    pub fn html(&self) -> Bytes {
        self.html.clone()
    }

    /// The HTML as gzip; packed at the first call.
    pub fn packed(&self) -> Bytes {
        self.packed.get_or_init(|| packed(&self.html)).clone()
    }

    /// Memory that both forms take, in bytes; the packed one is taken to be a fifth.
    pub fn weight(&self) -> usize {
        self.html.len() + self.html.len() / 5
    }
}

fn packed(html: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(html.len() / 4), Compression::fast());
    // Writing into memory does not fail.
    let _ = encoder.write_all(html);
    encoder.finish().unwrap_or_default().into()
}

/// Whether the sender takes gzip: named in `Accept-Encoding` and not with the weight 0.
pub fn accepts_packed(headers: &HeaderMap) -> bool {
    let all = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|text| text.split(',')).any(|entry| {
        let (name, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight != Some(0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn accepts(text: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, text.parse().unwrap());
        accepts_packed(&headers)
    }

    #[test]
    fn only_who_asks_for_gzip_gets_it() {
        assert!(accepts("gzip, deflate, br, zstd"));
        assert!(accepts("br;q=1.0, GZIP;q=0.8"));
        assert!(!accepts("gzip;q=0, identity"));
        assert!(!accepts("identity"));
        assert!(!accepts_packed(&HeaderMap::new()));
    }

    #[test]
    fn the_packed_form_is_the_page() {
        let page = ReadyPage::new("<p>云坊</p>".repeat(500));
        let mut text = String::new();
        flate2::read::GzDecoder::new(&page.packed()[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text.as_bytes(), &page.html()[..]);
        assert!(page.packed().len() < page.html().len() / 5);
        assert!(page.weight() >= page.html().len() + page.packed().len());
    }
}
