//! Lists: what the query asks for, sorting by time, exports.

use app::domain::time::{DAY, Timestamp, parse_market};
use std::future::Future;
use web_kit::prelude::*;

/// Rows of an export at most.
const EXPORT_ROWS: usize = web_kit::listing::EXPORT_ROWS;
/// Rows that an export reads at a time.
const EXPORT_STEP: i64 = 200;

/// A query parameter as a filter: nothing when it is empty.
pub fn filter(page: &Page, name: &str) -> Option<String> {
    Some(page.query(name).to_owned()).filter(|v| !v.is_empty())
}

/// The filters `from` and `to`: market days, both included.
pub fn days(page: &Page) -> (Option<Timestamp>, Option<Timestamp>) {
    (parse_market(page.query("from")), parse_market(page.query("to")).map(|t| t.plus(DAY)))
}

/// What the filters are now, to be shown in their fields.
pub fn query_values(page: &Page) -> Values {
    page.query_pairs().iter().cloned().collect()
}

/// The page that is asked for; `order=oldest` turns it round.
pub fn wanted(page: &Page) -> PageRequest {
    PageRequest { oldest_first: page.query("order") == "oldest", ..page_request(page) }
}

/// The address of the same list in the other order, with the arrow of the present one.
#[derive(Debug, Clone, Serialize)]
pub struct Sort {
    href: String,
    dir: &'static str,
}

/// Sorting by time.
pub fn sort(page: &Page) -> Sort {
    let oldest = page.query("order") == "oldest";
    let other = if oldest { "" } else { "oldest" };
    Sort { href: with_query(page, &[("order", other)]), dir: if oldest { "asc" } else { "desc" } }
}

/// The address of the export of a list with the same filters.
pub fn export_href(page: &Page) -> String {
    let address = with_query(page, &[("limit", "")]);
    match address.split_once('?') {
        Some((path, query)) => format!("{path}.csv?{query}"),
        None => format!("{address}.csv"),
    }
}

/// Reads a list page by page, up to the limit of exports.
pub async fn all_rows<T, F, R>(mut load: F) -> Result<Vec<T>, AppError>
where
    F: FnMut(PageRequest) -> R,
    R: Future<Output = Result<Paged<T>, AppError>>,
{
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let paged = load(PageRequest { cursor, limit: EXPORT_STEP, oldest_first: false }).await?;
        rows.extend(paged.items);
        cursor = paged.next;
        if cursor.is_none() || rows.len() >= EXPORT_ROWS {
            rows.truncate(EXPORT_ROWS);
            return Ok(rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paged(items: Vec<i32>, next: Option<&str>) -> Paged<i32> {
        Paged { items, next: next.map(str::to_owned), prev: None }
    }

    #[tokio::test]
    async fn an_export_reads_page_after_page_and_ends() {
        let rows = all_rows(|request| async move {
            Ok(match request.cursor.as_deref() {
                None => paged(vec![1, 2], Some("a")),
                Some("a") => paged(vec![3], None),
                Some(other) => return Err(AppError::Internal(other.to_owned())),
            })
        })
        .await
        .unwrap();
        assert_eq!(rows, [1, 2, 3]);
    }

    #[tokio::test]
    async fn an_export_has_a_limit() {
        let rows = all_rows(|_| async { Ok(paged(vec![0; 3000], Some("on"))) }).await.unwrap();
        assert_eq!(rows.len(), EXPORT_ROWS);
    }
}
