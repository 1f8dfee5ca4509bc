//! Handles of one provider, one for each thread that may run at once.
//!
//! Every request counts its references to the provider several times. Counted in one place by all threads, that is what
//! takes longest of a request whose token is known.

use std::{
    iter,
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::provider::Provider;

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// In the order in which they serve their first request.
    static THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed);
}

#[derive(Clone)]
pub(crate) struct Handles(Arc<[Provider]>);

impl Handles {
    pub(crate) fn of(provider: &Provider) -> Self {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        Self(
            iter::repeat_with(|| provider.apart())
                .take(threads)
                .collect(),
        )
    }

    /// The one of this thread. Another thread may have it too, where more have served than can run at once.
    pub(crate) fn own(&self) -> &Provider {
        &self.0[THREAD.with(|thread| *thread) % self.0.len()]
    }
}
