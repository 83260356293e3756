use super::*;
use proptest::prelude::*;

fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9云/+\"\\\\=-]{1,64}"
}

fn scene() -> impl Strategy<Value = Scene> {
    (0..4_usize).prop_map(|at| Scene::ALL[at])
}

fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        (id(), id(), id()).prop_map(|(order_id, order_line_id, business_id)| {
            Request::NewInstance(NewInstance { order_id, order_line_id, business_id })
        }),
        prop::collection::vec(id(), 1..=100)
            .prop_map(|instance_ids| Request::QueryInstance(QueryInstance { instance_ids }))
            .prop_filter("within D-21", |r| r.check().is_ok()),
        (scene(), id(), id(), id(), prop::option::of(id()), 0_i64..4_000_000_000).prop_map(
            |(scene, order_id, order_line_id, instance_id, product_id, expiry)| {
                Request::RefreshInstance(RefreshInstance {
                    scene,
                    order_id,
                    order_line_id,
                    instance_id,
                    product_id,
                    expire_time: expire_time_from_unix(expiry).unwrap(),
                })
            }
        ),
        (id(), any::<bool>()).prop_map(|(instance_id, freeze)| {
            let status = if freeze { InstanceStatus::Freeze } else { InstanceStatus::Unfreeze };
            Request::UpdateInstanceStatus(UpdateInstanceStatus { instance_id, status })
        }),
        (id(), prop::option::of((id(), id()))).prop_map(|(instance_id, order)| {
            let order = order.map(|(order_id, order_line_id)| OrderRef { order_id, order_line_id });
            Request::ReleaseInstance(ReleaseInstance { instance_id, order })
        }),
        (id(), id(), id()).prop_map(|(instance_id, order_id, order_line_id)| {
            Request::UpgradeInstance(UpgradeInstance { instance_id, order_id, order_line_id })
        }),
        (id(), prop::option::of(any::<u64>()), id(), prop::option::of(id()), id()).prop_map(
            |(instance_id, linear_value, product_id, product_name, sku_code)| {
                Request::ChangeInstanceCheck(ChangeInstanceCheck {
                    instance_id,
                    product: ProductInfo { linear_value, product_id, product_name, sku_code },
                })
            }
        ),
    ]
}

proptest! {
    #[test]
    fn requests_come_back_as_they_were(request in request(), test in any::<bool>()) {
        let body = request.to_body(test);
        prop_assert_eq!(Request::parse(body.as_bytes()), Ok(ParsedRequest { request, test }));
    }

    #[test]
    fn bodies_are_canonical_and_scalars_are_texts(request in request(), test in any::<bool>()) {
        let body = request.to_body(test);
        let object = crate::json::parse_object(body.as_bytes()).unwrap();
        for (name, value) in &object {
            prop_assert!(value.is_string() || name == "productInfo");
        }
        prop_assert_eq!(object.contains_key("testFlag"), test);
        prop_assert_eq!(crate::canonical::to_canonical(&object.into()), body);
    }
}

#[test]
fn writes_the_documented_bodies() {
    let create = Request::NewInstance(NewInstance {
        order_id: "CS1".into(),
        order_line_id: "CS1-000001".into(),
        business_id: "b-1".into(),
    });
    assert_eq!(
        create.to_body(false),
        r#"{"activity":"newInstance","businessId":"b-1","orderId":"CS1","orderLineId":"CS1-000001"}"#
    );
    let query = Request::QueryInstance(QueryInstance { instance_ids: vec!["i-1".into(), "i-2".into()] });
    assert_eq!(query.to_body(true), r#"{"activity":"queryInstance","instanceId":"i-1,i-2","testFlag":"1"}"#);
    let check = Request::ChangeInstanceCheck(ChangeInstanceCheck {
        instance_id: "i-1".into(),
        product: ProductInfo {
            linear_value: Some(3),
            product_id: "p".into(),
            product_name: None,
            sku_code: "s".into(),
        },
    });
    assert_eq!(
        check.to_body(false),
        r#"{"activity":"changeInstanceCheck","instanceId":"i-1","productInfo":{"linearValue":3,"productId":"p","skuCode":"s"}}"#
    );
}

#[test]
fn requests_are_checked_before_they_are_sent() {
    let create = |business_id: String| {
        Request::NewInstance(NewInstance { order_id: "o".into(), order_line_id: "l".into(), business_id }).check()
    };
    assert_eq!(create("云".repeat(64)), Ok(()));
    assert_eq!(create(String::new()), Err(RequestProblem::Missing("businessId")));
    assert_eq!(create("x".repeat(65)), Err(RequestProblem::TooLong { field: "businessId", length: 65, limit: 64 }));
    let query = |instance_ids: Vec<String>| Request::QueryInstance(QueryInstance { instance_ids }).check();
    assert!(query(vec!["i".into(); 100]).is_ok());
    assert!(query(vec!["i".into(); 101]).is_err());
    assert!(query(vec!["x".repeat(64); 98]).is_ok());
    assert!(query(vec!["x".repeat(64); 99]).is_err());
    assert!(query(vec![]).is_err());
    assert!(query(vec!["a,b".into()]).is_err());
}

#[test]
fn a_seller_can_tell_what_is_wrong() {
    let parse = |body: &str| Request::parse(body.as_bytes()).unwrap_err();
    assert!(matches!(parse("[]"), RequestProblem::Json(_)));
    assert_eq!(parse("{}"), RequestProblem::Missing("activity"));
    assert_eq!(parse(r#"{"activity":"getLicense"}"#), RequestProblem::UnknownActivity("getLicense".into()));
    assert_eq!(parse(r#"{"activity":"newInstance","orderId":"o"}"#), RequestProblem::Missing("orderLineId"));
    assert_eq!(
        parse(r#"{"activity":"updateInstanceStatus","instanceId":"i","status":"GONE"}"#),
        RequestProblem::Invalid("status")
    );
    assert_eq!(
        parse(r#"{"activity":"releaseInstance","instanceId":"i","orderId":"o"}"#),
        RequestProblem::Missing("orderLineId")
    );
    let later = r#"{"activity":"releaseInstance","instanceId":"i","buyerInfo":{"x":[1]}}"#;
    assert!(Request::parse(later.as_bytes()).is_ok());
}

#[test]
fn names_of_activities_are_unique() {
    for activity in Activity::ALL {
        assert_eq!(Activity::from_name(activity.as_str()), Some(activity));
    }
    assert_eq!(Activity::from_name("NewInstance"), None);
}

#[test]
fn every_activity_has_a_table_that_names_it_and_the_flag() {
    for activity in Activity::ALL {
        let fields = activity.fields();
        assert_eq!((fields[0].name, fields[fields.len() - 1].name), ("activity", "testFlag"));
        assert!(activity.as_str().len() <= fields[0].limit);
    }
}

#[test]
fn requests_of_sellers_are_read_within_their_limits() {
    let parse = |body: serde_json::Value| Request::parse(body.to_string().as_bytes()).map(|_| ());
    let refresh = |field: &str, value: serde_json::Value| {
        let mut body = serde_json::json!({
            "activity": "refreshInstance", "scene": "RENEWAL", "orderId": "o", "orderLineId": "l",
            "instanceId": "i", "expireTime": "20270101000000",
        });
        body[field] = value;
        parse(body)
    };
    assert_eq!(refresh("scene", "RENEWAL_CHANGE".into()), Ok(()));
    assert_eq!(refresh("scene", "renewal".into()), Err(RequestProblem::Invalid("scene")));
    assert_eq!(refresh("expireTime", "20270230000000".into()), Err(RequestProblem::Invalid("expireTime")));
    assert_eq!(refresh("expireTime", 20_270_101.into()), Err(RequestProblem::Invalid("expireTime")));
    assert_eq!(refresh("instanceId", serde_json::json!(["i"])), Err(RequestProblem::Invalid("instanceId")));
    assert_eq!(refresh("instanceId", "".into()), Err(RequestProblem::Missing("instanceId")));
    assert_eq!(refresh("instanceId", "a\0".into()), Err(RequestProblem::Invalid("instanceId")));
    assert_eq!(refresh("testFlag", "2".into()), Err(RequestProblem::Invalid("testFlag")));
    let long = refresh("productId", "x".repeat(65).into());
    assert_eq!(long, Err(RequestProblem::TooLong { field: "productId", length: 65, limit: 64 }));
    let check = |product: serde_json::Value| {
        parse(serde_json::json!({"activity": "changeInstanceCheck", "instanceId": "i", "productInfo": product}))
    };
    assert_eq!(check(serde_json::json!({"productId": "p", "skuCode": "s", "linearValue": 3, "more": []})), Ok(()));
    assert_eq!(check(serde_json::json!({"productId": "p"})), Err(RequestProblem::Missing("skuCode")));
    assert_eq!(
        check(serde_json::json!({"productId": "p", "skuCode": "s", "linearValue": "3"})),
        Err(RequestProblem::Invalid("linearValue"))
    );
    assert_eq!(check("p".into()), Err(RequestProblem::Invalid("productInfo")));
}
