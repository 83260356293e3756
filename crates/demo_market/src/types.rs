//! What the demo market consists of.

use serde::Deserialize;

/// One of the two languages every text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

/// A text in both languages; neither side is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "(String, String)")]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Pairs the Chinese and the English wording.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The wording in `language`.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

impl From<(String, String)> for Text {
    fn from((zh, en): (String, String)) -> Self {
        Self { zh, en }
    }
}

/// A category of the seed tree (supply-side 2.4, D-16): a group with leaves,
/// or a leaf without children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Kebab-case, unique in the tree.
    pub id: String,
    /// Display name.
    pub name: Text,
    /// Name of a line icon, such as `shopping-cart`.
    pub icon: String,
    /// Leaves of a group; empty for a leaf.
    pub children: Vec<Category>,
}

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// User name within the organisation, such as `finance`.
    pub user_name: String,
    /// Display name.
    pub display_name: Text,
    /// Mail address in a reserved domain.
    pub mail: String,
    /// Telephone with country code, from a range nobody is assigned.
    pub phone: String,
    /// Role within the organisation: `owner`, `administrator`, `finance`, `member`, ….
    pub role: String,
}

/// The after-sales group of a seller (supply-side 3.3): its four items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportGroup {
    /// Service time with its GMT zone.
    pub hours: Text,
    /// Hotline with country code.
    pub phone: String,
    /// Support mail address.
    pub mail: String,
    /// Form and scope of the service.
    pub content: Text,
}

/// A seller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    /// Kebab-case, unique.
    pub key: String,
    /// Brand name.
    pub name: Text,
    /// Name in the company register.
    pub legal_name: String,
    /// 18 characters, invented.
    pub credit_code: String,
    /// 80–300 characters.
    pub profile: Text,
    /// Brand colour, `#rrggbb`.
    pub colour: String,
    /// Second colour, `#rrggbb`.
    pub accent: String,
    /// Seat of the company.
    pub city: Text,
    /// Year of foundation.
    pub founded: u16,
    /// Band of employee numbers, such as `100-499`.
    pub employees: String,
    /// After-sales group.
    pub support: SupportGroup,
    /// People who sign in for the seller; the first is the owner.
    pub users: Vec<User>,
}

/// A buyer or partner organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Kebab-case, unique.
    pub key: String,
    /// Short name.
    pub name: Text,
    /// Name in the company register.
    pub legal_name: String,
    /// 18 characters, invented.
    pub credit_code: String,
    /// Seat.
    pub city: Text,
    /// What it does.
    pub industry: Text,
    /// People who sign in; the first is the administrator.
    pub users: Vec<User>,
}

/// A person of market operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// User name.
    pub key: String,
    /// Display name.
    pub name: Text,
    /// `administrator`, `reviewer`, `finance` or `auditor`.
    pub role: String,
    /// Mail address in a reserved domain.
    pub mail: String,
}

/// A product tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Kebab-case.
    pub key: String,
    /// Display name.
    pub name: Text,
}

/// A titled short text: a highlight or a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// At most 40 characters (supply-side D-18).
    pub title: Text,
    /// At most 200 characters (supply-side D-18).
    pub text: Text,
}

/// What a customer achieved with a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerCase {
    /// Name of an invented customer.
    pub customer: Text,
    /// The story in one or two sentences.
    pub story: Text,
}

/// How a price is charged (supply-side 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Billing {
    /// `PERIOD`, per month.
    Month,
    /// `PERIOD`, per year.
    Year,
    /// `ONE_TIME`, bought for good.
    OneTime,
}

/// One price line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// How it is charged.
    pub billing: Billing,
    /// CNY with two decimals and no separators, such as `12800.00`; above zero.
    pub amount: String,
}

/// An attribute of a specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Kebab-case, such as `users`.
    pub key: String,
    /// Display name.
    pub name: Text,
    /// Value with its unit.
    pub value: Text,
}

/// A specification of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Specification {
    /// Kebab-case, unique within the product.
    pub key: String,
    /// Display name (SP-21).
    pub name: Text,
    /// What it contains and whom it suits.
    pub description: Text,
    /// Users, storage, sites and the like.
    pub attributes: Vec<Attribute>,
    /// Price lines; empty exactly when `free`.
    pub prices: Vec<Price>,
    /// Days of trial, 3–180, on a period price.
    pub trial_days: Option<u16>,
    /// Costs nothing (`FREE`).
    pub free: bool,
    /// Not shown in public (SP-22).
    pub hidden: bool,
}

/// Which sample seller's server answers for a product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SellerService {
    /// Opens instances at once.
    #[default]
    Instant,
    /// Answers "in progress" and finishes later.
    Asynchronous,
    /// Answers with errors, to show retries and delisting.
    Faulty,
}

/// A SaaS product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Kebab-case, unique.
    pub key: String,
    /// Key of its seller.
    pub seller: String,
    /// 2–60 characters, unique.
    pub name: Text,
    /// Of the form `V1.0`.
    pub version: String,
    /// Main leaf first, then up to two more.
    pub categories: Vec<String>,
    /// Free tags.
    pub tags: Vec<Tag>,
    /// 10–200 characters.
    pub summary: Text,
    /// Markdown, at least 400 characters.
    pub description: Text,
    /// What the product does; the picture's menu shows the titles.
    pub functions: Vec<Point>,
    /// 3–6 highlights.
    pub highlights: Vec<Point>,
    /// 0–2 customer cases.
    pub cases: Vec<CustomerCase>,
    /// Short manual in Markdown.
    pub usage_guide: Text,
    /// 1–4 specifications.
    pub specifications: Vec<Specification>,
    /// Which sample seller's server serves it.
    pub service: SellerService,
    /// Average rating in tenths: 47 = 4.7.
    pub rating_tenths: u8,
    /// Orders so far.
    pub sales: u32,
}

/// Everything in the demo market.
#[derive(Clone, Debug)]
pub struct Market {
    /// 12 groups with 64 leaves.
    pub categories: Vec<Category>,
    /// 10 sellers.
    pub sellers: Vec<Seller>,
    /// Products, seller by seller.
    pub products: Vec<Product>,
    /// 4 buyer organisations.
    pub buyers: Vec<Organisation>,
    /// Customer service providers.
    pub partners: Vec<Organisation>,
    /// Market operations.
    pub operators: Vec<Operator>,
}

impl Market {
    /// The seller with this key.
    pub fn seller(&self, key: &str) -> Option<&Seller> {
        self.sellers.iter().find(|seller| seller.key == key)
    }

    /// All leaf categories, in the order of the tree.
    pub fn leaves(&self) -> impl Iterator<Item = &Category> {
        self.categories.iter().flat_map(|group| group.children.iter())
    }
}
