//! Accounts: registration, log-in, sessions, members, keys, verification (area `identity`).

use crate::actor::{Actor, Member, Operator};
use crate::error::{AppError, FieldError};
use crate::jobs::Task;
use crate::messages::Mail;
use crate::work::{OrganisationClock, Work};
use crate::{App, secrets};
use domain::access::{MemberRole, OperatorRight, OperatorRole, Right};
use domain::id::{AccessKeyId, OrganisationId, TokenId, UserId};
use domain::identity::{LogInRecord, SellerState, Verification, check_password, normal_email};
use domain::text::{Language, Localized};
use domain::time::{HOUR, MINUTE, Timestamp};
use serde_json::json;
use store::audit::PLATFORM_CHAIN;
use store::identity::{
    AccessKey, ApiToken, Organisation, OrganisationFilter, Session, Standing, User,
};
use store::listing::{PageRequest, Paged};

/// A session that has been recognised.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who it is.
    pub actor: Actor,
    /// Token that every form must carry.
    pub csrf: String,
    /// Hash of the session's token.
    pub token_hash: String,
    /// Language that the user chose.
    pub language: Language,
}

/// A new company with its first user.
#[derive(Debug, Clone, Default)]
pub struct Registration {
    /// Legal name.
    pub legal_name: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// Unified credit code.
    pub credit_code: String,
    /// The owner's name.
    pub user_name: String,
    /// The owner's address.
    pub email: String,
    /// Password.
    pub password: String,
    /// Language of the owner.
    pub language: String,
}

fn actor_of(user: User, organisation: Option<Organisation>) -> Result<Actor, AppError> {
    match user.standing {
        Standing::Operator { role } => Ok(Actor::Operator(Operator {
            user_id: user.id,
            name: user.name,
            email: user.email,
            role,
        })),
        Standing::Member { role, extra, .. } => {
            let o = organisation.ok_or(AppError::NotFound)?;
            Ok(Actor::Member(Box::new(Member {
                user_id: user.id,
                name: user.name,
                email: user.email,
                role,
                extra,
                organisation_id: o.id,
                organisation_name: o.name,
                verification: o.verification,
                seller_state: o.seller_state,
                is_partner: o.is_partner,
                sandbox: o.sandbox,
                clock_offset: o.clock_offset,
                frozen: o.frozen,
            })))
        }
    }
}

fn organisation_of(tx: &mut store::Tx<'_>, user: &User) -> Result<Option<Organisation>, AppError> {
    match &user.standing {
        Standing::Member {
            organisation_id, ..
        } => Ok(store::identity::load_organisation(tx, organisation_id)?),
        Standing::Operator { .. } => Ok(None),
    }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| AppError::Internal(e.to_string()))
}

/// A hash of nothing: compared when there is no account, so that the time tells nothing.
fn decoy() -> &'static str {
    static DECOY: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    DECOY.get_or_init(|| secrets::hash_password(&secrets::token()).unwrap_or_default())
}

impl App {
    /// Registers a company with its owner; he still has to be verified before he can trade.
    pub async fn register(&self, input: Registration) -> Result<(), AppError> {
        if !self.options().open_registration {
            return Err(AppError::Refused("registration-closed"));
        }
        self.create_organisation(&Actor::Visitor, input)
            .await
            .map(|_| ())
    }

    /// Creates a company with its owner: by registration, or by an operator or command.
    pub async fn create_organisation(
        &self,
        actor: &Actor,
        input: Registration,
    ) -> Result<(String, String), AppError> {
        let mut errors = Vec::new();
        let email = normal_email(&input.email);
        if email.is_none() {
            errors.push(FieldError::new("email", "email-form"));
        }
        for (field, text, max) in [
            ("legal_name", &input.legal_name, 128),
            ("name_zh", &input.name_zh, 64),
            ("user_name", &input.user_name, 64),
        ] {
            let length = text.trim().chars().count();
            if length < 2 {
                errors.push(FieldError::new(field, "too-short"));
            } else if length > max {
                errors.push(FieldError::new(field, "too-long"));
            }
        }
        if input.name_en.chars().count() > 64 {
            errors.push(FieldError::new("name_en", "too-long"));
        }
        if input.credit_code.len() > 32
            || !input.credit_code.chars().all(|c| c.is_ascii_alphanumeric())
        {
            errors.push(FieldError::new("credit_code", "credit-code-form"));
        }
        if let Err(fault) = check_password(&input.password, &input.email) {
            errors.push(FieldError::new("password", fault.code()));
        }
        if !errors.is_empty() {
            return Err(AppError::Invalid(errors));
        }
        let email = email.unwrap_or_default();
        let password = input.password.clone();
        let hash = off_thread(move || secrets::hash_password(&password))
            .await?
            .map_err(AppError::Internal)?;
        self.act(actor, move |work| {
            insert_company(work, &input, &email, &hash)
        })
        .await
    }

    /// Checks a password and begins a session; the token goes into the cookie. Every failure looks
    /// the same from outside, except a lock-out, which the owner of the account must understand.
    pub async fn log_in(
        &self,
        email: &str,
        password: &str,
        agent: &str,
    ) -> Result<String, AppError> {
        let refused = || AppError::Refused("login-failed");
        let email = normal_email(email).ok_or_else(refused)?;
        let wanted = email.clone();
        let found = self
            .look(move |tx| Ok(store::identity::user_by_email(tx, &wanted)?))
            .await?;
        let now = self.now();
        if found.as_ref().is_some_and(|u| u.record.is_locked(now)) {
            return Err(AppError::Refused("login-locked"));
        }
        let hash = found
            .as_ref()
            .map_or_else(|| decoy().to_owned(), |u| u.password_hash.clone());
        let password = password.to_owned();
        let matches = password.len() <= 512
            && off_thread(move || secrets::verify_password(&password, &hash)).await?;
        let Some(user) = found else {
            return Err(refused());
        };
        let (token, csrf) = (secrets::token(), secrets::token());
        let (answer, agent) = (token.clone(), agent.chars().take(200).collect::<String>());
        let outcome = self
            .act(&Actor::System("log-in"), move |work| {
                // Read again: of several attempts at once each counts.
                let mut user =
                    store::identity::load_user(work.tx, &user.id)?.ok_or(AppError::NotFound)?;
                let now = work.real_now;
                if user.record.is_locked(now) {
                    return Ok(Err("login-locked"));
                }
                let chain = chain_of(&user);
                if !matches || user.disabled {
                    user.record = user.record.failed(now, work.settings);
                    let locked = user.record.is_locked(now);
                    store::identity::save_user(work.tx, &user)?;
                    let detail = json!({"failures": user.record.failures, "locked": locked});
                    work.audit(&chain, "login.failed", "user", &user.id, &detail);
                    return Ok(Err(if locked {
                        "login-locked"
                    } else {
                        "login-failed"
                    }));
                }
                user.record = LogInRecord::default();
                user.last_login_at = Some(now);
                store::identity::save_user(work.tx, &user)?;
                let session = Session {
                    token_hash: secrets::token_hash(&token),
                    user_id: user.id.clone(),
                    csrf: csrf.clone(),
                    created_at: now,
                    last_seen_at: now,
                };
                store::identity::insert_session(work.tx, &session, &agent)?;
                work.audit(&chain, "login.succeeded", "user", &user.id, &json!({}));
                Ok(Ok(()))
            })
            .await;
        match outcome {
            Ok(Ok(())) => Ok(answer),
            Ok(Err(code)) => Err(AppError::Refused(code)),
            // Two attempts met: the other one was counted.
            Err(AppError::Stale) => Err(refused()),
            Err(e) => Err(e),
        }
    }

    /// Recognises the session behind a cookie.
    pub async fn session(&self, token: &str) -> Result<Option<SignedIn>, AppError> {
        let token_hash = secrets::token_hash(token);
        let (now, idle) = (self.now(), self.settings_now().session_idle_hours * HOUR);
        let hash = token_hash.clone();
        let found = self
            .look(move |tx| {
                let Some((session, user)) = store::identity::session(tx, &hash)? else {
                    return Ok(None);
                };
                let organisation = organisation_of(tx, &user)?;
                Ok(Some((session, user, organisation)))
            })
            .await?;
        let Some((session, user, organisation)) = found else {
            return Ok(None);
        };
        if user.disabled || now.since(session.last_seen_at) > idle {
            return Ok(None);
        }
        if now.since(session.last_seen_at) > 10 * MINUTE {
            let hash = token_hash.clone();
            self.act(&Actor::System("session"), move |work| {
                Ok(store::identity::touch_session(
                    work.tx,
                    &hash,
                    work.real_now,
                )?)
            })
            .await?;
        }
        let language = Language::from_code(&user.language).unwrap_or(Language::Zh);
        Ok(Some(SignedIn {
            actor: actor_of(user, organisation)?,
            csrf: session.csrf,
            token_hash,
            language,
        }))
    }

    /// Recognises an API token (`Authorization: Bearer …`).
    pub async fn actor_by_token(&self, token: &str) -> Result<Option<Actor>, AppError> {
        let hash = secrets::token_hash(token);
        self.look(move |tx| {
            let Some(user) = store::identity::user_by_token(tx, &hash)? else {
                return Ok(None);
            };
            if user.disabled {
                return Ok(None);
            }
            let organisation = organisation_of(tx, &user)?;
            actor_of(user, organisation).map(Some)
        })
        .await
    }

    /// Ends a session.
    pub async fn log_out(&self, signed_in: &SignedIn) -> Result<(), AppError> {
        let hash = signed_in.token_hash.clone();
        self.act(&signed_in.actor, move |work| {
            Ok(store::identity::delete_session(work.tx, &hash)?)
        })
        .await
    }

    /// Mails a link to choose a new password. Answers the same whether there is an account or not.
    pub async fn ask_reset(&self, email: &str) -> Result<(), AppError> {
        let Some(email) = normal_email(email) else {
            return Ok(());
        };
        let (words, base) = (self.words().clone(), self.options().base_url.clone());
        let site = self.options().site_name.clone();
        self.act(&Actor::System("password-reset"), move |work| {
            let Some(user) = store::identity::user_by_email(work.tx, &email)? else {
                return Ok(());
            };
            if user.disabled {
                return Ok(());
            }
            let token = secrets::token();
            let until = work.real_now.plus(work.settings.reset_minutes * MINUTE);
            store::identity::insert_reset(
                work.tx,
                &secrets::token_hash(&token),
                &user.id,
                work.real_now,
                until,
            )?;
            let language = Language::from_code(&user.language).unwrap_or(Language::Zh);
            let link = format!("{base}/reset?token={token}");
            let arguments = [
                ("name", user.name.as_str().into()),
                ("link", link.into()),
                ("site", site.as_str().into()),
                ("minutes", work.settings.reset_minutes.into()),
            ];
            work.mail(&Mail {
                recipient: user.email.clone(),
                subject: words.text(language, "mail-reset-subject", &arguments),
                body: words.text(language, "mail-reset-body", &arguments),
            })?;
            work.audit(
                &chain_of(&user),
                "password.reset-asked",
                "user",
                &user.id,
                &json!({}),
            );
            Ok(())
        })
        .await
    }

    /// Sets a new password with the token of a mailed link; ends every session of the user.
    pub async fn reset_password(&self, token: &str, password: &str) -> Result<(), AppError> {
        let hash = secrets::token_hash(token);
        let plain = password.to_owned();
        let new_hash = off_thread(move || secrets::hash_password(&plain))
            .await?
            .map_err(AppError::Internal)?;
        let password = password.to_owned();
        self.act(&Actor::System("password-reset"), move |work| {
            let user_id = store::identity::use_reset(work.tx, &hash, work.real_now)?
                .ok_or(AppError::Refused("reset-link-invalid"))?;
            let mut user =
                store::identity::load_user(work.tx, &user_id)?.ok_or(AppError::NotFound)?;
            // A refused password rolls the transaction back, so the link can be used again.
            check_password(&password, &user.email)
                .map_err(|f| AppError::field("password", f.code()))?;
            user.password_hash = new_hash.clone();
            user.record = LogInRecord::default();
            store::identity::save_user(work.tx, &user)?;
            store::identity::delete_sessions_of(work.tx, &user.id, "")?;
            work.audit(
                &chain_of(&user),
                "password.reset",
                "user",
                &user.id,
                &json!({}),
            );
            Ok(())
        })
        .await
    }

    /// Changes one's own password; other sessions end.
    pub async fn change_password(
        &self,
        signed_in: &SignedIn,
        old: &str,
        new: &str,
    ) -> Result<(), AppError> {
        let id = signed_in
            .actor
            .user_id()
            .ok_or(AppError::NotSignedIn)?
            .to_owned();
        let wanted = id.clone();
        let user = self
            .look(move |tx| Ok(store::identity::load_user(tx, &wanted)?))
            .await?
            .ok_or(AppError::NotFound)?;
        check_password(new, &user.email).map_err(|f| AppError::field("new_password", f.code()))?;
        let (old, new) = (old.to_owned(), new.to_owned());
        let (fits, hash) = off_thread(move || {
            (
                secrets::verify_password(&old, &user.password_hash),
                secrets::hash_password(&new),
            )
        })
        .await?;
        if !fits {
            return Err(AppError::field("old_password", "password-wrong"));
        }
        let (hash, keep) = (
            hash.map_err(AppError::Internal)?,
            signed_in.token_hash.clone(),
        );
        self.act(&signed_in.actor, move |work| {
            let mut user = store::identity::load_user(work.tx, &id)?.ok_or(AppError::NotFound)?;
            user.password_hash = hash.clone();
            store::identity::save_user(work.tx, &user)?;
            store::identity::delete_sessions_of(work.tx, &user.id, &keep)?;
            work.audit(
                &chain_of(&user),
                "password.changed",
                "user",
                &user.id,
                &json!({}),
            );
            Ok(())
        })
        .await
    }

    /// Remembers the language that a user chose.
    pub async fn set_language(&self, actor: &Actor, language: Language) -> Result<(), AppError> {
        let Some(id) = actor.user_id().map(str::to_owned) else {
            return Ok(());
        };
        self.act(actor, move |work| {
            let mut user = store::identity::load_user(work.tx, &id)?.ok_or(AppError::NotFound)?;
            user.language = language.code().to_owned();
            Ok(store::identity::save_user(work.tx, &user)?)
        })
        .await
    }

    /// One's own organisation.
    pub async fn own_organisation(&self, actor: &Actor) -> Result<Organisation, AppError> {
        let id = actor.member()?.organisation_id.clone();
        self.look(move |tx| store::identity::load_organisation(tx, &id)?.ok_or(AppError::NotFound))
            .await
    }

    /// Changes the public data of one's organisation.
    pub async fn save_own_organisation(
        &self,
        actor: &Actor,
        change: OrganisationChange,
    ) -> Result<(), AppError> {
        let id = actor.may(Right::UserManage)?.organisation_id.clone();
        change.check()?;
        self.act(actor, move |work| {
            let mut o =
                store::identity::load_organisation(work.tx, &id)?.ok_or(AppError::NotFound)?;
            o.name = change.name.clone();
            o.profile = change.profile.clone();
            o.website = change.website.clone();
            o.service_email = change.service_email.clone();
            o.service_phone = change.service_phone.clone();
            o.logo = change.logo.clone().or(o.logo);
            o.updated_at = work.real_now;
            store::identity::save_organisation(work.tx, &o)?;
            work.audit(
                &id,
                "organisation.changed",
                "organisation",
                &id,
                &json!({"name": o.name}),
            );
            Ok(())
        })
        .await
    }

    /// The owner hands in real-name data, or asks to become a seller.
    pub async fn apply(&self, actor: &Actor, what: OrganisationRequest) -> Result<(), AppError> {
        let member = actor.member()?;
        if member.role != MemberRole::Owner {
            return Err(AppError::Forbidden("owner"));
        }
        let id = member.organisation_id.clone();
        self.act(actor, move |work| {
            let mut o =
                store::identity::load_organisation(work.tx, &id)?.ok_or(AppError::NotFound)?;
            match &what {
                OrganisationRequest::Verification { credit_code } => {
                    if matches!(
                        o.verification,
                        Verification::Verified | Verification::Pending
                    ) {
                        return Err(AppError::Refused("already-verified"));
                    }
                    if credit_code.len() < 8
                        || !credit_code.chars().all(|c| c.is_ascii_alphanumeric())
                    {
                        return Err(AppError::field("credit_code", "credit-code-form"));
                    }
                    o.credit_code = credit_code.clone();
                    o.verification = Verification::Pending;
                }
                OrganisationRequest::Seller => {
                    if o.verification != Verification::Verified {
                        return Err(AppError::Refused("not-verified"));
                    }
                    if o.seller_state != SellerState::None {
                        return Err(AppError::Refused("already-applied"));
                    }
                    o.seller_state = SellerState::Applied;
                }
            }
            o.updated_at = work.real_now;
            store::identity::save_organisation(work.tx, &o)?;
            work.tell_operators(
                "organisation-waits",
                &[("name", o.legal_name.as_str())],
                &format!("/operator/organisations/{id}"),
            )?;
            work.audit(
                &id,
                "organisation.applied",
                "organisation",
                &id,
                &json!({"verification": o.verification.code(), "seller": o.seller_state.code()}),
            );
            Ok(())
        })
        .await
    }

    /// The members of one's organisation.
    pub async fn members(&self, actor: &Actor) -> Result<Vec<User>, AppError> {
        let id = actor.may(Right::UserManage)?.organisation_id.clone();
        self.look(move |tx| Ok(store::identity::users_of(tx, &id)?))
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
        let organisation_id = actor.may(Right::UserManage)?.organisation_id.clone();
        if role == MemberRole::Owner {
            return Err(AppError::field("role", "owner-only-one"));
        }
        let email = normal_email(email).ok_or_else(|| AppError::field("email", "email-form"))?;
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 64 {
            return Err(AppError::field("user_name", "too-short"));
        }
        let address = email.clone();
        self.act(actor, move |work| {
            let members = store::identity::users_of(work.tx, &organisation_id)?;
            if i64::try_from(members.len()).unwrap_or(i64::MAX) > work.settings.sub_users_max {
                return Err(AppError::Refused("sub-users-max"));
            }
            let standing = Standing::Member {
                organisation_id: organisation_id.clone(),
                role,
                extra: Vec::new(),
            };
            let id = insert_user(work, &name, &email, "", standing, "zh")?;
            work.audit(
                &organisation_id,
                "member.invited",
                "user",
                &id,
                &json!({"email": email, "role": role.code()}),
            );
            Ok(())
        })
        .await?;
        self.ask_reset(&address).await
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
        let organisation_id = actor.may(Right::UserManage)?.organisation_id.clone();
        let user_id = user_id.to_owned();
        self.act(actor, move |work| {
            let mut user =
                store::identity::load_user(work.tx, &user_id)?.ok_or(AppError::NotFound)?;
            let Standing::Member {
                organisation_id: owner,
                role: before,
                ..
            } = &user.standing
            else {
                return Err(AppError::NotFound);
            };
            if *owner != organisation_id {
                return Err(AppError::NotFound);
            }
            if *before == MemberRole::Owner || role == MemberRole::Owner {
                return Err(AppError::Refused("owner-unchangeable"));
            }
            user.standing = Standing::Member {
                organisation_id: organisation_id.clone(),
                role,
                extra: extra.clone(),
            };
            user.disabled = disabled;
            store::identity::save_user(work.tx, &user)?;
            if disabled {
                store::identity::delete_sessions_of(work.tx, &user.id, "")?;
            }
            let detail = json!({"role": role.code(), "extra": extra, "disabled": disabled});
            work.audit(
                &organisation_id,
                "member.changed",
                "user",
                &user_id,
                &detail,
            );
            Ok(())
        })
        .await
    }

    /// Makes an API token for oneself; shown once.
    pub async fn create_token(&self, actor: &Actor, name: &str) -> Result<String, AppError> {
        let user_id = actor.user_id().ok_or(AppError::NotSignedIn)?.to_owned();
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
            work.audit(
                &chain,
                "token.created",
                "token",
                &id,
                &json!({"name": name}),
            );
            Ok(())
        })
        .await?;
        Ok(token)
    }

    /// One's own API tokens.
    pub async fn tokens(&self, actor: &Actor) -> Result<Vec<ApiToken>, AppError> {
        let user_id = actor.user_id().ok_or(AppError::NotSignedIn)?.to_owned();
        self.look(move |tx| Ok(store::identity::tokens_of(tx, &user_id)?))
            .await
    }

    /// Revokes one of one's own API tokens.
    pub async fn revoke_token(&self, actor: &Actor, id: &str) -> Result<(), AppError> {
        let (user_id, id) = (
            actor.user_id().ok_or(AppError::NotSignedIn)?.to_owned(),
            id.to_owned(),
        );
        let chain = chain_for(actor);
        self.act(actor, move |work| {
            store::identity::revoke_token(work.tx, &user_id, &id, work.real_now)
                .map_err(|_| AppError::NotFound)?;
            work.audit(&chain, "token.revoked", "token", &id, &json!({}));
            Ok(())
        })
        .await
    }

    /// Access keys of one's organisation, without their values.
    pub async fn access_keys(&self, actor: &Actor) -> Result<Vec<AccessKey>, AppError> {
        let id = actor.seller_may(Right::KeyManage)?.organisation_id.clone();
        self.look(move |tx| Ok(store::identity::access_keys(tx, &id)?))
            .await
    }

    /// Adds an access key for the basic interfaces (seller interface D-01: a UUID).
    pub async fn add_access_key(&self, actor: &Actor) -> Result<String, AppError> {
        let id = actor.seller_may(Right::KeyManage)?.organisation_id.clone();
        let key = secrets::access_key();
        self.import_access_key(actor, &id, &key).await?;
        Ok(key)
    }

    /// Stores a given access key: for the demo and for markets that move here.
    pub async fn import_access_key(
        &self,
        actor: &Actor,
        organisation_id: &str,
        key: &str,
    ) -> Result<(), AppError> {
        let cipher = self.inner.secrets.seal(key).map_err(AppError::Internal)?;
        let organisation_id = organisation_id.to_owned();
        self.act(actor, move |work| {
            let id = AccessKeyId::new(work.seed()).to_string();
            let key = AccessKey {
                id: id.clone(),
                organisation_id: organisation_id.clone(),
                interface_type: "basic".into(),
                cipher: cipher.clone(),
                enabled: true,
                created_at: work.real_now,
                last_used_at: None,
            };
            store::identity::insert_access_key(work.tx, &key)?;
            work.audit(&organisation_id, "key.added", "key", &id, &json!({}));
            Ok(())
        })
        .await
    }

    /// Shows the value of a key; audited.
    pub async fn reveal_access_key(&self, actor: &Actor, key_id: &str) -> Result<String, AppError> {
        let organisation_id = actor.seller_may(Right::KeyManage)?.organisation_id.clone();
        let key_id = key_id.to_owned();
        let cipher = self
            .act(actor, move |work| {
                let keys = store::identity::access_keys(work.tx, &organisation_id)?;
                let key = keys
                    .into_iter()
                    .find(|k| k.id == key_id)
                    .ok_or(AppError::NotFound)?;
                work.audit(&organisation_id, "key.revealed", "key", &key_id, &json!({}));
                Ok(key.cipher)
            })
            .await?;
        self.inner.secrets.open(&cipher).map_err(AppError::Internal)
    }

    /// Switches a key on or off.
    pub async fn enable_access_key(
        &self,
        actor: &Actor,
        key_id: &str,
        enabled: bool,
    ) -> Result<(), AppError> {
        let organisation_id = actor.seller_may(Right::KeyManage)?.organisation_id.clone();
        let key_id = key_id.to_owned();
        self.act(actor, move |work| {
            store::identity::enable_access_key(work.tx, &organisation_id, &key_id, enabled)
                .map_err(|_| AppError::NotFound)?;
            work.audit(
                &organisation_id,
                "key.switched",
                "key",
                &key_id,
                &json!({"enabled": enabled}),
            );
            Ok(())
        })
        .await
    }

    /// Organisations, for operators.
    pub async fn organisations(
        &self,
        actor: &Actor,
        filter: OrganisationFilter,
        page: PageRequest,
    ) -> Result<Paged<Organisation>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        self.look(move |tx| Ok(store::identity::list_organisations(tx, &filter, &page)?))
            .await
    }

    /// One organisation with its users, for operators.
    pub async fn organisation(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<(Organisation, Vec<User>), AppError> {
        actor.operator_may(OperatorRight::Read)?;
        let id = id.to_owned();
        self.look(move |tx| {
            let found = store::identity::load_organisation(tx, &id)?.ok_or(AppError::NotFound)?;
            Ok((found, store::identity::users_of(tx, &id)?))
        })
        .await
    }

    /// An operator decides about an organisation.
    pub async fn decide_organisation(
        &self,
        actor: &Actor,
        id: &str,
        decision: OrganisationDecision,
    ) -> Result<(), AppError> {
        match actor {
            Actor::System(_) => {}
            _ => drop(actor.operator_may(OperatorRight::ManageOrganisations)?),
        }
        let id = id.to_owned();
        self.act(actor, move |work| {
            let mut o = store::identity::load_organisation(work.tx, &id)?.ok_or(AppError::NotFound)?;
            let before = json!({"verification": o.verification.code(), "seller": o.seller_state.code(), "frozen": o.frozen, "partner": o.is_partner, "sandbox": o.sandbox});
            match &decision {
                OrganisationDecision::Verify => o.verification = Verification::Verified,
                OrganisationDecision::RejectVerification => o.verification = Verification::Rejected,
                OrganisationDecision::Seller(state) => o.seller_state = *state,
                OrganisationDecision::Partner(is) => o.is_partner = *is,
                OrganisationDecision::Freeze(is) => o.frozen = *is,
                OrganisationDecision::Sandbox => {
                    // Money and time of a sandbox are not real; an organisation with a past stays real.
                    if o.seller_state == SellerState::Active && !matches!(work.actor, Actor::System(_)) {
                        return Err(AppError::Refused("sandbox-not-for-sellers"));
                    }
                    o.sandbox = true;
                }
            }
            o.updated_at = work.real_now;
            store::identity::save_organisation(work.tx, &o)?;
            let after = json!({"verification": o.verification.code(), "seller": o.seller_state.code(), "frozen": o.frozen, "partner": o.is_partner, "sandbox": o.sandbox});
            work.tell(&id, "organisation-decided", 101, &[], "/account")?;
            work.audit(PLATFORM_CHAIN, "organisation.decided", "organisation", &id, &json!({"before": before, "after": after}));
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
        let hash = off_thread(move || secrets::hash_password(&password))
            .await?
            .map_err(AppError::Internal)?;
        self.act(actor, move |work| {
            let id = insert_user(
                work,
                &name,
                &email,
                &hash,
                Standing::Operator { role },
                "zh",
            )?;
            work.audit(
                PLATFORM_CHAIN,
                "operator.created",
                "user",
                &id,
                &json!({"email": email, "role": role.code()}),
            );
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
            let mut user =
                store::identity::load_user(work.tx, &user_id)?.ok_or(AppError::NotFound)?;
            if !matches!(user.standing, Standing::Operator { .. }) {
                return Err(AppError::NotFound);
            }
            user.standing = Standing::Operator { role };
            user.disabled = disabled;
            store::identity::save_user(work.tx, &user)?;
            if disabled {
                store::identity::delete_sessions_of(work.tx, &user_id, "")?;
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

    /// Ends idle sessions.
    pub(crate) async fn end_idle_sessions(&self) -> Result<u64, AppError> {
        self.act(&Actor::System("sessions"), |work| {
            let before = work.real_now.plus(-work.settings.session_idle_hours * HOUR);
            Ok(store::identity::delete_idle_sessions(work.tx, before)?)
        })
        .await
    }
}

/// What an owner asks the operators for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrganisationRequest {
    /// Real-name verification.
    Verification {
        /// Unified credit code.
        credit_code: String,
    },
    /// Become a seller.
    Seller,
}

/// What an operator decides about an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrganisationDecision {
    /// Real-name verification passed.
    Verify,
    /// Real-name verification refused.
    RejectVerification,
    /// New state as a seller.
    Seller(SellerState),
    /// Partner or not.
    Partner(bool),
    /// Stopped or not.
    Freeze(bool),
    /// Becomes a sandbox; cannot be undone.
    Sandbox,
}

/// Public data of an organisation.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct OrganisationChange {
    pub name: Localized,
    pub profile: Localized,
    pub website: String,
    pub service_email: String,
    pub service_phone: String,
    pub logo: Option<String>,
}

impl OrganisationChange {
    fn check(&self) -> Result<(), AppError> {
        let mut errors = Vec::new();
        if self.name.zh.trim().chars().count() < 2 || self.name.zh.chars().count() > 64 {
            errors.push(FieldError::new("name_zh", "name-length"));
        }
        if self.name.en.chars().count() > 64 {
            errors.push(FieldError::new("name_en", "too-long"));
        }
        for (field, text) in [
            ("profile_zh", &self.profile.zh),
            ("profile_en", &self.profile.en),
        ] {
            if text.chars().count() > 2000 {
                errors.push(FieldError::new(field, "too-long"));
            }
            // D-06: no links in a profile.
            if ["http://", "https://", "www."]
                .iter()
                .any(|mark| text.to_lowercase().contains(mark))
            {
                errors.push(FieldError::new(field, "profile-link"));
            }
        }
        if !self.website.is_empty()
            && !(self.website.starts_with("http") && self.website.len() <= 255)
        {
            errors.push(FieldError::new("website", "website-form"));
        }
        if !self.service_email.is_empty() && normal_email(&self.service_email).is_none() {
            errors.push(FieldError::new("service_email", "email-form"));
        }
        if self.service_phone.len() > 32 {
            errors.push(FieldError::new("service_phone", "too-long"));
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(AppError::Invalid(errors))
        }
    }
}

/// The chain in which acts on a user are written.
fn chain_of(user: &User) -> String {
    match &user.standing {
        Standing::Member {
            organisation_id, ..
        } => organisation_id.clone(),
        Standing::Operator { .. } => PLATFORM_CHAIN.to_owned(),
    }
}

fn chain_for(actor: &Actor) -> String {
    actor
        .member()
        .map_or(PLATFORM_CHAIN.to_owned(), |m| m.organisation_id.clone())
}

fn insert_company(
    work: &mut Work<'_, '_>,
    input: &Registration,
    email: &str,
    hash: &str,
) -> Result<(String, String), AppError> {
    let now: Timestamp = work.real_now;
    let id = OrganisationId::new(work.seed()).to_string();
    let organisation = Organisation {
        id: id.clone(),
        name: Localized::new(input.name_zh.trim(), input.name_en.trim()),
        legal_name: input.legal_name.trim().to_owned(),
        credit_code: input.credit_code.clone(),
        verification: if input.credit_code.is_empty() {
            Verification::Unverified
        } else {
            Verification::Pending
        },
        seller_state: SellerState::None,
        is_partner: false,
        sandbox: false,
        clock_offset: 0,
        frozen: false,
        profile: Localized::default(),
        logo: None,
        website: String::new(),
        service_email: String::new(),
        service_phone: String::new(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    store::identity::insert_organisation(work.tx, &organisation).map_err(|e| match e {
        store::StoreError::Duplicate => AppError::field("legal_name", "company-exists"),
        e => e.into(),
    })?;
    let standing = Standing::Member {
        organisation_id: id.clone(),
        role: MemberRole::Owner,
        extra: Vec::new(),
    };
    let language = if input.language == "en" { "en" } else { "zh" };
    let user = insert_user(
        work,
        input.user_name.trim(),
        email,
        hash,
        standing,
        language,
    )?;
    work.audit(
        &id,
        "organisation.registered",
        "organisation",
        &id,
        &json!({"legal_name": organisation.legal_name, "email": email}),
    );
    if organisation.verification == Verification::Pending {
        work.tell_operators(
            "organisation-waits",
            &[("name", organisation.legal_name.as_str())],
            &format!("/operator/organisations/{id}"),
        )?;
    }
    Ok((id, user))
}

fn insert_user(
    work: &mut Work<'_, '_>,
    name: &str,
    email: &str,
    hash: &str,
    standing: Standing,
    language: &str,
) -> Result<String, AppError> {
    let id = UserId::new(work.seed()).to_string();
    let user = User {
        id: id.clone(),
        standing,
        email: email.to_owned(),
        name: name.to_owned(),
        password_hash: hash.to_owned(),
        language: language.to_owned(),
        record: LogInRecord::default(),
        disabled: false,
        created_at: work.real_now,
        last_login_at: None,
        version: 1,
    };
    store::identity::insert_user(work.tx, &user).map_err(|e| match e {
        store::StoreError::Duplicate => AppError::field("email", "email-taken"),
        e => e.into(),
    })?;
    Ok(id)
}

impl Work<'_, '_> {
    /// Writes a mail and the job that sends it.
    pub fn mail(&mut self, mail: &Mail) -> Result<(), AppError> {
        let id = domain::id::text("mai", self.seed());
        store::messages::insert_mail(
            self.tx,
            &store::messages::Mail {
                id: id.clone(),
                recipient: mail.recipient.clone(),
                subject: mail.subject.clone(),
                body: mail.body.clone(),
                state: "WAITING".into(),
                created_at: self.real_now,
                sent_at: None,
                error: String::new(),
            },
        )?;
        self.soon(
            &Task::SendMail { mail_id: id },
            &OrganisationClock::default(),
        )
    }
}
