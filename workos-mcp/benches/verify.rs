//! One token: seen before, never seen, and the bare signature check that no verifier can go below.
//!
//! The bars are ratios of one run: `warm` ≤ 0.04 and `cold` ≤ 1.12 of `signature`. They are printed first, from
//! interleaved rounds, so that a machine that others use too slows all of them down alike.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]

use std::{
    hint::black_box,
    time::{Duration, Instant, SystemTime},
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{
        KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaPublicKeyComponents,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use criterion::{Criterion, criterion_group, criterion_main};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::Jwk};
use serde_json::json;
use workos_mcp::__bench::Verification;

const ISSUER: &str = "https://fearless-network-26.authkit.app";
const AUDIENCE: &str = "https://mcp.example.com/mcp";
const KEY_ID: &str = "sso_oidc_key_pair_01JQ7Z3M5XKQW8R2T4V6Y8ZABC";
/// Tokens verified between two clearings of the cache.
const BATCH: usize = 32;

fn token(key: &KeyPair, number: usize) -> String {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let header = json!({ "alg": "RS256", "kid": KEY_ID });
    let claims = json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": format!("user_01JQ7Z3M5XKQW8R2T4V6Y{number:05}"),
        "sid": "app_consent_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
        "jti": format!("01JQ7Z3M5XKQW8R2T4V6Z{number:05}"),
        "org_id": "org_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
        "client_id": "client_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
        "scope": "openid profile email offline_access",
        "exp": now + 3600,
        "iat": now,
    });
    let signed = format!(
        "{}.{}",
        BASE64.encode(header.to_string()),
        BASE64.encode(claims.to_string())
    );
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", BASE64.encode(signature))
}

/// Modulus and exponent out of the two integers of a PKCS#1 public key.
fn components(key: &KeyPair) -> (Vec<u8>, Vec<u8>) {
    let der = key.public_key().as_ref();
    // SEQUENCE and INTEGER of a 2048-bit modulus have lengths of two bytes each, the exponent is 65537.
    let (head, exponent) = der.split_at(der.len() - 3);
    let modulus = &head[head.len() - 2 - 256..head.len() - 2];
    (modulus.to_vec(), exponent.to_vec())
}

/// What is timed, after its preparation.
type Operation<'a> = (&'a dyn Fn(), &'a dyn Fn());

/// Of each, the time that a tenth of the rounds undercut: each has its turn in every round, and what others do on
/// this machine only ever adds.
fn fastest_tenth<const N: usize>(operations: [Operation<'_>; N]) -> [Duration; N] {
    let mut times = [(); N].map(|()| Vec::new());
    for _ in 0..1000 {
        for ((prepare, operation), times) in operations.iter().zip(&mut times) {
            prepare();
            let start = Instant::now();
            operation();
            times.push(start.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 10]
    })
}

fn benchmarks(criterion: &mut Criterion) {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let (modulus, exponent) = components(&key);
    let jwk = json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID,
        "n": BASE64.encode(&modulus), "e": BASE64.encode(&exponent),
    });
    let verification = Verification::new(
        &ISSUER.parse().unwrap(),
        AUDIENCE,
        &json!({ "keys": [jwk] }).to_string(),
    );
    let tokens: Vec<_> = (0..BATCH).map(|number| token(&key, number)).collect();

    let prepared = RsaPublicKeyComponents {
        n: &modulus,
        e: &exponent,
    }
    .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
    .unwrap();
    let parts: Vec<_> = tokens
        .iter()
        .map(|token| {
            let (signed, signature) = token.rsplit_once('.').unwrap();
            (signed.as_bytes(), BASE64.decode(signature).unwrap())
        })
        .collect();
    let signature = |(signed, signature): &(&[u8], Vec<u8>)| {
        prepared
            .verify_sig(black_box(signed), black_box(signature))
            .unwrap();
    };
    let check = |token: &String| verification.check(black_box(token)).unwrap();

    let check_all = || {
        for token in &tokens {
            check(token);
        }
    };
    let [bare, cold, warm] = fastest_tenth([
        (&|| (), &|| parts.iter().for_each(signature)),
        (&|| verification.forget(), &check_all),
        (&|| (), &check_all),
    ]);
    let ratio = |time: Duration| time.as_secs_f64() / bare.as_secs_f64();
    println!(
        "verify, as parts of a bare signature check: cold {:.3}, warm {:.4}",
        ratio(cold),
        ratio(warm)
    );

    let mut group = criterion.benchmark_group("verify");
    group.measurement_time(Duration::from_secs(4));
    group.bench_function("signature", |bench| bench.iter(|| signature(&parts[0])));
    group.bench_function("cold", |bench| {
        bench.iter_custom(|rounds| {
            let mut spent = Duration::ZERO;
            let mut left = rounds;
            while left > 0 {
                let batch = tokens.iter().take(usize::try_from(left).unwrap_or(BATCH));
                left -= batch.len() as u64;
                verification.forget();
                let start = Instant::now();
                batch.for_each(|token| drop(black_box(check(token))));
                spent += start.elapsed();
            }
            spent
        });
    });
    group.bench_function("warm", |bench| {
        check(&tokens[0]);
        bench.iter(|| check(&tokens[0]));
    });
    group.bench_function("jsonwebtoken", |bench| {
        let jwk: Jwk = serde_json::from_value(jwk.clone()).unwrap();
        let key = DecodingKey::from_jwk(&jwk).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        bench.iter(|| {
            let token = black_box(&tokens[0]);
            jsonwebtoken::decode::<serde_json::Value>(token, &key, &validation).unwrap()
        });
    });
    group.finish();
}

criterion_group!(verify, benchmarks);
criterion_main!(verify);
