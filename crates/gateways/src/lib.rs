//! `gateways` of Yunfang.
