//! The only crate that connects outward: calls to sellers' servers, and mail.

pub mod address;
pub mod letter;
pub mod mail;
pub mod seller;
