//! Orders, their lines and payments (area `ordering`).

use crate::db::{Row, StoreError, Tx, Value, to_json};
use crate::listing::{self, Filter, PageRequest, Paged};
use crate::many::Column::{Int, Text};
use crate::params;
use domain::catalogue::kinds::{BillingMode, PeriodType};
use domain::ledger::{Book, FrozenTerms};
use domain::money::{Currency, Money};
use domain::ordering::order::{CancelReason, OrderKind, OrderState, PaymentProvider, RefundState};
use domain::ordering::pricing::Choice;
use domain::text::Localized;
use domain::time::Timestamp;

/// An order with its line.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Order {
    pub id: String,
    pub kind: OrderKind,
    pub state: OrderState,
    pub buyer_id: String,
    pub buyer_name: String,
    pub user_id: String,
    pub seller_id: String,
    pub seller_name: String,
    pub product_id: String,
    pub product_name: Localized,
    pub book: Book,
    pub payable: Money,
    pub refunded: Money,
    pub refund_state: RefundState,
    pub provider: Option<PaymentProvider>,
    /// The buyer ticked automatic renewal.
    pub auto_renew: bool,
    pub parent_order_id: Option<String>,
    pub instance_id: Option<String>,
    pub created_at: Timestamp,
    pub paid_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub version: i64,
    pub line: OrderLine,
}

/// What is bought.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct OrderLine {
    pub line_id: String,
    pub specification_id: String,
    pub specification_name: Localized,
    pub product_code: String,
    pub choice: Choice,
    pub trial_days: Option<i32>,
    pub unit_price: Money,
    pub payable: Money,
    pub no_reason_refund: bool,
    /// Ratios, frozen when paid.
    pub terms: Option<FrozenTerms>,
}

/// Line id as sellers see it: `<order>-000001`.
pub fn line_id(order_id: &str, line_no: i64) -> String {
    format!("{order_id}-{line_no:06}")
}

pub(crate) const ORDER: &str = "select o.id, o.kind, o.state, o.pending_until, o.paid_at, o.completed_at, o.cancelled_at, o.cancel_reason, o.created_at, o.buyer_id, o.buyer_name, o.user_id, o.seller_id, o.seller_name, o.product_id, o.product_name_zh, o.product_name_en, o.book, o.currency, o.payable_e8, o.refunded_e8, o.refund_state, o.provider, o.auto_renew, o.parent_order_id, o.instance_id, o.version, l.line_id, l.specification_id, l.specification_name_zh, l.specification_name_en, l.product_code, l.mode, l.period, l.periods, l.quantity, l.trial_days, l.unit_price_e8, l.payable_e8, l.no_reason_refund, l.terms from purchase_order o join order_line l on l.order_id = o.id and l.line_no = 1";

struct Times {
    pending_until: Option<Timestamp>,
    paid_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    cancelled_at: Option<Timestamp>,
    cancel_reason: Option<String>,
    created_at: Timestamp,
}

fn state(code: &str, t: &Times) -> Result<OrderState, StoreError> {
    let bad = || StoreError::BadRow(format!("order state {code:?} without its times"));
    Ok(match code {
        "PENDING_CONFIRM" => OrderState::PendingConfirm,
        "PENDING_REVIEW" => OrderState::PendingReview,
        "PENDING_PAYMENT" => OrderState::PendingPayment { until: t.pending_until.ok_or_else(bad)? },
        "PROCESSING" => OrderState::Processing { paid_at: t.paid_at.ok_or_else(bad)? },
        "COMPLETED" => {
            OrderState::Completed { paid_at: t.paid_at.ok_or_else(bad)?, completed_at: t.completed_at.ok_or_else(bad)? }
        }
        "CANCELLED" => OrderState::Cancelled {
            at: t.cancelled_at.ok_or_else(bad)?,
            why: t.cancel_reason.as_deref().and_then(CancelReason::from_code).ok_or_else(bad)?,
        },
        "REFUNDING" => OrderState::Refunding { since: t.created_at },
        "CLOSED_REFUNDED" => OrderState::ClosedRefunded { at: t.completed_at.ok_or_else(bad)? },
        _ => return Err(bad()),
    })
}

pub(crate) fn order(row: &mut Row<'_>) -> Result<Order, StoreError> {
    let id = row.text()?;
    let kind = row.coded(OrderKind::from_code)?;
    let code = row.text()?;
    let times = Times {
        pending_until: row.optional_time()?,
        paid_at: row.optional_time()?,
        completed_at: row.optional_time()?,
        cancelled_at: row.optional_time()?,
        cancel_reason: row.optional_text()?,
        created_at: row.time()?,
    };
    let (buyer_id, buyer_name, user_id) = (row.text()?, row.text()?, row.text()?);
    let (seller_id, seller_name, product_id) = (row.text()?, row.text()?, row.text()?);
    let product_name = row.localized()?;
    let book = row.coded(Book::from_code)?;
    let currency = row.coded(Currency::from_code)?;
    let payable = Money::from_e8(row.int()?, currency);
    let refunded = Money::from_e8(row.int()?, currency);
    let refund_state = row.coded(RefundState::from_code)?;
    let provider = row.optional_text()?.as_deref().and_then(PaymentProvider::from_code);
    let auto_renew = row.flag()?;
    let (parent_order_id, instance_id, version) = (row.optional_text()?, row.optional_text()?, row.int()?);
    let line = OrderLine {
        line_id: row.text()?,
        specification_id: row.text()?,
        specification_name: row.localized()?,
        product_code: row.text()?,
        choice: Choice {
            mode: row.coded(BillingMode::from_code)?,
            period: row.optional_text()?.as_deref().and_then(PeriodType::from_code),
            periods: row.int()?,
            quantity: row.int()?,
            trial: kind == OrderKind::Trial,
        },
        trial_days: row.optional_int()?.and_then(|d| i32::try_from(d).ok()),
        unit_price: Money::from_e8(row.int()?, currency),
        payable: Money::from_e8(row.int()?, currency),
        no_reason_refund: row.flag()?,
        terms: match row.optional_text()? {
            Some(text) => Some(serde_json::from_str(&text).map_err(|e| StoreError::BadRow(e.to_string()))?),
            None => None,
        },
    };
    Ok(Order {
        state: state(&code, &times)?,
        id,
        kind,
        buyer_id,
        buyer_name,
        user_id,
        seller_id,
        seller_name,
        product_id,
        product_name,
        book,
        payable,
        refunded,
        refund_state,
        provider,
        auto_renew,
        parent_order_id,
        instance_id,
        created_at: times.created_at,
        paid_at: times.paid_at,
        completed_at: times.completed_at,
        version,
        line,
    })
}

/// The columns that hold what exists only in one state.
#[derive(Default)]
struct StateColumns {
    pending_until: Option<Timestamp>,
    paid_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    cancelled_at: Option<Timestamp>,
    cancel_reason: Option<&'static str>,
}

fn columns(o: &Order) -> StateColumns {
    let none = StateColumns::default();
    match o.state {
        OrderState::PendingPayment { until } => StateColumns { pending_until: Some(until), ..none },
        OrderState::Processing { paid_at } => StateColumns { paid_at: Some(paid_at), ..none },
        OrderState::Completed { paid_at, completed_at } => {
            StateColumns { paid_at: Some(paid_at), completed_at: Some(completed_at), ..none }
        }
        OrderState::Cancelled { at, why } => {
            StateColumns { cancelled_at: Some(at), cancel_reason: Some(why.code()), ..none }
        }
        OrderState::ClosedRefunded { at } => StateColumns { completed_at: Some(at), ..none },
        OrderState::PendingConfirm | OrderState::PendingReview | OrderState::Refunding { .. } => none,
    }
}

/// Writes a new order with its line.
pub fn insert_order(tx: &mut Tx, o: &Order) -> Result<(), StoreError> {
    let StateColumns { pending_until, paid_at, completed_at, cancelled_at, cancel_reason } = columns(o);
    tx.send(
        "insert into purchase_order (id, kind, state, buyer_id, buyer_name, user_id, seller_id, seller_name, product_id, product_name_zh, product_name_en, book, currency, payable_e8, refunded_e8, refund_state, provider, parent_order_id, instance_id, pending_until, created_at, paid_at, completed_at, cancelled_at, cancel_reason, version, auto_renew)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27)",
        params![
            &o.id, o.kind.code(), o.state.code(), &o.buyer_id, &o.buyer_name, &o.user_id, &o.seller_id, &o.seller_name,
            &o.product_id, &o.product_name.zh, &o.product_name.en, o.book.code(), o.payable.currency().code(),
            o.payable.e8(), o.refunded.e8(), o.refund_state.code(), o.provider.map(|p| p.code()),
            o.parent_order_id.clone(), o.instance_id.clone(), pending_until, o.created_at, paid_at, completed_at,
            cancelled_at, cancel_reason, o.version, o.auto_renew],
    )?;
    let line = &o.line;
    tx.send(
        "insert into order_line (order_id, line_no, line_id, specification_id, specification_name_zh, specification_name_en, product_code, mode, period, periods, quantity, trial_days, unit_price_e8, payable_e8, no_reason_refund, terms)
         values ($1, 1, $2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)",
        params![
            &o.id, &line.line_id, &line.specification_id, &line.specification_name.zh, &line.specification_name.en,
            &line.product_code, line.choice.mode.code(), line.choice.period.map(|p| p.code()), line.choice.periods,
            line.choice.quantity, line.trial_days.map(i64::from), line.unit_price.e8(), line.payable.e8(),
            line.no_reason_refund, line.terms.as_ref().map(to_json).transpose()?
        ],
    )
}

/// Saves what may change of an order that was loaded with `o.version`; [`StoreError::Stale`] comes
/// out, at the latest of the commit, when somebody else saved it meanwhile.
pub fn save_order(tx: &mut Tx, o: &Order) -> Result<(), StoreError> {
    save_orders(tx, &[(o, o.version)])
}

/// Saves what may change of orders, each with the version with which it was loaded.
pub fn save_orders(tx: &mut Tx, orders: &[(&Order, i64)]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = orders
        .iter()
        .map(|(o, version)| {
            let c = columns(o);
            vec![
                (&o.id).into(),
                (*version).into(),
                o.state.code().into(),
                o.refunded.e8().into(),
                o.refund_state.code().into(),
                o.provider.map(|p| p.code()).into(),
                o.instance_id.clone().into(),
                c.pending_until.into(),
                c.paid_at.into(),
                c.completed_at.into(),
                c.cancelled_at.into(),
                c.cancel_reason.into(),
            ]
        })
        .collect();
    tx.update_rows(
        "update purchase_order set state = v.state, refunded_e8 = v.refunded_e8, refund_state = v.refund_state, provider = v.provider, instance_id = v.instance_id, pending_until = v.pending_until, paid_at = coalesce(v.paid_at, purchase_order.paid_at), completed_at = coalesce(v.completed_at, purchase_order.completed_at), cancelled_at = v.cancelled_at, cancel_reason = v.cancel_reason, version = purchase_order.version + 1 from v where purchase_order.id = v.id and purchase_order.version = v.version",
        &[
            Text("id"),
            Int("version"),
            Text("state"),
            Int("refunded_e8"),
            Text("refund_state"),
            Text("provider"),
            Text("instance_id"),
            Int("pending_until"),
            Int("paid_at"),
            Int("completed_at"),
            Int("cancelled_at"),
            Text("cancel_reason"),
        ],
        &rows,
    )
}

/// Freezes the ratios on the line, once.
pub fn freeze_terms(tx: &mut Tx, order_id: &str, terms: &FrozenTerms) -> Result<(), StoreError> {
    tx.send_one(
        "update order_line set terms = $1 where order_id = $2 and line_no = 1 and terms is null",
        params![to_json(terms)?, order_id],
        StoreError::Stale,
    )
}

/// Whose view of an order is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderOwner {
    /// The buying organisation.
    Buyer(String),
    /// The selling organisation.
    Seller(String),
    /// Operators and the program itself.
    Market,
}

/// An order in the view of `owner`; locked against other changes until the commit when `lock`.
pub fn load_order(tx: &mut Tx, owner: &OrderOwner, id: &str, lock: bool) -> Result<Option<Order>, StoreError> {
    // The line is changed with its order only: the order's lock is enough.
    let locked = if lock { " {for update of o}" } else { "" };
    match owner {
        OrderOwner::Buyer(b) => {
            tx.first(&format!("{ORDER} where o.id = $1 and o.buyer_id = $2{locked}"), params![id, b], order)
        }
        OrderOwner::Seller(s) => {
            tx.first(&format!("{ORDER} where o.id = $1 and o.seller_id = $2{locked}"), params![id, s], order)
        }
        OrderOwner::Market => tx.first(&format!("{ORDER} where o.id = $1{locked}"), params![id], order),
    }
}

/// Filters of order lists.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct OrderFilter {
    /// Only of these products, when there are any.
    pub products: Vec<String>,
    pub state: Option<String>,
    pub kind: Option<String>,
    /// An order id or the beginning of one, or part of a product or company name together with an owner.
    pub text: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub instance_id: Option<String>,
    /// Only of this book.
    pub book: Option<Book>,
}

/// A page of orders in the view of `owner`.
pub fn list_orders(
    tx: &mut Tx,
    owner: &OrderOwner,
    filter: &OrderFilter,
    page: &PageRequest,
) -> Result<Paged<Order>, StoreError> {
    let mut clauses = Filter::new();
    clauses = match owner {
        OrderOwner::Buyer(id) => clauses.and("o.buyer_id = ?", id.clone()),
        OrderOwner::Seller(id) => clauses.and("o.seller_id = ?", id.clone()),
        OrderOwner::Market => clauses,
    };
    clauses = clauses
        .and_in("o.product_id", &filter.products)
        .and_if("o.state = ?", filter.state.clone())
        .and_if("o.kind = ?", filter.kind.clone())
        .and_if("o.instance_id = ?", filter.instance_id.clone())
        .and_if("o.book = ?", filter.book.map(|b| b.code()))
        .and_if("o.created_at >= ?", filter.from)
        .and_if("o.created_at < ?", filter.to);
    if let Some(text) = filter.text.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
        clauses = if text.starts_with("ord_") {
            clauses.and("o.id >= ?", text).and("o.id < ?", format!("{text}~"))
        } else {
            clauses.and(
                "(lower(o.product_name_zh) || ' ' || lower(o.product_name_en) || ' ' || lower(o.buyer_name) || ' ' || lower(o.seller_name)) like ? escape '!'",
                listing::contains(&text.to_lowercase()),
            )
        };
    }
    listing::page(tx, ORDER, clauses, ("o.created_at", "o.id"), page, order, |o| (o.created_at.micros(), o.id.clone()))
}

/// Whether another order of the resource waits for payment or delivery.
pub fn open_order_of_instance(tx: &mut Tx, instance_id: &str, except: &str) -> Result<Option<String>, StoreError> {
    tx.first(
        "select id from purchase_order where instance_id = $1 and id <> $2 and state in ('PENDING_PAYMENT', 'PROCESSING', 'REFUNDING') order by id limit 1",
        params![instance_id, except],
        |row| row.text(),
    )
}

/// No-reason refunds of a buyer since `from`: what people asked for, not what the market gave back
/// because a delivery failed.
pub fn refunds_since(tx: &mut Tx, buyer_id: &str, from: Timestamp) -> Result<i64, StoreError> {
    tx.number(
        "select count(*) from purchase_order where buyer_id = $1 and created_at >= $2 and kind = 'UNSUBSCRIBE' and user_id <> 'system'",
        params![buyer_id, from],
    )
}

/// Orders of a product that failed since `from` (trade 0.5).
pub fn failed_orders_since(tx: &mut Tx, product_id: &str, from: Timestamp) -> Result<i64, StoreError> {
    tx.number(
        "select count(*) from instance where product_id = $1 and state = 'FAILED' and since >= $2 and book = 'real'",
        params![product_id, from],
    )
}

/// Remembers that a buyer has had the trial of a product; false when he had it before (D-33).
pub fn take_trial(tx: &mut Tx, buyer_id: &str, product_id: &str, order_id: &str) -> Result<bool, StoreError> {
    let inserted = tx.execute(
        "insert into trial_taken (buyer_id, product_id, order_id) values ($1,$2,$3) on conflict (buyer_id, product_id) do nothing",
        params![buyer_id, product_id, order_id],
    )?;
    Ok(inserted == 1)
}

/// Whether a buyer has had the trial of a product.
pub fn has_had_trial(tx: &mut Tx, buyer_id: &str, product_id: &str) -> Result<bool, StoreError> {
    let found = tx.first(
        "select order_id from trial_taken where buyer_id = $1 and product_id = $2",
        params![buyer_id, product_id],
        |row| row.text(),
    )?;
    Ok(found.is_some())
}

/// Gives a trial back whose order came to nothing.
pub fn give_trial_back(tx: &mut Tx, order_id: &str) -> Result<(), StoreError> {
    tx.execute("delete from trial_taken where order_id = $1", params![order_id])?;
    Ok(())
}

/// An attempt to pay.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Payment {
    pub id: String,
    pub order_id: String,
    pub buyer_id: String,
    pub provider: PaymentProvider,
    pub state: String,
    pub amount: Money,
    pub reference: String,
    pub created_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<String>,
    pub book: Book,
    /// Why it was decided so, where that needs words.
    pub reason: String,
}

/// What comes out when an order has a payment that counts or may count.
pub const PAYMENT_STARTED: StoreError = StoreError::Unmet("payment-already-started");

const PAYMENT: &str = "select id, order_id, buyer_id, provider, state, amount_e8, currency, reference, created_at, decided_at, decided_by, book, reason from payment";

fn payment(row: &mut Row<'_>) -> Result<Payment, StoreError> {
    Ok(Payment {
        id: row.text()?,
        order_id: row.text()?,
        buyer_id: row.text()?,
        provider: row.coded(PaymentProvider::from_code)?,
        state: row.text()?,
        amount: row.money()?,
        reference: row.text()?,
        created_at: row.time()?,
        decided_at: row.optional_time()?,
        decided_by: row.optional_text()?,
        book: row.coded(Book::from_code)?,
        reason: row.text()?,
    })
}

/// Writes a payment. [`PAYMENT_STARTED`] comes out, at the latest of the commit, when the order has
/// one that counts or may count.
pub fn insert_payment(tx: &mut Tx, p: &Payment) -> Result<(), StoreError> {
    tx.send_one(
        "insert into payment (id, order_id, buyer_id, provider, state, amount_e8, currency, reference, created_at, decided_at, decided_by, book) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12) on conflict do nothing",
        params![
            &p.id, &p.order_id, &p.buyer_id, p.provider.code(), &p.state, p.amount.e8(), p.amount.currency().code(),
            &p.reference, p.created_at, p.decided_at, p.decided_by.clone(), p.book.code()
        ],
        PAYMENT_STARTED,
    )
}

/// Cancels what an order's buyer has begun to pay in another way.
pub fn cancel_pending_payments(tx: &mut Tx, order_id: &str, why: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.send(
        "update payment set state = 'CANCELLED', decided_at = $1, decided_by = 'system', reason = $2 where order_id = $3 and state = 'PENDING'",
        params![now, why, order_id],
    )
}

/// Decides a pending payment, by a user id or `system`; [`StoreError::Stale`] when it is no longer pending.
pub fn decide_payment(
    tx: &mut Tx,
    id: &str,
    state: &str,
    by: &str,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute_one(
        "update payment set state = $1, decided_at = $2, decided_by = $3, reason = $4 where id = $5 and state = 'PENDING'",
        params![state, now, by, reason, id],
    )
}

/// The money of a payment went to the buyer's balance; [`StoreError::Stale`] when it pays its order.
pub fn credit_payment(tx: &mut Tx, id: &str, by: &str, reason: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute_one(
        "update payment set state = 'CREDITED', decided_at = $1, decided_by = $2, reason = $3 where id = $4 and state in ('PENDING', 'CANCELLED')",
        params![now, by, reason, id],
    )
}

/// Payments of an order, oldest first.
pub fn payments_of(tx: &mut Tx, order_id: &str) -> Result<Vec<Payment>, StoreError> {
    tx.all(&format!("{PAYMENT} where order_id = $1 order by id"), params![order_id], payment)
}

/// A payment by id.
pub fn load_payment(tx: &mut Tx, id: &str) -> Result<Option<Payment>, StoreError> {
    tx.first(&format!("{PAYMENT} where id = $1"), params![id], payment)
}

/// A page of payments of a book in a state, for operators.
pub fn list_payments(
    tx: &mut Tx,
    book: Book,
    state: Option<String>,
    page: &PageRequest,
) -> Result<Paged<Payment>, StoreError> {
    let clauses = Filter::new().and("book = ?", book.code()).and_if("state = ?", state);
    listing::page(tx, PAYMENT, clauses, ("created_at", "id"), page, payment, |p| (p.created_at.micros(), p.id.clone()))
}

/// A signed agreement (supply side ON-51).
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Signature {
    pub order_id: String,
    pub organisation_id: String,
    pub user_id: String,
    pub title: Localized,
    pub text_hash: String,
    pub text: String,
    pub signed_at: Timestamp,
}

/// Records that a buyer agreed to a text. The text itself is kept once, however many sign it.
pub fn insert_signature(tx: &mut Tx, s: &Signature) -> Result<(), StoreError> {
    tx.send(
        "insert into agreement_text (hash, text) values ($1, $2) on conflict (hash) do nothing",
        params![&s.text_hash, &s.text],
    )?;
    tx.send(
        "insert into agreement_signature (order_id, organisation_id, user_id, title_zh, title_en, text_hash, text, signed_at) values ($1,$2,$3,$4,$5,$6,'',$7) on conflict do nothing",
        params![&s.order_id, &s.organisation_id, &s.user_id, &s.title.zh, &s.title.en, &s.text_hash, s.signed_at],
    )
}

/// Agreements that an organisation has signed, newest first.
pub fn signatures_of(tx: &mut Tx, organisation_id: &str) -> Result<Vec<Signature>, StoreError> {
    tx.all(
        "select s.order_id, s.organisation_id, s.user_id, s.title_zh, s.title_en, s.text_hash, coalesce(t.text, s.text), s.signed_at from agreement_signature s left join agreement_text t on t.hash = s.text_hash where s.organisation_id = $1 order by s.signed_at desc limit 200",
        params![organisation_id],
        |row| {
            Ok(Signature {
                order_id: row.text()?,
                organisation_id: row.text()?,
                user_id: row.text()?,
                title: row.localized()?,
                text_hash: row.text()?,
                text: row.text()?,
                signed_at: row.time()?,
            })
        },
    )
}

/// Ids of unpaid orders that nothing will cancel, by id.
pub fn without_timer(tx: &mut Tx, limit: i64) -> Result<Vec<String>, StoreError> {
    tx.all(
        "select o.id from purchase_order o where o.state = 'PENDING_PAYMENT'
         and not exists (select 1 from job j where j.subject_id = o.id and j.kind = 'cancel_unpaid' and j.state in ('WAITING', 'RUNNING', 'FAILED'))
         order by o.id limit $1",
        params![limit],
        |row| row.text(),
    )
}
