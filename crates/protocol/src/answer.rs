//! What sellers answer, the same shape for every family: SaaS 2.0 and 1.0 and the licences.

use serde_json::Value;

use crate::field_cipher::{Algorithm, decrypt_tolerant};
use crate::json::Object;
use crate::result_code;
use crate::verdict::{Fact, Failure, Fields, FormProblem, Verdict, reason};

/// Maximum lengths in characters (4.2, 4.3, 5.1, 6.2).
pub mod limits {
    /// `instanceId`, `relatedInstanceId`.
    pub const ID: usize = 64;
    /// `resultMsg`.
    pub const RESULT_MSG: usize = 255;
    /// `frontEndUrl`, `adminUrl`, `dashboardUrl`.
    pub const URL: usize = 512;
    /// `userName`, `password`; in 1.0 of the cipher text.
    pub const CREDENTIAL: usize = 128;
    /// `memo`.
    pub const MEMO: usize = 1_024;
    /// `usageValue`, `statisticalTime`.
    pub const SHORT: usize = 20;
    /// `encryptType`.
    pub const ENCRYPT_TYPE: usize = 3;
    /// `license`; the documents give none, 64 Ki keep a licence text in one answer of 1 MiB.
    pub const LICENSE: usize = 65_536;
}

/// A successful or processing answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Answer to `newInstance`.
    Created(NewInstanceAnswer),
    /// Answer to `queryInstance`; empty when the seller gave no `info` (D-50).
    Instances(Vec<InstanceInfo>),
    /// Answer to `getLicense`.
    Licence(LicenceAnswer),
    /// Answer to every other call.
    Done,
}

/// Answer to `getLicense` (6.2).
#[derive(Clone, PartialEq, Eq)]
pub struct LicenceAnswer {
    /// ID of the instance; early sellers leave it empty.
    pub instance_id: Option<String>,
    /// The licence text; what it opens makes it a secret.
    pub license: String,
}

// Written by hand so that a log line never shows a licence.
impl std::fmt::Debug for LicenceAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LicenceAnswer").field("instance_id", &self.instance_id).field("license", &"***").finish()
    }
}

/// Answer to `newInstance` (4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInstanceAnswer {
    /// ID of the instance, 1 to 64 characters; the first one of an order line is kept (D-18).
    pub instance_id: String,
    /// `000004`: only accepted, poll with `queryInstance` (D-22).
    pub accepted_only: bool,
    /// What the buyer needs to use the service; only SaaS 1.0 answers it here (5.1).
    pub app_info: Option<AppInfo>,
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

impl AppInfo {
    fn decrypt(&mut self, keys: &[&str], configured: Algorithm) -> Result<(), Failure> {
        let encrypt_type = self.encrypt_type.clone();
        for (name, field) in [("userName", &mut self.user_name), ("password", &mut self.password)] {
            if let Some(text) = field {
                let found = decrypt_tolerant(keys, encrypt_type.as_deref(), configured, text);
                *text = found.map_err(|_| Failure::from(Fact::Decrypt(name)))?.plain;
            }
        }
        Ok(())
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

impl Answer {
    /// Reads the answer to a creation of the POST families (4.2).
    pub(crate) fn created(body: &Object, processing: bool) -> Result<Self, Failure> {
        let instance_id = instance_id(&Fields(body))?;
        Ok(Self::Created(NewInstanceAnswer { instance_id, accepted_only: processing, app_info: None }))
    }

    /// The answer of a 2.0 seller who announces `encryptType` all the same, with account and
    /// password decrypted where a key fits and as given where none does (D-20).
    pub(crate) fn revealed(mut self, keys: &[&str]) -> Self {
        if let Self::Instances(info) = &mut self {
            for app in info.iter_mut().filter_map(|element| element.app_info.as_mut()) {
                let Some(encrypt_type) = app.encrypt_type.clone() else {
                    continue;
                };
                for field in [&mut app.user_name, &mut app.password].into_iter().flatten() {
                    let found = decrypt_tolerant(keys, Some(&encrypt_type), Algorithm::default(), field);
                    if let Ok(decrypted) = found {
                        *field = decrypted.plain;
                    }
                }
            }
        }
        self
    }

    /// The answer of a 1.0 seller with account and password decrypted (D-15).
    ///
    /// # Errors
    /// A field that no key and no algorithm can decrypt.
    pub(crate) fn decrypted(mut self, keys: &[&str], configured: Algorithm) -> Result<Self, Failure> {
        match &mut self {
            Self::Created(created) => {
                created.app_info.iter_mut().try_for_each(|app| app.decrypt(keys, configured))?;
            }
            Self::Instances(info) => {
                let mut apps = info.iter_mut().filter_map(|element| element.app_info.as_mut());
                apps.try_for_each(|app| app.decrypt(keys, configured))?;
            }
            Self::Licence(_) | Self::Done => {}
        }
        Ok(self)
    }

    /// Reads the answer to a query (4.3, 5.7).
    pub(crate) fn instances(body: &Object) -> Result<Self, Failure> {
        let fields = Fields(body);
        let encrypt_type = fields.optional("encryptType", limits::SHORT)?;
        let elements = fields.objects("info")?.into_iter();
        elements
            .map(|element| instance_info(element, encrypt_type.as_ref()))
            .collect::<Result<_, _>>()
            .map(Self::Instances)
    }
}

/// The mandatory `instanceId`: one line of text without the comma that separates IDs in a query.
pub(crate) fn instance_id(fields: &Fields<'_>) -> Result<String, Failure> {
    let id = fields.required("instanceId", limits::ID)?;
    if id.trim().is_empty() {
        return Err(Fact::MissingField("instanceId").into());
    }
    if id.contains(',') || id.chars().any(char::is_control) {
        return Err(Failure::form("instanceId", FormProblem::CommaOrControl));
    }
    Ok(id)
}

fn instance_info(element: &Object, encrypt_type: Option<&String>) -> Result<InstanceInfo, Failure> {
    let fields = Fields(element);
    let instance_id = instance_id(&fields)?;
    let app_info = app_info_of(element, encrypt_type)?;
    let spelling = match element.get("usageInfo") {
        None | Some(Value::Null) => "usageInfos",
        Some(_) => "usageInfo",
    };
    let usage_info = fields.objects(spelling)?.into_iter().map(usage_info).collect::<Result<_, _>>()?;
    Ok(InstanceInfo { instance_id, app_info, usage_info })
}

/// The member `appInfo`, if there is one.
pub(crate) fn app_info_of(body: &Object, encrypt_type: Option<&String>) -> Result<Option<AppInfo>, Failure> {
    match body.get("appInfo") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => app_info(members, encrypt_type).map(Some),
        Some(_) => Err(Failure::form("appInfo", FormProblem::NotObject)),
    }
}

fn app_info(members: &Object, encrypt_type: Option<&String>) -> Result<AppInfo, Failure> {
    let fields = Fields(members);
    let front_end_url = fields.required("frontEndUrl", limits::URL)?;
    if !is_web_link(&front_end_url) {
        return Err(Failure::form("frontEndUrl", FormProblem::NotWebAddress));
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
    let usage_value = fields.required("usageValue", limits::SHORT)?;
    if units_of_usage(&usage_value).is_none() {
        return Err(Failure::form("usageValue", FormProblem::NotDecimal));
    }
    Ok(UsageInfo {
        related_instance_id: fields.optional("relatedInstanceId", limits::ID)?,
        usage_value,
        statistical_time: fields.required("statisticalTime", limits::SHORT)?,
        dashboard_url: fields.optional("dashboardUrl", limits::URL)?,
    })
}

impl UsageInfo {
    /// The usage in units of 10⁻⁴, the precision of the interface; further decimals are cut off.
    pub fn ten_thousandths(&self) -> Option<i128> {
        units_of_usage(&self.usage_value)
    }
}

/// `Double(12,4)` as decimal text (4.3): digits with an optional fraction, no exponent, no sign.
pub(crate) fn units_of_usage(text: &str) -> Option<i128> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(decimals) {
        return None;
    }
    let four: String = decimals.chars().chain("0000".chars()).take(4).collect();
    whole.parse::<i128>().ok()?.checked_mul(10_000)?.checked_add(four.parse().ok()?)
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
