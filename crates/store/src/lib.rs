//! `store` of Yunfang.
