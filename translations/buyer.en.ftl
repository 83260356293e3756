## Overview
buyer-greeting = Hello, { $name }
buyer-shop = Browse products
buyer-test-money = Test money
buyer-test-money-text = All amounts here are test money of the sandbox; nothing is really paid.
buyer-stat-unpaid = Unpaid orders
buyer-stat-unpaid-hint = Cancelled when not paid in time
buyer-stat-in-use = Services in use
buyer-stat-in-use-hint = Ready to be used
buyer-stat-ending = Ending within 30 days
buyer-stat-ending-hint = With those in grace and retention
buyer-stat-balance = Balance
buyer-stat-balance-hint = For payments and automatic renewals
buyer-tasks = To do
buyer-tasks-hint = Orders and services that need you
buyer-tasks-none = Nothing to do
buyer-tasks-none-text = All orders are paid and no service ends soon.
buyer-task-verify = Your organisation is not verified yet
buyer-task-verify-text = Orders and payments need a verified organisation.
buyer-do-verify = Verify
buyer-task-unpaid = { $count -> 
    [one] { $count } order is unpaid
   *[other] { $count } orders are unpaid
 }
buyer-task-unpaid-text = Delivery starts after payment; orders not paid in time are cancelled.
buyer-do-pay = Pay
buyer-task-failed = { $product } could not be opened
buyer-task-failed-text = Everything was refunded to your balance. Order again or contact the seller.
buyer-do-look = See the order
buyer-task-ending = { $product } ends soon
buyer-task-ending-text = It ends on { $day }. Renew it or check what happens then.
buyer-task-expired = { $product } has expired
buyer-task-expired-text = The grace period ends on { $day }; then the service is frozen.
buyer-task-frozen = { $product } is frozen
buyer-task-frozen-text = Data are kept until { $day }. Renew to use it again.
buyer-do-renew = Renew
buyer-do-convert = Convert
buyer-spending = Spending of 30 days
buyer-spending-hint = By day of payment
buyer-spending-sum = { $amount } in total
buyer-services-by-state = By state
buyer-latest-orders = Latest orders
buyer-all-orders = All orders
buyer-all-services = All services

## Columns
buyer-col-order = Order
buyer-col-kind = Kind
buyer-col-state = State
buyer-col-product = Product
buyer-col-specification = Specification
buyer-col-choice = Specification and term
buyer-col-seller = Seller
buyer-col-created = Created
buyer-col-paid = Paid
buyer-col-completed = Completed
buyer-col-payable = Amount
buyer-col-refunded = Refunded
buyer-col-currency = Currency
buyer-col-book = Book
buyer-col-count = Count
buyer-col-day = Day
buyer-col-amount = Amount
buyer-col-time = Time
buyer-col-entry = Entry
buyer-col-entry-kind = Kind
buyer-col-memo = Note
buyer-col-provider = Paid by
buyer-col-reference = Reference
buyer-col-service = Service
buyer-col-until = Paid until
buyer-col-policy = On expiry
buyer-col-actions = Actions
buyer-col-usage = Usage
buyer-col-usage-at = Counted at
buyer-col-dashboard = Details
buyer-col-agreement = Agreement
buyer-col-signed = Signed

## Lists
buyer-filter-text = Search
buyer-filter-orders-placeholder = Order, product or seller
buyer-filter-services-placeholder = Service or product
buyer-filter-from = From
buyer-filter-to = To
buyer-sort-newest = Newest first
buyer-sort-oldest = Oldest first
buyer-export = Export CSV
buyer-orders-found = Orders
buyer-orders-none = No orders yet
buyer-orders-none-text = Order a product and follow it here.
buyer-nothing-fits = Nothing matches
buyer-nothing-fits-text = Change the filters or clear them.
buyer-services-found = Services
buyer-services-none = No services yet
buyer-services-none-text = What you buy appears here.
buyer-trial = Trial
buyer-trial-days = { $count -> 
    [one] Trial of { $count } day
   *[other] Trial of { $count } days
 }
buyer-quantity-of = Quantity { $count }
buyer-until = until { $day }
buyer-yes = Yes

## Order
buyer-order-title = Order: { $product }
buyer-order-progress = Progress
buyer-order-steps = Steps of the order
buyer-order-facts = Order details
buyer-order-note-unpaid = Please pay by { $until }; the order is cancelled otherwise.
buyer-order-note-processing = The seller is setting it up, usually within seconds or minutes. You may leave this page; we will tell you.
buyer-order-note-refunded = Everything was refunded to your balance.
buyer-step-placed = Ordered
buyer-step-confirm = To be confirmed
buyer-step-pay-until = To be paid
buyer-by = by { $time }
buyer-step-paid = Paid
buyer-step-free = Nothing to pay
buyer-step-opening = Opening
buyer-step-ready = Ready
buyer-step-extending = Extending
buyer-step-extended = Extended
buyer-step-cancelled = Cancelled
buyer-step-asked = Refund asked for
buyer-step-refunded = Refunded
buyer-to-service = See the service
buyer-cancel-order = Cancel the order
buyer-cancel-order-text = This cannot be undone; order again if you still need it.
buyer-order-cancelled = The order was cancelled.
buyer-fact-autorenew = Automatic renewal
buyer-fact-parent = Original order
buyer-agreement-view = See the signed agreement
buyer-totals = Costs
buyer-total-unit = Unit price
buyer-total-quantity = Quantity
buyer-total-periods = Term
buyer-total-payable = Total
buyer-total-refund = Refund
buyer-total-refunded = Refunded
buyer-service = Service
buyer-payments = Payments
buyer-refunds = Refunds
buyer-history = History
buyer-history-none = Nothing recorded yet.
buyer-history-real = In a sandbox these are the real times of recording, not those of the test clock.

## Payment
buyer-pay-title = Pay this order
buyer-pay-until = Please pay by { $time }
buyer-pay-how = How to pay
buyer-pay-submit = Pay { $amount }
buyer-pay-balance-enough = Enough; paid at once, delivery starts immediately
buyer-pay-balance-missing = { $amount } is missing
buyer-pay-transfer-hint = Delivery starts when the money has arrived
buyer-pay-transfer-started = A transfer is expected already
buyer-pay-top-up-text = To pay from the balance, { $amount } is missing.
buyer-pay-top-up = Top up
buyer-pay-waiting = We wait for your transfer. You may also top up and pay from the balance.
buyer-pay-choose = Please choose how to pay.
buyer-pay-done = Paid. The seller is setting it up.
buyer-pay-transfer-noted = Noted. Please make the transfer as shown below.
buyer-transfer-title = Bank transfer
buyer-transfer-hint = Put the reference below into the purpose of the transfer
buyer-transfer-note = An operator confirms the arrival, usually within one working day. Send exactly this amount.
buyer-bank-payee = Payee
buyer-bank-account = Account
buyer-bank-account-text = The account that the operator of this market has published; do not pay to any other
buyer-bank-amount = Amount
buyer-bank-reference = Reference

## Service
buyer-open-service = Open the service
buyer-refresh = Ask the seller again
buyer-refreshed = Updated with what the seller told us.
buyer-refresh-nothing = The seller gave no new information. Please try again later.
buyer-service-warn-expired = The service has expired; its grace period ends on { $day }. Renew it or it will be frozen.
buyer-service-warn-frozen = The service is frozen. Data are kept until { $day }, then it is released. Renew to use it again.
buyer-service-warn-violation = The service was frozen for a violation. Please contact the operator.
buyer-service-warn-failed = The service could not be opened; everything was refunded.
buyer-life = Life of the service
buyer-life-opening = Opening
buyer-life-in-use = In use
buyer-life-grace = Grace
buyer-life-retention = Retention
buyer-life-released = Released
buyer-access = Access
buyer-access-hint = Only for members who manage purchased services
buyer-access-front = Address
buyer-access-admin = Administration
buyer-access-user = User name
buyer-access-password = Initial password
buyer-access-reveal = Show
buyer-access-memo = Note
buyer-access-bad-link = The seller's address is not a web address. Please contact the seller.
buyer-access-no-right = You may not see the access data. Please ask an administrator of your organisation.
buyer-access-opening = Being opened
buyer-access-opening-text = The access data appear here as soon as the seller is done.
buyer-access-none = There are no access data.
buyer-information-at = Updated { $time }
buyer-usage = Usage
buyer-usage-open = Open
buyer-service-facts = Service details
buyer-fact-mode = Billing mode
buyer-fact-seller-instance = Seller's number
buyer-fact-opened = Opened
buyer-fact-grace = Grace until
buyer-fact-frozen = Why frozen
buyer-fact-retention = Data kept until
buyer-fact-released = Released
buyer-service-orders = Orders of this service
buyer-renew = Renew
buyer-renew-hint = Continues from the present end
buyer-renew-term = Term and price
buyer-renew-submit = Order the renewal
buyer-renew-choose = Please choose a term.
buyer-renew-ordered = Ordered. Please pay to complete it.
buyer-convert = Convert the trial
buyer-convert-hint = Counts from the payment; data are kept
buyer-convert-submit = Order the conversion
buyer-policy = On expiry
buyer-policy-hint = Automatic renewal is paid from the balance
buyer-policy-save = Save
buyer-policy-of = On expiry of { $product }
buyer-policy-save-of = Save what happens on expiry of { $product }
buyer-policy-saved = Saved what happens on expiry.
buyer-policy-choose = Please choose what happens on expiry.
buyer-end = Leave
buyer-end-hint = Both delete the data at the seller; save them first
buyer-unsubscribe = Unsubscribe
buyer-unsubscribe-open = Until { $time } you may unsubscribe without a reason; everything is refunded.
buyer-unsubscribe-text = Everything goes back to your balance. The service is released at once and its data cannot be restored. The number per year is limited.
buyer-unsubscribe-barred = No refund without reason:
buyer-unsubscribed = Unsubscribed; the money is back on your balance.
buyer-return-renewal = Give back the renewal
buyer-return-renewal-text = The time of the last renewal has not begun: its whole price goes back to your balance, and the service ends when it would have ended without it.
buyer-renewal-returned = The renewal was given back; the money is on your balance.
buyer-release = Release the service
buyer-release-text = The seller deletes the data. It cannot be undone and nothing is refunded.
buyer-released = The seller is told to release the service.

## Renewals
buyer-renewals-lead = Services that can be renewed; those that end first on top.
buyer-renewals-found = Renewable services
buyer-renewals-none = Nothing to renew
buyer-renewals-none-text = Services bought by period appear here.
buyer-days-left = { $count -> 
    [one] { $count } day left
   *[other] { $count } days left
 }
buyer-days-over = { $count -> 
    [one] { $count } day over
   *[other] { $count } days over
 }
buyer-days-today = Ends today

## Balance
buyer-balance-now = Available balance
buyer-balance-hint = For orders and automatic renewals
buyer-top-up = Top up
buyer-top-up-hint = By bank transfer; available when the money has arrived
buyer-top-up-test-hint = Test money arrives at once
buyer-top-up-amount = Amount
buyer-top-up-submit = Top up
buyer-top-up-noted = Noted with reference { $reference }. Please make the transfer as shown below.
buyer-top-up-test-done = The test money has arrived.
buyer-top-up-pending = Expected top-up: { $amount }
buyer-top-ups = Latest top-ups
buyer-statement = Statement
buyer-statement-none = No movements yet
buyer-statement-none-text = Top-ups and payments appear here.

## Agreements
buyer-agreements-lead = Agreements signed with your orders, as they read on that day.
buyer-agreements-found = Signed agreements
buyer-agreements-none = No agreements yet
buyer-agreements-none-text = What you agree to with an order is kept here.
buyer-agreement-hash = Fingerprint (SHA-256)
buyer-agreement-facts = Signature
buyer-agreement-facts-hint = The fingerprint proves that the text was not changed
buyer-agreement-text = Text

## Test clock
buyer-clock-lead = Move the sandbox's time ahead and watch expiry, renewal, freezing and release.
buyer-clock-now = Time of the sandbox
buyer-clock-ahead = { $days } d { $hours } h ahead of real time
buyer-clock-next = Next event: { $time }
buyer-clock-no-next = No event is waiting.
buyer-clock-move = Move ahead
buyer-clock-move-hint = Everything on the way happens in its order; time never goes back
buyer-clock-days = { $count -> 
    [one] +{ $count } day
   *[other] +{ $count } days
 }
buyer-clock-to-next = To the next event
buyer-clock-custom = Number of days
buyer-clock-submit = Move ahead
buyer-clock-no-right = You need the right to place orders to move the test clock.
buyer-clock-advanced = The sandbox's time is now { $time }.
buyer-clock-effects = What this step did
buyer-clock-effects-hint = By real time of recording, newest first
buyer-clock-nothing = Nothing happened on the way.
buyer-clock-message = Message
buyer-clock-services = Services of the sandbox
buyer-clock-services-none-text = Buy a service with test money first, then move the clock.
field-buyer-no-next-event = No event is waiting. Enter a number of days.

## History
buyer-actor-operator = Operator
buyer-actor-system = System
buyer-event-order-placed = Ordered
buyer-event-order-paid = Paid
buyer-event-order-completed = Delivered
buyer-event-order-cancelled = Cancelled
buyer-event-order-refunded = Refunded in full
buyer-event-payment-started = Bank transfer announced
buyer-event-reference = Reference { $reference }
buyer-event-instance-policy = Expiry policy changed
buyer-event-opened = Service opened
buyer-event-give-up = Could not be opened
buyer-event-expire = Expired; grace began
buyer-event-freeze-expired = Grace over; frozen
buyer-event-release-retained = Retention over; released
buyer-event-renewed = Extended
buyer-event-shortened = Renewal given back
buyer-event-freeze-for-violation = Frozen for a violation
buyer-event-lift-violation = Violation lifted
buyer-event-release = Released
buyer-test-call-text = Orders of a sandbox call the seller with testFlag 1: he creates nothing real, so the link may lead nowhere.
