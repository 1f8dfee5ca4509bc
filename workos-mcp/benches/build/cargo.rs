//! Cargo, as a user has it.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// What a command took.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) elapsed: Duration,
    /// Of all processors, for cargo and the compilers that it starts. It hardly depends on what else the machine
    /// does, but only Linux tells.
    pub(crate) processor: Option<Duration>,
}

/// An unfinished `cargo` in a folder of ours. It asks no registry: everything is locked and here already.
pub(crate) fn command(folder: &Path, target: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(folder)
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_TERM_COLOR", "never")
        // A cache of compiled crates would be what is measured.
        .env("RUSTC_WRAPPER", "");
    command
}

/// What it prints.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn cost(command: &mut Command) -> Cost {
    let before = processor_of_children();
    let start = Instant::now();
    run(command);
    let elapsed = start.elapsed();
    let processor = before
        .zip(processor_of_children())
        .map(|(before, after)| after.saturating_sub(before));
    Cost { elapsed, processor }
}

/// Of all children that have ended, and of theirs.
fn processor_of_children() -> Option<Duration> {
    let status = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may hold spaces. Behind it, these are the fields `cutime` and `cstime`.
    let (_, fields) = status.rsplit_once(") ")?;
    let ticks: Vec<u64> = fields
        .split(' ')
        .skip(13)
        .take(2)
        .map(|field| field.parse().ok())
        .collect::<Option<_>>()?;
    // Linux counts in hundredths of a second for programs, whatever it does inside.
    Some(Duration::from_millis(ticks.iter().sum::<u64>() * 10))
}
