//! Outgoing mail: by SMTP, or into a folder where nothing may be sent (demo, tests).

use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
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
    /// One file a mail.
    Folder(PathBuf),
    /// Kept in the outbox only, where operators can read it.
    Outbox,
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
    pub async fn send(&self, id: &str, to: &str, subject: &str, body: &str) -> Result<(), String> {
        match self {
            Mailer::Outbox => Ok(()),
            Mailer::Folder(folder) => {
                tokio::fs::create_dir_all(folder).await.map_err(|e| e.to_string())?;
                let text = format!("To: {to}\nSubject: {subject}\n\n{body}\n");
                tokio::fs::write(folder.join(format!("{id}.txt")), text).await.map_err(|e| e.to_string())
            }
            Mailer::Smtp { transport, from } => {
                let message = Message::builder()
                    .from(from.parse().map_err(|e| format!("sender: {e}"))?)
                    .to(to.parse().map_err(|e| format!("recipient: {e}"))?)
                    .subject(subject)
                    .message_id(Some(format!("<{id}@yunfang>")))
                    .header(ContentType::TEXT_PLAIN)
                    .body(body.to_owned())
                    .map_err(|e| e.to_string())?;
                transport.send(message).await.map(|_| ()).map_err(|e| e.to_string())
            }
        }
    }
}
