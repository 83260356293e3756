//! SaaS 1.0 (section 5).

use protocol::result_code::{INVALID_PARAMETER, UNKNOWN_INSTANCE};

use super::authentication::{REHEARSAL, abuse, contact, malformed};
use super::{Change, Expect, FIRST, Manner, Mode, Purchase, REHEARSED, SECOND, Slot, Step, Subject, What, Wish};

pub(super) fn steps(wish: &Wish) -> Vec<Step> {
    let mut steps = vec![contact(wish)];
    steps.push(Step::new("test/create", "5.1", What::Create(Purchase::of(80, 1)), REHEARSAL).test());
    steps.extend(nothing_opened(wish));
    steps.extend(rehearsal(wish));
    steps.extend(abuse(wish));
    steps.extend(malformed(wish, "5.1", "orderId"));
    steps.extend(purchases(wish));
    if wish.mode == Mode::PayPerUse || wish.query {
        steps.extend(queries(wish));
    }
    match wish.mode {
        Mode::Period => {
            steps.extend(renewals());
            steps.extend(expiry());
        }
        Mode::PayPerUse => steps.extend(status()),
        Mode::OneTime => {}
    }
    if wish.upgrade {
        let upgrade = |check, order| Step::new(check, "5.5", What::Upgrade { subject: FIRST, order }, Expect::Done);
        steps.push(upgrade("upgrade/new-order", 20));
        steps.push(upgrade("upgrade/repeat-same-order", 20));
        let nobody = What::Upgrade { subject: Subject::Nobody, order: 21 };
        steps.push(Step::new("upgrade/unknown-instance", "5.9", nobody, Expect::Refused(UNKNOWN_INSTANCE)).warning());
    }
    steps.extend(releases(wish));
    steps
}

const fn refresh(subject: Subject, change: Change, order: u8) -> What {
    What::Refresh { subject, change, order }
}

const fn release(subject: Subject, order: u8) -> What {
    What::Release { subject, order: Some(order) }
}

/// A product without a query tells only by its other calls whether an instance exists.
fn nothing_opened(wish: &Wish) -> Vec<Step> {
    const CHECK: &str = "test/creates-nothing";
    match wish.mode {
        Mode::PayPerUse => vec![Step::new(CHECK, "5", What::Query(&[REHEARSED]), Expect::NotFound)],
        Mode::Period => {
            let unknown = Expect::Refused(UNKNOWN_INSTANCE);
            vec![
                Step::new("expire/unknown-instance", "5.9", What::Expire(Subject::Nobody), unknown),
                Step::new(CHECK, "5", What::Expire(REHEARSED), Expect::AnsweredAs("expire/unknown-instance")),
            ]
        }
        Mode::OneTime => vec![
            Step::new("release/unknown-instance", "5.4", release(Subject::Nobody, 31), Expect::Done),
            Step::new(CHECK, "5", release(REHEARSED, 32), Expect::AnsweredAs("release/unknown-instance")),
        ],
    }
}

fn rehearsal(wish: &Wish) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rehearse = |check, section, what| steps.push(Step::new(check, section, what, Expect::Done).test());
    match wish.mode {
        Mode::Period => {
            rehearse("test/refresh", "5.2", refresh(REHEARSED, Change::Renewal, 81));
            rehearse("test/refresh-trial", "5.2", refresh(REHEARSED, Change::TrialToFormal, 82));
            rehearse("test/expire", "5.3", What::Expire(REHEARSED));
        }
        Mode::PayPerUse => {
            rehearse("test/query", "5.7", What::Query(&[REHEARSED]));
            rehearse("test/freeze", "5.6", What::SetFrozen { subject: REHEARSED, frozen: true });
            rehearse("test/unfreeze", "5.6", What::SetFrozen { subject: REHEARSED, frozen: false });
        }
        Mode::OneTime => {}
    }
    if wish.upgrade {
        rehearse("test/upgrade", "5.5", What::Upgrade { subject: REHEARSED, order: 83 });
    }
    rehearse("test/release", "5.4", release(REHEARSED, 84));
    steps
}

fn purchases(wish: &Wish) -> Vec<Step> {
    let buy = |check, purchase, expect| Step::new(check, "5.1", What::Create(purchase), expect);
    let contact = Purchase { contact: true, ..Purchase::of(2, 1) };
    let mut steps = vec![
        buy("create/new-order", Purchase::of(1, 1), Expect::New(Slot::First, &[])),
        buy("create/repeat-same-order", Purchase::of(1, 1), Expect::Same(Slot::First)),
        buy("create/second-order", contact, Expect::New(Slot::Second, &[Slot::First])),
    ];
    if wish.mode == Mode::PayPerUse {
        let other = Purchase { product: 2, package: true, ..Purchase::of(1, 1) };
        steps.push(buy("create/other-product", other, Expect::New(Slot::Product, &[Slot::First])));
    }
    steps
}

fn queries(wish: &Wish) -> Vec<Step> {
    const BOTH: &[Slot] = &[Slot::First, Slot::Second];
    let mut steps = vec![
        Step::new("query/finds-instance", "5.7", What::Query(&[FIRST]), Expect::Found(&[Slot::First])),
        Step::new("query/two-instances", "5.7", What::Query(&[FIRST, SECOND]), Expect::Found(BOTH)),
        Step::new("query/unknown-instance", "5.7", What::Query(&[Subject::Nobody]), Expect::NotFound),
    ];
    if wish.mode == Mode::PayPerUse {
        steps.push(Step::new("query/usage", "5.7", What::Query(&[FIRST]), Expect::Usage(Slot::First)).warning());
    }
    steps
}

fn renewals() -> Vec<Step> {
    let renew = |check, change, order| Step::new(check, "5.2", refresh(FIRST, change, order), Expect::Done);
    let unknown = refresh(Subject::Nobody, Change::Renewal, 17);
    vec![
        renew("refresh/trial-to-formal", Change::TrialToFormal, 10),
        renew("refresh/renewal", Change::Renewal, 11),
        renew("refresh/repeat-same-order", Change::Renewal, 11),
        renew("refresh/other-product", Change::RenewalOfProduct, 12),
        renew("refresh/renewal-cancelled", Change::RenewalCancelled, 13),
        Step::new("refresh/keeps-instance", "5.2", What::Create(Purchase::of(1, 1)), Expect::Same(Slot::First)),
        Step::new("refresh/unknown-instance", "5.9", unknown, Expect::Refused(UNKNOWN_INSTANCE)),
    ]
}

fn expiry() -> Vec<Step> {
    let expire = |check| Step::new(check, "5.3", What::Expire(FIRST), Expect::Done);
    vec![
        Step::new("status/page-in-use", "5.3", What::Page(Slot::First), Expect::PageRemembered).warning(),
        expire("expire/freeze"),
        expire("expire/again"),
        Step::new("expire/is-kept", "5.3", What::Create(Purchase::of(1, 1)), Expect::Same(Slot::First)),
        Step::new("status/freeze-has-effect", "5.3", What::Page(Slot::First), Expect::PageDiffers).warning(),
        Step::new("refresh/while-frozen", "5.2", refresh(FIRST, Change::Renewal, 15), Expect::Done),
    ]
}

fn status() -> Vec<Step> {
    let set = |check, frozen| Step::new(check, "5.6", What::SetFrozen { subject: FIRST, frozen }, Expect::Done);
    let nobody = What::SetFrozen { subject: Subject::Nobody, frozen: true };
    vec![
        set("status/unfreeze-in-use", false),
        Step::new("status/page-in-use", "5.6", What::Page(Slot::First), Expect::PageRemembered).warning(),
        set("status/freeze", true),
        set("status/freeze-again", true),
        Step::new("status/frozen-is-kept", "5.6", What::Query(&[FIRST]), Expect::Found(&[Slot::First])),
        Step::new("status/freeze-has-effect", "5.6", What::Page(Slot::First), Expect::PageDiffers).warning(),
        set("status/unfreeze", false),
        Step::new("status/unknown-instance", "5.9", nobody, Expect::Refused(UNKNOWN_INSTANCE)),
        set("status/unknown-word", true)
            .sent(Manner::With("instanceStatus", "PAUSE"))
            .refused(INVALID_PARAMETER)
            .warning(),
    ]
}

fn releases(wish: &Wish) -> Vec<Step> {
    let done = |check, what| Step::new(check, "5.4", what, Expect::Done);
    let mut steps = Vec::new();
    if wish.mode != Mode::OneTime {
        steps.push(done("release/unknown-instance", release(Subject::Nobody, 31)));
    }
    steps.push(done("release/unsubscribed", release(SECOND, 30)));
    steps.push(done("release/again", release(SECOND, 30)));
    let kept = What::Create(Purchase::of(1, 1));
    steps.push(Step::new("release/keeps-others", "5.4", kept, Expect::Same(Slot::First)));
    steps.push(done("release/expired", release(FIRST, 33)));
    if wish.mode == Mode::Period {
        let late = refresh(FIRST, Change::Renewal, 16);
        let unknown = Expect::Refused(UNKNOWN_INSTANCE);
        steps.push(Step::new("refresh/after-release", "5.9", late, unknown).warning());
    }
    steps
}
