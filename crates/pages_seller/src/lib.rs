//! Pages of the seller centre: products and their applications, orders and services of customers,
//! the messages to the seller's server, keys and income.

mod applications;
mod calls;
mod debug;
mod debug_cases;
mod diff;
mod display;
mod draft;
mod draft_parse;
mod editor;
mod faults;
mod history;
mod income;
mod keys;
mod lists;
mod orders;
mod overview;
mod products;
mod services;
mod shop;

use axum::Router;
use axum::routing::{get, post};
use web_kit::Web;

/// The routes of these pages.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/seller", get(overview::show))
        .route("/seller/products", get(products::index))
        .route("/seller/products/new", get(products::new).post(products::create))
        .route("/seller/products/{id}", get(products::show))
        .route("/seller/products/{id}/modify", post(products::modify))
        .route("/seller/products/{id}/delist", post(products::delist))
        .route("/seller/applications", get(applications::index))
        .route("/seller/applications/{id}", get(applications::show).post(editor::save))
        .route("/seller/applications/{id}/withdraw", post(applications::withdraw))
        .route("/seller/applications/{id}/delete", post(applications::delete))
        .route("/seller/applications/{id}/submit", post(applications::submit))
        .route("/seller/orders", get(orders::index))
        .route("/seller/orders.csv", get(orders::export))
        .route("/seller/orders/{id}", get(orders::show))
        .route("/seller/services", get(services::index))
        .route("/seller/services.csv", get(services::export))
        .route("/seller/services/{id}", get(services::show))
        .route("/seller/calls", get(calls::index).post(calls::restart_many))
        .route("/seller/calls.csv", get(calls::export))
        .route("/seller/calls/{id}", get(calls::show))
        .route("/seller/calls/{id}/attempts", get(calls::fragment))
        .route("/seller/calls/{id}/restart", post(calls::restart))
        .route("/seller/debug", get(debug::show).post(debug::act))
        .route("/seller/debug/cases", get(debug_cases::index).post(debug_cases::run_all))
        .route("/seller/debug/cases/{id}/run", post(debug_cases::run))
        .route("/seller/debug/cases/{id}/delete", post(debug_cases::delete))
        .route("/seller/keys", get(keys::show).post(keys::act))
        .route("/seller/shop", get(shop::show))
        .route("/seller/income", get(income::show))
        .route("/seller/income.csv", get(income::export))
}
