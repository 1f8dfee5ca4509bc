//! What happened, counted.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::Duration,
};

use crate::{
    client::Answer,
    table::{Table, count, percentiles},
    wrong::Wrong,
};

/// More of the same say nothing new.
const EXAMPLES: usize = 10;

#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) requests: u64,
    pub(crate) wrong: BTreeMap<Wrong, u64>,
    pub(crate) refreshed: u64,
    pub(crate) sessions_opened: u64,
    pub(crate) sessions_ended: u64,
    pub(crate) sessions_lost_with_replica: u64,
    pub(crate) cut_off: u64,
    answered_legacy: u64,
    answered_modern: u64,
    wrongly_refused: u64,
    wrongly_accepted: u64,
    refused_otherwise: u64,
    mixed: u64,
    sessions_lost_beyond: u64,
    times: Vec<Duration>,
    examples: Vec<String>,
}

impl Tally {
    pub(crate) fn answered(&mut self, legacy: bool, took: Duration) {
        self.times.push(took);
        let answered = if legacy {
            &mut self.answered_legacy
        } else {
            &mut self.answered_modern
        };
        *answered += 1;
    }

    pub(crate) fn mixed(&mut self, what: &str) {
        self.mixed += 1;
        self.example(format!("mixed: {what}"));
    }

    pub(crate) fn wrongly_refused(&mut self, answer: &Answer) {
        self.wrongly_refused += 1;
        self.example(format!("wrongly refused: {answer:?}"));
    }

    pub(crate) fn wrongly_accepted(&mut self, wrong: Wrong, answer: &Answer) {
        self.wrongly_accepted += 1;
        self.example(format!("{} accepted: {answer:?}", wrong.name()));
    }

    pub(crate) fn refused_otherwise(&mut self, wrong: Wrong, answer: &Answer) {
        self.refused_otherwise += 1;
        self.example(format!(
            "{} refused otherwise than due: {answer:?}",
            wrong.name()
        ));
    }

    pub(crate) fn session_lost_beyond(&mut self, answer: &Answer) {
        self.sessions_lost_beyond += 1;
        self.example(format!("session lost: {answer:?}"));
    }

    fn example(&mut self, example: String) {
        if self.examples.len() < EXAMPLES {
            self.examples.push(example);
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        for (wrong, count) in other.wrong {
            *self.wrong.entry(wrong).or_default() += count;
        }
        self.refreshed += other.refreshed;
        self.sessions_opened += other.sessions_opened;
        self.sessions_ended += other.sessions_ended;
        self.sessions_lost_with_replica += other.sessions_lost_with_replica;
        self.cut_off += other.cut_off;
        self.answered_legacy += other.answered_legacy;
        self.answered_modern += other.answered_modern;
        self.wrongly_refused += other.wrongly_refused;
        self.wrongly_accepted += other.wrongly_accepted;
        self.refused_otherwise += other.refused_otherwise;
        self.mixed += other.mixed;
        self.sessions_lost_beyond += other.sessions_lost_beyond;
        self.times.extend(other.times);
        for example in other.examples {
            self.example(example);
        }
    }

    pub(crate) fn print_examples(&self) -> io::Result<()> {
        let mut out = io::stderr().lock();
        for example in &self.examples {
            writeln!(out, "{example}")?;
        }
        Ok(())
    }

    /// Adds the rows, and says whether all is as it must be. `kills`: how often a replica was killed; `at_a_time`: how
    /// many requests were under way at most.
    pub(crate) fn report(mut self, table: &mut Table, kills: u64, at_a_time: u64) -> bool {
        let mut good = true;
        let mut row = |name: String, number: u64, must: &str, holds: bool| {
            good &= holds;
            let verdict = match (must, holds) {
                ("", true) => "",
                (_, true) => "yes",
                (_, false) => "NO",
            };
            table.row([name, count(number), must.to_owned(), verdict.to_owned()]);
        };
        let mut happened = |name: &str, number| row(name.to_owned(), number, "some", number > 0);
        happened("requests", self.requests);
        happened("calls answered, 2025-11-25", self.answered_legacy);
        happened("calls answered, 2026-07-28", self.answered_modern);
        happened("tokens refreshed", self.refreshed);
        happened("sessions opened", self.sessions_opened);
        happened("sessions ended by their client", self.sessions_ended);
        for wrong in Wrong::ALL {
            let number = self.wrong.get(&wrong).copied().unwrap_or_default();
            happened(&format!("refused: {}", wrong.name()), number);
        }
        happened(
            "sessions that died with the killed replica",
            self.sessions_lost_with_replica,
        );
        for (name, number) in [
            ("wrongly refused", self.wrongly_refused),
            ("wrongly accepted", self.wrongly_accepted),
            ("refused otherwise than due", self.refused_otherwise),
            ("sessions mixed", self.mixed),
            ("other sessions lost", self.sessions_lost_beyond),
        ] {
            row(name.to_owned(), number, "0", number == 0);
        }
        // What is under way at the kill, and once more until the proxy knows of it.
        let cut_off = 2 * kills * at_a_time;
        row(
            "requests cut off by the kill".to_owned(),
            self.cut_off,
            &format!("at most {cut_off}"),
            self.cut_off <= cut_off,
        );
        let [median, tail] = percentiles(&mut self.times);
        for (name, time) in [
            ("time of a call, p50", median),
            ("time of a call, p99", tail),
        ] {
            table.row([name.to_owned(), time, String::new(), String::new()]);
        }
        good
    }
}
