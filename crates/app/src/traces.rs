//! Reading that leaves a trace in the log: what was carried out of the market, and whose access data
//! were opened; and acts of the command line.

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use domain::time::{HOUR, Timestamp};
use serde_json::json;
use store::audit::{AuditEntry, PLATFORM_CHAIN};

/// Whether opening the access data of a service is new in its history: the same person is not
/// written down again within an hour.
fn is_news(history: &[AuditEntry], user_id: &str, now: Timestamp) -> bool {
    let same = |e: &&AuditEntry| e.action == ACCESS_OPENED && e.actor_id == user_id;
    history.iter().rev().find(same).is_none_or(|e| now.since(e.at) >= HOUR)
}

const ACCESS_OPENED: &str = "access.opened";

impl App {
    /// Records that a list was saved as a file: its name and its lines.
    pub async fn record_export(&self, actor: &Actor, file: &str, rows: usize) -> Result<(), AppError> {
        let chain = actor.member().map_or(PLATFORM_CHAIN, |m| m.organisation_id.as_str()).to_owned();
        let file = file.to_owned();
        self.act(actor, move |work| {
            work.audit(&chain, "export.made", "file", &file, &json!({"rows": rows}));
            Ok(())
        })
        .await
    }

    /// Records that a member opened the access data of a service.
    pub(crate) async fn record_access(
        &self,
        actor: &Actor,
        instance_id: &str,
        history: &[AuditEntry],
    ) -> Result<(), AppError> {
        let member = actor.member()?;
        if !is_news(history, &member.user_id, self.now()) {
            return Ok(());
        }
        let (chain, id) = (member.organisation_id.clone(), instance_id.to_owned());
        self.act(actor, move |work| {
            work.audit(&chain, ACCESS_OPENED, "instance", &id, &json!({}));
            Ok(())
        })
        .await
    }

    /// Records what the command line did with the whole database, such as a backup.
    pub async fn record_command(&self, action: &'static str, file: &str) -> Result<(), AppError> {
        let file = file.to_owned();
        self.act(&Actor::System("command line"), move |work| {
            work.audit(PLATFORM_CHAIN, action, "file", &file, &json!({}));
            Ok(())
        })
        .await
    }
}
