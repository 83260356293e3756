//! Access keys: what proves that a request comes from the market.

use crate::display::console;
use app::domain::access::Right;
use app::domain::time::Timestamp;
use web_kit::prelude::*;

#[derive(Serialize)]
struct Row {
    id: String,
    kind: String,
    created: Timestamp,
    used: Option<Timestamp>,
    enabled: bool,
}

#[derive(Serialize)]
struct Context {
    rows: Vec<Row>,
    /// Id of the key whose value is shown, and the value; empty for none.
    shown_id: String,
    shown: String,
    is_new: bool,
    live: usize,
}

async fn render(page: Page, shown_id: String, shown: String, is_new: bool) -> PageResult {
    let keys = page.app().access_keys(page.actor()).await?;
    let rows: Vec<Row> = keys
        .into_iter()
        .map(|k| Row {
            kind: page.t(&format!("seller-key-type-{}", k.interface_type.to_lowercase())),
            id: k.id,
            created: k.created_at,
            used: k.last_used_at,
            enabled: k.enabled,
        })
        .collect();
    let live = rows.iter().filter(|r| r.enabled).count();
    let context = Context { rows, shown_id, shown, is_new, live };
    let title = page.t("seller-keys-title");
    Ok(console(page, &title, &[]).render("seller/keys.html", &context))
}

/// GET `/seller/keys`.
pub async fn show(page: Page) -> PageResult {
    page.actor().seller_may(Right::KeyManage)?;
    render(page, String::new(), String::new(), false).await
}

/// POST `/seller/keys`: `act` is `add`, `reveal`, `enable` or `disable`; `key` names the key. A
/// value is answered at once and never put into a redirect, so that it stays out of every log.
pub async fn act(page: Page, form: Form) -> PageResult {
    let key = form.text("key").to_owned();
    match form.text("act") {
        "add" => {
            let value = page.app().add_access_key(page.actor()).await?;
            render(page, String::new(), value, true).await
        }
        "reveal" => {
            let value = page.app().reveal_access_key(page.actor(), &key).await?;
            render(page, key, value, false).await
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
