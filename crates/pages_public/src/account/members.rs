//! Members of one's organisation.

use super::{Tone, titled};
use domain::access::{MemberRole, Right};
use domain::time::Timestamp;
use store::identity::{Standing, User};
use store::member_groups::MemberGroup;
use web_kit::prelude::*;

/// A tab of the members' pages.
#[derive(Serialize)]
pub(super) struct Tab {
    text: String,
    href: &'static str,
    active: bool,
}

/// Users and user groups (ON-40).
pub(super) fn tabs(page: &Page) -> Vec<Tab> {
    let tab = |key, href: &'static str| Tab { text: page.t(key), href, active: page.path().starts_with(href) };
    vec![tab("members-title", "/account/members"), tab("groups-title", "/account/groups")]
}

#[derive(Serialize)]
struct Members {
    tabs: Vec<Tab>,
    sign_in: String,
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
    /// Where the invitation is taken back; empty once it was accepted.
    withdraw: String,
    scope_action: String,
    products: Vec<Choice>,
    only: Vec<String>,
    programmatic: bool,
    may_programmatic: bool,
    groups_action: String,
    groups: Vec<Choice>,
    in_groups: Vec<String>,
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

/// `POST /account/members/{id}/withdraw`: takes back an invitation.
pub async fn withdraw(page: Page, axum::extract::Path(id): axum::extract::Path<String>, _proof: Form) -> PageResult {
    page.app().withdraw_invitation(page.actor(), &id).await?;
    Ok(page.redirect_with(FlashKind::Success, page.t("members-withdrawn"), "/account/members"))
}

/// `POST /account/members/{id}/scope`: which products, and whether API tokens work.
pub async fn scope(page: Page, axum::extract::Path(id): axum::extract::Path<String>, form: Form) -> PageResult {
    page.require_right(Right::UserManage)?;
    let products = form.all("products").into_iter().map(str::to_owned).collect();
    let saved = page.app().authorise_member(page.actor(), &id, products, form.flag("programmatic")).await;
    saved_or_told(&page, &id, saved).await
}

/// `POST /account/members/{id}/groups`: in which groups he is.
pub async fn groups(page: Page, axum::extract::Path(id): axum::extract::Path<String>, form: Form) -> PageResult {
    page.require_right(Right::UserManage)?;
    let groups = form.all("groups").into_iter().map(str::to_owned).collect();
    let saved = page.app().set_member_groups(page.actor(), &id, groups).await;
    saved_or_told(&page, &id, saved).await
}

/// Back to the member's page, with what came of it.
async fn saved_or_told(page: &Page, id: &str, saved: Result<(), AppError>) -> PageResult {
    let user = load(page, id).await?.0;
    let (kind, text) = match saved {
        Ok(()) => (FlashKind::Success, page.tx("members-saved", &[("name", user.name.into())])),
        Err(error @ (AppError::Refused(_) | AppError::Invalid(_) | AppError::Stale)) => {
            (FlashKind::Danger, page.error_text(&error))
        }
        Err(error) => return Err(error.into()),
    };
    Ok(page.redirect_with(kind, text, format!("/account/members/{id}")))
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

pub(super) fn right_text(page: &Page, right: Right) -> String {
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
    Ok(Members {
        tabs: tabs(page),
        sign_in: format!("{}/login", page.app().options().base_url),
        rows: users.iter().map(row).collect(),
        roles: roles(page),
        v,
        errors,
    })
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

async fn load(page: &Page, id: &str) -> Result<(User, Vec<MemberGroup>), PageError> {
    Ok(page.app().member(page.actor(), id).await?)
}

async fn member_page(
    page: &Page,
    user: &User,
    of: &[MemberGroup],
    errors: FormErrors,
) -> Result<MemberPage, PageError> {
    let (role, extra) = standing(user);
    let groups = page.app().member_groups(page.actor()).await?;
    let choice = |r: &Right| Choice { value: r.code().to_owned(), text: right_text(page, *r) };
    let (included, open): (Vec<&Right>, Vec<&Right>) = Right::ALL.iter().partition(|r| role.grants(**r));
    let by_groups = user.group_rights.iter().filter(|r| !role.grants(**r));
    let comma = if page.language() == domain::text::Language::Zh { "、" } else { ", " };
    Ok(MemberPage {
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
        included: included.into_iter().chain(by_groups).map(|r| right_text(page, *r)).collect::<Vec<_>>().join(comma),
        disabled: user.disabled,
        fixed: role == MemberRole::Owner,
        withdraw: if user.is_invited() { format!("/account/members/{}/withdraw", user.id) } else { String::new() },
        scope_action: format!("/account/members/{}/scope", user.id),
        products: own_products(page).await,
        only: user.products.clone(),
        programmatic: user.programmatic,
        may_programmatic: user.programmatic || page.require_member()?.role == MemberRole::Owner,
        groups_action: format!("/account/members/{}/groups", user.id),
        groups: groups.into_iter().map(|g| Choice { value: g.group.id, text: g.group.name }).collect(),
        in_groups: of.iter().map(|g| g.id.clone()).collect(),
        errors,
    })
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
    let (user, of) = load(&page, &id).await?;
    let context = member_page(&page, &user, &of, FormErrors::default()).await?;
    Ok(titled_member(&page, &user)?.render("account/member.html", &context))
}

/// `POST /account/members/{id}`: role, further rights, disabled or not.
pub async fn change(page: Page, axum::extract::Path(id): axum::extract::Path<String>, form: Form) -> PageResult {
    page.require_right(Right::UserManage)?;
    let (mut user, of) = load(&page, &id).await?;
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
            let context = member_page(&page, &user, &of, errors).await?;
            Ok(titled_member(&page, &user)?.render_invalid("account/member.html", &context))
        }
    }
}
