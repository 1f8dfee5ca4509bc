//! What grows with what: tables, and no bars.
//!
//! `cargo bench -p workos-mcp --bench growth` prints all of them; with their names behind `--`, only those.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]
// What is shared with the other benchmark is not all used by both.
#![allow(dead_code)]

#[path = "../bars/client.rs"]
mod client;
mod connections;
#[path = "../bars/greeter.rs"]
mod greeter;
#[path = "../bars/issuer.rs"]
mod issuer;
#[path = "../bars/key.rs"]
mod key;
#[path = "../bars/layer.rs"]
mod layer;
#[path = "../bars/load.rs"]
mod load;
mod many;
#[path = "../bars/memory.rs"]
mod memory;
#[path = "../bars/million.rs"]
mod million;
#[path = "../bars/rounds.rs"]
mod rounds;
#[path = "../bars/server.rs"]
mod server;
#[path = "../bars/table.rs"]
mod table;
mod tokens;
mod tools;
#[path = "../bars/verify.rs"]
mod verify;

use std::env;

use tokio::runtime::{self, Runtime};

type Table = fn(&Runtime);

const TABLES: [(&str, Table); 3] = [
    ("tokens", tokens::print),
    ("connections", connections::print),
    ("tools", tools::print),
];

fn main() {
    let args: Vec<_> = env::args().skip(1).collect();
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let _inside = runtime.enter();
    if let [row, count] = &*args
        && row == connections::ROW
    {
        connections::print_row(&runtime, count.parse().unwrap());
        return;
    }
    // What cargo itself adds begins with a dash.
    let wanted: Vec<_> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    for (name, print) in TABLES {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            print(&runtime);
            println!();
        }
    }
}
