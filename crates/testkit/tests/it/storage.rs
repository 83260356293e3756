//! What the program relies on from both databases.

use domain::text::Localized;
use domain::time::Timestamp;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use store::listing::{self, Filter, PageRequest, Paged};
use store::{Db, StoreError, Tx, params};
use testkit::{On, database};

macro_rules! on_both_databases {
    ($(async fn $name:ident($db:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn body($db: Db) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                let folder = tempfile::tempdir().unwrap();
                body(database(On::Sqlite, &folder).await.0).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let folder = tempfile::tempdir().unwrap();
                body(database(On::Postgres, &folder).await.0).await;
            }
        }
    )*};
}

fn page(tx: &mut Tx, request: &PageRequest) -> Result<Paged<(i64, String)>, StoreError> {
    listing::page(
        tx,
        "select applied, name from thing",
        Filter::new().and_fixed("name <> 'hidden'"),
        ("applied", "name"),
        request,
        |row| Ok((row.int()?, row.text()?)),
        Clone::clone,
    )
}

async fn get(db: &Db, request: PageRequest) -> Paged<(i64, String)> {
    db.read(move |tx| page(tx, &request)).await.map_err(|e: StoreError| e).unwrap()
}

async fn counter(db: &Db) {
    db.write(|tx| {
        tx.execute("create table counter (id bigint primary key, n bigint not null)", &[])?;
        tx.execute("insert into counter (id, n) values (1, 0)", &[])?;
        Ok::<_, StoreError>(())
    })
    .await
    .unwrap();
}

async fn count(db: &Db) -> i64 {
    db.read(|tx| tx.number("select n from counter where id = 1", &[])).await.map_err(|e: StoreError| e).unwrap()
}

/// A database of the same kind in which nothing is.
async fn emptied(db: Db, folder: &tempfile::TempDir) -> Db {
    if db.kind() == store::DbKind::Sqlite {
        return Db::open(&format!("sqlite:{}", folder.path().join("empty.db").display())).await.unwrap();
    }
    db.write(|tx| {
        tx.execute("drop schema public cascade", &[])?;
        tx.execute("create schema public", &[])
    })
    .await
    .map_err(|e: StoreError| e)
    .unwrap();
    db
}

on_both_databases! {
    async fn operations_that_panic_cost_nobody_a_connection(db) {
        counter(&db).await;
        // More than a pool has connections.
        for _ in 0..20 {
            let lost: Result<(), StoreError> = db
                .write(|tx| {
                    tx.execute("update counter set n = n + 1", &[])?;
                    panic!("a defect")
                })
                .await;
            assert!(matches!(lost, Err(StoreError::Database(_))), "{lost:?}");
            let lost: Result<(), StoreError> = db.read(|_| panic!("a defect")).await;
            assert!(matches!(lost, Err(StoreError::Database(_))), "{lost:?}");
        }
        db.write(|tx| tx.execute("update counter set n = n + 1", &[])).await.unwrap();
        assert_eq!(count(&db).await, 1, "what panicked left nothing behind");
    }

    async fn pages_have_no_gaps_and_no_doubles(db) {
        db.write(|tx| {
            tx.execute("create table thing (applied bigint not null, name text primary key)", &[])?;
            // Five rows share each time.
            for n in 0..53 {
                tx.execute("insert into thing (applied, name) values ($1, $2)", params![i64::from(n / 5), format!("x{:02}", (n * 7) % 53)])?;
            }
            tx.execute("insert into thing (applied, name) values (3, 'hidden')", &[])?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
        for oldest_first in [false, true] {
            let all = get(&db, PageRequest { limit: 200, oldest_first, cursor: None }).await;
            assert_eq!((all.items.len(), &all.next, &all.prev), (53, &None, &None));
            let mut sorted = all.items.clone();
            sorted.sort();
            if !oldest_first {
                sorted.reverse();
            }
            assert_eq!(all.items, sorted);
            for limit in [1, 4, 5, 52, 53] {
                let (mut pages, mut cursor) = (Vec::new(), None);
                loop {
                    let part = get(&db, PageRequest { limit, oldest_first, cursor }).await;
                    assert_eq!(part.prev.is_some(), !pages.is_empty());
                    let next = part.next.clone();
                    pages.push(part);
                    match next {
                        Some(next) => cursor = Some(next),
                        None => break,
                    }
                }
                let forward: Vec<_> = pages.iter().flat_map(|p| p.items.clone()).collect();
                assert_eq!(forward, all.items, "forward by {limit}");
                let mut at = pages.pop().unwrap();
                while let Some(prev) = at.prev.clone() {
                    let back = get(&db, PageRequest { limit, oldest_first, cursor: Some(prev) }).await;
                    let expected = pages.pop().expect("no page more than forward");
                    assert_eq!(back.items, expected.items, "backward by {limit}");
                    assert!(back.next.is_some());
                    at = back;
                }
                assert!(pages.is_empty(), "back to the beginning");
            }
        }
        let odd = get(&db, PageRequest { cursor: Some("nonsense".into()), ..PageRequest::default() }).await;
        assert_eq!(odd.items.len(), 20, "an unreadable position is the first page");
        let much = get(&db, PageRequest { limit: 1_000_000, ..PageRequest::default() }).await;
        assert_eq!(much.items.len(), 53);
    }

    async fn a_failed_transaction_takes_nothing_with_it(db) {
        counter(&db).await;
        let writes: Vec<_> = (0..40)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move {
                    db.write(move |tx| {
                        tx.execute("update counter set n = n + 1 where id = 1", &[])?;
                        if n % 2 == 0 { Err(StoreError::Stale) } else { Ok(()) }
                    })
                    .await
                    .is_ok()
                })
            })
            .collect();
        let mut kept = 0;
        for write in writes {
            kept += i64::from(write.await.unwrap());
        }
        assert_eq!((kept, count(&db).await), (20, 20));
        let failed = db.write(|tx| tx.execute("update counter set n = 99 where no_such_column = 1", &[])).await;
        assert!(matches!(failed, Err(StoreError::Database(_))));
        assert_eq!(count(&db).await, 20, "and the connection still works");
    }

    async fn increments_at_the_same_time_all_count(db) {
        counter(&db).await;
        let adds: Vec<_> = (0..50)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move {
                    db.write(|tx| {
                        let n = tx.first("select n from counter where id = 1 {for update}", &[], |row| row.int())?.unwrap();
                        tx.execute_one("update counter set n = $1 where id = 1", params![n + 1])
                    })
                    .await
                })
            })
            .collect();
        for add in adds {
            add.await.unwrap().unwrap();
        }
        assert_eq!(count(&db).await, 50);
    }

    async fn a_row_of_another_version_is_not_overwritten(db) {
        counter(&db).await;
        let stale = db.write(|tx| tx.execute_one("update counter set n = 5 where id = 1 and n = 7", &[])).await;
        assert!(matches!(stale, Err(StoreError::Stale)));
        let twice = db.write(|tx| tx.execute("insert into counter (id, n) values (1, 3)", &[])).await;
        assert!(matches!(twice, Err(StoreError::Duplicate)));
    }

    async fn what_was_only_sent_keeps_its_order_and_is_kept_with_the_rest(db) {
        counter(&db).await;
        let seen = db
            .write(|tx| {
                tx.send("update counter set n = n * 2 + 1 where id = 1", &[])?;
                tx.send_one("update counter set n = n * 10 where id = 1", &[], StoreError::Stale)?;
                let seen = tx.number("select n from counter where id = 1", &[])?;
                let rows = [vec![2.into(), seen.into()], vec![3.into(), 7.into()]];
                tx.send_many("insert into counter (id, n)", 2, &rows)?;
                tx.send("update counter set n = n + 1 where id = 1", &[])?;
                Ok::<_, StoreError>(seen)
            })
            .await
            .unwrap();
        assert_eq!((seen, count(&db).await), (10, 11));
        let others = db.glance(|tx| tx.number("select cast(sum(n) as bigint) from counter where id > 1", &[])).await;
        assert_eq!(others.map_err(|e: StoreError| e).unwrap(), 17);
    }

    async fn nothing_is_kept_when_something_that_was_sent_failed(db) {
        counter(&db).await;
        // It is the last statement: the commit has to notice.
        let missed = db
            .write(|tx| {
                tx.execute("update counter set n = 1 where id = 1", &[])?;
                tx.send_one("update counter set n = 2 where id = 9", &[], StoreError::Unmet("no-such-row"))
            })
            .await;
        assert!(matches!(missed, Err(StoreError::Unmet("no-such-row"))), "{missed:?}");
        let twice = db
            .write(|tx| {
                tx.send("update counter set n = 3 where id = 1", &[])?;
                tx.send("insert into counter (id, n) values (1, 4)", &[])
            })
            .await;
        assert!(matches!(twice, Err(StoreError::Duplicate)), "{twice:?}");
        // Nor when whoever sent it gives up for another reason: the cause is told.
        let both = db
            .write(|tx| {
                tx.send_one("update counter set n = 5 where id = 9", &[], StoreError::Unmet("first"))?;
                Err::<(), _>(StoreError::Stale)
            })
            .await;
        assert!(matches!(both, Err(StoreError::Unmet("first"))), "{both:?}");
        // Nor when whoever sent it goes on as if nothing had happened.
        let swallowed = db
            .write(|tx| {
                tx.send("update counter set n = 6 where id = 1", &[])?;
                let _ = tx.send_one("update counter set n = 6 where id = 9", &[], StoreError::Stale);
                let _ = tx.number("select n from counter where id = 1", &[]);
                Ok::<_, StoreError>(())
            })
            .await;
        assert!(matches!(swallowed, Err(StoreError::Retry)), "{swallowed:?}");
        assert_eq!(count(&db).await, 0);
        db.write(|tx| tx.execute_one("update counter set n = 7 where id = 1", &[])).await.unwrap();
        assert_eq!(count(&db).await, 7, "and the connection still works");
    }

    async fn a_glance_is_one_query(db) {
        counter(&db).await;
        let two = db
            .glance(|tx| {
                tx.number("select n from counter where id = 1", &[])?;
                tx.number("select n from counter where id = 1", &[])
            })
            .await;
        assert!(matches!(two, Err(StoreError::Database(_))), "{two:?}");
    }

    async fn what_is_written_while_reading_is_not_kept(db) {
        counter(&db).await;
        let _ = db.read(|tx| tx.execute("update counter set n = 5 where id = 1", &[])).await;
        assert_eq!(count(&db).await, 0);
    }

    async fn a_view_does_not_change_while_it_is_read(db) {
        counter(&db).await;
        let (begun, go_on) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let (reader, first, second) = (db.clone(), begun.clone(), go_on.clone());
        let reading = tokio::spawn(async move {
            reader
                .read(move |tx| {
                    let before = tx.number("select n from counter where id = 1", &[])?;
                    first.wait();
                    second.wait();
                    Ok::<_, StoreError>((before, tx.number("select n from counter where id = 1", &[])?))
                })
                .await
        });
        tokio::task::spawn_blocking(move || begun.wait()).await.unwrap();
        db.write(|tx| tx.execute_one("update counter set n = 1 where id = 1", &[])).await.unwrap();
        tokio::task::spawn_blocking(move || go_on.wait()).await.unwrap();
        assert_eq!(reading.await.unwrap().unwrap(), (0, 0));
        assert_eq!(count(&db).await, 1);
    }

    async fn migrations_run_once_whoever_asks(db) {
        assert!(store::migrations::is_current(&db).await.unwrap());
        assert_eq!(store::migrations::migrate(&db, Timestamp(2)).await.unwrap(), Vec::<&str>::new());
        let applied = db
            .read(|tx| tx.all("select version, applied_at from schema_migration order by version", &[], |row| Ok((row.int()?, row.int()?))))
            .await
            .map_err(|e: StoreError| e)
            .unwrap();
        let numbers: Vec<i64> = applied.iter().map(|a| a.0).collect();
        assert!(numbers.len() > 8 && numbers.is_sorted_by(|a, b| a < b), "each once, in their order: {numbers:?}");
        assert!(applied.iter().all(|a| a.1 == 1), "nothing ran a second time");
        db.write(|tx| tx.execute("drop table schema_migration", &[])).await.unwrap();
        assert!(!store::migrations::is_current(&db).await.unwrap(), "a program waits for its schema");
    }

    async fn agreements_signed_before_their_texts_were_kept_once_still_have_them(db) {
        let folder = tempfile::tempdir().unwrap();
        let db = emptied(db, &folder).await;
        store::migrations::migrate_to(&db, 9, Timestamp(1)).await.unwrap();
        db.write(|tx| {
            for (order, text) in [("ord_1", "old terms"), ("ord_2", "old terms"), ("ord_3", "other terms")] {
                tx.execute(
                    "insert into agreement_signature (order_id, organisation_id, user_id, title_zh, title_en, text_hash, text, signed_at) values ($1, 'org_1', 'usr_1', '', '', $2, $3, 1)",
                    params![order, format!("hash of {text}"), text],
                )?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
        assert_eq!(store::migrations::migrate(&db, Timestamp(2)).await.unwrap().first(), Some(&"agreement_text"));
        let signed = db.read(|tx| store::ordering::signatures_of(tx, "org_1")).await.unwrap();
        let mut texts: Vec<_> = signed.iter().map(|s| (s.order_id.as_str(), s.text.as_str())).collect();
        texts.sort_unstable();
        assert_eq!(texts, [("ord_1", "old terms"), ("ord_2", "old terms"), ("ord_3", "other terms")]);
        let kept = db.glance(|tx| tx.number("select count(*) from agreement_text", &[])).await;
        assert_eq!(kept.map_err(|e: StoreError| e).unwrap(), 2, "each text once");
    }

    async fn every_kind_of_value_comes_back_as_it_went(db) {
        db.write(|tx| {
            let bytes = if tx.kind() == store::DbKind::Sqlite { "blob" } else { "bytea" };
            tx.execute(&format!("create table v (id bigint primary key, a text, b bigint, c {bytes})"), &[])?;
            let text = "汉字 \u{1f600} ' \" % _ \\";
            tx.execute("insert into v values (1, $1, $2, $3)", params![text, i64::MIN, vec![0u8, 255, 1]])?;
            tx.execute("insert into v values (2, $1, $2, $3)", params![None::<String>, None::<i64>, None::<Vec<u8>>])?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
        let row = db
            .read(|tx| tx.first("select a, b, c from v where id = 1", &[], |row| Ok((row.text()?, row.int()?, row.bytes()?))))
            .await
            .map_err(|e: StoreError| e)
            .unwrap()
            .unwrap();
        assert_eq!(row, ("汉字 \u{1f600} ' \" % _ \\".to_owned(), i64::MIN, vec![0, 255, 1]));
        let nothing = db
            .read(|tx| tx.first("select a, b from v where id = 2", &[], |row| Ok((row.optional_text()?, row.optional_int()?))))
            .await
            .map_err(|e: StoreError| e)
            .unwrap();
        assert_eq!(nothing, Some((None, None)));
        let wrong = db.read(|tx| tx.first("select a from v where id = 2", &[], |row| row.text())).await;
        assert!(matches!(wrong, Err(StoreError::BadRow(_))));
        let many = db
            .write(|tx| {
                let rows: Vec<Vec<store::Value>> = (0i64..1234).map(|n| vec![(10 + n).into(), n.into()]).collect();
                tx.insert_many("insert into v (id, b)", 2, &rows, "on conflict do nothing")
            })
            .await
            .map_err(|e: StoreError| e)
            .unwrap();
        assert_eq!(many, 1234);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_of_two_processes_at_once() {
    for on in [On::Sqlite, On::Postgres] {
        let folder = tempfile::tempdir().unwrap();
        let (db, url) = database(on, &folder).await;
        // Back to an empty database, then several at once, as nodes that are started together.
        let tables: &str = if on == On::Sqlite { "sqlite" } else { "postgres" };
        let fresh = match tables {
            "sqlite" => format!("sqlite:{}", folder.path().join("fresh.db").display()),
            _ => {
                db.write(|tx| {
                    tx.execute("drop schema public cascade", &[])?;
                    tx.execute("create schema public", &[])
                })
                .await
                .map_err(|e: StoreError| e)
                .unwrap();
                url
            }
        };
        let nodes: Vec<_> = (0..4)
            .map(|_| {
                let fresh = fresh.clone();
                tokio::spawn(async move {
                    let db = Db::open(&fresh).await.unwrap();
                    store::migrations::migrate(&db, Timestamp(1)).await
                })
            })
            .collect();
        let mut ran = 0;
        for node in nodes {
            ran += usize::from(!node.await.unwrap().expect("every node starts").is_empty());
        }
        assert_eq!(ran, 1, "{on:?}");
        let db = Db::open(&fresh).await.unwrap();
        assert!(store::migrations::is_current(&db).await.unwrap());
        assert!(store::migrations::migrate(&db, Timestamp(1)).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_the_market_writes_is_whole() {
    let m = testkit::TestMarket::open(On::Sqlite).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3)
        .map(|_| {
            let (app, buyer, wish, stop) = (m.app.clone(), m.buyer.clone(), m.wish(m.monthly()), stop.clone());
            tokio::spawn(async move {
                let mut made = 0;
                while !stop.load(Ordering::Relaxed) && made < 500 {
                    app.place_order(&buyer, wish.clone()).await.unwrap();
                    made += 1;
                }
                made
            })
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("copy.db");
    for n in 0..3 {
        let (db, target) = (m.db.clone(), target.with_extension(format!("{n}.db")));
        tokio::task::spawn_blocking(move || db.sqlite().unwrap().backup(&target, |_, _| {})).await.unwrap().unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    let mut made = 0;
    for writer in writers {
        made += writer.await.unwrap();
    }
    assert!(made > 0, "something was written meanwhile");
    for n in 0..3 {
        let file = target.with_extension(format!("{n}.db"));
        let connection = rusqlite::Connection::open(&file).unwrap();
        let verdict: String = connection.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
        let loose: i64 =
            connection.query_row("select count(*) from pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
        assert_eq!(loose, 0);
        drop(connection);
        let copy = Db::open(&format!("sqlite:{}", file.display())).await.unwrap();
        assert!(store::migrations::is_current(&copy).await.unwrap());
        let app = testkit::assemble(copy, m.clock.clone());
        let system = app::Actor::System("test");
        assert!(app.recount(&system).await.unwrap().faults.is_empty());
        assert!(app.verify_audit(&system).await.unwrap().breaks.is_empty());
        app.load_settings().await.unwrap();
        assert_eq!(app.categories().await.unwrap()[0].name, Localized::new("客户管理", "CRM"));
    }
}

/// A backup that began again with every commit would never end under load.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_ends_while_the_market_writes() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(On::Sqlite, &folder).await.0;
    let row = "insert into audit_chain (chain, last_seq, last_hash) values ($1, $2, $3)";
    db.write(move |tx| {
        for n in 0..12_i64 {
            tx.execute(row, params![format!("filler-{n}"), n, "x".repeat(1024 * 1024)])?;
        }
        tx.execute(row, params!["tick", 0_i64, ""]).map(|_| ())
    })
    .await
    .unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let tick = "update audit_chain set last_seq = last_seq + 1 where chain = 'tick'";
    let (writing, signal) = (db.clone(), over.clone());
    let writer = tokio::spawn(async move {
        let mut count = 0;
        while !signal.load(Ordering::SeqCst) {
            writing.write(move |tx| tx.execute(tick, &[])).await.unwrap();
            count += 1;
        }
        count
    });
    let (source, copy) = (db.clone(), folder.path().join("copy.db"));
    let target = copy.clone();
    let steps = tokio::task::spawn_blocking(move || {
        let seen = std::cell::RefCell::new(vec![0]);
        let handle = tokio::runtime::Handle::current();
        source
            .sqlite()
            .unwrap()
            .backup(&target, |copied, _| {
                let last = *seen.borrow().last().unwrap();
                assert!(copied > last, "it began again: {copied} pages after {last}");
                seen.borrow_mut().push(copied);
                // At least one commit of the market between any two steps.
                handle.block_on(source.write(move |tx| tx.execute(tick, &[]))).unwrap();
            })
            .unwrap();
        seen.into_inner().len()
    })
    .await
    .unwrap();
    over.store(true, Ordering::SeqCst);
    assert!(steps > 3 && writer.await.unwrap() > 0, "{steps} steps");
    let copied = Db::open(&format!("sqlite:{}", copy.display())).await.unwrap();
    let rows = copied.read(|tx| tx.number("select count(*) from audit_chain", &[])).await.unwrap();
    assert_eq!(rows, 13);
}
