//! Typed, readable identifiers: `ord_01J…`. They sort by the time at which they were made and
//! carry 80 random bits, so a foreign one cannot be guessed (supply side PB-40a).

use std::fmt;

/// Milliseconds and randomness from which the next id is made; comes from the edge.
#[derive(Debug, Clone, Copy)]
pub struct Seed {
    /// UNIX time in milliseconds.
    pub millis: u64,
    /// 80 random bits are used.
    pub random: u128,
}

/// The text of an id: prefix, underscore, 26 characters of Crockford base 32.
pub fn text(prefix: &str, seed: Seed) -> String {
    let ulid = ulid::Ulid::from_parts(seed.millis, seed.random);
    format!("{prefix}_{ulid}")
}

/// Whether `text` is an id with `prefix`.
pub fn is_well_formed(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .is_some_and(|rest| rest.len() == 26 && ulid::Ulid::from_string(rest).is_ok())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The prefix of this kind of id.
            pub const PREFIX: &'static str = $prefix;

            /// A new id.
            pub fn new(seed: Seed) -> Self {
                Self(text($prefix, seed))
            }

            /// Reads an id that came from outside; `None` when it cannot be one.
            pub fn parse(text: &str) -> Option<Self> {
                is_well_formed(text, $prefix).then(|| Self(text.to_owned()))
            }

            /// An id read from a row of ours.
            pub fn trusted(text: String) -> Self {
                Self(text)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A company.
    OrganisationId = "org";
    /// A person's account, buyer, seller or operator.
    UserId = "usr";
    /// A product.
    ProductId = "prd";
    /// A specification of a product.
    SpecificationId = "spc";
    /// A release, modification or delist application.
    ApplicationId = "app";
    /// An order.
    OrderId = "ord";
    /// An attempt to pay.
    PaymentId = "pay";
    /// A provisioned resource.
    InstanceId = "ins";
    /// A journal entry of the ledger.
    EntryId = "jnl";
    /// A saved debug case of a seller.
    DebugCaseId = "dbg";
    /// A call to a seller's server with all its attempts.
    CallId = "cal";
    /// A stored file.
    FileId = "fil";
    /// A background job.
    JobId = "job";
    /// A message to an organisation or a user.
    MessageId = "msg";
    /// A request to add money to a balance.
    TopUpId = "top";
    /// An access key of a seller.
    AccessKeyId = "key";
    /// An API token of a user.
    TokenId = "tok";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_refuse_other_kinds() {
        let early = OrderId::new(Seed { millis: 1, random: u128::MAX });
        let late = OrderId::new(Seed { millis: 2, random: 0 });
        assert!(early < late);
        assert_eq!(OrderId::parse(early.as_str()), Some(early.clone()));
        assert_eq!(ProductId::parse(early.as_str()), None);
        assert_eq!(OrderId::parse("ord_' or 1=1 --"), None);
    }
}
