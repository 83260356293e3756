//! Texts in both languages: Fluent files from `translations/`, built in; every `*.zh.ftl` and
//! `*.en.ftl` is loaded. Pages, the API and mails use the same ones.

use domain::text::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

#[derive(rust_embed::RustEmbed)]
#[folder = "../../translations"]
struct Files;

/// The texts. Cheap to clone.
#[derive(Clone)]
pub struct Words {
    inner: Arc<Inner>,
}

struct Inner {
    zh: FluentBundle<Arc<FluentResource>>,
    en: FluentBundle<Arc<FluentResource>>,
    /// Texts without arguments, ready to be shown: most texts of most pages.
    constants: [HashMap<String, Box<str>>; 2],
    faults: Vec<String>,
    keys: [BTreeSet<String>; 2],
}

/// The texts of a bundle that need no argument.
fn constants(bundle: &FluentBundle<Arc<FluentResource>>, keys: &BTreeSet<String>) -> HashMap<String, Box<str>> {
    let ready = keys.iter().filter_map(|key| {
        let pattern = bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, None, &mut errors);
        errors.is_empty().then(|| (key.clone(), text.into()))
    });
    ready.collect()
}

/// An argument of a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// Words.
    Text(String),
    /// A whole number, for plurals.
    Number(i64),
}

impl From<&str> for Argument {
    fn from(text: &str) -> Argument {
        Argument::Text(text.to_owned())
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Argument {
        Argument::Text(text)
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Argument {
        Argument::Number(number)
    }
}

impl Words {
    /// The texts that are built in.
    pub fn built_in() -> Words {
        let mut faults = Vec::new();
        let mut keys = [BTreeSet::new(), BTreeSet::new()];
        let mut load = |language: Language, keys: &mut BTreeSet<String>| {
            let id: unic_langid::LanguageIdentifier = language.code().parse().unwrap_or_default();
            let mut bundle = FluentBundle::new_concurrent(vec![id]);
            // Marks around arguments confuse screen readers and comparisons in tests.
            bundle.set_use_isolating(false);
            let suffix = format!("{}.ftl", language.code());
            for name in Files::iter().filter(|n| n.ends_with(&suffix)) {
                let Some(file) = Files::get(&name) else {
                    continue;
                };
                let text = String::from_utf8_lossy(&file.data).replace("\r\n", "\n");
                for line in text.lines() {
                    if let Some((key, _)) = line.split_once('=')
                        && key.starts_with(|c: char| c.is_ascii_alphabetic())
                    {
                        keys.insert(key.trim().to_owned());
                    }
                }
                let resource = match FluentResource::try_new(text) {
                    Ok(resource) => resource,
                    Err((resource, errors)) => {
                        faults.extend(errors.iter().map(|e| format!("{name}: {e}")));
                        resource
                    }
                };
                if let Err(errors) = bundle.add_resource(Arc::new(resource)) {
                    faults.extend(errors.iter().map(|e| format!("{name}: {e}")));
                }
            }
            bundle
        };
        let zh = load(Language::Zh, &mut keys[0]);
        let en = load(Language::En, &mut keys[1]);
        let constants = [constants(&zh, &keys[0]), constants(&en, &keys[1])];
        Words { inner: Arc::new(Inner { zh, en, constants, faults, keys }) }
    }

    fn bundle(&self, language: Language) -> &FluentBundle<Arc<FluentResource>> {
        match language {
            Language::Zh => &self.inner.zh,
            Language::En => &self.inner.en,
        }
    }

    /// Whether there is a text.
    pub fn has(&self, language: Language, key: &str) -> bool {
        self.bundle(language).has_message(key)
    }

    /// A text that needs no argument, as it is kept; none where there is no such text.
    pub fn constant(&self, language: Language, key: &str) -> Option<&str> {
        let [zh, en] = &self.inner.constants;
        let kept = if language == Language::Zh { zh } else { en };
        kept.get(key).map(|text| &**text)
    }

    /// A text; the key itself when there is none, so that a gap is seen and reported.
    pub fn text(&self, language: Language, key: &str, arguments: &[(&str, Argument)]) -> String {
        if let Some(text) = self.constant(language, key) {
            return text.to_owned();
        }
        let bundle = self.bundle(language);
        let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else {
            tracing::warn!(key, language = language.code(), "no text");
            return key.to_owned();
        };
        let mut given = FluentArgs::new();
        for (name, argument) in arguments {
            match argument {
                Argument::Text(text) => given.set(*name, FluentValue::from(domain::text::in_language(text, language))),
                Argument::Number(number) => given.set(*name, FluentValue::from(*number)),
            }
        }
        let mut errors = Vec::new();
        bundle.format_pattern(pattern, Some(&given), &mut errors).into_owned()
    }

    /// Every fault of the files and every key that exists in one language only.
    pub fn check(&self) -> Vec<String> {
        let [zh, en] = &self.inner.keys;
        let missing = |from: &BTreeSet<String>, of: &BTreeSet<String>, name: &str| -> Vec<String> {
            from.difference(of).map(|k| format!("{k}: no text in {name}")).collect()
        };
        let mut faults = self.inner.faults.clone();
        faults.extend(missing(zh, en, "English"));
        faults.extend(missing(en, zh, "Chinese"));
        faults
    }
}
