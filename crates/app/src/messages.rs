//! The message centre (trade 4).

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::jobs::Task;
use crate::words::{Argument, Words};
use crate::work::{OrganisationClock, Work};
use domain::id::MessageId;
use domain::text::Language;
use std::collections::BTreeMap;
use store::listing::{PageRequest, Paged};
use store::messages::{Inbox, Message};

/// Messages that are mailed as well (trade 4: money, supervision, interface failure).
pub(crate) const MAILED: &[&str] = &[
    "order-paid-seller",
    "transfer-refused",
    "transfer-credited",
    "top-up-refused",
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
    "organisation-decided",
    "product-state-changed",
];

/// The words of a message in a language. Numbers among its arguments count for plurals; an argument
/// `x_en` stands for `x` in English.
pub fn worded(words: &Words, language: Language, kind: &str, arguments: &str) -> String {
    let owned = self::arguments(language, arguments);
    let given: Vec<(&str, Argument)> = owned.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    words.text(language, &format!("message-{kind}"), &given)
}

/// The arguments of a message (a JSON object) for its words in a language.
pub fn arguments(language: Language, json: &str) -> BTreeMap<String, Argument> {
    let Ok(serde_json::Value::Object(map)) = serde_json::from_str(json) else { return BTreeMap::new() };
    let mut given = BTreeMap::new();
    for (name, value) in map {
        let argument = match value {
            serde_json::Value::String(text) => text.parse::<i64>().map_or(Argument::Text(text), Argument::Number),
            serde_json::Value::Number(n) => n.as_i64().map_or(Argument::Text(n.to_string()), Argument::Number),
            other => Argument::Text(other.to_string()),
        };
        match name.strip_suffix(ENGLISH) {
            None => {
                given.entry(name).or_insert(argument);
            }
            Some(plain) if language == Language::En && argument != Argument::Text(String::new()) => {
                given.insert(plain.to_owned(), argument);
            }
            Some(_) => {}
        }
    }
    given
}

/// Ending of an argument that is for English only.
const ENGLISH: &str = "_en";

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
        let id = self.message(Some(organisation_id), kind, class_code, arguments, href);
        // An import writes to nobody.
        if MAILED.contains(&kind) && !self.is_import() {
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
        if self.is_import() {
            return Ok(());
        }
        self.message(None, kind, 501, arguments, href);
        Ok(())
    }

    fn is_import(&self) -> bool {
        matches!(self.actor, Actor::System("import" | "demo"))
    }

    fn message(
        &mut self,
        organisation_id: Option<&str>,
        kind: &str,
        class_code: i64,
        arguments: &[(&str, &str)],
        href: &str,
    ) -> String {
        let id = MessageId::new(self.seed()).to_string();
        self.keep_message(Message {
            id: id.clone(),
            organisation_id: organisation_id.map(str::to_owned),
            kind: kind.to_owned(),
            class_code,
            arguments: object(arguments),
            href: href.to_owned(),
            created_at: self.real_now,
            read_at: None,
        });
        id
    }
}

fn object(arguments: &[(&str, &str)]) -> String {
    let map: serde_json::Map<String, serde_json::Value> =
        arguments.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
    serde_json::Value::Object(map).to_string()
}

fn inbox(actor: &Actor) -> Result<Inbox, AppError> {
    match actor {
        Actor::Member(m) => {
            Ok(Inbox { organisation_id: Some(m.organisation_id.clone()), products: m.products.clone() })
        }
        Actor::Operator(_) => Ok(Inbox::default()),
        _ => Err(AppError::NotSignedIn),
    }
}

impl App {
    /// Messages of one's organisation, or of the operators. A narrowed sub-user gets those about his
    /// products only.
    pub async fn messages(
        &self,
        actor: &Actor,
        unread_only: bool,
        page: PageRequest,
    ) -> Result<Paged<Message>, AppError> {
        let inbox = inbox(actor)?;
        self.look(move |tx| Ok(store::messages::list(tx, &inbox, unread_only, &page)?)).await
    }

    /// Unread messages, counted up to 100.
    pub async fn unread(&self, actor: &Actor) -> Result<i64, AppError> {
        let inbox = inbox(actor)?;
        self.look(move |tx| Ok(store::messages::unread(tx, &inbox)?)).await
    }

    /// Marks one message, or all, as read.
    pub async fn mark_read(&self, actor: &Actor, id: Option<String>) -> Result<(), AppError> {
        let inbox = inbox(actor)?;
        self.act(actor, move |work| {
            if let Some(id) = &id
                && !store::messages::exists(work.tx, &inbox, id)?
            {
                return Err(AppError::NotFound);
            }
            store::messages::mark_read(work.tx, &inbox, id.as_deref(), work.real_now)?;
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_count_for_plurals() {
        let given = arguments(Language::Zh, r#"{"days":"7","product":"漪图 8"}"#);
        assert_eq!(given["days"], Argument::Number(7));
        assert_eq!(given["product"], Argument::Text("漪图 8".to_owned()));
        assert!(arguments(Language::Zh, "nonsense").is_empty());
    }

    #[test]
    fn a_name_is_said_in_the_reader_s_language() {
        let json = r#"{"product":"漪图","product_en":"Yitu","seller":"商家","seller_en":""}"#;
        let name = |language, key: &str| arguments(language, json).get(key).cloned();
        assert_eq!(name(Language::En, "product"), Some("Yitu".into()));
        assert_eq!(name(Language::Zh, "product"), Some("漪图".into()));
        assert_eq!(name(Language::En, "seller"), Some("商家".into()), "better the other language than nothing");
        assert_eq!(name(Language::En, "product_en"), None);
    }
}
