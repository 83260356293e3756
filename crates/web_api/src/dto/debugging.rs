//! The workbench of sellers: scenarios, debug calls, cases.

use crate::dto::common::Time;
use crate::dto::fulfilment::AttemptOut;
use app::debugging::{CaseGate, DebugRun, DebugWish, Difference, GateState, Parameter, Signed, TabForm};
use app::fulfilment::Restarted;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::debugging::DebugCase;
use utoipa::ToSchema;

/// A parameter of a scenario.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DebugParameter)]
pub struct ParameterOut {
    /// Name on the wire; a member of an object is written `object.member`
    #[schema(examples("orderId"))]
    pub name: String,
    /// Preset; empty for none
    #[schema(examples("MOCKPERIODYEARNEW"))]
    pub value: String,
    pub mandatory: bool,
    /// Most characters
    #[schema(examples(64))]
    pub limit: usize,
    /// Words that are allowed; none for any text
    pub words: Vec<String>,
    /// Whether the scenario says the value
    #[schema(example = false)]
    pub fixed: bool,
}

impl From<Parameter> for ParameterOut {
    fn from(p: Parameter) -> ParameterOut {
        let words = p.words.iter().map(|w| (*w).to_owned()).collect();
        ParameterOut { name: p.name, value: p.value, mandatory: p.mandatory, limit: p.limit, words, fixed: p.fixed }
    }
}

/// A scenario with its parameters.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DebugScenario)]
pub struct ScenarioOut {
    #[schema(examples("saas_v2"))]
    pub generation: String,
    #[schema(examples("newInstance"))]
    pub activity: String,
    /// Charging mode, scene or status; empty where the activity has one form
    #[schema(examples("PERIOD"))]
    pub variant: String,
    pub parameters: Vec<ParameterOut>,
}

impl From<TabForm> for ScenarioOut {
    fn from(form: TabForm) -> ScenarioOut {
        ScenarioOut {
            generation: form.tab.generation.to_owned(),
            activity: form.tab.activity.to_owned(),
            variant: form.tab.variant.to_owned(),
            parameters: form.parameters.into_iter().map(ParameterOut::from).collect(),
        }
    }
}

/// A debug call.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DebugIn {
    /// Production address
    #[schema(examples("https://saas.example.com/market"))]
    pub address: String,
    #[schema(examples("saas_v2"))]
    pub generation: String,
    #[schema(examples("queryInstance"))]
    pub activity: String,
    /// Empty where the activity has one form
    #[serde(default)]
    #[schema(examples(""))]
    pub variant: String,
    /// Parameters by name; what is left out is not sent, and `businessId` is drawn anew
    #[schema(value_type = Object, example = json!({"instanceId": "demo-instance-0001"}))]
    pub parameters: BTreeMap<String, String>,
    /// Whether a call that succeeds is kept as a case
    #[serde(default)]
    pub save: bool,
}

impl DebugIn {
    /// The wish, and whether it is to be kept.
    pub fn read(self) -> (DebugWish, bool) {
        let wish = DebugWish {
            address: self.address,
            generation: self.generation,
            activity: self.activity,
            variant: self.variant,
            values: self.parameters,
        };
        (wish, self.save)
    }
}

/// A command that sends a call.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DebugCommand)]
pub struct CommandOut {
    /// A `curl` line, or the link of a generation that is called by GET; its signature expires
    #[schema(examples("curl -sS -i …"))]
    pub command: String,
}

/// What one side signed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SignedText)]
pub struct SignedOut {
    /// The key is masked; empty when it is not known
    pub canonical: String,
    pub signature: String,
}

impl From<Signed> for SignedOut {
    fn from(s: Signed) -> SignedOut {
        SignedOut { canonical: s.canonical, signature: s.signature }
    }
}

/// Both sides of a signature that does not match.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SignatureDifference)]
pub struct DifferenceOut {
    pub ours: SignedOut,
    pub theirs: SignedOut,
    /// First byte in which the canonical strings differ, counted from 0
    pub canonical_at: Option<usize>,
    /// First byte in which the signatures differ, counted from 0
    pub signature_at: Option<usize>,
    /// What explains it
    pub cause: String,
}

impl From<Difference> for DifferenceOut {
    fn from(d: Difference) -> DifferenceOut {
        DifferenceOut {
            ours: d.ours.into(),
            theirs: d.theirs.into(),
            canonical_at: d.canonical_at,
            signature_at: d.signature_at,
            cause: d.cause,
        }
    }
}

/// What came of a debug call. Words are in the language of `Accept-Language`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DebugRun)]
pub struct RunOut {
    pub passed: bool,
    /// What was found; empty of a call that succeeded
    #[schema(examples(""))]
    pub found: String,
    /// What to do about it
    #[schema(examples(""))]
    pub advice: String,
    /// Section of the interface specification whose rule was broken
    #[schema(examples(""))]
    pub section: String,
    /// What a successful answer could do better
    pub remarks: Vec<String>,
    pub attempt: AttemptOut,
    /// What the market signed
    pub signed: SignedOut,
    /// Of a `Body-Sign` that does not match
    pub difference: Option<DifferenceOut>,
    /// The case as which it is kept
    #[schema(examples("dbg_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub case_id: Option<String>,
}

impl From<DebugRun> for RunOut {
    fn from(run: DebugRun) -> RunOut {
        RunOut {
            passed: run.passed(),
            found: run.found,
            advice: run.advice,
            section: run.section.to_owned(),
            remarks: run.remarks,
            attempt: run.attempt.into(),
            signed: run.signed.into(),
            difference: run.difference.map(DifferenceOut::from),
            case_id: run.case_id,
        }
    }
}

/// A saved case.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DebugCase)]
pub struct CaseOut {
    #[schema(examples("dbg_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    #[schema(examples("https://saas.example.com/market"))]
    pub address: String,
    #[schema(examples("saas_v2"))]
    pub generation: String,
    #[schema(examples("queryInstance"))]
    pub activity: String,
    #[schema(examples(""))]
    pub variant: String,
    /// Of the last run: `SUCCESS`, `PROCESSING` or `FAILURE`
    #[schema(examples("SUCCESS"))]
    pub verdict: String,
    #[schema(examples(""))]
    pub exception_code: String,
    #[schema(examples("000000"))]
    pub result_code: String,
    pub duration_micros: i64,
    pub saved_at: Time,
    pub ran_at: Time,
}

impl From<DebugCase> for CaseOut {
    fn from(c: DebugCase) -> CaseOut {
        CaseOut {
            id: c.id,
            address: c.address,
            generation: c.generation,
            activity: c.activity,
            variant: c.variant,
            verdict: c.verdict,
            exception_code: c.exception_code,
            result_code: c.result_code,
            duration_micros: c.duration_micros,
            saved_at: Time(c.saved_at),
            ran_at: Time(c.ran_at),
        }
    }
}

/// The cases of an address.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CasesIn {
    #[schema(examples("https://saas.example.com/market"))]
    pub address: String,
    #[schema(examples("saas_v2"))]
    pub generation: String,
}

/// What came of one case among many.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CaseResult)]
pub struct CaseResultOut {
    #[schema(examples("dbg_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub case_id: String,
    /// Null when it was not run
    pub run: Option<RunOut>,
    /// Code of the reason why it was not run
    #[schema(examples("debug-too-many"))]
    pub refusal: Option<String>,
}

/// What came of many cases.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CaseResults)]
pub struct CaseResultsOut {
    pub results: Vec<CaseResultOut>,
}

impl From<Vec<(DebugCase, Result<DebugRun, app::AppError>)>> for CaseResultsOut {
    fn from(results: Vec<(DebugCase, Result<DebugRun, app::AppError>)>) -> CaseResultsOut {
        let one = |(case, run): (DebugCase, Result<DebugRun, app::AppError>)| {
            let (run, refusal) = match run {
                Ok(run) => (Some(run.into()), None),
                Err(error) => (None, Some(error.code().to_owned())),
            };
            CaseResultOut { case_id: case.id, run, refusal }
        };
        CaseResultsOut { results: results.into_iter().map(one).collect() }
    }
}

/// A case that a product needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NeededCase)]
pub struct NeededCaseOut {
    #[schema(examples("newInstance"))]
    pub activity: String,
    #[schema(examples("PERIOD"))]
    pub variant: String,
    /// Whether the product cannot be published without it
    pub must: bool,
    /// `PASSED`, `FAILED` or `MISSING`
    #[schema(examples("MISSING"))]
    pub state: String,
}

impl From<CaseGate> for NeededCaseOut {
    fn from(g: CaseGate) -> NeededCaseOut {
        let state = match g.state {
            GateState::Passed => "PASSED",
            GateState::Failed => "FAILED",
            GateState::Missing => "MISSING",
        };
        NeededCaseOut {
            activity: g.activity.to_owned(),
            variant: g.variant.to_owned(),
            must: g.must,
            state: state.to_owned(),
        }
    }
}

/// Calls to restart: these ids, or those of the filter that have stopped or wait for a retry.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestartsIn {
    /// At most 200; without ids the filter counts
    #[serde(default)]
    #[schema(examples(json!(["cal_01JABCDEFGHJKMNPQRSTVWXYZ0"])))]
    pub ids: Option<Vec<String>>,
    /// Made at or after this time
    #[serde(default)]
    pub from: Option<Time>,
    /// Made before this time
    #[serde(default)]
    pub to: Option<Time>,
    /// `RETRYING` or `STOPPED`; both when it is left out
    #[serde(default)]
    #[schema(examples("STOPPED"))]
    pub state: Option<String>,
}

/// A call that was not restarted.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RefusedCall)]
pub struct RefusedCallOut {
    #[schema(examples("cal_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    #[schema(examples("call-waits-behind"))]
    pub code: String,
}

/// What came of restarting many calls.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Restarted)]
pub struct RestartedOut {
    /// Ids of the calls that began again
    pub restarted: Vec<String>,
    pub refused: Vec<RefusedCallOut>,
}

impl From<Restarted> for RestartedOut {
    fn from(done: Restarted) -> RestartedOut {
        let refused = done.refused.into_iter().map(|(id, code)| RefusedCallOut { id, code }).collect();
        RestartedOut { restarted: done.restarted, refused }
    }
}
