//! Search results, categories, suggestions while typing.

use crate::frame::{self, Filling};
use crate::ready;
use crate::shelf::{self, Card, FacetGroup};
use app::shelf::CategoryTree;
use askama::Template;
use axum::extract::Path;
use axum::http::HeaderMap;
use domain::money::{Currency, Money};
use search::{SearchRequest, SearchResults, Sort, SuggestionKind};
use std::sync::Arc;
use web_kit::paths::with_pairs;
use web_kit::pieces::{Kit, Link};
use web_kit::prelude::*;

const PAGE_SIZE: usize = 20;
/// Facets show so many values of a group.
const VALUES: usize = 12;
const SORTS: [(&str, Sort); 6] = [
    ("", Sort::Relevance),
    ("sales", Sort::Sales),
    ("newest", Sort::Newest),
    ("price_asc", Sort::PriceAsc),
    ("price_desc", Sort::PriceDesc),
    ("rating", Sort::Rating),
];

#[derive(Template)]
#[template(path = "search.html", blocks = ["head", "content"])]
struct Results<'p> {
    k: &'p Kit,
    heading: String,
    total: String,
    relaxed: bool,
    children: Vec<Link>,
    facets: Vec<FacetGroup>,
    price: PriceForm<'p>,
    sorts: Vec<Link>,
    chosen: Vec<Link>,
    reset: String,
    cards: Vec<Card<'p>>,
    pages: Vec<Link>,
    prev: String,
    next: String,
    /// Ways on where nothing was found.
    categories: Vec<Link>,
}

struct PriceForm<'p> {
    action: &'p str,
    hidden: Vec<(&'p str, &'p str)>,
    min: &'p str,
    max: &'p str,
}

/// What the visitor asked for.
struct Asked {
    request: SearchRequest,
    sort: &'static str,
}

fn amount(text: &str) -> Option<i64> {
    Money::parse(text, Currency::CNY).ok().filter(|m| !m.is_negative()).map(Money::e8)
}

fn one(page: &Page, name: &str) -> Vec<String> {
    page.query_all(name).into_iter().filter(|v| !v.is_empty()).take(12).map(str::to_owned).collect()
}

fn asked(page: &Page, category: Option<&str>) -> Asked {
    let (sort, order) = SORTS.into_iter().find(|(code, _)| *code == page.query("sort")).unwrap_or(SORTS[0]);
    let (min, max) = (amount(page.query("min")), amount(page.query("max")));
    let cursor = Some(page.query("cursor").to_owned()).filter(|c| !c.is_empty());
    let request = SearchRequest {
        category: category.map(str::to_owned),
        access_types: one(page, "access"),
        billing_modes: one(page, "mode"),
        price_min_e8: min,
        price_max_e8: max,
        currency: (min.is_some() || max.is_some()).then(|| Currency::CNY.code().to_owned()),
        has_trial: (page.query("trial") == "1").then_some(true),
        has_free: (page.query("free") == "1").then_some(true),
        sort: order,
        limit: PAGE_SIZE,
        page: page.query("page").parse::<usize>().unwrap_or(1).clamp(1, search::MAX_PAGE),
        cursor,
        ..shelf::request(page, page.query("q"))
    };
    Asked { request, sort }
}

/// Finds; a position that is no longer valid leads to the first page.
fn found(page: &Page, request: &SearchRequest) -> Result<Arc<SearchResults>, PageError> {
    match page.app().search(request) {
        Err(AppError::Refused(_)) if request.cursor.is_some() || request.page > 1 => {
            let first = SearchRequest { cursor: None, page: 1, ..request.clone() };
            Ok(page.app().search(&first)?)
        }
        other => Ok(other?),
    }
}

/// The same list with changes, from its first page.
fn changed(page: &Page, changes: &[(&str, &str)]) -> String {
    let mut all = vec![("page", "")];
    all.extend_from_slice(changes);
    with_query(page, &all)
}

/// The same filters in another category; an empty id means in all of them.
fn in_category(page: &Page, id: &str) -> String {
    let kept = page
        .query_pairs()
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .filter(|(k, _)| !["category", "cursor", "page"].contains(k));
    let path = if id.is_empty() { "/search".to_owned() } else { shelf::category_href(id) };
    with_pairs(&path, kept)
}

fn category_group(page: &Page, tree: &CategoryTree, chosen: Option<&str>, found: &SearchResults) -> FacetGroup {
    let link = |id: &str, text: &str, active: bool| Link {
        text: text.to_owned(),
        href: in_category(page, id),
        active,
        count: (!id.is_empty()).then(|| shelf::count_of(&found.facets.categories, id)),
        ..Link::default()
    };
    let mut options = vec![link("", &page.t("search-all-categories"), chosen.is_none())];
    let path = chosen.map(|id| tree.path(id)).unwrap_or_default();
    let top = path.first();
    for c in tree.children(None) {
        let open = top.is_some_and(|t| *t == c.id);
        let own = link(&c.id, page.pick(&c.name), chosen == Some(c.id.as_str()));
        if top.is_some() && !open {
            continue;
        }
        if own.count.unwrap_or(0) > 0 || open {
            options.push(own);
        }
        if open {
            let inner = tree
                .children(Some(&c.id))
                .map(|s| link(&s.id, &format!("· {}", page.pick(&s.name)), chosen == Some(s.id.as_str())));
            options.extend(inner.filter(|l| l.active || l.count.unwrap_or(0) > 0));
        }
    }
    FacetGroup { legend: page.t("search-category"), options }
}

/// A group of values of which one can be chosen, and chosen again to take it away.
fn value_group(page: &Page, name: &str, prefix: &str, counts: &[search::FacetCount]) -> FacetGroup {
    let now = page.query(name);
    let options = counts.iter().take(VALUES).map(|c| {
        let active = now == c.value;
        Link {
            text: page.t(&format!("{prefix}{}", c.value)),
            href: changed(page, &[(name, if active { "" } else { &c.value })]),
            active,
            count: Some(c.count),
            ..Link::default()
        }
    });
    FacetGroup { legend: page.t(&format!("search-{name}")), options: options.collect() }
}

fn offer_group(page: &Page, found: &SearchResults) -> FacetGroup {
    let link = |name: &str, count: u64| {
        let active = page.query(name) == "1";
        let href = changed(page, &[(name, if active { "" } else { "1" })]);
        Link { text: page.t(&format!("search-{name}")), href, active, count: Some(count), ..Link::default() }
    };
    let mut options = vec![link("trial", found.facets.has_trial), link("free", found.facets.has_free)];
    options.retain(|l| l.active || l.count.unwrap_or(0) > 0);
    FacetGroup { legend: page.t("search-offer"), options }
}

/// The filters in force, each with the link that takes it away.
fn chosen(page: &Page) -> Vec<Link> {
    let mut links = Vec::new();
    let mut add = |name: &str, text: String| {
        let href = changed(page, &[(name, "")]);
        links.push(Link { text, href, ..Link::default() });
    };
    for (name, prefix) in [("access", "access-type-"), ("mode", "mode-")] {
        let value = page.query(name);
        if !value.is_empty() && value.len() < 40 {
            add(name, page.t(&format!("{prefix}{value}")));
        }
    }
    for name in ["trial", "free"] {
        if page.query(name) == "1" {
            add(name, page.t(&format!("search-{name}")));
        }
    }
    for name in ["min", "max"] {
        if amount(page.query(name)).is_some() {
            add(name, page.tx(&format!("search-{name}-chosen"), &[("amount", page.query(name).into())]));
        }
    }
    links
}

/// Numbers around the current page; a gap is a link without an address.
fn page_numbers(now: usize, last: usize) -> Vec<Option<usize>> {
    let mut numbers = Vec::new();
    for n in 1..=last {
        if n == 1 || n == last || n.abs_diff(now) <= 2 {
            numbers.push(Some(n));
        } else if numbers.last() != Some(&None) {
            numbers.push(None);
        }
    }
    numbers
}

fn pages(page: &Page, request: &SearchRequest, found: &SearchResults) -> (Vec<Link>, String, String) {
    let total = usize::try_from(found.total).unwrap_or(usize::MAX);
    let last = total.div_ceil(PAGE_SIZE).clamp(1, search::MAX_PAGE);
    let onward = found.next_cursor.as_deref().map(|c| changed(page, &[("cursor", c)])).unwrap_or_default();
    if request.cursor.is_some() {
        return (Vec::new(), changed(page, &[]), onward);
    }
    if last == 1 {
        return (Vec::new(), String::new(), String::new());
    }
    let now = request.page.min(last);
    let to = |n: usize| changed(page, &[("page", &if n == 1 { String::new() } else { n.to_string() })]);
    let link = |n: Option<usize>| match n {
        Some(n) => Link { text: n.to_string(), href: to(n), current: n == now, ..Link::default() },
        None => Link { text: "…".to_owned(), ..Link::default() },
    };
    let prev = if now > 1 { to(now - 1) } else { String::new() };
    let next = if now < last { to(now + 1) } else { onward };
    (page_numbers(now, last).into_iter().map(link).collect(), prev, next)
}

fn price_form(page: &Page) -> PriceForm<'_> {
    let skipped = ["min", "max", "cursor", "page"];
    let pairs = page.query_pairs().iter().map(|(k, v)| (k.as_str(), v.as_str()));
    PriceForm {
        action: page.path(),
        hidden: pairs.filter(|(k, v)| !skipped.contains(k) && !v.is_empty()).collect(),
        min: page.query("min"),
        max: page.query("max"),
    }
}

fn heading(page: &Page, tree: &CategoryTree, category: Option<&str>) -> String {
    let name = category.and_then(|id| tree.get(id)).map(|c| page.pick(&c.name).to_owned());
    match (page.query("q"), name) {
        ("", Some(name)) => name,
        ("", None) => page.t("search-all"),
        (q, _) => page.tx("search-heading", &[("q", q.into())]),
    }
}

/// Links to the categories below one, or to the top groups.
fn children(page: &Page, tree: &CategoryTree, of: Option<&str>) -> Vec<Link> {
    let link = |c: &store::catalogue::Category| Link {
        text: page.pick(&c.name).to_owned(),
        href: shelf::category_href(&c.id),
        ..Link::default()
    };
    tree.children(of).map(link).collect()
}

fn results<'p>(
    page: &'p Page,
    tree: &CategoryTree,
    category: Option<&str>,
    asked: &Asked,
    found: &'p SearchResults,
) -> Results<'p> {
    let (pages, prev, next) = pages(page, &asked.request, found);
    let sorts = SORTS.into_iter().map(|(code, _)| Link {
        text: page.t(&format!("search-sort-{}", if code.is_empty() { "relevance" } else { code })),
        href: changed(page, &[("sort", code)]),
        active: asked.sort == code,
        ..Link::default()
    });
    let mut facets = vec![category_group(page, tree, category, found), offer_group(page, found)];
    facets.push(value_group(page, "mode", "mode-", &found.facets.billing_modes));
    facets.push(value_group(page, "access", "access-type-", &found.facets.access_types));
    facets.retain(|g| !g.options.is_empty());
    let total = i64::try_from(found.total).unwrap_or(i64::MAX);
    Results {
        k: page.kit(),
        heading: heading(page, tree, category),
        total: page.tx("search-total", &[("count", total.into())]),
        relaxed: found.relaxed,
        children: category.filter(|_| found.total > 0).map_or(Vec::new(), |id| children(page, tree, Some(id))),
        facets,
        price: price_form(page),
        sorts: sorts.collect(),
        chosen: chosen(page),
        reset: with_pairs(page.path(), [("q", page.query("q"))]),
        cards: found.hits.iter().map(|hit| shelf::card(page, hit)).collect(),
        pages,
        prev,
        next,
        categories: if found.hits.is_empty() { children(page, tree, None) } else { Vec::new() },
    }
}

fn render(page: &Page, tree: &CategoryTree, category: Option<&str>) -> Result<String, PageError> {
    let asked = asked(page, category);
    let found = found(page, &asked.request)?;
    let results = results(page, tree, category, &asked, &found);
    let mut shown = page.clone().title(results.heading.as_str()).crumb_key("public-home", "/");
    let path = category.map(|id| tree.path(id)).unwrap_or_default();
    if path.is_empty() {
        shown = shown.crumb(results.heading.as_str(), "");
    }
    for id in &path {
        let name = tree.get(id).map_or(id.as_str(), |c| page.pick(&c.name));
        shown = shown.crumb(name, shelf::category_href(id));
    }
    let query: String = page.query("q").chars().take(100).collect();
    let filling = Filling {
        query: &query,
        head: results.as_head().render().map_err(PageError::internal)?,
        content: results.as_content().render().map_err(PageError::internal)?,
    };
    frame::around(&shown, tree, &filling)
}

/// `GET /search`.
pub async fn search(page: Page, headers: HeaderMap) -> PageResult {
    let tree = page.app().category_tree().await?;
    let category = Some(page.query("category")).filter(|id| tree.get(id).is_some());
    ready::answer(&page, &headers, || render(&page, &tree, category))
}

/// `GET /category/{id}`.
pub async fn category(page: Page, Path(id): Path<String>, headers: HeaderMap) -> PageResult {
    let tree = page.app().category_tree().await?;
    if tree.get(&id).is_none() {
        return Err(PageError::not_found());
    }
    ready::answer(&page, &headers, || render(&page, &tree, Some(&id)))
}

#[derive(Serialize)]
struct Suggested {
    text: String,
    href: String,
}

/// `GET /suggest?q=`: what the search box offers while somebody types.
pub async fn suggest(page: Page) -> Response {
    let prefix: String = page.query("q").chars().take(50).collect();
    let list = page.app().suggest(&prefix, page.language(), 8).into_iter().map(|s| {
        let href = match (s.kind, &s.id) {
            (SuggestionKind::Category, Some(id)) => shelf::category_href(id),
            (SuggestionKind::Seller, Some(id)) => format!("/shop/{id}"),
            (SuggestionKind::Product, Some(id)) => format!("/product/{id}"),
            _ => with_pairs("/search", [("q", s.text.as_str())]),
        };
        Suggested { text: s.text, href }
    });
    axum::Json(list.collect::<Vec<_>>()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_around_the_current_page() {
        let some = |list: &[usize]| list.iter().map(|n| (*n > 0).then_some(*n)).collect::<Vec<_>>();
        assert_eq!(page_numbers(1, 3), some(&[1, 2, 3]));
        assert_eq!(page_numbers(10, 50), some(&[1, 0, 8, 9, 10, 11, 12, 0, 50]));
        assert_eq!(page_numbers(50, 50), some(&[1, 0, 48, 49, 50]));
    }

    #[test]
    fn only_amounts_filter_by_price() {
        assert_eq!(amount("12.5"), Some(1_250_000_000));
        assert_eq!(amount("-1"), None);
        assert_eq!(amount("cheap"), None);
    }
}
