//! Pages of the buyer centre and of the partner centre: orders, purchased services, money,
//! agreements, the test clock of a sandbox.

mod agreements;
mod balance;
mod clock;
mod order;
mod orders;
mod overview;
mod partner;
mod renewals;
mod service;
mod services;
mod steps;
mod views;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::{get, post};
use web_kit::state::Web;

/// The routes of these pages.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/buyer", get(overview::show))
        .route("/buyer/orders", get(orders::list))
        .route("/buyer/orders.csv", get(orders::export))
        .route("/buyer/orders/{id}", get(order::show))
        .route("/buyer/orders/{id}/progress", get(order::progress))
        .route("/buyer/orders/{id}/pay", post(order::pay))
        .route("/buyer/orders/{id}/cancel", post(order::cancel))
        .route("/buyer/services", get(services::list))
        .route("/buyer/services.csv", get(services::export))
        .route("/buyer/services/{id}", get(service::show))
        .route("/buyer/services/{id}/policy", post(service::policy))
        .route("/buyer/services/{id}/renew", post(service::renew))
        .route("/buyer/services/{id}/unsubscribe", post(service::unsubscribe))
        .route("/buyer/services/{id}/return-renewal", post(service::return_renewal))
        .route("/buyer/services/{id}/release", post(service::release))
        .route("/buyer/services/{id}/refresh", post(service::refresh))
        .route("/buyer/renewals", get(renewals::list))
        .route("/buyer/balance", get(balance::show))
        .route("/buyer/balance.csv", get(balance::export))
        .route("/buyer/balance/top-up", post(balance::top_up))
        .route("/buyer/agreements", get(agreements::list))
        .route("/buyer/agreements/{order}", get(agreements::show))
        .route("/buyer/clock", get(clock::show))
        .route("/buyer/clock/advance", post(clock::advance))
        .route("/partner", get(partner::show))
}
