//! What a request tells about its sender: language, theme, session, form token, flash messages.

use crate::signing;
use crate::state::Web;
use app::identity::SignedIn;
use app::{Actor, AppError};
use axum::http::{HeaderMap, HeaderValue, header, request::Parts};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::text::Language;
use domain::time::SECOND;
use serde::{Deserialize, Serialize};

/// Cookie of the session (with `__Host-` before it under HTTPS).
pub const SESSION: &str = "yf_session";
/// Cookie of a visitor's form token (with `__Host-` before it under HTTPS).
pub const CSRF: &str = "yf_csrf";
/// Cookie of the flash messages.
pub const FLASH: &str = "yf_flash";
/// Cookie of the language.
pub const LANGUAGE: &str = "yf_lang";
/// Cookie of the theme.
pub const THEME: &str = "yf_theme";

/// Seconds for which flash messages wait to be shown.
const FLASH_SECONDS: i64 = 120;

/// Tone of a flash message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlashKind {
    /// It worked.
    Success,
    /// Something to know.
    Info,
    /// Something to watch.
    Warning,
    /// It did not work.
    Danger,
}

/// A message for the next page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Tone.
    pub kind: FlashKind,
    /// Words.
    pub text: String,
}

#[derive(Serialize, Deserialize)]
struct FlashBag {
    until: i64,
    items: Vec<Flash>,
}

/// Id of the request, in the log and on error pages.
#[derive(Debug, Clone, Default)]
pub struct RequestId(pub String);

/// Who asks, and how.
pub struct Visit {
    /// Language of the answer.
    pub language: Language,
    /// `auto`, `light` or `dark`.
    pub theme: &'static str,
    /// Recognised session.
    pub signed_in: Option<SignedIn>,
    /// Who acts.
    pub actor: Actor,
    /// Token that forms must carry.
    pub csrf: String,
    /// Whether the visitor's token is new and its cookie must be set.
    pub csrf_is_new: bool,
    /// Messages that wait to be shown.
    pub flash: Vec<Flash>,
    /// Path of the request.
    pub path: String,
    /// Decoded query.
    pub query: Vec<(String, String)>,
    /// Id of the request.
    pub request_id: String,
    /// Unread messages.
    pub unread: i64,
    /// Browser or program, at most 200 characters.
    pub user_agent: String,
}

/// A cookie of the request.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|v| v.to_str().ok());
    pairs
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Name of a cookie that must not leave this host.
pub fn host_name(web: &Web, name: &str) -> String {
    if web.options().secure_cookies { format!("__Host-{name}") } else { name.to_owned() }
}

/// A `Set-Cookie` value. `max_age` in seconds; `None` keeps it until the browser closes. Scripts
/// can read it only when `open`.
pub fn set_cookie(web: &Web, name: &str, value: &str, max_age: Option<i64>, open: bool) -> Option<HeaderValue> {
    let mut text = format!("{name}={value}; Path=/; SameSite=Lax");
    if let Some(seconds) = max_age {
        text.push_str(&format!("; Max-Age={seconds}"));
    }
    if !open {
        text.push_str("; HttpOnly");
    }
    if web.options().secure_cookies {
        text.push_str("; Secure");
    }
    HeaderValue::from_str(&text).ok()
}

/// The flash messages in a cookie; none when it is old or was changed.
pub fn read_flash(web: &Web, headers: &HeaderMap) -> Vec<Flash> {
    let read = || {
        let body = web.signer().verify("flash", cookie(headers, FLASH)?)?;
        let bag: FlashBag = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        (bag.until >= web.app.now().micros()).then_some(bag.items)
    };
    read().unwrap_or_default()
}

/// The cookie for flash messages; the last few when they would not fit.
pub fn write_flash(web: &Web, items: &[Flash]) -> Option<HeaderValue> {
    let until = web.app.now().plus(FLASH_SECONDS * SECOND).micros();
    let mut items = items.to_vec();
    for flash in &mut items {
        flash.text = flash.text.chars().take(500).collect();
    }
    loop {
        let body = serde_json::to_vec(&FlashBag { until, items: items.clone() }).ok()?;
        let value = web.signer().sign("flash", &URL_SAFE_NO_PAD.encode(body));
        if value.len() <= 3500 || items.len() <= 1 {
            return set_cookie(web, FLASH, &value, Some(FLASH_SECONDS), false);
        }
        items.remove(0);
    }
}

fn theme(headers: &HeaderMap) -> &'static str {
    match cookie(headers, THEME) {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "auto",
    }
}

fn language(headers: &HeaderMap, user: Option<Language>) -> Language {
    cookie(headers, LANGUAGE).and_then(Language::from_code).or(user).unwrap_or_else(|| accepted_language(headers))
}

/// Language of `Accept-Language`.
pub fn accepted_language(headers: &HeaderMap) -> Language {
    let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    Language::negotiate(text.unwrap_or(""))
}

/// The session behind the cookie, where there is a living one.
pub async fn session(web: &Web, headers: &HeaderMap) -> Result<Option<SignedIn>, AppError> {
    match cookie(headers, &host_name(web, SESSION)) {
        Some(token) if !token.is_empty() => web.app.session(token).await,
        _ => Ok(None),
    }
}

fn visitor_token(web: &Web, headers: &HeaderMap) -> (String, bool) {
    let known = cookie(headers, &host_name(web, CSRF)).filter(|v| web.signer().verify("csrf", v).is_some());
    match known {
        Some(token) => (token.to_owned(), false),
        None => (web.signer().sign("csrf", &signing::random_text()), true),
    }
}

impl Visit {
    /// Reads a request. Fails when the session cannot be looked up.
    pub async fn read(web: &Web, parts: &Parts) -> Result<Visit, AppError> {
        let signed_in = session(web, &parts.headers).await?;
        let mut visit = Visit::anonymous(web, parts);
        if let Some(signed_in) = signed_in {
            visit.language = language(&parts.headers, Some(signed_in.language));
            visit.actor = signed_in.actor.clone();
            visit.csrf.clone_from(&signed_in.csrf);
            visit.csrf_is_new = false;
            visit.unread = web.app.unread(&visit.actor).await?;
            visit.signed_in = Some(signed_in);
        }
        Ok(visit)
    }

    /// Reads a request without asking who sends it: error pages while the database is away.
    pub fn anonymous(web: &Web, parts: &Parts) -> Visit {
        let headers = &parts.headers;
        let (csrf, csrf_is_new) = visitor_token(web, headers);
        let query = parts.uri.query().unwrap_or("");
        let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("");
        Visit {
            language: language(headers, None),
            theme: theme(headers),
            signed_in: None,
            actor: Actor::Visitor,
            csrf,
            csrf_is_new,
            flash: read_flash(web, headers),
            path: parts.uri.path().to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
            unread: 0,
            user_agent: agent.chars().take(200).collect(),
        }
    }
}
