//! The partner centre: what is there today and what will come.

use crate::views::Fact;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Plan {
    icon: &'static str,
    title: String,
    text: String,
}

#[derive(Serialize)]
struct PartnerPage {
    facts: Vec<Fact>,
    plans: Vec<Plan>,
}

/// GET /partner
pub async fn show(page: Page) -> PageResult {
    let member = page.require_member()?;
    if !member.is_partner {
        return Err(AppError::Forbidden("partners only").into());
    }
    let plan = |icon, name: &str| Plan {
        icon,
        title: page.t(&format!("partner-{name}")),
        text: page.t(&format!("partner-{name}-text")),
    };
    let ctx = PartnerPage {
        facts: vec![
            Fact::new(&page, "partner-fact-name", page.pick(&member.organisation_name)),
            Fact::new(&page, "partner-fact-id", member.organisation_id.clone()).code(),
            Fact::new(
                &page,
                "partner-fact-verification",
                page.t(&format!("verification-{}", member.verification.code())),
            ),
            Fact::new(&page, "partner-fact-role", page.t(&format!("role-{}", member.role.code()))),
        ],
        plans: vec![plan("users", "customers"), plan("tag", "offers"), plan("chart", "performance")],
    };
    Ok(page.console("partner").title_key("partner-title").render("partner/overview.html", &ctx))
}
