//! Lists: pages, links that keep the filters, exports.

use crate::error::PageResult;
use crate::page::Page;
use crate::paths::with_pairs;
use app::{PageRequest, Paged};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Largest page that people can ask for.
const MAX_ROWS: i64 = 100;

/// Links of a pager; empty where there is no such page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PagerLinks {
    /// Address of the page before.
    pub prev: String,
    /// Address of the page after.
    pub next: String,
}

/// The page that the query asks for: `cursor`, `limit` (at most 100).
pub fn page_request(page: &Page) -> PageRequest {
    let cursor = Some(page.query("cursor").to_owned()).filter(|c| !c.is_empty());
    let limit = page.query("limit").parse::<i64>().unwrap_or(0).clamp(0, MAX_ROWS);
    PageRequest { cursor, limit, oldest_first: false }
}

/// The path with the pairs, without `cursor` and the names of `changes`, then with `changes`.
pub(crate) fn changed(path: &str, pairs: &[(String, String)], changes: &[(&str, &str)]) -> String {
    let kept = pairs
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .filter(|(k, _)| *k != "cursor" && !changes.iter().any(|(name, _)| name == k));
    with_pairs(path, kept.chain(changes.iter().copied()))
}

/// The same list with other filters: its first page. An empty value takes a filter away.
pub fn with_query(page: &Page, changes: &[(&str, &str)]) -> String {
    changed(page.path(), page.query_pairs(), changes)
}

/// Links to the pages beside this one, with the same filters.
pub fn links<T>(page: &Page, paged: &Paged<T>) -> PagerLinks {
    let to = |cursor: &Option<String>| match cursor {
        Some(cursor) => with_query(page, &[("cursor", cursor)]),
        None => String::new(),
    };
    PagerLinks { prev: to(&paged.prev), next: to(&paged.next) }
}

/// A CSV file that spreadsheets open in the right encoding and never execute.
#[derive(Debug, Clone)]
pub struct Csv {
    text: String,
    rows: usize,
}

/// Most lines of a saved list; a file that reaches it says so in its last line.
pub const EXPORT_ROWS: usize = 100_000;

/// Spreadsheets run texts that begin with these; a number with a sign is still a number.
fn is_formula(cell: &str) -> bool {
    let number = || {
        let digits = cell.trim_start_matches(['-', '+']);
        !digits.is_empty() && cell.len() - digits.len() <= 1 && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number()
}

impl Csv {
    /// A file with its head line.
    pub fn new<S: AsRef<str>>(head: impl IntoIterator<Item = S>) -> Csv {
        let mut csv = Csv { text: String::from('\u{feff}'), rows: 0 };
        csv.row(head);
        csv.rows = 0;
        csv
    }

    /// Adds a line.
    pub fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        for (i, cell) in cells.into_iter().enumerate() {
            if i > 0 {
                self.text.push(',');
            }
            self.cell(cell.as_ref());
        }
        self.text.push_str("\r\n");
        self.rows += 1;
    }

    fn cell(&mut self, cell: &str) {
        let guard = if is_formula(cell) { "'" } else { "" };
        if guard.is_empty() && !cell.contains([',', '"', '\n', '\r']) {
            self.text.push_str(cell);
            return;
        }
        self.text.push('"');
        self.text.push_str(guard);
        self.text.push_str(&cell.replace('"', "\"\""));
        self.text.push('"');
    }

    /// The text of the file.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Lines after the head.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The answer that saves it as `name` (ASCII).
    pub fn into_response(self, name: &str) -> Response {
        let safe: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
        let disposition = format!("attachment; filename=\"{safe}\"");
        let disposition = HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment"));
        let kind = HeaderValue::from_static("text/csv; charset=utf-8");
        let caching = HeaderValue::from_static("no-store");
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, disposition),
            (header::CACHE_CONTROL, caching),
        ];
        (headers, self.text).into_response()
    }
}

impl Page {
    /// Saves a list as a file: recorded in the log, and with a last line where it was cut.
    pub async fn save_export(&self, mut csv: Csv, name: &str) -> PageResult {
        let rows = csv.rows();
        if rows >= EXPORT_ROWS {
            let count = i64::try_from(rows).unwrap_or(i64::MAX);
            csv.row([self.tx("export-cut", &[("count", count.into())])]);
        }
        self.app().record_export(self.actor(), name, rows).await?;
        Ok(csv.into_response(name))
    }
}
