# Storefront, logging in, help texts.
public-home = Home
public-more = See more
public-free = Free
public-ask-price = Price on request
public-badge-trial = Trial
public-badge-free = Free edition
public-unit-day = /day
public-unit-month = /month
public-unit-year = /year
public-sales = { $count } sold
public-product-count = { $count } { $count ->
    [one] product
   *[other] products
 }

home-title = Marketplace for business software
home-heading = Find, buy and run software for your business
home-lead = { $count } business applications with open prices. Services open by themselves after payment, and the seller is paid only once delivery is complete.
home-browse = Browse all products
home-sell = Become a seller
home-categories = Browse by category
home-hot = Best sellers
home-hot-hint = What companies are buying now
home-new = New arrivals
home-new-hint = Products that have just passed review
home-trial = Try before you buy
home-trial-hint = Applications with a free trial
home-sellers = Leading sellers
home-sellers-hint = Sellers of the best rated products
home-how = New software in four steps
home-how-1 = Find
home-how-1-text = Filter by category, price and billing, and compare specifications line by line.
home-how-2 = Order
home-how-2-text = Choose a specification and a term and accept the agreement, or start with a trial.
home-how-3 = Delivery
home-how-3-text = After payment the seller's system is called at once; you can follow every step.
home-how-4 = Use and renew
home-how-4-text = Credentials, renewals and refunds are all in the buyer centre.

search-all = All products
search-heading = Results for “{ $q }”
search-total = { $count } { $count ->
    [one] product
   *[other] products
 }
search-description = Compare specifications and prices, buy online or try for free.
search-relaxed = No product holds all of these words. These hold some of them.
search-children = Sub-categories
search-facets = Filter products
search-facets-show = Show filters
search-category = Category
search-all-categories = All categories
search-access = Access type
search-mode = Billing
search-offer = Offers
search-trial = Free trial
search-free = Free edition
search-price = Price (CNY)
search-min = Lowest
search-max = Highest
search-min-chosen = From CNY { $amount }
search-max-chosen = Up to CNY { $amount }
search-sort = Sort by
search-sort-relevance = Relevance
search-sort-sales = Sales
search-sort-newest = Newest
search-sort-price_asc = Price, low to high
search-sort-price_desc = Price, high to low
search-sort-rating = Rating
search-chosen = Chosen:
search-remove = (remove)
search-results = Products
search-pages = Pages of products
search-none = No product fits
search-none-text = Take away a filter, try a shorter word, or start from a category.
search-none-categories = Start from a category

product-buy-panel = Choose and buy
product-specification = Specification
product-term = Term
product-mode = Billing
product-quantity = Quantity
product-unit-price = Unit price
product-price = Price
product-contains = Contents
product-trial = Free trial
product-trial-days = { $days }-day trial
product-refund = No-reason refund
product-refund-yes = Yes
product-refund-no = No
product-note-trial = You can try this specification free for { $days } days.
product-note-refund = Full refund to your balance, without a reason, within { $days } days of delivery.
product-update = Update price
product-buy = Buy now
product-get-free = Get it free
product-try = Free trial
product-panel-note = The market holds your money until delivery is complete.
product-suspended-title = Not on sale at present
product-suspended-text = This product cannot be bought for now. Services already bought are not affected.
product-discontinued-title = No longer sold
product-discontinued-text = This product has been taken off sale. Services already bought run to their end.
product-closed-action = See other products
product-pictures = Pictures of the product (scroll sideways)
product-picture = { $name }, picture { $number }
product-tabs = Contents of this page
product-tab-description = Description
product-tab-specifications = Specifications
product-tab-cases = Customers
product-tab-guide = User guide
product-tab-support = Support
product-highlights = Highlights
product-comparison = Prices and contents of all specifications
product-support-hours = Service hours
product-support-content = Service
product-support-hotline = Hotline
product-support-email = E-mail
product-agreement = Service agreement
product-facts = About this product
product-version = Version
product-access-type = Access type
product-released = On sale since
product-id = Product number
product-seller = Seller
product-visit-shop = Visit the shop
product-related = More from this seller

shop-contact = Contact
shop-email = Service e-mail
shop-phone = Service phone
shop-website = Website
shop-products = Products
shop-search = Search this shop
shop-none = No products found
shop-none-text = No product on sale in this shop fits your search.

checkout-title = Check out
checkout-what = Your order
checkout-change = Change
checkout-quantity-hint = The sum follows the quantity.
checkout-trial-text = A free trial of { $days } days. It stops by itself and nothing is charged. Each company can try a product once.
checkout-auto-renew = Renew automatically
checkout-auto-renew-hint = Charged to your balance before the end of the term; you can switch it off at any time.
checkout-agreement = Agreement
checkout-agreement-title = Service agreement of { $name }
checkout-agree = I have read and accept the { $title }
checkout-agree-hint = The full text that you accept is kept under Agreements in the buyer centre.
checkout-sum = Sum
checkout-payable = To pay
checkout-no-refund = This order has no no-reason refund.
checkout-submit = Place order
checkout-submit-trial = Start trial
checkout-submit-free = Get it free
checkout-next = The order page follows, where you pay from your balance or by bank transfer.
checkout-next-free = Delivery starts at once; the order page shows each step.
checkout-no-right = Your account may not place orders. Ask an administrator of your organisation for the right “Place and pay orders”.
checkout-ask-help = Get help
checkout-verify = Complete verification
checkout-browse = See other products
error-price-changed = The price has just changed. Please check the new sum and submit again.

auth-email = E-mail
auth-password = Password
auth-new-password = New password
auth-password-hint = At least 10 characters of two kinds (letters in both cases, digits, signs), without the name in your e-mail address.
login-title = Log in
login-lead = Use your e-mail address and password.
login-submit = Log in
login-forgot = Forgot your password?
login-register = Register a company
register-title = Register a company
register-lead = Look around and set up your team at once. Once your company is verified you can order and apply to sell.
register-closed = This market is not open for registration. Please ask its operators for an account.
register-company = Company
register-legal-name = Legal name
register-legal-name-hint = As on the business licence
register-name-zh = Short name in Chinese
register-name-en = Name in English
register-credit-code = Unified credit code
register-credit-code-hint = Starts verification at once; can also be added later
register-person = Owner's account
register-user-name = Name
register-submit = Register
register-known = Already registered?
forgot-title = Forgotten password
forgot-lead = We mail you a link to choose a new one.
forgot-submit = Send link
forgot-sent-title = Check your mail
forgot-sent = If this address is registered, a mail is on its way. Its link works for { $minutes } minutes. If nothing arrives, look into your spam folder.
forgot-back = Back to log-in
reset-title = Choose a new password
reset-lead = This logs you out everywhere else.
reset-no-token = The link is incomplete. Please open it from the mail again.
reset-again = Ask for a new link
reset-submit = Save password
reset-done = Your new password is set. Please log in.

sites-index = On this page
sites-browse = Browse products
sites-orders = My orders
sites-help = Get help
sites-apply = Apply to sell
sites-apply-partner = Complete your company's data
sites-docs = API documentation
sites-styleguide = Components

help-title = Help
help-lead = Choosing, paying, delivery and refunds: the questions that come up most.
help-buying-title = How to buy
help-buying-text =
    1. Find a product by search or category. Choose a specification, a term and a quantity; the price follows your choice.
    2. Press “Buy now”, check the order, read and accept the service agreement, and place the order.
    3. Pay on the order page. The seller's system is then called automatically, and the order page shows each step.

    Your company must be verified first, and your account needs the right “Place and pay orders”.
help-trial-title = Free trials
help-trial-text =
    Products marked “Trial” can be tried without paying. Each company can try a product once. A trial stops by itself and is never charged. While it runs you can turn it into a paid service in the buyer centre and keep your data.
help-paying-title = Paying
help-paying-text =
    - **Balance**: charged at once. Top it up in the buyer centre first if it is too low.
    - **Bank transfer**: the order page shows the account and the reference. Delivery starts when the money has been confirmed.

    An order that has not been paid for { $pending_days } days is cancelled. Nothing is charged.
help-delivery-title = Delivery and use
help-delivery-text =
    After payment the market calls the seller's system; most services open within minutes. Address, account and instructions are then under “My services”. If a service cannot be opened in the end, the whole amount returns to your balance.
help-renewal-title = Renewal and expiry
help-renewal-text =
    Renew by hand, or switch on automatic renewal: from { $lead_days } days before the end we try to charge your balance. After its end a service still works for { $grace_days } days of grace. Then it is frozen and its data are kept for { $retention_days } days; renewing brings it back. After that it is released and the seller deletes the data.
help-refund-title = Refunds
help-refund-text =
    Subscriptions with no-reason refund can be returned in full within { $refund_days } days of delivery; the money goes to your balance. Each account has { $refund_quota } such refunds in a calendar year. A service that has been renewed, or has another open order, must be settled first.
help-account-title = Accounts and rights
help-account-text =
    Whoever registers the company is its owner. The owner invites members and gives them roles and further rights. Members reset their own passwords on the log-in page. Every important act is recorded; owner and administrators can read and export the record.
help-contact-title = Contact
help-contact-text =
    For questions about a product use the seller's hotline or e-mail address under “Support” on its page. For orders, payments and accounts contact the operators of this market and name the order number or the reference on the error page. { $contact }

about-title = About this market
about-lead = An open marketplace for business software that anybody can host.
about-what-title = What we do
about-what-text =
    Sellers offer their software here; companies compare, try, buy and renew it. The market reviews products and takes care of orders, payments, delivery calls, reminders and settlement, so that both sides can see what happened and when.
about-open-title = Open and neutral
about-open-text =
    The interfaces are public and sellers connect by a published protocol. Buyers can export their orders, services and statements or read them through the API. Results are ordered by match, sales and rating; nobody can pay for a place.
about-money-title = Where the money is
about-money-text =
    What a buyer pays is held by the market first. Only when the service has been delivered is it divided between the seller and the market; if delivery fails, the buyer gets everything back. Each movement is written into a double-entry ledger that can be checked at any time and can only be added to, never changed.
about-contact-title = Contact
about-contact-text =
    For co-operation and questions contact the operators of this market. Please mark reports of security problems as such; they come first. { $contact }

sell-title = Sell here
sell-lead = Reach more companies, with delivery, renewal and booking of income done for you.
sell-why-title = Why here
sell-why-text =
    - Buyers are verified companies, and every order has its agreement.
    - The market calls your system to open, renew, freeze and release services, so nobody has to process orders by hand.
    - A record of every request and answer is built in.
sell-entry-title = How to begin
sell-entry-text =
    1. Register your company and hand in its unified credit code for verification.
    2. Apply to sell under “Organisation”. After review the seller centre opens.
    3. Describe your product, its specifications and prices and submit it; reviews usually take up to { $review_days } working days.
    4. Once approved it is on sale.
sell-connect-title = How to connect
sell-connect-text =
    You name one production address. The market calls it to open, query, renew, freeze and release services. Requests are signed and you verify them with your access key. The seller centre keeps a record of every call, and failed calls can be started again.
sell-money-title = Money and fees
sell-money-text =
    Entry is free. Payments are held by the market and credited to you after delivery, less the platform fee: { $fee }% for general products. You can see and export your income at any time.
sell-support-title = What we expect
sell-support-text =
    Every product names service hours, service, hotline and e-mail address. Interface failures are reported to that address. If a product fails to open repeatedly our operators contact you and may suspend its sale.

partners-title = Service partners
partners-lead = Teams that help customers choose software and use it well.
partners-who-title = Who it is for
partners-who-text =
    Companies that know an industry or a region and offer advice, introduction, training and daily support.
partners-how-title = How it works
partners-how-text =
    Partners use their own company account, which the operators mark as a partner. Customers order and pay themselves; partners advise and serve. Orders and money always belong to the customer.
partners-join-title = How to join
partners-join-text =
    Register and verify your company, complete its data, then tell the operators about your industry, region and services.
site-contact = Contact: { $contact }
checkout-choice-gone = The specification or term in this link is no longer offered. Please choose again.
