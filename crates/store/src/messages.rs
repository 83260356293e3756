//! In-site messages and the mail outbox (trade 4).

use crate::db::{Row, StoreError, Tx, Value};
use crate::listing::{self, Filter, PageRequest, Paged};
use crate::many::Column::{Int, Text};
use crate::params;
use domain::time::Timestamp;

/// A message in the message centre.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Message {
    pub id: String,
    /// `None`: for the operators.
    pub organisation_id: Option<String>,
    /// Key of the text.
    pub kind: String,
    /// 101, 103, 501, 901.
    pub class_code: i64,
    /// JSON object of texts for the message.
    pub arguments: String,
    /// Page that it leads to.
    pub href: String,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

fn message(row: &mut Row<'_>) -> Result<Message, StoreError> {
    Ok(Message {
        id: row.text()?,
        organisation_id: row.optional_text()?,
        kind: row.text()?,
        class_code: row.int()?,
        arguments: row.text()?,
        href: row.text()?,
        created_at: row.time()?,
        read_at: row.optional_time()?,
    })
}

const MESSAGE: &str = "select id, organisation_id, kind, class_code, arguments, href, created_at, read_at from message";

/// Writes messages.
pub fn insert_all(tx: &mut Tx, messages: &[Message]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = messages
        .iter()
        .map(|m| {
            vec![
                (&m.id).into(),
                m.organisation_id.clone().into(),
                (&m.kind).into(),
                m.class_code.into(),
                (&m.arguments).into(),
                (&m.href).into(),
                m.created_at.into(),
            ]
        })
        .collect();
    tx.insert_rows("insert into message (id, organisation_id, kind, class_code, arguments, href, created_at)", &rows)
}

/// Whose messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inbox {
    /// `None`: the operators.
    pub organisation_id: Option<String>,
    /// Of what happens to a seller, only what is about these products; empty: everything.
    pub products: Vec<String>,
}

/// The product that a message of the seller's side is about; '' for messages of other kinds, '-' where
/// none is found.
const PRODUCT_OF_MESSAGE: &str = "coalesce(case
  when href not like '/seller/%' then ''
  when href like '/seller/products/%' then substr(href, 18)
  when href like '/seller/orders/%' then (select o.product_id from purchase_order o where o.id = substr(href, 16))
  when href like '/seller/applications/%' then (select a.product_id from application a where a.id = substr(href, 22))
  when href like '/seller/calls/%' then (select i.product_id from seller_call c join instance i on i.id = c.instance_id where c.id = substr(href, 15))
  else '-' end, '-')";

impl Inbox {
    fn scope(&self, filter: Filter) -> Filter {
        let filter = match &self.organisation_id {
            Some(id) => filter.and("organisation_id = ?", id.as_str()),
            None => filter.and_fixed("organisation_id is null"),
        };
        if self.products.is_empty() {
            return filter;
        }
        let mut reached = self.products.clone();
        reached.push(String::new());
        filter.and_in(PRODUCT_OF_MESSAGE, &reached)
    }
}

/// A page of messages.
pub fn list(tx: &mut Tx, inbox: &Inbox, unread_only: bool, page: &PageRequest) -> Result<Paged<Message>, StoreError> {
    let mut clauses = inbox.scope(Filter::new());
    if unread_only {
        clauses = clauses.and_fixed("read_at is null");
    }
    listing::page(tx, MESSAGE, clauses, ("created_at", "id"), page, message, |m| (m.created_at.micros(), m.id.clone()))
}

/// Unread messages, counted up to 100.
pub fn unread(tx: &mut Tx, inbox: &Inbox) -> Result<i64, StoreError> {
    let clauses = inbox.scope(Filter::new()).and_fixed("read_at is null");
    let sql = format!("select count(*) from (select 1 from message{} limit 100) as bounded", clauses.sql());
    tx.number(&sql, clauses.values())
}

/// Whether a message is in this inbox.
pub fn exists(tx: &mut Tx, inbox: &Inbox, id: &str) -> Result<bool, StoreError> {
    let clauses = inbox.scope(Filter::new()).and("id = ?", id);
    Ok(tx.number(&format!("select count(*) from message{}", clauses.sql()), clauses.values())? > 0)
}

/// Marks one message, or all, as read.
pub fn mark_read(tx: &mut Tx, inbox: &Inbox, id: Option<&str>, now: Timestamp) -> Result<u64, StoreError> {
    let clauses = inbox.scope(Filter::new().and("cast(? as bigint) >= 0", now).and_if("id = ?", id));
    let sql = format!("update message set read_at = $1{} and read_at is null", clauses.sql());
    tx.execute(&sql, clauses.values())
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Mail {
    pub id: String,
    pub recipient: String,
    pub subject: String,
    pub body: String,
    pub state: String,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub error: String,
    /// JSON of what it says apart from its looks; empty: plain text only.
    pub letter: String,
}

fn mail(row: &mut Row<'_>) -> Result<Mail, StoreError> {
    Ok(Mail {
        id: row.text()?,
        recipient: row.text()?,
        subject: row.text()?,
        body: row.text()?,
        state: row.text()?,
        created_at: row.time()?,
        sent_at: row.optional_time()?,
        error: row.text()?,
        letter: row.text()?,
    })
}

const MAIL: &str = "select id, recipient, subject, body, state, created_at, sent_at, error, letter from mail";

/// Writes mails that are to be sent.
pub fn insert_mails(tx: &mut Tx, mails: &[Mail]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = mails
        .iter()
        .map(|m| {
            vec![
                (&m.id).into(),
                (&m.recipient).into(),
                (&m.subject).into(),
                (&m.body).into(),
                "WAITING".into(),
                m.created_at.into(),
                (&m.letter).into(),
            ]
        })
        .collect();
    tx.insert_rows("insert into mail (id, recipient, subject, body, state, created_at, letter)", &rows)
}

/// Mails by id, those that wait.
pub fn waiting_mails(tx: &mut Tx, ids: &[String]) -> Result<Vec<Mail>, StoreError> {
    tx.all_of(&format!("{MAIL} where id in ({{keys}}) and state <> 'SENT'"), &[], ids, mail)
}

/// A mail by id.
pub fn load_mail(tx: &mut Tx, id: &str) -> Result<Option<Mail>, StoreError> {
    tx.first(&format!("{MAIL} where id = $1"), params![id], mail)
}

/// Writes how sending went: mail and, where it did not go, why. `state` is that of those that went.
pub fn mails_done(
    tx: &mut Tx,
    ended: &[(String, Option<String>)],
    state: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = ended
        .iter()
        .map(|(id, error)| {
            let state = if error.is_none() { state } else { "WAITING" };
            vec![id.into(), state.into(), error.clone().unwrap_or_default().into(), now.into()]
        })
        .collect();
    tx.update_rows(
        "update mail set state = v.state, error = v.error, sent_at = v.at from v where mail.id = v.id",
        &[Text("id"), Text("state"), Text("error"), Int("at")],
        &rows,
    )
}

/// Replaces what a mail says by what may be kept of it.
pub fn keep_of_mail(tx: &mut Tx, id: &str, body: &str, letter: &str) -> Result<(), StoreError> {
    tx.execute_one("update mail set body = $1, letter = $2 where id = $3", params![body, letter, id])
}

/// A page of mails, for operators.
pub fn list_mails(
    tx: &mut Tx,
    state: Option<String>,
    recipient: Option<String>,
    page: &PageRequest,
) -> Result<Paged<Mail>, StoreError> {
    let clauses = Filter::new().and_if("state = ?", state).and_if("recipient = ?", recipient);
    listing::page(tx, MAIL, clauses, ("created_at", "id"), page, mail, |m| (m.created_at.micros(), m.id.clone()))
}
