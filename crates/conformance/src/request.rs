//! From the call of a step to a call of the protocol.

use protocol::Generation;
use protocol::call::Call;
use protocol::extend_params::{self, ExtendParam};
use protocol::field_cipher::{Algorithm, Iv, encrypt};
use protocol::saas_v1::{self, ChargingMode, OrderData, PeriodType, Quantities};
use protocol::saas_v2::{self, InstanceStatus, OrderRef, ProductInfo, Scene};
use protocol::{license_code, license_v1, online_license, times};

use crate::plan::{Change, Mode, Purchase, Slot, Step, Subject, What};
use crate::world::{Names, World};

const DAY_MS: i64 = 86_400_000;

/// What a call is written from, besides the step.
pub struct Writer<'a> {
    /// Generation of the run.
    pub generation: Generation,
    /// How the product is charged.
    pub mode: Mode,
    /// Identifiers of the run.
    pub names: &'a Names,
    /// What was learned.
    pub world: &'a World,
    /// Key, for the encrypted fields of 1.0.
    pub key: &'a str,
    /// Algorithm of the encrypted fields.
    pub algorithm: Algorithm,
    /// Time in UNIX milliseconds.
    pub now_ms: i64,
    /// 32 random bytes; the business ID and the initialisation vector come from them.
    pub random: [u8; 32],
}

impl Writer<'_> {
    /// The call of a step; `None` when the generation has no such call or an instance is unknown.
    pub fn call(&self, step: &Step) -> Option<Call> {
        match self.generation {
            Generation::SaasV1 => self.saas_v1(step).map(Call::SaasV1),
            Generation::LicenseCode => self.license_code(step).map(Call::LicenseCode),
            Generation::LicenseV1 | Generation::GeneralLicense => self.license_v1(step).map(Call::LicenseV1),
            Generation::OnlineLicense => self.online(step).map(Call::OnlineLicense),
            Generation::OrderNotify => match step.what {
                What::Notice(order) => Some(Call::OrderNotify(self.order_ref(order, None))),
                _ => None,
            },
            _ => self.saas_v2(step).map(Call::SaasV2),
        }
    }

    fn subject(&self, subject: Subject) -> Option<String> {
        self.world.subject(subject, self.names)
    }

    fn business_id(&self) -> String {
        hex::encode(&self.random[..16])
    }

    /// An expiry some days ahead; the later the order, the later the expiry.
    fn expiry(&self, order: u8) -> String {
        let then = self.now_ms + DAY_MS * (30 + i64::from(order));
        times::expire_time_from_unix(then.div_euclid(1_000)).unwrap_or_default()
    }

    /// The order of a call. Debugging calls of SaaS 2.0 name the mock orders that Query Order
    /// knows (4.2, D-44), when there is one.
    fn order_ref(&self, order: u8, mock: Option<&str>) -> OrderRef {
        let order_id = mock.map_or_else(|| self.names.order(order), str::to_owned);
        OrderRef { order_line_id: Names::line(&order_id, 1), order_id }
    }

    fn saas_v2(&self, step: &Step) -> Option<saas_v2::Request> {
        use saas_v2::Request;
        let mock = |name: &'static str| step.test.then_some(name);
        Some(match step.what {
            What::Create(purchase) => Request::NewInstance(self.creation(purchase, step.test)),
            What::Query(subjects) => {
                Request::QueryInstance(saas_v2::QueryInstance { instance_ids: self.ids(subjects)? })
            }
            What::Refresh { subject, change, order } => {
                let order = self.order_ref(order, mock(mock_of(change)));
                self.refresh(subject, change, order)?
            }
            What::SetFrozen { subject, frozen } => self.status(subject, frozen)?,
            What::Release { subject, order } => Request::ReleaseInstance(saas_v2::ReleaseInstance {
                instance_id: self.subject(subject)?,
                order: order.map(|order| self.order_ref(order, mock("MOCKMONTYUNSUBSCRIBE"))),
            }),
            What::Upgrade { subject, order } => {
                let OrderRef { order_id, order_line_id } = self.order_ref(order, mock("MOCKMONTYCHANGE"));
                let instance_id = self.subject(subject)?;
                Request::UpgradeInstance(saas_v2::UpgradeInstance { instance_id, order_id, order_line_id })
            }
            What::ChangeCheck(subject) => Request::ChangeInstanceCheck(saas_v2::ChangeInstanceCheck {
                instance_id: self.subject(subject)?,
                product: ProductInfo {
                    linear_value: Some(5),
                    product_id: self.names.product(3),
                    product_name: Some("旗舰版 / Premium".to_owned()),
                    sku_code: self.names.product(4),
                },
            }),
            _ => return None,
        })
    }

    fn creation(&self, purchase: Purchase, test: bool) -> saas_v2::NewInstance {
        let mock = match self.mode {
            Mode::Period => "MOCKPERIODYEARNEW",
            Mode::OneTime => "MOCKONETIMENEW",
            Mode::PayPerUse => "MOCKONDEMAND",
        };
        let order_id = if test { mock.to_owned() } else { self.names.order(purchase.order) };
        saas_v2::NewInstance {
            order_line_id: Names::line(&order_id, purchase.line),
            order_id,
            business_id: self.business_id(),
        }
    }

    fn ids(&self, subjects: &[Subject]) -> Option<Vec<String>> {
        subjects.iter().map(|subject| self.subject(*subject)).collect()
    }

    fn refresh(&self, subject: Subject, change: Change, order: OrderRef) -> Option<saas_v2::Request> {
        let scene = match change {
            Change::Renewal | Change::RenewalOfProduct => Scene::Renewal,
            Change::TrialToFormal => Scene::TrialToFormal,
            Change::RenewalCancelled => Scene::UnsubscribeRenewalPeriod,
            Change::RenewalChange => Scene::RenewalChange,
        };
        Some(saas_v2::Request::RefreshInstance(saas_v2::RefreshInstance {
            scene,
            expire_time: self.expiry(last_number(&order.order_id)),
            order_id: order.order_id,
            order_line_id: order.order_line_id,
            instance_id: self.subject(subject)?,
            product_id: (change == Change::RenewalOfProduct).then(|| self.names.product(2)),
        }))
    }

    fn status(&self, subject: Subject, frozen: bool) -> Option<saas_v2::Request> {
        let status = if frozen { InstanceStatus::Freeze } else { InstanceStatus::Unfreeze };
        let instance_id = self.subject(subject)?;
        Some(saas_v2::Request::UpdateInstanceStatus(saas_v2::UpdateInstanceStatus { instance_id, status }))
    }

    fn online(&self, step: &Step) -> Option<online_license::Request> {
        use online_license::Request;
        let order_of = |order| self.order_ref(order, None);
        Some(match step.what {
            What::Apply { subject, event } => Request::GetLicenseAsync(online_license::GetLicenseAsync {
                instance_id: self.subject(subject)?,
                effective_time: times::licence_time_from_unix(self.now_ms.div_euclid(1_000))?,
                expire_time: times::licence_time_from_unix((self.now_ms + 30 * DAY_MS).div_euclid(1_000)),
                event_id: self.names.order(event),
                device_fingerprint: Some("00-1A-2B-3C-4D-5E".to_owned()),
            }),
            What::Refresh { subject, change, order } => {
                Request::Instance(self.refresh(subject, change, order_of(order))?)
            }
            What::Release { subject, order } => {
                let instance_id = self.subject(subject)?;
                let release = saas_v2::ReleaseInstance { instance_id, order: order.map(order_of) };
                Request::Instance(saas_v2::Request::ReleaseInstance(release))
            }
            What::Create(purchase) => Request::Instance(saas_v2::Request::NewInstance(self.creation(purchase, false))),
            _ => Request::Instance(self.saas_v2(step)?),
        })
    }

    fn license_code(&self, step: &Step) -> Option<license_code::Request> {
        use license_code::Request;
        Some(match step.what {
            What::Refresh { subject, change, order } => Request::Refresh(license_code::Refresh {
                scene: match change {
                    Change::RenewalCancelled => license_code::Scene::UnsubscribeRenewalPeriod,
                    _ => license_code::Scene::Renewal,
                },
                order: self.order_ref(order, None),
                license: self.subject(subject)?,
                product_id: None,
                expire_time: self.expiry(order),
            }),
            What::SetFrozen { subject, frozen } => Request::UpdateStatus {
                license: self.subject(subject)?,
                status: if frozen { InstanceStatus::Freeze } else { InstanceStatus::Unfreeze },
            },
            What::Release { subject, order } => Request::Release {
                license: self.subject(subject)?,
                order: order.map(|order| self.order_ref(order, None)),
            },
            _ => return None,
        })
    }

    fn period(amount: &str) -> OrderData {
        OrderData { period_type: Some(PeriodType::Year), period_number: Some(1), order_amount: Some(amount.to_owned()) }
    }

    fn saas_v1(&self, step: &Step) -> Option<saas_v1::Request> {
        use saas_v1::Request;
        Some(match step.what {
            What::Create(purchase) => Request::NewInstance(Box::new(self.purchase(purchase))),
            What::Query(subjects) => {
                Request::QueryInstance(saas_v1::QueryInstance { instance_ids: self.ids(subjects)? })
            }
            What::Refresh { subject, change, order } => Request::RefreshInstance(saas_v1::RefreshInstance {
                order_id: self.names.order(order),
                instance_id: self.subject(subject)?,
                product_id: (change == Change::RenewalOfProduct).then(|| self.names.product(2)),
                expire_time: self.expiry(order),
                trial_to_formal: change == Change::TrialToFormal,
                order: Self::period(if change == Change::RenewalCancelled { "-100" } else { "100" }),
            }),
            What::Expire(subject) => {
                let order_id = self.names.order(self.order_of(subject));
                Request::ExpireInstance(saas_v1::ExpireInstance { instance_id: self.subject(subject)?, order_id })
            }
            What::Release { subject, order } => Request::ReleaseInstance(saas_v1::ReleaseInstance {
                instance_id: self.subject(subject)?,
                order_id: self.names.order(order.unwrap_or(1)),
                order_amount: None,
            }),
            What::Upgrade { subject, order } => Request::Upgrade(saas_v1::Upgrade {
                instance_id: self.subject(subject)?,
                order_id: self.names.order(order),
                sku_code: self.names.product(4),
                product_id: self.names.product(3),
                quantities: Quantities { amount: Some(5), ..Quantities::default() },
                extend_params: None,
            }),
            What::SetFrozen { subject, frozen } => Request::InstanceStatus(saas_v1::StatusChange {
                instance_id: self.subject(subject)?,
                status: if frozen { saas_v1::InstanceStatus::Freeze } else { saas_v1::InstanceStatus::Normal },
            }),
            _ => return None,
        })
    }

    /// The purchase order of an instance.
    const fn order_of(&self, subject: Subject) -> u8 {
        match subject {
            Subject::Known(Slot::Second) => 2,
            Subject::Known(Slot::Rehearsed) => 80,
            _ => 1,
        }
    }

    fn purchase(&self, purchase: Purchase) -> saas_v1::NewInstance {
        let charging = match (self.mode, purchase.package) {
            (_, true) => ChargingMode::Package,
            (Mode::Period, false) => ChargingMode::Period,
            (Mode::OneTime, false) => ChargingMode::OneTime,
            (Mode::PayPerUse, false) => ChargingMode::PayPerUse,
        };
        let secret =
            |plain| purchase.contact.then(|| encrypt(self.key, self.algorithm, Iv::from_random(&self.random), plain));
        let extension = ExtendParam { name: "emailDomainName".to_owned(), value: "check.example".to_owned() };
        saas_v1::NewInstance {
            customer_id: "68cbc86abc2018ab880d92f36422fa0e".to_owned(),
            customer_name: Some("conformance-check".to_owned()),
            mobile_phone: secret("13800000000"),
            email: secret("check@buyer.example"),
            business_id: self.business_id(),
            order_id: self.names.order(purchase.order),
            sku_code: Some(self.names.product(9)),
            product_id: self.names.product(purchase.product),
            expire_time: charging.sends_expiry().then(|| self.expiry(purchase.order)),
            charging_mode: Some(charging),
            extend_params: purchase.contact.then(|| extend_params::write(&[extension]).ok()).flatten(),
            order: if charging == ChargingMode::Period { Self::period("100") } else { OrderData::default() },
            provision_type: Some("1".to_owned()),
            ..saas_v1::NewInstance::default()
        }
    }

    fn license_v1(&self, step: &Step) -> Option<license_v1::Request> {
        use license_v1::{LicenceOrder, Request};
        let end = |subject, order| {
            Some(LicenceOrder { order_id: self.names.order(order), instance_id: self.subject(subject)? })
        };
        Some(match step.what {
            What::Create(purchase) => Request::GetLicense(Box::new(license_v1::GetLicense {
                customer_id: "68cbc86abc2018ab880d92f36422fa0e".to_owned(),
                customer_name: Some("conformance-check".to_owned()),
                business_id: self.business_id(),
                order_id: self.names.order(purchase.order),
                sku_code: Some(self.names.product(9)),
                product_id: self.names.product(purchase.product),
                expire_time: Some(self.expiry(purchase.order)),
                charging_mode: Some(ChargingMode::Period),
                provision_type: Some("1".to_owned()),
                order: OrderData { order_amount: None, ..Self::period("") },
                ..license_v1::GetLicense::default()
            })),
            What::Refresh { subject, order, .. } => Request::RefreshLicense(license_v1::RefreshLicense {
                order_id: self.names.order(order),
                instance_id: self.subject(subject)?,
                product_id: None,
                expire_time: Some(self.expiry(order)),
                order: OrderData { order_amount: None, ..Self::period("") },
            }),
            What::Expire(subject) => Request::ExpireLicense(end(subject, self.order_of(subject))?),
            What::Release { subject, order } => Request::ReleaseLicense(end(subject, order.unwrap_or(1))?),
            _ => return None,
        })
    }
}

/// The mock order of an update scene (D-44).
const fn mock_of(change: Change) -> &'static str {
    match change {
        Change::Renewal | Change::RenewalOfProduct => "MOCKMONTYRENEW",
        Change::TrialToFormal => "MOCKMONTYTRIALTOFORMAL",
        Change::RenewalCancelled => "MOCKMONTYUNSUBSCRIBE",
        Change::RenewalChange => "MOCKMONTYCHANGE",
    }
}

/// The number at the end of an order of the run; 0 for a mock order.
fn last_number(order_id: &str) -> u8 {
    order_id.get(order_id.len().saturating_sub(2)..).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
