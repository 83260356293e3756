//! Finding out how a seller computes the signature that he wants.

use protocol::SignatureDifference;
use protocol::call::SignedCall;
use protocol::difference::{of_request, of_token};
use protocol::result_code::AUTHENTICATION_FAILED;
use protocol::signature::Presented;
use protocol::verdict::Exchange;

use super::Player;
use crate::judge::{Problem, result_code};
use crate::plan::{Expect, Manner, Step};
use crate::wire;

/// Diagnoses of refused signatures in one run; each is some dozens of calls.
const DIAGNOSES: u32 = 2;

impl Player<'_> {
    pub(super) fn refuses_right_signature(&self, step: &Step, exchange: &Exchange) -> bool {
        let right = matches!(step.manner, Manner::Well | Manner::MoreMembers | Manner::Encoded | Manner::ShortNonce);
        right
            && !matches!(step.expect, Expect::Refused(_))
            && self.diagnoses < DIAGNOSES
            && result_code(exchange).as_deref() == Some(AUTHENTICATION_FAILED)
    }

    /// Sends the call again, each time signed with one usual mistake, until one is accepted.
    pub(super) async fn diagnose(&mut self, step: &Step, problem: &mut Problem) {
        self.diagnoses += 1;
        let phrases = self.phrases();
        if problem.section == "3.3" {
            // He refuses our signature, and his own does not fit either.
            problem.found = format!("{} {}", problem.found, phrases.other_key());
            return;
        }
        if let Some(lower) = self.lower_case(step)
            && self.is_accepted(&lower).await
        {
            problem.found = format!("{} {}", problem.found, phrases.habit_lower_case());
            return;
        }
        let mut at = 0;
        // Every variant is written anew, because a nonce must not come twice.
        while let Ok(fresh) = self.write(step, step.manner)
            && let Some((habit, variant)) = wire::variants(&fresh.signed, &self.settings.key).into_iter().nth(at)
        {
            if self.is_accepted(&variant).await {
                let mistake = habit.mistake.text(self.settings.language);
                problem.found = format!("{} {}", problem.found, phrases.habit(&mistake));
                problem.difference = self.difference(&variant);
                return;
            }
            at += 1;
        }
        problem.found = format!("{} {}", problem.found, phrases.no_habit());
    }

    fn lower_case(&self, step: &Step) -> Option<SignedCall> {
        if self.settings.wish.generation.is_get() || step.manner != Manner::Well {
            return None;
        }
        self.write(step, Manner::LowerCase).ok().map(|sending| sending.signed)
    }

    async fn is_accepted(&self, call: &SignedCall) -> bool {
        let arrived = self.client.send(call).await;
        result_code(&arrived.exchange).is_some_and(|code| code != AUTHENTICATION_FAILED)
    }

    /// Both sides, when the seller accepted `variant`.
    fn difference(&self, variant: &SignedCall) -> Option<SignatureDifference> {
        let (_, query) = variant.url.split_once('?')?;
        let keys = [self.settings.key.as_str()];
        match &variant.body {
            Some(body) => of_request(&keys, &Presented::from_query(query).ok()?, body.as_bytes()),
            None => of_token(&keys, query),
        }
    }
}
