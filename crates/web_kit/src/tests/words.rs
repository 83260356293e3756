use crate::assets::Assets;
use crate::fault::Fault;
use crate::nav;
use crate::templates::Templates;
use app::words::Words;
use axum::http::StatusCode;
use domain::text::Language;
use domain::time::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

#[test]
fn every_text_exists_once_in_both_languages() {
    assert_eq!(Words::built_in().check(), Vec::<String>::new());
}

#[test]
fn every_entry_of_the_navigation_has_words() {
    let words = Words::built_in();
    for key in nav::keys() {
        assert!(words.has(Language::Zh, key) && words.has(Language::En, key), "{key}");
    }
}

#[test]
fn every_general_fault_has_a_title_and_a_text() {
    let words = Words::built_in();
    for status in [400, 404, 405, 413, 415, 429, 500, 503] {
        let fault = Fault::of_status(StatusCode::from_u16(status).unwrap());
        for key in [format!("error-{}", fault.code), format!("error-{}-title", fault.code)] {
            assert!(words.has(Language::Zh, &key) && words.has(Language::En, &key), "{key}");
        }
    }
}

#[test]
fn every_template_parses() {
    let assets = Assets::built_in();
    let templates = Templates::built_in(Words::built_in(), assets.versions(), || Timestamp(0)).unwrap();
    let names = templates.names();
    for wanted in ["layout/base.html", "layout/console.html", "parts/ui.html", "parts/form.html"] {
        assert!(names.iter().any(|n| n == wanted), "{wanted}");
    }
}

fn rendered(language: Language, text: &str, context: serde_json::Value) -> Result<String, minijinja::Error> {
    let sources = BTreeMap::from([("x.html".to_owned(), text.to_owned())]);
    let now = || Timestamp(10 * domain::time::DAY);
    let templates = Templates::from_sources(sources, Words::built_in(), Arc::default(), now).unwrap();
    templates.render(language, "x.html", minijinja::Value::UNDEFINED, &context)
}

fn both(text: &str, context: serde_json::Value) -> (String, String) {
    let one = |language| rendered(language, text, context.clone()).unwrap();
    (one(Language::Zh), one(Language::En))
}

#[test]
fn amounts_read_as_each_language_writes_them() {
    let amount = |amount: &str| json!({"a": {"amount": amount, "currency": "CNY"}});
    let read = |text: &str| both("{{ a|money }}", amount(text));
    assert_eq!(read("1234.50"), ("¥1,234.50".into(), "CNY 1,234.50".into()));
    assert_eq!(read("-1234567.00"), ("−¥1,234,567.00".into(), "CNY −1,234,567.00".into()));
    assert_eq!(read("0.00012345"), ("¥0.00012345".into(), "CNY 0.00012345".into()));
    assert_eq!(both("{{ a|money }}", json!({"a": null})), ("—".into(), "—".into()));
    let money = domain::money::Money::from_cents(99_950, domain::money::Currency::USD);
    assert_eq!(both("{{ a|money }}", json!({"a": money})), ("USD 999.50".into(), "USD 999.50".into()));
}

#[test]
fn times_are_market_time_in_each_language() {
    let at = domain::time::parse_market("2026-05-01T08:05").unwrap();
    let context = json!({"at": at, "none": null});
    assert_eq!(
        both("{{ at|datetime }}|{{ at|date }}", context.clone()),
        ("2026-05-01 08:05|2026-05-01".into(), "1 May 2026 08:05|1 May 2026".into())
    );
    assert_eq!(both("{{ at|datetime(seconds=true) }}", context.clone()).0, "2026-05-01 08:05:00");
    assert_eq!(both("{{ none|datetime }}{{ none|ago }}", context).1, "——");
}

#[test]
fn distances_in_time_have_plurals() {
    let day = domain::time::DAY;
    let context = json!({"one": 9 * day, "three": 10 * day - 3 * domain::time::MINUTE, "next": 12 * day});
    assert_eq!(
        both("{{ one|ago }}, {{ three|ago }}, {{ next|ago }}", context),
        ("1 天前, 3 分钟前, 2 天后".into(), "1 day ago, 3 minutes ago, in 2 days".into())
    );
}

#[test]
fn numbers_are_grouped() {
    let context =
        json!({"a": 1234567, "b": -0.5, "c": 12345.678, "d": "9876.50", "r": {"numerator": 1, "denominator": 8}});
    assert_eq!(
        both(
            "{{ a|number }} {{ b|number }} {{ c|number }} {{ d|number }} {{ 0.125|percent }} {{ r|percent }}",
            context
        )
        .1,
        "1,234,567 −0.5 12,345.68 9,876.50 12.5% 12.5%"
    );
}

#[test]
fn a_wrong_name_fails_and_a_missing_value_is_nothing() {
    assert!(rendered(Language::En, "{{ nmae }}", json!({"name": "x"})).is_err());
    assert!(rendered(Language::En, "{{ nmae|money }}", json!({"name": "x"})).is_err());
    assert_eq!(rendered(Language::En, "[{{ name }}]", json!({"name": null})).unwrap(), "[]");
}

#[test]
fn values_and_texts_are_escaped() {
    let out = rendered(Language::En, "{{ a }}{{ t('ui-sandbox', time=a) }}", json!({"a": "<b>"})).unwrap();
    assert!(!out.contains("<b>"), "{out}");
    assert_eq!(both("{{ t('ui-reviews', count=1) }}", json!({})).1, "1 review");
}

#[test]
fn markdown_is_harmless_and_its_headings_stand_low() {
    let text = "# Head\n\n<script>alert(1)</script> <img src=x onerror=alert(1)>\n\n[a](javascript:alert(1)) \
                [b](https://example.com)\n\n|x|y|\n|-|-|\n|1|2|";
    let html = crate::markdown::to_html(text);
    assert!(html.contains("<h3>Head</h3>") && html.contains("<table>"), "{html}");
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("javascript:"), "{html}");
    assert!(html.contains("rel=\"nofollow ugc noopener noreferrer\""), "{html}");
    assert_eq!(both("{{ a|markdown }}", json!({"a": "*x*"})).0, "<p><em>x</em></p>\n");
}

#[test]
fn nesting_has_a_bound_and_no_text_is_lost() {
    let deep = |mark: &str, count: usize| crate::markdown::to_html(&format!("{}text", mark.repeat(count)));
    for (mark, element) in [(">", "<blockquote>"), ("- ", "<ul>"), ("1. ", "<ol>"), ("**a *b ", "<em>")] {
        let html = deep(mark, 5000);
        assert!(html.matches(element).count() <= 24, "{mark}");
        assert_eq!(html.matches(element).count(), html.matches(&element.replace('<', "</")).count(), "{mark}");
        assert!(html.contains("text"), "{mark}");
    }
    assert_eq!(deep(">", 3).matches("<blockquote>").count(), 3, "what people write stays");
}
