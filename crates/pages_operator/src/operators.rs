//! Operators: who they are, what they may do, and changing that.

use crate::common::*;
use axum::extract::Path;
use domain::access::{OperatorRight, OperatorRole};
use domain::time::Timestamp;
use store::identity::{Standing, User};
use web_kit::prelude::*;

const HOME: &str = "/operator/operators";

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    email: String,
    role: String,
    disabled: bool,
    mine: bool,
    at: Timestamp,
    last: Option<Timestamp>,
}

#[derive(Serialize)]
struct RoleRow {
    name: String,
    rights: Vec<String>,
}

#[derive(Serialize)]
struct OperatorsPage {
    rows: Vec<Row>,
    roles: Vec<Choice>,
    role_rights: Vec<RoleRow>,
    editing: String,
    editing_name: String,
    v: Values,
    errors: FormErrors,
}

fn role_of(user: &User) -> OperatorRole {
    match user.standing {
        Standing::Operator { role } => role,
        Standing::Member { .. } => OperatorRole::Auditor,
    }
}

fn role_rights(page: &Page) -> Vec<RoleRow> {
    OperatorRole::ALL
        .iter()
        .map(|role| RoleRow {
            name: word(page, "role-", role.code()),
            rights: OperatorRight::ALL
                .iter()
                .filter(|r| role.grants(**r))
                .map(|r| word(page, "operator-right-", r.code()))
                .collect(),
        })
        .collect()
}

async fn operators_page(page: &Page, editing: &str, v: Values, errors: FormErrors) -> Result<OperatorsPage, PageError> {
    let me = page.require_operator(OperatorRight::ManageOperators)?.user_id.clone();
    let users = page.app().operators(page.actor()).await?;
    let edited = users.iter().find(|u| u.id == editing && u.id != me);
    let v = edited.filter(|_| errors.is_empty()).map_or(v, |u| {
        let disabled = if u.disabled { "on" } else { "" };
        Values::from([("role", role_of(u).code().to_owned()), ("disabled", disabled.to_owned())])
    });
    let rows = users.iter().map(|u| Row {
        id: u.id.clone(),
        name: u.name.clone(),
        email: u.email.clone(),
        role: word(page, "role-", role_of(u).code()),
        disabled: u.disabled,
        mine: u.id == me,
        at: u.created_at,
        last: u.last_login_at,
    });
    let codes: Vec<&str> = OperatorRole::ALL.iter().map(|r| r.code()).collect();
    Ok(OperatorsPage {
        rows: rows.collect(),
        roles: choices(page, "role-", &codes),
        role_rights: role_rights(page),
        editing: edited.map_or_else(String::new, |u| u.id.clone()),
        editing_name: edited.map_or_else(String::new, |u| u.name.clone()),
        v,
        errors,
    })
}

fn desk_of_operators(page: Page) -> Page {
    let title = page.t("nav-operator-operators");
    desk(page, title)
}

/// The operators, with the form to add one or to change the chosen one.
pub async fn show(page: Page) -> PageResult {
    let ctx = operators_page(&page, page.query("edit"), Values::default(), FormErrors::default()).await?;
    Ok(desk_of_operators(page).render("operator/operators.html", &ctx))
}

async fn saved(page: Page, editing: &str, form: &Form, outcome: Result<(), AppError>, key: &str) -> PageResult {
    match outcome {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t(key), HOME)),
        Err(error) => {
            let errors = page.form_errors(error)?;
            let ctx = operators_page(&page, editing, form.values(), errors).await?;
            Ok(desk_of_operators(page).render_invalid("operator/operators.html", &ctx))
        }
    }
}

/// Creates an operator.
pub async fn create(page: Page, form: Form) -> PageResult {
    page.require_operator(OperatorRight::ManageOperators)?;
    let (name, email) = (form.text("name"), form.text("email"));
    let password = form.get("password").unwrap_or("");
    let outcome = match OperatorRole::from_code(form.text("role")) {
        _ if !(2..=64).contains(&name.chars().count()) => Err(AppError::field("name", "name-length")),
        Some(role) => {
            let creating = page.app().create_operator(page.actor(), name, email, password, role);
            match page.once(&form, "/operator/operators", creating, |_| "/operator/operators".to_owned()).await {
                Ok(Made::Before(response)) => return Ok(response),
                Ok(Made::Now(made)) => Ok(made),
                Err(error) => Err(error),
            }
        }
        None => Err(AppError::field("role", "required")),
    };
    saved(page, "", &form, outcome, "operator-operator-created").await
}

/// Changes the role of an operator, disables or enables him.
pub async fn change(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    page.require_operator(OperatorRight::ManageOperators)?;
    let outcome = match OperatorRole::from_code(form.text("role")) {
        Some(role) => page.app().change_operator(page.actor(), &id, role, form.flag("disabled")).await,
        None => Err(AppError::field("role", "required")),
    };
    saved(page, &id, &form, outcome, "operator-operator-changed").await
}
