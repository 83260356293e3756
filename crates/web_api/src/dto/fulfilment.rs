//! Purchased services and the calls to sellers' servers.

use crate::dto::account::AuditOut;
use crate::dto::common::{
    ActivityCode, Amount, BillingModeCode, CallStateCode, ExpiryPolicyCode, PeriodCode, ServiceStateCode, Text, Time,
    json, time,
};
use crate::dto::ordering::OrderOut;
use app::resources::{AccessData, InstanceDetail};
use domain::catalogue::kinds::PeriodType;
use domain::fulfilment::instance::InstanceState;
use domain::ledger::Book;
use domain::money::Money;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use store::fulfilment::{Attempt, Instance, SellerCall};
use utoipa::ToSchema;

/// A purchased service.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Service)]
pub struct ServiceOut {
    #[schema(examples("ins_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub state: ServiceStateCode,
    /// End of the paid time; null when it never ends
    pub until: Option<Time>,
    /// End of the grace, while expired
    pub grace_until: Option<Time>,
    /// When data may be deleted, while frozen
    pub release_at: Option<Time>,
    /// Why it is frozen
    #[schema(examples("EXPIRY"))]
    pub freeze_reason: Option<String>,
    pub buyer_id: String,
    pub buyer_name: String,
    pub seller_id: String,
    pub product_id: String,
    pub product_name: Text,
    pub specification_id: String,
    pub specification_name: Text,
    pub order_id: String,
    pub mode: BillingModeCode,
    pub period: Option<PeriodCode>,
    pub periods: i64,
    pub quantity: i64,
    #[schema(example = false)]
    pub trial: bool,
    pub expiry_policy: ExpiryPolicyCode,
    /// Test money
    #[schema(example = false)]
    pub sandbox: bool,
    /// Id in the seller's system
    #[schema(examples("a1b2c3"))]
    pub seller_instance_id: Option<String>,
    /// What the seller tells about its use
    #[schema(value_type = Object)]
    pub usage: serde_json::Value,
    /// When the seller was asked last
    pub information_at: Option<Time>,
    pub opened_at: Option<Time>,
    pub created_at: Time,
}

impl From<Instance> for ServiceOut {
    fn from(i: Instance) -> ServiceOut {
        let (grace_until, release_at, freeze_reason) = match &i.state {
            InstanceState::Expired { grace_until, .. } => (Some(Time(*grace_until)), None, None),
            InstanceState::Frozen { release_at, why, .. } => (None, time(*release_at), Some(why.code().to_owned())),
            _ => (None, None, None),
        };
        ServiceOut {
            id: i.id,
            state: ServiceStateCode(Cow::Borrowed(i.state.code())),
            until: time(i.state.until()),
            grace_until,
            release_at,
            freeze_reason,
            buyer_id: i.buyer_id,
            buyer_name: i.buyer_name,
            seller_id: i.seller_id,
            product_id: i.product_id,
            product_name: i.product_name.into(),
            specification_id: i.specification_id,
            specification_name: i.specification_name.into(),
            order_id: i.order_id,
            mode: i.mode.into(),
            period: i.period.map(PeriodCode),
            periods: i.periods,
            quantity: i.quantity,
            trial: i.trial,
            expiry_policy: i.expiry_policy.into(),
            sandbox: i.book == Book::Sandbox,
            seller_instance_id: i.seller_instance_id,
            usage: i.usage_json.as_deref().map_or(serde_json::Value::Null, json),
            information_at: time(i.information_at),
            opened_at: time(i.opened_at),
            created_at: Time(i.created_at),
        }
    }
}

/// What the buyer needs to use the service.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ServiceAccess)]
pub struct AccessOut {
    pub front_end_url: String,
    pub admin_url: Option<String>,
    pub user_name: Option<String>,
    pub password: Option<String>,
    pub memo: Option<String>,
}

impl From<AccessData> for AccessOut {
    fn from(a: AccessData) -> AccessOut {
        AccessOut {
            front_end_url: a.front_end_url,
            admin_url: a.admin_url,
            user_name: a.user_name,
            password: a.password,
            memo: a.memo,
        }
    }
}

/// A price at which a service can be renewed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RenewalPrice)]
pub struct RenewalOut {
    pub period: PeriodCode,
    pub price: Amount,
}

impl From<(PeriodType, Money)> for RenewalOut {
    fn from((period, price): (PeriodType, Money)) -> RenewalOut {
        RenewalOut { period: period.into(), price: price.into() }
    }
}

/// A service with what belongs to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ServiceDetail)]
pub struct ServiceDetailOut {
    pub service: ServiceOut,
    /// Only for buyers with the right `resource.manage`
    pub access: Option<AccessOut>,
    /// Newest first
    pub orders: Vec<OrderOut>,
    /// Oldest first; not for buyers
    pub calls: Vec<CallOut>,
    /// Code of the reason why unsubscribing is not offered; null when it is
    #[schema(examples("refund-window-over"))]
    pub unsubscribe_refusal: Option<String>,
    /// Code of the reason why the last renewal cannot be given back; null when it can
    #[schema(examples("refund-no-renewal"))]
    pub return_renewal_refusal: Option<String>,
    pub renewals: Vec<RenewalOut>,
    /// Oldest first
    pub history: Vec<AuditOut>,
}

impl From<InstanceDetail> for ServiceDetailOut {
    fn from(d: InstanceDetail) -> ServiceDetailOut {
        ServiceDetailOut {
            service: d.instance.into(),
            access: d.access.map(AccessOut::from),
            orders: d.orders.into_iter().map(OrderOut::from).collect(),
            calls: d.calls.into_iter().map(CallOut::from).collect(),
            unsubscribe_refusal: d.refund_bar.map(str::to_owned),
            return_renewal_refusal: d.return_bar.map(str::to_owned),
            renewals: d.renewals.into_iter().map(RenewalOut::from).collect(),
            history: d.history.into_iter().map(AuditOut::from).collect(),
        }
    }
}

/// A renewal to order.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewIn {
    pub period: PeriodCode,
    /// 1–9 months, or 1, 2, 3 or 5 years
    pub periods: i64,
}

/// What happens at the end of the paid time.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyIn {
    pub policy: ExpiryPolicyCode,
}

/// Whether the seller told something new.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Refreshed)]
pub struct RefreshedOut {
    pub changed: bool,
}

/// A violation to act on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViolationIn {
    /// True freezes, false lifts
    pub freeze: bool,
    #[schema(examples("Spam was sent"))]
    pub reason: String,
}

/// A call to a seller's server.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Call)]
pub struct CallOut {
    #[schema(examples("cal_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub seller_id: String,
    pub buyer_id: String,
    pub service_id: String,
    pub order_id: Option<String>,
    pub line_id: Option<String>,
    pub product_name: Text,
    pub activity: ActivityCode,
    /// Scene or status
    pub variant: String,
    /// What the request says
    #[schema(value_type = Object)]
    pub parameters: serde_json::Value,
    #[schema(examples("https://saas.example.com/market"))]
    pub address: String,
    /// Test call
    #[schema(example = false)]
    pub test: bool,
    pub state: CallStateCode,
    pub attempts: i64,
    pub first_attempt_at: Option<Time>,
    pub accepted_at: Option<Time>,
    /// When it is tried next
    pub next_at: Option<Time>,
    pub last_at: Option<Time>,
    /// Empty when the last attempt went well
    #[schema(examples(""))]
    pub exception_code: String,
    #[schema(examples(""))]
    pub exception: String,
    #[schema(examples("000000"))]
    pub result_code: String,
    pub created_at: Time,
}

impl From<SellerCall> for CallOut {
    fn from(c: SellerCall) -> CallOut {
        CallOut {
            id: c.id,
            seller_id: c.seller_id,
            buyer_id: c.buyer_id,
            service_id: c.instance_id,
            order_id: c.order_id,
            line_id: c.line_id,
            product_name: c.product_name.into(),
            activity: c.activity.into(),
            variant: c.variant,
            parameters: json(&c.parameters),
            address: c.address,
            test: c.test_flag,
            state: c.state.into(),
            attempts: c.attempts,
            first_attempt_at: time(c.first_attempt_at),
            accepted_at: time(c.accepted_at),
            next_at: time(c.next_at),
            last_at: time(c.last_at),
            exception_code: c.exception_code,
            exception: c.exception,
            result_code: c.result_code,
            created_at: Time(c.created_at),
        }
    }
}

/// An attempt of a call.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CallAttempt)]
pub struct AttemptOut {
    pub number: i64,
    pub at: Time,
    /// `AUTOMATIC` or `MANUAL`
    #[schema(examples("AUTOMATIC"))]
    pub trigger: String,
    #[schema(examples("newInstance"))]
    pub activity: String,
    /// The signature is masked
    #[schema(examples("https://saas.example.com/market?signature=***"))]
    pub url: String,
    pub request_body: String,
    #[schema(examples(200))]
    pub http_status: Option<i64>,
    pub response_headers: String,
    /// First 64 KiB
    pub response_body: String,
    pub duration_micros: i64,
    #[schema(examples("OK"))]
    pub verdict: String,
    #[schema(examples(""))]
    pub exception_code: String,
    #[schema(examples(""))]
    pub exception: String,
    #[schema(examples("000000"))]
    pub result_code: String,
}

impl From<Attempt> for AttemptOut {
    fn from(a: Attempt) -> AttemptOut {
        AttemptOut {
            number: a.attempt_no,
            at: Time(Timestamp(a.at)),
            trigger: a.trigger_kind,
            activity: a.activity,
            url: a.url,
            request_body: a.request_body,
            http_status: a.http_status,
            response_headers: a.response_headers,
            response_body: a.response_body,
            duration_micros: a.duration_micros,
            verdict: a.verdict,
            exception_code: a.exception_code,
            exception: a.exception,
            result_code: a.result_code,
        }
    }
}

/// A call with its attempts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CallDetail)]
pub struct CallDetailOut {
    pub call: CallOut,
    pub attempts: Vec<AttemptOut>,
}

impl From<(SellerCall, Vec<Attempt>)> for CallDetailOut {
    fn from((call, attempts): (SellerCall, Vec<Attempt>)) -> CallDetailOut {
        CallDetailOut { call: call.into(), attempts: attempts.into_iter().map(AttemptOut::from).collect() }
    }
}
