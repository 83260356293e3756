//! The seller's workbench (seller interface 11): the tabs, a debug call and what is shown of it, saved
//! cases, and what a product still lacks.
//!
//! A debug call is written, signed, sent and judged exactly as a real one; it carries `testFlag` 1,
//! belongs to no order and changes nothing of the market.

mod cases;
mod compare;
mod run;
mod wish;

pub use cases::{CaseGate, GateState};
pub use compare::Computed;
pub use run::{DebugRun, Difference, Signed};
pub use wish::{DebugWish, Parameter, Tab, TabForm};

pub(crate) use cases::lacks_cases;

use crate::App;
use crate::actor::{Actor, Member};
use crate::error::AppError;
use domain::access::Right;
use domain::catalogue::content::Access;
use domain::catalogue::kinds::InterfaceGeneration;
use protocol::Generation;

/// The stored name of the generation that a product's address speaks.
pub fn generation_name(generation: InterfaceGeneration) -> &'static str {
    match generation {
        InterfaceGeneration::SaasV2 => Generation::SaasV2.as_str(),
        InterfaceGeneration::SaasV1 => Generation::SaasV1.as_str(),
    }
}

/// The member who may debug, on behalf of his organisation.
fn debugger(actor: &Actor) -> Result<&Member, AppError> {
    actor.seller_may(Right::AccessDebug)
}

/// An address of one's own products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAddress {
    /// Production address.
    pub address: String,
    /// Stored name of its generation.
    pub generation: &'static str,
}

/// Addresses of an organisation's products and drafts that the member reaches.
fn addresses(tx: &mut store::Tx<'_>, member: &Member) -> Result<Vec<KnownAddress>, AppError> {
    let mut known: Vec<KnownAddress> = Vec::new();
    for (product_id, content) in store::debugging::known_products(tx, &member.organisation_id)? {
        let Access::Saas { production_address, generation, .. } = content.access;
        let one = KnownAddress { address: production_address, generation: generation_name(generation) };
        if member.reaches(&product_id) && !one.address.is_empty() && !known.contains(&one) {
            known.push(one);
        }
    }
    Ok(known)
}

/// A member who is narrowed to some products debugs their addresses only.
fn within(tx: &mut store::Tx<'_>, member: &Member, address: &str) -> Result<(), AppError> {
    if !member.is_narrowed() || addresses(tx, member)?.iter().any(|known| known.address == address) {
        return Ok(());
    }
    Err(AppError::NotFound)
}

impl App {
    /// The production addresses of one's products and drafts, the newest first.
    pub async fn debug_addresses(&self, actor: &Actor) -> Result<Vec<KnownAddress>, AppError> {
        let member = debugger(actor)?.clone();
        self.look(move |tx| addresses(tx, &member)).await
    }
}
