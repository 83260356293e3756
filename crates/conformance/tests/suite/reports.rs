//! The four reports and the texts behind them.

use std::collections::BTreeSet;

use conformance::finding::Outcome;
use conformance::plan::{CONTACT, generation_from_name, generation_name, plan};
use conformance::report::{html, json, junit, text};
use conformance::words::checks::{all, words};
use conformance::{Mode, Settings, Wish};
use protocol::{Generation, Language};
use sample_sellers::Faults;
use serde_json::Value;

use crate::world::*;

fn all_wishes() -> Vec<Wish> {
    let mut wishes = Vec::new();
    for generation in Generation::ALL {
        for mode in Mode::ALL {
            let wish = Wish::of(generation, mode);
            wishes.push(wish);
            wishes.push(Wish { upgrade: true, renewal_change: true, query: true, ..wish });
            wishes.push(Wish { debugging_only: true, ..wish });
        }
    }
    wishes
}

#[test]
fn every_check_has_texts_in_both_languages_and_every_text_a_check() {
    let mut used = BTreeSet::from(["reach/address"]);
    for wish in all_wishes() {
        for step in plan(&wish) {
            used.insert(step.check);
        }
    }
    let known: BTreeSet<&str> = all().map(|words| words.check).collect();
    assert_eq!(used, known);
    assert_eq!(all().count(), known.len());
    for check in known {
        let words = words(check).unwrap();
        for language in [Language::Zh, Language::En] {
            assert!(!words.title(language).is_empty() && !words.advice(language).is_empty());
        }
        assert!(words.title(Language::En).is_ascii() && !words.title(Language::Zh).is_ascii());
    }
}

#[test]
fn ids_are_stable_and_unique_and_contact_comes_first() {
    for wish in all_wishes() {
        let steps = plan(&wish);
        assert_eq!(steps[0].check, CONTACT);
        assert!(steps[0].test);
        let ids: BTreeSet<String> = steps.iter().map(|step| step.id(wish.generation)).collect();
        assert_eq!(ids.len(), steps.len(), "{wish:?}");
        assert!(!wish.debugging_only || steps.iter().all(|step| step.test));
    }
    for generation in Generation::ALL {
        assert_eq!(generation_from_name(generation_name(generation)), Some(generation));
    }
}

#[test]
fn the_plan_of_2_0_plays_what_each_way_of_charging_requires() {
    let plays = |mode, prefix: &str| {
        plan(&Wish::of(Generation::SaasV2, mode)).iter().filter(|step| step.check.starts_with(prefix)).count()
    };
    for required in ["create/", "query/", "release/", "auth/", "request/", "test/"] {
        assert!(Mode::ALL.into_iter().all(|mode| plays(mode, required) > 2), "{required}");
    }
    assert_eq!((plays(Mode::OneTime, "refresh/"), plays(Mode::OneTime, "status/")), (0, 0));
    assert!(plays(Mode::Period, "refresh/") > 5 && plays(Mode::Period, "status/") > 5);
    assert_eq!(plays(Mode::Period, "upgrade/"), 0);
}

async fn broken_report(language: Language) -> conformance::Report {
    let seller = saas_v2();
    seller.set_faults(only(
        &["updateInstanceStatus"],
        Faults { result_code: Some("<b>&\u{7}".to_owned()), ..Faults::default() },
    ));
    let handle = listening(seller).await;
    let settings = Settings { language, ..settings(&handle.production_address(), period()) };
    played(&settings).await
}

#[tokio::test]
async fn the_terminal_gets_words_in_the_language_and_no_control_characters() {
    let english = text::write(&broken_report(Language::En).await);
    assert!(english.contains("[FAILED] 2.0/status/freeze  Freezing succeeds"));
    assert!(english.contains("(section 4.5)"));
    assert!(english.contains("What to do: "));
    let chinese = text::write(&broken_report(Language::Zh).await);
    assert!(
        chinese.contains("[失败] 2.0/status/freeze  冻结成功") && chinese.contains("（章节 4.5）")
            || chinese.contains("章节 4.5")
    );
    for text in [english, chinese] {
        assert!(!text.contains('\u{7}'));
    }
}

#[tokio::test]
async fn junit_counts_what_ci_shows() {
    let report = broken_report(Language::En).await;
    let xml = junit::write(&report, false);
    let failed = report.count(Outcome::Failed);
    assert!(failed > 3);
    assert_eq!(xml.matches("<failure ").count(), failed);
    assert_eq!(xml.matches("<testcase ").count(), report.findings.len());
    assert!(xml.contains(&format!("tests=\"{}\" failures=\"{failed}\"", report.findings.len())));
    assert!(xml.contains("&lt;b&gt;&amp;") && !xml.contains("<b>") && !xml.contains('\u{7}'));
    assert!(xml.contains("classname=\"2_0.status\" name=\"freeze\""));
    // The sample seller of pay-per-use tells no usage, which is a warning.
    let wish = Wish::of(Generation::SaasV2, Mode::PayPerUse);
    let warned = with_faults(saas_v2(), wish, Faults::default()).await;
    assert_eq!(junit::write(&warned, false).matches("<failure ").count(), 0);
    assert_eq!(junit::write(&warned, false).matches("<system-out>").count(), 1);
    assert_eq!(junit::write(&warned, true).matches("<failure ").count(), 1);
}

#[tokio::test]
async fn json_says_what_its_documentation_says() {
    let report = broken_report(Language::En).await;
    let value: Value = serde_json::from_str(&json::write(&report)).unwrap();
    assert_eq!(value["format"], 1);
    assert_eq!((&value["generation"], &value["mode"]), (&Value::from("2.0"), &Value::from("period")));
    assert_eq!((&value["passes"], &value["startedAt"]), (&Value::from(false), &Value::from("2024-05-29 16:26:40 UTC")));
    assert_eq!(value["counts"]["failed"], report.count(Outcome::Failed));
    let checks = value["checks"].as_array().unwrap();
    assert_eq!(checks.len(), report.findings.len());
    let freeze = checks.iter().find(|check| check["id"] == "2.0/status/freeze").unwrap();
    assert_eq!((&freeze["outcome"], &freeze["severity"]), (&Value::from("failed"), &Value::from("failure")));
    assert_eq!((&freeze["section"], &freeze["sent"]["method"]), (&Value::from("4.5"), &Value::from("POST")));
    assert_eq!(freeze["received"]["status"], 200);
    assert!(freeze["sent"]["url"].as_str().unwrap().contains("signature=***"));
}

#[tokio::test]
async fn html_is_one_file_that_loads_nothing_and_runs_nothing() {
    let report = broken_report(Language::Zh).await;
    let page = html::write(&report);
    assert!(page.starts_with("<!doctype html>\n<html lang=\"zh-CN\">"));
    for never in ["<script", "src=", "href=", "url(", "@import", "<b>"] {
        assert!(!page.contains(never), "{never}");
    }
    assert_eq!(page.matches("<details open>").count(), report.count(Outcome::Failed));
    assert!(page.contains("2.0/status/freeze") && page.contains("&lt;b&gt;&amp;"));
}
