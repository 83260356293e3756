//! The pages of one's own account and organisation, and the message centre.

mod audit;
mod groups;
mod members;
mod messages;
mod organisation;
mod profile;
mod tokens;

use axum::Router;
use axum::routing::{get, post};
use web_kit::prelude::*;

/// The routes of these pages.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/account", get(profile::show))
        .route("/account/name", get(profile::back).post(profile::rename))
        .route("/account/language", get(profile::back).post(profile::language))
        .route("/account/password", get(profile::back).post(profile::password))
        .route("/account/organisation", get(organisation::show).post(organisation::save))
        .route("/account/organisation/verification", get(organisation::back).post(organisation::verify))
        .route("/account/organisation/seller", get(organisation::back).post(organisation::become_seller))
        .route("/account/members", get(members::list).post(members::invite))
        .route("/account/members/{id}", get(members::show).post(members::change))
        .route("/account/members/{id}/scope", post(members::scope))
        .route("/account/members/{id}/groups", post(members::groups))
        .route("/account/groups", get(groups::list).post(groups::create))
        .route("/account/groups/{id}", get(groups::show).post(groups::change))
        .route("/account/groups/{id}/delete", post(groups::delete))
        .route("/account/members/{id}/withdraw", post(members::withdraw))
        .route("/account/tokens", get(tokens::list).post(tokens::create))
        .route("/account/tokens/{id}/revoke", post(tokens::revoke))
        .route("/account/audit", get(audit::list))
        .route("/account/audit.csv", get(audit::export))
        .route("/messages", get(messages::list))
        .route("/messages/read", post(messages::read_all))
        .route("/messages/{id}/read", post(messages::read))
}

/// The console in which the account pages of this person stand; visitors go to the log-in page.
fn console(page: &Page) -> Result<Page, PageError> {
    match page.actor() {
        Actor::Operator(_) => Ok(page.clone().console("operator")),
        Actor::Member(_) => Ok(page.clone().console("buyer")),
        Actor::Visitor | Actor::System(_) => Err(AppError::NotSignedIn.into()),
    }
}

/// Address of the console of this person.
fn home(page: &Page) -> &'static str {
    if matches!(page.actor(), Actor::Operator(_)) { "/operator" } else { "/buyer" }
}

/// An account page with its path above the title.
fn titled(page: &Page, key: &str) -> Result<Page, PageError> {
    let console = console(page)?;
    let home_key = if matches!(page.actor(), Actor::Operator(_)) { "console-operator" } else { "console-buyer" };
    Ok(console.title_key(key).crumb_key(home_key, home(page)).crumb_key(key, ""))
}

#[derive(Serialize)]
struct Tone {
    tone: &'static str,
    text: String,
}
