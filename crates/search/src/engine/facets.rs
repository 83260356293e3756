//! Filters and counts over signatures.

use super::signature::{Compact, Registry};
use crate::request::{FacetCount, Facets, SearchRequest};

/// Filters that a signature fails, as bits.
pub(crate) const CATEGORY: u8 = 1;
const ACCESS: u8 = 2;
const BILLING: u8 = 4;
const TRIAL: u8 = 8;
const FREE: u8 = 16;
const CURRENCY: u8 = 32;

fn fails(signature: &Compact, filters: &Filters) -> u8 {
    let mut bits = 0;
    let mut check = |passes: bool, bit: u8| {
        if !passes {
            bits |= bit;
        }
    };
    if let Some(wanted) = filters.category {
        check(wanted.is_some_and(|id| signature.categories.contains(&id)), CATEGORY);
    }
    if let Some(wanted) = &filters.access_types {
        check(wanted.contains(&signature.access_type), ACCESS);
    }
    if let Some(wanted) = &filters.billing_modes {
        check(signature.billing_modes.iter().any(|mode| wanted.contains(mode)), BILLING);
    }
    if let Some(wanted) = filters.has_trial {
        check(signature.has_trial == wanted, TRIAL);
    }
    if let Some(wanted) = filters.has_free {
        check(signature.has_free == wanted, FREE);
    }
    if let Some(wanted) = filters.currency {
        check(wanted == Some(signature.currency), CURRENCY);
    }
    bits
}

/// Filters of a request as numbers; an inner none is a value nobody has.
struct Filters {
    category: Option<Option<u32>>,
    access_types: Option<Vec<u32>>,
    billing_modes: Option<Vec<u32>>,
    currency: Option<Option<u32>>,
    has_trial: Option<bool>,
    has_free: Option<bool>,
}

/// For every signature the filters of the request that it fails.
pub(crate) fn failures(registry: &Registry, request: &SearchRequest) -> Vec<u8> {
    let any = |values: &[String], known: &super::signature::Interner| {
        (!values.is_empty()).then(|| values.iter().filter_map(|value| known.get(value)).collect())
    };
    let filters = Filters {
        category: request.category.as_ref().map(|id| registry.categories.get(id)),
        access_types: any(&request.access_types, &registry.access_types),
        billing_modes: any(&request.billing_modes, &registry.billing_modes),
        currency: request.currency.as_ref().map(|code| registry.currencies.get(code)),
        has_trial: request.has_trial,
        has_free: request.has_free,
    };
    registry.signatures.iter().map(|signature| fails(signature, &filters)).collect()
}

/// Number of products that pass every filter.
pub(crate) fn total(counts: &[u32], failures: &[u8]) -> u64 {
    let passing = counts.iter().zip(failures).filter(|(_, bits)| **bits == 0);
    passing.map(|(count, _)| u64::from(*count)).sum()
}

/// Counts by group; each group ignores its own filter.
pub(crate) fn facets(registry: &Registry, counts: &[u32], failures: &[u8]) -> Facets {
    let mut categories = vec![0; registry.categories.values().len()];
    let mut access_types = vec![0; registry.access_types.values().len()];
    let mut billing_modes = vec![0; registry.billing_modes.values().len()];
    let mut out = Facets::default();
    for ((signature, count), bits) in registry.signatures.iter().zip(counts).zip(failures) {
        let count = u64::from(*count);
        // More than one failed filter: the product is in no group.
        if count == 0 || bits.count_ones() > 1 {
            continue;
        }
        let counts_in = |group: u8| bits & !group == 0;
        if counts_in(CATEGORY) {
            for id in &signature.categories {
                categories[*id as usize] += count;
            }
        }
        if counts_in(ACCESS) {
            access_types[signature.access_type as usize] += count;
        }
        if counts_in(BILLING) {
            for mode in &signature.billing_modes {
                billing_modes[*mode as usize] += count;
            }
        }
        if signature.has_trial && counts_in(TRIAL) {
            out.has_trial += count;
        }
        if signature.has_free && counts_in(FREE) {
            out.has_free += count;
        }
    }
    out.categories = named(registry.categories.values(), &categories);
    out.access_types = named(registry.access_types.values(), &access_types);
    out.billing_modes = named(registry.billing_modes.values(), &billing_modes);
    out
}

fn named(values: &[String], counts: &[u64]) -> Vec<FacetCount> {
    let mut found: Vec<FacetCount> = values
        .iter()
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|(value, count)| FacetCount { value: value.clone(), count: *count })
        .collect();
    found.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    found
}
