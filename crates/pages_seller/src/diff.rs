//! Content as labelled lines, and two contents side by side.

use crate::faults::field_label;
use crate::products::price_text;
use app::domain::catalogue::content::{Access, Highlight, ProductContent, Specification};
use app::domain::text::Localized;
use std::collections::HashMap;
use web_kit::prelude::*;

/// A row of `d.diff`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffRow {
    /// Name of the entry.
    pub label: String,
    /// On sale now.
    pub old: String,
    /// Asked for.
    pub new: String,
}

/// A labelled line; the key joins the lines of two contents.
pub struct Line {
    key: String,
    label: String,
    text: String,
}

/// Names of the categories by id.
pub async fn category_names(page: &Page) -> Result<HashMap<String, String>, AppError> {
    let all = page.app().categories().await?;
    Ok(all.into_iter().map(|c| (c.id, page.pick(&c.name).to_owned())).collect())
}

struct Lines<'p> {
    page: &'p Page,
    lines: Vec<Line>,
}

impl Lines<'_> {
    fn add(&mut self, field: &str, text: impl Into<String>) {
        let label = field_label(self.page, field);
        let text: String = text.into();
        let text = text.replace("\r\n", "\n").trim().to_owned();
        self.lines.push(Line { key: field.to_owned(), label, text });
    }

    fn both(&mut self, field: &str, text: &Localized) {
        self.add(&format!("{field}.zh"), text.zh.clone());
        self.add(&format!("{field}.en"), text.en.clone());
    }

    fn points(&mut self, field: &str, points: &[Highlight]) {
        for (i, point) in points.iter().enumerate() {
            self.both(&format!("{field}.{i}.title"), &point.title);
            self.both(&format!("{field}.{i}.text"), &point.text);
        }
    }

    fn specification(&mut self, i: usize, s: &Specification) {
        let start = self.lines.len();
        let path = format!("specifications.{i}");
        let page = self.page;
        self.both(&format!("{path}.name"), &s.name);
        self.both(&format!("{path}.description"), &s.description);
        let attribute =
            |a: &app::domain::catalogue::content::Attribute| format!("{}: {}", page.pick(&a.name), page.pick(&a.value));
        self.add(&format!("{path}.attributes"), s.attributes.iter().map(attribute).collect::<Vec<_>>().join("\n"));
        let price = |p: &app::domain::catalogue::content::PriceLine| {
            price_text(page, p.mode, p.period.map(|p| p.code()), p.price)
        };
        self.add(&format!("{path}.prices"), s.prices.iter().map(price).collect::<Vec<_>>().join(", "));
        self.add(&format!("{path}.trial_days"), s.trial_days.map(|d| d.to_string()).unwrap_or_default());
        self.flag(&format!("{path}.no_reason_refund"), s.no_reason_refund);
        self.flag(&format!("{path}.hidden"), s.hidden);
        self.flag(&format!("{path}.discontinued"), s.discontinued);
        // The id joins the two sides, not the place in the list.
        let place = format!("{path}.");
        for line in &mut self.lines[start..] {
            line.key = line.key.replacen(&place, &format!("{}.", s.id), 1);
        }
    }

    fn flag(&mut self, field: &str, on: bool) {
        let word = self.page.t(if on { "seller-yes" } else { "seller-no" });
        self.add(field, word);
    }
}

/// Everything that a content says, in the order of the editor.
pub fn lines(page: &Page, content: &ProductContent, categories: &HashMap<String, String>) -> Vec<Line> {
    let mut l = Lines { page, lines: Vec::new() };
    l.both("name", &content.name);
    l.add("version", content.version.clone());
    let name = |id: &String| categories.get(id).unwrap_or(id).clone();
    l.add("categories", content.categories.iter().map(name).collect::<Vec<_>>().join(", "));
    let tags = |pick: fn(&Localized) -> &String| content.tags.iter().map(pick).cloned().collect::<Vec<_>>().join(", ");
    l.both("tags", &Localized::new(tags(|tag| &tag.zh), tags(|tag| &tag.en)));
    l.both("summary", &content.summary);
    l.flag("public_sale", content.public_sale);
    l.add("logo", content.logo.clone().unwrap_or_default());
    l.add("pictures", content.pictures.join("\n"));
    l.both("description", &content.description);
    l.points("highlights", &content.highlights);
    l.points("cases", &content.cases);
    l.both("usage_guide", &content.usage_guide);
    l.both("support.hours", &content.support.hours);
    l.add("support.zone", content.support.zone.clone());
    l.both("support.content", &content.support.content);
    l.add("support.hotline", content.support.hotline.clone());
    l.add("support.email", content.support.email.clone());
    l.both("agreement", &content.agreement);
    for (i, s) in content.specifications.iter().enumerate() {
        l.specification(i, s);
    }
    let Access::Saas { production_address, generation, .. } = &content.access;
    l.add("access.production_address", production_address.clone());
    l.add("access.generation", generation.code().to_owned());
    l.lines
}

/// One content alone; empty lines are left out.
pub fn plain(lines: Vec<Line>) -> Vec<DiffRow> {
    let row = |l: Line| DiffRow { label: l.label, old: l.text.clone(), new: l.text };
    lines.into_iter().filter(|l| !l.text.is_empty()).map(row).collect()
}

/// Texts of so many lines are shown whole.
const SHORT: usize = 4;

/// Leaves out the lines that two long texts begin and end with; `cut` stands for them.
fn shorten(old: &str, new: &str, cut: &str) -> (String, String) {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if a.len().max(b.len()) <= SHORT {
        return (old.to_owned(), new.to_owned());
    }
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let most = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(x, y)| x == y).count();
    let part = |lines: &[&str]| {
        let middle = lines[start..lines.len() - end].iter().map(|l| (*l).to_owned());
        let before = (start > 0).then(|| cut.to_owned());
        let after = (end > 0).then(|| cut.to_owned());
        before.into_iter().chain(middle).chain(after).collect::<Vec<_>>().join("\n")
    };
    (part(&a), part(&b))
}

/// What differs between two contents: changed, added and removed lines. `cut` stands for what long
/// texts have in common.
pub fn compare(old: Vec<Line>, new: Vec<Line>, cut: &str) -> Vec<DiffRow> {
    let mut before: HashMap<String, Line> = HashMap::new();
    let mut order = Vec::new();
    for line in old {
        order.push(line.key.clone());
        before.insert(line.key.clone(), line);
    }
    let mut rows = Vec::new();
    for line in new {
        let was = before.remove(&line.key).map(|l| l.text).unwrap_or_default();
        if was != line.text {
            let (old, new) = shorten(&was, &line.text, cut);
            rows.push(DiffRow { label: line.label, old, new });
        }
    }
    let gone = order.iter().filter_map(|key| before.remove(key)).filter(|l| !l.text.is_empty());
    rows.extend(gone.map(|l| DiffRow { label: l.label, old: l.text, new: String::new() }));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(key: &str, text: &str) -> Line {
        Line { key: key.into(), label: key.to_uppercase(), text: text.into() }
    }

    #[test]
    fn only_what_differs_is_a_change() {
        let old = vec![line("a", "1"), line("b", "2"), line("c", "3"), line("d", "")];
        let new = vec![line("b", "2"), line("a", "one"), line("e", "5")];
        let rows = compare(old, new, "…");
        let short: Vec<_> = rows.iter().map(|r| (r.label.as_str(), r.old.as_str(), r.new.as_str())).collect();
        assert_eq!(short, [("A", "1", "one"), ("E", "", "5"), ("C", "3", "")]);
    }

    #[test]
    fn long_texts_show_where_they_differ() {
        let cut = |old, new| shorten(old, new, "…");
        assert_eq!(cut("a\nb\nc\nd\ne", "a\nx\nc\nd\ne"), ("…\nb\n…".into(), "…\nx\n…".into()));
        assert_eq!(cut("a\na\na\na", "a\na\na\na\na"), ("…".into(), "…\na".into()));
        assert_eq!(cut("", "n"), (String::new(), "n".into()));
    }
}
