//! What users get with this crate that they did not ask for: one HTTP client, one TLS stack, one cryptographic library.

use std::{collections::BTreeMap, process::Command, sync::LazyLock};

/// The versions of each crate, each with its features.
type Tree = BTreeMap<String, Vec<String>>;

/// As `cargo build -p workos-mcp` on this platform has it, without the tests and the benchmarks.
fn tree(arguments: &[&str]) -> Tree {
    let output = Command::new(env!("CARGO"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--package",
            "workos-mcp",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--no-dedupe",
            "--format",
            "{p}|{f}",
        ])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut tree = Tree::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (package, features) = line.split_once('|').unwrap();
        let (name, version) = package.split_once(' ').unwrap();
        let versions = tree.entry(name.to_owned()).or_default();
        let version = format!("{version} with [{features}]");
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    tree
}

static SMALLEST: LazyLock<Tree> = LazyLock::new(|| tree(&["--no-default-features"]));
static LARGEST: LazyLock<Tree> = LazyLock::new(|| tree(&["--features", "metrics,testing"]));

fn trees() -> [&'static Tree; 2] {
    [&SMALLEST, &LARGEST]
}

#[test]
fn there_is_one_http_client_and_one_tls_stack() {
    for tree in trees() {
        for once in ["hyper", "reqwest", "rustls"] {
            assert_eq!(tree[once].len(), 1, "{once}: {:?}", tree[once]);
        }
        for other in [
            "curl",
            "h2",
            "hyper-tls",
            "isahc",
            "native-tls",
            "openssl",
            "openssl-sys",
            "quinn",
            "ureq",
        ] {
            assert!(!tree.contains_key(other), "{other}");
        }
    }
}

#[test]
fn there_is_one_cryptographic_library() {
    for tree in trees() {
        assert_eq!(tree["aws-lc-rs"].len(), 1, "{:?}", tree["aws-lc-rs"]);
        for other in [
            "ed25519-dalek",
            "hmac",
            "p256",
            "p384",
            "ring",
            "rsa",
            "aws-lc-fips-sys",
        ] {
            assert!(!tree.contains_key(other), "{other}");
        }
    }
}

#[test]
fn the_user_chooses_the_cryptography_of_their_jsonwebtoken() {
    // With both of its features on, jsonwebtoken panics. We take only types from the newest version; the SDK pins another.
    for tree in trees() {
        let newest = tree["jsonwebtoken"]
            .iter()
            .find(|version| version.starts_with("v11."));
        let newest = newest.unwrap();
        assert!(newest.ends_with("with []"), "{newest}");
    }
}

#[test]
fn who_takes_the_layer_alone_gets_no_server() {
    for of_the_server in ["rmcp", "schemars", "signal-hook-registry", "tokio-util"] {
        assert!(!SMALLEST.contains_key(of_the_server), "{of_the_server}");
        assert!(LARGEST.contains_key(of_the_server), "{of_the_server}");
    }
}
