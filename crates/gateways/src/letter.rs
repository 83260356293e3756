//! What a mail says and how it looks: the same words as plain text and as HTML.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// The button of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// Its words.
    pub text: String,
    /// Whole address of the page that it opens.
    pub href: String,
}

/// What a mail says, in the recipient's language. Kept in the outbox as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// `zh` or `en`.
    pub language: String,
    /// Name of the market.
    pub site: String,
    /// Heading.
    pub title: String,
    /// Text below the heading.
    pub paragraphs: Vec<String>,
    /// Where the reader goes on.
    pub action: Option<Button>,
    /// Why the recipient gets it.
    pub why: String,
}

impl Letter {
    /// The letter as plain text.
    pub fn text(&self) -> String {
        let mut parts = vec![self.title.clone()];
        parts.extend(self.paragraphs.iter().cloned());
        if let Some(Button { text, href }) = &self.action {
            let colon = if self.language == "zh" { "：" } else { ":" };
            parts.push(format!("{text}{colon}\n{href}"));
        }
        // The mark before a signature, so that mail programs show it as one.
        parts.push(format!("-- \n{}\n{}", self.site, self.why));
        parts.join("\n\n")
    }

    /// The letter as an HTML document; everything that it says is escaped. The error names the
    /// template's fault.
    pub fn html(&self) -> Result<String, String> {
        let template = design()?.get_template(LETTER).map_err(|e| e.to_string())?;
        let html = template.render(context! { mail => Value::from(Serde(self)) }).map_err(|e| e.to_string())?;
        // The engine escapes slashes too; in texts and quoted attributes they mean nothing.
        Ok(html.replace("&#x2f;", "/"))
    }
}

const LETTER: &str = "mail/letter.html";

/// The templates of mails, compiled once.
fn design() -> Result<&'static Environment<'static>, String> {
    static DESIGN: OnceLock<Result<Environment<'static>, String>> = OnceLock::new();
    let made = DESIGN.get_or_init(|| {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in [
            ("layout/mail.html", include_str!("../../../templates/layout/mail.html")),
            (LETTER, include_str!("../../../templates/mail/letter.html")),
        ] {
            env.add_template(name, text).map_err(|e| e.to_string())?;
        }
        Ok(env)
    });
    made.as_ref().map_err(Clone::clone)
}

/// Text for a header of a mail: one line without control characters, at most 200 characters.
pub fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(text: &str) -> Letter {
        Letter {
            language: "en".into(),
            site: "Market".into(),
            title: text.into(),
            paragraphs: vec![text.into(), "Second".into()],
            action: Some(Button { text: text.into(), href: "https://m.example/orders?a=1&b=2".into() }),
            why: text.into(),
        }
    }

    #[test]
    fn both_forms_say_the_same() {
        let letter = letter("Ready");
        assert_eq!(
            letter.text(),
            "Ready\n\nReady\n\nSecond\n\nReady:\nhttps://m.example/orders?a=1&b=2\n\n-- \nMarket\nReady"
        );
        let html = letter.html().unwrap();
        for part in [">Market<", "<title>Ready</title>", ">Second</p>", "lang=\"en\"", "a=1&amp;b=2"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn nothing_that_it_says_becomes_html() {
        let mut letter = letter("<img src=x onerror=alert(1)>\"'&");
        letter.action = Some(Button { text: "Go".into(), href: "https://m.example/\"><script>".into() });
        let html = letter.html().unwrap();
        assert!(!html.contains("<img") && !html.contains("<script"), "{html}");
        assert_eq!(html.matches("&lt;img").count(), 5, "title, preview, heading, text, reason: {html}");
    }

    #[test]
    fn headers_are_one_line() {
        assert_eq!(one_line("a\r\nBcc: x@y.example\u{0}\t b"), "a Bcc: x@y.example b");
        assert_eq!(one_line(&"长".repeat(300)).chars().count(), 200);
    }
}
