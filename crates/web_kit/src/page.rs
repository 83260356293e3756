//! The page that a handler makes: who asks, words, rendering, redirects.

use crate::error::PageError;
use crate::fault::{code_text, field_text};
use crate::form_errors::{ErrorLine, FormErrors};
use crate::nav::{self, Group};
use crate::paths::safe_next;
use crate::pieces::{Crumb, Kit};
use crate::ready::{self, ReadyPage};
use crate::signing;
use crate::state::Web;
use crate::visit::{self, Flash, FlashKind, Visit};
use app::actor::{Member, Operator};
use app::identity::SignedIn;
use app::words::Argument;
use app::{Actor, App, AppError};
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use domain::access::{OperatorRight, Right};
use domain::text::{Language, Localized};
use domain::time::Timestamp;
use minijinja::Value;
use minijinja::value::Serde;
use percent_encoding::{CONTROLS, utf8_percent_encode};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Where the layer around the router finds the page of a request again.
pub(crate) type Slot = Arc<OnceLock<Page>>;

/// A page in the making. Take it as the first argument of a handler.
#[derive(Clone)]
pub struct Page {
    web: Web,
    visit: Arc<Visit>,
    title: String,
    console: &'static str,
    crumbs: Vec<Crumb>,
    active: Option<&'static str>,
}

/// An option of a select box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Value that is sent.
    pub value: String,
    /// Words.
    pub text: String,
}

#[derive(Serialize)]
struct PageUser<'p> {
    name: &'p str,
    email: &'p str,
    org_name: &'p str,
    is_operator: bool,
    is_buyer: bool,
    is_seller: bool,
    is_partner: bool,
}

#[derive(Serialize)]
struct PageObject<'p> {
    lang: &'static str,
    path: &'p str,
    csrf: &'p str,
    form_key: String,
    theme: &'static str,
    title: &'p str,
    console: &'static str,
    user: Option<PageUser<'p>>,
    nav: Vec<Group>,
    flash: &'p [Flash],
    crumbs: &'p [Crumb],
    now: i64,
    site_name: &'p str,
    asset_version: &'p str,
    sandbox_clock: Option<String>,
    unread: i64,
}

impl FromRequestParts<Web> for Page {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Page, PageError> {
        let slot = parts.extensions.get::<Slot>().cloned();
        if let Some(page) = slot.as_ref().and_then(|s| s.get()) {
            return Ok(page.clone());
        }
        let page = Page::of(web, Visit::read(web, parts).await?);
        if let Some(slot) = slot {
            // Two extractors of one request never run at the same time.
            let _ = slot.set(page.clone());
        }
        Ok(page)
    }
}

impl Page {
    fn of(web: &Web, visit: Visit) -> Page {
        let (title, crumbs) = (String::new(), Vec::new());
        Page { web: web.clone(), visit: Arc::new(visit), title, console: "store", crumbs, active: None }
    }

    /// A page for a request whose sender cannot be looked up now.
    pub(crate) fn anonymous(web: &Web, parts: &Parts) -> Page {
        Page::of(web, Visit::anonymous(web, parts))
    }

    /// The state.
    pub fn web(&self) -> &Web {
        &self.web
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.web.app
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.visit.actor
    }

    /// The session, where somebody is signed in.
    pub fn signed_in(&self) -> Option<&SignedIn> {
        self.visit.signed_in.as_ref()
    }

    /// Language of the page.
    pub fn language(&self) -> Language {
        self.visit.language
    }

    /// Now, by the test clock of a sandbox where the member belongs to one.
    pub fn now(&self) -> Timestamp {
        match self.actor() {
            Actor::Member(m) if m.sandbox => self.app().now().plus(m.clock_offset),
            _ => self.app().now(),
        }
    }

    /// Path of the request.
    pub fn path(&self) -> &str {
        &self.visit.path
    }

    /// The first value of a query parameter, trimmed; empty when there is none.
    pub fn query(&self, name: &str) -> &str {
        self.visit.query.iter().find(|(k, _)| k == name).map_or("", |(_, v)| v.trim())
    }

    /// All values of a query parameter.
    pub fn query_all(&self, name: &str) -> Vec<&str> {
        self.visit.query.iter().filter(|(k, _)| k == name).map(|(_, v)| v.as_str()).collect()
    }

    /// The decoded query.
    pub fn query_pairs(&self) -> &[(String, String)] {
        &self.visit.query
    }

    /// Token that forms must carry.
    pub fn csrf(&self) -> &str {
        &self.visit.csrf
    }

    /// Whether `token` is the one of this session or visitor; compared in constant time.
    pub fn csrf_matches(&self, token: &str) -> bool {
        !self.visit.csrf_is_new && signing::same(&self.visit.csrf, token)
    }

    /// Browser or program, at most 200 characters.
    pub fn user_agent(&self) -> &str {
        &self.visit.user_agent
    }

    /// Id of the request in the log.
    pub fn request_id(&self) -> &str {
        &self.visit.request_id
    }

    /// A text.
    pub fn t(&self, key: &str) -> String {
        self.tx(key, &[])
    }

    /// A text with arguments.
    pub fn tx(&self, key: &str, arguments: &[(&str, Argument)]) -> String {
        self.app().words().text(self.language(), key, arguments)
    }

    /// What compiled templates need.
    pub fn kit(&self) -> &Kit {
        self.web.templates().kit(self.language())
    }

    /// Markdown of a seller as HTML that is safe to show.
    pub fn markdown(&self, text: &str) -> Arc<str> {
        self.web.templates().markdown(text)
    }

    /// `auto`, `light` or `dark`.
    pub fn theme(&self) -> &'static str {
        self.visit.theme
    }

    /// Whether the page is the same for everybody with its language and theme: nobody is signed in
    /// and no message waits to be shown.
    pub fn is_plain(&self) -> bool {
        matches!(self.actor(), Actor::Visitor) && self.visit.flash.is_empty()
    }

    /// A bilingual text in the language of the page.
    pub fn pick<'l>(&self, text: &'l Localized) -> &'l str {
        text.get(self.language())
    }

    /// Options for codes; the words of `CODE_A` stand under `<prefix>code-a`.
    pub fn options(&self, prefix: &str, codes: &[&str]) -> Vec<Choice> {
        let key = |code: &str| format!("{prefix}{}", code.to_lowercase().replace(['_', '.'], "-"));
        codes.iter().map(|c| Choice { value: (*c).to_owned(), text: self.t(&key(c)) }).collect()
    }

    /// Sets the title.
    #[must_use]
    pub fn title(mut self, text: impl Into<String>) -> Page {
        self.title = text.into();
        self
    }

    /// Sets the title by translation key.
    #[must_use]
    pub fn title_key(self, key: &str) -> Page {
        let text = self.t(key);
        self.title(text)
    }

    /// Sets the console: `buyer`, `seller`, `operator`, `partner` (default `store`).
    #[must_use]
    pub fn console(mut self, console: &'static str) -> Page {
        self.console = console;
        self
    }

    /// Adds a step to the path above the title; an empty `href` for the page itself.
    #[must_use]
    pub fn crumb(mut self, text: impl Into<String>, href: impl Into<String>) -> Page {
        self.crumbs.push(Crumb { text: text.into(), href: href.into() });
        self
    }

    /// The steps above the title.
    pub fn crumbs(&self) -> &[Crumb] {
        &self.crumbs
    }

    /// The title.
    pub fn title_text(&self) -> &str {
        &self.title
    }

    /// The same by translation key.
    #[must_use]
    pub fn crumb_key(self, key: &str, href: impl Into<String>) -> Page {
        let text = self.t(key);
        self.crumb(text, href)
    }

    /// Marks an entry of the navigation (default: the one that fits the path best).
    #[must_use]
    pub fn nav_active(mut self, key: &'static str) -> Page {
        self.active = Some(key);
        self
    }

    fn user(&self) -> Option<PageUser<'_>> {
        match self.actor() {
            Actor::Member(m) => Some(PageUser {
                name: &m.name,
                email: &m.email,
                org_name: self.pick(&m.organisation_name),
                is_operator: false,
                is_buyer: true,
                is_seller: m.is_seller(),
                is_partner: m.is_partner,
            }),
            Actor::Operator(o) => Some(PageUser {
                name: &o.name,
                email: &o.email,
                org_name: "",
                is_operator: true,
                is_buyer: false,
                is_seller: false,
                is_partner: false,
            }),
            Actor::Visitor | Actor::System(_) => None,
        }
    }

    fn object(&self) -> Value {
        let sandbox = matches!(self.actor(), Actor::Member(m) if m.sandbox);
        let clock = || crate::filters::datetime_text(self.now(), self.language(), false);
        Value::from(Serde(PageObject {
            lang: self.language().code(),
            path: self.path(),
            csrf: self.csrf(),
            form_key: if self.signed_in().is_some() { signing::random_text() } else { String::new() },
            theme: self.visit.theme,
            title: &self.title,
            console: self.console,
            user: self.user(),
            nav: nav::navigation(self.console, self.actor(), self.path(), self.active),
            flash: &self.visit.flash,
            crumbs: &self.crumbs,
            now: self.now().micros(),
            site_name: &self.app().options().site_name,
            asset_version: self.web.assets().version(),
            sandbox_clock: sandbox.then(clock),
            unread: self.visit.unread,
        }))
    }

    /// Renders to text: fragments that scripts fetch, parts that are cached.
    pub fn fragment(&self, template: &str, context: &impl Serialize) -> Result<String, PageError> {
        self.web
            .templates()
            .render(self.language(), template, self.object(), context)
            .map_err(|error| PageError::internal(format!("template {template}: {error:#}")))
    }

    /// Renders the page, status 200.
    pub fn render(&self, template: &str, context: &impl Serialize) -> Response {
        self.render_status(StatusCode::OK, template, context)
    }

    /// Renders the page again because its form was not accepted, status 422.
    pub fn render_invalid(&self, template: &str, context: &impl Serialize) -> Response {
        self.render_status(StatusCode::UNPROCESSABLE_ENTITY, template, context)
    }

    /// Renders the page with another status.
    pub fn render_status(&self, status: StatusCode, template: &str, context: &impl Serialize) -> Response {
        match self.fragment(template, context) {
            Ok(html) => self.sent(status, html.into()),
            Err(error) => error.into_response(),
        }
    }

    /// Answers a page that is ready, packed where the browser takes that.
    pub fn answer(&self, headers: &HeaderMap, made: &ReadyPage) -> Response {
        if !ready::accepts_packed(headers) {
            return self.sent(StatusCode::OK, made.html().into());
        }
        let mut response = self.sent(StatusCode::OK, made.packed().into());
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
        response
    }

    /// Answers HTML that was made for this request.
    pub fn answer_once(&self, html: String) -> Response {
        self.sent(StatusCode::OK, html.into())
    }

    fn sent(&self, status: StatusCode, body: Body) -> Response {
        let mut response = (status, body).into_response();
        let caching = if self.signed_in().is_some() { "no-store" } else { "private, no-cache" };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(self.language().code()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        headers.insert(header::VARY, HeaderValue::from_static("Cookie, Accept-Language"));
        if self.visit.csrf_is_new {
            let name = visit::host_name(&self.web, visit::CSRF);
            self.push_cookie(&mut response, visit::set_cookie(&self.web, &name, self.csrf(), None, false));
        }
        if !self.visit.flash.is_empty() {
            self.push_cookie(&mut response, visit::set_cookie(&self.web, visit::FLASH, "", Some(0), false));
        }
        response
    }

    fn push_cookie(&self, response: &mut Response, cookie: Option<HeaderValue>) {
        if let Some(cookie) = cookie {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }

    /// Goes to another page (303).
    pub fn redirect(&self, to: impl AsRef<str>) -> Response {
        see_other(to.as_ref())
    }

    /// Goes to another page and shows a message there.
    pub fn redirect_with(&self, kind: FlashKind, text: impl Into<String>, to: impl AsRef<str>) -> Response {
        let mut items = self.visit.flash.clone();
        items.push(Flash { kind, text: text.into() });
        let mut response = see_other(to.as_ref());
        self.push_cookie(&mut response, visit::write_flash(&self.web, &items));
        response
    }

    /// Goes to another page with the session of `token`.
    pub fn log_in_redirect(&self, token: &str, to: impl AsRef<str>) -> Response {
        let name = visit::host_name(&self.web, visit::SESSION);
        let mut response = see_other(to.as_ref());
        self.push_cookie(&mut response, visit::set_cookie(&self.web, &name, token, None, false));
        response
    }

    /// Goes to another page without the session.
    pub fn log_out_redirect(&self, to: impl AsRef<str>) -> Response {
        let name = visit::host_name(&self.web, visit::SESSION);
        let mut response = see_other(to.as_ref());
        self.push_cookie(&mut response, visit::set_cookie(&self.web, &name, "", Some(0), false));
        response
    }

    /// `next` where it is a target on this site, else `default`.
    pub fn next_or(&self, default: &str, next: &str) -> String {
        safe_next(next).unwrap_or(default).to_owned()
    }

    /// Words of an error of the application.
    pub fn error_text(&self, error: &AppError) -> String {
        code_text(self.app().words(), self.language(), error.code())
    }

    fn lines(&self, error: &AppError) -> Vec<ErrorLine> {
        match error {
            AppError::Invalid(fields) => {
                let text = |e| field_text(self.app().words(), self.language(), e);
                fields.iter().map(|e| ErrorLine { field: e.field.clone(), text: text(e) }).collect()
            }
            other => vec![ErrorLine { field: String::new(), text: self.error_text(other) }],
        }
    }

    /// Words by field of an error of the application; empty unless fields are invalid.
    pub fn field_errors(&self, error: &AppError) -> BTreeMap<String, String> {
        self.lines(error).into_iter().filter(|l| !l.field.is_empty()).map(|l| (l.field, l.text)).collect()
    }

    /// What a form shows after `error`; errors that the sender cannot mend stay errors.
    pub fn form_errors(&self, error: AppError) -> Result<FormErrors, PageError> {
        match error {
            AppError::Invalid(_) | AppError::Refused(_) | AppError::Stale => Ok(FormErrors::new(self.lines(&error))),
            other => Err(other.into()),
        }
    }

    /// The member; visitors go to the log-in page.
    pub fn require_member(&self) -> Result<&Member, PageError> {
        Ok(self.actor().member()?)
    }

    /// The member, when he has `right`.
    pub fn require_right(&self, right: Right) -> Result<&Member, PageError> {
        Ok(self.actor().may_look(right)?)
    }

    /// The member of a selling organisation.
    pub fn require_seller(&self) -> Result<&Member, PageError> {
        let member = self.actor().member()?;
        if member.is_seller() { Ok(member) } else { Err(AppError::Forbidden("sellers only").into()) }
    }

    /// The operator with `right`; members must not learn that the page exists.
    pub fn require_operator(&self, right: OperatorRight) -> Result<&Operator, PageError> {
        Ok(self.actor().operator_may(right)?)
    }
}

/// A 303 to `to`, whatever characters it holds.
pub(crate) fn see_other(to: &str) -> Response {
    let target: Cow<'_, str> = utf8_percent_encode(to, CONTROLS).into();
    let value = HeaderValue::from_str(&target).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, value), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))])
        .into_response()
}
