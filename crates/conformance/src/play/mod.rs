//! Playing a plan against a server: the only part that sends anything.

mod diagnose;
mod page;
mod settings;

use protocol::call::{JudgeSettings, Signing};
use protocol::form::TestFlag;
use protocol::result_code::{PROCESSING, SUCCESS};
use protocol::verdict::Exchange;
use protocol::{Generation, signature};

use crate::client::{Arrived, Client};
use crate::finding::{Censor, Finding, Outcome, Report};
use crate::judge::{Case, Judged, Learned, Problem, exhausted, judge, judge_address, result_code};
use crate::plan::{CONTACT, Expect, Manner, Severity, Slot, Step, Subject, What, plan};
use crate::request::Writer;
use crate::wire;
use crate::words::checks::words;
use crate::words::phrases::Phrases;
use crate::world::{Names, Sending, World};

pub use settings::{Patience, Settings, Sources};

/// Plays the whole plan.
///
/// # Errors
/// A sentence when the address is none, or TLS cannot be set up.
pub async fn play(settings: &Settings, sources: Sources<'_>) -> Result<Report, String> {
    let address = judge_address(&settings.address, settings.language)?;
    let stamp = hex::encode_upper(&(sources.random)()[..5]);
    let mut player = Player {
        settings,
        sources,
        client: Client::new(settings.timeout)?,
        names: Names::new(stamp),
        world: World::default(),
        contact: true,
        diagnoses: 0,
    };
    player.seed();
    let started_ms = (sources.now_ms)();
    let mut findings = vec![player.address_finding(address)];
    for step in plan(&settings.wish) {
        let finding = player.step(&step).await;
        if !(step.is_silent() && finding.outcome != Outcome::Failed) {
            findings.push(finding);
        }
    }
    player.clean_up().await;
    Ok(Report {
        address: settings.address.clone(),
        generation: settings.wish.generation,
        mode: settings.wish.mode,
        debugging_only: settings.wish.debugging_only,
        language: settings.language,
        started_ms,
        findings,
    })
}

struct Player<'a> {
    settings: &'a Settings,
    sources: Sources<'a>,
    client: Client,
    names: Names,
    world: World,
    contact: bool,
    diagnoses: u32,
}

/// A call and what came of it.
struct Attempt {
    sending: Sending,
    arrived: Arrived,
    judged: Judged,
}

impl Player<'_> {
    /// Authorisation codes are not created by the interface; one must be given.
    fn seed(&mut self) {
        if self.settings.wish.generation != Generation::LicenseCode {
            return;
        }
        let given = self.settings.license_code.clone();
        let sample = given.clone().unwrap_or_else(|| self.names.nobody());
        self.world.instances.insert(Slot::Rehearsed, sample);
        if let Some(code) = given {
            self.world.instances.insert(Slot::First, code);
        }
    }

    const fn phrases(&self) -> Phrases {
        Phrases(self.settings.language)
    }

    fn address_finding(&self, problem: Option<Problem>) -> Finding {
        let step = Step { check: "reach/address", severity: Severity::Warning, ..plan(&self.settings.wish)[0] };
        let mut finding = self.blank(&step);
        if let Some(problem) = problem {
            self.describe(&mut finding, &step, problem);
        }
        finding
    }

    fn blank(&self, step: &Step) -> Finding {
        let words = words(step.check);
        Finding {
            id: step.id(self.settings.wish.generation),
            severity: step.severity,
            outcome: Outcome::Passed,
            section: step.section.to_owned(),
            title: words.map(|w| w.title(self.settings.language)).unwrap_or(step.check).to_owned(),
            found: String::new(),
            advice: String::new(),
            difference: None,
            sent: None,
            received: None,
            calls: 0,
            duration_ms: 0,
        }
    }

    fn not_played(&self, step: &Step, why: String) -> Finding {
        Finding { outcome: Outcome::NotPlayed, found: why, ..self.blank(step) }
    }

    fn describe(&self, finding: &mut Finding, step: &Step, problem: Problem) {
        let censor = Censor::new(&self.settings.key);
        finding.outcome = match problem.severity {
            Severity::Failure => Outcome::Failed,
            Severity::Warning => Outcome::Warning,
        };
        finding.section = problem.section;
        finding.found = censor.text(&problem.found);
        let own = words(step.check).map(|w| w.advice(self.settings.language)).unwrap_or_default();
        finding.advice = match problem.advice {
            Some(advice) if advice != own => format!("{advice} {own}").trim_end().to_owned(),
            _ => own.to_owned(),
        };
        finding.difference = problem.difference.map(|difference| censor.difference(difference));
    }

    async fn step(&mut self, step: &Step) -> Finding {
        if !self.contact {
            return self.not_played(step, self.phrases().not_played_contact());
        }
        if step.needs().iter().any(|slot| !self.world.instances.contains_key(slot)) {
            let code = self.settings.wish.generation == Generation::LicenseCode;
            let why = if code { self.phrases().not_played_code() } else { self.phrases().not_played_instance() };
            return self.not_played(step, why);
        }
        if let What::Page(slot) = step.what {
            return self.page(step, slot).await;
        }
        let (attempt, calls) = match self.attempts(step).await {
            Ok(played) => played,
            Err(why) => return self.not_played(step, self.phrases().cannot_send(&why)),
        };
        self.conclude(step, attempt, calls).await
    }

    /// Sends a step until it is decided or patience ends.
    async fn attempts(&mut self, step: &Step) -> Result<(Attempt, u32), String> {
        let mut calls = 0;
        loop {
            let attempt = self.attempt(step).await?;
            calls += 1;
            self.note(step, &attempt.arrived.exchange);
            if !matches!(attempt.judged, Judged::AskAgain) || calls > self.settings.patience.polls {
                return Ok((attempt, calls));
            }
            if !self.settings.patience.every.is_zero() {
                tokio::time::sleep(self.settings.patience.every).await;
            }
        }
    }

    async fn attempt(&self, step: &Step) -> Result<Attempt, String> {
        let sending = self.write(step, step.manner)?;
        if step.manner == Manner::Replayed {
            // The first of the two is an ordinary call.
            self.client.send(&sending.signed).await;
        }
        let arrived = self.client.send(&sending.signed).await;
        let judged = judge(&self.case(step, &sending, &arrived));
        Ok(Attempt { sending, arrived, judged })
    }

    fn write(&self, step: &Step, manner: Manner) -> Result<Sending, String> {
        let settings = self.settings;
        let now_ms = (self.sources.now_ms)();
        let writer = Writer {
            generation: settings.wish.generation,
            mode: settings.wish.mode,
            names: &self.names,
            world: &self.world,
            key: &settings.key,
            algorithm: settings.algorithm,
            now_ms,
            random: (self.sources.random)(),
        };
        let call = writer.call(step).ok_or_else(|| "-".to_owned())?;
        let nonce = signature::nonce_from_bytes(&(self.sources.random)());
        let test_flag = TestFlag::from(step.test);
        let with = Signing { address: &settings.address, key: &settings.key, nonce: &nonce, now_ms, test_flag };
        let signed = wire::write(&call, &with, manner).map_err(|problem| problem.to_string())?;
        Ok(Sending { call, signed })
    }

    fn case<'b>(&'b self, step: &'b Step, sending: &'b Sending, arrived: &'b Arrived) -> Case<'b> {
        let settings = self.settings;
        let judging = JudgeSettings { body_sign: settings.body_sign, algorithm: settings.algorithm, debugging: true };
        Case {
            step,
            generation: settings.wish.generation,
            call: &sending.call,
            exchange: &arrived.exchange,
            duration_ms: arrived.duration_ms,
            world: &self.world,
            key: &settings.key,
            settings: judging,
            language: settings.language,
        }
    }

    /// Remembers the result code, and what a real creation opened, expected or not.
    fn note(&mut self, step: &Step, exchange: &Exchange) {
        let Some(code) = result_code(exchange) else {
            return;
        };
        if let (What::Create(purchase), false) = (step.what, step.test)
            && matches!(code.as_str(), SUCCESS | PROCESSING)
            && let Some(id) = instance_in(exchange)
            && self.world.open.iter().all(|(open, _)| *open != id)
        {
            self.world.open.push((id, purchase.order));
        }
        self.world.codes.insert(step.check, code);
    }

    async fn conclude(&mut self, step: &Step, attempt: Attempt, calls: u32) -> Finding {
        let Attempt { sending, arrived, judged } = attempt;
        let censor = Censor::new(&self.settings.key);
        let mut finding = self.blank(step);
        finding.sent = Some(censor.sent(&sending.signed));
        finding.received = Some(censor.received(&arrived.exchange));
        finding.calls = calls;
        finding.duration_ms = arrived.duration_ms;
        match judged {
            Judged::Passed(learned, remarks) => {
                self.learn(step, learned);
                if !remarks.is_empty() {
                    finding.outcome = Outcome::Warning;
                    finding.found = censor.text(&remarks.join(" "));
                    finding.advice = self.phrases().remark_advice();
                }
            }
            Judged::AskAgain => {
                let problem = exhausted(step, calls.saturating_sub(1), self.settings.language);
                self.describe(&mut finding, step, problem);
            }
            Judged::Broken(mut problem) => {
                if self.refuses_right_signature(step, &arrived.exchange) {
                    self.diagnose(step, &mut problem).await;
                }
                self.describe(&mut finding, step, *problem);
            }
        }
        if finding.outcome == Outcome::Failed {
            self.after_failure(step);
        }
        finding
    }

    fn after_failure(&mut self, step: &Step) {
        if step.check == CONTACT {
            self.contact = false;
        }
        if step.check == "test/creates-nothing"
            && let Some(id) = self.world.instances.get(&Slot::Rehearsed)
        {
            self.world.open.push((id.clone(), 80));
        }
    }

    fn learn(&mut self, step: &Step, learned: Learned) {
        if let Some((slot, id)) = learned.instance {
            self.world.instances.insert(slot, id);
        }
        if let Some((slot, text)) = learned.licence {
            self.world.licences.insert(slot, text);
        }
        self.world.front_ends.extend(learned.front_ends);
        self.world.asynchronous |= learned.accepted_only;
        if let (What::Release { subject: Subject::Known(slot), .. }, false) = (step.what, step.test)
            && step.manner == Manner::Well
            && matches!(step.expect, Expect::Done)
            && let Some(id) = self.world.instances.get(&slot)
        {
            self.world.open.retain(|(open, _)| open != id);
        }
    }

    /// Releases what is still open. Nothing is judged: the checks are over.
    async fn clean_up(&mut self) {
        let open = std::mem::take(&mut self.world.open);
        for (id, order) in open {
            self.world.instances.insert(Slot::Rehearsed, id);
            let what = What::Release { subject: Subject::Known(Slot::Rehearsed), order: Some(order) };
            let step =
                Step { what, test: false, manner: Manner::Well, expect: Expect::Done, ..plan(&self.settings.wish)[0] };
            if let Ok(sending) = self.write(&step, Manner::Well) {
                self.client.send(&sending.signed).await;
            }
        }
    }
}

fn instance_in(exchange: &Exchange) -> Option<String> {
    let Exchange::Answer(answer) = exchange else {
        return None;
    };
    let body = protocol::json::parse_object(&answer.body).ok()?;
    body.get("instanceId")?.as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}
