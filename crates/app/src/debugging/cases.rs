//! Saved cases: listed, run again, deleted; and which ones a product needs.

use super::{DebugRun, DebugWish, addresses, debugger, generation_name, within};
use crate::App;
use crate::actor::{Actor, Member};
use crate::error::AppError;
use domain::access::Right;
use domain::catalogue::content::{Access, ProductContent};
use domain::debugging::{missing_cases, needed_cases};
use domain::text::Language;
use serde_json::json;
use store::debugging::{CaseFilter, DebugCase};
use store::listing::{PageRequest, Paged};
use tokio::task::JoinSet;

/// How far a needed case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateState {
    /// Saved, and its last run succeeded.
    Passed,
    /// Saved, and its last run failed.
    Failed,
    /// Not saved.
    Missing,
}

/// A case that a product needs, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseGate {
    /// The tab.
    pub activity: &'static str,
    /// Its variant; empty where it has one form.
    pub variant: &'static str,
    /// Whether the product may not be published without it.
    pub must: bool,
    /// How far it is.
    pub state: GateState,
}

fn gates_of(tx: &mut store::Tx<'_>, owner: &str, content: &ProductContent) -> Result<Vec<CaseGate>, AppError> {
    let Access::Saas { production_address, generation, .. } = &content.access;
    let saved = store::debugging::cases_of(tx, owner, production_address.trim(), generation_name(*generation))?;
    let state =
        |activity: &str, variant: &str| match saved.iter().find(|c| c.activity == activity && c.variant == variant) {
            None => GateState::Missing,
            Some(case) if case.passed() => GateState::Passed,
            Some(_) => GateState::Failed,
        };
    let gate = |n: domain::debugging::NeededCase| CaseGate {
        activity: n.activity,
        variant: n.variant,
        must: n.must,
        state: state(n.activity, n.variant),
    };
    Ok(needed_cases(content).into_iter().map(gate).collect())
}

/// Whether a product may not be published because of its cases.
pub(crate) fn lacks_cases(tx: &mut store::Tx<'_>, owner: &str, content: &ProductContent) -> Result<bool, AppError> {
    let gates = gates_of(tx, owner, content)?;
    let passed = |activity: &str, variant: &str| {
        gates.iter().any(|g| g.activity == activity && g.variant == variant && g.state == GateState::Passed)
    };
    Ok(!missing_cases(&needed_cases(content), passed).is_empty())
}

/// Whether a product that customers have or can buy needs this case (D-47).
fn is_needed(tx: &mut store::Tx<'_>, case: &DebugCase) -> Result<bool, AppError> {
    let needs = |content: &ProductContent| {
        let Access::Saas { production_address, generation, .. } = &content.access;
        *production_address == case.address
            && generation_name(*generation) == case.generation
            && needed_cases(content).iter().any(|n| n.must && n.activity == case.activity && n.variant == case.variant)
    };
    Ok(store::debugging::live_products(tx, &case.organisation_id)?.iter().any(|(_, content)| needs(content)))
}

fn load(tx: &mut store::Tx<'_>, member: &Member, id: &str) -> Result<DebugCase, AppError> {
    let case = store::debugging::load_case(tx, &member.organisation_id, id)?.ok_or(AppError::NotFound)?;
    within(tx, member, &case.address)?;
    Ok(case)
}

impl App {
    /// The cases of one's organisation.
    pub async fn debug_cases(
        &self,
        actor: &Actor,
        mut filter: CaseFilter,
        page: PageRequest,
    ) -> Result<Paged<DebugCase>, AppError> {
        let member = debugger(actor)?.clone();
        self.look(move |tx| {
            if member.is_narrowed() {
                filter.addresses = addresses(tx, &member)?.into_iter().map(|known| known.address).collect();
                // No address is none at all, not every one.
                filter.addresses.push(String::new());
            }
            Ok(store::debugging::list_cases(tx, &member.organisation_id, &filter, &page)?)
        })
        .await
    }

    /// A saved case as it can be tried again, with its parameters.
    pub async fn debug_case(&self, actor: &Actor, id: &str) -> Result<(DebugCase, DebugWish), AppError> {
        let (member, wanted) = (debugger(actor)?.clone(), id.to_owned());
        let case = self.look(move |tx| load(tx, &member, &wanted)).await?;
        let text = self.inner.secrets.open(&case.parameters_cipher).map_err(AppError::Internal)?;
        let wish = DebugWish {
            address: case.address.clone(),
            generation: case.generation.clone(),
            activity: case.activity.clone(),
            variant: case.variant.clone(),
            values: serde_json::from_str(&text)?,
        };
        Ok((case, wish))
    }

    /// Runs a case again; what came of it is kept with the case.
    pub async fn run_case(&self, actor: &Actor, id: &str, language: Language) -> Result<DebugRun, AppError> {
        let (case, wish) = self.debug_case(actor, id).await?;
        let mut run = self.debug(actor, wish, false, language).await?;
        let (outcome, owner) = (run.outcome(), case.organisation_id.clone());
        let (case_id, saved_at) = (case.id.clone(), case.saved_at);
        self.act(actor, move |work| {
            Ok(store::debugging::note_run(work.tx, &owner, (&case_id, saved_at), &outcome, work.real_now)?)
        })
        .await?;
        run.case_id = Some(case.id);
        Ok(run)
    }

    /// Runs every case of an address and generation again, all at the same time, because somebody waits
    /// for the answer: what came of each, or why it was not run.
    pub async fn run_cases(
        &self,
        actor: &Actor,
        address: &str,
        generation: &str,
        language: Language,
    ) -> Result<Vec<(DebugCase, Result<DebugRun, AppError>)>, AppError> {
        let member = debugger(actor)?.clone();
        let (address, generation) = (address.to_owned(), generation.to_owned());
        let cases = self
            .act(actor, move |work| {
                within(work.tx, &member, &address)?;
                let owner = &member.organisation_id;
                let cases = store::debugging::cases_of(work.tx, owner, &address, &generation)?;
                let detail = json!({"address": address, "generation": generation, "count": cases.len()});
                work.audit(owner, "cases.ran", "case", "", &detail);
                Ok(cases)
            })
            .await?;
        let mut running = JoinSet::new();
        for case in cases {
            let (app, actor) = (self.clone(), actor.clone());
            running.spawn(async move {
                let run = app.run_case(&actor, &case.id, language).await;
                (case, run)
            });
        }
        let mut results = running.join_all().await;
        results.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        Ok(results)
    }

    /// Removes a case, unless a product that customers have or can buy needs it (D-47).
    pub async fn delete_case(&self, actor: &Actor, id: &str) -> Result<(), AppError> {
        let (member, id) = (debugger(actor)?.clone(), id.to_owned());
        self.act(actor, move |work| {
            let case = load(work.tx, &member, &id)?;
            if is_needed(work.tx, &case)? {
                return Err(AppError::Refused("case-needed"));
            }
            store::debugging::delete_case(work.tx, &member.organisation_id, &id)?;
            let detail = json!({"address": case.address, "activity": case.activity, "variant": case.variant});
            work.audit(&member.organisation_id, "case.deleted", "case", &id, &detail);
            Ok(())
        })
        .await
    }

    /// The cases that a product of one's own needs, and how far each is (seller interface 11.3).
    pub async fn case_gates(&self, actor: &Actor, content: &ProductContent) -> Result<Vec<CaseGate>, AppError> {
        let owner = actor.seller_may(Right::ProductView)?.organisation_id.clone();
        let content = content.clone();
        self.look(move |tx| gates_of(tx, &owner, &content)).await
    }
}
