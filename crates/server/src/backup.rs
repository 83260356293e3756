//! Online backup and restore of the embedded database.

use crate::config::Config;
use domain::time::Timestamp;
use std::path::{Path, PathBuf};
use store::Db;

fn sqlite_path(config: &Config) -> Result<PathBuf, String> {
    config.sqlite_path().ok_or_else(|| "backup and restore are for SQLite; use pg_dump for PostgreSQL".to_owned())
}

/// Checks that a file is a whole database.
fn check(file: &Path) -> Result<(), String> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection =
        rusqlite::Connection::open_with_flags(file, flags).map_err(|e| format!("{}: {e}", file.display()))?;
    let verdict: String = connection
        .query_row("pragma integrity_check", [], |row| row.get(0))
        .map_err(|e| format!("{}: {e}", file.display()))?;
    if verdict != "ok" {
        return Err(format!("{}: {verdict}", file.display()));
    }
    let steps: i64 = connection
        .query_row("select count(*) from schema_migration", [], |row| row.get(0))
        .map_err(|_| format!("{} is not a database of this program", file.display()))?;
    if steps > 0 { Ok(()) } else { Err(format!("{} is empty", file.display())) }
}

/// Waits until the folder's disk knows the new name of a file.
fn settle_folder(file: &Path) -> Result<(), String> {
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|f| f.sync_all()).map_err(|e| format!("{}: {e}", folder.display()))
}

/// Copies the database to `target` while the market runs, and checks the copy.
pub async fn backup(config: &Config, target: &Path) -> Result<u64, String> {
    sqlite_path(config)?;
    if target.exists() {
        return Err(format!("{} exists already", target.display()));
    }
    let db = Db::open(&config.database.url.0).await.map_err(|e| e.to_string())?;
    let part = target.with_extension("part");
    // What an interrupted backup left behind.
    for stale in [part.clone(), target.with_extension("part-journal")] {
        if stale.exists() {
            std::fs::remove_file(&stale).map_err(|e| format!("{}: {e}", stale.display()))?;
        }
    }
    private_new(&part)?;
    let copy = part.clone();
    tokio::task::spawn_blocking(move || {
        let sqlite = db.sqlite().ok_or("not SQLite")?;
        sqlite.backup(&copy, |_, _| {}).map_err(|e| e.to_string())
    })
    .await
    .map_err(|e| e.to_string())??;
    check(&part)?;
    std::fs::File::open(&part).and_then(|f| f.sync_all()).map_err(|e| e.to_string())?;
    std::fs::rename(&part, target).map_err(|e| e.to_string())?;
    settle_folder(target)?;
    std::fs::metadata(target).map(|m| m.len()).map_err(|e| e.to_string())
}

/// Name of the database that a backup replaces: `yunfang.before-restore-20261120-143005.db`.
fn kept_as(target: &Path, now: Timestamp) -> PathBuf {
    let at = now.market();
    let (day, time) = (at.date(), at.time());
    let stamp = format!(
        "{:04}{:02}{:02}-{:02}{:02}{:02}",
        day.year(),
        day.month(),
        day.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    let end = target.extension().map_or_else(String::new, |e| format!(".{}", e.to_string_lossy()));
    target.with_extension(format!("before-restore-{stamp}{end}"))
}

/// Makes the file that a copy goes into, closed to other users of the machine.
fn private_new(file: &Path) -> Result<(), String> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(|_| ()).map_err(|e| format!("{}: {e}", file.display()))
}

/// Puts a backup in the place of the database. The old one is kept beside it; the market must be
/// stopped, which is checked by taking the database for writing.
pub fn restore(config: &Config, source: &Path) -> Result<PathBuf, String> {
    let target = sqlite_path(config)?;
    check(source)?;
    let kept = kept_as(&target, app::clock::Clock::System.now());
    // The whole copy stands ready beside it before the old one is touched.
    let part = target.with_extension("part");
    let copied = std::fs::copy(source, &part).and_then(|_| crate::private::file(&part));
    copied.map_err(|e| format!("{}: {e}", part.display()))?;
    std::fs::File::open(&part).and_then(|f| f.sync_all()).map_err(|e| e.to_string())?;
    if target.exists() {
        let connection = rusqlite::Connection::open(&target).map_err(|e| e.to_string())?;
        connection
            .execute_batch("pragma locking_mode = exclusive; begin exclusive; commit; pragma wal_checkpoint(truncate);")
            .map_err(|_| "the database is in use: stop the market first".to_owned())?;
        drop(connection);
        // A second name for the old one: at no moment is there no database, and a market that is
        // started now by mistake never begins with an empty one.
        std::fs::hard_link(&target, &kept)
            .or_else(|_| std::fs::copy(&target, &kept).map(|_| ()))
            .map_err(|e| format!("{}: {e}", kept.display()))?;
        for suffix in ["-wal", "-shm"] {
            let mut name = target.clone().into_os_string();
            name.push(suffix);
            let _ = std::fs::remove_file(PathBuf::from(name));
        }
    }
    std::fs::rename(&part, &target).map_err(|e| e.to_string())?;
    settle_folder(&target)?;
    // The index follows a log that the backup may be behind of: it is built anew at the next start.
    let index = config.data.folder.join("index");
    if index.exists() {
        std::fs::remove_dir_all(&index).map_err(|e| e.to_string())?;
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(file: &Path, mark: i64) {
        let connection = rusqlite::Connection::open(file).unwrap();
        connection
            .execute_batch(&format!(
                "pragma journal_mode = wal; create table schema_migration (version bigint); insert into schema_migration values ({mark})"
            ))
            .unwrap();
    }

    fn mark(file: &Path) -> i64 {
        let connection = rusqlite::Connection::open(file).unwrap();
        connection.query_row("select version from schema_migration", [], |row| row.get(0)).unwrap()
    }

    fn config(folder: &Path) -> Config {
        let mut config = Config::load(None).unwrap();
        config.database.url.0 = format!("sqlite:{}", folder.join("market.db").display());
        config.data.folder = folder.to_owned();
        config
    }

    #[test]
    fn the_old_database_stays_until_the_new_one_has_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (target, source) = (folder.path().join("market.db"), folder.path().join("kept.db"));
        database(&target, 1);
        database(&source, 2);
        let kept = restore(&config(folder.path()), &source).unwrap();
        assert_eq!((mark(&target), mark(&kept)), (2, 1));
        assert!(!target.with_extension("part").exists());

        // A source that cannot be used leaves everything as it was.
        std::fs::write(&source, "no database").unwrap();
        assert!(restore(&config(folder.path()), &source).is_err());
        assert_eq!(mark(&target), 2);
    }

    #[test]
    fn a_restore_that_cannot_be_finished_leaves_the_old_database() {
        let folder = tempfile::tempdir().unwrap();
        let (target, source) = (folder.path().join("market.db"), folder.path().join("kept.db"));
        database(&target, 1);
        database(&source, 2);
        // The copy cannot be written: something else has its name.
        std::fs::create_dir(target.with_extension("part")).unwrap();
        assert!(restore(&config(folder.path()), &source).is_err());
        assert_eq!(mark(&target), 1, "there is a database at every moment");
    }

    #[test]
    fn a_market_that_runs_is_not_restored_over() {
        let folder = tempfile::tempdir().unwrap();
        let (target, source) = (folder.path().join("market.db"), folder.path().join("kept.db"));
        database(&target, 1);
        database(&source, 2);
        let running = rusqlite::Connection::open(&target).unwrap();
        running.execute_batch("begin immediate").unwrap();
        assert!(restore(&config(folder.path()), &source).unwrap_err().contains("in use"));
        assert_eq!(mark(&target), 1);
    }
}
