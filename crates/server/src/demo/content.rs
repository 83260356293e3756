//! Turns a product of the demo data into the content that a seller would write.

use demo_market::{Billing, Product, Seller, Text};
use domain::catalogue::content::{Access, Attribute, Highlight, PriceLine, ProductContent, Specification, Support};
use domain::catalogue::kinds::{BillingMode, BusinessType, InterfaceGeneration, PeriodType};
use domain::money::{Currency, Money};
use domain::text::Localized;

/// Both languages.
pub fn text(text: &Text) -> Localized {
    Localized::new(text.zh.clone(), text.en.clone())
}

fn prices(specification: &demo_market::Specification) -> Result<Vec<PriceLine>, String> {
    if specification.free {
        let price = Money::zero(Currency::CNY);
        return Ok(vec![PriceLine { mode: BillingMode::Free, period: None, price, product_code: String::new() }]);
    }
    specification
        .prices
        .iter()
        .map(|line| {
            let (mode, period) = match line.billing {
                Billing::Month => (BillingMode::Period, Some(PeriodType::Month)),
                Billing::Year => (BillingMode::Period, Some(PeriodType::Year)),
                Billing::OneTime => (BillingMode::OneTime, None),
            };
            let price = Money::parse(&line.amount, Currency::CNY).map_err(|e| e.to_string())?;
            Ok(PriceLine { mode, period, price, product_code: String::new() })
        })
        .collect()
}

fn specifications(product: &Product) -> Result<Vec<Specification>, String> {
    product
        .specifications
        .iter()
        .map(|s| {
            Ok(Specification {
                id: String::new(),
                name: text(&s.name),
                description: text(&s.description),
                attributes: s
                    .attributes
                    .iter()
                    .map(|a| Attribute { name: text(&a.name), value: text(&a.value) })
                    .collect(),
                prices: prices(s)?,
                trial_days: s.trial_days.map(i32::from),
                hidden: s.hidden,
                no_reason_refund: true,
                discontinued: false,
            })
        })
        .collect()
}

/// The agreement of a product.
fn agreement(product: &Product, seller: &Seller) -> Localized {
    Localized::new(
        format!(
            "本协议由 {} 与购买方订立，适用于《{}》。商家按商品说明提供服务并保障购买方数据安全；个人信息仅用于提供服务，服务终止后按约定删除。购买方应合法使用服务并按时支付费用。",
            seller.legal_name, product.name.zh
        ),
        format!(
            "This agreement between {} and the buyer covers “{}”. The seller provides the service as described and protects the buyer's data; personal data are used only to provide the service and deleted after its end. The buyer uses the service lawfully and pays in time.",
            seller.name.en, product.name.en
        ),
    )
}

/// The whole content; pictures are ids of stored files.
pub fn content(
    product: &Product,
    seller: &Seller,
    logo: Option<String>,
    pictures: Vec<String>,
    production_address: &str,
) -> Result<ProductContent, String> {
    let point = |p: &demo_market::Point| Highlight { title: text(&p.title), text: text(&p.text) };
    Ok(ProductContent {
        business_type: BusinessType::General,
        name: text(&product.name),
        version: product.version.clone(),
        logo,
        pictures,
        categories: product.categories.clone(),
        tags: product.tags.iter().map(|t| text(&t.name)).collect(),
        summary: text(&product.summary),
        description: text(&product.description),
        highlights: product.highlights.iter().map(point).collect(),
        cases: product.cases.iter().map(|c| Highlight { title: text(&c.customer), text: text(&c.story) }).collect(),
        usage_guide: text(&product.usage_guide),
        support: Support {
            hours: text(&seller.support.hours),
            zone: "GMT+08:00".into(),
            content: text(&seller.support.content),
            hotline: seller.support.phone.clone(),
            email: seller.support.mail.clone(),
        },
        agreement: agreement(product, seller),
        public_sale: true,
        specifications: specifications(product)?,
        access: Access::Saas {
            production_address: production_address.to_owned(),
            generation: InterfaceGeneration::SaasV2,
            supervision: false,
        },
    })
}
