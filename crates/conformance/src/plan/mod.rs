//! What is played: a list of steps for a generation and a way of charging, each with the call, how
//! it is signed and sent, and what the contract expects. Pure data; nothing here sends anything.

mod authentication;
mod licences;
mod saas_v1;
mod saas_v2;

use protocol::Generation;

/// How the product is charged; it decides which calls are required (4.1, 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Period (包周期).
    Period,
    /// One-time (按次 / 一次性).
    OneTime,
    /// Pay-per-use and packages (按需, 按需套餐包).
    PayPerUse,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::Period, Self::OneTime, Self::PayPerUse];

    /// The word on the command line and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Period => "period",
            Self::OneTime => "one-time",
            Self::PayPerUse => "pay-per-use",
        }
    }

    /// Reads the word of the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

/// The short name of a generation: on the command line and in front of every check's ID.
pub const fn generation_name(generation: Generation) -> &'static str {
    match generation {
        Generation::SaasV2 => "2.0",
        Generation::SaasV1 => "1.0",
        Generation::LicenseCode => "license-code",
        Generation::LicenseV1 => "license-1.0",
        Generation::GeneralLicense => "license-general",
        Generation::OnlineLicense => "license-online",
        Generation::OrderNotify => "order-notify",
        // The enum is open; a generation without a plan has no name on the command line.
        _ => "unknown",
    }
}

/// Reads the short name of a generation.
pub fn generation_from_name(name: &str) -> Option<Generation> {
    Generation::ALL.into_iter().find(|generation| generation_name(*generation) == name)
}

/// What is asked of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The generation that the address speaks.
    pub generation: Generation,
    /// How the product is charged.
    pub mode: Mode,
    /// Only debugging calls (`testFlag` 1), for a server that must not open anything.
    pub debugging_only: bool,
    /// Also the upgrade, which no product needs.
    pub upgrade: bool,
    /// Also the renewal with change of specification, which no product needs.
    pub renewal_change: bool,
    /// Also the query of SaaS 1.0, which only pay-per-use needs.
    pub query: bool,
}

impl Wish {
    /// Everything that a product needs and nothing else.
    pub const fn of(generation: Generation, mode: Mode) -> Self {
        Self { generation, mode, debugging_only: false, upgrade: false, renewal_change: false, query: false }
    }
}

/// An instance that the run remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// The first instance; authorisation code 2.0: the code that was given.
    First,
    /// The second instance.
    Second,
    /// An instance of the first order for another product (1.0, pay-per-use).
    Product,
    /// What a debugging creation answered; it must not exist.
    Rehearsed,
}

/// Which instance a call names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// One that the seller named.
    Known(Slot),
    /// One that never existed.
    Nobody,
}

/// Why an expiry changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Renewal.
    Renewal,
    /// Renewal with another period type, which has another product ID.
    RenewalOfProduct,
    /// Trial to formal.
    TrialToFormal,
    /// A renewed period is unsubscribed.
    RenewalCancelled,
    /// Renewal with change of specification.
    RenewalChange,
}

/// What is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Purchase {
    /// Number of the order within the run.
    pub order: u8,
    /// Number of its line; the generations with GET have none.
    pub line: u8,
    /// Number of the product.
    pub product: u8,
    /// With encrypted mobile number and e-mail address (1.0).
    pub contact: bool,
    /// A package in place of pay-per-use itself (1.0).
    pub package: bool,
}

impl Purchase {
    const fn of(order: u8, line: u8) -> Self {
        Self { order, line, product: 1, contact: false, package: false }
    }
}

/// The call of a step. Numbers of orders are numbers within the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Create an instance, get a licence.
    Create(Purchase),
    /// Query instances.
    Query(&'static [Subject]),
    /// Change the expiry.
    Refresh {
        /// The instance.
        subject: Subject,
        /// Why.
        change: Change,
        /// The order.
        order: u8,
    },
    /// Freeze or unfreeze.
    SetFrozen {
        /// The instance.
        subject: Subject,
        /// The state it shall have.
        frozen: bool,
    },
    /// Expiry (1.0).
    Expire(Subject),
    /// Release, with the unsubscription order when one is the reason.
    Release {
        /// The instance.
        subject: Subject,
        /// The order.
        order: Option<u8>,
    },
    /// Upgrade.
    Upgrade {
        /// The instance.
        subject: Subject,
        /// The order.
        order: u8,
    },
    /// Ask whether a renewal with change is allowed.
    ChangeCheck(Subject),
    /// Apply for a licence (online License).
    Apply {
        /// The instance.
        subject: Subject,
        /// Number of the application.
        event: u8,
    },
    /// Tell of an order (order notification).
    Notice(u8),
    /// Open the buyer's page of an instance; no call of the interface.
    Page(Slot),
}

/// How a call is signed and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Manner {
    /// As the marketplace does.
    Well,
    /// Signed with another key.
    OtherKey,
    /// Without any signature.
    Unsigned,
    /// A value is changed after signing.
    Changed,
    /// Signed this many seconds ago; negative: in the future.
    Aged(i64),
    /// Sent, and then sent again byte for byte; the second answer counts.
    Replayed,
    /// With the signature in lower-case hex.
    LowerCase,
    /// With a nonce of 16 characters.
    ShortNonce,
    /// With members that no document names, one of them with letters outside ASCII.
    MoreMembers,
    /// With values that need URL encoding (GET).
    Encoded,
    /// With an activity that does not exist.
    UnknownActivity,
    /// Without the member of this name.
    Without(&'static str),
    /// With this text in place of the member's value.
    With(&'static str, &'static str),
    /// With half a JSON text as body (POST).
    NotJson,
}

/// What the contract expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expect {
    /// A well-formed answer that does not say `000001`.
    Verified,
    /// `000000`; `000004` is asked again where it is allowed.
    Done,
    /// An instance that is none of the others; remembered in the slot.
    New(Slot, &'static [Slot]),
    /// The instance of the slot again.
    Same(Slot),
    /// An element for each of the slots.
    Found(&'static [Slot]),
    /// An element with usage.
    Usage(Slot),
    /// No element for the instance that was asked for.
    NotFound,
    /// This code.
    Refused(&'static str),
    /// The same result code as the step of this name, unless that one succeeded.
    AnsweredAs(&'static str),
    /// Yes or no, well-formed.
    Decision,
    /// A page that is remembered, nothing more.
    PageRemembered,
    /// A page that differs from the one remembered.
    PageDiffers,
}

/// How bad it is when the expectation is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the marketplace can live with it.
    Warning,
    /// A rule is broken.
    Failure,
}

impl Severity {
    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

/// One step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// Name of the check, e.g. `create/repeat-same-line`; with the generation in front it is the ID.
    pub check: &'static str,
    /// Section of the seller interface specification that says so.
    pub section: &'static str,
    /// How bad a miss is.
    pub severity: Severity,
    /// The call.
    pub what: What,
    /// How it is sent.
    pub manner: Manner,
    /// Whether it carries `testFlag` 1.
    pub test: bool,
    /// What is expected.
    pub expect: Expect,
}

/// Name of the first step; when it fails nothing else is played.
pub const CONTACT: &str = "reach/answers";

impl Step {
    const fn new(check: &'static str, section: &'static str, what: What, expect: Expect) -> Self {
        Self { check, section, severity: Severity::Failure, what, manner: Manner::Well, test: false, expect }
    }

    const fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    const fn test(mut self) -> Self {
        self.test = true;
        self
    }

    const fn sent(mut self, manner: Manner) -> Self {
        self.manner = manner;
        self
    }

    /// The stable ID of the check, e.g. `2.0/create/repeat-same-line`.
    pub fn id(&self, generation: Generation) -> String {
        format!("{}/{}", generation_name(generation), self.check)
    }

    /// Whether a miss is of no interest by itself: the step only prepares another one.
    pub const fn is_silent(&self) -> bool {
        matches!(self.expect, Expect::PageRemembered)
    }

    /// The instances that must be known before the step can be played.
    pub fn needs(&self) -> Vec<Slot> {
        let of = |subject: &Subject| match subject {
            Subject::Known(slot) => Some(*slot),
            Subject::Nobody => None,
        };
        let mut slots: Vec<Slot> = match &self.what {
            What::Query(subjects) => subjects.iter().filter_map(of).collect(),
            What::Refresh { subject, .. }
            | What::SetFrozen { subject, .. }
            | What::Expire(subject)
            | What::Release { subject, .. }
            | What::Upgrade { subject, .. }
            | What::ChangeCheck(subject)
            | What::Apply { subject, .. } => of(subject).into_iter().collect(),
            What::Page(slot) => vec![*slot],
            What::Create(_) | What::Notice(_) => Vec::new(),
        };
        match self.expect {
            Expect::New(_, others) => slots.extend(others),
            Expect::Same(slot) => slots.push(slot),
            _ => {}
        }
        slots
    }
}

/// The steps for a wish, in the order in which they are played.
pub fn plan(wish: &Wish) -> Vec<Step> {
    let mut steps = match wish.generation {
        Generation::SaasV1 => saas_v1::steps(wish),
        Generation::LicenseCode | Generation::LicenseV1 | Generation::GeneralLicense => licences::steps(wish),
        Generation::OnlineLicense => licences::online(wish),
        Generation::OrderNotify => licences::notices(wish),
        _ => saas_v2::steps(wish),
    };
    if wish.debugging_only {
        steps.retain(|step| step.test);
    }
    steps
}

const FIRST: Subject = Subject::Known(Slot::First);
const SECOND: Subject = Subject::Known(Slot::Second);
const REHEARSED: Subject = Subject::Known(Slot::Rehearsed);

/// Order of the calls that only test authentication and form; nothing is opened when all is well.
const ABUSE_ORDER: u8 = 90;
