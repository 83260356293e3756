//! The licence families (section 6) and order notification (section 8).

use protocol::Generation;
use protocol::result_code::UNKNOWN_INSTANCE;

use super::authentication::{REHEARSAL, abuse, contact, malformed};
use super::{Change, Expect, FIRST, Mode, Purchase, REHEARSED, SECOND, Slot, Step, Subject, What, Wish};

const fn refresh(subject: Subject, change: Change, order: u8) -> What {
    What::Refresh { subject, change, order }
}

const fn set_frozen(subject: Subject, frozen: bool) -> What {
    What::SetFrozen { subject, frozen }
}

const fn release(subject: Subject, order: Option<u8>) -> What {
    What::Release { subject, order }
}

/// Authorisation code 2.0, License 1.0 and general License.
pub(super) fn steps(wish: &Wish) -> Vec<Step> {
    if wish.generation == Generation::LicenseCode { codes(wish) } else { texts(wish) }
}

fn codes(wish: &Wish) -> Vec<Step> {
    let done = |check, section, what| Step::new(check, section, what, Expect::Done);
    let unknown = Expect::Refused(UNKNOWN_INSTANCE);
    let mut steps = vec![
        contact(wish),
        done("test/refresh", "6.1", refresh(REHEARSED, Change::Renewal, 81)).test(),
        done("test/freeze", "6.1", set_frozen(REHEARSED, true)).test(),
        done("test/release", "6.1", release(REHEARSED, Some(84))).test(),
    ];
    steps.extend(abuse(wish));
    steps.extend(malformed(wish, "6.1", "license"));
    let nobody = refresh(Subject::Nobody, Change::Renewal, 17);
    steps.extend([
        done("refresh/renewal", "6.1", refresh(FIRST, Change::Renewal, 11)),
        done("refresh/repeat-same-order", "6.1", refresh(FIRST, Change::Renewal, 11)),
        done("refresh/renewal-cancelled", "6.1", refresh(FIRST, Change::RenewalCancelled, 13)),
        Step::new("refresh/unknown-instance", "6.1", nobody, unknown),
        done("status/unfreeze-in-use", "6.1", set_frozen(FIRST, false)),
        done("status/freeze", "6.1", set_frozen(FIRST, true)),
        done("status/freeze-again", "6.1", set_frozen(FIRST, true)),
        done("status/unfreeze", "6.1", set_frozen(FIRST, false)),
        Step::new("status/unknown-instance", "6.1", set_frozen(Subject::Nobody, true), unknown),
        done("release/unknown-instance", "6.1", release(Subject::Nobody, None)),
        done("release/unsubscribed", "6.1", release(FIRST, Some(30))),
        done("release/again", "6.1", release(FIRST, Some(30))),
    ]);
    steps
}

fn texts(wish: &Wish) -> Vec<Step> {
    let general = wish.generation == Generation::GeneralLicense;
    let section = if general { "6.3" } else { "6.2" };
    let get = |check, order, expect| Step::new(check, section, What::Create(Purchase::of(order, 1)), expect);
    let mut steps = vec![contact(wish), get("test/create", 80, REHEARSAL).test()];
    steps.extend(abuse(wish));
    steps.extend(malformed(wish, section, "orderId"));
    steps.extend([
        get("create/new-order", 1, Expect::New(Slot::First, &[])),
        get("create/repeat-same-order", 1, Expect::Same(Slot::First)),
        get("create/second-order", 2, Expect::New(Slot::Second, &[Slot::First])),
    ]);
    if !general {
        let done = |check, what| Step::new(check, "6.2", what, Expect::Done);
        // Both end calls name the purchase order.
        steps.extend([
            done("refresh/renewal", refresh(FIRST, Change::Renewal, 11)),
            done("refresh/repeat-same-order", refresh(FIRST, Change::Renewal, 11)),
            get("refresh/keeps-instance", 1, Expect::Same(Slot::First)),
            done("expire/freeze", What::Expire(FIRST)),
            done("expire/again", What::Expire(FIRST)),
            done("release/unsubscribed", release(SECOND, Some(2))),
            done("release/again", release(SECOND, Some(2))),
            done("release/expired", release(FIRST, Some(1))),
        ]);
    }
    steps
}

/// Online License.
pub(super) fn online(wish: &Wish) -> Vec<Step> {
    let create = |check, line, expect| Step::new(check, "6.4", What::Create(Purchase::of(1, line)), expect);
    let done = |check, what| Step::new(check, "6.4", what, Expect::Done);
    let apply = |check, subject, event| done(check, What::Apply { subject, event });
    let unknown = Expect::Refused(UNKNOWN_INSTANCE);
    let mut steps = vec![
        contact(wish),
        Step::new("test/create", "6.4", What::Create(Purchase::of(80, 1)), REHEARSAL).test(),
        done("test/refresh", refresh(REHEARSED, Change::Renewal, 81)).test(),
        done("test/freeze", set_frozen(REHEARSED, true)).test(),
        apply("test/apply", REHEARSED, 80).test(),
        done("test/release", release(REHEARSED, Some(84))).test(),
    ];
    steps.extend(abuse(wish));
    steps.extend(malformed(wish, "6.4", "orderLineId"));
    steps.extend([
        create("create/new-line", 1, Expect::New(Slot::First, &[])),
        create("create/repeat-same-line", 1, Expect::Same(Slot::First)),
        create("create/second-line", 2, Expect::New(Slot::Second, &[Slot::First])),
        apply("licence/apply", FIRST, 1),
        apply("licence/apply-again", FIRST, 1),
        Step::new("licence/unknown-instance", "6.4", What::Apply { subject: Subject::Nobody, event: 2 }, unknown),
        done("refresh/renewal", refresh(FIRST, Change::Renewal, 11)),
        done("refresh/repeat-same-order", refresh(FIRST, Change::Renewal, 11)),
    ]);
    if wish.mode == Mode::Period {
        steps.push(done("refresh/trial-to-formal", refresh(FIRST, Change::TrialToFormal, 10)));
        steps.push(done("refresh/renewal-cancelled", refresh(FIRST, Change::RenewalCancelled, 13)));
    }
    steps.extend([
        done("status/unfreeze-in-use", set_frozen(FIRST, false)),
        done("status/freeze", set_frozen(FIRST, true)),
        done("status/freeze-again", set_frozen(FIRST, true)),
        done("status/unfreeze", set_frozen(FIRST, false)),
        Step::new("status/unknown-instance", "6.4", set_frozen(Subject::Nobody, true), unknown),
        done("release/unknown-instance", release(Subject::Nobody, None)),
        done("release/unsubscribed", release(SECOND, Some(30))),
        done("release/again", release(SECOND, Some(30))),
        done("release/expired", release(FIRST, None)),
    ]);
    steps
}

/// Order notification.
pub(super) fn notices(wish: &Wish) -> Vec<Step> {
    let mut steps = vec![contact(wish)];
    steps.extend(abuse(wish));
    steps.extend(malformed(wish, "8", "orderLineId"));
    steps.push(Step::new("notice/order", "8", What::Notice(1), Expect::Done));
    steps.push(Step::new("notice/again", "8", What::Notice(1), Expect::Done));
    steps
}
