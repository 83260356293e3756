//! Parameters that operators tune (trade 0.5).

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use domain::access::OperatorRight;
use domain::settings::PARAMETERS;
use serde_json::json;
use std::sync::Arc;
use store::audit::{AuditEntry, AuditFilter, Break, PLATFORM_CHAIN, Verified};
use store::evidence::Head;
use store::listing::{PageRequest, Paged};

impl App {
    /// Reads the parameters again; other nodes may have changed them.
    pub async fn load_settings(&self) -> Result<(), AppError> {
        let settings = self.look(|tx| Ok(store::identity::settings(tx)?)).await?;
        self.inner.settings.store(Arc::new(settings));
        Ok(())
    }

    /// Changes a parameter; audited.
    pub async fn change_setting(&self, actor: &Actor, key: &str, value: i64) -> Result<(), AppError> {
        if !matches!(actor, Actor::System(_)) {
            actor.operator_may(OperatorRight::ChangeSettings)?;
        }
        let parameter = PARAMETERS.iter().find(|p| p.key == key).ok_or(AppError::NotFound)?;
        if !(parameter.min..=parameter.max).contains(&value) {
            return Err(AppError::field("value", "out-of-range"));
        }
        self.act(actor, move |work| {
            let before = store::identity::settings(work.tx)?.get(parameter.key);
            store::identity::save_setting(work.tx, parameter.key, value, work.real_now)?;
            work.audit(
                PLATFORM_CHAIN,
                "setting.changed",
                "setting",
                parameter.key,
                &json!({"before": before, "after": value}),
            );
            Ok(())
        })
        .await?;
        self.load_settings().await
    }

    /// The audit log: of the whole market for operators, of their own organisation for members.
    pub async fn audit(
        &self,
        actor: &Actor,
        mut filter: AuditFilter,
        page: PageRequest,
    ) -> Result<Paged<AuditEntry>, AppError> {
        match actor {
            Actor::Member(member) => {
                actor.may_look(domain::access::Right::UserManage)?;
                if member.is_narrowed() {
                    // The log names every product of the organisation.
                    return Err(AppError::Forbidden("all products"));
                }
                filter.chain = Some(member.organisation_id.clone());
            }
            _ => drop(actor.operator_may(OperatorRight::ReadAudit)?),
        }
        self.look(move |tx| Ok(store::audit::list(tx, &filter, &page)?)).await
    }

    /// Recomputes every hash of the audit log, for operators and the command line.
    pub async fn verify_audit(&self, actor: &Actor) -> Result<Verified, AppError> {
        if !matches!(actor, Actor::System(_)) {
            actor.operator_may(OperatorRight::ReadAudit)?;
        }
        self.look(|tx| {
            let mut found = store::audit::verify(tx)?;
            found.breaks.extend(store::evidence::gaps(tx)?);
            Ok(found)
        })
        .await
    }

    /// The heads of all chains, to be written down where nobody who can change the database can
    /// change them.
    pub async fn audit_heads(&self, actor: &Actor) -> Result<Vec<Head>, AppError> {
        if !matches!(actor, Actor::System(_)) {
            actor.operator_may(OperatorRight::ReadAudit)?;
        }
        self.look(|tx| Ok(store::evidence::heads(tx)?)).await
    }

    /// Heads that were written down before and are not on their chains any more.
    pub async fn missing_heads(&self, actor: &Actor, earlier: Vec<Head>) -> Result<Vec<Break>, AppError> {
        if !matches!(actor, Actor::System(_)) {
            actor.operator_may(OperatorRight::ReadAudit)?;
        }
        self.look(move |tx| Ok(store::evidence::missing(tx, &earlier)?)).await
    }
}
