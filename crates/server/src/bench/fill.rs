//! Fills a database with sellers, orders, services, calls and audit entries in bulk.

use super::data::settle;
use super::load::Random;
use domain::fulfilment::call::{Activity, CallState};
use domain::id::{self, Seed};
use domain::identity::{SellerState, Verification};
use domain::time::{DAY, MINUTE, Timestamp};
use store::{Db, StoreError, Value};

/// Time over which the orders are spread.
pub(super) const SPAN: i64 = 720 * DAY;
/// Every so many orders there is a service and the call that opened it.
pub(super) const SERVICE_EACH: usize = 4;

/// How much is filled in, and whose lists will be read.
pub(super) struct Filling {
    /// Selling organisations, and as many buying ones.
    pub(super) organisations: usize,
    /// Orders, and as many audit entries.
    pub(super) orders: usize,
    /// Every tenth order is this buyer's.
    pub(super) buyer: String,
    /// Every tenth order is this seller's.
    pub(super) seller: String,
    /// End of the time.
    pub(super) now: Timestamp,
}

struct Ids {
    random: Random,
}

impl Ids {
    fn make(&mut self, prefix: &str, at: Timestamp) -> String {
        let random = (u128::from(self.random.bits()) << 64) | u128::from(self.random.bits());
        id::text(prefix, Seed { millis: u64::try_from(at.millis()).unwrap_or(0), random })
    }
}

async fn insert(db: &Db, head: &'static str, rows: Vec<Vec<Value>>) -> Result<(), String> {
    let width = rows.first().map_or(1, Vec::len);
    db.write(move |tx| tx.insert_many(head, width, &rows, "")).await.map(|_| ()).map_err(|e: StoreError| e.to_string())
}

fn organisation(id: &str, number: usize, seller: bool, at: Timestamp) -> Vec<Value> {
    let kind = if seller { "商家" } else { "买家" };
    let state = if seller { SellerState::Active } else { SellerState::None };
    vec![
        id.into(),
        format!("{kind}{number:05}").into(),
        format!("{} {number:05}", if seller { "Seller" } else { "Buyer" }).into(),
        format!("第{number:05}号{kind}有限公司").into(),
        "91110000BENCH00002".into(),
        Verification::Verified.code().into(),
        state.code().into(),
        at.into(),
        at.into(),
    ]
}

async fn organisations(db: &Db, filling: &Filling, ids: &mut Ids) -> Result<(Vec<String>, Vec<String>), String> {
    let (mut sellers, mut buyers, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..filling.organisations {
        let at = filling.now.plus(-SPAN - i64::try_from(number).unwrap_or(0) * MINUTE);
        for (list, is_seller) in [(&mut sellers, true), (&mut buyers, false)] {
            let id = ids.make("org", at);
            rows.push(organisation(&id, number, is_seller, at));
            list.push(id);
        }
    }
    let head = "insert into organisation (id, name_zh, name_en, legal_name, credit_code, verification, seller_state, created_at, updated_at)";
    insert(db, head, rows).await?;
    Ok((sellers, buyers))
}

/// What the rows of one order share.
struct One {
    order: String,
    instance: Option<String>,
    call: String,
    buyer: String,
    seller: String,
    product: String,
    number: usize,
    at: Timestamp,
}

const ORDER: &str = "insert into purchase_order (id, kind, state, buyer_id, buyer_name, user_id, seller_id, seller_name, product_id, product_name_zh, product_name_en, book, currency, payable_e8, refund_state, provider, instance_id, pending_until, created_at, paid_at, completed_at, cancelled_at, cancel_reason)";
const LINE: &str = "insert into order_line (order_id, line_no, line_id, specification_id, specification_name_zh, specification_name_en, product_code, mode, period, periods, quantity, unit_price_e8, payable_e8, no_reason_refund)";
const INSTANCE: &str = "insert into instance (id, buyer_id, buyer_name, seller_id, product_id, product_name_zh, product_name_en, specification_id, specification_name_zh, specification_name_en, order_id, line_id, book, mode, period, periods, quantity, state, since, until, production_address, created_at)";
const CALL: &str = "insert into seller_call (id, seller_id, buyer_id, instance_id, order_id, line_id, product_name_zh, product_name_en, activity, parameters, address, state, seq, attempts, first_attempt_at, last_at, created_at)";
const AUDIT: &str = "insert into audit_entry (chain, seq, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, detail, prev_hash, hash)";
const PRICE: i64 = 19_900_000_000;
const ADDRESS: &str = "https://seller.example/saas";

impl One {
    fn line_id(&self) -> String {
        store::ordering::line_id(&self.order, 1)
    }

    fn names(&self) -> [Value; 2] {
        [format!("云上进销存（{}）", self.number % 977).into(), format!("Cloud Stock {}", self.number % 977).into()]
    }

    /// State and times: most orders are completed, some wait, are in delivery or cancelled.
    fn order(&self) -> Vec<Value> {
        let later = self.at.plus(MINUTE);
        let (state, pending, paid, completed, cancelled, why) = match self.number % 20 {
            0 => ("PENDING_PAYMENT", Some(self.at.plus(DAY)), None, None, None, None),
            1 => ("PROCESSING", None, Some(later), None, None, None),
            2 | 3 => ("CANCELLED", None, None, None, Some(later), Some("TIMED_OUT")),
            _ => ("COMPLETED", None, Some(later), Some(later.plus(MINUTE)), None, None),
        };
        let [zh, en] = self.names();
        vec![
            (&self.order).into(),
            "NEW".into(),
            state.into(),
            (&self.buyer).into(),
            "测量买家".into(),
            "usr_bench".into(),
            (&self.seller).into(),
            "测量商家".into(),
            (&self.product).into(),
            zh,
            en,
            "real".into(),
            "CNY".into(),
            PRICE.into(),
            "NONE".into(),
            paid.map(|_| "BALANCE").into(),
            self.instance.clone().into(),
            pending.into(),
            self.at.into(),
            paid.into(),
            completed.into(),
            cancelled.into(),
            why.into(),
        ]
    }

    fn line(&self) -> Vec<Value> {
        vec![
            (&self.order).into(),
            1.into(),
            self.line_id().into(),
            "spc_bench".into(),
            "标准版".into(),
            "Standard".into(),
            "pid_bench".into(),
            "PERIOD".into(),
            "month".into(),
            1.into(),
            1.into(),
            PRICE.into(),
            PRICE.into(),
            1.into(),
        ]
    }

    fn instance(&self, id: &str) -> Vec<Value> {
        let [zh, en] = self.names();
        vec![
            id.into(),
            (&self.buyer).into(),
            "测量买家".into(),
            (&self.seller).into(),
            (&self.product).into(),
            zh,
            en,
            "spc_bench".into(),
            "标准版".into(),
            "Standard".into(),
            (&self.order).into(),
            self.line_id().into(),
            "real".into(),
            "PERIOD".into(),
            "month".into(),
            1.into(),
            1.into(),
            "IN_USE".into(),
            self.at.into(),
            self.at.plus(30 * DAY).into(),
            ADDRESS.into(),
            self.at.into(),
        ]
    }

    fn call(&self, instance: &str) -> Vec<Value> {
        let [zh, en] = self.names();
        let state = if self.number % 100 == 1 { CallState::Stopped } else { CallState::Succeeded };
        vec![
            (&self.call).into(),
            (&self.seller).into(),
            (&self.buyer).into(),
            instance.into(),
            (&self.order).into(),
            self.line_id().into(),
            zh,
            en,
            Activity::NewInstance.code().into(),
            "{}".into(),
            ADDRESS.into(),
            state.code().into(),
            1.into(),
            1.into(),
            self.at.into(),
            self.at.into(),
            self.at.into(),
        ]
    }

    fn audit(&self) -> Vec<Value> {
        vec![
            (&self.buyer).into(),
            // Far behind the chain's own entries; these rows are for reading, not for verifying.
            (1_000_000_000 + i64::try_from(self.number).unwrap_or(0)).into(),
            self.at.into(),
            "user".into(),
            "usr_bench".into(),
            "测量".into(),
            "order.placed".into(),
            "order".into(),
            (&self.order).into(),
            r#"{"kind":"NEW","payable":"199.00","currency":"CNY"}"#.into(),
            "0".repeat(64).into(),
            "0".repeat(64).into(),
        ]
    }
}

/// Fills an empty, migrated database.
pub(super) async fn fill(db: &Db, filling: &Filling) -> Result<(), String> {
    const BATCH: usize = 10_000;
    let mut ids = Ids { random: Random::new(77) };
    let (sellers, buyers) = organisations(db, filling, &mut ids).await?;
    let step = SPAN / i64::try_from(filling.orders.max(1)).unwrap_or(1);
    let mut number = 0;
    while number < filling.orders {
        let (mut orders, mut lines, mut audit) = (Vec::new(), Vec::new(), Vec::new());
        let (mut instances, mut calls) = (Vec::new(), Vec::new());
        for n in number..(number + BATCH).min(filling.orders) {
            let at = filling.now.plus(-SPAN + i64::try_from(n).unwrap_or(0) * step);
            // Both measured lists are spread over all states and have services.
            let (buyer, seller) = match (n / 20) % 10 {
                0 => (filling.buyer.clone(), ids.random.pick(&sellers).clone()),
                1 => (ids.random.pick(&buyers).clone(), filling.seller.clone()),
                _ => (ids.random.pick(&buyers).clone(), ids.random.pick(&sellers).clone()),
            };
            let has_service = n % SERVICE_EACH == 1;
            let one = One {
                order: ids.make("ord", at),
                instance: has_service.then(|| ids.make("ins", at)),
                call: ids.make("cal", at),
                product: format!("prd_bench{:06}", n % 50_000),
                buyer,
                seller,
                number: n,
                at,
            };
            orders.push(one.order());
            lines.push(one.line());
            audit.push(one.audit());
            if let Some(instance) = &one.instance {
                instances.push(one.instance(instance));
                calls.push(one.call(instance));
            }
        }
        for (head, rows) in [(ORDER, orders), (LINE, lines), (INSTANCE, instances), (CALL, calls), (AUDIT, audit)] {
            insert(db, head, rows).await?;
        }
        number += BATCH;
        if number % 100_000 == 0 {
            eprintln!("    {number} orders");
        }
    }
    settle(db).await
}
