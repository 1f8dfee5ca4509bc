//! Which crates a build spends its time on, from the report of `cargo build --timings`.

use std::{fs, path::Path, time::Duration};

use serde::Deserialize;

/// A crate, or the run of its build script.
#[derive(Deserialize)]
pub(crate) struct Unit {
    name: String,
    version: String,
    target: String,
    duration: f64,
}

impl Unit {
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.duration)
    }

    pub(crate) fn title(&self) -> String {
        format!("{} {}{}", self.name, self.version, self.target)
    }
}

/// The slowest first. Cargo promises the report to people, not to programs, but the toolchain is pinned; `None` when
/// it has changed nevertheless.
pub(crate) fn slowest(target: &Path) -> Option<Vec<Unit>> {
    let report = fs::read_to_string(target.join("cargo-timings/cargo-timing.html")).ok()?;
    let (_, data) = report.split_once("const UNIT_DATA = ")?;
    let mut values = serde_json::Deserializer::from_str(data).into_iter();
    let mut units: Vec<Unit> = values.next()?.ok()?;
    units.sort_by(|one, other| other.duration.total_cmp(&one.duration));
    Some(units)
}
