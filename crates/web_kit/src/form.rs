//! Forms: reading, and proof that they come from our own pages.

use crate::error::PageError;
use crate::form_errors::Values;
use crate::page::Page;
use crate::paths::rooted;
use crate::state::Web;
use app::AppError;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, Uri, header, request::Parts};
use axum::response::{IntoResponse, Response};
use domain::money::{AmountError, Currency, Money};
use serde::Serialize;

/// Largest file of a form, in bytes.
pub const MAX_FILE: usize = 6 * 1024 * 1024;

/// Largest form without files, in bytes: far more than the longest product draft.
const MAX_TEXT: usize = 1024 * 1024;
/// Most fields of a form.
const MAX_FIELDS: usize = 2000;

/// A file of a form.
#[derive(Debug, Clone)]
pub struct UploadedFile {
    /// Name of the field.
    pub field: String,
    /// Name that the sender gave the file.
    pub name: String,
    /// Type that the sender claims; never trust it.
    pub content_type: String,
    /// Contents, at most [`MAX_FILE`] bytes.
    pub bytes: Bytes,
}

/// A form whose origin and token are proven. Take it as the last argument of a handler.
#[derive(Debug, Clone, Default)]
pub struct Form {
    pairs: Vec<(String, String)>,
    files: Vec<UploadedFile>,
}

fn expired() -> PageError {
    PageError::new(StatusCode::FORBIDDEN, "form-expired")
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|v| v.to_str().ok())
}

/// Whether a request comes from one of our own pages, as far as the browser tells.
pub fn is_from_here(headers: &HeaderMap, host: &str) -> bool {
    match (text(headers, "sec-fetch-site"), text(headers, "origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.split_once("://").is_some_and(|(_, h)| h.eq_ignore_ascii_case(host)),
        (None, None) => true,
    }
}

/// Host by which the sender knows us.
pub fn host(web: &Web, parts: &Parts) -> String {
    host_of(web, &parts.headers, &parts.uri)
}

/// The same for a request that is not taken apart.
pub(crate) fn host_of(web: &Web, headers: &HeaderMap, uri: &Uri) -> String {
    let forwarded = text(headers, "x-forwarded-host").filter(|_| web.options().trust_proxy);
    let named = forwarded.or_else(|| text(headers, "host"));
    named.or_else(|| uri.authority().map(|a| a.as_str())).unwrap_or("").to_owned()
}

/// Whether the browser says that a request comes from one of our own pages. Silence is no proof.
fn is_proven_from_here(headers: &HeaderMap, host: &str) -> bool {
    text(headers, "sec-fetch-site").or_else(|| text(headers, "origin")).is_some()
        && is_from_here(headers, host)
        && text(headers, "sec-fetch-site") != Some("none")
}

/// What somebody typed into a form whose token does not count any more, because his session ended
/// meanwhile. It is shown again so that he can log in elsewhere and send it himself: the token of
/// the new form is his, and only forms that the browser knows to be ours are kept.
#[derive(Debug, Clone, Serialize)]
pub struct KeptForm {
    action: String,
    fields: Vec<KeptField>,
    /// Whether files went with it; they must be chosen again.
    files: bool,
    multipart: bool,
}

#[derive(Debug, Clone, Serialize)]
struct KeptField {
    name: String,
    value: String,
}

/// Paths whose forms are short or hold passwords: they are filled in again.
const NOT_KEPT: [&str; 5] = ["/login", "/logout", "/register", "/forgot", "/reset"];

impl KeptForm {
    fn of(form: Form, action: String, multipart: bool) -> Option<KeptForm> {
        let path = action.split('?').next().unwrap_or("");
        let secret = form.pairs.iter().any(|(name, _)| name.contains("password"));
        let token = form.get("csrf").unwrap_or("").is_empty();
        if secret || token || NOT_KEPT.contains(&path) {
            return None;
        }
        let files = !form.files.is_empty();
        let fields = form.pairs.into_iter().filter(|(name, _)| !matches!(name.as_str(), "csrf" | "form_key"));
        let fields = fields.map(|(name, value)| KeptField { name, value }).collect();
        Some(KeptForm { action, fields, files, multipart })
    }
}

/// Why a form was not accepted, with what was typed where that can be shown again.
#[derive(Debug)]
pub struct FormRejection {
    error: PageError,
    kept: Option<KeptForm>,
}

impl From<PageError> for FormRejection {
    fn from(error: PageError) -> FormRejection {
        FormRejection { error, kept: None }
    }
}

impl IntoResponse for FormRejection {
    fn into_response(self) -> Response {
        let mut response = self.error.into_response();
        if let Some(kept) = self.kept {
            response.extensions_mut().insert(kept);
        }
        response
    }
}

impl FromRequest<Web> for Form {
    type Rejection = FormRejection;

    async fn from_request(request: Request, web: &Web) -> Result<Form, FormRejection> {
        let (mut parts, body) = request.into_parts();
        let page = Page::from_request_parts(&mut parts, web).await?;
        let host = host(web, &parts);
        if !is_from_here(&parts.headers, &host) {
            return Err(expired().into());
        }
        let proven = is_proven_from_here(&parts.headers, &host);
        let action = parts.uri.path_and_query().map_or_else(String::new, |p| rooted(p.as_str()));
        let kind = text(&parts.headers, header::CONTENT_TYPE.as_str()).unwrap_or("").to_lowercase();
        let request = Request::from_parts(parts, body);
        let multipart = kind.starts_with("multipart/form-data");
        let form = if multipart {
            read_multipart(request, web).await?
        } else if kind.starts_with("application/x-www-form-urlencoded") || kind.is_empty() {
            read_urlencoded(request, web).await?
        } else {
            return Err(PageError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type").into());
        };
        if page.csrf_matches(form.get("csrf").unwrap_or("")) {
            return match form.pairs.iter().find(|(_, value)| value.contains('\0')) {
                Some((name, _)) => {
                    Err(FormRejection { error: AppError::field(name, "control-character").into(), kept: None })
                }
                None => Ok(form),
            };
        }
        let kept = if proven { KeptForm::of(form, action, multipart) } else { None };
        Err(FormRejection { error: expired(), kept })
    }
}

/// An amount without its sign of currency, in plain digits, without commas where they part thousands.
fn plain_amount(text: &str) -> String {
    let narrow = |c: char| match c {
        '０'..='９' | '．' | '，' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        other => other,
    };
    let text: String = text.trim_start_matches(['¥', '￥']).trim().chars().map(narrow).collect();
    let (whole, _) = text.split_once('.').unwrap_or((&text, ""));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or("");
    let grouped = (1..=3).contains(&first.len()) && groups.all(|g| g.len() == 3);
    if grouped { text.replacen(whole, &whole.replace(',', ""), 1) } else { text }
}

async fn read_urlencoded(request: Request, web: &Web) -> Result<Form, PageError> {
    let bad = |status: StatusCode| PageError { fault: crate::fault::Fault::of_status(status) };
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > MAX_TEXT) {
        return Err(bad(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let bytes = Bytes::from_request(request, web).await.map_err(|r| bad(r.status()))?;
    if bytes.len() > MAX_TEXT || bytes.iter().filter(|b| **b == b'&').count() >= MAX_FIELDS {
        return Err(bad(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let pairs = url::form_urlencoded::parse(&bytes).into_owned().collect();
    Ok(Form { pairs, files: Vec::new() })
}

async fn read_multipart(request: Request, web: &Web) -> Result<Form, PageError> {
    let bad = |status: StatusCode| PageError { fault: crate::fault::Fault::of_status(status) };
    let mut parts = Multipart::from_request(request, web).await.map_err(|r| bad(r.status()))?;
    let mut form = Form::default();
    while let Some(mut part) = parts.next_field().await.map_err(|e| bad(e.status()))? {
        if form.pairs.len() + form.files.len() >= MAX_FIELDS {
            return Err(bad(StatusCode::PAYLOAD_TOO_LARGE));
        }
        let field = part.name().unwrap_or("").to_owned();
        let Some(name) = part.file_name().map(str::to_owned) else {
            let value = part.text().await.map_err(|e| bad(e.status()))?;
            form.pairs.push((field, value));
            continue;
        };
        let content_type = part.content_type().unwrap_or("").to_owned();
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|e| bad(e.status()))? {
            if bytes.len() + chunk.len() > MAX_FILE {
                return Err(bad(StatusCode::PAYLOAD_TOO_LARGE));
            }
            bytes.extend_from_slice(&chunk);
        }
        // A file field that was left empty is sent without a name and without contents.
        if !(name.is_empty() && bytes.is_empty()) {
            form.files.push(UploadedFile { field, name, content_type, bytes: bytes.into() });
        }
    }
    Ok(form)
}

impl Form {
    /// A form without proof of its origin, for tests of what reads it.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Form {
        Form { pairs: pairs.into_iter().collect(), files: Vec::new() }
    }

    /// The first value of a field as it was sent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }

    /// The first value of a field, trimmed; empty when there is none.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("").trim()
    }

    /// All values of a field.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.pairs.iter().filter(|(k, _)| k == name).map(|(_, v)| v.as_str()).collect()
    }

    /// Whether a box is ticked.
    pub fn flag(&self, name: &str) -> bool {
        !matches!(self.text(name), "" | "0" | "false" | "off")
    }

    /// A whole number.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }

    /// An amount as people write it: `1,280.00`, `¥1280`, full-width digits. An error of the field
    /// when it is none.
    pub fn money(&self, name: &str, currency: Currency) -> Result<Money, AppError> {
        Money::parse(&plain_amount(self.text(name)), currency).map_err(|error| {
            let code = if error == AmountError::OutOfRange { "amount-out-of-range" } else { "not-an-amount" };
            AppError::field(name, code)
        })
    }

    /// The first file of a field, where one was chosen.
    pub fn file(&self, name: &str) -> Option<&UploadedFile> {
        self.files.iter().find(|f| f.field == name)
    }

    /// All files.
    pub fn files(&self) -> &[UploadedFile] {
        &self.files
    }

    /// All fields in order, the token included.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The values to be shown again; never the token, never what looks like a password.
    pub fn values(&self) -> Values {
        let shown = |name: &str| !matches!(name, "csrf" | crate::once::FORM_KEY) && !name.contains("password");
        self.pairs.iter().filter(|(k, _)| shown(k)).cloned().collect()
    }
}
