//! The OpenAPI document, laid out for pages: one view per endpoint and per schema.

use crate::sample;
use crate::spec::operations;
use serde::Serialize;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{ArrayItems, Object, Schema, SchemaType, Type};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Required};

/// Everything that the pages show.
pub(crate) struct Model {
    /// Endpoints in the order of the document.
    pub endpoints: Vec<Endpoint>,
    /// Schemas by name.
    pub schemas: Vec<SchemaView>,
    /// An example of a problem.
    pub problem: String,
}

/// An endpoint.
#[derive(Debug, Serialize)]
pub(crate) struct Endpoint {
    pub id: String,
    pub group: String,
    pub method: &'static str,
    pub tone: &'static str,
    pub path: String,
    pub note: String,
    pub open: bool,
    pub parameters: Vec<FieldView>,
    pub body: Option<BodyView>,
    pub answers: Vec<AnswerView>,
}

/// A parameter or property.
#[derive(Debug, Serialize)]
pub(crate) struct FieldView {
    pub name: String,
    /// `path`, `query`, `header`; empty for properties.
    pub place: &'static str,
    pub kind: String,
    /// Address of the schema; empty when it has no name.
    pub href: String,
    pub required: bool,
    pub text: String,
    /// Allowed codes.
    pub codes: Vec<String>,
}

/// A body.
#[derive(Debug, Serialize)]
pub(crate) struct BodyView {
    pub media: Vec<String>,
    pub kind: String,
    pub href: String,
    pub example: String,
}

/// An answer.
#[derive(Debug, Serialize)]
pub(crate) struct AnswerView {
    pub status: String,
    pub kind: String,
    pub href: String,
    pub example: String,
}

/// A named schema.
#[derive(Debug, Serialize)]
pub(crate) struct SchemaView {
    pub name: String,
    pub text: String,
    pub fields: Vec<FieldView>,
    pub codes: Vec<String>,
    pub example: String,
}

fn name_of(reference: &Ref) -> &str {
    reference.ref_location.rsplit('/').next().unwrap_or_default()
}

/// The kind in a few characters and the name of the schema that it leads to.
fn kind_of(schema: &RefOr<Schema>) -> (String, String) {
    match schema {
        RefOr::Ref(reference) => (name_of(reference).to_owned(), name_of(reference).to_owned()),
        RefOr::T(Schema::Array(array)) => match &array.items {
            ArrayItems::RefOrSchema(items) => {
                let (kind, name) = kind_of(items);
                (format!("{kind}[]"), name)
            }
            ArrayItems::False => ("array".to_owned(), String::new()),
        },
        RefOr::T(Schema::OneOf(one)) => {
            let kinds: Vec<(String, String)> = one.items.iter().map(kind_of).collect();
            let name = kinds.iter().find(|(_, name)| !name.is_empty()).map(|(_, name)| name.clone());
            // What it is stands before what it may also be.
            let (null, some): (Vec<_>, Vec<_>) = kinds.into_iter().map(|(kind, _)| kind).partition(|k| k == "null");
            let all: Vec<String> = some.into_iter().chain(null).collect();
            (all.join(" | "), name.unwrap_or_default())
        }
        RefOr::T(Schema::Object(object)) => (primitive(object), String::new()),
        RefOr::T(_) => ("any".to_owned(), String::new()),
    }
}

fn type_name(kind: &Type) -> &'static str {
    match kind {
        Type::Object => "object",
        Type::String => "string",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::Boolean => "boolean",
        Type::Array => "array",
        Type::Null => "null",
    }
}

fn primitive(object: &Object) -> String {
    match &object.schema_type {
        SchemaType::Type(kind) => type_name(kind).to_owned(),
        SchemaType::Array(kinds) => kinds.iter().map(type_name).collect::<Vec<_>>().join(" | "),
        SchemaType::AnyValue => "any".to_owned(),
    }
}

fn href(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("/docs/schemas#{name}") }
}

fn codes_of(object: &Object) -> Vec<String> {
    let values = object.enum_values.iter().flatten();
    values.filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

fn parameter(p: &Parameter) -> FieldView {
    let (kind, name) = p.schema.as_ref().map(kind_of).unwrap_or_default();
    let codes = match &p.schema {
        Some(RefOr::T(Schema::Object(object))) => codes_of(object),
        _ => Vec::new(),
    };
    let place = match p.parameter_in {
        ParameterIn::Path => "path",
        ParameterIn::Header => "header",
        _ => "query",
    };
    FieldView {
        name: p.name.clone(),
        place,
        kind,
        href: href(&name),
        required: matches!(p.required, Required::True),
        text: p.description.clone().unwrap_or_default(),
        codes,
    }
}

fn pretty(value: Option<&serde_json::Value>) -> String {
    value.and_then(|v| serde_json::to_string_pretty(v).ok()).unwrap_or_default()
}

fn content_view(content: &RefOr<Content>) -> (String, String, String) {
    let RefOr::T(content) = content else { return Default::default() };
    let (kind, name) = content.schema.as_ref().map(kind_of).unwrap_or_default();
    (kind, href(&name), pretty(content.example.as_ref()))
}

fn body(operation: &Operation) -> Option<BodyView> {
    let RefOr::T(body) = operation.request_body.as_ref()? else { return None };
    let media: Vec<String> = body.content.keys().cloned().collect();
    let (kind, href, example) = body.content.get("application/json").map(content_view).unwrap_or_default();
    Some(BodyView { media, kind, href, example })
}

fn answers(operation: &Operation) -> Vec<AnswerView> {
    let documented = operation.responses.responses.iter().filter(|(status, _)| *status != "default");
    documented
        .filter_map(|(status, response)| {
            let RefOr::T(response) = response else { return None };
            let (kind, href, example) = response.content.values().next().map(content_view).unwrap_or_default();
            Some(AnswerView { status: status.clone(), kind, href, example })
        })
        .collect()
}

fn tone(method: &str) -> &'static str {
    match method {
        "GET" => "info",
        "POST" => "success",
        "DELETE" => "danger",
        _ => "warning",
    }
}

fn endpoint(path: &str, method: &'static str, operation: &Operation) -> Endpoint {
    let parameters = operation.parameters.iter().flatten().filter_map(|p| match p {
        RefOr::T(p) => Some(parameter(p)),
        RefOr::Ref(_) => None,
    });
    Endpoint {
        id: operation.operation_id.clone().unwrap_or_default(),
        group: operation.tags.iter().flatten().next().cloned().unwrap_or_default(),
        method,
        tone: tone(method),
        path: path.to_owned(),
        note: operation.description.clone().unwrap_or_default(),
        open: operation.security.is_some(),
        parameters: parameters.collect(),
        body: body(operation),
        answers: answers(operation),
    }
}

fn property(object: &Object, name: &str, schema: &RefOr<Schema>) -> FieldView {
    let (kind, target) = kind_of(schema);
    let (text, codes) = match schema {
        RefOr::T(Schema::Object(o)) => (o.description.clone(), codes_of(o)),
        RefOr::T(Schema::Array(a)) => (a.description.clone(), Vec::new()),
        RefOr::T(Schema::OneOf(o)) => (o.description.clone(), Vec::new()),
        RefOr::Ref(r) => (Some(r.description.clone()).filter(|t| !t.is_empty()), Vec::new()),
        RefOr::T(_) => (None, Vec::new()),
    };
    FieldView {
        name: name.to_owned(),
        place: "",
        kind,
        href: href(&target),
        required: object.required.iter().any(|r| r == name),
        text: text.unwrap_or_default(),
        codes,
    }
}

impl Model {
    /// Lays the document out.
    pub fn of(document: &OpenApi) -> Model {
        let mut endpoints = Vec::new();
        for (path, item) in &document.paths.paths {
            for (method, operation) in operations(item) {
                endpoints.push(endpoint(path, method, operation));
            }
        }
        let known = document.components.as_ref().map(|c| c.schemas.clone()).unwrap_or_default();
        let known: std::collections::BTreeMap<String, RefOr<Schema>> = known.into_iter().collect();
        let example = |schema: &RefOr<Schema>| pretty(Some(&sample::of(schema, &known)));
        let view = |(name, schema): (&String, &RefOr<Schema>)| {
            let RefOr::T(Schema::Object(object)) = schema else {
                let example = example(schema);
                return SchemaView { name: name.clone(), text: String::new(), fields: vec![], codes: vec![], example };
            };
            SchemaView {
                name: name.clone(),
                text: object.description.clone().unwrap_or_default(),
                fields: object.properties.iter().map(|(n, s)| property(object, n, s)).collect(),
                codes: codes_of(object),
                example: example(schema),
            }
        };
        let problem = known.get("Problem").map(example).unwrap_or_default();
        Model { endpoints, schemas: known.iter().map(view).collect(), problem }
    }
}
