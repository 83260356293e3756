//! Who the caller is, his organisation, members, tokens, keys, messages, audit log.

use crate::dto::common::{LanguageCode, OperatorRoleCode, SellerStateCode, Text, Time, VerificationCode, json, time};
use app::Actor;
use app::identity::{OrganisationChange, Registration};
use domain::access::{OperatorRight, Right};
use serde::{Deserialize, Serialize};
use store::audit::AuditEntry;
use store::identity::{AccessKey, ApiToken, Organisation};
use store::messages::Message;
use utoipa::ToSchema;

/// Log-in data for a token.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    pub email: String,
    pub password: String,
    /// Name of the new token, to recognise it in the list
    #[schema(examples("nightly export"))]
    pub name: String,
}

/// A new token; shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NewToken)]
pub struct TokenMadeOut {
    /// For `Authorization: Bearer`
    pub token: String,
}

/// A name.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameIn {
    #[schema(examples("nightly export"))]
    pub name: String,
}

/// A company that registers.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterIn {
    #[schema(examples("杭州云端软件有限公司"))]
    pub legal_name: String,
    pub name: Text,
    /// Unified credit code
    #[serde(default)]
    #[schema(examples("91330100MA27WDJ20X"))]
    pub credit_code: String,
    /// Name of the owner
    #[schema(examples("林薇"))]
    pub user_name: String,
    pub email: String,
    pub password: String,
    /// Language of mails; `zh` unless given
    #[serde(default)]
    pub language: Option<LanguageCode>,
}

impl From<RegisterIn> for Registration {
    fn from(r: RegisterIn) -> Registration {
        Registration {
            legal_name: r.legal_name,
            name_zh: r.name.zh,
            name_en: r.name.en,
            credit_code: r.credit_code,
            user_name: r.user_name,
            email: r.email,
            password: r.password,
            language: r.language.map_or_else(|| "zh".to_owned(), |l| l.0.into_owned()),
        }
    }
}

/// An address to which a reset link is mailed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotIn {
    pub email: String,
}

/// A new password with the token of a mailed link.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetIn {
    /// Token of the link
    #[schema(examples("w7Xk…"))]
    pub token: String,
    pub password: String,
}

/// A new password with the one in use.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordIn {
    pub old_password: String,
    pub new_password: String,
}

/// A language.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LanguageIn {
    pub language: LanguageCode,
}

/// Who the caller is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Me)]
pub struct MeOut {
    #[schema(examples("usr_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    #[schema(examples("林薇"))]
    pub name: String,
    pub email: String,
    /// `member` or `operator`
    #[schema(examples("member"))]
    pub kind: &'static str,
    /// Role in the organisation, or as an operator
    #[schema(examples("owner"))]
    pub role: &'static str,
    /// Rights
    #[schema(example = json!(["order.view", "order.place"]))]
    pub rights: Vec<&'static str>,
    /// Null for operators
    pub organisation: Option<MyOrganisation>,
    /// Unread messages, counted up to 100
    pub unread: i64,
}

/// The caller's organisation in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MyOrganisation {
    #[schema(examples("org_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub name: Text,
    pub verification: VerificationCode,
    pub seller_state: SellerStateCode,
    #[schema(example = false)]
    pub partner: bool,
    #[schema(example = false)]
    pub sandbox: bool,
    #[schema(example = false)]
    pub frozen: bool,
}

impl MeOut {
    /// Of a caller who is signed in.
    pub fn of(actor: &Actor, unread: i64) -> Option<MeOut> {
        match actor {
            Actor::Member(m) => Some(MeOut {
                id: m.user_id.clone(),
                name: m.name.clone(),
                email: m.email.clone(),
                kind: "member",
                role: m.role.code(),
                rights: Right::ALL.iter().filter(|r| m.has(**r)).map(|r| r.code()).collect(),
                organisation: Some(MyOrganisation {
                    id: m.organisation_id.clone(),
                    name: m.organisation_name.clone().into(),
                    verification: m.verification.into(),
                    seller_state: m.seller_state.into(),
                    partner: m.is_partner,
                    sandbox: m.sandbox,
                    frozen: m.frozen,
                }),
                unread,
            }),
            Actor::Operator(o) => {
                let rights = OperatorRight::ALL.iter().filter(|r| o.role.grants(**r));
                Some(MeOut {
                    id: o.user_id.clone(),
                    name: o.name.clone(),
                    email: o.email.clone(),
                    kind: "operator",
                    role: o.role.code(),
                    rights: rights.map(|r| r.code()).collect(),
                    organisation: None,
                    unread,
                })
            }
            Actor::Visitor | Actor::System(_) => None,
        }
    }
}

/// An organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Organisation)]
pub struct OrganisationOut {
    #[schema(examples("org_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    pub name: Text,
    #[schema(examples("杭州云端软件有限公司"))]
    pub legal_name: String,
    #[schema(examples("91330100MA27WDJ20X"))]
    pub credit_code: String,
    pub verification: VerificationCode,
    pub seller_state: SellerStateCode,
    #[schema(example = false)]
    pub partner: bool,
    #[schema(example = false)]
    pub sandbox: bool,
    #[schema(example = false)]
    pub frozen: bool,
    pub profile: Text,
    /// File id
    pub logo: Option<String>,
    pub website: String,
    pub service_email: String,
    #[schema(examples("+864000000000"))]
    pub service_phone: String,
    pub created_at: Time,
    pub updated_at: Time,
}

impl From<Organisation> for OrganisationOut {
    fn from(o: Organisation) -> OrganisationOut {
        OrganisationOut {
            id: o.id,
            name: o.name.into(),
            legal_name: o.legal_name,
            credit_code: o.credit_code,
            verification: o.verification.into(),
            seller_state: o.seller_state.into(),
            partner: o.is_partner,
            sandbox: o.sandbox,
            frozen: o.frozen,
            profile: o.profile.into(),
            logo: o.logo,
            website: o.website,
            service_email: o.service_email,
            service_phone: o.service_phone,
            created_at: Time(o.created_at),
            updated_at: Time(o.updated_at),
        }
    }
}

/// Public data of an organisation; all of them are replaced.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationIn {
    pub name: Text,
    #[serde(default)]
    pub profile: Text,
    #[serde(default)]
    pub website: String,
    #[serde(default)]
    pub service_email: String,
    #[serde(default)]
    #[schema(examples("+864000000000"))]
    pub service_phone: String,
    /// File id
    #[serde(default)]
    pub logo: Option<String>,
}

impl From<OrganisationIn> for OrganisationChange {
    fn from(o: OrganisationIn) -> OrganisationChange {
        OrganisationChange {
            name: o.name.into(),
            profile: o.profile.into(),
            website: o.website,
            service_email: o.service_email,
            service_phone: o.service_phone,
            logo: o.logo,
        }
    }
}

/// What an organisation asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplyFor {
    Verification,
    Seller,
}

/// A request of an organisation.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyIn {
    #[serde(rename = "for")]
    pub what: ApplyFor,
    /// Unified credit code, for `verification`
    #[serde(default)]
    #[schema(examples("91330100MA27WDJ20X"))]
    pub credit_code: String,
}

/// An operator to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOperatorIn {
    #[schema(examples("陈静"))]
    pub name: String,
    pub email: String,
    pub password: String,
    pub role: OperatorRoleCode,
}

/// An operator's role.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorIn {
    pub role: OperatorRoleCode,
    #[serde(default)]
    #[schema(example = false)]
    pub disabled: bool,
}

/// An API token, without its value.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenOut {
    #[schema(examples("tok_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    #[schema(examples("nightly export"))]
    pub name: String,
    pub created_at: Time,
    pub last_used_at: Option<Time>,
    pub revoked_at: Option<Time>,
}

impl From<ApiToken> for TokenOut {
    fn from(t: ApiToken) -> TokenOut {
        TokenOut {
            id: t.id,
            name: t.name,
            created_at: Time(t.created_at),
            last_used_at: time(t.last_used_at),
            revoked_at: time(t.revoked_at),
        }
    }
}

/// An access key, without its value.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccessKey)]
pub struct KeyOut {
    #[schema(examples("key_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    #[schema(examples("BASIC"))]
    pub interface_type: String,
    pub enabled: bool,
    pub created_at: Time,
    /// When a request was last signed with it.
    pub last_used_at: Option<Time>,
    /// Since when requests are signed with it; none while it is only accepted in answers.
    pub signing_since: Option<Time>,
}

impl From<AccessKey> for KeyOut {
    fn from(k: AccessKey) -> KeyOut {
        KeyOut {
            id: k.id,
            interface_type: k.interface_type,
            enabled: k.enabled,
            created_at: Time(k.created_at),
            last_used_at: time(k.last_used_at),
            signing_since: time(k.signing_since),
        }
    }
}

/// The value of an access key.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccessKeyValue)]
pub struct KeyValueOut {
    #[schema(examples("3f0c4f2e-…"))]
    pub value: String,
}

/// Whether a key is on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnableIn {
    pub enabled: bool,
}

/// A message.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Message)]
pub struct MessageOut {
    #[schema(examples("msg_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    #[schema(examples("order-timed-out"))]
    pub kind: String,
    /// 101, 103, 501 or 901
    #[schema(examples(101))]
    pub class: i64,
    /// Words in the language of `Accept-Language`
    pub text: String,
    /// What the words are about
    #[schema(value_type = Object)]
    pub arguments: serde_json::Value,
    /// Page that it leads to
    #[schema(examples("/buyer/orders/ord_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub href: String,
    pub created_at: Time,
    pub read_at: Option<Time>,
}

impl MessageOut {
    /// The message with its words and what they are about, in one language.
    pub fn of(m: Message, text: String, arguments: serde_json::Value) -> MessageOut {
        MessageOut {
            id: m.id,
            kind: m.kind,
            class: m.class_code,
            text,
            arguments,
            href: m.href,
            created_at: Time(m.created_at),
            read_at: time(m.read_at),
        }
    }
}

/// An entry of the audit log.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditOut {
    /// Organisation id, or the platform's chain
    #[schema(examples("org_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub chain: String,
    pub number: i64,
    pub at: Time,
    /// `user`, `operator`, `visitor` or `system`
    #[schema(examples("user"))]
    pub actor_kind: String,
    #[schema(examples("usr_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub actor_id: String,
    #[schema(examples("林薇"))]
    pub actor_name: String,
    #[schema(examples("order.paid"))]
    pub action: String,
    #[schema(examples("order"))]
    pub subject_kind: String,
    #[schema(examples("ord_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub subject_id: String,
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// Hash of the entry before
    #[schema(examples("9f86d081…"))]
    pub prev_hash: String,
    #[schema(examples("60303ae2…"))]
    pub hash: String,
}

impl From<AuditEntry> for AuditOut {
    fn from(e: AuditEntry) -> AuditOut {
        AuditOut {
            chain: e.chain,
            number: e.seq,
            at: Time(e.at),
            actor_kind: e.actor_kind,
            actor_id: e.actor_id,
            actor_name: e.actor_name,
            action: e.action,
            subject_kind: e.subject_kind,
            subject_id: e.subject_id,
            detail: json(&e.detail),
            prev_hash: e.prev_hash,
            hash: e.hash,
        }
    }
}
