//! x
pub mod plan;
pub mod request;
pub mod wire;
pub mod world;
