//! PostgreSQL: a small pool of connections, each with its prepared statements.
//!
//! A connection is used by one thread at a time, which moves its bytes itself. Statements whose
//! answer nobody needs yet travel with the next one that is waited for, so that a transaction costs
//! few round trips.

use crate::db::{Around, Inner, Row, RowInner, StoreError, Tx, Value};
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, RandomState};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Config, Error, NoTls, Statement};

/// Prepared statements kept per connection; dynamic filters make many texts.
const STATEMENTS: usize = 400;
/// Most connections of a node. Few: a transaction is short, and more of them at once only take
/// the processors from each other.
const CONNECTIONS: usize = 12;

/// A database server.
pub struct PostgresDb {
    config: Config,
    idle: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
}

impl PostgresDb {
    /// Connects once, so that a wrong address is told at the start. Must run where blocking is allowed.
    pub(crate) fn open(url: &str) -> Result<PostgresDb, StoreError> {
        let mut config: Config = url.parse().map_err(|e| StoreError::Unavailable(format!("{e}")))?;
        config.application_name("yunfang").connect_timeout(Duration::from_secs(10));
        let db = PostgresDb { config, idle: Mutex::default(), turns: Arc::new(Semaphore::new(CONNECTIONS)) };
        db.give(Connection::open(&db.config)?);
        Ok(db)
    }

    /// Waits for the right to use a connection, first come, first served.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = self.turns.clone().acquire_owned().await;
        turn.map_err(|_| StoreError::Unavailable("connection pool".into()))
    }

    fn take(&self) -> Result<Connection, StoreError> {
        loop {
            let idle = self.idle.lock().map_err(|_| StoreError::Unavailable("connection pool".into()))?.pop();
            match idle {
                Some(connection) if connection.is_open() => return Ok(connection),
                Some(_) => {}
                None => return Connection::open(&self.config),
            }
        }
    }

    fn give(&self, connection: Connection) {
        if connection.is_open()
            && let Ok(mut idle) = self.idle.lock()
        {
            idle.push(connection);
        }
    }

    /// How long to wait before trying again, with jitter so that two do not meet again.
    pub(crate) fn pause(&self, tries: u32) -> Duration {
        let random = RandomState::new().hash_one(tries);
        Duration::from_millis(u64::from(tries) * 2 + random % 8)
    }

    /// Runs `body` on a connection. The caller holds a turn and may block.
    pub(crate) fn run<T, E: From<StoreError>>(
        &self,
        around: Around,
        body: impl FnOnce(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut session = Session { connection: self.take()?, sent: Vec::new(), broken: false };
        if session.connection.statements.len() > STATEMENTS {
            session.connection.statements.clear();
        }
        match around {
            Around::Write => session.begin("begin")?,
            Around::Read => session.begin("begin isolation level repeatable read read only")?,
            Around::Nothing => {}
        }
        let mut tx = Tx::new(Inner::Postgres(&mut session), around == Around::Nothing);
        let result = body(&mut tx);
        let whole = tx.is_whole();
        let ended = match (&result, around) {
            (_, Around::Nothing) => session.settle(),
            (Ok(_), _) if whole => session.commit(),
            (Ok(_), _) => session.finish("rollback").and(Err(StoreError::Retry)),
            (Err(_), _) => session.finish("rollback"),
        };
        self.give(session.connection);
        // What was sent and failed did so before `body` gave up: it is the cause.
        ended.map_err(E::from).and(result)
    }
}

impl Drop for PostgresDb {
    fn drop(&mut self) {
        // A connection owns a runtime, which must not be dropped on a thread that runs another one.
        if let Ok(mut idle) = self.idle.lock() {
            let idle = std::mem::take(&mut *idle);
            let _ = std::thread::spawn(move || drop(idle)).join();
        }
    }
}

/// The bytes of a connection; ends when the connection does.
type Link = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

struct Connection {
    statements: HashMap<String, Statement>,
    client: Arc<Client>,
    link: Option<Link>,
    runtime: Runtime,
}

impl Connection {
    fn open(config: &Config) -> Result<Connection, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| StoreError::Unavailable(e.to_string()))?;
        // The library says "db error" and keeps the server's own words to itself.
        let unreachable = |e: Error| {
            StoreError::Unavailable(e.as_db_error().map_or_else(|| e.to_string(), |d| d.message().to_owned()))
        };
        let (client, link): (Client, Link) = if config.get_ssl_mode() == tokio_postgres::config::SslMode::Disable {
            let (client, link) = runtime.block_on(config.connect(NoTls)).map_err(unreachable)?;
            (client, Box::pin(link))
        } else {
            let (client, link) = runtime.block_on(config.connect(tls())).map_err(unreachable)?;
            (client, Box::pin(link))
        };
        let client = Arc::new(client);
        let mut connection =
            Connection { statements: HashMap::new(), client: client.clone(), link: Some(link), runtime };
        // A buyer who was told "paid" has been paid for, whatever the server's default is.
        let settings = "set synchronous_commit = on; set lock_timeout = '10s'; set statement_timeout = '60s'";
        connection.wait(client.batch_execute(settings)).map_err(failure)?;
        Ok(connection)
    }

    fn is_open(&self) -> bool {
        self.link.is_some() && !self.client.is_closed()
    }

    /// Moves bytes until `future` is done.
    fn wait<T>(&mut self, future: impl Future<Output = T>) -> T {
        let Connection { link, runtime, .. } = self;
        let mut future = pin!(future);
        runtime.block_on(poll_fn(|cx| {
            // First what is to be sent, then the wire, then what has come.
            if let Poll::Ready(value) = future.as_mut().poll(cx) {
                return Poll::Ready(value);
            }
            if let Some(Poll::Ready(ended)) = link.as_mut().map(|l| l.as_mut().poll(cx)) {
                // Everything that waits for an answer fails by itself now.
                tracing::debug!(?ended, "a connection to the database has ended");
                *link = None;
            }
            future.as_mut().poll(cx)
        }))
    }
}

/// A statement on its way.
struct Sent {
    answer: Pin<Box<dyn Future<Output = Result<u64, Error>> + Send>>,
    /// What it means when it does not change exactly one row.
    otherwise: Option<StoreError>,
}

impl Sent {
    async fn outcome(self) -> Result<(), StoreError> {
        match (self.answer.await.map_err(failure)?, self.otherwise) {
            (changed, Some(error)) if changed != 1 => Err(error),
            _ => Ok(()),
        }
    }
}

/// A connection in use, with what was sent on it and not yet waited for.
pub(crate) struct Session {
    connection: Connection,
    sent: Vec<Sent>,
    /// Whether something that was sent has failed.
    broken: bool,
}

fn borrowed(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|p| p as &(dyn ToSql + Sync)).collect()
}

impl Session {
    fn statement(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.connection.statements.get(sql) {
            return Ok(statement.clone());
        }
        let client = self.connection.client.clone();
        let statement = self.ask(client.prepare(sql))?;
        self.connection.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Sends `asked` behind what was sent before, and waits for all of it.
    fn ask<T>(&mut self, asked: impl Future<Output = Result<T, Error>>) -> Result<T, StoreError> {
        let sent = std::mem::take(&mut self.sent);
        let (earlier, answer) = self.connection.wait(async {
            let mut asked = pin!(asked);
            let at_once = poll_fn(|cx| Poll::Ready(asked.as_mut().poll(cx))).await;
            let mut earlier = Ok(());
            for sent in sent {
                // All answers are taken, but the first failure is the cause of the others.
                earlier = earlier.and(sent.outcome().await);
            }
            let answer = match at_once {
                Poll::Ready(answer) => answer,
                Poll::Pending => asked.await,
            };
            (earlier, answer)
        });
        self.broken |= earlier.is_err();
        earlier.and(answer.map_err(failure))
    }

    /// Whether everything that was sent and answered did what it had to.
    pub(crate) fn is_whole(&self) -> bool {
        !self.broken
    }

    /// Puts a statement on its way.
    fn start(&mut self, sent: Sent) -> Result<(), StoreError> {
        let mut sent = sent;
        let mut nobody = std::task::Context::from_waker(std::task::Waker::noop());
        // The first poll encodes and queues; the answer cannot be there yet.
        if let Poll::Ready(Err(e)) = sent.answer.as_mut().poll(&mut nobody) {
            return Err(failure(e));
        }
        self.sent.push(sent);
        Ok(())
    }

    /// Begins a transaction; travels with its first statement.
    fn begin(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let client = self.connection.client.clone();
        let answer = Box::pin(async move { client.batch_execute(sql).await.map(|()| 0) });
        self.start(Sent { answer, otherwise: None })
    }

    /// Ends the transaction with `sql` and waits.
    fn finish(&mut self, sql: &str) -> Result<(), StoreError> {
        let client = self.connection.client.clone();
        self.ask(client.batch_execute(sql))
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        // A statement that fails makes the commit a rollback; one that misses its row does not.
        if self.sent.iter().any(|s| s.otherwise.is_some())
            && let Err(e) = self.settle()
        {
            return self.finish("rollback").and(Err(e));
        }
        self.finish("commit")
    }

    /// Waits for everything that was sent.
    pub(crate) fn settle(&mut self) -> Result<(), StoreError> {
        if self.sent.is_empty() { Ok(()) } else { self.ask(async { Ok(()) }) }
    }

    /// Sends a statement; a failure, or `otherwise` when it does not change exactly one row, comes
    /// out of the next statement that is waited for, at the latest of the commit.
    pub(crate) fn send(
        &mut self,
        sql: &str,
        params: &[Value],
        otherwise: Option<StoreError>,
    ) -> Result<(), StoreError> {
        let statement = self.statement(sql)?;
        let (client, params) = (self.connection.client.clone(), params.to_vec());
        let answer = Box::pin(async move { client.execute(&statement, &borrowed(&params)).await });
        self.start(Sent { answer, otherwise })
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        let statement = self.statement(sql)?;
        let client = self.connection.client.clone();
        self.ask(client.execute(&statement, &borrowed(params)))
    }

    pub(crate) fn query(
        &mut self,
        sql: &str,
        params: &[Value],
        read: &mut dyn FnMut(&mut Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let statement = self.statement(sql)?;
        let client = self.connection.client.clone();
        for row in self.ask(client.query(&statement, &borrowed(params)))? {
            read(&mut Row { inner: RowInner::Postgres(&row), next: 0 })?;
        }
        Ok(())
    }
}

fn failure(error: Error) -> StoreError {
    use tokio_postgres::error::SqlState;
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
        out: &mut tokio_postgres::types::private::BytesMut,
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
