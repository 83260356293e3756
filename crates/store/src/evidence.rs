//! What the log cannot say about itself: heads that were written down elsewhere and must still be
//! on their chains, and chains that must exist.

use crate::audit::Break;
use crate::db::{StoreError, Tx};
use crate::params;

/// The end of a chain at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Organisation id or `platform`.
    pub chain: String,
    /// Number of the entry.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

impl Head {
    /// A line of a file of heads: chain, number, hash.
    pub fn to_line(&self) -> String {
        format!("{} {} {}", self.chain, self.seq, self.hash)
    }

    /// Reads a line; `None` when it is none.
    pub fn from_line(line: &str) -> Option<Head> {
        let mut parts = line.split_whitespace();
        let (chain, seq, hash) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let whole = parts.next().is_none() && hash.len() == 64 && hash.chars().all(|c| c.is_ascii_hexdigit());
        whole.then(|| Head { chain: chain.to_owned(), seq, hash: hash.to_owned() })
    }
}

/// The heads of all chains.
pub fn heads(tx: &mut Tx) -> Result<Vec<Head>, StoreError> {
    tx.all("select chain, last_seq, last_hash from audit_chain order by chain", &[], |row| {
        Ok(Head { chain: row.text()?, seq: row.int()?, hash: row.text()? })
    })
}

/// Heads of earlier times that are not on their chains any more: the log was cut or replaced.
pub fn missing(tx: &mut Tx, earlier: &[Head]) -> Result<Vec<Break>, StoreError> {
    let mut breaks = Vec::new();
    for head in earlier {
        let found = tx.first(
            "select hash from audit_entry where chain = $1 and seq = $2",
            params![&head.chain, head.seq],
            |row| row.text(),
        )?;
        // A chain that had no entry yet has nothing that could be missing.
        let empty = head.seq == 0 && head.hash.is_empty();
        if !empty && found.as_deref() != Some(head.hash.as_str()) {
            let reason =
                if found.is_some() { "the entry differs from its written head" } else { "a written head is gone" };
            breaks.push(Break { chain: head.chain.clone(), seq: head.seq, reason });
        }
    }
    Ok(breaks)
}

/// What a chain read from its first entry does not show: entries before the first, organisations
/// without a chain.
pub fn gaps(tx: &mut Tx) -> Result<Vec<Break>, StoreError> {
    let mut breaks =
        tx.all("select chain, seq from audit_entry where seq < 1 order by chain, seq limit 100", &[], |row| {
            Ok(Break { chain: row.text()?, seq: row.int()?, reason: "an entry before the first" })
        })?;
    breaks.extend(tx.all(
        "select o.id from organisation o where not exists (select 1 from audit_chain c where c.chain = o.id) and not exists (select 1 from audit_entry e where e.chain = o.id) order by o.id limit 100",
        &[],
        |row| Ok(Break { chain: row.text()?, seq: 1, reason: "the organisation has no chain" }),
    )?);
    breaks.extend(tx.all("select chain from audit_chain where last_seq < 1 order by chain limit 100", &[], |row| {
        Ok(Break { chain: row.text()?, seq: 1, reason: "the chain is empty" })
    })?);
    Ok(breaks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_written_and_read() {
        let head = Head { chain: "platform".into(), seq: 7, hash: "0a".repeat(32) };
        assert_eq!(Head::from_line(&head.to_line()), Some(head));
        for bad in ["", "platform", "platform 7", "platform x 00", "platform 7 00", "platform 7 00 1"] {
            assert_eq!(Head::from_line(bad), None, "{bad}");
        }
    }
}
