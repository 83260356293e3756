//! Switches that make the sample seller misbehave (13, item 8). A real seller leaves them away.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body::Frame;
use protocol::body_sign;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Beyond the range of a double; written without quotes when the body is spoilt.
const HUGE: &str = "1e999";

/// Largest padding in bytes that `big_body` gives.
const BIG_BODY_MAX: usize = 16 * 1024 * 1024;

/// The switches; everything off by default.
///
/// `result_code` and `fail_first_n` refuse the call before the business acts; the switches from
/// `accept_any_signature` to `repetition_fails` change what the business does. All the others let
/// it act and spoil the answer, as a seller does whose answer is lost on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Only calls with these activities are spoilt, e.g. `newInstance`; empty = all calls.
    pub only_activities: Vec<String>,
    /// Wait this many milliseconds after acting and before answering.
    pub delay_ms: u64,
    /// HTTP status in place of 200.
    pub http_status: Option<u16>,
    /// Content type in place of `application/json`.
    pub content_type: Option<String>,
    /// A body that is cut off.
    pub bad_json: bool,
    /// An HTML page as body, with the content type `text/html` unless `content_type` is set.
    pub html: bool,
    /// Add this many bytes of padding to the body, at most 16 MiB.
    pub big_body: usize,
    /// Leave `Body-Sign` out.
    pub missing_body_sign: bool,
    /// Make `Body-Sign` with another key.
    pub wrong_body_sign: bool,
    /// Answer this result code and do nothing.
    pub result_code: Option<String>,
    /// Answer creations with `000004` and this many queries as well; 4294967295 = for ever.
    pub processing_for_polls: Option<u32>,
    /// Make the answered texts longer than their limits.
    pub over_long_fields: bool,
    /// Answer every creation with the `businessId` of that request, so that the ID changes.
    pub changed_instance_id: bool,
    /// Drop the connection in the middle of the body.
    pub close_halfway: bool,
    /// Answer the first n calls with `000005` and do nothing.
    pub fail_first_n: u32,
    /// Do not check signatures and tokens at all.
    pub accept_any_signature: bool,
    /// Do not check the time of signing.
    pub accept_any_time: bool,
    /// Do not remember nonces.
    pub accept_replays: bool,
    /// Open another instance for every creation, repeated ones included.
    pub forget_orders: bool,
    /// Act on debugging calls as on real ones.
    pub act_on_tests: bool,
    /// Answer `000000` where the instance is unknown.
    pub unknown_succeeds: bool,
    /// Answer a call that changes nothing with `000005`, as a seller does who is not idempotent.
    pub repetition_fails: bool,
    /// Leave `instanceId` out.
    pub missing_instance_id: bool,
    /// Answer an empty `instanceId`.
    pub empty_instance_id: bool,
    /// Leave `resultCode` out.
    pub missing_result_code: bool,
    /// Answer `resultCode` as the JSON number 0.
    pub number_result_code: bool,
    /// Leave `appInfo` and `license` out.
    pub missing_content: bool,
    /// Answer `frontEndUrl` with the scheme `javascript:`.
    pub script_address: bool,
    /// Answer `info` for another instance than the one asked for.
    pub other_instance: bool,
    /// Answer `usageValue` with a number that no double can hold.
    pub huge_number: bool,
    /// Write the member `resultCode` twice.
    pub repeated_member: bool,
    /// Begin the body with a byte order mark.
    pub byte_order_mark: bool,
    /// Put a byte into the body that is not UTF-8.
    pub not_utf8: bool,
    /// Put a second JSON value behind the body.
    pub trailing_garbage: bool,
    /// Answer a list in place of an object.
    pub list_body: bool,
    /// Answer errors with HTTP 400 and the same body.
    pub errors_as_http: bool,
    /// Answer HTTP 302 to this address.
    pub redirect_to: Option<String>,
    /// Make `Body-Sign` over the body with a line break behind it.
    pub sign_other_bytes: bool,
    /// Write the signature of `Body-Sign` in hex.
    pub hex_body_sign: bool,
    /// Answer account and password in plain text where they must be encrypted.
    pub plain_credentials: bool,
    /// Encrypt account and password with another key.
    pub wrong_encryption_key: bool,
    /// Announce the other algorithm in `encryptType` than was used.
    pub wrong_encrypt_type: bool,
}

impl Faults {
    /// Whether calls with this activity (`None`: it could not be read) are spoilt.
    pub(crate) fn concern(&self, activity: Option<&str>) -> bool {
        self.only_activities.is_empty()
            || activity.is_some_and(|name| self.only_activities.iter().any(|only| only == name))
    }

    /// Changes, lengthens or removes the fields of an answer.
    pub(crate) fn spoil_fields(&self, answer: &mut Value) {
        self.spoil_members(answer);
        if self.big_body > 0 {
            answer["padding"] = json!("x".repeat(self.big_body.min(BIG_BODY_MAX)));
        }
        if !self.over_long_fields {
            return;
        }
        answer["resultMsg"] = json!("m".repeat(256));
        if answer.get("instanceId").is_some() {
            answer["instanceId"] = json!("i".repeat(65));
        }
        let info = answer.get_mut("info").and_then(Value::as_array_mut);
        for element in info.into_iter().flatten() {
            let long = format!("https://seller.example/{}", "u".repeat(512));
            element["appInfo"]["frontEndUrl"] = json!(long);
        }
    }

    fn spoil_members(&self, answer: &mut Value) {
        let Some(members) = answer.as_object_mut() else {
            return;
        };
        if self.missing_content {
            members.remove("appInfo");
            members.remove("license");
        }
        if self.missing_instance_id {
            members.remove("instanceId");
        }
        if self.empty_instance_id && members.contains_key("instanceId") {
            members.insert("instanceId".to_owned(), json!(""));
        }
        if self.missing_result_code {
            members.remove("resultCode");
        }
        if self.number_result_code {
            members.insert("resultCode".to_owned(), json!(0));
        }
        let script = json!("javascript:alert(document.domain)");
        if self.script_address
            && let Some(app) = members.get_mut("appInfo")
        {
            app["frontEndUrl"] = script.clone();
        }
        for element in members.get_mut("info").and_then(Value::as_array_mut).into_iter().flatten() {
            if self.script_address {
                element["appInfo"]["frontEndUrl"] = script.clone();
            }
            if self.other_instance {
                element["instanceId"] = json!("somebody-elses");
            }
            if self.huge_number {
                element["usageInfo"] = json!([{"usageValue": HUGE, "statisticalTime": "20240530000000000"}]);
            }
        }
    }

    /// The bytes to send in place of `good`.
    pub(crate) fn spoil_body(&self, good: String) -> Vec<u8> {
        if self.html {
            return b"<!doctype html><title>Bad gateway</title>".to_vec();
        }
        let mut body = good;
        if self.huge_number {
            body = body.replace(&format!("\"{HUGE}\""), HUGE);
        }
        if self.repeated_member {
            body = body.replacen('{', "{\"resultCode\":\"000000\",", 1);
        }
        if self.list_body {
            body = format!("[{body}]");
        }
        if self.trailing_garbage {
            body.push_str("{}");
        }
        if self.bad_json {
            body = body.chars().take(body.chars().count() / 2).collect();
        }
        let mut bytes = body.into_bytes();
        if self.not_utf8 {
            let end = bytes.len().saturating_sub(1);
            bytes.splice(end..end, *b",\"x\":\"\xff\"");
        }
        if self.byte_order_mark {
            bytes.splice(0..0, *b"\xef\xbb\xbf");
        }
        bytes
    }

    /// The value of `Body-Sign`; `None` leaves the header out.
    pub(crate) fn body_sign(&self, key: &str, body: &[u8]) -> Option<String> {
        if self.missing_body_sign {
            return None;
        }
        let key = if self.wrong_body_sign { format!("{key}-wrong") } else { key.to_owned() };
        let mut signed = body.to_vec();
        if self.sign_other_bytes {
            signed.push(b'\n');
        }
        let header = body_sign::build(&key, &signed);
        if !self.hex_body_sign {
            return Some(header);
        }
        let base64 = header.rsplit('"').nth(1).unwrap_or_default();
        let hex = STANDARD.decode(base64).map(hex::encode).unwrap_or_default();
        Some(header.replace(base64, &hex))
    }

    /// The HTTP status for an answer with this result code.
    pub(crate) fn status(&self, result_code: &str) -> StatusCode {
        let fixed = self.http_status.and_then(|status| StatusCode::from_u16(status).ok());
        match fixed {
            Some(status) => status,
            None if self.redirect_to.is_some() => StatusCode::FOUND,
            None if self.errors_as_http && !matches!(result_code, "000000" | "000004") => StatusCode::BAD_REQUEST,
            None => StatusCode::OK,
        }
    }

    pub(crate) fn media_type(&self) -> &str {
        match &self.content_type {
            Some(text) => text,
            None if self.html => "text/html; charset=utf-8",
            None => "application/json",
        }
    }
}

/// A body whose connection breaks after the first half.
struct Halfway(Option<Bytes>);

impl http_body::Body for Halfway {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(half) => Ok(Frame::data(half)),
            None => Err(io::ErrorKind::ConnectionAborted.into()),
        }))
    }
}

/// The first half of `bytes` as a body that then breaks off.
pub(crate) fn halfway(bytes: &[u8]) -> Body {
    let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
    Body::new(Halfway(Some(half)))
}
