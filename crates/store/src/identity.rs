//! Organisations, users, sessions, keys (area `identity`).

use crate::db::{Row, StoreError, Tx};
use crate::listing::{self, Filter, PageRequest, Paged};
use crate::params;
use domain::access::{MemberRole, OperatorRole, Right};
use domain::identity::{LogInRecord, SellerState, Verification};
use domain::text::Localized;
use domain::time::Timestamp;
use std::collections::BTreeMap;

/// A company.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Organisation {
    pub id: String,
    pub name: Localized,
    pub legal_name: String,
    pub credit_code: String,
    pub verification: Verification,
    pub seller_state: SellerState,
    pub is_partner: bool,
    pub sandbox: bool,
    pub clock_offset: i64,
    pub frozen: bool,
    pub profile: Localized,
    pub logo: Option<String>,
    pub website: String,
    pub service_email: String,
    pub service_phone: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

macro_rules! organisation_columns {
    () => {
        "o.id, o.name_zh, o.name_en, o.legal_name, o.credit_code, o.verification, o.seller_state, o.is_partner, o.sandbox, o.clock_offset, o.frozen, o.profile_zh, o.profile_en, o.logo, o.website, o.service_email, o.service_phone, o.created_at, o.updated_at, o.version"
    };
}

const ORGANISATION: &str = concat!("select ", organisation_columns!(), " from organisation o");

fn organisation(row: &mut Row<'_>) -> Result<Organisation, StoreError> {
    Ok(Organisation {
        id: row.text()?,
        name: row.localized()?,
        legal_name: row.text()?,
        credit_code: row.text()?,
        verification: row.coded(Verification::from_code)?,
        seller_state: row.coded(SellerState::from_code)?,
        is_partner: row.flag()?,
        sandbox: row.flag()?,
        clock_offset: row.int()?,
        frozen: row.flag()?,
        profile: row.localized()?,
        logo: row.optional_text()?,
        website: row.text()?,
        service_email: row.text()?,
        service_phone: row.text()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        version: row.int()?,
    })
}

/// Writes a new organisation. [`StoreError::Duplicate`] when the company exists.
pub fn insert_organisation(tx: &mut Tx, o: &Organisation) -> Result<(), StoreError> {
    tx.execute(
        "insert into organisation (id, name_zh, name_en, legal_name, credit_code, verification, seller_state, is_partner, sandbox, clock_offset, frozen, profile_zh, profile_en, logo, website, service_email, service_phone, created_at, updated_at, version)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20)",
        params![
            &o.id, &o.name.zh, &o.name.en, &o.legal_name, &o.credit_code, o.verification.code(), o.seller_state.code(),
            o.is_partner, o.sandbox, o.clock_offset, o.frozen, &o.profile.zh, &o.profile.en, o.logo.clone(), &o.website,
            &o.service_email, &o.service_phone, o.created_at, o.updated_at, o.version
        ],
    )?;
    Ok(())
}

/// Saves an organisation that was loaded with `o.version`.
pub fn save_organisation(tx: &mut Tx, o: &Organisation) -> Result<(), StoreError> {
    tx.execute_one(
        "update organisation set name_zh=$1, name_en=$2, legal_name=$3, credit_code=$4, verification=$5, seller_state=$6, is_partner=$7, sandbox=$8, clock_offset=$9, frozen=$10, profile_zh=$11, profile_en=$12, logo=$13, website=$14, service_email=$15, service_phone=$16, updated_at=$17, version=version+1 where id=$18 and version=$19",
        params![
            &o.name.zh, &o.name.en, &o.legal_name, &o.credit_code, o.verification.code(), o.seller_state.code(),
            o.is_partner, o.sandbox, o.clock_offset, o.frozen, &o.profile.zh, &o.profile.en, o.logo.clone(), &o.website,
            &o.service_email, &o.service_phone, o.updated_at, &o.id, o.version
        ],
    )
}

/// An organisation by id.
pub fn load_organisation(tx: &mut Tx, id: &str) -> Result<Option<Organisation>, StoreError> {
    tx.first(&format!("{ORGANISATION} where id = $1"), params![id], organisation)
}

/// Names of these organisations by id; at most a page of a list.
pub fn organisation_names(tx: &mut Tx, ids: &[String]) -> Result<BTreeMap<String, Localized>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let wanted = Filter::new().and_in("id", ids);
    let sql = format!("select id, name_zh, name_en from organisation{}", wanted.sql());
    Ok(tx.all(&sql, wanted.values(), |row| Ok((row.text()?, row.localized()?)))?.into_iter().collect())
}

/// Filters of the operator's list of organisations.
#[derive(Debug, Clone, Default)]
pub struct OrganisationFilter {
    /// Part of a name.
    pub text: Option<String>,
    /// Verification state.
    pub verification: Option<String>,
    /// Seller state.
    pub seller_state: Option<String>,
}

/// A page of organisations, for operators.
pub fn list_organisations(
    tx: &mut Tx,
    filter: &OrganisationFilter,
    page: &PageRequest,
) -> Result<Paged<Organisation>, StoreError> {
    let mut clauses = Filter::new()
        .and_if("verification = ?", filter.verification.clone())
        .and_if("seller_state = ?", filter.seller_state.clone());
    if let Some(text) = &filter.text {
        clauses = clauses.and(
            "(lower(name_zh) || ' ' || lower(name_en) || ' ' || lower(legal_name) || ' ' || id) like ? escape '!'",
            listing::contains(&text.to_lowercase()),
        );
    }
    listing::page(tx, ORGANISATION, clauses, ("created_at", "id"), page, organisation, |o| {
        (o.created_at.micros(), o.id.clone())
    })
}

/// What a user is.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// Member of an organisation.
    Member {
        /// Organisation id.
        organisation_id: String,
        /// Role.
        role: MemberRole,
        /// Rights beyond the role.
        extra: Vec<Right>,
    },
    /// Operator of the market.
    Operator {
        /// Role.
        role: OperatorRole,
    },
}

/// A person's account.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct User {
    pub id: String,
    pub standing: Standing,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub language: String,
    pub record: LogInRecord,
    pub disabled: bool,
    pub created_at: Timestamp,
    pub last_login_at: Option<Timestamp>,
    pub version: i64,
    /// Products to which a sub-user's product rights are narrowed; empty: all (D-08).
    pub products: Vec<String>,
    /// Whether the owner has switched on programmatic access (ON-43).
    pub programmatic: bool,
    /// Rights of his groups (ON-40).
    pub group_rights: Vec<Right>,
}

macro_rules! user_columns {
    () => {
        "u.id, u.organisation_id, u.email, u.name, u.password_hash, u.role, u.is_operator, u.extra_rights, u.language, u.failures, u.locked_until, u.disabled, u.created_at, u.last_login_at, u.version, u.products, u.programmatic, u.group_rights"
    };
}

const USER: &str = concat!("select ", user_columns!(), " from user_account u");

mod keys;
pub use keys::*;
pub(crate) use keys::{ACCESS_KEY, SIGNS_FIRST, access_key};

impl User {
    /// Role and further rights of a member; `None` for an operator.
    pub fn grants(&self) -> Option<(MemberRole, &[Right])> {
        match &self.standing {
            Standing::Member { role, extra, .. } => Some((*role, extra)),
            Standing::Operator { .. } => None,
        }
    }
}

fn user(row: &mut Row<'_>) -> Result<User, StoreError> {
    let id = row.text()?;
    let organisation_id = row.optional_text()?;
    let (email, name, password_hash, role) = (row.text()?, row.text()?, row.text()?, row.text()?);
    let is_operator = row.flag()?;
    let extra: Vec<Right> = row.json()?;
    let bad = || StoreError::BadRow(format!("user {id}: role {role:?}"));
    let standing = if is_operator {
        Standing::Operator { role: OperatorRole::from_code(&role).ok_or_else(bad)? }
    } else {
        let organisation_id = organisation_id.ok_or_else(bad)?;
        Standing::Member { organisation_id, role: MemberRole::from_code(&role).ok_or_else(bad)?, extra }
    };
    Ok(User {
        standing,
        email,
        name,
        password_hash,
        language: row.text()?,
        record: LogInRecord { failures: row.int()?, locked_until: row.optional_time()? },
        disabled: row.flag()?,
        created_at: row.time()?,
        last_login_at: row.optional_time()?,
        version: row.int()?,
        products: row.json()?,
        programmatic: row.flag()?,
        group_rights: row.json()?,
        id,
    })
}

impl User {
    /// Whether he was invited and has not chosen a password yet: nothing binds him so far.
    pub fn is_invited(&self) -> bool {
        self.password_hash.is_empty()
    }
}

/// Writes a new user. [`StoreError::Duplicate`] when the address has an account.
pub fn insert_user(tx: &mut Tx, u: &User) -> Result<(), StoreError> {
    let (organisation, role, operator, extra) = match &u.standing {
        Standing::Member { organisation_id, role, extra } => {
            (Some(organisation_id.clone()), role.code(), false, crate::db::to_json(extra)?)
        }
        Standing::Operator { role } => (None, role.code(), true, "[]".to_owned()),
    };
    tx.execute(
        "insert into user_account (id, organisation_id, email, name, password_hash, role, is_operator, extra_rights, language, failures, locked_until, disabled, created_at, last_login_at, version)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)",
        params![
            &u.id, organisation, &u.email, &u.name, &u.password_hash, role, operator, extra, &u.language,
            u.record.failures, u.record.locked_until, u.disabled, u.created_at, u.last_login_at, u.version
        ],
    )?;
    Ok(())
}

/// Saves a user that was loaded with `u.version`.
pub fn save_user(tx: &mut Tx, u: &User) -> Result<(), StoreError> {
    let (role, extra) = match &u.standing {
        Standing::Member { role, extra, .. } => (role.code(), crate::db::to_json(extra)?),
        Standing::Operator { role } => (role.code(), "[]".to_owned()),
    };
    tx.execute_one(
        "update user_account set name=$1, password_hash=$2, role=$3, extra_rights=$4, language=$5, failures=$6, locked_until=$7, disabled=$8, last_login_at=$9, products=$10, programmatic=$11, version=version+1 where id=$12 and version=$13",
        params![
            &u.name, &u.password_hash, role, extra, &u.language, u.record.failures, u.record.locked_until, u.disabled,
            u.last_login_at, crate::db::to_json(&u.products)?, u.programmatic, &u.id, u.version
        ],
    )
}

/// A user by folded address.
pub fn user_by_email(tx: &mut Tx, email: &str) -> Result<Option<User>, StoreError> {
    tx.first(&format!("{USER} where u.email = $1"), params![email], user)
}

/// A user by id.
pub fn load_user(tx: &mut Tx, id: &str) -> Result<Option<User>, StoreError> {
    tx.first(&format!("{USER} where u.id = $1"), params![id], user)
}

/// The users of an organisation.
pub fn users_of(tx: &mut Tx, organisation_id: &str) -> Result<Vec<User>, StoreError> {
    tx.all(&format!("{USER} where u.organisation_id = $1 order by u.id limit 5000"), params![organisation_id], user)
}

/// The operators.
pub fn operators(tx: &mut Tx) -> Result<Vec<User>, StoreError> {
    tx.all(&format!("{USER} where u.is_operator = 1 order by u.id limit 5000"), &[], user)
}

/// Addresses of the owners of an organisation, for mails.
pub fn owner_emails(tx: &mut Tx, organisation_id: &str) -> Result<Vec<(String, String)>, StoreError> {
    tx.all(
        "select email, language from user_account where organisation_id = $1 and role = 'owner' and disabled = 0",
        params![organisation_id],
        |row| Ok((row.text()?, row.text()?)),
    )
}

/// A log-in that goes on.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Session {
    pub token_hash: String,
    pub user_id: String,
    pub csrf: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
}

/// Begins a session.
pub fn insert_session(tx: &mut Tx, s: &Session, agent: &str) -> Result<(), StoreError> {
    tx.execute(
        "insert into session (token_hash, user_id, csrf, created_at, last_seen_at, agent) values ($1,$2,$3,$4,$5,$6)",
        params![&s.token_hash, &s.user_id, &s.csrf, s.created_at, s.last_seen_at, agent],
    )?;
    Ok(())
}

/// The columns of an organisation that was joined to its user; operators have none.
fn organisation_of(row: &mut Row<'_>, user: &User) -> Result<Option<Organisation>, StoreError> {
    match user.standing {
        Standing::Member { .. } => organisation(row).map(Some),
        Standing::Operator { .. } => Ok(None),
    }
}

/// The session behind a cookie, with its user and his organisation.
pub fn session(tx: &mut Tx, token_hash: &str) -> Result<Option<(Session, User, Option<Organisation>)>, StoreError> {
    let sql = concat!(
        "select ",
        user_columns!(),
        ", s.token_hash, s.csrf, s.created_at, s.last_seen_at, ",
        organisation_columns!(),
        " from session s join user_account u on u.id = s.user_id left join organisation o on o.id = u.organisation_id where s.token_hash = $1"
    );
    tx.first(sql, params![token_hash], |row| {
        let user = user(row)?;
        let session = Session {
            token_hash: row.text()?,
            user_id: user.id.clone(),
            csrf: row.text()?,
            created_at: row.time()?,
            last_seen_at: row.time()?,
        };
        let organisation = organisation_of(row, &user)?;
        Ok((session, user, organisation))
    })
}

/// Marks a session as used.
pub fn touch_session(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("update session set last_seen_at = $1 where token_hash = $2", params![now, token_hash])?;
    Ok(())
}

/// Ends a session.
pub fn delete_session(tx: &mut Tx, token_hash: &str) -> Result<(), StoreError> {
    tx.execute("delete from session where token_hash = $1", params![token_hash])?;
    Ok(())
}

/// Ends every session of a user but one.
pub fn delete_sessions_of(tx: &mut Tx, user_id: &str, except: &str) -> Result<u64, StoreError> {
    tx.execute("delete from session where user_id = $1 and token_hash <> $2", params![user_id, except])
}

/// Ends sessions that nobody has used since `before`.
pub fn delete_idle_sessions(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute("delete from session where last_seen_at < $1", params![before])
}

/// Writes the hash of a password-reset token.
pub fn insert_reset(
    tx: &mut Tx,
    hash: &str,
    user_id: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "insert into password_reset (token_hash, user_id, created_at, expires_at) values ($1,$2,$3,$4)",
        params![hash, user_id, now, until],
    )?;
    Ok(())
}

/// Uses up a reset token; the user's id when it was good.
pub fn use_reset(tx: &mut Tx, hash: &str, now: Timestamp) -> Result<Option<String>, StoreError> {
    tx.first(
        "update password_reset set used_at = $1 where token_hash = $2 and used_at is null and expires_at >= $1 returning user_id",
        params![now, hash],
        |row| row.text(),
    )
}

/// Whether a reset token can still be used.
pub fn reset_is_good(tx: &mut Tx, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "select count(*) from password_reset where token_hash = $1 and used_at is null and expires_at >= $2";
    Ok(tx.number(sql, params![hash, now])? > 0)
}

/// Makes every link that a user was mailed useless.
pub fn use_up_resets(tx: &mut Tx, user_id: &str, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute("update password_reset set used_at = $1 where user_id = $2 and used_at is null", params![now, user_id])
}

/// The parameters that operators have changed.
pub fn settings(tx: &mut Tx) -> Result<domain::settings::Settings, StoreError> {
    let mut settings = domain::settings::Settings::default();
    for (key, value) in tx.all("select key, value from setting", &[], |row| Ok((row.text()?, row.int()?)))? {
        settings.set(&key, value);
    }
    Ok(settings)
}

/// Changes a parameter.
pub fn save_setting(tx: &mut Tx, key: &str, value: i64, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "insert into setting (key, value, updated_at) values ($1, $2, $3) on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at",
        params![key, value, now],
    )?;
    Ok(())
}

/// The roles of all operators who may log in.
pub fn roles_of_operators(tx: &mut Tx) -> Result<Vec<OperatorRole>, StoreError> {
    let sql = "select role from user_account where is_operator = 1 and disabled = 0";
    tx.all(sql, &[], |row| row.coded(OperatorRole::from_code))
}

/// Whether any seller may publish.
pub fn any_active_seller(tx: &mut Tx) -> Result<bool, StoreError> {
    let found = tx.first("select id from organisation where seller_state = 'ACTIVE' limit 1", &[], |row| row.text())?;
    Ok(found.is_some())
}

/// Failed log-ins of a key, locked for the rest of the transaction so that of several attempts at once
/// each counts.
pub fn failures_for_update(tx: &mut Tx, key: &str, now: Timestamp) -> Result<LogInRecord, StoreError> {
    tx.execute(
        "insert into login_failure (key, failures, updated_at) values ($1, 0, $2) on conflict do nothing",
        params![key, now],
    )?;
    let sql = "select failures, locked_until from login_failure where key = $1 {for update}";
    let found = tx
        .first(sql, params![key], |row| Ok(LogInRecord { failures: row.int()?, locked_until: row.optional_time()? }))?;
    Ok(found.unwrap_or_default())
}

/// Failed log-ins of a key.
pub fn failures(tx: &mut Tx, key: &str) -> Result<LogInRecord, StoreError> {
    let found = tx.first("select failures, locked_until from login_failure where key = $1", params![key], |row| {
        Ok(LogInRecord { failures: row.int()?, locked_until: row.optional_time()? })
    })?;
    Ok(found.unwrap_or_default())
}

/// Writes what [`failures_for_update`] has read and the caller has changed.
pub fn save_failures(tx: &mut Tx, key: &str, record: LogInRecord, now: Timestamp) -> Result<(), StoreError> {
    tx.execute_one(
        "update login_failure set failures = $1, locked_until = $2, updated_at = $3 where key = $4",
        params![record.failures, record.locked_until, now, key],
    )
}

/// Forgets the failures of a key, or of every key that begins so.
pub fn forget_failures(tx: &mut Tx, beginning: &str) -> Result<u64, StoreError> {
    // Keys are hexadecimal: nothing in them means anything to `like`.
    tx.execute("delete from login_failure where key like $1", params![format!("{beginning}%")])
}

/// Forgets failures that nothing has followed since `before`.
pub fn forget_old_failures(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute("delete from login_failure where updated_at < $1", params![before])
}

/// When a user was last mailed a link that he has not used.
pub fn last_reset(tx: &mut Tx, user_id: &str) -> Result<Option<Timestamp>, StoreError> {
    let sql = "select max(created_at) from password_reset where user_id = $1 and used_at is null";
    Ok(tx.first(sql, params![user_id], |row| row.optional_time())?.flatten())
}

/// Members who were invited before `before` and have never chosen a password.
pub fn invited_before(tx: &mut Tx, before: Timestamp) -> Result<Vec<User>, StoreError> {
    let sql = format!("{USER} where u.password_hash = '' and u.is_operator = 0 and u.created_at < $1 limit 500");
    tx.all(&sql, params![before], user)
}

/// Takes an invitation back; [`StoreError::Stale`] when it has been accepted.
pub fn delete_invited(tx: &mut Tx, user_id: &str) -> Result<(), StoreError> {
    tx.execute("delete from password_reset where user_id = $1", params![user_id])?;
    tx.execute("delete from member_group_user where user_id = $1", params![user_id])?;
    tx.execute_one("delete from user_account where id = $1 and password_hash = ''", params![user_id])
}

/// Whether a company of this name is verified, or waits for it with the same credit code.
pub fn company_claimed(tx: &mut Tx, legal_name: &str, credit_code: &str) -> Result<bool, StoreError> {
    let sql = "select count(*) from organisation where legal_name = $1 and (verification = 'VERIFIED' or (verification = 'PENDING' and credit_code = $2 and credit_code <> ''))";
    Ok(tx.number(sql, params![legal_name, credit_code])? > 0)
}
