//! Organisations: work queues, data, decisions.

use crate::common::*;
use app::identity::OrganisationDecision as Decision;
use axum::extract::Path;
use domain::access::OperatorRight;
use domain::identity::{SellerState, Verification};
use domain::time::Timestamp;
use store::audit::AuditFilter;
use store::identity::{Organisation, OrganisationFilter, Standing, User};
use web_kit::prelude::*;

const HOME: &str = "/operator/organisations";

/// Decisions that a button may send, with the words under `operator-decide-<code>`.
const DECISIONS: &[&str] = &[
    "verify",
    "reject-verification",
    "admit",
    "refuse-seller",
    "activate",
    "restrict",
    "terminate",
    "make-partner",
    "end-partner",
    "freeze",
    "unfreeze",
    "make-sandbox",
];

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    legal_name: String,
    verification: Badge,
    seller_state: Badge,
    is_seller: bool,
    marks: Vec<Badge>,
    at: Timestamp,
}

#[derive(Serialize)]
struct ListPage {
    rows: Vec<Row>,
    pager: PagerLinks,
    tabs: Vec<Tab>,
    verifications: Vec<Choice>,
    seller_states: Vec<Choice>,
    verification: String,
    seller_state: String,
    text: String,
    sort: Sort,
}

fn marks(page: &Page, o: &Organisation) -> Vec<Badge> {
    [
        (o.frozen, "danger", "operator-frozen"),
        (o.sandbox, "accent", "operator-sandbox"),
        (o.is_partner, "info", "operator-partner"),
    ]
    .into_iter()
    .filter(|(is, ..)| *is)
    .map(|(_, tone, key)| mark(page, tone, key))
    .collect()
}

/// Work queues as tabs: everything, verification, entry of sellers, certification of sellers.
fn queues(page: &Page) -> Vec<Tab> {
    let now = (page.query("verification"), page.query("seller_state"));
    [
        ("", "", "operator-all"),
        ("PENDING", "", "operator-queue-verification"),
        ("", "APPLIED", "operator-queue-sellers"),
        ("", "ADMITTED", "operator-queue-certification"),
    ]
    .into_iter()
    .map(|(verification, seller_state, key)| Tab {
        text: page.t(key),
        href: with_query(page, &[("verification", verification), ("seller_state", seller_state)]),
        active: now == (verification, seller_state),
        count: None,
    })
    .collect()
}

/// Organisations with filters; queues show the oldest first.
pub async fn list(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let wanted = OrganisationFilter {
        text: filter(&page, "q"),
        verification: filter(&page, "verification"),
        seller_state: filter(&page, "seller_state"),
    };
    let queue = matches!(wanted.verification.as_deref(), Some("PENDING"))
        || matches!(wanted.seller_state.as_deref(), Some("APPLIED" | "ADMITTED"));
    let request = request(&page, queue);
    let found = page.app().organisations(page.actor(), wanted, request.clone()).await?;
    let pager = links(&page, &found);
    let rows = found.items.iter().map(|o| Row {
        id: o.id.clone(),
        name: page.pick(&o.name).to_owned(),
        legal_name: o.legal_name.clone(),
        verification: badge(&page, "verification-", o.verification.code()),
        seller_state: badge(&page, "seller-state-", o.seller_state.code()),
        is_seller: o.seller_state != SellerState::None,
        marks: marks(&page, o),
        at: o.created_at,
    });
    let verifications: Vec<&str> = Verification::ALL.iter().map(|v| v.code()).collect();
    let seller_states: Vec<&str> = SellerState::ALL.iter().map(|s| s.code()).collect();
    let ctx = ListPage {
        rows: rows.collect(),
        pager,
        tabs: queues(&page),
        verifications: choices(&page, "verification-", &verifications),
        seller_states: choices(&page, "seller-state-", &seller_states),
        verification: page.query("verification").to_owned(),
        seller_state: page.query("seller_state").to_owned(),
        text: page.query("q").to_owned(),
        sort: sort(&page, &request),
    };
    let title = page.t("nav-operator-organisations");
    Ok(desk(page, title).render("operator/organisations.html", &ctx))
}

#[derive(Serialize)]
struct UserRow {
    name: String,
    email: String,
    role: String,
    disabled: bool,
    last: Option<Timestamp>,
}

#[derive(Serialize)]
struct Offer {
    code: &'static str,
    text: String,
    message: String,
    kind: &'static str,
    adverse: bool,
}

#[derive(Serialize)]
struct Detail {
    id: String,
    verification: Badge,
    seller_state: Badge,
    is_seller: bool,
    marks: Vec<Badge>,
    facts: Vec<Fact>,
    profile_zh: String,
    profile_en: String,
    users: Vec<UserRow>,
    offers: Vec<Offer>,
    history: Vec<Event>,
    may: May,
}

/// Which decisions make sense now; what a button would not change is not offered.
fn is_open(code: &str, o: &Organisation) -> bool {
    use SellerState::*;
    let verified = o.verification == Verification::Verified;
    match code {
        "verify" => !verified,
        "reject-verification" => o.verification == Verification::Pending,
        "admit" => verified && o.seller_state == Applied,
        "refuse-seller" => o.seller_state == Applied,
        "activate" => verified && matches!(o.seller_state, Admitted | Restricted),
        "restrict" => o.seller_state == Active,
        "terminate" => matches!(o.seller_state, Admitted | Restricted),
        "make-partner" => verified && !o.is_partner,
        "end-partner" => o.is_partner,
        "freeze" => !o.frozen,
        "unfreeze" => o.frozen,
        "make-sandbox" => !o.sandbox && o.seller_state != Active,
        _ => false,
    }
}

fn decision_of(code: &str) -> Option<Decision> {
    Some(match code {
        "verify" => Decision::Verify,
        "reject-verification" => Decision::RejectVerification,
        "admit" => Decision::Seller(SellerState::Admitted),
        "refuse-seller" => Decision::Seller(SellerState::None),
        "activate" => Decision::Seller(SellerState::Active),
        "restrict" => Decision::Seller(SellerState::Restricted),
        "terminate" => Decision::Seller(SellerState::Terminated),
        "make-partner" => Decision::Partner(true),
        "end-partner" => Decision::Partner(false),
        "freeze" => Decision::Freeze(true),
        "unfreeze" => Decision::Freeze(false),
        "make-sandbox" => Decision::Sandbox,
        _ => return None,
    })
}

fn offers(page: &Page, o: &Organisation) -> Vec<Offer> {
    DECISIONS
        .iter()
        .filter(|code| is_open(code, o))
        .map(|code| Offer {
            code,
            text: page.t(&format!("operator-decide-{code}")),
            message: page.t(&format!("operator-decide-{code}-message")),
            kind: match *code {
                "verify" | "admit" | "activate" => "primary",
                "make-partner" | "unfreeze" => "secondary",
                _ => "danger",
            },
            adverse: decision_of(code).is_some_and(Decision::is_adverse),
        })
        .collect()
}

fn user_row(page: &Page, user: &User) -> UserRow {
    let role = match &user.standing {
        Standing::Member { role, .. } => word(page, "role-", role.code()),
        Standing::Operator { role } => word(page, "role-", role.code()),
    };
    UserRow {
        name: user.name.clone(),
        email: user.email.clone(),
        role,
        disabled: user.disabled,
        last: user.last_login_at,
    }
}

async fn history(page: &Page, id: &str) -> Result<Vec<Event>, PageError> {
    if !May::of(page).audit {
        return Ok(Vec::new());
    }
    let about = AuditFilter { subject_id: Some(id.to_owned()), ..AuditFilter::default() };
    let first = PageRequest { limit: 50, ..PageRequest::default() };
    Ok(events(page, &page.app().audit(page.actor(), about, first).await?.items))
}

/// One organisation: data, users, decisions, history.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let (o, users) = page.app().organisation(page.actor(), &id).await?;
    let facts = Facts::new(&page)
        .id("operator-organisation-id", &o.id)
        .text("operator-legal-name", &o.legal_name)
        .text("operator-name-zh", &o.name.zh)
        .text("operator-name-en", &o.name.en)
        .id("operator-credit-code", &o.credit_code)
        .text("operator-website", &o.website)
        .text("operator-service-email", &o.service_email)
        .text("operator-service-phone", &o.service_phone)
        .time("operator-since", Some(o.created_at))
        .time("operator-updated", Some(o.updated_at))
        .done();
    let ctx = Detail {
        verification: badge(&page, "verification-", o.verification.code()),
        seller_state: badge(&page, "seller-state-", o.seller_state.code()),
        is_seller: o.seller_state != SellerState::None,
        marks: marks(&page, &o),
        facts,
        users: users.iter().map(|u| user_row(&page, u)).collect(),
        offers: offers(&page, &o),
        history: history(&page, &id).await?,
        may: May::of(&page),
        profile_zh: o.profile.zh,
        profile_en: o.profile.en,
        id,
    };
    let title = page.pick(&o.name).to_owned();
    Ok(desk_below(page, "nav-operator-organisations", HOME, title).render("operator/organisation.html", &ctx))
}

/// Carries a decision out.
pub async fn decide(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let to = format!("{HOME}/{id}");
    let code = form.text("decision");
    let Some(decision) = decision_of(code) else {
        return refused(&page, AppError::field("decision", "required"), &to);
    };
    let (o, _) = page.app().organisation(page.actor(), &id).await?;
    // The page was open for a while: somebody else may have decided meanwhile.
    if !is_open(code, &o) {
        return refused(&page, AppError::Stale, &to);
    }
    let outcome = page.app().decide_organisation(page.actor(), &id, decision, form.text("reason")).await;
    answer(&page, outcome, "operator-organisation-decided", &to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::text::Localized;

    fn organisation(verification: Verification, seller_state: SellerState) -> Organisation {
        Organisation {
            id: "org_1".into(),
            name: Localized::default(),
            legal_name: String::new(),
            credit_code: String::new(),
            verification,
            seller_state,
            is_partner: false,
            sandbox: false,
            clock_offset: 0,
            frozen: false,
            profile: Localized::default(),
            logo: None,
            website: String::new(),
            service_email: String::new(),
            service_phone: String::new(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            version: 1,
        }
    }

    fn open(o: &Organisation) -> Vec<&'static str> {
        DECISIONS.iter().copied().filter(|c| is_open(c, o)).collect()
    }

    #[test]
    fn every_decision_can_be_carried_out() {
        assert!(DECISIONS.iter().all(|c| decision_of(c).is_some()));
        assert_eq!(decision_of("delete"), None);
    }

    #[test]
    fn a_seller_is_admitted_before_he_is_active() {
        let applied = open(&organisation(Verification::Verified, SellerState::Applied));
        assert!(applied.contains(&"admit") && !applied.contains(&"activate"));
        let admitted = open(&organisation(Verification::Verified, SellerState::Admitted));
        assert!(admitted.contains(&"activate"));
    }

    #[test]
    fn who_is_not_verified_cannot_become_a_seller_or_partner() {
        let open = open(&organisation(Verification::Pending, SellerState::Applied));
        assert_eq!(open, ["verify", "reject-verification", "refuse-seller", "freeze", "make-sandbox"]);
    }

    #[test]
    fn a_selling_organisation_never_becomes_a_sandbox() {
        assert!(!open(&organisation(Verification::Verified, SellerState::Active)).contains(&"make-sandbox"));
    }
}
