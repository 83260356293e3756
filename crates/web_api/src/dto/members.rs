//! Members of an organisation and their groups.

use crate::dto::common::{RightCode, RoleCode, Time, time};
use app::identity::GroupDetail;
use domain::access::MemberRole;
use serde::{Deserialize, Serialize};
use store::identity::{Standing, User};
use store::member_groups::MemberGroup;
use utoipa::ToSchema;

/// A user of an organisation, or an operator.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserOut {
    #[schema(examples("usr_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    #[schema(examples("林薇"))]
    pub name: String,
    pub email: String,
    /// Role in the organisation, or as an operator
    #[schema(examples("purchaser"))]
    pub role: &'static str,
    /// Rights beyond the role
    #[schema(example = json!(["bill.export"]))]
    pub extra_rights: Vec<&'static str>,
    /// Rights by user groups
    #[schema(example = json!(["key.manage"]))]
    pub group_rights: Vec<&'static str>,
    /// Ids of the products to which product rights are narrowed; empty: all
    #[schema(example = json!(["prd_01JABCDEFGHJKMNPQRSTVWXYZ0"]))]
    pub products: Vec<String>,
    /// Whether API tokens of this member work
    #[schema(example = false)]
    pub programmatic: bool,
    #[schema(example = false)]
    pub disabled: bool,
    pub created_at: Time,
    pub last_login_at: Option<Time>,
}

impl From<User> for UserOut {
    fn from(u: User) -> UserOut {
        let (role, extra_rights) = match &u.standing {
            Standing::Member { role, extra, .. } => (role.code(), extra.iter().map(|r| r.code()).collect()),
            Standing::Operator { role } => (role.code(), Vec::new()),
        };
        UserOut {
            id: u.id,
            name: u.name,
            email: u.email,
            role,
            extra_rights,
            group_rights: u.group_rights.iter().map(|r| r.code()).collect(),
            programmatic: u.programmatic || role == MemberRole::Owner.code(),
            products: u.products,
            disabled: u.disabled,
            created_at: Time(u.created_at),
            last_login_at: time(u.last_login_at),
        }
    }
}

/// A member to invite; he gets a mail with a link to choose his password.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteIn {
    #[schema(examples("王强"))]
    pub name: String,
    pub email: String,
    pub role: RoleCode,
}

/// A member's role and rights; all of them are replaced.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberIn {
    pub role: RoleCode,
    #[serde(default)]
    pub extra_rights: Vec<RightCode>,
    #[serde(default)]
    #[schema(example = false)]
    pub disabled: bool,
}

/// What a member's product rights reach; all of it is replaced.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeIn {
    /// Ids of products; empty: all
    #[serde(default)]
    #[schema(example = json!(["prd_01JABCDEFGHJKMNPQRSTVWXYZ0"]))]
    pub products: Vec<String>,
    /// Whether API tokens of this member work; only the owner switches it on
    #[schema(example = false)]
    pub programmatic: bool,
}

/// The groups in which a member is; all of them are replaced.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupsIn {
    /// Ids of groups
    #[schema(example = json!(["grp_01JABCDEFGHJKMNPQRSTVWXYZ0"]))]
    pub groups: Vec<String>,
}

/// A user group in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MyGroup {
    #[schema(examples("grp_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    #[schema(examples("夜班"))]
    pub name: String,
}

/// A member with his groups.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Member)]
pub struct MemberOut {
    pub user: UserOut,
    pub groups: Vec<MyGroup>,
}

impl From<(User, Vec<MemberGroup>)> for MemberOut {
    fn from((user, groups): (User, Vec<MemberGroup>)) -> MemberOut {
        let groups = groups.into_iter().map(|g| MyGroup { id: g.id, name: g.name });
        MemberOut { user: user.into(), groups: groups.collect() }
    }
}

/// A user group: rights that several members share.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MemberGroup)]
pub struct GroupOut {
    #[schema(examples("grp_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
    #[schema(examples("夜班"))]
    pub name: String,
    #[schema(example = json!(["key.manage"]))]
    pub rights: Vec<&'static str>,
    /// Ids of the users in it
    #[schema(example = json!(["usr_01JABCDEFGHJKMNPQRSTVWXYZ0"]))]
    pub members: Vec<String>,
    pub created_at: Time,
    pub updated_at: Time,
}

impl From<GroupDetail> for GroupOut {
    fn from(g: GroupDetail) -> GroupOut {
        GroupOut {
            id: g.group.id,
            name: g.group.name,
            rights: g.group.rights.iter().map(|r| r.code()).collect(),
            members: g.users,
            created_at: Time(g.group.created_at),
            updated_at: Time(g.group.updated_at),
        }
    }
}

/// A user group to write.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupIn {
    #[schema(examples("夜班"))]
    pub name: String,
    pub rights: Vec<RightCode>,
}

/// The id of what was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NewMemberGroup)]
pub struct GroupMadeOut {
    #[schema(examples("grp_01JABCDEFGHJKMNPQRSTVWXYZ0"))]
    pub id: String,
}
