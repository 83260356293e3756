//! Examples made from schemas, so that every body and answer of the document has one.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayItems, Object, Schema, SchemaType, Type};

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// Deepest nesting of an example.
const DEEPEST: usize = 20;

/// Values of fields that mean the same everywhere.
const KNOWN: &[(&str, &str)] = &[
    ("order_id", "ord_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("parent_order_id", "ord_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("product_id", "prd_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("specification_id", "spc_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("application_id", "app_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("open_application_id", "app_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("service_id", "ins_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("seller_id", "org_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("buyer_id", "org_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("organisation_id", "org_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("user_id", "usr_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("payment_id", "pay_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("email", "lin.wei@example.com"),
    ("recipient", "lin.wei@example.com"),
    ("service_email", "service@example.com"),
    ("password", "a long enough pass phrase 1"),
    ("zh", "云端进销存"),
    ("en", "Cloud inventory"),
    ("amount", "199.00"),
    ("currency", "CNY"),
    ("logo", "fil_01JABCDEFGHJKMNPQRSTVWXYZ0"),
    ("website", "https://example.com"),
    ("language", "zh"),
    ("token", "yf_kJ3…"),
    ("production_address", "https://saas.example.com/market"),
    ("front_end_url", "https://saas.example.com/login"),
    ("version", "V1.0"),
    ("zone", "GMT+08:00"),
    ("hotline", "+864000000000"),
    ("type", "SAAS"),
];

/// An example of `schema`.
pub(crate) fn of(schema: &RefOr<Schema>, schemas: &Schemas) -> Value {
    make("", schema, schemas, 0)
}

fn make(name: &str, schema: &RefOr<Schema>, schemas: &Schemas, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    match schema {
        RefOr::Ref(reference) => {
            let target = reference.ref_location.rsplit('/').next().unwrap_or_default();
            schemas.get(target).map_or(Value::Null, |found| make(name, found, schemas, depth + 1))
        }
        RefOr::T(Schema::Object(object)) => of_object(name, object, schemas, depth),
        RefOr::T(Schema::Array(array)) => match &array.items {
            ArrayItems::RefOrSchema(items) => json!([make(name, items, schemas, depth + 1)]),
            ArrayItems::False => json!([]),
        },
        RefOr::T(Schema::OneOf(one)) => {
            let some = one.items.iter().map(|s| make(name, s, schemas, depth + 1));
            some.into_iter().find(|v| !v.is_null()).unwrap_or(Value::Null)
        }
        RefOr::T(Schema::AllOf(all)) => {
            let mut merged = serde_json::Map::new();
            for part in &all.items {
                if let Value::Object(fields) = make(name, part, schemas, depth + 1) {
                    merged.extend(fields);
                }
            }
            Value::Object(merged)
        }
        RefOr::T(_) => Value::Null,
    }
}

fn of_object(name: &str, object: &Object, schemas: &Schemas, depth: usize) -> Value {
    if let Some(example) = object.example.clone().or_else(|| object.examples.first().cloned()) {
        return example;
    }
    if let Some(first) = object.enum_values.as_ref().and_then(|values| values.first()) {
        return first.clone();
    }
    if !object.properties.is_empty() {
        let fields = object.properties.iter();
        return fields.map(|(n, s)| (n.clone(), make(n, s, schemas, depth + 1))).collect();
    }
    let kind = match &object.schema_type {
        SchemaType::Type(kind) => Some(kind),
        SchemaType::Array(kinds) => kinds.first(),
        SchemaType::AnyValue => None,
    };
    match kind {
        Some(Type::String) => text(name),
        Some(Type::Integer) => json!(1),
        Some(Type::Number) => json!(4.5),
        Some(Type::Boolean) => json!(true),
        Some(Type::Null) => Value::Null,
        _ => json!({}),
    }
}

fn text(name: &str) -> Value {
    let known = KNOWN.iter().find(|(n, _)| *n == name);
    json!(known.map_or("…", |(_, value)| value))
}
