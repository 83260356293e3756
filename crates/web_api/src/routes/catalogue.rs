//! The storefront. Search and product pages are kept as ready bytes, by the state of the index.

use super::{Answer, Id, Rows};
use crate::dto::catalogue::{
    CategoryOut, ProductOut, QuoteOut, QuoteQuery, SearchOut, SearchQuery, ShopOut, SuggestQuery, SuggestionOut,
};
use crate::dto::common::{LanguageCode, List};
use crate::spec::{Api, Doc};
use app::shelf::search_language;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::{Extension, Json};
use domain::catalogue::kinds::{AccessType, BillingMode};
use domain::money::{Currency, Money};
use domain::ordering::pricing::Choice;
use domain::text::Language;
use moka::sync::Cache;
use search::{SearchRequest, Sort};
use std::time::Duration;
use web_kit::prelude::*;
use web_kit::visit::accepted_language;

const GROUP: &str = "catalogue";
/// Bytes of ready answers kept.
const KEPT_BYTES: u64 = 32 * 1024 * 1024;
/// Seconds for which they are kept: names of sellers change without the index.
const KEPT_SECONDS: u64 = 30;
/// Longest query whose answer is kept.
const LONGEST_KEY: usize = 300;

/// Which answer: kind with language, state of the index, id or query.
type Key = (char, u64, String);

/// Ready answers of search and product pages. Bounded by bytes and time.
#[derive(Clone)]
pub(crate) struct Ready(Cache<Key, Bytes>);

impl Ready {
    /// Nothing kept yet.
    pub fn new() -> Ready {
        let weight = |key: &Key, bytes: &Bytes| u32::try_from(key.2.len() + bytes.len() + 64).unwrap_or(u32::MAX);
        let cache = Cache::builder()
            .weigher(weight)
            .max_capacity(KEPT_BYTES)
            .time_to_live(Duration::from_secs(KEPT_SECONDS))
            .build();
        Ready(cache)
    }

    fn keep<T: Serialize>(&self, key: Key, value: &T) -> ApiResult<Response> {
        let bytes = Bytes::from(serde_json::to_vec(value).map_err(AppError::from)?);
        if key.2.len() <= LONGEST_KEY {
            self.0.insert(key, bytes.clone());
        }
        Ok(ready(bytes))
    }
}

fn ready(bytes: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}

pub(crate) fn add(api: Api) -> Api {
    let doc = |id, summary| Doc::new(GROUP, id, summary).open();
    api.get(
        "/categories",
        categories,
        doc("list_categories", "Every category, parents before children").lists::<CategoryOut>(),
    )
    .get(
        "/products",
        products,
        doc("search_products", "Search products, with counts by facet").query::<SearchQuery>().answers::<SearchOut>(),
    )
    .get(
        "/products/{id}",
        product,
        doc("get_product", "A product with what can be bought").at("id", "Id of the product").answers::<ProductOut>(),
    )
    .get(
        "/products/{id}/quote",
        quote,
        doc("quote_product", "What a choice would cost")
            .at("id", "Id of the product")
            .query::<QuoteQuery>()
            .answers::<QuoteOut>(),
    )
    .get(
        "/suggestions",
        suggestions,
        doc("suggest", "Suggestions for what somebody has begun to type")
            .query::<SuggestQuery>()
            .lists::<SuggestionOut>(),
    )
    .get(
        "/shops/{id}",
        shop,
        doc("get_shop", "A seller's shop").at("id", "Id of the organisation").answers::<ShopOut>(),
    )
}

async fn categories(State(web): State<Web>) -> Rows<CategoryOut> {
    let tree = web.app.category_tree().await?;
    Ok(Json(List::whole(tree.all.clone())))
}

fn language_of(given: Option<&LanguageCode>, accepted: Language) -> Language {
    given.and_then(|l| Language::from_code(&l.0)).unwrap_or(accepted)
}

fn codes(field: &str, text: Option<String>, known: impl Fn(&str) -> bool) -> Result<Vec<String>, AppError> {
    let text = text.unwrap_or_default();
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|code| match known(code) {
            true => Ok(code.to_owned()),
            false => Err(AppError::field(field, "wrong-type")),
        })
        .collect()
}

fn price(field: &str, text: Option<&String>, currency: Currency) -> Result<Option<i64>, AppError> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
    match Money::parse(text, currency) {
        Ok(money) => Ok(Some(money.e8())),
        Err(_) => Err(AppError::field(field, "amount-form")),
    }
}

/// The search that a query asks for.
pub(crate) fn search_request(q: SearchQuery, accepted: Language) -> Result<SearchRequest, AppError> {
    let language = search_language(language_of(q.language.as_ref(), accepted));
    let limit = q.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(AppError::field("limit", "out-of-range"));
    }
    let currency = match q.currency.as_deref() {
        None | Some("") => None,
        Some(code) => Some(Currency::from_code(code).ok_or_else(|| AppError::field("currency", "wrong-type"))?),
    };
    let priced = q.price_min.is_some() || q.price_max.is_some();
    let currency = currency.or_else(|| priced.then_some(Currency::CNY));
    let unit = currency.unwrap_or(Currency::CNY);
    let some = |text: Option<String>| text.filter(|t| !t.is_empty());
    let mut request = SearchRequest::new(q.q.unwrap_or_default(), language);
    request.category = some(q.category);
    request.access_types = codes("access_type", q.access_type, |c| AccessType::from_code(c).is_some())?;
    request.billing_modes = codes("mode", q.mode, |c| BillingMode::from_code(c).is_some())?;
    request.seller_id = some(q.seller);
    request.price_min_e8 = price("price_min", q.price_min.as_ref(), unit)?;
    request.price_max_e8 = price("price_max", q.price_max.as_ref(), unit)?;
    request.currency = currency.map(|c| c.code().to_owned());
    request.has_trial = q.trial;
    request.has_free = q.free;
    request.sort = match q.sort.as_ref().map(|s| s.0.as_ref()) {
        Some("newest") => Sort::Newest,
        Some("sales") => Sort::Sales,
        Some("price_asc") => Sort::PriceAsc,
        Some("price_desc") => Sort::PriceDesc,
        Some("rating") => Sort::Rating,
        _ => Sort::Relevance,
    };
    request.limit = usize::try_from(limit).unwrap_or(20);
    request.cursor = some(q.cursor);
    Ok(request)
}

async fn products(
    State(web): State<Web>,
    Extension(kept): Extension<Ready>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    query: Result<ApiQuery<SearchQuery>, ApiError>,
) -> ApiResult<Response> {
    let accepted = accepted_language(&headers);
    let kind = if accepted == Language::En { 'e' } else { 'z' };
    let key = (kind, web.app.shelf_generation(), raw.unwrap_or_default());
    if let Some(bytes) = kept.0.get(&key) {
        return Ok(ready(bytes));
    }
    let ApiQuery(query) = query?;
    let found = web.app.search(&search_request(query, accepted)?)?;
    kept.keep((key.0, found.generation, key.2), &SearchOut::from(found.as_ref()))
}

async fn product(State(web): State<Web>, Extension(kept): Extension<Ready>, ApiPath(id): Id) -> ApiResult<Response> {
    let key = ('p', web.app.shelf_generation(), id);
    if let Some(bytes) = kept.0.get(&key) {
        return Ok(ready(bytes));
    }
    let view = web.app.product_view(&key.2).await?;
    kept.keep(key, &ProductOut::from(view.as_ref()))
}

async fn quote(State(web): State<Web>, ApiPath(id): Id, ApiQuery(q): ApiQuery<QuoteQuery>) -> Answer<QuoteOut> {
    let choice = Choice {
        mode: q.mode.0,
        period: q.period.map(|p| p.0),
        periods: q.periods.unwrap_or(1),
        quantity: q.quantity.unwrap_or(1),
        trial: q.trial.unwrap_or(false),
    };
    Ok(Json(web.app.quote(&id, &q.specification_id, choice).await?.into()))
}

async fn suggestions(
    State(web): State<Web>,
    headers: HeaderMap,
    ApiQuery(q): ApiQuery<SuggestQuery>,
) -> Rows<SuggestionOut> {
    let limit = q.limit.unwrap_or(10);
    if !(1..=20).contains(&limit) {
        return Err(ApiError::field("limit", "out-of-range"));
    }
    let language = language_of(q.language.as_ref(), accepted_language(&headers));
    let found = web.app.suggest(&q.q, language, usize::try_from(limit).unwrap_or(10));
    Ok(Json(List::whole(found)))
}

async fn shop(State(web): State<Web>, ApiPath(id): Id) -> Answer<ShopOut> {
    Ok(Json(web.app.shop(&id).await?.into()))
}
