//! The journal (area `ledger`): balanced entries that never change.

use crate::db::{Row, StoreError, Tx};
use crate::listing::{self, Filter, PageRequest, Paged};
use crate::params;
use domain::ledger::{Account, AccountKind, Book, Entry};
use domain::money::{Currency, Money};
use domain::time::Timestamp;

/// Where an entry comes from.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    /// Id of the new entry.
    pub entry_id: &'a str,
    /// Order that it belongs to.
    pub order_id: Option<&'a str>,
    /// Object that caused it, such as a payment id.
    pub source: &'a str,
    /// The same key is never entered twice.
    pub idempotency_key: &'a str,
    /// Words for people.
    pub memo: &'a str,
}

/// What comes out when a buyer's balance would fall below nothing.
pub const INSUFFICIENT_BALANCE: StoreError = StoreError::Unmet("insufficient-balance");
/// What comes out when the movement was entered before.
pub const ALREADY_ENTERED: StoreError = StoreError::Unmet("order-already-paid");
/// What comes out when a balance would grow beyond what can be counted.
pub const OUT_OF_RANGE: StoreError = StoreError::Unmet("amount-out-of-range");

/// Writes an entry and moves the buyers' balances that it touches. [`INSUFFICIENT_BALANCE`] and
/// [`ALREADY_ENTERED`] come out at the latest of the commit; nothing of the transaction is kept then.
pub fn post(tx: &mut Tx, entry: &Entry, source: &Source<'_>, now: Timestamp) -> Result<(), StoreError> {
    tx.send_one(
        "insert into journal_entry (id, kind, at, order_id, source, idempotency_key, memo) values ($1,$2,$3,$4,$5,$6,$7) on conflict (idempotency_key) do nothing",
        params![source.entry_id, entry.kind().code(), now, source.order_id, source.source, source.idempotency_key, source.memo],
        ALREADY_ENTERED,
    )?;
    let mut rows = Vec::with_capacity(entry.postings().len());
    for (i, posting) in entry.postings().iter().enumerate() {
        let key = posting.account.key();
        if posting.account.kind == AccountKind::BuyerBalance {
            move_balance(tx, &posting.account, &key, posting.amount)?;
        }
        rows.push(vec![
            source.entry_id.into(),
            (i as i64 + 1).into(),
            key.into(),
            posting.amount.e8().into(),
            posting.amount.currency().code().into(),
            now.into(),
        ]);
    }
    tx.send_many("insert into posting (entry_id, line_no, account_key, amount_e8, currency, at)", 6, &rows)
}

/// A debit (positive) takes from what we owe the buyer, a credit adds to it.
fn move_balance(tx: &mut Tx, account: &Account, key: &str, amount: Money) -> Result<(), StoreError> {
    if amount.is_positive() {
        return tx.send_one(
            "update ledger_account set balance_e8 = balance_e8 - $1, version = version + 1 where key = $2 and balance_e8 >= $1",
            params![amount.e8(), key],
            INSUFFICIENT_BALANCE,
        );
    }
    let credit = amount.negated().e8();
    tx.send_one(
        "insert into ledger_account (key, kind, owner, book, currency, balance_e8) values ($1,$2,$3,$4,$5,$6)
         on conflict (key) do update set balance_e8 = ledger_account.balance_e8 + excluded.balance_e8, version = ledger_account.version + 1
         where ledger_account.balance_e8 <= $7",
        params![
            key, account.kind.code(), &account.owner, account.book.code(), account.currency.code(), credit,
            i64::MAX - credit
        ],
        OUT_OF_RANGE,
    )
}

/// The balance of a buyer.
pub fn balance(tx: &mut Tx, owner: &str, book: Book, currency: Currency) -> Result<Money, StoreError> {
    let key = Account { kind: AccountKind::BuyerBalance, owner: owner.to_owned(), book, currency }.key();
    let e8 = tx.number("select balance_e8 from ledger_account where key = $1", params![key])?;
    Ok(Money::from_e8(e8, currency))
}

/// Sum of the postings of an account; what we owe counts positive.
pub fn credit_sum(tx: &mut Tx, account: &Account) -> Result<Money, StoreError> {
    let sum = tx.number(
        "select cast(coalesce(sum(amount_e8), 0) as bigint) from posting where account_key = $1",
        params![account.key()],
    )?;
    Ok(Money::from_e8(-sum, account.currency))
}

/// A line of an account's statement.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct StatementLine {
    pub entry_id: String,
    pub kind: String,
    pub at: Timestamp,
    pub order_id: Option<String>,
    pub memo: String,
    /// What we owe counts positive.
    pub amount: Money,
}

fn statement_line(row: &mut Row<'_>) -> Result<StatementLine, StoreError> {
    Ok(StatementLine {
        entry_id: row.text()?,
        kind: row.text()?,
        at: row.time()?,
        order_id: row.optional_text()?,
        memo: row.text()?,
        amount: row.money()?.negated(),
    })
}

/// A page of an account's statement.
pub fn statement(tx: &mut Tx, account: &Account, page: &PageRequest) -> Result<Paged<StatementLine>, StoreError> {
    let select = "select p.entry_id, e.kind, p.at, e.order_id, e.memo, p.amount_e8, p.currency from posting p join journal_entry e on e.id = p.entry_id";
    let clauses = Filter::new().and("p.account_key = ?", account.key());
    listing::page(tx, select, clauses, ("p.at", "p.entry_id"), page, statement_line, |l| {
        (l.at.micros(), l.entry_id.clone())
    })
}

/// The product of the order to which an entry belongs.
const PRODUCT_OF_ENTRY: &str = "(select o.product_id from purchase_order o where o.id = e.order_id)";

/// A page of an account's statement: entries about orders of these products only.
pub fn statement_of_products(
    tx: &mut Tx,
    account: &Account,
    products: &[String],
    page: &PageRequest,
) -> Result<Paged<StatementLine>, StoreError> {
    let select = "select p.entry_id, e.kind, p.at, e.order_id, e.memo, p.amount_e8, p.currency from posting p join journal_entry e on e.id = p.entry_id";
    let clauses = Filter::new().and("p.account_key = ?", account.key()).and_in(PRODUCT_OF_ENTRY, products);
    listing::page(tx, select, clauses, ("p.at", "p.entry_id"), page, statement_line, |l| {
        (l.at.micros(), l.entry_id.clone())
    })
}

/// Sum of an account's postings about orders of these products; what we owe counts positive.
pub fn credit_sum_of_products(tx: &mut Tx, account: &Account, products: &[String]) -> Result<Money, StoreError> {
    let clauses = Filter::new().and("p.account_key = ?", account.key()).and_in(PRODUCT_OF_ENTRY, products);
    let sql = format!(
        "select cast(coalesce(-sum(p.amount_e8), 0) as bigint) from posting p join journal_entry e on e.id = p.entry_id{}",
        clauses.sql()
    );
    Ok(Money::from_e8(tx.number(&sql, clauses.values())?, account.currency))
}

/// An entry with its postings, for operators.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct JournalEntry {
    pub id: String,
    pub kind: String,
    pub at: Timestamp,
    pub order_id: Option<String>,
    pub source: String,
    pub memo: String,
    /// Account key and signed amount, debit positive.
    pub postings: Vec<(String, Money)>,
}

/// A page of the journal, of one order when given.
pub fn journal(tx: &mut Tx, order_id: Option<String>, page: &PageRequest) -> Result<Paged<JournalEntry>, StoreError> {
    let clauses = Filter::new().and_if("order_id = ?", order_id);
    let mut found = listing::page(
        tx,
        "select id, kind, at, order_id, source, memo from journal_entry",
        clauses,
        ("at", "id"),
        page,
        |row| {
            Ok(JournalEntry {
                id: row.text()?,
                kind: row.text()?,
                at: row.time()?,
                order_id: row.optional_text()?,
                source: row.text()?,
                memo: row.text()?,
                postings: Vec::new(),
            })
        },
        |e| (e.at.micros(), e.id.clone()),
    )?;
    for entry in &mut found.items {
        entry.postings = tx.all(
            "select account_key, amount_e8, currency from posting where entry_id = $1 order by line_no",
            params![&entry.id],
            |row| Ok((row.text()?, row.money()?)),
        )?;
    }
    Ok(found)
}

/// Whether an organisation has ever asked for money to be added, ordered or been sold to in real time.
pub fn has_past(tx: &mut Tx, organisation_id: &str) -> Result<bool, StoreError> {
    let sql = "select (select count(*) from (select 1 from top_up where organisation_id = $1 limit 1) as t)
        + (select count(*) from (select 1 from purchase_order where buyer_id = $1 and book = 'real' limit 1) as o)";
    Ok(tx.number(sql, params![organisation_id])? > 0)
}

/// A request to add money to a balance by bank transfer.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct TopUp {
    pub id: String,
    pub organisation_id: String,
    pub user_id: String,
    pub amount: Money,
    pub reference: String,
    pub state: String,
    pub created_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<String>,
    /// Why it was refused; empty otherwise.
    pub reason: String,
}

const TOP_UP: &str = "select id, organisation_id, user_id, amount_e8, currency, reference, state, created_at, decided_at, decided_by, reason from top_up";

fn read_top_up(row: &mut Row<'_>) -> Result<TopUp, StoreError> {
    Ok(TopUp {
        id: row.text()?,
        organisation_id: row.text()?,
        user_id: row.text()?,
        amount: row.money()?,
        reference: row.text()?,
        state: row.text()?,
        created_at: row.time()?,
        decided_at: row.optional_time()?,
        decided_by: row.optional_text()?,
        reason: row.text()?,
    })
}

/// Writes a request.
pub fn insert_top_up(tx: &mut Tx, t: &TopUp) -> Result<(), StoreError> {
    tx.execute(
        "insert into top_up (id, organisation_id, user_id, amount_e8, currency, reference, state, created_at) values ($1,$2,$3,$4,$5,$6,$7,$8)",
        params![&t.id, &t.organisation_id, &t.user_id, t.amount.e8(), t.amount.currency().code(), &t.reference, &t.state, t.created_at],
    )?;
    Ok(())
}

/// A request by id.
pub fn load_top_up(tx: &mut Tx, id: &str) -> Result<Option<TopUp>, StoreError> {
    tx.first(&format!("{TOP_UP} where id = $1"), params![id], read_top_up)
}

/// How many requests of an organisation wait.
pub fn pending_top_ups(tx: &mut Tx, organisation_id: &str) -> Result<i64, StoreError> {
    let sql = "select count(*) from top_up where organisation_id = $1 and state = 'PENDING'";
    tx.number(sql, params![organisation_id])
}

/// Decides a pending request; [`StoreError::Stale`] when it is decided already.
pub fn decide_top_up(
    tx: &mut Tx,
    id: &str,
    state: &str,
    by: &str,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute_one(
        "update top_up set state = $1, decided_at = $2, decided_by = $3, reason = $4 where id = $5 and state = 'PENDING'",
        params![state, now, by, reason, id],
    )
}

/// A page of requests: of one organisation, or in one state, or both.
pub fn list_top_ups(
    tx: &mut Tx,
    organisation_id: Option<String>,
    state: Option<String>,
    page: &PageRequest,
) -> Result<Paged<TopUp>, StoreError> {
    let clauses = Filter::new().and_if("organisation_id = ?", organisation_id).and_if("state = ?", state);
    listing::page(tx, TOP_UP, clauses, ("created_at", "id"), page, read_top_up, |t| {
        (t.created_at.micros(), t.id.clone())
    })
}

/// Who said first that money has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Operator.
    pub by: String,
    /// His name.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// Writes down who prepared a payment or top-up. [`StoreError::Stale`] when somebody has already.
pub fn prepare_money(tx: &mut Tx, subject_id: &str, prepared: &Prepared) -> Result<(), StoreError> {
    tx.execute_one(
        "insert into money_prepared (subject_id, prepared_by, prepared_name, prepared_at) values ($1,$2,$3,$4) on conflict do nothing",
        params![subject_id, &prepared.by, &prepared.name, prepared.at],
    )
}

/// Who prepared a payment or top-up.
pub fn money_prepared(tx: &mut Tx, subject_id: &str) -> Result<Option<Prepared>, StoreError> {
    let sql = "select prepared_by, prepared_name, prepared_at from money_prepared where subject_id = $1";
    tx.first(sql, params![subject_id], |row| Ok(Prepared { by: row.text()?, name: row.text()?, at: row.time()? }))
}
