//! Matching, ranking, filters, facets and highlighting.

use super::{ids, ids_of, product, put, ram};
use crate::Language::{En, Zh};
use crate::{Change, LocalizedText, OpenOptions, ProductDoc, ProductIndex, SearchError, SearchRequest, Sort};

#[test]
fn a_place_nearer_to_the_name_ranks_higher() {
    let mut tagged = product("tag", "甲", "Alpha");
    tagged.tags = vec![LocalizedText::new("审批", "Approval")];
    tagged.sales = 1_000;
    let mut body = product("body", "乙", "Beta");
    body.body = LocalizedText::new("支持审批流程", "");
    body.sales = 9_000;
    let mut summary = product("summary", "丙", "Gamma");
    summary.summary = LocalizedText::new("审批工具", "");
    let named = product("name", "审批助手", "Helper");
    let index = ram(vec![body, summary, tagged, named]);
    assert_eq!(ids(&index, "审批", Zh), ["name", "tag", "summary", "body"]);
}

#[test]
fn equal_matches_are_ordered_by_sales_then_rating_then_id() {
    let make =
        |id: &str, sales, rating| ProductDoc { sales, rating_x100: rating, ..product(id, "财务软件", "Finance") };
    let index = ram(vec![make("b", 5, 400), make("a", 5, 400), make("c", 5, 480), make("d", 9, 0)]);
    assert_eq!(ids(&index, "财务", Zh), ["d", "c", "a", "b"]);
}

#[test]
fn either_language_is_found_and_the_own_one_preferred() {
    let index = ram(vec![product("zh", "ERP系统", "Alpha"), product("en", "贝塔", "ERP Suite")]);
    assert_eq!(ids(&index, "erp", Zh), ["zh", "en"]);
    assert_eq!(ids(&index, "erp", En), ["en", "zh"]);
}

#[test]
fn mixed_text_works_in_both_languages() {
    let index = ram(vec![product("p", "ＥＲＰ系统 for SMEs", "ERP for SMEs"), product("q", "人事", "HR")]);
    for language in [Zh, En] {
        assert_eq!(ids(&index, "ERP系统 for SMEs", language), ["p"]);
        let singular = index.search(&SearchRequest::new("erp sme", language)).unwrap();
        assert_eq!((singular.total, singular.relaxed), (1, false));
    }
}

#[test]
fn english_word_forms_match() {
    let index = ram(vec![product("p", "", "Managed Database Services")]);
    assert_eq!(ids(&index, "managing DATABASES service", En), ["p"]);
}

#[test]
fn unknown_chinese_words_are_found_in_names() {
    let index = ram(vec![product("p", "云坊鑫睿平台", ""), product("q", "财务软件", "")]);
    for query in ["坊鑫", "鑫睿", "云坊鑫睿", "坊", "云坊"] {
        assert_eq!(ids(&index, query, Zh), ["p"], "{query}");
    }
}

#[test]
fn a_long_word_is_found_by_its_parts() {
    let mut doc = product("p", "甲", "");
    doc.body = LocalizedText::new("管理各种信息的系统", "");
    let index = ram(vec![doc]);
    assert_eq!(ids(&index, "管理系统", Zh), ["p"]);
}

#[test]
fn a_trade_word_does_not_fall_apart() {
    let options = OpenOptions { extra_words: vec!["智飞睿".to_owned()], ..OpenOptions::default() };
    let index = ProductIndex::open_in_ram(&options).unwrap();
    let mut whole = product("whole", "甲", "");
    whole.body = LocalizedText::new("基于智飞睿平台", "");
    index.apply(&[put(whole)], 1).unwrap();
    assert_eq!(ids(&index, "智飞睿", Zh), ["whole"]);
    assert!(ids(&index, "智飞", Zh).is_empty());
}

#[test]
fn all_words_are_required_until_nothing_is_found() {
    let index = ram(vec![
        product("both", "", "Cloud Backup"),
        product("cloud", "", "Cloud Storage"),
        product("other", "", "Firewall"),
    ]);
    let strict = index.search(&SearchRequest::new("cloud backup", En)).unwrap();
    assert_eq!((strict.total, strict.relaxed), (1, false));
    let relaxed = index.search(&SearchRequest::new("cloud backup firewall", En)).unwrap();
    assert!(relaxed.relaxed);
    assert_eq!(relaxed.total, 3);
    assert_eq!(relaxed.hits[0].product_id, "both");
    assert_eq!(index.search(&SearchRequest::new("nothing here", En)).unwrap().total, 0);
}

#[test]
fn signs_alone_find_nothing_and_blanks_browse() {
    let index = ram(vec![product("p", "甲", "A")]);
    assert_eq!(index.search(&SearchRequest::new("!!! ???", En)).unwrap().total, 0);
    assert_eq!(index.search(&SearchRequest::new("   ", En)).unwrap().total, 1);
}

#[test]
fn the_exact_name_comes_first() {
    let mut popular = product("popular", "", "Cloud Desk Extended");
    popular.sales = 1_000_000;
    let index = ram(vec![popular, product("exact", "", "Cloud Desk")]);
    assert_eq!(ids(&index, "cloud  desk", En), ["exact", "popular"]);
}

#[test]
fn hits_carry_card_and_highlighted_texts() {
    let mut doc = product("p", "云财务软件", "Cloud <b>Finance</b>");
    doc.summary = LocalizedText::new("", "Financing made easy");
    let index = ram(vec![doc]);
    let results = index.search(&SearchRequest::new("finance", En)).unwrap();
    let hit = &results.hits[0];
    assert_eq!(hit.card, serde_json::json!({ "id": "p" }));
    let joined: String = hit.name.iter().map(|s| s.text.as_str()).collect();
    assert_eq!(joined, "Cloud <b>Finance</b>");
    let marked: Vec<&str> = hit.name.iter().filter(|s| s.matched).map(|s| s.text.as_str()).collect();
    assert_eq!(marked, ["Finance"]);
    assert!(hit.summary[0].matched);
    let zh = index.search(&SearchRequest::new("财务", Zh)).unwrap();
    let marked: Vec<&str> = zh.hits[0].name.iter().filter(|s| s.matched).map(|s| s.text.as_str()).collect();
    assert_eq!(marked, ["财务"]);
}

fn shelf() -> ProductIndex {
    let make = |id: &str, leaf: &str, access: &str, modes: &[&str], price, trial, seller: &str| {
        let mut doc = product(id, "云工具", "Cloud Tool");
        doc.category_path = vec!["root".to_owned(), leaf.to_owned()];
        doc.access_type = access.to_owned();
        doc.billing_modes = modes.iter().map(|mode| (*mode).to_owned()).collect();
        doc.lowest_price_e8 = price;
        doc.has_trial = trial;
        doc.has_free = price == Some(0);
        doc.seller_id = seller.to_owned();
        doc
    };
    ram(vec![
        make("a", "x", "SAAS", &["YEARLY", "MONTHLY"], Some(300), true, "s1"),
        make("b", "x", "IMAGE", &["MONTHLY"], Some(0), false, "s1"),
        make("c", "y", "SAAS", &["ONE_TIME"], None, false, "s2"),
        make("d", "y", "SAAS", &["YEARLY"], Some(100), true, "s2"),
    ])
}

fn counts(facets: &[crate::FacetCount]) -> Vec<(&str, u64)> {
    facets.iter().map(|f| (f.value.as_str(), f.count)).collect()
}

#[test]
fn facets_ignore_the_filter_of_their_own_group() {
    let index = shelf();
    // The same counts by the precomputed way and by walking over the matches.
    for text in ["", "cloud", "云工具"] {
        let mut request = SearchRequest::new(text, En);
        request.category = Some("x".to_owned());
        request.access_types = vec!["SAAS".to_owned()];
        let results = index.search(&request).unwrap();
        assert_eq!(results.total, 1);
        let facets = &results.facets;
        assert_eq!(counts(&facets.categories), [("root", 3), ("y", 2), ("x", 1)]);
        assert_eq!(counts(&facets.access_types), [("IMAGE", 1), ("SAAS", 1)]);
        assert_eq!(counts(&facets.billing_modes), [("MONTHLY", 1), ("YEARLY", 1)]);
        assert_eq!((facets.has_trial, facets.has_free), (1, 0));
    }
}

#[test]
fn every_filter_restricts() {
    let index = shelf();
    let found = |change: &dyn Fn(&mut SearchRequest)| {
        let mut all = Vec::new();
        for text in ["", "cloud"] {
            let mut request = SearchRequest::new(text, En);
            change(&mut request);
            let mut ids = ids_of(&index, &request);
            ids.sort();
            all.push(ids.concat());
        }
        assert_eq!(all[0], all[1]);
        all.swap_remove(0)
    };
    assert_eq!(found(&|r| r.category = Some("root".to_owned())), "abcd");
    assert_eq!(found(&|r| r.category = Some("y".to_owned())), "cd");
    assert_eq!(found(&|r| r.category = Some("unknown".to_owned())), "");
    assert_eq!(found(&|r| r.access_types = vec!["IMAGE".to_owned(), "X".to_owned()]), "b");
    assert_eq!(found(&|r| r.billing_modes = vec!["YEARLY".to_owned()]), "ad");
    assert_eq!(found(&|r| r.seller_id = Some("s2".to_owned())), "cd");
    assert_eq!(found(&|r| r.seller_id = Some("s3".to_owned())), "");
    assert_eq!(found(&|r| r.price_min_e8 = Some(100)), "ad");
    assert_eq!(found(&|r| r.price_max_e8 = Some(100)), "bd");
    assert_eq!(found(&|r| r.price_max_e8 = Some(-1)), "");
    assert_eq!(found(&|r| (r.price_min_e8, r.price_max_e8) = (Some(1), Some(299))), "d");
    assert_eq!(found(&|r| r.has_trial = Some(true)), "ad");
    assert_eq!(found(&|r| r.has_trial = Some(false)), "bc");
    assert_eq!(found(&|r| r.has_free = Some(true)), "b");
    assert_eq!(found(&|r| r.currency = Some("CNY".to_owned())), "abcd");
    assert_eq!(found(&|r| r.currency = Some("USD".to_owned())), "");
}

#[test]
fn prices_sort_with_missing_ones_last() {
    let index = shelf();
    for text in ["", "cloud"] {
        let mut request = SearchRequest::new(text, En);
        request.sort = Sort::PriceAsc;
        assert_eq!(ids_of(&index, &request).concat(), "bdac");
        request.sort = Sort::PriceDesc;
        assert_eq!(ids_of(&index, &request).concat(), "adbc");
    }
}

#[test]
fn a_put_replaces_and_a_remove_removes() {
    let index = ram(vec![product("a", "旧名", "Old"), product("b", "乙", "B")]);
    let before = index.generation();
    index.apply(&[put(product("a", "新名", "New")), Change::Remove("b".to_owned())], 2).unwrap();
    assert!(index.generation() > before);
    assert_eq!(index.len(), 1);
    assert!(ids(&index, "old", En).is_empty());
    assert_eq!(ids(&index, "new", En), ["a"]);
    let browse = index.search(&SearchRequest::new("", En)).unwrap();
    assert_eq!(browse.total, 1);
    assert_eq!(counts(&browse.facets.access_types), [("SAAS", 1)]);
    // Within one batch the last change counts.
    index.apply(&[put(product("c", "丙", "C")), Change::Remove("c".to_owned())], 3).unwrap();
    assert_eq!(index.len(), 1);
}

#[test]
fn bad_pages_are_refused() {
    let index = shelf();
    let search = |change: &dyn Fn(&mut SearchRequest)| {
        let mut request = SearchRequest::new("", En);
        change(&mut request);
        index.search(&request)
    };
    assert!(matches!(search(&|r| r.limit = 0), Err(SearchError::BadLimit)));
    assert!(matches!(search(&|r| r.limit = 101), Err(SearchError::BadLimit)));
    assert!(matches!(search(&|r| r.page = 0), Err(SearchError::BadPage)));
    assert!(matches!(search(&|r| r.page = 51), Err(SearchError::BadPage)));
    assert!(matches!(search(&|r| r.cursor = Some("x".to_owned())), Err(SearchError::BadCursor)));
    assert_eq!(search(&|r| r.page = 50).unwrap().hits.len(), 0);
}

#[test]
fn an_index_is_shared_between_threads() {
    let index = ram(vec![product("a", "甲", "Cloud")]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(ids(&index, "cloud", En)[0], "a");
                }
            });
        }
        for number in 0..5 {
            index.apply(&[put(product(&format!("z{number}"), "乙", "Sky"))], number).unwrap();
            assert_eq!(ids(&index, "sky", En).len() as i64, number + 1);
        }
    });
}

#[test]
fn a_word_that_says_little_does_not_outweigh_the_one_that_is_meant() {
    let mut baseline = product("p1", "晨光系统基线", "Dawn baseline");
    baseline.sales = 9_000;
    let index = ram(vec![baseline, product("p2", "青禾 CRM", "Qinghe CRM"), product("p3", "操作系统", "Kernel")]);
    assert_eq!(ids(&index, "CRM系统", Zh), ["p2"]);
    assert_eq!(ids(&index, "crm software", En), ["p2"]);
    // Where all words are found nothing is left out.
    assert_eq!(ids(&index, "系统基线", Zh), ["p1"]);
}

#[test]
fn slips_and_half_words_find_what_was_meant() {
    let index = ram(vec![
        product("p1", "墨账", "Inkledger Accounting"),
        product("p2", "开票", "Clear Invoices"),
        product("p3", "客户", "Customer Desk"),
    ]);
    for (text, id) in [
        ("acounting", "p1"),
        ("accountng", "p1"),
        ("invoces", "p2"),
        ("customr", "p3"),
        ("Inkled", "p1"),
        ("acounting software", "p1"),
    ] {
        assert_eq!(ids(&index, text, En), [id], "{text}");
    }
    for text in ["xyzzy", "ac", "zccounting"] {
        assert!(ids(&index, text, En).is_empty(), "{text}");
    }
}

#[test]
fn a_mended_query_goes_on_over_its_pages() {
    let docs = (0..5).map(|n| product(&format!("p{n}"), "记账", "Accounting")).collect();
    let index = ram(docs);
    let mut request = SearchRequest::new("acounting", En);
    request.limit = 2;
    let mut seen = Vec::new();
    loop {
        let results = index.search(&request).unwrap();
        seen.extend(results.hits.iter().map(|hit| hit.product_id.clone()));
        match &results.next_cursor {
            Some(cursor) => request.cursor = Some(cursor.clone()),
            None => break,
        }
    }
    assert_eq!(seen, ["p0", "p1", "p2", "p3", "p4"]);
}
