//! The scenarios of the debugging page (11.2) as data: the tabs and variants of every generation,
//! their preset parameters, and the call that edited parameters make.
//!
//! The parameters of a scenario are those of the table of its activity, so that a page, the API and
//! the engine never disagree about a name, a limit or a form.

mod preset;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::auth_token::{Parameters, TIME_STAMP};
use crate::call::Call;
use crate::form::{Field, Kind, RequestProblem, check};
use crate::generation::Generation;
use crate::json::Object;
use crate::{license_code, license_v1, online_license, order_notify, saas_v1, saas_v2, times};

pub use preset::{ENCRYPTED, Fresh, is_encrypted};

/// One tab of the debugging page with one of its variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scenario {
    /// The generation that the address speaks.
    pub generation: Generation,
    /// The tab: the text of `activity`.
    pub activity: &'static str,
    /// What the tab tries: a charging mode (`PERIOD`, `TRIAL` …), a scene or a status; empty where
    /// the tab has one form only.
    pub variant: &'static str,
}

/// A parameter as the page offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedField {
    /// Name on the wire; a member of an object is written `object.member`.
    pub name: String,
    /// The preset value; empty for none.
    pub value: String,
    /// Whether a call without it is refused.
    pub mandatory: bool,
    /// Most characters.
    pub limit: usize,
    /// The words that are allowed; empty for any text.
    pub words: &'static [&'static str],
    /// Whether the scenario says the value and it cannot be edited.
    pub fixed: bool,
}

/// A parameter that cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem:?}")]
pub struct FieldFault {
    /// Name as in [`NamedField::name`].
    pub field: String,
    /// What is wrong.
    pub problem: FaultKind,
}

/// What is wrong with a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// Mandatory and empty.
    Missing,
    /// Longer than documented.
    TooLong,
    /// Of another form than documented.
    Form,
    /// The scenario has no such parameter.
    Unknown,
}

/// Charging modes of a creation (D-44).
const CHARGING: &[&str] = &["PERIOD", "ONE_TIME", "ON_DEMAND", "ON_DEMAND_PACKAGE", "TRIAL"];
const ONE: &[&str] = &[""];
const SCENES: &[&str] = &["RENEWAL", "TRIAL_TO_FORMAL", "UNSUBSCRIBE_RENEWAL_PERIOD"];
const STATUSES: &[&str] = &["FREEZE", "UNFREEZE"];

type Tabs = &'static [(&'static str, &'static [&'static str])];

const fn tabs(generation: Generation) -> Tabs {
    match generation {
        Generation::SaasV2 => &[
            ("newInstance", CHARGING),
            ("queryInstance", ONE),
            ("refreshInstance", &["RENEWAL", "TRIAL_TO_FORMAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE"]),
            ("updateInstanceStatus", STATUSES),
            ("releaseInstance", ONE),
            ("upgradeInstance", ONE),
            ("changeInstanceCheck", ONE),
        ],
        Generation::SaasV1 => &[
            ("newInstance", CHARGING),
            ("refreshInstance", &["RENEWAL", "TRIAL_TO_FORMAL"]),
            ("expireInstance", ONE),
            ("releaseInstance", ONE),
            ("upgrade", ONE),
            ("instanceStatus", &["FREEZE", "NORMAL"]),
            ("queryInstance", ONE),
        ],
        Generation::LicenseCode => &[
            ("refreshLicenseCode", &["RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD"]),
            ("updateLicenseCodeStatus", STATUSES),
            ("releaseLicenseCode", ONE),
        ],
        Generation::LicenseV1 => {
            &[("getLicense", ONE), ("refreshLicense", ONE), ("expireLicense", ONE), ("releaseLicense", ONE)]
        }
        Generation::GeneralLicense => &[("getLicense", ONE)],
        Generation::OnlineLicense => &[
            ("newInstance", ONE),
            ("refreshInstance", SCENES),
            ("updateInstanceStatus", STATUSES),
            ("releaseInstance", ONE),
            ("getLicenseAsync", ONE),
        ],
        Generation::OrderNotify => &[(order_notify::ACTIVITY, ONE)],
    }
}

/// Every tab and variant of a generation, in the order of the page.
pub fn scenarios(generation: Generation) -> Vec<Scenario> {
    let one = |&(activity, variants): &(&'static str, &'static [&'static str])| {
        variants.iter().map(move |variant| Scenario { generation, activity, variant })
    };
    tabs(generation).iter().flat_map(one).collect()
}

impl Scenario {
    /// The scenario with these names.
    pub fn find(generation: Generation, activity: &str, variant: &str) -> Option<Self> {
        scenarios(generation).into_iter().find(|s| s.activity == activity && s.variant == variant)
    }

    /// The parameters with their presets, in the order of the table; `activity`, `testFlag` and the
    /// time of signing are not among them, because the marketplace writes them.
    pub fn fields(&self, fresh: &Fresh<'_>) -> Vec<NamedField> {
        let mut named = Vec::new();
        for (name, field) in self.table() {
            let fixed = self.fixed(&name);
            if fixed == Some("") {
                continue;
            }
            named.push(NamedField {
                value: fixed.map_or_else(|| self.preset(&name, fresh), str::to_owned),
                mandatory: field.mandatory,
                limit: field.limit,
                words: match field.kind {
                    Kind::OneOf(words) => words,
                    _ => &[],
                },
                fixed: fixed.is_some(),
                name,
            });
        }
        named
    }

    /// The call that these parameters make; what the scenario fixes is taken from it.
    ///
    /// # Errors
    /// Every parameter that is unknown, missing or malformed, in the order of the table.
    pub fn build(&self, values: &BTreeMap<String, String>) -> Result<Call, Vec<FieldFault>> {
        let table = self.table();
        let mut faults: Vec<FieldFault> = values
            .keys()
            .filter(|name| table.iter().all(|(known, _)| known != *name))
            .map(|name| FieldFault { field: name.clone(), problem: FaultKind::Unknown })
            .collect();
        let mut given: Vec<(&str, &str)> = Vec::new();
        for (name, _) in &table {
            let value = self.fixed(name).unwrap_or_else(|| values.get(name).map_or("", |v| v.trim()));
            if !value.is_empty() {
                given.push((name, value));
            }
        }
        let read = if self.generation.is_get() {
            let parameters = self.parameters(&given);
            let problems = self.problems(|field| check(std::slice::from_ref(field), &parameters));
            faults.extend(problems);
            self.read_parameters(&parameters)
        } else {
            let object = self.object(&given);
            faults.extend(self.problems(|field| check(std::slice::from_ref(field), &object)));
            self.read_object(&object)
        };
        match read {
            Ok(call) if faults.is_empty() => Ok(call),
            Ok(_) => Err(faults),
            Err(problem) => {
                if faults.is_empty() {
                    faults.push(self.fault(&problem));
                }
                Err(faults)
            }
        }
    }

    /// Whether the scenario has a parameter with this name.
    pub fn has_parameter(&self, name: &str) -> bool {
        self.table().iter().any(|(known, _)| known == name)
    }

    /// Names and rows of the table, objects taken apart.
    fn table(&self) -> Vec<(String, Field)> {
        let mut rows = Vec::new();
        for field in self.rows() {
            match field.kind {
                _ if matches!(field.name, "activity" | "testFlag") || field.name == TIME_STAMP => {}
                Kind::Object(members) => {
                    rows.extend(members.iter().map(|member| (format!("{}.{}", field.name, member.name), *member)));
                }
                _ => rows.push((field.name.to_owned(), *field)),
            }
        }
        rows
    }

    fn rows(&self) -> &'static [Field] {
        let found = match self.generation {
            Generation::SaasV2 => saas_v2::Activity::from_name(self.activity).map(saas_v2::Activity::fields),
            Generation::SaasV1 => saas_v1::Activity::from_name(self.activity).map(saas_v1::Activity::fields),
            Generation::LicenseCode => {
                license_code::Activity::from_name(self.activity).map(license_code::Activity::fields)
            }
            Generation::LicenseV1 | Generation::GeneralLicense => {
                license_v1::Activity::from_name(self.activity).map(license_v1::Activity::fields)
            }
            Generation::OnlineLicense => {
                online_license::Activity::from_name(self.activity).map(online_license::Activity::fields)
            }
            Generation::OrderNotify => Some(order_notify::FIELDS.as_slice()),
        };
        found.unwrap_or_default()
    }

    fn parameters(&self, given: &[(&str, &str)]) -> Parameters {
        let mut parameters: Parameters = given.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        parameters.insert("activity".to_owned(), self.activity.to_owned());
        // The time of signing is written when the call is signed; any good one passes the table.
        parameters.insert(TIME_STAMP.to_owned(), times::time_stamp_from_unix_ms(0).unwrap_or_default());
        parameters
    }

    fn object(&self, given: &[(&str, &str)]) -> Object {
        let mut object = Object::new();
        for (name, value) in given {
            match name.split_once('.') {
                None => drop(object.insert((*name).to_owned(), (*value).into())),
                Some((outer, member)) => {
                    let inner = object.entry(outer).or_insert_with(|| Value::Object(Object::new()));
                    // A number stays a text when it is none, and the check says so.
                    let number = (member == "linearValue").then(|| value.parse::<u64>().ok()).flatten();
                    inner[member] = number.map_or_else(|| (*value).into(), Value::from);
                }
            }
        }
        object.insert("activity".to_owned(), self.activity.into());
        object.insert("testFlag".to_owned(), "1".into());
        object
    }

    fn problems(&self, check: impl Fn(&Field) -> Result<(), RequestProblem>) -> Vec<FieldFault> {
        self.rows().iter().filter_map(|field| check(field).err()).map(|problem| self.fault(&problem)).collect()
    }

    /// The parameter that a problem is about, by the name that the page knows.
    fn fault(&self, problem: &RequestProblem) -> FieldFault {
        let (name, kind) = match problem {
            RequestProblem::Missing(name) => (*name, FaultKind::Missing),
            RequestProblem::TooLong { field, .. } => (*field, FaultKind::TooLong),
            RequestProblem::Invalid(name) => (*name, FaultKind::Form),
            RequestProblem::Json(_) | RequestProblem::UnknownActivity(_) => ("activity", FaultKind::Form),
        };
        let table = self.table();
        let exact = table.iter().find(|(known, _)| known == name);
        let within = table.iter().find(|(known, _)| {
            let (outer, member) = known.split_once('.').unwrap_or_default();
            member == name || outer == name
        });
        let field = exact.or(within).map_or_else(|| name.to_owned(), |(known, _)| known.clone());
        FieldFault { field, problem: kind }
    }

    fn read_parameters(&self, parameters: &Parameters) -> Result<Call, RequestProblem> {
        Ok(match self.generation {
            Generation::SaasV1 => Call::SaasV1(saas_v1::Request::parse(parameters)?.request),
            _ => Call::LicenseV1(license_v1::Request::parse(parameters)?.0),
        })
    }

    fn read_object(&self, object: &Object) -> Result<Call, RequestProblem> {
        let bytes = Value::Object(object.clone()).to_string().into_bytes();
        let call = match self.generation {
            Generation::LicenseCode => Call::LicenseCode(license_code::Request::parse(&bytes)?.0),
            Generation::OnlineLicense => Call::OnlineLicense(online_license::Request::parse(&bytes)?.0),
            Generation::OrderNotify => Call::OrderNotify(order_notify::parse(&bytes)?.0),
            _ => Call::SaasV2(saas_v2::Request::parse_object(object)?.request),
        };
        call.check()?;
        Ok(call)
    }
}
