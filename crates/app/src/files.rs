//! Uploaded pictures: sniffed, limited, owned (supply side 3.3, GN-2).

use crate::App;
use crate::actor::{Actor, Member};
use crate::error::AppError;
use crate::picture;
use crate::secrets::sha256_hex;
use domain::access::Right;
use domain::id::FileId;
use domain::time::{DAY, Timestamp, start_of_day};
use store::files::FileInfo;

/// Largest picture.
pub const PICTURE_LIMIT: usize = 5 * 1024 * 1024;
const DAILY_FILES: i64 = 100;
const DAILY_BYTES: i64 = 10 * 1024 * 1024 * 1024;

/// What an organisation may have stored in all.
const TOTAL_BYTES: i64 = 1024 * 1024 * 1024;
/// Age after which a file that nothing names is thrown away.
const UNUSED: i64 = 30 * DAY;

/// Who may upload: whoever writes for a selling organisation. Pictures are public, so nobody else has
/// a use for them here.
fn uploader(actor: &Actor) -> Result<&Member, AppError> {
    let rights = [Right::ProductEdit, Right::AssetEdit, Right::ShopEdit, Right::UserManage];
    let member = actor.member()?;
    let right = rights.into_iter().find(|right| member.has(*right)).unwrap_or(Right::ProductEdit);
    actor.seller_may(right)
}

impl App {
    /// Stores a picture of the actor's organisation and returns its id. What it is is read from its
    /// bytes, never from its name.
    pub async fn store_picture(&self, actor: &Actor, name: &str, content: Vec<u8>) -> Result<String, AppError> {
        let owner = uploader(actor)?.organisation_id.clone();
        if content.len() > PICTURE_LIMIT {
            return Err(AppError::field("file", "file-too-large"));
        }
        let header = picture::header(&content).ok_or_else(|| AppError::field("file", "picture-form"))?;
        if !header.fits() {
            return Err(AppError::field("file", "picture-size"));
        }
        self.store_file(actor, &owner, name, header.media_type, content).await
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
        let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
        self.act(actor, move |work| {
            let (files, bytes) = store::files::stored_since(work.tx, &owner, start_of_day(work.real_now))?;
            if limited && files >= DAILY_FILES {
                return Err(AppError::Refused("upload-daily-files"));
            }
            if limited && bytes >= DAILY_BYTES {
                return Err(AppError::Refused("upload-daily-bytes"));
            }
            let (_, total) = store::files::stored_since(work.tx, &owner, Timestamp(0))?;
            if limited && total.saturating_add(size) > TOTAL_BYTES {
                return Err(AppError::Refused("upload-total-bytes"));
            }
            let info = FileInfo {
                id: FileId::new(work.seed()).to_string(),
                organisation_id: owner.clone(),
                name: name.clone(),
                media_type: media_type.clone(),
                size,
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

    /// Throws away old files that no product, version, application or shop names. Returns their number.
    pub(crate) async fn forget_unused_files(&self) -> Result<usize, AppError> {
        let before = self.now().plus(-UNUSED);
        let unused = self.look(move |tx| Ok(store::files::unused(tx, before)?)).await?;
        for part in unused.chunks(50) {
            let part = part.to_vec();
            self.act(&Actor::System("sweeps"), move |work| {
                for id in &part {
                    store::files::delete(work.tx, id)?;
                }
                Ok(())
            })
            .await?;
        }
        Ok(unused.len())
    }
}
