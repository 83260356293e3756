//! `testkit` of Yunfang.
