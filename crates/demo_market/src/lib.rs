//! `demo_market` of Yunfang.
