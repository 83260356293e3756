//! The order state machine (trade 1.1, 1.3, D-04).

use crate::access::coded;
use crate::time::{DAY, Timestamp};
use crate::{Decided, Refusal, settings::Settings};

coded! {
    /// Kinds of orders (trade 1.1).
    OrderKind {
        /// Purchase.
        New = "NEW",
        /// Trial.
        Trial = "TRIAL",
        /// A trial becomes formal.
        TrialToFormal = "TRIAL_TO_FORMAL",
        /// Renewal.
        Renew = "RENEW",
        /// Upgrade or change.
        Change = "CHANGE",
        /// Unsubscription.
        Unsubscribe = "UNSUBSCRIBE",
        /// Unsubscription of a renewal period.
        UnsubscribeRenewal = "UNSUBSCRIBE_RENEWAL",
    }
}

coded! {
    /// How an order is paid (trade D-05).
    PaymentProvider {
        /// From the prepaid balance.
        Balance = "BALANCE",
        /// Bank transfer, confirmed by an operator.
        BankTransfer = "BANK_TRANSFER",
        /// Nothing to pay.
        Free = "FREE",
    }
}

coded! {
    /// How much of an order has been refunded (D-04).
    RefundState {
        /// Nothing.
        None = "NONE",
        /// A part.
        Partial = "PARTIAL",
        /// Everything.
        Full = "FULL",
    }
}

coded! {
    /// Why an order was cancelled.
    CancelReason {
        /// By the buyer.
        Buyer = "BUYER",
        /// Not paid in time.
        TimedOut = "TIMED_OUT",
        /// By an operator.
        Operator = "OPERATOR",
        /// The resource was changed, converted or deleted meanwhile.
        ResourceChanged = "RESOURCE_CHANGED",
        /// Declined or rejected before payment.
        Declined = "DECLINED",
    }
}

/// State of an order; each carries what exists only in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// Placed for the buyer by somebody else; he must confirm.
    PendingConfirm,
    /// Waiting for an approval.
    PendingReview,
    /// Waiting for money until `until`.
    PendingPayment {
        /// End of the wait.
        until: Timestamp,
    },
    /// Paid; being delivered.
    Processing {
        /// Time of payment.
        paid_at: Timestamp,
    },
    /// Delivered.
    Completed {
        /// Time of payment.
        paid_at: Timestamp,
        /// Time of completion.
        completed_at: Timestamp,
    },
    /// Ended without payment.
    Cancelled {
        /// When.
        at: Timestamp,
        /// Why.
        why: CancelReason,
    },
    /// An unsubscription order whose money is on its way.
    Refunding {
        /// Since when.
        since: Timestamp,
    },
    /// An unsubscription order whose money is back.
    ClosedRefunded {
        /// When.
        at: Timestamp,
    },
}

impl OrderState {
    /// Code of the state alone.
    pub fn code(&self) -> &'static str {
        match self {
            OrderState::PendingConfirm => "PENDING_CONFIRM",
            OrderState::PendingReview => "PENDING_REVIEW",
            OrderState::PendingPayment { .. } => "PENDING_PAYMENT",
            OrderState::Processing { .. } => "PROCESSING",
            OrderState::Completed { .. } => "COMPLETED",
            OrderState::Cancelled { .. } => "CANCELLED",
            OrderState::Refunding { .. } => "REFUNDING",
            OrderState::ClosedRefunded { .. } => "CLOSED_REFUNDED",
        }
    }

    /// Codes of all states, for filters.
    pub const CODES: &'static [&'static str] = &[
        "PENDING_CONFIRM",
        "PENDING_REVIEW",
        "PENDING_PAYMENT",
        "PROCESSING",
        "COMPLETED",
        "CANCELLED",
        "REFUNDING",
        "CLOSED_REFUNDED",
    ];
}

/// What happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderAction {
    /// The buyer confirms, or an approver approves.
    Confirm,
    /// The buyer declines, or an approver rejects.
    Decline,
    /// The whole amount has arrived.
    Pay,
    /// The buyer, the clock or an operator gives up before payment.
    Cancel(CancelReason),
    /// The seller's interface succeeded, or the ticket was accepted.
    Complete,
    /// Delivery failed for good; the money goes back and the order is closed (D-04).
    CloseUndelivered,
    /// An unsubscription order's money is back.
    Refunded,
}

impl OrderAction {
    /// Code for messages.
    pub fn code(self) -> &'static str {
        match self {
            OrderAction::Confirm => "confirm",
            OrderAction::Decline => "decline",
            OrderAction::Pay => "pay",
            OrderAction::Cancel(_) => "cancel",
            OrderAction::Complete => "complete",
            OrderAction::CloseUndelivered => "close-undelivered",
            OrderAction::Refunded => "refunded",
        }
    }

    /// Every action once, for tests and tables.
    pub const ALL: &'static [OrderAction] = &[
        OrderAction::Confirm,
        OrderAction::Decline,
        OrderAction::Pay,
        OrderAction::Cancel(CancelReason::Buyer),
        OrderAction::Complete,
        OrderAction::CloseUndelivered,
        OrderAction::Refunded,
    ];
}

/// What must follow from a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderEffect {
    /// Cancel the order at this time unless it is paid.
    ExpireAt(Timestamp),
    /// Freeze price and terms, hold the money, begin delivery.
    BeginDelivery,
    /// Divide the held money.
    DivideMoney,
    /// Give stock and coupons back.
    ReleaseReservations,
}

/// The state of a new order that waits for payment.
pub fn placed(now: Timestamp, settings: &Settings) -> Decided<OrderState, OrderEffect> {
    let until = now.plus(settings.order_pending_ttl_days * DAY);
    Decided { next: OrderState::PendingPayment { until }, effects: vec![OrderEffect::ExpireAt(until)] }
}

impl OrderState {
    /// The next state; this match is the whole table of trade 1.3.
    pub fn apply(
        self,
        action: OrderAction,
        now: Timestamp,
        settings: &Settings,
    ) -> Result<Decided<OrderState, OrderEffect>, Refusal> {
        use OrderAction::*;
        use OrderState::*;
        let to = |next, effects| Ok(Decided { next, effects });
        match (self, action) {
            (PendingConfirm | PendingReview, Confirm) => Ok(placed(now, settings)),
            (PendingConfirm | PendingReview, Decline) => {
                to(Cancelled { at: now, why: CancelReason::Declined }, vec![OrderEffect::ReleaseReservations])
            }
            (PendingPayment { until }, Pay) if now <= until => {
                to(Processing { paid_at: now }, vec![OrderEffect::BeginDelivery])
            }
            (PendingPayment { .. }, Cancel(why)) => {
                to(Cancelled { at: now, why }, vec![OrderEffect::ReleaseReservations])
            }
            (Processing { paid_at }, Complete) => {
                to(Completed { paid_at, completed_at: now }, vec![OrderEffect::DivideMoney])
            }
            (Processing { paid_at }, CloseUndelivered) => {
                to(Completed { paid_at, completed_at: now }, vec![OrderEffect::ReleaseReservations])
            }
            (Refunding { .. }, Refunded) => to(ClosedRefunded { at: now }, vec![]),
            (PendingPayment { .. }, Pay) => {
                Err(Refusal { code: "order-expired", action: action.code(), state: self.code() })
            }
            (Processing { .. } | Completed { .. }, Pay) => {
                Err(Refusal { code: "order-already-paid", action: action.code(), state: self.code() })
            }
            (state, action) => Err(Refusal { code: "order-wrong-state", action: action.code(), state: state.code() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Timestamp = Timestamp(0);

    fn all_states() -> Vec<OrderState> {
        vec![
            OrderState::PendingConfirm,
            OrderState::PendingReview,
            OrderState::PendingPayment { until: Timestamp(10) },
            OrderState::Processing { paid_at: T },
            OrderState::Completed { paid_at: T, completed_at: T },
            OrderState::Cancelled { at: T, why: CancelReason::Buyer },
            OrderState::Refunding { since: T },
            OrderState::ClosedRefunded { at: T },
        ]
    }

    #[test]
    fn the_table() {
        let settings = Settings::default();
        let mut lines = Vec::new();
        for state in all_states() {
            for action in OrderAction::ALL {
                let shown = match state.apply(*action, T, &settings) {
                    Ok(decided) => format!("{} {:?}", decided.next.code(), decided.effects),
                    Err(_) => continue,
                };
                lines.push(format!("{} --{}--> {shown}", state.code(), action.code()));
            }
        }
        insta::assert_snapshot!(lines.join("\n"), @r"
        PENDING_CONFIRM --confirm--> PENDING_PAYMENT [ExpireAt(Timestamp(604800000000))]
        PENDING_CONFIRM --decline--> CANCELLED [ReleaseReservations]
        PENDING_REVIEW --confirm--> PENDING_PAYMENT [ExpireAt(Timestamp(604800000000))]
        PENDING_REVIEW --decline--> CANCELLED [ReleaseReservations]
        PENDING_PAYMENT --pay--> PROCESSING [BeginDelivery]
        PENDING_PAYMENT --cancel--> CANCELLED [ReleaseReservations]
        PROCESSING --complete--> COMPLETED [DivideMoney]
        PROCESSING --close-undelivered--> COMPLETED [ReleaseReservations]
        REFUNDING --refunded--> CLOSED_REFUNDED []
        ");
    }

    #[test]
    fn money_that_comes_too_late_or_twice_is_refused_by_name() {
        let settings = Settings::default();
        let late = OrderState::PendingPayment { until: T }.apply(OrderAction::Pay, Timestamp(1), &settings);
        assert_eq!(late.unwrap_err().code, "order-expired");
        let twice = OrderState::Processing { paid_at: T }.apply(OrderAction::Pay, T, &settings);
        assert_eq!(twice.unwrap_err().code, "order-already-paid");
    }
}
