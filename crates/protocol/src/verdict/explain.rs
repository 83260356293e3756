//! Failures in plain words, in both languages, with the rule that was broken and what to do.

use super::{Fact, Failure, FormProblem, TransportFailure};
use crate::body_sign::BodySignProblem;
use crate::json::JsonProblem;

/// The language of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    pub(crate) fn pick(self, zh: impl Into<String>, en: impl Into<String>) -> String {
        match self {
            Self::Zh => zh.into(),
            Self::En => en.into(),
        }
    }
}

/// A failure for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What was found.
    pub found: String,
    /// What the seller can do about it.
    pub advice: String,
    /// Section of the seller interface specification that asks for something else, e.g. `3.3`.
    pub section: &'static str,
}

impl Failure {
    /// The failure in plain words.
    pub fn explain(&self, language: Language) -> Explanation {
        let mut advice = self.fact.advice(language);
        if let Some(mistake) = self.difference.as_deref().map(|difference| difference.explain(language)) {
            advice = format!("{mistake} {advice}");
        }
        Explanation { found: self.fact.found(language), advice, section: self.fact.section() }
    }
}

impl Fact {
    /// The section whose rule was broken.
    pub const fn section(&self) -> &'static str {
        match self {
            Self::Transport(_) | Self::HttpStatus(_) | Self::ContentType(_) => "2",
            Self::Json(_) => "10.1",
            Self::BodySign(_) => "3.3",
            Self::ResultCode { .. } => "4.9",
            Self::MissingField(_) | Self::FieldLength { .. } | Self::FieldForm { .. } => "4.2",
            Self::Decrypt(_) => "3.4",
        }
    }

    fn found(&self, language: Language) -> String {
        let pick = |zh: String, en: String| language.pick(zh, en);
        match self {
            Self::Transport(failure) => transport(failure, language),
            Self::HttpStatus(status) => pick(
                format!("HTTP 响应码为 {status}，应为 200。"),
                format!("The HTTP status is {status}; it must be 200."),
            ),
            Self::ContentType(text) if text.is_empty() => {
                pick("响应没有 Content-Type。".into(), "The response has no Content-Type.".into())
            }
            Self::ContentType(text) => pick(
                format!("响应的 Content-Type 为“{text}”，应为 application/json。"),
                format!("The Content-Type is \"{text}\"; it must be application/json."),
            ),
            Self::Json(problem) => json(problem, language),
            Self::BodySign(problem) => body_sign(*problem, language),
            Self::ResultCode { code, meaning: Some(known) } => pick(
                format!("返回了结果码 {code}（{}）。", known.zh),
                format!("The result code is {code} ({}).", known.en),
            ),
            Self::ResultCode { code, meaning: None } => pick(
                format!("返回了未公布的结果码 {code}。"),
                format!("The result code is {code}, which no table names."),
            ),
            Self::MissingField(field) => pick(
                format!("响应缺少必填字段 {field}，或其值为空。"),
                format!("The response lacks the mandatory field {field}, or it is empty."),
            ),
            Self::FieldLength { field, length, limit } => pick(
                format!("字段 {field} 有 {length} 个字符，最多允许 {limit} 个。"),
                format!("The field {field} has {length} characters; at most {limit} are allowed."),
            ),
            Self::FieldForm { field, problem } => {
                pick(format!("字段 {field} {}。", form_zh(*problem)), format!("The field {field} {problem}."))
            }
            Self::Decrypt(field) => pick(
                format!("无法用任何已启用的 Key 解密 {field}。"),
                format!("{field} cannot be decrypted with any enabled key."),
            ),
        }
    }

    fn advice(&self, language: Language) -> String {
        let (zh, en) = match self {
            Self::Transport(TransportFailure::Timeout { .. }) => (
                "请先应答再处理耗时的工作：创建实例可返回 000004，由云商店轮询。",
                "Answer first and work afterwards: a creation may answer 000004 and is then polled.",
            ),
            Self::Transport(TransportFailure::TooLarge { .. }) => {
                ("请只返回接口定义的字段。", "Return only the documented fields.")
            }
            Self::Transport(_) => (
                "请确认域名可解析、证书由公共 CA 签发且与域名一致、端口可从公网访问。",
                "Check that the domain resolves, the certificate is of a public CA and for this domain, and the port is open.",
            ),
            Self::HttpStatus(300..=399) => (
                "不跟随重定向；请在登记的地址上直接应答。",
                "Redirects are not followed; answer at the registered address itself.",
            ),
            Self::HttpStatus(_) => (
                "出错时也请返回 HTTP 200，用 resultCode 说明原因。",
                "Answer HTTP 200 for errors too and say why with resultCode.",
            ),
            Self::ContentType(_) => {
                ("请设置响应头 Content-Type: application/json。", "Set the header Content-Type: application/json.")
            }
            Self::Json(_) => (
                "请返回一个 UTF-8 编码的 JSON 对象，前后不带其他内容。",
                "Return one JSON object in UTF-8 and nothing around it.",
            ),
            Self::BodySign(_) => (
                "请用当前启用的密钥对实际发送的完整响应体计算 HMAC-SHA256，再做 Base64。",
                "Compute HMAC-SHA256 with an enabled key over the complete body exactly as sent, then Base64.",
            ),
            Self::ResultCode { code, .. } if code == "000001" => (
                "您的系统拒绝了签名：请比较两边的待签名串，并检查密钥、毫秒时间戳和 60 秒窗口。",
                "Your system refused the signature: compare both canonical strings, the key, the millisecond timestamp and the window of 60 s.",
            ),
            Self::ResultCode { .. } => (
                "请在您的系统中排除原因，然后在服务接口消息页面重新启动该调用。",
                "Remove the cause in your system, then restart the call on the message page.",
            ),
            Self::MissingField(_) | Self::FieldLength { .. } | Self::FieldForm { .. } => {
                ("请按接口文档的字段表返回该字段。", "Return the field as the table of the interface says.")
            }
            Self::Decrypt(_) => (
                "请检查 encryptType（1 = AES-256，2 = AES-128）、Key 值和 SHA1PRNG 密钥派生。",
                "Check encryptType (1 = AES-256, 2 = AES-128), the key and the SHA1PRNG derivation.",
            ),
        };
        language.pick(zh, en)
    }
}

fn transport(failure: &TransportFailure, language: Language) -> String {
    match failure {
        TransportFailure::Timeout { limit_ms } => language.pick(
            format!("{limit_ms} 毫秒内没有收到完整的响应。"),
            format!("No complete answer arrived within {limit_ms} ms."),
        ),
        TransportFailure::Unreachable(why) => {
            language.pick(format!("无法连接生产系统接口地址：{why}"), format!("The address cannot be reached: {why}"))
        }
        TransportFailure::AddressRefused(why) => {
            language.pick(format!("该地址不允许访问：{why}"), format!("The address may not be called: {why}"))
        }
        TransportFailure::TooLarge { limit } => language
            .pick(format!("响应体超过 {limit} 字节。"), format!("The response body is longer than {limit} bytes.")),
        TransportFailure::Closed(why) => language.pick(
            format!("响应完成之前连接已断开：{why}"),
            format!("The connection broke before the answer was complete: {why}"),
        ),
    }
}

fn json(problem: &JsonProblem, language: Language) -> String {
    let zh = match problem {
        JsonProblem::Empty => "响应体为空。".to_owned(),
        JsonProblem::ByteOrderMark => "响应体以字节顺序标记（BOM）开头。".to_owned(),
        JsonProblem::NotUtf8 { at } => format!("响应体不是 UTF-8：第 {at} 个字节无法识别。"),
        JsonProblem::Repeated(name) => format!("响应体中成员“{name}”重复出现。"),
        JsonProblem::Trailing { line, column } => format!("JSON 对象之后还有内容（第 {line} 行第 {column} 列）。"),
        JsonProblem::Malformed(why) => format!("响应体无法解析：{why}"),
        JsonProblem::NotAnObject => "响应体不是 JSON 对象。".to_owned(),
    };
    language.pick(zh, format!("The response is not acceptable JSON: {problem}."))
}

fn body_sign(problem: BodySignProblem, language: Language) -> String {
    let (zh, en) = match problem {
        BodySignProblem::Missing => ("响应缺少 Body-Sign 头。", "The response has no Body-Sign header."),
        BodySignProblem::Malformed => (
            "Body-Sign 头的格式应为 sign_type=\"HMAC-SHA256\", signature= \"…\"。",
            "Body-Sign must have the form sign_type=\"HMAC-SHA256\", signature= \"…\".",
        ),
        BodySignProblem::SignType => (
            "Body-Sign 的 sign_type 不是 HMAC-SHA256，或 signature 为空。",
            "The sign_type of Body-Sign is not HMAC-SHA256, or its signature is empty.",
        ),
        BodySignProblem::Mismatch => {
            ("Body-Sign 与响应体不匹配。", "The signature in Body-Sign does not belong to the body.")
        }
    };
    language.pick(zh, en)
}

const fn form_zh(problem: FormProblem) -> &'static str {
    match problem {
        FormProblem::NotText => "不是字符串",
        FormProblem::NotObject => "不是对象",
        FormProblem::NotList => "不是列表",
        FormProblem::ElementNotObject => "中有不是对象的元素",
        FormProblem::NotWebAddress => "不是 http(s) 地址",
        FormProblem::NotDecimal => "不是十进制数",
        FormProblem::CommaOrControl => "含有逗号或控制字符",
        FormProblem::Nul => "含有空字符（NUL）",
    }
}
