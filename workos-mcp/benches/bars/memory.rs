//! What this process has of the machine's memory.

use std::fs;

/// As Linux has it on all machines that this is measured on.
const PAGE: u64 = 4096;

pub(crate) fn resident_bytes() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    let resident = pages.split_whitespace().nth(1).unwrap();
    resident.parse::<u64>().unwrap() * PAGE
}
