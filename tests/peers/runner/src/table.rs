//! What came out, side by side.

use std::fmt::{self, Display, Formatter};

use harness::Error;

use crate::{OURS, ROTATION_SECONDS, RUNS, Row, median, program::Refusals};

pub(crate) struct Table {
    heading: String,
    lines: Vec<Vec<String>>,
    /// What there is to say of numbers that are missing.
    notes: Vec<String>,
}

impl Table {
    pub(crate) fn new(rows: &[Row], token_bytes: usize) -> Result<Self, Error> {
        let own = rows[0].own_times()?;
        let all = rows.iter().flat_map(|row| &row.times);
        let raw = median(all.map(|times| times.raw_ns)).unwrap_or_default();
        let mut table = Self {
            heading: format!(
                "One request in process, RS256 with 2048 bits, a token of {token_bytes} bytes; raw verify took {raw:.0} ns; \
                 medians of {RUNS} runs.\nRotation: a new key, its tokens at once, {ROTATION_SECONDS} s watched."
            ),
            lines: vec![
                [
                    "",
                    "÷ raw verify",
                    "÷ ours cold",
                    "÷ ours warm",
                    "instructions",
                    "allocations",
                    "refused",
                    "of",
                    "until s",
                    "key fetches",
                ]
                .map(str::to_owned)
                .to_vec(),
            ],
            notes: Vec::new(),
        };
        for row in rows {
            table.add(row, own);
        }
        Ok(table)
    }

    fn add(&mut self, row: &Row, own: [f64; 2]) {
        let name = match row.package.version() {
            Some(version) => format!("{} {version}{}", row.package.library, row.package.note),
            None => row.package.library.to_owned(),
        };
        let counts = |instructions: Option<f64>, allocations: Option<f64>| {
            [instructions, allocations]
                .map(|count| count.map_or("-".to_owned(), |count| format!("{count:.0}")))
        };
        let instructions = self.noted(&name, "instructions", row.instructions.as_ref());
        let allocations = self.noted(&name, "allocations", row.allocations.as_ref());
        let rotation = self.noted(&name, "rotation", row.rotation.as_ref());
        let watched = rotation.map_or_else(|| vec!["-".to_owned(); 4], watched);
        let times = |time: f64| {
            [
                format!("{time:.3}"),
                format!("{:.2}", time / own[0]),
                format!("{:.1}", time / own[1]),
            ]
        };

        if row.package.name == OURS.name {
            let raw = counts(instructions.map(|counts| counts.raw), None);
            let cold = counts(
                instructions.map(|counts| counts.cold),
                allocations.map(|counts| counts.cold),
            );
            let warm = counts(
                instructions.map(|counts| counts.warm),
                allocations.map(|counts| counts.warm),
            );
            let nothing = vec![String::new(); 4];
            self.line("raw verify".to_owned(), times(1.0), raw, nothing.clone());
            self.line(format!("{name}, cold"), times(own[0]), cold, watched);
            self.line(format!("{name}, warm"), times(own[1]), warm, nothing);
            return;
        }
        match (&row.program, row.time()) {
            (Ok(_), Some(time)) => {
                let counts = counts(
                    instructions.map(|counts| counts.warm),
                    allocations.map(|counts| counts.warm),
                );
                self.line(name, times(time), counts, watched);
            }
            (Err(error), _) => self.lines.push(vec![name, error.to_string()]),
            (Ok(_), None) => self.lines.push(vec![name, "was not timed".to_owned()]),
        }
    }

    fn line(
        &mut self,
        name: String,
        times: [String; 3],
        counts: [String; 2],
        watched: Vec<String>,
    ) {
        self.lines.push(
            [name]
                .into_iter()
                .chain(times)
                .chain(counts)
                .chain(watched)
                .collect(),
        );
    }

    /// The value, or its error among the notes.
    fn noted<'a, T>(
        &mut self,
        name: &str,
        what: &str,
        value: Option<&'a Result<T, Error>>,
    ) -> Option<&'a T> {
        match value? {
            Ok(value) => Some(value),
            Err(error) => {
                self.notes.push(format!("{name}, {what}: {error}"));
                None
            }
        }
    }
}

fn watched((refusals, fetches): &(Refusals, usize)) -> Vec<String> {
    vec![
        refusals.refused.to_string(),
        refusals.requests.to_string(),
        format!("{:.1}", refusals.until),
        fetches.to_string(),
    ]
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.heading)?;
        let columns = self.lines.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<_> = (0..columns)
            .map(|column| {
                let cells = self.lines.iter().filter_map(|line| match &**line {
                    // It says why it has no numbers, at any length.
                    [_, _] if column > 0 => None,
                    cells => cells.get(column),
                });
                cells
                    .map(|cell| cell.chars().count())
                    .max()
                    .unwrap_or_default()
            })
            .collect();
        for line in &self.lines {
            for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
                if column == 0 {
                    write!(f, "{cell:<width$}")?;
                } else {
                    write!(f, "  {cell:>width$}")?;
                }
            }
            writeln!(f)?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}
