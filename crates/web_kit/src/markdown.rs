//! Markdown of sellers to HTML that is safe to show, cached by the hash of the text.

use ammonia::Builder;
use moka::sync::Cache;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

/// How deep elements may stand in each other; what is deeper is shown at this depth. Cleaning HTML
/// takes time with the square of its depth, and nobody reads ten quotations in each other.
const DEPTH: usize = 24;

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

/// Whether an event becomes tags without any attribute, and escaped text: nothing that would have
/// to be cleaned. Links, pictures and tables are not among them.
fn is_plain(event: &Event) -> bool {
    match event {
        Event::Start(tag) => match tag {
            Tag::Paragraph | Tag::Item | Tag::Emphasis | Tag::Strong | Tag::Strikethrough => true,
            Tag::Heading { id, classes, attrs, .. } => id.is_none() && classes.is_empty() && attrs.is_empty(),
            Tag::List(first) => first.is_none_or(|number| number == 1),
            Tag::BlockQuote(kind) => kind.is_none(),
            Tag::CodeBlock(CodeBlockKind::Indented) => true,
            Tag::CodeBlock(CodeBlockKind::Fenced(language)) => language.is_empty(),
            _ => false,
        },
        Event::End(_) | Event::Text(_) | Event::Code(_) | Event::SoftBreak | Event::HardBreak | Event::Rule => true,
        _ => false,
    }
}

/// Turns Markdown into sanitised HTML; raw HTML in it is shown as text.
pub fn to_html(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut plain = true;
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::Start(Tag::Heading { level, .. }) => {
            Event::Start(Tag::Heading { level: lowered(level), id: None, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lowered(level))),
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        other => other,
    });
    let mut depth = 0;
    let events = events.filter(|event| {
        let kept = |depth: usize| depth <= DEPTH;
        match event {
            Event::Start(_) => {
                depth += 1;
                kept(depth)
            }
            Event::End(_) => {
                depth -= 1;
                kept(depth + 1)
            }
            _ => true,
        }
    });
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    html::push_html(&mut out, events.inspect(|event| plain &= is_plain(event)));
    // Parsing and writing the whole document once more would cost most of a product page.
    if plain { out } else { cleaner().clean(&out).to_string() }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the cleaner makes of HTML, but for the ways in which both may write the same thing.
    fn cleaned(html: &str) -> String {
        cleaner().clean(html).to_string()
    }

    fn alike(html: &str) -> String {
        html.replace(" />", ">").replace("&quot;", "\"").replace('\u{a0}', "&nbsp;")
    }

    #[test]
    fn what_is_not_cleaned_needs_no_cleaning() {
        let text = "# One <b>\n\ntwo *three* **four** ~~five~~ `six <i>` \"seven\" & eight\n\n- a\n- b\n\n1. c\n\n> d\n\n---\n\n    e <x>\n\n```\nf\n```\n";
        let html = to_html(text);
        assert_eq!(alike(&html), cleaned(&html));
        assert!(html.contains("<h3>One &lt;b&gt;</h3>") && html.contains("<del>five</del>"), "{html}");
    }

    #[test]
    fn links_pictures_and_tables_are_cleaned() {
        let html = to_html("[a](javascript:alert(1)) ![b](data:text/html,x) <javascript:alert(1)>");
        assert!(!html.contains("href") && !html.contains("src"), "{html}");
        assert!(to_html("[a](https://x.example)").contains("nofollow"));
        assert!(!to_html("| a |\n|:-:|\n| b |").contains("style"));
        assert!(!to_html("```x\" onclick=\"y\nz\n```").contains("class"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn cleaning_changes_nothing_that_matters(text in "[a-c<>&\"'*_~`#>\\-+.0-9/\\[\\]()!|:= \n]{0,120}") {
            let html = to_html(&text);
            prop_assert_eq!(alike(&html), alike(&cleaned(&html)));
        }
    }
}
