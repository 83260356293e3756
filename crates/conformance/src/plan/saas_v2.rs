//! SaaS 2.0 (section 4).

use protocol::result_code::{INVALID_PARAMETER, UNKNOWN_INSTANCE};

use super::authentication::{REHEARSAL, abuse, contact, malformed};
use super::{Change, Expect, FIRST, Manner, Mode, Purchase, REHEARSED, SECOND, Slot, Step, Subject, What, Wish};

pub(super) fn steps(wish: &Wish) -> Vec<Step> {
    let mut steps = vec![contact(wish)];
    steps.extend(rehearsal(wish));
    steps.extend(abuse(wish));
    steps.extend(malformed(wish, "4.2", "orderLineId"));
    steps.extend(creation());
    steps.extend(queries(wish));
    if wish.mode == Mode::Period {
        steps.extend(renewals(wish));
    }
    match wish.mode {
        Mode::Period => steps.extend(status(wish)),
        // Arrears and violations call it all the same, but no product needs it (D-17).
        Mode::PayPerUse => steps.extend(status(wish).into_iter().map(Step::warning)),
        Mode::OneTime => {}
    }
    steps.extend(changes(wish));
    steps.extend(releases(wish));
    steps
}

const fn refresh(subject: Subject, change: Change, order: u8) -> What {
    What::Refresh { subject, change, order }
}

const fn set_frozen(subject: Subject, frozen: bool) -> What {
    What::SetFrozen { subject, frozen }
}

const fn release(subject: Subject, order: Option<u8>) -> What {
    What::Release { subject, order }
}

/// The debugging calls that the publish gate asks for (11.2, 11.3), and that they change nothing.
fn rehearsal(wish: &Wish) -> Vec<Step> {
    let mut steps = vec![
        Step::new("test/create", "4.2", What::Create(Purchase::of(80, 1)), REHEARSAL).test(),
        Step::new("test/creates-nothing", "4", What::Query(&[REHEARSED]), Expect::NotFound),
        Step::new("test/query", "4.3", What::Query(&[REHEARSED]), Expect::Done).test(),
    ];
    let mut rehearse = |check, section, what| steps.push(Step::new(check, section, what, Expect::Done).test());
    if wish.mode == Mode::Period {
        rehearse("test/refresh", "4.4", refresh(REHEARSED, Change::Renewal, 81));
        rehearse("test/refresh-trial", "4.4", refresh(REHEARSED, Change::TrialToFormal, 82));
        rehearse("test/freeze", "4.5", set_frozen(REHEARSED, true));
        rehearse("test/unfreeze", "4.5", set_frozen(REHEARSED, false));
    }
    if wish.upgrade {
        rehearse("test/upgrade", "4.7", What::Upgrade { subject: REHEARSED, order: 83 });
    }
    rehearse("test/release", "4.6", release(REHEARSED, Some(84)));
    if wish.renewal_change {
        steps.push(Step::new("test/change-check", "4.8", What::ChangeCheck(REHEARSED), Expect::Decision).test());
    }
    steps
}

fn creation() -> Vec<Step> {
    vec![
        Step::new("create/new-line", "4.2", What::Create(Purchase::of(1, 1)), Expect::New(Slot::First, &[])),
        Step::new("create/repeat-same-line", "4.2", What::Create(Purchase::of(1, 1)), Expect::Same(Slot::First)),
        Step::new(
            "create/second-line",
            "4.2",
            What::Create(Purchase::of(1, 2)),
            Expect::New(Slot::Second, &[Slot::First]),
        ),
    ]
}

fn queries(wish: &Wish) -> Vec<Step> {
    const BOTH: &[Slot] = &[Slot::First, Slot::Second];
    let mut steps = vec![
        Step::new("query/finds-instance", "4.3", What::Query(&[FIRST]), Expect::Found(&[Slot::First])),
        Step::new("query/two-instances", "4.3", What::Query(&[FIRST, SECOND]), Expect::Found(BOTH)),
        Step::new("query/unknown-instance", "4.3", What::Query(&[Subject::Nobody]), Expect::NotFound),
        Step::new("create/repeat-when-open", "4.2", What::Create(Purchase::of(1, 1)), Expect::Same(Slot::First)),
    ];
    if wish.mode == Mode::PayPerUse {
        steps.push(Step::new("query/usage", "4.3", What::Query(&[FIRST]), Expect::Usage(Slot::First)).warning());
    }
    steps
}

fn renewals(wish: &Wish) -> Vec<Step> {
    let renew = |check, change, order| Step::new(check, "4.4", refresh(FIRST, change, order), Expect::Done);
    let unknown = refresh(Subject::Nobody, Change::Renewal, 17);
    let mut steps = vec![
        renew("refresh/trial-to-formal", Change::TrialToFormal, 10),
        renew("refresh/renewal", Change::Renewal, 11),
        renew("refresh/repeat-same-order", Change::Renewal, 11),
        renew("refresh/other-product", Change::RenewalOfProduct, 12),
        renew("refresh/late-repetition", Change::Renewal, 11),
        renew("refresh/renewal-cancelled", Change::RenewalCancelled, 13),
        Step::new("refresh/keeps-instance", "4.4", What::Query(&[FIRST]), Expect::Found(&[Slot::First])),
        Step::new("refresh/unknown-instance", "4.9", unknown, Expect::Refused(UNKNOWN_INSTANCE)),
    ];
    if wish.renewal_change {
        steps.push(renew("refresh/renewal-change", Change::RenewalChange, 14));
    }
    steps
}

fn status(wish: &Wish) -> Vec<Step> {
    let put = |check, frozen| Step::new(check, "4.5", set_frozen(FIRST, frozen), Expect::Done);
    let mut steps = vec![
        put("status/unfreeze-in-use", false),
        Step::new("status/page-in-use", "4.5", What::Page(Slot::First), Expect::PageRemembered).warning(),
        put("status/freeze", true),
        put("status/freeze-again", true),
        Step::new("status/frozen-is-kept", "4.5", What::Query(&[FIRST]), Expect::Found(&[Slot::First])),
        Step::new("status/freeze-has-effect", "4.5", What::Page(Slot::First), Expect::PageDiffers).warning(),
    ];
    if wish.mode == Mode::Period {
        steps.push(Step::new("refresh/while-frozen", "4.11", refresh(FIRST, Change::Renewal, 15), Expect::Done));
    }
    steps.extend([
        put("status/unfreeze", false),
        Step::new(
            "status/unknown-instance",
            "4.9",
            set_frozen(Subject::Nobody, true),
            Expect::Refused(UNKNOWN_INSTANCE),
        ),
        put("status/unknown-word", true).sent(Manner::With("status", "PAUSE")).refused(INVALID_PARAMETER).warning(),
    ]);
    steps
}

impl Step {
    pub(super) const fn refused(mut self, code: &'static str) -> Self {
        self.expect = Expect::Refused(code);
        self
    }
}

fn changes(wish: &Wish) -> Vec<Step> {
    let mut steps = Vec::new();
    if wish.upgrade {
        let upgrade = |check, order| Step::new(check, "4.7", What::Upgrade { subject: FIRST, order }, Expect::Done);
        steps.push(upgrade("upgrade/new-line", 20));
        steps.push(upgrade("upgrade/repeat-same-line", 20));
        let nobody = What::Upgrade { subject: Subject::Nobody, order: 21 };
        steps.push(Step::new("upgrade/unknown-instance", "4.9", nobody, Expect::Refused(UNKNOWN_INSTANCE)).warning());
    }
    if wish.renewal_change {
        steps.push(Step::new("change-check/decides", "4.8", What::ChangeCheck(FIRST), Expect::Decision));
        let nobody = What::ChangeCheck(Subject::Nobody);
        steps.push(Step::new("change-check/unknown-instance", "4.8", nobody, Expect::Refused(UNKNOWN_INSTANCE)));
    }
    steps
}

fn releases(wish: &Wish) -> Vec<Step> {
    let done = |check, what| Step::new(check, "4.6", what, Expect::Done);
    let mut steps = vec![
        done("release/unknown-instance", release(Subject::Nobody, None)),
        done("release/unsubscribed", release(SECOND, Some(30))),
        done("release/again", release(SECOND, Some(30))),
        Step::new("release/keeps-others", "4.6", What::Query(&[FIRST]), Expect::Found(&[Slot::First])),
        done("release/expired", release(FIRST, None)),
    ];
    if wish.mode == Mode::Period {
        let unknown = Expect::Refused(UNKNOWN_INSTANCE);
        steps.push(Step::new("status/unfreeze-after-release", "4.9", set_frozen(FIRST, false), unknown).warning());
        let late = refresh(FIRST, Change::Renewal, 16);
        steps.push(Step::new("refresh/after-release", "4.9", late, unknown).warning());
    }
    steps
}
