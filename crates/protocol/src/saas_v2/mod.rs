//! The SaaS 2.0 calls (section 4): requests, answers and what each activity allows.

mod answer;
mod expire;
mod request;
#[cfg(test)]
mod tests;

pub use answer::{Answer, AppInfo, CreationPoll, InstanceInfo, NewInstanceAnswer, UsageInfo};
pub use answer::{creation_poll, is_web_link};
pub use expire::{expire_time, expire_time_from_unix, parse_expire_time};
pub use request::{
    ChangeInstanceCheck, InstanceStatus, LimitBroken, NewInstance, OrderRef, ParsedRequest, ProductInfo, QueryInstance,
    RefreshInstance, ReleaseInstance, Request, RequestProblem, Scene, UpdateInstanceStatus, UpgradeInstance,
};

/// Maximum lengths in characters (4.2 – 4.8).
pub mod limits {
    /// `orderId`, `orderLineId`, `businessId`, `instanceId`, `productId`, `skuCode`, `scene`.
    pub const ID: usize = 64;
    /// IDs in one `queryInstance` (D-21).
    pub const QUERY_IDS: usize = 100;
    /// Characters of the joined `instanceId` of one `queryInstance` (D-21).
    pub const QUERY_TEXT: usize = 6_400;
    /// `resultMsg`.
    pub const RESULT_MSG: usize = 255;
    /// `frontEndUrl`, `adminUrl`, `dashboardUrl`.
    pub const URL: usize = 512;
    /// `userName`, `password`.
    pub const CREDENTIAL: usize = 128;
    /// `memo`.
    pub const MEMO: usize = 1_024;
    /// `usageValue`, `statisticalTime`, `expireTime`.
    pub const SHORT: usize = 20;
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

    /// Reads the text of the member `activity`; `None` when it names none of the seven.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == name)
    }
}
