//! The seller production interface of Yunfang as pure rules: how a request is written and signed,
//! how an answer is read and judged.
//!
//! Nothing here performs IO, reads a clock or draws random numbers; times, nonces and IDs are
//! arguments. Section numbers (3.1, 10.1 …) and decision numbers (D-07 …) in the comments are those
//! of the seller interface specification.
//!
//! Layout: [`canonical`], [`signature`] and [`body_sign`] are shared by every POST family;
//! [`verdict`] holds the order in which an answer is judged and asks the family's rules
//! (trait [`verdict::Rules`]) for the rest; [`saas_v2`] is the family of the SaaS 2.0 calls. A
//! further family is a further module with its own activities, requests, answers and `Rules`.

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
