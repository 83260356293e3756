## Refusals of rules
error-login-failed = E-mail or password is not correct. Please try again.
error-login-locked = Too many failed attempts: the account is locked for a while. Try later or reset your password.
error-registration-closed = Registration is closed in this market. Please contact the operator.
error-reset-link-invalid = The reset link is invalid or has expired. Please ask for a new one.
error-already-verified = Verification has been handed in or passed already.
error-not-verified = Your organisation must be verified first.
error-already-applied = You have applied already. Please wait for the review.
error-sub-users-max = The maximum number of sub-users is reached.
error-owner-unchangeable = The owner cannot be changed.
error-sandbox-not-for-sellers = An organisation that has had money, orders or a shop cannot become a sandbox, and a sandbox cannot sell. Register another organisation for the sandbox.
error-not-yourself = You cannot change your own account.
error-organisation-frozen = Your organisation has been stopped by the operator. Please contact them.
error-seller-not-active = Your seller account may not publish yet. Complete business certification first.
error-application-wrong-state = This is not possible in the present state. Reload the page.
error-application-open = The product has an open application. Finish it first.
error-product-wrong-state = The product's state does not allow this.
error-product-suspended = The sale of this product is suspended.
error-product-discontinued = This product is no longer sold.
error-specification-discontinued = This specification is no longer sold. Choose another one.
error-own-product = You cannot buy your own organisation's product.
error-price-not-offered = The specification is not offered at this billing mode.
error-periods-not-offered = This number of periods is not offered.
error-quantity-out-of-range = The quantity is out of range.
error-no-trial = This specification has no trial.
error-trial-taken = Your organisation has tried this product before; one trial each.
error-sandbox-balance-full = A sandbox holds at most 100,000,000.00 of test money.
error-trial-after-purchase = Your organisation has bought this product; there is no trial after that.
error-order-is-free = This order costs nothing and needs no payment.
error-provider-not-offered = This way to pay is not offered.
error-trial-not-renewable = A trial cannot renew automatically. Convert it first.
error-insufficient-balance = The balance is not sufficient. Top up or choose another way to pay.
error-order-already-paid = The order has been paid already; nothing was charged again.
error-order-expired = The order was not paid in time. Please order again.
error-order-wrong-state = The order's state does not allow this. Reload the page.
error-order-not-free = This order is not free of charge.
error-payment-already-started = A payment of this order is under way. Wait for its confirmation.
error-payment-already-decided = This payment has been decided already.
error-already-refunded = The order has been refunded already.
error-refund-nothing-paid = Nothing was paid, so there is nothing to refund.
error-refund-not-offered = This product has no five-day refund.
error-refund-not-in-use = Only a service in use can be unsubscribed.
error-refund-other-order-open = The service has an unfinished order. Finish it first.
error-refund-window-over = The five days of the no-reason refund are over.
error-refund-quota-used = This year's no-reason refunds are used up.
error-refund-renewed = This service was renewed. Give the renewal back first.
error-refund-no-renewal = There is no renewal that could be given back.
error-refund-renewal-begun = The time of this renewal has begun.
error-instance-wrong-state = The service's state does not allow this. Reload the page.
error-instance-not-renewable = This service cannot be renewed now.
error-instance-has-open-order = The service has an unfinished order. Pay or cancel it first.
error-instance-still-paid = The service is still paid for. Use unsubscribe instead.
error-call-not-restartable = This call has ended and cannot be restarted.
error-call-waits-behind = An earlier call to the same service goes first; restart that one.
error-invitation-accepted = This invitation has been accepted already.
error-money-not-prepared = Another person must say that this money has arrived before it can be approved.
error-second-person = Money acts take two people: somebody else, who may approve, must do this.
error-top-ups-open = Enough of your top-ups wait for their transfers. Pay or ask the operators.
error-company-exists = This company is registered already.
error-call-restart-waits = An attempt that was asked for by hand is waiting already.
error-information-fresh = The seller was asked less than a minute ago. Try again later.
error-cases-missing = Required debug cases are missing; debug and save them first.
error-case-needed = A product on sale needs this case; it cannot be deleted.
error-debug-too-many = Too many debug calls: at most 30 a minute. Try again in a moment.
error-no-access-key = Add an access key first.
error-not-a-sandbox = Only a sandbox organisation has a test clock.
error-upload-daily-files = The daily limit of 100 uploaded files is reached. Try again tomorrow.
error-upload-total-bytes = Your company has stored as many files as it may. Ask the operators.
error-upload-daily-bytes = The daily limit of 10 GB is reached. Try again tomorrow.
error-amount-out-of-range = The amount is out of range.
error-currency-not-offered = This market settles in CNY only.
error-not-an-amount = This is not an amount.
error-search-request = The search cannot be run like this. Change it and try again.
error-idempotency-key-reused = This Idempotency-Key was used for another request.

## Faults of fields
field-required = Required.
field-too-short = Too short.
field-too-long = Too long.
field-too-many = Too many.
field-email-form = This is not an e-mail address.
field-email-taken = This e-mail address has an account.
field-company-exists = This company is registered already.
field-credit-code-form = The credit code has a wrong form.
field-password-too-short = At least 10 characters.
field-password-too-long = At most 128 characters.
field-password-too-simple = Too simple: mix letters, digits and signs.
field-password-contains-name = Must not contain your e-mail name.
field-password-wrong = The present password is not correct.
field-owner-only-one = There is one owner only.
field-name-length = 2 to 64 characters.
field-name-link = A name must not contain a web address.
field-profile-link = Company profile must not contain links
field-website-form = Must begin with http or https.
field-version-form = Use the form V1.0.
field-forbidden-word = Contains words that advertising law forbids, or leads trade away.
field-highlights-count = Give 3 to 6 highlights.
field-zone-form = Name the zone, such as GMT+08:00.
field-debug-unknown-tab = There is no such debugging scenario.
field-parameter-form = This does not have the documented form.
field-hotline-form = Begin with the country code, such as +86.
field-address-form = The production address must be an https address with a domain name.
field-address-parameters = The production address must not contain the parameters signature, timestamp or nonce.
field-mode-not-allowed = The access type does not allow this billing mode.
field-period-form = The period does not fit.
field-price-range = Between 0.01 and 99,999,999.99 with two decimals.
field-trial-days = 3 to 180 days.
field-trial-needs-period = A trial needs a period price.
field-fixed-after-release = Cannot be changed after release.
field-specification-deleted = A released specification cannot be deleted, only discontinued.
field-specification-restored = A discontinued specification cannot return.
field-specification-twice = The same specification is given twice.
field-price-line-deleted = A released price cannot be deleted.
field-price-line-twice = The same price is given twice.
field-access-type-not-open = This access type cannot be published yet.
field-category-unknown = Choose an existing category.
field-control-character = Contains characters that cannot be stored.
field-file-unknown = The picture does not exist. Upload it again.
field-file-too-large = At most 5 MB.
field-picture-form = Only PNG, JPG, GIF or WebP pictures.
field-picture-size = A picture may have at most 40 million pixels.
field-agreement-required = Please read and tick the agreements.
field-amount-form = Enter an amount with at most two decimals.
field-out-of-range = Out of range.

## Messages
message-organisation-waits = { $name } has asked for verification or admission
message-organisation-decided =
    { $decision ->
        [verify] Your company has been verified.
        [reject-verification] Your company could not be verified.
        [seller-applied] Your application as a seller is being reviewed.
        [seller-admitted] You have been admitted as a seller.
        [seller-active] You may now publish and sell products.
        [seller-none] Your application as a seller was not accepted.
        [seller-restricted] Your trade as a seller has been restricted.
        [seller-terminated] The cooperation with you as a seller has ended.
        [partner-on] You are now a partner.
        [partner-off] You are no longer a partner.
        [freeze] Your organisation has been frozen.
        [unfreeze] Your organisation is no longer frozen.
        [sandbox] Your organisation is now a sandbox.
       *[other] There is a decision about your organisation.
    }{ $has_reason ->
        [1] {" "}Reason: { $reason }
       *[other] {""}
    }
message-order-paid-seller = New paid order: { $product } ({ $order })
message-order-refunded-seller = An order was refunded: { $order }
message-order-timed-out = An order was not paid in time and has been cancelled: { $order }
message-transfer-expected = A bank transfer awaits confirmation: { $order }
message-money-prepared = { $name } has prepared an arrival of money; a second person has to approve it.
message-top-up-confirmed = Your top-up has arrived: { $amount }
message-top-up-refused = Your top-up of { $amount } was refused: { $reason }
message-transfer-refused = The bank transfer for order { $order } was refused: { $reason }
message-transfer-credited = Your transfer of { $amount } arrived when order { $order } could no longer be paid; it was added to your balance
message-order-overtaken = An unpaid order was cancelled because its service was released or converted: { $order }
message-service-ready = Your service is ready: { $product }
message-service-failed = The service could not be opened; everything was refunded: { $product }
message-service-expired = Your service has expired and is in its grace period: { $product }
message-service-frozen = Your service is frozen; data are kept: { $product }
message-service-frozen-violation = Your service was frozen for a violation: { $product }
message-service-unfrozen = Your service is unfrozen: { $product }
message-service-released = Your service was released: { $product }
message-service-renewed = Your service was renewed: { $product }
message-service-shortened = The renewal of your service was given back: { $product }
message-expiry-reminder = Your service expires in { $days } days: { $product }
message-autorenew-succeeded = Renewed automatically: { $product }
message-autorenew-failed = Automatic renewal failed: { $product }. Check your balance.
message-call-failed = Interface call failed: { $activity } ({ $product }) { $exception }
message-call-stopped = Interface call gave up: { $activity } ({ $product }) { $exception }
message-call-recovered = Interface call recovered: { $activity } ({ $product })
message-application-submitted = New product application: { $product }
message-application-approved = Application approved: { $product }
message-application-rejected = Application rejected: { $product }. { $reason }
message-product-state-changed = The sale of { $product } has changed. { $reason }
message-product-fails-often = { $count } orders of { $product } failed this month
message-job-failed = A background job failed: { $job }
message-ledger-fault = The ledger recount found { $count } faults: { $fault }

error-right-not-yours = You cannot grant rights that you do not have.
field-product-unknown = There is no such product.
error-narrowed-to-products = You can only work on the products that you are authorised for.
error-products-not-yours = You can only grant products that you are authorised for yourself.
error-programmatic-owner-only = Only the owner can switch on programmatic access.
error-groups-max = An organisation has at most 50 user groups.
field-group-unknown = There is no such group.
field-name-taken = There is already one with this name.
field-both-languages = Every entry needs a Chinese and an English form, in the same order.
error-categories-exist = There are categories already; the general tree is for an empty market.
error-user-disabled = This account is disabled.
field-not-an-amount = Enter an amount such as 1280.00.
field-amount-out-of-range = The amount is out of range.
field-cursor = Not a position of this list: use next_cursor or prev_cursor of an answer.
error-quantity-recounted = The quantity has changed. Check the new sum and send again.
