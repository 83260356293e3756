//! The one text form of a JSON body that is sent and signed (D-06, D-07).

use serde_json::Value;

/// Compact JSON with the members of every object in ascending byte order of their names.
///
/// Arrays keep their order, characters outside ASCII stay literal UTF-8, `/` is not escaped and
/// only the escapes that JSON requires are used. Sign exactly the bytes of this text.
pub fn to_canonical(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value);
    text
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            // Sorted here and not left to the map type, whose order is a build option.
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
            out.push('{');
            for (index, (name, member)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(out, name);
                out.push(':');
                write_value(out, member);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(out, item);
            }
            out.push(']');
        }
        Value::String(text) => write_string(out, text),
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
    }
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn assert_sorted(value: &Value, text: &str) {
        if let Value::Object(members) = value {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            let mut rest = text;
            for name in names {
                let mut quoted = String::new();
                write_string(&mut quoted, name);
                quoted.push(':');
                let at = rest.find(&quoted).expect("each name follows the one before");
                rest = &rest[at + quoted.len()..];
            }
        }
    }

    #[test]
    fn sorts_nested_members_and_keeps_array_order() {
        let value = json!({"b": {"z": "1", "a": ["2", "1"]}, "a": "x", "B": "y"});
        assert_eq!(to_canonical(&value), r#"{"B":"y","a":"x","b":{"a":["2","1"],"z":"1"}}"#);
    }

    #[test]
    fn escapes_only_what_json_requires() {
        let value = json!({"a": "云/坊\u{7f}\u{1}\"\\\n\t\u{1f600}"});
        assert_eq!(to_canonical(&value), "{\"a\":\"云/坊\u{7f}\\u0001\\\"\\\\\\n\\t\u{1f600}\"}");
    }

    proptest! {
        #[test]
        fn reads_back_to_the_same_value_and_is_stable(value in any_json()) {
            let text = to_canonical(&value);
            let back: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&back, &value);
            prop_assert_eq!(to_canonical(&back), text);
        }

        #[test]
        fn members_ascend(names in prop::collection::vec("[a-zA-Z0-9云坊]{1,8}", 0..8)) {
            let value = Value::Object(names.into_iter().map(|n| (n, Value::Null)).collect());
            assert_sorted(&value, &to_canonical(&value));
        }
    }
}
