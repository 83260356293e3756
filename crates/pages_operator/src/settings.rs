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
    default: i64,
    value: i64,
    changed: bool,
    min: i64,
    max: i64,
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
            default: p.default,
            value,
            changed: value != p.default,
            min: p.min,
            max: p.max,
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
    let outcome = match form.int("value") {
        Some(value) => page.app().change_setting(page.actor(), &key, value).await,
        None => Err(AppError::field("value", "out-of-range")),
    };
    let parameter = PARAMETERS.iter().find(|p| p.key == key).ok_or_else(PageError::not_found)?;
    if let Err(AppError::Invalid(_)) = outcome {
        let arguments = [
            ("name", page.t(&words_key(&key)).into()),
            ("min", parameter.min.to_string().into()),
            ("max", parameter.max.to_string().into()),
        ];
        let text = page.tx("operator-setting-range", &arguments);
        return Ok(page.redirect_with(FlashKind::Danger, text, HOME));
    }
    answer(&page, outcome, "operator-setting-changed", HOME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::words::Words;
    use domain::text::Language;

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
