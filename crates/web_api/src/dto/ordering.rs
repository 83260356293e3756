//! Orders, payments, agreements.

use crate::dto::account::AuditOut;
use crate::dto::common::{
    Amount, BillingModeCode, OrderKindCode, OrderStateCode, PaymentStateCode, PeriodCode, ProviderCode,
    RefundStateCode, Text, Time, time,
};
use crate::dto::fulfilment::ServiceOut;
use app::ordering::{OrderDetail, PlaceOrder};
use domain::ledger::Book;
use domain::ordering::order::OrderState;
use domain::ordering::pricing::Choice;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use store::ordering::{Order, Payment, Signature};
use utoipa::ToSchema;

/// What is bought: mode, period, quantity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Choice)]
pub struct ChoiceDto {
    pub mode: BillingModeCode,
    /// Only with mode `PERIOD`
    #[serde(default)]
    pub period: Option<PeriodCode>,
    /// 1–9 months, or 1, 2, 3 or 5 years; 1 for everything else
    #[serde(default = "one")]
    pub periods: i64,
    #[serde(default = "one")]
    pub quantity: i64,
    /// The free trial instead of the price
    #[serde(default)]
    #[schema(example = false)]
    pub trial: bool,
}

fn one() -> i64 {
    1
}

impl From<Choice> for ChoiceDto {
    fn from(c: Choice) -> ChoiceDto {
        ChoiceDto {
            mode: c.mode.into(),
            period: c.period.map(PeriodCode),
            periods: c.periods,
            quantity: c.quantity,
            trial: c.trial,
        }
    }
}

impl From<ChoiceDto> for Choice {
    fn from(c: ChoiceDto) -> Choice {
        Choice {
            mode: c.mode.0,
            period: c.period.map(|p| p.0),
            periods: c.periods,
            quantity: c.quantity,
            trial: c.trial,
        }
    }
}

/// An order to place.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrderIn {
    pub product_id: String,
    pub specification_id: String,
    pub choice: ChoiceDto,
    /// Consent to the agreement of the product; must be true
    pub agreed: bool,
    /// Renew automatically
    #[serde(default)]
    pub auto_renew: bool,
}

impl From<PlaceOrderIn> for PlaceOrder {
    fn from(p: PlaceOrderIn) -> PlaceOrder {
        PlaceOrder {
            product_id: p.product_id,
            specification_id: p.specification_id,
            choice: p.choice.into(),
            agreed: p.agreed,
            auto_renew: p.auto_renew,
        }
    }
}

/// How to pay.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayIn {
    pub provider: ProviderCode,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Order)]
pub struct OrderOut {
    #[schema(examples("ord_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub kind: OrderKindCode,
    pub state: OrderStateCode,
    /// Until when it waits for payment
    pub pay_until: Option<Time>,
    /// Why it was cancelled
    #[schema(examples("BUYER"))]
    pub cancel_reason: Option<String>,
    pub buyer_id: String,
    pub buyer_name: String,
    pub seller_id: String,
    pub seller_name: String,
    pub product_id: String,
    pub product_name: Text,
    pub specification_id: String,
    pub specification_name: Text,
    /// Identifier on the wire
    #[schema(examples("OFFI0123456789"))]
    pub product_code: String,
    /// Id of the line, known to the seller's server
    pub line_id: String,
    pub choice: ChoiceDto,
    pub trial_days: Option<i32>,
    pub unit_price: Amount,
    pub payable: Amount,
    pub refunded: Amount,
    pub refund_state: RefundStateCode,
    pub provider: Option<ProviderCode>,
    pub auto_renew: bool,
    pub no_reason_refund: bool,
    /// Test money
    #[schema(example = false)]
    pub sandbox: bool,
    pub parent_order_id: Option<String>,
    pub service_id: Option<String>,
    pub created_at: Time,
    pub paid_at: Option<Time>,
    pub completed_at: Option<Time>,
}

impl From<Order> for OrderOut {
    fn from(o: Order) -> OrderOut {
        let (pay_until, cancel_reason) = match &o.state {
            OrderState::PendingPayment { until } => (Some(Time(*until)), None),
            OrderState::Cancelled { why, .. } => (None, Some(why.code().to_owned())),
            _ => (None, None),
        };
        OrderOut {
            id: o.id,
            kind: o.kind.into(),
            state: OrderStateCode(Cow::Borrowed(o.state.code())),
            pay_until,
            cancel_reason,
            buyer_id: o.buyer_id,
            buyer_name: o.buyer_name,
            seller_id: o.seller_id,
            seller_name: o.seller_name,
            product_id: o.product_id,
            product_name: o.product_name.into(),
            specification_id: o.line.specification_id,
            specification_name: o.line.specification_name.into(),
            product_code: o.line.product_code,
            line_id: o.line.line_id,
            choice: o.line.choice.into(),
            trial_days: o.line.trial_days,
            unit_price: o.line.unit_price.into(),
            payable: o.payable.into(),
            refunded: o.refunded.into(),
            refund_state: o.refund_state.into(),
            provider: o.provider.map(ProviderCode),
            auto_renew: o.auto_renew,
            no_reason_refund: o.line.no_reason_refund,
            sandbox: o.book == Book::Sandbox,
            parent_order_id: o.parent_order_id,
            service_id: o.instance_id,
            created_at: Time(o.created_at),
            paid_at: time(o.paid_at),
            completed_at: time(o.completed_at),
        }
    }
}

/// A payment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Payment)]
pub struct PaymentOut {
    #[schema(examples("pay_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub order_id: String,
    pub buyer_id: String,
    pub provider: ProviderCode,
    pub state: PaymentStateCode,
    pub amount: Amount,
    /// To write on the bank transfer
    #[schema(examples("QRSTVWXYZ0"))]
    pub reference: String,
    pub created_at: Time,
    pub decided_at: Option<Time>,
    /// Why it was decided so, where that needs words
    pub reason: String,
}

impl From<Payment> for PaymentOut {
    fn from(p: Payment) -> PaymentOut {
        PaymentOut {
            id: p.id,
            order_id: p.order_id,
            buyer_id: p.buyer_id,
            provider: p.provider.into(),
            state: PaymentStateCode(Cow::Owned(p.state)),
            amount: p.amount.into(),
            reference: p.reference,
            created_at: Time(p.created_at),
            decided_at: time(p.decided_at),
            reason: p.reason,
        }
    }
}

/// A payment that was begun or made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Paid)]
pub struct PaidOut {
    pub order: OrderOut,
    pub payment: PaymentOut,
}

/// An order with what belongs to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OrderDetail)]
pub struct OrderDetailOut {
    pub order: OrderOut,
    pub payments: Vec<PaymentOut>,
    /// The service that it made or concerns
    pub service: Option<ServiceOut>,
    /// Refunds
    pub children: Vec<OrderOut>,
    /// Oldest first
    pub history: Vec<AuditOut>,
}

impl From<OrderDetail> for OrderDetailOut {
    fn from(d: OrderDetail) -> OrderDetailOut {
        OrderDetailOut {
            order: d.order.into(),
            payments: d.payments.into_iter().map(PaymentOut::from).collect(),
            service: d.instance.map(ServiceOut::from),
            children: d.children.into_iter().map(OrderOut::from).collect(),
            history: d.history.into_iter().map(AuditOut::from).collect(),
        }
    }
}

/// A signed agreement.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Agreement)]
pub struct AgreementOut {
    pub order_id: String,
    pub user_id: String,
    pub title: Text,
    /// SHA-256 of the text
    pub text_hash: String,
    /// Markdown
    pub text: String,
    pub signed_at: Time,
}

impl From<Signature> for AgreementOut {
    fn from(s: Signature) -> AgreementOut {
        AgreementOut {
            order_id: s.order_id,
            user_id: s.user_id,
            title: s.title.into(),
            text_hash: s.text_hash,
            text: s.text,
            signed_at: Time(s.signed_at),
        }
    }
}
