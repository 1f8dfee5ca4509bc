//! Time, on a machine that others use too.

use std::time::{Duration, Instant};

/// Something that takes its own time.
pub(crate) type Timed<'a> = dyn FnMut() -> Duration + 'a;

/// Of each operation the nanoseconds that a tenth of the rounds undercut: in every round each has its turn, so that what slows
/// this machine down slows all of them down, and what others do on it only ever adds.
pub(crate) fn fastest_tenth<const N: usize>(
    rounds: usize,
    operations: [&mut Timed<'_>; N],
) -> [f64; N] {
    at(rounds / 10, rounds, operations)
}

/// The same of half of the rounds: for what is slow because of something else that is measured with it.
pub(crate) fn median<const N: usize>(rounds: usize, operations: [&mut Timed<'_>; N]) -> [f64; N] {
    at(rounds / 2, rounds, operations)
}

fn at<const N: usize>(
    place: usize,
    rounds: usize,
    mut operations: [&mut Timed<'_>; N],
) -> [f64; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..rounds {
        for (operation, times) in operations.iter_mut().zip(&mut times) {
            times.push(operation());
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[place].as_secs_f64() * 1e9
    })
}

/// The time of one of `count` calls.
pub(crate) fn each(count: u32, mut call: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..count {
        call();
    }
    start.elapsed() / count
}
