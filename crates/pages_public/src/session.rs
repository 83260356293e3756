//! Logging in and out, registering, choosing a new password.

use app::identity::Registration;
use axum::Extension;
use axum::http::{HeaderValue, header};
use web_kit::limiter::ClientNetwork;
use web_kit::prelude::*;

#[derive(Serialize)]
struct AuthForm {
    v: Values,
    errors: FormErrors,
    next: String,
    open: bool,
    sent: bool,
    token: String,
    minutes: i64,
}

fn form(page: &Page, v: Values, errors: FormErrors, next: &str) -> AuthForm {
    let minutes = page.app().settings().reset_minutes;
    let open = page.app().options().open_registration;
    AuthForm { v, errors, next: page.next_or("", next), open, sent: false, token: String::new(), minutes }
}

/// Where somebody goes after logging in without a target.
fn first_page(actor: &Actor) -> &'static str {
    match actor {
        Actor::Operator(_) => "/operator",
        Actor::Member(m) if m.is_seller() => "/seller",
        Actor::Member(_) => "/buyer",
        Actor::Visitor | Actor::System(_) => "/",
    }
}

/// `GET /login?next=`.
pub async fn show_log_in(page: Page) -> PageResult {
    if page.signed_in().is_some() {
        let to = page.next_or(first_page(page.actor()), page.query("next"));
        return Ok(page.redirect(to));
    }
    let context = form(&page, Values::default(), FormErrors::default(), page.query("next"));
    Ok(page.clone().title_key("login-title").render("public/login.html", &context))
}

/// `POST /login`.
pub async fn log_in(page: Page, network: Option<Extension<ClientNetwork>>, sent: Form) -> PageResult {
    let network = network.map(|Extension(network)| network.0).unwrap_or_default();
    let password = sent.get("password").unwrap_or("");
    let entered = page.app().log_in_from(sent.text("email"), password, page.user_agent(), &network).await;
    match entered {
        Ok(token) => {
            let who = page.app().session(&token).await?;
            let home = who.map_or("/", |s| first_page(&s.actor));
            Ok(page.log_in_redirect(&token, page.next_or(home, sent.text("next"))))
        }
        Err(error) => {
            let context = form(&page, sent.values(), page.form_errors(error)?, sent.text("next"));
            Ok(page.clone().title_key("login-title").render_invalid("public/login.html", &context))
        }
    }
}

/// `POST /logout`.
pub async fn log_out(page: Page, _proof: Form) -> PageResult {
    if let Some(signed_in) = page.signed_in() {
        page.app().log_out(signed_in).await?;
    }
    Ok(page.log_out_redirect("/"))
}

/// `GET /register`.
pub async fn show_register(page: Page) -> PageResult {
    if page.signed_in().is_some() {
        return Ok(page.redirect("/account"));
    }
    let context = form(&page, Values::default(), FormErrors::default(), page.query("next"));
    Ok(page.clone().title_key("register-title").render("public/register.html", &context))
}

/// `POST /register`: makes the company and its owner, who is then logged in.
pub async fn register(page: Page, sent: Form) -> PageResult {
    let text = |name: &str| sent.text(name).to_owned();
    let (email, password) = (text("email"), sent.get("password").unwrap_or("").to_owned());
    let input = Registration {
        legal_name: text("legal_name"),
        name_zh: text("name_zh"),
        name_en: text("name_en"),
        credit_code: text("credit_code"),
        user_name: text("user_name"),
        email: email.clone(),
        password: password.clone(),
        language: page.language().code().to_owned(),
    };
    if let Err(error) = page.app().register(input).await {
        let context = form(&page, sent.values(), page.form_errors(error)?, sent.text("next"));
        return Ok(page.clone().title_key("register-title").render_invalid("public/register.html", &context));
    }
    let token = page.app().log_in(&email, &password, page.user_agent()).await?;
    Ok(page.log_in_redirect(&token, page.next_or("/account/organisation", sent.text("next"))))
}

/// `GET /forgot`.
pub async fn show_forgot(page: Page) -> PageResult {
    let mut context = form(&page, Values::default(), FormErrors::default(), "");
    context.sent = page.query("sent") == "1";
    Ok(page.clone().title_key("forgot-title").render("public/forgot.html", &context))
}

/// `POST /forgot`: the answer is the same whether there is an account or not.
pub async fn forgot(page: Page, sent: Form) -> PageResult {
    page.app().ask_reset(sent.text("email")).await?;
    Ok(page.redirect("/forgot?sent=1"))
}

/// The page holds a secret: no cache may keep it.
fn kept_secret(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `GET /reset?token=`.
pub async fn show_reset(page: Page) -> PageResult {
    let mut context = form(&page, Values::default(), FormErrors::default(), "");
    context.token = page.query("token").chars().take(200).collect();
    Ok(kept_secret(page.clone().title_key("reset-title").render("public/reset.html", &context)))
}

/// `POST /reset`.
pub async fn reset(page: Page, sent: Form) -> PageResult {
    let password = sent.get("password").unwrap_or("");
    match page.app().reset_password(sent.text("token"), password).await {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("reset-done"), "/login")),
        Err(error) => {
            let mut context = form(&page, Values::default(), page.form_errors(error)?, "");
            context.token = sent.text("token").chars().take(200).collect();
            Ok(kept_secret(page.clone().title_key("reset-title").render_invalid("public/reset.html", &context)))
        }
    }
}
