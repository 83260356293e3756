//! Payments of orders: begun by buyers and by the clock, confirmed or refused by operators.

use super::{Buyer, cancel, post, settle_payment};
use crate::App;
use crate::actor::{Actor, Operator};
use crate::error::AppError;
use crate::four_eyes::{MoneyDecision, cashier, enters};
use crate::work::{OrganisationClock, Work};
use domain::id::{EntryId, PaymentId};
use domain::identity::Verification;
use domain::ledger as books;
use domain::ordering::order::{CancelReason, OrderAction, OrderKind, PaymentProvider};
use domain::ordering::provider::{Begin, Bill, provider};
use domain::ordering::trade::{Purpose, Standing, may_trade};
use domain::time::Timestamp;
use serde_json::json;
use store::audit::PLATFORM_CHAIN;
use store::catalogue::Offered;
use store::fulfilment::{Instance, Viewer};
use store::ledger::Source;
use store::ordering::{Order, OrderOwner, Payment};

/// What an operator found on the market's bank account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// The money is there.
    Arrived,
    /// It is not, and will not be; the reason is told to the payer.
    Refused(String),
}

impl From<bool> for Arrival {
    /// `false` has no reason yet; it will be asked for.
    fn from(arrived: bool) -> Arrival {
        if arrived { Arrival::Arrived } else { Arrival::Refused(String::new()) }
    }
}

impl Arrival {
    /// Refusals need a reason of at most 200 characters.
    pub(crate) fn checked(self) -> Result<Arrival, AppError> {
        match self {
            Arrival::Refused(reason) => {
                let reason = reason.trim().to_owned();
                match reason.chars().count() {
                    0 => Err(AppError::field("reason", "required")),
                    1..=200 => Ok(Arrival::Refused(reason)),
                    _ => Err(AppError::field("reason", "too-long")),
                }
            }
            Arrival::Arrived => Ok(Arrival::Arrived),
        }
    }

    /// The reason; empty for money that is there.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Arrival::Arrived => "",
            Arrival::Refused(reason) => reason,
        }
    }
}

fn purpose_of(kind: OrderKind) -> Purpose {
    match kind {
        OrderKind::Renew | OrderKind::TrialToFormal => Purpose::Renewal,
        _ => Purpose::Purchase,
    }
}

/// Asks the rule of trade about two organisations and a product as they stand now. `seen` is when
/// the specification was last known to be offered.
pub(super) fn check_trade(
    work: &mut Work<'_, '_>,
    parties: (&str, &str),
    product_id: &str,
    specification: Option<(&str, Timestamp)>,
    purpose: Purpose,
) -> Result<(), AppError> {
    let (buyer, seller) = parties;
    let (mut standing, changed_at) =
        store::standing::standing(work.tx, buyer, seller, product_id)?.ok_or(AppError::NotFound)?;
    if let Some((specification, seen)) = specification
        && changed_at > seen
    {
        let product = store::catalogue::load_product(work.tx, product_id)?.ok_or(AppError::NotFound)?;
        standing.specification_offered = product.content.specification(specification).is_some_and(|s| !s.discontinued);
    }
    may_trade(&standing, purpose, work.real_now, work.settings).map_err(AppError::Refused)
}

/// Asks the rule of trade about a product that its member, who was asked already, wants to buy.
pub(super) fn check_purchase(work: &Work<'_, '_>, product: &Offered) -> Result<(), AppError> {
    let standing = Standing {
        buyer_frozen: false,
        buyer: Verification::Verified,
        seller_frozen: product.seller_frozen,
        seller: product.seller_state,
        product: product.state,
        discontinued_at: product.discontinued_at,
        specification_offered: true,
    };
    may_trade(&standing, Purpose::Purchase, work.real_now, work.settings).map_err(AppError::Refused)
}

/// Whether this order may still be paid: state and time, buyer, seller, product, resource. The
/// price is the one that the order was placed with and shows.
fn check_payable(work: &mut Work<'_, '_>, order: &Order, now: Timestamp) -> Result<(), AppError> {
    order.state.apply(OrderAction::Pay, now, work.settings)?;
    let purpose = purpose_of(order.kind);
    let specification = Some((order.line.specification_id.as_str(), order.created_at));
    check_trade(work, (&order.buyer_id, &order.seller_id), &order.product_id, specification, purpose)?;
    if let (Purpose::Renewal, Some(id)) = (purpose, &order.instance_id) {
        let instance = store::fulfilment::load_instance(work.tx, &Viewer::Market, id, false)?;
        if !instance.is_some_and(|i| i.state.is_renewable()) {
            return Err(AppError::Refused("instance-not-renewable"));
        }
    }
    Ok(())
}

fn bill(order: &Order) -> Bill<'_> {
    Bill { buyer: &order.buyer_id, book: order.book, payable: order.payable }
}

/// Money that is there pays the order.
fn settle(
    work: &mut Work<'_, '_>,
    order: &mut Order,
    payment: &Payment,
    clock: &OrganisationClock,
) -> Result<(), AppError> {
    let way = provider(payment.provider).ok_or(AppError::Refused("provider-not-offered"))?;
    if let Some(entry) = way.entry(&bill(order))? {
        let now = work.now_by(clock);
        post(work, &entry, order, &format!("payment:{}", payment.id), now)?;
    }
    settle_payment(work, order, payment.provider, clock)
}

/// Begins a payment of an order whose trade was checked; pays it where the money is there.
pub(crate) fn begin(
    work: &mut Work<'_, '_>,
    order: &mut Order,
    code: PaymentProvider,
    clock: &OrganisationClock,
) -> Result<Payment, AppError> {
    let now = work.now_by(clock);
    let way = provider(code).ok_or(AppError::Refused("provider-not-offered"))?;
    let begun = way.begin(&bill(order)).map_err(AppError::Refused)?;
    let settled = begun == Begin::Settled;
    let payment = Payment {
        id: PaymentId::new(work.seed()).to_string(),
        order_id: order.id.clone(),
        buyer_id: order.buyer_id.clone(),
        provider: code,
        state: if settled { "SUCCEEDED" } else { "PENDING" }.into(),
        amount: order.payable,
        reference: order.id.chars().rev().take(10).collect::<Vec<_>>().into_iter().rev().collect(),
        created_at: now,
        decided_at: settled.then_some(now),
        decided_by: None,
        book: order.book,
        reason: String::new(),
    };
    if settled && order.payable.is_positive() {
        // Money that comes nevertheless is the buyer's.
        store::ordering::cancel_pending_payments(work.tx, &order.id, "paid another way", now)?;
    }
    store::ordering::insert_payment(work.tx, &payment)?;
    if settled {
        settle(work, order, &payment, clock)?;
        return Ok(payment);
    }
    let detail = json!({"provider": code.code(), "reference": payment.reference});
    work.audit(&order.buyer_id.clone(), "payment.started", "order", &order.id, &detail);
    work.tell_operators("transfer-expected", &[("order", &order.id)], "/operator/payments")?;
    Ok(payment)
}

/// The buyer pays.
pub(super) fn pay(
    work: &mut Work<'_, '_>,
    order_id: &str,
    code: PaymentProvider,
) -> Result<(Order, Payment), AppError> {
    let buyer = Buyer::of(work.actor)?;
    let owner = OrderOwner::Buyer(buyer.organisation_id.clone());
    let mut order = store::ordering::load_order(work.tx, &owner, order_id, true)?.ok_or(AppError::NotFound)?;
    // Asked before anything is written, so that a second click gets a clear answer.
    let now = work.now();
    check_payable(work, &order, now)?;
    let payment = begin(work, &mut order, code, &buyer.clock)?;
    Ok((order, payment))
}

fn decide(
    work: &mut Work<'_, '_>,
    id: &str,
    arrival: &Arrival,
    operator: &Operator,
    four_eyes: bool,
) -> Result<MoneyDecision, AppError> {
    let known = store::ordering::load_payment(work.tx, id)?.ok_or(AppError::NotFound)?;
    let mut order =
        store::ordering::load_order(work.tx, &OrderOwner::Market, &known.order_id, true)?.ok_or(AppError::NotFound)?;
    // Read again behind the order's lock: two operators may decide at once.
    let payment = store::ordering::load_payment(work.tx, id)?.ok_or(AppError::NotFound)?;
    let clock = work.clock_of(&order.buyer_id)?;
    let now = work.now_by(&clock);
    let waits = payment.state == "PENDING";
    let late = payment.state == "CANCELLED"
        && payment.provider == PaymentProvider::BankTransfer
        && *arrival == Arrival::Arrived;
    if !waits && !late {
        return Err(AppError::Refused("payment-already-decided"));
    }
    if *arrival == Arrival::Arrived && !enters(work, operator, "payment", id, four_eyes)? {
        return Ok(MoneyDecision::Prepared);
    }
    let operator = operator.user_id.as_str();
    let refusal = match arrival {
        Arrival::Refused(_) => None,
        Arrival::Arrived if late => Some("order-wrong-state"),
        Arrival::Arrived => match check_payable(work, &order, now) {
            Ok(()) => None,
            Err(AppError::Refused(code)) => Some(code),
            Err(error) => return Err(error),
        },
    };
    let state = match (arrival, refusal) {
        (Arrival::Refused(_), _) => "CANCELLED",
        (Arrival::Arrived, None) => "SUCCEEDED",
        (Arrival::Arrived, Some(_)) => "CREDITED",
    };
    let reason = refusal.unwrap_or(arrival.reason());
    match state {
        "CREDITED" => store::ordering::credit_payment(work.tx, id, operator, reason, now)?,
        _ => store::ordering::decide_payment(work.tx, id, state, operator, reason, now)?,
    }
    let detail = json!({"state": state, "reason": reason, "order": order.id, "amount": payment.amount.to_decimal()});
    work.audit(PLATFORM_CHAIN, "payment.decided", "payment", id, &detail);
    match state {
        "SUCCEEDED" => settle(work, &mut order, &payment, &clock)?,
        "CREDITED" => credit(work, &order, &payment, now)?,
        _ => {
            let arguments = [("order", order.id.as_str()), ("reason", reason)];
            work.tell(&order.buyer_id, "transfer-refused", 501, &arguments, &format!("/buyer/orders/{}", order.id))?;
            return Ok(MoneyDecision::Refused);
        }
    }
    Ok(MoneyDecision::Entered)
}

/// Money that came for an order which cannot be paid any more belongs to the buyer: it is added to
/// his balance, and he is told.
fn credit(work: &mut Work<'_, '_>, order: &Order, payment: &Payment, now: Timestamp) -> Result<(), AppError> {
    let entry = books::top_up(&order.buyer_id, order.book, payment.amount)?;
    let entry_id = EntryId::new(work.seed()).to_string();
    let source = Source {
        entry_id: &entry_id,
        // Not a movement of the order: the order was not paid by it.
        order_id: None,
        source: &payment.id,
        idempotency_key: &format!("payment:{}", payment.id),
        memo: &order.product_name.zh,
    };
    store::ledger::post(work.tx, &entry, &source, now)?;
    let amount = payment.amount.to_decimal();
    let arguments = [("order", order.id.as_str()), ("amount", amount.as_str())];
    work.tell(&order.buyer_id, "transfer-credited", 501, &arguments, "/buyer/balance")
}

/// Cancels what waits for payment of a resource that was released or converted (trade 1.3).
pub(crate) fn cancel_overtaken(work: &mut Work<'_, '_>, instance: &Instance, now: Timestamp) -> Result<(), AppError> {
    for id in store::standing::unpaid_of_instance(work.tx, &instance.id)? {
        let Some(mut order) = store::ordering::load_order(work.tx, &OrderOwner::Market, &id, true)? else { continue };
        cancel(work, &mut order, CancelReason::ResourceChanged, now)?;
        let href = format!("/buyer/orders/{id}");
        work.tell(&order.buyer_id, "order-overtaken", 101, &[("order", &id)], &href)?;
    }
    Ok(())
}

impl App {
    /// Pays an order. `BALANCE` pays at once; `BANK_TRANSFER` makes a payment with a reference that
    /// an operator confirms when the money has arrived.
    pub async fn pay_order(
        &self,
        actor: &Actor,
        order_id: &str,
        provider: PaymentProvider,
    ) -> Result<(Order, Payment), AppError> {
        Buyer::of(actor)?;
        let order_id = order_id.to_owned();
        self.act(actor, move |work| pay(work, &order_id, provider)).await
    }

    /// An operator says that a bank transfer has arrived, or that it has not. Money for an order
    /// that cannot be paid any more goes to the buyer's balance.
    pub async fn decide_payment(
        &self,
        actor: &Actor,
        payment_id: &str,
        arrival: impl Into<Arrival>,
    ) -> Result<MoneyDecision, AppError> {
        let operator = cashier(actor)?.clone();
        let (id, arrival, four_eyes) = (payment_id.to_owned(), arrival.into().checked()?, self.options().four_eyes);
        self.act(actor, move |work| decide(work, &id, &arrival, &operator, four_eyes)).await
    }
}
