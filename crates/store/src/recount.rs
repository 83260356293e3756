//! Counting the whole ledger again (trade 13.1): entries, accounts, and every order against the
//! entries that it must have. What does not fit is named; nothing is repaired.

use crate::db::{StoreError, Tx};
use crate::params;
use domain::ledger::{Account, AccountKind, Book, EntryKind};
use domain::ordering::order::OrderKind;
use std::collections::BTreeMap;

/// Result of recounting the whole ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recount {
    /// Entries read.
    pub entries: i64,
    /// What does not fit, in words; empty when everything balances.
    pub faults: Vec<String>,
}

/// Faults of one kind that are named; a broken ledger needs no longer list.
const NAMED: usize = 100;
/// Orders read at a time.
const STEP: usize = 1000;

/// Sums are taken in two parts, so that none can overflow in the database.
const PART: i64 = 1_000_000_000;

/// Recounts: every entry is whole, every kept balance equals its postings, every order has the
/// entries of its state and no others.
pub fn recount(tx: &mut Tx) -> Result<Recount, StoreError> {
    let mut faults = entries(tx)?;
    let mut sums = accounts(tx, &mut faults)?;
    sources(tx, &mut faults)?;
    orders(tx, &mut faults, &mut sums)?;
    let entries = tx.number("select count(*) from journal_entry", &[])?;
    Ok(Recount { entries, faults })
}

fn named(tx: &mut Tx, sql: &str, words: &str) -> Result<Vec<String>, StoreError> {
    tx.all(&format!("{sql} limit {NAMED}"), &[], |row| Ok(words.replace("{}", &row.text()?)))
}

fn entries(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    let low = format!("cast(sum(amount_e8 % {PART}) as bigint)");
    let high = format!("cast(sum(amount_e8 / {PART}) as bigint)");
    let unbalanced = format!(
        "select entry_id from posting group by entry_id, currency having {low} % {PART} <> 0 or {high} <> -({low} / {PART})"
    );
    let mut faults = named(tx, &unbalanced, "entry {} does not balance")?;
    let checks = [
        (
            "select e.id from journal_entry e where not exists (select 1 from posting p where p.entry_id = e.id)",
            "entry {} has no postings",
        ),
        (
            "select distinct p.entry_id from posting p where not exists (select 1 from journal_entry e where e.id = p.entry_id)",
            "postings of entry {} have no entry",
        ),
        (
            "select entry_id from posting group by entry_id having min(case when account_key like 'real:%' then 1 else 0 end) <> max(case when account_key like 'real:%' then 1 else 0 end)",
            "entry {} touches two books",
        ),
        (
            "select distinct entry_id from posting where account_key not like '%:' || currency",
            "entry {} is in another currency than its account",
        ),
        (
            "select e.id from journal_entry e where e.order_id is not null and not exists (select 1 from purchase_order o where o.id = e.order_id)",
            "entry {} is of an order that does not exist",
        ),
    ];
    for (sql, words) in checks {
        faults.extend(named(tx, sql, words)?);
    }
    Ok(faults)
}

/// What is owed on every account by its postings; compares it with the kept balances.
fn accounts(tx: &mut Tx, faults: &mut Vec<String>) -> Result<BTreeMap<String, i128>, StoreError> {
    let sql = format!(
        "select account_key, cast(sum(amount_e8 / {PART}) as bigint), cast(sum(amount_e8 % {PART}) as bigint) from posting group by account_key"
    );
    let counted = tx.all(&sql, &[], |row| {
        let key = row.text()?;
        Ok((key, -(i128::from(row.int()?) * i128::from(PART) + i128::from(row.int()?))))
    })?;
    let kept =
        tx.all("select key, cast(balance_e8 as text) from ledger_account", &[], |row| Ok((row.text()?, row.text()?)))?;
    let sums: BTreeMap<String, i128> = counted.into_iter().collect();
    let kept: BTreeMap<String, String> = kept.into_iter().collect();
    let mut found = Vec::new();
    for (key, sum) in &sums {
        let Some(account) = Account::from_key(key) else {
            found.push(format!("account {key} is none that the ledger knows"));
            continue;
        };
        if i64::try_from(*sum).is_err() {
            found.push(format!("account {key}: its postings overflow"));
        }
        if account.kind == AccountKind::BuyerBalance && !kept.contains_key(key) {
            found.push(format!("account {key}: postings give {sum} but no balance is kept"));
        }
    }
    for (key, text) in &kept {
        let sum = sums.get(key).copied().unwrap_or_default();
        match text.parse::<i128>() {
            Ok(balance) if balance < 0 => found.push(format!("account {key}: balance {balance} is below nothing")),
            Ok(balance) if balance == sum => {}
            _ => found.push(format!("account {key}: balance {text} but postings give {sum}")),
        }
    }
    found.truncate(NAMED);
    faults.extend(found);
    Ok(sums)
}

/// Money that came in: every confirmed top-up, and every transfer that became balance, has its entry.
fn sources(tx: &mut Tx, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let entered = |prefix: &str, id: &str, amount: &str, owner: &str| {
        format!(
            "exists (select 1 from journal_entry e join posting p on p.entry_id = e.id where e.idempotency_key = '{prefix}:' || {id} and p.amount_e8 = -{amount} and p.account_key like '%:buyer_balance:' || {owner} || ':%')"
        )
    };
    let top_up = entered("top-up", "t.id", "t.amount_e8", "t.organisation_id");
    let credited = entered("payment", "y.id", "y.amount_e8", "y.buyer_id");
    let checks = [
        (format!("select t.id from top_up t where t.state = 'CONFIRMED' and not {top_up}"), "top-up {} was not entered"),
        (
            format!("select t.id from top_up t where t.state <> 'CONFIRMED' and {top_up}"),
            "top-up {} was entered without being confirmed",
        ),
        (
            format!("select y.id from payment y where y.state = 'CREDITED' and not {credited}"),
            "payment {} did not reach the balance",
        ),
        (
            "select y.id from payment y where y.state = 'SUCCEEDED' and y.amount_e8 <> 0 and not exists (select 1 from journal_entry e where e.order_id = y.order_id and e.kind = 'payment')".to_owned(),
            "payment {} was not entered",
        ),
    ];
    for (sql, words) in checks {
        faults.extend(named(tx, &sql, words)?);
    }
    Ok(())
}

struct OrderRow {
    id: String,
    kind: OrderKind,
    state: String,
    buyer: String,
    seller: String,
    book: Book,
    currency: String,
    payable: i64,
    refunded: i64,
    paid: bool,
}

/// What the entries of one order say.
#[derive(Default)]
struct Moved {
    /// Held by its payment.
    held: i128,
    /// Taken out of what is held, to be divided.
    divided: i128,
    /// Given back out of what is held.
    returned: i128,
    /// Given back after it was divided.
    taken_back: i128,
    /// An account of somebody who is not a party of the order.
    stranger: Option<String>,
}

fn orders(tx: &mut Tx, faults: &mut Vec<String>, sums: &mut BTreeMap<String, i128>) -> Result<(), StoreError> {
    let sql = format!(
        "select id, kind, state, buyer_id, seller_id, book, currency, payable_e8, refunded_e8, cast(case when paid_at is null then 0 else 1 end as bigint) from purchase_order where id > $1 order by id limit {STEP}"
    );
    let (mut after, mut processing) = (String::new(), BTreeMap::<String, i128>::new());
    let limit = faults.len() + NAMED;
    loop {
        let page = tx.all(&sql, params![&after], |row| {
            Ok(OrderRow {
                id: row.text()?,
                kind: row.coded(OrderKind::from_code)?,
                state: row.text()?,
                buyer: row.text()?,
                seller: row.text()?,
                book: row.coded(Book::from_code)?,
                currency: row.text()?,
                payable: row.int()?,
                refunded: row.int()?,
                paid: row.flag()?,
            })
        })?;
        let Some(last) = page.last().map(|o| o.id.clone()) else { break };
        let moved = movements(tx, &page, &after, &last)?;
        for order in &page {
            let unmoved = Moved::default();
            faults.extend(compare(order, moved.get(&order.id).unwrap_or(&unmoved)));
            if order.state == "PROCESSING" {
                let key = format!("{}:escrow:platform:{}", order.book.code(), order.currency);
                *processing.entry(key).or_default() += i128::from(order.payable);
            }
        }
        faults.truncate(limit);
        after = last;
    }
    sums.retain(|key, _| key.contains(":escrow:"));
    let keys: std::collections::BTreeSet<&String> = sums.keys().chain(processing.keys()).collect();
    for key in keys {
        let (held, due) = (sums.get(key).copied().unwrap_or(0), processing.get(key).copied().unwrap_or(0));
        if held != due {
            faults.push(format!("account {key}: {held} is held but orders in delivery need {due}"));
        }
    }
    Ok(())
}

fn movements(tx: &mut Tx, page: &[OrderRow], after: &str, last: &str) -> Result<BTreeMap<String, Moved>, StoreError> {
    let parties: BTreeMap<&str, &OrderRow> = page.iter().map(|o| (o.id.as_str(), o)).collect();
    let lines = tx.all(
        "select e.order_id, e.kind, p.account_key, p.amount_e8 from journal_entry e join posting p on p.entry_id = e.id where e.order_id > $1 and e.order_id <= $2",
        params![after, last],
        |row| Ok((row.text()?, row.text()?, row.text()?, row.int()?)),
    )?;
    let mut found = BTreeMap::<String, Moved>::new();
    for (order_id, kind, key, amount) in lines {
        let moved = found.entry(order_id.clone()).or_default();
        let (Some(order), Some(account)) = (parties.get(order_id.as_str()), Account::from_key(&key)) else { continue };
        let owner = match account.kind {
            AccountKind::BuyerBalance => order.buyer.as_str(),
            AccountKind::SellerPayable => order.seller.as_str(),
            _ => domain::ledger::PLATFORM,
        };
        if account.owner != owner || account.book != order.book {
            moved.stranger = Some(key);
            continue;
        }
        let amount = i128::from(amount);
        match (EntryKind::from_code(&kind), account.kind) {
            (Some(EntryKind::Payment), AccountKind::Escrow) => moved.held -= amount,
            (Some(EntryKind::Completion), AccountKind::Escrow) => moved.divided += amount,
            (Some(EntryKind::RefundHeld), AccountKind::Escrow) => moved.returned += amount,
            (Some(EntryKind::RefundDivided), AccountKind::BuyerBalance) => moved.taken_back -= amount,
            _ => {}
        }
    }
    Ok(found)
}

/// An order against its entries.
fn compare(order: &OrderRow, moved: &Moved) -> Vec<String> {
    let id = &order.id;
    let mut faults = Vec::new();
    if let Some(key) = &moved.stranger {
        faults.push(format!("order {id}: an entry touches account {key}"));
    }
    // Orders of unsubscription say what happened to another order; their money moves there.
    let child = matches!(order.kind, OrderKind::Unsubscribe | OrderKind::UnsubscribeRenewal);
    let payable = if child { 0 } else { i128::from(order.payable) };
    let refunded = if child { 0 } else { i128::from(order.refunded) };
    let paid = if order.paid { payable } else { 0 };
    let over = if order.state == COMPLETED { payable } else { 0 };
    if moved.held != paid {
        faults.push(format!("order {id}: paid {paid} but entries hold {}", moved.held));
    }
    if moved.divided + moved.returned != over {
        let found = moved.divided + moved.returned;
        faults.push(format!("order {id}: {over} is settled but entries release {found}"));
    }
    if moved.returned + moved.taken_back != refunded {
        let found = moved.returned + moved.taken_back;
        faults.push(format!("order {id}: refunded {refunded} but entries return {found}"));
    }
    faults
}

/// Code of the state in which nothing is held any more.
const COMPLETED: &str = "COMPLETED";

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ordering::order::OrderState;
    use domain::time::Timestamp;

    #[test]
    fn the_code_of_a_settled_order_is_the_domains() {
        let t = Timestamp(0);
        assert_eq!(OrderState::Completed { paid_at: t, completed_at: t }.code(), COMPLETED);
    }
}
