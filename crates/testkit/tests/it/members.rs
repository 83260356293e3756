//! Sub-users: what narrows them, what groups give them, and that nobody gives what he has not.

use crate::accounts::{code, colleague};
use crate::faults::{calls_of, pay_a_month_of, product_at};
use app::ordering::Side;
use app::{Actor, PageRequest};
use domain::access::{MemberRole, Right};
use domain::membership::GROUPS_MAX;
use domain::ordering::order::PaymentProvider;
use store::audit::AuditFilter;
use store::catalogue::{ApplicationFilter, ProductFilter};
use store::fulfilment::{CallFilter, InstanceFilter};
use store::ordering::{Order, OrderFilter};
use testkit::{TestMarket, cny, on_both, sign_in};

fn everything() -> PageRequest {
    PageRequest { limit: 200, ..PageRequest::default() }
}

async fn again(m: &TestMarket, actor: &Actor) -> Actor {
    sign_in(&m.app, &actor.member().unwrap().email).await
}

/// An administrator of the seller who reaches these products only.
pub(crate) async fn narrowed(m: &TestMarket, role: MemberRole, products: &[&str]) -> Actor {
    let member = colleague(m, &m.seller, role).await;
    let products = products.iter().map(|p| (*p).to_owned()).collect();
    m.app.authorise_member(&m.seller, member.user_id().unwrap(), products, false).await.unwrap();
    again(m, &member).await
}

/// One delivered order of the market's product and one of another product of the same seller.
struct Two {
    other: String,
    mine: Order,
    theirs: Order,
}

async fn two_products(m: &TestMarket) -> Two {
    let other = product_at(m, &m.server.production_address()).await;
    let mine = m.buy_a_month().await;
    let theirs = pay_a_month_of(m, &other).await;
    m.work().await;
    Two { theirs: m.order(&theirs.id).await, other, mine }
}

async fn hrefs(m: &TestMarket, actor: &Actor) -> Vec<String> {
    let found = m.app.messages(actor, false, everything()).await.unwrap();
    found.items.into_iter().map(|message| message.href).collect()
}

on_both! {
    async fn lists_of_a_narrowed_member_show_his_products_only(m) {
        let two = two_products(&m).await;
        for product in [&m.product_id, &two.other] {
            m.app.begin_modification(&m.seller, product).await.unwrap();
        }
        let member = narrowed(&m, MemberRole::Administrator, &[&m.product_id]).await;
        for (who, count) in [(&m.seller, 2), (&member, 1)] {
            let products = m.app.own_products(who, ProductFilter::default(), everything()).await.unwrap().items;
            let orders = m.app.orders(who, Side::Seller, OrderFilter::default(), everything()).await.unwrap().items;
            let services = m.app.instances(who, Side::Seller, InstanceFilter::default(), everything()).await.unwrap().items;
            let modified = ApplicationFilter { state: Some("DRAFT".into()), ..ApplicationFilter::default() };
            let drafts = m.app.own_applications(who, modified, everything()).await.unwrap().items;
            assert_eq!([products.len(), orders.len(), services.len(), drafts.len()], [count; 4]);
            let calls = m.app.calls(who, Side::Seller, CallFilter::default(), everything()).await.unwrap().items;
            let about: std::collections::BTreeSet<&str> = calls.iter().map(|c| c.instance_id.as_str()).collect();
            assert_eq!(about.len(), count, "calls");
            let overview = m.app.seller_overview(who).await.unwrap();
            let sum = |counts: &app::statistics::Counts| counts.iter().map(|(_, n)| *n).sum::<i64>();
            let figures = [sum(&overview.products), sum(&overview.orders), sum(&overview.applications)];
            assert_eq!(figures, [count as i64; 3], "figures of the overview");
            assert_eq!(overview.days.iter().map(|(_, orders, _)| *orders).sum::<i64>(), count as i64);
        }
        // Asking for the other product by name gives his own ones.
        let filter = OrderFilter { products: vec![two.other.clone()], ..OrderFilter::default() };
        let found = m.app.orders(&member, Side::Seller, filter, everything()).await.unwrap().items;
        assert!(found.iter().all(|order| order.product_id == m.product_id), "{found:?}");
    }

    async fn income_of_a_narrowed_member_is_of_his_products(m) {
        let two = two_products(&m).await;
        let member = narrowed(&m, MemberRole::Finance, &[&two.other]).await;
        let whole = m.app.income(&m.seller).await.unwrap();
        let part = m.app.income(&member).await.unwrap();
        assert!(part.is_positive());
        assert_eq!(part.plus(part).unwrap(), whole, "both products cost the same");
        let lines = m.app.income_statement(&member, everything()).await.unwrap().items;
        assert!(!lines.is_empty());
        assert!(lines.iter().all(|line| line.order_id.as_deref() == Some(two.theirs.id.as_str())), "{lines:?}");
        let all = m.app.income_statement(&m.seller, everything()).await.unwrap().items;
        assert!(all.iter().any(|line| line.order_id.as_deref() == Some(two.mine.id.as_str())));
        // Page by page nothing else comes to light.
        let one = PageRequest { limit: 1, ..PageRequest::default() };
        let next = m.app.income_statement(&member, one).await.unwrap().next;
        let rest = PageRequest { cursor: next, limit: 200, ..PageRequest::default() };
        for line in m.app.income_statement(&member, rest).await.unwrap().items {
            assert_eq!(line.order_id.as_deref(), Some(two.theirs.id.as_str()));
        }
    }

    async fn what_is_outside_does_not_exist_by_id(m) {
        let two = two_products(&m).await;
        let call = calls_of(&m, &two.theirs).await.remove(0);
        let draft = m.app.begin_modification(&m.seller, &two.other).await.unwrap();
        let content = m.app.application(&m.seller, &draft).await.unwrap().application.content;
        let service = two.theirs.instance_id.clone().unwrap();
        let member = narrowed(&m, MemberRole::Administrator, &[&m.product_id]).await;
        let outside = [
            code(m.app.own_product(&member, &two.other).await),
            code(m.app.begin_modification(&member, &two.other).await),
            code(m.app.ask_delist(&member, &two.other, "不再销售了").await),
            code(m.app.application(&member, &draft).await),
            code(m.app.save_draft(&member, &draft, content, None).await),
            code(m.app.submit_application(&member, &draft).await),
            code(m.app.withdraw_application(&member, &draft, true).await),
            code(m.app.order(&member, Side::Seller, &two.theirs.id).await),
            code(m.app.instance(&member, Side::Seller, &service).await),
            code(m.app.call(&member, Side::Seller, &call.id).await),
            code(m.app.restart_call(&member, Side::Seller, &call.id).await),
        ];
        assert!(outside.iter().all(|code| code == "not-found"), "{outside:?}");
        let mine = calls_of(&m, &two.mine).await.remove(0);
        let inside = [
            code(m.app.own_product(&member, &m.product_id).await),
            code(m.app.order(&member, Side::Seller, &two.mine.id).await),
            code(m.app.instance(&member, Side::Seller, &two.mine.instance_id.clone().unwrap()).await),
            code(m.app.call(&member, Side::Seller, &mine.id).await),
            code(m.app.begin_modification(&member, &m.product_id).await),
        ];
        assert!(inside.iter().all(|code| code == "ok"), "{inside:?}");
        assert_eq!(m.app.application(&m.seller, &draft).await.unwrap().application.state.code(), "DRAFT");
    }

    async fn what_is_over_all_products_is_not_for_who_is_narrowed(m) {
        let key = m.app.access_keys(&m.seller).await.unwrap().remove(0);
        let content = m.app.product_view(&m.product_id).await.unwrap().product.content.clone();
        let member = narrowed(&m, MemberRole::Administrator, &[&m.product_id]).await;
        assert!(!member.member().unwrap().has(Right::KeyManage), "pages and the API ask the same rule");
        let refused = [
            code(m.app.access_keys(&member).await),
            code(m.app.add_access_key(&member).await),
            code(m.app.reveal_access_key(&member, &key.id).await),
            code(m.app.enable_access_key(&member, &key.id, false).await),
            code(m.app.audit(&member, AuditFilter::default(), everything()).await),
        ];
        assert!(refused.iter().all(|code| code == "forbidden"), "{refused:?}");
        assert_eq!(code(m.app.create_product(&member, content.clone()).await), "narrowed-to-products");
        m.app.authorise_member(&m.seller, member.user_id().unwrap(), vec![], false).await.unwrap();
        let whole = again(&m, &member).await;
        assert_eq!(code(m.app.access_keys(&whole).await), "ok");
        assert_eq!(code(m.app.create_product(&whole, content).await), "ok", "an empty list is every product");
    }

    async fn messages_about_other_products_do_not_reach_him(m) {
        let two = two_products(&m).await;
        let draft = m.app.begin_modification(&m.seller, &two.other).await.unwrap();
        m.app.submit_application(&m.seller, &draft).await.unwrap();
        m.app.decide_application(&m.operator, &draft, false, "图片不清晰").await.unwrap();
        let reason = "价格有误";
        let suspend = domain::catalogue::product::ProductAction::Suspend;
        m.app.change_product_state(&m.operator, &two.other, suspend, reason).await.unwrap();
        let member = narrowed(&m, MemberRole::ProductManager, &[&m.product_id]).await;
        let (all, his) = (hrefs(&m, &m.seller).await, hrefs(&m, &member).await);
        for outside in [&two.theirs.id, &draft, &two.other] {
            assert!(all.iter().any(|href| href.ends_with(outside.as_str())), "{all:?}");
            assert!(!his.iter().any(|href| href.ends_with(outside.as_str())), "{his:?}");
        }
        assert!(his.contains(&format!("/seller/orders/{}", two.mine.id)));
        let foreign = m.app.messages(&m.seller, true, everything()).await.unwrap().items;
        let unread = m.app.unread(&m.seller).await.unwrap();
        assert!(m.app.unread(&member).await.unwrap() < unread);
        let foreign = foreign.into_iter().find(|message| message.href.ends_with(&two.other)).unwrap();
        assert_eq!(code(m.app.mark_read(&member, Some(foreign.id)).await), "not-found");
        assert_eq!(m.app.unread(&m.seller).await.unwrap(), unread, "he cannot mark what he does not see");
        m.app.mark_read(&member, None).await.unwrap();
        assert_eq!(m.app.unread(&member).await.unwrap(), 0);
        assert!(m.app.unread(&m.seller).await.unwrap() > 0);
    }

    async fn who_is_narrowed_widens_nobody(m) {
        let other = product_at(&m, &m.server.production_address()).await;
        let member = narrowed(&m, MemberRole::Administrator, &[&m.product_id]).await;
        let whole = colleague(&m, &m.seller, MemberRole::ReadOnly).await;
        let (own, id) = (member.user_id().unwrap(), whole.user_id().unwrap());
        let mine = vec![m.product_id.clone()];
        assert_eq!(code(m.app.authorise_member(&member, own, vec![], false).await), "not-yourself");
        assert_eq!(code(m.app.authorise_member(&member, id, mine.clone(), false).await), "products-not-yours", "not his to narrow");
        assert_eq!(code(m.app.change_member(&member, id, MemberRole::ReadOnly, vec![], true).await), "products-not-yours");
        m.app.invite_member(&member, "新同事", "narrow@shop.example", MemberRole::ReadOnly).await.unwrap();
        let invited = m.app.members(&m.seller).await.unwrap().into_iter().find(|u| u.email == "narrow@shop.example").unwrap();
        assert_eq!(invited.products, mine, "whom he invites reaches what he reaches");
        for products in [vec![], vec![other.clone()], vec![m.product_id.clone(), other.clone()]] {
            assert_eq!(code(m.app.authorise_member(&member, &invited.id, products, false).await), "products-not-yours");
        }
        assert_eq!(code(m.app.authorise_member(&member, &invited.id, mine, false).await), "ok");
        // Products of somebody else, or none at all, are unknown.
        let unknown = m.app.authorise_member(&m.seller, &invited.id, vec!["prd_unknown".into()], false).await;
        assert_eq!(code(unknown), "invalid-fields");
        assert_eq!(code(m.app.authorise_member(&m.buyer, &invited.id, vec![], false).await), "not-found");
    }

    async fn nobody_changes_who_holds_more_than_he(m) {
        let helper = colleague(&m, &m.buyer, MemberRole::Purchaser).await;
        let admin = colleague(&m, &m.buyer, MemberRole::Administrator).await;
        m.app.change_member(&m.buyer, helper.user_id().unwrap(), MemberRole::Purchaser, vec![Right::UserManage], false).await.unwrap();
        let helper = again(&m, &helper).await;
        let id = admin.user_id().unwrap();
        assert_eq!(code(m.app.change_member(&helper, id, MemberRole::ReadOnly, vec![], true).await), "right-not-yours");
        assert_eq!(code(m.app.authorise_member(&helper, id, vec![], false).await), "right-not-yours");
        assert_eq!(code(m.app.invite_member(&helper, "财务", "f@corp.example", MemberRole::Finance).await), "right-not-yours");
        assert_eq!(code(m.app.change_member(&admin, id, MemberRole::Administrator, vec![], false).await), "not-yourself");
        assert_eq!(code(m.app.change_member(&admin, helper.user_id().unwrap(), MemberRole::Purchaser, vec![], true).await), "ok");
    }

    async fn tokens_of_a_sub_user_need_programmatic_access(m) {
        let finance = colleague(&m, &m.buyer, MemberRole::Finance).await;
        let admin = colleague(&m, &m.buyer, MemberRole::Administrator).await;
        let token = m.app.create_token(&finance, "报表").await.unwrap();
        let id = finance.user_id().unwrap();
        assert!(m.app.actor_by_token(&token).await.unwrap().is_none());
        assert_eq!(code(m.app.authorise_member(&admin, id, vec![], true).await), "programmatic-owner-only");
        assert!(m.app.actor_by_token(&token).await.unwrap().is_none());
        m.app.authorise_member(&m.buyer, id, vec![], true).await.unwrap();
        let by_token = m.app.actor_by_token(&token).await.unwrap().unwrap();
        assert_eq!(by_token.user_id(), finance.user_id());
        m.app.authorise_member(&admin, id, vec![], true).await.unwrap();
        m.app.authorise_member(&admin, id, vec![], false).await.unwrap();
        assert!(m.app.actor_by_token(&token).await.unwrap().is_none(), "everybody who manages users may switch it off");
        m.app.authorise_member(&m.buyer, id, vec![], true).await.unwrap();
        m.app.change_member(&m.buyer, id, MemberRole::Finance, vec![], true).await.unwrap();
        assert!(m.app.actor_by_token(&token).await.unwrap().is_none(), "a disabled member has no token");
    }

    async fn a_member_holds_what_his_groups_hold(m) {
        let member = colleague(&m, &m.buyer, MemberRole::ReadOnly).await;
        let id = member.user_id().unwrap().to_owned();
        let order = m.app.place_order(&m.buyer, m.wish(m.monthly())).await.unwrap();
        let group = m.app.create_member_group(&m.buyer, " 采购组 ", vec![Right::OrderPlace, Right::OrderPlace]).await.unwrap();
        let pay = || async { code(m.app.pay_order(&again(&m, &member).await, &order.id, PaymentProvider::Balance).await) };
        assert_eq!(pay().await, "forbidden");
        m.app.set_member_groups(&m.buyer, &id, vec![group.clone(), group.clone()]).await.unwrap();
        let (user, groups) = m.app.member(&m.buyer, &id).await.unwrap();
        assert_eq!((user.group_rights.as_slice(), groups.len()), ([Right::OrderPlace].as_slice(), 1));
        m.app.change_member_group(&m.buyer, &group, "采购组", vec![Right::AnalyticsView]).await.unwrap();
        assert_eq!(pay().await, "forbidden", "a right that the group lost");
        m.app.change_member_group(&m.buyer, &group, "采购组", vec![Right::OrderPlace]).await.unwrap();
        assert_eq!(pay().await, "ok");
        assert_eq!(m.app.members(&again(&m, &member).await).await.map(|_| ()).unwrap_err().code(), "forbidden");
        // The role can change: what the groups give stays.
        m.app.change_member(&m.buyer, &id, MemberRole::Finance, vec![], false).await.unwrap();
        assert!(again(&m, &member).await.member().unwrap().has(Right::OrderPlace));
        m.app.delete_member_group(&m.buyer, &group).await.unwrap();
        assert!(!again(&m, &member).await.member().unwrap().has(Right::OrderPlace));
        assert!(m.app.member_groups(&m.buyer).await.unwrap().is_empty());
        assert_eq!(m.app.balance(&m.buyer).await.unwrap(), cny("99900"));
    }

    async fn groups_belong_to_their_organisation_and_give_nothing_new(m) {
        let group = m.app.create_member_group(&m.buyer, "采购组", vec![Right::OrderPlace]).await.unwrap();
        let foreign = [
            code(m.app.change_member_group(&m.seller, &group, "x", vec![]).await),
            code(m.app.delete_member_group(&m.seller, &group).await),
        ];
        assert_eq!(foreign, ["not-found", "not-found"]);
        assert!(m.app.member_groups(&m.seller).await.unwrap().is_empty());
        let member = colleague(&m, &m.seller, MemberRole::ReadOnly).await;
        let id = member.user_id().unwrap();
        assert_eq!(code(m.app.set_member_groups(&m.seller, id, vec![group.clone()]).await), "invalid-fields");
        assert_eq!(code(m.app.set_member_groups(&m.buyer, id, vec![group.clone()]).await), "not-found");
        let owner = m.buyer.user_id().unwrap();
        assert_eq!(code(m.app.set_member_groups(&m.buyer, owner, vec![group.clone()]).await), "owner-unchangeable");
        for name in ["采购组", "", &"长".repeat(65)] {
            assert_eq!(code(m.app.create_member_group(&m.buyer, name, vec![]).await), "invalid-fields", "{name}");
        }
        // A manager with few rights neither makes nor changes nor hands out groups with more.
        let helper = colleague(&m, &m.buyer, MemberRole::ReadOnly).await;
        let reader = colleague(&m, &m.buyer, MemberRole::CustomerService).await;
        m.app.change_member(&m.buyer, helper.user_id().unwrap(), MemberRole::ReadOnly, vec![Right::UserManage, Right::QaReply, Right::ReviewReply, Right::TicketHandle], false).await.unwrap();
        let helper = again(&m, &helper).await;
        let beyond = [
            code(m.app.create_member_group(&helper, "夜班", vec![Right::OrderPlace]).await),
            code(m.app.change_member_group(&helper, &group, "采购组", vec![]).await),
            code(m.app.delete_member_group(&helper, &group).await),
            code(m.app.set_member_groups(&helper, reader.user_id().unwrap(), vec![group.clone()]).await),
        ];
        assert!(beyond.iter().all(|code| code == "right-not-yours"), "{beyond:?}");
        let small = m.app.create_member_group(&helper, "夜班", vec![Right::QaReply]).await.unwrap();
        assert_eq!(code(m.app.set_member_groups(&helper, reader.user_id().unwrap(), vec![small]).await), "ok");
        assert_eq!(code(m.app.set_member_groups(&helper, helper.user_id().unwrap(), vec![group]).await), "not-yourself");
        for n in 2..GROUPS_MAX {
            m.app.create_member_group(&m.buyer, &format!("组{n}"), vec![]).await.unwrap();
        }
        assert_eq!(code(m.app.create_member_group(&m.buyer, "多余的组", vec![]).await), "groups-max");
    }
}
