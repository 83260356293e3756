//! One operation's transaction: what it changes, the jobs and audit entries that go with it.

use crate::actor::Actor;
use crate::desk::Desk;
use crate::error::AppError;
use crate::jobs::Task;
use crate::shelf::ShelfCache;
use crate::{App, secrets};
use domain::id::Seed;
use domain::settings::Settings;
use domain::time::Timestamp;
use std::any::Any;
use std::cell::Cell;
use std::sync::Arc;
use store::Tx;
use store::audit::{self, NewEntry};
use store::jobs::Job;

/// The clock of an organisation: a sandbox may be ahead of real time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganisationClock {
    /// Organisation whose test clock it is; `None` for real time.
    pub owner: Option<String>,
    /// Microseconds ahead of real time.
    pub offset: i64,
}

struct AuditLine {
    chain: String,
    action: &'static str,
    subject_kind: &'static str,
    subject_id: String,
    detail: String,
    /// Kind, id and name of who acted, where it is not the actor of the operation.
    by: Option<(&'static str, String, String)>,
}

/// An open operation.
pub struct Work<'t, 'a> {
    /// Transaction.
    pub tx: &'t mut Tx<'a>,
    /// Real time at which the operation began.
    pub real_now: Timestamp,
    /// Who acts.
    pub actor: &'t Actor,
    /// Parameters in force.
    pub settings: &'t Settings,
    /// What this process knows of the shelf.
    pub(crate) shelf: &'t ShelfCache,
    pub(crate) desk: Desk,
    jobs: Vec<Job>,
    audit: Vec<AuditLine>,
}

impl Work<'_, '_> {
    /// Seed for a new id.
    pub fn seed(&self) -> Seed {
        let millis = u64::try_from(self.real_now.millis()).unwrap_or(0);
        Seed { millis, random: u128::from_le_bytes(secrets::random_bytes()) }
    }

    /// Time for the acting member: his organisation's test clock where it has one.
    pub fn now(&self) -> Timestamp {
        match self.actor {
            Actor::Member(m) if m.sandbox => self.real_now.plus(m.clock_offset),
            _ => self.real_now,
        }
    }

    /// The clock of an organisation.
    pub fn clock_of(&mut self, organisation_id: &str) -> Result<OrganisationClock, AppError> {
        if let Actor::Member(m) = self.actor
            && m.organisation_id == organisation_id
        {
            let owner = m.sandbox.then(|| organisation_id.to_owned());
            return Ok(OrganisationClock { owner, offset: if m.sandbox { m.clock_offset } else { 0 } });
        }
        self.hold_clocks([organisation_id.to_owned()])?;
        self.held_clock(organisation_id).ok_or(AppError::NotFound)
    }

    /// Now, by that clock.
    pub fn now_by(&self, clock: &OrganisationClock) -> Timestamp {
        self.real_now.plus(clock.offset)
    }

    /// A job that is due at `due_at` by `clock`; written when the operation ends.
    pub fn later(&mut self, task: &Task, due_at: Timestamp, clock: &OrganisationClock) -> Result<(), AppError> {
        self.later_in("", task, due_at, clock)
    }

    /// The same for a job that calls an address, which is its lane.
    pub(crate) fn later_in(
        &mut self,
        lane: &str,
        task: &Task,
        due_at: Timestamp,
        clock: &OrganisationClock,
    ) -> Result<(), AppError> {
        let (subject_kind, subject_id) = task.subject();
        self.jobs.push(Job {
            id: domain::id::JobId::new(self.seed()).to_string(),
            kind: task.kind().to_owned(),
            payload: serde_json::to_string(task)?,
            state: "WAITING".into(),
            due_at,
            run_at: due_at.plus(-clock.offset),
            clock_owner: clock.owner.clone(),
            lane: lane.to_owned(),
            attempts: 0,
            claimed_by: None,
            lease_until: None,
            last_error: String::new(),
            subject_kind: subject_kind.to_owned(),
            subject_id: subject_id.to_owned(),
            created_at: self.real_now,
            finished_at: None,
        });
        Ok(())
    }

    /// A job that is due at once.
    pub fn soon(&mut self, task: &Task, clock: &OrganisationClock) -> Result<(), AppError> {
        self.later(task, self.now_by(clock), clock)
    }

    /// An audit entry, written when the operation ends. `chain` is an organisation id or the
    /// platform's chain; `detail` is JSON.
    pub fn audit(
        &mut self,
        chain: &str,
        action: &'static str,
        subject_kind: &'static str,
        subject_id: &str,
        detail: &serde_json::Value,
    ) {
        let mut detail = detail.clone();
        if let (Some(token), Some(fields)) = (self.actor.token(), detail.as_object_mut()) {
            fields.insert("token".into(), token.into());
        }
        self.audit.push(AuditLine {
            chain: chain.to_owned(),
            action,
            subject_kind,
            subject_id: subject_id.to_owned(),
            detail: detail.to_string(),
            by: None,
        });
    }

    /// An audit entry of what somebody did before he was signed in; `by` is kind, id and name.
    pub fn audit_as(
        &mut self,
        by: (&'static str, String, String),
        chain: &str,
        action: &'static str,
        subject_kind: &'static str,
        subject_id: &str,
        detail: &serde_json::Value,
    ) {
        self.audit(chain, action, subject_kind, subject_id, detail);
        if let Some(line) = self.audit.last_mut() {
            line.by = Some(by);
        }
    }

    /// Writes held rows, jobs and audit entries; returns whether there were jobs.
    fn flush(&mut self) -> Result<bool, AppError> {
        self.desk.write(self.tx)?;
        store::jobs::enqueue(self.tx, &self.jobs)?;
        // Chains are locked in a fixed order, so that two operations never wait for each other.
        self.audit.sort_by(|a, b| a.chain.cmp(&b.chain));
        let signature = self.actor.signature();
        for lines in self.audit.chunk_by(|a, b| a.chain == b.chain) {
            let entries: Vec<NewEntry<'_>> = lines
                .iter()
                .map(|line| {
                    let by = line.by.as_ref().map(|(kind, id, name)| (*kind, id.as_str(), name.as_str()));
                    (line, by.unwrap_or(signature))
                })
                .map(|(line, (actor_kind, actor_id, actor_name))| NewEntry {
                    at: self.real_now,
                    actor_kind,
                    actor_id,
                    actor_name,
                    action: line.action,
                    subject_kind: line.subject_kind,
                    subject_id: &line.subject_id,
                    detail: &line.detail,
                })
                .collect();
            audit::append(self.tx, &lines[0].chain, &entries)?;
        }
        Ok(!self.jobs.is_empty())
    }
}

/// A creating call that carries an `Idempotency-Key`: the first operation inside [`App::once`]
/// writes the key in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// User id of the caller.
    pub actor: String,
    /// The key.
    pub key: String,
    /// Hash of the request.
    pub request_hash: String,
}

/// An answer as it is kept: HTTP status and JSON body.
pub type Answer = (i64, String);

/// Makes the answer of a call out of what its operation returns; none when it is of another type.
pub type Show = Arc<dyn Fn(&dyn Any) -> Option<Answer> + Send + Sync>;

/// What a creating call carries to its operation, and the operation back to it.
struct Guard {
    once: Cell<Option<(Once, Option<Show>)>>,
    kept: Cell<Option<Answer>>,
}

tokio::task_local! {
    static GUARD: Guard;
}

/// Runs `call` outside of [`App::once`]: what is kept of a refused call must not use up its key.
pub(crate) async fn aside<T>(call: impl Future<Output = T>) -> T {
    GUARD.scope(Guard { once: Cell::new(None), kept: Cell::default() }, call).await
}

/// Status of a remembered call whose answer has not been written yet.
pub const ANSWER_PENDING: i64 = 0;

fn remember(tx: &mut Tx<'_>, once: &Once, now: Timestamp) -> Result<(), AppError> {
    let fresh = store::idempotency::Remembered {
        request_hash: once.request_hash.clone(),
        status: ANSWER_PENDING,
        response: String::new(),
    };
    Ok(store::idempotency::remember(tx, &once.actor, &once.key, &fresh, now)?)
}

impl App {
    /// Runs a creating call at most once: a repetition gets [`AppError::Replayed`] with the answer
    /// that was kept.
    pub async fn once<T>(&self, once: Once, call: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
        self.once_shown(once, None, call).await.map(|(value, _)| value)
    }

    /// The same; the answer that `show` makes of the operation's value is kept in the operation's own
    /// transaction and returned. Without one, [`App::answer_once`] has to keep it.
    pub async fn once_shown<T>(
        &self,
        once: Once,
        show: Option<Show>,
        call: impl Future<Output = Result<T, AppError>>,
    ) -> Result<(T, Option<Answer>), AppError> {
        let guard = Guard { once: Cell::new(Some((once, show))), kept: Cell::default() };
        GUARD
            .scope(guard, async {
                let value = call.await?;
                Ok((value, GUARD.with(|guard| guard.kept.take())))
            })
            .await
    }

    /// Keeps the answer of a call that ran inside [`App::once`].
    pub async fn answer_once(&self, once: &Once, status: i64, response: String) -> Result<(), AppError> {
        let (actor, key) = (once.actor.clone(), once.key.clone());
        self.act(&Actor::System("idempotency"), move |work| {
            Ok(store::idempotency::answer(work.tx, &actor, &key, status, &response)?)
        })
        .await
    }

    /// What became of the earlier call with this key.
    async fn earlier(&self, once: Once) -> AppError {
        let (actor, key) = (once.actor, once.key);
        match self.glance(move |tx| Ok(store::idempotency::find(tx, &actor, &key)?)).await {
            Ok(Some(found)) if found.request_hash == once.request_hash => AppError::Replayed(found),
            Ok(Some(_)) => AppError::Refused("idempotency-key-reused"),
            Ok(None) => AppError::Retry,
            Err(error) => error,
        }
    }

    /// What is kept of a call that ran inside [`App::once`]; `None` when there was none.
    pub async fn remembered(&self, once: &Once) -> Result<Option<store::idempotency::Remembered>, AppError> {
        let (actor, key) = (once.actor.clone(), once.key.clone());
        self.glance(move |tx| Ok(store::idempotency::find(tx, &actor, &key)?)).await
    }

    /// Runs an operation in one transaction, with its jobs and audit entries. `body` may run again
    /// after a conflict with another transaction.
    pub async fn act<T, F>(&self, actor: &Actor, body: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: Fn(&mut Work<'_, '_>) -> Result<T, AppError> + Send + 'static,
    {
        let guarded = GUARD.try_with(|guard| guard.once.take()).ok().flatten();
        let once = guarded.as_ref().map(|(once, _)| once.clone());
        let app = self.clone();
        let actor = actor.clone();
        let written = self
            .inner
            .db
            .write(move |tx| {
                let (real_now, settings) = (app.now(), app.settings());
                if let Some((once, _)) = &guarded {
                    remember(tx, once, real_now)?;
                }
                let shelf = &app.inner.shelf;
                let mut work = Work {
                    tx,
                    real_now,
                    actor: &actor,
                    settings: &settings,
                    shelf,
                    desk: Desk::default(),
                    jobs: Vec::new(),
                    audit: Vec::new(),
                };
                let value = body(&mut work)?;
                let rang = work.flush()?;
                let answer = match &guarded {
                    Some((once, Some(show))) => show(&value).map(|answer| (once, answer)),
                    _ => None,
                };
                let answer = match answer {
                    Some((once, (status, text))) => {
                        store::idempotency::answer(tx, &once.actor, &once.key, status, &text)?;
                        Some((status, text))
                    }
                    None => None,
                };
                Ok::<_, AppError>((value, rang, answer))
            })
            .await;
        match (written, once) {
            (Ok((value, rang, answer)), _) => {
                if rang {
                    self.inner.bell.notify_waiters();
                }
                if answer.is_some() {
                    GUARD.with(|guard| guard.kept.set(answer));
                }
                Ok(value)
            }
            (Err(AppError::KeyUsed), Some(once)) => Err(self.earlier(once).await),
            (Err(error), _) => Err(error),
        }
    }

    /// Reads with a single query.
    pub(crate) async fn glance<T, F>(&self, body: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, AppError> + Send + 'static,
    {
        self.inner.db.glance(body).await
    }

    /// Reads from one consistent view.
    pub(crate) async fn look<T, F>(&self, body: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, AppError> + Send + 'static,
    {
        self.inner.db.read(body).await
    }

    pub(crate) fn settings_now(&self) -> Arc<Settings> {
        self.settings()
    }
}
