//! Members of an organisation, operators, API tokens.

use super::*;
use crate::actor::{Actor, Member};
use crate::error::AppError;
use crate::mails::{self, LinkReason};
use crate::{App, secrets};
use domain::access::{MemberRole, OperatorRight, OperatorRole, Right};
use domain::id::TokenId;
use domain::identity::{check_password, normal_email};
use domain::membership::Grants;
use serde_json::json;
use store::audit::PLATFORM_CHAIN;
use store::identity::{ApiToken, Standing, User};
use store::member_groups::MemberGroup;

impl App {
    /// The members of one's organisation.
    pub async fn members(&self, actor: &Actor) -> Result<Vec<User>, AppError> {
        let id = actor.may_look(Right::UserManage)?.organisation_id.clone();
        self.look(move |tx| Ok(store::identity::users_of(tx, &id)?)).await
    }

    /// One member of one's organisation with the groups in which he is.
    pub async fn member(&self, actor: &Actor, user_id: &str) -> Result<(User, Vec<MemberGroup>), AppError> {
        let (id, user_id) = (actor.may_look(Right::UserManage)?.organisation_id.clone(), user_id.to_owned());
        self.look(move |tx| {
            let user = store::identity::load_user(tx, &user_id)?.ok_or(AppError::NotFound)?;
            match &user.standing {
                Standing::Member { organisation_id, .. } if *organisation_id == id => {
                    let groups = store::member_groups::groups_of(tx, &user_id)?;
                    Ok((user, groups))
                }
                _ => Err(AppError::NotFound),
            }
        })
        .await
    }

    /// Adds a sub-user; he chooses his password by the reset link that is mailed to him.
    pub async fn invite_member(
        &self,
        actor: &Actor,
        name: &str,
        email: &str,
        role: MemberRole,
    ) -> Result<(), AppError> {
        let manager = actor.may(Right::UserManage)?;
        if role == MemberRole::Owner {
            return Err(AppError::field("role", "owner-only-one"));
        }
        // Who is narrowed to some products invites people who are narrowed to the same ones.
        let products = manager.products.clone();
        let wanted = Grants { role, beyond: &[], products: &products };
        manager.holding(|mine| mine.covers(&wanted)).map_err(|e| AppError::Refused(e.code()))?;
        let organisation_id = manager.organisation_id.clone();
        let email = normal_email(email).ok_or_else(|| AppError::field("email", "email-form"))?;
        let name = name.trim().to_owned();
        check_user_name(&name)?;
        let (by, inviter, stationery) = (manager.name.clone(), manager.user_id.clone(), self.stationery());
        self.act(actor, move |work| {
            let members = store::identity::users_of(work.tx, &organisation_id)?;
            if i64::try_from(members.len()).unwrap_or(i64::MAX) > work.settings.sub_users_max {
                return Err(AppError::Refused("sub-users-max"));
            }
            let standing = Standing::Member { organisation_id: organisation_id.clone(), role, extra: Vec::new() };
            // He reads what his colleague reads, until he chooses a language himself.
            let language = store::identity::load_user(work.tx, &inviter)?.map_or("zh".into(), |u| u.language);
            make_room(work, &email, false)?;
            let id = insert_user(work, &name, &email, "", standing, &language)?;
            let organisation =
                store::identity::load_organisation(work.tx, &organisation_id)?.ok_or(AppError::NotFound)?.name;
            let mut user = store::identity::load_user(work.tx, &id)?.ok_or(AppError::NotFound)?;
            if !products.is_empty() {
                user.products.clone_from(&products);
                store::identity::save_user(work.tx, &user)?;
            }
            let reason = LinkReason::Invited { by: by.clone(), organisation };
            mails::mail_password_link(work, &stationery, &user, &reason)?;
            work.audit(&organisation_id, "member.invited", "user", &id, &json!({"email": email, "role": role.code()}));
            Ok(())
        })
        .await
    }

    /// Adds a sub-user with a password: for the demo and for markets that move here. Nothing is mailed.
    pub async fn import_member(
        &self,
        organisation_id: &str,
        name: &str,
        email: &str,
        role: MemberRole,
        password: &str,
    ) -> Result<(), AppError> {
        if role == MemberRole::Owner {
            return Err(AppError::field("role", "owner-only-one"));
        }
        let email = normal_email(email).ok_or_else(|| AppError::field("email", "email-form"))?;
        check_password(password, &email).map_err(|f| AppError::field("password", f.code()))?;
        let (organisation_id, name, password) = (organisation_id.to_owned(), name.to_owned(), password.to_owned());
        let hash = self.inner.hashing.run(move || secrets::hash_password(&password)).await?;
        let hash = hash.map_err(AppError::Internal)?;
        self.act(&Actor::System("import"), move |work| {
            let standing = Standing::Member { organisation_id: organisation_id.clone(), role, extra: Vec::new() };
            let id = insert_user(work, &name, &email, &hash, standing, "zh")?;
            work.audit(&organisation_id, "member.invited", "user", &id, &json!({"email": email, "role": role.code()}));
            Ok(())
        })
        .await
    }

    /// Takes back an invitation that has not been accepted.
    pub async fn withdraw_invitation(&self, actor: &Actor, user_id: &str) -> Result<(), AppError> {
        let manager = actor.may(Right::UserManage)?.clone();
        let user_id = user_id.to_owned();
        self.act(actor, move |work| {
            let user = load_sub_user(work, &manager, &user_id)?;
            withdraw(work, &user, "member.invitation-withdrawn")
        })
        .await
    }

    /// Changes a sub-user's role and further rights, or disables him.
    pub async fn change_member(
        &self,
        actor: &Actor,
        user_id: &str,
        role: MemberRole,
        extra: Vec<Right>,
        disabled: bool,
    ) -> Result<(), AppError> {
        let manager = actor.may(Right::UserManage)?.clone();
        if role == MemberRole::Owner {
            return Err(AppError::Refused("owner-unchangeable"));
        }
        let user_id = user_id.to_owned();
        self.act(actor, move |work| {
            let mut user = load_sub_user(work, &manager, &user_id)?;
            let lists: [&[Right]; 2] = [&extra, &user.group_rights];
            let wanted = Grants { role, beyond: &lists, products: &user.products };
            manager.holding(|mine| mine.covers(&wanted)).map_err(|e| AppError::Refused(e.code()))?;
            let organisation_id = manager.organisation_id.clone();
            user.standing = Standing::Member { organisation_id, role, extra: extra.clone() };
            user.disabled = disabled;
            store::identity::save_user(work.tx, &user)?;
            if disabled {
                store::identity::delete_sessions_of(work.tx, &user.id, "")?;
                store::identity::use_up_resets(work.tx, &user.id, work.real_now)?;
            }
            let detail = json!({"role": role.code(), "extra": extra, "disabled": disabled});
            work.audit(&manager.organisation_id, "member.changed", "user", &user_id, &detail);
            Ok(())
        })
        .await
    }

    /// Narrows a sub-user's product rights to some products (an empty list means all) and switches
    /// his programmatic access on or off (supply side 1.9). Only the owner switches it on (ON-43).
    pub async fn authorise_member(
        &self,
        actor: &Actor,
        user_id: &str,
        mut products: Vec<String>,
        programmatic: bool,
    ) -> Result<(), AppError> {
        let manager = actor.may(Right::UserManage)?.clone();
        products.sort_unstable();
        products.dedup();
        let user_id = user_id.to_owned();
        self.act(actor, move |work| {
            let mut user = load_sub_user(work, &manager, &user_id)?;
            for id in &products {
                store::catalogue::load_own_product(work.tx, &manager.organisation_id, id)?
                    .ok_or_else(|| AppError::field("products", "product-unknown"))?;
            }
            let (role, own) = user.grants().ok_or(AppError::NotFound)?;
            let lists: [&[Right]; 2] = [own, &user.group_rights];
            let wanted = Grants { role, beyond: &lists, products: &products };
            manager.holding(|mine| mine.covers(&wanted)).map_err(|e| AppError::Refused(e.code()))?;
            if programmatic && !user.programmatic && manager.role != MemberRole::Owner {
                return Err(AppError::Refused("programmatic-owner-only"));
            }
            user.products.clone_from(&products);
            user.programmatic = programmatic;
            store::identity::save_user(work.tx, &user)?;
            let detail = json!({"products": products, "programmatic": programmatic});
            work.audit(&manager.organisation_id, "member.authorised", "user", &user_id, &detail);
            Ok(())
        })
        .await
    }

    /// Makes an API token for oneself; shown once. A sub-user's works only after the owner has
    /// switched on programmatic access for him (ON-43).
    pub async fn create_token(&self, actor: &Actor, name: &str) -> Result<String, AppError> {
        let user_id = actor.user_id().ok_or(AppError::NotSignedIn)?.to_owned();
        if matches!(actor, Actor::Member(_)) {
            actor.working()?;
        }
        let name = name.trim().chars().take(64).collect::<String>();
        if name.is_empty() {
            return Err(AppError::field("name", "required"));
        }
        let token = format!("yf_{}", secrets::token());
        let hash = secrets::token_hash(&token);
        let chain = chain_for(actor);
        self.act(actor, move |work| {
            let id = TokenId::new(work.seed()).to_string();
            store::identity::insert_token(work.tx, &id, &user_id, &name, &hash, work.real_now)?;
            work.audit(&chain, "token.created", "token", &id, &json!({"name": name}));
            Ok(())
        })
        .await?;
        Ok(token)
    }

    /// One's own API tokens.
    pub async fn tokens(&self, actor: &Actor) -> Result<Vec<ApiToken>, AppError> {
        let user_id = actor.user_id().ok_or(AppError::NotSignedIn)?.to_owned();
        self.look(move |tx| Ok(store::identity::tokens_of(tx, &user_id)?)).await
    }

    /// Revokes one of one's own API tokens.
    pub async fn revoke_token(&self, actor: &Actor, id: &str) -> Result<(), AppError> {
        let (user_id, id) = (actor.user_id().ok_or(AppError::NotSignedIn)?.to_owned(), id.to_owned());
        let chain = chain_for(actor);
        self.act(actor, move |work| {
            store::identity::revoke_token(work.tx, &user_id, &id, work.real_now).map_err(|_| AppError::NotFound)?;
            work.audit(&chain, "token.revoked", "token", &id, &json!({}));
            Ok(())
        })
        .await
    }

    /// Operators of the market.
    pub async fn operators(&self, actor: &Actor) -> Result<Vec<User>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        self.look(|tx| Ok(store::identity::operators(tx)?)).await
    }

    /// Creates an operator: by the command line, or by an administrator.
    pub async fn create_operator(
        &self,
        actor: &Actor,
        name: &str,
        email: &str,
        password: &str,
        role: OperatorRole,
    ) -> Result<(), AppError> {
        if !matches!(actor, Actor::System(_)) {
            actor.operator_may(OperatorRight::ManageOperators)?;
        }
        let email = normal_email(email).ok_or_else(|| AppError::field("email", "email-form"))?;
        check_password(password, &email).map_err(|f| AppError::field("password", f.code()))?;
        let (name, password) = (name.to_owned(), password.to_owned());
        let hash =
            self.inner.hashing.run(move || secrets::hash_password(&password)).await?.map_err(AppError::Internal)?;
        self.act(actor, move |work| {
            let id = insert_user(work, &name, &email, &hash, Standing::Operator { role }, "zh")?;
            work.audit(PLATFORM_CHAIN, "operator.created", "user", &id, &json!({"email": email, "role": role.code()}));
            Ok(())
        })
        .await
    }

    /// Disables or enables an operator, or changes his role. Nobody changes himself.
    pub async fn change_operator(
        &self,
        actor: &Actor,
        user_id: &str,
        role: OperatorRole,
        disabled: bool,
    ) -> Result<(), AppError> {
        if actor.operator_may(OperatorRight::ManageOperators)?.user_id == user_id {
            return Err(AppError::Refused("not-yourself"));
        }
        let user_id = user_id.to_owned();
        self.act(actor, move |work| {
            let mut user = store::identity::load_user(work.tx, &user_id)?.ok_or(AppError::NotFound)?;
            if !matches!(user.standing, Standing::Operator { .. }) {
                return Err(AppError::NotFound);
            }
            user.standing = Standing::Operator { role };
            user.disabled = disabled;
            store::identity::save_user(work.tx, &user)?;
            if disabled {
                store::identity::delete_sessions_of(work.tx, &user_id, "")?;
                store::identity::use_up_resets(work.tx, &user_id, work.real_now)?;
            }
            work.audit(
                PLATFORM_CHAIN,
                "operator.changed",
                "user",
                &user_id,
                &json!({"role": role.code(), "disabled": disabled}),
            );
            Ok(())
        })
        .await
    }
}

/// A person's name: not empty, at most 64 characters, and nothing that a mail program makes a link
/// of, because names stand in mails to people whom the sender does not know.
pub(super) fn check_user_name(name: &str) -> Result<(), AppError> {
    match name.trim().chars().count() {
        0 => Err(AppError::field("user_name", "too-short")),
        65.. => Err(AppError::field("user_name", "too-long")),
        _ if domain::text::holds_host(name) => Err(AppError::field("user_name", "name-link")),
        _ => Ok(()),
    }
}

/// A sub-user of the manager's organisation whom he may change: not himself, not the owner, and
/// nobody who holds more than he does.
pub(super) fn load_sub_user(work: &mut Work<'_, '_>, manager: &Member, user_id: &str) -> Result<User, AppError> {
    if manager.user_id == user_id && manager.role != MemberRole::Owner {
        return Err(AppError::Refused("not-yourself"));
    }
    let user = store::identity::load_user(work.tx, user_id)?.ok_or(AppError::NotFound)?;
    match &user.standing {
        Standing::Member { organisation_id, role, extra } if *organisation_id == manager.organisation_id => {
            if *role == MemberRole::Owner {
                return Err(AppError::Refused("owner-unchangeable"));
            }
            let lists: [&[Right]; 2] = [extra, &user.group_rights];
            let held = Grants { role: *role, beyond: &lists, products: &user.products };
            manager.holding(|mine| mine.covers(&held)).map_err(|e| AppError::Refused(e.code()))?;
        }
        _ => return Err(AppError::NotFound),
    }
    Ok(user)
}
