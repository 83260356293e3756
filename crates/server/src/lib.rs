//! `server` of Yunfang.
