//! `check_seller`: the subcommand alone, for sellers who do not want to build a marketplace.

use std::process::ExitCode;

use clap::Parser;
use conformance::command::Arguments;

/// Checks a seller's server against the seller interface; no market runs.
#[derive(Parser)]
#[command(name = "check_seller", version)]
struct CommandLine {
    #[command(flatten)]
    arguments: Arguments,
}

#[tokio::main]
async fn main() -> ExitCode {
    match CommandLine::parse().arguments.run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}
