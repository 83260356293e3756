//! The layers around the router, from the outside in: request id, span, metrics and security
//! headers; compression; errors into pages and problems; size limit; language and theme; rate limit.

use crate::assets;
use crate::fault::{Carried, Fault, Shape};
use crate::form::{KeptForm, host_of};
use crate::limiter::{ClientNetwork, client_key};
use crate::page::{Page, Slot, see_other};
use crate::paths::{log_in_page, rooted};
use crate::problem::Problem;
use crate::state::Web;
use crate::visit::{self, RequestId};
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts, MatchedPath, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use std::any::Any;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::limit::RequestBodyLimitLayer;
use tracing::Instrument;

/// Largest body of a request, in bytes.
pub const MAX_BODY: usize = 8 * 1024 * 1024;
/// Longest time for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Forms on which people guess.
const GUESSED: [&str; 5] = ["/login", "/forgot", "/register", "/reset", "/account/password"];
const CSP: &str = "default-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// The whole web side: `router` with assets, fallbacks and layers.
pub fn wrap(router: Router<Web>, web: Web) -> Router {
    let worth_packing = SizeAbove::new(1024).and(NotForContentType::IMAGES).and(NotForContentType::SSE);
    let packing = CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worth_packing);
    router
        .route("/assets/{*path}", get(assets::serve))
        .fallback(missing)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn_with_state(web.clone(), brake))
        .layer(from_fn_with_state(web.clone(), switches))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(from_fn_with_state(web.clone(), answers))
        .layer(packing)
        .layer(from_fn_with_state(web.clone(), surround))
        .with_state(web)
}

async fn missing() -> Response {
    Fault::of_status(StatusCode::NOT_FOUND).carried(Shape::ByPath)
}

/// An address that only takes forms stands in the browser after a form was refused. Whoever asks for
/// it with Enter, a link or after a log-in gets the page above it.
async fn wrong_method(method: Method, uri: Uri) -> Response {
    let path = rooted(uri.path());
    if matches!(method, Method::GET | Method::HEAD) && !path.starts_with("/api/") {
        let above = path.trim_end_matches('/').rsplit_once('/').map_or("", |(above, _)| above);
        return see_other(if above.is_empty() { "/" } else { above });
    }
    Fault::of_status(StatusCode::METHOD_NOT_ALLOWED).carried(Shape::ByPath)
}

fn after_panic(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(cause = text, "a handler panicked");
    Fault::of_status(StatusCode::INTERNAL_SERVER_ERROR).carried(Shape::ByPath)
}

// ---------------------------------------------------------------------------------------------
// Outside: id, span, metrics, security headers

async fn surround(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(&web, request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = method_name(request.method());
    let below_api = request.uri().path().starts_with("/api/");
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "unmatched".to_owned(), |m| m.as_str().to_owned());
    let span = tracing::info_span!("request", method, route, id);
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = began.elapsed();
    let status = response.status().as_u16();
    if route.starts_with("/assets/") {
        tracing::debug!(parent: &span, status, micros = took.as_micros() as u64, "answered");
    } else {
        tracing::info!(parent: &span, status, micros = took.as_micros() as u64, "answered");
    }
    let labels = [("method", method.to_owned()), ("route", route.clone()), ("status", status.to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route)
        .record(took.as_secs_f64());
    if below_api {
        // Answers hold what belongs to one company: passwords of services, keys, orders.
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    protect(response.headers_mut(), &web, &id);
    response
}

/// Other methods share one label: callers must not be able to add labels without end.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

fn request_id(web: &Web, headers: &HeaderMap) -> String {
    let given = headers.get("x-request-id").and_then(|v| v.to_str().ok()).filter(|text| {
        web.options().trust_proxy && (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
    });
    given.map_or_else(|| hex::encode(rand::random::<[u8; 12]>()), str::to_owned)
}

fn protect(headers: &mut HeaderMap, web: &Web, id: &str) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, CSP);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Not "no-referrer": browsers would then send `Origin: null` with our own forms.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=()");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    if web.options().secure_cookies {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
}

// ---------------------------------------------------------------------------------------------
// Errors into pages and problems

/// What is kept of a request to answer in its language when it fails.
struct Kept {
    parts: Parts,
    slot: Slot,
}

#[derive(Serialize)]
struct ErrorContext {
    error: ErrorObject,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<KeptForm>,
}

#[derive(Serialize)]
struct ErrorObject {
    status: u16,
    title: String,
    text: String,
    request_id: String,
}

async fn answers(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let slot = Slot::default();
    parts.extensions.insert(slot.clone());
    let mut copy = Request::new(()).into_parts().0;
    copy.method.clone_from(&parts.method);
    copy.uri.clone_from(&parts.uri);
    copy.headers.clone_from(&parts.headers);
    if let Some(id) = parts.extensions.get::<RequestId>() {
        copy.extensions.insert(id.clone());
    }
    let kept = Kept { parts: copy, slot };
    let mut response = match tokio::time::timeout(PATIENCE, next.run(Request::from_parts(parts, body))).await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!("no answer in time");
            Fault::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable").carried(Shape::ByPath)
        }
    };
    let carried = match response.extensions_mut().remove::<Carried>() {
        Some(carried) => carried,
        None if is_bare_refusal(&response) => {
            Carried { fault: Fault::of_status(response.status()), shape: Shape::ByPath }
        }
        None => return response,
    };
    let allow = response.headers_mut().remove(header::ALLOW);
    let form = response.extensions_mut().remove::<KeptForm>();
    let mut shown = show(&web, carried, kept, form).await;
    if let Some(allow) = allow {
        shown.headers_mut().insert(header::ALLOW, allow);
    }
    shown
}

/// A refusal of the framework itself, in plain English: a part of the path that is not a number,
/// a body that is too long.
fn is_bare_refusal(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    response.status().is_client_error() && kind.starts_with("text/plain")
}

async fn show(web: &Web, carried: Carried, kept: Kept, form: Option<KeptForm>) -> Response {
    let Carried { fault, shape } = carried;
    let below_api = kept.parts.uri.path().starts_with("/api/");
    if shape == Shape::Problem || (shape == Shape::ByPath && below_api) {
        let language = visit::accepted_language(&kept.parts.headers);
        let id = kept.parts.extensions.get::<RequestId>().map_or("", |id| id.0.as_str());
        let problem = Problem::new(&fault, web.app.words(), language, kept.parts.uri.path(), id);
        return problem.into_response(&fault, language);
    }
    if fault.status == StatusCode::UNAUTHORIZED {
        return to_log_in(&kept.parts);
    }
    show_page(web, &fault, kept, form).await
}

/// Leads to the log-in page and back; what was posted is lost, so its path is not a way back.
fn to_log_in(parts: &Parts) -> Response {
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let next = parts.uri.path_and_query().map(|p| p.as_str()).filter(|_| reads);
    see_other(&log_in_page(next))
}

async fn show_page(web: &Web, fault: &Fault, kept: Kept, form: Option<KeptForm>) -> Response {
    let Kept { mut parts, slot } = kept;
    let page = match slot.get() {
        Some(page) => page.clone(),
        None => match Page::from_request_parts(&mut parts, web).await {
            Ok(page) => page,
            Err(_) => Page::anonymous(web, &parts),
        },
    };
    let words = web.app.words();
    let title = fault.title(words, page.language());
    let context = ErrorContext {
        error: ErrorObject {
            status: fault.status.as_u16(),
            title: title.clone(),
            text: fault.text(words, page.language()),
            request_id: page.request_id().to_owned(),
        },
        kept: form,
    };
    let template = if context.kept.is_some() { "layout/kept_form.html" } else { "layout/error.html" };
    let mut response = page.title(title.clone()).render_status(fault.status, template, &context);
    if response.extensions_mut().remove::<Carried>().is_some() {
        // The error page itself cannot be made: words without a layout.
        response = (fault.status, title).into_response();
    }
    fault.add_headers(&mut response);
    response
}

// ---------------------------------------------------------------------------------------------
// Language, theme, rate limit

/// The query of the page on which a link to this path was followed. The links of the switches say
/// nothing but the language, so that a page can be kept for everybody; what was chosen or searched
/// for stands in the address that the reader comes from.
fn followed_from<'r>(web: &Web, request: &'r Request) -> &'r str {
    let from = || {
        let referer = request.headers().get(header::REFERER)?.to_str().ok()?;
        let (host, rest) = referer.split_once("://")?.1.split_once('/')?;
        let own = host_of(web, request.headers(), request.uri());
        let (path, query) = rest.split_once('?')?;
        let same = host.eq_ignore_ascii_case(&own) && request.uri().path().strip_prefix('/') == Some(path);
        same.then_some(query)
    };
    from().unwrap_or("")
}

/// `?lang=` and `?theme=` set a cookie and lead to the same address without them.
async fn switches(State(web): State<Web>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let query = request.uri().query().unwrap_or("");
    let outside = ["/api/", "/assets/", "/files/"].iter().any(|p| path.starts_with(p));
    if !reads || outside || !(query.contains("lang=") || query.contains("theme=")) {
        return next.run(request).await;
    }
    let (mut kept, mut cookies) = (Vec::new(), Vec::new());
    for pair in query.split('&') {
        match pair {
            "lang=zh" | "lang=en" => cookies.push((visit::LANGUAGE, &pair[5..])),
            "theme=light" | "theme=dark" | "theme=auto" => cookies.push((visit::THEME, &pair[6..])),
            _ => kept.push(pair),
        }
    }
    if cookies.is_empty() {
        return next.run(request).await;
    }
    if kept.is_empty() {
        let switch = |pair: &&str| pair.is_empty() || pair.starts_with("lang=") || pair.starts_with("theme=");
        kept = followed_from(&web, &request).split('&').filter(|pair| !switch(pair)).collect();
    }
    let mark = if kept.is_empty() { "" } else { "?" };
    let mut response = see_other(&format!("{}{mark}{}", rooted(path), kept.join("&")));
    for (name, value) in cookies {
        if let Some(cookie) = visit::set_cookie(&web, name, value, Some(31_536_000), true) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Address of the client; behind a trusted proxy the one that the proxy saw.
pub fn client_address(web: &Web, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
    let seen = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if !web.options().trust_proxy {
        return seen;
    }
    // The last entry is the proxy's own; everything before it is whatever the client wrote.
    let all = headers.get_all("x-forwarded-for").into_iter().next_back();
    let last = all.and_then(|v| v.to_str().ok()).and_then(|text| text.rsplit(',').next());
    last.and_then(address_in).or(seen)
}

/// An address as proxies write it: alone, with a port, in brackets.
fn address_in(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = || text.trim_start_matches('[').trim_end_matches(']').parse().ok();
    bare().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

async fn brake(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|p| p.as_str().contains("%00")) {
        return Fault::of_status(StatusCode::BAD_REQUEST).carried(Shape::ByPath);
    }
    let guessed = request.method() == Method::POST && GUESSED.contains(&request.uri().path());
    if guessed {
        let network = client_key(client_address(&web, request.headers(), request.extensions()));
        if !web.limiter().allow(&network, web.uptime_millis()) {
            return Fault::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests").carried(Shape::ByPath);
        }
        request.extensions_mut().insert(ClientNetwork(network));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn addresses_of_clients_are_read_as_proxies_write_them() {
        let read = |text| address_in(text).map(|ip| ip.to_string()).unwrap_or_default();
        assert_eq!(read(" 8.8.8.8"), "8.8.8.8");
        assert_eq!(read("8.8.8.8:1234"), "8.8.8.8");
        assert_eq!(read("[2001:db8::1]:443"), "2001:db8::1");
        assert_eq!(read("[2001:db8::1]"), "2001:db8::1");
        assert_eq!(read("2001:db8::1"), "2001:db8::1");
        assert_eq!(read("unknown"), "");
    }
}
