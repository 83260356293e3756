//! A product from the first draft to the end of its sale, and how the shelf follows.

use app::clock::Clock;
use app::secrets::SecretBox;
use app::words::Words;
use app::{Actor, App, AppError, PageRequest, Parts};
use domain::catalogue::content::{Access, ProductContent};
use domain::catalogue::kinds::PeriodType;
use domain::catalogue::product::ProductAction;
use domain::ordering::order::PaymentProvider;
use domain::text::Localized;
use domain::time::DAY;
use gateways::mail::Mailer;
use search::{Language, OpenOptions, ProductIndex, SearchRequest};
use std::sync::Arc;
use store::catalogue::{ApplicationFilter, ProductFilter};
use testkit::{TestMarket, cny, on_both, sample_content};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

fn code<T>(result: Result<T, AppError>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(e) => e.code().to_owned(),
    }
}

fn fields<T: std::fmt::Debug>(result: Result<T, AppError>) -> Vec<String> {
    match result {
        Err(AppError::Invalid(errors)) => errors.iter().map(|e| format!("{} {}", e.field, e.code)).collect(),
        other => panic!("{other:?}"),
    }
}

/// Ids of what a search finds.
fn found(app: &App, text: &str, language: Language) -> Vec<String> {
    let results = app.search(&SearchRequest::new(text, language)).unwrap();
    results.hits.iter().map(|hit| hit.product_id.clone()).collect()
}

async fn picture(m: &TestMarket) -> String {
    m.app.store_picture(&m.seller, "shot.png", PNG.to_vec()).await.unwrap()
}

/// Content with words that no other product has.
async fn warehouse(m: &TestMarket) -> ProductContent {
    let mut content = sample_content(&m.server.production_address(), &picture(m).await);
    content.name.zh = "仓储管理平台".into();
    content.name.en = "Warehouse Planner".into();
    content.summary.zh = "让仓库的收货、拣货与盘点井然有序".into();
    content.summary.en = "Brings order to receiving, picking and counting".into();
    content.tags = vec![Localized::new("仓储", "Warehousing")];
    content
}

/// A product on sale, released through an application; its id.
async fn on_sale(m: &TestMarket, content: ProductContent) -> String {
    let application = m.app.create_product(&m.seller, content).await.unwrap();
    m.app.submit_application(&m.seller, &application).await.unwrap();
    m.app.decide_application(&m.operator, &application, true, "").await.unwrap();
    m.app.follow_shelf().await.unwrap();
    m.app.application(&m.seller, &application).await.unwrap().product.id
}

async fn order_of(m: &TestMarket, product_id: &str) -> Result<store::ordering::Order, AppError> {
    let view = m.app.product_view(product_id).await?;
    let mut wish = m.wish(m.monthly());
    wish.product_id = product_id.to_owned();
    wish.specification_id = view.product.content.specifications[0].id.clone();
    m.app.place_order(&m.buyer, wish).await
}

async fn told_seller(m: &TestMarket, kind: &str) -> usize {
    let list = m.app.messages(&m.seller, false, PageRequest::default()).await.unwrap();
    list.items.iter().filter(|message| message.kind == kind).count()
}

on_both! {
    async fn a_product_goes_from_draft_through_review_onto_the_shelf(m) {
        let mut content = warehouse(&m).await;
        content.version = "1.0".into();
        content.description.en = "short".into();
        content.highlights.truncate(2);
        content.categories = vec![];
        content.specifications[0].trial_days = Some(2);
        content.specifications[0].prices[0].price = cny("0");
        let application = m.app.create_product(&m.seller, content).await.unwrap();
        let detail = m.app.application(&m.seller, &application).await.unwrap();
        assert_eq!(detail.application.state.code(), "DRAFT");
        let named = fields(m.app.submit_application(&m.seller, &application).await);
        for expected in [
            "version version-form",
            "description.en too-short",
            "highlights highlights-count",
            "categories required",
            "specifications.0.trial_days trial-days",
            "specifications.0.prices.0 price-range",
        ] {
            assert!(named.iter().any(|n| n == expected), "{expected} is missing in {named:?}");
        }
        assert_eq!(named.len(), detail.faults.len(), "the page shows what the submit says");

        m.app.save_draft(&m.seller, &application, warehouse(&m).await, None).await.unwrap();
        m.app.submit_application(&m.seller, &application).await.unwrap();
        assert_eq!(code(m.app.submit_application(&m.seller, &application).await), "application-wrong-state");
        let waiting = m.app.application(&m.operator, &application).await.unwrap().application;
        assert_eq!(waiting.due_at.unwrap().since(m.clock.now()), 3 * DAY, "three days for the review (GN-7)");
        let frozen = m.app.save_draft(&m.seller, &application, warehouse(&m).await, None).await;
        assert_eq!(code(frozen), "application-wrong-state", "what is being reviewed does not change");
        m.app.follow_shelf().await.unwrap();
        assert!(found(&m.app, "仓储", Language::Zh).is_empty(), "not on the shelf before the approval");
        let product = waiting.product_id;
        assert_eq!(code(m.app.product_view(&product).await), "not-found");

        assert_eq!(fields(m.app.decide_application(&m.operator, &application, false, " ").await), ["reason required"]);
        assert_eq!(code(m.app.decide_application(&m.seller, &application, true, "").await), "not-found");
        m.app.decide_application(&m.operator, &application, false, "图片不清晰").await.unwrap();
        let rejected = m.app.application(&m.seller, &application).await.unwrap().application;
        assert_eq!((rejected.state.code(), rejected.reason.as_str()), ("REJECTED", "图片不清晰"));
        assert_eq!(told_seller(&m, "application-rejected").await, 1);

        m.app.save_draft(&m.seller, &application, warehouse(&m).await, None).await.unwrap();
        m.app.submit_application(&m.seller, &application).await.unwrap();
        m.app.decide_application(&m.operator, &application, true, "").await.unwrap();
        assert_eq!(code(m.app.decide_application(&m.operator, &application, true, "").await), "application-wrong-state");
        m.app.follow_shelf().await.unwrap();
        assert_eq!(found(&m.app, "仓储", Language::Zh), [product.as_str()]);
        assert_eq!(found(&m.app, "warehouse planner", Language::En), [product.as_str()]);
        assert_eq!(found(&m.app, "picking", Language::En), [product.as_str()]);
        assert_eq!(m.app.product_view(&product).await.unwrap().product.version_no, 1);
        assert_eq!(code(order_of(&m, &product).await), "ok");
        let acts: Vec<String> =
            m.app.application(&m.operator, &application).await.unwrap().history.iter().map(|e| e.action.clone()).collect();
        assert_eq!(acts.iter().filter(|a| *a == "application.decided").count(), 2);
        m.check_books().await;
    }

    async fn a_modification_shows_when_it_is_approved(m) {
        let product = on_sale(&m, warehouse(&m).await).await;
        let application = m.app.begin_modification(&m.seller, &product).await.unwrap();
        assert_eq!(m.app.begin_modification(&m.seller, &product).await.unwrap(), application, "one at a time");
        let mut content = m.app.application(&m.seller, &application).await.unwrap().application.content;
        content.name.zh = "智能仓库管家".into();
        content.tags = vec![Localized::new("智慧物流", "")];
        content.specifications[0].prices[0].price = cny("120");
        m.app.save_draft(&m.seller, &application, content.clone(), None).await.unwrap();
        assert_eq!(fields(m.app.submit_application(&m.seller, &application).await), ["tags.en both-languages"]);
        content.tags[0].en = "Smart logistics".into();
        m.app.save_draft(&m.seller, &application, content, None).await.unwrap();
        m.app.submit_application(&m.seller, &application).await.unwrap();
        m.app.follow_shelf().await.unwrap();
        assert_eq!(m.app.product_view(&product).await.unwrap().product.name.zh, "仓储管理平台");
        assert!(found(&m.app, "智慧物流", Language::Zh).is_empty());
        assert_eq!(order_of(&m, &product).await.unwrap().payable, cny("100"), "the old price");

        m.app.decide_application(&m.operator, &application, true, "").await.unwrap();
        m.app.follow_shelf().await.unwrap();
        let view = m.app.product_view(&product).await.unwrap();
        assert_eq!((view.product.name.zh.as_str(), view.product.version_no), ("智能仓库管家", 2));
        assert_eq!(found(&m.app, "智慧物流", Language::Zh), [product.as_str()]);
        assert_eq!(found(&m.app, "Smart logistics", Language::En), [product.as_str()], "a tag in each language");
        assert_eq!(order_of(&m, &product).await.unwrap().payable, cny("120"));
        assert_eq!(m.app.any_product_versions(&m.operator, &product).await.unwrap().len(), 2, "both are kept");
    }

    async fn what_buyers_rely_on_is_fixed_after_the_release(m) {
        let product = on_sale(&m, warehouse(&m).await).await;
        let application = m.app.begin_modification(&m.seller, &product).await.unwrap();
        let original = m.app.application(&m.seller, &application).await.unwrap().application.content;
        let mut fewer = original.clone();
        fewer.specifications[0].prices.remove(0);
        m.app.save_draft(&m.seller, &application, fewer, None).await.unwrap();
        assert_eq!(fields(m.app.submit_application(&m.seller, &application).await), ["specifications price-line-deleted"]);
        let mut other = original.clone();
        other.specifications[0].id = "spc_made_up".into();
        m.app.save_draft(&m.seller, &application, other, None).await.unwrap();
        assert_eq!(fields(m.app.submit_application(&m.seller, &application).await), ["specifications specification-deleted"]);
        let mut supervised = original.clone();
        let Access::Saas { supervision, .. } = &mut supervised.access;
        *supervision = true;
        m.app.save_draft(&m.seller, &application, supervised, None).await.unwrap();
        assert_eq!(fields(m.app.submit_application(&m.seller, &application).await), ["access.supervision fixed-after-release"]);
        let mut added = original.clone();
        let mut second = original.specifications[0].clone();
        second.id = String::new();
        added.specifications.push(second);
        m.app.save_draft(&m.seller, &application, added, None).await.unwrap();
        m.app.submit_application(&m.seller, &application).await.unwrap();
        let kept = m.app.application(&m.seller, &application).await.unwrap().application.content;
        assert_eq!(kept.specifications[0].id, original.specifications[0].id, "ids live on");
        assert_eq!(kept.specifications[0].prices[0].product_code, original.specifications[0].prices[0].product_code);
        assert_ne!(kept.specifications[1].id, kept.specifications[0].id);
    }

    async fn a_product_is_taken_off_sale_and_its_services_live_on(m) {
        let product = on_sale(&m, warehouse(&m).await).await;
        let order = order_of(&m, &product).await.unwrap();
        m.app.pay_order(&m.buyer, &order.id, PaymentProvider::Balance).await.unwrap();
        m.work().await;
        let instance = m.order(&order.id).await.instance_id.unwrap();
        assert_eq!(fields(m.app.ask_delist(&m.seller, &product, "停").await), ["reason too-short"]);
        m.app.ask_delist(&m.seller, &product, "产品线调整，不再销售").await.unwrap();
        assert_eq!(code(m.app.ask_delist(&m.seller, &product, "产品线调整，不再销售").await), "application-open");
        assert_eq!(code(order_of(&m, &product).await), "ok", "on sale until it is decided");
        let filter = ApplicationFilter { state: Some("PENDING_REVIEW".into()), ..ApplicationFilter::default() };
        let waiting = m.app.all_applications(&m.operator, filter, PageRequest::default()).await.unwrap().items.remove(0);
        assert_eq!(waiting.kind.code(), "DELIST");
        m.app.decide_application(&m.operator, &waiting.id, true, "").await.unwrap();
        m.app.follow_shelf().await.unwrap();
        assert!(found(&m.app, "仓储", Language::Zh).is_empty());
        assert_eq!(m.app.product_view(&product).await.unwrap().product.state.code(), "DISCONTINUED", "the page still says so");
        assert_eq!(code(order_of(&m, &product).await), "product-discontinued");
        assert_eq!(code(m.app.begin_modification(&m.seller, &product).await), "product-discontinued");
        assert_eq!(code(m.app.change_product_state(&m.operator, &product, ProductAction::Resume, "误").await), "product-wrong-state");
        let renewal = m.app.renew(&m.buyer, &instance, PeriodType::Year, 1).await.unwrap();
        m.app.pay_order(&m.buyer, &renewal.id, PaymentProvider::Balance).await.unwrap();
        m.work().await;
        assert_eq!(m.order(&renewal.id).await.state.code(), "COMPLETED");
        m.days_pass(89).await;
        let last = m.app.renew(&m.buyer, &instance, PeriodType::Month, 1).await.unwrap();
        m.app.cancel_order(&m.buyer, &last.id).await.unwrap();
        m.days_pass(2).await;
        assert_eq!(code(m.app.renew(&m.buyer, &instance, PeriodType::Month, 1).await), "product-discontinued", "D-29");
        m.check_books().await;
    }

    async fn applications_are_withdrawn_deleted_and_never_two_at_once(m) {
        let product = on_sale(&m, warehouse(&m).await).await;
        let application = m.app.begin_modification(&m.seller, &product).await.unwrap();
        assert_eq!(code(m.app.ask_delist(&m.seller, &product, "产品线调整，不再销售").await), "application-open");
        assert_eq!(code(m.app.withdraw_application(&m.seller, &application, false).await), "application-wrong-state");
        m.app.submit_application(&m.seller, &application).await.unwrap();
        assert_eq!(code(m.app.withdraw_application(&m.seller, &application, true).await), "application-wrong-state");
        m.app.withdraw_application(&m.seller, &application, false).await.unwrap();
        assert_eq!(code(m.app.decide_application(&m.operator, &application, true, "").await), "application-wrong-state");
        m.app.withdraw_application(&m.seller, &application, true).await.unwrap();
        assert_eq!(code(m.app.application(&m.seller, &application).await), "not-found");
        assert_eq!(code(m.app.ask_delist(&m.seller, &product, "产品线调整，不再销售").await), "ok");
    }

    async fn two_editors_do_not_overwrite_each_other(m) {
        let application = m.app.create_product(&m.seller, warehouse(&m).await).await.unwrap();
        let version = m.app.application(&m.seller, &application).await.unwrap().application.version;
        m.app.save_draft(&m.seller, &application, warehouse(&m).await, Some(version)).await.unwrap();
        assert_eq!(code(m.app.save_draft(&m.seller, &application, warehouse(&m).await, Some(version)).await), "stale");
    }

    async fn a_hidden_product_is_bought_by_its_address_only(m) {
        let mut content = warehouse(&m).await;
        content.public_sale = false;
        let product = on_sale(&m, content).await;
        assert!(found(&m.app, "仓储", Language::Zh).is_empty());
        assert_eq!(m.app.product_view(&product).await.unwrap().product.id, product);
        assert_eq!(code(order_of(&m, &product).await), "ok");
    }

    async fn what_belongs_to_others_does_not_exist(m) {
        let product = on_sale(&m, warehouse(&m).await).await;
        let application = m.app.begin_modification(&m.seller, &product).await.unwrap();
        let other = m.stranger.member().unwrap().organisation_id.clone();
        let seller = app::identity::OrganisationDecision::Seller(domain::identity::SellerState::Active);
        m.app.decide_organisation(&m.operator, &other, seller, "").await.unwrap();
        let other = testkit::sign_in(&m.app, "other@else.example").await;
        let content = warehouse(&m).await;
        assert_eq!(code(m.app.own_product(&other, &product).await), "not-found");
        assert_eq!(code(m.app.application(&other, &application).await), "not-found");
        assert_eq!(code(m.app.begin_modification(&other, &product).await), "not-found");
        assert_eq!(code(m.app.save_draft(&other, &application, content.clone(), None).await), "not-found");
        assert_eq!(code(m.app.submit_application(&other, &application).await), "not-found");
        assert_eq!(code(m.app.withdraw_application(&other, &application, true).await), "not-found");
        assert_eq!(code(m.app.ask_delist(&other, &product, "产品线调整，不再销售").await), "not-found");
        assert_eq!(fields(m.app.create_product(&other, content.clone()).await), ["pictures file-unknown"], "nor do their pictures");
        assert_eq!(code(m.app.create_product(&m.buyer, content).await), "forbidden");
        assert_eq!(code(m.app.product_view("prd_00000000000000000000000000").await), "not-found");
        let mine = m.app.own_products(&other, ProductFilter::default(), PageRequest::default()).await.unwrap();
        assert!(mine.items.is_empty());
    }

    async fn a_suspended_product_waits_on_its_page(m) {
        let product = on_sale(&m, warehouse(&m).await).await;
        let before = order_of(&m, &product).await.unwrap();
        assert_eq!(fields(m.app.change_product_state(&m.operator, &product, ProductAction::Suspend, "").await), ["reason required"]);
        m.app.change_product_state(&m.operator, &product, ProductAction::Suspend, "投诉核查").await.unwrap();
        m.app.follow_shelf().await.unwrap();
        assert!(found(&m.app, "仓储", Language::Zh).is_empty());
        assert_eq!(m.app.product_view(&product).await.unwrap().product.state.code(), "SUSPENDED");
        assert_eq!(code(order_of(&m, &product).await), "product-suspended");
        let pay = async || code(m.app.pay_order(&m.buyer, &before.id, PaymentProvider::Balance).await);
        assert_eq!(pay().await, "product-suspended", "nobody pays for what was stopped");
        m.app.change_product_state(&m.operator, &product, ProductAction::Resume, "核查完毕").await.unwrap();
        assert_eq!(pay().await, "ok", "an order that was placed before is kept");
        m.app.follow_shelf().await.unwrap();
        assert_eq!(found(&m.app, "仓储", Language::Zh), [product.as_str()]);
        assert_eq!(code(order_of(&m, &product).await), "ok");
        assert_eq!(told_seller(&m, "product-state-changed").await, 2);
    }

    async fn only_pictures_are_taken_and_not_too_many(m) {
        let upload = |content: &[u8]| m.app.store_picture(&m.seller, "a.png", content.to_vec());
        assert_eq!(fields(upload(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>").await), ["file picture-form"]);
        assert_eq!(fields(upload(b"MZ\x90\x00\x03\0\0\0\x04\0\0\0\xff\xff").await), ["file picture-form"]);
        assert_eq!(fields(upload(b"<html>").await), ["file picture-form"]);
        let mut large = PNG.to_vec();
        large.resize(app::files::PICTURE_LIMIT + 1, 0);
        assert_eq!(fields(upload(&large).await), ["file file-too-large"]);
        large.truncate(app::files::PICTURE_LIMIT);
        let id = m.app.store_picture(&m.seller, "../../a\\b\n.png", large.clone()).await.unwrap();
        let (info, bytes) = m.app.picture(&id).await.unwrap();
        assert_eq!((info.media_type.as_str(), info.name.as_str(), bytes.len()), ("image/png", "....ab.png", large.len()));
        assert_eq!(code(m.app.picture("fil_made_up").await), "not-found");
        // The drawn picture of the sample product and the one above are two of today's hundred.
        for _ in 0..98 {
            upload(PNG).await.unwrap();
        }
        assert_eq!(code(upload(PNG).await), "upload-daily-files");
        m.clock.advance(DAY);
        assert_eq!(code(upload(PNG).await), "ok");
    }

    async fn an_index_built_anew_finds_the_same(m) {
        for n in 0..5 {
            let mut content = warehouse(&m).await;
            content.name.zh = format!("仓储管理平台{n}");
            content.public_sale = n != 3;
            on_sale(&m, content).await;
        }
        let queries = ["", "仓储", "客户管理", "盘点", "没有这个词"];
        let before: Vec<_> = queries.iter().map(|q| found(&m.app, q, Language::Zh)).collect();
        assert_eq!(before[0].len(), 5);
        assert_eq!(m.app.rebuild_index(&m.operator).await.unwrap(), 5);
        let after: Vec<_> = queries.iter().map(|q| found(&m.app, q, Language::Zh)).collect();
        assert_eq!(before, after);
        assert_eq!(m.app.follow_shelf().await.unwrap(), 0, "and it knows how far it has come");
        assert_eq!(code(m.app.rebuild_index(&m.seller).await), "not-found");
    }

    async fn the_index_goes_on_where_it_was_after_a_restart(m) {
        let folder = tempfile::tempdir().unwrap();
        let first = over(&m, folder.path());
        first.follow_shelf().await.unwrap();
        assert_eq!(first.shelf_size(), 1);
        drop(first);
        let product = on_sale(&m, warehouse(&m).await).await;
        m.app.change_product_state(&m.operator, &m.product_id, ProductAction::Suspend, "核查").await.unwrap();
        let second = over(&m, folder.path());
        assert_eq!(second.shelf_size(), 1, "what it knew before it stopped");
        assert_eq!(second.follow_shelf().await.unwrap(), 2, "only what is new");
        assert_eq!(found(&second, "仓储", Language::Zh), [product]);
        assert!(found(&second, "客户管理系统", Language::Zh).iter().all(|id| *id != m.product_id));
        assert_eq!(second.follow_shelf().await.unwrap(), 0);
    }

    async fn a_frozen_seller_s_products_cannot_be_bought(m) {
        let id = m.seller.member().unwrap().organisation_id.clone();
        m.app.decide_organisation(&m.operator, &id, app::identity::OrganisationDecision::Freeze(true), "unpaid fees").await.unwrap();
        assert_eq!(code(order_of(&m, &m.product_id).await), "product-suspended");
        assert_eq!(code(m.app.shop(&id).await), "not-found");
        let seller: Actor = testkit::sign_in(&m.app, "seller@shop.example").await;
        assert_eq!(code(m.app.begin_modification(&seller, &m.product_id).await), "organisation-frozen");
        m.app.follow_shelf().await.unwrap();
        assert!(found(&m.app, "客户管理", Language::Zh).is_empty(), "nor found");
        m.app.decide_organisation(&m.operator, &id, app::identity::OrganisationDecision::Freeze(false), "").await.unwrap();
        m.app.follow_shelf().await.unwrap();
        assert_eq!(found(&m.app, "客户管理", Language::Zh), [m.product_id.as_str()]);
        assert_eq!(code(order_of(&m, &m.product_id).await), "ok");
    }

    async fn a_renamed_seller_is_shown_and_found_by_his_new_name(m) {
        assert_eq!(m.app.product_view(&m.product_id).await.unwrap().seller.name.zh, "示例商家有限公司");
        let change = app::identity::OrganisationChange {
            name: domain::text::Localized::new("星河软件", "Galaxy Software"),
            ..Default::default()
        };
        m.app.save_own_organisation(&m.seller, change).await.unwrap();
        m.app.follow_shelf().await.unwrap();
        assert_eq!(m.app.product_view(&m.product_id).await.unwrap().seller.name.zh, "星河软件");
        assert_eq!(found(&m.app, "星河", Language::Zh), [m.product_id.as_str()]);
    }
}

/// Another process over the same database, with its index in a folder.
fn over(m: &TestMarket, folder: &std::path::Path) -> App {
    let clock: Clock = m.clock.clone();
    App::new(Parts {
        db: m.db.clone(),
        clock,
        options: m.app.options().clone(),
        secrets: SecretBox::new(&[7; 32]),
        mailer: Mailer::Outbox,
        index: Arc::new(ProductIndex::open(folder, &OpenOptions::default()).unwrap()),
        words: Words::built_in(),
    })
    .unwrap()
}
