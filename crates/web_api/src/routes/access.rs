//! Tokens, registration, and who the caller is.

use super::Answer;
use crate::change::{Change, Open, carry_secret};
use crate::dto::account::{
    ForgotIn, LanguageIn, MeOut, NameIn, PasswordIn, RegisterIn, ResetIn, TokenMadeOut, TokenRequest,
};
use crate::spec::{Api, Doc};
use app::work::Once;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, request::Parts};
use domain::text::Language;
use web_kit::layers::client_address;
use web_kit::limiter::client_key;
use web_kit::prelude::*;

const GROUP: &str = "access";

pub(crate) fn add(api: Api) -> Api {
    let doc = |id, summary| Doc::new(GROUP, id, summary);
    api.post(
        "/auth/token",
        make_token,
        doc("make_token", "Log in and make an API token")
            .note("The token is shown once. Attempts are limited per address; several failures lock the account for a while.")
            .open()
            .body::<TokenRequest>()
            .creates::<TokenMadeOut>(),
    )
    .post(
        "/auth/register",
        register,
        doc("register", "Register a company with its owner").open().body::<RegisterIn>().done(),
    )
    .post(
        "/auth/forgot",
        forgot,
        doc("forgot_password", "Mail a link to choose a new password")
            .note("Answers the same whether there is such an account or not.")
            .open()
            .body::<ForgotIn>()
            .done(),
    )
    .post(
        "/auth/reset",
        reset,
        doc("reset_password", "Choose a new password with the token of a mailed link")
            .open()
            .body::<ResetIn>()
            .done(),
    )
    .get("/me", me, doc("me", "Who the caller is, with his rights").answers::<MeOut>())
    .put(
        "/me/language",
        set_language,
        doc("set_language", "Choose the language of pages and mails").body::<LanguageIn>().done(),
    )
    .put("/me/name", rename, doc("rename_me", "Change one's own name").body::<NameIn>().done())
    .put(
        "/me/password",
        change_password,
        doc("change_password", "Change one's own password; every session in a browser ends")
            .note("Attempts are limited per address. API tokens stay valid: revoke those that you do not trust.")
            .body::<PasswordIn>()
            .done(),
    )
}

/// Everything on which people guess shares the limit of the log-in forms.
fn brake(web: &Web, parts: &Parts) -> ApiResult<()> {
    let address = client_address(web, &parts.headers, &parts.extensions);
    if web.limiter().allow(&client_key(address), web.uptime_millis()) {
        return Ok(());
    }
    Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests"))
}

async fn make_token(
    State(web): State<Web>,
    IdempotencyKey(key): IdempotencyKey,
    parts: Parts,
    ApiJson(body): ApiJson<TokenRequest>,
) -> ApiResult<Response> {
    brake(&web, &parts)?;
    let network = client_key(client_address(&web, &parts.headers, &parts.extensions));
    let session = web.app.log_in_from(&body.email, &body.password, "API", &network).await?;
    let signed_in = web.app.session(&session).await?.ok_or(AppError::NotSignedIn)?;
    // The password stays out of the hash of the request: it has just been checked.
    let once = key.zip(signed_in.actor.user_id()).map(|(key, user)| Once {
        actor: user.to_owned(),
        key,
        request_hash: crate::change::fingerprint(&web, &parts, body.name.as_bytes()),
    });
    let make = async {
        let token = web.app.create_token(&signed_in.actor, &body.name).await?;
        Ok(TokenMadeOut { token })
    };
    let made = carry_secret(&web, once, StatusCode::CREATED, make).await;
    web.app.log_out(&signed_in).await?;
    made
}

async fn register(State(web): State<Web>, Open(change): Open) -> ApiResult<Response> {
    brake(&web, change.parts())?;
    change.done(|call, body: RegisterIn| async move { call.app().register(body.into()).await }).await
}

async fn forgot(State(web): State<Web>, Open(change): Open) -> ApiResult<Response> {
    brake(&web, change.parts())?;
    change.done(|call, body: ForgotIn| async move { call.app().ask_reset(&body.email).await }).await
}

async fn reset(State(web): State<Web>, Open(change): Open) -> ApiResult<Response> {
    brake(&web, change.parts())?;
    let reset =
        |call: ApiCaller, body: ResetIn| async move { call.app().reset_password(&body.token, &body.password).await };
    change.done(reset).await
}

async fn me(call: ApiCaller) -> Answer<MeOut> {
    let unread = match call.actor {
        Actor::Visitor => return Err(AppError::NotSignedIn.into()),
        _ => call.app().unread(&call.actor).await?,
    };
    Ok(Json(MeOut::of(&call.actor, unread).ok_or(AppError::NotSignedIn)?))
}

async fn set_language(change: Change) -> ApiResult<Response> {
    let set = |call: ApiCaller, body: LanguageIn| async move {
        let language = Language::from_code(&body.language.0).unwrap_or(Language::Zh);
        call.app().set_language(&call.actor, language).await
    };
    change.done(set).await
}

async fn rename(change: Change) -> ApiResult<Response> {
    change.done(|call, body: NameIn| async move { call.app().rename(&call.actor, &body.name).await }).await
}

async fn change_password(State(web): State<Web>, change: Change) -> ApiResult<Response> {
    brake(&web, change.parts())?;
    let save = |call: ApiCaller, body: PasswordIn| async move {
        call.app().change_password(&call.actor, "", &body.old_password, &body.new_password).await
    };
    change.done(save).await
}
