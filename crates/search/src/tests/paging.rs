//! Pages have no gaps and no duplicates, whatever the order and segments.

use proptest::prelude::*;

use super::{ids_of, product, put};
use crate::{Change, Language, OpenOptions, ProductDoc, ProductIndex, SearchRequest, Sort};

const SORTS: [Sort; 6] = [Sort::Relevance, Sort::Newest, Sort::Sales, Sort::PriceAsc, Sort::PriceDesc, Sort::Rating];

/// Few distinct values, so that most keys tie.
fn doc(number: usize, (sales, rating, price, kind): (u64, u32, i64, usize)) -> ProductDoc {
    let names = [("云财务", "Cloud Finance"), ("财务云", "Finance"), ("仓储", "Cloud Store")];
    let mut doc = product(&format!("p{number:03}"), names[kind].0, names[kind].1);
    doc.sales = sales;
    doc.rating_x100 = rating;
    doc.lowest_price_e8 = (price > 0).then_some(price);
    doc.published_at_micros = price - 2;
    doc.has_trial = rating == 0;
    doc
}

/// The order of a sort, from its description.
fn expected(docs: &[ProductDoc], sort: Sort) -> Vec<String> {
    let mut docs: Vec<&ProductDoc> = docs.iter().collect();
    docs.sort_by_key(|d| {
        let price = d.lowest_price_e8;
        let key: (i64, i64) = match sort {
            Sort::Relevance | Sort::Sales => (-(d.sales as i64), -i64::from(d.rating_x100)),
            Sort::Rating => (-i64::from(d.rating_x100), -(d.sales as i64)),
            Sort::Newest => (-d.published_at_micros, 0),
            Sort::PriceAsc => (price.unwrap_or(i64::MAX), 0),
            Sort::PriceDesc => (price.map_or(i64::MAX, |p| -p), 0),
        };
        (key, d.product_id.clone())
    });
    docs.into_iter().map(|d| d.product_id.clone()).collect()
}

fn by_cursor(index: &ProductIndex, mut request: SearchRequest) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let results = index.search(&request).unwrap();
        all.extend(results.hits.iter().map(|hit| hit.product_id.clone()));
        assert!(all.len() as u64 <= results.total);
        match &results.next_cursor {
            Some(cursor) => request.cursor = Some(cursor.clone()),
            None => {
                assert_eq!(all.len() as u64, results.total);
                return all;
            }
        }
    }
}

fn by_number(index: &ProductIndex, mut request: SearchRequest) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let page = ids_of(index, &request);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
        request.page += 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn pages_join_to_the_whole(
        values in prop::collection::vec((0..3_u64, 0..2_u32, 0..4_i64, 0..3_usize), 1..40),
        batch in 1..20_usize,
        removed in prop::collection::vec(0..40_usize, 0..6),
        limit in 1..7_usize,
    ) {
        let index = ProductIndex::open_in_ram(&OpenOptions::default()).unwrap();
        let mut docs: Vec<ProductDoc> =
            values.into_iter().enumerate().map(|(n, v)| doc(n, v)).collect();
        // Backwards in several commits, so that segments and ids interleave.
        for chunk in docs.iter().rev().collect::<Vec<_>>().chunks(batch) {
            let changes: Vec<Change> = chunk.iter().map(|d| put((*d).clone())).collect();
            index.apply(&changes, 1).unwrap();
        }
        let gone: Vec<String> = removed.iter().map(|n| format!("p{n:03}")).collect();
        let changes: Vec<Change> = gone.iter().cloned().map(Change::Remove).collect();
        index.apply(&changes, 2).unwrap();
        docs.retain(|d| !gone.contains(&d.product_id));
        for sort in SORTS {
            let mut request = SearchRequest::new("", Language::Zh);
            request.sort = sort;
            request.limit = limit;
            prop_assert_eq!(by_cursor(&index, request.clone()), expected(&docs, sort));
            prop_assert_eq!(by_number(&index, request.clone()), expected(&docs, sort));
            let trial: Vec<ProductDoc> = docs.iter().filter(|d| d.has_trial).cloned().collect();
            request.has_trial = Some(true);
            prop_assert_eq!(by_cursor(&index, request.clone()), expected(&trial, sort));
            request.has_trial = None;
            request.price_min_e8 = Some(0);
            let priced: Vec<ProductDoc> =
                docs.iter().filter(|d| d.lowest_price_e8.is_some()).cloned().collect();
            prop_assert_eq!(by_cursor(&index, request.clone()), expected(&priced, sort));
            request.price_min_e8 = None;
            for text in ["财务", "cloud", "财务 finance missing"] {
                request.text = text.to_owned();
                request.limit = 100;
                let whole = ids_of(&index, &request);
                request.limit = limit;
                prop_assert_eq!(by_cursor(&index, request.clone()), whole.clone());
                prop_assert_eq!(by_number(&index, request.clone()), whole);
            }
        }
    }
}
