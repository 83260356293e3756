//! Applications (我的申请): one request to release, modify or take off a product, with a snapshot
//! of its content (supply side 3.8).

use crate::Refusal;
use crate::access::coded;

coded! {
    /// What is asked for.
    ApplicationKind {
        /// A new product.
        Release = "RELEASE",
        /// New content for a live product; buyers see the old one until approval (PB-22).
        Modification = "MODIFICATION",
        /// Take a product off sale (PB-31).
        Delist = "DELIST",
    }
}

coded! {
    /// State of an application.
    ApplicationState {
        /// Being written.
        Draft = "DRAFT",
        /// Waiting for the reviewer; the snapshot is frozen.
        PendingReview = "PENDING_REVIEW",
        /// In force.
        Approved = "APPROVED",
        /// Refused with a reason.
        Rejected = "REJECTED",
    }
}

coded! {
    /// What somebody does with an application.
    ApplicationAction {
        /// Change the content.
        Edit = "edit",
        /// Hand in.
        Submit = "submit",
        /// Take back before a decision.
        Withdraw = "withdraw",
        /// Reviewer allows.
        Approve = "approve",
        /// Reviewer refuses.
        Reject = "reject",
        /// Throw away.
        Delete = "delete",
    }
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationActor {
    /// The seller.
    Seller,
    /// The reviewer.
    Operator,
}

impl ApplicationState {
    /// The state after `action`; `None` means that the application is gone. This match is the
    /// whole table.
    pub fn apply(self, action: ApplicationAction) -> Result<Option<ApplicationState>, Refusal> {
        use ApplicationAction::*;
        use ApplicationState::*;
        match (self, action) {
            (Draft, Edit) => Ok(Some(Draft)),
            (Draft | Rejected, Submit) => Ok(Some(PendingReview)),
            (Rejected, Edit) => Ok(Some(Rejected)),
            (PendingReview, Withdraw) => Ok(Some(Draft)),
            (PendingReview, Approve) => Ok(Some(Approved)),
            (PendingReview, Reject) => Ok(Some(Rejected)),
            (Draft | Rejected, Delete) => Ok(None),
            (state, action) => {
                Err(Refusal { code: "application-wrong-state", action: action.code(), state: state.code() })
            }
        }
    }

    /// The actions that `actor` may take now; pages show exactly these buttons.
    pub fn open_to(self, actor: ApplicationActor) -> Vec<ApplicationAction> {
        let of_actor = |action: &ApplicationAction| match actor {
            ApplicationActor::Operator => matches!(action, ApplicationAction::Approve | ApplicationAction::Reject),
            ApplicationActor::Seller => !matches!(action, ApplicationAction::Approve | ApplicationAction::Reject),
        };
        ApplicationAction::ALL.iter().copied().filter(of_actor).filter(|a| self.apply(*a).is_ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approved_application_is_final() {
        assert!(ApplicationAction::ALL.iter().all(|a| ApplicationState::Approved.apply(*a).is_err()));
    }

    #[test]
    fn buttons_follow_the_table() {
        use ApplicationAction::*;
        assert_eq!(ApplicationState::PendingReview.open_to(ApplicationActor::Operator), [Approve, Reject]);
        assert_eq!(ApplicationState::PendingReview.open_to(ApplicationActor::Seller), [Withdraw]);
        assert_eq!(ApplicationState::Rejected.open_to(ApplicationActor::Seller), [Edit, Submit, Delete]);
        assert!(ApplicationState::Draft.open_to(ApplicationActor::Operator).is_empty());
    }
}
