//! The SaaS 2.0 calls (section 4): requests, answers and what each activity allows.

mod instances;
mod request;
#[cfg(test)]
mod tests;

use crate::form::{Field, Kind, TEST_FLAG};
use crate::json::Object;
use crate::result_code;
use crate::verdict::{Failure, Rules};

pub use crate::answer::{
    Answer, AppInfo, CreationPoll, InstanceInfo, NewInstanceAnswer, UsageInfo, creation_poll, is_web_link,
};
pub use crate::form::RequestProblem;
pub use crate::times::{expire_time, expire_time_from_unix, parse_expire_time};
pub use instances::{Charging, CreationKey, UsageLine, creation_key, query_batches, usage_of};
pub use request::{
    ChangeInstanceCheck, InstanceStatus, NewInstance, OrderRef, ParsedRequest, ProductInfo, QueryInstance,
    RefreshInstance, ReleaseInstance, Request, Scene, UpdateInstanceStatus, UpgradeInstance,
};

/// Maximum lengths in characters (4.2 – 4.8).
pub mod limits {
    pub use crate::answer::limits::{CREDENTIAL, MEMO, RESULT_MSG, SHORT, URL};
    pub use crate::form::{ID, QUERY_IDS, QUERY_TEXT};
}

/// The seven activities of SaaS 2.0 (1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Activity {
    /// Create an instance (创建实例).
    NewInstance,
    /// Query instances (查询实例信息).
    QueryInstance,
    /// Change the expiry of an instance (更新实例).
    RefreshInstance,
    /// Freeze or unfreeze an instance (更新实例状态).
    UpdateInstanceStatus,
    /// Release an instance (释放实例).
    ReleaseInstance,
    /// Upgrade an instance (实例升级).
    UpgradeInstance,
    /// Ask whether a renewal with change is allowed (续费变更校验).
    ChangeInstanceCheck,
}

impl Activity {
    /// All activities in the order of the specification.
    pub const ALL: [Self; 7] = [
        Self::NewInstance,
        Self::QueryInstance,
        Self::RefreshInstance,
        Self::UpdateInstanceStatus,
        Self::ReleaseInstance,
        Self::UpgradeInstance,
        Self::ChangeInstanceCheck,
    ];

    /// The text of the member `activity`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewInstance => "newInstance",
            Self::QueryInstance => "queryInstance",
            Self::RefreshInstance => "refreshInstance",
            Self::UpdateInstanceStatus => "updateInstanceStatus",
            Self::ReleaseInstance => "releaseInstance",
            Self::UpgradeInstance => "upgradeInstance",
            Self::ChangeInstanceCheck => "changeInstanceCheck",
        }
    }

    /// The table of the activity's request, `activity` and `testFlag` included (4.2 – 4.8).
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::NewInstance => &fields::NEW_INSTANCE,
            Self::QueryInstance => &fields::QUERY_INSTANCE,
            Self::RefreshInstance => &fields::REFRESH_INSTANCE,
            Self::UpdateInstanceStatus => &fields::UPDATE_INSTANCE_STATUS,
            Self::ReleaseInstance => &fields::RELEASE_INSTANCE,
            Self::UpgradeInstance => &fields::UPGRADE_INSTANCE,
            Self::ChangeInstanceCheck => &fields::CHANGE_INSTANCE_CHECK,
        }
    }

    /// Reads the text of the member `activity`; `None` when it names none of the seven.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == name)
    }
}

pub(crate) mod fields {
    use super::{Field, Kind, TEST_FLAG};
    use crate::form::{ID, QUERY_TEXT};

    pub(crate) const STATUS_WORDS: Kind = Kind::OneOf(&["FREEZE", "UNFREEZE"]);
    const SCENE: Kind = Kind::OneOf(&["TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE"]);

    pub(crate) const fn id(name: &'static str) -> Field {
        Field::mandatory(name, Kind::Text, ID)
    }

    pub(crate) const fn activity(limit: usize) -> Field {
        Field::mandatory("activity", Kind::Text, limit)
    }

    pub(crate) const NEW_INSTANCE: [Field; 5] =
        [activity(20), id("orderId"), id("orderLineId"), id("businessId"), TEST_FLAG];

    pub(crate) const QUERY_INSTANCE: [Field; 3] =
        [activity(20), Field::mandatory("instanceId", Kind::Ids, QUERY_TEXT), TEST_FLAG];

    pub(crate) const REFRESH_INSTANCE: [Field; 8] = [
        activity(20),
        Field::mandatory("scene", SCENE, 64),
        id("orderId"),
        id("orderLineId"),
        id("instanceId"),
        Field::optional("productId", Kind::Text, ID),
        Field::mandatory("expireTime", Kind::Expiry, 20),
        TEST_FLAG,
    ];

    pub(crate) const UPDATE_INSTANCE_STATUS: [Field; 4] =
        [activity(32), id("instanceId"), Field::mandatory("status", STATUS_WORDS, 32), TEST_FLAG];

    pub(crate) const RELEASE_INSTANCE: [Field; 5] = [
        activity(32),
        id("instanceId"),
        Field::optional("orderId", Kind::Text, ID),
        Field::optional("orderLineId", Kind::Text, ID),
        TEST_FLAG,
    ];

    pub(crate) const UPGRADE_INSTANCE: [Field; 5] =
        [activity(32), id("instanceId"), id("orderId"), id("orderLineId"), TEST_FLAG];

    pub(crate) const CHANGE_INSTANCE_CHECK: [Field; 4] =
        [activity(32), id("instanceId"), Field::mandatory("productInfo", Kind::Object(&PRODUCT_INFO), 0), TEST_FLAG];

    /// D-27; the limit of the name is ours, Query Order gives none.
    pub(crate) const PRODUCT_INFO: [Field; 4] = [
        Field::optional("linearValue", Kind::JsonInteger, 20),
        id("productId"),
        Field::optional("productName", Kind::Text, 512),
        id("skuCode"),
    ];
}

impl Rules for Activity {
    type Parsed = Answer;

    fn processing_allowed(self) -> bool {
        // The check is synchronous: the buyer waits in front of it (D-27, D-30).
        self != Self::ChangeInstanceCheck
    }

    fn counts_as_success(self, code: &str) -> bool {
        self == Self::ReleaseInstance && code == result_code::UNKNOWN_INSTANCE
    }

    fn tells_operator(self, code: &str) -> bool {
        self == Self::NewInstance && result_code::tell_operator_at_once(code)
    }

    fn parse(self, body: &Object, processing: bool, keys: &[&str]) -> Result<Answer, Failure> {
        match self {
            Self::NewInstance => Answer::created(body, processing),
            Self::QueryInstance => Ok(Answer::instances(body)?.revealed(keys)),
            _ => Ok(Answer::Done),
        }
    }
}
