//! For tests only: a whole market in a process, on either database, with a clock that is moved by
//! hand and a real sample seller on loopback. People drive it: `buyer`, `seller`, `operator`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use app::clock::Clock;
use app::identity::{OrganisationDecision, Registration};
use app::ordering::{PlaceOrder, Side};
use app::resources::InstanceDetail;
use app::secrets::SecretBox;
use app::words::Words;
use app::{Actor, App, Options, Parts};
use domain::access::OperatorRole;
use domain::catalogue::content::{Access, Highlight, PriceLine, ProductContent, Specification, Support};
use domain::catalogue::kinds::{BillingMode, BusinessType, InterfaceGeneration, PeriodType};
use domain::identity::SellerState;
use domain::money::{Currency, Money};
use domain::ordering::order::PaymentProvider;
use domain::ordering::pricing::Choice;
use domain::text::Localized;
use domain::time::{DAY, Timestamp, parse_market};
use gateways::address::Reach;
use gateways::mail::Mailer;
use sample_sellers::{Handle, Seller};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::Db;
use store::ordering::Order;
use tempfile::TempDir;

/// Password of every account in tests.
pub const PASSWORD: &str = "correct horse 7";
/// Access key of the seller in tests.
pub const ACCESS_KEY: &str = "0f0e0d0c-0b0a-4908-8706-050403020100";
const SYSTEM: Actor = Actor::System("test");

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// A file in a temporary folder.
    Sqlite,
    /// A fresh database of the private server.
    Postgres,
}

/// A market for one test.
pub struct TestMarket {
    /// The application.
    pub app: App,
    /// Its database.
    pub db: Db,
    /// Its clock; moved by hand.
    pub clock: Clock,
    /// The sample seller's server.
    pub server: Handle,
    /// Owner of the selling organisation.
    pub seller: Actor,
    /// Owner of a buying organisation with a balance of 100,000.
    pub buyer: Actor,
    /// Owner of another buying organisation, without money.
    pub stranger: Actor,
    /// Administrator of the market.
    pub operator: Actor,
    /// A product on sale.
    pub product_id: String,
    /// Its specification: 100.00 a month, 1,000.00 a year, 5,000.00 once; 14 days of trial.
    pub specification_id: String,
    _folder: TempDir,
}

static COUNT: AtomicU64 = AtomicU64::new(0);

fn postgres_url() -> String {
    static URL: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    URL.get_or_init(|| {
        if let Ok(url) = std::env::var("YUNFANG_TEST_POSTGRES") {
            return url;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/test-postgres");
        let output = std::process::Command::new(script).arg("start").output().expect("scripts/test-postgres");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("a URL").trim().to_owned()
    })
    .clone()
}

/// A fresh database; the folder must live as long as it.
pub async fn database(on: On, folder: &TempDir) -> (Db, String) {
    let url = match on {
        On::Sqlite => format!("sqlite:{}", folder.path().join("market.db").display()),
        On::Postgres => {
            let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
            let (server, wanted) = (postgres_url(), name.clone());
            tokio::task::spawn_blocking(move || {
                let mut client = postgres::Client::connect(&server, postgres::NoTls).expect("the test server");
                client.batch_execute(&format!("drop database if exists {wanted}; ")).expect("drop");
                client.batch_execute(&format!("create database {wanted}")).expect("create");
            })
            .await
            .expect("a database");
            postgres_url().replace("dbname=postgres", &format!("dbname={name}"))
        }
    };
    let db = Db::open(&url).await.expect("open");
    store::migrations::migrate(&db, Timestamp(1)).await.expect("migrate");
    (db, url)
}

impl TestMarket {
    /// A market on `on`, at 10:00 on a Monday, with a seller that answers at once.
    pub async fn open(on: On) -> TestMarket {
        TestMarket::with_seller(on, |key, clock| Seller::instant(key, clock)).await
    }

    /// The same with another kind of sample seller.
    pub async fn with_seller(
        on: On,
        make: impl FnOnce(&str, Box<dyn Fn() -> i64 + Send + Sync>) -> Seller,
    ) -> TestMarket {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        let (db, _) = database(on, &folder).await;
        let clock = Clock::manual(parse_market("2026-03-02T10:00").expect("a time"));
        let app = assemble(db.clone(), clock.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (server, task) = {
            // The sample seller checks time stamps against the test's clock.
            let clock = clock.clone();
            sample_sellers::serve(listener, make(ACCESS_KEY, Box::new(move || clock.now().millis()))).expect("serve")
        };
        tokio::spawn(task);
        let seller_id = company(&app, "示例商家有限公司", "seller@shop.example").await;
        app.decide_organisation(&SYSTEM, &seller_id, OrganisationDecision::Seller(SellerState::Active), "")
            .await
            .expect("seller");
        app.import_access_key(&SYSTEM, &seller_id, ACCESS_KEY).await.expect("key");
        let buyer_id = company(&app, "示例买家有限公司", "buyer@corp.example").await;
        company(&app, "另一买家有限公司", "other@else.example").await;
        app.create_operator(&SYSTEM, "运营", "ops@market.example", PASSWORD, OperatorRole::Admin)
            .await
            .expect("operator");
        let seller = sign_in(&app, "seller@shop.example").await;
        let category = store::catalogue::Category {
            id: "crm".into(),
            parent_id: None,
            name: Localized::new("客户管理", "CRM"),
            icon: String::new(),
            position: 0,
            hidden: false,
        };
        app.save_category(&SYSTEM, category).await.expect("category");
        let picture = app.store_drawn_picture(&seller_id, "p.svg", "<svg/>".into()).await.expect("picture");
        let content = sample_content(&server.production_address(), &picture);
        let product_id = app.release_directly(&seller_id, content, 0, 0).await.expect("release");
        app.follow_shelf().await.expect("shelf");
        let view = app.product_view(&product_id).await.expect("view");
        let market = TestMarket {
            specification_id: view.product.content.specifications[0].id.clone(),
            product_id,
            seller,
            buyer: sign_in(&app, "buyer@corp.example").await,
            stranger: sign_in(&app, "other@else.example").await,
            operator: sign_in(&app, "ops@market.example").await,
            app,
            db,
            clock,
            server,
            _folder: folder,
        };
        market.top_up(&market.buyer, "100000").await;
        let _ = buyer_id;
        market
    }

    /// Money arrives on an organisation's balance.
    pub async fn top_up(&self, actor: &Actor, amount: &str) {
        let request = self.app.ask_top_up(actor, cny(amount)).await.expect("top-up");
        if request.state == "PENDING" {
            self.app.decide_top_up(&SYSTEM, &request.id, true).await.expect("confirm");
        }
    }

    /// The monthly choice.
    pub fn monthly(&self) -> Choice {
        Choice { mode: BillingMode::Period, period: Some(PeriodType::Month), periods: 1, quantity: 1, trial: false }
    }

    /// What the buyer asks for.
    pub fn wish(&self, choice: Choice) -> PlaceOrder {
        PlaceOrder {
            product_id: self.product_id.clone(),
            specification_id: self.specification_id.clone(),
            choice,
            agreed: true,
            auto_renew: false,
        }
    }

    /// The buyer orders and pays a month from his balance; nothing has been delivered yet.
    pub async fn pay_a_month(&self) -> Order {
        let order = self.app.place_order(&self.buyer, self.wish(self.monthly())).await.expect("order");
        self.app.pay_order(&self.buyer, &order.id, PaymentProvider::Balance).await.expect("pay").0
    }

    /// The same, delivered.
    pub async fn buy_a_month(&self) -> Order {
        let order = self.pay_a_month().await;
        self.work().await;
        self.order(&order.id).await
    }

    /// The token of the newest unsent link that was mailed to somebody, as it stands in the outbox.
    pub async fn mailed_token(&self, recipient: &str) -> String {
        let recipient = recipient.to_owned();
        let page = store::listing::PageRequest { limit: 200, ..Default::default() };
        let list = self.db.read(move |tx| store::messages::list_mails(tx, None, Some(recipient), &page));
        let mails = list.await.expect("mails").items;
        let links = mails.iter().filter_map(|mail| mail.body.split("/reset?token=").nth(1));
        let mut open = links.filter(|link| !link.starts_with('•'));
        open.next().and_then(|link| link.split_whitespace().next()).expect("a mail with a link").to_owned()
    }

    /// Does everything that is due.
    pub async fn work(&self) -> usize {
        self.app.run_due_jobs().await
    }

    /// Time passes, and what falls due on the way is done in its order.
    pub async fn pass(&self, micros: i64) {
        let target = self.clock.now().plus(micros);
        loop {
            self.work().await;
            let next = self.db.read(store::jobs::next_due).await.expect("next job").filter(|at| *at <= target);
            let now = self.clock.now();
            match next {
                Some(at) if at > now => self.clock.advance(at.since(now)),
                Some(_) => {}
                None => {
                    self.clock.advance(target.since(now));
                    self.work().await;
                    return;
                }
            }
        }
    }

    /// Days pass.
    pub async fn days_pass(&self, days: i64) {
        self.pass(days * DAY).await;
    }

    /// An order as operators see it.
    pub async fn order(&self, id: &str) -> Order {
        self.app.order(&self.operator, Side::Market, id).await.expect("order").order
    }

    /// A resource as its buyer sees it.
    pub async fn instance(&self, id: &str) -> InstanceDetail {
        self.app.instance(&self.buyer, Side::Buyer, id).await.expect("instance")
    }

    /// Activity and variant of every call that the seller's server received, in order.
    pub fn calls(&self) -> Vec<String> {
        self.server
            .calls()
            .iter()
            .map(|call| {
                let body: serde_json::Value = serde_json::from_str(&call.body).unwrap_or_default();
                let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
                let extra = [text("scene"), text("status")].concat();
                if extra.is_empty() { text("activity") } else { format!("{} {extra}", text("activity")) }
            })
            .collect()
    }

    /// The invariants that hold at every moment: the ledger balances, the audit log is whole.
    pub async fn check_books(&self) {
        let recount = self.app.recount(&SYSTEM).await.expect("recount");
        assert_eq!(recount.faults, Vec::<String>::new());
        let audit = self.app.verify_audit(&SYSTEM).await.expect("verify");
        assert_eq!(audit.breaks, Vec::new());
    }

    /// Takes away what keeps evidence from being changed, as somebody with the database's password
    /// could, for tests of what notices it.
    pub async fn allow_tampering(&self) {
        let sqlite = self.db.kind() == store::DbKind::Sqlite;
        let gone = self.db.write(move |tx| {
            for table in ["audit_entry", "journal_entry", "posting"] {
                if sqlite {
                    tx.execute(&format!("drop trigger {table}_no_update"), &[])?;
                    tx.execute(&format!("drop trigger {table}_no_delete"), &[])?;
                } else {
                    tx.execute(&format!("drop trigger {table}_no_update on {table}"), &[])?;
                }
            }
            Ok::<_, store::StoreError>(())
        });
        gone.await.expect("drop triggers");
    }

    /// Sum of an account's postings; what we owe counts positive.
    pub async fn owed(&self, kind: domain::ledger::AccountKind, owner: &str) -> Money {
        let account = domain::ledger::Account {
            kind,
            owner: owner.to_owned(),
            book: domain::ledger::Book::Real,
            currency: Currency::CNY,
        };
        self.db.read(move |tx| store::ledger::credit_sum(tx, &account)).await.expect("sum")
    }

    /// Makes an organisation a sandbox and signs its owner in anew.
    pub async fn make_sandbox(&self, actor: &Actor) -> Actor {
        let member = actor.member().expect("a member");
        self.app
            .decide_organisation(&SYSTEM, &member.organisation_id, OrganisationDecision::Sandbox, "")
            .await
            .expect("sandbox");
        sign_in(&self.app, &member.email).await
    }
}

/// An application over a database, with everything else in memory.
pub fn assemble(db: Db, clock: Clock) -> App {
    assemble_with(db, clock, |_| ())
}

/// [`assemble`] with other options.
pub fn assemble_with(db: Db, clock: Clock, change: impl FnOnce(&mut Options)) -> App {
    let index = search::ProductIndex::open_in_ram(&search::OpenOptions::default()).expect("an index");
    let mut options = Options {
        site_name: "测试市场".into(),
        base_url: "http://market.test".into(),
        reach: Reach::Development,
        node: "test".into(),
        open_registration: true,
        four_eyes: false,
        bank_account: String::new(),
        contact: String::new(),
    };
    change(&mut options);
    App::new(Parts {
        db,
        clock,
        options,
        secrets: SecretBox::new(&[7; 32]),
        mailer: Mailer::Outbox,
        index: Arc::new(index),
        words: Words::built_in(),
    })
    .expect("an application")
}

/// Registers and verifies a company; returns its id.
pub async fn company(app: &App, name: &str, email: &str) -> String {
    let input = Registration {
        legal_name: name.into(),
        name_zh: name.into(),
        name_en: "Test".into(),
        credit_code: "91110000TEST000001".into(),
        user_name: "测试用户".into(),
        email: email.into(),
        password: PASSWORD.into(),
        language: "zh".into(),
    };
    let (id, _) = app.create_organisation(&SYSTEM, input).await.expect("company");
    app.decide_organisation(&SYSTEM, &id, OrganisationDecision::Verify, "").await.expect("verify");
    id
}

/// Signs somebody in by password.
pub async fn sign_in(app: &App, email: &str) -> Actor {
    let token = app.log_in(email, PASSWORD, "test").await.expect("log in");
    app.session(&token).await.expect("session").expect("a session").actor
}

/// An amount in CNY.
pub fn cny(text: &str) -> Money {
    Money::parse(text, Currency::CNY).expect("an amount")
}

/// Content that passes every check.
pub fn sample_content(production_address: &str, picture: &str) -> ProductContent {
    let both = |zh: &str, en: &str| Localized::new(zh, en);
    let price =
        |mode, period, amount: &str| PriceLine { mode, period, price: cny(amount), product_code: String::new() };
    let highlight = |n: usize| Highlight {
        title: both(&format!("亮点{n}"), &format!("Point {n}")),
        text: both("说明文字", "Explanation"),
    };
    ProductContent {
        business_type: BusinessType::General,
        name: both("云上客户管理系统", "Cloud CRM"),
        version: "V1.0".into(),
        logo: Some(picture.to_owned()),
        pictures: vec![picture.to_owned()],
        categories: vec!["crm".into()],
        tags: vec![both("客户管理", "Customer management")],
        summary: both("帮助企业管理客户与销售线索的系统", "Manages customers and sales leads"),
        description: both(&"客户管理说明。".repeat(60), &"A description of customer management. ".repeat(12)),
        highlights: (1..=3).map(highlight).collect(),
        cases: vec![],
        usage_guide: both(
            "登录系统后，按照首页的引导完成初始化设置即可使用。",
            "Sign in and follow the guide on the first page to set it up.",
        ),
        support: Support {
            hours: both("周一至周五 9:00–18:00", "Mon–Fri 9:00–18:00"),
            zone: "GMT+08:00".into(),
            content: both("电话与邮件支持", "Phone and mail support"),
            hotline: "+86 10 0000 0000".into(),
            email: "support@shop.example".into(),
        },
        agreement: both(
            "双方按本协议约定提供和使用服务，保护个人信息与数据安全。",
            "Both sides provide and use the service by this agreement and protect personal data.",
        ),
        public_sale: true,
        specifications: vec![Specification {
            id: String::new(),
            name: both("标准版", "Standard"),
            description: both("十个用户", "Ten users"),
            attributes: vec![],
            prices: vec![
                price(BillingMode::Period, Some(PeriodType::Month), "100"),
                price(BillingMode::Period, Some(PeriodType::Year), "1000"),
                price(BillingMode::OneTime, None, "5000"),
            ],
            trial_days: Some(14),
            hidden: false,
            no_reason_refund: true,
            discontinued: false,
        }],
        access: Access::Saas {
            production_address: production_address.to_owned(),
            generation: InterfaceGeneration::SaasV2,
            supervision: false,
        },
    }
}

/// Two tests from one body: on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! on_both {
    ($(async fn $name:ident($market:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn body($market: $crate::TestMarket) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                body($crate::TestMarket::open($crate::On::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                body($crate::TestMarket::open($crate::On::Postgres).await).await;
            }
        }
    )*};
}
