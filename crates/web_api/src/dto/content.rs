//! What a seller writes about a product.

use crate::dto::common::{Amount, BillingModeCode, BusinessTypeCode, GenerationCode, PeriodCode, Text};
use app::AppError;
use domain::catalogue::content as own;
use domain::catalogue::kinds::InterfaceGeneration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

fn yes() -> bool {
    true
}

/// A complete description of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Content {
    pub business_type: BusinessTypeCode,
    /// 2–60 characters
    pub name: Text,
    /// Such as `V1.0`
    #[serde(default)]
    pub version: String,
    /// File id
    #[serde(default)]
    pub logo: Option<String>,
    /// File ids, 1–5
    #[serde(default)]
    #[schema(example = json!(["fil_01JABCDEFGHJKMNPQRSTVWXYZ0"]))]
    pub pictures: Vec<String>,
    /// Category ids: the main leaf first, up to two more
    #[serde(default)]
    #[schema(example = json!(["erp-inventory"]))]
    pub categories: Vec<String>,
    /// Free words, up to 10
    #[serde(default)]
    pub tags: Vec<Text>,
    /// 10–200 characters
    #[serde(default)]
    pub summary: Text,
    /// Markdown, at least 400 characters
    #[serde(default)]
    pub description: Text,
    /// 3–6 short points
    #[serde(default)]
    pub highlights: Vec<Point>,
    /// Up to ten customer cases
    #[serde(default)]
    pub cases: Vec<Point>,
    /// Markdown
    #[serde(default)]
    pub usage_guide: Text,
    #[serde(default)]
    pub support: Support,
    /// Markdown; the buyer agrees to it
    #[serde(default)]
    pub agreement: Text,
    /// Whether it is found on the storefront
    #[serde(default = "yes")]
    pub public_sale: bool,
    /// What can be bought
    #[serde(default)]
    pub specifications: Vec<Specification>,
    pub access: Access,
}

/// A short point with a title.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Point {
    pub title: Text,
    pub text: Text,
}

/// After-sales group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// Service time
    pub hours: Text,
    /// Such as `GMT+08:00`
    pub zone: String,
    /// What the service contains
    pub content: Text,
    /// With country code
    pub hotline: String,
    pub email: String,
}

/// How the product reaches the buyer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// `SAAS`
    #[serde(rename = "type")]
    pub kind: SaasOnly,
    /// Production interface address of the seller's server
    pub production_address: String,
    /// Generation of the interface that it speaks; `SAAS_V2` when left out
    #[serde(default)]
    pub generation: Option<GenerationCode>,
    /// Whether delivery goes through service supervision; fixed after release
    #[serde(default)]
    pub supervision: bool,
}

/// Access types that can be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum SaasOnly {
    #[serde(rename = "SAAS")]
    Saas,
}

/// One thing that can be bought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Specification {
    /// Stable over versions; leave it out for a new specification
    #[serde(default)]
    #[schema(examples("spc_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub name: Text,
    #[serde(default)]
    pub description: Text,
    /// Lines of the comparison table
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    pub prices: Vec<PriceLine>,
    /// Days of the free trial, 3–180
    #[serde(default)]
    #[schema(examples(14))]
    pub trial_days: Option<i32>,
    /// Not on the product page, only by link
    #[serde(default)]
    pub hidden: bool,
    /// Five-day refund
    #[serde(default = "yes")]
    pub no_reason_refund: bool,
    /// Taken off sale
    #[serde(default)]
    pub discontinued: bool,
}

/// A line of the comparison table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    pub name: Text,
    pub value: Text,
}

/// A price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceLine {
    pub mode: BillingModeCode,
    /// Only with mode `PERIOD`
    #[serde(default)]
    pub period: Option<PeriodCode>,
    /// Of one period, or of the purchase; zero when free
    pub price: Amount,
    /// Identifier on the wire; leave it out for a new line
    #[serde(default)]
    #[schema(examples("OFFI0123456789"))]
    pub product_code: String,
}

impl From<own::Highlight> for Point {
    fn from(h: own::Highlight) -> Point {
        Point { title: h.title.into(), text: h.text.into() }
    }
}

impl From<Point> for own::Highlight {
    fn from(p: Point) -> own::Highlight {
        own::Highlight { title: p.title.into(), text: p.text.into() }
    }
}

impl From<own::Support> for Support {
    fn from(s: own::Support) -> Support {
        Support { hours: s.hours.into(), zone: s.zone, content: s.content.into(), hotline: s.hotline, email: s.email }
    }
}

impl From<Support> for own::Support {
    fn from(s: Support) -> own::Support {
        own::Support {
            hours: s.hours.into(),
            zone: s.zone,
            content: s.content.into(),
            hotline: s.hotline,
            email: s.email,
        }
    }
}

impl From<own::Access> for Access {
    fn from(access: own::Access) -> Access {
        let own::Access::Saas { production_address, generation, supervision } = access;
        Access { kind: SaasOnly::Saas, production_address, generation: Some(generation.into()), supervision }
    }
}

impl From<own::PriceLine> for PriceLine {
    fn from(line: own::PriceLine) -> PriceLine {
        PriceLine {
            mode: line.mode.into(),
            period: line.period.map(PeriodCode),
            price: line.price.into(),
            product_code: line.product_code,
        }
    }
}

impl From<own::Specification> for Specification {
    fn from(s: own::Specification) -> Specification {
        let attribute = |a: own::Attribute| Attribute { name: a.name.into(), value: a.value.into() };
        Specification {
            id: s.id,
            name: s.name.into(),
            description: s.description.into(),
            attributes: s.attributes.into_iter().map(attribute).collect(),
            prices: s.prices.into_iter().map(PriceLine::from).collect(),
            trial_days: s.trial_days,
            hidden: s.hidden,
            no_reason_refund: s.no_reason_refund,
            discontinued: s.discontinued,
        }
    }
}

impl From<own::ProductContent> for Content {
    fn from(c: own::ProductContent) -> Content {
        Content {
            business_type: c.business_type.into(),
            name: c.name.into(),
            version: c.version,
            logo: c.logo,
            pictures: c.pictures,
            categories: c.categories,
            tags: c.tags.into_iter().map(Text::from).collect(),
            summary: c.summary.into(),
            description: c.description.into(),
            highlights: c.highlights.into_iter().map(Point::from).collect(),
            cases: c.cases.into_iter().map(Point::from).collect(),
            usage_guide: c.usage_guide.into(),
            support: c.support.into(),
            agreement: c.agreement.into(),
            public_sale: c.public_sale,
            specifications: c.specifications.into_iter().map(Specification::from).collect(),
            access: c.access.into(),
        }
    }
}

fn price_line(path: &str, line: PriceLine) -> Result<own::PriceLine, AppError> {
    Ok(own::PriceLine {
        mode: line.mode.0,
        period: line.period.map(|p| p.0),
        price: line.price.read(&format!("{path}.price"))?,
        product_code: line.product_code,
    })
}

fn specification(path: &str, s: Specification) -> Result<own::Specification, AppError> {
    let attribute = |a: Attribute| own::Attribute { name: a.name.into(), value: a.value.into() };
    let prices = s.prices.into_iter().enumerate();
    Ok(own::Specification {
        id: s.id,
        name: s.name.into(),
        description: s.description.into(),
        attributes: s.attributes.into_iter().map(attribute).collect(),
        prices: prices.map(|(n, line)| price_line(&format!("{path}.prices.{n}"), line)).collect::<Result<_, _>>()?,
        trial_days: s.trial_days,
        hidden: s.hidden,
        no_reason_refund: s.no_reason_refund,
        discontinued: s.discontinued,
    })
}

impl TryFrom<Content> for own::ProductContent {
    type Error = AppError;

    /// Fails with the field of an amount that cannot be read; `path` begins at the content.
    fn try_from(c: Content) -> Result<own::ProductContent, AppError> {
        let specifications = c.specifications.into_iter().enumerate();
        Ok(own::ProductContent {
            business_type: c.business_type.0,
            name: c.name.into(),
            version: c.version,
            logo: c.logo,
            pictures: c.pictures,
            categories: c.categories,
            tags: c.tags.into_iter().map(Into::into).collect(),
            summary: c.summary.into(),
            description: c.description.into(),
            highlights: c.highlights.into_iter().map(own::Highlight::from).collect(),
            cases: c.cases.into_iter().map(own::Highlight::from).collect(),
            usage_guide: c.usage_guide.into(),
            support: c.support.into(),
            agreement: c.agreement.into(),
            public_sale: c.public_sale,
            specifications: specifications
                .map(|(n, s)| specification(&format!("specifications.{n}"), s))
                .collect::<Result<_, _>>()?,
            access: own::Access::Saas {
                production_address: c.access.production_address,
                generation: c.access.generation.map_or(InterfaceGeneration::SaasV2, |g| g.0),
                supervision: c.access.supervision,
            },
        })
    }
}
