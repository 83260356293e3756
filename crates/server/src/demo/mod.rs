//! `demo`: a whole market on an embedded database, with sample sellers and one real purchase.

pub(crate) mod content;
mod history;
mod purchase;
mod seed;

use crate::config::{Config, Secret};
use crate::telemetry::Telemetry;
use crate::{serve, wiring};
use history::Past;
use sample_sellers::{Handle, Seller};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;

/// Password of every demo account.
pub const PASSWORD: &str = "Yunfang-demo-2026";

/// How the demo is started.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// Folder of its data.
    pub folder: PathBuf,
    /// Port of the market; the sample sellers take the three after it.
    pub port: u16,
    /// Stop after the purchase instead of leaving the site running.
    pub once: bool,
}

/// What a second start must know.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Remembered {
    access_key: String,
    port: u16,
}

/// The three sample sellers.
pub(crate) struct SampleSellers {
    pub(crate) instant: Handle,
    pub(crate) asynchronous: Handle,
    pub(crate) faulty: Handle,
}

fn remembered(options: &DemoOptions) -> Result<(Remembered, bool), String> {
    let file = options.folder.join("demo.json");
    if let Ok(text) = std::fs::read_to_string(&file) {
        let known: Remembered = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
        return Ok((known, false));
    }
    std::fs::create_dir_all(&options.folder).map_err(|e| format!("{}: {e}", options.folder.display()))?;
    Ok((Remembered { access_key: app::secrets::access_key(), port: options.port }, true))
}

/// Marks the folder as being filled. What an interrupted first start left behind is removed: nobody
/// has used it, and filling goes on from nothing only.
fn begin_filling(folder: &Path) -> Result<(), String> {
    let mark = folder.join("filling");
    let fault = |e: std::io::Error| format!("{}: {e}", folder.display());
    if mark.exists() {
        for entry in std::fs::read_dir(folder).map_err(fault)?.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("yunfang.db") || (name.starts_with("seller-") && name.ends_with(".json")) {
                std::fs::remove_file(entry.path()).map_err(fault)?;
            } else if name == "index" || name == "mail" {
                std::fs::remove_dir_all(entry.path()).map_err(fault)?;
            }
        }
    }
    std::fs::write(mark, "").map_err(fault)
}

fn remember(folder: &Path, known: &Remembered) -> Result<(), String> {
    let text = serde_json::to_string_pretty(known).map_err(|e| e.to_string())?;
    std::fs::write(folder.join("demo.json"), text).map_err(|e| e.to_string())?;
    std::fs::remove_file(folder.join("filling")).map_err(|e| e.to_string())
}

async fn start_seller(port: u16, seller: Seller) -> Result<Handle, String> {
    let address = format!("127.0.0.1:{port}");
    let listener = TcpListener::bind(&address).await.map_err(|e| format!("{address}: {e}"))?;
    let (handle, task) = sample_sellers::serve(listener, seller).map_err(|e| e.to_string())?;
    tokio::spawn(task);
    Ok(handle)
}

async fn start_sellers(known: &Remembered, folder: &Path, past: &Past) -> Result<SampleSellers, String> {
    let file = |name: &str| folder.join(format!("seller-{name}.json"));
    let fault = |e: std::io::Error| format!("sample seller: {e}");
    let key = known.access_key.as_str();
    let instant = Seller::instant(key, past.seller_clock()).with_file(file("instant")).map_err(fault)?;
    let asynchronous = Seller::asynchronous(key, past.seller_clock()).with_file(file("asynchronous")).map_err(fault)?;
    let faulty = Seller::faulty(key, past.seller_clock()).with_file(file("faulty")).map_err(fault)?;
    Ok(SampleSellers {
        instant: start_seller(known.port + 1, instant).await?,
        asynchronous: start_seller(known.port + 2, asynchronous).await?,
        faulty: start_seller(known.port + 3, faulty).await?,
    })
}

/// The settings of the demo: everything in its folder, calls to this machine allowed.
pub fn configuration(options: &DemoOptions) -> Result<Config, String> {
    let (known, _) = remembered(options)?;
    let mut config = Config::load(None)?;
    config.server.listen = format!("127.0.0.1:{}", known.port);
    config.server.base_url = String::new();
    if std::env::var("DATABASE_URL").is_err() {
        config.database.url = Secret(format!("sqlite:{}", options.folder.join("yunfang.db").display()));
    }
    config.data.folder = options.folder.clone();
    config.market.bank_account = "云坊演示有限公司 · 演示银行 · 0000 0000 0000 0000".into();
    config.market.contact = "400-000-0000 · service@yunfang.example".into();
    config.sellers.reach = "development".into();
    config.mail.url = Secret(format!("folder:{}", options.folder.join("mail").display()));
    config.log.filter = std::env::var("YUNFANG_LOG__FILTER").unwrap_or_else(|_| "warn".into());
    Ok(config)
}

/// Runs the demo until a signal to stop.
pub async fn run(options: &DemoOptions, config: &Config, telemetry: Telemetry) -> Result<(), String> {
    let (known, fresh) = remembered(options)?;
    say("云坊 Yunfang — demo market / 演示市场");
    if fresh {
        begin_filling(&options.folder)?;
    }
    step(1, "the database and the search index", &config.database.url.0.replace("sqlite:", ""));
    let now = app::clock::Clock::System.now();
    let past = Past::new(now, !fresh);
    step(2, "starting three sample seller servers", "SaaS 2.0: instant, asynchronous (000004), faulty on purpose");
    let sellers = start_sellers(&known, &options.folder, &past).await?;
    if fresh {
        step(3, "loading the demo market", "categories, sellers, products, pictures, accounts");
        let earlier = wiring::assemble(config, past.clock()).await?;
        let counts = seed::load(&earlier.app, &sellers, &known.access_key).await?;
        say(&format!("      {counts}"));
        let orders = history::live(&earlier.app, &past, now).await?;
        say(&format!("      {orders} orders of the last 31 days, delivered, refunded, cancelled and failed"));
        remember(&options.folder, &known)?;
    } else {
        step(3, "continuing from the data of an earlier start", &options.folder.display().to_string());
    }
    past.end();
    let market = wiring::assemble(config, app::clock::Clock::System).await?;
    market.app.follow_shelf().await.map_err(|e| e.to_string())?;
    let running = serve::start(config, &market, &telemetry).await?;
    step(4, "the market answers", &config.base_url());
    if fresh {
        step(5, "buying a service as a person would, over HTTP", "");
        match purchase::walk(&config.base_url(), &market.app).await {
            Err(e) if options.once => return Err(e),
            // The site is worth looking at all the same.
            Err(e) => say(&format!("    the purchase did not succeed: {e}")),
            Ok(()) => {}
        }
    }
    show_accounts(config, &sellers);
    if !options.once {
        say(
            "\nCtrl-C stops it. A second start goes on from the same data.\n按 Ctrl-C 停止；再次启动会沿用同一份数据。",
        );
        serve::signal().await;
        say("\nstopping …");
    }
    running.stop().await?;
    for seller in [&sellers.instant, &sellers.asynchronous, &sellers.faulty] {
        seller.shutdown();
    }
    telemetry.flush();
    say("stopped. / 已停止。");
    Ok(())
}

fn show_accounts(config: &Config, sellers: &SampleSellers) {
    let base = config.base_url();
    say("\n─────────────────────────────────────────────────────────────────");
    say(&format!("  Storefront / 商店首页    {base}/"));
    let market = demo_market::market();
    let rows = [
        ("Buyer / 买家", "/buyer", market.buyers.first().and_then(|o| o.users.first()).map(|u| u.mail.clone())),
        ("Sandbox buyer / 沙箱买家", "/buyer/clock", Some(seed::SANDBOX_MAIL.to_owned())),
        ("Seller / 商家", "/seller", market.sellers.first().and_then(|s| s.users.first()).map(|u| u.mail.clone())),
        ("Operator / 运营", "/operator", market.operators.first().map(|o| o.mail.clone())),
        (
            "Partner / 客户服务商",
            "/partner",
            market.partners.first().and_then(|o| o.users.first()).map(|u| u.mail.clone()),
        ),
    ];
    for (who, path, mail) in rows {
        say(&format!("  {who:<24} {base}{path:<14} {}", mail.unwrap_or_default()));
    }
    say(&format!("  Password of all / 密码     {PASSWORD}"));
    say(&format!("  API                      {base}/docs"));
    say(&format!(
        "  Sample sellers / 示例商家  {} (instant)  {} (asynchronous)  {} (faulty)",
        sellers.instant.address(),
        sellers.asynchronous.address(),
        sellers.faulty.address()
    ));
    say("─────────────────────────────────────────────────────────────────");
}

/// Prints a line of the demo's story.
pub(crate) fn say(text: &str) {
    println!("{text}");
}

fn step(number: u8, what: &str, detail: &str) {
    say(&format!("\n[{number}] {what}{}{detail}", if detail.is_empty() { "" } else { " — " }));
}
