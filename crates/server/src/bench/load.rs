//! Closed-loop load: so many workers, each sending its next request when the last one is answered.

use super::http::Connection;
use super::machine;
use super::server::Server;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// SplitMix64: repeatable numbers without a dependency.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// A sequence of its own for every seed.
    pub(super) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x2545_F491_4F6C_DD1D))
    }

    /// The next 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which must not be zero.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.bits() % end.max(1) as u64).unwrap_or(0)
    }

    /// An item of a list that is not empty.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What one worker saw.
#[derive(Debug, Default)]
pub(super) struct Samples {
    micros: Vec<u32>,
    errors: u64,
    first_error: Option<String>,
}

impl Samples {
    /// One thing done.
    pub(super) fn done(&mut self, took: Duration) {
        self.micros.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// One thing that failed.
    pub(super) fn failed(&mut self, why: String) {
        self.errors += 1;
        self.first_error.get_or_insert(why);
    }
}

/// What all workers of a measurement saw together.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    /// Sorted.
    micros: Vec<u32>,
    /// Things that failed.
    pub(super) errors: u64,
    /// Why the first of them did.
    pub(super) first_error: Option<String>,
    seconds: f64,
    /// Processor time that the server under test took for it, where that was asked for.
    cpu: Option<Duration>,
}

impl Outcome {
    /// Says how much processor time the server took.
    #[must_use]
    pub(super) fn with_cpu(mut self, cpu: Duration) -> Outcome {
        self.cpu = Some(cpu);
        self
    }

    /// Microseconds of the server's processor time for each thing done; it says what the program
    /// costs even while others use the machine.
    pub(super) fn cpu_each(&self) -> Option<f64> {
        let count = self.micros.len().max(1) as f64;
        self.cpu.map(|cpu| cpu.as_secs_f64() * 1_000_000.0 / count)
    }

    /// Puts the workers together; `elapsed` is the time that they all ran.
    pub(super) fn gather(all: Vec<Samples>, elapsed: Duration) -> Outcome {
        let mut outcome = Outcome { seconds: elapsed.as_secs_f64(), ..Outcome::default() };
        for samples in all {
            outcome.micros.extend(samples.micros);
            outcome.errors += samples.errors;
            if outcome.first_error.is_none() {
                outcome.first_error = samples.first_error;
            }
        }
        outcome.micros.sort_unstable();
        outcome
    }

    /// Things done each second.
    pub(super) fn rate(&self) -> f64 {
        if self.seconds > 0.0 { self.micros.len() as f64 / self.seconds } else { 0.0 }
    }

    /// Milliseconds within which the share (0 to 100) of them was done.
    pub(super) fn millis(&self, percent: usize) -> f64 {
        let last = self.micros.len().saturating_sub(1);
        let at = (self.micros.len() * percent / 100).min(last);
        self.micros.get(at).map_or(0.0, |m| f64::from(*m) / 1000.0)
    }
}

/// A fixed rate: moments at which somebody begins, whether or not earlier ones have been answered.
#[derive(Debug)]
pub(super) struct Pace {
    begin: Instant,
    each: Duration,
    next: AtomicU32,
}

impl Pace {
    /// `rate` moments each second, from now on.
    pub(super) fn new(rate: f64) -> Pace {
        let each = Duration::from_secs_f64(1.0 / rate.max(0.1));
        Pace { begin: Instant::now(), each, next: AtomicU32::new(0) }
    }

    /// Waits for the next moment, which nobody else gets. What begins late is measured from the moment
    /// at which it should have begun.
    pub(super) async fn turn(&self) -> Instant {
        let due = self.begin + self.each * self.next.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep_until(due.into()).await;
        due
    }
}

/// Runs `workers` of `make` at once and gathers what they saw. Each worker gets its number and the
/// moment at which it has to stop.
pub(super) async fn run<F>(workers: usize, time: Duration, make: impl Fn(usize, Instant) -> F) -> Outcome
where
    F: Future<Output = Samples> + Send + 'static,
{
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for number in 0..workers {
        tasks.spawn(make(number, begin + time));
    }
    let mut all = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(samples) => all.push(samples),
            Err(e) => all.push(Samples { errors: 1, first_error: Some(e.to_string()), ..Samples::default() }),
        }
    }
    Outcome::gather(all, begin.elapsed())
}

/// Sends requests over `connections` kept-alive connections to `server`: first unmeasured for a while,
/// then for `time`. `make` writes the next request.
pub(super) async fn http<M>(server: &Server, connections: usize, time: Duration, make: M) -> Outcome
where
    M: Fn(&mut Random) -> Vec<u8> + Send + Sync + 'static,
{
    let make = Arc::new(make);
    let address = server.address;
    let phase = |time: Duration, salt: u64| {
        let make = make.clone();
        run(connections, time, move |number, until| {
            let make = make.clone();
            async move {
                let mut samples = Samples::default();
                let mut random = Random::new(salt + number as u64);
                let mut connection = Connection::new(address);
                while Instant::now() < until {
                    let request = make(&mut random);
                    let begun = Instant::now();
                    match connection.send(&request).await {
                        Ok(answer) if answer.status < 400 => samples.done(begun.elapsed()),
                        Ok(answer) => samples.failed(answer.complaint(&request)),
                        Err(e) => samples.failed(e),
                    }
                }
                samples
            }
        })
    };
    phase((time / 4).min(Duration::from_secs(1)), 1_000_003).await;
    let before = machine::cpu_time(server.process());
    let outcome = phase(time, 7_000_003).await;
    outcome.with_cpu(machine::cpu_time(server.process()).saturating_sub(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_and_rate_come_from_every_worker() {
        let mut a = Samples::default();
        let mut b = Samples::default();
        for n in 1..=50 {
            a.done(Duration::from_millis(n));
            b.done(Duration::from_millis(50 + n));
        }
        b.failed("refused".into());
        let all = Outcome::gather(vec![a, b], Duration::from_secs(2));
        assert_eq!((all.micros.len(), all.errors), (100, 1));
        assert_eq!(all.first_error.as_deref(), Some("refused"));
        assert!((all.rate() - 50.0).abs() < 1e-9);
        assert!((all.millis(50) - 51.0).abs() < 1e-9);
        assert!((all.millis(99) - 100.0).abs() < 1e-9);
    }

    #[tokio::test]
    async fn a_pace_gives_every_moment_once_and_counts_what_is_late() {
        let pace = Pace::new(1_000.0);
        let late = pace.begin - Duration::from_secs(1);
        let pace = Pace { begin: late, ..pace };
        let mut moments = Vec::new();
        for _ in 0..3 {
            moments.push(pace.turn().await.duration_since(late));
        }
        assert_eq!(moments, [0, 1, 2].map(Duration::from_millis), "nothing is waited for that is over");
    }

    #[test]
    fn numbers_repeat_with_their_seed() {
        let (mut one, mut same, mut other) = (Random::new(1), Random::new(1), Random::new(2));
        let first = one.bits();
        assert_eq!(first, same.bits());
        assert_ne!(first, other.bits());
        assert!((0..100).all(|_| one.below(7) < 7));
    }
}
