//! Log-in, sessions, passwords.

use super::*;
use crate::actor::Actor;
use crate::error::AppError;
use crate::mails::{self, LinkReason};
use crate::{App, secrets};
use domain::identity::{LogInRecord, check_password, normal_email};
use domain::settings::Settings;
use domain::text::Language;
use domain::time::{DAY, HOUR, MINUTE, Timestamp};
use serde_json::json;
use store::identity::{Session, TokenBearer};

/// The user himself acts, though he is not signed in yet.
fn by(user: &User) -> (&'static str, String, String) {
    let kind = if matches!(user.standing, Standing::Operator { .. }) { "operator" } else { "user" };
    (kind, user.id.clone(), user.name.clone())
}

/// Enough of a session's hash to tell sessions apart in the log, too little to be one.
fn short(token_hash: &str) -> String {
    token_hash.chars().take(12).collect()
}

/// How many times the limit of one network an address may fail from everywhere together.
const EVERYWHERE: i64 = 10;
/// Time between two links to choose a password that one account is mailed.
const RESET_PAUSE: i64 = 5 * MINUTE;

/// Under which keys the failures of an address are counted.
#[derive(Clone)]
struct Keys {
    near: String,
    everywhere: String,
}

/// The failures under both.
#[derive(Clone, Copy)]
struct Counts {
    near: LogInRecord,
    everywhere: LogInRecord,
}

impl Counts {
    fn is_locked(self, now: Timestamp) -> bool {
        self.near.is_locked(now) || self.everywhere.is_locked(now)
    }
}

/// What the keys of an address begin with.
fn address_key(email: &str) -> String {
    secrets::sha256_hex(email.as_bytes())
}

impl Keys {
    fn of(email: &str, network: &str) -> Keys {
        let address = address_key(email);
        let near = format!("{address}:near:{}", secrets::sha256_hex(network.as_bytes()));
        Keys { near, everywhere: format!("{address}:everywhere") }
    }

    fn read(&self, work: &mut Work<'_, '_>) -> Result<Counts, AppError> {
        let now = work.real_now;
        Ok(Counts {
            near: store::identity::failures_for_update(work.tx, &self.near, now)?,
            everywhere: store::identity::failures_for_update(work.tx, &self.everywhere, now)?,
        })
    }

    /// Counts one more failure; returns whether it locks.
    fn count(&self, work: &mut Work<'_, '_>, counts: Counts) -> Result<bool, AppError> {
        let now = work.real_now;
        let wider = Settings { lockout_failures: work.settings.lockout_failures * EVERYWHERE, ..work.settings.clone() };
        let near = counts.near.failed(now, work.settings);
        let everywhere = counts.everywhere.failed(now, &wider);
        store::identity::save_failures(work.tx, &self.near, near, now)?;
        store::identity::save_failures(work.tx, &self.everywhere, everywhere, now)?;
        Ok(Counts { near, everywhere }.is_locked(now))
    }
}

impl App {
    /// [`App::log_in_from`] without a network: for this program's own commands and for tests.
    pub async fn log_in(&self, email: &str, password: &str, agent: &str) -> Result<String, AppError> {
        self.log_in_from(email, password, agent, "").await
    }

    /// Checks a password and begins a session; the token goes into the cookie. Failures are counted for
    /// the address together with `network`, the network of whoever tries, so that nobody locks another
    /// out; and for the address from everywhere, with a higher limit. Addresses without an account are
    /// counted and locked in the same way: no answer tells whether there is one.
    pub async fn log_in_from(
        &self,
        email: &str,
        password: &str,
        agent: &str,
        network: &str,
    ) -> Result<String, AppError> {
        let refused = || AppError::Refused("login-failed");
        let email = normal_email(email).ok_or_else(refused)?;
        let keys = Keys::of(&email, network);
        let (wanted, doors, now) = (email.clone(), keys.clone(), self.now());
        let (found, locked) = self
            .look(move |tx| {
                let found = store::identity::user_by_email(tx, &wanted)?;
                let mut locked = found.as_ref().is_some_and(|u| u.record.is_locked(now));
                for key in [&doors.near, &doors.everywhere] {
                    locked |= store::identity::failures(tx, key)?.is_locked(now);
                }
                Ok((found, locked))
            })
            .await?;
        if locked {
            return Err(AppError::Refused("login-locked"));
        }
        let hash =
            found.as_ref().filter(|u| !u.is_invited()).map_or_else(|| decoy().to_owned(), |u| u.password_hash.clone());
        let password = password.to_owned();
        let matches =
            password.len() <= 512 && self.inner.hashing.run(move || secrets::verify_password(&password, &hash)).await?;
        let (token, csrf) = (secrets::token(), secrets::token());
        let (answer, agent) = (token.clone(), agent.chars().take(200).collect::<String>());
        let user_id = found.map(|user| user.id);
        let outcome = self
            .act(&Actor::System("log-in"), move |work| {
                let now = work.real_now;
                // Read again: of several attempts at once each counts.
                let counts = keys.read(work)?;
                if counts.is_locked(now) {
                    return Ok(Err("login-locked"));
                }
                let user = match &user_id {
                    Some(id) => store::identity::load_user(work.tx, id)?,
                    None => None,
                };
                let entering = user.as_ref().filter(|u| matches && !u.disabled && !u.is_invited());
                let Some(mut entering) = entering.cloned() else {
                    let locked = keys.count(work, counts)?;
                    if let Some(user) = user {
                        let detail = json!({"failures": counts.near.failures + 1, "locked": locked});
                        work.audit_as(by(&user), &chain_of(&user), "login.failed", "user", &user.id, &detail);
                    } else {
                        // Whoever tries addresses leaves a trace, though there is nobody to tell.
                        work.audit(PLATFORM_CHAIN, "login.unknown", "user", "", &json!({"email": email}));
                    }
                    return Ok(Err(if locked { "login-locked" } else { "login-failed" }));
                };
                store::identity::forget_failures(work.tx, &keys.near)?;
                store::identity::forget_failures(work.tx, &keys.everywhere)?;
                entering.record = LogInRecord::default();
                entering.last_login_at = Some(now);
                store::identity::save_user(work.tx, &entering)?;
                let session = Session {
                    token_hash: secrets::token_hash(&token),
                    user_id: entering.id.clone(),
                    csrf: csrf.clone(),
                    created_at: now,
                    last_seen_at: now,
                };
                store::identity::insert_session(work.tx, &session, &agent)?;
                let detail = json!({"agent": agent, "session": short(&session.token_hash)});
                work.audit_as(by(&entering), &chain_of(&entering), "login.succeeded", "user", &entering.id, &detail);
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
        let found = self.glance(move |tx| Ok(store::identity::session(tx, &hash)?)).await?;
        let Some((session, user, organisation)) = found else {
            return Ok(None);
        };
        if user.disabled || now.since(session.last_seen_at) > idle {
            return Ok(None);
        }
        if now.since(session.last_seen_at) > 10 * MINUTE {
            let hash = token_hash.clone();
            self.act(&Actor::System("session"), move |work| {
                Ok(store::identity::touch_session(work.tx, &hash, work.real_now)?)
            })
            .await?;
        }
        let language = Language::from_code(&user.language).unwrap_or(Language::Zh);
        Ok(Some(SignedIn { actor: actor_of(user, organisation)?, csrf: session.csrf, token_hash, language }))
    }

    /// Recognises an API token (`Authorization: Bearer …`).
    pub async fn actor_by_token(&self, token: &str) -> Result<Option<Actor>, AppError> {
        let hash = secrets::token_hash(token);
        let found = self.glance(move |tx| Ok(store::identity::bearer_of_token(tx, &hash)?)).await?;
        let Some(TokenBearer { token_id, last_used_at, user, organisation }) = found else {
            return Ok(None);
        };
        let sub_user = matches!(&user.standing, Standing::Member { role, .. } if *role != MemberRole::Owner);
        if user.disabled || (sub_user && !user.programmatic) {
            return Ok(None);
        }
        if last_used_at.is_none_or(|at| self.now().since(at) > MINUTE) {
            let used = token_id.clone();
            self.act(&Actor::System("token"), move |work| {
                Ok(store::identity::touch_token(work.tx, &used, work.real_now)?)
            })
            .await?;
        }
        Ok(Some(actor_of(user, organisation)?.through(token_id)))
    }

    /// Ends a session.
    pub async fn log_out(&self, signed_in: &SignedIn) -> Result<(), AppError> {
        let hash = signed_in.token_hash.clone();
        self.act(&signed_in.actor, move |work| {
            store::identity::delete_session(work.tx, &hash)?;
            let (chain, user) = match work.actor {
                Actor::Member(m) => (m.organisation_id.clone(), m.user_id.clone()),
                other => (PLATFORM_CHAIN.to_owned(), other.user_id().unwrap_or_default().to_owned()),
            };
            work.audit(&chain, "session.ended", "user", &user, &json!({"session": short(&hash)}));
            Ok(())
        })
        .await
    }

    /// Mails a link to choose a new password. Answers the same whether there is an account or not.
    pub async fn ask_reset(&self, email: &str) -> Result<(), AppError> {
        let Some(email) = normal_email(email) else {
            return Ok(());
        };
        let stationery = self.stationery();
        self.act(&Actor::System("password-reset"), move |work| {
            let Some(user) = store::identity::user_by_email(work.tx, &email)? else {
                return Ok(());
            };
            // Asking again and again must not fill somebody's mailbox.
            let last = store::identity::last_reset(work.tx, &user.id)?;
            if user.disabled || last.is_some_and(|at| work.real_now.since(at) < RESET_PAUSE) {
                return Ok(());
            }
            mails::mail_password_link(work, &stationery, &user, &LinkReason::Forgotten)?;
            work.audit_as(by(&user), &chain_of(&user), "password.reset-asked", "user", &user.id, &json!({}));
            Ok(())
        })
        .await
    }

    /// Sets a new password with the token of a mailed link; ends every session of the user.
    pub async fn reset_password(&self, token: &str, password: &str) -> Result<(), AppError> {
        let hash = secrets::token_hash(token);
        let (wanted, now) = (hash.clone(), self.now());
        // Hashing is dear: nobody gets it for a made-up link.
        if !self.look(move |tx| Ok(store::identity::reset_is_good(tx, &wanted, now)?)).await? {
            return Err(AppError::Refused("reset-link-invalid"));
        }
        let plain = password.to_owned();
        let new_hash =
            self.inner.hashing.run(move || secrets::hash_password(&plain)).await?.map_err(AppError::Internal)?;
        let password = password.to_owned();
        self.act(&Actor::System("password-reset"), move |work| {
            let user_id = store::identity::use_reset(work.tx, &hash, work.real_now)?
                .ok_or(AppError::Refused("reset-link-invalid"))?;
            let mut user = store::identity::load_user(work.tx, &user_id)?.ok_or(AppError::NotFound)?;
            // A refused password rolls the transaction back, so the link can be used again.
            check_password(&password, &user.email).map_err(|f| AppError::field("password", f.code()))?;
            user.password_hash = new_hash.clone();
            user.record = LogInRecord::default();
            store::identity::save_user(work.tx, &user)?;
            store::identity::forget_failures(work.tx, &address_key(&user.email))?;
            store::identity::delete_sessions_of(work.tx, &user.id, "")?;
            // Whoever had the account before must not keep a way in.
            store::identity::use_up_resets(work.tx, &user.id, work.real_now)?;
            store::identity::revoke_tokens_of(work.tx, &user.id, work.real_now)?;
            work.audit_as(by(&user), &chain_of(&user), "password.reset", "user", &user.id, &json!({}));
            Ok(())
        })
        .await
    }

    /// Changes one's own password; sessions end, except the one with the token hash `keep`.
    pub async fn change_password(&self, actor: &Actor, keep: &str, old: &str, new: &str) -> Result<(), AppError> {
        let id = actor.user_id().ok_or(AppError::NotSignedIn)?.to_owned();
        let wanted = id.clone();
        let user =
            self.look(move |tx| Ok(store::identity::load_user(tx, &wanted)?)).await?.ok_or(AppError::NotFound)?;
        if user.record.is_locked(self.now()) {
            return Err(AppError::Refused("login-locked"));
        }
        check_password(new, &user.email).map_err(|f| AppError::field("new_password", f.code()))?;
        // Longer than any password: not worth the work of a hash.
        let (old, new) = (old.chars().take(512).collect::<String>(), new.to_owned());
        let (fits, hash) = self
            .inner
            .hashing
            .run(move || (secrets::verify_password(&old, &user.password_hash), secrets::hash_password(&new)))
            .await?;
        if !fits {
            return Err(self.count_wrong_password(actor, id).await?);
        }
        let (hash, keep) = (hash.map_err(AppError::Internal)?, keep.to_owned());
        self.act(actor, move |work| {
            let mut user = store::identity::load_user(work.tx, &id)?.ok_or(AppError::NotFound)?;
            user.password_hash = hash.clone();
            user.record = LogInRecord::default();
            store::identity::save_user(work.tx, &user)?;
            store::identity::delete_sessions_of(work.tx, &user.id, &keep)?;
            store::identity::use_up_resets(work.tx, &user.id, work.real_now)?;
            work.audit(&chain_of(&user), "password.changed", "user", &user.id, &json!({}));
            Ok(())
        })
        .await
    }

    /// A wrong old password counts like a wrong log-in: a stolen session must not become a place to
    /// guess in. Returns what to answer.
    async fn count_wrong_password(&self, actor: &Actor, id: String) -> Result<AppError, AppError> {
        let count = self.act(actor, move |work| {
            let mut user = store::identity::load_user(work.tx, &id)?.ok_or(AppError::NotFound)?;
            user.record = user.record.failed(work.real_now, work.settings);
            let locked = user.record.is_locked(work.real_now);
            store::identity::save_user(work.tx, &user)?;
            let detail = json!({"failures": user.record.failures, "locked": locked});
            work.audit(&chain_of(&user), "password.guessed", "user", &user.id, &detail);
            Ok(locked)
        });
        let counted = crate::work::aside(count).await;
        match counted {
            Ok(true) => Ok(AppError::Refused("login-locked")),
            // Stale: two guesses met, and the other one was counted.
            Ok(false) | Err(AppError::Stale) => Ok(AppError::field("old_password", "password-wrong")),
            Err(e) => Err(e),
        }
    }

    /// Changes one's own name.
    pub async fn rename(&self, actor: &Actor, name: &str) -> Result<(), AppError> {
        let id = actor.user_id().ok_or(AppError::NotSignedIn)?.to_owned();
        let name = name.trim().to_owned();
        if matches!(actor, Actor::Member(_)) {
            actor.working()?;
        }
        super::members::check_user_name(&name)?;
        let chain = chain_for(actor);
        self.act(actor, move |work| {
            let mut user = store::identity::load_user(work.tx, &id)?.ok_or(AppError::NotFound)?;
            user.name.clone_from(&name);
            store::identity::save_user(work.tx, &user)?;
            work.audit(&chain, "user.renamed", "user", &id, &json!({"name": name}));
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

    /// Ends idle sessions, forgets old failures and lets invitations lapse that nobody accepted.
    pub(crate) async fn end_idle_sessions(&self) -> Result<u64, AppError> {
        self.act(&Actor::System("sessions"), |work| {
            store::identity::forget_old_failures(work.tx, work.real_now.plus(-DAY))?;
            for invited in store::identity::invited_before(work.tx, work.real_now.plus(-INVITATION))? {
                withdraw(work, &invited, "member.invitation-lapsed")?;
            }
            let before = work.real_now.plus(-work.settings.session_idle_hours * HOUR);
            Ok(store::identity::delete_idle_sessions(work.tx, before)?)
        })
        .await
    }
}
