//! Verifying and reading what comes in.

use super::NonceMemory;
use crate::call::Call;
use crate::difference::{self, SignatureDifference};
use crate::form::RequestProblem;
use crate::generation::Generation;
use crate::signature::{self, Presented};
use crate::{auth_token, license_code, license_v1, online_license, order_notify, result_code, saas_v1, saas_v2};

/// A family that an endpoint speaks, with the key of its interface type (1.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Family {
    /// The family.
    pub generation: Generation,
    /// Access key, or key value of the GET families.
    pub key: String,
}

// Written by hand so that a log line never shows a key.
impl std::fmt::Debug for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Family").field("generation", &self.generation).field("key", &"***").finish()
    }
}

/// One production address: GET for SaaS 1.0 and License 1.0, POST for all others.
///
/// Families with different keys may share it: the key that fits the signature decides which
/// activities may be called. Families with one key are tried in their order, which matters for
/// SaaS 2.0 and online License only, because they share names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    families: Vec<Family>,
}

/// A verified call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What the marketplace wants.
    pub call: Call,
    /// `testFlag` "1": answer well, change nothing.
    pub test: bool,
    /// The family whose rules apply, general License included.
    pub generation: Generation,
    /// The nonce of a POST call.
    pub nonce: Option<String>,
}

/// A call that must not be acted on, with the result code to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// `000001` or `000002`.
    pub code: &'static str,
    /// The reason in English.
    pub message: String,
    /// Both sides of a signature that does not match. For the seller's own log only: it tells a
    /// stranger what the right signature would have been.
    pub difference: Option<Box<SignatureDifference>>,
    /// The key that fitted, when the signature was right; answers are signed with it.
    pub key: Option<String>,
}

impl Refused {
    fn authentication(message: impl Into<String>) -> Self {
        Self { code: result_code::AUTHENTICATION_FAILED, message: message.into(), difference: None, key: None }
    }

    fn parameter(problem: &RequestProblem, key: &str) -> Self {
        let message = problem.to_string().chars().take(crate::answer::limits::RESULT_MSG).collect();
        Self { code: result_code::INVALID_PARAMETER, message, difference: None, key: Some(key.to_owned()) }
    }
}

impl Endpoint {
    /// An endpoint without families; it refuses everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same endpoint with one more family.
    #[must_use]
    pub fn with(mut self, generation: Generation, key: impl Into<String>) -> Self {
        self.families.push(Family { generation, key: key.into() });
        self
    }

    /// The families in their order.
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The key of a family, e.g. to sign an answer with.
    pub fn key_of(&self, generation: Generation) -> Option<&str> {
        self.families.iter().find(|family| family.generation == generation).map(|family| family.key.as_str())
    }

    /// The key for an answer to a call that no key fitted: of the first family with this method.
    pub fn fallback_key(&self, get: bool) -> Option<&str> {
        self.families.iter().find(|family| family.generation.is_get() == get).map(|family| family.key.as_str())
    }

    /// Replaces the key of every family of a generation.
    pub fn set_key(&mut self, generation: Generation, key: impl Into<String>) {
        let key = key.into();
        for family in self.families.iter_mut().filter(|family| family.generation == generation) {
            family.key.clone_from(&key);
        }
    }

    /// The distinct keys of the families that are (or are not) called with GET.
    fn keys(&self, get: bool) -> Vec<&str> {
        let mut keys: Vec<&str> = Vec::new();
        for family in self.families.iter().filter(|family| family.generation.is_get() == get) {
            if !keys.contains(&family.key.as_str()) {
                keys.push(&family.key);
            }
        }
        keys
    }

    /// Verifies and reads a POST call at the time `now_ms` (UNIX milliseconds): signature over the
    /// raw body, window, nonce, and only then the body.
    ///
    /// `query` is the raw query string without `?`.
    ///
    /// # Errors
    /// [`Refused`] with the code to answer.
    pub fn receive_post(
        &self,
        query: &str,
        body: &[u8],
        now_ms: i64,
        nonces: &mut NonceMemory,
    ) -> Result<Received, Refused> {
        let presented = Presented::from_query(query).map_err(|refusal| Refused::authentication(refusal.to_string()))?;
        let keys = self.keys(false);
        let mut refusal = signature::Refusal::Mismatch;
        for key in &keys {
            match signature::verify(key, &presented, body, now_ms) {
                Ok(accepted) if !nonces.remember(&accepted.nonce, now_ms) => {
                    return Err(Refused::authentication("the nonce was used before"));
                }
                Ok(accepted) => {
                    let mut received = self.read(key, false, |generation| read_post(generation, body))?;
                    received.nonce = Some(accepted.nonce);
                    return Ok(received);
                }
                Err(signature::Refusal::Mismatch) => {}
                Err(other) => refusal = other,
            }
        }
        let difference = match refusal {
            signature::Refusal::Mismatch => difference::of_request(&keys, &presented, body).map(Box::new),
            _ => None,
        };
        Err(Refused { difference, ..Refused::authentication(refusal.to_string()) })
    }

    /// Verifies and reads a GET call at the time `now_ms` (UNIX milliseconds).
    ///
    /// `query` is the raw query string without `?`. There is no nonce in these families; sellers
    /// must recognise repeated calls by their order and instance.
    ///
    /// # Errors
    /// [`Refused`] with the code to answer.
    pub fn receive_get(&self, query: &str, now_ms: i64) -> Result<Received, Refused> {
        let keys = self.keys(true);
        let mut refusal = auth_token::Refusal::Mismatch;
        for key in &keys {
            match auth_token::verify(key, query, &known_names(), now_ms) {
                Ok(accepted) => {
                    return self.read(key, true, |generation| read_get(generation, &accepted.parameters));
                }
                Err(auth_token::Refusal::Mismatch) => {}
                Err(other) => refusal = other,
            }
        }
        let difference = match refusal {
            auth_token::Refusal::Mismatch => difference::of_token(&keys, query).map(Box::new),
            _ => None,
        };
        Err(Refused { difference, ..Refused::authentication(refusal.to_string()) })
    }

    fn read(
        &self,
        key: &str,
        get: bool,
        read: impl Fn(Generation) -> Result<(Call, bool), RequestProblem>,
    ) -> Result<Received, Refused> {
        let mut unknown = None;
        let mine = self.families.iter().filter(|family| family.generation.is_get() == get && family.key == key);
        for family in mine {
            match read(family.generation) {
                Ok((call, test)) => return Ok(Received { call, test, generation: family.generation, nonce: None }),
                Err(problem @ RequestProblem::UnknownActivity(_)) => unknown = Some(problem),
                Err(problem) => return Err(Refused::parameter(&problem, key)),
            }
        }
        let problem = unknown.unwrap_or(RequestProblem::Missing("activity"));
        Err(Refused::parameter(&problem, key))
    }
}

fn read_post(generation: Generation, body: &[u8]) -> Result<(Call, bool), RequestProblem> {
    match generation {
        Generation::LicenseCode => {
            license_code::Request::parse(body).map(|(request, test)| (Call::LicenseCode(request), test))
        }
        Generation::OnlineLicense => {
            online_license::Request::parse(body).map(|(request, test)| (Call::OnlineLicense(request), test))
        }
        Generation::OrderNotify => order_notify::parse(body).map(|(order, test)| (Call::OrderNotify(order), test)),
        _ => saas_v2::Request::parse(body).map(|parsed| (Call::SaasV2(parsed.request), parsed.test)),
    }
}

fn read_get(generation: Generation, parameters: &auth_token::Parameters) -> Result<(Call, bool), RequestProblem> {
    match generation {
        Generation::LicenseV1 | Generation::GeneralLicense => {
            let (request, test) = license_v1::Request::parse(parameters)?;
            let general = generation == Generation::GeneralLicense;
            match request.activity() {
                license_v1::Activity::GetLicense => {}
                other if general => return Err(RequestProblem::UnknownActivity(other.as_str().to_owned())),
                _ => {}
            }
            Ok((Call::LicenseV1(request), test))
        }
        _ => saas_v1::Request::parse(parameters).map(|parsed| (Call::SaasV1(parsed.request), parsed.test)),
    }
}

/// Every parameter name of the GET families.
fn known_names() -> Vec<&'static str> {
    let saas = saas_v1::Activity::ALL.iter().flat_map(|activity| activity.fields());
    let license = license_v1::Activity::ALL.iter().flat_map(|activity| activity.fields());
    saas.chain(license).map(|field| field.name).collect()
}
