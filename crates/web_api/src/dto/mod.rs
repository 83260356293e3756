//! The shapes of the API. They are not the domain's types: those may change, these must not.

pub(crate) mod account;
pub(crate) mod catalogue;
pub(crate) mod common;
pub(crate) mod content;
pub(crate) mod debugging;
pub(crate) mod fulfilment;
pub(crate) mod members;
pub(crate) mod money;
pub(crate) mod operation;
pub(crate) mod ordering;
