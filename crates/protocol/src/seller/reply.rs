//! Building answers.

use serde_json::{Map, Value, json};

use crate::answer::{AppInfo, InstanceInfo, UsageInfo};
use crate::body_sign;
use crate::canonical::to_canonical;
use crate::field_cipher::{Algorithm, Iv, encrypt};
use crate::result_code;

/// What a seller answers, before it becomes JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// `resultCode`.
    pub code: String,
    /// `resultMsg`, cut to 255 characters when it is written.
    pub message: String,
    /// `instanceId` of a creation or a licence.
    pub instance_id: Option<String>,
    /// `appInfo` of a 1.0 purchase, in plain text.
    pub app_info: Option<AppInfo>,
    /// `info` of a query, in plain text; `None` leaves the member out.
    pub info: Option<Vec<InstanceInfo>>,
    /// `license` of `getLicense`.
    pub license: Option<String>,
}

/// How account and password are encrypted (SaaS 1.0 only).
#[derive(Clone, Copy)]
pub struct Encryption<'a> {
    /// Key value.
    pub key: &'a str,
    /// Algorithm; it is announced in `encryptType`.
    pub algorithm: Algorithm,
    /// Draws an initialisation vector; called once for every value.
    pub draw_iv: &'a dyn Fn() -> Iv,
}

/// An answer ready to be sent, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedReply {
    /// The body.
    pub body: String,
    /// Value of `Body-Sign` over exactly this body.
    pub body_sign: String,
}

impl Reply {
    /// An answer with a code and a message.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), ..Self::default() }
    }

    /// `000000`.
    pub fn success() -> Self {
        Self::new(result_code::SUCCESS, "success.")
    }

    /// `000004`: accepted, still working.
    pub fn processing() -> Self {
        Self::new(result_code::PROCESSING, "being processed")
    }

    /// `000003`.
    pub fn unknown_instance() -> Self {
        Self::new(result_code::UNKNOWN_INSTANCE, "instance ID does not exist")
    }

    /// The same answer with an instance ID.
    #[must_use]
    pub fn with_instance(mut self, instance_id: impl Into<String>) -> Self {
        self.instance_id = Some(instance_id.into());
        self
    }

    /// The body as JSON; with `encryption` account and password are encrypted and `encryptType`
    /// announces how.
    pub fn to_json(&self, encryption: Option<Encryption<'_>>) -> Value {
        let message: String = self.message.chars().take(crate::answer::limits::RESULT_MSG).collect();
        let mut body = json!({"resultCode": self.code, "resultMsg": message});
        if let Some(id) = &self.instance_id {
            body["instanceId"] = json!(id);
        }
        if let Some(license) = &self.license {
            body["license"] = json!(license);
        }
        let mut announced = false;
        if let Some(app) = &self.app_info {
            body["appInfo"] = app_info(app, encryption, &mut announced);
        }
        if let Some(info) = &self.info {
            body["info"] = info.iter().map(|element| instance_info(element, encryption, &mut announced)).collect();
        }
        if let (Some(encryption), true) = (encryption, announced) {
            body["encryptType"] = json!(encryption.algorithm.encrypt_type());
        }
        body
    }

    /// The body as text and its `Body-Sign` with `key`.
    pub fn sign(&self, key: &str, encryption: Option<Encryption<'_>>) -> SignedReply {
        let body = to_canonical(&self.to_json(encryption));
        SignedReply { body_sign: body_sign::build(key, body.as_bytes()), body }
    }
}

fn put(object: &mut Map<String, Value>, name: &str, text: Option<&String>) {
    if let Some(text) = text {
        object.insert(name.to_owned(), json!(text));
    }
}

fn app_info(app: &AppInfo, encryption: Option<Encryption<'_>>, announced: &mut bool) -> Value {
    let mut object = Map::new();
    put(&mut object, "frontEndUrl", Some(&app.front_end_url));
    put(&mut object, "adminUrl", app.admin_url.as_ref());
    put(&mut object, "memo", app.memo.as_ref());
    for (name, plain) in [("userName", &app.user_name), ("password", &app.password)] {
        let Some(plain) = plain else { continue };
        let text = match encryption {
            None => plain.clone(),
            Some(with) => {
                *announced = true;
                encrypt(with.key, with.algorithm, (with.draw_iv)(), plain)
            }
        };
        object.insert(name.to_owned(), text.into());
    }
    Value::Object(object)
}

fn instance_info(element: &InstanceInfo, encryption: Option<Encryption<'_>>, announced: &mut bool) -> Value {
    let mut object = Map::new();
    put(&mut object, "instanceId", Some(&element.instance_id));
    if let Some(app) = &element.app_info {
        object.insert("appInfo".to_owned(), app_info(app, encryption, announced));
    }
    if !element.usage_info.is_empty() {
        object.insert("usageInfo".to_owned(), element.usage_info.iter().map(usage_info).collect());
    }
    Value::Object(object)
}

fn usage_info(usage: &UsageInfo) -> Value {
    let mut object = Map::new();
    put(&mut object, "relatedInstanceId", usage.related_instance_id.as_ref());
    put(&mut object, "statisticalTime", Some(&usage.statistical_time));
    put(&mut object, "dashboardUrl", usage.dashboard_url.as_ref());
    // A JSON number where the text is one, so that typed readers find the documented Double.
    let number = serde_json::from_str::<serde_json::Number>(&usage.usage_value);
    object.insert("usageValue".to_owned(), number.map_or_else(|_| json!(usage.usage_value), Value::Number));
    Value::Object(object)
}
