//! Sample seller servers: a starting point for sellers who write their own production interface,
//! and the counterpart of Yunfang's own tests and demonstration (specification section 13).
//!
//! What a seller's server must do, and where to read it here:
//!
//! 1. Receive `POST` at one address and read the raw bytes: `server.rs`, `receive`.
//! 2. Verify the signature over those bytes, the 60-second window and the nonce before reading
//!    anything else, and answer `000001` otherwise: `seller.rs`, `Shared::verify`.
//! 3. Read the body; unknown activities and missing members are `000002`: `protocol`,
//!    `saas_v2::Request::parse`.
//! 4. Act so that a repeated call changes nothing: `book.rs`. A creation is keyed by order and
//!    order line; every other call leads to the state it names.
//! 5. Save before answering: `seller.rs`, `Shared::act`.
//! 6. Answer HTTP 200, `application/json` and `Body-Sign` over the bytes sent: `server.rs`,
//!    `respond`.
//!
//! A real seller replaces `book.rs` by its own service, asks Query Order for the buyer and the
//! specification of an order (here: [`Seller::with_plan_lookup`]), leaves `faults.rs` away, and
//! puts TLS with a public certificate in front.
//!
//! ```no_run
//! # async fn start() -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let seller = sample_sellers::Seller::instant("my access key", sample_sellers::system_clock);
//! let (handle, task) = sample_sellers::serve(listener, seller)?;
//! println!("production address: {}", handle.production_address());
//! handle.shutdown();
//! let _ = task.await;
//! # Ok(())
//! # }
//! ```

mod book;
mod faults;
mod page;
mod seller;
mod server;

pub use book::{Effect, Instance, State};
pub use faults::Faults;
pub use seller::{Call, Seller, system_clock};
pub use server::{Handle, serve};
