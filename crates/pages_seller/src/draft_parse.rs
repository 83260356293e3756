//! From the editor's form to content: what was typed stays as it was typed until it is understood.

use crate::draft::{CASES, CATEGORIES, Draft, HIGHLIGHTS, PRICES, SPECIFICATIONS, SpecificationDraft};
use app::FieldError;
use app::domain::catalogue::content::{
    Access, Attribute, Highlight, PriceLine, ProductContent, Specification, Support,
};
use app::domain::catalogue::kinds::{BillingMode, InterfaceGeneration};
use app::domain::money::{Currency, Money};
use app::domain::text::Localized;
use web_kit::prelude::Form;

fn text(form: &Form, name: &str) -> String {
    form.text(name).replace("\r\n", "\n")
}

fn both(form: &Form, name: &str) -> Localized {
    Localized { zh: text(form, &format!("{name}.zh")), en: text(form, &format!("{name}.en")) }
}

fn points(form: &Form, name: &str, most: usize) -> Vec<Highlight> {
    (0..most)
        .map_while(|i| {
            form.get(&format!("{name}.{i}.title.zh"))?;
            let part = |part: &str| both(form, &format!("{name}.{i}.{part}"));
            Some(Highlight { title: part("title"), text: part("text") })
        })
        .collect()
}

fn specification(form: &Form, i: usize) -> Option<SpecificationDraft> {
    let path = format!("specifications.{i}");
    let field = |name: &str| format!("{path}.{name}");
    form.get(&field("name.zh"))?;
    Some(SpecificationDraft {
        id: text(form, &field("id")),
        name: both(form, &field("name")),
        description: both(form, &field("description")),
        attributes: both(form, &field("attributes")),
        month: text(form, &field("month")),
        year: text(form, &field("year")),
        one_time: text(form, &field("one_time")),
        free: form.flag(&field("free")),
        trial_days: text(form, &field("trial_days")),
        hidden: form.flag(&field("hidden")),
        no_reason_refund: form.flag(&field("no_reason_refund")),
        discontinued: form.flag(&field("discontinued")),
        released: false,
    })
}

/// Reads the form; nothing is refused here.
pub fn read(form: &Form, live: Option<&ProductContent>) -> Draft {
    let mut specifications: Vec<SpecificationDraft> =
        (0..=SPECIFICATIONS).map_while(|i| specification(form, i)).collect();
    for s in &mut specifications {
        s.released = live.is_some_and(|l| l.specification(&s.id).is_some());
    }
    let mut draft = Draft {
        name: both(form, "name"),
        version: text(form, "version"),
        logo: text(form, "logo"),
        pictures: form.all("picture").into_iter().map(str::to_owned).collect(),
        categories: (0..CATEGORIES).map(|i| text(form, &format!("categories.{i}"))).collect(),
        tags: both(form, "tags"),
        summary: both(form, "summary"),
        description: both(form, "description"),
        highlights: points(form, "highlights", HIGHLIGHTS),
        cases: points(form, "cases", CASES),
        usage_guide: both(form, "usage_guide"),
        support: Support {
            hours: both(form, "support.hours"),
            zone: text(form, "support.zone"),
            content: both(form, "support.content"),
            hotline: text(form, "support.hotline"),
            email: text(form, "support.email"),
        },
        agreement: both(form, "agreement"),
        public_sale: form.flag("public_sale"),
        specifications,
        production_address: text(form, "access.production_address"),
        generation: text(form, "access.generation"),
        supervision: form.flag("access.supervision"),
    };
    draft.fill();
    draft
}

fn split_line(line: &str) -> (String, String) {
    let (name, value) = line.split_once(['：', ':']).unwrap_or((line, ""));
    (name.trim().to_owned(), value.trim().to_owned())
}

fn attributes(lines: &Localized) -> Vec<Attribute> {
    let read = |text: &str| text.lines().map(split_line).collect::<Vec<_>>();
    let (zh, en) = (read(&lines.zh), read(&lines.en));
    (0..zh.len().max(en.len()))
        .map(|i| {
            let (name_zh, value_zh) = zh.get(i).cloned().unwrap_or_default();
            let (name_en, value_en) = en.get(i).cloned().unwrap_or_default();
            Attribute { name: Localized::new(name_zh, name_en), value: Localized::new(value_zh, value_en) }
        })
        .filter(|a| !(a.name.is_empty() && a.value.is_empty()))
        .collect()
}

/// The price lines of the fields; lines of other modes stay as they were in `old`.
fn prices(
    s: &SpecificationDraft,
    old: Option<&Specification>,
    path: &str,
    errors: &mut Vec<FieldError>,
) -> Vec<PriceLine> {
    let mut lines = Vec::new();
    for (name, mode, period) in PRICES {
        let typed = match name {
            "month" => &s.month,
            "year" => &s.year,
            "one_time" => &s.one_time,
            _ => "0",
        };
        if typed.is_empty() || (mode == BillingMode::Free && !s.free) {
            continue;
        }
        match Money::parse(typed, Currency::CNY) {
            Ok(price) => lines.push(PriceLine { mode, period, price, product_code: String::new() }),
            Err(_) => errors.push(FieldError::new(format!("{path}.{name}"), "amount-form")),
        }
    }
    let other = |p: &&PriceLine| !PRICES.iter().any(|(_, mode, period)| *mode == p.mode && *period == p.period);
    lines.extend(old.into_iter().flat_map(|o| &o.prices).filter(other).cloned());
    lines
}

fn to_specification(
    s: &SpecificationDraft,
    old: Option<&Specification>,
    path: &str,
    errors: &mut Vec<FieldError>,
) -> Specification {
    let trial_days = match s.trial_days.as_str() {
        "" => None,
        typed => {
            typed.parse().map_err(|_| errors.push(FieldError::new(format!("{path}.trial_days"), "trial-days"))).ok()
        }
    };
    Specification {
        id: s.id.clone(),
        name: s.name.clone(),
        description: s.description.clone(),
        attributes: attributes(&s.attributes),
        prices: prices(s, old, path, errors),
        trial_days,
        hidden: s.hidden,
        no_reason_refund: s.no_reason_refund,
        discontinued: s.discontinued,
    }
}

fn given(points: &[Highlight]) -> Vec<Highlight> {
    points.iter().filter(|h| !(h.title.is_empty() && h.text.is_empty())).cloned().collect()
}

/// The parts of a line with commas between; a line without any text has none.
fn parts(line: &str) -> Vec<&str> {
    if line.trim().is_empty() {
        return Vec::new();
    }
    line.split([',', '，', '、', '\n']).map(str::trim).collect()
}

/// Tags of two lines: the first part of one belongs to the first part of the other. What is missing
/// in one language is named when the product is handed in.
fn tags(lines: &Localized) -> Vec<Localized> {
    let (zh, en) = (parts(&lines.zh), parts(&lines.en));
    let at = |list: &[&str], i: usize| list.get(i).copied().unwrap_or_default().to_owned();
    let paired = (0..zh.len().max(en.len())).map(|i| Localized::new(at(&zh, i), at(&en, i)));
    paired.filter(|tag| !tag.is_empty()).collect()
}

/// Makes content of a draft. `old` is the saved content: what the editor does not show is kept.
/// Errors name the fields whose text cannot be understood at all.
pub fn content(draft: &Draft, old: &ProductContent) -> Result<ProductContent, Vec<FieldError>> {
    let mut errors = Vec::new();
    let specifications = draft
        .specifications
        .iter()
        .enumerate()
        .map(|(i, s)| to_specification(s, old.specification(&s.id), &format!("specifications.{i}"), &mut errors))
        .collect();
    let mut categories: Vec<String> = Vec::new();
    for id in draft.categories.iter().filter(|c| !c.is_empty()) {
        if !categories.contains(id) {
            categories.push(id.clone());
        }
    }
    let content = ProductContent {
        business_type: old.business_type,
        name: draft.name.clone(),
        version: draft.version.clone(),
        logo: Some(draft.logo.clone()).filter(|l| !l.is_empty()),
        pictures: draft.pictures.clone(),
        categories,
        tags: tags(&draft.tags),
        summary: draft.summary.clone(),
        description: draft.description.clone(),
        highlights: given(&draft.highlights),
        cases: given(&draft.cases),
        usage_guide: draft.usage_guide.clone(),
        support: draft.support.clone(),
        agreement: draft.agreement.clone(),
        public_sale: draft.public_sale,
        specifications,
        access: Access::Saas {
            production_address: draft.production_address.clone(),
            // Forms of pages that were open before the choice existed mean 2.0.
            generation: InterfaceGeneration::from_code(&draft.generation).unwrap_or(InterfaceGeneration::SaasV2),
            supervision: draft.supervision,
        },
    };
    if errors.is_empty() { Ok(content) } else { Err(errors) }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use app::domain::catalogue::kinds::{BusinessType, PeriodType};

    /// A small product with one specification.
    pub fn sample() -> ProductContent {
        let both = |t: &str| Localized::new(format!("{t}中"), t);
        ProductContent {
            business_type: BusinessType::General,
            name: both("name"),
            version: "V1.0".into(),
            logo: Some("fil_1".into()),
            pictures: vec!["fil_2".into(), "fil_3".into()],
            categories: vec!["crm".into()],
            tags: vec![both("a"), both("b")],
            summary: both("summary"),
            description: both("description"),
            highlights: vec![Highlight { title: both("t"), text: both("x") }],
            cases: Vec::new(),
            usage_guide: both("guide"),
            support: Support::default(),
            agreement: both("agreement"),
            public_sale: true,
            specifications: vec![Specification {
                id: "spc_1".into(),
                name: both("s"),
                description: both("d"),
                attributes: vec![Attribute { name: both("seats"), value: both("10") }],
                prices: vec![
                    PriceLine {
                        mode: BillingMode::Period,
                        period: Some(PeriodType::Year),
                        price: Money::from_cents(129_950, Currency::CNY),
                        product_code: String::new(),
                    },
                    PriceLine {
                        mode: BillingMode::OnDemand,
                        period: None,
                        price: Money::from_cents(3, Currency::CNY),
                        product_code: "pid_x".into(),
                    },
                ],
                trial_days: Some(14),
                hidden: true,
                no_reason_refund: false,
                discontinued: false,
            }],
            access: Access::Saas {
                production_address: "https://s.example/p".into(),
                generation: InterfaceGeneration::SaasV2,
                supervision: false,
            },
        }
    }

    #[test]
    fn what_is_shown_and_saved_unchanged_is_the_same() {
        let old = sample();
        assert_eq!(content(&Draft::of(&old, None), &old).unwrap(), old);
    }

    #[test]
    fn what_cannot_be_understood_is_named_and_kept_as_typed() {
        let pairs = [
            ("specifications.0.name.zh", "甲"),
            ("specifications.0.month", "12,5"),
            ("specifications.0.trial_days", "two"),
            ("categories.0", "crm"),
            ("categories.1", "crm"),
        ];
        let form = Form::from_pairs(pairs.map(|(k, v)| (k.to_owned(), v.to_owned())));
        let draft = read(&form, None);
        assert_eq!(draft.specifications[0].month, "12,5");
        let errors = content(&draft, &sample()).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["specifications.0.trial_days", "specifications.0.month"]);
    }

    #[test]
    fn tags_are_paired_by_their_place() {
        let read = |zh: &str, en: &str| tags(&Localized::new(zh, en));
        let pair = Localized::new;
        assert_eq!(
            read("仓储，物流、", "Warehouse, Logistics"),
            [pair("仓储", "Warehouse"), pair("物流", "Logistics")]
        );
        assert_eq!(read("仓储，物流", "Warehouse"), [pair("仓储", "Warehouse"), pair("物流", "")]);
        assert_eq!(read("，物流", "Warehouse,"), [pair("", "Warehouse"), pair("物流", "")], "places are kept");
        assert!(read(" ", "").is_empty() && read(" , ", "，").is_empty());
    }

    #[test]
    fn a_category_counts_once_and_attributes_go_line_by_line() {
        let mut draft = Draft::of(&sample(), None);
        draft.categories = vec!["crm".into(), String::new(), "crm".into()];
        draft.specifications[0].attributes = Localized::new("席位：10\n存储：5 GB", "Seats: 10\nStorage: 5 GB");
        let made = content(&draft, &sample()).unwrap();
        assert_eq!(made.categories, ["crm"]);
        assert_eq!(made.specifications[0].attributes[1].value, Localized::new("5 GB", "5 GB"));
    }
}
