//! The thin executor: one SQL text, two drivers.

use crate::postgres_db::PostgresDb;
use crate::sqlite_db::SqliteDb;
use std::borrow::Cow;
use std::sync::Arc;

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL null.
    Null,
    /// Any integer; columns are `bigint`.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

macro_rules! value_from {
    ($($from:ty => |$v:ident| $expr:expr;)*) => {$(
        impl From<$from> for Value { fn from($v: $from) -> Value { $expr } }
    )*};
}

value_from! {
    i64 => |v| Value::Int(v);
    bool => |v| Value::Int(i64::from(v));
    &str => |v| Value::Text(v.to_owned());
    String => |v| Value::Text(v);
    &String => |v| Value::Text(v.clone());
    Vec<u8> => |v| Value::Bytes(v);
    domain::time::Timestamp => |v| Value::Int(v.micros());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// The parameters of a statement, each converted.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*] };
}

/// What can go wrong below the rules.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the row meanwhile.
    #[error("the row was changed meanwhile")]
    Stale,
    /// A unique key exists already.
    #[error("duplicate key")]
    Duplicate,
    /// A row does not hold what the program expects.
    #[error("bad row: {0}")]
    BadRow(String),
    /// The database cannot be reached or is too busy.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The transaction met another one and may be tried again.
    #[error("serialization conflict")]
    Retry,
    /// A call with this idempotency key came before.
    #[error("idempotency key used before")]
    KeyUsed,
    /// A statement did not find what it was written for; the code says what that means.
    #[error("{0}")]
    Unmet(&'static str),
    /// Anything else; a defect.
    #[error("database: {0}")]
    Database(String),
}

impl StoreError {
    /// Whether running the whole transaction again may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self, StoreError::Retry)
    }
}

/// Which database is behind a [`Db`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DbKind {
    /// Embedded.
    Sqlite,
    /// A server.
    Postgres,
}

/// A database. Cheap to clone.
#[derive(Clone)]
pub enum Db {
    /// Embedded.
    Sqlite(Arc<SqliteDb>),
    /// A server, or an engine that speaks its protocol.
    Postgres(Arc<PostgresDb>),
}

/// How often a transaction that met another one is run again.
const TRIES: u32 = 8;

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`.
    pub async fn open(url: &str) -> Result<Db, StoreError> {
        let url = url.to_owned();
        blocking(move || {
            if let Some(path) = url.strip_prefix("sqlite:") {
                Ok(Db::Sqlite(Arc::new(SqliteDb::open(path.trim_start_matches("//"))?)))
            } else if url.starts_with("postgres://") || url.starts_with("postgresql://") || url.contains("host=") {
                Ok(Db::Postgres(Arc::new(PostgresDb::open(&url)?)))
            } else {
                Err(StoreError::Database("DATABASE_URL must begin with sqlite: or postgres://".into()))
            }
        })
        .await
    }

    /// Which database it is.
    pub fn kind(&self) -> DbKind {
        match self {
            Db::Sqlite(_) => DbKind::Sqlite,
            Db::Postgres(_) => DbKind::Postgres,
        }
    }

    /// The embedded database, where it is one.
    pub fn sqlite(&self) -> Option<&SqliteDb> {
        match self {
            Db::Sqlite(db) => Some(db),
            Db::Postgres(_) => None,
        }
    }

    /// Runs `body` in one transaction and commits it durably before returning. `body` may run
    /// several times (conflicts on PostgreSQL), so it must not touch anything but `tx`.
    pub async fn write<T, E, F>(&self, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Retryable + Send + 'static,
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        match self {
            Db::Sqlite(db) => db.write(body).await,
            Db::Postgres(db) => {
                let (db, turn) = (db.clone(), db.turn().await?);
                blocking(move || {
                    let _turn = turn;
                    let mut tries = 0;
                    loop {
                        match db.run(Around::Write, &body) {
                            Err(e) if e.is_retryable() && tries < TRIES => {
                                tries += 1;
                                std::thread::sleep(db.pause(tries));
                            }
                            result => return result,
                        }
                    }
                })
                .await
            }
        }
    }

    /// Runs `body` against a consistent view; nothing it writes is kept.
    pub async fn read<T, E, F>(&self, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Retryable + Send + 'static,
        F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        self.view(Around::Read, body).await
    }

    /// Runs `body`, which asks a single query: that sees one state by itself, and no transaction has
    /// to be begun and ended around it. A second statement is refused.
    pub async fn glance<T, E, F>(&self, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Retryable + Send + 'static,
        F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        self.view(Around::Nothing, body).await
    }

    async fn view<T, E, F>(&self, around: Around, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Retryable + Send + 'static,
        F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        match self {
            Db::Sqlite(db) => {
                let (db, turn) = (db.clone(), db.turn().await?);
                blocking(move || {
                    let _turn = turn;
                    db.read(around, body)
                })
                .await
            }
            Db::Postgres(db) => {
                let (db, turn) = (db.clone(), db.turn().await?);
                blocking(move || {
                    let _turn = turn;
                    db.run(around, body)
                })
                .await
            }
        }
    }
}

/// What a piece of work wants around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// A transaction that may write.
    Write,
    /// A transaction that sees one state throughout.
    Read,
    /// Nothing: one query sees one state by itself.
    Nothing,
}

/// Errors that can say whether running the transaction again may help.
pub trait Retryable {
    /// Whether it may.
    fn is_retryable(&self) -> bool;
}

impl Retryable for StoreError {
    fn is_retryable(&self) -> bool {
        StoreError::is_retryable(self)
    }
}

async fn blocking<T, E, F>(body: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: FnOnce() -> Result<T, E> + Send + 'static,
{
    match tokio::task::spawn_blocking(body).await {
        Ok(result) => result,
        Err(_) => Err(E::from(StoreError::Database("an operation panicked".into()))),
    }
}

/// An open transaction.
pub struct Tx<'a> {
    inner: Inner<'a>,
    /// Whether only one statement may be run.
    single: bool,
    used: bool,
    /// Whether a statement that was only sent has failed on SQLite: then nothing may be kept.
    broken: bool,
}

pub(crate) enum Inner<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a mut crate::postgres_db::Session),
}

/// Differences between the dialects, written as marks in the one text. To SQLite `$1` is a name,
/// numbered by its first appearance; `?1` is the number that is meant.
fn dialect(sql: &str, kind: DbKind) -> Cow<'_, str> {
    let marked = sql.contains('{');
    match kind {
        DbKind::Sqlite if marked => {
            let plain = sql.replace("{for update}", "").replace("{for update of o}", "").replace("{skip locked}", "");
            Cow::Owned(plain.replace('$', "?"))
        }
        DbKind::Sqlite => Cow::Owned(sql.replace('$', "?")),
        DbKind::Postgres if marked => Cow::Owned(
            sql.replace("{for update}", "for update")
                .replace("{for update of o}", "for update of o")
                .replace("{skip locked}", "for update skip locked"),
        ),
        DbKind::Postgres => Cow::Borrowed(sql),
    }
}

impl<'a> Tx<'a> {
    pub(crate) fn new(inner: Inner<'a>, single: bool) -> Tx<'a> {
        Tx { inner, single, used: false, broken: false }
    }

    /// Whether everything that was run did what it had to; otherwise nothing may be kept, even if
    /// whoever ran it went on.
    pub(crate) fn is_whole(&self) -> bool {
        match &self.inner {
            Inner::Sqlite(_) => !self.broken,
            Inner::Postgres(session) => session.is_whole(),
        }
    }

    /// Which database it runs on.
    pub fn kind(&self) -> DbKind {
        match self.inner {
            Inner::Sqlite(_) => DbKind::Sqlite,
            Inner::Postgres(_) => DbKind::Postgres,
        }
    }

    fn another(&mut self) -> Result<(), StoreError> {
        if self.single && self.used {
            return Err(StoreError::Database("a second statement without a transaction".into()));
        }
        self.used = true;
        Ok(())
    }

    /// Runs a statement; returns the number of rows that it changed.
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        self.another()?;
        let sql = dialect(sql, self.kind());
        match &mut self.inner {
            Inner::Sqlite(connection) => crate::sqlite_db::execute(connection, &sql, params),
            Inner::Postgres(session) => session.execute(&sql, params),
        }
    }

    /// Runs a statement whose answer nobody needs: on PostgreSQL it travels with the next one, and a
    /// failure comes out there, at the latest at the commit. Nothing of a transaction is kept in
    /// which such a statement has failed.
    pub fn send(&mut self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        self.dispatch(sql, params, None)
    }

    /// The same for a change that must hit exactly one row; `otherwise` comes out when it does not.
    pub fn send_one(&mut self, sql: &str, params: &[Value], otherwise: StoreError) -> Result<(), StoreError> {
        self.dispatch(sql, params, Some(otherwise))
    }

    fn dispatch(&mut self, sql: &str, params: &[Value], otherwise: Option<StoreError>) -> Result<(), StoreError> {
        self.another()?;
        let sql = dialect(sql, self.kind());
        match &mut self.inner {
            Inner::Sqlite(connection) => {
                let done = match (crate::sqlite_db::execute(connection, &sql, params), otherwise) {
                    (Ok(changed), Some(error)) if changed != 1 => Err(error),
                    (done, _) => done.map(|_| ()),
                };
                self.broken |= done.is_err();
                done
            }
            Inner::Postgres(session) => session.send(&sql, params, otherwise),
        }
    }

    /// Runs a change that must hit exactly one row; anything else is [`StoreError::Stale`].
    pub fn execute_one(&mut self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        if self.execute(sql, params)? == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Every row of a query.
    pub fn all<T>(
        &mut self,
        sql: &str,
        params: &[Value],
        mut read: impl FnMut(&mut Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.another()?;
        let sql = dialect(sql, self.kind());
        match &mut self.inner {
            Inner::Sqlite(connection) => crate::sqlite_db::query(connection, &sql, params, &mut read),
            Inner::Postgres(session) => {
                let mut found = Vec::new();
                session.query(&sql, params, &mut |row| {
                    found.push(read(row)?);
                    Ok(())
                })?;
                Ok(found)
            }
        }
    }

    /// The first row of a query.
    pub fn first<T>(
        &mut self,
        sql: &str,
        params: &[Value],
        read: impl FnMut(&mut Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, params, read)?.into_iter().next())
    }

    /// A number; zero when there is no row or it is null.
    pub fn number(&mut self, sql: &str, params: &[Value]) -> Result<i64, StoreError> {
        Ok(self.first(sql, params, |row| row.optional_int())?.flatten().unwrap_or(0))
    }

    /// Inserts many rows with few statements. `head` is `insert into t (a, b)`, `tail` what follows
    /// the values, such as `on conflict do nothing`.
    pub fn insert_many(
        &mut self,
        head: &str,
        width: usize,
        rows: &[Vec<Value>],
        tail: &str,
    ) -> Result<u64, StoreError> {
        let mut changed = 0;
        for chunk in chunks(width, rows) {
            let (sql, flat) = inserts(head, width, chunk, tail);
            changed += self.execute(&sql, &flat)?;
        }
        Ok(changed)
    }

    /// The same for rows that cannot be there yet; see [`Tx::send`].
    pub fn send_many(&mut self, head: &str, width: usize, rows: &[Vec<Value>]) -> Result<(), StoreError> {
        for chunk in chunks(width, rows) {
            let (sql, flat) = inserts(head, width, chunk, "");
            self.send(&sql, &flat)?;
        }
        Ok(())
    }
}

/// As many rows as a statement may have parameters for.
fn chunks(width: usize, rows: &[Vec<Value>]) -> impl Iterator<Item = &[Vec<Value>]> {
    rows.chunks((30_000 / width.max(1)).clamp(1, 500))
}

fn inserts(head: &str, width: usize, rows: &[Vec<Value>], tail: &str) -> (String, Vec<Value>) {
    let mut sql = String::with_capacity(head.len() + rows.len() * width * 6 + tail.len() + 8);
    sql.push_str(head);
    sql.push_str(" values ");
    for i in 0..rows.len() {
        let marks: Vec<String> = (1..=width).map(|n| format!("${}", i * width + n)).collect();
        sql.push_str(if i == 0 { "(" } else { ",(" });
        sql.push_str(&marks.join(","));
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(tail);
    (sql, rows.iter().flatten().cloned().collect())
}

/// A row, read column by column in the order of the query.
pub struct Row<'a> {
    pub(crate) inner: RowInner<'a>,
    pub(crate) next: usize,
}

pub(crate) enum RowInner<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

macro_rules! column {
    ($(#[$doc:meta])* $name:ident: $type:ty) => {
        $(#[$doc])*
        pub fn $name(&mut self) -> Result<$type, StoreError> {
            let index = self.next;
            self.next += 1;
            match self.inner {
                RowInner::Sqlite(row) => row.get(index).map_err(|e| StoreError::BadRow(e.to_string())),
                RowInner::Postgres(row) => row.try_get(index).map_err(|e| StoreError::BadRow(e.to_string())),
            }
        }
    };
}

impl Row<'_> {
    column!(/// A text column.
        text: String);
    column!(/// A text column that may be null.
        optional_text: Option<String>);
    column!(/// An integer column.
        int: i64);
    column!(/// An integer column that may be null.
        optional_int: Option<i64>);
    column!(/// A bytes column.
        bytes: Vec<u8>);

    /// An integer column that holds 0 or 1.
    pub fn flag(&mut self) -> Result<bool, StoreError> {
        Ok(self.int()? != 0)
    }

    /// A time column.
    pub fn time(&mut self) -> Result<domain::time::Timestamp, StoreError> {
        self.int().map(domain::time::Timestamp)
    }

    /// A time column that may be null.
    pub fn optional_time(&mut self) -> Result<Option<domain::time::Timestamp>, StoreError> {
        Ok(self.optional_int()?.map(domain::time::Timestamp))
    }

    /// Two text columns: Chinese and English.
    pub fn localized(&mut self) -> Result<domain::text::Localized, StoreError> {
        Ok(domain::text::Localized { zh: self.text()?, en: self.text()? })
    }

    /// An amount column followed by its currency column.
    pub fn money(&mut self) -> Result<domain::money::Money, StoreError> {
        let e8 = self.int()?;
        let currency = self.coded(domain::money::Currency::from_code)?;
        Ok(domain::money::Money::from_e8(e8, currency))
    }

    /// A text column that holds one of our codes.
    pub fn coded<T>(&mut self, read: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
        let code = self.text()?;
        read(&code).ok_or_else(|| StoreError::BadRow(format!("unknown code {code:?} in column {}", self.next)))
    }

    /// A text column that holds JSON of ours.
    pub fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        let text = self.text()?;
        serde_json::from_str(&text).map_err(|e| StoreError::BadRow(format!("column {}: {e}", self.next)))
    }
}

/// A value of ours as JSON text for a column.
pub fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Database(e.to_string()))
}
