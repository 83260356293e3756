//! Authorisation code 2.0 (联营License类授权码, 6.1): POST, signed as SaaS 2.0.

use serde_json::Value;

use crate::answer::Answer;
use crate::canonical::to_canonical;
use crate::form::{self, Field, Kind, Members, Reader, RequestProblem, Source, TEST_FLAG, object_of, push_optional};
use crate::json::{self, Object};
use crate::result_code::{self, ResultCode};
use crate::saas_v2::fields::{STATUS_WORDS, activity, id};
use crate::saas_v2::{InstanceStatus, OrderRef};
use crate::verdict::{Failure, Rules};

/// The three activities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Activity {
    /// Update validity (更新授权码有效期).
    Refresh,
    /// Update status (更新授权码状态).
    UpdateStatus,
    /// Release (释放授权码).
    Release,
}

impl Activity {
    /// All activities.
    pub const ALL: [Self; 3] = [Self::Refresh, Self::UpdateStatus, Self::Release];

    /// The text of the member `activity`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refresh => "refreshLicenseCode",
            Self::UpdateStatus => "updateLicenseCodeStatus",
            Self::Release => "releaseLicenseCode",
        }
    }

    /// Reads the text of the member `activity`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|activity| activity.as_str() == name)
    }

    /// The table of the activity's request, `activity` and `testFlag` included.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Refresh => &REFRESH,
            Self::UpdateStatus => &UPDATE_STATUS,
            Self::Release => &RELEASE,
        }
    }
}

const SCENE: Kind = Kind::OneOf(&["RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD"]);

const REFRESH: [Field; 8] = [
    activity(20),
    Field::mandatory("scene", SCENE, 64),
    id("orderId"),
    id("orderLineId"),
    id("license"),
    Field::optional("productId", Kind::Text, 64),
    Field::mandatory("expireTime", Kind::Expiry, 20),
    TEST_FLAG,
];
const UPDATE_STATUS: [Field; 4] =
    [activity(32), id("license"), Field::mandatory("status", STATUS_WORDS, 32), TEST_FLAG];
const RELEASE: [Field; 5] = [
    activity(32),
    id("license"),
    Field::optional("orderId", Kind::Text, 64),
    Field::optional("orderLineId", Kind::Text, 64),
    TEST_FLAG,
];

/// Why the validity changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scene {
    /// Renewal (续费).
    Renewal,
    /// A renewed period is unsubscribed (退续费).
    UnsubscribeRenewalPeriod,
}

impl Scene {
    /// The text of the member `scene`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Renewal => "RENEWAL",
            Self::UnsubscribeRenewalPeriod => "UNSUBSCRIBE_RENEWAL_PERIOD",
        }
    }

    /// Reads the text of the member `scene`.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Renewal, Self::UnsubscribeRenewalPeriod].into_iter().find(|scene| scene.as_str() == name)
    }
}

/// One request without its signature. `license` is the ID of the authorisation code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `refreshLicenseCode`.
    Refresh(Refresh),
    /// `updateLicenseCodeStatus`.
    UpdateStatus {
        /// Authorisation code ID.
        license: String,
        /// The state it shall have.
        status: InstanceStatus,
    },
    /// `releaseLicenseCode`.
    Release {
        /// Authorisation code ID.
        license: String,
        /// The unsubscription order, only when an unsubscription is the reason.
        order: Option<OrderRef>,
    },
}

/// Body of `refreshLicenseCode`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// Why the validity changes.
    pub scene: Scene,
    /// The order and its line.
    pub order: OrderRef,
    /// Authorisation code ID.
    pub license: String,
    /// Sent when the period type changes.
    pub product_id: Option<String>,
    /// New expiry, UTC, 14 digits.
    pub expire_time: String,
}

impl Request {
    /// The activity of the request.
    pub const fn activity(&self) -> Activity {
        match self {
            Self::Refresh(_) => Activity::Refresh,
            Self::UpdateStatus { .. } => Activity::UpdateStatus,
            Self::Release { .. } => Activity::Release,
        }
    }

    /// The authorisation code ID.
    pub fn license(&self) -> &str {
        match self {
            Self::Refresh(r) => &r.license,
            Self::UpdateStatus { license, .. } | Self::Release { license, .. } => license,
        }
    }

    /// The canonical body; `test_flag` adds `"testFlag":"1"`.
    pub fn to_body(&self, test_flag: bool) -> String {
        let mut body = self.object();
        if test_flag {
            body.insert("testFlag".to_owned(), "1".into());
        }
        to_canonical(&Value::Object(body))
    }

    fn object(&self) -> Object {
        let mut members: Members =
            vec![("activity", self.activity().as_str().into()), ("license", self.license().to_owned().into())];
        match self {
            Self::Refresh(r) => {
                members.push(("scene", r.scene.as_str().into()));
                members.push(("orderId", r.order.order_id.clone().into()));
                members.push(("orderLineId", r.order.order_line_id.clone().into()));
                members.push(("expireTime", r.expire_time.clone().into()));
                push_optional(&mut members, "productId", r.product_id.as_ref());
            }
            Self::UpdateStatus { status, .. } => members.push(("status", status.as_str().into())),
            Self::Release { order, .. } => {
                push_optional(&mut members, "orderId", order.as_ref().map(|o| &o.order_id));
                push_optional(&mut members, "orderLineId", order.as_ref().map(|o| &o.order_line_id));
            }
        }
        object_of(members)
    }

    /// Checks the request against the table of its activity before it is sent.
    ///
    /// # Errors
    /// The first member that is empty, too long or malformed.
    pub fn check(&self) -> Result<(), RequestProblem> {
        form::check(self.activity().fields(), &self.object())
    }

    /// Reads a body as a seller does; the flag says whether it is a debugging call.
    ///
    /// # Errors
    /// [`RequestProblem`] naming the first member that is missing or invalid.
    pub fn parse(body: &[u8]) -> Result<(Self, bool), RequestProblem> {
        let body = json::parse_object(body)?;
        let name = body.text("activity")?.ok_or(RequestProblem::Missing("activity"))?;
        let activity = Activity::from_name(name).ok_or_else(|| RequestProblem::UnknownActivity(name.to_owned()))?;
        form::check(activity.fields(), &body)?;
        let reader = Reader(&body);
        let license = reader.text("license")?;
        let request = match activity {
            Activity::Refresh => Self::Refresh(Refresh {
                scene: reader.word("scene", Scene::from_name)?,
                order: OrderRef::read(&reader)?.ok_or(RequestProblem::Missing("orderId"))?,
                license,
                product_id: reader.optional("productId")?,
                expire_time: reader.text("expireTime")?,
            }),
            Activity::UpdateStatus => {
                Self::UpdateStatus { license, status: reader.word("status", InstanceStatus::from_name)? }
            }
            Activity::Release => Self::Release { license, order: OrderRef::read(&reader)? },
        };
        Ok((request, reader.is_test()?))
    }
}

impl Rules for Activity {
    type Parsed = Answer;

    fn processing_allowed(self) -> bool {
        true
    }

    fn counts_as_success(self, code: &str) -> bool {
        self == Self::Release && code == result_code::UNKNOWN_INSTANCE
    }

    fn meaning(self, code: &str) -> Option<&'static ResultCode> {
        result_code::lookup_license_code(code)
    }

    fn parse(self, _: &Object, _: bool, _: &[&str]) -> Result<Answer, Failure> {
        Ok(Answer::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> OrderRef {
        OrderRef { order_id: "CS2".into(), order_line_id: "CS2-000001".into() }
    }

    #[test]
    fn bodies_are_written_as_documented_and_come_back() {
        let refresh = Request::Refresh(Refresh {
            scene: Scene::UnsubscribeRenewalPeriod,
            order: order(),
            license: "code-1".into(),
            product_id: Some("p".into()),
            expire_time: "20270101000000".into(),
        });
        let freeze = Request::UpdateStatus { license: "code-1".into(), status: InstanceStatus::Freeze };
        let with = Request::Release { license: "code-1".into(), order: Some(order()) };
        let without = Request::Release { license: "code-1".into(), order: None };
        for (request, body) in [
            (
                &refresh,
                r#"{"activity":"refreshLicenseCode","expireTime":"20270101000000","license":"code-1","orderId":"CS2","orderLineId":"CS2-000001","productId":"p","scene":"UNSUBSCRIBE_RENEWAL_PERIOD","testFlag":"1"}"#,
            ),
            (&freeze, r#"{"activity":"updateLicenseCodeStatus","license":"code-1","status":"FREEZE","testFlag":"1"}"#),
            (
                &with,
                r#"{"activity":"releaseLicenseCode","license":"code-1","orderId":"CS2","orderLineId":"CS2-000001","testFlag":"1"}"#,
            ),
            (&without, r#"{"activity":"releaseLicenseCode","license":"code-1","testFlag":"1"}"#),
        ] {
            assert_eq!(request.check(), Ok(()));
            assert_eq!(request.to_body(true), body);
            assert_eq!(Request::parse(body.as_bytes()), Ok((request.clone(), true)));
            assert_eq!(Request::parse(request.to_body(false).as_bytes()), Ok((request.clone(), false)));
        }
    }

    #[test]
    fn only_documented_values_are_read() {
        let problem = |body: &str| Request::parse(body.as_bytes()).unwrap_err();
        let trial = r#"{"activity":"refreshLicenseCode","expireTime":"20270101000000","license":"l","orderId":"o","orderLineId":"l","scene":"TRIAL_TO_FORMAL"}"#;
        assert_eq!(problem(trial), RequestProblem::Invalid("scene"));
        assert_eq!(problem(r#"{"activity":"releaseLicenseCode"}"#), RequestProblem::Missing("license"));
        assert_eq!(
            problem(r#"{"activity":"releaseInstance","license":"l"}"#),
            RequestProblem::UnknownActivity("releaseInstance".into())
        );
    }

    #[test]
    fn an_unknown_code_is_done_on_release_and_named_by_its_own_table() {
        use crate::verdict::{Handling, handling};
        assert_eq!(handling(Activity::Release, "000003"), Handling::Done);
        assert_eq!(handling(Activity::Refresh, "000003"), Handling::Repeat);
        assert!(Activity::Refresh.meaning("000003").unwrap().zh.contains("授权码"));
    }
}
