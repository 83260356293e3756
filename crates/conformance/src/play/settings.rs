//! What a run is told.

use std::fmt;
use std::time::Duration;

use protocol::BodySignMode;
use protocol::field_cipher::Algorithm;
use protocol::verdict::Language;

use crate::plan::Wish;

/// How long "being processed" is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often it is asked again.
    pub polls: u32,
    /// The pause before each.
    pub every: Duration,
}

impl Patience {
    /// Patience for about `seconds`, asking every two seconds.
    pub const fn seconds(seconds: u32) -> Self {
        let polls = if seconds < 2 { 1 } else { seconds / 2 };
        Self { polls, every: Duration::from_secs(2) }
    }
}

/// What is played, against whom, and how.
#[derive(Clone)]
pub struct Settings {
    /// Production address.
    pub address: String,
    /// Access key or key value.
    pub key: String,
    /// What is asked of the suite.
    pub wish: Wish,
    /// Language of the report.
    pub language: Language,
    /// Whether `Body-Sign` is required.
    pub body_sign: BodySignMode,
    /// Algorithm of encrypted fields (1.0).
    pub algorithm: Algorithm,
    /// Longest time for an answer.
    pub timeout: Duration,
    /// How long `000004` is waited for.
    pub patience: Patience,
    /// An activated authorisation code (authorisation code 2.0).
    pub license_code: Option<String>,
}

// Written by hand so that a log line never shows the key.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("address", &self.address)
            .field("key", &"***")
            .field("wish", &self.wish)
            .finish()
    }
}

impl Settings {
    /// The usual settings: 20 seconds for an answer, a minute of patience.
    pub fn new(address: impl Into<String>, key: impl Into<String>, wish: Wish) -> Self {
        Self {
            address: address.into(),
            key: key.into(),
            wish,
            language: Language::En,
            body_sign: wish.generation.default_body_sign_mode(),
            algorithm: Algorithm::default(),
            timeout: Duration::from_secs(20),
            patience: Patience::seconds(60),
            license_code: None,
        }
    }
}

/// Time and randomness, which the caller brings.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The clock in UNIX milliseconds.
    pub now_ms: &'a (dyn Fn() -> i64 + Sync),
    /// 32 random bytes, new in every call.
    pub random: &'a (dyn Fn() -> [u8; 32] + Sync),
}
