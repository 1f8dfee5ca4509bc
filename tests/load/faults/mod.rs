//! What each fault of the key endpoint costs: how often it is asked, who is refused, and how long good requests take.

mod key_changes;
mod outages;
mod site;

use std::{
    io::{self, Write},
    ops::RangeInclusive,
    time::Duration,
};

use self::site::Seen;
use crate::{
    Failure,
    table::{Table, count, percentiles},
};

/// What one fault cost, and what it may cost.
struct Cost {
    fault: String,
    key_requests: u64,
    may_ask: RangeInclusive<u64>,
    seen: Seen,
    /// No good request may take longer.
    slowest: Duration,
    /// What else there is to say, and whether it is as it must be.
    notes: Vec<(String, bool)>,
}

pub(crate) async fn run() -> Result<bool, Failure> {
    let mut costs = outages::run().await?;
    costs.extend(key_changes::run().await?);
    let mut table = Table::new(&[
        "fault",
        "keys asked for",
        "good requests",
        "wrongly refused",
        "wrongly accepted",
        "p50",
        "p99",
        "slowest",
        "and",
    ]);
    let mut good = true;
    let mut complaints = io::stderr().lock();
    for mut cost in costs {
        let failed = cost.add_to(&mut table);
        for complaint in &failed {
            good = false;
            writeln!(complaints, "{}: {complaint}", cost.fault)?;
        }
    }
    table.print()?;
    Ok(good)
}

impl Cost {
    /// What is not as it must be.
    fn add_to(&mut self, table: &mut Table) -> Vec<String> {
        let mut failed = Vec::new();
        let seen = &mut self.seen;
        if !self.may_ask.contains(&self.key_requests) {
            failed.push(format!(
                "{} requests to the key endpoint",
                self.key_requests
            ));
        }
        if seen.good == 0 {
            failed.push("no good request was sent".to_owned());
        }
        if seen.wrongly_refused + seen.wrongly_accepted > 0 {
            failed.extend(seen.examples.iter().take(5).cloned());
        }
        let slowest = seen.times.iter().max().copied().unwrap_or_default();
        if slowest > self.slowest {
            failed.push(format!("a request took {slowest:?}"));
        }
        let notes = self.notes.iter().filter(|(_, holds)| !holds);
        failed.extend(notes.map(|(note, _)| note.clone()));
        let [median, tail] = percentiles(&mut seen.times);
        let notes: Vec<_> = self.notes.iter().map(|(note, _)| note.as_str()).collect();
        table.row([
            self.fault.clone(),
            format!(
                "{} ({} to {})",
                self.key_requests,
                self.may_ask.start(),
                self.may_ask.end()
            ),
            count(seen.good),
            count(seen.wrongly_refused),
            count(seen.wrongly_accepted),
            median,
            tail,
            format!(
                "{:.0} ms (at most {})",
                slowest.as_secs_f64() * 1000.0,
                self.slowest.as_millis()
            ),
            notes.join("; "),
        ]);
        failed
    }
}
