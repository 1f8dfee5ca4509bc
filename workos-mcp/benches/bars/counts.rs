//! Instructions and allocations, which do not depend on what else the machine does: counted by valgrind, in processes of
//! their own. A counting allocator in this one would be part of what is timed.

use std::{
    env,
    process::{Command, Stdio},
};

use tokio::runtime::Runtime;

use crate::{
    layer::{Headers, Scene, call},
    table::{Bar, Reading},
    verify::{BATCH, Bare, Unseen},
};

/// What a process is told that is to be counted: this, the name of an operation, and how often.
pub(crate) const COUNTED: &str = "--counted";

/// Runs an operation so many times, and nothing else that depends on the number.
pub(crate) fn run(operation: &str, times: usize, runtime: &Runtime) {
    let Scene {
        issuer,
        provider,
        token,
        mut routes,
    } = Scene::new(runtime);
    let headers = Headers::new(&token);
    match operation {
        "bare" => {
            let bare = Bare::new(&issuer, &token);
            (0..times).for_each(|_| bare.check());
        }
        "plain" => (0..times).for_each(|_| call(&mut routes.plain, &headers)),
        "guarded" => (0..times).for_each(|_| call(&mut routes.guarded, &headers)),
        "unseen" => {
            let unseen = Unseen::new(&issuer, &provider);
            for _ in 0..times / BATCH {
                unseen.forget();
                unseen.check_all();
            }
        }
        _ => unreachable!("{operation} is no operation"),
    }
}

/// `layer_warm` and `verify_cold`
pub(crate) fn counted(_: &Runtime) -> Vec<Reading> {
    let [plain, guarded] = ["plain", "guarded"].map(|operation| Counts::of_one(operation, 2048));
    let [bare, unseen] = ["bare", "unseen"].map(|operation| Counts::of_one(operation, 128));
    let instructions = |benchmark, value, bar| Reading {
        benchmark,
        what: "instructions, of a bare signature check".to_owned(),
        value: value / bare.instructions,
        bar: Bar::AtMost(bar),
    };
    let allocations = |benchmark, value, bar| Reading {
        benchmark,
        what: "allocations".to_owned(),
        value,
        bar: Bar::AtMost(bar),
    };
    vec![
        instructions(
            "layer_warm",
            guarded.instructions - plain.instructions,
            0.04,
        ),
        allocations("layer_warm", guarded.allocations - plain.allocations, 3.0),
        instructions("verify_cold", unseen.instructions, 1.12),
        allocations("verify_cold", unseen.allocations - bare.allocations, 12.0),
    ]
}

/// Of one run of an operation.
struct Counts {
    instructions: f64,
    allocations: f64,
}

impl Counts {
    /// From two processes that differ in nothing but how often they run it.
    fn of_one(operation: &str, times: usize) -> Self {
        let more = f64::from(u32::try_from(4 * times).unwrap());
        let between = |tool, label| {
            let [few, many] = [times, 5 * times].map(|times| count(tool, label, operation, times));
            (many - few) / more
        };
        Self {
            instructions: between("callgrind", "Collected : "),
            allocations: between("memcheck", "total heap usage: "),
        }
    }
}

fn count(tool: &str, label: &str, operation: &str, times: usize) -> f64 {
    let counted = Command::new("valgrind")
        .arg(format!("--tool={tool}"))
        .args((tool == "callgrind").then_some("--callgrind-out-file=/dev/null"))
        .arg(env::current_exe().unwrap())
        .args([COUNTED, operation, &times.to_string()])
        .stdin(Stdio::null())
        .output();
    let said = match counted {
        Ok(counted) => String::from_utf8_lossy(&counted.stderr).into_owned(),
        Err(error) => format!("valgrind cannot be run, install it: {error}"),
    };
    let number = said.lines().find_map(|line| {
        let (_, rest) = line.split_once(label)?;
        let number = rest.split_whitespace().next()?.replace(',', "");
        number.parse().ok()
    });
    number.unwrap_or_else(|| unreachable!("nothing was counted of {operation}: {said}"))
}
