//! Result codes of the SaaS 2.0 family and what they mean (4.9, D-28).

/// Success.
pub const SUCCESS: &str = "000000";
/// Authentication failed: wrong signature, timestamp or nonce.
pub const AUTHENTICATION_FAILED: &str = "000001";
/// A request parameter is invalid.
pub const INVALID_PARAMETER: &str = "000002";
/// The instance does not exist.
pub const UNKNOWN_INSTANCE: &str = "000003";
/// The request is being processed.
pub const PROCESSING: &str = "000004";
/// Other internal error of the seller.
pub const INTERNAL_ERROR: &str = "000005";

/// One published code with its meaning in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultCode {
    /// Six digits.
    pub code: &'static str,
    /// Meaning in Chinese.
    pub zh: &'static str,
    /// Meaning in English.
    pub en: &'static str,
}

const fn entry(code: &'static str, zh: &'static str, en: &'static str) -> ResultCode {
    ResultCode { code, zh, en }
}

/// Every published code, ascending.
pub const TABLE: &[ResultCode] = &[
    entry(SUCCESS, "成功", "Success"),
    entry(AUTHENTICATION_FAILED, "鉴权失败", "Authentication failed"),
    entry(INVALID_PARAMETER, "请求参数不合法", "A request parameter is invalid"),
    entry(UNKNOWN_INSTANCE, "实例 ID 不存在", "The instance ID does not exist"),
    entry(PROCESSING, "请求处理中", "The request is being processed"),
    entry(INTERNAL_ERROR, "其它内部错误", "Other internal error"),
    entry("000100", "无可用实例资源", "No instance resource is available"),
    entry("000101", "手机号为空或已被使用", "The mobile number is empty or already used"),
    entry("000102", "邮箱为空或已被使用", "The e-mail address is empty or already used"),
    entry("000103", "该商品已被购买过", "This product has been purchased already"),
    entry("000104", "商品服务内部错误", "Internal error of the product service"),
    entry("000105", "该账号已享有权益", "The account already has the benefits"),
    entry("000106", "商品已售罄", "Sold out"),
    entry("000107", "SaaS 邮箱域名已存在", "The e-mail domain of the SaaS exists already"),
];

/// The table entry of a code; `None` for a code that no source names.
pub fn lookup(code: &str) -> Option<&'static ResultCode> {
    let code = normalise(code);
    TABLE.iter().find(|entry| entry.code == code)
}

/// The code to judge by: the seven-digit misprint of `000004` counts as `000004` (D-28).
pub fn normalise(code: &str) -> &str {
    if code == "0000004" { PROCESSING } else { code }
}

/// Codes of a failed creation that the operator is shown at once (D-28).
pub fn tell_operator_at_once(code: &str) -> bool {
    matches!(code, "000103" | "000105" | "000106")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_have_six_digits_and_both_languages() {
        assert!(TABLE.windows(2).all(|pair| pair[0].code < pair[1].code));
        for entry in TABLE {
            assert!(entry.code.len() == 6 && entry.code.bytes().all(|b| b.is_ascii_digit()));
            assert!(!entry.zh.is_empty() && !entry.en.is_empty());
        }
    }

    #[test]
    fn the_misprint_means_processing_and_nothing_else_is_changed() {
        assert_eq!(lookup("0000004").unwrap().code, PROCESSING);
        assert_eq!(lookup("0000000"), None);
        assert_eq!(normalise("000999"), "000999");
    }

    #[test]
    fn three_codes_go_to_the_operator() {
        let told: Vec<_> = TABLE.iter().map(|entry| entry.code).filter(|code| tell_operator_at_once(code)).collect();
        assert_eq!(told, ["000103", "000105", "000106"]);
    }
}
