## Order
state-order-PENDING_CONFIRM = To be confirmed
state-order-PENDING_REVIEW = Pending review
state-order-PENDING_PAYMENT = Pending payment
state-order-PROCESSING = Processing
state-order-COMPLETED = Completed
state-order-CANCELLED = Cancelled
state-order-REFUNDING = Refunding
state-order-CLOSED_REFUNDED = Refunded

## Instance
state-instance-PROVISIONING = Provisioning
state-instance-IN_USE = In use
state-instance-EXPIRED = Expired (grace)
state-instance-FROZEN = Frozen (retention)
state-instance-RELEASED = Released
state-instance-FAILED = Failed

## Call
state-call-WAITING = Waiting
state-call-RETRYING = Retrying
state-call-POLLING = Polling
state-call-SUCCEEDED = Succeeded
state-call-STOPPED = Stopped
state-call-CANCELLED = Cancelled
state-call-FAILED = Without answer

## Application
state-application-DRAFT = Draft
state-application-PENDING_REVIEW = Pending review
state-application-APPROVED = Approved
state-application-REJECTED = Rejected

## Kind of application
kind-application-RELEASE = Release
kind-application-MODIFICATION = Modification
kind-application-DELIST = Delist

## Product
state-product-UNRELEASED = Unreleased
state-product-ON_SALE = On sale
state-product-SUSPENDED = Suspended
state-product-DISCONTINUED = Discontinued

## Payment
state-payment-PENDING = Awaiting confirmation
state-payment-SUCCEEDED = Paid
state-payment-CONFIRMED = Confirmed
state-payment-CREDITED = Added to the balance
state-payment-CANCELLED = Cancelled

## Job
state-job-WAITING = Waiting
state-job-RUNNING = Running
state-job-DONE = Done
state-job-FAILED = Failed
state-job-CANCELLED = Cancelled

## Mail
state-mail-WAITING = Waiting
state-mail-SENT = Sent
state-mail-FAILED = Failed

## Refund
refund-state-NONE = Not refunded
refund-state-PARTIAL = Partly refunded
refund-state-FULL = Fully refunded

## Billing mode
mode-PERIOD = Subscription
mode-ONE_TIME = One-time
mode-ON_DEMAND = Pay-per-use
mode-ON_DEMAND_PACKAGE = Pay-per-use package
mode-STOP_WHEN_USED_UP_PACKAGE = Stop-when-used-up package
mode-PER_USE_PKG = Per-use package
mode-FREE = Free

## Period
period-day = day
period-month = month
period-year = year

## Period count
periods-day = { $count } { $count -> 
    [one] day
   *[other] days
 }
periods-month = { $count } { $count -> 
    [one] month
   *[other] months
 }
periods-year = { $count } { $count -> 
    [one] year
   *[other] years
 }

## Kind of order
kind-order-NEW = New purchase
kind-order-TRIAL = Trial
kind-order-TRIAL_TO_FORMAL = Trial to formal
kind-order-RENEW = Renewal
kind-order-CHANGE = Change
kind-order-UNSUBSCRIBE = Unsubscription
kind-order-UNSUBSCRIBE_RENEWAL = Renewal unsubscription

## Activity
activity-newInstance = Create instance
activity-queryInstance = Query instance
activity-refreshInstance = Update instance
activity-updateInstanceStatus = Update instance status
activity-releaseInstance = Release instance
activity-expireInstance = Expire
activity-upgrade = Upgrade
activity-instanceStatus = Resource status change
activity-upgradeInstance = Upgrade instance
activity-changeInstanceCheck = Renewal-change check
activity-refreshLicenseCode = Update validity of the code
activity-updateLicenseCodeStatus = Update status of the code
activity-releaseLicenseCode = Release the code
activity-getLicense = Get licence
activity-refreshLicense = Renew licence
activity-expireLicense = Expire licence
activity-releaseLicense = Release licence
activity-getLicenseAsync = Apply for a licence
activity-orderNotify = Order notification

## Variant of a call
variant-TRIAL_TO_FORMAL = Trial to formal
variant-RENEWAL = Renewal
variant-UNSUBSCRIBE_RENEWAL_PERIOD = Unsubscribe renewal period
variant-RENEWAL_CHANGE = Renewal with change
variant-FREEZE = Freeze
variant-UNFREEZE = Unfreeze
variant-NORMAL = Back to normal
variant-PERIOD = Period
variant-ONE_TIME = One-time
variant-ON_DEMAND = Pay-per-use
variant-ON_DEMAND_PACKAGE = Package
variant-TRIAL = Trial

## Expiry policy
policy-MANUAL = Renew manually
policy-AUTOMATIC = Renew automatically
policy-DO_NOT_RENEW = Do not renew

## Payment provider
provider-BALANCE = Account balance
provider-BANK_TRANSFER = Bank transfer
provider-FREE = Free of charge

## Cancel reason
cancel-reason-BUYER = Cancelled by the buyer
cancel-reason-TIMED_OUT = Not paid in time
cancel-reason-OPERATOR = Cancelled by an operator
cancel-reason-RESOURCE_CHANGED = The service was changed
cancel-reason-DECLINED = Declined

## Freeze reason
frozen-why-EXPIRY = Frozen on expiry
frozen-why-VIOLATION = Frozen for a violation

## Seller state
seller-state-NONE = Not a seller
seller-state-APPLIED = Applied
seller-state-ADMITTED = Admitted, not certified
seller-state-ACTIVE = Active
seller-state-RESTRICTED = Restricted
seller-state-TERMINATED = Terminated

## Verification
verification-UNVERIFIED = Unverified
verification-PENDING = Verification pending
verification-VERIFIED = Verified
verification-REJECTED = Verification rejected

## Role
role-owner = Owner
role-administrator = Administrator
role-product_manager = Product manager
role-delivery_engineer = Delivery engineer
role-finance = Finance
role-customer_service = Customer service
role-purchaser = Purchaser
role-read_only = Read-only
role-OPS_AGENT = Operations agent
role-OPS_MANAGER = Operations manager
role-PROGRAMME_REVIEWER_1 = Programme reviewer 1
role-PROGRAMME_REVIEWER_2 = Programme reviewer 2
role-FINANCE = Finance specialist
role-FINANCE_APPROVER = Finance approver
role-AUDITOR = Auditor
role-ADMIN = Administrator of the market

## Right
right-product-view = See products
right-product-edit = Edit products
right-product-submit = Submit applications
right-product-delist = Ask to take off sale
right-product-joint-release = Release joint products
right-asset-view = See assets
right-asset-edit = Edit assets
right-asset-submit = Submit assets
right-access-debug = Debug and restart interfaces
right-key-manage = Manage keys
right-order-view = See orders
right-order-export = Export orders
right-order-place = Place and pay orders
right-resource-manage = Manage purchased services
right-supervision-view = See supervision
right-supervision-deliver = Deliver in supervision
right-refund-review = Judge refunds
right-offer-view = See offers
right-offer-create = Create offers
right-voucher-view = See vouchers
right-voucher-create = Create vouchers
right-voucher-void = Void vouchers
right-demand-view = See demands
right-demand-handle = Handle demands
right-bill-view = See balances and bills
right-bill-export = Export bills
right-invoice-view = See invoices
right-invoice-issue = Issue invoices
right-ticket-view = See tickets
right-ticket-handle = Handle tickets
right-qa-reply = Answer questions
right-review-reply = Answer reviews
right-shop-edit = Decorate the shop
right-message-manage = Manage message receivers
right-analytics-view = See statistics
right-user-manage = Manage members and organisation

## Access type
access-type-SAAS = SaaS
access-type-LICENSE = Licence
access-type-IMAGE = Image
access-type-SERVICE = Professional service
access-type-HARDWARE = Hardware
access-type-API = API
access-type-CONTAINER = Container
access-type-AI_ASSET = AI asset
access-type-DATA = Data asset
access-type-APP_ASSET = Application asset
access-type-ORCH = Application orchestration
access-type-CONSULT = Consulting

## Business type
business-type-GENERAL = General product
business-type-JOINT = Joint-operation product
business-type-PLATFORM_OWN = Platform-own product

## Ledger
entry-kind-top_up = Top-up
entry-kind-payment = Payment
entry-kind-completion = Completion
entry-kind-refund_held = Refund of held money
entry-kind-refund_divided = Refund after division
entry-kind-correction = Correction

## Account
account-kind-platform_cash = Platform cash
account-kind-buyer_balance = Buyer balance
account-kind-escrow = Escrow
account-kind-seller_payable = Seller payable
account-kind-partner_payable = Partner payable
account-kind-platform_fee = Platform fee
account-kind-tax_payable = Tax payable
account-kind-coupon_cost = Coupon cost

## Book
book-real = Real
book-sandbox = Sandbox

## Job kind
job-kind-call_seller = Call a seller
job-kind-fetch_information = Fetch information
job-kind-cancel_unpaid = Cancel unpaid order
job-kind-instance_timer = Expiry timer
job-kind-auto_renew = Automatic renewal
job-kind-remind = Reminder
job-kind-send_mail = Send mail
job-kind-mail_message = Mail a message

state-mail-KEPT = Kept, not sent
generation-SAAS_V2 = SaaS 2.0 (POST, signed)
generation-SAAS_V1 = SaaS 1.0 (GET, authToken)
