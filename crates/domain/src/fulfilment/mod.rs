//! Delivery: the resource that a buyer gets, the calls to the seller that make it so, and their
//! schedules (trade 1.5, 1.12; seller interface 4.10).

pub mod call;
pub mod instance;
