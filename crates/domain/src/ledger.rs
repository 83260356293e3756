//! The double-entry ledger (trade D-05): every movement of money is one balanced entry that never
//! changes. Amounts are signed: debit positive, credit negative; an entry sums to nothing.

use crate::access::coded;
use crate::money::{AmountError, Currency, Money, Ratio};
use crate::settings::Settings;

coded! {
    /// Kinds of accounts.
    AccountKind {
        /// Money in the platform's bank.
        PlatformCash = "platform_cash",
        /// Prepaid money of a buyer; we owe it.
        BuyerBalance = "buyer_balance",
        /// Money of paid orders whose delivery is not complete; we hold it.
        Escrow = "escrow",
        /// What sellers have earned and not been paid.
        SellerPayable = "seller_payable",
        /// What partners have earned and not been paid.
        PartnerPayable = "partner_payable",
        /// The platform's fee, net of tax.
        PlatformFee = "platform_fee",
        /// Tax that we owe.
        TaxPayable = "tax_payable",
        /// The platform's part of coupons.
        CouponCost = "coupon_cost",
    }
}

coded! {
    /// Separates test money from real money: no entry touches both.
    Book {
        /// Real money.
        Real = "real",
        /// Orders of sandbox organisations.
        Sandbox = "sandbox",
    }
}

coded! {
    /// Why an entry exists.
    EntryKind {
        /// Money added to a balance.
        TopUp = "top_up",
        /// An order was paid; the money is held.
        Payment = "payment",
        /// Delivery is complete; the money is divided.
        Completion = "completion",
        /// Held money goes back to the buyer.
        RefundHeld = "refund_held",
        /// Divided money goes back to the buyer, each taking back his part.
        RefundDivided = "refund_divided",
        /// A correction: the reverse of another entry.
        Correction = "correction",
    }
}

/// An account: kind, owner (an organisation, or `platform`), book and currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    /// Kind.
    pub kind: AccountKind,
    /// Organisation id or `platform`.
    pub owner: String,
    /// Book.
    pub book: Book,
    /// Currency.
    pub currency: Currency,
}

impl Account {
    /// The key under which rows name the account.
    pub fn key(&self) -> String {
        format!("{}:{}:{}:{}", self.book.code(), self.kind.code(), self.owner, self.currency.code())
    }

    /// Reads a key.
    pub fn from_key(key: &str) -> Option<Account> {
        let mut parts = key.split(':');
        let book = Book::from_code(parts.next()?)?;
        let kind = AccountKind::from_code(parts.next()?)?;
        let owner = parts.next()?.to_owned();
        let currency = Currency::from_code(parts.next()?)?;
        parts.next().is_none().then_some(Account { kind, owner, book, currency })
    }
}

/// One line of an entry: debit positive, credit negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Account.
    pub account: Account,
    /// Signed amount.
    pub amount: Money,
}

/// A balanced set of postings. It cannot be built unbalanced, empty, or over two books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    kind: EntryKind,
    postings: Vec<Posting>,
}

/// Why postings are no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Debits and credits differ.
    #[error("postings do not sum to zero")]
    Unbalanced,
    /// Fewer than two postings.
    #[error("an entry needs two postings")]
    TooFew,
    /// Real and sandbox money met.
    #[error("an entry may not touch two books")]
    TwoBooks,
    /// An amount could not be computed.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl Entry {
    /// Checks and builds; postings of nothing are left out.
    pub fn new(kind: EntryKind, postings: Vec<Posting>) -> Result<Entry, LedgerError> {
        let postings: Vec<Posting> = postings.into_iter().filter(|p| !p.amount.is_zero()).collect();
        let Some(first) = postings.first() else {
            return Err(LedgerError::TooFew);
        };
        let (currency, book) = (first.amount.currency(), first.account.book);
        let mut sum = Money::zero(currency);
        for posting in &postings {
            if posting.account.book != book {
                return Err(LedgerError::TwoBooks);
            }
            if posting.account.currency != posting.amount.currency() {
                return Err(AmountError::CurrencyMismatch(posting.account.currency, posting.amount.currency()).into());
            }
            sum = sum.plus(posting.amount)?;
        }
        if !sum.is_zero() {
            return Err(LedgerError::Unbalanced);
        }
        Ok(Entry { kind, postings })
    }

    /// Why it exists.
    pub fn kind(&self) -> EntryKind {
        self.kind
    }

    /// Its lines.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// The entry that undoes this one.
    pub fn reversed(&self, kind: EntryKind) -> Entry {
        let turn = |p: &Posting| Posting { account: p.account.clone(), amount: p.amount.negated() };
        Entry { kind, postings: self.postings.iter().map(turn).collect() }
    }
}

/// The name under which the platform owns accounts.
pub const PLATFORM: &str = "platform";

fn line(kind: AccountKind, owner: &str, book: Book, amount: Money) -> Posting {
    Posting { account: Account { kind, owner: owner.to_owned(), book, currency: amount.currency() }, amount }
}

/// Money arrives from outside and becomes a buyer's balance.
pub fn top_up(buyer: &str, book: Book, amount: Money) -> Result<Entry, LedgerError> {
    let lines = vec![
        line(AccountKind::PlatformCash, PLATFORM, book, amount),
        line(AccountKind::BuyerBalance, buyer, book, amount.negated()),
    ];
    Entry::new(EntryKind::TopUp, lines)
}

/// A buyer pays from his balance; the money is held.
pub fn payment_from_balance(buyer: &str, book: Book, amount: Money) -> Result<Entry, LedgerError> {
    let lines = vec![
        line(AccountKind::BuyerBalance, buyer, book, amount),
        line(AccountKind::Escrow, PLATFORM, book, amount.negated()),
    ];
    Entry::new(EntryKind::Payment, lines)
}

/// A buyer pays from outside (a confirmed bank transfer); the money is held.
pub fn payment_from_outside(book: Book, amount: Money) -> Result<Entry, LedgerError> {
    let lines = vec![
        line(AccountKind::PlatformCash, PLATFORM, book, amount),
        line(AccountKind::Escrow, PLATFORM, book, amount.negated()),
    ];
    Entry::new(EntryKind::Payment, lines)
}

/// How the amount of a general product is divided (trade 5.5.1). The parts sum to the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Division {
    /// For the seller.
    pub seller: Money,
    /// The platform's fee without tax.
    pub fee: Money,
    /// Tax contained in the fee.
    pub tax: Money,
}

/// The ratios frozen on an order line when it is paid, in ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FrozenTerms {
    /// Platform fee.
    pub fee_basis_points: i64,
    /// Tax contained in the fee.
    pub tax_basis_points: i64,
}

impl FrozenTerms {
    /// The terms that are in force now.
    pub fn of(settings: &Settings) -> FrozenTerms {
        FrozenTerms {
            fee_basis_points: settings.platform_fee_basis_points,
            tax_basis_points: settings.fee_tax_basis_points,
        }
    }

    /// Divides an amount: fee half-up to cents, tax out of the fee half-up to cents, rest to the seller.
    pub fn divide(self, amount: Money) -> Result<Division, AmountError> {
        let gross = amount.share(Ratio::basis_points(self.fee_basis_points)).half_up_to_cents()?;
        let contained = Ratio::new(self.tax_basis_points, 10_000 + self.tax_basis_points)?;
        let tax = gross.share(contained).half_up_to_cents()?;
        Ok(Division { seller: amount.minus(gross)?, fee: gross.minus(tax)?, tax })
    }
}

/// Delivery is complete: the held money is divided.
pub fn completion(seller: &str, book: Book, amount: Money, terms: FrozenTerms) -> Result<Entry, LedgerError> {
    let parts = terms.divide(amount)?;
    let lines = vec![
        line(AccountKind::Escrow, PLATFORM, book, amount),
        line(AccountKind::SellerPayable, seller, book, parts.seller.negated()),
        line(AccountKind::PlatformFee, PLATFORM, book, parts.fee.negated()),
        line(AccountKind::TaxPayable, PLATFORM, book, parts.tax.negated()),
    ];
    Entry::new(EntryKind::Completion, lines)
}

/// Held money goes back to the buyer's balance.
pub fn refund_held(buyer: &str, book: Book, amount: Money) -> Result<Entry, LedgerError> {
    let lines = vec![
        line(AccountKind::Escrow, PLATFORM, book, amount),
        line(AccountKind::BuyerBalance, buyer, book, amount.negated()),
    ];
    Entry::new(EntryKind::RefundHeld, lines)
}

/// Divided money goes back to the buyer: everybody returns his part, by the frozen terms.
pub fn refund_divided(
    buyer: &str,
    seller: &str,
    book: Book,
    amount: Money,
    terms: FrozenTerms,
) -> Result<Entry, LedgerError> {
    let parts = terms.divide(amount)?;
    let lines = vec![
        line(AccountKind::SellerPayable, seller, book, parts.seller),
        line(AccountKind::PlatformFee, PLATFORM, book, parts.fee),
        line(AccountKind::TaxPayable, PLATFORM, book, parts.tax),
        line(AccountKind::BuyerBalance, buyer, book, amount.negated()),
    ];
    Entry::new(EntryKind::RefundDivided, lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cny(cents: i64) -> Money {
        Money::from_cents(cents, Currency::CNY)
    }

    #[test]
    fn an_entry_cannot_be_unbalanced_or_mix_books() {
        let one = line(AccountKind::Escrow, PLATFORM, Book::Real, cny(100));
        let two = line(AccountKind::Escrow, PLATFORM, Book::Real, cny(-99));
        let other = line(AccountKind::Escrow, PLATFORM, Book::Sandbox, cny(-100));
        assert_eq!(Entry::new(EntryKind::Payment, vec![one.clone(), two]), Err(LedgerError::Unbalanced));
        assert_eq!(Entry::new(EntryKind::Payment, vec![one.clone(), other]), Err(LedgerError::TwoBooks));
        assert_eq!(Entry::new(EntryKind::Payment, vec![]), Err(LedgerError::TooFew));
        assert_eq!(Entry::new(EntryKind::Payment, vec![one]), Err(LedgerError::Unbalanced));
    }

    #[test]
    fn five_percent_of_ten_thousand() {
        let terms = FrozenTerms { fee_basis_points: 500, tax_basis_points: 600 };
        let parts = terms.divide(cny(1_000_000)).unwrap();
        assert_eq!(parts, Division { seller: cny(950_000), fee: cny(47_170), tax: cny(2_830) });
    }

    #[test]
    fn keys_round_trip() {
        let account = line(AccountKind::SellerPayable, "org_1", Book::Sandbox, cny(1)).account;
        assert_eq!(Account::from_key(&account.key()), Some(account));
        assert_eq!(Account::from_key("real:escrow:platform:CNY:x"), None);
    }

    proptest! {
        #[test]
        fn paying_completing_and_refunding_leaves_every_account_empty(
            cents in 1i64..10_000_000_000, fee in 0i64..5000, tax in 0i64..5000, complete: bool
        ) {
            let terms = FrozenTerms { fee_basis_points: fee, tax_basis_points: tax };
            let amount = cny(cents);
            let mut entries = vec![payment_from_balance("b", Book::Real, amount).unwrap()];
            if complete {
                entries.push(completion("s", Book::Real, amount, terms).unwrap());
                entries.push(refund_divided("b", "s", Book::Real, amount, terms).unwrap());
            } else {
                entries.push(refund_held("b", Book::Real, amount).unwrap());
            }
            let mut sums = std::collections::BTreeMap::new();
            for p in entries.iter().flat_map(|e| e.postings()) {
                *sums.entry(p.account.key()).or_insert(0i64) += p.amount.e8();
            }
            prop_assert!(sums.values().all(|s| *s == 0), "{:?}", sums);
        }
    }
}
