//! The market that is measured: synthetic products in the same rows that a release writes, loaded
//! in bulk.

use super::load::Random;
use super::server::Place;
use crate::config::{Config, Secret};
use crate::demo::content::{content, text};
use crate::wiring;
use app::shelf::CategoryTree;
use app::{Actor, App};
use domain::catalogue::application::{ApplicationKind, ApplicationState};
use domain::catalogue::kinds::{AccessType, PeriodType};
use domain::catalogue::product::ProductState;
use domain::id::{ApplicationId, OrganisationId, ProductId, Seed, SpecificationId};
use domain::identity::{SellerState, Verification};
use domain::time::{MINUTE, SECOND, Timestamp};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use store::Db;
use store::catalogue::{Application, Product};
use store::identity::Organisation;

/// Who acts.
pub(super) const BENCH: Actor = Actor::System("bench");
/// Key with which calls to the sample seller are signed.
pub(super) const ACCESS_KEY: &str = "b7e6a9b0-1c2d-4e3f-8a9b-0c1d2e3f4a5b";
/// Seed of the products; any other gives other names and as many.
const SEED: u64 = 20_260_101;
/// Sellers whose products are ordered and whose server is called.
const SERVED: usize = 8;

/// A product that can be ordered by the month.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    /// Product.
    pub(super) product_id: String,
    /// Its specification with a monthly price.
    pub(super) specification_id: String,
}

/// A market with products, ready to be served.
pub(super) struct Base {
    /// Database and data folder.
    pub(super) place: Place,
    /// The application on it, in this process.
    pub(super) app: App,
    /// Its database.
    pub(super) db: Db,
    /// Ids of the products.
    pub(super) products: Arc<Vec<String>>,
    /// Ids of the categories of every level.
    pub(super) categories: Arc<Vec<String>>,
    /// What can be ordered.
    pub(super) offers: Arc<Vec<Offer>>,
}

/// Words that occur in the products, by language.
pub(super) struct Vocabulary {
    /// Chinese.
    pub(super) zh: Vec<String>,
    /// English.
    pub(super) en: Vec<String>,
}

/// The settings of a server on `place`.
pub(super) fn configuration(place: &Place) -> Result<Config, String> {
    let mut config = Config::load(None)?;
    config.database.url = Secret(place.url.clone());
    config.data.folder.clone_from(&place.folder);
    config.sellers.reach = "development".into();
    Ok(config)
}

/// Makes rows of synthetic products.
pub(super) struct Maker {
    sellers: Vec<Organisation>,
    pictures: Vec<Option<String>>,
    address: String,
    now: Timestamp,
    random: Random,
}

impl Maker {
    /// `count` sellers, all with their servers at `address`.
    pub(super) fn new(count: usize, address: &str, now: Timestamp) -> Maker {
        let mut maker = Maker {
            sellers: Vec::new(),
            pictures: vec![None; count.max(1)],
            address: address.to_owned(),
            now,
            random: Random::new(SEED),
        };
        maker.sellers = (0..count.max(1)).map(|n| maker.seller(n)).collect();
        maker
    }

    fn seed(&mut self) -> Seed {
        let random = (u128::from(self.random.bits()) << 64) | u128::from(self.random.bits());
        Seed { millis: u64::try_from(self.now.millis()).unwrap_or(0), random }
    }

    fn seller(&mut self, number: usize) -> Organisation {
        let market = demo_market::market();
        let like = &market.sellers[number % market.sellers.len()];
        let mut name = text(&like.name);
        name.zh = format!("{}{number:04}", name.zh);
        name.en = format!("{} {number:04}", name.en);
        let created_at = self.now.plus(-10_000 * MINUTE);
        Organisation {
            id: OrganisationId::new(self.seed()).to_string(),
            name,
            legal_name: format!("{}（{number:04}）", like.legal_name),
            credit_code: like.credit_code.clone(),
            verification: Verification::Verified,
            seller_state: SellerState::Active,
            is_partner: false,
            sandbox: false,
            clock_offset: 0,
            frozen: false,
            profile: text(&like.profile),
            logo: None,
            website: String::new(),
            service_email: like.support.mail.clone(),
            service_phone: like.support.phone.clone(),
            created_at,
            updated_at: created_at,
            version: 1,
        }
    }

    /// The product as it is on the shelf, with its seller.
    fn product(&mut self, index: usize, like: &demo_market::Product) -> Result<(Product, Organisation), String> {
        let market = demo_market::market();
        let at = index % self.sellers.len();
        let seller = self.sellers[at].clone();
        let picture = self.pictures[at].clone();
        let pictures = vec![picture.clone().unwrap_or_default(); 3];
        let support = &market.sellers[at % market.sellers.len()];
        let mut content = content(like, support, picture, pictures, &self.address)?;
        for specification in &mut content.specifications {
            specification.id = SpecificationId::new(self.seed()).to_string();
            for line in &mut specification.prices {
                line.product_code = domain::id::text("pid", self.seed());
            }
        }
        let released = self.now.plus(-(i64::try_from(index).unwrap_or(0) % 500_000) * SECOND);
        let product = Product {
            id: ProductId::new(self.seed()).to_string(),
            organisation_id: seller.id.clone(),
            access_type: AccessType::Saas,
            business_type: content.business_type,
            state: ProductState::OnSale,
            public_sale: true,
            version_no: 1,
            name: content.name.clone(),
            rating_x100: i64::from(like.rating_tenths) * 10,
            sales: i64::from(like.sales),
            created_at: released,
            updated_at: released,
            released_at: Some(released),
            discontinued_at: None,
            version: 3,
            content,
        };
        Ok((product, seller))
    }

    /// Products as the search engine sees them, without any row; a million of them need no memory.
    pub(super) fn documents(
        mut self,
        count: usize,
        tree: Arc<CategoryTree>,
    ) -> impl Iterator<Item = Result<search::ProductDoc, String>> {
        let sellers = self.sellers.len();
        demo_market::synthetic_products(count, sellers, SEED).enumerate().map(move |(index, like)| {
            let (product, seller) = self.product(index, &like)?;
            Ok(app::shelf::document(&product, &seller, &tree))
        })
    }
}

fn application_of(product: &Product, id: String) -> Application {
    Application {
        id,
        product_id: product.id.clone(),
        organisation_id: product.organisation_id.clone(),
        kind: ApplicationKind::Release,
        state: ApplicationState::Approved,
        content: product.content.clone(),
        comment: String::new(),
        submitted_at: product.released_at,
        due_at: product.released_at,
        decided_at: product.released_at,
        decided_by: Some("bench".into()),
        reason: String::new(),
        created_at: product.created_at,
        updated_at: product.updated_at,
        version: 3,
    }
}

/// Writes products as a release does: product, its version, its application, the line in the log of
/// changes.
async fn write_products(db: &Db, rows: Vec<(Product, String)>) -> Result<(), String> {
    db.write(move |tx| {
        for (product, application_id) in &rows {
            store::catalogue::insert_product(tx, product)?;
            let at = product.released_at.unwrap_or(product.created_at);
            store::catalogue::insert_version(tx, product, application_id, at)?;
            store::catalogue::insert_application(tx, &application_of(product, application_id.clone()))?;
            store::catalogue::record_change(tx, &product.id, at)?;
        }
        Ok::<(), store::StoreError>(())
    })
    .await
    .map_err(|e| e.to_string())
}

fn offer(product: &Product) -> Option<Offer> {
    let monthly = product.content.shown().find(|s| s.prices.iter().any(|p| p.period == Some(PeriodType::Month)))?;
    Some(Offer { product_id: product.id.clone(), specification_id: monthly.id.clone() })
}

async fn save_categories(app: &App) -> Result<Vec<String>, String> {
    let mut ids = Vec::new();
    let mut rows = Vec::new();
    for (position, group) in demo_market::market().categories.iter().enumerate() {
        rows.push((group, None, position));
        for (position, leaf) in group.children.iter().enumerate() {
            rows.push((leaf, Some(group.id.clone()), position));
        }
    }
    for (category, parent_id, position) in rows {
        let row = store::catalogue::Category {
            id: category.id.clone(),
            parent_id,
            name: text(&category.name),
            icon: category.icon.clone(),
            position: i64::try_from(position).unwrap_or(0),
            hidden: false,
        };
        app.save_category(&BENCH, row).await.map_err(|e| e.to_string())?;
        ids.push(category.id.clone());
    }
    Ok(ids)
}

/// Loads a whole market into an empty database and builds its index.
pub(super) async fn load(place: &Place, products: usize, sellers: usize, address: &str) -> Result<Base, String> {
    let fault = |e: app::AppError| e.to_string();
    std::fs::create_dir_all(&place.folder).map_err(|e| e.to_string())?;
    let market = wiring::assemble(&configuration(place)?, app::clock::Clock::System).await?;
    let db = Db::open(&place.url).await.map_err(|e| e.to_string())?;
    let app = market.app;
    let categories = save_categories(&app).await?;
    let mut maker = Maker::new(sellers, address, app.now());
    let rows = maker.sellers.clone();
    db.write(move |tx| rows.iter().try_for_each(|o| store::identity::insert_organisation(tx, o)))
        .await
        .map_err(|e: store::StoreError| e.to_string())?;
    for (n, seller) in maker.sellers.iter().enumerate() {
        let svg = demo_market::logo_svg(&demo_market::market().sellers[n % 10]);
        maker.pictures[n] = Some(app.store_drawn_picture(&seller.id, "logo.svg", svg).await.map_err(fault)?);
        if n < SERVED {
            app.import_access_key(&BENCH, &seller.id, ACCESS_KEY).await.map_err(fault)?;
        }
    }
    let (mut ids, mut offers, mut batch) = (Vec::new(), Vec::new(), Vec::new());
    for (index, like) in demo_market::synthetic_products(products, sellers.max(1), SEED).enumerate() {
        let (product, _) = maker.product(index, &like)?;
        if index % maker.sellers.len() < SERVED {
            offers.extend(offer(&product));
        }
        ids.push(product.id.clone());
        let application = ApplicationId::new(maker.seed()).to_string();
        batch.push((product, application));
        if batch.len() == 500 {
            write_products(&db, std::mem::take(&mut batch)).await?;
        }
    }
    write_products(&db, batch).await?;
    settle(&db).await?;
    app.rebuild_index(&BENCH).await.map_err(fault)?;
    Ok(Base {
        place: place.clone(),
        app,
        db,
        products: Arc::new(ids),
        categories: Arc::new(categories),
        offers: Arc::new(offers),
    })
}

/// Lets the database know its tables, as it would after a night of work.
pub(super) async fn settle(db: &Db) -> Result<(), String> {
    db.write(|tx| tx.execute("analyze", &[])).await.map(|_| ()).map_err(|e: store::StoreError| e.to_string())
}

/// Builds the index of `count` products in `folder`, to be served beside the database of `base`.
pub(super) async fn build_index(base: &Base, folder: &Path, count: usize, sellers: usize) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    let tree = base.app.category_tree().await.map_err(|e| e.to_string())?;
    let cursor = base.db.read(store::catalogue::newest_change).await.map_err(|e: store::StoreError| e.to_string())?;
    let maker = Maker::new(sellers, "http://127.0.0.1:9/saas", base.app.now());
    let index_folder = folder.join("index");
    tokio::task::spawn_blocking(move || {
        let index = search::ProductIndex::reset(&index_folder, &wiring::index_options()).map_err(|e| e.to_string())?;
        index.try_rebuild(maker.documents(count, tree), cursor).map_err(|e| e.to_string())
    })
    .await
    .map_err(|e| e.to_string())?
}

/// The words of the products: names of categories, tags and functions; in English also those of the
/// product names.
pub(super) fn vocabulary() -> Vocabulary {
    let (mut zh, mut en) = (BTreeSet::new(), BTreeSet::new());
    let mut both = |text: &demo_market::Text| {
        zh.extend(Some(text.zh.clone()).filter(|t| !t.is_empty()));
        en.extend(text.en.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 2).map(str::to_lowercase));
    };
    for group in &demo_market::market().categories {
        both(&group.name);
        group.children.iter().for_each(|leaf| both(&leaf.name));
    }
    for product in demo_market::synthetic_products(3_000, 10, SEED) {
        product.tags.iter().for_each(|t| both(&t.name));
        product.functions.iter().for_each(|f| both(&f.title));
        both(&demo_market::Text::new("", product.name.en.as_str()));
    }
    let short = |words: BTreeSet<String>| words.into_iter().filter(|w| w.chars().count() <= 12).collect();
    Vocabulary { zh: short(zh), en: short(en) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_made_without_a_database_and_have_distinct_ids() {
        let maker = Maker::new(7, "http://127.0.0.1:9/saas", Timestamp(1_800_000_000_000_000));
        let docs: Vec<_> = maker.documents(50, Arc::new(CategoryTree::default())).collect::<Result<_, _>>().unwrap();
        let ids: BTreeSet<_> = docs.iter().map(|d| d.product_id.clone()).collect();
        assert_eq!(ids.len(), 50);
        assert!(docs.iter().all(|d| !d.name.zh.is_empty() && !d.name.en.is_empty()));
    }

    #[test]
    fn the_vocabulary_is_large_enough_to_defeat_a_cache() {
        let words = vocabulary();
        assert!(words.zh.len() > 100, "{}", words.zh.len());
        assert!(words.en.len() > 100, "{}", words.en.len());
        assert!(words.zh.iter().chain(&words.en).all(|w| !w.is_empty()));
    }
}
