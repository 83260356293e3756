//! What programs identify themselves with: API tokens of users, access keys of sellers.

use super::{Organisation, User, organisation_of, user};
use crate::db::{Row, StoreError, Tx};
use crate::params;
use domain::time::Timestamp;

/// A token for the JSON API.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct ApiToken {
    pub id: String,
    pub name: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// Writes the hash of a new API token.
pub fn insert_token(
    tx: &mut Tx,
    id: &str,
    user_id: &str,
    name: &str,
    hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "insert into api_token (id, user_id, name, token_hash, created_at) values ($1,$2,$3,$4,$5)",
        params![id, user_id, name, hash, now],
    )?;
    Ok(())
}

/// Who is behind an API token that has not been revoked.
#[derive(Debug, Clone)]
pub struct TokenBearer {
    /// Id of the token.
    pub token_id: String,
    /// When it was last seen, to about a minute.
    pub last_used_at: Option<Timestamp>,
    /// The user.
    pub user: User,
    /// His organisation; operators have none.
    pub organisation: Option<Organisation>,
}

/// The user behind an API token that has not been revoked, with his organisation: one query.
pub fn bearer_of_token(tx: &mut Tx, hash: &str) -> Result<Option<TokenBearer>, StoreError> {
    let sql = concat!(
        "select ",
        user_columns!(),
        ", t.id, t.last_used_at, ",
        organisation_columns!(),
        " from api_token t join user_account u on u.id = t.user_id left join organisation o on o.id = u.organisation_id where t.token_hash = $1 and t.revoked_at is null"
    );
    tx.first(sql, params![hash], |row| {
        let user = user(row)?;
        let (token_id, last_used_at) = (row.text()?, row.optional_time()?);
        let organisation = organisation_of(row, &user)?;
        Ok(TokenBearer { token_id, last_used_at, user, organisation })
    })
}

/// Remembers when a token was last used; at most once a minute, to spare writes.
pub fn touch_token(tx: &mut Tx, id: &str, now: Timestamp) -> Result<(), StoreError> {
    let minute_ago = now.plus(-domain::time::MINUTE);
    tx.send(
        "update api_token set last_used_at = $1 where id = $2 and (last_used_at is null or last_used_at < $3)",
        params![now, id, minute_ago],
    )
}

/// The API tokens of a user.
pub fn tokens_of(tx: &mut Tx, user_id: &str) -> Result<Vec<ApiToken>, StoreError> {
    tx.all(
        "select id, name, created_at, last_used_at, revoked_at from api_token where user_id = $1 order by id desc limit 100",
        params![user_id],
        |row| {
            Ok(ApiToken {
                id: row.text()?,
                name: row.text()?,
                created_at: row.time()?,
                last_used_at: row.optional_time()?,
                revoked_at: row.optional_time()?,
            })
        },
    )
}

/// Revokes a token of this user.
pub fn revoke_token(tx: &mut Tx, user_id: &str, id: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute_one(
        "update api_token set revoked_at = $1 where id = $2 and user_id = $3 and revoked_at is null",
        params![now, id, user_id],
    )
}

/// Revokes every API token of a user.
pub fn revoke_tokens_of(tx: &mut Tx, user_id: &str, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute("update api_token set revoked_at = $1 where user_id = $2 and revoked_at is null", params![now, user_id])
}

/// An access key of a seller (seller interface 1.3); the key itself is encrypted.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct AccessKey {
    pub id: String,
    pub organisation_id: String,
    pub interface_type: String,
    pub cipher: String,
    pub enabled: bool,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    /// Since when requests are signed with it; `None` while the seller has not installed it.
    pub signing_since: Option<Timestamp>,
}

/// Writes a new key.
pub fn insert_access_key(tx: &mut Tx, key: &AccessKey) -> Result<(), StoreError> {
    tx.execute(
        "insert into access_key (id, organisation_id, interface_type, cipher, enabled, created_at, signing_since) values ($1,$2,$3,$4,$5,$6,$7)",
        params![
            &key.id,
            &key.organisation_id,
            &key.interface_type,
            &key.cipher,
            key.enabled,
            key.created_at,
            key.signing_since
        ],
    )?;
    Ok(())
}

pub(crate) const ACCESS_KEY: &str = "select id, organisation_id, interface_type, cipher, enabled, created_at, last_used_at, signing_since from access_key";

/// The key to sign with comes first: the one that was chosen last, then the newest.
pub(crate) const SIGNS_FIRST: &str = "order by coalesce(signing_since, -1) desc, id desc";

pub(crate) fn access_key(row: &mut Row<'_>) -> Result<AccessKey, StoreError> {
    Ok(AccessKey {
        id: row.text()?,
        organisation_id: row.text()?,
        interface_type: row.text()?,
        cipher: row.text()?,
        enabled: row.flag()?,
        created_at: row.time()?,
        last_used_at: row.optional_time()?,
        signing_since: row.optional_time()?,
    })
}

/// The keys of a seller. The first one that is enabled is the one to sign with: the one that was
/// chosen for signing last; keys that were never chosen come after them, newest first.
pub fn access_keys(tx: &mut Tx, organisation_id: &str) -> Result<Vec<AccessKey>, StoreError> {
    tx.all(
        &format!("{ACCESS_KEY} where organisation_id = $1 {SIGNS_FIRST} limit 100"),
        params![organisation_id],
        access_key,
    )
}

/// Signs with this key from now on, and switches it on.
pub fn sign_with_access_key(tx: &mut Tx, organisation_id: &str, id: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute_one(
        "update access_key set signing_since = $1, enabled = 1 where id = $2 and organisation_id = $3",
        params![now, id, organisation_id],
    )
}

/// Switches a key of this seller on or off.
pub fn enable_access_key(tx: &mut Tx, organisation_id: &str, id: &str, enabled: bool) -> Result<(), StoreError> {
    tx.execute_one(
        "update access_key set enabled = $1 where id = $2 and organisation_id = $3",
        params![enabled, id, organisation_id],
    )
}

/// Remembers when a key was last used; at most once a minute, to spare writes.
pub fn touch_access_key(tx: &mut Tx, id: &str, now: Timestamp) -> Result<(), StoreError> {
    let minute_ago = now.plus(-domain::time::MINUTE);
    tx.execute(
        "update access_key set last_used_at = $1 where id = $2 and (last_used_at is null or last_used_at < $3)",
        params![now, id, minute_ago],
    )?;
    Ok(())
}
