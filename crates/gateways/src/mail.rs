//! Outgoing mail: by SMTP, or into a folder where nothing may be sent (demo, tests).

use crate::letter::one_line;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::path::PathBuf;

/// Where mail goes.
pub enum Mailer {
    /// A mail server.
    Smtp {
        /// Connection.
        transport: AsyncSmtpTransport<Tokio1Executor>,
        /// Sender address.
        from: String,
    },
    /// One file a mail, as it would go over the wire.
    Folder(PathBuf),
    /// Kept in the outbox only, where operators can read it.
    Outbox,
}

/// One mail that is ready to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing<'m> {
    /// Id in the outbox; also its message id.
    pub id: &'m str,
    /// Address of the recipient, without a name.
    pub to: &'m str,
    /// Subject.
    pub subject: &'m str,
    /// Plain text.
    pub text: &'m str,
    /// HTML document; `None`: plain text only.
    pub html: Option<&'m str>,
}

impl Outgoing<'_> {
    /// The whole message, headers encoded. Line breaks in headers cannot add others: the subject is
    /// made one line, and what is not a bare address is refused.
    fn message(&self, from: &str) -> Result<Message, String> {
        let to: Address = self.to.parse().map_err(|e| format!("recipient: {e}"))?;
        let builder = Message::builder()
            .from(from.parse().map_err(|e| format!("sender: {e}"))?)
            .to(Mailbox::new(None, to))
            .subject(one_line(self.subject))
            .message_id(Some(format!("<{}@yunfang>", self.id)));
        let built = match self.html {
            Some(html) => builder.multipart(MultiPart::alternative_plain_html(self.text.to_owned(), html.to_owned())),
            None => builder.header(ContentType::TEXT_PLAIN).body(self.text.to_owned()),
        };
        built.map_err(|e| e.to_string())
    }
}

impl Mailer {
    /// Whether mails reach nobody.
    pub fn goes_nowhere(&self) -> bool {
        matches!(self, Mailer::Outbox)
    }

    /// From a configuration value: `smtp://…`, `smtps://…`, `folder:PATH` or empty.
    pub fn open(url: &str, from: &str) -> Result<Mailer, String> {
        if url.is_empty() {
            return Ok(Mailer::Outbox);
        }
        if let Some(path) = url.strip_prefix("folder:") {
            return Ok(Mailer::Folder(PathBuf::from(path)));
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|e| format!("mail.url must begin with smtp://, smtps:// or folder: ({e})"))?
            .build();
        Ok(Mailer::Smtp { transport, from: from.to_owned() })
    }

    /// Sends one mail. The text of an error is for the outbox page.
    pub async fn send(&self, mail: &Outgoing<'_>) -> Result<(), String> {
        match self {
            Mailer::Outbox => Ok(()),
            Mailer::Folder(folder) => {
                tokio::fs::create_dir_all(folder).await.map_err(|e| e.to_string())?;
                let message = mail.message("market@localhost.localdomain")?.formatted();
                tokio::fs::write(folder.join(format!("{}.eml", mail.id)), message).await.map_err(|e| e.to_string())
            }
            Mailer::Smtp { transport, from } => {
                transport.send(mail.message(from)?).await.map(|_| ()).map_err(|e| e.to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(subject: &str, to: &str, html: Option<&str>) -> Result<String, String> {
        let mail = Outgoing { id: "mai_1", to, subject, text: "words", html };
        mail.message("Market <m@market.example>").map(|m| String::from_utf8(m.formatted()).unwrap())
    }

    #[test]
    fn a_letter_has_both_forms() {
        let text = wire("Ready", "a@b.example", Some("<p>words</p>")).unwrap();
        for part in ["multipart/alternative", "text/plain", "text/html", "To: a@b.example\r\n", "Subject: Ready\r\n"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!wire("Ready", "a@b.example", None).unwrap().contains("multipart"));
    }

    #[test]
    fn no_text_adds_a_header() {
        let text = wire("Ready\r\nBcc: thief@x.example\r\n\r\nbody", "a@b.example", None).unwrap();
        let headers = text.split("\r\n\r\n").next().unwrap();
        assert!(headers.contains("Subject: Ready Bcc: thief@x.example body"), "{headers}");
        assert!(!headers.lines().any(|line| line.starts_with("Bcc")), "{headers}");
        for address in ["a@b.example\r\nBcc: c@d.example", "A <a@b.example>", "a@b.example, c@d.example", ""] {
            assert!(wire("Ready", address, None).is_err(), "{address:?}");
        }
    }

    #[tokio::test]
    async fn a_folder_takes_what_would_go_over_the_wire() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = Mailer::open(&format!("folder:{}", folder.path().display()), "").unwrap();
        let mail = Outgoing { id: "mai_1", to: "a@b.example", subject: "主题", text: "正文", html: None };
        mailer.send(&mail).await.unwrap();
        let text = std::fs::read_to_string(folder.path().join("mai_1.eml")).unwrap();
        assert!(text.contains("To: a@b.example") && text.contains("Subject: =?utf-8?"), "{text}");
    }
}
