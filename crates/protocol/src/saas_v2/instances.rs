//! Several instances: what a creation is keyed by, queries in batches, usage per instance.

use super::{InstanceInfo, QueryInstance, UsageInfo};
use crate::form;

/// How an order line is charged, as far as it matters to the key of a creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Charging {
    /// Period, one-time or package.
    Prepaid,
    /// Pay-per-use (按需): one order opens one instance per billing item (D-19).
    PayPerUse,
}

/// What makes two creations the same one (4.2, 13 item 4). Compare as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CreationKey {
    /// Order and order line.
    Line(String, String),
    /// Order and product ID, which the seller reads from Query Order.
    Product(String, String),
}

/// The key under which a seller recognises a repeated `newInstance`.
///
/// `product_id` is what Query Order tells; without it the order line is used, which differs per
/// billing item as well (D-19).
pub fn creation_key(charging: Charging, order_id: &str, order_line_id: &str, product_id: Option<&str>) -> CreationKey {
    match (charging, product_id) {
        (Charging::PayPerUse, Some(product_id)) => CreationKey::Product(order_id.to_owned(), product_id.to_owned()),
        _ => CreationKey::Line(order_id.to_owned(), order_line_id.to_owned()),
    }
}

/// Divides any number of instance IDs into queries that stay within D-21, order kept.
///
/// IDs that can never be asked for (empty, longer than 64 characters, with a comma) are left out.
pub fn query_batches<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<QueryInstance> {
    let mut batches: Vec<QueryInstance> = Vec::new();
    let mut length = 0;
    for id in ids {
        let characters = id.chars().count();
        if characters == 0 || characters > form::ID || id.contains(',') {
            continue;
        }
        match batches.last_mut() {
            Some(batch)
                if batch.instance_ids.len() < form::QUERY_IDS && length + 1 + characters <= form::QUERY_TEXT =>
            {
                batch.instance_ids.push(id.to_owned());
                length += 1 + characters;
            }
            _ => {
                batches.push(QueryInstance { instance_ids: vec![id.to_owned()] });
                length = characters;
            }
        }
    }
    batches
}

/// One line of the usage display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageLine<'a> {
    /// The instance whose element told it.
    pub instance_id: &'a str,
    /// The usage; with `related_instance_id` it is the usage of a package.
    pub usage: &'a UsageInfo,
}

/// Every usage that concerns `instance_id`: its own and that of packages which belong to it (4.3).
pub fn usage_of<'a>(info: &'a [InstanceInfo], instance_id: &str) -> Vec<UsageLine<'a>> {
    let mut lines = Vec::new();
    for element in info {
        for usage in &element.usage_info {
            let related = usage.related_instance_id.as_deref() == Some(instance_id);
            if related || element.instance_id == instance_id {
                lines.push(UsageLine { instance_id: &element.instance_id, usage });
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saas_v2::Request;
    use proptest::prelude::*;

    fn usage(value: &str, related: Option<&str>) -> UsageInfo {
        UsageInfo {
            related_instance_id: related.map(str::to_owned),
            usage_value: value.to_owned(),
            statistical_time: "20240530000000000".to_owned(),
            dashboard_url: None,
        }
    }

    #[test]
    fn pay_per_use_is_keyed_by_product() {
        let key = |charging, line, product| creation_key(charging, "CS1", line, product);
        assert_eq!(key(Charging::PayPerUse, "l1", Some("p")), key(Charging::PayPerUse, "l2", Some("p")));
        assert_ne!(key(Charging::PayPerUse, "l1", Some("p")), key(Charging::PayPerUse, "l1", Some("q")));
        assert_ne!(key(Charging::PayPerUse, "l1", None), key(Charging::PayPerUse, "l2", None));
        assert_eq!(key(Charging::Prepaid, "l1", Some("p")), key(Charging::Prepaid, "l1", Some("q")));
        assert_ne!(key(Charging::Prepaid, "l1", None), key(Charging::Prepaid, "l2", None));
    }

    #[test]
    fn usage_of_packages_is_shown_with_their_instance() {
        let element = |id: &str, usage_info| InstanceInfo { instance_id: id.to_owned(), app_info: None, usage_info };
        let info = [
            element("i-1", vec![usage("1", None)]),
            element("pkg", vec![usage("2", Some("i-1")), usage("3", Some("i-2"))]),
        ];
        let shown = |id| usage_of(&info, id).iter().map(|line| line.usage.usage_value.as_str()).collect::<Vec<_>>();
        assert_eq!(shown("i-1"), ["1", "2"]);
        assert_eq!(shown("i-2"), ["3"]);
        assert_eq!(shown("pkg"), ["2", "3"]);
        assert!(shown("i-3").is_empty());
    }

    #[test]
    fn usage_is_exact_in_ten_thousandths() {
        for (text, units) in [("0", 0), ("12.5", 125_000), ("99999999.9999", 999_999_999_999), ("1.00009", 10_000)] {
            assert_eq!(usage(text, None).ten_thousandths(), Some(units), "{text}");
        }
        for bad in ["", "-1", "1e3", "1.", ".5", "１", "1.2.3", "NaN"] {
            assert_eq!(usage(bad, None).ten_thousandths(), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn batches_can_be_sent_and_lose_nothing(ids in prop::collection::vec("[a-z云]{1,64}", 0..350)) {
            let batches = query_batches(ids.iter().map(String::as_str));
            let mut back = Vec::new();
            for batch in batches {
                prop_assert_eq!(Request::QueryInstance(batch.clone()).check(), Ok(()));
                back.extend(batch.instance_ids);
            }
            prop_assert_eq!(back, ids);
        }
    }

    #[test]
    fn ids_that_cannot_be_asked_for_are_left_out() {
        let long = "x".repeat(65);
        let batches = query_batches(["", "a,b", &long, "i"]);
        assert_eq!(batches, [QueryInstance { instance_ids: vec!["i".to_owned()] }]);
    }
}
