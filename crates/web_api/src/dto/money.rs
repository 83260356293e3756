//! Balances, statements, top-ups, the journal, the test clock.

use crate::dto::common::{Amount, Time, TopUpStateCode, time};
use app::four_eyes::MoneyDecision;
use app::ordering::Arrival;
use domain::money::Money;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use store::ledger::{JournalEntry, StatementLine, TopUp};
use store::recount::Recount;
use utoipa::ToSchema;

/// A sum.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Balance)]
pub struct BalanceOut {
    pub balance: Amount,
}

/// A movement.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = StatementLine)]
pub struct StatementOut {
    #[schema(examples("jnl_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub entry_id: String,
    #[schema(examples("top_up"))]
    pub kind: String,
    pub at: Time,
    pub order_id: Option<String>,
    pub memo: String,
    /// Negative when it leaves the balance
    pub amount: Amount,
}

impl From<StatementLine> for StatementOut {
    fn from(l: StatementLine) -> StatementOut {
        StatementOut {
            entry_id: l.entry_id,
            kind: l.kind,
            at: Time(l.at),
            order_id: l.order_id,
            memo: l.memo,
            amount: l.amount.into(),
        }
    }
}

/// A top-up.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TopUp)]
pub struct TopUpOut {
    #[schema(examples("top_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub organisation_id: String,
    pub user_id: String,
    pub amount: Amount,
    /// To write on the bank transfer
    #[schema(examples("QRSTVWXYZ0"))]
    pub reference: String,
    pub state: TopUpStateCode,
    pub created_at: Time,
    pub decided_at: Option<Time>,
    /// Why it was refused
    pub reason: String,
}

impl From<TopUp> for TopUpOut {
    fn from(t: TopUp) -> TopUpOut {
        TopUpOut {
            id: t.id,
            organisation_id: t.organisation_id,
            user_id: t.user_id,
            amount: t.amount.into(),
            reference: t.reference,
            state: TopUpStateCode(Cow::Owned(t.state)),
            created_at: Time(t.created_at),
            decided_at: time(t.decided_at),
            reason: t.reason,
        }
    }
}

/// A top-up to ask for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TopUpIn {
    pub amount: Amount,
}

/// What became of an operator's word about money.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MoneyDecision)]
pub struct MoneyDecisionOut {
    /// `PREPARED`: another person has to approve it by the same call; `ENTERED`; `REFUSED`
    #[schema(examples("PREPARED"))]
    pub outcome: &'static str,
}

impl From<MoneyDecision> for MoneyDecisionOut {
    fn from(decision: MoneyDecision) -> MoneyDecisionOut {
        let outcome = match decision {
            MoneyDecision::Prepared => "PREPARED",
            MoneyDecision::Entered => "ENTERED",
            MoneyDecision::Refused => "REFUSED",
        };
        MoneyDecisionOut { outcome }
    }
}

/// Whether the money has arrived.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrivedIn {
    pub arrived: bool,
    /// Needed when the money has not arrived; told to the payer
    #[serde(default)]
    pub reason: String,
}

impl From<ArrivedIn> for Arrival {
    fn from(body: ArrivedIn) -> Arrival {
        if body.arrived { Arrival::Arrived } else { Arrival::Refused(body.reason) }
    }
}

/// A posting.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Posting)]
pub struct PostingOut {
    /// Kind, owner, book and currency of the account
    pub account: String,
    /// Debit positive
    pub amount: Amount,
}

impl From<(String, Money)> for PostingOut {
    fn from((account, amount): (String, Money)) -> PostingOut {
        PostingOut { account, amount: amount.into() }
    }
}

/// An entry of the journal.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = JournalEntry)]
pub struct JournalOut {
    #[schema(examples("jnl_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    #[schema(examples("payment"))]
    pub kind: String,
    pub at: Time,
    pub order_id: Option<String>,
    /// What caused it
    pub source: String,
    pub memo: String,
    pub postings: Vec<PostingOut>,
}

impl From<JournalEntry> for JournalOut {
    fn from(e: JournalEntry) -> JournalOut {
        JournalOut {
            id: e.id,
            kind: e.kind,
            at: Time(e.at),
            order_id: e.order_id,
            source: e.source,
            memo: e.memo,
            postings: e.postings.into_iter().map(PostingOut::from).collect(),
        }
    }
}

/// Result of counting the whole ledger again.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Recount)]
pub struct RecountOut {
    pub entries: i64,
    /// What does not fit; empty when everything balances
    pub faults: Vec<String>,
}

impl From<Recount> for RecountOut {
    fn from(r: Recount) -> RecountOut {
        RecountOut { entries: r.entries, faults: r.faults }
    }
}

/// The time of the caller's organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Clock)]
pub struct ClockOut {
    pub now: Time,
    /// Whether it can be moved
    pub sandbox: bool,
    /// When the next timer of the sandbox is due; null when nothing waits
    pub next_event_at: Option<Time>,
}

/// How far to move the test clock.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvanceIn {
    #[serde(default)]
    pub days: i64,
    #[serde(default)]
    pub hours: i64,
    #[serde(default)]
    pub minutes: i64,
}
