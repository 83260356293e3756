//! License 1.0 and general License (6.2, 6.3): GET with `authToken`, as SaaS 1.0.

use crate::answer::{Answer, LicenceAnswer, limits};
use crate::auth_token::{Parameters, TIME_STAMP as TIME_STAMP_NAME};
use crate::form::{
    self, Field, Kind, Members, Reader, RequestProblem, Source, TEST_FLAG, TestFlag, parameters_of, push_optional,
};
use crate::json::Object;
use crate::result_code;
use crate::saas_v1::fields::{CHARGING, EXTEND, PERIOD, TIME_STAMP, activity, id, optional, whole};
use crate::saas_v1::{ChargingMode, OrderData, Quantities};
use crate::times;
use crate::verdict::{Failure, Fields, Rules};

/// The four activities; general License knows the first only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Activity {
    /// Get a licence (获取License).
    GetLicense,
    /// Renewal (License续费).
    RefreshLicense,
    /// Expiry (License过期).
    ExpireLicense,
    /// Release (License释放).
    ReleaseLicense,
}

impl Activity {
    /// All activities.
    pub const ALL: [Self; 4] = [Self::GetLicense, Self::RefreshLicense, Self::ExpireLicense, Self::ReleaseLicense];

    /// The text of the parameter `activity`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GetLicense => "getLicense",
            Self::RefreshLicense => "refreshLicense",
            Self::ExpireLicense => "expireLicense",
            Self::ReleaseLicense => "releaseLicense",
        }
    }

    /// Reads the text of the parameter `activity`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|activity| activity.as_str() == name)
    }

    /// The table of the activity's request; `authToken` is added by the signature.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::GetLicense => &GET,
            Self::RefreshLicense => &REFRESH,
            Self::ExpireLicense | Self::ReleaseLicense => &END,
        }
    }
}

const GET: [Field; 18] = [
    activity(20),
    TIME_STAMP,
    Field::mandatory("customerId", Kind::Text, 100),
    optional("customerName", 64),
    optional("userId", 64),
    optional("userName", 64),
    id("businessId"),
    id("orderId"),
    optional("skuCode", 64),
    id("productId"),
    Field::optional("expireTime", Kind::Expiry, 20),
    Field::optional("periodType", PERIOD, 10),
    whole("periodNumber", 2),
    whole("amount", 7),
    Field::optional("chargingMode", CHARGING, 2),
    optional("provisionType", 2),
    EXTEND,
    TEST_FLAG,
];
const REFRESH: [Field; 9] = [
    activity(20),
    TIME_STAMP,
    id("orderId"),
    id("instanceId"),
    optional("productId", 64),
    Field::optional("expireTime", Kind::Expiry, 20),
    Field::optional("periodType", PERIOD, 10),
    whole("periodNumber", 2),
    TEST_FLAG,
];
const END: [Field; 5] = [activity(20), TIME_STAMP, id("orderId"), id("instanceId"), TEST_FLAG];

/// One request without its time and token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `getLicense`.
    GetLicense(Box<GetLicense>),
    /// `refreshLicense`.
    RefreshLicense(RefreshLicense),
    /// `expireLicense` (D-33).
    ExpireLicense(LicenceOrder),
    /// `releaseLicense`.
    ReleaseLicense(LicenceOrder),
}

/// Parameters of `getLicense`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetLicense {
    /// Buyer's account ID, at most 100 characters.
    pub customer_id: String,
    /// Buyer's account name.
    pub customer_name: Option<String>,
    /// ID of the IAM sub-user.
    pub user_id: Option<String>,
    /// Name of the IAM sub-user.
    pub user_name: Option<String>,
    /// Business ID; new in every request.
    pub business_id: String,
    /// Order ID.
    pub order_id: String,
    /// Specification.
    pub sku_code: Option<String>,
    /// Product ID.
    pub product_id: String,
    /// Estimated expiry, UTC, 14 digits.
    pub expire_time: Option<String>,
    /// Quantity, at most seven digits.
    pub amount: Option<u64>,
    /// Charging mode.
    pub charging_mode: Option<ChargingMode>,
    /// `provisionType`; always "1" (D-31).
    pub provision_type: Option<String>,
    /// `saasExtendParams` as Base64 text; initially it carries `identificationCode`.
    pub extend_params: Option<String>,
    /// Period; `order_amount` is not documented here and stays empty.
    pub order: OrderData,
}

/// Parameters of `refreshLicense`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshLicense {
    /// The renewal order.
    pub order_id: String,
    /// The instance.
    pub instance_id: String,
    /// Product ID when it changes.
    pub product_id: Option<String>,
    /// New expiry, UTC, 14 digits.
    pub expire_time: Option<String>,
    /// Period.
    pub order: OrderData,
}

/// Parameters of `expireLicense` and `releaseLicense`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenceOrder {
    /// The purchase order.
    pub order_id: String,
    /// The instance.
    pub instance_id: String,
}

impl Request {
    /// The activity of the request.
    pub const fn activity(&self) -> Activity {
        match self {
            Self::GetLicense(_) => Activity::GetLicense,
            Self::RefreshLicense(_) => Activity::RefreshLicense,
            Self::ExpireLicense(_) => Activity::ExpireLicense,
            Self::ReleaseLicense(_) => Activity::ReleaseLicense,
        }
    }

    /// The parameters at the time `now_ms` (UNIX milliseconds), without `authToken`.
    ///
    /// `None` when the time is outside of the years 1 – 9999.
    pub fn to_parameters(&self, now_ms: i64, test_flag: TestFlag) -> Option<Parameters> {
        let mut parameters = parameters_of(self.members());
        parameters.insert("activity".to_owned(), self.activity().as_str().to_owned());
        parameters.insert(TIME_STAMP_NAME.to_owned(), times::time_stamp_from_unix_ms(now_ms)?);
        if let Some(flag) = test_flag.as_text() {
            parameters.insert("testFlag".to_owned(), flag.to_owned());
        }
        Some(parameters)
    }

    fn members(&self) -> Members {
        match self {
            Self::GetLicense(r) => r.members(),
            Self::RefreshLicense(r) => {
                let mut members: Members =
                    vec![("orderId", r.order_id.clone().into()), ("instanceId", r.instance_id.clone().into())];
                push_optional(&mut members, "productId", r.product_id.as_ref());
                push_optional(&mut members, "expireTime", r.expire_time.as_ref());
                r.order.push(&mut members);
                members
            }
            Self::ExpireLicense(r) | Self::ReleaseLicense(r) => {
                vec![("orderId", r.order_id.clone().into()), ("instanceId", r.instance_id.clone().into())]
            }
        }
    }

    /// Checks the request against the table of its activity before it is sent.
    ///
    /// # Errors
    /// The first parameter that is empty, too long or malformed.
    pub fn check(&self) -> Result<(), RequestProblem> {
        let parameters = self.to_parameters(0, TestFlag::Real).unwrap_or_default();
        form::check(self.activity().fields(), &parameters)
    }

    /// Reads verified parameters as a seller does; the flag says whether it is a debugging call.
    ///
    /// # Errors
    /// [`RequestProblem`] naming the first parameter that is missing or invalid.
    pub fn parse(parameters: &Parameters) -> Result<(Self, bool), RequestProblem> {
        let name = parameters.text("activity")?.ok_or(RequestProblem::Missing("activity"))?;
        let activity = Activity::from_name(name).ok_or_else(|| RequestProblem::UnknownActivity(name.to_owned()))?;
        form::check(activity.fields(), parameters)?;
        let reader = Reader(parameters);
        let order = || -> Result<LicenceOrder, RequestProblem> {
            Ok(LicenceOrder { order_id: reader.text("orderId")?, instance_id: reader.text("instanceId")? })
        };
        let request = match activity {
            Activity::GetLicense => Self::GetLicense(Box::new(GetLicense::read(&reader)?)),
            Activity::RefreshLicense => Self::RefreshLicense(RefreshLicense {
                order_id: reader.text("orderId")?,
                instance_id: reader.text("instanceId")?,
                product_id: reader.optional("productId")?,
                expire_time: reader.optional("expireTime")?,
                order: OrderData::read(&reader)?,
            }),
            Activity::ExpireLicense => Self::ExpireLicense(order()?),
            Activity::ReleaseLicense => Self::ReleaseLicense(order()?),
        };
        Ok((request, reader.is_test()?))
    }
}

impl GetLicense {
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
            ("skuCode", &self.sku_code),
            ("expireTime", &self.expire_time),
            ("provisionType", &self.provision_type),
            ("saasExtendParams", &self.extend_params),
        ] {
            push_optional(&mut members, name, value.as_ref());
        }
        if let Some(mode) = self.charging_mode {
            members.push(("chargingMode", mode.as_str().into()));
        }
        Quantities { amount: self.amount, ..Quantities::default() }.push(&mut members);
        self.order.push(&mut members);
        members
    }

    fn read(reader: &Reader<'_, Parameters>) -> Result<Self, RequestProblem> {
        let charging_mode = match reader.0.text("chargingMode")? {
            None => None,
            Some(_) => Some(reader.word("chargingMode", ChargingMode::from_name)?),
        };
        Ok(Self {
            customer_id: reader.text("customerId")?,
            customer_name: reader.optional("customerName")?,
            user_id: reader.optional("userId")?,
            user_name: reader.optional("userName")?,
            business_id: reader.text("businessId")?,
            order_id: reader.text("orderId")?,
            sku_code: reader.optional("skuCode")?,
            product_id: reader.text("productId")?,
            expire_time: reader.optional("expireTime")?,
            amount: reader.number("amount")?,
            charging_mode,
            provision_type: reader.optional("provisionType")?,
            extend_params: reader.optional("saasExtendParams")?,
            order: OrderData::read(reader)?,
        })
    }
}

impl Rules for Activity {
    type Parsed = Answer;

    fn processing_allowed(self) -> bool {
        true
    }

    fn counts_as_success(self, code: &str) -> bool {
        self == Self::ReleaseLicense && code == result_code::UNKNOWN_INSTANCE
    }

    fn tells_operator(self, code: &str) -> bool {
        self == Self::GetLicense && result_code::tell_operator_at_once(code)
    }

    fn parse(self, body: &Object, processing: bool, _: &[&str]) -> Result<Answer, Failure> {
        if self != Self::GetLicense || processing {
            return Ok(Answer::Done);
        }
        let fields = Fields(body);
        // Early versions leave the ID empty; the licence itself is what the buyer paid for (6.2).
        let instance_id = match fields.as_given("instanceId")? {
            None => None,
            Some(_) => Some(crate::answer::instance_id(&fields)?),
        };
        Ok(Answer::Licence(LicenceAnswer { instance_id, license: fields.required("license", limits::LICENSE)? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth_token;
    use crate::body_sign::{self, BodySignMode};
    use crate::verdict::{Exchange, HttpAnswer, Verdict, judge, reason};

    const NOW: i64 = 1_717_000_000_123;

    fn requests() -> Vec<Request> {
        let order = || LicenceOrder { order_id: "CS1".into(), instance_id: "i-1".into() };
        let code = crate::extend_params::ExtendParam { name: "identificationCode".into(), value: "硬件-1".into() };
        vec![
            Request::GetLicense(Box::new(GetLicense {
                customer_id: "c".into(),
                customer_name: Some("客户".into()),
                business_id: "b".into(),
                order_id: "CS1".into(),
                product_id: "p".into(),
                expire_time: Some("20270101000000".into()),
                amount: Some(5),
                charging_mode: Some(ChargingMode::Period),
                provision_type: Some("1".into()),
                extend_params: crate::extend_params::write(&[code]).ok(),
                order: OrderData {
                    period_type: Some(crate::saas_v1::PeriodType::Year),
                    period_number: Some(1),
                    order_amount: None,
                },
                ..GetLicense::default()
            })),
            Request::RefreshLicense(RefreshLicense {
                order_id: "CS2".into(),
                instance_id: "i-1".into(),
                product_id: None,
                expire_time: Some("20280101000000".into()),
                order: OrderData::default(),
            }),
            Request::ExpireLicense(order()),
            Request::ReleaseLicense(order()),
        ]
    }

    #[test]
    fn requests_travel_in_the_address_and_come_back() {
        for request in requests() {
            assert_eq!(request.check(), Ok(()));
            let parameters = request.to_parameters(NOW, TestFlag::Test).unwrap();
            let url = auth_token::signed_url("https://s.example/l", "k", &parameters).unwrap();
            let accepted = auth_token::verify("k", url.split_once('?').unwrap().1, &[], NOW).unwrap();
            assert_eq!(Request::parse(&accepted.parameters), Ok((request, true)));
        }
    }

    fn judged(activity: Activity, body: &str) -> Verdict {
        let body = body.as_bytes().to_vec();
        let body_sign = Some(body_sign::build("k", &body));
        let answer = HttpAnswer { status: 200, content_type: Some("application/json".into()), body_sign, body };
        judge(activity, &Exchange::Answer(answer), &["k"], BodySignMode::Required)
    }

    #[test]
    fn a_licence_is_what_counts() {
        let with = judged(Activity::GetLicense, r#"{"resultCode":"000000","instanceId":"i-1","license":"L"}"#);
        assert_eq!(
            with,
            Verdict::Success(Answer::Licence(LicenceAnswer { instance_id: Some("i-1".into()), license: "L".into() }))
        );
        let early = judged(Activity::GetLicense, r#"{"resultCode":"000000","instanceId":"","license":"L"}"#);
        assert!(matches!(early, Verdict::Success(Answer::Licence(answer)) if answer.instance_id.is_none()));
        let none = judged(Activity::GetLicense, r#"{"resultCode":"000000","instanceId":"i-1"}"#);
        assert!(matches!(none, Verdict::Failure(failure) if failure.code == reason::MISSING_FIELD));
        assert_eq!(judged(Activity::GetLicense, r#"{"resultCode":"000004"}"#), Verdict::Processing(Answer::Done));
        assert_eq!(judged(Activity::ReleaseLicense, r#"{"resultCode":"000003"}"#), Verdict::Success(Answer::Done));
    }

    #[test]
    fn a_licence_is_not_written_into_logs() {
        let answer = LicenceAnswer { instance_id: None, license: "geheim".into() };
        assert!(!format!("{answer:?}").contains("geheim"));
    }
}
