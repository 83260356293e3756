//! What the market writes to people: in their language, as text and as HTML, and why.

use crate::accounts::{audit_of, code};
use app::identity::OrganisationDecision;
use app::mails::html_of;
use app::{Actor, PageRequest};
use domain::access::MemberRole;
use domain::identity::SellerState;
use domain::text::Language;
use domain::time::MINUTE;
use store::messages::Mail;
use testkit::{TestMarket, on_both};

async fn mails_to(m: &TestMarket, recipient: &str) -> Vec<Mail> {
    let page = PageRequest { limit: 200, ..PageRequest::default() };
    m.app.mails(&m.operator, None, Some(recipient.to_owned()), page).await.unwrap().items
}

async fn newest_to(m: &TestMarket, recipient: &str, part: &str) -> (Mail, String) {
    let all = mails_to(m, recipient).await;
    let found = all.iter().find(|mail| mail.subject.contains(part));
    let mail =
        found.unwrap_or_else(|| panic!("{part}: {:?}", all.iter().map(|m| &m.subject).collect::<Vec<_>>())).clone();
    let html = html_of(&mail).unwrap().unwrap();
    (mail, html)
}

async fn newest_message(m: &TestMarket, actor: &Actor, language: Language) -> String {
    let message = m.app.messages(actor, false, PageRequest::default()).await.unwrap().items.remove(0);
    app::messages::worded(m.app.words(), language, &message.kind, &message.arguments)
}

on_both! {
    async fn everybody_is_written_to_in_his_language(m) {
        m.app.set_language(&m.seller, Language::En).await.unwrap();
        m.buy_a_month().await;
        let (mail, html) = newest_to(&m, "seller@shop.example", "New paid order").await;
        assert!(mail.subject.starts_with("[测试市场] New paid order: Cloud CRM"), "{}", mail.subject);
        for form in [&mail.body, &html] {
            for part in ["Cloud CRM", "http://market.test/seller/orders/ord_", "Open the order", "because you are the owner of Test at 测试市场"] {
                assert!(form.contains(part), "{part}: {form}");
            }
            assert!(!form.contains("云上客户管理系统"), "one language only: {form}");
        }
        let (mail, html) = newest_to(&m, "buyer@corp.example", "服务已开通").await;
        for form in [&mail.body, &html] {
            for part in ["云上客户管理系统", "/buyer/services/ins_", "查看服务", "示例买家有限公司"] {
                assert!(form.contains(part), "{part}: {form}");
            }
        }
        assert!(html.contains("lang=\"zh-CN\"") && html.matches("<a ").count() == 1, "one button: {html}");
    }

    async fn an_invitation_says_who_invites_to_what(m) {
        m.app.set_language(&m.buyer, Language::En).await.unwrap();
        m.app.invite_member(&m.buyer, "New <b>Colleague</b>", "new@corp.example", MemberRole::Finance).await.unwrap();
        let (mail, html) = newest_to(&m, "new@corp.example", "has invited you to Test").await;
        for form in [&mail.body, &html] {
            assert!(form.contains("测试用户 of Test entered your address"), "{form}");
            assert!(form.contains("/reset?token=••••"), "operators do not see the token: {form}");
        }
        assert!(html.contains("New &lt;b&gt;Colleague") && !html.contains("<b>"), "{html}");
        m.work().await;
        let (mail, _) = newest_to(&m, "new@corp.example", "has invited you").await;
        assert_eq!((mail.state.as_str(), mail.error.as_str()), ("KEPT", ""));
    }

    async fn a_name_with_line_breaks_adds_no_header(m) {
        let name = "Boss\r\nBcc: thief@x.example";
        m.app.rename(&m.buyer, name).await.unwrap();
        let boss = testkit::sign_in(&m.app, "buyer@corp.example").await;
        m.app.invite_member(&boss, "同事", "new@corp.example", MemberRole::Finance).await.unwrap();
        let (mail, _) = newest_to(&m, "new@corp.example", "Boss").await;
        assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
        for address in ["a@b.example\r\nBcc: thief@x.example", "A <a@b.example>", "a@b.example,c@d.example"] {
            let invited = m.app.invite_member(&boss, "同事", address, MemberRole::Finance).await;
            assert_eq!(code(invited), "invalid-fields", "{address:?}");
        }
    }

    async fn adverse_decisions_give_their_reason(m) {
        let id = m.stranger.member().unwrap().organisation_id.clone();
        let adverse = [
            OrganisationDecision::RejectVerification,
            OrganisationDecision::Seller(SellerState::None),
            OrganisationDecision::Partner(false),
            OrganisationDecision::Freeze(true),
        ];
        for decision in adverse {
            assert_eq!(code(m.app.decide_organisation(&m.operator, &id, decision, "  ").await), "invalid-fields");
        }
        m.work().await;
        m.clock.advance(MINUTE);
        let before = audit_of(&m, "organisation.decided").await.len();
        m.app.decide_organisation(&m.operator, &id, OrganisationDecision::Freeze(true), " 欠费 <b>三个月</b> ").await.unwrap();
        let kept = audit_of(&m, "organisation.decided").await;
        assert_eq!(kept.len(), before + 1);
        let reasons = kept.iter().filter(|e| e.detail.contains(r#""reason":"欠费 <b>三个月</b>""#));
        assert_eq!(reasons.map(|e| e.subject_id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
        let told = newest_message(&m, &m.stranger, Language::Zh).await;
        assert_eq!(told, "贵企业已被冻结。原因：欠费 <b>三个月</b>");
        m.work().await;
        let (mail, html) = newest_to(&m, "other@else.example", "审核有新结果").await;
        assert!(mail.body.contains("贵企业已被冻结。原因：欠费"), "{}", mail.body);
        assert!(html.contains("欠费 &lt;b&gt;三个月"), "{html}");
        m.clock.advance(MINUTE);
        m.app.decide_organisation(&m.operator, &id, OrganisationDecision::Freeze(false), "").await.unwrap();
        assert_eq!(newest_message(&m, &m.stranger, Language::En).await, "Your organisation is no longer frozen.");
    }

    async fn every_decision_has_its_words(m) {
        let states = SellerState::ALL.iter().map(|s| OrganisationDecision::Seller(*s));
        let others = [
            OrganisationDecision::Verify,
            OrganisationDecision::RejectVerification,
            OrganisationDecision::Partner(true),
            OrganisationDecision::Partner(false),
            OrganisationDecision::Freeze(true),
            OrganisationDecision::Freeze(false),
            OrganisationDecision::Sandbox,
        ];
        let plain = |language| app::messages::worded(m.app.words(), language, "organisation-decided", "{}");
        for decision in states.chain(others) {
            for language in [Language::Zh, Language::En] {
                let json = format!(r#"{{"decision":"{}","has_reason":"0"}}"#, decision.code());
                let said = app::messages::worded(m.app.words(), language, "organisation-decided", &json);
                assert!(!said.is_empty() && said != plain(language), "{} in {language:?}: {said}", decision.code());
            }
        }
    }
}
