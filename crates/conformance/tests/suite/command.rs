//! The subcommand as it is typed, with its key file and its reports.

use clap::Parser;
use conformance::command::Arguments;
use sample_sellers::{Faults, Seller, system_clock};

use crate::world::*;

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    arguments: Arguments,
}

fn parsed(line: &[&str]) -> Result<Arguments, clap::Error> {
    let words = std::iter::once("check-seller").chain(line.iter().copied());
    CommandLine::try_parse_from(words).map(|line| line.arguments)
}

#[tokio::test]
async fn one_line_checks_a_seller_and_writes_its_reports() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("key"), format!("{KEY}\n")).unwrap();
    let handle = listening(Seller::instant(KEY, system_clock)).await;
    let (url, key) = (handle.production_address(), path("key"));
    let reports = [path("r.html"), path("r.xml"), path("r.json")];
    let mut line = vec!["--url", &url, "--generation", "2.0", "--key-file", &key, "--lang", "zh", "--wait", "0"];
    for report in &reports {
        line.extend(["--report", report]);
    }
    assert_eq!(parsed(&line).unwrap().run().await, Ok(true));
    let read = |at: usize| std::fs::read_to_string(&reports[at]).unwrap();
    assert!(read(0).starts_with("<!doctype html>") && read(1).starts_with("<?xml") && read(2).starts_with('{'));
    assert!(read(0).contains("冻结") && read(2).contains("冻结"));
    assert!((0..3).all(|at| !read(at).contains(KEY)));
    handle.set_faults(Faults { accept_replays: true, ..Faults::default() });
    assert_eq!(parsed(&line).unwrap().run().await, Ok(false));
}

#[tokio::test]
async fn what_cannot_be_played_is_said_and_is_no_pass() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key").display().to_string();
    let line = ["--url", "https://seller.example/p", "--key-file", &key];
    assert!(parsed(&line).unwrap().run().await.unwrap_err().contains("key"));
    std::fs::write(&key, KEY).unwrap();
    let bad = ["--url", "seller.example", "--key-file", &key, "--lang", "en"];
    assert!(parsed(&bad).unwrap().run().await.unwrap_err().contains("--url"));
    let settings = parsed(&line).unwrap().settings().unwrap();
    assert!(!format!("{settings:?}").contains(KEY));
    assert!(parsed(&[&line[..], &["--report", "json"]].concat()).is_ok());
    for wrong in [["--generation", "3.0"], ["--mode", "weekly"], ["--report", "r.doc"], ["--with", "everything"]] {
        assert!(parsed(&[&line[..], &wrong].concat()).is_err(), "{wrong:?}");
    }
}
