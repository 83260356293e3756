//! A call of any family: checked, signed, written as a `curl` line, judged.

use crate::answer::Answer;
use crate::auth_token::{self, AddressProblem};
use crate::body_sign::BodySignMode;
use crate::difference::{KEY_MASK, Side};
use crate::field_cipher::Algorithm;
use crate::form::{RequestProblem, TestFlag};
use crate::generation::Generation;
use crate::hmac256::hmac_sha256;
use crate::saas_v2::OrderRef;
use crate::verdict::{Exchange, Handling, Verdict, handling, judge};
use crate::{license_code, license_v1, online_license, order_notify, saas_v1, saas_v2, signature};

/// One call of any family, without its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// SaaS 2.0.
    SaasV2(saas_v2::Request),
    /// SaaS 1.0.
    SaasV1(saas_v1::Request),
    /// Authorisation code 2.0.
    LicenseCode(license_code::Request),
    /// License 1.0, and general License with `getLicense` only.
    LicenseV1(license_v1::Request),
    /// Online License.
    OnlineLicense(online_license::Request),
    /// Order notification.
    OrderNotify(OrderRef),
}

/// What a call is signed with. Nonce and time are drawn by the caller, anew for every attempt.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// Production address.
    pub address: &'a str,
    /// Access key (POST) or key value (GET).
    pub key: &'a str,
    /// Nonce of POST calls, see [`signature::nonce_from_bytes`].
    pub nonce: &'a str,
    /// Time in UNIX milliseconds.
    pub now_ms: i64,
    /// What the call says about being a test.
    pub test_flag: TestFlag,
}

/// HTTP method of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// SaaS 1.0 and License 1.0.
    Get,
    /// All others.
    Post,
}

/// A call ready to be sent, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCall {
    /// Method.
    pub method: Method,
    /// Complete address with the signature.
    pub url: String,
    /// Body of a POST; exactly these bytes were signed.
    pub body: Option<String>,
    /// `Content-Type` of a POST.
    pub content_type: Option<&'static str>,
    /// What was signed, the key masked, for the debugging page.
    pub signed: Side,
}

/// Why a call cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallProblem {
    /// A parameter is missing, too long or malformed.
    #[error(transparent)]
    Request(#[from] RequestProblem),
    /// The address cannot carry the call.
    #[error(transparent)]
    Address(#[from] AddressProblem),
    /// The time is outside of the years 1 – 9999.
    #[error("the time cannot be written")]
    Time,
}

/// What judging an answer depends on besides the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JudgeSettings {
    /// Whether `Body-Sign` is required, see [`Generation::default_body_sign_mode`].
    pub body_sign: BodySignMode,
    /// The algorithm that the product is configured with (1.0).
    pub algorithm: Algorithm,
    /// Whether this is the debugging page, which is stricter in 1.0.
    pub debugging: bool,
}

impl JudgeSettings {
    /// The default profile of a generation for real calls.
    pub const fn of(generation: Generation) -> Self {
        Self { body_sign: generation.default_body_sign_mode(), algorithm: Algorithm::Aes256, debugging: false }
    }
}

impl Call {
    /// The family; general License is told as License 1.0.
    pub const fn generation(&self) -> Generation {
        match self {
            Self::SaasV2(_) => Generation::SaasV2,
            Self::SaasV1(_) => Generation::SaasV1,
            Self::LicenseCode(_) => Generation::LicenseCode,
            Self::LicenseV1(_) => Generation::LicenseV1,
            Self::OnlineLicense(_) => Generation::OnlineLicense,
            Self::OrderNotify(_) => Generation::OrderNotify,
        }
    }

    /// The text of `activity`.
    pub fn activity(&self) -> &'static str {
        match self {
            Self::SaasV2(r) => r.activity().as_str(),
            Self::SaasV1(r) => r.activity().as_str(),
            Self::LicenseCode(r) => r.activity().as_str(),
            Self::LicenseV1(r) => r.activity().as_str(),
            Self::OnlineLicense(online_license::Request::Instance(r)) => r.activity().as_str(),
            Self::OnlineLicense(_) => online_license::Activity::GetLicenseAsync.as_str(),
            Self::OrderNotify(_) => order_notify::ACTIVITY,
        }
    }

    /// Checks the call against the table of its activity.
    ///
    /// # Errors
    /// The first parameter that is missing, too long or malformed.
    pub fn check(&self) -> Result<(), RequestProblem> {
        match self {
            Self::SaasV2(r) => r.check(),
            Self::SaasV1(r) => r.check(),
            Self::LicenseCode(r) => r.check(),
            Self::LicenseV1(r) => r.check(),
            Self::OnlineLicense(r) => r.check(),
            Self::OrderNotify(order) => order_notify::check(order),
        }
    }

    /// Checks, writes and signs the call.
    ///
    /// # Errors
    /// [`CallProblem`]
    pub fn sign(&self, with: &Signing<'_>) -> Result<SignedCall, CallProblem> {
        self.check()?;
        let test = with.test_flag.is_test();
        match self {
            Self::SaasV1(r) => get(r.to_parameters(with.now_ms, with.test_flag), with),
            Self::LicenseV1(r) => get(r.to_parameters(with.now_ms, with.test_flag), with),
            Self::SaasV2(r) => Ok(post(r.to_body(test), JSON, with)),
            Self::LicenseCode(r) => Ok(post(r.to_body(test), JSON, with)),
            Self::OnlineLicense(r) => Ok(post(r.to_body(test), JSON, with)),
            Self::OrderNotify(order) => {
                Ok(post(order_notify::to_body(order, test), "application/json;charset=utf-8", with))
            }
        }
    }

    /// Judges what the call brought back; `keys` are all enabled keys, the newest first.
    pub fn judge(&self, exchange: &Exchange, keys: &[&str], settings: JudgeSettings) -> Verdict {
        let mode = settings.body_sign;
        match self {
            Self::SaasV2(r) => judge(r.activity(), exchange, keys, mode),
            Self::SaasV1(r) => judge(rules_v1(r, settings), exchange, keys, mode),
            Self::LicenseCode(r) => judge(r.activity(), exchange, keys, mode),
            Self::LicenseV1(r) => judge(r.activity(), exchange, keys, mode),
            Self::OnlineLicense(r) => match r.activity() {
                Some(activity) => judge(activity, exchange, keys, mode),
                None => judge(order_notify::Judge, exchange, keys, mode),
            },
            Self::OrderNotify(_) => judge(order_notify::Judge, exchange, keys, mode),
        }
    }

    /// What follows from a result code for this call.
    pub fn handling(&self, code: &str) -> Handling {
        match self {
            Self::SaasV2(r) => handling(r.activity(), code),
            Self::SaasV1(r) => handling(rules_v1(r, JudgeSettings::of(Generation::SaasV1)), code),
            Self::LicenseCode(r) => handling(r.activity(), code),
            Self::LicenseV1(r) => handling(r.activity(), code),
            Self::OnlineLicense(r) => r.activity().map_or(Handling::Repeat, |activity| handling(activity, code)),
            Self::OrderNotify(_) => handling(order_notify::Judge, code),
        }
    }

    /// Remarks on a successful answer.
    pub fn remarks(&self, answer: &Answer) -> Vec<crate::verdict::Remark> {
        let asked = match self {
            Self::SaasV2(r) => r.instance_ids(),
            Self::SaasV1(r) => r.instance_ids(),
            _ => &[],
        };
        crate::verdict::remarks(asked, answer)
    }
}

const JSON: &str = "application/json;charset=utf8";

const fn rules_v1(request: &saas_v1::Request, settings: JudgeSettings) -> saas_v1::Judge {
    saas_v1::Judge { activity: request.activity(), algorithm: settings.algorithm, debugging: settings.debugging }
}

fn get(parameters: Option<auth_token::Parameters>, with: &Signing<'_>) -> Result<SignedCall, CallProblem> {
    let parameters = parameters.ok_or(CallProblem::Time)?;
    let url = auth_token::signed_url(with.address, with.key, &parameters)?;
    // Read back from the address, because its own parameters are signed as well.
    let query = url.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let mut sent: auth_token::Parameters =
        crate::query::decode(query).map_err(AddressProblem::from)?.into_iter().collect();
    let token = sent.remove(auth_token::TOKEN).unwrap_or_default();
    let signed = Side { canonical: Some(auth_token::canonical(&sent)), signature: token };
    Ok(SignedCall { method: Method::Get, url, body: None, content_type: None, signed })
}

fn post(body: String, content_type: &'static str, with: &Signing<'_>) -> SignedCall {
    let payload = body.as_bytes();
    let url = signature::signed_url(with.address, with.key, with.nonce, with.now_ms, payload);
    let hash = hex::encode(hmac_sha256(with.key.as_bytes(), &[payload]));
    let signed = Side {
        canonical: Some(format!("{KEY_MASK}{}{}{hash}", with.nonce, with.now_ms)),
        signature: signature::sign(with.key, with.nonce, with.now_ms, payload),
    };
    SignedCall { method: Method::Post, url, body: Some(body), content_type: Some(content_type), signed }
}

impl SignedCall {
    /// The headers that belong to the call (2, D-02).
    pub fn headers(&self) -> Vec<(&'static str, &'static str)> {
        let mut headers = vec![("Accept", "application/json"), ("Accept-Encoding", "identity")];
        headers.extend(self.content_type.map(|content_type| ("Content-Type", content_type)));
        headers
    }

    /// The address as it is kept in records: the signature or token is masked.
    pub fn masked_url(&self) -> String {
        let Some((address, query)) = self.url.split_once('?') else {
            return self.url.clone();
        };
        let parts: Vec<String> = query
            .split('&')
            .map(|part| match part.split_once('=') {
                Some((name @ ("signature" | "authToken"), _)) => format!("{name}=***"),
                _ => part.to_owned(),
            })
            .collect();
        format!("{address}?{}", parts.join("&"))
    }

    /// A `curl` line for a POSIX shell that sends exactly this call and shows the answer's headers
    /// ("generate request command", 11.1). The signature in it expires.
    pub fn curl(&self) -> String {
        let mut line = "curl -sS -i".to_owned();
        for (name, value) in self.headers() {
            line.push_str(&format!(" -H {}", quoted(&format!("{name}: {value}"))));
        }
        if let Some(body) = &self.body {
            line.push_str(&format!(" --data-binary {}", quoted(body)));
        }
        format!("{line} {}", quoted(&self.url))
    }
}

/// A text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Presented;

    fn signing(address: &'static str) -> Signing<'static> {
        Signing { address, key: "k", nonce: "N1", now_ms: 1_717_000_000_123, test_flag: TestFlag::Test }
    }

    fn create() -> Call {
        Call::SaasV2(saas_v2::Request::NewInstance(saas_v2::NewInstance {
            order_id: "it's".into(),
            order_line_id: "l".into(),
            business_id: "b".into(),
        }))
    }

    fn expire() -> Call {
        Call::SaasV1(saas_v1::Request::ExpireInstance(saas_v1::ExpireInstance {
            instance_id: "a b+c".into(),
            order_id: "o".into(),
        }))
    }

    #[test]
    fn a_post_is_signed_over_its_bytes() {
        let call = create().sign(&signing("https://s.example/p?x=1")).unwrap();
        let body = call.body.clone().unwrap();
        let presented = Presented::from_query(call.url.split_once('?').unwrap().1).unwrap();
        assert!(signature::verify("k", &presented, body.as_bytes(), 1_717_000_000_123).is_ok());
        assert_eq!(presented.signature.as_deref(), Some(call.signed.signature.as_str()));
        assert_eq!(call.masked_url(), "https://s.example/p?x=1&signature=***&timestamp=1717000000123&nonce=N1");
        assert_eq!(
            call.curl(),
            format!(
                "curl -sS -i -H 'Accept: application/json' -H 'Accept-Encoding: identity' -H 'Content-Type: application/json;charset=utf8' --data-binary '{}' '{}'",
                body.replace("it's", "it'\\''s"),
                call.url
            )
        );
        let notify = Call::OrderNotify(OrderRef { order_id: "o".into(), order_line_id: "l".into() });
        let notify = notify.sign(&signing("https://s.example/p")).unwrap();
        assert_eq!(notify.content_type, Some("application/json;charset=utf-8"));
    }

    #[test]
    fn a_get_shows_what_was_signed() {
        let call = expire().sign(&signing("https://s.example/p?z=1")).unwrap();
        assert_eq!((call.method, call.body.as_deref()), (Method::Get, None));
        assert_eq!(
            call.signed.canonical.as_deref(),
            Some("activity=expireInstance&instanceId=a b+c&orderId=o&testFlag=1&timeStamp=20240529162640123&z=1")
        );
        assert!(call.masked_url().ends_with("&authToken=***") && call.curl().starts_with("curl -sS -i -H"));
        assert!(auth_token::verify("k", call.url.split_once('?').unwrap().1, &[], 1_717_000_000_123).is_ok());
    }

    #[test]
    fn what_cannot_be_sent_is_not_signed() {
        let empty = Call::OrderNotify(OrderRef { order_id: String::new(), order_line_id: "l".into() });
        assert!(matches!(empty.sign(&signing("https://s.example")), Err(CallProblem::Request(_))));
        assert!(matches!(expire().sign(&signing("https://s.example?orderId=1")), Err(CallProblem::Address(_))));
        let late = Signing { now_ms: i64::MAX, ..signing("https://s.example") };
        assert_eq!(expire().sign(&late), Err(CallProblem::Time));
    }
}
