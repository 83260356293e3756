//! Operations: one transaction each (load, decide, save, enqueue), reads for pages and the API,
//! and the runners of background work. Pages and the API both call these and nothing deeper.

pub mod actor;
pub mod catalogue;
pub mod clock;
pub mod debugging;
mod desk;
pub mod diagnosis;
pub mod error;
pub mod files;
pub mod first_steps;
pub mod four_eyes;
pub mod fulfilment;
pub mod identity;
pub mod jobs;
pub mod ledger;
pub mod mails;
pub mod messages;
pub mod ordering;
mod picture;
pub mod resources;
pub mod secrets;
pub mod settings;
pub mod shelf;
pub mod statistics;
pub mod sweeps;
pub mod test_clock;
mod traces;
pub mod words;
pub mod work;

pub use actor::Actor;
pub use domain;
pub use error::{AppError, FieldError};
pub use store::listing::{PageRequest, Paged};

use clock::Clock;
use domain::settings::Settings;
use gateways::address::Reach;
use gateways::mail::Mailer;
use gateways::seller::SellerClient;
use secrets::SecretBox;
use std::sync::Arc;
use store::Db;
use tokio::sync::Notify;
use words::Words;

/// What the program needs to know from its configuration.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of the market on pages and in mails.
    pub site_name: String,
    /// Address under which people reach it, without a slash at the end.
    pub base_url: String,
    /// How far calls to sellers may reach.
    pub reach: Reach,
    /// Name of this process among the nodes, for claims of jobs.
    pub node: String,
    /// Whether anybody may register a company.
    pub open_registration: bool,
    /// Whether money acts take two operators.
    pub four_eyes: bool,
    /// Account to which bank transfers go, as shown to buyers; may be empty.
    pub bank_account: String,
    /// How people reach whoever runs the market, as shown on its pages; may be empty.
    pub contact: String,
}

/// The application: everything that an operation needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Clock,
    options: Options,
    secrets: SecretBox,
    settings: arc_swap::ArcSwap<Settings>,
    client: SellerClient,
    mailer: Mailer,
    index: Arc<search::ProductIndex>,
    shelf: shelf::ShelfCache,
    words: Words,
    /// Rung when jobs were written, so that the runner looks at once.
    bell: Notify,
    /// Rung when the shelf changed.
    shelf_bell: Notify,
    lanes: jobs::Lanes,
    hashing: identity::Hashing,
}

/// What an [`App`] is made of.
pub struct Parts {
    /// Database, migrated.
    pub db: Db,
    /// Clock.
    pub clock: Clock,
    /// Configuration.
    pub options: Options,
    /// Encryption of secrets at rest.
    pub secrets: SecretBox,
    /// Outgoing mail.
    pub mailer: Mailer,
    /// Search index.
    pub index: Arc<search::ProductIndex>,
    /// Texts.
    pub words: Words,
}

impl App {
    /// Puts the parts together. Fails when the outbound client cannot be set up.
    pub fn new(parts: Parts) -> Result<App, String> {
        let client = SellerClient::new(parts.options.reach)?;
        Ok(App {
            inner: Arc::new(Inner {
                db: parts.db,
                clock: parts.clock,
                options: parts.options,
                secrets: parts.secrets,
                settings: arc_swap::ArcSwap::from_pointee(Settings::default()),
                client,
                mailer: parts.mailer,
                index: parts.index,
                shelf: shelf::ShelfCache::default(),
                words: parts.words,
                bell: Notify::new(),
                shelf_bell: Notify::new(),
                lanes: jobs::Lanes::default(),
                hashing: identity::Hashing::for_machine(),
            }),
        })
    }

    /// The configuration.
    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    /// The texts.
    pub fn words(&self) -> &Words {
        &self.inner.words
    }

    /// Real time now.
    pub fn now(&self) -> domain::time::Timestamp {
        self.inner.clock.now()
    }

    /// The parameters in force.
    pub fn settings(&self) -> Arc<Settings> {
        self.inner.settings.load_full()
    }

    /// Whether the database answers and has the schema of this program.
    pub async fn is_ready(&self) -> bool {
        store::migrations::is_current(&self.inner.db).await.unwrap_or(false)
    }
}
