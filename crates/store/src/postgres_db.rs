//! PostgreSQL: a small pool of connections, each with its prepared statements.

use crate::db::{Inner, Row, RowInner, StoreError, Tx, Value};
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, IsolationLevel, Statement};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Prepared statements kept per connection; dynamic filters make many texts.
const STATEMENTS: usize = 400;

/// A database server.
pub struct PostgresDb {
    config: postgres::Config,
    pool: Mutex<Pool>,
    returned: Condvar,
    limit: usize,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    open: usize,
}

struct Connection {
    client: Client,
    cache: HashMap<String, Statement>,
}

impl PostgresDb {
    pub(crate) fn open(url: &str) -> Result<PostgresDb, StoreError> {
        let config: postgres::Config = url.parse().map_err(|e| StoreError::Unavailable(format!("{e}")))?;
        let db = PostgresDb { config, pool: Mutex::default(), returned: Condvar::new(), limit: 16 };
        let connection = db.take()?;
        db.give(Some(connection));
        Ok(db)
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        let mut config = self.config.clone();
        config.application_name("yunfang").connect_timeout(Duration::from_secs(10));
        let client = match config.get_ssl_mode() {
            postgres::config::SslMode::Disable => config.connect(postgres::NoTls),
            _ => config.connect(tls()),
        };
        let mut client = client.map_err(|e| {
            // The library says "db error" and keeps the server's own words to itself.
            StoreError::Unavailable(e.as_db_error().map_or_else(|| e.to_string(), |d| d.message().to_owned()))
        })?;
        // A buyer who was told "paid" has been paid for, whatever the server's default is.
        client
            .batch_execute("set synchronous_commit = on; set lock_timeout = '10s'; set statement_timeout = '60s'")
            .map_err(failure)?;
        Ok(Connection { client, cache: HashMap::new() })
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let poisoned = |_| StoreError::Unavailable("connection pool".into());
        let mut pool = self.pool.lock().map_err(poisoned)?;
        loop {
            if let Some(connection) = pool.idle.pop() {
                if !connection.client.is_closed() {
                    return Ok(connection);
                }
                pool.open -= 1;
            } else if pool.open < self.limit {
                pool.open += 1;
                drop(pool);
                return self.connect().inspect_err(|_| self.give(None));
            } else {
                pool = self.returned.wait(pool).map_err(|_| StoreError::Unavailable("connection pool".into()))?;
            }
        }
    }

    fn give(&self, connection: Option<Connection>) {
        if let Ok(mut pool) = self.pool.lock() {
            match connection.filter(|c| !c.client.is_closed()) {
                Some(connection) => pool.idle.push(connection),
                None => pool.open -= 1,
            }
            self.returned.notify_one();
        }
    }

    /// How long to wait before trying again, with jitter so that two do not meet again.
    pub(crate) fn pause(&self, tries: u32) -> Duration {
        let random = RandomState::new().hash_one(tries);
        Duration::from_millis(u64::from(tries) * 2 + random % 8)
    }

    pub(crate) fn transaction<T, E: From<StoreError>>(
        &self,
        read_only: bool,
        body: impl FnOnce(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.take()?;
        let result = Self::run(&mut connection, read_only, body);
        self.give(Some(connection));
        result
    }

    fn run<T, E: From<StoreError>>(
        connection: &mut Connection,
        read_only: bool,
        body: impl FnOnce(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let Connection { client, cache } = connection;
        if cache.len() > STATEMENTS {
            cache.clear();
        }
        let begun = if read_only {
            client.build_transaction().read_only(true).isolation_level(IsolationLevel::RepeatableRead).start()
        } else {
            client.transaction()
        };
        let mut session = OpenSession { tx: begun.map_err(failure)?, cache };
        let value = body(&mut Tx { inner: Inner::Postgres(&mut session) })?;
        session.tx.commit().map_err(failure)?;
        Ok(value)
    }
}

impl Drop for PostgresDb {
    fn drop(&mut self) {
        // A client owns a runtime, which must not be dropped on a thread that runs another one.
        if let Ok(mut pool) = self.pool.lock() {
            let idle = std::mem::take(&mut pool.idle);
            let _ = std::thread::spawn(move || drop(idle)).join();
        }
    }
}

/// A transaction with the prepared statements of its connection.
pub(crate) trait Session {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError>;
    fn query(
        &mut self,
        sql: &str,
        params: &[Value],
        read: &mut dyn FnMut(&mut Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
}

struct OpenSession<'c> {
    tx: postgres::Transaction<'c>,
    cache: &'c mut HashMap<String, Statement>,
}

impl OpenSession<'_> {
    fn statement(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.cache.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.tx.prepare(sql).map_err(failure)?;
        self.cache.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

fn borrowed(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|p| p as &(dyn ToSql + Sync)).collect()
}

impl Session for OpenSession<'_> {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        let statement = self.statement(sql)?;
        self.tx.execute(&statement, &borrowed(params)).map_err(failure)
    }

    fn query(
        &mut self,
        sql: &str,
        params: &[Value],
        read: &mut dyn FnMut(&mut Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let statement = self.statement(sql)?;
        for row in self.tx.query(&statement, &borrowed(params)).map_err(failure)? {
            read(&mut Row { inner: RowInner::Postgres(&row), next: 0 })?;
        }
        Ok(())
    }
}

fn failure(error: postgres::Error) -> StoreError {
    use postgres::error::SqlState;
    let Some(db) = error.as_db_error() else {
        return StoreError::Unavailable(error.to_string());
    };
    let code = db.code();
    let retry = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::LOCK_NOT_AVAILABLE];
    if retry.contains(code) {
        StoreError::Retry
    } else if *code == SqlState::UNIQUE_VIOLATION {
        StoreError::Duplicate
    } else {
        StoreError::Database(format!("{} ({})", db.message(), code.code()))
    }
}

fn tls() -> tokio_postgres_rustls::MakeRustlsConnect {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    tokio_postgres_rustls::MakeRustlsConnect::new(config)
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut postgres::types::private::BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(n) if *ty == Type::INT4 => i32::try_from(*n)?.to_sql(ty, out),
            Value::Int(n) => n.to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
            Value::Bytes(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
