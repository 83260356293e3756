//! Accounts: what a password, a lock-out and a verification are (supply side 1, issue-independent).

use crate::access::coded;
use crate::settings::Settings;
use crate::time::{MINUTE, Timestamp};

coded! {
    /// Real-name verification of an organisation (实名认证).
    Verification {
        /// Nothing handed in.
        Unverified = "UNVERIFIED",
        /// Handed in, waiting for a reviewer.
        Pending = "PENDING",
        /// Verified; may buy and sell.
        Verified = "VERIFIED",
        /// Refused; may hand in again.
        Rejected = "REJECTED",
    }
}

coded! {
    /// State of an organisation as a seller (supply side 1.6).
    SellerState {
        /// Not a seller.
        None = "NONE",
        /// Entry asked for.
        Applied = "APPLIED",
        /// Admitted; business information not yet certified: may write drafts, not publish.
        Admitted = "ADMITTED",
        /// May publish and be paid.
        Active = "ACTIVE",
        /// Trade limited by a penalty.
        Restricted = "RESTRICTED",
        /// Cooperation ended.
        Terminated = "TERMINATED",
    }
}

/// What an operator decides about an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrganisationDecision {
    /// Real-name verification passed.
    Verify,
    /// Real-name verification refused.
    RejectVerification,
    /// New state as a seller; [`SellerState::None`] refuses an application.
    Seller(SellerState),
    /// Partner or not.
    Partner(bool),
    /// Stopped or not.
    Freeze(bool),
    /// Becomes a sandbox; cannot be undone.
    Sandbox,
}

/// Longest reason of a decision, in characters.
pub const REASON_MAX: usize = 500;

impl OrganisationDecision {
    /// Whether it takes something from the organisation or refuses what it asked for; then a reason
    /// must be given.
    pub fn is_adverse(self) -> bool {
        match self {
            OrganisationDecision::RejectVerification
            | OrganisationDecision::Partner(false)
            | OrganisationDecision::Freeze(true)
            | OrganisationDecision::Seller(SellerState::None | SellerState::Restricted | SellerState::Terminated) => {
                true
            }
            OrganisationDecision::Verify
            | OrganisationDecision::Partner(true)
            | OrganisationDecision::Freeze(false)
            | OrganisationDecision::Sandbox
            | OrganisationDecision::Seller(SellerState::Applied | SellerState::Admitted | SellerState::Active) => false,
        }
    }

    /// Stable code, for messages and the audit log.
    pub fn code(self) -> &'static str {
        match self {
            OrganisationDecision::Verify => "verify",
            OrganisationDecision::RejectVerification => "reject-verification",
            OrganisationDecision::Seller(SellerState::None) => "seller-none",
            OrganisationDecision::Seller(SellerState::Applied) => "seller-applied",
            OrganisationDecision::Seller(SellerState::Admitted) => "seller-admitted",
            OrganisationDecision::Seller(SellerState::Active) => "seller-active",
            OrganisationDecision::Seller(SellerState::Restricted) => "seller-restricted",
            OrganisationDecision::Seller(SellerState::Terminated) => "seller-terminated",
            OrganisationDecision::Partner(true) => "partner-on",
            OrganisationDecision::Partner(false) => "partner-off",
            OrganisationDecision::Freeze(true) => "freeze",
            OrganisationDecision::Freeze(false) => "unfreeze",
            OrganisationDecision::Sandbox => "sandbox",
        }
    }

    /// The reason as it is kept: trimmed. A code of a field error where an adverse decision has
    /// none, or where it is too long.
    pub fn check_reason(self, reason: &str) -> Result<&str, &'static str> {
        let reason = reason.trim();
        if reason.is_empty() && self.is_adverse() {
            return Err("required");
        }
        if reason.chars().count() > REASON_MAX {
            return Err("too-long");
        }
        Ok(reason)
    }
}

/// What is wrong with a new password; the code of a translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// Shorter than ten characters.
    TooShort,
    /// Longer than 128 characters.
    TooLong,
    /// Letters only, or digits only, or one character repeated.
    TooSimple,
    /// Contains the name part of the e-mail address.
    ContainsName,
}

impl PasswordFault {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            PasswordFault::TooShort => "password-too-short",
            PasswordFault::TooLong => "password-too-long",
            PasswordFault::TooSimple => "password-too-simple",
            PasswordFault::ContainsName => "password-contains-name",
        }
    }
}

/// Checks a new password (SC-20, lengthened to ten characters).
pub fn check_password(password: &str, email: &str) -> Result<(), PasswordFault> {
    let length = password.chars().count();
    if length < 10 {
        return Err(PasswordFault::TooShort);
    }
    if length > 128 {
        return Err(PasswordFault::TooLong);
    }
    let kinds = [
        password.chars().any(|c| c.is_lowercase()),
        password.chars().any(|c| c.is_uppercase()),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_alphanumeric()),
    ];
    let distinct: std::collections::BTreeSet<char> = password.chars().collect();
    if kinds.iter().filter(|k| **k).count() < 2 || distinct.len() < 5 {
        return Err(PasswordFault::TooSimple);
    }
    let name = email.split('@').next().unwrap_or_default().to_lowercase();
    if name.chars().count() >= 4 && password.to_lowercase().contains(&name) {
        return Err(PasswordFault::ContainsName);
    }
    Ok(())
}

/// An e-mail address in the form in which accounts are looked up, or `None` when it is none.
pub fn normal_email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (name, host) = text.rsplit_once('@')?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[]\\,;:\"".contains(c);
    let fits = text.chars().count() <= 128 && !name.is_empty() && name.chars().all(plain) && host.chars().all(plain);
    let host_fits = host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !host.contains("..");
    (fits && host_fits && !name.contains('@')).then_some(text)
}

/// Failures in a row and the lock that follows from them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogInRecord {
    /// Failures since the last success.
    pub failures: i64,
    /// The end of the lock, when there is one.
    pub locked_until: Option<Timestamp>,
}

impl LogInRecord {
    /// Whether a log-in is refused at `now`, whatever the password.
    pub fn is_locked(&self, now: Timestamp) -> bool {
        self.locked_until.is_some_and(|until| now < until)
    }

    /// The record after a failure; the last allowed one starts a lock.
    pub fn failed(self, now: Timestamp, settings: &Settings) -> LogInRecord {
        let failures = if self.locked_until.is_some_and(|until| now >= until) { 1 } else { self.failures + 1 };
        let locked = failures >= settings.lockout_failures;
        LogInRecord { failures, locked_until: locked.then(|| now.plus(settings.lockout_minutes * MINUTE)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_something_away_needs_a_reason() {
        let adverse = [
            OrganisationDecision::RejectVerification,
            OrganisationDecision::Seller(SellerState::None),
            OrganisationDecision::Seller(SellerState::Restricted),
            OrganisationDecision::Seller(SellerState::Terminated),
            OrganisationDecision::Partner(false),
            OrganisationDecision::Freeze(true),
        ];
        for decision in adverse {
            assert_eq!(decision.check_reason(" \n "), Err("required"), "{}", decision.code());
            assert_eq!(decision.check_reason(" because "), Ok("because"), "{}", decision.code());
        }
        for decision in [
            OrganisationDecision::Verify,
            OrganisationDecision::Seller(SellerState::Active),
            OrganisationDecision::Freeze(false),
            OrganisationDecision::Sandbox,
        ] {
            assert_eq!(decision.check_reason(""), Ok(""), "{}", decision.code());
            assert_eq!(decision.check_reason(&"长".repeat(501)), Err("too-long"));
        }
    }

    #[test]
    fn passwords() {
        let check = |p| check_password(p, "lin.wei@example.com");
        assert_eq!(check("short1!"), Err(PasswordFault::TooShort));
        assert_eq!(check("aaaaaaaaaa1"), Err(PasswordFault::TooSimple));
        assert_eq!(check("onlyletterss"), Err(PasswordFault::TooSimple));
        assert_eq!(check("xx-Lin.Wei-2026"), Err(PasswordFault::ContainsName));
        assert_eq!(check("correct horse 7"), Ok(()));
    }

    #[test]
    fn emails() {
        assert_eq!(normal_email(" Lin@Example.COM ").as_deref(), Some("lin@example.com"));
        for bad in ["", "a", "a@b", "a@@b.c", "a b@c.d", "a@.c", "a@b..c", "<x>@b.c"] {
            assert_eq!(normal_email(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_fifth_failure_locks_and_the_lock_ends() {
        let settings = Settings::default();
        let now = Timestamp(0);
        let mut record = LogInRecord::default();
        for _ in 0..4 {
            record = record.failed(now, &settings);
            assert!(!record.is_locked(now));
        }
        record = record.failed(now, &settings);
        assert!(record.is_locked(now));
        let later = now.plus(settings.lockout_minutes * MINUTE);
        assert!(!record.is_locked(later));
        assert_eq!(record.failed(later, &settings).failures, 1);
    }
}
