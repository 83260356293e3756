//! The conformance suite for sellers: plays every required call of a generation, and abuse, against
//! a seller's server, and says in plain words what is wrong, which rule it breaks and what to do.
//! No marketplace needs to run.
//!
//! - [`plan`] is the list of steps with what the contract expects, as data;
//! - [`request`] and [`wire`] write the calls with the functions of `protocol`, signed well or wrong
//!   on purpose;
//! - [`client`] and [`play`] send them;
//! - [`judge`] turns answers into judgements, [`finding`] holds them without any secret;
//! - [`report`] writes text, HTML, JUnit and JSON; [`words`] holds every text in both languages;
//! - [`command`] is the subcommand `check-seller`.
//!
//! Section numbers are those of the seller interface specification.

pub mod client;
pub mod command;
pub mod finding;
pub mod judge;
pub mod plan;
pub mod play;
pub mod report;
pub mod request;
pub mod wire;
pub mod words;
pub mod world;

pub use finding::{Finding, Outcome, Report};
pub use plan::{Mode, Wish};
pub use play::{Patience, Settings, Sources, play};
