//! Loads the demo market through the same operations that people use.

use super::content::{content, text};
use super::{PASSWORD, SampleSellers};
use app::identity::{OrganisationChange, OrganisationDecision, Registration};
use app::{Actor, App, AppError};
use demo_market::{Category, SellerService};
use domain::access::{MemberRole, OperatorRole};
use domain::identity::SellerState;
use domain::money::{Currency, Money};

/// Owner of the sandbox organisation.
pub const SANDBOX_MAIL: &str = "sandbox@demo.example";
const DEMO: Actor = Actor::System("demo");

/// What went wrong, with the fields.
pub(super) fn words(e: AppError) -> String {
    match e {
        AppError::Invalid(errors) => {
            errors.iter().map(|e| format!("{}: {}", e.field, e.code)).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// Loads everything; returns a sentence with the counts.
pub async fn load(app: &App, servers: &SampleSellers, access_key: &str) -> Result<String, String> {
    let market = demo_market::market();
    let categories = load_categories(app, &market.categories).await?;
    for operator in &market.operators {
        let role = match operator.role.as_str() {
            "administrator" => OperatorRole::Admin,
            "reviewer" => OperatorRole::OpsManager,
            "finance" => OperatorRole::Finance,
            _ => OperatorRole::Auditor,
        };
        app.create_operator(&DEMO, &operator.name.zh, &operator.mail, PASSWORD, role).await.map_err(words)?;
    }
    for buyer in &market.buyers {
        let id =
            organisation(app, &buyer.name.zh, &buyer.name.en, &buyer.legal_name, &buyer.credit_code, &buyer.users[0])
                .await?;
        give_balance(app, &buyer.users[0].mail, "200000.00").await?;
        colleagues(app, &id, &buyer.users, MemberRole::Purchaser).await?;
    }
    for partner in &market.partners {
        let id = organisation(
            app,
            &partner.name.zh,
            &partner.name.en,
            &partner.legal_name,
            &partner.credit_code,
            &partner.users[0],
        )
        .await?;
        decide(app, &id, OrganisationDecision::Partner(true)).await?;
        colleagues(app, &id, &partner.users, MemberRole::Purchaser).await?;
    }
    let mut products = 0;
    for seller in &market.sellers {
        products += load_seller(app, seller, servers, access_key).await?;
    }
    load_sandbox(app).await?;
    Ok(format!(
        "{categories} categories, {} sellers, {products} products, {} buyers, {} operators",
        market.sellers.len(),
        market.buyers.len() + 1,
        market.operators.len()
    ))
}

async fn load_categories(app: &App, tree: &[Category]) -> Result<usize, String> {
    let mut count = 0;
    for (position, group) in tree.iter().enumerate() {
        save_category(app, group, None, position).await?;
        count += 1;
        for (position, leaf) in group.children.iter().enumerate() {
            save_category(app, leaf, Some(group.id.clone()), position).await?;
            count += 1;
        }
    }
    Ok(count)
}

async fn save_category(
    app: &App,
    category: &Category,
    parent_id: Option<String>,
    position: usize,
) -> Result<(), String> {
    let row = store::catalogue::Category {
        id: category.id.clone(),
        parent_id,
        name: text(&category.name),
        icon: category.icon.clone(),
        position: i64::try_from(position).unwrap_or(0),
        hidden: false,
    };
    app.save_category(&DEMO, row).await.map_err(words)
}

async fn decide(app: &App, id: &str, decision: OrganisationDecision) -> Result<(), String> {
    app.decide_organisation(&DEMO, id, decision, "").await.map_err(words)
}

async fn organisation(
    app: &App,
    name_zh: &str,
    name_en: &str,
    legal_name: &str,
    credit_code: &str,
    owner: &demo_market::User,
) -> Result<String, String> {
    let input = Registration {
        legal_name: legal_name.to_owned(),
        name_zh: name_zh.to_owned(),
        name_en: name_en.to_owned(),
        credit_code: credit_code.to_owned(),
        user_name: owner.display_name.zh.clone(),
        email: owner.mail.clone(),
        password: PASSWORD.to_owned(),
        language: "zh".into(),
    };
    let (id, _) = app.create_organisation(&DEMO, input).await.map_err(words)?;
    decide(app, &id, OrganisationDecision::Verify).await?;
    Ok(id)
}

/// Everybody of an organisation but its owner. What the data call a plain member buys for a buyer and
/// looks on at a seller.
async fn colleagues(app: &App, id: &str, users: &[demo_market::User], plain: MemberRole) -> Result<(), String> {
    for user in users.iter().skip(1) {
        let role = match user.role.as_str() {
            "administrator" => MemberRole::Administrator,
            "finance" => MemberRole::Finance,
            "publisher" => MemberRole::ProductManager,
            "support" => MemberRole::CustomerService,
            _ => plain,
        };
        app.import_member(id, &user.display_name.zh, &user.mail, role, PASSWORD).await.map_err(words)?;
    }
    Ok(())
}

/// Logs in as somebody, as the browser would.
pub(super) async fn sign_in(app: &App, mail: &str) -> Result<Actor, String> {
    let token = app.log_in(mail, PASSWORD, "demo").await.map_err(words)?;
    let session = app.session(&token).await.map_err(words)?.ok_or("the session is gone")?;
    Ok(session.actor)
}

async fn give_balance(app: &App, mail: &str, amount: &str) -> Result<(), String> {
    let actor = sign_in(app, mail).await?;
    let amount = Money::parse(amount, Currency::CNY).map_err(|e| e.to_string())?;
    let request = app.ask_top_up(&actor, amount).await.map_err(words)?;
    if request.state == "PENDING" {
        app.decide_top_up(&DEMO, &request.id, true).await.map_err(words)?;
    }
    Ok(())
}

async fn load_seller(
    app: &App,
    seller: &demo_market::Seller,
    servers: &SampleSellers,
    access_key: &str,
) -> Result<usize, String> {
    let owner = &seller.users[0];
    let id =
        organisation(app, &seller.name.zh, &seller.name.en, &seller.legal_name, &seller.credit_code, owner).await?;
    decide(app, &id, OrganisationDecision::Seller(SellerState::Active)).await?;
    colleagues(app, &id, &seller.users, MemberRole::ReadOnly).await?;
    app.import_access_key(&DEMO, &id, access_key).await.map_err(words)?;
    let logo = app.store_drawn_picture(&id, "logo.svg", demo_market::logo_svg(seller)).await.map_err(words)?;
    let actor = sign_in(app, &owner.mail).await?;
    let change = OrganisationChange {
        name: text(&seller.name),
        profile: text(&seller.profile),
        website: String::new(),
        service_email: seller.support.mail.clone(),
        service_phone: seller.support.phone.clone(),
        logo: Some(logo),
    };
    app.save_own_organisation(&actor, change).await.map_err(words)?;
    let mut count = 0;
    for product in demo_market::market().products.iter().filter(|p| p.seller == seller.key) {
        let address = match product.service {
            SellerService::Instant => servers.instant.production_address(),
            SellerService::Asynchronous => servers.asynchronous.production_address(),
            SellerService::Faulty => servers.faulty.production_address(),
        };
        let logo = app.store_drawn_picture(&id, "logo.svg", demo_market::logo_svg(product)).await.map_err(words)?;
        let mut pictures = Vec::new();
        for n in 0..3 {
            let svg = demo_market::picture_svg(product, n);
            pictures.push(app.store_drawn_picture(&id, &format!("picture-{n}.svg"), svg).await.map_err(words)?);
        }
        let content = content(product, seller, Some(logo), pictures, &address)?;
        let rating = i64::from(product.rating_tenths) * 10;
        app.release_directly(&id, content, i64::from(product.sales), rating)
            .await
            .map_err(|e| format!("{}: {}", product.key, words(e)))?;
        count += 1;
    }
    Ok(count)
}

async fn load_sandbox(app: &App) -> Result<(), String> {
    let input = Registration {
        legal_name: "演示沙箱有限公司".into(),
        name_zh: "演示沙箱".into(),
        name_en: "Demo Sandbox".into(),
        credit_code: "91110000SANDBOX001".into(),
        user_name: "沙箱用户".into(),
        email: SANDBOX_MAIL.into(),
        password: PASSWORD.into(),
        language: "zh".into(),
    };
    let (id, _) = app.create_organisation(&DEMO, input).await.map_err(words)?;
    decide(app, &id, OrganisationDecision::Verify).await?;
    decide(app, &id, OrganisationDecision::Sandbox).await?;
    give_balance(app, SANDBOX_MAIL, "1000000.00").await
}
