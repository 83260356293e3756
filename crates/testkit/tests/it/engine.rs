//! Many calls at once: everybody is served, whoever hangs, and whatever cannot be written.

use crate::faults::{Scripted, calls_of, honest, pay_a_month_of, product_at};
use crate::jobs::{enqueue, waiting};
use app::PageRequest;
use domain::time::{HOUR, MINUTE, SECOND};
use std::collections::HashMap;
use std::sync::Arc;
use store::StoreError;
use store::jobs::{Job, Share};
use store::many::Column;
use testkit::{TestMarket, on_both};
use tokio::sync::Notify;

/// A running node.
struct Node {
    stop: Arc<Notify>,
    task: tokio::task::JoinHandle<()>,
}

impl Node {
    fn start(m: &TestMarket) -> Node {
        let stop = Arc::new(Notify::new());
        let (app, signal) = (m.app.clone(), stop.clone());
        Node { stop, task: tokio::spawn(async move { app.run_jobs(signal).await }) }
    }

    async fn stop(self) {
        self.stop.notify_waiters();
        self.task.await.unwrap();
    }
}

async fn claim(m: &TestMarket, shares: &[(&str, usize)]) -> Vec<Job> {
    let now = m.clock.now();
    let shares: Vec<Share> = shares.iter().map(|(lane, most)| Share { lane: (*lane).into(), most: *most }).collect();
    m.db.write(move |tx| store::jobs::claim_shares(tx, "w", now, now.plus(MINUTE), &shares)).await.unwrap()
}

fn by_lane(jobs: &[Job]) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for job in jobs {
        *counts.entry(job.lane.as_str()).or_default() += 1;
    }
    counts
}

async fn change(m: &TestMarket, sql: &'static str, id: &str) {
    let id = id.to_owned();
    let changed = m.db.write(move |tx| tx.execute(sql, store::params![&id])).await.map_err(|e: StoreError| e).unwrap();
    assert_eq!(changed, 1);
}

on_both! {
    async fn one_seller_hangs_and_every_other_order_is_delivered(m) {
        let (hanging, address) = Scripted::serve(1000, honest).await;
        let stuck_product = product_at(&m, &address).await;
        let (other, address) = Scripted::serve(0, honest).await;
        let product = product_at(&m, &address).await;
        // Those of the hanging seller are first in the queue, and more than may be in flight there.
        let mut stuck = Vec::new();
        for _ in 0..30 {
            stuck.push(pay_a_month_of(&m, &stuck_product).await);
        }
        let mut orders = Vec::new();
        for _ in 0..25 {
            orders.push(pay_a_month_of(&m, &product).await);
        }
        let node = Node::start(&m);
        // Nothing of the one who hangs is answered until all of the other's calls have arrived: each
        // order is opened, and then asked about.
        other.arrived(50).await;
        hanging.arrived(20).await;
        assert_eq!(hanging.activities().len(), 20, "no more than may be in flight at an address");
        for order in &stuck {
            assert_eq!(m.order(&order.id).await.state.code(), "PROCESSING");
        }
        hanging.open();
        hanging.arrived(60).await;
        node.stop().await;
        m.work().await;
        for order in stuck.iter().chain(&orders) {
            assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        }
        assert_eq!((hanging.most_in_flight(), other.activities().len()), (20, 50));
        m.check_books().await;
    }

    async fn jobs_that_call_nobody_go_on_while_every_seller_hangs(m) {
        let (hanging, address) = Scripted::serve(1000, honest).await;
        let product = product_at(&m, &address).await;
        for _ in 0..25 {
            pay_a_month_of(&m, &product).await;
        }
        let node = Node::start(&m);
        hanging.arrived(20).await;
        // Each payment was told to the seller; those mails come after all the calls in the queue.
        let page = PageRequest { limit: 100, ..PageRequest::default() };
        let sent = || m.app.mails(&m.operator, Some("KEPT".into()), Some("seller@shop.example".into()), page.clone());
        while sent().await.unwrap().items.len() < 25 {
            tokio::task::yield_now().await;
        }
        assert_eq!(hanging.activities().len(), 20);
        hanging.open();
        node.stop().await;
    }

    async fn a_claim_takes_from_each_lane_what_it_may_and_nothing_from_a_full_one(m) {
        m.work().await;
        let now = m.clock.now();
        let mut jobs: Vec<Job> = (0..500).map(|n| waiting(n, "https://dead.example/", now.plus(-HOUR))).collect();
        jobs.extend((500..503).map(|n| waiting(n, "https://alive.example/", now.plus(-MINUTE))));
        jobs.extend((503..505).map(|n| waiting(n, "https://later.example/", now.plus(MINUTE))));
        jobs.extend((505..509).map(|n| waiting(n, "", now.plus(-SECOND))));
        enqueue(&m, jobs).await;
        let lanes = m.db.read(|tx| store::jobs::lanes(tx, "", 10)).await.map_err(|e: StoreError| e).unwrap();
        let heads: Vec<(&str, i64)> = lanes.iter().map(|l| (l.name.as_str(), l.head.since(now))).collect();
        let expected = [("https://alive.example/", -MINUTE), ("https://dead.example/", -HOUR), ("https://later.example/", MINUTE)];
        assert_eq!(heads, expected, "each lane once, however many wait");
        let behind = m.db.read(|tx| store::jobs::lanes(tx, "https://alive.example/", 1)).await.map_err(|e: StoreError| e);
        assert_eq!(behind.unwrap()[0].name, "https://dead.example/", "a claim goes on where the last one ended");
        // The dead one is full: whatever waits there is passed over.
        let got = claim(&m, &[("https://alive.example/", 2), ("", 3)]).await;
        assert_eq!(by_lane(&got), HashMap::from([("https://alive.example/", 2), ("", 3)]));
        let got = claim(&m, &[("https://dead.example/", 5), ("https://alive.example/", 2), ("https://later.example/", 2), ("", 3)]).await;
        let expected = HashMap::from([("https://dead.example/", 5), ("https://alive.example/", 1), ("", 1)]);
        assert_eq!(by_lane(&got), expected, "what is left, and nothing before its time");
        assert!(got.iter().all(|j| j.claimed_by.as_deref() == Some("w") && j.attempts == 1));
        let mine: Vec<String> = got.iter().map(|j| j.id.clone()).collect();
        let ids = mine.clone();
        assert_eq!(m.db.write(move |tx| store::jobs::held(tx, &ids, "w")).await.unwrap().len(), mine.len());
        let mut with_another = mine.clone();
        with_another.push("job_test_00400".into());
        let late = m.db.write(move |tx| store::jobs::finish_all(tx, &with_another, "w", now)).await;
        assert!(matches!(late, Err(StoreError::Stale)), "one that is not held makes all of it void");
        m.db.write(move |tx| store::jobs::finish_all(tx, &mine, "w", now)).await.unwrap();
    }

    async fn many_rows_are_changed_each_by_its_own_values(m) {
        m.work().await;
        let now = m.clock.now();
        for count in [1usize, 2, 3, 5, 17, 63, 64, 65, 130] {
            enqueue(&m, (0..count).map(|n| waiting(n, "a", now)).collect()).await;
            let rows = |count| (0..count).map(|n| vec![format!("job_test_{n:05}").into(), (n as i64 + 7).into()]).collect::<Vec<_>>();
            let (update, columns) = ("update job set attempts = v.tries from v where job.id = v.id", [Column::Text("id"), Column::Int("tries")]);
            let (fitting, one_too_many) = (rows(count), rows(count + 1));
            let late = m.db.write(move |tx| tx.update_rows(update, &columns, &one_too_many)).await;
            assert!(matches!(late, Err(StoreError::Stale)), "{count}: at the latest of the commit");
            let changed = m.db.write(move |tx| {
                let ids: Vec<String> = (0..count).map(|n| format!("job_test_{n:05}")).collect();
                let untouched = tx.all_of("select attempts from job where id in ({keys})", &[], &ids, |row| row.int())?;
                assert_eq!(untouched, vec![0; count], "a change that does not fit changes nothing");
                tx.update_rows(update, &columns, &fitting)?;
                let tries = tx.all_of("select attempts from job where id in ({keys}) order by id", &[], &ids, |row| row.int())?;
                assert_eq!(tx.execute_for("delete from job where lane = $1 and id in ({keys})", store::params!["a"], &ids)?, count as u64);
                Ok::<_, StoreError>(tries)
            });
            assert_eq!(changed.await.unwrap(), (7..count as i64 + 7).collect::<Vec<_>>());
        }
    }

    async fn two_nodes_never_claim_the_same_job_of_a_lane(m) {
        m.work().await;
        let now = m.clock.now();
        enqueue(&m, (0..300).map(|n| waiting(n, ["a", "b", "c"][n % 3], now)).collect()).await;
        let nodes: Vec<_> = ["x", "y", "z"]
            .into_iter()
            .map(|worker| {
                let db = m.db.clone();
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    loop {
                        let shares: Vec<Share> = ["a", "b", "c"].map(|l| Share { lane: l.into(), most: 3 }).into();
                        let left = db.read(|tx| store::jobs::lanes(tx, "", 9)).await.map_err(|e: StoreError| e).unwrap();
                        if left.is_empty() {
                            return mine;
                        }
                        let got = db.write(move |tx| store::jobs::claim_shares(tx, worker, now, now.plus(MINUTE), &shares));
                        mine.extend(got.await.unwrap().into_iter().map(|j| j.id));
                    }
                })
            })
            .collect();
        let mut all = Vec::new();
        for node in nodes {
            all.extend(node.await.unwrap());
        }
        all.sort();
        assert_eq!(all, (0..300).map(|n| format!("job_test_{n:05}")).collect::<Vec<_>>());
    }

    async fn an_outcome_that_cannot_be_written_keeps_no_other_back(m) {
        let (seller, address) = Scripted::serve(12, honest).await;
        let product = product_at(&m, &address).await;
        let mut orders = Vec::new();
        for _ in 0..12 {
            orders.push(pay_a_month_of(&m, &product).await);
        }
        let node = Node::start(&m);
        seller.arrived(12).await;
        // Its order is not in delivery any more: completing it is refused.
        let poisoned = orders.pop().unwrap();
        change(&m, "update purchase_order set state = 'COMPLETED', completed_at = paid_at where id = $1", &poisoned.id).await;
        seller.open();
        seller.arrived(23).await;
        node.stop().await;
        m.work().await;
        for order in &orders {
            assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
            assert_eq!(calls_of(&m, order).await[0].state.code(), "SUCCEEDED");
        }
        let call = calls_of(&m, &poisoned).await.remove(0);
        assert_eq!(call.state.code(), "RETRYING", "nothing of it was written");
        let jobs = m.app.jobs(&m.operator, about(&call.id), PageRequest::default()).await.unwrap().items;
        assert_eq!(jobs[0].state, "WAITING", "it is tried again");
        assert!(!jobs[0].last_error.is_empty());
        // Set right, it is delivered, and the seller has opened it once.
        change(&m, "update purchase_order set state = 'PROCESSING', completed_at = null where id = $1", &poisoned.id).await;
        m.pass(HOUR).await;
        assert_eq!(m.order(&poisoned.id).await.state.code(), "COMPLETED");
        m.check_books().await;
    }

    async fn a_call_that_cannot_be_prepared_keeps_no_other_back(m) {
        let (seller, address) = Scripted::serve(0, honest).await;
        let product = product_at(&m, &address).await;
        let mut orders = Vec::new();
        for _ in 0..6 {
            orders.push(pay_a_month_of(&m, &product).await);
        }
        let broken = orders.remove(2);
        let call = calls_of(&m, &broken).await.remove(0);
        change(&m, "update seller_call set parameters = 'no JSON' where id = $1", &call.id).await;
        let node = Node::start(&m);
        seller.arrived(10).await;
        node.stop().await;
        m.work().await;
        for order in &orders {
            assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        }
        let jobs = m.app.jobs(&m.operator, about(&call.id), PageRequest::default()).await.unwrap().items;
        assert_eq!((jobs[0].state.as_str(), jobs[0].last_error.is_empty()), ("WAITING", false));
        assert_eq!(calls_of(&m, &broken).await[0].attempts, 0);
    }

    async fn two_orders_that_get_the_same_name_in_one_batch(m) {
        let same = |body: &serde_json::Value| match body["activity"].as_str().unwrap_or_default() {
            "newInstance" => serde_json::json!({"resultCode": "000000", "resultMsg": "ok", "instanceId": "the-same"}),
            _ => honest(body),
        };
        let (seller, address) = Scripted::serve(2, same).await;
        let product = product_at(&m, &address).await;
        let orders = [pay_a_month_of(&m, &product).await, pay_a_month_of(&m, &product).await];
        let node = Node::start(&m);
        seller.arrived(2).await;
        seller.open();
        seller.arrived(3).await;
        node.stop().await;
        m.work().await;
        let mut states = Vec::new();
        for order in &orders {
            states.push((m.order(&order.id).await.state.code(), calls_of(&m, order).await[0].exception_code.clone()));
        }
        states.sort();
        assert_eq!(states, [("COMPLETED", String::new()), ("PROCESSING", "instance_id_taken".into())]);
    }
}

fn about(subject_id: &str) -> store::jobs::JobFilter {
    store::jobs::JobFilter { subject_id: Some(subject_id.to_owned()), ..store::jobs::JobFilter::default() }
}
