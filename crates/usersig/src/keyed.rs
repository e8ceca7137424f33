//! HMAC-SHA256 as the signatures here use it.

use hmac::{Hmac, KeyInit};
use sha2::{Digest, Sha256};

use super::Key;

/// The block size of SHA-256, in bytes. Source: FIPS 180-4, figure 1.
const SHA256_BLOCK: usize = 64;

/// HMAC-SHA256 under `key`. Done by hand up to the block, because a key of block size cannot be refused.
pub(super) fn keyed(key: &Key) -> Hmac<Sha256> {
    let mut block = [0; SHA256_BLOCK];
    let bytes = key.as_bytes();
    // HMAC pads a short key with zeros and hashes a long one first. Source: RFC 2104, section 2.
    if bytes.len() <= SHA256_BLOCK {
        block[..bytes.len()].copy_from_slice(bytes);
    } else {
        let digest = Sha256::digest(bytes);
        block[..digest.len()].copy_from_slice(&digest);
    }
    Hmac::new(&block.into())
}

#[cfg(test)]
mod tests {
    use hmac::Mac;

    use super::*;

    #[test]
    fn a_key_of_any_length_signs_like_the_library_does() {
        for length in [0, 1, 63, 64, 65, 300] {
            let key = Key::new(&"k".repeat(length));
            let mut library = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
            library.update(b"content");
            let ours = keyed(&key).chain_update(b"content").finalize();
            assert_eq!(ours, library.finalize(), "{length}");
        }
    }
}
