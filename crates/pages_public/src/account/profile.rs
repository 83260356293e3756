//! One's own data: name, address, language, password.

use super::titled;
use domain::text::Language;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Profile {
    name: String,
    email: String,
    organisation: String,
    role: String,
    language: &'static str,
    languages: Vec<Choice>,
    errors: FormErrors,
}

fn context(page: &Page, errors: FormErrors) -> Profile {
    let (name, email, organisation, role) = match page.actor() {
        Actor::Member(m) => (
            m.name.clone(),
            m.email.clone(),
            page.pick(&m.organisation_name).to_owned(),
            page.t(&format!("role-{}", m.role.code())),
        ),
        Actor::Operator(o) => {
            (o.name.clone(), o.email.clone(), String::new(), page.t(&format!("role-{}", o.role.code())))
        }
        Actor::Visitor | Actor::System(_) => Default::default(),
    };
    let stored = page.signed_in().map_or(page.language(), |s| s.language);
    let own = |l: &Language| Choice {
        value: l.code().to_owned(),
        text: match l {
            Language::Zh => "简体中文".to_owned(),
            Language::En => "English".to_owned(),
        },
    };
    let languages = Language::ALL.iter().map(own).collect();
    Profile { name, email, organisation, role, language: stored.code(), languages, errors }
}

/// `GET /account`.
pub async fn show(page: Page) -> PageResult {
    let shown = titled(&page, "account-profile-title")?;
    Ok(shown.render("account/profile.html", &context(&page, FormErrors::default())))
}

/// The address of a form that was not accepted, opened again: by a reload, or to change the language.
pub async fn back(page: Page) -> Response {
    page.redirect("/account")
}

/// `POST /account/language`: remembers the language for mails and for other browsers.
pub async fn language(page: Page, form: Form) -> PageResult {
    titled(&page, "account-profile-title")?;
    let Some(language) = Language::from_code(form.text("language")) else {
        return Ok(page.redirect("/account"));
    };
    page.app().set_language(page.actor(), language).await?;
    let done = page.app().words().text(language, "account-language-saved", &[]);
    let to = format!("/account?lang={}", language.code());
    Ok(page.redirect_with(FlashKind::Success, done, to))
}

/// `POST /account/name`.
pub async fn rename(page: Page, form: Form) -> PageResult {
    titled(&page, "account-profile-title")?;
    match page.app().rename(page.actor(), form.text("user_name")).await {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("account-saved"), "/account")),
        Err(error) => {
            let text = page.error_text(&error);
            Ok(page.redirect_with(FlashKind::Danger, text, "/account"))
        }
    }
}

/// `POST /account/password`.
pub async fn password(page: Page, form: Form) -> PageResult {
    let shown = titled(&page, "account-profile-title")?;
    let signed_in = page.signed_in().ok_or(AppError::NotSignedIn)?;
    let (old, new) = (form.get("old_password").unwrap_or(""), form.get("new_password").unwrap_or(""));
    let changed = if new == form.get("repeat_password").unwrap_or("") {
        page.app().change_password(page.actor(), &signed_in.token_hash, old, new).await
    } else {
        Err(AppError::field("repeat_password", "password-differs"))
    };
    match changed {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("account-password-saved"), "/account")),
        Err(error) => {
            let errors = page.form_errors(error)?;
            Ok(shown.render_invalid("account/profile.html", &context(&page, errors)))
        }
    }
}
