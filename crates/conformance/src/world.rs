//! What one run calls its orders, and what it learned from the seller.

use std::collections::BTreeMap;

use protocol::call::SignedCall;

use crate::plan::{Slot, Subject};

/// The identifiers of one run. Two runs never share one, because a seller remembers orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    stamp: String,
}

impl Names {
    /// Names with `stamp` in them: letters and digits, at most 40 characters.
    pub fn new(stamp: impl Into<String>) -> Self {
        Self { stamp: stamp.into() }
    }

    /// Order `number` of the run.
    pub fn order(&self, number: u8) -> String {
        format!("CHK{}{number:02}", self.stamp)
    }

    /// Line `line` of an order, in the marketplace's form.
    pub fn line(order: &str, line: u8) -> String {
        format!("{order}-{line:06}")
    }

    /// Product `number`.
    pub fn product(&self, number: u8) -> String {
        format!("CHKP{}{number:02}", self.stamp)
    }

    /// An instance, licence or code that never existed.
    pub fn nobody(&self) -> String {
        format!("no-such-{}", self.stamp)
    }
}

/// What was learned so far.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Instances by slot.
    pub instances: BTreeMap<Slot, String>,
    /// Licence texts by slot (License 1.0).
    pub licences: BTreeMap<Slot, String>,
    /// Instances that a real call opened and no call released yet, with the number of their order.
    pub open: Vec<(String, u8)>,
    /// Result codes by the name of their check.
    pub codes: BTreeMap<&'static str, String>,
    /// Whether a creation was answered with `000004`, so that queries may have to wait.
    pub asynchronous: bool,
    /// Front-end addresses by instance ID.
    pub front_ends: BTreeMap<String, String>,
    /// The buyer's page as it was remembered.
    pub page: Option<Page>,
}

/// A page as far as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Body, cut to the limit of answers.
    pub body: Vec<u8>,
}

impl World {
    /// The ID that a subject stands for; `None` when it is not known.
    pub fn subject(&self, subject: Subject, names: &Names) -> Option<String> {
        match subject {
            Subject::Known(slot) => self.instances.get(&slot).cloned(),
            Subject::Nobody => Some(names.nobody()),
        }
    }
}

/// A call on its way.
#[derive(Clone, Debug)]
pub struct Sending {
    /// The call as it was meant; answers are judged by its rules.
    pub call: protocol::call::Call,
    /// What goes over the wire.
    pub signed: SignedCall,
}
