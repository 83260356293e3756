//! The seller's side, the mirror of everything else: verifying what comes in, remembering nonces,
//! and building signed answers. Sample sellers, the conformance suite and the marketplace's own
//! tests share it (section 13).

mod inbound;
mod nonces;
mod reply;
#[cfg(test)]
mod tests;

pub use inbound::{Endpoint, Family, Received, Refused};
pub use nonces::NonceMemory;
pub use reply::{Encryption, Reply, SignedReply};
