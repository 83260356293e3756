//! What a form shows again: the values as typed, and what is wrong with them. In templates every
//! field exists; what was not given is an empty text.

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Default)]
struct Texts(BTreeMap<String, String>);

impl Object for Texts {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let text = key.as_str().and_then(|k| self.0.get(k)).map_or("", String::as_str);
        Some(Value::from(text))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.keys().map(|k| Value::from(k.as_str())).collect())
    }
}

/// Values of a form by field. In templates `v.name` is a text, never undefined.
#[derive(Debug, Clone, Default)]
pub struct Values(Arc<Texts>);

impl Values {
    /// The value of a field, or an empty text.
    pub fn get(&self, name: &str) -> &str {
        self.0.0.get(name).map_or("", String::as_str)
    }
}

impl<K: Into<String>, const N: usize> From<[(K, String); N]> for Values {
    fn from(pairs: [(K, String); N]) -> Values {
        pairs.into_iter().map(|(k, v)| (k.into(), v)).collect()
    }
}

impl FromIterator<(String, String)> for Values {
    /// The first value of a name counts.
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Values {
        let mut map = BTreeMap::new();
        for (name, value) in pairs {
            map.entry(name).or_insert(value);
        }
        Values(Arc::new(Texts(map)))
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from_dyn_object(Arc::clone(&self.0)).serialize(serializer)
    }
}

/// One error for the summary at the top of a form.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorLine {
    /// Name of the field; empty when it concerns the whole form.
    pub field: String,
    /// Words.
    pub text: String,
}

/// What is wrong with a form: `list` for the summary, `at.<field>` for each field.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FormErrors {
    /// Everything, in order.
    pub list: Vec<ErrorLine>,
    /// Words by field; an empty text where nothing is wrong.
    pub at: Values,
}

impl FormErrors {
    /// From lines; the first of a field stands beside the field.
    pub fn new(list: Vec<ErrorLine>) -> FormErrors {
        let at = list.iter().map(|line| (line.field.clone(), line.text.clone())).collect();
        FormErrors { list, at }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
