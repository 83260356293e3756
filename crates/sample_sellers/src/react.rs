//! From a received call to a decided answer: verify, read, act, remember.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use protocol::answer::{AppInfo, InstanceInfo};
use protocol::call::Call as WireCall;
use protocol::field_cipher::{self, Algorithm};
use protocol::seller::{Encryption, Endpoint, NonceMemory, Received, Refused, Reply};
use protocol::{Generation, auth_token, canonical, query, result_code, saas_v1, saas_v2, signature, times};
use serde_json::{Value, json};

use crate::book::{Book, Instance, Outcome, Setting};
use crate::deed::Deed;
use crate::faults::Faults;
use crate::kit::random_iv;
use crate::seller::{Call, Contact, LOG_LENGTH, Shared};

/// A finished decision, ready to be sent.
pub(crate) struct Decided {
    pub(crate) answer: Value,
    pub(crate) result_code: String,
    /// The key that signs the answer.
    pub(crate) key: String,
    /// The switches that apply to this call.
    pub(crate) faults: Faults,
}

impl Shared {
    pub(crate) fn react(&mut self, query: &str, body: Option<&[u8]>, now_ms: i64) -> Decided {
        let received = self.receive(query, body, now_ms);
        let activity = received.as_ref().ok().map(|received| received.call.activity());
        let faults = if self.faults.concern(activity) { self.faults.clone() } else { Faults::default() };
        let contact = received.as_ref().map_or_else(|_| Ok(Contact::default()), |received| self.contact(received));
        let outcome = match (&received, &contact) {
            (Err(refused), _) => Outcome::new(refused.code, refused.message.clone()),
            (Ok(_), Err(field)) => Outcome::new(result_code::INVALID_PARAMETER, format!("{field} cannot be decrypted")),
            (Ok(received), Ok(_)) => self.decide(received, &faults),
        };
        let key = self.key_for(&received, body.is_none());
        let answer = self.answer(&outcome, received.as_ref().ok(), &key, &faults);
        self.effects.extend(outcome.effect.clone());
        let result_code = outcome.code.clone();
        self.remember(query, body, now_ms, received.ok(), contact.unwrap_or_default(), outcome);
        Decided { answer, result_code, key, faults }
    }

    fn remember(
        &mut self,
        query: &str,
        body: Option<&[u8]>,
        now_ms: i64,
        received: Option<Received>,
        contact: Contact,
        outcome: Outcome,
    ) {
        if self.calls.len() >= LOG_LENGTH {
            self.calls.pop_front();
        }
        let presented = signature::Presented::from_query(query).unwrap_or_default();
        let call = received.as_ref().map(|received| received.call.clone());
        self.calls.push_back(Call {
            at_ms: now_ms,
            test: received.is_some_and(|received| received.test),
            request: match &call {
                Some(WireCall::SaasV2(request)) => Some(request.clone()),
                _ => None,
            },
            call,
            contact,
            nonce: presented.nonce,
            body: body.map_or_else(|| query.to_owned(), |body| String::from_utf8_lossy(body).into_owned()),
            result_code: outcome.code,
            effect: outcome.effect,
        });
    }

    /// Verifies before it reads anything; a switch may make it careless.
    fn receive(&mut self, query: &str, body: Option<&[u8]>, now_ms: i64) -> Result<Received, Refused> {
        let faults = &self.faults;
        if faults.accept_any_signature {
            return careless(&self.endpoint, query, body);
        }
        let mut scratch = NonceMemory::new();
        let nonces = if faults.accept_replays { &mut scratch } else { &mut self.nonces };
        match body {
            Some(body) => {
                let at = if faults.accept_any_time { signed_at(query) } else { None };
                self.endpoint.receive_post(query, body, at.unwrap_or(now_ms), nonces)
            }
            None => {
                let at = if faults.accept_any_time { stamped_at(query) } else { None };
                self.endpoint.receive_get(query, at.unwrap_or(now_ms))
            }
        }
    }

    /// Decrypts what a SaaS 1.0 purchase tells about the buyer; on failure gives the field's name.
    fn contact(&self, received: &Received) -> Result<Contact, &'static str> {
        let WireCall::SaasV1(saas_v1::Request::NewInstance(r)) = &received.call else {
            return Ok(Contact::default());
        };
        let key = self.endpoint.key_of(received.generation).unwrap_or_default();
        let plain = |name, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => {
                let announced = Some(self.algorithm.encrypt_type());
                let found = field_cipher::decrypt_tolerant(&[key], announced, self.algorithm, text);
                found.map(|decrypted| Some(decrypted.plain)).map_err(|_| name)
            }
        };
        Ok(Contact { mobile_phone: plain("mobilePhone", &r.mobile_phone)?, email: plain("email", &r.email)? })
    }

    fn key_for(&self, received: &Result<Received, Refused>, get: bool) -> String {
        let known = match received {
            Ok(received) => self.endpoint.key_of(received.generation),
            Err(refused) => refused.key.as_deref(),
        };
        known.or_else(|| self.endpoint.fallback_key(get)).unwrap_or_default().to_owned()
    }

    fn decide(&mut self, received: &Received, faults: &Faults) -> Outcome {
        if let Some(code) = &faults.result_code {
            return Outcome::new(code, "switched to this result code");
        }
        if faults.fail_first_n > 0 && self.failures_left > 0 {
            self.failures_left -= 1;
            return Outcome::new(result_code::INTERNAL_ERROR, "one of the first calls");
        }
        let outcome = self.act(received, faults);
        if faults.unknown_succeeds && outcome.code == result_code::UNKNOWN_INSTANCE {
            return Outcome::success(None);
        }
        let changed_nothing = outcome.code == result_code::SUCCESS && outcome.effect.is_none() && !received.test;
        if faults.repetition_fails && changed_nothing && outcome.info.is_none() {
            return Outcome::new(result_code::INTERNAL_ERROR, "done before");
        }
        outcome
    }

    /// Acts on the book. With a file it acts on a copy, saves the copy, and only then keeps it.
    fn act(&mut self, received: &Received, faults: &Faults) -> Outcome {
        let key = self.endpoint.key_of(received.generation).unwrap_or_default().to_owned();
        let plan = std::sync::Arc::clone(&self.plan_lookup);
        let setting = Setting {
            polls_needed: faults.processing_for_polls.unwrap_or(self.polls_needed),
            forgets_orders: faults.forget_orders,
            plan: &*plan,
            // Not guessable without the key, and the same again for the same instance.
            secret: &|id, purpose| signature::sign(&key, purpose, 0, id.as_bytes())[..16].into(),
        };
        let deed = Deed::from(&received.call);
        if received.test && !faults.act_on_tests {
            return Book::rehearse(&deed, &setting);
        }
        let Some(file) = &self.file else {
            return self.book.act(&deed, &setting);
        };
        let mut changed = self.book.clone();
        let outcome = changed.act(&deed, &setting);
        if changed != self.book {
            if let Err(error) = save(file, &changed) {
                tracing::error!(%error, file = %file.display(), "the instances cannot be saved");
                return Outcome::new(result_code::INTERNAL_ERROR, "cannot be saved");
            }
            self.book = changed;
        }
        outcome
    }

    fn answer(&self, outcome: &Outcome, received: Option<&Received>, key: &str, faults: &Faults) -> Value {
        let generation = received.map(|received| received.generation);
        let shows_app = generation == Some(Generation::SaasV1);
        let reply = Reply {
            code: outcome.code.clone(),
            message: outcome.message.clone(),
            instance_id: outcome.instance_id.clone(),
            app_info: outcome.opened.as_ref().filter(|_| shows_app).map(|instance| self.app_info(instance)),
            info: outcome.info.as_ref().map(|info| info.iter().map(|i| self.instance_info(i)).collect()),
            license: outcome.license.clone(),
        };
        let wrong_key = format!("{key}-wrong");
        let encryption = Encryption {
            key: if faults.wrong_encryption_key { &wrong_key } else { key },
            algorithm: self.algorithm,
            draw_iv: &random_iv,
        };
        let encrypted = shows_app && !faults.plain_credentials;
        let mut answer = reply.to_json(encrypted.then_some(encryption));
        if faults.wrong_encrypt_type && answer.get("encryptType").is_some() {
            let other = Algorithm::ALL.into_iter().find(|algorithm| *algorithm != self.algorithm);
            answer["encryptType"] = json!(other.unwrap_or_default().encrypt_type());
        }
        if faults.changed_instance_id
            && outcome.instance_id.is_some()
            && let Some(business_id) = received.and_then(|received| business_id(&received.call))
        {
            answer["instanceId"] = json!(business_id);
        }
        faults.spoil_fields(&mut answer);
        answer
    }

    fn instance_info(&self, instance: &Instance) -> InstanceInfo {
        InstanceInfo {
            instance_id: instance.instance_id.clone(),
            app_info: Some(self.app_info(instance)),
            usage_info: self.usage.get(&instance.instance_id).cloned().unwrap_or_default(),
        }
    }

    fn app_info(&self, instance: &Instance) -> AppInfo {
        let id = utf8_percent_encode(&instance.instance_id, NON_ALPHANUMERIC);
        AppInfo {
            front_end_url: format!("{}/app/{id}", self.public_address),
            admin_url: None,
            user_name: Some("admin".to_owned()),
            password: Some(instance.password.clone()),
            memo: Some("请在首次登录后修改密码 / Change the password after the first log-in".to_owned()),
            encrypt_type: None,
        }
    }
}

fn business_id(call: &WireCall) -> Option<&str> {
    match call {
        WireCall::SaasV2(saas_v2::Request::NewInstance(r)) => Some(&r.business_id),
        WireCall::SaasV1(saas_v1::Request::NewInstance(r)) => Some(&r.business_id),
        _ => None,
    }
}

/// What a seller does who never looks at the signature: the call is signed anew with each key.
fn careless(endpoint: &Endpoint, query: &str, body: Option<&[u8]>) -> Result<Received, Refused> {
    let mut last = endpoint.receive_get("", 0);
    for family in endpoint.families().iter().filter(|family| family.generation.is_get() == body.is_none()) {
        let received = match body {
            Some(body) => {
                let url = signature::signed_url("", &family.key, "N", 1, body);
                endpoint.receive_post(url.trim_start_matches('?'), body, 1, &mut NonceMemory::new())
            }
            None => {
                let pairs = query::decode(query).unwrap_or_default();
                let parameters: auth_token::Parameters = pairs.into_iter().collect();
                let url = auth_token::signed_url("", &family.key, &parameters).unwrap_or_default();
                endpoint.receive_get(url.trim_start_matches('?'), stamped_at(query).unwrap_or_default())
            }
        };
        if received.is_ok() {
            return received;
        }
        last = received;
    }
    last
}

fn signed_at(query: &str) -> Option<i64> {
    signature::Presented::from_query(query).ok()?.timestamp?.parse().ok()
}

fn stamped_at(query: &str) -> Option<i64> {
    let pairs = query::decode(query).ok()?;
    times::parse_time_stamp(&pairs.iter().find(|(name, _)| name == auth_token::TIME_STAMP)?.1)
}

/// Writes beside the file and renames, so that a crash leaves the old or the new text.
///
/// It blocks the caller for the moment of one small file; a seller with a database awaits it.
fn save(file: &Path, book: &Book) -> io::Result<()> {
    let text = canonical::to_canonical(&serde_json::to_value(book)?);
    let fresh = file.with_extension("new");
    let mut out = File::create(&fresh)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&fresh, file)
}
