//! A key that signs fast enough for a million tokens.
//!
//! Its modulus is the product of 64 primes of 32 bits, so that signing is arithmetic on small numbers, ten times as
//! fast as with two large primes. Anybody could forge with such a key; checking a signature takes as long as with any
//! other of 2048 bits.

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};

const EXPONENT: u32 = 65_537;
const LIMBS: usize = 64;
/// `DigestInfo` of SHA-256 in DER, without the digest
/// ([RFC 8017 §9.2](https://www.rfc-editor.org/rfc/rfc8017#section-9.2)).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// Signs, and says by which public key that can be checked.
pub(crate) struct Key {
    id: String,
    primes: Vec<Prime>,
}

struct Prime {
    value: u32,
    /// The private exponent that goes with it.
    exponent: u32,
    /// The inverse of the product of the primes before it.
    inverse: u32,
}

impl Key {
    /// Each `number` is another key.
    pub(crate) fn new(number: u8) -> Self {
        let mut primes: Vec<Prime> = Vec::with_capacity(LIMBS);
        let few_below_2_to_32 = (0..u32::MAX).rev().filter(|value| is_prime(*value));
        for value in few_below_2_to_32.skip(usize::from(number) * LIMBS) {
            let Some(exponent) = inverse(EXPONENT, value - 1) else {
                continue;
            };
            let product = primes
                .iter()
                .fold(1, |product, prime| times(product, prime.value, value));
            let Some(inverse) = inverse(product, value) else {
                continue;
            };
            primes.push(Prime {
                value,
                exponent,
                inverse,
            });
            if primes.len() == LIMBS {
                break;
            }
        }
        Self {
            id: format!("sso_oidc_key_pair_01JQ7Z3M5XKQW8R2T4V6Y8Z{number:03}"),
            primes,
        }
    }

    /// `header.payload.signature` for these claims, by RS256.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "kid": self.id });
        let signed = format!(
            "{}.{}",
            BASE64.encode(header.to_string()),
            BASE64.encode(claims.to_string())
        );
        let signature = self.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature))
    }

    /// As it stands in a key set.
    pub(crate) fn jwk(&self) -> Value {
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id,
            "n": BASE64.encode(self.modulus()), "e": "AQAB",
        })
    }

    /// As the fastest check of a signature has it: parsed once.
    pub(crate) fn prepared(&self) -> ParsedPublicKey {
        RsaPublicKeyComponents {
            n: self.modulus().as_slice(),
            e: &[1, 0, 1],
        }
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .unwrap()
    }

    fn modulus(&self) -> Vec<u8> {
        let mut product = Number::from(1);
        for prime in &self.primes {
            product.multiply_add(prime.value, 0);
        }
        product.bytes()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let digest = digest(&SHA256, message);
        let padding = LIMBS * 4 - 3 - DIGEST_INFO.len() - digest.as_ref().len();
        let mut encoded = vec![0, 1];
        encoded.extend(std::iter::repeat_n(0xff, padding));
        encoded.push(0);
        encoded.extend(DIGEST_INFO);
        encoded.extend(digest.as_ref());

        // Garner: each digit makes the number right for one prime more.
        let mut digits: Vec<u32> = Vec::with_capacity(LIMBS);
        for prime in &self.primes {
            let value = u64::from(prime.value);
            let message = encoded.as_chunks().0.iter().fold(0, |rest, limb| {
                ((rest << 32) | u64::from(u32::from_be_bytes(*limb))) % value
            });
            let root = power(low(message), prime.exponent, prime.value);
            let so_far = digits
                .iter()
                .zip(&self.primes)
                .rev()
                .fold(0, |sum, (digit, before)| {
                    (sum * u64::from(before.value) + u64::from(*digit)) % value
                });
            let missing = low((u64::from(root) + value - so_far) % value);
            digits.push(times(missing, prime.inverse, prime.value));
        }
        let mut signature = Number::from(0);
        for (digit, prime) in digits.iter().zip(&self.primes).rev() {
            signature.multiply_add(prime.value, *digit);
        }
        signature.bytes()
    }
}

/// 2048 bits, the least significant limb first.
struct Number([u32; LIMBS]);

impl Number {
    fn multiply_add(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = low(carry);
            carry >>= 32;
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let limbs = self.0.iter().rev();
        limbs.flat_map(|limb| limb.to_be_bytes()).collect()
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        let mut limbs = [0; LIMBS];
        limbs[0] = value;
        Self(limbs)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half is what is asked for"
)]
fn low(value: u64) -> u32 {
    value as u32
}

fn times(one: u32, other: u32, modulus: u32) -> u32 {
    low(u64::from(one) * u64::from(other) % u64::from(modulus))
}

fn power(base: u32, exponent: u32, modulus: u32) -> u32 {
    let mut result = 1;
    for bit in (0..u32::BITS).rev() {
        result = times(result, result, modulus);
        if exponent >> bit & 1 == 1 {
            result = times(result, base, modulus);
        }
    }
    result
}

fn is_prime(value: u32) -> bool {
    value % 2 == 1
        && (3..=65_535)
            .step_by(2)
            .all(|divisor| !value.is_multiple_of(divisor))
}

/// By Euclid; none where the two share a factor.
fn inverse(value: u32, modulus: u32) -> Option<u32> {
    let (mut rest, mut next) = (i64::from(modulus), i64::from(value % modulus));
    let (mut factor, mut next_factor) = (0, 1);
    while next != 0 {
        let quotient = rest / next;
        (rest, next) = (next, rest - quotient * next);
        (factor, next_factor) = (next_factor, factor - quotient * next_factor);
    }
    let factor = factor.rem_euclid(i64::from(modulus));
    u32::try_from(factor).ok().filter(|_| rest == 1)
}
