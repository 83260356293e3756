//! The product editor: one form, saved as a draft as often as the seller likes. Every button is a
//! submit button, so it works without script.

use crate::display::{Badge, badge, console, time};
use crate::draft::{CASES, Draft, SPECIFICATIONS, SpecificationDraft};
use crate::history::{Event, events};
use crate::{debug, draft_parse, faults};
use app::catalogue::ApplicationDetail;
use app::debugging::{CaseGate, GateState, generation_name};
use app::domain::access::Right;
use app::domain::catalogue::application::{ApplicationKind, ApplicationState};
use app::domain::catalogue::content::{Access, Highlight, ProductContent};
use app::domain::catalogue::kinds::InterfaceGeneration;
use axum::extract::Path;
use axum::http::StatusCode;
use web_kit::prelude::*;

/// The zones that the support group offers.
const ZONES: &[&str] = &[
    "GMT+08:00",
    "GMT+00:00",
    "GMT+01:00",
    "GMT+02:00",
    "GMT+03:00",
    "GMT+04:00",
    "GMT+05:30",
    "GMT+07:00",
    "GMT+09:00",
    "GMT+10:00",
    "GMT-03:00",
    "GMT-05:00",
    "GMT-06:00",
    "GMT-08:00",
];

#[derive(Serialize)]
struct Part {
    id: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Context {
    id: String,
    revision: i64,
    draft: Draft,
    errors: FormErrors,
    faults: usize,
    state: Badge,
    kind: String,
    rejected: bool,
    reason: String,
    decided: String,
    saved: String,
    categories: Vec<Choice>,
    zones: Vec<Choice>,
    generations: Vec<Choice>,
    parts: Vec<Part>,
    may_submit: bool,
    may_delete: bool,
    more_cases: bool,
    more_specifications: bool,
    modification: bool,
    events: Vec<Event>,
    gates: Gates,
}

/// The debug cases that the saved draft needs (seller interface 11.3).
#[derive(Serialize)]
struct Gates {
    rows: Vec<GateRow>,
    missing: usize,
    /// Whether the market refuses a product without them.
    enforced: bool,
}

#[derive(Serialize)]
struct GateRow {
    text: String,
    variant: String,
    href: String,
    tone: &'static str,
    state: String,
}

async fn gates(page: &Page, content: &ProductContent) -> Result<Gates, AppError> {
    let Access::Saas { production_address, generation, .. } = &content.access;
    let needed = page.app().case_gates(page.actor(), content).await?;
    let missing = needed.iter().filter(|g| g.must && g.state != GateState::Passed).count();
    let row = |g: CaseGate| {
        let (tone, key) = match g.state {
            GateState::Passed => ("success", "debug-gate-passed"),
            GateState::Failed => ("danger", "debug-gate-failed"),
            GateState::Missing if g.must => ("warning", "debug-gate-missing"),
            GateState::Missing => ("neutral", "debug-gate-advised"),
        };
        GateRow {
            text: debug::tab_text(page, g.activity),
            variant: debug::variant_text(page, g.variant),
            href: debug::tab_href(production_address, generation_name(*generation), g.activity, g.variant),
            tone,
            state: page.t(key),
        }
    };
    let enforced = page.app().settings().require_cases == 1;
    Ok(Gates { rows: needed.into_iter().map(row).collect(), missing, enforced })
}

/// Whether this application is edited now, rather than looked at.
pub fn is_open(page: &Page, detail: &ApplicationDetail) -> bool {
    let a = &detail.application;
    matches!(a.state, ApplicationState::Draft | ApplicationState::Rejected)
        && a.kind != ApplicationKind::Delist
        && page.actor().seller_may(Right::ProductEdit).is_ok()
}

fn live(detail: &ApplicationDetail) -> Option<&ProductContent> {
    detail.product.released_at.map(|_| &detail.product.content)
}

async fn category_choices(page: &Page) -> Result<Vec<Choice>, AppError> {
    let all = page.app().categories().await?;
    let name = |id: &str| all.iter().find(|c| c.id == id).map(|c| page.pick(&c.name).to_owned());
    let is_leaf = |id: &str| !all.iter().any(|c| c.parent_id.as_deref() == Some(id));
    let mut choices: Vec<Choice> = Vec::new();
    for top in all.iter().filter(|c| c.parent_id.is_none()) {
        let below = all.iter().filter(|c| c.parent_id.as_deref() == Some(top.id.as_str()));
        for c in std::iter::once(top).chain(below).filter(|c| !c.hidden && is_leaf(&c.id)) {
            let above = c.parent_id.as_deref().and_then(name).map(|n| format!("{n} / ")).unwrap_or_default();
            choices.push(Choice { value: c.id.clone(), text: format!("{above}{}", page.pick(&c.name)) });
        }
    }
    Ok(choices)
}

/// The generations of the interface that an address may speak.
fn generations(page: &Page) -> Vec<Choice> {
    let all = InterfaceGeneration::ALL.iter();
    all.map(|g| Choice { value: g.code().to_owned(), text: page.t(&format!("generation-{}", g.code())) }).collect()
}

fn zones(draft: &Draft) -> Vec<Choice> {
    let own = Some(draft.support.zone.as_str()).filter(|z| !z.is_empty() && !ZONES.contains(z));
    let choice = |zone: &str| Choice { value: zone.to_owned(), text: zone.to_owned() };
    ZONES.iter().copied().chain(own).map(choice).collect()
}

fn parts(page: &Page) -> Vec<Part> {
    let ids = ["basic", "pictures", "details", "service", "specifications", "access"];
    ids.into_iter().map(|id| Part { id, text: page.t(&format!("seller-part-{id}")) }).collect()
}

/// Shows the editor with `draft`; 422 when there are errors.
pub async fn render(page: Page, detail: &ApplicationDetail, draft: Draft, errors: FormErrors) -> PageResult {
    let a = &detail.application;
    let name = page.pick(&draft.name).to_owned();
    let title = if name.is_empty() { page.t("seller-untitled") } else { name };
    let may_submit = page.actor().seller_may(Right::ProductSubmit).is_ok();
    let context = Context {
        id: a.id.clone(),
        revision: a.version,
        faults: detail.faults.len(),
        state: badge(&page, "state-application-", a.state.code()),
        kind: page.t(&format!("kind-application-{}", a.kind.code())),
        rejected: a.state == ApplicationState::Rejected,
        reason: a.reason.clone(),
        decided: time(&page, a.decided_at),
        saved: time(&page, Some(a.updated_at)),
        categories: category_choices(&page).await?,
        zones: zones(&draft),
        generations: generations(&page),
        parts: parts(&page),
        may_submit,
        may_delete: may_submit,
        more_cases: draft.cases.len() < CASES,
        more_specifications: draft.specifications.len() < SPECIFICATIONS,
        modification: a.kind == ApplicationKind::Modification,
        events: events(&page, &detail.history),
        gates: gates(&page, &a.content).await?,
        errors,
        draft,
    };
    let status = if context.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = console(page, &title, &[("seller-applications-title", "/seller/applications")]);
    Ok(page.render_status(status, "seller/editor.html", &context))
}

/// The editor with what is saved.
pub async fn open(page: Page, detail: &ApplicationDetail) -> PageResult {
    let draft = Draft::of(&detail.application.content, live(detail));
    render(page, detail, draft, FormErrors::default()).await
}

/// Stores the pictures that came with the form and puts them into the draft.
async fn upload(page: &Page, form: &Form, draft: &mut Draft) -> Result<(), AppError> {
    for file in form.files() {
        let stored = page.app().store_picture(page.actor(), &file.name, file.bytes.to_vec()).await;
        let at = if file.field == "logo_file" { "logo" } else { "pictures" };
        let id = stored.map_err(|error| match error {
            AppError::Invalid(faults) => {
                AppError::Invalid(faults.into_iter().map(|f| FieldError::new(at, f.code)).collect())
            }
            other => other,
        })?;
        match at {
            "logo" => draft.logo = id,
            _ => draft.pictures.push(id),
        }
    }
    Ok(())
}

/// Buttons that change lists of the form. True when one of them was pressed.
pub fn change_lists(form: &Form, draft: &mut Draft) -> bool {
    let pressed = |name: &str| form.get(name).is_some();
    let index = |name: &str, len: usize| form.int(name).and_then(|i| usize::try_from(i).ok()).filter(|i| *i < len);
    if pressed("add_specification") {
        if draft.specifications.len() < SPECIFICATIONS {
            draft.specifications.push(SpecificationDraft::empty());
        }
    } else if let Some(i) = index("remove_specification", draft.specifications.len()) {
        if !draft.specifications[i].released {
            draft.specifications.remove(i);
        }
    } else if pressed("add_case") {
        if draft.cases.len() < CASES {
            draft.cases.push(Highlight::default());
        }
    } else if let Some(i) = index("remove_case", draft.cases.len()) {
        draft.cases.remove(i);
    } else if let Some(i) = index("remove_picture", draft.pictures.len()) {
        draft.pictures.remove(i);
    } else if let Some(i) = index("earlier_picture", draft.pictures.len()) {
        draft.pictures.swap(i, i.saturating_sub(1));
    } else if pressed("remove_logo") {
        draft.logo.clear();
    } else {
        return pressed("upload");
    }
    true
}

fn next_of(form: &Form, id: &str) -> (&'static str, String) {
    if form.get("submit").is_some() {
        ("submit", format!("/seller/applications/{id}"))
    } else if form.get("preview").is_some() {
        ("preview", format!("/seller/applications/{id}/preview"))
    } else {
        ("save", format!("/seller/applications/{id}"))
    }
}

/// POST `/seller/applications/{id}`: every button of the editor.
pub async fn save(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let mut detail = page.app().application(page.actor(), &id).await?;
    if !is_open(&page, &detail) {
        return Err(AppError::Refused("application-wrong-state").into());
    }
    let mut draft = draft_parse::read(&form, live(&detail));
    let revision = form.int("revision");
    // The number that the seller's copy was made from, so that a later save notices the other one.
    detail.application.version = revision.unwrap_or(detail.application.version);
    let old = detail.application.content.clone();
    if let Err(error) = upload(&page, &form, &mut draft).await {
        let errors = faults::show(&page, error, &old)?;
        return render(page, &detail, draft, errors).await;
    }
    if change_lists(&form, &mut draft) {
        return render(page, &detail, draft, FormErrors::default()).await;
    }
    let content = match draft_parse::content(&draft, &old) {
        Ok(content) => content,
        Err(wrong) => {
            let errors = faults::show(&page, AppError::Invalid(wrong), &old)?;
            return render(page, &detail, draft, errors).await;
        }
    };
    if let Err(error) = page.app().save_draft(page.actor(), &id, content.clone(), revision).await {
        let errors = faults::show(&page, error, &content)?;
        return render(page, &detail, draft, errors).await;
    }
    let (action, to) = next_of(&form, &id);
    match action {
        "submit" => hand_in(page, &id, to).await,
        "preview" => Ok(page.redirect(to)),
        _ => Ok(page.redirect_with(FlashKind::Success, page.t("seller-draft-saved"), to)),
    }
}

async fn hand_in(page: Page, id: &str, to: String) -> PageResult {
    match page.app().submit_application(page.actor(), id).await {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("seller-submitted"), to)),
        Err(error) => {
            let detail = page.app().application(page.actor(), id).await?;
            let content = &detail.application.content;
            let errors = faults::show(&page, error, content)?;
            let draft = Draft::of(content, live(&detail));
            render(page, &detail, draft, errors).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft_parse::tests::sample;

    fn pressed(name: &str, value: &str) -> Form {
        Form::from_pairs([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn a_released_specification_cannot_be_removed() {
        let content = sample();
        let mut draft = Draft::of(&content, Some(&content));
        assert!(change_lists(&pressed("remove_specification", "0"), &mut draft));
        assert_eq!(draft.specifications.len(), 1);
        let mut draft = Draft::of(&content, None);
        assert!(change_lists(&pressed("remove_specification", "0"), &mut draft));
        assert!(draft.specifications.is_empty());
    }

    #[test]
    fn thirty_specifications_are_enough() {
        let mut draft = Draft::default();
        for _ in 0..40 {
            change_lists(&pressed("add_specification", "1"), &mut draft);
        }
        assert_eq!(draft.specifications.len(), SPECIFICATIONS);
    }

    #[test]
    fn pictures_move_and_a_number_out_of_range_does_nothing() {
        let mut draft = Draft::of(&sample(), None);
        change_lists(&pressed("earlier_picture", "1"), &mut draft);
        assert_eq!(draft.pictures, ["fil_3", "fil_2"]);
        assert!(!change_lists(&pressed("remove_picture", "9"), &mut draft));
        assert!(!change_lists(&pressed("remove_picture", "-1"), &mut draft));
        assert_eq!(draft.pictures.len(), 2);
    }
}
