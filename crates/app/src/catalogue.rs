//! Products and applications: what sellers write and operators decide (area `catalogue`).

use crate::App;
use crate::actor::Actor;
use crate::error::{AppError, FieldError};
use crate::work::Work;
use domain::access::{OperatorRight, Right};
use domain::catalogue::application::{ApplicationAction, ApplicationKind, ApplicationState};
use domain::catalogue::content::{Access, ProductContent};
use domain::catalogue::product::{ProductAction, ProductState};
use domain::catalogue::validate::{self, Fault};
use domain::id::{ApplicationId, ProductId, SpecificationId};
use domain::identity::SellerState;
use domain::time::{DAY, Timestamp, start_of_day};
use gateways::address::Reach;
use serde_json::json;
use store::StoreError;
use store::audit::{AuditEntry, PLATFORM_CHAIN};
use store::catalogue::{Application, ApplicationFilter, Category, Product, ProductFilter};
use store::listing::{PageRequest, Paged};

/// An application with what a page shows about it.
#[derive(Debug, Clone)]
pub struct ApplicationDetail {
    /// The application.
    pub application: Application,
    /// The product as it is sold now.
    pub product: Product,
    /// Faults that would stop a submit.
    pub faults: Vec<Fault>,
    /// What happened, oldest first.
    pub history: Vec<AuditEntry>,
}

fn invalid(faults: &[Fault]) -> AppError {
    AppError::Invalid(faults.iter().map(|f| FieldError::new(f.field.clone(), f.code)).collect())
}

/// Gives every new specification and price line its id; ids that do not belong to `old` are replaced.
fn assign_ids(work: &Work<'_, '_>, content: &mut ProductContent, old: &ProductContent) {
    for specification in &mut content.specifications {
        let known = old.specification(&specification.id);
        if known.is_none() {
            specification.id = SpecificationId::new(work.seed()).to_string();
        }
        for line in &mut specification.prices {
            let before = known.and_then(|s| s.price(line.mode, line.period));
            line.product_code = match before {
                Some(before) if !before.product_code.is_empty() => before.product_code.clone(),
                _ => domain::id::text("pid", work.seed()),
            };
        }
    }
}

fn check(content: &ProductContent, product: &Product, reach: Reach) -> Vec<Fault> {
    let mut faults = validate::check(content, reach == Reach::Development);
    let domain::catalogue::content::Access::Saas { production_address, .. } = &content.access;
    let known = faults.iter().any(|f| f.field == "access.production_address");
    let fault = match reach.check_url(production_address) {
        Err(_) => Some("address-form"),
        // Ours are appended; a seller's server must not have to choose between two.
        Ok(url) if url.query_pairs().any(|(name, _)| ["signature", "timestamp", "nonce"].contains(&name.as_ref())) => {
            Some("address-parameters")
        }
        Ok(_) => None,
    };
    if let Some(code) = fault.filter(|_| !known) {
        faults.push(Fault { field: "access.production_address".into(), code });
    }
    if product.released_at.is_some() {
        faults.extend(validate::check_change(&product.content, content));
    }
    faults
}

/// A draft may be incomplete, but not larger than what may be handed in: it is shown and rendered too.
fn fits(content: &ProductContent) -> Result<(), AppError> {
    let faults = validate::check_size(content);
    if faults.is_empty() { Ok(()) } else { Err(invalid(&faults)) }
}

/// Every picture must be a file of the seller's own.
fn check_files(work: &mut Work<'_, '_>, owner: &str, content: &ProductContent) -> Result<(), AppError> {
    for id in content.pictures.iter().chain(&content.logo) {
        if !store::files::belongs_to(work.tx, id, owner)? {
            return Err(AppError::field("pictures", "file-unknown"));
        }
    }
    Ok(())
}

impl App {
    /// The categories, parents before children.
    pub async fn categories(&self) -> Result<Vec<Category>, AppError> {
        self.look(|tx| Ok(store::catalogue::categories(tx)?)).await
    }

    /// Writes a category: by an operator, or by the demo.
    pub async fn save_category(&self, actor: &Actor, category: Category) -> Result<(), AppError> {
        if !matches!(actor, Actor::System(_)) {
            actor.operator_may(OperatorRight::ReviewProducts)?;
        }
        self.act(actor, move |work| {
            store::catalogue::save_category(work.tx, &category)?;
            let detail = json!({
                "name": category.name, "parent": category.parent_id, "position": category.position,
                "hidden": category.hidden, "icon": crate::secrets::sha256_hex(category.icon.as_bytes()),
            });
            work.audit(PLATFORM_CHAIN, "category.saved", "category", &category.id, &detail);
            Ok(())
        })
        .await?;
        self.inner.shelf.forget_categories();
        Ok(())
    }

    /// Products of the actor's organisation.
    pub async fn own_products(
        &self,
        actor: &Actor,
        mut filter: ProductFilter,
        page: PageRequest,
    ) -> Result<Paged<Product>, AppError> {
        let member = actor.seller_may(Right::ProductView)?;
        filter.organisation_id = Some(member.organisation_id.clone());
        filter.only.clone_from(&member.products);
        self.look(move |tx| Ok(store::catalogue::list_products(tx, &filter, &page)?)).await
    }

    /// One product of the actor's organisation with its open application and its versions.
    pub async fn own_product(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<(Product, Option<Application>, Vec<(i64, String, Timestamp)>), AppError> {
        let owner = actor.seller_may(Right::ProductView)?.organisation_id.clone();
        within_reach(actor, id)?;
        let id = id.to_owned();
        self.look(move |tx| {
            let product = store::catalogue::load_own_product(tx, &owner, &id)?.ok_or(AppError::NotFound)?;
            let open = store::catalogue::open_application(tx, &id)?;
            let versions = store::catalogue::versions(tx, &id)?;
            Ok((product, open, versions))
        })
        .await
    }

    /// Products of everybody, for operators.
    pub async fn all_products(
        &self,
        actor: &Actor,
        filter: ProductFilter,
        page: PageRequest,
    ) -> Result<Paged<Product>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        self.look(move |tx| Ok(store::catalogue::list_products(tx, &filter, &page)?)).await
    }

    /// One product of anybody with its history, for operators.
    pub async fn any_product(&self, actor: &Actor, id: &str) -> Result<(Product, Vec<AuditEntry>), AppError> {
        actor.operator_may(OperatorRight::Read)?;
        let id = id.to_owned();
        self.look(move |tx| {
            let product = store::catalogue::load_product(tx, &id)?.ok_or(AppError::NotFound)?;
            Ok((product, store::audit::about(tx, &id)?))
        })
        .await
    }

    /// The approved contents of a product for operators: number, application, time; newest first.
    pub async fn any_product_versions(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<Vec<(i64, String, Timestamp)>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        let id = id.to_owned();
        self.look(move |tx| Ok(store::catalogue::versions(tx, &id)?)).await
    }

    /// Begins a new product: a draft release application. Returns its id.
    pub async fn create_product(&self, actor: &Actor, content: ProductContent) -> Result<String, AppError> {
        let member = actor.seller_may(Right::ProductEdit)?;
        if member.is_narrowed() {
            // A new product is none of those to which he is narrowed (D-08).
            return Err(AppError::Refused("narrowed-to-products"));
        }
        let owner = member.organisation_id.clone();
        self.create_product_of(actor, &owner, content).await
    }

    pub(crate) async fn create_product_of(
        &self,
        actor: &Actor,
        owner: &str,
        content: ProductContent,
    ) -> Result<String, AppError> {
        if !content.access_type().is_open() {
            return Err(AppError::field("access", "access-type-not-open"));
        }
        fits(&content)?;
        let owner = owner.to_owned();
        self.act(actor, move |work| {
            check_files(work, &owner, &content)?;
            let now = work.real_now;
            let mut content = content.clone();
            let nothing = ProductContent { specifications: Vec::new(), ..content.clone() };
            assign_ids(work, &mut content, &nothing);
            let product = Product {
                id: ProductId::new(work.seed()).to_string(),
                organisation_id: owner.clone(),
                access_type: content.access_type(),
                business_type: content.business_type,
                state: ProductState::Unreleased,
                public_sale: content.public_sale,
                name: content.name.clone(),
                content: content.clone(),
                version_no: 0,
                rating_x100: 0,
                sales: 0,
                created_at: now,
                updated_at: now,
                released_at: None,
                discontinued_at: None,
                version: 1,
            };
            store::catalogue::insert_product(work.tx, &product)?;
            let id = insert_draft(work, &product, ApplicationKind::Release, content, "")?;
            work.audit(&owner, "product.created", "product", &product.id, &json!({"name": product.name}));
            Ok(id)
        })
        .await
    }

    /// Begins a modification of a live product; returns the open application where there is one.
    pub async fn begin_modification(&self, actor: &Actor, product_id: &str) -> Result<String, AppError> {
        let owner = actor.seller_may(Right::ProductEdit)?.organisation_id.clone();
        within_reach(actor, product_id)?;
        let product_id = product_id.to_owned();
        self.act(actor, move |work| {
            let product =
                store::catalogue::load_own_product(work.tx, &owner, &product_id)?.ok_or(AppError::NotFound)?;
            if let Some(open) = store::catalogue::open_application(work.tx, &product_id)? {
                return Ok(open.id);
            }
            if product.state == ProductState::Discontinued {
                return Err(AppError::Refused("product-discontinued"));
            }
            let content = product.content.clone();
            insert_draft(work, &product, ApplicationKind::Modification, content, "")
        })
        .await
    }

    /// Saves a draft, however incomplete it is.
    pub async fn save_draft(
        &self,
        actor: &Actor,
        application_id: &str,
        content: ProductContent,
        version: Option<i64>,
    ) -> Result<(), AppError> {
        let owner = actor.seller_may(Right::ProductEdit)?.organisation_id.clone();
        let id = application_id.to_owned();
        fits(&content)?;
        self.act(actor, move |work| {
            let (mut application, product) = load_own(work, &owner, &id)?;
            if version.is_some_and(|v| v != application.version) {
                return Err(AppError::Stale);
            }
            move_to(&mut application, ApplicationAction::Edit)?;
            check_files(work, &owner, &content)?;
            let mut content = content.clone();
            assign_ids(
                work,
                &mut content,
                &if product.released_at.is_some() { product.content.clone() } else { application.content.clone() },
            );
            // Where the seller's server is decides who gets the calls: it is told before and after.
            let address = |c: &ProductContent| match &c.access {
                Access::Saas { production_address, .. } => production_address.clone(),
            };
            let detail = json!({
                "product": application.product_id,
                "before": address(&application.content),
                "after": address(&content),
            });
            application.content = content;
            application.updated_at = work.real_now;
            store::catalogue::save_application(work.tx, &application)?;
            work.audit(&owner, "draft.saved", "application", &id, &detail);
            Ok(())
        })
        .await
    }

    /// Hands an application in; every fault is named.
    pub async fn submit_application(&self, actor: &Actor, application_id: &str) -> Result<(), AppError> {
        let member = actor.seller_may(Right::ProductSubmit)?;
        if member.seller_state != SellerState::Active || member.frozen {
            return Err(AppError::Refused("seller-not-active"));
        }
        let (owner, id, reach) = (member.organisation_id.clone(), application_id.to_owned(), self.options().reach);
        self.act(actor, move |work| submit(work, &owner, &id, reach)).await
    }

    /// Takes an application back, or throws a draft away.
    pub async fn withdraw_application(
        &self,
        actor: &Actor,
        application_id: &str,
        delete: bool,
    ) -> Result<(), AppError> {
        let owner = actor.seller_may(Right::ProductSubmit)?.organisation_id.clone();
        let id = application_id.to_owned();
        self.act(actor, move |work| {
            let (mut application, _) = load_own(work, &owner, &id)?;
            let action = if delete { ApplicationAction::Delete } else { ApplicationAction::Withdraw };
            match application.state.apply(action)? {
                None => store::catalogue::delete_application(work.tx, &application)?,
                Some(next) => {
                    application.state = next;
                    application.due_at = None;
                    application.updated_at = work.real_now;
                    store::catalogue::save_application(work.tx, &application)?;
                }
            }
            let name = if delete { "application.deleted" } else { "application.withdrawn" };
            work.audit(&owner, name, "application", &id, &json!({"product": application.product_id}));
            Ok(())
        })
        .await
    }

    /// Asks to take a product off sale; buyers keep what they have.
    pub async fn ask_delist(&self, actor: &Actor, product_id: &str, reason: &str) -> Result<(), AppError> {
        let owner = actor.seller_may(Right::ProductDelist)?.organisation_id.clone();
        within_reach(actor, product_id)?;
        if reason.trim().chars().count() < 5 {
            return Err(AppError::field("reason", "too-short"));
        }
        let (product_id, reason, reach) = (product_id.to_owned(), reason.to_owned(), self.options().reach);
        self.act(actor, move |work| {
            let product =
                store::catalogue::load_own_product(work.tx, &owner, &product_id)?.ok_or(AppError::NotFound)?;
            if !matches!(product.state, ProductState::OnSale | ProductState::Suspended) {
                return Err(AppError::Refused("product-wrong-state"));
            }
            let id = insert_draft(work, &product, ApplicationKind::Delist, product.content.clone(), &reason)?;
            submit(work, &owner, &id, reach)
        })
        .await
    }

    /// Applications of the actor's organisation.
    pub async fn own_applications(
        &self,
        actor: &Actor,
        mut filter: ApplicationFilter,
        page: PageRequest,
    ) -> Result<Paged<Application>, AppError> {
        let member = actor.seller_may(Right::ProductView)?;
        filter.organisation_id = Some(member.organisation_id.clone());
        filter.only.clone_from(&member.products);
        self.look(move |tx| Ok(store::catalogue::list_applications(tx, &filter, &page)?)).await
    }

    /// Applications of everybody, for operators.
    pub async fn all_applications(
        &self,
        actor: &Actor,
        filter: ApplicationFilter,
        page: PageRequest,
    ) -> Result<Paged<Application>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        self.look(move |tx| Ok(store::catalogue::list_applications(tx, &filter, &page)?)).await
    }

    /// One application: the seller's own, or any for operators.
    pub async fn application(&self, actor: &Actor, id: &str) -> Result<ApplicationDetail, AppError> {
        let owner = match actor {
            Actor::Member(_) => Some(actor.seller_may(Right::ProductView)?.organisation_id.clone()),
            _ => {
                actor.operator_may(OperatorRight::Read)?;
                None
            }
        };
        let (id, limit, asking) = (id.to_owned(), self.options().reach, actor.clone());
        self.look(move |tx| {
            let application =
                store::catalogue::load_application(tx, &id, owner.as_deref())?.ok_or(AppError::NotFound)?;
            let product = store::catalogue::load_product(tx, &application.product_id)?.ok_or(AppError::NotFound)?;
            within_reach(&asking, &product.id)?;
            let faults = check(&application.content, &product, limit);
            let mut history = store::audit::about(tx, &id)?;
            if owner.is_some() {
                history.retain(|e| e.action != "application.assigned");
            }
            Ok(ApplicationDetail { application, product, faults, history })
        })
        .await
    }

    /// An operator decides an application. Approval takes effect at once.
    pub async fn decide_application(
        &self,
        actor: &Actor,
        id: &str,
        approve: bool,
        reason: &str,
    ) -> Result<(), AppError> {
        let by = match actor {
            Actor::System(name) => (*name).to_owned(),
            _ => actor.operator_may(OperatorRight::ReviewProducts)?.user_id.clone(),
        };
        if !approve && reason.trim().is_empty() {
            return Err(AppError::field("reason", "required"));
        }
        let (id, reason) = (id.to_owned(), reason.trim().to_owned());
        self.act(actor, move |work| {
            let mut application = store::catalogue::load_application(work.tx, &id, None)?.ok_or(AppError::NotFound)?;
            move_to(&mut application, if approve { ApplicationAction::Approve } else { ApplicationAction::Reject })?;
            application.decided_at = Some(work.real_now);
            application.decided_by = Some(by.clone());
            application.reason = reason.clone();
            application.updated_at = work.real_now;
            store::catalogue::save_application(work.tx, &application)?;
            if approve {
                put_in_force(work, &application)?;
            }
            let kind = if approve { "application-approved" } else { "application-rejected" };
            let (name, href) = (&application.content.name, format!("/seller/applications/{id}"));
            let arguments = [("product", name.zh.as_str()), ("product_en", &name.en), ("reason", &reason)];
            work.tell(&application.organisation_id, kind, 101, &arguments, &href)?;
            let detail = json!({"approved": approve, "reason": reason, "product": application.product_id});
            work.audit(PLATFORM_CHAIN, "application.decided", "application", &id, &detail);
            Ok(())
        })
        .await?;
        self.inner.shelf_bell.notify_waiters();
        Ok(())
    }

    /// An operator stops the sale of a product, lets it go on, or takes it off for good.
    pub async fn change_product_state(
        &self,
        actor: &Actor,
        id: &str,
        action: ProductAction,
        reason: &str,
    ) -> Result<(), AppError> {
        actor.operator_may(OperatorRight::ReviewProducts)?;
        if action == ProductAction::Release {
            return Err(AppError::Refused("product-wrong-state"));
        }
        if reason.trim().is_empty() {
            return Err(AppError::field("reason", "required"));
        }
        let (id, reason) = (id.to_owned(), reason.trim().to_owned());
        self.act(actor, move |work| {
            let mut product = store::catalogue::load_product(work.tx, &id)?.ok_or(AppError::NotFound)?;
            let before = product.state;
            product.state = product.state.apply(action)?;
            if product.state == ProductState::Discontinued {
                product.discontinued_at = Some(work.real_now);
            }
            product.updated_at = work.real_now;
            store::catalogue::save_product(work.tx, &product)?;
            store::catalogue::record_change(work.tx, &id, work.real_now)?;
            let name = &product.name;
            let arguments = [("product", name.zh.as_str()), ("product_en", &name.en), ("reason", &reason)];
            let href = format!("/seller/products/{id}");
            work.tell(&product.organisation_id, "product-state-changed", 101, &arguments, &href)?;
            let detail = json!({"from": before.code(), "to": product.state.code(), "reason": reason});
            work.audit(PLATFORM_CHAIN, "product.state-changed", "product", &id, &detail);
            Ok(())
        })
        .await?;
        self.inner.shelf_bell.notify_waiters();
        Ok(())
    }

    /// Releases a product without a review: for the demo and imports by an operator of the
    /// installation, through the same checks and the same records.
    pub async fn release_directly(
        &self,
        owner: &str,
        content: ProductContent,
        sales: i64,
        rating_x100: i64,
    ) -> Result<String, AppError> {
        let actor = Actor::System("import");
        let application = self.create_product_of(&actor, owner, content).await?;
        let (owner, id, reach) = (owner.to_owned(), application.clone(), self.options().reach);
        let product_id = self
            .act(&actor, move |work| {
                submit(work, &owner, &id, reach)?;
                let found = store::catalogue::load_application(work.tx, &id, None)?.ok_or(AppError::NotFound)?;
                store::catalogue::set_history(work.tx, &found.product_id, sales, rating_x100)?;
                Ok(found.product_id)
            })
            .await?;
        self.decide_application(&actor, &application, true, "").await?;
        Ok(product_id)
    }
}

fn insert_draft(
    work: &mut Work<'_, '_>,
    product: &Product,
    kind: ApplicationKind,
    content: ProductContent,
    comment: &str,
) -> Result<String, AppError> {
    let now = work.real_now;
    let application = Application {
        id: ApplicationId::new(work.seed()).to_string(),
        product_id: product.id.clone(),
        organisation_id: product.organisation_id.clone(),
        kind,
        state: ApplicationState::Draft,
        content,
        comment: comment.to_owned(),
        submitted_at: None,
        due_at: None,
        decided_at: None,
        decided_by: None,
        reason: String::new(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    store::catalogue::insert_application(work.tx, &application).map_err(|e| match e {
        StoreError::Duplicate => AppError::Refused("application-open"),
        e => e.into(),
    })?;
    let detail = json!({"kind": kind.code(), "product": product.id});
    work.audit(&product.organisation_id, "application.created", "application", &application.id, &detail);
    Ok(application.id)
}

/// Whether the acting member's product rights reach a product; what they do not reach does not exist
/// for him.
fn within_reach(actor: &Actor, product_id: &str) -> Result<(), AppError> {
    match actor {
        Actor::Member(member) if !member.reaches(product_id) => Err(AppError::NotFound),
        _ => Ok(()),
    }
}

fn load_own(work: &mut Work<'_, '_>, owner: &str, id: &str) -> Result<(Application, Product), AppError> {
    let application = store::catalogue::load_application(work.tx, id, Some(owner))?.ok_or(AppError::NotFound)?;
    let product =
        store::catalogue::load_own_product(work.tx, owner, &application.product_id)?.ok_or(AppError::NotFound)?;
    within_reach(work.actor, &product.id)?;
    Ok((application, product))
}

fn move_to(application: &mut Application, action: ApplicationAction) -> Result<(), AppError> {
    application.state =
        application.state.apply(action)?.ok_or_else(|| AppError::Internal("the action ends the application".into()))?;
    Ok(())
}

fn submit(work: &mut Work<'_, '_>, owner: &str, id: &str, reach: Reach) -> Result<(), AppError> {
    let (mut application, product) = load_own(work, owner, id)?;
    move_to(&mut application, ApplicationAction::Submit)?;
    if application.kind != ApplicationKind::Delist {
        let faults = check(&application.content, &product, reach);
        if !faults.is_empty() {
            return Err(invalid(&faults));
        }
        let known: std::collections::HashSet<String> =
            store::catalogue::categories(work.tx)?.into_iter().map(|c| c.id).collect();
        if application.content.categories.iter().any(|c| !known.contains(c)) {
            return Err(AppError::field("categories", "category-unknown"));
        }
        let asked = work.settings.require_cases == 1 && !matches!(work.actor, Actor::System(_));
        if asked && crate::debugging::lacks_cases(work.tx, owner, &application.content)? {
            return Err(AppError::Refused("cases-missing"));
        }
    }
    let now = work.real_now;
    let today = store::catalogue::submitted_since(work.tx, owner, start_of_day(now))?;
    // D-01: a day with ten or more requests earns more time, up to ten days.
    let days = (work.settings.review_sla_days + today / 10).min(10);
    application.submitted_at = Some(now);
    application.due_at = Some(now.plus(days * DAY));
    application.updated_at = now;
    store::catalogue::save_application(work.tx, &application)?;
    let name = &application.content.name;
    let arguments = [("product", name.zh.as_str()), ("product_en", &name.en)];
    work.tell_operators("application-submitted", &arguments, &format!("/operator/applications/{id}"))?;
    work.audit(owner, "application.submitted", "application", id, &json!({"kind": application.kind.code()}));
    Ok(())
}

fn put_in_force(work: &mut Work<'_, '_>, application: &Application) -> Result<(), AppError> {
    let now = work.real_now;
    let mut product = store::catalogue::load_product(work.tx, &application.product_id)?.ok_or(AppError::NotFound)?;
    match application.kind {
        ApplicationKind::Release => {
            product.state = product.state.apply(ProductAction::Release)?;
            product.released_at = Some(now);
        }
        ApplicationKind::Modification => {}
        ApplicationKind::Delist => {
            product.state = product.state.apply(ProductAction::Discontinue)?;
            product.discontinued_at = Some(now);
        }
    }
    if application.kind != ApplicationKind::Delist {
        product.content = application.content.clone();
        product.version_no += 1;
        product.name = product.content.name.clone();
        product.public_sale = product.content.public_sale;
        store::catalogue::insert_version(work.tx, &product, &application.id, now)?;
    }
    product.updated_at = now;
    store::catalogue::save_product(work.tx, &product)?;
    store::catalogue::record_change(work.tx, &product.id, now)?;
    let detail = json!({"application": application.id, "version": product.version_no, "state": product.state.code()});
    work.audit(&product.organisation_id.clone(), "product.in-force", "product", &product.id, &detail);
    Ok(())
}
