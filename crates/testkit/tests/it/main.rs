//! Stories of the market, each on SQLite and on PostgreSQL, with a real seller server on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accounts;
mod buying;
mod catalogue;
mod faults;
mod jobs;
mod lifecycle;
mod money;
mod people;
mod storage;
