//! What leaves a trace in the log, and what is thrown away after its time.

use app::Actor;
use app::identity::OrganisationChange;
use app::ordering::Side;
use domain::catalogue::content::Access;
use domain::text::{Language, Localized};
use domain::time::{DAY, HOUR, Timestamp};
use serde_json::Value;
use store::audit::{AuditEntry, AuditFilter};
use store::listing::PageRequest;
use store::retention::Kept;
use store::{StoreError, params};
use testkit::{PASSWORD, TestMarket, on_both};

async fn entries(m: &TestMarket, action: &str) -> Vec<AuditEntry> {
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
    let page = PageRequest { limit: 200, oldest_first: true, ..PageRequest::default() };
    m.app.audit(&m.operator, filter, page).await.unwrap().items
}

async fn last(m: &TestMarket, action: &str) -> (AuditEntry, Value) {
    // The clock stands still: of entries at the same time the one with the highest number is the last.
    let entry = entries(m, action).await.into_iter().max_by_key(|e| (e.at, e.seq));
    let entry = entry.unwrap_or_else(|| panic!("{action}"));
    let detail = serde_json::from_str(&entry.detail).unwrap();
    (entry, detail)
}

fn id_of(actor: &Actor) -> &str {
    actor.user_id().unwrap()
}

on_both! {
    async fn who_came_and_went_is_written_down_under_his_name(m) {
        m.clock.advance(HOUR);
        let token = m.app.log_in("buyer@corp.example", PASSWORD, "Browser 7").await.unwrap();
        let (entry, detail) = last(&m, "login.succeeded").await;
        assert_eq!((entry.actor_kind.as_str(), entry.actor_id.as_str()), ("user", id_of(&m.buyer)));
        assert_eq!(detail["agent"], "Browser 7");
        let session = m.app.session(&token).await.unwrap().unwrap();
        m.app.log_out(&session).await.unwrap();
        let (left, end) = last(&m, "session.ended").await;
        assert_eq!((left.actor_id.as_str(), &end["session"]), (id_of(&m.buyer), &detail["session"]));
        assert!(m.app.log_in("buyer@corp.example", "wrong", "x").await.is_err());
        assert_eq!(last(&m, "login.failed").await.0.actor_id, id_of(&m.buyer));
        assert!(m.app.log_in("nobody@nowhere.example", PASSWORD, "x").await.is_err());
        assert_eq!(last(&m, "login.unknown").await.1["email"], "nobody@nowhere.example");
        m.app.ask_reset("buyer@corp.example").await.unwrap();
        assert_eq!(last(&m, "password.reset-asked").await.0.actor_id, id_of(&m.buyer));
        m.check_books().await;
    }

    async fn the_log_says_which_token_acted(m) {
        let text = m.app.create_token(&m.buyer, "accounting").await.unwrap();
        let id = m.app.tokens(&m.buyer).await.unwrap()[0].id.clone();
        let program = m.app.actor_by_token(&text).await.unwrap().unwrap();
        m.app.place_order(&program, m.wish(m.monthly())).await.unwrap();
        let (entry, detail) = last(&m, "order.placed").await;
        assert_eq!((entry.actor_id.as_str(), detail["token"].as_str()), (id_of(&m.buyer), Some(id.as_str())));
        m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        assert_eq!(last(&m, "order.placed").await.1["token"], Value::Null);
    }

    async fn changes_say_before_and_after(m) {
        let own = m.app.own_organisation(&m.seller).await.unwrap();
        let change = OrganisationChange {
            name: own.name.clone(),
            profile: own.profile.clone(),
            website: own.website.clone(),
            service_email: "other@shop.example".into(),
            service_phone: own.service_phone.clone(),
            logo: None,
        };
        m.app.save_own_organisation(&m.seller, change).await.unwrap();
        let detail = last(&m, "organisation.changed").await.1;
        assert_eq!(detail["before"]["service_email"], own.service_email);
        assert_eq!(detail["after"]["service_email"], "other@shop.example");

        let application = m.app.begin_modification(&m.seller, &m.product_id).await.unwrap();
        let mut content = m.app.application(&m.seller, &application).await.unwrap().application.content;
        let Access::Saas { production_address, .. } = &mut content.access;
        let before = std::mem::replace(production_address, "https://elsewhere.example/api".into());
        m.app.save_draft(&m.seller, &application, content, None).await.unwrap();
        let detail = last(&m, "draft.saved").await.1;
        assert_eq!((detail["before"].as_str(), detail["after"].as_str()), (Some(before.as_str()), Some("https://elsewhere.example/api")));

        let mut category = m.app.categories().await.unwrap()[0].clone();
        (category.hidden, category.position, category.name) = (true, 7, Localized::new("甲", "A"));
        m.app.save_category(&m.operator, category).await.unwrap();
        let detail = last(&m, "category.saved").await.1;
        assert_eq!((&detail["hidden"], &detail["position"], &detail["name"]["en"]), (&true.into(), &7.into(), &"A".into()));
    }

    async fn opening_access_data_is_written_down_once_an_hour(m) {
        let id = m.buy_a_month().await.instance_id.unwrap();
        for _ in 0..3 {
            assert!(m.instance(&id).await.access.is_some());
        }
        let opened = entries(&m, "access.opened").await;
        assert_eq!(opened.len(), 1);
        assert_eq!((opened[0].actor_id.as_str(), opened[0].subject_id.as_str()), (id_of(&m.buyer), id.as_str()));
        m.app.instance(&m.operator, Side::Market, &id).await.unwrap();
        m.app.instance(&m.seller, Side::Seller, &id).await.unwrap();
        assert_eq!(entries(&m, "access.opened").await.len(), 1, "nobody else sees them");
        m.pass(HOUR).await;
        m.instance(&id).await;
        assert_eq!(entries(&m, "access.opened").await.len(), 2);
    }

    async fn what_is_past_its_time_goes_however_much_it_is(m) {
        m.buy_a_month().await;
        let fresh = async |table: &'static str| {
            m.db.read(move |tx| tx.number(&format!("select count(*) from {table}"), &[])).await.map_err(|e: StoreError| e).unwrap()
        };
        let attempts = fresh("call_attempt").await;
        m.db.write(|tx| {
            let old = Timestamp(1);
            let rows: Vec<Vec<store::Value>> = (0..12_000_i64)
                .map(|n| vec![format!("job_old{n}").into(), "x".into(), "{}".into(), "DONE".into(), old.into(), old.into(), 0_i64.into(), "x".into(), "x".into(), old.into(), old.into()])
                .collect();
            for part in rows.chunks(1000) {
                tx.insert_many("insert into job (id, kind, payload, state, due_at, run_at, attempts, subject_kind, subject_id, created_at, finished_at)", 11, part, "")?;
            }
            for (n, read) in [(1_i64, Some(old)), (2, None)] {
                tx.execute("insert into message (id, kind, class_code, arguments, created_at, read_at) values ($1, 'x', 501, '{}', $2, $3)", params![format!("msg_old{n}"), old, read])?;
            }
            for state in ["SENT", "FAILED", "WAITING"] {
                tx.execute("insert into mail (id, recipient, subject, body, state, created_at) values ($1, 'x', 'x', 'x', $2, $3)", params![format!("mail_old{state}"), state, old])?;
            }
            tx.execute("insert into idempotency (actor, key, request_hash, status, response, created_at) values ('x', 'y', 'z', 200, '', $1)", params![old])
        })
        .await
        .map_err(|e: StoreError| e)
        .unwrap();
        assert_eq!(m.app.throw_away(Kept::Jobs).await.unwrap(), 12_000);
        assert_eq!(m.app.throw_away(Kept::Messages).await.unwrap(), 1, "what nobody has read stays");
        assert_eq!(m.app.throw_away(Kept::Mails).await.unwrap(), 2, "what is to be sent stays");
        assert_eq!(m.app.throw_away(Kept::Answers).await.unwrap(), 1);
        assert_eq!(m.app.throw_away(Kept::CallRecords).await.unwrap(), 0);
        m.clock.advance(181 * DAY);
        assert_eq!(m.app.throw_away(Kept::CallRecords).await.unwrap(), attempts as u64);
        m.check_books().await;
    }

    async fn messages_name_products_in_the_language_of_their_reader(m) {
        m.buy_a_month().await;
        let page = PageRequest { limit: 200, ..PageRequest::default() };
        let messages = m.app.messages(&m.buyer, false, page).await.unwrap().items;
        let ready = messages.iter().find(|t| t.kind == "service-ready").unwrap();
        let words = |language| app::messages::worded(m.app.words(), language, &ready.kind, &ready.arguments);
        let (zh, en) = (words(Language::Zh), words(Language::En));
        assert!(zh.contains("云上客户管理系统") && !zh.contains("Cloud CRM"), "{zh}");
        assert!(en.contains("Cloud CRM") && !en.contains("云上"), "{en}");
    }
}
