//! Every known attack on a protected MCP server has a test that carries its number, or a reason why it cannot be made here.
//!
//! A test says which attacks it answers in a line right above its `#[test]`: `// Attacks: 44, 45.`

mod certificates;
mod flood;
mod identity;
mod modes;
mod sessions;
mod tasks;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The attacks in the order of their numbers, from 1.
const ATTACKS: [&str; 106] = [
    "a token for another resource",
    "the token passed through to an upstream",
    "a session id for authentication",
    "a session hijacked with its id",
    "a session goes on with a refreshed token",
    "a task id or state handle of another principal",
    "DNS rebinding: foreign `Origin` and `Host`",
    "scopes beyond what is needed",
    "a scope that an operation lacks",
    "a scope that implies others",
    "scopes by odd spellings, types and claims",
    "the confused deputy of an OAuth proxy",
    "server-side requests by metadata and key sets",
    "server-side requests by client metadata documents",
    "`Host` and `X-Forwarded-*` that choose resource or audience",
    "a token in the query only",
    "a token in two places",
    "a token in form or cookie only",
    "headers that contradict the body",
    "calls smuggled in a batch",
    "duplicate members, byte order marks, escapes",
    "only the first request of a connection with a token",
    "methods and paths past the guard",
    "the public metadata",
    "what one user may see, cached for another",
    "tokens of an authorization server that was given up",
    "refusals that tell good tokens from bad",
    "tokens and personal data in logs",
    "an identity that the client asserts",
    "an elicitation URL opened by another user",
    "no credentials",
    "another scheme",
    "a malformed bearer header",
    "the scheme in any case, with several spaces",
    "a bearer token that is no JWT",
    "too few or too many segments",
    "other spellings of base64url",
    "header or payload that is no JSON object",
    "duplicate header parameters and claims",
    "a token that is too long",
    "the JSON serialization of a JWS",
    "compressed and encrypted tokens that are bombs",
    "header injection by scopes",
    "`alg` none",
    "RS256 as HS256 with the public key",
    "HS256 with a guessed secret",
    "an algorithm outside of the list",
    "an algorithm that is not the key's",
    "an attacker's key under a known key id",
    "an embedded `jwk`",
    "`jku` and `x5u`",
    "`x5c` and `x5t`",
    "injection by key id",
    "no key id",
    "`crit`",
    "`b64`",
    "keys that are not for verifying tokens",
    "two keys of one id",
    "ECDSA signatures of zeros and other oddities",
    "a signature over other bytes",
    "an expired token",
    "`exp` of odd types",
    "a token of the future",
    "another issuer",
    "a key of one issuer for a token of another",
    "no audience, or one of an odd type",
    "an audience that is nearly ours",
    "an audience among others",
    "an ID token",
    "tokens and assertions of other kinds",
    "a type other than that of access tokens",
    "a token of another product of the same authorization server",
    "a subject that names nobody",
    "another organization, a missing role or permission",
    "unknown and huge claims",
    "a token bound to a key, sent as a bearer token",
    "a revoked session, by introspection",
    "a flood of unknown key ids",
    "a key rotated in",
    "a thousand requests with a new key",
    "a key withdrawn",
    "a rotation right after a flood",
    "key endpoint down or slow",
    "a key set that is none",
    "a key set that is too large",
    "a key endpoint that redirects",
    "metadata of another issuer, keys without TLS",
    "a certificate that does not hold",
    "a clock that jumps",
    "a cache of verified tokens that outlives them",
    "signatures checked before what is cheap",
    "DPoP: no proof",
    "DPoP: two proofs",
    "DPoP: a proof that lacks a member",
    "DPoP: a proof badly signed",
    "DPoP: a proof with an odd key",
    "DPoP: a proof for another request",
    "DPoP: a proof of another time",
    "DPoP: a proof used twice",
    "DPoP: a proof for another token",
    "DPoP: a proof of another key",
    "DPoP: a bound token sent as a bearer token",
    "DPoP: an unbound token",
    "DPoP: no nonce",
    "DPoP: both schemes",
    "DPoP: challenges of both schemes",
];

/// What cannot be made here, and why.
const NOT_APPLICABLE: [(&[usize], &str); 4] = [
    (
        &[30],
        "no helper for elicitation by URL is part of this crate",
    ),
    (
        &[77],
        "tokens are verified by signature; nothing is introspected",
    ),
    (
        &[92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 103, 104],
        "DPoP is not offered, so no proof is ever read; bound tokens are refused by rows 76 and 102",
    ),
    (
        &[105, 106],
        "DPoP is not offered, so `Bearer` is the only scheme that is ever challenged with",
    ),
];

/// What is wrong with how a file numbers its tests, and the numbers in it.
#[derive(Default)]
struct Numbered {
    tests: BTreeMap<usize, Vec<String>>,
    wrong: Vec<String>,
}

impl Numbered {
    fn read(&mut self, path: &Path, text: &str) {
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        for (index, line) in lines.iter().enumerate() {
            let Some(numbers) = line.strip_prefix("// Attacks:") else {
                continue;
            };
            let place = format!("{}:{}", path.display(), index + 1);
            let below = lines.get(index + 1).copied().unwrap_or_default();
            if !below.starts_with("#[test]") && !below.starts_with("#[tokio::test") {
                self.wrong.push(format!("{place} stands above no test"));
            }
            let Some(numbers) = numbers.strip_suffix('.') else {
                self.wrong.push(format!("{place} has no full stop"));
                continue;
            };
            for number in numbers.split(',') {
                match number.trim().parse() {
                    Ok(number) if (1..=ATTACKS.len()).contains(&number) => {
                        self.tests.entry(number).or_default().push(place.clone());
                    }
                    _ => self.wrong.push(format!("{place} has {number:?}")),
                }
            }
        }
    }
}

pub(super) fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_attack_is_answered_by_a_test_or_cannot_be_made() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut paths = Vec::new();
    for folder in ["workos-mcp", "workos-mcp-macros", "tests"] {
        sources(&root.join(folder), &mut paths);
    }
    let mut numbered = Numbered::default();
    for path in &paths {
        let text = fs::read_to_string(path).unwrap();
        numbered.read(path.strip_prefix(root).unwrap(), &text);
    }
    let mut wrong = numbered.wrong;

    let mut excused = BTreeSet::new();
    for number in NOT_APPLICABLE.iter().flat_map(|(numbers, _)| *numbers) {
        if !(1..=ATTACKS.len()).contains(number) {
            wrong.push(format!("{number} is not the number of an attack"));
        } else if !excused.insert(*number) {
            wrong.push(format!("{number} is excused twice"));
        }
    }
    for (number, attack) in (1..).zip(ATTACKS) {
        match (numbered.tests.get(&number), excused.contains(&number)) {
            (None, false) => wrong.push(format!("{number}, {attack}: no test")),
            (Some(places), true) => {
                let places = places.join(", ");
                wrong.push(format!(
                    "{number}, {attack}: excused, yet tested in {places}"
                ));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_number_that_is_misplaced_or_unknown_is_noticed() {
    for (text, wrong) in [
        ("// Attacks: 1, 2.\n#[test]\nfn x() {}", 0),
        (
            "    // Attacks: 106.\n    #[tokio::test(start_paused = true)]",
            0,
        ),
        ("// Attacks: 1.\nfn x() {}", 1),
        ("// Attacks: 1.", 1),
        ("// Attacks: 1\n#[test]", 1),
        ("// Attacks: 0, 107, x.\n#[test]", 3),
        ("// Attacks:.\n#[test]", 1),
    ] {
        let mut numbered = Numbered::default();
        numbered.read(Path::new("x.rs"), text);
        assert_eq!(numbered.wrong.len(), wrong, "{text}: {:?}", numbered.wrong);
    }
}
