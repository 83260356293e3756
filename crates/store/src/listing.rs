//! Keyset pages: every list is read by (time, id), never by counting rows.

use crate::db::{Row, StoreError, Tx, Value};

/// Largest page.
pub const MAX_LIMIT: i64 = 200;

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// Opaque position from an earlier page.
    pub cursor: Option<String>,
    /// Rows wanted; 0 means the default of 20.
    pub limit: i64,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Paged<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Position of the page after this one.
    pub next: Option<String>,
    /// Position of the page before this one.
    pub prev: Option<String>,
}

impl<T> Paged<T> {
    /// The same page of something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Paged<U> {
        Paged { items: self.items.into_iter().map(f).collect(), next: self.next, prev: self.prev }
    }
}

/// Conditions of a list, joined by `and`.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    clauses: Vec<String>,
    values: Vec<Value>,
}

impl Filter {
    /// No condition.
    pub fn new() -> Filter {
        Filter::default()
    }

    /// A condition with one parameter, written as `?`.
    #[must_use]
    pub fn and(mut self, clause: &str, value: impl Into<Value>) -> Filter {
        self.values.push(value.into());
        self.clauses.push(clause.replace('?', &format!("${}", self.values.len())));
        self
    }

    /// A condition without a parameter.
    #[must_use]
    pub fn and_fixed(mut self, clause: &str) -> Filter {
        self.clauses.push(clause.to_owned());
        self
    }

    /// A condition that applies only when there is a value.
    #[must_use]
    pub fn and_if<V: Into<Value>>(self, clause: &str, value: Option<V>) -> Filter {
        match value {
            Some(value) => self.and(clause, value),
            None => self,
        }
    }

    /// A condition that a column is one of `values`; none when there are no values.
    #[must_use]
    pub fn and_in(mut self, column: &str, values: &[String]) -> Filter {
        if values.is_empty() {
            return self;
        }
        let first = self.values.len() + 1;
        self.values.extend(values.iter().map(Value::from));
        let marks: Vec<String> = (first..=self.values.len()).map(|n| format!("${n}")).collect();
        self.clauses.push(format!("{column} in ({})", marks.join(", ")));
        self
    }

    /// `where …`, or nothing.
    pub fn sql(&self) -> String {
        if self.clauses.is_empty() { String::new() } else { format!(" where {}", self.clauses.join(" and ")) }
    }

    /// The parameters.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

struct Cursor {
    backwards: bool,
    at: i64,
    id: String,
}

fn read_cursor(text: &str) -> Option<Cursor> {
    let (head, id) = text.split_once('~')?;
    let backwards = match head.get(..1)? {
        "n" => false,
        "p" => true,
        _ => return None,
    };
    Some(Cursor { backwards, at: head.get(1..)?.parse().ok()?, id: id.to_owned() })
}

/// Whether a text is a position of a list.
pub fn is_cursor(text: &str) -> bool {
    read_cursor(text).is_some()
}

fn write_cursor(backwards: bool, key: &(i64, String)) -> String {
    format!("{}{}~{}", if backwards { 'p' } else { 'n' }, key.0, key.1)
}

/// Reads a page of `select`, a query without conditions and order. `key` names the two columns by
/// which the list is ordered; `key_of` gives their values of a row.
pub fn page<T>(
    tx: &mut Tx,
    select: &str,
    filter: Filter,
    key: (&str, &str),
    request: &PageRequest,
    read: impl FnMut(&mut Row<'_>) -> Result<T, StoreError>,
    key_of: impl Fn(&T) -> (i64, String),
) -> Result<Paged<T>, StoreError> {
    let limit = if request.limit <= 0 { 20 } else { request.limit.min(MAX_LIMIT) };
    // A position that cannot be read is the first page: links grow old, people do not mind.
    let cursor = request.cursor.as_deref().and_then(read_cursor);
    let backwards = cursor.as_ref().is_some_and(|c| c.backwards);
    let ascending = request.oldest_first != backwards;
    let (at, id) = key;
    let mut filter = filter;
    if let Some(cursor) = &cursor {
        let n = filter.values.len();
        let sign = if ascending { '>' } else { '<' };
        filter.clauses.push(format!("({at}, {id}) {sign} (${}, ${})", n + 1, n + 2));
        filter.values.push(Value::Int(cursor.at));
        filter.values.push(Value::Text(cursor.id.clone()));
    }
    let order = if ascending { "asc" } else { "desc" };
    let sql = format!("{select}{} order by {at} {order}, {id} {order} limit {}", filter.sql(), limit + 1);
    let mut items = tx.all(&sql, &filter.values, read)?;
    let more = items.len() as i64 > limit;
    items.truncate(limit as usize);
    if backwards {
        items.reverse();
    }
    let edge = |item: Option<&T>, backwards| item.map(|i| write_cursor(backwards, &key_of(i)));
    let (has_next, has_prev) = if backwards { (true, more) } else { (more, cursor.is_some()) };
    let next = if has_next { edge(items.last(), false) } else { None };
    let prev = if has_prev { edge(items.first(), true) } else { None };
    Ok(Paged { items, next, prev })
}

/// Text of a `like` pattern that finds `needle` anywhere, with its special characters escaped by `!`.
pub fn contains(needle: &str) -> String {
    let escaped = needle.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}
