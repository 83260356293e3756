//! The seller production interface of Yunfang as pure rules: how a request is written and signed,
//! how an answer is read and judged.
//!
//! Nothing here performs IO, reads a clock or draws random numbers; times, nonces and IDs are
//! arguments. Section numbers (3.1, 10.1 …) and decision numbers (D-07 …) in the comments are those
//! of the seller interface specification.
//!
//! Layout, from the bytes up:
//!
//! - [`canonical`], [`signature`], [`auth_token`], [`query`], [`body_sign`], [`field_cipher`],
//!   [`extend_params`], [`times`], [`json`]: the parts of a message and their protection.
//! - [`form`]: the parameter tables of the activities as data, and the check against them.
//! - [`saas_v2`], [`saas_v1`], [`license_code`], [`license_v1`], [`online_license`],
//!   [`order_notify`]: one module for each family with its activities, its requests in both
//!   directions and its rules of judging. [`agents_gateway`] is the traffic of 9.3.
//! - [`verdict`]: the order in which an answer is judged (trait [`verdict::Rules`] asks the family
//!   for the rest), failures in plain words, remarks; [`answer`] is what sellers answer;
//!   [`difference`] shows both sides of a signature that does not match.
//! - [`call`]: a call of any family to check, sign, send as `curl`, judge.
//! - [`scenario`]: what a seller tries on the debugging page.
//! - [`seller`]: the seller's side of all this.

pub mod agents_gateway;
pub mod answer;
pub mod auth_token;
pub mod body_sign;
pub mod call;
pub mod canonical;
pub mod difference;
pub mod extend_params;
pub mod field_cipher;
pub mod form;
mod hmac256;
pub mod json;
pub mod license_code;
pub mod license_v1;
pub mod online_license;
pub mod order_notify;
pub mod query;
pub mod result_code;
pub mod saas_v1;
pub mod saas_v2;
pub mod scenario;
pub mod seller;
mod sha1prng;
pub mod signature;
pub mod times;
pub mod verdict;

pub use body_sign::BodySignMode;
pub use difference::SignatureDifference;
pub use verdict::{Exchange, Failure, HttpAnswer, Language, TransportFailure, Verdict, judge};

mod generation;

pub use generation::{Generation, InterfaceType};
