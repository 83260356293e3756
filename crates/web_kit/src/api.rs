//! Extractors of the API.

use crate::fault::Fault;
use crate::form::{host, is_from_here};
use crate::problem::ApiError;
use crate::signing;
use crate::state::Web;
use crate::visit;
use app::{Actor, App, AppError, FieldError};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::{Method, StatusCode, header, request::Parts};
use domain::text::Language;
use serde::de::DeserializeOwned;

/// Who calls the API.
#[derive(Clone)]
pub struct ApiCaller {
    /// Who acts: by token, by session, or a visitor.
    pub actor: Actor,
    /// Language of `Accept-Language`.
    pub language: Language,
    /// The state.
    pub web: Web,
}

impl ApiCaller {
    /// The application.
    pub fn app(&self) -> &App {
        &self.web.app
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let text = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl FromRequestParts<Web> for ApiCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<ApiCaller, ApiError> {
        let actor = if parts.headers.contains_key(header::AUTHORIZATION) {
            let token = bearer(parts).filter(|t| t.starts_with("yf_")).ok_or(AppError::NotSignedIn)?;
            web.app.actor_by_token(token).await?.ok_or(AppError::NotSignedIn)?
        } else {
            by_session(parts, web).await?
        };
        let language = visit::accepted_language(&parts.headers);
        Ok(ApiCaller { actor, language, web: web.clone() })
    }
}

/// The session's actor. What changes something must carry the session's token in a header, which
/// no other site can send.
async fn by_session(parts: &Parts, web: &Web) -> Result<Actor, ApiError> {
    let Some(signed_in) = visit::session(web, &parts.headers).await? else {
        return Ok(Actor::Visitor);
    };
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(signed_in.actor);
    }
    let token = parts.headers.get("x-csrf-token").and_then(|v| v.to_str().ok()).unwrap_or("");
    if is_from_here(&parts.headers, &host(web, parts)) && signing::same(&signed_in.csrf, token) {
        return Ok(signed_in.actor);
    }
    Err(ApiError::new(StatusCode::FORBIDDEN, "form-expired"))
}

/// A JSON body.
#[derive(Debug, Clone)]
pub struct ApiJson<T>(pub T);

fn is_json(kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or("").trim().to_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The first word between back-ticks in a message of serde.
fn named(message: &str) -> &str {
    message.split('`').nth(1).unwrap_or("")
}

/// The field and code behind a message of serde; `path` is where it happened.
pub(crate) fn field_error(path: &str, message: &str) -> FieldError {
    let path = if path == "." { "" } else { path };
    let (code, last) = if message.starts_with("missing field") {
        ("required", named(message))
    } else if message.starts_with("unknown field") {
        ("unknown-field", named(message))
    } else {
        ("wrong-type", "")
    };
    let field = match (path, last) {
        (path, "") => path.to_owned(),
        ("", last) => last.to_owned(),
        (path, last) if path == last || path.ends_with(&format!(".{last}")) => path.to_owned(),
        (path, last) => format!("{path}.{last}"),
    };
    FieldError::new(field, code)
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<ApiJson<T>, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        if !is_json(kind) {
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type"));
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(|r| ApiError::from(Fault::of_status(r.status())))?;
        read_json(&bytes).map(ApiJson)
    }
}

/// Reads a JSON body: malformed is 400, fields of another type are 422.
pub(crate) fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let malformed = || ApiError::new(StatusCode::BAD_REQUEST, "malformed-json");
    // A NUL can stand in JSON, but in no column of a text database.
    if bytes.windows(6).any(|part| part == b"\\u0000")
        && let Ok(value) = serde_json::from_slice(bytes)
        && let Some(path) = path_of_nul(&value)
    {
        return Err(AppError::field(&path, "control-character").into());
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        if error.inner().classify() != serde_json::error::Category::Data {
            return malformed();
        }
        AppError::Invalid(vec![field_error(&error.path().to_string(), &error.inner().to_string())]).into()
    })?;
    reader.end().map_err(|_| malformed())?;
    Ok(value)
}

/// Where a text with a NUL stands.
fn path_of_nul(value: &serde_json::Value) -> Option<String> {
    let below = |name: String, value| {
        path_of_nul(value).map(|path| if path.is_empty() { name.clone() } else { format!("{name}.{path}") })
    };
    match value {
        serde_json::Value::String(text) => text.contains('\0').then(String::new),
        serde_json::Value::Array(items) => items.iter().enumerate().find_map(|(n, item)| below(n.to_string(), item)),
        serde_json::Value::Object(members) => {
            members.iter().find_map(
                |(name, member)| {
                    if name.contains('\0') { Some(String::new()) } else { below(name.clone(), member) }
                },
            )
        }
        _ => None,
    }
}

/// Query parameters.
#[derive(Debug, Clone)]
pub struct ApiQuery<T>(pub T);

/// Reads a query; parameters of another type are 422.
pub(crate) fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    let reader = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        AppError::Invalid(vec![field_error(&error.path().to_string(), &error.inner().to_string())]).into()
    })
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<ApiQuery<T>, ApiError> {
        read_query(parts.uri.query().unwrap_or("")).map(ApiQuery)
    }
}

/// Parts of the path; what cannot be read is not found.
#[derive(Debug, Clone)]
pub struct ApiPath<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for ApiPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<ApiPath<T>, ApiError> {
        let read = Path::<T>::from_request_parts(parts, state).await;
        read.map(|Path(value)| ApiPath(value)).map_err(|_| AppError::NotFound.into())
    }
}

/// Header `Idempotency-Key`: 1–128 visible ASCII characters, where it is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<IdempotencyKey, ApiError> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(IdempotencyKey(None));
        };
        let bytes = value.as_bytes();
        let fits = (1..=128).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
        match value.to_str() {
            Ok(text) if fits => Ok(IdempotencyKey(Some(text.to_owned()))),
            _ => Err(ApiError::field("Idempotency-Key", "idempotency-key-form")),
        }
    }
}
