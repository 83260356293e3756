//! What is thrown away after its time, a bounded number at once, so that no transaction is long.

use crate::db::{StoreError, Tx};
use crate::params;
use domain::time::{DAY, Timestamp};

/// Most rows that go at once.
pub const AT_ONCE: u64 = 5000;

/// Something that is not kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Jobs that are done.
    Jobs,
    /// Answers to calls with a key.
    Answers,
    /// Mails that were sent or given up.
    Mails,
    /// Messages that were read.
    Messages,
    /// Records of calls to sellers that are over (seller interface D-48).
    CallRecords,
}

impl Kept {
    /// Everything that is not kept for ever.
    pub const ALL: &'static [Kept] = &[Kept::Jobs, Kept::Answers, Kept::Mails, Kept::Messages, Kept::CallRecords];

    /// For how long it is kept, microseconds.
    pub fn age(self) -> i64 {
        match self {
            Kept::Answers => 2 * DAY,
            Kept::Jobs => 7 * DAY,
            Kept::Mails | Kept::CallRecords => 180 * DAY,
            Kept::Messages => 365 * DAY,
        }
    }

    fn sql(self) -> String {
        let (table, key, what) = match self {
            Kept::Jobs => ("job", "id", "select id from job where state = 'DONE' and finished_at < $1"),
            Kept::Answers => {
                return format!(
                    "delete from idempotency where (actor, key) in (select actor, key from idempotency where created_at < $1 limit {AT_ONCE})"
                );
            }
            Kept::Mails => ("mail", "id", "select id from mail where state <> 'WAITING' and created_at < $1"),
            Kept::Messages => ("message", "id", "select id from message where read_at is not null and created_at < $1"),
            Kept::CallRecords => {
                return format!(
                    "delete from call_attempt where (call_id, attempt_no) in (select a.call_id, a.attempt_no from call_attempt a join seller_call c on c.id = a.call_id where c.state in ('SUCCEEDED', 'STOPPED', 'CANCELLED', 'FAILED') and a.at < $1 limit {AT_ONCE})"
                );
            }
        };
        format!("delete from {table} where {key} in ({what} limit {AT_ONCE})")
    }
}

/// Throws away what is older than its time at `now`; fewer than [`AT_ONCE`] when nothing is left.
pub fn throw_away(tx: &mut Tx, kept: Kept, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(&kept.sql(), params![now.plus(-kept.age())])
}
