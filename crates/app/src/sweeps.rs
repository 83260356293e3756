//! Periodic tasks: find what is due and do it; safe to run twice (trade 12).

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use domain::time::{DAY, HOUR, SECOND};
use std::sync::Arc;
use std::time::Duration;
use store::fulfilment::Viewer;
use store::retention::Kept;
use tokio::sync::Notify;

/// Name and interval of every periodic task.
const SWEEPS: &[(&str, i64)] = &[
    ("end-sessions", HOUR),
    ("throw-away", HOUR),
    ("forget-files", DAY),
    ("recount-ledger", DAY),
    ("plan-timers", DAY),
];

/// Services and orders that are looked at in one go.
const TIMERS_AT_ONCE: i64 = 500;

impl App {
    /// Runs the periodic tasks, and keeps parameters fresh, until `stop`.
    pub async fn run_sweeps(&self, stop: Arc<Notify>) {
        let mut stopped = std::pin::pin!(stop.notified());
        loop {
            if let Err(e) = self.load_settings().await {
                tracing::warn!(error = %e, "parameters cannot be read");
            }
            for (name, interval) in SWEEPS {
                if let Err(e) = self.sweep(name, *interval).await {
                    tracing::error!(sweep = name, error = %e, "periodic task failed");
                }
            }
            tokio::select! {
                () = &mut stopped => return,
                () = tokio::time::sleep(Duration::from_micros((30 * SECOND).unsigned_abs())) => {}
            }
        }
    }

    /// Throws away everything of a kind that is older than its time; returns how much it was.
    pub async fn throw_away(&self, kept: Kept) -> Result<u64, AppError> {
        let mut all = 0;
        loop {
            let gone = self
                .act(&Actor::System("sweeps"), move |work| {
                    Ok(store::retention::throw_away(work.tx, kept, work.real_now)?)
                })
                .await?;
            all += gone;
            if gone < store::retention::AT_ONCE {
                return Ok(all);
            }
        }
    }

    /// Plans what the clock must do to a service or an order and nobody has planned: somebody gave
    /// the job up. Returns how many were missing.
    pub async fn plan_missing_timers(&self) -> Result<u64, AppError> {
        let (mut count, mut after) = (0, String::new());
        loop {
            let from = after.clone();
            let found = self.look(move |tx| Ok(store::fulfilment::without_timer(tx, &from, TIMERS_AT_ONCE)?)).await?;
            let Some(last) = found.last() else { break };
            after.clone_from(last);
            for id in found {
                count += u64::from(self.plan_missing_timer(id).await?);
            }
        }
        let orders = self.look(|tx| Ok(store::ordering::without_timer(tx, TIMERS_AT_ONCE)?)).await?;
        for id in orders {
            count += 1;
            self.act(&Actor::System("sweeps"), move |work| crate::ordering::cancel_unpaid(work, &id)).await?;
        }
        Ok(count)
    }

    async fn plan_missing_timer(&self, id: String) -> Result<bool, AppError> {
        self.act(&Actor::System("sweeps"), move |work| {
            let Some(instance) = store::fulfilment::load_instance(work.tx, &Viewer::Market, &id, true)? else {
                return Ok(false);
            };
            let Some((at, _)) = instance.state.next_timer() else { return Ok(false) };
            let clock = work.clock_of(&instance.buyer_id)?;
            crate::resources::plan_timer(work, &id, at, &clock)?;
            Ok(true)
        })
        .await
    }

    async fn sweep(&self, name: &'static str, interval: i64) -> Result<(), AppError> {
        let taken = self
            .act(&Actor::System("sweeps"), move |work| {
                let now = work.real_now;
                Ok(store::jobs::take_sweep(work.tx, name, now, now.plus(interval))?)
            })
            .await?;
        if !taken {
            return Ok(());
        }
        let result = match name {
            "end-sessions" => format!("{} sessions ended", self.end_idle_sessions().await?),
            "forget-files" => format!("{} unused files deleted", self.forget_unused_files().await?),
            "throw-away" => {
                let mut gone = Vec::new();
                for kept in Kept::ALL {
                    gone.push(format!("{kept:?} {}", self.throw_away(*kept).await?));
                }
                gone.join(", ")
            }
            "plan-timers" => format!("{} timers planned anew", self.plan_missing_timers().await?),
            _ => {
                let recount = self.recount(&Actor::System("sweeps")).await?;
                if let Some(fault) = recount.faults.first() {
                    let (text, count) = (fault.clone(), recount.faults.len().to_string());
                    self.act(&Actor::System("sweeps"), move |work| {
                        work.tell_operators("ledger-fault", &[("fault", &text), ("count", &count)], "/operator/ledger")
                    })
                    .await?;
                }
                format!("{} entries, {} faults", recount.entries, recount.faults.len())
            }
        };
        self.act(&Actor::System("sweeps"), move |work| {
            Ok(store::jobs::end_sweep(work.tx, name, work.real_now, &result)?)
        })
        .await
    }
}
