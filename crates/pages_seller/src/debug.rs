//! The debugging workbench (seller interface 11): choose an address and a tab, edit the parameters,
//! see the command, send the call, keep it as a case. Every button is a link or a submit button, so
//! it works without script.

use crate::calls::{AttemptView, Header, attempt};
use crate::display::{Badge, badge, console};
use app::debugging::{Computed, DebugRun, DebugWish, Difference, Parameter, Signed, Tab};
use app::domain::access::Right;
use std::collections::BTreeMap;
use web_kit::prelude::*;

/// A parameter in the form.
#[derive(Serialize)]
struct Input {
    name: String,
    value: String,
    required: bool,
    limit: usize,
    words: Vec<Choice>,
    fixed: bool,
}

#[derive(Serialize)]
struct Link {
    text: String,
    href: String,
    active: bool,
}

#[derive(Serialize)]
struct SideView {
    canonical: String,
    signature: String,
}

#[derive(Serialize)]
struct DifferenceView {
    ours: SideView,
    theirs: SideView,
    canonical_at: String,
    signature_at: String,
    cause: String,
}

/// What came of a call.
#[derive(Serialize)]
pub struct RunView {
    verdict: Badge,
    passed: bool,
    found: String,
    advice: String,
    section: String,
    remarks: Vec<String>,
    attempt: AttemptView,
    signed: SideView,
    /// Address and body as they are compared with what the seller's server computed.
    url: String,
    body: String,
    difference: Option<DifferenceView>,
    saved: bool,
}

#[derive(Serialize)]
struct Context {
    address: String,
    addresses: Vec<Link>,
    generations: Vec<Choice>,
    generation: String,
    activity: String,
    variant: String,
    tabs: Vec<Link>,
    variants: Vec<Link>,
    inputs: Vec<Input>,
    by_link: bool,
    command: String,
    run: Option<RunView>,
    /// What the seller's server computed, beside what the market computes.
    compared: Option<DifferenceView>,
    errors: FormErrors,
}

impl From<&Signed> for SideView {
    fn from(side: &Signed) -> SideView {
        SideView { canonical: side.canonical.clone(), signature: side.signature.clone() }
    }
}

/// A place in a text as people count it: the first byte is 1.
fn place(page: &Page, at: Option<usize>) -> String {
    at.map(|at| page.tx("debug-first-difference", &[("at", (at + 1).to_string().into())])).unwrap_or_default()
}

fn difference(page: &Page, d: &Difference) -> DifferenceView {
    DifferenceView {
        ours: (&d.ours).into(),
        theirs: (&d.theirs).into(),
        canonical_at: place(page, d.canonical_at),
        signature_at: place(page, d.signature_at),
        cause: d.cause.clone(),
    }
}

impl RunView {
    /// In the words of the page.
    pub fn new(page: &Page, run: &DebugRun) -> RunView {
        let mut shown = attempt(page, &run.attempt, true);
        shown.request_headers = run.request_headers.iter().map(|(name, value)| Header::new(name, value)).collect();
        RunView {
            verdict: badge(page, "seller-verdict-", &run.attempt.verdict),
            passed: run.passed(),
            found: run.found.clone(),
            advice: run.advice.clone(),
            section: run.section.to_owned(),
            remarks: run.remarks.clone(),
            attempt: shown,
            signed: (&run.signed).into(),
            url: run.attempt.url.clone(),
            body: run.attempt.request_body.clone(),
            difference: run.difference.as_ref().map(|d| difference(page, d)),
            saved: run.case_id.is_some(),
        }
    }
}

/// Words of a tab; the name on the wire stands beside them.
pub fn tab_text(page: &Page, activity: &str) -> String {
    page.t(&format!("activity-{activity}"))
}

/// Words of a variant; nothing where the tab has one form.
pub fn variant_text(page: &Page, variant: &str) -> String {
    if variant.is_empty() { String::new() } else { page.t(&format!("variant-{variant}")) }
}

/// The generations that an address may speak, by their stored names.
pub fn generations(page: &Page) -> Vec<Choice> {
    let choice = |name: &str| Choice { value: name.to_owned(), text: page.t(&format!("debug-generation-{name}")) };
    page.app().debug_generations().into_iter().map(choice).collect()
}

/// The address of the workbench with this tab open.
pub fn tab_href(address: &str, generation: &str, activity: &str, variant: &str) -> String {
    let named = [("generation", generation), ("activity", activity), ("variant", variant), ("address", address)];
    let pairs: Vec<String> = named
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", web_kit::paths::encoded(value)))
        .collect();
    format!("/seller/debug?{}", pairs.join("&"))
}

/// The tab that a request names; the first one of the generation where it names none.
fn chosen(page: &Page, wish: &mut DebugWish) {
    let tabs = page.app().debug_tabs(Some(&wish.generation));
    let fits = |t: &&Tab| t.activity == wish.activity && (wish.variant.is_empty() || t.variant == wish.variant);
    if let Some(tab) = tabs.iter().find(fits).or_else(|| tabs.first()) {
        wish.activity = tab.activity.to_owned();
        wish.variant = tab.variant.to_owned();
    }
}

fn tabs(page: &Page, wish: &DebugWish) -> (Vec<Link>, Vec<Link>) {
    let all = page.app().debug_tabs(Some(&wish.generation));
    let mut activities: Vec<Link> = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for tab in &all {
        if !known.contains(&tab.activity) {
            known.push(tab.activity);
            activities.push(Link {
                text: tab_text(page, tab.activity),
                href: tab_href(&wish.address, &wish.generation, tab.activity, ""),
                active: tab.activity == wish.activity,
            });
        }
    }
    let variants = all.iter().filter(|t| t.activity == wish.activity && !t.variant.is_empty()).map(|t| Link {
        text: variant_text(page, t.variant),
        href: tab_href(&wish.address, &wish.generation, t.activity, t.variant),
        active: t.variant == wish.variant,
    });
    (activities, variants.collect())
}

fn inputs(parameters: Vec<Parameter>, wish: &DebugWish) -> Vec<Input> {
    let words = |p: &Parameter| p.words.iter().map(|w| Choice { value: (*w).into(), text: (*w).into() }).collect();
    parameters
        .into_iter()
        .map(|p| Input {
            value: wish.values.get(&p.name).filter(|_| !p.fixed).unwrap_or(&p.value).clone(),
            required: p.mandatory,
            limit: p.limit,
            words: words(&p),
            fixed: p.fixed,
            name: p.name,
        })
        .collect()
}

/// What the page shows besides the form.
#[derive(Default)]
struct Shown {
    command: String,
    run: Option<DebugRun>,
    compared: Option<Difference>,
    errors: FormErrors,
}

async fn render(page: Page, wish: DebugWish, shown: Shown) -> PageResult {
    let form = page.app().debug_form(page.actor(), &wish)?;
    let own = page.app().debug_addresses(page.actor()).await?;
    let (activities, variants) = tabs(&page, &wish);
    let addresses = own.iter().map(|known| Link {
        text: known.address.clone(),
        href: tab_href(&known.address, known.generation, "", ""),
        active: known.address == wish.address && known.generation == wish.generation,
    });
    let context = Context {
        addresses: addresses.collect(),
        generations: generations(&page),
        tabs: activities,
        variants,
        inputs: inputs(form.parameters, &wish),
        by_link: page.app().debug_by_link(&wish.generation),
        command: shown.command,
        run: shown.run.as_ref().map(|run| RunView::new(&page, run)),
        compared: shown.compared.as_ref().map(|d| difference(&page, d)),
        errors: shown.errors,
        address: wish.address,
        generation: wish.generation,
        activity: wish.activity,
        variant: wish.variant,
    };
    let title = page.t("debug-title");
    let page = console(page, &title, &[]);
    if context.errors.is_empty() {
        return Ok(page.render("seller/debug.html", &context));
    }
    Ok(page.render_invalid("seller/debug.html", &context))
}

/// GET `/seller/debug`: `case` fills the form from a saved case.
pub async fn show(page: Page) -> PageResult {
    page.actor().seller_may(Right::AccessDebug)?;
    let case = page.query("case").to_owned();
    if !case.is_empty() {
        let (_, wish) = page.app().debug_case(page.actor(), &case).await?;
        return render(page, wish, Shown::default()).await;
    }
    let mut wish = DebugWish {
        address: page.query("address").to_owned(),
        generation: page.query("generation").to_owned(),
        activity: page.query("activity").to_owned(),
        variant: page.query("variant").to_owned(),
        values: BTreeMap::new(),
    };
    let own = page.app().debug_addresses(page.actor()).await?;
    if wish.address.is_empty()
        && let Some(known) = own.iter().find(|k| wish.generation.is_empty() || k.generation == wish.generation)
    {
        wish.address = known.address.clone();
        wish.generation = known.generation.to_owned();
    }
    if !page.app().debug_generations().contains(&wish.generation.as_str()) {
        wish.generation = "saas_v2".to_owned();
    }
    chosen(&page, &mut wish);
    render(page, wish, Shown::default()).await
}

fn read(page: &Page, form: &Form) -> Result<DebugWish, AppError> {
    let mut wish = DebugWish {
        address: form.text("address").to_owned(),
        generation: form.text("generation").to_owned(),
        activity: form.text("activity").to_owned(),
        variant: form.text("variant").to_owned(),
        values: BTreeMap::new(),
    };
    let names = page.app().debug_form(page.actor(), &wish)?.parameters;
    wish.values = names.into_iter().map(|p| (p.name.clone(), form.text(&p.name).to_owned())).collect();
    Ok(wish)
}

/// What the seller's server computed for the call that the page shows.
fn computed(form: &Form) -> Computed {
    Computed {
        url: form.text("sent_url").to_owned(),
        // Exactly the bytes that were signed.
        body: form.get("sent_body").unwrap_or("").to_owned(),
        signature: form.text("their_signature").to_owned(),
        canonical: form.text("their_canonical").to_owned(),
    }
}

/// POST `/seller/debug`: `act` is `command`, `run`, `save` or `compare`. The answer is the page itself with what
/// came of it, because a debug call changes nothing that could be looked at elsewhere.
pub async fn act(page: Page, form: Form) -> PageResult {
    let mut wish = read(&page, &form)?;
    let (app, actor) = (page.app().clone(), page.actor().clone());
    let shown = match form.text("act") {
        "command" => {
            let made = app.debug_command(&actor, wish.clone()).await;
            made.map(|command| Shown { command, ..Shown::default() })
        }
        act @ ("run" | "save") => {
            let made = app.debug(&actor, wish.clone(), act == "save", page.language()).await;
            made.map(|run| Shown { run: Some(run), ..Shown::default() })
        }
        "compare" => {
            let made = app.compare_signature(&actor, computed(&form), page.language()).await;
            made.map(|found| Shown { compared: Some(found), ..Shown::default() })
        }
        _ => return Err(PageError::not_found()),
    };
    let shown = match shown {
        Ok(shown) => {
            // Every request has a business ID of its own (seller interface 4.2).
            wish.values.remove("businessId");
            shown
        }
        Err(error) => Shown { errors: page.form_errors(error)?, ..Shown::default() },
    };
    render(page, wish, shown).await
}
