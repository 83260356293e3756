//! The parameter tables of the activities as data, and the check of a request against one of them.
//!
//! The same table serves the writer of a request, the seller who reads it and the debugging page
//! that lets a seller edit it (11.1).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::json::{self, Object};
use crate::times;

/// What a parameter's text must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// UTC, 14 digits `yyyyMMddHHmmss`; 17 digits are read too (D-24).
    Expiry,
    /// UTC, 17 digits `yyyyMMddHHmmssSSS`.
    TimeStamp,
    /// UTC, `yyyy-MM-dd HH:mm:ss UTC` (6.4).
    LicenceTime,
    /// A whole number that is not negative, in decimal digits.
    Integer,
    /// A decimal number with at most three decimals, a minus sign allowed (5.1, 5.2).
    Amount,
    /// Instance IDs joined by commas, at most 100 of at most 64 characters (D-21).
    Ids,
    /// A JSON object with these members (POST families only).
    Object(&'static [Field]),
    /// A JSON number that is whole and not negative (D-27).
    JsonInteger,
}

/// One parameter of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name of the parameter or member.
    pub name: &'static str,
    /// M in the tables of the specification; O otherwise.
    pub mandatory: bool,
    /// Form of the value.
    pub kind: Kind,
    /// Most characters.
    pub limit: usize,
}

impl Field {
    /// A mandatory parameter.
    pub const fn mandatory(name: &'static str, kind: Kind, limit: usize) -> Self {
        Self { name, mandatory: true, kind, limit }
    }

    /// An optional parameter.
    pub const fn optional(name: &'static str, kind: Kind, limit: usize) -> Self {
        Self { name, mandatory: false, kind, limit }
    }
}

/// Why a request cannot be sent or acted on. A seller answers each of them with `000002`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestProblem {
    /// The body is not a JSON object.
    #[error(transparent)]
    Json(#[from] json::JsonProblem),
    /// `activity` names no call of the family.
    #[error("unknown activity {0:?}")]
    UnknownActivity(String),
    /// A mandatory parameter is absent or empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter has another type or form than documented.
    #[error("{0} is invalid")]
    Invalid(&'static str),
    /// A parameter is longer than documented.
    #[error("{field} has {length} characters, at most {limit} are allowed")]
    TooLong {
        /// Name of the parameter.
        field: &'static str,
        /// Characters found.
        length: usize,
        /// Most characters.
        limit: usize,
    },
}

/// Where parameters come from: a JSON object or a decoded query string.
pub trait Source {
    /// The value of a parameter; `None` when it is absent, `null` or the empty text.
    ///
    /// # Errors
    /// [`RequestProblem::Invalid`] when the value is not a text.
    fn text(&self, name: &'static str) -> Result<Option<&str>, RequestProblem>;

    /// The JSON value of a parameter, for the few that are not texts.
    fn json(&self, name: &str) -> Option<&Value>;
}

impl Source for Object {
    fn text(&self, name: &'static str) -> Result<Option<&str>, RequestProblem> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(RequestProblem::Invalid(name)),
        }
    }

    fn json(&self, name: &str) -> Option<&Value> {
        self.get(name).filter(|value| !value.is_null())
    }
}

impl Source for BTreeMap<String, String> {
    fn text(&self, name: &'static str) -> Result<Option<&str>, RequestProblem> {
        Ok(self.get(name).map(String::as_str).filter(|text| !text.is_empty()))
    }

    fn json(&self, _: &str) -> Option<&Value> {
        None
    }
}

/// Checks the presence, form and length of every parameter of a table; others are ignored.
///
/// # Errors
/// The first problem in the order of the table.
pub fn check<S: Source + ?Sized>(fields: &[Field], source: &S) -> Result<(), RequestProblem> {
    fields.iter().try_for_each(|field| check_field(field, source))
}

fn check_field<S: Source + ?Sized>(field: &Field, source: &S) -> Result<(), RequestProblem> {
    let name = field.name;
    let missing = || if field.mandatory { Err(RequestProblem::Missing(name)) } else { Ok(()) };
    match field.kind {
        Kind::Object(members) => match source.json(name) {
            None => missing(),
            Some(Value::Object(inner)) => check(members, inner),
            Some(_) => Err(RequestProblem::Invalid(name)),
        },
        Kind::JsonInteger => match source.json(name) {
            None => missing(),
            Some(value) if value.is_u64() => Ok(()),
            Some(_) => Err(RequestProblem::Invalid(name)),
        },
        kind => match source.text(name)? {
            None => missing(),
            Some(text) => check_text(field, kind, text),
        },
    }
}

fn check_text(field: &Field, kind: Kind, text: &str) -> Result<(), RequestProblem> {
    let length = text.chars().count();
    if length > field.limit {
        return Err(RequestProblem::TooLong { field: field.name, length, limit: field.limit });
    }
    let good = match kind {
        Kind::Text => !text.contains('\0'),
        Kind::OneOf(words) => words.contains(&text),
        Kind::Expiry => times::parse_expire_time(text).is_some(),
        Kind::TimeStamp => times::parse_time_stamp(text).is_some(),
        Kind::LicenceTime => times::parse_licence_time(text).is_some(),
        Kind::Integer => is_digits(text),
        Kind::Amount => is_amount(text),
        Kind::Ids => are_ids(text),
        Kind::Object(_) | Kind::JsonInteger => false,
    };
    if good { Ok(()) } else { Err(RequestProblem::Invalid(field.name)) }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_amount(text: &str) -> bool {
    let number = text.strip_prefix('-').unwrap_or(text);
    match number.split_once('.') {
        None => is_digits(number),
        Some((whole, decimals)) => is_digits(whole) && is_digits(decimals) && decimals.len() <= 3,
    }
}

fn are_ids(text: &str) -> bool {
    let mut count = 0;
    text.split(',').all(|id| {
        count += 1;
        let id = id.trim();
        !id.is_empty() && !id.contains('\0') && id.chars().count() <= ID && count <= QUERY_IDS
    })
}

/// Characters of `orderId`, `orderLineId`, `businessId`, `instanceId`, `productId`, `skuCode`.
pub const ID: usize = 64;
/// IDs in one `queryInstance` (D-21).
pub const QUERY_IDS: usize = 100;
/// Characters of the joined `instanceId` of one `queryInstance` (D-21).
pub const QUERY_TEXT: usize = 6_400;

/// `testFlag`, the same in every family (4, 5).
pub const TEST_FLAG: Field = Field::optional("testFlag", Kind::OneOf(&["0", "1"]), 2);

/// What a request says about being a debugging call (D-16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TestFlag {
    /// A real call; `testFlag` is left out.
    #[default]
    Real,
    /// A real call to an address with the switch "send testFlag=0".
    RealWritten,
    /// A debugging or probing call: `testFlag` "1".
    Test,
}

impl TestFlag {
    /// The text to send; `None` leaves the parameter out.
    pub const fn as_text(self) -> Option<&'static str> {
        match self {
            Self::Real => None,
            Self::RealWritten => Some("0"),
            Self::Test => Some("1"),
        }
    }

    /// Whether the seller must change nothing.
    pub const fn is_test(self) -> bool {
        matches!(self, Self::Test)
    }
}

impl From<bool> for TestFlag {
    fn from(test: bool) -> Self {
        if test { Self::Test } else { Self::Real }
    }
}

/// Reads the parameters of a request that was checked against its table.
pub(crate) struct Reader<'a, S: Source + ?Sized>(pub(crate) &'a S);

impl<S: Source + ?Sized> Reader<'_, S> {
    pub(crate) fn optional(&self, name: &'static str) -> Result<Option<String>, RequestProblem> {
        Ok(self.0.text(name)?.map(str::to_owned))
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<String, RequestProblem> {
        self.optional(name)?.ok_or(RequestProblem::Missing(name))
    }

    pub(crate) fn word<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, RequestProblem> {
        let text = self.0.text(name)?.ok_or(RequestProblem::Missing(name))?;
        read(text).ok_or(RequestProblem::Invalid(name))
    }

    pub(crate) fn number(&self, name: &'static str) -> Result<Option<u64>, RequestProblem> {
        let read = |text: &str| text.parse().map_err(|_| RequestProblem::Invalid(name));
        self.0.text(name)?.map(read).transpose()
    }

    pub(crate) fn ids(&self, name: &'static str) -> Result<Vec<String>, RequestProblem> {
        Ok(self.text(name)?.split(',').map(|id| id.trim().to_owned()).collect())
    }

    pub(crate) fn is_test(&self) -> Result<bool, RequestProblem> {
        Ok(self.0.text("testFlag")? == Some("1"))
    }
}

/// Name and value of the parameters of a request, empty ones left out.
pub(crate) type Members = Vec<(&'static str, Cow<'static, str>)>;

/// Adds a parameter that may be absent.
pub(crate) fn push_optional(members: &mut Members, name: &'static str, value: Option<&String>) {
    if let Some(value) = value {
        members.push((name, value.clone().into()));
    }
}

/// `members` as the object of a POST body.
pub(crate) fn object_of(members: Members) -> Object {
    members.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value.into_owned()))).collect()
}

/// `members` as the parameters of a GET call; a parameter without a value is left out (D-11).
pub(crate) fn parameters_of(members: Members) -> BTreeMap<String, String> {
    let with_value = members.into_iter().filter(|(_, value)| !value.is_empty());
    with_value.map(|(name, value)| (name.to_owned(), value.into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn verdict(kind: Kind, value: Value) -> Result<(), RequestProblem> {
        let Value::Object(object) = json!({ "x": value }) else { unreachable!() };
        check(&[Field::mandatory("x", kind, 20)], &object)
    }

    #[test]
    fn every_kind_knows_good_from_bad() {
        const INNER: &[Field] = &[Field::mandatory("y", Kind::Text, 3)];
        let cases: [(Kind, &[Value], &[Value]); 9] = [
            (Kind::Text, &[json!("云")], &[json!(1), json!(["a"]), json!("a\0b")]),
            (Kind::OneOf(&["a", "b"]), &[json!("b")], &[json!("A"), json!("c")]),
            (
                Kind::Expiry,
                &[json!("20270101000000"), json!("20270101000000999")],
                &[json!("20270230000000"), json!("2027")],
            ),
            (Kind::TimeStamp, &[json!("20270101000000999")], &[json!("20270101000000")]),
            (Kind::Integer, &[json!("0"), json!("1234567")], &[json!("-1"), json!("1.0"), json!("１"), json!(1)]),
            (
                Kind::Amount,
                &[json!("0"), json!("-12.345")],
                &[json!("1.2345"), json!("1."), json!("--1"), json!("1e3")],
            ),
            (Kind::Ids, &[json!("a,b"), json!("a, b")], &[json!("a,,b"), json!(","), json!("a,")]),
            (Kind::JsonInteger, &[json!(3)], &[json!("3"), json!(-3), json!(1.5)]),
            (Kind::Object(INNER), &[json!({"y": "abc"})], &[json!("y"), json!({}), json!({"y": "abcd"})]),
        ];
        for (kind, good, bad) in cases {
            for value in good {
                assert_eq!(verdict(kind, value.clone()), Ok(()), "{kind:?} {value}");
            }
            for value in bad {
                assert!(verdict(kind, value.clone()).is_err(), "{kind:?} {value}");
            }
        }
    }

    #[test]
    fn presence_and_length_are_told_apart() {
        assert_eq!(verdict(Kind::Text, Value::Null), Err(RequestProblem::Missing("x")));
        assert_eq!(verdict(Kind::Text, json!("")), Err(RequestProblem::Missing("x")));
        assert_eq!(verdict(Kind::Text, json!("云".repeat(20))), Ok(()));
        assert_eq!(
            verdict(Kind::Text, json!("云".repeat(21))),
            Err(RequestProblem::TooLong { field: "x", length: 21, limit: 20 })
        );
        let optional = [Field::optional("x", Kind::Text, 20)];
        assert_eq!(check(&optional, &Object::new()), Ok(()));
        assert_eq!(check(&optional, &BTreeMap::from([("x".to_owned(), String::new())])), Ok(()));
    }
}
