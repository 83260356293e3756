//! Background work: the kinds of jobs and the runner that claims and does them.

use crate::actor::Actor;
use crate::error::AppError;
use crate::fulfilment::CallStep;
use crate::{App, secrets};
use domain::access::OperatorRight;
use domain::text::Language;
use domain::time::{HOUR, MINUTE, SECOND, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::audit::PLATFORM_CHAIN;
use store::jobs::{Job, JobFilter, Sweep};
use store::listing::{PageRequest, Paged};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

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

/// How a job ended.
#[derive(Debug)]
pub(crate) enum Done {
    /// The job's own transaction has finished it.
    Finished,
    /// Try again at this time.
    Again(Timestamp, String),
}

/// Calls in flight per address: at most 20 (seller interface D-38).
#[derive(Default)]
pub(crate) struct Busy {
    addresses: Mutex<HashMap<String, Arc<Semaphore>>>,
}

const PER_ADDRESS: usize = 20;
/// Jobs in flight in one process.
const IN_FLIGHT: usize = 64;
/// Longest time that a job may take before another process takes it over.
const LEASE: i64 = 2 * MINUTE;
/// Attempts after which an unexpected error makes a job wait for an operator.
const ATTEMPTS: i64 = 12;

/// How long a call waits for others to its address to end before it gives its place back. Long
/// enough for a seller that answers, short enough that one who does not holds nobody else up.
const PATIENCE: Duration = Duration::from_millis(250);

impl Busy {
    fn of(&self, address: &str) -> Option<Arc<Semaphore>> {
        let mut addresses = self.addresses.lock().ok()?;
        if addresses.len() > 10_000 {
            addresses.retain(|_, s| Arc::strong_count(s) > 1 || s.available_permits() < PER_ADDRESS);
        }
        let semaphore = addresses.entry(address.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(PER_ADDRESS)));
        Some(semaphore.clone())
    }

    /// A place among the calls to an address; none when they stay too many.
    pub(crate) async fn permit(&self, address: &str) -> Option<OwnedSemaphorePermit> {
        let semaphore = self.of(address)?;
        tokio::time::timeout(PATIENCE, semaphore.acquire_owned()).await.ok()?.ok()
    }
}

impl App {
    /// Runs jobs until `stop` is notified; then waits for those in flight.
    pub async fn run_jobs(&self, stop: Arc<tokio::sync::Notify>) {
        let worker = format!("{}-{}", self.options().node, &secrets::token()[..8]);
        let mut running = JoinSet::new();
        let mut stopped = std::pin::pin!(stop.notified());
        // While more is due than has room, a claim waits until it can take several jobs: each claim
        // is a durable transaction.
        let mut backlog = false;
        loop {
            let bell = self.inner.bell.notified();
            while running.try_join_next().is_some() {}
            let free = IN_FLIGHT - running.len().min(IN_FLIGHT);
            let claims = free >= if backlog { IN_FLIGHT / 4 } else { 1 };
            let claimed = if claims { self.claim(&worker, free).await } else { 0.into() };
            backlog = if claims { claimed.full } else { backlog };
            for job in claimed.jobs {
                let (app, worker) = (self.clone(), worker.clone());
                running.spawn(async move { app.run_job(&job, &worker).await });
            }
            if claimed.full && running.len() < IN_FLIGHT {
                continue;
            }
            tokio::select! {
                () = &mut stopped => break,
                () = bell, if running.len() < IN_FLIGHT && !backlog => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
                // Slow jobs must not keep what little room is left from others.
                () = tokio::time::sleep(claimed.pause), if running.len() < IN_FLIGHT => backlog = false,
            }
        }
        while running.join_next().await.is_some() {}
        let _ = self.act(&Actor::System("worker"), move |work| Ok(store::jobs::recover_own(work.tx, &worker)?)).await;
    }

    /// Runs every job that is due, one after the other, until none is; for tests and commands.
    pub async fn run_due_jobs(&self) -> usize {
        let worker = format!("{}-now-{}", self.options().node, &secrets::token()[..8]);
        let mut count = 0;
        loop {
            let claimed = self.claim(&worker, 1).await;
            let Some(job) = claimed.jobs.into_iter().next() else {
                return count;
            };
            self.run_job(&job, &worker).await;
            count += 1;
        }
    }

    async fn claim(&self, worker: &str, limit: usize) -> Claimed {
        let worker = worker.to_owned();
        let limit = i64::try_from(limit).unwrap_or(1);
        let found = self
            .act(&Actor::System("worker"), move |work| {
                let now = work.real_now;
                store::jobs::recover(work.tx, now)?;
                let jobs = store::jobs::claim(work.tx, &worker, now, now.plus(LEASE), limit)?;
                let next = if jobs.is_empty() { store::jobs::next_due(work.tx)? } else { None };
                Ok((jobs, next))
            })
            .await;
        match found {
            Ok((jobs, next)) => {
                let wait = next.map_or(SECOND, |at| at.since(self.now()).clamp(0, SECOND));
                let full = i64::try_from(jobs.len()).unwrap_or(0) == limit;
                Claimed { jobs, full, pause: Duration::from_micros(u64::try_from(wait).unwrap_or(0) + 1000) }
            }
            Err(e) => {
                tracing::error!(error = %e, "jobs cannot be claimed");
                Claimed { jobs: Vec::new(), full: false, pause: Duration::from_secs(2) }
            }
        }
    }

    async fn run_job(&self, job: &Job, worker: &str) {
        let started = self.now();
        let outcome = match serde_json::from_str::<Task>(&job.payload) {
            Ok(task) => self.do_task(&task, job, worker).await,
            Err(e) => Err(AppError::Internal(format!("payload: {e}"))),
        };
        metrics::counter!("jobs_total", "kind" => job.kind.clone(), "outcome" => if outcome.is_ok() { "ok" } else { "error" })
            .increment(1);
        metrics::histogram!("job_duration_seconds", "kind" => job.kind.clone()).record(
            std::time::Duration::from_micros(u64::try_from(self.now().since(started)).unwrap_or(0)).as_secs_f64(),
        );
        let (id, worker) = (job.id.clone(), worker.to_owned());
        let attempts = job.attempts;
        let ended = match outcome {
            Ok(Done::Finished) => Ok(()),
            Ok(Done::Again(at, why)) => {
                self.act(&Actor::System("worker"), move |work| Ok(store::jobs::retry(work.tx, &id, &worker, at, &why)?))
                    .await
            }
            Err(e) => {
                let text = e.to_string();
                tracing::error!(job = %id, kind = %job.kind, error = %text, "job failed");
                self.act(&Actor::System("worker"), move |work| {
                    let now = work.real_now;
                    if attempts >= ATTEMPTS {
                        store::jobs::fail(work.tx, &id, &worker, now, &text)?;
                        work.tell_operators("job-failed", &[("job", &id)], &format!("/operator/jobs/{id}"))?;
                    } else {
                        let pause = (SECOND << attempts.min(12)).min(HOUR);
                        store::jobs::retry(work.tx, &id, &worker, now.plus(pause), &text)?;
                    }
                    Ok(())
                })
                .await
            }
        };
        // A lost lease means that another process has the job: nothing of ours counts then.
        if let Err(e) = ended
            && !matches!(e, AppError::Stale)
        {
            tracing::error!(job = %job.id, error = %e, "the end of a job cannot be written");
        }
    }

    async fn do_task(&self, task: &Task, job: &Job, worker: &str) -> Result<Done, AppError> {
        match task {
            Task::CallSeller { call_id, manual } => match self.step_call(call_id, *manual, &job.id, worker).await? {
                CallStep::Finished => Ok(Done::Finished),
                CallStep::Busy => {
                    Ok(Done::Again(self.now().plus(2 * SECOND), "other calls to the address are in flight".into()))
                }
            },
            Task::FetchInformation { instance_id } => {
                self.fetch_information(instance_id).await?;
                self.finish_job(job, worker).await
            }
            Task::CancelUnpaid { order_id } => {
                let order_id = order_id.clone();
                self.in_job(job, worker, move |work| crate::ordering::cancel_unpaid(work, &order_id)).await
            }
            Task::InstanceTimer { instance_id } => {
                let instance_id = instance_id.clone();
                self.in_job(job, worker, move |work| crate::resources::timer(work, &instance_id)).await
            }
            Task::AutoRenew { instance_id } => {
                let instance_id = instance_id.clone();
                self.in_job(job, worker, move |work| crate::resources::auto_renew(work, &instance_id)).await
            }
            Task::Remind { instance_id, until, days } => {
                let (instance_id, until, days) = (instance_id.clone(), Timestamp(*until), *days);
                self.in_job(job, worker, move |work| crate::resources::remind(work, &instance_id, until, days)).await
            }
            Task::SendMail { mail_id } => {
                self.send_mail(mail_id).await?;
                self.finish_job(job, worker).await
            }
            Task::MailMessage { organisation_id, kind, arguments, href, .. } => {
                let words = self.words().clone();
                let (site, base) = (self.options().site_name.clone(), self.options().base_url.clone());
                let (organisation_id, kind, arguments, href) =
                    (organisation_id.clone(), kind.clone(), arguments.clone(), href.clone());
                self.in_job(job, worker, move |work| {
                    let given: HashMap<String, String> = serde_json::from_str(&arguments).unwrap_or_default();
                    let link = format!("{base}{href}");
                    for (recipient, language) in store::identity::owner_emails(work.tx, &organisation_id)? {
                        let language = Language::from_code(&language).unwrap_or(Language::Zh);
                        let mut arguments: Vec<(&str, crate::words::Argument)> =
                            given.iter().map(|(k, v)| (k.as_str(), v.as_str().into())).collect();
                        arguments.push(("site", site.as_str().into()));
                        let title = words.text(language, &format!("message-{kind}"), &arguments);
                        let tail = words.text(
                            language,
                            "mail-tail",
                            &[("link", link.as_str().into()), ("site", site.as_str().into())],
                        );
                        let body = format!("{title}\n\n{tail}");
                        work.mail(&crate::messages::Mail { recipient, subject: format!("[{site}] {title}"), body })?;
                    }
                    Ok(())
                })
                .await
            }
        }
    }

    /// Runs `body` and finishes the job in one transaction.
    async fn in_job<F>(&self, job: &Job, worker: &str, body: F) -> Result<Done, AppError>
    where
        F: Fn(&mut crate::work::Work<'_, '_>) -> Result<(), AppError> + Send + 'static,
    {
        let (id, worker) = (job.id.clone(), worker.to_owned());
        self.act(&Actor::System("worker"), move |work| {
            if !store::jobs::still_mine(work.tx, &id, &worker)? {
                return Err(AppError::Stale);
            }
            body(work)?;
            let now = work.real_now;
            Ok(store::jobs::finish(work.tx, &id, &worker, now)?)
        })
        .await?;
        Ok(Done::Finished)
    }

    async fn finish_job(&self, job: &Job, worker: &str) -> Result<Done, AppError> {
        self.in_job(job, worker, |_| Ok(())).await
    }

    async fn send_mail(&self, mail_id: &str) -> Result<(), AppError> {
        let id = mail_id.to_owned();
        let found = self.look(move |tx| Ok(store::messages::load_mail(tx, &id)?)).await?;
        let Some(mail) = found.filter(|m| m.state != "SENT") else {
            return Ok(());
        };
        let sent = self.inner.mailer.send(&mail.id, &mail.recipient, &mail.subject, &mail.body).await;
        let failed = sent.as_ref().err().cloned();
        let state = if self.mails_go_nowhere() { "KEPT" } else { "SENT" };
        self.act(&Actor::System("mail"), move |work| {
            let (state, error) = match &sent {
                Ok(()) => (state, ""),
                Err(e) => ("WAITING", e.as_str()),
            };
            Ok(store::messages::mail_done(work.tx, &mail.id, state, error, work.real_now)?)
        })
        .await?;
        failed.map_or(Ok(()), |e| Err(AppError::Unavailable(e)))
    }

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

struct Claimed {
    jobs: Vec<Job>,
    full: bool,
    pause: Duration,
}

impl From<u64> for Claimed {
    fn from(millis: u64) -> Claimed {
        Claimed { jobs: Vec::new(), full: false, pause: Duration::from_millis(millis.max(50)) }
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
            r#"{"task":"send_mail","mail_id":"mai_1"}"#,
            r#"{"task":"mail_message","message_id":"msg_1","organisation_id":"org_1","kind":"k","arguments":"{}","href":"/"}"#,
        ] {
            let task: Task = serde_json::from_str(sample).unwrap();
            assert!(Task::KINDS.contains(&task.kind()));
        }
    }
}
