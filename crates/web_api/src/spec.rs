//! Routes and their description, written together: what is not described cannot be reached, and
//! what is described is served.

use crate::dto::common::{Problem, all_codes};
use crate::sample;
use axum::Router;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, delete, get, post, put};
use std::collections::BTreeMap;
use utoipa::openapi::content::Content;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required};
use utoipa::{IntoParams, ToSchema};
use web_kit::prelude::Web;

/// Where the API lives.
pub(crate) const BASE: &str = "/api/v1";

/// Groups of endpoints: name and what they are for.
pub(crate) const GROUPS: [(&str, &str); 6] = [
    ("access", "Tokens, and who the caller is"),
    ("catalogue", "The storefront: categories, products, shops"),
    ("buying", "Orders, purchased services, balance, test clock"),
    ("selling", "Products, applications, calls, keys, income"),
    ("account", "Organisation, members, tokens, messages, audit log"),
    ("operation", "What operators of the market do"),
];

type Named = (String, RefOr<Schema>);

/// Description of one endpoint.
pub(crate) struct Doc {
    operation: OperationBuilder,
    schemas: Vec<Named>,
    open: bool,
}

fn reference(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

fn nullable_text(description: &str) -> Schema {
    let kinds = utoipa::openapi::schema::SchemaType::Array(vec![Type::String, Type::Null]);
    ObjectBuilder::new().schema_type(kinds).description(Some(description)).into()
}

impl Doc {
    /// An endpoint of `group`; `id` is the operation id, `summary` one sentence.
    pub fn new(group: &str, id: &str, summary: &str) -> Doc {
        let operation = OperationBuilder::new().operation_id(Some(id)).tag(group).summary(Some(summary));
        Doc { operation, schemas: Vec::new(), open: false }
    }

    /// More words.
    pub fn note(mut self, text: &str) -> Doc {
        self.operation = self.operation.description(Some(text));
        self
    }

    /// Needs no token.
    pub fn open(mut self) -> Doc {
        self.open = true;
        self
    }

    /// A part of the path.
    pub fn at(mut self, name: &str, description: &str) -> Doc {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(description))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
        self.operation = self.operation.parameter(parameter);
        self
    }

    /// Query parameters.
    pub fn query<Q: IntoParams>(mut self) -> Doc {
        for parameter in Q::into_params(|| Some(ParameterIn::Query)) {
            self.operation = self.operation.parameter(parameter);
        }
        self
    }

    fn knows<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let name = T::name().into_owned();
        T::schemas(&mut self.schemas);
        self.schemas.push((name.clone(), T::schema()));
        reference(&name)
    }

    /// A JSON body.
    pub fn body<B: ToSchema>(mut self) -> Doc {
        let schema = self.knows::<B>();
        let body = RequestBodyBuilder::new()
            .content("application/json", Content::new(Some(schema)))
            .required(Some(Required::True));
        self.operation = self.operation.request_body(Some(body.build()));
        self
    }

    /// A body that is a picture.
    pub fn picture_body(mut self) -> Doc {
        let mut body = RequestBodyBuilder::new().required(Some(Required::True));
        for kind in ["image/png", "image/jpeg", "image/gif", "image/webp"] {
            let bytes: Schema = ObjectBuilder::new().schema_type(Type::String).content_media_type(kind).into();
            body = body.content(kind, Content::new(Some(bytes)));
        }
        self.operation = self.operation.request_body(Some(body.build()));
        self
    }

    fn answer(mut self, status: StatusCode, schema: Option<RefOr<Schema>>, words: &str) -> Doc {
        let mut response = ResponseBuilder::new().description(words);
        if let Some(schema) = schema {
            response = response.content("application/json", Content::new(Some(schema)));
        }
        self.operation = self.operation.response(status.as_str(), response.build());
        self
    }

    /// Answers 200 with a document.
    pub fn answers<T: ToSchema>(mut self) -> Doc {
        let schema = self.knows::<T>();
        self.answer(StatusCode::OK, Some(schema), "The document")
    }

    /// Answers 200 with a page of a list.
    pub fn lists<T: ToSchema>(mut self) -> Doc {
        let item = self.knows::<T>();
        let name = format!("{}List", T::name());
        let list = ObjectBuilder::new()
            .property("items", ArrayBuilder::new().items(item))
            .required("items")
            .property("next_cursor", nullable_text("Position of the next page; null on the last"))
            .required("next_cursor")
            .property("prev_cursor", nullable_text("Position of the page before; null on the first"))
            .required("prev_cursor");
        self.schemas.push((name.clone(), RefOr::T(list.into())));
        self.answer(StatusCode::OK, Some(reference(&name)), "A page of the list")
    }

    /// Answers 204.
    pub fn done(self) -> Doc {
        self.keyed().answer(StatusCode::NO_CONTENT, None, "Done")
    }

    /// Answers 201 with a document; honours `Idempotency-Key`.
    pub fn creates<T: ToSchema>(mut self) -> Doc {
        let schema = self.knows::<T>();
        self.keyed().answer(StatusCode::CREATED, Some(schema), "What was created")
    }

    /// Answers 200 with a document; honours `Idempotency-Key`.
    pub fn changes<T: ToSchema>(mut self) -> Doc {
        let schema = self.knows::<T>();
        self.keyed().answer(StatusCode::OK, Some(schema), "What came of it")
    }

    fn keyed(mut self) -> Doc {
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .description(Some("1–128 visible ASCII characters; the same key and request act once"))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(128))));
        self.operation = self.operation.parameter(parameter);
        self
    }
}

/// The routes with their document.
pub(crate) struct Api {
    router: Router<Web>,
    paths: Vec<(String, HttpMethod, OperationBuilder)>,
    schemas: BTreeMap<String, RefOr<Schema>>,
}

impl Api {
    /// No routes.
    pub fn new() -> Api {
        let mut schemas = Vec::new();
        all_codes(&mut schemas);
        Problem::schemas(&mut schemas);
        schemas.push(("Problem".to_owned(), <Problem as utoipa::PartialSchema>::schema()));
        Api { router: Router::new(), paths: Vec::new(), schemas: schemas.into_iter().collect() }
    }

    fn add(mut self, method: HttpMethod, path: &str, to: MethodRouter<Web>, doc: Doc) -> Api {
        let full = format!("{BASE}{path}");
        let problem = Content::new(Some(reference("Problem")));
        let refusal =
            ResponseBuilder::new().description("A problem document").content("application/problem+json", problem);
        let mut operation = doc.operation.response("default", refusal.build());
        if doc.open {
            // An empty requirement: the call works without a token.
            operation = operation.securities(Some([SecurityRequirement::default()]));
        }
        self.router = self.router.route(&full, to);
        self.paths.push((full, method, operation));
        self.schemas.extend(doc.schemas);
        self
    }

    /// GET.
    pub fn get<H: Handler<T, Web>, T: 'static>(self, path: &str, handler: H, doc: Doc) -> Api {
        self.add(HttpMethod::Get, path, get(handler), doc)
    }

    /// POST.
    pub fn post<H: Handler<T, Web>, T: 'static>(self, path: &str, handler: H, doc: Doc) -> Api {
        self.add(HttpMethod::Post, path, post(handler), doc)
    }

    /// PUT.
    pub fn put<H: Handler<T, Web>, T: 'static>(self, path: &str, handler: H, doc: Doc) -> Api {
        self.add(HttpMethod::Put, path, put(handler), doc)
    }

    /// DELETE.
    pub fn delete<H: Handler<T, Web>, T: 'static>(self, path: &str, handler: H, doc: Doc) -> Api {
        self.add(HttpMethod::Delete, path, delete(handler), doc)
    }

    /// The router and the document.
    pub fn finish(self) -> (Router<Web>, OpenApi) {
        let mut paths = PathsBuilder::new();
        for (path, method, operation) in self.paths {
            paths = paths.path(path, PathItem::new(method, operation));
        }
        let mut components = ComponentsBuilder::new().security_scheme(
            "token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("`Authorization: Bearer yf_…`, made by POST /api/v1/auth/token"))
                    .build(),
            ),
        );
        for (name, schema) in &self.schemas {
            components = components.schema(name.clone(), schema.clone());
        }
        let tags = GROUPS.map(|(name, words)| TagBuilder::new().name(name).description(Some(words)).build());
        let mut document = OpenApiBuilder::new()
            .info(
                InfoBuilder::new()
                    .title("Yunfang API")
                    .version("1")
                    .description(Some(
                        "Everything that the pages of the market do. Shapes, errors, paging and \
                         repetition are explained in docs/api.md.",
                    ))
                    .license(Some(LicenseBuilder::new().name("Apache-2.0").build())),
            )
            .paths(paths.build())
            .components(Some(components.build()))
            .security(Some([SecurityRequirement::new("token", Vec::<String>::new())]))
            .tags(Some(tags))
            .build();
        add_samples(&mut document, &self.schemas);
        (self.router, document)
    }
}

/// Every operation of a path with its method.
pub(crate) fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &utoipa::openapi::path::Operation)> {
    [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("DELETE", &item.delete)]
        .into_iter()
        .filter_map(|(method, operation)| operation.as_ref().map(|o| (method, o)))
}

fn add_samples(document: &mut OpenApi, schemas: &BTreeMap<String, RefOr<Schema>>) {
    let fill = |content: &mut Content| {
        if let Some(schema) = &content.schema {
            content.example = Some(sample::of(schema, schemas));
        }
    };
    for item in document.paths.paths.values_mut() {
        let all = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
        for operation in all.into_iter().flatten() {
            if let Some(RefOr::T(body)) = operation.request_body.as_mut() {
                for content in body.content.values_mut() {
                    if let RefOr::T(content) = content {
                        fill(content);
                    }
                }
            }
            for response in operation.responses.responses.values_mut() {
                let RefOr::T(response) = response else { continue };
                for content in response.content.values_mut() {
                    if let RefOr::T(content) = content {
                        fill(content);
                    }
                }
            }
        }
    }
}
