//! Orders: what may be bought, what it costs, which states an order passes (trade 1).

pub mod order;
pub mod pricing;
pub mod refund;
