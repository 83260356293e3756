//! Answers to creations: the instance, its likeness to others, and the encryption of 1.0.

use protocol::answer::{Answer, AppInfo};
use protocol::field_cipher::{Algorithm, Iv, decrypt};
use protocol::verdict::{Exchange, Verdict};
use protocol::{Generation, json};

use super::{Case, Judged, Learned};
use crate::plan::{Severity, Slot};

/// A creation that must give an instance of its own.
pub(super) fn new(case: &Case<'_>, verdict: Verdict, slot: Slot, others: &[Slot]) -> Judged {
    let created = match created(case, verdict) {
        Ok(created) => created,
        Err(judged) => return judged,
    };
    for other in others {
        if case.world.instances.get(other) == Some(&created.id) {
            return case.broken(Severity::Failure, case.phrases().same_instance_for_other(&created.id));
        }
    }
    created.learn(slot)
}

/// A repeated creation that must give the instance of the slot.
pub(super) fn same(case: &Case<'_>, verdict: Verdict, slot: Slot) -> Judged {
    let created = match created(case, verdict) {
        Ok(created) => created,
        Err(judged) => return judged,
    };
    if let Some(first) = case.world.instances.get(&slot)
        && *first != created.id
    {
        return case.broken(Severity::Failure, case.phrases().changed_instance(first, &created.id));
    }
    if let (Some(first), Some(again)) = (case.world.licences.get(&slot), &created.licence)
        && first != again
    {
        return case.broken(Severity::Failure, case.phrases().changed_licence());
    }
    created.learn(slot)
}

struct Created {
    id: String,
    licence: Option<String>,
    accepted_only: bool,
    front_end: Option<String>,
    remarks: Vec<String>,
}

impl Created {
    fn learn(self, slot: Slot) -> Judged {
        let learned = Learned {
            front_ends: self.front_end.into_iter().map(|url| (self.id.clone(), url)).collect(),
            instance: Some((slot, self.id)),
            licence: self.licence.map(|text| (slot, text)),
            accepted_only: self.accepted_only,
        };
        Judged::Passed(learned, self.remarks)
    }
}

fn created(case: &Case<'_>, verdict: Verdict) -> Result<Created, Judged> {
    let (answer, processing) = match verdict {
        Verdict::Success(answer) => (answer, false),
        Verdict::Processing(answer) => (answer, true),
        Verdict::Failure(failure) => return Err(case.failed(&failure)),
    };
    // Only SaaS 2.0 has a query to poll with; the others are asked again (D-32).
    let polled = case.generation == Generation::SaasV2;
    match answer {
        _ if processing && !polled => Err(Judged::AskAgain),
        Answer::Created(created) => {
            let mut remarks = Vec::new();
            if let Some(app) = &created.app_info {
                remarks.extend(unreadable(case, app));
            }
            remarks.extend(announced_otherwise(case));
            remarks.extend(case.call.remarks(&Answer::Created(created.clone())).iter().map(|r| r.text(case.language)));
            Ok(Created {
                id: created.instance_id,
                licence: None,
                accepted_only: created.accepted_only,
                front_end: created.app_info.map(|app| app.front_end_url),
                remarks,
            })
        }
        Answer::Licence(licence) => Ok(Created {
            id: licence.instance_id.unwrap_or_default(),
            licence: Some(licence.license),
            accepted_only: false,
            front_end: None,
            remarks: Vec::new(),
        }),
        _ => Err(Judged::AskAgain),
    }
}

/// Account or password that decrypted to something nobody can read: the initialisation vector in
/// front is not the one that was used.
pub(super) fn unreadable(case: &Case<'_>, app: &AppInfo) -> Option<String> {
    if !case.generation.is_get() {
        return None;
    }
    let bad = |text: &Option<String>| text.as_deref().is_some_and(|text| text.chars().any(char::is_control));
    let name = if bad(&app.user_name) {
        "userName"
    } else if bad(&app.password) {
        "password"
    } else {
        return None;
    };
    Some(case.phrases().unreadable(name))
}

/// A cipher text that only another algorithm than the announced one decrypts (3.4, D-15), or whose
/// initialisation vector is not 16 letters and digits.
fn announced_otherwise(case: &Case<'_>) -> Option<String> {
    let Exchange::Answer(answer) = case.exchange else {
        return None;
    };
    if case.generation != Generation::SaasV1 {
        return None;
    }
    let body = json::parse_object(&answer.body).ok()?;
    let announced = body.get("encryptType").and_then(|value| value.as_str()).unwrap_or("1");
    let cipher = body.get("appInfo")?.get("password")?.as_str()?;
    if cipher.get(..16).and_then(Iv::from_text).is_none() {
        return Some(case.phrases().odd_iv());
    }
    let algorithm = Algorithm::from_encrypt_type(announced)?;
    match decrypt(case.key, algorithm, cipher) {
        Ok(_) => None,
        Err(_) => Some(case.phrases().other_algorithm(announced)),
    }
}
