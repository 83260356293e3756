//! What every document is made of: texts, amounts, times, codes, lists, problems.

use app::{AppError, Paged};
use domain::access::{MemberRole, OperatorRole, Right};
use domain::catalogue::application::{ApplicationKind, ApplicationState};
use domain::catalogue::kinds::{AccessType, BillingMode, BusinessType, InterfaceGeneration, PeriodType};
use domain::catalogue::product::{ProductAction, ProductState};
use domain::fulfilment::call::{Activity, CallState};
use domain::fulfilment::instance::{ExpiryPolicy, InstanceState};
use domain::identity::{SellerState, Verification};
use domain::money::{Currency, Money};
use domain::ordering::order::{OrderKind, OrderState, PaymentProvider, RefundState};
use domain::text::Localized;
use domain::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{RefOr, schema};
use utoipa::{PartialSchema, ToSchema};

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Chinese
    #[serde(default)]
    pub zh: String,
    /// English
    #[serde(default)]
    pub en: String,
}

impl From<Localized> for Text {
    fn from(text: Localized) -> Text {
        Text { zh: text.zh, en: text.en }
    }
}

impl From<Text> for Localized {
    fn from(text: Text) -> Localized {
        Localized { zh: text.zh, en: text.en }
    }
}

/// An amount of money: decimal text, never a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Money)]
pub struct Amount {
    /// Decimal text with at most eight decimals
    pub amount: String,
    /// ISO 4217 code
    pub currency: CurrencyCode,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Amount {
        Amount { amount: money.to_decimal(), currency: CurrencyCode(money.currency()) }
    }
}

impl Amount {
    /// The amount, or the error of the field `field`.
    pub fn read(&self, field: &str) -> Result<Money, AppError> {
        Money::parse(&self.amount, self.currency.0)
            .map_err(|_| AppError::field(format!("{field}.amount"), "amount-form"))
    }
}

/// A time, RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let read = text.parse::<jiff::Timestamp>().map_err(serde::de::Error::custom)?;
        Ok(Time(Timestamp(read.as_microsecond())))
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339 in UTC"))
            .examples(["2026-11-20T08:30:00.000Z"])
            .into()
    }
}

impl ToSchema for Time {}

/// The time, where there is one.
pub(crate) fn time(at: Option<Timestamp>) -> Option<Time> {
    at.map(Time)
}

/// JSON that is kept as text, as a value again.
pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or(serde_json::Value::Null)
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct List<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Position of the next page.
    pub next_cursor: Option<String>,
    /// Position of the page before.
    pub prev_cursor: Option<String>,
}

impl<T> List<T> {
    /// The page in other words.
    pub fn of<S>(page: Paged<S>) -> List<T>
    where
        T: From<S>,
    {
        List { items: page.items.into_iter().map(T::from).collect(), next_cursor: page.next, prev_cursor: page.prev }
    }

    /// A list that has one page.
    pub fn whole<S>(items: Vec<S>) -> List<T>
    where
        T: From<S>,
    {
        List { items: items.into_iter().map(T::from).collect(), next_cursor: None, prev_cursor: None }
    }
}

/// An error, RFC 9457.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Address of the explanation
    #[serde(rename = "type")]
    #[schema(examples("/docs/errors#stale"))]
    pub kind: String,
    /// Short words in the language of `Accept-Language`
    #[schema(examples("Somebody else changed this meanwhile"))]
    pub title: String,
    /// Status of the answer
    #[schema(examples(409))]
    pub status: u16,
    /// Longer words
    pub detail: String,
    /// Path of the request
    #[schema(examples("/api/v1/orders"))]
    pub instance: String,
    /// Stable code, to decide on
    #[schema(examples("stale"))]
    pub code: String,
    /// Id under which the request stands in the log
    pub request_id: String,
    /// Values that cannot be accepted
    #[serde(default)]
    pub errors: Vec<ProblemField>,
}

/// A value that cannot be accepted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemField {
    /// Path of the value
    #[schema(examples("choice.periods"))]
    pub field: String,
    /// Stable code
    #[schema(examples("out-of-range"))]
    pub code: String,
    /// Words
    pub detail: String,
}

fn code_schema(codes: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(schema::SchemaType::new(Type::String))
        .enum_values(Some(codes.into_iter().collect::<Vec<_>>()))
        .into()
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $kind:ty, $all:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub struct $name(pub $kind);

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(self.0.code())
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                    let text = Cow::<str>::deserialize(deserializer)?;
                    <$kind>::from_code(&text).map($name).ok_or_else(|| serde::de::Error::custom("unknown code"))
                }
            }

            impl From<$kind> for $name {
                fn from(value: $kind) -> $name {
                    $name(value)
                }
            }

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    let all: &[$kind] = $all;
                    code_schema(all.iter().map(|value| value.code()))
                }
            }

            impl ToSchema for $name {}
        )*

        fn typed_codes(into: &mut Vec<(String, RefOr<Schema>)>) {
            $(into.push((stringify!($name).to_owned(), $name::schema()));)*
        }
    };
}

codes! {
    /// Currency.
    CurrencyCode = Currency, &[Currency::CNY, Currency::USD, Currency::EUR];
    /// Access type.
    AccessTypeCode = AccessType, AccessType::ALL;
    /// Business type.
    BusinessTypeCode = BusinessType, BusinessType::ALL;
    /// Billing mode.
    BillingModeCode = BillingMode, BillingMode::ALL;
    /// Generation of the seller interface.
    GenerationCode = InterfaceGeneration, InterfaceGeneration::ALL;
    /// Period type.
    PeriodCode = PeriodType, PeriodType::ALL;
    /// State of a product.
    ProductStateCode = ProductState, ProductState::ALL;
    /// What an operator does with a product.
    ProductActionCode = ProductAction, &[ProductAction::Suspend, ProductAction::Resume, ProductAction::Discontinue];
    /// Kind of an application.
    ApplicationKindCode = ApplicationKind, ApplicationKind::ALL;
    /// State of an application.
    ApplicationStateCode = ApplicationState, ApplicationState::ALL;
    /// Kind of an order.
    OrderKindCode = OrderKind, OrderKind::ALL;
    /// How an order is paid.
    ProviderCode = PaymentProvider, PaymentProvider::ALL;
    /// How much of an order went back.
    RefundStateCode = RefundState, RefundState::ALL;
    /// What happens at the end of the paid time.
    ExpiryPolicyCode = ExpiryPolicy, ExpiryPolicy::ALL;
    /// What a seller's server is asked for.
    ActivityCode = Activity, Activity::ALL;
    /// State of a call.
    CallStateCode = CallState, CallState::ALL;
    /// Real-name verification.
    VerificationCode = Verification, Verification::ALL;
    /// State as a seller.
    SellerStateCode = SellerState, SellerState::ALL;
    /// Role of a member.
    RoleCode = MemberRole, MemberRole::ALL;
    /// A right.
    RightCode = Right, Right::ALL;
    /// Role of an operator.
    OperatorRoleCode = OperatorRole, OperatorRole::ALL;
}

macro_rules! text_codes {
    ($($(#[$doc:meta])* $name:ident = $all:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub struct $name(pub Cow<'static, str>);

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(&self.0)
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                    let text = Cow::<str>::deserialize(deserializer)?;
                    let all: &[&'static str] = $all;
                    let known = all.iter().find(|code| **code == text);
                    known.map(|code| $name(Cow::Borrowed(code))).ok_or_else(|| serde::de::Error::custom("unknown code"))
                }
            }

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    let all: &[&'static str] = $all;
                    code_schema(all.iter().copied())
                }
            }

            impl ToSchema for $name {}
        )*

        fn plain_codes(into: &mut Vec<(String, RefOr<Schema>)>) {
            $(into.push((stringify!($name).to_owned(), $name::schema()));)*
        }
    };
}

text_codes! {
    /// State of an order.
    OrderStateCode = OrderState::CODES;
    /// State of a purchased service.
    ServiceStateCode = InstanceState::CODES;
    /// State of a payment.
    PaymentStateCode = &["PENDING", "SUCCEEDED", "CREDITED", "CANCELLED"];
    /// State of a top-up.
    TopUpStateCode = &["PENDING", "CONFIRMED", "CANCELLED"];
    /// State of a job.
    JobStateCode = &["WAITING", "RUNNING", "DONE", "FAILED", "CANCELLED"];
    /// State of a mail.
    MailStateCode = &["WAITING", "SENT", "KEPT"];
    /// Language.
    LanguageCode = &["zh", "en"];
    /// Order of products.
    SortCode = &["relevance", "newest", "sales", "price_asc", "price_desc", "rating"];
    /// What a suggestion leads to.
    SuggestionKindCode = &["category", "tag", "seller", "product"];
}

/// Schemas of every code.
pub(crate) fn all_codes(into: &mut Vec<(String, RefOr<Schema>)>) {
    typed_codes(into);
    plain_codes(into);
    into.push(("Time".to_owned(), Time::schema()));
}

/// The code as filter text.
pub(crate) fn filter<T: Serialize>(code: &Option<T>) -> Option<String> {
    let value = serde_json::to_value(code.as_ref()?).ok()?;
    value.as_str().map(str::to_owned)
}
