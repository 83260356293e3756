//! User groups of organisations (supply side 1.9, area `identity`).

use crate::db::{Row, StoreError, Tx};
use crate::params;
use domain::access::Right;
use domain::time::Timestamp;

/// A group of members with its rights.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct MemberGroup {
    pub id: String,
    pub organisation_id: String,
    pub name: String,
    pub rights: Vec<Right>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

const GROUP: &str =
    "select g.id, g.organisation_id, g.name, g.rights, g.created_at, g.updated_at, g.version from member_group g";

fn group(row: &mut Row<'_>) -> Result<MemberGroup, StoreError> {
    Ok(MemberGroup {
        id: row.text()?,
        organisation_id: row.text()?,
        name: row.text()?,
        rights: row.json()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        version: row.int()?,
    })
}

/// The groups of an organisation, by name; at most 200.
pub fn list(tx: &mut Tx, organisation_id: &str) -> Result<Vec<MemberGroup>, StoreError> {
    let sql = format!("{GROUP} where g.organisation_id = $1 order by g.name, g.id limit 200");
    tx.all(&sql, params![organisation_id], group)
}

/// A group of this organisation.
pub fn load(tx: &mut Tx, organisation_id: &str, id: &str) -> Result<Option<MemberGroup>, StoreError> {
    tx.first(&format!("{GROUP} where g.organisation_id = $1 and g.id = $2"), params![organisation_id, id], group)
}

/// Writes a new group. [`StoreError::Duplicate`] when the organisation has one of that name.
pub fn insert(tx: &mut Tx, g: &MemberGroup) -> Result<(), StoreError> {
    tx.execute(
        "insert into member_group (id, organisation_id, name, rights, created_at, updated_at, version) values ($1,$2,$3,$4,$5,$6,$7)",
        params![&g.id, &g.organisation_id, &g.name, crate::db::to_json(&g.rights)?, g.created_at, g.updated_at, g.version],
    )?;
    Ok(())
}

/// Saves a group that was loaded with `g.version`. [`StoreError::Duplicate`] as above.
pub fn save(tx: &mut Tx, g: &MemberGroup) -> Result<(), StoreError> {
    tx.execute_one(
        "update member_group set name = $1, rights = $2, updated_at = $3, version = version + 1 where id = $4 and organisation_id = $5 and version = $6",
        params![&g.name, crate::db::to_json(&g.rights)?, g.updated_at, &g.id, &g.organisation_id, g.version],
    )
}

/// Deletes a group; its members must have left it.
pub fn delete(tx: &mut Tx, organisation_id: &str, id: &str) -> Result<(), StoreError> {
    tx.execute_one("delete from member_group where id = $1 and organisation_id = $2", params![id, organisation_id])
}

/// Ids of the members of a group.
pub fn users_in(tx: &mut Tx, group_id: &str) -> Result<Vec<String>, StoreError> {
    let sql = "select user_id from member_group_user where group_id = $1 order by user_id limit 5000";
    tx.all(sql, params![group_id], |row| row.text())
}

/// The groups of a user, by name.
pub fn groups_of(tx: &mut Tx, user_id: &str) -> Result<Vec<MemberGroup>, StoreError> {
    let sql = format!(
        "{GROUP} join member_group_user m on m.group_id = g.id where m.user_id = $1 order by g.name, g.id limit 200"
    );
    tx.all(&sql, params![user_id], group)
}

/// Puts a user into a group.
pub fn join(tx: &mut Tx, group_id: &str, user_id: &str) -> Result<(), StoreError> {
    tx.execute("insert into member_group_user (group_id, user_id) values ($1, $2)", params![group_id, user_id])?;
    Ok(())
}

/// Takes a user out of a group.
pub fn leave(tx: &mut Tx, group_id: &str, user_id: &str) -> Result<(), StoreError> {
    tx.execute("delete from member_group_user where group_id = $1 and user_id = $2", params![group_id, user_id])?;
    Ok(())
}

/// Writes the union of the rights of a user's groups beside the user. Called after every change of
/// his groups or of their rights.
pub fn refresh_rights(tx: &mut Tx, user_id: &str) -> Result<(), StoreError> {
    let mut rights: Vec<Right> = groups_of(tx, user_id)?.into_iter().flat_map(|g| g.rights).collect();
    rights.sort_unstable();
    rights.dedup();
    tx.execute_one(
        "update user_account set group_rights = $1, version = version + 1 where id = $2",
        params![crate::db::to_json(&rights)?, user_id],
    )
}
