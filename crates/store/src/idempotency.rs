//! `Idempotency-Key`: the answer of a creating call, kept in the call's own transaction.

use crate::db::{StoreError, Tx};
use crate::params;
use domain::time::Timestamp;

/// An answer that was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Hash of the request that it answered.
    pub request_hash: String,
    /// HTTP status.
    pub status: i64,
    /// JSON body.
    pub response: String,
}

/// The answer to an earlier call with this key.
pub fn find(tx: &mut Tx, actor: &str, key: &str) -> Result<Option<Remembered>, StoreError> {
    tx.first(
        "select request_hash, status, response from idempotency where actor = $1 and key = $2",
        params![actor, key],
        |row| Ok(Remembered { request_hash: row.text()?, status: row.int()?, response: row.text()? }),
    )
}

/// Writes a key down before the work that it guards. [`StoreError::KeyUsed`] comes out, at the latest
/// of the commit, when another call with this key came first.
pub fn remember(tx: &mut Tx, actor: &str, key: &str, answer: &Remembered, now: Timestamp) -> Result<(), StoreError> {
    tx.send_one(
        "insert into idempotency (actor, key, request_hash, status, response, created_at) values ($1,$2,$3,$4,$5,$6) on conflict (actor, key) do nothing",
        params![actor, key, &answer.request_hash, answer.status, &answer.response, now],
        StoreError::KeyUsed,
    )
}

/// Completes a remembered call with its answer.
pub fn answer(tx: &mut Tx, actor: &str, key: &str, status: i64, response: &str) -> Result<(), StoreError> {
    tx.send(
        "update idempotency set status = $1, response = $2 where actor = $3 and key = $4",
        params![status, response, actor, key],
    )
}
