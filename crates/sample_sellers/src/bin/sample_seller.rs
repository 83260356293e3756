//! A runnable sample seller of any families, with switchable faults.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use protocol::Generation;
use protocol::field_cipher::Algorithm;
use sample_sellers::{Faults, Seller, serve, system_clock};
use tokio::net::TcpListener;

/// A seller's production interface to try a marketplace against. The address is http://LISTEN/saas.
#[derive(Parser)]
#[command(name = "sample_seller")]
struct Arguments {
    /// A family and its key, e.g. saas_v2=KEY; may be given several times. Families: saas_v2,
    /// saas_v1, license_code, license_v1, general_license, online_license, order_notify
    #[arg(long, required = true, value_name = "FAMILY=KEY", value_parser = family)]
    family: Vec<(Generation, String)>,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// Address under which buyers reach this server, e.g. `https://app.example`
    #[arg(long)]
    public_address: Option<String>,
    /// JSON file that keeps the instances
    #[arg(long)]
    state: Option<PathBuf>,
    /// Answer creations with 000004 and this many polls as well
    #[arg(long, default_value_t = 0)]
    polls: u32,
    /// Encrypt SaaS 1.0 fields with AES-128 in place of AES-256
    #[arg(long)]
    aes128: bool,
    /// Authorisation codes (2.0) that the seller knows; may be given several times
    #[arg(long)]
    license_code: Vec<String>,
    /// JSON file with fault switches, e.g. {"delay_ms": 30000}
    #[arg(long)]
    faults: Option<PathBuf>,
    /// Let anybody read and set the fault switches at /faults
    #[arg(long)]
    fault_page: bool,
}

fn family(text: &str) -> Result<(Generation, String), String> {
    let (name, key) = text.split_once('=').ok_or("expected FAMILY=KEY")?;
    let generation = Generation::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Generation::ALL.iter().map(|generation| generation.as_str()).collect();
        format!("unknown family; there are {}", names.join(", "))
    })?;
    if key.is_empty() { Err("the key is empty".to_owned()) } else { Ok((generation, key.to_owned())) }
}

fn seller(arguments: &Arguments) -> Result<Seller, String> {
    let mut families = arguments.family.iter();
    let (generation, key) = families.next().ok_or("no family")?;
    let mut seller = Seller::speaking(*generation, key, system_clock).with_polls(arguments.polls);
    for (generation, key) in families {
        seller = seller.with_family(*generation, key);
    }
    if arguments.aes128 {
        seller = seller.with_algorithm(Algorithm::Aes128);
    }
    if let Some(address) = &arguments.public_address {
        seller = seller.with_public_address(address);
    }
    if let Some(file) = &arguments.state {
        seller = seller.with_file(file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    if let Some(file) = &arguments.faults {
        let text = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let faults: Faults = serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        seller.set_faults(faults);
    }
    for code in &arguments.license_code {
        seller.know_license_code(code);
    }
    Ok(if arguments.fault_page { seller.with_fault_page() } else { seller })
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let seller = seller(&arguments)?;
    let listener = TcpListener::bind(arguments.listen).await.map_err(|error| error.to_string())?;
    let (handle, task) = serve(listener, seller).map_err(|error| error.to_string())?;
    println!("{}", handle.production_address());
    let stopped = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            handle.shutdown();
        }
    });
    let ended = task.await.map_err(|error| error.to_string())?;
    stopped.abort();
    ended.map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sample_seller: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_read_and_wrong_ones_are_explained() {
        assert_eq!(family("saas_v1=k=v"), Ok((Generation::SaasV1, "k=v".to_owned())));
        for bad in ["saas_v1", "saas_v3=k", "saas_v1="] {
            assert!(family(bad).is_err(), "{bad}");
        }
        assert!(family("x=k").unwrap_err().contains("online_license"));
    }

    #[test]
    fn a_line_of_arguments_makes_a_seller() {
        let line = ["sample_seller", "--family", "license_code=k", "--family", "saas_v1=v", "--license-code", "c-1"];
        let made = seller(&Arguments::parse_from(line)).unwrap();
        assert_eq!(made.instance("c-1").unwrap().instance_id, "c-1");
        assert!(Arguments::try_parse_from(["sample_seller"]).is_err());
    }
}
