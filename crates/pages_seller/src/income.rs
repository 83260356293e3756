//! What the market owes the seller, line by line.

use crate::display::console;
use crate::lists::{all_rows, export_href};
use app::domain::access::Right;
use app::domain::money::Money;
use app::domain::time::Timestamp;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Row {
    id: String,
    at: Timestamp,
    kind: String,
    order: String,
    amount: Money,
    negative: bool,
}

#[derive(Serialize)]
struct Context {
    payable: Money,
    rows: Vec<Row>,
    pager: PagerLinks,
    export: String,
    fee: f64,
}

/// GET `/seller/income`.
pub async fn show(page: Page) -> PageResult {
    let payable = page.app().income(page.actor()).await?;
    let found = page.app().income_statement(page.actor(), page_request(&page)).await?;
    let pager = links(&page, &found);
    let points = page.app().settings().platform_fee_basis_points;
    let rows = found.items.into_iter().map(|l| Row {
        id: l.entry_id,
        at: l.at,
        kind: page.t(&format!("entry-kind-{}", l.kind)),
        order: l.order_id.unwrap_or_default(),
        negative: l.amount.is_negative(),
        amount: l.amount,
    });
    let context = Context {
        payable,
        rows: rows.collect(),
        pager,
        export: if page.actor().seller_may(Right::BillExport).is_ok() { export_href(&page) } else { String::new() },
        fee: f64::from(i32::try_from(points).unwrap_or(0)) / 10_000.0,
    };
    let title = page.t("seller-income-title");
    Ok(console(page, &title, &[]).render("seller/income.html", &context))
}

/// GET `/seller/income.csv`.
pub async fn export(page: Page) -> PageResult {
    page.actor().seller_may(Right::BillExport)?;
    let rows = all_rows(|request| page.app().income_statement(page.actor(), request)).await?;
    let heads =
        ["seller-entry", "seller-time", "seller-entry-kind", "seller-order-id", "seller-amount", "seller-currency"];
    let mut csv = Csv::new(heads.map(|key| page.t(key)));
    for l in &rows {
        csv.row([
            l.entry_id.clone(),
            l.at.to_market_text(),
            page.t(&format!("entry-kind-{}", l.kind)),
            l.order_id.clone().unwrap_or_default(),
            l.amount.to_decimal(),
            l.amount.currency().code().to_owned(),
        ]);
    }
    page.save_export(csv, "income.csv").await
}
