# Texts of the layouts and of the shared parts.
ui-skip = Skip to content
ui-menu = Menu
ui-account = Account
ui-search = Search
ui-search-label = Search products
ui-search-placeholder = Search software, services or sellers
ui-suggestions = Suggestions
ui-no-suggestions = No suggestions, press Enter to search
ui-theme-light = Switch to light theme
ui-theme-dark = Switch to dark theme
ui-messages = Messages, { $count } unread
ui-crumbs = You are here
ui-sandbox-label = Sandbox notice
ui-sandbox = Sandbox: the market clock shows { $time }. No real money moves.
ui-dismiss = Dismiss
ui-loading = Loading
ui-refresh = Refresh
ui-copy = Copy
ui-copied = Copied
ui-required = required
ui-cancel = Cancel
ui-error-summary = { $count ->
    [one] One entry needs a correction
   *[other] { $count } entries need a correction
}
ui-filter = Filter
ui-reset = Clear
ui-all = All
ui-pages = Pages
ui-prev = Previous
ui-next = Next
ui-progress = Progress
ui-step-done = done
ui-step-current = in progress
ui-step-failed = failed
ui-step-todo = not started
ui-code = Code
ui-no-body = No body
ui-changes = Changes
ui-field = Entry
ui-old = Before
ui-new = After
ui-rating = Rated { $value } out of 5
ui-reviews = { $count ->
    [one] 1 review
   *[other] { $count } reviews
}
ui-from = from
ui-was = Before:
ui-less = Less
ui-more = More
ui-total = Total
ui-show-data = Show data
ui-label = Entry
ui-value = Value
ui-no-data = No data yet

nav-main = Main
nav-console = Console
nav-console-small = Console (menu)
nav-categories = All categories
nav-all-products = Browse all products
nav-sell = Sell on the market
nav-partners = Service partners
nav-help = Help
nav-docs = Open API docs
nav-store = Storefront
nav-messages = Messages
nav-account = Account and organisation
nav-login = Log in
nav-register = Sign up
nav-logout = Log out

console-store = Storefront
console-buyer = Buyer centre
console-seller = Seller centre
console-operator = Operator console
console-partner = Partner centre

foot-promise = A workshop lane for business software: clear prices, traceable delivery, settlement after acceptance.
foot-buyers = Buyers
foot-sellers = Sellers
foot-partners = Partners
foot-open = An open, self-hostable marketplace for business software

auth-promise = Where companies buy software, and software finds companies
auth-point-1 = Public prices and specifications; every order and agreement on file
auth-point-2 = Opened right after payment, delivery traced step by step
auth-point-3 = Clear rules for refunds, paid back to your balance

error-home = Back to the storefront
error-help = Get help
error-reference = Reference:
