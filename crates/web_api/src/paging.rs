//! Queries of lists.

use app::{AppError, PageRequest};

/// Largest page.
pub(crate) const MAX_LIMIT: i64 = 200;

/// The page that a query asks for; too large a page is refused, so that nobody believes to have
/// read everything.
pub(crate) fn page_request(
    limit: Option<i64>,
    cursor: Option<&String>,
    oldest_first: Option<bool>,
) -> Result<PageRequest, AppError> {
    let limit = limit.unwrap_or(20);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(AppError::field("limit", "out-of-range"));
    }
    let cursor = cursor.filter(|text| !text.is_empty()).cloned();
    // A program that got the first page instead would go round for ever.
    if cursor.as_deref().is_some_and(|text| !store::listing::is_cursor(text)) {
        return Err(AppError::field("cursor", "cursor"));
    }
    Ok(PageRequest { cursor, limit, oldest_first: oldest_first.unwrap_or(false) })
}

/// Declares the query of a list: its own filters, each optional, and the three of paging.
macro_rules! list_query {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields, default)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<$kind>,)*
            /// Rows wanted, 1 to 200; 20 unless given
            #[param(minimum = 1, maximum = 200)]
            pub limit: Option<i64>,
            /// `next_cursor` or `prev_cursor` of another page
            pub cursor: Option<String>,
            /// Oldest first instead of newest first
            pub oldest_first: Option<bool>,
        }

        impl $name {
            /// The page that is asked for.
            pub fn page(&self) -> Result<app::PageRequest, app::AppError> {
                $crate::paging::page_request(self.limit, self.cursor.as_ref(), self.oldest_first)
            }
        }
    };
}
pub(crate) use list_query;

list_query! {
    /// A list without filters.
    PlainQuery {}
}

/// Which page of a list with an order of its own.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Rows wanted, 1 to 200; 20 unless given
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` or `prev_cursor` of another page
    pub cursor: Option<String>,
}

impl PageQuery {
    /// The page that is asked for.
    pub fn page(&self) -> Result<PageRequest, AppError> {
        page_request(self.limit, self.cursor.as_ref(), None)
    }
}
