//! The journal with its postings, and the recount.

use crate::common::*;
use domain::access::OperatorRight;
use domain::ledger::{Account, Book};
use domain::money::Money;
use domain::time::Timestamp;
use store::ledger::JournalEntry;
use web_kit::prelude::*;

/// A posting in columns.
#[derive(Debug, Serialize)]
struct PostingView {
    account: String,
    owner: String,
    owner_href: String,
    debit: Option<Money>,
    credit: Option<Money>,
}

/// An entry with its postings.
#[derive(Debug, Serialize)]
pub struct EntryView {
    id: String,
    kind: String,
    at: Timestamp,
    order: String,
    source: String,
    memo: String,
    sandbox: bool,
    postings: Vec<PostingView>,
}

fn posting(page: &Page, key: &str, amount: Money) -> PostingView {
    let (account, owner) = match Account::from_key(key) {
        Some(a) => (word(page, "account-kind-", a.kind.code()), a.owner),
        None => (key.to_owned(), String::new()),
    };
    PostingView {
        account,
        owner_href: if owner.starts_with("org_") { href_of("organisation", &owner) } else { String::new() },
        owner: if owner == domain::ledger::PLATFORM { page.t("operator-platform") } else { owner },
        debit: (!amount.is_negative()).then_some(amount),
        credit: amount.is_negative().then(|| amount.negated()),
    }
}

/// An entry for templates.
pub fn entry_view(page: &Page, e: &JournalEntry) -> EntryView {
    let book = |key: &str| Account::from_key(key).map(|a| a.book);
    EntryView {
        id: e.id.clone(),
        kind: word(page, "entry-kind-", &e.kind),
        at: e.at,
        order: e.order_id.clone().unwrap_or_default(),
        source: e.source.clone(),
        memo: e.memo.clone(),
        sandbox: e.postings.first().is_some_and(|(key, _)| book(key) == Some(Book::Sandbox)),
        postings: e.postings.iter().map(|(key, amount)| posting(page, key, *amount)).collect(),
    }
}

#[derive(Serialize)]
struct Recounted {
    entries: i64,
    faults: Vec<String>,
}

#[derive(Serialize)]
struct LedgerPage {
    entries: Vec<EntryView>,
    pager: PagerLinks,
    order: String,
    recounted: Option<Recounted>,
    recount: String,
    newest: String,
    oldest: String,
    oldest_first: bool,
}

/// The journal; with `recount=1` the books are counted anew, which changes nothing.
pub async fn show(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let request = request(&page, false);
    let found = page.app().journal(page.actor(), filter(&page, "order"), request.clone()).await?;
    let recounted = match page.query("recount") {
        "1" => {
            let r = page.app().recount(page.actor()).await?;
            Some(Recounted { entries: r.entries, faults: r.faults })
        }
        _ => None,
    };
    let ctx = LedgerPage {
        entries: found.items.iter().map(|e| entry_view(&page, e)).collect(),
        pager: links(&page, &found),
        order: page.query("order").to_owned(),
        recounted,
        recount: with_query(&page, &[("recount", "1")]),
        newest: with_query(&page, &[("sort", "newest")]),
        oldest: with_query(&page, &[("sort", "oldest")]),
        oldest_first: request.oldest_first,
    };
    let title = page.t("nav-operator-ledger");
    Ok(desk(page, title).render("operator/ledger.html", &ctx))
}
