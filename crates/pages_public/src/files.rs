//! Pictures: their ids never change what they mean, so browsers keep them for ever.

use app::App;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::routing::get;
use axum::{Extension, Router};
use moka::sync::Cache;
use std::sync::Arc;
use web_kit::prelude::*;

/// Bytes of all kept pictures together.
const KEPT: u64 = 32 * 1024 * 1024;
/// Larger pictures are read every time.
const LARGEST_KEPT: usize = 512 * 1024;
/// SVG is a document: alone in a tab it must be able to do nothing.
const SVG_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

struct Picture {
    media_type: HeaderValue,
    etag: HeaderValue,
    is_svg: bool,
    bytes: Bytes,
}

#[derive(Clone)]
struct Pictures {
    kept: Cache<String, Arc<Picture>>,
}

impl Pictures {
    fn new() -> Pictures {
        let weight =
            |key: &String, p: &Arc<Picture>| u32::try_from(key.len() + p.bytes.len() + 200).unwrap_or(u32::MAX);
        Pictures { kept: Cache::builder().max_capacity(KEPT).weigher(weight).build() }
    }

    async fn get(&self, app: &App, id: &str) -> Result<Arc<Picture>, AppError> {
        if let Some(found) = self.kept.get(id) {
            return Ok(found);
        }
        let (info, bytes) = app.picture(id).await?;
        let header = |text: &str| HeaderValue::from_str(text).map_err(|e| AppError::Internal(e.to_string()));
        let picture = Arc::new(Picture {
            media_type: header(&info.media_type)?,
            etag: header(&format!("\"{}\"", info.sha256.get(..32).unwrap_or(&info.sha256)))?,
            is_svg: info.media_type == "image/svg+xml",
            bytes: bytes.into(),
        });
        if picture.bytes.len() <= LARGEST_KEPT {
            self.kept.insert(id.to_owned(), picture.clone());
        }
        Ok(picture)
    }
}

fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let given = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or("");
    let own = etag.to_str().unwrap_or("");
    given == "*" || given.split(',').any(|tag| tag.trim().trim_start_matches("W/") == own)
}

fn answer(picture: &Picture, known: bool) -> Response {
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { picture.bytes.clone().into_response() };
    let headers = response.headers_mut();
    if !known {
        headers.insert(header::CONTENT_TYPE, picture.media_type.clone());
    }
    headers.insert(header::ETAG, picture.etag.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if picture.is_svg {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SVG_POLICY));
    }
    response
}

/// `GET /files/{id}`. Takes no page: pictures are the same for everybody, and many.
async fn show(
    State(web): State<Web>,
    Extension(pictures): Extension<Pictures>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> PageResult {
    let picture = pictures.get(&web.app, &id).await?;
    Ok(answer(&picture, is_known(&headers, &picture.etag)))
}

/// The route of pictures with its memory.
pub fn routes() -> Router<Web> {
    Router::new().route("/files/{id}", get(show)).layer(Extension(Pictures::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(is_svg: bool) -> Picture {
        Picture {
            media_type: HeaderValue::from_static("image/svg+xml"),
            etag: HeaderValue::from_static("\"abc\""),
            is_svg,
            bytes: Bytes::from_static(b"<svg/>"),
        }
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let mut headers = HeaderMap::new();
        let etag = HeaderValue::from_static("\"abc\"");
        assert!(!is_known(&headers, &etag));
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"x\", W/\"abc\""));
        assert!(is_known(&headers, &etag));
        assert_eq!(answer(&picture(false), true).status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn a_drawing_in_a_tab_of_its_own_can_do_nothing() {
        let response = answer(&picture(true), false);
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], SVG_POLICY);
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(answer(&picture(false), false).headers().get(header::CONTENT_SECURITY_POLICY).is_none());
    }
}
