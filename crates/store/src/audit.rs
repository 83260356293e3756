//! The append-only audit log: one hash chain per organisation and one for the platform, so that
//! two companies never wait for each other's entries.

use crate::db::{Row, StoreError, Tx, Value};
use crate::listing::{self, Filter, PageRequest, Paged};
use crate::params;
use domain::time::Timestamp;
use sha2::{Digest, Sha256};

/// The chain of acts that belong to no organisation.
pub const PLATFORM_CHAIN: &str = "platform";

/// What is to be written.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    /// Time.
    pub at: Timestamp,
    /// `user`, `operator` or `system`.
    pub actor_kind: &'a str,
    /// User id, or the name of a job.
    pub actor_id: &'a str,
    /// Name for people.
    pub actor_name: &'a str,
    /// What was done, such as `order.pay`.
    pub action: &'a str,
    /// Kind of the object.
    pub subject_kind: &'a str,
    /// Id of the object.
    pub subject_id: &'a str,
    /// JSON: before, after, comment.
    pub detail: &'a str,
}

/// A written entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AuditEntry {
    pub chain: String,
    pub seq: i64,
    pub at: Timestamp,
    pub actor_kind: String,
    pub actor_id: String,
    pub actor_name: String,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub detail: String,
    pub prev_hash: String,
    pub hash: String,
}

impl AuditEntry {
    /// What somebody on the other side of a trade may know of it: what happened, to what, and when.
    #[must_use]
    pub fn seen_from_outside(self) -> AuditEntry {
        let blank = String::new;
        AuditEntry {
            chain: blank(),
            seq: 0,
            actor_id: blank(),
            actor_name: blank(),
            detail: "{}".into(),
            prev_hash: blank(),
            hash: blank(),
            ..self
        }
    }
}

/// Each field is preceded by its length, so that no two entries have the same text.
fn hash_of(seq: i64, at: Timestamp, fields: [&str; 9], prev: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(prev.as_bytes());
    hasher.update(seq.to_be_bytes());
    hasher.update(at.micros().to_be_bytes());
    for field in fields {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field.as_bytes());
    }
    hex::encode(hasher.finalize())
}

/// Number and hash of the last entry of a chain, held until the commit.
fn head(tx: &mut Tx, chain: &str) -> Result<(i64, String), StoreError> {
    let held = "select last_seq, last_hash from audit_chain where chain = $1 {for update}";
    let read = |row: &mut Row<'_>| Ok((row.int()?, row.text()?));
    if let Some(head) = tx.first(held, params![chain], read)? {
        return Ok(head);
    }
    // Two first entries may meet here: the loser waits, then reads the winner's head.
    tx.execute(
        "insert into audit_chain (chain, last_seq, last_hash) values ($1, 0, '') on conflict (chain) do nothing",
        params![chain],
    )?;
    tx.first(held, params![chain], read)?.ok_or(StoreError::Retry)
}

/// Appends entries of one chain, in their order. Call it late in a transaction: it holds the chain
/// until the commit.
pub fn append(tx: &mut Tx, chain: &str, entries: &[NewEntry<'_>]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let (mut seq, mut prev) = head(tx, chain)?;
    let mut rows = Vec::with_capacity(entries.len());
    for e in entries {
        seq += 1;
        let fields =
            [chain, e.actor_kind, e.actor_id, e.actor_name, e.action, e.subject_kind, e.subject_id, e.detail, "1"];
        let hash = hash_of(seq, e.at, fields, &prev);
        let texts = [e.actor_kind, e.actor_id, e.actor_name, e.action, e.subject_kind, e.subject_id, e.detail];
        let mut row: Vec<Value> = vec![chain.into(), seq.into(), e.at.into()];
        row.extend(texts.map(Value::from));
        row.extend([prev.into(), (&hash).into()]);
        rows.push(row);
        prev = hash;
    }
    tx.send_many(
        "insert into audit_entry (chain, seq, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, detail, prev_hash, hash)",
        12,
        &rows,
    )?;
    tx.send("update audit_chain set last_seq = $1, last_hash = $2 where chain = $3", params![seq, prev, chain])
}

const ENTRY: &str = "select chain, seq, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, detail, prev_hash, hash from audit_entry";

fn entry(row: &mut Row<'_>) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        chain: row.text()?,
        seq: row.int()?,
        at: row.time()?,
        actor_kind: row.text()?,
        actor_id: row.text()?,
        actor_name: row.text()?,
        action: row.text()?,
        subject_kind: row.text()?,
        subject_id: row.text()?,
        detail: row.text()?,
        prev_hash: row.text()?,
        hash: row.text()?,
    })
}

/// Every entry about one object, oldest first.
pub fn about(tx: &mut Tx, subject_id: &str) -> Result<Vec<AuditEntry>, StoreError> {
    tx.all(&format!("{ENTRY} where subject_id = $1 order by at, chain, seq limit 500"), params![subject_id], entry)
}

/// Filters of the audit page.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct AuditFilter {
    pub chain: Option<String>,
    pub subject_id: Option<String>,
    pub actor_id: Option<String>,
    pub action: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

/// A page of the log.
pub fn list(tx: &mut Tx, filter: &AuditFilter, page: &PageRequest) -> Result<Paged<AuditEntry>, StoreError> {
    let clauses = Filter::new()
        .and_if("chain = ?", filter.chain.clone())
        .and_if("subject_id = ?", filter.subject_id.clone())
        .and_if("actor_id = ?", filter.actor_id.clone())
        .and_if("action = ?", filter.action.clone())
        .and_if("at >= ?", filter.from)
        .and_if("at < ?", filter.to);
    let key = ("at", "chain || ':' || cast(seq as text)");
    listing::page(tx, ENTRY, clauses, key, page, entry, |e| (e.at.micros(), format!("{}:{}", e.chain, e.seq)))
}

/// The first break of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Chain.
    pub chain: String,
    /// Entry at which it breaks.
    pub seq: i64,
    /// What is wrong.
    pub reason: &'static str,
}

/// Result of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Chains read.
    pub chains: usize,
    /// Entries read.
    pub entries: usize,
    /// What does not fit; empty when the log is whole.
    pub breaks: Vec<Break>,
    /// SHA-256 over the heads of all chains: write it down elsewhere to notice a log that was
    /// replaced as a whole.
    pub digest: String,
}

/// Recomputes every hash of every chain.
pub fn verify(tx: &mut Tx) -> Result<Verified, StoreError> {
    let heads = tx.all("select chain, last_seq, last_hash from audit_chain order by chain", &[], |row| {
        Ok((row.text()?, row.int()?, row.text()?))
    })?;
    let mut report = Verified::default();
    let mut digest = Sha256::new();
    for (chain, last_seq, last_hash) in &heads {
        report.chains += 1;
        let (mut seq, mut prev) = (0, String::new());
        let mut broken = None;
        loop {
            let sql = format!("{ENTRY} where chain = $1 and seq > $2 order by seq limit 1000");
            let entries = tx.all(&sql, params![chain, seq], entry)?;
            if entries.is_empty() || broken.is_some() {
                break;
            }
            for e in entries {
                report.entries += 1;
                let fields = [
                    e.chain.as_str(),
                    &e.actor_kind,
                    &e.actor_id,
                    &e.actor_name,
                    &e.action,
                    &e.subject_kind,
                    &e.subject_id,
                    &e.detail,
                    "1",
                ];
                let reason = if e.seq != seq + 1 {
                    Some("missing entry")
                } else if e.prev_hash != prev {
                    Some("previous hash differs")
                } else if e.hash != hash_of(e.seq, e.at, fields, &prev) {
                    Some("entry was changed")
                } else {
                    None
                };
                if let Some(reason) = reason {
                    broken = Some(Break { chain: chain.clone(), seq: seq + 1, reason });
                    break;
                }
                (seq, prev) = (e.seq, e.hash);
            }
        }
        if broken.is_none() && (seq != *last_seq || prev != *last_hash) {
            broken = Some(Break { chain: chain.clone(), seq: *last_seq, reason: "the end of the chain is missing" });
        }
        report.breaks.extend(broken);
        digest.update(chain.as_bytes());
        digest.update(last_hash.as_bytes());
    }
    let orphans = tx.all(
        "select distinct chain from audit_entry where chain not in (select chain from audit_chain)",
        &[],
        |row| row.text(),
    )?;
    report.breaks.extend(orphans.into_iter().map(|chain| Break { chain, seq: 1, reason: "the chain has no head" }));
    report.digest = hex::encode(digest.finalize());
    Ok(report)
}
