//! The memory of nonces that stops replays (13, item 2).

use std::collections::HashSet;

use crate::signature::WINDOW_MS;

/// How long a nonce is remembered at least, in milliseconds: a request may be dated one window
/// ahead and stays valid one window after its date.
pub const MEMORY_MS: i64 = 2 * WINDOW_MS;

/// Nonces of verified requests, each remembered for two to four windows.
///
/// Two sets take turns, so that forgetting costs nothing per request however many there are. Only
/// nonces of requests with a right signature may be entered; strangers then cannot fill it.
#[derive(Clone, Debug, Default)]
pub struct NonceMemory {
    current: HashSet<String>,
    previous: HashSet<String>,
    /// When `current` was begun, UNIX milliseconds.
    begun_ms: i64,
}

impl NonceMemory {
    /// An empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Enters a nonce at the time `now_ms` (UNIX milliseconds); `false` when it was there already.
    pub fn remember(&mut self, nonce: &str, now_ms: i64) -> bool {
        let age = now_ms.saturating_sub(self.begun_ms);
        if age >= MEMORY_MS {
            self.previous = std::mem::take(&mut self.current);
            if age >= 2 * MEMORY_MS {
                self.previous.clear();
            }
            self.begun_ms = now_ms;
        }
        !self.previous.contains(nonce) && self.current.insert(nonce.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_nonce_is_accepted_once_in_its_time() {
        let mut memory = NonceMemory::new();
        assert!(memory.remember("a", 1_000_000));
        assert!(!memory.remember("a", 1_000_000));
        assert!(!memory.remember("a", 1_000_000 + MEMORY_MS));
        assert!(memory.remember("b", 1_000_000 + MEMORY_MS));
        assert!(memory.remember("a", 1_000_000 + 3 * MEMORY_MS), "forgotten in the end");
    }

    proptest! {
        #[test]
        fn never_forgotten_too_early(steps in prop::collection::vec((0..20_u8, 0..60_000_i64), 1..80)) {
            let mut memory = NonceMemory::new();
            let mut last_seen = std::collections::HashMap::new();
            let mut now = 1_717_000_000_000;
            for (nonce, wait) in steps {
                now += wait;
                let fresh = memory.remember(&nonce.to_string(), now);
                if let Some(entered) = last_seen.get(&nonce)
                    && now - entered <= MEMORY_MS
                {
                    prop_assert!(!fresh);
                }
                if fresh {
                    last_seen.insert(nonce, now);
                }
            }
        }
    }
}
