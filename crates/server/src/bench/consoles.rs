//! List pages of the consoles over many rows.

use super::Plan;
use super::data::{BENCH, configuration};
use super::fill::{self, Filling, SERVICE_EACH};
use super::http::get;
use super::jobs;
use super::load;
use super::people;
use super::report::{Row, Section};
use super::server::{Place, Server};
use crate::wiring;
use store::Db;

/// People of the consoles at once.
const CONNECTIONS: usize = 4;

/// Rows 5 and 6 on one database: claims first, then lists with the jobs still waiting.
pub(super) async fn measure(
    plan: &Plan,
    place: &Place,
    database: &str,
    claims: &mut Section,
    lists: &mut Section,
) -> Result<(), String> {
    std::fs::create_dir_all(&place.folder).map_err(|e| e.to_string())?;
    let market = wiring::assemble(&configuration(place)?, app::clock::Clock::System).await?;
    let db = Db::open(&place.url).await.map_err(|e| e.to_string())?;
    jobs::measure(plan, &db, database, claims).await?;
    let buyer = people::company(&market.app, "console-buyer", false).await?;
    let seller = people::company(&market.app, "console-seller", true).await?;
    let operator = people::operator(&market.app).await?;
    eprintln!("  filling {} orders", plan.orders);
    let filling = Filling {
        organisations: plan.organisations,
        orders: plan.orders,
        buyer: buyer.organisation_id.clone(),
        seller: seller.organisation_id.clone(),
        now: market.app.now(),
    };
    fill::fill(&db, &filling).await?;
    // The index of a market without products, so that the server starts as any other.
    market.app.rebuild_index(&BENCH).await.map_err(|e| e.to_string())?;
    let server = Server::start(place, false).await?;
    let pages = [
        ("buyer, orders", "/buyer/orders", &buyer, "ord"),
        ("buyer, completed orders", "/buyer/orders?state=COMPLETED", &buyer, "ord"),
        ("seller, orders", "/seller/orders", &seller, "ord"),
        ("seller, calls", "/seller/calls", &seller, "cal"),
        ("seller, stopped calls", "/seller/calls?state=STOPPED", &seller, "cal"),
        ("operator, orders", "/operator/orders", &operator, "ord"),
        ("operator, organisations", "/operator/organisations", &operator, "org"),
        ("operator, jobs", "/operator/jobs", &operator, "job"),
        ("operator, audit", "/operator/audit", &operator, "x"),
    ];
    for (what, path, person, prefix) in pages {
        let (cookie, now) = (person.cookie(), filling.now.micros());
        let joint = if path.contains('?') { '&' } else { '?' };
        let outcome = load::http(&server, CONNECTIONS, plan.time, move |random| {
            // Half of the people look at the newest page, half somewhere in the past.
            let back = i64::try_from(random.below(usize::try_from(fill::SPAN / 1_000_000).unwrap_or(1))).unwrap_or(0);
            let cursor = format!("{joint}cursor=n{}~{prefix}_0", now - back * 1_000_000);
            get(&format!("{path}{}", if random.below(2) == 0 { "" } else { &cursor }), &cookie)
        })
        .await;
        lists.add(Row::rate(format!("{database}: {what}"), &outcome).within(95, 200.0));
    }
    server.stop().await;
    Ok(())
}

/// The table of the lists.
pub(super) fn section(plan: &Plan) -> Section {
    Section::new(
        "Lists of the consoles",
        format!(
            "{} selling and as many buying organisations, {} orders with a line and an audit entry each, {} services \
             with a call, the jobs of the section above; the measured buyer and seller have a tenth of the orders \
             each. {CONNECTIONS} people read at once, half of them the newest page, half a page anywhere in two years.",
            plan.organisations,
            plan.orders,
            plan.orders / SERVICE_EACH
        ),
    )
}
