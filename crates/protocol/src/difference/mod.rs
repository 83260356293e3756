//! When a signature does not match: both sides' canonical strings and signatures, the first byte
//! that differs, and the mistake that explains it.
//!
//! The other side's canonical string is not on the wire. It is found again by trying what people
//! get wrong (an unkeyed hash, a body that was parsed and written anew, seconds in place of
//! milliseconds …) until one attempt gives exactly the signature that was presented. Keys never
//! stand in a canonical string that is shown; `<access key>` stands in their place.
//!
//! This is for people who debug: it computes hundreds of hashes and belongs on no hot path.

mod body;
mod request;
#[cfg(test)]
mod tests;
mod token;

pub(crate) use body::of_body_sign;
pub use request::{habits_of_request, of_request};
pub use token::{habits_of_token, of_token};

use crate::verdict::Language;

/// Bodies longer than this many bytes are shown cut and not diagnosed.
pub const LIMIT: usize = 64 * 1024;

/// What stands in place of the key in a canonical string.
pub const KEY_MASK: &str = "<access key>";

/// What one side signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The text that was signed, keys masked; `None` when it could not be found out.
    pub canonical: Option<String>,
    /// The signature as text.
    pub signature: String,
}

/// Both sides of a signature that does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureDifference {
    /// What this side computes.
    pub ours: Side,
    /// What the other side presented.
    pub theirs: Side,
    /// First byte in which the canonical strings as shown differ; `None` when the other one is not
    /// known or both are equal.
    pub canonical_at: Option<usize>,
    /// First byte in which the signatures differ.
    pub signature_at: Option<usize>,
    /// Mistakes that together give the presented signature; empty when none was found.
    pub mistakes: Vec<Mistake>,
}

/// What people get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mistake {
    /// The body was parsed and written anew in another form.
    BodyRewritten,
    /// The body was written with blanks after `:` and `,`.
    BodyWithBlanks,
    /// Characters outside ASCII were written as `\uXXXX`.
    BodyEscaped,
    /// `/` was written as `\/`.
    BodySlashEscaped,
    /// White space around the body was cut off.
    BodyTrimmed,
    /// A line break was added to the body.
    BodyLineBreak,
    /// The payload hash was written in upper case.
    HashUpperCase,
    /// The payload hash was made without the key.
    HashWithoutKey,
    /// The payload hash was written in Base64.
    HashBase64,
    /// The payload itself was used in place of its hash.
    PayloadNotHashed,
    /// The timestamp was used in seconds.
    Seconds,
    /// Timestamp and nonce changed places.
    NonceAfterTimestamp,
    /// The key is missing in front of the canonical string.
    KeyNotInFront,
    /// Another enabled key was used.
    OtherKey,
    /// The signature was written in Base64 in place of hex.
    SignatureBase64,
    /// The signature was written in hex in place of Base64.
    SignatureHex,
    /// Values were joined as they stand in the address, without URL decoding.
    NotDecoded,
    /// `+` in a value was read as a blank.
    PlusAsBlank,
    /// `timeStamp` was not appended to the key.
    KeyWithoutTimeStamp,
    /// `timeStamp` was put in front of the key.
    TimeStampInFront,
    /// Parameters were sorted without regard to case.
    SortedWithoutCase,
    /// Parameters were joined in the order of the address, unsorted.
    Unsorted,
    /// `testFlag` was left out of the joined string.
    TestFlagLeftOut,
}

impl Mistake {
    /// The mistake in plain words.
    pub fn text(self, language: Language) -> String {
        let (zh, en) = match self {
            Self::BodyRewritten => ("消息体被解析后重新生成", "the body was parsed and written anew"),
            Self::BodyWithBlanks => {
                ("重新生成的消息体在冒号和逗号后带有空格", "the body was written anew with blanks after ':' and ','")
            }
            Self::BodyEscaped => ("非 ASCII 字符被写成 \\uXXXX", "characters outside ASCII were written as \\uXXXX"),
            Self::BodySlashEscaped => ("斜杠被写成 \\/", "'/' was written as '\\/'"),
            Self::BodyTrimmed => ("去掉了消息体首尾的空白", "white space around the body was cut off"),
            Self::BodyLineBreak => ("消息体末尾多了换行", "a line break was added to the body"),
            Self::HashUpperCase => ("payloadHash 用了大写", "payloadHash was written in upper case"),
            Self::HashWithoutKey => (
                "计算 payloadHash 时没有使用密钥",
                "payloadHash was made without the key (SHA-256 in place of HMAC-SHA256)",
            ),
            Self::HashBase64 => ("payloadHash 用了 Base64", "payloadHash was written in Base64"),
            Self::PayloadNotHashed => {
                ("待签名串用了消息体本身而不是 payloadHash", "the payload itself was used in place of payloadHash")
            }
            Self::Seconds => {
                ("timestamp 用了秒，应为毫秒", "the timestamp was used in seconds; it must be milliseconds")
            }
            Self::NonceAfterTimestamp => ("nonce 与 timestamp 的顺序颠倒", "nonce and timestamp changed places"),
            Self::KeyNotInFront => {
                ("待签名串开头缺少访问密钥", "the access key is missing at the beginning of the canonical string")
            }
            Self::OtherKey => ("使用了另一个已启用的密钥", "another enabled key was used"),
            Self::SignatureBase64 => {
                ("签名用了 Base64，应为十六进制", "the signature was written in Base64; it must be hex")
            }
            Self::SignatureHex => {
                ("签名用了十六进制，应为 Base64", "the signature was written in hex; it must be Base64")
            }
            Self::NotDecoded => ("参数值没有先做 URL 解码", "the values were not URL-decoded"),
            Self::PlusAsBlank => ("参数值中的加号被读成了空格", "'+' in a value was read as a blank"),
            Self::KeyWithoutTimeStamp => ("密钥后面没有拼接 timeStamp", "timeStamp was not appended to the key"),
            Self::TimeStampInFront => ("timeStamp 拼接在了密钥前面", "timeStamp was put in front of the key"),
            Self::SortedWithoutCase => ("参数排序时忽略了大小写", "the parameters were sorted without regard to case"),
            Self::Unsorted => ("参数没有排序", "the parameters were not sorted"),
            Self::TestFlagLeftOut => ("待签名串漏掉了 testFlag", "testFlag was left out of the joined string"),
        };
        language.pick(zh, en)
    }
}

impl SignatureDifference {
    /// What explains the difference, as one sentence.
    pub fn explain(&self, language: Language) -> String {
        if self.mistakes.is_empty() {
            return language.pick(
                "签名不一致，原因未能自动识别：请检查密钥，并比较两边的待签名串。",
                "The signatures differ and no usual mistake explains it: check the key and compare the canonical strings.",
            );
        }
        let texts: Vec<String> = self.mistakes.iter().map(|mistake| mistake.text(language)).collect();
        language.pick(format!("原因：{}。", texts.join("；")), format!("Cause: {}.", texts.join("; ")))
    }

    /// The same difference with the canonical string that the other side says it signed.
    ///
    /// `their_canonical` is shown as given, so mask keys in it first.
    #[must_use]
    pub fn with_their_canonical(mut self, their_canonical: &str) -> Self {
        let ours = self.ours.canonical.as_deref().unwrap_or_default();
        self.canonical_at = first_difference(ours.as_bytes(), their_canonical.as_bytes());
        self.theirs.canonical = Some(their_canonical.to_owned());
        self
    }

    fn find(ours: Attempt, presented: &str, same: fn(&str, &str) -> bool, attempts: Vec<Attempt>) -> Self {
        let found = attempts
            .into_iter()
            .filter(|attempt| same(&attempt.signature, presented))
            .min_by_key(|attempt| attempt.mistakes.len());
        let (their_canonical, mistakes) = match found {
            Some(attempt) => (Some(attempt.canonical), attempt.mistakes),
            None => (None, Vec::new()),
        };
        let canonical_at =
            their_canonical.as_ref().and_then(|theirs| first_difference(ours.canonical.as_bytes(), theirs.as_bytes()));
        Self {
            canonical_at,
            signature_at: first_difference(ours.signature.as_bytes(), presented.as_bytes()),
            ours: Side { canonical: Some(ours.canonical), signature: ours.signature },
            theirs: Side { canonical: their_canonical, signature: presented.to_owned() },
            mistakes,
        }
    }
}

/// Offset of the first byte in which `a` and `b` differ; the length of the shorter one when it is
/// the beginning of the other; `None` when both are equal.
pub fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    if common == a.len() && common == b.len() { None } else { Some(common) }
}

/// What a server that makes one usual mistake takes for the right signature.
///
/// Sending such signatures to a server that refuses the right one finds its mistake: the one that
/// it accepts tells what it computes, and [`of_request`] or [`of_token`] shows both sides of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Habit {
    /// The mistake.
    pub mistake: Mistake,
    /// The signature or token as text.
    pub signature: String,
}

/// One habit for each attempt with exactly one mistake, every signature once. A mistake that makes
/// no difference for this message is none.
fn habits(mut attempts: Vec<Attempt>) -> Vec<Habit> {
    let right: Vec<String> =
        attempts.extract_if(.., |attempt| attempt.mistakes.is_empty()).map(|attempt| attempt.signature).collect();
    let mut found: Vec<Habit> = Vec::new();
    for attempt in attempts {
        if let [mistake] = attempt.mistakes[..]
            && !right.contains(&attempt.signature)
            && found.iter().all(|habit| habit.signature != attempt.signature)
        {
            found.push(Habit { mistake, signature: attempt.signature });
        }
    }
    found
}

/// One way to sign, with the mistakes that it makes.
struct Attempt {
    canonical: String,
    signature: String,
    mistakes: Vec<Mistake>,
}

/// Ways to write a body that was received as `payload`, the right one first.
fn rewritten(payload: &[u8]) -> Vec<(Option<Mistake>, Vec<u8>)> {
    let mut forms = vec![(None, payload.to_vec())];
    let mut add = |mistake, bytes: Vec<u8>| {
        if forms.iter().all(|(_, known)| *known != bytes) {
            forms.push((Some(mistake), bytes));
        }
    };
    add(Mistake::BodyTrimmed, payload.trim_ascii().to_vec());
    add(Mistake::BodyLineBreak, [payload, b"\n"].concat());
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(payload) {
        let compact = crate::canonical::to_canonical(&value);
        add(Mistake::BodyRewritten, compact.clone().into_bytes());
        add(Mistake::BodyEscaped, escaped(&compact).into_bytes());
        add(Mistake::BodySlashEscaped, compact.replace('/', "\\/").into_bytes());
        add(Mistake::BodyWithBlanks, with_blanks(&compact).into_bytes());
    }
    forms
}

/// `compact` with every character outside ASCII as `\uXXXX`, as many languages write by default.
fn escaped(compact: &str) -> String {
    let mut text = String::new();
    for c in compact.chars() {
        if c.is_ascii() {
            text.push(c);
            continue;
        }
        let mut units = [0_u16; 2];
        for unit in c.encode_utf16(&mut units) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    }
    text
}

/// `compact` with a blank after every `:` and `,` outside of texts, as Python writes by default.
fn with_blanks(compact: &str) -> String {
    let mut text = String::new();
    let (mut inside, mut after_backslash) = (false, false);
    for c in compact.chars() {
        text.push(c);
        if inside {
            inside = after_backslash || c != '"';
            after_backslash = c == '\\' && !after_backslash;
        } else if c == '"' {
            inside = true;
        } else if matches!(c, ':' | ',') {
            text.push(' ');
        }
    }
    text
}
