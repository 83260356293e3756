//! `bench`: measures the program on this machine and writes a report with the bounds beside.
//!
//! Everything happens in temporary folders. The server under test is this binary, started as
//! `serve`; the load comes from this process.

mod calls;
mod consoles;
mod data;
mod fill;
mod http;
mod jobs;
mod load;
mod machine;
mod orders;
mod people;
mod report;
mod rows;
mod search_rows;
mod server;
mod shop;
mod storm;

pub use server::serve_bare;

use data::{ACCESS_KEY, Base};
use report::{Report, Row, Section};
use server::Place;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What to measure.
#[derive(Debug, Clone)]
pub struct BenchOptions {
    /// Smaller tables and no million of products.
    pub quick: bool,
    /// Products of the market.
    pub products: usize,
    /// Their sellers.
    pub sellers: usize,
    /// `sqlite`, `postgres` or `both`.
    pub database: String,
    /// A PostgreSQL server on which databases may be created; none: a private one is started.
    pub postgres: Option<String>,
    /// Sizes of further search indexes.
    pub search_sizes: Vec<usize>,
    /// Seconds of each measurement.
    pub seconds: u64,
    /// Parts to measure; empty: all.
    pub only: Vec<String>,
    /// The report.
    pub out: PathBuf,
}

/// Names of the parts.
pub const PARTS: [&str; 7] = ["lists", "search", "start", "orders", "calls", "jobs", "consoles"];

/// Sizes and times of a run.
struct Plan {
    folder: PathBuf,
    time: Duration,
    sellers: usize,
    search_sizes: Vec<usize>,
    job_counts: Vec<i64>,
    orders: usize,
    organisations: usize,
    calls: usize,
    expiring: usize,
    only: Vec<String>,
}

impl Plan {
    fn new(options: &BenchOptions, folder: &Path) -> Plan {
        let (orders, organisations) = if options.quick { (100_000, 1_000) } else { (1_000_000, 10_000) };
        let sizes = options.search_sizes.iter().copied();
        Plan {
            folder: folder.to_owned(),
            time: Duration::from_secs(options.seconds.max(1)),
            sellers: options.sellers.max(1),
            search_sizes: sizes.filter(|n| !options.quick || *n < 1_000_000).collect(),
            job_counts: if options.quick { vec![0, 100_000] } else { vec![0, 100_000, 1_000_000] },
            orders,
            organisations,
            calls: if options.quick { 20_000 } else { 50_000 },
            expiring: if options.quick { 20_000 } else { 100_000 },
            only: options.only.clone(),
        }
    }

    fn wants(&self, parts: &[&str]) -> bool {
        self.only.is_empty() || parts.iter().any(|p| self.only.iter().any(|o| o == p))
    }
}

/// A PostgreSQL server for this run.
struct Postgres {
    url: String,
    private: Option<PathBuf>,
}

/// The script that starts a private server, below the current folder.
const SCRIPT: &str = "scripts/test-postgres";

impl Postgres {
    fn open(given: Option<&str>) -> Result<Postgres, String> {
        if let Some(url) = given {
            return Ok(Postgres { url: url.to_owned(), private: None });
        }
        if !Path::new(SCRIPT).exists() {
            return Err(format!("{SCRIPT} is not here and no --postgres was given"));
        }
        // Not in our own folder: the server runs as another user.
        let folder = std::env::temp_dir().join(format!("yunfang-bench-postgres-{}", std::process::id()));
        let output = std::process::Command::new(SCRIPT)
            .arg("start")
            .env("YUNFANG_TEST_POSTGRES_FOLDER", &folder)
            .output()
            .map_err(|e| format!("{SCRIPT}: {e}"))?;
        if !output.status.success() {
            return Err(format!("{SCRIPT}: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        let url = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Postgres { url, private: Some(folder) })
    }

    /// A fresh database; returns its URL.
    async fn database(&self, name: &str) -> Result<String, String> {
        let (url, wanted) = (self.url.clone(), format!("{name}_{}", std::process::id()));
        let created = wanted.clone();
        tokio::task::spawn_blocking(move || {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).map_err(|e| e.to_string())?;
            client.batch_execute(&format!("create database {created}")).map_err(|e| e.to_string())
        })
        .await
        .map_err(|e| e.to_string())??;
        let mut parts: Vec<String> =
            self.url.split(' ').filter(|p| !p.starts_with("dbname=")).map(str::to_owned).collect();
        if self.url.contains("://") {
            let (server, rest) = self.url.rsplit_once('/').ok_or("--postgres must name a database")?;
            let query = rest.split_once('?').map_or(String::new(), |(_, q)| format!("?{q}"));
            return Ok(format!("{server}/{wanted}{query}"));
        }
        parts.push(format!("dbname={wanted}"));
        Ok(parts.join(" "))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(folder) = &self.private {
            let _ = std::process::Command::new(SCRIPT).arg("stop").env("YUNFANG_TEST_POSTGRES_FOLDER", folder).output();
        }
    }
}

/// Which database, under the name that the report uses.
enum Target {
    Sqlite,
    Postgres(Postgres),
}

impl Target {
    fn name(&self) -> &'static str {
        match self {
            Target::Sqlite => "SQLite",
            Target::Postgres(_) => "PostgreSQL",
        }
    }

    async fn place(&self, folder: &Path, name: &str) -> Result<Place, String> {
        let folder = folder.join(format!("{}-{name}", self.name().to_lowercase()));
        let url = match self {
            Target::Sqlite => format!("sqlite:{}", folder.join("yunfang.db").display()),
            Target::Postgres(server) => server.database(name).await?,
        };
        Ok(Place { url, folder })
    }
}

fn targets(options: &BenchOptions, report: &mut Report) -> Vec<Target> {
    let mut targets = Vec::new();
    if options.database != "postgres" {
        targets.push(Target::Sqlite);
    }
    if options.database != "sqlite" {
        match Postgres::open(options.postgres.as_deref()) {
            Ok(server) => targets.push(Target::Postgres(server)),
            Err(why) => report.remarks.push(format!("PostgreSQL was left out: {why}.")),
        }
    }
    targets
}

/// Sections that grow from database to database.
struct Shared {
    start: Section,
    orders: Section,
    calls: Section,
    claims: Section,
    consoles: Section,
}

async fn sample_seller() -> Result<sample_sellers::Handle, String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
    let seller = sample_sellers::Seller::instant(ACCESS_KEY, sample_sellers::system_clock);
    let (handle, task) = sample_sellers::serve(listener, seller).map_err(|e| e.to_string())?;
    tokio::spawn(task);
    Ok(handle)
}

/// Everything about one market: lists and search (on the first database only: they hardly touch
/// it), start, orders, calls.
async fn market(
    plan: &Plan,
    options: &BenchOptions,
    target: &Target,
    first: bool,
    shared: &mut Shared,
) -> Result<Vec<Section>, String> {
    eprintln!("{}: a market of {} products", target.name(), options.products);
    let seller = sample_seller().await?;
    let place = target.place(&plan.folder, "market").await?;
    let base: Base = data::load(&place, options.products, plan.sellers, &seller.production_address()).await?;
    let mut own = Vec::new();
    if plan.wants(&["start"]) {
        shop::start_and_memory(&base, target.name(), &mut shared.start).await?;
    }
    if first && plan.wants(&["lists"]) {
        own.extend(shop::lists(plan, &base).await?);
    }
    if first && plan.wants(&["search"]) {
        own.push(search_rows::measure(plan, &base).await?);
    }
    if plan.wants(&["orders", "calls"]) {
        let measured = orders::measure(plan, &base).await?;
        if plan.wants(&["calls"]) {
            calls::measure(plan, &base, &seller, target.name(), &mut shared.calls).await?;
        }
        orders::bound(plan, &base, &measured, target.name(), &mut shared.orders).await;
    }
    seller.shutdown();
    Ok(own)
}

/// Measures and writes the report.
pub async fn run(options: &BenchOptions) -> Result<(), String> {
    let folder = tempfile::Builder::new().prefix("yunfang-bench-").tempdir().map_err(|e| e.to_string())?;
    let plan = Plan::new(options, folder.path());
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let appends = machine::durable_appends(folder.path())?;
    let mut report = Report {
        command: format!("yunfang {}", arguments.join(" ")),
        machine: machine::facts(appends),
        ..Report::default()
    };
    let mut shared = Shared {
        start: Section::new(
            "Start and memory",
            format!(
                "On an existing database of {} products with its index: the median of three starts; memory once the \
                 server has come to rest, and after visitors.",
                options.products
            ),
        ),
        orders: orders::section(),
        calls: calls::section(),
        claims: jobs::section(),
        consoles: consoles::section(&plan),
    };
    let targets = targets(options, &mut report);
    for (number, target) in targets.iter().enumerate() {
        if plan.wants(&["lists", "search", "start", "orders", "calls"]) {
            match market(&plan, options, target, number == 0, &mut shared).await {
                Ok(own) => report.sections.extend(own),
                Err(why) => shared.orders.add(Row::missing(target.name(), why)),
            }
        }
        if plan.wants(&["jobs", "consoles"]) {
            eprintln!("{}: jobs and consoles", target.name());
            let place = target.place(&plan.folder, "consoles").await?;
            let Shared { claims, consoles: lists, .. } = &mut shared;
            if let Err(why) = consoles::measure(&plan, &place, target.name(), claims, lists).await {
                lists.add(Row::missing(target.name(), why));
            }
        }
    }
    report.sections.extend([shared.start, shared.orders, shared.calls, shared.claims, shared.consoles]);
    if let Some(parent) = options.out.parent() {
        std::fs::create_dir_all(parent).map_err(|e| e.to_string())?;
    }
    std::fs::write(&options.out, report.markdown()).map_err(|e| format!("{}: {e}", options.out.display()))?;
    eprintln!("written: {}", options.out.display());
    Ok(())
}
