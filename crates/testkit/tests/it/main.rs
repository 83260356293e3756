//! Stories of the market, each on SQLite and on PostgreSQL, with a real seller server on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accounts;
mod attacks;
mod buying;
mod catalogue;
mod debugging;
mod engine;
mod evidence;
mod faults;
mod first_generation;
mod jobs;
mod lifecycle;
mod mails;
mod members;
mod money;
mod order_of_events;
mod payments;
mod people;
mod storage;
mod traces;
