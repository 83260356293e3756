//! Places at sellers' addresses in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls in flight at an address: at most 20 (seller interface D-38).
pub(crate) const PER_ADDRESS: usize = 20;
/// Places of an address that has not answered lately, while there is a crowd.
const ON_TRIAL: usize = 4;
/// An address that takes longer is on trial.
const QUICK: Duration = Duration::from_secs(2);
/// Addresses remembered.
const REMEMBERED: usize = 10_000;

struct Lane {
    places: Arc<Semaphore>,
    quick: bool,
}

impl Lane {
    fn in_flight(&self) -> usize {
        PER_ADDRESS.saturating_sub(self.places.available_permits())
    }
}

/// Who is called, and how he answers.
#[derive(Default)]
pub(crate) struct Lanes {
    known: Mutex<HashMap<String, Lane>>,
}

impl Lanes {
    fn with<T>(&self, address: &str, then: impl FnOnce(&mut Lane) -> T) -> Option<T> {
        let mut known = self.known.lock().ok()?;
        if known.len() >= REMEMBERED && !known.contains_key(address) {
            known.retain(|_, lane| Arc::strong_count(&lane.places) > 1);
        }
        let fresh = || Lane { places: Arc::new(Semaphore::new(PER_ADDRESS)), quick: false };
        Some(then(known.entry(address.to_owned()).or_insert_with(fresh)))
    }

    /// How many more calls may be begun at an address. In a crowd, one that has not shown that it
    /// answers gets few, so that those who hang do not take every place.
    pub(crate) fn free(&self, address: &str, crowded: bool) -> usize {
        let Ok(known) = self.known.lock() else {
            return 0;
        };
        let (in_flight, quick) = known.get(address).map_or((0, false), |lane| (lane.in_flight(), lane.quick));
        let limit = if quick || !crowded { PER_ADDRESS } else { ON_TRIAL };
        limit.saturating_sub(in_flight)
    }

    /// A place at an address, if one is free at once.
    pub(crate) fn enter(&self, address: &str) -> Option<OwnedSemaphorePermit> {
        self.with(address, |lane| lane.places.clone())?.try_acquire_owned().ok()
    }

    /// A place at an address, when one is free.
    pub(crate) async fn wait(&self, address: &str) -> Option<OwnedSemaphorePermit> {
        self.with(address, |lane| lane.places.clone())?.acquire_owned().await.ok()
    }

    /// An address has answered, or not, after this time.
    pub(crate) fn answered(&self, address: &str, answered: bool, took: Duration) {
        self.with(address, |lane| lane.quick = answered && took < QUICK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_twenty_places_and_in_a_crowd_only_when_it_answers() {
        let lanes = Lanes::default();
        assert_eq!((lanes.free("a", false), lanes.free("a", true)), (20, 4));
        let held: Vec<_> = (0..20).map(|_| lanes.enter("a").unwrap()).collect();
        assert!(lanes.enter("a").is_none() && lanes.enter("b").is_some());
        assert_eq!((lanes.free("a", false), lanes.free("b", true)), (0, 4));
        drop(held);
        lanes.answered("a", true, Duration::from_millis(3));
        assert_eq!(lanes.free("a", true), 20);
        lanes.answered("a", false, Duration::from_secs(20));
        assert_eq!(lanes.free("a", true), 4);
    }
}
