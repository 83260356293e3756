//! The demo market of Yunfang: an invented, bilingual market (categories,
//! sellers, products, buyers, operators) with pictures drawn by code, and a
//! generator of many more products for the benchmark.
//!
//! The texts live in `data/*.toml`; everything here is deterministic and
//! touches neither disk, network nor clock.

mod compose;
mod dice;
mod library;
mod picture;
mod raw;
mod synthetic;
#[cfg(test)]
mod tests;
mod types;

pub use picture::{LAYOUT_COUNT, LogoSubject, PICTURES_PER_PRODUCT, logo_svg, picture_svg, picture_svg_in};
pub use synthetic::{Synthetic, synthetic_products};
pub use types::{
    Attribute, Billing, Category, CustomerCase, Language, Market, Operator, Organisation, Point, Price, Product,
    Seller, SellerService, Specification, SupportGroup, Tag, Text, User,
};

/// The whole demo market, parsed on first use and kept for the life of the
/// process.
///
/// # Panics
/// Only when the embedded data files contradict each other, which the tests
/// of this crate rule out.
pub fn market() -> &'static Market {
    &library::library().market
}
