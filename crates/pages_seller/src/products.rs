//! Products of the seller: list, detail, the first step of a new one.

use crate::display::{Badge, Fact, badge, choices, console, money, time};
use crate::draft::starter;
use crate::lists::{Sort, filter, query_values, sort, wanted};
use app::domain::access::Right;
use app::domain::catalogue::content::{ProductContent, Specification};
use app::domain::catalogue::kinds::{AccessType, BillingMode};
use app::domain::catalogue::product::ProductState;
use app::domain::money::Money;
use app::domain::text::Localized;
use app::domain::time::Timestamp;
use axum::extract::Path;
use store::catalogue::{Application, Product, ProductFilter};
use web_kit::prelude::*;

const STATES: &[&str] = &["UNRELEASED", "ON_SALE", "SUSPENDED", "DISCONTINUED"];

#[derive(Serialize)]
struct Row {
    href: String,
    name: String,
    logo: String,
    summary: String,
    state: Badge,
    price: Option<Money>,
    free: bool,
    version: i64,
    sales: i64,
    updated: Timestamp,
}

/// The address of a picture; empty for none.
pub fn logo(content: &ProductContent) -> String {
    content.logo.as_ref().map(|id| format!("/files/{id}")).unwrap_or_default()
}

fn row(page: &Page, p: &Product) -> Row {
    Row {
        href: format!("/seller/products/{}", p.id),
        name: page.pick(&p.name).to_owned(),
        logo: logo(&p.content),
        summary: page.pick(&p.content.summary).to_owned(),
        state: badge(page, "state-product-", p.state.code()),
        price: p.content.lowest_price(),
        free: p.content.has_free(),
        version: p.version_no,
        sales: p.sales,
        updated: p.updated_at,
    }
}

#[derive(Serialize)]
struct Index {
    rows: Vec<Row>,
    q: Values,
    states: Vec<Choice>,
    pager: PagerLinks,
    sort: Sort,
    filtered: bool,
    may_write: bool,
}

/// GET `/seller/products`.
pub async fn index(page: Page) -> PageResult {
    let filters = ProductFilter {
        organisation_id: None,
        state: filter(&page, "state"),
        text: filter(&page, "text"),
        ..ProductFilter::default()
    };
    let found = page.app().own_products(page.actor(), filters, wanted(&page)).await?;
    let context = Index {
        rows: found.items.iter().map(|p| row(&page, p)).collect(),
        q: query_values(&page),
        states: choices(&page, "state-product-", STATES),
        pager: links(&page, &found),
        sort: sort(&page),
        filtered: filter(&page, "state").or(filter(&page, "text")).is_some(),
        may_write: page.actor().seller_may(Right::ProductEdit).is_ok(),
    };
    let title = page.t("seller-products-title");
    Ok(console(page, &title, &[]).render("seller/products.html", &context))
}

#[derive(Serialize)]
struct SpecificationRow {
    name: String,
    prices: Vec<String>,
    trial: Option<i32>,
    refund: bool,
    hidden: bool,
    discontinued: bool,
    link: String,
    id: String,
}

/// Words of a price such as `¥99.00 / month`.
pub fn price_text(page: &Page, mode: BillingMode, period: Option<&str>, price: Money) -> String {
    match (mode, period) {
        (BillingMode::Free, _) => page.t("mode-FREE"),
        (BillingMode::Period, Some(period)) => {
            format!("{} / {}", money(page, price), page.t(&format!("period-{period}")))
        }
        _ => format!("{} · {}", money(page, price), page.t(&format!("mode-{}", mode.code()))),
    }
}

fn specification(page: &Page, product: &Product, s: &Specification) -> SpecificationRow {
    let base = &page.app().options().base_url;
    SpecificationRow {
        name: page.pick(&s.name).to_owned(),
        prices: s.prices.iter().map(|p| price_text(page, p.mode, p.period.map(|p| p.code()), p.price)).collect(),
        trial: s.trial_days,
        refund: s.no_reason_refund,
        hidden: s.hidden,
        discontinued: s.discontinued,
        link: format!("{base}/product/{}?specification={}", product.id, s.id),
        id: s.id.clone(),
    }
}

#[derive(Serialize)]
struct Version {
    no: i64,
    application: String,
    at: Timestamp,
}

#[derive(Serialize)]
struct Open {
    href: String,
    kind: String,
    state: Badge,
    reason: String,
}

#[derive(Serialize)]
struct Detail {
    id: String,
    name: String,
    state: Badge,
    link: String,
    public: String,
    facts: Vec<Fact>,
    fee: f64,
    fee_tax: f64,
    specifications: Vec<SpecificationRow>,
    versions: Vec<Version>,
    open: Option<Open>,
    may_modify: bool,
    may_delist: bool,
    released: bool,
}

fn facts(page: &Page, p: &Product) -> Vec<Fact> {
    vec![
        Fact::new(page, "seller-product-id", p.id.clone()).id(),
        Fact::new(page, "seller-access-type", page.t(&format!("access-type-{}", p.access_type.code()))),
        Fact::new(page, "seller-business-type", page.t(&format!("business-type-{}", p.business_type.code()))),
        Fact::new(page, "seller-version", p.content.version.clone()),
        Fact::new(page, "seller-sales", p.sales.to_string()),
        Fact::new(page, "seller-public-sale", page.t(if p.public_sale { "seller-yes" } else { "seller-no" })),
        Fact::new(page, "seller-created", time(page, Some(p.created_at))),
        Fact::new(page, "seller-released", time(page, p.released_at)),
        Fact::new(page, "seller-discontinued-at", time(page, p.discontinued_at)),
    ]
}

fn open(page: &Page, a: &Application) -> Open {
    Open {
        href: format!("/seller/applications/{}", a.id),
        kind: page.t(&format!("kind-application-{}", a.kind.code())),
        state: badge(page, "state-application-", a.state.code()),
        reason: a.reason.clone(),
    }
}

/// GET `/seller/products/{id}`.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let (product, application, versions) = page.app().own_product(page.actor(), &id).await?;
    let may = |right| page.actor().seller_may(right).is_ok();
    let living = product.state != ProductState::Discontinued;
    let settings = page.app().settings();
    let share = |points: i64| f64::from(i32::try_from(points).unwrap_or(0)) / 10_000.0;
    let released = product.released_at.is_some();
    let context = Detail {
        link: format!("{}/product/{}", page.app().options().base_url, product.id),
        public: if released { format!("/product/{}", product.id) } else { String::new() },
        name: page.pick(&product.name).to_owned(),
        state: badge(&page, "state-product-", product.state.code()),
        facts: facts(&page, &product),
        fee: share(settings.platform_fee_basis_points),
        fee_tax: share(settings.fee_tax_basis_points),
        specifications: product.content.specifications.iter().map(|s| specification(&page, &product, s)).collect(),
        versions: versions.into_iter().map(|(no, application, at)| Version { no, application, at }).collect(),
        may_modify: living && released && application.is_none() && may(Right::ProductEdit),
        may_delist: matches!(product.state, ProductState::OnSale | ProductState::Suspended)
            && application.is_none()
            && may(Right::ProductDelist),
        open: application.as_ref().map(|a| open(&page, a)),
        id: product.id.clone(),
        released,
    };
    let name = context.name.clone();
    let page = console(page, &name, &[("seller-products-title", "/seller/products")]);
    Ok(page.render("seller/product.html", &context))
}

/// POST `/seller/products/{id}/modify`.
pub async fn modify(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let beginning = page.app().begin_modification(page.actor(), &id);
    let target = |application: &String| format!("/seller/applications/{application}");
    match page.once(&form, "/seller/applications", beginning, target).await {
        Ok(Made::Before(response)) => Ok(response),
        Ok(Made::Now(application)) => Ok(page.redirect(format!("/seller/applications/{application}"))),
        Err(error @ AppError::Refused(_)) => {
            let text = page.error_text(&error);
            Ok(page.redirect_with(FlashKind::Danger, text, format!("/seller/products/{id}")))
        }
        Err(error) => Err(error.into()),
    }
}

/// POST `/seller/products/{id}/delist`.
pub async fn delist(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let back = format!("/seller/products/{id}");
    match page.app().ask_delist(page.actor(), &id, form.text("reason")).await {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("seller-delist-asked"), back)),
        Err(AppError::Invalid(_)) => {
            Ok(page.redirect_with(FlashKind::Danger, page.t("seller-delist-reason-short"), back))
        }
        Err(error @ AppError::Refused(_)) => {
            let text = page.error_text(&error);
            Ok(page.redirect_with(FlashKind::Danger, text, back))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Serialize)]
struct TypeCard {
    value: &'static str,
    text: String,
    hint: String,
    aside: String,
    disabled: bool,
}

#[derive(Serialize)]
struct New {
    v: Values,
    errors: FormErrors,
    types: Vec<TypeCard>,
}

fn type_cards(page: &Page) -> Vec<TypeCard> {
    let card = |kind: AccessType| TypeCard {
        value: kind.code(),
        text: page.t(&format!("access-type-{}", kind.code())),
        hint: if kind == AccessType::Saas { page.t("seller-type-hint-saas") } else { String::new() },
        aside: if kind.is_open() { String::new() } else { page.t("seller-type-later") },
        disabled: !kind.is_open(),
    };
    AccessType::ALL
        .iter()
        .copied()
        .filter(|k| k.is_open() || matches!(k, AccessType::License | AccessType::Service | AccessType::Image))
        .map(card)
        .collect()
}

fn new_page(page: Page) -> Page {
    let title = page.t("seller-product-new");
    console(page, &title, &[("seller-products-title", "/seller/products")])
}

/// GET `/seller/products/new`.
pub async fn new(page: Page) -> PageResult {
    page.actor().seller_may(Right::ProductEdit)?;
    let v = Values::from([("access", "SAAS".to_owned())]);
    let context = New { v, errors: FormErrors::default(), types: type_cards(&page) };
    Ok(new_page(page).render("seller/product_new.html", &context))
}

/// POST `/seller/products/new`: makes the draft and opens the editor.
pub async fn create(page: Page, form: Form) -> PageResult {
    page.actor().seller_may(Right::ProductEdit)?;
    let organisation = page.app().own_organisation(page.actor()).await?;
    let name = Localized::new(form.text("name.zh"), form.text("name.en"));
    let result = if name.is_empty() {
        Err(AppError::field("name.zh", "required"))
    } else if form.text("access") != AccessType::Saas.code() {
        Err(AppError::field("access", "access-type-not-open"))
    } else {
        let creating = page.app().create_product(page.actor(), starter(&page, name, &organisation));
        page.once(&form, "/seller/products", creating, |id| format!("/seller/applications/{id}")).await
    };
    match result {
        Ok(Made::Before(response)) => Ok(response),
        Ok(Made::Now(id)) => Ok(page.redirect_with(
            FlashKind::Success,
            page.t("seller-draft-made"),
            format!("/seller/applications/{id}"),
        )),
        Err(error) => {
            let context = New { v: form.values(), errors: page.form_errors(error)?, types: type_cards(&page) };
            Ok(new_page(page).render_invalid("seller/product_new.html", &context))
        }
    }
}
