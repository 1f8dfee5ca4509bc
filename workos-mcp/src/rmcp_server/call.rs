//! A call of something that has rules: decided, run, and answered.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rmcp::ErrorData;
use tracing::Instrument;

use super::{
    authenticated::{answered, panicked},
    named::Named,
    rules::{Caller, FinalAnswer, Standing},
    span,
};
use crate::error::Error;

impl Caller {
    /// Answers a request that names something with rules.
    pub(super) async fn named<T, F>(
        &self,
        named: Named,
        refused: impl Fn(Error) -> Result<T, ErrorData>,
        run: impl FnOnce() -> F,
    ) -> Result<T, ErrorData>
    where
        T: FinalAnswer,
        F: Future<Output = Result<T, ErrorData>>,
    {
        let answer = match self.admission(&named).await {
            Ok(()) => self.answer(&named, run).await,
            Err(turned_away) => Err(turned_away),
        };
        answer.or_else(|turned_away| turned_away.told(refused))
    }

    /// Whether what is named runs for the caller.
    ///
    /// For what is hidden and for what is not there the same is asked of WorkOS before the answer, so that both take as
    /// long, and both hear when that cannot be had.
    pub(super) async fn admission(&self, named: &Named) -> Result<(), TurnedAway> {
        let now = || self.standing_now(&named.name, &named.needs);
        let now = catch_unwind(AssertUnwindSafe(now)).map_err(|_| panicked())?;
        let standing = match now {
            Ok(standing) => standing,
            Err(principal) => {
                let asked = self.asked(principal, &named.name, &named.needs);
                Box::pin(answered(async { Ok(asked.await) })).await?
            }
        };
        match standing {
            Standing::Open if !named.is_unknown => Ok(()),
            Standing::Open | Standing::Hidden => Err(Box::pin(self.unknown(named)).await),
            Standing::Refused(error) => Err(TurnedAway::Refused(error)),
        }
    }

    /// The handler's answer, if it knows what is named.
    pub(super) fn answer<T, F>(
        &self,
        named: &Named,
        run: impl FnOnce() -> F,
    ) -> impl Future<Output = Result<T, TurnedAway>>
    where
        T: FinalAnswer,
        F: Future<Output = Result<T, ErrorData>>,
    {
        let span = span::of_call(named, self.context());
        // What the handler does before its future is first polled belongs to it too. Boxed before anything moves it: of what runs
        // for a call, this is the largest by far.
        let running = span.in_scope(|| Box::pin(self.context().clone().run(run)));
        async move {
            match answered(running.instrument(span)).await {
                // Who meets a rule may know what has it.
                Err(error)
                    if named.may_be_unknown
                        && named.needs.is_empty()
                        && error.code == named.unknown.code =>
                {
                    tracing::debug!(message = %error.message, "the handler does not know it");
                    Err(Box::pin(self.unknown(named)).await)
                }
                answer => Ok(self.refused_late(answer)?),
            }
        }
    }

    /// The answer about what is not there.
    async fn unknown(&self, named: &Named) -> TurnedAway {
        match answered(async { Ok(self.ask(named.asked).await) }).await {
            Ok(Ok(())) => TurnedAway::With(named.unknown.clone()),
            Ok(Err(error)) => TurnedAway::Refused(error),
            Err(error) => TurnedAway::With(error),
        }
    }
}

/// Why a request is not answered by the handler.
pub(super) enum TurnedAway {
    /// For a reason that the caller is told in the way of what was called.
    Refused(Error),
    With(ErrorData),
}

impl From<ErrorData> for TurnedAway {
    fn from(error: ErrorData) -> Self {
        Self::With(error)
    }
}

impl TurnedAway {
    pub(super) fn told<T>(
        self,
        refused: impl Fn(Error) -> Result<T, ErrorData>,
    ) -> Result<T, ErrorData> {
        match self {
            Self::Refused(error) => refused(error),
            Self::With(error) => Err(error),
        }
    }
}
