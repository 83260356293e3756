//! Payment providers behind one interface (trade D-05). What pays an order knows nothing of who
//! brings the money; a further provider is a further entry of [`PROVIDERS`].

use crate::ledger::{Book, Entry, LedgerError, payment_from_balance, payment_from_outside};
use crate::money::Money;
use crate::ordering::order::PaymentProvider;

/// What a provider is told of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill<'o> {
    /// Buying organisation.
    pub buyer: &'o str,
    /// Book in which the order is kept.
    pub book: Book,
    /// What is to be paid.
    pub payable: Money,
}

/// What becomes of a payment that begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// The money is there: the order is paid in the same breath.
    Settled,
    /// It comes from outside; an operator says when it has arrived.
    AwaitsOperator,
}

/// A way to pay.
pub trait Provider: Sync {
    /// Its code.
    fn code(&self) -> PaymentProvider;

    /// Begins to pay; the code of a refusal when this bill is not paid this way.
    fn begin(&self, bill: &Bill<'_>) -> Result<Begin, &'static str>;

    /// How the money that is there moves in the ledger; `None` when nothing moves.
    fn entry(&self, bill: &Bill<'_>) -> Result<Option<Entry>, LedgerError>;
}

struct Balance;
struct BankTransfer;
struct Free;

impl Provider for Balance {
    fn code(&self) -> PaymentProvider {
        PaymentProvider::Balance
    }

    fn begin(&self, bill: &Bill<'_>) -> Result<Begin, &'static str> {
        if bill.payable.is_positive() { Ok(Begin::Settled) } else { Err("order-is-free") }
    }

    fn entry(&self, bill: &Bill<'_>) -> Result<Option<Entry>, LedgerError> {
        payment_from_balance(bill.buyer, bill.book, bill.payable).map(Some)
    }
}

impl Provider for BankTransfer {
    fn code(&self) -> PaymentProvider {
        PaymentProvider::BankTransfer
    }

    fn begin(&self, bill: &Bill<'_>) -> Result<Begin, &'static str> {
        match bill.book {
            _ if !bill.payable.is_positive() => Err("order-is-free"),
            // Nobody transfers test money: it is there at once.
            Book::Sandbox => Ok(Begin::Settled),
            Book::Real => Ok(Begin::AwaitsOperator),
        }
    }

    fn entry(&self, bill: &Bill<'_>) -> Result<Option<Entry>, LedgerError> {
        payment_from_outside(bill.book, bill.payable).map(Some)
    }
}

impl Provider for Free {
    fn code(&self) -> PaymentProvider {
        PaymentProvider::Free
    }

    fn begin(&self, bill: &Bill<'_>) -> Result<Begin, &'static str> {
        if bill.payable.is_zero() { Ok(Begin::Settled) } else { Err("order-not-free") }
    }

    fn entry(&self, _: &Bill<'_>) -> Result<Option<Entry>, LedgerError> {
        Ok(None)
    }
}

/// Every way to pay.
pub const PROVIDERS: &[&dyn Provider] = &[&Balance, &BankTransfer, &Free];

/// The provider of a code; `None` where it is not offered.
pub fn provider(code: PaymentProvider) -> Option<&'static dyn Provider> {
    PROVIDERS.iter().copied().find(|p| p.code() == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use proptest::prelude::*;

    #[test]
    fn every_code_has_its_provider() {
        for code in PaymentProvider::ALL {
            assert_eq!(provider(*code).map(Provider::code), Some(*code));
        }
    }

    proptest! {
        #[test]
        fn what_a_provider_begins_it_can_enter_whole(cents in 0i64..1_000_000_000, sandbox: bool) {
            let book = if sandbox { Book::Sandbox } else { Book::Real };
            let payable = Money::from_cents(cents, Currency::CNY);
            let bill = Bill { buyer: "org_b", book, payable };
            for provider in PROVIDERS {
                let Ok(begun) = provider.begin(&bill) else { continue };
                let held: i64 = provider
                    .entry(&bill)
                    .unwrap()
                    .iter()
                    .flat_map(Entry::postings)
                    .filter(|p| p.account.kind == crate::ledger::AccountKind::Escrow)
                    .map(|p| -p.amount.e8())
                    .sum();
                prop_assert_eq!(held, payable.e8(), "the whole amount is held");
                prop_assert!(!(sandbox && begun == Begin::AwaitsOperator), "operators see no test money");
            }
            let ways = PROVIDERS.iter().filter(|p| p.begin(&bill).is_ok()).count();
            prop_assert_eq!(ways, if cents == 0 { 1 } else { 2 });
        }
    }
}
