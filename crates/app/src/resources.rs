//! What a buyer does with purchased services, and what the clock does to them (trade 1.7–1.13).

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::fulfilment::{move_instance, plan_reminder};
use crate::jobs::Task;
use crate::ordering::{self, Buyer, Side};
use crate::work::{OrganisationClock, Work};
use domain::access::{OperatorRight, Right};
use domain::catalogue::kinds::{BillingMode, PeriodType};
use domain::fulfilment::instance::{ExpiryPolicy, InstanceAction, InstanceState};
use domain::ordering::order::{OrderKind, OrderState, PaymentProvider, RefundState};
use domain::ordering::pricing::Choice;
use domain::ordering::refund::{RefundFacts, bar};
use domain::time::{DAY, HOUR, Timestamp, next_market_hour, start_of_day};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::audit::{AuditEntry, PLATFORM_CHAIN};
use store::fulfilment::{Instance, InstanceFilter, SellerCall, Viewer};
use store::listing::{PageRequest, Paged};
use store::ordering::{Order, OrderFilter, OrderOwner};

/// What the buyer needs to use a service, decrypted (seller interface 4.3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AccessData {
    pub front_end_url: String,
    #[serde(default)]
    pub admin_url: Option<String>,
    #[serde(default)]
    pub user_name: Option<String>,
    #[serde(default)]
    pub password: Option<String>,
    #[serde(default)]
    pub memo: Option<String>,
}

/// A resource with what a page shows about it.
#[derive(Debug, Clone)]
pub struct InstanceDetail {
    /// The resource.
    pub instance: Instance,
    /// Access data; only for the buyer, and only when he may see them.
    pub access: Option<AccessData>,
    /// Orders of the resource, newest first.
    pub orders: Vec<Order>,
    /// Calls to the seller, oldest first; not for the buyer.
    pub calls: Vec<SellerCall>,
    /// What happened, oldest first.
    pub history: Vec<AuditEntry>,
    /// Why a no-reason refund is not offered; `None` when it is.
    pub refund_bar: Option<&'static str>,
    /// Why its last renewal cannot be given back; `None` when it can.
    pub return_bar: Option<&'static str>,
    /// Prices at which it can be renewed or converted.
    pub renewals: Vec<(PeriodType, domain::money::Money)>,
}

fn load(tx: &mut store::Tx<'_>, viewer: &Viewer, id: &str, lock: bool) -> Result<Instance, AppError> {
    store::fulfilment::load_instance(tx, viewer, id, lock)?.ok_or(AppError::NotFound)
}

fn purchase_of(tx: &mut store::Tx<'_>, instance: &Instance) -> Result<Order, AppError> {
    store::ordering::load_order(tx, &OrderOwner::Market, &instance.order_id, false)?
        .ok_or_else(|| AppError::Internal("instance without order".into()))
}

fn refund_facts(
    tx: &mut store::Tx<'_>,
    instance: &Instance,
    order: &Order,
    now: Timestamp,
) -> Result<RefundFacts, AppError> {
    let year = start_of_day(now).plus(-(day_of_year(now) - 1) * DAY);
    Ok(RefundFacts {
        provisioned_at: instance.opened_at.unwrap_or(now),
        no_reason_refund: order.line.no_reason_refund,
        is_period: order.line.choice.mode == BillingMode::Period,
        was_free: order.payable.is_zero() || instance.trial,
        in_use: matches!(instance.state, InstanceState::InUse { .. }),
        other_order_open: store::ordering::open_order_of_instance(tx, &instance.id, &order.id)?.is_some(),
        used_this_year: store::ordering::refunds_since(tx, &instance.buyer_id, year)?,
    })
}

fn day_of_year(now: Timestamp) -> i64 {
    i64::from(now.market().date().day_of_year())
}

impl App {
    /// Resources in the view of the actor's side.
    pub async fn instances(
        &self,
        actor: &Actor,
        side: Side,
        mut filter: InstanceFilter,
        page: PageRequest,
    ) -> Result<Paged<Instance>, AppError> {
        let viewer = side.viewer(actor)?;
        filter.products = side.narrowed_to(actor);
        self.look(move |tx| Ok(store::fulfilment::list_instances(tx, &viewer, &filter, &page)?)).await
    }

    /// A page of the resources of the actor's organisation that can be renewed now, those that end
    /// first on top.
    pub async fn renewable(&self, actor: &Actor, page: PageRequest) -> Result<Paged<Instance>, AppError> {
        let buyer = actor.may(Right::OrderView)?.organisation_id.clone();
        self.look(move |tx| Ok(store::renewals::renewable(tx, &buyer, &page)?)).await
    }

    /// How many of them end before `before`, counted up to 10,000.
    pub async fn ending(&self, actor: &Actor, before: Timestamp) -> Result<i64, AppError> {
        let buyer = actor.may(Right::OrderView)?.organisation_id.clone();
        self.look(move |tx| Ok(store::renewals::ending(tx, &buyer, before)?)).await
    }

    /// One resource with what belongs to it.
    pub async fn instance(&self, actor: &Actor, side: Side, id: &str) -> Result<InstanceDetail, AppError> {
        let (viewer, owner) = (side.viewer(actor)?, side.owner(actor)?);
        let only = side.narrowed_to(actor);
        let may_see = side == Side::Buyer && actor.member().is_ok_and(|m| m.has(Right::ResourceManage));
        let (id, secrets) = (id.to_owned(), self.inner.secrets.clone());
        let settings = self.settings();
        let real_now = self.now();
        let offset = actor.member().map_or(0, |m| if m.sandbox { m.clock_offset } else { 0 });
        let detail: InstanceDetail = self
            .look(move |tx| {
                let instance = load(tx, &viewer, &id, false)?;
                if !only.is_empty() && !only.contains(&instance.product_id) {
                    return Err(AppError::NotFound);
                }
                let order = purchase_of(tx, &instance)?;
                let filter = OrderFilter { instance_id: Some(id.clone()), ..OrderFilter::default() };
                let page = PageRequest { limit: 50, ..PageRequest::default() };
                let orders = store::ordering::list_orders(tx, &OrderOwner::Market, &filter, &page)?.items;
                let calls =
                    if side == Side::Buyer { Vec::new() } else { store::fulfilment::calls_about(tx, Some(&id), None)? };
                let history = side.history(&owner, store::audit::about(tx, &id)?);
                let access = match (&instance.access_cipher, may_see) {
                    (Some(cipher), true) => {
                        let plain = secrets.open(cipher).map_err(AppError::Internal)?;
                        Some(serde_json::from_str(&plain)?)
                    }
                    _ => None,
                };
                let now = real_now.plus(offset);
                let refund_bar = bar(&refund_facts(tx, &instance, &order, now)?, now, &settings);
                let return_bar = ordering::return_renewal::returnable(tx, &instance, &order, now)?.err();
                let renewals = renewal_prices(tx, &instance)?;
                Ok(InstanceDetail { instance, access, orders, calls, history, refund_bar, return_bar, renewals })
            })
            .await?;
        if detail.access.is_some() {
            self.record_access(actor, &detail.instance.id, &detail.history).await?;
        }
        Ok(detail)
    }

    /// Orders the renewal of a resource, or the conversion of a trial.
    pub async fn renew(&self, actor: &Actor, id: &str, period: PeriodType, periods: i64) -> Result<Order, AppError> {
        let viewer = Viewer::Buyer(Buyer::of(actor)?.organisation_id);
        let id = id.to_owned();
        self.act(actor, move |work| {
            let instance = load(work.tx, &viewer, &id, true)?;
            if !instance.state.is_renewable() {
                return Err(AppError::Refused("instance-not-renewable"));
            }
            let kind = if instance.trial { OrderKind::TrialToFormal } else { OrderKind::Renew };
            let choice = Choice {
                mode: BillingMode::Period,
                period: Some(period),
                periods,
                quantity: instance.quantity,
                trial: false,
            };
            let mut buyer = Buyer::of_instance(work, &instance)?;
            buyer.user_id = work.actor.user_id().unwrap_or_default().to_owned();
            buyer.automatic = false;
            ordering::place_for_instance(work, &buyer, kind, &instance, &choice)
        })
        .await
    }

    /// Chooses what happens at the end of the paid time.
    pub async fn set_expiry_policy(&self, actor: &Actor, id: &str, policy: ExpiryPolicy) -> Result<(), AppError> {
        let viewer = Viewer::Buyer(actor.may(Right::ResourceManage)?.organisation_id.clone());
        let id = id.to_owned();
        self.act(actor, move |work| {
            let mut instance = load(work.tx, &viewer, &id, true)?;
            if instance.mode != BillingMode::Period {
                return Err(AppError::Refused("instance-not-renewable"));
            }
            if instance.trial && policy == ExpiryPolicy::Automatic {
                return Err(AppError::Refused("trial-not-renewable"));
            }
            instance.expiry_policy = policy;
            let now = work.now();
            store::fulfilment::save_instance(work.tx, &instance, now)?;
            if let (ExpiryPolicy::Automatic, Some(until)) = (policy, instance.state.until()) {
                let clock = work.clock_of(&instance.buyer_id)?;
                plan_auto_renewal(work, &instance.id, until, &clock)?;
            }
            let buyer = instance.buyer_id.clone();
            work.audit(&buyer, "instance.policy", "instance", &instance.id, &json!({"policy": policy.code()}));
            Ok(())
        })
        .await
    }

    /// Unsubscribes within the five days: everything goes back, the seller is told to release.
    pub async fn unsubscribe(&self, actor: &Actor, id: &str) -> Result<(), AppError> {
        let buyer = actor.may(Right::OrderPlace)?.organisation_id.clone();
        let viewer = Viewer::Buyer(buyer.clone());
        let id = id.to_owned();
        self.act(actor, move |work| {
            // The yearly quota counts over all services of the buyer (D-12): one at a time.
            store::standing::lock_buyer(work.tx, &buyer)?;
            let mut instance = load(work.tx, &viewer, &id, true)?;
            let mut order = store::ordering::load_order(work.tx, &OrderOwner::Market, &instance.order_id, true)?
                .ok_or_else(|| AppError::Internal("instance without order".into()))?;
            let now = work.now();
            let facts = refund_facts(work.tx, &instance, &order, now)?;
            if let Some(code) = bar(&facts, now, work.settings) {
                return Err(AppError::Refused(code));
            }
            // Renewals are paid on top: those that have not begun are given back first.
            let filter =
                OrderFilter { instance_id: Some(id.clone()), kind: Some("RENEW".into()), ..OrderFilter::default() };
            if !store::ordering::list_orders(work.tx, &OrderOwner::Market, &filter, &PageRequest::default())?
                .items
                .iter()
                .all(|o| matches!(o.state, OrderState::Cancelled { .. }) || o.refund_state == RefundState::Full)
            {
                return Err(AppError::Refused("refund-renewed"));
            }
            let user = work.actor.user_id().unwrap_or_default().to_owned();
            let child = ordering::refund_whole(work, &mut order, &user, now, true)?;
            store::ordering::save_order(work.tx, &order)?;
            let clock = work.clock_of(&instance.buyer_id)?;
            let because = store::ordering::load_order(work.tx, &OrderOwner::Market, &child, false)?;
            move_instance(work, &mut instance, InstanceAction::Release, &clock, because.as_ref())?;
            let seller = instance.seller_id.clone();
            work.tell(
                &seller,
                "order-refunded-seller",
                101,
                &[("order", &order.id)],
                &format!("/seller/orders/{}", order.id),
            )
        })
        .await
    }

    /// The buyer gives up a resource that has expired (trade 1.12).
    pub async fn release(&self, actor: &Actor, id: &str) -> Result<(), AppError> {
        let viewer = Viewer::Buyer(actor.may(Right::ResourceManage)?.organisation_id.clone());
        let id = id.to_owned();
        self.act(actor, move |work| {
            let mut instance = load(work.tx, &viewer, &id, true)?;
            let expired = matches!(instance.state, InstanceState::Expired { .. } | InstanceState::Frozen { .. });
            if !expired && !instance.trial && instance.mode == BillingMode::Period {
                return Err(AppError::Refused("instance-still-paid"));
            }
            if store::ordering::open_order_of_instance(work.tx, &id, &instance.order_id)?.is_some() {
                return Err(AppError::Refused("instance-has-open-order"));
            }
            let clock = work.clock_of(&instance.buyer_id)?;
            move_instance(work, &mut instance, InstanceAction::Release, &clock, None)
        })
        .await
    }

    /// Asks the seller for fresh information now, for the resource page.
    pub async fn refresh_information(&self, actor: &Actor, id: &str) -> Result<bool, AppError> {
        let viewer = Viewer::Buyer(actor.may(Right::ResourceManage)?.organisation_id.clone());
        let wanted = id.to_owned();
        self.look(move |tx| load(tx, &viewer, &wanted, false).map(|_| ())).await?;
        self.fetch_information(id).await
    }

    /// An operator freezes a resource for a violation, or lifts it.
    pub async fn freeze_for_violation(
        &self,
        actor: &Actor,
        id: &str,
        freeze: bool,
        reason: &str,
    ) -> Result<(), AppError> {
        actor.operator_may(OperatorRight::FreezeResources)?;
        if reason.trim().is_empty() {
            return Err(AppError::field("reason", "required"));
        }
        let (id, reason) = (id.to_owned(), reason.to_owned());
        self.act(actor, move |work| {
            let mut instance = load(work.tx, &Viewer::Market, &id, true)?;
            let clock = work.clock_of(&instance.buyer_id)?;
            let action = if freeze { InstanceAction::FreezeForViolation } else { InstanceAction::LiftViolation };
            move_instance(work, &mut instance, action, &clock, None)?;
            work.audit(
                PLATFORM_CHAIN,
                "instance.violation",
                "instance",
                &id,
                &json!({"freeze": freeze, "reason": reason}),
            );
            Ok(())
        })
        .await
    }
}

fn renewal_prices(
    tx: &mut store::Tx<'_>,
    instance: &Instance,
) -> Result<Vec<(PeriodType, domain::money::Money)>, AppError> {
    if !instance.state.is_renewable() {
        return Ok(Vec::new());
    }
    let product = store::catalogue::load_product(tx, &instance.product_id)?.ok_or(AppError::NotFound)?;
    let Some(specification) = product.content.specification(&instance.specification_id) else {
        return Ok(Vec::new());
    };
    let periods = [PeriodType::Month, PeriodType::Year];
    Ok(periods
        .into_iter()
        .filter_map(|p| specification.price(BillingMode::Period, Some(p)).map(|line| (p, line.price)))
        .collect())
}

/// The job at the end of a paid time, grace or retention.
pub(crate) fn timer(work: &mut Work<'_, '_>, instance_id: &str) -> Result<(), AppError> {
    let Some(mut instance) = work.instance(instance_id)? else {
        return Ok(());
    };
    let clock = work.clock_of(&instance.buyer_id)?;
    let now = work.now_by(&clock);
    let Some((at, action)) = instance.state.next_timer() else {
        return Ok(());
    };
    if now < at {
        // Renewed meanwhile, and that change planned its own timer; or started early by hand, and
        // then nobody else plans it.
        return plan_timer(work, instance_id, at, &clock);
    }
    // A paid renewal whose seller does not answer shields the resource: the buyer has paid.
    if let Some(open) = store::ordering::open_order_of_instance(work.tx, instance_id, &instance.order_id)?
        && let Some(order) = store::ordering::load_order(work.tx, &OrderOwner::Market, &open, false)?
        && matches!(order.state, OrderState::Processing { .. })
    {
        return work.later(&Task::InstanceTimer { instance_id: instance_id.to_owned() }, now.plus(HOUR), &clock);
    }
    move_instance(work, &mut instance, action, &clock, None)
}

/// Plans the look at the end of a paid time, grace or retention, unless it is planned already.
pub(crate) fn plan_timer(
    work: &mut Work<'_, '_>,
    instance_id: &str,
    at: Timestamp,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let task = Task::InstanceTimer { instance_id: instance_id.to_owned() };
    if store::jobs::is_planned(work.tx, task.kind(), instance_id)? {
        return Ok(());
    }
    work.later(&task, at, clock)
}

/// Plans the first automatic renewal: 03:00 on the seventh day before the end (trade 1.9).
pub(crate) fn plan_auto_renewal(
    work: &mut Work<'_, '_>,
    instance_id: &str,
    until: Timestamp,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let hour = i8::try_from(work.settings.autorenew_hour).unwrap_or(3);
    let first = start_of_day(until.plus(-work.settings.autorenew_lead_days * DAY));
    let at = next_market_hour(first.max(work.now_by(clock)), hour);
    // Whoever changes his mind twice still has one plan; a plan for an older end plans again when it runs.
    if at < until && !store::jobs::is_planned(work.tx, "auto_renew", instance_id)? {
        work.later(&Task::AutoRenew { instance_id: instance_id.to_owned() }, at, clock)?;
    }
    Ok(())
}

/// One automatic renewal attempt; a failing one is repeated the next day at the same hour.
pub(crate) fn auto_renew(work: &mut Work<'_, '_>, instance_id: &str) -> Result<(), AppError> {
    let Some(instance) = work.instance(instance_id)? else {
        return Ok(());
    };
    let clock = work.clock_of(&instance.buyer_id)?;
    let now = work.now_by(&clock);
    let (Some(until), ExpiryPolicy::Automatic, false) =
        (instance.state.until(), instance.expiry_policy, instance.trial)
    else {
        return Ok(());
    };
    let lead = work.settings.autorenew_lead_days * DAY;
    // Planned before the end; a market that stood still meanwhile renews what can still be renewed.
    if !instance.state.is_renewable() {
        return Ok(());
    }
    if until.since(now) > lead + DAY {
        // Renewed by hand meanwhile, and the new end has its own plan; or started early.
        let task = Task::AutoRenew { instance_id: instance_id.to_owned() };
        let planned = store::jobs::is_planned(work.tx, task.kind(), instance_id)?;
        return if planned { Ok(()) } else { plan_auto_renewal(work, instance_id, until, &clock) };
    }
    if !may_renew_now(work, &instance, now)? {
        return Ok(());
    }
    let href = format!("/buyer/services/{instance_id}");
    let (buyer, name) = (&instance.buyer_id, &instance.product_name);
    let about = |key, value| [("product", name.zh.as_str()), ("product_en", name.en.as_str()), (key, value)];
    match renew_from_balance(work, &instance, &clock) {
        Ok(order) => work.tell(buyer, "autorenew-succeeded", 501, &about("order", &order), &href),
        Err(AppError::Refused(code)) => {
            work.tell(buyer, "autorenew-failed", 501, &about("reason", code), &href)?;
            let hour = i8::try_from(work.settings.autorenew_hour).unwrap_or(3);
            let again = next_market_hour(now.plus(HOUR), hour);
            if again < until {
                work.later(&Task::AutoRenew { instance_id: instance_id.to_owned() }, again, &clock)?;
            }
            Ok(())
        }
        Err(e) => Err(e),
    }
}

/// Whether an automatic renewal is still wanted: not when one has been paid already. One that was ordered
/// by hand and left unpaid makes way, unless money for it is announced.
fn may_renew_now(work: &mut Work<'_, '_>, instance: &Instance, now: Timestamp) -> Result<bool, AppError> {
    let Some(open) = store::ordering::open_order_of_instance(work.tx, &instance.id, &instance.order_id)? else {
        return Ok(true);
    };
    match store::ordering::load_order(work.tx, &OrderOwner::Market, &open, false)?.map(|o| o.state) {
        Some(OrderState::PendingPayment { .. }) => {
            let announced = store::ordering::payments_of(work.tx, &open)?.iter().any(|p| p.state == "PENDING");
            if !announced {
                ordering::payment::cancel_overtaken(work, instance, now)?;
            }
            Ok(true)
        }
        Some(OrderState::Processing { .. }) => Ok(false),
        _ => Ok(true),
    }
}

/// Checks everything that may refuse before anything is written, because a refusal must leave the
/// transaction clean.
fn renew_from_balance(
    work: &mut Work<'_, '_>,
    instance: &Instance,
    clock: &OrganisationClock,
) -> Result<String, AppError> {
    if store::identity::load_organisation(work.tx, &instance.buyer_id)?.is_none_or(|buyer| buyer.frozen) {
        return Err(AppError::Refused("organisation-frozen"));
    }
    let period = instance.period.ok_or(AppError::Refused("instance-not-renewable"))?;
    // Bought monthly renews one month, bought yearly one year (trade 1.9).
    let choice = Choice {
        mode: BillingMode::Period,
        period: Some(period),
        periods: 1,
        quantity: instance.quantity,
        trial: false,
    };
    let product = store::catalogue::load_product(work.tx, &instance.product_id)?
        .ok_or(AppError::Refused("product-discontinued"))?;
    let specification = product
        .content
        .specification(&instance.specification_id)
        .ok_or(AppError::Refused("specification-discontinued"))?;
    let quote = domain::ordering::pricing::quote(specification, &choice)?;
    let balance = store::ledger::balance(work.tx, &instance.buyer_id, instance.book, quote.payable.currency())?;
    if balance.e8() < quote.payable.e8() {
        return Err(AppError::Refused("insufficient-balance"));
    }
    let buyer = Buyer::of_instance(work, instance)?;
    let mut order = ordering::place_for_instance(work, &buyer, OrderKind::Renew, instance, &choice)?;
    if matches!(order.state, OrderState::PendingPayment { .. }) {
        ordering::payment::begin(work, &mut order, PaymentProvider::Balance, clock)?;
    }
    Ok(order.id)
}

/// When a buyer is reminded that the paid time ends in `days`: at ten in the morning.
pub(crate) fn reminder_time(until: Timestamp, days: i64) -> Timestamp {
    start_of_day(until.plus(-days * DAY)).plus(10 * HOUR)
}

/// The job that reminds a buyer.
pub(crate) fn remind(
    work: &mut Work<'_, '_>,
    instance_id: &str,
    until: Timestamp,
    days: i64,
    chained: bool,
) -> Result<(), AppError> {
    let Some(instance) = work.instance(instance_id)? else {
        return Ok(());
    };
    let stands = instance.state.until() == Some(until) && matches!(instance.state, InstanceState::InUse { .. });
    let wanted = match instance.expiry_policy {
        ExpiryPolicy::Manual => true,
        ExpiryPolicy::Automatic => false,
        ExpiryPolicy::DoNotRenew => days == 3,
    };
    if !stands || (!wanted && !chained) {
        return Ok(());
    }
    let clock = work.clock_of(&instance.buyer_id)?;
    let at = reminder_time(until, days);
    if work.now_by(&clock) < at {
        let task = Task::Remind { instance_id: instance_id.to_owned(), until: until.micros(), days, chained };
        return work.later(&task, at, &clock);
    }
    if chained {
        plan_reminder(work, instance_id, until, days, &clock)?;
    }
    if !wanted {
        return Ok(());
    }
    let (name, count) = (&instance.product_name, days.to_string());
    let arguments = [("product", name.zh.as_str()), ("product_en", &name.en), ("days", &count)];
    work.tell(&instance.buyer_id, "expiry-reminder", 501, &arguments, &format!("/buyer/services/{instance_id}"))
}
