//! Signing a call well, or wrong on purpose. Pure: nonce and time are arguments.

use protocol::auth_token::{self, Parameters};
use protocol::call::{Call, CallProblem, Method, SignedCall, Signing};
use protocol::canonical::to_canonical;
use protocol::difference::{Habit, Side, habits_of_request, habits_of_token};
use protocol::signature::{self, Presented};
use protocol::{json, query};
use serde_json::{Value, json};

use crate::plan::Manner;

/// Letters outside ASCII, a slash, a quote and a plus sign: what re-serialising programs get wrong.
const AWKWARD: &str = "云坊 Café /+&= \"x\"";

/// Writes and signs `call` in the manner of a step.
///
/// # Errors
/// [`CallProblem`] when the address cannot carry the call or a learned ID does not fit.
pub fn write(call: &Call, with: &Signing<'_>, manner: Manner) -> Result<SignedCall, CallProblem> {
    let well = call.sign(with)?;
    match manner {
        Manner::Well | Manner::Replayed => Ok(well),
        Manner::OtherKey => {
            let other = format!("{}-other", with.key);
            call.sign(&Signing { key: &other, ..*with })
        }
        Manner::Aged(seconds) => call.sign(&Signing { now_ms: with.now_ms - seconds * 1_000, ..*with }),
        Manner::ShortNonce => {
            let nonce: String = with.nonce.chars().take(16).collect();
            call.sign(&Signing { nonce: &nonce, ..*with })
        }
        Manner::LowerCase => {
            let lower = well.signed.signature.to_lowercase();
            Ok(SignedCall { url: well.url.replace(&well.signed.signature, &lower), ..well })
        }
        Manner::Unsigned => Ok(unsigned(well, with)),
        Manner::Changed => Ok(changed_after_signing(well)),
        Manner::MoreMembers
        | Manner::Encoded
        | Manner::UnknownActivity
        | Manner::Without(_)
        | Manner::With(..)
        | Manner::NotJson => match well.method {
            Method::Post => Ok(edited_post(&well, with, manner)),
            Method::Get => edited_get(&well, with, manner),
        },
    }
}

fn unsigned(well: SignedCall, with: &Signing<'_>) -> SignedCall {
    let url = match well.method {
        Method::Post => with.address.to_owned(),
        Method::Get => well.url.rsplit_once("&authToken=").map_or(well.url.clone(), |(before, _)| before.to_owned()),
    };
    SignedCall { url, ..well }
}

/// The first of the identifying members that a request has; it is changed after signing.
const IDENTIFYING: [&str; 4] = ["orderLineId", "orderId", "license", "instanceId"];

fn changed_after_signing(well: SignedCall) -> SignedCall {
    match &well.body {
        Some(body) => {
            let mut object = json::parse_object(body.as_bytes()).unwrap_or_default();
            if let Some(name) = IDENTIFYING.into_iter().find(|name| object.contains_key(*name)) {
                let text = object[name].as_str().unwrap_or_default();
                let changed = format!("{text}9");
                object.insert(name.to_owned(), changed.into());
            }
            SignedCall { body: Some(to_canonical(&Value::Object(object))), ..well }
        }
        None => {
            let found = IDENTIFYING.into_iter().find_map(|name| {
                let at = well.url.find(&format!("{name}="))? + name.len() + 1;
                Some(format!("{}9{}", &well.url[..at], &well.url[at..]))
            });
            SignedCall { url: found.unwrap_or_else(|| well.url.clone()), ..well }
        }
    }
}

fn edited_post(well: &SignedCall, with: &Signing<'_>, manner: Manner) -> SignedCall {
    let body = well.body.as_deref().unwrap_or_default();
    let body = if manner == Manner::NotJson {
        body.chars().take(body.chars().count() / 2).collect()
    } else {
        let mut object = json::parse_object(body.as_bytes()).unwrap_or_default();
        edit(&mut object, manner);
        to_canonical(&Value::Object(object))
    };
    signed_post(well, with, body)
}

fn edit(object: &mut json::Object, manner: Manner) {
    match manner {
        Manner::MoreMembers => {
            object.insert("buyerInfo".to_owned(), json!({"customerName": AWKWARD}));
            object.insert("remark".to_owned(), json!(AWKWARD));
        }
        Manner::UnknownActivity => {
            object.insert("activity".to_owned(), json!("noSuchActivity"));
        }
        Manner::Without(name) => {
            object.remove(name);
        }
        Manner::With(name, text) => {
            object.insert(name.to_owned(), json!(text));
        }
        _ => {}
    }
}

fn signed_post(well: &SignedCall, with: &Signing<'_>, body: String) -> SignedCall {
    let url = signature::signed_url(with.address, with.key, with.nonce, with.now_ms, body.as_bytes());
    let signature = signature::sign(with.key, with.nonce, with.now_ms, body.as_bytes());
    SignedCall { url, body: Some(body), signed: Side { canonical: None, signature }, ..well.clone() }
}

fn edited_get(well: &SignedCall, with: &Signing<'_>, manner: Manner) -> Result<SignedCall, CallProblem> {
    let (address, query) = well.url.split_once('?').unwrap_or((&well.url, ""));
    let pairs = query::decode(query).map_err(auth_token::AddressProblem::from)?;
    let mut parameters: Parameters = pairs.into_iter().collect();
    match manner {
        Manner::MoreMembers => {
            parameters.insert("remark".to_owned(), "conformance".to_owned());
        }
        Manner::Encoded => {
            parameters.insert("customerName".to_owned(), AWKWARD.to_owned());
        }
        Manner::UnknownActivity => {
            parameters.insert("activity".to_owned(), "noSuchActivity".to_owned());
        }
        Manner::Without(name) => {
            parameters.remove(name);
        }
        Manner::With(name, text) => {
            parameters.insert(name.to_owned(), text.to_owned());
        }
        _ => {}
    }
    let url = auth_token::signed_url(address, with.key, &parameters)?;
    let signed = Side { canonical: Some(auth_token::canonical(&parameters)), signature: String::new() };
    Ok(SignedCall { url, signed, ..well.clone() })
}

/// The same call as servers with one usual mistake want it signed, one variant for each mistake.
///
/// The third part of a variant is the raw query string, for `difference::of_request` and
/// `of_token`.
pub fn variants(well: &SignedCall, key: &str) -> Vec<(Habit, SignedCall)> {
    let Some((address, query)) = well.url.split_once('?') else {
        return Vec::new();
    };
    match &well.body {
        Some(body) => {
            let Ok(Presented { signature: Some(ours), timestamp: Some(time), nonce: Some(nonce) }) =
                Presented::from_query(query)
            else {
                return Vec::new();
            };
            let habits = habits_of_request(key, &nonce, &time, body.as_bytes());
            let signed = |habit: &Habit| query.replace(&ours, &query::encode(&habit.signature));
            habits.into_iter().map(|habit| (habit.clone(), at(well, address, &signed(&habit)))).collect()
        }
        None => {
            let Some((wire, _)) = query.rsplit_once("&authToken=") else {
                return Vec::new();
            };
            let signed = |habit: &Habit| format!("{wire}&authToken={}", query::encode(&habit.signature));
            let habits = habits_of_token(key, wire);
            habits.into_iter().map(|habit| (habit.clone(), at(well, address, &signed(&habit)))).collect()
        }
    }
}

fn at(well: &SignedCall, address: &str, query: &str) -> SignedCall {
    SignedCall { url: format!("{address}?{query}"), ..well.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::form::TestFlag;
    use protocol::saas_v2::{NewInstance, Request};
    use protocol::{saas_v1, seller};

    const NOW: i64 = 1_717_000_000_000;

    fn signing(address: &'static str) -> Signing<'static> {
        Signing { address, key: "k", nonce: "0123456789ABCDEF0123", now_ms: NOW, test_flag: TestFlag::Real }
    }

    fn create() -> Call {
        Call::SaasV2(Request::NewInstance(NewInstance {
            order_id: "o".into(),
            order_line_id: "o-1".into(),
            business_id: "b".into(),
        }))
    }

    fn received(manner: Manner) -> Result<seller::Received, seller::Refused> {
        let call = write(&create(), &signing("https://s.example/p"), manner).unwrap();
        let query = call.url.split_once('?').map_or("", |(_, query)| query);
        let endpoint = seller::Endpoint::new().with(protocol::Generation::SaasV2, "k");
        endpoint.receive_post(query, call.body.unwrap().as_bytes(), NOW, &mut seller::NonceMemory::new())
    }

    #[test]
    fn every_manner_is_refused_or_accepted_for_its_own_reason() {
        for fine in [Manner::Well, Manner::Aged(30), Manner::LowerCase, Manner::ShortNonce, Manner::MoreMembers] {
            assert!(received(fine).is_ok(), "{fine:?}");
        }
        for (bad, code, why) in [
            (Manner::OtherKey, "000001", "does not match"),
            (Manner::Changed, "000001", "does not match"),
            (Manner::Unsigned, "000001", "missing"),
            (Manner::Aged(90), "000001", "window"),
            (Manner::Aged(-90), "000001", "window"),
            (Manner::UnknownActivity, "000002", "noSuchActivity"),
            (Manner::Without("orderLineId"), "000002", "orderLineId"),
            (Manner::NotJson, "000002", "parsed"),
        ] {
            let refused = received(bad).unwrap_err();
            assert_eq!(refused.code, code, "{bad:?}");
            assert!(refused.message.contains(why), "{bad:?}: {}", refused.message);
        }
    }

    #[test]
    fn get_calls_keep_the_parameters_of_the_address() {
        let call = Call::SaasV1(saas_v1::Request::ExpireInstance(saas_v1::ExpireInstance {
            instance_id: "i".into(),
            order_id: "o".into(),
        }));
        let with = signing("https://s.example/p?tenant=7");
        for (manner, fine) in [
            (Manner::Well, true),
            (Manner::Encoded, true),
            (Manner::MoreMembers, true),
            (Manner::Changed, false),
            (Manner::Unsigned, false),
            (Manner::OtherKey, false),
        ] {
            let sent = write(&call, &with, manner).unwrap();
            let query = sent.url.split_once('?').unwrap().1;
            assert!(query.contains("tenant=7"), "{manner:?}");
            assert_eq!(auth_token::verify("k", query, &[], NOW).is_ok(), fine, "{manner:?}");
        }
    }

    #[test]
    fn variants_differ_from_the_call_only_in_the_signature() {
        let well = write(&create(), &signing("https://s.example/p"), Manner::Well).unwrap();
        let variants = variants(&well, "k");
        assert!(variants.len() > 8);
        for (_, variant) in variants {
            assert_eq!(variant.body, well.body);
            assert_ne!(variant.url, well.url);
        }
    }
}
