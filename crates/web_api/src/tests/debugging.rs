//! The workbench and catching up, as a seller's program uses them.

use super::{Program, StatusCode, Value, json};
use sample_sellers::Faults;
use testkit::{On, TestMarket};

const SELLER: &str = "seller@shop.example";

fn query(market: &TestMarket, save: bool) -> Value {
    json!({
        "address": market.server.production_address(), "generation": "saas_v2", "activity": "queryInstance",
        "parameters": {"instanceId": "mine-1"}, "save": save,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_debugs_saves_runs_again_and_deletes() {
    let market = TestMarket::open(On::Sqlite).await;
    let seller = Program::of(&market, SELLER).await;
    let scenarios = seller.get("/seller/debug/scenarios?generation=saas_v2").await.json();
    assert_eq!(scenarios["items"].as_array().unwrap().len(), 15);
    assert_eq!(scenarios["items"][0]["parameters"][0]["value"], "MOCKPERIODYEARNEW");
    let command = seller.send("POST", "/seller/debug/command", Some(query(&market, false)), "").await;
    assert!(command.json()["command"].as_str().unwrap().starts_with("curl "), "{}", command.body);

    let run = seller.send("POST", "/seller/debug/runs", Some(query(&market, true)), "k-1").await;
    assert_eq!((run.status, run.json()["passed"].as_bool()), (StatusCode::OK, Some(true)), "{}", run.body);
    let again = seller.send("POST", "/seller/debug/runs", Some(query(&market, true)), "k-1").await;
    assert_eq!((again.status, again.code().as_str()), (StatusCode::CONFLICT, "idempotency-answer-lost"));
    assert_eq!(market.server.calls().len(), 1, "a repetition with its key calls nobody, and signatures are not kept");
    let cases = seller.get("/seller/debug/cases?activity=queryInstance").await.json();
    assert_eq!((cases["items"].as_array().unwrap().len(), &cases["items"][0]["verdict"]), (1, &json!("SUCCESS")));

    market.server.set_access_key("another-key");
    let id = cases["items"][0]["id"].as_str().unwrap().to_owned();
    let failed = seller.send("POST", &format!("/seller/debug/cases/{id}/run"), None, "").await.json();
    assert_eq!(failed["passed"], false);
    assert!(failed["difference"]["signature_at"].is_u64() && failed["found"].as_str().unwrap().contains("Body-Sign"));
    let address = json!({"address": market.server.production_address(), "generation": "saas_v2"});
    let all = seller.send("POST", "/seller/debug/cases/runs", Some(address), "").await.json();
    assert_eq!((&all["results"][0]["case_id"], &all["results"][0]["run"]["passed"]), (&json!(id), &json!(false)));
    assert_eq!(seller.send("DELETE", &format!("/seller/debug/cases/{id}"), None, "").await.code(), "case-needed");
    let draft = market.app.begin_modification(&market.seller, &market.product_id).await.unwrap();
    let needed = seller.get(&format!("/seller/applications/{draft}/cases")).await.json();
    let states: Vec<&str> = needed["items"].as_array().unwrap().iter().map(|n| n["state"].as_str().unwrap()).collect();
    assert_eq!((states.len(), states.iter().filter(|s| **s == "FAILED").count()), (8, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_and_strangers_are_refused_with_their_codes() {
    let market = TestMarket::open(On::Sqlite).await;
    let seller = Program::of(&market, SELLER).await;
    let mut wrong = query(&market, false);
    wrong["parameters"] = json!({"colour": "red"});
    let answer = seller.send("POST", "/seller/debug/runs", Some(wrong), "").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid-fields"));
    let errors = answer.json()["errors"].clone();
    assert_eq!((&errors[0]["field"], &errors[0]["code"]), (&json!("colour"), &json!("unknown-field")));
    assert_eq!((&errors[1]["field"], &errors[1]["code"]), (&json!("instanceId"), &json!("required")));
    let buyer = Program::of(&market, "buyer@corp.example").await;
    for path in ["/seller/debug/scenarios", "/seller/debug/cases", "/seller/calls/missed"] {
        assert_eq!(buyer.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seller_catches_up_with_what_was_missed() {
    let market = TestMarket::open(On::Sqlite).await;
    let seller = Program::of(&market, SELLER).await;
    market.buy_a_month().await;
    market.server.set_faults(Faults { result_code: Some("000005".into()), ..Faults::default() });
    for _ in 0..3 {
        market.pay_a_month().await;
        market.clock.advance(1_000_000);
    }
    market.work().await;
    let first = seller.get("/seller/calls/missed?limit=2").await.json();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    assert!(first["items"][0]["created_at"].as_str() < first["items"][1]["created_at"].as_str(), "oldest first");
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = seller.get(&format!("/seller/calls/missed?limit=2&cursor={cursor}")).await.json();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &Value::Null));

    market.server.set_faults(Faults::default());
    let one = json!({"ids": [first["items"][0]["id"], "cal_unknown"]});
    let done = seller.send("POST", "/seller/calls/restarts", Some(one.clone()), "k-1").await;
    assert_eq!(done.json()["restarted"], json!([first["items"][0]["id"]]), "{}", done.body);
    assert_eq!(done.json()["refused"], json!([{"id": "cal_unknown", "code": "not-found"}]));
    assert!(seller.send("POST", "/seller/calls/restarts", Some(one), "k-1").await.replayed());
    let rest = seller.send("POST", "/seller/calls/restarts", Some(json!({"state": "RETRYING"})), "").await.json();
    let refused = rest["refused"].as_array().unwrap();
    assert_eq!((rest["restarted"].as_array().unwrap().len(), refused.len()), (2, 1));
    assert_eq!(refused[0]["code"], "call-restart-waits", "it was asked for already");
    market.work().await;
    assert_eq!(seller.get("/seller/calls/missed").await.json()["items"], json!([]));
    let many = json!({"ids": vec!["x"; 201]});
    assert_eq!(seller.send("POST", "/seller/calls/restarts", Some(many), "").await.code(), "invalid-fields");
}
