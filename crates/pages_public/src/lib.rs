//! The storefront that everybody sees, and the pages of one's own account.

mod account;
mod checkout;
mod files;
mod frame;
mod home;
mod offer;
mod preview;
mod product;
mod quote;
mod ready;
mod search_page;
mod session;
mod shelf;
mod shop_page;
mod sites;
#[cfg(test)]
mod test_site;

use axum::Router;
use axum::routing::{get, post};
use web_kit::Web;

/// The routes of these pages.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/", get(home::show))
        .route("/search", get(search_page::search))
        .route("/category/{id}", get(search_page::category))
        .route("/suggest", get(search_page::suggest))
        .route("/product/{id}", get(product::show))
        .route("/product/{id}/quote", get(product::quote))
        .route("/seller/applications/{id}/preview", get(preview::show))
        .route("/shop/{id}", get(shop_page::show))
        .route("/buy/{id}", get(checkout::show).post(checkout::place))
        .route("/login", get(session::show_log_in).post(session::log_in))
        .route("/logout", post(session::log_out))
        .route("/register", get(session::show_register).post(session::register))
        .route("/forgot", get(session::show_forgot).post(session::forgot))
        .route("/reset", get(session::show_reset).post(session::reset))
        .route("/help", get(sites::help))
        .route("/about", get(sites::about))
        .route("/sell", get(sites::sell))
        .route("/partners", get(sites::partners))
        .route("/styleguide", get(sites::styleguide))
        .route("/robots.txt", get(sites::robots))
        .route("/sitemap.xml", get(sites::sitemap))
        .merge(files::routes())
        .merge(account::routes())
}
