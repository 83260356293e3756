//! Where passwords are hashed: few at once.

use crate::error::AppError;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// How many may wait for a place to hash before others are told to come back.
const HASHES_WAITING: usize = 256;

/// Hashes passwords, as many at once as there are processors: each takes 19 MiB and tens of
/// milliseconds, and whoever asks for many must not take the machine from everybody else.
pub(crate) struct Hashing {
    places: Semaphore,
    waiting: AtomicUsize,
    most: usize,
}

impl Hashing {
    /// As many places as processors, and `most` who wait for one.
    pub(crate) fn new(places: usize, most: usize) -> Hashing {
        Hashing { places: Semaphore::new(places), waiting: AtomicUsize::new(0), most }
    }

    /// For this machine.
    pub(crate) fn for_machine() -> Hashing {
        Hashing::new(std::thread::available_parallelism().map_or(2, usize::from), HASHES_WAITING)
    }

    /// Runs `work` on a thread of its own when a place is free.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let waits = Waits::begin(&self.waiting, self.most)
            .ok_or_else(|| AppError::Unavailable("too many passwords to hash at once".into()))?;
        let place = self.places.acquire().await.map_err(|e| AppError::Internal(e.to_string()))?;
        drop(waits);
        let done = tokio::task::spawn_blocking(work).await.map_err(|e| AppError::Internal(e.to_string()));
        drop(place);
        done
    }
}

/// Somebody in the queue; leaves it when dropped, also when his connection is gone.
struct Waits<'h>(&'h AtomicUsize);

impl<'h> Waits<'h> {
    fn begin(count: &'h AtomicUsize, most: usize) -> Option<Waits<'h>> {
        let waits = Waits(count);
        (count.fetch_add(1, Ordering::SeqCst) < most).then_some(waits)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Condvar, Mutex};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_more_hashes_at_once_than_places_and_no_endless_queue() {
        let hashing = Arc::new(Hashing::new(2, 5));
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let started = Arc::new(Semaphore::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        let begin = |tasks: &mut tokio::task::JoinSet<Result<(), AppError>>| {
            let (hashing, gate, started) = (hashing.clone(), gate.clone(), started.clone());
            let (running, most) = (running.clone(), most.clone());
            tasks.spawn(async move {
                let work = move || {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    started.add_permits(1);
                    let (open, bell) = &*gate;
                    let mut open = open.lock().unwrap();
                    while !*open {
                        open = bell.wait(open).unwrap();
                    }
                    running.fetch_sub(1, Ordering::SeqCst);
                };
                hashing.run(work).await
            });
        };
        begin(&mut tasks);
        begin(&mut tasks);
        let both = started.acquire_many(2).await.unwrap();
        // Both places are taken: five may wait, the others are sent away at once.
        for _ in 0..8 {
            begin(&mut tasks);
        }
        for _ in 0..3 {
            let first = tasks.join_next().await.unwrap().unwrap();
            assert!(matches!(first, Err(AppError::Unavailable(_))), "{first:?}");
        }
        drop(both);
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
        let mut done = 0;
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap().unwrap();
            done += 1;
        }
        assert_eq!((done, most.load(Ordering::SeqCst)), (7, 2));
    }
}
