//! The parameters of the seven requests, written by the marketplace and read by sellers.

use super::order::word;
use super::{Activity, ChargingMode, OrderData, Parameters, Quantities};
use crate::auth_token::TIME_STAMP;
use crate::form::{self, Members, Reader, RequestProblem, Source, TestFlag, parameters_of, push_optional};
use crate::times;

/// One SaaS 1.0 request without its time and token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// New purchase (5.1).
    NewInstance(Box<NewInstance>),
    /// Renewal (5.2).
    RefreshInstance(RefreshInstance),
    /// Expiry (5.3).
    ExpireInstance(ExpireInstance),
    /// Release (5.4).
    ReleaseInstance(ReleaseInstance),
    /// Upgrade (5.5).
    Upgrade(Upgrade),
    /// Resource status change (5.6).
    InstanceStatus(StatusChange),
    /// Query (5.7).
    QueryInstance(QueryInstance),
}

/// Parameters of `newInstance` (5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewInstance {
    /// Buyer's account ID, at most 100 characters.
    pub customer_id: String,
    /// Buyer's account name.
    pub customer_name: Option<String>,
    /// ID of the IAM sub-user, only if the product asks for it.
    pub user_id: Option<String>,
    /// Name of the IAM sub-user, likewise.
    pub user_name: Option<String>,
    /// Mobile number, encrypted (3.4), without country code.
    pub mobile_phone: Option<String>,
    /// E-mail address, encrypted.
    pub email: Option<String>,
    /// Business ID; new in every request, retries included.
    pub business_id: String,
    /// Order ID.
    pub order_id: String,
    /// Specification.
    pub sku_code: Option<String>,
    /// Product ID, one per period type of the specification.
    pub product_id: String,
    /// Whether the purchase is a trial.
    pub trial: bool,
    /// Start, UTC, 14 digits.
    pub start_time: Option<String>,
    /// Estimated expiry, UTC, 14 digits; for period and package.
    pub expire_time: Option<String>,
    /// Charging mode.
    pub charging_mode: Option<ChargingMode>,
    /// `saasExtendParams` as Base64 text, see [`crate::extend_params`].
    pub extend_params: Option<String>,
    /// Linear attributes.
    pub quantities: Quantities,
    /// Period and price.
    pub order: OrderData,
    /// `provisionType`; always "1" (D-31).
    pub provision_type: Option<String>,
}

/// Parameters of `refreshInstance` (5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshInstance {
    /// The renewal order.
    pub order_id: String,
    /// The instance.
    pub instance_id: String,
    /// Product ID when it changes with the period type.
    pub product_id: Option<String>,
    /// New expiry, UTC, 14 digits.
    pub expire_time: String,
    /// Whether a trial becomes formal.
    pub trial_to_formal: bool,
    /// Period and price.
    pub order: OrderData,
}

/// Parameters of `expireInstance` (5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpireInstance {
    /// The instance.
    pub instance_id: String,
    /// The original purchase order.
    pub order_id: String,
}

/// Parameters of `releaseInstance` (5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseInstance {
    /// The instance.
    pub instance_id: String,
    /// Order ID.
    pub order_id: String,
    /// Amount as decimal text.
    pub order_amount: Option<String>,
}

/// Parameters of `upgrade` (5.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// The instance; it keeps its ID.
    pub instance_id: String,
    /// The upgrade order.
    pub order_id: String,
    /// Target specification.
    pub sku_code: String,
    /// Target product.
    pub product_id: String,
    /// Target values of linear attributes.
    pub quantities: Quantities,
    /// `saasExtendParams` as Base64 text.
    pub extend_params: Option<String>,
}

/// The state that `instanceStatus` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstanceStatus {
    /// Freeze: expired, in arrears or in violation.
    Freeze,
    /// In use again.
    Normal,
}

impl InstanceStatus {
    /// The text of the parameter `instanceStatus`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Freeze => "FREEZE",
            Self::Normal => "NORMAL",
        }
    }

    /// Reads the text of the parameter `instanceStatus`.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Freeze, Self::Normal].into_iter().find(|status| status.as_str() == name)
    }
}

/// Parameters of `instanceStatus` (5.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// The instance that the pay-per-use purchase returned.
    pub instance_id: String,
    /// The state it shall have.
    pub status: InstanceStatus,
}

/// Parameters of `queryInstance` (5.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryInstance {
    /// 1 to 100 instance IDs, sent joined by commas.
    pub instance_ids: Vec<String>,
}

/// A request as a seller reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedRequest {
    /// The request.
    pub request: Request,
    /// `testFlag` "1": answer well, change nothing.
    pub test: bool,
}

impl Request {
    /// The activity of the request.
    pub const fn activity(&self) -> Activity {
        match self {
            Self::NewInstance(_) => Activity::NewInstance,
            Self::RefreshInstance(_) => Activity::RefreshInstance,
            Self::ExpireInstance(_) => Activity::ExpireInstance,
            Self::ReleaseInstance(_) => Activity::ReleaseInstance,
            Self::Upgrade(_) => Activity::Upgrade,
            Self::InstanceStatus(_) => Activity::InstanceStatus,
            Self::QueryInstance(_) => Activity::QueryInstance,
        }
    }

    /// The instances that the request names; none for a purchase.
    pub fn instance_ids(&self) -> &[String] {
        match self {
            Self::NewInstance(_) => &[],
            Self::RefreshInstance(r) => std::slice::from_ref(&r.instance_id),
            Self::ExpireInstance(r) => std::slice::from_ref(&r.instance_id),
            Self::ReleaseInstance(r) => std::slice::from_ref(&r.instance_id),
            Self::Upgrade(r) => std::slice::from_ref(&r.instance_id),
            Self::InstanceStatus(r) => std::slice::from_ref(&r.instance_id),
            Self::QueryInstance(r) => &r.instance_ids,
        }
    }

    /// The parameters at the time `now_ms` (UNIX milliseconds), without `authToken`.
    ///
    /// Parameters without a value are left out (D-11). `None` when the time is outside of the
    /// years 1 – 9999.
    pub fn to_parameters(&self, now_ms: i64, test_flag: TestFlag) -> Option<Parameters> {
        let mut parameters = parameters_of(self.members());
        parameters.insert("activity".to_owned(), self.activity().as_str().to_owned());
        parameters.insert(TIME_STAMP.to_owned(), times::time_stamp_from_unix_ms(now_ms)?);
        if let Some(flag) = test_flag.as_text() {
            parameters.insert("testFlag".to_owned(), flag.to_owned());
        }
        Some(parameters)
    }

    fn members(&self) -> Members {
        let id = |name, value: &String| (name, value.clone().into());
        match self {
            Self::NewInstance(r) => r.members(),
            Self::RefreshInstance(r) => {
                let mut members = vec![
                    id("orderId", &r.order_id),
                    id("instanceId", &r.instance_id),
                    id("expireTime", &r.expire_time),
                ];
                push_optional(&mut members, "productId", r.product_id.as_ref());
                if r.trial_to_formal {
                    members.push(("trialToFormal", "1".into()));
                }
                r.order.push(&mut members);
                members
            }
            Self::ExpireInstance(r) => vec![id("instanceId", &r.instance_id), id("orderId", &r.order_id)],
            Self::ReleaseInstance(r) => {
                let mut members = vec![id("instanceId", &r.instance_id), id("orderId", &r.order_id)];
                push_optional(&mut members, "orderAmount", r.order_amount.as_ref());
                members
            }
            Self::Upgrade(r) => {
                let mut members = vec![
                    id("instanceId", &r.instance_id),
                    id("orderId", &r.order_id),
                    id("skuCode", &r.sku_code),
                    id("productId", &r.product_id),
                ];
                r.quantities.push(&mut members);
                push_optional(&mut members, "saasExtendParams", r.extend_params.as_ref());
                members
            }
            Self::InstanceStatus(r) => {
                vec![id("instanceId", &r.instance_id), ("instanceStatus", r.status.as_str().into())]
            }
            Self::QueryInstance(r) => vec![("instanceId", r.instance_ids.join(",").into())],
        }
    }

    /// Checks the request against the table of its activity before it is sent.
    ///
    /// # Errors
    /// The first parameter that is empty, too long or malformed.
    pub fn check(&self) -> Result<(), RequestProblem> {
        // A comma inside an ID would be read as two IDs.
        if let Self::QueryInstance(r) = self
            && r.instance_ids.iter().any(|id| id.contains(','))
        {
            return Err(RequestProblem::Invalid("instanceId"));
        }
        let parameters = self.to_parameters(0, TestFlag::Real).unwrap_or_default();
        form::check(self.activity().fields(), &parameters)
    }

    /// Reads verified parameters as a seller does; unknown ones are ignored.
    ///
    /// # Errors
    /// [`RequestProblem`] naming the first parameter that is missing or invalid.
    pub fn parse(parameters: &Parameters) -> Result<ParsedRequest, RequestProblem> {
        let name = parameters.text("activity")?.ok_or(RequestProblem::Missing("activity"))?;
        let activity = Activity::from_name(name).ok_or_else(|| RequestProblem::UnknownActivity(name.to_owned()))?;
        form::check(activity.fields(), parameters)?;
        let reader = Reader(parameters);
        Ok(ParsedRequest { request: read(activity, &reader)?, test: reader.is_test()? })
    }
}

impl NewInstance {
    fn members(&self) -> Members {
        let mut members: Members = vec![
            ("customerId", self.customer_id.clone().into()),
            ("businessId", self.business_id.clone().into()),
            ("orderId", self.order_id.clone().into()),
            ("productId", self.product_id.clone().into()),
        ];
        for (name, value) in [
            ("customerName", &self.customer_name),
            ("userId", &self.user_id),
            ("userName", &self.user_name),
            ("mobilePhone", &self.mobile_phone),
            ("email", &self.email),
            ("skuCode", &self.sku_code),
            ("startTime", &self.start_time),
            ("expireTime", &self.expire_time),
            ("saasExtendParams", &self.extend_params),
            ("provisionType", &self.provision_type),
        ] {
            push_optional(&mut members, name, value.as_ref());
        }
        if self.trial {
            members.push(("trialFlag", "1".into()));
        }
        if let Some(mode) = self.charging_mode {
            members.push(("chargingMode", mode.as_str().into()));
        }
        self.quantities.push(&mut members);
        self.order.push(&mut members);
        members
    }

    fn read(reader: &Reader<'_, Parameters>) -> Result<Self, RequestProblem> {
        Ok(Self {
            customer_id: reader.text("customerId")?,
            customer_name: reader.optional("customerName")?,
            user_id: reader.optional("userId")?,
            user_name: reader.optional("userName")?,
            mobile_phone: reader.optional("mobilePhone")?,
            email: reader.optional("email")?,
            business_id: reader.text("businessId")?,
            order_id: reader.text("orderId")?,
            sku_code: reader.optional("skuCode")?,
            product_id: reader.text("productId")?,
            trial: reader.optional("trialFlag")?.as_deref() == Some("1"),
            start_time: reader.optional("startTime")?,
            expire_time: reader.optional("expireTime")?,
            charging_mode: word(reader, "chargingMode", ChargingMode::from_name)?,
            extend_params: reader.optional("saasExtendParams")?,
            quantities: Quantities::read(reader)?,
            order: OrderData::read(reader)?,
            provision_type: reader.optional("provisionType")?,
        })
    }
}

fn read(activity: Activity, reader: &Reader<'_, Parameters>) -> Result<Request, RequestProblem> {
    Ok(match activity {
        Activity::NewInstance => Request::NewInstance(Box::new(NewInstance::read(reader)?)),
        Activity::RefreshInstance => Request::RefreshInstance(RefreshInstance {
            order_id: reader.text("orderId")?,
            instance_id: reader.text("instanceId")?,
            product_id: reader.optional("productId")?,
            expire_time: reader.text("expireTime")?,
            trial_to_formal: reader.optional("trialToFormal")?.as_deref() == Some("1"),
            order: OrderData::read(reader)?,
        }),
        Activity::ExpireInstance => Request::ExpireInstance(ExpireInstance {
            instance_id: reader.text("instanceId")?,
            order_id: reader.text("orderId")?,
        }),
        Activity::ReleaseInstance => Request::ReleaseInstance(ReleaseInstance {
            instance_id: reader.text("instanceId")?,
            order_id: reader.text("orderId")?,
            order_amount: reader.optional("orderAmount")?,
        }),
        Activity::Upgrade => Request::Upgrade(Upgrade {
            instance_id: reader.text("instanceId")?,
            order_id: reader.text("orderId")?,
            sku_code: reader.text("skuCode")?,
            product_id: reader.text("productId")?,
            quantities: Quantities::read(reader)?,
            extend_params: reader.optional("saasExtendParams")?,
        }),
        Activity::InstanceStatus => Request::InstanceStatus(StatusChange {
            instance_id: reader.text("instanceId")?,
            status: reader.word("instanceStatus", InstanceStatus::from_name)?,
        }),
        Activity::QueryInstance => Request::QueryInstance(QueryInstance { instance_ids: reader.ids("instanceId")? }),
    })
}
