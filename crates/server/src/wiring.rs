//! Puts the parts of a running market together.

use crate::config::Config;
use crate::private;
use app::clock::Clock;
use app::secrets::SecretBox;
use app::words::Words;
use app::{App, Options, Parts};
use axum::Router;
use gateways::address::Reach;
use gateways::mail::Mailer;
use search::{OpenError, OpenOptions, ProductIndex};
use std::path::Path;
use std::sync::Arc;
use store::Db;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use web_kit::Web;
use web_kit::state::WebOptions;

/// Words of the trade that the dictionary does not know. Changing them rebuilds the index.
const TRADE_WORDS: &[&str] =
    &["云坊", "进销存", "低代码", "无代码", "工单", "商旅", "电子签", "电子合同", "数据中台", "客户服务商", "服务监管"];

/// An assembled market.
pub struct Market {
    /// The application.
    pub app: App,
    /// The key that signs cookies and encrypts secrets.
    pub key: [u8; 32],
}

/// Opens the database and brings its schema up to date.
pub async fn open_database(config: &Config) -> Result<Db, String> {
    private::folder(&config.data.folder).map_err(|e| format!("{}: {e}", config.data.folder.display()))?;
    private_file(config)?;
    let db = Db::open(&config.database.url.0).await.map_err(|e| explain_database(config, &e.to_string()))?;
    store::collation::check(&db).await.map_err(|e| e.to_string())?;
    let now = Clock::System.now();
    let steps = store::migrations::migrate(&db, now).await.map_err(|e| e.to_string())?;
    if !steps.is_empty() {
        tracing::info!(?steps, "schema brought up to date");
    }
    Ok(db)
}

/// The database file belongs to this program alone: it holds password hashes and sessions. SQLite
/// makes its other files with the same rights.
#[cfg(unix)]
fn private_file(config: &Config) -> Result<(), String> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let Some(path) = config.sqlite_path() else { return Ok(()) };
    let fault = |e: std::io::Error| format!("database.url: {}: {e}", path.display());
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| format!("database.url: folder {}: {e}", folder.display()))?;
    }
    let file = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(fault)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(fault)?;
    for suffix in ["-wal", "-shm"] {
        let mut beside = path.clone().into_os_string();
        beside.push(suffix);
        // It may not be there; a present one of an older version is closed to others.
        let _ = std::fs::set_permissions(Path::new(&beside), std::fs::Permissions::from_mode(0o600));
    }
    Ok(())
}

#[cfg(not(unix))]
fn private_file(_config: &Config) -> Result<(), String> {
    Ok(())
}

/// A database that does not open, in plain words.
fn explain_database(config: &Config, cause: &str) -> String {
    let advice = if config.sqlite_path().is_some() {
        "check that the folder exists and that this user may write there"
    } else if cause.contains("does not exist") {
        "create it first, for example: createdb NAME"
    } else if cause.contains("password") || cause.contains("authentication") {
        "check user and password in DATABASE_URL or database.url"
    } else {
        "check that the server runs and that host, port and name in DATABASE_URL or database.url are right"
    };
    format!("the database cannot be opened: {cause}\n  {advice}")
}

/// The installation's secret key: from the settings, or from a file that is made once.
pub fn secret_key(config: &Config) -> Result<[u8; 32], String> {
    let text = if config.secrets.key.0.is_empty() {
        let file = config.data.folder.join("secret.key");
        match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => make_key(&file)?,
            Err(e) => return Err(format!("{}: {e}", file.display())),
        }
    } else {
        config.secrets.key.0.clone()
    };
    hex::decode(text.trim())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| "the secret key is not 64 hexadecimal digits".to_owned())
}

fn make_key(file: &Path) -> Result<String, String> {
    use std::io::Write;
    let fault = |e: std::io::Error| format!("{}: {e}", file.display());
    if let Some(folder) = file.parent() {
        private::folder(folder).map_err(fault)?;
    }
    let text = hex::encode(rand::random::<[u8; 32]>());
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).and_then(|mut f| f.write_all(text.as_bytes())).map_err(fault)?;
    Ok(text)
}

/// How this program opens its search index.
pub(crate) fn index_options() -> OpenOptions {
    OpenOptions { extra_words: TRADE_WORDS.iter().map(|w| (*w).to_owned()).collect(), ..OpenOptions::default() }
}

/// Opens the search index; says whether it has to be built anew.
fn open_index(config: &Config) -> Result<(Arc<ProductIndex>, bool), String> {
    let folder = config.data.folder.join("index");
    let options = index_options();
    match ProductIndex::open(&folder, &options) {
        Ok(index) => Ok((Arc::new(index), false)),
        Err(OpenError::Damaged(why)) => {
            tracing::warn!(why = %why, "the search index is damaged and will be built anew");
            ProductIndex::reset(&folder, &options).map(|i| (Arc::new(i), true)).map_err(|e| e.to_string())
        }
        Err(OpenError::NeedsRebuild(why)) => {
            tracing::info!(why = %why, "the search index is of another version and will be built anew");
            ProductIndex::reset(&folder, &options).map(|i| (Arc::new(i), true)).map_err(|e| e.to_string())
        }
        Err(e) => Err(e.to_string()),
    }
}

/// Opens everything that the settings name.
pub async fn assemble(config: &Config, clock: Clock) -> Result<Market, String> {
    let db = open_database(config).await?;
    let key = secret_key(config)?;
    let (index, rebuild) = open_index(config)?;
    let node =
        if config.worker.node.is_empty() { format!("p{}", std::process::id()) } else { config.worker.node.clone() };
    let app = App::new(Parts {
        db,
        clock,
        options: Options {
            site_name: config.market.name.clone(),
            base_url: config.base_url(),
            reach: Reach::from_code(&config.sellers.reach).ok_or("sellers.reach")?,
            node,
            open_registration: config.market.open_registration,
            four_eyes: config.operators.four_eyes,
            bank_account: config.market.bank_account.clone(),
            contact: config.market.contact.clone(),
        },
        secrets: SecretBox::new(&key),
        mailer: Mailer::open(&config.mail.url.0, &config.mail.from)?,
        index,
        words: Words::built_in(),
    })?;
    app.load_settings().await.map_err(|e| e.to_string())?;
    if rebuild {
        let count = app.rebuild_index(&app::Actor::System("start")).await.map_err(|e| e.to_string())?;
        tracing::info!(products = count, "search index built");
    }
    Ok(Market { app, key })
}

/// The state of the web side.
pub fn web(config: &Config, market: &Market) -> Result<Web, String> {
    let options = WebOptions {
        secure_cookies: config.base_url().starts_with("https://"),
        trust_proxy: config.server.behind_proxy,
        signing_key: market.key,
    };
    Web::new(market.app.clone(), options)
}

/// Every page and every API route, with the layers around them.
pub fn router(web: Web) -> Router {
    let routes = Router::new()
        .merge(pages_public::routes())
        .merge(pages_buyer::routes())
        .merge(pages_seller::routes())
        .merge(pages_operator::routes())
        .merge(web_api::routes());
    web_kit::layers::wrap(routes, web)
}

/// Background work of a node.
pub struct Background {
    stop: Arc<Notify>,
    tasks: JoinSet<()>,
}

impl Background {
    /// Starts following the shelf and, where `work` is set, jobs and periodic tasks.
    pub fn start(app: &App, work: bool) -> Background {
        let stop = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        let (shelf, signal) = (app.clone(), stop.clone());
        tasks.spawn(async move { shelf.run_shelf(signal).await });
        if work {
            let (jobs, signal) = (app.clone(), stop.clone());
            tasks.spawn(async move { jobs.run_jobs(signal).await });
            let (sweeps, signal) = (app.clone(), stop.clone());
            tasks.spawn(async move { sweeps.run_sweeps(signal).await });
        }
        Background { stop, tasks }
    }

    /// Lets everything in flight finish.
    pub async fn stop(mut self) {
        self.stop.notify_waiters();
        while self.tasks.join_next().await.is_some() {}
    }
}
