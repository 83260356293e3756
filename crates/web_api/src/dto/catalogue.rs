//! Categories, products, applications.

use crate::dto::account::AuditOut;
use crate::dto::common::{
    AccessTypeCode, Amount, ApplicationKindCode, ApplicationStateCode, BillingModeCode, BusinessTypeCode, LanguageCode,
    PeriodCode, ProductActionCode, ProductStateCode, SortCode, SuggestionKindCode, Text, Time, time,
};
use crate::dto::content::{Content, Point, Specification, Support};
use app::catalogue::ApplicationDetail;
use app::shelf::ProductView;
use domain::money::Money;
use domain::ordering::pricing::Quote;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use store::catalogue::{Application, Category, Product};
use store::identity::Organisation;
use utoipa::{IntoParams, ToSchema};

/// Address of a stored picture.
pub(crate) fn picture(id: &str) -> String {
    format!("/files/{id}")
}

/// A category.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Category)]
pub struct CategoryOut {
    #[schema(examples("erp-inventory"))]
    pub id: String,
    #[schema(examples("erp"))]
    pub parent_id: Option<String>,
    pub name: Text,
    /// Name of an icon
    #[schema(examples("box"))]
    pub icon: String,
    pub position: i64,
    pub hidden: bool,
}

impl From<Category> for CategoryOut {
    fn from(c: Category) -> CategoryOut {
        CategoryOut {
            id: c.id,
            parent_id: c.parent_id,
            name: c.name.into(),
            icon: c.icon,
            position: c.position,
            hidden: c.hidden,
        }
    }
}

/// A category to write.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryIn {
    #[serde(default)]
    #[schema(examples("erp"))]
    pub parent_id: Option<String>,
    pub name: Text,
    #[serde(default)]
    #[schema(examples("box"))]
    pub icon: String,
    #[serde(default)]
    pub position: i64,
    #[serde(default)]
    pub hidden: bool,
}

/// Query of a product search.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words to find; at most 200 characters count
    pub q: Option<String>,
    /// Category id of any level
    pub category: Option<String>,
    /// Access types, separated by commas
    pub access_type: Option<String>,
    /// Billing modes, separated by commas
    pub mode: Option<String>,
    /// Id of the seller
    pub seller: Option<String>,
    /// Lowest price wanted, decimal text
    pub price_min: Option<String>,
    /// Highest price wanted, decimal text
    pub price_max: Option<String>,
    /// Only prices in this currency; CNY when a price is given
    pub currency: Option<String>,
    /// Only with (or without) a trial
    pub trial: Option<bool>,
    /// Only with (or without) something free
    pub free: Option<bool>,
    /// Order; relevance unless given
    #[param(inline)]
    pub sort: Option<SortCode>,
    /// Language in which words count most; that of `Accept-Language` unless given
    #[param(inline)]
    pub language: Option<LanguageCode>,
    /// Products wanted, 1 to 100; 20 unless given
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
    /// `next_cursor` of another page
    pub cursor: Option<String>,
}

/// A seller in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SellerName)]
pub struct SellerOut {
    #[schema(examples("org_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub name: Text,
}

/// A product in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProductCard)]
pub struct CardOut {
    #[schema(examples("prd_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub name: Text,
    pub summary: Text,
    pub seller: SellerOut,
    /// Address of the logo
    #[schema(examples("/files/fil_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub logo: Option<String>,
    pub tags: Vec<Text>,
    /// Lowest price above nothing
    pub price: Option<Amount>,
    /// Period of that price
    pub period: Option<PeriodCode>,
    pub trial: bool,
    pub free: bool,
    /// 0 to 5; null without reviews
    pub rating: Option<f64>,
    pub sales: i64,
}

/// The card that the index keeps with a product.
#[derive(Debug, Deserialize)]
struct Card {
    id: String,
    #[serde(default)]
    logo: Option<String>,
    seller_id: String,
    seller_zh: String,
    seller_en: String,
    name_zh: String,
    name_en: String,
    summary_zh: String,
    summary_en: String,
    #[serde(default, deserialize_with = "domain::text::list_with_plain_texts")]
    tags: Vec<domain::text::Localized>,
    #[serde(default)]
    price: Option<Money>,
    #[serde(default)]
    unit: Option<PeriodCode>,
    #[serde(default)]
    trial: bool,
    #[serde(default)]
    free: bool,
    #[serde(default)]
    rating_x100: i64,
    #[serde(default)]
    sales: i64,
}

fn rating(x100: i64) -> Option<f64> {
    (x100 > 0).then(|| x100 as f64 / 100.0)
}

impl CardOut {
    /// From the card in the index; `None` when an older program wrote it.
    pub fn read(card: &serde_json::Value) -> Option<CardOut> {
        let card = Card::deserialize(card).ok()?;
        Some(CardOut {
            id: card.id,
            name: Text { zh: card.name_zh, en: card.name_en },
            summary: Text { zh: card.summary_zh, en: card.summary_en },
            seller: SellerOut { id: card.seller_id, name: Text { zh: card.seller_zh, en: card.seller_en } },
            logo: card.logo.as_deref().map(picture),
            tags: card.tags.into_iter().map(Text::from).collect(),
            price: card.price.map(Amount::from),
            period: card.unit,
            trial: card.trial,
            free: card.free,
            rating: rating(card.rating_x100),
            sales: card.sales,
        })
    }
}

/// Number of products with a value.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FacetCount)]
pub struct FacetOut {
    #[schema(examples("PERIOD"))]
    pub value: String,
    pub count: u64,
}

impl From<&search::FacetCount> for FacetOut {
    fn from(f: &search::FacetCount) -> FacetOut {
        FacetOut { value: f.value.clone(), count: f.count }
    }
}

/// Counts by group; each group ignores its own filter.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Facets)]
pub struct FacetsOut {
    pub categories: Vec<FacetOut>,
    pub access_types: Vec<FacetOut>,
    pub modes: Vec<FacetOut>,
    /// Products with a trial
    pub trial: u64,
    /// Products with something free
    pub free: u64,
}

/// Products found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProductSearch)]
pub struct SearchOut {
    pub items: Vec<CardOut>,
    /// Products found on all pages
    pub total: u64,
    /// No product had all words, so any word counted
    pub relaxed: bool,
    pub facets: FacetsOut,
    /// Position of the next page; null on the last
    pub next_cursor: Option<String>,
    /// Always null: pages of a search lead forwards
    pub prev_cursor: Option<String>,
}

impl From<&search::SearchResults> for SearchOut {
    fn from(found: &search::SearchResults) -> SearchOut {
        let facets = |all: &[search::FacetCount]| all.iter().map(FacetOut::from).collect();
        SearchOut {
            items: found.hits.iter().filter_map(|hit| CardOut::read(&hit.card)).collect(),
            total: found.total,
            relaxed: found.relaxed,
            facets: FacetsOut {
                categories: facets(&found.facets.categories),
                access_types: facets(&found.facets.access_types),
                modes: facets(&found.facets.billing_modes),
                trial: found.facets.has_trial,
                free: found.facets.has_free,
            },
            next_cursor: found.next_cursor.clone(),
            prev_cursor: None,
        }
    }
}

/// Query of suggestions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SuggestQuery {
    /// What has been typed
    pub q: String,
    /// Suggestions wanted, 1 to 20; 10 unless given
    #[param(minimum = 1, maximum = 20)]
    pub limit: Option<i64>,
    /// That of `Accept-Language` unless given
    #[param(inline)]
    pub language: Option<LanguageCode>,
}

/// A suggestion.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Suggestion)]
pub struct SuggestionOut {
    pub kind: SuggestionKindCode,
    #[schema(examples("云端"))]
    pub text: String,
    /// Id of the category, seller or product; null for tags
    pub id: Option<String>,
    /// Number of products
    pub count: u64,
}

impl From<search::Suggestion> for SuggestionOut {
    fn from(s: search::Suggestion) -> SuggestionOut {
        let kind = match s.kind {
            search::SuggestionKind::Category => "category",
            search::SuggestionKind::Tag => "tag",
            search::SuggestionKind::Seller => "seller",
            search::SuggestionKind::Product => "product",
        };
        let kind = SuggestionKindCode(Cow::Borrowed(kind));
        SuggestionOut { kind, text: s.text, id: s.id, count: s.count }
    }
}

/// A product as buyers see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Product)]
pub struct ProductOut {
    #[schema(examples("prd_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub state: ProductStateCode,
    pub access_type: AccessTypeCode,
    pub business_type: BusinessTypeCode,
    pub name: Text,
    pub version: String,
    pub summary: Text,
    /// Markdown
    pub description: Text,
    pub highlights: Vec<Point>,
    pub cases: Vec<Point>,
    /// Markdown
    pub usage_guide: Text,
    pub support: Support,
    /// Markdown; ordering needs the buyer's consent
    pub agreement: Text,
    /// Address
    #[schema(examples("/files/fil_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub logo: Option<String>,
    /// Addresses
    pub pictures: Vec<String>,
    pub categories: Vec<String>,
    pub tags: Vec<Text>,
    pub specifications: Vec<Specification>,
    pub seller: SellerOut,
    /// 0 to 5; null without reviews
    pub rating: Option<f64>,
    pub sales: i64,
    pub released_at: Option<Time>,
}

impl From<&ProductView> for ProductOut {
    fn from(view: &ProductView) -> ProductOut {
        let (product, seller) = (&view.product, &view.seller);
        let content = Content::from(product.content.clone());
        ProductOut {
            id: product.id.clone(),
            state: product.state.into(),
            access_type: product.access_type.into(),
            business_type: product.business_type.into(),
            name: content.name,
            version: content.version,
            summary: content.summary,
            description: content.description,
            highlights: content.highlights,
            cases: content.cases,
            usage_guide: content.usage_guide,
            support: content.support,
            agreement: content.agreement,
            logo: content.logo.as_deref().map(picture),
            pictures: content.pictures.iter().map(|id| picture(id)).collect(),
            categories: content.categories,
            tags: content.tags,
            specifications: product.content.shown().cloned().map(Specification::from).collect(),
            seller: SellerOut { id: seller.id.clone(), name: seller.name.clone().into() },
            rating: rating(product.rating_x100),
            sales: product.sales,
            released_at: time(product.released_at),
        }
    }
}

/// A shop.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Shop)]
pub struct ShopOut {
    #[schema(examples("org_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub name: Text,
    pub profile: Text,
    /// Address
    pub logo: Option<String>,
    pub website: String,
    pub service_email: String,
    pub service_phone: String,
}

impl From<Organisation> for ShopOut {
    fn from(o: Organisation) -> ShopOut {
        ShopOut {
            id: o.id,
            name: o.name.into(),
            profile: o.profile.into(),
            logo: o.logo.as_deref().map(picture),
            website: o.website,
            service_email: o.service_email,
            service_phone: o.service_phone,
        }
    }
}

/// Query of a quotation.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QuoteQuery {
    /// Id of the specification
    pub specification_id: String,
    /// Billing mode
    #[param(inline)]
    pub mode: BillingModeCode,
    /// Period, with mode `PERIOD`
    #[param(inline)]
    pub period: Option<PeriodCode>,
    /// Number of periods; 1 unless given
    pub periods: Option<i64>,
    /// Quantity; 1 unless given
    pub quantity: Option<i64>,
    /// Whether the trial is asked for
    pub trial: Option<bool>,
}

/// A price.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Quote)]
pub struct QuoteOut {
    pub specification_name: Text,
    /// Identifier on the wire
    #[schema(examples("OFFI0123456789"))]
    pub product_code: String,
    /// Of one period and one piece
    pub unit_price: Amount,
    /// What is to be paid
    pub payable: Amount,
    pub trial_days: Option<i32>,
}

impl From<Quote> for QuoteOut {
    fn from(q: Quote) -> QuoteOut {
        QuoteOut {
            specification_name: q.specification_name.into(),
            product_code: q.product_code,
            unit_price: q.unit_price.into(),
            payable: q.payable.into(),
            trial_days: q.trial_days,
        }
    }
}

/// A product in the lists of its seller and of operators.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OwnProduct)]
pub struct OwnProductOut {
    #[schema(examples("prd_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub organisation_id: String,
    pub name: Text,
    pub state: ProductStateCode,
    pub access_type: AccessTypeCode,
    pub business_type: BusinessTypeCode,
    pub public_sale: bool,
    /// Number of approved versions
    pub version_no: i64,
    pub sales: i64,
    pub rating: Option<f64>,
    pub created_at: Time,
    pub updated_at: Time,
    pub released_at: Option<Time>,
    pub discontinued_at: Option<Time>,
}

impl From<Product> for OwnProductOut {
    fn from(p: Product) -> OwnProductOut {
        OwnProductOut {
            id: p.id,
            organisation_id: p.organisation_id,
            name: p.name.into(),
            state: p.state.into(),
            access_type: p.access_type.into(),
            business_type: p.business_type.into(),
            public_sale: p.public_sale,
            version_no: p.version_no,
            sales: p.sales,
            rating: rating(p.rating_x100),
            created_at: Time(p.created_at),
            updated_at: Time(p.updated_at),
            released_at: time(p.released_at),
            discontinued_at: time(p.discontinued_at),
        }
    }
}

/// An approved version.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProductVersion)]
pub struct VersionOut {
    pub number: i64,
    pub application_id: String,
    pub approved_at: Time,
}

impl From<(i64, String, Timestamp)> for VersionOut {
    fn from((number, application_id, at): (i64, String, Timestamp)) -> VersionOut {
        VersionOut { number, application_id, approved_at: Time(at) }
    }
}

/// A product with its content.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OwnProductDetail)]
pub struct OwnProductDetailOut {
    pub product: OwnProductOut,
    /// What is sold now
    pub content: Content,
    /// The open application; null when there is none
    pub open_application_id: Option<String>,
    pub versions: Vec<VersionOut>,
}

/// A product with its history, for operators.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AnyProductDetail)]
pub struct AnyProductOut {
    pub product: OwnProductOut,
    pub content: Content,
    /// Newest first
    pub versions: Vec<VersionOut>,
    pub history: Vec<AuditOut>,
}

/// An application.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Application)]
pub struct ApplicationOut {
    #[schema(examples("app_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub product_id: String,
    pub organisation_id: String,
    pub kind: ApplicationKindCode,
    pub state: ApplicationStateCode,
    pub name: Text,
    /// Words of the seller
    pub comment: String,
    /// Words of the reviewer
    pub reason: String,
    pub submitted_at: Option<Time>,
    /// By when it is to be decided
    pub due_at: Option<Time>,
    pub decided_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    /// Send it back when saving, so that nobody overwrites somebody else
    pub revision: i64,
}

impl From<Application> for ApplicationOut {
    fn from(a: Application) -> ApplicationOut {
        ApplicationOut {
            id: a.id,
            product_id: a.product_id,
            organisation_id: a.organisation_id,
            kind: a.kind.into(),
            state: a.state.into(),
            name: a.content.name.into(),
            comment: a.comment,
            reason: a.reason,
            submitted_at: time(a.submitted_at),
            due_at: time(a.due_at),
            decided_at: time(a.decided_at),
            created_at: Time(a.created_at),
            updated_at: Time(a.updated_at),
            revision: a.version,
        }
    }
}

/// A fault of a content.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ContentFault)]
pub struct FaultOut {
    #[schema(examples("summary.en"))]
    pub field: String,
    #[schema(examples("too-short"))]
    pub code: String,
}

/// An application with its content.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ApplicationDetail)]
pub struct ApplicationDetailOut {
    pub application: ApplicationOut,
    pub content: Content,
    /// What must be mended before it can be submitted
    pub faults: Vec<FaultOut>,
    /// The product, as it is sold now
    pub product: OwnProductOut,
    pub history: Vec<AuditOut>,
}

impl From<ApplicationDetail> for ApplicationDetailOut {
    fn from(d: ApplicationDetail) -> ApplicationDetailOut {
        let faults = d.faults.into_iter();
        ApplicationDetailOut {
            content: d.application.content.clone().into(),
            application: d.application.into(),
            faults: faults.map(|f| FaultOut { field: f.field, code: f.code.to_owned() }).collect(),
            product: d.product.into(),
            history: d.history.into_iter().map(AuditOut::from).collect(),
        }
    }
}

/// The id of an application that was begun.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApplicationBegun {
    pub application_id: String,
}

/// A new draft.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProductIn {
    pub content: Content,
}

/// A draft to save.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftIn {
    pub content: Content,
    /// `revision` that was read; a newer one is refused as `stale`
    #[serde(default)]
    pub revision: Option<i64>,
}

/// A reason.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonIn {
    #[schema(examples("Replaced by the new edition"))]
    pub reason: String,
}

/// A decision about an application.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideIn {
    pub approve: bool,
    /// Needed to refuse
    #[serde(default)]
    pub reason: String,
}

/// What an operator does with a product.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductActionIn {
    pub action: ProductActionCode,
    #[schema(examples("Complaints about the interface"))]
    pub reason: String,
}

/// A stored picture.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Picture)]
pub struct PictureOut {
    #[schema(examples("fil_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    /// Address
    #[schema(examples("/files/fil_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub href: String,
}
