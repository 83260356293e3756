//! The state behind every handler.

use crate::assets::Assets;
use crate::error::PageError;
use crate::limiter::Limiter;
use crate::ready::ReadyPage;
use crate::signing::Signer;
use crate::templates::Templates;
use app::App;
use minijinja::Value;
use moka::sync::Cache;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the web side needs to know from the configuration.
#[derive(Clone)]
pub struct WebOptions {
    /// Whether people come by HTTPS: cookies are then marked so and HSTS is sent.
    pub secure_cookies: bool,
    /// Whether a proxy in front sets `X-Forwarded-For`, `X-Forwarded-Host` and `X-Request-Id`.
    pub trust_proxy: bool,
    /// Key that signs cookies.
    pub signing_key: [u8; 32],
}

/// The axum state of the whole web side. Cheap to clone.
#[derive(Clone)]
pub struct Web {
    /// The application.
    pub app: App,
    inner: Arc<Inner>,
}

struct Inner {
    options: WebOptions,
    signer: Signer,
    templates: Templates,
    assets: Assets,
    fragments: Cache<String, Value>,
    pages: Cache<String, Arc<ReadyPage>>,
    limiter: Limiter,
    started: Instant,
}

/// Most memory for parts of pages, in bytes; filled only as visitors come.
const FRAGMENT_BYTES: u64 = 8 << 20;
/// Most memory for whole pages and their packed forms, in bytes.
const PAGE_BYTES: u64 = 24 << 20;
/// Longest life of ready HTML. Keys carry the number of the shelf's state, so a change shows at once.
const LIFE: Duration = Duration::from_secs(120);

/// Posts per minute and address on the log-in forms unless set otherwise.
const FORM_RATE: u32 = 20;

impl Web {
    /// Puts the state together; fails when a template does not parse.
    pub fn new(app: App, options: WebOptions) -> Result<Web, String> {
        Web::with_form_rate(app, options, FORM_RATE)
    }

    /// The same with another number of posts per minute and address on the log-in forms.
    pub fn with_form_rate(app: App, options: WebOptions, per_minute: u32) -> Result<Web, String> {
        let assets = Assets::built_in();
        let clock = app.clone();
        let templates = Templates::built_in(app.words().clone(), assets.versions(), move || clock.now())?;
        let signer = Signer::new(options.signing_key);
        let size = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        let fragments = Cache::builder()
            .weigher(move |key: &String, html: &Value| size(key.len() + html.as_str().map_or(0, str::len)))
            .max_capacity(FRAGMENT_BYTES)
            .time_to_live(LIFE)
            .build();
        let pages = Cache::builder()
            .weigher(move |key: &String, page: &Arc<ReadyPage>| size(key.len() + page.weight()))
            .max_capacity(PAGE_BYTES)
            .time_to_live(LIFE)
            .build();
        let limiter = Limiter::new(per_minute, 10_000);
        Ok(Web {
            app,
            inner: Arc::new(Inner {
                options,
                signer,
                templates,
                assets,
                fragments,
                pages,
                limiter,
                started: Instant::now(),
            }),
        })
    }

    /// The configuration.
    pub fn options(&self) -> &WebOptions {
        &self.inner.options
    }

    /// Signs cookies.
    pub fn signer(&self) -> &Signer {
        &self.inner.signer
    }

    /// The templates.
    pub fn templates(&self) -> &Templates {
        &self.inner.templates
    }

    /// The assets.
    pub fn assets(&self) -> &Assets {
        &self.inner.assets
    }

    /// Limits posts on the log-in forms.
    pub fn limiter(&self) -> &Limiter {
        &self.inner.limiter
    }

    /// Milliseconds since the start, by a clock that never goes back.
    pub fn uptime_millis(&self) -> u64 {
        u64::try_from(self.inner.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Ready HTML kept for two minutes under `key`. Put into the key whatever the HTML depends on,
    /// the language first of all.
    pub fn cached_fragment(
        &self,
        key: &str,
        make: impl FnOnce() -> Result<String, PageError>,
    ) -> Result<Value, PageError> {
        if let Some(found) = self.inner.fragments.get(key) {
            return Ok(found);
        }
        let made = Value::from_safe_string(make()?);
        self.inner.fragments.insert(key.to_owned(), made.clone());
        Ok(made)
    }

    /// A whole page, kept in the same way with its packed form.
    pub fn ready_page(
        &self,
        key: &str,
        make: impl FnOnce() -> Result<String, PageError>,
    ) -> Result<Arc<ReadyPage>, PageError> {
        if let Some(found) = self.inner.pages.get(key) {
            return Ok(found);
        }
        let made = Arc::new(ReadyPage::new(make()?));
        self.inner.pages.insert(key.to_owned(), Arc::clone(&made));
        Ok(made)
    }
}
