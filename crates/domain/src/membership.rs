//! What a member holds, and who may give whom what (supply side 1.9).

use crate::access::{MemberRole, Right};

/// Most groups of an organisation.
pub const GROUPS_MAX: usize = 50;
/// Longest name of a group, in characters.
pub const GROUP_NAME_MAX: usize = 64;

/// What a member holds: the union of his role, his further rights and those of his groups, and the
/// products to which product rights are narrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grants<'g> {
    /// Role.
    pub role: MemberRole,
    /// Rights beyond the role: his own and those of his groups.
    pub beyond: &'g [&'g [Right]],
    /// Products that his product rights reach; empty: all (D-08).
    pub products: &'g [String],
}

/// Why somebody may not give what he wants to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotYours {
    /// A right that he does not hold himself.
    Right,
    /// Products that his own rights do not reach.
    Products,
}

impl NotYours {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            NotYours::Right => "right-not-yours",
            NotYours::Products => "products-not-yours",
        }
    }
}

/// Whether a right is over every product at once: an access key signs the calls of all of them.
fn is_for_all_products(right: Right) -> bool {
    matches!(right, Right::KeyManage)
}

impl Grants<'_> {
    /// Whether he holds `right`. Who is narrowed to some products never holds a right that is over all
    /// of them.
    pub fn has(&self, right: Right) -> bool {
        let given = self.role.grants(right) || self.beyond.iter().any(|list| list.contains(&right));
        given && (self.products.is_empty() || !is_for_all_products(right))
    }

    /// Whether his product rights reach a product.
    pub fn reaches(&self, product_id: &str) -> bool {
        self.products.is_empty() || self.products.iter().any(|p| p == product_id)
    }

    /// Whether his product rights reach every one of `products` (empty: all products).
    fn reaches_all(&self, products: &[String]) -> bool {
        self.products.is_empty() || (!products.is_empty() && products.iter().all(|p| self.products.contains(p)))
    }

    /// Nobody gives, takes or changes what he does not hold himself: neither rights nor products.
    pub fn covers(&self, other: &Grants<'_>) -> Result<(), NotYours> {
        if Right::ALL.iter().any(|right| other.has(*right) && !self.has(*right)) {
            return Err(NotYours::Right);
        }
        if self.reaches_all(other.products) { Ok(()) } else { Err(NotYours::Products) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds<'g>(role: MemberRole, beyond: &'g [&'g [Right]], products: &'g [String]) -> Grants<'g> {
        Grants { role, beyond, products }
    }

    #[test]
    fn rights_are_the_union_of_role_own_rights_and_groups() {
        let of_group = [Right::BillView, Right::AccessDebug];
        let lists: [&[Right]; 2] = [&[Right::BillExport], &of_group];
        let member = holds(MemberRole::CustomerService, &lists, &[]);
        for right in [Right::TicketHandle, Right::BillExport, Right::BillView, Right::AccessDebug] {
            assert!(member.has(right), "{right:?}");
        }
        assert!(!member.has(Right::UserManage));
    }

    #[test]
    fn who_is_narrowed_holds_nothing_over_all_products() {
        let one = ["a".to_owned()];
        let narrowed = holds(MemberRole::Administrator, &[], &one);
        assert!(!narrowed.has(Right::KeyManage) && narrowed.has(Right::ProductEdit));
        assert!(narrowed.reaches("a") && !narrowed.reaches("b"));
        let whole = holds(MemberRole::Administrator, &[], &[]);
        assert!(whole.has(Right::KeyManage) && whole.reaches("b"));
    }

    #[test]
    fn nobody_gives_what_he_does_not_hold() {
        let (one, two, both) = (["a".to_owned()], ["b".to_owned()], ["a".to_owned(), "b".to_owned()]);
        let owner = holds(MemberRole::Owner, &[], &[]);
        let narrowed = holds(MemberRole::Administrator, &[], &one);
        let reader = holds(MemberRole::ReadOnly, &[], &[]);
        assert_eq!(owner.covers(&narrowed), Ok(()));
        assert_eq!(owner.covers(&owner), Ok(()));
        assert_eq!(narrowed.covers(&reader), Err(NotYours::Products), "an empty list is every product");
        assert_eq!(narrowed.covers(&holds(MemberRole::ReadOnly, &[], &one)), Ok(()));
        assert_eq!(narrowed.covers(&holds(MemberRole::ReadOnly, &[], &two)), Err(NotYours::Products));
        assert_eq!(narrowed.covers(&holds(MemberRole::ReadOnly, &[], &both)), Err(NotYours::Products));
        let lists: [&[Right]; 1] = [&[Right::KeyManage]];
        assert_eq!(reader.covers(&holds(MemberRole::ReadOnly, &lists, &[])), Err(NotYours::Right));
        assert_eq!(reader.covers(&owner), Err(NotYours::Right));
    }
}
