//! A month of trade before the visitor arrives, made by the operations that people use, under a clock
//! that is moved by hand: orders that were delivered, renewed, refunded, cancelled and that failed, so
//! that lists, charts and ledgers have something to show.

use super::seed::{sign_in, words};
use app::clock::Clock;
use app::ordering::{PlaceOrder, Side};
use app::{Actor, App};
use demo_market::SellerService;
use domain::catalogue::kinds::{BillingMode, PeriodType};
use domain::ordering::order::PaymentProvider;
use domain::ordering::pricing::Choice;
use domain::time::{DAY, HOUR, MINUTE, Timestamp, start_of_day};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::catalogue::Product;
use store::listing::PageRequest;

/// How long the market has been open when the visitor arrives.
const DAYS: i64 = 31;
/// Market hours at which somebody buys.
const HOURS: std::ops::Range<i64> = 9..19;
/// Orders on the days of a week, from the first day of the history on.
const ORDERS: [usize; 7] = [2, 1, 2, 1, 2, 1, 0];

/// The time of the history, and of the sellers' servers as long as it lasts.
#[derive(Clone)]
pub(crate) struct Past {
    clock: Clock,
    over: Arc<AtomicBool>,
}

impl Past {
    /// Begins a month before `now`; `over` when there is nothing to tell any more.
    pub(crate) fn new(now: Timestamp, over: bool) -> Past {
        let begin = start_of_day(now.plus(-DAYS * DAY));
        Past { clock: Clock::manual(begin), over: Arc::new(AtomicBool::new(over)) }
    }

    /// The clock of the market during the history.
    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The clock of a seller's server: milliseconds.
    pub(crate) fn seller_clock(&self) -> impl Fn() -> i64 + Send + Sync + 'static + use<> {
        let past = self.clone();
        move || match past.over.load(Ordering::SeqCst) {
            true => sample_sellers::system_clock(),
            false => past.clock.now().millis(),
        }
    }

    /// From now on it is today for everybody.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    fn advance_to(&self, at: Timestamp) {
        self.clock.advance(at.since(self.clock.now()).max(0));
    }
}

/// What becomes of an order of the history.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Story {
    Paid,
    Transferred,
    Trial,
    Forgotten,
    Returned,
    Failing,
}

impl Story {
    /// The stories take turns, so that every start tells the same.
    fn of(number: usize) -> Story {
        match number % 13 {
            3 => Story::Trial,
            5 => Story::Transferred,
            7 => Story::Forgotten,
            9 => Story::Returned,
            11 => Story::Failing,
            _ => Story::Paid,
        }
    }
}

struct Shop<'a> {
    app: &'a App,
    buyers: Vec<Actor>,
    operator: Actor,
    cashier: Actor,
    products: Vec<(SellerService, Product)>,
    placed: usize,
}

impl Shop<'_> {
    /// The next order, with what becomes of it.
    async fn next(&mut self) -> Result<(), String> {
        let number = self.placed;
        self.placed += 1;
        let story = Story::of(number);
        let buyer = &self.buyers[number % self.buyers.len()];
        let Some((product, choice)) = self.pick(number, story) else { return Ok(()) };
        let input = PlaceOrder {
            product_id: product.id.clone(),
            specification_id: choice.0,
            choice: choice.1,
            agreed: true,
            auto_renew: number.is_multiple_of(4),
        };
        let order = self.app.place_order(buyer, input).await.map_err(words)?;
        match story {
            Story::Trial | Story::Forgotten => return Ok(()),
            Story::Transferred => {
                let payment = self.pay(buyer, &order.id, PaymentProvider::BankTransfer).await?;
                // One prepares, another approves.
                for operator in [&self.cashier, &self.operator] {
                    self.app.decide_payment(operator, &payment, true).await.map_err(words)?;
                }
            }
            Story::Paid | Story::Failing | Story::Returned => {
                self.pay(buyer, &order.id, PaymentProvider::Balance).await?;
            }
        }
        if story == Story::Returned {
            self.app.run_due_jobs().await;
            let detail = self.app.order(buyer, Side::Buyer, &order.id).await.map_err(words)?;
            if let Some(instance) = detail.order.instance_id {
                self.app.unsubscribe(buyer, &instance).await.map_err(words)?;
            }
        }
        Ok(())
    }

    async fn pay(&self, buyer: &Actor, order: &str, by: PaymentProvider) -> Result<String, String> {
        let (_, payment) = self.app.pay_order(buyer, order, by).await.map_err(words)?;
        Ok(payment.id)
    }

    /// A product that fits the story, and what is bought of it.
    fn pick(&self, number: usize, story: Story) -> Option<(&Product, (String, Choice))> {
        let fits = |service: SellerService| match story {
            Story::Failing => service == SellerService::Faulty,
            Story::Returned => service == SellerService::Instant,
            _ => service != SellerService::Faulty,
        };
        let begin = number * 7;
        let around = (0..self.products.len()).map(|n| &self.products[(begin + n) % self.products.len()]);
        around.filter(|(service, _)| fits(*service)).find_map(|(_, product)| {
            let choice = choose(product, number, story)?;
            Some((product, choice))
        })
    }

    /// Leaves an application to review, a transfer to confirm and an order to pay.
    async fn leave_something_to_do(&self) -> Result<(), String> {
        let buyer = self.buyers.last().ok_or("no buyer")?;
        for by in [Some(PaymentProvider::BankTransfer), None] {
            let number = self.placed + usize::from(by.is_none());
            let Some((product, choice)) = self.pick(number, Story::Paid) else { continue };
            let input = PlaceOrder {
                product_id: product.id.clone(),
                specification_id: choice.0,
                choice: choice.1,
                agreed: true,
                auto_renew: false,
            };
            let order = self.app.place_order(buyer, input).await.map_err(words)?;
            if let Some(by) = by {
                self.pay(buyer, &order.id, by).await?;
            }
        }
        let market = demo_market::market();
        let Some(seller) = market.sellers.last() else { return Ok(()) };
        let Some(owner) = seller.users.first() else { return Ok(()) };
        let actor = sign_in(self.app, &owner.mail).await?;
        let own = market.products.iter().find(|p| p.seller == seller.key);
        let Some((_, product)) = self.products.iter().find(|(_, p)| own.is_some_and(|o| o.name.zh == p.name.zh)) else {
            return Ok(());
        };
        let application = self.app.begin_modification(&actor, &product.id).await.map_err(words)?;
        let mut content = product.content.clone();
        content.summary.zh.push_str("现已支持单点登录。");
        content.summary.en.push_str(" Now with single sign-on.");
        self.app.save_draft(&actor, &application, content, None).await.map_err(words)?;
        self.app.submit_application(&actor, &application).await.map_err(words)
    }
}

/// A specification of a product and how it is bought: mostly by the month, sometimes for a year.
fn choose(product: &Product, number: usize, story: Story) -> Option<(String, Choice)> {
    let shown = product.content.specifications.iter().filter(|s| !s.hidden);
    if story == Story::Trial {
        let tried = shown.clone().find(|s| s.trial_days.is_some())?;
        let choice = Choice { mode: BillingMode::Period, period: None, periods: 1, quantity: 1, trial: true };
        let period = tried.prices.iter().find_map(|p| p.period);
        return Some((tried.id.clone(), Choice { period, ..choice }));
    }
    let wanted = if number % 5 == 2 { PeriodType::Year } else { PeriodType::Month };
    let specifications: Vec<_> = shown.collect();
    (0..specifications.len()).map(|n| specifications[(number + n) % specifications.len()]).find_map(|s| {
        let price = s.prices.iter().find(|p| p.period == Some(wanted) && p.price.is_positive())?;
        let quantity = if number % 6 == 4 { 5 } else { 1 };
        let choice = Choice { mode: price.mode, period: price.period, periods: 1, quantity, trial: false };
        Some((s.id.clone(), choice))
    })
}

/// Lives through the month; returns the number of orders.
pub(crate) async fn live(app: &App, past: &Past, now: Timestamp) -> Result<usize, String> {
    let (operator, cashier) = (operator(app, "administrator").await?, operator(app, "finance").await?);
    let products = products(app, &operator).await?;
    let mut shop = Shop { app, buyers: buyers(app).await?, operator, cashier, products, placed: 0 };
    let mut hour = past.clock.now();
    let mut left = 0;
    while hour < now {
        past.advance_to(hour);
        // What begins asynchronously is polled before the next thing happens.
        for _ in 0..3 {
            app.run_due_jobs().await;
            past.clock.advance(3 * MINUTE);
        }
        let of_day = hour.since(start_of_day(hour)) / HOUR;
        let day = usize::try_from(hour.since(now.plus(-DAYS * DAY)) / DAY).unwrap_or(0);
        if of_day == HOURS.start {
            left = ORDERS[day % ORDERS.len()];
        }
        if left > 0 && HOURS.contains(&of_day) && (of_day + shop.placed as i64) % 3 == 0 {
            left -= 1;
            shop.next().await?;
        }
        hour = hour.plus(HOUR);
    }
    past.advance_to(now);
    app.run_due_jobs().await;
    shop.leave_something_to_do().await?;
    Ok(shop.placed)
}

async fn buyers(app: &App) -> Result<Vec<Actor>, String> {
    let mut all = Vec::new();
    for buyer in &demo_market::market().buyers {
        let Some(person) = buyer.users.first() else { continue };
        all.push(sign_in(app, &person.mail).await?);
    }
    Ok(all)
}

async fn operator(app: &App, role: &str) -> Result<Actor, String> {
    let operators = &demo_market::market().operators;
    let operator = operators.iter().find(|o| o.role == role).ok_or_else(|| format!("no operator is {role}"))?;
    sign_in(app, &operator.mail).await
}

async fn products(app: &App, operator: &Actor) -> Result<Vec<(SellerService, Product)>, String> {
    let mut all = Vec::new();
    let mut page = PageRequest { limit: 100, ..PageRequest::default() };
    loop {
        let found = app.all_products(operator, Default::default(), page.clone()).await.map_err(words)?;
        for product in found.items {
            let known = demo_market::market().products.iter().find(|p| p.name.zh == product.name.zh);
            if let Some(known) = known {
                all.push((known.service, product));
            }
        }
        match found.next {
            Some(cursor) => page.cursor = Some(cursor),
            None => break,
        }
    }
    all.sort_by(|a, b| a.1.name.zh.cmp(&b.1.name.zh));
    Ok(all)
}
