//! Money acts take two people: one says that the money has arrived, another has it entered (trade 10).

use crate::App;
use crate::actor::{Actor, Operator};
use crate::error::AppError;
use crate::work::Work;
use domain::access::{MoneyStep, OperatorRight, money_step};
use serde_json::json;
use std::collections::HashMap;
use store::audit::PLATFORM_CHAIN;
use store::ledger::Prepared;

/// What became of an operator's word about money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyDecision {
    /// A second person has to say so too.
    Prepared,
    /// The money is entered.
    Entered,
    /// It has not arrived; nothing was entered.
    Refused,
}

/// The operator, when he has to do with money at all.
pub(crate) fn cashier(actor: &Actor) -> Result<&Operator, AppError> {
    actor.operator_may(OperatorRight::ApproveMoney).or_else(|_| actor.operator_may(OperatorRight::ConfirmMoney))
}

/// Whether the acting operator's word that the money of `subject_id` has arrived enters it now. If not,
/// it is written down for the second person. `kind` is `payment` or `top_up`. Lock the subject first.
pub(crate) fn enters(
    work: &mut Work<'_, '_>,
    operator: &Operator,
    kind: &'static str,
    subject_id: &str,
    four_eyes: bool,
) -> Result<bool, AppError> {
    let first = store::ledger::money_prepared(work.tx, subject_id)?;
    let first = first.as_ref().map(|p| p.by.as_str());
    match money_step(&operator.user_id, operator.role, first, four_eyes).map_err(AppError::Refused)? {
        MoneyStep::Enter => Ok(true),
        MoneyStep::Prepare => {
            let prepared = Prepared { by: operator.user_id.clone(), name: operator.name.clone(), at: work.real_now };
            store::ledger::prepare_money(work.tx, subject_id, &prepared)?;
            work.audit(PLATFORM_CHAIN, "money.prepared", kind, subject_id, &json!({}));
            let list = if kind == "payment" { "/operator/payments" } else { "/operator/top-ups" };
            work.tell_operators("money-prepared", &[("name", &operator.name)], list)?;
            Ok(false)
        }
    }
}

impl App {
    /// Who prepared which of these payments or top-ups, by id.
    pub async fn money_prepared(
        &self,
        actor: &Actor,
        subjects: Vec<String>,
    ) -> Result<HashMap<String, Prepared>, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        self.look(move |tx| {
            let mut found = HashMap::new();
            for id in subjects {
                if let Some(prepared) = store::ledger::money_prepared(tx, &id)? {
                    found.insert(id, prepared);
                }
            }
            Ok(found)
        })
        .await
    }
}
