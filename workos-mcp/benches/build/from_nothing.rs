//! How long a first build takes.

use std::fs;

use crate::{
    cargo::{self, Cost},
    numbers::{ratio, seconds},
    servers::{ALL, RMCP_OURS, Server},
    slowest::slowest,
    workspace,
};

/// How many of the slowest crates are told.
const TOLD: usize = 10;

pub(crate) fn print() {
    println!("\n`cargo build` from nothing: time, processor time, and both as multiples of rmcp's");
    let mut first = None;
    for server in ALL {
        let cost = build(&server);
        let of: Cost = *first.get_or_insert(cost);
        let processor = cost.processor.zip(of.processor);
        println!(
            "{:<44} {:>9} {:>9} {:>6.2} {:>6}",
            server.title,
            seconds(cost.elapsed),
            cost.processor.map_or_else(|| "-".to_owned(), seconds),
            ratio(cost.elapsed, of.elapsed),
            processor.map_or_else(
                || "-".to_owned(),
                |(cost, of)| format!("{:.2}", ratio(cost, of))
            ),
        );
    }
    println!("\nthe slowest crates of {}", RMCP_OURS.title);
    match slowest(&workspace::target(RMCP_OURS.package)) {
        Some(units) => units.iter().take(TOLD).for_each(|unit| {
            println!("{:>9} {}", seconds(unit.duration()), unit.title());
        }),
        None => println!("this cargo does not tell"),
    }
}

fn build(server: &Server) -> Cost {
    let target = workspace::target(server.package);
    if target.exists() {
        fs::remove_dir_all(&target).unwrap();
    }
    cargo::cost(
        cargo::command(workspace::folder(), &target)
            .args(["build", "--timings", "--package"])
            .arg(server.package),
    )
}
