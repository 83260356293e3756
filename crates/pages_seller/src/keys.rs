//! Access keys: what proves that a request comes from the market.

use crate::display::console;
use app::domain::access::Right;
use app::domain::time::Timestamp;
use store::identity::AccessKey;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Row {
    id: String,
    kind: String,
    created: Timestamp,
    used: Option<Timestamp>,
    enabled: bool,
    /// Whether requests are signed with it.
    signs: bool,
    /// Whether it was never chosen for signing.
    fresh: bool,
}

#[derive(Serialize)]
struct Context {
    rows: Vec<Row>,
    /// Id of the key whose value is shown, and the value; empty for none.
    shown_id: String,
    shown: String,
    /// Id of the newest key: a form that was made before it makes no further one.
    newest: String,
    live: usize,
}

/// Id of the newest key of a list.
fn newest(keys: &[AccessKey]) -> String {
    keys.iter().map(|k| k.id.as_str()).max().unwrap_or("").to_owned()
}

async fn render(page: Page, shown_id: String, shown: String) -> PageResult {
    let keys = page.app().access_keys(page.actor()).await?;
    // The application lists the one that signs first.
    let signs = keys.iter().find(|k| k.enabled).map(|k| k.id.clone());
    let newest = newest(&keys);
    let rows: Vec<Row> = keys
        .into_iter()
        .map(|k| Row {
            signs: Some(&k.id) == signs.as_ref(),
            fresh: k.signing_since.is_none(),
            kind: page.t(&format!("seller-key-type-{}", k.interface_type.to_lowercase())),
            id: k.id,
            created: k.created_at,
            used: k.last_used_at,
            enabled: k.enabled,
        })
        .collect();
    let live = rows.iter().filter(|r| r.enabled).count();
    let context = Context { rows, shown_id, shown, newest, live };
    let title = page.t("seller-keys-title");
    Ok(console(page, &title, &[]).render("seller/keys.html", &context))
}

/// GET `/seller/keys`.
pub async fn show(page: Page) -> PageResult {
    page.actor().seller_may_look(Right::KeyManage)?;
    render(page, String::new(), String::new()).await
}

/// POST `/seller/keys`: `act` is `add`, `sign`, `reveal`, `enable` or `disable`; `key` names the
/// key. Only `reveal` answers a value, at once and never in a redirect, so that it stays out of every
/// log; a repetition of it changes nothing.
pub async fn act(page: Page, form: Form) -> PageResult {
    let key = form.text("key").to_owned();
    match form.text("act") {
        "add" => {
            let keys = page.app().access_keys(page.actor()).await?;
            if form.text("newest") != newest(&keys) {
                return Ok(page.redirect_with(FlashKind::Info, page.t("seller-key-made-before"), "/seller/keys"));
            }
            let first = !keys.iter().any(|k| k.enabled);
            page.app().add_access_key(page.actor()).await?;
            let text = page.t(if first { "seller-key-new-first" } else { "seller-key-new" });
            Ok(page.redirect_with(FlashKind::Success, text, "/seller/keys"))
        }
        "sign" => {
            page.app().sign_with_access_key(page.actor(), &key).await?;
            Ok(page.redirect_with(FlashKind::Success, page.t("seller-key-signing"), "/seller/keys"))
        }
        "reveal" => {
            let value = page.app().reveal_access_key(page.actor(), &key).await?;
            render(page, key, value).await
        }
        act @ ("enable" | "disable") => {
            let on = act == "enable";
            page.app().enable_access_key(page.actor(), &key, on).await?;
            let text = page.t(if on { "seller-key-enabled" } else { "seller-key-disabled" });
            Ok(page.redirect_with(FlashKind::Success, text, "/seller/keys"))
        }
        _ => Err(PageError::not_found()),
    }
}
