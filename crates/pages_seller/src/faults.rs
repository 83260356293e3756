//! Faults of content at the fields of the editor, with words that name the field.

use crate::draft::PRICES;
use app::domain::catalogue::content::ProductContent;
use web_kit::form_errors::ErrorLine;
use web_kit::prelude::*;

/// The field of the editor that a fault belongs to: price lines have names there, and a list that
/// is empty is shown at its first field.
pub fn editor_field(field: &str, content: &ProductContent) -> String {
    let parts: Vec<&str> = field.split('.').collect();
    match parts.as_slice() {
        ["categories"] => "categories.0".to_owned(),
        ["access"] => "access.production_address".to_owned(),
        ["file"] => "pictures".to_owned(),
        ["specifications", i, "prices"] => format!("specifications.{i}.month"),
        ["specifications", i, "prices", n] => {
            let line = i
                .parse::<usize>()
                .ok()
                .and_then(|i| content.specifications.get(i))
                .zip(n.parse::<usize>().ok())
                .and_then(|(s, n)| s.prices.get(n));
            let name = line.and_then(|l| PRICES.iter().find(|(_, m, p)| *m == l.mode && *p == l.period));
            format!("specifications.{i}.{}", name.map_or("month", |n| n.0))
        }
        _ => field.to_owned(),
    }
}

/// Words that name a field, such as `Specification 2 · Name (Chinese)`.
pub fn field_label(page: &Page, field: &str) -> String {
    let (rest, language) = match field.rsplit_once('.') {
        Some((rest, "zh")) => (rest, Some("seller-in-zh")),
        Some((rest, "en")) => (rest, Some("seller-in-en")),
        _ => (field, None),
    };
    let mut words = Vec::new();
    let mut name = Vec::new();
    for part in rest.split('.') {
        match part.parse::<i64>() {
            Ok(i) => {
                let key = format!("seller-nth-{}", name.join("-"));
                words.push(page.tx(&key, &[("no", (i + 1).into())]));
                name = vec![name.first().copied().unwrap_or("")];
            }
            Err(_) => name.push(part),
        }
    }
    let last = if words.is_empty() || name.len() > 1 {
        page.t(&format!("seller-field-{}", name.join("-").replace('_', "-")))
    } else {
        String::new()
    };
    words.push(last);
    words.retain(|w| !w.is_empty());
    let text = words.join(" · ");
    match language {
        Some(key) => format!("{text}{}", page.t(key)),
        None => text,
    }
}

/// What the editor shows after `error`: every line names its field and leads there.
pub fn show(page: &Page, error: AppError, content: &ProductContent) -> Result<FormErrors, PageError> {
    let plain = page.form_errors(error)?;
    let mut seen = Vec::new();
    let (mut lines, mut at) = (Vec::new(), Vec::new());
    for line in plain.list {
        if line.field.is_empty() {
            lines.push(line);
            continue;
        }
        let field = editor_field(&line.field, content);
        if seen.contains(&(field.clone(), line.text.clone())) {
            continue;
        }
        seen.push((field.clone(), line.text.clone()));
        at.push((field.clone(), line.text.clone()));
        let text =
            page.tx("seller-fault-line", &[("field", field_label(page, &field).into()), ("fault", line.text.into())]);
        lines.push(ErrorLine { field, text });
    }
    Ok(FormErrors { list: lines, at: at.into_iter().collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft_parse::tests::sample;

    #[test]
    fn a_fault_of_a_price_line_stands_at_its_field() {
        let content = sample();
        assert_eq!(editor_field("specifications.0.prices.0", &content), "specifications.0.year");
        assert_eq!(editor_field("specifications.0.prices.1", &content), "specifications.0.month");
        assert_eq!(editor_field("specifications.7.prices.9", &content), "specifications.7.month");
        assert_eq!(editor_field("specifications.0.prices", &content), "specifications.0.month");
    }

    #[test]
    fn other_fields_keep_their_names() {
        let content = sample();
        assert_eq!(editor_field("name.zh", &content), "name.zh");
        assert_eq!(editor_field("categories", &content), "categories.0");
    }
}
