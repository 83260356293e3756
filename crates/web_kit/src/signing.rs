//! Small signed texts in cookies: form tokens of visitors and flash messages.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Signs with HMAC-SHA256 under the installation's key.
#[derive(Clone)]
pub struct Signer {
    key: [u8; 32],
}

impl Signer {
    /// From 32 secret bytes.
    pub fn new(key: [u8; 32]) -> Signer {
        Signer { key }
    }

    fn tag(&self, purpose: &str, body: &str) -> Option<String> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.key).ok()?;
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(body.as_bytes());
        Some(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    /// `body.tag`; the tag holds for this purpose only. The body must not contain a dot.
    pub fn sign(&self, purpose: &str, body: &str) -> String {
        format!("{body}.{}", self.tag(purpose, body).unwrap_or_default())
    }

    /// The body of a text that [`Signer::sign`] made for `purpose`; `None` when it was changed.
    pub fn verify<'t>(&self, purpose: &str, signed: &'t str) -> Option<&'t str> {
        let (body, tag) = signed.split_once('.')?;
        let wanted = self.tag(purpose, body)?;
        same(&wanted, tag).then_some(body)
    }
}

/// Compares two secrets without telling by the time where they differ.
pub fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && bool::from(one.as_bytes().ct_eq(other.as_bytes()))
}

/// A random text of 144 bits.
pub fn random_text() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 18]>())
}
