//! The seller's shop: what customers see of the organisation, and where it is changed.

use crate::display::{Fact, console};
use app::domain::access::Right;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Context {
    public: String,
    link: String,
    name: String,
    logo: String,
    profile: String,
    facts: Vec<Fact>,
    may_edit: bool,
}

/// GET `/seller/shop`.
pub async fn show(page: Page) -> PageResult {
    page.actor().seller_may(Right::ShopEdit)?;
    let o = page.app().own_organisation(page.actor()).await?;
    let public = format!("/shop/{}", o.id);
    let context = Context {
        link: format!("{}{public}", page.app().options().base_url),
        public,
        name: page.pick(&o.name).to_owned(),
        logo: o.logo.as_ref().map(|id| format!("/files/{id}")).unwrap_or_default(),
        profile: page.pick(&o.profile).to_owned(),
        facts: vec![
            Fact::new(&page, "seller-shop-name-zh", o.name.zh.clone()),
            Fact::new(&page, "seller-shop-name-en", o.name.en.clone()),
            Fact::new(&page, "seller-shop-website", o.website.clone()),
            Fact::new(&page, "seller-shop-email", o.service_email.clone()),
            Fact::new(&page, "seller-shop-phone", o.service_phone.clone()),
        ],
        may_edit: page.actor().may(Right::UserManage).is_ok(),
    };
    let title = page.t("seller-shop-title");
    Ok(console(page, &title, &[]).render("seller/shop.html", &context))
}
