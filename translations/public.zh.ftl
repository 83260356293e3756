# 商城页面、登录注册、帮助文字。
public-home = 首页
public-more = 查看更多
public-free = 免费
public-ask-price = 价格面议
public-badge-trial = 可试用
public-badge-free = 有免费版
public-unit-day = /天
public-unit-month = /月
public-unit-year = /年
public-sales = 已售 { $count }
public-product-count = { $count } 款商品

home-title = 企业软件市场
home-heading = 为企业挑选、购买和管理软件
home-lead = { $count } 款企业应用，价格与规格公开；付款后自动开通，款项由平台保管，交付完成再结给商家。
home-browse = 浏览全部商品
home-sell = 我要入驻
home-categories = 按分类找软件
home-hot = 热销商品
home-hot-hint = 企业正在购买的应用
home-new = 最新上架
home-new-hint = 刚刚通过审核的商品
home-trial = 先试后买
home-trial-hint = 提供免费试用的应用
home-sellers = 优质商家
home-sellers-hint = 评分靠前的软件商家
home-how = 四步用上新软件
home-how-1 = 找到
home-how-1-text = 按分类、价格、计费方式筛选，规格逐项对比。
home-how-2 = 下单
home-how-2-text = 选择规格与时长，确认协议；可以先申请试用。
home-how-3 = 开通
home-how-3-text = 付款后系统自动通知商家开通，进度随时可查。
home-how-4 = 使用与续费
home-how-4-text = 账号信息、续费、退订都在买家中心完成。

search-all = 全部商品
search-heading = “{ $q }”的搜索结果
search-total = 共 { $count } 款商品
search-description = 比较规格与价格，在线购买或免费试用。
search-relaxed = 没有同时包含全部词语的商品，下面是包含其中部分词语的结果。
search-children = 下级分类
search-facets = 筛选商品
search-facets-show = 显示筛选条件
search-category = 分类
search-all-categories = 全部分类
search-access = 接入类型
search-mode = 计费方式
search-offer = 优惠条件
search-trial = 可免费试用
search-free = 有免费版
search-price = 价格（元）
search-min = 最低价
search-max = 最高价
search-min-chosen = 不低于 { $amount } 元
search-max-chosen = 不高于 { $amount } 元
search-sort = 排序方式
search-sort-relevance = 综合
search-sort-sales = 销量
search-sort-newest = 最新
search-sort-price_asc = 价格从低到高
search-sort-price_desc = 价格从高到低
search-sort-rating = 评分
search-chosen = 已选：
search-remove = （点击取消）
search-results = 商品列表
search-pages = 商品翻页
search-none = 没有找到合适的商品
search-none-text = 请减少筛选条件、换一个更短的词，或者从分类里查找。
search-none-categories = 从分类开始

product-buy-panel = 选择与购买
product-specification = 规格
product-term = 购买时长
product-mode = 计费方式
product-quantity = 数量
product-unit-price = 单价
product-price = 价格
product-contains = 包含内容
product-trial = 免费试用
product-trial-days = 试用 { $days } 天
product-refund = 无理由退订
product-refund-yes = 支持
product-refund-no = 不支持
product-note-trial = 此规格可先免费试用 { $days } 天。
product-note-refund = 开通后 { $days } 天内可无理由退订，款项原路退回余额。
product-update = 更新价格
product-buy = 立即购买
product-get-free = 免费开通
product-try = 免费试用
product-panel-note = 款项由平台保管，交付完成后才结给商家。
product-suspended-title = 暂停销售
product-suspended-text = 这款商品暂时不能购买，已购买的服务不受影响。
product-discontinued-title = 已经下架
product-discontinued-text = 这款商品已停止销售，已购买的服务可以使用到期满。
product-closed-action = 看看其他商品
product-pictures = 商品图片（可左右滑动）
product-picture = { $name } 图片 { $number }
product-tabs = 商品内容
product-tab-description = 商品介绍
product-tab-specifications = 规格对比
product-tab-cases = 客户案例
product-tab-guide = 使用指南
product-tab-support = 服务与支持
product-highlights = 商品亮点
product-comparison = 各规格的价格与内容对比
product-support-hours = 服务时间
product-support-content = 服务内容
product-support-hotline = 服务热线
product-support-email = 服务邮箱
product-agreement = 商品服务协议
product-facts = 商品信息
product-version = 版本
product-access-type = 接入类型
product-released = 上架日期
product-id = 商品编号
product-seller = 商家
product-visit-shop = 进入店铺
product-related = 这家商家的其他商品

shop-contact = 联系商家
shop-email = 服务邮箱
shop-phone = 服务电话
shop-website = 网站
shop-products = 店铺商品
shop-search = 在店铺内搜索
shop-none = 没有找到商品
shop-none-text = 这家店铺里没有符合条件的在售商品。

checkout-title = 确认订单
checkout-what = 订购内容
checkout-change = 修改选择
checkout-quantity-hint = 修改数量后，应付金额随之更新。
checkout-trial-text = 免费试用 { $days } 天，到期自动停止，不会扣款。每个企业对同一商品只能试用一次。
checkout-auto-renew = 到期自动续费
checkout-auto-renew-hint = 到期前从余额扣款，可随时在买家中心关闭。
checkout-agreement = 服务协议
checkout-agreement-title = 《{ $name }》商品服务协议
checkout-agree = 我已阅读并同意{ $title }
checkout-agree-hint = 同意的协议全文会保存在买家中心的“协议”里。
checkout-sum = 金额
checkout-payable = 应付金额
checkout-no-refund = 此订单不支持无理由退订。
checkout-submit = 提交订单
checkout-submit-trial = 开始试用
checkout-submit-free = 免费开通
checkout-next = 提交后进入订单页面，可选择余额或银行转账付款。
checkout-next-free = 提交后立即开通，进度显示在订单页面。
checkout-no-right = 您的账号没有下单权限，请联系组织的管理员开通“下单与支付”。
checkout-ask-help = 查看帮助
checkout-verify = 去完成实名认证
checkout-browse = 看看其他商品
error-price-changed = 商品价格刚刚更新，请核对新的金额后再提交。

auth-email = 电子邮箱
auth-password = 密码
auth-new-password = 新密码
auth-password-hint = 至少 10 个字符，包含字母、数字、符号中的两种，且不能包含邮箱名。
login-title = 登录
login-lead = 使用邮箱和密码登录。
login-submit = 登录
login-forgot = 忘记密码
login-register = 注册企业账号
register-title = 注册企业账号
register-lead = 注册后即可浏览商品、设置团队；通过实名认证后可以试用、下单和申请成为商家。
register-closed = 本市场目前不开放自助注册，请联系运营人员为您开通账号。
register-company = 企业信息
register-legal-name = 企业全称
register-legal-name-hint = 与营业执照一致
register-name-zh = 中文简称
register-name-en = 英文名称
register-credit-code = 统一社会信用代码
register-credit-code-hint = 填写后自动提交实名认证，也可以稍后补充
register-person = 主账号
register-user-name = 姓名
register-submit = 注册
register-known = 已有账号？
forgot-title = 找回密码
forgot-lead = 我们会把设置新密码的链接发到您的邮箱。
forgot-submit = 发送链接
forgot-sent-title = 请查收邮件
forgot-sent = 如果这个邮箱已经注册，您会收到一封邮件，链接 { $minutes } 分钟内有效。没有收到时请检查垃圾邮件。
forgot-back = 返回登录
reset-title = 设置新密码
reset-lead = 设置之后，其他设备上的登录会全部退出。
reset-no-token = 链接不完整，请重新打开邮件中的链接。
reset-again = 重新获取链接
reset-submit = 保存新密码
reset-done = 新密码已经生效，请登录。

sites-index = 本页目录
sites-browse = 浏览商品
sites-orders = 我的订单
sites-help = 查看帮助
sites-apply = 申请成为商家
sites-apply-partner = 完善组织资料
sites-docs = 接口文档
sites-styleguide = 组件一览

help-title = 帮助中心
help-lead = 从选购、付款、开通到退订，常见问题都在这里。
help-buying-title = 怎样购买
help-buying-text =
    1. 用搜索或分类找到商品，在商品页选择规格、时长和数量，价格随选择即时更新。
    2. 点“立即购买”，核对订单内容，阅读并勾选商品服务协议，然后提交订单。
    3. 在订单页面付款。付款成功后系统自动通知商家开通，进度显示在订单页面。

    购买前需要完成企业实名认证，并且账号要有“下单与支付”权限。
help-trial-title = 免费试用
help-trial-text =
    标有“可试用”的商品可以直接申请试用，不需要付款。每个企业对同一商品只能试用一次；试用到期自动停止，不会扣款。试用期间可以在买家中心转为正式购买，数据保留。
help-paying-title = 付款方式
help-paying-text =
    - **账户余额**：提交后立即扣款。余额不足时请先在买家中心充值。
    - **银行转账**：订单页面会给出收款信息和转账附言，到账并确认后自动开通。

    订单提交后 { $pending_days } 天内没有付款会自动取消，不收取任何费用。
help-delivery-title = 开通与使用
help-delivery-text =
    付款后平台调用商家的系统开通服务，多数商品在几分钟内完成。开通后可在“已购服务”查看登录地址、账号和使用说明。如果最终没有开通成功，款项会全额退回余额。
help-renewal-title = 续费与到期
help-renewal-text =
    可以手动续费，也可以开启自动续费：系统从到期前 { $lead_days } 天开始尝试从余额扣款。服务到期后有 { $grace_days } 天宽限期，宽限期内仍可使用；之后冻结并保留数据 { $retention_days } 天，期间续费即可恢复；保留期结束后服务释放，数据由商家删除。
help-refund-title = 退订与退款
help-refund-text =
    支持无理由退订的包月、包年商品，在开通后 { $refund_days } 天内可以全额退订，款项退回余额。每个账号每个自然年最多 { $refund_quota } 次。已经续费、或有其他未完成订单的服务需要先处理完再退订。
help-account-title = 账号与权限
help-account-text =
    企业注册人是主账号，可以邀请成员、分配角色和附加权限。成员忘记密码时，可在登录页自行找回。所有重要操作都会写入操作记录，主账号和管理员可以随时查看和导出。
help-contact-title = 联系我们
help-contact-text =
    商品使用问题，请联系商品页“服务与支持”里的商家热线或邮箱。订单、付款和账号问题，请联系本市场的运营人员，并附上订单号或问题编号。{ $contact }

about-title = 关于本市场
about-lead = 一个开放、可以自行部署的企业软件市场。
about-what-title = 我们做什么
about-what-text =
    软件商家在这里上架商品，企业在这里比较、试用、购买和续费。平台负责商品审核、订单、收款、开通通知、到期提醒和结算，让买卖双方都能看到每一步发生了什么。
about-open-title = 开放与中立
about-open-text =
    接口公开，商家按公开的协议对接；买家的订单、服务和账单都可以导出，也可以通过开放接口读取。搜索结果按匹配程度、销量和评分排列，没有付费排名。
about-money-title = 款项怎样保管
about-money-text =
    买家付款后，款项先由平台保管，不会立刻给商家。服务开通完成后，款项才按约定分给商家和平台；没有开通成功则全额退还买家。每一笔资金变动都记入复式账簿，随时可以核对，账簿只能追加、不能修改。
about-contact-title = 联系方式
about-contact-text =
    合作与咨询请联系本市场的运营人员；安全问题请注明“安全”，我们会优先处理。{ $contact }

sell-title = 商家入驻
sell-lead = 把您的软件卖给更多企业，开通、续费和入账都自动完成。
sell-why-title = 为什么选择这里
sell-why-text =
    - 买家都是完成实名认证的企业，订单与协议清清楚楚。
    - 平台自动调用您的系统开通、续费、冻结和释放，不需要人工处理订单。
    - 内置调用记录，每次请求和应答都能查到。
sell-entry-title = 怎样入驻
sell-entry-text =
    1. 注册企业账号，提交统一社会信用代码完成实名认证。
    2. 在“组织资料”里申请成为商家，运营人员审核后开通商家中心。
    3. 填写商品资料、规格与价格，提交发布申请；审核通常在 { $review_days } 个工作日内完成。
    4. 通过后商品上架，买家即可购买。
sell-connect-title = 怎样对接
sell-connect-text =
    您提供一个生产接口地址，平台在开通、查询、续费、冻结和释放时调用它。请求带有签名，用接入密钥验证。商家中心记录每一次调用，失败的调用可以重新发起。
sell-money-title = 资金与费用
sell-money-text =
    入驻不收费。买家付款后由平台保管，交付完成后扣除平台服务费计入您的收入；通用商品的服务费为成交额的 { $fee }%。收入明细可以随时查看和导出。
sell-support-title = 服务要求
sell-support-text =
    每个商品都要写明服务时间、服务内容、热线和邮箱。接口故障会通知您的服务邮箱；同一商品多次开通失败时，运营人员会联系您处理，必要时暂停销售。

partners-title = 客户服务商
partners-lead = 帮助客户选好、用好软件的服务团队。
partners-who-title = 适合谁
partners-who-text =
    熟悉某个行业或地区，能为客户提供选型、实施、培训和日常支持的企业。
partners-how-title = 怎样合作
partners-how-text =
    服务商以自己的企业账号登录，由运营人员标记为服务商。客户自行下单和付款，服务商提供建议与服务；订单和款项始终属于客户自己。
partners-join-title = 怎样加入
partners-join-text =
    先注册企业账号并完成实名认证，完善组织资料，然后联系运营人员说明您的行业、地区和服务能力。
site-contact = 联系方式：{ $contact }
checkout-choice-gone = 您打开的链接中的规格或购买时长已不再提供，请重新选择。
