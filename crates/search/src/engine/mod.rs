//! The executor: facet signatures, cached columns, posting lists and the
//! search over a snapshot.

mod columns;
mod facets;
mod fallback;
mod node;
mod plan;
mod run;
mod signature;
mod snapshot;
mod weight;
mod window;

pub(crate) use fallback::{mended, without_little};
pub(crate) use plan::Plan;
pub(crate) use run::{Candidate, Found, run};
pub(crate) use signature::Signature;
pub(crate) use snapshot::Snapshot;
pub(crate) use weight::{Place, place_code};
