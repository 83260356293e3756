//! Where an index lives. In a directory:
//!
//! - `CURRENT`: which subdirectory is in use, and for which schema and words;
//!   replaced by renaming, so it is always whole;
//! - `index-N`: an index; `index-N.building`: an unfinished rebuild.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tantivy::{Index, IndexSettings};

use crate::error::OpenError;
use crate::schema::{self, Fields, SCHEMA_VERSION};

const CURRENT: &str = "CURRENT";
const PREFIX: &str = "index-";
const BUILDING: &str = ".building";
/// Hits are read one by one, so small blocks unpack faster.
const STORE_BLOCK_BYTES: usize = 4_096;
/// Directories up to this size have all checksums verified at opening; larger
/// ones only their structure, to keep the start short.
const VERIFY_UP_TO_BYTES: u64 = 256 << 20;

/// Contents of `CURRENT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Current {
    schema_version: u32,
    /// Fingerprint of the extra words, which shape the indexed words.
    words: u64,
    number: u64,
}

/// Contents of a commit's payload.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    cursor: i64,
}

/// Writes the payload of a commit.
pub(crate) fn payload(cursor: i64) -> String {
    format!("{{\"cursor\":{cursor}}}")
}

/// The cursor of the last commit; 0 for a new index, none if it has documents
/// but no cursor.
pub(crate) fn committed_cursor(index: &Index) -> tantivy::Result<Option<i64>> {
    let metas = index.load_metas()?;
    Ok(match metas.payload {
        Some(text) => serde_json::from_str::<Payload>(&text).ok().map(|p| p.cursor),
        None if metas.segments.is_empty() => Some(0),
        None => None,
    })
}

fn settings() -> IndexSettings {
    IndexSettings {
        docstore_blocksize: STORE_BLOCK_BYTES,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    }
}

/// An index in memory.
pub(crate) fn create_in_ram() -> tantivy::Result<(Index, Fields)> {
    let (schema, fields) = schema::schema();
    let index = Index::builder().schema(schema).settings(settings()).create_in_ram()?;
    schema::register_tokenizers(index.tokenizers());
    Ok((index, fields))
}

fn create_in(path: &Path) -> tantivy::Result<(Index, Fields)> {
    let (schema, fields) = schema::schema();
    let index = Index::builder().schema(schema).settings(settings()).create_in_dir(path)?;
    schema::register_tokenizers(index.tokenizers());
    Ok((index, fields))
}

fn open_in(path: &Path) -> Result<(Index, Fields), OpenError> {
    let damaged = |error: tantivy::TantivyError| OpenError::Damaged(error.to_string());
    let index = Index::open_in_dir(path).map_err(damaged)?;
    let (schema, fields) = schema::schema();
    if index.schema() != schema {
        // The version was compared before, so these are not another version's fields.
        return Err(OpenError::Damaged("unexpected fields".to_owned()));
    }
    schema::register_tokenizers(index.tokenizers());
    Ok((index, fields))
}

/// A directory of indexes of which one is current.
pub(crate) struct Storage {
    root: PathBuf,
    current: Current,
}

impl Storage {
    /// Opens the current index of a directory, or makes the first one.
    pub(crate) fn open(root: &Path, words: u64) -> Result<(Self, Index, Fields), OpenError> {
        fs::create_dir_all(root)?;
        let Some(current) = read_current(root)? else {
            if numbers(root)?.next().is_some() {
                return Err(OpenError::Damaged("the file CURRENT is missing".to_owned()));
            }
            return Self::create(root, words, 1);
        };
        if current.schema_version != SCHEMA_VERSION {
            let versions = format!("version {} instead of {SCHEMA_VERSION}", current.schema_version);
            return Err(OpenError::NeedsRebuild(versions));
        }
        if current.words != words {
            return Err(OpenError::NeedsRebuild("the extra words have changed".to_owned()));
        }
        let storage = Self { root: root.to_owned(), current };
        let path = storage.path(storage.current.number);
        let (index, fields) = open_in(&path)?;
        verify(&index, &path)?;
        storage.sweep();
        Ok((storage, index, fields))
    }

    /// Throws away whatever is there and makes an empty index.
    pub(crate) fn reset(root: &Path, words: u64) -> Result<(Self, Index, Fields), OpenError> {
        fs::create_dir_all(root)?;
        // First the pointer: a crash in between leaves nothing half valid.
        match fs::remove_file(root.join(CURRENT)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let next = numbers(root)?.max().unwrap_or(0) + 1;
        let opened = Self::create(root, words, next)?;
        opened.0.sweep();
        Ok(opened)
    }

    fn create(root: &Path, words: u64, number: u64) -> Result<(Self, Index, Fields), OpenError> {
        let storage =
            Self { root: root.to_owned(), current: Current { schema_version: SCHEMA_VERSION, words, number } };
        let building = storage.building(number);
        remove_dir(&building)?;
        fs::create_dir_all(&building)?;
        let engine = |error: tantivy::TantivyError| io::Error::other(error.to_string());
        drop(create_in(&building).map_err(engine)?);
        fs::rename(&building, storage.path(number))?;
        write_current(root, &storage.current)?;
        let (index, fields) = open_in(&storage.path(number))?;
        Ok((storage, index, fields))
    }

    /// Makes an empty index beside the current one.
    pub(crate) fn begin_rebuild(&self) -> Result<(Index, Fields), crate::IndexError> {
        let path = self.building(self.current.number + 1);
        remove_dir(&path)?;
        fs::create_dir_all(&path)?;
        Ok(create_in(&path)?)
    }

    /// Makes the rebuilt index the current one. All handles of it must be
    /// closed; handles of the old one stay usable.
    pub(crate) fn finish_rebuild(&mut self) -> Result<(Index, Fields), OpenError> {
        let number = self.current.number + 1;
        remove_dir(&self.path(number))?;
        fs::rename(self.building(number), self.path(number))?;
        let opened = open_in(&self.path(number))?;
        let next = Current { number, ..self.current.clone() };
        write_current(&self.root, &next)?;
        self.current = next;
        Ok(opened)
    }

    /// Removes an unfinished rebuild.
    pub(crate) fn abandon_rebuild(&self) {
        if let Err(error) = remove_dir(&self.building(self.current.number + 1)) {
            tracing::warn!(%error, "an abandoned search index could not be removed");
        }
    }

    /// Removes everything but the current index. Failures are only logged: the
    /// next start tries again.
    pub(crate) fn sweep(&self) {
        let keep = self.path(self.current.number);
        let Ok(entries) = fs::read_dir(&self.root) else {
            return;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let ours = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(PREFIX));
            if ours
                && path != keep
                && let Err(error) = remove_dir(&path)
            {
                tracing::warn!(path = %path.display(), %error, "an old search index stays");
            }
        }
    }

    fn path(&self, number: u64) -> PathBuf {
        self.root.join(format!("{PREFIX}{number}"))
    }

    fn building(&self, number: u64) -> PathBuf {
        self.root.join(format!("{PREFIX}{number}{BUILDING}"))
    }
}

fn verify(index: &Index, path: &Path) -> Result<(), OpenError> {
    let size: u64 =
        fs::read_dir(path)?.flatten().filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).sum();
    if size > VERIFY_UP_TO_BYTES {
        return Ok(());
    }
    match index.validate_checksum() {
        Ok(damaged) if damaged.is_empty() => Ok(()),
        Ok(damaged) => Err(OpenError::Damaged(format!("{damaged:?}"))),
        Err(error) => Err(OpenError::Damaged(error.to_string())),
    }
}

fn read_current(root: &Path) -> Result<Option<Current>, OpenError> {
    let bytes = match fs::read(root.join(CURRENT)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let current = serde_json::from_slice(&bytes);
    current.map(Some).map_err(|error| OpenError::Damaged(format!("CURRENT: {error}")))
}

fn write_current(root: &Path, current: &Current) -> io::Result<()> {
    let temporary = root.join("CURRENT.new");
    let mut file = File::create(&temporary)?;
    file.write_all(&serde_json::to_vec(current).map_err(io::Error::other)?)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary, root.join(CURRENT))?;
    sync_dir(root)
}

#[cfg(unix)]
fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_dir(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn remove_dir(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Numbers of the finished indexes in a directory.
fn numbers(root: &Path) -> io::Result<impl Iterator<Item = u64>> {
    let entries = fs::read_dir(root)?;
    Ok(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.strip_prefix(PREFIX)?.parse().ok()))
}
