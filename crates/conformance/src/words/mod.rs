//! Every text of the suite in Chinese and English, and nothing else: [`checks`] says what each
//! check wants and what to do, [`phrases`] what was found, [`labels`] the frame of the reports.

pub mod checks;
pub mod labels;
pub mod phrases;

use protocol::verdict::Language;

/// The text in the language.
pub(crate) fn pick(language: Language, zh: impl Into<String>, en: impl Into<String>) -> String {
    match language {
        Language::Zh => zh.into(),
        Language::En => en.into(),
    }
}
