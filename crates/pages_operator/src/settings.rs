//! Parameters: what they mean, what they are, and changing one.

use crate::common::*;
use axum::extract::Path;
use domain::access::OperatorRight;
use domain::settings::PARAMETERS;
use web_kit::prelude::*;

const HOME: &str = "/operator/settings";

#[derive(Serialize)]
struct Row {
    key: &'static str,
    id: String,
    text: String,
    unit: String,
    default: String,
    value: String,
    changed: bool,
    min: String,
    max: String,
    /// Smallest step of the value in the form.
    step: &'static str,
}

/// Unit of shares: kept in ten-thousandths, shown and entered per cent.
const SHARE: &str = "basis_points";

/// A value as it is shown and entered: `5.00` per cent for 500 ten-thousandths.
fn shown(unit: &str, value: i64) -> String {
    if unit == SHARE { format!("{}.{:02}", value / 100, value % 100) } else { value.to_string() }
}

/// The other way round; `None` for what is no value.
fn entered(unit: &str, text: &str) -> Option<i64> {
    if unit != SHARE {
        return text.parse().ok();
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    format!("{whole}{part:0<2}").parse().ok()
}

#[derive(Serialize)]
struct Group {
    title: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct SettingsPage {
    groups: Vec<Group>,
    may: May,
}

/// Key of the words of a parameter.
fn words_key(key: &str) -> String {
    format!("setting-{}", key.replace('.', "-"))
}

/// Parameters, grouped by the first part of their keys.
pub async fn show(page: Page) -> PageResult {
    page.require_operator(OperatorRight::Read)?;
    let settings = page.app().settings();
    let mut groups: Vec<Group> = Vec::new();
    for p in PARAMETERS {
        let area = p.key.split('.').next().unwrap_or(p.key);
        let title = page.t(&format!("operator-settings-{area}"));
        let value = settings.get(p.key).unwrap_or(p.default);
        let row = Row {
            key: p.key,
            id: p.key.replace('.', "-"),
            text: page.t(&words_key(p.key)),
            unit: word(&page, "operator-unit-", p.unit),
            default: shown(p.unit, p.default),
            value: shown(p.unit, value),
            changed: value != p.default,
            min: shown(p.unit, p.min),
            max: shown(p.unit, p.max),
            step: if p.unit == SHARE { "0.01" } else { "1" },
        };
        match groups.iter_mut().find(|g| g.title == title) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { title, rows: vec![row] }),
        }
    }
    let ctx = SettingsPage { groups, may: May::of(&page) };
    let title = page.t("nav-operator-settings");
    Ok(desk(page, title).render("operator/settings.html", &ctx))
}

/// Changes one parameter.
pub async fn change(page: Page, Path(key): Path<String>, form: Form) -> PageResult {
    page.require_operator(OperatorRight::ChangeSettings)?;
    let parameter = PARAMETERS.iter().find(|p| p.key == key).ok_or_else(PageError::not_found)?;
    let before = page.app().settings().get(&key).unwrap_or(parameter.default);
    let value = entered(parameter.unit, form.text("value"));
    let outcome = match value {
        Some(value) => page.app().change_setting(page.actor(), &key, value).await,
        None => Err(AppError::field("value", "out-of-range")),
    };
    if let Err(AppError::Invalid(_)) = outcome {
        let arguments = [
            ("name", page.t(&words_key(&key)).into()),
            ("min", shown(parameter.unit, parameter.min).into()),
            ("max", shown(parameter.unit, parameter.max).into()),
        ];
        let text = page.tx("operator-setting-range", &arguments);
        return Ok(page.redirect_with(FlashKind::Danger, text, HOME));
    }
    if outcome.is_err() {
        return answer(&page, outcome, "operator-setting-changed", HOME);
    }
    let arguments = [
        ("name", page.t(&words_key(&key)).into()),
        ("before", shown(parameter.unit, before).into()),
        ("after", shown(parameter.unit, value.unwrap_or(before)).into()),
        ("unit", word(&page, "operator-unit-", parameter.unit).into()),
    ];
    Ok(page.redirect_with(FlashKind::Success, page.tx("operator-setting-changed", &arguments), HOME))
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::words::Words;
    use domain::text::Language;

    #[test]
    fn shares_are_shown_and_entered_per_cent() {
        assert_eq!(
            (shown(SHARE, 500).as_str(), shown(SHARE, 5).as_str(), shown("days", 7).as_str()),
            ("5.00", "0.05", "7")
        );
        for (text, value) in [("5", Some(500)), ("5.5", Some(550)), ("0.05", Some(5)), ("5.005", None), ("", None)] {
            assert_eq!(entered(SHARE, text), value, "{text}");
        }
        assert_eq!((entered("days", "7"), entered("days", "7.5"), entered(SHARE, "-1")), (Some(7), None, None));
    }

    #[test]
    fn every_parameter_is_explained_in_both_languages() {
        let words = Words::built_in();
        for p in PARAMETERS {
            let area = p.key.split('.').next().unwrap();
            for language in Language::ALL {
                for key in [words_key(p.key), format!("operator-settings-{area}"), format!("operator-unit-{}", p.unit)]
                {
                    assert!(words.has(language, &key), "{key} {}", language.code());
                }
            }
        }
    }
}
