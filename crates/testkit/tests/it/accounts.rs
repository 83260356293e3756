//! Who people are, what they may do, and what is remembered of it.

use app::identity::{OrganisationChange, OrganisationDecision, Registration};
use app::ordering::Side;
use app::{Actor, AppError, PageRequest};
use domain::access::{MemberRole, OperatorRole, Right};
use domain::catalogue::product::ProductAction;
use domain::identity::SellerState;
use domain::ordering::order::PaymentProvider;
use domain::text::Localized;
use domain::time::{HOUR, MINUTE};
use store::audit::AuditFilter;
use store::fulfilment::CallFilter;
use store::jobs::JobFilter;
use store::ordering::OrderFilter;
use store::{StoreError, params};
use testkit::{On, PASSWORD, TestMarket, cny, on_both, sign_in};

const NEW_PASSWORD: &str = "another horse 8";

pub(crate) fn code<T>(result: Result<T, AppError>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(e) => e.code().to_owned(),
    }
}

/// What an operation answers to somebody who has the right: anything but a refusal of rights.
fn allowed<T>(result: Result<T, AppError>) -> bool {
    match result {
        Err(AppError::Forbidden(_)) => false,
        Err(AppError::Internal(text)) => panic!("{text}"),
        _ => true,
    }
}

fn registration(name: &str, email: &str) -> Registration {
    Registration {
        legal_name: name.into(),
        name_zh: name.into(),
        user_name: "新用户".into(),
        email: email.into(),
        password: PASSWORD.into(),
        language: "zh".into(),
        ..Registration::default()
    }
}

/// A member of the seller's organisation with a role.
pub(crate) async fn colleague(m: &TestMarket, owner: &Actor, role: MemberRole) -> Actor {
    let email =
        format!("{}@{}", role.code().replace('_', "-"), owner.member().unwrap().email.split('@').nth(1).unwrap());
    m.app.invite_member(owner, "同事", &email, role).await.unwrap();
    m.app.reset_password(&m.mailed_token(&email).await, PASSWORD).await.unwrap();
    sign_in(&m.app, &email).await
}

pub(crate) async fn audit_of(m: &TestMarket, action: &str) -> Vec<store::audit::AuditEntry> {
    let filter = AuditFilter { action: Some(action.into()), ..AuditFilter::default() };
    m.app.audit(&m.operator, filter, PageRequest { limit: 200, ..PageRequest::default() }).await.unwrap().items
}

on_both! {
    async fn a_company_registers_and_its_owner_signs_in(m) {
        m.app.register(registration("全新企业有限公司", "New@Corp.Example")).await.unwrap();
        let actor = sign_in(&m.app, "new@corp.example").await;
        let member = actor.member().unwrap();
        assert_eq!((member.role, member.seller_state), (MemberRole::Owner, SellerState::None));
        assert_eq!(code(m.app.place_order(&actor, m.wish(m.monthly())).await), "not-verified");
        m.app.decide_organisation(&m.operator, &member.organisation_id, OrganisationDecision::Verify, "").await.unwrap();
        let again = m.app.register(registration("全新企业有限公司", "second@corp.example")).await;
        assert!(matches!(&again, Err(AppError::Invalid(e)) if e[0].code == "company-exists"), "{again:?}");
        let again = m.app.register(registration("另一家全新企业", "new@corp.example")).await;
        assert!(matches!(&again, Err(AppError::Invalid(e)) if e[0].code == "email-taken"), "{again:?}");
    }

    async fn every_fault_of_a_registration_is_named_at_once(m) {
        let mut input = registration("x", "nobody");
        input.password = "short".into();
        input.credit_code = "有误".into();
        input.user_name = String::new();
        let Err(AppError::Invalid(errors)) = m.app.register(input).await else { panic!("accepted") };
        let fields: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["email", "legal_name", "name_zh", "user_name", "credit_code", "password"]);
    }

    async fn a_wrong_password_and_an_unknown_address_answer_the_same(m) {
        let wrong = m.app.log_in("buyer@corp.example", "not the password 1", "test").await.unwrap_err();
        let unknown = m.app.log_in("nobody@corp.example", "not the password 1", "test").await.unwrap_err();
        let nonsense = m.app.log_in("not an address", PASSWORD, "test").await.unwrap_err();
        assert_eq!(wrong.code(), "login-failed");
        assert_eq!((wrong.to_string(), wrong.to_string()), (unknown.to_string(), nonsense.to_string()));
        assert!(audit_of(&m, "login.failed").await.iter().any(|e| e.subject_id == m.buyer.user_id().unwrap()));
    }

    async fn the_fifth_failure_locks_for_fifteen_minutes(m) {
        for _ in 0..4 {
            assert_eq!(code(m.app.log_in("buyer@corp.example", "wrong password 1", "test").await), "login-failed");
        }
        assert_eq!(code(m.app.log_in("buyer@corp.example", "wrong password 1", "test").await), "login-locked");
        assert_eq!(code(m.app.log_in("buyer@corp.example", PASSWORD, "test").await), "login-locked", "the right one too");
        assert_eq!(code(m.app.log_in("other@else.example", PASSWORD, "test").await), "ok", "nobody else suffers");
        m.clock.advance(15 * MINUTE - 1);
        assert_eq!(code(m.app.log_in("buyer@corp.example", PASSWORD, "test").await), "login-locked");
        m.clock.advance(1);
        assert_eq!(code(m.app.log_in("buyer@corp.example", PASSWORD, "test").await), "ok");
        for _ in 0..4 {
            assert_eq!(code(m.app.log_in("buyer@corp.example", "wrong password 1", "test").await), "login-failed");
        }
        assert_eq!(code(m.app.log_in("buyer@corp.example", PASSWORD, "test").await), "ok", "a success begins anew");
    }

    async fn attempts_at_the_same_time_all_count(m) {
        let attempts: Vec<_> = (0..8)
            .map(|_| {
                let app = m.app.clone();
                tokio::spawn(async move { code(app.log_in("buyer@corp.example", "wrong password 1", "test").await) })
            })
            .collect();
        for attempt in attempts {
            assert_ne!(attempt.await.unwrap(), "ok");
        }
        let mut more = 0;
        while code(m.app.log_in("buyer@corp.example", "wrong password 1", "test").await) != "login-locked" {
            more += 1;
            assert!(more < 5, "the attempts before were not counted");
        }
        assert_eq!(code(m.app.log_in("buyer@corp.example", PASSWORD, "test").await), "login-locked");
        m.check_books().await;
    }

    async fn a_reset_link_works_once_and_ends_every_session(m) {
        let session = m.app.log_in("buyer@corp.example", PASSWORD, "test").await.unwrap();
        m.app.ask_reset("BUYER@corp.example").await.unwrap();
        let token = m.mailed_token("buyer@corp.example").await;
        let weak = m.app.reset_password(&token, "short").await;
        assert!(matches!(weak, Err(AppError::Invalid(_))), "and the link is not used up by it");
        m.app.reset_password(&token, NEW_PASSWORD).await.unwrap();
        assert_eq!(code(m.app.reset_password(&token, NEW_PASSWORD).await), "reset-link-invalid");
        assert!(m.app.session(&session).await.unwrap().is_none());
        assert_eq!(code(m.app.log_in("buyer@corp.example", PASSWORD, "test").await), "login-failed");
        assert_eq!(code(m.app.log_in("buyer@corp.example", NEW_PASSWORD, "test").await), "ok");
        m.work().await;
        let sent = m.app.mails(&m.operator, Some("KEPT".into()), Some("buyer@corp.example".into()), PageRequest::default());
        let sent = sent.await.unwrap().items;
        assert!(sent.iter().any(|mail| mail.body.contains("/reset?token=••••")));
        assert!(sent.iter().all(|mail| !mail.body.contains(&token) && !mail.letter.contains(&token)));
    }

    async fn a_reset_link_runs_out_and_helps_against_a_lock(m) {
        m.app.ask_reset("buyer@corp.example").await.unwrap();
        let old = m.mailed_token("buyer@corp.example").await;
        m.clock.advance(30 * MINUTE + 1);
        assert_eq!(code(m.app.reset_password(&old, NEW_PASSWORD).await), "reset-link-invalid");
        assert_eq!(code(m.app.reset_password("made-up", NEW_PASSWORD).await), "reset-link-invalid");
        for _ in 0..5 {
            let _ = m.app.log_in("buyer@corp.example", "wrong password 1", "test").await;
        }
        m.app.ask_reset("buyer@corp.example").await.unwrap();
        m.app.reset_password(&m.mailed_token("buyer@corp.example").await, NEW_PASSWORD).await.unwrap();
        assert_eq!(code(m.app.log_in("buyer@corp.example", NEW_PASSWORD, "test").await), "ok");
        m.app.ask_reset("nobody@corp.example").await.unwrap();
        let to_nobody = m.app.mails(&m.operator, None, Some("nobody@corp.example".into()), PageRequest::default());
        assert!(to_nobody.await.unwrap().items.is_empty());
    }

    async fn changing_the_password_keeps_this_session_and_ends_the_others(m) {
        let here = m.app.log_in("buyer@corp.example", PASSWORD, "test").await.unwrap();
        let there = m.app.log_in("buyer@corp.example", PASSWORD, "test").await.unwrap();
        let signed_in = m.app.session(&here).await.unwrap().unwrap();
        let wrong = m.app.change_password(&signed_in.actor, &signed_in.token_hash, "wrong password 1", NEW_PASSWORD).await;
        assert!(matches!(&wrong, Err(AppError::Invalid(e)) if e[0].field == "old_password"));
        m.app.change_password(&signed_in.actor, &signed_in.token_hash, PASSWORD, NEW_PASSWORD).await.unwrap();
        assert!(m.app.session(&here).await.unwrap().is_some());
        assert!(m.app.session(&there).await.unwrap().is_none());
        m.app.log_out(&signed_in).await.unwrap();
        assert!(m.app.session(&here).await.unwrap().is_none());
    }

    async fn a_wrong_old_password_counts_like_a_wrong_log_in(m) {
        let session = m.app.log_in("buyer@corp.example", PASSWORD, "test").await.unwrap();
        let signed_in = m.app.session(&session).await.unwrap().unwrap();
        let mut answers = Vec::new();
        for _ in 0..6 {
            answers.push(code(m.app.change_password(&signed_in.actor, &signed_in.token_hash, "wrong password 1", NEW_PASSWORD).await));
        }
        assert_eq!(answers.last().unwrap(), "login-locked", "{answers:?}");
        // Locked: the right one is not tried any more, neither here nor at the door.
        assert_eq!(code(m.app.change_password(&signed_in.actor, &signed_in.token_hash, PASSWORD, NEW_PASSWORD).await), "login-locked");
        assert_eq!(code(m.app.log_in("buyer@corp.example", PASSWORD, "test").await), "login-locked");
        assert!(!audit_of(&m, "password.guessed").await.is_empty());
    }

    async fn a_new_password_shuts_every_old_way_in(m) {
        let session = m.app.log_in("buyer@corp.example", PASSWORD, "test").await.unwrap();
        let signed_in = m.app.session(&session).await.unwrap().unwrap();
        let api = m.app.create_token(&signed_in.actor, "script").await.unwrap();
        m.app.ask_reset("buyer@corp.example").await.unwrap();
        let first = m.mailed_token("buyer@corp.example").await;
        m.clock.advance(5 * MINUTE);
        m.app.ask_reset("buyer@corp.example").await.unwrap();
        let second = m.mailed_token("buyer@corp.example").await;
        assert_ne!(first, second);
        // One's own change makes the mailed links useless, but one's programs go on.
        m.app.change_password(&signed_in.actor, &signed_in.token_hash, PASSWORD, NEW_PASSWORD).await.unwrap();
        for old in [&first, &second] {
            assert_eq!(code(m.app.reset_password(old, PASSWORD).await), "reset-link-invalid");
        }
        assert!(m.app.actor_by_token(&api).await.unwrap().is_some());
        // Somebody who resets may have lost the account: nothing from before works.
        m.clock.advance(MINUTE);
        m.app.ask_reset("buyer@corp.example").await.unwrap();
        m.app.reset_password(&m.mailed_token("buyer@corp.example").await, PASSWORD).await.unwrap();
        assert!(m.app.actor_by_token(&api).await.unwrap().is_none());
        assert!(m.app.session(&session).await.unwrap().is_none());
    }

    async fn an_idle_session_ends(m) {
        let token = m.app.log_in("buyer@corp.example", PASSWORD, "test").await.unwrap();
        for _ in 0..3 {
            m.clock.advance(11 * HOUR);
            assert!(m.app.session(&token).await.unwrap().is_some(), "who works stays signed in");
        }
        m.clock.advance(12 * HOUR + 1);
        assert!(m.app.session(&token).await.unwrap().is_none());
        assert!(m.app.session("made-up").await.unwrap().is_none());
    }

    async fn a_disabled_member_is_out_at_once(m) {
        let finance = colleague(&m, &m.buyer, MemberRole::Finance).await;
        let email = finance.member().unwrap().email.clone();
        let session = m.app.log_in(&email, PASSWORD, "test").await.unwrap();
        let token = m.app.create_token(&finance, "对账").await.unwrap();
        let id = finance.user_id().unwrap();
        m.app.change_member(&m.buyer, id, MemberRole::Finance, vec![], true).await.unwrap();
        assert!(m.app.session(&session).await.unwrap().is_none());
        assert!(m.app.actor_by_token(&token).await.unwrap().is_none());
        assert_eq!(code(m.app.log_in(&email, PASSWORD, "test").await), "login-failed");
        m.app.ask_reset(&email).await.unwrap();
        m.app.change_member(&m.buyer, id, MemberRole::Finance, vec![], false).await.unwrap();
        m.clock.advance(HOUR);
        assert_eq!(code(m.app.log_in(&email, PASSWORD, "test").await), "ok");
    }

    async fn what_each_role_of_a_buyer_may_do(m) {
        use MemberRole::*;
        let order = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        let instance = m.buy_a_month().await.instance_id.unwrap();
        // Role, then: see orders, place, pay, see the balance, read statements, change policies, manage users.
        let table = [
            (Administrator, [true, true, true, true, true, true, true]),
            (ProductManager, [true, false, false, false, false, false, false]),
            (DeliveryEngineer, [true, false, false, false, false, false, false]),
            (Finance, [true, false, false, true, true, false, false]),
            (CustomerService, [true, false, false, false, false, false, false]),
            (Purchaser, [true, true, true, true, true, true, false]),
            (ReadOnly, [true, false, false, true, true, false, false]),
        ];
        for (role, expected) in table {
            let actor = colleague(&m, &m.buyer, role).await;
            let policy = domain::fulfilment::instance::ExpiryPolicy::Manual;
            let found = [
                allowed(m.app.orders(&actor, Side::Buyer, OrderFilter::default(), PageRequest::default()).await),
                allowed(m.app.place_order(&actor, m.wish(m.monthly())).await),
                allowed(m.app.pay_order(&actor, &order.id, PaymentProvider::Balance).await),
                allowed(m.app.balance(&actor).await),
                allowed(m.app.balance_statement(&actor, PageRequest::default()).await),
                allowed(m.app.set_expiry_policy(&actor, &instance, policy).await),
                allowed(m.app.members(&actor).await),
            ];
            assert_eq!(found, expected, "{role:?}");
            let sees = m.app.instance(&actor, Side::Buyer, &instance).await.unwrap().access.is_some();
            assert_eq!(sees, expected[5], "{role:?}: access data are for who manages resources");
        }
        assert_eq!(m.order(&order.id).await.state.code(), "PROCESSING", "one of them has paid");
    }

    async fn what_each_role_of_a_seller_may_do(m) {
        use MemberRole::*;
        let order = m.buy_a_month().await;
        let call = crate::faults::calls_of(&m, &order).await.remove(0);
        let key = m.app.access_keys(&m.seller).await.unwrap().remove(0);
        // Role, then: see products, edit, submit, take off sale, see keys, reveal a key, restart calls, see calls, income.
        let table = [
            (Administrator, [true, true, true, true, true, true, true, true, true]),
            (ProductManager, [true, true, true, true, false, false, false, true, false]),
            (DeliveryEngineer, [true, false, false, false, true, true, true, true, false]),
            (Finance, [false, false, false, false, false, false, false, true, true]),
            (CustomerService, [true, false, false, false, false, false, false, true, false]),
            (Purchaser, [false, false, false, false, false, false, false, true, true]),
            (ReadOnly, [true, false, false, false, false, false, false, true, true]),
        ];
        for (role, expected) in table {
            let actor = colleague(&m, &m.seller, role).await;
            let found = [
                allowed(m.app.own_product(&actor, &m.product_id).await),
                allowed(m.app.begin_modification(&actor, "prd_unknown").await),
                allowed(m.app.submit_application(&actor, "app_unknown").await),
                allowed(m.app.ask_delist(&actor, "prd_unknown", "不再销售").await),
                allowed(m.app.access_keys(&actor).await),
                allowed(m.app.reveal_access_key(&actor, &key.id).await),
                allowed(m.app.restart_call(&actor, Side::Seller, &call.id).await),
                allowed(m.app.calls(&actor, Side::Seller, CallFilter::default(), PageRequest::default()).await),
                allowed(m.app.income(&actor).await),
            ];
            assert_eq!(found, expected, "{role:?}");
        }
        let helper = colleague(&m, &m.buyer, Finance).await;
        let id = helper.user_id().unwrap();
        m.app.change_member(&m.buyer, id, Finance, vec![Right::OrderPlace], false).await.unwrap();
        let helper = sign_in(&m.app, &helper.member().unwrap().email).await;
        assert_eq!(code(m.app.place_order(&helper, m.wish(m.monthly())).await), "ok", "a further right counts");
    }

    async fn members_of_others_do_not_exist_and_the_owner_stays_owner(m) {
        let finance = colleague(&m, &m.buyer, MemberRole::Finance).await;
        let id = finance.user_id().unwrap();
        assert_eq!(code(m.app.change_member(&m.stranger, id, MemberRole::ReadOnly, vec![], true).await), "not-found");
        let operator = m.operator.user_id().unwrap();
        assert_eq!(code(m.app.change_member(&m.buyer, operator, MemberRole::ReadOnly, vec![], true).await), "not-found");
        let owner = m.buyer.user_id().unwrap();
        assert_eq!(code(m.app.change_member(&m.buyer, owner, MemberRole::ReadOnly, vec![], false).await), "owner-unchangeable");
        assert_eq!(code(m.app.change_member(&m.buyer, owner, MemberRole::Owner, vec![], true).await), "owner-unchangeable");
        assert_eq!(code(m.app.change_member(&m.buyer, id, MemberRole::Owner, vec![], false).await), "owner-unchangeable");
        assert_eq!(code(m.app.invite_member(&m.buyer, "第二", "second@corp.example", MemberRole::Owner).await), "invalid-fields");
        assert_eq!(code(m.app.change_member(&finance, id, MemberRole::Administrator, vec![], false).await), "forbidden");
        assert_eq!(m.app.members(&m.stranger).await.unwrap().len(), 1, "nobody sees the others");
        m.app.change_setting(&m.operator, "identity.sub_users_max", 1).await.unwrap();
        let full = m.app.invite_member(&m.buyer, "第三", "third@corp.example", MemberRole::Finance).await;
        assert_eq!(code(full), "sub-users-max");
    }

    async fn what_each_operator_role_may_do(m) {
        use OperatorRole::*;
        let buyer = m.buyer.member().unwrap().organisation_id.clone();
        let frozen = m.buy_a_month().await.instance_id.unwrap();
        // Role, then: read, review, organisations, money, jobs, freeze, settings, operators, audit.
        let table = [
            (OpsAgent, [true, false, false, false, true, false, false, false, false]),
            (OpsManager, [true, true, true, false, true, true, false, false, true]),
            (ProgrammeReviewer1, [true, false, false, false, false, false, false, false, false]),
            (ProgrammeReviewer2, [true, false, false, false, false, false, false, false, false]),
            (Finance, [true, false, false, true, false, false, false, false, false]),
            (FinanceApprover, [true, false, false, true, false, false, false, false, false]),
            (Auditor, [true, false, false, false, false, false, false, false, true]),
            (Admin, [true, true, true, true, true, true, true, true, true]),
        ];
        for (role, expected) in table {
            let email = format!("{}@market.example", role.code().to_lowercase());
            m.app.create_operator(&m.operator, "同事", &email, PASSWORD, role).await.unwrap();
            let actor = sign_in(&m.app, &email).await;
            let found = [
                allowed(m.app.jobs(&actor, JobFilter::default(), PageRequest::default()).await),
                allowed(m.app.change_product_state(&actor, "prd_unknown", ProductAction::Suspend, "原因").await),
                allowed(m.app.decide_organisation(&actor, &buyer, OrganisationDecision::Partner(false), "no contract").await),
                allowed(m.app.decide_top_up(&actor, "top_unknown", true).await),
                allowed(m.app.restart_job(&actor, "job_unknown").await),
                allowed(m.app.freeze_for_violation(&actor, &frozen, true, "违规").await),
                allowed(m.app.change_setting(&actor, "review.sla_days", 4).await),
                allowed(m.app.change_operator(&actor, "usr_unknown", Auditor, false).await),
                allowed(m.app.verify_audit(&actor).await),
            ];
            assert_eq!(found, expected, "{role:?}");
            assert_eq!(code(m.app.place_order(&actor, m.wish(m.monthly())).await), "forbidden", "operators do not buy");
        }
        let own = m.operator.user_id().unwrap();
        assert_eq!(code(m.app.change_operator(&m.operator, own, Auditor, true).await), "not-yourself");
        for actor in [&m.buyer, &m.seller] {
            let hidden = m.app.jobs(actor, JobFilter::default(), PageRequest::default()).await;
            assert_eq!(code(hidden), "not-found", "members do not learn that there is an operator's console");
        }
        assert_eq!(code(m.app.jobs(&Actor::Visitor, JobFilter::default(), PageRequest::default()).await), "not-signed-in");
        m.check_books().await;
    }

    async fn an_operator_who_left_is_out(m) {
        m.app.create_operator(&m.operator, "同事", "leaver@market.example", PASSWORD, OperatorRole::Auditor).await.unwrap();
        let token = m.app.log_in("leaver@market.example", PASSWORD, "test").await.unwrap();
        let id = m.app.session(&token).await.unwrap().unwrap().actor.user_id().unwrap().to_owned();
        assert_eq!(code(m.app.change_operator(&m.operator, m.buyer.user_id().unwrap(), OperatorRole::Admin, false).await), "not-found");
        m.app.change_operator(&m.operator, &id, OperatorRole::Auditor, true).await.unwrap();
        assert!(m.app.session(&token).await.unwrap().is_none());
        assert_eq!(code(m.app.log_in("leaver@market.example", PASSWORD, "test").await), "login-failed");
    }

    async fn api_tokens_act_for_their_user_until_revoked(m) {
        let token = m.app.create_token(&m.buyer, "集成").await.unwrap();
        let actor = m.app.actor_by_token(&token).await.unwrap().unwrap();
        assert_eq!(actor.user_id(), m.buyer.user_id());
        assert!(m.app.actor_by_token("yf_made_up").await.unwrap().is_none());
        let id = m.app.tokens(&m.buyer).await.unwrap().remove(0).id;
        assert!(m.app.tokens(&m.stranger).await.unwrap().is_empty());
        assert_eq!(code(m.app.revoke_token(&m.stranger, &id).await), "not-found");
        m.app.revoke_token(&m.buyer, &id).await.unwrap();
        assert!(m.app.actor_by_token(&token).await.unwrap().is_none());
        assert_eq!(code(m.app.revoke_token(&m.buyer, &id).await), "not-found", "once is enough");
        assert_eq!(code(m.app.create_token(&m.buyer, "  ").await), "invalid-fields");
        let kept = m.db.read(|tx| tx.all("select token_hash from api_token", &[], |row| row.text())).await;
        let kept: Vec<String> = kept.map_err(|e: StoreError| e.to_string()).unwrap();
        assert!(!kept.is_empty() && kept.iter().all(|hash| !hash.contains(&token)), "only its hash is kept");
    }

    async fn a_revealed_access_key_leaves_a_trace(m) {
        let key = m.app.access_keys(&m.seller).await.unwrap().remove(0);
        assert!(!key.cipher.contains(testkit::ACCESS_KEY), "encrypted at rest");
        assert_eq!(m.app.reveal_access_key(&m.seller, &key.id).await.unwrap(), testkit::ACCESS_KEY);
        let trace = audit_of(&m, "key.revealed").await;
        assert_eq!(trace.len(), 1);
        assert_eq!((trace[0].actor_id.as_str(), trace[0].subject_id.as_str()), (m.seller.user_id().unwrap(), key.id.as_str()));
        assert!(trace.iter().all(|e| !e.detail.contains(testkit::ACCESS_KEY)));
        assert_eq!(code(m.app.reveal_access_key(&m.buyer, &key.id).await), "forbidden", "not a seller");
        let other = m.stranger.member().unwrap().organisation_id.clone();
        m.app.decide_organisation(&m.operator, &other, OrganisationDecision::Seller(SellerState::Active), "").await.unwrap();
        let other = sign_in(&m.app, "other@else.example").await;
        assert_eq!(code(m.app.reveal_access_key(&other, &key.id).await), "not-found");
        assert_eq!(code(m.app.enable_access_key(&other, &key.id, false).await), "not-found");
        assert_eq!(audit_of(&m, "key.revealed").await.len(), 1);
    }

    async fn a_frozen_organisation_looks_but_does_not_buy(m) {
        let id = m.buyer.member().unwrap().organisation_id.clone();
        m.app.decide_organisation(&m.operator, &id, OrganisationDecision::Freeze(true), "unpaid fees").await.unwrap();
        let buyer = sign_in(&m.app, "buyer@corp.example").await;
        assert_eq!(code(m.app.place_order(&buyer, m.wish(m.monthly())).await), "organisation-frozen");
        assert!(m.app.balance(&buyer).await.is_ok());
        assert_eq!(code(m.app.decide_organisation(&m.buyer, &id, OrganisationDecision::Freeze(false), "").await), "not-found");
        let by_operator = audit_of(&m, "organisation.decided").await;
        assert!(by_operator.iter().any(|e| e.subject_id == id && e.actor_id == m.operator.user_id().unwrap()));
    }

    async fn the_profile_of_an_organisation_is_checked(m) {
        let change = |text: &str| OrganisationChange {
            name: Localized::new("示例商家", "Shop"),
            profile: Localized::new(text, ""),
            ..OrganisationChange::default()
        };
        assert_eq!(code(m.app.save_own_organisation(&m.seller, change("请访问 https://x.example")).await), "invalid-fields");
        assert_eq!(code(m.app.save_own_organisation(&m.seller, change("专注企业软件")).await), "ok");
        assert_eq!(m.app.own_organisation(&m.seller).await.unwrap().profile.zh, "专注企业软件");
    }

    async fn somebody_sees_the_audit_log_of_his_own_organisation_only(m) {
        m.buy_a_month().await;
        let page = || PageRequest { limit: 200, ..PageRequest::default() };
        let own = m.app.audit(&m.buyer, AuditFilter::default(), page()).await.unwrap().items;
        let id = &m.buyer.member().unwrap().organisation_id;
        assert!(own.len() > 3 && own.iter().all(|e| e.chain == *id));
        let foreign = AuditFilter { chain: Some("platform".into()), ..AuditFilter::default() };
        let still_own = m.app.audit(&m.buyer, foreign, page()).await.unwrap().items;
        assert!(still_own.iter().all(|e| e.chain == *id));
        let finance = colleague(&m, &m.buyer, MemberRole::Finance).await;
        assert_eq!(code(m.app.audit(&finance, AuditFilter::default(), page()).await), "forbidden");
        let agent = "agent@market.example";
        m.app.create_operator(&m.operator, "客服", agent, PASSWORD, OperatorRole::OpsAgent).await.unwrap();
        assert_eq!(code(m.app.audit(&sign_in(&m.app, agent).await, AuditFilter::default(), page()).await), "forbidden");
    }

    async fn twenty_acts_at_once_make_one_unbroken_chain(m) {
        let acts: Vec<_> = (0..20)
            .map(|n| {
                let (app, buyer, wish) = (m.app.clone(), m.buyer.clone(), m.wish(m.monthly()));
                tokio::spawn(async move {
                    if n % 2 == 0 { app.place_order(&buyer, wish).await.map(|_| ()) } else { app.create_token(&buyer, "x").await.map(|_| ()) }
                })
            })
            .collect();
        for act in acts {
            act.await.unwrap().unwrap();
        }
        let chain = m.buyer.member().unwrap().organisation_id.clone();
        let filter = AuditFilter { chain: Some(chain), ..AuditFilter::default() };
        let entries = m.app.audit(&m.operator, filter, PageRequest { limit: 200, ..PageRequest::default() }).await.unwrap().items;
        let count = |action: &str| entries.iter().filter(|e| e.action == action).count();
        assert_eq!((count("order.placed"), count("token.created")), (10, 10), "nothing is lost, nothing twice");
        let mut numbers: Vec<i64> = entries.iter().map(|e| e.seq).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=entries.len() as i64).collect::<Vec<_>>());
        m.check_books().await;
    }

    async fn tampering_with_the_audit_log_is_noticed(m) {
        m.allow_tampering().await;
        m.buy_a_month().await;
        m.check_books().await;
        let chain = m.buyer.member().unwrap().organisation_id.clone();
        let digest = m.app.verify_audit(&m.operator).await.unwrap().digest;
        let statements = [
            ("update audit_entry set detail = '{}' where chain = $1 and seq = 3", "entry was changed"),
            ("update audit_entry set actor_name = 'x' where chain = $1 and seq = 3", "entry was changed"),
            ("update audit_entry set at = at + 1 where chain = $1 and seq = 3", "entry was changed"),
            ("delete from audit_entry where chain = $1 and seq = 3", "missing entry"),
            ("delete from audit_entry where chain = $1 and seq = 1", "missing entry"),
            ("delete from audit_entry where chain = $1 and seq = (select last_seq from audit_chain where chain = $1)", "the end of the chain is missing"),
            ("update audit_entry set seq = case seq when 3 then -4 when 4 then -3 end where chain = $1 and seq in (3, 4)", "missing entry"),
            ("delete from audit_chain where chain = $1", "the chain has no head"),
        ];
        for (sql, reason) in statements {
            let kept = copy(&m, &chain).await;
            execute(&m, sql, &chain).await;
            if sql.contains("case seq") {
                // Two entries change places.
                execute(&m, "update audit_entry set seq = -seq where chain = $1 and seq < 0", &chain).await;
            }
            let found = m.app.verify_audit(&m.operator).await.unwrap();
            assert_eq!(found.breaks.len(), 1, "{sql}");
            let expected = if sql.contains("case seq") { "previous hash differs" } else { reason };
            assert_eq!((found.breaks[0].chain.as_str(), found.breaks[0].reason), (chain.as_str(), expected), "{sql}");
            restore(&m, &chain, kept).await;
            let whole = m.app.verify_audit(&m.operator).await.unwrap();
            assert_eq!((whole.breaks, &whole.digest), (vec![], &digest));
        }
    }

    async fn a_log_replaced_as_a_whole_has_another_digest(m) {
        let before = m.app.verify_audit(&m.operator).await.unwrap().digest;
        m.app.create_token(&m.buyer, "x").await.unwrap();
        assert_ne!(m.app.verify_audit(&m.operator).await.unwrap().digest, before);
    }
}

type Entries = (Vec<store::audit::AuditEntry>, (i64, String));

async fn copy(m: &TestMarket, chain: &str) -> Entries {
    let chain = chain.to_owned();
    m.db.read(move |tx| {
        let filter = AuditFilter { chain: Some(chain.clone()), ..AuditFilter::default() };
        let page = PageRequest { limit: 200, ..PageRequest::default() };
        let entries = store::audit::list(tx, &filter, &page)?.items;
        let head =
            tx.first("select last_seq, last_hash from audit_chain where chain = $1", params![&chain], |row| {
                Ok((row.int()?, row.text()?))
            })?;
        Ok::<_, StoreError>((entries, head.unwrap()))
    })
    .await
    .unwrap()
}

async fn restore(m: &TestMarket, chain: &str, (entries, head): Entries) {
    let chain = chain.to_owned();
    m.db.write(move |tx| {
        tx.execute("delete from audit_entry where chain = $1", params![&chain])?;
        tx.execute("delete from audit_chain where chain = $1", params![&chain])?;
        tx.execute("insert into audit_chain (chain, last_seq, last_hash) values ($1, $2, $3)", params![&chain, head.0, &head.1])?;
        for e in &entries {
            tx.execute(
                "insert into audit_entry (chain, seq, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, detail, prev_hash, hash) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)",
                params![&e.chain, e.seq, e.at, &e.actor_kind, &e.actor_id, &e.actor_name, &e.action, &e.subject_kind, &e.subject_id, &e.detail, &e.prev_hash, &e.hash],
            )?;
        }
        Ok::<_, StoreError>(())
    })
    .await
    .unwrap();
}

async fn execute(m: &TestMarket, sql: &'static str, chain: &str) {
    let chain = chain.to_owned();
    let changed = m.db.write(move |tx| tx.execute(sql, params![&chain])).await;
    assert!(changed.map_err(|e: StoreError| e.to_string()).unwrap() > 0, "{sql}");
}

/// The same with the tools of somebody who has the file: no program of ours is asked.
#[tokio::test(flavor = "multi_thread")]
async fn tampering_with_the_file_is_noticed() {
    let m = TestMarket::open(On::Sqlite).await;
    m.top_up(&m.stranger, "5").await;
    m.check_books().await;
    let file = m.db.sqlite().unwrap().path();
    let chain = m.stranger.member().unwrap().organisation_id.clone();
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.execute_batch("drop trigger audit_entry_no_update").unwrap();
    let changed = connection
        .execute("update audit_entry set subject_id = 'x' where chain = ?1 and seq = 2", rusqlite::params![chain])
        .unwrap();
    assert_eq!(changed, 1);
    let breaks = m.app.verify_audit(&m.operator).await.unwrap().breaks;
    assert_eq!((breaks.len(), breaks[0].seq), (1, 2));
    assert_eq!(m.app.balance(&m.stranger).await.unwrap(), cny("5"));
}
