//! The life of an instance, from its creation to its release.

use super::{Words, text};

pub(super) const CHECKS: &[Words] = &[
    text(
        "create/new-line",
        (
            "创建实例返回 000000 或 000004 和 instanceId",
            "instanceId 为 1 到 64 个字符；建议使用首次请求的 businessId。",
        ),
        (
            "A creation answers 000000 or 000004 with an instanceId",
            "instanceId has 1 to 64 characters; the businessId of the first request is recommended.",
        ),
    ),
    text(
        "create/repeat-same-line",
        (
            "重复创建同一订单行返回同一实例",
            "以 orderId + orderLineId 为幂等键保存实例，重复请求返回已有的 instanceId。",
        ),
        (
            "Repeating the creation of an order line gives the same instance",
            "Save instances under orderId + orderLineId and answer a repetition with the ID you have.",
        ),
    ),
    text(
        "create/second-line",
        ("另一订单行得到另一个实例", "幂等键必须包含 orderLineId，不能只用 orderId。"),
        ("Another order line gives another instance", "The key must include orderLineId, not orderId alone."),
    ),
    text(
        "create/repeat-when-open",
        ("实例开通后重复创建仍返回同一实例", "迟到的重复请求也必须返回已有的 instanceId。"),
        (
            "Repeating the creation of an open instance gives the same one",
            "A late repetition must be answered with the ID you have, too.",
        ),
    ),
    text(
        "create/new-order",
        ("新购返回 instanceId 和可用的 appInfo", "返回 instanceId、frontEndUrl；userName 和 password 必须加密。"),
        (
            "A purchase answers an instanceId and usable appInfo",
            "Answer instanceId and frontEndUrl; userName and password must be encrypted.",
        ),
    ),
    text(
        "create/repeat-same-order",
        ("重复新购同一订单返回同一实例", "以 orderId（按需：orderId + productId）为幂等键，重复请求返回已有实例。"),
        (
            "Repeating the purchase of an order gives the same instance",
            "Save instances under orderId (pay-per-use: orderId + productId) and answer a repetition with the one you have.",
        ),
    ),
    text(
        "create/second-order",
        ("另一订单得到另一个实例", "每个购买订单必须有唯一的 instanceId。"),
        ("Another order gives another instance", "The instanceId must be unique per purchase order."),
    ),
    text(
        "create/other-product",
        ("同一订单的另一个按需商品得到另一个实例", "按需商品的幂等键为 orderId + productId。"),
        (
            "Another pay-per-use product of the same order gives another instance",
            "For pay-per-use the key is orderId + productId.",
        ),
    ),
    text(
        "query/finds-instance",
        ("查询返回已开通的实例", "info 中每个查询的实例对应一个元素，appInfo 中给出 frontEndUrl。"),
        (
            "A query finds the instance",
            "info has one element per instance that was asked for, with frontEndUrl in appInfo.",
        ),
    ),
    text(
        "query/two-instances",
        ("一次查询两个实例时都返回", "instanceId 可以是逗号分隔的多个 ID（最多 100 个）：请拆分后逐个返回。"),
        (
            "A query for two instances tells of both",
            "instanceId may hold up to 100 IDs with commas between: split it and answer each.",
        ),
    ),
    text(
        "query/unknown-instance",
        ("查询不存在的实例不会返回它的信息", "返回 000003，或 info 中不含该实例。"),
        ("A query for an unknown instance tells nothing of it", "Answer 000003, or leave the instance out of info."),
    ),
    text(
        "query/usage",
        ("按需实例的查询返回用量", "请返回 usageInfo，含 usageValue 和 statisticalTime（UTC，17 位数字）。"),
        (
            "A query of a pay-per-use instance tells usage",
            "Answer usageInfo with usageValue and statisticalTime (UTC, 17 digits).",
        ),
    ),
    text(
        "refresh/trial-to-formal",
        ("试用转正成功", "按 expireTime（UTC，yyyyMMddHHmmss）更新到期时间并返回 000000。"),
        ("Trial to formal succeeds", "Set the expiry to expireTime (UTC, yyyyMMddHHmmss) and answer 000000."),
    ),
    text(
        "refresh/renewal",
        ("续费成功", "按 expireTime（UTC，14 位数字 yyyyMMddHHmmss）更新到期时间并返回 000000。"),
        ("A renewal succeeds", "Set the expiry to expireTime (UTC, 14 digits yyyyMMddHHmmss) and answer 000000."),
    ),
    text(
        "refresh/repeat-same-order",
        ("重复续费同一订单返回成功", "重复请求直接返回 000000，不要再次延期，也不要报错。"),
        ("Repeating a renewal succeeds", "Answer a repetition 000000; neither extend again nor refuse it."),
    ),
    text(
        "refresh/other-product",
        ("换周期类型续费（带 productId）成功", "productId 为可选参数，变更周期类型时会发送。"),
        (
            "A renewal with another period type (productId) succeeds",
            "productId is optional and sent when the period type changes.",
        ),
    ),
    text(
        "refresh/late-repetition",
        ("迟到的重复续费返回成功", "已处理过的订单行直接返回 000000，不要用旧的到期时间覆盖新的。"),
        (
            "A late repetition of an earlier renewal succeeds",
            "Answer 000000 for an order line that was applied, and do not put the older expiry back.",
        ),
    ),
    text(
        "refresh/renewal-cancelled",
        ("退续费成功", "到期时间可能提前；按 expireTime 更新并返回 000000。"),
        ("Cancelling a renewal succeeds", "The expiry may move back; set it to expireTime and answer 000000."),
    ),
    text(
        "refresh/renewal-change",
        ("续费变更成功", "接受 scene RENEWAL_CHANGE，更新规格和到期时间。"),
        ("A renewal with change succeeds", "Accept the scene RENEWAL_CHANGE and set specification and expiry."),
    ),
    text(
        "refresh/keeps-instance",
        ("续费后还是同一个实例", "续费只改变到期时间，不要新建实例。"),
        ("After a renewal the instance is the same", "A renewal changes the expiry only; open no new instance."),
    ),
    text(
        "refresh/unknown-instance",
        ("续费不存在的实例返回 000003", "先查找实例，不存在时返回 000003；返回成功会让买家白付钱。"),
        (
            "A renewal of an unknown instance is answered 000003",
            "Look the instance up and answer 000003; success would take the buyer's money for nothing.",
        ),
    ),
    text(
        "refresh/while-frozen",
        ("冻结中的实例可以续费", "市场先续费再解冻：冻结状态下也要接受续费。"),
        (
            "A frozen instance can be renewed",
            "The marketplace renews first and unfreezes then: accept a renewal while frozen.",
        ),
    ),
    text(
        "refresh/after-release",
        ("续费已释放的实例返回 000003", "已释放的实例不能再续费。"),
        ("A renewal of a released instance is answered 000003", "A released instance cannot be renewed."),
    ),
    text(
        "status/unfreeze-in-use",
        ("解冻使用中的实例返回成功", "调用可能乱序或重复：目标状态已达到时返回 000000。"),
        (
            "Unfreezing an instance in use succeeds",
            "Calls may come twice or out of order: answer 000000 when the state is there already.",
        ),
    ),
    text(
        "status/freeze",
        ("冻结成功", "停止买家使用、保留数据，返回 000000。"),
        ("Freezing succeeds", "Stop the use, keep the data, answer 000000."),
    ),
    text(
        "status/freeze-again",
        ("重复冻结返回成功", "已经冻结时直接返回 000000。"),
        ("Freezing a frozen instance succeeds", "Answer 000000 when it is frozen already."),
    ),
    text(
        "status/frozen-is-kept",
        ("冻结后仍能查询到实例", "冻结期间必须保留数据，查询仍返回该实例。"),
        (
            "A frozen instance is still found",
            "Data must be kept while frozen, and the query still tells of the instance.",
        ),
    ),
    text(
        "status/page-in-use",
        ("打开使用中的买家页面", "用于与冻结后的页面比较。"),
        ("The buyer's page while in use", "It is compared with the page while frozen."),
    ),
    text(
        "status/freeze-has-effect",
        ("冻结对买家生效", "冻结后买家不应再能使用；否则到期后的使用成本由您承担。"),
        (
            "Freezing has an effect for the buyer",
            "A frozen instance must not be usable; otherwise the use after expiry is at your cost.",
        ),
    ),
    text(
        "status/unfreeze",
        ("解冻成功", "恢复使用并返回 000000。"),
        ("Unfreezing succeeds", "Restore the use and answer 000000."),
    ),
    text(
        "status/unknown-instance",
        ("冻结不存在的实例返回 000003", "先查找实例，不存在时返回 000003。"),
        (
            "Freezing an unknown instance is answered 000003",
            "Look the instance up and answer 000003 when there is none.",
        ),
    ),
    text(
        "status/unknown-word",
        ("对未知状态返回 000002", "只接受文档中列出的状态值。"),
        ("An unknown status is answered 000002", "Accept only the documented words."),
    ),
    text(
        "status/unfreeze-after-release",
        ("解冻已释放的实例返回 000003", "已释放的实例不能恢复；迟到的解冻不得让它复活。"),
        (
            "Unfreezing a released instance is answered 000003",
            "A late unfreeze must not bring a released instance back.",
        ),
    ),
    text(
        "expire/unknown-instance",
        ("对不存在的实例过期返回 000003", "先查找实例，不存在时返回 000003。"),
        (
            "Expiry of an unknown instance is answered 000003",
            "Look the instance up and answer 000003 when there is none.",
        ),
    ),
    text(
        "expire/freeze",
        ("过期成功", "冻结实例、保留数据，返回 000000。"),
        ("Expiry succeeds", "Freeze the instance, keep the data, answer 000000."),
    ),
    text(
        "expire/again",
        ("重复过期返回成功", "同一实例的重复过期直接返回 000000。"),
        ("Repeating an expiry succeeds", "Answer a repetition for the same instance 000000."),
    ),
    text(
        "expire/is-kept",
        ("过期后仍是同一个实例", "买家查看详情时会重复新购请求：返回已有实例，不要新建。"),
        (
            "After expiry the instance is the same",
            "The purchase is repeated when the buyer opens the details: answer the instance you have.",
        ),
    ),
    text(
        "upgrade/new-line",
        ("升级成功", "instanceId 不变，更新规格并返回 000000。"),
        ("An upgrade succeeds", "The instanceId stays; change the specification and answer 000000."),
    ),
    text(
        "upgrade/repeat-same-line",
        ("重复升级返回成功", "同一订单行的重复升级直接返回 000000。"),
        ("Repeating an upgrade succeeds", "Answer a repetition of the same order line 000000."),
    ),
    text(
        "upgrade/new-order",
        ("升级成功", "按 instanceId 识别资源，更新规格并返回 000000。"),
        ("An upgrade succeeds", "Recognise the resource by instanceId, change the specification, answer 000000."),
    ),
    text(
        "upgrade/repeat-same-order",
        ("重复升级返回成功", "同一订单的重复升级直接返回 000000。"),
        ("Repeating an upgrade succeeds", "Answer a repetition of the same order 000000."),
    ),
    text(
        "upgrade/unknown-instance",
        ("升级不存在的实例返回 000003", "先查找实例，不存在时返回 000003。"),
        (
            "An upgrade of an unknown instance is answered 000003",
            "Look the instance up and answer 000003 when there is none.",
        ),
    ),
    text(
        "change-check/decides",
        ("续费变更校验得到明确答复", "返回 000000 表示允许；其他结果码和 resultMsg 会展示给买家。不能返回 000004。"),
        (
            "A renewal-change check is decided",
            "000000 allows; any other code and resultMsg are shown to the buyer. 000004 is no answer here.",
        ),
    ),
    text(
        "change-check/unknown-instance",
        ("对不存在的实例不允许续费变更", "先查找实例，不存在时返回 000003。"),
        (
            "A change of an unknown instance is not allowed",
            "Look the instance up and answer 000003 when there is none.",
        ),
    ),
    text(
        "release/unknown-instance",
        ("释放不存在的实例返回 000000 或 000003", "没有可释放的内容也算完成，不要返回其他错误。"),
        (
            "Releasing an unknown instance is answered 000000 or 000003",
            "Nothing left to release counts as done; answer no other error.",
        ),
    ),
    text(
        "release/unsubscribed",
        ("退订释放成功", "删除或停用实例并返回 000000。"),
        ("A release after an unsubscription succeeds", "Delete or disable the instance and answer 000000."),
    ),
    text(
        "release/again",
        ("重复释放返回 000000 或 000003", "已释放的实例再次释放不是错误。"),
        ("Releasing a released instance is answered 000000 or 000003", "Releasing again is no error."),
    ),
    text(
        "release/keeps-others",
        ("释放一个实例不影响其他实例", "只释放请求中的 instanceId。"),
        ("Releasing one instance leaves the others", "Release only the instanceId of the call."),
    ),
    text(
        "release/expired",
        ("到期未续费的释放成功", "2.0 中此时不发送 orderId；请不要要求它。"),
        ("A release after expiry succeeds", "In 2.0 no orderId is sent then; do not ask for one."),
    ),
    text(
        "licence/apply",
        ("申请 License 返回 000000 或 000004", "接受申请，随后通过开放接口上传 License。"),
        (
            "An application for a licence is answered 000000 or 000004",
            "Accept it and upload the licence through the open API afterwards.",
        ),
    ),
    text(
        "licence/apply-again",
        ("重复申请返回成功", "以 eventId 和 deviceFingerprint 识别同一次申请。"),
        ("Repeating an application succeeds", "Recognise it by eventId and deviceFingerprint."),
    ),
    text(
        "licence/unknown-instance",
        ("为不存在的实例申请返回 000003", "先查找实例，不存在时返回 000003。"),
        (
            "An application for an unknown instance is answered 000003",
            "Look the instance up and answer 000003 when there is none.",
        ),
    ),
    text(
        "notice/order",
        ("订单通知返回 000000", "先应答 000000，再通过查询订单接口获取详情。"),
        ("A notification is answered 000000", "Answer 000000 first and ask Query Order for the rest afterwards."),
    ),
    text(
        "notice/again",
        ("重复的订单通知返回 000000", "通知可能重复，请按订单行去重。"),
        (
            "A repeated notification is answered 000000",
            "Notifications may come twice; recognise them by the order line.",
        ),
    ),
];
