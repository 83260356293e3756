//! The preset values of the scenarios (11.2). The identifiers are those of the documents' examples
//! and mock orders; no real order has them.

use super::Scenario;
use crate::generation::Generation;
use crate::times;

/// Instance that the presets name.
const INSTANCE: &str = "demo-instance-0001";
/// Order of 1.0 and License 1.0.
const ORDER: &str = "CS2603021000DEMO1";
/// Product of 1.0, in the form that products have on the wire.
const PRODUCT: &str = "OFFI-DEMO-0001-Y";
const SKU: &str = "SKU-DEMO-0001";
const CUSTOMER: &str = "68cbc86abc2018ab880d92f36422fa0e";

/// What is new in every preset; drawn and read by the caller.
#[derive(Clone, Copy, Debug)]
pub struct Fresh<'a> {
    /// Time in UNIX milliseconds.
    pub now_ms: i64,
    /// Business ID; also the serial of an application for a licence.
    pub business_id: &'a str,
}

impl Scenario {
    /// The value that the scenario says for a parameter; the empty text means that the parameter is
    /// not sent. `None` when it can be edited.
    pub(super) fn fixed(&self, name: &str) -> Option<&'static str> {
        match name {
            "scene" | "status" | "instanceStatus" if !self.variant.is_empty() => Some(self.variant),
            "trialFlag" => Some(if self.variant == "TRIAL" { "1" } else { "" }),
            "trialToFormal" => Some(if self.variant == "TRIAL_TO_FORMAL" { "1" } else { "" }),
            "chargingMode" => match self.variant {
                "PERIOD" | "TRIAL" => Some("1"),
                "ONE_TIME" => Some("3"),
                "ON_DEMAND" => Some("0"),
                "ON_DEMAND_PACKAGE" => Some("5"),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn preset(&self, name: &str, fresh: &Fresh<'_>) -> String {
        let license_time = self.activity == "getLicenseAsync";
        match name {
            "businessId" | "eventId" => fresh.business_id.to_owned(),
            "expireTime" if !self.has_end() => String::new(),
            "expireTime" | "effectiveTime" if license_time => {
                times::licence_time_from_unix(fresh.now_ms.div_euclid(1000)).unwrap_or_default()
            }
            "expireTime" => times::expire_time_from_unix(fresh.now_ms.div_euclid(1000)).unwrap_or_default(),
            "orderId" if self.generation.is_get() => ORDER.to_owned(),
            "orderId" => self.mock_order().to_owned(),
            "orderLineId" => format!("{}-000001", self.mock_order()),
            "periodType" if self.variant == "TRIAL" => "day".to_owned(),
            "periodType" if self.has_end() => "year".to_owned(),
            "periodNumber" if self.has_end() => "1".to_owned(),
            _ => constant(name, self.activity).to_owned(),
        }
    }

    /// Whether what is bought ends: pay-per-use and one-time purchases do not (5.1).
    fn has_end(&self) -> bool {
        !matches!(self.variant, "ONE_TIME" | "ON_DEMAND")
    }

    /// The mock order that Query Order answers for this scenario (D-44).
    fn mock_order(&self) -> &'static str {
        match (self.activity, self.variant) {
            (_, "ONE_TIME") => "MOCKONETIMENEW",
            (_, "ON_DEMAND") => "MOCKONDEMAND",
            (_, "ON_DEMAND_PACKAGE") => "MOCKONDEMANDPKG",
            (_, "TRIAL") => "MOCKPERIODDAYTRIAL",
            (_, "TRIAL_TO_FORMAL") => "MOCKMONTYTRIALTOFORMAL",
            (_, "RENEWAL") => "MOCKMONTYRENEW",
            (_, "RENEWAL_CHANGE") | ("upgradeInstance", _) => "MOCKMONTYCHANGE",
            (_, "UNSUBSCRIBE_RENEWAL_PERIOD") | ("releaseInstance" | "releaseLicenseCode", _) => "MOCKMONTYUNSUBSCRIBE",
            _ => "MOCKPERIODYEARNEW",
        }
    }
}

fn constant(name: &str, activity: &str) -> &'static str {
    match name {
        "instanceId" => INSTANCE,
        "license" => "demo-authorisation-code-0001",
        "customerId" => CUSTOMER,
        "customerName" => "demo",
        "skuCode" | "productInfo.skuCode" => SKU,
        "productInfo.productId" => PRODUCT,
        "productInfo.productName" => "demo",
        "productId" if matches!(activity, "newInstance" | "upgrade" | "getLicense") => PRODUCT,
        "orderAmount" => "100",
        "provisionType" => "1",
        _ => "",
    }
}

/// The parameters of 1.0 that travel encrypted (3.4): entered in plain text, encrypted with the key
/// of the seller before the call is built.
pub const ENCRYPTED: [&str; 2] = ["mobilePhone", "email"];

/// Whether a parameter of a generation travels encrypted.
pub fn is_encrypted(generation: Generation, name: &str) -> bool {
    generation == Generation::SaasV1 && ENCRYPTED.contains(&name)
}
