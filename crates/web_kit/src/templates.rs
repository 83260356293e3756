//! The interpreted templates: one environment per language, so that texts, amounts and times need no
//! look-up while a page is rendered. Every template is parsed once, at start. What most visitors see
//! is compiled instead (`templates/compiled/`, decision 0006); both share the [`Kit`] of a language.

use crate::assets::Versions;
use crate::markdown::MarkdownCache;
use crate::pieces::{self, Kit};
use crate::{bridge, filters};
use app::words::{Argument, Words};
use domain::text::Language;
use domain::time::Timestamp;
use minijinja::value::{Kwargs, Rest, Serde};
use minijinja::{Environment, Error, UndefinedBehavior, Value};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(rust_embed::RustEmbed)]
#[folder = "../../templates"]
struct Files;

/// Where compiled templates are; they are another dialect.
const COMPILED: &str = "compiled/";

/// The templates. Cheap to clone.
#[derive(Clone)]
pub struct Templates {
    inner: Arc<[Press; 2]>,
    markdown: MarkdownCache,
}

/// What makes the pages of one language.
struct Press {
    environment: Environment<'static>,
    kit: Arc<Kit>,
}

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the functions and filters of one environment need.
#[derive(Clone)]
struct Tools {
    language: Language,
    words: Words,
    versions: Versions,
    clock: Clock,
    markdown: MarkdownCache,
    kit: Arc<Kit>,
}

impl Templates {
    /// Compiles what is built in (in debug builds: what is on disk now). Fails with every template
    /// that does not parse.
    pub fn built_in(
        words: Words,
        versions: Versions,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Templates, String> {
        let sources = Files::iter().filter(|name| !name.starts_with(COMPILED)).filter_map(|name| {
            let file = Files::get(&name)?;
            Some((name.into_owned(), String::from_utf8_lossy(&file.data).into_owned()))
        });
        Templates::from_sources(sources.collect(), words, versions, now)
    }

    /// Compiles `sources` (name → text).
    pub fn from_sources(
        sources: BTreeMap<String, String>,
        words: Words,
        versions: Versions,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Templates, String> {
        let markdown = MarkdownCache::default();
        let clock: Clock = Arc::new(now);
        let make = |language| {
            let (words, versions) = (words.clone(), Arc::clone(&versions));
            let kit = Arc::new(Kit::new(language, words.clone(), link(&versions, "icons/sprite.svg")));
            let (clock, markdown) = (Arc::clone(&clock), markdown.clone());
            let tools = Tools { language, words, versions, clock, markdown, kit: Arc::clone(&kit) };
            Ok::<_, String>(Press { environment: environment(&sources, tools)?, kit })
        };
        Ok(Templates { inner: Arc::new([make(Language::Zh)?, make(Language::En)?]), markdown })
    }

    fn press(&self, language: Language) -> &Press {
        match language {
            Language::Zh => &self.inner[0],
            Language::En => &self.inner[1],
        }
    }

    /// What compiled templates of `language` need.
    pub fn kit(&self, language: Language) -> &Kit {
        &self.press(language).kit
    }

    /// Markdown of a seller as HTML that is safe to show.
    pub fn markdown(&self, text: &str) -> Arc<str> {
        self.markdown.html(text)
    }

    /// Names of all interpreted templates.
    pub fn names(&self) -> Vec<String> {
        self.inner[0].environment.templates().map(|(name, _)| name.to_owned()).collect()
    }

    /// Renders `template` with the fields of `context` at top level, and `page` beside them.
    pub fn render(
        &self,
        language: Language,
        template: &str,
        page: Value,
        context: &impl Serialize,
    ) -> Result<String, Error> {
        let template = self.press(language).environment.get_template(template)?;
        let rest = Value::from(Serde(context));
        template.render(minijinja::context! { page => page, ..rest })
    }

    /// Renders `template` with `context` only: mails.
    pub fn render_plain(&self, language: Language, template: &str, context: &impl Serialize) -> Result<String, Error> {
        self.press(language).environment.get_template(template)?.render(Value::from(Serde(context)))
    }
}

fn environment(sources: &BTreeMap<String, String>, tools: Tools) -> Result<Environment<'static>, String> {
    let mut env = Environment::new();
    // An error with "referenced variables" would write a buyer's password into the log.
    env.set_debug(false);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    // Nothing is written for a missing value; a wrong name still fails.
    env.set_formatter(
        |out, state, value| {
            if value.is_none() { Ok(()) } else { minijinja::escape_formatter(out, state, value) }
        },
    );
    add_filters(&mut env, &tools);
    add_functions(&mut env, tools);
    let mut faults = Vec::new();
    for (name, text) in sources {
        if let Err(error) = env.add_template_owned(name.clone(), text.clone()) {
            faults.push(format!("{name}: {error}"));
        }
    }
    if faults.is_empty() { Ok(env) } else { Err(faults.join("\n")) }
}

fn add_filters(env: &mut Environment<'static>, tools: &Tools) {
    let language = tools.language;
    env.add_filter("money", move |value: Value| filters::money(&value, language));
    env.add_filter("date", move |value: Value| filters::date(&value, language));
    env.add_filter("datetime", move |value: Value, options: Kwargs| {
        let text = filters::datetime(&value, &options, language)?;
        options.assert_all_used()?;
        Ok::<_, Error>(text)
    });
    env.add_filter("number", |value: Value| filters::number(&value));
    env.add_filter("percent", |value: Value| filters::percent(&value));
    let (words, clock) = (tools.words.clone(), Arc::clone(&tools.clock));
    env.add_filter("ago", move |value: Value| filters::ago(&value, clock(), language, &words));
    let markdown = tools.markdown.clone();
    env.add_filter("markdown", move |value: Value| {
        let text = value.as_str().unwrap_or("");
        Value::from_safe_string(markdown.html(text).to_string())
    });
}

fn add_functions(env: &mut Environment<'static>, tools: Tools) {
    let (language, words) = (tools.language, tools.words);
    env.add_function("t", move |key: &str, options: Kwargs| -> Result<String, Error> {
        let mut given = Vec::new();
        for name in options.args() {
            given.push((name, argument(&options.peek::<Value>(name)?)));
        }
        Ok(words.text(language, key, &given))
    });
    let versions = tools.versions;
    env.add_function("asset", move |path: &str| Value::from_safe_string(link(&versions, path)));
    env.add_function("hue", |name: &Value| pieces::hue(&name.to_string()));
    let kit = tools.kit;
    env.add_function("piece", move |name: &str, arguments: Rest<Value>| bridge::piece(&kit, name, &arguments));
}

/// Address of an asset in its present version.
fn link(versions: &Versions, path: &str) -> String {
    match versions.get(path) {
        Some(version) => format!("/assets/{path}?v={version}"),
        None => format!("/assets/{path}"),
    }
}

/// Whole numbers count for plurals; everything else is a text.
fn argument(value: &Value) -> Argument {
    match value.as_i64() {
        Some(number) if value.is_integer() => Argument::Number(number),
        _ if value.is_none() => Argument::Text(String::new()),
        _ => Argument::Text(value.to_string()),
    }
}
