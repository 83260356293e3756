//! The suite against sellers that are right and sellers that are wrong, over HTTP on loopback.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod answers;
mod behaviour;
mod command;
mod coverage;
mod good;
mod handmade;
mod reports;
mod signing;
mod world;
