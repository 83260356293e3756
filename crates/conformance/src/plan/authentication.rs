//! Abuse: what must be refused before anything is read, and what must not be refused.

use protocol::Generation;
use protocol::result_code::{AUTHENTICATION_FAILED, INVALID_PARAMETER};

use super::{ABUSE_ORDER, Expect, Manner, Purchase, Slot, Step, What, Wish};

/// A call that every server of the generation must answer when it is a debugging call.
fn harmless(wish: &Wish) -> What {
    match wish.generation {
        Generation::LicenseCode => What::SetFrozen { subject: super::REHEARSED, frozen: true },
        Generation::OrderNotify => What::Notice(ABUSE_ORDER),
        _ => What::Create(Purchase::of(ABUSE_ORDER, 1)),
    }
}

/// The first contact: a well-signed debugging call.
pub(super) fn contact(wish: &Wish) -> Step {
    Step::new(super::CONTACT, "2", harmless(wish), Expect::Verified).test()
}

/// Signatures and times, of the generation's own kind.
pub(super) fn abuse(wish: &Wish) -> Vec<Step> {
    let (section, get) = if wish.generation.is_get() { ("3.2", true) } else { ("3.1", false) };
    let refused = Expect::Refused(AUTHENTICATION_FAILED);
    let real = |check, manner| {
        let step = Step::new(check, section, harmless(wish), refused).sent(manner);
        // What must not open anything is not even tried with a real call then.
        if wish.debugging_only || wish.generation == Generation::LicenseCode { step.test() } else { step }
    };
    let fine = |check, manner| Step::new(check, section, harmless(wish), Expect::Verified).test().sent(manner);
    let mut steps = vec![
        real("auth/wrong-key", Manner::OtherKey),
        real("auth/changed-after-signing", Manner::Changed),
        real("auth/no-signature", Manner::Unsigned),
    ];
    if get {
        // No tolerance is published for these generations (D-12).
        steps.push(real("auth/stale-timestamp", Manner::Aged(15 * 60)).warning());
        steps.push(real("auth/future-timestamp", Manner::Aged(-15 * 60)).warning());
        steps.push(fine("auth/values-that-need-encoding", Manner::Encoded));
    } else {
        steps.push(real("auth/stale-timestamp", Manner::Aged(90)));
        steps.push(real("auth/future-timestamp", Manner::Aged(-90)));
        steps.push(Step::new("auth/replayed-nonce", section, harmless(wish), refused).test().sent(Manner::Replayed));
        steps.push(fine("auth/timestamp-inside-window", Manner::Aged(30)));
        steps.push(fine("auth/lower-case-signature", Manner::LowerCase));
        steps.push(fine("auth/short-nonce", Manner::ShortNonce).warning());
    }
    steps
}

/// Requests that are signed well and are wrong in another way; `field` is a mandatory member.
pub(super) fn malformed(wish: &Wish, section: &'static str, field: &'static str) -> Vec<Step> {
    let refused = Expect::Refused(INVALID_PARAMETER);
    let bad = |check, manner| {
        let step = Step::new(check, "13", harmless(wish), refused).sent(manner);
        if wish.debugging_only || wish.generation == Generation::LicenseCode { step.test() } else { step }
    };
    let mut steps = vec![
        Step::new("request/more-members", section, harmless(wish), Expect::Verified).test().sent(Manner::MoreMembers),
        bad("request/unknown-activity", Manner::UnknownActivity),
        bad("request/missing-field", Manner::Without(field)),
    ];
    if !wish.generation.is_get() {
        steps.push(bad("request/not-json", Manner::NotJson).warning());
    }
    steps
}

/// The slot in which debugging creations are remembered.
pub(super) const REHEARSAL: Expect = Expect::New(Slot::Rehearsed, &[]);
