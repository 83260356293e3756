//! The only crate that speaks SQL. One text for SQLite and PostgreSQL; one module per area.
//!
//! Operations are synchronous closures over a [`Tx`]: on SQLite they run on the one writer thread,
//! which commits many of them with one `fsync`; on PostgreSQL on a pooled connection.

pub mod audit;
pub mod catalogue;
pub mod collation;
pub mod db;
pub mod debugging;
pub mod deliveries;
pub mod evidence;
pub mod files;
pub mod fulfilment;
pub mod idempotency;
pub mod identity;
pub mod jobs;
pub mod ledger;
pub mod listing;
pub mod many;
pub mod member_groups;
pub mod messages;
pub mod migrations;
pub mod ordering;
mod postgres_db;
pub mod recount;
pub mod renewals;
pub mod retention;
mod sqlite_db;
pub mod standing;
pub mod statistics;

pub use db::{Db, DbKind, Row, StoreError, Tx, Value};
