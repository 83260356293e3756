//! What somebody with bad intentions tries, and what he gets.

use app::four_eyes::MoneyDecision;
use app::identity::{OrganisationChange, OrganisationDecision, Registration};
use app::ordering::{Arrival, Side};
use app::{Actor, AppError, PageRequest};
use domain::access::{MemberRole, OperatorRole, Right};
use domain::catalogue::kinds::PeriodType;
use domain::fulfilment::instance::ExpiryPolicy;
use domain::ordering::order::PaymentProvider;
use domain::text::Localized;
use domain::time::{DAY, MINUTE};
use sample_sellers::Faults;
use std::sync::Arc;
use store::fulfilment::CallFilter;
use store::ordering::OrderFilter;
use store::params;
use testkit::{PASSWORD, TestMarket, cny, on_both, sign_in};

fn code<T>(result: Result<T, AppError>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(AppError::Invalid(errors)) => errors.iter().map(|e| e.code.as_str()).collect::<Vec<_>>().join(","),
        Err(e) => e.code().to_owned(),
    }
}

async fn colleague(m: &TestMarket, manager: &Actor, role: MemberRole) -> Actor {
    let email = format!("{}@shop.example", role.code().replace('_', "-"));
    colleague_named(m, manager, &email, role).await
}

/// A member whom somebody invited and who has used the link.
async fn colleague_named(m: &TestMarket, manager: &Actor, email: &str, role: MemberRole) -> Actor {
    m.app.invite_member(manager, "同事", email, role).await.unwrap();
    m.app.reset_password(&m.mailed_token(email).await, PASSWORD).await.unwrap();
    sign_in(&m.app, email).await
}

/// One round of the periodic tasks.
async fn sweep(m: &TestMarket) {
    let stop = Arc::new(tokio::sync::Notify::new());
    stop.notify_one();
    m.app.run_sweeps(stop).await;
}

on_both! {
    async fn an_auditor_cannot_use_the_reset_link_of_an_administrator(m) {
        let system = app::Actor::System("test");
        m.app.create_operator(&system, "审计", "audit@market.example", PASSWORD, OperatorRole::Auditor).await.unwrap();
        let auditor = sign_in(&m.app, "audit@market.example").await;
        m.app.ask_reset("ops@market.example").await.unwrap();
        let token = m.mailed_token("ops@market.example").await;
        for _ in ["waiting", "sent"] {
            let list = m.app.mails(&auditor, None, Some("ops@market.example".into()), PageRequest::default());
            let mail = list.await.unwrap().items.remove(0);
            assert!(mail.body.contains("/reset?token=••••") && !mail.body.contains(&token), "{}", mail.body);
            assert!(!m.app.mail(&auditor, &mail.id).await.unwrap().body.contains(&token));
            m.work().await;
        }
        // Sent: nor does the database, and so no backup, hold it.
        let kept = m.db.read(|tx| tx.number("select count(*) from mail where body like '%token=%' and body not like '%token=••••%'", params![]));
        let kept: Result<i64, store::StoreError> = kept.await;
        assert_eq!(kept.unwrap(), 0);
        assert_eq!(code(m.app.reset_password(&token, "another horse 8").await), "ok", "its recipient can");
    }

    async fn a_creation_that_we_cannot_send_is_refunded(m) {
        let order = m.pay_a_month().await;
        // Whatever goes wrong inside goes wrong at every attempt: here the key cannot be opened.
        m.db.write(|tx| tx.execute("update access_key set cipher = 'broken'", params![])).await.unwrap();
        m.days_pass(2).await;
        let order = m.order(&order.id).await;
        assert_eq!((order.refund_state.code(), order.refunded), ("FULL", cny("100")));
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("100000"));
        assert!(m.calls().is_empty());
        m.check_books().await;
    }

    async fn addresses_that_break_signing_are_refused(m) {
        let picture = m.app.own_product(&m.seller, &m.product_id).await.unwrap().0.content.logo.unwrap();
        for (address, expected) in [
            ("http://127.0.0.1:9/saas?signature=a", "address-parameters"),
            ("http://127.0.0.1:9/saas?x=1&%6eonce=1", "address-parameters"),
            ("http://127.0.0.1:9/sa\u{e9}s", "address-form"),
            ("http://127.0.0.1:9/saas?tenant=7", "ok"),
        ] {
            let content = testkit::sample_content(address, &picture);
            let draft = m.app.create_product(&m.seller, content).await.unwrap();
            assert_eq!(code(m.app.submit_application(&m.seller, &draft).await), expected, "{address}");
        }
    }

    async fn a_draft_may_be_incomplete_but_not_boundless(m) {
        let (product, _, _) = m.app.own_product(&m.seller, &m.product_id).await.unwrap();
        let draft = m.app.begin_modification(&m.seller, &m.product_id).await.unwrap();
        let mut content = product.content.clone();
        content.description.zh.clear();
        assert_eq!(code(m.app.save_draft(&m.seller, &draft, content.clone(), None).await), "ok");
        content.description.zh = ">".repeat(60_000);
        content.tags = vec![Localized::new("标签", "tag"); 1000];
        assert_eq!(code(m.app.save_draft(&m.seller, &draft, content.clone(), None).await), "too-many,too-long");
        assert_eq!(code(m.app.create_product(&m.seller, content).await), "too-many,too-long");
        let mut twins = product.content.clone();
        twins.specifications.push(twins.specifications[0].clone());
        assert_eq!(code(m.app.save_draft(&m.seller, &draft, twins, None).await), "specification-twice");
        let mut doubled = product.content.clone();
        let first = doubled.specifications[0].prices[0].clone();
        doubled.specifications[0].prices.push(first);
        m.app.save_draft(&m.seller, &draft, doubled, None).await.unwrap();
        assert_eq!(code(m.app.submit_application(&m.seller, &draft).await), "price-line-twice");
    }

    async fn public_data_of_a_company_cannot_carry_anything(m) {
        let change = |website: &str, logo: Option<String>| OrganisationChange {
            name: Localized::new("示例商家", "Shop"),
            website: website.into(),
            logo,
            ..OrganisationChange::default()
        };
        for website in ["httpx:evil", "http", "javascript:alert(1)", "https:", "http://a b"] {
            let answer = m.app.save_own_organisation(&m.seller, change(website, None)).await;
            assert_eq!(code(answer), "website-form", "{website}");
        }
        let logo = m.app.own_product(&m.seller, &m.product_id).await.unwrap().0.content.logo;
        for foreign in ["fil_nonsense\"><x", logo.as_deref().unwrap()] {
            let answer = m.app.save_own_organisation(&m.buyer, change("", Some(foreign.into()))).await;
            assert_eq!(code(answer), "file-unknown");
        }
        let answer = m.app.save_own_organisation(&m.seller, change("https://shop.example/", logo)).await;
        assert_eq!(code(answer), "ok");
    }

    async fn a_narrowed_manager_hands_out_no_more_than_he_has(m) {
        let owner = m.seller.clone();
        let mut manager = colleague(&m, &owner, MemberRole::Administrator).await;
        let manager_id = manager.user_id().unwrap().to_owned();
        let narrowed = vec![m.product_id.clone()];
        m.app.authorise_member(&owner, &manager_id, narrowed.clone(), false).await.unwrap();
        manager = sign_in(&m.app, &manager.member().unwrap().email).await;
        // Whom he invites sees what he sees, and cannot widen it for either of them.
        let puppet = colleague_named(&m, &manager, "puppet@evil.example", MemberRole::Administrator).await;
        assert_eq!(puppet.member().unwrap().products, narrowed);
        let puppet_id = puppet.user_id().unwrap().to_owned();
        for (by, whom) in [(&puppet, &manager_id), (&manager, &puppet_id)] {
            // Without a bound an administrator holds the access keys too, which neither of them does.
            assert_eq!(code(m.app.authorise_member(by, whom, vec![], false).await), "right-not-yours");
            assert_eq!(code(m.app.authorise_member(by, whom, narrowed.clone(), true).await), "programmatic-owner-only");
            assert_eq!(code(m.app.authorise_member(by, whom, narrowed.clone(), false).await), "ok");
        }
        // People who are not narrowed are out of his reach.
        let other = colleague_named(&m, &owner, "wide@shop.example", MemberRole::ReadOnly).await;
        let other_id = other.user_id().unwrap().to_owned();
        let disable = m.app.change_member(&manager, &other_id, MemberRole::ReadOnly, vec![], true).await;
        assert_eq!(code(disable), "products-not-yours");
        assert_eq!(code(m.app.authorise_member(&owner, &puppet_id, vec![], true).await), "ok", "the owner may");
    }

    async fn nobody_demotes_those_who_may_more(m) {
        let owner = m.seller.clone();
        let administrator = colleague(&m, &owner, MemberRole::Administrator).await;
        let service = colleague(&m, &owner, MemberRole::CustomerService).await;
        let service_id = service.user_id().unwrap().to_owned();
        let extra = vec![Right::UserManage];
        m.app.change_member(&owner, &service_id, MemberRole::CustomerService, extra, false).await.unwrap();
        let service = sign_in(&m.app, &service.member().unwrap().email).await;
        let whom = administrator.user_id().unwrap();
        for disabled in [true, false] {
            let answer = m.app.change_member(&service, whom, MemberRole::CustomerService, vec![], disabled).await;
            assert_eq!(code(answer), "right-not-yours");
        }
        assert_eq!(code(m.app.authorise_member(&service, whom, vec![m.product_id.clone()], false).await), "right-not-yours");
        sign_in(&m.app, &administrator.member().unwrap().email).await;
    }

    async fn names_in_mails_carry_no_links(m) {
        for name in ["http://evil.example/free-money click", "见 evil.example/x", "www.evil"] {
            let answer = m.app.invite_member(&m.stranger, name, "victim@bigcorp.example", MemberRole::ReadOnly).await;
            assert_eq!(code(answer), "name-link", "{name}");
            assert_eq!(code(m.app.rename(&m.stranger, name).await), "name-link", "{name}");
        }
    }

    async fn only_sellers_have_pictures_and_not_without_end(m) {
        let png = |width: u8| [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0"[..], &[width, 0, 0, 0, 0, 1, 0, 8, 6, 0, 0, 0]].concat();
        for buyer in [&m.buyer, &m.stranger] {
            assert_eq!(code(m.app.store_picture(buyer, "a.png", png(0)).await), "forbidden");
        }
        let reader = colleague(&m, &m.seller, MemberRole::ReadOnly).await;
        assert_eq!(code(m.app.store_picture(&reader, "a.png", png(0)).await), "forbidden");
        assert_eq!(code(m.app.store_picture(&m.seller, "a.png", png(0xff)).await), "picture-size");
        let wide = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0\x08\x06\0\0\0"[..]].concat();
        let stored = m.app.store_picture(&m.seller, "a.png", wide.clone()).await.unwrap();
        // Nothing names it: gone after a month. What a product names stays.
        let logo = m.app.own_product(&m.seller, &m.product_id).await.unwrap().0.content.logo.unwrap();
        m.clock.advance(29 * DAY);
        sweep(&m).await;
        assert_eq!(code(m.app.picture(&stored).await), "ok");
        m.clock.advance(2 * DAY);
        sweep(&m).await;
        assert_eq!(code(m.app.picture(&stored).await), "not-found");
        assert_eq!(code(m.app.picture(&logo).await), "ok");
        // A gigabyte in all, however many days it took.
        m.db.write(|tx| tx.execute("update file set size = 1073741824", params![])).await.unwrap();
        assert_eq!(code(m.app.store_picture(&m.seller, "a.png", wide).await), "upload-total-bytes");
    }

    async fn who_is_frozen_reads_and_does_nothing_else(m) {
        let order = m.buy_a_month().await;
        let instance = order.instance_id.clone().unwrap();
        let open = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        m.app.set_expiry_policy(&m.buyer, &instance, ExpiryPolicy::Automatic).await.unwrap();
        for actor in [&m.buyer, &m.seller] {
            let id = &actor.member().unwrap().organisation_id;
            m.app.decide_organisation(&m.operator, id, OrganisationDecision::Freeze(true), "违规经营").await.unwrap();
        }
        let (b, s) = (&sign_in(&m.app, "buyer@corp.example").await, &sign_in(&m.app, "seller@shop.example").await);
        let balance = m.app.balance(b).await.unwrap();
        let key = m.app.access_keys(s).await.unwrap().remove(0).id;
        let call = m.app.calls(s, Side::Seller, CallFilter::default(), PageRequest::default()).await.unwrap().items.remove(0);
        let draft = testkit::sample_content("http://127.0.0.1:9/saas", "fil_x");
        let change = OrganisationChange { name: Localized::new("新名字", "New"), ..OrganisationChange::default() };
        for (what, answer) in [
            ("top up", code(m.app.ask_top_up(b, cny("5")).await)),
            ("order", code(m.app.place_order(b, m.wish(m.monthly())).await)),
            ("pay", code(m.app.pay_order(b, &open.id, PaymentProvider::Balance).await)),
            ("cancel", code(m.app.cancel_order(b, &open.id).await)),
            ("renew", code(m.app.renew(b, &instance, PeriodType::Month, 1).await)),
            ("unsubscribe", code(m.app.unsubscribe(b, &instance).await)),
            ("release", code(m.app.release(b, &instance).await)),
            ("policy", code(m.app.set_expiry_policy(b, &instance, ExpiryPolicy::Manual).await)),
            ("refresh", code(m.app.refresh_information(b, &instance).await)),
            ("token", code(m.app.create_token(b, "x").await)),
            ("rename", code(m.app.rename(b, "新人").await)),
            ("invite", code(m.app.invite_member(b, "同事", "new@corp.example", MemberRole::ReadOnly).await)),
            ("public data", code(m.app.save_own_organisation(b, change).await)),
            ("upload", code(m.app.store_picture(s, "a.png", vec![]).await)),
            ("reveal", code(m.app.reveal_access_key(s, &key).await)),
            ("key", code(m.app.add_access_key(s).await)),
            ("draft", code(m.app.create_product(s, draft).await)),
            ("restart", code(m.app.restart_call(s, Side::Seller, &call.id).await)),
        ] {
            assert_eq!(answer, "organisation-frozen", "{what}");
        }
        // Not even what was planned before.
        m.days_pass(29).await;
        assert_eq!(m.app.balance(b).await.unwrap(), balance);
        for (what, answer) in [
            ("orders", code(m.app.orders(b, Side::Buyer, OrderFilter::default(), PageRequest::default()).await)),
            ("service", code(m.app.instance(b, Side::Buyer, &instance).await)),
            ("members", code(m.app.members(b).await)),
            ("messages", code(m.app.mark_read(b, None).await)),
            ("seller's orders", code(m.app.order(s, Side::Seller, &order.id).await)),
        ] {
            assert_eq!(answer, "ok", "{what}");
        }
    }

    async fn nobody_makes_the_market_call_as_often_as_he_likes(m) {
        let order = m.buy_a_month().await;
        let instance = order.instance_id.unwrap();
        m.clock.advance(2 * MINUTE);
        let before = m.calls().len();
        let asking = (0..6).map(|_| {
            let (app, buyer, id) = (m.app.clone(), m.buyer.clone(), instance.clone());
            tokio::spawn(async move { code(app.refresh_information(&buyer, &id).await) })
        });
        let mut answers = Vec::new();
        for asked in asking.collect::<Vec<_>>() {
            answers.push(asked.await.unwrap());
        }
        assert_eq!(answers.iter().filter(|a| *a == "ok").count(), 1, "{answers:?}");
        assert!(answers.iter().all(|a| a == "ok" || a == "information-fresh"), "{answers:?}");
        assert_eq!(m.calls().len(), before + 1);
        m.clock.advance(MINUTE);
        assert_eq!(code(m.app.refresh_information(&m.buyer, &instance).await), "ok");
        // A call that waits for its seller: restarted by hand once, not sixty times.
        m.server.set_faults(Faults { result_code: Some("000005".into()), ..Faults::default() });
        m.pay_a_month().await;
        m.work().await;
        let filter = CallFilter { state: Some("RETRYING".into()), ..CallFilter::default() };
        let call = m.app.calls(&m.seller, Side::Seller, filter, PageRequest::default()).await.unwrap().items.remove(0).id;
        assert_eq!(code(m.app.restart_call(&m.seller, Side::Seller, &call).await), "ok");
        assert_eq!(code(m.app.restart_call(&m.seller, Side::Seller, &call).await), "call-restart-waits");
        assert_eq!(code(m.app.restart_call(&m.operator, Side::Market, &call).await), "call-restart-waits");
        m.work().await;
        assert_eq!(code(m.app.restart_call(&m.seller, Side::Seller, &call).await), "ok", "that one is over");
    }

    async fn a_seller_learns_nothing_about_his_buyers_people(m) {
        let order = m.buy_a_month().await;
        let buyer = m.buyer.member().unwrap();
        let detail = m.app.order(&m.seller, Side::Seller, &order.id).await.unwrap();
        let service = m.app.instance(&m.seller, Side::Seller, order.instance_id.as_deref().unwrap()).await.unwrap();
        assert!(detail.history.iter().any(|e| e.action == "order.paid"), "what happened he may know");
        for entry in detail.history.iter().chain(&service.history) {
            let text = format!("{entry:?}");
            for secret in [&buyer.user_id, &buyer.name, &buyer.organisation_id] {
                assert!(!text.contains(secret.as_str()), "{text}");
            }
            assert_eq!((entry.seq, entry.hash.as_str()), (0, ""));
        }
        assert!(detail.payments.iter().all(|p| p.reference.is_empty() && p.decided_by.is_none()));
        let own = m.app.order(&m.buyer, Side::Buyer, &order.id).await.unwrap();
        assert!(own.history.iter().any(|e| e.actor_id == buyer.user_id), "the buyer sees who it was");
    }

    async fn messages_of_others_do_not_exist(m) {
        m.buy_a_month().await;
        let page = PageRequest::default;
        let theirs = m.app.messages(&m.seller, false, page()).await.unwrap().items.remove(0).id;
        assert_eq!(code(m.app.mark_read(&m.buyer, Some(theirs.clone())).await), "not-found");
        assert_eq!(code(m.app.mark_read(&m.operator, Some(theirs.clone())).await), "not-found");
        for _ in ["new", "read already"] {
            assert_eq!(code(m.app.mark_read(&m.seller, Some(theirs.clone())).await), "ok");
        }
    }

    async fn nobody_locks_another_out_and_no_lock_tells_who_has_an_account(m) {
        let fail = async |email: &str, network: &str| {
            code(m.app.log_in_from(email, "wrong password 1", "test", network).await)
        };
        for email in ["buyer@corp.example", "nobody@corp.example"] {
            let mut answers = Vec::new();
            for _ in 0..6 {
                answers.push(fail(email, "203.0.113.7").await);
            }
            let expected = ["login-failed", "login-failed", "login-failed", "login-failed", "login-locked", "login-locked"];
            assert_eq!(answers, expected, "{email}");
        }
        let from = async |network: &str| code(m.app.log_in_from("buyer@corp.example", PASSWORD, "test", network).await);
        assert_eq!(from("203.0.113.7").await, "login-locked", "where the guesses came from");
        assert_eq!(from("198.51.100.1").await, "ok", "its owner elsewhere");
        // From many networks together there is an end too.
        for n in 0..50 {
            fail("other@else.example", &format!("203.0.113.{n}")).await;
        }
        assert_eq!(code(m.app.log_in_from("other@else.example", PASSWORD, "test", "198.51.100.1").await), "login-locked");
        m.clock.advance(15 * MINUTE);
        assert_eq!(code(m.app.log_in_from("other@else.example", PASSWORD, "test", "198.51.100.1").await), "ok");
        m.clock.advance(2 * DAY);
        sweep(&m).await;
        let kept: Result<i64, store::StoreError> = m.db.read(|tx| tx.number("select count(*) from login_failure", params![])).await;
        assert_eq!(kept.unwrap(), 0, "nothing is kept for ever");
    }

    async fn an_invitation_binds_nobody_who_did_not_accept_it(m) {
        let victim = "victim@bigcorp.example";
        m.app.invite_member(&m.stranger, "受害者", victim, MemberRole::ReadOnly).await.unwrap();
        let stale = m.mailed_token(victim).await;
        assert_eq!(code(m.app.log_in(victim, "", "test").await), "login-failed", "there is no password yet");
        // Others cannot invite him away, but he can have his own company.
        let answer = m.app.invite_member(&m.buyer, "受害者", victim, MemberRole::ReadOnly).await;
        assert_eq!(code(answer), "email-taken");
        testkit::company(&m.app, "受害者自己的公司", victim).await;
        let own = sign_in(&m.app, victim).await;
        assert_eq!(own.member().unwrap().role, MemberRole::Owner);
        assert_eq!(code(m.app.reset_password(&stale, "another horse 8").await), "reset-link-invalid");
        // Taken back, or forgotten after a week; but not once it was accepted.
        m.app.invite_member(&m.stranger, "同事", "second@bigcorp.example", MemberRole::ReadOnly).await.unwrap();
        let invited = m.app.members(&m.stranger).await.unwrap().into_iter().find(|u| u.is_invited()).unwrap();
        assert_eq!(code(m.app.withdraw_invitation(&m.buyer, &invited.id).await), "not-found");
        assert_eq!(code(m.app.withdraw_invitation(&m.stranger, &invited.id).await), "ok");
        let accepted = colleague_named(&m, &m.stranger, "third@bigcorp.example", MemberRole::ReadOnly).await;
        let accepted = accepted.user_id().unwrap().to_owned();
        assert_eq!(code(m.app.withdraw_invitation(&m.stranger, &accepted).await), "invitation-accepted");
        m.app.invite_member(&m.stranger, "同事", "fourth@bigcorp.example", MemberRole::ReadOnly).await.unwrap();
        m.clock.advance(8 * DAY);
        sweep(&m).await;
        let left = m.app.members(&m.stranger).await.unwrap();
        assert!(left.iter().all(|u| !u.is_invited()) && left.iter().any(|u| u.id == accepted), "{left:?}");
        m.check_books().await;
    }

    async fn nobody_fills_a_mailbox_or_the_operators_desk(m) {
        for _ in 0..5 {
            m.app.ask_reset("buyer@corp.example").await.unwrap();
        }
        let mails = async || {
            let list = m.app.mails(&m.operator, None, Some("buyer@corp.example".into()), PageRequest::default());
            list.await.unwrap().items.iter().filter(|mail| mail.body.contains("/reset?token=")).count()
        };
        assert_eq!(mails().await, 1);
        m.clock.advance(5 * MINUTE);
        m.app.ask_reset("buyer@corp.example").await.unwrap();
        assert_eq!(mails().await, 2);
        let input = Registration {
            legal_name: "未认证企业".into(),
            name_zh: "未认证企业".into(),
            user_name: "路人".into(),
            email: "new@corp.example".into(),
            password: PASSWORD.into(),
            ..Registration::default()
        };
        m.app.register(input).await.unwrap();
        let unverified = sign_in(&m.app, "new@corp.example").await;
        assert_eq!(code(m.app.ask_top_up(&unverified, cny("5")).await), "not-verified");
        for _ in 0..20 {
            m.app.ask_top_up(&m.stranger, cny("5")).await.unwrap();
        }
        assert_eq!(code(m.app.ask_top_up(&m.stranger, cny("5")).await), "top-ups-open");
    }

    async fn a_name_belongs_to_whoever_proved_it(m) {
        let register = async |email: &str, credit_code: &str| {
            let input = Registration {
                legal_name: "大公司有限公司".into(),
                name_zh: "大公司".into(),
                credit_code: credit_code.into(),
                user_name: "某人".into(),
                email: email.into(),
                password: PASSWORD.into(),
                ..Registration::default()
            };
            m.app.create_organisation(&Actor::Visitor, input).await
        };
        let (squatter, _) = register("squatter@evil.example", "").await.unwrap();
        let (real, _) = register("owner@bigcorp.example", "91110000REAL00001X").await.unwrap();
        assert_eq!(code(register("again@bigcorp.example", "91110000REAL00001X").await), "company-exists", "it waits already");
        m.app.decide_organisation(&m.operator, &real, OrganisationDecision::Verify, "").await.unwrap();
        assert_eq!(code(m.app.decide_organisation(&m.operator, &squatter, OrganisationDecision::Verify, "").await), "company-exists");
        assert_eq!(code(register("late@evil.example", "").await), "company-exists");
    }

    async fn money_takes_two_people(m) {
        let careful = testkit::assemble_with(m.db.clone(), m.clock.clone(), |options| options.four_eyes = true);
        let mut people = Vec::new();
        for role in [OperatorRole::Finance, OperatorRole::FinanceApprover, OperatorRole::Auditor, OperatorRole::Admin] {
            let email = format!("{}@market.example", role.code().to_lowercase());
            m.app.create_operator(&m.operator, "同事", &email, PASSWORD, role).await.unwrap();
            people.push(sign_in(&m.app, &email).await);
        }
        let [finance, approver, auditor, admin] = people.try_into().unwrap();
        let request = m.app.ask_top_up(&m.stranger, cny("300")).await.unwrap().id;
        let said = async |who: &Actor, id: &str| careful.decide_top_up(who, id, true).await;
        assert_eq!(code(said(&auditor, &request).await), "forbidden");
        assert_eq!(code(said(&approver, &request).await), "money-not-prepared");
        assert_eq!(said(&finance, &request).await.unwrap(), MoneyDecision::Prepared);
        assert_eq!(m.app.balance(&m.stranger).await.unwrap(), cny("0"), "said is not entered");
        assert_eq!(code(said(&finance, &request).await), "second-person");
        let prepared = careful.money_prepared(&admin, vec![request.clone()]).await.unwrap();
        assert_eq!(prepared[&request].by, finance.user_id().unwrap());
        assert_eq!(said(&approver, &request).await.unwrap(), MoneyDecision::Entered);
        assert_eq!(m.app.balance(&m.stranger).await.unwrap(), cny("300"));
        assert_eq!(code(said(&admin, &request).await), "payment-already-decided");
        // An administrator may do either, but not both; a refusal moves nothing and needs one.
        let order = m.app.place_order(&m.stranger, m.wish(m.monthly())).await.unwrap();
        let (_, payment) = m.app.pay_order(&m.stranger, &order.id, PaymentProvider::BankTransfer).await.unwrap();
        assert_eq!(careful.decide_payment(&admin, &payment.id, true).await.unwrap(), MoneyDecision::Prepared);
        assert_eq!(code(careful.decide_payment(&admin, &payment.id, true).await), "second-person");
        assert_eq!(m.order(&order.id).await.paid_at, None);
        assert_eq!(careful.decide_payment(&m.operator, &payment.id, true).await.unwrap(), MoneyDecision::Entered);
        assert!(m.order(&order.id).await.paid_at.is_some());
        let refused = m.app.ask_top_up(&m.stranger, cny("5")).await.unwrap().id;
        said(&finance, &refused).await.unwrap();
        assert_eq!(careful.decide_top_up(&finance, &refused, Arrival::Refused("未到账".into())).await.unwrap(), MoneyDecision::Refused);
        m.check_books().await;
    }
}
