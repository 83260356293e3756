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

pub mod answer;
pub mod auth_token;
pub mod body_sign;
pub mod canonical;
pub mod difference;
pub mod form;
mod hmac256;
pub mod json;
pub mod query;
pub mod result_code;
pub mod saas_v2;
pub mod signature;
pub mod times;
pub mod verdict;

pub use body_sign::BodySignMode;
pub use difference::SignatureDifference;
pub use verdict::{Exchange, Failure, HttpAnswer, Language, TransportFailure, Verdict, judge};

/// The generation (family) of the interface that a production address speaks (1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Generation {
    /// SaaS 2.0: POST with a JSON body, signature in the query string.
    SaasV2,
}

impl Generation {
    /// The stable name under which a generation is stored, e.g. `saas_v2`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SaasV2 => "saas_v2",
        }
    }

    /// Reads a stored name; `None` when this build does not know the generation.
    pub fn from_name(name: &str) -> Option<Self> {
        (name == "saas_v2").then_some(Self::SaasV2)
    }

    /// Whether an answer must carry `Body-Sign` under the default profile (D-13).
    pub const fn default_body_sign_mode(self) -> BodySignMode {
        match self {
            Self::SaasV2 => BodySignMode::Optional,
        }
    }
}
