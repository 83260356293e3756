//! Switches that make the sample seller misbehave (13, item 8). A real seller leaves them away.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use http_body::Frame;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Largest padding in bytes that `big_body` gives.
const BIG_BODY_MAX: usize = 16 * 1024 * 1024;

/// The switches; everything off by default.
///
/// `result_code` and `fail_first_n` refuse the call before the business acts. All the others let
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
}

impl Faults {
    /// Whether calls with this activity (`None`: it could not be read) are spoilt.
    pub(crate) fn concern(&self, activity: Option<&str>) -> bool {
        self.only_activities.is_empty()
            || activity.is_some_and(|name| self.only_activities.iter().any(|only| only == name))
    }

    /// Lengthens the fields of an answer when the switch is on.
    pub(crate) fn spoil_fields(&self, answer: &mut Value) {
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

    /// The bytes to send in place of `good`.
    pub(crate) fn spoil_body(&self, good: String) -> String {
        if self.html {
            return "<!doctype html><title>Bad gateway</title>".to_owned();
        }
        if self.bad_json {
            return good.chars().take(good.chars().count() / 2).collect();
        }
        good
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
