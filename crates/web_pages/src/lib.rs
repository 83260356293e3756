//! `web_pages` of Yunfang.
