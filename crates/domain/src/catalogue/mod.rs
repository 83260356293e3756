//! Products: kinds, content, applications and what may be on sale (supply side 2 and 3).

pub mod application;
pub mod content;
pub mod kinds;
pub mod product;
pub mod validate;
