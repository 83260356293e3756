//! The families of the interface and the kinds of keys (1.1 – 1.3).

use crate::BodySignMode;

/// The generation (family) of the interface that a production address speaks (1.1, 6, 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Generation {
    /// SaaS 2.0: POST with a JSON body, signature in the query string (4).
    SaasV2,
    /// SaaS 1.0: GET with `authToken`, answers with `Body-Sign` (5).
    SaasV1,
    /// Authorisation code 2.0 (6.1).
    LicenseCode,
    /// License 1.0 (6.2).
    LicenseV1,
    /// General License: only `getLicense` of License 1.0 (6.3).
    GeneralLicense,
    /// Online License for industrial software (6.4).
    OnlineLicense,
    /// Order notification (8).
    OrderNotify,
}

impl Generation {
    /// All generations.
    pub const ALL: [Self; 7] = [
        Self::SaasV2,
        Self::SaasV1,
        Self::LicenseCode,
        Self::LicenseV1,
        Self::GeneralLicense,
        Self::OnlineLicense,
        Self::OrderNotify,
    ];

    /// The stable name under which a generation is stored, e.g. `saas_v2`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SaasV2 => "saas_v2",
            Self::SaasV1 => "saas_v1",
            Self::LicenseCode => "license_code",
            Self::LicenseV1 => "license_v1",
            Self::GeneralLicense => "general_license",
            Self::OnlineLicense => "online_license",
            Self::OrderNotify => "order_notify",
        }
    }

    /// Reads a stored name; `None` when this build does not know the generation.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|generation| generation.as_str() == name)
    }

    /// Whether the calls are GET with `authToken`; all others are POST with a signature.
    pub const fn is_get(self) -> bool {
        matches!(self, Self::SaasV1 | Self::LicenseV1 | Self::GeneralLicense)
    }

    /// Whether an answer must carry `Body-Sign` under the default profile (D-13).
    pub const fn default_body_sign_mode(self) -> BodySignMode {
        if self.is_get() { BodySignMode::Required } else { BodySignMode::Optional }
    }

    /// Whether an answer must carry `Body-Sign` under the profile "EU", which asks every family
    /// for it (D-13).
    pub const fn eu_body_sign_mode(self) -> BodySignMode {
        BodySignMode::Required
    }

    /// The interface type whose key signs the calls (1.3).
    pub const fn interface_type(self) -> InterfaceType {
        match self {
            Self::SaasV2 | Self::SaasV1 | Self::LicenseV1 | Self::GeneralLicense | Self::OnlineLicense => {
                InterfaceType::Basic
            }
            Self::LicenseCode => InterfaceType::LicenseCode,
            Self::OrderNotify => InterfaceType::Common,
        }
    }
}

/// The interface types (接口类型) to which keys are bound (1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum InterfaceType {
    /// Basic interface (基础接口).
    Basic,
    /// Joint SaaS sync interface (联营SaaS同步接口).
    JointSync,
    /// License authorisation-code delivery interface (License授权码交付接口).
    LicenseCode,
    /// Common interface (通用接口), used by order notification.
    Common,
}

impl InterfaceType {
    /// All interface types.
    pub const ALL: [Self; 4] = [Self::Basic, Self::JointSync, Self::LicenseCode, Self::Common];

    /// The stable name under which an interface type is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::JointSync => "joint_sync",
            Self::LicenseCode => "license_code",
            Self::Common => "common",
        }
    }

    /// Reads a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for generation in Generation::ALL {
            assert_eq!(Generation::from_name(generation.as_str()), Some(generation));
        }
        for kind in InterfaceType::ALL {
            assert_eq!(InterfaceType::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!(Generation::from_name("saas_v3"), None);
    }
}
