//! `web_api` of Yunfang.
