//! Money and log as evidence: they cannot be changed, and who changes them all the same is found.

use domain::money::{Currency, Money};
use domain::ordering::order::PaymentProvider;
use store::params;
use store::{DbKind, StoreError};
use testkit::{TestMarket, cny, on_both};

async fn run(m: &TestMarket, sql: &'static str) -> Result<u64, StoreError> {
    m.db.write(move |tx| tx.execute(sql, &[])).await
}

async fn faults(m: &TestMarket) -> Vec<String> {
    m.app.recount(&m.operator).await.unwrap().faults
}

/// Tables that the recount reads.
const TABLES: &[&str] = &["posting", "journal_entry", "ledger_account", "payment", "top_up", "purchase_order"];

/// Keeps the tables, or puts them back as they were kept.
async fn keep(m: &TestMarket, back: bool) {
    let sqlite = m.db.kind() == DbKind::Sqlite;
    let done = m.db.write(move |tx| {
        if back && sqlite {
            tx.execute("pragma defer_foreign_keys = on", &[])?;
        }
        for table in TABLES {
            if back {
                tx.execute(&format!("delete from {table}"), &[])?;
                tx.execute(&format!("insert into {table} select * from kept_{table}"), &[])?;
            } else {
                tx.execute(&format!("create table kept_{table} as select * from {table}"), &[])?;
            }
        }
        Ok::<_, StoreError>(())
    });
    done.await.unwrap();
}

/// Takes foreign keys away, so that tables can be put back one by one.
async fn loosen(m: &TestMarket) {
    m.allow_tampering().await;
    if m.db.kind() == DbKind::Postgres {
        for sql in [
            "alter table posting drop constraint posting_entry_id_fkey",
            "alter table payment drop constraint payment_order_id_fkey",
            "alter table order_line drop constraint order_line_order_id_fkey",
        ] {
            run(m, sql).await.unwrap();
        }
    }
}

on_both! {
    async fn what_is_entered_never_changes(m) {
        m.buy_a_month().await;
        for table in ["audit_entry", "journal_entry", "posting"] {
            let column = if table == "posting" { "line_no" } else { "at" };
            for sql in [format!("update {table} set {column} = {column} + 1"), format!("delete from {table}")] {
                let tried = m.db.write(move |tx| tx.execute(&sql, &[])).await;
                assert!(matches!(tried, Err(StoreError::Database(_))), "{table}: {tried:?}");
            }
        }
        m.check_books().await;
    }

    async fn the_recount_names_every_kind_of_damage(m) {
        let order = m.buy_a_month().await;
        m.pay_a_month().await;
        let late = m.app.place_order(&m.stranger, m.wish(m.monthly())).await.unwrap();
        let (_, transfer) = m.app.pay_order(&m.stranger, &late.id, PaymentProvider::BankTransfer).await.unwrap();
        m.app.cancel_order(&m.stranger, &late.id).await.unwrap();
        m.app.decide_payment(&m.operator, &transfer.id, true).await.unwrap();
        assert_eq!(faults(&m).await, Vec::<String>::new());
        loosen(&m).await;
        keep(&m, false).await;
        let damage = [
            ("delete from ledger_account", "no balance is kept"),
            ("update ledger_account set balance_e8 = balance_e8 + 100000000", "but postings give"),
            ("delete from posting where entry_id in (select id from journal_entry where kind = 'completion')", "has no postings"),
            ("update posting set amount_e8 = amount_e8 * 2 where entry_id in (select id from journal_entry where kind = 'completion')", "is settled but entries release"),
            ("update posting set amount_e8 = amount_e8 + 1 where line_no = 1 and entry_id in (select id from journal_entry where kind = 'top_up')", "does not balance"),
            ("update posting set account_key = 'sandbox:' || substr(account_key, 6) where line_no = 2", "touches two books"),
            ("update posting set account_key = replace(account_key, ':seller_payable:org_', ':seller_payable:org_x')", "touches account"),
            ("update posting set currency = 'USD'", "another currency"),
            ("update posting set account_key = 'real:purse:platform:CNY' where account_key like '%:escrow:%'", "none that the ledger knows"),
            ("update purchase_order set refunded_e8 = 100000000 where state = 'COMPLETED'", "refunded 100000000 but entries return 0"),
            ("update purchase_order set state = 'CANCELLED' where state = 'PROCESSING'", "orders in delivery need"),
            ("update journal_entry set order_id = 'ord_none' where kind = 'payment'", "an order that does not exist"),
            ("update top_up set state = 'CANCELLED'", "without being confirmed"),
            ("update payment set state = 'CREDITED'", "did not reach the balance"),
        ];
        for (sql, words) in damage {
            assert!(run(&m, sql).await.unwrap() > 0, "{sql}");
            let found = faults(&m).await;
            assert!(found.iter().any(|f| f.contains(words)), "{sql}: {found:?}");
            keep(&m, true).await;
            assert_eq!(faults(&m).await, Vec::<String>::new(), "{sql} was undone");
        }
        // A whole delivery forgotten, entry and postings: the books balance, the order does not.
        run(&m, "delete from posting where entry_id in (select id from journal_entry where kind = 'completion')").await.unwrap();
        run(&m, "delete from journal_entry where kind = 'completion'").await.unwrap();
        let found = faults(&m).await;
        assert!(found.iter().any(|f| f.contains(&order.id) && f.contains("is settled but")), "{found:?}");
        keep(&m, true).await;
        // Sums beyond every number are a fault of their account, not the end of the recount.
        let huge = "insert into posting (entry_id, line_no, account_key, amount_e8, currency, at) select id, 90 + n, 'real:platform_cash:platform:CNY', 9223372036854775807, 'CNY', 1 from journal_entry, (select 1 as n union select 2) as two where kind = 'top_up'";
        run(&m, huge).await.unwrap();
        let found = faults(&m).await;
        assert!(found.iter().any(|f| f == "account real:platform_cash:platform:CNY: its postings overflow"), "{found:?}");
        assert!(found.iter().any(|f| f.ends_with("does not balance")), "{found:?}");
    }

    async fn a_balance_never_grows_beyond_what_can_be_counted(m) {
        m.allow_tampering().await;
        let full = i64::MAX - 5_000_000;
        m.db.write(move |tx| tx.execute("update ledger_account set balance_e8 = $1", params![full])).await.map_err(|e: StoreError| e).unwrap();
        let request = m.app.ask_top_up(&m.buyer, cny("10")).await.unwrap();
        let refused = m.app.decide_top_up(&m.operator, &request.id, true).await.unwrap_err();
        assert_eq!(refused.code(), "amount-out-of-range");
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), Money::from_e8(full, Currency::CNY), "still a whole number");
        let asked = m.app.top_ups(&m.buyer, Default::default()).await.unwrap().items;
        assert_eq!(asked.iter().find(|t| t.id == request.id).unwrap().state, "PENDING");
        m.app.recount(&m.operator).await.unwrap();
    }

    async fn test_money_has_a_top(m) {
        let sandbox = m.make_sandbox(&m.stranger).await;
        for _ in 0..10 {
            m.app.ask_top_up(&sandbox, cny("10000000")).await.unwrap();
        }
        assert_eq!(m.app.ask_top_up(&sandbox, cny("1")).await.unwrap_err().code(), "sandbox-balance-full");
        m.check_books().await;
    }

    async fn heads_that_were_kept_show_what_was_cut_off(m) {
        m.buy_a_month().await;
        let kept = m.app.audit_heads(&m.operator).await.unwrap();
        m.buy_a_month().await;
        let missing = async || m.app.missing_heads(&m.operator, kept.clone()).await.unwrap();
        assert_eq!(missing().await, vec![], "what was written later is no fault");
        m.allow_tampering().await;
        let buyer = m.buyer.member().unwrap().organisation_id.clone();
        let head = kept.iter().find(|h| h.chain == buyer).unwrap().clone();
        // Everything from before the kept head is cut off, and the head of the chain is set back.
        let (chain, seq) = (buyer.clone(), head.seq - 1);
        m.db.write(move |tx| {
            tx.execute("delete from audit_entry where chain = $1 and seq > $2", params![&chain, seq])?;
            tx.execute("update audit_chain set last_seq = $2, last_hash = (select hash from audit_entry where chain = $1 and seq = $2) where chain = $1", params![&chain, seq])
        })
        .await
        .map_err(|e: StoreError| e)
        .unwrap();
        assert_eq!(m.app.verify_audit(&m.operator).await.unwrap().breaks, vec![], "the log alone cannot tell");
        let found = missing().await;
        assert_eq!((found.len(), found[0].chain.as_str(), found[0].seq), (1, buyer.as_str(), head.seq));
        // The next entries take the numbers that were freed, with other hashes.
        for name in ["a", "b", "c"] {
            m.app.create_token(&m.buyer, name).await.unwrap();
        }
        assert_eq!(missing().await[0].reason, "the entry differs from its written head");
    }

    async fn a_chain_that_is_gone_and_an_entry_before_the_first_are_found(m) {
        m.allow_tampering().await;
        let stranger = m.stranger.member().unwrap().organisation_id.clone();
        let chain = stranger.clone();
        m.db.write(move |tx| {
            tx.execute("insert into audit_entry (chain, seq, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, detail, prev_hash, hash) values ('platform', 0, 1, 'user', 'x', 'x', 'x', 'x', 'x', '{}', '', 'x')", &[])?;
            tx.execute("delete from audit_entry where chain = $1", params![&chain])?;
            tx.execute("delete from audit_chain where chain = $1", params![&chain])
        })
        .await
        .map_err(|e: StoreError| e)
        .unwrap();
        let breaks = m.app.verify_audit(&m.operator).await.unwrap().breaks;
        let found: Vec<_> = breaks.iter().map(|b| (b.chain.as_str(), b.reason)).collect();
        assert_eq!(found, [("platform", "an entry before the first"), (stranger.as_str(), "the organisation has no chain")]);
    }
}

/// Another order of text than that of bytes would lose rows between two pages of a list.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_sorts_like_a_dictionary_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (good, url) = testkit::database(testkit::On::Postgres, &folder).await;
    store::collation::check(&good).await.unwrap();
    let (name, server) = (format!("sorted_{}", std::process::id()), url.clone());
    let made = name.clone();
    tokio::task::spawn_blocking(move || {
        let mut client = postgres::Client::connect(&server, postgres::NoTls).unwrap();
        client.batch_execute(&format!("drop database if exists {made}")).unwrap();
        let sql =
            format!("create database {made} template template0 encoding 'UTF8' locale_provider icu icu_locale 'en-US'");
        client.batch_execute(&sql).unwrap();
    })
    .await
    .unwrap();
    let old = url.split_whitespace().find(|part| part.starts_with("dbname=")).unwrap();
    let db = store::Db::open(&url.replace(old, &format!("dbname={name}"))).await.unwrap();
    let refused = store::collation::check(&db).await.unwrap_err().to_string();
    assert!(refused.contains("lc_collate 'C'"), "{refused}");
}
