//! Schema changes: numbered, forward only, the same on both databases.

use crate::db::{Db, DbKind, StoreError, Tx};
use crate::params;
use domain::time::Timestamp;

/// Number, name and text of every step.
const STEPS: &[(i64, &str, &str)] = &[
    (1, "identity", include_str!("../../../migrations/0001_identity.sql")),
    (2, "audit", include_str!("../../../migrations/0002_audit.sql")),
    (3, "catalogue", include_str!("../../../migrations/0003_catalogue.sql")),
    (4, "ledger", include_str!("../../../migrations/0004_ledger.sql")),
    (5, "ordering", include_str!("../../../migrations/0005_ordering.sql")),
    (6, "fulfilment", include_str!("../../../migrations/0006_fulfilment.sql")),
    (7, "jobs", include_str!("../../../migrations/0007_jobs.sql")),
    (8, "member_scope", include_str!("../../../migrations/0008_member_scope.sql")),
    (9, "lanes", include_str!("../../../migrations/0009_lanes.sql")),
    (10, "agreement_text", include_str!("../../../migrations/0010_agreement_text.sql")),
    (11, "renewable", include_str!("../../../migrations/0011_renewable.sql")),
    (15, "mail_letter", include_str!("../../../migrations/0015_mail_letter.sql")),
    (16, "member_groups", include_str!("../../../migrations/0016_member_groups.sql")),
    (20, "money_prepared", include_str!("../../../migrations/0020_money_prepared.sql")),
    (21, "login_failure", include_str!("../../../migrations/0021_login_failure.sql")),
    (22, "company_names", include_str!("../../../migrations/0022_company_names.sql")),
    (25, "payment_book", include_str!("../../../migrations/0025_payment_book.sql")),
    (26, "evidence", include_str!("../../../migrations/0026_evidence.sql")),
    (30, "signing_key", include_str!("../../../migrations/0030_signing_key.sql")),
    (35, "generation", include_str!("../../../migrations/0035_generation.sql")),
    (40, "debugging", include_str!("../../../migrations/0040_debugging.sql")),
    (41, "missed_calls", include_str!("../../../migrations/0041_missed_calls.sql")),
];

/// Brings the schema up to date; returns the names of the steps that were applied. Safe to call
/// from several processes at once: the table of steps is locked meanwhile.
pub async fn migrate(db: &Db, now: Timestamp) -> Result<Vec<&'static str>, StoreError> {
    migrate_to(db, i64::MAX, now).await
}

/// The same up to the step with the number `last`: the schema of an older program.
pub async fn migrate_to(db: &Db, last: i64, now: Timestamp) -> Result<Vec<&'static str>, StoreError> {
    db.write(move |tx| {
        if tx.kind() == DbKind::Postgres {
            // One node at a time, before the table of steps exists; given back with the commit.
            tx.first("select 1 from (select pg_advisory_xact_lock(7229604127)) as locked", &[], |_| Ok(()))?;
        }
        tx.execute(
            "create table if not exists schema_migration (version bigint primary key, name text not null, applied_at bigint not null)",
            &[],
        )?;
        let known = applied(tx)?;
        let mut done = Vec::new();
        // Numbers are given out in advance: a step may come later than one with a greater number.
        for (version, name, sql) in STEPS.iter().filter(|(version, _, _)| !known.contains(version) && *version <= last) {
            for statement in statements(sql, tx.kind()) {
                tx.execute(&statement, &[])?;
            }
            tx.execute("insert into schema_migration (version, name, applied_at) values ($1, $2, $3)", params![*version, *name, now])?;
            done.push(*name);
        }
        Ok(done)
    })
    .await
}

/// Whether the schema is the one that this program was written for.
pub async fn is_current(db: &Db) -> Result<bool, StoreError> {
    let known = db.read(applied).await;
    Ok(known.is_ok_and(|known| known.len() == STEPS.len() && STEPS.iter().all(|step| known.contains(&step.0))))
}

fn applied(tx: &mut Tx) -> Result<Vec<i64>, StoreError> {
    tx.all("select version from schema_migration order by version", &[], |row| row.int())
}

/// One statement each: comments away, divided at semicolons; a statement's own ones are written
/// `{;}`. What begins with `{sqlite}` or `{postgres}` is for that database alone.
fn statements(sql: &str, kind: DbKind) -> Vec<String> {
    let (bytes, mine, other) = match kind {
        DbKind::Sqlite => ("blob", "{sqlite}", "{postgres}"),
        DbKind::Postgres => ("bytea", "{postgres}", "{sqlite}"),
    };
    let plain: String =
        sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let plain = plain.replace("{;}", "\u{1}");
    let of_kind = plain.split(';').map(str::trim).filter(|s| !s.is_empty() && !s.starts_with(other));
    of_kind.map(|s| s.strip_prefix(mine).unwrap_or(s).trim().replace("{bytes}", bytes).replace('\u{1}', ";")).collect()
}
