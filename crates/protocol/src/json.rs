//! Reading a JSON object strictly: no duplicate members, nothing but an object.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The members of a JSON object.
pub type Object = Map<String, Value>;

/// Why a body is not an acceptable JSON object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonProblem {
    /// The body is empty.
    #[error("the body is empty")]
    Empty,
    /// The body begins with a byte order mark, which JSON does not allow.
    #[error("the body begins with a byte order mark")]
    ByteOrderMark,
    /// The body is not UTF-8.
    #[error("the body is not UTF-8: byte {at} cannot be read")]
    NotUtf8 {
        /// Offset of the first byte that cannot be read.
        at: usize,
    },
    /// A member name occurs twice in one object.
    #[error("the body repeats the member {0:?}")]
    Repeated(String),
    /// Something follows the JSON value.
    #[error("something follows the JSON object at line {line}, column {column}")]
    Trailing {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The body does not parse; the text names line and column.
    #[error("the body cannot be parsed: {0}")]
    Malformed(String),
    /// The body is JSON, but not an object.
    #[error("the body is not a JSON object")]
    NotAnObject,
}

/// Reads `body` as one JSON object in UTF-8, white space around it allowed.
///
/// # Errors
/// [`JsonProblem`] when the body is empty, not UTF-8, malformed, nested deeper than 128 levels,
/// holds a number beyond the range of a double, repeats a member name anywhere, or is not an object.
pub fn parse_object(body: &[u8]) -> Result<Object, JsonProblem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(JsonProblem::Empty);
    }
    if body.starts_with(b"\xef\xbb\xbf") || body.starts_with(b"\xff\xfe") || body.starts_with(b"\xfe\xff") {
        return Err(JsonProblem::ByteOrderMark);
    }
    let text = std::str::from_utf8(body).map_err(|error| JsonProblem::NotUtf8 { at: error.valid_up_to() })?;
    let repeated = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { repeated: &repeated }.deserialize(&mut reader).map_err(|error| {
        let shorten = |name: String| JsonProblem::Repeated(name.chars().take(64).collect());
        repeated.take().map_or_else(|| JsonProblem::Malformed(error.to_string()), shorten)
    })?;
    reader.end().map_err(|error| JsonProblem::Trailing { line: error.line(), column: error.column() })?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(JsonProblem::NotAnObject),
    }
}

/// Builds a [`Value`] and refuses repeated member names, which `Value` itself would swallow.
#[derive(Clone, Copy)]
struct Strict<'a> {
    /// The member name that was repeated, for a message without the parser's position.
    repeated: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Value, E> {
        Number::from_f64(v).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if members.contains_key(&name) {
                self.repeated.replace(Some(name));
                return Err(de::Error::custom("duplicate member"));
            }
            let value = map.next_value_seed(self)?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_objects_with_white_space_around_them() {
        let object = parse_object(b" {\"a\": [1, -2, 1.5, true, null, {\"b\": \"c\"}]}\r\n").unwrap();
        assert_eq!(Value::Object(object), serde_json::json!({"a": [1, -2, 1.5, true, null, {"b": "c"}]}));
    }

    #[test]
    fn refuses_everything_else() {
        assert_eq!(parse_object(b" \n"), Err(JsonProblem::Empty));
        for other in ["[]", "\"x\"", "1", "null"] {
            assert_eq!(parse_object(other.as_bytes()), Err(JsonProblem::NotAnObject));
        }
        let deep = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
        for case in ["{", "<html>", "{\"a\":1e999}", "{\"a\":\"\\ud800\"}", "{'a':1}", "{\"a\":NaN}", &deep] {
            assert!(matches!(parse_object(case.as_bytes()), Err(JsonProblem::Malformed(_))), "{case:.40}");
        }
    }

    #[test]
    fn names_what_is_special() {
        let cases: [(&[u8], JsonProblem); 8] = [
            (b"\xef\xbb\xbf{}", JsonProblem::ByteOrderMark),
            (b"\xff\xfe{\0}\0", JsonProblem::ByteOrderMark),
            (b"{\"a\":\"\xff\"}", JsonProblem::NotUtf8 { at: 6 }),
            (b"{\"a\":1,\"a\":1}", JsonProblem::Repeated("a".to_owned())),
            (b"{\"x\":[{\"a\":1,\"\\u0061\":2}]}", JsonProblem::Repeated("a".to_owned())),
            (b"{} {}", JsonProblem::Trailing { line: 1, column: 4 }),
            (b"{}\n;", JsonProblem::Trailing { line: 2, column: 1 }),
            (b"{}\0", JsonProblem::Trailing { line: 1, column: 3 }),
        ];
        for (body, problem) in cases {
            assert_eq!(parse_object(body), Err(problem));
        }
    }

    #[test]
    fn numbers_that_no_double_holds_exactly_are_still_numbers() {
        let object = parse_object(b"{\"a\":123456789012345678901234567890}").unwrap();
        assert!(object["a"].is_f64());
    }
}
