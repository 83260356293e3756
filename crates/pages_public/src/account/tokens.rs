//! One's own API tokens.

use super::{Tone, titled};
use axum::extract::Path;
use domain::time::Timestamp;
use store::identity::ApiToken;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Tokens {
    rows: Vec<Row>,
    fresh: String,
    v: Values,
    errors: FormErrors,
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
    state: Tone,
    open: bool,
}

fn row(page: &Page, token: ApiToken) -> Row {
    let open = token.revoked_at.is_none();
    let (tone, key) = if open { ("success", "tokens-active") } else { ("neutral", "tokens-revoked") };
    Row {
        id: token.id,
        name: token.name,
        created_at: token.created_at,
        last_used_at: token.last_used_at,
        state: Tone { tone, text: page.t(key) },
        open,
    }
}

async fn context(page: &Page, fresh: String, v: Values, errors: FormErrors) -> Result<Tokens, PageError> {
    let tokens = page.app().tokens(page.actor()).await?;
    Ok(Tokens { rows: tokens.into_iter().map(|t| row(page, t)).collect(), fresh, v, errors })
}

/// `GET /account/tokens`.
pub async fn list(page: Page) -> PageResult {
    let shown = titled(&page, "tokens-title")?;
    let context = context(&page, String::new(), Values::default(), FormErrors::default()).await?;
    Ok(shown.render("account/tokens.html", &context))
}

/// `POST /account/tokens`: the answer is the only page that ever shows the token.
pub async fn create(page: Page, form: Form) -> PageResult {
    let shown = titled(&page, "tokens-title")?;
    let creating = page.app().create_token(page.actor(), form.text("name"));
    match page.once(&form, "/account/tokens", creating, |_| "/account/tokens".to_owned()).await {
        Ok(Made::Before(response)) => Ok(response),
        Ok(Made::Now(token)) => {
            let context = context(&page, token, Values::default(), FormErrors::default()).await?;
            Ok(shown.render("account/tokens.html", &context))
        }
        Err(error) => {
            let errors = page.form_errors(error)?;
            let context = context(&page, String::new(), form.values(), errors).await?;
            Ok(shown.render_invalid("account/tokens.html", &context))
        }
    }
}

/// `POST /account/tokens/{id}/revoke`.
pub async fn revoke(page: Page, Path(id): Path<String>, _proof: Form) -> PageResult {
    page.app().revoke_token(page.actor(), &id).await?;
    Ok(page.redirect_with(FlashKind::Success, page.t("tokens-revoke-done"), "/account/tokens"))
}
