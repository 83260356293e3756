//! SQLite: one writer thread that groups commits, a few read connections.

use crate::db::{Around, Inner, Retryable, Row, RowInner, StoreError, Tx, Value};
use rusqlite::{Connection, OpenFlags, types::ToSqlOutput};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most transactions that share one commit.
const GROUP: usize = 64;
/// Most read connections. Opening one reads the whole schema, so they are kept and waited for.
const READERS: usize = 16;
/// Pages in the log from which on it is copied into the database beside the commits.
const LOG_PAGES: i32 = 2_000;
/// Pages in the log at which the writer itself waits for the copy (32 MiB).
const LOG_LIMIT: i32 = 8_000;
/// Cache of the writer, in SQLite's notation: the pages that commits touch again and again.
const WRITER_CACHE: i64 = -32_000;

type Finish = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Work = Box<dyn FnOnce(&Connection) -> Finish + Send>;

/// The embedded database.
pub struct SqliteDb {
    location: String,
    writer: mpsc::Sender<Work>,
    readers: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
}

impl SqliteDb {
    pub(crate) fn open(path: &str) -> Result<SqliteDb, StoreError> {
        if let Some(folder) = Path::new(path).parent() {
            std::fs::create_dir_all(folder).map_err(|e| StoreError::Unavailable(e.to_string()))?;
        }
        let location = path.to_owned();
        let mut connection = connect(&location)?;
        connection.pragma_update(None, "cache_size", WRITER_CACHE).map_err(failure)?;
        let checkpoints = Checkpoints::start(&location, &mut connection)?;
        let (writer, queue) = mpsc::channel::<Work>();
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_loop(&connection, &queue, &checkpoints))
            .map_err(|e| StoreError::Unavailable(e.to_string()))?;
        let turns = Arc::new(Semaphore::new(READERS));
        Ok(SqliteDb { location, writer, readers: Mutex::new(Vec::new()), turns })
    }

    /// The file, for backups.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(&self.location)
    }

    pub(crate) async fn write<T, E, F>(&self, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Retryable + Send + 'static,
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let work: Work = Box::new(move |connection| {
            let result = in_savepoint(connection, &body);
            Box::new(move |committed| {
                let answer = match (result, committed) {
                    (Ok(_), Err(e)) => Err(E::from(e)),
                    (result, _) => result,
                };
                // The caller may have gone away; the work is committed all the same.
                let _ = sender.send(answer);
            })
        });
        let closed = || E::from(StoreError::Unavailable("the writer has stopped".into()));
        self.writer.send(work).map_err(|_| closed())?;
        receiver.await.map_err(|_| closed())?
    }

    /// Waits for the right to use a read connection, first come, first served.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = self.turns.clone().acquire_owned().await;
        turn.map_err(|_| StoreError::Unavailable("read connections".into()))
    }

    /// Runs `body` on a read connection. The caller holds a turn and may block.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        around: Around,
        body: impl FnOnce(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let pooled = self.readers.lock().ok().and_then(|mut readers| readers.pop());
        let connection = match pooled {
            Some(connection) => connection,
            None => connect(&self.location)?,
        };
        let single = around == Around::Nothing;
        if !single {
            mark(&connection, "begin")?;
        }
        let result = body(&mut Tx::new(Inner::Sqlite(&connection), single));
        let ended = if single { Ok(()) } else { mark(&connection, "rollback") };
        if ended.is_ok()
            && let Ok(mut readers) = self.readers.lock()
        {
            readers.push(connection);
        }
        result
    }

    /// Copies the whole database into `target` while it is in use; `progress` hears pages copied and
    /// pages in all.
    pub fn backup(&self, target: &Path, progress: impl Fn(i32, i32)) -> Result<(), StoreError> {
        use rusqlite::backup::StepResult;
        let source = connect(&self.location)?;
        // One view for the whole copy: without it every commit of the market would begin it again, and
        // under load it would never end. In a write-ahead log a reader keeps nobody waiting.
        source.execute_batch("begin; select count(*) from sqlite_schema;").map_err(failure)?;
        let mut copy = Connection::open(target).map_err(failure)?;
        let backup = rusqlite::backup::Backup::new(&source, &mut copy).map_err(failure)?;
        loop {
            match backup.step(1000).map_err(failure)? {
                StepResult::Done => break,
                StepResult::More => {
                    let at = backup.progress();
                    progress(at.pagecount - at.remaining, at.pagecount);
                }
                // Somebody else holds the copy itself, which nobody should.
                _ => return Err(StoreError::Unavailable("the copy is in use".into())),
            }
        }
        drop(backup);
        source.execute_batch("rollback").map_err(failure)
    }
}

/// Opens a connection. It keeps 2 MB of pages: the system caches the file for all of them once more.
fn connect(location: &str) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(location, flags).map_err(failure)?;
    connection.busy_timeout(Duration::from_secs(10)).map_err(failure)?;
    connection
        .execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
             pragma temp_store = memory; pragma cache_size = -2000; pragma journal_size_limit = 67108864;",
        )
        .map_err(failure)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

/// Takes work as it comes; whatever waits when a transaction begins shares its commit. Nobody is
/// answered before the commit is on the disk.
fn write_loop(connection: &Connection, queue: &mpsc::Receiver<Work>, checkpoints: &Checkpoints) {
    while let Ok(first) = queue.recv() {
        if let Err(e) = mark(connection, "begin immediate") {
            // Without a transaction the work does nothing but answer with the error.
            first(connection)(Err(e));
            continue;
        }
        let mut finishes = vec![first(connection)];
        while finishes.len() < GROUP {
            let Ok(next) = queue.try_recv() else { break };
            finishes.push(next(connection));
        }
        let committed = mark(connection, "commit");
        if committed.is_err() && !connection.is_autocommit() {
            let _ = mark(connection, "rollback");
        }
        let message = committed.err().map(|e| e.to_string());
        for finish in finishes {
            finish(match &message {
                None => Ok(()),
                Some(text) => Err(StoreError::Unavailable(text.clone())),
            });
        }
        checkpoints.after_commit(connection);
    }
}

/// Copies the log into the database on a thread of its own, so that hardly any commit waits for it.
struct Checkpoints {
    wanted: mpsc::SyncSender<()>,
    /// Pages in the log after the writer's last commit.
    logged: Arc<AtomicI32>,
    /// Pages of the log that had been copied after the last checkpoint.
    copied: Arc<AtomicI32>,
}

impl Checkpoints {
    /// Takes the place of the checkpoints that `writer` would make inside its commits.
    fn start(location: &str, writer: &mut Connection) -> Result<Checkpoints, StoreError> {
        let (logged, copied) = (Arc::new(AtomicI32::new(0)), Arc::new(AtomicI32::new(0)));
        let (note, result) = (logged.clone(), copied.clone());
        let hook = move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            note.store(pages, Ordering::Relaxed);
            Ok(())
        };
        writer.wal_hook(Some(hook)).map_err(failure)?;
        let connection = connect(location)?;
        let (wanted, queue) = mpsc::sync_channel::<()>(1);
        std::thread::Builder::new()
            .name("sqlite-checkpoint".into())
            .spawn(move || {
                while queue.recv().is_ok() {
                    result.store(checkpoint(&connection), Ordering::Relaxed);
                }
            })
            .map_err(|e| StoreError::Unavailable(e.to_string()))?;
        Ok(Checkpoints { wanted, logged, copied })
    }

    fn after_commit(&self, connection: &Connection) {
        let logged = self.logged.load(Ordering::Relaxed);
        let copied = self.copied.load(Ordering::Relaxed);
        // Fewer pages than were copied: the log has begun anew.
        let behind = if logged < copied { logged } else { logged - copied };
        let full = logged >= LOG_LIMIT;
        if full && (behind <= LOG_PAGES / 2 || logged >= 4 * LOG_LIMIT) {
            // With the rest copied as well, the next commit begins the log anew.
            checkpoint(connection);
            self.copied.store(0, Ordering::Relaxed);
        } else if full || behind >= LOG_PAGES {
            // One that is already wanted will do.
            let _ = self.wanted.try_send(());
        }
    }
}

/// Copies what can be copied without waiting for anybody; returns how many pages of the log have been.
fn checkpoint(connection: &Connection) -> i32 {
    let done = connection.query_row("pragma wal_checkpoint(passive)", [], |row| row.get::<_, i32>(2));
    done.unwrap_or_else(|error| {
        tracing::warn!(%error, "the log could not be copied into the database");
        0
    })
}

/// A statement that only begins or ends something.
fn mark(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql).and_then(|mut s| s.execute([])).map(|_| ()).map_err(failure)
}

fn in_savepoint<T, E: From<StoreError>>(
    connection: &Connection,
    body: impl Fn(&mut Tx) -> Result<T, E>,
) -> Result<T, E> {
    if connection.is_autocommit() {
        return Err(E::from(StoreError::Unavailable("no transaction".into())));
    }
    mark(connection, "savepoint work")?;
    let run = || {
        let mut tx = Tx::new(Inner::Sqlite(connection), false);
        let value = body(&mut tx)?;
        if tx.is_whole() { Ok(value) } else { Err(E::from(StoreError::Retry)) }
    };
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err(E::from(StoreError::Database("an operation panicked".into()))));
    if result.is_err() {
        mark(connection, "rollback to work")?;
    }
    mark(connection, "release work")?;
    result
}

pub(crate) fn failure(error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => {
            let extended = error.sqlite_error().map_or(0, |e| e.extended_code);
            // 1555 primary key, 2067 unique.
            if matches!(extended, 1555 | 2067) {
                StoreError::Duplicate
            } else {
                StoreError::Database(error.to_string())
            }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Retry,
        Some(ErrorCode::CannotOpen | ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => {
            StoreError::Unavailable(error.to_string())
        }
        _ => StoreError::Database(error.to_string()),
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use rusqlite::types::{Null, ValueRef};
        Ok(match self {
            Value::Null => ToSqlOutput::from(Null),
            Value::Int(n) => ToSqlOutput::from(*n),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

fn prepare<'a>(
    connection: &'a Connection,
    sql: &str,
    params: &[Value],
) -> Result<rusqlite::CachedStatement<'a>, StoreError> {
    let statement = connection.prepare_cached(sql).map_err(failure)?;
    // SQLite reads a missing parameter as null; here it is a defect.
    if statement.parameter_count() != params.len() {
        return Err(StoreError::Database(format!("{} parameters for {sql}", params.len())));
    }
    Ok(statement)
}

pub(crate) fn execute(connection: &Connection, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
    let mut statement = prepare(connection, sql, params)?;
    statement.execute(rusqlite::params_from_iter(params)).map(|n| n as u64).map_err(failure)
}

pub(crate) fn query<T>(
    connection: &Connection,
    sql: &str,
    params: &[Value],
    read: &mut dyn FnMut(&mut Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = prepare(connection, sql, params)?;
    let mut rows = statement.query(rusqlite::params_from_iter(params)).map_err(failure)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        found.push(read(&mut Row { inner: RowInner::Sqlite(row), next: 0 })?);
    }
    Ok(found)
}
