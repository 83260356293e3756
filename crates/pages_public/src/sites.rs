//! Pages of plain text, the component sheet, and what search engines read.

use crate::ready;
use crate::shelf::{self, Badge, Card, FacetGroup, Menu};
use app::words::Argument;
use axum::http::{HeaderMap, HeaderValue, header};
use domain::text::Language;
use minijinja::Value;
use search::{SearchRequest, Segment, Sort};
use web_kit::pieces::{Link, Stars};
use web_kit::prelude::*;

/// Products in the site map.
const MAPPED: usize = 10_000;
/// What search engines have no business in.
const CLOSED: [&str; 13] = [
    "/account",
    "/messages",
    "/buyer",
    "/seller",
    "/operator",
    "/partner",
    "/buy/",
    "/login",
    "/register",
    "/forgot",
    "/reset",
    "/api/",
    "/suggest",
];
const HELP: [&str; 8] = ["buying", "trial", "paying", "delivery", "renewal", "refund", "account", "contact"];
const ABOUT: [&str; 4] = ["what", "open", "money", "contact"];
const SELL: [&str; 5] = ["why", "entry", "connect", "money", "support"];
const PARTNERS: [&str; 3] = ["who", "how", "join"];

#[derive(Serialize)]
struct Site {
    menu: Menu,
    lead: String,
    sections: Vec<Section>,
    actions: Vec<Action>,
}

#[derive(Serialize)]
struct Section {
    id: &'static str,
    title: String,
    text: String,
}

#[derive(Serialize)]
struct Action {
    text: String,
    href: &'static str,
    kind: &'static str,
}

/// A share in ten-thousandths as a percentage: 500 → `5`, 525 → `5.25`.
fn percentage(basis_points: i64) -> String {
    let text = format!("{}.{:02}", basis_points / 100, basis_points % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How to reach whoever runs the market; empty where he has not said.
fn contact(page: &Page) -> String {
    match page.app().options().contact.as_str() {
        "" => String::new(),
        contact => page.tx("site-contact", &[("contact", contact.into())]),
    }
}

/// The parameters in force that the texts name, so that no text can contradict them.
fn parameters(page: &Page) -> Vec<(&'static str, Argument)> {
    let s = page.app().settings();
    vec![
        ("pending_days", s.order_pending_ttl_days.into()),
        ("refund_days", s.refund_no_reason_days.into()),
        ("refund_quota", s.refund_no_reason_quota.into()),
        ("lead_days", s.autorenew_lead_days.into()),
        ("grace_days", s.grace_days.into()),
        ("retention_days", s.retention_days.into()),
        ("review_days", s.review_sla_days.into()),
        ("fee", percentage(s.platform_fee_basis_points).into()),
        ("site", page.app().options().site_name.as_str().into()),
        ("contact", contact(page).into()),
    ]
}

async fn site(
    page: Page,
    headers: &HeaderMap,
    name: &'static str,
    sections: &[&'static str],
    actions: &[(&str, &'static str)],
) -> PageResult {
    let tree = page.app().category_tree().await?;
    let title = page.t(&format!("{name}-title"));
    let given = parameters(&page);
    let section = |id: &&'static str| Section {
        id,
        title: page.t(&format!("{name}-{id}-title")),
        text: page.tx(&format!("{name}-{id}-text"), &given),
    };
    ready::answer(&page, headers, || {
        let links = actions.iter().enumerate().map(|(i, (key, href))| Action {
            text: page.t(key),
            href,
            kind: if i == 0 { "primary" } else { "secondary" },
        });
        let context = Site {
            menu: shelf::menu(&page, &tree)?,
            lead: page.t(&format!("{name}-lead")),
            sections: sections.iter().map(section).collect(),
            actions: links.collect(),
        };
        let shown = page.clone().title(title.clone()).crumb_key("public-home", "/").crumb(title, "");
        shown.fragment("public/site.html", &context)
    })
}

/// `GET /help`.
pub async fn help(page: Page, headers: HeaderMap) -> PageResult {
    let actions = [("sites-browse", "/search"), ("sites-orders", "/buyer/orders")];
    site(page, &headers, "help", &HELP, &actions).await
}

/// `GET /about`.
pub async fn about(page: Page, headers: HeaderMap) -> PageResult {
    site(page, &headers, "about", &ABOUT, &[("sites-browse", "/search"), ("sites-help", "/help")]).await
}

/// `GET /sell`.
pub async fn sell(page: Page, headers: HeaderMap) -> PageResult {
    let actions = [("sites-apply", "/account/organisation"), ("sites-docs", "/docs")];
    site(page, &headers, "sell", &SELL, &actions).await
}

/// `GET /partners`.
pub async fn partners(page: Page, headers: HeaderMap) -> PageResult {
    let actions = [("sites-apply-partner", "/account/organisation"), ("sites-help", "/help")];
    site(page, &headers, "partners", &PARTNERS, &actions).await
}

/// `GET /styleguide`: every component of the templates.
pub async fn styleguide(page: Page) -> PageResult {
    let context = Samples {
        cards: shelf::grid(&page, &sample_cards())?,
        facets: shelf::facets(&sample_facets(), "筛选 Filters")?,
    };
    Ok(page.console("buyer").title_key("sites-styleguide").render("styleguide.html", &context))
}

/// What the component sheet shows of the storefront.
#[derive(Serialize)]
struct Samples {
    cards: Value,
    facets: Value,
}

fn sample_cards() -> [Card<'static>; 3] {
    let card = |name, seller, summary: &str, price_note: &'static str, rating| Card {
        href: "#".to_owned(),
        name,
        name_parts: vec![Segment { text: name.to_owned(), matched: false }].into(),
        summary_parts: vec![Segment { text: summary.to_owned(), matched: false }].into(),
        seller,
        logo: String::new(),
        price: None,
        unit: "".into(),
        price_note: price_note.into(),
        rating,
        sales: String::new(),
        badges: Vec::new(),
        tags: Vec::new(),
    };
    let finance = "面向成长型企业的总账、应收应付与电子发票，支持多组织合并报表与银企直连。";
    let people = "People records, leave and payroll for teams of ten to two thousand.";
    [
        Card {
            tags: vec!["SaaS", "可试用"],
            ..card("澜舟财务云", "澜舟软件", finance, "询价 Ask for an offer", Some(Stars(460)))
        },
        Card {
            badges: vec![Badge { tone: "accent", text: "限时优惠".into() }],
            price: Some("¥329.00".to_owned()),
            unit: "/月".into(),
            ..card("极木 CRM 企业版", "极木科技", "线索、商机、合同一条线。", "", Some(Stars(420)))
        },
        Card { tags: vec!["SaaS"], ..card("Northwind HR", "Northwind", people, "免费 Free", None) },
    ]
}

fn sample_facets() -> [FacetGroup; 2] {
    let link = |text: &str, active, count| Link {
        text: text.to_owned(),
        href: "#".to_owned(),
        active,
        current: false,
        count: Some(count),
    };
    let group = |legend: &str, options| FacetGroup { legend: legend.to_owned(), options };
    [
        group("分类 Category", vec![link("财务 Finance", true, 42), link("销售 CRM", false, 31)]),
        group("价格 Price", vec![link("免费 Free", false, 8)]),
    ]
}

fn plain(text: String, kind: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, text).into_response()
}

/// `GET /robots.txt`.
pub async fn robots(page: Page) -> Response {
    let lines: String = CLOSED.iter().map(|path| format!("Disallow: {path}\n")).collect();
    let text = format!("User-agent: *\n{lines}Allow: /\nSitemap: {}/sitemap.xml\n", page.app().options().base_url);
    plain(text, "text/plain; charset=utf-8")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn product_paths(page: &Page) -> Result<Vec<String>, AppError> {
    let mut request = SearchRequest {
        limit: search::MAX_LIMIT,
        language: app::shelf::search_language(Language::Zh),
        ..shelf::row(page, Sort::Newest, search::MAX_LIMIT)
    };
    let mut paths = Vec::new();
    while paths.len() < MAPPED {
        let found = page.app().search(&request)?;
        paths.extend(found.hits.iter().map(|hit| format!("/product/{}", hit.product_id)));
        match &found.next_cursor {
            Some(cursor) => request.cursor = Some(cursor.clone()),
            None => break,
        }
    }
    paths.truncate(MAPPED);
    Ok(paths)
}

/// `GET /sitemap.xml`.
pub async fn sitemap(page: Page) -> PageResult {
    let tree = page.app().category_tree().await?;
    let key = format!("sitemap|{}", page.app().shelf_generation());
    let xml: Value = page.web().cached_fragment(&key, || {
        let base = &page.app().options().base_url;
        let fixed = ["/", "/search", "/help", "/about", "/sell", "/partners"].map(str::to_owned);
        let categories = tree.all.iter().map(|c| shelf::category_href(&c.id));
        let paths = fixed.into_iter().chain(categories).chain(product_paths(&page)?);
        let entries: String = paths.map(|p| format!("<url><loc>{}</loc></url>\n", escaped(&format!("{base}{p}")))).collect();
        Ok(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{entries}</urlset>\n"
        ))
    })?;
    Ok(plain(xml.to_string(), "application/xml; charset=utf-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_read_as_percentages() {
        assert_eq!([500, 525, 550, 0].map(percentage), ["5", "5.25", "5.5", "0"]);
    }

    #[test]
    fn addresses_cannot_break_the_site_map() {
        assert_eq!(escaped("a&b<\"c\">"), "a&amp;b&lt;&quot;c&quot;&gt;");
    }
}
