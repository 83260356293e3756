## Order
state-order-PENDING_CONFIRM = 待确认
state-order-PENDING_REVIEW = 待审核
state-order-PENDING_PAYMENT = 待支付
state-order-PROCESSING = 处理中
state-order-COMPLETED = 已完成
state-order-CANCELLED = 已取消
state-order-REFUNDING = 退款中
state-order-CLOSED_REFUNDED = 已退款

## Instance
state-instance-PROVISIONING = 开通中
state-instance-IN_USE = 使用中
state-instance-EXPIRED = 已过期（宽限期）
state-instance-FROZEN = 已冻结（保留期）
state-instance-RELEASED = 已释放
state-instance-FAILED = 开通失败

## Call
state-call-WAITING = 等待发送
state-call-RETRYING = 重试中
state-call-POLLING = 开通中（轮询）
state-call-SUCCEEDED = 成功
state-call-STOPPED = 已停止
state-call-CANCELLED = 已取消
state-call-FAILED = 无结果

## Application
state-application-DRAFT = 草稿
state-application-PENDING_REVIEW = 待审核
state-application-APPROVED = 已通过
state-application-REJECTED = 已驳回

## Kind of application
kind-application-RELEASE = 发布
kind-application-MODIFICATION = 修改
kind-application-DELIST = 下架

## Product
state-product-UNRELEASED = 未发布
state-product-ON_SALE = 在售
state-product-SUSPENDED = 暂停销售
state-product-DISCONTINUED = 已停售

## Payment
state-payment-PENDING = 待确认到账
state-payment-SUCCEEDED = 已支付
state-payment-CONFIRMED = 已到账
state-payment-CREDITED = 已转入余额
state-payment-CANCELLED = 已取消

## Job
state-job-WAITING = 等待
state-job-RUNNING = 执行中
state-job-DONE = 完成
state-job-FAILED = 失败
state-job-CANCELLED = 已取消

## Mail
state-mail-WAITING = 待发送
state-mail-SENT = 已发送
state-mail-FAILED = 失败

## Refund
refund-state-NONE = 未退款
refund-state-PARTIAL = 部分退款
refund-state-FULL = 已全额退款

## Billing mode
mode-PERIOD = 包周期
mode-ONE_TIME = 一次性
mode-ON_DEMAND = 按需
mode-ON_DEMAND_PACKAGE = 按需套餐包
mode-STOP_WHEN_USED_UP_PACKAGE = 用完即停套餐包
mode-PER_USE_PKG = 按次套餐包
mode-FREE = 免费

## Period
period-day = 天
period-month = 月
period-year = 年

## Period count
periods-day = { $count } 天
periods-month = { $count } 个月
periods-year = { $count } 年

## Kind of order
kind-order-NEW = 新购
kind-order-TRIAL = 试用
kind-order-TRIAL_TO_FORMAL = 试用转商用
kind-order-RENEW = 续费
kind-order-CHANGE = 变更
kind-order-UNSUBSCRIBE = 退订
kind-order-UNSUBSCRIBE_RENEWAL = 退续费

## Activity
activity-newInstance = 创建实例
activity-queryInstance = 查询实例信息
activity-refreshInstance = 更新实例
activity-updateInstanceStatus = 更新实例状态
activity-releaseInstance = 释放实例
activity-expireInstance = 商品过期
activity-upgrade = 商品升级
activity-instanceStatus = 资源状态变更
activity-upgradeInstance = 实例升级
activity-changeInstanceCheck = 续费变更校验
activity-refreshLicenseCode = 更新授权码有效期
activity-updateLicenseCodeStatus = 更新授权码状态
activity-releaseLicenseCode = 释放授权码
activity-getLicense = 获取 License
activity-refreshLicense = License 续费
activity-expireLicense = License 过期
activity-releaseLicense = License 释放
activity-getLicenseAsync = 异步申请 License
activity-orderNotify = 订单通知

## Variant of a call
variant-TRIAL_TO_FORMAL = 试用转正
variant-RENEWAL = 续费
variant-UNSUBSCRIBE_RENEWAL_PERIOD = 退续费
variant-RENEWAL_CHANGE = 续费变更
variant-FREEZE = 冻结
variant-UNFREEZE = 解冻
variant-NORMAL = 恢复正常
variant-PERIOD = 包周期
variant-ONE_TIME = 一次性
variant-ON_DEMAND = 按需
variant-ON_DEMAND_PACKAGE = 按需套餐包
variant-TRIAL = 试用

## Expiry policy
policy-MANUAL = 手动续费
policy-AUTOMATIC = 自动续费
policy-DO_NOT_RENEW = 到期不续

## Payment provider
provider-BALANCE = 账户余额
provider-BANK_TRANSFER = 银行转账
provider-FREE = 无需支付

## Cancel reason
cancel-reason-BUYER = 买家取消
cancel-reason-TIMED_OUT = 超时未支付
cancel-reason-OPERATOR = 运营取消
cancel-reason-RESOURCE_CHANGED = 资源已变更
cancel-reason-DECLINED = 未确认

## Freeze reason
frozen-why-EXPIRY = 到期冻结
frozen-why-VIOLATION = 违规冻结

## Seller state
seller-state-NONE = 未入驻
seller-state-APPLIED = 入驻申请中
seller-state-ADMITTED = 已入驻未认证
seller-state-ACTIVE = 正常
seller-state-RESTRICTED = 限制交易
seller-state-TERMINATED = 终止合作

## Verification
verification-UNVERIFIED = 未实名认证
verification-PENDING = 认证中
verification-VERIFIED = 已实名认证
verification-REJECTED = 认证被驳回

## Role
role-owner = 主账号
role-administrator = 管理员
role-product_manager = 商品经理
role-delivery_engineer = 交付工程师
role-finance = 财务
role-customer_service = 客服
role-purchaser = 采购
role-read_only = 只读
role-OPS_AGENT = 运营专员
role-OPS_MANAGER = 运营经理
role-PROGRAMME_REVIEWER_1 = 项目初审
role-PROGRAMME_REVIEWER_2 = 项目复审
role-FINANCE = 财经专员
role-FINANCE_APPROVER = 财经审批
role-AUDITOR = 审计员
role-ADMIN = 系统管理员

## Right
right-product-view = 查看商品
right-product-edit = 编辑商品
right-product-submit = 提交商品申请
right-product-delist = 申请下架
right-product-joint-release = 发布联营商品
right-asset-view = 查看资产
right-asset-edit = 编辑资产
right-asset-submit = 提交资产
right-access-debug = 接口调试与重启
right-key-manage = 管理密钥
right-order-view = 查看订单
right-order-export = 导出订单
right-order-place = 下单与支付
right-resource-manage = 管理已购服务
right-supervision-view = 查看服务监管
right-supervision-deliver = 交付操作
right-refund-review = 审核退款
right-offer-view = 查看专属优惠
right-offer-create = 创建专属优惠
right-voucher-view = 查看代金券
right-voucher-create = 发布代金券
right-voucher-void = 作废代金券
right-demand-view = 查看客户需求
right-demand-handle = 处理客户需求
right-bill-view = 查看账务
right-bill-export = 导出账单
right-invoice-view = 查看发票
right-invoice-issue = 开具发票
right-ticket-view = 查看工单
right-ticket-handle = 处理工单
right-qa-reply = 回复问答
right-review-reply = 回复评价
right-shop-edit = 店铺装修
right-message-manage = 管理消息接收
right-analytics-view = 查看数据分析
right-user-manage = 管理成员与企业信息

## Access type
access-type-SAAS = SaaS
access-type-LICENSE = License
access-type-IMAGE = 镜像
access-type-SERVICE = 人工服务
access-type-HARDWARE = 硬件
access-type-API = API
access-type-CONTAINER = 容器
access-type-AI_ASSET = AI 资产
access-type-DATA = 数据资产
access-type-APP_ASSET = 应用资产
access-type-ORCH = 应用编排
access-type-CONSULT = 咨询服务

## Business type
business-type-GENERAL = 通用商品
business-type-JOINT = 联营商品
business-type-PLATFORM_OWN = 自营商品

## Ledger
entry-kind-top_up = 充值
entry-kind-payment = 支付
entry-kind-completion = 交付完成分账
entry-kind-refund_held = 退款（担保期）
entry-kind-refund_divided = 退款（已分账）
entry-kind-correction = 更正

## Account
account-kind-platform_cash = 平台银行存款
account-kind-buyer_balance = 买家余额
account-kind-escrow = 担保资金
account-kind-seller_payable = 应付商家
account-kind-partner_payable = 应付客户服务商
account-kind-platform_fee = 平台服务费
account-kind-tax_payable = 应交税费
account-kind-coupon_cost = 代金券成本

## Book
book-real = 正式
book-sandbox = 沙箱

## Job kind
job-kind-call_seller = 调用商家接口
job-kind-fetch_information = 查询实例信息
job-kind-cancel_unpaid = 取消超时未付订单
job-kind-instance_timer = 到期处理
job-kind-auto_renew = 自动续费
job-kind-remind = 到期提醒
job-kind-send_mail = 发送邮件
job-kind-mail_message = 邮件通知

state-mail-KEPT = 仅保存，未发送
generation-SAAS_V2 = SaaS 2.0（POST 签名）
generation-SAAS_V1 = SaaS 1.0（GET authToken）
