//! Statements about many rows at once. They come in few sizes, however large the batches happen to
//! be, so that few different texts are prepared.

use crate::db::{Row, StoreError, Tx, Value};
use std::fmt::Write;

/// Most rows of one statement.
const MOST: usize = 64;

/// The size of a statement that may repeat rows: the next power of four.
pub(crate) fn roomy(count: usize) -> usize {
    let size = count.next_power_of_two();
    if size.ilog2().is_multiple_of(2) { size } else { 2 * size }
}

/// Type of a column in a list of values; a server cannot guess it from parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// `text`.
    Text(&'static str),
    /// `bigint`.
    Int(&'static str),
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Column::Text(name) | Column::Int(name) => name,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Column::Text(_) => "text",
            Column::Int(_) => "bigint",
        }
    }
}

/// Pieces of `rows` whose lengths are powers of two, the largest first.
fn pieces<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let size = 1 << rest.len().min(MOST).ilog2();
        let (piece, others) = rest.split_at(size);
        rest = others;
        Some(piece)
    })
}

/// `($1,$2),($3,$4)` for `count` rows; the first row says the types where `columns` are given.
fn values(sql: &mut String, count: usize, width: usize, columns: Option<&[Column]>) {
    for row in 0..count {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for at in 0..width {
            let comma = if at == 0 { "" } else { "," };
            let number = row * width + at + 1;
            // Writing to a string cannot fail.
            let _ = match columns {
                Some(columns) if row == 0 => write!(sql, "{comma}cast(${number} as {})", columns[at].kind()),
                _ => write!(sql, "{comma}${number}"),
            };
        }
        sql.push(')');
    }
}

impl Tx<'_> {
    /// Inserts rows. `head` is `insert into t (a, b)`. A failure comes out at the latest of the commit.
    pub fn insert_rows(&mut self, head: &str, rows: &[Vec<Value>]) -> Result<(), StoreError> {
        for piece in pieces(rows) {
            let mut sql = String::with_capacity(head.len() + piece.len() * piece[0].len() * 6);
            sql.push_str(head);
            sql.push_str(" values ");
            values(&mut sql, piece.len(), piece[0].len(), None);
            self.send(&sql, &piece.concat())?;
        }
        Ok(())
    }

    /// Changes rows, each by its own values: `update` is `update t set a = v.a from v where t.id = v.id`
    /// and `columns` are those of `v` in the order of each row. Fails with [`StoreError::Stale`], at
    /// the latest of the commit, unless every row was there.
    pub fn update_rows(&mut self, update: &str, columns: &[Column], rows: &[Vec<Value>]) -> Result<(), StoreError> {
        let names: Vec<&str> = columns.iter().map(|c| c.name()).collect();
        for piece in rows.chunks(MOST) {
            let size = roomy(piece.len());
            let mut sql = format!("with v ({}) as (values ", names.join(", "));
            values(&mut sql, size, columns.len(), Some(columns));
            sql.push_str(") ");
            sql.push_str(update);
            if size == 1 {
                self.send_one(&sql, &piece[0], StoreError::Stale)?;
                continue;
            }
            // The last row stands in for those that are missing: a row is changed once.
            let mut given = piece.concat();
            for _ in piece.len()..size {
                given.extend_from_slice(&piece[piece.len() - 1]);
            }
            if self.execute(&sql, &given)? != piece.len() as u64 {
                return Err(StoreError::Stale);
            }
        }
        Ok(())
    }

    /// Runs a statement for many keys: `{keys}` in `sql` becomes their list, behind the parameters
    /// `first`. Returns the number of rows that it changed.
    pub fn execute_for(&mut self, sql: &str, first: &[Value], keys: &[String]) -> Result<u64, StoreError> {
        let mut changed = 0;
        for piece in keys.chunks(MOST) {
            let (sql, values) = with_keys(sql, first, piece);
            changed += self.execute(&sql, &values)?;
        }
        Ok(changed)
    }

    /// The rows of a query for many keys: `{keys}` in `sql` becomes their list, behind the
    /// parameters `first`.
    pub fn all_of<T>(
        &mut self,
        sql: &str,
        first: &[Value],
        keys: &[String],
        mut read: impl FnMut(&mut Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for piece in keys.chunks(MOST) {
            let (sql, values) = with_keys(sql, first, piece);
            found.extend(self.all(&sql, &values, &mut read)?);
        }
        Ok(found)
    }
}

/// The statement and its parameters; the last key stands in for those that are missing.
fn with_keys(sql: &str, first: &[Value], keys: &[String]) -> (String, Vec<Value>) {
    let count = roomy(keys.len());
    let mut list = String::with_capacity(count * 5);
    for n in 0..count {
        let _ = write!(list, "{}${}", if n == 0 { "" } else { "," }, first.len() + n + 1);
    }
    let mut values = first.to_vec();
    values.extend(keys.iter().map(Value::from));
    if let Some(last) = keys.last() {
        values.extend((keys.len()..count).map(|_| Value::from(last)));
    }
    (sql.replace("{keys}", &list), values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_powers_of_two_and_leave_nothing_out() {
        for count in [0usize, 1, 2, 3, 7, 64, 100, 128, 129, 300] {
            let rows: Vec<usize> = (0..count).collect();
            let found: Vec<&[usize]> = pieces(&rows).collect();
            assert!(found.iter().all(|p| p.len().is_power_of_two() && p.len() <= MOST));
            assert_eq!(found.concat(), rows);
        }
    }

    #[test]
    fn lists_of_keys_have_few_lengths() {
        let keys: Vec<String> = (0..5).map(|n| format!("k{n}")).collect();
        let (sql, values) = with_keys("select 1 from t where a = $1 and id in ({keys})", &[7.into()], &keys);
        assert!(sql.starts_with("select 1 from t where a = $1 and id in ($2,$3,$4,") && sql.ends_with(",$16,$17)"));
        assert_eq!((values.len(), &values[5], &values[16]), (17, &Value::from("k4"), &Value::from("k4")));
        assert_eq!([1, 2, 4, 5, 16, 17, 64].map(roomy), [1, 4, 4, 16, 16, 64, 64]);
    }
}
