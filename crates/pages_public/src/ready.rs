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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::site;
    use axum::Router;
    use axum::body::{Body, Bytes, to_bytes};
    use axum::http::Request;
    use axum::routing::get;
    use std::io::Read;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tower::ServiceExt;

    async fn fetch(router: &Router, path: &str, headers: &[(&str, &str)]) -> (HeaderMap, Bytes) {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        (parts.headers, to_bytes(body, usize::MAX).await.unwrap())
    }

    #[tokio::test]
    async fn a_page_is_made_once_for_everybody_like_this_and_packed_for_browsers() {
        let made = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&made);
        let handler = move |page: Page, headers: HeaderMap| {
            let number = &counter;
            let html = || Ok(format!("<p>{}</p>", "云坊 ".repeat(1000 + number.fetch_add(1, Ordering::SeqCst))));
            let answer = answer(&page, &headers, html);
            async move { answer }
        };
        let (router, _folder) = site(Router::new().route("/list", get(handler)), "c").await;
        let (_, first) = fetch(&router, "/list?a=1", &[]).await;
        let (headers, packed) = fetch(&router, "/list?a=1", &[("accept-encoding", "gzip, br")]).await;
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut text).unwrap();
        assert_eq!((made.load(Ordering::SeqCst), text.as_slice()), (1, &first[..]));
        assert_eq!(headers["content-encoding"], "gzip");
        assert_eq!(headers["content-length"], packed.len().to_string());
        let vary: Vec<_> = headers.get_all("vary").iter().map(|v| v.to_str().unwrap()).collect();
        assert_eq!(vary.join(", ").to_lowercase(), "cookie, accept-language, accept-encoding");
        // Everything that the page depends on makes another one.
        for (path, header) in [
            ("/list?a=2", ("accept", "*/*")),
            ("/list?a=1", ("cookie", "yf_lang=en")),
            ("/list?a=1", ("cookie", "yf_theme=dark")),
        ] {
            let before = made.load(Ordering::SeqCst);
            fetch(&router, path, &[header]).await;
            assert_eq!(made.load(Ordering::SeqCst), before + 1, "{path} {header:?}");
        }
    }
}
