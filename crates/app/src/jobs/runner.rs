//! The runner: claims what is due, lane by lane, sends calls, and gathers their outcomes.

use super::lanes::PER_ADDRESS;
use super::{Task, steps};
use crate::actor::Actor;
use crate::error::AppError;
use crate::fulfilment::{Answered, Ask, Errand, Outgoing, prepare_all};
use crate::work::Work;
use crate::{App, secrets};
use domain::time::{MINUTE, SECOND};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::jobs::{Job, Share};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Jobs in flight in one process that call nobody.
const STEPS: usize = 64;
/// Of them, done in one transaction.
const STEPS_TOGETHER: usize = 16;
/// Calls in flight in one process, until their outcomes are written.
const CALLS: usize = 640;
/// Calls that one transaction prepares, and outcomes that one transaction writes.
const CALLS_TOGETHER: usize = 64;
/// Lanes that a claim looks at.
const WINDOW: i64 = 256;
/// Longest time that a job may take before another process takes it over.
const LEASE: i64 = 2 * MINUTE;
/// Shortest time between two claims: each is a durable transaction.
const PACE: Duration = Duration::from_millis(5);
/// Longest time between two looks for what is due.
const IDLE: Duration = Duration::from_secs(1);

/// What a claim may take.
#[derive(Debug, Clone, Copy)]
struct Room {
    steps: usize,
    calls: usize,
    /// Most calls for one address; of those that answer slowly, fewer.
    crowded: bool,
    /// One job only, the oldest of all.
    single: bool,
}

/// What a claim took.
#[derive(Default)]
struct Taken {
    steps: Vec<Job>,
    calls: Vec<(Job, Option<Outgoing>)>,
    /// Whether more may be due.
    more: bool,
    /// Lane after which the next claim goes on.
    cursor: String,
}

/// What is in flight.
#[derive(Default)]
struct Flight {
    steps: AtomicUsize,
    calls: AtomicUsize,
    /// Rung when something has ended.
    room: Notify,
}

/// Jobs that are in flight as long as this value exists.
struct Aloft {
    flight: Arc<Flight>,
    steps: usize,
    calls: usize,
}

impl Flight {
    fn take_off(self: &Arc<Flight>, steps: usize, calls: usize) -> Aloft {
        self.steps.fetch_add(steps, Ordering::SeqCst);
        self.calls.fetch_add(calls, Ordering::SeqCst);
        Aloft { flight: self.clone(), steps, calls }
    }
}

impl Drop for Aloft {
    fn drop(&mut self) {
        self.flight.steps.fetch_sub(self.steps, Ordering::SeqCst);
        self.flight.calls.fetch_sub(self.calls, Ordering::SeqCst);
        self.flight.room.notify_one();
    }
}

/// A call that was answered.
struct Landed {
    job: Job,
    answered: Answered,
    /// Until its outcome is written.
    aloft: Aloft,
}

impl App {
    /// Runs jobs until `stop` is notified; then waits for those in flight.
    pub async fn run_jobs(&self, stop: Arc<Notify>) {
        let mut stopped = std::pin::pin!(stop.notified());
        let worker: Arc<str> = format!("{}-{}", self.options().node, &secrets::token()[..8]).into();
        let flight = Arc::new(Flight::default());
        let (answers, inbox) = mpsc::unbounded_channel();
        let recorder = tokio::spawn(self.clone().record_answers(worker.clone(), inbox));
        let mut tasks = JoinSet::new();
        let mut cursor = String::new();
        let mut due = true;
        loop {
            let bell = self.inner.bell.notified();
            while tasks.try_join_next().is_some() {}
            let claimed_at = Instant::now();
            let pause = if due { None } else { self.nothing_due_for().await };
            due = false;
            if pause.is_none() {
                let taken = self.take(&worker, room(&flight), &cursor).await;
                due = taken.more;
                cursor.clone_from(&taken.cursor);
                self.begin(&worker, taken, &flight, &answers, &mut tasks);
            }
            let next_look = if due { PACE } else { pause.unwrap_or(IDLE) };
            tokio::select! {
                () = &mut stopped => break,
                () = bell => due = true,
                () = flight.room.notified(), if pause.is_none() => due = true,
                () = tokio::time::sleep(next_look) => {}
            }
            // What ends in the next moments is replaced together.
            tokio::select! {
                () = &mut stopped => break,
                () = tokio::time::sleep_until(claimed_at + PACE) => {}
            }
        }
        while tasks.join_next().await.is_some() {}
        drop(answers);
        let _ = recorder.await;
        let name = worker.to_string();
        let _ = self.act(&Actor::System("worker"), move |work| Ok(store::jobs::recover_own(work.tx, &name)?)).await;
    }

    /// Runs every job that is due, one after the other, until none is; for tests and commands.
    pub async fn run_due_jobs(&self) -> usize {
        let worker = format!("{}-now-{}", self.options().node, &secrets::token()[..8]);
        let mut count = 0;
        loop {
            let room = Room { steps: 1, calls: 1, crowded: false, single: true };
            let taken = self.take(&worker, room, "").await;
            if taken.steps.is_empty() && taken.calls.is_empty() {
                return count;
            }
            count += taken.steps.len() + taken.calls.len();
            self.do_jobs(taken.steps, &worker).await;
            for (job, outgoing) in taken.calls {
                let Some(outgoing) = outgoing else { continue };
                let _place = self.inner.lanes.wait(&outgoing.address).await;
                let answered = self.send(outgoing).await;
                self.record_and_count(&worker, vec![(job, answered)]).await;
            }
        }
    }

    /// How long nothing is due, at most a second; `None` when something is. One look into an index;
    /// nothing is written.
    async fn nothing_due_for(&self) -> Option<Duration> {
        let now = self.now();
        match self.look(|tx| Ok(store::jobs::next_due(tx)?)).await {
            Ok(Some(at)) if at <= now => None,
            Ok(next) => {
                let wait = next.map_or(SECOND, |at| at.since(now).min(SECOND));
                Some(Duration::from_micros(u64::try_from(wait).unwrap_or(0) + 1000))
            }
            Err(e) => {
                tracing::error!(error = %e, "jobs cannot be looked at");
                Some(IDLE)
            }
        }
    }

    /// Claims what is due and prepares the calls in the same transaction. When that fails, the claim
    /// stands alone, and each call is prepared by itself.
    async fn take(&self, worker: &str, room: Room, cursor: &str) -> Taken {
        if room.steps == 0 && room.calls == 0 {
            return Taken { cursor: cursor.to_owned(), ..Taken::default() };
        }
        match self.claim(worker, room, cursor, true).await {
            Ok(taken) => taken,
            Err(first) => match self.claim(worker, room, cursor, false).await {
                Ok(mut taken) => {
                    tracing::warn!(error = %first, "calls are prepared one by one");
                    let calls = std::mem::take(&mut taken.calls);
                    for (job, _) in calls {
                        let outgoing = self.prepare_alone(worker, &job).await;
                        taken.calls.push((job, outgoing));
                    }
                    taken
                }
                Err(e) => {
                    tracing::error!(error = %e, "jobs cannot be claimed");
                    Taken { cursor: cursor.to_owned(), ..Taken::default() }
                }
            },
        }
    }

    async fn claim(&self, worker: &str, room: Room, cursor: &str, prepare: bool) -> Result<Taken, AppError> {
        let (app, worker, cursor) = (self.clone(), worker.to_owned(), cursor.to_owned());
        self.act(&Actor::System("caller"), move |work| {
            let now = work.real_now;
            store::jobs::recover(work.tx, now)?;
            let chosen = choose(&app, work, room, &cursor)?;
            let jobs = store::jobs::claim_shares(work.tx, &worker, now, now.plus(LEASE), &chosen.shares)?;
            let more = chosen.more || jobs.len() == chosen.shares.iter().map(|s| s.most).sum::<usize>();
            let mut taken = Taken { more: more && !jobs.is_empty(), cursor: chosen.cursor, ..Taken::default() };
            let mut errands = Vec::new();
            for job in jobs {
                match errand_of(&job) {
                    Some(errand) => {
                        errands.push(errand);
                        taken.calls.push((job, None));
                    }
                    None => taken.steps.push(job),
                }
            }
            if prepare {
                let ready = prepare_all(work, &worker, &errands, &app.inner.secrets)?;
                let mut by_job: HashMap<String, Outgoing> =
                    ready.into_iter().filter_map(|o| Some((o.job_id.clone()?, o))).collect();
                for (job, outgoing) in &mut taken.calls {
                    *outgoing = by_job.remove(&job.id);
                }
            }
            Ok(taken)
        })
        .await
    }

    async fn prepare_alone(&self, worker: &str, job: &Job) -> Option<Outgoing> {
        let errand = errand_of(job)?;
        let (secrets, name) = (self.inner.secrets.clone(), worker.to_owned());
        let prepared = self
            .act(&Actor::System("caller"), move |work| {
                prepare_all(work, &name, std::slice::from_ref(&errand), &secrets)
            })
            .await;
        match prepared {
            Ok(ready) => ready.into_iter().next(),
            Err(e) => {
                self.end_badly(job, worker, &e).await;
                None
            }
        }
    }

    /// Begins what a claim took.
    fn begin(
        &self,
        worker: &Arc<str>,
        taken: Taken,
        flight: &Arc<Flight>,
        answers: &mpsc::UnboundedSender<Landed>,
        tasks: &mut JoinSet<()>,
    ) {
        let mut steps = taken.steps;
        while !steps.is_empty() {
            let rest = steps.split_off(steps.len().min(STEPS_TOGETHER));
            let part = std::mem::replace(&mut steps, rest);
            let (app, worker, aloft) = (self.clone(), worker.clone(), flight.take_off(part.len(), 0));
            tasks.spawn(async move {
                app.do_jobs(part, &worker).await;
                drop(aloft);
            });
        }
        for (job, outgoing) in taken.calls {
            let Some(outgoing) = outgoing else {
                steps::count("ok", [&job]);
                continue;
            };
            // Taken at once, so that the next claim counts it.
            let place = self.inner.lanes.enter(&outgoing.address);
            let (app, answers, aloft) = (self.clone(), answers.clone(), flight.take_off(0, 1));
            tasks.spawn(async move {
                let place = match place {
                    Some(place) => Some(place),
                    None => app.inner.lanes.wait(&outgoing.address).await,
                };
                let answered = app.send(outgoing).await;
                drop(place);
                aloft.flight.room.notify_one();
                // The recorder outlives every sender.
                let _ = answers.send(Landed { job, answered, aloft });
            });
        }
    }

    /// Writes outcomes down as they come; what waits when a transaction begins is written together.
    async fn record_answers(self, worker: Arc<str>, mut inbox: mpsc::UnboundedReceiver<Landed>) {
        let mut batch = Vec::with_capacity(CALLS_TOGETHER);
        while inbox.recv_many(&mut batch, CALLS_TOGETHER).await > 0 {
            let (answers, aloft): (Vec<_>, Vec<_>) =
                batch.drain(..).map(|l: Landed| ((l.job, l.answered), l.aloft)).unzip();
            self.record_and_count(&worker, answers).await;
            drop(aloft);
        }
    }

    async fn record_and_count(&self, worker: &str, answers: Vec<(Job, Answered)>) {
        let (jobs, answers): (Vec<Job>, Vec<Answered>) = answers.into_iter().unzip();
        let failed: HashMap<String, AppError> = self.record(worker, answers).await.into_iter().collect();
        for job in &jobs {
            match failed.get(&job.id) {
                None => steps::count("ok", [job]),
                Some(e) => self.end_badly(job, worker, e).await,
            }
        }
    }
}

fn room(flight: &Flight) -> Room {
    let calls = flight.calls.load(Ordering::SeqCst);
    Room {
        steps: STEPS.saturating_sub(flight.steps.load(Ordering::SeqCst)),
        calls: CALLS.saturating_sub(calls).min(CALLS_TOGETHER),
        crowded: calls > CALLS / 2,
        single: false,
    }
}

/// The errand of a job that calls a seller's server.
fn errand_of(job: &Job) -> Option<Errand> {
    let ask = match serde_json::from_str::<Task>(&job.payload).ok()? {
        Task::CallSeller { call_id, manual } => Ask::Call { call_id, manual },
        Task::FetchInformation { instance_id } => Ask::Information { instance_id },
        _ => return None,
    };
    Some(Errand { job_id: Some(job.id.clone()), ask })
}

/// What a claim asks for.
struct Chosen {
    shares: Vec<Share>,
    more: bool,
    cursor: String,
}

/// Divides the room among the lanes: round and round, each that has a free place gets as much as the
/// others, and one that is full is passed over.
fn choose(app: &App, work: &mut Work<'_, '_>, room: Room, cursor: &str) -> Result<Chosen, AppError> {
    let now = work.real_now;
    let found = if room.calls > 0 { store::jobs::lanes(work.tx, cursor, WINDOW)? } else { Vec::new() };
    let whole = i64::try_from(found.len()).unwrap_or(0) < WINDOW;
    let last = found.last().map(|l| l.name.clone());
    let mut open: Vec<(store::jobs::Lane, usize)> = found
        .into_iter()
        .filter(|lane| lane.head <= now)
        .map(|lane| (app.inner.lanes.free(&lane.name, room.crowded), lane))
        .filter(|(free, _)| *free > 0)
        .map(|(free, lane)| (lane, free))
        .collect();
    if room.single {
        return single(work, &open);
    }
    let served = open.len().min(room.calls);
    // Those that found no room are first the next time.
    let (more, cursor) = match open.get(served.saturating_sub(1)) {
        Some((lane, _)) if served < open.len() => (true, lane.name.clone()),
        _ if whole => (!cursor.is_empty() && room.calls > 0, String::new()),
        _ => (true, last.unwrap_or_default()),
    };
    open.truncate(served);
    let fair = (room.calls / served.max(1)).clamp(1, PER_ADDRESS);
    let mut shares: Vec<Share> =
        open.into_iter().map(|(lane, free)| Share { lane: lane.name, most: free.min(fair) }).collect();
    if room.steps > 0 {
        shares.push(Share { lane: String::new(), most: room.steps });
    }
    Ok(Chosen { shares, more, cursor })
}

/// The lane of the oldest job.
fn single(work: &mut Work<'_, '_>, open: &[(store::jobs::Lane, usize)]) -> Result<Chosen, AppError> {
    let plain = store::jobs::plain_head(work.tx)?;
    let lane = open.iter().map(|(lane, _)| lane).min_by_key(|lane| lane.head);
    let name = match (plain, lane) {
        (Some(at), Some(lane)) if lane.head < at => lane.name.clone(),
        (None, Some(lane)) => lane.name.clone(),
        _ => String::new(),
    };
    Ok(Chosen { shares: vec![Share { lane: name, most: 1 }], more: false, cursor: String::new() })
}
