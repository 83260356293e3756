//! Organisation, tokens, messages, audit log of the caller.

use super::{Answer, Id, Nothing, Rows};
use crate::change::Change;
use crate::dto::account::{
    ApplyFor, ApplyIn, AuditOut, MessageOut, NameIn, OrganisationIn, OrganisationOut, TokenMadeOut, TokenOut,
};
use crate::dto::common::{List, Time};
use crate::paging::list_query;
use crate::spec::{Api, Doc};
use app::identity::OrganisationRequest;
use axum::Json;
use axum::http::StatusCode;
use domain::text::Language;
use store::audit::AuditFilter;
use store::messages::Message;
use web_kit::prelude::*;

const GROUP: &str = "account";

list_query! {
    /// Filters of messages.
    MessageQuery {
        /// Only unread ones
        unread: bool,
    }
}

list_query! {
    /// Filters of the audit log.
    AuditQuery {
        /// Organisation id; for operators
        chain: String,
        /// About this object
        subject_id: String,
        /// By this user
        actor_id: String,
        /// What was done, such as `order.paid`
        action: String,
        /// At or after this time
        from: Time,
        /// Before this time
        to: Time,
    }
}

impl AuditQuery {
    /// The filter and the page.
    pub fn read(self) -> Result<(AuditFilter, PageRequest), AppError> {
        let page = self.page()?;
        let filter = AuditFilter {
            chain: self.chain,
            subject_id: self.subject_id,
            actor_id: self.actor_id,
            action: self.action,
            from: self.from.map(|t| t.0),
            to: self.to.map(|t| t.0),
        };
        Ok((filter, page))
    }
}

fn doc(id: &str, summary: &str) -> Doc {
    Doc::new(GROUP, id, summary)
}

pub(crate) fn add(api: Api) -> Api {
    super::members::add(inbox(people(api)))
}

fn people(api: Api) -> Api {
    api.get(
        "/organisation",
        organisation,
        doc("get_organisation", "The caller's organisation").answers::<OrganisationOut>(),
    )
    .put(
        "/organisation",
        save_organisation,
        doc("save_organisation", "Replace the public data of the organisation").body::<OrganisationIn>().done(),
    )
    .post(
        "/organisation/requests",
        apply,
        doc("apply", "Hand in real-name data, or ask to become a seller").body::<ApplyIn>().done(),
    )
}

fn inbox(api: Api) -> Api {
    api.get("/tokens", tokens, doc("list_tokens", "One's API tokens").lists::<TokenOut>())
        .post(
            "/tokens",
            create_token,
            doc("create_token", "Make an API token; it is shown once").body::<NameIn>().creates::<TokenMadeOut>(),
        )
        .delete(
            "/tokens/{id}",
            revoke_token,
            doc("revoke_token", "Revoke an API token").at("id", "Id of the token").done(),
        )
        .get(
            "/messages",
            messages,
            doc("list_messages", "Messages of the organisation, or of the operators")
                .query::<MessageQuery>()
                .lists::<MessageOut>(),
        )
        .post(
            "/messages/{id}/read",
            mark_read,
            doc("read_message", "Mark a message as read").at("id", "Id of the message").done(),
        )
        .post("/messages/read", mark_all_read, doc("read_all_messages", "Mark every message as read").done())
        .get(
            "/audit",
            audit,
            doc("list_audit", "The audit log: of the organisation, or of the market for operators")
                .query::<AuditQuery>()
                .lists::<AuditOut>(),
        )
}

async fn organisation(call: ApiCaller) -> Answer<OrganisationOut> {
    Ok(Json(call.app().own_organisation(&call.actor).await?.into()))
}

async fn save_organisation(change: Change) -> ApiResult<Response> {
    let save = |call: ApiCaller, body: OrganisationIn| async move {
        call.app().save_own_organisation(&call.actor, body.into()).await
    };
    change.done(save).await
}

async fn apply(change: Change) -> ApiResult<Response> {
    let apply = |call: ApiCaller, body: ApplyIn| async move {
        let what = match body.what {
            ApplyFor::Verification => OrganisationRequest::Verification { credit_code: body.credit_code },
            ApplyFor::Seller => OrganisationRequest::Seller,
        };
        call.app().apply(&call.actor, what).await
    };
    change.done(apply).await
}

async fn tokens(call: ApiCaller) -> Rows<TokenOut> {
    Ok(Json(List::whole(call.app().tokens(&call.actor).await?)))
}

async fn create_token(change: Change) -> ApiResult<Response> {
    let create = |call: ApiCaller, body: NameIn| async move {
        let token = call.app().create_token(&call.actor, &body.name).await?;
        Ok(TokenMadeOut { token })
    };
    change.run_secret(StatusCode::CREATED, create).await
}

async fn revoke_token(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    change.done(|call, _: Nothing| async move { call.app().revoke_token(&call.actor, &id).await }).await
}

/// The message in words: its text with its arguments.
fn worded(app: &App, language: Language, message: Message) -> MessageOut {
    let text = app::messages::worded(app.words(), language, &message.kind, &message.arguments);
    let shown = |argument| match argument {
        app::words::Argument::Number(number) => number.to_string(),
        app::words::Argument::Text(text) => text,
    };
    let about = app::messages::arguments(language, &message.arguments).into_iter();
    let about: serde_json::Map<_, _> = about.map(|(name, value)| (name, shown(value).into())).collect();
    MessageOut::of(message, text, about.into())
}

async fn messages(call: ApiCaller, ApiQuery(q): ApiQuery<MessageQuery>) -> Rows<MessageOut> {
    let page = q.page()?;
    let found = call.app().messages(&call.actor, q.unread.unwrap_or(false), page).await?;
    Ok(Json(List::of(found.map(|message| worded(call.app(), call.language, message)))))
}

async fn mark_read(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    change.done(|call, _: Nothing| async move { call.app().mark_read(&call.actor, Some(id)).await }).await
}

async fn mark_all_read(change: Change) -> ApiResult<Response> {
    change.done(|call, _: Nothing| async move { call.app().mark_read(&call.actor, None).await }).await
}

async fn audit(call: ApiCaller, ApiQuery(q): ApiQuery<AuditQuery>) -> Rows<AuditOut> {
    let (filter, page) = q.read()?;
    Ok(Json(List::of(call.app().audit(&call.actor, filter, page).await?)))
}
