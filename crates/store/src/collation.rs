//! Ids and cursors are compared byte by byte, as SQLite and the program do; a PostgreSQL database
//! with the order of a language would lose rows between two pages without a word.

use crate::db::{Db, DbKind, StoreError};

/// Refuses a database that does not sort text by its bytes, with what to do about it.
pub async fn check(db: &Db) -> Result<(), StoreError> {
    if db.kind() == DbKind::Sqlite {
        return Ok(());
    }
    let found = db.read(|tx| {
        let by_bytes =
            tx.number("select cast(case when 'a' > 'B' and '_' > 'Z' and '~' > 'z' then 1 else 0 end as bigint)", &[])?;
        let name =
            tx.first("select datcollate from pg_database where datname = current_database()", &[], |row| row.text())?;
        Ok::<_, StoreError>((by_bytes == 1, name.unwrap_or_default()))
    });
    let (by_bytes, name) = found.await?;
    if by_bytes {
        return Ok(());
    }
    Err(StoreError::Database(format!(
        "this PostgreSQL database sorts text in the order of a language ({name}), so that lists and searches for ids would lose rows. Create it with: create database yunfang template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8'; then move the data with pg_dump and pg_restore"
    )))
}
