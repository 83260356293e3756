//! Styles, scripts and icons: built in, hashed once, compressed once.

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use crate::error::PageError;
use crate::state::Web;

#[derive(rust_embed::RustEmbed)]
#[folder = "../../assets"]
struct Files;

struct Asset {
    bytes: Bytes,
    gzip: Option<Bytes>,
    etag: String,
    version: String,
    mime: HeaderValue,
}

/// Versions of the assets by path, for links.
pub type Versions = Arc<HashMap<String, String>>;

/// The built-in assets.
#[derive(Clone)]
pub struct Assets {
    files: Arc<HashMap<String, Asset>>,
    version: Arc<str>,
}

fn compressed(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    let packed = encoder.finish().ok()?;
    (packed.len() < bytes.len()).then(|| packed.into())
}

fn is_text(mime: &str) -> bool {
    mime.starts_with("text/") || mime.contains("javascript") || mime.contains("svg") || mime.contains("json")
}

fn load(path: &str) -> Option<Asset> {
    let file = Files::get(path)?;
    let bytes = Bytes::from(file.data.into_owned());
    let hash = hex::encode(Sha256::digest(&bytes));
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    let text = is_text(guess.essence_str());
    let mime = if text { format!("{guess}; charset=utf-8") } else { guess.to_string() };
    Some(Asset {
        gzip: if text { compressed(&bytes) } else { None },
        etag: format!("\"{}\"", &hash[..32]),
        version: hash[..10].to_owned(),
        mime: HeaderValue::from_str(&mime).ok()?,
        bytes,
    })
}

impl Assets {
    /// The assets that are built in (in debug builds: as they are on disk now).
    pub fn built_in() -> Assets {
        let mut files = HashMap::new();
        for path in Files::iter() {
            if let Some(asset) = load(&path) {
                files.insert(path.into_owned(), asset);
            }
        }
        let mut all: Vec<_> = files.iter().map(|(path, a)| format!("{path}:{}", a.version)).collect();
        all.sort();
        let version = hex::encode(Sha256::digest(all.join("\n").as_bytes()))[..10].into();
        Assets { files: Arc::new(files), version }
    }

    /// Changes whenever one of the files changes.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The version of every file.
    pub fn versions(&self) -> Versions {
        Arc::new(self.files.iter().map(|(path, a)| (path.clone(), a.version.clone())).collect())
    }
}

fn answer(asset: &Asset, query: &str, headers: &HeaderMap) -> Response<Body> {
    let current = query.strip_prefix("v=").is_some_and(|v| v == asset.version);
    let caching = if current { "public, max-age=31536000, immutable" } else { "public, no-cache" };
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("");
    let builder = Response::builder()
        .header(header::CACHE_CONTROL, caching)
        .header(header::ETAG, &asset.etag)
        .header(header::VARY, "Accept-Encoding")
        .header(header::CONTENT_TYPE, &asset.mime);
    let known = text(header::IF_NONE_MATCH).split(',').any(|e| e.trim().trim_start_matches("W/") == asset.etag);
    let packed = asset.gzip.as_ref().filter(|_| text(header::ACCEPT_ENCODING).contains("gzip"));
    let built = match packed {
        _ if known => builder.status(StatusCode::NOT_MODIFIED).body(Body::empty()),
        Some(gzip) => builder.header(header::CONTENT_ENCODING, "gzip").body(Body::from(gzip.clone())),
        None => builder.body(Body::from(asset.bytes.clone())),
    };
    built.unwrap_or_default()
}

/// `GET /assets/{*path}`.
pub async fn serve(
    State(web): State<Web>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> axum::response::Response {
    match web.assets().files.get(&path) {
        Some(asset) => answer(asset, query.as_deref().unwrap_or(""), &headers),
        None => PageError::not_found().into_response(),
    }
}
