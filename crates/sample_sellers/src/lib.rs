//! `sample_sellers` of Yunfang.
