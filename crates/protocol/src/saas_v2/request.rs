//! The bodies of the seven requests, written by the marketplace and read by sellers.

use serde_json::Value;

use super::Activity;
use crate::canonical::to_canonical;
use crate::form::{self, Members, Reader, RequestProblem, Source, object_of, push_optional};
use crate::json::{self, Object};

/// One SaaS 2.0 request without its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Create an instance (4.2).
    NewInstance(NewInstance),
    /// Query instances (4.3).
    QueryInstance(QueryInstance),
    /// Change the expiry (4.4).
    RefreshInstance(RefreshInstance),
    /// Freeze or unfreeze (4.5).
    UpdateInstanceStatus(UpdateInstanceStatus),
    /// Release (4.6).
    ReleaseInstance(ReleaseInstance),
    /// Upgrade (4.7).
    UpgradeInstance(UpgradeInstance),
    /// Check a renewal with change (4.8).
    ChangeInstanceCheck(ChangeInstanceCheck),
}

/// Body of `newInstance`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInstance {
    /// Marketplace order ID.
    pub order_id: String,
    /// Order line ID, `<orderId>-000001` and so on.
    pub order_line_id: String,
    /// Business ID; new in every request, retries included.
    pub business_id: String,
}

/// Body of `queryInstance`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryInstance {
    /// 1 to 100 instance IDs, sent joined by commas.
    pub instance_ids: Vec<String>,
}

/// Why the expiry changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scene {
    /// Trial to formal (试用转正).
    TrialToFormal,
    /// Renewal (续费).
    Renewal,
    /// A renewed period is unsubscribed (退续费).
    UnsubscribeRenewalPeriod,
    /// Renewal with change of specification (续费变更).
    RenewalChange,
}

impl Scene {
    /// All scenes.
    pub const ALL: [Self; 4] =
        [Self::TrialToFormal, Self::Renewal, Self::UnsubscribeRenewalPeriod, Self::RenewalChange];

    /// The text of the member `scene`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TrialToFormal => "TRIAL_TO_FORMAL",
            Self::Renewal => "RENEWAL",
            Self::UnsubscribeRenewalPeriod => "UNSUBSCRIBE_RENEWAL_PERIOD",
            Self::RenewalChange => "RENEWAL_CHANGE",
        }
    }

    /// Reads the text of the member `scene`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

/// Body of `refreshInstance`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshInstance {
    /// Why the expiry changes.
    pub scene: Scene,
    /// The conversion, renewal or unsubscription order (D-23).
    pub order_id: String,
    /// Its line.
    pub order_line_id: String,
    /// The instance.
    pub instance_id: String,
    /// Sent when the period type changes.
    pub product_id: Option<String>,
    /// New expiry, UTC, 14 digits (D-24).
    pub expire_time: String,
}

/// The state that `updateInstanceStatus` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstanceStatus {
    /// Freeze: expired or in violation.
    Freeze,
    /// Unfreeze: renewed, or the violation is solved.
    Unfreeze,
}

impl InstanceStatus {
    /// The text of the member `status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Freeze => "FREEZE",
            Self::Unfreeze => "UNFREEZE",
        }
    }

    /// Reads the text of the member `status`.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Freeze, Self::Unfreeze].into_iter().find(|s| s.as_str() == name)
    }
}

/// Body of `updateInstanceStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateInstanceStatus {
    /// The instance.
    pub instance_id: String,
    /// The state it shall have.
    pub status: InstanceStatus,
}

/// An order and one of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRef {
    /// Marketplace order ID.
    pub order_id: String,
    /// Order line ID.
    pub order_line_id: String,
}

/// Body of `releaseInstance`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseInstance {
    /// The instance.
    pub instance_id: String,
    /// The unsubscription order, only when an unsubscription is the reason.
    pub order: Option<OrderRef>,
}

/// Body of `upgradeInstance`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradeInstance {
    /// The instance; it keeps its ID.
    pub instance_id: String,
    /// The upgrade order.
    pub order_id: String,
    /// Its line.
    pub order_line_id: String,
}

/// The specification a buyer wants at renewal (D-27).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductInfo {
    /// Value of a linear attribute, when the specification is priced by one.
    pub linear_value: Option<u64>,
    /// Product ID.
    pub product_id: String,
    /// Name of the product.
    pub product_name: Option<String>,
    /// SKU code of the specification.
    pub sku_code: String,
}

/// Body of `changeInstanceCheck`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeInstanceCheck {
    /// The instance.
    pub instance_id: String,
    /// The target specification.
    pub product: ProductInfo,
}

/// A request as a seller reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedRequest {
    /// The request.
    pub request: Request,
    /// `testFlag` "1": answer well, change nothing (D-16).
    pub test: bool,
}

impl Request {
    /// The activity of the request.
    pub const fn activity(&self) -> Activity {
        match self {
            Self::NewInstance(_) => Activity::NewInstance,
            Self::QueryInstance(_) => Activity::QueryInstance,
            Self::RefreshInstance(_) => Activity::RefreshInstance,
            Self::UpdateInstanceStatus(_) => Activity::UpdateInstanceStatus,
            Self::ReleaseInstance(_) => Activity::ReleaseInstance,
            Self::UpgradeInstance(_) => Activity::UpgradeInstance,
            Self::ChangeInstanceCheck(_) => Activity::ChangeInstanceCheck,
        }
    }

    /// The instances that the request names; none for a creation.
    pub fn instance_ids(&self) -> &[String] {
        match self {
            Self::NewInstance(_) => &[],
            Self::QueryInstance(r) => &r.instance_ids,
            Self::RefreshInstance(r) => std::slice::from_ref(&r.instance_id),
            Self::UpdateInstanceStatus(r) => std::slice::from_ref(&r.instance_id),
            Self::ReleaseInstance(r) => std::slice::from_ref(&r.instance_id),
            Self::UpgradeInstance(r) => std::slice::from_ref(&r.instance_id),
            Self::ChangeInstanceCheck(r) => std::slice::from_ref(&r.instance_id),
        }
    }

    /// The canonical body; every scalar is a string except `linearValue`.
    ///
    /// `test_flag` adds `"testFlag":"1"`; a real call leaves the member out (D-16).
    pub fn to_body(&self, test_flag: bool) -> String {
        let mut body = self.object();
        if test_flag {
            body.insert("testFlag".to_owned(), "1".into());
        }
        to_canonical(&Value::Object(body))
    }

    fn object(&self) -> Object {
        let mut body = object_of(self.members());
        body.insert("activity".to_owned(), self.activity().as_str().into());
        if let Self::ChangeInstanceCheck(r) = self {
            body.insert("productInfo".to_owned(), Value::Object(r.product.object()));
        }
        body
    }

    fn members(&self) -> Members {
        let id = |name, value: &String| (name, value.clone().into());
        match self {
            Self::NewInstance(r) => {
                vec![id("orderId", &r.order_id), id("orderLineId", &r.order_line_id), id("businessId", &r.business_id)]
            }
            Self::QueryInstance(r) => vec![("instanceId", r.instance_ids.join(",").into())],
            Self::RefreshInstance(r) => {
                let mut members = vec![
                    ("scene", r.scene.as_str().into()),
                    id("orderId", &r.order_id),
                    id("orderLineId", &r.order_line_id),
                    id("instanceId", &r.instance_id),
                    id("expireTime", &r.expire_time),
                ];
                push_optional(&mut members, "productId", r.product_id.as_ref());
                members
            }
            Self::UpdateInstanceStatus(r) => {
                vec![id("instanceId", &r.instance_id), ("status", r.status.as_str().into())]
            }
            Self::ReleaseInstance(r) => {
                let mut members = vec![id("instanceId", &r.instance_id)];
                push_optional(&mut members, "orderId", r.order.as_ref().map(|o| &o.order_id));
                push_optional(&mut members, "orderLineId", r.order.as_ref().map(|o| &o.order_line_id));
                members
            }
            Self::UpgradeInstance(r) => {
                vec![id("instanceId", &r.instance_id), id("orderId", &r.order_id), id("orderLineId", &r.order_line_id)]
            }
            Self::ChangeInstanceCheck(r) => vec![id("instanceId", &r.instance_id)],
        }
    }

    /// Checks the request against the table of its activity before it is sent.
    ///
    /// # Errors
    /// The first member that is empty, too long or malformed.
    pub fn check(&self) -> Result<(), RequestProblem> {
        // A comma inside an ID would be read as two IDs.
        if let Self::QueryInstance(r) = self
            && r.instance_ids.iter().any(|id| id.contains(','))
        {
            return Err(RequestProblem::Invalid("instanceId"));
        }
        form::check(self.activity().fields(), &self.object())
    }

    /// Reads a body as a seller does; unknown members are ignored.
    ///
    /// # Errors
    /// [`RequestProblem`] naming the first member that is missing or invalid.
    pub fn parse(body: &[u8]) -> Result<ParsedRequest, RequestProblem> {
        Self::parse_object(&json::parse_object(body)?)
    }

    /// Reads the members of a body that was parsed already.
    ///
    /// # Errors
    /// [`RequestProblem`] naming the first member that is missing or invalid.
    pub fn parse_object(body: &Object) -> Result<ParsedRequest, RequestProblem> {
        let name = body.text("activity")?.ok_or(RequestProblem::Missing("activity"))?;
        let activity = Activity::from_name(name).ok_or_else(|| RequestProblem::UnknownActivity(name.to_owned()))?;
        form::check(activity.fields(), body)?;
        let reader = Reader(body);
        Ok(ParsedRequest { request: read(activity, &reader)?, test: reader.is_test()? })
    }
}

impl ProductInfo {
    fn object(&self) -> Object {
        let mut members =
            vec![("productId", self.product_id.clone().into()), ("skuCode", self.sku_code.clone().into())];
        push_optional(&mut members, "productName", self.product_name.as_ref());
        let mut object = object_of(members);
        if let Some(value) = self.linear_value {
            object.insert("linearValue".to_owned(), value.into());
        }
        object
    }
}

fn read(activity: Activity, reader: &Reader<'_, Object>) -> Result<Request, RequestProblem> {
    Ok(match activity {
        Activity::NewInstance => Request::NewInstance(NewInstance {
            order_id: reader.text("orderId")?,
            order_line_id: reader.text("orderLineId")?,
            business_id: reader.text("businessId")?,
        }),
        Activity::QueryInstance => Request::QueryInstance(QueryInstance { instance_ids: reader.ids("instanceId")? }),
        Activity::RefreshInstance => Request::RefreshInstance(RefreshInstance {
            scene: reader.word("scene", Scene::from_name)?,
            order_id: reader.text("orderId")?,
            order_line_id: reader.text("orderLineId")?,
            instance_id: reader.text("instanceId")?,
            product_id: reader.optional("productId")?,
            expire_time: reader.text("expireTime")?,
        }),
        Activity::UpdateInstanceStatus => Request::UpdateInstanceStatus(UpdateInstanceStatus {
            instance_id: reader.text("instanceId")?,
            status: reader.word("status", InstanceStatus::from_name)?,
        }),
        Activity::ReleaseInstance => Request::ReleaseInstance(ReleaseInstance {
            instance_id: reader.text("instanceId")?,
            order: OrderRef::read(reader)?,
        }),
        Activity::UpgradeInstance => Request::UpgradeInstance(UpgradeInstance {
            instance_id: reader.text("instanceId")?,
            order_id: reader.text("orderId")?,
            order_line_id: reader.text("orderLineId")?,
        }),
        Activity::ChangeInstanceCheck => Request::ChangeInstanceCheck(ChangeInstanceCheck {
            instance_id: reader.text("instanceId")?,
            product: product(reader.0)?,
        }),
    })
}

impl OrderRef {
    /// Reads the order of a release; an order without its line is refused.
    pub(crate) fn read<S: Source>(reader: &Reader<'_, S>) -> Result<Option<Self>, RequestProblem> {
        match reader.optional("orderId")? {
            None => Ok(None),
            Some(order_id) => Ok(Some(Self { order_id, order_line_id: reader.text("orderLineId")? })),
        }
    }
}

fn product(body: &Object) -> Result<ProductInfo, RequestProblem> {
    let Some(Value::Object(members)) = body.get("productInfo") else {
        return Err(RequestProblem::Missing("productInfo"));
    };
    let reader = Reader(members);
    Ok(ProductInfo {
        linear_value: members.get("linearValue").and_then(Value::as_u64),
        product_id: reader.text("productId")?,
        product_name: reader.optional("productName")?,
        sku_code: reader.text("skuCode")?,
    })
}
