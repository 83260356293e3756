//! `web_kit` of Yunfang.
