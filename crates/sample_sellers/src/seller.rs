//! One seller: its key, its book, its memory of nonces and calls.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use protocol::saas_v2::{ParsedRequest, Request};
use protocol::{canonical, result_code, signature};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::book::{Book, Effect, Instance, Outcome, Setting};
use crate::faults::Faults;

/// How long a nonce is remembered, in milliseconds: twice the window (13, item 2).
const NONCE_MEMORY_MS: i64 = 2 * signature::WINDOW_MS;

/// Calls kept in the log; older ones are forgotten.
const LOG_LENGTH: usize = 10_000;

/// The system clock in UNIX milliseconds.
pub fn system_clock() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|elapsed| i64::try_from(elapsed.as_millis()).ok())
        .unwrap_or(0)
}

/// One received call as the seller saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Seller's clock in UNIX milliseconds.
    pub at_ms: i64,
    /// The request; `None` when it was refused before it could be read.
    pub request: Option<Request>,
    /// Whether it was a debugging request.
    pub test: bool,
    /// The nonce as presented.
    pub nonce: Option<String>,
    /// The raw body as text.
    pub body: String,
    /// The result code that the seller decided on (a fault may have hidden it).
    pub result_code: String,
    /// What the call changed; `None` when it changed nothing.
    pub effect: Option<Effect>,
}

/// A finished decision, ready to be sent.
pub(crate) struct Reply {
    pub(crate) answer: Value,
    pub(crate) access_key: String,
    /// The switches that apply to this call.
    pub(crate) faults: Faults,
}

type Clock = dyn Fn() -> i64 + Send + Sync;
type PlanLookup = dyn Fn(&str, &str) -> Option<String> + Send + Sync;

/// A sample seller. Clones share their state.
#[derive(Clone)]
pub struct Seller {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Box<Clock>,
    shared: Mutex<Shared>,
    calls_seen: watch::Sender<usize>,
    stop: watch::Sender<bool>,
}

struct Shared {
    access_key: String,
    public_address: String,
    /// Polls before an instance is ready when no switch says otherwise.
    polls_needed: u32,
    plan_lookup: Arc<PlanLookup>,
    file: Option<PathBuf>,
    fault_page: bool,
    faults: Faults,
    failures_left: u32,
    book: Book,
    nonces: BTreeMap<String, i64>,
    calls: Vec<Call>,
    effects: Vec<Effect>,
}

impl Seller {
    /// A seller that opens every instance at once.
    pub fn instant(access_key: impl Into<String>, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self::new(access_key.into(), Box::new(clock), 0)
    }

    /// A seller that answers creations with `000004`, as well as the first query; the second
    /// query finds the instance ready.
    pub fn asynchronous(access_key: impl Into<String>, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self::new(access_key.into(), Box::new(clock), 1)
    }

    /// A seller that refuses every call with `000005` until other switches are set, and lets
    /// `POST /faults` set them.
    pub fn faulty(access_key: impl Into<String>, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let seller = Self::new(access_key.into(), Box::new(clock), 0).with_fault_page();
        seller.set_faults(Faults { result_code: Some(result_code::INTERNAL_ERROR.to_owned()), ..Faults::default() });
        seller
    }

    fn new(access_key: String, clock: Box<Clock>, polls_needed: u32) -> Self {
        let shared = Shared {
            access_key,
            public_address: String::new(),
            polls_needed,
            plan_lookup: Arc::new(|_, _| None),
            file: None,
            fault_page: false,
            faults: Faults::default(),
            failures_left: 0,
            book: Book::default(),
            nonces: BTreeMap::new(),
            calls: Vec::new(),
            effects: Vec::new(),
        };
        Self {
            inner: Arc::new(Inner {
                clock,
                shared: Mutex::new(shared),
                calls_seen: watch::Sender::new(0),
                stop: watch::Sender::new(false),
            }),
        }
    }

    /// Sets the address under which buyers reach this server, e.g. `https://app.example`; without
    /// it the address of the listener is used.
    pub fn with_public_address(self, address: impl Into<String>) -> Self {
        self.lock().public_address = address.into().trim_end_matches('/').to_owned();
        self
    }

    /// Sets how the name of a plan is found from order ID and order line ID; a real seller calls
    /// Query Order here.
    pub fn with_plan_lookup(self, lookup: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.lock().plan_lookup = Arc::new(lookup);
        self
    }

    /// Opens `GET` and `POST /faults`. Anybody who reaches the server can then use it.
    pub fn with_fault_page(self) -> Self {
        self.lock().fault_page = true;
        self
    }

    /// Reads the instances from a JSON file and saves every change to it; the file need not exist.
    ///
    /// # Errors
    /// When the file exists and cannot be read or understood.
    pub fn with_file(self, file: impl Into<PathBuf>) -> io::Result<Self> {
        let file = file.into();
        let book = match fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Book::default(),
            Err(error) => return Err(error),
        };
        {
            let mut shared = self.lock();
            shared.book = book;
            shared.file = Some(file);
        }
        Ok(self)
    }

    /// Replaces the access key, e.g. after the marketplace issued one.
    pub fn set_access_key(&self, access_key: impl Into<String>) {
        self.lock().access_key = access_key.into();
    }

    /// Sets the switches; `fail_first_n` starts to count anew.
    pub fn set_faults(&self, faults: Faults) {
        let mut shared = self.lock();
        shared.failures_left = faults.fail_first_n;
        shared.faults = faults;
    }

    /// The switches as they are set.
    pub fn faults(&self) -> Faults {
        self.lock().faults.clone()
    }

    /// The received calls in order, the last 10 000.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// Everything that happened to the business since the start of this process, in order.
    pub fn effects(&self) -> Vec<Effect> {
        self.lock().effects.clone()
    }

    /// How many instances were opened for an order line since the start of this process.
    pub fn created_count(&self, order_id: &str, order_line_id: &str) -> usize {
        let is_it = |effect: &&Effect| {
            matches!(effect, Effect::Created { order_id: o, order_line_id: l, .. }
                if o == order_id && l == order_line_id)
        };
        self.lock().effects.iter().filter(is_it).count()
    }

    /// All instances, released ones included, ordered by ID.
    pub fn instances(&self) -> Vec<Instance> {
        self.lock().book.instances.values().cloned().collect()
    }

    /// One instance by ID.
    pub fn instance(&self, instance_id: &str) -> Option<Instance> {
        self.lock().book.instances.get(instance_id).cloned()
    }

    /// Waits until at least `count` calls were decided on since the start of this process.
    ///
    /// A call with a delay counts before it is answered.
    pub async fn wait_for_calls(&self, count: usize) {
        let mut seen = self.inner.calls_seen.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = seen.wait_for(|seen| *seen >= count).await;
    }

    pub(crate) fn stop(&self) {
        self.inner.stop.send_replace(true);
    }

    pub(crate) async fn stopped(&self) {
        let mut stop = self.inner.stop.subscribe();
        let _ = stop.wait_for(|stop| *stop).await;
    }

    pub(crate) fn has_fault_page(&self) -> bool {
        self.lock().fault_page
    }

    pub(crate) fn set_default_public_address(&self, address: String) {
        let mut shared = self.lock();
        if shared.public_address.is_empty() {
            shared.public_address = address;
        }
    }

    /// Decides on one call: verify, read, act, remember. `body` is exactly what was received.
    pub(crate) fn react(&self, query: &str, body: &[u8]) -> Reply {
        let now_ms = (self.inner.clock)();
        let mut shared = self.lock();
        let reply = shared.react(query, body, now_ms);
        drop(shared);
        self.inner.calls_seen.send_modify(|seen| *seen += 1);
        reply
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // The book is replaced as a whole, so a panic elsewhere cannot leave it half changed.
        self.inner.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn react(&mut self, query: &str, body: &[u8], now_ms: i64) -> Reply {
        let presented = signature::Presented::from_query(query).unwrap_or_default();
        let parsed = self.read(&presented, body, now_ms);
        let activity = parsed.as_ref().ok().map(|p| p.request.activity().as_str());
        let faults = if self.faults.concern(activity) { self.faults.clone() } else { Faults::default() };
        let outcome = match &parsed {
            Ok(parsed) => self.decide(parsed, &faults),
            Err((code, message)) => Outcome::new(code, message.clone()),
        };
        let answer = self.answer(&outcome, parsed.as_ref().ok(), &faults);
        self.effects.extend(outcome.effect.clone());
        if self.calls.len() >= LOG_LENGTH {
            self.calls.remove(0);
        }
        let parsed = parsed.ok();
        self.calls.push(Call {
            at_ms: now_ms,
            test: parsed.as_ref().is_some_and(|p| p.test),
            request: parsed.map(|p| p.request),
            nonce: presented.nonce,
            body: String::from_utf8_lossy(body).into_owned(),
            result_code: outcome.code,
            effect: outcome.effect,
        });
        Reply { answer, access_key: self.access_key.clone(), faults }
    }

    /// Verifies before it reads anything; on refusal gives the result code and the message.
    fn read(
        &mut self,
        presented: &signature::Presented,
        body: &[u8],
        now_ms: i64,
    ) -> Result<ParsedRequest, (&'static str, String)> {
        self.verify(presented, body, now_ms).map_err(|message| (result_code::AUTHENTICATION_FAILED, message))?;
        Request::parse(body).map_err(|problem| (result_code::INVALID_PARAMETER, problem.to_string()))
    }

    /// Signature, window, nonce; the nonce is remembered only when the signature is right.
    fn verify(&mut self, presented: &signature::Presented, body: &[u8], now_ms: i64) -> Result<(), String> {
        let accepted =
            signature::verify(&self.access_key, presented, body, now_ms).map_err(|refusal| refusal.to_string())?;
        self.nonces.retain(|_, seen| now_ms.saturating_sub(*seen) <= NONCE_MEMORY_MS);
        match self.nonces.insert(accepted.nonce, now_ms) {
            None => Ok(()),
            Some(_) => Err("the nonce was used before".to_owned()),
        }
    }

    fn decide(&mut self, parsed: &ParsedRequest, faults: &Faults) -> Outcome {
        if let Some(code) = &faults.result_code {
            return Outcome::new(code, "switched to this result code");
        }
        if faults.fail_first_n > 0 && self.failures_left > 0 {
            self.failures_left -= 1;
            return Outcome::new(result_code::INTERNAL_ERROR, "one of the first calls");
        }
        self.act(parsed, faults)
    }

    /// Acts on a copy of the book, saves the copy, and only then answers and keeps it.
    fn act(&mut self, parsed: &ParsedRequest, faults: &Faults) -> Outcome {
        let access_key = self.access_key.clone();
        let setting = Setting {
            polls_needed: faults.processing_for_polls.unwrap_or(self.polls_needed),
            plan: &*self.plan_lookup,
            // Not guessable without the key, and the same again for the same instance.
            password: &|id| signature::sign(&access_key, "password", 0, id.as_bytes())[..16].into(),
        };
        if parsed.test {
            return Book::rehearse(&parsed.request, &setting);
        }
        let mut changed = self.book.clone();
        let outcome = changed.act(&parsed.request, &setting);
        if changed != self.book {
            if let Some(file) = &self.file
                && let Err(error) = save(file, &changed)
            {
                tracing::error!(%error, file = %file.display(), "the instances cannot be saved");
                return Outcome::new(result_code::INTERNAL_ERROR, "cannot be saved");
            }
            self.book = changed;
        }
        outcome
    }

    fn answer(&self, outcome: &Outcome, parsed: Option<&ParsedRequest>, faults: &Faults) -> Value {
        let mut answer = json!({"resultCode": outcome.code, "resultMsg": outcome.message});
        if let Some(id) = &outcome.instance_id {
            answer["instanceId"] = json!(id);
        }
        if let Some(info) = &outcome.info {
            let elements = info.iter().map(|instance| self.info(instance));
            answer["info"] = elements.collect();
        }
        if faults.changed_instance_id
            && outcome.instance_id.is_some()
            && let Some(Request::NewInstance(r)) = parsed.map(|p| &p.request)
        {
            answer["instanceId"] = json!(r.business_id);
        }
        faults.spoil_fields(&mut answer);
        answer
    }

    fn info(&self, instance: &Instance) -> Value {
        let id = utf8_percent_encode(&instance.instance_id, NON_ALPHANUMERIC);
        json!({
            "instanceId": instance.instance_id,
            "appInfo": {
                "frontEndUrl": format!("{}/app/{id}", self.public_address),
                "userName": "admin",
                "password": instance.password,
                "memo": "请在首次登录后修改密码 / Change the password after the first log-in",
            },
        })
    }
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
