//! The data files as they are written: rows of [zh, en] pairs.

use crate::types::{SellerService, Text};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
pub(crate) struct CategoryFile {
    pub group: Vec<Group>,
}

/// A group with the words that its leaves share.
#[derive(Debug, Deserialize)]
pub(crate) struct Group {
    pub id: String,
    pub name: Text,
    pub icon: String,
    pub leaves: Vec<Leaf>,
    pub safety: Text,
    pub start: Text,
    pub metrics: Vec<Text>,
    pub items: Vec<Text>,
    /// Items of single leaves, where the group's would not fit.
    #[serde(default)]
    pub leaf_items: BTreeMap<String, Vec<Text>>,
}

/// `[id, zh, en, icon, layout, layout, layout]`
#[derive(Debug, Deserialize)]
pub(crate) struct Leaf(pub String, pub String, pub String, pub String, pub String, pub String, pub String);

#[derive(Debug, Deserialize)]
pub(crate) struct SchemeFile {
    pub scheme: Vec<Scheme>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Scheme {
    pub id: String,
    pub spec: Vec<SchemeSpec>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SchemeSpec {
    pub key: String,
    pub name: Text,
    pub about: Text,
    pub attributes: Vec<[String; 5]>,
    pub month: Option<u64>,
    pub year: Option<u64>,
    pub once: Option<u64>,
    #[serde(default)]
    pub trial: bool,
    #[serde(default)]
    pub free: bool,
    #[serde(default)]
    pub hidden: bool,
}

pub(crate) type TagFile = BTreeMap<String, Text>;

#[derive(Debug, Deserialize)]
pub(crate) struct PeopleFile {
    pub seller: Vec<RawSeller>,
    pub buyer: Vec<RawOrganisation>,
    pub partner: Vec<RawOrganisation>,
    pub operator: Vec<RawOperator>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RawSeller {
    pub key: String,
    pub name: Text,
    pub legal_name: String,
    pub credit_code: String,
    pub profile: Text,
    pub colour: String,
    pub accent: String,
    pub city: Text,
    pub founded: u16,
    pub employees: String,
    pub mark: String,
    pub hotline: String,
    pub zh_hours: String,
    pub en_hours: String,
    pub users: Vec<[String; 4]>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RawOrganisation {
    pub key: String,
    pub name: Text,
    pub legal_name: String,
    pub credit_code: String,
    pub city: Text,
    pub industry: Text,
    pub mark: String,
    pub phone: String,
    pub users: Vec<[String; 4]>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RawOperator {
    pub key: String,
    pub name: Text,
    pub role: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ProductFile {
    pub product: Vec<RawProduct>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RawProduct {
    pub key: String,
    pub name: Text,
    pub version: String,
    pub cats: Vec<String>,
    pub tags: Vec<String>,
    pub summary: Text,
    pub intro: Text,
    pub scene: Text,
    pub functions: Vec<[String; 4]>,
    pub highlights: Vec<[String; 4]>,
    pub scheme: String,
    pub month: u64,
    pub trial: Option<u16>,
    #[serde(default)]
    pub service: SellerService,
    #[serde(default)]
    pub cases: Vec<[String; 4]>,
}
