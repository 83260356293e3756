//! The product page as buyers will see it, made of what an application says. It stands here because
//! it is the real page: only the banner above it is different.

use crate::product;
use app::catalogue::ApplicationDetail;
use app::shelf::ProductView;
use axum::extract::Path;
use domain::catalogue::product::ProductState;
use domain::identity::SellerState;
use store::identity::Organisation;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Banner {
    back: String,
}

/// The application as if it were approved. It goes under the application's id, so that nothing of it
/// is ever kept or bought as the product.
fn as_approved(detail: ApplicationDetail, seller: Organisation) -> ProductView {
    let (application, mut product) = (detail.application, detail.product);
    product.id = application.id;
    product.name = application.content.name.clone();
    product.content = application.content;
    product.state = ProductState::OnSale;
    product.version = -application.version;
    ProductView { product, seller: Organisation { frozen: false, seller_state: SellerState::Active, ..seller } }
}

/// The page with the banner as the first thing in its content.
fn with_banner(html: &str, banner: &str) -> String {
    let start = html.find("<main").and_then(|at| html[at..].find('>').map(|end| at + end + 1)).unwrap_or(0);
    format!("{}{banner}{}", &html[..start], &html[start..])
}

/// `GET /seller/applications/{id}/preview`.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.require_seller()?;
    let detail = page.app().application(page.actor(), &id).await?;
    let seller = page.app().own_organisation(page.actor()).await?;
    let tree = page.app().category_tree().await?;
    let html = product::render(&page, &as_approved(detail, seller), &tree)?;
    let banner = page.fragment("public/preview_banner.html", &Banner { back: format!("/seller/applications/{id}") })?;
    Ok(Html(with_banner(&html, &banner)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_comes_first_in_the_content() {
        assert_eq!(with_banner("<a><main id=\"m\"><p>x", "[b]"), "<a><main id=\"m\">[b]<p>x");
        assert_eq!(with_banner("x", "[b]"), "[b]x");
    }
}
