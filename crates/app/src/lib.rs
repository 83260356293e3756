//! `app` of Yunfang.
