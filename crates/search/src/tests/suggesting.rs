//! Suggestions while typing.

use super::{product, put, ram};
use crate::Language::{En, Zh};
use crate::{Change, LocalizedText, ProductIndex, SuggestionKind};

fn shop() -> ProductIndex {
    let mut finance = product("p1", "云财务软件", "Cloud Finance");
    finance.tags = vec![LocalizedText::new("财务", "Fintech")];
    finance.category_names =
        vec![LocalizedText::new("企业应用", "Business"), LocalizedText::new("财税", "Finance & Tax")];
    finance.sales = 3;
    let mut store = product("p2", "财务报表", "Financial Reports");
    store.tags = vec![LocalizedText::new("财务", "Fintech")];
    store.category_names = finance.category_names.clone();
    store.sales = 9;
    ram(vec![finance, store])
}

fn texts(index: &ProductIndex, prefix: &str, language: crate::Language) -> Vec<String> {
    let found = index.suggest(prefix, language, 10).unwrap();
    found.into_iter().map(|s| s.text).collect()
}

#[test]
fn names_tags_categories_and_sellers_are_suggested_from_any_word() {
    let index = shop();
    assert_eq!(texts(&index, "财", Zh), ["财务", "财税", "财务报表", "云财务软件"]);
    assert_eq!(texts(&index, "FIN", En), ["Finance & Tax", "Fintech", "Financial Reports", "Cloud Finance"]);
    assert_eq!(texts(&index, "wise", En), ["Wise Tech"]);
    assert!(texts(&index, "Fintech", Zh).is_empty(), "a tag is suggested in the language of the page");
    assert!(texts(&index, "zzz", En).is_empty());
    assert!(texts(&index, "  ", En).is_empty());
}

#[test]
fn suggestions_carry_count_and_id() {
    let index = shop();
    let found = index.suggest("fina", En, 10).unwrap();
    let category = &found[0];
    assert_eq!((category.kind, category.count), (SuggestionKind::Category, 2));
    assert_eq!(category.id.as_deref(), Some("c-leaf"));
    let named = &found[1];
    assert_eq!((named.kind, named.id.as_deref()), (SuggestionKind::Product, Some("p2")));
    let seller = &index.suggest("睿", Zh, 10).unwrap()[0];
    assert_eq!((seller.kind, seller.id.as_deref()), (SuggestionKind::Seller, Some("s1")));
}

#[test]
fn removed_products_are_not_suggested_and_the_limit_holds() {
    let index = shop();
    index.apply(&[Change::Remove("p2".to_owned()), put(product("p3", "财富", "F"))], 2).unwrap();
    assert_eq!(texts(&index, "财", Zh), ["财务", "财税", "云财务软件", "财富"]);
    assert_eq!(index.suggest("财", Zh, 3).unwrap().len(), 3);
    assert_eq!(index.suggest("财", Zh, 0).unwrap().len(), 0);
}
