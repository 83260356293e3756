//! Uploaded pictures: sniffed, limited, owned (supply side 3.3, GN-2).

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::secrets::sha256_hex;
use domain::id::FileId;
use domain::time::start_of_day;
use store::files::FileInfo;

/// Largest picture.
pub const PICTURE_LIMIT: usize = 5 * 1024 * 1024;
const DAILY_FILES: i64 = 100;
const DAILY_BYTES: i64 = 10 * 1024 * 1024 * 1024;

/// Kinds of pictures that are accepted.
fn picture_type(content: &[u8]) -> Option<&'static str> {
    infer::get(content)
        .map(|kind| kind.mime_type())
        .filter(|mime| matches!(*mime, "image/png" | "image/jpeg" | "image/gif" | "image/webp"))
}

impl App {
    /// Stores a picture of the actor's organisation and returns its id. What it is is read from its
    /// bytes, never from its name.
    pub async fn store_picture(&self, actor: &Actor, name: &str, content: Vec<u8>) -> Result<String, AppError> {
        let owner = actor.member()?.organisation_id.clone();
        if content.len() > PICTURE_LIMIT {
            return Err(AppError::field("file", "file-too-large"));
        }
        let media_type = picture_type(&content).ok_or_else(|| AppError::field("file", "picture-form"))?;
        self.store_file(actor, &owner, name, media_type, content).await
    }

    /// Stores a picture that this program drew (demo market); the only way for SVG to come in.
    pub async fn store_drawn_picture(&self, owner: &str, name: &str, svg: String) -> Result<String, AppError> {
        self.store_file(&Actor::System("demo"), owner, name, "image/svg+xml", svg.into_bytes()).await
    }

    async fn store_file(
        &self,
        actor: &Actor,
        owner: &str,
        name: &str,
        media_type: &str,
        content: Vec<u8>,
    ) -> Result<String, AppError> {
        let name: String = name.chars().filter(|c| !c.is_control() && *c != '/' && *c != '\\').take(120).collect();
        let (owner, media_type) = (owner.to_owned(), media_type.to_owned());
        let limited = matches!(actor, Actor::Member(_));
        self.act(actor, move |work| {
            let (files, bytes) = store::files::stored_since(work.tx, &owner, start_of_day(work.real_now))?;
            if limited && files >= DAILY_FILES {
                return Err(AppError::Refused("upload-daily-files"));
            }
            if limited && bytes >= DAILY_BYTES {
                return Err(AppError::Refused("upload-daily-bytes"));
            }
            let info = FileInfo {
                id: FileId::new(work.seed()).to_string(),
                organisation_id: owner.clone(),
                name: name.clone(),
                media_type: media_type.clone(),
                size: i64::try_from(content.len()).unwrap_or(i64::MAX),
                sha256: sha256_hex(&content),
                created_at: work.real_now,
            };
            store::files::insert(work.tx, &info, content.clone())?;
            Ok(info.id)
        })
        .await
    }

    /// A picture with its media type; pictures are public, their ids cannot be guessed.
    pub async fn picture(&self, id: &str) -> Result<(FileInfo, Vec<u8>), AppError> {
        let id = FileId::parse(id).ok_or(AppError::NotFound)?.to_string();
        self.look(move |tx| store::files::load(tx, &id)?.ok_or(AppError::NotFound)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_is_read_from_its_bytes() {
        assert_eq!(picture_type(b"\x89PNG\r\n\x1a\n0000"), Some("image/png"));
        assert_eq!(picture_type(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), None);
        assert_eq!(picture_type(b"MZ\x90\x00"), None);
        assert_eq!(picture_type(b"<html>"), None);
    }
}
