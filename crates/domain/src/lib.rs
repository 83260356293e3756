//! Words and rules of the marketplace: plain data and pure functions.
//!
//! Nothing here reads a clock, draws a random number or talks to anything: time, ids and
//! parameters come in as arguments. One module per business area, named as everywhere else.

pub mod access;
pub mod catalogue;
pub mod debugging;
pub mod fulfilment;
pub mod id;
pub mod identity;
pub mod ledger;
pub mod membership;
pub mod money;
pub mod ordering;
pub mod settings;
pub mod text;
pub mod time;

/// What a rule answers when it allows an action: the next state and what should follow from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided<S, E> {
    /// The state after the action.
    pub next: S,
    /// What must happen because of it, as data; the caller turns each into a row.
    pub effects: Vec<E>,
}

/// A refusal: the action does not fit the state. Carries a stable code for users and callers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {action} refused in state {state}")]
pub struct Refusal {
    /// Stable code, also the key of its translation (`refusal-…`).
    pub code: &'static str,
    /// The action that was asked for.
    pub action: &'static str,
    /// The state that it met.
    pub state: &'static str,
}
