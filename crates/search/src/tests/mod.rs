//! Behaviour of the whole index.

mod durability;
mod paging;
mod searching;
mod suggesting;

use crate::{Change, Language, LocalizedText, OpenOptions, ProductDoc, ProductIndex, SearchRequest};

/// A product of the given id and names; everything else is alike.
fn product(id: &str, zh: &str, en: &str) -> ProductDoc {
    ProductDoc {
        product_id: id.to_owned(),
        seller_id: "s1".to_owned(),
        seller_name: LocalizedText::new("睿智科技", "Wise Tech"),
        name: LocalizedText::new(zh, en),
        category_path: vec!["c-root".to_owned(), "c-leaf".to_owned()],
        access_type: "SAAS".to_owned(),
        billing_modes: vec!["YEARLY".to_owned()],
        lowest_price_e8: Some(100),
        currency: "CNY".to_owned(),
        card: serde_json::json!({ "id": id }),
        ..ProductDoc::default()
    }
}

fn put(doc: ProductDoc) -> Change {
    Change::Put(Box::new(doc))
}

fn ram(docs: Vec<ProductDoc>) -> ProductIndex {
    let index = ProductIndex::open_in_ram(&OpenOptions::default()).unwrap();
    let changes: Vec<Change> = docs.into_iter().map(put).collect();
    index.apply(&changes, 1).unwrap();
    index
}

fn ids_of(index: &ProductIndex, request: &SearchRequest) -> Vec<String> {
    let results = index.search(request).unwrap();
    results.hits.iter().map(|hit| hit.product_id.clone()).collect()
}

fn ids(index: &ProductIndex, text: &str, language: Language) -> Vec<String> {
    ids_of(index, &SearchRequest::new(text, language))
}
