//! Members of the caller's organisation and their groups.

use super::{Answer, Id, Nothing, Rows};
use crate::change::Change;
use crate::dto::common::List;
use crate::dto::members::{GroupIn, GroupMadeOut, GroupOut, GroupsIn, InviteIn, MemberIn, MemberOut, ScopeIn, UserOut};
use crate::spec::{Api, Doc};
use axum::Json;
use axum::http::StatusCode;
use domain::access::Right;
use web_kit::prelude::*;

fn doc(id: &str, summary: &str) -> Doc {
    Doc::new("account", id, summary)
}

pub(crate) fn add(api: Api) -> Api {
    groups(people(api))
}

fn people(api: Api) -> Api {
    let user = "Id of the user";
    api.get("/members", members, doc("list_members", "Members of the organisation").lists::<UserOut>())
        .post(
            "/members",
            invite,
            doc("invite_member", "Add a member; he is mailed a link to choose his password").body::<InviteIn>().done(),
        )
        .get(
            "/members/{id}",
            member,
            doc("get_member", "A member with his groups").at("id", user).answers::<MemberOut>(),
        )
        .put(
            "/members/{id}",
            change_member,
            doc("change_member", "Replace a member's role and rights, or disable him")
                .at("id", user)
                .body::<MemberIn>()
                .done(),
        )
        .delete(
            "/members/{id}",
            withdraw_invitation,
            doc("withdraw_invitation", "Take back an invitation that has not been accepted").at("id", user).done(),
        )
        .put(
            "/members/{id}/scope",
            authorise,
            doc("authorise_member", "Replace a member's products and programmatic access")
                .at("id", user)
                .body::<ScopeIn>()
                .done(),
        )
        .put(
            "/members/{id}/groups",
            regroup,
            doc("set_member_groups", "Replace the groups in which a member is")
                .at("id", user)
                .body::<GroupsIn>()
                .done(),
        )
}

fn groups(api: Api) -> Api {
    let group = "Id of the group";
    api.get("/member-groups", list_groups, doc("list_member_groups", "User groups").lists::<GroupOut>())
        .post(
            "/member-groups",
            create_group,
            doc("create_member_group", "Make a user group").body::<GroupIn>().creates::<GroupMadeOut>(),
        )
        .put(
            "/member-groups/{id}",
            change_group,
            doc("change_member_group", "Replace a group's name and rights").at("id", group).body::<GroupIn>().done(),
        )
        .delete(
            "/member-groups/{id}",
            delete_group,
            doc("delete_member_group", "Delete a group; its members lose its rights").at("id", group).done(),
        )
}

async fn members(call: ApiCaller) -> Rows<UserOut> {
    Ok(Json(List::whole(call.app().members(&call.actor).await?)))
}

async fn member(ApiPath(id): Id, call: ApiCaller) -> Answer<MemberOut> {
    Ok(Json(call.app().member(&call.actor, &id).await?.into()))
}

async fn invite(change: Change) -> ApiResult<Response> {
    let invite = |call: ApiCaller, body: InviteIn| async move {
        call.app().invite_member(&call.actor, &body.name, &body.email, body.role.0).await
    };
    change.done(invite).await
}

async fn change_member(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let save = |call: ApiCaller, body: MemberIn| async move {
        let extra = body.extra_rights.iter().map(|r| r.0).collect();
        call.app().change_member(&call.actor, &id, body.role.0, extra, body.disabled).await
    };
    change.done(save).await
}

async fn withdraw_invitation(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let withdraw = |call: ApiCaller, _: Nothing| async move { call.app().withdraw_invitation(&call.actor, &id).await };
    change.done(withdraw).await
}

async fn authorise(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let save = |call: ApiCaller, body: ScopeIn| async move {
        call.app().authorise_member(&call.actor, &id, body.products, body.programmatic).await
    };
    change.done(save).await
}

async fn regroup(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let save = |call: ApiCaller, body: GroupsIn| async move {
        call.app().set_member_groups(&call.actor, &id, body.groups).await
    };
    change.done(save).await
}

async fn list_groups(call: ApiCaller) -> Rows<GroupOut> {
    Ok(Json(List::whole(call.app().member_groups(&call.actor).await?)))
}

fn rights(body: &GroupIn) -> Vec<Right> {
    body.rights.iter().map(|r| r.0).collect()
}

async fn create_group(change: Change) -> ApiResult<Response> {
    let create = |call: ApiCaller, body: GroupIn| async move {
        let id = call.app().create_member_group(&call.actor, &body.name, rights(&body)).await?;
        Ok(GroupMadeOut { id })
    };
    change.run(StatusCode::CREATED, create).await
}

async fn change_group(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    let save = |call: ApiCaller, body: GroupIn| async move {
        call.app().change_member_group(&call.actor, &id, &body.name, rights(&body)).await
    };
    change.done(save).await
}

async fn delete_group(ApiPath(id): Id, change: Change) -> ApiResult<Response> {
    change.done(|call, _: Nothing| async move { call.app().delete_member_group(&call.actor, &id).await }).await
}
