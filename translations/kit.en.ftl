# Texts of the consoles' navigation, of general errors and of errors of the API.
nav-overview = Overview
nav-group-organisation = Organisation
nav-group-review = Review
nav-group-trade = Trade
nav-group-running = Running
nav-group-system = System
nav-group-connection = Connection
nav-buyer-orders = My orders
nav-buyer-services = Purchased services
nav-buyer-renewals = Renewals
nav-buyer-balance = Balance
nav-buyer-agreements = Agreements
nav-buyer-clock = Test clock
nav-account-members = Members
nav-account-organisation = Organisation profile
nav-account-profile = My profile
nav-account-tokens = API tokens
nav-account-audit = Audit log
nav-seller-products = Products
nav-seller-applications = Applications
nav-seller-orders = Orders
nav-seller-services = Service instances
nav-seller-calls = Service interface messages
nav-seller-debug = Interface debugging
nav-seller-keys = Access keys
nav-seller-shop = Shop
nav-seller-income = Income
nav-operator-applications = Applications
nav-operator-products = Products
nav-operator-organisations = Organisations
nav-operator-orders = Orders
nav-operator-services = Service instances
nav-operator-payments = Payments and top-ups
nav-operator-ledger = Journal
nav-operator-calls = Interface calls
nav-operator-jobs = Background jobs
nav-operator-mails = Mails
nav-operator-search = Search index
nav-operator-settings = Settings
nav-operator-operators = Operators
nav-operator-audit = Audit log

error-not-found-title = There is no such page
error-not-found = The link may be out of date, or the content belongs to another organisation.
error-not-signed-in-title = Please log in
error-not-signed-in = You need to log in to go on. For the API, check that your access token is valid.
error-forbidden-title = You may not do this
error-forbidden = Your account lacks the right for this action. Please ask an administrator of your organisation.
error-refused-title = This is not possible now
error-refused = The present state does not allow this action ({ $code }).
error-invalid-fields-title = Some entries need a correction
error-invalid-fields = Some values cannot be accepted. Please correct them and send again.
error-stale-title = Somebody else changed this meanwhile
error-stale = The content was changed while you were working on it. Open the page again, check it, then try once more.
error-unavailable-title = The service is busy
error-unavailable = Your request cannot be handled at the moment. Nothing was changed; please try again shortly.
error-internal-title = Something went wrong
error-internal = An unexpected problem occurred and was recorded. If it happens again, please tell us the reference.
error-form-expired-title = This form has expired
error-form-expired = We cannot tell that this was sent from one of our own pages. Go back, reload the page and send it again.
form-sent-before = You had sent this form before; this is what came of it. Nothing was done twice.
export-cut = This list ends here, after { $count } lines. Narrow the filter or the dates to see the rest.
error-too-many-requests-title = Too many attempts
error-too-many-requests = There were too many attempts in a short time. Please try again in a minute.
error-method-not-allowed-title = Method not supported
error-method-not-allowed = This address does not support the request method.
error-too-large-title = Too large
error-too-large = One file may have at most 6 MiB, and one submission 8 MiB in total.
error-unsupported-media-type-title = Content type not supported
error-unsupported-media-type = Send API requests as application/json, and forms from the pages of this site.
error-bad-request-title = The request cannot be understood
error-bad-request = The request is not well formed. Please check it and try again.
error-malformed-json-title = Malformed JSON
error-malformed-json = The body of the request is not valid JSON.
error-replayed-title = This call was made before
error-replayed = A call with the same idempotency key was carried out already or is under way.

field-wrong-type = The value has the wrong type or format
field-unknown-field = There is no such field
field-unclear = This value cannot be accepted ({ $code })
field-idempotency-key-form = 1 to 128 visible ASCII characters are needed

ago-now = just now
ago-minutes = { $count ->
    [one] 1 minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] 1 hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] 1 day ago
   *[other] { $count } days ago
}
ahead-minutes = { $count ->
    [one] in 1 minute
   *[other] in { $count } minutes
}
ahead-hours = { $count ->
    [one] in 1 hour
   *[other] in { $count } hours
}
ahead-days = { $count ->
    [one] in 1 day
   *[other] in { $count } days
}
nav-operator-categories = Categories

kept-signed-out = Your session has ended. What you typed is still on this page: log in in a new tab, then come back here and go on.
kept-signed-in = You are now signed in as { $name } ({ $email }). Check and send again; nothing that you typed is lost.
kept-log-in = Log in in a new tab
kept-continue = I am logged in, go on
kept-send = Send again
kept-files = Chosen files cannot be kept. Please upload them again afterwards.
kept-shown = Show what you typed
