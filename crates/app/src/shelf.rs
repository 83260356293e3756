//! The shelf as buyers see it: search, product pages, shops. Reads come from the search index and a
//! cache; both follow the log of changes, so that every node shows what has been committed.

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::work::Work;
use domain::access::OperatorRight;
use domain::catalogue::content::ProductContent;
use domain::catalogue::product::ProductState;
use domain::identity::SellerState;
use domain::text::{Language, Localized};
use domain::time::Timestamp;
use search::{Change, LocalizedText, ProductDoc, SearchRequest, SearchResults};
use serde_json::json;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use store::catalogue::{Category, Offered, Product};
use store::identity::Organisation;
use tokio::sync::Notify;

/// A product with its seller, as the product page shows them.
#[derive(Debug, Clone)]
pub struct ProductView {
    /// The product.
    pub product: Product,
    /// Its seller.
    pub seller: Organisation,
}

/// The category tree.
#[derive(Debug, Clone, Default)]
pub struct CategoryTree {
    /// Every visible category, parents before children.
    pub all: Vec<Category>,
    /// Number that tells this tree from others: what is made of it can be kept under it.
    pub stamp: u64,
    parents: HashMap<String, Option<String>>,
}

impl CategoryTree {
    /// Ids from the root to `id`.
    pub fn path(&self, id: &str) -> Vec<String> {
        let mut path = vec![id.to_owned()];
        // Three levels at most; the bound keeps a cycle in the data from hanging a page.
        while let Some(Some(parent)) = self.parents.get(path.last().map_or("", String::as_str)) {
            path.push(parent.clone());
            if path.len() > 5 {
                break;
            }
        }
        path.reverse();
        path
    }

    /// A category.
    pub fn get(&self, id: &str) -> Option<&Category> {
        self.all.iter().find(|c| c.id == id)
    }

    /// The children of a category, or the top groups.
    pub fn children<'t>(&'t self, of: Option<&'t str>) -> impl Iterator<Item = &'t Category> {
        self.all.iter().filter(move |c| c.parent_id.as_deref() == of)
    }
}

/// What one version of a product sells, read and parsed once.
#[derive(Debug)]
pub(crate) struct Sold {
    version: i64,
    updated_at: Timestamp,
    /// Length of its JSON text: a measure of the memory that it takes.
    bytes: u32,
    /// What is sold.
    pub(crate) content: ProductContent,
    /// The agreement that a buyer signs, in both languages.
    pub(crate) agreement: String,
    /// SHA-256 of it, hexadecimal.
    pub(crate) agreement_hash: String,
}

impl Sold {
    fn parse(product: &Offered, json: &str) -> Result<Sold, AppError> {
        let content: ProductContent = serde_json::from_str(json)?;
        let agreement = format!("{}\n\n---\n\n{}", content.agreement.zh, content.agreement.en);
        Ok(Sold {
            version: product.version,
            updated_at: product.updated_at,
            bytes: u32::try_from(json.len()).unwrap_or(u32::MAX),
            content,
            agreement_hash: crate::secrets::sha256_hex(agreement.as_bytes()),
            agreement,
        })
    }
}

/// Most JSON whose parsed form is kept for orders.
const SOLD_BYTES: u64 = 32 * 1024 * 1024;

impl Work<'_, '_> {
    /// What `product`, loaded in this transaction, sells. Another version than the loaded one is never
    /// used, whatever this process has kept.
    pub(crate) fn sold(&mut self, product: &Offered) -> Result<Arc<Sold>, AppError> {
        let kept = self.shelf.sold.get(&product.id);
        // The time as well as the number: a change that was rolled back may have used the same number.
        if let Some(kept) = kept.filter(|k| (k.version, k.updated_at) == (product.version, product.updated_at)) {
            return Ok(kept);
        }
        let json = store::catalogue::content_of(self.tx, &product.id)?.ok_or(AppError::NotFound)?;
        let sold = Arc::new(Sold::parse(product, &json)?);
        self.shelf.sold.insert(product.id.clone(), sold.clone());
        Ok(sold)
    }
}

/// What is kept in memory of the shelf.
pub(crate) struct ShelfCache {
    products: moka::sync::Cache<String, Arc<ProductView>>,
    sold: moka::sync::Cache<String, Arc<Sold>>,
    tree: RwLock<Option<Arc<CategoryTree>>>,
    seen: AtomicI64,
}

impl Default for ShelfCache {
    fn default() -> Self {
        let weight = |_: &String, sold: &Arc<Sold>| sold.bytes;
        ShelfCache {
            sold: moka::sync::Cache::builder().weigher(weight).max_capacity(SOLD_BYTES).build(),
            products: moka::sync::Cache::builder().max_capacity(1_000).time_to_live(Duration::from_secs(300)).build(),
            tree: RwLock::new(None),
            seen: AtomicI64::new(0),
        }
    }
}

impl ShelfCache {
    pub(crate) fn forget_categories(&self) {
        if let Ok(mut tree) = self.tree.write() {
            *tree = None;
        }
    }
}

fn both(text: &Localized) -> LocalizedText {
    LocalizedText::new(text.zh.clone(), text.en.clone())
}

/// The language in the search engine's words.
pub fn search_language(language: Language) -> search::Language {
    match language {
        Language::Zh => search::Language::Zh,
        Language::En => search::Language::En,
    }
}

/// Whether a product is found on the storefront (PB-40).
fn is_shown(product: &Product, seller: &Organisation) -> bool {
    let ended = matches!(seller.seller_state, SellerState::Terminated | SellerState::None);
    product.public_sale && product.state == ProductState::OnSale && !seller.frozen && !ended
}

/// What the index knows of a product.
pub fn document(product: &Product, seller: &Organisation, tree: &CategoryTree) -> ProductDoc {
    let content: &ProductContent = &product.content;
    let mut category_path = Vec::new();
    for id in &content.categories {
        for step in tree.path(id) {
            if !category_path.contains(&step) {
                category_path.push(step);
            }
        }
    }
    let category_names = category_path.iter().filter_map(|id| tree.get(id)).map(|c| both(&c.name)).collect();
    let mut billing_modes: Vec<String> =
        content.shown().flat_map(|s| &s.prices).map(|p| p.mode.code().to_owned()).collect();
    billing_modes.sort();
    billing_modes.dedup();
    let lowest = content.lowest_price();
    let unit = lowest.and_then(|low| {
        content.shown().flat_map(|s| &s.prices).find(|p| p.price == low).and_then(|p| p.period).map(|p| p.code())
    });
    let highlights = |pick: fn(&Localized) -> &String| {
        content
            .highlights
            .iter()
            .map(|h| format!("{} {}", pick(&h.title), pick(&h.text)))
            .collect::<Vec<_>>()
            .join("\n")
    };
    ProductDoc {
        product_id: product.id.clone(),
        seller_id: seller.id.clone(),
        seller_name: both(&seller.name),
        name: both(&content.name),
        summary: both(&content.summary),
        tags: content.tags.iter().map(both).collect(),
        body: LocalizedText::new(
            format!("{}\n{}", highlights(|l| &l.zh), content.description.zh),
            format!("{}\n{}", highlights(|l| &l.en), content.description.en),
        ),
        category_path,
        category_names,
        access_type: content.access_type().code().to_owned(),
        billing_modes,
        lowest_price_e8: lowest.map(|m| m.e8()),
        currency: lowest.map_or("CNY", |m| m.currency().code()).to_owned(),
        has_trial: content.has_trial(),
        has_free: content.has_free(),
        rating_x100: u32::try_from(product.rating_x100).unwrap_or(0),
        sales: u64::try_from(product.sales).unwrap_or(0),
        published_at_micros: product.released_at.map_or(0, |t| t.micros()),
        card: json!({
            "id": product.id,
            "logo": content.logo,
            "seller_id": seller.id,
            "seller_zh": seller.name.zh,
            "seller_en": seller.name.get(Language::En),
            "name_zh": content.name.zh,
            "name_en": content.name.get(Language::En),
            "summary_zh": content.summary.zh,
            "summary_en": content.summary.get(Language::En),
            "tags": content.tags,
            "price": lowest,
            "unit": unit,
            "trial": content.has_trial(),
            "free": content.has_free(),
            "rating_x100": product.rating_x100,
            "sales": product.sales,
        }),
    }
}

fn category_tree(tx: &mut store::Tx<'_>) -> Result<CategoryTree, AppError> {
    let all: Vec<Category> = store::catalogue::categories(tx)?.into_iter().filter(|c| !c.hidden).collect();
    let parents = all.iter().map(|c| (c.id.clone(), c.parent_id.clone())).collect();
    let mut hasher = DefaultHasher::new();
    for c in &all {
        (&c.id, &c.parent_id, &c.name.zh, &c.name.en, &c.icon).hash(&mut hasher);
    }
    Ok(CategoryTree { stamp: hasher.finish(), all, parents })
}

fn seller_of(
    tx: &mut store::Tx<'_>,
    known: &mut HashMap<String, Organisation>,
    id: &str,
) -> Result<Organisation, AppError> {
    if let Some(found) = known.get(id) {
        return Ok(found.clone());
    }
    let found = store::identity::load_organisation(tx, id)?.ok_or(AppError::NotFound)?;
    known.insert(id.to_owned(), found.clone());
    Ok(found)
}

fn change_of(
    tx: &mut store::Tx<'_>,
    known: &mut HashMap<String, Organisation>,
    tree: &CategoryTree,
    id: &str,
) -> Result<Change, AppError> {
    let Some(product) = store::catalogue::load_product(tx, id)? else {
        return Ok(Change::Remove(id.to_owned()));
    };
    let seller = seller_of(tx, known, &product.organisation_id)?;
    if is_shown(&product, &seller) {
        Ok(Change::Put(Box::new(document(&product, &seller, tree))))
    } else {
        Ok(Change::Remove(product.id))
    }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| AppError::Internal(e.to_string()))?
}

impl App {
    /// The category tree.
    pub async fn category_tree(&self) -> Result<Arc<CategoryTree>, AppError> {
        if let Ok(tree) = self.inner.shelf.tree.read()
            && let Some(tree) = tree.as_ref()
        {
            return Ok(tree.clone());
        }
        let tree = Arc::new(self.look(category_tree).await?);
        if let Ok(mut slot) = self.inner.shelf.tree.write() {
            *slot = Some(tree.clone());
        }
        Ok(tree)
    }

    /// Searches the shelf. Fast enough to run where it is called; the index answers from memory.
    pub fn search(&self, request: &SearchRequest) -> Result<Arc<SearchResults>, AppError> {
        self.inner.index.search(request).map_err(|e| match e {
            search::SearchError::Index(text) => AppError::Unavailable(text.to_string()),
            other => {
                tracing::debug!(error = %other, "search request refused");
                AppError::Refused("search-request")
            }
        })
    }

    /// Suggestions for what somebody has begun to type.
    pub fn suggest(&self, prefix: &str, language: Language, limit: usize) -> Vec<search::Suggestion> {
        self.inner.index.suggest(prefix, search_language(language), limit).unwrap_or_default()
    }

    /// Number of the state of the index: changes with every change on the shelf.
    pub fn shelf_generation(&self) -> u64 {
        self.inner.index.generation()
    }

    /// Number of products in the index.
    pub fn shelf_size(&self) -> u64 {
        self.inner.index.len()
    }

    /// A product for its page: on sale, suspended or discontinued; hidden ones by their id too (PB-40).
    pub async fn product_view(&self, id: &str) -> Result<Arc<ProductView>, AppError> {
        if let Some(found) = self.inner.shelf.products.get(id) {
            return Ok(found);
        }
        let id = domain::id::ProductId::parse(id).ok_or(AppError::NotFound)?.to_string();
        let wanted = id.clone();
        let (product, seller) = self
            .look(move |tx| {
                let product = store::catalogue::load_product(tx, &wanted)?
                    .filter(|p| p.state != ProductState::Unreleased)
                    .ok_or(AppError::NotFound)?;
                let seller =
                    store::identity::load_organisation(tx, &product.organisation_id)?.ok_or(AppError::NotFound)?;
                Ok((product, seller))
            })
            .await?;
        let view = Arc::new(ProductView { product, seller });
        self.inner.shelf.products.insert(id, view.clone());
        Ok(view)
    }

    /// A seller's shop; only of sellers.
    pub async fn shop(&self, id: &str) -> Result<Organisation, AppError> {
        let id = domain::id::OrganisationId::parse(id).ok_or(AppError::NotFound)?.to_string();
        let found = self.look(move |tx| store::identity::load_organisation(tx, &id)?.ok_or(AppError::NotFound)).await?;
        if matches!(found.seller_state, SellerState::Active | SellerState::Restricted) && !found.frozen {
            Ok(found)
        } else {
            Err(AppError::NotFound)
        }
    }

    /// Brings index and cache up to the newest change; returns how many changes there were.
    pub async fn follow_shelf(&self) -> Result<usize, AppError> {
        let mut count = 0;
        loop {
            let from = self.inner.index.cursor();
            let (changes, last) = self
                .look(move |tx| {
                    let log = store::catalogue::changes_after(tx, from, 500)?;
                    let Some((last, _)) = log.last().cloned() else {
                        return Ok((Vec::new(), from));
                    };
                    let tree = category_tree(tx)?;
                    let (mut known, mut changes, mut seen) =
                        (HashMap::new(), Vec::new(), std::collections::HashSet::new());
                    for (_, id) in log.iter().rev() {
                        if seen.insert(id.clone()) {
                            changes.push(change_of(tx, &mut known, &tree, id)?);
                        }
                    }
                    Ok((changes, last))
                })
                .await?;
            if changes.is_empty() {
                self.inner.shelf.seen.store(from, Ordering::Relaxed);
                return Ok(count);
            }
            count += changes.len();
            for change in &changes {
                let id = match change {
                    Change::Put(doc) => &doc.product_id,
                    Change::Remove(id) => id,
                };
                self.inner.shelf.products.invalidate(id);
            }
            let index = self.inner.index.clone();
            off_thread(move || index.apply(&changes, last).map_err(|e| AppError::Unavailable(e.to_string()))).await?;
        }
    }

    /// Follows the log of changes until `stop`.
    pub async fn run_shelf(&self, stop: Arc<Notify>) {
        let mut stopped = std::pin::pin!(stop.notified());
        let mut idle = 0u32;
        loop {
            let bell = self.inner.shelf_bell.notified();
            match self.follow_shelf().await {
                Ok(0) => idle = idle.saturating_add(1),
                Ok(_) => idle = 0,
                Err(e) => tracing::error!(error = %e, "the search index cannot follow"),
            }
            if idle == 20 {
                let index = self.inner.index.clone();
                let _ = off_thread(move || index.rest().map_err(|e| AppError::Unavailable(e.to_string()))).await;
            }
            tokio::select! {
                () = &mut stopped => return,
                () = bell => {}
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
            }
        }
    }

    /// Builds the index anew beside the old one, which answers meanwhile. For the command line and
    /// operators; returns the number of products.
    pub async fn rebuild_index(&self, actor: &Actor) -> Result<u64, AppError> {
        if !matches!(actor, Actor::System(_)) {
            actor.operator_may(OperatorRight::RunJobs)?;
        }
        // The cursor is read first: what changes meanwhile is followed afterwards.
        let cursor = self.look(|tx| Ok(store::catalogue::newest_change(tx)?)).await?;
        let tree = self.look(category_tree).await?;
        let mut docs = Vec::new();
        let mut after = String::new();
        loop {
            let (from, tree) = (after.clone(), tree.clone());
            let (batch, last) = self
                .look(move |tx| {
                    let products = store::catalogue::scan_products(tx, &from, 500)?;
                    let last = products.last().map(|p| p.id.clone());
                    let mut known = HashMap::new();
                    let mut batch = Vec::new();
                    for product in products {
                        let seller = seller_of(tx, &mut known, &product.organisation_id)?;
                        if is_shown(&product, &seller) {
                            batch.push(document(&product, &seller, &tree));
                        }
                    }
                    Ok((batch, last))
                })
                .await?;
            docs.extend(batch);
            match last {
                Some(last) => after = last,
                None => break,
            }
        }
        let count = docs.len() as u64;
        let index = self.inner.index.clone();
        off_thread(move || index.rebuild(docs, cursor).map_err(|e| AppError::Unavailable(e.to_string()))).await?;
        self.inner.shelf.products.invalidate_all();
        self.inner.shelf.forget_categories();
        if !matches!(actor, Actor::System(_)) {
            self.act(actor, move |work| {
                work.audit(
                    store::audit::PLATFORM_CHAIN,
                    "index.rebuilt",
                    "index",
                    "products",
                    &json!({"products": count}),
                );
                Ok(())
            })
            .await?;
        }
        Ok(count)
    }
}
