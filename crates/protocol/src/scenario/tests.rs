use super::*;
use crate::call::Signing;
use crate::form::TestFlag;

const FRESH: Fresh<'static> = Fresh { now_ms: 1_717_000_000_123, business_id: "b-1" };

fn values(scenario: &Scenario) -> BTreeMap<String, String> {
    scenario.fields(&FRESH).into_iter().map(|field| (field.name, field.value)).collect()
}

fn faults(scenario: &Scenario, change: &[(&str, &str)]) -> Vec<(String, FaultKind)> {
    let mut values = values(scenario);
    for (name, value) in change {
        values.insert((*name).to_owned(), (*value).to_owned());
    }
    let faults = scenario.build(&values).expect_err("a fault");
    faults.into_iter().map(|fault| (fault.field, fault.problem)).collect()
}

fn body(generation: Generation, activity: &str, variant: &str) -> String {
    let scenario = Scenario::find(generation, activity, variant).unwrap();
    let call = scenario.build(&values(&scenario)).unwrap();
    let signing =
        Signing { address: "https://s.example/p", key: "k", nonce: "N", now_ms: 0, test_flag: TestFlag::Test };
    let signed = call.sign(&signing).unwrap();
    signed.body.unwrap_or_else(|| signed.signed.canonical.unwrap())
}

#[test]
fn every_preset_makes_a_valid_call_of_its_family_and_tab() {
    let mut count = 0;
    for generation in Generation::ALL {
        for scenario in scenarios(generation) {
            let call = scenario.build(&values(&scenario)).unwrap_or_else(|f| panic!("{scenario:?}: {f:?}"));
            assert_eq!(call.check(), Ok(()), "{scenario:?}");
            assert_eq!(call.activity(), scenario.activity);
            let family = if generation == Generation::GeneralLicense { Generation::LicenseV1 } else { generation };
            assert_eq!(call.generation(), family);
            assert_eq!(Scenario::find(generation, scenario.activity, scenario.variant), Some(scenario));
            count += 1;
        }
    }
    assert_eq!(count, 15 + 13 + 5 + 4 + 1 + 8 + 1);
}

#[test]
fn tabs_and_variants_are_those_of_the_specification() {
    let tabs = |generation| {
        let mut names: Vec<_> = scenarios(generation).iter().map(|s| s.activity).collect();
        names.dedup();
        names.len()
    };
    assert_eq!(Generation::ALL.map(tabs), [7, 7, 3, 4, 1, 5, 1]);
    assert_eq!(Scenario::find(Generation::OnlineLicense, "refreshInstance", "RENEWAL_CHANGE"), None);
    assert_eq!(Scenario::find(Generation::SaasV2, "expireInstance", ""), None);
}

#[test]
fn a_variant_picks_the_mock_order_and_what_it_fixes_cannot_be_edited() {
    assert!(body(Generation::SaasV2, "newInstance", "ON_DEMAND").contains("\"orderLineId\":\"MOCKONDEMAND-000001\""));
    assert!(body(Generation::SaasV2, "newInstance", "TRIAL").contains("MOCKPERIODDAYTRIAL"));
    assert!(body(Generation::SaasV2, "upgradeInstance", "").contains("MOCKMONTYCHANGE"));
    let v1 = body(Generation::SaasV1, "newInstance", "TRIAL");
    assert!(v1.contains("&trialFlag=1") && v1.contains("periodType=day") && v1.contains("chargingMode=1"), "{v1}");
    let once = body(Generation::SaasV1, "newInstance", "ONE_TIME");
    assert!(!once.contains("expireTime") && !once.contains("period") && !once.contains("trialFlag"), "{once}");
    assert!(once.contains("testFlag=1") && once.contains("orderAmount=100") && once.contains("provisionType=1"));
    let freeze = Scenario::find(Generation::SaasV2, "updateInstanceStatus", "FREEZE").unwrap();
    let mut edited = values(&freeze);
    edited.insert("status".to_owned(), "UNFREEZE".to_owned());
    let Ok(Call::SaasV2(saas_v2::Request::UpdateInstanceStatus(r))) = freeze.build(&edited) else { panic!() };
    assert_eq!(r.status, saas_v2::InstanceStatus::Freeze);
}

#[test]
fn faults_name_the_parameter() {
    let create = Scenario::find(Generation::SaasV2, "newInstance", "PERIOD").unwrap();
    let long = "x".repeat(65);
    let found = faults(&create, &[("orderId", " "), ("businessId", &long), ("colour", "red")]);
    let expected = [
        ("colour".to_owned(), FaultKind::Unknown),
        ("orderId".to_owned(), FaultKind::Missing),
        ("businessId".to_owned(), FaultKind::TooLong),
    ];
    assert_eq!(found, expected);
    let check = Scenario::find(Generation::SaasV2, "changeInstanceCheck", "").unwrap();
    assert_eq!(faults(&check, &[("productInfo.skuCode", "")])[0], ("productInfo.skuCode".into(), FaultKind::Missing));
    let number = faults(&check, &[("productInfo.linearValue", "ten")]);
    assert_eq!(number[0], ("productInfo.linearValue".into(), FaultKind::Form));
    let release = Scenario::find(Generation::SaasV2, "releaseInstance", "").unwrap();
    assert_eq!(faults(&release, &[("orderLineId", "")])[0], ("orderLineId".into(), FaultKind::Missing));
    let v1 = Scenario::find(Generation::SaasV1, "newInstance", "PERIOD").unwrap();
    assert_eq!(faults(&v1, &[("orderAmount", "1.2345")])[0], ("orderAmount".into(), FaultKind::Form));
}

#[test]
fn a_number_in_an_object_travels_as_a_number() {
    let check = Scenario::find(Generation::SaasV2, "changeInstanceCheck", "").unwrap();
    let mut values = values(&check);
    values.insert("productInfo.linearValue".to_owned(), "10".to_owned());
    let Ok(Call::SaasV2(saas_v2::Request::ChangeInstanceCheck(r))) = check.build(&values) else { panic!() };
    assert_eq!(r.product.linear_value, Some(10));
}
