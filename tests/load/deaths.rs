//! Which replicas were killed, so that what their death costs is told from what it must not.

use std::{collections::HashSet, fmt, str::FromStr, sync::Mutex};

use http::HeaderName;

/// Which replica answered, on every answer of the proxy.
pub(crate) const ANSWERED_BY: HeaderName = HeaderName::from_static("x-answered-by");
/// Which replica was asked and did not answer.
pub(crate) const CUT_OFF_BY: HeaderName = HeaderName::from_static("x-cut-off-by");

/// One life of one replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Life {
    pub(crate) place: usize,
    pub(crate) number: u32,
}

impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.place, self.number)
    }
}

impl FromStr for Life {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (place, number) = text.split_once('.').ok_or(())?;
        Ok(Self {
            place: place.parse().map_err(|_| ())?,
            number: number.parse().map_err(|_| ())?,
        })
    }
}

#[derive(Default)]
pub(crate) struct Deaths(Mutex<HashSet<Life>>);

impl Deaths {
    /// Before the kill, so that nothing the kill causes comes before it is known.
    pub(crate) fn announce(&self, life: Life) {
        if let Ok(mut deaths) = self.0.lock() {
            deaths.insert(life);
        }
    }

    pub(crate) fn has(&self, life: Life) -> bool {
        self.0.lock().is_ok_and(|deaths| deaths.contains(&life))
    }
}
