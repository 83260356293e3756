//! The stream of Java's `SecureRandom("SHA1PRNG")` for a given seed, from which the published
//! sample takes its AES keys (3.4).

use sha1::{Digest, Sha1};

/// The first `N` bytes of the stream for `seed`.
pub(crate) fn bytes<const N: usize>(seed: &[u8]) -> [u8; N] {
    let mut state: [u8; 20] = Sha1::digest(seed).into();
    let mut stream = [0; N];
    for part in stream.chunks_mut(20) {
        let out: [u8; 20] = Sha1::digest(state).into();
        part.copy_from_slice(&out[..part.len()]);
        advance(&mut state, &out);
    }
    stream
}

/// Adds the block that was given out to the state, with Java's sign-extended bytes.
fn advance(state: &mut [u8; 20], out: &[u8; 20]) {
    let signed = |byte: u8| i32::from(byte.cast_signed());
    let mut carry = 1;
    let mut changed = false;
    for (byte, out) in state.iter_mut().zip(out) {
        let sum = signed(*byte) + signed(*out) + carry;
        let low = sum.to_le_bytes()[0];
        changed |= *byte != low;
        *byte = low;
        carry = sum >> 8;
    }
    if !changed {
        state[0] = state[0].wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed by OpenJDK 17: `KeyGenerator("AES")` of 128 and 256 bits, seeded with `k`.
    #[test]
    fn gives_what_java_gives() {
        assert_eq!(hex::encode(bytes::<16>(b"k")), "69a7bae3d37a83849ecef8f3ff9260b3");
        assert_eq!(hex::encode(bytes::<32>(b"k")), "69a7bae3d37a83849ecef8f3ff9260b35e01555d75554530cfad8b045e55c714");
    }
}
