//! When a seller's server answers that a signature is wrong: what it computed beside what the market
//! computes, and the mistake that explains it.

use super::{Difference, debugger};
use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use crate::fulfilment::keys_of;
use domain::access::Right;
use domain::text::Language;
use protocol::difference::{LIMIT, of_request, of_token};
use protocol::query;
use protocol::signature::Presented;
use serde_json::json;

/// Bytes of the longest address with its query string that is compared.
const MOST_URL: usize = 8 * 1024;

/// What a seller's server computed for a debug call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Computed {
    /// Address of the call as it was shown, its signature masked.
    pub url: String,
    /// Body of the call; empty of a GET.
    pub body: String,
    /// The signature or token that the server computed.
    pub signature: String,
    /// The canonical string that it computed, its key masked; may be empty.
    pub canonical: String,
}

impl Computed {
    /// Whether it is about a debug call: only such calls are signed here, so that nobody without the
    /// keys can have a real one signed.
    fn is_test(&self) -> bool {
        if self.body.is_empty() {
            let query = self.url.split_once('?').map_or("", |(_, query)| query);
            let pairs = query::decode(query).unwrap_or_default();
            return pairs.iter().any(|(name, value)| name == "testFlag" && value == "1");
        }
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["testFlag"] == "1"
    }

    /// Longer than any debug call is. Every part is written anew in many ways to find the mistake.
    fn is_too_long(&self) -> bool {
        self.url.len() > MOST_URL
            || self.signature.len() > MOST_URL
            || self.body.len().max(self.canonical.len()) > LIMIT
    }

    fn difference(&self, keys: &[&str]) -> Option<protocol::SignatureDifference> {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        let signature = self.signature.trim();
        if self.body.is_empty() {
            let others = query.split('&').filter(|part| !part.starts_with("authToken="));
            let token = format!("authToken={}", query::encode(signature));
            let query: Vec<&str> = others.chain([token.as_str()]).collect();
            return of_token(keys, &query.join("&"));
        }
        let mut presented = Presented::from_query(query).ok()?;
        presented.signature = Some(signature.to_owned());
        of_request(keys, &presented, self.body.as_bytes())
    }
}

impl App {
    /// Compares what a seller's server computed with what the market computes for the same debug call.
    pub async fn compare_signature(
        &self,
        actor: &Actor,
        computed: Computed,
        language: Language,
    ) -> Result<Difference, AppError> {
        debugger(actor)?;
        // What is computed here is a signature over what is given: only for those who may see the keys.
        let owner = actor.seller_may(Right::KeyManage)?.organisation_id.clone();
        if computed.signature.trim().is_empty() {
            return Err(AppError::field("their_signature", "required"));
        }
        if computed.is_too_long() {
            return Err(AppError::field("their_signature", "too-long"));
        }
        if !computed.is_test() {
            return Err(AppError::field("their_signature", "parameter-form"));
        }
        let secrets = self.inner.secrets.clone();
        let keys = self
            .act(actor, move |work| {
                super::run::count(work, &owner)?;
                work.audit(&owner, "debug.compared", "organisation", &owner, &json!({}));
                let mut keys = keys_of(work, std::slice::from_ref(&owner), &secrets)?;
                keys.remove(&owner).ok_or(AppError::Refused("no-access-key"))
            })
            .await?;
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut found =
            computed.difference(&keys).ok_or_else(|| AppError::field("their_signature", "parameter-form"))?;
        // A key that was pasted with the string is not shown again.
        let canonical = keys
            .iter()
            .fold(computed.canonical.trim().to_owned(), |text, key| text.replace(key, protocol::difference::KEY_MASK));
        if !canonical.is_empty() {
            found = found.with_their_canonical(&canonical);
        }
        Ok(Difference::of(found, super::run::words(language)))
    }
}
