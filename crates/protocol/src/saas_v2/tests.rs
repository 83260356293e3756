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
            .prop_filter("within D-21", |r| r.check_limits().is_ok()),
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
fn limits_of_requests() {
    let create = |business_id: String| {
        Request::NewInstance(NewInstance { order_id: "o".into(), order_line_id: "l".into(), business_id })
            .check_limits()
    };
    assert_eq!(create("云".repeat(64)), Ok(()));
    for bad in [String::new(), "x".repeat(65)] {
        let broken = create(bad).unwrap_err();
        assert_eq!((broken.field, broken.limit), ("businessId", 64));
    }
    let query = |instance_ids: Vec<String>| Request::QueryInstance(QueryInstance { instance_ids }).check_limits();
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
