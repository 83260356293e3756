//! Accounts that the measurements sign in with.

use super::data::BENCH;
use app::identity::{OrganisationDecision, Registration};
use app::{Actor, App};
use domain::access::OperatorRole;
use domain::identity::SellerState;
use domain::money::{Currency, Money};

const PASSWORD: &str = "Bench-harbour-2026";

/// Somebody who is signed in.
pub(super) struct Person {
    /// His organisation; empty for an operator.
    pub(super) organisation_id: String,
    /// Acts in this process.
    pub(super) actor: Actor,
    /// Value of the session cookie.
    pub(super) session: String,
}

impl Person {
    /// The header line that shows a server who asks.
    pub(super) fn cookie(&self) -> String {
        format!("cookie: {}={}\r\n", web_kit::visit::SESSION, self.session)
    }
}

async fn sign_in(app: &App, email: &str, organisation_id: String) -> Result<Person, String> {
    let session = app.log_in(email, PASSWORD, "bench").await.map_err(|e| e.to_string())?;
    let signed_in = app.session(&session).await.map_err(|e| e.to_string())?.ok_or("no session")?;
    Ok(Person { organisation_id, actor: signed_in.actor, session })
}

/// A verified company with its owner.
pub(super) async fn company(app: &App, name: &str, seller: bool) -> Result<Person, String> {
    let fault = |e: app::AppError| e.to_string();
    let email = format!("{name}@bench.example");
    let input = Registration {
        legal_name: format!("测量公司 {name}"),
        name_zh: format!("测量公司 {name}"),
        name_en: format!("Bench {name}"),
        credit_code: "91110000BENCH00001".into(),
        user_name: "测量".into(),
        email: email.clone(),
        password: PASSWORD.into(),
        language: "zh".into(),
    };
    let (id, _) = app.create_organisation(&BENCH, input).await.map_err(fault)?;
    app.decide_organisation(&BENCH, &id, OrganisationDecision::Verify, "").await.map_err(fault)?;
    if seller {
        let decision = OrganisationDecision::Seller(SellerState::Active);
        app.decide_organisation(&BENCH, &id, decision, "").await.map_err(fault)?;
    }
    sign_in(app, &email, id).await
}

/// An administrator of the market.
pub(super) async fn operator(app: &App) -> Result<Person, String> {
    let email = "operator@bench.example";
    app.create_operator(&BENCH, "测量", email, PASSWORD, OperatorRole::Admin).await.map_err(|e| e.to_string())?;
    sign_in(app, email, String::new()).await
}

/// A buyer with ten million on his balance and a token for the API.
pub(super) async fn buyer_with_token(app: &App, number: usize) -> Result<String, String> {
    let fault = |e: app::AppError| e.to_string();
    let person = company(app, &format!("buyer{number:03}"), false).await?;
    let amount = Money::parse("10000000.00", Currency::CNY).map_err(|e| e.to_string())?;
    let request = app.ask_top_up(&person.actor, amount).await.map_err(fault)?;
    app.decide_top_up(&BENCH, &request.id, true).await.map_err(fault)?;
    app.create_token(&person.actor, "bench").await.map_err(fault)
}
