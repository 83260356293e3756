//! First contact, debugging calls, abuse, malformed requests.

use super::{Words, text};

pub(super) const CHECKS: &[Words] = &[
    text(
        "reach/address",
        ("地址使用 https:// 和域名", "上线前请使用公共 CA 证书的 HTTPS 域名。"),
        (
            "The address is https:// with a domain name",
            "Before going live, use an HTTPS domain with a certificate of a public CA.",
        ),
    ),
    text(
        "reach/answers",
        (
            "签名正确的调试请求得到格式正确的应答",
            "请返回 HTTP 200、application/json 和一个带 resultCode 的 JSON 对象。",
        ),
        (
            "A well-signed debugging call gets a well-formed answer",
            "Answer HTTP 200, application/json and one JSON object with resultCode.",
        ),
    ),
    text(
        "test/create",
        ("调试创建（testFlag=1）返回成功和 instanceId", "testFlag 为 1 时返回看起来真实的应答，不开通任何资源。"),
        (
            "A debugging creation (testFlag 1) succeeds with an instanceId",
            "With testFlag 1 answer plausibly and open nothing.",
        ),
    ),
    text(
        "test/creates-nothing",
        ("调试创建不会真的开通实例", "请在开通、落库之前判断 testFlag。"),
        ("A debugging creation opens no instance", "Look at testFlag before you open or save anything."),
    ),
    text(
        "test/query",
        ("调试查询返回成功", "testFlag 为 1 时，即使实例不存在也返回示例数据。"),
        ("A debugging query succeeds", "With testFlag 1 answer sample data even for an instance that does not exist."),
    ),
    text(
        "test/refresh",
        ("调试续费返回成功", "商品发布前必须通过续费用例：testFlag 为 1 时直接返回 000000。"),
        ("A debugging renewal succeeds", "The case is needed to publish a product: with testFlag 1 answer 000000."),
    ),
    text(
        "test/refresh-trial",
        ("调试试用转正返回成功", "提供试用规格时必须通过该用例：testFlag 为 1 时直接返回 000000。"),
        ("A debugging trial to formal succeeds", "The case is needed for trials: with testFlag 1 answer 000000."),
    ),
    text(
        "test/freeze",
        ("调试冻结返回成功", "testFlag 为 1 时直接返回 000000，不改变任何实例。"),
        ("A debugging freeze succeeds", "With testFlag 1 answer 000000 and change nothing."),
    ),
    text(
        "test/unfreeze",
        ("调试解冻返回成功", "testFlag 为 1 时直接返回 000000，不改变任何实例。"),
        ("A debugging unfreeze succeeds", "With testFlag 1 answer 000000 and change nothing."),
    ),
    text(
        "test/expire",
        ("调试过期返回成功", "testFlag 为 1 时直接返回 000000，不改变任何实例。"),
        ("A debugging expiry succeeds", "With testFlag 1 answer 000000 and change nothing."),
    ),
    text(
        "test/release",
        ("调试释放返回成功", "testFlag 为 1 时直接返回 000000，不释放任何实例。"),
        ("A debugging release succeeds", "With testFlag 1 answer 000000 and release nothing."),
    ),
    text(
        "test/upgrade",
        ("调试升级返回成功", "配置升级规则之前必须通过该用例。"),
        ("A debugging upgrade succeeds", "Upgrade rules can be configured only after this case passed."),
    ),
    text(
        "test/change-check",
        ("调试续费变更校验得到格式正确的回答", "返回 000000 表示允许，其他结果码表示不允许。"),
        (
            "A debugging renewal-change check gets a well-formed answer",
            "000000 allows the change, any other code refuses it.",
        ),
    ),
    text(
        "test/apply",
        ("调试申请 License 返回成功", "testFlag 为 1 时直接返回 000000，不占用额度。"),
        ("A debugging application for a licence succeeds", "With testFlag 1 answer 000000 and use up no quota."),
    ),
    text(
        "auth/wrong-key",
        ("拒绝用错误密钥签名的请求", "先验签，再做任何事；不一致时返回 000001。"),
        (
            "A call signed with a wrong key is refused",
            "Verify the signature before anything else; answer 000001 when it does not match.",
        ),
    ),
    text(
        "auth/changed-after-signing",
        ("拒绝签名后被改动的请求", "签名必须覆盖收到的全部内容：2.0 为原始消息体字节，1.0 为全部参数。"),
        (
            "A call that was changed after signing is refused",
            "The signature must cover everything received: the raw body (POST) or all parameters (GET).",
        ),
    ),
    text(
        "auth/no-signature",
        ("拒绝没有签名的请求", "缺少签名参数时返回 000001，不要跳过验签。"),
        (
            "A call without a signature is refused",
            "Answer 000001 when the parameters are missing; never skip the check.",
        ),
    ),
    text(
        "auth/stale-timestamp",
        ("拒绝过期的时间戳", "时间戳与您的时钟相差超过 60 秒（1.0：建议 5 分钟）时返回 000001。"),
        (
            "A stale timestamp is refused",
            "Answer 000001 when the timestamp differs from your clock by more than 60 s (GET: 5 minutes are usual).",
        ),
    ),
    text(
        "auth/future-timestamp",
        ("拒绝来自未来的时间戳", "时间窗口应为双向：比较差值的绝对值。"),
        ("A timestamp of the future is refused", "The window has two sides: compare the absolute difference."),
    ),
    text(
        "auth/replayed-nonce",
        ("拒绝原样重放的请求", "把验签通过的 nonce 至少保存 120 秒，再次出现时返回 000001。"),
        (
            "A call that is replayed byte for byte is refused",
            "Remember the nonce of every verified call for at least 120 s and answer 000001 when it comes again.",
        ),
    ),
    text(
        "auth/timestamp-inside-window",
        ("接受 30 秒前签名的请求", "时间窗口为 60 秒；请同时用 NTP 校准时钟。"),
        ("A call signed 30 s ago is accepted", "The window is 60 s; also keep your clock right with NTP."),
    ),
    text(
        "auth/lower-case-signature",
        ("比较签名时忽略大小写", "先把两边转换为同样的大小写，或比较解码后的字节。"),
        (
            "Signatures are compared without regard to case",
            "Bring both sides to one case, or compare the decoded bytes.",
        ),
    ),
    text(
        "auth/short-nonce",
        ("接受 16 个字符的 nonce", "nonce 为 1 到 64 个字母和数字，不要要求固定长度。"),
        ("A nonce of 16 characters is accepted", "A nonce has 1 to 64 letters and digits; do not ask for one length."),
    ),
    text(
        "auth/values-that-need-encoding",
        ("接受需要 URL 编码的参数值", "先做 URL 解码，再拼接待签名串。"),
        ("Values that need URL encoding are accepted", "URL-decode the values first, then join them."),
    ),
    text(
        "request/more-members",
        ("忽略不认识的成员", "不要因为多出的成员报错；对收到的原始字节验签，不要重新序列化。"),
        (
            "Unknown members are ignored",
            "Do not refuse members you do not know, and verify the raw bytes instead of writing the body anew.",
        ),
    ),
    text(
        "request/unknown-activity",
        ("对未知 activity 返回 000002", "不认识的 activity 返回 000002，不要返回成功。"),
        ("An unknown activity is answered 000002", "Answer 000002 for an activity you do not know, never success."),
    ),
    text(
        "request/missing-field",
        ("缺少必填参数时返回 000002", "请校验必填参数，缺少时返回 000002。"),
        ("A missing mandatory parameter is answered 000002", "Check the mandatory parameters and answer 000002."),
    ),
    text(
        "request/not-json",
        ("消息体不是 JSON 时返回 000002", "解析失败时返回 HTTP 200 和 000002，而不是 HTTP 错误页。"),
        (
            "A body that is no JSON is answered 000002",
            "Answer HTTP 200 with 000002 when parsing fails, not an error page.",
        ),
    ),
];
