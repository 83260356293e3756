//! User groups: rights that several members share (supply side ON-40).

use super::*;
use crate::App;
use crate::actor::{Actor, Member};
use crate::error::AppError;
use domain::access::Right;
use domain::membership::{GROUP_NAME_MAX, GROUPS_MAX, Grants};
use serde_json::json;
use store::member_groups::{self as rows, MemberGroup};

/// A group with the ids of its members.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupDetail {
    /// The group.
    pub group: MemberGroup,
    /// Ids of its members.
    pub users: Vec<String>,
}

fn checked_name(name: &str) -> Result<String, AppError> {
    let name = name.trim();
    match name.chars().count() {
        0 => Err(AppError::field("name", "required")),
        n if n > GROUP_NAME_MAX => Err(AppError::field("name", "too-long")),
        _ => Ok(name.to_owned()),
    }
}

/// Nobody hands out, changes or takes away rights that he does not have himself.
fn holds(manager: &Member, rights: &[Right]) -> Result<(), AppError> {
    match rights.iter().all(|right| manager.has(*right)) {
        true => Ok(()),
        false => Err(AppError::Refused("right-not-yours")),
    }
}

fn tidy(mut rights: Vec<Right>) -> Vec<Right> {
    rights.sort_unstable();
    rights.dedup();
    rights
}

fn name_taken(error: store::StoreError) -> AppError {
    match error {
        store::StoreError::Duplicate => AppError::field("name", "name-taken"),
        e => e.into(),
    }
}

impl App {
    /// The groups of one's organisation with their members.
    pub async fn member_groups(&self, actor: &Actor) -> Result<Vec<GroupDetail>, AppError> {
        let id = actor.may_look(Right::UserManage)?.organisation_id.clone();
        self.look(move |tx| {
            let found = rows::list(tx, &id)?;
            found
                .into_iter()
                .map(|group| Ok(GroupDetail { users: rows::users_in(tx, &group.id)?, group }))
                .collect::<Result<Vec<_>, AppError>>()
        })
        .await
    }

    /// Makes a group; returns its id.
    pub async fn create_member_group(&self, actor: &Actor, name: &str, rights: Vec<Right>) -> Result<String, AppError> {
        let manager = actor.may(Right::UserManage)?;
        holds(manager, &rights)?;
        let (organisation_id, name, rights) = (manager.organisation_id.clone(), checked_name(name)?, tidy(rights));
        self.act(actor, move |work| {
            if rows::list(work.tx, &organisation_id)?.len() >= GROUPS_MAX {
                return Err(AppError::Refused("groups-max"));
            }
            let group = MemberGroup {
                id: domain::id::text("grp", work.seed()),
                organisation_id: organisation_id.clone(),
                name: name.clone(),
                rights: rights.clone(),
                created_at: work.real_now,
                updated_at: work.real_now,
                version: 1,
            };
            rows::insert(work.tx, &group).map_err(name_taken)?;
            let detail = json!({"name": name, "rights": rights});
            work.audit(&organisation_id, "group.created", "group", &group.id, &detail);
            Ok(group.id)
        })
        .await
    }

    /// Changes a group's name and rights; its members hold the new rights at once.
    pub async fn change_member_group(
        &self,
        actor: &Actor,
        id: &str,
        name: &str,
        rights: Vec<Right>,
    ) -> Result<(), AppError> {
        let manager = actor.may(Right::UserManage)?.clone();
        holds(&manager, &rights)?;
        let (id, name, rights) = (id.to_owned(), checked_name(name)?, tidy(rights));
        self.act(actor, move |work| {
            let mut group = rows::load(work.tx, &manager.organisation_id, &id)?.ok_or(AppError::NotFound)?;
            holds(&manager, &group.rights)?;
            group.name.clone_from(&name);
            group.rights.clone_from(&rights);
            group.updated_at = work.real_now;
            rows::save(work.tx, &group).map_err(name_taken)?;
            for user_id in rows::users_in(work.tx, &id)? {
                rows::refresh_rights(work.tx, &user_id)?;
            }
            let detail = json!({"name": name, "rights": rights});
            work.audit(&manager.organisation_id, "group.changed", "group", &id, &detail);
            Ok(())
        })
        .await
    }

    /// Deletes a group; its members lose its rights at once.
    pub async fn delete_member_group(&self, actor: &Actor, id: &str) -> Result<(), AppError> {
        let (manager, id) = (actor.may(Right::UserManage)?.clone(), id.to_owned());
        self.act(actor, move |work| {
            let group = rows::load(work.tx, &manager.organisation_id, &id)?.ok_or(AppError::NotFound)?;
            holds(&manager, &group.rights)?;
            for user_id in rows::users_in(work.tx, &id)? {
                rows::leave(work.tx, &id, &user_id)?;
                rows::refresh_rights(work.tx, &user_id)?;
            }
            rows::delete(work.tx, &manager.organisation_id, &id)?;
            work.audit(&manager.organisation_id, "group.deleted", "group", &id, &json!({"name": group.name}));
            Ok(())
        })
        .await
    }

    /// Puts a sub-user into exactly these groups.
    pub async fn set_member_groups(
        &self,
        actor: &Actor,
        user_id: &str,
        group_ids: Vec<String>,
    ) -> Result<(), AppError> {
        let manager = actor.may(Right::UserManage)?.clone();
        let user_id = user_id.to_owned();
        self.act(actor, move |work| {
            let user = members::load_sub_user(work, &manager, &user_id)?;
            let before = rows::groups_of(work.tx, &user_id)?;
            let mut after = Vec::new();
            for id in &group_ids {
                let found = rows::load(work.tx, &manager.organisation_id, id)?;
                after.push(found.ok_or_else(|| AppError::field("groups", "group-unknown"))?);
            }
            let gained: Vec<Right> = after.iter().flat_map(|g| g.rights.clone()).collect();
            let (role, own) = user.grants().ok_or(AppError::NotFound)?;
            let lists: [&[Right]; 2] = [own, &gained];
            let wanted = Grants { role, beyond: &lists, products: &user.products };
            manager.holding(|mine| mine.covers(&wanted)).map_err(|e| AppError::Refused(e.code()))?;
            for group in before.iter().filter(|g| !after.iter().any(|a| a.id == g.id)) {
                rows::leave(work.tx, &group.id, &user_id)?;
            }
            let mut joined: Vec<&str> = before.iter().map(|g| g.id.as_str()).collect();
            for group in &after {
                if !joined.contains(&group.id.as_str()) {
                    rows::join(work.tx, &group.id, &user_id)?;
                    joined.push(&group.id);
                }
            }
            rows::refresh_rights(work.tx, &user_id)?;
            let names: Vec<&str> = after.iter().map(|g| g.name.as_str()).collect();
            work.audit(&manager.organisation_id, "member.grouped", "user", &user_id, &json!({"groups": names}));
            Ok(())
        })
        .await
    }
}
