//! The seller's business: which instances exist and what each call does to them.
//!
//! Pure: no clock, no IO. Every function may be called again with the same request and then
//! changes nothing (13, item 4).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protocol::result_code;
use serde::{Deserialize, Serialize};

use crate::deed::{Create, Deed, Refresh};

/// State of an instance on the seller's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Accepted, still being opened.
    Opening,
    /// In use.
    Running,
    /// Frozen: data are kept, use is refused.
    Frozen,
    /// Released; kept only so that repeated calls are recognised.
    Released,
}

/// One instance that the seller opened for an order line; for authorisation code 2.0 one code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The `businessId` of the first request for the order line.
    pub instance_id: String,
    /// Order that created it.
    pub order_id: String,
    /// Order line that created it. In the GET families the product ID of a pay-per-use purchase,
    /// otherwise empty, because their orders have no lines.
    pub order_line_id: String,
    /// Name of the plan as Query Order would tell it, when known.
    pub plan: Option<String>,
    /// Product ID of the last update that carried one.
    pub product_id: Option<String>,
    /// State.
    pub state: State,
    /// Queries answered with "being processed" so far.
    pub polls: u32,
    /// Expiry, UTC, `yyyyMMddHHmmss`, once an update told it.
    pub expire_time: Option<String>,
    /// Initial password of the account `admin`.
    pub password: String,
    /// Order lines of updates and upgrades that were applied already.
    pub applied_lines: Vec<String>,
}

/// Something that happened to the seller's business. A repeated call must not add one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// An instance was opened.
    Created {
        /// Order.
        order_id: String,
        /// Order line.
        order_line_id: String,
        /// The new instance.
        instance_id: String,
    },
    /// The expiry was changed by an order line.
    Refreshed {
        /// Instance.
        instance_id: String,
        /// Order line of the update.
        order_line_id: String,
    },
    /// The instance was upgraded by an order line.
    Upgraded {
        /// Instance.
        instance_id: String,
        /// Order line of the upgrade.
        order_line_id: String,
    },
    /// The instance was frozen.
    Frozen {
        /// Instance.
        instance_id: String,
    },
    /// The instance was unfrozen.
    Unfrozen {
        /// Instance.
        instance_id: String,
    },
    /// The instance was released.
    Released {
        /// Instance.
        instance_id: String,
    },
    /// A licence was applied for (online License).
    Applied {
        /// Instance.
        instance_id: String,
        /// Event of the application.
        event_id: String,
    },
    /// An order was told of (order notification); the seller now asks Query Order.
    Noticed {
        /// Order.
        order_id: String,
        /// Order line.
        order_line_id: String,
    },
}

/// What the seller answers, before it becomes JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) instance_id: Option<String>,
    /// The opened instance, for the families that show it in the answer to the creation.
    pub(crate) opened: Option<Instance>,
    /// Instances for `info`; `None` leaves the member out.
    pub(crate) info: Option<Vec<Instance>>,
    pub(crate) license: Option<String>,
    pub(crate) effect: Option<Effect>,
}

impl Outcome {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), ..Self::default() }
    }

    pub(crate) fn success(effect: Option<Effect>) -> Self {
        Self { effect, ..Self::new(result_code::SUCCESS, "success") }
    }

    fn unknown_instance() -> Self {
        Self::new(result_code::UNKNOWN_INSTANCE, "instance ID does not exist")
    }
}

/// What the book needs to know from outside to act on a request.
pub(crate) struct Setting<'a> {
    /// Queries answered with "being processed" before an instance is ready; `u32::MAX` = for ever.
    pub(crate) polls_needed: u32,
    /// A repeated creation opens another instance, which no seller may do.
    pub(crate) forgets_orders: bool,
    pub(crate) plan: &'a dyn Fn(&str, &str) -> Option<String>,
    /// A secret text for an instance and a purpose, the same again for the same instance.
    pub(crate) secret: &'a dyn Fn(&str, &str) -> String,
}

/// All instances by ID; this is what is saved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Book {
    pub(crate) instances: BTreeMap<String, Instance>,
    /// Applications for licences that were accepted, by event and device.
    applications: BTreeSet<String>,
    /// Order lines that were told of.
    noticed: BTreeSet<String>,
    /// Instance by order and line, so that a busy seller finds repetitions at once.
    #[serde(skip)]
    by_line: HashMap<(String, String), String>,
}

impl Book {
    /// The book after it was read from a file.
    pub(crate) fn indexed(mut self) -> Self {
        let lines = self.instances.values();
        self.by_line = lines.map(|i| ((i.order_id.clone(), i.order_line_id.clone()), i.instance_id.clone())).collect();
        self
    }

    /// Acts on a real request.
    pub(crate) fn act(&mut self, deed: &Deed, setting: &Setting<'_>) -> Outcome {
        match deed {
            Deed::Create(r) => self.create(r, setting),
            Deed::Query(ids) => self.query(ids, setting.polls_needed),
            Deed::Refresh(r) => self.refresh(r),
            Deed::SetFrozen(id, frozen) => self.set_frozen(id, *frozen),
            Deed::Release(id) => self.release(id),
            Deed::Upgrade { instance_id, line } => self.upgrade(instance_id, line),
            Deed::Check(id) => match self.live(id) {
                Some(_) => Outcome::success(None),
                None => Outcome::unknown_instance(),
            },
            Deed::Apply { instance_id, event_id, key } => self.apply(instance_id, event_id, key),
            Deed::Notice { order_id, order_line_id } => {
                let fresh = self.noticed.insert(order_line_id.clone());
                Outcome::success(
                    fresh.then(|| Effect::Noticed { order_id: order_id.clone(), order_line_id: order_line_id.clone() }),
                )
            }
        }
    }

    /// Answers a debugging request plausibly without touching anything (13, item 5).
    pub(crate) fn rehearse(deed: &Deed, setting: &Setting<'_>) -> Outcome {
        let mut outcome = Outcome::success(None);
        match deed {
            Deed::Create(r) => {
                let sample = Instance::new(r, State::Running, setting);
                outcome.license = r.licence.then(|| (setting.secret)(&sample.instance_id, "license"));
                outcome.instance_id = Some(r.business_id.clone());
                outcome.opened = Some(sample);
            }
            Deed::Query(ids) => {
                let sample = |id: &String| Instance::sample(id, setting);
                outcome.info = Some(ids.iter().map(sample).collect());
            }
            _ => {}
        }
        outcome
    }

    /// Enters an authorisation code, as a seller does when a buyer activates it.
    pub(crate) fn know_code(&mut self, code: &str) {
        let blank = Create {
            order_id: String::new(),
            line: code.to_owned(),
            business_id: code.to_owned(),
            licence: true,
            repeated_to_poll: false,
        };
        let setting =
            Setting { polls_needed: 0, forgets_orders: false, plan: &|_, _| None, secret: &|_, _| String::new() };
        self.instances.entry(code.to_owned()).or_insert_with(|| Instance::new(&blank, State::Running, &setting));
    }

    fn live(&mut self, instance_id: &str) -> Option<&mut Instance> {
        self.instances.get_mut(instance_id).filter(|instance| instance.state != State::Released)
    }

    fn create(&mut self, r: &Create, setting: &Setting<'_>) -> Outcome {
        let key = (r.order_id.clone(), r.line.clone());
        let known = self.by_line.get(&key).filter(|_| !setting.forgets_orders);
        if let Some(instance) = known.and_then(|id| self.instances.get_mut(id)) {
            if r.repeated_to_poll {
                instance.poll(setting.polls_needed);
            }
            return Self::created(instance, r, setting, None);
        }
        if self.instances.contains_key(&r.business_id) {
            // Business IDs are unique; a known one with another order line is a broken caller.
            return Outcome::new(result_code::INVALID_PARAMETER, "businessId was used before");
        }
        let state = match setting.polls_needed {
            0 => State::Running,
            _ => State::Opening,
        };
        let instance = Instance::new(r, state, setting);
        let effect = Effect::Created {
            order_id: r.order_id.clone(),
            order_line_id: r.line.clone(),
            instance_id: r.business_id.clone(),
        };
        let outcome = Self::created(&instance, r, setting, Some(effect));
        self.by_line.insert(key, r.business_id.clone());
        self.instances.insert(r.business_id.clone(), instance);
        outcome
    }

    fn created(instance: &Instance, r: &Create, setting: &Setting<'_>, effect: Option<Effect>) -> Outcome {
        let outcome = match instance.state {
            State::Opening => Outcome::new(result_code::PROCESSING, "accepted, being opened"),
            _ => Outcome {
                license: r.licence.then(|| (setting.secret)(&instance.instance_id, "license")),
                opened: Some(instance.clone()),
                ..Outcome::success(None)
            },
        };
        Outcome { instance_id: Some(instance.instance_id.clone()), effect, ..outcome }
    }

    fn query(&mut self, ids: &[String], polls_needed: u32) -> Outcome {
        let mut info = Vec::new();
        let mut opening = false;
        for id in ids {
            let Some(instance) = self.live(id) else {
                continue;
            };
            if instance.poll(polls_needed) {
                info.push(instance.clone());
            } else {
                opening = true;
            }
        }
        if info.is_empty() {
            return if opening {
                Outcome::new(result_code::PROCESSING, "being opened")
            } else {
                Outcome::unknown_instance()
            };
        }
        Outcome { info: Some(info), ..Outcome::success(None) }
    }

    fn refresh(&mut self, r: &Refresh) -> Outcome {
        let Some(instance) = self.live(&r.instance_id) else {
            return Outcome::unknown_instance();
        };
        // An order line is applied once: a late repetition must not undo a newer expiry.
        if instance.applied_lines.contains(&r.line) {
            return Outcome::success(None);
        }
        instance.applied_lines.push(r.line.clone());
        if r.expire_time.is_some() {
            instance.expire_time.clone_from(&r.expire_time);
        }
        if r.product_id.is_some() {
            instance.product_id.clone_from(&r.product_id);
        }
        if r.unfreezes && instance.state == State::Frozen {
            instance.state = State::Running;
        }
        Outcome::success(Some(Effect::Refreshed { instance_id: r.instance_id.clone(), order_line_id: r.line.clone() }))
    }

    fn upgrade(&mut self, instance_id: &str, line: &str) -> Outcome {
        let Some(instance) = self.live(instance_id) else {
            return Outcome::unknown_instance();
        };
        if instance.applied_lines.iter().any(|applied| applied == line) {
            return Outcome::success(None);
        }
        instance.applied_lines.push(line.to_owned());
        Outcome::success(Some(Effect::Upgraded { instance_id: instance_id.to_owned(), order_line_id: line.to_owned() }))
    }

    fn set_frozen(&mut self, instance_id: &str, frozen: bool) -> Outcome {
        let Some(instance) = self.live(instance_id) else {
            return Outcome::unknown_instance();
        };
        let instance_id = instance_id.to_owned();
        let effect = match (frozen, instance.state) {
            (true, State::Running | State::Opening) => {
                instance.state = State::Frozen;
                Some(Effect::Frozen { instance_id })
            }
            (false, State::Frozen) => {
                instance.state = State::Running;
                Some(Effect::Unfrozen { instance_id })
            }
            _ => None,
        };
        Outcome::success(effect)
    }

    fn release(&mut self, instance_id: &str) -> Outcome {
        match self.instances.get_mut(instance_id) {
            None => Outcome::unknown_instance(),
            Some(instance) if instance.state == State::Released => Outcome::success(None),
            Some(instance) => {
                instance.state = State::Released;
                Outcome::success(Some(Effect::Released { instance_id: instance_id.to_owned() }))
            }
        }
    }

    fn apply(&mut self, instance_id: &str, event_id: &str, key: &str) -> Outcome {
        if self.live(instance_id).is_none() {
            return Outcome::unknown_instance();
        }
        let fresh = self.applications.insert(key.to_owned());
        Outcome::success(
            fresh.then(|| Effect::Applied { instance_id: instance_id.to_owned(), event_id: event_id.to_owned() }),
        )
    }
}

impl Instance {
    fn new(r: &Create, state: State, setting: &Setting<'_>) -> Self {
        Self {
            order_id: r.order_id.clone(),
            order_line_id: r.line.clone(),
            plan: (setting.plan)(&r.order_id, &r.line),
            state,
            ..Self::sample(&r.business_id, setting)
        }
    }

    fn sample(instance_id: &str, setting: &Setting<'_>) -> Self {
        Self {
            instance_id: instance_id.to_owned(),
            order_id: String::new(),
            order_line_id: String::new(),
            plan: None,
            product_id: None,
            state: State::Running,
            polls: 0,
            expire_time: None,
            password: (setting.secret)(instance_id, "password"),
            applied_lines: Vec::new(),
        }
    }

    /// Counts one poll of an instance that is being opened; `true` when it is open.
    fn poll(&mut self, polls_needed: u32) -> bool {
        if self.state != State::Opening {
            return true;
        }
        if polls_needed == u32::MAX || self.polls < polls_needed {
            self.polls = self.polls.saturating_add(1);
            return false;
        }
        self.state = State::Running;
        true
    }
}
