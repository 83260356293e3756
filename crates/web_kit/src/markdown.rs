//! Markdown of sellers to HTML that is safe to show, cached by the hash of the text.

use ammonia::Builder;
use moka::sync::Cache;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

/// Headings inside a text stand below the headings of the page and its cards.
fn lowered(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H5,
    }
}

fn cleaner() -> &'static Builder<'static> {
    static CLEANER: OnceLock<Builder<'static>> = OnceLock::new();
    CLEANER.get_or_init(|| {
        let mut builder = Builder::default();
        builder.link_rel(Some("nofollow ugc noopener noreferrer"));
        builder.url_schemes(["http", "https", "mailto"].into_iter().collect());
        builder
    })
}

/// Turns Markdown into sanitised HTML; raw HTML in it is shown as text.
pub fn to_html(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::Start(Tag::Heading { level, .. }) => {
            Event::Start(Tag::Heading { level: lowered(level), id: None, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lowered(level))),
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        other => other,
    });
    let mut out = String::with_capacity(text.len() * 2);
    html::push_html(&mut out, events);
    cleaner().clean(&out).to_string()
}

/// Remembers the last texts.
#[derive(Clone)]
pub struct MarkdownCache {
    done: Cache<[u8; 32], Arc<str>>,
}

impl Default for MarkdownCache {
    fn default() -> MarkdownCache {
        MarkdownCache { done: Cache::new(512) }
    }
}

impl MarkdownCache {
    /// The HTML of `text`.
    pub fn html(&self, text: &str) -> Arc<str> {
        let key: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        self.done.get_with(key, || Arc::from(to_html(text)))
    }
}
