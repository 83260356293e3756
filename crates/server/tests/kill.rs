//! The real program is killed in the middle of its work, three times, and nothing is lost or done
//! twice: orders come from this process, the jobs are done by the program, the seller's server
//! lives here and counts what it opened.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use app::clock::Clock;
use app::identity::OrganisationDecision;
use app::ordering::{PlaceOrder, Side};
use app::{Actor, App};
use domain::access::OperatorRole;
use domain::catalogue::kinds::{BillingMode, PeriodType};
use domain::identity::SellerState;
use domain::ordering::order::PaymentProvider;
use domain::ordering::pricing::Choice;
use domain::text::Localized;
use sample_sellers::{Faults, Seller};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use store::{Db, StoreError};
use tempfile::TempDir;
use testkit::{ACCESS_KEY, On, PASSWORD, cny, company, sample_content, sign_in};

const ORDERS: usize = 60;
const SYSTEM: Actor = Actor::System("test");

/// A running program; killed with SIGKILL when it goes out of scope.
struct Program(Child);

impl Program {
    fn start(folder: &TempDir, url: &str) -> Program {
        let child = Command::new(env!("CARGO_BIN_EXE_yunfang"))
            .arg("serve")
            .current_dir(folder.path())
            .env("DATABASE_URL", url)
            .env("YUNFANG_DATA__FOLDER", folder.path().join("data"))
            .env("YUNFANG_SERVER__LISTEN", "127.0.0.1:0")
            .env("YUNFANG_SERVER__BASE_URL", "http://market.test")
            .env("YUNFANG_SECRETS__KEY", "07".repeat(32))
            .env("YUNFANG_SELLERS__REACH", "development")
            .env("YUNFANG_LOG__FILTER", "error")
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        Program(child)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the two minutes do that a dead worker's jobs are left to it: nobody here waits for them.
async fn leases_run_out(db: &Db) {
    db.write(|tx| {
        tx.execute("update job set lease_until = 1 where state = 'RUNNING'", &[])?;
        tx.execute("update seller_call set sent_at = sent_at - 120000000 where sent_at is not null", &[])?;
        Ok::<_, StoreError>(())
    })
    .await
    .unwrap();
}

/// Calls of which an attempt is under way, attempts that were sent and have no outcome, and those of which
/// it is known that they were lost.
async fn under_way(db: &Db) -> (i64, i64, i64) {
    db.read(|tx| {
        let calls = tx.number("select count(*) from seller_call where sent_at is not null", &[])?;
        let sent = tx.number("select count(*) from call_attempt where verdict = 'SENT'", &[])?;
        Ok::<_, StoreError>((calls, sent, tx.number("select count(*) from call_attempt where verdict = 'LOST'", &[])?))
    })
    .await
    .unwrap()
}

async fn completed(app: &App, operator: &Actor, orders: &[String]) -> usize {
    let mut count = 0;
    for id in orders {
        let order = app.order(operator, Side::Market, id).await.unwrap().order;
        count += usize::from(order.state.code() == "COMPLETED");
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    survives(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    survives(On::Postgres).await;
}

async fn survives(on: On) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let (db, url) = testkit::database(on, &folder).await;
    let app = testkit::assemble(db.clone(), Clock::System);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let seller = Seller::instant(ACCESS_KEY, sample_sellers::system_clock);
    // Slow enough that every kill finds calls under way.
    seller.set_faults(Faults { delay_ms: 50, ..Faults::default() });
    let (server, task) = sample_sellers::serve(listener, seller).unwrap();
    tokio::spawn(task);
    let (buyer, operator, wish) = market(&app, &server.production_address()).await;

    let mut program = Program::start(&folder, &url);
    let burst = {
        let (app, buyer) = (app.clone(), buyer.clone());
        tokio::spawn(async move {
            let mut ids = Vec::new();
            for _ in 0..ORDERS {
                let order = app.place_order(&buyer, wish.clone()).await.unwrap();
                app.pay_order(&buyer, &order.id, PaymentProvider::Balance).await.unwrap();
                ids.push(order.id);
            }
            ids
        })
    };
    let mut most_at_once = 0;
    for calls in [5, 40, 80] {
        server.wait_for_calls(calls).await;
        drop(program);
        most_at_once = most_at_once.max(under_way(&db).await.0);
        leases_run_out(&db).await;
        program = Program::start(&folder, &url);
    }
    assert!(most_at_once > 1, "a kill met several calls of a batch");
    let orders = burst.await.unwrap();
    let all_done = async {
        let mut look = tokio::time::interval(Duration::from_millis(100));
        while completed(&app, &operator, &orders).await < ORDERS {
            look.tick().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(120), all_done).await;
    assert!(in_time.is_ok(), "{} of {ORDERS} orders are completed", completed(&app, &operator, &orders).await);
    drop(program);
    // What the last kill left behind, access data of services for example, is done here.
    leases_run_out(&db).await;
    app.run_due_jobs().await;

    for id in &orders {
        let order = app.order(&operator, Side::Market, id).await.unwrap().order;
        assert_eq!(server.created_count(id, &order.line.line_id), 1, "opened once, whoever died");
        let instance = app.instance(&buyer, Side::Buyer, order.instance_id.as_deref().unwrap()).await.unwrap();
        assert_eq!(instance.instance.state.code(), "IN_USE");
        assert!(instance.access.is_some());
    }
    assert_eq!(server.instances().len(), ORDERS);
    let (calls, sent, lost) = under_way(&db).await;
    assert_eq!((calls, sent), (0, 0), "nothing is waited for any more");
    assert!(lost >= most_at_once, "what was sent by the dead stays in the record: {lost}");
    assert_eq!(app.balance(&buyer).await.unwrap(), cny("4000"));
    assert_eq!(app.recount(&SYSTEM).await.unwrap().faults, Vec::<String>::new());
    assert_eq!(app.verify_audit(&SYSTEM).await.unwrap().breaks, vec![]);
    assert_eq!(app.job_overview(&operator).await.unwrap().0[3], 0, "no job was given up");
}

/// A seller with a product, a buyer with 10,000, an operator; and what the buyer wants.
async fn market(app: &App, address: &str) -> (Actor, Actor, PlaceOrder) {
    let seller = company(app, "示例商家有限公司", "seller@shop.example").await;
    app.decide_organisation(&SYSTEM, &seller, OrganisationDecision::Seller(SellerState::Active), "").await.unwrap();
    app.import_access_key(&SYSTEM, &seller, ACCESS_KEY).await.unwrap();
    company(app, "示例买家有限公司", "buyer@corp.example").await;
    app.create_operator(&SYSTEM, "运营", "ops@market.example", PASSWORD, OperatorRole::Admin).await.unwrap();
    let category = store::catalogue::Category {
        id: "crm".into(),
        parent_id: None,
        name: Localized::new("客户管理", "CRM"),
        icon: String::new(),
        position: 0,
        hidden: false,
    };
    app.save_category(&SYSTEM, category).await.unwrap();
    let picture = app.store_drawn_picture(&seller, "p.svg", "<svg/>".into()).await.unwrap();
    let product_id = app.release_directly(&seller, sample_content(address, &picture), 0, 0).await.unwrap();
    let view = app.product_view(&product_id).await.unwrap();
    let buyer = sign_in(app, "buyer@corp.example").await;
    let request = app.ask_top_up(&buyer, cny("10000")).await.unwrap();
    app.decide_top_up(&SYSTEM, &request.id, true).await.unwrap();
    let choice =
        Choice { mode: BillingMode::Period, period: Some(PeriodType::Month), periods: 1, quantity: 1, trial: false };
    let wish = PlaceOrder {
        specification_id: view.product.content.specifications[0].id.clone(),
        product_id,
        choice,
        agreed: true,
        auto_renew: false,
    };
    (buyer, sign_in(app, "ops@market.example").await, wish)
}
