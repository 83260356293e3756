## Refusals of rules
error-login-failed = 邮箱或密码不正确，请重新输入。
error-login-locked = 登录失败次数过多，账号已临时锁定，请稍后再试或重置密码。
error-registration-closed = 本市场未开放自助注册，请联系运营。
error-reset-link-invalid = 重置链接无效或已过期，请重新申请。
error-already-verified = 已提交或已通过实名认证，无需重复提交。
error-not-verified = 请先完成企业实名认证。
error-already-applied = 已提交入驻申请，请等待审核。
error-sub-users-max = 子用户数量已达上限。
error-owner-unchangeable = 主账号的角色不能修改。
error-sandbox-not-for-sellers = 有过真实资金、订单或店铺的组织不能转为沙箱，沙箱也不能成为商家。请另行注册一个组织作为沙箱。
error-not-yourself = 不能修改自己的账号。
error-organisation-frozen = 企业已被运营冻结，请联系运营。
error-seller-not-active = 商家状态不允许提交，请先完成商业信息认证。
error-application-wrong-state = 当前状态不允许此操作，请刷新页面。
error-application-open = 该商品已有进行中的申请，请先处理。
error-product-wrong-state = 商品当前状态不允许此操作。
error-product-suspended = 该商品暂停销售。
error-product-discontinued = 该商品已停售。
error-specification-discontinued = 该规格已停售，请选择其他规格。
error-own-product = 不能购买本企业的商品。
error-price-not-offered = 该规格不提供所选的计费方式。
error-periods-not-offered = 所选购买时长不可用。
error-quantity-out-of-range = 购买数量超出范围。
error-no-trial = 该规格不支持试用。
error-trial-taken = 贵企业已试用过该商品，每个企业只能试用一次。
error-sandbox-balance-full = 沙箱的测试余额最多 100,000,000.00。
error-trial-after-purchase = 贵企业已购买过该商品，不能再试用。
error-order-is-free = 该订单无需付款。
error-provider-not-offered = 不支持该付款方式。
error-trial-not-renewable = 试用不能自动续费，请先转为商用。
error-insufficient-balance = 余额不足，请先充值或选择其他支付方式。
error-order-already-paid = 订单已支付，无需重复支付。
error-order-expired = 订单已超过支付期限，请重新下单。
error-order-wrong-state = 订单当前状态不允许此操作，请刷新页面。
error-order-not-free = 该订单需要支付。
error-payment-already-started = 该订单已有进行中的付款，请等待确认。
error-payment-already-decided = 该笔款项已处理。
error-already-refunded = 订单已退款。
error-refund-nothing-paid = 免费或试用服务无需退订退款。
error-refund-not-offered = 该商品不支持五天无理由退订。
error-refund-not-in-use = 只有使用中的服务可以退订。
error-refund-other-order-open = 该服务有未完成的订单，请先处理。
error-refund-window-over = 已超过五天无理由退订期限。
error-refund-quota-used = 本年度无理由退订次数已用完。
error-refund-renewed = 该服务已续费，请先退续费。
error-refund-no-renewal = 没有可退的续费。
error-refund-renewal-begun = 该续费周期已经开始。
error-instance-wrong-state = 服务当前状态不允许此操作，请刷新页面。
error-instance-not-renewable = 该服务当前不能续费。
error-instance-has-open-order = 该服务有未完成的订单，请先支付或取消。
error-instance-still-paid = 服务仍在有效期内，请使用退订。
error-call-not-restartable = 该调用已结束，不能重新启动。
error-call-waits-behind = 同一服务的前一个调用须先完成，请重启前一个调用。
error-invitation-accepted = 该邀请已被接受。
error-money-not-prepared = 须先由另一位运营人员登记到账，才能复核。
error-second-person = 资金操作需要两人：请由另一位有复核权限的人员处理。
error-top-ups-open = 待到账的充值申请过多，请先付款或联系运营人员。
error-company-exists = 该企业已注册。
error-call-restart-waits = 该调用已有一次手动重新启动在等待执行。
error-information-fresh = 一分钟内已向商家查询过，请稍后再试。
error-cases-missing = 缺少必需的调试用例，请先在“接口调试”中调测并保存。
error-case-needed = 在售商品需要该用例，不能删除。
error-debug-too-many = 调试过于频繁，每分钟最多 30 次，请稍后再试。
error-no-access-key = 请先在“接入密钥”中添加一个密钥。
error-not-a-sandbox = 只有沙箱企业可以使用测试时钟。
error-upload-daily-files = 今日上传文件数已达100个上限,请明日再试
error-upload-total-bytes = 贵企业的文件存储空间已用完，请联系运营人员。
error-upload-daily-bytes = 今日上传总量已达10GB上限,请明日再试
error-amount-out-of-range = 金额超出范围。
error-currency-not-offered = 本市场只以人民币结算。
error-not-an-amount = 金额格式不正确。
error-search-request = 搜索条件不正确，请调整后重试。
error-idempotency-key-reused = 该幂等键已用于另一个请求。

## Faults of fields
field-required = 必填。
field-too-short = 内容太短。
field-too-long = 内容太长。
field-too-many = 数量过多。
field-email-form = 邮箱格式不正确。
field-email-taken = 该邮箱已注册。
field-company-exists = 该企业已注册。
field-credit-code-form = 统一社会信用代码格式不正确。
field-password-too-short = 密码至少 10 个字符。
field-password-too-long = 密码最多 128 个字符。
field-password-too-simple = 密码过于简单，请混合使用字母、数字和符号。
field-password-contains-name = 密码不能包含邮箱名。
field-password-wrong = 当前密码不正确。
field-owner-only-one = 主账号只能有一个。
field-name-length = 名称需 2–64 个字符。
field-name-link = 名称中不能包含网址。
field-profile-link = 公司简介中不可包含外部链接
field-website-form = 网址需以 http 或 https 开头。
field-version-form = 版本格式如 V1.0。
field-forbidden-word = 含有广告法禁用词或引导线下交易的内容。
field-highlights-count = 请填写 3–6 条亮点。
field-zone-form = 请注明时区，例如 GMT+08:00。
field-debug-unknown-tab = 没有这样的调试场景。
field-parameter-form = 格式不符合接口定义。
field-hotline-form = 热线需带国家码，例如 +86。
field-address-form = 生产系统接口地址必须是 https 域名地址。
field-address-parameters = 生产系统接口地址不能包含 signature、timestamp、nonce 参数。
field-mode-not-allowed = 该接入类型不支持此计费方式。
field-period-form = 周期设置不正确。
field-price-range = 价格需在 0.01 至 99,999,999.99 之间，最多两位小数。
field-trial-days = 试用天数需在 3–180 天之间。
field-trial-needs-period = 试用仅适用于包周期价格。
field-fixed-after-release = 发布后不可修改。
field-specification-deleted = 已发布的规格不能删除，只能停售。
field-specification-restored = 已停售的规格不能恢复。
field-specification-twice = 同一规格重复。
field-price-line-deleted = 已发布的价格不能删除。
field-price-line-twice = 同一价格重复。
field-access-type-not-open = 暂不支持该接入类型。
field-category-unknown = 请选择有效的分类。
field-control-character = 包含无法保存的字符。
field-file-unknown = 图片不存在，请重新上传。
field-file-too-large = 文件不能超过 5M。
field-picture-form = 仅支持 PNG、JPG、GIF、WebP 图片。
field-picture-size = 图片像素不能超过 4000 万。
field-agreement-required = 请阅读并勾选协议。
field-amount-form = 请输入正确的金额，最多两位小数。
field-out-of-range = 超出允许范围。

## Messages
message-organisation-waits = { $name } 提交了认证或入驻申请
message-organisation-decided =
    { $decision ->
        [verify] 贵企业已通过实名认证。
        [reject-verification] 贵企业未通过实名认证。
        [seller-applied] 贵企业的入驻申请正在审核。
        [seller-admitted] 贵企业的入驻申请已通过。
        [seller-active] 贵企业现在可以发布和销售商品。
        [seller-none] 贵企业的入驻申请未通过。
        [seller-restricted] 贵企业的商家交易已受到限制。
        [seller-terminated] 贵企业的商家合作已终止。
        [partner-on] 贵企业已成为合作伙伴。
        [partner-off] 贵企业不再是合作伙伴。
        [freeze] 贵企业已被冻结。
        [unfreeze] 贵企业已解除冻结。
        [sandbox] 贵企业现在是沙箱企业。
       *[other] 贵企业的资料审核有新结果。
    }{ $has_reason ->
        [1] 原因：{ $reason }
       *[other] {""}
    }
message-order-paid-seller = 新订单已支付：{ $product }（{ $order }）
message-order-refunded-seller = 订单已退订：{ $order }
message-order-timed-out = 订单超时未支付，已自动取消：{ $order }
message-transfer-expected = 有待确认的转账：{ $order }
message-money-prepared = { $name } 已登记到账，需要另一位人员复核。
message-top-up-confirmed = 充值已到账：{ $amount }
message-top-up-refused = 您的充值 { $amount } 未通过：{ $reason }
message-transfer-refused = 订单 { $order } 的转账未通过：{ $reason }
message-transfer-credited = 您的转账 { $amount } 到账时，订单 { $order } 已无法支付，款项已转入您的余额
message-order-overtaken = 服务已释放或转换，未支付的订单已取消：{ $order }
message-service-ready = 服务已开通：{ $product }
message-service-failed = 服务开通失败，款项已全额退回：{ $product }
message-service-expired = 服务已到期，进入宽限期：{ $product }
message-service-frozen = 服务已冻结，数据保留中：{ $product }
message-service-frozen-violation = 服务因违规被冻结：{ $product }
message-service-unfrozen = 服务已解冻：{ $product }
message-service-released = 服务已释放：{ $product }
message-service-renewed = 服务已续费：{ $product }
message-service-shortened = 服务的续费已退：{ $product }
message-expiry-reminder = 服务将在 { $days } 天后到期：{ $product }
message-autorenew-succeeded = 自动续费成功：{ $product }
message-autorenew-failed = 自动续费失败：{ $product }，请检查余额
message-call-failed = 接口调用失败：{ $activity }（{ $product }）{ $exception }
message-call-stopped = 接口调用已停止重试：{ $activity }（{ $product }）{ $exception }
message-call-recovered = 接口调用已恢复：{ $activity }（{ $product }）
message-application-submitted = 新的商品申请：{ $product }
message-application-approved = 商品申请已通过：{ $product }
message-application-rejected = 商品申请被驳回：{ $product }。{ $reason }
message-product-state-changed = 商品销售状态变更：{ $product }。{ $reason }
message-product-fails-often = 商品本月已有 { $count } 个订单开通失败：{ $product }
message-job-failed = 后台任务失败：{ $job }
message-ledger-fault = 账务核对发现 { $count } 处异常：{ $fault }

error-right-not-yours = 不能授予您自己没有的权限。
field-product-unknown = 商品不存在。
error-narrowed-to-products = 您只能操作已授权给您的商品。
error-products-not-yours = 只能授权您自己有权操作的商品。
error-programmatic-owner-only = 只有主账号可以开启编程访问。
error-groups-max = 每个企业最多 50 个用户组。
field-group-unknown = 用户组不存在。
field-name-taken = 该名称已被使用。
field-both-languages = 每一项都需要中文和英文，且顺序一致。
error-categories-exist = 已经有类目，不能再导入通用类目。
error-user-disabled = 该账号已停用。
field-not-an-amount = 请输入金额，例如 1280.00。
field-amount-out-of-range = 金额超出范围。
field-cursor = 翻页位置无效，请使用上一次应答中的 next_cursor 或 prev_cursor。
error-quantity-recounted = 数量已修改，请核对新的应付金额后再次提交。
