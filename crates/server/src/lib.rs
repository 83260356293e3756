//! One program: serve, demo, bench, and the commands of an operator of the installation. All wiring
//! is here; if something here decides, it belongs elsewhere.

pub mod backup;
pub mod bench;
pub mod config;
pub mod demo;
pub mod health;
pub mod idle;
pub mod log;
pub mod private;
pub mod serve;
pub mod telemetry;
pub mod wiring;
