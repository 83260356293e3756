//! The navigation of the four consoles: one table. Entries appear only for whoever may use them.

use app::Actor;
use domain::access::{OperatorRight, Right};
use serde::Serialize;

/// Who sees an entry.
#[derive(Debug, Clone, Copy)]
enum Need {
    /// Every member.
    Member,
    /// Members with the right.
    Right(Right),
    /// Members of a sandbox.
    Sandbox,
    /// Members of a selling organisation.
    Seller,
    /// Members of a selling organisation with the right.
    SellerRight(Right),
    /// Members of a partner.
    Partner,
    /// Operators with the right.
    Operator(OperatorRight),
}

struct Line {
    key: &'static str,
    href: &'static str,
    icon: &'static str,
    need: Need,
    console: &'static str,
    group: &'static str,
}

const fn line(
    console: &'static str,
    group: &'static str,
    key: &'static str,
    href: &'static str,
    icon: &'static str,
    need: Need,
) -> Line {
    Line { key, href, icon, need, console, group }
}

const ORGANISATION: &str = "nav-group-organisation";
const REVIEW: &str = "nav-group-review";
const TRADE: &str = "nav-group-trade";
const RUNNING: &str = "nav-group-running";
const SYSTEM: &str = "nav-group-system";
const CONNECTION: &str = "nav-group-connection";

#[rustfmt::skip]
const LINES: &[Line] = &[
    line("buyer", "", "nav-overview", "/buyer", "home", Need::Member),
    line("buyer", "", "nav-buyer-orders", "/buyer/orders", "orders", Need::Right(Right::OrderView)),
    line("buyer", "", "nav-buyer-services", "/buyer/services", "instance", Need::Right(Right::OrderView)),
    line("buyer", "", "nav-buyer-renewals", "/buyer/renewals", "refresh", Need::Right(Right::OrderView)),
    line("buyer", "", "nav-buyer-balance", "/buyer/balance", "wallet", Need::Right(Right::BillView)),
    line("buyer", "", "nav-buyer-agreements", "/buyer/agreements", "file", Need::Right(Right::OrderView)),
    line("buyer", "", "nav-buyer-clock", "/buyer/clock", "clock", Need::Sandbox),
    line("buyer", ORGANISATION, "nav-account-members", "/account/members", "users", Need::Right(Right::UserManage)),
    line("buyer", ORGANISATION, "nav-account-organisation", "/account/organisation", "building", Need::Member),
    line("buyer", ORGANISATION, "nav-account-profile", "/account", "user", Need::Member),
    line("buyer", ORGANISATION, "nav-account-tokens", "/account/tokens", "key", Need::Member),
    line("seller", "", "nav-overview", "/seller", "home", Need::Seller),
    line("seller", "", "nav-seller-products", "/seller/products", "box", Need::SellerRight(Right::ProductView)),
    line("seller", "", "nav-seller-applications", "/seller/applications", "check-circle", Need::SellerRight(Right::ProductView)),
    line("seller", TRADE, "nav-seller-orders", "/seller/orders", "orders", Need::SellerRight(Right::OrderView)),
    line("seller", TRADE, "nav-seller-services", "/seller/services", "instance", Need::SellerRight(Right::OrderView)),
    line("seller", TRADE, "nav-seller-income", "/seller/income", "wallet", Need::SellerRight(Right::BillView)),
    line("seller", CONNECTION, "nav-seller-calls", "/seller/calls", "plug", Need::SellerRight(Right::AccessDebug)),
    line("seller", CONNECTION, "nav-seller-debug", "/seller/debug", "search", Need::SellerRight(Right::AccessDebug)),
    line("seller", CONNECTION, "nav-seller-keys", "/seller/keys", "key", Need::SellerRight(Right::KeyManage)),
    line("seller", ORGANISATION, "nav-seller-shop", "/seller/shop", "store", Need::SellerRight(Right::ShopEdit)),
    line("seller", ORGANISATION, "nav-account-audit", "/account/audit", "shield", Need::SellerRight(Right::UserManage)),
    line("operator", "", "nav-overview", "/operator", "home", Need::Operator(OperatorRight::Read)),
    line("operator", REVIEW, "nav-operator-applications", "/operator/applications", "check-circle", Need::Operator(OperatorRight::Read)),
    line("operator", REVIEW, "nav-operator-products", "/operator/products", "box", Need::Operator(OperatorRight::Read)),
    line("operator", REVIEW, "nav-operator-categories", "/operator/categories", "layers", Need::Operator(OperatorRight::Read)),
    line("operator", REVIEW, "nav-operator-organisations", "/operator/organisations", "building", Need::Operator(OperatorRight::Read)),
    line("operator", TRADE, "nav-operator-orders", "/operator/orders", "orders", Need::Operator(OperatorRight::Read)),
    line("operator", TRADE, "nav-operator-services", "/operator/services", "instance", Need::Operator(OperatorRight::Read)),
    line("operator", TRADE, "nav-operator-payments", "/operator/payments", "wallet", Need::Operator(OperatorRight::Read)),
    line("operator", TRADE, "nav-operator-ledger", "/operator/ledger", "scale", Need::Operator(OperatorRight::Read)),
    line("operator", RUNNING, "nav-operator-calls", "/operator/calls", "plug", Need::Operator(OperatorRight::Read)),
    line("operator", RUNNING, "nav-operator-jobs", "/operator/jobs", "clock", Need::Operator(OperatorRight::Read)),
    line("operator", RUNNING, "nav-operator-mails", "/operator/mails", "message", Need::Operator(OperatorRight::Read)),
    line("operator", RUNNING, "nav-operator-search", "/operator/search", "search", Need::Operator(OperatorRight::Read)),
    line("operator", SYSTEM, "nav-operator-settings", "/operator/settings", "settings", Need::Operator(OperatorRight::Read)),
    line("operator", SYSTEM, "nav-operator-operators", "/operator/operators", "users", Need::Operator(OperatorRight::ManageOperators)),
    line("operator", SYSTEM, "nav-operator-audit", "/operator/audit", "shield", Need::Operator(OperatorRight::ReadAudit)),
    line("partner", "", "nav-overview", "/partner", "home", Need::Partner),
];

/// Entries under one label.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// Translation key of the label; empty for none.
    pub label_key: &'static str,
    /// The entries.
    pub entries: Vec<Entry>,
}

/// An entry of the navigation.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Translation key of its text.
    pub key: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Icon of the sprite.
    pub icon: &'static str,
    /// Whether the page is this one or below it.
    pub active: bool,
    /// Count beside it.
    pub badge: Option<i64>,
}

fn allowed(need: Need, actor: &Actor) -> bool {
    match need {
        Need::Member => actor.member().is_ok(),
        Need::Right(right) => actor.may_look(right).is_ok(),
        Need::Sandbox => actor.member().is_ok_and(|m| m.sandbox),
        Need::Seller => actor.member().is_ok_and(app::actor::Member::is_seller),
        Need::SellerRight(right) => actor.seller_may_look(right).is_ok(),
        Need::Partner => actor.member().is_ok_and(|m| m.is_partner),
        Need::Operator(right) => actor.operator_may(right).is_ok(),
    }
}

fn fits(href: &str, path: &str) -> bool {
    path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The navigation of `console` for `actor`. Active is the entry named `active`, else the one whose
/// address fits `path` best.
pub fn navigation(console: &str, actor: &Actor, path: &str, active: Option<&str>) -> Vec<Group> {
    let shown: Vec<&Line> = LINES.iter().filter(|l| l.console == console && allowed(l.need, actor)).collect();
    let best = shown.iter().filter(|l| fits(l.href, path)).max_by_key(|l| l.href.len()).map(|l| l.key);
    let active = active.or(best);
    let mut groups: Vec<Group> = Vec::new();
    for line in shown {
        let entry =
            Entry { key: line.key, href: line.href, icon: line.icon, active: active == Some(line.key), badge: None };
        match groups.last_mut() {
            Some(group) if group.label_key == line.group => group.entries.push(entry),
            _ => groups.push(Group { label_key: line.group, entries: vec![entry] }),
        }
    }
    groups
}

/// Every translation key of the table.
pub fn keys() -> impl Iterator<Item = &'static str> {
    LINES.iter().flat_map(|l| [l.key, l.group]).filter(|k| !k.is_empty())
}
