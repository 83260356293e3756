//! Calls that change something: who, with which key, and the body as it came. One place reads the
//! body, runs the operation at most once per `Idempotency-Key` and keeps its answer.

use app::AppError;
use app::work::{ANSWER_PENDING, Once, Show};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use web_kit::fault::Fault;
use web_kit::prelude::*;

/// A call of a visitor that changes something: registration, forgotten passwords.
pub(crate) struct Open(pub Change);

/// A call that changes something, of somebody who is signed in: who he is comes before what he
/// sends.
pub(crate) struct Change {
    caller: ApiCaller,
    parts: Parts,
    once: Option<Once>,
    bytes: Bytes,
}

/// Whether the answer to a call with a key is kept for repetitions.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Answer,
    /// The answer holds a secret, which must not lie in a table.
    Nothing,
}

impl FromRequest<Web> for Open {
    type Rejection = ApiError;

    async fn from_request(request: Request, web: &Web) -> Result<Open, ApiError> {
        let (mut parts, body) = request.into_parts();
        let caller = ApiCaller::from_request_parts(&mut parts, web).await?;
        Change::read(caller, parts, body, web).await.map(Open)
    }
}

impl FromRequest<Web> for Change {
    type Rejection = ApiError;

    async fn from_request(request: Request, web: &Web) -> Result<Change, ApiError> {
        let (mut parts, body) = request.into_parts();
        let caller = ApiCaller::from_request_parts(&mut parts, web).await?;
        if caller.actor == Actor::Visitor {
            return Err(AppError::NotSignedIn.into());
        }
        Change::read(caller, parts, body, web).await
    }
}

impl Change {
    async fn read(caller: ApiCaller, mut parts: Parts, body: Body, web: &Web) -> Result<Change, ApiError> {
        let IdempotencyKey(key) = IdempotencyKey::from_request_parts(&mut parts, web).await?;
        let again = Request::from_parts(parts.clone(), body);
        let bytes = Bytes::from_request(again, web)
            .await
            .map_err(|refused| ApiError::from(Fault::of_status(refused.status())))?;
        let once = match (key, caller.actor.user_id()) {
            (Some(key), Some(user)) => {
                Some(Once { actor: user.to_owned(), key, request_hash: fingerprint(web, &parts, &bytes) })
            }
            _ => None,
        };
        Ok(Change { caller, parts, once, bytes })
    }
}

/// SHA-256 of method, path and body, keyed: a body may hold a password.
pub(crate) fn fingerprint(web: &Web, parts: &Parts, bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(parts.method.as_str());
    hash.update([0]);
    hash.update(parts.uri.path_and_query().map_or("", |p| p.as_str()));
    hash.update([0]);
    hash.update(bytes);
    let signed = web.signer().sign("idempotency", &hex::encode(hash.finalize()));
    signed.rsplit('.').next().unwrap_or_default().to_owned()
}

impl Change {
    /// Head of the request.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Runs `call` with the JSON body and answers `status`.
    pub async fn run<B, T, F, Fut>(self, status: StatusCode, call: F) -> ApiResult<Response>
    where
        B: DeserializeOwned,
        T: Serialize,
        F: FnOnce(ApiCaller, B) -> Fut,
        Fut: Future<Output = Result<T, AppError>>,
    {
        let body = self.body().await?;
        self.carry(status, Keep::Answer, |caller, _| call(caller, body)).await
    }

    /// Runs `call`, which is one operation, with the JSON body and answers `status` with what `show`
    /// makes of the operation's value. With a key the answer is kept in the operation's own
    /// transaction: there is no moment in which it has happened and its answer is not known.
    pub async fn run_shown<B, V, T, F, Fut>(self, status: StatusCode, call: F, show: fn(&V) -> T) -> ApiResult<Response>
    where
        B: DeserializeOwned,
        V: 'static,
        T: Serialize + 'static,
        F: FnOnce(ApiCaller, B) -> Fut,
        Fut: Future<Output = Result<V, AppError>>,
    {
        let body = self.body().await?;
        let web = self.caller.web.clone();
        let running = call(self.caller, body);
        let Some(once) = self.once else { return answer(status, text_of(status, &show(&running.await?))?) };
        let code = i64::from(status.as_u16());
        let make: Show = Arc::new(move |value| {
            let value = value.downcast_ref::<V>()?;
            // What cannot be written as JSON is a defect that the answer tells; it is not kept.
            text_of(status, &show(value)).ok().map(|text| (code, text))
        });
        match web.app.once_shown(once.clone(), Some(make), running).await {
            Ok((_, Some((_, text)))) => answer(status, text),
            Ok((value, None)) => {
                let text = text_of(status, &show(&value))?;
                keep(&web, &once, status, text.clone()).await;
                answer(status, text)
            }
            Err(error) => replay(error),
        }
    }

    /// The same for a call whose answer holds a secret that is shown once.
    pub async fn run_secret<B, T, F, Fut>(self, status: StatusCode, call: F) -> ApiResult<Response>
    where
        B: DeserializeOwned,
        T: Serialize,
        F: FnOnce(ApiCaller, B) -> Fut,
        Fut: Future<Output = Result<T, AppError>>,
    {
        let body = self.body().await?;
        self.carry(status, Keep::Nothing, |caller, _| call(caller, body)).await
    }

    /// Runs `call` with the bytes of the body and answers `status`.
    pub async fn run_bytes<T, F, Fut>(self, status: StatusCode, call: F) -> ApiResult<Response>
    where
        T: Serialize,
        F: FnOnce(ApiCaller, Bytes) -> Fut,
        Fut: Future<Output = Result<T, AppError>>,
    {
        self.carry(status, Keep::Answer, call).await
    }

    /// Runs `call` with the JSON body and answers 204.
    pub async fn done<B, F, Fut>(self, call: F) -> ApiResult<Response>
    where
        B: DeserializeOwned,
        F: FnOnce(ApiCaller, B) -> Fut,
        Fut: Future<Output = Result<(), AppError>>,
    {
        self.run(StatusCode::NO_CONTENT, call).await
    }

    /// The body; nothing at all counts as `{}`.
    async fn body<B: DeserializeOwned>(&self) -> Result<B, ApiError> {
        let mut request = Request::new(Body::from(self.bytes.clone()));
        if self.bytes.is_empty() {
            request = Request::new(Body::from("{}"));
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(header::CONTENT_TYPE, json);
        } else if let Some(kind) = self.parts.headers.get(header::CONTENT_TYPE) {
            request.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
        }
        ApiJson::<B>::from_request(request, &()).await.map(|ApiJson(body)| body)
    }

    async fn carry<T, F, Fut>(self, status: StatusCode, keep: Keep, call: F) -> ApiResult<Response>
    where
        T: Serialize,
        F: FnOnce(ApiCaller, Bytes) -> Fut,
        Fut: Future<Output = Result<T, AppError>>,
    {
        let web = self.caller.web.clone();
        let running = call(self.caller, self.bytes);
        carry(&web, self.once, status, keep, running).await
    }
}

/// Runs `call` at most once per key; its answer holds a secret and is not kept.
pub(crate) async fn carry_secret<T: Serialize>(
    web: &Web,
    once: Option<Once>,
    status: StatusCode,
    call: impl Future<Output = Result<T, AppError>>,
) -> ApiResult<Response> {
    carry(web, once, status, Keep::Nothing, call).await
}

async fn carry<T: Serialize>(
    web: &Web,
    once: Option<Once>,
    status: StatusCode,
    kept: Keep,
    call: impl Future<Output = Result<T, AppError>>,
) -> ApiResult<Response> {
    let Some(once) = once else { return answer(status, text_of(status, &call.await?)?) };
    match web.app.once(once.clone(), call).await {
        Ok(value) => {
            let text = text_of(status, &value)?;
            if kept == Keep::Answer {
                keep(web, &once, status, text.clone()).await;
            }
            answer(status, text)
        }
        Err(error) => replay(error),
    }
}

async fn keep(web: &Web, once: &Once, status: StatusCode, text: String) {
    if let Err(error) = web.app.answer_once(once, i64::from(status.as_u16()), text).await {
        // It has happened; a repetition is told so even without the answer.
        tracing::warn!(%error, "the answer of a call with a key could not be kept");
    }
}

/// The answer of the earlier call with the same key, or the error.
fn replay(error: AppError) -> ApiResult<Response> {
    match error {
        AppError::Replayed(found) if found.status == ANSWER_PENDING => {
            Err(ApiError::new(StatusCode::CONFLICT, "idempotency-answer-lost"))
        }
        AppError::Replayed(found) => {
            let status = u16::try_from(found.status).ok().and_then(|s| StatusCode::from_u16(s).ok());
            let mut response = answer(status.unwrap_or(StatusCode::OK), found.response)?;
            let name = HeaderName::from_static("idempotency-replayed");
            response.headers_mut().insert(name, HeaderValue::from_static("true"));
            Ok(response)
        }
        error => Err(error.into()),
    }
}

fn text_of<T: Serialize>(status: StatusCode, value: &T) -> Result<String, ApiError> {
    if status == StatusCode::NO_CONTENT {
        return Ok(String::new());
    }
    serde_json::to_string(value).map_err(|e| AppError::from(e).into())
}

fn answer(status: StatusCode, text: String) -> ApiResult<Response> {
    if text.is_empty() {
        return Ok(status.into_response());
    }
    Ok((status, [(header::CONTENT_TYPE, "application/json")], text).into_response())
}
