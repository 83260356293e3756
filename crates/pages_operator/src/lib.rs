//! The operator console: reviews, organisations, trade, money, and the machinery behind them.

mod applications;
mod audit;
mod calls;
mod categories;
mod common;
mod content_view;
mod difference;
mod jobs;
mod ledger;
mod mails;
mod operators;
mod orders;
mod organisations;
mod overview;
mod payments;
mod products;
mod search_index;
mod services;
mod settings;
mod stuck;

use axum::Router;
use axum::routing::{get, post};
use web_kit::state::Web;

/// The routes of these pages. Every handler asks for the right that it needs.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/operator", get(overview::show))
        .merge(review())
        .merge(trade())
        .merge(machinery())
        .merge(search_index::routes())
}

fn review() -> Router<Web> {
    Router::new()
        .route("/operator/applications", get(applications::list))
        .route("/operator/applications/{id}", get(applications::show))
        .route("/operator/applications/{id}/approve", post(applications::approve))
        .route("/operator/applications/{id}/reject", post(applications::reject))
        .route("/operator/products", get(products::list))
        .route("/operator/products/{id}", get(products::show))
        .route("/operator/products/{id}/state", post(products::change_state))
        .route("/operator/categories", get(categories::show).post(categories::add))
        .route("/operator/categories/starter", post(categories::starter))
        .route("/operator/categories/{id}", post(categories::change))
        .route("/operator/categories/{id}/move", post(categories::reorder))
        .route("/operator/categories/{id}/hide", post(categories::hide))
        .route("/operator/organisations", get(organisations::list))
        .route("/operator/organisations/{id}", get(organisations::show))
        .route("/operator/organisations/{id}/decide", post(organisations::decide))
}

fn trade() -> Router<Web> {
    Router::new()
        .route("/operator/orders", get(orders::list))
        .route("/operator/orders.csv", get(orders::export))
        .route("/operator/orders/{id}", get(orders::show))
        .route("/operator/services", get(services::list))
        .route("/operator/services/{id}", get(services::show))
        .route("/operator/services/{id}/freeze", post(services::freeze))
        .route("/operator/services/{id}/unfreeze", post(services::unfreeze))
        .route("/operator/payments", get(payments::transfers))
        .route("/operator/payments/{id}/decide", post(payments::decide_transfer))
        .route("/operator/top-ups", get(payments::top_ups))
        .route("/operator/top-ups/{id}/decide", post(payments::decide_top_up))
        .route("/operator/ledger", get(ledger::show))
}

fn machinery() -> Router<Web> {
    Router::new()
        .route("/operator/calls", get(calls::list))
        .route("/operator/calls/{id}", get(calls::show))
        .route("/operator/calls/{id}/restart", post(calls::restart))
        .route("/operator/jobs", get(jobs::list))
        .route("/operator/jobs/{id}", get(jobs::show))
        .route("/operator/jobs/{id}/restart", post(jobs::restart))
        .route("/operator/jobs/{id}/cancel", post(jobs::cancel))
        .route("/operator/mails", get(mails::list))
        .route("/operator/mails/{id}", get(mails::show))
        .route("/operator/mails/{id}/html", get(mails::html))
        .route("/operator/settings", get(settings::show))
        .route("/operator/settings/{key}", post(settings::change))
        .route("/operator/operators", get(operators::show).post(operators::create))
        .route("/operator/operators/{id}", post(operators::change))
        .route("/operator/audit", get(audit::show))
}
