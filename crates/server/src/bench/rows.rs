//! Copies of the rows that one order wrote: the same tables, columns and indexes, without the rules.

use store::{Db, DbKind, StoreError, Tx, Value};

/// Table and condition that finds an order's rows; the step (order, payment) that writes them.
const TABLES: &[(&str, &str, usize)] = &[
    ("purchase_order", "id = $1", 0),
    ("order_line", "order_id = $1", 0),
    ("agreement_signature", "order_id = $1", 0),
    ("idempotency", "response like '%' || $1 || '%' and response not like '%payment%'", 0),
    ("payment", "order_id = $1", 1),
    ("instance", "order_id = $1", 1),
    ("seller_call", "order_id = $1", 1),
    ("journal_entry", "order_id = $1", 1),
    ("posting", "entry_id in (select id from journal_entry where order_id = $1)", 1),
    ("job", "subject_id = $1 or subject_id in (select id from seller_call where order_id = $1)", 1),
    ("message", "href like '%' || $1 || '%'", 1),
    ("audit_entry", "subject_id = $1", 1),
    ("idempotency", "response like '%' || $1 || '%' and response like '%payment%'", 1),
];
/// Letters of the ids at their end.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct Table {
    insert: String,
    columns: Vec<(String, Kind)>,
    rows: Vec<Vec<Value>>,
    step: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Int,
    Text,
}

/// The rows of one order.
pub(super) struct Rows {
    tables: Vec<Table>,
    /// Ids made for this order; each copy gets others.
    ids: Vec<String>,
}

fn columns(tx: &mut Tx<'_>, table: &str) -> Result<Vec<(String, Kind)>, StoreError> {
    let sql = match tx.kind() {
        DbKind::Sqlite => "select name, type from pragma_table_info($1) order by cid",
        DbKind::Postgres => {
            "select cast(column_name as text), cast(data_type as text) from information_schema.columns where table_name = $1 order by ordinal_position"
        }
    };
    tx.all(sql, store::params![table], |row| {
        let (name, kind) = (row.text()?, row.text()?);
        Ok((name, if kind == "bigint" { Kind::Int } else { Kind::Text }))
    })
}

fn read(tx: &mut Tx<'_>, order_id: &str) -> Result<Rows, StoreError> {
    let mut tables = Vec::new();
    let mut ids = Vec::new();
    for (name, condition, step) in TABLES {
        let columns = columns(tx, name)?;
        let names: Vec<&str> = columns.iter().map(|c| c.0.as_str()).collect();
        let names = names.join(", ");
        let rows =
            tx.all(&format!("select {names} from {name} where {condition}"), store::params![order_id], |row| {
                columns
                    .iter()
                    .map(|(_, kind)| {
                        Ok(match kind {
                            Kind::Int => Value::from(row.optional_int()?),
                            Kind::Text => Value::from(row.optional_text()?),
                        })
                    })
                    .collect::<Result<Vec<Value>, StoreError>>()
            })?;
        for row in &rows {
            if let (Some(("id", _)), Some(Value::Text(id))) =
                (columns.first().map(|c| (c.0.as_str(), c.1)), row.first())
            {
                ids.push(id.clone());
            }
        }
        tables.push(Table { insert: format!("insert into {name} ({names})"), columns, rows, step: *step });
    }
    Ok(Rows { tables, ids })
}

/// The id of a copy: its last ten characters are the number.
fn copy_id(id: &str, number: u64) -> String {
    let mut rest = number;
    let mut tail = Vec::new();
    for _ in 0..10 {
        tail.push(DIGITS[usize::try_from(rest % 32).unwrap_or(0)]);
        rest /= 32;
    }
    tail.reverse();
    let kept = id.get(..id.len().saturating_sub(10)).unwrap_or(id);
    format!("{kept}{}", String::from_utf8_lossy(&tail))
}

impl Rows {
    /// Reads the rows that a paid order has written.
    pub(super) async fn of_order(db: &Db, order_id: &str) -> Result<Rows, String> {
        let id = order_id.to_owned();
        db.read(move |tx| read(tx, &id)).await.map_err(|e: StoreError| e.to_string())
    }

    /// Number of rows of an order.
    pub(super) fn count(&self) -> usize {
        self.tables.iter().map(|t| t.rows.len()).sum()
    }

    /// Inserts the rows of a step as those of another order.
    pub(super) fn insert_copy(&self, tx: &mut Tx<'_>, step: usize, number: u64) -> Result<(), StoreError> {
        let new: Vec<String> = self.ids.iter().map(|id| copy_id(id, number)).collect();
        for table in self.tables.iter().filter(|t| t.step == step && !t.rows.is_empty()) {
            let rows: Vec<Vec<Value>> = table
                .rows
                .iter()
                .map(|row| row.iter().zip(&table.columns).map(|(v, c)| self.replaced(v, &c.0, &new, number)).collect())
                .collect();
            tx.send_many(&table.insert, table.columns.len(), &rows)?;
        }
        Ok(())
    }

    fn replaced(&self, value: &Value, column: &str, new: &[String], number: u64) -> Value {
        match (value, column) {
            (Value::Int(n), "seq") => Value::Int(n + 1_000 + i64::try_from(number).unwrap_or(0) * 16),
            (Value::Text(text), "key") => Value::Text(format!("{text}-{number}")),
            (Value::Text(text), _) => {
                let mut text = text.clone();
                for (old, new) in self.ids.iter().zip(new) {
                    if text.contains(old.as_str()) {
                        text = text.replace(old.as_str(), new);
                    }
                }
                Value::Text(text)
            }
            _ => value.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_an_id_are_ids_and_differ() {
        let id = "ord_01J0000000000000000000000A";
        let (one, two) = (copy_id(id, 1), copy_id(id, 2));
        assert_ne!(one, two);
        assert_eq!(one.len(), id.len());
        assert!(domain::id::OrderId::parse(&one).is_some());
    }
}
