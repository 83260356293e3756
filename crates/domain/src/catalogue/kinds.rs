//! The axes on which products differ (supply side 2): access type, business type, billing mode.

use crate::access::coded;

coded! {
    /// How a product reaches the buyer (supply side 2.2).
    AccessType {
        /// Access to the seller's running service.
        Saas = "SAAS",
        /// Software package and licence.
        License = "LICENSE",
        /// System-disk image.
        Image = "IMAGE",
        /// Manual work.
        Service = "SERVICE",
        /// Devices.
        Hardware = "HARDWARE",
        /// Calls through the gateway.
        Api = "API",
        /// Container package.
        Container = "CONTAINER",
        /// Models, algorithms, skills.
        AiAsset = "AI_ASSET",
        /// Data files.
        Data = "DATA",
        /// Reusable application component.
        AppAsset = "APP_ASSET",
        /// Application orchestration.
        Orch = "ORCH",
        /// A page that links to the seller; nothing is traded.
        Consult = "CONSULT",
    }
}

coded! {
    /// Who sells and invoices (trade 0.2, D-01).
    BusinessType {
        /// Seller sells and invoices; the platform takes a fee.
        General = "GENERAL",
        /// Platform sells; seller delivers.
        Joint = "JOINT",
        /// Platform sells for itself.
        PlatformOwn = "PLATFORM_OWN",
    }
}

coded! {
    /// The generation of the seller interface that a production address speaks (seller interface 1.1).
    InterfaceGeneration {
        /// SaaS 2.0: POST, signed; what new sellers write.
        SaasV2 = "SAAS_V2",
        /// SaaS 1.0: GET with `authToken`; for servers that are running already.
        SaasV1 = "SAAS_V1",
    }
}

impl InterfaceGeneration {
    /// What content that says nothing means.
    pub fn usual() -> InterfaceGeneration {
        InterfaceGeneration::SaasV2
    }
}

coded! {
    /// How a price is charged (trade 0.3, supply side 3.7).
    BillingMode {
        /// Months or years, prepaid.
        Period = "PERIOD",
        /// Once, no expiry.
        OneTime = "ONE_TIME",
        /// By reported usage, postpaid.
        OnDemand = "ON_DEMAND",
        /// Quota consumed before pay-per-use.
        OnDemandPackage = "ON_DEMAND_PACKAGE",
        /// Quota; the service stops at zero.
        StopWhenUsedUpPackage = "STOP_WHEN_USED_UP_PACKAGE",
        /// Number of API calls.
        PerUsePackage = "PER_USE_PKG",
        /// Nothing to pay.
        Free = "FREE",
    }
}

coded! {
    /// Length of one period.
    PeriodType {
        /// A day; trials only.
        Day = "day",
        /// A month.
        Month = "month",
        /// A year.
        Year = "year",
    }
}

impl AccessType {
    /// Billing modes that the type allows (supply side 2.2, D-14).
    pub fn billing_modes(self) -> &'static [BillingMode] {
        use BillingMode::*;
        match self {
            AccessType::Saas => &[Period, OneTime, OnDemand, OnDemandPackage, StopWhenUsedUpPackage, Free],
            AccessType::License | AccessType::Service | AccessType::Container => &[Period, OneTime],
            AccessType::Image => &[Period, OnDemand, Free],
            AccessType::Hardware | AccessType::Data | AccessType::AppAsset => &[OneTime],
            AccessType::Api => &[OnDemand, OnDemandPackage, PerUsePackage, Free],
            AccessType::AiAsset => &[Period, OneTime],
            AccessType::Orch | AccessType::Consult => &[],
        }
    }

    /// Business types that the type allows (D-54).
    pub fn business_types(self) -> &'static [BusinessType] {
        use BusinessType::*;
        match self {
            AccessType::Saas | AccessType::License | AccessType::Service => &[General, Joint, PlatformOwn],
            AccessType::Image | AccessType::Hardware => &[General, Joint],
            _ => &[General],
        }
    }

    /// Whether a seller can publish it in this version of the software.
    pub fn is_open(self) -> bool {
        self == AccessType::Saas
    }
}
