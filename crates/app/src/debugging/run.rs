//! A debug call: signed as a command, or sent and judged.

use super::wish::{invalid, scenario};
use super::{DebugWish, debugger, within};
use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::fulfilment::{keep_exchange, kept_body, keys_of};
use crate::work::Work;
use domain::debugging::CALLS_PER_MINUTE;
use domain::text::Language;
use domain::time::MINUTE;
use protocol::call::{Call, CallProblem, JudgeSettings, SignedCall, Signing};
use protocol::difference::{Side, SignatureDifference};
use protocol::field_cipher::{Algorithm, Iv, encrypt};
use protocol::form::TestFlag;
use protocol::scenario::{Scenario, is_encrypted};
use protocol::{Verdict, signature};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::debugging::{CaseRun, DebugCase};
use store::fulfilment::Attempt;

/// Most seconds that a seller's server may take here: somebody waits for the page, which itself has to
/// answer in time.
const LONGEST: u64 = 25;

/// What one side signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signed {
    /// The text that was signed, the key masked; empty when it is not known.
    pub canonical: String,
    /// The signature as text.
    pub signature: String,
}

impl From<Side> for Signed {
    fn from(side: Side) -> Signed {
        Signed { canonical: side.canonical.unwrap_or_default(), signature: side.signature }
    }
}

/// Both sides of a signature that does not match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What the market computes.
    pub ours: Signed,
    /// What the seller's server presented.
    pub theirs: Signed,
    /// First byte in which the canonical strings differ.
    pub canonical_at: Option<usize>,
    /// First byte in which the signatures differ.
    pub signature_at: Option<usize>,
    /// What explains it, as a sentence.
    pub cause: String,
}

impl Difference {
    pub(super) fn of(found: SignatureDifference, language: protocol::Language) -> Difference {
        Difference {
            cause: found.explain(language),
            ours: found.ours.into(),
            theirs: found.theirs.into(),
            canonical_at: found.canonical_at,
            signature_at: found.signature_at,
        }
    }
}

/// A debug call with everything that is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebugRun {
    /// Address, tab and parameters; the business ID as it was sent.
    pub wish: DebugWish,
    /// Request and answer as they are kept of real calls: signature and passwords masked.
    pub attempt: Attempt,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Request headers.
    pub request_headers: Vec<(&'static str, &'static str)>,
    /// What the market signed.
    pub signed: Signed,
    /// What was found, in plain words; empty of a call that succeeded.
    pub found: String,
    /// What to do about it.
    pub advice: String,
    /// Section of the specification whose rule was broken.
    pub section: &'static str,
    /// What a successful answer could do better.
    pub remarks: Vec<String>,
    /// Both sides of a `Body-Sign` that does not match.
    pub difference: Option<Difference>,
    /// The case as which it was saved.
    pub case_id: Option<String>,
}

impl DebugRun {
    /// Whether the call succeeded or was accepted.
    pub fn passed(&self) -> bool {
        self.attempt.verdict != "FAILURE"
    }

    pub(super) fn outcome(&self) -> CaseRun {
        CaseRun {
            verdict: self.attempt.verdict.clone(),
            exception_code: self.attempt.exception_code.clone(),
            result_code: self.attempt.result_code.clone(),
            duration_micros: self.attempt.duration_micros,
        }
    }
}

/// A call that is ready to be sent, with the keys that may sign its answer.
struct Ready {
    wish: DebugWish,
    call: Call,
    signed: SignedCall,
    keys: Arc<[String]>,
}

pub(super) fn words(language: Language) -> protocol::Language {
    match language {
        Language::Zh => protocol::Language::Zh,
        Language::En => protocol::Language::En,
    }
}

/// The values as they are sent: what travels encrypted is encrypted (seller interface 3.4).
fn sent_values(scenario: &Scenario, values: &BTreeMap<String, String>, key: &str) -> BTreeMap<String, String> {
    let sent = |(name, value): (&String, &String)| {
        let secret = is_encrypted(scenario.generation, name) && !value.trim().is_empty();
        let iv = || Iv::from_random(&crate::secrets::random_bytes());
        let value = if secret { encrypt(key, Algorithm::Aes256, iv(), value.trim()) } else { value.clone() };
        (name.clone(), value)
    };
    values.iter().map(sent).collect()
}

/// Bytes of the longest production address, as products have it.
const MOST_ADDRESS: usize = 512;

/// Counts a debug call; refused when there were as many as a minute may have.
pub(super) fn count(work: &mut Work<'_, '_>, owner: &str) -> Result<(), AppError> {
    // One after the other, so that many at once are counted too.
    store::standing::lock_buyer(work.tx, owner)?;
    let (id, now) = (domain::id::text("dbc", work.seed()), work.real_now);
    let span = (now.plus(-MINUTE), now);
    match store::debugging::count_call(work.tx, owner, &id, span, CALLS_PER_MINUTE)? {
        true => Ok(()),
        false => Err(AppError::Refused("debug-too-many")),
    }
}

/// Both sides of a `Body-Sign` are the whole answer: with a buyer's password in it they are not shown.
fn without_passwords(mut found: SignatureDifference) -> SignatureDifference {
    for side in [&mut found.ours, &mut found.theirs] {
        side.canonical = side.canonical.take().filter(|text| kept_body(text.as_bytes()) == *text);
    }
    found
}

impl App {
    /// The command that sends the call: a `curl` line, or the link of a generation that is called by
    /// GET. Its signature expires; nothing is sent and nothing is kept.
    pub async fn debug_command(&self, actor: &Actor, wish: DebugWish) -> Result<String, AppError> {
        let ready = self.ready(actor, wish, false).await?;
        let by_link = ready.call.generation().is_get();
        Ok(if by_link { ready.signed.url } else { ready.signed.curl() })
    }

    /// Sends a debug call and shows what came of it; `save` keeps it as a case when it succeeded.
    pub async fn debug(
        &self,
        actor: &Actor,
        wish: DebugWish,
        save: bool,
        language: Language,
    ) -> Result<DebugRun, AppError> {
        let ready = self.ready(actor, wish, true).await?;
        let mut run = self.send_debug(ready, language).await;
        if save && run.passed() {
            run.case_id = Some(self.save_case(actor, &run).await?);
        }
        Ok(run)
    }

    /// Checks the wish, counts the call when it will be sent, and signs it.
    async fn ready(&self, actor: &Actor, mut wish: DebugWish, sent: bool) -> Result<Ready, AppError> {
        let member = debugger(actor)?.clone();
        wish.address = wish.address.trim().to_owned();
        if wish.address.len() > MOST_ADDRESS || self.options().reach.check_url(&wish.address).is_err() {
            return Err(AppError::field("address", "address-form"));
        }
        let scenario = scenario(&wish)?;
        if wish.values.get("businessId").is_none_or(|id| id.trim().is_empty()) && scenario.has_parameter("businessId") {
            wish.values.insert("businessId".into(), self.fresh_business_id());
        }
        scenario.build(&wish.values).map_err(invalid)?;
        let (secrets, address, activity) = (self.inner.secrets.clone(), wish.address.clone(), wish.activity.clone());
        let (keys, now) = self
            .act(actor, move |work| {
                let owner = &member.organisation_id;
                within(work.tx, &member, &address)?;
                let mut keys = keys_of(work, std::slice::from_ref(owner), &secrets)?;
                let keys = keys.remove(owner).ok_or(AppError::Refused("no-access-key"))?;
                if sent {
                    count(work, owner)?;
                }
                let what = json!({"address": address, "activity": activity, "sent": sent});
                work.audit(owner, "debug.signed", "organisation", owner, &what);
                Ok((keys, work.real_now))
            })
            .await?;
        let key = keys.first().map_or("", String::as_str);
        let call = scenario.build(&sent_values(&scenario, &wish.values, key)).map_err(invalid)?;
        let nonce = signature::nonce_from_bytes(&crate::secrets::random_bytes::<32>());
        let signing =
            Signing { address: &wish.address, key, nonce: &nonce, now_ms: now.millis(), test_flag: TestFlag::Test };
        let signed = call.sign(&signing).map_err(|problem| match problem {
            CallProblem::Address(_) => AppError::field("address", "address-form"),
            other => AppError::Internal(other.to_string()),
        })?;
        Ok(Ready { wish, call, signed, keys })
    }

    async fn send_debug(&self, ready: Ready, language: Language) -> DebugRun {
        let Ready { wish, call, signed, keys } = ready;
        let limit = u64::try_from(self.settings().call_timeout_seconds).unwrap_or(20).min(LONGEST);
        let at = self.now().micros();
        let outcome = self.inner.client.send(&signed, Duration::from_secs(limit)).await;
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let settings = JudgeSettings { debugging: true, ..JudgeSettings::of(call.generation()) };
        let verdict = call.judge(&outcome.exchange, &keys, settings);
        let mut attempt = Attempt {
            attempt_no: 1,
            at,
            trigger_kind: "MANUAL".into(),
            activity: call.activity().to_owned(),
            url: signed.masked_url(),
            request_body: signed.body.clone().unwrap_or_default(),
            ..Attempt::default()
        };
        keep_exchange(&verdict, outcome, &mut attempt);
        let (found, advice, section) = match &verdict {
            Verdict::Failure(failure) => {
                let told = failure.explain(words(language));
                (told.found, told.advice, told.section)
            }
            _ => (String::new(), String::new(), ""),
        };
        let (remarks, difference) = match verdict {
            Verdict::Success(answer) | Verdict::Processing(answer) => (call.remarks(&answer), None),
            Verdict::Failure(failure) => (Vec::new(), failure.difference),
        };
        DebugRun {
            wish,
            attempt,
            method: if call.generation().is_get() { "GET" } else { "POST" },
            request_headers: signed.headers(),
            signed: signed.signed.into(),
            found,
            advice,
            section,
            remarks: remarks.iter().map(|remark| remark.text(words(language))).collect(),
            difference: difference.map(|found| Difference::of(without_passwords(*found), words(language))),
            case_id: None,
        }
    }

    async fn save_case(&self, actor: &Actor, run: &DebugRun) -> Result<String, AppError> {
        let owner = debugger(actor)?.organisation_id.clone();
        let mut values = run.wish.values.clone();
        // Drawn anew with every call.
        values.remove("businessId");
        let parameters_cipher =
            self.inner.secrets.seal(&serde_json::to_string(&values)?).map_err(AppError::Internal)?;
        let (wish, outcome) = (run.wish.clone(), run.outcome());
        self.act(actor, move |work| {
            let case = DebugCase {
                id: domain::id::DebugCaseId::new(work.seed()).to_string(),
                organisation_id: owner.clone(),
                address: wish.address.clone(),
                generation: wish.generation.clone(),
                activity: wish.activity.clone(),
                variant: wish.variant.clone(),
                parameters_cipher: parameters_cipher.clone(),
                verdict: outcome.verdict.clone(),
                exception_code: outcome.exception_code.clone(),
                result_code: outcome.result_code.clone(),
                duration_micros: outcome.duration_micros,
                saved_at: work.real_now,
                ran_at: work.real_now,
            };
            let id = store::debugging::save_case(work.tx, &case)?;
            let detail =
                serde_json::json!({"address": case.address, "activity": case.activity, "variant": case.variant});
            work.audit(&owner, "case.saved", "case", &id, &detail);
            Ok(id)
        })
        .await
    }
}
