//! Stored files: small ones, in the database, so that a backup holds everything.

use crate::db::{StoreError, Tx};
use crate::params;
use domain::time::Timestamp;

/// A file without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct FileInfo {
    pub id: String,
    pub organisation_id: String,
    pub name: String,
    pub media_type: String,
    pub size: i64,
    pub sha256: String,
    pub created_at: Timestamp,
}

/// Stores a file.
pub fn insert(tx: &mut Tx, info: &FileInfo, content: Vec<u8>) -> Result<(), StoreError> {
    tx.execute(
        "insert into file (id, organisation_id, name, media_type, size, sha256, created_at) values ($1,$2,$3,$4,$5,$6,$7)",
        params![&info.id, &info.organisation_id, &info.name, &info.media_type, info.size, &info.sha256, info.created_at],
    )?;
    tx.execute("insert into file_content (file_id, content) values ($1, $2)", params![&info.id, content])?;
    Ok(())
}

/// A file with its content.
pub fn load(tx: &mut Tx, id: &str) -> Result<Option<(FileInfo, Vec<u8>)>, StoreError> {
    tx.first(
        "select f.id, f.organisation_id, f.name, f.media_type, f.size, f.sha256, f.created_at, c.content from file f join file_content c on c.file_id = f.id where f.id = $1",
        params![id],
        |row| {
            let info = FileInfo {
                id: row.text()?,
                organisation_id: row.text()?,
                name: row.text()?,
                media_type: row.text()?,
                size: row.int()?,
                sha256: row.text()?,
                created_at: row.time()?,
            };
            Ok((info, row.bytes()?))
        },
    )
}

/// Whether a file belongs to this organisation.
pub fn belongs_to(tx: &mut Tx, id: &str, organisation_id: &str) -> Result<bool, StoreError> {
    Ok(tx.number("select count(*) from file where id = $1 and organisation_id = $2", params![id, organisation_id])?
        == 1)
}

/// Number and bytes of what an organisation has stored since `from` (supply side GN-2).
pub fn stored_since(tx: &mut Tx, organisation_id: &str, from: Timestamp) -> Result<(i64, i64), StoreError> {
    let found = tx.first(
        "select count(*), cast(coalesce(sum(size), 0) as bigint) from file where organisation_id = $1 and created_at >= $2",
        params![organisation_id, from],
        |row| Ok((row.int()?, row.int()?)),
    )?;
    Ok(found.unwrap_or((0, 0)))
}

/// Ids of files stored before `before` that nothing of their organisation names: no product, no
/// version of one, no application and no shop. Content is read as text, so a file that a description
/// names counts as used too.
pub fn unused(tx: &mut Tx, before: Timestamp) -> Result<Vec<String>, StoreError> {
    let owners =
        tx.all("select distinct organisation_id from file where created_at < $1", params![before], |row| row.text())?;
    let mut unused = Vec::new();
    for owner in owners {
        let mut used = std::collections::HashSet::new();
        for sql in [
            "select content from product where organisation_id = $1",
            "select v.content from product_version v join product p on p.id = v.product_id where p.organisation_id = $1",
            "select content from application where organisation_id = $1",
            "select coalesce(logo, '') from organisation where id = $1",
        ] {
            tx.all(sql, params![&owner], |row| {
                used.extend(named(&row.text()?));
                Ok(())
            })?;
        }
        let sql = "select id from file where organisation_id = $1 and created_at < $2";
        let old = tx.all(sql, params![&owner, before], |row| row.text())?;
        unused.extend(old.into_iter().filter(|id| !used.contains(id)));
    }
    Ok(unused)
}

/// Every file id in a text.
fn named(text: &str) -> Vec<String> {
    let ids = text.match_indices("fil_").map(|(at, mark)| {
        let rest = text[at + mark.len()..].chars().take_while(char::is_ascii_alphanumeric);
        mark.chars().chain(rest).collect()
    });
    ids.collect()
}

/// Deletes a file with its content.
pub fn delete(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    tx.execute("delete from file_content where file_id = $1", params![id])?;
    tx.execute("delete from file where id = $1", params![id])?;
    Ok(())
}
