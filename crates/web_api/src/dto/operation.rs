//! What only operators see: organisations, jobs, mails, parameters, diagnoses, figures.

use crate::dto::account::OrganisationOut;
use crate::dto::common::{Amount, JobStateCode, MailStateCode, SellerStateCode, Time, json, time};
use crate::dto::members::UserOut;
use app::AppError;
use app::diagnosis::{Cause, Diagnosis, SafeAction};
use app::identity::OrganisationDecision;
use app::statistics::Overview;
use domain::money::{Currency, Money};
use domain::settings::{Parameter, Settings};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use store::audit::{Break, Verified};
use store::identity::{Organisation, User};
use store::jobs::{Job, Sweep};
use utoipa::ToSchema;

/// An organisation with its users.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OrganisationDetail)]
pub struct OrganisationDetailOut {
    pub organisation: OrganisationOut,
    pub users: Vec<UserOut>,
}

impl From<(Organisation, Vec<User>)> for OrganisationDetailOut {
    fn from((organisation, users): (Organisation, Vec<User>)) -> OrganisationDetailOut {
        OrganisationDetailOut {
            organisation: organisation.into(),
            users: users.into_iter().map(UserOut::from).collect(),
        }
    }
}

/// What is decided about an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationVerb {
    Verify,
    RejectVerification,
    /// Needs `seller_state`
    SellerState,
    /// Needs `on`
    Partner,
    /// Needs `on`
    Freeze,
    /// Cannot be undone
    Sandbox,
}

/// A decision about an organisation.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationDecisionIn {
    pub decision: OrganisationVerb,
    #[serde(default)]
    pub seller_state: Option<SellerStateCode>,
    #[serde(default)]
    pub on: Option<bool>,
    /// Told to the organisation; required when the decision refuses or takes something away
    #[serde(default)]
    #[schema(examples("The licence is out of date"))]
    pub reason: String,
}

impl TryFrom<OrganisationDecisionIn> for OrganisationDecision {
    type Error = AppError;

    /// Fails when what the decision needs is missing.
    fn try_from(d: OrganisationDecisionIn) -> Result<OrganisationDecision, AppError> {
        let on = || d.on.ok_or_else(|| AppError::field("on", "required"));
        Ok(match d.decision {
            OrganisationVerb::Verify => OrganisationDecision::Verify,
            OrganisationVerb::RejectVerification => OrganisationDecision::RejectVerification,
            OrganisationVerb::SellerState => {
                let state = d.seller_state.ok_or_else(|| AppError::field("seller_state", "required"))?;
                OrganisationDecision::Seller(state.0)
            }
            OrganisationVerb::Partner => OrganisationDecision::Partner(on()?),
            OrganisationVerb::Freeze => OrganisationDecision::Freeze(on()?),
            OrganisationVerb::Sandbox => OrganisationDecision::Sandbox,
        })
    }
}

/// A job.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobOut {
    #[schema(examples("job_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    #[schema(examples("call-seller"))]
    pub kind: String,
    /// Ids only
    #[schema(value_type = Object)]
    pub payload: serde_json::Value,
    pub state: JobStateCode,
    /// By the clock of its owner
    pub due_at: Time,
    /// In real time
    pub run_at: Time,
    /// Sandbox whose test clock counts
    pub clock_owner: Option<String>,
    pub attempts: i64,
    pub last_error: String,
    #[schema(examples("order"))]
    pub subject_kind: String,
    #[schema(examples("ord_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub subject_id: String,
    pub created_at: Time,
    pub finished_at: Option<Time>,
}

impl From<Job> for JobOut {
    fn from(j: Job) -> JobOut {
        JobOut {
            id: j.id,
            kind: j.kind,
            payload: json(&j.payload),
            state: JobStateCode(Cow::Owned(j.state)),
            due_at: Time(j.due_at),
            run_at: Time(j.run_at),
            clock_owner: j.clock_owner,
            attempts: j.attempts,
            last_error: j.last_error,
            subject_kind: j.subject_kind,
            subject_id: j.subject_id,
            created_at: Time(j.created_at),
            finished_at: time(j.finished_at),
        }
    }
}

/// A periodic task.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PeriodicTask)]
pub struct SweepOut {
    #[schema(examples("forget-sessions"))]
    pub name: String,
    pub last_started_at: Time,
    pub last_finished_at: Option<Time>,
    pub last_result: String,
    pub next_at: Time,
}

impl From<Sweep> for SweepOut {
    fn from(s: Sweep) -> SweepOut {
        SweepOut {
            name: s.name,
            last_started_at: Time(s.last_started_at),
            last_finished_at: time(s.last_finished_at),
            last_result: s.last_result,
            next_at: Time(s.next_at),
        }
    }
}

/// Counts of jobs and the periodic tasks.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = JobOverview)]
pub struct JobOverviewOut {
    /// Waiting and due
    pub due: i64,
    /// Waiting for later
    pub later: i64,
    pub running: i64,
    pub failed: i64,
    pub periodic: Vec<SweepOut>,
}

impl From<([i64; 4], Vec<Sweep>)> for JobOverviewOut {
    fn from(([due, later, running, failed], sweeps): ([i64; 4], Vec<Sweep>)) -> JobOverviewOut {
        let periodic = sweeps.into_iter().map(SweepOut::from).collect();
        JobOverviewOut { due, later, running, failed, periodic }
    }
}

/// A mail of the outbox.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Mail)]
pub struct MailOut {
    pub id: String,
    pub recipient: String,
    pub subject: String,
    pub body: String,
    pub state: MailStateCode,
    /// Why it could not be sent
    #[schema(examples(""))]
    pub error: String,
    pub created_at: Time,
    pub sent_at: Option<Time>,
}

impl From<store::messages::Mail> for MailOut {
    fn from(m: store::messages::Mail) -> MailOut {
        MailOut {
            id: m.id,
            recipient: m.recipient,
            subject: m.subject,
            body: m.body,
            state: MailStateCode(Cow::Owned(m.state)),
            error: m.error,
            created_at: Time(m.created_at),
            sent_at: time(m.sent_at),
        }
    }
}

/// A parameter.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Setting)]
pub struct SettingOut {
    #[schema(examples("lifecycle.grace_days"))]
    pub key: &'static str,
    #[schema(examples("days"))]
    pub unit: &'static str,
    pub value: i64,
    pub default: i64,
    pub min: i64,
    pub max: i64,
}

impl SettingOut {
    /// The parameter with its value in force.
    pub fn of(p: &Parameter, settings: &Settings) -> SettingOut {
        let value = settings.get(p.key).unwrap_or(p.default);
        SettingOut { key: p.key, unit: p.unit, value, default: p.default, min: p.min, max: p.max }
    }
}

/// A new value.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueIn {
    pub value: i64,
}

/// A place at which the audit log breaks.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditBreak)]
pub struct BreakOut {
    pub chain: String,
    pub number: i64,
    pub reason: &'static str,
}

impl From<Break> for BreakOut {
    fn from(b: Break) -> BreakOut {
        BreakOut { chain: b.chain, number: b.seq, reason: b.reason }
    }
}

/// Result of checking the audit log.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditVerification)]
pub struct VerifiedOut {
    pub chains: u64,
    pub entries: u64,
    /// Empty when the log is whole
    pub breaks: Vec<BreakOut>,
    /// SHA-256 over the heads of all chains; keep it elsewhere
    #[schema(examples("60303ae2…"))]
    pub digest: String,
}

impl From<Verified> for VerifiedOut {
    fn from(v: Verified) -> VerifiedOut {
        VerifiedOut {
            chains: v.chains as u64,
            entries: v.entries as u64,
            breaks: v.breaks.into_iter().map(BreakOut::from).collect(),
            digest: v.digest,
        }
    }
}

/// Products in the new index.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = IndexRebuilt)]
pub struct RebuiltOut {
    pub products: u64,
}

/// A link of the chain of causes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Cause)]
pub struct CauseOut {
    #[schema(examples("no-job"))]
    pub code: &'static str,
    /// Object that it is about
    #[schema(examples("cal_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub subject: String,
    pub detail: String,
    pub at: Option<Time>,
}

impl From<Cause> for CauseOut {
    fn from(c: Cause) -> CauseOut {
        CauseOut { code: c.code, subject: c.subject, detail: c.detail, at: time(c.at) }
    }
}

/// What may be done safely.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SafeAction)]
pub struct SafeActionOut {
    /// `nothing`, `wait`, `wait_for_buyer`, `confirm_payment`, `restart_call`, `restart_job` or `report`
    #[schema(examples("restart_call"))]
    pub action: &'static str,
    /// Payment, call or job to act on
    #[schema(examples("cal_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub subject_id: Option<String>,
    /// Until when to wait
    pub until: Option<Time>,
}

impl From<SafeAction> for SafeActionOut {
    fn from(a: SafeAction) -> SafeActionOut {
        let (action, subject_id, until) = match a {
            SafeAction::Nothing => ("nothing", None, None),
            SafeAction::Wait(at) => ("wait", None, time(at)),
            SafeAction::WaitForBuyer => ("wait_for_buyer", None, None),
            SafeAction::ConfirmPayment(id) => ("confirm_payment", Some(id), None),
            SafeAction::RestartCall(id) => ("restart_call", Some(id), None),
            SafeAction::RestartJob(id) => ("restart_job", Some(id), None),
            SafeAction::Report => ("report", None, None),
        };
        SafeActionOut { action, subject_id, until }
    }
}

/// Why an order does not go on.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Diagnosis)]
pub struct DiagnosisOut {
    /// From the order down to the cause
    pub chain: Vec<CauseOut>,
    pub action: SafeActionOut,
}

impl From<Diagnosis> for DiagnosisOut {
    fn from(d: Diagnosis) -> DiagnosisOut {
        DiagnosisOut { chain: d.chain.into_iter().map(CauseOut::from).collect(), action: d.action.into() }
    }
}

/// Paid orders of a market day.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DayFigure)]
pub struct DayOut {
    /// Beginning of the day
    pub day: Time,
    pub orders: i64,
    pub amount: Amount,
}

impl From<(Timestamp, i64, i64)> for DayOut {
    fn from((day, orders, e8): (Timestamp, i64, i64)) -> DayOut {
        DayOut { day: Time(day), orders, amount: Money::from_e8(e8, Currency::CNY).into() }
    }
}

/// A state with its count.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = StateCount)]
pub struct CountOut {
    #[schema(examples("PROCESSING"))]
    pub state: String,
    /// Counted up to 10,000
    pub count: i64,
}

impl From<(String, i64)> for CountOut {
    fn from((state, count): (String, i64)) -> CountOut {
        CountOut { state, count }
    }
}

/// A service that expires soon.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ExpiringService)]
pub struct ExpiringOut {
    pub service_id: String,
    pub until: Time,
}

/// Figures of a console; what does not apply to it is empty.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Overview)]
pub struct OverviewOut {
    /// The last 30 market days
    pub days: Vec<DayOut>,
    pub orders: Vec<CountOut>,
    pub services: Vec<CountOut>,
    pub calls: Vec<CountOut>,
    pub applications: Vec<CountOut>,
    pub products: Vec<CountOut>,
    /// Within 30 days
    pub expiring: Vec<ExpiringOut>,
    /// Payments that wait for an operator
    pub waiting_payments: i64,
    /// Top-ups that wait for an operator
    pub waiting_top_ups: i64,
}

impl From<Overview> for OverviewOut {
    fn from(o: Overview) -> OverviewOut {
        let counts = |all: Vec<(String, i64)>| all.into_iter().map(CountOut::from).collect();
        let expiring = |(service_id, until)| ExpiringOut { service_id, until: Time(until) };
        OverviewOut {
            days: o.days.into_iter().map(DayOut::from).collect(),
            orders: counts(o.orders),
            services: counts(o.instances),
            calls: counts(o.calls),
            applications: counts(o.applications),
            products: counts(o.products),
            expiring: o.expiring.into_iter().map(expiring).collect(),
            waiting_payments: o.waiting_money.0,
            waiting_top_ups: o.waiting_money.1,
        }
    }
}
