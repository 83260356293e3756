//! A market without products for tests of pages.

use app::clock::Clock;
use app::secrets::SecretBox;
use app::words::Words;
use axum::Router;
use domain::text::Localized;
use domain::time::Timestamp;
use std::sync::Arc;
use web_kit::layers;
use web_kit::prelude::*;

/// `routes` with the layers around them, on a market with one category of that name.
pub async fn site(routes: Router<Web>, category: &str) -> (Router, tempfile::TempDir) {
    // Fails when another test was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let db = store::Db::open(&format!("sqlite:{}", folder.path().join("t.db").display())).await.unwrap();
    let now = Timestamp(1_780_000_000_000_000);
    store::migrations::migrate(&db, now).await.unwrap();
    let app = App::new(app::Parts {
        db,
        clock: Clock::manual(now),
        options: app::Options {
            site_name: "Tom & Jerry's / market".into(),
            base_url: "http://market.example".into(),
            reach: gateways::address::Reach::Development,
            node: "n".into(),
            open_registration: true,
            four_eyes: false,
            bank_account: String::new(),
            contact: String::new(),
        },
        secrets: SecretBox::new(&[1; 32]),
        mailer: gateways::mail::Mailer::Outbox,
        index: Arc::new(search::ProductIndex::open_in_ram(&search::OpenOptions::default()).unwrap()),
        words: Words::built_in(),
    })
    .unwrap();
    let row = store::catalogue::Category {
        id: "c1".into(),
        parent_id: None,
        name: Localized::new(category, category),
        icon: "layers".into(),
        position: 0,
        hidden: false,
    };
    app.save_category(&Actor::System("test"), row).await.unwrap();
    let options = WebOptions { secure_cookies: false, trust_proxy: false, signing_key: [7; 32] };
    let web = Web::new(app, options).unwrap();
    (layers::wrap(routes, web), folder)
}
