//! How amounts, times and numbers read in each language.

use app::words::{Argument, Words};
use domain::text::Language;
use domain::time::{DAY, HOUR, MINUTE, Timestamp};
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, ErrorKind, Value};

/// Shown where there is no value.
pub const NOTHING: &str = "—";

fn wrong(text: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, text.to_owned())
}

/// Whether there is nothing to show; an undefined value is a mistake in the template.
fn is_nothing(value: &Value) -> Result<bool, Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "value of a filter"));
    }
    Ok(value.is_none())
}

/// Decimal text with separators between thousands and a real minus sign: `-1234.5` → `−1,234.5`.
pub fn grouped(decimal: &str) -> String {
    let (sign, plain) = match decimal.strip_prefix('-') {
        Some(rest) => ("−", rest),
        None => ("", decimal),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let mut out = String::with_capacity(decimal.len() + 8);
    out.push_str(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// An amount: `¥1,234.50` in Chinese, `CNY 1,234.50` in English.
pub fn money_text(amount: &str, currency: &str, language: Language) -> String {
    let number = grouped(amount);
    match (language, currency) {
        (Language::Zh, "CNY") => match number.strip_prefix('−') {
            Some(rest) => format!("−¥{rest}"),
            None => format!("¥{number}"),
        },
        _ => format!("{currency} {number}"),
    }
}

/// Filter `money`.
pub fn money(value: &Value, language: Language) -> Result<String, Error> {
    if is_nothing(value)? {
        return Ok(NOTHING.to_owned());
    }
    let (amount, currency) = (value.get_attr("amount")?, value.get_attr("currency")?);
    match (amount.as_str(), currency.as_str()) {
        (Some(amount), Some(currency)) => Ok(money_text(amount, currency, language)),
        _ => Err(wrong("money needs {amount, currency}")),
    }
}

/// Filter `number`: whole numbers, decimal texts, and fractions to two places.
pub fn number(value: &Value) -> Result<String, Error> {
    if is_nothing(value)? {
        return Ok(NOTHING.to_owned());
    }
    if let Some(text) = value.as_str() {
        return Ok(grouped(text));
    }
    if value.kind() != ValueKind::Number {
        return Err(wrong("number needs a number"));
    }
    if value.is_integer() {
        return Ok(grouped(&value.to_string()));
    }
    Ok(grouped(&places(f64::try_from(value.clone())?, 2)))
}

/// At most so many decimals, without zeros at the end.
fn places(number: f64, most: usize) -> String {
    let text = format!("{number:.most$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Filter `percent`: a fraction (0.125) or a ratio {numerator, denominator}, to one place.
pub fn percent(value: &Value) -> Result<String, Error> {
    if is_nothing(value)? {
        return Ok(NOTHING.to_owned());
    }
    if value.kind() == ValueKind::Map {
        let part = |name: &str| value.get_attr(name)?.as_i64().ok_or_else(|| wrong("not a ratio"));
        let (numerator, denominator) = (part("numerator")?, part("denominator")?);
        return Ok(format!("{}%", places(numerator as f64 * 100.0 / denominator.max(1) as f64, 2)));
    }
    Ok(format!("{}%", places(f64::try_from(value.clone())? * 100.0, 1)))
}

/// A moment: micros, or a text that is ready to be shown.
enum Moment {
    None,
    At(Timestamp),
    Text(String),
}

fn moment(value: &Value) -> Result<Moment, Error> {
    if is_nothing(value)? {
        return Ok(Moment::None);
    }
    if let Some(text) = value.as_str() {
        return Ok(Moment::Text(text.to_owned()));
    }
    value.as_i64().map(|at| Moment::At(Timestamp(at))).ok_or_else(|| wrong("a time is a number of microseconds"))
}

fn shown(value: &Value, write: impl FnOnce(Timestamp) -> String) -> Result<String, Error> {
    Ok(match moment(value)? {
        Moment::None => NOTHING.to_owned(),
        Moment::Text(text) => text,
        Moment::At(at) => write(at),
    })
}

/// A day in market time: `2026-05-01` or `1 May 2026`.
pub fn date_text(at: Timestamp, language: Language) -> String {
    let pattern = match language {
        Language::Zh => "%Y-%m-%d",
        Language::En => "%-d %b %Y",
    };
    at.market().strftime(pattern).to_string()
}

/// A day and time in market time, to the minute or to the second.
pub fn datetime_text(at: Timestamp, language: Language, seconds: bool) -> String {
    let time = if seconds { "%H:%M:%S" } else { "%H:%M" };
    format!("{} {}", date_text(at, language), at.market().strftime(time))
}

/// Filter `date`.
pub fn date(value: &Value, language: Language) -> Result<String, Error> {
    shown(value, |at| date_text(at, language))
}

/// Filter `datetime`; `seconds=true` shows them.
pub fn datetime(value: &Value, options: &Kwargs, language: Language) -> Result<String, Error> {
    let seconds = options.get::<Option<bool>>("seconds")?.unwrap_or(false);
    shown(value, |at| datetime_text(at, language, seconds))
}

/// How long ago, or how far ahead: `3 minutes ago`, `in 2 days`; a date beyond 30 days.
pub fn ago_text(at: Timestamp, now: Timestamp, language: Language, words: &Words) -> String {
    let distance = now.since(at);
    let (size, past) = (distance.saturating_abs(), distance >= 0);
    let say = |unit: &str, count: i64| {
        let key = format!("{}-{unit}", if past { "ago" } else { "ahead" });
        words.text(language, &key, &[("count", Argument::Number(count))])
    };
    match size {
        s if s < MINUTE => words.text(language, "ago-now", &[]),
        s if s < HOUR => say("minutes", s / MINUTE),
        s if s < DAY => say("hours", s / HOUR),
        s if s < 30 * DAY => say("days", s / DAY),
        _ => date_text(at, language),
    }
}

/// Filter `ago`.
pub fn ago(value: &Value, now: Timestamp, language: Language, words: &Words) -> Result<String, Error> {
    shown(value, |at| ago_text(at, now, language, words))
}
