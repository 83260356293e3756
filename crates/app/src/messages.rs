//! The message centre and mails (trade 4).

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::jobs::Task;
use crate::work::{OrganisationClock, Work};
use domain::access::OperatorRight;
use domain::id::MessageId;
use store::listing::{PageRequest, Paged};
use store::messages::Message;

/// A mail to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Recipient.
    pub recipient: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// Messages that are mailed as well (trade 4: money, supervision, interface failure).
const MAILED: &[&str] = &[
    "order-paid-seller",
    "service-ready",
    "service-failed",
    "service-expired",
    "service-frozen",
    "service-released",
    "expiry-reminder",
    "autorenew-failed",
    "autorenew-succeeded",
    "call-failed",
    "call-stopped",
    "call-recovered",
    "application-approved",
    "application-rejected",
];

impl Work<'_, '_> {
    /// Writes a message to an organisation; important kinds are mailed to its owners too.
    pub fn tell(
        &mut self,
        organisation_id: &str,
        kind: &str,
        class_code: i64,
        arguments: &[(&str, &str)],
        href: &str,
    ) -> Result<(), AppError> {
        let id = self.message(Some(organisation_id), kind, class_code, arguments, href)?;
        if MAILED.contains(&kind) {
            self.soon(
                &Task::MailMessage {
                    message_id: id,
                    organisation_id: organisation_id.to_owned(),
                    kind: kind.to_owned(),
                    arguments: object(arguments),
                    href: href.to_owned(),
                },
                &OrganisationClock::default(),
            )?;
        }
        Ok(())
    }

    /// Writes a message to the operators.
    pub fn tell_operators(&mut self, kind: &str, arguments: &[(&str, &str)], href: &str) -> Result<(), AppError> {
        // What an import brings in is decided in the same breath: nobody has to look.
        if matches!(self.actor, Actor::System("import" | "demo")) {
            return Ok(());
        }
        self.message(None, kind, 501, arguments, href).map(|_| ())
    }

    fn message(
        &mut self,
        organisation_id: Option<&str>,
        kind: &str,
        class_code: i64,
        arguments: &[(&str, &str)],
        href: &str,
    ) -> Result<String, AppError> {
        let id = MessageId::new(self.seed()).to_string();
        store::messages::insert(
            self.tx,
            &Message {
                id: id.clone(),
                organisation_id: organisation_id.map(str::to_owned),
                kind: kind.to_owned(),
                class_code,
                arguments: object(arguments),
                href: href.to_owned(),
                created_at: self.real_now,
                read_at: None,
            },
        )?;
        Ok(id)
    }
}

fn object(arguments: &[(&str, &str)]) -> String {
    let map: serde_json::Map<String, serde_json::Value> =
        arguments.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
    serde_json::Value::Object(map).to_string()
}

fn scope(actor: &Actor) -> Result<Option<String>, AppError> {
    match actor {
        Actor::Member(m) => Ok(Some(m.organisation_id.clone())),
        Actor::Operator(_) => Ok(None),
        _ => Err(AppError::NotSignedIn),
    }
}

impl App {
    /// Messages of one's organisation, or of the operators.
    pub async fn messages(
        &self,
        actor: &Actor,
        unread_only: bool,
        page: PageRequest,
    ) -> Result<Paged<Message>, AppError> {
        let scope = scope(actor)?;
        self.look(move |tx| Ok(store::messages::list(tx, scope.as_deref(), unread_only, &page)?)).await
    }

    /// Unread messages, counted up to 100.
    pub async fn unread(&self, actor: &Actor) -> Result<i64, AppError> {
        let scope = scope(actor)?;
        self.look(move |tx| Ok(store::messages::unread(tx, scope.as_deref())?)).await
    }

    /// Marks one message, or all, as read.
    pub async fn mark_read(&self, actor: &Actor, id: Option<String>) -> Result<(), AppError> {
        let scope = scope(actor)?;
        self.act(actor, move |work| {
            store::messages::mark_read(work.tx, scope.as_deref(), id.as_deref(), work.real_now)?;
            Ok(())
        })
        .await
    }

    /// One mail of the outbox, for operators.
    pub async fn mail(&self, actor: &Actor, id: &str) -> Result<store::messages::Mail, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        let id = id.to_owned();
        self.look(move |tx| store::messages::load_mail(tx, &id)?.ok_or(AppError::NotFound)).await
    }

    /// Whether no mail server is set, so that mails reach nobody.
    pub fn mails_go_nowhere(&self) -> bool {
        self.inner.mailer.goes_nowhere()
    }

    /// The mail outbox, for operators.
    pub async fn mails(
        &self,
        actor: &Actor,
        state: Option<String>,
        recipient: Option<String>,
        page: PageRequest,
    ) -> Result<Paged<store::messages::Mail>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        self.look(move |tx| Ok(store::messages::list_mails(tx, state, recipient, &page)?)).await
    }
}
