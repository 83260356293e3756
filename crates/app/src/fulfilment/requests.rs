//! What a call says, in the generation that its address speaks (seller interface 4 and 5).

use super::CallParameters;
use domain::catalogue::kinds::{BillingMode, InterfaceGeneration, PeriodType};
use domain::fulfilment::call::{Activity, CallState};
use domain::ordering::order::OrderKind;
use domain::ordering::pricing::period_end;
use domain::time::Timestamp;
use protocol::call::Call;
use protocol::{saas_v1, saas_v2};
use store::fulfilment::{Instance, SellerCall};
use store::ordering::Order;

/// What is to be said to a seller's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// This.
    Call(Box<Call>),
    /// Nothing: the seller never named an instance.
    NothingOpened,
    /// Nothing: the generation has no call for it (5.2).
    NoSuchCall,
}

/// Everything that a request is written from.
pub(super) struct Facts<'f> {
    pub(super) call: &'f SellerCall,
    pub(super) instance: &'f Instance,
    pub(super) parameters: &'f CallParameters,
    /// Order that the call is about, for generation 1.0, which tells it whole.
    pub(super) order: Option<&'f Order>,
    /// New in every attempt.
    pub(super) business_id: String,
    /// By the buyer's clock.
    pub(super) now: Timestamp,
}

/// The next request of a call as it stands now.
pub(super) fn request_of(facts: Facts<'_>) -> Said {
    match facts.instance.generation {
        InterfaceGeneration::SaasV2 => v2(facts).map_or(Said::NothingOpened, |r| Said::Call(Box::new(Call::SaasV2(r)))),
        InterfaceGeneration::SaasV1 => v1(facts),
    }
}

fn v2(facts: Facts<'_>) -> Option<saas_v2::Request> {
    let Facts { call, instance, parameters: p, business_id, .. } = facts;
    let (order_id, order_line_id) = (p.order_id.clone().unwrap_or_default(), p.line_id.clone().unwrap_or_default());
    if call.activity == Activity::NewInstance {
        if let (CallState::Polling, Some(named)) = (call.state, &instance.seller_instance_id) {
            return Some(saas_v2::Request::QueryInstance(saas_v2::QueryInstance { instance_ids: vec![named.clone()] }));
        }
        return Some(saas_v2::Request::NewInstance(saas_v2::NewInstance { order_id, order_line_id, business_id }));
    }
    let instance_id = instance.seller_instance_id.clone()?;
    Some(match call.activity {
        Activity::RefreshInstance => saas_v2::Request::RefreshInstance(saas_v2::RefreshInstance {
            scene: saas_v2::Scene::from_name(&call.variant).unwrap_or(saas_v2::Scene::Renewal),
            order_id,
            order_line_id,
            instance_id,
            product_id: p.product_code.clone(),
            expire_time: Timestamp(p.expires.unwrap_or(0)).to_wire_utc(),
        }),
        Activity::UpdateInstanceStatus => {
            let status = saas_v2::InstanceStatus::from_name(&call.variant).unwrap_or(saas_v2::InstanceStatus::Freeze);
            saas_v2::Request::UpdateInstanceStatus(saas_v2::UpdateInstanceStatus { instance_id, status })
        }
        Activity::ReleaseInstance => {
            let named = p.order_id.is_some() && p.line_id.is_some();
            let order = named.then_some(saas_v2::OrderRef { order_id, order_line_id });
            saas_v2::Request::ReleaseInstance(saas_v2::ReleaseInstance { instance_id, order })
        }
        Activity::NewInstance | Activity::QueryInstance => {
            saas_v2::Request::QueryInstance(saas_v2::QueryInstance { instance_ids: vec![instance_id] })
        }
    })
}

fn v1(facts: Facts<'_>) -> Said {
    let Facts { call, instance, parameters: p, .. } = &facts;
    // A purchase is repeated until it is done (D-32), and again when the buyer opens the service (5.1).
    if matches!(call.activity, Activity::NewInstance | Activity::QueryInstance) {
        let request = saas_v1::Request::NewInstance(Box::new(purchase(&facts)));
        return Said::Call(Box::new(Call::SaasV1(request)));
    }
    let Some(instance_id) = instance.seller_instance_id.clone() else {
        return Said::NothingOpened;
    };
    let bought = || instance.order_id.clone();
    let request = match call.activity {
        Activity::RefreshInstance => saas_v1::Request::RefreshInstance(saas_v1::RefreshInstance {
            order_id: p.order_id.clone().unwrap_or_else(bought),
            instance_id,
            product_id: p.product_code.clone(),
            expire_time: Timestamp(p.expires.unwrap_or(0)).to_wire_utc(),
            trial_to_formal: facts.order.is_some_and(|o| o.kind == OrderKind::TrialToFormal),
            order: facts.order.map(data).unwrap_or_default(),
        }),
        // D-51: what is paid by use has a call for its state.
        Activity::UpdateInstanceStatus if charging_mode(instance.mode).is_by_use() => {
            let status = match call.variant.as_str() {
                "UNFREEZE" => saas_v1::InstanceStatus::Normal,
                _ => saas_v1::InstanceStatus::Freeze,
            };
            saas_v1::Request::InstanceStatus(saas_v1::StatusChange { instance_id, status })
        }
        // A period product is frozen by its expiry, and nothing but a renewal ends that.
        Activity::UpdateInstanceStatus if call.variant == "UNFREEZE" => return Said::NoSuchCall,
        Activity::UpdateInstanceStatus => {
            saas_v1::Request::ExpireInstance(saas_v1::ExpireInstance { instance_id, order_id: bought() })
        }
        Activity::ReleaseInstance | Activity::NewInstance | Activity::QueryInstance => {
            saas_v1::Request::ReleaseInstance(saas_v1::ReleaseInstance {
                instance_id,
                order_id: p.order_id.clone().unwrap_or_else(bought),
                order_amount: None,
            })
        }
    };
    Said::Call(Box::new(Call::SaasV1(request)))
}

/// The purchase as 1.0 tells it (5.1).
fn purchase(facts: &Facts<'_>) -> saas_v1::NewInstance {
    let Facts { instance, order, business_id, now, .. } = facts;
    let line = order.map(|o| &o.line);
    let charging_mode = charging_mode(instance.mode);
    // An estimate only: the time begins when the seller has delivered.
    let until = instance.state.until().or_else(|| {
        let line = line.filter(|_| charging_mode.sends_expiry())?;
        period_end(&line.choice, line.trial_days, *now, now.day().day)
    });
    saas_v1::NewInstance {
        customer_id: instance.buyer_id.clone(),
        customer_name: Some(instance.buyer_name.chars().take(64).collect()),
        business_id: business_id.clone(),
        order_id: instance.order_id.clone(),
        sku_code: Some(instance.specification_id.clone()),
        product_id: line.map(|l| l.product_code.clone()).unwrap_or_default(),
        // Repeated after a conversion, the purchase is still the one of the trial.
        trial: line.map_or(instance.trial, |l| l.choice.trial),
        start_time: Some(instance.opened_at.unwrap_or(*now).to_wire_utc()),
        expire_time: until.map(Timestamp::to_wire_utc),
        charging_mode: Some(charging_mode),
        quantities: saas_v1::Quantities {
            amount: u64::try_from(instance.quantity).ok().filter(|n| *n > 1),
            ..saas_v1::Quantities::default()
        },
        order: order.map(data).unwrap_or_default(),
        // D-31.
        provision_type: Some("1".into()),
        ..saas_v1::NewInstance::default()
    }
}

fn charging_mode(mode: BillingMode) -> saas_v1::ChargingMode {
    match mode {
        BillingMode::OneTime | BillingMode::Free => saas_v1::ChargingMode::OneTime,
        BillingMode::OnDemand => saas_v1::ChargingMode::PayPerUse,
        BillingMode::OnDemandPackage | BillingMode::StopWhenUsedUpPackage => saas_v1::ChargingMode::Package,
        _ => saas_v1::ChargingMode::Period,
    }
}

/// Period and price of an order; a trial is told in days.
fn data(order: &Order) -> saas_v1::OrderData {
    let choice = &order.line.choice;
    let period = match (choice.trial, choice.period) {
        (true, _) => Some((saas_v1::PeriodType::Day, order.line.trial_days.map_or(0, i64::from))),
        (false, Some(PeriodType::Year)) => Some((saas_v1::PeriodType::Year, choice.periods)),
        (false, Some(PeriodType::Month)) => Some((saas_v1::PeriodType::Month, choice.periods)),
        (false, Some(PeriodType::Day)) => Some((saas_v1::PeriodType::Day, choice.periods)),
        (false, None) => None,
    };
    // At most two digits; longer trials are told by their expiry.
    let number = period.and_then(|(_, n)| u64::try_from(n).ok()).filter(|n| (1..100).contains(n));
    saas_v1::OrderData {
        period_type: period.map(|(unit, _)| unit),
        period_number: number,
        order_amount: Some(order.payable.to_decimal()),
    }
}
