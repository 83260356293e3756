//! The audit log of the whole market, and its verification.

use crate::common::*;
use domain::access::OperatorRight;
use domain::time::Timestamp;
use store::audit::{AuditEntry, AuditFilter, PLATFORM_CHAIN};
use web_kit::prelude::*;

#[derive(Serialize)]
struct Row {
    at: Timestamp,
    chain: String,
    chain_href: String,
    seq: i64,
    actor: String,
    actor_kind: String,
    action: String,
    code: String,
    subject: String,
    subject_href: String,
    detail: String,
    hash: String,
}

#[derive(Serialize)]
struct BreakRow {
    chain: String,
    seq: i64,
    reason: String,
}

#[derive(Serialize)]
struct Verification {
    chains: usize,
    entries: usize,
    breaks: Vec<BreakRow>,
    digest: String,
}

#[derive(Serialize)]
struct AuditPage {
    rows: Vec<Row>,
    pager: PagerLinks,
    chain: String,
    subject: String,
    actor: String,
    action: String,
    actions: Vec<Choice>,
    from: String,
    to: String,
    sort: Sort,
    verify: String,
    verified: Option<Verification>,
}

/// Acts that the filter offers; words under `operator-act-<code>`.
const ACTIONS: &[&str] = &[
    "application.created",
    "application.submitted",
    "application.withdrawn",
    "application.deleted",
    "application.decided",
    "product.created",
    "product.in-force",
    "product.state-changed",
    "category.saved",
    "organisation.registered",
    "organisation.applied",
    "organisation.changed",
    "organisation.decided",
    "member.invited",
    "member.changed",
    "member.authorised",
    "member.grouped",
    "group.created",
    "group.changed",
    "group.deleted",
    "operator.created",
    "operator.changed",
    "export.made",
    "access.opened",
    "draft.saved",
    "renewal.returned",
    "session.ended",
    "login.unknown",
    "backup.made",
    "database.restored",
    "order.placed",
    "order.paid",
    "order.completed",
    "order.cancelled",
    "order.refunded",
    "payment.started",
    "payment.decided",
    "top-up.asked",
    "top-up.decided",
    "instance.moved",
    "instance.policy",
    "instance.violation",
    "call.restarted",
    "calls.restarted",
    "case.saved",
    "case.deleted",
    "cases.ran",
    "job.restarted",
    "job.cancelled",
    "index.rebuilt",
    "setting.changed",
    "key.added",
    "key.revealed",
    "key.switched",
    "token.created",
    "token.revoked",
    "login.succeeded",
    "login.failed",
    "password.changed",
    "password.reset",
    "password.reset-asked",
    "clock.advanced",
];

fn row(page: &Page, e: &AuditEntry) -> Row {
    let own = e.chain == PLATFORM_CHAIN;
    Row {
        at: e.at,
        chain: if own { page.t("operator-platform") } else { e.chain.clone() },
        chain_href: if own { String::new() } else { href_of("organisation", &e.chain) },
        seq: e.seq,
        actor: e.actor_name.clone(),
        actor_kind: word(page, "operator-actor-", &e.actor_kind),
        action: word(page, "operator-act-", &e.action),
        code: e.action.clone(),
        subject: e.subject_id.clone(),
        subject_href: href_of(&e.subject_kind, &e.subject_id),
        detail: detail_text(page, &e.detail),
        hash: e.hash.chars().take(12).collect(),
    }
}

fn reason(page: &Page, text: &str) -> String {
    word(page, "operator-break-", &text.replace(' ', "-"))
}

async fn verification(page: &Page) -> Result<Option<Verification>, PageError> {
    if page.query("verify") != "1" {
        return Ok(None);
    }
    let found = page.app().verify_audit(page.actor()).await?;
    Ok(Some(Verification {
        chains: found.chains,
        entries: found.entries,
        breaks: found
            .breaks
            .iter()
            .map(|b| BreakRow { chain: b.chain.clone(), seq: b.seq, reason: reason(page, b.reason) })
            .collect(),
        digest: found.digest,
    }))
}

/// The log; with `verify=1` every hash is computed anew, which changes nothing.
pub async fn show(page: Page) -> PageResult {
    page.require_operator(OperatorRight::ReadAudit)?;
    let request = request(&page, false);
    let (from, to) = between(&page);
    let wanted = AuditFilter {
        chain: filter(&page, "chain"),
        subject_id: filter(&page, "subject"),
        actor_id: filter(&page, "actor"),
        action: filter(&page, "action"),
        from,
        to,
    };
    let found = page.app().audit(page.actor(), wanted, request.clone()).await?;
    let ctx = AuditPage {
        rows: found.items.iter().map(|e| row(&page, e)).collect(),
        pager: links(&page, &found),
        chain: page.query("chain").to_owned(),
        subject: page.query("subject").to_owned(),
        actor: page.query("actor").to_owned(),
        action: page.query("action").to_owned(),
        actions: choices(&page, "operator-act-", ACTIONS),
        from: page.query("from").to_owned(),
        to: page.query("to").to_owned(),
        sort: sort(&page, &request),
        verify: with_query(&page, &[("verify", "1")]),
        verified: verification(&page).await?,
    };
    let title = page.t("nav-operator-audit");
    Ok(desk(page, title).render("operator/audit.html", &ctx))
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::words::Words;
    use domain::text::Language;

    #[test]
    fn every_act_has_words_in_both_languages() {
        let words = Words::built_in();
        for action in ACTIONS {
            for language in Language::ALL {
                let key = format!("operator-act-{}", action.replace('.', "-"));
                assert!(words.has(language, &key), "{key} {}", language.code());
            }
        }
    }
}
