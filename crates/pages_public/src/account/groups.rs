//! User groups of one's organisation: the second tab of the members (ON-40).

use super::members::{Tab, right_text, tabs};
use super::titled;
use app::identity::GroupDetail;
use axum::extract::Path;
use domain::access::Right;
use web_kit::prelude::*;

const HOME: &str = "/account/groups";

#[derive(Serialize)]
struct Groups {
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    rights: Vec<Choice>,
    chosen: Vec<String>,
    v: Values,
    errors: FormErrors,
}

#[derive(Serialize)]
struct Row {
    href: String,
    name: String,
    rights: String,
    members: i64,
}

#[derive(Serialize)]
struct GroupPage {
    tabs: Vec<Tab>,
    action: String,
    delete: String,
    members: Vec<String>,
    rights: Vec<Choice>,
    chosen: Vec<String>,
    v: Values,
    errors: FormErrors,
}

/// The rights that the acting member can give: those that he holds himself.
fn givable(page: &Page) -> Result<Vec<Choice>, PageError> {
    let member = page.require_member()?;
    let held = Right::ALL.iter().filter(|right| member.has(**right));
    Ok(held.map(|r| Choice { value: r.code().to_owned(), text: right_text(page, *r) }).collect())
}

/// Names in one line, in the manner of the page's language.
fn listed(page: &Page, names: &[String]) -> String {
    names.join(if page.language() == domain::text::Language::Zh { "、" } else { ", " })
}

fn chosen(form: &Form) -> Vec<Right> {
    form.all("rights").into_iter().filter_map(Right::from_code).collect()
}

async fn context(page: &Page, v: Values, chosen: Vec<Right>, errors: FormErrors) -> Result<Groups, PageError> {
    let found = page.app().member_groups(page.actor()).await?;
    let row = |g: &GroupDetail| {
        let names: Vec<String> = g.group.rights.iter().map(|r| right_text(page, *r)).collect();
        Row {
            href: format!("{HOME}/{}", g.group.id),
            name: g.group.name.clone(),
            rights: listed(page, &names),
            members: i64::try_from(g.users.len()).unwrap_or(i64::MAX),
        }
    };
    Ok(Groups {
        tabs: tabs(page),
        rows: found.iter().map(row).collect(),
        rights: givable(page)?,
        chosen: chosen.iter().map(|r| r.code().to_owned()).collect(),
        v,
        errors,
    })
}

/// `GET /account/groups`.
pub async fn list(page: Page) -> PageResult {
    page.require_right(Right::UserManage)?;
    let context = context(&page, Values::default(), Vec::new(), FormErrors::default()).await?;
    Ok(titled(&page, "groups-title")?.nav_active("nav-account-members").render("account/groups.html", &context))
}

/// `POST /account/groups`: makes a group.
pub async fn create(page: Page, form: Form) -> PageResult {
    page.require_right(Right::UserManage)?;
    match page.app().create_member_group(page.actor(), form.text("name"), chosen(&form)).await {
        Ok(_) => {
            let text = page.tx("groups-saved", &[("name", form.text("name").into())]);
            Ok(page.redirect_with(FlashKind::Success, text, HOME))
        }
        Err(error) => {
            let context = context(&page, form.values(), chosen(&form), page.form_errors(error)?).await?;
            let titled = titled(&page, "groups-title")?.nav_active("nav-account-members");
            Ok(titled.render_invalid("account/groups.html", &context))
        }
    }
}

async fn load(page: &Page, id: &str) -> Result<GroupDetail, PageError> {
    let found = page.app().member_groups(page.actor()).await?;
    found.into_iter().find(|g| g.group.id == id).ok_or_else(PageError::not_found)
}

async fn group_page(
    page: &Page,
    found: &GroupDetail,
    v: Values,
    chosen: Vec<Right>,
    errors: FormErrors,
) -> Result<GroupPage, PageError> {
    let members = page.app().members(page.actor()).await?;
    Ok(GroupPage {
        tabs: tabs(page),
        action: format!("{HOME}/{}", found.group.id),
        delete: format!("{HOME}/{}/delete", found.group.id),
        members: members.into_iter().filter(|u| found.users.contains(&u.id)).map(|u| u.name).collect(),
        rights: givable(page)?,
        chosen: chosen.iter().map(|r| r.code().to_owned()).collect(),
        v,
        errors,
    })
}

fn titled_group(page: &Page, name: &str) -> Result<Page, PageError> {
    Ok(super::console(page)?
        .title(name.to_owned())
        .crumb_key("console-buyer", "/buyer")
        .crumb_key("groups-title", HOME)
        .crumb(name.to_owned(), "")
        .nav_active("nav-account-members"))
}

/// `GET /account/groups/{id}`.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.require_right(Right::UserManage)?;
    let found = load(&page, &id).await?;
    let v = Values::from([("name", found.group.name.clone())]);
    let context = group_page(&page, &found, v, found.group.rights.clone(), FormErrors::default()).await?;
    Ok(titled_group(&page, &found.group.name)?.render("account/group.html", &context))
}

/// `POST /account/groups/{id}`: name and rights.
pub async fn change(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    page.require_right(Right::UserManage)?;
    match page.app().change_member_group(page.actor(), &id, form.text("name"), chosen(&form)).await {
        Ok(()) => {
            let text = page.tx("groups-saved", &[("name", form.text("name").into())]);
            Ok(page.redirect_with(FlashKind::Success, text, HOME))
        }
        Err(error) => {
            let found = load(&page, &id).await?;
            let errors = page.form_errors(error)?;
            let context = group_page(&page, &found, form.values(), chosen(&form), errors).await?;
            Ok(titled_group(&page, &found.group.name)?.render_invalid("account/group.html", &context))
        }
    }
}

/// `POST /account/groups/{id}/delete`.
pub async fn delete(page: Page, Path(id): Path<String>, _proof: Form) -> PageResult {
    page.require_right(Right::UserManage)?;
    match page.app().delete_member_group(page.actor(), &id).await {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("groups-deleted"), HOME)),
        Err(error @ AppError::Refused(_)) => {
            let text = page.error_text(&error);
            Ok(page.redirect_with(FlashKind::Danger, text, format!("{HOME}/{id}")))
        }
        Err(error) => Err(error.into()),
    }
}
