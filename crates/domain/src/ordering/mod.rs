//! Orders: what may be bought, what it costs, who may trade, how it is paid, which states an order
//! passes (trade 1).

pub mod order;
pub mod pricing;
pub mod provider;
pub mod refund;
pub mod trade;
