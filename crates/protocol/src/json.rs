//! Reading a JSON object strictly: no duplicate members, nothing but an object.

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
    /// The body does not parse or repeats a member; the text names line and column.
    #[error("the body cannot be parsed: {0}")]
    Malformed(String),
    /// The body is JSON, but not an object.
    #[error("the body is not a JSON object")]
    NotAnObject,
}

/// Reads `body` as one JSON object in UTF-8, white space around it allowed.
///
/// # Errors
/// [`JsonProblem`] when the body is empty, malformed, nested deeper than 128 levels, repeats a
/// member name anywhere, or is not an object.
pub fn parse_object(body: &[u8]) -> Result<Object, JsonProblem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(JsonProblem::Empty);
    }
    let malformed = |error: serde_json::Error| JsonProblem::Malformed(error.to_string());
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = Strict.deserialize(&mut reader).map_err(malformed)?;
    reader.end().map_err(malformed)?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(JsonProblem::NotAnObject),
    }
}

/// Builds a [`Value`] and refuses repeated member names, which `Value` itself would swallow.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
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
        while let Some(item) = seq.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(de::Error::custom(format_args!("duplicate member {name:?}")));
            }
            let value = map.next_value_seed(Strict)?;
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
        let cases: [&[u8]; 7] = [
            b"{",
            b"{} {}",
            b"{\"a\":1,\"a\":1}",
            b"{\"x\":{\"a\":1,\"\\u0061\":2}}",
            b"<html>",
            b"{\"a\":\"\xff\"}",
            deep.as_bytes(),
        ];
        for case in cases {
            assert!(matches!(parse_object(case), Err(JsonProblem::Malformed(_))));
        }
    }
}
