//! `yunfang`: serve, demo, and the commands of an operator of the installation.

use app::{Actor, App};
use clap::{Parser, Subcommand};
use domain::access::OperatorRole;
use domain::text::Language;
use server::bench::{self, BenchOptions};
use server::config::Config;
use server::demo::{self, DemoOptions};
use server::{backup, log, serve, telemetry, wiring};
use std::path::PathBuf;
use std::process::ExitCode;

/// Pages are made of thousands of short strings; this allocator hands them out in half the time of
/// the system's and gives back what visitors needed (decision 0006).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An open, self-hostable marketplace for business software.
#[derive(Parser)]
#[command(name = "yunfang", version, about)]
struct Arguments {
    /// Settings file; see `config defaults` for everything that it may say.
    #[arg(long, global = true, env = "YUNFANG_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the market.
    Serve,
    /// Runs a demo market with sample sellers and performs one purchase.
    Demo {
        /// Folder of its data.
        #[arg(long, default_value = "data/demo")]
        folder: PathBuf,
        /// Port; the sample sellers take the three after it.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Stop after the purchase.
        #[arg(long)]
        once: bool,
    },
    /// Measures the program on this machine and writes a report with the bounds beside.
    Bench(BenchArguments),
    /// Checks a seller's server against the seller interface; no market runs.
    CheckSeller(conformance::command::Arguments),
    /// Brings the schema of the database up to date.
    Migrate,
    /// What only whoever runs the installation may do.
    #[command(subcommand)]
    Admin(Admin),
    /// The search index.
    #[command(subcommand)]
    Index(Index),
    /// Copies the embedded database while the market runs.
    Backup {
        /// File to write.
        target: PathBuf,
    },
    /// Puts a backup in the place of the embedded database; the market must be stopped.
    Restore {
        /// File to read.
        source: PathBuf,
    },
    /// The settings.
    #[command(subcommand)]
    Config(Settings),
}

#[derive(clap::Args)]
struct BenchArguments {
    /// Smaller tables and no million of products: a few minutes.
    #[arg(long)]
    quick: bool,
    /// Products of the market.
    #[arg(long, default_value_t = 12_000)]
    products: usize,
    /// Their sellers.
    #[arg(long, default_value_t = 100)]
    sellers: usize,
    /// sqlite, postgres or both.
    #[arg(long, default_value = "both", value_parser = ["sqlite", "postgres", "both"])]
    database: String,
    /// PostgreSQL server on which databases may be created; without it a private one is started.
    #[arg(long)]
    postgres: Option<String>,
    /// Sizes of further search indexes.
    #[arg(long, value_delimiter = ',', default_value = "100000,1000000")]
    search_sizes: Vec<usize>,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Parts to measure, such as orders,jobs; all unless given.
    #[arg(long, value_delimiter = ',', value_parser = bench::PARTS)]
    only: Vec<String>,
    /// Where the report goes.
    #[arg(long, default_value = "docs/benchmarks.md")]
    out: PathBuf,
    /// Serve the bytes of a file and do nothing else: the bound of a page.
    #[arg(long, hide = true, requires = "bare_listen")]
    bare_file: Option<PathBuf>,
    /// Address for that.
    #[arg(long, hide = true)]
    bare_listen: Option<std::net::SocketAddr>,
}

impl BenchArguments {
    async fn run(self) -> Result<(), String> {
        if let (Some(file), Some(listen)) = (&self.bare_file, self.bare_listen) {
            return bench::serve_bare(listen, file).await;
        }
        bench::run(&BenchOptions {
            quick: self.quick,
            products: self.products,
            sellers: self.sellers,
            database: self.database,
            postgres: self.postgres,
            search_sizes: self.search_sizes,
            seconds: self.seconds,
            only: self.only,
            out: self.out,
        })
        .await
    }
}

#[derive(Subcommand)]
enum Admin {
    /// Creates an operator; the password is read from YUNFANG_PASSWORD or standard input.
    CreateOperator {
        /// E-mail address.
        email: String,
        /// Name.
        #[arg(long, default_value = "Operator")]
        name: String,
        /// Role, such as ADMIN or OPS_MANAGER.
        #[arg(long, default_value = "ADMIN")]
        role: String,
    },
    /// Makes a link to choose a new password, for markets that send no mail.
    ResetLink {
        /// E-mail address of the account.
        email: String,
    },
    /// Loads a bilingual tree of categories into a market that has none.
    LoadCategories,
    /// Recomputes every hash of the audit log.
    VerifyAudit {
        /// Writes the heads of all chains to this file, to be kept elsewhere.
        #[arg(long)]
        heads: Option<PathBuf>,
        /// Reads heads that were written before: they must still be on their chains.
        #[arg(long)]
        expect: Option<PathBuf>,
    },
    /// Recounts the whole ledger.
    Recount,
}

#[derive(Subcommand)]
enum Index {
    /// Builds the search index anew. A running market needs a restart afterwards.
    Rebuild,
}

#[derive(Subcommand)]
enum Settings {
    /// Prints the annotated defaults.
    Defaults,
    /// Checks the settings and prints them, secrets as stars.
    Check,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // One TLS provider for everything; a second install would only say that it is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("the runtime cannot start: {e}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(run(arguments));
    // Blocking threads hold database clients, which must not be dropped on a runtime's thread.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    if let Command::Demo { folder, port, once } = arguments.command {
        let options = DemoOptions { folder, port, once };
        let config = demo::configuration(&options)?;
        let telemetry = telemetry::start(&config)?;
        return demo::run(&options, &config, telemetry).await;
    }
    if let Command::Bench(bench) = arguments.command {
        return bench.run().await;
    }
    if let Command::CheckSeller(check) = arguments.command {
        return check.run().await?.then_some(()).ok_or_else(|| "the seller does not pass".to_owned());
    }
    if let Command::Config(Settings::Defaults) = arguments.command {
        print!("{}", server::config::DEFAULTS);
        return Ok(());
    }
    let config = Config::load(arguments.config.as_deref())?;
    let telemetry = telemetry::start(&config)?;
    let outcome = command(arguments.command, &config, &telemetry).await;
    telemetry.flush();
    outcome
}

async fn command(command: Command, config: &Config, telemetry: &telemetry::Telemetry) -> Result<(), String> {
    let operator = Actor::System("command line");
    match command {
        Command::Serve => {
            let market = wiring::assemble(config, app::clock::Clock::System).await?;
            let running = serve::start(config, &market, telemetry).await?;
            tracing::info!(address = %running.address, base_url = config.base_url(), "the market answers");
            for remark in config.remarks() {
                tracing::warn!("{remark}");
            }
            serve::signal().await;
            tracing::info!("stopping: requests and jobs in flight may finish");
            running.stop().await
        }
        Command::Migrate => {
            wiring::open_database(config).await?;
            println!("the schema is up to date");
            Ok(())
        }
        Command::Admin(admin) => administer(admin, &assemble(config).await?, &operator).await,
        Command::Index(Index::Rebuild) => {
            let count = assemble(config).await?.rebuild_index(&operator).await.map_err(|e| e.to_string())?;
            println!("{count} products in the index");
            Ok(())
        }
        Command::Backup { target } => {
            let bytes = backup::backup(config, &target).await?;
            let name = target.display().to_string();
            assemble(config).await?.record_command("backup.made", &name).await.map_err(|e| e.to_string())?;
            println!(
                "{} ({bytes} bytes). Keep the secret key with it: without the key, stored access keys cannot be read.",
                target.display()
            );
            Ok(())
        }
        Command::Restore { source } => {
            let kept = backup::restore(config, &source)?;
            let name = source.display().to_string();
            assemble(config).await?.record_command("database.restored", &name).await.map_err(|e| e.to_string())?;
            println!("restored; the former database is kept as {}", kept.display());
            Ok(())
        }
        Command::Config(_) => {
            println!("{config:#?}");
            println!("\nThe settings are valid.");
            for remark in config.remarks() {
                println!("  note: {remark}");
            }
            Ok(())
        }
        Command::Demo { .. } | Command::Bench(_) | Command::CheckSeller(_) => Ok(()),
    }
}

/// An error of the application in a plain English sentence.
fn in_words(app: &App, error: &app::AppError) -> String {
    let words = app.words();
    let said = |prefix: &str, code: &str| {
        let key = format!("{prefix}-{code}");
        if words.has(Language::En, &key) { words.text(Language::En, &key, &[]) } else { code.to_owned() }
    };
    match error {
        app::AppError::Invalid(errors) => {
            let line = |e: &app::FieldError| format!("{}: {}", e.field, said("field", &e.code));
            errors.iter().map(line).collect::<Vec<_>>().join("; ")
        }
        app::AppError::Refused(code) => said("error", code),
        other => other.to_string(),
    }
}

async fn assemble(config: &Config) -> Result<App, String> {
    Ok(wiring::assemble(config, app::clock::Clock::System).await?.app)
}

async fn administer(admin: Admin, app: &App, operator: &Actor) -> Result<(), String> {
    match admin {
        Admin::CreateOperator { email, name, role } => {
            let role = OperatorRole::from_code(&role).ok_or_else(|| {
                let known: Vec<_> = OperatorRole::ALL.iter().map(|r| r.code()).collect();
                format!("role {role} is unknown; one of {}", known.join(", "))
            })?;
            let password = match std::env::var("YUNFANG_PASSWORD") {
                Ok(password) => password,
                Err(_) => {
                    eprintln!("password:");
                    let mut line = String::new();
                    std::io::stdin().read_line(&mut line).map_err(|e| e.to_string())?;
                    line.trim_end_matches(['\r', '\n']).to_owned()
                }
            };
            app.create_operator(operator, &name, &email, &password, role).await.map_err(|e| in_words(app, &e))?;
            println!("operator {email} created; log in at {}/login", app.options().base_url);
            Ok(())
        }
        Admin::ResetLink { email } => {
            let (link, minutes) = app.make_reset_link(operator, &email).await.map_err(|e| match e {
                app::AppError::NotFound => format!("there is no account with the address {email}"),
                other => in_words(app, &other),
            })?;
            println!("{link}");
            eprintln!("good for {minutes} minutes, once; whoever has it can take the account over");
            Ok(())
        }
        Admin::LoadCategories => {
            let count = app.load_starter_categories(operator).await.map_err(|e| in_words(app, &e))?;
            println!("{count} categories loaded");
            Ok(())
        }
        Admin::VerifyAudit { heads, expect } => log::verify(app, operator, heads, expect).await,
        Admin::Recount => {
            let found = app.recount(operator).await.map_err(|e| e.to_string())?;
            println!("{} entries", found.entries);
            for fault in &found.faults {
                println!("{fault}");
            }
            if found.faults.is_empty() { Ok(()) } else { Err("the ledger does not balance".into()) }
        }
    }
}
