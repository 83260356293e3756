//! Compiled pieces for interpreted templates: the function `piece(name, …)`. The macros in
//! `templates/parts/` are its only callers.

use crate::pieces::{ChoiceGroup, Chooser, Crumb, Fact, Kit, Link, Markup, PriceBox};
use askama::Template;
use minijinja::value::Rest;
use minijinja::{Error, ErrorKind, Value};
use serde::de::DeserializeOwned;

/// Declares templates of one macro call each.
macro_rules! pieces {
    ($($name:ident { $($field:ident: $kind:ty),* } = $source:literal;)*) => {$(
        #[derive(Template)]
        #[template(source = $source, ext = "html")]
        struct $name<'a> { $($field: $kind),* }
    )*};
}

pieces! {
    Icon { k: &'a Kit, name: Markup<'a>, size: Markup<'a>, label: Markup<'a> } =
        "{% import \"ui.html\" as ui %}{{ ui::icon(name, size, label) }}";
    Button {
        k: &'a Kit,
        text: Markup<'a>, kind: Markup<'a>, type_: Markup<'a>, name: Markup<'a>, value: Markup<'a>,
        icon: Markup<'a>, small: bool, wide: bool, form: Markup<'a>, action: Markup<'a>, disabled: bool,
        label: Markup<'a>
    } = "{% import \"ui.html\" as ui %}{{ ui::button(text, kind, type_, name, value, icon, small, wide, form, action, disabled, label) }}";
    LinkButton {
        k: &'a Kit,
        text: Markup<'a>, href: Markup<'a>, kind: Markup<'a>, icon: Markup<'a>, small: bool, wide: bool, external: bool
    } = "{% import \"ui.html\" as ui %}{{ ui::link_button(text, href, kind, icon, small, wide, external) }}";
    Badge { tone: Markup<'a>, text: Markup<'a> } = "{% import \"ui.html\" as ui %}{{ ui::badge(tone, text) }}";
    Tag { text: Markup<'a>, href: Markup<'a> } = "{% import \"ui.html\" as ui %}{{ ui::tag(text, href) }}";
    AlertIcon { k: &'a Kit, tone: &'a str } = "{% import \"ui.html\" as ui %}{{ ui::alert_icon(tone) }}";
    Alert { k: &'a Kit, tone: &'a str, text: Markup<'a>, title: Markup<'a>, href: Markup<'a>, action: Markup<'a> } =
        "{% import \"ui.html\" as ui %}{{ ui::alert(tone, text, title, href, action) }}";
    Card {
        title: Markup<'a>, actions: Markup<'a>, hint: Markup<'a>, id: Markup<'a>, flush: bool, level: Markup<'a>,
        body: Markup<'a>
    } = "{% import \"ui.html\" as ui %}{% call ui::card(title, actions, hint, id, flush, level) %}{{ body }}{% endcall %}";
    Empty { k: &'a Kit, title: Markup<'a>, text: Markup<'a>, href: Markup<'a>, action: Markup<'a>, art: &'a str } =
        "{% import \"ui.html\" as ui %}{{ ui::empty(title, text, href, action, art) }}";
    Logo { k: &'a Kit, name: &'a str, src: Markup<'a>, large: bool } =
        "{% import \"ui.html\" as ui %}{{ ui::product_logo(name, src, large) }}";
    CopyButton { k: &'a Kit, value: Markup<'a>, label: Markup<'a> } =
        "{% import \"ui.html\" as ui %}{{ ui::copy_button(value, label) }}";
    Pager { k: &'a Kit, prev: Markup<'a>, next: Markup<'a>, text: Markup<'a>, label: Markup<'a> } =
        "{% import \"list.html\" as list %}{{ list::pager(prev, next, text, label) }}";
    Pagination { k: &'a Kit, links: Vec<Link>, prev: Markup<'a>, next: Markup<'a>, label: Markup<'a> } =
        "{% import \"list.html\" as list %}{{ list::pagination(links, prev, next, label) }}";
    Tabs { items: Vec<Link>, label: Markup<'a> } = "{% import \"list.html\" as list %}{{ list::tabs(items, label) }}";
    Facts { k: &'a Kit, items: Vec<Fact<'a>> } = "{% import \"list.html\" as list %}{{ list::facts(items) }}";
    Crumbs { k: &'a Kit, items: &'a [Crumb] } = "{% import \"chrome.html\" as chrome %}{{ chrome::crumbs(items) }}";
    Choose { k: &'a Kit, spec: Chooser, body: Markup<'a> } =
        "{% import \"shop.html\" as shop %}{% call shop::chooser(spec) %}{{ body }}{% endcall %}";
    Quote { k: &'a Kit, quote: &'a PriceBox } = "{% import \"shop.html\" as shop %}{{ shop::price_box(quote) }}";
}

/// The steps above a title.
///
/// # Errors
/// Never in fact: writing into memory does not fail.
pub fn crumbs(kit: &Kit, items: &[Crumb]) -> Result<String, askama::Error> {
    Crumbs { k: kit, items }.render()
}

/// The price box.
///
/// # Errors
/// Never in fact.
pub fn price_box(kit: &Kit, quote: &PriceBox) -> Result<String, askama::Error> {
    Quote { k: kit, quote }.render()
}

/// A small button that is a link, with an icon.
///
/// # Errors
/// Never in fact.
pub fn small_link_button(kit: &Kit, text: &str, href: &str, icon: &'static str) -> Result<String, askama::Error> {
    let (text, href) = (Markup::text(text), Markup::text(href));
    let (kind, icon) = (Markup::ready("secondary"), Markup::ready(icon));
    LinkButton { k: kit, text, href, kind, icon, small: true, wide: false, external: false }.render()
}

fn wrong(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, text.into())
}

/// A value as the interpreted templates would write it.
fn markup(value: &Value) -> Result<Markup<'static>, Error> {
    match value.as_str() {
        _ if value.is_undefined() => Err(Error::new(ErrorKind::UndefinedError, "argument of a piece")),
        _ if value.is_none() => Ok(Markup::default()),
        Some(html) if value.is_safe() => Ok(Markup::ready(html.to_owned())),
        Some(text) => Ok(Markup::text(text)),
        None => Ok(Markup::text(&value.to_string())),
    }
}

/// The arguments of one call, by position.
struct Arguments<'v>(&'v [Value]);

impl Arguments<'_> {
    fn at(&self, index: usize) -> Result<&Value, Error> {
        self.0.get(index).ok_or_else(|| Error::new(ErrorKind::MissingArgument, "argument of a piece"))
    }

    fn html(&self, index: usize) -> Result<Markup<'static>, Error> {
        markup(self.at(index)?)
    }

    fn flag(&self, index: usize) -> Result<bool, Error> {
        Ok(self.at(index)?.is_true())
    }

    /// Plain text, not yet escaped.
    fn plain(&self, index: usize) -> Result<String, Error> {
        let value = self.at(index)?;
        Ok(if value.is_none() { String::new() } else { value.to_string() })
    }

    fn read<T: DeserializeOwned>(&self, index: usize) -> Result<T, Error> {
        T::deserialize(self.at(index)?.clone())
    }

    fn facts(&self, index: usize) -> Result<Vec<Fact<'static>>, Error> {
        let field = |item: &Value, name: &str| match item.get_attr(name)? {
            value if value.is_undefined() => Ok(Markup::default()),
            value => markup(&value),
        };
        let fact = |item: Value| {
            Ok(Fact {
                label: field(&item, "label")?,
                text: markup(&item.get_attr("text")?)?,
                href: field(&item, "href")?,
                copy: item.get_attr("copy")?.is_true(),
                mono: item.get_attr("mono")?.is_true(),
            })
        };
        self.at(index)?.try_iter()?.map(fact).collect()
    }
}

fn ui(k: &Kit, name: &str, a: &Arguments) -> Result<Option<askama::Result<String>>, Error> {
    Ok(Some(match name {
        "icon" => Icon { k, name: a.html(0)?, size: a.html(1)?, label: a.html(2)? }.render(),
        "button" => Button {
            k,
            text: a.html(0)?,
            kind: a.html(1)?,
            type_: a.html(2)?,
            name: a.html(3)?,
            value: a.html(4)?,
            icon: a.html(5)?,
            small: a.flag(6)?,
            wide: a.flag(7)?,
            form: a.html(8)?,
            action: a.html(9)?,
            disabled: a.flag(10)?,
            label: a.html(11)?,
        }
        .render(),
        "link_button" => LinkButton {
            k,
            text: a.html(0)?,
            href: a.html(1)?,
            kind: a.html(2)?,
            icon: a.html(3)?,
            small: a.flag(4)?,
            wide: a.flag(5)?,
            external: a.flag(6)?,
        }
        .render(),
        "badge" => Badge { tone: a.html(0)?, text: a.html(1)? }.render(),
        "tag" => Tag { text: a.html(0)?, href: a.html(1)? }.render(),
        "alert_icon" => AlertIcon { k, tone: &a.plain(0)? }.render(),
        "alert" => {
            let (tone, text) = (&a.plain(0)?, a.html(1)?);
            Alert { k, tone, text, title: a.html(2)?, href: a.html(3)?, action: a.html(4)? }.render()
        }
        "card" => Card {
            title: a.html(0)?,
            actions: a.html(1)?,
            hint: a.html(2)?,
            id: a.html(3)?,
            flush: a.flag(4)?,
            level: a.html(5)?,
            body: a.html(6)?,
        }
        .render(),
        "empty" => {
            let (title, text, href, action) = (a.html(0)?, a.html(1)?, a.html(2)?, a.html(3)?);
            Empty { k, title, text, href, action, art: &a.plain(4)? }.render()
        }
        "product_logo" => Logo { k, name: &a.plain(0)?, src: a.html(1)?, large: a.flag(2)? }.render(),
        "copy_button" => CopyButton { k, value: a.html(0)?, label: a.html(1)? }.render(),
        _ => return Ok(None),
    }))
}

fn lists(k: &Kit, name: &str, a: &Arguments) -> Result<Option<askama::Result<String>>, Error> {
    Ok(Some(match name {
        "pager" => Pager { k, prev: a.html(0)?, next: a.html(1)?, text: a.html(2)?, label: a.html(3)? }.render(),
        "pagination" => {
            Pagination { k, links: a.read(0)?, prev: a.html(1)?, next: a.html(2)?, label: a.html(3)? }.render()
        }
        "tabs" => Tabs { items: a.read(0)?, label: a.html(1)? }.render(),
        "facts" => Facts { k, items: a.facts(0)? }.render(),
        "crumbs" => crumbs(k, &a.read::<Vec<Crumb>>(0)?),
        "chooser" => {
            let groups: Vec<ChoiceGroup> = a.read(1)?;
            let spec = Chooser { action: a.plain(0)?, quote: String::new(), groups, quantity: a.read(2)? };
            Choose { k, spec, body: a.html(3)? }.render()
        }
        "price_box" => price_box(k, &a.read(0)?),
        _ => return Ok(None),
    }))
}

/// The piece `name` made of `arguments`.
///
/// # Errors
/// Where there is no such piece, or an argument is missing or of another kind.
pub(crate) fn piece(kit: &Kit, name: &str, arguments: &Rest<Value>) -> Result<Value, Error> {
    let arguments = Arguments(arguments);
    let made = match ui(kit, name, &arguments)? {
        Some(made) => Some(made),
        None => lists(kit, name, &arguments)?,
    };
    let made = made.ok_or_else(|| wrong(format!("no piece {name}")))?;
    made.map(Value::from_safe_string).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use crate::templates::Templates;
    use app::words::Words;
    use domain::text::Language;
    use domain::time::Timestamp;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn shown(text: &str) -> Result<String, minijinja::Error> {
        let sources = BTreeMap::from([("x.html".to_owned(), text.to_owned())]);
        let templates = Templates::from_sources(sources, Words::built_in(), Arc::default(), || Timestamp(0)).unwrap();
        templates.render(Language::En, "x.html", minijinja::Value::UNDEFINED, &serde_json::json!({"given": "<i>"}))
    }

    #[test]
    fn text_is_escaped_once_and_ready_html_not_at_all() {
        let badge = |text: &str| format!("<span class=\"badge badge-info\">{text}</span>");
        assert_eq!(shown("{{ piece('badge', 'info', given) }}").unwrap(), badge("&lt;i&gt;"));
        assert_eq!(shown("{{ piece('badge', 'info', given|safe) }}").unwrap(), badge("<i>"));
        assert_eq!(shown("{{ piece('badge', 'info', none) }}").unwrap(), badge(""));
        assert_eq!(shown("{{ piece('badge', 'info', 12) }}").unwrap(), badge("12"));
        let logo = shown("{{ piece('product_logo', given, '', false) }}").unwrap();
        assert!(logo.contains("aria-hidden=\"true\">&#60;</span>"), "{logo}");
    }

    #[test]
    fn mistakes_in_templates_are_errors() {
        for wrong in [
            "{{ piece('bagde', 'info', 'x') }}",
            "{{ piece('badge', 'info') }}",
            "{{ piece('badge', 'info', given.nothing) }}",
            "{{ piece('tabs', [{'text': ['a']}], 'x') }}",
        ] {
            assert!(shown(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists_of_maps_may_leave_out_what_is_not_needed() {
        let tabs = shown("{{ piece('tabs', [{'text': 'A & B', 'href': '/a', 'count': 3}], 'Views') }}").unwrap();
        assert!(tabs.contains("<a href=\"/a\">A &#38; B<span class=\"tab-count\">3</span></a>"), "{tabs}");
        let facts = "{{ piece('facts', [{'label': 'Id', 'text': given, 'mono': true, 'copy': true}, {'label': 'No', 'text': none}]) }}";
        let facts = shown(facts).unwrap();
        assert!(facts.contains("<dd class=\"mono\">&lt;i&gt;<button"), "{facts}");
        assert!(facts.contains("data-copy=\"&lt;i&gt;\""), "{facts}");
        assert!(facts.contains("<dt>No</dt><dd><span class=\"muted\">—</span></dd>"), "{facts}");
    }
}
