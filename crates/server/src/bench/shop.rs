//! What visitors see: product lists, product pages; start of the server and its memory.

use super::Plan;
use super::data::Base;
use super::http::get;
use super::load::{self, Outcome, Random};
use super::machine;
use super::report::{Row, Section};
use super::server::Server;
use std::sync::Arc;
use std::time::Duration;

/// Connections of visitors.
pub(super) const CONNECTIONS: usize = 8;
/// Until the server has given back what it took to start: ten seconds without a change on the shelf.
const SETTLING: Duration = Duration::from_secs(14);

/// Rate of a server that only sends these bytes.
pub(super) async fn bare_rate(plan: &Plan, bytes: &[u8]) -> Result<Outcome, String> {
    let file = plan.folder.join("bare.bin");
    std::fs::write(&file, bytes).map_err(|e| e.to_string())?;
    let bare = Server::bare(&file).await?;
    let outcome = load::http(&bare, CONNECTIONS, plan.time, |_| get("/", "")).await;
    bare.stop().await;
    Ok(outcome)
}

/// Measures a kind of page and the bare server with the same bytes.
pub(super) async fn page_row(
    plan: &Plan,
    server: &Server,
    what: &str,
    make: impl Fn(&mut Random) -> Vec<u8> + Send + Sync + 'static,
) -> Result<Row, String> {
    let bytes = server.sample(&make(&mut Random::new(3))).await?;
    let outcome = load::http(server, CONNECTIONS, plan.time, make).await;
    let bare = bare_rate(plan, &bytes).await?;
    let what = format!("{what}, {} KiB", bytes.len() / 1024 + 1);
    Ok(Row::rate(what, &outcome).bound(bare.rate(), "/s", "bare server, same bytes"))
}

fn category(categories: &[String], random: &mut Random) -> String {
    random.pick(categories).clone()
}

/// Rows 1 and 3: lists and product pages.
pub(super) async fn lists(plan: &Plan, base: &Base) -> Result<Vec<Section>, String> {
    const SORTS: [&str; 6] = ["", "sales", "newest", "price_asc", "price_desc", "rating"];
    let server = Server::start(&base.place, false).await?;
    let mut lists = Section::new(
        "Product lists",
        format!("{} products, {CONNECTIONS} connections; page, order and category vary.", base.products.len()),
    );
    let row = page_row(plan, &server, "page /search", |random| {
        get(&format!("/search?sort={}&page={}", random.pick(&SORTS), 1 + random.below(50)), "")
    });
    lists.add(row.await?.at_least(2000.0));
    let ids = base.categories.clone();
    let row = page_row(plan, &server, "page /category/{id}", move |random| {
        let page = 1 + random.below(3);
        get(&format!("/category/{}?sort={}&page={page}", category(&ids, random), random.pick(&SORTS)), "")
    });
    lists.add(row.await?.at_least(2000.0));
    let ids = base.categories.clone();
    let row = page_row(plan, &server, "API /api/v1/products", move |random| {
        get(
            &format!(
                "/api/v1/products?category={}&limit=20&sort={}",
                category(&ids, random),
                random.pick(&["sales", "newest", "rating"])
            ),
            "",
        )
    });
    lists.add(row.await?.at_least(2000.0));
    let row = page_row(plan, &server, "page /search, sent packed (gzip)", |random| {
        get(&format!("/search?sort={}&page={}", random.pick(&SORTS), 1 + random.below(20)), "accept-encoding: gzip\r\n")
    });
    lists.add(row.await?);
    let mut detail = Section::new(
        "Product page",
        format!(
            "{CONNECTIONS} connections; ids vary over all products, which are more than the cache keeps, or over 1,000."
        ),
    );
    for (what, most) in [("page /product/{id}, any product", usize::MAX), ("page /product/{id}, 1,000 products", 1000)]
    {
        let ids = base.products.clone();
        let most = most.min(ids.len());
        let row =
            page_row(plan, &server, what, move |random| get(&format!("/product/{}", ids[random.below(most)]), ""));
        detail.add(row.await?.at_least(3000.0));
    }
    let ids = base.products.clone();
    let row = page_row(plan, &server, "API /api/v1/products/{id}, any product", move |random| {
        get(&format!("/api/v1/products/{}", random.pick(&ids)), "")
    });
    detail.add(row.await?);
    server.stop().await;
    Ok(vec![lists, detail])
}

/// Row 7: start on an existing database, memory at rest.
pub(super) async fn start_and_memory(base: &Base, database: &str, section: &mut Section) -> Result<(), String> {
    let mut starts = Vec::new();
    for _ in 0..3 {
        let server = Server::start(&base.place, true).await?;
        starts.push(server.started_in.as_secs_f64());
        server.stop().await;
    }
    starts.sort_by(f64::total_cmp);
    let median = starts.get(1).copied().unwrap_or(0.0);
    section.add(Row::figure(format!("start until /readyz, {database}"), median, "s").at_most(1.0, "s"));
    let server = Server::start(&base.place, true).await?;
    tokio::time::sleep(SETTLING).await;
    let rest = machine::memory(server.process());
    let row = Row::figure(format!("resident at rest, {database}"), rest.resident, "MiB");
    section.add(row.bound(rest.anonymous, " MiB", "of it anonymous").at_most(80.0, "MiB"));
    let ids = Arc::clone(&base.products);
    load::http(&server, CONNECTIONS, Duration::from_secs(2), move |random| match random.below(2) {
        0 => get(&format!("/product/{}", random.pick(&ids)), ""),
        _ => get(&format!("/search?page={}", 1 + random.below(20)), ""),
    })
    .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = machine::memory(server.process());
    let row = Row::figure(format!("resident after 2 s of visitors, {database}"), after.resident, "MiB");
    section.add(row.bound(after.anonymous, " MiB", "of it anonymous"));
    section.add(Row::figure(format!("proportional share (PSS) then, {database}"), after.proportional, "MiB"));
    server.stop().await;
    Ok(())
}
