//! Members of one's organisation.

use super::{Tone, titled};
use domain::access::{MemberRole, Right};
use domain::time::Timestamp;
use store::identity::{Standing, User};
use web_kit::prelude::*;

#[derive(Serialize)]
struct Members {
    rows: Vec<Row>,
    roles: Vec<RoleChoice>,
    v: Values,
    errors: FormErrors,
}

#[derive(Serialize)]
struct Row {
    href: String,
    name: String,
    email: String,
    role: String,
    extra: i64,
    state: Tone,
    last_login_at: Option<Timestamp>,
    fixed: bool,
}

#[derive(Serialize)]
struct RoleChoice {
    value: &'static str,
    text: String,
    hint: String,
}

#[derive(Serialize)]
struct MemberPage {
    name: String,
    email: String,
    state: Tone,
    created_at: Timestamp,
    last_login_at: Option<Timestamp>,
    action: String,
    role: String,
    role_text: String,
    roles: Vec<RoleChoice>,
    rights: Vec<Choice>,
    extra: Vec<&'static str>,
    included: String,
    disabled: bool,
    fixed: bool,
    scope_action: String,
    products: Vec<Choice>,
    only: Vec<String>,
    programmatic: bool,
    errors: FormErrors,
}

/// Products of the organisation, for narrowing a sub-user's rights; none where it does not sell.
async fn own_products(page: &Page) -> Vec<Choice> {
    let filter = store::catalogue::ProductFilter::default();
    let limit = app::PageRequest { limit: 200, ..app::PageRequest::default() };
    let found = page.app().own_products(page.actor(), filter, limit).await;
    found.map_or_else(
        |_| Vec::new(),
        |paged| {
            paged.items.iter().map(|p| Choice { value: p.id.clone(), text: page.pick(&p.name).to_owned() }).collect()
        },
    )
}

/// `POST /account/members/{id}/scope`: which products, and whether API tokens work.
pub async fn scope(page: Page, axum::extract::Path(id): axum::extract::Path<String>, form: Form) -> PageResult {
    page.require_right(Right::UserManage)?;
    let user = load(&page, &id).await?;
    let products = form.all("products").into_iter().map(str::to_owned).collect();
    page.app().authorise_member(page.actor(), &id, products, form.flag("programmatic")).await?;
    let text = page.tx("members-saved", &[("name", user.name.into())]);
    Ok(page.redirect_with(FlashKind::Success, text, format!("/account/members/{id}")))
}

fn standing(user: &User) -> (MemberRole, &[Right]) {
    match &user.standing {
        Standing::Member { role, extra, .. } => (*role, extra),
        Standing::Operator { .. } => (MemberRole::ReadOnly, &[]),
    }
}

fn state(page: &Page, user: &User) -> Tone {
    match (user.disabled, user.last_login_at) {
        (true, _) => Tone { tone: "danger", text: page.t("members-disabled") },
        (false, None) => Tone { tone: "info", text: page.t("members-invited") },
        (false, Some(_)) => Tone { tone: "success", text: page.t("members-active") },
    }
}

fn role_text(page: &Page, role: MemberRole) -> String {
    page.t(&format!("role-{}", role.code()))
}

/// Roles that can be given; there is one owner only.
fn roles(page: &Page) -> Vec<RoleChoice> {
    let given = MemberRole::ALL.iter().filter(|r| **r != MemberRole::Owner);
    given
        .map(|r| RoleChoice {
            value: r.code(),
            text: role_text(page, *r),
            hint: page.t(&format!("members-role-{}", r.code().replace('_', "-"))),
        })
        .collect()
}

fn right_text(page: &Page, right: Right) -> String {
    page.t(&format!("right-{}", right.code().replace('.', "-")))
}

async fn context(page: &Page, v: Values, errors: FormErrors) -> Result<Members, PageError> {
    let users = page.app().members(page.actor()).await?;
    let row = |user: &User| {
        let (role, extra) = standing(user);
        Row {
            href: format!("/account/members/{}", user.id),
            name: user.name.clone(),
            email: user.email.clone(),
            role: role_text(page, role),
            extra: i64::try_from(extra.len()).unwrap_or(0),
            state: state(page, user),
            last_login_at: user.last_login_at,
            fixed: role == MemberRole::Owner,
        }
    };
    Ok(Members { rows: users.iter().map(row).collect(), roles: roles(page), v, errors })
}

/// `GET /account/members`.
pub async fn list(page: Page) -> PageResult {
    page.require_right(Right::UserManage)?;
    let v = Values::from([("role", MemberRole::Purchaser.code().to_owned())]);
    let context = context(&page, v, FormErrors::default()).await?;
    Ok(titled(&page, "members-title")?.render("account/members.html", &context))
}

/// `POST /account/members`: invites somebody.
pub async fn invite(page: Page, form: Form) -> PageResult {
    page.require_right(Right::UserManage)?;
    let invited = match MemberRole::from_code(form.text("role")) {
        Some(role) => {
            let inviting = page.app().invite_member(page.actor(), form.text("user_name"), form.text("email"), role);
            page.once(&form, "/account/members", inviting, |()| "/account/members".to_owned()).await
        }
        None => Err(AppError::field("role", "required")),
    };
    match invited {
        Ok(Made::Before(response)) => Ok(response),
        Ok(Made::Now(())) => {
            let text = page.tx("members-invite-sent", &[("email", form.text("email").into())]);
            Ok(page.redirect_with(FlashKind::Success, text, "/account/members"))
        }
        Err(error) => {
            let context = context(&page, form.values(), page.form_errors(error)?).await?;
            Ok(titled(&page, "members-title")?.render_invalid("account/members.html", &context))
        }
    }
}

async fn load(page: &Page, id: &str) -> Result<User, PageError> {
    let users = page.app().members(page.actor()).await?;
    users.into_iter().find(|u| u.id == id).ok_or_else(PageError::not_found)
}

async fn member_page(page: &Page, user: &User, errors: FormErrors) -> MemberPage {
    let (role, extra) = standing(user);
    let choice = |r: &Right| Choice { value: r.code().to_owned(), text: right_text(page, *r) };
    let (included, open): (Vec<&Right>, Vec<&Right>) = Right::ALL.iter().partition(|r| role.grants(**r));
    let comma = if page.language() == domain::text::Language::Zh { "、" } else { ", " };
    MemberPage {
        name: user.name.clone(),
        email: user.email.clone(),
        state: state(page, user),
        created_at: user.created_at,
        last_login_at: user.last_login_at,
        action: format!("/account/members/{}", user.id),
        role: role.code().to_owned(),
        role_text: role_text(page, role),
        roles: roles(page),
        rights: open.into_iter().map(choice).collect(),
        extra: extra.iter().map(|r| r.code()).collect(),
        included: included.iter().map(|r| right_text(page, **r)).collect::<Vec<_>>().join(comma),
        disabled: user.disabled,
        fixed: role == MemberRole::Owner,
        scope_action: format!("/account/members/{}/scope", user.id),
        products: own_products(page).await,
        only: user.products.clone(),
        programmatic: user.programmatic,
        errors,
    }
}

fn titled_member(page: &Page, user: &User) -> Result<Page, PageError> {
    Ok(super::console(page)?
        .title(user.name.clone())
        .crumb_key("console-buyer", "/buyer")
        .crumb_key("members-title", "/account/members")
        .crumb(user.name.clone(), "")
        .nav_active("nav-account-members"))
}

/// `GET /account/members/{id}`.
pub async fn show(page: Page, axum::extract::Path(id): axum::extract::Path<String>) -> PageResult {
    page.require_right(Right::UserManage)?;
    let user = load(&page, &id).await?;
    let context = member_page(&page, &user, FormErrors::default()).await;
    Ok(titled_member(&page, &user)?.render("account/member.html", &context))
}

/// `POST /account/members/{id}`: role, further rights, disabled or not.
pub async fn change(page: Page, axum::extract::Path(id): axum::extract::Path<String>, form: Form) -> PageResult {
    page.require_right(Right::UserManage)?;
    let mut user = load(&page, &id).await?;
    let role = MemberRole::from_code(form.text("role"));
    let chosen = form.all("extra").into_iter().filter_map(Right::from_code);
    // What the role holds anyway is not stored beside it.
    let extra: Vec<Right> = chosen.filter(|r| role.is_some_and(|role| !role.grants(*r))).collect();
    let disabled = form.flag("disabled");
    let changed = match role {
        Some(role) => page.app().change_member(page.actor(), &id, role, extra, disabled).await,
        None => Err(AppError::field("role", "required")),
    };
    match changed {
        Ok(()) => {
            let text = page.tx("members-saved", &[("name", user.name.clone().into())]);
            Ok(page.redirect_with(FlashKind::Success, text, "/account/members"))
        }
        Err(error) => {
            let errors = page.form_errors(error)?;
            user.disabled = disabled;
            let context = member_page(&page, &user, errors).await;
            Ok(titled_member(&page, &user)?.render_invalid("account/member.html", &context))
        }
    }
}
