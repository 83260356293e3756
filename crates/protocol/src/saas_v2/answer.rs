//! What sellers answer to the SaaS 2.0 calls, and what each activity allows.

use serde_json::Value;

use super::{Activity, limits};
use crate::json::Object;
use crate::result_code;
use crate::verdict::{Failure, Fields, Rules, Verdict, reason};

/// A successful or processing answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Answer to `newInstance`.
    Created(NewInstanceAnswer),
    /// Answer to `queryInstance`; empty when the seller gave no `info` (D-50).
    Instances(Vec<InstanceInfo>),
    /// Answer to every other call.
    Done,
}

/// Answer to `newInstance` (4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInstanceAnswer {
    /// ID of the instance, 1 to 64 characters; the first one of an order line is kept (D-18).
    pub instance_id: String,
    /// `000004`: only accepted, poll with `queryInstance` (D-22).
    pub accepted_only: bool,
}

/// One element of `info` (4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceInfo {
    /// ID of the instance.
    pub instance_id: String,
    /// What the buyer needs to use the service.
    pub app_info: Option<AppInfo>,
    /// Usage, read from `usageInfo` or `usageInfos` (D-20).
    pub usage_info: Vec<UsageInfo>,
}

/// Access data for the buyer (4.3). Only `front_end_url` is known to be a web address.
#[derive(Clone, PartialEq, Eq)]
pub struct AppInfo {
    /// Front-end address, http or https.
    pub front_end_url: String,
    /// Administration address as given; link to it only when [`is_web_link`] agrees.
    pub admin_url: Option<String>,
    /// Administrator account.
    pub user_name: Option<String>,
    /// Initial password; a secret.
    pub password: Option<String>,
    /// Further information.
    pub memo: Option<String>,
    /// `encryptType` of an earlier draft: `user_name` and `password` may be cipher text (D-20).
    pub encrypt_type: Option<String>,
}

// Written by hand so that a log line never shows the buyer's initial password.
impl std::fmt::Debug for AppInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppInfo")
            .field("front_end_url", &self.front_end_url)
            .field("admin_url", &self.admin_url)
            .field("user_name", &self.user_name)
            .field("password", &self.password.as_ref().map(|_| "***"))
            .field("memo", &self.memo)
            .field("encrypt_type", &self.encrypt_type)
            .finish()
    }
}

/// Usage of one billing item (4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageInfo {
    /// The pay-per-use instance to which a package belongs.
    pub related_instance_id: Option<String>,
    /// Usage as decimal text, as the seller wrote it.
    pub usage_value: String,
    /// UTC, `yyyyMMddHHmmssSSS`.
    pub statistical_time: String,
    /// Page with details as given; link to it only when [`is_web_link`] agrees.
    pub dashboard_url: Option<String>,
}

/// Whether `text` is an absolute http or https address that may be offered as a link.
pub fn is_web_link(text: &str) -> bool {
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    plain && url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
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

    fn parse(self, body: &Object, processing: bool) -> Result<Answer, Failure> {
        let fields = Fields(body);
        match self {
            Self::NewInstance => Ok(Answer::Created(NewInstanceAnswer {
                instance_id: fields.required("instanceId", limits::ID)?,
                accepted_only: processing,
            })),
            Self::QueryInstance => {
                let encrypt_type = fields.optional("encryptType", limits::SHORT)?;
                fields
                    .objects("info")?
                    .into_iter()
                    .map(|element| instance_info(element, encrypt_type.as_ref()))
                    .collect::<Result<_, _>>()
                    .map(Answer::Instances)
            }
            _ => Ok(Answer::Done),
        }
    }
}

fn instance_info(element: &Object, encrypt_type: Option<&String>) -> Result<InstanceInfo, Failure> {
    let fields = Fields(element);
    let instance_id = fields.required("instanceId", limits::ID)?;
    let app_info = match element.get("appInfo") {
        None | Some(Value::Null) => None,
        Some(Value::Object(members)) => Some(app_info(members, encrypt_type)?),
        Some(_) => return Err(Failure::form("appInfo", "is not an object")),
    };
    let spelling = match element.get("usageInfo") {
        None | Some(Value::Null) => "usageInfos",
        Some(_) => "usageInfo",
    };
    let usage_info = fields.objects(spelling)?.into_iter().map(usage_info).collect::<Result<_, _>>()?;
    Ok(InstanceInfo { instance_id, app_info, usage_info })
}

fn app_info(members: &Object, encrypt_type: Option<&String>) -> Result<AppInfo, Failure> {
    let fields = Fields(members);
    let front_end_url = fields.required("frontEndUrl", limits::URL)?;
    if !is_web_link(&front_end_url) {
        return Err(Failure::form("frontEndUrl", "is not an http(s) address"));
    }
    Ok(AppInfo {
        front_end_url,
        admin_url: fields.optional("adminUrl", limits::URL)?,
        user_name: fields.optional("userName", limits::CREDENTIAL)?,
        password: fields.optional("password", limits::CREDENTIAL)?,
        memo: fields.optional("memo", limits::MEMO)?,
        encrypt_type: fields.optional("encryptType", limits::SHORT)?.or_else(|| encrypt_type.cloned()),
    })
}

fn usage_info(members: &Object) -> Result<UsageInfo, Failure> {
    let fields = Fields(members);
    Ok(UsageInfo {
        related_instance_id: fields.optional("relatedInstanceId", limits::ID)?,
        usage_value: fields.required("usageValue", limits::SHORT)?,
        statistical_time: fields.required("statisticalTime", limits::SHORT)?,
        dashboard_url: fields.optional("dashboardUrl", limits::URL)?,
    })
}

/// What one poll after an asynchronous creation says (D-22).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreationPoll<'a> {
    /// The instance is there.
    Ready(&'a InstanceInfo),
    /// `000004`, `000003`, or no `info` element for this instance: ask again.
    StillWorking,
    /// The poll itself failed; ask again too, but record the failure.
    Failed(&'a Failure),
}

/// Reads the verdict on a `queryInstance` as a poll for `instance_id` (D-22).
pub fn creation_poll<'a>(verdict: &'a Verdict, instance_id: &str) -> CreationPoll<'a> {
    match verdict {
        Verdict::Success(Answer::Instances(info)) => info
            .iter()
            .find(|element| element.instance_id == instance_id)
            .map_or(CreationPoll::StillWorking, CreationPoll::Ready),
        Verdict::Success(_) | Verdict::Processing(_) => CreationPoll::StillWorking,
        Verdict::Failure(failure) => {
            let unknown = failure.code == reason::RESULT_CODE
                && failure.result_code.as_deref() == Some(result_code::UNKNOWN_INSTANCE);
            if unknown { CreationPoll::StillWorking } else { CreationPoll::Failed(failure) }
        }
    }
}
