//! Stable codes of problems and fields, for the page that explains them.

/// Codes of refusals with the status that goes with them. A test keeps the list complete.
pub(crate) const CODES: &[(u16, &str)] = &[(404, "not-found")];
