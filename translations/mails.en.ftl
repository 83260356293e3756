## Mails to people: the title of a letter about a message is the message's own text.
mail-greeting = Dear { $name },
mail-why-owner = You get this mail because you are the owner of { $organisation } at { $site }.
mail-why-service = You get this mail because this address is the customer-service mailbox of { $organisation } at { $site }.

mail-button-service = Open the service
mail-button-order = Open the order
mail-button-call = See the call
mail-button-application = See the application
mail-button-product = See the product
mail-button-details = See the details

mail-reset-title = Choose a new password
mail-reset-text = Somebody, probably you, asked for a new password of your { $site } account. The button works once and for { $minutes } minutes.
mail-reset-button = Choose a password
mail-reset-why = You get this mail because a new password was asked for with your address. If it was not you, ignore it: your password stays as it is.

mail-invitation-title = { $by } has invited you to { $organisation }
mail-invitation-text = You now have an account of { $organisation } at { $site }. Choose a password to begin. The button works once and for { $minutes } minutes; afterwards “Forgot password?” on the log-in page sends you another link.
mail-invitation-button = Choose a password
mail-invitation-why = You get this mail because { $by } of { $organisation } entered your address. If you do not know them, ignore it.

mail-text-order-paid-seller = The order { $order } for { $product } has been paid. Its service is being opened through your interface; the money is booked to your income when it has been delivered.
mail-text-transfer-refused = The transfer for order { $order } was not confirmed: { $reason }. The order can still be paid in another way as long as it waits.
mail-text-transfer-credited = Your transfer of { $amount } arrived when order { $order } could no longer be paid. The money is on your balance and can be used for any order.
mail-text-top-up-refused = Your top-up of { $amount } was not confirmed: { $reason }. Nothing was added to your balance.
mail-text-service-ready = { $product } has been opened. Its page shows the address, the accounts and the end of the term.
mail-text-service-failed = The seller’s system could not open { $product }. The whole amount is back on your balance; you can order again at any time.
mail-text-service-expired = The term of { $product } has ended. It still works during the grace period. Renew it to go on without interruption.
mail-text-service-frozen = The grace period of { $product } is over, so the service is stopped. Its data are kept for now. Renew it to have it back.
mail-text-service-released = { $product } has ended and its data are no longer kept.
mail-text-expiry-reminder = { $product } ends in { $days } days. Renew it in time, or switch on automatic renewal.
mail-text-autorenew-succeeded = { $product } was renewed from your balance with the order { $order }.
mail-text-autorenew-failed = { $product } could not be renewed from your balance. Top up or renew it by hand; we try again every day until it ends.
mail-text-call-failed = Your server did not carry out { $activity } for { $product }: { $exception }. We go on trying; the call’s page shows what was sent and what was answered.
mail-text-call-stopped = { $activity } for { $product } was tried as often as the interface provides for and has been given up: { $exception }. The call’s page shows every attempt.
mail-text-call-recovered = { $activity } for { $product } has succeeded after earlier failures. You need not do anything.
mail-text-application-approved = The application for { $product } has been approved and is in force.
mail-text-application-rejected = The application for { $product } was not approved: { $reason }. Change it accordingly and hand it in again.
mail-text-organisation-decided = The operators of { $site } have decided about your organisation: { message-organisation-decided }
mail-text-product-state-changed = The market has changed the sale of { $product }. Reason: { $reason }

## Where the text of a message is too long for a subject
mail-title-call-failed = Interface call failed: { $activity } ({ $product })
mail-title-call-stopped = Interface call gave up: { $activity } ({ $product })
mail-title-application-rejected = Application rejected: { $product }
mail-title-organisation-decided = There is a decision about your organisation
mail-title-product-state-changed = The sale of { $product } has changed
