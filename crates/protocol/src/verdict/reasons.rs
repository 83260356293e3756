//! Stable codes of failures with their general texts (10.1).

/// Stable codes of failures, stored with every attempt. See [`REASONS`] for their texts.
pub mod reason {
    /// No answer within the time limit.
    pub const TIMEOUT: &str = "timeout";
    /// No connection, no such domain, or TLS failed.
    pub const UNREACHABLE: &str = "unreachable";
    /// The address is one that the marketplace does not call (D-03).
    pub const ADDRESS_REFUSED: &str = "address_refused";
    /// The body is longer than the limit.
    pub const TOO_LARGE: &str = "too_large";
    /// The connection was closed before the answer was complete.
    pub const CLOSED: &str = "closed";
    /// The HTTP status is not 200.
    pub const HTTP_STATUS: &str = "http_status";
    /// The content type is not `application/json`.
    pub const CONTENT_TYPE: &str = "content_type";
    /// The body is not a JSON object.
    pub const BAD_JSON: &str = "bad_json";
    /// `Body-Sign` is missing, malformed or wrong.
    pub const BODY_SIGN: &str = "body_sign";
    /// The seller answered an error code.
    pub const RESULT_CODE: &str = "result_code";
    /// A mandatory response field is missing.
    pub const MISSING_FIELD: &str = "missing_field";
    /// A response field is too long.
    pub const FIELD_LENGTH: &str = "field_length";
    /// A response field has a wrong type or form.
    pub const FIELD_FORM: &str = "field_form";
    /// An encrypted response field cannot be decrypted (D-15).
    pub const DECRYPT: &str = "decrypt";
}

/// A failure code with its general text in both languages; the detail stands in [`super::Failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// One of [`reason`].
    pub code: &'static str,
    /// Text in Chinese.
    pub zh: &'static str,
    /// Text in English.
    pub en: &'static str,
}

const fn text(code: &'static str, zh: &'static str, en: &'static str) -> Reason {
    Reason { code, zh, en }
}

/// Every failure code with its texts, in the order in which the rules are applied.
pub const REASONS: &[Reason] = &[
    text(reason::ADDRESS_REFUSED, "生产系统接口地址不允许访问", "The production address may not be called"),
    text(
        reason::UNREACHABLE,
        "生产系统接口地址无法访问，请确认地址可用且可从公网访问",
        "The production address is unreachable; it must be available and public",
    ),
    text(reason::TIMEOUT, "接口响应超时", "The interface did not answer in time"),
    text(reason::CLOSED, "连接在响应完成之前被关闭", "The connection was closed before the answer was complete"),
    text(reason::TOO_LARGE, "响应消息体过大", "The response body is too large"),
    text(reason::HTTP_STATUS, "HTTP 响应码不是 200", "The HTTP code is not 200"),
    text(
        reason::CONTENT_TYPE,
        "响应的 Content-Type 不是 application/json",
        "The content type of the response is not application/json",
    ),
    text(reason::BAD_JSON, "响应消息体无法解析", "The response body cannot be parsed"),
    text(reason::BODY_SIGN, "响应头 Body-Sign 缺失或不正确", "Body-Sign is missing or wrong"),
    text(reason::RESULT_CODE, "返回了错误的结果码", "An error result code was returned"),
    text(reason::MISSING_FIELD, "响应缺少必填字段", "The response lacks a field"),
    text(reason::FIELD_LENGTH, "响应字段长度不合法", "Illegal length of a response field"),
    text(reason::FIELD_FORM, "响应字段格式不合法", "Illegal form of a response field"),
    text(reason::DECRYPT, "无法解密响应中的加密字段", "An encrypted response field cannot be decrypted"),
];

/// The texts of a failure code; `None` for a code that this build does not know.
pub fn reason_text(code: &str) -> Option<&'static Reason> {
    REASONS.iter().find(|reason| reason.code == code)
}
