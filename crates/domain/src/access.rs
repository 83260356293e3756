//! Who may do what: rights of sub-users (supply side 1.9, D-08) and operator roles (trade D-38).

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $code)] $variant,)*
        }

        impl $name {
            /// Every value, in the order in which pages show them.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The stable code used in rows, URLs and translations.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code,)* }
            }

            /// Reads a code.
            pub fn from_code(code: &str) -> Option<$name> {
                match code { $($code => Some($name::$variant),)* _ => None }
            }
        }
    };
}
pub(crate) use coded;

coded! {
    /// A right of a user inside his organisation. The owner holds all of them.
    Right {
        /// See products and applications.
        ProductView = "product.view",
        /// Write drafts.
        ProductEdit = "product.edit",
        /// Submit and withdraw applications.
        ProductSubmit = "product.submit",
        /// Ask for taking off sale.
        ProductDelist = "product.delist",
        /// Release joint-operation products (ON-42).
        ProductJointRelease = "product.joint.release",
        /// See assets.
        AssetView = "asset.view",
        /// Edit assets.
        AssetEdit = "asset.edit",
        /// Submit assets.
        AssetSubmit = "asset.submit",
        /// Debug interfaces and restart calls.
        AccessDebug = "access.debug",
        /// Manage access keys.
        KeyManage = "key.manage",
        /// See orders of the organisation.
        OrderView = "order.view",
        /// Export orders.
        OrderExport = "order.export",
        /// Place and pay orders, renew, unsubscribe.
        OrderPlace = "order.place",
        /// Change expiry policies, see credentials of purchased services.
        ResourceManage = "resource.manage",
        /// See service supervision.
        SupervisionView = "supervision.view",
        /// Deliver in service supervision.
        SupervisionDeliver = "supervision.deliver",
        /// Judge refunds.
        RefundReview = "refund.review",
        /// See offers.
        OfferView = "offer.view",
        /// Create offers.
        OfferCreate = "offer.create",
        /// See vouchers.
        VoucherView = "voucher.view",
        /// Create vouchers.
        VoucherCreate = "voucher.create",
        /// Void vouchers.
        VoucherVoid = "voucher.void",
        /// See demands.
        DemandView = "demand.view",
        /// Handle demands.
        DemandHandle = "demand.handle",
        /// See balances and bills.
        BillView = "bill.view",
        /// Export bills.
        BillExport = "bill.export",
        /// See invoices.
        InvoiceView = "invoice.view",
        /// Issue invoices.
        InvoiceIssue = "invoice.issue",
        /// See tickets.
        TicketView = "ticket.view",
        /// Handle tickets.
        TicketHandle = "ticket.handle",
        /// Answer questions.
        QaReply = "qa.reply",
        /// Answer reviews.
        ReviewReply = "review.reply",
        /// Decorate the shop.
        ShopEdit = "shop.edit",
        /// Manage message receivers.
        MessageManage = "message.manage",
        /// See statistics.
        AnalyticsView = "analytics.view",
        /// Manage users, groups and keys.
        UserManage = "user.manage",
    }
}

impl Right {
    /// Whether it only lets somebody see: all that an organisation which operators stopped has left.
    pub fn only_reads(self) -> bool {
        self.code().ends_with(".view") || self.code().ends_with(".export")
    }
}

coded! {
    /// Preset groups of rights (D-08) plus the owner and the purchaser.
    MemberRole {
        /// The main account; holds every right and what is owner-only (ON-44).
        Owner = "owner",
        /// Every right of a sub-user.
        Administrator = "administrator",
        /// Products, assets, applications.
        ProductManager = "product_manager",
        /// Interfaces, supervision.
        DeliveryEngineer = "delivery_engineer",
        /// Orders, bills, invoices.
        Finance = "finance",
        /// Tickets, questions, reviews.
        CustomerService = "customer_service",
        /// Buys and manages purchased services.
        Purchaser = "purchaser",
        /// Sees everything, changes nothing.
        ReadOnly = "read_only",
    }
}

impl MemberRole {
    /// Whether the role includes `right`.
    pub fn grants(self, right: Right) -> bool {
        use Right::*;
        match self {
            MemberRole::Owner | MemberRole::Administrator => true,
            MemberRole::ProductManager => matches!(
                right,
                ProductView
                    | ProductEdit
                    | ProductSubmit
                    | ProductDelist
                    | AssetView
                    | AssetEdit
                    | AssetSubmit
                    | OrderView
                    | OfferView
                    | VoucherView
                    | DemandView
                    | QaReply
                    | ReviewReply
                    | ShopEdit
                    | AnalyticsView
            ),
            MemberRole::DeliveryEngineer => matches!(
                right,
                ProductView
                    | AssetView
                    | AccessDebug
                    | KeyManage
                    | OrderView
                    | SupervisionView
                    | SupervisionDeliver
                    | TicketView
                    | TicketHandle
            ),
            MemberRole::Finance => matches!(
                right,
                OrderView
                    | OrderExport
                    | BillView
                    | BillExport
                    | InvoiceView
                    | InvoiceIssue
                    | RefundReview
                    | AnalyticsView
            ),
            MemberRole::CustomerService => {
                matches!(
                    right,
                    ProductView | OrderView | SupervisionView | TicketView | TicketHandle | QaReply | ReviewReply
                )
            }
            MemberRole::Purchaser => matches!(
                right,
                OrderView | OrderExport | OrderPlace | ResourceManage | BillView | SupervisionView | TicketView
            ),
            MemberRole::ReadOnly => matches!(
                right,
                ProductView
                    | AssetView
                    | OrderView
                    | SupervisionView
                    | OfferView
                    | VoucherView
                    | DemandView
                    | BillView
                    | InvoiceView
                    | TicketView
                    | AnalyticsView
            ),
        }
    }
}

coded! {
    /// Roles of operators (trade D-38).
    OperatorRole {
        /// Daily operation: look, remind, retry.
        OpsAgent = "OPS_AGENT",
        /// Reviews products and sellers, rules appeals.
        OpsManager = "OPS_MANAGER",
        /// First step of programme reviews.
        ProgrammeReviewer1 = "PROGRAMME_REVIEWER_1",
        /// Second step of programme reviews.
        ProgrammeReviewer2 = "PROGRAMME_REVIEWER_2",
        /// Prepares money acts.
        Finance = "FINANCE",
        /// Approves money acts.
        FinanceApprover = "FINANCE_APPROVER",
        /// Reads everything, changes nothing.
        Auditor = "AUDITOR",
        /// Everything, users and parameters included.
        Admin = "ADMIN",
    }
}

coded! {
    /// What an operator may be allowed to do.
    OperatorRight {
        /// Read every list and detail.
        Read = "read",
        /// Decide applications; suspend and delist.
        ReviewProducts = "review.products",
        /// Change organisations: verification, roles, freezing.
        ManageOrganisations = "manage.organisations",
        /// Say that the money of a bank transfer or top-up has arrived.
        ConfirmMoney = "confirm.money",
        /// Have it entered, after somebody else has said so.
        ApproveMoney = "approve.money",
        /// Restart and cancel jobs and calls, rebuild the index.
        RunJobs = "run.jobs",
        /// Freeze and unfreeze resources for a violation.
        FreezeResources = "freeze.resources",
        /// Change parameters.
        ChangeSettings = "change.settings",
        /// Manage operators.
        ManageOperators = "manage.operators",
        /// Read and verify the audit log.
        ReadAudit = "read.audit",
    }
}

impl OperatorRole {
    /// Whether the role includes `right`.
    pub fn grants(self, right: OperatorRight) -> bool {
        use OperatorRight::*;
        match self {
            OperatorRole::Admin => true,
            OperatorRole::OpsManager => {
                matches!(right, Read | ReviewProducts | ManageOrganisations | RunJobs | FreezeResources | ReadAudit)
            }
            OperatorRole::OpsAgent => matches!(right, Read | RunJobs),
            OperatorRole::ProgrammeReviewer1 | OperatorRole::ProgrammeReviewer2 => {
                matches!(right, Read)
            }
            OperatorRole::Finance => matches!(right, Read | ConfirmMoney),
            OperatorRole::FinanceApprover => matches!(right, Read | ApproveMoney),
            OperatorRole::Auditor => matches!(right, Read | ReadAudit),
        }
    }
}

/// What an operator's word about arrived money does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyStep {
    /// It is written down and waits for a second person.
    Prepare,
    /// The money is entered.
    Enter,
}

/// The step that `user` takes with his word that money has arrived, when `prepared_by` has said so
/// before (trade 10: four eyes for money acts). `Err` holds the code of the refusal.
pub fn money_step(
    user: &str,
    role: OperatorRole,
    prepared_by: Option<&str>,
    four_eyes: bool,
) -> Result<MoneyStep, &'static str> {
    match prepared_by {
        _ if !four_eyes => Ok(MoneyStep::Enter),
        None if role.grants(OperatorRight::ConfirmMoney) => Ok(MoneyStep::Prepare),
        None => Err("money-not-prepared"),
        Some(first) if first == user || !role.grants(OperatorRight::ApproveMoney) => Err("second-person"),
        Some(_) => Ok(MoneyStep::Enter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_and_the_auditor_change_nothing() {
        let changing =
            [Right::ProductEdit, Right::OrderPlace, Right::UserManage, Right::KeyManage, Right::RefundReview];
        assert!(changing.iter().all(|r| !MemberRole::ReadOnly.grants(*r)));
        let allowed: Vec<_> = OperatorRight::ALL.iter().filter(|r| OperatorRole::Auditor.grants(**r)).collect();
        assert_eq!(allowed, [&OperatorRight::Read, &OperatorRight::ReadAudit]);
    }

    #[test]
    fn money_takes_two_people() {
        use OperatorRole::{Admin, Finance, FinanceApprover};
        assert_eq!(money_step("a", Finance, None, true), Ok(MoneyStep::Prepare));
        assert_eq!(money_step("b", FinanceApprover, Some("a"), true), Ok(MoneyStep::Enter));
        assert_eq!(money_step("b", Admin, Some("a"), true), Ok(MoneyStep::Enter));
        assert_eq!(money_step("a", Admin, Some("a"), true), Err("second-person"));
        assert_eq!(money_step("b", Finance, Some("a"), true), Err("second-person"));
        assert_eq!(money_step("b", FinanceApprover, None, true), Err("money-not-prepared"));
        assert_eq!(money_step("a", Finance, None, false), Ok(MoneyStep::Enter));
    }

    #[test]
    fn what_the_reader_may_only_reads() {
        for right in Right::ALL.iter().filter(|r| MemberRole::ReadOnly.grants(**r)) {
            assert!(right.only_reads(), "{}", right.code());
        }
        assert!(![Right::OrderPlace, Right::KeyManage, Right::TicketHandle].iter().any(|r| r.only_reads()));
    }

    #[test]
    fn joint_release_is_granted_only_to_whoever_holds_everything() {
        let holders: Vec<_> =
            MemberRole::ALL.iter().filter(|r| r.grants(Right::ProductJointRelease)).map(|r| r.code()).collect();
        assert_eq!(holders, ["owner", "administrator"]);
    }

    #[test]
    fn codes_are_unique_and_readable() {
        for right in Right::ALL {
            assert_eq!(Right::from_code(right.code()), Some(*right));
        }
        assert_eq!(OperatorRole::from_code("ROOT"), None);
    }
}
