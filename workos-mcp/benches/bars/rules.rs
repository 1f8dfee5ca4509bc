//! What a rule costs a call whose answer is known already.

use std::hint::black_box;

use tokio::runtime::Runtime;
use workos_mcp::__bench::Ruled;

use crate::{
    rounds::{each, fastest_tenth},
    table::{Bar, Reading},
};

/// `rule_warm` and `authority_warm`
pub(crate) fn warm(runtime: &Runtime) -> Vec<Reading> {
    let _inside = runtime.enter();
    let ruled = Ruled::new();
    let [rule, authority] = fastest_tenth(
        500,
        [
            &mut || each(1000, || assert!(black_box(ruled.rule()))),
            &mut || each(1000, || assert!(black_box(ruled.authority()))),
        ],
    );
    let reading = |benchmark, value, bar| Reading {
        benchmark,
        what: "time in nanoseconds".to_owned(),
        value,
        bar: Bar::AtMost(bar),
    };
    vec![
        reading("rule_warm", rule, 1000.0),
        reading("authority_warm", authority, 300.0),
    ]
}
