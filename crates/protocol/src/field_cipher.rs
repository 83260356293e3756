//! Encrypted fields of SaaS 1.0: AES-CBC with the key derivation of the published Java sample
//! (3.4, D-15).
//!
//! The scheme has no authentication: a changed cipher text may decrypt to another text. What can
//! be noticed is a broken padding or text that is not UTF-8.

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use aes::{Aes128, Aes256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::sha1prng;

/// Characters of the initialisation vector in front of the Base64 text.
pub const IV_LENGTH: usize = 16;

const IV_ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The two algorithms that a product can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Algorithm {
    /// `AES256_CBC_PKCS5Padding`, the default; `encryptType` "1".
    #[default]
    Aes256,
    /// `AES128_CBC_PKCS5Padding`; `encryptType` "2".
    Aes128,
}

impl Algorithm {
    /// Both algorithms.
    pub const ALL: [Self; 2] = [Self::Aes256, Self::Aes128];

    /// The name under which the algorithm is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aes256 => "AES256_CBC_PKCS5Padding",
            Self::Aes128 => "AES128_CBC_PKCS5Padding",
        }
    }

    /// Reads a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// The text of `encryptType`.
    pub const fn encrypt_type(self) -> &'static str {
        match self {
            Self::Aes256 => "1",
            Self::Aes128 => "2",
        }
    }

    /// Reads `encryptType`; `None` for a text that no document defines.
    pub fn from_encrypt_type(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.encrypt_type() == text)
    }
}

/// An initialisation vector: 16 characters of `[A-Za-z0-9]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Iv([u8; IV_LENGTH]);

impl Iv {
    /// A vector from 32 random bytes drawn by the caller; two bytes make one character, so that no
    /// character is noticeably more frequent than another.
    pub fn from_random(random: &[u8; 2 * IV_LENGTH]) -> Self {
        let mut iv = [0; IV_LENGTH];
        for (character, pair) in iv.iter_mut().zip(random.chunks_exact(2)) {
            let number = pair.iter().fold(0_usize, |number, byte| number * 256 + usize::from(*byte));
            *character = IV_ALPHABET[number % IV_ALPHABET.len()];
        }
        Self(iv)
    }

    /// A vector of exactly 16 characters of `[A-Za-z0-9]`.
    pub fn from_text(text: &str) -> Option<Self> {
        let iv: [u8; IV_LENGTH] = text.as_bytes().try_into().ok()?;
        iv.iter().all(u8::is_ascii_alphanumeric).then_some(Self(iv))
    }
}

/// The text form of a value: the IV followed by Base64 of the cipher text.
///
/// `key` is the seller's key as text. The result has 16 characters plus four for every three bytes
/// of the padded value; a field limit of 128 leaves room for 79 bytes.
pub fn encrypt(key: &str, algorithm: Algorithm, iv: Iv, plain: &str) -> String {
    let cipher = match algorithm {
        Algorithm::Aes128 => cbc::Encryptor::<Aes128>::new(&sha1prng::bytes(key.as_bytes()).into(), &iv.0.into())
            .encrypt_padded_vec::<Pkcs7>(plain.as_bytes()),
        Algorithm::Aes256 => cbc::Encryptor::<Aes256>::new(&sha1prng::bytes(key.as_bytes()).into(), &iv.0.into())
            .encrypt_padded_vec::<Pkcs7>(plain.as_bytes()),
    };
    let mut text: String = iv.0.iter().copied().map(char::from).collect();
    STANDARD.encode_string(cipher, &mut text);
    text
}

/// Why a value cannot be decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CipherProblem {
    /// Shorter than an IV and one block, or the IV is not ASCII.
    #[error("the value is too short for an encrypted field")]
    TooShort,
    /// The part behind the IV is not Base64 of whole blocks.
    #[error("the value is not 16 characters and Base64")]
    NotBase64,
    /// The padding is wrong: another key, another algorithm or a changed value.
    #[error("the padding is wrong")]
    Padding,
    /// The decrypted bytes are not UTF-8.
    #[error("the decrypted value is not UTF-8")]
    NotUtf8,
}

/// The plain text of a value.
///
/// Two habits of sellers' programs are undone: line breaks inside the Base64 text, and a blank in
/// place of `+` (TP-4).
///
/// # Errors
/// [`CipherProblem`]
pub fn decrypt(key: &str, algorithm: Algorithm, text: &str) -> Result<String, CipherProblem> {
    let (iv, rest) = text.split_at_checked(IV_LENGTH).ok_or(CipherProblem::TooShort)?;
    if !iv.is_ascii() || rest.is_empty() {
        return Err(CipherProblem::TooShort);
    }
    let iv: [u8; IV_LENGTH] = iv.as_bytes().try_into().map_err(|_| CipherProblem::TooShort)?;
    let base64: String =
        rest.chars().filter(|c| !matches!(c, '\r' | '\n')).map(|c| if c == ' ' { '+' } else { c }).collect();
    let cipher = STANDARD.decode(base64).map_err(|_| CipherProblem::NotBase64)?;
    if cipher.is_empty() || !cipher.len().is_multiple_of(16) {
        return Err(CipherProblem::NotBase64);
    }
    let plain = match algorithm {
        Algorithm::Aes128 => cbc::Decryptor::<Aes128>::new(&sha1prng::bytes(key.as_bytes()).into(), &iv.into())
            .decrypt_padded_vec::<Pkcs7>(&cipher),
        Algorithm::Aes256 => cbc::Decryptor::<Aes256>::new(&sha1prng::bytes(key.as_bytes()).into(), &iv.into())
            .decrypt_padded_vec::<Pkcs7>(&cipher),
    };
    String::from_utf8(plain.map_err(|_| CipherProblem::Padding)?).map_err(|_| CipherProblem::NotUtf8)
}

/// A value that was decrypted, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decrypted {
    /// The plain text.
    pub plain: String,
    /// The algorithm that fitted.
    pub algorithm: Algorithm,
}

/// Decrypts as tolerantly as D-15 asks: the algorithm of `encryptType` (absent or unknown means
/// "1"), then the one configured for the product, then the remaining one; each with every enabled
/// key, the newest first.
///
/// # Errors
/// What the first attempt met.
pub fn decrypt_tolerant(
    keys: &[&str],
    encrypt_type: Option<&str>,
    configured: Algorithm,
    text: &str,
) -> Result<Decrypted, CipherProblem> {
    let announced = encrypt_type.and_then(Algorithm::from_encrypt_type).unwrap_or_default();
    let mut order = vec![announced];
    for algorithm in [configured, Algorithm::Aes256, Algorithm::Aes128] {
        if !order.contains(&algorithm) {
            order.push(algorithm);
        }
    }
    let mut first_problem = None;
    for algorithm in order {
        for key in keys {
            match decrypt(key, algorithm, text) {
                Ok(plain) => return Ok(Decrypted { plain, algorithm }),
                Err(problem) => first_problem = first_problem.or(Some(problem)),
            }
        }
    }
    Err(first_problem.unwrap_or(CipherProblem::Padding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "3f2c0e6a-54f5-4c5e-9d0e-0d3a8a2d6c11";

    fn iv() -> Iv {
        Iv::from_text("abcdEFGH01234567").unwrap()
    }

    #[test]
    fn the_length_of_a_value_is_known() {
        for (bytes, length) in [(0, 40), (15, 40), (16, 60), (79, 124), (80, 144)] {
            assert_eq!(encrypt(KEY, Algorithm::Aes128, iv(), &"x".repeat(bytes)).len(), length);
        }
    }

    #[test]
    fn names_and_numbers_belong_together() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.as_str()), Some(algorithm));
            assert_eq!(Algorithm::from_encrypt_type(algorithm.encrypt_type()), Some(algorithm));
        }
        assert_eq!(Algorithm::from_encrypt_type("3"), None);
    }

    #[test]
    fn tolerance_follows_the_order_of_the_decision() {
        for algorithm in Algorithm::ALL {
            let text = encrypt(KEY, algorithm, iv(), "管理员");
            for encrypt_type in [None, Some("1"), Some("2"), Some("9")] {
                for configured in Algorithm::ALL {
                    let found = decrypt_tolerant(&["new", KEY], encrypt_type, configured, &text).unwrap();
                    assert_eq!(found, Decrypted { plain: "管理员".to_owned(), algorithm });
                }
            }
            assert!(decrypt_tolerant(&["new"], None, algorithm, &text).is_err());
            assert!(decrypt_tolerant(&[], None, algorithm, &text).is_err());
        }
    }

    #[test]
    fn habits_of_sellers_are_undone_and_nonsense_is_named() {
        let text = encrypt(KEY, Algorithm::Aes256, iv(), "pässword ?>~ and a second block");
        assert!(text.contains('+') || text.contains('/') || text.contains('='));
        let broken: String = text.replace('+', " ");
        let (head, tail) = broken.split_at(40);
        let plain = decrypt(KEY, Algorithm::Aes256, &format!("{head}\r\n{tail}\n")).unwrap();
        assert_eq!(plain, "pässword ?>~ and a second block");
        let problem = |text: &str| decrypt(KEY, Algorithm::Aes256, text).unwrap_err();
        for short in ["", "plain", "abcdEFGH01234567", "云云云云云云云云云云云云"] {
            assert_eq!(problem(short), CipherProblem::TooShort, "{short}");
        }
        for bad in ["abcdEFGH01234567*", "abcdEFGH01234567QUJD", "abcdEFGH01234567===="] {
            assert_eq!(problem(bad), CipherProblem::NotBase64, "{bad}");
        }
        assert_eq!(Iv::from_text("abcdEFGH0123456-"), None);
        assert_eq!(Iv::from_text("abcd"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn every_text_comes_back(key in ".{0,60}", plain in ".{0,90}", random in any::<[u8; 32]>()) {
            for algorithm in Algorithm::ALL {
                let iv = Iv::from_random(&random);
                let text = encrypt(&key, algorithm, iv, &plain);
                prop_assert!(text.is_ascii() && Iv::from_text(&text[..16]) == Some(iv));
                prop_assert_eq!(decrypt(&key, algorithm, &text), Ok(plain.clone()));
                let other_key = format!("{key}x");
                prop_assert!(decrypt(&other_key, algorithm, &text).as_ref() != Ok(&plain));
            }
        }

        /// Without authentication a changed value may still decrypt, but never to the same text.
        #[test]
        fn a_changed_bit_never_gives_the_same_text(plain in "[a-z云]{0,40}") {
            let text = encrypt(KEY, Algorithm::Aes256, iv(), &plain);
            let cipher = STANDARD.decode(&text[16..]).unwrap();
            for bit in 0..(16 + cipher.len()) * 8 {
                let mut head = text.as_bytes()[..16].to_vec();
                let mut changed = cipher.clone();
                match bit / 8 {
                    at if at < 16 => head[at] ^= 1 << (bit % 8),
                    at => changed[at - 16] ^= 1 << (bit % 8),
                }
                let Ok(head) = String::from_utf8(head) else { continue };
                let read = decrypt(KEY, Algorithm::Aes256, &format!("{head}{}", STANDARD.encode(&changed)));
                prop_assert!(read.as_ref() != Ok(&plain));
            }
        }
    }
}
