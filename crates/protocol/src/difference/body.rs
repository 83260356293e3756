//! `Body-Sign` of answers (3.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Attempt, LIMIT, Mistake, SignatureDifference, rewritten};
use crate::hmac256::hmac_sha256;

/// How the signature of a `Body-Sign` differs from ours over the body that arrived.
pub(crate) fn of_body_sign(signature: &str, body: &[u8], keys: &[&str]) -> Option<SignatureDifference> {
    let key = keys.first()?;
    let shown = &body[..body.len().min(LIMIT)];
    let ours = Attempt {
        canonical: String::from_utf8_lossy(shown).into_owned(),
        signature: STANDARD.encode(hmac_sha256(key.as_bytes(), &[body])),
        mistakes: Vec::new(),
    };
    let mut attempts = Vec::new();
    if body.len() <= LIMIT {
        let forms = rewritten(body);
        for (at, key) in keys.iter().enumerate() {
            let other = (at > 0).then_some(Mistake::OtherKey);
            for (rewrite, form) in &forms {
                let mac = hmac_sha256(key.as_bytes(), &[form]);
                for (ending, signature) in [
                    (None, STANDARD.encode(mac)),
                    (Some(Mistake::SignatureHex), hex::encode(mac)),
                    (Some(Mistake::SignatureHex), hex::encode_upper(mac)),
                    (Some(Mistake::SignatureHex), STANDARD.encode(hex::encode(mac))),
                ] {
                    attempts.push(Attempt {
                        canonical: String::from_utf8_lossy(form).into_owned(),
                        signature,
                        mistakes: [other, *rewrite, ending].into_iter().flatten().collect(),
                    });
                }
            }
        }
    }
    Some(SignatureDifference::find(ours, signature, str::eq, attempts))
}
