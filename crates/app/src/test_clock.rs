//! The test clock: a sandbox organisation moves its own time ahead and watches what happens.

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use domain::time::{DAY, SECOND, Timestamp};
use serde_json::json;
use std::time::Duration;

/// Farthest that a clock may be moved at once.
const LONGEST: i64 = 3 * 366 * DAY;

impl App {
    /// The time of the actor's organisation.
    pub fn organisation_now(&self, actor: &Actor) -> Timestamp {
        let offset = actor.member().map_or(0, |m| if m.sandbox { m.clock_offset } else { 0 });
        self.now().plus(offset)
    }

    /// When the next timer of the actor's sandbox is due, by its own time; `None` when nothing waits
    /// within the farthest step.
    pub async fn next_clock_event(&self, actor: &Actor) -> Result<Option<Timestamp>, AppError> {
        let member = actor.may(domain::access::Right::OrderView)?;
        if !member.sandbox {
            return Err(AppError::Refused("not-a-sandbox"));
        }
        let (owner, limit) = (member.organisation_id.clone(), self.organisation_now(actor).plus(LONGEST));
        self.look(move |tx| Ok(store::jobs::next_of_clock(tx, &owner, limit)?)).await
    }

    /// Moves the test clock of the actor's sandbox ahead by `micros`, stopping at every timer on
    /// the way, so that what would happen in between does happen, in its order. Returns the new time.
    pub async fn advance_clock(&self, actor: &Actor, micros: i64) -> Result<Timestamp, AppError> {
        let member = actor.may(domain::access::Right::OrderPlace)?;
        if !member.sandbox {
            return Err(AppError::Refused("not-a-sandbox"));
        }
        if !(1..=LONGEST).contains(&micros) {
            return Err(AppError::field("days", "out-of-range"));
        }
        let owner = member.organisation_id.clone();
        let start = self.clock_of(&owner).await?;
        let target = self.now().plus(start).plus(micros);
        let chain = owner.clone();
        self.act(actor, move |work| {
            work.audit(&chain, "clock.advanced", "organisation", &chain, &json!({"micros": micros}));
            Ok(())
        })
        .await?;
        loop {
            // What is being done now may plan something that is due before the target.
            if !self.settle_clock(&owner).await? {
                // Something takes longer than a page may: the rest goes on in the background.
                self.set_clock(actor, &owner, target).await?;
                return Ok(target);
            }
            let (wanted, limit) = (owner.clone(), target);
            let next = self.look(move |tx| Ok(store::jobs::next_of_clock(tx, &wanted, limit)?)).await?;
            let Some(next) = next else {
                self.set_clock(actor, &owner, target).await?;
                return Ok(target);
            };
            self.set_clock(actor, &owner, next.min(target)).await?;
        }
    }

    async fn clock_of(&self, owner: &str) -> Result<i64, AppError> {
        let owner = owner.to_owned();
        self.look(move |tx| Ok(store::identity::load_organisation(tx, &owner)?.ok_or(AppError::NotFound)?.clock_offset))
            .await
    }

    async fn set_clock(&self, actor: &Actor, owner: &str, to: Timestamp) -> Result<(), AppError> {
        let owner = owner.to_owned();
        self.act(actor, move |work| {
            let mut o = store::identity::load_organisation(work.tx, &owner)?.ok_or(AppError::NotFound)?;
            // A clock never goes back.
            o.clock_offset = o.clock_offset.max(to.since(work.real_now));
            store::identity::save_organisation(work.tx, &o)?;
            store::jobs::move_clock(work.tx, &owner, o.clock_offset)?;
            Ok(())
        })
        .await?;
        self.inner.bell.notify_waiters();
        Ok(())
    }

    /// Waits until nothing of this clock is due any more; false when that takes too long.
    async fn settle_clock(&self, owner: &str) -> Result<bool, AppError> {
        let mut waited = 0;
        while waited < 20 * SECOND {
            let (wanted, now) = (owner.to_owned(), self.now());
            if self.look(move |tx| Ok(store::jobs::busy_of_clock(tx, &wanted, now)?)).await? == 0 {
                return Ok(true);
            }
            self.inner.bell.notify_waiters();
            tokio::time::sleep(Duration::from_millis(20)).await;
            waited += 20_000;
        }
        Ok(false)
    }
}
