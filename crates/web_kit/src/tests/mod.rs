//! Tests of the shared web parts.

mod rules;
mod web;
mod words;
