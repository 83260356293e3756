## 发给用户的邮件；与站内消息对应的邮件以消息文字为标题。
mail-greeting = { $name }，您好：
mail-why-owner = 您是 { $organisation } 在 { $site } 的主账号，因此收到本邮件。
mail-why-service = 本邮箱是 { $organisation } 在 { $site } 登记的客服邮箱，因此收到本邮件。

mail-button-service = 查看服务
mail-button-order = 查看订单
mail-button-call = 查看接口调用
mail-button-application = 查看申请
mail-button-product = 查看商品
mail-button-details = 查看详情

mail-reset-title = 设置新密码
mail-reset-text = 有人（应该是您本人）申请重设您在 { $site } 的密码。按钮仅可使用一次，{ $minutes } 分钟内有效。
mail-reset-button = 设置密码
mail-reset-why = 有人用您的邮箱申请了重设密码，因此发送本邮件。如非本人操作请忽略，原密码不会改变。

mail-invitation-title = { $by } 邀请您加入 { $organisation }
mail-invitation-text = 您已拥有 { $organisation } 在 { $site } 的账号，设置密码后即可使用。按钮仅可使用一次，{ $minutes } 分钟内有效；过期后可在登录页点击“忘记密码”重新获取链接。
mail-invitation-button = 设置密码
mail-invitation-why = { $organisation } 的 { $by } 填写了您的邮箱，因此发送本邮件。如果您不认识对方，请忽略。

mail-text-order-paid-seller = { $product } 的订单 { $order } 已支付，系统正通过您的接口开通服务；交付完成后，款项计入您的收入。
mail-text-transfer-refused = 订单 { $order } 的转账未被确认：{ $reason }。订单仍在待支付期间时，您可以改用其他方式付款。
mail-text-transfer-credited = 您的转账 { $amount } 到账时，订单 { $order } 已不能支付。款项已记入您的余额，可用于其他订单。
mail-text-top-up-refused = 您的充值 { $amount } 未被确认：{ $reason }。余额没有变化。
mail-text-service-ready = { $product } 已开通，可在服务页查看访问地址、账号和到期时间。
mail-text-service-failed = 商家系统未能开通 { $product }，款项已全额退回您的账户余额，您可以随时重新下单。
mail-text-service-expired = { $product } 已到期，宽限期内仍可使用。请尽快续费，以免中断。
mail-text-service-frozen = { $product } 的宽限期已结束，服务已停用，数据暂时保留。续费后即可恢复。
mail-text-service-released = { $product } 已释放，数据不再保留。
mail-text-expiry-reminder = { $product } 将在 { $days } 天后到期。请及时续费，或开启自动续费。
mail-text-autorenew-succeeded = 已从账户余额为 { $product } 续费，订单号 { $order }。
mail-text-autorenew-failed = 未能从账户余额为 { $product } 续费。请充值或手动续费；到期前系统每天会再次尝试。
mail-text-call-failed = 贵方系统未完成 { $product } 的 { $activity } 调用：{ $exception }。系统会继续重试；调用页可查看请求与响应。
mail-text-call-stopped = { $product } 的 { $activity } 调用已达到接口规定的重试次数，不再重试：{ $exception }。调用页可查看每次尝试。
mail-text-call-recovered = { $product } 的 { $activity } 调用此前失败，现已成功，无需处理。
mail-text-application-approved = { $product } 的申请已通过并生效。
mail-text-application-rejected = { $product } 的申请未通过：{ $reason }。请修改后重新提交。
mail-text-organisation-decided = { $site } 的运营人员已就贵企业作出决定：{ message-organisation-decided }
mail-text-product-state-changed = 平台变更了 { $product } 的销售状态，原因：{ $reason }

## 站内消息文字过长、不宜作主题时
mail-title-call-failed = 接口调用失败：{ $activity }（{ $product }）
mail-title-call-stopped = 接口调用已停止重试：{ $activity }（{ $product }）
mail-title-application-rejected = 申请未通过：{ $product }
mail-title-organisation-decided = 贵企业的资料审核有新结果
mail-title-product-state-changed = { $product } 的销售状态已变更
