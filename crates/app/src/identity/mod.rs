//! Accounts: registration, log-in, sessions, members, keys, verification (area `identity`).

mod groups;
mod hashing;
mod keys;
mod members;
mod organisations;
mod reset_link;
mod sessions;

pub(crate) use hashing::Hashing;

use crate::actor::{Actor, Member, Operator};
use crate::error::{AppError, FieldError};
use crate::secrets;
use crate::work::Work;
use domain::access::MemberRole;
use domain::id::{OrganisationId, UserId};
use domain::identity::{LogInRecord, SellerState, Verification, normal_email};
use domain::text::{Language, Localized};
use domain::time::{DAY, Timestamp};
use serde_json::json;
use store::audit::PLATFORM_CHAIN;
use store::identity::{Organisation, Standing, User};

pub use groups::GroupDetail;

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
        Standing::Operator { role } => {
            Ok(Actor::Operator(Operator { user_id: user.id, name: user.name, email: user.email, role, token: None }))
        }
        Standing::Member { role, mut extra, .. } => {
            let o = organisation.ok_or(AppError::NotFound)?;
            // A member's rights are the union of his role, his own and those of his groups.
            for right in user.group_rights {
                if !extra.contains(&right) {
                    extra.push(right);
                }
            }
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
                products: user.products,
                token: None,
            })))
        }
    }
}

/// A hash of nothing: compared when there is no account, so that the time tells nothing.
fn decoy() -> &'static str {
    static DECOY: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    DECOY.get_or_init(|| secrets::hash_password(&secrets::token()).unwrap_or_default())
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

pub use domain::identity::OrganisationDecision;

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
        for (field, text) in [("profile_zh", &self.profile.zh), ("profile_en", &self.profile.en)] {
            if text.chars().count() > 2000 {
                errors.push(FieldError::new(field, "too-long"));
            }
            // D-06: no links in a profile.
            if ["http://", "https://", "www."].iter().any(|mark| text.to_lowercase().contains(mark)) {
                errors.push(FieldError::new(field, "profile-link"));
            }
        }
        let website_fits = protocol::saas_v2::is_web_link(&self.website) && self.website.len() <= 255;
        if !self.website.is_empty() && !website_fits {
            errors.push(FieldError::new("website", "website-form"));
        }
        if !self.service_email.is_empty() && normal_email(&self.service_email).is_none() {
            errors.push(FieldError::new("service_email", "email-form"));
        }
        if self.service_phone.len() > 32 {
            errors.push(FieldError::new("service_phone", "too-long"));
        }
        if errors.is_empty() { Ok(()) } else { Err(AppError::Invalid(errors)) }
    }
}

/// The chain in which acts on a user are written.
fn chain_of(user: &User) -> String {
    match &user.standing {
        Standing::Member { organisation_id, .. } => organisation_id.clone(),
        Standing::Operator { .. } => PLATFORM_CHAIN.to_owned(),
    }
}

fn chain_for(actor: &Actor) -> String {
    actor.member().map_or(PLATFORM_CHAIN.to_owned(), |m| m.organisation_id.clone())
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
        verification: if input.credit_code.is_empty() { Verification::Unverified } else { Verification::Pending },
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
    // Only who has proven a name owns it: otherwise it could be taken from the company that bears it.
    if store::identity::company_claimed(work.tx, &organisation.legal_name, &organisation.credit_code)? {
        return Err(AppError::field("legal_name", "company-exists"));
    }
    store::identity::insert_organisation(work.tx, &organisation)?;
    make_room(work, email, true)?;
    let standing = Standing::Member { organisation_id: id.clone(), role: MemberRole::Owner, extra: Vec::new() };
    let language = if input.language == "en" { "en" } else { "zh" };
    let user = insert_user(work, input.user_name.trim(), email, hash, standing, language)?;
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

/// How long an invitation waits for the person to choose a password.
const INVITATION: i64 = 7 * DAY;

/// Takes an invitation away that nobody has accepted.
fn withdraw(work: &mut Work<'_, '_>, invited: &User, action: &'static str) -> Result<(), AppError> {
    store::identity::delete_invited(work.tx, &invited.id).map_err(|_| AppError::Refused("invitation-accepted"))?;
    work.audit(&chain_of(invited), action, "user", &invited.id, &json!({"email": invited.email}));
    Ok(())
}

/// An invitation that was not accepted binds nobody: whoever registers with the address himself takes it
/// over, and so does another company's invitation once the first has lapsed.
fn make_room(work: &mut Work<'_, '_>, email: &str, registers: bool) -> Result<(), AppError> {
    match store::identity::user_by_email(work.tx, email)? {
        Some(u) if u.is_invited() && (registers || work.real_now.since(u.created_at) > INVITATION) => {
            withdraw(work, &u, "member.invitation-lapsed")
        }
        _ => Ok(()),
    }
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
        products: Vec::new(),
        programmatic: false,
        group_rights: Vec::new(),
    };
    store::identity::insert_user(work.tx, &user).map_err(|e| match e {
        store::StoreError::Duplicate => AppError::field("email", "email-taken"),
        e => e.into(),
    })?;
    Ok(id)
}
