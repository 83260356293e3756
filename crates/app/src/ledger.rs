//! Balances, top-ups, statements (area `ledger`).

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::four_eyes::{MoneyDecision, cashier, enters};
use crate::ordering::Arrival;
use domain::access::{OperatorRight, Right};
use domain::id::{EntryId, TopUpId};
use domain::identity::Verification;
use domain::ledger::{self as books, Account, AccountKind, Book};
use domain::money::{Currency, Money};
use serde_json::json;
use store::audit::PLATFORM_CHAIN;
use store::ledger::{JournalEntry, Source, StatementLine, TopUp};
use store::listing::{PageRequest, Paged};
use store::recount::Recount;

/// Most test money of a sandbox, in cents: 100,000,000.00.
const SANDBOX_TOP: i64 = 10_000_000_000;

/// Requests of one organisation that may wait for its transfers at once.
const OPEN_TOP_UPS: i64 = 20;

fn book(actor: &Actor) -> Book {
    if actor.member().is_ok_and(|m| m.sandbox) { Book::Sandbox } else { Book::Real }
}

/// The account of what a seller has earned, and the products to which the member is narrowed.
fn income_account(actor: &Actor) -> Result<(Account, Vec<String>), AppError> {
    let member = actor.seller_may(Right::BillView)?;
    let owner = member.organisation_id.clone();
    let account = Account { kind: AccountKind::SellerPayable, owner, book: book(actor), currency: Currency::CNY };
    Ok((account, member.products.clone()))
}

impl App {
    /// The prepaid balance of the actor's organisation.
    pub async fn balance(&self, actor: &Actor) -> Result<Money, AppError> {
        let member = actor.member()?;
        if !member.has(Right::BillView) && !member.has(Right::OrderPlace) {
            return Err(AppError::Forbidden(Right::BillView.code()));
        }
        let (owner, book) = (member.organisation_id.clone(), book(actor));
        self.look(move |tx| Ok(store::ledger::balance(tx, &owner, book, Currency::CNY)?)).await
    }

    /// Movements of the actor's balance.
    pub async fn balance_statement(&self, actor: &Actor, page: PageRequest) -> Result<Paged<StatementLine>, AppError> {
        let owner = actor.may(Right::BillView)?.organisation_id.clone();
        let account = Account { kind: AccountKind::BuyerBalance, owner, book: book(actor), currency: Currency::CNY };
        self.look(move |tx| Ok(store::ledger::statement(tx, &account, &page)?)).await
    }

    /// What the actor's organisation has earned as a seller and not been paid; for a narrowed sub-user
    /// with his products only.
    pub async fn income(&self, actor: &Actor) -> Result<Money, AppError> {
        let (account, only) = income_account(actor)?;
        self.look(move |tx| {
            Ok(match only.is_empty() {
                true => store::ledger::credit_sum(tx, &account)?,
                false => store::ledger::credit_sum_of_products(tx, &account, &only)?,
            })
        })
        .await
    }

    /// Movements of the seller's account.
    pub async fn income_statement(&self, actor: &Actor, page: PageRequest) -> Result<Paged<StatementLine>, AppError> {
        let (account, only) = income_account(actor)?;
        self.look(move |tx| {
            Ok(match only.is_empty() {
                true => store::ledger::statement(tx, &account, &page)?,
                false => store::ledger::statement_of_products(tx, &account, &only, &page)?,
            })
        })
        .await
    }

    /// Asks to add money by bank transfer; a sandbox gets its test money at once.
    pub async fn ask_top_up(&self, actor: &Actor, amount: Money) -> Result<TopUp, AppError> {
        let member = actor.may(Right::OrderPlace)?;
        if member.verification != Verification::Verified && !member.sandbox {
            return Err(AppError::Refused("not-verified"));
        }
        // D-03: one currency of settlement; money in another would be out of everybody's sight.
        if amount.currency() != Currency::CNY {
            return Err(AppError::field("currency", "currency-not-offered"));
        }
        let top = Money::from_cents(1_000_000_000, amount.currency());
        if !amount.is_positive() || amount.e8() > top.e8() || amount.e8() % 1_000_000 != 0 {
            return Err(AppError::field("amount", "amount-form"));
        }
        let (owner, user_id, sandbox) = (member.organisation_id.clone(), member.user_id.clone(), member.sandbox);
        self.act(actor, move |work| {
            if store::ledger::pending_top_ups(work.tx, &owner)? >= OPEN_TOP_UPS {
                return Err(AppError::Refused("top-ups-open"));
            }
            let id = TopUpId::new(work.seed()).to_string();
            let reference: String = id.chars().skip(id.len() - 10).collect();
            let request = TopUp {
                id,
                organisation_id: owner.clone(),
                user_id: user_id.clone(),
                amount,
                reference,
                state: "PENDING".into(),
                created_at: work.real_now,
                decided_at: None,
                decided_by: None,
                reason: String::new(),
            };
            if sandbox {
                // Test money is free; without a top it would end the range of its book.
                let held = store::ledger::balance(work.tx, &owner, Book::Sandbox, amount.currency())?;
                if held.plus(amount).is_ok_and(|sum| sum.e8() > Money::from_cents(SANDBOX_TOP, sum.currency()).e8()) {
                    return Err(AppError::Refused("sandbox-balance-full"));
                }
            }
            store::ledger::insert_top_up(work.tx, &request)?;
            let detail = json!({"amount": amount.to_decimal(), "currency": amount.currency().code()});
            work.audit(&owner, "top-up.asked", "top_up", &request.id, &detail);
            if sandbox {
                confirm(work, &request, "sandbox", Book::Sandbox)?;
                return Ok(TopUp { state: "CONFIRMED".into(), ..request });
            }
            work.tell_operators("transfer-expected", &[("order", &request.reference)], "/operator/payments")?;
            Ok(request)
        })
        .await
    }

    /// Top-ups of the actor's organisation.
    pub async fn top_ups(&self, actor: &Actor, page: PageRequest) -> Result<Paged<TopUp>, AppError> {
        let owner = actor.may(Right::BillView)?.organisation_id.clone();
        self.look(move |tx| Ok(store::ledger::list_top_ups(tx, Some(owner), None, &page)?)).await
    }

    /// Top-ups in a state, for operators.
    pub async fn all_top_ups(
        &self,
        actor: &Actor,
        state: Option<String>,
        page: PageRequest,
    ) -> Result<Paged<TopUp>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        self.look(move |tx| Ok(store::ledger::list_top_ups(tx, None, state, &page)?)).await
    }

    /// An operator says that the money of a top-up has arrived, or refuses it with a reason. With four
    /// eyes the first word prepares and that of another person enters the money; either may refuse.
    pub async fn decide_top_up(
        &self,
        actor: &Actor,
        id: &str,
        arrival: impl Into<Arrival>,
    ) -> Result<MoneyDecision, AppError> {
        let operator = match actor {
            Actor::System(_) => None,
            _ => Some(cashier(actor)?.clone()),
        };
        let by = operator.as_ref().map_or_else(|| actor.signature().1.to_owned(), |o| o.user_id.clone());
        let (id, arrival, four_eyes) = (id.to_owned(), arrival.into().checked()?, self.options().four_eyes);
        self.act(actor, move |work| {
            let request = store::ledger::load_top_up(work.tx, &id)?.ok_or(AppError::NotFound)?;
            if request.state != "PENDING" {
                return Err(AppError::Refused("payment-already-decided"));
            }
            if arrival == Arrival::Arrived
                && let Some(operator) = &operator
                && !enters(work, operator, "top_up", &id, four_eyes)?
            {
                return Ok(MoneyDecision::Prepared);
            }
            work.audit(
                PLATFORM_CHAIN,
                "top-up.decided",
                "top_up",
                &id,
                &json!({"arrived": arrival == Arrival::Arrived, "reason": arrival.reason(), "amount": request.amount.to_decimal()}),
            );
            let reason = match &arrival {
                Arrival::Arrived => {
                    return confirm(work, &request, &by, Book::Real).map(|()| MoneyDecision::Entered);
                }
                Arrival::Refused(reason) => reason,
            };
            decided(store::ledger::decide_top_up(work.tx, &id, "CANCELLED", &by, reason, work.real_now))?;
            let amount = request.amount.to_decimal();
            let arguments = [("amount", amount.as_str()), ("reason", reason)];
            work.tell(&request.organisation_id, "top-up-refused", 501, &arguments, "/buyer/balance")?;
            Ok(MoneyDecision::Refused)
        })
        .await
    }

    /// The journal, for operators.
    pub async fn journal(
        &self,
        actor: &Actor,
        order_id: Option<String>,
        page: PageRequest,
    ) -> Result<Paged<JournalEntry>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        self.look(move |tx| Ok(store::ledger::journal(tx, order_id, &page)?)).await
    }

    /// Recounts the whole ledger, for operators and the command line.
    pub async fn recount(&self, actor: &Actor) -> Result<Recount, AppError> {
        if !matches!(actor, Actor::System(_)) {
            actor.operator_may(OperatorRight::Read)?;
        }
        self.look(|tx| Ok(store::recount::recount(tx)?)).await
    }
}

/// Only what is decided already is an answer; a database that is busy or away is not.
fn decided(result: Result<(), store::StoreError>) -> Result<(), AppError> {
    result.map_err(|e| match e {
        store::StoreError::Stale => AppError::Refused("payment-already-decided"),
        e => e.into(),
    })
}

fn confirm(work: &mut crate::work::Work<'_, '_>, request: &TopUp, by: &str, book: Book) -> Result<(), AppError> {
    decided(store::ledger::decide_top_up(work.tx, &request.id, "CONFIRMED", by, "", work.real_now))?;
    let entry = books::top_up(&request.organisation_id, book, request.amount)?;
    let entry_id = EntryId::new(work.seed()).to_string();
    let source = Source {
        entry_id: &entry_id,
        order_id: None,
        source: &request.id,
        idempotency_key: &format!("top-up:{}", request.id),
        memo: &request.reference,
    };
    store::ledger::post(work.tx, &entry, &source, work.real_now)?;
    let amount = request.amount.to_decimal();
    work.tell(&request.organisation_id, "top-up-confirmed", 501, &[("amount", &amount)], "/buyer/balance")
}
