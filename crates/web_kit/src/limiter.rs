//! Token buckets by client address, for the forms on which people guess passwords.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

const MINUTE: u64 = 60_000;

struct Bucket {
    /// Thousandths of a post that are still allowed.
    left: u64,
    at: u64,
}

/// Allows a number of posts per minute and client. Memory is bounded.
pub struct Limiter {
    per_minute: u32,
    most: usize,
    buckets: Mutex<HashMap<String, Bucket>>,
}

impl Limiter {
    /// `per_minute` posts for each of at most `most` clients that are remembered.
    pub fn new(per_minute: u32, most: usize) -> Limiter {
        Limiter { per_minute, most, buckets: Mutex::new(HashMap::new()) }
    }

    /// Whether `client` may post at `now` (milliseconds of a clock that never goes back).
    pub fn allow(&self, client: &str, now: u64) -> bool {
        let full = u64::from(self.per_minute) * 1000;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= self.most && !buckets.contains_key(client) {
            make_room(&mut buckets, now);
        }
        let bucket = buckets.entry(client.to_owned()).or_insert(Bucket { left: full, at: now });
        let gained = now.saturating_sub(bucket.at).saturating_mul(full) / MINUTE;
        if gained > 0 {
            bucket.left = bucket.left.saturating_add(gained).min(full);
            bucket.at = now;
        }
        let allowed = bucket.left >= 1000;
        if allowed {
            bucket.left -= 1000;
        }
        allowed
    }

    /// How many clients are remembered.
    pub fn remembered(&self) -> usize {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Forgets everybody who is full again; when nobody is, whoever was seen longest ago.
fn make_room(buckets: &mut HashMap<String, Bucket>, now: u64) {
    let before = buckets.len();
    buckets.retain(|_, bucket| now.saturating_sub(bucket.at) < MINUTE);
    if buckets.len() == before
        && let Some(oldest) = buckets.iter().min_by_key(|(_, b)| b.at).map(|(k, _)| k.clone())
    {
        buckets.remove(&oldest);
    }
}

/// The network of whoever posts a form on which people guess; there on those forms only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientNetwork(pub String);

/// The key of a client: his address, or the /64 network of an IPv6 address.
pub fn client_key(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => {
                let s = v6.segments();
                format!("{:x}:{:x}:{:x}:{:x}::/64", s[0], s[1], s[2], s[3])
            }
        },
        None => "unknown".to_owned(),
    }
}
