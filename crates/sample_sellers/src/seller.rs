//! One seller: its keys, its book, its memory of nonces and calls.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use protocol::Generation;
use protocol::answer::UsageInfo;
use protocol::field_cipher::Algorithm;
use protocol::saas_v2::Request;
use protocol::seller::{Endpoint, NonceMemory};
use protocol::{call, result_code};
use tokio::sync::watch;

use crate::book::{Book, Effect, Instance};
use crate::faults::Faults;
use crate::react::Decided;

/// Calls kept in the log; older ones are forgotten.
pub(crate) const LOG_LENGTH: usize = 10_000;

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
    /// The call of whatever family; `None` when it was refused before it could be read.
    pub call: Option<call::Call>,
    /// The request when it is one of SaaS 2.0.
    pub request: Option<Request>,
    /// Mobile number and e-mail address of a SaaS 1.0 purchase, decrypted.
    pub contact: Contact,
    /// Whether it was a debugging request.
    pub test: bool,
    /// The nonce as presented.
    pub nonce: Option<String>,
    /// The raw body as text; of a GET call the raw query string.
    pub body: String,
    /// The result code that the seller decided on (a fault may have hidden it).
    pub result_code: String,
    /// What the call changed; `None` when it changed nothing.
    pub effect: Option<Effect>,
}

/// What a SaaS 1.0 purchase tells about the buyer, decrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// `mobilePhone`.
    pub mobile_phone: Option<String>,
    /// `email`.
    pub email: Option<String>,
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

pub(crate) struct Shared {
    pub(crate) endpoint: Endpoint,
    /// How answers of SaaS 1.0 are encrypted, and which algorithm is tried first on requests.
    pub(crate) algorithm: Algorithm,
    pub(crate) public_address: String,
    /// Polls before an instance is ready when no switch says otherwise.
    pub(crate) polls_needed: u32,
    pub(crate) plan_lookup: Arc<PlanLookup>,
    pub(crate) file: Option<PathBuf>,
    fault_page: bool,
    pub(crate) faults: Faults,
    pub(crate) failures_left: u32,
    pub(crate) book: Book,
    /// Usage to tell, by instance.
    pub(crate) usage: BTreeMap<String, Vec<UsageInfo>>,
    pub(crate) nonces: NonceMemory,
    pub(crate) calls: VecDeque<Call>,
    pub(crate) effects: Vec<Effect>,
}

impl Seller {
    /// A seller that opens every instance at once.
    pub fn instant(access_key: impl Into<String>, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self::speaking(Generation::SaasV2, access_key, clock)
    }

    /// A seller that speaks one family and opens every instance at once; [`Seller::with_family`]
    /// adds others to the same address.
    pub fn speaking(
        generation: Generation,
        key: impl Into<String>,
        clock: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> Self {
        Self::new(Endpoint::new().with(generation, key), Box::new(clock), 0)
    }

    /// A seller that answers creations with `000004`, as well as the first query; the second
    /// query finds the instance ready.
    pub fn asynchronous(access_key: impl Into<String>, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self::new(Endpoint::new().with(Generation::SaasV2, access_key), Box::new(clock), 1)
    }

    /// A seller that refuses every call with `000005` until other switches are set, and lets
    /// `POST /faults` set them.
    pub fn faulty(access_key: impl Into<String>, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let seller = Self::instant(access_key, clock).with_fault_page();
        seller.set_faults(Faults { result_code: Some(result_code::INTERNAL_ERROR.to_owned()), ..Faults::default() });
        seller
    }

    fn new(endpoint: Endpoint, clock: Box<Clock>, polls_needed: u32) -> Self {
        let shared = Shared {
            endpoint,
            algorithm: Algorithm::default(),
            public_address: String::new(),
            polls_needed,
            plan_lookup: Arc::new(|_, _| None),
            file: None,
            fault_page: false,
            faults: Faults::default(),
            failures_left: 0,
            book: Book::default(),
            usage: BTreeMap::new(),
            nonces: NonceMemory::new(),
            calls: VecDeque::new(),
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

    /// Speaks one more family at the same address.
    pub fn with_family(self, generation: Generation, key: impl Into<String>) -> Self {
        {
            let mut shared = self.lock();
            shared.endpoint = std::mem::take(&mut shared.endpoint).with(generation, key);
        }
        self
    }

    /// Sets the algorithm of encrypted fields (SaaS 1.0); AES-256 unless set.
    pub fn with_algorithm(self, algorithm: Algorithm) -> Self {
        self.lock().algorithm = algorithm;
        self
    }

    /// Answers creations with `000004` and as many polls as well before an instance is ready.
    pub fn with_polls(self, polls: u32) -> Self {
        self.lock().polls_needed = polls;
        self
    }

    /// Enters an authorisation code (2.0), as a seller does when a buyer activates it.
    pub fn know_license_code(&self, code: &str) {
        self.lock().book.know_code(code);
    }

    /// Sets the usage that queries tell of an instance.
    pub fn set_usage(&self, instance_id: impl Into<String>, usage: Vec<UsageInfo>) {
        self.lock().usage.insert(instance_id.into(), usage);
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
            Ok(bytes) => serde_json::from_slice::<Book>(&bytes)?.indexed(),
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

    /// Replaces the access key of SaaS 2.0, e.g. after the marketplace issued one.
    pub fn set_access_key(&self, access_key: impl Into<String>) {
        self.set_key(Generation::SaasV2, access_key);
    }

    /// Replaces the key of a family.
    pub fn set_key(&self, generation: Generation, key: impl Into<String>) {
        self.lock().endpoint.set_key(generation, key);
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
        self.lock().calls.iter().cloned().collect()
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

    /// Decides on one call: verify, read, act, remember. Query and body are exactly what was
    /// received; a GET call has no body.
    pub(crate) fn react(&self, query: &str, body: Option<&[u8]>) -> Decided {
        let now_ms = (self.inner.clock)();
        let decided = self.lock().react(query, body, now_ms);
        self.inner.calls_seen.send_modify(|seen| *seen += 1);
        decided
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // A deed is done in one step after everything that can fail, so a panic elsewhere cannot
        // leave the book half changed.
        self.inner.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
