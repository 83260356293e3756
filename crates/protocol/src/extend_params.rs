//! `saasExtendParams`: Base64 of a JSON array of `{"name","value"}` (5.8).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::canonical::to_canonical;
use crate::json;

/// Most characters of the Base64 text.
pub const LIMIT: usize = 2_048;

/// Names with a published meaning.
pub mod name {
    /// Domain of the buyer's e-mail addresses.
    pub const EMAIL_DOMAIN_NAME: &str = "emailDomainName";
    /// JSON with `tenantName`, `tennantId` (sic) and `userId`.
    pub const PLATFORM_PARAMS: &str = "platformParams";
    /// Identification code of a licence (6.2).
    pub const IDENTIFICATION_CODE: &str = "identificationCode";
}

/// One extension parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendParam {
    /// Name, one of [`name`] or a purchase attribute that the seller defined.
    pub name: String,
    /// Value; JSON as text for some names.
    pub value: String,
}

/// Why the text cannot be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtendProblem {
    /// The Base64 text is longer than 2 048 characters.
    #[error("saasExtendParams is longer than {LIMIT} characters")]
    TooLong,
    /// Not Base64 of UTF-8 text.
    #[error("saasExtendParams is not Base64 of text")]
    NotBase64,
    /// Not a JSON array of objects with `name` and `value`.
    #[error("saasExtendParams is not a list of names and values")]
    NotAList,
}

/// The Base64 text; it still has to be URL-encoded on the wire. Members stand in sorted order.
///
/// # Errors
/// [`ExtendProblem::TooLong`]
pub fn write(params: &[ExtendParam]) -> Result<String, ExtendProblem> {
    let list: Vec<Value> = params.iter().map(|p| json!({"name": p.name, "value": p.value})).collect();
    let text = STANDARD.encode(to_canonical(&Value::Array(list)));
    if text.len() > LIMIT { Err(ExtendProblem::TooLong) } else { Ok(text) }
}

/// Reads the Base64 text as a seller does, after URL decoding; a blank in place of `+` is undone.
///
/// A value that is JSON and not a text is given back as canonical JSON.
///
/// # Errors
/// [`ExtendProblem`]
pub fn read(text: &str) -> Result<Vec<ExtendParam>, ExtendProblem> {
    if text.len() > LIMIT {
        return Err(ExtendProblem::TooLong);
    }
    let bytes = STANDARD.decode(text.replace(' ', "+")).map_err(|_| ExtendProblem::NotBase64)?;
    let list = String::from_utf8(bytes).map_err(|_| ExtendProblem::NotBase64)?;
    // The strict reader takes objects only, so the list becomes the member of one.
    let object = json::parse_object(format!("{{\"list\":{list}}}").as_bytes()).map_err(|_| ExtendProblem::NotAList)?;
    let Some(Value::Array(items)) = object.get("list").filter(|_| object.len() == 1) else {
        return Err(ExtendProblem::NotAList);
    };
    items.iter().map(param).collect()
}

fn param(item: &Value) -> Result<ExtendParam, ExtendProblem> {
    let name = item.get("name").and_then(Value::as_str).ok_or(ExtendProblem::NotAList)?;
    let value = match item.get("value") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => to_canonical(other),
    };
    Ok(ExtendParam { name: name.to_owned(), value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_json_values_and_refuses_other_shapes() {
        let encoded = |text: &str| STANDARD.encode(text);
        let list = encoded(r#"[{"name":"platformParams","value":{"userId":"u","tennantId":"t"}},{"name":"x"}]"#);
        let params = read(&list).unwrap();
        assert_eq!(params[0].value, r#"{"tennantId":"t","userId":"u"}"#);
        assert_eq!(params[1], ExtendParam { name: "x".to_owned(), value: String::new() });
        for bad in ["{}", "[1]", r#"[{"value":"v"}]"#, "[", "[],\"b\":1", ""] {
            assert_eq!(read(&encoded(bad)), Err(ExtendProblem::NotAList), "{bad}");
        }
        assert_eq!(read("*"), Err(ExtendProblem::NotBase64));
        assert_eq!(read(&STANDARD.encode(b"\xff")), Err(ExtendProblem::NotBase64));
        assert_eq!(read(&"A".repeat(2_049)), Err(ExtendProblem::TooLong));
        let long = ExtendParam { name: "n".to_owned(), value: "v".repeat(2_048) };
        assert_eq!(write(&[long]), Err(ExtendProblem::TooLong));
    }

    proptest! {
        #[test]
        fn lists_come_back(pairs in prop::collection::vec((".{0,12}", ".{0,40}"), 0..5)) {
            let params: Vec<_> = pairs.into_iter().map(|(name, value)| ExtendParam { name, value }).collect();
            let text = write(&params).unwrap();
            prop_assert_eq!(read(&text), Ok(params.clone()));
            prop_assert_eq!(read(&text.replace('+', " ")), Ok(params));
        }
    }
}
