//! Mails to people: what they say, the outbox, sending (trade 4). How they look: `gateways::letter`.

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::jobs::Task;
use crate::messages;
use crate::secrets;
use crate::words::{Argument, Words};
use crate::work::{OrganisationClock, Work};
use domain::access::OperatorRight;
use domain::text::{Language, Localized};
use domain::time::MINUTE;
use gateways::letter::{Button, Letter, one_line};
use gateways::mail::Outgoing;
use store::identity::User;
use store::listing::{PageRequest, Paged};
use store::messages::Mail;

/// What every mail of this market has in common.
#[derive(Clone)]
pub(crate) struct Stationery {
    words: Words,
    site: String,
    base: String,
}

/// Why somebody is mailed a link to choose a password.
pub(crate) enum LinkReason {
    /// He asked for it.
    Forgotten,
    /// A colleague has added him to an organisation.
    Invited {
        /// Name of the colleague.
        by: String,
        /// Name of the organisation.
        organisation: Localized,
    },
}

impl Stationery {
    fn say(&self, language: Language, key: &str, arguments: &[(&str, Argument)]) -> String {
        let mut given = arguments.to_vec();
        given.push(("site", self.site.as_str().into()));
        self.words.text(language, key, &given)
    }

    /// A letter with a button to a page of the market.
    fn letter(&self, language: Language, title: String, paragraph: String, button: &str, href: &str) -> Letter {
        Letter {
            language: language.code().to_owned(),
            site: self.site.clone(),
            title,
            paragraphs: vec![paragraph],
            action: Some(Button { text: self.say(language, button, &[]), href: format!("{}{href}", self.base) }),
            why: String::new(),
        }
    }
}

/// Words of the button, by the page to which it leads.
fn button_of(href: &str) -> &'static str {
    const BUTTONS: [(&str, &str); 6] = [
        ("/buyer/services/", "mail-button-service"),
        ("/buyer/orders/", "mail-button-order"),
        ("/seller/orders/", "mail-button-order"),
        ("/seller/calls/", "mail-button-call"),
        ("/seller/applications/", "mail-button-application"),
        ("/seller/products/", "mail-button-product"),
    ];
    BUTTONS.iter().find(|(start, _)| href.starts_with(start)).map_or("mail-button-details", |(_, key)| *key)
}

/// Kinds that the seller's customer-service mailbox gets too (seller interface 10.3).
fn goes_to_service_mailbox(kind: &str) -> bool {
    matches!(kind, "call-failed" | "call-stopped" | "call-recovered")
}

fn language_of(code: &str) -> Language {
    Language::from_code(code).unwrap_or(Language::Zh)
}

/// Mails a message to the owners of an organisation, each in his language, and where the interface
/// is concerned to its customer-service mailbox.
pub(crate) fn mail_message(
    work: &mut Work<'_, '_>,
    stationery: &Stationery,
    organisation_id: &str,
    kind: &str,
    arguments: &str,
    href: &str,
) -> Result<(), AppError> {
    let Some(organisation) = store::identity::load_organisation(work.tx, organisation_id)? else {
        return Ok(());
    };
    let owners = store::identity::owner_emails(work.tx, organisation_id)?;
    let service = organisation.service_email.clone();
    let service_language = owners.first().map(|(_, language)| language.clone()).unwrap_or_default();
    let wants_service =
        goes_to_service_mailbox(kind) && !service.is_empty() && owners.iter().all(|(address, _)| *address != service);
    let mut recipients: Vec<(String, String, &str)> =
        owners.into_iter().map(|(address, language)| (address, language, "mail-why-owner")).collect();
    if wants_service {
        recipients.push((service, service_language, "mail-why-service"));
    }
    for (recipient, language, why) in recipients {
        let language = language_of(&language);
        let owned = messages::arguments(language, arguments);
        let given: Vec<(&str, Argument)> = owned.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let own_title = format!("mail-title-{kind}");
        let title = match stationery.words.has(language, &own_title) {
            true => stationery.say(language, &own_title, &given),
            false => messages::worded(&stationery.words, language, kind, arguments),
        };
        let paragraph = stationery.say(language, &format!("mail-text-{kind}"), &given);
        let mut letter = stationery.letter(language, title, paragraph, button_of(href), href);
        let name = organisation.name.get(language).into();
        letter.why = stationery.say(language, why, &[("organisation", name)]);
        work.mail(&recipient, &letter)?;
    }
    Ok(())
}

/// Mails a link with which a user chooses his password; it works once, for the minutes of the
/// parameter.
pub(crate) fn mail_password_link(
    work: &mut Work<'_, '_>,
    stationery: &Stationery,
    user: &User,
    reason: &LinkReason,
) -> Result<(), AppError> {
    let token = secrets::token();
    let until = work.real_now.plus(work.settings.reset_minutes * MINUTE);
    store::identity::insert_reset(work.tx, &secrets::token_hash(&token), &user.id, work.real_now, until)?;
    let language = language_of(&user.language);
    let mut arguments: Vec<(&str, Argument)> =
        vec![("name", user.name.as_str().into()), ("minutes", work.settings.reset_minutes.into())];
    let kind = match reason {
        LinkReason::Forgotten => "reset",
        LinkReason::Invited { by, organisation } => {
            arguments.push(("by", by.as_str().into()));
            arguments.push(("organisation", organisation.get(language).into()));
            "invitation"
        }
    };
    let title = stationery.say(language, &format!("mail-{kind}-title"), &arguments);
    let paragraph = stationery.say(language, &format!("mail-{kind}-text"), &arguments);
    let href = format!("{RESET}{token}");
    let mut letter = stationery.letter(language, title, paragraph, &format!("mail-{kind}-button"), &href);
    letter.paragraphs.insert(0, stationery.say(language, "mail-greeting", &arguments));
    letter.why = stationery.say(language, &format!("mail-{kind}-why"), &arguments);
    work.mail(&user.email, &letter)
}

const RESET: &str = "/reset?token=";

/// The text without the tokens of links that set a password: whoever reads the outbox must not be
/// able to use them.
fn masked(text: &str) -> String {
    let mut parts = text.split(RESET);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len());
        out.push_str(RESET);
        out.push_str("••••");
        out.push_str(&rest[end..]);
    }
    out
}

/// A mail as it may be kept once it was sent; none when it holds no such link.
pub(crate) fn without_links(mail: &Mail) -> Option<Mail> {
    (mail.body.contains(RESET) || mail.letter.contains(RESET)).then(|| shown(mail.clone()))
}

fn shown(mail: Mail) -> Mail {
    Mail { body: masked(&mail.body), letter: masked(&mail.letter), ..mail }
}

impl Work<'_, '_> {
    /// Writes a letter into the outbox, and the job that sends it.
    pub(crate) fn mail(&mut self, recipient: &str, letter: &Letter) -> Result<(), AppError> {
        let id = domain::id::text("mai", self.seed());
        self.keep_mail(Mail {
            id: id.clone(),
            recipient: recipient.to_owned(),
            subject: one_line(&format!("[{}] {}", letter.site, letter.title)),
            body: letter.text(),
            state: "WAITING".into(),
            created_at: self.real_now,
            sent_at: None,
            error: String::new(),
            letter: serde_json::to_string(letter)?,
        });
        self.soon(&Task::SendMail { mail_id: id }, &OrganisationClock::default())
    }
}

/// The HTML form of a mail of the outbox; `None` for mails that are plain text only.
pub fn html_of(mail: &Mail) -> Result<Option<String>, AppError> {
    if mail.letter.is_empty() {
        return Ok(None);
    }
    let letter: Letter = serde_json::from_str(&mail.letter)?;
    letter.html().map(Some).map_err(AppError::Internal)
}

impl App {
    pub(crate) fn stationery(&self) -> Stationery {
        Stationery {
            words: self.words().clone(),
            site: self.options().site_name.clone(),
            base: self.options().base_url.clone(),
        }
    }

    /// Whether no mail server is set, so that mails reach nobody.
    pub fn mails_go_nowhere(&self) -> bool {
        self.inner.mailer.goes_nowhere()
    }

    /// Hands a mail to the mail server; the text of an error is for the outbox.
    pub(crate) async fn post_mail(&self, mail: &Mail) -> Result<(), String> {
        let html = html_of(mail).map_err(|e| e.to_string())?;
        let outgoing = Outgoing {
            id: &mail.id,
            to: &mail.recipient,
            subject: &mail.subject,
            text: &mail.body,
            html: html.as_deref(),
        };
        self.inner.mailer.send(&outgoing).await
    }

    /// One mail of the outbox, for operators; tokens of its links are not shown.
    pub async fn mail(&self, actor: &Actor, id: &str) -> Result<Mail, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        let id = id.to_owned();
        self.look(move |tx| store::messages::load_mail(tx, &id)?.map(shown).ok_or(AppError::NotFound)).await
    }

    /// The mail outbox, for operators; tokens of links are not shown.
    pub async fn mails(
        &self,
        actor: &Actor,
        state: Option<String>,
        recipient: Option<String>,
        page: PageRequest,
    ) -> Result<Paged<Mail>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        self.look(move |tx| Ok(store::messages::list_mails(tx, state, recipient, &page)?.map(shown))).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_over_an_account_from_the_outbox() {
        let body = "Open\nhttps://m.example/reset?token=ab-c_9\nwithin 30 minutes";
        assert_eq!(masked(body), "Open\nhttps://m.example/reset?token=••••\nwithin 30 minutes");
        let json = r#"{"href":"https://m.example/reset?token=abc","x":"/reset?token=d"}"#;
        assert_eq!(masked(json), r#"{"href":"https://m.example/reset?token=••••","x":"/reset?token=••••"}"#);
        assert_eq!(masked("no link"), "no link");
    }

    #[test]
    fn every_mailed_kind_has_its_words() {
        let words = Words::built_in();
        for kind in messages::MAILED {
            for language in [Language::Zh, Language::En] {
                for key in [format!("message-{kind}"), format!("mail-text-{kind}")] {
                    assert!(words.has(language, &key), "{key} in {language:?}");
                }
            }
        }
        for key in ["service", "order", "call", "application", "product", "details"] {
            assert!(words.has(Language::En, &format!("mail-button-{key}")), "{key}");
        }
    }
}
