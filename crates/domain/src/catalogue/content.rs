//! What a seller writes about a product: one document, versioned as a whole (supply side 3.3).
//!
//! Stored as JSON; fields may be added, so every one that came later has a default.

use super::kinds::{AccessType, BillingMode, BusinessType, InterfaceGeneration, PeriodType};
use crate::money::Money;
use crate::text::Localized;
use serde::{Deserialize, Serialize};

/// Most tags of a product.
pub const TAGS_MAX: usize = 10;
/// Longest tag in Chinese and in English, in characters.
pub const TAG_LENGTH: (usize, usize) = (20, 40);

/// A complete description of a product, as reviewed and as sold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductContent {
    /// Who sells and invoices.
    pub business_type: BusinessType,
    /// Name, 2–60 characters.
    pub name: Localized,
    /// `V1.0` form.
    #[serde(default)]
    pub version: String,
    /// Logo file id.
    #[serde(default)]
    pub logo: Option<String>,
    /// Main picture file ids, 1–5.
    #[serde(default)]
    pub pictures: Vec<String>,
    /// Category ids: the main leaf first, up to two more (TX-1).
    #[serde(default)]
    pub categories: Vec<String>,
    /// Free tags, up to [`TAGS_MAX`].
    #[serde(default, deserialize_with = "crate::text::list_with_plain_texts")]
    pub tags: Vec<Localized>,
    /// Summary, 10–200 characters.
    #[serde(default)]
    pub summary: Localized,
    /// Description in Markdown.
    #[serde(default)]
    pub description: Localized,
    /// 3–6 short points.
    #[serde(default)]
    pub highlights: Vec<Highlight>,
    /// Up to ten customer cases.
    #[serde(default)]
    pub cases: Vec<Highlight>,
    /// Manual in Markdown: how the buyer signs in and uses it.
    #[serde(default)]
    pub usage_guide: Localized,
    /// After-sales group.
    #[serde(default)]
    pub support: Support,
    /// Product service agreement in Markdown; the buyer ticks it at checkout.
    #[serde(default)]
    pub agreement: Localized,
    /// Whether it is found on the storefront (PB-40).
    #[serde(default = "yes")]
    pub public_sale: bool,
    /// What can be bought.
    #[serde(default)]
    pub specifications: Vec<Specification>,
    /// What only this access type has.
    pub access: Access,
}

fn yes() -> bool {
    true
}

/// A short point with a title.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Highlight {
    /// Title.
    pub title: Localized,
    /// Text.
    pub text: Localized,
}

/// The four items that a support group must hold (supply side 3.3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    /// Service time, with its zone.
    pub hours: Localized,
    /// Zone such as `GMT+08:00`.
    pub zone: String,
    /// Service content.
    pub content: Localized,
    /// Hotline with country code.
    pub hotline: String,
    /// Service mailbox; interface failures are mailed to it.
    pub email: String,
}

/// The part of the content that belongs to the access type. A new type is a new variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Access {
    /// SaaS.
    #[serde(rename = "SAAS")]
    Saas {
        /// Production interface address (生产系统接口地址).
        production_address: String,
        /// The generation that it speaks.
        #[serde(default = "InterfaceGeneration::usual")]
        generation: InterfaceGeneration,
        /// Whether delivery goes through service supervision; fixed after release.
        #[serde(default)]
        supervision: bool,
    },
}

impl Access {
    /// The access type.
    pub fn kind(&self) -> AccessType {
        match self {
            Access::Saas { .. } => AccessType::Saas,
        }
    }
}

/// One thing that can be bought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Specification {
    /// Id, stable over versions of the product.
    pub id: String,
    /// Name.
    pub name: Localized,
    /// What it contains.
    #[serde(default)]
    pub description: Localized,
    /// Name and value, for the comparison table.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    /// Price lines.
    pub prices: Vec<PriceLine>,
    /// Days of the free trial on period prices, 3–180.
    #[serde(default)]
    pub trial_days: Option<i32>,
    /// Not on the product page, only by link (PB-41).
    #[serde(default)]
    pub hidden: bool,
    /// Five-day refund (D-12).
    #[serde(default = "yes")]
    pub no_reason_refund: bool,
    /// Taken off sale.
    #[serde(default)]
    pub discontinued: bool,
}

/// A line of the comparison table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Name.
    pub name: Localized,
    /// Value.
    pub value: Localized,
}

/// A price in one billing mode and period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PriceLine {
    /// Mode.
    pub mode: BillingMode,
    /// Period type; `None` unless the mode is `PERIOD`.
    #[serde(default)]
    pub period: Option<PeriodType>,
    /// Price of one period, or of the one-time purchase; zero when free.
    pub price: Money,
    /// Identifier on the wire: each period type of a specification has its own product ID.
    pub product_code: String,
}

impl ProductContent {
    /// The access type.
    pub fn access_type(&self) -> AccessType {
        self.access.kind()
    }

    /// The specification with this id.
    pub fn specification(&self, id: &str) -> Option<&Specification> {
        self.specifications.iter().find(|s| s.id == id)
    }

    /// The lowest price above nothing among what the page shows, for lists.
    pub fn lowest_price(&self) -> Option<Money> {
        self.shown().flat_map(|s| &s.prices).map(|p| p.price).filter(|p| p.is_positive()).min_by_key(|p| p.e8())
    }

    /// Specifications on the product page.
    pub fn shown(&self) -> impl Iterator<Item = &Specification> {
        self.specifications.iter().filter(|s| !s.hidden && !s.discontinued)
    }

    /// Whether something costs nothing.
    pub fn has_free(&self) -> bool {
        self.shown().flat_map(|s| &s.prices).any(|p| p.mode == BillingMode::Free)
    }

    /// Whether something can be tried.
    pub fn has_trial(&self) -> bool {
        self.shown().any(|s| s.trial_days.is_some())
    }
}

impl Specification {
    /// The price line of a mode and period.
    pub fn price(&self, mode: BillingMode, period: Option<PeriodType>) -> Option<&PriceLine> {
        self.prices.iter().find(|p| p.mode == mode && p.period == period)
    }
}
