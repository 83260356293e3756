//! Encryption at rest, tokens, password hashes.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Encrypts what must be readable again: access keys, initial passwords of buyers.
#[derive(Clone)]
pub struct SecretBox {
    cipher: Aes256Gcm,
}

impl SecretBox {
    /// From the 32 bytes of the installation's secret key.
    pub fn new(key: &[u8; 32]) -> SecretBox {
        SecretBox { cipher: Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key)) }
    }

    /// Encrypts a text; the result is `v1:` and base64 of nonce and cipher text.
    pub fn seal(&self, plain: &str) -> Result<String, String> {
        let nonce: [u8; 12] = random_bytes();
        let sealed =
            self.cipher.encrypt(&Nonce::from(nonce), plain.as_bytes()).map_err(|_| "encryption failed".to_owned())?;
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        Ok(format!("v1:{}", STANDARD.encode(bytes)))
    }

    /// Reads what [`SecretBox::seal`] wrote; fails when the key is another one.
    pub fn open(&self, sealed: &str) -> Result<String, String> {
        let bad = || "a stored secret cannot be read with this key".to_owned();
        let bytes = STANDARD.decode(sealed.strip_prefix("v1:").ok_or_else(bad)?).map_err(|_| bad())?;
        let (nonce, body) = bytes.split_at_checked(12).ok_or_else(bad)?;
        let nonce: [u8; 12] = nonce.try_into().map_err(|_| bad())?;
        let plain = self.cipher.decrypt(&Nonce::from(nonce), body).map_err(|_| bad())?;
        String::from_utf8(plain).map_err(|_| bad())
    }
}

/// Fresh random bytes from the operating system's generator.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    rand::random()
}

/// A token that cannot be guessed: 256 random bits.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

/// What is stored of a token.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// SHA-256 in hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn argon() -> Argon2<'static> {
    // OWASP's second recommended setting: 19 MiB, two passes, one lane.
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Hashes a password (argon2id). Slow on purpose: call it off the async threads.
pub fn hash_password(password: &str) -> Result<String, String> {
    argon().hash_password(password.as_bytes()).map(|h| h.to_string()).map_err(|e| e.to_string())
}

/// Compares a password with its hash. Slow on purpose.
pub fn verify_password(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|parsed| argon().verify_password(password.as_bytes(), &parsed).is_ok())
}

/// An access key in the form that sellers' programs know: a UUID (seller interface D-01).
pub fn access_key() -> String {
    let mut bytes = random_bytes::<16>();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let h = hex::encode(bytes);
    format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_its_key_and_unchanged() {
        let (one, other) = (SecretBox::new(&[1; 32]), SecretBox::new(&[2; 32]));
        let sealed = one.seal("密码 secret").unwrap();
        assert!(!sealed.contains("secret"));
        assert_eq!(one.open(&sealed).unwrap(), "密码 secret");
        assert!(other.open(&sealed).is_err());
        let mut changed = sealed.clone().into_bytes();
        let last = changed.len() - 3;
        changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
        assert!(one.open(&String::from_utf8(changed).unwrap()).is_err());
        assert_ne!(sealed, one.seal("密码 secret").unwrap());
    }

    #[test]
    fn passwords_verify() {
        let hash = hash_password("correct horse 7").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password("correct horse 7", &hash));
        assert!(!verify_password("correct horse 8", &hash));
        assert!(!verify_password("correct horse 7", "nonsense"));
    }
}
