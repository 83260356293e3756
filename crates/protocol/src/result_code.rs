//! Result codes of the families and what they mean (4.9, 5.9, 6.1, 6.4, D-28).

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

/// What authorisation code 2.0 calls by another name (6.1); its other codes are the common ones.
pub const LICENSE_CODE_TABLE: &[ResultCode] = &[
    entry(SUCCESS, "成功", "Success"),
    entry(AUTHENTICATION_FAILED, "鉴权失败", "Authentication failed"),
    entry(INVALID_PARAMETER, "请求参数不合法", "A request parameter is invalid"),
    entry(UNKNOWN_INSTANCE, "授权码 ID 不存在", "The authorisation code ID does not exist"),
    entry(PROCESSING, "请求处理中", "The request is being processed"),
    entry(INTERNAL_ERROR, "其它内部错误", "Other internal error"),
];

/// The codes that online License adds to the table up to `000100` (6.4).
pub const ONLINE_LICENSE_TABLE: &[ResultCode] = &[
    entry(
        "000900",
        "实例有效订单的 License 额度不足",
        "The licence quota of the instance's effective order is not sufficient",
    ),
    entry("000901", "请在订单有效期内申请", "Apply within the order's validity"),
    entry("000902", "包周期 License 需要到期时间", "A period licence needs an expiry date"),
    entry("000903", "需要设备指纹或硬件码", "A device fingerprint or hardware code is required"),
];

/// The entry of a code in authorisation code 2.0.
pub fn lookup_license_code(code: &str) -> Option<&'static ResultCode> {
    let code = normalise(code);
    LICENSE_CODE_TABLE.iter().find(|entry| entry.code == code)
}

/// The entry of a code in online License.
pub fn lookup_online_license(code: &str) -> Option<&'static ResultCode> {
    let own = ONLINE_LICENSE_TABLE.iter().find(|entry| entry.code == code);
    own.or_else(|| lookup(code).filter(|entry| entry.code <= "000100"))
}

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
        for table in [TABLE, LICENSE_CODE_TABLE, ONLINE_LICENSE_TABLE] {
            assert!(table.windows(2).all(|pair| pair[0].code < pair[1].code));
            for entry in table {
                assert!(entry.code.len() == 6 && entry.code.bytes().all(|b| b.is_ascii_digit()));
                assert!(!entry.zh.is_empty() && !entry.en.is_empty());
            }
        }
        assert!(lookup_online_license("000903").is_some() && lookup_online_license("000106").is_none());
        assert!(lookup_license_code("000003").unwrap().en.contains("authorisation"));
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
