//! The seller's business: which instances exist and what each call does to them.
//!
//! Pure: no clock, no IO. Every function may be called again with the same request and then
//! changes nothing (13, item 4).

use std::collections::BTreeMap;

use protocol::result_code;
use protocol::saas_v2::{
    InstanceStatus, NewInstance, QueryInstance, RefreshInstance, ReleaseInstance, Request, UpdateInstanceStatus,
    UpgradeInstance,
};
use serde::{Deserialize, Serialize};

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

/// One instance that the seller opened for an order line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The `businessId` of the first request for the order line.
    pub instance_id: String,
    /// Order that created it.
    pub order_id: String,
    /// Order line that created it.
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
}

/// What the seller answers, before it becomes JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) instance_id: Option<String>,
    /// Instances for `info`; `None` leaves the member out.
    pub(crate) info: Option<Vec<Instance>>,
    pub(crate) effect: Option<Effect>,
}

impl Outcome {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), ..Self::default() }
    }

    fn success(effect: Option<Effect>) -> Self {
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
    pub(crate) plan: &'a dyn Fn(&str, &str) -> Option<String>,
    pub(crate) password: &'a dyn Fn(&str) -> String,
}

/// All instances by ID; this is what is saved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Book {
    pub(crate) instances: BTreeMap<String, Instance>,
}

impl Book {
    /// Acts on a real request.
    pub(crate) fn act(&mut self, request: &Request, setting: &Setting<'_>) -> Outcome {
        match request {
            Request::NewInstance(r) => self.create(r, setting),
            Request::QueryInstance(r) => self.query(r, setting.polls_needed),
            Request::RefreshInstance(r) => self.refresh(r),
            Request::UpdateInstanceStatus(r) => self.set_status(r),
            Request::ReleaseInstance(r) => self.release(r),
            Request::UpgradeInstance(r) => self.upgrade(r),
            Request::ChangeInstanceCheck(r) => match self.live(&r.instance_id) {
                Some(_) => Outcome::success(None),
                None => Outcome::unknown_instance(),
            },
        }
    }

    /// Answers a debugging request plausibly without touching anything (13, item 5).
    pub(crate) fn rehearse(request: &Request, setting: &Setting<'_>) -> Outcome {
        let mut outcome = Outcome::success(None);
        match request {
            Request::NewInstance(r) => outcome.instance_id = Some(r.business_id.clone()),
            Request::QueryInstance(r) => {
                let sample = |id: &String| Instance {
                    instance_id: id.clone(),
                    order_id: String::new(),
                    order_line_id: String::new(),
                    plan: None,
                    product_id: None,
                    state: State::Running,
                    polls: 0,
                    expire_time: None,
                    password: (setting.password)(id),
                    applied_lines: Vec::new(),
                };
                outcome.info = Some(r.instance_ids.iter().map(sample).collect());
            }
            _ => {}
        }
        outcome
    }

    fn live(&mut self, instance_id: &str) -> Option<&mut Instance> {
        self.instances.get_mut(instance_id).filter(|instance| instance.state != State::Released)
    }

    fn create(&mut self, r: &NewInstance, setting: &Setting<'_>) -> Outcome {
        let known = self.instances.values().find(|i| i.order_id == r.order_id && i.order_line_id == r.order_line_id);
        if let Some(instance) = known {
            return Self::created(instance, None);
        }
        if self.instances.contains_key(&r.business_id) {
            // Business IDs are unique; a known one with another order line is a broken caller.
            return Outcome::new(result_code::INVALID_PARAMETER, "businessId was used before");
        }
        let instance = Instance {
            instance_id: r.business_id.clone(),
            order_id: r.order_id.clone(),
            order_line_id: r.order_line_id.clone(),
            plan: (setting.plan)(&r.order_id, &r.order_line_id),
            product_id: None,
            state: match setting.polls_needed {
                0 => State::Running,
                _ => State::Opening,
            },
            polls: 0,
            expire_time: None,
            password: (setting.password)(&r.business_id),
            applied_lines: Vec::new(),
        };
        let effect = Effect::Created {
            order_id: r.order_id.clone(),
            order_line_id: r.order_line_id.clone(),
            instance_id: r.business_id.clone(),
        };
        let outcome = Self::created(&instance, Some(effect));
        self.instances.insert(r.business_id.clone(), instance);
        outcome
    }

    fn created(instance: &Instance, effect: Option<Effect>) -> Outcome {
        let (code, message) = match instance.state {
            State::Opening => (result_code::PROCESSING, "accepted, being opened"),
            _ => (result_code::SUCCESS, "success"),
        };
        Outcome { instance_id: Some(instance.instance_id.clone()), effect, ..Outcome::new(code, message) }
    }

    fn query(&mut self, r: &QueryInstance, polls_needed: u32) -> Outcome {
        let mut info = Vec::new();
        let mut opening = false;
        for id in &r.instance_ids {
            let Some(instance) = self.live(id) else {
                continue;
            };
            if instance.state == State::Opening {
                if polls_needed == u32::MAX || instance.polls < polls_needed {
                    instance.polls = instance.polls.saturating_add(1);
                    opening = true;
                    continue;
                }
                instance.state = State::Running;
            }
            info.push(instance.clone());
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

    fn refresh(&mut self, r: &RefreshInstance) -> Outcome {
        let Some(instance) = self.live(&r.instance_id) else {
            return Outcome::unknown_instance();
        };
        // An order line is applied once: a late repetition must not undo a newer expiry.
        if instance.applied_lines.contains(&r.order_line_id) {
            return Outcome::success(None);
        }
        instance.applied_lines.push(r.order_line_id.clone());
        instance.expire_time = Some(r.expire_time.clone());
        if r.product_id.is_some() {
            instance.product_id.clone_from(&r.product_id);
        }
        Outcome::success(Some(Effect::Refreshed {
            instance_id: r.instance_id.clone(),
            order_line_id: r.order_line_id.clone(),
        }))
    }

    fn upgrade(&mut self, r: &UpgradeInstance) -> Outcome {
        let Some(instance) = self.live(&r.instance_id) else {
            return Outcome::unknown_instance();
        };
        if instance.applied_lines.contains(&r.order_line_id) {
            return Outcome::success(None);
        }
        instance.applied_lines.push(r.order_line_id.clone());
        Outcome::success(Some(Effect::Upgraded {
            instance_id: r.instance_id.clone(),
            order_line_id: r.order_line_id.clone(),
        }))
    }

    fn set_status(&mut self, r: &UpdateInstanceStatus) -> Outcome {
        let Some(instance) = self.live(&r.instance_id) else {
            return Outcome::unknown_instance();
        };
        let instance_id = r.instance_id.clone();
        let effect = match (r.status, instance.state) {
            (InstanceStatus::Freeze, State::Running | State::Opening) => {
                instance.state = State::Frozen;
                Some(Effect::Frozen { instance_id })
            }
            (InstanceStatus::Unfreeze, State::Frozen) => {
                instance.state = State::Running;
                Some(Effect::Unfrozen { instance_id })
            }
            _ => None,
        };
        Outcome::success(effect)
    }

    fn release(&mut self, r: &ReleaseInstance) -> Outcome {
        match self.instances.get_mut(&r.instance_id) {
            None => Outcome::unknown_instance(),
            Some(instance) if instance.state == State::Released => Outcome::success(None),
            Some(instance) => {
                instance.state = State::Released;
                Outcome::success(Some(Effect::Released { instance_id: r.instance_id.clone() }))
            }
        }
    }
}
