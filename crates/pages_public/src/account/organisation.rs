//! One's own organisation: public data, verification, entry as a seller.

use super::{Tone, titled};
use app::identity::{OrganisationChange, OrganisationRequest};
use domain::access::{MemberRole, Right};
use domain::identity::{SellerState, Verification};
use domain::text::Localized;
use store::identity::Organisation;
use web_kit::prelude::*;

#[derive(Serialize)]
struct OrganisationPage {
    v: Values,
    errors: FormErrors,
    credit_errors: FormErrors,
    legal_name: String,
    credit_code: String,
    id: String,
    logo: String,
    name: String,
    can_edit: bool,
    is_seller: bool,
    verification: Tone,
    verification_text: String,
    can_verify: bool,
    seller: Tone,
    seller_text: String,
    can_sell: bool,
    shop_href: String,
}

fn values(o: &Organisation) -> Values {
    Values::from([
        ("name_zh", o.name.zh.clone()),
        ("name_en", o.name.en.clone()),
        ("profile_zh", o.profile.zh.clone()),
        ("profile_en", o.profile.en.clone()),
        ("website", o.website.clone()),
        ("service_email", o.service_email.clone()),
        ("service_phone", o.service_phone.clone()),
    ])
}

fn tone_of_verification(state: Verification) -> &'static str {
    match state {
        Verification::Verified => "success",
        Verification::Pending => "info",
        Verification::Rejected => "danger",
        Verification::Unverified => "warning",
    }
}

fn tone_of_seller(state: SellerState) -> &'static str {
    match state {
        SellerState::Active => "success",
        SellerState::Applied | SellerState::Admitted => "info",
        SellerState::Restricted => "warning",
        SellerState::Terminated => "danger",
        SellerState::None => "neutral",
    }
}

/// What each card of the page holds.
#[derive(Default)]
struct Shown {
    v: Option<Values>,
    errors: FormErrors,
    credit_errors: FormErrors,
}

async fn context(page: &Page, shown: Shown) -> Result<OrganisationPage, PageError> {
    let member = page.require_member()?;
    let o = page.app().own_organisation(page.actor()).await?;
    let owner = member.role == MemberRole::Owner;
    let open = matches!(o.verification, Verification::Unverified | Verification::Rejected);
    let is_shop = matches!(o.seller_state, SellerState::Active | SellerState::Restricted);
    let words = |prefix: &str, code: &str| page.t(&format!("{prefix}{}", code.to_lowercase()));
    Ok(OrganisationPage {
        v: shown.v.unwrap_or_else(|| values(&o)),
        errors: shown.errors,
        credit_errors: shown.credit_errors,
        name: page.pick(&o.name).to_owned(),
        logo: o.logo.as_ref().map_or(String::new(), |id| format!("/files/{id}")),
        is_seller: member.is_seller(),
        can_edit: member.has(Right::UserManage),
        verification: Tone {
            tone: tone_of_verification(o.verification),
            text: page.t(&format!("verification-{}", o.verification.code())),
        },
        verification_text: words("organisation-verification-", o.verification.code()),
        can_verify: owner && open,
        seller: Tone {
            tone: tone_of_seller(o.seller_state),
            text: page.t(&format!("seller-state-{}", o.seller_state.code())),
        },
        seller_text: words("organisation-seller-", o.seller_state.code()),
        can_sell: owner && o.verification == Verification::Verified && o.seller_state == SellerState::None,
        shop_href: if is_shop { format!("/shop/{}", o.id) } else { String::new() },
        legal_name: o.legal_name,
        credit_code: o.credit_code,
        id: o.id,
    })
}

async fn render_invalid(page: &Page, shown: Shown) -> PageResult {
    let context = context(page, shown).await?;
    Ok(titled(page, "organisation-title")?.render_invalid("account/organisation.html", &context))
}

/// `GET /account/organisation`.
pub async fn show(page: Page) -> PageResult {
    let context = context(&page, Shown::default()).await?;
    Ok(titled(&page, "organisation-title")?.render("account/organisation.html", &context))
}

/// The address of a form that was not accepted, opened again: by a reload, or to change the language.
pub async fn back(page: Page) -> Response {
    page.redirect("/account/organisation")
}

async fn saved(page: &Page, form: &Form) -> Result<(), AppError> {
    page.actor().may(Right::UserManage)?;
    let logo = match form.file("file") {
        Some(file) => Some(page.app().store_picture(page.actor(), &file.name, file.bytes.to_vec()).await?),
        None => None,
    };
    let text = |name: &str| form.text(name).to_owned();
    let change = OrganisationChange {
        name: Localized::new(text("name_zh"), text("name_en")),
        profile: Localized::new(text("profile_zh"), text("profile_en")),
        website: text("website"),
        service_email: text("service_email"),
        service_phone: text("service_phone"),
        logo,
    };
    page.app().save_own_organisation(page.actor(), change).await
}

/// `POST /account/organisation`: public data and logo.
pub async fn save(page: Page, form: Form) -> PageResult {
    match saved(&page, &form).await {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("organisation-saved"), "/account/organisation")),
        Err(error) => {
            let errors = page.form_errors(error)?;
            render_invalid(&page, Shown { v: Some(form.values()), errors, ..Shown::default() }).await
        }
    }
}

/// `POST /account/organisation/verification`.
pub async fn verify(page: Page, form: Form) -> PageResult {
    let request = OrganisationRequest::Verification { credit_code: form.text("credit_code").to_uppercase() };
    match page.app().apply(page.actor(), request).await {
        Ok(()) => {
            Ok(page.redirect_with(FlashKind::Success, page.t("organisation-verify-sent"), "/account/organisation"))
        }
        Err(error) => {
            let credit_errors = page.form_errors(error)?;
            render_invalid(&page, Shown { credit_errors, ..Shown::default() }).await
        }
    }
}

/// `POST /account/organisation/seller`.
pub async fn become_seller(page: Page, _proof: Form) -> PageResult {
    match page.app().apply(page.actor(), OrganisationRequest::Seller).await {
        Ok(()) => {
            Ok(page.redirect_with(FlashKind::Success, page.t("organisation-seller-sent"), "/account/organisation"))
        }
        Err(error) => page.form_errors(error).map(|errors| {
            let text = errors.list.first().map_or(String::new(), |l| l.text.clone());
            page.redirect_with(FlashKind::Danger, text, "/account/organisation")
        }),
    }
}
