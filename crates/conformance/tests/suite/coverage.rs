//! Every check can fail: for each there is a seller who fails it.

use std::collections::BTreeSet;

use conformance::finding::Outcome;
use conformance::plan::plan;
use conformance::{Mode, Wish};
use protocol::Generation;
use sample_sellers::{Faults, Seller};
use serde_json::{Value, json};

use crate::handmade::{After, Asked, Before, report_on};
use crate::world::*;

fn is_creation(asked: &Asked) -> bool {
    matches!(asked.text("activity"), "newInstance" | "getLicense")
}

/// Says yes to everything and opens nothing.
fn yes(asked: &Asked) -> Option<Value> {
    let id = asked.text("instanceId");
    let app = json!({"frontEndUrl": "https://app.example/1"});
    let mut answer = json!({"resultCode": "000000"});
    if is_creation(asked) {
        answer = json!({"resultCode": "000000", "instanceId": "always-the-same", "appInfo": app, "license": "L"});
    } else if asked.text("activity") == "queryInstance" {
        let info: Vec<Value> = id.split(',').map(|id| json!({"instanceId": id, "appInfo": app})).collect();
        answer["info"] = info.into();
    }
    Some(answer)
}

/// Says no to everything.
fn no(_: &Asked) -> Option<Value> {
    Some(json!({"resultCode": "000005"}))
}

/// Opens instances and says no to everything else.
fn opens_only(asked: &Asked) -> Option<Value> {
    if is_creation(asked) { None } else { no(asked) }
}

/// Opens another instance for every purchase, repeated ones included.
fn another_each_time(asked: &Asked, answer: &mut Value) {
    if is_creation(asked) && answer["instanceId"].is_string() {
        answer["instanceId"] = json!(asked.text("businessId"));
    }
}

/// Checks whose failing sellers stand in the other files, because one habit alone breaks them.
const ELSEWHERE: [&str; 11] = [
    "reach/address",
    "reach/answers",
    "auth/timestamp-inside-window",
    "auth/lower-case-signature",
    "auth/short-nonce",
    "auth/values-that-need-encoding",
    "request/more-members",
    "test/change-check",
    "change-check/decides",
    "status/page-in-use",
    "status/freeze-has-effect",
];

async fn failed(generation: Generation, wish: Wish) -> BTreeSet<String> {
    let nothing: After = |_, _| {};
    let forward: Before = |_| None;
    let mut failed = BTreeSet::new();
    for (before, after) in [
        (yes as Before, nothing),
        (no as Before, nothing),
        (opens_only as Before, nothing),
        (forward, another_each_time as After),
    ] {
        let report = report_on(Seller::speaking(generation, KEY, || NOW), wish, before, after).await;
        for outcome in [Outcome::Failed, Outcome::Warning] {
            failed.extend(ended(&report, outcome).into_iter().map(str::to_owned));
        }
    }
    for faults in
        [Faults { act_on_tests: true, ..Faults::default() }, Faults { accept_any_signature: true, ..Faults::default() }]
    {
        let report = with_faults(Seller::speaking(generation, KEY, || NOW), wish, faults).await;
        failed.extend(ended(&report, Outcome::Failed).into_iter().map(str::to_owned));
    }
    failed
}

#[tokio::test]
async fn every_check_has_a_seller_who_fails_it() {
    let generations = [
        Generation::SaasV2,
        Generation::SaasV1,
        Generation::LicenseV1,
        Generation::GeneralLicense,
        Generation::OnlineLicense,
        Generation::OrderNotify,
    ];
    for generation in generations {
        for mode in [Mode::Period, Mode::PayPerUse, Mode::OneTime] {
            let wish = Wish { upgrade: true, renewal_change: true, query: true, ..Wish::of(generation, mode) };
            let failed = failed(generation, wish).await;
            let never: Vec<&str> = plan(&wish)
                .iter()
                .map(|step| step.check)
                .filter(|check| !failed.contains(*check) && !ELSEWHERE.contains(check))
                .collect();
            assert_eq!(never, [""; 0], "{generation:?} {mode:?}");
        }
    }
}
