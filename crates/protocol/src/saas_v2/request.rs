//! The bodies of the seven requests, written by the marketplace and read by sellers.

use serde_json::{Map, Value};

use super::{Activity, limits};
use crate::canonical::to_canonical;
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

/// A request member that is empty or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} must have 1 to {limit} characters")]
pub struct LimitBroken {
    /// Name of the member.
    pub field: &'static str,
    /// Most characters (for `queryInstance` the characters of all IDs).
    pub limit: usize,
}

/// Why a seller cannot act on a body. A seller answers each of them with `000002`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestProblem {
    /// The body is not a JSON object.
    #[error(transparent)]
    Json(#[from] json::JsonProblem),
    /// `activity` names no SaaS 2.0 call.
    #[error("unknown activity {0:?}")]
    UnknownActivity(String),
    /// A mandatory member is absent or empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A member has another type, length or value than defined.
    #[error("{0} is invalid")]
    Invalid(&'static str),
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

    /// The canonical body; every scalar is a string except `linearValue`.
    ///
    /// `test_flag` adds `"testFlag":"1"`; a real call leaves the member out (D-16).
    pub fn to_body(&self, test_flag: bool) -> String {
        let mut body = self.members();
        body.insert("activity".to_owned(), self.activity().as_str().into());
        if test_flag {
            body.insert("testFlag".to_owned(), "1".into());
        }
        to_canonical(&Value::Object(body))
    }

    fn members(&self) -> Object {
        let mut body = Map::new();
        for (field, text, _) in self.texts() {
            body.insert(field.to_owned(), text.into());
        }
        if let Self::ChangeInstanceCheck(r) = self {
            let mut product = Map::new();
            for (field, text, _) in r.product.texts() {
                product.insert(field.to_owned(), text.into());
            }
            if let Some(value) = r.product.linear_value {
                product.insert("linearValue".to_owned(), value.into());
            }
            body.insert("productInfo".to_owned(), Value::Object(product));
        }
        body
    }

    /// Name, value and limit of the top-level text members, `activity` and `testFlag` excepted.
    fn texts(&self) -> Vec<(&'static str, String, usize)> {
        let id = |name, value: &String| (name, value.clone(), limits::ID);
        match self {
            Self::NewInstance(r) => {
                vec![id("orderId", &r.order_id), id("orderLineId", &r.order_line_id), id("businessId", &r.business_id)]
            }
            Self::QueryInstance(r) => {
                vec![("instanceId", r.instance_ids.join(","), limits::QUERY_TEXT)]
            }
            Self::RefreshInstance(r) => {
                let mut texts = vec![
                    ("scene", r.scene.as_str().to_owned(), limits::ID),
                    id("orderId", &r.order_id),
                    id("orderLineId", &r.order_line_id),
                    id("instanceId", &r.instance_id),
                    ("expireTime", r.expire_time.clone(), limits::SHORT),
                ];
                texts.extend(r.product_id.iter().map(|p| id("productId", p)));
                texts
            }
            Self::UpdateInstanceStatus(r) => {
                vec![id("instanceId", &r.instance_id), ("status", r.status.as_str().to_owned(), 32)]
            }
            Self::ReleaseInstance(r) => {
                let mut texts = vec![id("instanceId", &r.instance_id)];
                if let Some(order) = &r.order {
                    texts.push(id("orderId", &order.order_id));
                    texts.push(id("orderLineId", &order.order_line_id));
                }
                texts
            }
            Self::UpgradeInstance(r) => {
                vec![id("instanceId", &r.instance_id), id("orderId", &r.order_id), id("orderLineId", &r.order_line_id)]
            }
            Self::ChangeInstanceCheck(r) => vec![id("instanceId", &r.instance_id)],
        }
    }

    /// Checks that no member is empty or longer than its limit, and the rules of D-21.
    ///
    /// # Errors
    /// The first [`LimitBroken`].
    pub fn check_limits(&self) -> Result<(), LimitBroken> {
        let mut texts = self.texts();
        match self {
            Self::ChangeInstanceCheck(r) => texts.extend(r.product.texts()),
            Self::QueryInstance(r) => {
                let too_many = r.instance_ids.len() > limits::QUERY_IDS;
                // A comma inside an ID would be read as two IDs.
                let bad = |id: &String| !fits(id, limits::ID) || id.contains(',');
                if too_many || r.instance_ids.iter().any(bad) {
                    return Err(LimitBroken { field: "instanceId", limit: limits::QUERY_TEXT });
                }
            }
            _ => {}
        }
        match texts.iter().find(|(_, text, limit)| !fits(text, *limit)) {
            Some(&(field, _, limit)) => Err(LimitBroken { field, limit }),
            None => Ok(()),
        }
    }

    /// Reads a body as a seller does; unknown members are ignored.
    ///
    /// # Errors
    /// [`RequestProblem`] naming the first member that is missing or invalid.
    pub fn parse(body: &[u8]) -> Result<ParsedRequest, RequestProblem> {
        let reader = Reader(json::parse_object(body)?);
        let name = reader.text("activity")?;
        let activity = Activity::from_name(&name).ok_or(RequestProblem::UnknownActivity(name))?;
        let request = reader.request(activity)?;
        request.check_limits().map_err(|broken| RequestProblem::Invalid(broken.field))?;
        let test = reader.optional("testFlag")?.as_deref() == Some("1");
        Ok(ParsedRequest { request, test })
    }
}

impl ProductInfo {
    fn texts(&self) -> Vec<(&'static str, String, usize)> {
        let mut texts =
            vec![("productId", self.product_id.clone(), limits::ID), ("skuCode", self.sku_code.clone(), limits::ID)];
        let name = self.product_name.iter();
        texts.extend(name.map(|name| ("productName", name.clone(), limits::URL)));
        texts
    }
}

fn fits(text: &str, limit: usize) -> bool {
    !text.is_empty() && text.chars().count() <= limit
}

struct Reader(Object);

impl Reader {
    fn request(&self, activity: Activity) -> Result<Request, RequestProblem> {
        Ok(match activity {
            Activity::NewInstance => Request::NewInstance(NewInstance {
                order_id: self.text("orderId")?,
                order_line_id: self.text("orderLineId")?,
                business_id: self.text("businessId")?,
            }),
            Activity::QueryInstance => Request::QueryInstance(QueryInstance {
                instance_ids: self.text("instanceId")?.split(',').map(|id| id.trim().to_owned()).collect(),
            }),
            Activity::RefreshInstance => Request::RefreshInstance(RefreshInstance {
                scene: Scene::from_name(&self.text("scene")?).ok_or(RequestProblem::Invalid("scene"))?,
                order_id: self.text("orderId")?,
                order_line_id: self.text("orderLineId")?,
                instance_id: self.text("instanceId")?,
                product_id: self.optional("productId")?,
                expire_time: self.expire_time()?,
            }),
            Activity::UpdateInstanceStatus => Request::UpdateInstanceStatus(UpdateInstanceStatus {
                instance_id: self.text("instanceId")?,
                status: InstanceStatus::from_name(&self.text("status")?).ok_or(RequestProblem::Invalid("status"))?,
            }),
            Activity::ReleaseInstance => Request::ReleaseInstance(ReleaseInstance {
                instance_id: self.text("instanceId")?,
                order: self.order_if_any()?,
            }),
            Activity::UpgradeInstance => Request::UpgradeInstance(UpgradeInstance {
                instance_id: self.text("instanceId")?,
                order_id: self.text("orderId")?,
                order_line_id: self.text("orderLineId")?,
            }),
            Activity::ChangeInstanceCheck => Request::ChangeInstanceCheck(ChangeInstanceCheck {
                instance_id: self.text("instanceId")?,
                product: self.product()?,
            }),
        })
    }

    fn optional(&self, field: &'static str) -> Result<Option<String>, RequestProblem> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(RequestProblem::Invalid(field)),
        }
    }

    fn text(&self, field: &'static str) -> Result<String, RequestProblem> {
        self.optional(field)?.ok_or(RequestProblem::Missing(field))
    }

    fn expire_time(&self) -> Result<String, RequestProblem> {
        let text = self.text("expireTime")?;
        match super::parse_expire_time(&text) {
            Some(_) => Ok(text),
            None => Err(RequestProblem::Invalid("expireTime")),
        }
    }

    fn order_if_any(&self) -> Result<Option<OrderRef>, RequestProblem> {
        match self.optional("orderId")? {
            None => Ok(None),
            Some(order_id) => Ok(Some(OrderRef { order_id, order_line_id: self.text("orderLineId")? })),
        }
    }

    fn product(&self) -> Result<ProductInfo, RequestProblem> {
        let product = match self.0.get("productInfo") {
            Some(Value::Object(members)) => Reader(members.clone()),
            None | Some(Value::Null) => return Err(RequestProblem::Missing("productInfo")),
            Some(_) => return Err(RequestProblem::Invalid("productInfo")),
        };
        let linear_value = match product.0.get("linearValue") {
            None | Some(Value::Null) => None,
            Some(value) => Some(value.as_u64().ok_or(RequestProblem::Invalid("linearValue"))?),
        };
        Ok(ProductInfo {
            linear_value,
            product_id: product.text("productId")?,
            product_name: product.optional("productName")?,
            sku_code: product.text("skuCode")?,
        })
    }
}
