use crate::picture::{LAYOUT_COUNT, PICTURES_PER_PRODUCT};
use crate::types::{Billing, Language, SellerService, Text};
use crate::{logo_svg, market, picture_svg, picture_svg_in, synthetic_products};
use std::collections::{BTreeMap, BTreeSet};

fn letters(text: &str) -> usize {
    text.chars().count()
}

fn both(text: &Text, what: &str) {
    assert!(!text.zh.trim().is_empty() && !text.en.trim().is_empty(), "{what}: {text:?}");
    assert!(
        text.en.is_ascii() || !text.en.chars().any(is_chinese),
        "{what}: Chinese in the English text {:?}",
        text.en
    );
}

fn is_chinese(letter: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&letter)
}

fn chinese(text: &str) -> bool {
    text.chars().any(is_chinese)
}

#[test]
fn the_tree_has_12_groups_and_64_leaves_with_products() {
    let market = market();
    assert_eq!(market.categories.len(), 12);
    assert_eq!(market.leaves().count(), 64);
    let ids: BTreeSet<&str> = market.leaves().map(|leaf| leaf.id.as_str()).collect();
    assert_eq!(ids.len(), 64);
    let mains: BTreeSet<&str> = market.products.iter().map(|product| product.categories[0].as_str()).collect();
    assert_eq!(ids, mains, "every leaf is the main category of some product");
    for category in market.categories.iter().chain(market.leaves()) {
        both(&category.name, &category.id);
        assert!(category.id.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'), "{}", category.id);
    }
}

#[test]
fn people_are_complete_and_unreachable() {
    let market = market();
    assert_eq!(
        (market.sellers.len(), market.buyers.len(), market.partners.len(), market.operators.len()),
        (10, 4, 1, 4)
    );
    let mut mails = BTreeSet::new();
    let organisations = market.buyers.iter().chain(&market.partners);
    let users = market.sellers.iter().flat_map(|seller| &seller.users).chain(organisations.flat_map(|one| &one.users));
    for user in users {
        both(&user.display_name, &user.user_name);
        assert!(user.mail.ends_with(".example") && mails.insert(&user.mail), "{}", user.mail);
        assert!(user.phone.contains(" 0000 "), "{}", user.phone);
    }
    for seller in &market.sellers {
        both(&seller.name, &seller.key);
        for text in [&seller.profile.zh, &seller.profile.en] {
            assert!((80..=300).contains(&letters(text)), "{}: {} in {text}", seller.key, letters(text));
        }
        assert_eq!(seller.credit_code.len(), 18);
        assert!(seller.support.hours.zh.contains("(GMT+08:00)") && seller.support.hours.en.contains("(GMT+08:00)"));
        assert!(seller.support.phone.starts_with("+86 10 0000 "));
        both(&seller.support.content, &seller.key);
        let own = market.products.iter().filter(|product| product.seller == seller.key).count();
        assert!((5..=8).contains(&own), "{} has {own}", seller.key);
    }
}

fn version_ok(version: &str) -> bool {
    let parts: Vec<&str> = version.strip_prefix('V').unwrap_or("").split('.').collect();
    version.len() <= 16
        && parts.len() <= 4
        && parts.iter().all(|part| !part.is_empty() && part.chars().all(|digit| digit.is_ascii_digit()))
}

fn check_product(product: &crate::Product) {
    let key = product.key.as_str();
    for text in [&product.name.zh, &product.name.en] {
        assert!((2..=60).contains(&letters(text)), "{key}: {text}");
    }
    for text in [&product.summary.zh, &product.summary.en] {
        assert!((10..=200).contains(&letters(text)), "{key}: {} {text}", letters(text));
    }
    for text in [&product.description.zh, &product.description.en] {
        assert!((400..=20_000).contains(&letters(text)), "{key}: {} {text}", letters(text));
        assert!(text.contains("\n## ") && text.contains("\n- "), "{key}");
        assert!(!text.contains('{'), "{key}: {text}");
    }
    assert!(version_ok(&product.version), "{key}: {}", product.version);
    assert!((1..=3).contains(&product.categories.len()), "{key}");
    assert!((3..=6).contains(&product.highlights.len()) && product.cases.len() <= 2, "{key}");
    for point in product.highlights.iter().chain(&product.functions) {
        both(&point.title, key);
        both(&point.text, key);
        for language in [Language::Zh, Language::En] {
            assert!(
                letters(point.title.in_language(language)) <= 40 && letters(point.text.in_language(language)) <= 200,
                "{key}: {point:?}"
            );
        }
    }
    for text in [&product.name, &product.summary, &product.description, &product.usage_guide] {
        both(text, key);
        assert!(chinese(&text.zh), "{key}");
    }
    check_specifications(product);
}

fn check_specifications(product: &crate::Product) {
    let key = product.key.as_str();
    assert!((1..=4).contains(&product.specifications.len()), "{key}");
    let keys: BTreeSet<&str> = product.specifications.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(keys.len(), product.specifications.len(), "{key}");
    assert!(product.specifications.iter().any(|one| !one.hidden && !one.free), "{key}: something to buy");
    for specification in &product.specifications {
        both(&specification.name, key);
        both(&specification.description, key);
        assert_eq!(specification.free, specification.prices.is_empty(), "{key}");
        assert!(!specification.attributes.is_empty(), "{key}");
        if let Some(days) = specification.trial_days {
            assert!((3..=180).contains(&days), "{key}");
            assert!(specification.prices.iter().any(|price| price.billing != Billing::OneTime), "{key}");
        }
        for price in &specification.prices {
            let (yuan, cents) = price.amount.split_once('.').expect("two decimals");
            assert_eq!(cents.len(), 2, "{key}: {}", price.amount);
            assert!((1..=99_999_999).contains(&yuan.parse::<u64>().expect("digits")), "{key}: {}", price.amount);
        }
    }
}

#[test]
fn every_product_obeys_the_limits() {
    let market = market();
    assert!(market.products.len() >= 64);
    let leaves: BTreeSet<&str> = market.leaves().map(|leaf| leaf.id.as_str()).collect();
    for product in &market.products {
        check_product(product);
        assert!(product.categories.iter().all(|leaf| leaves.contains(leaf.as_str())), "{}", product.key);
        assert!(market.seller(&product.seller).is_some());
        assert!((10..=50).contains(&product.rating_tenths) && product.sales > 0);
        both(&product.tags[0].name, &product.key);
    }
}

#[test]
fn every_product_reads_as_its_own() {
    let products = &market().products;
    let distinct = |read: fn(&crate::Product) -> &str| products.iter().map(read).collect::<BTreeSet<_>>().len();
    let reads: [fn(&crate::Product) -> &str; 7] = [
        |product| &product.key,
        |product| &product.name.zh,
        |product| &product.name.en,
        |product| &product.summary.zh,
        |product| &product.summary.en,
        |product| product.description.zh.split("\n\n").next().unwrap_or(""),
        |product| product.description.en.split("\n\n").next().unwrap_or(""),
    ];
    for read in reads {
        assert_eq!(distinct(read), products.len());
    }
    let titles = products.iter().flat_map(|product| &product.highlights).map(|point| &point.title.zh);
    let count = titles.clone().count();
    assert_eq!(titles.collect::<BTreeSet<_>>().len(), count, "highlights repeat");
}

#[test]
fn the_mix_of_offers_is_as_wanted() {
    let products = &market().products;
    let with = |test: fn(&crate::Product) -> bool| products.iter().filter(|product| test(product)).count();
    assert_eq!(with(|product| product.service == SellerService::Faulty), 2);
    assert!((3..=8).contains(&with(|product| product.service == SellerService::Asynchronous)));
    assert!((4..=10).contains(&with(|product| { product.specifications.iter().any(|one| one.free) })));
    let trials = with(|product| product.specifications.iter().any(|one| one.trial_days.is_some()));
    assert!((16..=26).contains(&trials), "{trials}");
    assert!(with(|product| product.specifications.iter().any(|one| one.hidden)) >= 3);
    assert!(with(|product| !product.cases.is_empty()) >= 12);
}

/// Start and end tags match, and nothing active or external is inside.
fn check_svg(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').expect("closed tag");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap_or(""));
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
    }
    assert!(open.is_empty(), "{open:?}");
    let inside = svg.replace("http://www.w3.org/2000/svg", "").to_lowercase();
    for word in ["<script", "href", "url(", "http", "foreignobject", "onload", "<image", "@import"] {
        assert!(!inside.contains(word), "{word}");
    }
}

#[test]
fn pictures_are_well_formed_and_show_the_name() {
    const { assert!(LAYOUT_COUNT >= 8) };
    for product in &market().products {
        let mut seen = BTreeSet::new();
        for n in 0..PICTURES_PER_PRODUCT {
            let svg = picture_svg(product, n);
            check_svg(&svg);
            assert!(svg.contains("width=\"800\" height=\"600\""));
            assert!(svg.contains(&product.name.zh.replace('&', "&amp;")), "{}", product.key);
            assert!(svg.len() < 60_000, "{} {}", product.key, svg.len());
            assert!(!svg.contains("></text>"), "{} {n}: a label is empty", product.key);
            assert_eq!(svg, picture_svg(product, n));
            seen.insert(svg);
        }
        assert_eq!(seen.len(), PICTURES_PER_PRODUCT, "{}", product.key);
        let english = picture_svg_in(product, 0, Language::En);
        let (_, body) = english.split_once("</title>").expect("a title");
        assert!(!chinese(body), "{}", product.key);
    }
}

#[test]
fn logos_are_distinct() {
    let market = market();
    let mut seen = BTreeMap::new();
    let products = market.products.iter().map(|product| (&product.key, logo_svg(product)));
    for (key, svg) in market.sellers.iter().map(|seller| (&seller.key, logo_svg(seller))).chain(products) {
        check_svg(&svg);
        assert!(svg.contains("width=\"120\" height=\"120\""));
        let (_, drawing) = svg.split_once("</title>").expect("a title");
        assert_eq!(seen.insert(drawing.to_owned(), key), None, "{key}");
    }
}

#[test]
fn benchmark_products_are_valid_unique_and_repeatable() {
    let products: Vec<_> = synthetic_products(3000, 40, 7).collect();
    assert_eq!(products.len(), 3000);
    let names: BTreeSet<_> = products.iter().map(|product| (&product.name.zh, &product.name.en)).collect();
    assert_eq!(names.len(), 3000);
    let summaries: BTreeSet<_> = products.iter().map(|product| &product.summary.zh).collect();
    assert!(summaries.len() > 2000, "{}", summaries.len());
    let sellers: BTreeSet<_> = products.iter().map(|product| &product.seller).collect();
    assert_eq!(sellers.len(), 40);
    products.iter().for_each(check_product);
    let again: Vec<_> = synthetic_products(20, 40, 7).collect();
    assert_eq!(again, products[..20]);
    assert_ne!(synthetic_products(1, 1, 8).next(), synthetic_products(1, 1, 7).next());
    check_svg(&picture_svg(&products[11], 0));
}

#[test]
fn the_data_files_stay_small() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/data/products")).expect("folder") {
        let text = std::fs::read_to_string(entry.expect("entry").path()).expect("file");
        assert!(text.lines().count() < 700);
    }
}
