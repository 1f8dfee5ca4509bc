//! What this crate costs to build and to start, beside an rmcp server without it.
//!
//! `cargo bench -p workos-mcp --bench build` prints all of it, which takes some minutes;
//! `cargo bench -p workos-mcp --bench build -- tree tools` prints some of it.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and has nobody to hand an error to"
)]

mod cargo;
mod from_nothing;
mod numbers;
mod servers;
mod slowest;
mod start_up;
mod token;
mod tools;
mod tree;
mod workspace;

use std::env;

const SECTIONS: [(&str, fn()); 4] = [
    ("tree", tree::print),
    ("from-nothing", from_nothing::print),
    ("tools", tools::print),
    ("start-up", start_up::print),
];

fn main() {
    if start_up::is_the_server() {
        return start_up::serve();
    }
    let arguments: Vec<_> = env::args().skip(1).collect();
    // `cargo test --all-targets` runs this without, and means to see that it compiles.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let wanted: Vec<_> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    for name in &wanted {
        let known = SECTIONS.map(|(section, _)| section);
        assert!(
            known.contains(&name.as_str()),
            "there is no section `{name}`; take some of {}",
            known.join(", ")
        );
    }
    for (section, print) in SECTIONS {
        if wanted.is_empty() || wanted.iter().any(|name| *name == section) {
            print();
        }
    }
}
