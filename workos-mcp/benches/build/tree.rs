//! How many crates, and which of them twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    cargo,
    servers::{ALL, AXUM_ALONE, AXUM_LAYER, RMCP_ALONE, RMCP_CLIENT, RMCP_OURS, Server},
    workspace,
};

/// Names and versions.
type Crates = BTreeSet<(String, String)>;

pub(crate) fn print() {
    println!("\ncrates in the tree, on this platform; with those that only build scripts need");
    for server in ALL {
        let normal = crates(&server, "normal");
        let built = crates(&server, "normal,build");
        println!(
            "{:<44} {:>4} {:>4}",
            server.title,
            normal.len(),
            built.len()
        );
    }
    brought("workos-mcp brings to rmcp", &RMCP_ALONE, &RMCP_OURS);
    brought(
        "of them without what an HTTPS client brings",
        &RMCP_CLIENT,
        &RMCP_OURS,
    );
    brought(
        "workos-mcp without default features brings to axum",
        &AXUM_ALONE,
        &AXUM_LAYER,
    );
    println!("\nin two versions with workos-mcp, and who needs them");
    for (name, versions) in twice(&crates(&RMCP_OURS, "normal")) {
        for version in versions {
            let parents = parents(&RMCP_OURS, &name, &version).join(", ");
            println!("{name} {version}: {parents}");
        }
    }
}

fn brought(what: &str, before: &Server, after: &Server) {
    let before = crates(before, "normal");
    let after = crates(after, "normal");
    let names: Vec<_> = after
        .difference(&before)
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    println!("\n{what} {}: {}", names.len(), names.join(", "));
}

/// Without the package itself.
fn crates(server: &Server, edges: &str) -> Crates {
    tree(server, &["--edges", edges])
        .into_iter()
        .filter(|(name, _)| name != server.package)
        .collect()
}

fn parents(server: &Server, name: &str, version: &str) -> Vec<String> {
    let package = format!("{name}@{version}");
    let arguments = ["--edges", "normal", "--depth", "1", "--invert", &package];
    tree(server, &arguments)
        .into_iter()
        .filter(|(other, _)| other != name)
        .map(|(name, version)| format!("{name} {version}"))
        .collect()
}

fn twice(crates: &Crates) -> BTreeMap<String, Vec<String>> {
    let mut versions: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (name, version) in crates {
        let of_name = versions.entry(name.clone()).or_default();
        of_name.push(version.clone());
    }
    versions.retain(|_, versions| versions.len() > 1);
    versions
}

fn tree(server: &Server, arguments: &[&str]) -> Crates {
    let printed = cargo::run(
        cargo::command(workspace::folder(), &workspace::target(server.package))
            .args(["tree", "--prefix", "none", "--format", "{p}", "--package"])
            .arg(server.package)
            .args(arguments),
    );
    let crates = printed.lines().filter_map(|line| {
        let (name, rest) = line.split_once(" v")?;
        let version = rest.split(' ').next()?;
        Some((name.to_owned(), version.to_owned()))
    });
    crates.collect()
}
