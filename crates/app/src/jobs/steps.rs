//! Jobs that call nobody: several of them in one transaction, and mails.

use super::Task;
use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::mails::without_links;
use crate::work::Work;
use domain::time::{HOUR, SECOND, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use store::jobs::Job;
use store::messages::Mail;
use tokio::task::JoinSet;

/// Attempts after which an unexpected error makes a job wait for an operator.
const ATTEMPTS: i64 = 12;
/// The same for mails, about three days: a mail server is often down for longer than an hour.
const MAIL_ATTEMPTS: i64 = 84;

impl App {
    /// Does jobs that call nobody.
    pub(super) async fn do_jobs(&self, jobs: Vec<Job>, worker: &str) {
        let started = self.now();
        let (mut steps, mut mails) = (Vec::new(), Vec::new());
        for job in jobs {
            match serde_json::from_str::<Task>(&job.payload) {
                Ok(Task::SendMail { mail_id }) => mails.push((job, mail_id)),
                Ok(task) => steps.push((job, task)),
                Err(e) => self.end_badly(&job, worker, &AppError::Internal(format!("payload: {e}"))).await,
            }
        }
        let kinds: Vec<String> =
            steps.iter().map(|(j, _)| &j.kind).chain(mails.iter().map(|(j, _)| &j.kind)).cloned().collect();
        self.do_steps(steps, worker).await;
        self.send_mails(mails, worker).await;
        let took = u64::try_from(self.now().since(started)).unwrap_or(0);
        let each = std::time::Duration::from_micros(took / kinds.len().max(1) as u64).as_secs_f64();
        for kind in kinds {
            metrics::histogram!("job_duration_seconds", "kind" => kind).record(each);
        }
    }

    /// Does steps in one transaction; when that fails, each in its own, so that one that cannot be
    /// done keeps no other back.
    async fn do_steps(&self, steps: Vec<(Job, Task)>, worker: &str) {
        let steps = Arc::new(steps);
        if steps.len() > 1 && self.do_together(steps.clone(), worker).await.is_ok() {
            return count("ok", steps.iter().map(|(job, _)| job));
        }
        for step in steps.iter() {
            match self.do_together(Arc::new(vec![step.clone()]), worker).await {
                Ok(()) => count("ok", [&step.0]),
                Err(e) => self.end_badly(&step.0, worker, &e).await,
            }
        }
    }

    async fn do_together(&self, steps: Arc<Vec<(Job, Task)>>, worker: &str) -> Result<(), AppError> {
        if steps.is_empty() {
            return Ok(());
        }
        let (app, worker) = (self.clone(), worker.to_owned());
        self.act(&Actor::System("worker"), move |work| {
            let ids: Vec<String> = steps.iter().map(|(job, _)| job.id.clone()).collect();
            // A lost lease means that another process has the job: nothing of ours counts then.
            if store::jobs::held(work.tx, &ids, &worker)?.len() != ids.len() {
                return Err(AppError::Stale);
            }
            let instances = steps.iter().filter_map(|(_, task)| match task.subject() {
                ("instance", id) => Some(id.to_owned()),
                _ => None,
            });
            work.hold_instances(instances)?;
            for (_, task) in steps.iter() {
                do_step(&app, work, task)?;
            }
            Ok(store::jobs::finish_all(work.tx, &ids, &worker, work.real_now)?)
        })
        .await
    }

    /// Sends mails, all at once, and writes down how it went.
    async fn send_mails(&self, jobs: Vec<(Job, String)>, worker: &str) {
        if jobs.is_empty() {
            return;
        }
        let ids: Vec<String> = jobs.iter().map(|(_, id)| id.clone()).collect();
        let mails = match self.look(move |tx| Ok(store::messages::waiting_mails(tx, &ids)?)).await {
            Ok(mails) => mails,
            Err(e) => {
                for (job, _) in &jobs {
                    self.end_badly(job, worker, &AppError::Unavailable(e.to_string())).await;
                }
                return;
            }
        };
        // Its recipient has the link then; neither the database nor a backup needs it.
        let links: HashMap<String, Mail> =
            mails.iter().filter_map(|mail| Some((mail.id.clone(), without_links(mail)?))).collect();
        let mut sending = JoinSet::new();
        for mail in mails {
            let app = self.clone();
            sending.spawn(async move {
                let sent = app.post_mail(&mail).await;
                (mail.id, sent.err())
            });
        }
        let mut ended: Vec<(String, Option<String>)> = sending.join_all().await;
        ended.sort();
        let faults: HashMap<String, String> =
            ended.iter().filter_map(|(id, e)| Some((id.clone(), e.clone()?))).collect();
        let (bad, good): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|(_, id)| faults.contains_key(id));
        let finished: Vec<String> = good.iter().map(|(job, _)| job.id.clone()).collect();
        let name = worker.to_owned();
        let state = if self.mails_go_nowhere() { "KEPT" } else { "SENT" };
        let written = self
            .act(&Actor::System("mail"), move |work| {
                store::messages::mails_done(work.tx, &ended, state, work.real_now)?;
                for kept in ended.iter().filter(|(_, e)| e.is_none()).filter_map(|(id, _)| links.get(id)) {
                    store::messages::keep_of_mail(work.tx, &kept.id, &kept.body, &kept.letter)?;
                }
                let held = store::jobs::held(work.tx, &finished, &name)?;
                Ok(store::jobs::finish_all(work.tx, &held, &name, work.real_now)?)
            })
            .await;
        match written {
            Ok(()) => count("ok", good.iter().map(|(job, _)| job)),
            // They are sent and not known to be: the lease runs out and they are sent again.
            Err(e) => tracing::error!(error = %e, "sent mails cannot be written down"),
        }
        for (job, id) in &bad {
            let why = faults.get(id).cloned().unwrap_or_default();
            self.end_badly(job, worker, &AppError::Unavailable(why)).await;
        }
    }

    /// A job met an error: it is tried again after a pause, and at last waits for an operator.
    pub(super) async fn end_badly(&self, job: &Job, worker: &str, error: &AppError) {
        count("error", [job]);
        if matches!(error, AppError::Stale) {
            tracing::warn!(job = %job.id, kind = %job.kind, "changed meanwhile");
        } else {
            tracing::error!(job = %job.id, kind = %job.kind, %error, "job failed");
        }
        let text = error.to_string();
        let mut ended = self.write_bad_end(job, worker, &text, true).await;
        if ended.as_ref().is_err_and(|e| !matches!(e, AppError::Stale)) && job.attempts >= most_attempts(job) {
            // Whatever hinders the call hinders giving it up too: an operator has to know at least.
            ended = self.write_bad_end(job, worker, &text, false).await;
        }
        // A lost lease means that another process has the job: nothing of ours counts then.
        if let Err(e) = ended
            && !matches!(e, AppError::Stale)
        {
            tracing::error!(job = %job.id, error = %e, "the end of a job cannot be written");
        }
    }

    /// Plans a job again, or after its last attempt gives it up; then, with `give_up_call`, its call has
    /// failed once more too.
    async fn write_bad_end(&self, job: &Job, worker: &str, text: &str, give_up_call: bool) -> Result<(), AppError> {
        let (id, worker, attempts, text) = (job.id.clone(), worker.to_owned(), job.attempts, text.to_owned());
        let most = most_attempts(job);
        let call = match serde_json::from_str::<Task>(&job.payload) {
            Ok(Task::CallSeller { call_id, .. }) if give_up_call => Some(call_id),
            _ => None,
        };
        self.act(&Actor::System("worker"), move |work| {
            let now = work.real_now;
            if attempts < most {
                let pause = (SECOND << attempts.clamp(0, 12)).min(HOUR);
                return Ok(store::jobs::retry(work.tx, &id, &worker, now.plus(pause), &text)?);
            }
            store::jobs::fail(work.tx, &id, &worker, now, &text)?;
            if let Some(call_id) = &call {
                crate::fulfilment::attempt_failed_within(work, call_id)?;
            }
            work.tell_operators("job-failed", &[("job", &id)], &format!("/operator/jobs/{id}"))
        })
        .await
    }
}

/// Attempts of a job after which it waits for an operator.
fn most_attempts(job: &Job) -> i64 {
    if job.kind == "send_mail" { MAIL_ATTEMPTS } else { ATTEMPTS }
}

/// Counts jobs by kind and outcome.
pub(super) fn count<'j>(outcome: &'static str, jobs: impl IntoIterator<Item = &'j Job>) {
    for job in jobs {
        metrics::counter!("jobs_total", "kind" => job.kind.clone(), "outcome" => outcome).increment(1);
    }
}

fn do_step(app: &App, work: &mut Work<'_, '_>, task: &Task) -> Result<(), AppError> {
    match task {
        Task::CancelUnpaid { order_id } => crate::ordering::cancel_unpaid(work, order_id),
        Task::InstanceTimer { instance_id } => crate::resources::timer(work, instance_id),
        Task::AutoRenew { instance_id } => crate::resources::auto_renew(work, instance_id),
        Task::Remind { instance_id, until, days, chained } => {
            crate::resources::remind(work, instance_id, Timestamp(*until), *days, *chained)
        }
        Task::MailMessage { organisation_id, kind, arguments, href, .. } => {
            crate::mails::mail_message(work, &app.stationery(), organisation_id, kind, arguments, href)
        }
        Task::CallSeller { .. } | Task::FetchInformation { .. } | Task::SendMail { .. } => {
            Err(AppError::Internal("not a step".into()))
        }
    }
}
