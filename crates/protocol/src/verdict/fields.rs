//! Reading response members.

use serde_json::Value;

use super::{Fact, Failure, FormProblem};
use crate::json::Object;

/// Reads response members with their length limits in characters.
pub(crate) struct Fields<'a>(pub(crate) &'a Object);

impl<'a> Fields<'a> {
    /// A text member as it is; `null` and the empty text count as absent. A number is read as its
    /// decimal text, because readers of the original platform convert it as well.
    pub(crate) fn as_given(&self, field: &'static str) -> Result<Option<String>, Failure> {
        let text = match self.0.get(field) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err(Failure::form(field, FormProblem::NotText)),
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// A text member of at most `limit` characters and without NUL, which no database column holds.
    pub(crate) fn optional(&self, field: &'static str, limit: usize) -> Result<Option<String>, Failure> {
        let Some(text) = self.as_given(field)? else {
            return Ok(None);
        };
        let length = text.chars().count();
        if length > limit {
            return Err(Fact::FieldLength { field, length, limit }.into());
        }
        if text.contains('\0') {
            return Err(Failure::form(field, FormProblem::Nul));
        }
        Ok(Some(text))
    }

    pub(crate) fn required(&self, field: &'static str, limit: usize) -> Result<String, Failure> {
        self.optional(field, limit)?.ok_or_else(|| Fact::MissingField(field).into())
    }

    /// A list of objects; `null` and absent give an empty list.
    pub(crate) fn objects(&self, field: &'static str) -> Result<Vec<&'a Object>, Failure> {
        let items = match self.0.get(field) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(Failure::form(field, FormProblem::NotList)),
        };
        items
            .iter()
            .map(|item| item.as_object().ok_or_else(|| Failure::form(field, FormProblem::ElementNotObject)))
            .collect()
    }
}
