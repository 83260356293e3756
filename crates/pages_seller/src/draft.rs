//! What the product editor shows: every field as text, whether it can be understood or not.

use app::domain::catalogue::content::{Access, Highlight, PriceLine, ProductContent, Specification, Support};
use app::domain::catalogue::kinds::{BillingMode, BusinessType, InterfaceGeneration, PeriodType};
use app::domain::text::{Language, Localized};
use serde::Serialize;
use store::identity::Organisation;
use web_kit::prelude::Page;

/// Highlights that the editor has room for (3–6).
pub const HIGHLIGHTS: usize = 6;
/// Customer cases at most.
pub const CASES: usize = 10;
/// Specifications at most.
pub const SPECIFICATIONS: usize = 30;
/// Main category and two more.
pub const CATEGORIES: usize = 3;
/// The price lines of the editor, in its order: name of the field, mode, period.
pub const PRICES: [(&str, BillingMode, Option<PeriodType>); 4] = [
    ("month", BillingMode::Period, Some(PeriodType::Month)),
    ("year", BillingMode::Period, Some(PeriodType::Year)),
    ("one_time", BillingMode::OneTime, None),
    ("free", BillingMode::Free, None),
];

/// A product as the editor shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Draft {
    pub name: Localized,
    pub version: String,
    /// File id; empty for none.
    pub logo: String,
    pub pictures: Vec<String>,
    /// Always [`CATEGORIES`] ids, empty where none is chosen.
    pub categories: Vec<String>,
    /// With commas between, in the same order in both languages.
    pub tags: Localized,
    pub summary: Localized,
    pub description: Localized,
    /// Always [`HIGHLIGHTS`].
    pub highlights: Vec<Highlight>,
    pub cases: Vec<Highlight>,
    pub usage_guide: Localized,
    pub support: Support,
    pub agreement: Localized,
    pub public_sale: bool,
    pub specifications: Vec<SpecificationDraft>,
    pub production_address: String,
    /// Code of the generation that it speaks.
    pub generation: String,
    pub supervision: bool,
}

/// A specification as the editor shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SpecificationDraft {
    /// Empty while it is new.
    pub id: String,
    pub name: Localized,
    pub description: Localized,
    /// Lines `name: value`, line by line the same ones in both languages.
    pub attributes: Localized,
    pub month: String,
    pub year: String,
    pub one_time: String,
    pub free: bool,
    pub trial_days: String,
    pub hidden: bool,
    pub no_reason_refund: bool,
    pub discontinued: bool,
    /// Released: it cannot be removed, only discontinued.
    pub released: bool,
}

fn amount(s: &Specification, mode: BillingMode, period: Option<PeriodType>) -> String {
    let text = |p: &PriceLine| {
        let decimal = p.price.to_decimal();
        match decimal.split_once('.') {
            None => format!("{decimal}.00"),
            Some((_, f)) if f.len() == 1 => format!("{decimal}0"),
            Some(_) => decimal,
        }
    };
    s.price(mode, period).map(text).unwrap_or_default()
}

fn attribute_lines(s: &Specification) -> Localized {
    let lines = |pick: fn(&Localized) -> &str, colon: &str| {
        let line =
            |a: &app::domain::catalogue::content::Attribute| format!("{}{colon}{}", pick(&a.name), pick(&a.value));
        s.attributes.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    Localized { zh: lines(|t| &t.zh, "："), en: lines(|t| &t.en, ": ") }
}

impl SpecificationDraft {
    fn of(s: &Specification, released: bool) -> SpecificationDraft {
        SpecificationDraft {
            id: s.id.clone(),
            name: s.name.clone(),
            description: s.description.clone(),
            attributes: attribute_lines(s),
            month: amount(s, BillingMode::Period, Some(PeriodType::Month)),
            year: amount(s, BillingMode::Period, Some(PeriodType::Year)),
            one_time: amount(s, BillingMode::OneTime, None),
            free: s.price(BillingMode::Free, None).is_some(),
            trial_days: s.trial_days.map(|d| d.to_string()).unwrap_or_default(),
            hidden: s.hidden,
            no_reason_refund: s.no_reason_refund,
            discontinued: s.discontinued,
            released,
        }
    }

    /// An empty one, as the button adds it.
    pub fn empty() -> SpecificationDraft {
        SpecificationDraft { no_reason_refund: true, ..SpecificationDraft::default() }
    }
}

impl Draft {
    /// From saved content; `live` is what is on sale, when the product has been released.
    pub fn of(content: &ProductContent, live: Option<&ProductContent>) -> Draft {
        let Access::Saas { production_address, generation, supervision } = &content.access;
        let released = |id: &str| live.is_some_and(|l| l.specification(id).is_some());
        let specifications =
            content.specifications.iter().map(|s| SpecificationDraft::of(s, released(&s.id))).collect();
        let mut draft = Draft {
            name: content.name.clone(),
            version: content.version.clone(),
            logo: content.logo.clone().unwrap_or_default(),
            pictures: content.pictures.clone(),
            categories: content.categories.clone(),
            tags: Localized::new(
                joined(&content.tags, |tag| &tag.zh, "，"),
                joined(&content.tags, |tag| &tag.en, ", "),
            ),
            summary: content.summary.clone(),
            description: content.description.clone(),
            highlights: content.highlights.clone(),
            cases: content.cases.clone(),
            usage_guide: content.usage_guide.clone(),
            support: content.support.clone(),
            agreement: content.agreement.clone(),
            public_sale: content.public_sale,
            specifications,
            production_address: production_address.clone(),
            generation: generation.code().to_owned(),
            supervision: *supervision,
        };
        draft.fill();
        draft
    }

    /// Gives every fixed list its length.
    pub fn fill(&mut self) {
        self.categories.resize(CATEGORIES, String::new());
        self.highlights.resize_with(HIGHLIGHTS.max(self.highlights.len()), Highlight::default);
    }
}

/// The content that a new product begins with: an agreement to start from, the seller's mailbox.
pub fn starter(page: &Page, name: Localized, organisation: &Organisation) -> ProductContent {
    let words = page.app().words();
    let both = |key: &str| Localized {
        zh: words.text(Language::Zh, key, &[("seller", organisation.name.zh.as_str().into())]),
        en: words.text(Language::En, key, &[("seller", organisation.name.en.as_str().into())]),
    };
    ProductContent {
        business_type: BusinessType::General,
        name,
        version: "V1.0".to_owned(),
        logo: None,
        pictures: Vec::new(),
        categories: Vec::new(),
        tags: Vec::new(),
        summary: Localized::default(),
        description: Localized::default(),
        highlights: Vec::new(),
        cases: Vec::new(),
        usage_guide: Localized::default(),
        support: Support {
            hours: both("seller-starter-hours"),
            zone: "GMT+08:00".to_owned(),
            content: both("seller-starter-support"),
            hotline: organisation.service_phone.clone(),
            email: organisation.service_email.clone(),
        },
        agreement: both("seller-starter-agreement"),
        public_sale: true,
        specifications: Vec::new(),
        access: Access::Saas {
            production_address: String::new(),
            generation: InterfaceGeneration::SaasV2,
            supervision: false,
        },
    }
}

/// The tags of a content in one language, in one line; a tag without a text there keeps its place.
fn joined(tags: &[Localized], pick: fn(&Localized) -> &String, between: &str) -> String {
    tags.iter().map(|tag| pick(tag).as_str()).collect::<Vec<_>>().join(between)
}
