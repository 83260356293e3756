//! Files of the market belong to its user alone: they hold hashes of passwords, sessions, and what
//! companies tell each other.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder, and those above it where they are missing, that only this user can enter. One that
/// is there stays as it is.
pub fn folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes an empty file that only this user can read, or takes one that is there away from others.
pub fn file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(file);
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_reads_what_is_made_or_found() {
        let temporary = tempfile::tempdir().unwrap();
        let data = temporary.path().join("a/b");
        folder(&data).unwrap();
        folder(&data).unwrap();
        assert_eq!((mode(&data), mode(data.parent().unwrap())), (0o700, 0o700));
        let database = data.join("market.db");
        file(&database).unwrap();
        assert_eq!(mode(&database), 0o600);
        std::fs::write(&database, "kept").unwrap();
        std::fs::set_permissions(&database, PermissionsExt::from_mode(0o644)).unwrap();
        file(&database).unwrap();
        assert_eq!((mode(&database), std::fs::read_to_string(&database).unwrap().as_str()), (0o600, "kept"));
    }
}
