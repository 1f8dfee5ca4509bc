//! What was measured, beside what was asked for.

use std::fmt::{self, Display};

/// One line of the table.
pub(crate) struct Reading {
    pub(crate) benchmark: &'static str,
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) bar: Bar,
}

pub(crate) enum Bar {
    AtMost(f64),
    AtLeast(f64),
    /// Only told.
    None,
}

impl Reading {
    pub(crate) fn is_met(&self) -> bool {
        match self.bar {
            Bar::AtMost(bar) => self.value <= bar,
            Bar::AtLeast(bar) => self.value >= bar,
            Bar::None => true,
        }
    }
}

impl Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bar = match self.bar {
            Bar::AtMost(bar) => format!("≤ {bar}"),
            Bar::AtLeast(bar) => format!("≥ {bar}"),
            Bar::None => String::new(),
        };
        let verdict = match (&self.bar, self.is_met()) {
            (Bar::None, _) => "",
            (_, true) => "met",
            (_, false) => "MISSED",
        };
        let Self {
            benchmark,
            what,
            value,
            ..
        } = self;
        write!(
            f,
            "{benchmark:<21} {what:<58} {value:>10.3}  {bar:<8} {verdict}"
        )
    }
}
