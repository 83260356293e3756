//! Orders and payments (area `ordering`).

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::jobs::Task;
use crate::work::{OrganisationClock, Work};
use domain::access::{OperatorRight, Right};
use domain::catalogue::content::ProductContent;
use domain::catalogue::product::ProductState;
use domain::id::{EntryId, InstanceId, OrderId};
use domain::identity::Verification;
use domain::ledger::{self as books, Book, FrozenTerms};
use domain::money::Money;
use domain::ordering::order::{
    CancelReason, OrderAction, OrderEffect, OrderKind, OrderState, PaymentProvider, RefundState, placed,
};
use domain::ordering::pricing::{Choice, ChoiceError, Quote, quote};
use domain::ordering::trade::Purpose;
use domain::text::Localized;
use domain::time::Timestamp;
use serde_json::json;
use store::audit::{AuditEntry, PLATFORM_CHAIN};
use store::catalogue::Offered;
use store::fulfilment::Instance;
use store::ledger::Source;
use store::listing::{PageRequest, Paged};
use store::ordering::{Order, OrderFilter, OrderLine, OrderOwner, Payment, Signature, line_id};

pub(crate) mod payment;
pub(crate) mod return_renewal;

pub use payment::Arrival;
pub use store::fulfilment::Viewer;

/// What a buyer wants to order.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceOrder {
    /// Product.
    pub product_id: String,
    /// Specification.
    pub specification_id: String,
    /// Mode, period, quantity, trial.
    pub choice: Choice,
    /// Whether the buyer ticked the agreements.
    pub agreed: bool,
    /// Whether the service shall renew itself.
    pub auto_renew: bool,
}

impl From<ChoiceError> for AppError {
    fn from(error: ChoiceError) -> AppError {
        AppError::Refused(error.code())
    }
}

/// The book in which an organisation's orders are kept.
fn book_of(sandbox: bool) -> Book {
    if sandbox { Book::Sandbox } else { Book::Real }
}

/// Loads a product that can be bought, with its seller.
fn buyable(work: &mut Work<'_, '_>, product_id: &str) -> Result<Offered, AppError> {
    let product = store::catalogue::load_offered(work.tx, product_id)?.ok_or(AppError::NotFound)?;
    match product.state {
        ProductState::OnSale => Ok(product),
        ProductState::Suspended => Err(AppError::Refused("product-suspended")),
        ProductState::Discontinued => Err(AppError::Refused("product-discontinued")),
        ProductState::Unreleased => Err(AppError::NotFound),
    }
}

fn quoted(content: &ProductContent, specification_id: &str, choice: &Choice) -> Result<Quote, AppError> {
    let specification = content.specification(specification_id).ok_or(AppError::NotFound)?;
    if specification.discontinued {
        return Err(AppError::Refused("specification-discontinued"));
    }
    Ok(quote(specification, choice)?)
}

struct NewOrder<'p> {
    kind: OrderKind,
    product: &'p Offered,
    content: &'p ProductContent,
    specification_id: &'p str,
    choice: &'p Choice,
    quote: Quote,
    instance_id: Option<String>,
    parent_order_id: Option<String>,
    auto_renew: bool,
}

fn insert_order(work: &mut Work<'_, '_>, buyer: &Buyer, new: NewOrder<'_>) -> Result<Order, AppError> {
    let now = work.now_by(&buyer.clock);
    let id = OrderId::new(work.seed()).to_string();
    let decided = placed(now, work.settings);
    let specification = new.content.specification(new.specification_id);
    let order = Order {
        kind: new.kind,
        state: decided.next,
        buyer_id: buyer.organisation_id.clone(),
        buyer_name: buyer.name.clone(),
        user_id: buyer.user_id.clone(),
        seller_id: new.product.organisation_id.clone(),
        seller_name: new.product.seller_name.zh.clone(),
        product_id: new.product.id.clone(),
        product_name: new.product.name.clone(),
        book: buyer.book,
        payable: new.quote.payable,
        refunded: Money::zero(new.quote.payable.currency()),
        refund_state: RefundState::None,
        provider: None,
        auto_renew: new.auto_renew,
        parent_order_id: new.parent_order_id,
        instance_id: new.instance_id,
        created_at: now,
        paid_at: None,
        completed_at: None,
        version: 1,
        line: OrderLine {
            line_id: line_id(&id, 1),
            specification_id: new.specification_id.to_owned(),
            specification_name: new.quote.specification_name,
            product_code: new.quote.product_code,
            choice: new.choice.clone(),
            trial_days: new.quote.trial_days,
            unit_price: new.quote.unit_price,
            payable: new.quote.payable,
            no_reason_refund: specification.is_some_and(|s| s.no_reason_refund) && new.kind == OrderKind::New,
            terms: None,
        },
        id,
    };
    store::ordering::insert_order(work.tx, &order)?;
    let detail = json!({"kind": order.kind.code(), "product": order.product_id, "payable": order.payable.to_decimal(), "currency": order.payable.currency().code()});
    work.audit(&order.buyer_id, "order.placed", "order", &order.id, &detail);
    if order.payable.is_zero() {
        // Zero-amount orders need no payment step (trade 1.3).
        let mut order = order;
        payment::begin(work, &mut order, PaymentProvider::Free, &buyer.clock)?;
        return Ok(order);
    }
    for effect in decided.effects {
        if let OrderEffect::ExpireAt(at) = effect {
            work.later(&Task::CancelUnpaid { order_id: order.id.clone() }, at, &buyer.clock)?;
        }
    }
    Ok(order)
}

/// The buying side of an order.
#[derive(Debug, Clone)]
pub(crate) struct Buyer {
    pub(crate) organisation_id: String,
    pub(crate) user_id: String,
    pub(crate) name: String,
    pub(crate) book: Book,
    pub(crate) clock: OrganisationClock,
    /// The clock buys, nobody looks at it.
    pub(crate) automatic: bool,
}

impl Buyer {
    /// The acting member, when he and his organisation may buy.
    pub(crate) fn of(actor: &Actor) -> Result<Buyer, AppError> {
        let member = actor.may(Right::OrderPlace)?;
        if member.verification != Verification::Verified {
            return Err(AppError::Refused("not-verified"));
        }
        Ok(Buyer {
            organisation_id: member.organisation_id.clone(),
            user_id: member.user_id.clone(),
            name: member.organisation_name.zh.clone(),
            book: book_of(member.sandbox),
            clock: OrganisationClock {
                owner: member.sandbox.then(|| member.organisation_id.clone()),
                offset: if member.sandbox { member.clock_offset } else { 0 },
            },
            automatic: false,
        })
    }

    /// The buyer of an existing resource, for orders that the clock places.
    pub(crate) fn of_instance(work: &mut Work<'_, '_>, instance: &Instance) -> Result<Buyer, AppError> {
        let clock = work.clock_of(&instance.buyer_id)?;
        Ok(Buyer {
            organisation_id: instance.buyer_id.clone(),
            user_id: "autorenew".into(),
            name: instance.buyer_name.clone(),
            book: instance.book,
            clock,
            automatic: true,
        })
    }
}

/// Places an order for a resource that exists: renewal or conversion of a trial.
pub(crate) fn place_for_instance(
    work: &mut Work<'_, '_>,
    buyer: &Buyer,
    kind: OrderKind,
    instance: &Instance,
    choice: &Choice,
) -> Result<Order, AppError> {
    if store::ordering::open_order_of_instance(work.tx, &instance.id, "")?.is_some() {
        return Err(AppError::Refused("instance-has-open-order"));
    }
    let product = store::catalogue::load_offered(work.tx, &instance.product_id)?.ok_or(AppError::NotFound)?;
    let sold = work.sold(&product)?;
    let specification = sold.content.specification(&instance.specification_id).ok_or(AppError::NotFound)?;
    let purpose = if buyer.automatic { Purpose::AutomaticRenewal } else { Purpose::Renewal };
    let parties = (buyer.organisation_id.as_str(), instance.seller_id.as_str());
    payment::check_trade(work, parties, &product.id, None, purpose)?;
    let quote = quote(specification, choice)?;
    insert_order(
        work,
        buyer,
        NewOrder {
            kind,
            product: &product,
            content: &sold.content,
            specification_id: &instance.specification_id,
            choice,
            quote,
            instance_id: Some(instance.id.clone()),
            parent_order_id: Some(instance.order_id.clone()),
            auto_renew: false,
        },
    )
}

/// The money of an order has arrived: freeze its terms and begin delivery.
pub(crate) fn settle_payment(
    work: &mut Work<'_, '_>,
    order: &mut Order,
    provider: PaymentProvider,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let now = work.now_by(clock);
    let decided = order.state.apply(OrderAction::Pay, now, work.settings)?;
    let terms = FrozenTerms::of(work.settings);
    store::ordering::freeze_terms(work.tx, &order.id, &terms)?;
    order.line.terms = Some(terms);
    order.state = decided.next;
    order.paid_at = Some(now);
    order.provider = Some(provider);
    if decided.effects.contains(&OrderEffect::BeginDelivery) {
        begin_delivery(work, order, clock)?;
    }
    store::ordering::save_order(work.tx, order)?;
    order.version += 1;
    let detail = json!({"provider": provider.code(), "amount": order.payable.to_decimal()});
    work.audit(&order.buyer_id.clone(), "order.paid", "order", &order.id, &detail);
    let href = format!("/seller/orders/{}", order.id);
    let (seller, product) = (&order.seller_id, &order.product_name);
    let arguments = [("order", order.id.as_str()), ("product", &product.zh), ("product_en", &product.en)];
    work.tell(seller, "order-paid-seller", 101, &arguments, &href)
}

fn begin_delivery(work: &mut Work<'_, '_>, order: &mut Order, clock: &OrganisationClock) -> Result<(), AppError> {
    match order.kind {
        OrderKind::New | OrderKind::Trial => {
            let id = InstanceId::new(work.seed()).to_string();
            order.instance_id = Some(id.clone());
            crate::fulfilment::open_instance(work, order, &id, clock)
        }
        OrderKind::Renew | OrderKind::TrialToFormal => crate::fulfilment::call_refresh(work, order, clock),
        OrderKind::Change | OrderKind::Unsubscribe | OrderKind::UnsubscribeRenewal => {
            Err(AppError::Internal(format!("an order of kind {} is not paid", order.kind.code())))
        }
    }
}

/// Delivery is complete: divide the held money.
pub(crate) fn complete(work: &mut Work<'_, '_>, order: &mut Order, now: Timestamp) -> Result<(), AppError> {
    let decided = order.state.apply(OrderAction::Complete, now, work.settings)?;
    order.state = decided.next;
    order.completed_at = Some(now);
    if decided.effects.contains(&OrderEffect::DivideMoney) && order.payable.is_positive() {
        let terms = order.line.terms.ok_or_else(|| AppError::Internal("paid without terms".into()))?;
        let entry = books::completion(&order.seller_id, order.book, order.payable, terms)?;
        post(work, &entry, order, &format!("completion:{}", order.id), now)?;
    }
    work.keep_order(order);
    work.audit(&order.buyer_id.clone(), "order.completed", "order", &order.id, &json!({}));
    Ok(())
}

/// Writes a ledger entry of an order.
pub(crate) fn post(
    work: &mut Work<'_, '_>,
    entry: &books::Entry,
    order: &Order,
    key: &str,
    now: Timestamp,
) -> Result<(), AppError> {
    let id = EntryId::new(work.seed()).to_string();
    let source = Source {
        entry_id: &id,
        order_id: Some(&order.id),
        source: &order.id,
        idempotency_key: key,
        memo: &order.product_name.zh,
    };
    Ok(store::ledger::post(work.tx, entry, &source, now)?)
}

/// Gives the whole amount of an order back and writes the unsubscription order that says so. The
/// order itself keeps its final state (D-04).
pub(crate) fn refund_whole(
    work: &mut Work<'_, '_>,
    order: &mut Order,
    user_id: &str,
    now: Timestamp,
    delivered: bool,
) -> Result<String, AppError> {
    refund_as(work, order, OrderKind::Unsubscribe, user_id, now, delivered)
}

/// The same with the kind of the unsubscription order.
fn refund_as(
    work: &mut Work<'_, '_>,
    order: &mut Order,
    kind: OrderKind,
    user_id: &str,
    now: Timestamp,
    delivered: bool,
) -> Result<String, AppError> {
    if order.refund_state != RefundState::None {
        return Err(AppError::Refused("already-refunded"));
    }
    if order.payable.is_positive() {
        let entry = if delivered {
            let terms = order.line.terms.ok_or_else(|| AppError::Internal("paid without terms".into()))?;
            books::refund_divided(&order.buyer_id, &order.seller_id, order.book, order.payable, terms)?
        } else {
            books::refund_held(&order.buyer_id, order.book, order.payable)?
        };
        post(work, &entry, order, &format!("refund:{}", order.id), now)?;
    }
    order.refunded = order.payable;
    order.refund_state = RefundState::Full;
    let id = OrderId::new(work.seed()).to_string();
    let refunded = OrderState::Refunding { since: now }.apply(OrderAction::Refunded, now, work.settings)?;
    let child = Order {
        id: id.clone(),
        kind,
        state: refunded.next,
        user_id: user_id.to_owned(),
        refunded: order.payable,
        refund_state: RefundState::None,
        parent_order_id: Some(order.id.clone()),
        created_at: now,
        paid_at: None,
        completed_at: Some(now),
        version: 1,
        line: OrderLine { line_id: line_id(&id, 1), terms: None, ..order.line.clone() },
        ..order.clone()
    };
    store::ordering::insert_order(work.tx, &child)?;
    let detail = json!({"order": order.id, "amount": order.payable.to_decimal(), "delivered": delivered});
    work.audit(&order.buyer_id.clone(), "order.refunded", "order", &order.id, &detail);
    Ok(id)
}

/// Cancels an order that waits for payment.
fn cancel(work: &mut Work<'_, '_>, order: &mut Order, why: CancelReason, now: Timestamp) -> Result<(), AppError> {
    let decided = order.state.apply(OrderAction::Cancel(why), now, work.settings)?;
    order.state = decided.next;
    store::ordering::save_order(work.tx, order)?;
    order.version += 1;
    store::ordering::cancel_pending_payments(work.tx, &order.id, "order cancelled", now)?;
    work.audit(&order.buyer_id.clone(), "order.cancelled", "order", &order.id, &json!({"why": why.code()}));
    Ok(())
}

/// The job at the end of an order's waiting time.
pub(crate) fn cancel_unpaid(work: &mut Work<'_, '_>, order_id: &str) -> Result<(), AppError> {
    let Some(mut order) = store::ordering::load_order(work.tx, &OrderOwner::Market, order_id, true)? else {
        return Ok(());
    };
    let OrderState::PendingPayment { until } = order.state else {
        return Ok(());
    };
    let clock = work.clock_of(&order.buyer_id)?;
    let now = work.now_by(&clock);
    if now < until {
        return work.later(&Task::CancelUnpaid { order_id: order.id }, until, &clock);
    }
    cancel(work, &mut order, CancelReason::TimedOut, now)?;
    let buyer = order.buyer_id.clone();
    work.tell(&buyer, "order-timed-out", 101, &[("order", &order.id)], &format!("/buyer/orders/{}", order.id))
}

/// An order with everything that a page shows about it.
#[derive(Debug, Clone)]
pub struct OrderDetail {
    /// The order.
    pub order: Order,
    /// Its payments.
    pub payments: Vec<Payment>,
    /// The resource that it made or concerns.
    pub instance: Option<Instance>,
    /// What happened, from the audit log, oldest first.
    pub history: Vec<AuditEntry>,
    /// Child orders: refunds.
    pub children: Vec<Order>,
}

impl App {
    /// What a choice would cost.
    pub async fn quote(&self, product_id: &str, specification_id: &str, choice: Choice) -> Result<Quote, AppError> {
        let view = self.product_view(product_id).await?;
        quoted(&view.product.content, specification_id, &choice)
    }

    /// Whether the actor's organisation has had the trial of a product, so that no page offers it.
    pub async fn trial_is_taken(&self, actor: &Actor, product_id: &str) -> Result<bool, AppError> {
        let (buyer, product) = (actor.member()?.organisation_id.clone(), product_id.to_owned());
        self.look(move |tx| Ok(store::ordering::has_had_trial(tx, &buyer, &product)?)).await
    }

    /// Places an order. A free or trial order is in delivery when this returns.
    pub async fn place_order(&self, actor: &Actor, input: PlaceOrder) -> Result<Order, AppError> {
        Buyer::of(actor)?;
        self.act(actor, move |work| place(work, &input)).await
    }

    /// The buyer cancels an order that waits for payment.
    pub async fn cancel_order(&self, actor: &Actor, order_id: &str) -> Result<(), AppError> {
        let owner = OrderOwner::Buyer(actor.may(Right::OrderPlace)?.organisation_id.clone());
        let order_id = order_id.to_owned();
        self.act(actor, move |work| {
            let mut order = store::ordering::load_order(work.tx, &owner, &order_id, true)?.ok_or(AppError::NotFound)?;
            let now = work.now();
            cancel(work, &mut order, CancelReason::Buyer, now)
        })
        .await
    }

    /// Payments of a book in a state, for operators.
    pub async fn payments(
        &self,
        actor: &Actor,
        book: Book,
        state: Option<String>,
        page: PageRequest,
    ) -> Result<Paged<Payment>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        self.look(move |tx| Ok(store::ordering::list_payments(tx, book, state, &page)?)).await
    }

    /// Orders in the view of the actor's side.
    pub async fn orders(
        &self,
        actor: &Actor,
        side: Side,
        mut filter: OrderFilter,
        page: PageRequest,
    ) -> Result<Paged<Order>, AppError> {
        let owner = side.owner(actor)?;
        filter.products = side.narrowed_to(actor);
        self.look(move |tx| Ok(store::ordering::list_orders(tx, &owner, &filter, &page)?)).await
    }

    /// One order with what belongs to it.
    pub async fn order(&self, actor: &Actor, side: Side, id: &str) -> Result<OrderDetail, AppError> {
        let owner = side.owner(actor)?;
        let (id, only) = (id.to_owned(), side.narrowed_to(actor));
        self.look(move |tx| {
            let order = store::ordering::load_order(tx, &owner, &id, false)?
                .filter(|o| only.is_empty() || only.contains(&o.product_id))
                .ok_or(AppError::NotFound)?;
            let mut payments = store::ordering::payments_of(tx, &order.id)?;
            let instance = match &order.instance_id {
                Some(id) => store::fulfilment::load_instance(tx, &Viewer::Market, id, false)?,
                None => None,
            };
            let history = side.history(&owner, store::audit::about(tx, &order.id)?);
            if side == Side::Seller {
                for payment in &mut payments {
                    payment.reference.clear();
                    payment.decided_by = None;
                }
            }
            let children = match &order.instance_id {
                Some(instance_id) => {
                    let filter = OrderFilter { instance_id: Some(instance_id.clone()), ..OrderFilter::default() };
                    let page = PageRequest { limit: 100, ..PageRequest::default() };
                    let all = store::ordering::list_orders(tx, &owner, &filter, &page)?.items;
                    all.into_iter().filter(|o| o.parent_order_id.as_deref() == Some(order.id.as_str())).collect()
                }
                None => Vec::new(),
            };
            Ok(OrderDetail { order, payments, instance, history, children })
        })
        .await
    }

    /// Agreements that the actor's organisation has signed.
    pub async fn agreements(&self, actor: &Actor) -> Result<Vec<Signature>, AppError> {
        let id = actor.member()?.organisation_id.clone();
        self.look(move |tx| Ok(store::ordering::signatures_of(tx, &id)?)).await
    }
}

/// From which side somebody looks at orders, resources and calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// As the buyer.
    Buyer,
    /// As the seller.
    Seller,
    /// As an operator.
    Market,
}

impl Side {
    pub(crate) fn owner(self, actor: &Actor) -> Result<OrderOwner, AppError> {
        Ok(match self {
            Side::Buyer => OrderOwner::Buyer(actor.may(Right::OrderView)?.organisation_id.clone()),
            Side::Seller => OrderOwner::Seller(actor.seller_may(Right::OrderView)?.organisation_id.clone()),
            Side::Market => {
                actor.operator_may(OperatorRight::Read)?;
                OrderOwner::Market
            }
        })
    }

    /// What of a history this side sees: operators everything, buyers and sellers nothing of the
    /// platform's chain, and of each other's only what happened and when.
    pub(crate) fn history(self, owner: &OrderOwner, mut history: Vec<AuditEntry>) -> Vec<AuditEntry> {
        let own = match owner {
            OrderOwner::Market => return history,
            OrderOwner::Buyer(id) | OrderOwner::Seller(id) => id,
        };
        history.retain(|e| e.chain != PLATFORM_CHAIN);
        history.into_iter().map(|e| if e.chain == *own { e } else { e.seen_from_outside() }).collect()
    }

    /// Products to which a seller's sub-user is narrowed; empty: all.
    pub(crate) fn narrowed_to(self, actor: &Actor) -> Vec<String> {
        match (self, actor) {
            (Side::Seller, Actor::Member(member)) => member.products.clone(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn viewer(self, actor: &Actor) -> Result<Viewer, AppError> {
        Ok(match self.owner(actor)? {
            OrderOwner::Buyer(id) => Viewer::Buyer(id),
            OrderOwner::Seller(id) => Viewer::Seller(id),
            OrderOwner::Market => Viewer::Market,
        })
    }
}

fn place(work: &mut Work<'_, '_>, input: &PlaceOrder) -> Result<Order, AppError> {
    let buyer = Buyer::of(work.actor)?;
    if !input.agreed {
        return Err(AppError::field("agreed", "agreement-required"));
    }
    let product = buyable(work, &input.product_id)?;
    if product.organisation_id == buyer.organisation_id && buyer.book == Book::Real {
        return Err(AppError::Refused("own-product"));
    }
    payment::check_purchase(work, &product)?;
    let sold = work.sold(&product)?;
    let quote = quoted(&sold.content, &input.specification_id, &input.choice)?;
    let kind = if input.choice.trial { OrderKind::Trial } else { OrderKind::New };
    let new = NewOrder {
        kind,
        product: &product,
        content: &sold.content,
        specification_id: &input.specification_id,
        choice: &input.choice,
        quote,
        instance_id: None,
        parent_order_id: None,
        auto_renew: input.auto_renew && input.choice.period.is_some() && !input.choice.trial,
    };
    let order = insert_order(work, &buyer, new)?;
    if kind == OrderKind::Trial && store::standing::has_bought(work.tx, &buyer.organisation_id, &product.id)? {
        return Err(AppError::Refused("trial-after-purchase"));
    }
    if kind == OrderKind::Trial
        && !store::ordering::take_trial(work.tx, &buyer.organisation_id, &product.id, &order.id)?
    {
        return Err(AppError::Refused("trial-taken"));
    }
    store::ordering::insert_signature(
        work.tx,
        &Signature {
            order_id: order.id.clone(),
            organisation_id: buyer.organisation_id.clone(),
            user_id: buyer.user_id.clone(),
            title: agreement_title(&product.name),
            text_hash: sold.agreement_hash.clone(),
            text: sold.agreement.clone(),
            signed_at: work.real_now,
        },
    )?;
    Ok(order)
}

fn agreement_title(name: &Localized) -> Localized {
    Localized::new(
        format!("《{}》商品服务协议", name.zh),
        format!("Service agreement of {}", name.get(domain::text::Language::En)),
    )
}
