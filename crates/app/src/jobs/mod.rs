//! Background work: the kinds of jobs and the runner that claims and does them.

mod lanes;
mod runner;
mod steps;

pub(crate) use lanes::Lanes;

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use domain::access::OperatorRight;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::audit::PLATFORM_CHAIN;
use store::jobs::{Job, JobFilter, Sweep};
use store::listing::{PageRequest, Paged};

/// A job's work. Payloads hold ids; what they mean is read again when the job runs. Old payloads
/// must stay readable: committed samples are parsed in a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Call a seller's server, or poll it.
    CallSeller {
        /// Call record.
        call_id: String,
        /// Whether somebody pressed restart.
        #[serde(default)]
        manual: bool,
    },
    /// Ask a seller for an instance's information.
    FetchInformation {
        /// Instance.
        instance_id: String,
    },
    /// Cancel an order unless it has been paid.
    CancelUnpaid {
        /// Order.
        order_id: String,
    },
    /// Look whether the time of an instance has come: expire, freeze, release.
    InstanceTimer {
        /// Instance.
        instance_id: String,
    },
    /// Renew an instance whose policy is automatic.
    AutoRenew {
        /// Instance.
        instance_id: String,
    },
    /// Remind a buyer that an instance will expire.
    Remind {
        /// Instance.
        instance_id: String,
        /// End of the paid time that the reminder is about.
        until: i64,
        /// Days before it.
        days: i64,
        /// Whether it plans the next one; those of older versions were all planned at once.
        #[serde(default)]
        chained: bool,
    },
    /// Send a mail from the outbox.
    SendMail {
        /// Mail.
        mail_id: String,
    },
    /// Mail an important message to an organisation's owners.
    MailMessage {
        /// Message.
        message_id: String,
        /// Organisation.
        organisation_id: String,
        /// Key of the text.
        kind: String,
        /// JSON object.
        arguments: String,
        /// Page that it leads to.
        href: String,
    },
}

impl Task {
    /// Name of the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Task::CallSeller { .. } => "call_seller",
            Task::FetchInformation { .. } => "fetch_information",
            Task::CancelUnpaid { .. } => "cancel_unpaid",
            Task::InstanceTimer { .. } => "instance_timer",
            Task::AutoRenew { .. } => "auto_renew",
            Task::Remind { .. } => "remind",
            Task::SendMail { .. } => "send_mail",
            Task::MailMessage { .. } => "mail_message",
        }
    }

    /// Every kind, for filters.
    pub const KINDS: &'static [&'static str] = &[
        "call_seller",
        "fetch_information",
        "cancel_unpaid",
        "instance_timer",
        "auto_renew",
        "remind",
        "send_mail",
        "mail_message",
    ];

    /// Kind and id of the object that the job is about.
    pub fn subject(&self) -> (&'static str, &str) {
        match self {
            Task::CallSeller { call_id, .. } => ("call", call_id),
            Task::FetchInformation { instance_id }
            | Task::InstanceTimer { instance_id }
            | Task::AutoRenew { instance_id }
            | Task::Remind { instance_id, .. } => ("instance", instance_id),
            Task::CancelUnpaid { order_id } => ("order", order_id),
            Task::SendMail { mail_id } => ("mail", mail_id),
            Task::MailMessage { message_id, .. } => ("message", message_id),
        }
    }
}

impl App {
    /// Jobs, for operators.
    pub async fn jobs(&self, actor: &Actor, filter: JobFilter, page: PageRequest) -> Result<Paged<Job>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        self.look(move |tx| Ok(store::jobs::list(tx, &filter, &page)?)).await
    }

    /// One job, for operators.
    pub async fn job(&self, actor: &Actor, id: &str) -> Result<Job, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        let id = id.to_owned();
        self.look(move |tx| store::jobs::load(tx, &id)?.ok_or(AppError::NotFound)).await
    }

    /// Counts of jobs (waiting and due, waiting for later, running, failed) and the periodic tasks.
    pub async fn job_overview(&self, actor: &Actor) -> Result<([i64; 4], Vec<Sweep>), AppError> {
        actor.operator_may(OperatorRight::Read)?;
        let now = self.now();
        self.look(move |tx| Ok((store::jobs::counts(tx, now)?, store::jobs::sweeps(tx)?))).await
    }

    /// An operator runs a waiting or failed job now.
    pub async fn restart_job(&self, actor: &Actor, id: &str) -> Result<(), AppError> {
        actor.operator_may(OperatorRight::RunJobs)?;
        let id = id.to_owned();
        self.act(actor, move |work| {
            store::jobs::restart(work.tx, &id, work.real_now)?;
            work.audit(PLATFORM_CHAIN, "job.restarted", "job", &id, &json!({}));
            Ok(())
        })
        .await?;
        self.inner.bell.notify_waiters();
        Ok(())
    }

    /// An operator gives a job up.
    pub async fn cancel_job(&self, actor: &Actor, id: &str, reason: &str) -> Result<(), AppError> {
        actor.operator_may(OperatorRight::RunJobs)?;
        if reason.trim().is_empty() {
            return Err(AppError::field("reason", "required"));
        }
        let (id, reason) = (id.to_owned(), reason.to_owned());
        self.act(actor, move |work| {
            store::jobs::cancel(work.tx, &id, work.real_now)?;
            work.audit(PLATFORM_CHAIN, "job.cancelled", "job", &id, &json!({"reason": reason}));
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_of_older_versions_still_parse() {
        for sample in [
            r#"{"task":"call_seller","call_id":"cal_1"}"#,
            r#"{"task":"call_seller","call_id":"cal_1","manual":true}"#,
            r#"{"task":"fetch_information","instance_id":"ins_1"}"#,
            r#"{"task":"cancel_unpaid","order_id":"ord_1"}"#,
            r#"{"task":"instance_timer","instance_id":"ins_1"}"#,
            r#"{"task":"auto_renew","instance_id":"ins_1"}"#,
            r#"{"task":"remind","instance_id":"ins_1","until":1,"days":7}"#,
            r#"{"task":"remind","instance_id":"ins_1","until":1,"days":7,"chained":true}"#,
            r#"{"task":"send_mail","mail_id":"mai_1"}"#,
            r#"{"task":"mail_message","message_id":"msg_1","organisation_id":"org_1","kind":"k","arguments":"{}","href":"/"}"#,
        ] {
            let task: Task = serde_json::from_str(sample).unwrap();
            assert!(Task::KINDS.contains(&task.kind()));
        }
    }
}
