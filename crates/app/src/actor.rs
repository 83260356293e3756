//! Who acts, and what he may do.

use crate::error::AppError;
use domain::access::{MemberRole, OperatorRight, OperatorRole, Right};
use domain::identity::{SellerState, Verification};
use domain::membership::Grants;
use domain::text::Localized;

/// A signed-in member of an organisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// User id.
    pub user_id: String,
    /// His name.
    pub name: String,
    /// His address.
    pub email: String,
    /// Role.
    pub role: MemberRole,
    /// Rights beyond the role: his own and those of his groups.
    pub extra: Vec<Right>,
    /// Organisation id.
    pub organisation_id: String,
    /// Its name.
    pub organisation_name: Localized,
    /// Its verification.
    pub verification: Verification,
    /// Its state as a seller.
    pub seller_state: SellerState,
    /// Whether it is a partner.
    pub is_partner: bool,
    /// Whether it is a sandbox.
    pub sandbox: bool,
    /// Microseconds that its test clock is ahead.
    pub clock_offset: i64,
    /// Whether an operator has stopped it.
    pub frozen: bool,
    /// Products to which his product rights are narrowed; empty: all.
    pub products: Vec<String>,
    /// The API token that acts for him, by its id; `None` for a session.
    pub token: Option<String>,
}

/// A signed-in operator.
#[derive(Debug, Clone, PartialEq)]
pub struct Operator {
    /// User id.
    pub user_id: String,
    /// His name.
    pub name: String,
    /// His address.
    pub email: String,
    /// Role.
    pub role: OperatorRole,
    /// The API token that acts for him, by its id; `None` for a session.
    pub token: Option<String>,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq)]
pub enum Actor {
    /// Not signed in.
    Visitor,
    /// Member of an organisation.
    Member(Box<Member>),
    /// Operator.
    Operator(Operator),
    /// The program itself: the name of a job.
    System(&'static str),
}

impl Actor {
    /// The member, where it is one.
    pub fn member(&self) -> Result<&Member, AppError> {
        match self {
            Actor::Member(member) => Ok(member),
            Actor::Visitor => Err(AppError::NotSignedIn),
            _ => Err(AppError::Forbidden("members only")),
        }
    }

    /// The member, when he has `right`. What changes something is refused to members of an organisation
    /// that operators stopped: it may read, and nothing else (trade 10, users).
    pub fn may(&self, right: Right) -> Result<&Member, AppError> {
        let member = self.may_look(right)?;
        if right.only_reads() { Ok(member) } else { self.working() }
    }

    /// The member, when he has `right`, to see what it is about.
    pub fn may_look(&self, right: Right) -> Result<&Member, AppError> {
        let member = self.member()?;
        if member.has(right) { Ok(member) } else { Err(AppError::Forbidden(right.code())) }
    }

    /// The member, when operators have not stopped his organisation.
    pub fn working(&self) -> Result<&Member, AppError> {
        let member = self.member()?;
        if member.frozen { Err(AppError::Refused("organisation-frozen")) } else { Ok(member) }
    }

    /// The member of a selling organisation, when he has `right`.
    pub fn seller_may(&self, right: Right) -> Result<&Member, AppError> {
        let member = self.seller_may_look(right)?;
        if right.only_reads() { Ok(member) } else { self.working() }
    }

    /// The member of a selling organisation, when he has `right`, to see what it is about.
    pub fn seller_may_look(&self, right: Right) -> Result<&Member, AppError> {
        let member = self.may_look(right)?;
        if member.is_seller() { Ok(member) } else { Err(AppError::Forbidden("sellers only")) }
    }

    /// The operator, when he has `right`.
    pub fn operator_may(&self, right: OperatorRight) -> Result<&Operator, AppError> {
        match self {
            Actor::Operator(operator) if operator.role.grants(right) => Ok(operator),
            Actor::Operator(_) => Err(AppError::Forbidden(right.code())),
            Actor::Visitor => Err(AppError::NotSignedIn),
            // Members must not learn that operator pages exist.
            _ => Err(AppError::NotFound),
        }
    }

    /// Kind, id and name for the audit log.
    pub fn signature(&self) -> (&'static str, &str, &str) {
        match self {
            Actor::Visitor => ("visitor", "", ""),
            Actor::Member(m) => ("user", &m.user_id, &m.name),
            Actor::Operator(o) => ("operator", &o.user_id, &o.name),
            Actor::System(name) => ("system", name, name),
        }
    }

    /// The API token that acts, by its id.
    pub fn token(&self) -> Option<&str> {
        match self {
            Actor::Member(m) => m.token.as_deref(),
            Actor::Operator(o) => o.token.as_deref(),
            Actor::Visitor | Actor::System(_) => None,
        }
    }

    /// The same actor, acting through a token.
    pub(crate) fn through(mut self, id: String) -> Actor {
        match &mut self {
            Actor::Member(m) => m.token = Some(id),
            Actor::Operator(o) => o.token = Some(id),
            Actor::Visitor | Actor::System(_) => {}
        }
        self
    }

    /// User id of whoever is signed in.
    pub fn user_id(&self) -> Option<&str> {
        match self {
            Actor::Member(m) => Some(&m.user_id),
            Actor::Operator(o) => Some(&o.user_id),
            _ => None,
        }
    }
}

impl Member {
    /// Asks the rule about what he holds.
    pub fn holding<T>(&self, ask: impl FnOnce(&Grants<'_>) -> T) -> T {
        ask(&Grants { role: self.role, beyond: &[&self.extra], products: &self.products })
    }

    /// Whether he has `right`.
    pub fn has(&self, right: Right) -> bool {
        self.holding(|grants| grants.has(right))
    }

    /// Whether his product rights reach this product (supply side 1.9).
    pub fn reaches(&self, product_id: &str) -> bool {
        self.holding(|grants| grants.reaches(product_id))
    }

    /// Whether his product rights are narrowed to some products.
    pub fn is_narrowed(&self) -> bool {
        !self.products.is_empty()
    }

    /// Whether his organisation sells.
    pub fn is_seller(&self) -> bool {
        matches!(self.seller_state, SellerState::Admitted | SellerState::Active | SellerState::Restricted)
    }
}
