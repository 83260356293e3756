//! For sellers: everything that a production interface needs, and sample sellers to look at
//! (specification section 13).
//!
//! # Your own production interface
//!
//! [`kit`] is the part that is the same for every seller. Write a [`kit::Service`] with your
//! business, say which families you speak and with which keys, and mount [`kit::Production`]:
//!
//! ```no_run
//! use protocol::Generation;
//! use protocol::call::Call;
//! use protocol::saas_v2::Request;
//! use protocol::seller::{Endpoint, Received, Reply};
//! use sample_sellers::kit::{Production, Service};
//! use sample_sellers::protocol;
//!
//! struct MyService;
//!
//! impl Service for MyService {
//!     async fn answer(&self, received: Received) -> Reply {
//!         if received.test {
//!             return Reply::success().with_instance("sample");
//!         }
//!         match received.call {
//!             // Look the order line up first: the same line gives the same instance again.
//!             Call::SaasV2(Request::NewInstance(r)) => Reply::success().with_instance(r.business_id),
//!             Call::SaasV2(Request::UpdateInstanceStatus(_)) => Reply::success(),
//!             _ => Reply::unknown_instance(),
//!         }
//!     }
//! }
//!
//! # async fn start() -> std::io::Result<()> {
//! let endpoint = Endpoint::new().with(Generation::SaasV2, "my access key");
//! let router = Production::new(endpoint, MyService).router("/produce");
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8081").await?;
//! axum::serve(listener, router).await
//! # }
//! ```
//!
//! The kit verifies the signature over the raw bytes, the window of 60 seconds and the nonce (GET
//! families: `authToken` and 5 minutes) before it reads anything, answers `000001` and `000002` by
//! itself, encrypts account and password for SaaS 1.0, and signs every answer with `Body-Sign`.
//! Put TLS with a public certificate in front. [`protocol`] holds the same rules as functions
//! without any IO, for servers that are not built on axum: `signature`, `auth_token`, `body_sign`,
//! `field_cipher`, and `seller` for all of it together.
//!
//! # The samples
//!
//! [`Seller`] is a complete seller of every family with a book of its instances, and
//! [`Faults`] makes it misbehave. The program `sample_seller` runs one:
//!
//! ```text
//! cargo run -p sample_sellers --bin sample_seller -- --family saas_v2=KEY --family saas_v1=VALUE
//! ```
//!
//! What a seller's server must do, and where to read it here:
//!
//! 1. Receive at one address and keep the raw bytes: `server.rs`, `kit.rs`.
//! 2. Verify before reading anything else, and answer `000001` otherwise:
//!    `protocol::seller::Endpoint`.
//! 3. Unknown activities and missing members are `000002`: the same.
//! 4. Act so that a repeated call changes nothing: `book.rs`. A creation is keyed by order and
//!    order line (1.0: order, and product for pay-per-use); every other call leads to the state it
//!    names.
//! 5. Save before answering: `react.rs`, `act`.
//! 6. Answer HTTP 200, `application/json` and `Body-Sign` over the bytes sent: `server.rs`.
//!
//! A real seller replaces `book.rs` by its own service, asks Query Order for the buyer and the
//! specification of an order (here: [`Seller::with_plan_lookup`]) and leaves `faults.rs` away.
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
mod deed;
mod faults;
pub mod kit;
mod page;
mod react;
mod seller;
mod server;

pub use book::{Effect, Instance, State};
pub use faults::Faults;
pub use seller::{Call, Contact, Seller, system_clock};
pub use server::{Handle, serve};

pub use protocol;
