//! Order notification (订单通知, 8): says only that something happened; the seller asks Query Order.

use serde_json::Value;

use crate::answer::Answer;
use crate::canonical::to_canonical;
use crate::form::{self, Field, Kind, Reader, RequestProblem, Source, object_of};
use crate::json::{self, Object};
use crate::saas_v2::OrderRef;
use crate::saas_v2::fields::{activity, id};
use crate::verdict::{Failure, Rules};

/// The text of the member `activity`.
pub const ACTIVITY: &str = "orderNotify";

/// The table of the request; unlike the other families `testFlag` is mandatory.
pub const FIELDS: [Field; 4] =
    [activity(20), id("orderId"), id("orderLineId"), Field::mandatory("testFlag", Kind::OneOf(&["0", "1"]), 2)];

/// The nodes at which a seller can be notified. The request does not tell which one fired (D-36).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// New purchase (新购).
    Purchase,
    /// Renewal (续费).
    Renewal,
    /// Change (变更).
    Change,
    /// Unsubscription (退订).
    Unsubscription,
}

impl Node {
    /// All nodes.
    pub const ALL: [Self; 4] = [Self::Purchase, Self::Renewal, Self::Change, Self::Unsubscription];

    /// The stable name under which a node is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::Renewal => "renewal",
            Self::Change => "change",
            Self::Unsubscription => "unsubscription",
        }
    }

    /// Reads a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|node| node.as_str() == name)
    }
}

/// What one notification is recognised by: the same line and node are notified once (D-35).
pub fn deduplication_key(order: &OrderRef, node: Node) -> String {
    format!("{}/{}", order.order_line_id, node.as_str())
}

/// The canonical body; `test` chooses `"testFlag":"1"`, otherwise it is `"0"`.
pub fn to_body(order: &OrderRef, test: bool) -> String {
    to_canonical(&Value::Object(object(order, test)))
}

fn object(order: &OrderRef, test: bool) -> Object {
    object_of(vec![
        ("activity", ACTIVITY.into()),
        ("orderId", order.order_id.clone().into()),
        ("orderLineId", order.order_line_id.clone().into()),
        ("testFlag", if test { "1" } else { "0" }.into()),
    ])
}

/// Checks the order before it is sent.
///
/// # Errors
/// The first member that is empty or too long.
pub fn check(order: &OrderRef) -> Result<(), RequestProblem> {
    form::check(&FIELDS, &object(order, false))
}

/// Reads a body as a seller does; the flag says whether it is a debugging call.
///
/// # Errors
/// [`RequestProblem`] naming the first member that is missing or invalid.
pub fn parse(body: &[u8]) -> Result<(OrderRef, bool), RequestProblem> {
    let body = json::parse_object(body)?;
    let name = body.text("activity")?.ok_or(RequestProblem::Missing("activity"))?;
    if name != ACTIVITY {
        return Err(RequestProblem::UnknownActivity(name.to_owned()));
    }
    form::check(&FIELDS, &body)?;
    let reader = Reader(&body);
    let order = OrderRef { order_id: reader.text("orderId")?, order_line_id: reader.text("orderLineId")? };
    Ok((order, reader.is_test()?))
}

/// How an answer is judged: only `000000` is success, because nothing is in progress here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judge;

impl Rules for Judge {
    type Parsed = Answer;

    fn processing_allowed(self) -> bool {
        false
    }

    fn counts_as_success(self, _: &str) -> bool {
        false
    }

    fn parse(self, _: &Object, _: bool, _: &[&str]) -> Result<Answer, Failure> {
        Ok(Answer::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Handling, handling};

    fn order() -> OrderRef {
        OrderRef { order_id: "CS1".into(), order_line_id: "CS1-000001".into() }
    }

    #[test]
    fn the_flag_is_always_sent_and_always_asked_for() {
        assert_eq!(
            to_body(&order(), false),
            r#"{"activity":"orderNotify","orderId":"CS1","orderLineId":"CS1-000001","testFlag":"0"}"#
        );
        for test in [false, true] {
            assert_eq!(parse(to_body(&order(), test).as_bytes()), Ok((order(), test)));
        }
        let without = br#"{"activity":"orderNotify","orderId":"CS1","orderLineId":"CS1-000001"}"#;
        assert_eq!(parse(without), Err(RequestProblem::Missing("testFlag")));
        assert_eq!(check(&order()), Ok(()));
        assert_eq!(
            check(&OrderRef { order_id: String::new(), order_line_id: "l".into() }),
            Err(RequestProblem::Missing("orderId"))
        );
    }

    #[test]
    fn keys_tell_nodes_apart() {
        let keys: std::collections::BTreeSet<String> =
            Node::ALL.iter().map(|node| deduplication_key(&order(), *node)).collect();
        assert_eq!(keys.len(), 4);
        for node in Node::ALL {
            assert_eq!(Node::from_name(node.as_str()), Some(node));
        }
    }

    #[test]
    fn only_success_is_success() {
        assert_eq!(handling(Judge, "000000"), Handling::Done);
        for code in ["000003", "000004", "000106"] {
            assert_eq!(handling(Judge, code), Handling::Repeat);
        }
    }
}
