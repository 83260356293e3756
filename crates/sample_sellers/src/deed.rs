//! What a call of any family asks the seller to do, in one vocabulary.

use protocol::call::Call;
use protocol::saas_v1::{self, ChargingMode};
use protocol::{license_code, license_v1, online_license, saas_v2};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Open an instance.
    Create(Create),
    /// Tell about instances.
    Query(Vec<String>),
    /// Change the expiry.
    Refresh(Refresh),
    /// Freeze (`true`) or unfreeze.
    SetFrozen(String, bool),
    /// Release.
    Release(String),
    /// Upgrade by an order line.
    Upgrade { instance_id: String, line: String },
    /// May this instance be renewed with a change?
    Check(String),
    /// Apply for a licence; the key tells repetitions apart.
    Apply { instance_id: String, event_id: String, key: String },
    /// Something happened to an order.
    Notice { order_id: String, order_line_id: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Create {
    pub(crate) order_id: String,
    /// What makes the creation unique within its order.
    pub(crate) line: String,
    pub(crate) business_id: String,
    /// The answer is a licence, not the address of a service.
    pub(crate) licence: bool,
    /// The family polls by repeating the creation (D-32).
    pub(crate) repeated_to_poll: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refresh {
    pub(crate) instance_id: String,
    pub(crate) line: String,
    pub(crate) product_id: Option<String>,
    pub(crate) expire_time: Option<String>,
    /// In 1.0 a renewal also ends the frozen state (5.2).
    pub(crate) unfreezes: bool,
}

impl From<&Call> for Deed {
    fn from(call: &Call) -> Self {
        match call {
            Call::SaasV2(request) => saas_v2(request),
            Call::SaasV1(request) => saas_v1(request),
            Call::LicenseV1(request) => license_v1(request),
            Call::LicenseCode(request) => license_code(request),
            Call::OnlineLicense(online_license::Request::Instance(request)) => match saas_v2(request) {
                // The family has no query, so the marketplace asks by repeating the creation.
                Self::Create(create) => Self::Create(Create { repeated_to_poll: true, ..create }),
                deed => deed,
            },
            Call::OnlineLicense(online_license::Request::GetLicenseAsync(r)) => {
                let (event, device) = r.key();
                Self::Apply {
                    instance_id: r.instance_id.clone(),
                    event_id: r.event_id.clone(),
                    key: format!("{event}\n{}", device.unwrap_or_default()),
                }
            }
            Call::OrderNotify(order) => {
                Self::Notice { order_id: order.order_id.clone(), order_line_id: order.order_line_id.clone() }
            }
        }
    }
}

fn saas_v2(request: &saas_v2::Request) -> Deed {
    use saas_v2::Request;
    match request {
        Request::NewInstance(r) => Deed::Create(Create {
            order_id: r.order_id.clone(),
            line: r.order_line_id.clone(),
            business_id: r.business_id.clone(),
            licence: false,
            repeated_to_poll: false,
        }),
        Request::QueryInstance(r) => Deed::Query(r.instance_ids.clone()),
        Request::RefreshInstance(r) => Deed::Refresh(Refresh {
            instance_id: r.instance_id.clone(),
            line: r.order_line_id.clone(),
            product_id: r.product_id.clone(),
            expire_time: Some(r.expire_time.clone()),
            unfreezes: false,
        }),
        Request::UpdateInstanceStatus(r) => {
            Deed::SetFrozen(r.instance_id.clone(), r.status == saas_v2::InstanceStatus::Freeze)
        }
        Request::ReleaseInstance(r) => Deed::Release(r.instance_id.clone()),
        Request::UpgradeInstance(r) => {
            Deed::Upgrade { instance_id: r.instance_id.clone(), line: r.order_line_id.clone() }
        }
        Request::ChangeInstanceCheck(r) => Deed::Check(r.instance_id.clone()),
    }
}

fn saas_v1(request: &saas_v1::Request) -> Deed {
    use saas_v1::Request;
    match request {
        Request::NewInstance(r) => Deed::Create(Create {
            order_id: r.order_id.clone(),
            // One order of a pay-per-use specification opens one instance per product (5.1).
            line: match r.charging_mode {
                Some(ChargingMode::PayPerUse) => r.product_id.clone(),
                _ => String::new(),
            },
            business_id: r.business_id.clone(),
            licence: false,
            repeated_to_poll: true,
        }),
        Request::RefreshInstance(r) => Deed::Refresh(Refresh {
            instance_id: r.instance_id.clone(),
            line: r.order_id.clone(),
            product_id: r.product_id.clone(),
            expire_time: Some(r.expire_time.clone()),
            unfreezes: true,
        }),
        Request::ExpireInstance(r) => Deed::SetFrozen(r.instance_id.clone(), true),
        Request::ReleaseInstance(r) => Deed::Release(r.instance_id.clone()),
        Request::Upgrade(r) => Deed::Upgrade { instance_id: r.instance_id.clone(), line: r.order_id.clone() },
        Request::InstanceStatus(r) => {
            Deed::SetFrozen(r.instance_id.clone(), r.status == saas_v1::InstanceStatus::Freeze)
        }
        Request::QueryInstance(r) => Deed::Query(r.instance_ids.clone()),
    }
}

fn license_v1(request: &license_v1::Request) -> Deed {
    use license_v1::Request;
    match request {
        Request::GetLicense(r) => Deed::Create(Create {
            order_id: r.order_id.clone(),
            line: String::new(),
            business_id: r.business_id.clone(),
            licence: true,
            repeated_to_poll: true,
        }),
        Request::RefreshLicense(r) => Deed::Refresh(Refresh {
            instance_id: r.instance_id.clone(),
            line: r.order_id.clone(),
            product_id: r.product_id.clone(),
            expire_time: r.expire_time.clone(),
            unfreezes: true,
        }),
        Request::ExpireLicense(r) => Deed::SetFrozen(r.instance_id.clone(), true),
        Request::ReleaseLicense(r) => Deed::Release(r.instance_id.clone()),
    }
}

fn license_code(request: &license_code::Request) -> Deed {
    use license_code::Request;
    match request {
        Request::Refresh(r) => Deed::Refresh(Refresh {
            instance_id: r.license.clone(),
            line: r.order.order_line_id.clone(),
            product_id: r.product_id.clone(),
            expire_time: Some(r.expire_time.clone()),
            unfreezes: false,
        }),
        Request::UpdateStatus { license, status } => {
            Deed::SetFrozen(license.clone(), *status == saas_v2::InstanceStatus::Freeze)
        }
        Request::Release { license, .. } => Deed::Release(license.clone()),
    }
}
