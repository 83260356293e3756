//! Background work: who does it, what happens when he dies, and how an operator sees it.

use crate::faults::{Scripted, calls_of, honest, pay_a_month_of, product_at};
use app::diagnosis::{Diagnosis, SafeAction};
use app::jobs::Task;
use app::{Actor, PageRequest};
use domain::catalogue::kinds::PeriodType;
use domain::ordering::order::PaymentProvider;
use domain::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};
use sample_sellers::Faults;
use std::collections::HashSet;
use store::StoreError;
use store::jobs::{Job, JobFilter, Share};
use testkit::{On, TestMarket, on_both};

/// A job that has nothing to do, in a lane or in none.
pub(crate) fn waiting(n: usize, lane: &str, run_at: Timestamp) -> Job {
    Job {
        id: format!("job_test_{n:05}"),
        kind: "cancel_unpaid".into(),
        payload: serde_json::to_string(&Task::CancelUnpaid { order_id: format!("ord_none_{n}") }).unwrap(),
        state: "WAITING".into(),
        due_at: run_at,
        run_at,
        clock_owner: None,
        lane: lane.into(),
        attempts: 0,
        claimed_by: None,
        lease_until: None,
        last_error: String::new(),
        subject_kind: "order".into(),
        subject_id: format!("ord_none_{n}"),
        created_at: run_at,
        finished_at: None,
    }
}

fn job(n: usize, run_at: Timestamp) -> Job {
    waiting(n, "", run_at)
}

pub(crate) async fn enqueue(m: &TestMarket, jobs: Vec<Job>) {
    m.db.write(move |tx| store::jobs::enqueue(tx, &jobs)).await.unwrap();
}

/// As many as that of the jobs that call nobody.
fn plain(most: usize) -> [Share; 1] {
    [Share { lane: String::new(), most }]
}

async fn claim(m: &TestMarket, worker: &'static str, limit: usize) -> Vec<Job> {
    let now = m.clock.now();
    m.db.write(move |tx| {
        store::jobs::recover(tx, now)?;
        store::jobs::claim_shares(tx, worker, now, now.plus(2 * MINUTE), &plain(limit))
    })
    .await
    .unwrap()
}

async fn in_state(m: &TestMarket, state: &str) -> Vec<Job> {
    let filter = JobFilter { state: Some(state.into()), ..JobFilter::default() };
    m.app.jobs(&m.operator, filter, PageRequest { limit: 200, ..PageRequest::default() }).await.unwrap().items
}

pub(crate) fn causes(diagnosis: &Diagnosis) -> Vec<&'static str> {
    diagnosis.chain.iter().map(|cause| cause.code).collect()
}

pub(crate) async fn why(m: &TestMarket, order_id: &str) -> Diagnosis {
    m.app.why_stuck(&m.operator, order_id).await.unwrap()
}

on_both! {
    async fn two_workers_never_get_the_same_job(m) {
        m.work().await;
        let now = m.clock.now();
        enqueue(&m, (0..500).map(|n| job(n, now)).collect()).await;
        let workers: Vec<_> = ["a", "b", "c", "d"]
            .into_iter()
            .map(|worker| {
                let (db, now) = (m.db.clone(), now);
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    loop {
                        let got = db.write(move |tx| store::jobs::claim_shares(tx, worker, now, now.plus(MINUTE), &plain(7))).await.unwrap();
                        if got.is_empty() {
                            return mine;
                        }
                        assert!(got.iter().all(|j| j.claimed_by.as_deref() == Some(worker) && j.attempts == 1));
                        mine.extend(got.into_iter().map(|j| j.id));
                    }
                })
            })
            .collect();
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.await.unwrap());
        }
        assert_eq!(all.len(), 500);
        assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), 500);
    }

    async fn the_oldest_job_comes_first_and_none_before_its_time(m) {
        m.work().await;
        let now = m.clock.now();
        enqueue(&m, vec![job(1, now.plus(-SECOND)), job(2, now.plus(-HOUR)), job(3, now.plus(SECOND))]).await;
        let got: Vec<String> = claim(&m, "a", 10).await.into_iter().map(|j| j.id).collect();
        assert_eq!(got, ["job_test_00002", "job_test_00001"]);
        m.clock.advance(SECOND);
        assert_eq!(claim(&m, "a", 10).await[0].id, "job_test_00003");
    }

    async fn the_jobs_of_a_dead_worker_go_to_another_one(m) {
        m.work().await;
        enqueue(&m, vec![job(1, m.clock.now())]).await;
        assert_eq!(claim(&m, "dead", 10).await.len(), 1);
        m.clock.advance(2 * MINUTE);
        assert!(claim(&m, "alive", 10).await.is_empty(), "his time is not over");
        m.clock.advance(1);
        let again = claim(&m, "alive", 10).await;
        assert_eq!((again.len(), again[0].attempts, again[0].last_error.as_str()), (1, 2, "the worker stopped"));
    }

    async fn a_worker_that_lost_his_job_changes_nothing(m) {
        m.work().await;
        enqueue(&m, vec![job(1, m.clock.now())]).await;
        let id = claim(&m, "slow", 1).await.remove(0).id;
        m.clock.advance(3 * MINUTE);
        assert_eq!(claim(&m, "quick", 1).await.len(), 1);
        let now = m.clock.now();
        type End = fn(&mut store::Tx<'_>, &str, Timestamp) -> Result<(), StoreError>;
        let ends: [End; 3] = [
            |tx, id, now| store::jobs::finish_all(tx, &[id.to_owned()], "slow", now),
            |tx, id, now| store::jobs::retry(tx, id, "slow", now, "x"),
            |tx, id, now| store::jobs::fail(tx, id, "slow", now, "x"),
        ];
        for end in ends {
            let id = id.clone();
            let late = m.db.write(move |tx| end(tx, &id, now)).await;
            assert!(matches!(late, Err(StoreError::Stale)));
        }
        let held = id.clone();
        assert!(m.db.write(move |tx| store::jobs::held(tx, std::slice::from_ref(&held), "slow")).await.unwrap().is_empty());
        assert_eq!(m.app.job(&m.operator, &id).await.unwrap().claimed_by.as_deref(), Some("quick"));
    }

    async fn a_job_that_cannot_be_done_waits_for_an_operator(m) {
        m.work().await;
        let mut broken = job(1, m.clock.now());
        broken.payload = r#"{"task":"of_another_version"}"#.into();
        enqueue(&m, vec![broken]).await;
        m.days_pass(1).await;
        let failed = in_state(&m, "FAILED").await;
        assert_eq!((failed.len(), failed[0].attempts), (1, 12));
        assert!(failed[0].last_error.contains("payload"), "{}", failed[0].last_error);
        let (counts, _) = m.app.job_overview(&m.operator).await.unwrap();
        assert_eq!(counts[3], 1);
        let told = m.app.messages(&m.operator, false, PageRequest::default()).await.unwrap();
        assert!(told.items.iter().any(|x| x.kind == "job-failed" && x.href.ends_with("job_test_00001")));
        m.app.restart_job(&m.operator, "job_test_00001").await.unwrap();
        m.work().await;
        assert_eq!(m.app.job(&m.operator, "job_test_00001").await.unwrap().attempts, 13, "it was tried at once");
        assert_eq!(m.app.restart_job(&m.buyer, "job_test_00001").await.unwrap_err().code(), "not-found");
        assert_eq!(m.app.restart_job(&m.operator, "job_none").await.unwrap_err().code(), "stale");
    }

    async fn an_operator_gives_a_job_up_with_a_reason(m) {
        let order = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        let filter = JobFilter { subject_id: Some(order.id.clone()), ..JobFilter::default() };
        let job = m.app.jobs(&m.operator, filter, PageRequest::default()).await.unwrap().items.remove(0);
        assert_eq!(m.app.cancel_job(&m.operator, &job.id, "  ").await.unwrap_err().code(), "invalid-fields");
        m.app.cancel_job(&m.operator, &job.id, "等待买家付款").await.unwrap();
        m.days_pass(8).await;
        assert_eq!(m.order(&order.id).await.state.code(), "PENDING_PAYMENT");
        let filter = store::audit::AuditFilter { subject_id: Some(job.id.clone()), ..Default::default() };
        let trace = m.app.audit(&m.operator, filter, PageRequest::default()).await.unwrap().items;
        assert!(trace[0].detail.contains("等待买家付款"));
        m.app.restart_job(&m.operator, &job.id).await.unwrap();
        m.work().await;
        assert_eq!(m.order(&order.id).await.state.code(), "CANCELLED");
    }

    async fn a_stopping_node_finishes_what_it_began(m) {
        let (seller, address) = Scripted::serve(1, honest).await;
        let product = product_at(&m, &address).await;
        let order = pay_a_month_of(&m, &product).await;
        let stop = std::sync::Arc::new(tokio::sync::Notify::new());
        let (runner, signal) = (m.app.clone(), stop.clone());
        let running = tokio::spawn(async move { runner.run_jobs(signal).await });
        seller.arrived(1).await;
        stop.notify_waiters();
        seller.open();
        running.await.unwrap();
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
        assert!(in_state(&m, "RUNNING").await.is_empty());
    }

    async fn an_order_that_nobody_paid_waits_for_its_buyer(m) {
        let order = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        let diagnosis = why(&m, &order.id).await;
        assert_eq!((causes(&diagnosis), &diagnosis.action), (vec!["order-state", "unpaid"], &SafeAction::WaitForBuyer));
        let (_, payment) = m.app.pay_order(&m.buyer, &order.id, PaymentProvider::BankTransfer).await.unwrap();
        let diagnosis = why(&m, &order.id).await;
        assert_eq!(causes(&diagnosis), ["order-state", "transfer-unconfirmed"]);
        let SafeAction::ConfirmPayment(id) = diagnosis.action else { panic!("{:?}", diagnosis.action) };
        assert_eq!(id, payment.id);
        m.app.decide_payment(&m.operator, &id, true).await.unwrap();
        let diagnosis = why(&m, &order.id).await;
        assert_eq!(causes(&diagnosis), ["order-state", "instance-state", "call-not-sent", "job-waiting"]);
        assert!(matches!(diagnosis.action, SafeAction::Wait(Some(_))));
        m.work().await;
        assert_eq!(why(&m, &order.id).await.action, SafeAction::Nothing);
        assert_eq!(m.app.why_stuck(&m.buyer, &order.id).await.unwrap_err().code(), "not-found");
    }

    async fn the_safe_action_for_a_failing_call_helps(m) {
        m.server.set_faults(Faults { http_status: Some(500), ..Faults::default() });
        let order = m.pay_a_month().await;
        m.work().await;
        let diagnosis = why(&m, &order.id).await;
        assert_eq!(causes(&diagnosis), ["order-state", "instance-state", "call-failing", "job-waiting"]);
        let call = calls_of(&m, &order).await.remove(0);
        assert_eq!(diagnosis.action, SafeAction::RestartCall(call.id.clone()));
        assert!(diagnosis.chain[2].detail.contains("500"), "{}", diagnosis.chain[2].detail);
        m.server.set_faults(Faults::default());
        m.app.restart_call(&m.operator, app::ordering::Side::Market, &call.id).await.unwrap();
        m.work().await;
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
    }

    async fn the_safe_action_for_a_stopped_renewal_helps(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        m.server.set_faults(Faults { http_status: Some(500), ..Faults::default() });
        let order = m.app.renew(&m.buyer, &id, PeriodType::Month, 1).await.unwrap();
        m.app.pay_order(&m.buyer, &order.id, PaymentProvider::Balance).await.unwrap();
        m.pass(3 * HOUR).await;
        let diagnosis = why(&m, &order.id).await;
        assert_eq!(causes(&diagnosis), ["order-state", "instance-state", "call-stopped"]);
        let SafeAction::RestartCall(call) = diagnosis.action else { panic!("{:?}", diagnosis.action) };
        m.server.set_faults(Faults::default());
        m.app.restart_call(&m.operator, app::ordering::Side::Market, &call).await.unwrap();
        m.work().await;
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
    }

    async fn the_safe_action_for_a_failed_job_helps(m) {
        let order = m.pay_a_month().await;
        let call = calls_of(&m, &order).await.remove(0);
        let wanted = call.id.clone();
        let job = m.db.read(move |tx| store::jobs::about(tx, &wanted)).await.map_err(|e: StoreError| e).unwrap().remove(0);
        let (id, now) = (job.id.clone(), m.clock.now());
        m.db.write(move |tx| {
            let mut shares: Vec<Share> = plain(100).into();
            let lanes = store::jobs::lanes(tx, "", 100)?;
            shares.extend(lanes.into_iter().map(|lane| Share { lane: lane.name, most: 100 }));
            let mine = store::jobs::claim_shares(tx, "w", now, now, &shares)?;
            for job in mine {
                match job.id == id {
                    true => store::jobs::fail(tx, &id, "w", now, "disk full")?,
                    false => store::jobs::retry(tx, &job.id, "w", now, "")?,
                }
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
        m.work().await;
        let diagnosis = why(&m, &order.id).await;
        assert_eq!(causes(&diagnosis), ["order-state", "instance-state", "call-not-sent", "job-failed"]);
        assert_eq!(diagnosis.chain[3].detail, "disk full");
        assert_eq!(diagnosis.action, SafeAction::RestartJob(job.id.clone()));
        m.app.restart_job(&m.operator, &job.id).await.unwrap();
        m.work().await;
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
    }

    async fn an_order_without_a_job_is_set_going_again(m) {
        let order = m.pay_a_month().await;
        m.db.write(|tx| tx.execute("delete from job", &[])).await.map_err(|e: StoreError| e).unwrap();
        let diagnosis = why(&m, &order.id).await;
        assert_eq!(causes(&diagnosis).last(), Some(&"no-job"));
        let SafeAction::RestartCall(call) = diagnosis.action else { panic!("{:?}", diagnosis.action) };
        m.app.restart_call(&m.operator, app::ordering::Side::Market, &call).await.unwrap();
        m.work().await;
        assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
    }

    async fn a_job_that_is_overdue_is_named(m) {
        let order = m.pay_a_month().await;
        m.clock.advance(6 * MINUTE);
        let diagnosis = why(&m, &order.id).await;
        assert_eq!(causes(&diagnosis).last(), Some(&"job-overdue"), "no worker runs");
        assert!(matches!(diagnosis.action, SafeAction::RestartJob(_)));
    }

    async fn a_test_clock_moves_only_its_own_jobs(m) {
        let real = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        let sandbox = m.make_sandbox(&m.stranger).await;
        m.top_up(&sandbox, "1000").await;
        let test = m.app.place_order(&sandbox, m.wish(m.monthly())).await.unwrap();
        let due = m.app.next_clock_event(&sandbox).await.unwrap().unwrap();
        assert_eq!(due.since(m.clock.now()), 7 * DAY, "the end of the order's waiting time");
        let stop = std::sync::Arc::new(tokio::sync::Notify::new());
        let (runner, signal) = (m.app.clone(), stop.clone());
        let running = tokio::spawn(async move { runner.run_jobs(signal).await });
        m.app.advance_clock(&sandbox, 8 * DAY).await.unwrap();
        assert_eq!(m.order(&test.id).await.state.code(), "CANCELLED");
        assert_eq!(m.order(&real.id).await.state.code(), "PENDING_PAYMENT", "real time stood still");
        let sandbox = testkit::sign_in(&m.app, "other@else.example").await;
        assert_eq!(m.app.organisation_now(&sandbox).since(m.clock.now()), 8 * DAY);
        assert_eq!(m.app.organisation_now(&m.buyer), m.clock.now());
        assert_eq!(m.app.advance_clock(&sandbox, 0).await.unwrap_err().code(), "invalid-fields");
        assert_eq!(m.app.advance_clock(&sandbox, -DAY).await.unwrap_err().code(), "invalid-fields", "never back");
        stop.notify_waiters();
        running.await.unwrap();
        m.check_books().await;
    }

    async fn overviews_and_the_count_of_messages_answer(m) {
        m.buy_a_month().await;
        m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        let count = |counts: &[(String, i64)], state: &str| counts.iter().find(|c| c.0 == state).map_or(0, |c| c.1);
        let buyer = m.app.buyer_overview(&m.buyer).await.unwrap();
        assert_eq!((count(&buyer.orders, "COMPLETED"), count(&buyer.orders, "PENDING_PAYMENT")), (1, 1));
        assert_eq!(count(&buyer.instances, "IN_USE"), 1);
        let seller = m.app.seller_overview(&m.seller).await.unwrap();
        assert_eq!((count(&seller.orders, "COMPLETED"), count(&seller.products, "ON_SALE")), (1, 1));
        assert!(!seller.calls.is_empty() && seller.calls.iter().all(|c| c.1 == 0), "no call needs anybody");
        assert_eq!(seller.days.len(), 30);
        assert_eq!(seller.days.iter().map(|d| d.1).sum::<i64>(), 1, "one was paid");
        assert!(m.app.operator_overview(&m.operator).await.is_ok());
        let (counts, sweeps) = m.app.job_overview(&m.operator).await.unwrap();
        assert_eq!((counts[0], counts[2], counts[3], sweeps.len()), (0, 0, 0, 0));
        assert!(counts[1] > 0, "the end of the month waits");
        assert!(m.app.unread(&m.buyer).await.unwrap() > 0);
        m.app.mark_read(&m.buyer, None).await.unwrap();
        assert_eq!(m.app.unread(&m.buyer).await.unwrap(), 0);
        assert!(m.app.unread(&m.seller).await.unwrap() > 0, "others have not read theirs");
    }

    async fn a_periodic_task_is_taken_by_one_process_at_a_time(m) {
        let now = m.clock.now();
        let takers: Vec<_> = (0..8)
            .map(|_| {
                let db = m.db.clone();
                tokio::spawn(async move { db.write(move |tx| store::jobs::take_sweep(tx, "x", now, now.plus(HOUR))).await.unwrap() })
            })
            .collect();
        let mut taken = 0;
        for taker in takers {
            taken += i32::from(taker.await.unwrap());
        }
        assert_eq!(taken, 1);
        let early = now.plus(HOUR - 1);
        assert!(!m.db.write(move |tx| store::jobs::take_sweep(tx, "x", early, early.plus(HOUR))).await.unwrap());
        let later = now.plus(HOUR);
        assert!(m.db.write(move |tx| store::jobs::take_sweep(tx, "x", later, later.plus(HOUR))).await.unwrap());
    }
}

/// Four nodes over one database do the work of fifty orders, each once.
#[tokio::test(flavor = "multi_thread")]
async fn several_nodes_share_the_work() {
    for on in [On::Sqlite, On::Postgres] {
        let m = TestMarket::open(on).await;
        let mut orders = Vec::new();
        for _ in 0..50 {
            orders.push(m.pay_a_month().await);
        }
        let nodes: Vec<_> = (0..4)
            .map(|_| {
                let node = testkit::assemble(m.db.clone(), m.clock.clone());
                tokio::spawn(async move { node.run_due_jobs().await })
            })
            .collect();
        for node in nodes {
            node.await.unwrap();
        }
        m.work().await;
        for order in &orders {
            assert_eq!(m.order(&order.id).await.state.code(), "COMPLETED");
            assert_eq!(m.server.created_count(&order.id, &order.line.line_id), 1);
        }
        let creations = m.calls().iter().filter(|c| *c == "newInstance").count();
        assert_eq!(creations, 50, "no attempt was made twice");
        assert!(m.app.job_overview(&Actor::Visitor).await.is_err());
        m.check_books().await;
    }
}
