//! What a seller wants to try: an address, a tab and its parameters.

use super::debugger;
use crate::App;
use crate::actor::Actor;
use crate::error::{AppError, FieldError};
use domain::id::Seed;
use protocol::Generation;
use protocol::scenario::{FaultKind, FieldFault, Fresh, Scenario, scenarios};
use std::collections::BTreeMap;

/// A parameter of a form, with its preset or saved value.
pub use protocol::scenario::NamedField as Parameter;

/// A debug call as it is asked for; the names are those of the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DebugWish {
    /// Production address.
    pub address: String,
    /// Stored name of the generation, e.g. `saas_v2`.
    pub generation: String,
    /// The tab: the text of `activity`.
    pub activity: String,
    /// The variant of the tab; empty where it has one form.
    pub variant: String,
    /// Parameters by name, without `activity`, `testFlag`, time and signature.
    pub values: BTreeMap<String, String>,
}

/// A tab of the workbench with one of its variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tab {
    /// Stored name of the generation.
    pub generation: &'static str,
    /// The text of `activity`.
    pub activity: &'static str,
    /// The variant; empty where the tab has one form.
    pub variant: &'static str,
}

impl From<Scenario> for Tab {
    fn from(s: Scenario) -> Tab {
        Tab { generation: s.generation.as_str(), activity: s.activity, variant: s.variant }
    }
}

/// A tab with the form that it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TabForm {
    /// The tab.
    pub tab: Tab,
    /// Its parameters, preset.
    pub parameters: Vec<Parameter>,
}

/// The scenario that a wish names.
pub(super) fn scenario(wish: &DebugWish) -> Result<Scenario, AppError> {
    let unknown = |field: &str| AppError::field(field, "debug-unknown-tab");
    let generation = Generation::from_name(&wish.generation).ok_or_else(|| unknown("generation"))?;
    Scenario::find(generation, &wish.activity, &wish.variant).ok_or_else(|| unknown("activity"))
}

/// Faults of parameters as faults of fields.
pub(super) fn invalid(faults: Vec<FieldFault>) -> AppError {
    let code = |kind| match kind {
        FaultKind::Missing => "required",
        FaultKind::TooLong => "too-long",
        FaultKind::Form => "parameter-form",
        FaultKind::Unknown => "unknown-field",
    };
    AppError::Invalid(faults.into_iter().map(|f| FieldError::new(f.field, code(f.problem))).collect())
}

impl App {
    /// The tabs of every generation, or of one of them.
    pub fn debug_tabs(&self, generation: Option<&str>) -> Vec<Tab> {
        let wanted = Generation::ALL.into_iter().filter(|g| generation.is_none_or(|name| name == g.as_str()));
        wanted.flat_map(scenarios).map(Tab::from).collect()
    }

    /// The names of the generations.
    pub fn debug_generations(&self) -> Vec<&'static str> {
        Generation::ALL.iter().map(|g| g.as_str()).collect()
    }

    /// Whether calls of a generation are sent by GET, so that the link itself is the command.
    pub fn debug_by_link(&self, generation: &str) -> bool {
        Generation::from_name(generation).is_some_and(Generation::is_get)
    }

    /// The form of a tab with fresh presets.
    pub fn debug_form(&self, actor: &Actor, wish: &DebugWish) -> Result<TabForm, AppError> {
        debugger(actor)?;
        let scenario = scenario(wish)?;
        let business_id = self.fresh_business_id();
        let fresh = Fresh { now_ms: self.now().millis(), business_id: &business_id };
        Ok(TabForm { tab: scenario.into(), parameters: scenario.fields(&fresh) })
    }

    pub(super) fn fresh_business_id(&self) -> String {
        let millis = u64::try_from(self.now().millis()).unwrap_or(0);
        domain::id::text("biz", Seed { millis, random: u128::from_le_bytes(crate::secrets::random_bytes()) })
    }
}
