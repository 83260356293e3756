//! The SaaS 1.0 calls (section 5): GET with `authToken`, answers with `Body-Sign` and encrypted
//! account and password.

pub(crate) mod fields;
mod order;
mod request;
#[cfg(test)]
mod tests;

use crate::answer::{self, Answer, NewInstanceAnswer};
use crate::field_cipher::Algorithm;
use crate::form::Field;
use crate::json::Object;
use crate::result_code;
use crate::verdict::{Fact, Failure, Fields, Rules};

pub use crate::auth_token::Parameters;
pub use order::{ChargingMode, OrderData, PeriodType, Quantities};
pub use request::{
    ExpireInstance, InstanceStatus, NewInstance, ParsedRequest, QueryInstance, RefreshInstance, ReleaseInstance,
    Request, StatusChange, Upgrade,
};

/// The seven activities of SaaS 1.0 (1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Activity {
    /// New purchase (新购商品).
    NewInstance,
    /// Renewal (商品续费).
    RefreshInstance,
    /// Expiry (商品过期).
    ExpireInstance,
    /// Release (商品资源释放).
    ReleaseInstance,
    /// Upgrade (商品升级).
    Upgrade,
    /// Resource status change (资源状态变更).
    InstanceStatus,
    /// Query (查询实例信息).
    QueryInstance,
}

impl Activity {
    /// All activities in the order of the specification.
    pub const ALL: [Self; 7] = [
        Self::NewInstance,
        Self::RefreshInstance,
        Self::ExpireInstance,
        Self::ReleaseInstance,
        Self::Upgrade,
        Self::InstanceStatus,
        Self::QueryInstance,
    ];

    /// The text of the parameter `activity`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewInstance => "newInstance",
            Self::RefreshInstance => "refreshInstance",
            Self::ExpireInstance => "expireInstance",
            Self::ReleaseInstance => "releaseInstance",
            Self::Upgrade => "upgrade",
            Self::InstanceStatus => "instanceStatus",
            Self::QueryInstance => "queryInstance",
        }
    }

    /// Reads the text of the parameter `activity`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|activity| activity.as_str() == name)
    }

    /// The table of the activity's request (5.1 – 5.7); `authToken` is added by the signature.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::NewInstance => &fields::NEW_INSTANCE,
            Self::RefreshInstance => &fields::REFRESH_INSTANCE,
            Self::ExpireInstance => &fields::EXPIRE_INSTANCE,
            Self::ReleaseInstance => &fields::RELEASE_INSTANCE,
            Self::Upgrade => &fields::UPGRADE,
            Self::InstanceStatus => &fields::INSTANCE_STATUS,
            Self::QueryInstance => &fields::QUERY_INSTANCE,
        }
    }
}

/// How an answer of SaaS 1.0 is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judge {
    /// The call.
    pub activity: Activity,
    /// The algorithm that the product is configured with (D-15).
    pub algorithm: Algorithm,
    /// Whether this is the debugging page, which insists on `frontEndUrl` (5.1).
    pub debugging: bool,
}

impl Rules for Judge {
    type Parsed = Answer;

    fn processing_allowed(self) -> bool {
        true
    }

    fn counts_as_success(self, code: &str) -> bool {
        self.activity == Activity::ReleaseInstance && code == result_code::UNKNOWN_INSTANCE
    }

    fn tells_operator(self, code: &str) -> bool {
        self.activity == Activity::NewInstance && result_code::tell_operator_at_once(code)
    }

    fn parse(self, body: &Object, processing: bool, keys: &[&str]) -> Result<Answer, Failure> {
        let answer = match self.activity {
            // The creation is repeated until it is done (D-32), so the ID may come then.
            Activity::NewInstance if processing => return Ok(Answer::Done),
            Activity::NewInstance => self.created(body)?,
            Activity::QueryInstance => Answer::instances(body)?,
            _ => return Ok(Answer::Done),
        };
        answer.decrypted(keys, self.algorithm)
    }
}

impl Judge {
    fn created(self, body: &Object) -> Result<Answer, Failure> {
        let fields = Fields(body);
        let instance_id = answer::instance_id(&fields)?;
        let encrypt_type = fields.optional("encryptType", answer::limits::ENCRYPT_TYPE)?;
        let app_info = answer::app_info_of(body, encrypt_type.as_ref())?;
        if self.debugging && app_info.is_none() {
            return Err(Fact::MissingField("frontEndUrl").into());
        }
        Ok(Answer::Created(NewInstanceAnswer { instance_id, accepted_only: false, app_info }))
    }
}
