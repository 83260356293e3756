//! Online License for industrial software (在线开通License, 6.4): the instance calls of SaaS 2.0 and
//! the application for a licence.

use serde_json::Value;

use crate::answer::Answer;
use crate::canonical::to_canonical;
use crate::form::{self, Field, Kind, Members, Reader, RequestProblem, Source, TEST_FLAG, object_of, push_optional};
use crate::json::{self, Object};
use crate::result_code::{self, ResultCode};
use crate::saas_v2::fields::{activity, id};
use crate::saas_v2::{self, Scene};
use crate::verdict::{Failure, Rules};

/// The five activities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Activity {
    /// Create an instance.
    NewInstance,
    /// Change the expiry; three scenes, `RENEWAL_CHANGE` is none of them.
    RefreshInstance,
    /// Freeze or unfreeze.
    UpdateInstanceStatus,
    /// Release.
    ReleaseInstance,
    /// Apply for a licence (异步申请License).
    GetLicenseAsync,
}

impl Activity {
    /// All activities.
    pub const ALL: [Self; 5] = [
        Self::NewInstance,
        Self::RefreshInstance,
        Self::UpdateInstanceStatus,
        Self::ReleaseInstance,
        Self::GetLicenseAsync,
    ];

    /// The text of the member `activity`.
    pub const fn as_str(self) -> &'static str {
        match self.instance_call() {
            Some(call) => call.as_str(),
            None => "getLicenseAsync",
        }
    }

    /// Reads the text of the member `activity`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|activity| activity.as_str() == name)
    }

    /// The table of the activity's request.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::RefreshInstance => &REFRESH,
            Self::GetLicenseAsync => &GET_LICENSE,
            other => match other.instance_call() {
                Some(call) => call.fields(),
                None => &GET_LICENSE,
            },
        }
    }

    /// The SaaS 2.0 call with the same fields and rules; `None` for the application.
    pub const fn instance_call(self) -> Option<saas_v2::Activity> {
        match self {
            Self::NewInstance => Some(saas_v2::Activity::NewInstance),
            Self::RefreshInstance => Some(saas_v2::Activity::RefreshInstance),
            Self::UpdateInstanceStatus => Some(saas_v2::Activity::UpdateInstanceStatus),
            Self::ReleaseInstance => Some(saas_v2::Activity::ReleaseInstance),
            Self::GetLicenseAsync => None,
        }
    }
}

const SCENE: Kind = Kind::OneOf(&["TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD"]);

const REFRESH: [Field; 8] = [
    activity(20),
    Field::mandatory("scene", SCENE, 64),
    id("orderId"),
    id("orderLineId"),
    id("instanceId"),
    Field::optional("productId", Kind::Text, 64),
    Field::mandatory("expireTime", Kind::Expiry, 20),
    TEST_FLAG,
];
const GET_LICENSE: [Field; 7] = [
    activity(20),
    id("instanceId"),
    Field::mandatory("effectiveTime", Kind::LicenceTime, 32),
    Field::optional("expireTime", Kind::LicenceTime, 32),
    id("eventId"),
    Field::optional("deviceFingerprint", Kind::Text, 1_024),
    TEST_FLAG,
];

/// One request without its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// One of the four instance calls.
    Instance(saas_v2::Request),
    /// Application for a licence.
    GetLicenseAsync(GetLicenseAsync),
}

/// Body of `getLicenseAsync`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetLicenseAsync {
    /// The instance.
    pub instance_id: String,
    /// From when the licence is valid, `yyyy-MM-dd HH:mm:ss UTC`, see
    /// [`crate::times::licence_time_from_unix`].
    pub effective_time: String,
    /// Until when; mandatory for a period.
    pub expire_time: Option<String>,
    /// Serial of the application; with the fingerprint it tells whether this is the same one again.
    pub event_id: String,
    /// Fingerprint or hardware code when the licence is bound to a device.
    pub device_fingerprint: Option<String>,
}

impl Request {
    /// The activity; `None` for an instance call that online License does not have.
    pub const fn activity(&self) -> Option<Activity> {
        match self {
            Self::GetLicenseAsync(_) => Some(Activity::GetLicenseAsync),
            Self::Instance(request) => match request.activity() {
                saas_v2::Activity::NewInstance => Some(Activity::NewInstance),
                saas_v2::Activity::RefreshInstance => Some(Activity::RefreshInstance),
                saas_v2::Activity::UpdateInstanceStatus => Some(Activity::UpdateInstanceStatus),
                saas_v2::Activity::ReleaseInstance => Some(Activity::ReleaseInstance),
                _ => None,
            },
        }
    }

    /// The canonical body; `test_flag` adds `"testFlag":"1"`.
    pub fn to_body(&self, test_flag: bool) -> String {
        match self {
            Self::Instance(request) => request.to_body(test_flag),
            Self::GetLicenseAsync(request) => {
                let mut body = request.object();
                if test_flag {
                    body.insert("testFlag".to_owned(), "1".into());
                }
                to_canonical(&Value::Object(body))
            }
        }
    }

    /// Checks the request against the table of its activity before it is sent.
    ///
    /// # Errors
    /// The first member that is empty, too long or malformed; `activity` when the call does not
    /// belong to online License.
    pub fn check(&self) -> Result<(), RequestProblem> {
        self.activity().ok_or(RequestProblem::Invalid("activity"))?;
        match self {
            Self::Instance(saas_v2::Request::RefreshInstance(r)) if r.scene == Scene::RenewalChange => {
                Err(RequestProblem::Invalid("scene"))
            }
            Self::Instance(request) => request.check(),
            Self::GetLicenseAsync(request) => form::check(&GET_LICENSE, &request.object()),
        }
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
        if activity.instance_call().is_some() {
            let parsed = saas_v2::Request::parse_object(&body)?;
            return Ok((Self::Instance(parsed.request), parsed.test));
        }
        let reader = Reader(&body);
        let request = GetLicenseAsync {
            instance_id: reader.text("instanceId")?,
            effective_time: reader.text("effectiveTime")?,
            expire_time: reader.optional("expireTime")?,
            event_id: reader.text("eventId")?,
            device_fingerprint: reader.optional("deviceFingerprint")?,
        };
        Ok((Self::GetLicenseAsync(request), reader.is_test()?))
    }
}

impl GetLicenseAsync {
    fn object(&self) -> Object {
        let mut members: Members = vec![
            ("activity", Activity::GetLicenseAsync.as_str().into()),
            ("instanceId", self.instance_id.clone().into()),
            ("effectiveTime", self.effective_time.clone().into()),
            ("eventId", self.event_id.clone().into()),
        ];
        push_optional(&mut members, "expireTime", self.expire_time.as_ref());
        push_optional(&mut members, "deviceFingerprint", self.device_fingerprint.as_ref());
        object_of(members)
    }

    /// What tells whether an application came before: the event and the device.
    pub fn key(&self) -> (&str, Option<&str>) {
        (&self.event_id, self.device_fingerprint.as_deref())
    }
}

impl Rules for Activity {
    type Parsed = Answer;

    fn processing_allowed(self) -> bool {
        true
    }

    fn counts_as_success(self, code: &str) -> bool {
        self == Self::ReleaseInstance && code == result_code::UNKNOWN_INSTANCE
    }

    fn meaning(self, code: &str) -> Option<&'static ResultCode> {
        result_code::lookup_online_license(code)
    }

    fn parse(self, body: &Object, processing: bool, _: &[&str]) -> Result<Answer, Failure> {
        match self {
            Self::NewInstance => Answer::created(body, processing),
            _ => Ok(Answer::Done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saas_v2::{NewInstance, QueryInstance, RefreshInstance};
    use crate::times::licence_time_from_unix;

    fn application() -> GetLicenseAsync {
        GetLicenseAsync {
            instance_id: "i-1".into(),
            effective_time: licence_time_from_unix(1_717_000_000).unwrap(),
            expire_time: None,
            event_id: "e-1".into(),
            device_fingerprint: Some("设备-1".into()),
        }
    }

    #[test]
    fn applications_are_written_as_documented_and_come_back() {
        let request = Request::GetLicenseAsync(application());
        assert_eq!(request.check(), Ok(()));
        assert_eq!(
            request.to_body(false),
            r#"{"activity":"getLicenseAsync","deviceFingerprint":"设备-1","effectiveTime":"2024-05-29 16:26:40 UTC","eventId":"e-1","instanceId":"i-1"}"#
        );
        assert_eq!(Request::parse(request.to_body(true).as_bytes()), Ok((request, true)));
        let wrong = GetLicenseAsync { effective_time: "20240529162640".into(), ..application() };
        assert_eq!(Request::GetLicenseAsync(wrong).check(), Err(RequestProblem::Invalid("effectiveTime")));
        let other = GetLicenseAsync { device_fingerprint: None, ..application() };
        assert_ne!(application().key(), other.key());
    }

    #[test]
    fn instance_calls_are_those_of_saas_but_not_all() {
        let create = saas_v2::Request::NewInstance(NewInstance {
            order_id: "o".into(),
            order_line_id: "l".into(),
            business_id: "b".into(),
        });
        let request = Request::Instance(create);
        assert_eq!(Request::parse(request.to_body(false).as_bytes()), Ok((request, false)));
        let query = saas_v2::Request::QueryInstance(QueryInstance { instance_ids: vec!["i".into()] });
        let body = query.to_body(false);
        assert_eq!(Request::Instance(query).check(), Err(RequestProblem::Invalid("activity")));
        assert_eq!(Request::parse(body.as_bytes()), Err(RequestProblem::UnknownActivity("queryInstance".into())));
        let change = saas_v2::Request::RefreshInstance(RefreshInstance {
            scene: Scene::RenewalChange,
            order_id: "o".into(),
            order_line_id: "l".into(),
            instance_id: "i".into(),
            product_id: None,
            expire_time: "20270101000000".into(),
        });
        let body = change.to_body(false);
        assert_eq!(Request::Instance(change).check(), Err(RequestProblem::Invalid("scene")));
        assert_eq!(Request::parse(body.as_bytes()), Err(RequestProblem::Invalid("scene")));
    }

    #[test]
    fn its_own_codes_have_meanings() {
        for code in ["000900", "000901", "000902", "000903", "000100"] {
            assert!(Activity::GetLicenseAsync.meaning(code).is_some(), "{code}");
        }
        assert_eq!(Activity::GetLicenseAsync.meaning("000103"), None);
        assert_eq!(Activity::ALL.len(), 5);
        for activity in Activity::ALL {
            assert_eq!(Activity::from_name(activity.as_str()), Some(activity));
        }
    }
}
