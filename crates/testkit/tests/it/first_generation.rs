//! A seller whose server was written for SaaS 1.0 (seller interface 5): the whole life of a service over
//! GET with `authToken`, against the sample seller of that generation.

use app::ordering::Side;
use domain::catalogue::content::Access;
use domain::catalogue::kinds::{InterfaceGeneration, PeriodType};
use domain::ordering::order::PaymentProvider;
use domain::time::{DAY, HOUR, MINUTE};

use sample_sellers::protocol::{Generation, query};
use sample_sellers::{Faults, Seller};
use std::collections::BTreeMap;
use testkit::{On, TestMarket, cny, sample_content};

use crate::faults::{creation, pay_a_month_of, told};

/// A market whose seller speaks 1.0, and its product.
async fn market(on: On, polls: u32) -> (TestMarket, String) {
    let speaking = |key: &str, clock: Box<dyn Fn() -> i64 + Send + Sync>| {
        Seller::speaking(Generation::SaasV1, key, clock).with_polls(polls)
    };
    let m = TestMarket::with_seller(on, speaking).await;
    let picture = m.app.product_view(&m.product_id).await.unwrap().product.content.logo.clone().unwrap();
    let mut content = sample_content(&m.server.production_address(), &picture);
    let Access::Saas { generation, .. } = &mut content.access;
    *generation = InterfaceGeneration::SaasV1;
    let owner = m.seller.member().unwrap().organisation_id.clone();
    let product = m.app.release_directly(&owner, content, 0, 0).await.unwrap();
    (m, product)
}

/// The parameters of every request that the seller received, in order.
fn heard(m: &TestMarket) -> Vec<BTreeMap<String, String>> {
    let pairs = |text: &str| query::decode(text).unwrap().into_iter().collect();
    m.server.calls().iter().map(|call| pairs(call.body.as_str())).collect()
}

fn activities(m: &TestMarket) -> Vec<String> {
    heard(m).into_iter().map(|mut p| p.remove("activity").unwrap()).collect()
}

async fn lives_through_everything(on: On) {
    let (m, product) = market(on, 0).await;
    let order = pay_a_month_of(&m, &product).await;
    m.work().await;
    let bought = m.order(&order.id).await;
    assert_eq!(bought.state.code(), "COMPLETED");
    let id = bought.instance_id.unwrap();
    let service = m.instance(&id).await;
    let access = service.access.expect("1.0 answers the access data with the purchase");
    assert!(access.front_end_url.starts_with("http") && access.password.is_some_and(|p| !p.is_empty()));
    let said = heard(&m).remove(0);
    let said = |name: &str| said.get(name).map(String::as_str);
    assert_eq!(said("orderId"), Some(order.id.as_str()));
    assert_eq!((said("chargingMode"), said("periodType"), said("periodNumber")), (Some("1"), Some("month"), Some("1")));
    assert_eq!((said("orderAmount"), said("provisionType"), said("testFlag")), (Some("100.00"), Some("1"), None));
    assert_eq!(said("customerId"), Some(m.buyer.member().unwrap().organisation_id.as_str()));
    let (call, attempts) = creation(&m, &order).await;
    assert_eq!((call.state.code(), attempts[0].request_body.as_str()), ("SUCCEEDED", ""));
    assert!(attempts[0].url.contains("&authToken=***") && attempts[0].response_headers.contains("body-sign"));

    assert!(m.app.refresh_information(&m.buyer, &id).await.unwrap(), "the purchase is repeated");
    let renewal = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
    m.app.pay_order(&m.buyer, &renewal.id, PaymentProvider::Balance).await.unwrap();
    m.work().await;
    assert_eq!(m.order(&renewal.id).await.state.code(), "COMPLETED");
    let until = m.instance(&id).await.instance.state.until().unwrap();
    assert_eq!(heard(&m).last().unwrap()["expireTime"], until.to_wire_utc());
    m.days_pass(62 + 8).await;
    assert_eq!(m.instance(&id).await.instance.state.code(), "FROZEN");
    assert_eq!(heard(&m).last().unwrap()["orderId"], order.id, "the purchase that expired");
    m.days_pass(40).await;
    assert_eq!(m.instance(&id).await.instance.state.code(), "RELEASED");
    let expected = ["newInstance", "newInstance", "refreshInstance", "expireInstance", "releaseInstance"];
    assert_eq!(activities(&m), expected);
    assert_eq!(m.server.created_count(&order.id, ""), 1, "the repeated purchase opened nothing");
    m.check_books().await;
}

async fn is_asked_for_patience(on: On) {
    let (m, product) = market(on, 2).await;
    let order = pay_a_month_of(&m, &product).await;
    m.work().await;
    assert_eq!(creation(&m, &order).await.0.state.code(), "POLLING");
    m.pass(10 * MINUTE).await;
    assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
    assert_eq!(activities(&m), ["newInstance"; 4], "D-32: the purchase itself is repeated");
    m.check_books().await;
}

async fn gives_no_answer_that_can_be_trusted(on: On) {
    let (m, product) = market(on, 0).await;
    m.server.set_faults(Faults { missing_body_sign: true, ..Faults::default() });
    let order = pay_a_month_of(&m, &product).await;
    m.pass(4 * HOUR).await;
    let (call, attempts) = creation(&m, &order).await;
    assert_eq!((call.state.code(), call.exception_code.as_str(), attempts.len()), ("CANCELLED", "body_sign", 4));
    assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100000"), "everything is back");
    m.check_books().await;
}

async fn has_no_access_data_to_tell(on: On) {
    let (m, product) = market(on, 0).await;
    m.server.set_faults(Faults { missing_content: true, ..Faults::default() });
    let order = pay_a_month_of(&m, &product).await;
    m.days_pass(4).await;
    assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
    assert_eq!(activities(&m), ["newInstance"; 2], "appInfo is optional (5.1)");
    for kind in ["call-failed", "call-stopped"] {
        assert_eq!(told(&m, &m.seller, kind).await + told(&m, &m.operator, kind).await, 0, "{kind}");
    }
}

async fn is_told_the_state_of_what_is_paid_by_use(on: On) {
    let (m, product) = market(on, 0).await;
    let order = pay_a_month_of(&m, &product).await;
    m.work().await;
    let id = m.order(&order.id).await.instance_id.unwrap();
    // Nothing is sold by use yet; the engine reads the mode from the service.
    let wanted = id.clone();
    let by_use = move |tx: &mut store::Tx<'_>| {
        tx.execute("update instance set mode = 'ON_DEMAND' where id = $1", store::params![&wanted])?;
        Ok::<_, store::StoreError>(())
    };
    m.db.write(by_use).await.unwrap();
    m.app.freeze_for_violation(&m.operator, &id, true, "违规").await.unwrap();
    m.app.freeze_for_violation(&m.operator, &id, false, "已整改").await.unwrap();
    m.work().await;
    assert_eq!(activities(&m), ["newInstance", "instanceStatus", "instanceStatus"], "D-51");
    let states: Vec<String> = heard(&m)[1..].iter().map(|p| p["instanceStatus"].clone()).collect();
    assert_eq!(states, ["FREEZE", "NORMAL"]);
}

async fn is_not_told_what_its_generation_cannot_say(on: On) {
    let (m, product) = market(on, 0).await;
    let order = pay_a_month_of(&m, &product).await;
    m.work().await;
    let id = m.order(&order.id).await.instance_id.unwrap();
    m.app.freeze_for_violation(&m.operator, &id, true, "违规").await.unwrap();
    m.app.freeze_for_violation(&m.operator, &id, false, "已整改").await.unwrap();
    m.pass(DAY).await;
    assert_eq!(activities(&m), ["newInstance", "expireInstance"]);
    let calls = m.app.instance(&m.operator, Side::Market, &id).await.unwrap().calls;
    let lifted = calls.last().unwrap();
    assert_eq!((lifted.state.code(), lifted.exception_code.as_str()), ("CANCELLED", "no_such_call"), "D-51");
}

macro_rules! on_each {
    ($($name:ident)*) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$name(testkit::On::Sqlite).await;
            }
            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::$name(testkit::On::Postgres).await;
            }
        })*
    };
}

on_each! {
    lives_through_everything
    is_asked_for_patience
    gives_no_answer_that_can_be_trusted
    has_no_access_data_to_tell
    is_told_the_state_of_what_is_paid_by_use
    is_not_told_what_its_generation_cannot_say
}
