//! Registration, public data, verification and decisions about organisations.

use super::*;
use crate::actor::Actor;
use crate::error::{AppError, FieldError};
use crate::{App, secrets};
use domain::access::{MemberRole, OperatorRight, Right};
use domain::identity::{SellerState, Verification, check_password, normal_email};
use domain::text::Localized;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::audit::PLATFORM_CHAIN;
use store::identity::{Organisation, OrganisationFilter, User};
use store::listing::{PageRequest, Paged};

/// What decisions change, for the audit log.
fn standing_of(o: &Organisation) -> serde_json::Value {
    json!({"verification": o.verification.code(), "seller": o.seller_state.code(), "frozen": o.frozen, "partner": o.is_partner, "sandbox": o.sandbox})
}

/// What an organisation shows of itself, for the log; the address of the service mailbox is where
/// failures of calls are told.
fn public_data(o: &Organisation) -> serde_json::Value {
    json!({
        "name": o.name, "profile": o.profile, "website": o.website, "service_email": o.service_email,
        "service_phone": o.service_phone, "logo": o.logo,
    })
}

impl App {
    /// Registers a company with its owner; he still has to be verified before he can trade.
    pub async fn register(&self, input: Registration) -> Result<(), AppError> {
        if !self.options().open_registration {
            return Err(AppError::Refused("registration-closed"));
        }
        self.create_organisation(&Actor::Visitor, input).await.map(|_| ())
    }

    /// Creates a company with its owner: by registration, or by an operator or command.
    pub async fn create_organisation(&self, actor: &Actor, input: Registration) -> Result<(String, String), AppError> {
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
            } else if domain::text::holds_link(text) || (field == "user_name" && domain::text::holds_host(text)) {
                errors.push(FieldError::new(field, "name-link"));
            }
        }
        if input.name_en.chars().count() > 64 {
            errors.push(FieldError::new("name_en", "too-long"));
        } else if domain::text::holds_link(&input.name_en) {
            errors.push(FieldError::new("name_en", "name-link"));
        }
        if input.credit_code.len() > 32 || !input.credit_code.chars().all(|c| c.is_ascii_alphanumeric()) {
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
        let hash =
            self.inner.hashing.run(move || secrets::hash_password(&password)).await?.map_err(AppError::Internal)?;
        self.act(actor, move |work| insert_company(work, &input, &email, &hash)).await
    }

    /// One's own organisation.
    pub async fn own_organisation(&self, actor: &Actor) -> Result<Organisation, AppError> {
        let id = actor.member()?.organisation_id.clone();
        self.look(move |tx| store::identity::load_organisation(tx, &id)?.ok_or(AppError::NotFound)).await
    }

    /// Changes the public data of one's organisation.
    pub async fn save_own_organisation(&self, actor: &Actor, change: OrganisationChange) -> Result<(), AppError> {
        let id = actor.may(Right::UserManage)?.organisation_id.clone();
        change.check()?;
        self.act(actor, move |work| {
            let mut o = store::identity::load_organisation(work.tx, &id)?.ok_or(AppError::NotFound)?;
            if let Some(logo) = &change.logo
                && !store::files::belongs_to(work.tx, logo, &id)?
            {
                return Err(AppError::field("logo", "file-unknown"));
            }
            let before = public_data(&o);
            o.name = change.name.clone();
            o.profile = change.profile.clone();
            o.website = change.website.clone();
            o.service_email = change.service_email.clone();
            o.service_phone = change.service_phone.clone();
            o.logo = change.logo.clone().or(o.logo);
            o.updated_at = work.real_now;
            store::identity::save_organisation(work.tx, &o)?;
            store::catalogue::record_changes_of(work.tx, &id, work.real_now)?;
            let detail = json!({"before": before, "after": public_data(&o)});
            work.audit(&id, "organisation.changed", "organisation", &id, &detail);
            Ok(())
        })
        .await?;
        self.inner.shelf_bell.notify_waiters();
        Ok(())
    }

    /// The owner hands in real-name data, or asks to become a seller.
    pub async fn apply(&self, actor: &Actor, what: OrganisationRequest) -> Result<(), AppError> {
        let member = actor.working()?;
        if member.role != MemberRole::Owner {
            return Err(AppError::Forbidden("owner"));
        }
        let id = member.organisation_id.clone();
        self.act(actor, move |work| {
            let mut o = store::identity::load_organisation(work.tx, &id)?.ok_or(AppError::NotFound)?;
            match &what {
                OrganisationRequest::Verification { credit_code } => {
                    if matches!(o.verification, Verification::Verified | Verification::Pending) {
                        return Err(AppError::Refused("already-verified"));
                    }
                    if credit_code.len() < 8 || !credit_code.chars().all(|c| c.is_ascii_alphanumeric()) {
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

    /// Organisations, for operators.
    pub async fn organisations(
        &self,
        actor: &Actor,
        filter: OrganisationFilter,
        page: PageRequest,
    ) -> Result<Paged<Organisation>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        self.look(move |tx| Ok(store::identity::list_organisations(tx, &filter, &page)?)).await
    }

    /// Names of organisations by id, for the lists of operators.
    pub async fn organisation_names(
        &self,
        actor: &Actor,
        ids: impl Iterator<Item = String> + Send,
    ) -> Result<BTreeMap<String, Localized>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        let ids: Vec<String> = ids.collect::<BTreeSet<String>>().into_iter().collect();
        self.look(move |tx| Ok(store::identity::organisation_names(tx, &ids)?)).await
    }

    /// One organisation with its users, for operators.
    pub async fn organisation(&self, actor: &Actor, id: &str) -> Result<(Organisation, Vec<User>), AppError> {
        actor.operator_may(OperatorRight::Read)?;
        let id = id.to_owned();
        self.look(move |tx| {
            let found = store::identity::load_organisation(tx, &id)?.ok_or(AppError::NotFound)?;
            Ok((found, store::identity::users_of(tx, &id)?))
        })
        .await
    }

    /// An operator decides about an organisation. Adverse decisions need a reason; it is kept in the
    /// audit log and told to the organisation.
    pub async fn decide_organisation(
        &self,
        actor: &Actor,
        id: &str,
        decision: OrganisationDecision,
        reason: &str,
    ) -> Result<(), AppError> {
        match actor {
            Actor::System(_) => {}
            _ => drop(actor.operator_may(OperatorRight::ManageOrganisations)?),
        }
        let reason = decision.check_reason(reason).map_err(|code| AppError::field("reason", code))?.to_owned();
        let id = id.to_owned();
        self.act(actor, move |work| {
            let mut o = store::identity::load_organisation(work.tx, &id)?.ok_or(AppError::NotFound)?;
            let before = standing_of(&o);
            match decision {
                OrganisationDecision::Verify => o.verification = Verification::Verified,
                OrganisationDecision::RejectVerification => o.verification = Verification::Rejected,
                OrganisationDecision::Seller(_) if o.sandbox => {
                    return Err(AppError::Refused("sandbox-not-for-sellers"));
                }
                OrganisationDecision::Seller(state) => o.seller_state = state,
                OrganisationDecision::Partner(is) => o.is_partner = is,
                OrganisationDecision::Freeze(is) => o.frozen = is,
                OrganisationDecision::Sandbox => {
                    // Money and time of a sandbox are not real; an organisation with a past stays real.
                    if o.seller_state != SellerState::None || store::ledger::has_past(work.tx, &id)? {
                        return Err(AppError::Refused("sandbox-not-for-sellers"));
                    }
                    o.sandbox = true;
                }
            }
            o.updated_at = work.real_now;
            store::identity::save_organisation(work.tx, &o).map_err(|e| match e {
                store::StoreError::Duplicate => AppError::Refused("company-exists"),
                e => e.into(),
            })?;
            // Products of a frozen seller leave the shelf.
            store::catalogue::record_changes_of(work.tx, &id, work.real_now)?;
            let has_reason = if reason.is_empty() { "0" } else { "1" };
            let arguments = [("decision", decision.code()), ("has_reason", has_reason), ("reason", reason.as_str())];
            work.tell(&id, "organisation-decided", 101, &arguments, "/account")?;
            let detail = json!({"reason": reason, "before": before, "after": standing_of(&o)});
            work.audit(PLATFORM_CHAIN, "organisation.decided", "organisation", &id, &detail);
            Ok(())
        })
        .await?;
        self.inner.shelf_bell.notify_waiters();
        Ok(())
    }
}
