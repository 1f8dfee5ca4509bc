//! How much memory a process has, as the kernel counts it.

use std::io;

/// The size of a page on Linux, x86-64 and, as a rule, arm64.
const PAGE_BYTES: u64 = 4096;

/// The resident set in bytes.
pub(crate) fn resident(pid: u32) -> io::Result<u64> {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm"))?;
    let pages = statm.split_whitespace().nth(1);
    let pages = pages.and_then(|pages| pages.parse::<u64>().ok());
    Ok(pages.ok_or(io::ErrorKind::InvalidData)? * PAGE_BYTES)
}
