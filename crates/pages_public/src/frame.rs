//! The frame around compiled pages: head, menu, search box, footer. It is the interpreted template
//! `public/frame.html`. For visitors it is the same on every page but for a few holes, so it is
//! rendered once with marks in the holes and filled by copying.

use crate::shelf::{self, Menu};
use app::shelf::CategoryTree;
use minijinja::{HtmlEscape, Value};
use std::fmt::Write;
use web_kit::bridge;
use web_kit::prelude::*;

/// Stands before and after the name of a hole. A private character: nothing that escaping changes.
const MARK: char = '\u{E000}';
const HOLES: [&str; 5] = ["title", "head", "query", "crumbs", "content"];

/// What stands in the frame.
pub struct Filling<'f> {
    /// Text in the search box.
    pub query: &'f str,
    /// HTML for the head of the document.
    pub head: String,
    /// HTML below the path above the title.
    pub content: String,
}

#[derive(Serialize)]
struct Frame<'f> {
    menu: Menu,
    query: &'f str,
    head: Value,
    crumbs: Value,
    content: Value,
}

/// The whole page: title and path of `page`, and `filling`.
pub fn around(page: &Page, tree: &CategoryTree, filling: &Filling) -> Result<String, PageError> {
    let crumbs = bridge::crumbs(page.kit(), page.crumbs()).map_err(PageError::internal)?;
    if page.is_plain() {
        let shell = shell(page, tree)?;
        if let Some(html) = shell.as_str().and_then(|shell| fill(shell, page.title_text(), &crumbs, filling)) {
            return Ok(html);
        }
    }
    interpreted(page, tree, filling, crumbs)
}

fn interpreted(page: &Page, tree: &CategoryTree, filling: &Filling, crumbs: String) -> Result<String, PageError> {
    let ready = |html: &str| Value::from_safe_string(html.to_owned());
    let frame = Frame {
        menu: shelf::menu(page, tree)?,
        query: filling.query,
        head: ready(&filling.head),
        crumbs: Value::from_safe_string(crumbs),
        content: ready(&filling.content),
    };
    page.fragment("public/frame.html", &frame)
}

/// The frame with marks in its holes: one for each language, theme and menu.
fn shell(page: &Page, tree: &CategoryTree) -> Result<Value, PageError> {
    let key = format!("frame|{}|{}|{:x}", page.language().code(), page.theme(), tree.stamp);
    page.web().cached_fragment(&key, || {
        let hole = |name: &str| format!("{MARK}{name}{MARK}");
        let marked = page.clone().title(hole("title"));
        let filling = Filling { query: &hole("query"), head: hole("head"), content: hole("content") };
        interpreted(&marked, tree, &filling, hole("crumbs"))
    })
}

/// Fills a shell; `None` where its marks are not the holes, each once: somebody has written the
/// private character into the name of a category.
fn fill(shell: &str, title: &str, crumbs: &str, filling: &Filling) -> Option<String> {
    let size = shell.len() + 2 * title.len() + crumbs.len() + filling.head.len() + filling.content.len();
    let mut html = String::with_capacity(size + 2 * filling.query.len() + 64);
    let mut open = HOLES.to_vec();
    for (at, piece) in shell.split(MARK).enumerate() {
        if at % 2 == 0 {
            html.push_str(piece);
            continue;
        }
        open.swap_remove(open.iter().position(|name| *name == piece)?);
        match piece {
            "title" => write!(html, "{}", HtmlEscape(title)).ok()?,
            "query" => write!(html, "{}", HtmlEscape(filling.query)).ok()?,
            "head" => html.push_str(&filling.head),
            "crumbs" => html.push_str(crumbs),
            _ => html.push_str(&filling.content),
        }
    }
    open.is_empty().then_some(html)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::site;
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::routing::get;
    use tower::ServiceExt;

    fn routes() -> Router<Web> {
        Router::new().route("/twice", get(twice))
    }

    /// The same page from the filled shell and from the interpreter.
    async fn twice(page: Page) -> Result<Response, PageError> {
        let tree = page.app().category_tree().await?;
        let page = page.title("A & B / <i>").crumb("Home \"1\"", "/").crumb("A & B / <i>", "");
        let filling =
            Filling { query: "\"财务\" / '", head: "<meta>".into(), content: "<p>\u{E000}title\u{E000}</p>".into() };
        let crumbs = bridge::crumbs(page.kit(), page.crumbs()).map_err(PageError::internal)?;
        let interpreted = interpreted(&page, &tree, &filling, crumbs)?;
        let kept = shell(&page, &tree)?.as_str().unwrap_or("").contains(MARK);
        Ok(axum::Json((kept && page.is_plain(), around(&page, &tree, &filling)?, interpreted)).into_response())
    }

    async fn both(router: &Router, cookies: &str) -> (bool, String, String) {
        let request = Request::get("/twice").header("cookie", cookies).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        serde_json::from_slice(&to_bytes(answer.into_body(), usize::MAX).await.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn the_filled_shell_is_the_interpreted_page() {
        let (router, _folder) = site(routes(), "A <b> & / 云").await;
        let mut seen = std::collections::BTreeSet::new();
        for cookies in ["", "yf_lang=en", "yf_lang=en; yf_theme=dark", "yf_lang=zh; yf_theme=light"] {
            // The second answer comes from the shell that the first one kept.
            for _ in 0..2 {
                let (from_shell, filled, interpreted) = both(&router, cookies).await;
                assert!(from_shell && filled.contains("A &lt;b&gt; &amp; "), "{cookies}: {filled}");
                assert_eq!(filled, interpreted, "{cookies}");
                seen.insert(filled);
            }
        }
        assert!(seen.len() >= 3, "languages and themes must not share a shell");
    }

    #[tokio::test]
    async fn a_category_with_the_mark_in_its_name_does_no_harm() {
        let (router, _folder) = site(routes(), "x\u{E000}content\u{E000}").await;
        let (_, filled, interpreted) = both(&router, "").await;
        assert_eq!(filled, interpreted);
        assert!(filled.contains("<p>"));
    }

    fn filled(shell: &str) -> Option<String> {
        let filling = Filling { query: "\"q", head: "<meta>".into(), content: "<p>\u{E000}</p>".into() };
        fill(&shell.replace('~', "\u{E000}"), "A & B", "<nav>", &filling)
    }

    #[test]
    fn every_hole_is_filled_once() {
        let html = filled("1~title~2~head~3~query~4~crumbs~5~content~6").unwrap();
        assert_eq!(html, "1A &amp; B2<meta>3&quot;q4<nav>5<p>\u{E000}</p>6");
    }

    #[test]
    fn a_shell_with_other_marks_is_not_used() {
        assert_eq!(filled("1~title~2~head~3~query~4~crumbs~5"), None);
        assert_eq!(filled("1~title~2~head~3~query~4~crumbs~5~content~6~content~7"), None);
        assert_eq!(filled("1~2~title~3~head~4~query~5~crumbs~6~content~7"), None);
    }
}
